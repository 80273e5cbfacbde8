"""Wrong meanings that only the required cases notice: each replaces a piece of the library, and a case must fail.

`tests/support/mutants.py` has those that a test in Python notices, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ticketflow.calendars.spans import OfTarget
from ticketflow.engine import effects, planning, preconditions, run, timers
from ticketflow.engine.plans import Due
from ticketflow.engine.timers import ArmedTimer
from ticketflow.kernel.instants import EPOCH
from ticketflow.rules.automations import Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import During
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


_episode = timers.episode
_snooze_end = effects.snooze_end
_terminal = timers._terminal  # noqa: SLF001 -- what a mutant replaces


def _on_default(rule: Rule, times: Any, ticket: Ticket, rules: Rules) -> ArmedTimer | None:  # noqa: ANN401 -- any schedule
    present = _episode(rule, times, ticket, rules)
    return present and attrs.evolve(present, rule=attrs.evolve(rule, calendar="default"))


def _default_gate(rule: Rule, at: datetime, _: Ticket, rules: Rules) -> datetime:
    return at if rule.gate is None else rules.calendars["default"].next_open(at)


def _default_hours(during: During | None, ticket: Ticket, rules: Rules) -> bool:
    return during is None or rules.calendars["default"].is_open(ticket.changed_at) is during.is_open


def _default_snooze(command: Any, ticket: Ticket, rules: Rules, at: datetime) -> datetime:  # noqa: ANN401 -- a snooze
    snoozing = rules.snoozing and attrs.evolve(rules.snoozing, calendar="default")
    return _snooze_end(command, ticket, attrs.evolve(rules, snoozing=snoozing), at)


def _counting_dropped(present: ArmedTimer, *rest: Any) -> tuple[datetime, Any]:  # noqa: ANN401 -- as the original
    behind = present.behind and attrs.evolve(present.behind, was_given=True)
    return _terminal(attrs.evolve(present, behind=behind), *rest)


def _always_noticed(
    present: ArmedTimer, own: Sequence[datetime], found: list[tuple[datetime, Any]], _first: int, _rules: Rules
) -> tuple[datetime, Any]:
    given = [at for at, instead in found[:-1] if instead is None]
    notice = getattr(present.rule, "min_notice", None)
    distance = notice.amount if notice else own[-1] - own[-2]
    return max(found[-1][0], (given[-1] if given else own[-2]) + distance), None


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
        ((timers, "episode", _on_default),),
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
        ((timers, "_gate_open_at", _default_gate),),
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
        ((timers, "_terminal", _counting_dropped),),
        ("reminder-dropped-late-gives-no-notice-and-is-in-the-history",),
    ),
    CaseMutant(
        "notice after a reminder that was not moved",
        "3.7",
        ((timers, "_terminal", _always_noticed),),
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
