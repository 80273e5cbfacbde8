"""What all cases about rule sets and documents have in common."""

from __future__ import annotations

import attrs

from ticketflow.documents.options import build
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules


@attrs.frozen(kw_only=True)
class CaseHead:
    """The name and the origin of a case.

    Attributes:
        id: A stable id, used in results.
        source: The source of the expectations.
        clauses: The clauses of docs/semantics.md that the case tests.
        rows: The rows of the presets' tables that the case shows.
        title: What the case shows.
        comment: A remark for readers.
    """

    id: str
    source: str
    clauses: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""
    comment: str = ""


@attrs.frozen(kw_only=True)
class PresetRules:
    """A preset with options.

    Attributes:
        preset: The name of the preset.
        options: The arguments of its function, by name.
    """

    preset: str
    options: FrozenMap[str, object] = attrs.field(factory=FrozenMap)

    def build(self) -> Rules:
        """Return the rule set.

        Raises:
            DataError: There is no such preset, or its options are not valid.
        """
        return build(self.preset, self.options)


@attrs.frozen
class DocumentRules:
    """A rule set in the case itself.

    Attributes:
        document: The rule set, without a document's header.
    """

    document: Rules

    def build(self) -> Rules:
        """Return the rule set."""
        return self.document
