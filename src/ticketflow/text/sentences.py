"""The one renderer of sentences: what happened to a ticket and why, in any language that has a catalog.

States and fields go by the labels of their rule set; rules, transitions, templates and clocks go by their names.

Source: docs/semantics.md 2.2, 3.15; docs/languages.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import reduce
from typing import assert_never
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear, Recurrence
from ticketflow.calendars.spans import (
    LONGEST,
    POINTS,
    AfterDue,
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    ClockSpan,
    Elapsed,
    Missed,
    OfTarget,
    Span,
    WorkingTime,
)
from ticketflow.calendars.zones import load_zone
from ticketflow.engine.refusals import Reason
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.labels import Language, check_language
from ticketflow.kernel.names import person_in, readable
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules, implied_automations
from ticketflow.service.explanations import Explanation
from ticketflow.service.simulation import Refusal
from ticketflow.sla.arithmetic import plus
from ticketflow.sla.reading import Reading
from ticketflow.sla.trace import Part
from ticketflow.text.catalog import Catalog, Sentences, freeze_catalogs
from ticketflow.tickets import anchors, commands, events
from ticketflow.tickets.messages import Message
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_MOST_DAYS = 31
"""The most days of a span that an explanation lists before its last one."""


def usual_zone(rules: Rules) -> ZoneInfo:
    """Return the time zone of the rule set's first calendar, or UTC if it has none."""
    return load_zone(next((calendar.zone for calendar in rules.calendars.values()), "UTC"))


def _check_rules(value: Rules) -> Rules:
    check_argument(value, Rules, "rules")
    return value


@attrs.frozen
class Wording:
    """Writes sentences about the tickets of a rule set, in one language and one time zone.

    Attributes:
        rules: The rule set; gives labels, and the triggers of its rules.
        zone: The time zone in whose local time instants are shown; by default that of the rule set's first calendar.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences and labels that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        BadValueError: A language is not a well-formed tag, or *catalogs* has something else than catalogs.

    >>> from ticketflow.presets.senior import senior
    >>> spanish = Wording(senior(), ZoneInfo("America/Sao_Paulo"), "es")
    >>> spanish.event(events.StateChanged("new", "in_analysis", "open", "start_analysis"))
    'Nuevo -> En análisis'
    >>> spanish.event(events.FieldHeld("classification", None, "HD1"))
    'calificación retenida en HD1'
    """

    rules: Rules = attrs.field(converter=_check_rules)
    zone: ZoneInfo = attrs.field(default=attrs.Factory(lambda self: usual_zone(self.rules), takes_self=True))
    language: Language = attrs.field(default="en", converter=check_language)
    fallback: Language | None = attrs.field(default=None, converter=attrs.converters.optional(check_language))
    catalogs: tuple[Catalog, ...] = attrs.field(default=(), converter=freeze_catalogs)
    sentences: Sentences = attrs.field(init=False, repr=False, eq=False)

    @sentences.default
    def _sentences(self) -> Sentences:
        return Sentences(self.language, self.fallback, self.catalogs)

    # -- Values and names

    def instant(self, at: datetime) -> str:
        """Return an instant in local time, to the second, or to the microsecond where it has a fraction.

        >>> from datetime import UTC
        >>> from ticketflow.presets.senior import senior
        >>> Wording(senior()).instant(datetime(2026, 11, 19, 18, tzinfo=UTC))
        'Thu 2026-11-19 15:00:00 -0300'
        """
        try:
            local = at.astimezone(self.zone)
        except OverflowError:  # the first and last hours of all years have no local time everywhere
            local = at
        time = local.time().isoformat("microseconds" if local.microsecond else "seconds")
        day = local.date()
        return self._say("instant", weekday=self._weekday(day), date=day.isoformat(), time=time, offset=f"{local:%z}")

    def _weekday(self, day: date) -> str:
        return self._say(f"weekday.{_WEEKDAYS[day.weekday()]}.short")

    def state(self, name: str) -> str:
        """Return the label of a state."""
        state = self.rules.workflow.state(name)
        return self.sentences.label(state.labels, name) if state else name

    def field(self, name: str) -> str:
        """Return the label of a field."""
        field = self.rules.workflow.field(name)
        return self.sentences.label(field.labels, name) if field else name

    def value(self, value: Value) -> str:
        """Return the value of a field in words."""
        if isinstance(value, datetime):
            return self.instant(value)
        if isinstance(value, bool):
            return self._say("value.yes" if value else "value.no")
        return self._say("value.nothing") if value is None else readable(str(value))

    def _say(self, key: str, **parts: str | int) -> str:
        return self.sentences.say(key, **parts)

    def _any_of(self, texts: Iterable[str]) -> str:
        return self._joined("list.or", texts)

    def _all_of(self, texts: Iterable[str]) -> str:
        return self._joined("list.and", texts)

    def _joined(self, key: str, texts: Iterable[str]) -> str:
        given = list(texts) or [self._say("value.nothing")]
        return reduce(lambda left, right: self._say(key, left=left, right=right), given)

    def _role(self, role: str) -> str:
        return self.sentences.say_or(f"role.{role}", role)

    def _to(self, recipient: str) -> str:
        """Return a recipient of messages in words."""
        name = person_in(recipient)
        if name is not None:
            return self._say("to.person", name=name)
        return self.sentences.say_or(f"to.{recipient}", self._say("to.other", name=recipient))

    # -- The history

    def event(self, event: events.Event) -> str:
        """Return an event in a few words."""
        check_argument(event, events.Event, "event")
        match event:
            case events.Opened():
                return self._opened(event)
            case events.MessageAdded(message=message):
                return self._message(message)
            case events.Assigned(after=who):
                return self._say("event.assigned", who=who) if who else self._say("event.unassigned")
            case events.RequesterChanged(after=who):
                return self._say("event.requester", who=who) if who else self._say("event.no_requester")
            case events.StateChanged(before=before, after=after):
                return self._say("event.state_changed", before=self.state(before), after=self.state(after))
            case events.FieldChanged(field=field, before=was, after=now):
                kind = "field_set" if was is None or was == now else "field_changed"
                return self._say(
                    f"event.{kind}", field=self.field(field), before=self.value(was), after=self.value(now)
                )
            case events.FieldHeld(field=field, after=now):
                return self._say("event.field_held", field=self.field(field), after=self.value(now))
            case events.FieldReleased(field=field, after=now):
                return self._say("event.field_released", field=self.field(field), after=self.value(now))
            case events.Rated(score=score, comment=None):
                return self._say("event.rated", score=score)
            case events.Rated(score=score, comment=comment):
                return self._say("event.rated_comment", score=score, comment=comment or "")
            case events.OutsideEventRecorded(event=name):
                return self._say("event.outside", event=name)
            case events.ResolutionMarked(message=name):
                return self._say("event.resolution", message=name)
            case events.Declined(why=why):
                return self._say("event.declined", why=why)
            case events.Linked(ticket=ticket, kind=kind):
                return self._say("event.linked", ticket=ticket, kind=kind)
            case events.Snoozed(until=until, why=reason):
                at = self.instant(until)
                return (
                    self._say("event.snoozed_why", until=at, why=reason)
                    if reason
                    else self._say("event.snoozed", until=at)
                )
            case events.SnoozeCancelled():
                return self._say("event.snooze_cancelled")
            case events.Surfaced():
                return self._say("event.surfaced")
            case events.Woke(slept=slept):
                return self._say("event.woke" if slept else "event.reminded")
            case events.MessageRequested(template=template, to=to):
                key = "event.message_requested" if event.has_addressee else "event.message_for_nobody"
                return self._say(key, template=template, to=self._to(to))
            case events.Emitted(name=name, fields=fields):
                return self._with_fields(self._say("event.emitted", name=name), fields)
            case events.FollowUpRequested():
                return self._say("event.follow_up_requested")
            case events.TargetWarned(clock=clock):
                return self._say("event.target_warned", clock=clock)
            case events.TargetBreached(clock=clock, due_at=due):
                return self._say("event.target_breached", clock=clock, due=self.instant(due))
            case events.Superseded(count=1):
                return self._say("event.superseded")
            case events.Superseded(count=count):
                return self._say("event.superseded_run", count=count)
            case events.Dropped(why=why):
                return self._say("event.dropped", why=why)
            case events.RulesHalted(rules=halted):
                return self._say("event.rules_halted", rules=", ".join(halted))
            case _:
                assert_never(event)

    def _opened(self, event: events.Opened) -> str:
        text = self._with_fields(self._say("event.opened", state=self.state(event.state)), event.fields)
        return self._say("event.opened.follows", text=text, ticket=event.follows) if event.follows else text

    def _with_fields(self, text: str, fields: Mapping[str, Value]) -> str:
        """Return *text* with the values of fields after it."""
        for name, value in fields.items():
            text = self._say("event.opened.field", text=text, field=self.field(name), value=self.value(value))
        return text

    def _message(self, message: Message) -> str:
        kind = "message" if message.public else "note"
        return self._say(f"event.automatic_{kind}" if message.automatic else f"event.{kind}", id=message.id)

    def entry(self, entry: events.Entry) -> tuple[str, str | None]:
        """Return an entry of the history in words, and the rule or bound that caused it; None for a command."""
        check_argument(entry, events.Entry, "entry")
        what = "; ".join(self.event(event) for event in entry.events) or self._say("event.none")
        match entry.cause:
            case events.ByCommand():
                by = entry.actor
                return self._say("entry.by_command", role=self._role(by.role), actor=by.id, what=what), None
            case events.ByRule(key=key, due_at=due_at, reason=reason):
                why = self.why(reason, key.rule)
                if due_at == entry.at:
                    return what, self._say("entry.by_rule", rule=key.rule, why=why)
                return what, self._say("entry.by_rule_late", rule=key.rule, why=why, due=self.instant(due_at))
            case events.ByBound(bound=bound):
                return what, self._say("entry.by_bound", bound=bound)
            case _:
                assert_never(entry.cause)

    def why(self, why: events.Why, rule: str | None = None) -> str:
        """Return the reason for which something was due, with its anchor in local time.

        Args:
            why: The reason, as the history keeps it.
            rule: The id of the rule. If the rule set no longer has it, or it waits for something else by now, what it
                waited for is shown as it was stored: in English.
        """
        check_argument(why, events.Why, "why")
        match why:
            case events.TimeReason(anchor=anchor, since=since, span=span):
                at = self.instant(since)
                return self._say("reason.time", span=self.span(span), anchor=self.anchor(anchor), at=at)
            case events.OccasionReason(occasion=occasion, at=at):
                return self._say("reason.occasion", occasion=self._stored(rule, occasion), at=self.instant(at))
            case events.EventReason(trigger=trigger):
                return self._stored(rule, trigger)
            case _:
                assert_never(why)

    def _stored(self, rule: str | None, stored: str) -> str:
        """Return the trigger of a past occurrence in words; as it was stored if the rule has another trigger now."""
        found = self._rule(rule)
        when = found.when if isinstance(found, Automation) else None
        if when is None or isinstance(when, triggers.After) or str(when) != stored:
            return readable(stored)
        return self.trigger(when) if isinstance(when, triggers.Trigger) else self.timer(when)

    def _rule(self, name: str | None) -> Rule | None:
        return next(
            (each for each in (*self.rules.automations, *implied_automations(self.rules)) if each.id == name), None
        )

    # -- Refusals

    def refusal(self, refusal: Refusal) -> tuple[str, tuple[str, ...]]:
        """Return a refused command and every reason in words."""
        check_argument(refusal, Refusal, "refusal")
        by, name = refusal.command.by, commands.NAMES[type(refusal.command)]
        command = self._say(f"command.{name}")
        what = self._say("refused", role=self._role(by.role), actor=by.id, command=command)
        return what, tuple(map(self.reason, refusal.refused.reasons))

    def reason(self, reason: Reason) -> str:
        """Return a reason for a refusal; its details are in English."""
        check_argument(reason, Reason, "reason")
        at = self.instant(reason.expected_at) if reason.expected_at else ""
        kind = "not_allowed_yet" if reason.kind == "not_allowed" and at else reason.kind
        lacks = ", ".join(map(self._lack, reason.lacks))
        return self._say(f"refusal.{kind}", detail=str(reason), lacks=lacks, at=at)

    def _lack(self, name: str) -> str:
        field = self.rules.workflow.field(name)
        return self.field(name) if field else self.sentences.say_or(f"lack.{name}", name)

    # -- Time

    def span(self, span: Span | ClockSpan) -> str:
        """Return a span in words."""
        check_argument(span, Span | ClockSpan, "span")
        match span:
            case Elapsed(amount=amount):
                return self._amount(amount)
            case WorkingTime(amount=amount):
                return self._say("span.working_time", span=self._amount(amount))
            case BusinessDays(days=days, at=at):
                text = self._say("unit.business_day", count=days)
                if at is None:
                    return text
                return self._say(f"span.at_{at if at in POINTS else 'time'}", span=text, at=at)
            case CalendarSpan(months=months, weeks=weeks, days=days):
                return self._units(("month", months), ("week", weeks), ("day", days))
            case OfTarget(percent=percent):
                return self._say("span.of_target", percent=percent)
            case BeforeDue(lead=lead):
                return self._say("span.before_due", span=self.span(lead))
            case AfterDue(span=after):
                return self._say("span.after_due", span=self.span(after))
            case Missed():
                return self._say("span.missed")
            case _:
                assert_never(span)

    def _amount(self, amount: timedelta) -> str:
        """Return a duration in days, hours and minutes; with a clock reading if it has seconds."""
        rest = amount - timedelta(days=amount.days)
        if amount % _MINUTE:
            days = f"{self._say('unit.day', count=amount.days)}, " if amount.days else ""
            return f"{days}{rest}"
        return self._units(("day", amount.days), ("hour", rest // _HOUR), ("minute", rest % _HOUR // _MINUTE))

    def _units(self, *counts: tuple[str, int]) -> str:
        """Return the units that count something, or zero of the last."""
        counted = [pair for pair in counts if pair[1]] or counts[-1:]
        return " ".join(self._say(f"unit.{unit}", count=count) for unit, count in counted)

    def anchor(self, anchor: anchors.Anchor) -> str:
        """Return an anchor in words."""
        check_argument(anchor, anchors.Anchor, "anchor")
        match anchor:
            case anchors.Created():
                return self._say("anchor.created")
            case anchors.Entered(state=None):
                return self._say("anchor.entered_state")
            case anchors.Entered(state=state):
                return self._say("anchor.entered", state=self.state(state or ""))
            case anchors.Left(state=state):
                return self._say("anchor.left", state=self.state(state))
            case anchors.AssignedLast():
                return self._say("anchor.assigned")
            case anchors.ResolvedLast():
                return self._say("anchor.resolved")
            case anchors.Closed():
                return self._say("anchor.closed")
            case anchors.Woke():
                return self._say("anchor.woke")
            case anchors.LastMessage(by=by):
                return self._say(f"anchor.message.{by}")
            case anchors.LastActivity(kind=kind):
                return self._say(f"anchor.activity.{kind}")
            case anchors.Outside(event=event):
                return self._say("anchor.outside", event=event)
            case anchors.Started(clock=clock):
                return self._say("anchor.started", clock=clock)
            case anchors.Breached(clock=clock):
                return self._say("anchor.breached", clock=clock)
            case anchors.Resumed():
                return self._say("anchor.resumed")
            case anchors.Latest(anchors=several):
                return self._say("anchor.latest", anchors=self._all_of(map(self.anchor, several)))
            case _:
                assert_never(anchor)

    def timer(self, when: triggers.Occasion | triggers.Moment) -> str:
        """Return the occasion or moment that a rule waits for, in words."""
        check_argument(when, triggers.Occasion | triggers.Moment, "when")
        match when:
            case triggers.On(recurrence=recurrence):
                return self._recurrence(recurrence)
            case triggers.AtOpening(calendar=calendar):
                return self._say("timer.opening", calendar=self._calendar(calendar))
            case triggers.AtClosing(calendar=calendar):
                return self._say("timer.closing", calendar=self._calendar(calendar))
            case triggers.AtField(field=field):
                return self._say("timer.field", field=self.field(field))
            case triggers.AtSnoozeEnd():
                return self._say("timer.snooze_end")
            case _:
                assert_never(when)

    def _recurrence(self, recurrence: Recurrence) -> str:
        hour, minute = divmod(recurrence.times[0] // _MINUTE, 60)
        clock: dict[str, str | int] = {"time": f"{hour:02}:{minute:02}", "hour": hour}
        match recurrence:
            case EveryWeek(weekdays=(weekday,), times=(_,)):
                return self._say("recurrence.week", weekday=self._say(f"weekday.{weekday}"), **clock)
            case EveryWeek(weekdays=weekdays, times=times):
                named = self._all_of(self._say(f"weekday.{each}") for each in weekdays)
                shown = self._all_of(f"{at // _MINUTE // 60:02}:{at // _MINUTE % 60:02}" for at in times)
                return self._say("recurrence.weeks", weekdays=named, times=shown)
            case EveryMonth(day=day):
                return self._say("recurrence.month", day=day, **clock)
            case EveryMonthOn(nth=nth, weekday=weekday):
                which = f"recurrence.month_on.{_ORDINALS[nth]}"
                return self._say(which, weekday=self._say(f"weekday.{weekday}"), **clock)
            case EveryYear(month=month, day=day):
                return self._say("recurrence.year", day=day, month=month, **clock)
            case _:
                assert_never(recurrence)

    # -- Rules

    def trigger(self, trigger: triggers.Trigger) -> str:
        """Return the event that a rule waits for, in words."""
        check_argument(trigger, triggers.Trigger, "trigger")
        match trigger:
            case triggers.OnEnter(condition=condition):
                return self._say("trigger.enter", condition=self.condition(condition))
            case triggers.OnLeave(condition=condition):
                return self._say("trigger.leave", condition=self.condition(condition))
            case triggers.OnMessage(by=by):
                return self._say(f"trigger.message.{by}")
            case triggers.OnOutside(event=event):
                return self._say("trigger.outside", event=event)
            case triggers.OnChange(field=field):
                return self._say("trigger.change", field=self.field(field))
            case triggers.OnLink(kind=kind):
                return self._say("trigger.link", kind=kind)
            case triggers.OnRate():
                return self._say("trigger.rate")
            case triggers.OnWake():
                return self._say("trigger.wake")
            case triggers.OnCommand(commands=names, by=by):
                given = self._any_of(self.sentences.say_or(f"command.{name}", name) for name in sorted(names))
                who = self._any_of(map(self._role, sorted(by))) if by else ""
                return self._say("trigger.command_by" if who else "trigger.command", who=who, commands=given)
            case _:
                assert_never(trigger)

    def condition(self, condition: conditions.Condition) -> str:
        """Return a condition as a statement, in words."""
        check_argument(condition, conditions.Condition, "condition")
        match condition:
            case conditions.StateIs(states=states):
                return self._say("condition.state", states=self._any_of(map(self.state, states)))
            case conditions.CategoryIs(categories=categories):
                named = self._any_of(self._say(f"category.{each}") for each in categories)
                return self._say("condition.category", categories=named)
            case conditions.FieldIs(limits=(_, *_)):
                return self._range(condition)
            case conditions.FieldIs(field=field, values=values):
                held = self._any_of(map(self.value, values))
                return self._say("condition.field", field=self.field(field), values=held)
            case conditions.IsAssigned():
                return self._say("condition.assigned")
            case conditions.AssignedTo(assignees=assignees):
                return self._say("condition.assigned_to", who=self._any_of(assignees))
            case conditions.RequesterIs(requesters=requesters):
                return self._say("condition.requester", who=self._any_of(requesters))
            case conditions.IsSnoozed():
                return self._say("condition.snoozed")
            case conditions.IsHidden():
                return self._say("condition.hidden")
            case conditions.Happened(anchor=anchor, at_least=1):
                return self._say("condition.happened", anchor=self.anchor(anchor))
            case conditions.Happened(anchor=anchors.LastMessage(by=by), at_least=times):
                return self._say("condition.times", what=self._say(f"trigger.message.{by}"), times=times)
            case conditions.Happened(anchor=anchor, at_least=times):
                what = self._say("condition.happened", anchor=self.anchor(anchor))
                return self._say("condition.times", what=what, times=times)
            case conditions.IsUnanswered():
                return self._say("condition.unanswered")
            case conditions.WasAnswered():
                return self._say("condition.answered")
            case conditions.Reopened(times=times):
                return self._say("condition.reopened", times=times)
            case conditions.HasLink(kind=kind, at_least=1):
                return self._say("condition.link", kind=kind)
            case conditions.HasLink(kind=kind, at_least=times):
                return self._say("condition.links", kind=kind, count=times)
            case conditions.RatingIs(at_least=1, at_most=5):
                return self._say("condition.rated")
            case conditions.RatingIs(at_least=1, at_most=most):
                return self._say("condition.rating_at_most", score=most)
            case conditions.RatingIs(at_least=least, at_most=5):
                return self._say("condition.rating_at_least", score=least)
            case conditions.RatingIs(at_least=least, at_most=most):
                return self._say("condition.rating_between", least=least, most=most)
            case conditions.ClockIs(clock=clock, fact=fact):
                return self._say(f"condition.clock.{fact}", clock=clock)
            case conditions.All(of=of):
                return self._all_of(self._bracketed(of)) if of else self._say("condition.always")
            case conditions.AnyOf(of=of):
                return self._any_of(self._bracketed(of)) if of else self._say("condition.never")
            case conditions.Not(condition=inner):
                return self._say("condition.not", condition=self.condition(inner))
            case _:
                assert_never(condition)

    def _range(self, asked: conditions.FieldIs) -> str:
        """Return a condition on the range of a field, in words."""
        field, (first, *_) = self.field(asked.field), asked.limits
        if asked.at_least is not None and asked.at_most is not None:
            least, most = self.value(asked.at_least), self.value(asked.at_most)
            return self._say("condition.field_between", field=field, least=least, most=most)
        ends = ("since", "until") if isinstance(first, datetime) else ("at_least", "at_most")
        return self._say(f"condition.field_{ends[asked.at_least is None]}", field=field, limit=self.value(first))

    def _bracketed(self, several: Iterable[conditions.Condition]) -> Iterable[str]:
        return (f"({self.condition(each)})" for each in several)

    def action(self, action: actions.Action) -> str:
        """Return an action of a rule in words."""
        check_argument(action, actions.Action, "action")
        match action:
            case actions.Move(transition=transition):
                return self._say("action.move", transition=transition)
            case actions.Resolve(outcome=outcome, method=method):
                key = "action.resolve_by" if method else "action.resolve"
                return self._say(key, outcome=outcome, method=method or "")
            case actions.Rate(score=score):
                return self._say("action.rate", score=score)
            case actions.Emit(name=name, fields=()):
                return self._say("action.emit", name=name)
            case actions.Emit(name=name, fields=fields):
                return self._say("action.emit_with", name=name, fields=self._all_of(map(self.field, fields)))
            case actions.FollowUp():
                return self._say("action.follow_up")
            case actions.RecordWarning(clock=clock):
                return self._say("action.warn", clock=clock)
            case actions.RecordBreach(clock=clock):
                return self._say("action.record_breach", clock=clock)
            case actions.SetField(field=field, value=value):
                return self._say("action.set_field", field=self.field(field), value=self.value(value))
            case actions.LookUp(field=field, inputs=inputs):
                return self._say(
                    "action.look_up", field=self.field(field), inputs=self._all_of(map(self.field, inputs))
                )
            case actions.HoldField(field=field, value=value):
                return self._say("action.hold_field", field=self.field(field), value=self.value(value))
            case actions.ReleaseField(field=field):
                return self._say("action.release_field", field=self.field(field))
            case actions.Assign(assignee=assignee):
                return self._say("action.assign", who=assignee) if assignee else self._say("action.unassign")
            case actions.AssignTo(who=who):
                return self._say(f"action.assign_to.{who}")
            case actions.CancelSnooze():
                return self._say("action.cancel_snooze")
            case actions.Wake():
                return self._say("action.wake")
            case actions.AddNote(field=field):
                return self._say("action.note", field=self.field(field))
            case actions.SendMessage(template=template, to=to):
                return self._say("action.send", template=template, to=self._to(to))
            case _:
                assert_never(action)

    def _calendar(self, calendar: str | CalendarOf) -> str:
        if isinstance(calendar, str):
            return calendar
        return self._say("calendar.of", field=self.field(calendar.field))

    # -- Explanations

    def explanation(self, explained: Explanation) -> str:
        """Return an explanation as one sentence that begins with the name of its rule."""
        check_argument(explained, Explanation, "explained")
        entry = explained.entry
        dropped = ", ".join(event.why for event in entry.events if isinstance(event, events.Dropped)) if entry else ""
        text = self._say(
            f"verdict.{explained.verdict}",
            at=self.instant(explained.at) if explained.at else "",
            what="; ".join(self.action(action) for action in explained.then),
            why=self.why(explained.reason, explained.rule) if explained.reason else "",
            mask=self.condition(explained.mask) if explained.mask else "",
            failing="; ".join(self.condition(check.condition) for check in explained.checks if not check.holds),
            dropped=dropped,
            entry=self.entry(entry)[0] if entry else "",
        )
        if explained.verdict == "due" and dropped:
            text = self._say("explanation.but_dropped", text=text, dropped=dropped)
        if explained.verdict in ("due", "waiting"):
            text = self._unless(explained, self._held_back(explained, self._counted_days(explained, text)))
        return self._say("explanation", rule=explained.rule, text=text)

    def _held_back(self, explained: Explanation, text: str) -> str:
        """Add what holds an occurrence back that takes effect later than it is due by itself."""
        found, due_at = self._rule(explained.rule), explained.due_at
        if due_at is None or explained.at is None or due_at >= explained.at:
            return text
        at, gate = self.instant(due_at), explained.gate or (found.gate if found else None)
        if isinstance(gate, str) and not self.rules.calendars[gate].is_open(due_at):
            return self._say("explanation.behind_gate", text=text, at=at, gate=gate)
        return self._say("explanation.behind_notice", text=text, at=at)

    def _unless(self, explained: Explanation, text: str) -> str:
        """Add the anchor that ends the rule's episode before its time."""
        found = self._rule(explained.rule)
        if explained.verdict != "waiting" or found is None or found.ended_by is None:
            return text
        if isinstance(found.ended_by, anchors.LastMessage):
            return self._say(f"explanation.unless_message.{found.ended_by.by}", text=text)
        return self._say("explanation.unless", text=text, anchor=self.anchor(found.ended_by))

    def _counted_days(self, explained: Explanation, text: str) -> str:
        """Add the days that a span of business days counts, and the weekdays that it skips because of a holiday."""
        rule, reason = self._rule(explained.rule), explained.reason
        is_counted = isinstance(reason, events.TimeReason) and isinstance(reason.span, BusinessDays)
        if rule is None or explained.at is None or not isinstance(reason, events.TimeReason) or not is_counted:
            return text
        name, end = explained.calendar or rule.calendar, explained.due_at or explained.at
        if not isinstance(name, str):
            return text  # an explanation from a document can lack it
        calendar = self.rules.calendars[name]
        zone = load_zone(calendar.zone)
        first, last = reason.since.astimezone(zone).date(), end.astimezone(zone).date()
        counted: dict[date, str] = {}
        skipped: dict[tuple[date, str | None], str] = {}
        until = min(end, plus(reason.since, LONGEST) or end)
        for piece in calendar.iter_trace(reason.since, until):
            day = piece.start.astimezone(zone).date()
            if piece.counted and first != day != last:
                counted[day] = self._day(day)
            elif piece.why == "holiday":
                holiday = self._say("explanation.holiday", day=self._day(day), name=piece.name or "")
                skipped[day, piece.name] = holiday
            if len(counted) > _MOST_DAYS or len(skipped) > _MOST_DAYS:
                until = piece.start
                break
        if until < end:  # the span is too long to list all its days
            counted[until.astimezone(zone).date()] = "…"
        counted[last] = self._day(last)
        text = self._say("explanation.counting", text=text, days=", ".join(counted.values()))
        if not skipped:
            return text
        return self._say("explanation.skipping", text=text, days=", ".join(skipped.values()))

    def _day(self, day: date) -> str:
        return self._say("date", weekday=self._weekday(day), date=day.isoformat()[5:])

    # -- Clocks

    def reading(self, reading: Reading) -> str:
        """Return the reading of a clock as one sentence that begins with the clock's name."""
        check_argument(reading, Reading, "reading")
        text = self._say(
            "reading",
            clock=reading.clock,
            state=self._say(f"reading.{reading.state}"),
            elapsed=self._amount(reading.elapsed),
            frozen=self._amount(reading.frozen),
            closed=self._amount(reading.closed),
        )
        if reading.missed is not None:
            return self._say("reading.was_due", text=text, at=self.instant(reading.missed))
        return text if reading.due_at is None else self._say("reading.due", text=text, at=self.instant(reading.due_at))

    def part(self, part: Part) -> str:
        """Return a part of a clock's cycle, and why it counted or did not, as a line that a customer can be shown."""
        check_argument(part, Part, "part")
        start, end, span = self.instant(part.start), self.instant(part.end), self._amount(part.end - part.start)
        text = self._say("part", start=start, end=end, span=span, kind=self._say(f"part.{part.kind}"))
        if part.kind == "counted":
            return text
        if part.kind != "closed":
            return self._say("part.because", text=text, why=self.state(part.state))
        why = (part.piece.name or self._say(f"closed.{part.piece.why}")) if part.piece else ""
        return self._say("part.because", text=text, why=why)
