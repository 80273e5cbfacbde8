"""Draws rows of bands and marks over a time axis whose ticks suit its length: from seconds to years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from ticketflow.kernel.instants import ZERO
from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, in_lines, plain
from ticketflow.plot.lanes import Band, Lane, Mark, clustered, without_narrow
from ticketflow.plot.words import Words

_INCHES_A_ROW, _INCHES_AROUND = 0.42, 1.5
_WIDTH_OF_LETTER = 0.62
_TWO_DAYS, _MONTHS = 2.0, 200.0
_MARGIN = 0.02
_SIZE_OF_JOINED = 12


def tick_texts(ticks: Sequence[datetime], days: float, words: Words) -> list[str]:
    """Return the labels of ticks: times, days or months, as the length of the axis in days needs.

    A date is written beside the first time and wherever it changes.
    """
    texts: list[str] = []
    before: date | None = None
    for at in ticks:
        if days > _MONTHS:
            text = f"{at:%Y-%m}" if at.day == 1 else f"{at:%Y-%m-%d}"
        elif days > _TWO_DAYS and at.hour == at.minute == 0:
            text = f"{words.weekday(at.date())}\n{at:%m-%d}"
        else:
            text = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
            if days <= _TWO_DAYS and at.date() != before:
                text += f"\n{words.weekday(at.date())} {at:%m-%d}"
        texts.append(text)
        before = at.date()
    return texts


def draw_lanes(
    lanes: Sequence[Lane], first: datetime, last: datetime, words: Words, ax: Axes | None, title: str
) -> Axes:
    """Draw rows from the top down.

    Args:
        lanes: The rows.
        first: The start of the time axis.
        last: Its end.
        words: The language, and the zone of the ticks.
        ax: The axes to draw on; None for those of a new figure.
        title: The title.
    """
    if ax is None:
        ax = canvas.fresh_axes(canvas.WIDTH, _INCHES_AROUND + _INCHES_A_ROW * len(lanes))
    length = last - first
    low, high = canvas.axis_number(first), canvas.axis_number(last)
    margin = (high - low) * _MARGIN
    ax.set_xlim(low - margin, min(high + margin, canvas.LAST_PLACE))
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    ax.set_yticks(range(len(lanes)), [plain(in_lines(lane.label)) for lane in lanes], fontsize=canvas.SMALL + 1)
    ax.tick_params(axis="y", length=0)
    canvas.put_ticks(ax, words.zone, lambda ticks, days: tick_texts(ticks, days, words))
    ax.tick_params(axis="x", labelsize=canvas.SMALL)
    ax.grid(axis="x", color=canvas.PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_title(plain(title), loc="left", fontsize=canvas.SMALL + 2)
    styles: list[Style] = []
    least = ZERO
    for row, lane in enumerate(lanes):
        bands, narrow = without_narrow(lane.bands, length)
        least = max(least, narrow)
        written = _draw_bands(ax, row, bands, length)
        styles += [band.style for band in bands if not band.text or band.style not in written]
        marks = clustered(lane.marks, length)
        _draw_marks(ax, row, marks)
        styles += [mark.style for mark in marks]
        if lane.later:
            _draw_later(ax, row, lane.later)
    note = words.say("picture.left_out", span=words.amount(least)) if least else ""
    canvas.legend_below(ax, styles, note)
    return ax


def _draw_bands(ax: Axes, row: int, bands: Iterable[Band], length: timedelta) -> set[Style]:
    """Draw the bands of a row, and return the styles whose words are written into a band."""
    letters = canvas.width_of(ax) * ax.get_position().width * 72 / (canvas.SMALL * _WIDTH_OF_LETTER)
    written: set[Style] = set()
    for band in bands:
        start, end, height = canvas.axis_number(band.start), canvas.axis_number(band.end), band.style.height
        ax.add_patch(
            canvas.Rectangle(
                (start, row - height / 2),
                end - start,
                height,
                facecolor=band.style.color,
                edgecolor="white",
                hatch=band.style.hatch,
                linewidth=0.4,
                label=f"_{band.style.words}",
            )
        )
        if band.text and len(band.text) + 1 <= letters * ((band.end - band.start) / length):
            written.add(band.style)
            box = {"facecolor": band.style.color, "edgecolor": "none", "pad": 1.0}
            ax.text((start + end) / 2, row, plain(band.text), ha="center", va="center", fontsize=canvas.SMALL, bbox=box)
    return written


def _draw_marks(ax: Axes, row: int, marks: Iterable[Mark]) -> None:
    """Draw the marks of a row: those that stand for several are larger and have their count in them."""
    several: dict[tuple[Style, float, bool], list[Mark]] = {}
    for mark in marks:
        several.setdefault((mark.style, mark.level, mark.count > 1), []).append(mark)
    for (style, level, is_joined), found in several.items():
        look = {**style.of_marker, "markersize": _SIZE_OF_JOINED} if is_joined else style.of_marker
        at = [canvas.axis_number(mark.at) for mark in found]
        ax.plot(at, [row - level] * len(at), linestyle="", zorder=3, clip_on=False, label=f"_{style.words}", **look)
        for place, mark in zip(at, found, strict=True):
            if is_joined:
                ax.text(
                    place,
                    row - level,
                    str(mark.count),
                    ha="center",
                    va="center",
                    fontsize=canvas.TINY - 1,
                    color=style.color if style.is_hollow else "white",
                    zorder=4,
                )


def _draw_later(ax: Axes, row: int, later: str) -> None:
    """Write what comes after the picture above the right end of a row."""
    ax.annotate(
        plain(f"{later} →"),
        (1.0, row - 0.32),
        xycoords=ax.get_yaxis_transform(),
        ha="right",
        va="bottom",
        fontsize=canvas.TINY,
    )
