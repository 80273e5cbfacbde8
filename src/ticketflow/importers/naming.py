"""Names for what systems call by free texts: states, fields, calendars, clocks and rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import normalize

import attrs

from ticketflow.kernel.labels import Language
from ticketflow.kernel.names import is_readable

_OTHER = re.compile(r"[^a-z0-9]+", re.ASCII)
_LONGEST_LABEL = 500


@attrs.define
class Names:
    """Makes different valid names from texts.

    Attributes:
        longest: The most characters of a name.
        separator: What stands for blanks and other characters.
        taken: The names given so far.

    >>> names = Names()
    >>> names.name("First response (VIP)"), names.name("first-response vip"), names.name("日本")
    ('first-response-vip', 'first-response-vip-2', 'x')
    """

    longest: int = 40
    separator: str = "-"
    taken: set[str] = attrs.field(factory=set)
    _counts: dict[str, int] = attrs.field(factory=dict, init=False)

    def name(self, text: str, otherwise: str = "x") -> str:
        """Return a name that resembles *text* and was not given before.

        Args:
            text: The text.
            otherwise: The name for a text without a Latin letter or digit.
        """
        base = name_of(text, self.separator)[: self.longest] or otherwise
        found, count = base.strip("-_"), self._counts.get(base, 1)
        while found in self.taken:
            count += 1
            end = f"{self.separator}{count}"
            found = base[: self.longest - len(end)].strip("-_") + end
        self._counts[base] = count
        self.taken.add(found)
        return found


def name_of(text: str, separator: str = "-") -> str:
    """Return a text as a name: lower case, without accents, other characters replaced; empty if nothing is left.

    >>> name_of("Día hábil #1"), name_of("24x7")
    ('dia-habil-1', 'x24x7')
    """
    letters = normalize("NFKD", text[:_LONGEST_LABEL]).casefold().encode("ascii", "ignore").decode("ascii")
    found = _OTHER.sub(separator, letters).strip(separator)
    return f"x{found}" if found[:1].isdigit() else found


def labels_of(text: str | None, language: Language = "en") -> Mapping[Language, str]:
    r"""Return a text of a source as labels; none if it cannot be displayed in one line.

    >>> labels_of("  Urgent "), labels_of("a\nb"), labels_of(None)
    ({'en': 'Urgent'}, {}, {})
    """
    shown = (text or "").strip()
    return {language: shown} if shown and len(shown) <= _LONGEST_LABEL and is_readable(shown) else {}
