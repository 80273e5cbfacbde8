"""The commands of ``python -m ticketflow``. Only this module reads files, prints and exits.

python -m ticketflow simulate FILE --rules senior [--until INSTANT] [--zone ZONE] [--language es]
python -m ticketflow check RULES [--budget N] [--silent] [--json]
python -m ticketflow diff OLD NEW [--json]
python -m ticketflow conformance FILE... [--harness COMMAND [--timeout SECONDS]]
python -m ticketflow schema KIND
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.explore.unattended import unattended_paths
from ticketflow.calendars.zones import load_zone
from ticketflow.cli.console import Console
from ticketflow.cli.harness_process import HarnessProcess
from ticketflow.compare.differences import diff
from ticketflow.conformance.case_schema import case_schema
from ticketflow.conformance.harness import ask_cases
from ticketflow.conformance.runner import MOST_BYTES as MOST_BYTES_OF_CASES
from ticketflow.conformance.runner import Case, Result, clauses_of, read_cases, run_cases
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
from ticketflow.service.simulation import Simulation, simulate
from ticketflow.text.catalog import SHIPPED, has_catalog
from ticketflow.text.timeline import timeline
from ticketflow.tickets.commands import Command
from ticketflow.tickets.ticket import Ticket

FINE, REFUSED, MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    The status is 0 for success, 1 if something is refused, found or different, 2 if the call is not valid.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except TicketflowError as error:
        print(f"ticketflow: {error}", file=sys.stderr)
        return MISUSED
    return status


_RULES = f"a preset ({', '.join(preset_names())}), FILE.toml or FILE.json (docs/documents.md), or MODULE:NAME"


def _language(value: str) -> str:
    """Return the language of an option, if the package has sentences in it."""
    try:
        is_known = has_catalog(value)
    except BadValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not is_known:
        raise argparse.ArgumentTypeError(f"language {value!r} has no catalog; there are: {', '.join(SHIPPED)}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ticketflow", description="Simulate and check the rules of support tickets.")
    commands = parser.add_subparsers(required=True)
    simulate = commands.add_parser("simulate", help="run the commands of a file and print a timeline for each ticket")
    simulate.add_argument("file", help="JSON Lines with one command per line (docs/files.md)")
    simulate.add_argument("--rules", required=True, help=_RULES)
    simulate.add_argument("--until", help="the last instant, in RFC 3339; by default, until nothing more is due")
    simulate.add_argument(
        "--language",
        type=_language,
        default="en",
        help="the language of the timelines, such as es or pt-BR; by default en",
    )
    simulate.add_argument("--zone", help="the time zone of the timelines; by default, that of the first calendar")
    simulate.set_defaults(run=_simulate)
    conformance = commands.add_parser("conformance", help="run conformance cases and print those that fail")
    conformance.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON with cases (docs/conformance.md), or a directory of such files"
    )
    conformance.add_argument(
        "--harness", metavar="COMMAND", help="a program that answers the cases; by default, this one"
    )
    conformance.add_argument(
        "--timeout",
        type=float,
        default=10,
        metavar="SECONDS",
        help="the time for each answer of the program; by default 10",
    )
    conformance.set_defaults(run=_conformance)
    checked = commands.add_parser("check", help="check a rule set; status 1 if a finding is an error or a warning")
    checked.add_argument("rules", help=_RULES)
    checked.add_argument(
        "--budget", type=int, default=BUDGET, help=f"how many configurations to search; by default {BUDGET}, 0 for none"
    )
    checked.add_argument("--silent", action="store_true", help="also print what happens in each state if nobody acts")
    checked.add_argument("--json", action="store_true", help="print JSON")
    checked.set_defaults(run=_check)
    compared = commands.add_parser("diff", help="compare two rule sets; status 1 if they differ")
    compared.add_argument("old", help=_RULES)
    compared.add_argument("new", help="the new rule set, in the same forms")
    compared.add_argument("--json", action="store_true", help="print JSON")
    compared.set_defaults(run=_diff)
    schema_of = commands.add_parser("schema", help="print the JSON Schema of a kind of document")
    schema_of.add_argument("kind", choices=(*KINDS, "conformance"), help="the kind of document")
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
    """Return the rule set of a preset, a file or MODULE:NAME."""
    formats: Mapping[str, Format] = {".toml": "toml", ".json": "json"}
    path = Path(name)
    if path.suffix not in formats:
        return _Source(_rules(name))
    document = parse(_contents(path, MOST_BYTES), name, formats[path.suffix])
    return _Source(cast("Rules", read_document("rules", document)), document)


def _rules(name: str) -> Rules:
    """Return the rule set of a preset or MODULE:NAME."""
    module, colon, attribute = name.partition(":")
    if not colon:
        if name not in preset_names():
            problem = unknown_name("--rules", "preset", name, preset_names())
            raise BadValueError(problem.what, f"{problem.fix} Otherwise give FILE.toml, FILE.json or MODULE:NAME")
        return preset(name)()
    try:
        found = getattr(importlib.import_module(module), attribute)
        rules = found() if callable(found) else found
    except TicketflowError:
        raise
    except Exception as error:  # noqa: BLE001 -- the module can raise anything
        raise BadValueError(f"{name!r} cannot be imported: {error}", "give a module and a rule set in it") from None
    if not isinstance(rules, Rules):
        raise BadValueError(
            f"{name!r} is not a rule set", "name an instance of ticketflow.Rules, or a function that returns one"
        )
    return rules


def _default_zone(rules: Rules) -> str:
    return next((calendar.zone for calendar in rules.calendars.values()), "UTC")


_MOST_OF_LINES = 268_435_456
"""The size limit of a file of commands in bytes. Each line has its own limit, too."""


def _contents(path: Path, most: int) -> bytes:
    """Return the bytes of a file, but at most one more than allowed; the caller refuses a file with that many."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadValueError(f"the file {str(path)!r} cannot be read: {error.strerror}", "give another file") from None


@attrs.define
class _Lines:
    """The lines of a file about one ticket.

    Attributes:
        commands: The commands, in order.
        places: The place of each command, by its identity.
        problems: The problems of the lines.
        created: The ticket, if a follow-up of another ticket created it.
    """

    commands: list[Command] = attrs.field(factory=list)
    places: dict[int, str] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)
    created: Ticket | None = None

    def add(self, command: Command, place: str) -> None:
        if self.commands and command.at < self.commands[-1].at:
            before = self.commands[-1].at.isoformat()
            what = f"the instant {command.at.isoformat()} is before {before}, that of the ticket's previous line"
            self.problems.append(Problem(place, what, "sort the lines of each ticket by their instants"))
        else:
            self.commands.append(command)
            self.places[id(command)] = place


def _read(lines: list[bytes], name: str) -> tuple[dict[str, _Lines], list[Problem]]:
    """Return the lines of each ticket, and the problems of lines that name no ticket."""
    by_ticket: dict[str, _Lines] = {}
    stray: list[Problem] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            ticket, command = read_line(line, place)
        except DocumentError as error:
            problems = by_ticket.setdefault(error.ticket, _Lines()).problems if error.ticket else stray
            problems.extend(error.problems)
            continue
        by_ticket.setdefault(ticket, _Lines()).add(command, place)
    return by_ticket, stray


def _simulate(options: argparse.Namespace) -> int:
    """Print the timeline of every ticket in a file, and return the exit status."""
    rules = _source(options.rules).rules
    until = None if options.until is None else parse_instant(options.until)
    zone = load_zone(options.zone or _default_zone(rules))
    name: str = options.file
    text = _contents(Path(name), _MOST_OF_LINES)
    if len(text) > _MOST_OF_LINES:
        raise BadValueError(f"the file {name!r} has more than {_MOST_OF_LINES} bytes", "split it")
    by_ticket, stray = _read(text.splitlines(), name)
    _print_errors(stray)
    tally: Counter[str] = Counter()
    waiting = list(by_ticket)
    while waiting:
        ticket = waiting.pop(0)
        life = _simulated(ticket, by_ticket[ticket], rules, until)
        if life is not None:
            print(*timeline(life, rules, zone, options.language), sep="\n", end="\n\n")
        for created in life.created if life else ():
            if created.id not in by_ticket:
                waiting.insert(0, created.id)
            by_ticket.setdefault(created.id, _Lines()).created = created
        tally[life.ticket.category if life and life.ticket else "refused"] += 1
        tally["commands"] += len(life.refusals) if life else 0
    others = len(by_ticket) - tally["closed"] - tally["refused"]
    print(f"{len(by_ticket)} tickets: {tally['closed']} closed, {others} not closed, {tally['refused']} refused.")
    print(f"{tally['commands']} commands refused; {len(stray)} lines without a ticket.")
    return REFUSED if tally["refused"] or tally["commands"] or stray else FINE


def _simulated(ticket: str, lines: _Lines, rules: Rules, until: datetime | None) -> Simulation | None:
    """Simulate a ticket and print its refused commands; return None if its lines have problems."""
    print(ticket)
    try:
        life = None if lines.problems else simulate(lines.commands, rules, until, lines.created)
    except TicketflowError as error:
        lines.problems.append(Problem(f"ticket {ticket}", str(error), "the other tickets are not affected"))
        life = None
    if life is None:
        _print_errors(lines.problems)
        print(f"  refused: {len(lines.problems)} problems\n")
        return None
    refused = ((lines.places[id(each.command)], str(each.refused)) for each in life.refusals)
    _print_errors(Problem(place, what, "see its timeline") for place, what in refused)
    return life


def _print_errors(problems: Iterable[Problem]) -> None:
    for problem in problems:
        print(f"ticketflow: {problem}", file=sys.stderr)


def _console() -> Console:
    return Console(has_color=sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def _check(options: argparse.Namespace) -> int:
    """Print the findings of a rule set, and return the exit status."""
    try:
        source = _source(options.rules)
    except DocumentError as error:
        return _print_problems(error, is_json=options.json)
    findings = check(source.rules, options.budget)
    paths = unattended_paths(source.rules, options.budget or BUDGET) if options.silent else ()
    if options.json:
        data = [{**plain(each), **_placed(source, each.path)} for each in findings]
        print(json.dumps({"findings": data, "silent_paths": [plain(path) for path in paths]}, indent=1))
    else:
        found = {each.path: source.place(each.path) for each in findings}
        places = {path: f"{options.rules}:{place[1]}" for path, place in found.items() if place}
        console, zone = _console(), load_zone(_default_zone(source.rules))
        print(*console.findings(findings, places, source.rules, zone), sep="\n")
        if paths:
            print(*console.silent_paths(paths), sep="\n")
    return REFUSED if any(each.severity != "info" for each in findings) else FINE


def _placed(source: _Source, path: tuple[str, ...]) -> dict[str, object]:
    pointer, line = source.place(path) or (None, None)
    return {"pointer": pointer, "line": line}


def _print_problems(error: DocumentError, *, is_json: bool) -> int:
    """Print the problems of a document, and return the exit status."""
    if is_json:
        print(json.dumps({"problems": list(all_problems(error))}, indent=1))
    else:
        print(*_console().problems(error.problems), sep="\n")
    return REFUSED


def _diff(options: argparse.Namespace) -> int:
    """Print the differences between two rule sets, and return the exit status."""
    try:
        old, new = _source(options.old), _source(options.new)
    except DocumentError as error:
        return _print_problems(error, is_json=options.json) and MISUSED
    differences = diff(old.rules, new.rules)
    if options.json:
        print(json.dumps({"differences": [plain(each) for each in differences]}, indent=1))
    elif differences:
        print(*_console().differences(differences), sep="\n")
    return REFUSED if differences else FINE


def _schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema in the form of the committed files, and return the exit status."""
    made = case_schema() if options.kind == "conformance" else schema(options.kind)
    print(json.dumps(made, indent=1, ensure_ascii=False))
    return FINE


def _conformance(options: argparse.Namespace) -> int:
    """Print the results of cases by file and by clause, and return the exit status."""
    files = list(_case_files(options.files))
    if options.harness is None:
        return _print_results(files, run_cases)
    if not 0 < options.timeout <= _LONGEST_TIMEOUT:
        raise BadValueError(f"the timeout is {options.timeout:g}", f"give seconds, at most {_LONGEST_TIMEOUT}")
    try:
        command = shlex.split(options.harness)
    except ValueError as error:
        raise BadValueError(f"the command {options.harness!r} cannot be split: {error}", "close its quotes") from None
    if not command:
        raise BadValueError("the command is empty", "give a program and its arguments")
    with HarnessProcess(command, options.timeout) as program:
        return _print_results(files, lambda document: ask_cases(document, program.ask))


_LONGEST_TIMEOUT = 3_600


def _case_files(names: Iterable[str]) -> Iterator[tuple[str, Case]]:
    """Yield the name and the cases of each file, and of each JSON file below a directory."""
    for name in names:
        path = Path(name)
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            yield str(file), read_cases(_contents(file, MOST_BYTES_OF_CASES), str(file))


def _print_results(files: Iterable[tuple[str, Case]], run: Callable[[Case], Iterator[Result]]) -> int:
    """Run the cases of files, print the results, and return the exit status."""
    status = FINE
    by_clause: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for name, document in files:
        results = list(run(document))
        tally: Counter[str] = Counter(result.status for result in results)
        total += tally
        print(f"{name}: {_tally(tally)}")
        for result in results:
            if result.status != "passed":
                print(f"  {result.status} {result.case}: {result.detail}")
        for result, (_, clauses) in zip(results, clauses_of(document), strict=True):
            for clause in clauses or ("none",):
                by_clause.setdefault(clause, Counter())[result.status] += 1
        status = REFUSED if tally["failed"] or not tally["passed"] else status
    print(f"{total.total()} cases: {_tally(total)}; by clause, of which a case can test several:")
    for clause in sorted(by_clause, key=_in_clause_order):
        print(f"  {clause}: {_tally(by_clause[clause])}")
    return status


def _tally(tally: Mapping[str, int]) -> str:
    return f"{tally['passed']} passed, {tally['failed']} failed, {tally['skipped']} skipped"


def _in_clause_order(clause: str) -> tuple[object, ...]:
    """Return a key that orders clauses by their numbers, and what is no number after them."""
    numbers = clause.split(".")
    is_clause = all(number.isascii() and number.isdigit() for number in numbers)
    return (0, *map(int, numbers)) if is_clause else (1, clause)
