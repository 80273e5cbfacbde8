"""Checks of names, ids and texts, and text that is safe to display."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ticketflow.errors import BadValueError

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
_LONGEST_NAME = 64
_is_id = re.compile(r"[!-~]{1,256}", re.ASCII).fullmatch
_ESCAPED = re.compile(r"%([0-9A-F]{2})", re.ASCII)


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
    if is_text(value) and len(value) > _LONGEST_NAME:
        raise BadValueError(f"{what} {value!a:.80} has {len(value)} characters", f"use at most {_LONGEST_NAME}")
    if not is_name(value):
        fix = "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"
        raise BadValueError(f"{what} {value!r:.200} is not a valid name", fix)
    return value


LONGEST_ID = 256
"""The greatest number of characters in an id."""


def is_id(value: str) -> bool:
    """Return whether *value* is an id of a ticket, a person, a message or an event."""
    return isinstance(value, str) and _is_id(value) is not None


def check_id(value: str, what: str) -> str:
    """Return *value* if it is an id: printable ASCII without blanks, 1 to 256 characters.

    Tickets, people, messages and events have ids. Those of mails and other desks are ids as they are.

    Raises:
        BadValueError: *value* is not an id. The message calls it by *what*.

    >>> check_id("CAF4+nE=p57PPb6@mail.example.com", "message id")
    'CAF4+nE=p57PPb6@mail.example.com'
    """
    if not isinstance(value, str) or _is_id(value) is None:
        fix = f"use printable ASCII without blanks, 1 to {LONGEST_ID} characters"
        raise BadValueError(f"{what} {value!r:.300} is not a valid id", fix)
    return value


_PERSON = "person:"


def person(name: str) -> str:
    """Return the recipient of messages that is the person with the id *name*.

    Raises:
        BadValueError: *name* is not an id.

    >>> person("ana")
    'person:ana'
    """
    return _PERSON + check_id(name, "person")


def person_in(recipient: str) -> str | None:
    """Return the id in a recipient that `person` made; None if it is another one."""
    name = recipient.removeprefix(_PERSON)
    return name if name != recipient and is_id(name) else None


def escape_id(value: str, keep: str = "") -> str:
    """Return an id as a part of a key, a derived id, a file name or a URL.

    Letters, digits and ``_-`` stay as they are, and so do dots that are neither first nor last. Every other character
    becomes ``%`` and its code in two hexadecimal digits. Different ids have different escaped forms, and `unescape_id`
    reverses them.

    Args:
        value: The id.
        keep: Other characters to leave as they are; never ``%``.

    Raises:
        BadValueError: *value* is not an id, or *keep* contains ``%``.

    >>> escape_id("2026/00123"), escape_id(".."), escape_id("o'brien@example.com")
    ('2026%2F00123', '%2E%2E', 'o%27brien%40example.com')
    """
    check_id(value, "id")
    if not is_text(keep) or "%" in keep:
        raise BadValueError(f"keep is {keep!r:.80}", "give characters other than '%'")
    if _stays_as_it_is(value):
        return value
    last = len(value) - 1
    return "".join(
        each if each.isalnum() or each in "_-" or each in keep or (each == "." and 0 < place < last) else _code(each)
        for place, each in enumerate(value)
    )


_stays_as_it_is = re.compile(r"[A-Za-z0-9_-]+", re.ASCII).fullmatch
"""A quick look: most ids have nothing to escape."""


def _code(character: str) -> str:
    return f"%{ord(character):02X}"


def unescape_id(text: str) -> str:
    """Return the id of which *text* is the escaped form.

    Raises:
        BadValueError: *text* is not the result of `escape_id`.

    >>> unescape_id("2026%2F00123")
    '2026/00123'
    """
    found = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if is_text(text) else ""
    if not is_id(found) or escape_id(found) != text:
        raise BadValueError(f"{text!a:.300} is not an escaped id", "give the result of escape_id")
    return found


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
