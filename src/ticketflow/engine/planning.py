"""Plan what is due, apply the plan, advance to an instant, and find the next due instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ticketflow.engine.decisions import Accepted, Decision, Refused
from ticketflow.engine.lookahead import first_ahead, grown, unknown_from
from ticketflow.engine.plans import NOTHING_DUE, Plan, due_of
from ticketflow.engine.program import Program
from ticketflow.engine.refusals import Reason
from ticketflow.engine.run import Run, dues
from ticketflow.errors import BadValueError, HistoryError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import items_of, problems_of
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.tickets import events
from ticketflow.tickets.history_checks import HistoryCheck
from ticketflow.tickets.ticket import PLANNED, Ticket, check_ticket


def evaluate(now: datetime, ticket: Ticket, rules: Rules) -> Plan:
    """Return everything that is due at *now* as a plan, with the reactions that it sets off.

    The function is pure: nothing is applied, and the same arguments give the same plan. If *now* is before the ticket's
    last entry, the plan is empty.

    Args:
        now: The instant; aware. The plan contains everything due at or before it.
        ticket: The ticket.
        rules: The rule set.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
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
    program = Program.of(rules)
    run = Run(ticket, program)
    while len(run.made) < rules.occurrences_per_call and run.next_instant(until):
        pass
    unknown = None
    if until >= program.known_before and not run.has_next(until):
        unknown = unknown_from(run.ticket, rules)
    if not run.made and unknown is None:
        return NOTHING_DUE
    plan = Plan(tuple(dues(run)), run.entries(), ticket.id, ticket.version, run.has_next(until), unknown)
    ticket.__dict__[PLANNED] = plan  # apply need not check it
    return plan


def evaluate_all(now: datetime, tickets: Iterable[Ticket], rules: Rules) -> Iterator[Plan]:
    """Return an iterator over the plans of several tickets at *now*, one for each ticket, in their order.

    A ticket is taken when its plan is asked for, and nothing is kept of it. So a million tickets can come from a
    database one by one. What is kept beside a ticket that its caller holds is its next occurrence.

    Args:
        now: The instant; aware.
        tickets: The tickets, in any order.
        rules: The rule set.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *tickets* is not iterable; or, while iterating, an item is not a Ticket.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> solved = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> [len(plan) for plan in evaluate_all(noon + timedelta(days=5), (opened, solved), rules)]
    [0, 1]
    """
    until = to_utc(now, "now")
    check_rules(rules)
    given = items_of(tickets, Ticket, "tickets")
    return (evaluate(until, ticket, rules) for ticket in given)


def apply(ticket: Ticket, plan: Plan) -> Decision:
    """Apply a plan to the ticket for which it was made.

    If all its entries are in the history already, the answer is the same ticket, marked as repeated. A plan that was
    made from another version is refused as stale: the ticket changed meanwhile, so evaluate it again.

    A plan that `evaluate` did not make for this very object, such as one that was stored, is checked first: its entries
    are automatic, follow the history in number, instant and id, and agree with its due items. That costs a walk over
    the history. `verify` says whether certain rules would have made it.

    Raises:
        BadValueError: *plan* is not a plan, or its due items do not agree with its entries.
        HistoryError: An entry of the plan cannot follow the history.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> plan = evaluate(noon + timedelta(days=5), ticket, rules)
    >>> reopened = handle(ticket, commands.Move("to_active", at=noon + timedelta(hours=1), by=ada), rules).ticket
    >>> apply(ticket, plan).ticket.state, sorted(apply(reopened, plan).kinds)
    ('closed', ['stale'])
    """
    _check_plan_type(plan)
    check_ticket(ticket)
    is_trusted = plan is ticket.planned
    if not is_trusted:
        _check_agreement(plan)
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
    if not is_trusted:
        _check_entries(plan, HistoryCheck.after(ticket))
    return Accepted(_after(ticket, plan.entries), plan.entries, due=plan)


def _after(ticket: Ticket, entries: tuple[events.Entry, ...]) -> Ticket:
    for entry in entries:
        ticket = grown(ticket, entry)
    return ticket


def _check_plan_type(plan: Plan) -> None:
    if not isinstance(plan, Plan):
        raise BadValueError(f"plan {plan!r:.200}", "give what evaluate returned")


def check_plan(plan: Plan) -> None:
    """Check what can be checked of a plan without its ticket: its entries, and its due items against them.

    Raises:
        BadValueError: Its due items do not agree with its entries.
        HistoryError: An entry is not automatic, or cannot follow the ones before it.

    Source: docs/semantics.md 3.11.
    """
    _check_agreement(plan)
    if plan:
        _check_entries(plan, HistoryCheck.within(plan.ticket or "", plan.version))


def _check_agreement(plan: Plan) -> None:
    """Check that the due items of a plan are those of its entries by rules."""
    problem = next(problems_of(plan, "plan"), None)
    if problem is not None:
        raise BadValueError(f"{problem.place}{problem.what.removeprefix('it')}", problem.fix)
    if plan and (plan.ticket is None or plan.version < 1):
        raise BadValueError("the plan has entries and names no version of a ticket", _AS_MADE)
    by_rule = [(entry, entry.cause) for entry in plan.entries if isinstance(entry.cause, events.ByRule)]
    if len(by_rule) != len(plan.due):
        raise BadValueError(f"the plan has {len(plan.due)} due items and {len(by_rule)} entries by rules", _AS_MADE)
    for index, (due, (entry, cause)) in enumerate(zip(plan.due, by_rule, strict=True)):
        if due != due_of(entry, cause, due.actions):
            raise BadValueError(f"due[{index}] of the plan says something else than its entry", _AS_MADE)


def _check_entries(plan: Plan, check: HistoryCheck) -> None:
    for entry in plan.entries:
        if not entry.is_automatic:
            what = "the entry of a command is in a plan"
            raise HistoryError(check.ticket or "?", check.version, what, "give the command to the ticket instead")
        check.add(entry)


_AS_MADE = "give the plan as evaluate returned it"


def verify(plan: Plan, ticket: Ticket, rules: Rules) -> bool:
    """Return whether these rules would have made a plan: `evaluate` returns it at some instant.

    A plan for another ticket or another version of it was not made from this one. The empty plan is always true: at an
    instant before the last entry, nothing is due.

    Args:
        plan: The plan, for example one that was stored.
        ticket: The ticket, as it was when the plan was made.
        rules: The rule set.

    Source: docs/semantics.md 3.11.

    >>> import attrs
    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> plan = evaluate(noon + timedelta(days=5), ticket, rules)
    >>> verify(plan, ticket, rules), verify(plan, opened, rules), verify(plan, ticket, attrs.evolve(rules, name="x"))
    (True, False, False)
    """
    _check_plan_type(plan)
    check_arguments(ticket, rules)
    if plan == NOTHING_DUE:
        return True
    first = plan.entries[-1].at if plan.entries else ticket.changed_at
    made = evaluate(first, ticket, rules)
    if made == plan:
        return True
    # The same entries come of later instants, too: up to the next occurrence, and beyond it where a bound was reached.
    if (made.entries, made.due) != (plan.entries, plan.due):
        return False
    later = [Program.of(rules).known_before]
    if plan.has_more:
        following = next_due(_after(ticket, made.entries), rules)
        later = [] if following is None else [following]
    return any(evaluate(now, ticket, rules) == plan for now in later if now > first)


def advance(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Carry out everything due at or before *now*, each at its own instant, and return the ticket.

    Advancing to one instant and then to a later one is the same as advancing to the later one at once.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.8.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
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
    run = Run(ticket, Program.of(rules))
    while run.next_instant(until):
        pass
    return run.ticket


def next_due(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the first instant, in UTC, at which something is due if nothing else happens; None if nothing ever is.

    Where public holidays are not known, `Plan.unknown_from` says from which instant on the answer is not known.

    Source: docs/semantics.md 3.13.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> next_due(ticket, rules) - noon, next_due(opened, rules)
    (datetime.timedelta(days=5), None)
    """
    check_arguments(ticket, rules)
    first = first_ahead(ticket, Program.of(rules))
    return first.at if first else None
