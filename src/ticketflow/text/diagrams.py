"""Diagrams of a workflow, as Mermaid and Graphviz text.

A transition that only the system takes is marked as such. One that leads from more than four states is drawn once, from
a box that names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from ticketflow.kernel.labels import Labels, Language
from ticketflow.text.catalog import Catalog, Sentences
from ticketflow.workflow.definition import State, Transition, Workflow

_MANY = 4


@attrs.frozen
class _Edge:
    """An arrow of the diagram, with its label."""

    source: str
    target: str
    label: str


def mermaid(
    workflow: Workflow,
    language: Language = "en",
    *,
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> str:
    """Return the workflow as a Mermaid state diagram.

    Args:
        workflow: The workflow.
        language: The language of the labels of states, as a BCP 47 tag; transitions go by their names.
        fallback: The language to take before English for labels that are missing.
        catalogs: The caller's own catalogs.

    Raises:
        BadValueError: A language is not a well-formed tag.

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
    drawing = _Drawing(workflow, Sentences(language, fallback, catalogs))
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{drawing.label(state)}" as {drawing.node(state.name)}' for state in workflow.states]
    lines += [f'    state "{text}" as {name}' for name, text in drawing.boxes()]
    lines += [f"    [*] --> {drawing.node(target)}" for target in drawing.beginnings()]
    lines += [f"    {edge.source} --> {edge.target}: {edge.label}" for edge in drawing.edges()]
    lines += [f"    {drawing.node(state.name)} --> [*]" for state in workflow.states if state.category == "closed"]
    return "\n".join(lines)


def graphviz(
    workflow: Workflow,
    language: Language = "en",
    *,
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> str:
    """Return the workflow as a Graphviz digraph, with the stages of each pipeline in a box.

    Args:
        workflow: The workflow.
        language: The language of the labels of states, as a BCP 47 tag; transitions go by their names.
        fallback: The language to take before English for labels that are missing.
        catalogs: The caller's own catalogs.

    Raises:
        BadValueError: A language is not a well-formed tag.

    >>> from ticketflow.presets.adereso import adereso
    >>> graphviz(adereso().workflow).splitlines()[:4]
    ['digraph {', '    rankdir=LR', '    node [shape=box, style=rounded]', '    begin [shape=point]']
    """
    drawing = _Drawing(workflow, Sentences(language, fallback, catalogs))
    lines = ["digraph {", "    rankdir=LR", "    node [shape=box, style=rounded]", "    begin [shape=point]"]
    lines += [f"    {line}" for line in drawing.nodes()]
    lines += [f'    {name} [label="{text}", style=dashed]' for name, text in drawing.boxes()]
    lines += [f"    begin -> {drawing.node(target)}" for target in drawing.beginnings()]
    lines += [f'    {edge.source} -> {edge.target} [label="{edge.label}"]' for edge in drawing.edges()]
    return "\n".join((*lines, "}"))


@attrs.frozen
class _Drawing:
    """A workflow with labels in one language; nodes are numbered, so that every name can be drawn."""

    workflow: Workflow
    sentences: Sentences

    def node(self, name: str) -> str:
        return f"s{[state.name for state in self.workflow.states].index(name)}"

    def label(self, state: State) -> str:
        return self._plain(state.labels, state.name)

    def nodes(self) -> Iterator[str]:
        """Yield the lines of the states in Graphviz, those of each pipeline together."""
        for number, pipeline in enumerate(self.workflow.pipelines):
            yield f'subgraph cluster_{number} {{ label="{self._plain(pipeline.labels, pipeline.name)}"'
            yield from (
                f"    {self._drawn(state)}" for state in self.workflow.states if state.pipeline == pipeline.name
            )
            yield "}"
        yield from (self._drawn(state) for state in self.workflow.states if state.pipeline is None)

    def _drawn(self, state: State) -> str:
        closed = ", peripheries=2" if state.category == "closed" else ""
        return f'{self.node(state.name)} [label="{self.label(state)}"{closed}]'

    def beginnings(self) -> tuple[str, ...]:
        """Return the states in which tickets begin: the entry of each pipeline, or the targets of the openings."""
        targets = dict.fromkeys(opening.target for opening in self.workflow.ways_in)
        entries = tuple(pipeline.entry for pipeline in self.workflow.pipelines)
        return entries or tuple(targets)

    def boxes(self) -> Iterator[tuple[str, str]]:
        """Yield a box for each transition that leads from many states, with its text."""
        for index, row in enumerate(self.workflow.transitions):
            if len(row.sources) > _MANY:
                yield f"from{index}", self._sources(row)

    def _sources(self, row: Transition) -> str:
        alive = {state.name for state in self.workflow.states if state.category != "closed"}
        if row.sources == alive:
            return self.sentences.say("diagram.any_state")
        if row.sources == alive - {row.target}:
            return self.sentences.say("diagram.any_other_state")
        return ", ".join(self.label(state) for state in self.workflow.states if state.name in row.sources)

    def edges(self) -> Iterator[_Edge]:
        """Yield the arrows in the order of the transitions."""
        order = [state.name for state in self.workflow.states]
        for index, row in enumerate(self.workflow.transitions):
            by_itself = self.sentences.say("diagram.by_itself", transition=row.name)
            label = by_itself if row.is_system_only else row.name
            if len(row.sources) > _MANY:
                yield _Edge(f"from{index}", self.node(row.target), label)
            else:
                for source in sorted(row.sources, key=order.index):
                    yield _Edge(self.node(source), self.node(row.target), label)

    def _plain(self, labels: Labels, name: str) -> str:
        """Return a label without characters that a diagram would take for syntax."""
        text = " ".join(self.sentences.label(labels, name).split())
        return text.replace("\\", "/").replace('"', "'")
