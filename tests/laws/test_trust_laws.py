"""Laws of histories and plans from elsewhere: what the engine makes is accepted, and mutations of it are refused.

Source: docs/semantics.md 2.2, 3.11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import attrs
import pytest

from tests.support.desk import ANA
from tests.support.random_lives import MICRO, World, law, lived, picks, worlds
from ticketflow import Plan, Ticket, apply, documents, evaluate, handle, replay, verify
from ticketflow.errors import BadValueError, DocumentError, HistoryError
from ticketflow.testing.random_rules import Pick
from ticketflow.tickets.events import ByCommand, ByRule, Entry, Opened, StateChanged

pytestmark = pytest.mark.lives

Entries = tuple[Entry, ...]
Mutation = Callable[[Entries, int], Entries | None]
"""Returns entries that lie at a place; None where that is not possible there."""


def _changed(entries: Entries, place: int, changed: Entry) -> Entries:
    return (*entries[:place], changed, *entries[place + 1 :])


def _without(entries: Entries, place: int) -> Entries | None:
    return entries[:place] + entries[place + 1 :] if place < len(entries) - 1 else None


def _twice(entries: Entries, place: int) -> Entries:
    again = tuple(attrs.evolve(entry, sequence=entry.sequence + 1) for entry in entries[place:])
    return entries[: place + 1] + again


def _swapped(entries: Entries, place: int) -> Entries | None:
    if place + 1 >= len(entries):
        return None
    one, other = entries[place : place + 2]
    return (*entries[:place], other, one, *entries[place + 2 :])


def _renamed(entries: Entries, place: int) -> Entries:
    return _changed(entries, place, attrs.evolve(entries[place], id=entries[place].id + "0"))


def _by_a_person(entries: Entries, place: int) -> Entries | None:
    entry = entries[place]
    return _changed(entries, place, attrs.evolve(entry, actor=ANA)) if entry.is_automatic else None


def _another_occurrence(entries: Entries, place: int) -> Entries | None:
    entry = entries[place]
    if not isinstance(entry.cause, ByRule):
        return None
    key = attrs.evolve(entry.cause.key, occurrence=entry.cause.key.occurrence + 1)
    return _changed(entries, place, attrs.evolve(entry, cause=attrs.evolve(entry.cause, key=key)))


def _another_arming(entries: Entries, place: int) -> Entries | None:
    entry = entries[place]
    if not isinstance(entry.cause, ByRule):
        return None
    cause = attrs.evolve(entry.cause, armed=entry.cause.armed + 1)
    return _changed(entries, place, attrs.evolve(entry, cause=cause))


def _opened_again(entries: Entries, place: int) -> Entries:
    entry = entries[place]
    again = attrs.evolve(entry, events=(*entry.events, Opened("T-1", "open", "open")))
    return _changed(entries, place, again)


def _from_another_state(entries: Entries, place: int) -> Entries:
    entry = entries[place]
    moved = StateChanged("nowhere", "open", "open", "back")
    return _changed(entries, place, attrs.evolve(entry, events=(*entry.events, moved)))


MUTATIONS: Mapping[str, Mutation] = {
    "without": _without,
    "twice": _twice,
    "swapped": _swapped,
    "renamed": _renamed,
    "person": _by_a_person,
    "occurrence": _another_occurrence,
    "arming": _another_arming,
    "opened": _opened_again,
    "state": _from_another_state,
}


def _earlier(entries: Entries, place: int) -> Entries | None:
    if not place:
        return None
    return _changed(entries, place, attrs.evolve(entries[place], at=entries[place - 1].at - MICRO))


def _after_closing(ticket: Ticket) -> Entries:
    more = Entry(ticket.version, str(ticket.outside), ticket.changed_at, ANA, ByCommand("assign"), ())
    return (*ticket.history, more)


def mutated(ticket: Ticket, pick: Pick) -> tuple[str, Entries] | None:
    """Return the history of *ticket* with one lie in it, and the name of the lie."""
    entries = tuple(ticket.history)
    is_closed = ticket.category == "closed"
    name = "closed" if is_closed and pick((True, True, True, False)) else pick((*MUTATIONS, "earlier"))
    if name == "closed":
        return name, _after_closing(ticket)
    found = {**MUTATIONS, "earlier": _earlier}[name](entries, pick(range(len(entries))))
    return None if found is None else (name, found)


def mutated_plan(ticket: Ticket, plan: Plan, pick: Pick) -> tuple[str, Plan] | None:
    """Return a plan with one lie in it, and the name of the lie."""
    if not plan.due:
        return None
    name, place = pick((*MUTATIONS, "earlier", "command", "due")), pick(range(len(plan.entries)))
    entry = plan.entries[place]
    found: Entries | None
    match name:
        case "due":
            at = pick(range(len(plan.due)))
            late = attrs.evolve(plan.due[at], due_at=plan.due[at].due_at - MICRO)
            lies = pick((plan.due[:at], (*plan.due[:at], late, *plan.due[at + 1 :])))
            return name, attrs.evolve(plan, due=lies)
        case "command":
            found = _changed(plan.entries, place, attrs.evolve(entry, cause=ByCommand("assign")))
        case "earlier":
            before = plan.entries[place - 1].at if place else ticket.changed_at
            found = _changed(plan.entries, place, attrs.evolve(entry, at=before - MICRO))
        case _:
            found = MUTATIONS[name](plan.entries, place)
    return None if found is None else (name, with_entries(plan, found))


def with_entries(plan: Plan, entries: Entries) -> Plan:
    """Return *plan* with other entries, and with the due items that agree with them."""
    actions = {due.rule: due.actions for due in plan.due}
    due = tuple(
        attrs.evolve(
            plan.due[0],
            rule=entry.cause.key.rule,
            actions=actions[entry.cause.key.rule],
            reason=entry.cause.reason,
            due_at=entry.cause.due_at,
            key=entry.cause.key,
            entry=entry,
        )
        for entry in entries
        if isinstance(entry.cause, ByRule)
    )
    return attrs.evolve(plan, entries=entries, due=due)


class TestHistories:
    @law(1000, worlds(), picks, mutated=0.5, closed=0.005, person=0.01, arming=0.01, occurrence=0.01)
    def test_the_engine_makes_histories_and_mutations_of_them_are_refused(
        self, world: World, pick: Pick
    ) -> Iterator[str]:
        ticket = lived(world)
        assert replay(ticket.history) == ticket
        found = mutated(ticket, pick)
        if found:
            yield "mutated"
            yield found[0]
            with pytest.raises(HistoryError):
                replay(found[1])


class TestPlans:
    @law(400, worlds(), picks, plan=0.2, mutated=0.2, unreadable=0.1, due=0.01, more=0.02)
    def test_the_engine_makes_plans_and_mutations_of_them_are_refused(self, world: World, pick: Pick) -> Iterator[str]:
        ticket: Ticket | None = None
        rules = attrs.evolve(world.rules, occurrences_per_call=pick((1, 3, 1000)))
        for command in world.life[: pick(range(1, len(world.life) + 1))]:
            ticket = handle(ticket, command, rules).ticket
        assert ticket is not None
        plan = evaluate(ticket.changed_at + timedelta(hours=pick((5, 24, 100, 100))), ticket, rules)
        stored = documents.read("plan", documents.write(plan))
        assert stored == plan
        assert apply(ticket, stored) == apply(ticket, plan)
        assert verify(stored, ticket, rules)
        yield from ("plan",) if plan else ()
        yield from ("more",) if plan.has_more else ()
        found = mutated_plan(ticket, plan, pick)
        if found:
            yield "mutated"
            yield found[0]
            assert not verify(found[1], ticket, rules)
            with pytest.raises((HistoryError, BadValueError)):
                apply(ticket, found[1])
            yield from self._read(found[1])

    def _read(self, plan: Plan) -> Iterator[str]:
        """Read a plan that lies: most lies are seen without the ticket."""
        try:
            documents.read("plan", documents.write(plan))
        except DocumentError:
            yield "unreadable"
