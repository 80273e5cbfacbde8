"""Import Zendesk: schedules with holidays, SLA policies, automations and triggers, as its API returns them.

Sources, all at https://developer.zendesk.com/api-reference/ticketing/: ticket-management/schedules/ (minutes since
Sunday, zone names of Rails, holidays), business-rules/sla_policies/, business-rules/automations/ and
business-rules/triggers/. The metrics are described at https://support.zendesk.com/hc/en-us/articles/204770038, the
statuses and built-in rules at https://support.zendesk.com/hc/en-us/articles/4408894213018.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.hours import Shift
from ticketflow.calendars.spans import Elapsed, WorkingTime
from ticketflow.errors import BadValueError, TicketflowError
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
from ticketflow.importers.naming import Names
from ticketflow.importers.parts import Part
from ticketflow.importers.rails_zones import read_zone
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.importers.zendesk_rules import read_automations, read_triggers
from ticketflow.importers.zendesk_terms import PRIORITIES, Desk, NotKnownError, read_conditions
from ticketflow.kernel.instants import DAY
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.limits import MOST_DATED
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, OnEnter
from ticketflow.sla.measures import Measure, agent_work, first_response, next_reply, requester_wait, resolution
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.anchors import Entered, LastMessage
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import Condition

_STATUSES = (
    Status("new", "open", "New", is_entered=False),
    Status("open", "open", "Open"),
    Status("pending", "pending", "Pending"),
    Status("hold", "pending", "On-hold"),
    Status("solved", "resolved", "Solved"),
    Status("closed", "closed", "Closed", is_by_hand=False),
)
_BUILT_IN = (
    answer_rule(("pending", "hold", "solved"), "open"),
    Automation(
        "open-on-assignment",
        when=OnEnter(conditions.IsAssigned()),
        given=conditions.StateIs("new"),
        then=(actions.Move("to_open"),),
        labels={"en": "an assigned ticket is open"},
    ),
    Automation(
        "close-after-28-days",
        when=After(Elapsed(days=28), Entered("solved")),
        given=conditions.StateIs("solved"),
        then=(actions.Move("to_closed"),),
        labels={"en": "solved tickets close after 28 days"},
    ),
)
_PENDING = conditions.StateIs("pending")
_IS_UPDATED = conditions.All(
    conditions.Happened(LastMessage("agent")), conditions.Not(conditions.CategoryIs("resolved", "closed"))
)
_METRICS: Mapping[str, Measure] = {
    "first_reply_time": first_response(),
    "next_reply_time": next_reply(),
    "periodic_update_time": Measure(runs=_IS_UPDATED, again="anew", each="answers"),
    "pausable_update_time": Measure(runs=_IS_UPDATED, frozen=_PENDING, again="anew", each="answers"),
    "requester_wait_time": requester_wait(_PENDING),
    "agent_work_time": agent_work(),
    "total_resolution_time": resolution(),
}
"""The measure of each metric. Requester wait pauses in Pending, agent work in Pending and On-hold."""
_KINDS = {
    "schedules": ("schedules", "schedule"),
    "holidays": ("holidays",),
    "sla_policies": ("sla_policies", "sla_policy"),
    "automations": ("automations", "automation"),
    "triggers": ("triggers", "trigger"),
}
"""The keys of the API under which each kind of part stands."""
_ITS_OWN = "Zendesk keeps it for itself"
_WEEK = 7 * DAY
_LONGEST_HOLIDAY = timedelta(days=366)


def read_zendesk(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import schedules, holidays, SLA policies, automations and triggers of Zendesk.

    Args:
        sources: Responses of its API, such as that of ``/api/v2/slas/policies``, as texts or parsed data.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or has nothing of Zendesk.
    """
    return read_with(ZENDESK, *sources, names=names)


def convert(sources: Sequence[Part]) -> Rules:
    """Return the rule set of the responses of Zendesk's API."""
    found = {kind: [part for source in sources for part in _listed(source, keys)] for kind, keys in _KINDS.items()}
    for source in sources:
        if not any(source.has(key) for keys in _KINDS.values() for key in keys):
            keys = ", ".join(_KINDS)
            raise source.refused("it has nothing of Zendesk", f"give a response with one of: {keys}", "wrong_format")
        source.at("next_page").left_out("next page", "it is not in this source; give it as another one")
        source.skipped("previous_page", "count", "url", why=_ITS_OWN)
        for record in ("links", "meta"):
            source.at(record).left_out(record, _ITS_OWN)
    check_count(found["schedules"], 100, "schedules")
    check_count(found["sla_policies"], 250, "SLA policies")
    check_count([*found["automations"], *found["triggers"]], 900, "automations and triggers")
    desk = Desk()
    calendars = with_default(_calendars(found["schedules"], _apart(sources), desk))
    clocks = tuple(_clocks(_in_order(found["sla_policies"]), desk))
    ids = Names(taken={rule.id for rule in _BUILT_IN})
    rules = [
        *((rule, None) for rule in _BUILT_IN),
        *read_automations(_in_order(found["automations"]), desk, ids),
        *read_triggers(_in_order(found["triggers"]), desk, ids),
    ]
    workflow = workflow_of(_STATUSES, desk.fields.values(), "open")
    workflow = attrs.evolve(workflow, groups=frozenset(desk.groups))
    return Draft("zendesk", workflow, calendars, clocks, [*rules], tuple(desk.templates)).finished()


def _listed(source: Part, keys: Sequence[str]) -> Iterator[Part]:
    """Yield the parts of one kind in a response: of a list, or a single one."""
    for key in keys:
        part = source.at(key)
        yield from part.parts() if part.is_list() or not part.is_object() else (part,)


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """Return parts in the order of their positions; those without one last."""
    placed = [(part, part.at("position").number()) for part in parts]
    return [part for part, _ in sorted(placed, key=lambda pair: (pair[1] is None, pair[1] or 0))]


# -- schedules --------------------------------------------------------------------------------------------------------


def _apart(sources: Sequence[Part]) -> list[Part]:
    """Return the responses that list holidays apart from a schedule."""
    return [source for source in sources if source.has("holidays")]


def _calendars(schedules: Sequence[Part], apart: Sequence[Part], desk: Desk) -> dict[str, Calendar]:
    """Return a calendar for each schedule; the first one is the default, as in Zendesk."""
    names = Names(taken={"default"})
    holidays = _holidays_apart(schedules, apart)
    calendars: dict[str, Calendar] = {}
    for part in schedules:
        title, identity = part.at("name").text() or "", part.at("id").word() or ""
        what = f"schedule {title!r} ({identity})"
        part.skipped("created_at", "updated_at", "url", why=_ITS_OWN)
        calendar = tried(part, what, lambda part=part, what=what: _calendar(part, what, holidays.get(part.place, ())))  # type: ignore[misc]
        if calendar is None:
            continue
        name = names.name(title, "schedule") if calendars else "default"
        calendars[name] = calendar
        if identity:
            desk.schedules[identity] = None if name == "default" else name
        why = "" if name == "default" else f", for tickets whose field schedule is {name!r}"
        part.carried(what, f"calendars.{name}{why}")
    if len(calendars) > 1:
        desk.schedule()
    return calendars


def _holidays_apart(schedules: Sequence[Part], apart: Sequence[Part]) -> dict[object, list[Part]]:
    """Return the lists of holidays for schedules, by the schedule's place."""
    found: dict[object, list[Part]] = {}
    for source in apart:
        identity = source.at("schedule_id").word()
        meant = [each for each in schedules if identity is not None and each.at("id").word() == identity]
        meant = meant or ([*schedules] if identity is None and len(schedules) == 1 else [])
        if not meant:
            why = "it is not known of which schedule they are; add the key schedule_id to the source"
            source.at("holidays").left_out("holidays", why)
        for schedule in meant:
            found.setdefault(schedule.place, []).append(source.at("holidays"))
    return found


def _calendar(part: Part, what: str, holidays: Sequence[Part]) -> Calendar:
    days: list[list[Shift]] = [[] for _ in range(7)]
    for interval in part.at("intervals").parts():
        start, end = interval.at("start_time").number(), interval.at("end_time").number()
        if start is None or end is None or not 0 <= start < end <= _WEEK // timedelta(minutes=1):
            interval.left_out(f"interval {start} to {end}", "these are not two minutes of a week")
            continue
        for day, shift in _shifts(start, end):
            days[day].append(shift)
    zone = read_zone(part.at("time_zone"), what)
    closed: dict[date, str] = {}
    for each in (part.at("holidays"), *holidays):
        for holiday in each.parts() if each else ():
            days_off = _holiday(holiday)
            if len(closed) + len(days_off) > MOST_DATED:
                holiday.left_out("holiday", f"a calendar has at most {MOST_DATED} of them")
            else:
                closed |= days_off
    return BusinessCalendar(
        zone, tuple(tuple(sorted(day, key=lambda shift: shift.opens)) for day in days), holidays=closed
    )


def _shifts(start: int, end: int) -> Iterator[tuple[int, Shift]]:
    """Yield an interval in minutes since Sunday as shifts of days, Monday being day 0. Older ones span days."""
    while start < end:
        day, midnight = start // 1440, (start // 1440 + 1) * 1440
        opens, closes = timedelta(minutes=start - day * 1440), timedelta(minutes=min(end, midnight) - day * 1440)
        yield (day - 1) % 7, Shift(opens, closes)
        start = midnight


def _holiday(part: Part) -> dict[date, str]:
    """Return the dates of a holiday with its name."""
    title, texts = part.at("name").text() or "holiday", [part.at("start_date").text(), part.at("end_date").text()]
    part.skipped("id", why=_ITS_OWN)
    try:
        first, last = (date.fromisoformat((text or texts[0] or "")[:10]) for text in texts)
    except ValueError:
        part.left_out(f"holiday {title!r}", "its dates are not known; write them as 2026-12-25")
        return {}
    if not first <= last <= first + _LONGEST_HOLIDAY:
        part.left_out(f"holiday {title!r}", f"it is from {first} to {last}; give at most a year")
        return {}
    part.carried(f"holiday {title!r}", "holidays of the calendar")
    return {first + timedelta(days=number): title for number in range((last - first).days + 1)}


# -- SLA policies -----------------------------------------------------------------------------------------------------


@attrs.frozen
class _Row:
    """A target of a policy.

    Attributes:
        place: The place of the policy.
        metric: The name of the metric.
        priority: The priority of the tickets.
        time: The time that it allows.
    """

    place: int
    metric: str
    priority: str
    time: WorkingTime | Elapsed

    @property
    def key(self) -> tuple[str, str]:
        """What the target is for."""
        return self.metric, self.priority

    def given(self, has: AbstractSet[tuple[int, Hashable]], filters: Sequence[Condition], desk: Desk) -> Condition:
        """Return the condition of the target."""
        own = filters[self.place]
        filtered = [] if own == conditions.ALWAYS else [own]
        is_priority = conditions.FieldIs(desk.priority(), self.priority)
        return conditions.All(*hidden(self.place, self.key, has, filters), *filtered, is_priority)


def _clocks(parts: Sequence[Part], desk: Desk) -> Iterator[Policy]:
    """Yield a clock for each metric. A ticket has the targets of the first policy whose filter holds."""
    filters: list[Condition] = []
    rows: list[_Row] = []
    for part in parts:
        title = part.at("title").text() or "without a title"
        what = f"SLA policy {title!r} at position {part.at('position').word()}"
        part.skipped("url", "id", "created_at", "updated_at", why=_ITS_OWN)
        part.skipped("description", why="clocks have no descriptions")
        for key in ("metric_settings", "metrics_settings"):
            part.at(key).left_out("metric settings", "measures have fixed starts and ends")
        try:
            condition = read_conditions(part.at("filter"), desk)
        except (NotKnownError, TicketflowError) as error:
            part.left_out(what, f"its filter cannot be a condition: {error}")
            continue
        part.carried(what, "targets of clocks, for tickets of its filter that no earlier policy takes")
        rows += _rows(part, len(filters), title)
        filters.append(condition)
    calendar = desk.calendar()
    has = {(row.place, row.key) for row in rows}
    for metric, measure in _METRICS.items():
        own = [row for row in rows if row.metric == metric]
        if own:
            targets = (Target(row.time, given=row.given(has, filters, desk)) for row in own)
            yield Policy(_clock_name(metric), measure, tuple(targets), calendar=calendar)


def _clock_name(metric: str) -> str:
    return metric.removesuffix("_time").replace("_", "-")


def _rows(part: Part, place: int, title: str) -> Iterator[_Row]:
    for each in part.at("policy_metrics").parts():
        metric, priority = each.at("metric").text() or "", each.at("priority").text() or ""
        what = f"target {metric} {priority} of {title!r}"
        seconds, minutes = each.at("target_in_seconds").number(), each.at("target").number()
        is_working = each.at("business_hours").truth() is True
        if metric not in _METRICS or priority not in PRIORITIES:
            each.left_out(what, "no clock measures it")
            continue
        try:
            amount = timedelta(seconds=seconds) if seconds else timedelta(minutes=minutes or 0)
            time = WorkingTime(amount) if is_working else Elapsed(amount)
            Target(time)
            if amount <= timedelta():
                raise BadValueError("it allows no time", "give minutes")
        except (TicketflowError, OverflowError) as error:
            each.left_out(what, f"the library refuses it: {error}")
            continue
        each.carried(what, f"clocks.{_clock_name(metric)}: {time}")
        yield _Row(place, metric, priority, time)


ZENDESK = System(
    "zendesk",
    "Zendesk",
    convert,
    "responses of its API in JSON: schedules, holidays, SLA policies, automations, triggers",
    (
        "the statuses of Zendesk, each with a transition that the support can take (as in the preset servicenow)",
        "a customer's answer opens a pending, on-hold or solved ticket; an assignment opens a new one",
        "solved tickets close after 28 days, and a closed ticket continues as a follow-up",
    ),
)
