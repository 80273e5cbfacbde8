"""Differences between rule sets: the sentence for each kind of change, and that the engine does what it says (3.16)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, mails, utc
from ticketflow import (
    After,
    All,
    AnyOf,
    AssignedTo,
    AtClosing,
    AtField,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarSpan,
    CategoryIs,
    Created,
    Deadline,
    Difference,
    During,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Hint,
    IsAssigned,
    Ladder,
    LastMessage,
    Listing,
    Not,
    OfTarget,
    On,
    OnMessage,
    Opening,
    Permission,
    Pipeline,
    Policy,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Template,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    diff,
    evaluate,
    next_due,
    preview_migration,
    sla,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import excluding, union
from ticketflow.calendars.date_rules import DateRule
from ticketflow.calendars.hours import Yearly
from ticketflow.calendars.periods import Period
from ticketflow.compare.impact import IMPACTS
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Move, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.workflow.snooze import AfterSpan, InDays, LaterToday

MONDAY = utc(2026, 11, 23, 10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = ("agent", "administrator")

STATES = (
    State("open", labels={"en": "Open"}, tags={"work"}, pipeline="help"),
    State("waiting", "pending", masks={"idle"}, freezes={"solve"}, pipeline="sales"),
    State("done", "resolved", survey_open=True, outcome="won"),
    State("extra", is_enabled=False, to_enable={"en": "ask"}),
    State("free"),
    State("closed", "closed"),
)
ROWS = (
    Transition("ask", ["open"], "waiting", may=["agent"], needs=("message",), takes=("level",), hint=Hint("h", {})),
    Transition("solve", ["open"], "done", may=["agent"], given=FieldIs("level", "high")),
    Transition("solve", ["open", "waiting"], "done", may=BOTH, given=IsAssigned(), needs=("level", "note")),
    Transition("back", ["waiting", "done"], "open", may=BOTH, labels={"en": "back"}),
    Transition("widen", ["open"], "extra", may=BOTH),
    Transition("leave", ["extra", "free"], "open", may=BOTH),
    Transition("close", ["open", "waiting", "done"], "closed"),
)
FIELDS = (
    Field("level", ("low", "high"), labels={"en": "level"}),
    Field("note", kind="text", filled_from="text"),
    Field("until", kind="moment"),
    Field("outcome"),
    Field("spare"),
)
FLOW = Workflow(
    STATES,
    ROWS,
    FIELDS,
    permissions={"assign": Permission({"agent"}), "rate": Permission({"customer"}, StateIs("done"))},
    outside_events={"came"},
    groups={"vip"},
    openings=(
        Opening("open", ("customer", "agent"), needs=("message",), takes=("level", "note")),
        Opening("waiting", ["agent"]),
        Opening("done", ["robot"], takes=("level",)),
    ),
    pipelines=(Pipeline("sales", "waiting", channels={"shop"}), Pipeline("help", "open")),
    lists=(Listing("inbox", StateIs("open")), Listing("all", All())),
    reopen="back",
)
OFFICE = BusinessCalendar(
    "UTC",
    "mon-fri 09:00-18:00",
    PublicHolidays("XX", FrozenMap({date(2026, 12, 25): "Christmas", date(2027, 1, 1): "New Year"}), 2026, 2027),
    holidays={date(2026, 12, 8): "a feast", Yearly(5, 2): "a fair"},
    half_days={Yearly(12, 24): "12:00"},
    overrides={date(2026, 12, 5): "10:00-14:00"},
    late_days={Yearly(1, 7): "11:00"},
    dated_until=date(2030, 12, 31),
)
MARCH: Mapping[DateRule, str] = {date(2027, 3, day): f"day {day}" for day in (1, 2, 3, 4)}
NIGHT = BusinessCalendar("UTC", "mon-sun 22:00-06:00")
ASKED = SendMessage("still-there")
LADDER = Ladder(
    "ladder",
    Entered("waiting"),
    StateIs("waiting"),
    (Rung(Elapsed(days=1), ASKED), Rung(Elapsed(days=2), SendMessage("last")), Rung(BusinessDays(5), Move("close"))),
)
RULES: tuple[Rule, ...] = (
    LADDER,
    Automation("greet", OnMessage("customer"), (SendMessage("hello"), SetField("note", "x"))),
    Automation("by-night", OnMessage("customer"), (SendMessage("later"),), during=During("night")),
    Automation(
        "daily",
        After(Elapsed(days=1), Created(), every=Elapsed(days=1), at_most=9),
        (SendMessage("daily"),),
        given=StateIs("open", "extra"),
        group="idle",
        gate="default",
        labels={"en": "daily"},
    ),
    Automation("weekly", On(EveryWeek("monday", "09:00")), (SendMessage("weekly"),)),
    Automation("evening", AtClosing("night"), (SendMessage("evening"),)),
    Automation("slow", After(WorkingTime(hours=9), Created()), (SendMessage("slow"),), ended_by=LastMessage("agent")),
    Automation("monthly", After(CalendarSpan(months=1), Created()), (SendMessage("monthly"),)),
    Automation("moved", After(Elapsed(hours=3), Created()), (SendMessage("moved"),), group="idle", rank=3),
)
CLOCKS = (
    Policy(
        "solve",
        sla.resolution("anew"),
        (Target(WorkingTime(hours=4), FieldIs("level", "high")), Target(WorkingTime(hours=8))),
        warn_at=(OfTarget(50), OfTarget(80)),
        multipliers=(sla.Multiplier(50, FieldIs("level", "low")),),
    ),
    Policy("reply", sla.first_response(), (Deadline("until"),)),
)
TEXTS = (
    Template("still-there", {"en": "Are you there?"}, {"en": "reminder"}),
    Template("hello", {"en": "Hello"}),
)


LIVE = datetime(2026, 12, 1, tzinfo=UTC)


def desk(**changes: object) -> Rules:
    """Return a desk that has something of everything, or has it otherwise."""
    given: dict[str, object] = {
        "name": "desk",
        "workflow": FLOW,
        "calendars": {"default": OFFICE, "night": NIGHT},
        "automations": RULES,
        "snoozing": Snoozing(zone="UTC"),
        "clocks": CLOCKS,
        "templates": TEXTS,
    }
    return Rules(**{**given, **changes})  # type: ignore[arg-type]


BASE = desk()


def flow(**changes: object) -> Rules:
    return desk(workflow=attrs.evolve(FLOW, **changes))  # type: ignore[arg-type]


def state(name: str, **changes: object) -> Rules:
    return flow(states=tuple(attrs.evolve(each, **changes) if each.name == name else each for each in STATES))  # type: ignore[arg-type]


def staged(stage: str | None, *pipelines: Pipeline) -> Rules:
    states = (attrs.evolve(STATES[0], pipeline=stage), *STATES[1:])
    return flow(states=states, pipelines=pipelines)


def row(index: int, **changes: object) -> Rules:
    return flow(transitions=(*ROWS[:index], attrs.evolve(ROWS[index], **changes), *ROWS[index + 1 :]))  # type: ignore[arg-type]


def field(index: int, **changes: object) -> Rules:
    return flow(fields=(*FIELDS[:index], attrs.evolve(FIELDS[index], **changes), *FIELDS[index + 1 :]))  # type: ignore[arg-type]


def way_in(**changes: object) -> Rules:
    return flow(openings=(attrs.evolve(FLOW.openings[0], **changes), *FLOW.openings[1:]))  # type: ignore[arg-type]


def office(**changes: object) -> Rules:
    return desk(calendars={"default": attrs.evolve(OFFICE, **changes), "night": NIGHT})  # type: ignore[arg-type]


def public(**changes: object) -> Rules:
    assert OFFICE.public_holidays is not None
    return office(public_holidays=attrs.evolve(OFFICE.public_holidays, **changes))  # type: ignore[arg-type]


def rule(name: str, **changes: object) -> Rules:
    return desk(automations=tuple(attrs.evolve(each, **changes) if each.id == name else each for each in RULES))  # type: ignore[arg-type]


def after(name: str, **changes: object) -> Rules:
    (found,) = (each for each in RULES if each.id == name)
    assert isinstance(found, Automation)
    assert isinstance(found.when, After)
    return rule(name, when=attrs.evolve(found.when, **changes))  # type: ignore[arg-type]


def clock(**changes: object) -> Rules:
    return desk(clocks=(attrs.evolve(CLOCKS[0], **changes), CLOCKS[1]))  # type: ignore[arg-type]


def measure(**changes: object) -> Rules:
    return clock(measure=attrs.evolve(CLOCKS[0].measure, **changes))  # type: ignore[arg-type]


def target(**changes: object) -> Rules:
    first, second = CLOCKS[0].targets
    assert isinstance(first, Target)
    return clock(targets=(attrs.evolve(first, **changes), second))  # type: ignore[arg-type]


def snoozing(**changes: object) -> Rules:
    return desk(snoozing=attrs.evolve(Snoozing(zone="UTC"), **changes))  # type: ignore[arg-type]


def rungs(*steps: Rung) -> Rules:
    return rule("ladder", rungs=steps)


FIRST, SECOND, LAST = LADDER.rungs
LATER, TOMORROW, *OTHERS = Snoozing().choices
NO_IDLE = tuple(attrs.evolve(each, group=None) for each in RULES)

CASES: Mapping[str, tuple[Rules, str]] = {
    # What is otherwise, and where: the path, with a sign for what came and what went.
    "name": (desk(name="other"), "name"),
    "remembered": (desk(remembered_events=10), "remembered_events"),
    "steps": (desk(steps_at_one_instant=10), "steps_at_one_instant"),
    "unattended": (desk(unattended_changes=10), "unattended_changes"),
    "a call": (desk(occurrences_per_call=10), "occurrences_per_call"),
    "in force": (desk(in_force_from=LIVE), "+in_force_from"),
    "a state": (flow(states=(*STATES, State("gone", "closed"))), "+workflow/states/gone"),
    "states in another order": (flow(states=STATES[::-1]), "workflow/states"),
    "category": (state("extra", category="pending"), "workflow/states/extra/category"),
    "label": (state("open", labels={"en": "Mine"}), "workflow/states/open/labels/en"),
    "a label": (state("open", labels={"en": "Open", "es": "Mío"}), "+workflow/states/open/labels/es"),
    "to enable": (state("extra", to_enable={"en": "pay"}), "workflow/states/extra/to_enable/en"),
    "survey": (state("open", survey_open=True), "workflow/states/open/survey_open"),
    "tag": (state("open", tags={"work", "new"}), "+workflow/states/open/tags/new"),
    "mask": (state("open", masks={"idle"}), "+workflow/states/open/masks/idle"),
    "freeze": (state("open", freezes={"solve"}), "+workflow/states/open/freezes/solve"),
    "enabled": (state("extra", is_enabled=True), "workflow/states/extra/is_enabled"),
    "stage": (state("extra", pipeline="sales"), "+workflow/states/extra/pipeline"),
    "outcome": (state("done", outcome="lost"), "workflow/states/done/outcome"),
    "a row": (
        flow(transitions=(*ROWS, Transition("rest", ["open", "done"], "waiting", may=BOTH))),
        "+workflow/transitions/rest",
    ),
    "a row of rules": (
        flow(transitions=(*ROWS, Transition("back", ["extra"], "waiting"))),
        "+workflow/transitions/back/from extra/to waiting",
    ),
    "another verb": (row(4, name="broaden"), "workflow/transitions/widen/name"),
    "source": (row(3, sources=["waiting", "done", "extra"]), "+workflow/transitions/back/sources/extra"),
    "source of several": (row(2, sources=["waiting"]), "-workflow/transitions/solve/to done/sources/open"),
    "target": (row(0, target="done"), "workflow/transitions/ask/target"),
    "target of several": (row(2, target="extra"), "workflow/transitions/solve/from open, waiting/target"),
    "who may": (row(4, may=["agent"]), "-workflow/transitions/widen/may/administrator"),
    "nobody may": (row(0, may=()), "-workflow/transitions/ask/may/agent"),
    "row's condition": (row(0, given=IsAssigned()), "workflow/transitions/ask/given"),
    "needs": (row(3, needs=("message",)), "+workflow/transitions/back/needs/message"),
    "takes": (row(0, takes=()), "-workflow/transitions/ask/takes/level"),
    "fields of follow-ups": (
        row(6, follow_up_fields=("level",)),
        "+workflow/transitions/close/follow_up_fields/level",
    ),
    "needs in another order": (
        row(2, needs=("note", "level")),
        "workflow/transitions/solve/from open, waiting/to done/needs",
    ),
    "row's label": (row(3, labels={"en": "b"}), "workflow/transitions/back/labels/en"),
    "hint": (row(0, hint=Hint("other", {})), "workflow/transitions/ask/hint"),
    "rows in another order": (flow(transitions=ROWS[::-1]), "workflow/transitions/solve"),
    "verbs in another order": (flow(transitions=(ROWS[3], *ROWS[:3], *ROWS[4:])), "workflow/transitions"),
    "a field": (flow(fields=(*FIELDS, Field("vip", kind="truth"))), "+workflow/fields/vip"),
    "field renamed": (flow(fields=(*FIELDS[:4], Field("more"))), "workflow/fields/spare/name"),
    "choices": (field(0, choices=("low", "high", "top")), "workflow/fields/level/choices"),
    "choices in another order": (field(0, choices=("high", "low")), "workflow/fields/level/choices"),
    "no choices": (field(0, choices=()), "workflow/fields/level/choices"),
    "kind": (field(2, kind="future"), "workflow/fields/until/kind"),
    "filled from": (field(1, filled_from="subject"), "workflow/fields/note/filled_from"),
    "filled when": (field(1, filled_when=StateIs("open")), "workflow/fields/note/filled_when"),
    "permission": (
        flow(permissions={**FLOW.permissions, "link": Permission({"administrator"}, IsAssigned())}),
        "+workflow/permissions/link",
    ),
    "permission's roles": (
        flow(permissions={**FLOW.permissions, "assign": Permission({"agent", "vip"})}),
        "+workflow/permissions/assign/may/vip",
    ),
    "permission's condition": (
        flow(permissions={**FLOW.permissions, "assign": Permission({"agent"}, StateIs("open"))}),
        "workflow/permissions/assign/given",
    ),
    "outside event": (flow(outside_events={"came", "went"}), "+workflow/outside_events/went"),
    "group": (flow(groups={"vip", "night"}), "+workflow/groups/night"),
    "an opening": (flow(openings=FLOW.openings[:2]), "-workflow/openings/done"),
    "opening elsewhere": (
        flow(openings=(*FLOW.openings[:2], Opening("free", ["robot"], takes=("level",)))),
        "workflow/openings/done/target",
    ),
    "openings in another order": (flow(openings=FLOW.openings[::-1]), "workflow/openings"),
    "who may open": (way_in(may=("customer", "agent", "robot")), "+workflow/openings/open/may/robot"),
    "opening needs": (way_in(needs=("message", "level")), "+workflow/openings/open/needs/level"),
    "opening must name its state": (way_in(must_be_named=True), "workflow/openings/open/must_be_named"),
    "opening takes": (way_in(takes=("level", "note", "until")), "+workflow/openings/open/takes/until"),
    "pipeline": (staged(None, *FLOW.pipelines[:1]), "-workflow/pipelines/help"),
    "pipeline renamed": (staged("aid", FLOW.pipelines[0], Pipeline("aid", "open")), "workflow/pipelines/help/name"),
    "pipeline's label": (
        staged("help", FLOW.pipelines[0], attrs.evolve(FLOW.pipelines[1], labels={"en": "h"})),
        "+workflow/pipelines/help/labels/en",
    ),
    "pipelines in another order": (staged("help", *FLOW.pipelines[::-1]), "workflow/pipelines"),
    "channel": (
        staged("help", attrs.evolve(FLOW.pipelines[0], channels={"shop", "fair"}), FLOW.pipelines[1]),
        "+workflow/pipelines/sales/channels/fair",
    ),
    "list": (flow(lists=(*FLOW.lists, Listing("mine", AssignedTo("ana", "bea")))), "+workflow/lists/mine"),
    "list renamed": (flow(lists=(Listing("work", StateIs("open")), FLOW.lists[1])), "workflow/lists/inbox/name"),
    "list shows": (flow(lists=(Listing("inbox", CategoryIs("open")), FLOW.lists[1])), "workflow/lists/inbox/shows"),
    "lists in another order": (flow(lists=FLOW.lists[::-1]), "workflow/lists"),
    "reopen": (flow(reopen=None), "-workflow/reopen"),
    "after closing": (flow(after_closing="follow_up"), "workflow/after_closing"),
    "sayable": (flow(has_sayable_ids=True), "workflow/has_sayable_ids"),
    "calendar": (desk(calendars={"default": OFFICE, "night": NIGHT, "spare": NIGHT}), "+calendars/spare"),
    "calendar of another kind": (desk(calendars={"default": OFFICE, "night": union(NIGHT, OFFICE)}), "calendars/night"),
    "zone": (office(zone="Europe/Madrid"), "calendars/default/zone"),
    "week": (office(week="mon-thu 09:00-18:00; sat 10:00-14:00:30"), "calendars/default/week"),
    "week as long": (office(week="mon-fri 08:00-17:00"), "calendars/default/week"),
    "holidays": (
        office(holidays=dict(OFFICE.holidays) | dict(MARCH)),
        "+calendars/default/holidays",
    ),
    "holiday's name": (office(holidays={**OFFICE.holidays, Yearly(5, 2): "holiday"}), "calendars/default/holidays"),
    "public holidays": (office(public_holidays=None), "-calendars/default/public_holidays"),
    "country": (public(country="YY"), "calendars/default/public_holidays/country"),
    "public names": (
        public(names=FrozenMap({date(2026, 12, 25): "Xmas", date(2027, 1, 1): "New Year"})),
        "calendars/default/public_holidays/names",
    ),
    "public dates": (
        public(names=FrozenMap({date(2026, 12, 25): "Christmas"})),
        "-calendars/default/public_holidays/names",
    ),
    "first year": (public(first_year=2025), "calendars/default/public_holidays/first_year"),
    "last year": (public(last_year=2028), "calendars/default/public_holidays/last_year"),
    "half days": (office(half_days={Yearly(12, 24): "12:00", Yearly(12, 31): "13:00"}), "+calendars/default/half_days"),
    "half day": (office(half_days={Yearly(12, 24): "13:00"}), "calendars/default/half_days"),
    "half day by a rule": (
        office(half_days={Yearly(12, 24): "12:00", "last fri": "12:00"}),
        "+calendars/default/half_days",
    ),
    "late days": (office(late_days={"01-07": "11:00", "easter-46": "12:00"}), "+calendars/default/late_days"),
    "late day": (office(late_days={"01-07": "12:00"}), "calendars/default/late_days"),
    "periods": (
        office(periods=[Period("06-01", "08-31", "mon-fri 08:00-15:00")]),
        "+calendars/default/periods/06-01 to 08-31 mon-fri 08:00-15:00",
    ),
    "excluded": (office(excluded_holidays=["a fair"]), "+calendars/default/excluded_holidays/a fair"),
    "dated until": (office(dated_until=date(2027, 6, 1)), "calendars/default/dated_until"),
    "dated without an end": (office(dated_until=None), "-calendars/default/dated_until"),
    "overrides": (office(overrides={}), "-calendars/default/overrides"),
    "override": (office(overrides={date(2026, 12, 5): "22:00-02:00"}), "calendars/default/overrides"),
    "beyond": (office(beyond_known="assume_none"), "calendars/default/beyond_known"),
    "a rule": (desk(automations=(*RULES, Automation("x", OnMessage("agent"), (ASKED,)))), "+automations/x"),
    "a timer": (desk(automations=(*RULES, attrs.evolve(RULES[6], id="x", rank=9))), "+automations/x"),
    "what comes round": (
        desk(automations=(*RULES, Automation("x", AtClosing(), (ASKED,), rank=7))),
        "+automations/x",
    ),
    "rule renamed": (rule("slow", id="quick"), "automations/slow/id"),
    "reaction renamed": (rule("greet", id="welcome"), "automations/greet/id"),
    "another kind of rule": (
        desk(automations=(*RULES[1:], Automation("ladder", OnMessage("agent"), (ASKED,)))),
        "automations/ladder",
    ),
    "when": (rule("greet", when=OnMessage("anyone")), "automations/greet/when"),
    "recurrence": (rule("weekly", when=On(EveryWeek("monday", "09:30"))), "automations/weekly/when"),
    "span": (after("slow", span=WorkingTime(hours=2)), "automations/slow/when/span"),
    "zone of a span": (
        after("monthly", span=CalendarSpan(months=1, zone="Asia/Tokyo")),
        "automations/monthly/when/span",
    ),
    "since": (after("slow", since=Entered()), "automations/slow/when/since"),
    "every": (after("daily", every=Elapsed(days=2)), "automations/daily/when/every"),
    "again and again": (after("moved", every=Elapsed(days=2)), "+automations/moved/when/every"),
    "at most": (after("daily", at_most=3), "automations/daily/when/at_most"),
    "then": (rule("slow", then=(SendMessage("quick"),)), "automations/slow/then"),
    "then in another order": (rule("greet", then=RULES[1].then[::-1]), "automations/greet/then"),  # type: ignore[union-attr]
    "given": (rule("slow", given=StateIs("open")), "automations/slow/given"),
    "given of a reaction": (rule("greet", given=StateIs("open")), "automations/greet/given"),
    "given in other words": (rule("daily", given=StateIs("extra", "open")), "automations/daily/given"),
    "ended by": (rule("ladder", ended_by=LastMessage("anyone")), "automations/ladder/ended_by"),
    "ended by nothing": (rule("ladder", ended_by=None), "-automations/ladder/ended_by"),
    "during": (rule("greet", during=During()), "+automations/greet/during"),
    "during what": (rule("by-night", during=During("default")), "automations/by-night/during/calendar"),
    "outside": (rule("by-night", during=During("night", is_open=False)), "automations/by-night/during/is_open"),
    "rule's calendar": (rule("slow", calendar="night"), "automations/slow/calendar"),
    "rank": (rule("moved", rank=-1), "automations/moved/rank"),
    "generation": (rule("slow", generation=2), "automations/slow/generation"),
    "generation of a reaction": (rule("greet", generation=2), "automations/greet/generation"),
    "switched off": (rule("slow", is_enabled=False), "automations/slow/is_enabled"),
    "rule's group": (rule("moved", group=None), "-automations/moved/group"),
    "on mask": (rule("moved", on_mask="drop"), "+automations/moved/on_mask"),
    "on resume": (rule("moved", on_resume="restart"), "automations/moved/on_resume"),
    "rule in force": (rule("daily", in_force_from=LIVE), "+automations/daily/in_force_from"),
    "gate": (rule("daily", gate="night"), "automations/daily/gate"),
    "no gate": (rule("daily", gate=None), "-automations/daily/gate"),
    "rule's label": (rule("daily", labels={"en": "d"}), "automations/daily/labels/en"),
    "ladder's anchor": (rule("ladder", since=Created()), "automations/ladder/since"),
    "a step first": (rungs(Rung(Elapsed(hours=1), SendMessage("early")), *LADDER.rungs), "+automations/ladder/rungs/0"),
    "a step between": (rungs(FIRST, LAST), "-automations/ladder/rungs/1"),
    "a step last": (rungs(*LADDER.rungs, Rung(BusinessDays(9), ASKED)), "+automations/ladder/rungs/3"),
    "step's span": (rungs(FIRST, SECOND, Rung(BusinessDays(3), Move("close"))), "automations/ladder/rungs/2/after"),
    "step's actions": (rungs(FIRST, Rung(Elapsed(days=2), ASKED), LAST), "automations/ladder/rungs/1/then"),
    "notice": (rule("ladder", min_notice=Elapsed(days=1)), "+automations/ladder/min_notice"),
    "a clock": (desk(clocks=(*CLOCKS, Policy("keep", sla.update_interval()))), "+clocks/keep"),
    "clocks in another order": (desk(clocks=CLOCKS[::-1]), "clocks"),
    "clock renamed": (desk(clocks=(CLOCKS[0], attrs.evolve(CLOCKS[1], name="answer"))), "clocks/reply/name"),
    "runs": (measure(runs=StateIs("open")), "clocks/solve/measure/runs"),
    "frozen": (measure(frozen=IsAssigned()), "clocks/solve/measure/frozen"),
    "void": (measure(void=IsAssigned()), "clocks/solve/measure/void"),
    "coming back": (measure(again="count"), "clocks/solve/measure/again"),
    "each": (measure(each="assignee"), "+clocks/solve/measure/each"),
    "a target": (clock(targets=CLOCKS[0].targets[1:]), "-clocks/solve/targets/0"),
    "target of another kind": (
        clock(targets=(Deadline("until", FieldIs("level", "high")), CLOCKS[0].targets[1])),
        "clocks/solve/targets/0",
    ),
    "a multiplier": (clock(multipliers=()), "-clocks/solve/multipliers/0"),
    "percent": (
        clock(multipliers=(sla.Multiplier(60, FieldIs("level", "low")),)),
        "clocks/solve/multipliers/0/percent",
    ),
    "multiplier's condition": (
        clock(multipliers=(sla.Multiplier(50, FieldIs("level", "high")),)),
        "clocks/solve/multipliers/0/given",
    ),
    "time": (target(time=WorkingTime(hours=2)), "clocks/solve/targets/0/time"),
    "target's condition": (target(given=FieldIs("level", "low")), "clocks/solve/targets/0/given"),
    "target's calendar": (target(calendar="night"), "+clocks/solve/targets/0/calendar"),
    "start of the cycle": (
        target(started=sla.StartedBetween("08:00", "12:00")),
        "+clocks/solve/targets/0/started",
    ),
    "extra": (target(extra=WorkingTime(hours=1)), "+clocks/solve/targets/0/extra"),
    "deadline": (
        desk(
            workflow=attrs.evolve(FLOW, fields=(*FIELDS, Field("by", kind="moment"))),
            clocks=(CLOCKS[0], attrs.evolve(CLOCKS[1], targets=(Deadline("by"),))),
        ),
        "clocks/reply/targets/0/field",
    ),
    "a warning": (clock(warn_at=(OfTarget(20), *CLOCKS[0].warn_at)), "+clocks/solve/warn_at/20 % of the target"),
    "a later warning": (
        clock(warn_at=(*CLOCKS[0].warn_at, OfTarget(90))),
        "+clocks/solve/warn_at/90 % of the target",
    ),
    "warnings in another order": (clock(warn_at=CLOCKS[0].warn_at[::-1]), "clocks/solve/warn_at"),
    "clock's calendar": (clock(calendar="night"), "clocks/solve/calendar"),
    "called": (clock(kind="ola"), "clocks/solve/kind"),
    "no snoozing": (desk(snoozing=None), "-snoozing"),
    "a choice": (snoozing(choices=(LATER, TOMORROW)), "-snoozing/choices/next_week"),
    "choice's moment": (
        snoozing(choices=(LATER, InDays("tomorrow", 1, "08:00", TOMORROW.labels), *OTHERS)),
        "snoozing/choices/tomorrow/at",
    ),
    "choice of another kind": (
        snoozing(choices=(LATER, LaterToday("tomorrow", labels=TOMORROW.labels), *OTHERS)),
        "snoozing/choices/tomorrow",
    ),
    "choice replaced by a span": (
        snoozing(choices=(LATER, AfterSpan("tomorrow", BusinessDays(1), TOMORROW.labels), *OTHERS)),
        "snoozing/choices/tomorrow",
    ),
    "choice renamed": (
        snoozing(choices=(LATER, InDays("next_day", 1, labels=TOMORROW.labels), *OTHERS)),
        "snoozing/choices/tomorrow/name",
    ),
    "choice's label": (
        snoozing(choices=(attrs.evolve(LATER, labels={}), TOMORROW, *OTHERS)),
        "-snoozing/choices/later_today/labels/en",
    ),
    "choices mixed": (snoozing(choices=(TOMORROW, LATER, *OTHERS)), "snoozing/choices"),
    "snoozing's zone": (snoozing(zone="Asia/Tokyo"), "snoozing/zone"),
    "snoozing's calendar": (snoozing(calendar="night"), "snoozing/calendar"),
    "business days": (snoozing(business_days=True), "snoozing/business_days"),
    "on message": (snoozing(on_message="clear"), "snoozing/on_message"),
    "what sleeps": (snoozing(masks=()), "-snoozing/masks/idle"),
    "a text": (desk(templates=TEXTS[:1]), "-templates/hello"),
    "text renamed": (desk(templates=(TEXTS[0], attrs.evolve(TEXTS[1], name="hi"))), "templates/hello/name"),
    "words": (desk(templates=(attrs.evolve(TEXTS[0], texts={"en": "?"}), TEXTS[1])), "templates/still-there/texts/en"),
    "text's label": (
        desk(templates=(attrs.evolve(TEXTS[0], labels={"en": "r"}), TEXTS[1])),
        "templates/still-there/labels/en",
    ),
    "texts in another order": (desk(templates=TEXTS[::-1]), "templates"),
}

WITHOUT_EFFECT = frozenset(
    {
        *("name", "label", "a label", "to enable", "row's label", "hint", "group", "rule's label", "called"),
        *("needs in another order", "verbs in another order", "choices in another order", "lists in another order"),
        *("pipeline's label", "pipelines in another order"),
        *("holiday's name", "country", "public names", "then in another order", "given in other words"),
        *("clocks in another order", "warnings in another order", "choices mixed", "choice's label"),
        *("a text", "text renamed", "words", "text's label", "texts in another order", "states in another order"),
    }
)
"""Changes that affect no ticket."""

_SIGNS = {"added": "+", "removed": "-", "changed": ""}
_TURNED = {"+": "-", "-": "+"}


def places(differences: tuple[Difference, ...]) -> list[str]:
    return [_SIGNS[each.kind] + "/".join(each.path) for each in differences]


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_reported_at_its_path(name: str) -> None:
    """In both directions: an addition one way is a removal the other way."""
    other, place = CASES[name]
    there, back = diff(BASE, other), diff(other, BASE)
    assert place in places(there)
    assert {each.changes_meaning for each in there if place.strip("+-") == "/".join(each.path)} == {
        name not in WITHOUT_EFFECT
    }
    if not place.endswith(("/name", "/id", "/target")):
        assert _TURNED.get(place[0], place[0]) + place[1:] in places(back)
    assert (BASE.digest == other.digest) is (name in {"holiday's name", "public names"})  # 1.5: no part of it
    assert diff(other, other) == ()


@pytest.mark.parametrize("place", [place for place in IMPACTS if not place.startswith("workflow.states:")])
def test_some_change_uses_each_sentence_of_the_table(place: str) -> None:
    """Some difference has the sentence as its effect, whatever its placeholders stand for."""
    impact = IMPACTS[place]
    effects = all_effects()
    for sentence in filter(None, (impact.changed, impact.added, impact.removed)):
        pattern = re.escape(sentence)
        pattern = re.sub(r"\\\{\w+\\\}", "(?s:.*)", pattern)
        assert any(re.fullmatch(pattern, each) for each in effects), sentence


@cache
def all_effects() -> frozenset[str]:
    pairs = [(BASE, other) for other, _ in CASES.values()] + list(MORE)
    return frozenset(each.effect for one, other in pairs for each in (*diff(one, other), *diff(other, one)))


PLAIN = Rules("plain", Workflow((State("a"), State("b", "closed")), (Transition("end", ["a"], "b", may=BOTH),)), OFFICE)
OUT = (datetime(2026, 12, 1, 9, tzinfo=MONDAY.tzinfo), datetime(2026, 12, 1, 12, tzinfo=MONDAY.tzinfo))


def plain(calendar: Calendar) -> Rules:
    return attrs.evolve(PLAIN, calendars=calendar)


BEGINS = (State("first"), State("second"), State("end", "closed"))
ENDS = (Transition("end", ["first", "second"], "end", may=BOTH),)
ONE_WAY = attrs.evolve(PLAIN, workflow=Workflow(BEGINS, ENDS))


def late(group: str) -> Rules:
    """Return the rule set with one more group, which a state masks, and one rule in it."""
    rules = (attrs.evolve(each, group=group) if each.id == "moved" else each for each in RULES)
    masking = tuple(attrs.evolve(each, masks={"late"}) if each.name == "free" else each for each in STATES)
    more = Automation("x", OnMessage("agent"), (ASKED,), group="late")
    return desk(automations=(*rules, more), workflow=attrs.evolve(FLOW, states=masking))


MORE: tuple[tuple[Rules, Rules], ...] = (
    (plain(excluding(OFFICE, OUT)), plain(excluding(OFFICE, (OUT[0], OUT[1] + HOUR)))),
    (plain(union(OFFICE, NIGHT)), plain(excluding(OFFICE, OUT))),
    (PLAIN, attrs.evolve(PLAIN, calendars={"office": OFFICE})),
    (ONE_WAY, attrs.evolve(ONE_WAY, workflow=Workflow((BEGINS[1], BEGINS[0], BEGINS[2]), ENDS))),
    (
        PLAIN,
        attrs.evolve(
            PLAIN,
            workflow=Workflow((State("c"), PLAIN.workflow.states[1]), (Transition("end", ["c"], "b", may=BOTH),)),
        ),
    ),
    (late("idle"), late("late")),
    (staged("sales", Pipeline("sales", "open")), staged("sales", Pipeline("sales", "waiting"))),
    (desk(in_force_from=LIVE), desk(in_force_from=LIVE + DAY)),
    (rule("daily", in_force_from=LIVE), rule("daily", in_force_from=LIVE + DAY)),
)


class TestWords:
    """The full words of some changes."""

    def only(self, name: str) -> Difference:
        (found,) = diff(BASE, CASES[name][0])
        return found

    def test_an_earlier_rung(self) -> None:
        found = self.only("step's span")
        assert (found.kind, found.path) == ("changed", ("automations", "ladder", "rungs", "2", "after"))
        assert (found.old, found.new) == ("5 business days", "3 business days")
        assert found.effect == (
            "while the state is waiting, rung 3 of 3 (move by close) fires 3 business days after entering waiting, not "
            "5 business days, but never before the previous rung; pending occurrences follow immediately, and one that "
            "is now in the past fires at the ticket's last entry; the history does not change"
        )
        assert str(found) == (f"automations/ladder/rungs/2/after: 5 business days -> 3 business days: {found.effect}")

    def test_holidays_show_their_number_and_the_first_three(self) -> None:
        found = self.only("holidays")
        assert (found.old, found.new) == (
            None,
            "4 dates: 2027-03-01 (day 1), 2027-03-02 (day 2), 2027-03-03 (day 3), …",
        )
        assert (
            "pending occurrences of daily, ladder, monthly, slow, weekly are recomputed and keep their keys"
            in found.effect
        )
        assert "current cycles of solve, reply are recomputed from their start" in found.effect
        assert str(found).startswith("+ calendars/default/holidays: 4 dates")

    def test_a_calendar_names_the_rules_and_clocks_that_count_on_it(self) -> None:
        found = diff(BASE, desk(calendars={"default": OFFICE, "night": attrs.evolve(NIGHT, zone="Asia/Tokyo")}))
        (difference,) = found
        assert difference.effect == (
            "its hours are in local time of Asia/Tokyo, not of UTC; pending occurrences of by-night, evening are "
            "recomputed and keep their keys; the history does not change"
        )
        assert "nothing counts on it" in self.only("calendar").effect

    def test_snoozes_to_business_days_follow_the_calendar(self) -> None:
        by_day = snoozing(business_days=True)
        by_span = snoozing(choices=(AfterSpan("closing", BusinessDays(1, at="closing")),))
        by_neither = snoozing(choices=(AfterSpan("soon", Elapsed(hours=1)), TOMORROW))
        for rules, follows in ((by_day, True), (by_span, True), (by_neither, False)):
            longer = attrs.evolve(rules, calendars={"default": attrs.evolve(OFFICE, zone="Asia/Tokyo"), "night": NIGHT})
            (found,) = diff(rules, longer)
            assert ("new snoozes follow it, armed ones keep their moments" in found.effect) is follows

    def test_weeks_are_written_as_texts_write_them(self) -> None:
        found = self.only("week")
        assert (found.old, found.new) == ("mon-fri 09:00-18:00", "mon-thu 09:00-18:00; sat 10:00-14:00:30")
        assert "40.0083 hours a week, not 45" in found.effect
        assert "hours a week" not in self.only("week as long").effect
        assert self.only("override").new == "1 date: 2026-12-05 (22:00-02:00)"

    def test_values_with_equal_words_are_shown_as_repr(self) -> None:
        found = self.only("zone of a span")
        assert (found.old, found.new) == (
            "CalendarSpan(months=1, weeks=0, days=0, zone=None)",
            "CalendarSpan(months=1, weeks=0, days=0, zone='Asia/Tokyo')",
        )
        (found,) = diff(rule("slow", given=FieldIs("note", "1")), rule("slow", given=FieldIs("note", "1", "1")))
        assert found.path == ("automations", "slow", "given")

    def test_added_items_are_shown_without_defaults(self) -> None:
        assert self.only("a row of rules").new == "sources extra; target waiting"
        assert "from extra to waiting by rules only" in self.only("a row of rules").effect
        assert self.only("a rule").new == "when the support wrote; then send still-there to the customer"
        assert self.only("a state").effect == "tickets can be in this state; nothing leads to it"
        assert self.only("no snoozing").old is not None
        assert self.only("no choices").new == "all of its kind"

    def test_a_new_state_says_how_it_is_reached(self) -> None:
        more = (*STATES, State("new"), State("late"))
        rows = (
            *ROWS,
            Transition("renew", ["open"], "new", may=BOTH),
            Transition("end", ["new", "late"], "closed", may=BOTH),
        )
        found = diff(BASE, flow(states=more, transitions=rows, openings=(*FLOW.openings, Opening("late", BOTH))))
        effects = {each.path[-1]: each.effect for each in found if each.path[1] == "states"}
        assert effects == {
            "new": "tickets can be in this state; it is reached by renew",
            "late": "tickets can be in this state; they can start in it",
        }

    def test_an_equivalent_condition_has_no_effect(self) -> None:
        one = All(AnyOf(CategoryIs("open", "pending"), AssignedTo("ana", "bea")), Not(FieldIs("level", "low", "high")))
        other = All(
            Not(FieldIs("level", "high", "low")), AnyOf(AssignedTo("bea", "ana"), CategoryIs("pending", "open"))
        )
        (found,) = diff(rule("slow", given=one), rule("slow", given=other))
        assert (found.changes_meaning, found.effect) == (False, "the condition is equivalent; tickets are not affected")
        (found,) = diff(rule("slow", given=All(IsAssigned(), one)), rule("slow", given=AnyOf(IsAssigned(), one)))
        assert found.changes_meaning

    def test_the_order_of_rows_without_a_common_source_has_no_effect(self) -> None:
        apart = (*ROWS[:3], *ROWS[3:], Transition("back", ["extra"], "waiting", may=BOTH))
        mixed = (*ROWS[:3], apart[-1], *ROWS[3:])
        assert [each.changes_meaning for each in diff(flow(transitions=apart), flow(transitions=mixed))] == [False]

    def test_another_first_state_and_another_order_are_two_differences(self) -> None:
        states = (State("b"), *PLAIN.workflow.states[:1], State("c", "closed"))
        rows = (Transition("end", ["a", "b"], "c", may=BOTH),)
        one = attrs.evolve(PLAIN, workflow=Workflow(states, rows))
        other = attrs.evolve(PLAIN, workflow=Workflow((states[1], states[0], states[2]), rows))
        begins, order = diff(one, other)
        assert (begins.old, begins.new, begins.changes_meaning) == ("b", "a", True)
        assert (order.old, order.new, order.changes_meaning) == ("b, a, c", "a, b, c", False)

    def test_arguments_other_than_rules_are_refused(self) -> None:
        with pytest.raises(BadValueError, match="is not a rule set"):
            diff(BASE, "rules")  # type: ignore[arg-type]


def opened(rules: Rules) -> Desk:
    made = Desk(rules)
    made.open(MONDAY)
    return made


def sent(made: Desk, rules: Rules, until: datetime) -> list[tuple[datetime, str]]:
    """Return the messages that are sent after the last entry under other rules."""
    made.rules, known = rules, len(mails(made.ticket))
    made.advance(until)
    return mails(made.ticket)[known:]


def alone(*rules: Rule, **changes: object) -> Rules:
    return desk(**{"automations": rules, "clocks": (), "workflow": QUIET, "snoozing": None, "templates": (), **changes})


QUIET = attrs.evolve(FLOW, states=tuple(attrs.evolve(each, masks=(), freezes=()) for each in STATES))
MASKING = attrs.evolve(
    QUIET, states=tuple(attrs.evolve(each, masks={"idle"} if each.name == "waiting" else ()) for each in QUIET.states)
)


def effect_of(old: Rules, new: Rules, *path: str) -> str:
    (found,) = [each for each in diff(old, new) if each.path == path]
    return found.effect


class TestEffectsAreTrue:
    """The engine does what the effect of a difference says."""

    def test_pending_closings_follow_immediately_and_the_history_stays(self) -> None:
        """Asked on Monday 23 November at ten; the first reminder fires on Wednesday. Then six days become three.

        The third day is Thursday, but the second reminder fires on Friday, and no rung fires before the previous one.
        """
        old, new = (senior(BusinessCalendar("UTC", "mon-fri 09:00-18:00"), close_after=BusinessDays(n)) for n in (6, 3))
        made = Desk(old)
        made.open(MONDAY, nature="incident")
        made.move(MONDAY, "ask_for_information")
        made.advance(MONDAY + 2 * DAY)
        assert next_due(made.ticket, old) == MONDAY + 4 * DAY
        before = made.ticket.history
        made.rules = new
        made.advance(MONDAY + 30 * DAY)
        assert (made.ticket.state, made.ticket.changed_at) == ("closed", MONDAY + 4 * DAY)
        assert tuple(made.ticket.history)[: len(before)] == tuple(before)
        effect = effect_of(old, new, "automations", "close-unanswered-request", "rungs", "2", "after")
        assert "fires 3 business days after" in effect
        assert "but never before the previous rung" in effect
        assert "pending occurrences follow immediately" in effect

    def test_an_occurrence_now_in_the_past_fires_at_the_last_entry(self) -> None:
        slow, quick = (alone(Automation("r", After(Elapsed(hours=n), Created()), (ASKED,))) for n in (9, 1))
        made = opened(slow)
        made.write(MONDAY + 3 * HOUR, ANA)
        assert "one that is now in the past fires at the ticket's last entry" in effect_of(
            slow, quick, "automations", "r", "when", "span"
        )
        assert sent(made, quick, MONDAY + DAY) == [(MONDAY + 3 * HOUR, "still-there")]

    def test_a_renamed_timer_may_fire_again(self) -> None:
        one, other = (alone(Automation(n, After(Elapsed(hours=1), Created()), (ASKED,))) for n in ("one", "other"))
        made = opened(one)
        made.advance(MONDAY + HOUR)
        assert "past occurrences may fire again, but only the last of them" in effect_of(
            one, other, "automations", "one", "id"
        )
        assert sent(made, other, MONDAY + DAY) == [(MONDAY + HOUR, "still-there")]

    def test_a_renamed_reaction_ignores_past_events(self) -> None:
        one, other = (alone(Automation(name, OnMessage("customer"), (ASKED,))) for name in ("one", "other"))
        made = opened(one)
        assert "past events do not trigger it again" in effect_of(one, other, "automations", "one", "id")
        assert sent(made, other, MONDAY + DAY) == []

    def test_a_higher_generation_fires_again_and_a_lower_one_does_not(self) -> None:
        one, two = (alone(Automation("r", After(Elapsed(hours=1), Created()), (ASKED,), generation=n)) for n in (1, 2))
        made = opened(one)
        made.advance(MONDAY + HOUR)
        assert "as generation 1 no longer counts, what it did as generation 2 does" in effect_of(
            one, two, "automations", "r", "generation"
        )
        assert len(sent(made, two, MONDAY + DAY)) == 1
        assert sent(made, one, MONDAY + 2 * DAY) == []

    def test_a_new_first_rung_renumbers_the_others(self) -> None:
        """One of two rungs has fired. Of the three new ones the second is the old first, and fires again."""
        step = Rung(Elapsed(hours=1), SendMessage("early"))
        ladder = Ladder(
            "l", Created(), All(), (Rung(Elapsed(hours=3), SendMessage("first")), Rung(Elapsed(hours=9), ASKED))
        )
        ladder = attrs.evolve(ladder, ended_by=None)
        old, new = alone(ladder), alone(attrs.evolve(ladder, rungs=(step, *ladder.rungs)))
        made = opened(old)
        made.advance(MONDAY + 3 * HOUR)
        assert "as many new rungs count as done as old rungs have fired" in effect_of(
            old, new, "automations", "l", "rungs", "0"
        )
        assert sent(made, new, MONDAY + DAY) == [(MONDAY + 3 * HOUR, "first"), (MONDAY + 9 * HOUR, "still-there")]

    def test_a_new_timer_fires_its_last_past_occurrence_and_a_recurrence_does_not(self) -> None:
        daily = Automation("d", After(Elapsed(days=1), Created(), every=Elapsed(days=1)), (SendMessage("daily"),))
        round_ = Automation("w", On(EveryWeek("monday", "09:00")), (SendMessage("weekly"),))
        none = alone()
        made = opened(none)
        made.write(MONDAY + 10 * DAY, ANA)
        new = alone(daily, round_)
        assert "only the last fires, at the instant of that entry" in effect_of(none, new, "automations", "d")
        assert "past occurrences stay missed" in effect_of(none, new, "automations", "w")
        assert sent(made, new, MONDAY + 11 * DAY - HOUR) == [(MONDAY + 10 * DAY, "daily")]

    def test_a_rule_that_comes_into_force_leaves_earlier_occurrences_out(self) -> None:
        """Daily since Monday at ten, in force from Wednesday at noon: the first one is that of Thursday."""
        daily = Automation("d", After(Elapsed(days=1), Created(), every=Elapsed(days=1)), (SendMessage("daily"),))
        new = alone(attrs.evolve(daily, in_force_from=MONDAY + 2 * DAY + 2 * HOUR))
        made = opened(alone())
        made.write(MONDAY + 10 * DAY, ANA)
        last = (
            "the rule acts from now on; of the occurrences due before a ticket's last entry, only the last fires, at "
            "the instant of that entry; those due before 2026-11-25T12:00:00+00:00 do not exist"
        )
        assert effect_of(alone(), new, "automations", "d") == last
        assert sent(opened(new), new, MONDAY + 4 * DAY) == [(MONDAY + n * DAY, "daily") for n in (3, 4)]

    def test_the_effects_of_coming_into_force_depend_on_what_a_rule_waits_for(self) -> None:
        waits: tuple[AtField | OnMessage, ...] = (AtField("until"), OnMessage("agent"))
        moment, reaction = (alone(Automation("r", when, (ASKED,), in_force_from=LIVE)) for when in waits)
        assert "one before 2026-12-01T00:00:00+00:00 is due then" in effect_of(alone(), moment, "automations", "r")
        assert effect_of(alone(), reaction, "automations", "r") == (
            "the rule acts from now on; past events do not trigger it, nor do those before 2026-12-01T00:00:00+00:00"
        )

    def test_another_arming_entry_changes_the_keys(self) -> None:
        """The opening armed it under the old condition, the assignment does under the new one: it fires again."""
        quiet = After(Elapsed(hours=1), Created())
        old, new = (alone(Automation("r", quiet, (ASKED,), given=given)) for given in (All(), IsAssigned()))
        made = opened(old)
        made.assign(MONDAY + 2 * HOUR)
        assert "the keys change and past occurrences may fire again" in effect_of(old, new, "automations", "r", "given")
        assert sent(made, new, MONDAY + DAY) == [(MONDAY + 2 * HOUR, "still-there")]

    def test_held_occurrences_fire_at_the_last_entry_when_the_mask_is_removed(self) -> None:
        rule = Automation("r", After(Elapsed(hours=2), Created()), (ASKED,), group="idle")
        old, new = alone(rule, workflow=MASKING), alone(rule)
        made = opened(old)
        made.move(MONDAY + HOUR, "ask")
        made.write(MONDAY + 3 * HOUR, ANA)
        made.advance(MONDAY + DAY)
        assert "fires at the ticket's last entry" in effect_of(
            old, new, "workflow", "states", "waiting", "masks", "idle"
        )
        assert sent(made, new, MONDAY + 2 * DAY) == [(MONDAY + 3 * HOUR, "still-there")]

    def test_a_ticket_in_a_removed_state_stays_there(self) -> None:
        old = ONE_WAY
        (gone,) = [each for each in MORE if each[0] is PLAIN and each[1].workflow.states[0].name == "c"]
        made = Desk(gone[0])
        made.open(MONDAY)
        made.rules = gone[1]
        assert made.refused(commands.Move("end", at=MONDAY + HOUR, by=ANA)).kinds == {"no_such_transition"}
        assert "no transition leads out" in effect_of(*gone, "workflow", "states", "a", "name")
        assert diff(old, old) == ()

    def test_a_ticket_keeps_its_category_until_it_moves(self) -> None:
        old, new = (
            alone(),
            alone(
                workflow=attrs.evolve(
                    QUIET,
                    states=tuple(
                        attrs.evolve(each, category="resolved") if each.name == "waiting" else each
                        for each in QUIET.states
                    ),
                )
            ),
        )
        made = opened(old)
        made.move(MONDAY, "ask")
        made.rules = new
        made.write(MONDAY + HOUR, ANA)
        assert made.ticket.category == "pending"
        assert "keeps its category until it moves" in effect_of(old, new, "workflow", "states", "waiting", "category")

    def test_a_new_freeze_applies_to_past_time(self) -> None:
        """Two hours of waiting no longer count, so the target is due two hours later."""
        policy = Policy("solve", sla.resolution(), (Target(WorkingTime(hours=4)),))
        old = alone(clocks=(policy,))
        freezing = tuple(
            attrs.evolve(each, freezes={"solve"} if each.name == "waiting" else ()) for each in QUIET.states
        )
        new = alone(clocks=(policy,), workflow=attrs.evolve(QUIET, states=freezing))
        made = opened(old)
        made.move(MONDAY + HOUR, "ask")
        made.move(MONDAY + 3 * HOUR, "back")
        (change,) = preview_migration(made.ticket, old, new)
        assert (change.old_due, change.new_due) == (MONDAY + 4 * HOUR, MONDAY + 6 * HOUR)
        assert "time already spent there no longer counts" in effect_of(
            old, new, "workflow", "states", "waiting", "freezes", "solve"
        )

    def test_a_stricter_target_is_missed_at_the_last_entry(self) -> None:
        old, new = (alone(clocks=(Policy("solve", sla.resolution(), (Target(WorkingTime(hours=n)),)),)) for n in (7, 1))
        made = opened(old)
        made.write(MONDAY + 3 * HOUR, ANA)
        assert "recorded at the ticket's last entry" in effect_of(old, new, "clocks", "solve", "targets", "0", "time")
        made.rules = new
        made.advance(MONDAY + 4 * HOUR)
        (breach,) = made.ticket.breaches
        assert (breach.due_at, breach.at) == (MONDAY + HOUR, MONDAY + 3 * HOUR)

    def test_a_renamed_clock_records_its_current_breach_again(self) -> None:
        old, new = (
            alone(clocks=(Policy(name, sla.resolution(), (Target(WorkingTime(hours=1)),)),))
            for name in ("one", "other")
        )
        made = opened(old)
        made.advance(MONDAY + 2 * HOUR)
        assert "a breach or a warning of the current cycle is recorded again" in effect_of(
            old, new, "clocks", "one", "name"
        )
        made.rules = new
        made.advance(MONDAY + 2 * HOUR)
        assert [breach.clock for breach in made.ticket.breaches] == ["one", "other"]

    def test_an_earlier_warning_renumbers_the_later_one(self) -> None:
        policy = Policy("solve", sla.resolution(), (Target(WorkingTime(hours=6)),), warn_at=(OfTarget(50),))
        old, new = alone(clocks=(policy,)), alone(clocks=(attrs.evolve(policy, warn_at=(OfTarget(20), OfTarget(50))),))
        made = opened(old)
        made.advance(MONDAY + 4 * HOUR)
        effect = effect_of(old, new, "clocks", "solve", "warn_at", "20 % of the target")
        assert "one of a current cycle may be recorded again" in effect
        rules = [due.rule for due in evaluate(MONDAY + 4 * HOUR, made.ticket, new)]
        assert rules == ["sla.solve.warning.1"]
        later = alone(clocks=(attrs.evolve(policy, warn_at=(OfTarget(50), OfTarget(60))),))
        assert "new numbers" not in effect_of(old, later, "clocks", "solve", "warn_at", "60 % of the target")

    def test_snoozed_tickets_do_not_wake_without_snoozing(self) -> None:
        old, new = alone(snoozing=Snoozing(zone="UTC")), alone()
        made = opened(old)
        made.give(commands.Snooze(until=MONDAY + DAY, at=MONDAY, by=ANA))
        assert next_due(made.ticket, old) == MONDAY + DAY
        assert next_due(made.ticket, new) is None
        assert "snoozed tickets do not wake at their moment" in effect_of(old, new, "snoozing")

    def test_rules_take_a_transition_without_its_needs(self) -> None:
        rule = Automation("r", OnMessage("customer"), (Move("back"),), given=StateIs("waiting"))
        old = alone(rule)
        rows = tuple(attrs.evolve(each, needs=("note",)) if each.name == "back" else each for each in ROWS)
        new = alone(rule, workflow=attrs.evolve(QUIET, transitions=rows))
        made = opened(old)
        made.move(MONDAY, "ask")
        made.rules = new
        assert made.refused(commands.Move("back", at=MONDAY, by=ANA)).kinds == {"missing_fields"}
        made.write(MONDAY + HOUR, CUSTOMER)
        assert made.ticket.state == "open"
        assert "rules take it without" in effect_of(old, new, "workflow", "transitions", "back", "needs", "note")

    def test_the_order_of_actions_does_not_matter(self) -> None:
        then = (SendMessage("hello"), SetField("note", "x"))
        desks = [opened(alone(Automation("r", OnMessage("customer"), each))) for each in (then, then[::-1])]
        one, other = ({*made.ticket.history.last.events} for made in desks)
        assert one == other
