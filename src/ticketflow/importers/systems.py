"""What a system is to the importers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from ticketflow.importers.parts import Part
from ticketflow.rules.ruleset import Rules


@attrs.frozen
class System:
    """A system whose exports can be imported.

    Attributes:
        name: The name on the command line, such as ``zendesk``.
        title: The name that people know.
        convert: Makes a rule set of the sources, and says what became of their parts.
        files: What files it takes, for the help.
    """

    name: str
    title: str
    convert: Callable[[Sequence[Part]], Rules]
    files: str
