"""Plan what is due, apply the plan, advance to an instant, and find the next due instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import attrs

from ticketflow.engine.decisions import Accepted, Decision, Refused
from ticketflow.engine.refusals import Reason
from ticketflow.engine.run import Run
from ticketflow.engine.timers import first_ahead, unknown_from
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.rules.actions import Action
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.tickets import events
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import Ticket, check_ticket


@attrs.frozen
class Due:
    """The actions of one rule at one instant.

    Attributes:
        rule: The rule's id.
        actions: The actions; the events of the entry say what came of them.
        reason: Why they are due.
        due_at: When they are due, in UTC. The entry takes effect then, or later if the rules made it due too late.
        key: The identity of the occurrence; the same in every process and every plan.
        entry: The entry that applying the plan adds to the history.
    """

    rule: str
    actions: tuple[Action, ...]
    reason: events.Why
    due_at: datetime
    key: events.Key
    entry: events.Entry


@attrs.frozen
class Plan:
    """Everything that is due, in order: what advancing the ticket would carry out.

    A plan iterates over its `Due` values. It is true if there is anything to apply.

    Attributes:
        due: The actions of rules.
        entries: The entries that applying the plan adds to the history: one for each due, and one for each bound that
            is reached.
        ticket: The id of the ticket that the plan was made for; None if nothing is due.
        version: The version of that ticket.
        has_more: Whether a bound cut the plan short; evaluate again after applying it.
        unknown_from: The instant from which on it is not known what is due, because the public holidays are not known.
            What is due before it is in the plan. None if *now* is before it.
    """

    due: tuple[Due, ...] = ()
    entries: tuple[events.Entry, ...] = ()
    ticket: str | None = None
    version: int = 0
    has_more: bool = False
    unknown_from: datetime | None = None

    def __iter__(self) -> Iterator[Due]:
        return iter(self.due)

    def __len__(self) -> int:
        return len(self.due)

    def __bool__(self) -> bool:
        return bool(self.entries)


NOTHING_DUE = Plan()


def _dues(run: Run) -> Iterator[Due]:
    for entry, then in run.made:
        if isinstance(entry.cause, events.ByRule):
            cause = entry.cause
            yield Due(cause.key.rule, then, cause.reason, cause.due_at, cause.key, entry)


def evaluate(now: datetime, ticket: Ticket, rules: Rules) -> Plan:
    """Return everything that is due at *now* as a plan, with the reactions that it sets off.

    The function is pure: nothing is applied, and the same arguments give the same plan. If *now* is before the ticket's
    last entry, the plan is empty.

    Args:
        now: The instant; whatever is due at or before it is in the plan. Aware.
        ticket: The ticket.
        rules: The rule set.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> late = noon + timedelta(days=30)
    >>> [(due.rule, due.due_at.isoformat()) for due in evaluate(late, ticket, rules)]
    [('close-resolved', '2026-11-24T12:00:00+00:00')]
    >>> len(evaluate(noon, ticket, rules)), ticket.state
    (0, 'resolved')
    """
    if type(ticket) is not Ticket:
        check_arguments(ticket, rules)
    asked, _, quiet_until = ticket.outlook  # kept from before: idle tickets are evaluated often
    if asked is rules and type(now) is datetime and now.tzinfo is UTC and now < quiet_until:
        return NOTHING_DUE
    until = to_utc(now, "now")
    check_arguments(ticket, rules)
    run = Run(ticket, rules)
    while len(run.made) < rules.occurrences_per_call and run.next_instant(until):
        pass
    unknown = None
    if until >= rules.known_before and not run.has_next(until):
        unknown = unknown_from(run.ticket, rules)
    if not run.made and unknown is None:
        return NOTHING_DUE
    return Plan(tuple(_dues(run)), run.entries(), ticket.id, ticket.version, run.has_next(until), unknown)


def apply(ticket: Ticket, plan: Plan) -> Decision:
    """Apply a plan to the ticket for which it was made.

    If all its entries are in the history already, the answer is the same ticket, marked as repeated. A plan that was
    made from another version is refused as stale: the ticket changed meanwhile, so evaluate it again.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> plan = evaluate(noon + timedelta(days=5), ticket, rules)
    >>> reopened = handle(ticket, commands.Move("to_active", at=noon + timedelta(hours=1), by=ada), rules).ticket
    >>> apply(ticket, plan).ticket.state, sorted(apply(reopened, plan).kinds)
    ('closed', ['stale'])
    """
    if not isinstance(plan, Plan):
        raise BadValueError(f"plan {plan!r:.200}", "give what evaluate returned")
    check_ticket(ticket)
    if not plan:
        return Accepted(ticket, ())
    if plan.ticket != ticket.id:
        what = f"the plan is for ticket {plan.ticket!r}, not {ticket.id!r}"
        return Refused(ticket, (Reason("not_found", what, "apply it to the ticket it was made for"),))
    if ticket.history.after(plan.version)[: len(plan.entries)] == plan.entries:
        return Accepted(ticket, (), is_repeated=True)
    if plan.version != ticket.version:
        what = f"the plan was made from version {plan.version} and the ticket has {ticket.version}"
        return Refused(ticket, (Reason("stale", what, "evaluate the ticket again"),))
    after = ticket
    for entry in plan.entries:
        after = evolve(after, entry)
    return Accepted(after, plan.entries)


def advance(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Carry out everything due at or before *now*, each at its own instant, and return the ticket.

    Advancing to one instant and then to a later one is the same as advancing to the later one at once.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.8.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> week = [noon + timedelta(days=days) for days in range(8)]
    >>> twice = advance(week[7], advance(week[6], ticket, rules), rules)
    >>> twice == advance(week[7], ticket, rules), twice.changed_at == week[5]
    (True, True)
    """
    until = to_utc(now, "now")
    check_arguments(ticket, rules)
    run = Run(ticket, rules)
    while run.next_instant(until):
        pass
    return run.ticket


def next_due(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the first instant, in UTC, at which something is due if nothing else happens; None if nothing ever is.

    Where public holidays are not known, `Plan.unknown_from` says from which instant on the answer is not known.

    Source: docs/semantics.md 3.13.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> next_due(ticket, rules) - noon, next_due(opened, rules)
    (datetime.timedelta(days=5), None)
    """
    check_arguments(ticket, rules)
    first = first_ahead(ticket, rules)
    return first.at if first else None
