"""Unattended paths, worked out by hand: what happens to a ticket in each state if nobody acts."""

from __future__ import annotations

from datetime import timedelta

from tests.support.faulty_lives import (
    desk,
    level_that_echoes,
    mail_every_two_hours,
    nudge_that_only_tells,
    nudge_that_reopens,
    reminder_of_what_is_over,
    there_and_back,
)
from ticketflow import Rules, commands
from ticketflow.analysis.explore.search import explore
from ticketflow.analysis.explore.unattended import UnattendedPath, paths_of, unattended_paths
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow

DAY = timedelta(days=1)


def path_of(state: str, rules: Rules) -> UnattendedPath:
    return next(path for path in unattended_paths(rules, 50) if path.state == state)


class TestByHand:
    def test_senior_waits_six_business_days(self) -> None:
        """Monday at ten and six business days is Tuesday of the week after, at ten."""
        path = path_of("waiting_for_customer", senior())
        assert [(step.after, step.rule, step.state) for step in path.steps] == [
            (2 * DAY, "close-unanswered-request", "waiting_for_customer"),
            (4 * DAY, "close-unanswered-request", "waiting_for_customer"),
            (8 * DAY, "close-unanswered-request", "closed"),
        ]
        assert path.ending == "over"
        assert list(map(str, path.steps[0].actions)) == ["send request-reminder-1 to the customer"]

    def test_senior_lets_the_customer_validate(self) -> None:
        assert str(path_of("customer_validation", senior())).splitlines() == [
            "customer_validation",
            "  1 hour: send solution-reminder-1 to the customer (close-unanswered-solution); customer_validation",
            "  2 days: send solution-reminder-2 to the customer (close-unanswered-solution); customer_validation",
            "  5 days: send solution-reminder-3 to the customer (close-unanswered-solution); customer_validation",
            "  8 days: move by close (close-unanswered-solution); closed",
            "  the ticket is closed",
        ]

    def test_states_that_only_people_leave(self) -> None:
        paths = {path.state: path for path in unattended_paths(servicenow())}
        assert str(paths["new"]) == "new\n  nothing happens until somebody acts"
        assert [type(each) for each in paths["resolved"].life] == [commands.Open, commands.Move]
        assert str(paths["closed"]).splitlines()[1:] == ["  the ticket is closed"]

    def test_a_path_that_repeats(self) -> None:
        path = path_of("waiting", nudge_that_reopens())
        assert [(step.after // DAY, step.rule, step.state) for step in path.steps] == [
            (2, "nudge", "open"),
            (3, "park", "waiting"),
        ]
        assert list(path.lines())[-1] == "  and so on, without end"

    def test_a_path_that_ends_closed(self) -> None:
        path = path_of("waiting", nudge_that_only_tells())
        assert [(step.after // DAY, step.rule, step.state) for step in path.steps] == [
            (2, "nudge", "waiting"),
            (10, "end", "closed"),
        ]

    def test_a_path_that_is_longer_than_the_list(self) -> None:
        path = path_of("waiting", mail_every_two_hours())
        assert (len(path.steps), path.steps[-1].after, path.ending) == (100, timedelta(hours=200), "goes_on")
        assert list(path.lines())[-1] == "  and more steps, which are not listed"

    def test_a_path_that_stops(self) -> None:
        path = path_of("open", reminder_of_what_is_over())
        assert list(path.lines()) == [
            "open",
            "  5 days: send how-are-things to the customer (how-are-things); open",
            "  nothing else happens until somebody acts",
        ]

    def test_halted_rules_do_nothing(self) -> None:
        assert path_of("open", there_and_back()).ending == "nothing"
        assert path_of("open", level_that_echoes()).steps == ()


class TestSearched:
    def test_states_come_in_the_order_of_the_workflow(self) -> None:
        assert [path.state for path in unattended_paths(desk())] == ["open", "waiting", "closed"]

    def test_a_small_budget_gives_the_states_it_reached(self) -> None:
        assert [path.state for path in unattended_paths(senior(), 1)] == ["new"]
        assert [path.state for path in paths_of(explore(senior(), 1))] == ["new"]
