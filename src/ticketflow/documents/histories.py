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

    Digests are kept beside histories, so a history with one entry more costs only that entry.

    Args:
        history: The history.
        write_entry: Writes an entry as plain data.
        digest_of: What the name computes digests with.
    """
    if isinstance(history, UnloadedHistory):
        return history
    return UnloadedHistory(opening_of(history).ticket, len(history), digest_of_entries(history, write_entry), digest_of)


def digest_of_entries(history: History, write_entry: WriteEntry) -> str:
    """Return the digest of a history. Only entries whose digest is not known yet are read.

    Args:
        history: The history.
        write_entry: Writes an entry as plain data.
    """
    if getattr(history, "digest", None) is None:
        _keep_digests(history, write_entry)
    return history.digest


def _keep_digests(history: History, write_entry: WriteEntry) -> None:
    """Keep the digests of a history, of all that begin it, and of those behind it, the farthest one first.

    So a chain of follow-ups can have any length: what is behind an opening is known when it is written.
    """
    todo = [history]
    while todo:
        unknown: list[History] = []
        node: History | None = todo[-1]
        while node is not None and getattr(node, "digest", None) is None:
            unknown.append(node)
            node = node.before
        behind = opening_of(unknown[-1]).earlier if node is None else None
        if behind is not None and getattr(behind, "digest", None) is None:
            todo.append(behind)
            continue
        known = node.digest if node else ""
        for part in reversed(unknown):
            known = next_digest(known, CANONICAL.encode(write_entry(part.last)))
            part.keep_digest(known)
        todo.pop()


def next_digest(digest: str, text: str) -> str:
    """Return the digest of a history whose newest entry has a canonical *text*, from the *digest* of those before it.

    Before the first entry the digest is empty.
    """
    return blake2b(f"{digest}{text}".encode(), digest_size=10).hexdigest()


def opening_of(history: History) -> Opened:
    """Return the opening with which a history begins."""
    return next(event for event in history.first.events if isinstance(event, Opened))


def with_earlier(first: Entry, earlier: History | None) -> Entry:
    """Return the first entry of a history with another history behind it."""
    events = (attrs.evolve(each, earlier=earlier) if isinstance(each, Opened) else each for each in first.events)
    return attrs.evolve(first, events=tuple(events))
