"""The command line: the only file that reads files, prints or exits.

python -m ticketflow simulate FILE --rules senior [--until INSTANT] [--zone ZONE] [--language es]
python -m ticketflow check RULES [--budget N] [--silent] [--json]
python -m ticketflow diff OLD NEW [--json]
python -m ticketflow conformance FILE...
python -m ticketflow schema KIND
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.explore.unattended import unattended_paths
from ticketflow.calendars.zones import load_zone
from ticketflow.cli.console import Console
from ticketflow.compare.differences import diff
from ticketflow.conformance.case_schema import case_schema
from ticketflow.conformance.runner import MOST_BYTES as MOST_BYTES_OF_CASES
from ticketflow.conformance.runner import read_cases, run_cases
from ticketflow.documents.json_schema import schema
from ticketflow.documents.kinds import KINDS
from ticketflow.documents.locations import located
from ticketflow.documents.parsing import MOST_BYTES, Document, Format, parse
from ticketflow.documents.reading import all_problems, read_document, read_line
from ticketflow.documents.scalars import parse_instant
from ticketflow.documents.writing import plain
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.presets.registry import preset, preset_names
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import Life, simulate
from ticketflow.text.timeline import timeline
from ticketflow.tickets.commands import AnyCommand
from ticketflow.tickets.ticket import Ticket

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


_RULES = f"{', '.join(preset_names())}, FILE.toml or FILE.json (docs/documents.md), or MODULE:NAME of your own"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ticketflow", description="Support tickets under a rule set.")
    commands = parser.add_subparsers(required=True)
    simulate = commands.add_parser("simulate", help="run tickets from a file and print each one's timeline")
    simulate.add_argument("file", help="JSON Lines: one command a line (docs/files.md)")
    simulate.add_argument("--rules", required=True, help=_RULES)
    simulate.add_argument("--until", help="how far to go, in RFC 3339; by default until nothing lies ahead")
    simulate.add_argument("--language", choices=["en", "es"], default="en", help="of the timelines; by default en")
    simulate.add_argument("--zone", help="whose wall to show instants on; by default the calendar's")
    simulate.set_defaults(run=_simulate)
    conformance = commands.add_parser("conformance", help="run language-neutral cases and say which are met")
    conformance.add_argument("files", nargs="+", metavar="FILE", help="JSON (docs/conformance.md)")
    conformance.set_defaults(run=_conformance)
    checked = commands.add_parser("check", help="say what is wrong with a rule set; status 1 if it hurts")
    checked.add_argument("rules", help=_RULES)
    checked.add_argument("--budget", type=int, default=BUDGET, help=f"how far to search; by default {BUDGET}, 0: not")
    checked.add_argument("--silent", action="store_true", help="also say what happens in each state if nobody acts")
    checked.add_argument("--json", action="store_true", help="for machines")
    checked.set_defaults(run=_check)
    compared = commands.add_parser("diff", help="say what differs between two rule sets; status 1 if anything does")
    compared.add_argument("old", help=_RULES)
    compared.add_argument("new", help="likewise")
    compared.add_argument("--json", action="store_true", help="for machines")
    compared.set_defaults(run=_diff)
    schema_of = commands.add_parser("schema", help="print the JSON Schema of a kind of document")
    schema_of.add_argument("kind", choices=(*KINDS, "conformance"), help="what kind")
    schema_of.set_defaults(run=_schema)
    return parser


@attrs.frozen
class _Source:
    """A rule set, and the document that it was read from; None for one from Python."""

    rules: Rules
    document: Document | None = None

    def place(self, path: tuple[str, ...]) -> tuple[str, int | None] | None:
        """Return the JSON pointer and the line of a part of the rule set."""
        return None if self.document is None else located(path, self.document)


def _source(name: str) -> _Source:
    """Return a preset by its name, a document by its file, or what MODULE:NAME holds."""
    formats: Mapping[str, Format] = {".toml": "toml", ".json": "json"}
    path = Path(name)
    if path.suffix not in formats:
        return _Source(_rules(name))
    document = parse(_contents(path, MOST_BYTES), name, formats[path.suffix])
    return _Source(cast("Rules", read_document("rules", document)), document)


def _rules(name: str) -> Rules:
    """Return a preset by its name, or what MODULE:NAME holds."""
    module, colon, attribute = name.partition(":")
    if not colon:
        if name not in preset_names():
            problem = unknown_name("--rules", "preset", name, preset_names())
            raise BadValueError(problem.what, f"{problem.fix} Your own is FILE.toml, FILE.json or MODULE:NAME")
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


_MOST_OF_LINES = 268_435_456
"""Bytes of a file of commands; each of its lines has a limit of its own."""


def _contents(path: Path, most: int) -> bytes:
    """Return what a file holds, or its beginning: a byte more than it may have, so that its reader sees that."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
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
    rules = _source(options.rules).rules
    until = None if options.until is None else parse_instant(options.until)
    zone = load_zone(options.zone or _usual_zone(rules))
    name: str = options.file
    text = _contents(Path(name), _MOST_OF_LINES)
    if len(text) > _MOST_OF_LINES:
        raise BadValueError(f"file {name!r} has over {_MOST_OF_LINES} bytes", "split it")
    readings, stray = _read(text.splitlines(), name)
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
        life = None if reading.problems else simulate(reading.commands, rules, until, reading.begun)
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


def _console() -> Console:
    return Console(has_colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def _check(options: argparse.Namespace) -> int:
    """Print what is wrong with a rule set, and return the exit status."""
    try:
        source = _source(options.rules)
    except DocumentError as error:
        return _unreadable(error, is_json=options.json)
    findings = check(source.rules, options.budget)
    paths = unattended_paths(source.rules, options.budget or BUDGET) if options.silent else ()
    if options.json:
        told = [{**plain(each), **_placed(source, each.path)} for each in findings]
        print(json.dumps({"findings": told, "silent_paths": [plain(path) for path in paths]}, indent=1))
    else:
        found = {each.path: source.place(each.path) for each in findings}
        places = {path: f"{options.rules}:{place[1]}" for path, place in found.items() if place}
        console, zone = _console(), load_zone(_usual_zone(source.rules))
        print(*console.findings(findings, places, source.rules, zone), sep="\n")
        if paths:
            print(*console.silent_paths(paths), sep="\n")
    return REFUSED if any(each.severity != "info" for each in findings) else FINE


def _placed(source: _Source, path: tuple[str, ...]) -> dict[str, object]:
    pointer, line = source.place(path) or (None, None)
    return {"pointer": pointer, "line": line}


def _unreadable(error: DocumentError, *, is_json: bool) -> int:
    """Print what keeps a document from being read; return the exit status."""
    if is_json:
        print(json.dumps({"problems": list(all_problems(error))}, indent=1))
    else:
        print(*_console().problems(error.problems), sep="\n")
    return REFUSED


def _diff(options: argparse.Namespace) -> int:
    """Print what differs between two rule sets, and return the exit status."""
    try:
        old, new = _source(options.old), _source(options.new)
    except DocumentError as error:
        return _unreadable(error, is_json=options.json) and MISUSED
    differences = diff(old.rules, new.rules)
    if options.json:
        print(json.dumps({"differences": [plain(each) for each in differences]}, indent=1))
    elif differences:
        print(*_console().differences(differences), sep="\n")
    return REFUSED if differences else FINE


def _schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema as it is committed, and return the exit status."""
    made = case_schema() if options.kind == "conformance" else schema(options.kind)
    print(json.dumps(made, indent=1, ensure_ascii=False))
    return FINE


def _conformance(options: argparse.Namespace) -> int:
    """Print how many cases of each file passed, and what became of the others; return the exit status."""
    status = FINE
    for name in options.files:
        results = list(run_cases(read_cases(_contents(Path(name), MOST_BYTES_OF_CASES), name)))
        tally = Counter(result.status for result in results)
        print(f"{name}: {tally['passed']} passed, {tally['failed']} failed, {tally['skipped']} skipped")
        for result in results:
            if result.status != "passed":
                print(f"  {result.status} {result.case}: {result.detail}")
        status = REFUSED if tally["failed"] or not tally["passed"] else status
    return status
