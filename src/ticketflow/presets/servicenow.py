"""ServiceNow: a desk of 2016 where a resolved incident closes after five days.

Source: the "Incident management process enriched event log" of the UCI Machine Learning Repository (Amaral, Fantinato,
Peres; CC BY 4.0), read 2026-11-21. The states are those of the log. In the log, an hourly job closes incidents about
five days after their last resolution. examples/servicenow_replay compares the closing with the log's ``closed_at``, and
the clock ``resolution`` with the log's flag ``made_sla``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.spans import Elapsed
from ticketflow.kernel.labels import Language
from ticketflow.presets.fields import priority
from ticketflow.presets.options import refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Policy
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.anchors import Entered
from ticketflow.tickets.facts import Category
from ticketflow.workflow.conditions import StateIs
from ticketflow.workflow.definition import Opening, State, Transition, Workflow

_LABELS: Mapping[str, Mapping[Language, str]] = {
    "new": {"en": "New", "es": "Nuevo"},
    "active": {"en": "Active", "es": "Activo"},
    "awaiting_user_info": {"en": "Awaiting User Info", "es": "Esperando información del usuario"},
    "awaiting_vendor": {"en": "Awaiting Vendor", "es": "Esperando al proveedor"},
    "awaiting_problem": {"en": "Awaiting Problem", "es": "Esperando un problema"},
    "awaiting_evidence": {"en": "Awaiting Evidence", "es": "Esperando evidencia"},
    "resolved": {"en": "Resolved", "es": "Resuelto"},
}


def _state(name: str, *, frozen: bool) -> State:
    category: Category = "resolved" if name == "resolved" else "pending" if name.startswith("awaiting") else "open"
    freezes = {"resolution"} if frozen and category == "pending" else set()
    return State(name, category, labels=_LABELS[name], freezes=freezes)


def _sources(target: str) -> set[str]:
    """Return the states that lead to *target*: all others, and also *resolved* itself for resolving again."""
    return set(_LABELS) - ({target} - {"resolved"})


def servicenow(close_after: Elapsed = Elapsed(days=5), *, frozen: bool = False) -> Rules:  # noqa: B008 -- frozen
    """Return the rule set of a ServiceNow desk: an incident closes some days after its last resolution.

    Args:
        close_after: The elapsed time from the last resolution to the closing.
        frozen: Whether the clock ``resolution`` stops in the four ``awaiting_…`` states.

    Raises:
        BadValueError: an option has the wrong type.
        DefinitionError: *close_after* is less than a second.

    >>> servicenow().automations[0].id
    'close-resolved'
    """
    refuse_wrong_options(servicenow, locals())
    states = (_state(name, frozen=frozen) for name in _LABELS)
    moves = (
        Transition(f"to_{name}", _sources(name), name, may={"agent"}, labels=labels) for name, labels in _LABELS.items()
    )
    return Rules(
        name="servicenow",
        workflow=Workflow(
            states=(*states, State("closed", "closed", labels={"en": "Closed", "es": "Cerrado"})),
            fields=(priority("1 - Critical", "2 - High", "3 - Moderate", "4 - Low"),),
            openings=(Opening("new", PEOPLE | {"robot"}, takes=("priority",)),),
            transitions=(*moves, Transition("close", ("resolved",), "closed", labels={"en": "close", "es": "cerrar"})),
        ),
        calendars=BusinessCalendar("UTC", "mon-sun 00:00-24:00"),
        automations=(
            Automation(
                "close-resolved",
                when=After(close_after, since=Entered("resolved")),
                given=StateIs("resolved"),
                then=(actions.Move("close"),),
                labels={"en": "close resolved incidents", "es": "cerrar incidentes resueltos"},
            ),
        ),
        clocks=(Policy("resolution", resolution()),),
    )
