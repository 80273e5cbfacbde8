"""The only door to matplotlib: figures, colors, texts and legends of all pictures.

Figures are made without pyplot, so they belong to the caller alone: nothing keeps them, however many are drawn.

The colors are those of Okabe and Ito (Color Universal Design, 2008), which people with color blindness can tell apart.
Where colors run out, patterns go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from ticketflow.errors import MissingExtraError
from ticketflow.tickets.facts import Category

try:
    from matplotlib.axes import Axes as Axes
    from matplotlib.dates import MO, AutoDateLocator, DateLocator, WeekdayLocator, date2num, num2date
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch as FancyArrowPatch
    from matplotlib.patches import FancyBboxPatch as FancyBboxPatch
    from matplotlib.patches import Patch
    from matplotlib.patches import Rectangle as Rectangle
    from matplotlib.path import Path as Path
    from matplotlib.ticker import Formatter
    from matplotlib.ticker import MaxNLocator as MaxNLocator
    from matplotlib.transforms import ScaledTranslation
except ImportError:
    raise MissingExtraError("pictures", "matplotlib", "plot") from None

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
DARK, GREY, PALE = "#444444", "#AAAAAA", "#DDDDDD"
COLORS: Mapping[Category, str] = {"open": SKY, "pending": ORANGE, "resolved": GREEN, "closed": GREY}
"""The color of each category of states."""
HATCHES = ("", "///", "\\\\\\", "...", "xxx", "+++", "ooo", "---")
"""Patterns for what has the same color."""
LONGEST_LABEL = 28
"""The number of characters of a name in a picture."""
WIDTH = 11.0
"""The width of pictures with a time axis, in inches."""
SMALL, TINY = 8.0, 7.0
"""Sizes of text in points."""


@attrs.frozen
class Style:
    """The look of a band or a mark, and its words in the legend.

    Attributes:
        words: The words in the legend.
        color: The color.
        hatch: The pattern of a band.
        marker: The marker of a mark; empty for a band.
        is_hollow: Whether only the outline of the marker is drawn.
        height: The height of a band, as a part of its row.
        is_minor: Whether a narrow band of this look is left out before others are.
    """

    words: str
    color: str
    hatch: str = ""
    marker: str = ""
    is_hollow: bool = False
    height: float = 0.62
    is_minor: bool = False

    @property
    def handle(self) -> Patch | Line2D:
        """The sample in the legend."""
        if self.marker:
            return Line2D([], [], linestyle="", label=plain(self.words), **self.of_marker)
        return Patch(facecolor=self.color, edgecolor="white", hatch=self.hatch, label=plain(self.words))

    @property
    def of_marker(self) -> dict[str, Any]:
        """The properties of the marker, as matplotlib names them."""
        face = "white" if self.is_hollow else self.color
        return {
            "marker": self.marker,
            "markersize": 13 if self.marker == "|" else 7,
            "markerfacecolor": face,
            "markeredgecolor": self.color,
            "markeredgewidth": 2.5 if self.marker == "|" else 1.2,
        }


def fresh_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure whose size is in inches."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def fresh_row(count: int) -> tuple[Axes, ...]:
    """Return the axes of a new figure, side by side."""
    figure = Figure(figsize=(4.6 * count, 4.4), layout="constrained")
    return tuple(figure.add_subplot(1, count, number) for number in range(1, count + 1))


def fresh_column(heights: Sequence[float]) -> tuple[Axes, ...]:
    """Return the axes of a new figure below each other, with their heights in inches."""
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    return tuple(figure.add_subplot(grid[number]) for number in range(len(heights)))


def save(ax: Axes, name: str) -> None:
    """Write the whole figure of axes to a file; the suffix of its name says the format.

    Raises:
        OSError: The file cannot be written.
    """
    figure = ax.figure
    assert isinstance(figure, Figure)  # noqa: S101 -- the axes are on one
    figure.savefig(name)


def width_of(ax: Axes) -> float:
    """Return the width of the figure of axes in inches; it may be a part of another figure."""
    return float(ax.figure.bbox.width / ax.figure.dpi)


LAST_PLACE = float(date2num(datetime.max.replace(microsecond=0, tzinfo=UTC)))
"""The end of the longest time axis."""


def axis_number(at: datetime) -> float:
    """Return the place of an instant on a time axis, in days."""
    return float(date2num(at))


def axis_instant(place: float, zone: ZoneInfo) -> datetime:
    """Return the instant at a place of a time axis, in local time."""
    at: datetime = num2date(place, zone)
    return at


def put_ticks(ax: Axes, zone: ZoneInfo, texts: Callable[[list[datetime], float], list[str]]) -> None:
    """Give a time axis between four and ten ticks at round local times.

    Args:
        ax: The axes.
        zone: The zone.
        texts: Returns the labels of ticks, given their instants and the length of the axis in days.
    """
    ax.xaxis.set_major_locator(_Dates(tz=zone, minticks=4, maxticks=10))
    ax.xaxis.set_major_formatter(_Ticks(ax, zone, texts))


class _Dates(AutoDateLocator):
    """Ticks at round times; weeks begin on Mondays. Those of matplotlib begin anew in each month."""

    def get_locator(self, dmin: datetime, dmax: datetime) -> DateLocator:
        """Return the ticks for an axis between two instants."""
        weeks = next((count for least, count in _WEEKS if dmax - dmin >= least), 0)
        if not weeks:
            usual: DateLocator = super().get_locator(dmin, dmax)
            return usual
        found = WeekdayLocator(MO, interval=weeks, tz=self.tz)
        found.set_axis(self.axis)
        return found


_WEEKS = ((timedelta(days=200), 0), (timedelta(days=70), 2), (timedelta(days=28), 1))
"""The shortest axes with a tick every so many weeks; longer ones have months."""


class _Ticks(Formatter):
    """Labels the ticks of a time axis all at once, so that a date is written only where it changes."""

    def __init__(self, ax: Axes, zone: ZoneInfo, texts: Callable[[list[datetime], float], list[str]]) -> None:
        self._ax, self._zone, self._texts = ax, zone, texts

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        low, high = self._ax.get_xlim()
        return self._texts([axis_instant(value, self._zone) for value in values], abs(high - low))

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the instant under the pointer, which windows show."""
        del pos
        return f"{axis_instant(x, self._zone):%Y-%m-%d %H:%M:%S}"


def plain(text: str) -> str:
    """Return a text in which matplotlib finds no formulas."""
    return text.replace("$", r"\$")


def shortened(text: str, most: int = LONGEST_LABEL) -> str:
    """Return a text of at most *most* characters; one that is cut ends in an ellipsis.

    >>> shortened("close-unanswered-request", 12)
    'close-unans…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_lines(text: str, letters: int = LONGEST_LABEL, most: int = 2) -> str:
    r"""Return a text in lines of so many letters; what does not fit into the last line is cut.

    >>> in_lines("resume analysis on the customer's answer", 24)
    "resume analysis on the\ncustomer's answer"
    """
    lines = wrap(text, letters) or [text]
    last = " ".join(lines[most - 1 :])
    shown = [*lines[: most - 1], *([last] if last else [])]
    return "\n".join(shortened(line, letters) for line in shown)


def legend_below(ax: Axes, styles: Iterable[Style], note: str = "", points: float = 34) -> None:
    """Draw a legend below the axes: each style once.

    Args:
        ax: The axes.
        styles: The styles; if there are none, there is no legend.
        note: The title of the legend.
        points: The distance from the axes, which leaves room for the labels of ticks.
    """
    handles = [style.handle for style in dict.fromkeys(styles)]
    if not handles:
        return
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(len(handles), 6, int(width_of(ax) * 12 / (longest + 6))))
    below = ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + below,
        borderaxespad=0.0,
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        title=plain(note) or None,
        title_fontsize=SMALL,
        alignment="left",
    )
