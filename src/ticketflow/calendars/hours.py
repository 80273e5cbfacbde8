"""Shifts, weekly hours and yearly dates, and the texts that write them.

Source: docs/semantics.md 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TypeVar

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?", re.ASCII)
_DAY_RANGE = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_LEAP_YEAR = 2000
_EXAMPLE = "mon-fri 09:00-12:00 13:00-18:00; sat 10:00-14:00"


def time_of_day(text: str) -> timedelta:
    """Return the time of day written as ``HH:MM`` or ``HH:MM:SS``, as the time since midnight.

    Raises:
        BadValueError: *text* has another form, or is later than 24:00.

    >>> time_of_day("24:00")
    datetime.timedelta(days=1)
    """
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match:
        hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
        fraction = int((match.group(4) or "").ljust(6, "0"))
        wall = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)
        if minute < 60 and second < 60 and wall <= DAY:  # noqa: PLR2004 -- minutes and seconds
            return wall
    raise BadValueError(f"{text!r} is not a time of day", "write HH:MM or HH:MM:SS, from 00:00 to 24:00")


def time_text(at: timedelta) -> str:
    """Return a time of day as `time_of_day` reads it, as short as possible.

    >>> time_text(timedelta(hours=9)), time_text(timedelta(hours=9, seconds=1))
    ('09:00', '09:00:01')
    """
    minutes, rest = divmod(at, timedelta(minutes=1))
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if not rest:
        return text
    fraction = rest.microseconds
    return f"{text}:{rest.seconds:02}" + (f".{fraction:06}" if fraction else "")


@attrs.frozen
class Shift:
    """A half-open interval of working hours. It belongs to the date on which it starts.

    Attributes:
        opens: The opening, as time since midnight; less than 24 hours.
        closes: The closing, as time since the same midnight; at most 24 hours after the opening.

    Raises:
        BadValueError: the closing is not after the opening, the shift lasts over 24 hours, or it opens on another date.
    """

    opens: timedelta
    closes: timedelta

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.opens, timedelta) or not isinstance(self.closes, timedelta):
            raise BadValueError(
                f"hours {self} are not timedeltas", "give timedeltas since midnight, or use Shift.parse"
            )
        if not timedelta() <= self.opens < DAY or not self.opens < self.closes <= self.opens + DAY:
            fix = "give an opening before 24:00 and a closing after it, at most 24 hours later"
            raise BadValueError(f"hours {self} are not a shift", fix)

    @classmethod
    def parse(cls, opens: str, closes: str) -> Shift:
        """Return the shift from *opens* to *closes*, which runs overnight if *closes* is earlier.

        Raises:
            BadValueError: a text is not a time of day, both are equal, or *opens* is 24:00.

        >>> Shift.parse("22:00", "06:00").closes
        datetime.timedelta(days=1, seconds=21600)
        """
        start, end = time_of_day(opens), time_of_day(closes)
        if start == end:
            raise BadValueError(f"hours {opens}-{closes} are empty", "write 00:00-24:00 for all day")
        return cls(start, end if end > start else end + DAY)

    def __str__(self) -> str:
        return f"{self.opens}-{self.closes}"


Hours = tuple[Shift, ...]


def sort_shifts(shifts: Iterable[Shift]) -> Hours:
    """Return *shifts* sorted by opening, then closing."""
    return tuple(sorted(shifts, key=lambda shift: (shift.opens, shift.closes)))


def cut_hours(hours: Hours, closes: timedelta) -> Hours:
    """Return *hours* cut off at the time of day *closes*, as on a half day."""
    return tuple(Shift(shift.opens, min(shift.closes, closes)) for shift in hours if shift.opens < closes)


def start_late(hours: Hours, opens: timedelta) -> Hours:
    """Return *hours* without the time before the time of day *opens*, as on a day that begins late."""
    return tuple(Shift(max(shift.opens, opens), shift.closes) for shift in hours if shift.closes > opens)


def parse_hours(text: str) -> Hours:
    """Return the shifts written as ``09:00-12:00 13:00-18:00``. An empty text means closed.

    Raises:
        BadValueError: a part has another form.

    >>> [str(shift) for shift in parse_hours("13:00-18:00 09:00-12:00")]
    ['9:00:00-12:00:00', '13:00:00-18:00:00']
    """
    if "," in text:
        raise BadValueError(
            f"hours {text!r:.80} have a comma", f"separate shifts with spaces and days with ';': {_EXAMPLE}"
        )
    shifts = []
    for part in text.split():
        opens, dash, closes = part.partition("-")
        if not dash:
            raise BadValueError(f"hours {part!r} are not a range", "write them as 09:00-18:00")
        shifts.append(Shift.parse(opens, closes))
    return sort_shifts(shifts)


def parse_week(text: str) -> tuple[Hours, ...]:
    """Return the hours of Monday to Sunday written as ``mon-fri 09:00-18:00; sat 10:00-14:00``.

    Raises:
        BadValueError: a part has another form, or a weekday occurs in two parts.

    >>> [len(hours) for hours in parse_week("mon-thu 09:00-12:00 13:00-18:00; fri 09:00-15:00")]
    [2, 2, 2, 2, 1, 0, 0]
    """
    week: dict[int, Hours] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        days, _, hours = part.partition(" ")
        for weekday in _weekdays(days):
            if weekday in week:
                raise BadValueError(f"{WEEKDAYS[weekday]} occurs twice in {text!r}", "write all its hours in one part")
            week[weekday] = parse_hours(hours)
    return tuple(week.get(weekday, ()) for weekday in range(7))


def _weekdays(text: str) -> Iterator[int]:
    match = _DAY_RANGE.fullmatch(text)
    named = [name for name in (match.groups() if match else ()) if name]
    if not named or not set(named) <= set(WEEKDAYS):
        raise BadValueError(f"{text!r} is not a weekday", f"write {', '.join(WEEKDAYS)}, or a range such as mon-fri")
    first, last = WEEKDAYS.index(named[0]), WEEKDAYS.index(named[-1])
    for step in range((last - first) % 7 + 1):
        yield (first + step) % 7


def to_hours(value: str | Hours) -> Hours:
    """Return the shifts of a day, given as a text for `parse_hours` or as shifts.

    Raises:
        BadValueError: *value* is neither.
    """
    if isinstance(value, str):
        return parse_hours(value)
    shifts = _items(value, "hours")
    for shift in shifts:
        if not isinstance(shift, Shift):
            raise BadValueError(f"hours {shift!r} are not a shift", "give shifts, or a text such as 09:00-18:00")
    return sort_shifts(shifts)


def to_week(value: str | tuple[str | Hours, ...]) -> tuple[Hours, ...]:
    """Return the hours of Monday to Sunday, given as a text for `parse_week` or as the hours of seven days.

    Raises:
        BadValueError: *value* is neither.
    """
    if isinstance(value, str):
        return parse_week(value)
    days = tuple(_items(value, "week"))
    if len(days) != len(WEEKDAYS):
        fix = "give the hours of Monday to Sunday, or one text such as 'mon-fri 09:00-18:00; sat 10:00-14:00'"
        raise BadValueError(f"the week has {len(days)} days", fix)
    return tuple(to_hours(hours) for hours in days)


def _items(value: Iterable[T], what: str) -> tuple[T, ...]:
    if not isinstance(value, list | tuple):
        raise BadValueError(f"{what} {value!r} is neither a text nor a tuple", "give a text or a tuple")
    return tuple(value)


@attrs.frozen
class Yearly:
    """The same date in every year. 29 February occurs in leap years only.

    Raises:
        BadValueError: no year has this date.

    >>> Yearly(12, 24).in_year(2026)
    datetime.date(2026, 12, 24)
    """

    month: int
    day: int

    def __attrs_post_init__(self) -> None:
        if type(self.month) is not int or type(self.day) is not int or self.in_year(_LEAP_YEAR) is None:
            raise BadValueError(f"month {self.month!r}, day {self.day!r} is not a date", "give a date that exists")

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"

    def in_year(self, year: int) -> date | None:
        """Return the date in *year*, or None if *year* does not have it."""
        try:
            return date(year, self.month, self.day)
        except (ValueError, OverflowError):
            return None
