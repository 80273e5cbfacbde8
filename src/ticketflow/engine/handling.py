"""Give a command to a ticket: carry out what is due before it, decide it, and let rules react."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.engine.decisions import Accepted, Decision, Refused, check_request, decided, effective_at, in_bulk
from ticketflow.engine.episodes import armed_at, origin_of
from ticketflow.engine.plans import NOTHING_DUE, Due, Plan
from ticketflow.engine.program import Program, Timer
from ticketflow.engine.refusals import Reason
from ticketflow.engine.run import Run, dues, reactions_to
from ticketflow.errors import UnknownHolidaysError
from ticketflow.kernel.instants import to_utc
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.tickets import commands
from ticketflow.tickets.events import ByRule
from ticketflow.tickets.ticket import Ticket


def handle(ticket: Ticket | None, command: commands.Command, rules: Rules, stored: Ticket | None = None) -> Decision:
    """Carry out everything due before a command, decide the command, and let rules react to it.

    A refusal returns the ticket that was given, not advanced. `Accepted.touched` lists every ticket and entry to store
    and to send; `deliveries` takes the answer.

    Args:
        ticket: The ticket that gets the command; None for `Open`.
        command: The command.
        rules: The rule set.
        stored: For a follow-up, the ticket that the same delivery opened before, or that has the id of the new one;
            None if neither is stored. The answer to a repeated delivery has it as `Accepted.created`.

    Raises:
        BadValueError: An argument has a wrong type, or *stored* is another ticket.

    Source: docs/semantics.md 3.2, 3.8, 3.12.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, advance, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> too_late = commands.Move("to_active", at=noon + timedelta(days=6), by=ada)
    >>> sorted(handle(ticket, too_late, rules).kinds)  # it had closed by itself the day before
    ['closed_for_good', 'no_such_transition']
    """
    check_request(ticket, command, rules, stored)
    program, advanced, due, is_behind = Program.of(rules), ticket, NOTHING_DUE, False
    if ticket is not None:
        effective = effective_at(ticket, command.at)
        run = _run_before(effective, ticket, program, rules.occurrences_per_call)
        if run.made:
            entries = run.entries()
            advanced, due = run.ticket, Plan(tuple(dues(run)), entries, ticket.id, entries[0].sequence)
            is_behind = run.has_next(effective, inclusive=False)
    decision = decided(advanced, command, rules, stored)
    if ticket is not None and isinstance(decision, Accepted) and decision.is_repeated:
        return Accepted(ticket, (), decision.created, is_repeated=True, hints=decision.hints)
    if is_behind:
        what = f"more than {len(due.entries)} occurrences are due before the command"
        return Refused(ticket, (Reason("behind", what, "advance the ticket first"),))
    if isinstance(decision, Refused):
        return Refused(ticket, _with_due_first(decision.reasons) if due else decision.reasons)
    if decision.created:
        opened = _run_reactions(None, decision.created, program)
        return Accepted(decision.ticket, due.entries, opened.ticket, due=due, reactions=tuple(dues(opened)))
    reaction = _run_reactions(advanced, decision.ticket, program)
    return Accepted(
        reaction.ticket,
        (*due.entries, *decision.entries, *reaction.entries()),
        hints=decision.hints,
        due=due,
        reactions=tuple(dues(reaction)),
        ended=_ended_by_command(due, advanced, reaction.ticket, program) if due and advanced else (),
    )


def handle_all(tickets: Iterable[Ticket], command: commands.Command, rules: Rules) -> tuple[Decision, ...]:
    """Give one command to each of several tickets, with one `handle` each, and return the decisions in their order.

    A refusal does not stop the rest. The permission ``bulk`` says who may give commands in bulk; for others every
    ticket is refused.

    Source: row F3.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, advance, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> to_ana = commands.Assign("ana", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("agent", "bea"))
    >>> handle_all([], to_ana, servicenow())
    ()
    """
    return in_bulk(tickets, command, rules, handle)


def advance_before(at: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket as a command at *at* finds it, with everything due before carried out.

    Raises:
        NaiveDatetimeError: *at* has no time zone.

    Source: docs/semantics.md 3.8: events of an instant come before timers of that instant.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, advance, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> end = noon + timedelta(days=5)
    >>> advance_before(end, ticket, rules).state, advance(end, ticket, rules).state
    ('resolved', 'closed')
    """
    check_arguments(ticket, rules)
    return _run_before(effective_at(ticket, to_utc(at, "at")), ticket, Program.of(rules)).ticket


def found_before(at: datetime, ticket: Ticket, rules: Rules) -> Ticket | None:
    """Return the ticket as a command at *at* finds it; None if more is due before it than one call carries out.

    Args:
        at: The instant, in UTC.
        ticket: The ticket.
        rules: The rule set.

    Source: docs/semantics.md 3.14.
    """
    effective = effective_at(ticket, at)
    run = _run_before(effective, ticket, Program.of(rules), rules.occurrences_per_call)
    return None if run.made and run.has_next(effective, inclusive=False) else run.ticket


def _ended_by_command(due: Plan, before: Ticket, after: Ticket, program: Program) -> tuple[Due, ...]:
    """Return the items of *due* whose episode goes on before a command, and not after it and its reactions."""
    timers = [(each, timer) for each in due if (timer := program.timers_by_id.get(each.rule)) is not None]
    return tuple(each for each, timer in timers if _goes_on(each, timer, before) and not _goes_on(each, timer, after))


def _goes_on(due: Due, timer: Timer, ticket: Ticket) -> bool:
    """Return True if the episode of a due item goes on. The end of a mask does not end it, even if it counts anew."""
    try:
        origin = origin_of(timer, ticket)
    except UnknownHolidaysError:
        return False
    armed, cause = armed_at(timer, origin[2], ticket) if origin else None, due.entry.cause
    return armed is not None and isinstance(cause, ByRule) and cause.armed >= armed.sequence


def _with_due_first(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return the reasons to refuse a command before which something was due; a stale sender is to apply that first."""
    first = "apply what is due first (evaluate and apply), then"
    return tuple(attrs.evolve(each, help=f"{first} {each.help}") if each.kind == "stale" else each for each in reasons)


def _run_before(effective: datetime, ticket: Ticket, program: Program, most: int | None = None) -> Run:
    """Run what is due before a command takes effect, until there are *most* entries."""
    run = Run(ticket, program)
    while (most is None or len(run.made) < most) and run.next_instant(effective, inclusive=False):
        pass
    return run


def _run_reactions(before: Ticket | None, after: Ticket, program: Program) -> Run:
    """Run the rules that react to a ticket's last entry, until none is left."""
    run = Run(after, program)
    if reactions := reactions_to(before, after, program):
        run.settle(reactions)
    return run
