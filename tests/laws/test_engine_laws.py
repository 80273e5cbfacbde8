"""Laws of the engine on random Senior tickets, one class for each clause of docs/semantics.md 2 and 3.

Each law counts the features of its examples, and fails if a feature was too rare.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import oracles
from tests.support.desk import happenings, sp
from tests.support.strategies import DAY, HOUR, MICRO, MINUTE, senior_lives
from ticketflow import Ticket, advance, apply, evaluate, handle, next_due, replay
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.presets.senior import senior
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByRule, Entry, MessageRequested, StateChanged

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
RULES = senior()
LATER = 40 * DAY
pytestmark = pytest.mark.lives


def several(examples: int) -> settings:
    """Return the settings of a law with that many examples, and a hundred times as many in the long profile."""
    return settings(max_examples=examples * (100 if LONG else 1))


def unpolled(life: list[Command]) -> Ticket:
    """Return the final ticket if nobody evaluates before the end."""
    return advance(life[-1].at + LATER, given_all(life), RULES)


def given_all(life: list[Command], ticket: Ticket | None = None) -> Ticket:
    for command in life:
        decision = handle(ticket, command, RULES)
        ticket = decision.ticket
    assert ticket is not None
    return ticket


def polled(life: list[Command], polls: Iterator[datetime]) -> Ticket:
    """Return the final ticket if somebody evaluates and applies at *polls*, after the commands of an instant."""
    ticket: Ticket | None = None
    poll = next(polls, None)
    for command in life:
        while poll and poll < command.at:
            ticket = looked_at(poll, ticket)
            poll = next(polls, None)
        ticket = handle(ticket, command, RULES).ticket
    end = life[-1].at + LATER
    while poll and poll <= end:
        ticket = looked_at(poll, ticket)
        poll = next(polls, None)
    assert ticket is not None
    return advance(end, ticket, RULES)


def looked_at(now: datetime, ticket: Ticket | None) -> Ticket | None:
    return None if ticket is None else apply(ticket, evaluate(now, ticket, RULES)).unwrap().ticket


def every(step: timedelta, life: list[Command], until: timedelta = LATER) -> Iterator[datetime]:
    start = life[0].at
    count = (life[-1].at + until - start) // step
    return (start + index * step for index in range(count))


def features(ticket: Ticket) -> set[str]:
    """Return the features of a ticket's history."""
    found = {"closed"} if ticket.category == "closed" else set()
    automatic = [entry for entry in ticket.history if entry.is_automatic]
    if any(isinstance(event, MessageRequested) for entry in automatic for event in entry.events):
        found.add("reminder")
    if any(isinstance(entry.cause, ByRule) and entry.at == entry.cause.due_at for entry in automatic):
        found.add("firing")
    episodes = {(e.cause.key.rule, e.cause.key.arming) for e in automatic if isinstance(e.cause, ByRule)}
    if sum(rule.startswith("close-") for rule, _ in episodes) > 1:
        found.add("second episode")
    if any(a.at == b.at and b.is_automatic for a, b in itertools.pairwise(ticket.history)):
        found.add("reaction")
    return found


def holds_often(counts: Counter[str], **shares: float) -> None:
    """Check that the examples had each feature often enough."""
    for name, share in shares.items():
        feature = name.replace("_", " ")
        assert counts[feature] >= share * counts["lives"], (feature, counts)


class TestClause38:
    """The history of a ticket does not depend on when or how often anyone evaluates it."""

    def test_evaluating_every_hour_or_only_when_due_gives_the_same_life(self) -> None:
        counts: Counter[str] = Counter()

        @several(150)
        @given(senior_lives(fine=True))
        def law(life: list[Command]) -> None:
            expected = unpolled(life)
            counts.update(features(expected) | {"lives"})
            assert polled(life, every(HOUR, life)) == expected
            assert following_next_due(life) == expected

        law()
        holds_often(counts, reminder=0.6, closed=0.4, reaction=0.8, second_episode=0.1)

    def test_evaluating_every_minute_gives_the_same_life(self) -> None:
        counts: Counter[str] = Counter()

        @several(8)
        @given(senior_lives(fine=True))
        def law(life: list[Command]) -> None:
            expected = unpolled(life)
            counts.update(features(expected) | {"lives"})
            assert polled(life, every(MINUTE, life, until=10 * DAY)) == expected

        law()
        holds_often(counts, reminder=0.5)

    def test_any_polls_at_all_give_the_same_life(self) -> None:
        counts: Counter[str] = Counter()

        @several(300)
        @given(senior_lives(fine=True), st.data())
        def law(life: list[Command], data: st.DataObject) -> None:
            expected = unpolled(life)
            counts.update(features(expected) | {"lives"})
            awkward = [e.at + step for e in expected.history for step in (-MICRO, timedelta(), MICRO)]
            polls = data.draw(st.lists(st.sampled_from(awkward), max_size=8))
            assert polled(life, iter(sorted(polls))) == expected

        law()
        holds_often(counts, reminder=0.6, closed=0.4)

    def test_every_life_equals_the_unpolled_replay_of_its_effective_outside_events(self) -> None:
        """Polls ahead of commands make them late; they then take effect at their effective instant."""
        counts: Counter[str] = Counter()

        @several(300)
        @given(senior_lives(fine=True), st.data())
        def law(life: list[Command], data: st.DataObject) -> None:
            ticket: Ticket | None = None
            effective: list[Command] = []
            ahead = data.draw(st.sampled_from([timedelta(), HOUR, 3 * DAY]))
            for command in life:
                ticket = looked_at(command.at + ahead, ticket)
                decision = handle(ticket, command, RULES)
                if isinstance(decision, Accepted):
                    taken = next(entry for entry in decision.entries if not entry.is_automatic)
                    effective.append(attrs.evolve(command, at=taken.at))
                    counts.update({"late"} if taken.occurred_at else ())
                ticket = decision.ticket
            assert ticket is not None
            end = ticket.changed_at + LATER
            counts.update({"lives"})
            mine = advance(end, ticket, RULES)
            theirs = advance(end, given_all(effective), RULES)
            assert [_without_claim(e) for e in mine.history] == [_without_claim(e) for e in theirs.history]
            assert mine.trails == theirs.trails

        law()
        holds_often(counts, late=0.2)

    @several(200)
    @given(senior_lives(fine=True), st.timedeltas(timedelta(), LATER), st.timedeltas(timedelta(), LATER))
    def test_advancing_is_an_action_under_max(self, life: list[Command], a: timedelta, b: timedelta) -> None:
        ticket = given_all(life)
        first, second = life[-1].at + a, life[-1].at + b
        assert advance(second, advance(first, ticket, RULES), RULES) == advance(max(first, second), ticket, RULES)

    @several(100)
    @given(senior_lives(fine=True))
    def test_a_clock_that_goes_backwards_gets_an_empty_answer(self, life: list[Command]) -> None:
        ticket = unpolled(life)
        assert not evaluate(ticket.changed_at - MICRO, ticket, RULES)


def following_next_due(life: list[Command]) -> Ticket:
    """Return the final ticket if somebody evaluates at `next_due` and at no other instant."""
    ticket: Ticket | None = None
    for command in life:
        while ticket and (due := next_due(ticket, RULES)) and due < command.at:
            ticket = looked_at(due, ticket)
        ticket = handle(ticket, command, RULES).ticket
    end = life[-1].at + LATER
    while ticket and (due := next_due(ticket, RULES)) and due <= end:
        ticket = looked_at(due, ticket)
    assert ticket is not None
    return ticket


def _without_claim(entry: Entry) -> Entry:
    return attrs.evolve(entry, occurred_at=None)


class TestClause311:
    """`evaluate` returns the whole plan that advancing would carry out; `apply` applies it once."""

    @several(200)
    @given(senior_lives(fine=True), st.timedeltas(timedelta(), LATER))
    def test_applying_the_plan_is_advancing(self, life: list[Command], wait: timedelta) -> None:
        ticket, now = given_all(life), life[-1].at + wait
        plan = evaluate(now, ticket, RULES)
        assert plan == evaluate(now, ticket, RULES), "asking again answers the same"
        after = apply(ticket, plan).unwrap().ticket
        assert after == advance(now, ticket, RULES)
        assert not evaluate(now, after, RULES)
        again = apply(after, plan).unwrap()
        assert (again.ticket, again.is_repeated or not plan) == (after, True)

    @several(100)
    @given(senior_lives(fine=True))
    def test_a_plan_that_a_command_raced_is_stale(self, life: list[Command]) -> None:
        before, after = given_all(life[:-1]), given_all(life)
        plan = evaluate(life[-1].at + LATER, before, RULES)
        if plan and after != before:
            decision = apply(after, plan)
            assert isinstance(decision, Refused) or decision.is_repeated
            assert decision.ticket == after


class TestClause313:
    """Nothing is due before `next_due`, and something is due at it."""

    def test_next_due_is_exact_on_both_sides(self) -> None:
        counts: Counter[str] = Counter()

        @several(300)
        @given(senior_lives(fine=True))
        def law(life: list[Command]) -> None:
            ticket = given_all(life)
            due = next_due(ticket, RULES)
            counts.update({"lives"} | ({"due"} if due else set()))
            if due is None:
                assert not evaluate(life[-1].at + 3650 * DAY, ticket, RULES)
            else:
                assert not evaluate(due - MICRO, ticket, RULES)
                assert evaluate(due, ticket, RULES)

        law()
        holds_often(counts, due=0.4)


class TestClause21:
    """`replay(events) == ticket`, and needs no rules; refusals change nothing."""

    @several(200)
    @given(senior_lives(fine=True))
    def test_replaying_the_history_gives_the_ticket(self, life: list[Command]) -> None:
        ticket = unpolled(life)
        assert replay(ticket.history) == ticket
        assert hash(replay(ticket.history)) == hash(ticket)

    @several(200)
    @given(senior_lives(fine=True))
    def test_instants_never_decrease_and_keys_are_unique(self, life: list[Command]) -> None:
        history = list(unpolled(life).history)
        assert [entry.sequence for entry in history] == list(range(len(history)))
        assert all(a.at <= b.at for a, b in itertools.pairwise(history))
        ids = [entry.id for entry in history]
        assert len(set(ids)) == len(ids)


class TestClause35:
    """A ladder is one episode; a customer's public message ends it; the next wait starts again."""

    def test_lives_agree_with_a_desk_stepped_minute_by_minute(self) -> None:
        counts: Counter[str] = Counter()

        @several(200)
        @given(senior_lives(fine=False))
        def law(life: list[Command]) -> None:
            ticket = advance(life[-1].at + 12 * DAY, given_all(life), RULES)
            counts.update(features(ticket) | {"lives"})
            told = [(entry.at, _told(event)) for entry, event in happenings(ticket)]
            expected = oracles.senior_life(life, life[-1].at + 12 * DAY)
            assert [each for each in told if each[1]] == [(at, what) for at, what in expected if what != "new"]

        law()
        holds_often(counts, reminder=0.6, closed=0.3, second_episode=0.15)


def _told(event: object) -> str | None:
    match event:
        case StateChanged(after=state):
            return state
        case MessageRequested(template=template):
            return template
        case _:
            return None


def test_the_oracle_agrees_with_what_was_worked_by_hand() -> None:
    """Thu 19 Nov 2026 15:00 and six business days over the holiday is Mon 30 Nov 15:00."""
    anchor = sp(2026, 11, 19, 15).replace(tzinfo=None)
    assert oracles.senior_close(anchor) == sp(2026, 11, 30, 15).replace(tzinfo=None)
