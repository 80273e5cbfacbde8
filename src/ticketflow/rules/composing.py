"""Make a rule set from another: add, replace and leave out parts by their ids.

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import attrs

from ticketflow.errors import BadValueError, DefinitionError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.automations import Automation, Ladder
from ticketflow.sla.policies import Policy
from ticketflow.tickets.messages import Template
from ticketflow.workflow.definition import Field, Listing, Pipeline, State, Transition, Workflow

if TYPE_CHECKING:
    from ticketflow.rules.ruleset import Rules

Part: TypeAlias = Automation | Ladder | Policy | Template | State | Transition | Field | Pipeline | Listing
"""A part of a rule set that has an id or a name."""

PartKind = Literal["automations", "clocks", "templates", "states", "transitions", "fields", "pipelines", "lists"]
"""The attribute of `Rules` or of its workflow that holds parts of one kind."""

PART_KINDS: tuple[PartKind, ...] = get_args(PartKind)

_KINDS: Mapping[type, PartKind] = {
    Automation: "automations",
    Ladder: "automations",
    Policy: "clocks",
    Template: "templates",
    State: "states",
    Transition: "transitions",
    Field: "fields",
    Pipeline: "pipelines",
    Listing: "lists",
}
_WORKFLOW = frozenset(attribute.name for attribute in attrs.fields(Workflow))

_SINGULAR: Mapping[str, str] = {"automations": "rule", "clocks": "policy"} | {
    kind: kind.removesuffix("s") for kind in PART_KINDS[2:]
}


def part_id(part: object) -> str:
    """Return the id of a rule, or the name of another part."""
    found: str = part.id if isinstance(part, Automation | Ladder) else part.name  # type: ignore[attr-defined]
    return found


def add(rules: Rules, parts: Iterable[Part]) -> Rules:
    """Return *rules* with more parts, each after those of its kind.

    Raises:
        BadValueError: A part has another type, or there is one of its kind and id already.
        DefinitionError: The result is wrong as written.
    """
    more = tuple(parts)
    for part in more:
        kind, name = _kind_of(part), part_id(part)
        if kind != "transitions" and name in _ids(rules, kind):
            what = f"{_called(rules)} has {name!r} among its {kind} already"
            raise BadValueError(what, f"replace it with replacing({name!r}, …), or give it another id")
    return _evolved(
        rules,
        {kind: (*_parts(rules, kind), *(each for each in more if _kind_of(each) == kind)) for kind in _kinds(more)},
        f"with {_listed(map(part_id, more))}",
    )


def replace(rules: Rules, name: str, parts: Sequence[Part]) -> Rules:
    """Return *rules* with the parts of that id replaced by others of their kind, in their place.

    Raises:
        BadValueError: There is no such part, no replacement, or one of several kinds or of another type.
        DefinitionError: The result is wrong as written.
    """
    if not parts:
        raise BadValueError(f"nothing replaces {name!r}", f"give a part, or leave it out with without({name!r})")
    kinds = _kinds(parts)
    if len(kinds) > 1:
        raise BadValueError(f"{name!r} is replaced by parts of several kinds", "give parts of one kind")
    kind = _found(rules, name, kinds)
    before = _parts(rules, kind)
    first = next(index for index, part in enumerate(before) if part_id(part) == name)
    rest = [part for part in before[first:] if part_id(part) != name]
    return _evolved(rules, {kind: (*before[:first], *parts, *rest)}, f"with {name!r} replaced")


def leave_out(rules: Rules, names: Sequence[str], kind: PartKind | None) -> Rules:
    """Return *rules* without the parts of these ids.

    Raises:
        BadValueError: There is no such part, or there are several kinds of them and *kind* does not say which.
        DefinitionError: The result is wrong as written: another part needs one that was left out.
    """
    if kind is not None and kind not in PART_KINDS:
        problem = unknown_name("", "kind", str(kind), PART_KINDS)
        raise BadValueError(problem.what, problem.fix)
    left_out: dict[PartKind, set[str]] = {}
    for name in names:
        left_out.setdefault(_found(rules, name, {kind} if kind else PART_KINDS), set()).add(name)
    kept = {
        each: tuple(part for part in _parts(rules, each) if part_id(part) not in ids) for each, ids in left_out.items()
    }
    return _evolved(rules, kept, f"without {_listed(names)}")


def check_part(rules: Rules, kind: PartKind, name: str) -> None:
    """Check that a rule set has a part of that kind and id.

    Raises:
        BadValueError: It has none.
    """
    _found(rules, name, {kind})


def merge(
    rules: Rules,
    own: Mapping[str, Any],
    workflow: Mapping[str, Any],
    left_out: Mapping[PartKind, Collection[str]],
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return attributes of a rule set that goes by *rules* except where it says something of its own.

    Parts with an id replace those of that id and are added otherwise. Calendars and permissions are merged by name,
    groups and outside events united. Any other attribute replaces that of *rules*.

    Args:
        rules: The rule set to start from.
        own: Attributes of `Rules`, without the workflow.
        workflow: Attributes of its workflow.
        left_out: The ids of the parts of *rules* that are left out, by kind.

    Returns:
        The attributes of the rule set and of its workflow that differ from those of *rules*.
    """
    made = {name: value for name, value in own.items() if name not in PART_KINDS}
    changed = {name: value for name, value in workflow.items() if name not in PART_KINDS}
    for found, before in ((made, rules), (changed, rules.workflow)):
        for name, value in found.items():
            found[name] = _united(getattr(before, name), value)
    for kind in PART_KINDS:
        parts = (workflow if kind in _WORKFLOW else own).get(kind, ())
        if parts or kind in left_out:
            kept = [part for part in _parts(rules, kind) if part_id(part) not in left_out.get(kind, ())]
            (changed if kind in _WORKFLOW else made)[kind] = _merged(kind, kept, parts)
    return made, changed


def _united(before: object, value: Any) -> object:  # noqa: ANN401 -- an attribute of any type
    if isinstance(before, FrozenMap):
        return FrozenMap({**before, **value})
    return before | value if isinstance(before, frozenset) else value


def _merged(kind: PartKind, before: Sequence[Part], parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return parts with others put in: in the place of one of that id, or at the end. Transitions go to the end."""
    own = {part_id(part): part for part in parts}
    if kind == "transitions":
        return (*(part for part in before if part_id(part) not in own), *parts)
    known = {part_id(part) for part in before}
    in_place = (own.get(part_id(part), part) for part in before)
    return (*in_place, *(part for part in parts if part_id(part) not in known))


def _kind_of(part: object) -> PartKind:
    if type(part) not in _KINDS:
        what = f"{type(part).__name__!r} is not a part of a rule set with an id"
        raise BadValueError(what, f"give {_listed((kind.__name__ for kind in _KINDS), quote=False)}")
    return _KINDS[type(part)]


def _kinds(parts: Iterable[Part]) -> frozenset[PartKind]:
    return frozenset(map(_kind_of, parts))


def _parts(rules: Rules, kind: PartKind) -> tuple[Part, ...]:
    found: tuple[Part, ...] = getattr(rules.workflow if kind in _WORKFLOW else rules, kind)
    return found


def _ids(rules: Rules, kind: PartKind) -> set[str]:
    return set(map(part_id, _parts(rules, kind)))


def _found(rules: Rules, name: str, among: Collection[PartKind]) -> PartKind:
    """Return the one kind among some that has a part of that id.

    Raises:
        BadValueError: No kind has one, or several have.
    """
    if not isinstance(name, str):
        raise BadValueError(f"the id {name!r:.200} is not a text", "give the id of a rule, or the name of another part")
    found = [kind for kind in PART_KINDS if kind in among and name in _ids(rules, kind)]
    if not found:
        known = sorted({each for kind in PART_KINDS if kind in among for each in _ids(rules, kind)})
        what = _SINGULAR[next(iter(among))] if len(among) == 1 else "part"
        problem = unknown_name("", what, name, known)
        raise BadValueError(f"{_called(rules)} has {problem.what}", problem.fix)
    if len(found) > 1:
        fix = f"say which with kind={found[0]!r}"
        raise BadValueError(f"{_called(rules)} has {name!r} among its {' and its '.join(found)}", fix)
    return found[0]


def _evolved(rules: Rules, changed: Mapping[PartKind, tuple[Part, ...]], how: str) -> Rules:
    own: dict[str, Any] = {kind: parts for kind, parts in changed.items() if kind not in _WORKFLOW}
    inner: dict[str, Any] = {kind: parts for kind, parts in changed.items() if kind in _WORKFLOW}
    try:
        return attrs.evolve(rules, workflow=attrs.evolve(rules.workflow, **inner), **own)
    except DefinitionError as error:
        raise DefinitionError(tuple(_under(how, _called(rules), error))) from None


def _under(how: str, called: str, error: DefinitionError) -> Iterator[Any]:
    """Yield the problems of a rule set with how it was made in their places."""
    for problem in error.problems:
        yield attrs.evolve(problem, place=f"{called} {how}{problem.place.removeprefix(called)}")


def _called(rules: Rules) -> str:
    return f"rules {rules.name!r}"


def _listed(names: Iterable[str], *, quote: bool = True) -> str:
    return ", ".join(repr(name) if quote else name for name in names)
