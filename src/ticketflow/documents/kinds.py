"""The kinds of documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketflow.analysis.explore.unattended import UnattendedPath
from ticketflow.analysis.findings import Finding
from ticketflow.compare.differences import Difference
from ticketflow.engine.plans import Plan
from ticketflow.engine.refusals import Reason
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.rules import actions
from ticketflow.rules.ruleset import Rules
from ticketflow.service.explanations import Explanation
from ticketflow.service.reports import Report
from ticketflow.sla.reading import Reading
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

KINDS: Mapping[str, Any] = {
    "rules": Rules,
    "ticket": Ticket,
    "entry": events.Entry,
    "event": events.Event,
    "command": commands.Command,
    "action": actions.Action,
    "plan": Plan,
    "reading": Reading,
    "explanation": Explanation,
    "reason": Reason,
    "report": Report,
    "finding": Finding,
    "difference": Difference,
    "silent_path": UnattendedPath,
}
"""The type of the value that each kind of document holds."""

VERSION = 1
"""The version of all formats. Documents of other versions are refused."""


def check_kind(kind: object) -> None:
    """Check that *kind* is one of `KINDS`.

    Raises:
        BadValueError: *kind* is not one of them.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        problem = unknown_name("", "kind of document", str(kind), KINDS)
        raise BadValueError(problem.what, problem.fix)


def header(kind: str) -> str:
    """Return the value of the key ``format``."""
    return f"{kind}/{VERSION}"
