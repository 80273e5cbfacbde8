"""Draws a workflow: states as boxes, moves as curved arrows, with the names of transitions or with counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import hypot
from textwrap import wrap

import attrs

from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, in_lines, plain, shortened
from ticketflow.plot.workflow_layout import Move, columns_of, moves_of, places
from ticketflow.rules.ruleset import Rules
from ticketflow.text.catalog import Sentences

Point = tuple[float, float]
Curve = tuple[Point, Point, Point]
"""The start, the control point and the end of a quadratic Bézier curve."""

_BOX = (1.7, 0.62)
_GAP = (3.1, 1.25)
_INCHES = 0.78
_BOWS, _BOWS_IN_COLUMN = (0.12, 0.2, 0.28, 0.4, 0.55, -0.28, -0.4, -0.55, 0.7, -0.7), (0.42, 0.65)
"""How far arrows bend, as a part of their length; the first one that suffices."""
_STEPS, _FINE_STEPS, _NEAR = 24, 80, 0.1
_LETTERS = 17
_LONGEST_NAME = 22
_MOST_NAMED = 12
"""The number of arrows with names; if there are more, they have numbers, and a list says their names."""
_THICKEST = 4.0
_NO_BREAK = "\u00a0"
_PARTS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)


@attrs.frozen
class Arrow:
    """A move in the picture, from the edge of one box to that of another.

    Attributes:
        move: The state before and the state after.
        points: The start, the control point and the end of a quadratic Bézier curve.
        label: What is written on it; empty for nothing.
        width: The width of its line in points.
        style: Its look.
    """

    move: Move
    points: Curve
    label: str
    width: float
    style: Style

    def at(self, part: float) -> Point:
        """Return a point of the curve: 0 for its start, 1 for its end."""
        return _point(self.points, part)


def draw_workflow(rules: Rules, counts: Mapping[Move, int] | None, sentences: Sentences, ax: Axes | None) -> Axes:
    """Draw the workflow of a rule set; with counts, how often each move happened."""
    workflow = rules.workflow
    allowed = moves_of(workflow)
    moves = dict.fromkeys((*allowed, *(move for move, count in (counts or {}).items() if count)))
    known = [state.name for state in workflow.states]
    others = dict.fromkeys(name for move in moves for name in move if name and name not in known)
    weighty = [move for move in moves if counts is None or counts.get(move)] or list(moves)
    columns = columns_of(workflow, others, weighty)
    at = {
        name: (x * _GAP[0], y * _GAP[1])
        for x, column in enumerate(columns)
        for name, y in zip(column, places(len(column)), strict=True)
    }
    styles = _styles(sentences)
    names = {row.name: sentences.label(row.labels, row.name) for row in workflow.transitions}
    distinct = {label: number for number, label in enumerate(dict.fromkeys(names.values()), 1)}
    numbers = {name: distinct[label] for name, label in names.items()} if len(moves) > _MOST_NAMED else {}
    labels = (
        _named(allowed, numbers)
        if counts is None
        else {move: f"{counts[move]:,}" for move in moves if counts.get(move)}
    )
    arrows = list(_arrows(at, moves, allowed, counts, labels, styles))
    heights = [y for arrow in arrows for _, y in _sampled(arrow.points)]
    low, high = (choose((*heights, *(y for _, y in at.values()))) for choose in (min, max))
    low, high = low - _BOX[1] * 0.6, high + _BOX[1] * 0.6
    left, right = -_BOX[0] / 2 - 0.9, (len(columns) - 1) * _GAP[0] + _BOX[0] / 2 + 0.2
    if ax is None:
        ax = canvas.fresh_axes((right - left) * _INCHES, (high - low) * _INCHES + 0.6)
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    ax.set_axis_off()
    for arrow in sorted(arrows, key=lambda arrow: arrow.width):
        _draw_arrow(ax, arrow)
    _draw_labels(ax, arrows, at)
    used: list[Style] = []
    for name, place in at.items():
        state = workflow.state(name)
        style = (
            Style(sentences.say(f"category.{state.category}"), canvas.COLORS[state.category])
            if state
            else styles["foreign"]
        )
        label = sentences.label(state.labels, name) if state else name
        _draw_box(ax, place, label, style if state else None)
        used += [style] if state else []
    used.sort(key=lambda style: list(canvas.COLORS.values()).index(style.color))
    told = [arrow.style for arrow in arrows if counts is not None]
    listed = distinct if numbers and counts is None else {}
    entries = "   ".join(f"{number} {label}".replace(" ", _NO_BREAK) for label, number in listed.items())
    note = "\n".join(wrap(entries, int(canvas.width_of(ax) * 15))).replace(_NO_BREAK, " ")
    canvas.legend_below(ax, [*used, *(style for style in styles.values() if style in told)], note, points=4)
    return ax


def _styles(sentences: Sentences) -> dict[str, Style]:
    return {
        "used": Style(sentences.say("picture.move"), canvas.DARK, marker="_"),
        "unused": Style(sentences.say("picture.move_unused"), canvas.GREY, marker="_"),
        "foreign": Style(sentences.say("picture.move_foreign"), canvas.VERMILION, marker="_"),
    }


def _named(allowed: Mapping[Move, tuple[str, ...]], numbers: Mapping[str, int]) -> dict[Move, str]:
    """Return a label for each move: its first transition and the number of others; their numbers if they have any."""
    if numbers:
        return {move: ", ".join(dict.fromkeys(str(numbers[name]) for name in names)) for move, names in allowed.items()}
    return {
        move: shortened(names[0], _LONGEST_NAME) + (f" +{len(names) - 1}" if names[1:] else "")
        for move, names in allowed.items()
        if names
    }


def _arrows(
    at: Mapping[str, Point],
    moves: Mapping[Move, object],
    allowed: Mapping[Move, tuple[str, ...]],
    counts: Mapping[Move, int] | None,
    labels: Mapping[Move, str],
    styles: Mapping[str, Style],
) -> Iterator[Arrow]:
    most = max((counts or {}).values(), default=0)
    for move in moves:
        points = _routed(at.get(move[0]), at[move[1]], at.values())
        count = None if counts is None else counts.get(move, 0)
        kind = "foreign" if move not in allowed else "unused" if count == 0 else "used"
        width = 1.0 if count is None else 0.5 if count == 0 else 0.8 + _THICKEST * (count / most) ** 0.5
        yield Arrow(move, points, labels.get(move, ""), width, styles[kind])


def _routed(source: Point | None, target: Point, boxes: Iterable[Point]) -> Curve:
    """Return the curve of an arrow that meets the fewest boxes in between, and bends least of those."""
    others = [box for box in boxes if box not in (source, target)]
    bows = _BOWS if source is None or source[0] != target[0] else _BOWS_IN_COLUMN
    best, fewest = _curve(source, target, bows[0]), len(others) + 1
    for bow in bows:
        curve = _curve(source, target, bow)
        points = _sampled(curve)
        met = sum(any(_is_in_box(point, box, _NEAR) for point in points) for box in others)
        if met < fewest:
            best, fewest = curve, met
        if not met:
            break
    return best


def _sampled(curve: Curve) -> list[Point]:
    return [_point(curve, step / _STEPS) for step in range(_STEPS + 1)]


def _curve(source: Point | None, target: Point, bow: float) -> Curve:
    """Return the curve of an arrow between the edges of two boxes; from the left for an opening, a loop for itself.

    Args:
        source: The center of the box where it starts; None for an opening.
        target: The center of the box where it ends.
        bow: How far it bends to the right of its direction, as a part of its length.
    """
    half = (_BOX[0] / 2, _BOX[1] / 2)
    if source is None:
        end = (target[0] - half[0], target[1])
        return ((end[0] - 0.7, end[1]), (end[0] - 0.35, end[1]), end)
    if source == target:
        top = source[1] + half[1]
        return ((source[0] + 0.3, top), (source[0], top + 0.9), (source[0] - 0.3, top))
    across, up = target[0] - source[0], target[1] - source[1]
    middle = ((source[0] + target[0]) / 2 + bow * up, (source[1] + target[1]) / 2 - bow * across)
    whole = (source, middle, target)
    parts = [step / _FINE_STEPS for step in range(_FINE_STEPS + 1)]
    first = next(part for part in parts if not _is_in_box(_point(whole, part), source))
    last = next(part for part in reversed(parts) if not _is_in_box(_point(whole, part), target))
    return (_point(whole, first), _blossom(whole, first, last), _point(whole, last))


def _point(curve: Curve, part: float) -> Point:
    return _blossom(curve, part, part)


def _blossom(curve: Curve, one: float, other: float) -> Point:
    """Return the control point of the part of a quadratic Bézier curve between two points of it."""
    weights = ((1 - one) * (1 - other), (1 - one) * other + one * (1 - other), one * other)
    x, y = (sum(weight * point[axis] for weight, point in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y


def _is_in_box(point: Point, box: Point, margin: float = 0.0) -> bool:
    return abs(point[0] - box[0]) <= _BOX[0] / 2 + margin and abs(point[1] - box[1]) <= _BOX[1] / 2 + margin


def _draw_arrow(ax: Axes, arrow: Arrow) -> None:
    path = canvas.Path(arrow.points, [canvas.Path.MOVETO, canvas.Path.CURVE3, canvas.Path.CURVE3])
    ax.add_patch(
        canvas.FancyArrowPatch(
            path=path,
            arrowstyle="-|>",
            mutation_scale=8 + 2 * arrow.width,
            linewidth=arrow.width,
            color=arrow.style.color,
            linestyle="--" if arrow.style.color == canvas.VERMILION else "-",
            label=f"_{arrow.move[0]} -> {arrow.move[1]}",
            zorder=1,
        )
    )


def _draw_labels(ax: Axes, arrows: list[Arrow], boxes: Mapping[str, Point]) -> None:
    """Write the labels on the arrows, each where it is farthest from boxes and from labels before it."""
    taken = [(x + dx, y) for x, y in boxes.values() for dx in (-_BOX[0] / 2, 0.0, _BOX[0] / 2)]
    for arrow in arrows:
        if arrow.label:
            places = [arrow.at(part) for part in _PARTS]
            free = [place for place in places if not any(_is_in_box(place, box, 0.12) for box in boxes.values())]
            x, y = max(free or places, key=lambda point: _room(point, taken))
            taken.append((x, y))
            look = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            color = canvas.BLACK if arrow.style.color == canvas.DARK else arrow.style.color
            ax.text(x, y, plain(arrow.label), ha="center", va="center", fontsize=canvas.TINY, bbox=look, color=color)


def _room(point: Point, taken: list[Point]) -> float:
    """Return the distance to the nearest of some points; texts are wide, so distances across count half."""
    return min((hypot((point[0] - x) / 2, point[1] - y) for x, y in taken), default=_BOX[1])


def _draw_box(ax: Axes, place: Point, label: str, style: Style | None) -> None:
    ax.add_patch(
        canvas.FancyBboxPatch(
            (place[0] - _BOX[0] / 2, place[1] - _BOX[1] / 2),
            *_BOX,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=style.color if style else "white",
            edgecolor=canvas.DARK,
            linestyle="-" if style else "--",
            label=f"_{label}",
            zorder=2,
        )
    )
    ax.text(*place, plain(in_lines(label, _LETTERS, most=3)), ha="center", va="center", fontsize=canvas.SMALL, zorder=3)
