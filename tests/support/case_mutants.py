"""Wrong meanings that only the required cases notice: each replaces a piece of the library, and a case must fail.

`tests/support/mutants.py` has those that a test in Python notices, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import OfTarget
from ticketflow.engine import effects, planning, preconditions, run, rungs
from ticketflow.engine.plans import Due
from ticketflow.engine.program import Prepared, Reaction, Timer
from ticketflow.kernel.instants import EPOCH
from ticketflow.rules.ruleset import Rules
from ticketflow.service import delivery, intake
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class CaseMutant:
    """A wrong meaning.

    Attributes:
        name: Its name.
        clause: The clause that it breaks.
        patches: What replaces what: an object, the name of its attribute, and the new value.
        cases: The required cases, each of which must fail.
    """

    name: str
    clause: str
    patches: tuple[tuple[object, str, object], ...]
    cases: tuple[str, ...]


_snooze_end = effects.snooze_end
_moved_reminder = rungs._moved_reminder  # noqa: SLF001 -- what a mutant replaces


def _default_gate(rule: Prepared, ticket: Ticket) -> Calendar | None:
    return None if rule.rule.gate is None else rule.named("default", ticket)


def _default_hours(reaction: Reaction, ticket: Ticket) -> bool:
    during = reaction.during
    return during is None or reaction.named("default", ticket).is_open(ticket.changed_at) is during.is_open


def _default_snooze(command: Any, ticket: Ticket, rules: Rules, at: datetime) -> datetime:  # noqa: ANN401 -- a snooze
    snoozing = rules.snoozing and attrs.evolve(rules.snoozing, calendar="default")
    return _snooze_end(command, ticket, attrs.evolve(rules, snoozing=snoozing), at)


def _counting_dropped(rungs: Any) -> datetime | None:  # noqa: ANN401 -- no public class
    present = rungs.present
    behind = present.behind and attrs.evolve(present.behind, was_given=True)
    rungs.present = attrs.evolve(present, behind=behind)
    return _moved_reminder(rungs)


def _always_noticed(rungs: Any, own: datetime) -> tuple[datetime, Any]:  # noqa: ANN401 -- likewise
    held = [rungs.held(rungs.own(number)) for number in range(rungs.first, rungs.count - 1)]
    given, reminder = [at for at, instead in held if instead is None], rungs.own(rungs.count - 2)
    notice = getattr(rungs.present.timer.rule, "min_notice", None)
    distance = notice.amount if notice else own - reminder
    return max(rungs.held(own)[0], (given[-1] if given else reminder) + distance), None


def _latest_bound(_ticket: Ticket, rules: Rules) -> datetime:
    return EPOCH + max(calendar.limits[1] for calendar in rules.calendars.values())


def _only_the_last(ids: DeliveryIds, name: str, last: int) -> bool:
    return last > 0 and ids.newest[-1:] == (name,)


def _rounded_down(span: OfTarget, whole: timedelta) -> timedelta:
    return whole * span.percent // 100


def _by_rule(due: Due) -> str:
    return due.rule


def _greatest_id(original: Callable[[Ticket], tuple[Any, ...]]) -> Callable[[Ticket], tuple[Any, ...]]:
    def priority(ticket: Ticket) -> tuple[Any, ...]:
        *others, name = original(ticket)
        return (*others, [-ord(sign) for sign in str(name)])

    return priority


CASE_MUTANTS = (
    CaseMutant(
        "every rule counts on the default calendar",
        "1.6",
        ((Timer, "calendar", lambda timer, ticket: timer.named("default", ticket)),),
        (
            "working-time-of-three-calendars",
            "business-days-of-three-calendars",
            "ladder-counts-on-its-calendar",
            "repetition-counts-on-its-calendar",
        ),
    ),
    CaseMutant(
        "every gate is the default calendar",
        "3.6",
        ((Prepared, "gate", _default_gate),),
        ("gates-of-three-calendars", "notice-waits-for-a-gate-on-another-calendar"),
    ),
    CaseMutant(
        "every reaction asks the default calendar",
        "3.2",
        ((run, "_is_in_hours", _default_hours),),
        ("reaction-during-another-calendar",),
    ),
    CaseMutant(
        "every snooze counts on the default calendar",
        "5.1",
        ((effects, "snooze_end", _default_snooze), (preconditions, "snooze_end", _default_snooze)),
        ("snooze-moves-to-a-business-day-of-its-calendar", "snooze-stays-on-a-business-day-of-its-calendar"),
    ),
    CaseMutant(
        "what was dropped counts for notice",
        "3.7",
        ((rungs, "_moved_reminder", _counting_dropped),),
        ("reminder-dropped-late-gives-no-notice-and-is-in-the-history",),
    ),
    CaseMutant(
        "notice after a reminder that was not moved",
        "3.7",
        ((rungs, "_terminal", _always_noticed),),
        ("notice-of-a-ladder-that-nothing-moved",),
    ),
    CaseMutant(
        "an episode of a plan is known by its rule",
        "3.9",
        ((delivery, "_episode", _by_rule),),
        ("two-episodes-of-one-rule-in-a-late-plan",),
    ),
    CaseMutant(
        "only the last delivery is recognized",
        "3.12",
        ((DeliveryIds, "has", _only_the_last),),
        ("delivery-seen-again-after-others",),
    ),
    CaseMutant(
        "what is unknown is known by the best calendar",
        "1.5",
        ((planning, "unknown_from", _latest_bound),),
        ("earliest-of-two-unknown-bounds", "unknown-from-of-several-calendars"),
    ),
    CaseMutant(
        "percentages are rounded down",
        "4.7",
        ((OfTarget, "of", _rounded_down),),
        ("7-percent-of-3-hours-7-microseconds", "50-percent-of-1-seconds-1-microseconds"),
    ),
    CaseMutant(
        "the greater id decides between equals",
        "3.3",
        ((intake, "_priority", _greatest_id(intake._priority)),),  # noqa: SLF001 -- what a mutant replaces
        ("route-of-equal-activity",),
    ),
)
