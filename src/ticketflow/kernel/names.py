"""Names, ids and text that is safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ticketflow.errors import BadValueError

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@#-]*", re.ASCII)


def is_text(value: object) -> bool:
    """Return whether *value* is a text, whatever its annotation promised."""
    return isinstance(value, str)


def is_name(value: str) -> bool:
    """Return whether *value* can name a part of a rule set."""
    return is_text(value) and _NAME.fullmatch(value) is not None


def check_name(value: str, what: str) -> str:
    """Return *value* if it can name a part of a rule set: lower-case ASCII, a letter first, at most 64 characters.

    Raises:
        BadValueError: it can't; *what* says what was to be named.
    """
    if not is_name(value):
        raise BadValueError(
            f"{what} {value!r:.200}", "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first"
        )
    return value


def is_id(value: str, longest: int = 128) -> bool:
    """Return whether *value* can identify a ticket, a person, a message or an event."""
    return is_text(value) and len(value) <= longest and _ID.fullmatch(value) is not None


def check_id(value: str, what: str, longest: int = 128) -> str:
    """Return *value* if it can identify a ticket, a person, a message or an event: ASCII, at most *longest* characters.

    Raises:
        BadValueError: it can't; *what* says what was to be identified.
    """
    if not is_id(value, longest):
        fix = f"use ASCII letters, digits and '_.:@#-', a letter or digit first, at most {longest} characters"
        raise BadValueError(f"{what} {value!r:.300}", fix)
    return value


def check_text(value: str, what: str, longest: int = 500) -> str:
    """Return *value* if people can read it safely: no control or direction characters, at most *longest* characters.

    Raises:
        BadValueError: it is no text, too long, or has characters that a screen would obey instead of show.
    """
    if not is_text(value) or len(value) > longest or not is_readable(value):
        raise BadValueError(f"{what} {value!a:.80}", f"give plain text in one line, at most {longest} characters")
    return value


_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Of Persian, of Hindi, and of faces made of several: they direct nothing."""


def _is_unreadable(sign: str) -> bool:
    return unicodedata.category(sign) in _UNREADABLE and sign not in _JOINERS


def is_readable(text: str) -> bool:
    """Return whether a screen shows every character of *text* and obeys none: no line ends, no turns of direction.

    >>> is_readable("Em análise"), is_readable("safe\u202etxt.exe")
    (True, False)
    """
    return text.isprintable() or not any(map(_is_unreadable, text))


def readable(text: str) -> str:
    r"""Return *text* with every character escaped that a screen would obey: what strangers wrote, to be shown.

    >>> readable("one\\ntwo")
    'one\\ntwo'
    """
    if is_readable(text):
        return text
    return "".join(ascii(sign)[1:-1] if _is_unreadable(sign) else sign for sign in text)


_PLAIN_NAME = re.compile(r"[ -~]{1,256}", re.ASCII)


def is_plain_name(value: str) -> bool:
    """Return whether *value* can be the name of anything: ASCII that a screen shows, at most 256 characters.

    >>> is_plain_name("Europe/Madrid"), is_plain_name("\u043epen")
    (True, False)
    """
    return is_text(value) and _PLAIN_NAME.fullmatch(value) is not None


def names(values: Iterable[str], what: str) -> frozenset[str]:
    """Return *values* as a set of names.

    Raises:
        BadValueError: they are one text, which would fall into its letters, or no texts, or not ASCII.
    """
    given = () if isinstance(values, str) or not isinstance(values, Iterable) else tuple(values)
    if isinstance(values, str) or not isinstance(values, Iterable) or not all(map(is_text, given)):
        raise BadValueError(f"{what} {values!r:.200}", "give a tuple or a set of names")
    found = frozenset(given)
    wrong = min((value for value in found if not is_plain_name(value)), default=None)
    if wrong is not None:
        raise BadValueError(f"{what}: {wrong!a:.80}", "give names in ASCII, at most 256 characters")
    return found
