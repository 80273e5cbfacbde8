"""The exit codes of the command line. They are the same for every subcommand."""

from __future__ import annotations

from collections.abc import Mapping

FINE = 0
"""The command did what was asked, and found nothing."""
FOUND = 1
"""The command found something: findings, differences, refused commands, or cases that fail."""
MISUSED = 2
"""The command line is not valid: an unknown option or a bad value."""
UNREADABLE = 3
"""A file or a rule set cannot be read."""
BROKEN = 4
"""The command could not finish: the output cannot be written, or ticketflow has a bug."""
INTERRUPTED = 130
"""Ctrl-C stopped the command."""
CUT_OFF = 141
"""The reader of the output closed it early, as ``head`` does."""

MEANINGS: Mapping[int, str] = {
    FINE: "success; nothing was found",
    FOUND: "findings, differences, refused commands or failed cases",
    MISUSED: "wrong use: an unknown option or a bad value",
    UNREADABLE: "a file or a rule set cannot be read",
    BROKEN: "the output cannot be written, or an internal error",
    INTERRUPTED: "interrupted by Ctrl-C",
    CUT_OFF: "the reader of the output closed it, as head does",
}
"""The meaning of each exit code, for the help."""
