"""Checks of names, ids and texts, and text that is safe to display."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ticketflow.errors import BadValueError

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@#-]*", re.ASCII)


def is_text(value: object) -> bool:
    """Return whether *value* is a string, in spite of its annotation."""
    return isinstance(value, str)


def is_name(value: str) -> bool:
    """Return whether *value* is a name for a part of a rule set."""
    return is_text(value) and _NAME.fullmatch(value) is not None


def check_name(value: str, what: str) -> str:
    """Return *value* if it is a name: lower-case ASCII, a letter first, at most 64 characters.

    Raises:
        BadValueError: *value* is not a name. The message calls it by *what*.
    """
    if not is_name(value):
        fix = "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"
        raise BadValueError(f"{what} {value!r:.200} is not a valid name", fix)
    return value


def is_id(value: str, longest: int = 128) -> bool:
    """Return whether *value* is an id of a ticket, a person, a message or an event."""
    return is_text(value) and len(value) <= longest and _ID.fullmatch(value) is not None


def check_id(value: str, what: str, longest: int = 128) -> str:
    """Return *value* if it is an id of a ticket, a person, a message or an event: ASCII, at most *longest* characters.

    Raises:
        BadValueError: *value* is not an id. The message calls it by *what*.
    """
    if not is_id(value, longest):
        fix = f"use ASCII letters, digits and '_.:@#-', a letter or digit first, at most {longest} characters"
        raise BadValueError(f"{what} {value!r:.300} is not a valid id", fix)
    return value


def check_text(value: str, what: str, longest: int = 500) -> str:
    """Return *value* if it is one line of plain text: no control or direction characters, at most *longest* characters.

    Raises:
        BadValueError: *value* is not a string, too long, or has characters that are not displayed as they are.
    """
    if not is_text(value) or len(value) > longest or not is_readable(value):
        fix = f"give plain text in one line, at most {longest} characters"
        raise BadValueError(f"{what} {value!a:.80} is not a line of plain text", fix)
    return value


_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Joiners of Persian, Hindi and composed emoji. They are format characters but harmless."""


def _is_unreadable(character: str) -> bool:
    return unicodedata.category(character) in _UNREADABLE and character not in _JOINERS


def is_readable(text: str) -> bool:
    """Return whether *text* has no control, format or line-break character, such as a change of writing direction.

    >>> is_readable("Em análise"), is_readable("safe\u202etxt.exe")
    (True, False)
    """
    return text.isprintable() or not any(map(_is_unreadable, text))


def readable(text: str) -> str:
    r"""Return *text* with control and format characters escaped, to display text from outside.

    >>> readable("one\\ntwo")
    'one\\ntwo'
    """
    if is_readable(text):
        return text
    return "".join(ascii(each)[1:-1] if _is_unreadable(each) else each for each in text)


_PLAIN_NAME = re.compile(r"[ -~]{1,256}", re.ASCII)


def is_plain_name(value: str) -> bool:
    """Return whether *value* is printable ASCII of 1 to 256 characters.

    >>> is_plain_name("Europe/Madrid"), is_plain_name("\u043epen")
    (True, False)
    """
    return is_text(value) and _PLAIN_NAME.fullmatch(value) is not None


def check_names(values: Iterable[str], what: str) -> frozenset[str]:
    """Return *values* as a set of names.

    Raises:
        BadValueError: *values* is a string, is not a collection of strings, or has a name that is not ASCII.
    """
    given = () if isinstance(values, str) or not isinstance(values, Iterable) else tuple(values)
    if isinstance(values, str) or not isinstance(values, Iterable) or not all(map(is_text, given)):
        raise BadValueError(f"{what} {values!r:.200} is not a collection of names", "give a tuple or a set of names")
    found = frozenset(given)
    wrong = min((value for value in found if not is_plain_name(value)), default=None)
    if wrong is not None:
        raise BadValueError(f"{what}: {wrong!a:.80} is not a valid name", "give names in ASCII, at most 256 characters")
    return found
