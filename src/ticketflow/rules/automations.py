"""Everything automatic, one by one: when, given, then.

When an event happens (`OnEnter`, `OnMessage`, …) or something comes in time: a span since an anchor (`After`), what
comes round (`On`, `AtOpening`, `AtClosing`), or a moment that the ticket names (`AtField`, `AtSnoozeEnd`); given a
condition over the ticket; then actions. A `Ladder` is the same shape with several rungs that are one episode.

Source: docs/semantics.md 3.1 to 3.7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, assert_never

import attrs

from ticketflow.calendars.spans import ClockSpan, Elapsed, Recurrence, Span
from ticketflow.kernel.values import FrozenMap, Labels, check_name, freeze_labels, names
from ticketflow.rules.actions import (
    Action,
)
from ticketflow.tickets.anchors import AUTHORS, Anchor, Author, LastMessage
from ticketflow.workflow.conditions import ALWAYS, Condition, reads


@attrs.frozen
class OnEnter:
    """An event made this condition true: on entering a state, on being assigned, ….

    Attributes:
        condition: False before the event, true after it.
    """

    condition: Condition

    def __str__(self) -> str:
        return f"now {self.condition}"


@attrs.frozen
class OnLeave:
    """An event made this condition false.

    Attributes:
        condition: True before the event, false after it.
    """

    condition: Condition

    def __str__(self) -> str:
        return f"no longer {self.condition}"


@attrs.frozen
class OnMessage:
    """A person wrote a public message; a machine's is no message in this sense.

    Attributes:
        by: ``customer``, ``third_party``, ``agent`` for the support, or ``anyone``.
    """

    by: Author

    def __str__(self) -> str:
        return f"{AUTHORS[self.by]} wrote"


@attrs.frozen
class OnOutside:
    """An outside event of this name was recorded."""

    event: str

    def __str__(self) -> str:
        return f"{self.event} happened"


@attrs.frozen(init=False)
class OnCommand:
    """A person or a robot gave one of these commands, and it changed something; a machine's mail is none of theirs.

    Attributes:
        commands: Their names, as permissions call them: ``add_message``, ``set_fields``, ….
        by: The roles that count; none: any.
    """

    commands: frozenset[str]
    by: frozenset[str]

    def __init__(self, *commands: str, by: Iterable[str] = ()) -> None:
        """Take the commands' names, and the roles that count."""
        self.__attrs_init__(names(commands, "commands"), names(by, "by"))

    def __str__(self) -> str:
        who = " or ".join(sorted(self.by)) or "somebody"
        return f"{who} gave {' or '.join(sorted(self.commands))}"


@attrs.frozen
class OnChange:
    """A field came to have another value.

    Attributes:
        field: Which.
    """

    field: str

    def __str__(self) -> str:
        return f"{self.field} changed"


@attrs.frozen
class OnWake:
    """The moment of a snooze has come, whether the ticket slept until then or had been woken before."""

    def __str__(self) -> str:
        return "the snooze ended"


Trigger = OnEnter | OnLeave | OnMessage | OnOutside | OnCommand | OnChange | OnWake


@attrs.frozen
class After:
    """A span has passed since an anchor; then perhaps again and again.

    Attributes:
        span: What is to pass; spans of a clock are counted from its start (`Started`).
        since: The named moment it is counted from.
        every: What is to pass between one occurrence and the next, always counted from the anchor; None: there is one.
        at_most: How many occurrences an episode has; None: as many as come.
    """

    span: Span | ClockSpan
    since: Anchor
    every: Span | None = None
    at_most: int | None = None


@attrs.frozen
class On:
    """A recurrence comes round."""

    recurrence: Recurrence

    def __str__(self) -> str:
        return str(self.recurrence)


@attrs.frozen
class AtOpening:
    """One of the rule set's calendars opens."""

    calendar: str = "default"

    def __str__(self) -> str:
        return f"the opening of {self.calendar}"


@attrs.frozen
class AtClosing:
    """One of the rule set's calendars closes."""

    calendar: str = "default"

    def __str__(self) -> str:
        return f"the closing of {self.calendar}"


@attrs.frozen
class AtField:
    """The moment comes that a field of the ticket names."""

    field: str

    def __str__(self) -> str:
        return f"the moment of {self.field}"


@attrs.frozen
class AtSnoozeEnd:
    """The moment of the ticket's snooze comes."""

    def __str__(self) -> str:
        return "the moment of the snooze"


Occasion = On | AtOpening | AtClosing


Moment = AtField | AtSnoozeEnd


Timer = After | Occasion | Moment


@attrs.frozen
class During:
    """Whether the event that set a rule off fell inside a calendar's hours.

    Attributes:
        calendar: The rule set's calendar.
        is_open: Whether it must have been open then, or shut.
    """

    calendar: str = "default"
    is_open: bool = True


@attrs.frozen(kw_only=True)
class Terms:
    """What rules of every kind can say besides.

    Attributes:
        calendar: The rule set's calendar on which working time and business days count, and whose wall is read.
        rank: Smaller goes first among simultaneous ones.
        generation: A higher one fires anew on purpose.
        is_enabled: Whether it does anything.
        group: What states and snoozes that mask it call it, together with others.
        on_mask: What becomes of an occurrence while it is masked or its gate is shut: held until then, or dropped.
            None: held, but dropped for reactions, which cannot wait, and for what comes round anyway (recurrences,
            openings and closings).
        on_resume: Whether the anchor stays when a mask of its group ends, or the end of the mask is the anchor.
        gate: The rule set's calendar that must be open for it to act.
        labels: What people call it, by language.
    """

    calendar: str = "default"
    rank: int = 0
    generation: int = 1
    is_enabled: bool = True
    group: str | None = None
    on_mask: Literal["hold", "drop"] | None = None
    on_resume: Literal["keep", "restart"] = "keep"
    gate: str | None = None
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)


def _rule_id(value: str) -> str:
    return check_name(value, "rule id")


@attrs.frozen
class Automation(Terms):
    """When something happens or a moment comes, given a condition, then act.

    Attributes:
        id: Its name, of which keys are made.
        when: An event, `After` a span, or what else comes in time.
        then: What to do, in order, as one entry.
        given: What must hold: for events, right after the event; for time, from the arming on.
        ended_by: A moment whose coming ends the episode of a rule that waits for time.
        during: For events: inside or outside which hours they must have happened.
    """

    id: str = attrs.field(converter=_rule_id)
    when: Trigger | Timer
    then: tuple[Action, ...]
    given: Condition = ALWAYS
    ended_by: Anchor | None = None
    during: During | None = None


@attrs.frozen(init=False)
class Rung:
    """One step of a ladder.

    Attributes:
        after: What is to pass since the ladder's anchor.
        then: What to do, in order, as one entry.
    """

    after: Span | ClockSpan
    then: tuple[Action, ...]

    def __init__(self, after: Span | ClockSpan, *then: Action) -> None:
        """Take the span and the actions."""
        self.__attrs_init__(after, then)


@attrs.frozen
class Ladder(Terms):
    """Reminders and a last, terminal step as one object and one episode.

    No rung comes before its predecessor; a reminder that coincides with the last rung gives way to it.

    Attributes:
        id: Its name, of which keys are made.
        since: The named moment that all rungs count from.
        given: What must hold from the arming on.
        rungs: The steps, first to last.
        ended_by: The moment whose coming ends the episode: by default an answer, a customer's public message.
        min_notice: What lies at least between the last reminder, if a mask or a gate moved it, and the last rung; None:
            what lay between the two by themselves.
    """

    id: str = attrs.field(converter=_rule_id)
    since: Anchor
    given: Condition
    rungs: tuple[Rung, ...]
    ended_by: Anchor | None = LastMessage("customer")  # noqa: RUF009 -- frozen
    min_notice: Elapsed | None = None


Rule = Automation | Ladder


@attrs.frozen
class Rungs:
    """What a rule does after spans since an anchor: an automation that acts once is a ladder of one rung."""

    since: Anchor
    rungs: tuple[Rung, ...]


@attrs.frozen
class Repeats:
    """What a rule does again and again, counted from an anchor."""

    since: Anchor
    span: Span
    every: Span
    at_most: int | None
    then: tuple[Action, ...]


@attrs.frozen
class ComesRound:
    """What a rule does whenever something comes round."""

    occasion: Occasion
    then: tuple[Action, ...]


@attrs.frozen
class Awaits:
    """What a rule does at the moment that a fact of the ticket names."""

    moment: Moment
    then: tuple[Action, ...]


Timetable = Rungs | Repeats | ComesRound | Awaits


@attrs.frozen
class Reaction:
    """A rule that waits for an event.

    Attributes:
        rule: The rule.
        trigger: What it waits for.
        watches: The facts of which one must change for it to happen on a ticket that is there already; None: it waits
            for something else than facts.
    """

    rule: Automation
    trigger: Trigger
    watches: frozenset[str] | None


def watched(trigger: Trigger) -> frozenset[str] | None:
    """Return the facts of which one must change for a trigger to happen; None for one that waits for something else."""
    return reads(trigger.condition) if isinstance(trigger, OnEnter | OnLeave) else None


def timetable(rule: Rule) -> Timetable | None:
    """Return what a rule that waits for time waits for, and does; None for one that waits for an event.

    >>> from ticketflow.rules.actions import SendMessage
    >>> timetable(Automation("tell", OnMessage("agent"), (SendMessage("hello"),))) is None
    True
    """
    if isinstance(rule, Ladder):
        return Rungs(rule.since, rule.rungs)
    match rule.when:
        case After(span=span, since=since, every=None):
            return Rungs(since, (Rung(span, *rule.then),))
        case After(span=span, since=since, every=every, at_most=at_most) if every and isinstance(span, Span):
            return Repeats(since, span, every, at_most, rule.then)
        case After(span=span, since=since):
            return Rungs(since, (Rung(span, *rule.then),))  # of a clock, which does not repeat: no rule set may say so
        case On() | AtOpening() | AtClosing() as occasion:
            return ComesRound(occasion, rule.then)
        case AtField() | AtSnoozeEnd() as moment:
            return Awaits(moment, rule.then)
        case _:
            return None


def awaited(times: Timetable) -> str:
    """Return what a rule counts from or waits for, in words."""
    match times:
        case Rungs(since=since) | Repeats(since=since):
            return str(since)
        case ComesRound(occasion=occasion):
            return str(occasion)
        case Awaits(moment=moment):
            return str(moment)
        case _:
            assert_never(times)


def steps_of(rule: Rule) -> tuple[tuple[Action, ...], ...]:
    """Return what *rule* may do, step by step."""
    match rule:
        case Ladder(rungs=rungs):
            return tuple(rung.then for rung in rungs)
        case Automation(then=then):
            return (then,)
        case _:
            assert_never(rule)


def drops_masked(rule: Rule) -> bool:
    """Return whether what falls into a mask or a shut gate is dropped, and not held."""
    if rule.on_mask is not None:
        return rule.on_mask == "drop"
    return isinstance(rule, Automation) and isinstance(rule.when, Occasion | Trigger)
