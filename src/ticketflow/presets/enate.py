"""Enate: a desk of people and robots, with drafts, two kinds of waiting, and a feedback window after resolving.

Source: the page "Procesamiento de un Ticket" of Enate's documentation (Spanish), read 2026-11-21. Rows E1 to E17;
docs/presets/enate.md lists the choices where the source leaves something open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.spans import CalendarSpan, Elapsed
from ticketflow.kernel.labels import Labels, Language, freeze_labels
from ticketflow.presets.fields import priority
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, AtField, OnChange, OnCommand, OnEnter, OnLeave, OnMessage
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Policy, Target
from ticketflow.tickets.actors import SUPPORT
from ticketflow.tickets.anchors import Entered, LastMessage
from ticketflow.tickets.messages import Hint
from ticketflow.workflow.conditions import All, AnyOf, CategoryIs, FieldIs, Not, StateIs
from ticketflow.workflow.definition import Field, Listing, Opening, State, Transition, Workflow

METHODS = ("answered_to_customer", "no_answer_from_customer", "rejected", "rejected_as_spam")
"""The methods of resolution that the source offers."""

WORDS: Mapping[str, Labels] = {
    "answered_to_customer": freeze_labels({"en": "answered to customer", "es": "Respuesto al Cliente"}),  # sic
    "no_answer_from_customer": freeze_labels({"en": "no answer from customer", "es": "No hay respuesta del cliente"}),
    "rejected": freeze_labels({"en": "rejected", "es": "Rechazado"}),
    "rejected_as_spam": freeze_labels({"en": "rejected as spam", "es": "Rechazado como Spam"}),
    "information": freeze_labels({"en": "wait for more information", "es": "Esperar más información"}),
    "until": freeze_labels({"en": "wait until", "es": "Esperar hasta"}),
    "give_back": freeze_labels({"en": "give back to the queue", "es": "Devolver a su Lista"}),
    "queue": freeze_labels({"en": "queue", "es": "Lista"}),
    "category_changed": freeze_labels({"en": "category changed", "es": "Categoría de Ticket modificada"}),
    "add_wait_time": freeze_labels(
        {"en": "add wait time to due date", "es": "Añadir tiempo de espera a la fecha de vencimiento"}
    ),
    "feedback_window": freeze_labels({"en": "feedback window", "es": "Ventana de Comentarios"}),
    "send_and_resolve": freeze_labels({"en": "send and resolve", "es": "Enviar y resolver"}),
}
"""The source's words for field values, settings and elements of its screens (E4, E5, E6, E9, E10)."""

SUBMITTED = Hint(
    "submitted",
    {
        "en": "The ticket was submitted; its reference is {reference}.",
        "es": "Ticket enviado; su referencia es {reference}.",
    },
)
"""The confirmation of a submission (E14)."""

_WORKERS = (*SUPPORT, "robot")
_WAITS = ("waiting_for_information", "waiting_until")
_FIELDS_TO_SUBMIT = ("title", "description", "category", "primary_contact")
_NEEDED_TO_SUBMIT = (*_FIELDS_TO_SUBMIT, "requester")


def _states(*, add_wait_time: bool) -> Iterator[State]:
    frozen = {"resolution"} if add_wait_time else ()
    yield State("draft", labels={"en": "draft", "es": "Borrador"})
    yield State("to_do", labels={"en": "to do", "es": "Por hacer"})
    yield State("in_progress", labels={"en": "in progress", "es": "En Progreso"})
    yield State(
        "waiting_for_information",
        "pending",
        labels={"en": "wait for more information", "es": "Esperar más información"},
        tags=("wait",),
        freezes=frozen,
    )
    yield State("waiting_until", "pending", labels={"en": "wait until", "es": "Esperar hasta"}, tags=("wait",))
    yield State("resolved", "resolved", labels={"en": "resolved", "es": "Resuelto"})
    yield State("closed", "closed", labels={"en": "closed", "es": "Cerrado"})


def _transitions(*, needs_resolution: bool, has_window: bool) -> Iterator[Transition]:
    yield from _working()
    yield from _waiting()
    yield from _ending(("resolution",) if needs_resolution else (), has_window=has_window)


def _working() -> Iterator[Transition]:
    yield Transition(
        "submit",
        ("draft",),
        "to_do",
        may=SUPPORT,
        needs=_NEEDED_TO_SUBMIT,
        labels={"en": "submit", "es": "Enviar"},
        hint=SUBMITTED,
    )
    yield Transition(
        "start_work", ("to_do", *_WAITS), "in_progress", may=SUPPORT, labels={"en": "pick up", "es": "En Progreso"}
    )
    yield Transition(
        "robot_start_work",
        ("to_do",),
        "in_progress",
        may=("robot",),
        given=Not(FieldIs("for_person", True)),
        labels={"en": "pick up (robot)", "es": "Recoger (bot)"},
    )
    yield Transition(
        "put_back", ("in_progress", *_WAITS), "to_do", may=_WORKERS, labels={"en": "to do", "es": "Por hacer"}
    )


def _waiting() -> Iterator[Transition]:
    wait: Mapping[Language, str] = {"en": "wait", "es": "Esperar"}
    yield Transition(
        "wait",
        ("in_progress",),
        "waiting_for_information",
        may=_WORKERS,
        given=FieldIs("wait_kind", "information"),
        needs=("wait_kind",),
        labels=wait,
    )
    yield Transition(
        "wait",
        ("in_progress",),
        "waiting_until",
        may=_WORKERS,
        given=FieldIs("wait_kind", "until"),
        needs=("wait_kind", "wait_until"),
        labels=wait,
    )
    yield Transition(
        "take_answer",
        ("waiting_for_information",),
        "to_do",
        labels={"en": "answer received", "es": "Respuesta recibida"},
    )
    yield Transition(
        "come_back", ("waiting_until",), "to_do", labels={"en": "follow-up date reached", "es": "Fecha de seguimiento"}
    )


def _ending(resolution: tuple[str, ...], *, has_window: bool) -> Iterator[Transition]:
    working = ("to_do", "in_progress", *_WAITS)
    resolve: Mapping[Language, str] = {"en": "resolve", "es": "Resolver"}
    yield Transition(
        "resolve",
        ("draft",),
        "resolved",
        may=SUPPORT,
        needs=(*_NEEDED_TO_SUBMIT, *resolution),
        takes=("method",),
        labels=resolve,
    )
    # what a robot declined is for a person, so this row comes first and keeps robots out (E5)
    yield Transition(
        "resolve",
        ("to_do",),
        "resolved",
        may=SUPPORT,
        given=FieldIs("for_person", True),
        needs=resolution,
        takes=("method",),
        labels=resolve,
    )
    yield Transition("resolve", working, "resolved", may=_WORKERS, needs=resolution, takes=("method",), labels=resolve)
    if has_window:  # without a window, no ticket stays resolved
        yield Transition("reopen", ("resolved",), "to_do", may=SUPPORT, labels={"en": "reopen", "es": "Reabrir"})
    yield Transition("close", ("resolved", "waiting_for_information"), "closed", labels={"en": "close", "es": "Cerrar"})


def _fields(categories: tuple[str, ...]) -> tuple[Field, ...]:
    draft = StateIs("draft")
    return (
        Field("title", kind="text", filled_from="subject", filled_when=draft, labels={"en": "title", "es": "Título"}),
        Field(
            "description",
            kind="text",
            filled_from="text",
            filled_when=draft,
            labels={"en": "description", "es": "Descripción"},
        ),
        Field("category", categories, kind="text", labels={"en": "category", "es": "Categoría de Ticket"}),
        Field("primary_contact", kind="text", labels={"en": "primary contact", "es": "Contacto primario"}),
        Field("wait_kind", ("information", "until"), labels={"en": "kind of wait", "es": "Tipo de espera"}),
        Field("wait_until", kind="future", labels={"en": "wait until", "es": "Esperar hasta"}),
        Field("method", METHODS, labels={"en": "resolution method", "es": "Método de resolución"}),
        Field("highlighted", kind="truth", labels={"en": "highlighted", "es": "resaltado"}),
        Field("for_person", kind="truth", labels={"en": "for a person", "es": "para una persona"}),
        priority(),
    )


_COME_BACK = (actions.Move("come_back"), actions.SetField("highlighted", value=True))
_ANSWERED_IN_WINDOW = All(StateIs("resolved"), FieldIs("highlighted", True))

_REACTIONS: tuple[Rule, ...] = (
    Automation(
        "pick-up-by-updating",
        OnCommand("add_message", "set_fields", "link", by=SUPPORT),
        (actions.AssignTo("actor"), actions.Move("start_work")),
        given=StateIs("to_do"),
        labels={"en": "pick up by updating", "es": "Asignación automática al actualizar"},
    ),
    Automation(
        "assign-who-picks-up",
        OnLeave(StateIs("to_do")),
        (actions.AssignTo("actor"),),
        given=StateIs("in_progress", "resolved"),
        labels={"en": "assign to whoever picks up", "es": "Asignación a quien lo recoge"},
    ),
    Automation(
        "hand-over",
        OnCommand("assign", "give_back", "decline"),
        (actions.Move("put_back"),),
        given=StateIs("in_progress", *_WAITS),
        labels={"en": "back to the to-do list on handover", "es": "Volver a Por hacer al entregarlo"},
    ),
    Automation(
        "declined-needs-a-person",
        OnCommand("decline"),
        (actions.SetField("for_person", value=True),),
        labels={"en": "declined by a robot: for a person", "es": "Entrega a un recurso humano"},
    ),
    Automation(
        "initial-note",
        OnLeave(StateIs("draft")),
        (actions.AddNote("description"),),
        labels={"en": "initial note", "es": "Nota de envío inicial"},
    ),
    Automation(
        "answer-ends-wait",
        OnMessage("customer"),
        (actions.Move("take_answer"), actions.SetField("highlighted", value=True)),
        given=StateIs("waiting_for_information"),
        labels={"en": "the customer's answer ends the wait", "es": "Respuesta del cliente"},
    ),
    Automation(
        "third-party-answer-ends-wait",
        OnMessage("third_party"),
        (actions.Move("take_answer"), actions.SetField("highlighted", value=True)),
        given=StateIs("waiting_for_information"),
        labels={"en": "a third party's answer ends the wait", "es": "Respuesta de un tercero"},
    ),
    Automation(
        "come-back",
        AtField("wait_until"),
        _COME_BACK,
        given=StateIs("waiting_until"),
        labels={"en": "wait until", "es": "Esperar hasta"},
    ),
    Automation(
        "moment-taken-away",  # without a moment, nothing would end this wait (E7)
        OnChange("wait_until"),
        _COME_BACK,
        given=All(StateIs("waiting_until"), FieldIs("wait_until", None)),
        labels={"en": "end a wait without a date", "es": "Espera sin fecha de seguimiento"},
    ),
    Automation(
        "end-of-wait",
        OnLeave(StateIs(*_WAITS)),
        (actions.SetField("wait_kind", None), actions.SetField("wait_until", None)),
        given=Not(StateIs("closed")),
        labels={"en": "end of the wait", "es": "Fin de la espera"},
    ),
    Automation(
        "lowlight",
        OnEnter(StateIs("in_progress", "resolved")),
        (actions.SetField("highlighted", value=False),),
        given=FieldIs("highlighted", True),
        labels={"en": "remove the highlight", "es": "Quitar el resaltado"},
    ),
    Automation(
        "person-took-over",
        OnEnter(StateIs("in_progress")),
        (actions.SetField("for_person", value=False),),
        given=FieldIs("for_person", True),
        labels={"en": "a person took over", "es": "Recogido por una persona"},
    ),
)


def office() -> BusinessCalendar:
    """Return the default calendar: Monday to Friday 9 to 17 in London, without holidays. The source names no hours."""
    return BusinessCalendar("Europe/London", "mon-fri 09:00-17:00")


_SUBMITTED_TO_RESOLVED = Measure(runs=Not(AnyOf(StateIs("draft"), CategoryIs("resolved", "closed"))))


def enate(  # noqa: PLR0913 -- its configuration
    calendar: BusinessCalendar | None = None,
    *,
    categories: tuple[str, ...] = (),
    add_wait_time: bool = True,
    close_unanswered_after: CalendarSpan | None = None,
    needs_resolution: bool = False,
    feedback_window: Elapsed | None = None,
    reopens_by_itself: bool = True,
    targets: tuple[Target, ...] = (),
) -> Rules:
    """Return the rule set of Enate: people and robots work on tickets, wait for answers or dates, and resolve them.

    Args:
        calendar: The desk's hours. None is `office`. Only its zone is used, unless *targets* count working time.
        categories: The categories that a ticket can have. Empty allows any text.
        add_wait_time: Whether the clock ``resolution`` stops while waiting for more information (E6).
        close_unanswered_after: The calendar span after which an unanswered wait for information closes the ticket (E6).
            None does not close it.
        needs_resolution: Whether resolving needs a resolution mail or note (E9).
        feedback_window: The elapsed time for which a resolved ticket can be answered before it closes (E10, E11). None
            closes a resolved ticket at once.
        reopens_by_itself: Whether an answer inside the window reopens the ticket. If not, people reopen it (E10).
        targets: The targets of the clock ``resolution``, from submitting to resolving (E6, E7). Empty promises nothing.

    Raises:
        BadValueError: an option has the wrong type.
        DefinitionError: an option is out of range, such as a window of less than a second.

    Source: rows E1 to E17.

    >>> enate().workflow.tagged("wait")
    ('waiting_for_information', 'waiting_until')
    """
    refuse_wrong_options(enate, locals())
    return Rules(
        name="enate",
        workflow=Workflow(
            states=tuple(_states(add_wait_time=add_wait_time)),
            transitions=tuple(_transitions(needs_resolution=needs_resolution, has_window=feedback_window is not None)),
            fields=_fields(categories),
            openings=(
                Opening("draft", SUPPORT, takes=("priority",)),
                Opening("to_do", ("customer", "third_party", "robot"), takes=(*_FIELDS_TO_SUBMIT, "priority")),
            ),
            lists=(
                Listing(
                    "inbox",
                    AnyOf(StateIs("draft", "to_do", "in_progress"), _ANSWERED_IN_WINDOW),
                    labels={"en": "inbox", "es": "Bandeja de entrada de tareas"},
                ),
                Listing("own_work", StateIs(*_WAITS), labels={"en": "own work", "es": "Tarea propia"}),
            ),
            reopen=None if feedback_window is None else "reopen",
            has_sayable_ids=True,
        ),
        calendars=calendar or office(),
        automations=(
            *_REACTIONS,
            *_closings(close_unanswered_after, feedback_window, reopens_by_itself=reopens_by_itself),
        ),
        clocks=(Policy("resolution", _SUBMITTED_TO_RESOLVED, targets),),
    )


def _closings(unanswered: CalendarSpan | None, window: Elapsed | None, *, reopens_by_itself: bool) -> Iterator[Rule]:
    waiting, resolved = StateIs("waiting_for_information"), StateIs("resolved")
    if unanswered is not None:
        yield Automation(
            "close-unanswered",
            After(unanswered, since=Entered("waiting_for_information")),
            (actions.SetField("method", "no_answer_from_customer"), actions.Move("close")),
            given=waiting,
            labels={"en": "close if there is no answer", "es": "Cerrar si no se recibe respuesta"},
        )
    if window is None:
        yield Automation(
            "close-at-once",
            OnEnter(resolved),
            (actions.Move("close"),),
            rank=1,
            labels={"en": "close without a feedback window", "es": "Cierre sin Ventana de Comentarios"},
        )
        return
    yield Automation(
        "close-after-window",
        After(window, Entered("resolved")),
        (actions.Move("close"),),
        given=resolved,
        ended_by=LastMessage("customer"),
        labels={"en": "close after the feedback window", "es": "Cierre al final de la Ventana de Comentarios"},
    )
    on_answer = actions.Move("reopen") if reopens_by_itself else actions.SetField("highlighted", value=True)
    yield Automation(
        "answer-in-window",
        OnMessage("customer"),
        (on_answer,),
        given=resolved,
        labels={"en": "answer in the feedback window", "es": "Respuesta en la Ventana de Comentarios"},
    )
