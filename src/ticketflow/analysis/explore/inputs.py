"""The commands that a search tries: one representative of each class that the rules can tell apart.

Commands have the actor with the least rights that may give them, and only what they must have. Fields take one value of
each class that the rules can tell apart. The engine may refuse some of the commands.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice, product

from ticketflow.analysis.explore.relevance import Relevance, relevance_of
from ticketflow.analysis.satisfiability import values_beside
from ticketflow.engine.effects import is_missing
from ticketflow.kernel.field_values import Value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY
from ticketflow.kernel.names import is_id
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnLink, OnOutside, OnRate
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor, Role
from ticketflow.tickets.anchors import AssignedLast, LastActivity, Outside
from ticketflow.tickets.facts import SCORES, Facts
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, FieldKind, Transition

_ROLES: tuple[Role, ...] = ("customer", "third_party", "agent", "administrator", "robot", "system")
"""Roles in the order of their rights, the least first."""

_ACTORS: Mapping[str, Actor] = {role: Actor(role, role) for role in _ROLES}

_SAMPLES: Mapping[FieldKind, tuple[Value, ...]] = {
    "any": ("something", "another"),
    "text": ("something", "another"),
    "number": (1, 2, 3),
    "truth": (True, False),
    "moment": (),
    "future": (),
}
"""Values for fields that no condition compares; moments are computed when they are needed."""

_MOST_FILLINGS = 16  # combinations of field values for one command


class Inputs:
    """The commands to try under one rule set.

    >>> from datetime import UTC
    >>> from ticketflow.engine.handling import handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> inputs, noon = Inputs(servicenow()), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> ticket = handle(None, next(inputs.openings(noon)), servicenow()).ticket
    >>> [command.transition for command in inputs.commands_for(ticket, noon)][:2]
    ['to_active', 'to_awaiting_user_info']
    """

    def __init__(self, rules: Rules) -> None:
        """Compute what the rules depend on."""
        self._rules = rules
        self._relevance = relevance = relevance_of(rules)
        fields = (rules.workflow.fields_by_name[name] for name in sorted(relevance.fields))
        self._values = {field.name: _classes(field, relevance) for field in fields}
        self._set = tuple(name for name in self._values if name not in relevance.always_given)
        self._authors = tuple(_authors(rules, relevance))
        self._outside = sorted(_relevant_outside_events(rules, relevance))
        self._assignees = tuple(_assignees(rules, relevance))
        self._requesters = tuple(_requesters(relevance))
        self._needs_requester = any("requester" in row.needs for row in rules.workflow.transitions)

    def openings(self, at: datetime) -> Iterator[commands.Open]:
        """Yield the commands that open a ticket: each opening, by each kind of actor it allows."""
        for way_in in self._rules.workflow.ways_in:
            for by in _representatives(way_in.may):
                has_message = "message" in way_in.needs or _author(by) in self._authors
                for fields in self._fillings(None, way_in.needs, way_in.takes, at):
                    message = Message("m0") if has_message else None
                    needs = self._needs_requester or "requester" in way_in.needs
                    requester = "customer" if needs and by.role != "customer" else None
                    yield commands.Open("T-1", fields, message, state=way_in.target, requester=requester, at=at, by=by)

    def commands_for(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        """Yield the commands to try on a ticket at an instant; for a closed one, only ratings."""
        yield from self._ratings(ticket, at)
        yield from self.time_sensitive(ticket, at)
        if ticket.category != "closed":
            yield from self._set_fields(ticket, at)
            yield from self._assignments(ticket, at)
            for requester in self._requesters:
                if requester != ticket.requester:
                    by_each = self._actors_for("set_requester")
                    yield from (commands.SetRequester(requester, at=at, by=by) for by in by_each)
            yield from self._awaited(ticket, at)

    def time_sensitive(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        """Yield the commands that move a ticket or an anchor, which are worth trying at later instants, too.

        Fields and the assignee can be set earlier with the same effect.
        """
        if ticket.category == "closed":
            return
        for row in self._rules.workflow.transitions_from(ticket.state):
            yield from self._moves(row, ticket, at)
        yield from self._messages(ticket, at)
        yield from self._snoozes(ticket, at)
        for by in self._actors_for("record_event") if self._outside else ():
            yield from (commands.RecordEvent(event, at=at, by=by) for event in self._outside)

    def _actors_for(self, command: str, may: frozenset[str] | None = None) -> tuple[Actor, ...]:
        """Return the actors for a command: one with the least rights, and one of each role that a rule waits for."""
        allowed = self._rules.workflow.permission(command).may if may is None else may
        asked = self._relevance.roles_awaited(command) or frozenset()
        smallest = _least_privileged(allowed)
        waited_for = _representatives(asked & allowed)
        return tuple(dict.fromkeys((*((smallest,) if smallest else ()), *waited_for)))

    def _moves(self, row: Transition, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        has_message = "message" in row.needs or "resolution" in row.needs
        heard = [by for by in _representatives(row.may) if has_message and _author(by) in self._authors]
        message = Message(f"m{ticket.version}") if has_message else None
        for by in dict.fromkeys((*self._actors_for("move", row.may), *heard)):
            for fields in self._fillings(ticket, row.needs, _deciding_fields(row), at):
                yield commands.Move(row.name, message, fields, at=at, by=by)

    def _fillings(
        self, ticket: Ticket | None, needs: Iterable[str], takes: Iterable[str], at: datetime
    ) -> Iterator[FrozenMap[str, Value]]:
        """Yield the combinations of field values for a command that the rules can tell apart."""
        options = [*self._needed(ticket, needs, at), *self._allowed(ticket, takes, at)]
        for chosen in islice(product(*options), _MOST_FILLINGS):
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
                yield [(name, _sample_value(field, at))]

    def _allowed(
        self, ticket: Ticket | None, takes: Iterable[str], at: datetime
    ) -> Iterator[list[tuple[str, Value] | None]]:
        for name in takes:
            if name in self._values and not (ticket and name in ticket.held):
                yield [None, *((name, value) for value in self._at(name, at))]

    def _at(self, name: str, at: datetime) -> tuple[Value, ...]:
        """Return one value of each class of a field; moments are a day ahead."""
        values, kind = self._values[name], self._rules.workflow.fields_by_name[name].kind
        return (at + DAY, *values) if kind in ("moment", "future") else values

    def _messages(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        name = f"m{ticket.version}"
        may = self._rules.workflow.permission("add_message").may
        askers = self._relevance.roles_awaited("add_message")
        writers = [by for by in _representatives(may) if _author(by) in self._authors]
        writers += self._actors_for("add_message") if askers is not None else ()
        for by in dict.fromkeys(writers):
            yield commands.AddMessage(Message(name), at=at, by=by)
        support = _ACTORS["agent" if "agent" in may else "administrator"]
        if LastActivity("note") in self._relevance.anchors and support.role in may:
            yield commands.AddMessage(Message(name, public=False), at=at, by=support)

    def _set_fields(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        found = tuple(self._relevant_settings(ticket, at))
        if found or self._relevance.roles_awaited("set_fields") is None:
            yield from found
        else:  # a rule waits for the command, whatever is set
            yield from islice(self._any_set_fields(ticket, at), 1)

    def _any_set_fields(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        for field in self._rules.workflow.fields:
            before, values = ticket.facts[f"field.{field.name}"], field.choices or _SAMPLES[field.kind] or (at + DAY,)
            other = [value for value in values if not is_same(before, value)]
            if other and field.name not in ticket.held:
                doers = self._actors_for("set_fields")
                yield from (commands.SetFields({field.name: other[0]}, at=at, by=by) for by in doers)

    def _relevant_settings(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        for name in self._set:
            before = ticket.facts[f"field.{name}"]
            values = self._at(name, at) if name not in ticket.held else ()
            for value in values:
                if self._is_distinguishable(name, before, value):
                    for by in self._actors_for("set_fields"):
                        yield commands.SetFields({name: value}, at=at, by=by)

    def _is_distinguishable(self, name: str, before: Value, value: Value) -> bool:
        """Return whether the rules can tell two values of a field apart. All future moments count as equal."""
        asked = self._relevance.questions_about(name)
        if isinstance(value, datetime) and not _has_range(asked):
            return not isinstance(before, datetime) or before < value - DAY
        if name in self._relevance.watched_fields:
            return not is_same(before, value)
        return _answers(asked, name, before) != _answers(asked, name, value)

    def _assignments(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        for assignee in self._assignees:
            if assignee != ticket.assignee:
                yield from (commands.Assign(assignee, at=at, by=by) for by in self._actors_for("assign"))
        if ticket.assignee is None:
            return
        for by in self._actors_for("give_back") if self._relevance.roles_awaited("give_back") is not None else ():
            yield commands.GiveBack(at=at, by=by)
        decliner = _ACTORS.get(ticket.assignee)
        if decliner and self._relevance.roles_awaited("decline") is not None:
            yield commands.Decline("it cannot be done", at=at, by=decliner)

    def _snoozes(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        way_back = self._rules.workflow.reopen
        row = self._rules.workflow.select(way_back, ticket.state, ticket.facts) if way_back else None
        if ticket.is_hidden or (row and self._relevance.roles_awaited("reopen") is not None):
            message = Message(f"m{ticket.version}") if row and "message" in row.needs else None
            for by in self._actors_for("reopen", row.may if row else None):
                yield commands.Reopen(message, at=at, by=by)
        if self._rules.snoozing is None:
            return
        if ticket.snooze is None:
            yield from (commands.Snooze(at + DAY, at=at, by=by) for by in self._actors_for("snooze"))
        elif not ticket.is_hidden:
            yield from (commands.CancelSnooze(at=at, by=by) for by in self._actors_for("cancel_snooze"))

    def _ratings(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        """Yield one score of each class that the conditions tell apart, where the survey is open."""
        waits = self._relevance.roles_awaited("rate") is not None or OnRate() in self._relevance.triggers
        asked = [each for each in self._relevance.questions if isinstance(each, conditions.RatingIs)]
        state = self._rules.workflow.state(ticket.state)
        is_shut = ticket.category == "closed" and not (state and state.survey_open)
        if is_shut or not (waits or asked):
            return
        scores = {tuple(each.at_least <= score <= each.at_most for each in asked): score for score in SCORES}
        for by in self._actors_for("rate"):
            yield from (commands.Rate(score, at=at, by=by) for score in sorted(scores.values(), reverse=True))

    def _awaited(self, ticket: Ticket, at: datetime) -> Iterator[commands.Command]:
        """Yield the commands that only matter because a rule waits for them."""
        kinds = {each.kind for each in self._relevance.triggers if isinstance(each, OnLink)}
        kinds |= {each.kind for each in self._relevance.questions if isinstance(each, conditions.HasLink)}
        if self._relevance.roles_awaited("link") is not None:
            kinds.add("related")
        for kind in sorted(kinds):
            other = f"L-{len(ticket.links)}"
            yield from (commands.Link(other, kind, at=at, by=by) for by in self._actors_for("link"))
        field = self._rules.workflow.field("classification")
        if field and self._relevance.roles_awaited("review_classification") is not None:
            values = [value for value in field.choices or _SAMPLES[field.kind] if isinstance(value, str)][:2]
            for by in self._actors_for("review_classification"):
                yield from (commands.ReviewClassification(each, at=at, by=by) for each in values)


def _least_privileged(may: Collection[str]) -> Actor | None:
    """Return the actor with the least rights among *may*; None if it is empty."""
    role = next((role for role in _ROLES if role in may), None)
    if role is not None:
        return _ACTORS[role]
    return Actor("agent", "agent", groups={min(may)}) if may else None


def _representatives(may: Collection[str]) -> tuple[Actor, ...]:
    """Return one actor of each kind among *may*. Agents and administrators are one kind."""
    sorts: tuple[tuple[Role, ...], ...] = (("customer",), ("third_party",), ("agent", "administrator"), ("robot",))
    found = [_ACTORS[first] for sort in sorts if (first := next((role for role in sort if role in may), None))]
    smallest = _least_privileged(may)
    return tuple(found) or ((smallest,) if smallest else ())


def _author(by: Actor) -> str:
    return "agent" if by.role == "administrator" else by.role


def _authors(rules: Rules, relevance: Relevance) -> Iterator[str]:
    """Yield the authors whose messages to try. ``anyone`` stands for the customer, and for agents if authors matter."""
    distinguished = relevance.authors - {"anyone"} | ({"customer"} if rules.snoozing else frozenset[str]())
    of_anyone = ("customer", "agent") if distinguished else ("customer",)
    yield from sorted(distinguished.union(of_anyone if "anyone" in relevance.authors else ()))


def _relevant_outside_events(rules: Rules, relevance: Relevance) -> Iterator[str]:
    """Yield the outside events that the rules depend on."""
    names = {each.event for each in relevance.triggers if isinstance(each, OnOutside)}
    names |= {each.event for each in relevance.anchors if isinstance(each, Outside)}
    yield from rules.workflow.outside_events if relevance.roles_awaited("record_event") is not None else names


def _assignees(rules: Rules, relevance: Relevance) -> Iterator[str | None]:
    """Yield the assignees to try; None for nobody."""
    asked = (name for each in relevance.questions if isinstance(each, conditions.AssignedTo) for name in each.assignees)
    named = {name for name in asked if is_id(name)}
    waits = any(relevance.roles_awaited(name) is not None for name in ("assign", "give_back", "decline"))
    if "assignee" in relevance.facts or AssignedLast() in relevance.anchors or waits:
        declining = relevance.roles_awaited("decline") is not None
        decliner = _least_privileged(rules.workflow.permission("decline").may) if declining else None
        yield from dict.fromkeys(("agent", *sorted(named), *((decliner.id,) if decliner else ()), None))


def _requesters(relevance: Relevance) -> Iterator[str | None]:
    """Yield the requesters to try; None for nobody."""
    asked = [each for each in relevance.questions if isinstance(each, conditions.RequesterIs)]
    if asked or relevance.roles_awaited("set_requester") is not None:
        named = {name for each in asked for name in each.requesters if is_id(name)}
        yield from dict.fromkeys(("customer", *sorted(named), None))


def _classes(field: Field, relevance: Relevance) -> tuple[Value, ...]:
    """Return one value of each class of a field that the rules can tell apart."""
    asked = relevance.questions_about(field.name)
    named = [value for each in asked for value in each.values]
    named += [value for each in asked for limit in each.limits for value in values_beside(limit)]
    candidates = [*named, *(field.choices or _SAMPLES[field.kind]), None]
    if field.kind in ("moment", "future"):
        limits = [value for value in named if isinstance(value, datetime)] if _has_range(asked) else []
        is_set = asked or field.name in relevance.watched_fields
        return (None, *limits) if is_set else ()  # other moments to try lie ahead, see _at
    possible = [value for value in candidates if field.takes(value)]
    found: dict[tuple[bool, ...], Value] = {}
    for value in possible:
        found.setdefault(_answers(asked, field.name, value), value)
    if field.name in relevance.watched_fields and len(found) == 1:
        return tuple(possible[:2])
    return tuple(found.values())


def _has_range(asked: tuple[conditions.FieldIs, ...]) -> bool:
    return any(each.limits for each in asked)


def _answers(asked: tuple[conditions.FieldIs, ...], name: str, value: Value) -> tuple[bool, ...]:
    facts = Facts(FrozenMap(), {f"field.{name}": value})
    return tuple(conditions.holds(each, facts) for each in asked)


def _sample_value(field: Field, at: datetime) -> Value:
    """Return some value for a field."""
    return (field.choices or _SAMPLES[field.kind] or (at + DAY,))[0]


def _deciding_fields(row: Transition) -> tuple[str, ...]:
    """Return the optional fields of a transition that its condition depends on."""
    return tuple(name for name in row.takes if f"field.{name}" in conditions.reads(row.given))
