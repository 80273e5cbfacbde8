"""Snoozing as one desk does it: which moments it offers, on whose wall, and what a message does to a sleeper.

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
from ticketflow.calendars.spans import Elapsed
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, NeverOpenError, OutOfRangeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, ZERO, to_utc
from ticketflow.kernel.labels import Labels, Language, freeze_labels
from ticketflow.kernel.names import check_name, check_names
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.messages import Hint

_FARTHEST = 366  # days ahead that a business day is looked for
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
            raise BadValueError(f"a wall time of {time}", "give one of the day, such as 09:00")


@attrs.frozen
class LaterToday:
    """Some time from now, but not past the evening.

    Attributes:
        name: What commands call the choice.
        after: How long from now.
        latest: The last wall time at which that is still meant.
        otherwise: Where it is later: this wall time on the next day.
        labels: What people call it, by language.
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
        """Return the instant that is meant at *now*."""
        today, then = to_local(now, zone), to_local(now + self.after.amount, zone)
        if then.date() == today.date() and then - _midnight(then.date()) <= self.latest:
            return now + self.after.amount
        return from_local(_midnight(today.date() + DAY) + self.otherwise, zone)


@attrs.frozen
class InDays:
    """A wall time some days from today.

    Attributes:
        name: What commands call the choice.
        days: How many, 1 for tomorrow.
        at: The wall time.
        labels: What people call it, by language.
    """

    name: str = attrs.field(converter=_choice_name)
    days: int
    at: timedelta = attrs.field(default=timedelta(hours=9), converter=_time)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        _check_times(self.at)
        if not 1 <= self.days <= _FARTHEST:
            raise BadValueError(f"a snooze of {self.days} days", f"give 1 to {_FARTHEST}")

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant that is meant at *now*."""
        return from_local(_midnight(to_local(now, zone).date() + self.days * DAY) + self.at, zone)


@attrs.frozen
class NextWeek:
    """A wall time on a weekday of the week after this one; weeks begin on Monday.

    Attributes:
        name: What commands call the choice.
        weekday: 0 for Monday to 6 for Sunday.
        at: The wall time.
        labels: What people call it, by language.
    """

    name: str = attrs.field(default="next_week", converter=_choice_name)
    weekday: int = 0
    at: timedelta = attrs.field(default=timedelta(hours=9), converter=_time)
    labels: Labels = attrs.field(default={"en": "next week", "es": "La Próxima Semana"}, converter=freeze_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        _check_times(self.at)
        if not 0 <= self.weekday < _WEEK:
            raise BadValueError(f"weekday {self.weekday}", "give 0 for Monday to 6 for Sunday")

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant that is meant at *now*."""
        today = to_local(now, zone).date()
        return from_local(_midnight(today + (_WEEK - today.weekday() + self.weekday) * DAY) + self.at, zone)


Choice = LaterToday | InDays | NextWeek

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
    """Return what to tell whoever reopens a ticket whose snooze stays armed until *until* (rows B3 and B8)."""
    return (
        Hint("scheduled_reopening", SCHEDULED_REOPENING, {"at": until}),
        Hint("interrupts_flow", INTERRUPTS_FLOW, {"at": until}),
    )


@attrs.frozen
class Snoozing:
    """How a desk snoozes.

    Attributes:
        choices: The moments it offers by name; an exact moment can always be given.
        zone: The IANA name of the zone whose wall is read; None for that of *calendar*.
        calendar: The rule set's calendar whose business days count.
        business_days: Whether a choice that falls on no business day moves on to the next.
        on_message: What a customer's message does to a sleeping ticket: it surfaces and the snooze stays armed
            (``keep``) or is cancelled (``clear``), or it sleeps on (``stay_hidden``).
        masks: The groups of rules that sleep with the ticket.

    Raises:
        BadValueError: two choices share a name, or there is no such zone.
    """

    choices: tuple[Choice, ...] = CHOICES
    zone: str | None = None
    calendar: str = "default"
    business_days: bool = False
    on_message: Literal["keep", "clear", "stay_hidden"] = "keep"
    masks: frozenset[str] = attrs.field(default=frozenset({"idle"}), converter=_groups)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if self.zone is not None:
            load_zone(self.zone)
        if len({choice.name for choice in self.choices}) < len(self.choices):
            raise BadValueError("two choices of one name", "name each once")

    def choice(self, name: str) -> Choice | None:
        """Return the choice of that name, if there is one."""
        return next((choice for choice in self.choices if choice.name == name), None)

    def moment(self, choice: Choice, now: datetime, calendar: Calendar) -> datetime:
        """Return the instant, in UTC, that a choice made at *now* means.

        Args:
            choice: The choice.
            now: When it is made; aware.
            calendar: Whose business days count, and whose wall is read if no zone is named.

        Raises:
            NaiveDatetimeError: *now* has no time zone.
            NeverOpenError: business days are asked for, and there is none within a year.
            UnknownHolidaysError: business days are asked for where nobody knows the public holidays.
            OutOfRangeError: it lies outside the years 1 to 9999.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("America/Santiago", "mon-fri 09:00-18:00")
        >>> friday_evening = datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("America/Santiago"))
        >>> [str(Snoozing(business_days=on).moment(LaterToday(), friday_evening, office)) for on in (False, True)]
        ['2026-11-21 12:00:00+00:00', '2026-11-23 12:00:00+00:00']
        """
        at = to_utc(now, "now")
        zone = load_zone(self.zone or calendar.zone)
        try:
            meant = choice.moment(at, zone)
        except OverflowError:
            raise OutOfRangeError(f"{choice.name} at {at.isoformat()}") from None
        if not self.business_days:
            return meant
        wall = to_local(meant, zone)
        day = _business_day(wall.date(), at, calendar)
        return meant if day == wall.date() else from_local(datetime.combine(day, wall.time()), zone)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def _business_day(day: date, now: datetime, calendar: Calendar) -> date:
    """Return *day*, or the next on which the calendar opens."""
    for number in range(_FARTHEST):
        if calendar.has_open_time_on(day + number * DAY):
            return day + number * DAY
    raise NeverOpenError(calendar.zone, now)
