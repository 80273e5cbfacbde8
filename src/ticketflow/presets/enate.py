"""Enate: drafts, to do, in progress, two kinds of waiting, and a feedback window after resolving.

Source: the page "Procesamiento de un Ticket" of Enate's documentation (Spanish), read 2026-11-21. Rows E1 to E17;
docs/presets/enate.md lists what the source leaves open and what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ticketflow.actions import AddNote, AssignTo, Move, SetField
from ticketflow.anchors import Entered, LastMessage
from ticketflow.automations import (
    After,
    AtField,
    Automation,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    Rule,
)
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import All, AnyOf, CategoryIs, FieldIs, Measure, Not, StateIs
from ticketflow.rules import Rules
from ticketflow.sla import Policy, Target
from ticketflow.spans import CalendarSpan, Elapsed
from ticketflow.values import SUPPORT, Hint, Language
from ticketflow.workflow import Field, Listing, Opening, State, Transition, Workflow

METHODS = ("answered_to_customer", "no_answer_from_customer", "rejected", "rejected_as_spam")
"""Respuesto al Cliente (so in the source), No hay respuesta del cliente, Rechazado, Rechazado como Spam."""

SUBMITTED = Hint(
    "submitted",
    {
        "en": "The ticket was submitted; its reference is {reference}.",
        "es": "Ticket enviado; su referencia es {reference}.",
    },
)

_WORKERS = (*SUPPORT, "robot")
_WAITS = ("waiting_for_information", "waiting_until")
_TO_SUBMIT = ("title", "description", "category", "primary_contact", "requester")


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


def _transitions(*, needs_resolution: bool) -> Iterator[Transition]:
    yield from _working()
    yield from _waiting()
    yield from _ending(("resolution",) if needs_resolution else ())


def _working() -> Iterator[Transition]:
    yield Transition(
        "submit",
        ("draft",),
        "to_do",
        may=SUPPORT,
        needs=_TO_SUBMIT,
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
        labels={"en": "pick up as a robot", "es": "Recoger (bot)"},
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
    yield Transition("take_answer", ("waiting_for_information",), "to_do")
    yield Transition("come_back", ("waiting_until",), "to_do")


def _ending(resolution: tuple[str, ...]) -> Iterator[Transition]:
    working = ("to_do", "in_progress", *_WAITS)
    resolve: Mapping[Language, str] = {"en": "resolve", "es": "Resolver"}
    yield Transition(
        "resolve",
        ("draft",),
        "resolved",
        may=SUPPORT,
        needs=(*_TO_SUBMIT, *resolution),
        takes=("method",),
        labels=resolve,
    )
    yield Transition("resolve", working, "resolved", may=_WORKERS, needs=resolution, takes=("method",), labels=resolve)
    yield Transition("reopen", ("resolved",), "to_do", may=SUPPORT, labels={"en": "reopen", "es": "Reabrir"})
    yield Transition("close", ("resolved", "waiting_for_information"), "closed")


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
        Field("requester", kind="text", labels={"en": "requester", "es": "Solicitante"}),
        Field("wait_kind", ("information", "until"), labels={"en": "kind of wait", "es": "Tipo de espera"}),
        Field("wait_until", kind="future", labels={"en": "wait until", "es": "Esperar hasta"}),
        Field("method", METHODS, labels={"en": "resolution method", "es": "Método de resolución"}),
        Field("highlighted", kind="truth", labels={"en": "highlighted", "es": "resaltado"}),
        Field("for_person", kind="truth", labels={"en": "for a person", "es": "para una persona"}),
    )


_BACK = (Move("come_back"), SetField("highlighted", value=True))
_ANSWERED = All(StateIs("resolved"), FieldIs("highlighted", True))

_REACTIONS: tuple[Rule, ...] = (
    Automation(
        "pick-up-by-updating",
        OnCommand("add_message", "set_fields", "link", by=SUPPORT),
        (AssignTo("actor"), Move("start_work")),
        given=StateIs("to_do"),
    ),
    Automation(
        "assign-who-picks-up", OnLeave(StateIs("to_do")), (AssignTo("actor"),), given=StateIs("in_progress", "resolved")
    ),
    Automation(
        "hand-over",
        OnCommand("assign", "give_back", "decline"),
        (Move("put_back"),),
        given=StateIs("in_progress", *_WAITS),
    ),
    Automation("declined-needs-a-person", OnCommand("decline"), (SetField("for_person", value=True),)),
    Automation("initial-note", OnLeave(StateIs("draft")), (AddNote("description"),)),
    Automation(
        "answer-ends-wait",
        OnMessage("customer"),
        (Move("take_answer"), SetField("highlighted", value=True)),
        given=StateIs("waiting_for_information"),
    ),
    Automation(
        "third-party-answer-ends-wait",
        OnMessage("third_party"),
        (Move("take_answer"), SetField("highlighted", value=True)),
        given=StateIs("waiting_for_information"),
    ),
    Automation("come-back", AtField("wait_until"), _BACK, given=StateIs("waiting_until")),
    Automation(
        "end-of-wait",
        OnLeave(StateIs(*_WAITS)),
        (SetField("wait_kind", None), SetField("wait_until", None)),
        given=Not(StateIs("closed")),
    ),
    Automation(
        "lowlight",
        OnEnter(StateIs("in_progress", "resolved")),
        (SetField("highlighted", value=False),),
        given=FieldIs("highlighted", True),
    ),
    Automation(
        "person-took-over",
        OnEnter(StateIs("in_progress")),
        (SetField("for_person", value=False),),
        given=FieldIs("for_person", True),
    ),
)


def office() -> BusinessCalendar:
    """Return the desk's calendar, Monday to Friday 9 to 17 in London; the source names none."""
    return BusinessCalendar("Europe/London", "mon-fri 09:00-17:00")


_SUBMITTED = Measure(runs=Not(AnyOf(StateIs("draft"), CategoryIs("resolved", "closed"))))


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
    """Return Enate's rule set.

    Args:
        calendar: The desk's hours; None for `office`.
        categories: The categories a ticket can have; none: any text.
        add_wait_time: Whether waiting for information adds to the due date, so that the SLA clock stops (E6).
        close_unanswered_after: How long a wait for information lasts before the ticket closes; None: it does not (E6).
        needs_resolution: Whether resolving needs a resolution mail or note (E9).
        feedback_window: How long a resolved ticket can be answered before it closes; None: it closes at once.
        reopens_by_itself: Whether an answer inside the window reopens the ticket; else people do (E10).
        targets: The due-date rule: how long it may take from submitting to resolving, waiting or not (E6, E7).

    Raises:
        DefinitionError: an option makes no sense.

    Source: rows E1 to E17.

    >>> enate().workflow.tagged("wait")
    ('waiting_for_information', 'waiting_until')
    """
    return Rules(
        name="enate",
        workflow=Workflow(
            states=tuple(_states(add_wait_time=add_wait_time)),
            transitions=tuple(_transitions(needs_resolution=needs_resolution)),
            fields=_fields(categories),
            openings=(
                Opening("draft", SUPPORT),
                Opening("to_do", ("customer", "third_party", "robot"), takes=_TO_SUBMIT),
            ),
            lists=(
                Listing(
                    "inbox",
                    AnyOf(StateIs("draft", "to_do", "in_progress"), _ANSWERED),
                    labels={"en": "inbox", "es": "Bandeja de entrada de tareas"},
                ),
                Listing("own_work", StateIs(*_WAITS), labels={"en": "own work", "es": "Tarea propia"}),
            ),
            reopen="reopen",
            has_sayable_ids=True,
        ),
        calendars=calendar or office(),
        automations=(
            *_REACTIONS,
            *_closings(close_unanswered_after, feedback_window, reopens_by_itself=reopens_by_itself),
        ),
        clocks=(Policy("resolution", _SUBMITTED, targets),),
    )


def _closings(unanswered: CalendarSpan | None, window: Elapsed | None, *, reopens_by_itself: bool) -> Iterator[Rule]:
    waiting, resolved = StateIs("waiting_for_information"), StateIs("resolved")
    if unanswered is not None:
        no_answer = (SetField("method", "no_answer_from_customer"), Move("close"))
        since = Entered("waiting_for_information")
        yield Automation("close-unanswered", After(unanswered, since), no_answer, given=waiting)
    if window is None:
        yield Automation("close-at-once", OnEnter(resolved), (Move("close"),), rank=1)
        return
    yield Automation(
        "close-after-window",
        After(window, Entered("resolved")),
        (Move("close"),),
        given=resolved,
        ended_by=LastMessage("customer"),
    )
    answered = Move("reopen") if reopens_by_itself else SetField("highlighted", value=True)
    yield Automation("answer-in-window", OnMessage("customer"), (answered,), given=resolved)
