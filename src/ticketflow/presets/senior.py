"""The support desk of Senior Sistemas: eight states, and tickets that close by business days.

Source: the article "¿Cuál es el flujo y cuáles son los estados de los tickets de atención del soporte?" of Senior's
documentation of its service platform (a Zendesk), read 2026-11-21. Rows D1 to D11; docs/presets/senior.md lists what
the source leaves open and what was chosen.
"""

from __future__ import annotations

from ticketflow.actions import HoldField, Move, ReleaseField, SendMessage, SetField
from ticketflow.anchors import Entered, LastMessage, Latest
from ticketflow.automations import (
    Automation,
    Ladder,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Rung,
)
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import All, FieldIs, IsAssigned, StateIs
from ticketflow.presets.offices import office
from ticketflow.rules import Rules
from ticketflow.sla import Policy, Target, resolution
from ticketflow.spans import BusinessDays, Elapsed
from ticketflow.values import PEOPLE, SUPPORT, FrozenMap
from ticketflow.workflow import Field, Opening, Permission, State, Transition, Workflow

HD1 = "undefined_for_lack_of_information"
"""The classification "Indefinida por falta de Información (HD1)"."""

_OPEN_STATES = ("in_analysis", "joint_analysis", "waiting_for_customer", "waiting_for_final_solution")
_WITH_CUSTOMER = ("customer_validation", "customer_asked_to_close")
_LACKS_INFORMATION = All(StateIs("waiting_for_customer"), FieldIs("nature", "incident", "request"))
_SUPPORTS_LAST_WORD = Latest(Entered(), LastMessage("agent"))

_STATES = (
    State("new", labels={"en": "new", "es": "Nuevo"}),
    State("in_analysis", labels={"en": "in analysis", "es": "En análisis"}),
    State(
        "waiting_for_customer",
        "pending",
        labels={"en": "waiting for customer", "es": "Esperando respuesta del cliente"},
    ),
    State(
        "waiting_for_final_solution",
        "pending",
        labels={"en": "waiting for final solution", "es": "Esperando solución definitiva"},
    ),
    State(
        "joint_analysis",
        labels={"en": "joint analysis with other areas", "es": "En análisis conjunto con otras áreas"},
    ),
    State(
        "customer_validation",
        "resolved",
        labels={"en": "customer validation", "es": "Validación cliente"},
        survey_open=True,
    ),
    State(
        "customer_asked_to_close",
        "resolved",
        labels={"en": "customer asked to close", "es": "Cliente solicitó el cierre"},
        survey_open=True,
    ),
    State("closed", "closed", labels={"en": "closed", "es": "Cerrado"}),
)

_TRANSITIONS = (
    Transition("start_analysis", ("new",), "in_analysis", may=SUPPORT),
    Transition(
        "ask_for_information",
        ("new", "in_analysis", "joint_analysis", "waiting_for_final_solution", *_WITH_CUSTOMER),
        "waiting_for_customer",
        may=SUPPORT,
        needs=("message",),
    ),
    Transition(
        "hand_over_temporary_file",
        ("in_analysis", "joint_analysis", "waiting_for_customer", *_WITH_CUSTOMER),
        "waiting_for_final_solution",
        may=SUPPORT,
        needs=("message",),
    ),
    Transition("involve_other_areas", ("new", "in_analysis"), "joint_analysis", may=SUPPORT),
    Transition("inform_solution", ("new", *_OPEN_STATES), "customer_validation", may=SUPPORT, needs=("message",)),
    Transition(
        "record_close_request",
        ("new", *_OPEN_STATES, "customer_validation"),
        "customer_asked_to_close",
        may=(*SUPPORT, "customer"),
    ),
    Transition(
        "resume_analysis",
        ("waiting_for_customer", "waiting_for_final_solution", "joint_analysis", *_WITH_CUSTOMER),
        "in_analysis",
        may=SUPPORT,
    ),
    Transition(
        "take_answer",
        ("waiting_for_customer", "waiting_for_final_solution", "customer_validation"),
        "in_analysis",
    ),
    Transition("release_version", ("waiting_for_final_solution",), "customer_validation"),
    Transition("close", ("waiting_for_customer", *_WITH_CUSTOMER), "closed"),
)

_FIELDS = (
    Field("nature", labels={"en": "nature", "es": "naturaleza"}),
    Field("classification", labels={"en": "classification", "es": "calificación"}),
)

_REACTIONS = (
    Automation(
        "analysis-on-assignment",
        when=OnEnter(IsAssigned()),
        given=StateIs("new"),
        then=(Move("start_analysis"),),
    ),
    Automation("hold-classification", when=OnEnter(_LACKS_INFORMATION), then=(HoldField("classification", HD1),)),
    Automation("release-classification", when=OnLeave(_LACKS_INFORMATION), then=(ReleaseField("classification"),)),
    Automation(
        "validation-on-release",
        when=OnOutside("version_released"),
        given=StateIs("waiting_for_final_solution"),
        then=(Move("release_version"),),
    ),
    Automation(
        "analysis-on-answer",
        when=OnMessage("customer"),
        given=StateIs("waiting_for_customer", "waiting_for_final_solution", "customer_validation"),
        then=(Move("take_answer"),),
    ),
)


def senior(
    calendar: BusinessCalendar | None = None,
    *,
    waiting_reminders: tuple[Elapsed, ...] = (Elapsed(days=2), Elapsed(days=4)),
    validation_reminders: tuple[Elapsed, ...] = (Elapsed(hours=1), Elapsed(days=2), Elapsed(days=5)),
    close_after: BusinessDays = BusinessDays(6),  # noqa: B008 -- frozen
    targets: tuple[Target, ...] = (),
) -> Rules:
    """Return Senior's rule set.

    Args:
        calendar: Whose business days count; None for `office`: Brazil's holidays, Monday to Friday 9 to 18.
        waiting_reminders: The mails while waiting for the customer, since the support's last request (D4).
        validation_reminders: The mails while the customer validates or has asked to close (D6).
        close_after: When a ticket without an answer closes (D4, D6).
        targets: How long it may take to close, on the hours of the calendar and its holidays (D9).

    Raises:
        DefinitionError: an option makes no sense, such as a reminder of less than a second.

    Source: rows D1 to D11.

    >>> senior().workflow.initial.labels["es"]
    'Nuevo'
    """
    waiting = Ladder(
        "close-unanswered-request",
        since=_SUPPORTS_LAST_WORD,
        given=StateIs("waiting_for_customer"),
        rungs=(
            *(_reminder("request-reminder", number, span) for number, span in enumerate(waiting_reminders, 1)),
            Rung(close_after, SetField("classification", HD1), Move("close")),
        ),
    )
    validation = Ladder(
        "close-unanswered-solution",
        since=_SUPPORTS_LAST_WORD,
        given=StateIs(*_WITH_CUSTOMER),
        rungs=(
            *(_reminder("solution-reminder", number, span) for number, span in enumerate(validation_reminders, 1)),
            Rung(close_after, Move("close")),
        ),
    )
    return Rules(
        name="senior",
        workflow=Workflow(
            states=_STATES,
            transitions=_TRANSITIONS,
            fields=_FIELDS,
            permissions=FrozenMap(
                {
                    "review_classification": Permission(
                        {"accredited_consultant", "channel"}, given=StateIs(*_WITH_CUSTOMER)
                    )
                }
            ),
            outside_events={"version_released"},
            groups={"accredited_consultant", "channel"},
            openings=(Opening("new", PEOPLE | {"robot"}, takes=("nature",)),),
            after_closing="follow_up",
        ),
        calendars=calendar or office(),
        automations=(*_REACTIONS, waiting, validation),
        clocks=(Policy("resolution", resolution(), targets),),
    )


def _reminder(name: str, number: int, span: Elapsed) -> Rung:
    return Rung(span, SendMessage(f"{name}-{number}", to="customer"))
