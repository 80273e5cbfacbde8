"""Every kind of event and entry can be told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.small_rule_set import IS_HIGH, small
from ticketflow import (
    After,
    Automation,
    Created,
    Elapsed,
    Ladder,
    Message,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Rung,
    StateIs,
    advance,
    commands,
)
from ticketflow.rules.actions import HoldField, Move, ReleaseField, SendMessage
from ticketflow.service.simulation import Simulation, simulate
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline

NINE = utc(2026, 11, 23, 9)
UTC_WALL = ZoneInfo("UTC")


def test_a_life_with_everything_in_it() -> None:
    nothing = Rung(Elapsed(hours=3), ReleaseField("note"))
    rules = small(
        Automation("a", OnEnter(StateIs("pending")), (Move("go_on"),)),
        Automation("b", OnOutside("delivered"), (Move("wait"),)),
        Automation("c", OnEnter(StateIs("open")), (Move("wait"),), given=StateIs("open"), rank=5),
        Automation("hold", OnEnter(IS_HIGH), (HoldField("note", "hot"),)),
        Automation("free", OnLeave(IS_HIGH), (ReleaseField("note"),)),
        Automation("late", After(Elapsed(hours=1), Created()), (SendMessage("late"),), given=StateIs("done")),
        Ladder("two", Created(), StateIs("done"), (nothing, nothing), ended_by=None),
        Automation("no", OnMessage("agent"), (Move("hurry"),), rank=-1),
        steps_at_one_instant=4,
    )
    minutes = (NINE + timedelta(minutes=number) for number in range(100))
    life = simulate(
        [
            commands.Open("T-1", at=next(minutes), by=CUSTOMER),
            commands.SetFields({"priority": "high"}, at=next(minutes), by=ANA),
            commands.SetFields({"priority": "low"}, at=next(minutes), by=ANA),
            commands.AddMessage(Message("m1", public=False), at=next(minutes), by=ANA),
            commands.AddMessage(Message("m2"), at=next(minutes), by=ANA),
            commands.AddMessage(Message("m3", automatic=True), at=next(minutes), by=CUSTOMER),
            commands.Assign("ana", at=next(minutes), by=ANA),
            commands.Assign(None, at=next(minutes), by=ANA),
            commands.RecordEvent("delivered", at=next(minutes), by=ANA),
            commands.Rate(5, at=next(minutes), by=CUSTOMER),
            commands.Move("finish", fields={"answer": "x"}, at=utc(2026, 11, 23, 11), by=ANA),
        ],
        rules,
        until=utc(2026, 11, 24),
    )
    told = "\n".join(timeline(life, rules, UTC_WALL))
    for words in (
        "customer bruno: opened in open",
        "note held at hot",
        "note back to nothing",
        "internal note m1",
        "agent ana: message m2",
        "dropped (move by hurry: possible only when priority is high)",
        "automatic message m3",
        "assigned to ana",
        "assigned to nobody",
        "outside event delivered",
        "rules halted until the next outside event: ",
        "by the bound steps_at_one_instant",
        "rate was refused",
        "the survey is not open in state",
        "superseded by a later one",
        "nothing changed",
        "late is to be sent to the customer",
        "by rule late: 1 hour after opening the ticket on Mon 2026-11-23 09:00:00 +0000",
    ):
        assert words in told, words


def test_what_took_effect_late_says_when_it_was_due() -> None:
    late = Automation("late", After(Elapsed(hours=1), Created()), (SendMessage("late"),))
    life = simulate(
        [commands.Open("T-1", at=NINE, by=CUSTOMER), commands.Assign("ana", at=utc(2026, 11, 23, 12), by=ANA)], small()
    )
    assert life.ticket is not None

    ticket = advance(utc(2026, 11, 24), life.ticket, small(late))
    told = "\n".join(timeline(Simulation(ticket, (), (), None), small(late), UTC_WALL))
    assert "; it was due on Mon 2026-11-23 10:00:00 +0000" in told


def test_microseconds_are_shown_where_they_matter() -> None:
    assert Wording(small()).instant(utc(2026, 11, 23, 9, 0, 0, 1)) == "Mon 2026-11-23 09:00:00.000001 +0000"
