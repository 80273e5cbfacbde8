"""Snooze options: the choices of a desk, and what a customer's message does to a hidden ticket.

Source: docs/semantics.md 1.11, 5.1, 5.2; row B1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.hours import time_of_day
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, Span, WorkingTime
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, NeverOpenError, OutOfRangeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, ZERO, to_utc
from ticketflow.kernel.labels import Labels, Language, freeze_labels
from ticketflow.kernel.names import check_name, check_names
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.messages import Hint
from ticketflow.workflow.ticket_calendar import CalendarOf

_FARTHEST = 366  # the most days ahead, of a choice and in the search for a business day
_WEEK = 7


def _choice_name(value: str) -> str:
    return check_name(value, "choice")


def _groups(value: Iterable[str]) -> frozenset[str]:
    return check_names(value, "masks")


def _time(value: str | timedelta) -> timedelta:
    return value if isinstance(value, timedelta) else time_of_day(value)


def _check_times(*times: timedelta) -> None:
    for time in times:
        if not ZERO <= time < DAY:
            raise BadValueError(f"{time} is not a time of day", "give 00:00 to 23:59, for example 09:00")


@attrs.frozen
class LaterToday:
    """A choice some hours from now, or on the next day if that is too late in the evening.

    Attributes:
        name: The name of the choice in commands.
        after: The time from now.
        latest: The last local time of the present day that is not too late.
        otherwise: The local time on the next day that is used if it is too late.
        labels: The names that people see, by language.
    """

    name: str = attrs.field(default="later_today", converter=_choice_name)
    after: Elapsed = Elapsed(hours=3)  # noqa: RUF009 -- frozen
    latest: timedelta = attrs.field(default=timedelta(hours=18), converter=_time)
    otherwise: timedelta = attrs.field(default=timedelta(hours=9), converter=_time)
    labels: Labels = attrs.field(default={"en": "later today", "es": "Más tarde hoy"}, converter=freeze_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        _check_times(self.latest, self.otherwise)

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant that the choice means at *now*."""
        today, then = to_local(now, zone), to_local(now + self.after.amount, zone)
        if then.date() == today.date() and then - _midnight(then.date()) <= self.latest:
            return now + self.after.amount
        return from_local(_midnight(today.date() + DAY) + self.otherwise, zone)


@attrs.frozen
class InDays:
    """A choice at a local time, today or some days from today. Once that time is past, the snooze is refused.

    Attributes:
        name: The name of the choice in commands.
        days: The number of days, 0 to 366; 0 is today, 1 is tomorrow.
        at: The local time.
        labels: The names that people see, by language.
    """

    name: str = attrs.field(converter=_choice_name)
    days: int
    at: timedelta = attrs.field(default=timedelta(hours=9), converter=_time)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        _check_times(self.at)
        if not 0 <= self.days <= _FARTHEST:
            raise BadValueError(f"days is {self.days}", f"give 0 to {_FARTHEST}")

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant that the choice means at *now*."""
        return from_local(_midnight(to_local(now, zone).date() + self.days * DAY) + self.at, zone)


@attrs.frozen
class NextWeek:
    """A choice at a local time on a weekday of next week. Weeks begin on Monday.

    Attributes:
        name: The name of the choice in commands.
        weekday: The weekday, 0 for Monday to 6 for Sunday.
        at: The local time.
        labels: The names that people see, by language.
    """

    name: str = attrs.field(default="next_week", converter=_choice_name)
    weekday: int = 0
    at: timedelta = attrs.field(default=timedelta(hours=9), converter=_time)
    labels: Labels = attrs.field(default={"en": "next week", "es": "La Próxima Semana"}, converter=freeze_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        _check_times(self.at)
        if not 0 <= self.weekday < _WEEK:
            raise BadValueError(f"weekday is {self.weekday}", "give 0 for Monday to 6 for Sunday")

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant that the choice means at *now*."""
        today = to_local(now, zone).date()
        return from_local(_midnight(today + (_WEEK - today.weekday() + self.weekday) * DAY) + self.at, zone)


@attrs.frozen
class AfterSpan:
    """A choice some span from now, such as the closing of the next business day.

    Working time and business days count on the calendar of the snooze options, in its zone.

    Attributes:
        name: The name of the choice in commands.
        span: The span from now.
        labels: The names that people see, by language.

    >>> AfterSpan("after_two_working_days", BusinessDays(2, at="closing")).span.days
    2
    """

    name: str = attrs.field(converter=_choice_name)
    span: Span
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types

    def moment(self, now: datetime, zone: ZoneInfo, calendar: Calendar) -> datetime:
        """Return the instant that the choice means at *now*; *zone* is that of a calendar span without a zone."""
        return self.span.after(now, zone) if isinstance(self.span, CalendarSpan) else calendar.after(now, self.span)


Choice = LaterToday | InDays | NextWeek | AfterSpan

CHOICES: tuple[Choice, ...] = (
    LaterToday(),
    InDays("tomorrow", 1, labels={"en": "tomorrow", "es": "Mañana"}),
    InDays("in_2_days", 2, labels={"en": "in 2 days", "es": "En 2 días"}),
    InDays("in_3_days", 3, labels={"en": "in 3 days", "es": "En 3 días"}),
    NextWeek(),
)
"""The choices of row B1."""

SCHEDULED_REOPENING: Mapping[Language, str] = {
    "en": "This ticket is still snoozed: it comes back by itself at {at}, unless the snooze is cancelled.",
    "es": "Este ticket sigue pospuesto: volverá por sí solo el {at}, salvo que se cancele el aplazamiento.",
}
INTERRUPTS_FLOW: Mapping[Language, str] = {
    "en": "Reopening by hand interrupts the natural flow of a snoozed ticket; mind the state it is in now.",
    "es": "Reabrir a mano interrumpe el flujo natural de un ticket pospuesto; atención al estado en que queda.",
}


def wake_hints(until: datetime) -> tuple[Hint, ...]:
    """Return the hints for the reopening of a ticket whose snooze stays armed until *until* (rows B3 and B8)."""
    return (
        Hint("scheduled_reopening", SCHEDULED_REOPENING, {"at": until}),
        Hint("interrupts_flow", INTERRUPTS_FLOW, {"at": until}),
    )


@attrs.frozen
class Snoozing:
    """The snooze options of a desk.

    Attributes:
        choices: The choices. An exact instant can always be given instead of a choice.
        zone: The IANA name of the zone for local times; None for that of *calendar*.
        calendar: The name of the calendar on which spans and business days count, or a `CalendarOf`. A snooze keeps
            its moment.
        business_days: Whether a choice that does not fall on a business day moves to the next one. Choices in working
            time or business days do not move.
        on_message: What a customer's message does to a hidden ticket. ``keep``: it surfaces, and the snooze stays
            armed. ``clear``: it surfaces, and the snooze is cancelled. ``stay_hidden``: it stays hidden.
        masks: The groups of rules that are masked while the ticket is hidden.

    Raises:
        BadValueError: Two choices have the same name, or the zone does not exist.
    """

    choices: tuple[Choice, ...] = CHOICES
    zone: str | None = None
    calendar: str | CalendarOf = "default"
    business_days: bool = False
    on_message: Literal["keep", "clear", "stay_hidden"] = "keep"
    masks: frozenset[str] = attrs.field(default=frozenset({"idle"}), converter=_groups)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if self.zone is not None:
            load_zone(self.zone)
        if len({choice.name for choice in self.choices}) < len(self.choices):
            raise BadValueError("two choices have the same name", "give each choice its own name")

    def choice(self, name: str) -> Choice | None:
        """Return the choice of that name; None if it does not exist."""
        return next((choice for choice in self.choices if choice.name == name), None)

    def moment(self, choice: Choice, now: datetime, calendar: Calendar) -> datetime:
        """Return the instant, in UTC, that a choice means at *now*.

        Args:
            choice: The choice.
            now: The instant at which the choice is made; aware.
            calendar: The calendar on which spans and business days count, and whose local time is used if *zone* is
                None.

        Raises:
            NaiveDatetimeError: *now* has no time zone.
            NeverOpenError: The choice needs open time, and there is not enough, or no business day within a year.
            UnknownHolidaysError: The choice needs open time of a year whose public holidays are not known.
            OutOfRangeError: The instant lies outside the years 1 to 9999.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("America/Santiago", "mon-fri 09:00-18:00")
        >>> friday_evening = datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("America/Santiago"))
        >>> [str(Snoozing(business_days=on).moment(LaterToday(), friday_evening, office)) for on in (False, True)]
        ['2026-11-21 12:00:00+00:00', '2026-11-23 12:00:00+00:00']
        """
        at = to_utc(now, "now")
        zone = load_zone(self.zone or calendar.zone)
        try:
            meant = choice.moment(at, zone, calendar) if isinstance(choice, AfterSpan) else choice.moment(at, zone)
        except OverflowError:
            raise OutOfRangeError(f"{choice.name} at {at.isoformat()}") from None
        if not self.business_days or _is_on_calendar(choice):
            return meant
        wall = to_local(meant, zone)
        day = _business_day(wall.date(), at, calendar)
        return meant if day == wall.date() else from_local(datetime.combine(day, wall.time()), zone)


def _is_on_calendar(choice: Choice) -> bool:
    """Return whether a choice counts open time, so that it falls on a business day by itself."""
    return isinstance(choice, AfterSpan) and isinstance(choice.span, WorkingTime | BusinessDays)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _business_day(day: date, now: datetime, calendar: Calendar) -> date:
    """Return the first day from *day* on that has open time."""
    for number in range(_FARTHEST):
        if calendar.has_open_time_on(day + number * DAY):
            return day + number * DAY
    raise NeverOpenError(calendar.zone, now)
