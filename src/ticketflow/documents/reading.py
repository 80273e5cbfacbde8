"""Read values from documents, and commands from lines of a file.

A document has the key ``format`` with its kind and version, such as ``"rules/1"``. It is untrusted: all its problems
are reported together, each with its place, its line and a JSON pointer.

Source: docs/semantics.md 6.1 to 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, cast, overload

import attrs

from ticketflow.analysis.explore.unattended import UnattendedPath
from ticketflow.analysis.findings import Finding
from ticketflow.compare.differences import Difference
from ticketflow.documents.conversion import read_plain
from ticketflow.documents.evolution import present_form
from ticketflow.documents.extending import EXTENDS, read_extension
from ticketflow.documents.kinds import KINDS, check_kind, header
from ticketflow.documents.limits import check_limits
from ticketflow.documents.parsing import MOST_BYTES, MOST_PARTS, Document, Format, Plain, parse
from ticketflow.documents.problems import DataError, data_error, document_error
from ticketflow.documents.quick_reading import read_quickly
from ticketflow.engine.plans import Plan
from ticketflow.engine.refusals import Reason
from ticketflow.errors import BadValueError, DocumentError, Problem
from ticketflow.kernel.names import check_id
from ticketflow.rules import actions
from ticketflow.rules.ruleset import Rules
from ticketflow.service.explanations import Explanation
from ticketflow.service.reports import Report
from ticketflow.sla.reading import Reading
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

Source: TypeAlias = str | bytes | Mapping[str, object]
"""A text, as a string or in UTF-8, or data that is already parsed."""

_NO_BASES: Mapping[str, Rules] = {}


@overload
def read(
    kind: Literal["rules"],
    source: Source,
    *,
    name: str = ...,
    written: Format = ...,
    most: int = ...,
    bases: Mapping[str, Rules] = ...,
) -> Rules: ...
@overload
def read(kind: Literal["ticket"], source: Source, *, name: str = ..., most: int = ...) -> Ticket: ...
@overload
def read(kind: Literal["entry"], source: Source, *, name: str = ..., most: int = ...) -> events.Entry: ...
@overload
def read(kind: Literal["event"], source: Source, *, name: str = ..., most: int = ...) -> events.Event: ...
@overload
def read(kind: Literal["command"], source: Source, *, name: str = ..., most: int = ...) -> commands.Command: ...
@overload
def read(kind: Literal["action"], source: Source, *, name: str = ..., most: int = ...) -> actions.Action: ...
@overload
def read(kind: Literal["plan"], source: Source, *, name: str = ..., most: int = ...) -> Plan: ...
@overload
def read(kind: Literal["reading"], source: Source, *, name: str = ..., most: int = ...) -> Reading: ...
@overload
def read(kind: Literal["explanation"], source: Source, *, name: str = ..., most: int = ...) -> Explanation: ...
@overload
def read(kind: Literal["reason"], source: Source, *, name: str = ..., most: int = ...) -> Reason: ...
@overload
def read(kind: Literal["report"], source: Source, *, name: str = ..., most: int = ...) -> Report: ...
@overload
def read(kind: Literal["finding"], source: Source, *, name: str = ..., most: int = ...) -> Finding: ...
@overload
def read(kind: Literal["difference"], source: Source, *, name: str = ..., most: int = ...) -> Difference: ...
@overload
def read(kind: Literal["silent_path"], source: Source, *, name: str = ..., most: int = ...) -> UnattendedPath: ...
@overload
def read(
    kind: str,
    source: Source,
    *,
    name: str = ...,
    written: Format = ...,
    most: int | None = ...,
    bases: Mapping[str, Rules] = ...,
) -> object: ...
def read(
    kind: str,
    source: Source,
    *,
    name: str = "",
    written: Format = "json",
    most: int | None = None,
    bases: Mapping[str, Rules] = _NO_BASES,
) -> object:
    r"""Read the value of a document.

    Args:
        kind: The kind of document, one of `KINDS`. It decides the type of the value.
        source: The text, as a string or in UTF-8, or parsed data, such as `json.loads` returns. Both have the same
            limits and the same problems; parsed data has no lines.
        name: The document's name in messages, such as that of its file; by default its kind.
        written: The language of a text, ``json`` or ``toml``.
        most: The size limit in bytes. By default a rule set has a limit of 4 MiB. Other documents have none, because
            histories and mails have none; give one for documents from strangers.
        bases: Rule sets that a rule set with the key ``extends`` can name, by id, besides the presets.

    Raises:
        DocumentError: The document is not valid; with all its problems.
        BadValueError: *kind* or *written* is not one of the known ones.

    >>> read("action", {"format": "action/1", "move": "close"})
    Move(transition='close')
    >>> read("rules", 'format = "rules/1"\nname = "support"\nworkflw = {}', name="support.toml", written="toml")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: support.toml:1, workflow: the key is missing; add it
    support.toml:1, calendars: the key is missing; add it
    support.toml:3, workflw: no key 'workflw'; did you mean 'workflow'?
    """
    check_kind(kind)
    is_rules = kind == "rules"
    limit, parts = (most or MOST_BYTES, MOST_PARTS) if is_rules else (most, None)
    return read_document(kind, parse(source, name or kind, written, limit, parts), bases)


def read_document(kind: str, document: Document, bases: Mapping[str, Rules] = _NO_BASES) -> object:
    """Read the value of a document that has been parsed.

    Raises:
        DocumentError: The document is not valid; with all its problems.
    """
    try:
        data = _without_header(kind, document.data)
        if kind != "rules":
            return cast("object", read_quickly(present_form(kind, data), KINDS[kind]))
        check_limits(data, lambda part: _read_rules(part, bases))
        return _read_rules(data, bases)
    except DataError as error:
        raise document_error(error, document) from None


def _read_rules(data: Plain, bases: Mapping[str, Rules]) -> object:
    if isinstance(data, dict) and EXTENDS in data:
        return read_extension(data, bases)
    return cast("object", read_plain(data, KINDS["rules"]))


def _without_header(kind: str, data: Plain) -> Plain:
    """Return the data of a document without its header.

    Raises:
        DataError: The header does not have this kind and version.
    """
    expected = f'"format": "{header(kind)}"'
    if not isinstance(data, dict):
        raise data_error("wrong_type", "the document is not an object", f"write an object with {expected}")
    given = data.get("format")
    if given != header(kind):
        what = "the format is missing" if given is None else f"the format is {given!a:.40}"
        in_toml = f'write format = "{header(kind)}"'
        raise data_error("wrong_format", what, f"write {expected}", "format", fix_in_toml=in_toml)
    rest = {key: held for key, held in data.items() if key not in ("format", "$schema")}
    is_tag_alone = kind in ("event", "action") and list(rest.values()) == [{}]
    return next(iter(rest)) if is_tag_alone else rest


_LONGEST_LINE = 65_536


def read_line(line: bytes, place: str) -> tuple[str, commands.Command]:
    """Read one line of a JSON Lines file of commands.

    Args:
        line: One JSON object, in UTF-8.
        place: The place of the line, for messages.

    Returns:
        The ticket's id and the command.

    Raises:
        DocumentError: The line is not valid; with all its problems, and with the ticket's id if that is valid.

    >>> line = b'{"ticket": "T-1", "do": "assign", "assignee": "ana", "by": {"role": "agent", "id": "ana"}}'
    >>> read_line(line, "line 3")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: line 3, at: the key is missing; add it
    """
    data = parse(line, place, most=_LONGEST_LINE, parts=None).data
    if not isinstance(data, dict):
        raise DocumentError((Problem(place, "the line is not a JSON object", "write one JSON object per line"),))
    try:
        ticket = check_id(cast("str", data.get("ticket")), "ticket id")
    except BadValueError as error:
        raise DocumentError((Problem(f"{place}, ticket", error.what, error.fix),)) from None
    is_opening = data.get("do") == "open"
    given = data if is_opening else {key: held for key, held in data.items() if key != "ticket"}
    try:
        return ticket, cast("commands.Command", read_quickly(given, commands.Command))
    except DataError as error:
        raise document_error(error, Document(place, data), ticket) from None


def all_problems(error: DocumentError) -> Iterator[dict[str, Plain]]:
    """Yield the problems of a document as plain data, for machines."""
    for problem in error.problems:
        yield cast("dict[str, Plain]", attrs.asdict(problem))
