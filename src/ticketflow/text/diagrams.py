"""Pictures drawn from the table of states and transitions, as Mermaid and Graphviz text.

A transition that nobody takes by hand is marked as the desk's own. One that leads from many states is drawn once, from
a box that says from which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ticketflow.kernel.labels import Labels, Language, check_language
from ticketflow.workflow.definition import State, Transition, Workflow

_MANY = 4
_BY_ITSELF: Mapping[Language, str] = {"en": "by itself", "es": "automático"}
_ANY: Mapping[Language, str] = {"en": "any state", "es": "cualquier estado"}
_ANY_OTHER: Mapping[Language, str] = {"en": "any other state", "es": "cualquier otro estado"}


@attrs.frozen
class _Edge:
    """An arrow of the picture, with everything that leads along it."""

    source: str
    target: str
    label: str


def mermaid(workflow: Workflow, language: Language = "en") -> str:
    """Return the workflow as a Mermaid state diagram.

    Args:
        workflow: The table.
        language: In which states are labelled, where they have a label; transitions go by their names.

    Raises:
        BadValueError: there is no such language.

    >>> from ticketflow.presets.adereso import adereso
    >>> print(mermaid(adereso().workflow, "es"))
    stateDiagram-v2
        state "Abierto" as s0
        state "En Progreso" as s1
        state "Cerrado" as s2
        [*] --> s0
        s0 --> s1: start_progress
        s1 --> s0: back_to_open
        s0 --> s2: close
        s1 --> s2: close
        s2 --> [*]
    """
    drawing = _Drawing(workflow, check_language(language))
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{drawing.label(state)}" as {drawing.node(state.name)}' for state in workflow.states]
    lines += [f'    state "{text}" as {name}' for name, text in drawing.boxes()]
    lines += [f"    [*] --> {drawing.node(target)}" for target in drawing.beginnings()]
    lines += [f"    {edge.source} --> {edge.target}: {edge.label}" for edge in drawing.edges()]
    lines += [f"    {drawing.node(state.name)} --> [*]" for state in workflow.states if state.category == "closed"]
    return "\n".join(lines)


def graphviz(workflow: Workflow, language: Language = "en") -> str:
    """Return the workflow as a Graphviz digraph, the stages of each pipeline in a box of their own.

    Args:
        workflow: The table.
        language: In which states are labelled, where they have a label; transitions go by their names.

    Raises:
        BadValueError: there is no such language.

    >>> from ticketflow.presets.adereso import adereso
    >>> graphviz(adereso().workflow).splitlines()[:4]
    ['digraph {', '    rankdir=LR', '    node [shape=box, style=rounded]', '    begin [shape=point]']
    """
    drawing = _Drawing(workflow, check_language(language))
    lines = ["digraph {", "    rankdir=LR", "    node [shape=box, style=rounded]", "    begin [shape=point]"]
    lines += [f"    {line}" for line in drawing.nodes()]
    lines += [f'    {name} [label="{text}", style=dashed]' for name, text in drawing.boxes()]
    lines += [f"    begin -> {drawing.node(target)}" for target in drawing.beginnings()]
    lines += [f'    {edge.source} -> {edge.target} [label="{edge.label}"]' for edge in drawing.edges()]
    return "\n".join((*lines, "}"))


@attrs.frozen
class _Drawing:
    """One workflow with labels in one language; nodes go by their place in the table, so that any name can be drawn."""

    workflow: Workflow
    language: Language

    def node(self, name: str) -> str:
        return f"s{[state.name for state in self.workflow.states].index(name)}"

    def label(self, state: State) -> str:
        return _plain(state.labels, state.name, self.language)

    def nodes(self) -> Iterator[str]:
        """Yield the states as Graphviz draws them, each pipeline's together."""
        for number, pipeline in enumerate(self.workflow.pipelines):
            yield f'subgraph cluster_{number} {{ label="{_plain(pipeline.labels, pipeline.name, self.language)}"'
            yield from (
                f"    {self._drawn(state)}" for state in self.workflow.states if state.pipeline == pipeline.name
            )
            yield "}"
        yield from (self._drawn(state) for state in self.workflow.states if state.pipeline is None)

    def _drawn(self, state: State) -> str:
        closed = ", peripheries=2" if state.category == "closed" else ""
        return f'{self.node(state.name)} [label="{self.label(state)}"{closed}]'

    def beginnings(self) -> tuple[str, ...]:
        """Return where tickets begin: at the entry of each pipeline, or wherever the openings say."""
        targets = dict.fromkeys(opening.target for opening in self.workflow.ways_in)
        entries = tuple(pipeline.entry for pipeline in self.workflow.pipelines)
        return entries or tuple(targets)

    def boxes(self) -> Iterator[tuple[str, str]]:
        """Yield a box for each transition that leads from many states, with what stands in it."""
        for index, row in enumerate(self.workflow.transitions):
            if len(row.sources) > _MANY:
                yield f"from{index}", self._sources(row)

    def _sources(self, row: Transition) -> str:
        alive = {state.name for state in self.workflow.states if state.category != "closed"}
        if row.sources == alive:
            return _ANY[self.language]
        if row.sources == alive - {row.target}:
            return _ANY_OTHER[self.language]
        return ", ".join(self.label(state) for state in self.workflow.states if state.name in row.sources)

    def edges(self) -> Iterator[_Edge]:
        """Yield the arrows in the order of the table."""
        order = [state.name for state in self.workflow.states]
        for index, row in enumerate(self.workflow.transitions):
            label = f"{row.name} ({_BY_ITSELF[self.language]})" if row.is_system_only else row.name
            if len(row.sources) > _MANY:
                yield _Edge(f"from{index}", self.node(row.target), label)
            else:
                for source in sorted(row.sources, key=order.index):
                    yield _Edge(self.node(source), self.node(row.target), label)


def _plain(labels: Labels, name: str, language: Language) -> str:
    """Return a label that no picture takes for something else than text."""
    text = " ".join((labels.get(language) or name).split())
    return text.replace("\\", "/").replace('"', "'")
