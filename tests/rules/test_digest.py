"""Digests name definitions by the tags of documents, never by the names of classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from tests.support.complete_rule_set import EVERYTHING
from ticketflow import Rules
from ticketflow.presets import preset, preset_names
from ticketflow.rules.digest import canonical


def definition_classes(value: object) -> Iterator[type]:
    """Yield the attrs classes that occur in a definition."""
    kind: Any = type(value)
    if attrs.has(kind):
        yield kind
        for field in attrs.fields(kind):
            if field.eq:
                yield from definition_classes(getattr(value, field.name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from definition_classes(inner)
    elif isinstance(value, tuple | frozenset):
        for inner in value:
            yield from definition_classes(inner)


@pytest.mark.parametrize(
    "rules", [EVERYTHING, *(preset(name)() for name in preset_names())], ids=lambda rules: rules.name
)
def test_renaming_the_classes_of_a_definition_changes_no_digest(rules: Rules) -> None:
    before = canonical(rules)
    names = {each: each.__name__ for each in definition_classes(rules)}
    assert len(names) > 5
    try:
        for number, each in enumerate(names):
            each.__name__ = f"Renamed{number}"
        assert canonical(rules) == before
    finally:
        for each, name in names.items():
            each.__name__ = name
