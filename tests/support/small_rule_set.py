"""A small rule set of its own kind, for tests that need another one than Senior's."""

from __future__ import annotations

from ticketflow import (
    All,
    BusinessCalendar,
    Field,
    FieldIs,
    Rules,
    State,
    StateIs,
    Transition,
    Workflow,
)
from ticketflow.rules.automations import Rule
from ticketflow.tickets.actors import PEOPLE
from ticketflow.workflow.definition import Opening

SUPPORT = ("agent", "administrator")

WORKFLOW = Workflow(
    states=(
        State("open"),
        State("pending", "pending"),
        State("done", "resolved"),
        State("closed", "closed"),
    ),
    transitions=(
        Transition("wait", ("open",), "pending", may=SUPPORT),
        Transition("go_on", ("pending", "done"), "open", may=SUPPORT),
        Transition("finish", ("open", "pending"), "done", may=SUPPORT, needs=("answer",)),
        Transition("hurry", ("open",), "done", may=("administrator",), given=FieldIs("priority", "high")),
        Transition("archive", ("open", "pending", "done"), "closed"),
    ),
    fields=(Field("priority", ("low", "high")), Field("answer"), Field("note")),
    openings=(Opening("open", PEOPLE | {"robot"}, takes=("priority", "answer", "note")),),
    outside_events={"delivered"},
    groups={"vip"},
)
WEEKDAYS = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
IS_HIGH = All(StateIs("open"), FieldIs("priority", "high"))


def small(*automations: Rule, **options: object) -> Rules:
    """Return a rule set with these automations."""
    return Rules("small", WORKFLOW, WEEKDAYS, automations, None, (), (), **options)  # type: ignore[arg-type]
