"""What is due: plan it, apply it, advance to an instant, and find the next one."""

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
    """What one rule asks for at one instant.

    Attributes:
        rule: The rule's id.
        actions: What is to be done; what becomes of it stands in the entry.
        reason: Why it is due.
        due_at: When it is, in UTC; the entry takes effect then or, if the rules made it due too late, thereafter.
        key: What makes it the one it is; the same in every process, and whenever it is asked for.
        entry: What applying it adds to the history.
    """

    rule: str
    actions: tuple[Action, ...]
    reason: events.Why
    due_at: datetime
    key: events.Key
    entry: events.Entry


@attrs.frozen
class Plan:
    """Everything due, in order: what advancing a ticket would carry out.

    A plan iterates over its `Due`s and is true iff there is anything to apply.

    Attributes:
        due: What the rules ask for.
        entries: What applying the plan adds to the history: an entry for each due, and for each bound reached.
        ticket: The id of the ticket it was made for; None if nothing is due.
        version: The version of the ticket it was made for.
        has_more: Whether a bound cut it short; going on after applying it gives the rest.
        unknown_from: From which instant on nobody knows what is due, because the public holidays are not known; what is
            due before it is in the plan. None if *now* lies before it.
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
    """Return the actions that are due: the whole plan that advancing to *now* would carry out, cascade included.

    Pure: nothing is applied, and asking again answers the same. A *now* before the ticket's last entry gets an empty
    plan.

    Args:
        now: Due is what has a due instant at or before it; aware.
        ticket: The ticket.
        rules: The definition of the desk.

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
    asked, _, quiet_until = ticket.outlook  # found out before: a million idle tickets are asked again and again
    if asked is rules and type(now) is datetime and now.tzinfo is UTC and now < quiet_until:
        return NOTHING_DUE
    until = to_utc(now, "now")
    check_arguments(ticket, rules)
    run = Run(ticket, rules)
    while len(run.made) < rules.occurrences_per_call and run.instant(until):
        pass
    unknown = None
    if until >= rules.known_before and not run.has_next(until):
        unknown = unknown_from(run.ticket, rules)
    if not run.made and unknown is None:
        return NOTHING_DUE
    return Plan(tuple(_dues(run)), run.entries(), ticket.id, ticket.version, run.has_next(until), unknown)


def apply(ticket: Ticket, plan: Plan) -> Decision:
    """Return the ticket with *plan* carried out.

    A plan wholly in the history already answers the same ticket, marked as repeated. A plan made from another version
    is refused as stale and changes nothing: something raced it, so evaluate again.

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
    """Return the ticket with everything due by *now* carried out, each at its own instant.

    Advancing to one instant and then to another is advancing to the later one.

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
    while run.instant(until):
        pass
    return run.ticket


def next_due(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the first instant, in UTC, at which `evaluate` answers something if nothing else happens; None if never.

    Nothing is due before it, and something is due at it. Where public holidays are not known, `unknown_from` says from
    which instant on nobody knows.

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
