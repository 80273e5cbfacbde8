"""Posponer: conversations that are put to sleep until a moment and come back by themselves.

Source: the article "¿Cómo Posponer Tickets?" by Adrian Narvaez (Spanish), read 2026-11-21. Rows B1 to B8;
docs/presets/posponer.md lists what the source leaves open and what was chosen.
"""

from __future__ import annotations

from ticketflow.actions import AssignTo, Move, SendMessage
from ticketflow.automations import (
    Automation,
    OnCommand,
    OnEnter,
    OnMessage,
    OnWake,
)
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import All, AnyOf, CategoryIs, IsAssigned, IsHidden, IsSnoozed, Not, StateIs
from ticketflow.presets.offices import office
from ticketflow.rules import Rules
from ticketflow.snooze import Snoozing
from ticketflow.values import SUPPORT
from ticketflow.workflow import Listing, State, Transition, Workflow

_STATES = (
    State("open", labels={"en": "open", "es": "abierto"}),
    State("resolved", "resolved", labels={"en": "resolved", "es": "resuelto"}),
    State("closed", "closed", labels={"en": "closed", "es": "cerrado"}),
)
_TRANSITIONS = (
    Transition("resolve", ("open",), "resolved", may=SUPPORT, labels={"en": "resolve", "es": "Resolver"}),
    Transition("reopen", ("resolved",), "open", may=SUPPORT, labels={"en": "reopen", "es": "Reabrir"}),
    Transition("close", ("open", "resolved"), "closed", may=SUPPORT, labels={"en": "close", "es": "Cerrar"}),
)
_LISTS = (
    Listing("inbox", All(StateIs("open"), Not(IsHidden())), labels={"en": "open inbox", "es": "chats abiertos"}),
    Listing(
        "resolved",
        AnyOf(StateIs("resolved"), All(IsHidden(), Not(CategoryIs("closed")))),
        labels={"en": "resolved", "es": "resueltos"},
    ),
    Listing("snoozed", All(IsSnoozed(), Not(CategoryIs("closed"))), labels={"en": "snoozed", "es": "pospuesto"}),
)
_REACTIONS = (
    Automation(
        "reopen-on-answer",
        OnMessage("customer"),
        (Move("reopen"),),
        given=All(StateIs("resolved"), Not(IsHidden())),
    ),
    Automation("tell-of-the-moment", OnWake(), (SendMessage("snooze-ended", to="owner"),)),
    Automation(
        "to-whoever-snoozed",
        OnMessage("customer"),
        (AssignTo("snoozer"),),
        given=All(IsSnoozed(), Not(IsAssigned())),
    ),
    Automation(
        "chatbot",
        OnMessage("customer"),
        (SendMessage("chatbot-answer"),),
        given=All(Not(IsSnoozed()), Not(IsAssigned())),
    ),
)


def posponer(calendar: BusinessCalendar | None = None, *, snoozing: Snoozing = Snoozing()) -> Rules:  # noqa: B008 -- frozen
    """Return the rule set.

    Args:
        calendar: The desk's hours, and the wall that choices are read off; None for Monday to Friday 9 to 18 in
            Chile, with its holidays.
        snoozing: The choices and what they mean (B1), and what a customer's message does (B3).

    Raises:
        DefinitionError: an option makes no sense.

    Source: rows B1 to B8.

    >>> [choice.labels["es"] for choice in posponer().snoozing.choices]
    ['Más tarde hoy', 'Mañana', 'En 2 días', 'En 3 días', 'La Próxima Semana']
    """
    return Rules(
        name="posponer",
        workflow=Workflow(states=_STATES, transitions=_TRANSITIONS, lists=_LISTS, reopen="reopen"),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=(*_REACTIONS, _notice(snoozing)),
        snoozing=snoozing,
    )


def _notice(snoozing: Snoozing) -> Automation:
    """Return the rule that tells the owner of a reopened ticket that its snooze is still armed (B3).

    Where a message clears the snooze, only reopening by hand leaves it armed.
    """
    awake = All(IsSnoozed(), StateIs("open"), Not(IsHidden()))
    tell = (SendMessage("scheduled-reopening", to="owner"),)
    by_hand = OnCommand("reopen", "move")
    reopened = by_hand if snoozing.on_message == "clear" else OnEnter(awake)
    return Automation("tell-of-scheduled-reopening", reopened, tell, given=awake, rank=1)
