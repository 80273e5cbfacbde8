"""The differences between two rule sets, in words, with the effect of each on tickets.

The comparison walks both rule sets field by field and matches the items of lists by name. The effects come from a table
(`ticketflow.compare.impact`). Two rule sets have differences if and only if their digests differ.

Source: docs/differences.md, docs/semantics.md 3.16, 4.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, groupby
from typing import NamedTuple

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
from ticketflow.calendars.date_rules import WRITTEN_RULES
from ticketflow.calendars.hours import WEEKDAYS, Shift, Yearly, time_text
from ticketflow.calendars.periods import Period
from ticketflow.compare.impact import Context, Kind, describe_effect, impact_at
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.rules.digest import canonical, default_of, is_defining
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, During
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Multiplier, Policy, Target
from ticketflow.tickets.messages import Template
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow
from ticketflow.workflow.snooze import AfterSpan, InDays, LaterToday, NextWeek, Snoozing


@attrs.frozen
class Difference:
    """One difference between two rule sets.

    Attributes:
        kind: ``added``, ``removed`` or ``changed``. A renamed item has a changed ``name`` or ``id``.
        path: The names that lead to the difference. Rungs and targets are named by their number, from 0, in the longer
            of the two lists. Transitions that share a name also have their sources and target.
        old: The old value in words; None if it was added.
        new: The new value in words; None if it was removed.
        effect: What the difference does to tickets.
        changes_meaning: Whether the difference can affect any ticket. Labels, texts and the order of most lists cannot.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> from ticketflow.calendars.spans import Elapsed
    >>> (first, *_) = diff(servicenow(), servicenow(Elapsed(days=3)))
    >>> print(first.old, "->", first.new)
    5 days -> 3 days
    """

    kind: Kind
    path: tuple[str, ...]
    old: str | None
    new: str | None
    effect: str
    changes_meaning: bool

    def __str__(self) -> str:
        sign = {"added": "+ ", "removed": "- ", "changed": ""}[self.kind]
        values = " -> ".join(value for value in (self.old, self.new) if value is not None)
        return f"{sign}{'/'.join(self.path)}: {values}: {self.effect}"


def diff(old: Rules, new: Rules) -> tuple[Difference, ...]:
    """Return the differences between two rule sets, in the order of the definition.

    The result is empty if and only if the digests are equal. Swapping the arguments swaps *added* and *removed*, and
    *old* and *new*, at the same paths. An item with a new name and the same content is one difference; references to
    it are further ones. For the effect on the clocks of one ticket, see `ticketflow.preview_migration`.

    Args:
        old: The rule set that tickets are under now.
        new: The rule set that they would be under.

    Raises:
        BadValueError: *old* or *new* is not a rule set.

    Source: docs/differences.md, docs/semantics.md 3.16.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> diff(servicenow(), servicenow())
    ()
    >>> [each.path for each in diff(servicenow(), attrs.evolve(servicenow(), remembered_events=10))]
    [('remembered_events',)]
    """
    for rules in (old, new):
        if not isinstance(rules, Rules):
            raise BadValueError(f"{rules!r:.200} is not a rule set", "give a Rules")
    found = (*_compare_first_states(old.workflow, new.workflow), *_compare(_Location(), old, new))
    return tuple(_in_words(raw, old, new) for raw in found)


def _compare_first_states(old: Workflow, new: Workflow) -> Iterator[_RawDifference]:
    """Yield a difference if tickets start in another state. Without openings, they start in the first state."""
    first = old.states[0].name, new.states[0].name
    if not old.openings and not new.openings and first[0] != first[1]:
        yield _RawDifference(_Location(("workflow", "states"), "workflow.states"), *first)


class _Location(NamedTuple):
    """A location in the rule sets.

    Attributes:
        path: The names that lead to it.
        place: The path as a key of the table, with ``*`` for names.
        names: The names that ``*`` stands for.
    """

    path: tuple[str, ...] = ()
    place: str = ""
    names: tuple[str, ...] = ()

    def field(self, name: str) -> _Location:
        """Return the location of a field. The parts of a combined calendar count as calendars."""
        place = self.place if name in ("left", "right") else f"{self.place}.{name}".removeprefix(".")
        return _Location((*self.path, name), place, self.names)

    def item(self, name: str, *more: str) -> _Location:
        """Return the location of a named item of a list, a mapping or a set."""
        return _Location((*self.path, name, *more), f"{self.place}.*", (*self.names, name))

    def aspect(self, aspect: str) -> _Location:
        """Return the same location with the place of one aspect, such as the order of a list."""
        return self._replace(place=f"{self.place}:{aspect}")


class _RawDifference(NamedTuple):
    """A difference that is not in words yet. *before* and *after* are None if there is no value.

    *words* replaces the default words of both values.
    """

    location: _Location
    before: object
    after: object
    holder: object = None
    words: tuple[str, str] | None = None


def _in_words(raw: _RawDifference, old: Rules, new: Rules) -> Difference:
    location, before, after = raw.location, raw.before, raw.after
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    was, now = raw.words or _distinct_words(before, after)
    place = ":reworded" if location.place.endswith(":reworded") else location.place
    effect = describe_effect(place, kind, Context(location.names, before, after, raw.holder, old, new), was, now)
    texts = (None if before is None else was, None if after is None else now)
    return Difference(kind, location.path, *texts, effect, impact_at(place).affects_tickets)


_COMPARED_BY_FIELD = (
    *(Rules, Workflow, State, Transition, Field, Permission, Opening, Pipeline, Listing),
    *(Automation, Ladder, Rung, After, During, Policy, Measure, Target, Deadline, Multiplier),
    *(
        BusinessCalendar,
        PublicHolidays,
        CombinedCalendar,
        FixedIntervals,
        Snoozing,
        LaterToday,
        InDays,
        NextWeek,
        AfterSpan,
        Template,
    ),
)
"""Classes compared field by field; others are compared whole."""


def _compare(location: _Location, old: object, new: object, holder: object = None) -> Iterator[_RawDifference]:
    """Yield the differences between two values; at least one if and only if their digests differ."""
    if old is new or canonical(old) == canonical(new):
        return
    comparison = _COMPARISONS.get(location.place)
    if comparison and old is not None and new is not None:
        yield from comparison(location, old, new)
    elif type(old) is type(new) and isinstance(old, _COMPARED_BY_FIELD):
        for field in attrs.fields(type(old)):
            if is_defining(field):
                yield from _compare(location.field(field.name), getattr(old, field.name), getattr(new, field.name), new)
    elif isinstance(old, frozenset) and isinstance(new, frozenset):
        yield from _compare_elements(location, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}, key=str):
            yield from _compare(location.item(str(key)), old.get(key), new.get(key))
    elif (
        isinstance(old, conditions.Condition)
        and isinstance(new, conditions.Condition)
        and _normalized(old) == _normalized(new)
    ):
        yield _RawDifference(location.aspect("reworded"), old, new)
    else:
        yield _RawDifference(location, old, new, holder)


def _normalized(condition: conditions.Condition) -> str:
    """Return a text that is equal for conditions that differ only in the order of their parts."""
    match condition:
        case conditions.All(of=of) | conditions.AnyOf(of=of):
            return f"{type(condition).__name__}({sorted(map(_normalized, of))})"
        case conditions.Not(condition=inner):
            return f"Not({_normalized(inner)})"
        case conditions.StateIs() | conditions.CategoryIs() | conditions.AssignedTo() | conditions.RequesterIs():
            return f"{type(condition).__name__}({sorted(map(canonical, condition.asks_for))})"
        case conditions.FieldIs(field=field, values=values):
            return f"{field}({sorted(map(canonical, values))} {condition.at_least!r} {condition.at_most!r})"
        case _:
            return canonical(condition)


def _tuple(values: object) -> tuple[object, ...]:
    assert isinstance(values, tuple | frozenset)  # noqa: S101 -- by the types of the definition
    return tuple(values)


def _compare_elements(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    """Yield the elements added to or removed from a set, or a list whose order does not matter."""
    before, after = ({_words(value): value for value in _tuple(values)} for values in (old, new))
    for name in sorted(before.keys() ^ after.keys()):
        yield _RawDifference(location.item(name), before.get(name), after.get(name))
    if isinstance(old, tuple):
        yield from _compare_order(location, _tuple(old), _tuple(new))


def _compare_order(location: _Location, old: tuple[object, ...], new: tuple[object, ...]) -> Iterator[_RawDifference]:
    """Yield a difference if the same values are in another order."""
    if sorted(map(canonical, old)) == sorted(map(canonical, new)):
        yield _RawDifference(location.aspect("order"), old, new)


def _compare_whole(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    """Yield one difference for the whole list, as a change of order if the values are the same."""
    found = list(_compare_order(location, _tuple(old), _tuple(new)))
    yield from found or [_RawDifference(location, old, new)]


def _compare_choices(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    """Yield the difference between the choices of a field. An empty list allows all values of the kind."""
    words = ", ".join(map(str, _tuple(old))), ", ".join(map(str, _tuple(new)))
    for found in _compare_whole(location, old, new):
        yield found._replace(words=(words[0] or "all of its kind", words[1] or "all of its kind"))


def _compare_dates(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    """Yield the dates added, the dates removed, and the dates with another value."""
    assert isinstance(old, Mapping) and isinstance(new, Mapping)  # noqa: PT018, S101 -- by the types of the fields
    added, removed = ({day: one[day] for day in one if day not in other} for one, other in ((new, old), (old, new)))
    if removed:
        yield _RawDifference(location, removed, None)
    if added:
        yield _RawDifference(location, None, added)
    changed = [day for day in old if day in new and canonical(old[day]) != canonical(new[day])]
    if changed:
        is_name = any(isinstance(old[day], str) for day in changed)
        was, now = ({day: one[day] for day in changed} for one in (old, new))
        yield _RawDifference(location.aspect("names") if is_name else location, was, now)


def _compare_weeks(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    yield _RawDifference(location, old, new, words=(_week_words(_tuple(old)), _week_words(_tuple(new))))


@attrs.frozen
class _Item:
    """A named item of a list.

    Attributes:
        name: The name.
        value: The item itself.
        content: The item without its name, as a text to compare.
        where: The sources and the target of a transition that shares its name with others.
    """

    name: str
    value: object
    content: str
    where: tuple[str, ...] = ()


def _items_by(values: object, key: str) -> list[_Item]:
    return [_Item(str(getattr(each, key)), each, _content(each, key)) for each in _tuple(values)]


def _content(item: object, key: str) -> str:
    """Return an item without its name, as a text to compare."""
    kind = type(item)
    assert attrs.has(kind)  # noqa: S101 -- by the types of the definition
    fields = (field.name for field in attrs.fields(kind) if field.eq and field.name != key)
    return kind.__name__ + canonical(tuple((name, getattr(item, name)) for name in fields))


def _comparison_by_key(key: str, order: str = "order") -> _Comparison:
    """Return the comparison of lists whose items have the name *key*. *order* is the place of a change of order."""

    def compare(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
        old_items, new_items = _items_by(old, key), _items_by(new, key)
        matched = _match(old_items, new_items, lambda item: (item.name, item.content), lambda item: item.name)
        yield from _compare_by_name(location, key, old_items, new_items, matched)
        yield from _compare_positions(location.aspect(order), old_items, new_items, matched)

    return compare


def _compare_calendars(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    assert isinstance(old, Mapping) and isinstance(new, Mapping)  # noqa: PT018, S101 -- by the type of the field
    old_items, new_items = (
        [_Item(name, one[name], canonical(one[name])) for name in sorted(one)] for one in (old, new)
    )
    matched = _match(old_items, new_items, lambda item: item.name)
    yield from _compare_by_name(location, "name", old_items, new_items, matched)


def _match(old: Sequence[_Item], new: Sequence[_Item], *keys: Callable[[_Item], object]) -> dict[int, int]:
    """Match items by the first key, the remaining ones by the next, and so on; return pairs of indexes."""
    found: dict[int, int] = {}
    for key in keys:
        places: dict[object, list[int]] = {}
        taken = set(found.values())
        for index, item in enumerate(new):
            if index not in taken:
                places.setdefault(key(item), []).append(index)
        for index, item in enumerate(old):
            if index not in found and places.get(key(item)):
                found[index] = places[key(item)].pop(0)
    return dict(sorted(found.items()))


def _compare_by_name(
    location: _Location, key: str, old: Sequence[_Item], new: Sequence[_Item], matched: Mapping[int, int]
) -> Iterator[_RawDifference]:
    """Yield the differences of matched items, then renamed, removed and added items."""
    for index, other in matched.items():
        where = [each for each in old[index].where if each in new[other].where]
        yield from _compare(location.item(old[index].name, *where), old[index].value, new[other].value)
    removed, added = _unmatched(old, matched), _unmatched(new, matched.values())
    renamed = _match(removed, added, lambda item: item.content)
    for index, other in renamed.items():
        before, after = removed[index], added[other]
        words = (before.name, after.name)
        yield _RawDifference(location.item(before.name).field(key), before.value, after.value, words=words)
    for item in _unmatched(removed, renamed):
        yield _RawDifference(location.item(item.name, *item.where), item.value, None)
    for item in _unmatched(added, renamed.values()):
        yield _RawDifference(location.item(item.name, *item.where), None, item.value)


def _unmatched(items: Sequence[_Item], matched: Collection[int]) -> list[_Item]:
    """Return the unmatched items sorted by name, so that the result does not depend on the direction."""
    rest = [item for index, item in enumerate(items) if index not in matched]
    return sorted(rest, key=lambda item: (item.name, item.where))


def _compare_positions(
    location: _Location, old: Sequence[_Item], new: Sequence[_Item], matched: Mapping[int, int]
) -> Iterator[_RawDifference]:
    """Yield a difference if the matched items are in another order."""
    if list(matched.values()) != sorted(matched.values()):
        names = (
            [" ".join((item.name, *item.where)) for item in old],
            [" ".join((item.name, *item.where)) for item in new],
        )
        yield _RawDifference(location, old, new, words=(", ".join(names[0]), ", ".join(names[1])))


def _compare_transitions(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
    """Yield the differences between transitions, matched by name and by sources and target.

    The order of rows that share a name and a source matters.
    """
    old_items, new_items = _items_by(old, "name"), _items_by(new, "name")
    counts = (Counter(item.name for item in items) for items in (old_items, new_items))
    shared = sorted({name for count in counts for name in count if count[name] > 1})
    old_items, new_items = ([_with_ends(item, shared) for item in items] for items in (old_items, new_items))
    matched = _match(
        old_items,
        new_items,
        lambda item: (item.name, item.where, item.content),
        lambda item: (item.name, item.where),
        lambda item: (item.name, item.where[-1:]),
        lambda item: (item.name, item.where[:1]),
    )
    yield from _compare_by_name(location, "name", old_items, new_items, matched)
    reordered = [
        matches
        for name in shared
        if (matches := _matches_of_name(name, old_items, matched)) and _has_crossing(old_items, matches)
    ]
    for matches in reordered:
        name = old_items[next(iter(matches))].name
        yield from _compare_positions(location.item(name).aspect("precedence"), old_items, new_items, matches)
    if not reordered:
        yield from _compare_positions(location.aspect("order"), old_items, new_items, matched)


def _with_ends(item: _Item, shared: Collection[str]) -> _Item:
    row = item.value
    if item.name not in shared or not isinstance(row, Transition):
        return item
    return attrs.evolve(item, where=(f"from {', '.join(sorted(row.sources))}", f"to {row.target}"))


def _matches_of_name(name: str, rows: Sequence[_Item], matched: Mapping[int, int]) -> dict[int, int]:
    return {index: other for index, other in matched.items() if rows[index].name == name}


def _has_crossing(rows: Sequence[_Item], matched: Mapping[int, int]) -> bool:
    """Return whether two transitions with a common source have changed their order."""
    crossing = [pair for pair in combinations(matched.items(), 2) if pair[0][1] > pair[1][1]]
    return any(_has_common_source(rows[one].value, rows[other].value) for (one, _), (other, _) in crossing)


def _has_common_source(one: object, other: object) -> bool:
    return isinstance(one, Transition) and isinstance(other, Transition) and bool(one.sources & other.sources)


def _comparison_by_number(key: str) -> _Comparison:
    """Return the comparison of lists of numbered items, which are equal if their field *key* is.

    Equal items at the start and at the end are matched; the rest is matched by number.
    """

    def compare(location: _Location, old: object, new: object) -> Iterator[_RawDifference]:
        old_items, new_items = _tuple(old), _tuple(new)
        keys = [[canonical(getattr(each, key)) for each in items] for items in (old_items, new_items)]
        head = _common_length(*keys)
        tail = _common_length(*(each[head:][::-1] for each in keys))
        length = max(len(old_items), len(new_items))
        pairs = zip(_padded(old_items, tail, length), _padded(new_items, tail, length), strict=True)
        for number, (before, after) in enumerate(pairs):
            yield from _compare(location.item(str(number)), before, after)

    return compare


def _common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the common prefix."""
    return next(
        (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )


def _padded(values: tuple[object, ...], tail: int, length: int) -> tuple[object, ...]:
    """Return *values* padded to *length* with None before the last *tail* values."""
    end = len(values) - tail
    return (*values[:end], *(None for _ in range(length - len(values))), *values[end:])


_Comparison = Callable[[_Location, object, object], Iterator[_RawDifference]]

_COMPARISONS: Mapping[str, _Comparison] = {
    "workflow.states": _comparison_by_key("name"),
    "workflow.transitions": _compare_transitions,
    "workflow.transitions.*.needs": _compare_elements,
    "workflow.transitions.*.takes": _compare_elements,
    "workflow.transitions.*.follow_up_fields": _compare_elements,
    "workflow.fields": _comparison_by_key("name"),
    "workflow.fields.*.choices": _compare_choices,
    "workflow.openings": _comparison_by_key("target", "precedence"),
    "workflow.openings.*.needs": _compare_elements,
    "workflow.openings.*.takes": _compare_elements,
    "workflow.pipelines": _comparison_by_key("name"),
    "workflow.lists": _comparison_by_key("name"),
    "calendars": _compare_calendars,
    "calendars.*.week": _compare_weeks,
    "calendars.*.holidays": _compare_dates,
    "calendars.*.public_holidays.names": _compare_dates,
    "calendars.*.half_days": _compare_dates,
    "calendars.*.overrides": _compare_dates,
    "calendars.*.late_days": _compare_dates,
    "calendars.*.periods": _compare_elements,
    "calendars.*.excluded_holidays": _compare_elements,
    "calendars.*.stretches": _compare_elements,
    "automations": _comparison_by_key("id"),
    "automations.*.then": _compare_whole,
    "automations.*.rungs": _comparison_by_number("then"),
    "automations.*.rungs.*.then": _compare_whole,
    "clocks": _comparison_by_key("name"),
    "clocks.*.targets": _comparison_by_number("given"),
    "clocks.*.multipliers": _comparison_by_number("given"),
    "clocks.*.warn_at": _compare_elements,
    "snoozing.choices": _comparison_by_key("name"),
    "templates": _comparison_by_key("name"),
}
"""The comparisons of values that are not compared field by field, by place."""


def _distinct_words(before: object, after: object) -> tuple[str, str]:
    """Return two values in words, or as ``repr`` writes them if their words are equal."""
    words = _words(before), _words(after)
    return words if words[0] != words[1] else (repr(before), repr(after))


def _words(value: object) -> str:
    """Return a value of a rule set in words."""
    match value:
        case None | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case date():
            return value.isoformat()
        case timedelta():
            return time_text(value)
        case Yearly():
            return f"every {value}"
        case Period(week=week):
            return f"{value} {_week_words(week)}"
        case Shift(opens=opens, closes=closes):
            return f"{time_text(opens)}-{time_text(closes if closes <= DAY else closes - DAY)}"
        case frozenset():
            return ", ".join(sorted(map(_words, value)))
        case tuple():
            return "; ".join(map(_words, value))
        case Mapping():
            return _map_words(value)
        case _:
            return _object_words(value)


def _object_words(value: object) -> str:
    """Return the text of an object, or its fields without its name and without defaults."""
    kind = type(value)
    if not attrs.has(kind) or kind.__str__ is not object.__str__:
        return str(value)
    fields = [field for field in attrs.fields(kind) if field.eq and field.name not in _OMITTED]
    shown = [
        (field.name, getattr(value, field.name))
        for field in fields
        if not _is_default(default_of(field, value), getattr(value, field.name))
    ]
    named = (f"{name} {_week_words(held) if name == 'week' else _words(held)}" for name, held in shown)
    return "; ".join(named) or "all defaults"


_OMITTED = ("name", "id", "labels", "to_enable")


def _is_default(default: object, value: object) -> bool:
    return canonical(value) == canonical(default) or value in (None, (), frozenset(), {})


_SHOWN = 3


def _map_words(value: Mapping[object, object]) -> str:
    """Return a mapping in words: dates as their number and the first few."""
    pairs = sorted((_words(key), _words(held)) for key, held in value.items())
    if not all(isinstance(key, (date, Yearly, *WRITTEN_RULES)) for key in value):
        return ", ".join(f"{key}: {held}" for key, held in pairs)
    first = ", ".join(f"{key} ({held})" for key, held in pairs[:_SHOWN])
    count = f"{len(pairs)} date{'s' if len(pairs) > 1 else ''}"
    return f"{count}: {first}" + (", …" if len(pairs) > _SHOWN else "")


def _week_words(week: object) -> str:
    """Return weekly hours as texts write them, grouping days with equal hours."""
    days = zip(WEEKDAYS, map(_hours_words, _tuple(week)), strict=True)
    runs = [(hours, [day for day, _ in run]) for hours, run in groupby(days, key=lambda pair: pair[1]) if hours]
    return "; ".join(f"{'-'.join(dict.fromkeys((run[0], run[-1])))} {hours}" for hours, run in runs) or "closed"


def _hours_words(hours: object) -> str:
    return " ".join(map(_words, _tuple(hours)))
