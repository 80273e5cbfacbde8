"""The command line: the only file that reads files, prints or exits.

python -m ticketflow simulate FILE --rules senior [--until INSTANT] [--zone ZONE] [--language es]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import attrs

from ticketflow.catalogue import preset, preset_names
from ticketflow.commands import AnyCommand
from ticketflow.conformance import read_cases, run_cases
from ticketflow.documents import read_line
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.notation import parse_instant
from ticketflow.rules import Rules
from ticketflow.schemas import NAMES, schema
from ticketflow.simulation import Life, live
from ticketflow.ticket import Ticket
from ticketflow.timelines import timeline
from ticketflow.walls import load_zone

FINE, REFUSED, MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 if all went well, 1 if anything was refused, 2 if the call itself was wrong."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except TicketflowError as error:
        print(f"ticketflow: {error}", file=sys.stderr)
        return MISUSED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ticketflow", description="Support tickets under a rule set.")
    commands = parser.add_subparsers(required=True)
    simulate = commands.add_parser("simulate", help="run tickets from a file and print each one's timeline")
    simulate.add_argument("file", help="JSON Lines: one command a line (docs/files.md)")
    simulate.add_argument(
        "--rules", required=True, help=f"{', '.join(preset_names())}, or MODULE:NAME for a rule set of your own"
    )
    simulate.add_argument("--until", help="how far to go, in RFC 3339; by default until nothing lies ahead")
    simulate.add_argument("--language", choices=["en", "es"], default="en", help="of the timelines; by default en")
    simulate.add_argument("--zone", help="whose wall to show instants on; by default the calendar's")
    simulate.set_defaults(run=_simulate)
    conformance = commands.add_parser("conformance", help="run language-neutral cases and say which are met")
    conformance.add_argument("files", nargs="+", metavar="FILE", help="JSON (docs/conformance.md)")
    conformance.set_defaults(run=_conformance)
    schema_of = commands.add_parser("schema", help="print the JSON Schema of a kind of document")
    schema_of.add_argument("kind", choices=NAMES, help="what kind")
    schema_of.set_defaults(run=_schema)
    return parser


def _rules(name: str) -> Rules:
    """Return a preset by its name, or what MODULE:NAME holds."""
    module, colon, attribute = name.partition(":")
    if not colon:
        if name not in preset_names():
            problem = unknown_name("--rules", "preset", name, preset_names())
            raise BadValueError(problem.what, f"{problem.fix} Your own is named as MODULE:NAME")
        return preset(name)()
    try:
        found = getattr(importlib.import_module(module), attribute)
        rules = found() if callable(found) else found
    except TicketflowError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever a module of somebody else raises
        raise BadValueError(f"no rule set {name!r}: {error}", "name a module and a rule set in it") from None
    if not isinstance(rules, Rules):
        raise BadValueError(f"{name!r} is no rule set", "name a value of ticketflow.Rules, or a function giving one")
    return rules


def _usual_zone(rules: Rules) -> str:
    return next((calendar.zone for calendar in rules.calendars.values()), "UTC")


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadValueError(f"file {str(path)!r}: {error.strerror}", "give a file that can be read") from None


@attrs.define
class _Reading:
    """What a file holds for one ticket, until it is all read."""

    commands: list[AnyCommand] = attrs.field(factory=list)
    places: dict[int, str] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)
    begun: Ticket | None = None

    def take(self, command: AnyCommand, place: str) -> None:
        if self.commands and command.at < self.commands[-1].at:
            before = self.commands[-1].at.isoformat()
            what = f"its instant {command.at.isoformat()} is before that of the ticket's line before it, {before}"
            self.problems.append(Problem(place, what, "instants of a ticket never decrease; sort the lines"))
        else:
            self.commands.append(command)
            self.places[id(command)] = place


def _read(lines: list[bytes], name: str) -> tuple[dict[str, _Reading], list[Problem]]:
    """Return the commands of each ticket, and the problems of lines that name none."""
    readings: dict[str, _Reading] = {}
    stray: list[Problem] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            ticket, command = read_line(line, place)
        except DocumentError as error:
            about = readings.setdefault(error.ticket, _Reading()).problems if error.ticket else stray
            about.extend(error.problems)
            continue
        readings.setdefault(ticket, _Reading()).take(command, place)
    return readings, stray


def _simulate(options: argparse.Namespace) -> int:
    """Print what became of every ticket of a file, and return the exit status."""
    rules = _rules(options.rules)
    until = None if options.until is None else parse_instant(options.until)
    zone = load_zone(options.zone or _usual_zone(rules))
    name: str = options.file
    readings, stray = _read(_contents(Path(name)).splitlines(), name)
    _complain(stray)
    tally: Counter[str] = Counter()
    waiting = list(readings)
    while waiting:
        ticket = waiting.pop(0)
        reading = readings[ticket]
        life = _lived(ticket, reading, rules, until, lambda life: timeline(life, rules, zone, options.language))
        for created in life.created if life else ():
            if created.id not in readings:
                waiting.insert(0, created.id)
            readings.setdefault(created.id, _Reading()).begun = created
        tally[life.ticket.category if life and life.ticket else "refused"] += 1
        tally["commands"] += len(life.refusals) if life else 0
    others = len(readings) - tally["closed"] - tally["refused"]
    print(f"{len(readings)} tickets: {tally['closed']} closed, {others} not closed, {tally['refused']} refused.")
    print(f"{tally['commands']} commands refused; {len(stray)} lines that name no ticket.")
    return REFUSED if tally["refused"] or tally["commands"] or stray else FINE


def _lived(
    ticket: str, reading: _Reading, rules: Rules, until: datetime | None, told: Callable[[Life], Iterable[str]]
) -> Life | None:
    """Print and return a ticket's life; None if its lines cannot be taken.

    Args:
        ticket: Its id.
        reading: What its lines say.
        rules: What it lives under.
        until: How far it goes.
        told: How its life is told.
    """
    print(ticket)
    try:
        life = None if reading.problems else live(reading.commands, rules, until, reading.begun)
    except TicketflowError as error:
        reading.problems.append(Problem(f"ticket {ticket}", str(error), "the other tickets go on"))
        life = None
    if life is None:
        _complain(reading.problems)
        print(f"  refused: {len(reading.problems)} problems\n")
        return None
    refused = ((reading.places[id(each.command)], str(each.refused)) for each in life.refusals)
    _complain([Problem(place, what, "its timeline shows when") for place, what in refused])
    print(*told(life), sep="\n", end="\n\n")
    return life


def _complain(problems: list[Problem]) -> None:
    for problem in problems:
        print(f"ticketflow: {problem}", file=sys.stderr)


def _schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema as it is committed, and return the exit status."""
    print(json.dumps(schema(options.kind), indent=1, ensure_ascii=False))
    return FINE


def _conformance(options: argparse.Namespace) -> int:
    """Print how many cases of each file passed, and what became of the others; return the exit status."""
    status = FINE
    for name in options.files:
        results = list(run_cases(read_cases(_contents(Path(name)), name)))
        tally = Counter(result.status for result in results)
        print(f"{name}: {tally['passed']} passed, {tally['failed']} failed, {tally['skipped']} skipped")
        for result in results:
            if result.status != "passed":
                print(f"  {result.status} {result.case}: {result.detail}")
        status = REFUSED if tally["failed"] or not tally["passed"] else status
    return status
