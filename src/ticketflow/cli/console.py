"""Findings and differences as lines for people at a terminal, with colours where it has them."""

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
_OF_SEVERITY: Mapping[Severity, str] = {"error": _RED, "warning": _YELLOW, "info": _BLUE}
_OF_KIND: Mapping[str, str] = {"added": _GREEN, "removed": _RED, "changed": _YELLOW}


class Console:
    """How lines are written: with colours or without.

    >>> from ticketflow.errors import Problem
    >>> list(Console(has_colours=False).problems([Problem("a.toml:3, name", "it is 5", "give a text")]))
    ['error bad_value  a.toml:3, name', '    it is 5; give a text']
    """

    def __init__(self, *, has_colours: bool) -> None:
        self._has_colours = has_colours

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._has_colours else text

    def problems(self, problems: Iterable[Problem]) -> Iterator[str]:
        """Yield the lines of what keeps a document from being read."""
        for problem in problems:
            yield f"{self._in(_RED, f'error {problem.code}')}  {self._in(_BOLD, problem.place)}"
            yield from _indented(f"{problem.what}; {problem.fix}")

    def findings(
        self, findings: Iterable[Finding], places: Mapping[tuple[str, ...], str], rules: Rules, zone: ZoneInfo
    ) -> Iterator[str]:
        """Yield the lines of findings, the gravest first, each with the life that shows it.

        Args:
            findings: What was found.
            places: Where paths stand in a text, such as ``rules.toml:12``; none for definitions in Python.
            rules: The rule set.
            zone: Whose wall to show instants on.
        """
        in_order = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        for finding in in_order:
            where = f" ({places[finding.path]})" if finding.path in places else ""
            head = self._in(_OF_SEVERITY[finding.severity], f"{finding.severity} {finding.code}")
            yield f"{head}  {self._in(_BOLD, finding.place)}{where}"
            yield from _indented(f"{finding.what}; {finding.fix}")
            yield from _indented(f"Why it matters: {finding.why}")
            if finding.searched:
                yield from _indented(f"Searched: {finding.searched}")
            if finding.witness:
                yield from (self._in(_DIM, line) for line in _life(finding.witness, rules, zone))
        yield _summary(Counter(finding.severity for finding in in_order))

    def silent_paths(self, paths: Iterable[UnattendedPath]) -> Iterator[str]:
        """Yield what happens in each state if nobody acts."""
        yield self._in(_BOLD, "If nobody acts:")
        for path in paths:
            yield from (f"  {line}" for line in str(path).splitlines())

    def differences(self, differences: Iterable[Difference]) -> Iterator[str]:
        """Yield the lines of differences, those that mean something first."""
        for difference in sorted(differences, key=lambda each: not each.changes_meaning):
            sign = {"added": "+", "removed": "-", "changed": "~"}[difference.kind]
            what = " -> ".join(said for said in (difference.old, difference.new) if said is not None)
            yield f"{self._in(_OF_KIND[difference.kind], sign)} {self._in(_BOLD, '/'.join(difference.path))}: {what}"
            yield from _indented(difference.effect)


def _indented(text: str) -> Iterator[str]:
    return (f"    {line}" for line in wrap(text, _WIDTH - 4, break_long_words=False))


def _life(witness: Witness, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    yield "    A life that shows it:"
    lines = timeline(simulate(witness.commands, rules, witness.until), rules, zone)
    return (yield from (f"    {line}" for text in lines for line in text.splitlines()))


def _summary(counted: Counter[Severity]) -> str:
    said = (f"{counted[severity]} {severity}{'' if counted[severity] == 1 else 's'}" for severity in SEVERITIES)
    return ", ".join(said)
