"""Read files of commands: the lines of each ticket, and the problems of those that cannot be read."""

from __future__ import annotations

import attrs

from ticketflow.cli.console import Console, print_messages
from ticketflow.cli.sources import contents, shown_name, unreadable
from ticketflow.documents.problems import MOST_PROBLEMS
from ticketflow.documents.reading import read_line
from ticketflow.errors import DocumentError, Problem
from ticketflow.tickets.commands import Command
from ticketflow.tickets.ticket import Ticket

_MOST_OF_LINES = 268_435_456
"""The size limit of a file of commands in bytes. Each line has its own limit, too."""


@attrs.define
class Problems:
    """The problems of lines: the first ones, and the number of all.

    Attributes:
        first: At most as many as a document reports.
        count: The number of all.
    """

    first: list[Problem] = attrs.field(factory=list)
    count: int = 0

    def add(self, *problems: Problem) -> None:
        """Add problems."""
        self.first.extend(problems[: MOST_PROBLEMS - len(self.first)])
        self.count += len(problems)


@attrs.define
class Complaints:
    """Prints the first problems of the lines of a file on standard error.

    Attributes:
        console: The console on standard error.
        shown: How many were printed.
        others: How many were not.
    """

    console: Console
    shown: int = 0
    others: int = 0

    def show(self, problems: Problems) -> None:
        """Print problems, unless as many as a document reports have been printed."""
        shown = problems.first[: MOST_PROBLEMS - self.shown]
        self.shown += len(shown)
        self.others += problems.count - len(shown)
        print_messages(self.console.problems(shown))

    def show_count(self) -> None:
        """Print how many problems were not shown, if there are any."""
        if self.others:
            print_messages([f"{self.others} more problems are not shown"])


@attrs.define
class Lines:
    """The lines of a file about one ticket.

    Attributes:
        commands: The commands, in order.
        places: The place of each command, by its identity.
        problems: The problems of the lines.
        created: The ticket, if a follow-up of another ticket created it.
    """

    commands: list[Command] = attrs.field(factory=list)
    places: dict[int, str] = attrs.field(factory=dict)
    problems: Problems = attrs.field(factory=Problems)
    created: Ticket | None = None

    def add(self, command: Command, place: str) -> None:
        """Add a command; one that is earlier than the line before it is a problem."""
        if self.commands and command.at < self.commands[-1].at:
            before = self.commands[-1].at.isoformat()
            what = f"the instant {command.at.isoformat()} is before {before}, that of the ticket's previous line"
            self.problems.add(Problem(place, what, "sort the lines of each ticket by their instants"))
        else:
            self.commands.append(command)
            self.places[id(command)] = place


def read_commands(file: str) -> tuple[dict[str, Lines], Problems]:
    """Return the lines of each ticket, and the problems of lines that name no ticket.

    Raises:
        DocumentError: The file cannot be read, or it is too large.
    """
    text = contents(file, _MOST_OF_LINES)
    if len(text) > _MOST_OF_LINES:
        raise unreadable(file, f"the file has more than {_MOST_OF_LINES} bytes", "split it", "too_large")
    name = shown_name(file)
    by_ticket: dict[str, Lines] = {}
    stray = Problems()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            ticket, command = read_line(line, place)
        except DocumentError as error:
            problems = by_ticket.setdefault(error.ticket, Lines()).problems if error.ticket else stray
            problems.add(*error.problems)
            continue
        by_ticket.setdefault(ticket, Lines()).add(command, place)
    return by_ticket, stray
