"""Commands to try on a ticket of any rule set, with content that its workflow knows.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, product

from ticketflow.engine.decisions import Option, available
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.kept import kept
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.tickets import commands
from ticketflow.tickets.actors import OUTSIDERS, ROLES, Actor
from ticketflow.tickets.messages import Mail, Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import FieldIs
from ticketflow.workflow.definition import Field

SOON = timedelta(hours=3)
"""How far ahead the instants of snoozes and fields are."""

TICKET = "T-1"
REQUESTER = "bruno"
_MOST_WAYS = 16
"""The most ways of giving one command that are tried."""


def actors_of(rules: Rules) -> tuple[Actor, ...]:
    """Return an actor of each role, and one of each role of people for each group of the workflow.

    Raises:
        BadValueError: *rules* is not a Rules.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> [actor.id for actor in actors_of(servicenow())]
    ['administrator', 'agent', 'customer', 'robot', 'system', 'third_party']
    """
    check_rules(rules)
    plain = tuple(Actor(role, role) for role in sorted(ROLES))
    groups = sorted(rules.workflow.groups)
    return (
        *plain,
        *(Actor("agent", f"agent.{name}", {name}) for name in groups),
        *(Actor("customer", f"customer.{name}", {name}) for name in groups),
    )


def people_of(rules: Rules, actors: Sequence[Actor]) -> tuple[Actor, ...]:
    """Return the actors who give commands: the given ones, or one of each role and group.

    Raises:
        BadValueError: *rules* is not a Rules, or an actor is not an Actor.
    """
    return tuple(items_of(actors, Actor, "actors")) or actors_of(rules)


def values_of(field: Field, rules: Rules, at: datetime) -> tuple[Value, ...]:
    """Return values that a field can have at *at*: its choices, or those of its kind and those that rules name."""
    if field.choices:
        return field.choices
    if field.kind == "future":
        return (at + SOON,)
    kinds: Mapping[str, tuple[Value, ...]] = {"truth": (True, False), "number": (3,), "moment": (at,)}
    named = (value for value in _named_values(rules).get(field.name, ()) if value is not None and field.takes(value))
    several = (*kinds.get(field.kind, ("words",)), *named)
    return tuple({(type(value), value): value for value in several}.values())


@kept
def _named_values(rules: Rules) -> Mapping[str, tuple[Value, ...]]:
    """Return the values of each field that conditions of the rule set name."""
    found: dict[str, tuple[Value, ...]] = {}
    for condition in _conditions((rules.workflow, rules.automations, rules.clocks)):
        limits = (value for value in (condition.at_least, condition.at_most) if value is not None)
        found[condition.field] = (*found.get(condition.field, ()), *condition.values, *limits)
    return found


def _conditions(part: object) -> Iterator[FieldIs]:
    """Yield the conditions on fields in a part of a rule set."""
    if isinstance(part, FieldIs):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _conditions(each)
    elif isinstance(part, Mapping):
        yield from _conditions(tuple(part.values()))
    else:
        for attribute in getattr(type(part), "__attrs_attrs__", ()):
            yield from _conditions(getattr(part, attribute.name))


def opening_commands(rules: Rules, at: datetime, by: Actor, ticket: str = TICKET) -> Iterator[commands.Open]:
    """Yield commands that open a ticket in every way that *by* may use."""
    for way in rules.workflow.ways_in:
        if not by.is_any_of(way.may):
            continue
        known = [field for name in way.needs if (field := rules.workflow.field(name))]
        taken = [field for name in way.takes if (field := rules.workflow.field(name))]
        is_for_others = by.role not in OUTSIDERS or by.is_any_of(rules.workflow.permission("set_requester").may)
        requester = REQUESTER if is_for_others else None
        for chosen in _chosen((*known, *taken), rules, at):
            yield commands.Open(ticket, chosen, Message("m0"), None, way.target, requester, at=at, by=by)
        if "message" not in way.needs:
            needed = next(_chosen(known, rules, at))
            yield commands.Open(ticket, needed, None, None, way.target, requester, at=at, by=by)


def ways(option: Option, rules: Rules, at: datetime, by: Actor, message: str = "m1") -> Iterator[commands.Command]:
    """Yield commands that an option of `available` stands for, with everything that it needs.

    There are none if the ticket must have a requester first, whom another command names.

    Args:
        option: The option.
        rules: The rule set.
        at: The instant of the commands.
        by: Who gives them.
        message: The id of their messages.
    """
    mail = Mail(message, subject="subject", text="text", resolves="resolution" in option.needs)
    match option.command:
        case "move" if "requester" in option.needs and rules.workflow.field("requester") is None:
            pass
        case "move":
            needed = [field for name in dict.fromkeys(option.needs) if (field := rules.workflow.field(name))]
            needs_message = bool({"message", "resolution"} & {*option.needs})
            for chosen in _chosen(needed, rules, at):
                yield commands.Move(option.transition or "", mail if needs_message else None, chosen, at=at, by=by)
        case "reopen":
            yield commands.Reopen(mail if option.needs else None, at=at, by=by)
        case name:
            yield from plain(name, rules, at, by, message)


def _chosen(fields: Sequence[Field], rules: Rules, at: datetime) -> Iterator[dict[str, Value]]:
    """Yield values for all of the fields, in up to 16 ways."""
    for chosen in islice(product(*(values_of(field, rules, at) for field in fields)), _MOST_WAYS):
        yield {field.name: value for field, value in zip(fields, chosen, strict=True)}


def plain(name: str, rules: Rules, at: datetime, by: Actor, message: str = "m1") -> Iterator[commands.Command]:
    """Yield commands of a name with valid content; none if the rule set has no valid content for it.

    Moves and openings are not among them.
    """
    workflow = rules.workflow
    match name:
        case "follow_up":
            yield commands.FollowUp("T-2", at=at, by=by)
        case "add_message":
            yield commands.AddMessage(Mail(message, subject="subject", text="text"), at=at, by=by)
            yield commands.AddMessage(Mail(message, public=False, text="text"), at=at, by=by)
            yield commands.AddMessage(Mail(message, automatic=True, text="text"), at=at, by=by)
        case "assign":
            yield commands.Assign("agent", at=at, by=by)
            yield commands.Assign("bea", at=at, by=by)
            yield commands.Assign(None, at=at, by=by)
        case "give_back":
            yield commands.GiveBack(at=at, by=by)
        case "decline":
            yield commands.Decline("no idea", at=at, by=by)
        case "reopen":
            yield commands.Reopen(at=at, by=by)
        case "set_fields":
            for field in workflow.fields:
                for value in (*values_of(field, rules, at), None):
                    yield commands.SetFields({field.name: value}, at=at, by=by)
        case "set_requester":
            yield commands.SetRequester(REQUESTER, at=at, by=by)
            yield commands.SetRequester(None, at=at, by=by)
        case "review_classification":
            classification = workflow.field("classification")
            for value in values_of(classification, rules, at) if classification else ():
                if isinstance(value, str):
                    yield commands.ReviewClassification(value, at=at, by=by)
        case "rate":
            for score in (5, 1):
                yield commands.Rate(score, at=at, by=by)
        case "record_event":
            for event in sorted(workflow.outside_events):
                yield commands.RecordEvent(event, at=at, by=by)
        case "snooze":
            yield commands.Snooze(until=at + SOON, at=at, by=by)
            for choice in rules.snoozing.choices if rules.snoozing else ():
                yield commands.Snooze(choice=choice.name, at=at, by=by)
        case "cancel_snooze":
            yield commands.CancelSnooze(at=at, by=by)
        case "link":
            yield commands.Link("T-9", at=at, by=by)
        case _:
            pass


def offered(
    ticket: Ticket, rules: Rules, at: datetime, actors: Sequence[Actor], message: str = "m1"
) -> list[tuple[commands.Command, ...]]:
    """Return for each option that an actor has now the commands that it stands for.

    Opening tickets is not among them. Moves are repeated until they are about half of the options: they lead furthest.
    """
    moves, others = list[tuple[commands.Command, ...]](), list[tuple[commands.Command, ...]]()
    for actor in actors:
        for option in available(ticket, actor, rules):
            if option.is_open and option.command not in ("open", "follow_up"):
                found = tuple(ways(option, rules, at, actor, message))
                (moves if option.transition else others).extend([found] if found else [])
    return [*moves * max(1, len(others) // max(1, len(moves))), *others]


def any_commands(rules: Rules, at: datetime, by: Actor, message: str = "m1") -> Iterator[commands.Command]:
    """Yield commands of every kind, whoever may give them and whatever they need: most are refused somewhere."""
    for name in commands.NAMES.values():
        yield from islice(plain(name, rules, at, by, message), 1)
    for verb in (*rules.workflow.verbs, "nowhere"):
        yield commands.Move(verb, at=at, by=by)
    yield commands.SetFields({"nothing": 1}, at=at, by=by)
    yield commands.Rate(9, at=at, by=by)
    yield commands.Snooze(until=at, at=at, by=by)
    yield commands.Assign(None, expected_version=0, at=at, by=by)
