"""Documents: rule sets, tickets and what is told of them as JSON, and rule sets as TOML.

A document is an object that says under ``format`` what it is and in which version: ``"rules/1"``. What may change from
one release to the next, and what never does, is written in docs/compatibility.md. Documents are read as those of
strangers: what is wrong with one is told all at once, each with its place, a JSON pointer, and its line.

Source: docs/semantics.md 6.1 to 6.3.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, cast

import attrs
import tomli_w

from ticketflow.analysis.explore.unattended import UnattendedPath
from ticketflow.analysis.findings import Finding
from ticketflow.calendars.public_holidays import is_known_place
from ticketflow.compare.differences import Difference
from ticketflow.documents.conversion import read_plain, write_plain
from ticketflow.documents.locations import line_at, lines_of
from ticketflow.documents.parsing import MOST_BYTES, MOST_BYTES_OF_A_TICKET, Format, Plain, parsed
from ticketflow.documents.problems import DataError, DataProblem
from ticketflow.documents.scalars import NOTHING
from ticketflow.engine.planning import Plan
from ticketflow.engine.refusals import Reason
from ticketflow.errors import BadValueError, DocumentError, Problem, unknown_name
from ticketflow.kernel.names import check_id, readable
from ticketflow.rules import actions
from ticketflow.rules.ruleset import Rules
from ticketflow.service.explain import Explanation
from ticketflow.service.reports import Report
from ticketflow.sla.reading import Reading
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

KINDS: Mapping[str, Any] = {
    "rules": Rules,
    "ticket": Ticket,
    "entry": events.Entry,
    "event": events.Event,
    "command": commands.AnyCommand,
    "action": actions.Action,
    "plan": Plan,
    "reading": Reading,
    "explanation": Explanation,
    "reason": Reason,
    "report": Report,
    "finding": Finding,
    "difference": Difference,
    "silent_path": UnattendedPath,
}
"""What documents can hold, by what ``format`` calls it."""

VERSION = 1
"""Of all formats; a document of another one is refused, never guessed at."""

_LONGEST_LINE = 65_536
_LARGE = frozenset({"ticket", "entry", "plan", "explanation", "reason"})
"""Documents that can hold histories."""

MOST: Mapping[tuple[str, ...], int] = {
    ("automations",): 1_000,
    ("calendars",): 100,
    ("clocks",): 100,
    ("templates",): 1_000,
    ("workflow", "states"): 200,
    ("workflow", "transitions"): 1_000,
    ("workflow", "fields"): 500,
    ("workflow", "openings"): 500,
    ("workflow", "pipelines"): 100,
    ("workflow", "lists"): 200,
    ("workflow", "groups"): 200,
    ("workflow", "outside_events"): 500,
    ("snoozing", "choices"): 50,
}
"""How many of each a rule set of a document may have."""

MOST_ITEMS = 1_000
"""In any other list of a rule set, such as the rungs of a ladder or the choices of a field."""
MOST_DATED = 10_000
"""In an object or a list of dates, such as holidays."""
MOST_COUNTRIES = 20
"""Whose public holidays one rule set may ask for."""


def read_rules(text: bytes, name: str = "rules", written: Format = "json") -> Rules:
    r"""Return the rule set of a document.

    Args:
        text: The document, in UTF-8.
        name: What messages call it, such as its file's name.
        written: ``json`` or ``toml``.

    Raises:
        DocumentError: it holds none; all its problems together.

    >>> try:
    ...     read_rules(b'format = "rules/1"\nname = "support"\nworkflw = {}', "support.toml", "toml")
    ... except DocumentError as error:
    ...     print(error)
    support.toml:1, workflow: it is missing; give it
    support.toml:1, calendars: it is missing; give it
    support.toml:3, workflw: no key 'workflw'; did you mean 'workflow'?
    """
    return cast("Rules", _read("rules", text, name, written))


def read_ticket(text: bytes, name: str = "ticket") -> Ticket:
    """Return the ticket of a document, folded anew from its history.

    Raises:
        DocumentError: it holds none, or a history that no ticket can have lived.
    """
    return cast("Ticket", _read("ticket", text, name))


def read_entry(text: bytes, name: str = "entry") -> events.Entry:
    """Return the entry of a document: what an adapter stores after each decision.

    Raises:
        DocumentError: it holds none.
    """
    return cast("events.Entry", _read("entry", text, name))


def read_event(text: bytes, name: str = "event") -> events.Event:
    """Return the event of a document.

    Raises:
        DocumentError: it holds none.
    """
    return cast("events.Event", _read("event", text, name))


def read_command(text: bytes, name: str = "command") -> commands.AnyCommand:
    """Return the command of a document.

    Raises:
        DocumentError: it holds none.
    """
    return cast("commands.AnyCommand", _read("command", text, name))


def read_action(text: bytes, name: str = "action") -> actions.Action:
    """Return the action of a document.

    Raises:
        DocumentError: it holds none.
    """
    return cast("actions.Action", _read("action", text, name))


def read_plan(text: bytes, name: str = "plan") -> Plan:
    """Return the plan of a document, to be applied to the version of the ticket that it was made for.

    Raises:
        DocumentError: it holds none.
    """
    return cast("Plan", _read("plan", text, name))


def read_reading(text: bytes, name: str = "reading") -> Reading:
    """Return the reading of a document.

    Raises:
        DocumentError: it holds none.
    """
    return cast("Reading", _read("reading", text, name))


def read_explanation(text: bytes, name: str = "explanation") -> Explanation:
    """Return the explanation of a document.

    Raises:
        DocumentError: it holds none.
    """
    return cast("Explanation", _read("explanation", text, name))


def read_other(kind: str, text: bytes, name: str = "document", written: Format = "json") -> object:
    """Return what a document of any of `KINDS` holds.

    Raises:
        BadValueError: there is no such kind.
        DocumentError: the document holds none.
    """
    if kind not in KINDS:
        problem = unknown_name("", "kind of document", str(kind), KINDS)
        raise BadValueError(problem.what, problem.fix)
    return _read(kind, text, name, written)


def plain(value: object) -> dict[str, Plain]:
    """Return a value as the plain data of its document.

    Raises:
        BadValueError: no document holds such values.

    >>> from ticketflow.rules.actions import Move
    >>> plain(Move("close"))
    {'format': 'action/1', 'move': 'close'}
    """
    kind = next((name for name, among in KINDS.items() if _is_one(value, among)), None)
    if kind is None:
        raise BadValueError(f"a document of {type(value).__name__}", f"there are: {', '.join(KINDS)}")
    data = write_plain(value, KINDS[kind])
    header: dict[str, Plain] = {"format": f"{kind}/{VERSION}"}
    return header | (data if isinstance(data, dict) else {cast("str", data): {}})


def _is_one(value: object, among: Any) -> bool:  # noqa: ANN401 -- a class, or several
    return isinstance(value, among)


def write(value: object) -> str:
    """Return a value as a JSON document in its canonical form: keys sorted, no blanks, defaults left out.

    Equal values have equal texts, in every process; `read_rules` and its like give them back.

    Raises:
        BadValueError: no document holds such values.

    >>> from ticketflow.rules.actions import SendMessage
    >>> write(SendMessage("still-there"))
    '{"format":"action/1","send_message":{"template":"still-there"}}'
    """
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write_toml(rules: Rules) -> str:
    """Return a rule set as a TOML document, as people write it."""
    return tomli_w.dumps(cast("dict[str, Any]", _without_null(plain(rules))), multiline_strings=True)


def _without_null(data: Plain) -> Plain:
    if isinstance(data, dict):
        return {key: _without_null(held) for key, held in data.items()}
    if isinstance(data, list):
        return [_without_null(held) for held in data]
    return dict(NOTHING) if data is None else data


def digest(value: object) -> str:
    """Return a short name of exactly this value: of its canonical form.

    Raises:
        BadValueError: no document holds such values.
    """
    return blake2b(write(value).encode(), digest_size=10).hexdigest()


def _read(kind: str, text: bytes, name: str, written: Format = "json") -> object:
    data = parsed(text, name, written, MOST_BYTES_OF_A_TICKET if kind in _LARGE else MOST_BYTES)
    try:
        given = _headed(kind, data)
        if kind == "rules":
            _check_counts(given)
            _refuse_without_holidays(given)
        return cast("object", read_plain(given, KINDS[kind]))
    except DataError as error:
        raise DocumentError(problems(error.problems, name, text, written)) from None


def _headed(kind: str, data: Plain) -> Plain:
    """Return what a document holds under its header, which must say that it is of this kind."""
    if not isinstance(data, dict):
        raise DataError(
            DataProblem((), "wrong_type", "it is no object", f'write an object with "format": "{kind}/{VERSION}"')
        )
    expected, said = f"{kind}/{VERSION}", data.get("format")
    if said != expected:
        what = "it does not say what it is" if said is None else f"it says {said!a:.40}"
        raise DataError(DataProblem(("format",), "wrong_format", what, f'write "format": "{expected}"'))
    given = {key: held for key, held in data.items() if key not in ("format", "$schema")}
    is_tag_alone = kind in ("event", "action") and list(given.values()) == [{}]
    return next(iter(given)) if is_tag_alone else given


def _check_counts(given: Plain) -> None:
    flaws = []
    for path, most in MOST.items():
        part: Plain = given
        for key in path:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, list | dict) and len(part) > most:
            flaws.append(DataProblem(path, "too_many", f"there are {len(part)}", f"give at most {most}"))
    flaws += (flaw for flaw in _long(given, ()) if flaw.path not in MOST)
    if flaws:
        raise DataError(*flaws)


def _long(part: Plain, path: tuple[str | int, ...]) -> Iterator[DataProblem]:
    """Yield a flaw for each list and object of a rule set that is longer than any should be."""
    if not isinstance(part, list | dict):
        return
    most = MOST_DATED if isinstance(part, dict) or path[-1:] == ("stretches",) else MOST_ITEMS
    if len(part) > most:
        yield DataProblem(path, "too_many", f"there are {len(part)}", f"give at most {most}")
    for key, held in part.items() if isinstance(part, dict) else enumerate(part):
        yield from _long(held, (*path, key))


def _refuse_without_holidays(given: Plain) -> None:
    """Read a rule set as if no country had holidays, so that a refusal never waits for what all their dates cost.

    Raises:
        FlawedError: it is flawed, or asks for the holidays of too many countries.
    """
    asked: set[str] = set()
    without = _without_holidays(given, asked)
    if len(asked) > MOST_COUNTRIES:
        what = f"it asks for the public holidays of {len(asked)} places"
        raise DataError(DataProblem(("calendars",), "too_many", what, f"give at most {MOST_COUNTRIES}"))
    if asked:
        read_plain(without, Rules)


def _without_holidays(part: Plain, asked: set[str]) -> Plain:
    """Return a part of a rule set in which every country that is asked for, and that there is, has no holidays."""
    if isinstance(part, list):
        return [_without_holidays(each, asked) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _without_holidays(held, asked) for key, held in part.items()}
    place = found.get("public_holidays")
    if isinstance(place, dict) and place.keys() <= {"country", "subdivision"} and is_known_place(**place):
        asked.add(f"{place['country']}-{place.get('subdivision')}")
        found["public_holidays"] = {"country": place["country"], **_NO_HOLIDAYS}
    return found


_NO_HOLIDAYS: Mapping[str, Plain] = {"names": {}, "first_year": 1900, "last_year": 2100}


def problems(flaws: Collection[DataProblem], name: str, text: bytes, written: Format) -> tuple[Problem, ...]:
    """Return the flaws of a document as problems with place, pointer and line."""
    lines = lines_of(text.decode("utf-8-sig"), written, [flaw.path for flaw in flaws])
    return tuple(_problem(flaw, name, line_at(flaw.path, lines)) for flaw in flaws)


def _problem(flaw: DataProblem, name: str, line: int | None) -> Problem:
    place = ", ".join(filter(None, (name if line is None else f"{name}:{line}", spoken(flaw.path))))
    return Problem(place, _said(flaw.what), _said(flaw.fix), flaw.code, pointer(flaw.path), line)


def _said(text: str) -> str:
    """Return what is said of a flaw, which may have a stranger's words in it, in one line that can be shown."""
    return readable(text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}…")


_LONGEST_SAID = 2_000


def spoken(path: Iterable[str | int]) -> str:
    """Return a path as people write it.

    >>> spoken(("workflow", "states", 1, "masks"))
    'workflow.states[1].masks'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def printable(text: str) -> str:
    """Return a stranger's text so that a screen shows it and obeys none of it; at most 80 characters."""
    return ascii(text)[1:-1] if len(text) <= 80 else ascii(text[:79])[1:-1] + "…"  # noqa: PLR2004 -- said above


def located(path: tuple[str, ...], text: bytes, written: Format) -> tuple[str, int | None]:
    r"""Return where a part of a rule set stands in its document, as a JSON pointer and a line.

    Args:
        path: The part, by names: those of attributes, and of what they list (`Finding.path`).
        text: The document, which could be read.
        written: Its language.

    >>> text = b'format = "rules/1"\n[[automations]]\nid = "close"\nrank = 5\n'
    >>> located(("automations", "close", "rank"), text, "toml")
    ('/automations/0/rank', 4)
    """
    way = tuple(_steps(path, parsed(text, "rules", written)))
    return pointer(way), line_at(way, lines_of(text.decode("utf-8-sig"), written, [way]))


def _steps(path: Iterable[str], data: Plain) -> Iterator[str | int]:
    """Yield the keys and indices of a path of names, as far as the document says them."""
    for name in path:
        if isinstance(data, list):
            index = next((index for index, part in enumerate(data) if _is_called(part, index, name)), None)
            if index is None:
                return
            yield index
            data = data[index]
        elif isinstance(data, dict) and name in data:
            yield name
            data = data[name]
        else:
            return


def _is_called(part: Plain, index: int, name: str) -> bool:
    named = part.get("id", part.get("name")) if isinstance(part, dict) else None
    return named == name if isinstance(named, str) else str(index) == name


def pointer(path: Iterable[str | int]) -> str:
    """Return a path as a JSON pointer.

    Source: RFC 6901.

    >>> pointer(("calendars", "a/b", 0))
    '/calendars/a~1b/0'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def read_line(line: bytes, place: str) -> tuple[str, commands.AnyCommand]:
    """Return the ticket's id and the command that one line of a JSON Lines file holds.

    Args:
        line: One JSON object, in UTF-8.
        place: Where the line stands, for messages.

    Raises:
        DocumentError: it holds none; all its problems together.

    >>> line = b'{"ticket": "T-1", "do": "assign", "assignee": "ana", "by": {"role": "agent", "id": "ana"}}'
    >>> try:
    ...     read_line(line, "line 3")
    ... except DocumentError as error:
    ...     print(error)
    line 3, at: it is missing; give it
    """
    data = parsed(line, place, most=_LONGEST_LINE)
    if not isinstance(data, dict):
        raise DocumentError((Problem(place, "it is no JSON object", "write one JSON object a line"),))
    try:
        ticket = check_id(cast("str", data.get("ticket")), "ticket id")
    except BadValueError as error:
        raise DocumentError((Problem(f"{place}, ticket", error.what, error.fix),)) from None
    is_opened = data.get("do") == "open"
    given = data if is_opened else {key: held for key, held in data.items() if key != "ticket"}
    try:
        return ticket, cast("commands.AnyCommand", read_plain(given, commands.AnyCommand))
    except DataError as error:
        raise DocumentError(tuple(_problem(flaw, place, None) for flaw in error.problems), ticket) from None


def all_problems(error: DocumentError) -> Iterator[dict[str, Plain]]:
    """Yield the problems of a document as plain data, for machines."""
    for problem in error.problems:
        yield cast("dict[str, Plain]", attrs.asdict(problem))
