"""The findings that are decided exactly: their codes, how much they matter, and why.

Codes are stable. docs/checks.md lists them, together with those that a search finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ticketflow.analysis.findings import Finding, Severity


class Code(NamedTuple):
    """What findings of one code have in common.

    Attributes:
        severity: How much they matter.
        why: Why they do.
    """

    severity: Severity
    why: str


CODES: Mapping[str, Code] = {
    "never_true": Code("error", "what depends on a condition that cannot hold is dead"),
    "always_true": Code("warning", "a condition that always holds decides nothing, and its reader believes it does"),
    "shadowed_row": Code("warning", "of several rows the first that fits is taken: this one never gets its turn"),
    "redundant_rule": Code("warning", "both act whenever this one does: what is sent is sent twice"),
    "order_sensitive": Code("warning", "both see the same ticket, and nothing but their ids says which acts first"),
    "opposite_outcomes": Code("warning", "the first by id ends the ticket, and the other's outcome is lost"),
    "unreachable_state": Code("warning", "no ticket ever comes to be in it"),
    "dead_transition": Code("warning", "no ticket is ever moved by it"),
    "no_way_to_end": Code("warning", "tickets that come there stay for ever"),
    "rots": Code("info", "nothing brings a forgotten ticket back: it waits until somebody thinks of it"),
    "reminder_after_close": Code("warning", "people are written to about a ticket that is over"),
    "ladder_out_of_order": Code("error", "no rung comes before its predecessor: what stands later is never due first"),
    "never_fires": Code("error", "it is written down, and nothing will ever come of it"),
    "ended_at_once": Code("warning", "it was meant for just those tickets, and waits for them no moment"),
    "no_effect": Code("warning", "it changes nothing, and its reader believes it does"),
    "frozen_where_armed": Code("warning", "a clock that stands still comes to nothing while the rule waits for it"),
    "mask_without_bound": Code("warning", "what is held back there is held for as long as nobody remembers the ticket"),
    "message_storm": Code("warning", "nobody reads the hundredth reminder, and the first ones drown in it"),
    "sla_gap": Code("warning", "where no row is in force, time is measured and nothing is promised"),
    "calendar_ends": Code("warning", "beyond it nobody knows what is due: plans say so, and nothing fires"),
    "unused_name": Code("info", "what nothing uses is forgotten, or was meant to be used"),
    "text_missing": Code("warning", "readers of one language get a name of the definition, or another language"),
    "bad_id": Code("error", "nobody has such an id: no command could have given the ticket to them"),
}


def found(code: str, path: tuple[str, ...], what: str, fix: str) -> Finding:
    """Return a finding of a code that there is.

    >>> str(found("rots", ("workflow", "states", "waiting"), "no rule leaves it", "add one"))
    'info rots: workflow states, waiting: no rule leaves it; add one'
    """
    known = CODES[code]
    return Finding(code, known.severity, path, what, known.why, fix)
