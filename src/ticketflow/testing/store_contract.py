"""The tests that every store can inherit."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from string import ascii_letters, digits, punctuation
from typing import Generic, TypeVar

import attrs
import pytest

from ticketflow import documents
from ticketflow.calendars import country_holidays
from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.errors import ConflictError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules
from ticketflow.service.intake import Append, Arrival, FollowUp, route
from ticketflow.service.rule_changes import outdated
from ticketflow.service.storage import Store, find_outdated
from ticketflow.service.transactions import OutboxItem, Transaction, row_of, transact, transact_due
from ticketflow.testing.memory_store import InjectedFailure, MemoryStore
from ticketflow.testing.sample_desk import (
    ANA,
    BRUNO,
    DAY,
    DESK,
    EVER,
    HOUR,
    NINE,
    ask,
    close,
    desk,
    desk_with_holidays,
    give,
    opened,
    opening,
    set_fields,
    stored,
    wake,
    write,
)
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket

S = TypeVar("S", bound=Store)

MICROSECOND = timedelta(microseconds=1)


class StoreContract(ABC, Generic[S]):
    """Tests of a store (`ticketflow.service.Store`). Inherit from it, and say how to make and to break the store.

    All tests are short, and each begins with an empty store.

    >>> from ticketflow.testing import MemoryStore, StoreContract
    >>> class TestMyStore(StoreContract[MemoryStore]):
    ...     def new_store(self): return MemoryStore()
    ...     def reopen(self, store): return MemoryStore(store.database)
    ...     def failing(self, store, step): ...  # docs/how-to.md shows it
    ...     def damage_snapshot(self, store, ticket, text): store.database.snapshots[ticket] = text
    """

    @abstractmethod
    def new_store(self) -> S:
        """Return an empty store. It is called once in a test."""

    @abstractmethod
    def reopen(self, store: S) -> S:
        """Return another store on the same data: that of another worker, or of a worker that starts after a crash."""

    @abstractmethod
    def failing(self, store: S, step: int) -> AbstractContextManager[object]:
        """Return a block in which the storage fails at a write.

        Raise `InjectedFailure` in place of the write statement with the number *step*; the first one in the block is 0.
        If the block makes fewer writes, nothing fails.
        """

    @abstractmethod
    def damage_snapshot(self, store: S, ticket: str, text: str) -> None:
        """Put *text* in the place of the snapshot of a ticket. Do nothing if the store keeps no snapshots."""

    # Tickets, rows and entries.

    def test_what_is_not_stored_is_not_found(self) -> None:
        store = self.new_store()
        assert (store.load("T-1"), store.row("T-1"), store.rules("0")) == (None, None, None)
        found = (store.entries("T-1"), store.withheld("T-1"), store.follow_ups("T-1"), store.to_send(EVER, 9))
        assert [*map(len, found)] == [0, 0, 0, 0]
        assert (len(store.requested_by("bruno", 9)), len(store.mentioning("bruno"))) == (0, 0)
        assert (store.next_due(), len(store.rules_in_use()), len(store.outdated("0", "all", 9))) == (None, 0, 0)
        with store.claim_due(EVER, 9) as claimed:
            assert len(claimed) == 0

    def test_a_stored_ticket_is_loaded(self) -> None:
        store = self.new_store()
        opened(store)
        ticket = give(store, ask()).writes[0].ticket
        assert stored(store) == stored(self.reopen(store)) == ticket

    def test_the_row_is_stored_with_every_fact(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, commands.Assign("ana", at=NINE, by=ANA))
        give(store, ask())
        row = self.reopen(store).row("T-1")
        assert row == row_of(stored(store), DESK)
        assert row is not None
        assert (row.requester, row.assignee, row.next_due) == ("bruno", "ana", NINE + HOUR + DAY)
        assert [at and at.tzinfo for at in (row.active_at, row.next_due, row.unknown_from)] == [UTC, UTC, None]

    def test_entries_come_in_their_order(self) -> None:
        store = self.new_store()
        opened(store)
        for number in range(12):
            give(store, write(NINE + HOUR, message=f"m{number}"))
        version = stored(store).version
        assert version > 20, "there must be sequences of two digits"
        assert [entry.sequence for entry in store.entries("T-1")] == [*range(version)]
        assert [entry.sequence for entry in store.entries("T-1", 9)] == [*range(9, version)]
        assert [*store.entries("T-1")] == [*stored(store).history]
        assert len(store.entries("T-1", version)) == 0

    def test_each_ticket_has_its_own_entries(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        give(store, ask(), "T-2")
        assert (stored(store, "T-1").state, stored(store, "T-2").state) == ("open", "waiting")
        assert len(store.entries("T-2")) == len(store.entries("T-1")) + 1

    def test_a_ticket_of_a_thousand_entries(self) -> None:
        store = self.new_store()
        opened(store)
        ticket, entries = stored(store), list[events.Entry]()
        while len(entries) < 1000:
            answer = transact(ticket, set_fields(topic=f"topic {len(entries)}"), DESK).writes[0]
            ticket, entries = answer.ticket, [*entries, *answer.entries]
        found = transact(stored(store), set_fields(), DESK)
        whole = attrs.evolve(found.writes[0], ticket=ticket, entries=tuple(entries), row=row_of(ticket, DESK))
        store.commit(attrs.evolve(found, writes=(whole,)))
        assert stored(self.reopen(store)) == ticket
        assert len(store.entries("T-1")) == ticket.version

    # Strange and far values.

    @pytest.mark.parametrize(
        "name",
        [
            *(f"{a}{punctuation}{b}" for a, b in (("", ""), ("%", "_"), ("';drop", "\\"))),
            "0",
            "-1",
            "null",
            "NULL",
            "a" * 256,
            "../T",
            ascii_letters + digits,
            "%s",
            "{0}",
            ":name",
            "?",
        ],
    )
    def test_an_id_is_stored_as_it_is(self, name: str) -> None:
        store = self.new_store()
        store.keep_rules(DESK)
        person, message = Actor("customer", name), Message(name)
        store.commit(transact(None, commands.Open(name, message=message, at=NINE, by=person, event_id=name), DESK))
        ticket = stored(self.reopen(store), name)
        assert (ticket.id, ticket.requester, [*ticket.delivery_ids]) == (name, name, [name])
        row = store.row(name)
        assert row is not None
        assert (row.ticket, row.requester, [*store.requested_by(name, 9)]) == (name, name, [name])
        assert (name in store.mentioning(name), {each.recipient for each in store.to_send(EVER, 9)}) == (
            True,
            {name, None},
        )

    def test_ids_differ_by_case(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "t-1")
        give(store, ask(), "t-1")
        assert (stored(store, "T-1").state, stored(store, "t-1").state) == ("open", "waiting")
        assert len(store.requested_by("Bruno", 9)) == 0

    @pytest.mark.parametrize(
        "text", ["Em análise", "日本語 \U0001f600", 'it\'s "so" \\ % _', "two\nlines\t\x00\x7f", "", " "]
    )
    def test_texts_are_stored_as_they_are(self, text: str) -> None:
        store = self.new_store()
        opened(store)
        give(store, set_fields(topic=text))
        assert stored(self.reopen(store)).fields["topic"] == text
        assert replay(store.entries("T-1")) == stored(store)

    @pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63), True, None])
    def test_numbers_and_truth_values_are_stored_as_they_are(self, number: int | None) -> None:
        store = self.new_store()
        opened(store)
        give(store, set_fields(topic="first"))
        give(store, set_fields(topic=number))
        assert repr(stored(self.reopen(store)).fields["topic"]) == repr(number)

    @pytest.mark.parametrize(
        "at",
        [
            datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(9999, 12, 28, 23, 59, 59, 999_999, tzinfo=UTC),
        ],
    )
    def test_instants_are_exact_to_the_microsecond(self, at: datetime) -> None:
        store = self.new_store()
        store.keep_rules(DESK)
        store.commit(opening(at=at))
        due = at + 5 * MICROSECOND
        give(store, set_fields(at + MICROSECOND, review=due))
        row = store.row("T-1")
        assert row is not None
        assert (row.active_at, row.next_due, store.next_due()) == (at, due, due)
        assert stored(self.reopen(store)).changed_at == at + MICROSECOND
        assert (_claimed(store, due - MICROSECOND), _claimed(store, due)) == ([], ["T-1"])

    # Optimistic concurrency.

    def test_of_two_workers_with_one_version_the_second_is_refused(self) -> None:
        store = self.new_store()
        opened(store)
        other = self.reopen(store)
        mine, theirs = (transact(stored(each), write(NINE + HOUR), DESK) for each in (store, other))
        version = stored(store).version
        store.commit(mine)
        with pytest.raises(ConflictError) as caught:
            other.commit(theirs)
        assert (caught.value.ticket, caught.value.version) == ("T-1", version)
        assert stored(store) == stored(other) == mine.writes[0].ticket

    def test_the_refused_worker_loads_the_ticket_and_goes_on(self) -> None:
        store = self.new_store()
        opened(store)
        other = self.reopen(store)
        late = transact(stored(other), set_fields(topic="late"), DESK)
        give(store, ask())
        with pytest.raises(ConflictError):
            other.commit(late)
        give(other, set_fields(topic="late"))
        assert (stored(store).state, stored(store).fields["topic"]) == ("waiting", "late")

    def test_a_wake_up_loses_against_a_command(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        other, now = self.reopen(store), NINE + 3 * DAY
        waking = transact_due(now, stored(other), DESK)
        answer = give(store, write(NINE + 2 * HOUR))
        row, items = store.row("T-1"), len(store.to_send(EVER, 99))
        with pytest.raises(ConflictError):
            other.commit(waking)
        assert (stored(store), store.row("T-1"), len(store.to_send(EVER, 99))) == (answer.writes[0].ticket, row, items)

    def test_a_wake_up_without_entries_loses_against_a_command(self) -> None:
        """Its row says when the ticket was due before the command."""
        store = self.new_store()
        opened(store)
        waking = transact_due(NINE + HOUR, stored(store), DESK)
        assert waking.writes[0].entries == ()
        give(store, ask())
        row = store.row("T-1")
        with pytest.raises(ConflictError):
            store.commit(waking)
        assert store.row("T-1") == row

    def test_a_command_loses_against_a_wake_up(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        late = transact(stored(store), write(NINE + 3 * DAY), DESK)
        wake(self.reopen(store), NINE + 3 * DAY)
        with pytest.raises(ConflictError):
            store.commit(late)

    def test_an_opening_of_a_ticket_that_exists_is_refused(self) -> None:
        store = self.new_store()
        opened(store)
        with pytest.raises(ConflictError) as caught:
            self.reopen(store).commit(opening(by=Actor("customer", "carla")))
        assert (caught.value.ticket, caught.value.version) == ("T-1", 0)
        assert stored(store).requester == "bruno"

    def test_a_history_has_no_gaps(self) -> None:
        store = self.new_store()
        opened(store)
        first = transact(stored(store), ask(), DESK)
        second = transact(first.writes[0].ticket, write(NINE + 2 * HOUR), DESK)
        with pytest.raises(ConflictError):
            store.commit(second)
        store.commit(first)
        store.commit(second)
        assert stored(store) == second.writes[0].ticket

    def test_a_conflict_on_the_first_ticket_stores_nothing_of_the_others(self) -> None:
        store = self.new_store()
        opened(store)
        late = transact(stored(store), close(again=True), DESK)
        assert len(late.writes) == 2
        give(store, set_fields(topic="x"))
        before = _contents(store)
        with pytest.raises(ConflictError):
            store.commit(late)
        assert _contents(store) == before
        assert store.load(late.writes[1].row.ticket) is None

    def test_a_conflict_on_the_last_ticket_stores_nothing_of_the_others(self) -> None:
        store = self.new_store()
        opened(store)
        closing = transact(stored(store), close(again=True), DESK)
        follow_up = closing.writes[1].row.ticket
        opened(store, follow_up)
        before = _contents(store, "T-1", follow_up)
        with pytest.raises(ConflictError) as caught:
            store.commit(closing)
        assert (caught.value.ticket, caught.value.version) == (follow_up, 0)
        assert _contents(store, "T-1", follow_up) == before
        assert stored(store).state == "open"

    def test_tickets_do_not_hinder_each_other(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        other = self.reopen(store)
        mine, theirs = transact(stored(store), ask(), DESK), transact(stored(other, "T-2"), ask(), DESK)
        store.commit(mine)
        other.commit(theirs)
        assert (stored(store, "T-1").state, stored(store, "T-2").state) == ("waiting", "waiting")

    def test_threads_that_write_on_one_ticket_lose_nothing(self) -> None:
        store = self.new_store()
        opened(store)
        before = stored(store).version

        def work(name: str) -> None:
            mine = self.reopen(store)
            for number in range(8):
                _insist(mine, set_fields(topic=f"{name} {number}"))

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            with ThreadPoolExecutor() as threads:
                assert [*threads.map(work, ("one", "two", "three"))] == [None] * 3
        finally:
            sys.setswitchinterval(interval)
        assert [entry.sequence for entry in store.entries("T-1")] == [*range(before + 24)]

    # Exactly once.

    def test_a_transaction_is_stored_once(self) -> None:
        store = self.new_store()
        opened(store)
        answer = give(store, write(NINE + HOUR))
        before = _contents(store)
        with pytest.raises(ConflictError):
            self.reopen(store).commit(answer)
        assert _contents(store) == before

    def test_a_repeated_command_is_recognized(self) -> None:
        """The sender did not get the answer, because the service stopped after the commit."""
        store = self.new_store()
        opened(store)
        give(store, write(NINE + HOUR, event_id="mail-7"))
        before = _contents(store)
        store = self.reopen(store)
        again = give(store, write(NINE + HOUR, event_id="mail-7"))
        assert isinstance(again.decision, Accepted)
        assert (again.decision.is_repeated, again.writes, again.outbox) == (True, (), ())
        assert _contents(store) == before

    def test_a_repeated_opening_is_recognized(self) -> None:
        store = self.new_store()
        store.keep_rules(DESK)
        store.commit(opening(event_id="form-1"))
        with pytest.raises(ConflictError):
            store.commit(opening(event_id="form-1"))
        command = commands.Open("T-1", message=Message("m1"), at=NINE, by=BRUNO, event_id="form-1")
        again = transact(stored(store), command, DESK)
        assert isinstance(again.decision, Accepted)
        assert again.decision.is_repeated

    def test_a_repeated_follow_up_is_recognized(self) -> None:
        """Its id follows from that of the closed ticket and that of the delivery."""
        store = self.new_store()
        opened(store)
        give(store, close())
        command = commands.FollowUp(event_id="mail-8", message=Message("m9"), at=NINE + DAY, by=BRUNO)
        name = command.ticket_id("T-1")
        first = transact(stored(store), command, DESK, store.load(name))
        store.commit(first)
        with pytest.raises(ConflictError):
            self.reopen(store).commit(first)
        again = transact(stored(store), command, DESK, self.reopen(store).load(name))
        assert isinstance(again.decision, Accepted)
        assert (again.decision.is_repeated, again.writes) == (True, ())
        assert [*store.follow_ups("T-1")] == [name]

    def test_a_repeated_wake_up_does_nothing(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        wake(store, NINE + 3 * DAY)
        before = _contents(store)
        assert wake(self.reopen(store), NINE + 3 * DAY).outbox == ()
        assert _contents(store) == before

    def test_a_refusal_stores_nothing(self) -> None:
        store = self.new_store()
        opened(store)
        before = _contents(store)
        refused = transact(stored(store), commands.Move("nowhere", at=NINE, by=ANA), DESK)
        assert isinstance(refused.decision, Refused)
        store.commit(refused)
        assert _contents(store) == before

    # What is due.

    def test_due_tickets_are_claimed_earliest_first(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2", "T-3", "T-4", "T-5")
        for name, hours in (("T-4", 1), ("T-2", 2), ("T-3", 2), ("T-1", 5)):
            give(store, set_fields(NINE, review=NINE + hours * HOUR), name)
        assert self.reopen(store).next_due() == NINE + HOUR
        assert _claimed(store, NINE + 5 * HOUR - MICROSECOND) == ["T-4", "T-2", "T-3"]
        assert _claimed(store, NINE + 5 * HOUR) == ["T-4", "T-2", "T-3", "T-1"]
        assert _claimed(store, EVER, 2) == ["T-4", "T-2"]

    def test_a_ticket_is_claimed_until_nothing_is_due(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        for day, state in ((1, "waiting"), (2, "waiting"), (3, "closed")):
            now = NINE + HOUR + day * DAY
            with store.claim_due(now, 9) as names:
                for name in names:
                    wake(store, now, name)
            assert ([*names], stored(store).state) == (["T-1"], state)
        assert (store.next_due(), _claimed(store, EVER)) == (None, [])

    def test_a_command_moves_the_instant_at_which_a_ticket_is_due(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        give(store, set_fields(NINE + 2 * HOUR, review=NINE + 3 * HOUR))
        assert (store.next_due(), _claimed(store, NINE + 3 * HOUR)) == (NINE + 3 * HOUR, ["T-1"])
        give(store, set_fields(NINE + 2 * HOUR, review=None))
        assert (store.next_due(), _claimed(store, NINE + 3 * HOUR)) == (NINE + HOUR + DAY, [])

    def test_a_wake_up_without_entries_stores_the_row(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        slower = desk(days=2)
        store.keep_rules(slower)
        assert wake(store, NINE + HOUR, rules=slower).writes[0].entries == ()
        row = store.row("T-1")
        assert row is not None
        assert (row.rules, row.next_due, store.next_due()) == (slower.digest, NINE + HOUR + 2 * DAY, row.next_due)

    def test_two_claims_at_once_carry_out_everything_once(self) -> None:
        """The second claim skips the tickets of the first one, or its commits are refused."""
        store = self.new_store()
        other, now, names = self.reopen(store), NINE + DAY + HOUR, [f"T-{number}" for number in range(1, 7)]
        opened(store, *names)
        for name in names:
            give(store, ask(), name)
        with store.claim_due(now, 3) as mine, other.claim_due(now, 6) as others:
            claims = [(store, name) for name in mine] + [(other, name) for name in others]
            work = [(each, transact_due(now, stored(each, name), DESK)) for each, name in claims]
            assert {name for _, name in claims} == {*names}
            for each, made in work:
                try:
                    each.commit(made)
                except ConflictError:
                    assert each is other, "nobody was faster than the first claim"
        assert _templates(store.to_send(EVER, 99)).count("remind-1") == len(names)
        assert {len(store.entries(name)) for name in names} == {stored(store).version}
        assert _claimed(store, now) == []

    def test_a_claimed_ticket_that_was_not_woken_is_claimed_again(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        assert _claimed(store, EVER) == ["T-1"]
        assert _claimed(self.reopen(store), EVER) == ["T-1"]

    def test_after_an_exception_each_claimed_ticket_is_done_or_due(self) -> None:
        store = self.new_store()
        now, names = NINE + DAY + HOUR, ["T-1", "T-2", "T-3"]
        opened(store, *names)
        for name in names:
            give(store, ask(), name)
        with suppress(InjectedFailure), store.claim_due(now, 9) as claimed:
            for name in claimed[:2]:
                wake(store, now, name)
            raise InjectedFailure
        store = self.reopen(store)
        left = _claimed(store, now)
        done = [name for name in names if stored(store, name).history.last.at == now]
        assert sorted([*left, *done]) == names
        assert _templates(store.to_send(EVER, 99)).count("remind-1") == len(done)

    @pytest.mark.parametrize("step", [0, 1])
    def test_a_ticket_that_fails_in_a_claim_stops_no_other(self, step: int) -> None:
        """A store that writes a commit in one statement has no second one that could fail."""
        store = self.new_store()
        now, names, failed = NINE + DAY + HOUR, ["T-1", "T-2", "T-3"], list[str]()
        opened(store, *names)
        for name in names:
            give(store, ask(), name)
        with store.claim_due(now, 9) as claimed:
            for name in claimed:
                try:
                    with self.failing(store, step if name == "T-2" else sys.maxsize):
                        wake(store, now, name)
                except InjectedFailure:
                    store.set_aside(name, "it failed")
                    failed.append(name)
        assert failed == ["T-2"] or step == 1
        store = self.reopen(store)
        assert {**store.tickets_set_aside()} == dict.fromkeys(failed, "it failed")
        assert [stored(store, name).history.last.at < now for name in names] == [name in failed for name in names]
        assert _templates(store.to_send(EVER, 99)).count("remind-1") == len(names) - len(failed)

    def test_a_ticket_that_is_set_aside_is_not_due(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        give(store, ask(), "T-1")
        give(store, ask(NINE + 2 * HOUR), "T-2")
        store.set_aside("T-1", "first")
        store.set_aside("T-1", 'it\'s "broken" \\ ñ')
        store.set_aside("T-9", "unknown")
        other = self.reopen(store)
        assert {**other.tickets_set_aside()} == {"T-1": 'it\'s "broken" \\ ñ'}
        assert (other.next_due(), _claimed(other, EVER)) == (NINE + 2 * HOUR + DAY, ["T-2"])
        assert [*other.outdated(DESK.digest, "all", 9)] == ["T-2"]
        assert stored(other).state == "waiting"

    def test_a_ticket_is_put_back(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        store.set_aside("T-1", "broken")
        for name in ("T-1", "T-1", "T-9"):
            store.put_back(name)
        assert (store.next_due(), _claimed(store, EVER), len(store.tickets_set_aside())) == (
            NINE + HOUR + DAY,
            ["T-1"],
            0,
        )

    def test_a_commit_puts_a_ticket_back(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        store.set_aside("T-1", "broken")
        store.set_aside("T-2", "broken")
        give(store, ask(), "T-1")
        assert [*store.tickets_set_aside()] == ["T-2"]
        assert _claimed(store, EVER) == ["T-1"]

    # Follow-ups.

    def test_a_follow_up_is_stored_with_the_ticket_that_it_follows(self) -> None:
        store = self.new_store()
        opened(store)
        first, second = give(store, close(again=True)).writes
        store = self.reopen(store)
        closed, follow_up = stored(store), stored(store, second.row.ticket)
        assert (closed, closed.state) == (first.ticket, "closed")
        assert (follow_up, follow_up.follows, follow_up.with_earlier(closed)) == (second.ticket, "T-1", second.ticket)
        assert [*store.follow_ups("T-1")] == [follow_up.id]
        assert [*store.follow_ups(follow_up.id)] == []
        assert store.row(follow_up.id) == second.row

    def test_a_chain_of_follow_ups(self) -> None:
        store = self.new_store()
        opened(store)
        name, chain = "T-1", ["T-1"]
        for number in range(1, 4):
            name = give(store, close(NINE + number * HOUR, again=True), name).writes[1].row.ticket
            chain.append(name)
        for before, after in pairwise(chain):
            assert [*store.follow_ups(before)] == [after]
            assert stored(store, after).with_earlier(stored(store, before)).earlier == stored(store, before).history

    def test_several_follow_ups_of_one_ticket(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, close())
        for name in ("F-2", "F-10", "F-1"):
            give(store, commands.FollowUp(name, message=Message("m9"), at=NINE + DAY, by=BRUNO))
        assert [*store.follow_ups("T-1")] == ["F-1", "F-10", "F-2"]

    # The outbox.

    def test_items_come_in_the_order_in_which_they_were_stored(self) -> None:
        store = self.new_store()
        opened(store, "T-2", "T-1")
        give(store, write(NINE + HOUR), "T-2")
        assert [(item.ticket, item.entry.sequence, item.place) for item in self.reopen(store).to_send(EVER, 99)] == [
            *(("T-2", 1, place) for place in range(3)),
            *(("T-1", 1, place) for place in range(3)),
            *(("T-2", 4, place) for place in range(3)),
        ]
        assert [item.place for item in store.to_send(EVER, 2)] == [0, 1]

    def test_items_are_stored_as_they_were_made(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, set_fields(topic="ñ"))
        answer = give(store, write(NINE + HOUR))
        items = [item for item in self.reopen(store).to_send(EVER, 99) if item.entry.sequence >= 3]
        assert items == [*answer.to_send]
        assert [item.recipient for item in items] == ["bruno", "bruno", None]
        assert items[-1].request == events.Emitted("written", FrozenMap({"topic": "ñ"}))

    def test_the_recipient_is_the_one_of_that_instant(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, commands.SetRequester("carla", at=NINE + HOUR, by=ANA))
        assert {item.recipient for item in store.to_send(EVER, 99)} == {"bruno", None}

    def test_what_is_withheld_is_kept_with_its_reason_and_not_sent(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        give(store, ask(), "T-1")
        wake(store, NINE + 9 * DAY, "T-1")
        store = self.reopen(store)
        kept = [(item.request, item.withheld) for item in store.withheld("T-1")]
        assert [(getattr(request, "template", ""), why) for request, why in kept] == [
            ("written", "no_addressee"),
            ("remind-1", "ticket_closes"),
            ("remind-2", "ticket_closes"),
        ]
        assert _templates(store.to_send(EVER, 99)) == [*["we-got-it", "terms", "written"] * 2, "bye"]
        for item in store.withheld("T-1"):
            store.postpone(item.key, NINE, "no")
        assert len(store.to_send(EVER, 99)) == 7

    def test_an_item_that_is_marked_is_not_sent_again(self) -> None:
        store = self.new_store()
        opened(store)
        first, second, third = (item.key for item in store.to_send(EVER, 9))
        for key in (second, second, "unknown"):
            store.mark_sent(key, NINE + HOUR)
        assert [item.key for item in self.reopen(store).to_send(EVER, 9)] == [first, third]
        store.postpone(second, NINE, "too late")
        store.postpone(second, None, "too late")
        assert [item.key for item in store.to_send(EVER, 9)] == [first, third]
        assert len(store.given_up()) == 0

    def test_an_item_is_postponed(self) -> None:
        store = self.new_store()
        opened(store)
        first, second, third = (item.key for item in store.to_send(NINE, 9))
        store.postpone(first, NINE + HOUR, "busy")
        assert [item.key for item in self.reopen(store).to_send(NINE + HOUR - MICROSECOND, 9)] == [second, third]
        assert [item.key for item in store.to_send(NINE, 1)] == [second]
        assert [item.key for item in store.to_send(NINE + HOUR, 9)] == [first, second, third]
        store.mark_sent(first, NINE + HOUR)
        assert [item.key for item in store.to_send(EVER, 9)] == [second, third]

    def test_an_item_is_given_up_and_taken_up_again(self) -> None:
        store = self.new_store()
        opened(store)
        first, second, third = (item.key for item in store.to_send(EVER, 9))
        store.postpone(second, NINE, "busy")
        store.postpone(second, None, "no such address: ñ")
        store.postpone("unknown", None, "nothing")
        other = self.reopen(store)
        assert {**other.given_up()} == {second: "no such address: ñ"}
        assert [item.key for item in other.to_send(EVER, 9)] == [first, third]
        store.postpone(second, NINE, "with the right address")
        assert ([item.key for item in store.to_send(NINE, 9)], len(store.given_up())) == ([first, second, third], 0)
        store.postpone(second, None, "no")
        store.mark_sent(second, NINE)
        assert len(store.given_up()) == 0

    # Snapshots.

    @pytest.mark.parametrize("text", ["", "{}", "null", "\n", "not a snapshot", '{"format": "snapshot/1"}'])
    def test_a_damaged_snapshot_is_ignored(self, text: str) -> None:
        store = self.new_store()
        opened(store)
        ticket = give(store, ask()).writes[0].ticket
        self.damage_snapshot(store, "T-1", text)
        assert stored(self.reopen(store)) == ticket
        answer = give(store, write(NINE + 2 * HOUR))
        assert stored(self.reopen(store)) == answer.writes[0].ticket

    def test_a_snapshot_of_another_format_is_ignored(self) -> None:
        store = self.new_store()
        opened(store)
        ticket = stored(store)
        text = documents.write_snapshot(ticket)
        for other in (text.replace("snapshot/1", "snapshot/0"), text[: len(text) // 2]):
            self.damage_snapshot(store, "T-1", other)
            assert stored(self.reopen(store)) == ticket

    def test_a_snapshot_of_another_history_is_ignored(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        earlier, other = stored(store), stored(store, "T-2")
        ticket = give(store, ask()).writes[0].ticket
        for wrong in (earlier, other):
            self.damage_snapshot(store, "T-1", documents.write_snapshot(wrong))
            assert stored(self.reopen(store)) == ticket

    # Crash points.

    def test_a_crash_in_an_opening_stores_nothing_of_it(self) -> None:
        store = self.new_store()
        store.keep_rules(DESK)
        self._crash_everywhere(store, lambda each: each.commit(opening()))

    def test_a_crash_in_a_command_with_a_follow_up_stores_nothing_of_it(self) -> None:
        store = self.new_store()
        opened(store)
        closing = transact(stored(store), close(again=True), DESK)
        store = self._crash_everywhere(store, lambda each: each.commit(closing), "T-1", closing.writes[1].row.ticket)
        assert [stored(store, name).state for name in ("T-1", closing.writes[1].row.ticket)] == ["closed", "open"]
        keys = [item.key for item in store.to_send(EVER, 99)]
        assert {item.key for item in closing.to_send} <= {*keys}
        assert len(keys) == len({*keys})

    def test_a_crash_in_a_wake_up_stores_nothing_of_it(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, ask())
        store.set_aside("T-1", "broken")
        store = self._crash_everywhere(store, lambda each: wake(each, NINE + 2 * DAY))
        assert _templates(store.to_send(EVER, 99)).count("remind-1") == 1
        assert len(store.tickets_set_aside()) == 0

    def test_a_crash_in_an_erasure_stores_nothing_of_it(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        before = stored(store, "T-1"), stored(store, "T-2")
        after = _erased(*before)
        store = self._crash_everywhere(store, lambda each: each.replace(before, after), "T-1", "T-2")
        assert (stored(store, "T-1"), stored(store, "T-2")) == after

    def test_what_is_committed_survives(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, close(again=True))
        assert _contents(self.reopen(store)) == _contents(store)

    def test_a_service_that_crashes_anywhere_loses_and_doubles_nothing(self) -> None:
        """It starts again and does everything that is not done: each sender repeats its command, a worker wakes."""
        store, step, crashed = self.new_store(), 0, True
        while crashed:
            service = _Service(f"T-{step}")
            crashed = self._crashes(store, step, service.run)
            store = self.reopen(store)
            service.run(store)
            ticket, keys = service.expected()
            assert stored(store, service.ticket) == ticket, f"after a crash before write {step}"
            assert {*service.sent} == {*keys}, f"after a crash before write {step}"
            assert len(service.sent) - len(keys) <= crashed, "only the item that was not marked is sent twice"
            assert (store.next_due(), len(store.to_send(EVER, 99))) == (None, 0)
            step += 1
        assert step > 1, "the storage did not fail; see StoreContract.failing"

    def _crash_everywhere(self, store: S, work: Callable[[S], object], *tickets: str) -> S:
        """Do some work with a crash before each of its writes, one after another, and then without a crash."""
        before, step = _contents(store, *tickets), 0
        while self._crashes(store, step, work):
            store, step = self.reopen(store), step + 1
            assert _contents(store, *tickets) == before, f"a crash before write {step - 1} left something behind"
        assert step > 0, "the storage did not fail; see StoreContract.failing"
        after = _contents(store, *tickets)
        assert after != before
        assert _contents(self.reopen(store), *tickets) == after
        return store

    def _crashes(self, store: S, step: int, work: Callable[[S], object]) -> bool:
        try:
            with self.failing(store, step):
                work(store)
        except InjectedFailure:
            return True
        return False

    # Everything together.

    @pytest.mark.parametrize("seed", [0, 5])
    def test_random_work_leads_to_what_the_store_in_memory_has(self, seed: int) -> None:
        work = _Work(self.new_store(), seed)
        for number in range(50):
            work.do_something()
            if number % 10 == 0:
                work.store = self.reopen(work.store)
        assert len(work.done) >= 8, "the work must be of many kinds"
        assert work.conflicts > 0, "some of it must come too late"

    # Rule sets.

    def test_rules_are_kept_by_digest(self) -> None:
        store = self.new_store()
        kept = [DESK, desk(days=2), desk_with_holidays(2027)]
        for rules in (*kept, DESK):
            store.keep_rules(rules)
        store = self.reopen(store)
        for rules in kept:
            found = store.rules(rules.digest)
            assert found is not None
            assert (found.digest, outdated(rules, found)) == (rules.digest, "none")
        assert (store.rules("0" * 20), len(store.rules_in_use())) == (None, 0)

    def test_rules_stay_as_they_are_when_a_release_of_holidays_changes_a_date(self) -> None:
        """Documents list the dates only if they are asked to (`documents.write(rules, frozen=True)`)."""
        store, known = self.new_store(), public_holidays("UY")
        calendar = BusinessCalendar("America/Montevideo", "mon-fri 09:00-18:00", public_holidays=known)
        rules = attrs.evolve(DESK, calendars={"default": calendar})
        store.keep_rules(rules)
        later = attrs.evolve(known, names=FrozenMap({**known.names, date(2026, 3, 3): "New"}))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(country_holidays, "_load", lambda _: later)
            found = self.reopen(store).rules(rules.digest)
        assert found is not None
        assert (found.digest, outdated(rules, found)) == (rules.digest, "none")

    def test_the_digests_in_use_are_those_of_the_rows(self) -> None:
        store = self.new_store()
        slower = desk(days=2)
        store.keep_rules(slower)
        opened(store, "T-1", "T-2")
        assert [*store.rules_in_use()] == [DESK.digest]
        wake(store, NINE, "T-1", slower)
        assert [*store.rules_in_use()] == sorted([DESK.digest, slower.digest])
        wake(store, NINE, "T-2", slower)
        assert [*store.rules_in_use()] == [slower.digest]

    def test_outdated_tickets_come_in_batches(self) -> None:
        store = self.new_store()
        slower, names = desk(days=2), [f"T-{number}" for number in range(5)]
        opened(store, *names)
        for name in names:
            give(store, ask(), name)
        store.keep_rules(slower)
        opened(store, "T-9", rules=slower)
        assert len(store.outdated(DESK.digest, "none", 9)) == 0
        woken, sizes = list[str](), list[int]()
        while batch := store.outdated(DESK.digest, outdated(DESK, slower), 2):
            sizes.append(len(batch))
            for name in batch:
                wake(store, NINE + HOUR, name, slower)
                woken.append(name)
        assert (sorted(woken), sizes) == (names, [2, 2, 1])
        assert store.next_due() == NINE + HOUR + 2 * DAY
        assert [*store.rules_in_use()] == [slower.digest]

    def test_tickets_beyond_the_known_holidays_are_outdated(self) -> None:
        store = self.new_store()
        before, after = desk_with_holidays(2026), desk_with_holidays(2027)
        opened(store, "T-1", rules=before)
        december = datetime(2026, 12, 21, 9, tzinfo=UTC)
        store.commit(opening("T-2", december, rules=before))
        row = store.row("T-2")
        assert row is not None
        assert (row.next_due, row.unknown_from) == (None, datetime(2027, 1, 1, tzinfo=UTC))
        store.keep_rules(after)
        assert outdated(before, after) == "unknown"
        assert [*store.outdated(before.digest, "unknown", 9)] == ["T-2"]
        wake(store, december, "T-2", after)
        assert len(store.outdated(before.digest, "unknown", 9)) == 0
        assert (store.next_due() is not None, [*store.outdated(before.digest, "all", 9)]) == (True, ["T-1"])

    # The tickets of a person.

    def test_the_tickets_of_a_person_come_in_the_order_of_routing(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2", "T-3", "T-4")
        store.commit(opening("T-5", by=Actor("customer", "carla")))
        give(store, write(NINE + 3 * HOUR), "T-1")
        give(store, close(NINE + 4 * HOUR), "T-1")
        give(store, write(NINE + 2 * HOUR), "T-3")
        assert [*store.requested_by("bruno", 9)] == ["T-3", "T-2", "T-4", "T-1"]
        assert [*store.requested_by("bruno", 2)] == ["T-3", "T-2"]
        assert [*store.requested_by("carla", 9)] == ["T-5"]
        assert [*store.requested_by("ana", 9)] == []

    def test_a_ticket_moves_to_its_new_requester(self) -> None:
        store = self.new_store()
        opened(store)
        give(store, commands.SetRequester("carla", at=NINE, by=ANA))
        assert ([*store.requested_by("bruno", 9)], [*store.requested_by("carla", 9)]) == ([], ["T-1"])
        give(store, commands.SetRequester(None, at=NINE, by=ANA))
        assert [*store.requested_by("carla", 9)] == []

    def test_a_message_finds_its_ticket(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2", "T-3")
        arrival, now = Arrival(Message("m9"), BRUNO), NINE + DAY
        give(store, write(NINE + 2 * HOUR), "T-2")
        found = [stored(store, name) for name in store.requested_by("bruno", 2)]
        assert route(arrival, found, DESK, now) == Append("T-2")
        for name in ("T-1", "T-2", "T-3"):
            give(store, close(NINE + 3 * HOUR), name)
        found = [stored(store, name) for name in store.requested_by("bruno", 1)]
        follow = attrs.evolve(DESK, workflow=attrs.evolve(DESK.workflow, after_closing="follow_up"))
        assert route(arrival, found, follow, now) == FollowUp("T-2")

    # Erasure.

    def test_tickets_are_found_by_a_text_in_their_entries(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-3")
        store.commit(opening("T-2", by=Actor("customer", "carla")))
        give(store, set_fields(topic='ask d\'Artagnan "the 4th"'), "T-2")
        assert {"T-1", "T-3"} <= {*store.mentioning("bruno")}
        assert [*store.mentioning("carla")] == ["T-2"]
        assert "T-2" in store.mentioning("d'Artagnan \"the")
        assert [*store.mentioning("nobody%")] == []

    def test_an_erased_history_takes_the_place_of_the_other(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        give(store, commands.Assign("bruno", at=NINE, by=ANA))
        give(store, ask())
        before, items = store.row("T-1"), store.to_send(EVER, 99)
        store.mark_sent(items[0].key, NINE)
        store.postpone(items[1].key, None, "no")
        store.replace([stored(store)], _erased(stored(store)))
        store = self.reopen(store)
        assert stored(store) == replay(store.entries("T-1"))
        assert (stored(store).requester, store.mentioning("bruno")) == ("gone", ["T-2"])
        assert before is not None
        assert store.row("T-1") == attrs.evolve(before, requester="gone", assignee="gone")
        assert ([*store.requested_by("gone", 9)], [*store.requested_by("bruno", 9)]) == (["T-1"], ["T-2"])
        assert [item.key for item in store.to_send(EVER, 99)] == [item.key for item in items[2:]]
        assert ({*store.given_up()}, len(store.withheld("T-1"))) == ({items[1].key}, 1)
        give(store, write(NINE + 2 * HOUR))
        store.postpone(items[1].key, NINE, "")
        assert next(item.recipient for item in store.to_send(EVER, 99)) == "gone"

    def test_an_erased_history_of_another_version_is_refused(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        loaded = stored(store, "T-1"), stored(store, "T-2")
        give(store, ask(), "T-2")
        before = _contents(store, "T-1", "T-2")
        with pytest.raises(ConflictError) as caught:
            store.replace(loaded, _erased(*loaded))
        assert (caught.value.ticket, caught.value.version) == ("T-2", loaded[1].version)
        assert _contents(store, "T-1", "T-2") == before

    def test_of_two_erasures_at_once_the_second_is_refused(self) -> None:
        """It has the name that the first one took out."""
        store = self.new_store()
        opened(store)
        give(store, commands.Assign("carla", at=NINE, by=ANA))
        loaded = stored(store)
        late = documents.erase([loaded], {"carla": "away"}).tickets
        store.replace([loaded], _erased(loaded))
        with pytest.raises(ConflictError):
            self.reopen(store).replace([loaded], late)
        assert (stored(store).requester, stored(store).assignee) == ("gone", "carla")

    def test_a_command_and_a_wake_up_lose_against_an_erasure(self) -> None:
        """They were computed from the history that still has the name. An erased history has the same version."""
        store = self.new_store()
        opened(store)
        give(store, ask())
        loaded = stored(store)
        late = [
            transact(loaded, write(NINE + 2 * HOUR), DESK),
            transact_due(NINE + 2 * HOUR, loaded, DESK),
            transact_due(NINE + 2 * DAY, loaded, DESK),
        ]
        store.replace([loaded], _erased(loaded))
        before = _contents(store)
        for transaction in late:
            with pytest.raises(ConflictError) as caught:
                self.reopen(store).commit(transaction)
            assert (caught.value.ticket, caught.value.version) == ("T-1", loaded.version)
            assert _contents(store) == before
        assert stored(store).requester == "gone"
        give(store, write(NINE + 2 * HOUR))

    def test_a_follow_up_loses_against_an_erasure(self) -> None:
        """It names the history of the closed ticket by its digest, which the erasure changes."""
        store = self.new_store()
        opened(store)
        give(store, close())
        command = commands.FollowUp("F-1", message=Message("m9"), at=NINE + DAY, by=ANA)
        closed = stored(store)
        late = transact(closed, command, DESK)
        store.replace([closed], _erased(closed))
        with pytest.raises(ConflictError) as caught:
            self.reopen(store).commit(late)
        assert (caught.value.ticket, caught.value.version) == ("T-1", closed.version)
        assert (store.load("F-1"), [*store.follow_ups("T-1")]) == (None, [])
        give(store, command)
        assert stored(store, "F-1").with_earlier(stored(store)).follows == "T-1"

    def test_a_person_is_erased_from_a_store(self) -> None:
        store = self.new_store()
        opened(store, "T-1", "T-2")
        give(store, set_fields(topic="for bruno"), "T-2")
        follow_up = give(store, close(again=True)).writes[1].row.ticket
        versions = [stored(store, name).version for name in ("T-1", "T-2", follow_up)]
        assert documents.erase_stored(store, {"bruno": "gone"}) == ()
        store = self.reopen(store)
        first, second, third = (stored(store, name) for name in ("T-1", "T-2", follow_up))
        assert [first.version, second.version, third.version] == versions
        assert third.with_earlier(first).requester == "gone"
        assert second.fields["topic"] == "for gone"
        assert ([*store.requested_by("bruno", 9)], len(store.requested_by("gone", 9))) == ([], 3)
        assert "bruno" not in {item.recipient for item in store.to_send(EVER, 99)}
        give(store, write(NINE + DAY), "T-2")


class _Work(Generic[S]):
    """Random work on a store, and the same work on a store in memory."""

    def __init__(self, store: S, seed: int) -> None:
        self.store = store
        self.done = set[str]()
        self.conflicts = 0
        self._model = MemoryStore()
        self._random = Random(seed)  # noqa: S311 -- not a secret
        self._now = NINE
        self._rules = DESK
        self._tickets = list[str]()
        self._waiting = list[Transaction]()
        self._keep(DESK)
        self._open()

    def do_something(self) -> None:
        """Do one thing to both stores, and compare what they have."""
        self._now += self._random.choice((MICROSECOND, HOUR, 5 * HOUR, DAY))
        kinds = (
            self._open,
            self._command,
            self._command,
            self._command,
            self._wait,
            self._late,
            self._claim,
            self._send,
        )
        rare = (self._set_aside, self._put_back, self._change_rules, self._erase)
        kind = self._random.choice((*kinds, *kinds, *rare))
        kind()
        self.done.add(kind.__name__)
        names = {*self._random.sample(self._tickets, min(3, len(self._tickets)))}
        assert _contents(self.store, *names) == _contents(self._model, *names), f"after {kind.__name__}"
        assert [*self.store.to_send(self._now, 9)] == [*self._model.to_send(self._now, 9)]
        assert _claimed(self.store, self._now) == _claimed(self._model, self._now)

    def _keep(self, rules: Rules) -> None:
        self.store.keep_rules(rules)
        self._model.keep_rules(rules)

    def _commit(self, transaction: Transaction) -> None:
        refusals = list[tuple[str, int] | None]()
        for store in (self.store, self._model):
            try:
                store.commit(transaction)
            except ConflictError as error:
                refusals.append((error.ticket, error.version))
            else:
                refusals.append(None)
        assert refusals[0] == refusals[1]
        self.conflicts += refusals[0] is not None
        for each in transaction.writes if refusals[0] is None else ():
            self._tickets += [each.row.ticket] if each.row.ticket not in self._tickets else []

    def _any(self) -> str:
        return self._random.choice(self._tickets)

    def _open(self) -> None:
        """Open a ticket; a second time if there are four."""
        by = self._random.choice((BRUNO, Actor("customer", "carla")))
        self._commit(opening(f"T-{min(len(self._tickets), 3)}", self._now, by, rules=self._rules))

    def _made(self) -> Transaction:
        """Return the transaction of some command to some ticket, or of a wake-up."""
        ticket, at = stored(self.store, self._any()), self._now
        command = self._random.choice(
            (
                ask(at),
                ask(at),
                write(at),
                close(at),
                close(at, again=True),
                set_fields(at, topic=self._random.choice(("bruno's", None, "ñ"))),
                set_fields(at, review=at + self._random.choice((MICROSECOND, DAY))),
                commands.Assign(self._random.choice(("ana", "bruno", None)), at=at, by=ANA),
                commands.SetRequester(self._random.choice(("bruno", "carla", None)), at=at, by=ANA),
                None,
            )
        )
        return transact_due(at, ticket, self._rules) if command is None else transact(ticket, command, self._rules)

    def _command(self) -> None:
        self._commit(self._made())

    def _wait(self) -> None:
        self._waiting.append(self._made())

    def _late(self) -> None:
        """Commit what was made earlier; the ticket can have changed meanwhile."""
        if self._waiting:
            self._commit(self._waiting.pop(self._random.randrange(len(self._waiting))))

    def _claim(self) -> None:
        names = _claimed(self._model, self._now, 3)
        for store in (self.store, self._model):
            with store.claim_due(self._now, 3) as found:
                assert [*found] == names
                for name in names:
                    wake(store, self._now, name, self._rules)

    def _send(self) -> None:
        for item in self.store.to_send(self._now, 4):
            until = self._random.choice((None, self._now, self._now + DAY))
            sent = self._random.random() < 0.5
            for store in (self.store, self._model):
                if sent:
                    store.mark_sent(item.key, self._now)
                else:
                    store.postpone(item.key, until, "busy")

    def _set_aside(self) -> None:
        name = self._any()
        self.store.set_aside(name, "broken")
        self._model.set_aside(name, "broken")

    def _put_back(self) -> None:
        for name in self._model.tickets_set_aside():
            self.store.put_back(name)
            self._model.put_back(name)

    def _change_rules(self) -> None:
        self._rules = self._random.choice((DESK, desk(days=2)))
        self._keep(self._rules)
        while batch := find_outdated(self.store, self._rules, 4):
            for name in batch:
                self._commit(transact_due(self._now, stored(self.store, name), self._rules))
        assert find_outdated(self._model, self._rules, 4) == []

    def _erase(self) -> None:
        found = [documents.erase_stored(store, {"carla": "gone"}) for store in (self.store, self._model)]
        assert found[0] == found[1]


class _Service:
    """A service with one ticket: it takes commands, wakes what is due, and sends."""

    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self.sent = list[str]()
        opening = commands.Open(ticket, message=Message("m1"), at=NINE, by=BRUNO, event_id="e1")
        self._commands = (opening, ask(event_id="e2"), write(NINE + 30 * HOUR, event_id="e3"))
        self._late = (commands.AddMessage(Message("m4"), at=NINE + 31 * HOUR, by=ANA, event_id="e4"),)

    def expected(self) -> tuple[Ticket, list[str]]:
        """Return the ticket and the keys of all items to send, without a store."""
        ticket, made = None, list[OutboxItem]()
        for command in (*self._commands, *self._late):
            answer = transact(ticket, command, DESK)
            ticket, made = answer.writes[0].ticket, [*made, *answer.to_send]
        assert ticket is not None
        answer = transact_due(NINE + 9 * DAY, ticket, DESK)
        return answer.writes[0].ticket, [item.key for item in (*made, *answer.to_send)]

    def run(self, store: Store) -> None:
        """Do everything that is not done."""
        store.keep_rules(DESK)
        self._give(store, self._commands)
        self._send(store)
        self._give(store, self._late)
        with store.claim_due(NINE + 9 * DAY, 9) as names:
            for name in names:
                wake(store, NINE + 9 * DAY, name)
        self._send(store)

    def _give(self, store: Store, given: Sequence[commands.Command]) -> None:
        for command in given:
            store.commit(transact(store.load(self.ticket), command, DESK))

    def _send(self, store: Store) -> None:
        for item in store.to_send(EVER, 99):
            self.sent.append(item.key)
            store.mark_sent(item.key, EVER)


def _contents(store: Store, *tickets: str) -> list[object]:
    """Return everything that is to be seen of some tickets, of T-1 if none is named, and of what all share."""
    found: list[object] = [
        [*store.to_send(EVER, 999)],
        {**store.given_up()},
        {**store.tickets_set_aside()},
        store.next_due(),
        [*store.rules_in_use()],
        [*store.requested_by("bruno", 99)],
    ]
    for name in tickets or ("T-1",):
        found += [store.load(name), store.row(name), [*store.entries(name)], [*store.withheld(name)]]
        found.append([*store.follow_ups(name)])
    return found


def _claimed(store: Store, now: datetime, limit: int = 99) -> list[str]:
    """Return the tickets that a claim finds, without waking them."""
    with store.claim_due(now, limit) as names:
        return [*names]


def _templates(items: Sequence[OutboxItem]) -> list[str]:
    return [str(getattr(item.request, "template", None) or getattr(item.request, "name", None)) for item in items]


def _insist(store: Store, command: commands.Command) -> None:
    """Give a command to T-1 until no other worker was faster."""
    while True:
        try:
            give(store, command)
        except ConflictError:
            continue
        return


def _erased(*tickets: Ticket) -> tuple[Ticket, ...]:
    """Return tickets without Bruno."""
    return documents.erase(tickets, {"bruno": "gone"}).tickets
