"""Laws of polling, on random rule sets and commands: it does not matter when, where and how often you ask.

Source: docs/semantics.md 1.1, 3.8, 3.11 to 3.14.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import attrs
import pytest

from tests.support.random_lives import (
    ASKED,
    DAY,
    MICRO,
    QUARTER,
    Moments,
    Shares,
    World,
    digests,
    happened,
    instants,
    law,
    lived,
    moments,
    polled,
    seeded,
    story,
    taken,
    turned,
    worlds,
)
from ticketflow import Ticket, advance, apply, deliveries, evaluate, explain, handle, next_due, replay
from ticketflow.engine.decisions import Accepted
from ticketflow.rules.actions import Emit
from ticketflow.service.delivery import Deliveries
from ticketflow.testing.random_rules import ACTS, SITE
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByRule, Emitted, Key

pytestmark = pytest.mark.lives

EMITTING = (*ACTS, *[Emit("a", ("hot",))] * 8)


class TestPollInvariance:
    """3.8: the history of a ticket does not depend on when or how often anyone evaluates it."""

    @law(130, worlds(), moments, firing=0.4, cascade=0.05, tie=0.05, command_first=0.05, DST_day=0.03, lift=0.05)
    def test_polls_make_no_difference(self, world: World, drawn: Moments) -> Iterator[str]:
        never = lived(world)
        assert lived(world, instants(never, drawn)) == never
        yield from happened(world, never)
        yield from turned(world, never)


class TestEmittedOnce:
    """3.9, 3.12: every emitted event is sent exactly once, however often and late anyone evaluates the ticket."""

    @law(60, worlds(doings=EMITTING), moments, emitted=0.3, with_a_command=0.2, in_a_poll=0.1)
    def test_what_is_sent_is_what_the_history_has(self, world: World, drawn: Moments) -> Iterator[str]:
        sent, rules = Counter[tuple[Key, str]](), world.rules
        ticket: Ticket | None = None
        polls = sorted(instants(lived(world), drawn))
        for command, end in zip(world.life, (*(each.at for each in world.life[1:]), None), strict=True):
            answer = handle(ticket, command, rules)
            late = command.at + 30 * DAY
            of_answer = _emitted(deliveries(answer, late))
            ticket, sent = answer.ticket, sent + of_answer
            assert ticket is not None
            until = [each for each in polls if command.at <= each and (end is None or each < end)]
            for poll in until if end else (*until, world.end):
                while plan := evaluate(poll, ticket, rules):
                    of_plan = _emitted(deliveries(plan, late))
                    ticket, sent = apply(ticket, plan).unwrap().ticket, sent + of_plan
                    yield from ["in a poll"] * bool(of_plan)
            yield from ["with a command"] * bool(of_answer)
        assert ticket is not None
        by_rules = [(entry.cause.key, entry.events) for entry in ticket.history if isinstance(entry.cause, ByRule)]
        recorded = Counter((key, each.name) for key, made in by_rules for each in made if isinstance(each, Emitted))
        assert sent == recorded
        assert set(recorded.values()) <= {1}
        yield from ["emitted"] * bool(recorded)


def _emitted(found: Deliveries) -> Counter[tuple[Key, str]]:
    """Return the emitted events to send. By the default mode, none is withheld."""
    assert not any(isinstance(each.delivery.request, Emitted) for each in found.withheld)
    return Counter((each.due.key, each.request.name) for each in found.send if isinstance(each.request, Emitted))


class TestTicketCalendars:
    """1.12: nor does it depend on them where rules take calendars from a field that changes."""

    @law(60, worlds(asked=(*ASKED, *["site"] * 8), sites=(SITE,) * 4), moments, firing=0.4, held=0.1)
    def test_polls_make_no_difference(self, world: World, drawn: Moments) -> Iterator[str]:
        never = lived(world)
        assert lived(world, instants(never, drawn)) == never
        yield from happened(world, never)


class TestAdvanceUnderMax:
    """3.8: advancing to one instant and then to another is advancing to the later one."""

    @law(100, worlds(), moments, fired=0.3, differ=0.2)
    def test_advancing_twice_is_advancing_to_the_later(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        first, second, *_ = instants(lived(world), drawn, since=world.life[-1].at)
        one, other = advance(first, ticket, rules), advance(second, ticket, rules)
        both = advance(max(first, second), ticket, rules)
        assert advance(second, one, rules) == advance(first, other, rules) == both
        yield from ["fired"] * (both != ticket) + ["differ"] * (one != other)


class TestEagerIsLazy:
    """3.8: advancing every quarter of an hour gives the same history as advancing only when a command comes."""

    @law(60, worlds(), firing=0.4, cascade=0.05, tie=0.05, DST_day=0.03)
    def test_eager_firing_is_lazy_firing(self, world: World) -> Iterator[str]:
        ticket: Ticket | None = None
        ends = [*(command.at for command in world.life[1:]), world.end]
        for command, end in zip(world.life, ends, strict=True):
            ticket = handle(ticket, command, world.rules).ticket
            assert ticket is not None
            for quarter in range((end - command.at) // QUARTER):
                ticket = advance(command.at + quarter * QUARTER, ticket, world.rules)
        lazy = lived(world)
        assert ticket is not None
        assert advance(world.end, ticket, world.rules) == lazy
        yield from happened(world, lazy)


class TestNextDue:
    """3.13: nothing is due before it, and something is due at it."""

    @law(100, worlds(), due=0.4, several_times=0.2, never=0.1, DST_day=0.03)
    def test_it_is_exact_on_both_sides(self, world: World) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        for already in (False, True, True, True):
            due = next_due(ticket, rules)
            if due is None:
                assert not evaluate(world.end + 3650 * DAY, ticket, rules)
                yield "never"
                break
            assert due >= ticket.changed_at
            assert not evaluate(due - MICRO, ticket, rules)
            assert evaluate(due, ticket, rules)
            ticket = polled(due, ticket, rules)
            yield "several times" if already else "due"
        yield from happened(world, ticket)


class TestFollowingNextDue:
    """3.8, 3.13: evaluating at `next_due` and at no other instant gives the same history as any other schedule."""

    @law(80, worlds(), moments, firing=0.4, tie=0.05, cascade=0.05, DST_day=0.03)
    def test_following_it_is_any_other_schedule(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket: Ticket | None = None
        for command in world.life:
            while ticket and (due := next_due(ticket, world.rules)) and due < command.at:
                ticket = polled(due, ticket, world.rules)
            ticket = handle(ticket, command, world.rules).ticket
        while ticket and (due := next_due(ticket, world.rules)) and due <= world.end:
            ticket = polled(due, ticket, world.rules)
        assert ticket is not None
        assert lived(world, instants(ticket, drawn)) == ticket
        yield from happened(world, ticket)


class TestPurity:
    """1.1, 2.1, 3.11: answers depend on the values only; asking changes nothing."""

    @law(80, worlds(), moments, due=0.3, cascade=0.05)
    def test_asking_changes_nothing(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        kept, fresh = pickle.dumps((ticket, rules)), attrs.evolve(rules)
        for now in instants(lived(world), drawn[:2], since=world.life[-1].at):
            plan, said = evaluate(now, ticket, rules), explain(now, ticket, rules)
            assert (evaluate(now, ticket, rules), explain(now, ticket, rules)) == (plan, said)
            again = replay(ticket.history)
            assert (evaluate(now, again, fresh), explain(now, again, fresh)) == (plan, said)
            assert next_due(again, fresh) == next_due(ticket, rules)
            yield from ["due"] * bool(plan)
        assert pickle.loads(kept) == (ticket, rules)  # noqa: S301 -- our own
        yield from happened(world, lived(world))


class TestPurityAcrossProcesses:
    """1.1: nothing depends on the zone, the language or the hashes of the process."""

    SCRIPT = "from tests.support.random_lives import digests; print(*digests(60), sep='\\n')"
    PLACES = (
        {"TZ": "Pacific/Auckland", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Santiago", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
    )

    def test_other_processes_answer_the_same(self) -> None:
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", self.SCRIPT]
        started = [
            subprocess.Popen(command, env=os.environ | path | place, stdout=subprocess.PIPE, text=True)
            for place in self.PLACES
        ]
        expected = digests(60)
        for process in started:
            said, _ = process.communicate()
            assert said.split() == expected

    def test_their_lives_were_no_empty_ones(self) -> None:
        shares = Shares()
        for world in map(seeded, range(60)):
            shares.count(happened(world, lived(world)))
        shares.hold(firing=0.4, held=0.03, DST_day=0.03, reaction=0.25)


class TestIdempotence:
    """3.11: an applied occurrence is not due again, and applying the plan is advancing."""

    @law(100, worlds(), moments, applied=0.3, several=0.2)
    def test_nothing_is_due_after_it_was_applied(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        for now in instants(lived(world), drawn, since=world.life[-1].at):
            plan = evaluate(now, ticket, rules)
            after = apply(ticket, plan).unwrap().ticket
            assert after == advance(now, ticket, rules)
            assert not evaluate(now, after, rules)
            yield from ["applied"] * bool(plan) + ["several"] * (len(plan) > 1)
            ticket = after


class TestDuplicateApply:
    """3.11: applying a plan whose entries are in the history returns the same ticket, marked as repeated."""

    @law(100, worlds(), moments, repeated=0.2, gone_on=0.1)
    def test_applying_twice_is_applying_once(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        now = max(instants(lived(world), drawn, since=world.life[-1].at)[:2])
        if plan := evaluate(now, ticket, rules):
            once = apply(ticket, plan).unwrap().ticket
            whole = advance(world.end, once, rules)
            for after in (once, whole):
                assert apply(after, plan) == Accepted(after, (), is_repeated=True)
            yield from ["repeated"] + ["gone on"] * (whole != once)


class TestDuplicateCommand:
    """3.12: a command whose event id was accepted before changes nothing, and has the hints that it had."""

    @law(60, worlds(), repeated=0.9, due_meanwhile=0.3)
    def test_giving_twice_is_giving_once(self, world: World) -> Iterator[str]:
        ticket: Ticket | None = None
        given: list[tuple[Command, Accepted]] = []
        for command in world.life:
            decision = handle(ticket, command, world.rules)
            if isinstance(decision, Accepted):
                given.append((command, decision))
            ticket = decision.ticket
            assert ticket is not None
            for again, first in given:
                for at in (again.at, command.at, world.end):
                    repeated = handle(ticket, attrs.evolve(again, at=at), world.rules)
                    assert repeated == Accepted(ticket, (), is_repeated=True, hints=first.hints)
                    yield "repeated"
            yield from ["due meanwhile"] * bool(evaluate(world.end, ticket, world.rules))


class TestResumableBounds:
    """3.14: a call that reaches a limit says that there is more, and continuing equals one call."""

    @law(70, worlds(), cut_short=0.2)
    def test_going_on_equals_one_call(self, world: World) -> Iterator[str]:
        whole = story(lived(world))
        for bound in (1, 3):
            rules = attrs.evolve(world.rules, occurrences_per_call=bound)
            ticket = taken(world)
            while plan := evaluate(world.end, ticket, rules):
                ticket = apply(ticket, plan).unwrap().ticket
                assert plan.has_more is bool(evaluate(world.end, ticket, rules))
                yield from ["cut short"] * plan.has_more
            assert story(ticket) == whole


class TestClockGoingBackwards:
    """3.8: a clock that goes backwards gets an empty answer."""

    @law(80, worlds(), moments, back=0.8, firing=0.4)
    def test_it_gets_an_empty_answer(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket = lived(world)
        for earlier in instants(ticket, drawn):
            if earlier <= world.end:
                assert not evaluate(earlier, ticket, world.rules)
                assert advance(earlier, ticket, world.rules) is ticket
                yield from ["back"] * (earlier < ticket.changed_at)
        yield from happened(world, ticket)

    @law(60, worlds(), moments, firing=0.4, back=0.8)
    def test_a_clock_that_jumps_makes_no_difference(self, world: World, drawn: Moments) -> Iterator[str]:
        ticket, jumps = taken(world), instants(lived(world), drawn, since=world.life[-1].at)
        expected = advance(max(jumps), ticket, world.rules)
        for now in jumps:
            ticket = polled(now, ticket, world.rules)
        assert ticket == expected
        yield from ["back"] * any(earlier > later for earlier, later in pairwise(jumps))
        yield from happened(world, ticket)
