"""Draws a year of a calendar: a cell for each date with its open hours, and the names of the holidays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.trace import Why
from ticketflow.calendars.zones import load_zone
from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, plain, shortened
from ticketflow.text.catalog import Sentences

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_NAMES = 62
_LOOKS: Mapping[Why, tuple[str, str]] = {
    "hours": (canvas.SKY, ""),
    "closed": (canvas.PALE, ""),
    "holiday": (canvas.VERMILION, "///"),
    "half_day": (canvas.ORANGE, "\\\\\\"),
    "late_day": (canvas.YELLOW, "..."),
    "override": (canvas.PURPLE, "xxx"),
    "period": (canvas.GREEN, ""),
    "excluded": (canvas.BLUE, "+++"),
}
_USUAL: tuple[Why, ...] = ("hours", "closed")


@attrs.frozen
class Day:
    """A date of the picture.

    Attributes:
        day: The date.
        why: The reason for its hours: the first one that is not the weekly hours.
        opened: The time for which the calendar is open on it.
        names: The names of its holidays.
    """

    day: date
    why: Why
    opened: timedelta
    names: tuple[str, ...]


def days_of(calendar: Calendar, year: int) -> list[Day]:
    """Return the dates of a year."""
    zone = load_zone(calendar.zone)
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    return [_day(calendar, first + number * _DAY, zone) for number in range(count)]


def _day(calendar: Calendar, day: date, zone: ZoneInfo) -> Day:
    start, end = (datetime.combine(each, datetime.min.time(), zone) for each in (day, day + _DAY))
    segments = calendar.trace(start, end)
    opened = sum((each.end - each.start for each in segments if each.counted), timedelta())
    reasons = dict.fromkeys(each.why for each in segments)
    usual: Why = "hours" if opened else "closed"
    why = next((each for each in reasons if each not in _USUAL), usual)
    return Day(day, why, opened, tuple(dict.fromkeys(each.name for each in segments if each.name)))


def draw_calendar(calendar: Calendar, year: int, sentences: Sentences, ax: Axes | None) -> Axes:
    """Draw a year: a row for each month, a column for each day of the month, and names beside the rows."""
    days = days_of(calendar, year)
    if ax is None:
        ax = canvas.fresh_axes(13.0 if any(each.names for each in days) else 10.0, 4.6)
    styles = {why: Style(_words(why, sentences), *_LOOKS[why]) for why in get_args(Why)}
    names: dict[int, list[str]] = {}
    for each in days:
        row, column, style = each.day.month - 1, each.day.day, styles[each.why]
        ax.add_patch(
            canvas.Rectangle(
                (column - 0.5, row - 0.5),
                1,
                1,
                facecolor=style.color,
                edgecolor="white",
                hatch=style.hatch,
                linewidth=1.0,
                label=f"_{each.day}: {each.why}",
            )
        )
        if each.opened:
            look = {"facecolor": style.color, "edgecolor": "none", "pad": 0.5} if style.hatch else None
            text = f"{each.opened / _HOUR:.3g}"
            ax.text(column, row, text, ha="center", va="center", fontsize=canvas.TINY, bbox=look)
        if each.names:
            names.setdefault(row, []).append(f"{column} {', '.join(each.names)}")
    for row, several in names.items():
        text = shortened("; ".join(several), _MOST_NAMES)
        ax.text(31.8, row, plain(text), va="center", fontsize=canvas.TINY, clip_on=False)
    ax.set_xlim(0.5, 31.5)
    ax.set_ylim(11.5, -0.5)
    ax.set_xticks([1, 5, 10, 15, 20, 25, 31])
    ax.set_yticks(range(12), [f"{year}-{month:02}" for month in range(1, 13)])
    ax.tick_params(length=0, labelsize=canvas.SMALL)
    ax.spines[:].set_visible(False)
    title = sentences.say("picture.calendar", year=str(year), zone=calendar.zone)
    ax.set_title(plain(title), loc="left", fontsize=canvas.SMALL + 2)
    used = {each.why for each in days}
    canvas.legend_below(ax, [styles[why] for why in styles if why in used], points=20)
    return ax


def _words(why: Why, sentences: Sentences) -> str:
    return sentences.say("part.closed" if why == "closed" else f"closed.{why}")
