"""Lines for a terminal: problems, findings and differences, in color if the terminal has color."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from zoneinfo import ZoneInfo

from ticketflow.analysis.explore.unattended import UnattendedPath
from ticketflow.analysis.findings import SEVERITIES, Finding, Severity, Witness
from ticketflow.compare.differences import Difference
from ticketflow.errors import Problem
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.text.timeline import timeline

_WIDTH = 100
_RESET = "\x1b[0m"
_BOLD, _RED, _YELLOW, _GREEN, _BLUE, _DIM = (f"\x1b[{number}m" for number in (1, 31, 33, 32, 34, 2))
_SEVERITY_COLORS: Mapping[Severity, str] = {"error": _RED, "warning": _YELLOW, "info": _BLUE}
_KIND_COLORS: Mapping[str, str] = {"added": _GREEN, "removed": _RED, "changed": _YELLOW}


class Console:
    """Writes lines with or without color.

    >>> from ticketflow.errors import Problem
    >>> list(Console(has_color=False).problems([Problem("a.toml:3, name", "it is 5", "give a text")]))
    ['error bad_value  a.toml:3, name', '    it is 5; give a text']
    """

    def __init__(self, *, has_color: bool) -> None:
        self._has_color = has_color

    def _colored(self, color: str, text: str) -> str:
        return f"{color}{text}{_RESET}" if self._has_color else text

    def problems(self, problems: Iterable[Problem]) -> Iterator[str]:
        """Yield the lines of a document's problems."""
        for problem in problems:
            yield f"{self._colored(_RED, f'error {problem.code}')}  {self._colored(_BOLD, problem.place)}"
            yield from _indented(f"{problem.what}; {problem.fix}")

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
            head = self._colored(_SEVERITY_COLORS[finding.severity], f"{finding.severity} {finding.code}")
            yield f"{head}  {self._colored(_BOLD, finding.place)}{where}"
            yield from _indented(f"{finding.what}; {finding.fix}")
            yield from _indented(f"Why it matters: {finding.why}")
            if finding.searched:
                yield from _indented(f"Searched: {finding.searched}")
            if finding.witness:
                yield from (self._colored(_DIM, line) for line in _witness(finding.witness, rules, zone))
        yield _summary(Counter(finding.severity for finding in in_order))

    def silent_paths(self, paths: Iterable[UnattendedPath]) -> Iterator[str]:
        """Yield the lines of what happens in each state if nobody acts."""
        yield self._colored(_BOLD, "If nobody acts:")
        for path in paths:
            yield from (f"  {line}" for line in str(path).splitlines())

    def differences(self, differences: Iterable[Difference]) -> Iterator[str]:
        """Yield the lines of differences, those that change the meaning of the rules first."""
        for difference in sorted(differences, key=lambda each: not each.changes_meaning):
            sign = {"added": "+", "removed": "-", "changed": "~"}[difference.kind]
            what = " -> ".join(text for text in (difference.old, difference.new) if text is not None)
            place = self._colored(_BOLD, "/".join(difference.path))
            yield f"{self._colored(_KIND_COLORS[difference.kind], sign)} {place}: {what}"
            yield from _indented(difference.effect)


def _indented(text: str) -> Iterator[str]:
    return (f"    {line}" for line in wrap(text, _WIDTH - 4, break_long_words=False))


def _witness(witness: Witness, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    yield "    A history that shows it:"
    lines = timeline(simulate(witness.commands, rules, witness.until), rules, zone)
    return (yield from (f"    {line}" for text in lines for line in text.splitlines()))


def _summary(counted: Counter[Severity]) -> str:
    parts = (f"{counted[severity]} {severity}{'' if counted[severity] == 1 else 's'}" for severity in SEVERITIES)
    return ", ".join(parts)
