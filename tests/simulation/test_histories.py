"""Histories under other rules, by hand. A ticket that waits is reminded after two days and closed after five."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, support
from ticketflow import Message, commands
from ticketflow.errors import BadValueError
from ticketflow.simulation import Replay, replay_under
from ticketflow.tickets.commands import Command

UNTIL = MONDAY + 20 * DAY
RULES = {"five": support(), "three": support(days=3), "slow": support(hours=20)}


def opened(ticket: str, hours: float = 9) -> commands.Open:
    return commands.Open(ticket, message=Message("m0"), at=MONDAY + hours * HOUR, by=BRUNO)


def move(transition: str, hours: float) -> commands.Move:
    return commands.Move(transition, Message(f"m{hours}"), at=MONDAY + hours * HOUR, by=ANA)


def answer(hours: float) -> commands.AddMessage:
    return commands.AddMessage(Message(f"a{hours}"), at=MONDAY + hours * HOUR, by=BRUNO)


SILENT = (opened("T-1"), move("ask", 10))
LATE = (opened("T-2"), move("ask", 10), answer(10 + 4 * 24), move("solve", 10 + 4 * 24 + 1))
QUICK = (opened("T-3"), move("solve", 10))


def replayed(*histories: tuple[Command, ...]) -> Replay:
    return replay_under(RULES, histories, UNTIL)


def names(found: Replay, scenario: str) -> dict[str, list[str]]:
    difference = found.difference(scenario)
    kinds = ("closed", "reminded", "breached", "refused")
    return {kind: [each.ticket for each in getattr(difference, kind)] for kind in kinds}


def test_an_earlier_closing_meets_answers_that_came_later() -> None:
    """The customer of T-2 answered after four days. Under the other rules the ticket had closed after three."""
    found = replayed(SILENT, LATE, QUICK)
    assert names(found, "three") == {
        "closed": ["T-1", "T-2"],
        "reminded": [],
        "breached": [],
        "refused": ["T-2"],
    }
    silent, late = found.difference("three").closed
    assert (silent.before.closed_at, silent.after.closed_at) == (
        MONDAY + 10 * HOUR + 5 * DAY,
        MONDAY + 10 * HOUR + 3 * DAY,
    )
    assert (late.before.closed_by, late.after.closed_by) == ("done", "no-answer")
    assert late.after.refused == ("closed_for_good", "no_such_transition")
    assert str(found.difference("three")) == (
        "three - five: closed otherwise 2, reminded otherwise 0, breached otherwise 0, refused otherwise 1"
    )


def test_a_longer_target_is_missed_less_often() -> None:
    """T-4 is solved after 10 working hours: two more than the target of today, ten fewer than the other one."""
    slow = (opened("T-4"), move("solve", 24 + 10))
    assert names(replayed(QUICK, slow), "slow")["breached"] == ["T-4"]


def test_rules_that_remind_earlier_remind_otherwise() -> None:
    """An answer after two and a half days: both remind after two. One that closes after a day does not remind."""
    found = replay_under({"one": support(days=1), "five": support()}, [(*SILENT, answer(10 + 60))], UNTIL)
    (changed,) = found.difference("five").reminded
    assert (changed.before.reminders, changed.after.reminders) == ((), (MONDAY + 10 * HOUR + 2 * DAY,))


def test_any_two_rule_sets_can_be_compared() -> None:
    found = replayed(SILENT)
    assert found.difference("five", "three").closed[0].before == found.difference("three").closed[0].after
    assert found.measures("three").closed_by_rule == 1
    assert replayed(LATE).measures("three").refused == 2


def test_what_comes_after_the_end_is_left_out() -> None:
    early = replay_under(RULES, [LATE, (opened("T-9", 500),)], MONDAY + 2 * DAY)
    assert [each.ticket for each in early.outcomes["five"]] == ["T-2"]
    assert early.outcomes["five"][0].is_open


def test_a_ticket_that_cannot_be_opened_is_listed() -> None:
    """No opening leads into the state *solved*."""
    history = (commands.Open("T-5", state="solved", at=MONDAY, by=BRUNO), answer(1))
    found = replay_under({"today": support()}, [history, QUICK], UNTIL)
    assert found.unopened == {"today": ("T-5",)}
    assert [each.ticket for each in found.outcomes["today"]] == ["T-3"]


def test_tickets_that_only_one_rule_set_opens_are_not_compared() -> None:
    found = replayed(SILENT)
    partial = Replay(found.outcomes.set("three", ()), found.unopened)
    assert partial.difference("three").closed == ()
    assert partial.difference("five", "three").closed == ()


def test_progress_is_told_for_each_ticket() -> None:
    told: list[tuple[int, int]] = []
    replay_under(RULES, [SILENT, QUICK], UNTIL, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replay_under({}, [], UNTIL), r"^rules is {}; give a mapping from names to rule sets$"),
        (lambda: replay_under([support()], [], UNTIL), "give a mapping from names to rule sets$"),  # type: ignore[arg-type]
        (lambda: replay_under({"x": 3}, [], UNTIL), "^rules..x.. is 3; give "),  # type: ignore[dict-item]
        (
            lambda: replay_under(RULES, [QUICK[1:]], UNTIL),
            r"^histories\[0\] does not begin with an opening; give commands.Open first$",
        ),
        (lambda: replay_under(RULES, [()], UNTIL), "does not begin with an opening"),
        (lambda: replay_under(RULES, [("open",)], UNTIL), r"^histories\[0\]\[0\] is 'open'"),  # type: ignore[list-item]
        (lambda: replayed(SILENT).measures("four"), "^rule set 'four' does not exist; there are: five, three, slow$"),
        (lambda: replayed(SILENT).difference("four"), "^rule set 'four' does not exist"),
    ],
)
def test_a_replay_needs_rules_and_histories(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        make()
