"""Lines for a terminal: problems, findings and differences, in color if the terminal has color."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Literal, TextIO
from zoneinfo import ZoneInfo

from ticketflow.analysis.explore.unattended import UnattendedPath
from ticketflow.analysis.findings import SEVERITIES, Finding, Severity, Witness
from ticketflow.compare.differences import Difference
from ticketflow.errors import Problem
from ticketflow.importers.items import Imported, Outcome
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.text.timeline import timeline

ColorChoice = Literal["auto", "always", "never"]

_WIDTH = 100
"""The width of lines that no terminal shows."""
_LEAST_WIDTH = 40
_RESET = "\x1b[0m"
_BOLD, _RED, _YELLOW, _GREEN, _BLUE, _DIM = (f"\x1b[{number}m" for number in (1, 31, 33, 32, 34, 2))
_SEVERITY_COLORS: Mapping[Severity, str] = {"error": _RED, "warning": _YELLOW, "info": _BLUE}
_OUTCOME_COLORS: Mapping[Outcome, str] = {"changed": _YELLOW, "left_out": _RED, "carried": _GREEN}
_KIND_COLORS: Mapping[str, str] = {"added": _GREEN, "removed": _RED, "changed": _YELLOW}


class Console:
    """Writes lines of limited width, with or without color.

    >>> from ticketflow.errors import Problem
    >>> list(Console(has_color=False).problems([Problem("a.toml:3, name", "it is 5", "give a text")]))
    ['error bad_value  a.toml:3, name', '    it is 5; give a text']
    """

    def __init__(self, *, has_color: bool, width: int = _WIDTH) -> None:
        self._has_color = has_color
        self._width = width

    @classmethod
    def of(cls, stream: TextIO, color: ColorChoice = "auto") -> Console:
        """Return the console for a stream.

        Args:
            stream: Standard output or standard error.
            color: Whether to use color. ``auto`` uses it on a terminal, unless the variable ``NO_COLOR`` is set or
                ``TERM`` is ``dumb``.
        """
        is_terminal = stream.isatty()
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        has_color = color == "always" or (color == "auto" and is_terminal and not is_plain)
        width = shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal else _WIDTH
        return cls(has_color=has_color, width=max(width, _LEAST_WIDTH))

    def wrapped(self, text: str) -> Iterator[str]:
        """Yield the lines of a text, wrapped to the width.

        Continuation lines are indented like their line. In a timeline, they are indented to the text after the instant.
        Words that are longer than the width, such as paths, stay whole.

        >>> list(Console(has_color=False, width=40).wrapped("  one line that is longer than forty characters"))
        ['  one line that is longer than forty', '  characters']
        """
        for line in text.splitlines():
            margin = _MARGIN.match(line)
            indent = min(margin.end() if margin else 0, self._width // 2)
            yield from self._fitted(line, indent)

    def _fitted(self, line: str, indent: int) -> list[str]:
        return wrap(
            line, self._width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
        ) or [""]

    def _colored(self, color: str, text: str) -> str:
        return f"{color}{text}{_RESET}" if self._has_color and text else text

    def _headed(self, color: str, head: str, place: str, rest: str = "") -> Iterator[str]:
        """Yield a line with a head in color and a place in bold, and its continuation lines."""
        first, *others = self._fitted(f"{head}{place}{rest}", 4)
        ends = len(head) + len(place)
        yield self._colored(color, first[: len(head)]) + self._colored(_BOLD, first[len(head) : ends]) + first[ends:]
        yield from others

    def _indented(self, text: str) -> Iterator[str]:
        return self.wrapped(f"    {text}")

    def problems(self, problems: Iterable[Problem]) -> Iterator[str]:
        """Yield the lines of the problems of a file."""
        for problem in problems:
            yield from self._headed(_RED, f"error {problem.code}  ", problem.place)
            yield from self._indented(f"{problem.what}; {problem.fix}")

    def findings(
        self, findings: Iterable[Finding], places: Mapping[tuple[str, ...], str], rules: Rules, zone: ZoneInfo
    ) -> Iterator[str]:
        """Yield the lines of findings, the gravest first, each with the history that demonstrates it.

        Args:
            findings: The findings.
            places: Paths with their places in a text, such as ``rules.toml:12``; empty for a rule set from Python.
            rules: The rule set.
            zone: The time zone of the instants.
        """
        in_order = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        for finding in in_order:
            where = f" ({places[finding.path]})" if finding.path in places else ""
            color = _SEVERITY_COLORS[finding.severity]
            yield from self._headed(color, f"{finding.severity} {finding.code}  ", finding.place, where)
            yield from self._indented(f"{finding.what}; {finding.fix}")
            yield from self._indented(f"Why it matters: {finding.why}")
            if finding.searched:
                yield from self._indented(f"Searched: {finding.searched}")
            if finding.witness:
                shown = (line for text in _witness(finding.witness, rules, zone) for line in self.wrapped(text))
                yield from (self._colored(_DIM, line) for line in shown)
        yield _summary(Counter(finding.severity for finding in in_order))

    def items(self, imported: Imported) -> Iterator[str]:
        """Yield the lines of what became of the parts of an export: first what changed or was left out."""
        for outcome, color in _OUTCOME_COLORS.items():
            places: dict[tuple[str, str], list[str]] = {}
            for item in imported.of(outcome):
                places.setdefault((item.what, item.why), []).append(f"{item.source}#{item.pointer}")
            for (what, why), found in places.items():
                more = f" and {len(found) - 1} more" if len(found) > 1 else ""
                yield from self._headed(color, f"{outcome.replace('_', ' ')}  ", what, f" ({found[0]}{more})")
                yield from self._indented(why)
        for each in imported.added:
            yield from self._headed(_BLUE, "added  ", each)
        yield ", ".join(f"{imported.counts[outcome]} {outcome.replace('_', ' ')}" for outcome in _OUTCOME_COLORS)

    def silent_paths(self, paths: Iterable[UnattendedPath]) -> Iterator[str]:
        """Yield the lines of what happens in each state if nobody acts."""
        yield self._colored(_BOLD, "If nobody acts:")
        for path in paths:
            yield from (line for text in str(path).splitlines() for line in self.wrapped(f"  {text}"))

    def differences(self, differences: Iterable[Difference]) -> Iterator[str]:
        """Yield the lines of differences, those that change the meaning of the rules first."""
        for difference in sorted(differences, key=lambda each: not each.changes_meaning):
            sign = {"added": "+", "removed": "-", "changed": "~"}[difference.kind]
            what = " -> ".join(text for text in (difference.old, difference.new) if text is not None)
            place = "/".join(difference.path)
            yield from self._headed(_KIND_COLORS[difference.kind], f"{sign} ", place, f": {what}")
            yield from self._indented(difference.effect)


_MARGIN = re.compile(r" *(?:\S+ \d{4}-\d\d-\d\d \d\d:\d\d\S* [+-]\d{4}  )?")
"""The indentation of a line, and its instant if it is one of a timeline."""


def _witness(witness: Witness, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    yield "    A history that shows it:"
    lines = timeline(simulate(witness.commands, rules, witness.until), rules, zone)
    return (yield from (f"    {line}" for text in lines for line in text.splitlines()))


def _summary(counted: Counter[Severity]) -> str:
    parts = (f"{counted[severity]} {severity}{'' if counted[severity] == 1 else 's'}" for severity in SEVERITIES)
    return ", ".join(parts)


def print_messages(lines: Iterable[str]) -> None:
    """Print lines on standard error, after what is on standard output. Lines that cannot be written are lost."""
    sys.stdout.flush()
    try:
        for line in lines:
            print(line, file=sys.stderr)
    except OSError:
        return
