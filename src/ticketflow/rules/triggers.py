"""What sets a rule off: events and timers."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ticketflow.calendars.recurrence import Recurrence
from ticketflow.calendars.spans import ClockSpan, Span
from ticketflow.kernel.names import check_names
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.tickets.anchors import AUTHORS, Anchor, Author
from ticketflow.workflow.conditions import Condition

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
    "OnMessage",
    "OnOutside",
    "OnWake",
    "Timer",
    "Trigger",
]


@attrs.frozen
class OnEnter:
    """An event made this condition true: on entering a state, on being assigned, ….

    Attributes:
        condition: False before the event, true after it.
    """

    condition: Condition

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"now {self.condition}"


@attrs.frozen
class OnLeave:
    """An event made this condition false.

    Attributes:
        condition: True before the event, false after it.
    """

    condition: Condition

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"no longer true: {self.condition}"


@attrs.frozen
class OnMessage:
    """A person wrote a public message; a machine's is no message in this sense.

    Attributes:
        by: ``customer``, ``third_party``, ``agent`` for the support, or ``anyone``.
    """

    by: Author

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return "someone wrote" if self.by == "anyone" else f"{AUTHORS[self.by]} wrote"


@attrs.frozen
class OnOutside:
    """An outside event of this name was recorded."""

    event: str

    __attrs_post_init__ = refuse_wrong_types

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

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *commands: str, by: Iterable[str] = ()) -> None:
        """Take the commands' names, and the roles that count."""
        self.__attrs_init__(check_names(commands, "commands"), check_names(by, "by"))

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

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.field} changed"


@attrs.frozen
class OnWake:
    """The moment of a snooze has come, whether the ticket slept until then or had been woken before."""

    def __str__(self) -> str:
        return "the snooze ended"


Trigger = OnEnter | OnLeave | OnMessage | OnOutside | OnCommand | OnChange | OnWake
name_kind(Trigger, "a trigger, for example OnMessage('customer')")


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

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class On:
    """A recurrence comes round."""

    recurrence: Recurrence

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return str(self.recurrence)


@attrs.frozen
class AtOpening:
    """One of the rule set's calendars opens."""

    calendar: str = "default"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the opening of {self.calendar}"


@attrs.frozen
class AtClosing:
    """One of the rule set's calendars closes."""

    calendar: str = "default"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the closing of {self.calendar}"


@attrs.frozen
class AtField:
    """The moment comes that a field of the ticket names."""

    field: str

    __attrs_post_init__ = refuse_wrong_types

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
name_kind(Timer, "a timer, for example After(Elapsed(days=2), Created())")


@attrs.frozen
class During:
    """Whether the event that set a rule off fell inside a calendar's hours.

    Attributes:
        calendar: The rule set's calendar.
        is_open: Whether it must have been open then, or shut.
    """

    calendar: str = "default"
    is_open: bool = True

    __attrs_post_init__ = refuse_wrong_types
