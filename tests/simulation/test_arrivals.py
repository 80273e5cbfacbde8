"""Arrivals by the hour of the week, and as on the days of a log."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf, nan
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.simulation.desks import DAY, HOUR, MONDAY, OFFICE, opens, support
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.simulation import Arrivals, ResampledArrivals, SimulatedDesk, rates_by_hour

RULES = attrs.evolve(support(), automations=(), clocks=())
WEEK = timedelta(days=7)


def arrived(
    behavior: Arrivals | ResampledArrivals, weeks: int = 1, seed: int = 1, start: datetime = MONDAY
) -> list[datetime]:
    """Return the instants at which tickets arrive."""
    desk = SimulatedDesk(RULES, start, seed)
    behavior(desk)
    desk.run(start + weeks * WEEK)
    assert list(desk.tickets) == [f"T-{number}" for number in range(1, len(desk.tickets) + 1)]
    return [ticket.history.first.at for ticket in desk.tickets.values()]


def test_a_constant_rate_gives_about_that_many_at_all_hours() -> None:
    found = arrived(Arrivals(2.0))
    assert 280 < len(found) < 400, "336 on average"
    assert {at.hour for at in found} == set(range(24))


def test_nothing_arrives_while_the_calendar_is_closed() -> None:
    found = arrived(Arrivals(2.0, during=OFFICE), weeks=2)
    assert all(OFFICE.is_open(at) for at in found)
    assert 140 < len(found) < 220, "45 hours a week, 180 on average"


def test_rates_by_the_hour_of_the_day_are_those_of_the_zone() -> None:
    rates = [0.0] * 24
    rates[9] = 6.0
    found = arrived(Arrivals(rates, zone="America/Sao_Paulo"), weeks=2)
    assert {at.astimezone(ZoneInfo("America/Sao_Paulo")).hour for at in found} == {9}
    assert 60 < len(found) < 110, "84 on average"


def test_rates_by_the_hour_of_the_week_begin_on_monday() -> None:
    rates = [0.0] * 168
    rates[24 + 15] = 20.0
    found = arrived(Arrivals(rates), weeks=2)
    assert {(at.weekday(), at.hour) for at in found} == {(1, 15)}


def test_a_lower_rate_leaves_out_some_arrivals_in_proportion() -> None:
    rates = [0.5] * 12 + [1.5] * 12
    found = arrived(Arrivals(rates), weeks=3)
    share = sum(at.hour < 12 for at in found) / len(found)
    assert 0.19 < share < 0.31, "a quarter on average"


def test_the_seed_decides_the_arrivals() -> None:
    assert arrived(Arrivals(1.0)) == arrived(Arrivals(1.0, opens=opens))
    assert arrived(Arrivals(1.0)) != arrived(Arrivals(1.0), seed=2)


def test_two_streams_of_arrivals_have_ids_of_their_own() -> None:
    desk = SimulatedDesk(RULES, MONDAY)
    for name in ("mail", "mail", "chat"):
        Arrivals(1.0, name=name)(desk)
    desk.run(MONDAY + DAY)
    assert {ticket.partition("-")[0] for ticket in desk.tickets} == {"mail", "mail2", "chat"}


def test_an_opening_has_a_message_of_a_customer() -> None:
    desk = SimulatedDesk(RULES, MONDAY)
    Arrivals(1.0)(desk)
    desk.run(MONDAY + DAY)
    assert desk.tickets["T-1"].requester == "customer-of-T-1"
    assert desk.tickets["T-1"].facts["unanswered"] is True


@pytest.mark.parametrize("wrong", ["2", [1.0, 2.0], [0.0] * 24, [-1.0] * 24, True, 0, [], nan, inf, 1e-300])
def test_rates_are_one_or_24_or_168_numbers(wrong: float) -> None:
    with pytest.raises(BadValueError, match="per_hour"):
        Arrivals(wrong)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    for make in (lambda: Arrivals(1.0, zone="Tokyo"), lambda: ResampledArrivals([MONDAY], zone="Tokyo")):
        with pytest.raises(BadValueError, match="did you mean 'Asia/Tokyo'"):
            make()


LOG = [
    *(MONDAY + hours * HOUR for hours in (9, 10, 30, 170)),  # two on a Monday, one on Tuesday, one on the next Monday
    MONDAY + 12 * DAY,  # a Saturday
]


def test_each_day_is_a_day_of_the_log_with_the_same_weekday() -> None:
    """Mondays have two tickets at nine and ten, or one at two; a Tuesday has one or none."""
    days: dict[Any, list[int]] = {}
    for at in arrived(ResampledArrivals(LOG), weeks=40):
        days.setdefault(at.date(), []).append(at.hour)
    seen = {(day.weekday(), tuple(hours)) for day, hours in days.items()}
    assert seen == {(0, (9, 10)), (0, (2,)), (1, (6,)), (5, (0,))}
    mondays = [tuple(hours) for day, hours in days.items() if day.weekday() == 0]
    assert len(mondays) == 40
    assert 8 < mondays.count((2,)) < 32
    assert 8 < sum(day.weekday() == 1 for day in days) < 32
    assert 8 < sum(day.weekday() == 5 for day in days) < 32, "the log has two Saturdays, one without arrivals"


def test_a_resampled_day_begins_at_midnight_of_its_zone_and_what_is_past_is_left_out() -> None:
    zone = "America/Sao_Paulo"
    late = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo(zone))  # Tuesday in UTC
    log = [late, late - 10 * HOUR, late + 6 * DAY]
    start = datetime(2026, 12, 7, 15, tzinfo=ZoneInfo(zone))
    found = arrived(ResampledArrivals(log, zone), start=start)
    assert found[0] == datetime(2026, 12, 7, 23, 30, tzinfo=ZoneInfo(zone)), "the one of 13:30 is before the start"


def test_a_log_of_less_than_a_week_has_no_day_for_some_weekday() -> None:
    with pytest.raises(BadValueError, match=r"^the log covers less than a week; give one of at least seven days$"):
        ResampledArrivals([MONDAY, MONDAY + 5 * DAY])
    with pytest.raises(BadValueError, match=r"^the log is empty; give the instants at which tickets were opened$"):
        ResampledArrivals([])
    with pytest.raises(NaiveDatetimeError):
        ResampledArrivals([datetime(2026, 11, 23)])  # noqa: DTZ001 -- the point


def test_rates_are_counted_for_each_hour_of_the_week() -> None:
    """The log covers two of each weekday but Sunday, which it has once."""
    rates = rates_by_hour(LOG)
    found = {index: rate for index, rate in enumerate(rates) if rate}
    assert found == {9: 0.5, 10: 0.5, 2: 0.5, 24 + 6: 0.5, 5 * 24: 0.5}
    assert len(rates) == 168
    assert rates_by_hour([MONDAY])[0] == 1.0, "a weekday that the log does not cover has no arrivals"
    assert rates_by_hour(LOG, "America/Sao_Paulo")[6 * 24 + 23] == 1.0, "Monday 2:00 is Sunday 23:00 there"
