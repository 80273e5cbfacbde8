"""Draws reports: the distribution of a clock, missed targets by week, and the time in each state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import attrs

from ticketflow.kernel.instants import ZERO
from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, in_lines, plain, shortened
from ticketflow.service.reports import Report, Spent, percentile
from ticketflow.sla.reading import Reading
from ticketflow.text.catalog import Sentences

_WEEK = timedelta(days=7)
_UNITS = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))
_BINS = 24
_LETTERS_OF_TITLE = 56
_RESULTS = ("met", "breached", "under_way", "void", "measured")
_LOOKS = {
    "met": (canvas.BLUE, ""),
    "breached": (canvas.VERMILION, "///"),
    "under_way": (canvas.YELLOW, "..."),
    "void": (canvas.GREY, "xxx"),
    "measured": (canvas.SKY, ""),
}
_MOST_WEEKS = 8
_OKABE_ITO = (canvas.VERMILION, canvas.BLUE, canvas.ORANGE, canvas.GREEN, canvas.PURPLE, canvas.SKY, canvas.YELLOW)


def draw_reports(  # noqa: PLR0913, PLR0917 -- the data, then how they are shown
    reports: Sequence[Report],
    readings: Sequence[Reading],
    clock: str | None,
    labels: Mapping[str, str],
    zone: ZoneInfo,
    sentences: Sentences,
    axes: Sequence[Axes],
) -> None:
    """Draw the three charts, each on its axes."""
    name = clock if clock is not None else next((reading.clock for reading in readings), None)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=canvas.SMALL)
    _draw_distribution(axes[0], [each for each in readings if each.clock == name], name or "", sentences)
    _draw_weeks(axes[1], readings, zone, sentences)
    _draw_states(axes[2], reports, labels, sentences)


def result_of(reading: Reading) -> str:
    """Return the result under which reports count a cycle, as the attributes of `Kept` name it."""
    if reading.state == "met" and reading.target is None and reading.due_at is None:
        return "measured"
    return reading.state if reading.state in ("met", "breached", "void") else "under_way"


def _title(ax: Axes, text: str) -> None:
    ax.set_title(plain(in_lines(text, _LETTERS_OF_TITLE)), loc="left", fontsize=canvas.SMALL + 1)


def _nothing(ax: Axes, sentences: Sentences) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, sentences.say("picture.nothing"), transform=ax.transAxes, ha="center", fontsize=canvas.SMALL)


def _unit(span: timedelta) -> tuple[str, timedelta]:
    """Return the largest unit of which a target, or the longest of several spans, has at least three."""
    return next(((unit, size) for unit, size in _UNITS if span >= 3 * size), _UNITS[-1])


@attrs.frozen
class _Axis:
    """The axis of a distribution: what is shown of a cycle, and where the target is."""

    title: str
    values: list[float]
    target: float | None
    target_words: str


def _axis(cycles: Sequence[Reading], name: str, sentences: Sentences) -> _Axis:
    """Return the counted times: with one target for all in a unit of time, with several in percent of them."""
    targets = {cycle.target for cycle in cycles if cycle.target}
    clock = shortened(name)
    if len(targets) > 1:
        values = [100 * (cycle.elapsed / cycle.target) for cycle in cycles if cycle.target]
        title = sentences.say("picture.percent_of_target", clock=clock)
        return _Axis(title, values, 100.0, sentences.say("picture.targets"))
    target = next(iter(targets), None)
    unit, size = _unit(target or max((cycle.elapsed for cycle in cycles), default=ZERO))
    title = sentences.say("picture.distribution", clock=clock, unit=sentences.say(f"picture.{unit}"))
    values = [cycle.elapsed / size for cycle in cycles]
    at = target / size if target else None
    return _Axis(title, values, at, sentences.say("picture.target", span=f"{at or 0:.3g}"))


def _draw_distribution(ax: Axes, cycles: Sequence[Reading], name: str, sentences: Sentences) -> None:
    cycles = [cycle for cycle in cycles if cycle.started is not None]
    axis = _axis(cycles, name, sentences)
    if len({cycle.target for cycle in cycles if cycle.target}) > 1:
        cycles = [cycle for cycle in cycles if cycle.target]
    _title(ax, axis.title.removeprefix(": "))  # without readings, there is no clock
    if not cycles:
        _nothing(ax, sentences)
        return
    limit = _limit(axis)
    is_cut = max(axis.values) > limit
    width = limit / _BINS
    counted: Counter[tuple[str, int]] = Counter(
        (result_of(cycle), min(int(value / width), _BINS - 1)) for cycle, value in zip(cycles, axis.values, strict=True)
    )
    words = {
        "met": "reading.met",
        "breached": "reading.breached",
        "under_way": "picture.under_way",
        "void": "reading.void",
        "measured": "picture.measured",
    }
    styles = {result: Style(sentences.say(words[result]), *_LOOKS[result]) for result in _RESULTS}
    used = [result for result in _RESULTS if any(each == result for each, _ in counted)]
    _stack(
        ax,
        [index * width + width / 2 for index in range(_BINS)],
        width * 0.9,
        [(styles[result], [counted[result, index] for index in range(_BINS)]) for result in used],
    )
    if axis.target is not None:
        ax.axvline(axis.target, color=canvas.BLACK, linestyle="--", linewidth=1.2, label=f"_{axis.target_words}")
        ax.annotate(
            plain(axis.target_words),
            (axis.target, 1.0),
            (3, -2),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            va="top",
            fontsize=canvas.TINY,
        )
    if is_cut:
        text = sentences.say("picture.beyond", limit=f"{limit - width:.3g}")
        ax.annotate(
            plain(f"{text} →"),
            (1.0, 0.5),
            xycoords="axes fraction",
            ha="right",
            fontsize=canvas.TINY,
        )
    ax.set_ylabel(sentences.say("picture.cycles"), fontsize=canvas.SMALL)
    ax.set_xlim(0, limit)
    canvas.legend_below(ax, [styles[result] for result in used], points=20)


def _limit(axis: _Axis) -> float:
    """Return the end of the axis: the longest time, but at most three times what most cycles, and the target, take."""
    longest = max(axis.values)
    usual = percentile([timedelta(microseconds=1000 * value) for value in axis.values], 95) / timedelta(
        microseconds=1000
    )
    return min(longest * 1.001, 3 * max(usual, (axis.target or 0.0))) or 1.0


def _stack(ax: Axes, places: Sequence[float], width: float, rows: Iterable[tuple[Style, list[int]]]) -> None:
    below = [0] * len(places)
    for style, heights in rows:
        ax.bar(
            places,
            heights,
            width,
            bottom=below,
            color=style.color,
            hatch=style.hatch,
            edgecolor="white",
            linewidth=0.4,
            label=f"_{style.words}",
        )
        below = [one + other for one, other in zip(below, heights, strict=True)]
    ax.yaxis.set_major_locator(canvas.MaxNLocator(integer=True, nbins=6))


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the week of an instant, in local time."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _draw_weeks(ax: Axes, readings: Sequence[Reading], zone: ZoneInfo, sentences: Sentences) -> None:
    _title(ax, sentences.say("picture.by_week"))
    missed: Counter[tuple[str, date]] = Counter(
        (each.clock, monday_of(each.missed, zone)) for each in readings if each.missed is not None
    )
    started = [monday_of(each.started, zone) for each in readings if each.started is not None]
    if not started:
        _nothing(ax, sentences)
        return
    mondays = [*started, *(monday for _, monday in missed)]
    count = (max(mondays) - min(mondays)).days // 7 + 1
    weeks = list(accumulate([_WEEK] * (count - 1), lambda monday, week: monday + week, initial=min(mondays)))
    clocks = list(dict.fromkeys(each.clock for each in readings))
    styles = {
        clock: Style(
            shortened(clock),
            _OKABE_ITO[number % len(_OKABE_ITO)],
            canvas.HATCHES[number % len(canvas.HATCHES)],
        )
        for number, clock in enumerate(clocks)
    }
    _stack(
        ax,
        list(map(float, range(count))),
        0.85,
        [(styles[clock], [missed[clock, week] for week in weeks]) for clock in clocks],
    )
    step = -(-count // _MOST_WEEKS)
    ax.set_xticks(range(0, count, step), [f"{week}" for week in weeks[::step]], rotation=30, ha="right")
    ax.set_xlim(-0.7, count - 0.3)
    ax.set_ylim(bottom=0, top=max(1.0, ax.get_ylim()[1]))
    if len(clocks) > 1:
        canvas.legend_below(ax, styles.values(), points=46)


def _draw_states(ax: Axes, reports: Sequence[Report], labels: Mapping[str, str], sentences: Sentences) -> None:
    names = dict.fromkeys(name for each in reports for name in (*each.states, *each.time_in) if name in each.time_in)
    order = {name: number for each in reports for number, name in enumerate(each.states)}
    shown = sorted(names, key=lambda name: order.get(name, len(order)))
    spent = {name: [each.time_in[name] for each in reports if name in each.time_in] for name in shown}
    longest = max((_mean(several, "elapsed") for several in spent.values()), default=ZERO)
    unit, size = _unit(longest)
    _title(ax, sentences.say("picture.time_in_state", unit=sentences.say(f"picture.{unit}")))
    if not shown:
        _nothing(ax, sentences)
        return
    styles = (
        Style(sentences.say("picture.elapsed"), canvas.SKY),
        Style(sentences.say("picture.working"), canvas.BLUE, "///"),
    )
    for style, kind, offset in zip(styles, ("elapsed", "working"), (-0.2, 0.2), strict=True):
        ax.barh(
            [row + offset for row in range(len(shown))],
            [_mean(spent[name], kind) / size for name in shown],
            0.38,
            color=style.color,
            hatch=style.hatch,
            edgecolor="white",
            linewidth=0.4,
            label=f"_{style.words}",
        )
    for row, name in enumerate(shown):
        ax.annotate(
            sentences.say("picture.tickets", count=len(spent[name])),
            (_mean(spent[name], "elapsed") / size, row - 0.2),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=canvas.TINY,
        )
    ax.set_yticks(range(len(shown)), [plain(in_lines(labels.get(name, name))) for name in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.margins(x=0.18)
    canvas.legend_below(ax, styles, points=20)


def _mean(several: Sequence[Spent], kind: str) -> timedelta:
    total: timedelta = sum((getattr(each, kind) for each in several), ZERO)
    return total / len(several)
