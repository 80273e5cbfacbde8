"""The ticket as a fold: what replay takes and refuses, and what is remembered of firings."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, sp, utc
from tests.support.small_rule_set import small
from ticketflow import (
    Actor,
    After,
    Automation,
    Elapsed,
    Entered,
    FieldIs,
    Message,
    StateIs,
    Ticket,
    actions,
    commands,
    documents,
    events,
    evolve,
    handle,
    replay,
)
from ticketflow.errors import HistoryError, NaiveDatetimeError
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.tickets.events import ByCommand, Entry, StateChanged
from ticketflow.workflow.conditions import (
    ALWAYS,
    AnyOf,
    AssignedTo,
    CategoryIs,
    Condition,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    Not,
    holds,
    reads,
    true_since,
)

MINUTE = timedelta(minutes=1)


def desk() -> Desk:
    desk = Desk(small())
    desk.open(utc(2026, 11, 23, 9), priority="low")
    desk.assign(utc(2026, 11, 23, 10))
    return desk


class TestAsOf:
    """2.1: the entries whose effective instant is at or before the one asked for."""

    def test_the_entries_of_an_instant_are_in(self) -> None:
        ticket = desk().ticket
        *earlier, last = ticket.history
        assert last.at > earlier[-1].at
        assert ticket.as_of(last.at - timedelta(microseconds=1)) == replay(earlier)
        assert ticket.as_of(last.at) is ticket

    def test_nothing_before_the_opening(self) -> None:
        ticket = desk().ticket
        assert ticket.as_of(ticket.history[0].at - timedelta(microseconds=1)) is None

    def test_a_naive_instant_is_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="instant is 2026-11-23T10:00:00"):
            desk().ticket.as_of(datetime(2026, 11, 23, 10))  # noqa: DTZ001 -- what is refused


class TestReplay:
    def test_instants_that_decrease_are_refused_with_place_and_fix(self) -> None:
        entries = list(desk().ticket.history)
        entries[1] = attrs.evolve(entries[1], at=utc(2026, 11, 23, 8))
        with pytest.raises(
            HistoryError, match=r"ticket 'T-1', entry 1: its instant .*08:00.* precedes .*09:00.*in order"
        ):
            replay(entries)

    def test_a_gap_is_refused(self) -> None:
        entries = list(desk().ticket.history)
        with pytest.raises(HistoryError, match="entry 1 stands in the place of entry 0"):
            replay(entries[1:])
        with pytest.raises(HistoryError, match="entry 0 stands in the place of entry 1"):
            replay([entries[0], entries[0]])

    def test_a_history_begins_with_the_opening_and_has_no_other(self) -> None:
        first, second = desk().ticket.history
        with pytest.raises(HistoryError, match="entry 0: the first entry is not an opening; give the history from"):
            replay([attrs.evolve(second, sequence=0)])
        with pytest.raises(
            HistoryError, match="entry 1: a later entry opens the ticket again; give the history of one"
        ):
            replay([first, attrs.evolve(first, sequence=1)])

    def test_naive_instants_are_refused_and_folds_seen_through(self) -> None:
        """1.9: half past one, then 01:40 of the hour before, reads like going on; it decreases."""
        first, second = desk().ticket.history
        with pytest.raises(NaiveDatetimeError, match="at is"):
            attrs.evolve(first, at=datetime(2026, 11, 23))  # noqa: DTZ001 -- the point
        new_york = ZoneInfo("America/New_York")
        later, earlier = (
            datetime(2026, 11, 1, 1, minute, tzinfo=new_york, fold=fold) for minute, fold in ((30, 1), (40, 0))
        )
        with pytest.raises(HistoryError, match="instants never decrease"):
            replay([attrs.evolve(first, at=later), attrs.evolve(second, at=earlier)])

    def test_ids_stand_once(self) -> None:
        first, second = desk().ticket.history
        with pytest.raises(HistoryError, match="an earlier entry has the same id '0'"):
            replay([first, attrs.evolve(second, id="0")])

    def test_an_empty_history_is_refused(self) -> None:
        with pytest.raises(HistoryError, match="empty"):
            replay([])

    def test_a_ticket_survives_pickling(self) -> None:
        ticket = desk().ticket
        assert pickle.loads(pickle.dumps(ticket)) == ticket  # noqa: S301 -- our own


class TestFacts:
    def test_a_ticket_tells_its_facts(self) -> None:
        ticket = desk().ticket
        assert (ticket.state, ticket.category, ticket.assignee, ticket.rating) == ("open", "open", "ana", None)
        assert ticket.fields == {"priority": "low"}
        assert ticket.version == 2

    @pytest.mark.parametrize(
        ("condition", "expected", "facts"),
        [
            (StateIs("open", "done"), True, {"state"}),
            (CategoryIs("pending"), False, {"category"}),
            (FieldIs("priority", "low"), True, {"field.priority"}),
            (FieldIs("answer", None), True, {"field.answer"}),
            (IsAssigned(), True, {"assignee"}),
            (Not(IsAssigned()), False, {"assignee"}),
            (AnyOf(CategoryIs("pending"), StateIs("open")), True, {"category", "state"}),
            (AnyOf(), False, set()),
            (AssignedTo("ana", "bea"), True, {"assignee"}),
            (IsSnoozed(), False, {"snoozed"}),
            (IsHidden(), False, {"hidden"}),
            (ALWAYS, True, set()),
        ],
    )
    def test_conditions_read_them(self, condition: Condition, expected: bool, facts: set[str]) -> None:
        assert holds(condition, desk().ticket.facts) is expected
        assert reads(condition) == facts

    def test_conditions_speak(self) -> None:
        either = AnyOf(Not(IsAssigned()), CategoryIs("open", "pending"), FieldIs("priority", "low", None))
        assert str(either) == (
            "(not (somebody is assigned)) or (the ticket is open or pending) or (priority is low or None)"
        )
        assert (str(ALWAYS), str(AnyOf())) == ("always", "never")


class TestTrueSince:
    """3.4: armed by the event that made the condition true, whatever became true or false of its parts since."""

    def test_it_is_the_event_that_made_it_true(self) -> None:
        it = desk()
        either = AnyOf(StateIs("pending"), FieldIs("priority", "high"))
        assert true_since(either, it.ticket) is None
        it.give(commands.SetFields({"priority": "high"}, at=utc(2026, 11, 23, 11), by=ANA))
        it.give(commands.Move("wait", at=utc(2026, 11, 23, 12), by=ANA))
        it.give(commands.SetFields({"priority": "low"}, at=utc(2026, 11, 23, 13), by=ANA))
        mark = true_since(either, it.ticket)
        assert mark is not None
        assert mark.at == utc(2026, 11, 23, 11)

    def test_what_always_held_began_with_the_ticket(self) -> None:
        for condition in (ALWAYS, FieldIs("note", None), CategoryIs("open"), FieldIs("priority", "low")):
            mark = true_since(condition, desk().ticket)
            assert mark is not None
            assert mark.at == utc(2026, 11, 23, 9)

    def test_a_field_set_late_that_could_always_have_been_none(self) -> None:
        it = desk()
        it.give(commands.SetFields({"note": "x"}, at=utc(2026, 11, 23, 11), by=ANA))
        it.give(commands.SetFields({"note": None}, at=utc(2026, 11, 23, 12), by=ANA))
        for condition, hour in ((FieldIs("note", None), 12), (FieldIs("note", None, "x"), 9)):
            mark = true_since(condition, it.ticket)
            assert mark is not None
            assert mark.at.hour == hour


def test_one_entry_leaves_at_most_one_change_of_a_fact() -> None:
    """There and back in one entry is no change: conditions are read after the last of its events."""
    ticket = desk().ticket
    moves = (
        StateChanged("open", "pending", "pending", "wait"),
        StateChanged("pending", "open", "open", "go_on"),
    )
    after = evolve(ticket, Entry(2, "2", utc(2026, 11, 23, 11), ANA, ByCommand("move"), moves))
    assert after.trails["state"] == ticket.trails["state"]
    assert after.marks["entered"].at == utc(2026, 11, 23, 11)
    assert (after.marks["entered.pending"].step, after.marks["entered"].step) == (0, 1)


class TestMemory:
    def test_no_key_fires_again_when_rules_go_and_come_back(self) -> None:
        """3.16: under the middle rules the same rule is armed by a later entry; the first ones find their key again."""

        def rule(given: Condition) -> Automation:
            return Automation("nudge", After(Elapsed(hours=1), Entered()), (actions.SendMessage("nudge"),), given)

        first, second = small(rule(ALWAYS)), small(rule(FieldIs("priority", "high")))
        it = Desk(first)

        def fired(generation: int, armed: int) -> int | None:
            found = it.ticket.last_fired("nudge", generation, armed)
            return found.occurrence if found else None

        it.open(utc(2026, 11, 23, 9), priority="low")
        it.advance(utc(2026, 11, 23, 10))
        it.give(commands.SetFields({"priority": "high"}, at=utc(2026, 11, 23, 11), by=ANA))
        assert fired(1, 0) == 0
        it.rules = second
        it.advance(utc(2026, 11, 24))
        assert fired(1, 2) == 0
        before = it.ticket
        it.rules = first
        it.advance(utc(2026, 12, 24))
        assert it.ticket == before
        assert fired(1, 0) == 0
        assert fired(2, 0) is None

    def test_appending_costs_the_same_however_long_the_history(self) -> None:
        """Structure is shared: the ten-thousandth entry stands on the same chain as the tenth."""
        it = desk()
        before = it.ticket
        it.write(utc(2026, 11, 23, 11), CUSTOMER)
        assert it.ticket.history.before is before.history
        assert it.ticket.trails["state"] is before.trails["state"]


def test_a_senior_ticket_is_hashable_and_prints_its_history() -> None:
    it = Desk(senior())
    it.open(sp(2026, 11, 18, 9), nature="incident")
    assert len({it.ticket, it.ticket}) == 1
    assert "Opened(ticket='T-1'" in repr(it.ticket)
    assert Message("m1") in {event.message for entry in it.ticket.history for event in entry.events[1:]}  # type: ignore[union-attr]


@cache
def chain(length: int, opened_by: Actor = CUSTOMER) -> Ticket:
    """Return a ticket behind which there are so many closed ones, each a follow-up of the one before."""
    rules, at = small(), utc(2026, 11, 23, 9)
    ticket = handle(None, commands.Open("T-0", at=at, by=opened_by), rules).unwrap().ticket
    for number in range(1, length + 1):
        done = events.StateChanged("open", "closed", "closed", "archive")
        closed = evolve(ticket, Entry(1, "1", at, ANA, ByCommand("move"), (done,)))
        created = handle(closed, commands.FollowUp(f"T-{number}", at=at, by=CUSTOMER), rules).unwrap().created
        assert created is not None
        ticket = created
    return ticket


def without_sharing(ticket: Ticket) -> Ticket:
    """Return an equal ticket that shares no history with *ticket*."""
    found: Ticket = pickle.loads(pickle.dumps(ticket))  # noqa: S301 -- our own
    return found


class TestChainsOfFollowUps:
    """2.2: a follow-up keeps the closed ticket's history, and that ticket can be a follow-up, too."""

    @pytest.mark.parametrize("length", [1, 2, 3, 7, 64, 2000])
    def test_a_long_chain_is_pickled_and_equal(self, length: int) -> None:
        ticket = chain(length)
        other = without_sharing(ticket)
        assert other == ticket
        assert hash(other) == hash(ticket)
        assert other.history.first == ticket.history.first
        assert repr(other) == repr(ticket)

    def test_a_long_chain_is_copied_as_it_is(self) -> None:
        ticket = chain(2000)
        opening = ticket.history.first.events[0]
        for value in (ticket, ticket.history, ticket.history.first):
            assert copy.copy(value) is value
            assert copy.deepcopy(value) is value
        assert copy.deepcopy(opening) == opening

    def test_a_long_chain_is_written_read_and_replayed(self) -> None:
        ticket = chain(2000)
        assert documents.read("ticket", documents.write(ticket)) == ticket
        assert replay(ticket.history) == ticket

    def test_the_tickets_of_a_chain_are_pickled_once_each(self) -> None:
        """Pickling many tickets of one chain together costs about as much as pickling the last."""
        alone = len(pickle.dumps(chain(256).earlier))
        histories = [chain(256).earlier]
        while (opening := events_of(histories[-1])[0].earlier) is not None:
            histories.append(opening)
        assert len(histories) == 256
        assert len(pickle.dumps(histories)) < 1.1 * alone

    @pytest.mark.parametrize("length", [1, 3, 8])
    def test_histories_that_differ_far_behind_are_not_equal(self, length: int) -> None:
        opening = events_of(chain(length).history)[0]
        assert opening == events_of(without_sharing(chain(length)).history)[0]
        assert opening != events_of(chain(length, opened_by=ANA).history)[0]

    def test_openings_differ_by_what_they_say_and_by_the_history_behind_them(self) -> None:
        opening = events_of(chain(1).history)[0]
        assert opening.earlier is not None
        assert opening != attrs.evolve(opening, follows="T-9")
        assert opening != attrs.evolve(opening, earlier=None)
        assert opening != attrs.evolve(opening, earlier=opening.earlier.append(opening.earlier.last))
        assert opening != attrs.evolve(opening, earlier=PersistentList.of(opening.earlier.last))
        assert opening != "T-1"


def events_of(history: PersistentList[Entry] | None) -> list[events.Opened]:
    """Return the openings of a history."""
    return [event for entry in history or () for event in entry.events if isinstance(event, events.Opened)]


def test_a_repeated_command_has_its_hints_again() -> None:
    """The screen that repeats the command after a lost answer shows what it would have shown (3.12)."""
    rules, at = posponer(), utc(2026, 11, 23, 9)
    opening = commands.Open("T-1", message=Message("m1"), at=at, by=CUSTOMER)
    opened = handle(None, opening, rules).unwrap().ticket
    asleep = handle(opened, commands.Snooze(until=at + timedelta(days=2), at=at, by=ANA), rules).unwrap().ticket
    command = commands.Reopen(at=at + timedelta(hours=1), by=ANA, event_id="e1")
    first = handle(asleep, command, rules).unwrap()
    woken = handle(first.ticket, commands.CancelSnooze(at=at + timedelta(hours=2), by=ANA), rules)
    later = woken.ticket or first.ticket
    again = handle(later, command, rules).unwrap()
    assert first.hints
    assert (again.hints, again.is_repeated, again.entries, again.ticket) == (first.hints, True, (), later)
    other = commands.Move("resolve", at=at, by=ANA, event_id="e1")
    assert handle(later, other, rules).unwrap().hints == ()
    message = commands.AddMessage(Message("m2"), at=at, by=ANA, event_id="e1")
    assert handle(later, message, rules).unwrap().hints == ()
