"""Every definition that is one edit away from another: what the laws of `ticketflow.diff` draw from.

An edit has a place, given by the names that lead to it. Edits that make the definition invalid are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

import attrs

from ticketflow import All, AnyOf, Not, Rules, Rung, StateIs
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, CalendarSpan, Elapsed, OfTarget, WorkingTime
from ticketflow.errors import TicketflowError
from ticketflow.rules.actions import SendMessage
from ticketflow.rules.triggers import During, OnChange, OnMessage, Trigger
from ticketflow.tickets.anchors import Anchor, Created, LastMessage, Latest, Woke
from ticketflow.tickets.messages import Hint
from ticketflow.workflow.conditions import Condition

T = TypeVar("T")
Path = tuple[str, ...]
Edit = tuple[Path, Rules]

_SELDOM = 0.2
_WHOLE = {"week", "stretches", "then", "needs", "takes", "warn_at", "periods", "excluded_holidays"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_WORDS = "agent customer error assume_none new_ticket follow_up keep restart drop clear anew count difference ola text"
_LEAVES = (*Condition.__args__, *Anchor.__args__, *Trigger.__args__, Elapsed, WorkingTime, BusinessDays, CalendarSpan)
_WHOLE = {"week", "stretches", "then", "needs", "takes", "follow_up_fields", "warn_at"}
_KEPT = (OfTarget, BeforeDue, AfterDue, EveryWeek, SendMessage, Hint)


def edited(rules: Rules, rng: Random) -> Edit:
    """Return a valid definition that is one edit away, and where the edit is."""
    flow = rules.workflow
    named = [
        *(each.name for each in flow.states),
        *flow.verbs,
        *flow.fields_by_name,
        *(each.name for each in rules.clocks),
    ]
    names = tuple(sorted({*_WORDS.split(), *rules.calendars, *named}))
    path, other = next(_of_fields(rules, (), _Drawn(rng, names)))
    assert isinstance(other, Rules)
    return path, other


class _Drawn:
    """The order in which edits are tried, and the names that can take each other's places."""

    def __init__(self, rng: Random, names: Path) -> None:
        self.rng = rng
        self.names = names

    def mixed(self, values: Iterable[T]) -> list[T]:
        found = list(values)
        self.rng.shuffle(found)
        return found


def _of_fields(value: object, path: Path, drawn: _Drawn) -> Iterator[tuple[Path, object]]:
    """Yield *value* with one of its fields edited."""
    kind = type(value)
    assert attrs.has(kind)
    for field in drawn.mixed(attrs.fields(kind)):
        if field.eq and field.init:
            held = getattr(value, field.name)
            for place, other in _edited(held, (*path, field.name), drawn):
                try:
                    yield place, _evolved(value, field.name, other)
                except (TicketflowError, TypeError, ValueError, AttributeError, LookupError):  # no valid definition
                    continue


def _evolved(value: object, name: str, held: object) -> object:
    if isinstance(value, Rung):
        return Rung(held, *value.then) if name == "after" else Rung(value.after, *held)  # type: ignore[arg-type, misc]
    return attrs.evolve(value, **{name: held})  # type: ignore[misc]


def _edited(value: object, path: Path, drawn: _Drawn) -> Iterator[tuple[Path, object]]:
    """Yield *value* after each possible edit, and the place of the edit."""
    if isinstance(value, tuple):
        yield from _of_tuple(value, path, drawn)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, path, drawn)
    elif isinstance(value, frozenset):
        name = drawn.rng.choice([*sorted(value), *drawn.names])
        yield (*path, name), value ^ {name}
    elif attrs.has(type(value)) and not isinstance(value, (*_LEAVES, *_KEPT)):
        if path[-1] in {"during", "snoozing", "public_holidays"} and drawn.rng.random() < _SELDOM:
            yield path, None
        yield from _of_fields(value, path, drawn)
    else:
        yield from ((path, other) for other in drawn.mixed(_others(value, drawn.names)))


def _of_tuple(values: tuple[object, ...], path: Path, drawn: _Drawn) -> Iterator[tuple[Path, object]]:
    """Yield *values* with one item edited, or one left out, moved, or put in."""
    whole = path[-1] in _WHOLE or path[-1:] == ("choices",) != path[:1]
    for index in drawn.mixed(range(len(values))):
        each = values[index]
        if drawn.rng.random() < _SELDOM:
            yield path, (*values[:index], *values[index + 1 :])
            yield path, (each, *values[:index], *values[index + 1 :])
        if not whole or path[0] == "snoozing":
            name = next((getattr(each, key) for key in ("name", "id", "target") if hasattr(each, key)), str(index))
            for place, other in _edited(each, (*path, name), drawn):
                yield path if isinstance(each, date) else place, (*values[:index], other, *values[index + 1 :])
    more = {"then": SendMessage("more"), "needs": "message", "takes": "message", "warn_at": OfTarget(13), "week": ()}
    more |= {"periods": Period("12-20", "01-06", ""), "excluded_holidays": date(2026, 12, 25)}
    if path[-1] in more:
        yield from drawn.mixed([(path, (*values, more[path[-1]])), (path, (more[path[-1]], *values[1:]))])


def _of_mapping(values: Mapping[object, object], path: Path, drawn: _Drawn) -> Iterator[tuple[Path, object]]:
    has_dates = path[-1] in {"holidays", "names", "half_days", "late_days", "overrides"}
    if path[-1] == "holidays":
        yield path, {**values, date(2027, 3, drawn.rng.randint(1, 31)): "more"}
    for key in drawn.mixed(sorted(values, key=str)):
        place = path if has_dates else (*path, str(key))
        if drawn.rng.random() < _SELDOM:
            yield place, {name: held for name, held in values.items() if name != key}
        for found, other in _edited(values[key], place, drawn):
            yield place if has_dates else found, {**values, key: other}


def _others(value: object, names: Path) -> Iterator[object]:
    """Yield other values that could stand in the place of one."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield f"{value}x"
            yield "Asia/Kathmandu"
            yield from (name for name in names if name != value)
        case None:
            yield from (Woke(), Elapsed(hours=1), During(is_open=False), "Asia/Kathmandu", 3, *names)
        case datetime() | date():
            yield value + DAY
        case timedelta():
            yield value + timedelta(minutes=1)
        case Elapsed(amount=amount):
            yield Elapsed(amount + HOUR)
        case WorkingTime(amount=amount):
            yield WorkingTime(amount + HOUR)
        case BusinessDays(days=days):
            yield BusinessDays(days + 1)
            yield attrs.evolve(value, shut="as_it_is")
        case CalendarSpan(days=days):
            yield attrs.evolve(value, days=days + 1)
            yield attrs.evolve(value, zone="Asia/Kathmandu")
        case OfTarget(percent=percent):
            yield OfTarget(percent + 1)
        case EveryWeek():
            yield EveryWeek(value.weekday, "10:30", zone=value.zone)
            yield EveryWeek("mon-fri", *value.times, zone=value.zone)
        case SendMessage(template=template):
            yield SendMessage(f"{template}x")
        case Hint(name=name):
            yield attrs.evolve(value, name=f"{name}x")
            yield None
        case _ if isinstance(value, Trigger):
            yield from (OnMessage("anyone"), OnChange("level"))
        case _ if isinstance(value, Anchor):
            yield from (Latest(value, Created()), LastMessage("third_party"))
        case All(of=of):
            yield from (Not(value), All(*of[::-1]))
        case AnyOf(of=of):
            yield from (Not(value), AnyOf(*of[::-1]))
        case StateIs(states=states):
            yield from (Not(value), StateIs(*states[::-1]))
        case _ if isinstance(value, Condition):
            yield Not(value)
        case _:
            pass
