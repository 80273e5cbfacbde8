"""Import Freshdesk and Freshservice: business hours, holiday lists, SLA policies with escalations.

Sources: https://developers.freshdesk.com/api/#business-hours and https://developers.freshdesk.com/api/#sla-policies for
Freshdesk; https://api.freshservice.com/#business-hours and https://api.freshservice.com/#sla-policies for Freshservice.
The escalations are described at https://support.freshdesk.com/support/solutions/articles/37629, the timers of statuses
at https://support.freshdesk.com/support/solutions/folders/272943. Statuses are read from the field ``status`` of
https://developers.freshdesk.com/api/#ticket-fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.hours import WEEKDAYS, Shift, Yearly
from ticketflow.calendars.spans import AfterDue, BeforeDue, Elapsed, Missed, WorkingTime
from ticketflow.errors import BadValueError
from ticketflow.importers.desks import (
    Draft,
    Status,
    answer_rule,
    check_count,
    hidden,
    tried,
    with_default,
    workflow_of,
)
from ticketflow.importers.items import Imported
from ticketflow.importers.naming import Names, labels_of
from ticketflow.importers.parts import Part
from ticketflow.importers.rails_zones import read_zone
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.kernel.instants import DAY
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After
from ticketflow.sla.measures import Measure, first_response, next_reply, resolution
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.anchors import Started
from ticketflow.tickets.facts import Category
from ticketflow.tickets.messages import Template
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import Condition
from ticketflow.workflow.definition import Field
from ticketflow.workflow.ticket_calendar import CalendarOf

_ITS_OWN = "the desk keeps it for itself"
_PRIORITIES = ("low", "medium", "high", "urgent")
"""The names of the priorities 1 to 4."""
_FRESHSERVICE = (
    Status("open", "open", "Open"),
    Status("pending", "pending", "Pending"),
    Status("resolved", "resolved", "Resolved"),
    Status("closed", "closed", "Closed"),
)
_FRESHDESK = (
    *_FRESHSERVICE[:2],
    Status("waiting_on_customer", "pending", "Waiting on Customer"),
    Status("waiting_on_third_party", "pending", "Waiting on Third Party"),
    *_FRESHSERVICE[2:],
)
_MEASURES: Mapping[str, tuple[str, Measure]] = {
    "respond_within": ("first-response", first_response("opening")),
    "next_respond_within": ("next-response", next_reply()),
    "resolve_within": ("resolution", resolution()),
}
"""The clock and the measure of each target."""
_TIMER_ON = frozenset({"waiting_on_third_party"})
"""The statuses that wait while the SLA timer goes on, in a new desk."""
_DEFAULT_STATUSES: Mapping[str, str] = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
"""The names of the statuses that every desk has, by id."""
_MOST_STATUSES = 200
_CLOCKS: Mapping[str, Measure] = dict(_MEASURES.values())
_FIELDS: Mapping[str, str] = {
    "company_ids": "company",
    "department_ids": "department",
    "group_ids": "group",
    "product_ids": "product",
    "sources": "source",
    "ticket_types": "type",
}
"""The field that each key of ``applicable_to`` asks."""
_ESCALATED: Mapping[str, str] = {
    "response": "first-response",
    "reminder_response": "first-response",
    "next_response": "next-response",
    "reminder_next_response": "next-response",
    "resolution": "resolution",
    "reminder_resolution": "resolution",
}
"""The clock that each escalation counts from."""
_LEVELS = ("level_1", "level_2", "level_3", "level_4")


def read_freshdesk(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import business hours and SLA policies of Freshdesk.

    Args:
        sources: Responses of its API, such as that of ``/api/v2/sla_policies``, as texts or parsed data.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or has nothing of Freshdesk.
    """
    return read_with(FRESHDESK, *sources, names=names)


def read_freshservice(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import business hours with their holidays and SLA policies of Freshservice.

    Args:
        sources: Responses of its API, such as that of ``/api/v2/business_hours``, as texts or parsed data.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or has nothing of Freshservice.
    """
    return read_with(FRESHSERVICE, *sources, names=names)


def _convert(name: str, statuses: Sequence[Status], sources: Sequence[Part]) -> Rules:
    hours: list[Part] = []
    policies: list[Part] = []
    fields_of_status: list[Part] = []
    for source in sources:
        records = [*_records(source)]
        kinds = (_is_hours, _is_policy, _is_status)
        for found, is_kind in zip((hours, policies, fields_of_status), kinds, strict=True):
            found += [each for each in records if is_kind(each)]
        if not any(is_kind(each) for is_kind in kinds for each in records):
            fix = "give a response with business hours or SLA policies"
            raise source.refused("it has no business hours and no SLA policies", fix, "wrong_format")
    frozen = {each.name for each in statuses if each.category == "pending"} - _TIMER_ON
    for part in fields_of_status:
        statuses, frozen = _statuses(part, statuses, frozen)
    check_count(hours, 100, "sets of business hours")
    check_count(policies, 250, "SLA policies")
    calendars = with_default(_calendars(hours))
    fields: dict[str, Field] = {}
    waiting = [each.name for each in statuses if each.category in ("pending", "resolved")]
    draft = Draft(
        name,
        workflow_of(statuses, reopens_to="open"),
        calendars,
        rules=[(answer_rule(waiting, "open"), None)],
    )
    ids = Names(taken={"customer-answers"})
    filters: list[conditions.All] = []
    rows = [*_rows(_in_order(policies), fields, filters)]
    draft.clocks = tuple(_clocks(rows, filters, _ticket_calendar(calendars, fields)))
    known = {clock.name for clock in draft.clocks}
    draft.rules += [*_escalations(rows, filters, ids)]
    messages = {each.template for rule, _ in draft.rules for each in _messages(rule)}
    draft.templates = tuple(Template(each, {"en": "The target of {ticket} is due."}) for each in sorted(messages))
    workflow = workflow_of(statuses, fields.values(), "open")
    states = (
        attrs.evolve(state, freezes=known if state.name in frozen else state.freezes) for state in workflow.states
    )
    draft.workflow = attrs.evolve(workflow, states=tuple(states))
    return draft.finished()


def _statuses(part: Part, usual: Sequence[Status], frozen: set[str]) -> tuple[Sequence[Status], set[str]]:
    """Return the statuses of the field ``status``, and the names of those in which the timers are off.

    Args:
        part: The field.
        usual: The statuses of a new desk, for a field that lacks one that every desk has.
        frozen: Those of them in which the timers are off.
    """
    choices = part.at("choices").parts()
    check_count(choices, _MOST_STATUSES, "statuses")
    names = Names(separator="_", taken={*_DEFAULT_STATUSES.values()})
    found: list[tuple[Status, bool, Part]] = []
    for each in choices:
        identity, label = each.at("id", "status_id").word() or "", each.at("value", "name").text() or ""
        is_off = each.at("stop_sla_timer").truth() is True
        what = f"status {label!r} ({identity})"
        each.skipped("label_for_customers", "customer_display_name", why="states have one label for everybody")
        each.skipped("position", "default", "parent_choice_id", why=_ITS_OWN)
        if each.at("deleted").truth() is True:
            each.left_out(what, "it is deleted")
            continue
        name = _DEFAULT_STATUSES.get(identity) or names.name(label, "status")
        category: Category = "pending" if is_off or name == "pending" else "open"
        category = {"resolved": "resolved", "closed": "closed"}.get(name, category)  # type: ignore[assignment]
        found.append((Status(name, category, label or name), is_off, each))
        timer = "off" if is_off else "on"
        each.carried(f"{what}, SLA timer {timer}", f"workflow.states: {name}, {category}")
    statuses = sorted((status for status, _, _ in found), key=lambda status: status.name != "open")
    given = [status.name for status in statuses]
    if not {*_DEFAULT_STATUSES.values()} <= {*given} or len({*given}) != len(given):
        part.left_out("statuses", "every desk has one with each of the ids 2, 3, 4 and 5; the usual ones are used")
        return usual, frozen
    part.skipped(*(key for key, _ in part.pairs() if key != "choices"), why="only the choices of the field are read")
    return statuses, {status.name for status, is_off, _ in found if is_off and status.category in ("open", "pending")}


def _messages(rule: object) -> list[actions.SendMessage]:
    found = rule.then if isinstance(rule, Automation) else ()
    return [each for each in found if isinstance(each, actions.SendMessage)]


def _records(source: Part) -> Iterator[Part]:
    """Yield the records of a response: Freshdesk lists them, Freshservice puts them under a key."""
    if source.is_list():
        yield from source.parts()
    elif _is_hours(source) or _is_policy(source) or _is_status(source):
        yield source
    else:
        for key in ("business_hours", "sla_policies", "sla_policy", "business_hour", "ticket_fields", "ticket_field"):
            part = source.at(key)
            yield from part.parts() if part.is_list() else [part] if part else []


def _is_hours(part: Part) -> bool:
    return part.has("service_desk_hours") or part.has("time_zone") or part.at("business_hours").is_object()


def _is_status(part: Part) -> bool:
    is_named = "status" in (part.at("name").data, part.at("type").data)
    return part.at("choices").is_list() and (is_named or part.at("field_type", "type").data == "default_status")


def _is_policy(part: Part) -> bool:
    return part.has("sla_target") or part.has("sla_targets")


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """Return policies in the order in which the desk tries them: by position, the default one last."""
    placed = [(part, part.at("is_default").truth() is True, part.at("position").number() or 0) for part in parts]
    return [part for part, _, _ in sorted(placed, key=lambda each: each[1:])]


# -- business hours ---------------------------------------------------------------------------------------------------


def _calendars(parts: Sequence[Part]) -> dict[str, Calendar]:
    """Return a calendar for each set of business hours; the default one is named so."""
    names = Names(taken={"default"})
    found: list[tuple[bool, str, str, Calendar, Part]] = []
    for part in parts:
        title = part.at("name").text() or ""
        part.skipped("id", "created_at", "updated_at", "workspace_id", why=_ITS_OWN)
        part.skipped("description", why="calendars have no descriptions")
        is_default = part.at("is_default").truth() is True
        what = f"business hours {title!r}{', the default ones' if is_default else ''}"
        calendar = tried(part, what, partial(_calendar, part, what))
        if calendar is not None:
            found.append((is_default, title, what, calendar, part))
    default = next((number for number, each in enumerate(found) if each[0]), 0)
    calendars: dict[str, Calendar] = {}
    for number, (_, title, what, calendar, part) in enumerate(found):
        name = "default" if number == default else names.name(title, "business-hours")
        calendars[name] = calendar
        if name == "default":
            part.carried(what, "calendars.default")
        else:
            why = (
                f"calendars.{name}, for tickets whose field business_hours is {name!r}; in the desk, the group decides"
            )
            part.changed(what, why)
    return calendars


def _calendar(part: Part, what: str) -> Calendar:
    days: dict[str, tuple[Shift, ...]] = {}
    week = part.at("service_desk_hours", "business_hours")
    for day, hours in week.pairs() if week else ():
        opens = _time(hours.at("beginning_of_workday", "start_time"))
        closes = _time(hours.at("end_of_workday", "end_time"))
        short = day.lower()[:3]
        if short not in WEEKDAYS or opens is None or closes is None:
            hours.left_out(f"hours of {day}", "they are not times of a weekday, such as 08:00 am")
        elif closes == _LAST_SECOND:
            hours.changed(f"hours of {day}", "they end at 24:00, a second later")
            days[short] = (Shift(opens, DAY),)
        else:
            days[short] = (Shift(opens, closes if closes > opens else closes + DAY),)
    holidays: dict[date | Yearly, str] = {}
    listed = part.at("list_of_holidays")
    for each in listed.parts() if listed else ():
        day_off = _date(each.at("holiday_date").text() or "")
        title = each.at("holiday_name").text() or "holiday"
        if day_off is None:
            each.left_out(f"holiday {title!r}", "its date is not known; write it as --12-25 or 2026-12-25")
        else:
            each.carried(f"holiday {title!r}", f"{day_off} in the calendar")
            holidays[day_off] = title
    zone = read_zone(part.at("time_zone"), what)
    return BusinessCalendar(zone, tuple(days.get(day, ()) for day in WEEKDAYS), holidays=holidays)


_LAST_SECOND = DAY - timedelta(seconds=1)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))? ?(am|pm)?", re.ASCII | re.IGNORECASE)
_YEARLY = re.compile(r"--([0-9]{2})-([0-9]{2})", re.ASCII)


def _time(part: Part) -> timedelta | None:
    """Return a time of day, written as ``08:00:00 am``, ``5:00 pm`` or ``17:00``."""
    match = _TIME.fullmatch((part.text() or "").strip())
    if match is None:
        return None
    hour, minute, second = (int(each or 0) for each in match.groups()[:3])
    half = (match[4] or "").lower()
    if half and not 1 <= hour <= _NOON:
        return None
    hour = hour % _NOON + (_NOON if half == "pm" else 0) if half else hour
    at = timedelta(hours=hour, minutes=minute, seconds=second)
    return at if at < DAY and minute < _SIXTY and second < _SIXTY else None


_NOON, _SIXTY = 12, 60


def _date(text: str) -> date | Yearly | None:
    """Return a date, or one of every year: ``--12-25``."""
    match = _YEARLY.fullmatch(text)
    try:
        return Yearly(int(match[1]), int(match[2])) if match else date.fromisoformat(text[:10])
    except (ValueError, BadValueError):
        return None


def _ticket_calendar(calendars: Mapping[str, Calendar], fields: dict[str, Field]) -> str | CalendarOf:
    others = {name: name for name in calendars if name != "default"}
    if not others:
        return "default"
    fields["business_hours"] = Field("business_hours", tuple(others), kind="text", labels={"en": "business hours"})
    return CalendarOf("business_hours", others)


# -- SLA policies -----------------------------------------------------------------------------------------------------


@attrs.frozen
class _Row:
    """A target of a policy.

    Attributes:
        part: The part of the policy.
        place: The place of the policy among those that are carried.
        clock: The name of the clock.
        priority: The name of the priority.
        time: The time that it allows.
        is_escalated: Whether the policy's escalations are for this priority.
    """

    part: Part
    place: int
    clock: str
    priority: str
    time: WorkingTime | Elapsed
    is_escalated: bool

    @property
    def key(self) -> tuple[str, str]:
        """What the target is for."""
        return self.clock, self.priority


def _rows(parts: Sequence[Part], fields: dict[str, Field], filters: list[conditions.All]) -> Iterator[_Row]:
    """Yield the targets of all policies, and add the condition of each policy to *filters*."""
    for part in parts:
        title = part.at("name").text() or "without a name"
        last = ", the default one" if part.at("is_default").truth() is True else ""
        what = f"SLA policy {title!r} at position {part.at('position').word()}{last}"
        part.skipped("id", "created_at", "updated_at", "workspace_id", why=_ITS_OWN)
        part.skipped("description", why="clocks have no descriptions")
        if part.at("active").truth() is False or part.at("deleted").truth() is True:
            part.left_out(what, "it is switched off")
            continue
        own, unknown = _applies(part.at("applicable_to"), fields)
        if unknown:
            part.left_out(what, f"no condition says {unknown!r}")
            continue
        part.carried(what, "targets of clocks, for tickets that no earlier policy takes")
        filters.append(conditions.All(*own))
        yield from _targets(part, title, len(filters) - 1, fields)


def _applies(part: Part, fields: dict[str, Field]) -> tuple[list[Condition], str | None]:
    """Return the conditions of a policy, and a key that no condition can say."""
    found: list[Condition] = []
    for key, values in part.pairs() if part else ():
        words = [word for each in values.parts() if (word := each.word()) is not None] if values else []
        if not words:
            continue
        if key == "requester_ids":
            found.append(conditions.RequesterIs(*words))
        elif key in _FIELDS:
            name = _FIELDS[key]
            fields[name] = Field(name, kind="text", labels={"en": name})
            found.append(conditions.FieldIs(name, *words))
        else:
            return [], key
    return found, None


def _targets(part: Part, title: str, place: int, fields: dict[str, Field]) -> Iterator[_Row]:
    """Yield the targets of a policy: an object by priority in Freshdesk, a list in Freshservice."""
    named, listed = part.at("sla_target"), part.at("sla_targets")
    found = [(key.removeprefix("priority_"), each) for key, each in named.pairs()] if named else []
    found += [(each.at("priority").word() or "", each) for each in listed.parts()] if listed else []
    for number, each in found:
        is_working, is_escalated = each.at("business_hours").truth() is True, each.at("escalation_enabled").truth()
        if number not in ("1", "2", "3", "4"):
            each.left_out(f"targets of priority {number} of {title!r}", "there are the priorities 1 to 4")
            continue
        fields["priority"] = Field("priority", _PRIORITIES, kind="text", labels={"en": "priority"})
        priority = _PRIORITIES[int(number) - 1]
        switched = "off" if is_escalated is False else "on"
        what = f"escalation of {priority} tickets of {title!r}: {switched}"
        each.at("escalation_enabled").carried(what, "the rules of the escalations ask for the priority")
        has_target = False
        for key, (clock, _) in _MEASURES.items():
            target = each.at(key)
            seconds = target.number()
            what = f"{key} of {priority} tickets of {title!r}"
            time = None if seconds is None else tried(target, what, partial(_span, seconds, is_working=is_working))
            if time is None:
                continue
            target.carried(what, f"clocks.{clock}: {time}")
            has_target = True
            yield _Row(part, place, clock, priority, time, is_escalated is not False)
        if not has_target:
            each.left_out(f"targets of {priority} tickets of {title!r}", "no clock measures them")


def _span(seconds: int, *, is_working: bool) -> WorkingTime | Elapsed:
    if not 0 < seconds <= _MOST_SECONDS:
        raise BadValueError(f"{seconds} seconds are not a target", "give seconds, at most ten years")
    amount = timedelta(seconds=seconds)
    return WorkingTime(amount) if is_working else Elapsed(amount)


_MOST_SECONDS = 10 * 366 * 86_400


def _clocks(rows: Sequence[_Row], filters: Sequence[conditions.All], calendar: str | CalendarOf) -> Iterator[Policy]:
    has = {(row.place, row.key) for row in rows}
    for name, measure in _CLOCKS.items():
        targets = tuple(
            Target(row.time, given=_given(row.place, [row.priority], hidden(row.place, row.key, has, filters), filters))
            for row in rows
            if row.clock == name
        )
        if targets:
            yield Policy(name, measure, targets, calendar=calendar)


def _given(
    place: int, priorities: Sequence[str], others: Sequence[Condition], filters: Sequence[conditions.All]
) -> Condition:
    """Return the condition for tickets of a policy with one of these priorities."""
    return conditions.All(*others, *filters[place].of, conditions.FieldIs("priority", *priorities))


# -- escalations ------------------------------------------------------------------------------------------------------


def _escalations(
    rows: Sequence[_Row], filters: Sequence[conditions.All], ids: Names
) -> Iterator[tuple[Automation, Part]]:
    """Yield the rules for the escalations and reminders of each policy."""
    for place in dict.fromkeys(row.part.place for row in rows):
        own = [row for row in rows if row.part.place == place]
        part = own[0].part
        title = part.at("name").text() or "without a name"
        escalation = part.at("escalation")
        for key, each in escalation.pairs() if escalation else ():
            clock = _ESCALATED.get(key)
            if clock is None or not each:
                continue
            levels = [(f"{key} {level}", each.at(level)) for level in _LEVELS if each.at(level)]
            for name, level in levels or [(key, each)]:
                what = f"escalation of {name} of {title!r}"
                yield from _escalation(level, what, [row for row in own if row.clock == clock], filters, ids)


def _escalation(
    part: Part, what: str, rows: Sequence[_Row], filters: Sequence[conditions.All], ids: Names
) -> Iterator[tuple[Automation, Part]]:
    seconds, agents = part.at("escalation_time").number(), part.at("agent_ids")
    people: list[str] = []
    for agent in agents.parts() if agents else ():
        word = agent.word() or ""
        if word.isdigit():
            people.append(word)
        else:
            agent.left_out(f"agent {word}", "no message goes to it; the id is not that of a person")
    escalated = [row for row in rows if row.is_escalated]
    if seconds is None or abs(seconds) > _MOST_SECONDS or not people:
        part.left_out(what, "it has no time or no people")
        return
    if not escalated:
        part.left_out(what, "escalations are switched off for every priority with such a target")
        return
    made = []
    for is_working in (True, False):
        same = [row for row in escalated if isinstance(row.time, WorkingTime) is is_working]
        if not same:
            continue
        span = _late(seconds, is_working=is_working)
        place = same[0].place
        earlier = [conditions.Not(each) for each in filters[:place]]
        given = _given(place, [row.priority for row in same], earlier, filters)
        name = ids.name(what, "escalation")
        then = tuple(actions.SendMessage(f"escalation-of-{same[0].clock}", actions.person(each)) for each in people)
        when = After(span, Started(same[0].clock))
        made.append(Automation(name, when=when, given=given, then=then, labels=labels_of(what)))
    part.carried(what, " and ".join(f"automations.{rule.id}" for rule in made))
    yield from ((rule, part) for rule in made)


def _late(seconds: int, *, is_working: bool) -> AfterDue | BeforeDue | Missed:
    """Return the span of an escalation: after the target, at once, or before it if the seconds are negative."""
    amount = timedelta(seconds=abs(seconds))
    span = WorkingTime(amount) if is_working else Elapsed(amount)
    if seconds == 0:
        return Missed()
    return AfterDue(span) if seconds > 0 else BeforeDue(span)


_ADDED = (
    "an answer of the customer opens a waiting or resolved ticket, and a closed ticket continues as a follow-up",
    "without the field status, the statuses of a new desk: clocks stand still in pending and waiting_on_customer",
)
FRESHDESK = System(
    "freshdesk",
    "Freshdesk",
    partial(_convert, "freshdesk", _FRESHDESK),
    "responses of its API in JSON: business hours, SLA policies, ticket fields",
    ("a transition to each status (as in the preset servicenow)", *_ADDED),
)
FRESHSERVICE = System(
    "freshservice",
    "Freshservice",
    partial(_convert, "freshservice", _FRESHSERVICE),
    "responses of its API in JSON: business hours with holidays, SLA policies, ticket fields",
    ("a transition to each status (as in the preset servicenow)", *_ADDED),
)
