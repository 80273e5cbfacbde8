"""The workflow of a desk: states, transitions, fields, openings and permissions.

Each transition is a row of one table. Rows that share a name are one command to the user, which can lead to different
states. From a state, the first row whose condition holds is taken. The actor only decides whether the command is
allowed, not which row is taken.

Source: docs/semantics.md 2.3, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Literal

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
from ticketflow.workflow.conditions import ALWAYS, Condition, Test, compiled_test, holds

FieldKind = Literal["any", "text", "number", "truth", "moment", "future"]
"""The type of a field's values.

``any`` allows texts, whole numbers and truth values. ``future`` is an instant that is in the future when it is set.
"""

VALUE_TYPES: Mapping[FieldKind, tuple[type, ...]] = {
    "any": (str, int, bool),
    "text": (str,),
    "number": (int,),
    "truth": (bool,),
    "moment": (datetime,),
    "future": (datetime,),
}
"""The types of the values of each kind of field, besides None."""
_SPOKEN: Mapping[FieldKind, str] = {
    "any": "texts, whole numbers and truth values",
    "text": "texts",
    "number": "whole numbers",
    "truth": "True and False",
    "moment": "aware datetimes",
    "future": "aware datetimes in the future",
}


_MOST_SHOWN = 60


def _names(value: Iterable[str]) -> frozenset[str]:
    return check_names(value, "names")


def _choices(value: Iterable[Value]) -> tuple[Value, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadValueError(f"choices is {value!r:.200}", "give a tuple of values")
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
    """A state of tickets. A state that names a pipeline is a stage of it.

    Attributes:
        name: The name of the state.
        category: The category; a ticket in a closed state stays there.
        labels: The names that people see, by language.
        survey_open: Whether customers can answer the satisfaction survey in it, even if it is closed.
        tags: Further names by which the state can be found.
        masks: The groups of rules that it masks. Clocks go on.
        freezes: The clocks that stand still in it. Rules are not masked.
        is_enabled: Whether tickets can enter it.
        to_enable: A text for the refusal that says how to enable it, by language.
        pipeline: The pipeline of which it is a stage.
        outcome: The outcome of a ticket that enters it without one, for example ``won``.
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
    """A pipeline: a funnel of stages, and the stage in which tickets usually open.

    Attributes:
        name: The name, which its stages have as their ``pipeline``.
        entry: The stage in which its tickets open, unless another one is given.
        labels: The names that people see, by language.
        channels: The channels whose messages open tickets in it.
    """

    name: str = attrs.field(converter=_pipeline_name)
    entry: str
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    channels: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Transition:
    """A transition from some states to another.

    Attributes:
        name: The name of the transition.
        sources: The states from which it leads.
        target: The state to which it leads.
        may: The roles and groups that may take it by hand; empty if only rules may.
        given: The guard, a condition. Fields that come with the move count as set.
        needs: What must be there: names of fields, ``message`` for a public message with the move, ``resolution`` for
            a message or note with the move or a resolution that was offered before, or ``requester`` for a ticket that
            says whom it is for. A field called ``requester`` goes before that.
        takes: The names of other fields that may come with the move. Further fields need the permission to set fields.
        labels: The names that people see, by language.
        hint: A hint that a screen can show to the actor.
        follow_up_fields: The names of the fields that a follow-up copies from a ticket that this transition closed.
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
    follow_up_fields: tuple[str, ...] = ()

    __attrs_post_init__ = refuse_wrong_types

    @property
    def is_system_only(self) -> bool:
        """Whether only rules may take it."""
        return not self.may


@attrs.frozen
class Opening:
    """An opening: a state in which tickets can be opened.

    Attributes:
        target: The state in which the tickets open.
        may: The roles and groups that may open tickets there.
        needs: What must come with the command: names of fields, ``message`` for a public message, or ``requester`` if
            the ticket must say whom it is for. An internal note does not count as a message.
        takes: The names of other fields that may come with it. Further fields need the permission to set fields.
        must_be_named: Whether the command must name the state. Otherwise the opening is also for commands that name
            none. Follow-ups name no state and may use it.
    """

    target: str
    may: frozenset[str] = attrs.field(converter=_names)
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    must_be_named: bool = False

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Field:
    """A field of tickets.

    Attributes:
        name: The name of the field.
        choices: The allowed values besides None; empty for all values of the kind.
        labels: The names that people see, by language.
        kind: The type of the values.
        filled_from: The part of a mail of the support that fills the field if it is lacking; None if none does.
        filled_when: The condition under which the mail fills it.
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
        """The choices with their types, because True equals 1 in Python."""
        return frozenset((type(choice), choice) for choice in self.choices)

    def takes(self, value: Value) -> bool:
        """Return whether the field can have *value*. Whether an instant is in the future is not checked."""
        if value is None:
            return True
        if self.choices:
            return (type(value), value) in self._known
        return type(value) in VALUE_TYPES[self.kind]

    @property
    def allowed(self) -> str:
        """A text that lists the allowed values, for messages."""
        shown = [f"{readable(str(choice)):.80}" for choice in self.choices[:_MOST_SHOWN]]
        more = ["…"] if len(self.choices) > _MOST_SHOWN else []
        return f"there are: {', '.join([*shown, *more]) or _SPOKEN[self.kind]}"


@attrs.frozen
class Permission:
    """The permission to give a command.

    Attributes:
        may: The roles and groups that may give it.
        given: The condition under which they may.
    """

    may: frozenset[str] = attrs.field(converter=_names)
    given: Condition = ALWAYS

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Listing:
    """A list of tickets, such as an inbox.

    Attributes:
        name: The name of the list.
        shows: The condition for tickets that it shows.
        labels: The names that people see, by language.
    """

    name: str = attrs.field(converter=_listing_name)
    shows: Condition
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types


def _permissions(value: Mapping[str, Permission]) -> FrozenMap[str, Permission]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"permissions is {value!r:.200}", "give a mapping from names of commands to permissions")
    return FrozenMap(value)


@attrs.frozen
class Workflow:
    """The states, transitions, fields and permissions of tickets.

    Attributes:
        states: The states. Tickets open in the first one if there are no *openings*.
        transitions: The rows. Among rows of one name, earlier ones go first.
        fields: The fields.
        permissions: The permissions that differ from the usual ones, by the name of the command. Usually people and
            robots open tickets, follow up and write; customers rate; support, robots and systems record outside events;
            robots decline. All other commands, and bulk operations (``bulk``), are the support's. Transitions have
            their own *may*.
        outside_events: The names of the outside events that can be recorded.
        groups: The names of the groups that actors can be in.
        openings: The openings. The usual one for an actor is the first that they may use.
        pipelines: The pipelines, each with its entry stage.
        lists: The lists.
        reopen: The name of the transition by which tickets are reopened; None if there is none.
        after_closing: What a message to a closed ticket opens: a new ticket, or a follow-up that keeps its history.
        has_sayable_ids: Whether ticket ids must be easy to read aloud: groups of capital letters and digits, joined by
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
    def _tests(self) -> Mapping[tuple[str, str], tuple[tuple[Transition, Test | None], ...]]:
        """The rows with their guards made ready; None for a guard that always holds."""
        return {
            key: tuple((row, None if row.given == ALWAYS else compiled_test(row.given)) for row in rows)
            for key, rows in self._rows.items()
        }

    @cached_property
    def verbs(self) -> tuple[str, ...]:
        """The names of the transitions, each once, in the order of the rows."""
        return tuple(dict.fromkeys(row.name for row in self.transitions))

    @cached_property
    def filled_fields(self) -> tuple[Field, ...]:
        """The fields that mails can fill."""
        return tuple(field for field in self.fields if field.filled_from)

    def state(self, name: str) -> State | None:
        """Return the state of that name; None if it does not exist."""
        return self.states_by_name.get(name)

    def field(self, name: str) -> Field | None:
        """Return the field of that name; None if it does not exist."""
        return self.fields_by_name.get(name)

    def target_of(self, transition: Transition) -> State:
        """Return the state to which a transition of the workflow leads."""
        return self.states_by_name[transition.target]

    def rows(self, name: str, state: str) -> tuple[Transition, ...]:
        """Return the rows of that name that lead from *state*, in order."""
        return self._rows.get((name, state), ())

    def select(self, name: str, state: str, facts: Facts) -> Transition | None:
        """Return the first row of that name that leads from *state* and whose guard holds for *facts*."""
        for row, test in self._tests.get((name, state), ()):
            if test is None or test(facts.current):
                return row
        return None

    def row_between(self, name: str, source: str, target: str) -> Transition | None:
        """Return the first row of that name that leads from one state to another; None if there is none."""
        return next((row for row in self.rows(name, source) if row.target == target), None)

    def transitions_from(self, state: str) -> tuple[Transition, ...]:
        """Return the rows that lead from *state*."""
        return tuple(each for each in self.transitions if state in each.sources)

    def permission(self, command: str) -> Permission:
        """Return the permission to give *command*."""
        return self.permissions.get(command) or _USUALLY.get(command) or _SUPPORT_MAY

    @cached_property
    def ways_in(self) -> tuple[Opening, ...]:
        """The openings; if none are given, one into the first state for those who may open tickets."""
        return self.openings or (Opening(self.states[0].name, self.permission("open").may),)

    def way_in(self, actor: Actor, state: str | None = None) -> Opening | None:
        """Return the first opening that *actor* may use, into *state* if one is given; None if there is none.

        Without a state, openings whose state need not be named go first.
        """
        ways = self._ways_without_state if state is None else self.ways_in
        return next((each for each in ways if state in (None, each.target) and actor.is_any_of(each.may)), None)

    @cached_property
    def _ways_without_state(self) -> tuple[Opening, ...]:
        return tuple(sorted(self.ways_in, key=attrgetter("must_be_named")))

    @cached_property
    def follow_up_ways(self) -> tuple[Opening, ...]:
        """The openings that follow-ups can use: those that some actor may use before any other."""
        found, seen = list[Opening](), set[str]()
        for opening in self._ways_without_state:
            found += [opening] if opening.may - seen else []
            seen |= opening.may
        return tuple(found)

    def tagged(self, tag: str) -> tuple[str, ...]:
        """Return the names of the states with this tag."""
        return tuple(state.name for state in self.states if tag in state.tags)

    def stages(self, pipeline: str) -> tuple[str, ...]:
        """Return the names of a pipeline's stages, in order."""
        return tuple(state.name for state in self.states if state.pipeline == pipeline)

    def listed(self, facts: Facts) -> tuple[str, ...]:
        """Return the names of the lists that show a ticket with these facts."""
        return tuple(listing.name for listing in self.lists if holds(listing.shows, facts))


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
