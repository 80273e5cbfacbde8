"""The command ``what-if``: scenarios under the same seeds, or the tickets of a file under several rule sets."""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timedelta
from multiprocessing import get_context

from ticketflow.cli.command_files import Complaints, read_commands
from ticketflow.cli.console import Console
from ticketflow.cli.exit_codes import FINE, FOUND
from ticketflow.cli.pictures import check_picture, save_comparison
from ticketflow.cli.progress import shown_progress
from ticketflow.cli.sources import STDIN, read_scenarios, read_source
from ticketflow.errors import BadValueError, Problem
from ticketflow.rules.ruleset import Rules
from ticketflow.simulation.comparison import PairedDifference, WhatIf, what_if
from ticketflow.simulation.histories import Changed, Replay, ReplayDifference, replay_under
from ticketflow.simulation.running import Scenario
from ticketflow.tickets.commands import Command, Open

_YEAR = timedelta(days=365)
_LEAST_RULES = 2
_MOST_SEEDS, _MOST_PROCESSES = 100_000, 61  # Windows waits for at most 61 processes
_ASPECTS = {
    "closed": "other closings",
    "reminded": "other reminders",
    "breached": "other breaches",
    "refused": "other refusals",
}
"""What can differ between two rule sets, with its words."""


def compare(options: argparse.Namespace) -> int:
    """Print what differs between scenarios or between rule sets, and return the exit status."""
    return _compare_scenarios(options) if options.rules is None else _compare_rules(options)


def _compare_scenarios(options: argparse.Namespace) -> int:
    if ":" not in options.source:
        fix = "give --rules TODAY OTHER for a file of commands, or scenarios as MODULE:NAME"
        raise BadValueError("it is not said what to compare", fix)
    if options.start is None or options.until is None:
        missing = "--start" if options.start is None else "--until"
        raise BadValueError(f"{missing} is missing", "give the first and the last instant of the scenarios")
    if options.picture:
        check_picture(options.picture)
    seeds = _within(options.seeds, "--seeds", _MOST_SEEDS)
    processes = _within(options.processes, "--processes", _MOST_PROCESSES)
    scenarios = read_scenarios(options.source)
    pool = nullcontext() if processes == 1 else _pool(scenarios, processes)
    with pool as executor, shown_progress("runs") as show:
        found = what_if(
            scenarios,
            options.start,
            options.until,
            range(seeds),
            warm_up=_days(options.warm_up),
            executor=executor,
            progress=show,
        )
    print(json.dumps(_plain(found), indent=1) if options.json else "\n".join(_lines(found)))
    if options.picture:
        save_comparison(options.picture, found, options.language)
    return FINE


def _within(number: int, option: str, most: int) -> int:
    if not 1 <= number <= most:
        raise BadValueError(f"{option} is {number}", f"give a number from 1 to {most}")
    return number


def _days(number: float) -> timedelta:
    try:
        return timedelta(days=number)
    except (OverflowError, ValueError):
        raise BadValueError(f"--warm-up is {number}", "give a number of days") from None


def _pool(scenarios: Mapping[str, Scenario], processes: int) -> ProcessPoolExecutor:
    """Return other processes. They import the functions of the scenarios, so all must have names in modules."""
    try:
        pickle.dumps(dict(scenarios))
    except Exception as error:  # noqa: BLE001 -- depends on what the scenarios have
        what = f"the scenarios cannot be sent to other processes: {error}"
        raise BadValueError(what, "give functions of modules, or leave out --processes") from None
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _plain(found: WhatIf) -> dict[str, object]:
    """Return a what-if as JSON."""
    return {
        "seeds": list(found.seeds),
        "confidence": found.confidence,
        "measures": {name: [each.row for each in several] for name, several in found.measures.items()},
        "differences": [_plain_difference(each) for each in found.differences],
    }


def _plain_difference(difference: PairedDifference) -> dict[str, object]:
    found = difference.interval
    return {
        "scenario": difference.scenario,
        "base": difference.base,
        "measure": difference.measure,
        "of": list(difference.of),
        "mean": found.mean if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "is_clear": found.is_clear if found else False,
    }


def _lines(found: WhatIf) -> Iterator[str]:
    """Yield the means of the first scenario, and the differences of the others from it."""
    base, *others = found.measures
    width = max(map(len, found.names))
    yield f"{base}: mean of {len(found.seeds)} seeds, with its interval of {100 * found.confidence:g} %"
    for name in found.names:
        yield f"  {name:<{width}}  {found.mean(base, name) or 'no value'}"
    for other in others:
        yield f"{other} - {base}: mean of the differences"
        for name in found.names:
            interval = found.difference(name, other).interval
            mark = " *" if interval and interval.is_clear else ""
            yield f"  {name:<{width}}  {interval or 'no value'}{mark}"
    yield "*: the interval does not contain 0"


def _compare_rules(options: argparse.Namespace) -> int:
    if options.picture:
        raise BadValueError("a file of commands has no picture of a what-if", "draw it with report, or give scenarios")
    if [options.source, *options.rules].count(STDIN) > 1:
        raise BadValueError("standard input is given twice", "give a file for one of them")
    rules = _rule_sets(options)
    by_ticket, problems = read_commands(options.source)
    histories: list[list[Command]] = []
    for ticket, lines in by_ticket.items():
        if not lines.problems.count and not isinstance(lines.commands[0], Open):
            what = f"its first line is not its opening; {_OPENED_BY_OTHERS}"
            lines.problems.add(Problem(f"ticket {ticket}", what, "the other tickets are not affected", "not_opened"))
        problems.add(*lines.problems.first)
        problems.count += lines.problems.count - len(lines.problems.first)
        if not lines.problems.count:
            histories.append(lines.commands)
    complaints = Complaints(Console.of(sys.stderr, options.color))
    complaints.show(problems)
    complaints.show_count()
    until = options.until or max((each[-1].at for each in histories), default=None)
    if until is None:
        raise BadValueError("the file has no commands", "give one with commands")
    end = until if options.until else _a_year_after(until)
    with shown_progress("tickets") as show:
        found = replay_under(rules, histories, end, progress=show)
    differences = [found.difference(name) for name in list(rules)[1:]]
    print(
        json.dumps(_plain_replay(found, end, differences), indent=1)
        if options.json
        else "\n".join(_replay_lines(found, differences))
    )
    is_equal = not any(getattr(each, aspect) for each in differences for aspect in _ASPECTS)
    return FINE if is_equal and not problems.count and not any(found.unopened.values()) else FOUND


_OPENED_BY_OTHERS = "tickets that other tickets open are not compared"


def _a_year_after(at: datetime) -> datetime:
    try:
        return at + _YEAR
    except OverflowError:
        return at


def _rule_sets(options: argparse.Namespace) -> dict[str, Rules]:
    if len(options.rules) < _LEAST_RULES:
        raise BadValueError("one rule set is given", "give two or more, today's first: --rules TODAY OTHER")
    twice = next((name for name in options.rules if options.rules.count(name) > 1), None)
    if twice is not None:
        raise BadValueError(f"the rule set {twice!r:.200} is given twice", "give each once")
    return {name: read_source(name, options.format).rules for name in options.rules}


def _plain_replay(found: Replay, until: datetime, differences: list[ReplayDifference]) -> dict[str, object]:
    """Return a replay as JSON."""
    return {
        "until": until.isoformat(),
        "measures": {name: found.measures(name).row for name in found.outcomes},
        "unopened": {name: list(several) for name, several in found.unopened.items()},
        "differences": [
            {
                "rules": each.scenario,
                "base": each.base,
                **{aspect: _names(getattr(each, aspect)) for aspect in _ASPECTS},
            }
            for each in differences
        ],
    }


def _replay_lines(found: Replay, differences: list[ReplayDifference]) -> Iterator[str]:
    """Yield the figures under each rule set side by side, and the tickets that differ."""
    rows = {name: found.measures(name).row for name in found.outcomes}
    names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
    width, columns = max(map(len, names)), {name: max(len(name), 8) for name in rows}
    yield "  ".join([" " * width, *(f"{name:>{columns[name]}}" for name in rows)])
    for name in names:
        cells = (f"{_figure(row.get(name)):>{columns[rules]}}" for rules, row in rows.items())
        yield "  ".join([f"{name:<{width}}", *cells])
    for rules, several in found.unopened.items():
        if several:
            yield f"not opened under {rules}: {', '.join(several)}"
    for difference in differences:
        yield f"{difference.scenario}, compared with {difference.base}:"
        for aspect, words in _ASPECTS.items():
            changed = getattr(difference, aspect)
            yield f"  {words}: {len(changed)}{_examples(changed)}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if value % 1 else f"{value:.0f}"


_MOST_NAMES = 20


def _examples(changed: tuple[Changed, ...]) -> str:
    names = _names(changed)
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f" ({', '.join(names[:_MOST_NAMES])}{more})" if names else ""


def _names(changed: tuple[Changed, ...]) -> list[str]:
    return [each.ticket for each in changed]
