"""Which tickets are woken again after a change of the rule set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import strategies as st

from tests.support.desk import CUSTOMER, utc
from tests.support.random_lives import law
from tests.support.small_rule_set import SUPPORT
from ticketflow import (
    After,
    AtClosing,
    AtOpening,
    Automation,
    BeforeDue,
    BusinessCalendar,
    BusinessDayBefore,
    BusinessDays,
    Calendar,
    CombinedCalendar,
    Created,
    Elapsed,
    EveryMonth,
    EveryWeek,
    FrozenMap,
    OfTarget,
    On,
    Policy,
    PublicHolidays,
    Rules,
    Started,
    State,
    Target,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    sla,
)
from ticketflow.errors import BadValueError
from ticketflow.rules.actions import SendMessage
from ticketflow.rules.triggers import Timer
from ticketflow.service import find_outdated, outdated, row_of, transact, transact_due
from ticketflow.testing import MemoryStore

WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")), (Transition("close", ("open",), "closed", may=SUPPORT),)
)
NAMES = {date(year, month, 1): "feast" for year in range(2024, 2029) for month in (1, 5)}
WAIT = Automation("wait", After(BusinessDays(20), Created()), (SendMessage("x"),))


def holidays(last: int = 2026, first: int = 2024, **names: str) -> PublicHolidays:
    known = {day: names.get("name", name) for day, name in NAMES.items() if first <= day.year <= last}
    return PublicHolidays("XX", FrozenMap(known), first, last)


def office(known: PublicHolidays | None, hours: str = "mon-fri 09:00-18:00") -> BusinessCalendar:
    return BusinessCalendar("UTC", hours, public_holidays=known)


def rules(calendar: Calendar) -> Rules:
    return Rules("desk", WORKFLOW, calendar, (WAIT,))


def both(known: PublicHolidays) -> Calendar:
    return CombinedCalendar("union", office(known), office(None, "sat 10:00-12:00"))


class TestOutdated:
    def test_none_if_only_the_names_of_holidays_differ(self) -> None:
        assert outdated(rules(office(holidays())), rules(office(holidays(name="festa")))) == "none"

    @pytest.mark.parametrize("made", [office, both])
    def test_those_with_an_unknown_instant_if_more_years_are_known(self, made: object) -> None:
        assert callable(made)
        assert outdated(rules(made(holidays())), rules(made(holidays(2027)))) == "unknown"
        assert outdated(rules(made(holidays())), rules(made(holidays(2027, name="festa")))) == "unknown"

    @pytest.mark.parametrize(
        "after",
        [
            office(PublicHolidays("XX", FrozenMap({date(2026, 1, 2): "other"}), 2024, 2027)),
            office(holidays(2025)),
            office(holidays(2027, 2025)),
            office(holidays(2027), "mon-fri 09:00-17:00"),
            office(None),
            both(holidays(2027)),
            attrs.evolve(office(holidays(2027)), beyond_known="assume_none"),
        ],
    )
    def test_all_if_something_else_differs(self, after: Calendar) -> None:
        assert outdated(rules(office(holidays())), rules(after)) == "all"

    def test_all_if_years_are_known_that_were_assumed_to_have_no_holidays(self) -> None:
        """Twenty business days from 17 December are a day more once 1 January is known to be a holiday."""
        at = utc(2026, 12, 17, 12)
        before, after = (attrs.evolve(office(holidays(last)), beyond_known="assume_none") for last in (2026, 2027))
        [write] = transact(None, commands.Open("T-1", at=at, by=CUSTOMER), rules(before)).writes
        assert (write.row.next_due, write.row.unknown_from) == (utc(2027, 1, 14, 12), None)
        [again] = transact_due(at, write.ticket, rules(after)).writes
        assert again.row.next_due == utc(2027, 1, 15, 12)
        assert outdated(rules(before), rules(after)) == "all"
        named = attrs.evolve(before, public_holidays=holidays(name="festa"))
        assert outdated(rules(before), rules(named)) == "none"

    def test_all_if_there_is_another_calendar(self) -> None:
        desk = rules(office(holidays()))
        assert outdated(desk, attrs.evolve(desk, calendars={**desk.calendars, "more": office(None)})) == "all"

    def test_all_if_a_rule_differs(self) -> None:
        desk = rules(office(holidays()))
        assert outdated(desk, attrs.evolve(desk, automations=())) == "all"

    def test_rule_sets_are_asked_for(self) -> None:
        with pytest.raises(BadValueError, match="is not a Rules"):
            outdated(rules(office(None)), None)  # type: ignore[arg-type]


TIMERS: tuple[Timer, ...] = (
    After(BusinessDays(2), Created()),
    After(BusinessDays(9, at="closing"), Created()),
    After(BusinessDays(20), Created()),
    After(WorkingTime(hours=50), Created(), every=WorkingTime(hours=20)),
    After(Elapsed(days=9), Created(), every=Elapsed(days=3)),
    After(BeforeDue(BusinessDays(2)), Started("fix")),
    After(OfTarget(50), Started("fix")),
    AtOpening(),
    AtClosing(),
    On(EveryWeek("fri", "12:00")),
    On(EveryMonth(1, "12:00")),
)
FEASTS = {date(year, month, day): "feast" for year in (2026, 2027) for month, day in ((12, 25), (1, 1), (1, 6), (1, 7))}


@st.composite
def desks(draw: st.DrawFn) -> tuple[Rules, Rules]:
    """Return a rule set before and after a release of holidays that extends and renames."""
    timers = draw(st.lists(st.sampled_from(TIMERS), min_size=1, max_size=4, unique_by=repr))
    gates = [draw(st.sampled_from(["default", None])) for _ in timers]
    rules = tuple(
        Automation(f"rule-{number}", timer, (SendMessage("x"),), gate=gate)
        for number, (timer, gate) in enumerate(zip(timers, gates, strict=True))
    )
    target = Target(WorkingTime(hours=60)) if draw(st.booleans()) else Target(BusinessDays(12))
    policy = Policy("fix", sla.resolution(), (target,))
    eve = draw(st.sampled_from([None, "12-24", BusinessDayBefore("01-01")]))

    def of(last: int, name: str) -> Rules:
        names = FrozenMap(dict.fromkeys((day for day in FEASTS if day.year <= last), name))
        calendar = office(PublicHolidays("XX", names, 2026, last))
        calendar = attrs.evolve(calendar, half_days={eve: "12:00"} if eve else {})
        return Rules("desk", WORKFLOW, calendar, rules, None, (policy,))

    return of(2026, "feast"), of(2027, "festa")


class TestReleasesOfHolidays:
    @law(20, desks(), st.integers(24 * 15, 24 * 41), unknown=0.1, known=0.2)
    def test_the_tickets_that_are_not_marked_need_no_mark(self, desk: tuple[Rules, Rules], hours: int) -> Iterator[str]:
        before, after = desk
        at = utc(2026, 11, 20) + timedelta(hours=hours)
        assert outdated(before, after) == "unknown"
        [write] = transact(None, commands.Open("T-1", at=at, by=CUSTOMER), before).writes
        if write.row.unknown_from is None:
            yield "known"
            assert row_of(write.ticket, after).next_due == write.row.next_due
        else:
            yield "unknown"


class TestFindOutdated:
    """Opened are T-1 to T-3 under the first rule set, T-4 under the second, and T-5 under one of another name."""

    FIRST = rules(office(holidays()))
    SECOND = attrs.evolve(FIRST, automations=())
    OTHER = attrs.evolve(FIRST, name="other")

    def store(self) -> MemoryStore:
        store = MemoryStore()
        for name, desk, day in (("T-1", self.FIRST, 1), ("T-2", self.FIRST, 17), ("T-3", self.FIRST, 1)):
            self.open(store, name, desk, day)
        self.open(store, "T-4", self.SECOND, 1)
        self.open(store, "T-5", self.OTHER, 1)
        return store

    def open(self, store: MemoryStore, name: str, desk: Rules, day: int) -> None:
        store.keep_rules(desk)
        store.commit(transact(None, commands.Open(name, at=utc(2026, 12, day, 12), by=CUSTOMER), desk))

    def test_nothing_is_outdated_under_its_own_rules(self) -> None:
        store = MemoryStore()
        assert find_outdated(store, self.FIRST, 9) == []
        self.open(store, "T-1", self.FIRST, 1)
        self.open(store, "T-5", self.OTHER, 1)
        assert find_outdated(store, self.FIRST, 9) == []
        renamed = rules(office(holidays(name="festa")))
        assert find_outdated(store, renamed, 9) == []

    def test_all_tickets_of_every_other_version_are_outdated(self) -> None:
        store, third = self.store(), rules(office(None))
        store.keep_rules(third)
        woken = list[str]()
        while batch := find_outdated(store, third, 2):
            assert len(batch) <= 2
            for name in batch:
                ticket = store.load(name)
                assert ticket is not None
                store.commit(transact_due(utc(2026, 12, 17, 12), ticket, third))
                woken.append(name)
        assert sorted(woken) == ["T-1", "T-2", "T-3", "T-4"]
        assert store.rules_in_use() == sorted([third.digest, self.OTHER.digest])

    def test_more_holidays_concern_the_tickets_that_wait_for_them(self) -> None:
        store = MemoryStore()
        for name, day in (("T-1", 1), ("T-2", 17)):
            self.open(store, name, self.FIRST, day)
        assert find_outdated(store, rules(office(holidays(2027))), 9) == ["T-2"]

    def test_a_rule_set_is_asked_for(self) -> None:
        with pytest.raises(BadValueError, match="is not a Rules"):
            find_outdated(MemoryStore(), None, 9)  # type: ignore[arg-type]

    def test_a_rule_set_that_is_not_kept_is_an_error(self) -> None:
        store = self.store()
        del store.database.rules[self.FIRST.digest]
        what = f"the store does not keep the rule set {self.FIRST.digest}; give it to keep_rules"
        with pytest.raises(BadValueError, match=f"^{what}$"):
            find_outdated(store, self.SECOND, 9)


def test_rows_say_from_when_holidays_are_missing() -> None:
    """Twenty business days from 17 December 2026 end in 2027, whose holidays the first release does not know."""
    at, first, later = utc(2026, 12, 17, 12), rules(office(holidays())), rules(office(holidays(2027)))
    [write] = transact(None, commands.Open("T-1", at=at, by=CUSTOMER), first).writes
    assert (write.row.next_due, write.row.unknown_from) == (None, utc(2027, 1, 1, 0))
    [again] = transact_due(at, write.ticket, later).writes
    assert (again.row.next_due, again.row.unknown_from) == (utc(2027, 1, 15, 12), None)  # 1 January is a feast
