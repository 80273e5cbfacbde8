"""Where a customer's message belongs (F1, as far as states go)."""

from __future__ import annotations

from datetime import datetime

from desk import ANA, CUSTOMER, utc
from small import small
from ticketflow import After, Automation, Created, Elapsed, Ticket, accepted, advance, commands, handle
from ticketflow.actions import Move
from ticketflow.intake import Append, FollowUp, OpenNew, route

RULES = small(Automation("close", After(Elapsed(days=1), Created()), (Move("archive"),)))


def ticket(name: str, last_active: datetime, *, closed: bool = False) -> Ticket:
    made = accepted(handle(None, commands.Open(name, at=utc(2026, 11, 20), by=CUSTOMER), RULES)).ticket
    if closed:
        return advance(last_active, made, RULES)
    return accepted(handle(made, commands.Assign("ana", at=last_active, by=ANA), RULES)).ticket


EARLY, LATE, NEXT_DAY = utc(2026, 11, 20, 9), utc(2026, 11, 20, 10), utc(2026, 11, 21)


def test_f1_with_no_ticket_a_new_one() -> None:
    assert route([]) == OpenNew()


def test_f1_open_goes_before_closed_however_old() -> None:
    assert route([ticket("C", NEXT_DAY, closed=True), ticket("A", EARLY)]) == Append("A")


def test_f1_a_closed_one_is_followed_up() -> None:
    assert route([ticket("C", NEXT_DAY, closed=True)]) == FollowUp("C")


def test_f1_among_equals_the_last_active_then_the_smaller_id() -> None:
    assert route([ticket("A", EARLY), ticket("B", LATE)]) == Append("B")
    assert route([ticket("B", LATE), ticket("A", LATE)]) == Append("A")


def test_f1_a_named_reply_goes_first() -> None:
    candidates = [ticket("A", LATE), ticket("C", NEXT_DAY, closed=True)]
    assert route(candidates, reply_to="C") == FollowUp("C")
    assert route(candidates, reply_to="unknown") == Append("A")
