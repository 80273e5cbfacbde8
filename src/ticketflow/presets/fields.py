"""Fields that the rule sets share."""

from __future__ import annotations

from ticketflow.workflow.definition import Field


def priority(*choices: str) -> Field:
    """Return the field for the priority of a ticket, with the priorities of a system; any text if it names none.

    >>> priority("low", "high").takes("middling"), priority().takes("middling")
    (False, True)
    """
    return Field("priority", choices, kind="text", labels={"en": "priority", "es": "prioridad"})
