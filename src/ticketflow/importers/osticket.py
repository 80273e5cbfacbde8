"""osTicket: schedules of business hours and holidays, and SLA plans.

The input is YAML as in ``include/i18n/en_US/schedule.yaml``, ``sla.yaml`` and ``config.yaml`` of
https://github.com/osTicket/osTicket (4689926b, read 2026-11-29), or JSON with the same keys, such as rows of the tables
``schedule``, ``schedule_entry`` and ``sla``: lists of records, or one object that has them under ``schedules``,
``entries`` and ``slas``. Several sources are joined. ``include/class.schedule.php``, ``class.businesshours.php`` and
``class.sla.php`` of the same commit say what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.date_rules import MONTHS, date_rule
from ticketflow.calendars.hours import WEEKDAYS, parse_hours, time_of_day, time_text
from ticketflow.calendars.spans import Elapsed, Missed, WorkingTime
from ticketflow.importers.desks import Status, answer_rule, check_count, tried, with_default, workflow_of
from ticketflow.importers.items import Imported
from ticketflow.importers.naming import Names
from ticketflow.importers.parts import Part
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.anchors import Started
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, CategoryIs, Condition, FieldIs, Not
from ticketflow.workflow.definition import Field

_CLOCK = "sla"
_STATUSES = (
    Status("open", "open", "Open"),
    Status("resolved", "resolved", "Resolved"),
    Status("closed", "resolved", "Closed"),
    Status("archived", "closed", "Archived"),
)
"""The statuses of a new installation; customers can reopen resolved and closed tickets."""

_IS_BUSINESS, _IS_ACTIVE, _ESCALATES, _HAS_NO_ALERTS, _IS_TRANSIENT = 1, 1, 2, 4, 8
_MOST_HOURS = 8760
_DAY = timedelta(days=1)
_FULL_DAY = _DAY - timedelta(seconds=1)
_UNUSED: Mapping[str, str] = {
    "sort": "it orders a list on the screen",
    "description": "calendars have no descriptions",
    "notes": "targets have no notes",
    "created": "it is about the record, not about the rules",
    "updated": "it is about the record, not about the rules",
    "ends_on": "an entry ends on the day on which it starts",
}
_LISTS: Mapping[str, str] = {
    "schedules": "schedules",
    "schedule": "schedules",
    "entries": "entries",
    "schedule_entry": "entries",
    "slas": "slas",
    "sla": "slas",
}


@attrs.frozen
class _Entry:
    """An entry of a schedule.

    Attributes:
        part: Its row.
        name: Its name.
        days: The weekdays on which it repeats, 0 for Monday; none if it names dates.
        dates: The rules for its dates.
        opens: When it starts, as time since midnight.
        closes: When it ends; the last second of a day means midnight.
    """

    part: Part
    name: str
    days: tuple[int, ...]
    dates: tuple[str, ...]
    opens: timedelta
    closes: timedelta

    @property
    def is_full_day(self) -> bool:
        """Whether it covers a whole day."""
        return self.closes - self.opens >= _DAY

    @property
    def hours(self) -> str:
        """Its hours as a text."""
        return f"{time_text(self.opens)}-{time_text(self.closes)}"


def _convert(parts: Sequence[Part]) -> Rules:
    reader = _Reader()
    known = [reader.take(part) for part in parts]
    if not any(known):
        fix = "give schedule.yaml and sla.yaml, or JSON with their keys"
        raise parts[0].refused("nothing in it is of osTicket", fix)
    return reader.rules()


class _Reader:
    """Reads records into the parts of a rule set."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Part]] = {"schedules": [], "entries": [], "slas": []}
        self._config: Part | None = None
        self._calendars: dict[str, BusinessCalendar] = {}
        self._by_id: dict[str, str] = {}

    def take(self, part: Part) -> bool:
        """Keep the records of a source, and return whether there are any."""
        if part.is_list():
            return [self._keep(each, "") for each in part.parts()].count(True) > 0
        if part.has("core"):
            self._config = part.at("core")
            return True
        if not part.is_object():
            return False
        lists = [(each, _LISTS[key]) for key, each in part.pairs() if key in _LISTS]
        if part.has("config"):
            self._config = part.at("config")
        return [self._keep(row, kind) for each, kind in lists for row in each.parts()].count(True) > 0

    def _keep(self, row: Part, kind: str) -> bool:
        if not row.is_object():
            row.left_out("a record", "it is not an object")
            return False
        if not kind and row.has("grace_period"):
            kind = "slas"
        if not kind and row.has("repeats"):
            kind = "entries"
        if not kind and row.has("entries"):
            kind = "schedules"
        if not kind:
            row.left_out("a record", "it is neither a schedule, an entry nor an SLA plan")
            return False
        self._rows[kind].append(row)
        return True

    def rules(self) -> Rules:
        """Return the rule set."""
        check_count(self._rows["schedules"], 200, "schedules")
        check_count(self._rows["entries"], 2000, "entries")
        check_count(self._rows["slas"], 900, "plans")
        for rows in self._rows.values():
            for row in rows:
                _leave_out(row)
        entries = {row.path: self._entries(row) for row in self._rows["schedules"]}
        zone = self._setting("default_timezone")
        business = [row for row in self._rows["schedules"] if _flags(row) & _IS_BUSINESS]
        holidays = {
            row.at("id").word() or "": (row, entries[row.path])
            for row in self._rows["schedules"]
            if row not in business
        }
        for row in self._rows["schedules"]:
            row.at("id").carried("id", "plans and other schedules name it")
            row.at("flags").carried("flags", "business hours" if row in business else "holidays")
        names = Names(longest=50, taken={"default"})
        wanted = self._setting("default_schedule_id")
        business.sort(key=lambda row: row.at("id").word() != wanted)
        for row in business:
            self._calendar(row, entries[row.path], holidays, zone, names)
        self._tell_holidays(holidays)
        targets, alerts, field = self._plans()
        workflow = workflow_of(
            _STATUSES,
            (field, Field("due_date", kind="moment", labels={"en": "due date"})),
            "open",
        )
        is_due = Deadline("due_date", Not(FieldIs("due_date", None)))
        default = "default" if self._calendars else None
        return Rules(
            "osticket",
            workflow,
            with_default(self._calendars),
            automations=(answer_rule(("resolved", "closed"), "open"), *alerts),
            clocks=(Policy(_CLOCK, resolution("anew"), (is_due, *targets), calendar=default),),
            templates=(Template("overdue", {"en": "Ticket {ticket} is overdue."}),) if alerts else (),
        )

    def _setting(self, key: str) -> str | None:
        if self._config is None or not self._config.at(key):
            return None
        value = self._config.at(key).word()
        self._config.at(key).carried(key, "the default of schedules and plans")
        return value or None

    # -- schedules -------------------------------------------------------------------------------------------------

    def _entries(self, row: Part) -> list[_Entry]:
        nested = [each for each in row.at("entries").parts() if _is_record(each)]
        for each in nested:
            _leave_out(each)
        key = row.at("id").word()
        rows = [*nested, *(each for each in self._rows["entries"] if each.at("schedule_id").word() == key)]
        return [entry for each in rows if (entry := _entry(each)) is not None]

    def _calendar(
        self,
        row: Part,
        entries: Sequence[_Entry],
        holidays: Mapping[str, tuple[Part, list[_Entry]]],
        zone: str | None,
        names: Names,
    ) -> None:
        title = row.at("name").text() or "schedule"
        week: dict[int, str] = {}
        overrides: dict[str, str] = {}
        for entry in entries:
            _add_hours(entry, week, overrides, title)
        closed = [entry for schedule in self._chosen(row, holidays) for entry in schedule]
        shifts = {day: [hours] for day, hours in week.items()}
        dates = _Dates()
        for entry in closed:
            _close(entry, shifts, dates)
        text = "; ".join(f"{WEEKDAYS[day]} {' '.join(hours)}" for day, hours in sorted(shifts.items()) if hours)
        own = row.at("timezone").text() or zone
        make = partial(
            BusinessCalendar,
            own or "UTC",
            text,
            holidays=dates.holidays,
            late_days=dates.late_days,
            half_days=dates.half_days,
            overrides={**overrides, **dates.overrides},
        )
        calendar = tried(row, title, make)
        if calendar is None:
            return
        name = names.name(title) if self._calendars else "default"
        self._calendars[name] = calendar
        self._by_id[row.at("id").word() or ""] = name
        if own:
            row.carried(title, f"calendars.{name}")
        else:
            row.changed(title, f"calendars.{name}, in UTC: the schedule has no zone; osTicket takes that of the system")

    def _chosen(self, row: Part, holidays: Mapping[str, tuple[Part, list[_Entry]]]) -> Iterator[list[_Entry]]:
        for each in row.at("configuration").at("holidays").parts():
            found = holidays.get(each.word() or "")
            if found is None:
                each.left_out("a schedule of holidays", "the files have no such schedule of holidays")
            else:
                each.carried(found[0].at("name").text() or "holidays", "the holidays of the calendar")
                yield found[1]

    def _tell_holidays(self, holidays: Mapping[str, tuple[Part, list[_Entry]]]) -> None:
        for row, entries in holidays.values():
            title = row.at("name").text() or "holidays"
            used = any(path == entry.part.path for entry in entries for path, _ in entry.part.ledger.items)
            if used:
                row.carried(title, "the holidays of calendars that name them")
                row.at("timezone").left_out("timezone", "holidays are in the zone of the business hours")
            else:
                row.left_out(title, "no schedule of business hours has these holidays")

    # -- plans -----------------------------------------------------------------------------------------------------

    def _plans(self) -> tuple[list[Target], list[Automation], Field]:
        """Return the targets, the rule for alerts, and the field that names the plan of a ticket.

        The default plan comes last, without a condition: tickets that name no plan have it.
        """
        wanted = self._setting("default_sla_id")
        active = [row for row in self._rows["slas"] if self._is_active(row)]
        default = next((row for row in active if row.at("id").word() == wanted), active[0] if active else None)
        values: dict[int, str] = {}
        for place, row in enumerate(active):
            value = row.at("name").text() or "SLA"
            values[place] = f"{value} ({row.at('id').word()})" if value in values.values() else value
            _tell_flags(row)
            row.at("id").carried("id", "the default plan is chosen by it")
        targets = [self._target(row, values[place]) for place, row in enumerate(active) if row is not default]
        targets += [
            self._target(row, values[place], is_default=True) for place, row in enumerate(active) if row is default
        ]
        silent = [values[place] for place, row in enumerate(active) if _flags(row) & _HAS_NO_ALERTS]
        if default is not None and _flags(default) & _HAS_NO_ALERTS:
            loud: Condition = FieldIs("sla", *(each for each in values.values() if each not in silent))
        else:
            loud = Not(FieldIs("sla", *silent)) if silent else All()
        alerts = [_alert(loud)] if len(silent) < len(active) else []
        return targets, alerts, Field("sla", tuple(values.values()), labels={"en": "SLA plan"})

    def _is_active(self, row: Part) -> bool:
        hours = row.at("grace_period").number()
        title = row.at("name").text() or "a plan"
        if hours is None or not 0 < hours <= _MOST_HOURS:
            row.left_out(title, f"it has no grace period from 1 to {_MOST_HOURS} hours")
        elif not _flags(row) & _IS_ACTIVE:
            row.left_out(title, "it is not active, so tickets with it have no due date")
        else:
            return True
        return False

    def _target(self, row: Part, value: str, *, is_default: bool = False) -> Target:
        chosen: Condition = All() if is_default else FieldIs("sla", value)
        hours = row.at("grace_period").number() or 0
        own = row.at("schedule_id").word() or "0"
        if own != "0" and own not in self._by_id:
            row.at("schedule_id").left_out("schedule_id", "the files have no such schedule of business hours")
        else:
            row.at("schedule_id").carried("schedule_id", "the calendar of the plan; 0 is the default schedule")
        where = (
            "the clock sla, if the field sla names no other plan"
            if is_default
            else "the clock sla, if the field sla says so"
        )
        if not self._calendars:
            row.carried(value, f"{where}, day and night")
            return Target(Elapsed(hours=hours), chosen)
        name = self._by_id.get(own, "default")
        row.carried(value, f"{where}, on the calendar {name}")
        return Target(WorkingTime(hours=hours), chosen, name)


@attrs.define
class _Dates:
    """What holidays change on dates."""

    holidays: dict[str, str] = attrs.field(factory=dict)
    late_days: dict[str, str] = attrs.field(factory=dict)
    half_days: dict[str, str] = attrs.field(factory=dict)
    overrides: dict[str, str] = attrs.field(factory=dict)


def _alert(given: Condition) -> Automation:
    is_open = Not(CategoryIs("resolved", "closed"))
    return Automation(
        "overdue",
        when=After(Missed(), Started(_CLOCK)),
        given=is_open if given == All() else All(is_open, given),
        then=(actions.SendMessage("overdue", "owner"),),
        labels={"en": "overdue"},
    )


# -- records -----------------------------------------------------------------------------------------------------------


def _is_record(part: Part) -> bool:
    if not part.is_object():
        part.left_out("a record", "it is not an object")
    return part.is_object()


def _leave_out(row: Part) -> None:
    for key, why in _UNUSED.items():
        row.at(key).left_out(key, why)


def _flags(row: Part) -> int:
    """Return the flags of a record, which YAML files also write in hexadecimal."""
    part = row.at("flags")
    if isinstance(part.data, str) and _HEXADECIMAL.fullmatch(part.data):
        return int(part.text() or "0", 16)
    return max(part.number() or 0, 0)


_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,8}", re.ASCII)


def _tell_flags(row: Part) -> None:
    flags = _flags(row)
    alerts = "a miss sends no alert" if flags & _HAS_NO_ALERTS else "a miss sends an alert"
    if flags & _IS_TRANSIENT:
        why = "a plan that changes with the department: let an adapter set the field sla"
        row.at("flags").changed("flags", f"active; {alerts}; {why}")
    elif flags & _ESCALATES:
        row.at("flags").changed(
            "flags", f"active; {alerts}; osTicket does not carry out the escalation of priorities, either"
        )
    else:
        row.at("flags").carried("flags", f"active; {alerts}")


def _entry(row: Part) -> _Entry | None:
    """Return an entry; None, and an item, if it is not valid."""
    name = row.at("name").text() or "an entry"
    opens, closes = (
        tried(row, name, partial(time_of_day, row.at(key).text() or "")) for key in ("starts_at", "ends_at")
    )
    if opens is None or closes is None:
        return None
    closes = _DAY if closes >= _FULL_DAY else closes
    when = _when(row, row.at("repeats").text() or "")
    if when is None or closes <= opens:
        row.left_out(name, "its dates or hours are not valid")
        return None
    row.at("starts_on").left_out("starts_on", "hours and holidays count before it, too")
    if row.at("stops_on"):
        row.at("stops_on").left_out("stops_on", "hours and holidays count after it, too")
    else:
        row.at("stops_on").carried("stops_on", "it has no end")
    days, dates = when
    for text in dates:
        if tried(row, name, partial(date_rule, text)) is None:
            return None
    return _Entry(row, name, days, dates, opens, closes)


def _when(row: Part, repeats: str) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """Return the weekdays and the rules for dates of an entry; None if they are not valid."""
    day, week, month = (row.at(key).number() for key in ("day", "week", "month"))
    days = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}.get(repeats)
    if days is not None:
        return tuple(days), ()
    if repeats == "never":
        text = row.at("starts_on").text() or ""
        return ((), (text[:10],)) if _DATE.match(text) else None
    if repeats not in ("weekly", "monthly", "yearly") or day is None:
        return None
    if repeats == "weekly":
        return ((day - 1,), ()) if 1 <= day <= len(WEEKDAYS) else None
    months = (month,) if repeats == "yearly" else tuple(range(1, 13))
    if not all(each is not None and 1 <= each <= 12 for each in months):  # noqa: PLR2004 -- the months
        return None
    if week:
        return _nth(week, day, month if repeats == "yearly" else None)
    dates = tuple(f"{each:02}-{day:02}" for each in months if each is not None and 1 <= day <= _LONGEST_MONTH[each - 1])
    return ((), dates) if dates else None


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", re.ASCII)
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th", -1: "last"}


def _nth(week: int, day: int, month: int | None) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    if week not in _ORDINALS or not 1 <= day <= len(WEEKDAYS):
        return None
    of = "" if month is None else f" of {MONTHS[month - 1]}"
    return (), (f"{_ORDINALS[week]} {WEEKDAYS[day - 1]}{of}",)


# -- hours -------------------------------------------------------------------------------------------------------------


def _weekday_of(rule: str) -> int | None:
    """Return the weekday of a rule, 0 for Monday; None if it differs from year to year."""
    named = [place for place, day in enumerate(WEEKDAYS) if f" {day}" in rule]
    if named:
        return named[0]
    return date.fromisoformat(rule).weekday() if _DATE.match(rule) else None


def _add_hours(entry: _Entry, week: dict[int, str], overrides: dict[str, str], title: str) -> None:
    """Add the hours of an entry. On each date, osTicket takes the first entry only."""
    taken = [day for day in entry.days if day in week]
    for day in entry.days:
        week.setdefault(day, entry.hours)
    days = {rule: _weekday_of(rule) for rule in entry.dates}
    behind = [rule for rule, day in days.items() if rule in overrides or (week if day is None else day in week)]
    for rule in entry.dates:
        if rule not in behind:
            overrides[rule] = entry.hours
    where = f"the hours of {title}"
    if len(taken) == len(entry.days) and len(behind) == len(entry.dates):
        entry.part.left_out(entry.name, "osTicket takes one entry a day, and another one comes first")
    elif taken or behind:
        entry.part.changed(entry.name, f"{where}, but on days without an earlier entry only")
    else:
        entry.part.carried(entry.name, where)


def _close(entry: _Entry, shifts: dict[int, list[str]], dates: _Dates) -> None:
    """Take the time of a holiday away."""
    for day in entry.days:
        shifts[day] = _without(shifts.get(day, []), entry)
    left = [rule for rule in entry.dates if not _close_date(rule, entry, shifts, dates)]
    if left:
        entry.part.left_out(entry.name, "it closes a part within the day on dates whose weekdays differ")
    else:
        entry.part.carried(entry.name, "a holiday" if entry.dates else "taken from the weekly hours")


def _close_date(rule: str, entry: _Entry, shifts: Mapping[int, list[str]], dates: _Dates) -> bool:
    """Take the time of a holiday away on dates, and return whether that is possible."""
    if entry.is_full_day:
        dates.holidays.setdefault(rule, entry.name[:200])
        return True
    hours = [shift for texts in shifts.values() for text in texts for shift in parse_hours(text)]
    if all(entry.opens <= shift.opens for shift in hours):
        dates.late_days.setdefault(rule, time_text(entry.closes))
        return True
    if all(shift.closes <= entry.closes for shift in hours):
        dates.half_days.setdefault(rule, time_text(entry.opens))
        return True
    day = _weekday_of(rule)
    if day is None:
        return False
    dates.overrides.setdefault(rule, " ".join(_without(shifts.get(day, []), entry)))
    return True


def _without(texts: Sequence[str], entry: _Entry) -> list[str]:
    """Return hours without those of an entry."""
    found = []
    for text in texts:
        for shift in parse_hours(text):
            ends = ((shift.opens, min(shift.closes, entry.opens)), (max(shift.opens, entry.closes), shift.closes))
            found += [f"{time_text(opens)}-{time_text(closes)}" for opens, closes in ends if opens < closes]
    return found


OSTICKET = System(
    "osticket",
    "osTicket",
    _convert,
    "schedule.yaml, sla.yaml and config.yaml, or JSON with their keys",
    (
        "the statuses of a new osTicket, each with a transition (as in the preset servicenow)",
        "a customer's answer opens a resolved or closed ticket",
        "the field due_date, for a due date set by hand; it goes before every plan",
    ),
)


def read_osticket(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import schedules of business hours and holidays, and SLA plans, of osTicket.

    Args:
        sources: ``schedule.yaml``, ``sla.yaml`` and ``config.yaml``, or JSON with their keys.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of osTicket.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    return read_with(OSTICKET, *sources, names=names)
