"""Golden lives: histories of tickets in files, to see what a change of the rules does to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import overload

import attrs

from ticketflow import documents
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import person, person_in
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.service.past_commands import commands_of
from ticketflow.service.simulation import Refusal, Simulation, simulate
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline
from ticketflow.tickets import events
from ticketflow.tickets.actors import SYSTEM, Actor
from ticketflow.tickets.fold import replay
from ticketflow.tickets.ticket import Ticket

_FORMAT = "life/1"
_CONTEXT = 2
"""The number of equal entries that are shown around a difference."""


@attrs.frozen
class Life:
    """A recorded history of a ticket.

    Attributes:
        ticket: The ticket.
        until: The instant until which it was watched, in UTC. Nothing happened between its last entry and that.
    """

    ticket: Ticket
    until: datetime

    @classmethod
    def read(cls, path: str | Path) -> Life:
        """Read a file that `record_life` wrote.

        Raises:
            BadValueError: The file does not exist, or has another format.
            DocumentError: The ticket in it cannot be read.
            OSError: The file cannot be read.
        """
        if not Path(path).exists():
            raise BadValueError(f"file {str(path)!r} does not exist", "write it with record_life")
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            ticket, until, is_life = data["ticket"], datetime.fromisoformat(data["until"]), data["format"] == _FORMAT
        except (ValueError, TypeError, KeyError):
            ticket, until, is_life = None, None, False
        if until is None or not is_life:
            raise BadValueError(f"file {str(path)!r} is not a recorded life", "write it with record_life")
        return cls(documents.read("ticket", ticket), to_utc(until, "until"))

    def under(self, rules: Rules) -> Simulation:
        """Return what happens to the ticket under a rule set, if people give the same commands at the same instants."""
        check_rules(rules)
        given = replay(attrs.evolve(entry, occurred_at=None) for entry in _whole(self.ticket).history)
        return simulate(commands_of(given), rules, self.until)

    def differences(self, rules: Rules) -> tuple[str, ...]:
        """Return the lines of what happens otherwise under a rule set; none if the same happens.

        Lines with ``-`` were recorded, and lines with ``+`` happen now. Some equal entries are shown around them. The
        digests of the rule sets do not matter.
        """
        now, words = self.under(rules), Wording(rules)
        old = [*_happenings(_whole(self.ticket).history, (), words)]
        new = [*_happenings(now.ticket.history if now.ticket else (), now.refusals, words)]
        matcher = SequenceMatcher(
            None, [each.identity for each in old], [each.identity for each in new], autojunk=False
        )
        return tuple(line for group in matcher.get_grouped_opcodes(_CONTEXT) for line in _shown(group, old, new))


def record_life(path: str | Path, ticket: Ticket, rules: Rules, until: datetime | None = None) -> None:
    """Write the life of a ticket to a file. A later `check_life` says whether it still goes like that.

    The file is JSON. It has the ticket's document, and its timeline for people who review the file.

    Args:
        path: The file. Its folder must exist.
        ticket: The ticket, advanced to *until*.
        rules: The rule set, for the timeline.
        until: The instant until which the ticket was watched; aware. None is that of its last entry.

    Raises:
        BadValueError: *ticket* is not a Ticket, or *rules* is not a Rules; or *until* is before the last entry.
        NaiveDatetimeError: *until* has no time zone.
    """
    check_arguments(ticket, rules)
    end = ticket.changed_at if until is None else to_utc(until, "until")
    if end < ticket.changed_at:
        raise BadValueError(f"until is {end.isoformat()}, before the last entry", "give an instant after it, or None")
    shown = [line for each in timeline(ticket, rules) for line in each.split("\n")]
    data = {
        "format": _FORMAT,
        "until": end.isoformat(),
        "timeline": shown,
        "ticket": documents.plain(_whole(ticket)),
    }
    Path(path).write_text(f"{json.dumps(data, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


def check_life(path: str | Path, rules: Rules) -> None:
    """Check that a recorded life goes the same way under a rule set.

    If it is to go differently from now on, record it again: ``record_life(path, Life.read(path).under(rules).ticket,
    rules)``.

    Raises:
        AssertionError: It goes another way. The message has the differences in words.
        BadValueError: The file has another format.
    """
    __tracebackhide__ = True
    found = Life.read(path).differences(rules)
    if found:
        what = f"the life in {str(path)!r} goes another way under rule set {rules.name!r} (- recorded, + now)"
        raise AssertionError("\n".join((what, *found)))


@attrs.frozen
class _Happening:
    """An entry or a refused command: what makes it the same as another, and its lines."""

    at: datetime
    identity: object
    lines: tuple[str, ...]


def _happenings(entries: Iterable[events.Entry], refusals: Iterable[Refusal], words: Wording) -> Iterator[_Happening]:
    found = [*(_entry(entry, words) for entry in entries), *(_refusal(each, words) for each in refusals)]
    return iter(sorted(found, key=lambda each: each.at))


def _entry(entry: events.Entry, words: Wording) -> _Happening:
    what, why = words.entry(entry)
    cause = attrs.evolve(entry.cause, rules="")
    if isinstance(cause, events.ByRule):
        cause = attrs.evolve(cause, armed=0)  # its key names the same entry by id, which no entry before it changes
    if isinstance(cause, events.ByCommand) and cause.command == "follow_up":
        cause = attrs.evolve(cause, command="open")
    identity = (entry.at, entry.actor, cause, entry.events)
    return _Happening(entry.at, identity, (f"{words.instant(entry.at)}  {what}", *([why] if why else [])))


def _refusal(refusal: Refusal, words: Wording) -> _Happening:
    what, reasons = words.refusal(refusal)
    at = refusal.command.at
    return _Happening(at, (refusal.command, refusal.refused.kinds), (f"{words.instant(at)}  {what}", *reasons))


def _shown(
    group: Iterable[tuple[str, int, int, int, int]], old: list[_Happening], new: list[_Happening]
) -> Iterator[str]:
    for tag, old_start, old_end, new_start, new_end in group:
        before, after = old[old_start:old_end], new[new_start:new_end]
        if tag == "equal":
            yield from (line for each in before for line in _marked(" ", each, ()))
        else:
            same_words = {each.lines for each in before} & {each.lines for each in after}
            yield from (line for each in before for line in _marked("-", each, same_words))
            yield from (line for each in after for line in _marked("+", each, same_words))


def _marked(mark: str, happening: _Happening, same_words: Iterable[object]) -> Iterator[str]:
    first, *others = happening.lines
    yield f"{mark} {first}"
    yield from (f"{mark}     {line}" for line in others)
    if happening.lines in same_words:  # the difference is in something that sentences leave out
        yield f"{mark}     {happening.identity}"


def _whole(ticket: Ticket) -> Ticket:
    """Return a follow-up as a ticket of its own, and any other ticket as it is."""
    if ticket.follows is None:
        return ticket
    first, *others = ticket.history
    opened = (
        attrs.evolve(event, follows=None, earlier=None) if isinstance(event, events.Opened) else event
        for event in first.events
    )
    return replay((attrs.evolve(first, events=tuple(opened)), *others))


def anonymous(ticket: Ticket, rules: Rules, number: int = 1) -> Ticket:
    """Return a ticket with the same history, in which ids and texts are replaced.

    The ids of tickets, people, messages, comments and deliveries become numbers, and texts become ``text-1`` and so on.
    What the rule set itself names is kept: states, choices, templates, and people and values in its conditions. So are
    instants, numbers and the groups of actors. A follow-up becomes a ticket of its own.

    Args:
        ticket: The ticket.
        rules: The rule set of the ticket.
        number: The number of the ticket in its new id, for example ``T-1``.

    Raises:
        BadValueError: *ticket* is not a Ticket, or *rules* is not a Rules.
    """
    check_arguments(ticket, rules)
    texts = {*_strings(documents.plain(rules))}
    kept = texts | {name for text in texts if (name := person_in(text)) is not None}
    names = _Names(f"T-{number}", kept)
    return replay(names.entry(entry) for entry in _whole(ticket).history)


def _strings(data: object) -> Iterator[str]:
    """Yield every text in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from (key, *_strings(value))
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


class _Names:
    """Gives every id and text another one, the same one each time, unless it is to be kept."""

    def __init__(self, ticket: str, kept: set[str]) -> None:
        self._new_ticket, self._kept = ticket, kept
        self._given: dict[str, dict[str, str]] = {}
        self._entries: dict[str, str] = {}

    def entry(self, entry: events.Entry) -> events.Entry:
        """Return an entry with other ids and texts. Ids that follow from the ticket's id follow from the new one."""
        cause, name = entry.cause, entry.id
        if isinstance(cause, events.ByCommand):
            cause = attrs.evolve(cause, event_id=self._named("e", cause.event_id))
        elif isinstance(cause, events.ByRule):
            key = attrs.evolve(cause.key, ticket=self._new_ticket, arming=self._entries[cause.key.arming])
            reason = cause.reason
            if isinstance(reason, events.EventReason):
                reason = attrs.evolve(reason, entry=self._entries[reason.entry])
            cause, name = attrs.evolve(cause, key=key, reason=reason), key.digest
        self._entries[entry.id] = name
        made = tuple(self._event(event, entry) for event in entry.events)
        return attrs.evolve(entry, id=name, actor=self._actor(entry.actor), cause=cause, events=made)

    def _event(self, event: events.Event, entry: events.Entry) -> events.Event:
        match event:
            case events.Opened(fields=fields, requester=requester):
                who = self._person(requester)
                return attrs.evolve(event, ticket=self._new_ticket, fields=self._fields(fields), requester=who)
            case events.MessageAdded(message=message):
                if entry.is_automatic:  # a note by a rule has an id made of the ticket's
                    self._given.setdefault("m", {})[message.id] = events.note_id(self._new_ticket, entry.sequence)
                return events.MessageAdded(attrs.evolve(message, id=self._named("m", message.id)))
            case events.Assigned(before=before, after=after) | events.RequesterChanged(before=before, after=after):
                return attrs.evolve(event, before=self._person(before), after=self._person(after))
            case (
                events.FieldChanged(before=was, after=now)
                | events.FieldHeld(before=was, after=now)
                | events.FieldReleased(before=was, after=now)
            ):
                return attrs.evolve(event, before=self._value(was), after=self._value(now))
            case events.Rated(comment=comment):
                return attrs.evolve(event, comment=self._named("c", comment))
            case events.ResolutionMarked(message=message_id):
                return events.ResolutionMarked(self._named("m", message_id))
            case events.Declined(why=why):
                return events.Declined(self._named("text", why))
            case events.Snoozed(why=why):
                return attrs.evolve(event, why=self._named("text", why))
            case events.Linked(ticket=other):
                return attrs.evolve(event, ticket=self._named("other", other))
            case events.MessageRequested(to=to, recipient=recipient):
                meant = person_in(to)
                to = to if meant is None else person(self._named("person", meant))
                return attrs.evolve(event, to=to, recipient=self._person(recipient))
            case events.Emitted(fields=fields):
                return attrs.evolve(event, fields=self._fields(fields))
            case _:
                return event

    def _actor(self, actor: Actor) -> Actor:
        return actor if actor == SYSTEM else Actor(actor.role, self._named("person", actor.id), actor.groups)

    def _person(self, name: str | None) -> str | None:
        return self._named("person", name)

    def _fields(self, fields: FrozenMap[str, Value]) -> FrozenMap[str, Value]:
        return FrozenMap({name: self._value(value) for name, value in fields.items()})

    def _value(self, value: Value) -> Value:
        return self._named("text", value) if isinstance(value, str) else value

    @overload
    def _named(self, kind: str, old: str) -> str: ...
    @overload
    def _named(self, kind: str, old: str | None) -> str | None: ...
    def _named(self, kind: str, old: str | None) -> str | None:
        if old is None or old in self._kept:
            return old
        given = self._given.setdefault(kind, {})
        return given.setdefault(old, f"{kind}-{len(given) + 1}")
