"""Language-neutral cases that tell the life of tickets. The format is described in docs/conformance.md.

A case names a rule set and gives steps: commands, messages that arrive, and what is expected at an instant. What a
ticket becomes does not depend on when anybody looks, so looking changes nothing: an expectation is asked of the ticket
as the steps left it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, assert_never

import attrs

from ticketflow.documents.conversion import read_plain, shown_plain
from ticketflow.documents.introspection import Partial
from ticketflow.documents.options import build
from ticketflow.documents.problems import DataError, DataProblem, as_data_error
from ticketflow.engine.decisions import Accepted, Decision, Refused
from ticketflow.engine.handling import handle, handle_all
from ticketflow.engine.planning import Due, Plan, advance, apply, evaluate, next_due
from ticketflow.engine.refusals import Reason, RefusalCode
from ticketflow.errors import BadValueError, TicketflowError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels
from ticketflow.rules.ruleset import Rules
from ticketflow.service.delivery import Deliveries, deliveries
from ticketflow.service.explain import Explanation, explain
from ticketflow.service.intake import Arrival, OpenNew, Route, command_for, route
from ticketflow.service.migration import ClockChange, preview_migration
from ticketflow.service.reports import Report, Summary, report, report_all
from ticketflow.sla.reading import Reading, read
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Role
from ticketflow.tickets.events import ByRule, Event, MessageAdded, MessageRequested
from ticketflow.tickets.facts import Category
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Message
from ticketflow.tickets.records import Record, records
from ticketflow.tickets.ticket import Milestone, Ticket


@attrs.frozen(kw_only=True)
class PresetRules:
    """A ready-made rule set.

    Attributes:
        preset: Its name.
        options: Its options.
    """

    preset: str
    options: FrozenMap[str, object] = attrs.field(factory=FrozenMap)

    def build(self) -> Rules:
        """Return the rule set."""
        return build(self.preset, self.options)


@attrs.frozen
class DocumentRules:
    """A rule set that the case carries.

    Attributes:
        document: The rule set, without the header that files have.
    """

    document: Rules

    def build(self) -> Rules:
        """Return the rule set."""
        return self.document


@attrs.frozen
class Automatic:
    """What a rule did.

    Attributes:
        rule: Its id.
        at: When it took effect.
        due_at: When it was due by itself.
        events: What happened by it.
        sent: The templates of the messages that it asked for.
    """

    rule: str
    at: datetime
    due_at: datetime
    events: tuple[Event, ...]
    sent: tuple[str, ...]


@attrs.frozen
class Told:
    """One thing that stands in the history.

    Attributes:
        at: When it took effect.
        occurred_at: When its sender claimed it, where that is another instant.
        role: Who did it: their role.
        by: Their id.
        rule: The rule that did it; None for a command.
        event: What happened.
        message: The message that was added, if one was; some of what is known of it.
    """

    at: datetime
    occurred_at: datetime | None
    role: Role
    by: str
    rule: str | None
    event: Event
    message: Partial[Message] | None


@attrs.frozen
class View:
    """What can be expected of a ticket at an instant.

    Attributes:
        state: The name of its state.
        category: What that counts as.
        assignee: Who works on it.
        fields: What those of its fields hold that are named.
        outcome: How it ended.
        rating: The answer to the survey.
        is_hidden: Whether it sleeps.
        snoozed_until: The moment of the snooze that is armed.
        lists: The lists that show it.
        texts: For some of the messages that rules ask for, by template: what they say, by language.
        follows: The ticket that it goes on from.
        links: The tickets that it has to do with.
        earlier: How many entries the history of the closed ticket has that it goes on from.
        first_answer_by: Who of the support answered first.
        first_resolution_by: Who resolved it first.
        records: What stands in the history, for some kinds of `histories.KINDS`, oldest first.
        automatic: What rules did so far, oldest first.
        due: What `evaluate` answers then.
        sends: The templates of the messages that are to be sent of that, as `deliveries` answers by default.
        withholds: Why each of the others is not.
        next_due: What is due next, asked of the ticket as the steps left it.
        clocks: How clocks stand.
        explain: Why rules stand as they do.
        report: Its figures.
    """

    state: str
    category: Category
    assignee: str | None
    fields: FrozenMap[str, Value]
    outcome: Value
    rating: int | None
    is_hidden: bool
    snoozed_until: datetime | None
    lists: tuple[str, ...]
    texts: FrozenMap[str, Labels]
    follows: str | None
    links: tuple[str, ...]
    earlier: int
    first_answer_by: str | None
    first_resolution_by: str | None
    records: FrozenMap[str, tuple[Partial[Told], ...]]
    automatic: tuple[Partial[Automatic], ...]
    due: tuple[Partial[Due], ...]
    sends: tuple[str, ...]
    withholds: tuple[str, ...]
    next_due: datetime | None
    clocks: FrozenMap[str, Partial[Reading]]
    explain: FrozenMap[str, Partial[Explanation]]
    report: Partial[Report]


@attrs.frozen(kw_only=True)
class Given:
    """A command is given.

    Attributes:
        command: The command.
        ticket: To which ticket; None for the one that the step before was about.
        refused: The kinds of all reasons for which it is refused; none: it is accepted.
        reasons: What else is expected of those reasons, in their order.
        hints: The names of the hints that come with the answer; None: whichever.
        hint_data: For some of them by name, what they are about.
        is_repeated: Whether the delivery was taken before.
        comment: For readers.
    """

    command: commands.AnyCommand
    ticket: str | None = None
    refused: tuple[RefusalCode, ...] = ()
    reasons: tuple[Partial[Reason], ...] = ()
    hints: tuple[str, ...] | None = None
    hint_data: FrozenMap[str, FrozenMap[str, Value]] = attrs.field(factory=FrozenMap)
    is_repeated: bool = False
    comment: str = ""

    def __attrs_post_init__(self) -> None:
        if self.reasons and not self.refused:
            raise BadValueError("reasons of what is accepted", "say under refused of which kinds they are")
        if self.refused and (self.hints is not None or self.hint_data or self.is_repeated):
            raise BadValueError("hints or a repetition of what is refused", "leave them out")


@attrs.frozen(kw_only=True)
class InBulk:
    """A command is given to many tickets.

    Attributes:
        bulk: The command.
        tickets: To which.
        refused: For those on which it is refused, the kinds of all reasons.
        comment: For readers.
    """

    bulk: commands.AnyCommand
    tickets: tuple[str, ...]
    refused: FrozenMap[str, tuple[RefusalCode, ...]] = attrs.field(factory=FrozenMap)
    comment: str = ""


@attrs.frozen(kw_only=True)
class Arrived:
    """A message arrives that belongs to no ticket yet, and is put where it belongs.

    Attributes:
        arrives: The message.
        at: When.
        to: Where it belongs.
        new_ticket: The id that a new ticket would have.
        among: The tickets of its sender; None: all of the case.
        comment: For readers.
    """

    arrives: Arrival
    at: datetime
    to: Route
    new_ticket: str = "new"
    among: tuple[str, ...] | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class Asked:
    """A ticket is looked at.

    Attributes:
        expect: What is expected of it.
        at: When.
        ticket: Which ticket; None for the one that the step before was about.
        comment: For readers.
    """

    expect: Partial[View]
    at: datetime
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class Advanced:
    """Somebody looks and carries out what is due.

    Attributes:
        advance: When.
        ticket: On which ticket; None for the one that the step before was about.
        comment: For readers.
    """

    advance: datetime
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class Planned:
    """Somebody asks what is due, and keeps the plan to apply it later.

    Attributes:
        plan: What the case calls it.
        at: When it is asked.
        ticket: Of which ticket; None for the one that the step before was about.
        comment: For readers.
    """

    plan: str
    at: datetime
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class Applied:
    """A plan that was kept is applied.

    Attributes:
        apply: What the case calls it.
        refused: The kinds of all reasons for which it is refused; none: it is applied.
        is_repeated: Whether all of it was in the history already.
        comment: For readers.
    """

    apply: str
    refused: tuple[RefusalCode, ...] = ()
    is_repeated: bool = False
    comment: str = ""


@attrs.frozen(kw_only=True)
class Changed:
    """From here on other rules are passed in.

    Attributes:
        rules: Which.
        comment: For readers.
    """

    rules: PresetRules | DocumentRules
    comment: str = ""


@attrs.frozen(kw_only=True)
class Migrated:
    """It is asked what other rules would change for the clocks of a ticket.

    Attributes:
        migrate: Which rules.
        at: When.
        changes: What they would change, by the names of the clocks; nothing for those that stay.
        ticket: Of which ticket; None for the one that the step before was about.
        comment: For readers.
    """

    migrate: PresetRules | DocumentRules
    at: datetime
    changes: tuple[Partial[ClockChange], ...]
    ticket: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True)
class Summarised:
    """Many tickets are reported in one.

    Attributes:
        summary: What is expected of it.
        at: When.
        tickets: Which tickets; None: all of the case.
        comment: For readers.
    """

    summary: Partial[Summary]
    at: datetime
    tickets: tuple[str, ...] | None = None
    comment: str = ""


Step = Summarised | Given | InBulk | Arrived | Asked | Advanced | Planned | Applied | Changed | Migrated


@attrs.frozen(kw_only=True)
class Scenario:
    """A case.

    Attributes:
        id: What results call it; stable.
        rules: The rule set it is lived under.
        steps: What happens and what is expected, in order.
        source: Where the expectations come from.
        clauses: The clauses of docs/semantics.md that it holds.
        rows: The rows of the systems that it shows.
        title: What it shows.
        comment: For readers.
    """

    id: str
    rules: PresetRules | DocumentRules
    steps: tuple[Step, ...]
    source: str
    clauses: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""
    comment: str = ""


def missed(case: Mapping[str, object]) -> str | None:
    """Return what was expected in a case and what came instead, step by step; None if it is met.

    Raises:
        FlawedError: it cannot be read.
        BadValueError: it names a ticket that is not there.
    """
    scenario: Scenario = read_plain(case, Scenario)
    if not scenario.steps:
        raise DataError(
            DataProblem(("steps",), "bad_value", "a case of no steps", "say what happens, and what is expected")
        )
    stage = _Stage(_built(scenario.rules, "rules"))
    for number, step in enumerate(scenario.steps):
        try:
            found = (*stage.take(step), *stage.untold())
        except (DataError, TicketflowError) as error:
            raise as_data_error(error).under("steps", number) from None
        if found:  # what comes after would be about another life
            return f"step {number} ({_spoken(step)}): " + "; ".join(found)
    return None


def _built(rules: PresetRules | DocumentRules, key: str) -> Rules:
    try:
        return rules.build()
    except DataError as error:
        raise error.under(key) from None


def _spoken(step: Step) -> str:
    match step:
        case Given(command=command) | InBulk(bulk=command):
            return f"{type(command).__name__} at {command.at.isoformat()}"
        case Arrived(at=at):
            return f"a message arrives at {at.isoformat()}"
        case Asked(at=at):
            return f"expected at {at.isoformat()}"
        case Advanced(advance=at) | Planned(at=at) | Migrated(at=at):
            return f"{type(step).__name__.lower()} at {at.isoformat()}"
        case Applied(apply=name):
            return f"plan {name!r:.40} applied"
        case Summarised() | Changed():
            return type(step).__name__.lower()
        case _:
            assert_never(step)


class _Stage:
    """Where a case is played: the tickets as its steps left them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.tickets: dict[str, Ticket] = {}
        self.plans: dict[str, tuple[str, Plan]] = {}
        self.at_hand: str | None = None

    def take(self, step: Step) -> Iterator[str]:
        """Carry out a step, and yield what was expected otherwise."""
        match step:
            case Given():
                yield from self._given(step)
            case InBulk():
                yield from self._in_bulk(step)
            case Arrived():
                yield from self._arrived(step)
            case Asked():
                yield from _differences(step.expect, self._ticket(step.ticket), step.at, self.rules)
            case Advanced():
                ticket = self._ticket(step.ticket)
                self.tickets[ticket.id] = advance(step.advance, ticket, self.rules)
            case Planned():
                ticket = self._ticket(step.ticket)
                self.plans[step.plan] = (ticket.id, evaluate(step.at, ticket, self.rules))
            case Applied():
                yield from self._applied(step)
            case Changed():
                self.rules = _built(step.rules, "rules")
            case Summarised():
                tickets = [self._ticket(name) for name in _distinct(step.tickets or tuple(self.tickets))]
                now = [advance(step.at, ticket, self.rules) for ticket in tickets]
                yield from _partly("summary", _some(step.summary), report_all(step.at, now, self.rules)[1])
            case Migrated():
                changes = preview_migration(
                    self._ticket(step.ticket), self.rules, _built(step.migrate, "migrate"), step.at
                )
                yield from _each("changes", step.changes, changes)
            case _:
                assert_never(step)

    def untold(self) -> Iterator[str]:
        """Yield what no case needs to say: a ticket is what its history tells, and needs no rules for that."""
        for ticket in self.tickets.values():
            if replay(ticket.history) != ticket:
                yield f"ticket {ticket.id} is not what its history tells"

    def _applied(self, step: Applied) -> Iterator[str]:
        if step.apply not in self.plans:
            problem = unknown_name("", "plan", step.apply, self.plans)
            raise BadValueError(problem.what, problem.fix)
        name, plan = self.plans[step.apply]
        decision = apply(self._ticket(name), plan)
        self._keep(decision)
        yield from _kinds_differ(decision, step.refused)
        if isinstance(decision, Accepted):
            yield from _differs("is_repeated", step.is_repeated, decision.is_repeated)

    def _ticket(self, name: str | None) -> Ticket:
        self.at_hand = name or self.at_hand
        if self.at_hand is None:
            raise BadValueError("no ticket is at hand", "open one, or name one")
        _refuse_strangers((self.at_hand,), self.tickets, "ticket")
        return self.tickets[self.at_hand]

    def _keep(self, decision: Decision) -> None:
        if isinstance(decision, Accepted):
            for ticket in filter(None, (decision.ticket, decision.created)):
                self.tickets[ticket.id] = ticket
                self.at_hand = ticket.id

    def _handled(self, command: commands.AnyCommand, name: str | None) -> Decision:
        if isinstance(command, commands.Open):
            if name is not None or command.ticket in self.tickets:
                raise BadValueError(f"ticket {command.ticket!r} is there already", "open another, and name none")
            decision = handle(None, command, self.rules)
        else:
            decision = handle(self._ticket(name), command, self.rules)
        self._keep(decision)
        return decision

    def _given(self, step: Given) -> Iterator[str]:
        decision = self._handled(step.command, step.ticket)
        yield from _kinds_differ(decision, step.refused)
        if isinstance(decision, Refused):
            if step.reasons:
                yield from _each("reasons", step.reasons, decision.reasons)
            return
        yield from _differs("is_repeated", step.is_repeated, decision.is_repeated)
        if step.hints is not None:
            yield from _differs("hints", step.hints, tuple(hint.name for hint in decision.hints))
        told = {hint.name: hint.data for hint in decision.hints}
        for name, data in step.hint_data.items():
            yield from _differs(f"hint_data.{name}", data, told.get(name))

    def _in_bulk(self, step: InBulk) -> Iterator[str]:
        tickets = [self._ticket(name) for name in _distinct(step.tickets)]
        _refuse_strangers(step.refused, step.tickets, "ticket of this step")
        decisions = handle_all(tickets, step.bulk, self.rules)
        yield from _differs("results", len(tickets), len(decisions))
        for ticket, decision in zip(tickets, decisions, strict=False):
            self._keep(decision)
            for difference in _kinds_differ(decision, step.refused.get(ticket.id, ())):
                yield f"{ticket.id}: {difference}"

    def _arrived(self, step: Arrived) -> Iterator[str]:
        names = tuple(self.tickets) if step.among is None else step.among
        found = route(step.arrives, [self._ticket(name) for name in names], self.rules, step.at)
        yield from _differs("to", step.to, found)
        command = command_for(found, step.arrives, step.at, step.new_ticket)
        if command is not None:
            name = None if isinstance(found, OpenNew) else found.ticket
            yield from _kinds_differ(self._handled(command, name), ())


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or len(set(names)) < len(names):
        raise BadValueError(f"tickets {', '.join(names) or 'of no name'}", "name some, each once")
    return names


def _refuse_strangers(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            problem = unknown_name("", what, name, known)
            raise BadValueError(problem.what, problem.fix)


def _some(expect: Partial[Any]) -> Partial[Any]:
    """Return what is expected, which must be something, and so must be all that it is made of."""
    if not expect or any(isinstance(part, Mapping) and not part for part in _inner(expect)):
        raise BadValueError("an expectation of nothing", "say what is expected")
    return expect


def _inner(expect: Mapping[str, object]) -> Iterator[object]:
    """Yield what an expectation is made of, lists of nothing aside: they say that there is nothing."""
    for part in expect.values():
        yield part
        if isinstance(part, Mapping):
            yield from _inner(part)
        elif isinstance(part, tuple):
            yield from part


def _kinds_differ(decision: Decision, expected: Iterable[RefusalCode]) -> Iterator[str]:
    got = sorted(reason.kind for reason in decision.reasons) if isinstance(decision, Refused) else []
    why = "; ".join(map(str, decision.reasons)) if isinstance(decision, Refused) else ""
    for difference in _differs("refused", sorted(expected), got):
        yield f"{difference} ({why})" if why else difference


def _differs(name: str, expected: object, got: object) -> Iterator[str]:
    if expected != got or type(expected) is not type(got):
        yield f"{name}: expected {shown_plain(expected)}, got {shown_plain(got)}"


def _partly(name: str, expected: Mapping[str, object], got: object) -> Iterator[str]:
    for key, value in expected.items():
        held = getattr(got, key)
        if isinstance(value, Partial) and isinstance(held, Partial):
            for part, inner in value.items():
                yield from _differs(f"{name}.{key}.{part}", inner, held.get(part))
        else:
            yield from _differs(f"{name}.{key}", value, held)


def _differences(expect: Partial[View], left: Ticket, at: datetime, rules: Rules) -> Iterator[str]:
    """Yield what is otherwise than expected of a ticket, as its steps *left* it, at an instant."""
    outside = next(entry for entry in reversed(left.history) if not entry.is_automatic)
    if at < (outside.occurred_at or outside.at):
        fix = "look before the command is given, or ask at its instant or later"
        raise BadValueError("a look at what was, for the ticket is as its last command left it", fix)
    now = advance(at, left, rules)
    for name, expected in _some(expect).items():
        yield from _ASKED[name](name, expected, _Looked(left, now, at, rules))


@attrs.frozen
class _Looked:
    """A ticket as it is looked at: as the steps left it, and with everything due carried out."""

    left: Ticket
    now: Ticket
    at: datetime
    rules: Rules


Ask = Callable[[str, Any, _Looked], Iterator[str]]


def _simply(answer: Callable[[_Looked], object]) -> Ask:
    return lambda name, expected, looked: _differs(name, expected, answer(looked))


def _each(name: str, expected: tuple[Mapping[str, object], ...], got: tuple[object, ...]) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{name}: expected {len(expected)}, got {len(got)}: {shown_plain(got)}"
        return
    for index, (partial, whole) in enumerate(zip(expected, got, strict=True)):
        yield from _partly(f"{name}[{index}]", partial, whole)


def _fields(name: str, expected: Mapping[str, Value], looked: _Looked) -> Iterator[str]:
    _refuse_strangers(expected, looked.rules.workflow.fields_by_name, "field")
    for field, value in expected.items():
        yield from _differs(f"{name}.{field}", value, looked.now.fields.get(field))


def _texts(name: str, expected: Mapping[str, Labels], rules: Rules) -> Iterator[str]:
    told = {template.name: template.texts for template in rules.templates}
    _refuse_strangers(expected, told, "text")
    for template, texts in expected.items():
        yield from _differs(f"{name}.{template}", texts, told[template])


def _automatic(ticket: Ticket) -> Iterator[Automatic]:
    for entry in ticket.history:
        if isinstance(entry.cause, ByRule):
            sent = tuple(event.template for event in entry.events if isinstance(event, MessageRequested))
            yield Automatic(entry.cause.key.rule, entry.at, entry.cause.due_at, entry.events, sent)


def _recorded(name: str, expected: Mapping[str, tuple[Mapping[str, object], ...]], looked: _Looked) -> Iterator[str]:
    for kind, partials in expected.items():
        yield from _each(f"{name}.{kind}", partials, tuple(map(_told, records(looked.now, kind))))


def _by(milestone: Milestone | None) -> str | None:
    return milestone.by.id if milestone else None


def _told(record: Record) -> Told:
    entry, event = record.entry, record.event
    rule = entry.cause.key.rule if isinstance(entry.cause, ByRule) else None
    message = event.message if isinstance(event, MessageAdded) else None
    known = None if message is None else Partial[Message](attrs.asdict(message))
    return Told(entry.at, entry.occurred_at, entry.actor.role, entry.actor.id, rule, event, known)


def _delivered(looked: _Looked) -> Deliveries:
    return deliveries(evaluate(looked.at, looked.left, looked.rules), looked.at)


def _clocks(name: str, expected: Mapping[str, Mapping[str, object]], looked: _Looked) -> Iterator[str]:
    for clock, partial in expected.items():
        yield from _partly(f"{name}.{clock}", partial, read(looked.at, looked.now, looked.rules.clock(clock)))


def _explained(name: str, expected: Mapping[str, Mapping[str, object]], looked: _Looked) -> Iterator[str]:
    told = {each.rule: each for each in explain(looked.at, looked.left, looked.rules)}
    for rule, partial in expected.items():
        _refuse_strangers((rule,), told, "rule")
        yield from _partly(f"{name}.{rule}", partial, told[rule])


_ASKED: Mapping[str, Ask] = {
    "state": _simply(lambda looked: looked.now.state),
    "category": _simply(lambda looked: looked.now.category),
    "assignee": _simply(lambda looked: looked.now.assignee),
    "fields": _fields,
    "outcome": _simply(lambda looked: looked.now.outcome),
    "rating": _simply(lambda looked: looked.now.rating),
    "is_hidden": _simply(lambda looked: looked.now.is_hidden),
    "snoozed_until": _simply(lambda looked: looked.now.snooze.until if looked.now.snooze else None),
    "texts": lambda name, expected, looked: _texts(name, expected, looked.rules),
    "lists": _simply(lambda looked: looked.rules.workflow.listed(looked.now.facts)),
    "follows": _simply(lambda looked: looked.now.follows),
    "links": _simply(lambda looked: tuple(link.ticket for link in looked.now.links)),
    "earlier": _simply(lambda looked: len(looked.now.earlier or ())),
    "first_answer_by": _simply(lambda looked: _by(looked.now.first_answer)),
    "first_resolution_by": _simply(lambda looked: _by(looked.now.first_resolution)),
    "records": _recorded,
    "automatic": lambda name, expected, looked: _each(name, expected, tuple(_automatic(looked.now))),
    "due": lambda name, expected, looked: _each(name, expected, evaluate(looked.at, looked.left, looked.rules).due),
    "sends": _simply(lambda looked: tuple(each.request.template for each in _delivered(looked).send)),
    "withholds": _simply(lambda looked: tuple(each.why for each in _delivered(looked).withheld)),
    "next_due": _simply(lambda looked: next_due(looked.left, looked.rules)),
    "clocks": _clocks,
    "explain": _explained,
    "report": lambda name, expected, looked: _partly(name, expected, report(looked.at, looked.now, looked.rules)),
}
