"""Parse the texts of sources into plain data, within the limits of documents.

Sources are not trusted. Every problem of a text or of parsed data is a `ticketflow.errors.DocumentError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import attrs

from ticketflow.documents.parsing import MOST_BYTES, Plain, parse
from ticketflow.errors import DocumentError
from ticketflow.importers.source_errors import document_error

Source = str | bytes | Mapping[str, object] | Sequence[object]
"""A text in JSON or YAML, as a string or in UTF-8, or parsed data."""

_JSON_BEGINS = ("{", "[")


def plain_data(source: Source, name: str) -> Plain:
    """Return the plain data of a source. A text that begins with a brace or a bracket is JSON, any other is YAML.

    Args:
        source: The source.
        name: Its name in messages.

    Raises:
        DocumentError: A limit is exceeded, or the text is not in UTF-8 or not valid.
        MissingExtraError: The text is in YAML, and the extra `yaml` is not installed.

    >>> plain_data('{"schedules": []}', "zendesk.json")
    {'schedules': []}
    """
    if not isinstance(source, str | bytes):
        return parse(cast("Mapping[str, object]", source), name).data
    if len(source) > MOST_BYTES:
        raise document_error(name, "too_large", f"the text has {len(source)} bytes", f"give at most {MOST_BYTES}")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        raise document_error(
            name, "not_utf8", f"the text is not UTF-8 at byte {error.start}", "save it as UTF-8"
        ) from None
    if text.lstrip().startswith(_JSON_BEGINS):
        return _json(text, name)
    from ticketflow.importers.yaml_texts import parse_yaml  # noqa: PLC0415 -- an extra

    [data] = cast("list[Plain]", parse(cast("Mapping[str, object]", [parse_yaml(text, name)]), name).data)
    return data


def _json(text: str, name: str) -> Plain:
    try:
        return parse(text, name).data
    except DocumentError as error:
        fixed = [
            attrs.evolve(each, fix="correct it there") if each.code == "not_json" else each for each in error.problems
        ]
        raise DocumentError(tuple(fixed)) from None
