"""Mutants: deliberately wrong replacements of parts of the library. A named test must fail for each.

A mutant is a plausible misreading of a clause. A suite that passes with it does not test the clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import attrs

from tests.engine import test_clock_rules, test_masks
from tests.engine import test_run as test_engine
from tests.scenarios import test_adereso, test_posponer, test_senior
from tests.service import test_delivery as test_sending
from tests.service import test_explanations, test_intake
from tests.sla import test_reading as test_clocks
from tests.tickets import test_ticket
from ticketflow import Ticket
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import BusinessDays, Span
from ticketflow.engine import decisions, episodes, handling, holding, occurrences, repeats, run, rungs
from ticketflow.engine import effects as consequences
from ticketflow.engine.effects import events_of_actions
from ticketflow.engine.episodes import ArmedTimer, Occurrence
from ticketflow.engine.program import Prepared, Program, Timer
from ticketflow.rules import ruleset as rule_sets
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps
from ticketflow.service import delivery as sending
from ticketflow.service import explanations, intake
from ticketflow.sla import progress as sla_progress
from ticketflow.sla.clock import Clock
from ticketflow.sla.policies import Policy
from ticketflow.sla.progress import Progress
from ticketflow.tickets import event_effects
from ticketflow.tickets import ticket as tickets
from ticketflow.tickets.actors import PEOPLE, SUPPORT, Actor
from ticketflow.tickets.events import SnoozeCancelled, Superseded
from ticketflow.tickets.facts import Mark
from ticketflow.tickets.messages import Message
from ticketflow.workflow.conditions import AnyOf, Compiled, Condition, StateIs

DAY = timedelta(days=1)


@attrs.frozen
class Mutant:
    """A wrong meaning.

    Attributes:
        name: What it is called.
        clause: The clause it gets wrong.
        belief: What somebody would have to believe.
        patches: What is put in whose place: pairs of an object, the name of its attribute, and the new value.
        killer: The test that must notice.
        case: The required case of the conformance suite that must notice too.
    """

    name: str
    clause: str
    belief: str
    patches: tuple[tuple[object, str, object], ...]
    killer: Callable[[], None]
    case: str

    @property
    def killed_by(self) -> str:
        """The name of the test that must notice."""
        return self.killer.__qualname__


_after = Calendar.after
_placed = rungs._placed  # noqa: SLF001 -- what mutants stand in for
_armed_at = episodes.armed_at
_instant = run.Run.next_instant
_append = run.Run._append  # noqa: SLF001
_origin = episodes.origin_of
_episode = episodes.episode
_clock = rule_sets._clock  # noqa: SLF001
_mask = rule_sets._mask  # noqa: SLF001
_message_events = consequences._message_events  # noqa: SLF001


def _a_day_early(calendar: Calendar, start: datetime, span: Span) -> datetime:
    return _after(calendar, start, span) - (DAY if isinstance(span, BusinessDays) else timedelta())


def _at_opening(calendar: Calendar, start: datetime, span: Span) -> datetime:
    return calendar.next_open(_after(calendar, start, span))


def _only_true(timer: Timer, moved: Mark, ticket: Ticket) -> Mark | None:
    armed = _armed_at(timer, moved, ticket)
    return armed and timer.given.true_since(ticket)


def _never_ended(timer: Timer, moved: Mark, ticket: Ticket) -> Mark | None:
    endless = copy(timer)
    endless.ended_by = ()
    return _armed_at(endless, moved, ticket)


def _answered_is_asked_again(timer: Timer, moved: Mark, ticket: Ticket) -> Mark | None:
    armed = _never_ended(timer, moved, ticket)
    return None if armed and episodes.ended_after(timer, armed, ticket) else armed


def _since_opening(condition: Compiled, ticket: Ticket, _moved: Mark | None = None) -> Mark | None:
    return ticket.marks["created"] if condition.holds(ticket.trails) else None


class _Always:
    """An attribute that has one value, whatever it is set to."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __get__(self, *_: object) -> object:
        return self.value

    def __set__(self, *_: object) -> None:
        pass


def _sealed_by_nothing(ticket: Ticket, at: datetime) -> datetime:
    return max(at, ticket.changed_at)


def _timers_first(run: object, until: datetime, **_: bool) -> bool:
    return _instant(run, until)  # type: ignore[arg-type]


def _nothing_gives_way(*args: Any) -> tuple[datetime, object]:  # noqa: ANN401 -- those of the original
    at, instead = _placed(*args)
    return at, None if isinstance(instead, Superseded) else instead


def _from_last_firing(calendar: Calendar, start: datetime, span: Span) -> datetime:
    return _after(calendar, start, span) + timedelta(minutes=1)


def _by_listing(occurrence: Occurrence) -> tuple[object, ...]:
    return (occurrence.at, occurrence.due_at, occurrence.rule.id)


def _half(ticket: Ticket, then: tuple[object, ...], rules: object, cause: object) -> tuple[object, ...]:
    found = (each for action in then for each in events_of_actions(ticket, (action,), rules, cause))  # type: ignore[arg-type]
    return tuple(found)


def _as_if_new(present: ArmedTimer) -> datetime | None:
    lifted = present.lifted
    return lifted.at + DAY if lifted and lifted.place > present.armed.place else None


def _remembering(run: Any, until: datetime, *, inclusive: bool = True) -> bool:  # noqa: ANN401 -- no public class
    run.polled = until
    return _instant(run, until, inclusive=inclusive)


def _stamped(run: Any, name: str, at: datetime, *rest: Any) -> list[Any]:  # noqa: ANN401 -- likewise
    return _append(run, name, max(at, getattr(run, "polled", at)), *rest)


def _nothing_before(_at: datetime, ticket: Ticket, program: Program, _most: int | None = None) -> object:
    return run.Run(ticket, program)


def _looking(run: Any, until: datetime, *, inclusive: bool = True) -> bool:  # noqa: ANN401 -- likewise
    has_acted = _instant(run, until, inclusive=inclusive)
    if not has_acted:
        run.ticket.__dict__["looked"] = until
        for name in (tickets.OUTLOOK, tickets.AHEAD):
            run.ticket.__dict__.pop(name, None)
    return has_acted


def _since_the_last_look(timer: Timer, ticket: Ticket) -> tuple[object, ...] | None:
    origin, looked = _origin(timer, ticket), ticket.__dict__.get("looked")
    if origin is None or looked is None or not isinstance(timer.times, Steps | Repeats):
        return origin
    return (origin[0], max(origin[1], looked), *origin[2:])


def _known_by_its_instant(timer: Timer, ticket: Ticket) -> ArmedTimer | None:
    present = _episode(timer, ticket)
    if present is None or present.behind is None or not isinstance(timer.times, Steps):
        return present
    computed = rungs._Rungs(present, ticket, masked=False)  # noqa: SLF001 -- what computes them
    is_same = computed.own(present.behind.occurrence) == present.behind.due_at
    return present if is_same else attrs.evolve(present, behind=None)


def _frozen_where_masked(policy: Policy, rules: Rules) -> Clock:
    clock = _clock(policy, rules)
    masked = StateIs(*(state.name for state in rules.workflow.states if state.masks))
    return attrs.evolve(clock, measure=attrs.evolve(clock.measure, frozen=AnyOf(clock.measure.frozen, masked)))


def _masked_where_frozen(group: str, rules: Rules) -> Condition:
    freezing, mask = tuple(state.name for state in rules.workflow.states if state.freezes), _mask(group, rules)
    return AnyOf(mask, StateIs(*freezing)) if freezing else mask


def _date_and_pauses(found: Progress, amount: timedelta) -> datetime:
    calendar = found.last.mode.counts_on
    due = calendar.add(found.start, amount) if calendar else found.start + amount
    ended = pairwise(found.cycle.phases)
    pauses = (following.start - each.start for each, following in ended if each.mode.kind != "runs")
    return due + sum(pauses, timedelta())


def _disarming(ticket: Ticket, message: Message, by: Actor, rules: object) -> Iterator[object]:
    yield from _message_events(ticket, message, by, rules)  # type: ignore[arg-type]
    if ticket.snooze:
        yield SnoozeCancelled(ticket.snooze.until)


MUTANTS = (
    Mutant(
        "due at opening instead of closing",
        "1.4",
        "time used up at closing is due when the desk opens again",
        ((Calendar, "after", _at_opening),),
        test_masks.TestRepeats().test_working_time_used_up_at_closing_is_due_then,
        "mask-holds-until-it-lifts",
    ),
    Mutant(
        "business days one short",
        "1.7",
        "the day of the anchor counts",
        ((Calendar, "after", _a_day_early),),
        test_senior.TestD4().test_d4_thursday_anchor_over_a_holiday,
        "ladder-reminds-and-closes",
    ),
    Mutant(
        "reset ignored",
        "3.4",
        "a new message of the support does not begin a new count of rungs",
        ((episodes, "armed_at", _only_true),),
        test_senior.TestD4().test_d4_another_message_of_the_support_starts_the_count_anew,
        "another-message-of-the-support-starts-the-count-anew",
    ),
    Mutant(
        "answer ends nothing",
        "3.5",
        "reminders go on after an answer",
        ((episodes, "armed_at", _never_ended),),
        test_engine.TestLadders().test_an_event_that_both_ends_and_resets_ends,
        "answer-ends-the-wait",
    ),
    Mutant(
        "answered is asked again",
        "3.4",
        "after an answer, a condition that becomes true begins a wait for the message that was answered",
        ((episodes, "armed_at", _answered_is_asked_again),),
        test_engine.TestLadders().test_what_was_answered_is_answered,
        "asked-and-answered-before-the-state",
    ),
    Mutant(
        "armed since the opening",
        "3.4",
        "a condition is taken to have held since the ticket was opened",
        ((Compiled, "true_since", _since_opening),),
        test_engine.TestLadders().test_of_rungs_before_a_late_arming_only_the_last_exists,
        "of-rungs-before-a-late-arming-only-the-last",
    ),
    Mutant(
        "re-fires after a restart",
        "3.12",
        "what fired is not remembered",
        ((Ticket, "last_fired", lambda *_: None),),
        test_ticket.TestMemory().test_no_key_fires_again_when_rules_go_and_come_back,
        "what-fired-is-remembered-by-the-history-alone",
    ),
    Mutant(
        "robots write too",
        "3.3",
        "a robot's message is an answer of the support",
        ((event_effects, "PEOPLE", PEOPLE | {"robot"}), (event_effects, "SUPPORT", SUPPORT | {"robot"})),
        test_senior.TestD4().test_d4_a_robots_message_is_not_a_request,
        "robots-machines-and-notes-are-nobodys-word",
    ),
    Mutant(
        "timers win ties",
        "3.8",
        "what is due at an instant fires before the command of that instant",
        ((run.Run, "next_instant", _timers_first),),
        test_senior.TestD4().test_d4_an_answer_at_the_instant_of_closing_is_in_time,
        "command-in-time-comes-before-its-timer",
    ),
    Mutant(
        "no seal",
        "3.8",
        "a command can come in at an instant that a rule has acted at",
        ((handling, "effective_at", _sealed_by_nothing), (decisions, "effective_at", _sealed_by_nothing)),
        test_engine.TestCommands().test_a_late_command_takes_effect_after_the_seal_and_keeps_its_claim,
        "command-at-the-seal-is-a-microsecond-later",
    ),
    Mutant(
        "listing decides",
        "3.10",
        "rank means nothing among simultaneous rules",
        ((Occurrence, "order", property(_by_listing)),),
        test_engine.TestOrder().test_simultaneous_occurrences_go_by_rank_then_id,
        "rank-then-id",
    ),
    Mutant(
        "half a step",
        "3.1",
        "of a step whose second action is impossible the first is carried out",
        ((run, "events_of_actions", _half),),
        test_engine.TestReactions().test_a_step_that_has_become_impossible_is_dropped_whole,
        "step-holds-at-once-or-not-at-all",
    ),
    Mutant(
        "both reminders",
        "3.5",
        "a reminder that coincides with the last rung is sent all the same",
        ((rungs, "_placed", _nothing_gives_way),),
        test_engine.TestLadders().test_a_reminder_that_coincides_with_the_last_rung_gives_way,
        "reminder-that-coincides-with-the-last-rung-gives-way",
    ),
    Mutant(
        "masks mask nothing",
        "3.6",
        "a masked rule acts",
        ((Prepared, "is_masked", lambda *_: False),),
        test_masks.TestHold().test_nothing_is_due_while_masked_and_next_due_says_so,
        "nothing-is-due-under-a-mask",
    ),
    Mutant(
        "masks drop",
        "3.6",
        "what falls into a mask is lost",
        ((Prepared, "is_dropping", _Always(value=True)),),
        test_masks.TestHold().test_what_was_held_is_due_when_the_mask_lifts,
        "mask-holds-until-it-lifts",
    ),
    Mutant(
        "closings wait",
        "3.6",
        "a closing that was missed is made up for",
        ((Prepared, "is_dropping", _Always(False)),),
        test_masks.TestWhatComesRound().test_what_is_masked_is_dropped_and_recorded,
        "what-comes-round-is-missed-under-a-mask",
    ),
    Mutant(
        "held for a day more",
        "3.6",
        "a held rule waits on after its mask has lifted",
        ((ArmedTimer, "held_until", property(_as_if_new)),),
        test_masks.TestHold().test_what_was_held_is_due_when_the_mask_lifts,
        "mask-holds-until-it-lifts",
    ),
    Mutant(
        "every held reminder",
        "3.7",
        "held reminders are all sent when the mask lifts",
        ((rungs, "_placed", _nothing_gives_way),),
        test_masks.TestCollapse().test_the_latest_reminder_is_given_and_the_last_rung_waits,
        "held-reminders-collapse-and-the-last-rung-gives-notice",
    ),
    Mutant(
        "no notice",
        "3.7",
        "the last rung closes at the end of a mask, whatever was sent then",
        ((rungs, "_terminal", lambda rungs, own: rungs.held(own)),),
        test_masks.TestCollapse().test_the_latest_reminder_is_given_and_the_last_rung_waits,
        "held-reminders-collapse-and-the-last-rung-gives-notice",
    ),
    Mutant(
        "mails at midnight",
        "3.6",
        "a gate is passed while it is shut",
        (
            (holding, "through_gate", lambda _timer, at, _ticket: (at, None)),
            (rungs, "through_gate", lambda _timer, at, _ticket: (at, None)),
        ),
        test_masks.TestGates().test_what_is_due_at_night_is_given_in_the_morning,
        "gate-is-passed-when-it-opens",
    ),
    Mutant(
        "periods drift",
        "3.4",
        "each repetition is counted from the one before, with its delay",
        ((Calendar, "after", _from_last_firing),),
        test_masks.TestRepeats().test_they_do_not_drift_and_end_with_their_number,
        "repetitions-are-counted-from-the-anchor",
    ),
    Mutant(
        "everything that was missed",
        "3.4",
        "repetitions from before the arming are made up for one by one",
        ((repeats, "_passed", lambda _instant, _at, first, _count: first),),
        test_masks.TestRepeats().test_of_those_before_the_arming_only_the_last_exists,
        "of-repetitions-before-the-arming-only-the-last",
    ),
    Mutant(
        "reactions through a mask",
        "3.2",
        "a masked rule still reacts",
        ((run, "_obstacle", lambda *_: None),),
        test_masks.TestEventRules().test_a_masked_reaction_is_dropped,
        "masked-reaction-is-dropped",
    ),
    Mutant(
        "at any hour",
        "3.1",
        "a reaction does not look at the hours it asks for",
        ((run, "_is_in_hours", lambda *_: True),),
        test_masks.TestEventRules().test_a_reaction_may_ask_for_hours,
        "reaction-that-asks-for-hours",
    ),
    Mutant(
        "everything is sent",
        "3.9",
        "a plan that comes late sends all it has",
        ((sending, "_closes", lambda _: False),),
        test_sending.test_a_reminder_whose_ladder_closes_the_ticket_is_withheld,
        "reminder-whose-ladder-closes-the-ticket-is-withheld",
    ),
    Mutant(
        "the robot was last",
        "F1",
        "a message goes to where anything happened last",
        ((intake, "_priority", lambda ticket: (0, test_engine.NINE - ticket.changed_at, ticket.id)),),
        test_intake.test_f1_an_entry_by_a_rule_is_not_activity,
        "what-a-rule-does-is-no-activity",
    ),
    Mutant(
        "explained from memory",
        "3.15",
        "a rule that ended its own condition is said not to apply",
        ((explanations, "_ended_itself", lambda *_: None),),
        test_explanations.TestVerdicts().test_a_rule_that_ended_its_own_condition_has_fired,
        "rule-that-ended-its-own-condition-has-fired",
    ),
    Mutant(
        "cancelled by a message",
        "5.1",
        "a customer's message disarms the snooze",
        ((consequences, "_message_events", _disarming),),
        test_posponer.TestB3().test_b3_reopened_by_a_customers_message_too,
        "customers-message-leaves-the-snooze-armed",
    ),
    Mutant(
        "stamps now",
        "3.8",
        "what is late is stamped with the instant at which somebody looked",
        ((run.Run, "next_instant", _remembering), (run.Run, "_append", _stamped)),
        test_engine.TestOrder().test_a_cascade_is_in_the_plan,
        "late-firings-stand-at-their-own-instants",
    ),
    Mutant(
        "fires on poll",
        "3.8",
        "what is due fires only if somebody looks before the command",
        ((handling, "_run_before", _nothing_before),),
        test_engine.TestCommands().test_a_stale_version_is_refused_with_what_happened_between,
        "command-finds-what-was-due-before-it-done",
    ),
    Mutant(
        "anchor re-read",
        "3.4",
        "time is counted from the last look",
        ((run.Run, "next_instant", _looking), (episodes, "origin_of", _since_the_last_look)),
        test_masks.TestHold().test_asking_often_or_never_is_all_the_same,
        "looking-moves-no-anchor",
    ),
    Mutant(
        "key with the due instant",
        "3.12",
        "an occurrence that would be due at another instant now is another one, and fires again",
        ((occurrences, "episode", _known_by_its_instant),),
        test_engine.TestChangingRules().test_a_holiday_added_fires_nothing_again,
        "holiday-added-fires-nothing-again",
    ),
    Mutant(
        "mask also freezes",
        "3.6",
        "a state that masks rules stops clocks",
        ((rule_sets, "_clock", _frozen_where_masked),),
        test_adereso.TestA6().test_a6_no_clock_stops_in_progress,
        "what-masks-a-rule-freezes-no-clock",
    ),
    Mutant(
        "freeze also masks",
        "2.3",
        "a state that freezes clocks holds rules back",
        ((rule_sets, "_mask", _masked_where_frozen),),
        test_clock_rules.test_what_freezes_a_clock_masks_no_rule,
        "what-freezes-a-clock-masks-no-rule",
    ),
    Mutant(
        "breach at the due instant",
        "1.8",
        "what is done at the due instant is late",
        ((sla_progress, "MICROSECOND", timedelta()),),
        test_clocks.TestRecords().test_done_at_the_due_instant_is_met,
        "done-at-the-due-instant-is-met",
    ),
    Mutant(
        "pauses added to the date",
        "4.2",
        "a target is counted by adding what was frozen to the date",
        ((Progress, "reached", _date_and_pauses),),
        test_clock_rules.TestLadders().test_frozen_in_between,
        "pauses-are-left-out-and-not-added-to-the-date",
    ),
)
