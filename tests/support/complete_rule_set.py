"""A rule set that has everything, and values of every kind that documents hold, to be written and read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from tests.support.desk import ANA, BOSS, CONSULTANT, CUSTOMER, RELEASES, ROBOT, utc
from ticketflow import (
    After,
    All,
    AnyOf,
    AtClosing,
    AtField,
    AtOpening,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarSpan,
    Created,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    HasLink,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    Ladder,
    LastActivity,
    LastMessage,
    Latest,
    Message,
    Not,
    On,
    OnChange,
    OnEnter,
    OnLeave,
    OnLink,
    OnMessage,
    OnOutside,
    OnRate,
    Outside,
    Policy,
    RatingIs,
    RequesterIs,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Template,
    Transition,
    Woke,
    Workflow,
    WorkingTime,
    commands,
    sla,
)
from ticketflow.calendars.combined import difference, excluding, intersection, union
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.calendars.hours import Shift, Yearly
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import AfterDue, BeforeDue, Missed, OfTarget
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.actions import (
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    Emit,
    FollowUp,
    HoldField,
    LookUp,
    Move,
    Rate,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
    Wake,
)
from ticketflow.rules.triggers import During, OnCommand, OnWake
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Multiplier, StartedBetween, StartedWhile
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import AssignedLast, Breached, Closed, Left, ResolvedLast, Started
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import (
    Assigned,
    ByBound,
    ByCommand,
    ByRule,
    Cause,
    Declined,
    Dropped,
    Emitted,
    Entry,
    Event,
    EventReason,
    FieldChanged,
    FieldHeld,
    FieldReleased,
    FollowUpRequested,
    Key,
    Linked,
    MessageAdded,
    MessageRequested,
    OccasionReason,
    Opened,
    OutsideEventRecorded,
    Rated,
    RequesterChanged,
    ResolutionMarked,
    RulesHalted,
    SnoozeCancelled,
    Snoozed,
    StateChanged,
    Superseded,
    Surfaced,
    TargetBreached,
    TargetWarned,
    TimeReason,
)
from ticketflow.tickets.events import (
    Woke as WokeUp,
)
from ticketflow.tickets.messages import Hint, Mail
from ticketflow.workflow.conditions import (
    AssignedTo,
    CategoryIs,
    ClockIs,
    Happened,
    IsUnanswered,
    Reopened,
    WasAnswered,
)
from ticketflow.workflow.definition import Listing, Opening, Permission, Pipeline
from ticketflow.workflow.snooze import AfterSpan, InDays, LaterToday, NextWeek
from ticketflow.workflow.ticket_calendar import CalendarOf

HOUR = timedelta(hours=1)
LIVE = utc(2026, 12, 1, 0, 0, 0, 1)
SUPPORT = ("agent", "administrator")

OFFICE = BusinessCalendar(
    "America/Sao_Paulo",
    "mon-thu 09:00-12:00 13:00-18:00; fri 09:00-15:30:15.000001; sat 22:00-02:00",
    public_holidays("BR", "SP"),
    {date(2026, 11, 23): "Feira", Yearly(12, 31): "Véspera", "06-24 observed sat-1 sun+1": "Feira de São João"},
    {Yearly(12, 24): "12:00", date(2026, 11, 27): "11:30", "business day before easter-2": "15:00"},
    {date(2026, 12, 25): "10:00-11:00", date(2026, 12, 28): "", "last fri of feb and nov": "10:00-14:00"},
    beyond_known="assume_none",
    late_days={"easter-46": "12:00", "1st business day of feb": "10:30"},
    periods=[
        Period("12-20", "01-06", "mon-fri 10:00-16:00"),
        Period(date(2026, 7, 6), date(2026, 7, 17), ""),
    ],
    excluded_holidays=["Feira de São João", date(2026, 11, 20)],
    dated_until=date(2028, 12, 31),
)
SITE = CalendarOf("method", {"call": "long", "mail": "both"}, "less")
LONG = BusinessCalendar("UTC", ((), (Shift(9 * HOUR, 33 * HOUR),), (), (), (), (), ()))
"""A shift of just a day from nine: no text says it."""
CALENDARS = {
    "default": OFFICE,
    "long": LONG,
    "both": union(OFFICE, LONG, BusinessCalendar("Asia/Kathmandu", "sun 10:00-11:00")),
    "common": intersection(OFFICE, LONG),
    "less": difference(OFFICE, LONG),
    "without": excluding(OFFICE, (utc(2026, 11, 24), utc(2026, 11, 25, 0, 0, 0, 1))),
}

STATES = (
    State("new", labels={"en": "New", "es": "Nuevo"}, tags={"fresh", "Open to all"}, pipeline="funnel"),
    State("busy", masks={"idle"}, freezes={"solving"}, pipeline="funnel"),
    State("waiting", "pending", is_enabled=True, survey_open=True),
    State("later", is_enabled=False, to_enable={"en": "Ask Ana."}),
    State("won", "resolved", outcome="Ganó", pipeline="funnel"),
    State("closed", "closed", survey_open=True),
)
TRANSITIONS = (
    Transition("start", ("new", "waiting"), "busy", SUPPORT, IsAssigned(), ("level",), ("note",)),
    Transition("ask", ("new", "busy"), "waiting", ("agent", "guild"), needs=("message",), labels={"en": "Ask"}),
    Transition("win", ("busy",), "won", SUPPORT, hint=Hint("sure", {"en": "at {at}"}, {"at": utc(2026, 1, 1), "n": 1})),
    Transition("win", ("waiting",), "won", SUPPORT, FieldIs("level", 3, None)),
    Transition("back", ("won", "waiting"), "new", SUPPORT),
    Transition("close", ("won", "waiting"), "closed", follow_up_fields=("level",)),
    Transition("wake", ("later",), "new", SUPPORT),
)
FIELDS = (
    Field("level", (1, 2, 3), {"en": "Level"}),
    Field("note", kind="text", filled_from="text", filled_when=StateIs("new", "busy")),
    Field("due", kind="future"),
    Field("day", kind="moment"),
    Field("count", kind="number"),
    Field("sure", kind="truth"),
    Field("outcome", ("Ganó", "Perdió")),
    Field("method", ("call", "mail")),
)
WORKFLOW = Workflow(
    STATES,
    TRANSITIONS,
    FIELDS,
    {"rate": Permission({"customer", "guild"}, CategoryIs("resolved")), "bulk": Permission({"administrator"})},
    {"released", "paid"},
    {"guild"},
    (
        Opening("new", {"customer", "agent"}, ("message",), ("level",)),
        Opening("busy", SUPPORT, ("level",), must_be_named=True),
    ),
    (Pipeline("funnel", "new", {"en": "Funnel"}, {"web", "mail"}),),
    (Listing("mine", All(AssignedTo("ana", "bia"), Not(IsHidden())), {"es": "Míos"}),),
    "back",
    "follow_up",
)

THEN = (SendMessage("hello"),)
LEVELS: Mapping[tuple[Value, ...], Value] = {(True, "call"): 1, (True, None): 2, (None, None): None}
NESTED = AnyOf(
    All(FieldIs("count", 2**53 + 1, -(2**63), 0), FieldIs("sure", True), FieldIs("day", utc(1, 1, 2))),
    Not(AnyOf()),
    Happened(Latest(Left("busy"), Entered("won"), Outside("paid"), AssignedLast(), ResolvedLast(), Closed())),
    Reopened(2),
    Happened(LastMessage("customer"), at_least=3),
    RatingIs(2, 4),
    HasLink("merged_into"),
    HasLink("child", at_least=2),
    FieldIs("count", at_least=-1),
    FieldIs("day", at_least=utc(2026, 1, 1), at_most=utc(2026, 12, 31)),
    IsUnanswered(),
    WasAnswered(),
    IsSnoozed(),
    RequesterIs("bruno", "o'brien@example.com"),
    ClockIs("solving", "breached"),
    Happened(Breached("solving")),
)
RANKED = Emit("ranked", ("level", "day"))
AUTOMATIONS = (
    Automation("on-enter", OnEnter(NESTED), (Move("back"), Assign("bia"), SetField("day", utc(2026, 1, 1, 5)))),
    Automation("on-leave", OnLeave(StateIs("busy")), (Assign(), HoldField("note", "one\ntwo \u202e \U0001f469\u200d"))),
    Automation("on-message", OnMessage("customer"), (AssignTo("actor"), *THEN), during=During(SITE, is_open=False)),
    Automation("on-outside", OnOutside("paid"), (Resolve("Ganó", "call"), Rate(5))),
    Automation("on-command", OnCommand("assign", "move", by=("agent",)), (ReleaseField("note"),)),
    Automation("on-table", OnChange("sure"), (LookUp("level", ("sure", "method"), LEVELS), RANKED)),
    Automation("on-change", OnChange("level"), (CancelSnooze(),), on_mask="drop", group="idle", in_force_from=LIVE),
    Automation("on-link", OnLink("merged_from"), (*THEN, Emit("linked"))),
    Automation("on-rate", OnRate(), (SendMessage("sorry"),), given=RatingIs(at_most=2)),
    Automation("on-wake", OnWake(), (AddNote("note"), SendMessage("wake", "owner")), labels={"en": "Wakes"}),
    Automation("after", After(Elapsed(hours=1), Created()), (FollowUp(),), rank=-3, generation=2, is_enabled=False),
    Automation(
        "again", After(WorkingTime(hours=9), Woke(), WorkingTime(hours=30), 4), THEN, ended_by=LastMessage("agent")
    ),
    Automation("months", After(CalendarSpan(1, 2, 3, "Asia/Tokyo"), LastActivity("note")), THEN, calendar="long"),
    Automation(
        "weekly",
        On(EveryWeek("sunday", "09:30", zone="Europe/Madrid")),
        THEN,
        StateIs("new"),
        gate="long",
        in_force_from=LIVE,
    ),
    Automation("often", On(EveryWeek("mon-wed,sat", "08:00", "14:00")), THEN, calendar=SITE, gate=SITE),
    Automation("monthly", On(EveryMonth(31, "23:59:59.999999")), THEN, group="loud", on_mask="hold"),
    Automation("nth", On(EveryMonthOn(-1, "friday", "00:00")), THEN),
    Automation("yearly", On(EveryYear(2, 29, "12:00")), THEN),
    Automation("opening", AtOpening("both"), THEN),
    Automation("closing", AtClosing(SITE), THEN),
    Automation("at-field", AtField("day"), (Wake(),)),
    Ladder(
        "ladder",
        Latest(Entered(), LastMessage("agent")),
        StateIs("waiting"),
        (
            Rung(BusinessDays(2), SendMessage("still-there")),
            Rung(BusinessDays(4, "as_it_is", "last_closing"), SendMessage("last"), SetField("sure", None)),
            Rung(BusinessDays(5), Move("close")),
        ),
        min_notice=Elapsed(timedelta(microseconds=1)),
        group="idle",
        on_resume="restart",
    ),
    Ladder(
        "escalation",
        Started("solving"),
        All(),
        (
            Rung(OfTarget(50), *THEN),
            Rung(BeforeDue(WorkingTime(minutes=30)), *THEN),
            Rung(Missed(), *THEN),
            Rung(AfterDue(Elapsed(days=1)), SendMessage("boss", "administrator")),
        ),
        ended_by=None,
    ),
)
CLOCKS = (
    Policy(
        "solving",
        sla.resolution("anew", StateIs("waiting")),
        (
            Deadline("due", FieldIs("level", 3)),
            Target(WorkingTime(hours=8), FieldIs("level", 2), "long", WorkingTime(hours=1)),
            Target(BusinessDays(3, at="16:00"), started=StartedBetween("22:00", "06:00")),
            Target(BusinessDays(5), started=StartedWhile("long", is_open=False)),
            Target(Elapsed(days=2)),
        ),
        (
            OfTarget(75),
            BeforeDue(Elapsed(hours=1)),
            BeforeDue(BusinessDays(1)),
            AfterDue(Elapsed(hours=2)),
            AfterDue(WorkingTime(hours=2)),
        ),
        multipliers=(Multiplier(50, FieldIs("sure", True)), Multiplier(200)),
    ),
    Policy("first", sla.first_response("opening"), (Target(WorkingTime(hours=2), calendar=SITE),), calendar=SITE),
    Policy("asks", sla.next_reply("never"), calendar=None, kind="ola"),
    Policy("updates", Measure(runs=CategoryIs("open"), void=IsAssigned(), again="anew", each="field.level")),
)
EVERYTHING = Rules(
    "everything — ação",
    WORKFLOW,
    FrozenMap(CALENDARS),
    AUTOMATIONS,
    Snoozing(
        (
            LaterToday(labels={"en": "soon"}),
            InDays("tomorrow", 1, "08:30"),
            NextWeek(weekday=4),
            AfterSpan("next_closing", BusinessDays(1, at="closing"), {"en": "until closing"}),
            AfterSpan("next_month", CalendarSpan(months=1)),
        ),
        "America/Lima",
        "long",
        business_days=True,
        on_message="clear",
        masks={"idle", "loud"},
    ),
    CLOCKS,
    (Template("hello", {"en": 'Hello {ticket},\n\t"""quoted""" \\ \'x\'', "es": "Hola"}, {"en": "Greeting"}),),
    500,
    32,
    50,
    100,
    LIVE,
)

AT = utc(2026, 11, 23, 10, 0, 0, 1)
FIRST = Entry(0, "0", AT, CUSTOMER, ByCommand("open", "e0", "d"), (Opened("T-0", "new", "open"),))
EVENTS: tuple[Event, ...] = (
    Opened(
        "T-1",
        "new",
        "open",
        FrozenMap({"day": AT, "level": 2, "sure": False, "note": None}),
        "T-0",
        PersistentList.of(FIRST),
        "bruno",
    ),
    MessageAdded(Message("<m1@x>".strip("<>"), public=False, automatic=True, resolves=True)),
    Assigned(None, "ana"),
    RequesterChanged("bruno", None),
    StateChanged("new", "busy", "open", "start"),
    FieldChanged("level", None, 2),
    FieldHeld("note", "é", AT),
    FieldReleased("note", True, 0),
    Rated(5),
    Rated(1, "m7"),
    OutsideEventRecorded("paid"),
    ResolutionMarked("m1"),
    Declined("no hands"),
    Linked("T-2", "duplicate_of"),
    Snoozed(AT, AT - HOUR, "a part"),
    SnoozeCancelled(AT),
    Surfaced(),
    WokeUp(slept=True),
    MessageRequested("hello", "owner", "ana"),
    Emitted("ranked", FrozenMap({"level": 2, "day": AT, "sure": True, "note": None})),
    Emitted("linked"),
    FollowUpRequested(),
    TargetWarned("solving", 3, None),
    TargetBreached("solving", 3, 8 * HOUR, AT),
    TargetBreached("solving", 3, None, AT),
    Superseded(),
    Superseded(3),
    Dropped("field 'note' is 'one\ntwo'"),
    RulesHalted(("after", "again")),
)
KEY = Key("T-1", "ladder", 1, "4", 0)
CAUSES: tuple[Cause, ...] = (
    ByCommand("move"),
    ByRule(KEY, AT, TimeReason(Latest(Entered(), Created()), AT - HOUR, OfTarget(50)), 4, "d"),
    ByRule(KEY, AT, TimeReason(Created(), AT - HOUR, CalendarSpan(days=1)), 4, "d"),
    ByRule(KEY, AT, EventReason("now note is one\ntwo", "3"), 4, "d"),
    ByRule(KEY, AT, OccasionReason("the opening of long", AT), 4, "d"),
    ByBound("steps_at_one_instant", "d"),
)
ENTRIES = tuple(
    Entry(number, f"e-{number}", AT, ANA, cause, EVENTS[1:], AT - HOUR if number else None)
    for number, cause in enumerate(CAUSES)
)
COMMANDS: tuple[Command, ...] = (
    commands.Open(
        "T-1", {"level": 2}, Mail("m1", subject="ação", text="one\ntwo"), "ana", "busy", at=AT, by=CONSULTANT
    ),
    commands.Open("T-2", message=Mail("m1", subject=None, text=None), at=AT, by=CUSTOMER),
    commands.FollowUp("T-3", {"day": AT}, Message("m2"), at=AT, by=CUSTOMER, event_id="e9", expected_version=3),
    commands.FollowUp(fields={"level": None}, at=AT, by=CUSTOMER, event_id="mail/7"),
    commands.AddMessage(Message("m3", resolves=True), at=AT, by=ROBOT, without_hints={"sure", "opened"}),
    commands.Assign(None, at=AT, by=ANA),
    commands.Assign("bia", at=AT, by=BOSS),
    commands.GiveBack(at=AT, by=ANA),
    commands.SetRequester("bruno+shop@example.com", at=AT, by=ANA),
    commands.Decline("no hands", at=AT, by=ROBOT),
    commands.Move("start", Message("m4"), {"count": 2**63 - 1, "sure": None}, at=AT, by=ANA),
    commands.Reopen(Message("m5"), at=AT, by=ANA),
    commands.SetFields({"note": "x\u0000\u202ey"}, at=AT, by=ANA),
    commands.ReviewClassification("Ação", at=AT, by=BOSS),
    commands.Rate(4, at=AT, by=CUSTOMER),
    commands.Rate(4, "m7", at=AT, by=CUSTOMER),
    commands.RecordEvent("paid", at=AT, by=RELEASES),
    commands.Snooze(until=AT + HOUR, why="a part", at=AT, by=ANA),
    commands.Snooze(choice="tomorrow", at=AT, by=Actor("agent", "x", {"guild"})),
    commands.CancelSnooze(at=AT, by=ANA),
    commands.Link("T-9", "duplicate_of", at=AT, by=ANA),
)
