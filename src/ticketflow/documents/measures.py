"""The measures of clocks that documents may name instead of writing them out.

Source: docs/semantics.md 4.1, 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

from ticketflow.sla import measures
from ticketflow.sla.measures import Again, Measure
from ticketflow.workflow.conditions import NEVER, Condition


class NamedMeasure(NamedTuple):
    """A function that makes a measure.

    Attributes:
        make: The function.
        options: The annotations of its arguments, by name.
        needs: The arguments that have no default.
    """

    make: Callable[..., Measure]
    options: Mapping[str, Any]
    needs: frozenset[str] = frozenset()


_ONCE_OR_ANEW = Literal["anew", "never"]
MEASURES: Mapping[str, NamedMeasure] = {
    "first_response": NamedMeasure(measures.first_response, {"since": Literal["message", "opening"]}),
    "next_reply": NamedMeasure(measures.next_reply, {"again": _ONCE_OR_ANEW}),
    "update_interval": NamedMeasure(measures.update_interval, {"again": _ONCE_OR_ANEW}),
    "agent_work": NamedMeasure(measures.agent_work, {"again": Again}),
    "requester_wait": NamedMeasure(measures.requester_wait, {"waits_for_customer": Condition, "again": Again}),
    "resolution": NamedMeasure(measures.resolution, {"again": Again, "frozen": Condition}),
    "time_while": NamedMeasure(measures.time_while, {"condition": Condition, "again": Again}, frozenset({"condition"})),
}
"""The measures by name: the functions of `ticketflow.sla`."""


def named(measure: Measure) -> tuple[str, Mapping[str, object]] | None:
    """Return the name and the arguments that make this measure; None if none does.

    >>> named(measures.resolution("anew"))
    ('resolution', {'again': 'anew'})
    """
    return next((found for found in _candidates(measure) if MEASURES[found[0]].make(**found[1]) == measure), None)


def _candidates(measure: Measure) -> Iterator[tuple[str, Mapping[str, object]]]:
    again = {} if measure.again == "continue" else {"again": measure.again}
    frozen = {} if measure.frozen == NEVER else {"frozen": measure.frozen}
    for name in ("first_response", "next_reply", "update_interval", "agent_work"):
        yield name, {}
    yield "first_response", {"since": "opening"}
    if measure.again in get_args(_ONCE_OR_ANEW):
        yield "next_reply", {"again": measure.again}
        yield "update_interval", {"again": measure.again}
    yield "agent_work", {"again": measure.again}
    yield "resolution", {**again, **frozen}
    yield "time_while", {"condition": measure.runs, **again}
