"""Erasure: put pseudonyms in the place of people in stored histories.

An erased history has the same versions, keys, instants and states. Ids by which something is found again stay: those of
tickets, messages and deliveries. What still has a name is said.

Source: docs/semantics.md 2.2, 3.12, 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import assert_never

import attrs

from ticketflow.documents.conversion import write_plain
from ticketflow.documents.histories import History, opening_of, with_earlier
from ticketflow.documents.parsing import Plain
from ticketflow.documents.paths import Path, spoken
from ticketflow.errors import BadValueError, ConflictError, HistoryError
from ticketflow.kernel.field_values import LONGEST_TEXT, Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import LONGEST_ID, check_id, is_text, person, person_in
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.ruleset import Rules
from ticketflow.service.storage import Store
from ticketflow.tickets import events
from ticketflow.tickets.fold import replay
from ticketflow.tickets.ticket import Ticket
from ticketflow.tickets.unloaded import UnloadedHistory


@attrs.frozen
class Erasure:
    """The result of `erase`.

    Attributes:
        tickets: The tickets with erased histories, in the order in which they were given.
        remains: Everything that still has one of the names: where it is, and why it stays. One sentence each.
    """

    tickets: tuple[Ticket, ...]
    remains: tuple[str, ...]


def erase(tickets: Iterable[Ticket], names: Mapping[str, str], rules: Iterable[Rules] = ()) -> Erasure:
    """Return tickets with pseudonyms in the place of people.

    The ids of actors, requesters, assignees, recipients and snoozers are replaced if they are equal to a name. In the
    values of fields, in emitted values and in reasons, every whole word that is equal to a name is replaced.

    An erased ticket has the version, the keys, the instants and the states that it had. If the rules do not have a
    name or a pseudonym, its clocks and what is due stay the same, too. Erasing it again changes nothing.

    Args:
        tickets: The tickets. A follow-up names the history of the ticket that it follows, and that history changes:
            give with each ticket its follow-ups, theirs, and so on.
        names: The pseudonym for each id, and for each other text that names a person, such as a full name or a mail
            address. Give each person a pseudonym that occurs nowhere else. Ids with one pseudonym become one person.
        rules: The rule sets to look through for names. They do not change.

    Raises:
        BadValueError: A ticket is given twice, a name is empty, a pseudonym is not an id or has a name in it, or an
            argument has a wrong type.
        HistoryError: A follow-up names another history of a ticket than the one that is given.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("customer", "bob"))
    >>> erasure = erase([handle(None, opened, servicenow()).ticket], {"bob": "person-7"})
    >>> erasure.tickets[0].requester, erasure.remains
    ('person-7', ())
    """
    replaced = _Names(names)
    given = tuple(items_of(tickets, Ticket, "tickets"))
    originals: dict[str, History] = {}
    for ticket in given:
        if ticket.id in originals:
            raise BadValueError(f"ticket {ticket.id!r} is given twice", "give each ticket once")
        originals[ticket.id] = ticket.history
    histories = _Histories(replaced, originals)
    erased = {name: replay(histories.erased(originals[name])) for name in _closed_first(given)}
    found = tuple(erased[ticket.id] for ticket in given)
    remains = [text for ticket in found for text in _remains_of(ticket, replaced)]
    for each in items_of(rules, Rules, "rules"):
        remains += _remains_in(each, replaced)
    return Erasure(found, tuple(remains))


def erase_stored(store: Store, names: Mapping[str, str]) -> tuple[str, ...]:
    """Put pseudonyms in the place of people in everything that a store has, and return what remains.

    Each ticket is replaced together with its follow-ups, in one transaction. If a command is faster, the ticket is
    loaded again; if it is slower, its worker loads the erased ticket. If the process stops in between, call it again.

    Args:
        store: The store.
        names: The pseudonyms, as in `erase`.

    Returns:
        Everything that still has one of the names. Beside what `erase` finds, these are the rule sets in use, and the
        errors of tickets that were set aside and of items that were given up. If it is a rule set, wake the erased
        tickets: something else can be due.

    Raises:
        BadValueError: A name is empty, or a pseudonym is not an id or has a name in it.
        HistoryError: A stored history is not valid.
        DocumentError: A stored entry cannot be read.
    """
    replaced = _Names(names)
    remains: dict[str, None] = {}
    spellings = {spelling for name in names for spelling in (name, name.lower(), name.upper(), name.title())}
    for ticket in sorted({found for spelling in spellings for found in store.mentioning(spelling)}):
        remains |= dict.fromkeys(_erase_one(store, ticket, names))
    for digest in store.rules_in_use():
        kept = store.rules(digest)
        remains |= dict.fromkeys(_remains_in(kept, replaced) if kept else ())
    for what, errors in (("ticket", store.tickets_set_aside()), ("item", store.given_up())):
        for key, error in errors.items():
            for match in replaced.found(error):
                remains[f"the error of {what} {key!r} has {match!r} in it; set it anew"] = None
    return tuple(remains)


def _erase_one(store: Store, ticket: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Erase a ticket and all tickets that follow it up."""
    while True:
        todo, loaded = [ticket], dict[str, Ticket]()
        while todo:
            found = store.load(todo.pop())
            loaded |= {found.id: found} if found else {}
            todo += [name for name in store.follow_ups(found.id) if name not in loaded] if found else []
        erasure = erase(loaded.values(), names)
        changed = [erased for erased in erasure.tickets if erased != loaded[erased.id]]
        try:
            if changed:
                store.replace([loaded[each.id] for each in changed], changed)
        except ConflictError:  # a command was faster
            continue
        return erasure.remains


class _Names:
    """Names and their pseudonyms."""

    def __init__(self, names: Mapping[str, str]) -> None:
        if not isinstance(names, Mapping) or not all(is_text(name) and name for name in names):
            raise BadValueError(f"names {names!r:.200} is not a mapping", "give a pseudonym for each id or name")
        self._names = {name: check_id(pseudonym, f"pseudonym of {name!r:.80}") for name, pseudonym in names.items()}
        longest_first = sorted(self._names, key=lambda name: (-len(name), name))
        pattern = "|".join(map(_as_word, longest_first)) or r"(?!)"
        self._words, self._in_any_case = re.compile(pattern), re.compile(pattern, re.IGNORECASE)
        for name, pseudonym in self._names.items():
            if self._words.search(pseudonym):
                what = f"the pseudonym {pseudonym!r:.80} of {name!r:.80} has a name in it"
                raise BadValueError(what, "give one that says nothing of the person")

    def of(self, name: str | None) -> str | None:
        """Return the pseudonym of an id; other ids as they are."""
        return None if name is None else self.of_id(name)

    def of_id(self, name: str) -> str:
        """Return the pseudonym of an id; other ids as they are."""
        return self._names.get(name, name)

    def text(self, text: str) -> str:
        """Return a text without the names. One that becomes too long for a field is cut."""
        text = self._without(text)
        if len(text) > LONGEST_TEXT:
            text = self._without(f"{text[: LONGEST_TEXT - LONGEST_ID - 1]}…")
        return text

    def _without(self, text: str) -> str:
        while self._words.search(text):  # a pseudonym can make a name with what stands beside it
            text = self._words.sub(lambda match: self._names[match[0]], text)
        return text

    def value(self, value: Value) -> Value:
        """Return the value of a field without the names."""
        return self.text(value) if isinstance(value, str) else value

    def values(self, values: Mapping[str, Value]) -> FrozenMap[str, Value]:
        """Return the values of fields without the names."""
        return FrozenMap({name: self.value(value) for name, value in values.items()})

    def found(self, text: str) -> Iterator[str]:
        """Yield the names in a text, in upper or lower case."""
        yield from dict.fromkeys(match[0] for match in self._in_any_case.finditer(text))


def _as_word(name: str) -> str:
    """Return the pattern of a name as a whole word."""
    before = r"(?<![^\W_])" if name[0].isalnum() else ""
    after = r"(?![^\W_])" if name[-1].isalnum() else ""
    return f"{before}{re.escape(name)}{after}"


def _closed_first(tickets: Iterable[Ticket]) -> Iterator[str]:
    """Yield the ids of tickets, each after the ticket that it follows up.

    Raises:
        HistoryError: Tickets follow up each other.
    """
    followed = {ticket.id: ticket.follows for ticket in tickets}
    graph = {name: [follows] if follows in followed else [] for name, follows in followed.items()}
    try:
        yield from TopologicalSorter(graph).static_order()
    except CycleError as error:
        raise HistoryError(
            error.args[1][0], 0, "it follows up itself", "give histories that were not changed"
        ) from None


class _Histories:
    """Erases histories and those behind them, each once."""

    def __init__(self, names: _Names, originals: Mapping[str, History]) -> None:
        self._names = names
        self._originals = originals
        self._done: dict[int, tuple[History, History]] = {}
        """By the identity of a history: the history, which keeps its identity, and the erased one."""

    def erased(self, history: History) -> History:
        """Return the erased history. A chain of follow-ups can have any length."""
        behind: list[History] = []
        at: History | None = history
        while at is not None and not isinstance(at, UnloadedHistory) and id(at) not in self._done:
            behind.append(at)
            at = opening_of(at).earlier
        found: History | None
        if isinstance(at, UnloadedHistory):
            found = self._renamed(at, opening_of(behind[-1]).ticket)
        else:
            found = at if at is None else self._done[id(at)][1]
        for each in reversed(behind):
            first, *others = (_entry(entry, self._names) for entry in each)
            found = PersistentList.of(with_earlier(first, found), *others)
            self._done[id(each)] = each, found
        assert found is not None  # noqa: S101 -- *history* is one
        return found

    def _renamed(self, named: UnloadedHistory, by: str) -> UnloadedHistory:
        """Return the name of an erased history that was not loaded; that of a ticket that is not given stays."""
        original = self._originals.get(named.ticket)
        if original is None:
            return named
        if named != _first(original, len(named)):
            what = f"it does not go on from version {len(named)} of ticket {named.ticket!r:.200}"
            raise HistoryError(by, 0, what, "give the ticket that it names, with the entries that it had then")
        erased = _first(self._done[id(original)][1], len(named))
        return UnloadedHistory(named.ticket, len(named), named.digest_of(erased), named.digest_of)


def _first(history: History, length: int) -> History:
    """Return the first entries of a history; all if it is shorter."""
    while len(history) > length and history.before is not None:
        history = history.before
    return history


def _entry(entry: events.Entry, names: _Names) -> events.Entry:
    actor = entry.actor
    if not entry.is_automatic:
        actor = attrs.evolve(actor, id=names.of_id(actor.id))
    happened = tuple(_event(event, names) for event in entry.events)
    return attrs.evolve(entry, actor=actor, cause=_cause(entry.cause, names), events=happened)


def _cause(cause: events.Cause, names: _Names) -> events.Cause:
    if not isinstance(cause, events.ByRule):
        return cause
    reason = cause.reason
    if isinstance(reason, events.EventReason):
        return attrs.evolve(cause, reason=attrs.evolve(reason, trigger=names.text(reason.trigger)))
    if isinstance(reason, events.OccasionReason):
        return attrs.evolve(cause, reason=attrs.evolve(reason, occasion=names.text(reason.occasion)))
    return cause


def _event(event: events.Event, names: _Names) -> events.Event:
    match event:
        case events.Opened(fields=fields, requester=requester):
            return attrs.evolve(event, fields=names.values(fields), requester=names.of(requester))
        case events.Assigned(before=before, after=after) | events.RequesterChanged(before=before, after=after):
            return attrs.evolve(event, before=names.of(before), after=names.of(after))
        case events.FieldChanged() | events.FieldHeld() | events.FieldReleased():
            return attrs.evolve(event, before=names.value(event.before), after=names.value(event.after))
        case events.MessageRequested(to=to, recipient=recipient):
            named = person_in(to)
            to = to if named is None else person(names.of_id(named))
            return attrs.evolve(event, to=to, recipient=names.of(recipient))
        case events.Emitted(fields=fields):
            return attrs.evolve(event, fields=names.values(fields))
        case events.Declined(why=why) | events.Dropped(why=why):
            return attrs.evolve(event, why=names.text(why))
        case events.Snoozed(why=why):
            return attrs.evolve(event, why=None if why is None else names.text(why))
        case (
            events.MessageAdded()
            | events.StateChanged()
            | events.Rated()
            | events.OutsideEventRecorded()
            | events.ResolutionMarked()
            | events.Linked()
            | events.SnoozeCancelled()
            | events.Surfaced()
            | events.Woke()
            | events.FollowUpRequested()
            | events.TargetWarned()
            | events.TargetBreached()
            | events.Superseded()
            | events.RulesHalted()
        ):
            return event
        case _:
            assert_never(event)


_KEPT = {
    "event_id": "repeated deliveries are recognized by it",
    "ticket": "tickets are found by it",
    "follows": "tickets are found by it",
    "message": "messages are found by it",
    "comment": "comments are found by it",
}
"""Why an id stays, by its key in documents."""

_MESSAGE_IDS = (("message_added", "id"), ("message", "id"))


def _remains_of(ticket: Ticket, names: _Names) -> Iterator[str]:
    """Yield what still has a name in the entries of a ticket; a text that is repeated is said once."""
    said = set[tuple[str | int, str]]()
    for entry in ticket.history:
        for path, text in _texts(write_plain(entry)):
            key = "message" if path[-2:] in _MESSAGE_IDS else path[-1]
            for match in names.found(text) if (key, text) not in said else ():
                said.add((key, text))
                why = _KEPT.get(str(key), "only whole words in the same case are replaced, in texts and as ids")
                where = f"ticket {ticket.id!r}, entry {entry.sequence}, {spoken(path)}"
                yield f"{where}: {text!a:.80} has {match!r} in it; {why}"


def _remains_in(rules: Rules, names: _Names) -> Iterator[str]:
    """Yield what has a name in a rule set."""
    for path, text in _texts(write_plain(rules)):
        for match in names.found(text):
            where = f"rule set {rules.name!r} {rules.digest}, {spoken(path)}"
            yield f"{where}: {text!a:.80} has {match!r} in it; rule sets do not change"


def _texts(data: Plain, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the texts in plain data, with their paths; keys are texts, too."""
    if isinstance(data, dict):
        for key, held in data.items():
            yield (*path, key), key
            yield from _texts(held, (*path, key))
    elif isinstance(data, list):
        for place, held in enumerate(data):
            yield from _texts(held, (*path, place))
    elif isinstance(data, str):
        yield path, data
