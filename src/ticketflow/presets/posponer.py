"""Posponer: conversations that are put to sleep until a moment and come back by themselves.

Source: the article "¿Cómo Posponer Tickets?" by Adrian Narvaez (Spanish), read 2026-11-21. Rows B1 to B8;
docs/presets/posponer.md lists what the source leaves open and what was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.presets.calendars import office
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnCommand, OnEnter, OnMessage, OnWake
from ticketflow.tickets.actors import SUPPORT
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, AnyOf, CategoryIs, IsAssigned, IsHidden, IsSnoozed, Not, StateIs
from ticketflow.workflow.definition import Listing, State, Transition, Workflow
from ticketflow.workflow.snooze import Snoozing

WORDS: Mapping[str, Labels] = {
    "snooze": freeze_labels({"en": "snooze", "es": "Posponer"}),
    "until": freeze_labels({"en": "exact moment", "es": "Elegir fecha y hora"}),
    "cancel_snooze": freeze_labels({"en": "cancel snooze", "es": "Cancelar posponer"}),
}
"""What the source calls things that a screen shows and that are no part of a rule set (B1, B4)."""

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
        (actions.Move("reopen"),),
        given=All(StateIs("resolved"), Not(IsHidden())),
        labels={"en": "reopened by an answer", "es": "Reabrir con la respuesta del cliente"},
    ),
    Automation(
        "tell-of-the-moment",
        OnWake(),
        (actions.SendMessage("snooze-ended", to="owner"),),
        labels={"en": "reminder at the moment", "es": "Recordatorio del momento programado"},
    ),
    Automation(
        "chatbot",
        OnMessage("customer"),
        (actions.SendMessage("chatbot-answer"),),
        given=All(Not(IsSnoozed()), Not(IsAssigned())),
        labels={"en": "chatbot", "es": "chatbot"},
    ),
)
_TEMPLATES = (
    Template(
        "snooze-ended",
        {
            "en": "The moment that {ticket} was snoozed to has come.",
            "es": "Llegó el momento hasta el que se había pospuesto {ticket}.",
        },
        {"en": "the moment has come", "es": "Llegó el momento"},
    ),
    Template(
        "scheduled-reopening",
        {
            "en": "{ticket} was reopened and is still snoozed: it comes back by itself at {at} unless cancelled.",
            "es": "{ticket} fue reabierto y sigue pospuesto: volverá por sí solo el {at}, salvo que usted lo cancele.",
        },
        {"en": "scheduled reopening", "es": "Recordatorio de reapertura"},
    ),
    Template(
        "chatbot-answer",
        {
            "en": "Hello! We have your message. What is it about? We will find the right person for {ticket}.",
            "es": "¡Hola! Recibimos su mensaje. Cuéntenos de qué se trata y buscaremos a quien atienda {ticket}.",
        },
        {"en": "the chatbot's answer", "es": "Respuesta del chatbot"},
    ),
)


def posponer(
    calendar: BusinessCalendar | None = None,
    *,
    snoozing: Snoozing = Snoozing(),  # noqa: B008 -- frozen
    answers_go_to: Literal["owner", "snoozer"] = "owner",
) -> Rules:
    """Return the rule set.

    Args:
        calendar: The desk's hours, and the wall that choices are read off; None for Monday to Friday 9 to 18 in
            Chile, with its holidays.
        snoozing: The choices and what they mean (B1), and what a customer's message does (B3).
        answers_go_to: To whom a customer's message goes while a snooze is armed: the owner, or whoever snoozed if there
            is none; or always whoever snoozed (B5).

    Raises:
        BadValueError: an option is of another type.
        DefinitionError: an option makes no sense.

    Source: rows B1 to B8.

    >>> [choice.labels["es"] for choice in posponer().snoozing.choices]
    ['Más tarde hoy', 'Mañana', 'En 2 días', 'En 3 días', 'La Próxima Semana']
    """
    refuse_wrong_options(posponer, locals())
    return Rules(
        name="posponer",
        workflow=Workflow(states=_STATES, transitions=_TRANSITIONS, lists=_LISTS, reopen="reopen"),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=(*_REACTIONS, _to_whoever_snoozed(answers_go_to), _notice(snoozing)),
        snoozing=snoozing,
        templates=_TEMPLATES,
    )


def _to_whoever_snoozed(answers_go_to: Literal["owner", "snoozer"]) -> Automation:
    return Automation(
        "to-whoever-snoozed",
        OnMessage("customer"),
        (actions.AssignTo("snoozer"),),
        given=IsSnoozed() if answers_go_to == "snoozer" else All(IsSnoozed(), Not(IsAssigned())),
        labels={"en": "to whoever snoozed", "es": "Asignar a quien lo pospuso"},
    )


def _notice(snoozing: Snoozing) -> Automation:
    """Return the rule that tells the owner of a reopened ticket that its snooze is still armed (B3).

    Where a message clears the snooze, only reopening by hand leaves it armed.
    """
    awake = All(IsSnoozed(), StateIs("open"), Not(IsHidden()))
    tell = (actions.SendMessage("scheduled-reopening", to="owner"),)
    by_hand = OnCommand("reopen", "move")
    reopened = by_hand if snoozing.on_message == "clear" else OnEnter(awake)
    return Automation(
        "tell-of-scheduled-reopening",
        reopened,
        tell,
        given=awake,
        rank=1,
        labels={"en": "notice of the scheduled reopening", "es": "Aviso de reapertura programada"},
    )
