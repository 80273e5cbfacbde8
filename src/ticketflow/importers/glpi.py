"""GLPI: calendars with close times, and service levels with their escalation levels.

The input is one object in JSON, which has the rows of GLPI's tables by item type, as the REST API returns them:
``{"Calendar": […], "CalendarSegment": […], "Holiday": […], "Calendar_Holiday": […], "SLM": […], "SLA": […],
"OLA": […], "SlaLevel": […], "SlaLevelCriteria": […], "SlaLevelAction": […], "OlaLevel": […], …}``. Names of tables,
such as ``glpi_slas``, do as well. Several objects are joined. The zone of the server is the row ``timezone`` of
``Config``.

Sources, of github.com/glpi-project/glpi, read 2026-11-29: ``src/Calendar.php``, ``src/CalendarSegment.php`` and
``src/LevelAgreement.php`` (0042059c) compute due dates, ``src/LevelAgreementLevel.php`` and ``src/SlaLevel_Ticket.php``
(0042059c) carry levels out, ``src/RuleTicket.php`` (03018bd4) has their criteria and actions, and
``install/empty_data.php`` (0041a2e0) the calendar of a new installation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Literal, NamedTuple

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.hours import parse_hours
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, Elapsed, Missed, WorkingTime
from ticketflow.errors import BadValueError, TicketflowError
from ticketflow.importers.desks import Status, answer_rule, check_count, tried, with_default, workflow_of
from ticketflow.importers.items import Imported
from ticketflow.importers.naming import Names, labels_of
from ticketflow.importers.parts import Part
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, OnEnter
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Policy, StartedBetween, StartedWhile, Target
from ticketflow.tickets.anchors import AssignedLast, Breached, LastMessage, Started
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    Condition,
    FieldIs,
    Happened,
    IsAssigned,
    Not,
    RequesterIs,
    StateIs,
)
from ticketflow.workflow.definition import Field, FieldKind

_DAY = 86_400
_DAYS_A_MONTH = 30
"""GLPI's month: ``MONTH_TIMESTAMP`` is 2,592,000 seconds."""

_TABLES: Mapping[str, str] = {
    "glpi_calendars": "Calendar",
    "glpi_calendarsegments": "CalendarSegment",
    "glpi_holidays": "Holiday",
    "glpi_calendars_holidays": "Calendar_Holiday",
    "glpi_configs": "Config",
    "glpi_slms": "SLM",
    "glpi_slas": "SLA",
    "glpi_olas": "OLA",
    "glpi_slalevels": "SlaLevel",
    "glpi_slalevelcriterias": "SlaLevelCriteria",
    "glpi_slalevelactions": "SlaLevelAction",
    "glpi_olalevels": "OlaLevel",
    "glpi_olalevelcriterias": "OlaLevelCriteria",
    "glpi_olalevelactions": "OlaLevelAction",
}
_OF_THE_RECORD = "it is about the record, not about the rules"
_NO_ENTITIES = "a rule set has no entities"
_UNUSED: Mapping[str, str] = {
    "date_mod": _OF_THE_RECORD,
    "date_creation": _OF_THE_RECORD,
    "uuid": _OF_THE_RECORD,
    "links": _OF_THE_RECORD,
    "comment": "rules have no comments",
    "entities_id": _NO_ENTITIES,
    "is_recursive": _NO_ENTITIES,
    "cache_duration": "GLPI computes it from the segments",
}
_DETAILS = ("id", "is_perpetual", "is_active", "match", "use_ticket_calendar", "end_of_working_day", "value")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

_STATUSES = (
    Status("new", "open", "New"),
    Status("assigned", "open", "Processing (assigned)"),
    Status("planned", "open", "Processing (planned)"),
    Status("waiting", "pending", "Pending"),
    Status("solved", "resolved", "Solved"),
    Status("closed", "closed", "Closed"),
)
"""The statuses of tickets, from 1 to 6."""

_NOT_OVER = Not(CategoryIs("resolved", "closed"))
_NOT_TAKEN = All(Not(Happened(AssignedLast())), Not(Happened(LastMessage("agent"))))
"""Nobody was assigned, and nobody of the support has answered: what GLPI calls not taken into account."""


class _Kind(NamedTuple):
    """A kind of agreement: SLA or OLA, time to own or to resolve."""

    item: Literal["SLA", "OLA"]
    type: int
    clock: str
    field: str
    title: str


_KINDS = (
    _Kind("SLA", 1, "sla-tto", "sla_tto", "SLA, time to own"),
    _Kind("SLA", 0, "sla-ttr", "sla_ttr", "SLA, time to resolve"),
    _Kind("OLA", 1, "ola-tto", "ola_tto", "OLA, time to own"),
    _Kind("OLA", 0, "ola-ttr", "ola_ttr", "OLA, time to resolve"),
)


@attrs.frozen
class _Hours:
    """A calendar of GLPI.

    Attributes:
        name: The name of the calendar.
        closing: The last closing of all weekdays.
    """

    name: str
    closing: timedelta

    @property
    def days(self) -> str:
        """The name of the calendar that is open all day on the same dates."""
        return f"{self.name}.days"


@attrs.frozen
class _Agreement:
    """An SLA or OLA.

    Attributes:
        kind: Its kind.
        part: Its row.
        value: The value of the field that chooses it.
        variants: The calendars on which it counts, each with the condition under which it does; None counts day and
            night.
    """

    kind: _Kind
    part: Part
    value: str
    variants: tuple[tuple[_Hours | None, Condition], ...]


_MOST_ROWS: Mapping[str, int] = {
    "Calendar": 100,
    "CalendarSegment": 2000,
    "Holiday": 500,
    "Calendar_Holiday": 2000,
    "SLA": 250,
    "OLA": 250,
    "SlaLevel": 450,
    "OlaLevel": 450,
    "SlaLevelCriteria": 2000,
    "SlaLevelAction": 2000,
    "OlaLevelCriteria": 2000,
    "OlaLevelAction": 2000,
}
"""How many rows an export can have; a refusal must be fast."""


def _convert(parts: Sequence[Part]) -> Rules:
    return _Reader(_rows(parts)).rules()


def _rows(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """Return the rows of all sources by item type."""
    found: dict[str, list[Part]] = {name: [] for name in _TABLES.values()}
    known = 0
    for part in parts:
        for key, each in part.pairs():
            name = _TABLES.get(key, key)
            if name in found:
                known += 1
                found[name] += [row for row in each.parts() if _is_row(row)]
    if not known:
        fix = f"give an object with the rows of item types, such as {', '.join(list(_TABLES.values())[:3])}"
        raise parts[0].refused("nothing in it is of GLPI", fix)
    return found


def _is_row(part: Part) -> bool:
    if not part.is_object():
        part.left_out("a row", "it is not an object")
        return False
    for key, why in _UNUSED.items():
        part.at(key).left_out(key, why)
    return True


class _Reader:
    """Reads the rows into the parts of a rule set."""

    def __init__(self, rows: Mapping[str, list[Part]]) -> None:
        self._rows = rows
        self._names = Names(longest=50, taken={"default"})
        self._rule_names = Names(longest=60)
        self._calendars: dict[str, Calendar] = {}
        self._hours: dict[str, _Hours] = {}
        self._fields: dict[str, Field] = {}

    def rules(self) -> Rules:
        """Return the rule set."""
        for kind, most in _MOST_ROWS.items():
            check_count(self._rows[kind], most, f"rows of {kind}")
        zone = self._zone()
        for row in self._rows["Calendar"]:
            self._calendar(row, zone)
        slms = {row.at("id").word(): row for row in self._rows["SLM"]}
        for row in slms.values():
            row.carried(row.at("name").text() or "SLM", "the calendar of its agreements")
        agreements = [
            found
            for kind in _KINDS
            for row in self._of(kind)
            if (found := self._agreement(kind, row, slms)) is not None
        ]
        clocks = [self._clock(kind, [each for each in agreements if each.kind == kind]) for kind in _KINDS]
        used = {name for clock in clocks if clock for name in clock.calendar_names}
        calendars = {name: each for name, each in self._calendars.items() if name in used or name in self._open_names()}
        levels = [level for each in agreements for level in self._levels(each, agreements)]
        self._tell_stray()
        workflow = workflow_of(_STATUSES, self._fields.values(), "assigned")
        return Rules(
            "glpi",
            workflow,
            with_default(calendars),
            automations=(
                Automation(
                    "taken",
                    when=OnEnter(IsAssigned()),
                    given=StateIs("new"),
                    then=(actions.Move("to_assigned"),),
                    labels={"en": "somebody is assigned"},
                ),
                answer_rule(("waiting", "solved"), "assigned"),
                *levels,
            ),
            clocks=tuple(clock for clock in clocks if clock is not None),
        )

    def _open_names(self) -> set[str]:
        return {each.name for each in self._hours.values()}

    # -- calendars -------------------------------------------------------------------------------------------------

    def _zone(self) -> str:
        for row in self._rows["Config"]:
            if row.at("name").text() == "timezone" and row.at("value"):
                zone = row.at("value").text() or ""
                if tried(row, "timezone", lambda zone=zone: BusinessCalendar(zone, "mon 00:00-24:00")):  # type: ignore[misc]
                    row.carried("timezone", "the zone of all calendars")
                    return zone
            else:
                row.left_out("a setting", "only the setting timezone is read")
        return ""

    def _calendar(self, row: Part, zone: str) -> None:
        key, title = row.at("id").word() or "", row.at("name").text() or "calendar"
        week: dict[int, list[str]] = {}
        closing = timedelta()
        for segment in self._rows["CalendarSegment"]:
            shift = _shift(segment) if segment.at("calendars_id").word() == key else None
            if shift is not None:
                week.setdefault(shift[0], []).append(shift[1])
                closing = max(closing, parse_hours(shift[1])[0].closes)
                segment.carried(f"{_WEEKDAYS[shift[0]]} {shift[1]}", f"the hours of {title}")
        holidays = self._holidays(key, title)
        if not week:
            row.left_out(title, "it has no segments; GLPI then counts day and night")
            return
        hours_of_week = "; ".join(f"{_WEEKDAYS[day]} {' '.join(hours)}" for day, hours in week.items())
        open_days = "; ".join(f"{_WEEKDAYS[day]} 00:00-24:00" for day in week)
        name = self._names.name(title) if self._calendars else "default"
        self._hours[key] = _Hours(name, closing)
        self._calendars[name] = BusinessCalendar(zone or "UTC", hours_of_week, holidays=holidays)
        self._calendars[f"{name}.days"] = BusinessCalendar(zone or "UTC", open_days, holidays=holidays)
        if zone:
            row.carried(title, f"calendars.{name}")
        else:
            row.changed(title, f"calendars.{name}, in UTC: the export has no zone; GLPI counts in that of its server")

    def _holidays(self, key: str, title: str) -> dict[str, str]:
        rows = {row.at("id").word(): row for row in self._rows["Holiday"]}
        found: dict[str, list[str]] = {}
        for link in self._rows["Calendar_Holiday"]:
            if link.at("calendars_id").word() != key:
                continue
            row = rows.get(link.at("holidays_id").word())
            if row is None:
                link.left_out("a close time of the calendar", "the export has no such close time")
                continue
            name = row.at("name").text() or "close time"
            dates = _dates(row)
            for day in dates:
                found.setdefault(day, []).append(name)
            if dates:
                row.carried(name, f"holidays of {title}")
                link.carried(f"{name} in {title}", f"holidays of {title}")
        return {day: "; ".join(dict.fromkeys(names))[:200] for day, names in found.items()}

    def _tell_stray(self) -> None:
        """Say of rows why nothing refers to them, and of details that they are with their row."""
        told = {path for rows in self._rows.values() for row in rows for path, _ in row.ledger.items}
        for name, rows in self._rows.items():
            for row in rows:
                if row.path not in told:
                    row.left_out(f"a row of {name}", "nothing that was carried over refers to it")
                    continue
                for key in _DETAILS:
                    if row.at(key).path in row.ledger.read - told:
                        row.at(key).carried(key, "with its row")
                    elif key == "id" and row.at(key).path not in told:
                        row.at(key).left_out(key, "no other row refers to it")

    # -- agreements ------------------------------------------------------------------------------------------------

    def _of(self, kind: _Kind) -> Iterator[Part]:
        for row in self._rows[kind.item]:
            if row.at("type").number() == kind.type:
                yield row

    def _agreement(self, kind: _Kind, row: Part, slms: Mapping[str | None, Part]) -> _Agreement | None:
        field = self._fields.get(kind.field) or Field(kind.field, labels={"en": kind.title})
        value = row.at("name").text() or f"{kind.item} {row.at('id').word()}"
        if value in field.choices:
            value = f"{value} ({row.at('id').word()})"
        unit = row.at("definition_time").text()
        number = row.at("number_time").number()
        if unit not in _UNITS or number is None or not 0 <= number <= _MOST_UNITS:
            row.left_out(value, "it has no time in minutes, hours, days or months")
            return None
        self._fields[kind.field] = attrs.evolve(field, choices=(*field.choices, value))
        slm = slms.get(row.at("slms_id").word(), row)
        owner = row if row.has("calendars_id") else slm
        for other in (row, slm):
            if other is not owner:
                for key in ("calendars_id", "use_ticket_calendar"):
                    other.at(key).left_out(key, "the other one of SLM and agreement has it")
        chosen = FieldIs(kind.field, value)
        if owner.at("use_ticket_calendar").truth() or owner.at("calendars_id").word() == "-1":
            row.carried(
                value,
                f"the clock {kind.clock}, if the field {kind.field} says so, on the calendar of the field calendar",
            )
            return _Agreement(kind, row, value, self._of_ticket(chosen))
        row.carried(value, f"the clock {kind.clock}, if the field {kind.field} says so")
        hours = self._hours.get(owner.at("calendars_id").word() or "")
        return _Agreement(kind, row, value, ((hours, chosen),))

    def _of_ticket(self, chosen: Condition) -> tuple[tuple[_Hours | None, Condition], ...]:
        """Return the calendars of a ticket: GLPI takes that of its entity, here a field names it."""
        names = tuple(each.name for each in self._hours.values())
        if not names:
            return ((None, chosen),)
        self._fields["calendar"] = Field("calendar", choices=names, labels={"en": "calendar of the ticket"})
        some = [(each, All(chosen, FieldIs("calendar", each.name))) for each in self._hours.values()]
        return (*some, (None, All(chosen, FieldIs("calendar", None))))

    def _clock(self, kind: _Kind, agreements: Sequence[_Agreement]) -> Policy | None:
        if not agreements:
            return None
        targets: list[Target] = []
        for each in agreements:
            targets += tried(each.part, each.value, partial(_targets, each)) or ()
        hours = next((hours.name for each in agreements for hours, _ in each.variants if hours), None)
        return Policy(
            kind.clock, _measure(kind), tuple(targets), calendar=hours, kind="sla" if kind.item == "SLA" else "ola"
        )

    # -- levels ----------------------------------------------------------------------------------------------------

    def _levels(self, agreement: _Agreement, agreements: Sequence[_Agreement]) -> Iterator[Automation]:
        item = "Sla" if agreement.kind.item == "SLA" else "Ola"
        for row in self._rows[f"{item}Level"]:
            if row.at(f"{item.lower()}s_id").word() == agreement.part.at("id").word():
                yield from self._level(agreement, row, item, agreements)

    def _level(
        self, agreement: _Agreement, row: Part, item: str, agreements: Sequence[_Agreement]
    ) -> Iterator[Automation]:
        title, key = row.at("name").text() or "level", row.at("id").word()
        foreign = f"{item.lower()}levels_id"
        criteria, acts = (
            [each for each in self._rows[f"{item}{name}"] if each.at(foreign).word() == key]
            for name in ("LevelCriteria", "LevelAction")
        )
        given = [self._condition(each) for each in criteria]
        steps = [self._action(each, agreements) for each in acts]
        seconds = row.at("execution_time").number()
        if None in given:
            why = "it has a criterion that the library has not; without it, the level would act too often"
        elif not any(steps):
            why = "the library has none of its actions"
        elif seconds is None or abs(seconds) > _LONGEST:
            why = "it has no time of execution that the library has"
        else:
            row.carried(title, f"escalations of {agreement.value}")
            for each in criteria:
                each.carried(f"the criterion {each.at('criteria').text()}", "a condition of the level")
            yield from self._rules_of(agreement, row, _joined(given, row), _told_steps(acts, steps))
            return
        for each in (row, *criteria, *acts):
            each.left_out(title if each is row else f"a part of {title}", why)

    def _rules_of(
        self, agreement: _Agreement, row: Part, condition: Condition, steps: Sequence[Sequence[actions.Action]]
    ) -> Iterator[Automation]:
        title, seconds = row.at("name").text() or "level", row.at("execution_time").number() or 0
        name = self._rule_names.name(f"{agreement.kind.clock} {title}")
        for place, (hours, chosen) in enumerate(agreement.variants):
            when, also = _when(agreement.kind, seconds, has_hours=hours is not None)
            given = All(chosen, *also, *(() if condition == All() else (condition,)))
            for number, step in enumerate(steps):
                ending = f"{f'.{place + 1}' if place else ''}{f'.{number + 1}' if number else ''}"
                yield Automation(
                    f"{name}{ending}",
                    when=when,
                    given=given,
                    then=tuple(step),
                    calendar="default" if hours is None else hours.name,
                    is_enabled=row.at("is_active").truth() is not False,
                    labels=labels_of(title),
                )

    def _condition(self, row: Part) -> Condition | None:
        """Return a criterion as a condition; None if the library has no such condition."""
        key, operator = row.at("criteria").text() or "", row.at("condition").number()
        pattern = row.at("pattern").word()
        if operator not in _OPERATORS or (pattern is None and operator not in _EXISTENCE):
            return None
        with suppress(TicketflowError):
            found = self._fact(key, None if operator in _EXISTENCE else pattern)
            return Not(found) if found is not None and operator in _NEGATIVE else found
        return None

    def _fact(self, key: str, value: str | None) -> Condition | None:
        """Return the condition that a criterion has a value; that it is lacking if *value* is None."""
        if key == "status" and value is not None:
            status = _status(value)
            return None if status is None else StateIs(status)
        if key == "_users_id_assign":
            return Not(IsAssigned()) if value is None else AssignedTo(value)
        if key == "_users_id_requester" and value is not None:
            return RequesterIs(value)
        kind = _FIELDS.get(key)
        if kind is None:
            return None
        field = self._field(key, kind)
        return FieldIs(field, value if value is None else _value(kind, value))

    def _field(self, key: str, kind: FieldKind) -> str:
        name = key.strip("_")
        self._fields.setdefault(name, Field(name, kind=kind))
        return name

    def _action(self, row: Part, agreements: Sequence[_Agreement]) -> actions.Action | None:
        """Return an action; None if the library has no such action."""
        key, kind, value = row.at("field").text() or "", row.at("action_type").text() or "", row.at("value").word()
        if kind == "send" and key in ("recall", "recall_ola"):
            return actions.Emit(key)
        if kind not in ("assign", "append") or value is None:
            return None
        with suppress(TicketflowError):
            if key == "status":
                status = _status(value)
                return None if status is None else actions.Move(f"to_{status}")
            if key == "_users_id_assign":
                return actions.Assign(value)
            for agreement in agreements:
                of = agreement.kind
                is_it = agreement.part.at("id").word() == value
                if key == f"{of.item.lower()}s_id_{of.field[-3:]}" and is_it:
                    return actions.SetField(of.field, agreement.value)
            if key in _FIELDS:
                return actions.SetField(self._field(key, _FIELDS[key]), _value(_FIELDS[key], value))
        return None


def _joined(given: Sequence[Condition | None], row: Part) -> Condition:
    """Return the criteria of a level as one condition."""
    known = [each for each in given if each is not None]
    is_any = row.at("match").text() == "OR"
    if len(known) == 1:
        return known[0]
    return AnyOf(*known) if is_any and known else All(*known)


def _told_steps(rows: Sequence[Part], steps: Sequence[actions.Action | None]) -> list[list[actions.Action]]:
    """Return the actions of a level, and say what became of each.

    A move is a step on its own: it is impossible in the state that it leads to, and the other actions are not.
    """
    found: dict[str, actions.Action] = {}
    for row, action in zip(rows, steps, strict=True):
        key = row.at("field").text() or ""
        what = f"{row.at('action_type').text()} {key}"
        if action is None:
            row.left_out(what, "the library has no such action")
        elif key in found:
            row.left_out(what, "another action of the level does so")
        else:
            row.carried(what, "an action of the level")
            found[key] = action
    moves = [found.pop("status")] if "status" in found else []
    return [each for each in (list(found.values()), moves) if each]


def _status(value: str) -> str | None:
    """Return the name of the state of a status."""
    place = int(value) if _NUMBER.fullmatch(value) else 0
    return _STATUSES[place - 1].name if 1 <= place <= len(_STATUSES) else None


_LONGEST = 10**9
"""The most seconds of a level, about thirty years."""
_MOST_UNITS = 10**6
"""The most units of time of an agreement."""
_UNITS = {"minute": 60, "hour": 3600, "day": _DAY, "month": _DAYS_A_MONTH * _DAY}
_EXISTENCE = frozenset({8, 9})
_NEGATIVE = frozenset({1, 8})
_OPERATORS = frozenset({0, 1, 8, 9})
"""GLPI's conditions ``is``, ``is not``, ``exists`` and ``does not exist``; the others compare parts of texts."""

_ID_FIELDS = (
    *("itilcategories_id", "locations_id", "requesttypes_id"),
    *("_groups_id_requester", "_groups_id_assign", "_groups_id_observer"),
)
_FIELDS: Mapping[str, FieldKind] = {
    "priority": "number",
    "urgency": "number",
    "impact": "number",
    "type": "number",
    **dict.fromkeys(_ID_FIELDS, "text"),
}
"""The facts of tickets that are fields here; ids of other records are texts."""


def _shift(row: Part) -> tuple[int, str] | None:
    """Return the weekday, from 0 for Sunday, and the hours of a segment; None, and an item, if they are not valid."""
    day, hours = row.at("day").number(), f"{row.at('begin').text()}-{row.at('end').text()}"
    shifts = tried(row, "a segment", partial(parse_hours, hours))
    if shifts is None:
        return None
    if day is None or not 0 <= day < len(_WEEKDAYS) or shifts[0].closes > timedelta(seconds=_DAY):
        row.left_out("a segment", "it is not on one weekday from 0 to 6")
        return None
    return day, hours


_MOST_DATES = 400


def _dates(row: Part) -> list[str]:
    """Return the dates of a close time, as rules for dates; none, and an item, if it has none."""
    name = row.at("name").text() or "a close time"
    first, last = (_date(row.at(key)) for key in ("begin_date", "end_date"))
    if first is None or last is None:
        row.left_out(name, "it has no first and last date")
        return []
    is_yearly = row.at("is_perpetual").truth() or False
    if is_yearly and (first.month, first.day) > (last.month, last.day):
        row.left_out(name, "GLPI compares month and day, so a close time of every year never runs over New Year")
        return []
    if is_yearly:
        first, last = first.replace(year=_LEAP_YEAR), last.replace(year=_LEAP_YEAR)
    if not 0 <= (last - first).days < _MOST_DATES:
        row.left_out(name, f"it has no dates, or more than {_MOST_DATES}")
        return []
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [f"{day:%m-%d}" if is_yearly else day.isoformat() for day in days]


_LEAP_YEAR = 2000


def _value(kind: FieldKind, text: str) -> str | int:
    """Return the value of a field.

    Raises:
        BadValueError: *text* is not a number, although the field has numbers.
    """
    if kind != "number":
        return text
    if not _NUMBER.fullmatch(text):
        raise BadValueError(f"{text!a:.80} is not a whole number", "give one")
    return int(text)


_NUMBER = re.compile(r"-?[0-9]{1,15}", re.ASCII)


def _date(part: Part) -> date | None:
    try:
        return date.fromisoformat((part.text() or "")[:10])
    except ValueError:
        return None


def _measure(kind: _Kind) -> Measure:
    """Return when the clock of a kind runs.

    An SLA counts from the opening, an OLA from the moment when the ticket gets it. Only the time to resolve stands
    still while the ticket is pending.
    """
    has_it = () if kind.item == "SLA" else (Not(FieldIs(kind.field, None)),)
    if kind.type:
        return Measure(runs=All(*has_it, _NOT_TAKEN, _NOT_OVER), again="never")
    return Measure(runs=All(*has_it, _NOT_OVER) if has_it else _NOT_OVER, frozen=StateIs("waiting"))


def _targets(agreement: _Agreement) -> tuple[Target, ...]:
    """Return the targets of an agreement.

    Minutes and hours are working time. Days and months of thirty days keep the local time of the start, but not beyond
    the last closing; a start on a closed date counts from the next opening. With *end of working day* they end at the
    closing, and from a closed date they count from the next working day. Without a calendar all of them count day and
    night.
    """
    part = agreement.part
    unit, number = part.at("definition_time").text() or "", part.at("number_time").number() or 0
    seconds = _UNITS[unit] * number
    days = seconds // _DAY
    ends_at_closing = part.at("end_of_working_day").truth() or False
    found: list[Target] = []
    for hours, given in agreement.variants:
        if hours is None:
            found.append(Target(Elapsed(timedelta(seconds=seconds)), given))
        elif unit in ("minute", "hour"):
            found.append(Target(WorkingTime(timedelta(seconds=seconds)), given, hours.name))
        else:
            found += _in_days(hours, given, days, ends_at_closing=ends_at_closing)
    return tuple(found)


def _in_days(hours: _Hours, given: Condition, days: int, *, ends_at_closing: bool) -> Iterator[Target]:
    shut = StartedWhile(hours.days, is_open=False)
    at_closing = BusinessDays(days, at="closing")
    if ends_at_closing:
        yield Target(BusinessDays(days + 1, at="closing"), given, hours.name, started=shut)
        yield Target(at_closing, given, hours.name)
        return
    yield Target(BusinessDays(days, shut="as_it_is"), given, hours.name, started=shut)
    if hours.closing < timedelta(seconds=_DAY):
        yield Target(at_closing, given, hours.name, started=StartedBetween(hours.closing, "24:00"))
    yield Target(BusinessDays(days, anchor="as_it_is", shut="as_it_is"), given, hours.name)


def _when(kind: _Kind, seconds: int, *, has_hours: bool) -> tuple[After, tuple[Condition, ...]]:
    """Return when a level acts, and the conditions that it needs besides its criteria.

    Less than a day is working time, and days are business days. After the due instant, business days are counted from
    the breach, which the library records a microsecond later.
    """
    clock = Started(kind.clock)
    lead = timedelta(seconds=abs(seconds))
    if not seconds:
        return After(Missed(), clock), ()
    if not has_hours:
        return After(BeforeDue(Elapsed(lead)) if seconds < 0 else AfterDue(Elapsed(lead)), clock), ()
    if abs(seconds) < _DAY:
        return After(BeforeDue(WorkingTime(lead)) if seconds < 0 else AfterDue(WorkingTime(lead)), clock), ()
    if seconds < 0:
        return After(BeforeDue(BusinessDays(lead.days)), clock), ()
    days = BusinessDays(lead.days, anchor="as_it_is", shut="as_it_is")
    also = (_NOT_OVER, _NOT_TAKEN) if kind.type else (_NOT_OVER,)
    return After(days, Breached(kind.clock)), also


GLPI = System(
    "glpi",
    "GLPI",
    _convert,
    "objects in JSON with the rows of Calendar, CalendarSegment, Holiday, SLM, SLA, OLA, SlaLevel and so on",
    (
        "the six statuses of GLPI's tickets, each with a transition (as in the preset servicenow)",
        "a new ticket that somebody is assigned to moves on; a customer's answer moves a waiting or solved one back",
    ),
)


def read_glpi(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import calendars, close times and service levels of GLPI.

    Args:
        sources: Objects with the rows of GLPI's item types, as texts or parsed data.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of GLPI.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    return read_with(GLPI, *sources, names=names)
