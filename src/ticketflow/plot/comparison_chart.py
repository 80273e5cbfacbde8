"""Draws what-if results: the paired difference of each measure, with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence

from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, in_lines, plain, shortened
from ticketflow.simulation.comparison import PairedDifference, WhatIf
from ticketflow.simulation.intervals import Interval
from ticketflow.text.catalog import Sentences

_INCHES_A_ROW, _INCHES_AROUND, _WIDTH = 0.24, 1.9, 11.0
_COLORS = (canvas.BLUE, canvas.VERMILION, canvas.GREEN, canvas.PURPLE, canvas.ORANGE, canvas.SKY)
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_LONGEST_NAME = 44
_FARTHEST = 200.0
"""The greatest difference that is drawn, in percent."""
_BELOW = 50


def draw_comparison(what_if: WhatIf, measures: Sequence[str], sentences: Sentences, ax: Axes | None) -> Axes:
    """Draw the differences of measures between each scenario and the first one, in percent of the first one's mean."""
    base, *others = what_if.measures
    styles = {
        name: Style(
            shortened(name, _LONGEST_NAME), _COLORS[number % len(_COLORS)], marker=_MARKERS[number % len(_MARKERS)]
        )
        for number, name in enumerate(others)
    }
    if ax is None:
        rows = len(measures) * (len(others) + 0.6)
        ax = canvas.fresh_axes(_WIDTH, _INCHES_AROUND + _INCHES_A_ROW * rows)
    ax.axvline(0, color=canvas.DARK, linewidth=1.0, zorder=1)
    for row, measure in enumerate(measures):
        usual = what_if.mean(base, measure)
        for number, scenario in enumerate(others):
            place = row - 0.5 + (number + 0.8) / (len(others) + 0.6)
            difference = what_if.difference(measure, scenario)
            _draw_row(ax, place, difference, usual.mean if usual else 0.0, styles[scenario], sentences)
        if row:
            ax.axhline(row - 0.5, color=canvas.PALE, linewidth=0.6, zorder=0)
    ax.set_yticks(range(len(measures)), [plain(in_lines(_words(measure, sentences))) for measure in measures])
    ax.set_ylim(len(measures) - 0.5, -0.5)
    ax.tick_params(labelsize=canvas.SMALL)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel(sentences.say("picture.percent", base=shortened(base)), fontsize=canvas.SMALL)
    sure = f"{100 * what_if.confidence:g}"
    title = sentences.say("picture.comparison", base=shortened(base), seeds=len(what_if.seeds), confidence=sure)
    ax.set_title(plain(title), loc="left", fontsize=canvas.SMALL + 2)
    canvas.legend_below(ax, styles.values(), sentences.say("picture.unclear"), points=_BELOW)
    return ax


def _words(measure: str, sentences: Sentences) -> str:
    """Return a measure in words."""
    kind, _, clock = measure.partition(".")
    return sentences.say("measure.breached", clock=clock) if kind == "breached" else sentences.say(f"measure.{measure}")


def _figures(found: Interval | None, sentences: Sentences) -> str:
    if found is None:
        return "-"
    mean, *ends = (f"{each:.4g}" for each in (found.mean, found.low, found.high) if each is not None)
    return sentences.say("picture.interval", mean=mean, low=ends[0], high=ends[1]) if ends else mean


def _draw_row(
    ax: Axes, place: float, difference: PairedDifference, usual: float, style: Style, sentences: Sentences
) -> None:
    """Draw one difference: its interval, its mean, and the figures at the right."""
    found = difference.interval
    text = _figures(found, sentences)
    ax.annotate(
        text,
        (1.01, place),
        xycoords=ax.get_yaxis_transform(),
        va="center",
        fontsize=canvas.TINY,
        color=style.color,
        annotation_clip=False,
    )
    if found is None or not usual:
        return
    ends = (found.mean if end is None else end for end in (found.low, found.mean, found.high))
    low, mean, high = (max(-_FARTHEST, min(_FARTHEST, 100 * end / abs(usual))) for end in ends)
    ax.plot([low, high], [place, place], color=style.color, linewidth=1.6, zorder=2, label=f"_{style.words}: interval")
    look = style.of_marker if found.is_clear else {**style.of_marker, "markerfacecolor": "white"}
    ax.plot([mean], [place], linestyle="", zorder=3, label=f"_{style.words}: {difference.measure}", **look)
