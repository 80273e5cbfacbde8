"""Compare what scenario cases expect with what the library answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from ticketflow.conformance.scenario_format import Automatic, LabeledKind, Recorded, Traced, View
from ticketflow.documents.conversion import shown_plain
from ticketflow.documents.introspection import Partial
from ticketflow.documents.tags import TAGS
from ticketflow.engine.planning import advance, evaluate, next_due
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, Language
from ticketflow.rules.ruleset import Rules
from ticketflow.service.delivery import Deliveries, Delivery, deliveries
from ticketflow.service.explanations import explain
from ticketflow.service.reports import report
from ticketflow.sla.reading import read, read_all
from ticketflow.sla.trace import Part, trace
from ticketflow.tickets.events import ByRule, Emitted, MessageAdded, MessageRequested
from ticketflow.tickets.messages import Message
from ticketflow.tickets.records import Record, records
from ticketflow.tickets.ticket import Milestone, Ticket


def differs(name: str, expected: object, got: object) -> Iterator[str]:
    """Yield the difference between two values, if there is one."""
    if expected != got or type(expected) is not type(got):
        yield f"{name}: expected {shown_plain(expected)}, got {shown_plain(got)}"


def partly_differs(name: str, expected: Mapping[str, object], got: object) -> Iterator[str]:
    """Yield the differences between a value and the attributes that are expected of it."""
    for key, value in expected.items():
        held = getattr(got, key)
        if isinstance(value, Partial) and isinstance(held, Partial):
            for part, inner in value.items():
                yield from differs(f"{name}.{key}.{part}", inner, held.get(part))
        else:
            yield from differs(f"{name}.{key}", value, held)


def named_differ(
    name: str, expected: Mapping[str, Mapping[str, object]], got: Mapping[str, object], what: str
) -> Iterator[str]:
    """Yield the differences between named values and the attributes that are expected of each.

    Raises:
        BadValueError: A name is not known; *what* says what it should name.
    """
    checked_names(expected, got, what)
    for key, partial in expected.items():
        yield from partly_differs(f"{name}.{key}", partial, got[key])


def each_differs(name: str, expected: tuple[Mapping[str, object], ...], got: tuple[object, ...]) -> Iterator[str]:
    """Yield the differences between values and the attributes that are expected of each."""
    if len(expected) != len(got):
        yield f"{name}: expected {len(expected)}, got {len(got)}: {shown_plain(got)}"
        return
    for index, (partial, whole) in enumerate(zip(expected, got, strict=True)):
        yield from partly_differs(f"{name}[{index}]", partial, whole)


def checked_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Check that all names are known.

    Raises:
        BadValueError: A name is not known; *what* says what it should name.
    """
    for name in names:
        if name not in known:
            problem = unknown_name("", what, name, known)
            raise BadValueError(problem.what, problem.fix)


def not_empty(expect: Partial[Any]) -> Partial[Any]:
    """Return an expectation, if neither it nor an object in it is empty: an empty one would test nothing.

    Raises:
        BadValueError: The expectation, or an object in it, is empty.
    """
    if not expect or any(isinstance(part, Mapping) and not part for part in _parts(expect)):
        raise BadValueError("the expectation is empty", "say what is expected")
    return expect


def _parts(expect: Mapping[str, object]) -> Iterator[object]:
    """Yield everything in an expectation. Empty lists are fine: they expect that there is nothing."""
    for part in expect.values():
        yield part
        if isinstance(part, Mapping):
            yield from _parts(part)
        elif isinstance(part, tuple):
            yield from part


def view_differs(
    expect: Partial[View], left: Ticket, at: datetime, rules: Rules, *, as_of: bool = False
) -> Iterator[str]:
    """Yield the differences between a ticket at an instant and the expectations of it.

    Args:
        expect: The expectations.
        left: The ticket as the steps left it.
        at: The instant.
        rules: The rule set.
        as_of: Whether the ticket is looked at as it stood then.

    Raises:
        BadValueError: *expect* is empty, names something unknown, or *at* is before the last command; with *as_of*,
            before the opening.
    """
    if as_of:
        then = left.as_of(at)
        if then is None:
            raise BadValueError("the expectation is about an instant before the opening", "give a later *at*")
        yield from _view_differs(expect, _Looked(then, then, at, rules))
        return
    outside = next(entry for entry in reversed(left.history) if not entry.is_automatic)
    if at < (outside.occurred_at or outside.at):
        raise BadValueError("the expectation is about an instant before the last command", "put it before that command")
    yield from _view_differs(expect, _Looked(left, advance(at, left, rules), at, rules))


def _view_differs(expect: Partial[View], looked: _Looked) -> Iterator[str]:
    for name, expected in not_empty(expect).items():
        yield from _COMPARISONS[name](name, expected, looked)


@attrs.frozen
class _Looked:
    """A ticket at an instant.

    Attributes:
        left: The ticket as the steps left it.
        now: The ticket with everything due carried out.
        at: The instant.
        rules: The rule set.
    """

    left: Ticket
    now: Ticket
    at: datetime
    rules: Rules


_Comparison = Callable[[str, Any, _Looked], Iterator[str]]


def _equal(answer: Callable[[_Looked], object]) -> _Comparison:
    return lambda name, expected, looked: differs(name, expected, answer(looked))


def _fields(name: str, expected: Mapping[str, Value], looked: _Looked) -> Iterator[str]:
    checked_names(expected, looked.rules.workflow.fields_by_name, "field")
    for field, value in expected.items():
        yield from differs(f"{name}.{field}", value, looked.now.fields.get(field))


def _texts(name: str, expected: Mapping[str, Labels], looked: _Looked) -> Iterator[str]:
    known = {template.name: template.texts for template in looked.rules.templates}
    checked_names(expected, known, "text")
    for template, texts in expected.items():
        yield from differs(f"{name}.{template}", texts, known[template])


def _automatic(ticket: Ticket) -> Iterator[Automatic]:
    for entry in ticket.history:
        if isinstance(entry.cause, ByRule):
            sent = tuple(event.template for event in entry.events if isinstance(event, MessageRequested))
            kinds = tuple(TAGS[type(event)] for event in entry.events)
            yield Automatic(entry.cause.key.rule, entry.at, entry.cause.due_at, entry.events, kinds, sent)


def _records(name: str, expected: Mapping[str, tuple[Mapping[str, object], ...]], looked: _Looked) -> Iterator[str]:
    for kind, partials in expected.items():
        yield from each_differs(f"{name}.{kind}", partials, tuple(map(_recorded, records(looked.now, kind))))


def _recorded(record: Record) -> Recorded:
    entry, event = record.entry, record.event
    rule = entry.cause.key.rule if isinstance(entry.cause, ByRule) else None
    message = Partial[Message](attrs.asdict(event.message)) if isinstance(event, MessageAdded) else None
    return Recorded(entry.at, entry.occurred_at, entry.actor.role, entry.actor.id, rule, event, message)


def _author(milestone: Milestone | None) -> str | None:
    return milestone.by.id if milestone else None


def _deliveries(looked: _Looked) -> Deliveries:
    return deliveries(evaluate(looked.at, looked.left, looked.rules), looked.at)


def _sent_name(delivery: Delivery) -> str:
    request = delivery.request
    return request.name if isinstance(request, Emitted) else request.template


def _clocks(name: str, expected: Mapping[str, Mapping[str, object]], looked: _Looked) -> Iterator[str]:
    for clock, partial in expected.items():
        yield from partly_differs(f"{name}.{clock}", partial, read(looked.at, looked.now, looked.rules.clock(clock)))


def _cycles(name: str, expected: Mapping[str, tuple[Mapping[str, object], ...]], looked: _Looked) -> Iterator[str]:
    for clock, partials in expected.items():
        readings = read_all(looked.at, looked.now, looked.rules.clock(clock))
        yield from each_differs(f"{name}.{clock}", partials, readings)


def _traces(name: str, expected: Mapping[str, tuple[Mapping[str, object], ...]], looked: _Looked) -> Iterator[str]:
    for clock, partials in expected.items():
        parts = trace(looked.at, looked.now, looked.rules.clock(clock))
        yield from each_differs(f"{name}.{clock}", partials, tuple(map(_traced, parts)))


def _traced(part: Part) -> Traced:
    why, name = (part.piece.why, part.piece.name) if part.piece else (None, None)
    return Traced(part.start, part.end, part.kind, part.state, why, name)


def _explanations(name: str, expected: Mapping[str, Mapping[str, object]], looked: _Looked) -> Iterator[str]:
    known = {each.rule: each for each in explain(looked.at, looked.left, looked.rules)}
    yield from named_differ(name, expected, known, "rule")


def _verdicts(looked: _Looked) -> object:
    return FrozenMap({each.rule: each.verdict for each in explain(looked.at, looked.left, looked.rules)})


def _labels(
    name: str, expected: Mapping[LabeledKind, Mapping[str, Mapping[Language, str]]], looked: _Looked
) -> Iterator[str]:
    workflow, rules = looked.rules.workflow, looked.rules
    parts: Mapping[LabeledKind, Iterable[Any]] = {
        "states": workflow.states,
        "transitions": workflow.transitions,
        "fields": workflow.fields,
        "pipelines": workflow.pipelines,
        "lists": workflow.lists,
        "automations": rules.automations,
        "templates": rules.templates,
        "choices": rules.snoozing.choices if rules.snoozing else (),
    }
    for kind, labels_by_name in expected.items():
        known = {part.id if kind == "automations" else part.name: part.labels for part in parts[kind]}
        checked_names(labels_by_name, known, f"name among {kind}")
        for part, labels in labels_by_name.items():
            yield from differs(f"{name}.{kind}.{part}", labels, known[part])


_COMPARISONS: Mapping[str, _Comparison] = {
    "state": _equal(lambda looked: looked.now.state),
    "category": _equal(lambda looked: looked.now.category),
    "assignee": _equal(lambda looked: looked.now.assignee),
    "requester": _equal(lambda looked: looked.now.requester),
    "fields": _fields,
    "outcome": _equal(lambda looked: looked.now.outcome),
    "rating": _equal(lambda looked: looked.now.rating),
    "is_hidden": _equal(lambda looked: looked.now.is_hidden),
    "snoozed_until": _equal(lambda looked: looked.now.snooze.until if looked.now.snooze else None),
    "texts": _texts,
    "lists": _equal(lambda looked: looked.rules.workflow.listed(looked.now.facts)),
    "follows": _equal(lambda looked: looked.now.follows),
    "links": _equal(lambda looked: tuple(link.ticket for link in looked.now.links)),
    "earlier": _equal(lambda looked: len(looked.now.earlier or ())),
    "first_answer_by": _equal(lambda looked: _author(looked.now.first_answer)),
    "first_resolution_by": _equal(lambda looked: _author(looked.now.first_resolution)),
    "records": _records,
    "automatic": lambda name, expected, looked: each_differs(name, expected, tuple(_automatic(looked.now))),
    "due": lambda name, expected, looked: each_differs(
        name, expected, evaluate(looked.at, looked.left, looked.rules).due
    ),
    "sends": _equal(lambda looked: tuple(map(_sent_name, _deliveries(looked).send))),
    "withholds": _equal(lambda looked: tuple(each.why for each in _deliveries(looked).withheld)),
    "has_more": _equal(lambda looked: evaluate(looked.at, looked.left, looked.rules).has_more),
    "unknown_from": _equal(lambda looked: evaluate(looked.at, looked.left, looked.rules).unknown_from),
    "next_due": _equal(lambda looked: next_due(looked.left, looked.rules)),
    "clocks": _clocks,
    "cycles": _cycles,
    "traces": _traces,
    "verdicts": _equal(_verdicts),
    "explain": _explanations,
    "report": lambda name, expected, looked: partly_differs(
        name, expected, report(looked.at, looked.now, looked.rules)
    ),
    "labels": _labels,
}
