"""Laws of `diff`: it agrees with digests, names the place of each edit, and is symmetric (3.16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.edits import Path, edited
from tests.support.random_lives import SCALE
from ticketflow import BusinessCalendar, Difference, Rules, Snoozing, Target, WorkingTime, diff
from ticketflow.calendars.hours import Yearly
from ticketflow.calendars.periods import Period
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow

_OTHER_WAY = {"added": "removed", "removed": "added", "changed": "changed"}
_OFFICE = BusinessCalendar(
    "Europe/Madrid",
    "mon-fri 09:00-18:00",
    holidays={date(2026, 12, 8): "Inmaculada", Yearly(12, 25): "Navidad"},
    half_days={Yearly(12, 24): "12:00", "last business day of jun": "14:00"},
    late_days={"easter-46": "12:00"},
    periods=[Period("06-01", "08-31", "mon-fri 08:00-15:00")],
    excluded_holidays=[date(2026, 12, 8)],
    dated_until=date(2030, 12, 31),
    overrides={date(2026, 12, 5): "10:00-14:00"},
)
_PROMISED = (Target(WorkingTime(hours=8)),)


@cache
def desk(name: str) -> Rules:
    made: Mapping[str, Callable[[], Rules]] = {
        "adereso": lambda: adereso(_OFFICE, closes_out_of_hours=True, targets=_PROMISED),
        "embudo": lambda: embudo(calendar=_OFFICE),
        "enate": lambda: enate(_OFFICE, targets=_PROMISED),
        "posponer": lambda: posponer(_OFFICE, snoozing=Snoozing(business_days=True)),
        "senior": lambda: senior(_OFFICE, targets=_PROMISED),
        "servicenow": servicenow,
    }
    return made[name]()


pytestmark = pytest.mark.lives

DESKS = ("adereso", "embudo", "enate", "posponer", "senior", "servicenow")


def lies_on(path: Path, told: Path) -> bool:
    """Return True if another path contains all names of one, in order. Transitions also have their target."""
    left = iter(told)
    return all(any(name == other for other in left) for name in path)


def mirrored(differences: Iterable[Difference], *, back: bool) -> Counter[tuple[object, ...]]:
    """Return differences to count, with those of the way *back* swapped; a renamed item is at its old name."""
    found = Counter[tuple[object, ...]]()
    for each in differences:
        kind, old, new = (_OTHER_WAY[each.kind], each.new, each.old) if back else (each.kind, each.old, each.new)
        is_renamed = each.path[-1] in {"name", "id", "target"} and each.old in each.path
        path = (*each.path[:-2], old, each.path[-1]) if is_renamed else each.path
        found[kind, path, old, new, each.changes_meaning] += 1
    return found


@given(name=st.sampled_from(DESKS), seed=st.integers(0, 2**32))
@settings(max_examples=60 * SCALE)
@example(name="enate", seed=0)
def test_every_edit_is_told_where_it_is(name: str, seed: int) -> None:
    rules = desk(name)
    path, other = edited(rules, Random(seed))  # noqa: S311 -- no secret
    there, back = diff(rules, other), diff(other, rules)
    assert (there == ()) == (back == ())
    assert (rules.digest == other.digest) == all("other names for these holidays" in each.effect for each in there)
    assert not there or any(lies_on(path, each.path) for each in there), (path, there)
    assert mirrored(there, back=False) == mirrored(back, back=True)
    assert all(each.effect and "{" not in each.effect for each in there)


@given(name=st.sampled_from(DESKS), seed=st.integers(0, 2**32), edits=st.integers(2, 6))
@settings(max_examples=20 * SCALE)
def test_several_edits_are_told_too(name: str, seed: int, edits: int) -> None:
    rules, rng = desk(name), Random(seed)  # noqa: S311 -- no secret
    other = rules
    for _ in range(edits):
        _, other = edited(other, rng)
    there, back = diff(rules, other), diff(other, rules)
    assert (there == ()) == (rules.digest == other.digest)
    assert mirrored(there, back=False) == mirrored(back, back=True)
    assert there == diff(rules, other)


@given(one=st.sampled_from(DESKS), other=st.sampled_from(DESKS))
@settings(max_examples=20 * SCALE)
def test_two_desks_differ_iff_their_digests_do(one: str, other: str) -> None:
    there = diff(desk(one), desk(other))
    assert (there == ()) == (one == other)
    assert mirrored(there, back=False) == mirrored(diff(desk(other), desk(one)), back=True)
