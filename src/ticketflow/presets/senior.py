"""Senior: a support desk with eight states that reminds silent customers and closes after six business days.

Source: the article "¿Cuál es el flujo y cuáles son los estados de los tickets de atención del soporte?" of Senior's
documentation of its service platform (a Zendesk), read 2026-11-21. Rows D1 to D11; docs/presets/senior.md lists the
choices where the source leaves something open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.spans import BusinessDays, Elapsed, Span
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, Language, freeze_labels
from ticketflow.presets.calendars import office
from ticketflow.presets.fields import priority
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Ladder, Rule, Rung
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnEnter, OnLeave, OnMessage, OnOutside
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.anchors import Entered, LastMessage, Latest
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, FieldIs, IsAssigned, StateIs
from ticketflow.workflow.definition import Field, Opening, Permission, State, Transition, Workflow

HD1 = "undefined_for_lack_of_information"
"""The classification "Indefinida por falta de Información (HD1)"."""

WORDS: Mapping[str, Labels] = {
    "incident": freeze_labels({"en": "incident", "es": "Incidente"}),
    "request": freeze_labels({"en": "request", "es": "Requisición (Duda)"}),
    HD1: freeze_labels(
        {"en": "undefined for lack of information (HD1)", "es": "Indefinida por falta de Información (HD1)"}
    ),
    "rate": freeze_labels({"en": "satisfaction survey", "es": "encuesta de satisfacción"}),
    "follow_up": freeze_labels({"en": "follow-up ticket", "es": "ticket de seguimiento"}),
    "version_released": freeze_labels({"en": "the version is released", "es": "se libera la versión"}),
    "accredited_consultant": freeze_labels({"en": "accredited consultant", "es": "Consultor Acreditado"}),
    "channel": freeze_labels({"en": "channel", "es": "Canal"}),
    "low": freeze_labels({"en": "low", "es": "Baja"}),
    "normal": freeze_labels({"en": "normal", "es": "Normal"}),
    "high": freeze_labels({"en": "high", "es": "Alta"}),
    "urgent": freeze_labels({"en": "urgent", "es": "Urgente"}),
}
"""The source's words for field values, commands, outside events and groups (D3, D5, D6, D8, D10).

The priorities are those of Zendesk, on which the desk runs.
"""

_OPEN_STATES = ("in_analysis", "joint_analysis", "waiting_for_customer", "waiting_for_final_solution")
_WITH_CUSTOMER = ("customer_validation", "customer_asked_to_close")
_LACKS_INFORMATION = All(StateIs("waiting_for_customer"), FieldIs("nature", "incident", "request"))
_SUPPORT_LAST_ACTED = Latest(Entered(), LastMessage("agent"))

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
    Transition(
        "start_analysis",
        ("new",),
        "in_analysis",
        may=SUPPORT,
        labels={"en": "start analysis", "es": "Iniciar la atención"},
    ),
    Transition(
        "ask_for_information",
        ("new", "in_analysis", "joint_analysis", "waiting_for_final_solution", *_WITH_CUSTOMER),
        "waiting_for_customer",
        may=SUPPORT,
        needs=("message",),
        labels={"en": "ask for information", "es": "Solicitar más información"},
    ),
    Transition(
        "hand_over_temporary_file",
        ("in_analysis", "joint_analysis", "waiting_for_customer", *_WITH_CUSTOMER),
        "waiting_for_final_solution",
        may=SUPPORT,
        needs=("message",),
        labels={"en": "send a temporary file", "es": "Entregar un archivo temporal"},
    ),
    Transition(
        "involve_other_areas",
        ("new", "in_analysis"),
        "joint_analysis",
        may=SUPPORT,
        labels={"en": "involve other areas", "es": "Trabajar con otra área"},
    ),
    Transition(
        "inform_solution",
        ("new", *_OPEN_STATES),
        "customer_validation",
        may=SUPPORT,
        needs=("message",),
        labels={"en": "send the solution", "es": "Informar la solución"},
    ),
    Transition(
        "record_close_request",
        ("new", *_OPEN_STATES, "customer_validation"),
        "customer_asked_to_close",
        may=(*SUPPORT, "customer"),
        labels={"en": "request closing", "es": "Solicitar el cierre"},
    ),
    Transition(
        "resume_analysis",
        ("waiting_for_customer", "waiting_for_final_solution", "joint_analysis", *_WITH_CUSTOMER),
        "in_analysis",
        may=SUPPORT,
        labels={"en": "resume analysis", "es": "Retomar el análisis"},
    ),
    Transition(
        "take_answer",
        ("waiting_for_customer", "waiting_for_final_solution", "customer_validation"),
        "in_analysis",
        labels={"en": "the customer answers", "es": "Respuesta del solicitante"},
    ),
    Transition(
        "release_version",
        ("waiting_for_final_solution",),
        "customer_validation",
        labels={"en": "version released", "es": "Liberación de la versión"},
    ),
    Transition(
        "close",
        ("waiting_for_customer", *_WITH_CUSTOMER),
        "closed",
        labels={"en": "automatic close", "es": "Cierre automático"},
        follow_up_fields=("nature", "priority"),
    ),
)

_FIELDS = (
    Field("nature", labels={"en": "nature", "es": "naturaleza"}),
    Field("classification", labels={"en": "classification", "es": "calificación"}),
    priority("low", "normal", "high", "urgent"),
)

_REACTIONS = (
    Automation(
        "analysis-on-assignment",
        when=OnEnter(IsAssigned()),
        given=StateIs("new"),
        then=(actions.Move("start_analysis"),),
        labels={"en": "start analysis on assignment", "es": "En análisis al asignar un analista"},
    ),
    Automation(
        "hold-classification",
        when=OnEnter(_LACKS_INFORMATION),
        then=(actions.HoldField("classification", HD1),),
        labels=WORDS[HD1],
    ),
    Automation(
        "release-classification",
        when=OnLeave(_LACKS_INFORMATION),
        then=(actions.ReleaseField("classification"),),
        labels={"en": "restore the earlier classification", "es": "Vuelve la calificación anterior"},
    ),
    Automation(
        "validation-on-release",
        when=OnOutside("version_released"),
        given=StateIs("waiting_for_final_solution"),
        then=(actions.Move("release_version"),),
        labels={"en": "customer validation on release", "es": "Validación cliente al liberar la versión"},
    ),
    Automation(
        "analysis-on-answer",
        when=OnMessage("customer"),
        given=StateIs("waiting_for_customer", "waiting_for_final_solution", "customer_validation"),
        then=(actions.Move("take_answer"),),
        labels={
            "en": "resume analysis on the customer's answer",
            "es": "En análisis con la respuesta del solicitante",
        },
    ),
)

_UNANSWERED_REQUEST: Mapping[Language, str] = {
    "en": "close an unanswered request",
    "es": "Cierre automático sin respuesta del solicitante",
}
_UNANSWERED_SOLUTION: Mapping[Language, str] = {
    "en": "close an unanswered solution",
    "es": "Cierre automático tras la validación",
}
_REQUEST_LABELS: Mapping[Language, str] = {"en": "information reminder", "es": "Notificación de la solicitud"}
_SOLUTION_LABELS: Mapping[Language, str] = {"en": "validation reminder", "es": "Notificación de la validación"}
_REQUEST_REMINDER: Mapping[Language, str] = {
    "en": "We still need the information we asked you for about {ticket}. Without it, we will close the ticket.",
    "es": "Aún necesitamos la información solicitada para continuar con {ticket}. Sin ella, el ticket se cerrará.",
}
_SOLUTION_REMINDER: Mapping[Language, str] = {
    "en": "Please check what we sent you about {ticket} and rate our service. Without an answer, we will close it.",
    "es": "Por favor, valide lo enviado sobre {ticket} y responda la encuesta. Sin respuesta, el ticket se cerrará.",
}


def senior(
    calendar: BusinessCalendar | None = None,
    *,
    waiting_reminders: tuple[Span, ...] = (Elapsed(days=2), Elapsed(days=4)),
    validation_reminders: tuple[Span, ...] = (Elapsed(hours=1), Elapsed(days=2), Elapsed(days=5)),
    close_after: Span = BusinessDays(6),  # noqa: B008 -- frozen
    close_validated_after: Span | None = None,
    targets: tuple[Target, ...] = (),
) -> Rules:
    """Return the rule set of Senior: reminders and closing in each state that waits for the customer.

    All spans are counted from the later of the support's last message and the entry into the state.

    Args:
        calendar: The calendar of business days and working hours. None is Monday to Friday 9 to 18 in São Paulo, except
            Brazil's public holidays.
        waiting_reminders: The spans after which the customer is reminded while waiting for the customer (D4).
        validation_reminders: The spans after which the customer is reminded in customer validation and asked to close
            (D6).
        close_after: The span after which a ticket closes while waiting for the customer (D4).
        close_validated_after: The span after which a ticket closes in customer validation and asked to close (D6). None
            is *close_after*.
        targets: The targets of the clock ``resolution``, in the hours of the calendar (D9). Empty promises nothing.

    Raises:
        BadValueError: an option has the wrong type.
        DefinitionError: a span is out of range or order, such as a reminder after less than a second.

    Source: rows D1 to D11.

    >>> senior().workflow.states[0].labels["es"]
    'Nuevo'
    """
    refuse_wrong_options(senior, locals())
    closings = _closings(waiting_reminders, validation_reminders, close_after, close_validated_after or close_after)
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
            openings=(Opening("new", PEOPLE | {"robot"}, takes=("nature", "priority")),),
            after_closing="follow_up",
        ),
        calendars=calendar or office(),
        automations=(*_REACTIONS, *closings),
        clocks=(Policy("resolution", resolution(), targets),),
        templates=(
            *_templates("request-reminder", len(waiting_reminders), _REQUEST_REMINDER, _REQUEST_LABELS),
            *_templates("solution-reminder", len(validation_reminders), _SOLUTION_REMINDER, _SOLUTION_LABELS),
        ),
    )


def _closings(
    waiting: tuple[Span, ...], validation: tuple[Span, ...], close: Span, close_validated: Span
) -> Iterator[Rule]:
    yield Ladder(
        "close-unanswered-request",
        since=_SUPPORT_LAST_ACTED,
        given=StateIs("waiting_for_customer"),
        rungs=(
            *(_reminder("request-reminder", number, span) for number, span in enumerate(waiting, 1)),
            Rung(close, actions.SetField("classification", HD1), actions.Move("close")),
        ),
        labels=_UNANSWERED_REQUEST,
    )
    yield Ladder(
        "close-unanswered-solution",
        since=_SUPPORT_LAST_ACTED,
        given=StateIs(*_WITH_CUSTOMER),
        rungs=(
            *(_reminder("solution-reminder", number, span) for number, span in enumerate(validation, 1)),
            Rung(close_validated, actions.Move("close")),
        ),
        labels=_UNANSWERED_SOLUTION,
    )


def _reminder(name: str, number: int, span: Span) -> Rung:
    return Rung(span, actions.SendMessage(f"{name}-{number}", to="customer"))


def _templates(
    name: str, count: int, texts: Mapping[Language, str], labels: Mapping[Language, str]
) -> Iterator[Template]:
    for number in range(1, count + 1):
        numbered: Mapping[Language, str] = {language: f"{label} {number}" for language, label in labels.items()}
        yield Template(f"{name}-{number}", texts, numbered)
