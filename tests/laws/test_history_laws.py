"""Laws of histories, on random rule sets and commands: their form, their causes, and their explanations.

Source: docs/semantics.md 2.1, 2.2, 3.3, 3.4, 3.8, 3.10, 3.12, 3.14, 3.15.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, pairwise

import attrs
import pytest

from tests.support.desk import BOSS, CUSTOMER
from tests.support.random_lives import (
    DAY,
    MICRO,
    Drawn,
    Haste,
    Moments,
    World,
    going_live,
    growing,
    happened,
    hastes,
    hurried,
    instants,
    law,
    lived,
    moments,
    picks,
    rules_of,
    taken,
    timed,
    turned,
    worlds,
)
from ticketflow import (
    Automation,
    FieldIs,
    Message,
    OnChange,
    OnEnter,
    Rules,
    StateIs,
    Ticket,
    advance,
    commands,
    decide,
    evaluate,
    explain,
    handle,
    next_due,
    replay,
)
from ticketflow.engine.decisions import Accepted
from ticketflow.engine.handling import advance_before
from ticketflow.rules.actions import Action, Move, SetField
from ticketflow.rules.automations import Rule
from ticketflow.rules.schedules import schedule_of
from ticketflow.rules.triggers import Trigger
from ticketflow.service.explanations import Explanation
from ticketflow.testing.random_rules import PLACES, Pick
from ticketflow.tickets.anchors import last_moved
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import (
    ByCommand,
    ByRule,
    Entry,
    FieldChanged,
    MessageAdded,
    Opened,
    OutsideEventRecorded,
    Snoozed,
    StateChanged,
    Superseded,
)
from ticketflow.tickets.facts import Mark
from ticketflow.tickets.ticket import changes_ticket
from ticketflow.workflow.conditions import holds

pytestmark = pytest.mark.lives


class TestMonotoneHistory:
    """2.2: the history only grows, and its instants never decrease; nothing takes effect before it is due."""

    @law(80, worlds(), hastes, firing=0.4, late=0.4, held=0.02)
    def test_instants_never_decrease_and_nothing_is_lost(self, world: World, haste: Haste) -> Iterator[str]:
        for before, _, decision in hurried(world, haste):
            if before is not None and decision.ticket is not None:
                assert decision.ticket.history.after(0)[: before.version] == before.history.after(0)
        ticket = hastened(world, haste)
        entries = list(ticket.history)
        assert [entry.sequence for entry in entries] == list(range(len(entries)))
        assert all(earlier.at <= later.at for earlier, later in pairwise(entries))
        assert all(entry.at >= cause.due_at for entry, cause in timed(ticket))
        yield from happened(world, ticket)


class TestAsOf:
    """2.1: the ticket as of an instant is what the commands until then, and what was due by then, had made of it."""

    @law(60, worlds(), firing=0.4)
    def test_a_later_look_back_finds_what_an_earlier_look_found(self, world: World) -> Iterator[str]:
        final = lived(world)
        ticket: Ticket | None = None
        for command, following in pairwise(world.life):
            ticket = handle(ticket, command, world.rules).ticket
            assert ticket is not None
            for now in (command.at, ticket.changed_at, following.at - MICRO):
                if ticket.changed_at <= now < following.at:
                    assert final.as_of(now) == advance(now, ticket, world.rules)
                    yield "looked back"
        assert final.as_of(final.history[0].at - MICRO) is None
        assert final.as_of(world.end) is final
        yield from happened(world, final)


class TestFollowUps:
    """2.2, 3.12: a follow-up has the fields that the closing copies, and a delivery opens one ticket only."""

    @law(60, worlds(), copied=0.3, empty=0.1)
    def test_a_delivery_opens_one_ticket_with_the_values_at_the_closing(self, world: World) -> Iterator[str]:
        flow = world.rules.workflow
        *others, close = flow.transitions
        sources = [state.name for state in flow.states if state.category != "closed"]
        closing = attrs.evolve(close, sources=sources, may={"administrator"}, follow_up_fields=("hot", "day"))
        rules = attrs.evolve(world.rules, workflow=attrs.evolve(flow, transitions=(*others, closing)))
        ticket = lived(attrs.evolve(world, rules=rules))
        if ticket.category != "closed":
            ticket = handle(ticket, commands.Move("close", at=world.end, by=BOSS), rules).unwrap().ticket
        command = commands.FollowUp(event_id="more", at=world.end + DAY, by=CUSTOMER)
        child = handle(ticket, command, rules).unwrap().created
        assert child is not None
        assert (child.id, replay(child.history)) == (command.ticket_id(ticket.id), child)
        opened = child.history.first.events[0]
        assert isinstance(opened, Opened)
        expected = {name: value for name, value in ticket.fields.items() if value is not None}
        assert opened.fields == expected
        later = advance(world.end + 3 * DAY, child, rules)
        again = handle(ticket, attrs.evolve(command, at=world.end + 3 * DAY), rules, stored=later).unwrap()
        assert (again.ticket, again.created, again.is_repeated, again.touched) == (ticket, later, True, ())
        yield "copied" if expected else "empty"


def hastened(world: World, haste: Haste) -> Ticket:
    """Return the final ticket if somebody advanced it ahead of every command."""
    *_, (_, _, decision) = hurried(world, haste)
    assert decision.ticket is not None
    return advance(max(world.end, decision.ticket.changed_at), decision.ticket, world.rules)


class TestUniqueKeys:
    """3.12: no key occurs twice in a history, and each names an earlier entry as its arming."""

    @law(80, worlds(), hastes, firing=0.4, again=0.15, tie=0.05, late=0.4)
    def test_every_occurrence_is_recorded_once(self, world: World, haste: Haste) -> Iterator[str]:
        ticket = hastened(world, haste)
        ids: set[str] = set()
        rules: set[str] = set()
        for entry in ticket.history:
            assert entry.id not in ids
            if isinstance(entry.cause, ByRule):
                assert entry.id == entry.cause.key.digest
                assert entry.cause.key.arming in ids
                yield from ["again"] * (entry.cause.key.rule in rules)
                rules.add(entry.cause.key.rule)
            ids.add(entry.id)
        yield from happened(world, ticket)


class TestCausality:
    """3.8, 3.11: the history up to an instant depends on nothing after it."""

    @law(90, worlds(), moments, cut_short=0.7, fired_before=0.2)
    def test_cutting_a_life_short_leaves_what_was_before(self, world: World, drawn: Moments) -> Iterator[str]:
        whole = lived(world)
        for cut in instants(whole, drawn):
            known = tuple(command for command in world.life if command.at <= cut)
            if known and cut <= world.end:
                short = advance(cut, taken(attrs.evolve(world, life=known)), world.rules)
                expected = [entry for entry in whole.history if entry.at <= cut]
                assert [entry for entry in short.history if entry.at <= cut] == expected
                if len(known) < len(world.life):
                    yield "cut short"
                    yield from ["fired before"] * any(entry.at <= cut for entry, _ in timed(whole))


class TestEffectiveTime:
    """3.8: a command before the seal takes effect just after it, one before the last outside entry at its instant."""

    @law(90, worlds(), hastes, sealed=0.3, with_the_last=0.3, in_time=0.5)
    def test_it_is_after_the_seal_and_what_was_claimed_is_kept(self, world: World, haste: Haste) -> Iterator[str]:
        for before, command, decision in hurried(world, haste):
            if before is None or not isinstance(decision, Accepted):
                continue
            last, (index, entry) = before.history.last, outside_of(decision.entries)
            how = "in time" if command.at > last.at else "sealed" if last.is_automatic else "with the last"
            assert entry.at == {"in time": command.at, "sealed": last.at + MICRO, "with the last": last.at}[how]
            assert entry.occurred_at == (None if entry.at == command.at else command.at)
            assert all(earlier.at < entry.at for earlier in decision.entries[:index])
            assert all(reaction.at == entry.at for reaction in decision.entries[index:])
            assert (next_due(decision.ticket, world.rules) or entry.at) >= entry.at
            yield how

    @law(60, worlds(), at_the_very_instant=0.3)
    def test_events_of_an_instant_come_before_its_timers(self, world: World) -> Iterator[str]:
        ticket = taken(world)
        due = next_due(ticket, world.rules)
        if due is not None and due > ticket.changed_at and ticket.category != "closed":
            decision = handle(ticket, commands.AddMessage(Message("last"), at=due, by=CUSTOMER), world.rules).unwrap()
            place, entry = outside_of(decision.entries)
            assert (place, entry.at) == (0, due)
            yield "at the very instant"


def outside_of(entries: tuple[Entry, ...]) -> tuple[int, Entry]:
    """Return the entry of a command among the entries that it caused, and its place."""
    ((place, entry),) = [(place, entry) for place, entry in enumerate(entries) if not entry.is_automatic]
    return place, entry


class TestUnpolledReplay:
    """3.8: every history equals the unpolled replay of its outside events at their effective instants."""

    @law(90, worlds(), hastes, late=0.4, firing=0.4, cascade=0.05)
    def test_late_commands_mean_their_effective_instants(self, world: World, haste: Haste) -> Iterator[str]:
        effective = tuple(
            attrs.evolve(command, at=outside_of(decision.entries)[1].at if before else command.at)
            for before, command, decision in hurried(world, haste)
            if isinstance(decision, Accepted)
        )
        ticket = hastened(world, haste)
        replayed = taken(attrs.evolve(world, life=effective))
        assert told(advance(max(world.end, ticket.changed_at), replayed, world.rules)) == told(ticket)
        yield from happened(world, ticket)


def told(ticket: Ticket) -> list[Entry]:
    """Return the history without the instants that senders claimed."""
    return [attrs.evolve(entry, occurred_at=None) for entry in ticket.history]


class TestOutsideEventsRegenerate:
    """3.8, 3.12: giving the outside entries of a history again produces every automatic one."""

    @law(90, worlds(), firing=0.4, cascade=0.05, held=0.03, tie=0.05, DST_day=0.03)
    def test_every_automatic_entry_comes_again(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        life = tuple(command for entry in ticket.history for command in asked_for(entry, ticket))
        again = advance(world.end, taken(attrs.evolve(world, life=life)), world.rules)
        assert told(again) == told(ticket)
        yield from happened(world, ticket)


def asked_for(entry: Entry, ticket: Ticket) -> Iterator[Command]:
    """Yield the command that an entry of the ticket's history records."""
    if not isinstance(entry.cause, ByCommand):
        return
    at, by, event_id = entry.at, entry.actor, entry.cause.event_id
    found = {type(event): event for event in entry.events}
    match entry.cause.command, *map(found.get, (Opened, MessageAdded, StateChanged, Snoozed, OutsideEventRecorded)):
        case "open", Opened(ticket=name), MessageAdded(message=message), *_:
            yield commands.Open(name, message=message, at=at, by=by, event_id=event_id)
        case "add_message", _, MessageAdded(message=message), *_:
            yield commands.AddMessage(message, at=at, by=by, event_id=event_id)
        case "move", _, _, StateChanged(transition=transition), *_:
            yield commands.Move(transition, at=at, by=by, event_id=event_id)
        case "snooze", _, _, _, Snoozed(until=until), _:
            yield commands.Snooze(until=until, at=at, by=by, event_id=event_id)
        case "record_event", *_, OutsideEventRecorded(event=event):
            yield commands.RecordEvent(event, at=at, by=by, event_id=event_id)
        case "set_fields", *_:
            fields = {event.field: event.after for event in entry.events if isinstance(event, FieldChanged)}
            yield commands.SetFields(fields, at=at, by=by, event_id=event_id)
        case "set_requester", *_:
            requester = replay(ticket.history[: entry.sequence + 1]).requester
            yield commands.SetRequester(requester, at=at, by=by, event_id=event_id)
        case "reopen", *_:
            yield commands.Reopen(at=at, by=by, event_id=event_id)
        case _:
            raise AssertionError(entry)


class TestOwnOutput:
    """3.3: rules, robots and automatic mail move no anchor of messages or activity."""

    @law(100, worlds(), firing=0.4, note=0.02, robot=0.2, machine=0.2, person=0.9)
    def test_it_moves_no_message_or_activity_anchor(self, world: World) -> Iterator[str]:
        for before, after in pairwise(growing(lived(world))):
            who = emitted_by(after.history.last)
            assert who == "person" or heard(after) == heard(before), who
            yield who
        yield from happened(world, lived(world))


def heard(ticket: Ticket) -> dict[str, Mark]:
    """Return the marks of messages and activities."""
    return {name: mark for name, mark in ticket.marks.items() if name.startswith(("message.", "activity."))}


def emitted_by(entry: Entry) -> str:
    """Return the author of an entry: a rule, by a note or otherwise, a robot, automatic mail, or a person."""
    messages = [event.message for event in entry.events if isinstance(event, MessageAdded)]
    if entry.is_automatic:
        return "note" if messages else "rule"
    return "robot" if entry.actor.role == "robot" else "machine" if any(m.automatic for m in messages) else "person"


class TestAnswerEndsTheEpisode:
    """3.4, 3.5: when `ended_by` occurs or the condition becomes false, the episode has no more occurrences."""

    @law(120, worlds(kinds=("ladder", "timer", "reaction")), cancel=0.25, reset=0.25, second_episode=0.1, firing=0.4)
    def test_nothing_fires_of_an_episode_that_is_over(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        tickets, rules = list(growing(ticket)), rules_of(world.rules)
        for entry, cause in timed(ticket):
            rule = rules[cause.key.rule]
            for at_the_time in tickets[cause.armed : entry.sequence]:
                assert holds(rule.given, at_the_time.facts)
                assert at_the_time.version == cause.armed + 1 or not ended_in(rule, at_the_time)
            yield from ["second episode"] * any(is_earlier_episode(other, cause) for _, other in timed(ticket))
        yield from turned(world, ticket)
        yield from happened(world, ticket)


def ended_in(rule: Rule, ticket: Ticket) -> bool:
    """Return True if the last entry of *ticket* moved the anchor that ends the rule."""
    moved = last_moved(rule.ended_by, ticket.marks) if rule.ended_by else None
    return moved is not None and moved[1].sequence == ticket.history.last.sequence


def is_earlier_episode(one: ByRule, other: ByRule) -> bool:
    return one.key.rule == other.key.rule and one.armed < other.armed


def circling(pick: Pick) -> World:
    """Draw rules that trigger each other under small bounds, and timers beside them."""
    drawn = Drawn(pick, pick(PLACES))
    timers = drawn.rules(kinds=("timer", "timer", "ladder"))
    circle = (Automation(f"c{number}", pick(WHENS), (pick(THENS),), rank=pick((0, 1))) for number in range(4))
    rules = attrs.evolve(
        timers,
        automations=(*timers.automations, *circle),
        steps_at_one_instant=pick((3, 5, 9)),
        unattended_changes=pick((4, 12)),
    )
    return World(drawn.place, rules, drawn.life())


WHENS: tuple[Trigger, ...] = (
    *(OnChange("hot"), OnEnter(FieldIs("hot", 0)), OnEnter(FieldIs("hot", 1))),
    *(OnEnter(StateIs("busy")), OnEnter(StateIs("open"))),
)
THENS: tuple[Action, ...] = (SetField("hot", 0), SetField("hot", 1), Move("start"), Move("back"))


class TestLoopBound:
    """3.14: rules in a loop are halted until the next outside event, and commands are always accepted."""

    @law(90, picks.map(circling), halt=0.12, cascade=0.3, firing=0.4)
    def test_no_circle_runs_on(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        assert not evaluate(world.end, ticket, world.rules)
        for run in attended(ticket):
            assert sum(map(changes_ticket, run)) <= world.rules.unattended_changes
            for _, steps in groupby(run, key=lambda entry: entry.at):
                assert len(in_circles(list(steps))) <= world.rules.steps_at_one_instant
        for before, after in pairwise(growing(ticket)):
            entry = after.history.last
            assert not isinstance(entry.cause, ByRule) or entry.cause.key.rule not in before.halted
            assert before.halted <= after.halted or not entry.is_automatic
        yield from happened(world, ticket)

    @law(60, picks.map(circling), taken=1.0, taken_after_a_halt=0.1)
    def test_no_halt_refuses_a_command(self, world: World) -> Iterator[str]:
        for before, command, decision in hurried(world, [(0 * DAY, 0 * DAY)]):
            found = before and advance_before(command.at, before, world.rules)
            assert isinstance(decision, Accepted) is isinstance(decide(found, command, world.rules), Accepted)
            yield from ["taken"] * isinstance(decision, Accepted)
            yield from ["taken after a halt"] * bool(found and found.halted and isinstance(decision, Accepted))


def attended(ticket: Ticket) -> Iterator[list[Entry]]:
    """Yield each run of automatic entries between commands and halts."""
    for is_rule, run in groupby(ticket.history, key=lambda entry: isinstance(entry.cause, ByRule)):
        if is_rule:
            yield list(run)


def in_circles(steps: list[Entry]) -> set[int]:
    """Return the sequences of the steps by rules that set themselves off, each with the one that set it off."""
    earlier: dict[int, list[tuple[str, int]]] = {}  # for each step, those that led to it, oldest first
    found = set[int]()
    for entry in steps:
        assert isinstance(entry.cause, ByRule)
        rule, chain = entry.cause.key.rule, earlier.get(entry.cause.armed, [])
        own = [sequence for name, sequence in chain if name == rule]
        found |= {entry.sequence, own[-1]} if own else set()
        earlier[entry.sequence] = [*chain, (rule, entry.sequence)]
    return found


class TestExplainAgrees:
    """3.15: `explain` has one answer for every rule, and `evaluate` agrees with it."""

    @law(
        70, worlds(), moments, due=0.2, waiting=0.15, fired=0.15, not_applicable=0.3, ended=0.2, held=0.015, dropped=0.1
    )
    def test_every_verdict_is_what_happens(self, world: World, drawn: Moments) -> Iterator[str]:
        yield from self.agreeing(world, drawn)

    @law(60, going_live(), moments, due=0.1, waiting=0.1, not_applicable=0.3, not_in_force=0.1)
    def test_every_verdict_of_rules_that_come_into_force_is_what_happens(
        self, drawn: tuple[World, datetime], asked: Moments
    ) -> Iterator[str]:
        world, at = drawn
        yield from self.agreeing(world.in_force_from(at), asked)

    @staticmethod
    def agreeing(world: World, drawn: Moments) -> Iterator[str]:
        ticket, rules = taken(world), world.rules
        for now in instants(lived(world), drawn[:1], since=world.life[-1].at):
            if now < ticket.changed_at:  # the ticket as it stood is explained (2.1)
                assert explain(now, ticket, rules) == explain(now, as_of(now, ticket), rules)
                continue
            plan, said = evaluate(now, ticket, rules), explain(now, ticket, rules)
            assert [each.rule for each in said] == sorted(rules_of(rules))
            assert {each.rule for each in said if each.verdict == "due"} == {due.rule for due in plan}
            after = advance(now, ticket, rules)
            for each in said:
                yield each.verdict.replace("_", " ")
                confirm(each, after, rules)


def as_of(now: datetime, ticket: Ticket) -> Ticket:
    earlier = ticket.as_of(now)
    assert earlier is not None
    return earlier


def confirm(said: Explanation, ticket: Ticket, rules: Rules) -> None:
    """Check an explanation against the ticket, and against the rule when it is alone."""
    rule, last = rules_of(rules)[said.rule], said.entry
    of_rule = last is not None and isinstance(last.cause, ByRule) and last.cause.key.rule == rule.id
    match said.verdict:
        case "due" | "fired" | "dropped":
            assert of_rule
            assert last in tuple(ticket.history)
        case "waiting":
            assert said.at is not None
            assert ticket.snooze or acts_at(said.at, rule, ticket, rules)
        case "frozen":
            assert rules.clocks
        case "held":
            assert said.mask is not None
            assert holds(said.mask, ticket.facts)
        case "halted":
            assert rule.id in ticket.halted
        case "ended":
            assert last is not None
            assert any(ended_in(rule, grown) for grown in growing(ticket) if grown.history.last == last)
        case "not_applicable":
            assert not all(check.holds for check in said.checks)
        case "not_enabled":
            assert not rule.is_enabled
        case "not_in_force":
            named = [each for each in (rule.in_force_from, rules.in_force_from) if each]
            assert said.at == max(named)
            assert not of_rule
        case "awaits_event" | "never":
            assert all(check.holds for check in said.checks)
    if said.verdict not in ("due", "waiting") and schedule_of(rule) is not None and ticket.snooze is None:
        assert next_due(ticket, alone(rule, rules)) is None


def alone(rule: Rule, rules: Rules) -> Rules:
    """Return the rules with all others disabled, except those implied by snoozing."""
    others = (attrs.evolve(each, is_enabled=each.id == rule.id) for each in rules.automations)
    return attrs.evolve(rules, automations=tuple(others))


def acts_at(at: datetime, rule: Rule, ticket: Ticket, rules: Rules) -> bool:
    """Return True if a rule that is alone acts at an instant, and is at most superseded before it."""
    entries = [due.entry for due in evaluate(at, ticket, alone(rule, rules))]
    acting = [entry.at for entry in entries if not any(isinstance(event, Superseded) for event in entry.events)]
    return bool(acting) and acting[0] == at
