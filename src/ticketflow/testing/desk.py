"""A desk in a test: tickets, a clock and a rule set, with a verb for everything that people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Self, TypedDict
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.zones import from_local
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.engine.plans import Plan, Touched
from ticketflow.engine.refusals import RefusalCode
from ticketflow.errors import BadValueError, RefusedError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps
from ticketflow.rules.ruleset import Rules, all_automations, check_rules
from ticketflow.service.delivery import follow_ups
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.simulation import Refusal, Simulation, give
from ticketflow.sla.reading import Reading, read
from ticketflow.testing.coverage import Coverage, coverage_of
from ticketflow.text.sentences import Wording, usual_zone
from ticketflow.text.timeline import timeline
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.messages import Mail, Message
from ticketflow.tickets.ticket import Ticket

START = "2026-01-05 09:00"
"""The local time at which the clock of a desk starts, a Monday."""

_ROBOT = Actor("robot", "desk")

_MOMENT = timedelta(microseconds=999)
"""What the clock does not tell apart: a command at the instant of a rule's entry takes effect a microsecond later."""


class _Header(TypedDict):
    """What a person says in every command."""

    at: datetime
    by: Actor


class Listed(list[str]):
    """Names that a desk lists, oldest first: ``sent``, ``emitted`` or ``due``.

    If pytest compares it and the comparison fails, it shows the timeline, and why the expected names are missing.
    """

    def __init__(self, desk: Desk, what: str, names: Iterable[str], why: Callable[[Sequence[str]], list[str]]) -> None:
        super().__init__(names)
        self._desk = desk
        self._what = what
        self._why = why

    def why_not(self, expected: object) -> str:
        """Return the timeline and the reasons for which the names are not the expected ones."""
        wanted = [expected] if isinstance(expected, str) else expected
        return self._desk.failure(f"{self._what} is {list(self)}, not {expected!r}", self._why(_texts(wanted)))


class CurrentState(str):
    """The name of the state in which a ticket is.

    If pytest compares it and the comparison fails, it shows the timeline, and why the ticket is not in that state.
    """

    __slots__ = ("_desk",)
    _desk: Desk

    def __new__(cls, desk: Desk, name: str) -> Self:
        """Build a name that knows its desk."""
        made = super().__new__(cls, name)
        made._desk = desk
        return made

    def why_not(self, expected: object) -> str:
        """Return the timeline and the reasons for which the state is not the expected one."""
        wanted = [expected] if isinstance(expected, str) else expected
        why = [line for name in _texts(wanted) for line in self._desk.why_not_in(name)]
        return self._desk.failure(f"the state is {str(self)!r}, not {expected!r}", why)


def _texts(value: object) -> list[str]:
    several = value if isinstance(value, Sequence | set | frozenset) else ()
    return [each for each in several if isinstance(each, str)]


class _Shared:
    """What all views of a desk share."""

    def __init__(self, rules: Rules, zone: ZoneInfo, now: datetime) -> None:
        self.rules = rules
        self.zone = zone
        self.now = now
        self.tickets: dict[str, Ticket] = {}
        self.refusals: dict[str, list[Refusal]] = {}
        self.messages = 0


class Desk:
    """Tickets under a rule set, and a clock.

    The desk looks at one ticket; `ticket` looks at another one. A verb gives a command at the time of the clock, and a
    refused command raises `RefusedError`. When the clock moves, everything that falls due by then is carried out, each
    at its own instant. So what is due at the time of a command comes before it. The clock does not tell microseconds
    apart. Follow-ups that rules request are opened by a robot.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> desk = Desk(servicenow(), at="2026-11-19 12:00")
    >>> opened = desk.customer.opens("printer", priority="3 - Moderate")
    >>> solved = desk.agent("ana").moves("to_resolved")
    >>> desk.passes(days=5)
    >>> desk.state
    'closed'
    """

    def __init__(
        self, rules: Rules, at: str | datetime = START, *, ticket: str = "T-1", zone: ZoneInfo | None = None
    ) -> None:
        """Build a desk without tickets.

        Args:
            rules: The rule set.
            at: The time at which its clock starts: an aware datetime, or a local time such as ``2026-11-19 12:00``.
            ticket: The id of the ticket that the desk looks at.
            zone: The time zone of local times; by default that of the rule set's first calendar.

        Raises:
            BadValueError: An argument has the wrong type, or *at* is not a time.
            NaiveDatetimeError: *at* is a datetime without a time zone.
        """
        check_rules(rules)
        check_argument(zone, ZoneInfo | None, "zone")
        here = zone or usual_zone(rules)
        self.id = ticket
        self._shared = _Shared(rules, here, _instant(at, here))

    def __repr__(self) -> str:
        return f"<Desk {self.rules.name!r}, ticket {self.id!r}, {self.now.isoformat(' ')}>"

    def __str__(self) -> str:
        return self.timeline()

    @property
    def rules(self) -> Rules:
        """The rule set."""
        return self._shared.rules

    def ticket(self, ticket: str) -> Desk:
        """Return the same desk, looking at another ticket.

        Args:
            ticket: The ticket's id. The ticket may be opened later.
        """
        view = copy(self)
        view.id = ticket
        return view

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All tickets of the desk, in the order in which they were opened."""
        return tuple(self._shared.tickets.values())

    # -- People

    @property
    def customer(self) -> Person:
        """A customer; ``desk.customer("bruno")`` names one."""
        return self.actor(Actor("customer", "customer"))

    @property
    def agent(self) -> Person:
        """An agent; ``desk.agent("ana")`` names one."""
        return self.actor(Actor("agent", "agent"))

    @property
    def administrator(self) -> Person:
        """An administrator; ``desk.administrator("boss")`` names one."""
        return self.actor(Actor("administrator", "administrator"))

    @property
    def third_party(self) -> Person:
        """A third party; ``desk.third_party("vendor")`` names one."""
        return self.actor(Actor("third_party", "third_party"))

    @property
    def robot(self) -> Person:
        """A robot; ``desk.robot("bot")`` names one."""
        return self.actor(Actor("robot", "robot"))

    @property
    def system(self) -> Person:
        """Another system; ``desk.system("releases")`` names one."""
        return self.actor(Actor("system", "system"))

    def actor(self, actor: Actor) -> Person:
        """Return somebody who gives commands to the ticket."""
        check_argument(actor, Actor, "actor")
        return Person(self, actor)

    # -- The clock

    @property
    def now(self) -> datetime:
        """The time of the clock, in the zone of the desk."""
        return self._shared.now.astimezone(self._shared.zone)

    def time(self, when: str | datetime) -> datetime:
        """Return an instant in the zone of the desk, for comparisons.

        Args:
            when: An aware datetime, or a local time such as ``2026-11-25 10:00``.
        """
        return _instant(when, self._shared.zone).astimezone(self._shared.zone)

    def at(self, when: str | datetime) -> None:
        """Move the clock, and carry out everything that is due by then.

        Args:
            when: An aware datetime, or a local time such as ``2026-11-25 10:00``.

        Raises:
            BadValueError: *when* is not a time, or is before the time of the clock.
            NaiveDatetimeError: *when* is a datetime without a time zone.
        """
        instant = _instant(when, self._shared.zone)
        if instant < self._shared.now:
            what = f"{self.time(instant).isoformat(' ')} is before {self.now.isoformat(' ')}, the time of the clock"
            raise BadValueError(what, "give a later time; the clock cannot go back")
        self._shared.now = instant
        self._settle(self._shared.tickets)

    def passes(self, *, weeks: int = 0, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Move the clock by a span of elapsed time, and carry out everything that is due by then.

        Raises:
            BadValueError: A number is not one, the span is negative, or it ends after the year 9999.
        """
        numbers = {"weeks": weeks, "days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        try:
            then = self._shared.now + timedelta(**numbers)
        except (TypeError, ValueError, OverflowError):
            given = ", ".join(f"{name}={number!r:.50}" for name, number in numbers.items() if number != 0)
            raise BadValueError(f"the span is {given}", "give numbers that end before the year 9999") from None
        self.at(then)

    # -- What the ticket is

    @property
    def value(self) -> Ticket:
        """The ticket.

        Raises:
            BadValueError: It is not opened yet.
        """
        found = self._shared.tickets.get(self.id)
        if found is None:
            raise BadValueError(f"ticket {self.id!r} does not exist yet", "open it first, with desk.customer.opens()")
        return found

    @property
    def state(self) -> str:
        """The name of its state."""
        return CurrentState(self, self.value.state)

    @property
    def sent(self) -> list[str]:
        """The names of the templates of the messages that rules sent to somebody, oldest first."""
        found = [event for _, event in self._events() if isinstance(event, events.MessageRequested)]
        return Listed(self, "sent", [each.template for each in found if each.has_addressee], self.why_not_sent)

    @property
    def emitted(self) -> list[str]:
        """The names of the events that rules emitted, oldest first."""
        found = [event.name for _, event in self._events() if isinstance(event, events.Emitted)]
        return Listed(self, "emitted", found, self.why_not_emitted)

    @property
    def next_due(self) -> datetime | None:
        """The next instant at which rules act if nothing else happens, in the zone of the desk; None if never."""
        due = next_due(self.value, self.rules)
        return due.astimezone(self._shared.zone) if due else None

    @property
    def due(self) -> list[str]:
        """The ids of the rules that act at `next_due`, in order."""
        due = self.next_due
        found = [each.rule for each in evaluate(due, self.value, self.rules)] if due else []
        return Listed(self, "due", found, self.why_not_due)

    @property
    def _last(self) -> datetime:
        """The time of the clock, or that of the last entry if it is some microseconds later."""
        return max(self._shared.now, self.value.changed_at)

    def clock(self, name: str) -> Reading:
        """Return the reading of a clock at the time of the desk.

        Raises:
            BadValueError: The clock does not exist.
        """
        return read(self._last, self.value, self.rules.clock(name))

    def explain(self, rule: str) -> Explanation:
        """Return the status of a rule and the reasons for it.

        Raises:
            BadValueError: The rule does not exist.
        """
        found = {each.rule: each for each in explain(self._last, self.value, self.rules)}
        if rule not in found:
            problem = unknown_name("", "rule", str(rule), found)
            raise BadValueError(problem.what, problem.fix)
        return found[rule]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The commands to the ticket that were refused, in order."""
        return tuple(self._shared.refusals.get(self.id, ()))

    def timeline(self) -> str:
        """Return the history of the ticket as text, with refused commands and what comes next."""
        ticket = self._shared.tickets.get(self.id)
        due, unknown = (next_due(ticket, self.rules), unknown_from(ticket, self.rules)) if ticket else (None, None)
        life = Simulation(ticket, self.refusals, (), due, unknown)
        return "\n".join(timeline(life, self.rules, self._shared.zone))

    def coverage(self) -> Coverage:
        """Return which parts of the rule set the desk has exercised, with all its tickets and refused commands."""
        refused = (refusal for several in self._shared.refusals.values() for refusal in several)
        return coverage_of(self.tickets, self.rules, refused)

    # -- Expectations

    def expect_state(self, state: str) -> None:
        """Check the state of the ticket.

        Raises:
            AssertionError: It is another one. The message has the timeline, and the reasons of the rules that lead
                there.
        """
        __tracebackhide__ = True
        if self.state != state:
            raise AssertionError(CurrentState(self, self.state).why_not(state))

    def expect_sent(self, *templates: str) -> None:
        """Check the messages that rules sent so far: all of them, in this order.

        Raises:
            AssertionError: There are others. The message has the timeline, and the reasons of the rules that send what
                is missing.
        """
        __tracebackhide__ = True
        if self.sent != [*templates]:
            raise AssertionError(Listed(self, "sent", self.sent, self.why_not_sent).why_not([*templates]))

    @contextmanager
    def refuses(self, *codes: RefusalCode) -> Iterator[None]:
        """Check that a command in the block is refused.

        Args:
            codes: Refusal codes that must be among its reasons.

        Raises:
            AssertionError: No command is refused, or a code is not among the reasons.

        >>> from ticketflow.presets.servicenow import servicenow
        >>> desk = Desk(servicenow())
        >>> with desk.refuses("not_allowed"):
        ...     desk.system.opens()
        """
        try:
            yield
        except RefusedError as error:
            if missing := sorted({*codes} - error.kinds):
                what = f"the command was refused as {', '.join(sorted(error.kinds))}, not as {', '.join(missing)}"
                raise AssertionError(self.failure(what, error.reasons)) from None
            return
        raise AssertionError(self.failure("no command was refused", ()))

    def failure(self, what: str, why: Iterable[str]) -> str:
        """Return the text of a failed expectation: what is wrong, why, and the timeline up to now."""
        return "\n".join((what, *(f"  {line}" for line in why), self._up_to_now()))

    def _up_to_now(self) -> str:
        at = Wording(self.rules, self._shared.zone).instant(self.now)
        return f"ticket {self.id!r} up to {at}:\n{self.timeline()}"

    def why_not_sent(self, templates: Sequence[str]) -> list[str]:
        """Return what is missing of these messages, with the status of each rule that sends it, and what is there."""
        sent = Counter(self.sent)
        lines: list[str] = []
        for template in Counter(templates) - sent:
            sending = [rule for rule in all_automations(self.rules) if template in _templates(rule)]
            known = [each for rule in all_automations(self.rules) for each in _templates(rule)]
            problem = unknown_name("", "rule sends", template, known)
            lines += self._explained(sending) or [f"no rule sends {template!r}; {problem.fix}"]
        for entry, event in self._events():
            if isinstance(event, events.MessageRequested) and event.template in sent - Counter(templates):
                words = Wording(self.rules, self._shared.zone)
                lines.append(f"{event.template!r} was sent on {words.instant(entry.at)}, {words.entry(entry)[1]}")
        return lines

    def why_not_emitted(self, names: Sequence[str]) -> list[str]:
        """Return what is missing of these events, with the status of each rule that emits it."""
        lines: list[str] = []
        for name in Counter(names) - Counter(self.emitted):
            emitting = [rule for rule in all_automations(self.rules) if name in _emitted(rule)]
            known = [each for rule in all_automations(self.rules) for each in _emitted(rule)]
            problem = unknown_name("", "rule emits", name, known)
            lines += self._explained(emitting) or [f"no rule emits {name!r}; {problem.fix}"]
        return lines

    def why_not_due(self, names: Sequence[str]) -> list[str]:
        """Return the status of each of these rules that is not due next."""
        known = {rule.id: rule for rule in all_automations(self.rules)}
        lines: list[str] = []
        for name in Counter(names) - Counter(self.due):
            problem = unknown_name("", "rule", name, known)
            lines += self._explained([known[name]]) if name in known else [f"{problem.what}; {problem.fix}"]
        return lines

    def why_not_in(self, state: str) -> list[str]:
        """Return the status of each rule that moves tickets to a state, or the transitions that lead there."""
        problem = unknown_name("", "state", state, self.rules.workflow.states_by_name)
        if self.rules.workflow.state(state) is None:
            return [f"{problem.what}; {problem.fix}"]
        verbs = {row.name for row in self.rules.workflow.transitions if row.target == state}
        moving = [rule for rule in all_automations(self.rules) if verbs & _verbs(rule)]
        by_hand = f"no rule moves tickets to {state!r}; by hand: {', '.join(sorted(verbs)) or 'no transition'}"
        return self._explained(moving) or [by_hand]

    def _explained(self, rules: Iterable[Rule]) -> list[str]:
        words = Wording(self.rules, self._shared.zone)
        return [words.explanation(self.explain(rule.id)) for rule in rules]

    def _events(self) -> Iterator[tuple[events.Entry, events.Event]]:
        return ((entry, event) for entry in self.value.history for event in entry.events)

    # -- Commands

    def message(
        self,
        text: str | Message,
        subject: str | None = None,
        *,
        public: bool = True,
        automatic: bool = False,
        resolves: bool = False,
    ) -> Message:
        """Return a message with the next id; a `Message` as it is."""
        if isinstance(text, Message):
            return text
        self._shared.messages += 1
        return Mail(f"m{self._shared.messages}", public, automatic, resolves, subject, text)

    def give(self, command: commands.Command) -> Accepted:
        """Give a command to the ticket.

        Returns:
            The decision.

        Raises:
            RefusedError: The command is refused. It has every reason, and the timeline as a note.
        """
        __tracebackhide__ = True
        shared = self._shared
        before = shared.tickets.get(self.id)
        name = command.ticket_id(self.id) if isinstance(command, commands.FollowUp) and before else self.id
        stored = shared.tickets.get(name) if name != self.id else None
        _, decision = give(before, command, self.rules, stored)
        if isinstance(decision, Refused):
            shared.refusals.setdefault(self.id, []).append(Refusal(command, decision))
            name = before.id if before else "?"
            error = RefusedError(name, tuple(map(str, decision.reasons)), decision.kinds)
            error.add_note(self._up_to_now())
            raise error
        shared.now = max(shared.now, command.at)
        shared.tickets[self.id] = decision.ticket
        names = [self.id, *self._opened(decision)]
        for touched in decision.touched:
            names += self._follow_up(touched.ticket.id, touched)
        self._settle(names)
        return decision

    def _opened(self, decision: Accepted) -> list[str]:
        """Keep the ticket that a decision opened, and return its id; none if there is none, or it was there before."""
        if decision.created is None or decision.is_repeated:
            return []
        self._shared.tickets[decision.created.id] = decision.created
        return [decision.created.id]

    def _settle(self, names: Iterable[str]) -> None:
        """Carry out what is due on tickets until now, and open the follow-ups that rules request."""
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            while plan := evaluate(self._shared.now + _MOMENT, self._shared.tickets[name], self.rules):
                self._shared.tickets[name] = apply(self._shared.tickets[name], plan).unwrap().ticket
                waiting += self._follow_up(name, plan)

    def _follow_up(self, name: str, plan: Plan | Touched) -> list[str]:
        """Open the follow-ups of a ticket that a plan requests, and return their ids."""
        names: list[str] = []
        for command in follow_ups(plan, _ROBOT):
            _, decision = give(self._shared.tickets[name], command, self.rules)
            if isinstance(decision, Refused):
                self._shared.refusals.setdefault(name, []).append(Refusal(command, decision))
            else:
                names += self._opened(decision)
        return names


def _instant(when: str | datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of an aware datetime or a local time, in UTC."""
    if isinstance(when, datetime):
        return to_utc(when, "at")
    try:
        local = datetime.fromisoformat(when)
    except (TypeError, ValueError):
        raise BadValueError(f"at is {when!r:.80}", "give a time such as '2026-11-25 10:00', or a datetime") from None
    return from_local(local, zone) if local.tzinfo is None else to_utc(local, "at")


def _templates(rule: Rule) -> list[str]:
    """Return the templates that a rule sends."""
    return [each.template for step in action_steps(rule) for each in step if isinstance(each, actions.SendMessage)]


def _emitted(rule: Rule) -> list[str]:
    """Return the names of the events that a rule emits."""
    return [each.name for step in action_steps(rule) for each in step if isinstance(each, actions.Emit)]


def _verbs(rule: Rule) -> set[str]:
    """Return the transitions that a rule takes."""
    return {each.transition for step in action_steps(rule) for each in step if isinstance(each, actions.Move)}


@attrs.frozen
class Person:
    """Somebody at a desk: each verb gives one command to the ticket, at the time of the clock.

    A *text* is a message with a new id; a `Message` is taken as it is. Each verb returns the decision, and raises
    `RefusedError` if the command is refused.

    Attributes:
        desk: The desk.
        actor: Who gives the commands.
    """

    desk: Desk
    actor: Actor

    def __call__(self, name: str, *, groups: Iterable[str] = ()) -> Person:
        """Return somebody with the same role, another id and these groups."""
        return Person(self.desk, Actor(self.actor.role, name, frozenset(groups)))

    @property
    def _header(self) -> _Header:
        return {"at": self.desk.now, "by": self.actor}

    def opens(
        self,
        text: str | Message | None = None,
        *,
        state: str | None = None,
        assignee: str | None = None,
        requester: str | None = None,
        fields: Mapping[str, Value] | None = None,
        **more_fields: Value,
    ) -> Accepted:
        """Open the ticket, with a message if there is a *text*; the text is also its subject."""
        return self.gives(
            commands.Open(
                self.desk.id,
                {**(fields or {}), **more_fields},
                None if text is None else self.desk.message(text, text if isinstance(text, str) else None),
                assignee,
                state,
                requester,
                **self._header,
            )
        )

    def follows_up(
        self,
        new_ticket: str,
        text: str | Message | None = None,
        *,
        requester: str | None = None,
        fields: Mapping[str, Value] | None = None,
        **more_fields: Value,
    ) -> Accepted:
        """Open a new ticket that follows up the closed one; ``desk.ticket(new_ticket)`` looks at it."""
        set_fields = {**(fields or {}), **more_fields}
        message = None if text is None else self.desk.message(text)
        return self.gives(commands.FollowUp(new_ticket, set_fields, message, requester, **self._header))

    def writes(self, text: str | Message = "", *, automatic: bool = False, resolves: bool = False) -> Accepted:
        """Add a public message."""
        message = self.desk.message(text, automatic=automatic, resolves=resolves)
        return self.gives(commands.AddMessage(message, **self._header))

    def notes(self, text: str | Message = "", *, automatic: bool = False, resolves: bool = False) -> Accepted:
        """Add an internal note."""
        message = self.desk.message(text, public=False, automatic=automatic, resolves=resolves)
        return self.gives(commands.AddMessage(message, **self._header))

    def assigns(self, assignee: str | None) -> Accepted:
        """Assign the ticket; None for nobody."""
        return self.gives(commands.Assign(assignee, **self._header))

    def gives_back(self) -> Accepted:
        """Give the ticket back, so that nobody is assigned."""
        return self.gives(commands.GiveBack(**self._header))

    def declines(self, why: str) -> Accepted:
        """Give the ticket back as a robot that can't do the work."""
        return self.gives(commands.Decline(why, **self._header))

    def moves(
        self,
        transition: str,
        text: str | Message | None = None,
        *,
        resolves: bool = False,
        fields: Mapping[str, Value] | None = None,
        **more_fields: Value,
    ) -> Accepted:
        """Take a transition, with a message if there is a *text*."""
        message = None if text is None else self.desk.message(text, resolves=resolves)
        return self.gives(commands.Move(transition, message, {**(fields or {}), **more_fields}, **self._header))

    def sets(self, *, fields: Mapping[str, Value] | None = None, **more_fields: Value) -> Accepted:
        """Set fields of the ticket."""
        return self.gives(commands.SetFields({**(fields or {}), **more_fields}, **self._header))

    def sets_requester(self, requester: str | None) -> Accepted:
        """Say whom the ticket is for; None for nobody yet."""
        return self.gives(commands.SetRequester(requester, **self._header))

    def reviews_classification(self, classification: str) -> Accepted:
        """Replace the classification."""
        return self.gives(commands.ReviewClassification(classification, **self._header))

    def rates(self, score: int, comment: str | None = None) -> Accepted:
        """Answer the satisfaction survey."""
        return self.gives(commands.Rate(score, comment, **self._header))

    def records(self, event: str) -> Accepted:
        """Record an outside event."""
        return self.gives(commands.RecordEvent(event, **self._header))

    def reopens(self, text: str | Message | None = None) -> Accepted:
        """Bring the ticket back to work, with a message if there is a *text*."""
        return self.gives(commands.Reopen(None if text is None else self.desk.message(text), **self._header))

    def snoozes(self, until: str | datetime, why: str | None = None) -> Accepted:
        """Hide the ticket until the time of a choice such as ``tomorrow``, a local time, or an aware datetime."""
        if isinstance(until, str) and not until[:1].isdigit():
            return self.gives(commands.Snooze(None, until, why, **self._header))
        return self.gives(commands.Snooze(self.desk.time(until), None, why, **self._header))

    def cancels_snooze(self) -> Accepted:
        """Cancel the pending snooze."""
        return self.gives(commands.CancelSnooze(**self._header))

    def links(self, other: str, kind: str = "related") -> Accepted:
        """Link the ticket to another one."""
        return self.gives(commands.Link(other, kind, **self._header))

    def gives(self, command: commands.Command) -> Accepted:
        """Give any command to the ticket, as it is."""
        __tracebackhide__ = True
        return self.desk.give(command)
