"""The result of an import: the rule set, and an item for everything in the sources."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import attrs

from ticketflow.documents.writing import write_toml
from ticketflow.rules.ruleset import Rules

Outcome = Literal["carried", "changed", "left_out"]
"""What became of a part of a source.

``carried`` means the same in the rule set, ``changed`` is there with another meaning, and ``left_out`` is not there.
"""


@attrs.frozen
class Item:
    """What became of a part of a source.

    Attributes:
        source: The name of the source.
        pointer: The place of the part in it, as a JSON pointer (RFC 6901).
        what: What the part is, in the words of the source's system.
        outcome: Whether it was ``carried``, ``changed`` or ``left_out``. This holds for the whole part, except for
            parts of it that have their own item.
        why: Where it is in the rule set, how its meaning changed, or why it was left out.
    """

    source: str
    pointer: str
    what: str
    outcome: Outcome
    why: str

    def __str__(self) -> str:
        return f"{self.outcome.replace('_', ' ')}: {self.what} ({self.source}#{self.pointer}): {self.why}"


@attrs.frozen
class Imported:
    """A rule set from the export of another system.

    Attributes:
        system: The name of the system, such as ``zendesk``.
        rules: The rule set.
        items: What became of each part of the sources, in the order of the sources.
        added: What the rule set has that no source says, such as the system's fixed statuses.
    """

    system: str
    rules: Rules
    items: tuple[Item, ...]
    added: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The rule set as a TOML document."""
        return write_toml(self.rules)

    def of(self, outcome: Outcome) -> tuple[Item, ...]:
        """Return the items with an outcome."""
        return tuple(item for item in self.items if item.outcome == outcome)

    @property
    def counts(self) -> Counter[Outcome]:
        """The number of items with each outcome."""
        return Counter(item.outcome for item in self.items)
