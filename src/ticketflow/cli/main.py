"""The commands of ``python -m ticketflow``.

python -m ticketflow simulate FILE --rules senior [--until INSTANT] [--language es] [--json] [--picture out.svg]
python -m ticketflow report FILE --rules senior [--until INSTANT] [--since INSTANT] [--json] [--picture out.svg]
python -m ticketflow what-if MODULE:NAME --start INSTANT --until INSTANT [--seeds N] [--json] [--picture out.svg]
python -m ticketflow what-if FILE --rules TODAY OTHER... [--until INSTANT] [--json]
python -m ticketflow check RULES [--budget N] [--steps N] [--silent] [--json]
python -m ticketflow diff OLD NEW [--json]
python -m ticketflow import SYSTEM FILE... [-o RULES] [--json]
python -m ticketflow conformance FILE... [--harness COMMAND [--timeout SECONDS]]
python -m ticketflow schema KIND
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.explore.unattended import unattended_paths
from ticketflow.analysis.findings import Finding
from ticketflow.calendars.zones import load_zone
from ticketflow.cli.arguments import complain, read_arguments
from ticketflow.cli.command_files import Complaints, Lines, Problems, read_commands
from ticketflow.cli.console import Console, print_messages
from ticketflow.cli.exit_codes import BROKEN, FINE, FOUND, MISUSED, UNREADABLE
from ticketflow.cli.harness_process import HarnessProcess
from ticketflow.cli.pictures import MOST_TICKETS, check_picture, save_reports, save_tickets
from ticketflow.cli.progress import shown_progress
from ticketflow.cli.report_lines import report_lines
from ticketflow.cli.sources import STDIN, Source, contents, read_source, shown_name, unreadable, write_rules
from ticketflow.cli.what_if import compare
from ticketflow.compare.differences import diff
from ticketflow.conformance.case_schema import case_schema
from ticketflow.conformance.harness import ask_cases
from ticketflow.conformance.runner import MOST_BYTES as MOST_BYTES_OF_CASES
from ticketflow.conformance.runner import Case, Result, clauses_of, read_cases, run_cases
from ticketflow.documents.json_schema import schema
from ticketflow.documents.parsing import MOST_BYTES, parse
from ticketflow.documents.reading import all_problems
from ticketflow.documents.writing import plain
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError
from ticketflow.importers.items import Imported
from ticketflow.importers.registry import read as read_exports
from ticketflow.kernel.names import readable
from ticketflow.rules.ruleset import Rules
from ticketflow.service.reports import report_all
from ticketflow.service.simulation import Simulation, simulate
from ticketflow.simulation.desk import Progress
from ticketflow.sla.reading import read_all
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline
from ticketflow.tickets.ticket import Ticket


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, one of `ticketflow.cli.exit_codes`.

    Raises:
        SystemExit: The help or the version was printed, or the arguments are not valid.
        OSError: The output cannot be written.
    """
    options = read_arguments(arguments, _COMMANDS)
    try:
        status: int = options.run(options)
    except OSError:
        raise
    except DocumentError as error:
        _print_traceback(options)
        _print_problems(error, options)
        return UNREADABLE
    except TicketflowError as error:
        complain(str(error))
        return MISUSED
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is a bug
        _print_traceback(options)
        text = readable(f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE])
        complain(f"internal error: {text}; please report it, with the output of --traceback")
        return BROKEN
    return status


_LONGEST_MESSAGE = 200


def _print_traceback(options: argparse.Namespace) -> None:
    if options.traceback:
        print_messages(traceback.format_exc().splitlines())


def _print_problems(error: DocumentError, options: argparse.Namespace) -> None:
    """Print the problems of a file or a rule set that cannot be read: with ``--json`` as the output."""
    if options.json:
        print(json.dumps({"problems": list(all_problems(error))}, indent=1))
    else:
        print_messages(Console.of(sys.stderr, options.color).problems(error.problems))


def _check_stdin(*names: str) -> None:
    """Check that at most one of the given files is standard input.

    Raises:
        BadValueError: Several are.
    """
    if names.count(STDIN) > 1:
        raise BadValueError("standard input is given twice", "give a file for one of them")


def _default_zone(rules: Rules) -> str:
    return next((calendar.zone for calendar in rules.calendars.values()), "UTC")


def _simulate(options: argparse.Namespace) -> int:
    """Print the timeline of every ticket in a file, or the tickets as JSON, and return the exit status."""
    run = _Run.of(options)
    tickets: list[Ticket] = []
    with shown_progress("tickets", beside_output=not options.json) as show:
        for ticket, life in run.lives(options.until, show):
            if not options.json:
                _print_life(run, ticket, life, options.language)
            is_needed = options.json or (options.picture and len(tickets) < MOST_TICKETS)
            if life is not None and life.ticket is not None and is_needed:
                tickets.append(life.ticket)
    if options.json:
        data = {"tickets": [plain(each) for each in tickets], "refused": [attrs.asdict(each) for each in run.refused]}
        print(json.dumps(data, indent=1))
    else:
        tally, others = run.tally, len(run.by_ticket) - run.tally["closed"] - run.tally["refused"]
        print(
            f"{len(run.by_ticket)} tickets: {tally['closed']} closed, {others} not closed, {tally['refused']} refused."
        )
        print(f"{tally['commands']} commands refused; {run.stray.count} lines without a ticket.")
    if options.picture and tickets:
        drawn = tickets[:MOST_TICKETS]
        save_tickets(options.picture, drawn, run.rules, run.zone, options.language)
        if len(drawn) < len(run.by_ticket):
            print_messages([f"{options.picture} shows {len(drawn)} of {len(run.by_ticket)} tickets"])
    return run.status


def _print_life(run: _Run, ticket: str, life: Simulation | None, language: str) -> None:
    """Print the timeline of a ticket, or the number of the problems of its lines."""
    print(ticket)
    if life is None:
        print(f"  refused: {run.by_ticket[ticket].problems.count} problems\n")
        return
    lines = timeline(life, run.rules, run.zone, language)
    print(*(line for text in lines for line in run.console.wrapped(text)), sep="\n", end="\n\n")


@attrs.define
class _Run:
    """The commands of a file and what became of them.

    Attributes:
        rules: The rule set.
        zone: The zone of the output.
        by_ticket: The lines of each ticket.
        stray: The problems of lines that name no ticket.
        console: The console on standard output.
        complaints: What prints problems on standard error.
        tally: The number of tickets by their last category or as ``refused``, and that of refused ``commands``.
        refused: The reasons for which commands were refused, with the places of their lines.
    """

    rules: Rules
    zone: ZoneInfo
    by_ticket: dict[str, Lines]
    stray: Problems
    console: Console
    complaints: Complaints
    tally: Counter[str] = attrs.field(factory=Counter)
    refused: list[Problem] = attrs.field(factory=list)

    @classmethod
    def of(cls, options: argparse.Namespace) -> _Run:
        """Read the rule set and the file that options name.

        Raises:
            BadValueError: An option is wrong.
            DocumentError: The rule set or the file cannot be read.
            MissingExtraError: A picture is asked for, and the extra `plot` is not installed.
        """
        _check_stdin(options.file, options.rules)
        if options.picture:
            check_picture(options.picture)
        rules = read_source(options.rules, options.format).rules
        by_ticket, stray = read_commands(options.file)
        zone = options.zone or load_zone(_default_zone(rules))
        complaints = Complaints(Console.of(sys.stderr, options.color))
        return cls(rules, zone, by_ticket, stray, Console.of(sys.stdout, options.color), complaints)

    @property
    def status(self) -> int:
        """The exit status."""
        return FOUND if self.tally["refused"] or self.tally["commands"] or self.stray.count else FINE

    def lives(self, until: datetime | None, progress: Progress | None) -> Iterator[tuple[str, Simulation | None]]:
        """Simulate the tickets, and those that they open; yield None for one whose lines have problems."""
        self.complaints.show(self.stray)
        waiting = list(self.by_ticket)
        while waiting:
            ticket = waiting.pop(0)
            life = self._simulated(ticket, until)
            yield ticket, life
            for created in life.created if life else ():
                if created.id not in self.by_ticket:
                    waiting.insert(0, created.id)
                self.by_ticket.setdefault(created.id, Lines()).created = created
            self.tally[life.ticket.category if life and life.ticket else "refused"] += 1
            self.tally["commands"] += len(life.refusals) if life else 0
            if progress is not None:
                progress(len(self.by_ticket) - len(waiting), len(self.by_ticket))
        self.complaints.show_count()

    def _simulated(self, ticket: str, until: datetime | None) -> Simulation | None:
        """Simulate a ticket and print its refused commands; return None if its lines have problems."""
        lines = self.by_ticket[ticket]
        try:
            life = None if lines.problems.count else simulate(lines.commands, self.rules, until, lines.created)
        except TicketflowError as error:
            lines.problems.add(Problem(f"ticket {ticket}", str(error), "the other tickets are not affected"))
            life = None
        if life is None:
            self.complaints.show(lines.problems)
            return None
        reasons = (
            (lines.places[id(each.command)], reason) for each in life.refusals for reason in each.refused.reasons
        )
        refused = [Problem(place, reason.what, reason.help, "refused") for place, reason in reasons]
        self.refused += refused
        print_messages(self.complaints.console.problems(refused))
        return life


def _report(options: argparse.Namespace) -> int:
    """Print figures of the tickets of a file, and return the exit status."""
    run = _Run.of(options)
    instants = [command.at for lines in run.by_ticket.values() for command in lines.commands]
    until = options.until or max(instants, default=None)
    if until is None:
        raise BadValueError("the file has no commands", "give one with commands, or the instant with --until")
    with shown_progress("tickets") as show:
        lives = [life for _, life in run.lives(until, show) if life is not None]
    tickets = [life.ticket for life in lives if life.ticket is not None]
    reports, summary = report_all(until, tickets, run.rules, options.calendar, since=options.since)
    if options.json:
        data = {"reports": [plain(each) for each in reports], "summary": attrs.asdict(summary)}
        print(json.dumps(data, indent=1))
    else:
        words = Wording(run.rules, run.zone, options.language)
        print(
            *(line for text in report_lines(until, reports, summary, words) for line in run.console.wrapped(text)),
            sep="\n",
        )
    if options.picture:
        shown = {each.ticket for each in reports}
        clocks = [run.rules.clock(policy.name) for policy in run.rules.clocks]
        readings = [
            each
            for clock in clocks
            for ticket in tickets
            if ticket.id in shown
            for each in read_all(until, ticket, clock)
            if options.since is None or each.done_at is None or each.done_at > options.since
        ]
        save_reports(options.picture, reports, readings, run.rules, run.zone, options.language)
    return run.status


def _check(options: argparse.Namespace) -> int:
    """Print the findings of a rule set, and return the exit status."""
    source = read_source(options.rules, options.format)
    findings = check(source.rules, options.budget, steps=options.steps)
    paths = unattended_paths(source.rules, options.budget or BUDGET, options.steps) if options.silent else ()
    if options.json:
        data = [{**plain(each), **_placed(source, each.path)} for each in findings]
        print(json.dumps({"findings": data, "silent_paths": [plain(path) for path in paths]}, indent=1))
    else:
        found = {each.path: source.place(each.path) for each in findings}
        places = {path: f"{shown_name(options.rules)}:{place[1]}" for path, place in found.items() if place}
        console, zone = Console.of(sys.stdout, options.color), load_zone(_default_zone(source.rules))
        print(*console.findings(findings, places, source.rules, zone), sep="\n")
        if paths:
            print(*console.silent_paths(paths), sep="\n")
    return FOUND if any(each.severity != "info" for each in findings) else FINE


def _placed(source: Source, path: tuple[str, ...]) -> dict[str, object]:
    pointer, line = source.place(path) or (None, None)
    return {"pointer": pointer, "line": line}


def _diff(options: argparse.Namespace) -> int:
    """Print the differences between two rule sets, and return the exit status."""
    _check_stdin(options.old, options.new)
    old, new = read_source(options.old, options.format), read_source(options.new, options.format)
    differences = diff(old.rules, new.rules)
    if options.json:
        print(json.dumps({"differences": [plain(each) for each in differences]}, indent=1))
    elif differences:
        print(*Console.of(sys.stdout, options.color).differences(differences), sep="\n")
    return FOUND if differences else FINE


def _import(options: argparse.Namespace) -> int:
    """Print or write an imported rule set, print its items and findings, and return the exit status."""
    _check_stdin(*options.files)
    texts = [contents(name, MOST_BYTES) for name in options.files]
    imported = read_exports(options.system, *texts, names=[shown_name(name) for name in options.files])
    findings = check(imported.rules)
    if options.output:
        write_rules(options.output, imported.rules)
    if options.json:
        data = {
            "rules": plain(imported.rules),
            "items": [attrs.asdict(item) for item in imported.items],
            "added": list(imported.added),
            "findings": [plain(each) for each in findings],
        }
        print(json.dumps(data, indent=1))
    else:
        stream = sys.stdout if options.output else sys.stderr
        name = shown_name(options.output) if options.output else "the document"
        lines = _import_lines(imported, findings, name, Console.of(stream, options.color))
        if options.output:
            print(*lines, sep="\n")
        else:
            print(imported.text, end="")
            print_messages(lines)
    return FOUND if any(each.severity != "info" for each in findings) else FINE


def _import_lines(imported: Imported, findings: Sequence[Finding], name: str, console: Console) -> Iterator[str]:
    yield from console.items(imported)
    source = Source(imported.rules, parse(imported.text, name, "toml"))
    found = {each.path: source.place(each.path) for each in findings}
    places = {path: f"{name}:{place[1]}" for path, place in found.items() if place} if name.endswith(".toml") else {}
    yield from console.findings(findings, places, imported.rules, load_zone(_default_zone(imported.rules)))


def _schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema in the form of the committed files, and return the exit status."""
    made = case_schema() if options.kind == "conformance" else schema(options.kind)
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(made, indent=1, ensure_ascii=not is_unicode))
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
        files = [name]
        if name != STDIN and Path(name).is_dir():
            files = sorted(str(file) for file in Path(name).rglob("*") if file.suffix.lower() == ".json")
            if not files:
                raise unreadable(name, "the directory has no JSON files", "give one with cases")
        for file in files:
            yield shown_name(file), read_cases(contents(file, MOST_BYTES_OF_CASES), shown_name(file))


def _print_results(files: Iterable[tuple[str, Case]], run: Callable[[Case], Iterator[Result]]) -> int:
    """Run the cases of files, print the results, and return the exit status."""
    status, console = FINE, Console.of(sys.stdout)
    by_clause: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for name, document in files:
        results = list(run(document))
        tally: Counter[str] = Counter(result.status for result in results)
        total += tally
        print(f"{name}: {_tally(tally)}")
        for result in results:
            if result.status != "passed":
                print(*console.wrapped(f"  {result.status} {result.case}: {result.detail}"), sep="\n")
        for result, (_, clauses) in zip(results, clauses_of(document), strict=True):
            for clause in clauses or ("none",):
                by_clause.setdefault(clause, Counter())[result.status] += 1
        status = FOUND if tally["failed"] or not tally["passed"] else status
    print(f"{total.total()} cases: {_tally(total)}; by clause (a case can test several):")
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


_COMMANDS = {
    "simulate": _simulate,
    "report": _report,
    "what-if": compare,
    "conformance": _conformance,
    "check": _check,
    "diff": _diff,
    "import": _import,
    "schema": _schema,
}
"""The function of each command."""
