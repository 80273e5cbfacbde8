"""Zammad: calendars, SLAs, schedulers and triggers, with the states, priorities and groups that they name.

The input is JSON as the REST API returns it (https://docs.zammad.org/en/latest/api/intro.html): lists of records,
single records, or an object that has them under ``calendars``, ``slas``, ``jobs``, ``triggers``, ``ticket_states``,
``ticket_priorities`` and ``groups``. Several sources are joined. If they have no states or priorities, the ids mean
those of a new installation.

Sources: ``api/calendar.rst``, ``api/sla.rst`` (69ced258), ``api/trigger.rst`` (6e05999c) and ``api/ticket/states.rst``
(06cd56f8) of https://github.com/zammad/zammad-documentation; ``app/models/calendar.rb`` (041bf51b),
``app/models/sla.rb`` (041c0d61), ``lib/escalation.rb`` and ``db/seeds/`` (5df98684) of https://github.com/zammad/zammad,
read 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import difference
from ticketflow.calendars.spans import WorkingTime
from ticketflow.importers.desks import (
    ALWAYS_OPEN,
    Draft,
    Status,
    answer_rule,
    check_count,
    tried,
    with_default,
    workflow_of,
)
from ticketflow.importers.items import Imported
from ticketflow.importers.naming import Names, labels_of
from ticketflow.importers.parts import Part
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.importers.zammad_rules import PENDING, Desk, NotKnownError, read_jobs, read_selector, read_triggers
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import AtField
from ticketflow.sla.measures import Measure, first_response, resolution, time_while, update_interval
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.facts import Category
from ticketflow.workflow.conditions import All, CategoryIs, Condition, IsUnanswered, Not, StateIs
from ticketflow.workflow.definition import Field, Workflow

_MEASURES: Mapping[str, tuple[str, Measure]] = {
    "first_response_time": ("first-response", first_response("opening")),
    "response_time": (
        "response",
        time_while(All(IsUnanswered(), Not(CategoryIs("resolved", "closed"))), "anew"),
    ),
    "update_time": ("update", update_interval()),
    "solution_time": ("solution", resolution("never")),
}
"""The clock of each time of an SLA."""
_MOST_MINUTES = 525_600

_CATEGORIES: Mapping[str, Category] = {
    "1": "open",
    "2": "open",
    "3": "pending",
    "4": "pending",
    "5": "resolved",
    "6": "closed",
    "7": "closed",
}
"""The category of each type of states: new, open, pending reminder, pending action, closed, merged, removed."""
_PENDING_ACTION = "4"
_BY_SYSTEM = ("6", "7")
"""The types of states in which nobody puts a ticket by hand."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OWN = ("created_at", "updated_at", "created_by_id", "updated_by_id")
_IT_KEEPS = "Zammad keeps it for itself"


class _State(NamedTuple):
    """A state of tickets."""

    id: str
    title: str
    type: str
    after: str = ""
    is_first: bool = False
    is_follow_up: bool = False
    is_ignored: bool = False


_STATES = (
    _State("1", "new", "1", is_first=True),
    _State("2", "open", "2", is_follow_up=True),
    _State("3", "pending reminder", "3", is_ignored=True),
    _State("4", "closed", "5", is_ignored=True),
    _State("5", "merged", "6", is_ignored=True),
    _State("7", "pending close", "4", after="4", is_ignored=True),
)
"""The active states of a new installation (``db/seeds/ticket_states.rb``)."""
_PRIORITIES = {"1": "1 low", "2": "2 normal", "3": "3 high"}
_USUAL_PRIORITY = "2"

_LISTS: Mapping[str, str] = {
    "calendars": "calendars",
    "slas": "slas",
    "jobs": "jobs",
    "schedulers": "jobs",
    "triggers": "triggers",
    "ticket_states": "states",
    "ticket_priorities": "priorities",
    "groups": "groups",
}
_KEYS: Mapping[str, str] = {
    "business_hours": "calendars",
    "solution_time": "slas",
    "first_response_time": "slas",
    "timeplan": "jobs",
    "perform": "triggers",
    "state_type_id": "states",
    "default_create": "priorities",
}
"""What kind of record has which key; the first one counts."""


_MOST_RECORDS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("calendars",), 100),
    (("slas",), 250),
    (("states",), 200),
    (("priorities",), 1000),
    (("jobs", "triggers"), 900),
)
"""How many records of some kinds a rule set can have; a refusal must be fast."""


def _convert(parts: Sequence[Part]) -> Rules:
    reader = _Reader()
    known = [reader.take(part) for part in parts]
    if not any(known):
        fix = "give responses of its API: calendars, SLAs, schedulers, triggers"
        raise parts[0].refused("nothing in it is of Zammad", fix)
    return reader.rules()


class _Reader:
    """Reads records into the parts of a rule set."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Part]] = {kind: [] for kind in _LISTS.values()}
        self._calendars: dict[str, Calendar] = {}
        self._states: Sequence[_State] = _STATES
        self._desk = Desk()

    def take(self, part: Part) -> bool:
        """Keep the records of a source, and return whether there are any."""
        if part.is_list():
            return [self._keep(row, "") for row in part.parts()].count(True) > 0
        if not part.is_object():
            return False
        found = [(each, _LISTS[key]) for key, each in part.pairs() if key in _LISTS]
        if not found:
            return any(part.has(key) for key in _KEYS) and self._keep(part, "")
        return [self._keep(row, kind) for each, kind in found for row in each.parts()].count(True) > 0

    def _keep(self, row: Part, kind: str) -> bool:
        kind = kind or next((kind for key, kind in _KEYS.items() if row.has(key)), "")
        if not kind or not row.is_object():
            row.left_out("a record", "it is no record of Zammad that the library reads")
            return False
        row.skipped(*_OWN, why=_IT_KEEPS)
        self._rows[kind].append(row)
        return True

    def rules(self) -> Rules:
        """Return the rule set."""
        desk = self._desk
        for kinds, most in _MOST_RECORDS:
            check_count([row for kind in kinds for row in self._rows[kind]], most, " and ".join(kinds))
        for row in self._calendar_rows():
            self._calendar(row)
        self._priorities()
        self._groups()
        statuses = self._statuses()
        clocks = self._clocks()
        desk.clocks = tuple(clock.name for clock in clocks)
        names = Names(longest=60)
        rules = [*read_triggers(self._rows["triggers"], desk, names), *read_jobs(self._rows["jobs"], desk, names)]
        calendars = {
            **with_default(self._calendars),
            **{f"{name}.closed": difference(ALWAYS_OPEN, self._calendars[name]) for name in sorted(desk.closed)},
        }
        built_in: list[tuple[Rule, Part | None]] = [(rule, None) for rule in self._built_in()]
        workflow = self._workflow(statuses)
        return Draft("zammad", workflow, calendars, clocks, [*built_in, *rules], tuple(desk.templates)).finished()

    # -- calendars -------------------------------------------------------------------------------------------------

    def _calendar_rows(self) -> list[Part]:
        rows = self._rows["calendars"]
        return sorted(rows, key=lambda row: row.at("default").truth() is not True)

    def _calendar(self, row: Part) -> None:
        title = row.at("name").text() or "calendar"
        hours = "; ".join(filter(None, (_hours_of(row.at("business_hours").at(day), day) for day in _DAYS)))
        zone = row.at("timezone").text() or ""
        holidays = {day: name for day, each in row.at("public_holidays").pairs() if (name := _holiday(each, day))}
        row.skipped("last_log", "last_sync", why=_IT_KEEPS)
        feed = row.at("ical_url")
        if feed and not feed.text():
            feed.carried("ical_url", "empty: there is no feed of holidays")
        else:
            feed.left_out("ical_url", "the feed is not read; the holidays that Zammad took from it are in the record")
        make = partial(BusinessCalendar, zone or "UTC", hours, holidays=holidays)
        calendar = tried(row, title, make)
        if calendar is None:
            return
        name = self._desk.calendar_names.name(title, "calendar") if self._calendars else "default"
        self._calendars[name] = calendar
        self._desk.calendars[row.at("id").word() or ""] = name
        row.at("id").carried("id", "SLAs name it")
        if name == "default" and row.at("default").truth() is not True:
            row.at("default").changed("default", "no calendar is the default one, and the first stands for it")
        else:
            row.at("default").carried("default", "the default calendar is calendars.default")
        row.carried(title, f"calendars.{name}")

    # -- states, priorities and groups -------------------------------------------------------------------------------

    def _statuses(self) -> list[Status]:
        rows = [row for row in self._rows["states"] if _is_active(row, "a state")]
        found = [state for row in rows if (state := _state(row)) is not None]
        lasting = [_CATEGORIES[each.type] for each in found if _CATEGORIES[each.type] != "closed"]
        if "open" in lasting and len(lasting) > 1:
            self._states = sorted(found, key=lambda each: not each.is_first)
        else:
            for row in rows:
                row.left_out("a state", "without an open state and another one, those of a new installation are taken")
        names = Names(longest=40, separator="_")
        self._desk.states = {each.id: names.name(each.title, "state") for each in self._states}
        return [
            Status(self._desk.states[each.id], _CATEGORIES[each.type], each.title, each.type not in _BY_SYSTEM)
            for each in self._states
        ]

    def _priorities(self) -> None:
        rows = [row for row in self._rows["priorities"] if _is_active(row, "a priority")]
        found: dict[str, str] = {}
        for row in rows:
            row.skipped("ui_icon", "ui_color", "note", why="a field has no such thing")
            key, title = row.at("id").word(), row.at("name").text()
            if not key or not title or title in found.values():
                row.left_out("a priority", "it has no id or no name of its own")
                continue
            found[key] = title
            if row.at("default_create").truth():
                self._desk.usual_priority = title
            row.at("default_create").carried("default_create", "whether tickets without a priority have it")
            row.carried(title, "a choice of the field priority")
        self._desk.priorities = found or _PRIORITIES
        if not found:
            self._desk.usual_priority = _PRIORITIES[_USUAL_PRIORITY]

    def _groups(self) -> None:
        for row in self._rows["groups"]:
            for name, each in row.pairs():
                if name not in ("id", "name"):
                    each.left_out(name, "a group is only a text in the field group")
            key, title = row.at("id").word(), row.at("name").text()
            if key and title:
                self._desk.groups[key] = title
                row.carried(title, "a text in the field group")

    def _workflow(self, statuses: Sequence[Status]) -> Workflow:
        fields = [*self._desk.fields.values(), Field(PENDING, kind="moment", labels={"en": "pending till"})]
        workflow = workflow_of(statuses, fields, self._follow_up)
        still = {self._desk.states[each.id] for each in self._states if each.is_ignored}
        states = [
            attrs.evolve(state, freezes=frozenset(self._desk.clocks))
            if state.name in still and state.category in ("open", "pending")
            else state
            for state in workflow.states
        ]
        return attrs.evolve(workflow, states=tuple(states))

    @property
    def _follow_up(self) -> str:
        """The state of a ticket after an answer of the customer."""
        open_ones = [each for each in self._states if _CATEGORIES[each.type] == "open"]
        chosen = [each for each in open_ones if each.is_follow_up] or [each for each in open_ones if not each.is_first]
        return self._desk.states[(chosen or open_ones)[0].id]

    def _built_in(self) -> Iterator[Automation]:
        names, target = self._desk.states, self._follow_up
        sources = [
            names[each.id]
            for each in self._states
            if not each.is_first and names[each.id] != target and _CATEGORIES[each.type] != "closed"
        ]
        if sources:
            yield answer_rule(sources, target)
        for each in self._states:
            after = names.get(each.after, "")
            if each.type == _PENDING_ACTION and after and after != names[each.id]:
                yield Automation(
                    f"after-{names[each.id].replace('_', '-')}",
                    when=AtField(PENDING),
                    given=StateIs(names[each.id]),
                    then=(actions.Move(f"to_{after}"),),
                    labels={"en": f"the time of {each.title} is over"},
                )

    # -- SLAs --------------------------------------------------------------------------------------------------------

    def _clocks(self) -> tuple[Policy, ...]:
        """Return a clock for each kind of time. The first SLA whose condition holds is that of a ticket."""
        slas = [each for row in sorted(self._rows["slas"], key=_order) if (each := self._sla(row)) is not None]
        conditioned = [each for each in slas if each.given is not None]
        fallback = [each for each in slas if each.given is None]
        for each in fallback[:-1]:
            each.part.left_out(each.title, "a later SLA without a condition goes before it")
        in_order = [*conditioned, *fallback[-1:]]
        found = []
        for key, (name, measure) in _MEASURES.items():
            targets = []
            for place, each in enumerate(in_order):
                minutes = each.times.get(key)
                if minutes is None:
                    continue
                own = [] if each.given is None else [each.given]
                earlier = [other.given for other in in_order[:place] if key not in other.times]
                every = [*own, *(Not(given) for given in earlier if given is not None)]
                given = every[0] if len(every) == 1 else All(*every)
                targets.append(Target(WorkingTime(minutes=minutes), given, each.calendar))
            if targets:
                found.append(Policy(name, measure, tuple(targets), calendar="default"))
        for each in in_order:
            clocks = ", ".join(_MEASURES[key][0] for key in each.times)
            each.part.carried(each.title, f"targets of {clocks}" if clocks else "no targets for its tickets")
        return tuple(found)

    def _sla(self, row: Part) -> _Sla | None:
        title = row.at("name").text() or "SLA"
        times: dict[str, int] = {}
        for key, (name, _) in _MEASURES.items():
            part = row.at(key)
            if not part or part.data == "":
                part.carried(key, "empty: no target")
                continue
            minutes = part.number()
            if minutes is not None and 0 < minutes <= _MOST_MINUTES:
                times[key] = minutes
                part.carried(key, f"a target of the clock {name}")
            else:
                part.left_out(key, f"it is not 1 to {_MOST_MINUTES} minutes")
        try:
            condition = row.at("condition")
            given = read_selector(condition, self._desk) if condition.data else None
        except NotKnownError as error:
            row.left_out(f"SLA {title!r}", str(error))
            return None
        row.at("condition").carried("condition", "whose tickets the targets are for")
        row.skipped("id", why=_IT_KEEPS)
        wanted = row.at("calendar_id").word() or ""
        calendar = self._desk.calendars.get(wanted)
        if calendar is None:
            row.at("calendar_id").changed("calendar_id", "the sources have no such calendar; that named default counts")
        else:
            row.at("calendar_id").carried("calendar_id", f"calendars.{calendar}")
        return _Sla(row, f"SLA {title!r}", given, times, calendar)


class _Sla(NamedTuple):
    """An SLA: the condition, which is None if it is for all tickets, the minutes by key, and the calendar."""

    part: Part
    title: str
    given: Condition | None
    times: Mapping[str, int]
    calendar: str | None


def _order(row: Part) -> tuple[str, str]:
    return row.at("name").text() or "", str(row.at("created_at").data or "")


def _is_active(row: Part, what: str) -> bool:
    if row.at("active").truth() is False:
        row.left_out(row.at("name").text() or what, "it is not active")
        return False
    row.at("active").carried("active", "it is active")
    return True


def _state(row: Part) -> _State | None:
    key, title = row.at("id").word(), row.at("name").text()
    kind = row.at("state_type_id").word() or ""
    if not key or not title or kind not in _CATEGORIES:
        row.left_out(title or "a state", "it has no id, no name or no type from 1 to 7")
        return None
    row.skipped("note", why="states have no notes")
    row.carried(title, f"a state of the category {_CATEGORIES[kind]}")
    after = row.at("next_state_id")
    flags = [row.at(flag) for flag in ("default_create", "default_follow_up", "ignore_escalation")]
    found = _State(key, title, kind, after.word() or "", *(flag.truth() is True for flag in flags))
    if kind == _PENDING_ACTION:
        after.carried("next_state_id", "where a rule moves the ticket at the moment in the field pending_until")
    else:
        after.left_out("next_state_id", "only states that are pending with an action have it")
    for flag, meaning in zip(flags, _FLAGS, strict=True):
        flag.carried(flag.key, meaning)
    row.at("id").carried("id", "conditions and actions name it")
    return found


_FLAGS = (
    "tickets open in the first such state",
    "customers' answers move tickets to the first such state",
    "clocks stand still in such states",
)


def _hours_of(part: Part, day: str) -> str:
    """Return the hours of a weekday as a text; empty if it has none."""
    if not part.at("active").truth():
        part.at("active").carried("active", "closed")
        part.at("timeframes").left_out("timeframes", f"{day} is not active")
        return ""
    part.at("active").carried("active", "open")
    part.at("timeframes").carried("timeframes", f"the hours of {day}")
    frames = [_frame(each) for each in part.at("timeframes").parts()]
    shifts = " ".join(filter(None, frames))
    return f"{day} {shifts}" if shifts else ""


def _frame(part: Part) -> str:
    """Return a time frame as a text; Zammad means midnight by 23:59."""
    ends = [each.text() or "" for each in part.parts()]
    if len(ends) != 2 or ends[0] == ends[1]:  # noqa: PLR2004 - from and to
        part.left_out("a time frame", "it is not a time from and a time to")
        return ""
    return f"{ends[0]}-{'24:00' if ends[1] == '23:59' else ends[1]}"


def _holiday(part: Part, day: str) -> str:
    """Return the name of a holiday; empty if the calendar is open on it."""
    if part.at("removed").truth() or not part.at("active").truth():
        part.left_out(day, "it is not an active holiday")
        return ""
    for key in ("active", "removed"):
        part.at(key).carried(key, "it is a holiday")
    part.skipped("feed", why="the feed is not read")
    part.carried(day, "a holiday")
    return (labels_of(part.at("summary").text()).get("en") or "holiday")[:200]


ZAMMAD = System(
    "zammad",
    "Zammad",
    _convert,
    "responses of its API in JSON: calendars, SLAs, schedulers, triggers, ticket states, priorities, groups",
    (
        "the states and priorities of a new Zammad, if no source has any, each state with a transition",
        "a customer's answer moves a ticket that is not new or closed for good to the state for follow-ups",
        "a ticket that is pending with an action moves on at the moment in the field pending_until",
    ),
)


def read_zammad(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import calendars, SLAs, schedulers and triggers of Zammad.

    Args:
        sources: Responses of its API in JSON. Give states, priorities and groups too, if they are not those of a new
            installation.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of Zammad.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    return read_with(ZAMMAD, *sources, names=names)
