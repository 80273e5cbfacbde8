"""Findings by search: planted faults, their corrected twins, the presets, and witnesses that the engine reproduces."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from tests.support.desk import utc
from tests.support.faulty_lives import (
    OPEN,
    PLANTED_LIVES,
    desk,
    expert_too_late,
    mail_every_two_hours,
    nudge_that_reopens,
    there_and_back,
    won_and_lost_in_time,
)
from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    CalendarSpan,
    Elapsed,
    Entered,
    OnMessage,
    Rules,
    Ticket,
    advance,
    evaluate,
    handle,
    next_due,
)
from ticketflow.analysis.explore.findings import findings_of, searched_findings
from ticketflow.analysis.explore.search import Exploration, explore, start_instant
from ticketflow.analysis.findings import Finding
from ticketflow.calendars.business import PublicHolidays
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.rules.actions import SendMessage, SetField
from ticketflow.service.simulation import simulate


def codes(findings: list[Finding]) -> set[str]:
    return {each.code for each in findings}


@pytest.mark.parametrize("name", PLANTED_LIVES)
class TestPlanted:
    def test_a_planted_fault_is_found_and_shown(self, name: str) -> None:
        fault, _, code = PLANTED_LIVES[name]
        rules = fault()
        found = list(searched_findings(rules))
        assert code in codes(found)
        for each in found:
            assert each.witness or each.searched
            assert each.witness is None or each.witness.replays(rules)

    def test_the_corrected_twin_is_clean(self, name: str) -> None:
        _, twin, _ = PLANTED_LIVES[name]
        assert [str(each) for each in searched_findings(twin()) if each.severity != "info"] == []


class TestWitnesses:
    def test_the_witness_of_a_loop_repeats_it_three_times(self) -> None:
        found = next(searched_findings(nudge_that_reopens()))
        assert found.witness
        assert found.witness.steps == ("park", "nudge") * 3
        assert (found.severity, found.place) == ("error", "automations nudge, park")

    def test_a_loop_at_one_instant_ends_at_a_bound(self) -> None:
        (found,) = (each for each in searched_findings(there_and_back()) if each.code == "feeds_itself")
        assert found.witness
        assert (len(found.witness.commands), found.witness.steps) == (1, ("halted",))

    def test_two_outcomes_are_one_finding(self) -> None:
        found = list(searched_findings(won_and_lost_in_time()))
        assert [(each.code, each.path[1:]) for each in found] == [
            ("opposite_outcomes", ("lose", "win")),
            ("never_fires", ("win",)),
        ]
        assert found[0].what.endswith("'lose' does")  # its name comes first

    def test_only_the_two_rules_whose_order_matters_are_reported(self) -> None:
        moments = After(Elapsed(days=1), Entered())
        for names in ("abc", "bac", "acb"):
            high, won, low = (
                Automation(name, moments, (SetField(*what),), given=OPEN)
                for name, what in zip(names, (("level", "high"), ("outcome", "won"), ("level", "low")), strict=True)
            )
            (found,) = searched_findings(desk(high, won, low))
            assert (found.code, set(found.path[1:])) == ("order_sensitive", {names[0], names[2]})

    def test_a_third_rule_is_not_blamed_for_the_order_of_two(self) -> None:
        moments = After(Elapsed(days=1), Entered())
        levels = ("high", "low", "high")
        rules = (
            Automation(name, moments, (SetField("level", level),), given=OPEN)
            for name, level in zip("abc", levels, strict=True)
        )
        told = [each.path[1:] for each in searched_findings(desk(*rules)) if each.code == "order_sensitive"]
        assert told == [("b", "c")]  # a comes first, whatever it does; b before c is another ticket

    def test_the_witness_of_a_storm_ends_with_the_first_excess_message(self) -> None:
        (found,) = searched_findings(mail_every_two_hours())
        assert found.witness
        assert found.witness.steps.count("still-there") == 101
        assert found.what == "'still-there' sends 101 messages in 8 days, 10:00:00 while nobody acts"

    def test_findings_of_absence_name_the_searched_space(self) -> None:
        found = [each for each in searched_findings(expert_too_late()) if each.code == "unreachable_state"]
        assert [each.path[-1] for each in found] == ["expert", "board"]
        assert found[0].searched
        assert found[0].searched.startswith("closed: all ")

    def test_an_unfinished_search_has_no_findings_of_absence(self) -> None:
        assert list(searched_findings(expert_too_late(), 3)) == []


PRESETS: dict[str, tuple[Rules, set[tuple[str, str]]]] = {
    "adereso": (adereso(), set()),
    "adereso in progress": (adereso(in_progress=True, closes_out_of_hours=True), set()),
    "posponer": (posponer(), set()),
    "embudo": (embudo(), set()),
    # a customer who writes after asking to close ends the ladder, and no rule takes the ticket up
    "senior": (senior(), {("rots", "customer_asked_to_close")}),
    "enate": (enate(), set()),
    "enate with a window": (
        enate(close_unanswered_after=CalendarSpan(days=5), feedback_window=Elapsed(days=3)),
        set(),
    ),
    # the log tells of no rule that takes up what is awaited
    "servicenow": (
        servicenow(),
        {("rots", f"awaiting_{what}") for what in ("user_info", "vendor", "problem", "evidence")},
    ),
}


LARGE = {"adereso in progress", "senior", "enate", "enate with a window"}


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.lives] if name in LARGE else []) for name in PRESETS]
)
def searched(request: pytest.FixtureRequest) -> tuple[str, Exploration]:
    name: str = request.param
    return name, explore(PRESETS[name][0])


class TestPresets:
    def test_a_preset_is_searched_completely_with_the_expected_findings(
        self, searched: tuple[str, Exploration]
    ) -> None:
        name, found = searched
        assert found.is_closed
        told = [(each.code, each.path[-1]) for each in findings_of(found)]
        assert len(told) == len(set(told))
        assert set(told) == PRESETS[name][1]

    def test_the_engine_reproduces_each_path(self, searched: tuple[str, Exploration]) -> None:
        _, found = searched
        for node in found.nodes[::5]:
            at = node.ticket.changed_at
            lived = simulate(found.path_to(node.number), found.rules, at)
            assert lived.ticket
            assert not lived.refusals
            assert tuple(lived.ticket.history)[: node.ticket.version] == tuple(node.ticket.history)


def future(ticket: Ticket, rules: Rules) -> list[tuple[int, str, str]]:
    """Return what becomes of a ticket next if nobody acts, a dozen times, in seconds from its last entry on."""
    found, after, second = list[tuple[int, str, str]](), ticket, timedelta(seconds=1)
    while len(found) < 12 and (due := next_due(after, rules)):
        left = (due - ticket.changed_at + second / 2) // second
        found += [(left, each.rule, f"{each.actions}") for each in evaluate(due, after, rules)]
        after = advance(due, after, rules)
    return found


ELAPSED = [name for name in PLANTED_LIVES if name != "a week that swings"]  # no calendar decides anything in these


class TestStateKeys:
    @pytest.mark.parametrize("name", ELAPSED)
    @pytest.mark.parametrize("which", [0, 1])
    def test_tickets_with_equal_keys_have_the_same_future(self, name: str, which: int) -> None:
        rules = PLANTED_LIVES[name][:2][which]()
        found = explore(rules, 30)
        for step in found.steps[::2]:
            before, like = found.ticket_before(step), found.nodes[step.target].ticket
            if step.command:
                ticket = handle(before, step.command, rules).unwrap().ticket
            else:
                assert before
                ticket = advance(step.at, before, rules)
            assert ticket.state == like.state
            assert future(ticket, rules) == future(like, rules)

    def test_a_search_is_deterministic(self) -> None:
        once, again = explore(nudge_that_reopens()), explore(nudge_that_reopens())
        assert (once.nodes, once.steps) == (again.nodes, again.steps)


class TestBudget:
    def test_a_search_stops_at_its_budget(self) -> None:
        found = explore(senior(), 30)
        assert (len(found.nodes), found.is_closed) == (30, False)
        assert found.searched.startswith("not closed: 30 configurations of tickets opened at 2026-05-11T13:00")

    @pytest.mark.parametrize("budget", [0, -1, True, 2.0])
    def test_a_budget_is_a_number_of_configurations(self, budget: int) -> None:
        with pytest.raises(BadValueError, match="budget"):
            explore(desk(), budget)


def known(first: int, last: int) -> Rules:
    """Return a desk whose public holidays are known for these years."""
    calendar = BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("XX", FrozenMap(), first, last))
    return Rules("known", desk().workflow, calendar, ())


def test_hours_that_last_until_the_last_instant_are_searched() -> None:
    """The preset with a start date has a calendar that opens then and closes with the year 9999."""
    found = explore(stale(start=utc(2026, 1, 1)), budget=80)
    assert max(node.ticket.changed_at for node in found.nodes).year == 9999


class TestStart:
    @pytest.mark.parametrize(
        ("years", "start"),
        [
            ((2000, 2040), utc(2026, 5, 11, 10)),
            ((2027, 2040), utc(2027, 1, 11, 10)),
            ((2000, 2026), utc(2000, 1, 10, 10)),
        ],
    )
    def test_tickets_open_on_a_monday_with_known_holidays(self, years: tuple[int, int], start: datetime) -> None:
        assert start_instant(known(*years)) == start

    @pytest.mark.parametrize(
        ("in_force_from", "start"),
        [
            (utc(2026, 5, 11, 10), utc(2026, 5, 11, 10)),
            (utc(2026, 5, 11, 10, 0, 0, 1), utc(2026, 5, 18, 10)),
            (utc(2027, 1, 6), utc(2027, 1, 11, 10)),
        ],
    )
    def test_all_rules_are_in_force(self, in_force_from: datetime, start: datetime) -> None:
        rules = known(2000, 2040).adding(Automation("x", OnMessage("customer"), (SendMessage("x"),)))
        assert start_instant(attrs.evolve(rules, in_force_from=in_force_from)) == start

    def test_rules_that_come_into_force_beyond_the_known_holidays_are_searched_as_in_force(self) -> None:
        rules = attrs.evolve(desk(), in_force_from=utc(9999, 12, 1))
        found = explore(rules)
        assert (found.rules, found.start) == (desk(), utc(2026, 5, 11, 10))

    def test_the_zone_is_that_of_the_default_or_first_calendar(self) -> None:
        lima, tokyo = (BusinessCalendar(zone, "mon-fri 09:00-18:00") for zone in ("America/Lima", "Asia/Tokyo"))
        workflow = desk().workflow
        assert start_instant(Rules("two", workflow, {"b": lima, "a": tokyo})) == utc(2026, 5, 11, 1)
        assert start_instant(Rules("two", workflow, {"default": lima, "a": tokyo})) == utc(2026, 5, 11, 15)
