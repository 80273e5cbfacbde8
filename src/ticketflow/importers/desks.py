"""Workflows and parts of rule sets that the importers share.

Most systems have a list of statuses and let agents choose any of them. Such a workflow has a transition to each status,
as the preset `servicenow` has.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.documents.paths import path_of
from ticketflow.errors import DefinitionError, TicketflowError
from ticketflow.importers.parts import Part
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnMessage
from ticketflow.sla.policies import Policy
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.facts import Category
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import Condition, Not, StateIs
from ticketflow.workflow.definition import Field, Opening, State, Transition, Workflow

T = TypeVar("T")

ALWAYS_OPEN = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
"""The calendar of a source without one."""


@attrs.frozen
class Status:
    """A status of another system.

    Attributes:
        name: The name of the state.
        category: The category of the state.
        label: The system's word for it.
        is_by_hand: Whether agents may set it. If not, only rules can.
        is_entered: Whether tickets can enter it later. If not, they can only open in it.
    """

    name: str
    category: Category
    label: str
    is_by_hand: bool = True
    is_entered: bool = True


def workflow_of(statuses: Sequence[Status], fields: Iterable[Field] = (), reopens_to: str | None = None) -> Workflow:
    """Return a workflow in which the support sets any status, and no ticket leaves a closed one.

    Tickets open in the first status. A transition ``to_NAME`` leads to each status from all others.

    Args:
        statuses: The statuses.
        fields: The fields, all of which can come with the opening.
        reopens_to: The status to which `answer_rules` move a ticket; None if there are no such rules.
    """
    all_fields = tuple(fields)
    lasting = [each.name for each in statuses if each.category != "closed"]
    moves = [
        Transition(
            f"to_{each.name}",
            [name for name in lasting if name != each.name],
            each.name,
            may={"agent"} if each.is_by_hand else (),
            labels={"en": each.label},
        )
        for each in statuses
        if each.is_entered and set(lasting) - {each.name}
    ]
    return Workflow(
        states=tuple(State(each.name, each.category, labels={"en": each.label}) for each in statuses),
        transitions=tuple(moves),
        fields=all_fields,
        openings=(Opening(statuses[0].name, PEOPLE | {"robot"}, takes=tuple(field.name for field in all_fields)),),
        reopen=None if reopens_to is None else f"to_{reopens_to}",
        after_closing="follow_up",
    )


def answer_rule(sources: Sequence[str], target: str) -> Automation:
    """Return the rule that moves a ticket to *target* when the customer writes in one of the *sources*."""
    return Automation(
        "customer-answers",
        when=OnMessage("customer"),
        given=StateIs(*sources),
        then=(actions.Move(f"to_{target}"),),
        labels={"en": "the customer answers"},
    )


def tried(part: Part, what: str, make: Callable[[], T]) -> T | None:
    """Return what *make* returns; None, and an item that leaves the part out, if the library refuses its values."""
    try:
        return make()
    except TicketflowError as error:
        part.left_out(what, f"the library refuses it: {error}")
        return None


def check_count(parts: Sequence[Part], most: int, what: str) -> None:
    """Check that a source has not more parts of a kind than a rule set can have; a refusal must be fast.

    Raises:
        DocumentError: There are more.
    """
    if len(parts) > most:
        raise parts[0].refused(f"there are {len(parts)} {what}", f"give at most {most}", "too_many")


def hidden(
    place: int, key: Hashable, has: AbstractSet[tuple[int, Hashable]], filters: Sequence[Condition]
) -> list[Condition]:
    """Return the conditions under which no earlier policy hides a target.

    A ticket has the first policy whose filter holds. Earlier policies with such a target need no condition, because
    their targets stand before this one.

    Args:
        place: The place of the policy of the target.
        key: What the target is for, such as a clock and a priority.
        has: The places of the policies with the keys of their targets.
        filters: The condition of each policy.
    """
    return [Not(filters[earlier]) for earlier in range(place) if (earlier, key) not in has]


def with_default(calendars: Mapping[str, Calendar]) -> Mapping[str, Calendar]:
    """Return calendars, with one named ``default``: the first of them, or one that is always open."""
    if "default" in calendars:
        return calendars
    return {"default": next(iter(calendars.values()), ALWAYS_OPEN), **calendars}


@attrs.define
class Draft:
    """The parts of a rule set, each with the part of the source that it comes from.

    Attributes:
        name: The name of the rule set.
        workflow: The workflow.
        calendars: The calendars.
        clocks: The policies.
        rules: The rules, each with its part; None for a rule that no source says.
        templates: The texts.
    """

    name: str
    workflow: Workflow
    calendars: Mapping[str, Calendar]
    clocks: tuple[Policy, ...] = ()
    rules: list[tuple[Rule, Part | None]] = attrs.field(factory=list)
    templates: tuple[Template, ...] = ()

    def finished(self) -> Rules:
        """Return the rule set. Rules that contradict the rest are left out, and items say so.

        Raises:
            DefinitionError: Something other than a rule of the source is wrong.
        """
        while True:
            try:
                return Rules(
                    self.name,
                    self.workflow,
                    FrozenMap(self.calendars),
                    automations=tuple(rule for rule, _ in self.rules),
                    clocks=self.clocks,
                    templates=self.templates,
                )
            except DefinitionError as error:
                wrong = self._wrong(error)
                if not wrong:
                    raise
                for part, what, why in wrong.values():
                    part.left_out(what, why)
                self.rules = [each for place, each in enumerate(self.rules) if place not in wrong]

    def _wrong(self, error: DefinitionError) -> dict[int, tuple[Part, str, str]]:
        """Return the rules from a source that are wrong, by place: the part, what it is and why it is left out."""
        found: dict[int, tuple[Part, str, str]] = {}
        for problem in error.problems:
            path = path_of(problem.place)
            place = path[1] if path[:1] == ("automations",) and len(path) > 1 else None
            rule, part = self.rules[place] if isinstance(place, int) else (None, None)
            if isinstance(place, int) and rule is not None and part is not None:
                found[place] = part, f"rule {rule.id}", f"the library refuses it: {problem.what}; {problem.fix}"
        return found
