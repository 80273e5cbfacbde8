"""The ready-made rule sets by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ticketflow.errors import BadValueError, unknown_name
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.rules.ruleset import Rules

_PRESETS: Mapping[str, Callable[..., Rules]] = {
    "adereso": adereso,
    "embudo": embudo,
    "enate": enate,
    "posponer": posponer,
    "senior": senior,
    "servicenow": servicenow,
    "stale": stale,
}


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order.

    >>> preset_names()[:2]
    ('adereso', 'embudo')
    """
    return tuple(_PRESETS)


def preset(name: str) -> Callable[..., Rules]:
    """Return the function of a preset.

    Args:
        name: One of `preset_names`.

    Raises:
        BadValueError: no preset has this name; the message suggests the closest one.
    """
    if name not in _PRESETS:
        problem = unknown_name("", "preset", str(name), _PRESETS)
        raise BadValueError(problem.what, problem.fix)
    return _PRESETS[name]
