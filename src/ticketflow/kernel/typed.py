"""Equality that tells True from 1.

Python finds ``True == 1``. A field that holds one does not hold the other, and their documents differ.
"""

from __future__ import annotations


def typed(value: object) -> object:
    """Return a stand-in for *value* in comparisons. The stand-ins of a boolean and of a number are never equal.

    The parts of a tuple are replaced one by one. Attributes of attrs classes use it as ``attrs.field(eq=typed)``.

    >>> typed(True) == typed(1), typed(("a", 0)) == typed(("a", False)), typed(1) == typed(1)
    (False, False, True)
    """
    if value.__class__ is bool:
        return (bool, value)
    return tuple(map(typed, value)) if isinstance(value, tuple) else value
