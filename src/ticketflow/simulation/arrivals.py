"""Arrivals: tickets are opened, at random by the hour of the week or as on the days of a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from random import Random  # noqa: TID251 -- only its type; `stream` makes them

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY, HOUR, to_utc
from ticketflow.kernel.type_checks import items_of
from ticketflow.simulation.desk import SimulatedDesk
from ticketflow.simulation.randomness import Exponential
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.messages import Message

_HOURS_OF_DAY, _HOURS_OF_WEEK = 24, 168
_LEAST_RATE, _GREATEST_RATE = 1e-6, 1e6

Opens = Callable[[str, datetime, Random], commands.Open]
"""A function that returns the command that opens a ticket, from its id, the instant and a stream of random numbers."""


def customer_opens(ticket: str, at: datetime, random: Random) -> commands.Open:
    """Return the command with which a customer of the ticket's own opens it with a message."""
    del random
    return commands.Open(ticket, message=Message(f"{ticket}-m0"), at=at, by=Actor("customer", f"customer-of-{ticket}"))


def _rates(value: float | Iterable[float]) -> tuple[float, ...]:
    given = (value,) if isinstance(value, int | float) else tuple(items_of(value, int | float, "per_hour"))
    is_number = not any(isinstance(rate, bool) for rate in given) and all(rate >= 0 for rate in given)
    is_right = len(given) in (1, _HOURS_OF_DAY, _HOURS_OF_WEEK) and is_number
    if not is_right or not _LEAST_RATE <= max(given) <= _GREATEST_RATE:
        fix = (
            "give one number, 24 for the hours of the day, or 168 for those of the week from Monday on; none below 0, "
            "and the greatest from 0.000001 to 1000000"
        )
        raise BadValueError(f"per_hour is {value!r:.200}", fix)
    return tuple(map(float, given))


@attrs.frozen
class Arrivals:
    """Tickets that arrive at random, independently of each other: a Poisson process.

    Attributes:
        per_hour: The mean number of arrivals per hour: one number, 24 for the hours of the day, or 168 for those of the
            week, from Monday 0:00 on. `rates_by_hour` counts them in a log.
        during: A calendar; nothing arrives while it is closed. None: tickets arrive at all times.
        zone: The name of the time zone of the hours.
        opens: A function that returns the command that opens a ticket.
        name: The prefix of the tickets' ids. It also names the stream of random numbers.

    Raises:
        BadValueError: *per_hour* has another number of rates, a negative one, or none from 0.000001 to 1000000; or the
            zone does not exist.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> desk = SimulatedDesk(servicenow(), datetime(2026, 11, 23, tzinfo=UTC), seed=1)
    >>> Arrivals(per_hour=2)(desk)
    >>> desk.run(datetime(2026, 11, 24, tzinfo=UTC))
    >>> 30 < len(desk.tickets) < 70  # 48 on average
    True
    """

    per_hour: tuple[float, ...] = attrs.field(converter=_rates)
    during: Calendar | None = None
    zone: str = "UTC"
    opens: Opens = customer_opens
    name: str = "T"

    def __attrs_post_init__(self) -> None:
        load_zone(self.zone)

    def __call__(self, desk: SimulatedDesk) -> None:
        """Plan the arrivals at a desk, at the highest rate. Where it is lower, some are left out (thinning)."""
        highest, zone = max(self.per_hour), load_zone(self.zone)
        name = desk.new_name(self.name)
        random, numbers, gap = desk.random(name), count(1), Exponential(HOUR / highest)

        def plan() -> None:
            wait, mark = gap.draw(random), random.random() * highest
            if self.during is None:
                desk.after(wait, partial(arrive, mark), name)
            else:
                desk.at(self.during.add(desk.now, wait), partial(arrive, mark), name)

        def arrive(mark: float) -> None:
            local = desk.now.astimezone(zone)
            if mark < self.per_hour[(local.weekday() * _HOURS_OF_DAY + local.hour) % len(self.per_hour)]:
                _open(desk, f"{name}-{next(numbers)}", self.opens)
            plan()

        plan()


def _open(desk: SimulatedDesk, ticket: str, opens: Opens) -> None:
    desk.give(opens(ticket, desk.now, desk.random(ticket, "opens")))


def _log(value: Iterable[datetime]) -> tuple[datetime, ...]:
    found = tuple(sorted(to_utc(each, "log") for each in items_of(value, datetime, "log")))
    if not found:
        raise BadValueError("the log is empty", "give the instants at which tickets were opened")
    return found


@attrs.frozen
class ResampledArrivals:
    """Tickets that arrive as on the days of a log: each day has the arrivals of a random day with the same weekday.

    So the simulated days keep the shape of real ones: their peaks, and their differences in number.

    Attributes:
        log: The instants at which tickets were opened; aware. They cover at least a week.
        zone: The name of the time zone in which a day begins.
        opens: A function that returns the command that opens a ticket.
        name: The prefix of the tickets' ids. It also names the stream of random numbers.

    Raises:
        NaiveDatetimeError: An instant has no time zone.
        BadValueError: *log* covers less than a week, or there is no such zone.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> monday = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
    >>> desk = SimulatedDesk(servicenow(), datetime(2027, 1, 4, tzinfo=UTC))
    >>> ResampledArrivals([monday, monday + timedelta(days=6)])(desk)
    >>> desk.run(datetime(2027, 1, 11, tzinfo=UTC))
    >>> [ticket.changed_at.isoformat() for ticket in desk.tickets.values()]
    ['2027-01-04T09:30:00+00:00', '2027-01-10T09:30:00+00:00']
    """

    log: tuple[datetime, ...] = attrs.field(converter=_log)
    zone: str = "UTC"
    opens: Opens = customer_opens
    name: str = "T"

    def __attrs_post_init__(self) -> None:
        if min(map(len, self._days())) == 0:
            raise BadValueError("the log covers less than a week", "give one of at least seven days")

    def _days(self) -> tuple[list[tuple[timedelta, ...]], ...]:
        """Return the local times of the arrivals of each day of the log, by weekday."""
        zone = load_zone(self.zone)
        by_date: dict[date, list[timedelta]] = {}
        for local in (to_local(at, zone) for at in self.log):
            by_date.setdefault(local.date(), []).append(local - datetime.combine(local, time()))
        weekdays: tuple[list[tuple[timedelta, ...]], ...] = tuple([] for _ in range(7))
        day = min(by_date)
        while day <= max(by_date):
            weekdays[day.weekday()].append(tuple(by_date.get(day, ())))
            day += DAY
        return weekdays

    def __call__(self, desk: SimulatedDesk) -> None:
        """Plan the arrivals at a desk, day by day."""
        zone, weekdays = load_zone(self.zone), self._days()
        name, numbers = desk.new_name(self.name), count(1)

        def begin(day: date) -> None:
            midnight = datetime.combine(day, time())
            choices = weekdays[day.weekday()]
            chosen = choices[int(desk.random(name, day.isoformat()).random() * len(choices))]
            for at in (from_local(midnight + each, zone) for each in chosen):
                if at >= desk.now:
                    desk.at(at, arrive, name)
            desk.at(from_local(midnight + DAY, zone), partial(begin, day + DAY), name)

        def arrive() -> None:
            _open(desk, f"{name}-{next(numbers)}", self.opens)

        begin(to_local(desk.now, zone).date())


def rates_by_hour(log: Iterable[datetime], zone: str = "UTC") -> tuple[float, ...]:
    """Return the mean number of arrivals in each hour of the week, from Monday 0:00 on, for `Arrivals`.

    Args:
        log: The instants at which tickets were opened; aware. Days without arrivals between them count.
        zone: The name of the time zone of the hours.

    Raises:
        NaiveDatetimeError: An instant has no time zone.
        BadValueError: *log* is empty, or there is no such zone.

    >>> from datetime import UTC
    >>> monday = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
    >>> rates_by_hour([monday, monday, monday + timedelta(days=7)])[9]
    1.5
    """
    local = [to_local(at, load_zone(zone)) for at in _log(log)]
    first, last = min(local).date(), max(local).date()
    weekdays = Counter((first + timedelta(days=number)).weekday() for number in range((last - first).days + 1))
    found = Counter((at.weekday(), at.hour) for at in local)
    hours = ((number // _HOURS_OF_DAY, number % _HOURS_OF_DAY) for number in range(_HOURS_OF_WEEK))
    return tuple(found[weekday, hour] / max(weekdays[weekday], 1) for weekday, hour in hours)
