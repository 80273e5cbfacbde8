"""The one table of states and transitions: what a ticket can be, what can become of it, and who may do it.

Source: docs/semantics.md 2.3, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from ticketflow.commands import NAMES
from ticketflow.conditions import ALWAYS, CategoryIs, Condition, FieldIs, StateIs, parts
from ticketflow.errors import Problem, unknown_name
from ticketflow.values import (
    PEOPLE,
    ROLES,
    SUPPORT,
    Category,
    FrozenMap,
    Language,
    Value,
    check_name,
    names,
    same,
)

Labels = FrozenMap[Language, str]


def _labels(value: Mapping[Language, str]) -> Labels:
    return FrozenMap(value)


def _names(value: Iterable[str]) -> frozenset[str]:
    return names(value, "names")


def _state_name(value: str) -> str:
    return check_name(value, "state")


def _transition_name(value: str) -> str:
    return check_name(value, "transition")


def _field_name(value: str) -> str:
    return check_name(value, "field")


@attrs.frozen
class State:
    """What a ticket can be.

    Attributes:
        name: Its name.
        category: What it counts as; *closed* is for good.
        labels: What people call it, by language.
        survey_open: Whether the satisfaction survey can be answered in it.
    """

    name: str = attrs.field(converter=_state_name)
    category: Category = "open"
    labels: Labels = attrs.field(factory=FrozenMap, converter=_labels)
    survey_open: bool = False


@attrs.frozen
class Transition:
    """A move from some states to another.

    Attributes:
        name: Its name.
        sources: The states it leads from.
        target: The state it leads to.
        may: The roles and groups that may take it by hand; none: it belongs to the system alone.
        given: What must hold besides.
        needs: What must come with it: names of fields, or ``message`` for a public message.
    """

    name: str = attrs.field(converter=_transition_name)
    sources: frozenset[str] = attrs.field(converter=_names)
    target: str
    may: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    given: Condition = ALWAYS
    needs: tuple[str, ...] = ()

    @property
    def is_system_only(self) -> bool:
        """Whether nobody may take it by hand."""
        return not self.may


@attrs.frozen
class Field:
    """A fact that a ticket can hold beside its state.

    Attributes:
        name: Its name.
        choices: The values it can have besides None; none listed: any text, whole number or truth value.
        labels: What people call it, by language.
    """

    name: str = attrs.field(converter=_field_name)
    choices: tuple[Value, ...] = ()
    labels: Labels = attrs.field(factory=FrozenMap, converter=_labels)

    def takes(self, value: Value) -> bool:
        """Return whether the field can have *value*."""
        if value is None or not self.choices:
            return value is None or type(value) in (str, int, bool)
        return any(same(value, choice) for choice in self.choices)

    @property
    def allowed(self) -> str:
        """What the field can have, in words."""
        return f"there are: {', '.join(map(str, self.choices)) or 'texts, whole numbers and truth values'}"


@attrs.frozen
class Permission:
    """Who may give a command, and what must hold besides.

    Attributes:
        may: Roles and groups.
        given: What must hold besides.
    """

    may: frozenset[str] = attrs.field(converter=_names)
    given: Condition = ALWAYS


def _permissions(value: Mapping[str, Permission]) -> FrozenMap[str, Permission]:
    return FrozenMap(value)


@attrs.frozen
class Workflow:
    """States, transitions, fields and permissions of one kind of ticket.

    Attributes:
        states: What a ticket can be; the first is where it begins.
        transitions: What can become of it.
        fields: The facts it can hold.
        permissions: For each command by name, who may give it, where that is not as usual: people and robots open
            tickets, follow up and write; customers rate; support, robots and systems record outside events; all
            else is the support's. Transitions say themselves who may take them.
        outside_events: The names of outside events that can be recorded.
        groups: Names that actors' groups can have.
    """

    states: tuple[State, ...]
    transitions: tuple[Transition, ...] = ()
    fields: tuple[Field, ...] = ()
    permissions: FrozenMap[str, Permission] = attrs.field(factory=FrozenMap, converter=_permissions)
    outside_events: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    @property
    def initial(self) -> State:
        """The state a ticket begins in."""
        return self.states[0]

    def state(self, name: str) -> State | None:
        """Return the state of that name, if there is one."""
        return next((state for state in self.states if state.name == name), None)

    def target_of(self, transition: Transition) -> State:
        """Return the state that a transition of the table leads to."""
        return next(state for state in self.states if state.name == transition.target)

    def transition(self, name: str) -> Transition | None:
        """Return the transition of that name, if there is one."""
        return next((each for each in self.transitions if each.name == name), None)

    def transitions_from(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that lead from *state*."""
        return tuple(each for each in self.transitions if state in each.sources)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)

    def permission(self, command: str) -> Permission:
        """Return who may give *command*."""
        return self.permissions.get(command) or _USUALLY.get(command, _SUPPORT_MAY)

    def problems(self, place: str) -> Iterator[Problem]:
        """Yield everything wrong with the table: duplicates, unknown names, states that nobody can leave."""
        yield from self._duplicates(place)
        yield from self._unknown_in_transitions(place)
        yield from self._unknown_in_permissions(place)
        yield from self._dead_ends(place)

    def _duplicates(self, place: str) -> Iterator[Problem]:
        kinds: tuple[tuple[str, Iterable[State | Transition | Field]], ...] = (
            ("states", self.states),
            ("transitions", self.transitions),
            ("fields", self.fields),
        )
        for kind, members in kinds:
            seen: set[str] = set()
            for index, member in enumerate(members):
                if member.name in seen:
                    where = f"{place}, workflow.{kind}[{index}]"
                    yield Problem(where, f"another one is named {member.name!r}", "name each once")
                seen.add(member.name)
        for role in sorted(self.groups & ROLES):
            yield Problem(f"{place}, workflow.groups", f"group {role!r} bears the name of a role", "name it otherwise")
        if self.field("message"):
            fix = "name it otherwise: transitions ask for a message by that name"
            yield Problem(f"{place}, workflow.fields", "a field is named 'message'", fix)
        if self.states and self.initial.category == "closed":
            yield Problem(f"{place}, workflow.states[0]", "tickets would begin closed", "put another state first")
        if not self.states:
            yield Problem(f"{place}, workflow.states", "there are none", "give at least the state a ticket begins in")

    def _unknown_in_transitions(self, place: str) -> Iterator[Problem]:
        states = [state.name for state in self.states]
        needable = ["message", *(field.name for field in self.fields)]
        for index, transition in enumerate(self.transitions):
            where = f"{place}, workflow.transitions[{index}] {transition.name!r}"
            if not transition.sources:
                yield Problem(f"{where}.sources", "there are none", "say from which states it leads")
            for name in (*sorted(transition.sources), transition.target):
                if name not in states:
                    yield unknown_name(where, "state", name, states)
            for name in transition.needs:
                if name not in needable:
                    yield unknown_name(f"{where}.needs", "field", name, needable)
            yield from self._unknown_people(f"{where}.may", transition.may)
            yield from self.unknown_in_condition(f"{where}.given", transition.given)

    def _unknown_in_permissions(self, place: str) -> Iterator[Problem]:
        for command, permission in self.permissions.items():
            where = f"{place}, workflow.permissions[{command!r}]"
            if command not in NAMES.values():
                yield unknown_name(where, "command", command, NAMES.values())
            yield from self._unknown_people(f"{where}.may", permission.may)
            yield from self.unknown_in_condition(f"{where}.given", permission.given)

    def _unknown_people(self, place: str, names: frozenset[str]) -> Iterator[Problem]:
        known = ROLES | self.groups
        for name in sorted(names - known):
            yield unknown_name(place, "role or group", name, known)

    def unknown_in_condition(self, place: str, condition: Condition) -> Iterator[Problem]:
        """Yield a problem for each state, category or field that *condition* names and the workflow has not."""
        states = [state.name for state in self.states]
        fields = [field.name for field in self.fields]
        for part in parts(condition):
            if isinstance(part, StateIs | CategoryIs | FieldIs) and not part.asks_for:
                yield Problem(place, f"{type(part).__name__} asks for nothing", "name at least one")
            match part:
                case StateIs(states=asked):
                    yield from (unknown_name(place, "state", name, states) for name in asked if name not in states)
                case FieldIs(field=name) if name not in fields:
                    yield unknown_name(place, "field", name, fields)
                case FieldIs(field=name, values=values):
                    field = next(each for each in self.fields if each.name == name)
                    wrong = (value for value in values if not field.takes(value))
                    yield from (Problem(place, f"field {name!r} never is {value!r}", field.allowed) for value in wrong)
                case _:
                    pass

    def _dead_ends(self, place: str) -> Iterator[Problem]:
        for index, state in enumerate(self.states):
            if state.category != "closed" and not self.transitions_from(state.name):
                where = f"{place}, workflow.states[{index}] {state.name!r}"
                yield Problem(where, "nobody can leave it", "add a transition from it, or make its category 'closed'")
            if state.category == "closed" and (leaving := self.transitions_from(state.name)):
                where = f"{place}, workflow.transitions {leaving[0].name!r}"
                yield Problem(
                    where, f"it leaves {state.name!r}, which is closed for good", "make that state 'resolved'"
                )


_SUPPORT_MAY = Permission(SUPPORT)
_USUALLY: FrozenMap[str, Permission] = FrozenMap(
    {
        "open": Permission(PEOPLE | {"robot"}),
        "follow_up": Permission(PEOPLE | {"robot"}),
        "add_message": Permission(PEOPLE | {"robot"}),
        "rate": Permission({"customer"}),
        "record_event": Permission(SUPPORT | {"robot", "system"}),
    }
)
