"""Run language-neutral cases about the history of tickets.

A case names a rule set and has steps: commands, messages that arrive, and expectations at an instant. What a ticket
becomes does not depend on when somebody looks at it. So an expectation changes nothing, and is about the ticket as the
steps left it. docs/conformance.md describes the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from ticketflow.conformance.cases import DocumentRules, PresetRules
from ticketflow.conformance.expectations import (
    checked_names,
    differs,
    each_differs,
    named_differ,
    not_empty,
    partly_differs,
    view_differs,
)
from ticketflow.conformance.scenario_format import (
    AdvanceStep,
    AgendaEntry,
    AgendaStep,
    ApplyStep,
    ArrivalStep,
    AvailableStep,
    BulkStep,
    Choice,
    CommandStep,
    DeliveriesStep,
    ExpectationStep,
    FollowUpsStep,
    MigrationStep,
    PlanStep,
    ReportsStep,
    RulesStep,
    Scenario,
    Sent,
    Step,
    SummaryStep,
    VerifyStep,
    described,
)
from ticketflow.documents.conversion import read_plain
from ticketflow.documents.introspection import Partial
from ticketflow.documents.problems import DataError, as_data_error, data_error
from ticketflow.documents.reading import read
from ticketflow.documents.writing import write
from ticketflow.engine.decisions import Accepted, Decision, Option, Refused, available
from ticketflow.engine.handling import handle, handle_all
from ticketflow.engine.planning import advance, apply, evaluate, next_due, verify
from ticketflow.engine.plans import Plan
from ticketflow.engine.refusals import RefusalCode
from ticketflow.errors import BadValueError, TicketflowError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules
from ticketflow.service.agenda import Agenda
from ticketflow.service.delivery import Delivery, Within, deliveries, follow_ups
from ticketflow.service.intake import OpenNew, command_for, route
from ticketflow.service.migration import preview_migration
from ticketflow.service.reports import report_all
from ticketflow.tickets import commands
from ticketflow.tickets.events import Emitted
from ticketflow.tickets.fold import replay
from ticketflow.tickets.ticket import Ticket


def failure(case: Mapping[str, object]) -> str | None:
    """Return the differences at the first step that has any; None if the case passes.

    Raises:
        DataError: The case is not valid.
    """
    scenario: Scenario = read_plain(case, Scenario)
    if not scenario.steps:
        raise data_error("bad_value", "the case has no steps", "give commands and expectations", "steps")
    run = _Run(_built(scenario.rules, "rules"))
    for number, step in enumerate(scenario.steps):
        try:
            found = (*run.take(step), *run.replay_differences())
        except (DataError, TicketflowError) as error:
            raise as_data_error(error).under("steps", number) from None
        if found:  # later steps would be about other tickets than the case describes
            return f"step {number} ({described(step)}): " + "; ".join(found)
    return None


def _built(rules: PresetRules | DocumentRules, key: str) -> Rules:
    try:
        return rules.build()
    except DataError as error:
        raise error.under(key) from None


class _Run:
    """The tickets, plans and rules of a case as its steps left them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.tickets: dict[str, Ticket] = {}
        self.plans: dict[str, tuple[str, Plan]] = {}
        self.last_ticket: str | None = None

    def take(self, step: Step) -> Iterator[str]:
        """Carry out a step, and yield its differences."""
        match step:
            case CommandStep():
                yield from self._command(step)
            case BulkStep():
                yield from self._bulk(step)
            case ArrivalStep():
                yield from self._arrival(step)
            case ExpectationStep():
                yield from view_differs(step.expect, self._ticket(step.ticket), step.at, self.rules, as_of=step.as_of)
            case AdvanceStep():
                ticket = self._ticket(step.ticket)
                self.tickets[ticket.id] = advance(step.advance, ticket, self.rules)
            case PlanStep():
                ticket = self._ticket(step.ticket)
                self.plans[step.plan] = (ticket.id, evaluate(step.at, ticket, self.rules))
            case ApplyStep():
                yield from self._apply(step)
            case VerifyStep():
                checked_names((step.verify,), self.plans, "plan")
                name, plan = self.plans[step.verify]
                yield from differs("is_true", step.is_true, verify(plan, self._ticket(name), self.rules))
            case RulesStep():
                self.rules = _built(step.rules, "rules")
            case SummaryStep():
                tickets = [self._ticket(name) for name in _distinct(step.tickets or tuple(self.tickets))]
                now = [advance(step.at, ticket, self.rules) for ticket in tickets]
                summary = report_all(step.at, now, self.rules, since=step.since)[1]
                yield from partly_differs("summary", not_empty(step.summary), summary)
            case MigrationStep():
                ticket = self._ticket(step.ticket)
                changes = preview_migration(ticket, self.rules, _built(step.migrate, "migrate"), step.at)
                yield from each_differs("changes", step.changes, changes)
            case AvailableStep():
                yield from self._available(step)
            case DeliveriesStep():
                yield from self._deliveries(step)
            case FollowUpsStep():
                yield from self._follow_ups(step)
            case AgendaStep():
                yield from self._agenda(step)
            case ReportsStep():
                tickets = [self._ticket(name) for name in _distinct(tuple(step.reports))]
                now = [advance(step.at, ticket, self.rules) for ticket in tickets]
                found = report_all(step.at, now, self.rules, step.calendar, since=step.since)[0]
                yield from named_differ(
                    "reports", _none_empty(step.reports), {each.ticket: each for each in found}, "ticket"
                )
            case _:
                assert_never(step)

    def replay_differences(self) -> Iterator[str]:
        """Yield a difference for each ticket that differs from its replayed history, which needs no rules."""
        for ticket in self.tickets.values():
            if replay(ticket.history) != ticket:
                yield f"ticket {ticket.id} differs from its replayed history"

    def _ticket(self, name: str | None) -> Ticket:
        self.last_ticket = name or self.last_ticket
        if self.last_ticket is None:
            raise BadValueError("no earlier step is about a ticket", "open a ticket, or name one")
        checked_names((self.last_ticket,), self.tickets, "ticket")
        return self.tickets[self.last_ticket]

    def _keep(self, decision: Decision) -> None:
        if isinstance(decision, Accepted):
            for ticket in filter(None, (decision.ticket, decision.created)):
                self.tickets[ticket.id] = ticket
                self.last_ticket = ticket.id

    def _handle(self, command: commands.Command, name: str | None) -> Decision:
        if isinstance(command, commands.Open):
            if name is not None or command.ticket in self.tickets:
                raise BadValueError(f"ticket {command.ticket!r} exists already", "open another one, and name none")
            decision = handle(None, command, self.rules)
        else:
            ticket = self._ticket(name)
            new = command.ticket_id(ticket.id) if isinstance(command, commands.FollowUp) else None
            decision = handle(ticket, command, self.rules, self.tickets.get(new or ""))
        self._keep(decision)
        return decision

    def _command(self, step: CommandStep) -> Iterator[str]:
        decision = self._handle(step.command, step.ticket)
        yield from _refusal_differs(decision, step.refused)
        if isinstance(decision, Refused):
            if step.reasons:
                yield from each_differs("reasons", step.reasons, decision.reasons)
            return
        yield from differs("is_repeated", step.is_repeated, decision.is_repeated)
        if step.hints is not None:
            yield from differs("hints", step.hints, tuple(hint.name for hint in decision.hints))
        data_by_name = {hint.name: hint.data for hint in decision.hints}
        for name, data in step.hint_data.items():
            yield from differs(f"hint_data.{name}", data, data_by_name.get(name))

    def _bulk(self, step: BulkStep) -> Iterator[str]:
        tickets = [self._ticket(name) for name in _distinct(step.tickets)]
        checked_names(step.refused, step.tickets, "ticket of this step")
        decisions = handle_all(tickets, step.bulk, self.rules)
        yield from differs("results", len(tickets), len(decisions))
        for ticket, decision in zip(tickets, decisions, strict=False):
            self._keep(decision)
            for difference in _refusal_differs(decision, step.refused.get(ticket.id, ())):
                yield f"{ticket.id}: {difference}"

    def _arrival(self, step: ArrivalStep) -> Iterator[str]:
        names = tuple(self.tickets) if step.among is None else step.among
        found = route(step.arrives, [self._ticket(name) for name in names], self.rules, step.at)
        yield from differs("to", step.to, found)
        command = command_for(found, step.arrives, step.at, step.new_ticket)
        if command is not None:
            name = None if isinstance(found, OpenNew) else found.ticket
            yield from _refusal_differs(self._handle(command, name), ())

    def _apply(self, step: ApplyStep) -> Iterator[str]:
        checked_names((step.apply,), self.plans, "plan")
        name, plan = self.plans[step.apply]
        decision = apply(self._ticket(name), read("plan", write(plan)))  # as from a store: it is checked
        self._keep(decision)
        yield from _refusal_differs(decision, step.refused)
        if isinstance(decision, Accepted):
            yield from differs("is_repeated", step.is_repeated, decision.is_repeated)

    def _available(self, step: AvailableStep) -> Iterator[str]:
        ticket = None if step.is_new else advance(step.at, self._ticket(step.ticket), self.rules)
        options = available(ticket, step.by, self.rules)
        commands_by_name = {each.command: _choice(each) for each in options if each.transition is None}
        moves_by_name = {each.transition: _choice(each) for each in options if each.transition is not None}
        for key, expected in not_empty(step.available).items():
            by_name = moves_by_name if key.endswith("moves") else commands_by_name
            if key.startswith("open_"):
                yield from differs(
                    key, sorted(expected), sorted(name for name, each in by_name.items() if each.is_open)
                )
            else:
                yield from named_differ(key, expected, by_name, key.removesuffix("s"))

    def _deliveries(self, step: DeliveriesStep) -> Iterator[str]:
        plan: Plan | Decision
        if step.command is not None:
            plan, at = self._handle(step.command, step.ticket), step.command.at
            yield from _refusal_differs(plan, ())
        else:
            assert step.at is not None  # noqa: S101 -- the step has an instant or a command
            plan, at = evaluate(step.at, self._ticket(step.ticket), self.rules), step.at
        rules_by_id = {rule.id: rule for rule in self.rules.automations}
        checked_names((*step.modes, *step.graces), rules_by_id, "rule")
        modes = {**step.modes, **{rule: Within(grace) for rule, grace in step.graces.items()}}
        default = step.default if step.default_grace is None else Within(step.default_grace)
        found = deliveries(plan, step.sent_at or at, modes, default)
        got = {"sends": tuple(_sent(each, None) for each in found.send)}
        got["withholds"] = tuple(_sent(each.delivery, each.why) for each in found.withheld)
        for key, expected in not_empty(step.deliveries).items():
            yield from each_differs(key, expected, got[key])

    def _follow_ups(self, step: FollowUpsStep) -> Iterator[str]:
        ticket = self._ticket(step.ticket)
        plan = evaluate(step.at, ticket, self.rules)
        requested = follow_ups(plan, step.by)
        yield from differs("follow_ups", step.follow_ups, tuple(str(each.new_ticket) for each in requested))
        self._keep(apply(ticket, plan))
        for command in requested:
            yield from _refusal_differs(self._handle(command, ticket.id), ())

    def _agenda(self, step: AgendaStep) -> Iterator[str]:
        tickets = [self._ticket(name) for name in _distinct(step.tickets or tuple(self.tickets))]
        agenda = Agenda()
        for ticket in tickets:
            agenda = agenda.put(ticket.id, next_due(ticket, self.rules))
        yield from differs("agenda", step.agenda, tuple(AgendaEntry(ticket, at) for ticket, at in agenda))
        yield from differs("due", step.due, agenda.due(step.at)[0])


def _choice(option: Option) -> Choice:
    return Choice(option.is_open, option.target, option.needs, tuple(sorted({each.kind for each in option.reasons})))


def _sent(delivery: Delivery, why: str | None) -> Sent:
    request, due = delivery.request, delivery.due
    if isinstance(request, Emitted):
        return Sent(None, None, request.name, due.rule, due.entry.at, why)
    return Sent(request.template, request.to, None, due.rule, due.entry.at, why)


def _none_empty(expected: FrozenMap[str, Partial[Any]]) -> FrozenMap[str, Partial[Any]]:
    for partial in expected.values():
        not_empty(partial)
    return expected


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise BadValueError("the step names no tickets", "name at least one")
    if len(set(names)) < len(names):
        raise BadValueError(f"the step names a ticket twice: {', '.join(names)}", "name each once")
    return names


def _refusal_differs(decision: Decision, expected: Iterable[RefusalCode]) -> Iterator[str]:
    reasons = decision.reasons if isinstance(decision, Refused) else ()
    for difference in differs("refused", sorted(expected), sorted(reason.kind for reason in reasons)):
        yield f"{difference} ({'; '.join(map(str, reasons))})" if reasons else difference
