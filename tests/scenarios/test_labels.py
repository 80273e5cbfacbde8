"""The labels of the five desks with a Spanish source. The Spanish texts are the source's own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, Desk, utc
from ticketflow import CalendarSpan, Elapsed, Rules, commands
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.kernel.labels import Labels
from ticketflow.presets.adereso import WORDS as ADERESO_WORDS
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import SALES, SCHEDULING, Resolution, embudo
from ticketflow.presets.embudo import WORDS as EMBUDO_WORDS
from ticketflow.presets.enate import WORDS as ENATE_WORDS
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import WORDS as POSPONER_WORDS
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import HD1, senior
from ticketflow.presets.senior import WORDS as SENIOR_WORDS
from ticketflow.rules.automations import Rule
from ticketflow.text.sentences import Wording

SANTIAGO = ZoneInfo("America/Santiago")
ADERESO = adereso(in_progress=True, closes_out_of_hours=True)
POSPONER = posponer()
EMBUDO = embudo()
SENIOR = senior()
ENATE = enate(close_unanswered_after=CalendarSpan(days=3), feedback_window=Elapsed(days=2))
PERIODIC = embudo(resolutions=(Resolution("sales.offer", EveryWeek("monday", "09:00"), "lost"),))


def state(rules: Rules, name: str) -> Labels:
    found = rules.workflow.state(name)
    assert found is not None
    return found.labels


def field(rules: Rules, name: str) -> Labels:
    found = rules.workflow.field(name)
    assert found is not None
    return found.labels


def move(rules: Rules, name: str) -> Labels:
    return next(row.labels for row in rules.workflow.transitions if row.name == name)


def listing(rules: Rules, name: str) -> Labels:
    return next(each.labels for each in rules.workflow.lists if each.name == name)


def rule(rules: Rules, name: str) -> Labels:
    found: Rule = next(each for each in rules.automations if each.id == name)
    return found.labels


def template(rules: Rules, name: str) -> Labels:
    return next(each.labels for each in rules.templates if each.name == name)


def choice(name: str) -> Labels:
    found = POSPONER.snoozing.choice(name) if POSPONER.snoozing else None
    assert found is not None
    return found.labels


TABLE = [
    ("A1", state(ADERESO, "open"), "Abierto", "open"),
    ("A1", state(ADERESO, "in_progress"), "En Progreso", "in progress"),
    ("A2", rule(ADERESO, "inactivity"), "Cierre automático por inactividad", "close after inactivity"),
    ("A2", rule(adereso(close_after=None), "inactivity"), "despierta cliente", "customer reminder"),
    ("A2", template(ADERESO, "wake-customer-1"), "despierta cliente 1", "customer reminder 1"),
    ("A2", rule(ADERESO, "out-of-hours-close"), "Cierre automático fuera de horario laboral", "close outside hours"),
    ("A4", ADERESO_WORDS["without_hints"], "No volver a mostrar", "don't show again"),
    ("A4", ADERESO_WORDS["accept"], "Aceptar", "accept"),
    ("A9", ADERESO_WORDS["bulk"], "Acciones Masivas", "bulk actions"),
    ("B1", POSPONER_WORDS["snooze"], "Posponer", "snooze"),
    ("B1", choice("later_today"), "Más tarde hoy", "later today"),
    ("B1", choice("tomorrow"), "Mañana", "tomorrow"),
    ("B1", choice("in_2_days"), "En 2 días", "in 2 days"),
    ("B1", choice("in_3_days"), "En 3 días", "in 3 days"),
    ("B1", choice("next_week"), "La Próxima Semana", "next week"),
    ("B1", POSPONER_WORDS["until"], "Elegir fecha y hora", "exact date and time"),
    ("B2", listing(POSPONER, "resolved"), "resueltos", "resolved"),
    ("B2", listing(POSPONER, "inbox"), "chats abiertos", "inbox"),
    ("B2", listing(POSPONER, "snoozed"), "pospuesto", "snoozed"),
    ("B4", move(POSPONER, "reopen"), "Reabrir", "reopen"),
    ("B4", POSPONER_WORDS["cancel_snooze"], "Cancelar posponer", "cancel snooze"),
    ("C2", state(EMBUDO, "sales.won"), "Ganado", "won"),
    ("C2", state(EMBUDO, "sales.lost"), "Perdido", "lost"),
    ("C2", EMBUDO_WORDS["won"], "Ganado", "won"),
    ("C2", EMBUDO_WORDS["lost"], "Perdido", "lost"),
    ("C2", move(EMBUDO, "close"), "cierre de ticket", "close"),
    (
        "C3",
        rule(EMBUDO, "entering-scheduling.finished-won"),
        "Cuando un contacto entre a una etapa (Finalizado): Ganado",
        "on entering (finished): won",
    ),
    (
        "C3",
        rule(EMBUDO, "idle-scheduling.information-lost"),
        "tiempo (Información de agendamiento): Perdido",
        "idle time (scheduling information): lost",
    ),
    (
        "C3",
        rule(PERIODIC, "periodic-sales.offer-lost"),
        "Periódicamente (Propuesta): Perdido",
        "periodically (offer): lost",
    ),
    ("C4", EMBUDO_WORDS["closing_funnel"], "Embudo donde se cerrará", "closing funnel"),
    ("C4", field(EMBUDO, "return_stage"), "Etapa de retorno", "return stage"),
    ("C6", EMBUDO_WORDS["won_stage"], "Etapa Ganada", "won stage"),
    ("C6", EMBUDO_WORDS["lost_stage"], "Etapa Perdida", "lost stage"),
    ("C9", EMBUDO_WORDS["stage_type"], "Cambiar tipo de etapa", "change stage type"),
    ("D1", state(SENIOR, "new"), "Nuevo", "new"),
    ("D1", state(SENIOR, "in_analysis"), "En análisis", "in analysis"),
    ("D1", state(SENIOR, "waiting_for_customer"), "Esperando respuesta del cliente", "waiting for customer"),
    ("D1", state(SENIOR, "waiting_for_final_solution"), "Esperando solución definitiva", "waiting for final solution"),
    ("D1", state(SENIOR, "joint_analysis"), "En análisis conjunto con otras áreas", "joint analysis with other areas"),
    ("D1", state(SENIOR, "customer_validation"), "Validación cliente", "customer validation"),
    ("D1", state(SENIOR, "customer_asked_to_close"), "Cliente solicitó el cierre", "customer asked to close"),
    ("D1", state(SENIOR, "closed"), "Cerrado", "closed"),
    ("D3", SENIOR_WORDS["incident"], "Incidente", "incident"),
    ("D3", SENIOR_WORDS["request"], "Requisición (Duda)", "request"),
    (
        "D3",
        SENIOR_WORDS[HD1],
        "Indefinida por falta de Información (HD1)",
        "undefined for lack of information (HD1)",
    ),
    (
        "D3",
        rule(SENIOR, "hold-classification"),
        "Indefinida por falta de Información (HD1)",
        "undefined for lack of information (HD1)",
    ),
    ("D6", SENIOR_WORDS["rate"], "encuesta de satisfacción", "satisfaction survey"),
    ("D8", SENIOR_WORDS["follow_up"], "ticket de seguimiento", "follow-up ticket"),
    ("E1", state(ENATE, "draft"), "Borrador", "draft"),
    ("E1", move(ENATE, "submit"), "Enviar", "submit"),
    ("E3", state(ENATE, "to_do"), "Por hacer", "to do"),
    ("E3", state(ENATE, "in_progress"), "En Progreso", "in progress"),
    ("E4", ENATE_WORDS["category_changed"], "Categoría de Ticket modificada", "category changed"),
    ("E5", ENATE_WORDS["queue"], "Lista", "queue"),
    ("E16", move(ENATE, "wait"), "Esperar", "wait"),
    ("E6", state(ENATE, "waiting_for_information"), "Esperar más información", "wait for more information"),
    ("E7", state(ENATE, "waiting_until"), "Esperar hasta", "wait until"),
    (
        "E6",
        ENATE_WORDS["add_wait_time"],
        "Añadir tiempo de espera a la fecha de vencimiento",
        "add wait time to due date",
    ),
    ("E6", rule(ENATE, "close-unanswered"), "Cerrar si no se recibe respuesta", "close if there is no answer"),
    ("E9", state(ENATE, "resolved"), "Resuelto", "resolved"),
    ("E9", ENATE_WORDS["answered_to_customer"], "Respuesto al Cliente", "answered to customer"),
    ("E9", ENATE_WORDS["no_answer_from_customer"], "No hay respuesta del cliente", "no answer from customer"),
    ("E9", ENATE_WORDS["rejected"], "Rechazado", "rejected"),
    ("E9", ENATE_WORDS["rejected_as_spam"], "Rechazado como Spam", "rejected as spam"),
    ("E9", ENATE_WORDS["send_and_resolve"], "Enviar y resolver", "send and resolve"),
    ("E10", ENATE_WORDS["feedback_window"], "Ventana de Comentarios", "feedback window"),
    (
        "E10",
        rule(ENATE, "close-after-window"),
        "Cierre al final de la Ventana de Comentarios",
        "close after the feedback window",
    ),
    ("E13", listing(ENATE, "inbox"), "Bandeja de entrada de tareas", "inbox"),
    ("E13", listing(ENATE, "own_work"), "Tarea propia", "own work"),
]


@pytest.mark.parametrize(
    ("labels", "spanish", "english"),
    [row[1:] for row in TABLE],
    ids=[f"{row} {spanish}" for row, _, spanish, _ in TABLE],
)
def test_labels_of_the_sources(labels: Labels, spanish: str, english: str) -> None:
    assert labels == {"es": spanish, "en": english}


def test_labels_b4_the_history_says_that_the_snooze_was_cancelled() -> None:
    desk = Desk(POSPONER)
    desk.open(utc(2026, 11, 23, 12))
    desk.give(commands.Snooze(until=utc(2026, 11, 30), at=utc(2026, 11, 23, 13), by=ANA))
    desk.give(commands.Reopen(at=utc(2026, 11, 23, 14), by=ANA))
    desk.give(commands.CancelSnooze(at=utc(2026, 11, 23, 15), by=ANA))
    (event,) = desk.ticket.history.last.events
    told = {language: Wording(POSPONER, SANTIAGO, language).event(event) for language in ("es", "en")}
    assert told == {"es": "El aplazamiento fue cancelado", "en": "the snooze was cancelled"}


def test_labels_c1_the_funnels_of_the_examples() -> None:
    assert [funnel.labels["es"] for funnel in (SALES, SCHEDULING)] == ["Ventas", "Agendamiento"]
