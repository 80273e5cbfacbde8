"""Laws that hold for all commands: random commands by random actors, given to a ticket of every preset.

Source: docs/semantics.md 2.1, 2.2, 2.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.desk import ANA, BOSS, CHANNEL, CUSTOMER, RELEASES, ROBOT, utc
from ticketflow import Actor, Elapsed, Message, Rules, Ticket, commands, decide, handle, replay
from ticketflow.calendars.spans import CalendarSpan
from ticketflow.engine.decisions import Accepted, Option, Refused, available
from ticketflow.engine.handling import advance_before
from ticketflow.kernel.field_values import Value
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.testing.random_commands import SOON, any_commands, values_of, ways
from ticketflow.tickets.commands import NAMES, Command

THIRD_PARTY = Actor("third_party", "vendor")
ACTORS = (ANA, BOSS, CUSTOMER, ROBOT, RELEASES, THIRD_PARTY, CHANNEL)
WAITS = st.sampled_from(
    (timedelta(0), timedelta(microseconds=1), timedelta(hours=1), timedelta(days=2), timedelta(days=15))
)
DESKS: Mapping[str, Rules] = {
    "adereso": adereso(in_progress=True),
    "adereso_off": adereso(),
    "posponer": posponer(),
    "embudo": embudo(),
    "senior": senior(),
    "enate": enate(close_unanswered_after=CalendarSpan(days=3), feedback_window=Elapsed(days=2), needs_resolution=True),
    "enate_strict": enate(feedback_window=Elapsed(days=20), reopens_by_itself=False, add_wait_time=False),
    "servicenow": servicenow(),
    "stale": stale(),
}


def some_ways(option: Option, rules: Rules, at: datetime, by: Actor) -> tuple[Command, ...]:
    """Return some commands that an option stands for; all of them would cost too much."""
    return tuple(islice(ways(option, rules, at, by), 4))


class Desk(RuleBasedStateMachine):
    """A ticket of one preset, and people, robots and systems who give it all kinds of commands."""

    desk: ClassVar[Rules]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.at = utc(2026, 11, 18, 12)
        self.ticket: Ticket | None = None

    def named(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket

    @initialize(by=st.sampled_from((ANA, CUSTOMER)), spoken=st.booleans())
    def opened(self, by: Actor, *, spoken: bool) -> None:
        message = Message("m0") if spoken else None
        named = [each.target for each in self.desk.workflow.ways_in if each.must_be_named and by.role in each.may]
        state, requester = (named[0] if named else None), (None if by.role == "customer" else "bruno")
        opening = commands.Open("T-1", message=message, state=state, requester=requester, at=self.at, by=by)
        self.ticket = handle(None, opening, self.desk).unwrap().ticket

    @rule(data=st.data(), by=st.sampled_from(ACTORS), wait=WAITS)
    def somebody_asks_something(self, data: st.DataObject, by: Actor, wait: timedelta) -> None:
        """Any command, valid or not: a wrong transition, missing fields, values that no field allows."""
        self.at += wait
        fields = data.draw(st.dictionaries(st.sampled_from(self._field_names()), self._any_value(), max_size=2))
        verbs: list[Command] = [
            commands.Move(verb, None, fields, at=self.at, by=by) for verb in self.desk.workflow.verbs
        ]
        odd: list[Command] = [
            commands.SetFields(fields, at=self.at, by=by),
            commands.Snooze(choice="tomorrow", at=self.at, by=by),
            commands.AddMessage(Message("m", automatic=True), at=self.at, by=by),
            commands.AddMessage(Message("m", public=False, resolves=True), at=self.at, by=by),
            commands.Assign(None, at=self.at, by=by, expected_version=1),
        ]
        asked = [*any_commands(self.desk, self.at, by), *verbs, *odd]
        self._given(data.draw(st.sampled_from(asked)))

    @rule(data=st.data(), by=st.sampled_from(ACTORS), wait=WAITS)
    def somebody_does_what_they_may(self, data: st.DataObject, by: Actor, wait: timedelta) -> None:
        self.at += wait
        self._does_what_they_may(data, by, moving=False)

    @rule(data=st.data(), by=st.sampled_from((ANA, ROBOT)), wait=WAITS)
    def the_support_moves_it(self, data: st.DataObject, by: Actor, wait: timedelta) -> None:
        self.at += wait
        self._does_what_they_may(data, by, moving=True)

    def _does_what_they_may(self, data: st.DataObject, by: Actor, *, moving: bool) -> None:
        """An open option of `available` is accepted and leads to its target; any other is refused for its reasons."""
        ticket = advance_before(self.at, self.named(), self.desk)
        options = [option for option in available(ticket, by, self.desk) if option.transition or not moving]
        for option in options:
            if not option.is_open:
                for way in some_ways(option, self.desk, self.at, by):
                    decision = decide(ticket, way, self.desk)
                    assert isinstance(decision, Refused), f"{option} was forbidden and is taken"
                    assert {reason.kind for reason in option.reasons} <= decision.kinds
        offered = [option for option in options if option.is_open]
        if offered:
            option = data.draw(st.sampled_from(offered))
            possible = some_ways(option, self.desk, self.at, by)
            taken = [way for way in possible if self._is_taken(ticket, way, option)]
            assert taken or not possible, f"{option} was offered and is refused"
            if taken:
                self._given(data.draw(st.sampled_from(taken)))

    def _is_taken(self, ticket: Ticket, command: Command, option: Option) -> bool:
        decision = decide(ticket, command, self.desk)
        if isinstance(decision, Accepted) and option.target is not None:
            assert decision.ticket.state == option.target, f"{option} leads elsewhere"
        return isinstance(decision, Accepted)

    def _given(self, command: Command) -> None:
        before = self.named()
        decision = handle(before, command, self.desk)
        if isinstance(decision, Refused):
            self.seen.update(decision.kinds)
            assert decision.ticket is before
            assert decision.reasons
            assert all(reason.what and reason.help for reason in decision.reasons)
        elif before.category == "closed":
            assert decision.ticket == before
        else:
            assert len(decision.entries) == decision.ticket.version - before.version
            self.seen[command.transition if isinstance(command, commands.Move) else NAMES[type(command)]] += 1
            self.ticket = decision.ticket

    def _field_names(self) -> list[str]:
        return [field.name for field in self.desk.workflow.fields] or ["none"]

    def _any_value(self) -> st.SearchStrategy[Value]:
        known = {each for field in self.desk.workflow.fields for each in values_of(field, self.desk, self.at + SOON)}
        return st.sampled_from([None, "", 7, True, self.at, *sorted(known, key=repr)])

    @precondition(lambda self: self.ticket is not None)
    @invariant()
    def the_history_is_the_ticket(self) -> None:
        ticket = self.named()
        assert replay(ticket.history) == ticket
        assert ticket.version == len(list(ticket.history))

    @precondition(lambda self: self.ticket is not None)
    @invariant()
    def instants_never_decrease_and_firsts_stay(self) -> None:
        ticket = self.named()
        instants = [entry.at for entry in ticket.history]
        assert instants == sorted(instants)
        if ticket.category in ("resolved", "closed"):
            assert ticket.first_resolution is not None


@pytest.mark.lives
@pytest.mark.parametrize("name", DESKS)
def test_whatever_is_asked(name: str) -> None:
    desk, seen = DESKS[name], Counter[str]()
    machine: type[Desk] = type(f"Desk_{name}", (Desk,), {"desk": desk, "seen": seen})
    bounds = settings(settings.default, max_examples=120, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(machine, settings=bounds)
    enabled = {state.name for state in desk.workflow.states if state.is_enabled}
    by_hand = {row.name for row in desk.workflow.transitions if row.may and {row.target} | row.sources <= enabled}
    assert len(by_hand & set(seen)) * 3 >= len(by_hand) * 2, "of what people may do, two thirds at least was done"
    closed = {state.name for state in desk.workflow.states if state.category == "closed"}
    closes_by_hand = any(row.may and row.target in closed for row in desk.workflow.transitions)
    kinds = {"no_such_transition", "guard", "not_allowed"}
    kinds |= ({"closed_for_good"} if closes_by_hand else set()) | ({"bad_value"} if desk.workflow.fields else set())
    assert kinds <= set(seen), "and there were refusals of all kinds that every desk has"
