"""Which tickets are woken again after a change of the rule set."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from tests.support.desk import CUSTOMER, utc
from tests.support.small_rule_set import SUPPORT
from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Calendar,
    CombinedCalendar,
    Created,
    FrozenMap,
    PublicHolidays,
    Rules,
    State,
    Transition,
    Workflow,
    commands,
)
from ticketflow.errors import BadValueError
from ticketflow.rules.actions import SendMessage
from ticketflow.service import outdated, transact, transact_due

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
        ],
    )
    def test_all_if_something_else_differs(self, after: Calendar) -> None:
        assert outdated(rules(office(holidays())), rules(after)) == "all"

    def test_all_if_there_is_another_calendar(self) -> None:
        desk = rules(office(holidays()))
        assert outdated(desk, attrs.evolve(desk, calendars={**desk.calendars, "more": office(None)})) == "all"

    def test_all_if_a_rule_differs(self) -> None:
        desk = rules(office(holidays()))
        assert outdated(desk, attrs.evolve(desk, automations=())) == "all"

    def test_rule_sets_are_asked_for(self) -> None:
        with pytest.raises(BadValueError, match="is not a Rules"):
            outdated(rules(office(None)), None)  # type: ignore[arg-type]


def test_rows_say_from_when_holidays_are_missing() -> None:
    """Twenty business days from 17 December 2026 end in 2027, whose holidays the first release does not know."""
    at, first, later = utc(2026, 12, 17, 12), rules(office(holidays())), rules(office(holidays(2027)))
    [write] = transact(None, commands.Open("T-1", at=at, by=CUSTOMER), first).writes
    assert (write.row.next_due, write.row.unknown_from) == (None, utc(2027, 1, 1, 0))
    [again] = transact_due(at, write.ticket, later).writes
    assert (again.row.next_due, again.row.unknown_from) == (utc(2027, 1, 15, 12), None)  # 1 January is a feast
