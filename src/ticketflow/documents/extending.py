"""Read a rule set that extends another one: what it adds, replaces and leaves out.

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import attrs

from ticketflow.documents.conversion import read_plain
from ticketflow.documents.introspection import Partial
from ticketflow.documents.options import build
from ticketflow.documents.parsing import Plain
from ticketflow.documents.paths import Path, path_of
from ticketflow.documents.problems import DataError, DataProblem, collect, data_error
from ticketflow.errors import BadValueError, DefinitionError, Problem, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.registry import preset_names
from ticketflow.rules import composing
from ticketflow.rules.ruleset import Rules
from ticketflow.workflow.definition import Workflow

EXTENDS, WITHOUT, WORKFLOW = "extends", "without", "workflow"
"""The keys of a rule set that extends another one."""


@attrs.frozen
class Preset:
    """A preset with options, as a rule set to extend.

    Attributes:
        preset: The name of the preset.
        options: The arguments of its function, by name.
    """

    preset: str
    options: FrozenMap[str, object] = attrs.field(factory=FrozenMap)


def read_extension(data: Mapping[str, Plain], bases: Mapping[str, Rules]) -> Rules:
    """Read a rule set with the key ``extends``.

    Args:
        data: The data of the document, without its header.
        bases: Rule sets that it can extend, by id, besides the presets.

    Raises:
        DataError: *data* has problems, or the rule set that it makes has.
    """
    own_data = {key: held for key, held in data.items() if key not in (EXTENDS, WITHOUT, WORKFLOW)}
    some: Any = Partial
    readers: Mapping[str, Any] = {
        EXTENDS: lambda: _base(data[EXTENDS], bases),
        WITHOUT: lambda: read_plain(data.get(WITHOUT, {}), FrozenMap[composing.PartKind, tuple[str, ...]]),
        WORKFLOW: lambda: read_plain(data.get(WORKFLOW, {}), some[Workflow]),
    }
    base, left_out, workflow = collect(((key, key) for key in readers), lambda key: readers[key]())
    own = cast("Mapping[str, Any]", read_plain(own_data, some[Rules]))
    return _extended(base, left_out, own, workflow)


def _base(given: Plain, bases: Mapping[str, Rules]) -> Rules:
    if isinstance(given, dict):
        found: Preset = read_plain(given, Preset)
        return build(found.preset, found.options)
    if not isinstance(given, str):
        fix = "give its name, or an object with preset and options"
        raise data_error("wrong_type", "the value is no name", fix)
    if given in bases:
        return bases[given]
    if given not in preset_names():
        problem = unknown_name("", "rule set", given, {*bases, *preset_names()})
        raise data_error("unknown_name", problem.what, problem.fix)
    return build(given, {})


def _extended(
    base: Rules,
    left_out: Mapping[composing.PartKind, tuple[str, ...]],
    own: Mapping[str, Any],
    workflow: Mapping[str, Any],
) -> Rules:
    _check_left_out(base, left_out)
    made, changed = composing.merge(base, own, workflow, left_out)
    try:
        return attrs.evolve(base, **made, workflow=attrs.evolve(base.workflow, **changed))
    except DefinitionError as error:
        given, merged = {**own, **workflow}, {**made, **changed}
        raise DataError(*(_problem(each, base, given, merged) for each in error.problems)) from None


def _check_left_out(base: Rules, left_out: Mapping[composing.PartKind, tuple[str, ...]]) -> None:
    """Check that the base has each part that is left out.

    Raises:
        DataError: It has not.
    """

    def check_part(kind: composing.PartKind, name: str) -> None:
        try:
            composing.check_part(base, kind, name)
        except BadValueError as error:
            raise data_error("unknown_name", error.what, error.fix) from None

    def check(kind: composing.PartKind) -> None:
        collect(enumerate(left_out[kind]), lambda name: check_part(kind, name))

    try:
        collect(((kind, kind) for kind in left_out), check)
    except DataError as error:
        raise error.under(WITHOUT) from None


def _problem(problem: Problem, base: Rules, own: Mapping[str, Any], merged: Mapping[str, Any]) -> DataProblem:
    """Return a problem of the whole rule set at its place in the document, or at ``extends`` if it is in the base."""
    path = path_of(problem.place)
    path = _own_path(path[:1], path[1:], own, merged) if path[:1] == (WORKFLOW,) else _own_path((), path, own, merged)
    if path:
        return DataProblem(path, problem.code, problem.what, problem.fix)
    place = problem.place.partition(", ")[2] or problem.place
    return DataProblem((EXTENDS,), problem.code, f"in rules {base.name!r}, {place}: {problem.what}", problem.fix)


def _own_path(prefix: Path, path: Path, own: Mapping[str, Any], merged: Mapping[str, Any]) -> Path:
    """Return the path in the document of a path in the merged rule set; the empty path if it is not in the document."""
    if not path or path[0] not in own:
        return ()
    name, given = str(path[0]), own[str(path[0])]
    if name in composing.PART_KINDS and len(path) > 1:
        part = merged[name][path[1]]
        index = next((index for index, each in enumerate(given) if each is part), None)
        return () if index is None else (*prefix, name, index, *path[2:])
    if isinstance(given, FrozenMap) and len(path) > 1 and path[1] not in given:
        return ()
    return (*prefix, *path)
