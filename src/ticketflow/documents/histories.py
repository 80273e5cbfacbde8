"""Names of histories: the id of a ticket, a version, and the digest of the entries up to that version.

Source: docs/semantics.md 2.2, 6.1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b

import attrs

from ticketflow.documents.parsing import Plain
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.events import Entry, Opened
from ticketflow.tickets.unloaded import Digest, UnloadedHistory

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
"""Writes plain data in the canonical form."""

History = PersistentList[Entry]
WriteEntry = Callable[[Entry], Plain]


def name_of(history: History, write_entry: WriteEntry, digest_of: Digest) -> UnloadedHistory:
    """Return the name of a history.

    The histories behind it, of tickets that follow each other, are named first, the farthest one at the beginning. So a
    chain can have any length.

    Args:
        history: The history.
        write_entry: Writes an entry as plain data.
        digest_of: What the name computes digests with.
    """
    behind: list[History] = []
    at: History | None = history
    while at is not None and not isinstance(at, UnloadedHistory):
        behind.append(at)
        at = opening_of(at).earlier
    name = at
    for each in reversed(behind):
        first, *others = each
        hashed = blake2b(digest_size=10)
        for entry in (with_earlier(first, name), *others):
            hashed.update(f"{CANONICAL.encode(write_entry(entry))}\n".encode())
        name = UnloadedHistory(opening_of(each).ticket, len(each), hashed.hexdigest(), digest_of)
    assert name is not None  # noqa: S101 -- there is at least one history
    return name


def opening_of(history: History) -> Opened:
    """Return the opening with which a history begins."""
    return next(event for event in history.first.events if isinstance(event, Opened))


def with_earlier(first: Entry, earlier: History | None) -> Entry:
    """Return the first entry of a history with another history behind it."""
    events = (attrs.evolve(each, earlier=earlier) if isinstance(each, Opened) else each for each in first.events)
    return attrs.evolve(first, events=tuple(events))
