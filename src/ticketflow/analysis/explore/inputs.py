"""What can be asked of a ticket under a rule set, by representatives: of everything alike for all rules, one.

Every command that something listens to, with the smallest actor that may give it and the least that must come with it;
of a field's values, one for each way in which the rules tell them apart. The engine has the last word: some of these
commands are refused.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice, product

from ticketflow.analysis.explore.relevance import Relevance, relevance_of
from ticketflow.engine.effects import is_missing
from ticketflow.kernel.field_values import Value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY
from ticketflow.kernel.names import is_id
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnOutside
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor, Role
from ticketflow.tickets.anchors import AssignedLast, LastActivity, Outside
from ticketflow.tickets.facts import Facts
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, FieldKind, Transition

_ROLES: tuple[Role, ...] = ("customer", "third_party", "agent", "administrator", "robot", "system")
"""The smaller first."""

_ACTORS: Mapping[str, Actor] = {role: Actor(role, role) for role in _ROLES}

_SOME: Mapping[FieldKind, tuple[Value, ...]] = {
    "any": ("something", "another"),
    "text": ("something", "another"),
    "number": (1, 2, 3),
    "truth": (True, False),
    "moment": (),
    "future": (),
}
"""What fields hold that nobody asks about by value; moments are found when it comes to it."""

_MOST = 16  # ways to fill the fields of one command


class Inputs:
    """What can be asked of tickets under one rule set.

    >>> from datetime import UTC
    >>> from ticketflow.engine.handling import handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> moves, noon = Inputs(servicenow()), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> ticket = handle(None, next(moves.openings(noon)), servicenow()).ticket
    >>> [move.transition for move in moves.on(ticket, noon)][:2]
    ['to_active', 'to_awaiting_user_info']
    """

    def __init__(self, rules: Rules) -> None:
        """Find out what *rules* listen to."""
        self._rules = rules
        self._interests = interests = relevance_of(rules)
        fields = (rules.workflow.fields_by_name[name] for name in sorted(interests.fields))
        self._values = {field.name: _classes(field, interests) for field in fields}
        self._set = tuple(name for name in self._values if name not in interests.brought)
        self._authors = tuple(_authors(rules, interests))
        self._outside = sorted(_heard(rules, interests))
        self._assignees = tuple(_assignees(rules, interests))

    def openings(self, at: datetime) -> Iterator[commands.Open]:
        """Yield how tickets can begin at an instant: each way in, by each sort of actor that it is for."""
        for way_in in self._rules.workflow.ways_in:
            for by in _each(way_in.may):
                has_message = "message" in way_in.needs or _author(by) in self._authors
                for fields in self._filled(None, way_in.needs, way_in.takes, at):
                    message = Message("m0") if has_message else None
                    yield commands.Open("T-1", fields, message, state=way_in.target, at=at, by=by)

    def on(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        """Yield what can be asked of a ticket at an instant; of a closed one, nothing."""
        yield from self.urgent(ticket, at)
        if ticket.category != "closed":
            yield from self._setting(ticket, at)
            yield from self._assigning(ticket, at)
            yield from self._listened_to(at)

    def urgent(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        """Yield what can be asked that moves a ticket or the moments that time is counted from.

        It is worth asking later, too; fields and who works on the ticket might as well have been set before.
        """
        if ticket.category == "closed":
            return
        for row in self._rules.workflow.transitions_from(ticket.state):
            yield from self._taking(row, ticket, at)
        yield from self._writing(ticket, at)
        yield from self._snoozing(ticket, at)
        for by in self._doers("record_event") if self._outside else ():
            yield from (commands.RecordEvent(event, at=at, by=by) for event in self._outside)

    def _doers(self, command: str, may: frozenset[str] | None = None) -> tuple[Actor, ...]:
        """Return who gives a command: the smallest actor that may, and each role for whose doing it some rule waits."""
        allowed = self._rules.workflow.permission(command).may if may is None else may
        asked = self._interests.askers(command) or frozenset()
        smallest = _smallest(allowed)
        waited_for = _each(asked & allowed)
        return tuple(dict.fromkeys((*((smallest,) if smallest else ()), *waited_for)))

    def _taking(self, row: Transition, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        has_message = "message" in row.needs or "resolution" in row.needs
        heard = [by for by in _each(row.may) if has_message and _author(by) in self._authors]
        message = Message(f"m{ticket.version}") if has_message else None
        for by in dict.fromkeys((*self._doers("move", row.may), *heard)):
            for fields in self._filled(ticket, row.needs, _taken(row), at):
                yield commands.Move(row.name, message, fields, at=at, by=by)

    def _filled(
        self, ticket: Ticket | None, needs: Iterable[str], takes: Iterable[str], at: datetime
    ) -> Iterator[FrozenMap[str, Value]]:
        """Yield what fields can come with a command, as far as anything tells the ways apart."""
        options = [*self._needed(ticket, needs, at), *self._allowed(ticket, takes, at)]
        for chosen in islice(product(*options), _MOST):
            yield FrozenMap(dict(each for each in chosen if each is not None))

    def _needed(
        self, ticket: Ticket | None, needs: Iterable[str], at: datetime
    ) -> Iterator[list[tuple[str, Value] | None]]:
        for name in needs:
            field = self._rules.workflow.field(name)
            if field is None or (ticket and name in ticket.held):
                continue
            if name in self._values:
                yield [(name, value) for value in self._at(name, at) if not is_missing(value)]
            elif ticket is None or is_missing(ticket.facts[f"field.{name}"]):
                yield [(name, _representative(field, at))]

    def _allowed(
        self, ticket: Ticket | None, takes: Iterable[str], at: datetime
    ) -> Iterator[list[tuple[str, Value] | None]]:
        for name in takes:
            if name in self._values and not (ticket and name in ticket.held):
                yield [None, *((name, value) for value in self._at(name, at))]

    def _at(self, name: str, at: datetime) -> tuple[Value, ...]:
        """Return a value for each way in which the rules tell a field's values apart; moments lie a day ahead."""
        values, kind = self._values[name], self._rules.workflow.fields_by_name[name].kind
        return (at + DAY, *values) if kind in ("moment", "future") else values

    def _writing(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        name = f"m{ticket.version}"
        may = self._rules.workflow.permission("add_message").may
        askers = self._interests.askers("add_message")
        writers = [by for by in _each(may) if _author(by) in self._authors]
        writers += self._doers("add_message") if askers is not None else ()
        for by in dict.fromkeys(writers):
            yield commands.AddMessage(Message(name), at=at, by=by)
        support = _ACTORS["agent" if "agent" in may else "administrator"]
        if LastActivity("note") in self._interests.anchors and support.role in may:
            yield commands.AddMessage(Message(name, public=False), at=at, by=support)

    def _setting(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        found = tuple(self._telling(ticket, at))
        if found or self._interests.askers("set_fields") is None:
            yield from found
        else:  # a rule listens, whatever is set
            yield from islice(self._any_setting(ticket, at), 1)

    def _any_setting(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        for field in self._rules.workflow.fields:
            before, values = ticket.facts[f"field.{field.name}"], field.choices or _SOME[field.kind] or (at + DAY,)
            other = [value for value in values if not is_same(before, value)]
            if other and field.name not in ticket.held:
                doers = self._doers("set_fields")
                yield from (commands.SetFields({field.name: other[0]}, at=at, by=by) for by in doers)

    def _telling(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        for name in self._set:
            before = ticket.facts[f"field.{name}"]
            values = self._at(name, at) if name not in ticket.held else ()
            for value in values:
                if self._differ(name, before, value):
                    for by in self._doers("set_fields"):
                        yield commands.SetFields({name: value}, at=at, by=by)

    def _differ(self, name: str, before: Value, value: Value) -> bool:
        """Return whether any rule tells two values of a field apart; a moment that lies ahead is as good as another."""
        if isinstance(value, datetime):
            return not isinstance(before, datetime) or before < value - DAY
        if name in self._interests.changes:
            return not is_same(before, value)
        asked = self._interests.asked_of(name)
        return _answers(asked, name, before) != _answers(asked, name, value)

    def _assigning(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        for assignee in self._assignees:
            if assignee != ticket.assignee:
                yield from (commands.Assign(assignee, at=at, by=by) for by in self._doers("assign"))
        if ticket.assignee is None:
            return
        for by in self._doers("give_back") if self._interests.askers("give_back") is not None else ():
            yield commands.GiveBack(at=at, by=by)
        decliner = _ACTORS.get(ticket.assignee)
        if decliner and self._interests.askers("decline") is not None:
            yield commands.Decline("it cannot be done", at=at, by=decliner)

    def _snoozing(self, ticket: Ticket, at: datetime) -> Iterator[commands.AnyCommand]:
        way_back = self._rules.workflow.reopen
        row = self._rules.workflow.select(way_back, ticket.state, ticket.facts) if way_back else None
        if ticket.is_hidden or (row and self._interests.askers("reopen") is not None):
            message = Message(f"m{ticket.version}") if row and "message" in row.needs else None
            for by in self._doers("reopen", row.may if row else None):
                yield commands.Reopen(message, at=at, by=by)
        if self._rules.snoozing is None:
            return
        if ticket.snooze is None:
            yield from (commands.Snooze(at + DAY, at=at, by=by) for by in self._doers("snooze"))
        elif not ticket.is_hidden:
            yield from (commands.CancelSnooze(at=at, by=by) for by in self._doers("cancel_snooze"))

    def _listened_to(self, at: datetime) -> Iterator[commands.AnyCommand]:
        """Yield what matters only because some rule waits for somebody's asking it."""
        if self._interests.askers("link") is not None:
            yield from (commands.Link("T-2", at=at, by=by) for by in self._doers("link"))
        if self._interests.askers("rate") is not None:
            yield from (commands.Rate(5, at=at, by=by) for by in self._doers("rate"))
        field = self._rules.workflow.field("classification")
        if field and self._interests.askers("review_classification") is not None:
            values = [value for value in field.choices or _SOME[field.kind] if isinstance(value, str)][:2]
            for by in self._doers("review_classification"):
                yield from (commands.ReviewClassification(each, at=at, by=by) for each in values)


def _smallest(may: Collection[str]) -> Actor | None:
    """Return the smallest actor among those that *may*; None if nobody may."""
    role = next((role for role in _ROLES if role in may), None)
    if role is not None:
        return _ACTORS[role]
    return Actor("agent", "agent", groups={min(may)}) if may else None


def _each(may: Collection[str]) -> tuple[Actor, ...]:
    """Return an actor of each sort that *may*: a desk's own people are one sort."""
    sorts: tuple[tuple[Role, ...], ...] = (("customer",), ("third_party",), ("agent", "administrator"), ("robot",))
    found = [_ACTORS[first] for sort in sorts if (first := next((role for role in sort if role in may), None))]
    smallest = _smallest(may)
    return tuple(found) or ((smallest,) if smallest else ())


def _author(by: Actor) -> str:
    return "agent" if by.role == "administrator" else by.role


def _authors(rules: Rules, interests: Relevance) -> Iterator[str]:
    """Yield whose messages are worth trying: of anyone's the customer's, and ours where authors are told apart."""
    told_apart = interests.authors - {"anyone"} | ({"customer"} if rules.snoozing else frozenset[str]())
    anyones = ("customer", "agent") if told_apart else ("customer",)
    yield from sorted(told_apart.union(anyones if "anyone" in interests.authors else ()))


def _heard(rules: Rules, interests: Relevance) -> Iterator[str]:
    """Yield the outside events that something listens to."""
    names = {each.event for each in interests.triggers if isinstance(each, OnOutside)}
    names |= {each.event for each in interests.anchors if isinstance(each, Outside)}
    yield from rules.workflow.outside_events if interests.askers("record_event") is not None else names


def _assignees(rules: Rules, interests: Relevance) -> Iterator[str | None]:
    """Yield to whom it is worth giving a ticket; None for nobody."""
    asked = (name for each in interests.questions if isinstance(each, conditions.AssignedTo) for name in each.assignees)
    named = {name for name in asked if is_id(name)}
    waits = any(interests.askers(name) is not None for name in ("assign", "give_back", "decline"))
    if "assignee" in interests.facts or AssignedLast() in interests.anchors or waits:
        declining = interests.askers("decline") is not None
        decliner = _smallest(rules.workflow.permission("decline").may) if declining else None
        yield from dict.fromkeys(("agent", *sorted(named), *((decliner.id,) if decliner else ()), None))


def _classes(field: Field, interests: Relevance) -> tuple[Value, ...]:
    """Return a value of a field for each way in which the rules tell its values apart."""
    asked = interests.asked_of(field.name)
    named = [value for each in asked for value in each.values]
    candidates = [*named, *(field.choices or _SOME[field.kind]), None]
    if field.kind in ("moment", "future"):
        return (None,) if asked or field.name in interests.changes else ()  # of others, all that is tried lies ahead
    possible = [value for value in candidates if field.takes(value)]
    found: dict[tuple[bool, ...], Value] = {}
    for value in possible:
        found.setdefault(_answers(asked, field.name, value), value)
    if field.name in interests.changes and len(found) == 1:
        return tuple(possible[:2])
    return tuple(found.values())


def _answers(asked: tuple[conditions.FieldIs, ...], name: str, value: Value) -> tuple[bool, ...]:
    facts = Facts(FrozenMap(), {f"field.{name}": value})
    return tuple(conditions.holds(each, facts) for each in asked)


def _representative(field: Field, at: datetime) -> Value:
    """Return something that a field can hold."""
    return (field.choices or _SOME[field.kind] or (at + DAY,))[0]


def _taken(row: Transition) -> tuple[str, ...]:
    """Return the fields that may come with a transition and decide whether it is taken."""
    return tuple(name for name in row.takes if f"field.{name}" in conditions.reads(row.given))
