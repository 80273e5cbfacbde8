"""Workflows and parts of rule sets that the importers share.

Most systems have a list of statuses and let agents choose any of them. Such a workflow has a transition to each status,
as the preset `servicenow` has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import TicketflowError
from ticketflow.importers.parts import Part
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import OnMessage
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.facts import Category
from ticketflow.workflow.conditions import StateIs
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
        is_by_hand: Whether agents may set it.
    """

    name: str
    category: Category
    label: str
    is_by_hand: bool = True


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
        if set(lasting) - {each.name}
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


def with_default(calendars: Mapping[str, Calendar]) -> Mapping[str, Calendar]:
    """Return calendars, with one named ``default``: the first of them, or one that is always open."""
    if "default" in calendars:
        return calendars
    return {"default": next(iter(calendars.values()), ALWAYS_OPEN), **calendars}
