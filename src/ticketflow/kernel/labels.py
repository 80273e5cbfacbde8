"""What people call things, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import is_readable, is_text

Language = Literal["en", "es"]


Labels = FrozenMap[Language, str]
"""What people call something, by language."""


def freeze_labels(value: Mapping[Language, str]) -> Labels:
    """Return *value* frozen.

    Raises:
        BadValueError: it is no mapping of languages that there are to plain texts of one line each.
    """
    return _labels(value, _LONGEST_LABEL, "")


_LONGEST_LABEL = 500
_LONGEST_TEMPLATE = 20_000


def freeze_paragraphs(value: Mapping[Language, str]) -> Labels:
    """Return *value* frozen; its texts may have several lines.

    Raises:
        BadValueError: it is not a mapping of known languages to plain texts.
    """
    return _labels(value, _LONGEST_TEMPLATE, "\n\t")


def _labels(value: Mapping[Language, str], longest: int, also: str) -> Labels:
    """Return *value* frozen; of characters that are obeyed and not shown, only those in *also* may stand in it."""
    if not isinstance(value, Mapping) or not all(is_text(text) for text in value.values()):
        raise BadValueError(f"texts {value!r:.200}", "give a mapping of languages to texts")
    dropped = dict.fromkeys(map(ord, also))
    for language, text in value.items():
        check_language(language)
        if len(text) > longest or not is_readable(text.translate(dropped)):
            what = "lines of plain text" if also else "plain text in one line"
            raise BadValueError(f"the text {text!a:.80}", f"give {what}, at most {longest} characters")
    return FrozenMap(value)


def check_language(value: Language) -> Language:
    """Return *value* if it is a language that the library speaks.

    Raises:
        BadValueError: it isn't.
    """
    if value not in get_args(Language):
        raise BadValueError(f"language {value!r:.80}", f"there are: {', '.join(get_args(Language))}")
    return value
