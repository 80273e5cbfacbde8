"""Rows of bands and marks over time, and their thinning for a picture of limited width. Nothing here draws."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from ticketflow.kernel.instants import ZERO
from ticketflow.plot.canvas import Style

MOST_BANDS = 120
"""The number of bands of a row above which narrow ones are left out."""
MOST_MARKS = 30
"""The number of marks of one look in a row above which they are joined more widely."""
_NARROW, _NEAR = 300, 75
"""The parts of the width below which bands are narrow, and marks are too near to each other."""


@attrs.frozen
class Band:
    """A part of a row.

    Attributes:
        start: Its start.
        end: Its end.
        style: Its look.
        text: What is written into it, if it is wide enough.
    """

    start: datetime
    end: datetime
    style: Style
    text: str = ""


@attrs.frozen
class Mark:
    """A mark in a row.

    Attributes:
        at: Its instant.
        style: Its look.
        level: How far it is above the middle of the row, from -0.5 to 0.5.
        count: The number of marks that it stands for.
    """

    at: datetime
    style: Style
    level: float = 0.0
    count: int = 1


@attrs.frozen
class Lane:
    """A row of a picture.

    Attributes:
        label: The label beside it.
        bands: Its bands, oldest first, without overlaps.
        marks: Its marks.
        later: What comes after the end of the picture, in words; empty for nothing.
    """

    label: str
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    later: str = ""


def without_narrow(bands: Iterable[Band], length: timedelta) -> tuple[tuple[Band, ...], timedelta]:
    """Return bands as they can be drawn, and the length below which bands were left out; 0 if none were.

    Adjacent bands of the same look are merged. If there are still too many, narrow ones are left out, the minor ones
    first: the band before each goes on until the next one.

    Args:
        bands: The bands, oldest first.
        length: The length of the picture.
    """
    found, least = _merged(bands), ZERO
    for only_minor in (True, False):
        if len(found) > MOST_BANDS:
            least = length / _NARROW
            found = _merged(_widened(found, least, only_minor=only_minor))
    return tuple(found), least


def _widened(bands: Iterable[Band], least: timedelta, *, only_minor: bool) -> list[Band]:
    kept: list[Band] = []
    for band in bands:
        is_narrow = band.end - band.start < least and (band.style.is_minor or not only_minor)
        if is_narrow and kept and kept[-1].end == band.start:
            kept[-1] = attrs.evolve(kept[-1], end=band.end)
        else:
            kept.append(band)
    return kept


def _merged(bands: Iterable[Band]) -> list[Band]:
    found: list[Band] = []
    for band in bands:
        if found and found[-1].end == band.start and (found[-1].style, found[-1].text) == (band.style, band.text):
            found[-1] = attrs.evolve(found[-1], end=band.end)
        else:
            found.append(band)
    return found


def clustered(marks: Iterable[Mark], length: timedelta) -> tuple[Mark, ...]:
    """Return marks as they can be drawn: those of one look that are too near to each other are one mark with a count.

    Args:
        marks: The marks, in any order.
        length: The length of the picture.
    """
    by_look: dict[tuple[Style, float], list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.at):
        by_look.setdefault((mark.style, mark.level), []).append(mark)
    found: list[Mark] = []
    for several in by_look.values():
        apart = _joined(several, length / _NEAR)
        found += apart if len(apart) <= MOST_MARKS else _joined(several, length / MOST_MARKS)
    return tuple(found)


def _joined(marks: Iterable[Mark], nearest: timedelta) -> list[Mark]:
    """Return marks in their order, with those that are nearer than *nearest* to the one before as one."""
    found: list[Mark] = []
    for mark in marks:
        if found and mark.at - found[-1].at < nearest:
            found[-1] = attrs.evolve(found[-1], count=found[-1].count + mark.count)
        else:
            found.append(mark)
    return found
