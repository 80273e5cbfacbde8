"""Write pictures of what commands found to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from ticketflow.errors import BadValueError
from ticketflow.kernel.labels import Language
from ticketflow.kernel.names import readable
from ticketflow.plot import plot_comparison, plot_reports, plot_ticket
from ticketflow.rules.ruleset import Rules
from ticketflow.service.reports import Report
from ticketflow.simulation.comparison import WhatIf
from ticketflow.sla.reading import Reading
from ticketflow.tickets.ticket import Ticket

MOST_TICKETS = 12
"""The number of tickets in one picture."""
FORMATS = (".svg", ".png", ".pdf")
_INCHES_A_ROW, _INCHES_AROUND = 0.42, 1.5


def check_picture(name: str) -> None:
    """Check that a picture can be drawn and that its name says a known format.

    Raises:
        BadValueError: The name has another suffix.
        MissingExtraError: The extra `plot` is not installed.
    """
    if Path(name).suffix.lower() not in FORMATS:
        *some, last = FORMATS
        fix = f"end its name in {', '.join(some)} or {last}"
        raise BadValueError(f"the picture {readable(name)!r:.200} has no known format", fix)
    import ticketflow.plot.canvas  # noqa: PLC0415, F401 -- needs an extra


def save_tickets(name: str, tickets: Sequence[Ticket], rules: Rules, zone: ZoneInfo, language: Language) -> None:
    """Draw tickets below each other and write the picture to a file.

    Raises:
        OSError: The file cannot be written.
    """
    from ticketflow.plot.canvas import fresh_column, save  # noqa: PLC0415 -- needs an extra

    alone = (plot_ticket(ticket, rules, zone=zone, language=language) for ticket in tickets)
    heights = [_INCHES_AROUND + _INCHES_A_ROW * len(ax.get_yticks()) for ax in alone]
    several = fresh_column(heights)
    for ticket, ax in zip(tickets, several, strict=True):
        plot_ticket(ticket, rules, ax, zone=zone, language=language)
    save(several[0], name)


def save_reports(
    name: str, reports: Sequence[Report], readings: Sequence[Reading], rules: Rules, zone: ZoneInfo, language: Language
) -> None:
    """Draw reports and write the picture to a file.

    Raises:
        OSError: The file cannot be written.
    """
    from ticketflow.plot.canvas import save  # noqa: PLC0415 -- needs an extra

    save(plot_reports(reports, readings, rules=rules, zone=zone, language=language)[0], name)


def save_comparison(name: str, found: WhatIf, language: Language) -> None:
    """Draw the differences of a what-if and write the picture to a file.

    Raises:
        OSError: The file cannot be written.
    """
    from ticketflow.plot.canvas import save  # noqa: PLC0415 -- needs an extra

    save(plot_comparison(found, language=language), name)
