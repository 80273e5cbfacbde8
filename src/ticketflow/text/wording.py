"""What happened and why, in English and in Spanish, as people read it on their wall.

English is what `str` says of spans, anchors, conditions and triggers; Spanish is written here. States and fields go by
the labels of their rule set.

Source: docs/semantics.md 2.2, 3.15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear, Recurrence
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, ClockSpan, Elapsed, Missed, OfTarget, Span
from ticketflow.calendars.trace import Why as ClosedWhy
from ticketflow.calendars.zones import load_zone
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.labels import Language, check_language
from ticketflow.kernel.names import readable
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.service.explain import Explanation, Verdict
from ticketflow.sla.reading import ClockState, Reading
from ticketflow.sla.trace import Part, PartKind
from ticketflow.tickets import events
from ticketflow.tickets.anchors import (
    AUTHORS,
    Anchor,
    AssignedLast,
    Author,
    Breached,
    Closed,
    Created,
    Entered,
    LastActivity,
    LastMessage,
    Latest,
    Left,
    Outside,
    ResolvedLast,
    Resumed,
    Started,
)
from ticketflow.tickets.anchors import Woke as WokeUp
from ticketflow.tickets.messages import Message
from ticketflow.workflow import conditions

Texts = Mapping[Language, str]

_EVENTS: Mapping[str, Texts] = {
    "opened": {"en": "opened in {state}{fields}{follows}", "es": "abierto en {state}{fields}{follows}"},
    "follows": {"en": ", going on from {ticket}", "es": ", continuación de {ticket}"},
    "assigned": {"en": "assigned to {who}", "es": "asignado a {who}"},
    "unassigned": {"en": "assigned to nobody", "es": "sin asignar"},
    "state_changed": {"en": "{before} -> {after}", "es": "{before} -> {after}"},
    "field_changed": {"en": "{field} {before} -> {after}", "es": "{field}: {before} -> {after}"},
    "field_set": {"en": "{field} set to {after}", "es": "{field} fijado en {after}"},
    "field_held": {"en": "{field} held at {after}", "es": "{field} retenido en {after}"},
    "field_released": {"en": "{field} back to {after}", "es": "{field} vuelve a {after}"},
    "rated": {"en": "rated {score}", "es": "valorado con {score}"},
    "outside_event": {"en": "outside event {event}", "es": "evento externo {event}"},
    "resolution": {"en": "resolved by {message} ✓", "es": "resuelto con {message} ✓"},
    "declined": {"en": "given back: {why}", "es": "rechazado: {why}"},
    "linked": {"en": "linked to {ticket} ({how})", "es": "vinculado con {ticket} ({how})"},
    "snoozed": {"en": "snoozed until {until}{why}", "es": "pospuesto hasta {until}{why}"},
    "snooze_cancelled": {"en": "the snooze was cancelled", "es": "El aplazamiento fue cancelado"},
    "surfaced": {"en": "back in sight", "es": "de nuevo a la vista"},
    "woke": {"en": "woke up: the moment of its snooze has come", "es": "despierta: llegó el momento del aplazamiento"},
    "reminded": {"en": "the moment of its snooze has come", "es": "llegó el momento del aplazamiento"},
    "message_requested": {"en": "{template} asked to be sent to the {to}", "es": "se pide enviar {template} a: {to}"},
    "follow_up_requested": {"en": "a follow-up is to be opened", "es": "se pide abrir un ticket de seguimiento"},
    "target_warned": {"en": "the target of {clock} is about to be missed", "es": "la meta de {clock} está por vencer"},
    "target_breached": {
        "en": "the target of {clock} was missed: it was due on {due}",
        "es": "se incumplió la meta de {clock}: vencía el {due}",
    },
    "superseded": {"en": "gave way to a later one", "es": "cede ante uno posterior"},
    "superseded_run": {"en": "{count} gave way to a later one", "es": "{count} ceden ante uno posterior"},
    "dropped": {"en": "dropped ({why})", "es": "descartado ({why})"},
    "rules_halted": {
        "en": "rules halted until the next outside event: {rules}",
        "es": "reglas detenidas hasta el próximo evento externo: {rules}",
    },
    "message": {"en": "message {id}", "es": "mensaje {id}"},
    "note": {"en": "internal note {id}", "es": "nota interna {id}"},
    "automatic_message": {"en": "automatic message {id}", "es": "mensaje automático {id}"},
    "automatic_note": {"en": "automatic internal note {id}", "es": "nota interna automática {id}"},
    "on": {"en": "on {at}", "es": "el {at}"},
    "nothing": {"en": "nothing changed", "es": "nada cambió"},
}
_ENTRIES: Mapping[str, Texts] = {
    "by_rule": {"en": "by rule {rule}: {why}{late}", "es": "por la regla {rule}: {why}{late}"},
    "late": {"en": "; it was due on {at}", "es": "; correspondía el {at}"},
    "by_bound": {"en": "by the bound {bound}", "es": "por el límite {bound}"},
    "after": {"en": "{span} after {anchor} on {at}", "es": "{span} después de {anchor} el {at}"},
}
_VERDICTS: Mapping[Verdict, Texts] = {
    "due": {"en": "due since {at}: {what}, {why}", "es": "corresponde desde el {at}: {what}, {why}"},
    "waiting": {"en": "waits until {at}: {what}, {why}", "es": "espera hasta el {at}: {what}, {why}"},
    "held": {"en": "held while {mask}", "es": "retenida mientras {mask}"},
    "frozen": {"en": "its clock stands still", "es": "su reloj está detenido"},
    "fired": {"en": "fired on {at}, {why}", "es": "se ejecutó el {at}, {why}"},
    "dropped": {"en": "dropped on {at}: {dropped}", "es": "descartada el {at}: {dropped}"},
    "ended": {"en": "ended on {at} by {entry}", "es": "terminada el {at} por {entry}"},
    "halted": {
        "en": "halted: a bound was reached, and it rests until the next outside event",
        "es": "detenida: se alcanzó un límite, y descansa hasta el próximo evento externo",
    },
    "not_applicable": {"en": "does not apply: {failing}", "es": "no se aplica: {failing}"},
    "awaits_event": {"en": "waits for its event", "es": "espera su evento"},
    "not_enabled": {"en": "is not enabled", "es": "no está habilitada"},
    "never": {"en": "never comes, as far as is known", "es": "no llega nunca, por lo que se sabe"},
}
_NOT: Texts = {"en": "not so: {condition}", "es": "no se cumple: {condition}"}
_BUT_DROPPED: Texts = {"en": "; but dropped ({dropped})", "es": "; pero descartada ({dropped})"}
_HELD_BACK: Mapping[str, Texts] = {
    "gate": {
        "en": "; due by itself on {at}, when {gate} is shut",
        "es": "; corresponde el {at}, con {gate} fuera de horario",
    },
    "notice": {
        "en": "; due by itself on {at}, and held until then",
        "es": "; corresponde el {at}, y queda retenida hasta entonces",
    },
}
_UNLESS_WRITES: Texts = {"en": "; unless {who} writes", "es": "; salvo que escriba {who}"}
_UNLESS: Texts = {"en": "; unless there is {anchor}", "es": "; salvo que haya {anchor}"}
_SKIPPING: Texts = {"en": ", skipping {days}", "es": ", sin contar {days}"}
_COUNTING: Texts = {"en": ", counting {days}", "es": ", contando {days}"}
_PLAIN: Mapping[bool | None, Texts] = {
    None: {"en": "nothing", "es": "nada"},
    True: {"en": "yes", "es": "sí"},
    False: {"en": "no", "es": "no"},
}
_ROLES: Mapping[str, str] = {
    "customer": "cliente",
    "third_party": "tercero",
    "agent": "agente",
    "administrator": "administrador",
    "robot": "robot",
    "system": "sistema",
    "owner": "responsable",
}
_AUTHORS: Mapping[Author, str] = {
    "customer": "el cliente",
    "third_party": "un tercero",
    "agent": "el soporte",
    "anyone": "alguien",
}
_CATEGORIES: Mapping[str, str] = {
    "open": "abierto",
    "pending": "pendiente",
    "resolved": "resuelto",
    "closed": "cerrado",
}
_CLOCK_STATES: Mapping[ClockState, Texts] = {
    "not_started": {"en": "not started", "es": "sin empezar"},
    "running": {"en": "running", "es": "corre"},
    "frozen": {"en": "frozen by the policy", "es": "congelado por la política"},
    "paused": {"en": "paused, the calendar is shut", "es": "en pausa, fuera de horario"},
    "met": {"en": "met", "es": "cumplido"},
    "breached": {"en": "missed", "es": "incumplido"},
    "void": {"en": "neither met nor missed", "es": "ni cumplido ni incumplido"},
}
_SUMS: Texts = {
    "en": "{elapsed} counted, {frozen} frozen, {closed} closed",
    "es": "{elapsed} contados, {frozen} congelados, {closed} fuera de horario",
}
_WAS_DUE: Texts = {"en": "it was due on {at}", "es": "vencía el {at}"}
_DUE: Texts = {"en": "due on {at}", "es": "vence el {at}"}
_FROM_TO: Texts = {"en": "{start} to {end}: {spent}, {kind}", "es": "{start} a {end}: {spent}, {kind}"}
_PARTS: Mapping[PartKind, Texts] = {
    "counted": {"en": "counted", "es": "contado"},
    "frozen": {"en": "frozen", "es": "congelado"},
    "stopped": {"en": "stopped", "es": "detenido"},
    "closed": {"en": "closed", "es": "fuera de horario"},
}
_CLOSED_BY: Mapping[ClosedWhy, Texts] = {
    "hours": {"en": "weekly hours", "es": "horario semanal"},
    "closed": {"en": "weekly hours", "es": "horario semanal"},
    "override": {"en": "hours of that date", "es": "horario de esa fecha"},
    "holiday": {"en": "holiday", "es": "feriado"},
    "half_day": {"en": "half-day", "es": "medio día"},
    "excluded": {"en": "excluded", "es": "excluido"},
}
_CLOCK_FACTS: Mapping[conditions.ClockFact, str] = {
    "running": "corre",
    "frozen": "está congelado",
    "warned": "está por vencer",
    "breached": "se incumplió",
    "met": "se cumplió",
}
_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
}
_DAYS: Mapping[str, str] = {
    "monday": "lunes",
    "tuesday": "martes",
    "wednesday": "miércoles",
    "thursday": "jueves",
    "friday": "viernes",
    "saturday": "sábado",
    "sunday": "domingo",
}
_UNITS: Mapping[str, str] = {
    "business days": "días hábiles",
    "business day": "día hábil",
    "months": "meses",
    "month": "mes",
    "weeks": "semanas",
    "week": "semana",
    "days": "días",
    "day": "día",
    "hours": "horas",
    "hour": "hora",
    "minutes": "minutos",
    "minute": "minuto",
    "of working time": "de tiempo laboral",
}
_UNIT = re.compile("|".join(sorted(_UNITS, key=len, reverse=True)))


def spoken_instant(at: datetime, zone: ZoneInfo, language: Language = "en") -> str:
    """Return an instant as the wall of *zone* shows it, to the second, or to the microsecond where that differs.

    >>> from datetime import UTC
    >>> spoken_instant(datetime(2026, 11, 19, 18, tzinfo=UTC), ZoneInfo("America/Sao_Paulo"))
    'Thu 2026-11-19 15:00:00 -0300'
    """
    try:
        local = at.astimezone(zone)
    except OverflowError:  # the first and last hours of all years have no wall everywhere
        local = at
    clock = local.time().isoformat("microseconds" if local.microsecond else "seconds")
    return f"{_WEEKDAYS[language][local.weekday()]} {local.date().isoformat()} {clock} {local:%z}"


@attrs.frozen
class Wording:
    """How a rule set's tickets are spoken of in one language, on one wall.

    Attributes:
        rules: The definition of the desk; gives labels, and the triggers of its rules.
        zone: Whose wall instants are shown on.
        language: ``en`` or ``es``.

    >>> from ticketflow.presets.senior import senior
    >>> spanish = Wording(senior(), ZoneInfo("America/Sao_Paulo"), "es")
    >>> spanish.event(StateChanged("new", "in_analysis", "open", "start_analysis"))
    'Nuevo -> En análisis'
    """

    rules: Rules
    zone: ZoneInfo
    language: Language = attrs.field(default="en", converter=check_language)

    def instant(self, at: datetime) -> str:
        """Return an instant as the wall shows it."""
        return spoken_instant(at, self.zone, self.language)

    def state(self, name: str) -> str:
        """Return what people call a state."""
        state = self.rules.workflow.state(name)
        return (state.labels.get(self.language) if state else None) or name

    def _field(self, name: str) -> str:
        field = self.rules.workflow.field(name)
        return (field.labels.get(self.language) if field else None) or name

    def _value(self, value: Value) -> str:
        if isinstance(value, datetime):
            return self.instant(value)
        if value is None or isinstance(value, bool):
            return _PLAIN[value][self.language]
        return readable(str(value))

    def _say(self, kind: str, **parts: str) -> str:
        return readable(_EVENTS[kind][self.language].format(**parts))  # with what strangers wrote in it

    def event(self, event: events.Event) -> str:
        """Return what happened, in a few words."""
        match event:
            case events.Opened(state=state, fields=fields, follows=follows):
                given = "".join(f", {self._field(name)} {self._value(value)}" for name, value in fields.items())
                after = self._say("follows", ticket=follows) if follows else ""
                return self._say("opened", state=self.state(state), fields=given, follows=after)
            case events.MessageAdded(message=message):
                return self._message(message)
            case events.Assigned(after=who):
                return self._say("assigned", who=who) if who else self._say("unassigned")
            case events.StateChanged(before=before, after=after):
                return self._say("state_changed", before=self.state(before), after=self.state(after))
            case events.FieldChanged(field=field, before=was, after=now):
                kind = "field_set" if was is None or was == now else "field_changed"
                return self._say(kind, field=self._field(field), before=self._value(was), after=self._value(now))
            case events.FieldHeld(field=field, after=now):
                return self._say("field_held", field=self._field(field), after=self._value(now))
            case events.FieldReleased(field=field, after=now):
                return self._say("field_released", field=self._field(field), after=self._value(now))
            case events.Rated(score=score):
                return self._say("rated", score=str(score))
            case events.OutsideEventRecorded(event=name):
                return self._say("outside_event", event=name)
            case events.ResolutionMarked(message=name):
                return self._say("resolution", message=name)
            case events.Declined(why=why):
                return self._say("declined", why=why)
            case events.Linked(ticket=ticket, kind=how):
                return self._say("linked", ticket=ticket, how=how)
            case events.Snoozed(until=until, why=reason):
                return self._say("snoozed", until=self.instant(until), why=f" ({reason})" if reason else "")
            case events.SnoozeCancelled():
                return self._say("snooze_cancelled")
            case events.Surfaced():
                return self._say("surfaced")
            case events.Woke(slept=slept):
                return self._say("woke" if slept else "reminded")
            case events.MessageRequested(template=template, to=to):
                return self._say("message_requested", template=template, to=self._role(to))
            case events.FollowUpRequested():
                return self._say("follow_up_requested")
            case events.TargetWarned(clock=clock):
                return self._say("target_warned", clock=clock)
            case events.TargetBreached(clock=clock, due_at=due):
                return self._say("target_breached", clock=clock, due=self.instant(due))
            case events.Superseded(count=1):
                return self._say("superseded")
            case events.Superseded(count=count):
                return self._say("superseded_run", count=str(count))
            case events.Dropped(why=why):
                return self._say("dropped", why=why)
            case events.RulesHalted(rules=halted):
                return self._say("rules_halted", rules=", ".join(halted))
            case _:
                assert_never(event)

    def _message(self, message: Message) -> str:
        kind = "message" if message.public else "note"
        return self._say(f"automatic_{kind}" if message.automatic else kind, id=message.id)

    def _role(self, role: str) -> str:
        return role if self.language == "en" else _ROLES.get(role, role)

    def entry(self, entry: events.Entry) -> tuple[str, str | None]:
        """Return what one decision brought, and which rule or bound was behind it, where one was."""
        what = "; ".join(self.event(event) for event in entry.events) or self._say("nothing")
        match entry.cause:
            case events.ByCommand():
                return f"{self._role(entry.actor.role)} {entry.actor.id}: {what}", None
            case events.ByRule(key=key, due_at=due_at, reason=reason):
                said = _ENTRIES["late"][self.language].format(at=self.instant(due_at))
                late = "" if due_at == entry.at else said
                why = self.why(reason, key.rule)
                return what, _ENTRIES["by_rule"][self.language].format(rule=key.rule, why=why, late=late)
            case events.ByBound(bound=bound):
                return what, _ENTRIES["by_bound"][self.language].format(bound=bound)
            case _:
                assert_never(entry.cause)

    def why(self, why: events.Why, rule: str | None = None) -> str:
        """Return why something was due, with its anchor on the wall.

        Args:
            why: The reason as the history keeps it.
            rule: The id of the rule; its trigger is told in other languages than English as long as the rule exists.
        """
        match why:
            case events.TimeReason(anchor=anchor, since=since, span=span):
                parts = {"span": self.span(span), "anchor": self.anchor(anchor), "at": self.instant(since)}
                said = _ENTRIES["after"][self.language].format(**parts)
                return said.replace(" de el ", " del ")
            case events.OccasionReason(occasion=occasion, at=at):
                return f"{self._occasion(rule, occasion)} {self._say('on', at=self.instant(at))}"
            case events.EventReason(trigger=trigger):
                found = self._rule(rule)
                when = found.when if isinstance(found, Automation) else None
                is_known = when is not None and str(when) == trigger
                return self.trigger(when) if is_known and isinstance(when, triggers.Trigger) else readable(trigger)
            case _:
                assert_never(why)

    def _rule(self, name: str | None) -> Rule | None:
        return next((each for each in (*self.rules.automations, *self.rules.implied) if each.id == name), None)

    def _occasion(self, rule: str | None, stored: str) -> str:
        """Return what came round, in words; in English as it was stored."""
        found = self._rule(rule)
        when = found.when if isinstance(found, Automation) else None
        if self.language == "en" or when is None or str(when) != stored:
            return readable(stored)
        return self.timer(when)

    def timer(self, when: object) -> str:
        """Return what a rule waits for that comes round or that a fact names, in words."""
        if self.language == "en":
            return str(when)
        match when:
            case triggers.On(recurrence=recurrence):
                return self._recurrence(recurrence)
            case triggers.AtOpening(calendar=calendar):
                return f"la apertura de {calendar}"
            case triggers.AtClosing(calendar=calendar):
                return f"el cierre de {calendar}"
            case triggers.AtField(field=field):
                return f"el momento de {self._field(field)}"
            case _:
                return "el momento del aplazamiento"

    def _recurrence(self, recurrence: Recurrence) -> str:
        clock = f"a las {str(recurrence).rpartition(' ')[2]}"
        match recurrence:
            case EveryWeek(weekday=weekday):
                return f"cada {_DAYS[weekday]} {clock}"
            case EveryMonth(day=day):
                return f"cada mes el día {day} {clock}"
            case EveryMonthOn(nth=nth, weekday=weekday):
                which = {1: "primer", 2: "segundo", 3: "tercer", 4: "cuarto"}.get(nth, "último")
                return f"cada {which} {_DAYS[weekday]} del mes {clock}"
            case EveryYear(month=month, day=day):
                return f"cada año el {day}/{month} {clock}"
            case _:
                assert_never(recurrence)

    def _author(self, by: Author) -> str:
        return AUTHORS[by] if self.language == "en" else _AUTHORS[by]

    def span(self, span: Span | ClockSpan) -> str:
        """Return a span in words."""
        said = str(span)
        if self.language == "en":
            return said
        match span:
            case OfTarget(percent=percent):
                return f"{percent} % de la meta"
            case BeforeDue(lead=lead):
                return f"{self.span(lead)} antes de que venza la meta"
            case AfterDue(span=after):
                return f"{self.span(after)} después de vencer la meta"
            case Missed():
                return "el incumplimiento de la meta"
            case _:
                return _UNIT.sub(lambda found: _UNITS[found.group()], said)

    def anchor(self, anchor: Anchor) -> str:
        """Return a moment that time is counted from, in words."""
        if self.language == "en":
            return str(anchor)
        match anchor:
            case Created():
                return "la apertura del ticket"
            case Entered(state=state):
                return f"la entrada en {self.state(state) if state else 'el estado'}"
            case Left(state=state):
                return f"la salida de {self.state(state)}"
            case AssignedLast():
                return "la última asignación"
            case ResolvedLast():
                return "la última resolución"
            case Closed():
                return "el cierre"
            case WokeUp():
                return "el despertar"
            case LastActivity(kind=kind):
                return {"note": "la última nota de una persona", "command": "lo último que hizo una persona"}[kind]
            case Resumed():
                return "el fin de la retención"
            case LastMessage(by=by):
                return f"el último mensaje de {_AUTHORS[by]}".replace(" de el ", " del ")
            case Outside(event=event):
                return f"el evento {event}"
            case Started(clock=clock):
                return f"el inicio del reloj {clock}"
            case Breached(clock=clock):
                return f"el incumplimiento de {clock}"
            case Latest(anchors=anchors):
                return "lo último de: " + ", ".join(self.anchor(each) for each in anchors)
            case _:
                assert_never(anchor)

    def trigger(self, trigger: triggers.Trigger) -> str:
        """Return the event that a rule waits for, in words."""
        if self.language == "en":
            return readable(str(trigger))
        match trigger:
            case triggers.OnEnter(condition=condition):
                return f"ahora {self.condition(condition)}"
            case triggers.OnLeave(condition=condition):
                return f"ya no {self.condition(condition)}"
            case triggers.OnMessage(by=by):
                return f"escribió {_AUTHORS[by]}"
            case triggers.OnOutside(event=event):
                return f"ocurrió {event}"
            case triggers.OnChange(field=field):
                return f"cambió {self._field(field)}"
            case triggers.OnWake():
                return "terminó el aplazamiento"
            case triggers.OnCommand(commands=commands, by=by):
                who = " o ".join(_ROLES[role] for role in sorted(by)) or "alguien"
                return f"{who} dio {' o '.join(sorted(commands))}"
            case _:
                assert_never(trigger)

    def condition(self, condition: conditions.Condition) -> str:
        """Return a question about a ticket as a statement, in words."""
        if self.language == "en":
            return readable(str(condition))
        match condition:
            case conditions.StateIs(states=states):
                return f"el estado es {' o '.join(map(self.state, states))}"
            case conditions.CategoryIs(categories=categories):
                return f"el ticket está {' o '.join(_CATEGORIES[each] for each in categories)}"
            case conditions.FieldIs(field=field, values=values):
                return f"{self._field(field)} es {' o '.join(map(str, values))}"
            case conditions.IsAssigned():
                return "alguien está asignado"
            case conditions.AssignedTo(assignees=assignees):
                return f"asignado a {' o '.join(assignees)}"
            case conditions.IsSnoozed():
                return "hay un aplazamiento activo"
            case conditions.IsHidden():
                return "el ticket está pospuesto"
            case conditions.Happened(anchor=anchor):
                return f"ya hubo {self.anchor(anchor)}"
            case conditions.IsUnanswered():
                return "el cliente espera respuesta"
            case conditions.Reopened(times=times):
                return f"reabierto {times} o más veces"
            case conditions.ClockIs(clock=clock, fact=fact):
                return f"el reloj {clock} {_CLOCK_FACTS[fact]}"
            case conditions.All(of=of):
                return " y ".join(f"({self.condition(each)})" for each in of) or "siempre"
            case conditions.AnyOf(of=of):
                return " o ".join(f"({self.condition(each)})" for each in of) or "nunca"
            case conditions.Not(condition=inner):
                return f"no ({self.condition(inner)})"
            case _:
                assert_never(condition)

    def explanation(self, explained: Explanation) -> str:
        """Return why a rule stands as it does, as one sentence that begins with its name."""
        entry, language = explained.entry, self.language
        failing = [
            _NOT[language].format(condition=self.condition(c.condition)) for c in explained.checks if not c.holds
        ]
        dropped = [readable(event.why) for event in entry.events if isinstance(event, events.Dropped)] if entry else []
        parts = {
            "at": self.instant(explained.at) if explained.at else "",
            "what": "; ".join(self.action(action) for action in explained.then),
            "why": self.why(explained.reason, explained.rule) if explained.reason else "",
            "mask": self.condition(explained.mask) if explained.mask else "",
            "failing": "; ".join(failing),
            "dropped": ", ".join(dropped),
            "entry": self.entry(entry)[0] if entry else "",
        }
        said = _VERDICTS[explained.verdict][language].format(**parts)
        if explained.verdict == "due" and dropped:
            said += _BUT_DROPPED[language].format(dropped=parts["dropped"])
        if explained.verdict in ("due", "waiting"):
            said += self._days(explained) + self._held_back(explained) + self._unless(explained)
        return f"{explained.rule}: {said}"

    def _held_back(self, explained: Explanation) -> str:
        """Return what holds back what waits, where it takes effect later than it is due by itself."""
        found, due_at = self._rule(explained.rule), explained.due_at
        if due_at is None or explained.at is None or due_at >= explained.at:
            return ""
        gate = found.gate if found and found.gate else None
        kind = "gate" if gate and not self.rules.calendars[gate].is_open(due_at) else "notice"
        return _HELD_BACK[kind][self.language].format(at=self.instant(due_at), gate=gate)

    def _unless(self, explained: Explanation) -> str:
        found = self._rule(explained.rule)
        if explained.verdict != "waiting" or found is None or found.ended_by is None:
            return ""
        if isinstance(found.ended_by, LastMessage):
            who = self._author(found.ended_by.by)
            return _UNLESS_WRITES[self.language].format(who=who)
        return _UNLESS[self.language].format(anchor=self.anchor(found.ended_by))

    def _days(self, explained: Explanation) -> str:
        """Return which days a count of business days took, and which weekdays it passed over because of a holiday."""
        rule, reason = self._rule(explained.rule), explained.reason
        is_counted = isinstance(reason, events.TimeReason) and isinstance(reason.span, BusinessDays)
        if rule is None or explained.at is None or not isinstance(reason, events.TimeReason) or not is_counted:
            return ""
        calendar, end = self.rules.calendars[rule.calendar], explained.due_at or explained.at
        wall = load_zone(calendar.zone)
        walls = [(piece, piece.start.astimezone(wall).date()) for piece in calendar.trace(reason.since, end)]
        begun, until = reason.since.astimezone(wall).date(), end.astimezone(wall).date()
        counted = dict.fromkeys((*(day for piece, day in walls if piece.counted and day != begun), until))
        skipped = dict.fromkeys((day, piece.name) for piece, day in walls if piece.why == "holiday")
        text = _COUNTING[self.language].format(days=", ".join(self._day(day) for day in counted))
        if skipped:
            holidays = ", ".join(f"{self._day(day)} ({name})" for day, name in skipped)
            text += _SKIPPING[self.language].format(days=holidays)
        return text

    def _day(self, day: date) -> str:
        return f"{_WEEKDAYS[self.language][day.weekday()]} {day.isoformat()[5:]}"

    def reading(self, reading: Reading) -> str:
        """Return how a clock stands, as one sentence that begins with its name."""
        said = _CLOCK_STATES[reading.state][self.language]
        sums = {name: self.span(Elapsed(getattr(reading, name))) for name in ("elapsed", "frozen", "closed")}
        text = f"{reading.clock}: {said}; " + _SUMS[self.language].format(**sums)
        if reading.missed is not None:
            text += "; " + _WAS_DUE[self.language].format(at=self.instant(reading.missed))
        elif reading.due_at is not None:
            text += "; " + _DUE[self.language].format(at=self.instant(reading.due_at))
        return text

    def part(self, part: Part) -> str:
        """Return one part of what a clock counted and did not, and why, as a line that a customer can be shown."""
        piece, language = part.piece, self.language
        closed = piece.name or _CLOSED_BY[piece.why][language] if piece else ""
        why = {"counted": "", "closed": closed}.get(part.kind, self.state(part.state))
        spent = self.span(Elapsed(part.end - part.start))
        start, end = self.instant(part.start), self.instant(part.end)
        line = _FROM_TO[language].format(start=start, end=end, spent=spent, kind=_PARTS[part.kind][language])
        return f"{line} ({why})" if why else line

    def action(self, action: actions.Action) -> str:
        """Return what a rule asks for, in words."""
        if self.language == "en":
            return readable(str(action))
        match action:
            case actions.Move(transition=transition):
                return f"tomar {transition}"
            case actions.Resolve(outcome=outcome, method=method):
                return f"resolver como {outcome}" + (f" por {method}" if method else "")
            case actions.Rate(score=score):
                return f"calificar con {score}"
            case actions.FollowUp():
                return "abrir un ticket de seguimiento"
            case actions.RecordWarning(clock=clock):
                return f"avisar de {clock}"
            case actions.RecordBreach(clock=clock):
                return f"registrar el incumplimiento de {clock}"
            case actions.SetField(field=field, value=value):
                return f"fijar {self._field(field)} en {self._value(value)}"
            case actions.HoldField(field=field, value=value):
                return f"retener {self._field(field)} en {self._value(value)}"
            case actions.ReleaseField(field=field):
                return f"liberar {self._field(field)}"
            case actions.Assign(assignee=assignee):
                return f"asignar a {assignee or 'nadie'}"
            case actions.AssignTo(who=who):
                return {"actor": "asignar a quien actuó", "snoozer": "asignar a quien pospuso"}[who]
            case actions.CancelSnooze():
                return "cancelar el aplazamiento"
            case actions.Wake():
                return "despertar"
            case actions.AddNote(field=field):
                return f"anotar {self._field(field)}"
            case actions.SendMessage(template=template, to=to):
                return f"enviar {template} a: {_ROLES[to]}"
            case _:
                assert_never(action)
