"""Read data that earlier releases wrote: bring it to the present form, one version after another.

An entry has the version of its form under the key ``v``; without the key it has version 1. A document can have entries
of several versions, because a service stores them one by one over years. An entry is written in the lowest version that
has its form.

| version | since | what it added |
| --- | --- | --- |
| 1 | 0.1.0 | |
| 2 | 0.2.0 | the opening of a follow-up names the history that it goes on from; before, the history was nested in it |

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ticketflow.documents.parsing import Plain
from ticketflow.documents.problems import data_error
from ticketflow.tickets.events import Entry, Opened

VERSION = 2
"""The version of the form of entries that this release writes."""

Upcaster = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class NestedHistories(list[Any]):
    """The histories behind a follow-up, nearest first, as version 1 nested them in its opening."""


def with_nested_histories(event: Any) -> Any:  # noqa: ANN401 -- plain data
    """Return an event of version 1 in version 2: a list of histories in an opening is marked as such."""
    opened = event.get("opened") if event.__class__ is dict else None
    if opened.__class__ is not dict or opened.get("earlier").__class__ is not list:
        return event
    return {"opened": {**opened, "earlier": NestedHistories(opened["earlier"])}}


def _second(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    happened = entry.get("events")
    if (
        happened.__class__ is not list
        or not happened
        or happened[0].__class__ is not dict
        or "opened" not in happened[0]
    ):
        return entry
    return {**entry, "events": [*map(with_nested_histories, happened)]}


UPCASTERS: tuple[Upcaster, ...] = (_second,)
"""For each version before the present one, the function that brings an entry to the next version."""


def present_entry(data: Any) -> Any:  # noqa: ANN401 -- plain data
    """Return the data of an entry in the present version, without the key ``v``.

    What is not an object is returned as it is.

    Raises:
        DataError: There is no such version.

    >>> present_entry({"sequence": 3, "events": [], "v": 2})
    {'sequence': 3, 'events': []}
    """
    if data.__class__ is not dict:
        return data
    version = 1
    if "v" in data:
        data = dict(data)
        version = data.pop("v")
        if version.__class__ is not int or not 1 <= version <= VERSION:
            fix = f"give a version from 1 to {VERSION}, or read it with the release that wrote it"
            raise data_error("wrong_format", f"the version of the entry is {version!a:.40}", fix, "v")
    for upcaster in UPCASTERS[version - 1 :]:
        data = upcaster(data)
    return data


def version_of(entry: Entry) -> int:
    """Return the lowest version that has the form of *entry*."""
    first = entry.events[0] if entry.events else None
    return 2 if isinstance(first, Opened) and first.earlier is not None else 1


_LATER_ATTRIBUTES: Mapping[str, Mapping[str, Plain]] = {
    "report": {"closed_at": None, "first_resolver": None, "last_resolver": None, "states": []},
}
"""Attributes without defaults that a kind of document did not have in 0.1.0, with what they are then."""


def present_form(kind: str, data: Plain) -> Plain:
    """Return the data of a document of a kind, without its header, in the present form."""
    later = _LATER_ATTRIBUTES.get(kind)
    if later is not None and isinstance(data, dict) and not data.keys() & later.keys():
        return {**data, **later}
    return with_nested_histories(data) if kind == "event" else data
