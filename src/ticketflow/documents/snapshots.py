"""Snapshots: tickets in a form that loads without replaying their histories.

A snapshot is a text of lines. The first is a JSON object with the format, the digest of the history, and what the
history leads to. The others are the canonical texts of the entries, oldest first. Only the first and the last line are
read at once. The other entries are read when one of them is asked for.

The first line has these keys:

- ``format``: ``snapshot/1``; ``version`` and ``digest``: of the history; ``before``: the digest without the last entry.
- ``marks``: the instants, the sequences and the ids of entries, three lists; then a list that has, for each mark, the
  number of its entry in these lists, and its step.
- ``trails``: for each fact, its values and the numbers of their marks, one after the other, oldest first.
- ``anchors``: for each anchor, the number of its mark.
- ``first_answer`` and ``first_resolution``: the number of the mark, and the actor.
- ``fired``: for each rule and generation, the attributes of its occurrences as rows, oldest first.
- ``links`` and ``breaches``: their attributes as rows. ``delivery_ids``: all, oldest first. ``earlier``: a name (6.1).
- The other attributes of `Ticket` under their names.

Source: docs/semantics.md 2.1, 2.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from ticketflow.documents.conversion import history_digest, read_history_name, write_plain
from ticketflow.documents.histories import CANONICAL, name_of, next_digest
from ticketflow.documents.parsing import Plain
from ticketflow.documents.quick_reading import quick_reader
from ticketflow.documents.scalars import read_duration, read_value, write_duration, write_instant, write_value
from ticketflow.errors import DocumentError, HistoryError, Problem
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import check_id
from ticketflow.kernel.persistent_list import DeferredList, PersistentList
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import CREATED, ENTERED
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.events import Entry, Linked
from ticketflow.tickets.facts import (
    ANSWERS,
    BREACHED,
    CATEGORIES,
    CATEGORY,
    LINKS,
    RATING,
    REOPENINGS,
    STATE,
    TIMES,
    WARNED,
    Change,
    Mark,
    shared_name,
)
from ticketflow.tickets.ticket import ArmedSnooze, Breach, Firing, Milestone, Ticket, check_ticket

FORMAT = "snapshot/1"
"""The format of the snapshots that this release writes and reads."""

History = PersistentList[Entry]


def write_snapshot(ticket: Ticket) -> str:
    """Return the snapshot of a ticket, from which `read_snapshot` returns an equal ticket.

    Equal tickets have equal snapshots.

    Raises:
        BadValueError: *ticket* is of another type.

    Source: docs/documents.md.
    """
    check_ticket(ticket)
    digest = history_digest(ticket.history)
    before, lines = _entries(ticket.history)
    numbers: dict[Mark, int] = {}

    def number(mark: Mark) -> int:
        return numbers.setdefault(mark, len(numbers))

    def milestone(each: Milestone | None) -> Plain:
        return None if each is None else [number(each.mark), write_plain(each.by)]

    earlier = ticket.earlier
    state: dict[str, Plain] = {
        "format": FORMAT,
        "digest": digest,
        "before": before,
        "version": ticket.version,
        "id": ticket.id,
        "trails": {
            name: [part for change in trail for part in (write_value(change.value), number(change.mark))]
            for name, trail in sorted(ticket.trails.items())
        },
        "anchors": {name: number(mark) for name, mark in sorted(ticket.marks.items())},
        "held": {name: write_value(value) for name, value in ticket.held.items()},
        "fired": {name: [_firing_row(each) for each in trail] for name, trail in ticket.fired.items()},
        "halted": [*sorted(ticket.halted)],
        "outside": ticket.outside,
        "unattended": ticket.unattended,
        "delivery_ids": [*ticket.delivery_ids],
        "snooze": None if ticket.snooze is None else write_plain(ticket.snooze),
        "snoozer": ticket.snoozer,
        "links": [[link.ticket, link.kind] for link in ticket.links],
        "first_answer": milestone(ticket.first_answer),
        "first_resolution": milestone(ticket.first_resolution),
        "breaches": [_breach_row(each) for each in ticket.breaches],
        "follows": ticket.follows,
        "earlier": None if earlier is None else dict(name_of(earlier, write_plain, history_digest).plain),
    }
    entries = {mark.sequence: mark for mark in numbers}
    places = {sequence: place for place, sequence in enumerate(entries)}
    state["marks"] = [
        [write_instant(mark.at) for mark in entries.values()],
        [*entries],
        [mark.entry for mark in entries.values()],
        [part for mark in numbers for part in (places[mark.sequence], mark.step)],
    ]
    return f"{CANONICAL.encode(state)}\n{lines}"


def _entries(history: History) -> tuple[str, str]:
    """Return the digest of a history without its last entry, and the texts of its entries, one a line."""
    newest_first: list[str] = []
    before: str | None = None
    node: History | None = history
    while node is not None:
        newest_first.append(CANONICAL.encode(write_plain(node.last)))
        if isinstance(node, DeferredList):
            kept, digest = node.kept
            newest_first.append(kept)
            before = digest if before is None else before
            break
        node = node.before
        before = before if before is not None else node.digest if node else ""
    return before or "", "\n".join(reversed(newest_first))


def _firing_row(each: Firing) -> list[Plain]:
    due_at, at = write_instant(each.due_at), write_instant(each.at)
    return [each.armed, each.occurrence, each.newest, due_at, at, each.was_given]


def _breach_row(each: Breach) -> list[Plain]:
    target: Plain = None if each.target is None else dict(write_duration(each.target))
    return [each.clock, each.cycle, target, write_instant(each.due_at), write_instant(each.at), each.rules]


def read_snapshot(source: str | bytes, digest: str, *, name: str = "snapshot") -> Ticket:
    """Return the ticket of a snapshot, without replaying its history.

    The snapshot is refused if it is not that of the history with this digest, or not of the format of this release.
    Replay the history then. The form of a snapshot is checked, but not whether it is true: keep snapshots where you
    keep histories, and take none from others.

    Args:
        source: The text, as a string or in UTF-8.
        digest: The digest of the stored history (`history_digest`).
        name: The snapshot's name in messages.

    Raises:
        DocumentError: The snapshot is refused. The code of the problem is ``stale`` if it is of another history,
            ``wrong_format`` if it is of another format, and ``bad_value`` if it is damaged.

    Source: docs/documents.md.
    """
    try:
        text = source.decode() if isinstance(source, bytes) else source
        first, _, lines = text.partition("\n")
        state = json.loads(first)
        given, known = state["format"], state["digest"]
    except Exception:  # noqa: BLE001 -- whatever is wrong, it is not a snapshot
        raise _refused(name, "wrong_format", "it is not a snapshot", "give what write_snapshot returned") from None
    if given != FORMAT:
        what = f"its format is {given!a:.40}, and this release reads {FORMAT!r}"
        raise _refused(name, "wrong_format", what, "replay the history, and write a new snapshot")
    if known != digest:
        what = "it is the snapshot of another history, or of an earlier version"
        raise _refused(name, "stale", what, "replay the history, and write a new snapshot")
    try:
        if "\\ud" in first.lower():
            json.dumps(state, ensure_ascii=False).encode()  # a lone surrogate has no encoding
        return _ticket(state, lines)
    except Exception:  # noqa: BLE001 -- a part is missing or of another type
        fix = "replay the history, and write a new snapshot"
        raise _refused(name, "bad_value", "it is damaged", fix) from None


def _refused(name: str, code: str, what: str, fix: str) -> DocumentError:
    return DocumentError((Problem(name, what, fix, code),))


def _ticket(state: dict[str, Any], lines: str) -> Ticket:
    """Return the ticket of a snapshot.

    Raises:
        Exception: Any error of Python or of ours; the snapshot is damaged.
    """
    read_actor = quick_reader(Actor)
    ats, sequences, ids, places = state["marks"]
    instants = [*map(_instant, ats)]
    _check(int, [*sequences, *places])
    _check(str, ids)
    pairs = zip(places[::2], places[1::2], strict=True)
    marks = [_new(Mark, (instants[place], sequences[place], step, ids[place])) for place, step in pairs]

    def milestone(row: Any) -> Milestone | None:  # noqa: ANN401 -- plain data
        return None if row is None else Milestone(marks[row[0]], cast("Actor", read_actor(row[1])))

    trails = {shared_name(name): _trail(row, marks) for name, row in state["trails"].items()}
    for name, row in state["trails"].items():
        if name.startswith(_COUNTS):
            _check(int, row[::2])
    anchor_marks = {shared_name(name): marks[number] for name, number in state["anchors"].items()}
    if not anchor_marks.keys() >= {CREATED, ENTERED}:
        raise ValueError("every ticket was opened")
    if trails[STATE].value.__class__ is not str or trails[CATEGORY].value not in CATEGORIES:
        raise ValueError("no ticket is in such a state")
    snooze, earlier = state["snooze"], state["earlier"]
    for counted in ("outside", "unattended", "version"):
        _check(int, [state[counted]])
    _check(str, [*state["halted"], *state["delivery_ids"]])
    _check(str, [each for each in (state["snoozer"], state["follows"]) if each is not None])
    return Ticket(
        id=check_id(state["id"], "ticket id"),
        history=_history(state, lines),
        trails=FrozenMap(trails),
        marks=FrozenMap(anchor_marks),
        held=FrozenMap({name: read_value(value) for name, value in state["held"].items()}),
        fired=FrozenMap({name: _firings(rows) for name, rows in state["fired"].items()}),
        halted=frozenset(state["halted"]),
        outside=state["outside"],
        unattended=state["unattended"],
        delivery_ids=DeliveryIds.of(state["delivery_ids"]),
        snooze=None if snooze is None else cast("ArmedSnooze", quick_reader(ArmedSnooze)(snooze)),
        snoozer=state["snoozer"],
        links=tuple(_link(row) for row in state["links"]),
        first_answer=milestone(state["first_answer"]),
        first_resolution=milestone(state["first_resolution"]),
        breaches=tuple(_breach(row) for row in state["breaches"]),
        follows=state["follows"],
        earlier=None if earlier is None else read_history_name(earlier),
    )


_new = tuple.__new__
_COUNTS = (ANSWERS, REOPENINGS, LINKS, TIMES, WARNED, BREACHED, RATING)
"""Facts, and prefixes of facts, that are numbers."""


def _check(kind: type, values: Iterable[object]) -> None:
    for each in values:
        if each.__class__ is not kind:
            raise TypeError(each)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is not UTC:
        raise ValueError(text)
    return at


def _trail(row: list[Any], marks: list[Mark]) -> Change:
    found: Change | None = None
    for value, number in zip(row[::2], row[1::2], strict=True):
        if value.__class__ is not str and value is not True and value is not None:
            value = read_value(value)  # noqa: PLW2901 -- an instant as it is
        found = Change(value, marks[number], found)
    if found is None:
        raise ValueError("a fact without a value")
    return found


def _firings(rows: list[Any]) -> PersistentList[Firing]:
    found: PersistentList[Firing] | None = None
    for armed, occurrence, newest, due_at, at, was_given in rows:
        _check(int, (armed, occurrence, newest))
        _check(bool, (was_given,))
        found = PersistentList(Firing(armed, occurrence, newest, _instant(due_at), _instant(at), was_given), found)
    if found is None:
        raise ValueError("a rule without an occurrence")
    return found


def _link(row: list[Any]) -> Linked:
    _check(str, row)
    return Linked(*row)


def _breach(row: list[Any]) -> Breach:
    clock, cycle, target, due_at, at, rules = row
    _check(str, (clock, rules))
    _check(int, (cycle,))
    length: timedelta | None = None if target is None else read_duration(target)
    return Breach(clock, cycle, length, _instant(due_at), _instant(at), rules)


def _history(state: dict[str, Any], lines: str) -> History:
    """Return the history of a snapshot, of which only the last entry is read."""
    version, digest, before, ticket = state["version"], state["digest"], state["before"], state["id"]
    others, _, last = lines.rpartition("\n")
    entry = cast("Entry", quick_reader(Entry)(json.loads(last)))
    if (entry.sequence, lines.count("\n")) != (version - 1, version - 1) or next_digest(before, last) != digest:
        raise ValueError("it does not have the entries of its history")

    def load(kept: tuple[str, str]) -> History:
        found: History | None = None
        known = ""
        try:
            for line in kept[0].split("\n"):
                found = PersistentList(cast("Entry", quick_reader(Entry)(json.loads(line))), found)
                known = next_digest(known, line)
                found.keep_digest(known)
        except Exception:  # noqa: BLE001 -- a part is missing or of another type
            known = ""
        if found is None or known != before:
            fix = "replay the stored history, and write a new snapshot"
            raise HistoryError(ticket, 0, "the entries of the snapshot are not those of its history", fix)
        return found

    history: History = PersistentList(entry) if version == 1 else DeferredList(entry, version, (others, before), load)
    history.keep_digest(digest)
    return history
