"""A compiled condition knows since when it has held, and looks at each change once."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

from ticketflow import (
    Actor,
    BusinessCalendar,
    Field,
    FieldIs,
    Rules,
    State,
    Ticket,
    Transition,
    Workflow,
    commands,
    decide,
)
from ticketflow.tickets.ticket import SINCES
from ticketflow.workflow.conditions import Compiled, Not, compiled, true_since

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = Actor("agent", "ana")
POSITIVE = FieldIs("n", at_least=1)


def desk() -> Rules:
    """Return a desk with a field for numbers."""
    states, close = (State("open"), State("closed", "closed")), Transition("close", {"open"}, "closed", may={"agent"})
    workflow = Workflow(states, (close,), (Field("n", kind="number"),))
    return Rules("desk", workflow, BusinessCalendar("UTC", "mon-fri 09:00-18:00"))


RULES = desk()


def after(*values: int | None) -> Ticket:
    """Return a ticket whose field was set to these values, one after another."""
    ticket = decide(None, commands.Open("T-1", at=START, by=ANA), RULES).unwrap().ticket
    for value in values:
        ticket = set_to(value, ticket)
    return ticket


def set_to(value: int | None, ticket: Ticket) -> Ticket:
    """Return the ticket with another value of the field."""
    at = START + ticket.version * timedelta(hours=1)
    return decide(ticket, commands.SetFields({"n": value}, at=at, by=ANA), RULES).unwrap().ticket


def sequence(condition: Compiled, ticket: Ticket, moved: int | None = None) -> int | None:
    """Return the sequence of the entry since which a condition has held.

    Args:
        condition: The condition.
        ticket: The ticket.
        moved: The sequence of the change whose mark shortens the search.
    """
    changes = {change.mark.sequence: change.mark for change in ticket.trails["field.n"]}
    found = condition.true_since(ticket, None if moved is None else changes[moved])
    return None if found is None else found.sequence


def test_it_counts_from_the_last_change_that_made_it_true() -> None:
    asked = compiled(POSITIVE)
    assert sequence(asked, after(0, 1, 2, 0, 3, 4)) == 5
    assert sequence(asked, after(1, 0)) is None
    assert true_since(POSITIVE, after(0, 1, 2)) == compiled(POSITIVE).true_since(after(0, 1, 2))


def test_what_holds_without_any_value_has_held_since_the_opening() -> None:
    ticket = after(0, None, 0)
    assert compiled(Not(POSITIVE)).true_since(ticket) == ticket.marks["created"]


def test_what_was_found_is_handed_down_and_stays_right() -> None:
    asked, ticket = compiled(POSITIVE), after(0, 1)
    for value in (2, 3, 0, 4, 5):
        ticket = set_to(value, ticket)
        assert sequence(asked, ticket) == sequence(compiled(POSITIVE), ticket)


def test_an_older_version_and_a_branch_get_their_own_answers() -> None:
    asked, before = compiled(POSITIVE), after(0, 1, 2)
    one, other = set_to(3, before), set_to(0, before)
    assert [sequence(asked, each) for each in (one, other, before, set_to(1, other))] == [2, None, 2, 5]


def test_a_search_that_was_cut_short_is_no_answer_to_a_longer_one() -> None:
    asked, ticket = compiled(POSITIVE), after(0, 1, 2, 3, 4)
    assert sequence(asked, ticket, moved=4) == 4
    assert sequence(asked, set_to(5, ticket), moved=4) == 4
    assert sequence(asked, set_to(5, ticket), moved=3) == 3
    assert sequence(asked, ticket) == 2


def test_what_is_kept_is_bounded_and_no_part_of_the_ticket() -> None:
    ticket = after(0, 1, 2)
    for _ in range(600):
        assert sequence(compiled(POSITIVE), ticket) == 2
    assert len(ticket.__dict__[SINCES]) < 300
    assert pickle.dumps(ticket) == pickle.dumps(after(0, 1, 2))
    assert ticket == after(0, 1, 2)
