"""Follow-ups that were stored name the history that they go on from."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from ticketflow import (
    BusinessCalendar,
    Rules,
    State,
    Ticket,
    Transition,
    Workflow,
    commands,
    documents,
    handle,
    replay,
)
from ticketflow.documents.conversion import history_digest
from ticketflow.errors import BadValueError, HistoryError
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.events import Opened
from ticketflow.tickets.unloaded import UnloadedHistory

NINE = utc(2026, 11, 23, 9)
PLACES = (State("open"), State("closed", "closed", survey_open=True))
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
RULES = Rules("tiny", Workflow(PLACES, (Transition("close", ("open",), "closed", may=("agent",)),)), OFFICE)


def closed(ticket: Ticket | None = None, name: str = "T-0") -> Ticket:
    """Return a closed ticket; of *ticket* a follow-up."""
    at = NINE if ticket is None else ticket.changed_at
    opening: commands.Command = commands.Open(name, at=at, by=CUSTOMER)
    if ticket is not None:
        opening = commands.FollowUp(name, at=at, by=CUSTOMER)
    decision = handle(ticket, opening, RULES).unwrap()
    opened = decision.created or decision.ticket
    return handle(opened, commands.Move("close", at=at, by=ANA), RULES).unwrap().ticket


def stored(ticket: Ticket) -> Ticket:
    """Return a ticket as it is read from its document."""
    return documents.read("ticket", documents.write(ticket))


FIRST = closed()
SECOND = closed(FIRST, "T-1")
THIRD = closed(SECOND, "T-2")

QUESTIONS: tuple[Callable[[PersistentList[Any]], object], ...] = (
    list,
    lambda history: list(reversed(history)),
    lambda history: history[0],
    lambda history: history[-1:],
    lambda history: history.first,
    lambda history: history.last,
    lambda history: history.before,
    lambda history: history.after(1),
    lambda history: FIRST in history,
    lambda history: history.index(FIRST),
)


class TestUnloadedHistory:
    def test_its_length_is_known(self) -> None:
        earlier = stored(SECOND).earlier
        assert (len(earlier or ()), repr(earlier)) == (
            2,
            f"UnloadedHistory('T-0', 2, {history_digest(FIRST.history)!r})",
        )

    def test_it_is_equal_to_its_history_in_every_form(self) -> None:
        snapshot = documents.read_snapshot(documents.write_snapshot(FIRST), history_digest(FIRST.history))
        for history in (FIRST.history, snapshot.history, stored(SECOND).earlier):
            assert history == stored(SECOND).earlier
            assert stored(SECOND).earlier == history
            assert SECOND.history != stored(SECOND).earlier
        assert stored(SECOND).with_earlier(snapshot) == stored(SECOND)
        assert stored(SECOND) == stored(SECOND).with_earlier(snapshot)

    @pytest.mark.parametrize("ask", QUESTIONS)
    def test_asking_for_an_entry_is_an_error_of_ours(self, ask: Callable[[PersistentList[Any]], object]) -> None:
        earlier = stored(SECOND).earlier
        assert isinstance(earlier, UnloadedHistory)
        with pytest.raises(HistoryError) as caught:
            ask(earlier)
        assert (caught.value.ticket, caught.value.what) == ("T-0", "the history was not loaded")
        assert caught.value.fix == "read ticket 'T-0', and give it to Ticket.with_earlier of its follow-up"

    def test_a_stored_follow_up_equals_the_one_in_memory(self) -> None:
        for ticket in (SECOND, THIRD):
            assert stored(ticket) == ticket
            assert ticket == stored(ticket)
            assert stored(ticket) == stored(ticket)
            assert hash(stored(ticket)) == hash(ticket)
            assert stored(stored(ticket)) == ticket
            assert replay(stored(ticket).history) == ticket

    def test_names_of_other_histories_are_not_equal(self) -> None:
        name = stored(SECOND).earlier
        other = stored(closed(closed(None, "T-9"), "T-1")).earlier
        assert name != other
        assert name != UnloadedHistory("T-0", 1, history_digest(FIRST.history), history_digest)
        assert name != UnloadedHistory("T-0", 2, "0" * 20, history_digest)
        assert name != FIRST.history.before
        assert name != [1, 2]
        opening = SECOND.history.first.events[0]
        assert isinstance(opening, Opened)
        assert attrs.evolve(opening, earlier=name) == opening
        assert attrs.evolve(opening, earlier=other) != opening
        assert attrs.evolve(opening, earlier=other) != attrs.evolve(opening, earlier=name)
        assert len({name, stored(SECOND).earlier}) == 1

    def test_later_entries_of_the_closed_ticket_do_not_matter(self) -> None:
        rated = handle(FIRST, commands.Rate(3, at=NINE, by=CUSTOMER), RULES).unwrap().ticket
        assert rated.version == 3
        assert stored(SECOND).with_earlier(rated).earlier == FIRST.history
        later = closed(rated, "T-1")
        assert later != SECOND
        assert stored(later) != SECOND
        assert stored(later) != stored(SECOND)

    def test_a_name_of_another_ticket_is_refused(self) -> None:
        first, *others = stored(SECOND).history
        opened = tuple(
            attrs.evolve(event, follows="T-9") if isinstance(event, Opened) else event for event in first.events
        )
        with pytest.raises(HistoryError, match="the history behind it is of 'T-0'"):
            replay([attrs.evolve(first, events=opened), *others])

    def test_it_can_be_copied_and_pickled(self) -> None:
        back = stored(THIRD)
        assert copy.deepcopy(back) is back
        assert pickle.loads(pickle.dumps(back)) == THIRD  # noqa: S301 -- our own
        assert pickle.loads(pickle.dumps(back.earlier)) == SECOND.history  # noqa: S301 -- our own

    def test_a_chain_is_as_short_as_one_follow_up(self) -> None:
        ticket, lengths = FIRST, []
        for number in range(1, 31):
            ticket = closed(ticket, f"T-{number}")
            lengths.append(len(documents.write(ticket)))
        assert max(lengths) - min(lengths) <= 4  # the digits of its number

    def test_the_digest_of_a_history_is_that_of_its_name(self) -> None:
        name = stored(THIRD).earlier
        assert name is not None
        assert history_digest(name) == history_digest(SECOND.history) == history_digest(stored(SECOND).history)


class TestWithEarlier:
    def test_the_history_is_given_back(self) -> None:
        second = stored(SECOND).with_earlier(stored(FIRST))
        assert [*(second.earlier or ())] == [*FIRST.history]
        assert second == SECOND
        (opened,) = (event for event in second.history.first.events if isinstance(event, Opened))
        assert opened.earlier is second.earlier
        third = stored(THIRD).with_earlier(second)
        assert third.history.first.events == THIRD.history.first.events

    def test_a_history_that_was_never_stored_is_taken_again(self) -> None:
        assert SECOND.with_earlier(FIRST) == SECOND

    OTHER_FIFTH = attrs.evolve(closed(None, "T-5"), history=closed(None, "T-9").history)
    """A ticket of the id that is named, with another history."""

    @pytest.mark.parametrize("other", [closed(None, "T-9"), SECOND, replay([*FIRST.history][:1]), OTHER_FIFTH])
    def test_another_ticket_is_refused(self, other: Ticket) -> None:
        ticket = stored(closed(closed(None, "T-5"), "T-6"))
        with pytest.raises(
            HistoryError, match=r"^history of ticket 'T-6', entry 0: it does not go on from version 2 of"
        ):
            ticket.with_earlier(other)

    def test_a_ticket_that_follows_up_nothing_is_refused(self) -> None:
        with pytest.raises(
            HistoryError, match=r"^history of ticket 'T-0', entry 0: it does not go on from version 0 of"
        ):
            FIRST.with_earlier(FIRST)

    def test_what_is_no_ticket_is_refused(self) -> None:
        with pytest.raises(BadValueError, match=r"^ticket 5 is not a Ticket"):
            SECOND.with_earlier(5)  # type: ignore[arg-type]
