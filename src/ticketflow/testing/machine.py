"""A state machine that tries a rule set: random commands and random waits, general laws, and a user's invariants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ticketflow.engine.decisions import Refused
from ticketflow.engine.handling import advance_before, handle
from ticketflow.engine.planning import advance, apply, evaluate, next_due
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY, MICROSECOND, ZERO
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.service.simulation import Refusal, Simulation, give
from ticketflow.testing import strategies
from ticketflow.testing.random_commands import any_commands, offered, people_of
from ticketflow.text.timeline import timeline
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.fold import replay
from ticketflow.tickets.ticket import Ticket, changes_ticket

_FAR = 3650 * DAY
_DOZEN = 12


class TicketMachine(RuleBasedStateMachine):
    """One ticket under a rule set, random actors who give it commands, and time that passes.

    Subclass it, name the rule set, and add invariants. ``TestCase`` of the subclass is the test. These laws are built
    in: it makes no difference when the ticket is polled; its history replays to it; a refused command changes nothing
    and has reasons; a closed ticket stays as it is, ratings aside; and `next_due` is exact.

    Attributes:
        rule_set: The rule set.
        actors: The actors who give commands; empty for one of each role and group.
        ticket: The ticket, with everything due carried out when time passes.
        now: The instant of the last step.
    """

    rule_set: ClassVar[Rules]
    actors: ClassVar[Sequence[Actor]] = ()
    ticket: Ticket
    now: datetime

    def __init__(self) -> None:
        """Build a machine without a ticket; a first step opens one."""
        super().__init__()
        if not hasattr(self, "rule_set"):
            raise BadValueError(f"machine {type(self).__name__} has no rule set", "give the class a rule_set")
        check_rules(self.rule_set)
        self._people = people_of(self.rule_set, self.actors)
        self._refusals: list[Refusal] = []
        self._is_polled = False
        self._messages = 0

    @initialize(data=st.data())
    def somebody_opens_the_ticket(self, data: st.DataObject) -> None:
        """Open the ticket in any way that somebody may use."""
        opening = data.draw(strategies.openings(self.rule_set, self._people))
        self.now = opening.at
        self.ticket = self._unpolled = handle(None, opening, self.rule_set).unwrap().ticket

    @rule(data=st.data())
    def somebody_does_what_they_may(self, data: st.DataObject) -> None:
        """Give a command that an actor has as an option now."""
        self._wait(data)
        before = advance_before(self.now, self.ticket, self.rule_set)
        options = offered(before, self.rule_set, self.now, self._people, self._message())
        if options:
            self._give(data.draw(st.sampled_from(options).flatmap(st.sampled_from)))

    @rule(data=st.data())
    def somebody_asks_for_anything(self, data: st.DataObject) -> None:
        """Give a command that is refused, more often than not."""
        self._wait(data)
        message = self._message()
        several = [each for actor in self._people for each in any_commands(self.rule_set, self.now, actor, message)]
        self._give(data.draw(st.sampled_from(several)))  # one draw, so that hypothesis can leave the whole step out

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        """Poll the ticket after a while: plan what is due, and apply it."""
        self._wait(data)
        self._poll()

    @rule()
    def nobody_acts_for_long(self) -> None:
        """Poll the ticket at each instant at which something is due, until nothing is, or a dozen times."""
        for _ in range(_DOZEN):
            due = next_due(self.ticket, self.rule_set)
            if due is None:
                break
            self.now = max(self.now, due)
            self._poll()

    def _poll(self) -> None:
        while plan := evaluate(self.now, self.ticket, self.rule_set):
            self.ticket = apply(self.ticket, plan).unwrap().ticket
        self._is_polled = True

    def _wait(self, data: st.DataObject) -> None:
        """Move the clock. What follows a poll comes later: at the same instant, it would come after what was due."""
        least = MICROSECOND if self._is_polled else ZERO
        self.now = data.draw(strategies.later(self.now + least, next_due(self.ticket, self.rule_set)))

    def _message(self) -> str:
        self._messages += 1
        return f"m{self._messages}"

    def _give(self, command: commands.Command) -> None:
        """Give a command to the ticket, and to the same ticket that nobody polls."""
        self._is_polled = False
        self.ticket, decision = give(self.ticket, command, self.rule_set)  # type: ignore[assignment]
        self._unpolled, other = give(self._unpolled, command, self.rule_set)  # type: ignore[assignment]
        if isinstance(decision, Refused):
            self._refusals.append(Refusal(command, decision))
            assert decision.ticket is self.ticket, "a refused command changes nothing"
            assert decision.reasons, "a refusal has reasons"
        assert type(decision) is type(other), "a command is accepted or refused, whenever the ticket was polled"

    @invariant()
    def polling_makes_no_difference(self) -> None:
        """A ticket that was polled has the history of one that nobody polled."""
        assert advance(self.now, self.ticket, self.rule_set) == advance(self.now, self._unpolled, self.rule_set)

    @invariant()
    def the_history_is_the_ticket(self) -> None:
        """The entries of the history, one after another, make the ticket."""
        assert replay(self.ticket.history) == self.ticket

    @invariant()
    def closed_is_closed(self) -> None:
        """After the closing there are only ratings, and records of rules."""
        is_closed = False
        for entry in self.ticket.history:
            is_record = entry.is_automatic and not changes_ticket(entry)
            is_rating = all(isinstance(event, events.Rated) for event in entry.events)
            assert not is_closed or is_record or is_rating, entry
            is_closed = is_closed or any(
                isinstance(event, events.Opened | events.StateChanged) and event.category == "closed"
                for event in entry.events
            )

    @invariant()
    def next_due_is_exact(self) -> None:
        """Nothing is due before the next due instant, and something is due at it."""
        due = next_due(self.ticket, self.rule_set)
        if due is None:
            assert not evaluate(self.now + _FAR, self.ticket, self.rule_set)
        else:
            assert not evaluate(due - MICROSECOND, self.ticket, self.rule_set)
            assert evaluate(due, self.ticket, self.rule_set)

    def teardown(self) -> None:
        """Show the timeline of an example that breaks a law."""
        if hasattr(self, "ticket"):
            note(_Timeline(self.ticket, tuple(self._refusals), self.rule_set))


class _Timeline:
    """A timeline that is made when it is shown."""

    def __init__(self, ticket: Ticket, refusals: tuple[Refusal, ...], rules: Rules) -> None:
        self._ticket, self._refusals, self._rules = ticket, refusals, rules

    def __repr__(self) -> str:
        life = Simulation(self._ticket, self._refusals, (), next_due(self._ticket, self._rules))
        return "\n".join(("timeline:", *timeline(life, self._rules)))
