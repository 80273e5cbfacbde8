"""Posponer: an inbox where agents snooze conversations until a moment, at which they come back.

Source: the article "¿Cómo Posponer Tickets?" by Adrian Narvaez (Spanish), read 2026-11-21. Rows B1 to B8;
docs/presets/posponer.md lists the choices where the source leaves something open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.presets.calendars import office
from ticketflow.presets.fields import priority
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnCommand, OnEnter, OnMessage, OnWake
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, AnyOf, CategoryIs, IsAssigned, IsHidden, IsSnoozed, Not, StateIs
from ticketflow.workflow.definition import Listing, Opening, State, Transition, Workflow
from ticketflow.workflow.snooze import Snoozing

WORDS: Mapping[str, Labels] = {
    "snooze": freeze_labels({"en": "snooze", "es": "Posponer"}),
    "until": freeze_labels({"en": "exact date and time", "es": "Elegir fecha y hora"}),
    "cancel_snooze": freeze_labels({"en": "cancel snooze", "es": "Cancelar posponer"}),
}
"""The source's words for elements of its screens that no rule set contains (B1, B4)."""

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
    Listing("inbox", All(StateIs("open"), Not(IsHidden())), labels={"en": "inbox", "es": "chats abiertos"}),
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
        labels={"en": "reopen on the customer's answer", "es": "Reabrir con la respuesta del cliente"},
    ),
    Automation(
        "tell-of-the-moment",
        OnWake(),
        (actions.SendMessage("snooze-ended", to="owner"),),
        labels={"en": "reminder when the snooze ends", "es": "Recordatorio del momento programado"},
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
            "en": "The snooze of {ticket} has ended.",
            "es": "Llegó el momento hasta el que se pospuso {ticket}.",
        },
        {"en": "end of the snooze", "es": "Llegó el momento"},
    ),
    Template(
        "scheduled-reopening",
        {
            "en": "{ticket} was reopened, but its snooze is still set: it comes back at {at} unless you cancel it.",
            "es": "{ticket} fue reabierto y sigue pospuesto: volverá por sí solo el {at}, salvo que usted lo cancele.",
        },
        {"en": "scheduled reopening", "es": "Recordatorio de reapertura"},
    ),
    Template(
        "chatbot-answer",
        {
            "en": "Hello! We received your message. What is it about? We will find the right person for {ticket}.",
            "es": "¡Hola! Recibimos su mensaje. Cuéntenos de qué se trata y buscaremos a quien atienda {ticket}.",
        },
        {"en": "chatbot's answer", "es": "Respuesta del chatbot"},
    ),
)


def posponer(
    calendar: BusinessCalendar | None = None,
    *,
    snoozing: Snoozing = Snoozing(),  # noqa: B008 -- frozen
    answers_go_to: Literal["owner", "snoozer"] = "owner",
) -> Rules:
    """Return the rule set of Posponer: agents snooze conversations, which come back at the chosen moment.

    Args:
        calendar: The desk's hours. Its zone also gives the local time of the choices. None is Monday to Friday 9 to 18
            in Chile, except public holidays.
        snoozing: The choices and what they mean (B1), and what a customer's message does to a snooze (B3).
        answers_go_to: Who gets a customer's message while a snooze is armed (B5). ``owner`` is the owner, or whoever
            snoozed last if the ticket has no owner; ``snoozer`` is always whoever snoozed last.

    Raises:
        BadValueError: an option has the wrong type.
        DefinitionError: *snoozing* names a calendar that does not exist.

    Source: rows B1 to B8.

    >>> [choice.labels["es"] for choice in posponer().snoozing.choices]
    ['Más tarde hoy', 'Mañana', 'En 2 días', 'En 3 días', 'La Próxima Semana']
    """
    refuse_wrong_options(posponer, locals())
    return Rules(
        name="posponer",
        workflow=Workflow(
            states=_STATES,
            transitions=_TRANSITIONS,
            fields=(priority(),),
            openings=(Opening("open", PEOPLE | {"robot"}, takes=("priority",)),),
            lists=_LISTS,
            reopen="reopen",
        ),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=(*_REACTIONS, _assign_to_snoozer(answers_go_to), _reopening_notice(snoozing)),
        snoozing=snoozing,
        templates=_TEMPLATES,
    )


def _assign_to_snoozer(answers_go_to: Literal["owner", "snoozer"]) -> Automation:
    return Automation(
        "to-whoever-snoozed",
        OnMessage("customer"),
        (actions.AssignTo("snoozer"),),
        given=IsSnoozed() if answers_go_to == "snoozer" else All(IsSnoozed(), Not(IsAssigned())),
        labels={"en": "assign to whoever snoozed", "es": "Asignar a quien lo pospuso"},
    )


def _reopening_notice(snoozing: Snoozing) -> Automation:
    """Return the rule that tells the owner of a reopened ticket that its snooze is still armed (B3).

    If a message clears the snooze, only reopening by hand leaves it armed.
    """
    awake = All(IsSnoozed(), StateIs("open"), Not(IsHidden()))
    return Automation(
        "tell-of-scheduled-reopening",
        OnCommand("reopen", "move") if snoozing.on_message == "clear" else OnEnter(awake),
        (actions.SendMessage("scheduled-reopening", to="owner"),),
        given=awake,
        rank=1,
        labels={"en": "notice of the scheduled reopening", "es": "Aviso de reapertura programada"},
    )
