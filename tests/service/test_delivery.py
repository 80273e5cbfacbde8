"""Which messages of a late plan are sent, and which are withheld."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.desk import ANA, Desk, utc
from tests.support.small_rule_set import SUPPORT, WEEKDAYS
from ticketflow import (
    After,
    Automation,
    Created,
    Elapsed,
    Ladder,
    Rules,
    Rung,
    State,
    StateIs,
    Transition,
    Workflow,
    evaluate,
)
from ticketflow.engine.planning import Plan
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.service.delivery import Deliveries, Mode, Within, deliveries

NINE = utc(2026, 11, 23, 9)
WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")), (Transition("close", ("open",), "closed", may=SUPPORT),)
)
LADDER = Ladder(
    "wait",
    Created(),
    StateIs("open"),
    (
        Rung(Elapsed(hours=1), SendMessage("first")),
        Rung(Elapsed(hours=2), SendMessage("second")),
        Rung(Elapsed(hours=9), Move("close"), SendMessage("bye")),
    ),
)
OTHER = Automation("other", After(Elapsed(hours=1), Created()), (SendMessage("other"), SendMessage("again")))


def planned(now: datetime, modes: dict[str, Mode | Within] | None = None, **default: Mode | Within) -> Deliveries:
    desk = Desk(Rules("late", WORKFLOW, WEEKDAYS, (LADDER, OTHER)))
    desk.open(NINE, by=ANA)
    return deliveries(evaluate(now, desk.ticket, desk.rules), now, modes or {}, **default)


def shown(found: Deliveries) -> tuple[list[str], list[tuple[str, str]]]:
    withheld = [(each.delivery.request.template, str(each.why)) for each in found.withheld]
    return [each.request.template for each in found.send], withheld


class TestModes:
    """At 11:00 both reminders are due: the first since 10:00, the second since 11:00."""

    def test_the_latest_of_an_episode_is_sent(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 11))) == (["other", "again", "second"], [("first", "latest_is_sent")])

    def test_all_messages_are_sent_in_the_order_of_the_plan(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 11), default="all")) == (["other", "again", "first", "second"], [])

    def test_the_earliest_of_an_episode_is_sent(self) -> None:
        send, withheld = shown(planned(utc(2026, 11, 23, 11), {"wait": "earliest"}))
        assert ("first" in send, withheld) == (True, [("second", "earliest_is_sent")])

    def test_a_message_later_than_its_grace_is_withheld(self) -> None:
        send, withheld = shown(planned(utc(2026, 11, 23, 11), {"wait": Within(Elapsed(minutes=30))}))
        assert ("second" in send, withheld) == (True, [("first", "late")])

    def test_a_plan_in_time_is_sent_whole(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 10)))[1] == []


def test_a_reminder_whose_ladder_closes_the_ticket_is_withheld() -> None:
    """A customer is not asked for an answer and told in the same minute that the ticket is closed."""
    send, withheld = shown(planned(utc(2026, 11, 24), default="all"))
    assert "bye" in send, "the message of the closing step itself is sent"
    assert withheld == [("first", "ticket_closes"), ("second", "ticket_closes")]


def test_sent_and_withheld_messages_are_all_messages_of_the_plan() -> None:
    for hour in range(9, 20):
        modes: tuple[Mode | Within, ...] = ("all", "latest", "earliest", Within(Elapsed(hours=1)))
        for mode in modes:
            now = utc(2026, 11, 23, hour)
            asked = {"first": 10, "other": 10, "again": 10, "second": 11, "bye": 18}
            found = planned(now, default=mode)
            names = [each.request.template for each in (*found.send, *(held.delivery for held in found.withheld))]
            assert sorted(names) == sorted(name for name, due in asked.items() if due <= hour)


def test_unknown_modes_are_refused() -> None:
    with pytest.raises(
        BadValueError, match=r"mode 'lates' does not exist; give all, latest, earliest or Within\(\.\.\.\)"
    ):
        planned(NINE, {"wait": "lates"})  # type: ignore[dict-item]
    with pytest.raises(BadValueError, match="modes is 5; give a mapping from rule ids to modes"):
        deliveries(Plan(), NINE, 5)  # type: ignore[arg-type]
    with pytest.raises(NaiveDatetimeError, match="now is"):
        planned(datetime(2026, 11, 23))  # noqa: DTZ001 -- the point
