"""What happened and why, in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, utc
from ticketflow import (
    All,
    AnyOf,
    BusinessDays,
    CalendarSpan,
    CategoryIs,
    Created,
    Elapsed,
    Entered,
    FieldIs,
    IsAssigned,
    LastMessage,
    Latest,
    Message,
    Not,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Outside,
    StateIs,
    WasAnswered,
    WorkingTime,
    commands,
)
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import Span
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import (
    Action,
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    HoldField,
    Move,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
    Wake,
)
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import (
    AtClosing,
    AtField,
    AtOpening,
    AtSnoozeEnd,
    On,
    OnChange,
    OnCommand,
    OnWake,
    Trigger,
)
from ticketflow.service.simulation import Simulation
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline
from ticketflow.tickets.anchors import (
    Anchor,
    AssignedLast,
    Closed,
    LastActivity,
    Left,
    ResolvedLast,
    Resumed,
    Woke,
)
from ticketflow.tickets.events import Event, EventReason
from ticketflow.tickets.messages import Hint, Mail
from ticketflow.tickets.records import KINDS, kind_of, records
from ticketflow.workflow.conditions import AssignedTo, Condition, IsHidden, IsSnoozed

SANTIAGO = ZoneInfo("America/Santiago")
NINE = utc(2026, 11, 23, 12)  # nine o'clock in Santiago
SENIOR = senior()
SPANISH = Wording(SENIOR, SANTIAGO, "es")
ENGLISH = Wording(SENIOR, SANTIAGO)


class TestSpanish:
    @pytest.mark.parametrize(
        ("span", "said"),
        [
            (Elapsed(days=2, hours=1, minutes=30), "2 días 1 hora 30 minutos"),
            (BusinessDays(6), "6 días hábiles"),
            (BusinessDays(1), "1 día hábil"),
            (BusinessDays(1, at="opening"), "1 día hábil, a la apertura"),
            (BusinessDays(2, at="closing"), "2 días hábiles, al cierre"),
            (BusinessDays(1, at="16:00"), "1 día hábil, a las 16:00"),
            (WorkingTime(hours=1), "1 hora de tiempo laboral"),
            (CalendarSpan(months=1, weeks=2), "1 mes 2 semanas"),
            (Elapsed(), "0 minutos"),
            (CalendarSpan(), "0 días"),
            (Elapsed(timedelta(seconds=90)), "0:01:30"),
            (Elapsed(timedelta(days=2, seconds=1)), "2 días, 0:00:01"),
        ],
    )
    def test_spans(self, span: Span, said: str) -> None:
        assert SPANISH.span(span) == said
        assert ENGLISH.span(span) == str(span)

    @pytest.mark.parametrize(
        ("anchor", "said"),
        [
            (Created(), "la apertura del ticket"),
            (Entered(), "la entrada en el estado"),
            (Entered("closed"), "la entrada en Cerrado"),
            (LastMessage("agent"), "el último mensaje del soporte"),
            (Outside("version_released"), "el evento version_released"),
            (Left("new"), "la salida de Nuevo"),
            (AssignedLast(), "la última asignación"),
            (ResolvedLast(), "la última resolución"),
            (Closed(), "el cierre"),
            (Woke(), "el regreso al vencer el aplazamiento"),
            (LastActivity("note"), "la última nota de una persona"),
            (LastActivity("command"), "la última acción de una persona"),
            (Resumed(), "el fin de la retención"),
            (Latest(Created(), Outside("x")), "lo más reciente entre la apertura del ticket y el evento x"),
        ],
    )
    def test_anchors(self, anchor: Anchor, said: str) -> None:
        assert SPANISH.anchor(anchor) == said
        assert ENGLISH.anchor(anchor) == str(anchor)

    @pytest.mark.parametrize(
        ("trigger", "said"),
        [
            (OnEnter(IsAssigned()), "ahora alguien está asignado"),
            (OnEnter(WasAnswered()), "ahora el cliente ya recibió respuesta"),
            (OnLeave(StateIs("new")), "dejó de cumplirse: el estado es Nuevo"),
            (OnMessage("third_party"), "escribió un tercero"),
            (OnOutside("released"), "ocurrió released"),
            (OnChange("nature"), "cambió naturaleza"),
            (OnWake(), "terminó el aplazamiento"),
            (OnCommand("assign", by={"agent"}), "agente dio el comando asignar"),
            (OnCommand("link", "assign"), "alguien dio el comando asignar o vincular"),
        ],
    )
    def test_triggers(self, trigger: Trigger, said: str) -> None:
        assert SPANISH.trigger(trigger) == said
        assert ENGLISH.trigger(trigger) == str(trigger)

    @pytest.mark.parametrize(
        ("timer", "said"),
        [
            (On(EveryWeek("monday", "09:00")), "cada lunes a las 09:00"),
            (On(EveryWeek("mon,fri", "08:00", "14:00")), "cada lunes y viernes a las 08:00 y 14:00"),
            (On(EveryMonth(31, "09:30")), "cada mes el día 31 a las 09:30"),
            (On(EveryMonthOn(2, "friday", "17:00")), "cada segundo viernes del mes a las 17:00"),
            (On(EveryMonthOn(-1, "sunday", "17:00")), "cada último domingo del mes a las 17:00"),
            (On(EveryYear(12, 24, "12:00")), "cada año el 24/12 a las 12:00"),
            (AtOpening(), "la apertura de default"),
            (AtClosing(), "el cierre de default"),
            (AtField("nature"), "el momento de naturaleza"),
            (AtSnoozeEnd(), "el momento del aplazamiento"),
        ],
    )
    def test_what_comes_in_time(self, timer: On | AtOpening | AtClosing | AtField | AtSnoozeEnd, said: str) -> None:
        assert SPANISH.timer(timer) == said
        assert ENGLISH.timer(timer) == str(timer)

    @pytest.mark.parametrize(
        ("action", "said"),
        [
            (Move("close"), "aplicar la transición close"),
            (Resolve("won"), "resolver como won"),
            (SetField("nature", "x"), "fijar naturaleza en x"),
            (HoldField("nature", None), "retener naturaleza en (sin valor)"),
            (ReleaseField("nature"), "liberar naturaleza"),
            (Assign("bea"), "asignar a bea"),
            (Assign(), "quitar la asignación"),
            (AssignTo("actor"), "asignar a quien actuó"),
            (CancelSnooze(), "cancelar el aplazamiento"),
            (Wake(), "terminar el aplazamiento"),
            (AddNote("nature"), "agregar naturaleza como nota interna"),
            (SendMessage("bye", to="owner"), "enviar bye al responsable"),
        ],
    )
    def test_what_rules_ask_for(self, action: Action, said: str) -> None:
        assert SPANISH.action(action) == said
        assert ENGLISH.action(action) == str(action).replace("None", "nothing")

    @pytest.mark.parametrize(
        ("condition", "said"),
        [
            (CategoryIs("open", "pending"), "el ticket está abierto o pendiente"),
            (FieldIs("nature", "incident"), "naturaleza es incident"),
            (AssignedTo("ana", "bea"), "asignado a ana o bea"),
            (All(IsSnoozed(), Not(IsHidden())), "(hay un aplazamiento activo) y (no (el ticket está pospuesto))"),
            (AnyOf(StateIs("new"), IsAssigned()), "(el estado es Nuevo) o (alguien está asignado)"),
            (All(), "siempre"),
            (AnyOf(), "nunca"),
        ],
    )
    def test_conditions(self, condition: Condition, said: str) -> None:
        assert SPANISH.condition(condition) == said
        assert ENGLISH.condition(condition) == str(condition)

    def test_conditions_in_english(self) -> None:
        asked = (AssignedTo("ana"), IsSnoozed(), IsHidden())
        assert [str(each) for each in asked] == ["assigned to ana", "a snooze is armed", "the ticket is hidden"]
        assert str(OnCommand("assign")) == "somebody gave assign"

    def test_reasons_of_rules_that_are_no_more_are_told_as_they_were_stored(self) -> None:
        gone = EventReason("the customer wrote", "3")
        assert SPANISH.why(gone, "analysis-on-answer") == "escribió el cliente"
        assert SPANISH.why(gone, "no-such-rule") == "the customer wrote"
        assert SPANISH.why(EventReason("delivered happened", "3"), "analysis-on-answer") == "delivered happened"

    def test_a_field_or_state_of_no_label_goes_by_its_name(self) -> None:
        assert SPANISH.state("no_such_state") == "no_such_state"


def busy_life() -> Desk:
    """A ticket to which everything happens that can be told."""
    minutes = (NINE + timedelta(minutes=number) for number in range(100))
    desk = Desk(posponer())
    desk.open(next(minutes))
    desk.give(commands.Link("T-9", "duplicate_of", at=next(minutes), by=ANA))
    desk.give(commands.Snooze(until=utc(2026, 12, 1, 12), why="awaits the bank", at=next(minutes), by=ANA))
    desk.write(next(minutes), CUSTOMER)
    desk.give(commands.CancelSnooze(at=next(minutes), by=ANA))
    desk.write(next(minutes), ROBOT, automatic=True)
    desk.write(next(minutes), ANA, public=False)
    desk.write(next(minutes), BOSS, public=False, automatic=True)
    desk.give(commands.AddMessage(Message("sol", resolves=True), at=next(minutes), by=ANA))
    desk.give(commands.Move("resolve", at=next(minutes), by=ANA))
    return desk


class TestTimelines:
    def test_a_life_in_spanish(self) -> None:
        desk = busy_life()
        lines = list(timeline(Simulation(desk.ticket), desk.rules, SANTIAGO, "es"))
        assert lines[:3] == [
            "  lun 2026-11-23 09:00:00 -0300  cliente bruno: abierto en abierto; mensaje m1",
            (
                "  lun 2026-11-23 09:00:00 -0300  se solicita enviar chatbot-answer al cliente\n"
                "                                por la regla chatbot: escribió el cliente"
            ),
            "  lun 2026-11-23 09:01:00 -0300  agente ana: vinculado con T-9 (duplicate_of)",
        ]
        text = "\n".join(lines)
        for said in (
            "pospuesto hasta el mar 2026-12-01 09:00:00 -0300 (awaits the bank)",
            "de nuevo a la vista",
            "asignado a ana",
            "El aplazamiento fue cancelado",
            "robot bot: mensaje automático",
            "nota interna m",
            "nota interna automática m",
            "resuelto con sol ✓; abierto -> resuelto",
        ):
            assert said in text, said
        assert lines[-1] == "  hasta aquí: resuelto; nada más ocurrirá por sí solo"

    def test_a_robot_that_declines_and_a_field_that_is_a_moment(self) -> None:
        desk = Desk(enate())
        desk.give(commands.Open("T-1", message=Message("m"), at=NINE, by=CUSTOMER))
        desk.give(commands.Move("robot_start_work", at=NINE, by=ROBOT))
        desk.give(commands.Decline("needs a signature", at=NINE, by=ROBOT))
        desk.give(commands.SetFields({"wait_until": utc(2026, 12, 1)}, at=NINE, by=ANA))
        english = "\n".join(timeline(Simulation(desk.ticket), desk.rules, SANTIAGO))
        spanish = "\n".join(timeline(Simulation(desk.ticket), desk.rules, SANTIAGO, "es"))
        assert "robot bot: declined: needs a signature; assigned to nobody" in english
        assert "robot bot: rechazado: needs a signature; sin asignar" in spanish
        assert "wait until set to Mon 2026-11-30 21:00:00 -0300" in english
        assert "Esperar hasta fijado en lun 2026-11-30 21:00:00 -0300" in spanish


class TestOccasions:
    def test_what_came_round_is_told_on_the_wall(self) -> None:
        """A snooze that is over, for a ticket that slept and for one that did not, and a closing."""
        rules = posponer()
        closing = Automation("bell", AtClosing(), (SendMessage("bell"),))
        both = Rules("both", rules.workflow, rules.calendars, (*rules.automations, closing), rules.snoozing)
        for surfaced in (False, True):
            desk = Desk(both)
            desk.open(NINE)
            desk.give(commands.Snooze(until=NINE + timedelta(hours=1), at=NINE, by=ANA))
            if surfaced:
                desk.give(commands.Reopen(at=NINE, by=ANA))
            desk.advance(NINE + timedelta(hours=10))
            english = "\n".join(timeline(Simulation(desk.ticket), desk.rules, SANTIAGO))
            spanish = "\n".join(timeline(Simulation(desk.ticket), desk.rules, SANTIAGO, "es"))
            assert ("the snooze ended; shown again\n" in english) is not surfaced
            assert "the snooze ended" in english
            assert "terminó el aplazamiento" in spanish
            assert "by rule bell: the closing of default on Mon 2026-11-23 18:00:00 -0300" in english
            assert "por la regla bell: el cierre de default el lun 2026-11-23 18:00:00 -0300" in spanish
            assert "por la regla snooze.wake: el momento del aplazamiento el lun 2026-11-23 10:00:00 -0300" in spanish


class TestRecords:
    def test_every_event_has_a_kind(self) -> None:
        desk = busy_life()
        found = {record.kind for record in records(desk.ticket)}
        assert found <= set(KINDS)
        assert {"opened", "message", "note", "snoozed", "snooze_cancelled", "surfaced", "linked", "resolution"} <= found
        assert len(get_args(Event)) + 2 == len(KINDS), "each class of event, and two that are told apart"

    def test_filtered_by_kind_and_field(self) -> None:
        desk = Desk(SENIOR)
        desk.open(NINE, nature="incident")
        values: tuple[tuple[str, Value], ...] = (("nature", "request"), ("classification", "a"), ("nature", "question"))
        for name, value in values:
            desk.give(commands.SetFields({name: value}, at=NINE, by=ANA))
        changes = list(records(desk.ticket, "field_changed", field="nature"))
        assert [(kind_of(change.event), change.entry.sequence) for change in changes] == [
            ("field_changed", 1),
            ("field_changed", 3),
        ]
        assert [record.kind for record in records(desk.ticket, field="nature")].count("field_set") == 0
        with pytest.raises(BadValueError, match=r"no kind of record 'field_chnged'; did you mean 'field_changed'\?"):
            records(desk.ticket, "field_chnged")


class TestHints:
    def test_instants_are_shown_on_the_wall(self) -> None:
        hint = Hint("x", {"en": "at {at}", "es": "el {at}"}, {"at": NINE})
        assert hint.text("es", SANTIAGO) == "el 2026-11-23 09:00 -0300"
        assert hint.text("en") == "at 2026-11-23 12:00 +0000"
        assert Hint("only-a-name", {}).text("en") == "only-a-name"

    def test_a_mail_is_kept_without_what_it_says(self) -> None:
        assert Mail("m1", subject="secret", text="secret").facts == Message("m1")


class TestWrongTypes:
    """Every public method refuses what it cannot put into words, with an error of the library."""

    METHODS = (
        "event",
        "entry",
        "why",
        "refusal",
        "reason",
        "span",
        "anchor",
        "timer",
        "trigger",
        "condition",
        "action",
    )

    @pytest.mark.parametrize("method", [*METHODS, "explanation", "reading", "part"])
    @pytest.mark.parametrize("given", [None, "x", 3])
    def test_other_values_are_refused(self, method: str, given: object) -> None:
        with pytest.raises(BadValueError):
            getattr(Wording(senior()), method)(given)

    @pytest.mark.parametrize("given", [None, "x", 3])
    def test_other_rules_are_refused(self, given: object) -> None:
        with pytest.raises(BadValueError, match=f"^rules is {given!r}; give"):
            Wording(given)  # type: ignore[arg-type]
