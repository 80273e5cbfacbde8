"""Triggers and timers: the events and the instants at which rules act."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ticketflow.calendars.recurrence import Recurrence
from ticketflow.calendars.spans import ClockSpan, Span
from ticketflow.kernel.names import check_names
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.tickets.anchors import AUTHORS, Anchor, Author
from ticketflow.workflow.conditions import Condition
from ticketflow.workflow.ticket_calendar import CalendarOf

__all__ = [
    "After",
    "AtClosing",
    "AtField",
    "AtOpening",
    "AtSnoozeEnd",
    "During",
    "On",
    "OnChange",
    "OnCommand",
    "OnEnter",
    "OnLeave",
    "OnLink",
    "OnMessage",
    "OnOutside",
    "OnRate",
    "OnWake",
    "Timer",
    "Trigger",
]


@attrs.frozen
class OnEnter:
    """A trigger: an event made a condition true, for example by entering a state or by an assignment.

    Attributes:
        condition: The condition, false before the event and true after it.
    """

    condition: Condition

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"now {self.condition}"


@attrs.frozen
class OnLeave:
    """A trigger: an event made a condition false.

    Attributes:
        condition: The condition, true before the event and false after it.
    """

    condition: Condition

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"no longer true: {self.condition}"


@attrs.frozen
class OnMessage:
    """A trigger: a person wrote a public message. Automatic messages do not count.

    Attributes:
        by: The author: ``customer``, ``third_party``, ``agent`` for the support, or ``anyone``.
    """

    by: Author

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return "someone wrote" if self.by == "anyone" else f"{AUTHORS[self.by]} wrote"


@attrs.frozen
class OnOutside:
    """A trigger: an outside event of this name was recorded."""

    event: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.event} happened"


@attrs.frozen(init=False)
class OnCommand:
    """A trigger: a person or a robot gave one of these commands, and it changed something.

    Automatic messages do not count.

    Attributes:
        commands: The names of the commands, as in permissions: ``add_message``, ``set_fields``, ….
        by: The roles whose commands count; empty for any role.
    """

    commands: frozenset[str]
    by: frozenset[str]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *commands: str, by: Iterable[str] = ()) -> None:
        """Build the trigger from the names of the commands and the roles that count."""
        self.__attrs_init__(check_names(commands, "commands"), check_names(by, "by"))

    def __str__(self) -> str:
        who = " or ".join(sorted(self.by)) or "somebody"
        return f"{who} gave {' or '.join(sorted(self.commands))}"


@attrs.frozen
class OnChange:
    """A trigger: the value of a field changed.

    Attributes:
        field: The name of the field.
    """

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.field} changed"


@attrs.frozen
class OnWake:
    """A trigger: the instant of a snooze came, whether the ticket was hidden until then or had surfaced before."""

    def __str__(self) -> str:
        return "the snooze ended"


@attrs.frozen
class OnLink:
    """A trigger: the ticket was linked to another one.

    Attributes:
        kind: The kind of link, such as ``merged_from``.
    """

    kind: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"it got a link {self.kind}"


@attrs.frozen
class OnRate:
    """A trigger: the satisfaction survey was answered, by the customer or by a rule, on a closed ticket too."""

    def __str__(self) -> str:
        return "the ticket was rated"


Trigger = OnEnter | OnLeave | OnMessage | OnOutside | OnCommand | OnChange | OnLink | OnRate | OnWake
"""An event to which a rule reacts."""
name_kind(Trigger, "a trigger, for example OnMessage('customer')")


@attrs.frozen
class After:
    """A timer: a span has passed since an anchor. It can repeat.

    Attributes:
        span: The span. Spans of a clock count from its start (`Started`).
        since: The anchor.
        every: The period of further occurrences, each counted from the anchor; None for a single occurrence.
        at_most: The most occurrences of an episode; None for no limit.
    """

    span: Span | ClockSpan
    since: Anchor
    every: Span | None = None
    at_most: int | None = None

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class On:
    """A timer: an instant of a recurrence."""

    recurrence: Recurrence

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return str(self.recurrence)


@attrs.frozen
class AtOpening:
    """A timer: a calendar of the rule set opens."""

    calendar: str | CalendarOf = "default"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the opening of {self.calendar}"


@attrs.frozen
class AtClosing:
    """A timer: a calendar of the rule set closes."""

    calendar: str | CalendarOf = "default"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the closing of {self.calendar}"


@attrs.frozen
class AtField:
    """A timer: the instant in a field of the ticket."""

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the moment of {self.field}"


@attrs.frozen
class AtSnoozeEnd:
    """A timer: the instant of the ticket's snooze. Only an implied rule has it."""

    def __str__(self) -> str:
        return "the moment of the snooze"


Occasion = On | AtOpening | AtClosing


Moment = AtField | AtSnoozeEnd


Timer = After | Occasion | Moment
"""What a rule waits for: a span since an anchor, a recurrence, or an instant of the ticket."""
name_kind(Timer, "a timer, for example After(Elapsed(days=2), Created())")


@attrs.frozen
class During:
    """A restriction of a reaction to the hours of a calendar, or to the time outside them.

    Attributes:
        calendar: The name of the calendar; or a `CalendarOf`.
        is_open: Whether the calendar must be open or closed at the event.
    """

    calendar: str | CalendarOf = "default"
    is_open: bool = True

    __attrs_post_init__ = refuse_wrong_types
