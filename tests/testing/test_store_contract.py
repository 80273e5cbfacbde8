"""The tests of the contract find faulty stores: each of these stores fails the test that is named beside it."""

# ruff: noqa: ARG002 -- faulty stores ignore arguments

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta, timezone
from time import sleep

import attrs
import pytest

from tests.testing.test_memory_store import MemoryContract
from ticketflow import Rules, Ticket, documents, replay
from ticketflow.documents.histories import History
from ticketflow.errors import ConflictError
from ticketflow.service import OutboxItem, Outdated, Row, Transaction
from ticketflow.testing import MemoryStore, StoreContract
from ticketflow.testing.memory_store import MemoryDatabase, _Writes
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.events import ByRule, Entry, MessageRequested


class WithoutVersions(MemoryStore):
    def _check_history(self, ticket: str, expected: History | None) -> None:
        pass


class WithoutVersionsOfRows(MemoryStore):
    """It leaves the check to the unique index over ticket and sequence."""

    def commit(self, transaction: Transaction) -> None:
        if any(write.entries for write in transaction.writes):
            return super().commit(transaction)
        for write in transaction.writes:
            self.database.rows[write.row.ticket] = write.row
        return None


class WithGaps(MemoryStore):
    """It only looks whether a sequence is taken."""

    def _check_history(self, ticket: str, expected: History | None) -> None:
        row = self.row(ticket)
        if row is not None and row.version > len(expected or ()):
            raise ConflictError(ticket, len(expected or ()))


class VersionsWithoutDigests(MemoryStore):
    """It does not see that a history was erased."""

    def _check_history(self, ticket: str, expected: History | None) -> None:
        row = self.row(ticket)
        if (row.version if row else 0) != len(expected or ()):
            raise ConflictError(ticket, len(expected or ()))


class TicketByTicket(MemoryStore):
    """Each ticket has a transaction of its own."""

    def commit(self, transaction: Transaction) -> None:
        for write in transaction.writes:
            items = tuple(item for item in transaction.outbox if item.ticket == write.row.ticket)
            super().commit(attrs.evolve(transaction, writes=(write,), outbox=items))


class OutboxAfterwards(MemoryStore):
    """The outbox has a transaction of its own."""

    def commit(self, transaction: Transaction) -> None:
        super().commit(attrs.evolve(transaction, outbox=()))
        super().commit(attrs.evolve(transaction, writes=()))


class OutboxBefore(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        super().commit(attrs.evolve(transaction, writes=()))
        super().commit(attrs.evolve(transaction, outbox=()))


class ReadsBeforeItLocks(MemoryStore):
    """Between the check of the version and the write, another worker can write."""

    def commit(self, transaction: Transaction) -> None:
        for write in transaction.writes:
            super()._check_history(write.row.ticket, write.before)
        sleep(0.001)
        super().commit(transaction)

    def _check_history(self, ticket: str, expected: History | None) -> None:
        pass


class ForgetsTickets(MemoryStore):
    """It keeps what it has loaded, and does not see what other workers store."""

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        super().__init__(database)
        self.loaded = dict[str, Ticket | None]()

    def load(self, ticket: str) -> Ticket | None:
        return self.loaded.setdefault(ticket, super().load(ticket))


class EntriesAsTexts(MemoryStore):
    """It orders the sequences as texts: 10 before 2."""

    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        return sorted(super().entries(ticket, since), key=lambda entry: str(entry.sequence))


class EntriesAfter(MemoryStore):
    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        return super().entries(ticket, since + 1 if since else 0)


class OneTable(MemoryStore):
    """It forgets to which ticket an entry belongs."""

    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        return [entry for name in self.database.entries for entry in super(OneTable, self).entries(name, since)]


class WithoutCase(MemoryStore):
    def load(self, ticket: str) -> Ticket | None:
        return super().load(ticket.upper())


class ShortIds(MemoryStore):
    def row(self, ticket: str) -> Row | None:
        row = super().row(ticket)
        return row and attrs.evolve(row, ticket=row.ticket[:255])


class WithoutControlCharacters(MemoryStore):
    def load(self, ticket: str) -> Ticket | None:
        texts = (text.replace("\\u0000", "") for text in self.database.entries.get(ticket, ()))
        return replay(documents.read("entry", text) for text in texts)


class InMilliseconds(MemoryStore):
    def row(self, ticket: str) -> Row | None:
        row = super().row(ticket)
        if row is None or row.next_due is None:
            return row
        return attrs.evolve(row, next_due=row.next_due.replace(microsecond=row.next_due.microsecond // 1000 * 1000))


class InLocalTime(MemoryStore):
    def row(self, ticket: str) -> Row | None:
        row = super().row(ticket)
        return row and attrs.evolve(row, active_at=row.active_at.astimezone(timezone(timedelta(hours=1))))


class RowsOfEntries(MemoryStore):
    """It stores no row if there is no entry."""

    def commit(self, transaction: Transaction) -> None:
        super().commit(attrs.evolve(transaction, writes=tuple(each for each in transaction.writes if each.entries)))


class ClaimsById(MemoryStore):
    def _agenda(self) -> list[tuple[datetime, str]]:
        return sorted(super()._agenda(), key=lambda pair: pair[1])


class ClaimsTooLate(MemoryStore):
    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        with super().claim_due(now - datetime.resolution, limit) as found:
            yield found


class ClaimsAll(MemoryStore):
    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        with super().claim_due(now, limit + 99) as found:
            yield found


class ClaimsForGood(MemoryStore):
    """A claim is not given back."""

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        with super().claim_due(now, limit) as found:
            yield found
        self.database.claimed.update(found)


class ClaimsWithoutCommits(MemoryStore):
    """What is committed in a block is lost if the block ends with an exception; the outbox is not."""

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        rows, entries = {**self.database.rows}, {**self.database.entries}
        snapshots, digests = {**self.database.snapshots}, {**self.database.digests}
        try:
            with super().claim_due(now, limit) as found:
                yield found
        except BaseException:
            self.database.rows, self.database.entries = rows, entries
            self.database.snapshots, self.database.digests = snapshots, digests
            raise


class OneFailureLosesTheClaim(MemoryStore):
    """A commit that fails undoes the others of its block."""

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        before = attrs.evolve(self.database, rows={**self.database.rows}, entries={**self.database.entries})
        with super().claim_due(now, limit) as found:
            yield found
        if self.database.aside:
            self.database.rows, self.database.entries = before.rows, before.entries


class DueThoughSetAside(MemoryStore):
    def _agenda(self) -> list[tuple[datetime, str]]:
        return sorted((row.next_due, row.ticket) for row in self.database.rows.values() if row.next_due)


class OutdatedThoughSetAside(MemoryStore):
    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        aside, self.database.aside = self.database.aside, {}
        found = super().outdated(digest, which, limit)
        self.database.aside = aside
        return found


class StaysAside(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        aside = {**self.database.aside}
        super().commit(transaction)
        self.database.aside.update(aside)


class KeepsTheFirstError(MemoryStore):
    def set_aside(self, ticket: str, error: str) -> None:
        super().set_aside(ticket, self.database.aside.get(ticket, error))


class SetsAsideWhatItDoesNotKnow(MemoryStore):
    def set_aside(self, ticket: str, error: str) -> None:
        self.database.aside[ticket] = error


class WithoutFollowUps(MemoryStore):
    """It stores the ticket that got the command, and forgets its follow-up."""

    def commit(self, transaction: Transaction) -> None:
        super().commit(attrs.evolve(transaction, writes=transaction.writes[:1]))


class FollowUpsAsStored(MemoryStore):
    def follow_ups(self, ticket: str) -> Sequence[str]:
        return [row.ticket for row in self.database.rows.values() if row.follows == ticket]


class SendsAll(MemoryStore):
    """It ignores that an item is withheld."""

    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        kept = [each for each in self.database.outbox.values() if not each.is_done]
        return [self._item(each) for each in kept][:limit]


class ForgetsWhatIsWithheld(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        super().commit(attrs.evolve(transaction, outbox=transaction.to_send))


class OneItemAnEntry(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        by_entry = {item.entry.id: item for item in transaction.outbox}
        super().commit(attrs.evolve(transaction, outbox=tuple(by_entry.values())))


class NewestFirst(MemoryStore):
    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        return super().to_send(now, 999)[::-1][:limit]


class SendsByKey(MemoryStore):
    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        return sorted(super().to_send(now, 999), key=lambda item: item.key)[:limit]


class LimitBeforeTheFilter(MemoryStore):
    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        first = [*self.database.outbox][:limit]
        return [item for item in super().to_send(now, 999) if item.key in first]


class ForgetsWhatIsSent(MemoryStore):
    def mark_sent(self, key: str, at: datetime) -> None:
        pass


class SendsAgainLater(MemoryStore):
    """A sent item that is postponed is sent again."""

    def postpone(self, key: str, until: datetime | None, error: str) -> None:
        if key in self.database.outbox:
            kept = self.database.outbox[key]
            self.database.outbox[key] = attrs.evolve(kept, is_done=False, until=until, error=error)


class SendsAtOnce(MemoryStore):
    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        return super().to_send(datetime.max.replace(tzinfo=now.tzinfo), limit)


class NeverGivesUp(MemoryStore):
    def postpone(self, key: str, until: datetime | None, error: str) -> None:
        super().postpone(key, until or datetime.min.replace(tzinfo=UTC), error)


class TrustsSnapshots(MemoryStore):
    def load(self, ticket: str) -> Ticket | None:
        text = self.database.snapshots.get(ticket)
        return None if text is None else documents.read_snapshot(text, self.database.digests[ticket])


class TrustsAnySnapshot(MemoryStore):
    """It takes the digest from the snapshot itself."""

    def load(self, ticket: str) -> Ticket | None:
        text = self.database.snapshots.get(ticket)
        if text is None:
            return None
        return documents.read_snapshot(text, json.loads(text.partition("\n")[0])["digest"])


class RulesByName(MemoryStore):
    def keep_rules(self, rules: Rules) -> None:
        self.database.rules[rules.name] = documents.write(rules, frozen=True)

    def rules(self, digest: str) -> Rules | None:
        return documents.read("rules", next(iter(self.database.rules.values())))


class RulesThatAreNotFrozen(MemoryStore):
    """Its documents name the country of the holidays, and not their dates."""

    def keep_rules(self, rules: Rules) -> None:
        self.database.rules[rules.digest] = documents.write(rules)


class AllDigests(MemoryStore):
    """It returns the digests of the rule sets that it keeps, used or not."""

    def rules_in_use(self) -> Sequence[str]:
        return sorted(self.database.rules)


class EveryTicketIsOutdated(MemoryStore):
    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        return super().outdated(digest, "all", limit)


class OutdatedWithoutLimit(MemoryStore):
    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        return super().outdated(digest, which, 999)


class RowsKeepTheirRules(MemoryStore):
    """A row keeps the digest with which the ticket was opened."""

    def commit(self, transaction: Transaction) -> None:
        before = {**self.database.rows}
        super().commit(transaction)
        for name, row in self.database.rows.items():
            if name in before:
                self.database.rows[name] = attrs.evolve(row, rules=before[name].rules)


class RequesterOfTheOpening(MemoryStore):
    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        return [
            name
            for name in self.database.entries
            if super(RequesterOfTheOpening, self).entries(name)[0].actor.id == person
        ]


class RequestersById(MemoryStore):
    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        return sorted(super().requested_by(person, 999))[:limit]


class ClosedTicketsAsOthers(MemoryStore):
    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        rows = [row for row in self.database.rows.values() if row.requester == person]
        return [row.ticket for row in sorted(rows, key=lambda row: (row.active_at, row.ticket), reverse=True)][:limit]


class FindsTextsAsTheyAre(MemoryStore):
    """It does not know that documents escape quotation marks."""

    def mentioning(self, text: str) -> Sequence[str]:
        return sorted(name for name, texts in self.database.entries.items() if text in "\n".join(texts))


class ErasesWithoutVersions(MemoryStore):
    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        super().replace([self.load(ticket.id) or ticket for ticket in before], after)


class ErasesTicketByTicket(MemoryStore):
    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        for old, new in zip(before, after, strict=True):
            super().replace([old], [new])


class ErasesNoRows(MemoryStore):
    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        rows = {**self.database.rows}
        super().replace(before, after)
        self.database.rows.update(rows)


class ErasesNoSnapshots(MemoryStore):
    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        snapshots, digests = {**self.database.snapshots}, {**self.database.digests}
        super().replace(before, after)
        self.database.snapshots.update(snapshots)
        self.database.digests.update(digests)


class ErasesWhatWasSent(MemoryStore):
    """It makes the outbox anew."""

    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        super().replace(before, after)
        for key, kept in self.database.outbox.items():
            self.database.outbox[key] = attrs.evolve(kept, is_done=False, error=None)


class KeepsCopiesOfMessages(MemoryStore):
    """Its outbox has copies of the entries."""

    copies = dict[str, Entry]()  # noqa: RUF012 -- shared as the database is

    def commit(self, transaction: Transaction) -> None:
        super().commit(transaction)
        self.copies.update({item.key: item.entry for item in transaction.outbox})

    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        return [attrs.evolve(item, entry=self.copies[item.key]) for item in super().to_send(now, limit)]


class WithoutUnknownTickets(MemoryStore):
    def row(self, ticket: str) -> Row | None:
        return self.database.rows[ticket]


class KeepsTheFirstSnapshot(MemoryStore):
    def _put_history(self, writes: _Writes, ticket: Ticket, texts: tuple[str, ...]) -> None:
        if ticket.id in self.database.snapshots:
            writes.put(self.database.entries, ticket.id, texts)
        else:
            super()._put_history(writes, ticket, texts)


class KeepsRowsToItself(MemoryStore):
    """Its rows are lost with the process."""

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        super().__init__(None if database is None else attrs.evolve(database, rows={}))


class KeepsTheEarliestDue(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        before = {**self.database.rows}
        super().commit(transaction)
        for name, row in self.database.rows.items():
            due = before[name].next_due if name in before else None
            if due is not None and (row.next_due is None or row.next_due > due):
                self.database.rows[name] = attrs.evolve(row, next_due=due)


class ShortHistories(MemoryStore):
    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        return super().entries(ticket, since)[:999]


class TruthAsNumbers(MemoryStore):
    def load(self, ticket: str) -> Ticket | None:
        texts = (text.replace('"after":true', '"after":1') for text in self.database.entries.get(ticket, ()))
        return replay(documents.read("entry", text) for text in texts)


class WritesToThePresentRequester(MemoryStore):
    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        return [self._changed(item) for item in super().to_send(now, limit)]

    def _changed(self, item: OutboxItem) -> OutboxItem:
        request, row = item.request, self.database.rows[item.ticket]
        if not isinstance(request, MessageRequested):
            return item
        happened = [*item.entry.events]
        happened[item.place] = attrs.evolve(request, recipient=row.requester)
        return attrs.evolve(item, entry=attrs.evolve(item.entry, events=tuple(happened)))


class OneVersionForAll(MemoryStore):
    """It refuses a commit if anything was stored since the ticket was loaded."""

    def load(self, ticket: str) -> Ticket | None:
        self.seen = sum(map(len, self.database.entries.values()))
        return super().load(ticket)

    def commit(self, transaction: Transaction) -> None:
        if sum(map(len, self.database.entries.values())) != getattr(self, "seen", 0):
            raise ConflictError(transaction.writes[0].row.ticket, 0)
        super().commit(transaction)
        self.seen = sum(map(len, self.database.entries.values()))


class ForgetsDeliveries(MemoryStore):
    def load(self, ticket: str) -> Ticket | None:
        ticket_or_none = super().load(ticket)
        return ticket_or_none and attrs.evolve(ticket_or_none, delivery_ids=DeliveryIds())


class ForgetsWakeUps(MemoryStore):
    """It stores the items and the row of a wake-up, and not the entries."""

    def load(self, ticket: str) -> Ticket | None:
        entries = [*self.entries(ticket)]
        while entries and isinstance(entries[-1].cause, ByRule):
            entries.pop()
        return replay(entries) if entries else None

    def _check_history(self, ticket: str, expected: History | None) -> None:
        pass


class SetsAsideWhatIsRefused(MemoryStore):
    def commit(self, transaction: Transaction) -> None:
        super().commit(transaction)
        if transaction.decision.ticket is not None and not transaction.writes:
            self.set_aside(transaction.decision.ticket.id, "refused")


class PutsNothingBack(MemoryStore):
    def put_back(self, ticket: str) -> None:
        pass


class WithoutClaims(MemoryStore):
    """It is not faulty: it finds the same tickets for two workers, and refuses the second one."""

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        with super().claim_due(now, limit) as found:
            self.database.claimed.clear()
            yield found


class OneWriteForACommit(MemoryStore):
    """It is not faulty: it writes a commit in one statement, as a file with a line for each commit does."""

    def commit(self, transaction: Transaction) -> None:
        before_write = self.database.before_write
        before_write()
        self.database.before_write = lambda: None
        try:
            super().commit(transaction)
        finally:
            self.database.before_write = before_write


class WithoutClaimsAndVersions(WithoutClaims, WithoutVersions):
    """Two workers wake a ticket twice."""


DAMAGED = "not a snapshot"
FAULTY: list[tuple[type[MemoryStore], str, tuple[object, ...]]] = [
    (WithoutUnknownTickets, "what_is_not_stored_is_not_found", ()),
    (KeepsTheFirstSnapshot, "a_stored_ticket_is_loaded", ()),
    (KeepsRowsToItself, "what_is_committed_survives", ()),
    (KeepsTheEarliestDue, "a_command_moves_the_instant_at_which_a_ticket_is_due", ()),
    (KeepsTheEarliestDue, "a_ticket_is_claimed_until_nothing_is_due", ()),
    (ShortHistories, "a_ticket_of_a_thousand_entries", ()),
    (TruthAsNumbers, "numbers_and_truth_values_are_stored_as_they_are", (True,)),
    (WritesToThePresentRequester, "the_recipient_is_the_one_of_that_instant", ()),
    (OneVersionForAll, "tickets_do_not_hinder_each_other", ()),
    (ForgetsDeliveries, "a_repeated_command_is_recognized", ()),
    (ForgetsWakeUps, "a_repeated_wake_up_does_nothing", ()),
    (SetsAsideWhatIsRefused, "a_refusal_stores_nothing", ()),
    (PutsNothingBack, "a_ticket_is_put_back", ()),
    (WithoutClaimsAndVersions, "two_claims_at_once_carry_out_everything_once", ()),
    (WithoutVersions, "of_two_workers_with_one_version_the_second_is_refused", ()),
    (WithoutVersions, "the_refused_worker_loads_the_ticket_and_goes_on", ()),
    (WithoutVersions, "a_wake_up_loses_against_a_command", ()),
    (WithoutVersions, "a_command_loses_against_a_wake_up", ()),
    (WithoutVersions, "an_opening_of_a_ticket_that_exists_is_refused", ()),
    (WithoutVersions, "a_transaction_is_stored_once", ()),
    (WithoutVersions, "a_repeated_opening_is_recognized", ()),
    (WithoutVersions, "a_repeated_follow_up_is_recognized", ()),
    (WithoutVersionsOfRows, "a_wake_up_without_entries_loses_against_a_command", ()),
    (WithGaps, "a_history_has_no_gaps", ()),
    (TicketByTicket, "a_conflict_on_the_last_ticket_stores_nothing_of_the_others", ()),
    (TicketByTicket, "a_crash_in_a_command_with_a_follow_up_stores_nothing_of_it", ()),
    (OutboxAfterwards, "a_crash_in_an_opening_stores_nothing_of_it", ()),
    (OutboxAfterwards, "a_crash_in_a_wake_up_stores_nothing_of_it", ()),
    (OutboxBefore, "a_conflict_on_the_first_ticket_stores_nothing_of_the_others", ()),
    (OutboxAfterwards, "a_service_that_crashes_anywhere_loses_and_doubles_nothing", ()),
    (OutboxBefore, "a_service_that_crashes_anywhere_loses_and_doubles_nothing", ()),
    (ForgetsWhatIsSent, "a_service_that_crashes_anywhere_loses_and_doubles_nothing", ()),
    (WithoutVersions, "random_work_leads_to_what_the_store_in_memory_has", (0,)),
    (StaysAside, "random_work_leads_to_what_the_store_in_memory_has", (0,)),
    (ErasesWhatWasSent, "random_work_leads_to_what_the_store_in_memory_has", (0,)),
    (ReadsBeforeItLocks, "threads_that_write_on_one_ticket_lose_nothing", ()),
    (ForgetsTickets, "a_wake_up_loses_against_a_command", ()),
    (EntriesAsTexts, "entries_come_in_their_order", ()),
    (EntriesAfter, "entries_come_in_their_order", ()),
    (OneTable, "each_ticket_has_its_own_entries", ()),
    (WithoutCase, "ids_differ_by_case", ()),
    (ShortIds, "an_id_is_stored_as_it_is", ("a" * 256,)),
    (WithoutControlCharacters, "texts_are_stored_as_they_are", ("two\nlines\t\x00\x7f",)),
    (InMilliseconds, "instants_are_exact_to_the_microsecond", (datetime.fromisoformat("2026-10-25T00:30Z"),)),
    (InLocalTime, "the_row_is_stored_with_every_fact", ()),
    (RowsOfEntries, "a_wake_up_without_entries_stores_the_row", ()),
    (ClaimsById, "due_tickets_are_claimed_earliest_first", ()),
    (ClaimsTooLate, "due_tickets_are_claimed_earliest_first", ()),
    (ClaimsAll, "due_tickets_are_claimed_earliest_first", ()),
    (ClaimsForGood, "a_claimed_ticket_that_was_not_woken_is_claimed_again", ()),
    (ClaimsWithoutCommits, "after_an_exception_each_claimed_ticket_is_done_or_due", ()),
    (OneFailureLosesTheClaim, "a_ticket_that_fails_in_a_claim_stops_no_other", (0,)),
    (OneFailureLosesTheClaim, "a_ticket_that_fails_in_a_claim_stops_no_other", (1,)),
    (DueThoughSetAside, "a_ticket_that_is_set_aside_is_not_due", ()),
    (OutdatedThoughSetAside, "a_ticket_that_is_set_aside_is_not_due", ()),
    (StaysAside, "a_commit_puts_a_ticket_back", ()),
    (KeepsTheFirstError, "a_ticket_that_is_set_aside_is_not_due", ()),
    (SetsAsideWhatItDoesNotKnow, "a_ticket_that_is_set_aside_is_not_due", ()),
    (WithoutFollowUps, "a_follow_up_is_stored_with_the_ticket_that_it_follows", ()),
    (WithoutFollowUps, "a_chain_of_follow_ups", ()),
    (FollowUpsAsStored, "several_follow_ups_of_one_ticket", ()),
    (SendsAll, "what_is_withheld_is_kept_with_its_reason_and_not_sent", ()),
    (ForgetsWhatIsWithheld, "what_is_withheld_is_kept_with_its_reason_and_not_sent", ()),
    (OneItemAnEntry, "items_come_in_the_order_in_which_they_were_stored", ()),
    (OneItemAnEntry, "items_are_stored_as_they_were_made", ()),
    (NewestFirst, "items_come_in_the_order_in_which_they_were_stored", ()),
    (SendsByKey, "items_come_in_the_order_in_which_they_were_stored", ()),
    (LimitBeforeTheFilter, "an_item_is_postponed", ()),
    (ForgetsWhatIsSent, "an_item_that_is_marked_is_not_sent_again", ()),
    (SendsAgainLater, "an_item_that_is_marked_is_not_sent_again", ()),
    (SendsAtOnce, "an_item_is_postponed", ()),
    (NeverGivesUp, "an_item_is_given_up_and_taken_up_again", ()),
    (TrustsSnapshots, "a_damaged_snapshot_is_ignored", (DAMAGED,)),
    (TrustsSnapshots, "a_snapshot_of_another_format_is_ignored", ()),
    (TrustsAnySnapshot, "a_snapshot_of_another_history_is_ignored", ()),
    (RulesByName, "rules_are_kept_by_digest", ()),
    (RulesThatAreNotFrozen, "rules_stay_as_they_are_when_a_release_of_holidays_changes_a_date", ()),
    (AllDigests, "the_digests_in_use_are_those_of_the_rows", ()),
    (EveryTicketIsOutdated, "tickets_beyond_the_known_holidays_are_outdated", ()),
    (OutdatedWithoutLimit, "outdated_tickets_come_in_batches", ()),
    (RowsKeepTheirRules, "the_digests_in_use_are_those_of_the_rows", ()),
    (RequesterOfTheOpening, "a_ticket_moves_to_its_new_requester", ()),
    (RequestersById, "the_tickets_of_a_person_come_in_the_order_of_routing", ()),
    (RequestersById, "a_message_finds_its_ticket", ()),
    (ClosedTicketsAsOthers, "the_tickets_of_a_person_come_in_the_order_of_routing", ()),
    (FindsTextsAsTheyAre, "tickets_are_found_by_a_text_in_their_entries", ()),
    (VersionsWithoutDigests, "of_two_erasures_at_once_the_second_is_refused", ()),
    (VersionsWithoutDigests, "a_command_and_a_wake_up_lose_against_an_erasure", ()),
    (VersionsWithoutDigests, "a_follow_up_loses_against_an_erasure", ()),
    (ErasesWithoutVersions, "an_erased_history_of_another_version_is_refused", ()),
    (ErasesTicketByTicket, "a_crash_in_an_erasure_stores_nothing_of_it", ()),
    (ErasesNoRows, "an_erased_history_takes_the_place_of_the_other", ()),
    (ErasesNoSnapshots, "an_erased_history_takes_the_place_of_the_other", ()),
    (ErasesWhatWasSent, "an_erased_history_takes_the_place_of_the_other", ()),
    (KeepsCopiesOfMessages, "a_person_is_erased_from_a_store", ()),
    (ErasesNoRows, "a_person_is_erased_from_a_store", ()),
    (KeepsCopiesOfMessages, "an_erased_history_takes_the_place_of_the_other", ()),
]


def contract_of(kind: type[MemoryStore]) -> MemoryContract:
    class Contract(MemoryContract):
        def new_store(self) -> MemoryStore:
            return kind()

    return Contract()


@pytest.mark.parametrize(("kind", "test", "arguments"), FAULTY, ids=lambda each: getattr(each, "__name__", None))
def test_the_contract_finds_a_faulty_store(kind: type[MemoryStore], test: str, arguments: tuple[object, ...]) -> None:
    run = getattr(contract_of(kind), f"test_{test}")
    with pytest.raises((Exception, pytest.fail.Exception)):
        run(*arguments)


def test_for_each_test_of_the_contract_there_is_a_faulty_store() -> None:
    tests = {name for name in dir(StoreContract) if name.startswith("test_")}
    assert tests == {f"test_{name}" for _, name, _ in FAULTY}


def test_a_store_need_not_hide_claimed_tickets() -> None:
    contract_of(WithoutClaims).test_two_claims_at_once_carry_out_everything_once()


@pytest.mark.parametrize("step", [0, 1])
def test_a_store_may_write_a_commit_in_one_statement(step: int) -> None:
    contract = contract_of(OneWriteForACommit)
    contract.test_a_ticket_that_fails_in_a_claim_stops_no_other(step)
    contract.test_a_crash_in_a_command_with_a_follow_up_stores_nothing_of_it()
    contract.test_a_service_that_crashes_anywhere_loses_and_doubles_nothing()


def test_a_store_whose_failures_are_not_injected_is_told() -> None:
    class Contract(MemoryContract):
        def failing(self, store: MemoryStore, step: int) -> AbstractContextManager[None]:  # type: ignore[override]
            return nullcontext()

    with pytest.raises(AssertionError, match=r"the storage did not fail; see StoreContract\.failing"):
        Contract().test_a_crash_in_an_opening_stores_nothing_of_it()
    with pytest.raises(AssertionError, match=r"the storage did not fail; see StoreContract\.failing"):
        Contract().test_a_service_that_crashes_anywhere_loses_and_doubles_nothing()


def test_the_kits_say_which_extra_they_need() -> None:
    code = "import sys; sys.modules['pytest'] = None; import ticketflow.testing as kits; kits.MemoryStore; kits.{}"
    wrong = {
        "StoreContract": "test kits need the package pytest; install it with pip install 'ticketflow[testing]'",
        "Contract": "module 'ticketflow.testing' has no attribute 'Contract'",
    }
    for name, message in wrong.items():
        command = [sys.executable, "-c", code.format(name)]
        assert message in subprocess.run(command, capture_output=True, text=True, check=False).stderr
