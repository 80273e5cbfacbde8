"""Places the states of a workflow in columns, so that most arrows lead to the right and few cross. Nothing here draws.

The stages of a pipeline stand in its order. Other open states stand by the least number of moves that lead to them
from an opening; those that are pending, resolved and closed follow, a column each. The order within the columns is that
of the averages of their neighbors (Sugiyama, Tagawa and Toda, 1981), and the best
of several sweeps is kept. A workflow has some ten states, so counting the crossings of each sweep costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

from ticketflow.tickets.facts import CATEGORIES
from ticketflow.workflow.definition import Workflow

Move = tuple[str, str]
"""The state before a move and the state after it; an empty text before an opening."""
_SWEEPS = 6


def moves_of(workflow: Workflow) -> dict[Move, tuple[str, ...]]:
    """Return the moves that a workflow allows, each with the names of its transitions; openings have none."""
    found: dict[Move, list[str]] = {("", opening.target): [] for opening in workflow.ways_in}
    found |= {("", pipeline.entry): [] for pipeline in workflow.pipelines}
    order = [state.name for state in workflow.states]
    for row in workflow.transitions:
        for source in sorted(row.sources, key=order.index):
            found.setdefault((source, row.target), []).append(row.name)
    return {move: tuple(names) for move, names in found.items()}


def columns_of(workflow: Workflow, others: Iterable[str], moves: Collection[Move]) -> list[list[str]]:
    """Return the columns of states, from the left.

    Args:
        workflow: The workflow.
        others: States that it does not have; they stand in a last column.
        moves: The moves that decide the order within the columns.
    """
    depth = _depths([state.name for state in workflow.states if state.category == "open"], moves_of(workflow))
    stages: Counter[str] = Counter()
    columns: dict[tuple[int, int], list[str]] = {}
    for state in workflow.states:
        place = (CATEGORIES.index(state.category), depth.get(state.name, 0))
        if state.pipeline is not None:
            place = (0, stages[state.pipeline])
            stages[state.pipeline] += 1
        columns.setdefault(place, []).append(state.name)
    columns[len(CATEGORIES), 0] = list(others)
    return _uncrossed([columns[place] for place in sorted(columns) if columns[place]], moves)


def _depths(names: Collection[str], moves: Collection[Move]) -> dict[str, int]:
    """Return the least number of moves from an opening to each state; unreachable ones come after all others."""
    depth = {target: 0 for source, target in moves if not source}
    frontier = list(depth)
    while frontier:
        reached = dict.fromkeys(
            target for source, target in moves if source in frontier and target in names and target not in depth
        )
        depth |= dict.fromkeys(reached, depth[frontier[0]] + 1)
        frontier = list(reached)
    beyond = max(depth.values(), default=-1) + 1
    return {name: depth.get(name, beyond) for name in names}


def _uncrossed(columns: list[list[str]], moves: Collection[Move]) -> list[list[str]]:
    neighbors: dict[str, set[str]] = {name: set() for column in columns for name in column}
    for source, target in moves:
        if source and source != target:
            neighbors[source].add(target)
            neighbors[target].add(source)
    best, fewest = columns, crossings(columns, moves)
    for sweep in range(_SWEEPS):
        heights = {name: place for column in columns for name, place in zip(column, places(len(column)), strict=True)}
        columns = [list(column) for column in columns]
        for column in columns if sweep % 2 else reversed(columns):
            column.sort(key=lambda name: -_average(name, neighbors, heights))
            heights |= dict(zip(column, places(len(column)), strict=True))
        found = crossings(columns, moves)
        if found < fewest:
            best, fewest = columns, found
    return best


def _average(name: str, neighbors: Mapping[str, set[str]], heights: Mapping[str, float]) -> float:
    around = neighbors[name]
    return sum(heights[each] for each in around) / len(around) if around else heights[name]


def places(count: int) -> list[float]:
    """Return the heights of the states of a column, from the top, centered on 0."""
    return [(count - 1) / 2 - index for index in range(count)]


def crossings(columns: list[list[str]], moves: Collection[Move]) -> int:
    """Return how many pairs of moves between different columns cross, if each were a straight line."""
    at = {name: (x, y) for x, column in enumerate(columns) for name, y in zip(column, places(len(column)), strict=True)}
    lines = {tuple(sorted((at[source], at[target]))) for source, target in moves if source and at[source] != at[target]}
    return sum(_cross(one, other) for one, other in combinations(sorted(lines), 2))


def _cross(one: tuple[tuple[float, float], ...], other: tuple[tuple[float, float], ...]) -> bool:
    (a, b), (c, d) = one, other
    if len({a, b, c, d}) < 4:  # noqa: PLR2004 -- they meet in an end
        return False
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
