"""Combinations of calendars that repeat inside themselves: equal parts are worked on once."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import attrs
import pytest

from tests.support.calls import count_calls
from ticketflow import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar, difference, intersection, union
from ticketflow.conformance import calendar_cases
from ticketflow.errors import DefinitionError
from ticketflow.presets.servicenow import servicenow
from ticketflow.rules.digest import canonical

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEEPEST = 24


def repeated(levels: int) -> Calendar:
    """Return a calendar that combines each level with itself or with a part of itself."""
    calendar: Calendar = BusinessCalendar("UTC", "mon-fri 09:00-17:00")
    late = BusinessCalendar("UTC", "mon-fri 10:00-18:00")
    for level in range(levels):
        calendar = union(calendar, calendar) if level % 2 else union(intersection(calendar, late), calendar)
    return calendar


QUERIES: dict[str, Callable[[Calendar], object]] = {
    "open": lambda calendar: calendar.is_open(NOON),
    "between": lambda calendar: calendar.between(NOON, NOON + timedelta(days=9)),
    "next_close": lambda calendar: calendar.next_close(NOON),
    "add": lambda calendar: calendar.add_business_days(NOON, 3),
    "business_day": lambda calendar: calendar.has_open_time_on(NOON.date()),
    "trace": lambda calendar: calendar.trace(NOON, NOON + timedelta(days=2)),
    "equality": lambda calendar: calendar == repeated(12),
    "hash": hash,
    "digest": canonical,
}


@pytest.mark.parametrize("name", QUERIES)
def test_twice_the_levels_cost_at_most_two_and_a_half_times_the_steps(name: str) -> None:
    small, large = count_calls(lambda: QUERIES[name](repeated(8))), count_calls(lambda: QUERIES[name](repeated(16)))
    assert large <= 2.5 * small


def test_a_repeated_calendar_answers_like_its_base() -> None:
    base, deep = BusinessCalendar("UTC", "mon-fri 09:00-17:00"), repeated(DEEPEST // 2)
    until = NOON + timedelta(days=30)
    assert list(deep.open_intervals(NOON, until)) == list(base.open_intervals(NOON, until))
    assert deep.add_business_days(NOON, 5) == base.add_business_days(NOON, 5)
    assert [(each.start, each.end, each.counted) for each in deep.trace(NOON, until)] == [
        (each.start, each.end, each.counted) for each in base.trace(NOON, until)
    ]


def test_equal_parts_are_one_object() -> None:
    one, other = repeated(4), repeated(4)
    assert isinstance(one, CombinedCalendar)
    assert isinstance(other, CombinedCalendar)
    assert one == other
    assert one.left is other.left
    assert one != one.left
    assert one != difference(one.left, one.right)


def test_threads_that_combine_equal_calendars_share_their_parts() -> None:
    start = Barrier(8)

    def combined(_: int) -> list[Calendar]:
        start.wait()
        return [repeated(levels) for levels in range(1, 9)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(combined, range(8)))
    for equal in zip(*found, strict=True):
        assert len(set(equal)) == 1
        assert len({id(each.left) for each in equal if isinstance(each, CombinedCalendar)}) == 1


def test_parts_that_nothing_uses_are_forgotten() -> None:
    base = BusinessCalendar("UTC", "sat 03:00-04:00")
    part = weakref.ref(base)
    union(base, base)
    del base
    gc.collect()
    assert part() is None


def test_the_text_of_a_large_combination_is_a_hash() -> None:
    texts = [canonical(repeated(levels)) for levels in (2, 12, 14)]
    assert len(texts[0]) > 100
    assert all(len(text) < 30_000 for text in texts)
    assert len(set(texts)) == len(texts)


def test_calendars_of_rules_may_be_nested_24_deep() -> None:
    rules, base = servicenow(), repeated(0)
    calendar = base
    for _ in range(DEEPEST):
        calendar = union(calendar, base)
    assert attrs.evolve(rules, calendars={**rules.calendars, "deep": calendar}).digest
    with pytest.raises(DefinitionError, match="nested more than 24 levels deep"):
        attrs.evolve(rules, calendars={**rules.calendars, "deep": union(calendar, base)})


def test_a_combination_too_large_to_be_written_is_refused_in_time() -> None:
    """A document would have 2 to the 24th copies of the calendar."""
    rules, calendar = servicenow(), repeated(0)
    for _ in range(DEEPEST):
        calendar = union(calendar, calendar)
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(rules, calendars={**rules.calendars, "deep": calendar})
    assert {problem.code for problem in caught.value.problems} == {"too_large"}


def test_a_conformance_file_names_its_calendars_level_by_level() -> None:
    def answered(levels: int) -> None:
        named: dict[str, object] = {"0": {"tz": "Etc/UTC", "hours": {"mon": [["09:00", "17:00"]]}}}
        named |= {str(level): {"union": [str(level - 1), str(level - 1)]} for level in range(1, levels + 1)}
        args = {"at": "2026-11-23T12:00:00Z"}
        case = {"id": "deep", "calendar": str(levels), "op": "is_open", "args": args, "expect": True}
        assert calendar_cases.failure(case, named) is None

    answered(1)
    assert count_calls(lambda: answered(16)) <= 2.5 * count_calls(lambda: answered(8))
