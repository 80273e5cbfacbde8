"""Strategies for hypothesis: calendars with awkward dates, tickets, commands, whole rule sets.

Random instants almost never meet a change of clocks, a closing or a reminder. So these strategies draw most instants
from awkward ones, and a microsecond to either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from hypothesis import reject
from hypothesis import strategies as st

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.zones import from_local
from ticketflow.engine.decisions import Accepted, decide
from ticketflow.engine.handling import advance_before, handle
from ticketflow.engine.planning import advance, next_due
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY, MICROSECOND, ZERO
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.testing import calendar_strategies, random_rules
from ticketflow.testing.random_commands import offered, opening_commands, people_of
from ticketflow.text.sentences import usual_zone
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.ticket import Ticket

_MONDAYS = tuple(datetime(2026, 1, 5) + week * 7 * DAY for week in (0, 12, 30, 42, 46))  # noqa: DTZ001 -- local times
"""Mondays of ordinary weeks, and of those in which clocks change in Europe."""
_HOUR = timedelta(hours=1)
_WAITS = (ZERO, MICROSECOND, _HOUR, 3 * _HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 15 * DAY, 30 * DAY, 60 * DAY)


@st.composite
def rule_sets(draw: st.DrawFn, kinds: Sequence[random_rules.Kind] = random_rules.KINDS) -> Rules:
    """Draw a whole rule set of three to five rules: ladders, timers and reactions, with gates and masks.

    The rules meet on one small workflow, so that they disturb one another. The laws of ticketflow use the same ones.

    Args:
        draw: Given by hypothesis.
        kinds: The kinds of rules to draw from: ``ladder``, ``timer`` and ``reaction``.

    Raises:
        BadValueError: A kind is another one.
    """
    check_argument(tuple(kinds), tuple[random_rules.Kind, ...], "kinds")
    place = draw(st.sampled_from(random_rules.PLACES))
    return random_rules.RandomRules(lambda options: draw(st.sampled_from(options)), place).rules(kinds)


@st.composite
def calendars(draw: st.DrawFn, zone: str | None = None, near: date | None = None) -> BusinessCalendar:
    """Draw a calendar with awkward hours, holidays, half days, overrides and periods around a date.

    Args:
        draw: Given by hypothesis.
        zone: Its time zone. None draws one with unusual changes of its clocks.
        near: The date. None draws one near a change of the clocks.
    """
    drawn, instants = draw(calendar_strategies.zones_and_instants(1))
    return draw(calendar_strategies.calendars(zone or drawn, near or instants[0].date()))


def starts(rules: Rules) -> st.SearchStrategy[datetime]:
    """Return a strategy of instants at which stories of a rule set can begin: whole hours of local time."""
    check_rules(rules)
    zone = usual_zone(rules)
    locals_ = st.builds(lambda monday, hours: monday + hours * _HOUR, st.sampled_from(_MONDAYS), st.integers(0, 167))
    return locals_.map(lambda local: from_local(local, zone))


def later(now: datetime, due: datetime | None = None) -> st.SearchStrategy[datetime]:
    """Return a strategy of instants at or after *now*: some time later, or near the instant at which something is due.

    Args:
        now: The instant; aware.
        due: The next due instant, if there is one.
    """
    near = () if due is None else (due - MICROSECOND, due, due, due + MICROSECOND, due + _HOUR)
    return st.sampled_from([*(now + wait for wait in _WAITS), *(instant for instant in near if instant >= now)])


@st.composite
def openings(draw: st.DrawFn, rules: Rules, actors: Sequence[Actor] = (), *, ticket: str = "T-1") -> commands.Open:
    """Draw a command that opens a ticket, by an actor who may.

    Args:
        draw: Given by hypothesis.
        rules: The rule set.
        actors: The actors who can give it; empty for one of each role and group.
        ticket: The id of the ticket.

    Raises:
        BadValueError: None of the actors can open tickets.
    """
    at = draw(starts(rules))
    people = people_of(rules, actors)
    options = [tuple(opening_commands(rules, at, actor, ticket)) for actor in people]
    opening = _draw_accepted(draw, None, options, rules)
    if not isinstance(opening, commands.Open):
        raise BadValueError(f"no actor can open tickets of rule set {rules.name!r}", "give actors who may")
    return opening


@st.composite
def commands_for(
    draw: st.DrawFn,
    ticket: Ticket,
    rules: Rules,
    actors: Sequence[Actor] = (),
    *,
    at: datetime | None = None,
    message: str = "m1",
) -> commands.Command:
    """Draw a command that the ticket accepts, by an actor who may give it.

    If nobody can do anything, as on a closed ticket, hypothesis rejects the example.

    Args:
        draw: Given by hypothesis.
        ticket: The ticket.
        rules: The rule set.
        actors: The actors who can give it; empty for one of each role and group.
        at: The instant of the command; aware. None draws one after the last entry.
        message: The id of a message that comes with it.
    """
    check_arguments(ticket, rules)
    instant = draw(later(ticket.changed_at, next_due(ticket, rules))) if at is None else at
    command = _draw_command(draw, ticket, rules, people_of(rules, actors), instant, message)
    if command is None:
        reject()
    return command


@st.composite
def lives(
    draw: st.DrawFn, rules: Rules, actors: Sequence[Actor] = (), *, most: int = 8, ticket: str = "T-1"
) -> tuple[commands.Command, ...]:
    """Draw the commands to one ticket, each of which it accepts when it is given.

    Args:
        draw: Given by hypothesis.
        rules: The rule set.
        actors: The actors who can give them; empty for one of each role and group.
        most: The most commands after the opening.
        ticket: The id of the ticket.
    """
    return draw(_lives(rules, actors, most, ticket))[0]


@st.composite
def tickets(
    draw: st.DrawFn, rules: Rules, actors: Sequence[Actor] = (), *, most: int = 8, ticket: str = "T-1"
) -> Ticket:
    """Draw a ticket after some commands, advanced to some instant.

    Args:
        draw: Given by hypothesis.
        rules: The rule set.
        actors: The actors who give the commands; empty for one of each role and group.
        most: The most commands after the opening.
        ticket: The id of the ticket.
    """
    found = draw(_lives(rules, actors, most, ticket))[1]
    return advance(draw(later(found.changed_at, next_due(found, rules))), found, rules)


@st.composite
def _lives(
    draw: st.DrawFn, rules: Rules, actors: Sequence[Actor], most: int, name: str
) -> tuple[tuple[commands.Command, ...], Ticket]:
    people = people_of(rules, actors)
    opening = draw(openings(rules, people, ticket=name))
    given: list[commands.Command] = [opening]
    ticket = handle(None, opening, rules).unwrap().ticket
    for number in range(1, draw(st.integers(0, most)) + 1):
        at = draw(later(given[-1].at, next_due(ticket, rules)))
        command = _draw_command(draw, ticket, rules, people, at, f"m{number}")
        if command is None:
            break
        given.append(command)
        ticket = handle(ticket, command, rules).unwrap().ticket
    return tuple(given), ticket


def _draw_command(
    draw: st.DrawFn, ticket: Ticket, rules: Rules, actors: Sequence[Actor], at: datetime, message: str
) -> commands.Command | None:
    """Draw a command that is accepted at an instant; None if there is none."""
    before = advance_before(at, ticket, rules)
    return _draw_accepted(draw, before, offered(before, rules, at, actors, message), rules)


def _draw_accepted(
    draw: st.DrawFn, ticket: Ticket | None, options: Iterable[tuple[commands.Command, ...]], rules: Rules
) -> commands.Command | None:
    """Draw an option, and one of its commands that is accepted; None if no option has one."""
    left = [*options]
    while left:
        several = left.pop(draw(st.integers(0, len(left) - 1)))
        accepted = [command for command in several if isinstance(decide(ticket, command, rules), Accepted)]
        if accepted:
            return draw(st.sampled_from(accepted))
    return None
