"""Pictures drawn from the table of states and transitions, as Mermaid and Graphviz text.

A transition that nobody takes by hand is marked as the desk's own. One that leads from many states is drawn once, from
a box that stands for them.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ticketflow.values import Language
from ticketflow.workflow import State, Transition, Workflow

_MANY = 4
_BY_ITSELF: dict[Language, str] = {"en": "by itself", "es": "automático"}
_ANY: dict[Language, str] = {"en": "any of {count}", "es": "cualquiera de {count}"}


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

    >>> from ticketflow.presets.adereso import adereso
    >>> print(mermaid(adereso().workflow, "es"))
    stateDiagram-v2
        state "Abierto" as open
        state "En Progreso" as in_progress
        state "Cerrado" as closed
        [*] --> open
        open --> in_progress: start_progress
        in_progress --> open: back_to_open
        open --> closed: close
        in_progress --> closed: close
        closed --> [*]
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_label(state, language)}" as {_node(state.name)}' for state in workflow.states]
    lines += [f'    state "{text}" as {name}' for name, text in _boxes(workflow, language)]
    lines += [f"    [*] --> {_node(target)}" for target in _beginnings(workflow)]
    lines += [f"    {edge.source} --> {edge.target}: {edge.label}" for edge in _edges(workflow, language)]
    lines += [f"    {_node(state.name)} --> [*]" for state in workflow.states if state.category == "closed"]
    return "\n".join(lines)


def graphviz(workflow: Workflow, language: Language = "en") -> str:
    """Return the workflow as a Graphviz digraph, the stages of each pipeline in a box of their own.

    Args:
        workflow: The table.
        language: In which states are labelled, where they have a label; transitions go by their names.

    >>> from ticketflow.presets.adereso import adereso
    >>> graphviz(adereso().workflow).splitlines()[:4]
    ['digraph {', '    rankdir=LR', '    node [shape=box, style=rounded]', '    begin [shape=point]']
    """
    lines = ["digraph {", "    rankdir=LR", "    node [shape=box, style=rounded]", "    begin [shape=point]"]
    lines += [f"    {line}" for line in _nodes(workflow, language)]
    lines += [f'    {name} [label="{text}", style=dashed]' for name, text in _boxes(workflow, language)]
    lines += [f"    begin -> {_node(target)}" for target in _beginnings(workflow)]
    for edge in _edges(workflow, language):
        lines.append(f'    {edge.source} -> {edge.target} [label="{edge.label}"]')
    return "\n".join((*lines, "}"))


def _node(name: str) -> str:
    return name.replace(".", "__").replace("-", "_")


def _label(state: State, language: Language) -> str:
    return (state.labels.get(language) or state.name).replace('"', "'")


def _nodes(workflow: Workflow, language: Language) -> Iterator[str]:
    for pipeline in workflow.pipelines:
        title = (pipeline.labels.get(language) or pipeline.name).replace('"', "'")
        yield f'subgraph cluster_{_node(pipeline.name)} {{ label="{title}"'
        yield from (f"    {_drawn(state, language)}" for state in workflow.states if state.pipeline == pipeline.name)
        yield "}"
    yield from (_drawn(state, language) for state in workflow.states if state.pipeline is None)


def _drawn(state: State, language: Language) -> str:
    closed = ", peripheries=2" if state.category == "closed" else ""
    return f'{_node(state.name)} [label="{_label(state, language)}"{closed}]'


def _beginnings(workflow: Workflow) -> tuple[str, ...]:
    """Return where tickets begin: at the entry of each pipeline, or wherever the openings say."""
    entries = [pipeline.entry for pipeline in workflow.pipelines]
    return tuple(dict.fromkeys(entries or [opening.target for opening in workflow.ways_in]))


def _boxes(workflow: Workflow, language: Language) -> Iterator[tuple[str, str]]:
    """Yield a box for each transition that leads from many states, with what stands in it."""
    for index, row in enumerate(workflow.transitions):
        if len(row.sources) > _MANY:
            yield _box(index), _ANY[language].format(count=len(row.sources))


def _box(index: int) -> str:
    return f"any_{index}"


def _edges(workflow: Workflow, language: Language) -> Iterator[_Edge]:
    order = [state.name for state in workflow.states]
    for index, row in enumerate(workflow.transitions):
        label = _called(row, language)
        if len(row.sources) > _MANY:
            yield _Edge(_box(index), _node(row.target), label)
        else:
            for source in sorted(row.sources, key=order.index):
                yield _Edge(_node(source), _node(row.target), label)


def _called(row: Transition, language: Language) -> str:
    return f"{row.name} ({_BY_ITSELF[language]})" if row.is_system_only else row.name
