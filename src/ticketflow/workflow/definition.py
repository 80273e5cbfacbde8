"""The one table of states and transitions: what a ticket can be, what can become of it, and who may do it.

A transition is a row. Rows that share a name are one thing to do, which leads elsewhere from other states or under
other conditions; from a state, the first row whose condition holds is the one that is taken. Who asks decides nothing
but whether they may.

Source: docs/semantics.md 2.3, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, frozen_value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.kernel.names import check_name, check_names, readable
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.kernel.typed import typed
from ticketflow.tickets.actors import PEOPLE, SUPPORT, Actor
from ticketflow.tickets.facts import Category, Facts
from ticketflow.tickets.messages import Hint
from ticketflow.workflow.conditions import ALWAYS, Condition, holds

FieldKind = Literal["any", "text", "number", "truth", "moment", "future"]
"""What a field holds: *any* of texts, whole numbers and truth values; *future* is a moment ahead of its setting."""

_TYPES: Mapping[FieldKind, tuple[type, ...]] = {
    "any": (str, int, bool),
    "text": (str,),
    "number": (int,),
    "truth": (bool,),
    "moment": (datetime,),
    "future": (datetime,),
}
_SPOKEN: Mapping[FieldKind, str] = {
    "any": "texts, whole numbers and truth values",
    "text": "texts",
    "number": "whole numbers",
    "truth": "True and False",
    "moment": "aware datetimes",
    "future": "aware datetimes that lie ahead",
}


_MOST_SHOWN = 60


def _names(value: Iterable[str]) -> frozenset[str]:
    return check_names(value, "names")


def _choices(value: Iterable[Value]) -> tuple[Value, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadValueError(f"choices {value!r:.200}", "give a tuple of values")
    return tuple(frozen_value(each, "a choice") for each in value)


def _groups(value: Iterable[str]) -> frozenset[str]:
    return frozenset(check_name(name, "group") for name in check_names(value, "groups"))


def _state_name(value: str) -> str:
    return check_name(value, "state")


def _transition_name(value: str) -> str:
    return check_name(value, "transition")


def _field_name(value: str) -> str:
    return check_name(value, "field")


def _pipeline_name(value: str) -> str:
    return check_name(value, "pipeline")


def _listing_name(value: str) -> str:
    return check_name(value, "list")


@attrs.frozen
class State:
    """What a ticket can be. A state that names a pipeline is a stage of it.

    Attributes:
        name: Its name.
        category: What it counts as; *closed* is for good.
        labels: What people call it, by language.
        survey_open: Whether the satisfaction survey can be answered in it.
        tags: Further names to find it by.
        masks: The groups of rules that it holds back; their clocks run on.
        freezes: The clocks that stand still in it; their rules are not held back.
        is_enabled: Whether tickets can come to it.
        to_enable: How to enable it, by language, for the refusal.
        pipeline: The pipeline that it is a stage of.
        outcome: How a ticket that arrives here ended, if it had no outcome before: a stage's type, won or lost.
    """

    name: str = attrs.field(converter=_state_name)
    category: Category = "open"
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    survey_open: bool = False
    tags: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    masks: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    freezes: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    is_enabled: bool = True
    to_enable: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    pipeline: str | None = None
    outcome: str | None = None

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Pipeline:
    """A funnel: stages that tickets go through, and where they come in.

    Attributes:
        name: Its name; its stages bear it as their ``pipeline``.
        entry: The stage in which its tickets begin, unless something says otherwise.
        labels: What people call it, by language.
        channels: The channels whose messages begin tickets here.
    """

    name: str = attrs.field(converter=_pipeline_name)
    entry: str
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    channels: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Transition:
    """A move from some states to another.

    Attributes:
        name: Its name.
        sources: The states it leads from.
        target: The state it leads to.
        may: The roles and groups that may take it by hand; none: it belongs to the system alone.
        given: What must hold besides; fields that come with the move count as set.
        needs: What must be there: names of fields, ``message`` for a public message that comes with it, or
            ``resolution`` for a resolving mail or note, which may have been added before.
        takes: Names of fields that may come with it besides; others are for those who may set fields.
        labels: What people call it, by language.
        hint: What a screen may say to whoever takes it.
    """

    name: str = attrs.field(converter=_transition_name)
    sources: frozenset[str] = attrs.field(converter=_names)
    target: str
    may: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    given: Condition = ALWAYS
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    hint: Hint | None = None

    __attrs_post_init__ = refuse_wrong_types

    @property
    def is_system_only(self) -> bool:
        """Whether nobody may take it by hand."""
        return not self.may


@attrs.frozen
class Opening:
    """A way for tickets to begin.

    Attributes:
        target: The state they begin in.
        may: The roles and groups that may begin them there.
        needs: What must come with it: names of fields, or ``message`` for a public message. An internal note does not
            count.
        takes: Names of fields that may come with it besides; others are for those who may set fields.
    """

    target: str
    may: frozenset[str] = attrs.field(converter=_names)
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Field:
    """A fact that a ticket can hold beside its state.

    Attributes:
        name: Its name.
        choices: The values it can have besides None; none listed: all of its kind.
        labels: What people call it, by language.
        kind: What it holds.
        filled_from: The part of a mail that fills it when it is lacking, if any does.
        filled_when: Where that happens; the mail is the support's.
    """

    name: str = attrs.field(converter=_field_name)
    choices: tuple[Value, ...] = attrs.field(default=(), converter=_choices, eq=typed)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    kind: FieldKind = "any"
    filled_from: Literal["subject", "text"] | None = None
    filled_when: Condition = ALWAYS

    __attrs_post_init__ = refuse_wrong_types

    @cached_property
    def _known(self) -> frozenset[tuple[type, Value]]:
        """The choices with their types: a truth value is no number, though Python finds True equal to 1."""
        return frozenset((type(choice), choice) for choice in self.choices)

    def takes(self, value: Value) -> bool:
        """Return whether the field can have *value*, at whatever instant."""
        if value is None:
            return True
        if self.choices:
            return (type(value), value) in self._known
        return type(value) in _TYPES[self.kind]

    @property
    def allowed(self) -> str:
        """What the field can have, in words."""
        shown = [f"{readable(str(choice)):.80}" for choice in self.choices[:_MOST_SHOWN]]
        more = ["…"] if len(self.choices) > _MOST_SHOWN else []
        return f"there are: {', '.join([*shown, *more]) or _SPOKEN[self.kind]}"


@attrs.frozen
class Permission:
    """Who may give a command, and what must hold besides.

    Attributes:
        may: Roles and groups.
        given: What must hold besides.
    """

    may: frozenset[str] = attrs.field(converter=_names)
    given: Condition = ALWAYS

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Listing:
    """A list that people work through: where a ticket is shown follows from what it is.

    Attributes:
        name: Its name.
        shows: Which tickets it shows.
        labels: What people call it, by language.
    """

    name: str = attrs.field(converter=_listing_name)
    shows: Condition
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types


def _permissions(value: Mapping[str, Permission]) -> FrozenMap[str, Permission]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"permissions {value!r:.200}", "give a mapping of commands to permissions")
    return FrozenMap(value)


@attrs.frozen
class Workflow:
    """States, transitions, fields and permissions of one kind of ticket.

    Attributes:
        states: What a ticket can be; the first is where it begins, unless *openings* say otherwise.
        transitions: What can become of it; among rows of one name, earlier ones go first.
        fields: The facts it can hold.
        permissions: For each command by name, who may give it, where that is not as usual: people and robots open
            tickets, follow up and write; customers rate; support, robots and systems record outside events; robots
            decline; all else is the support's, bulk operations (``bulk``) included. Transitions say themselves who
            may take them.
        outside_events: The names of outside events that can be recorded.
        groups: Names that actors' groups can have.
        openings: How tickets can begin; for each actor the first that is for them is the usual one.
        pipelines: Funnels that the states are stages of, each with a stage in which tickets come in.
        lists: What people work through.
        reopen: The transition by which tickets come back to work, if there is one.
        after_closing: What a message to a closed ticket begins: a new ticket, or a follow-up that keeps its history.
        has_sayable_ids: Whether ids must be such that people can say them: capitals and digits in groups, joined by
            hyphens.
    """

    states: tuple[State, ...]
    transitions: tuple[Transition, ...] = ()
    fields: tuple[Field, ...] = ()
    permissions: FrozenMap[str, Permission] = attrs.field(factory=FrozenMap, converter=_permissions)
    outside_events: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_groups)
    openings: tuple[Opening, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    lists: tuple[Listing, ...] = ()
    reopen: str | None = None
    after_closing: Literal["new_ticket", "follow_up"] = "new_ticket"
    has_sayable_ids: bool = False

    __attrs_post_init__ = refuse_wrong_types

    def adding(self, *parts: State | Transition | Field | Listing) -> Workflow:
        """Return a workflow with these parts besides, each after what is there of its kind.

        Raises:
            BadValueError: a part is of another kind.

        >>> workflow = Workflow((State("open"), State("closed", "closed")))
        >>> [state.name for state in workflow.adding(State("at_the_lab")).states]
        ['open', 'closed', 'at_the_lab']
        """
        for part in parts:
            if type(part) not in _ADDED:
                raise BadValueError(f"a {type(part).__name__} to add", "give states, transitions, fields and lists")
        more: dict[str, Any] = {
            name: (*getattr(self, name), *(part for part in parts if isinstance(part, kind)))
            for kind, name in _ADDED.items()
        }
        return attrs.evolve(self, **more)

    @cached_property
    def states_by_name(self) -> Mapping[str, State]:
        """The states by name."""
        return {state.name: state for state in self.states}

    @cached_property
    def fields_by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def _rows(self) -> Mapping[tuple[str, str], tuple[Transition, ...]]:
        rows: dict[tuple[str, str], tuple[Transition, ...]] = {}
        for row in self.transitions:
            for source in row.sources:
                rows[row.name, source] = (*rows.get((row.name, source), ()), row)
        return rows

    @cached_property
    def verbs(self) -> tuple[str, ...]:
        """The names of the transitions, each once, in their order."""
        return tuple(dict.fromkeys(row.name for row in self.transitions))

    @cached_property
    def filled_fields(self) -> tuple[Field, ...]:
        """The fields that mails fill."""
        return tuple(field for field in self.fields if field.filled_from)

    def state(self, name: str) -> State | None:
        """Return the state of that name, if there is one."""
        return self.states_by_name.get(name)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, if there is one."""
        return self.fields_by_name.get(name)

    def target_of(self, transition: Transition) -> State:
        """Return the state that a transition of the table leads to."""
        return self.states_by_name[transition.target]

    def rows(self, name: str, state: str) -> tuple[Transition, ...]:
        """Return the rows of that name that lead from *state*, in their order."""
        return self._rows.get((name, state), ())

    def select(self, name: str, state: str, facts: Facts) -> Transition | None:
        """Return the row of that name that is taken from *state*: the first whose condition holds for *facts*."""
        for row in self.rows(name, state):
            if row.given is ALWAYS or holds(row.given, facts):
                return row
        return None

    def transitions_from(self, state: str) -> tuple[Transition, ...]:
        """Return the rows that lead from *state*."""
        return tuple(each for each in self.transitions if state in each.sources)

    def permission(self, command: str) -> Permission:
        """Return who may give *command*."""
        return self.permissions.get(command) or _USUALLY.get(command) or _SUPPORT_MAY

    @cached_property
    def ways_in(self) -> tuple[Opening, ...]:
        """How tickets can begin; into the first state, for whoever may open, where nothing else is said."""
        return self.openings or (Opening(self.states[0].name, self.permission("open").may),)

    def way_in(self, actor: Actor, state: str | None = None) -> Opening | None:
        """Return the opening into *state* that is for *actor*, or the usual one for them; None if there is none."""
        fitting = (each for each in self.ways_in if state in (None, each.target) and actor.is_any_of(each.may))
        return next(fitting, None)

    def tagged(self, tag: str) -> tuple[str, ...]:
        """Return the names of the states that bear *tag*."""
        return tuple(state.name for state in self.states if tag in state.tags)

    def stages(self, pipeline: str) -> tuple[str, ...]:
        """Return the names of a pipeline's stages, in their order."""
        return tuple(state.name for state in self.states if state.pipeline == pipeline)

    def listed(self, facts: Facts) -> tuple[str, ...]:
        """Return the names of the lists that show a ticket of these facts."""
        return tuple(listing.name for listing in self.lists if holds(listing.shows, facts))


_ADDED: Mapping[type, str] = {State: "states", Transition: "transitions", Field: "fields", Listing: "lists"}
_SUPPORT_MAY = Permission(SUPPORT)
_USUALLY: FrozenMap[str, Permission] = FrozenMap(
    {
        "open": Permission(PEOPLE | {"robot"}),
        "follow_up": Permission(PEOPLE | {"robot"}),
        "add_message": Permission(PEOPLE | {"robot"}),
        "rate": Permission({"customer"}),
        "record_event": Permission(SUPPORT | {"robot", "system"}),
        "decline": Permission({"robot"}),
    }
)
