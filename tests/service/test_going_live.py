"""Going live with old tickets: a past is imported, and a new ladder leaves old tickets alone (3.17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, mails, utc
from tests.support.small_rule_set import small
from tests.support.strategies import SENIOR_COMMANDS
from ticketflow import (
    After,
    Automation,
    Created,
    Elapsed,
    Ladder,
    LastMessage,
    Message,
    OnMessage,
    Policy,
    Rules,
    Rung,
    Target,
    Ticket,
    Workflow,
    advance,
    commands,
    evaluate,
    handle,
    next_due,
    simulate,
    sla,
)
from ticketflow.calendars.spans import OfTarget
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.rules.implied import is_reserved
from ticketflow.service import ImportedHistory, import_history
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByRule, TargetBreached, TargetWarned
from ticketflow.workflow.conditions import ALWAYS

NEW_YEAR = utc(2027, 1, 1)
MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
NOON = utc(2026, 11, 23, 12)  # a Monday
LADDER = Ladder(
    "nudge",
    LastMessage("agent"),
    ALWAYS,
    (Rung(Elapsed(days=2), SendMessage("nudge")), Rung(Elapsed(days=4), Move("archive"))),
)


def opened(at: datetime = NOON, ticket: str = "T-1") -> commands.Open:
    return commands.Open(ticket, message=Message("m0"), at=at, by=CUSTOMER)


def write(at: datetime, name: str = "m1") -> commands.AddMessage:
    return commands.AddMessage(Message(name), at=at, by=ANA)


class TestANewLadder:
    def test_none_of_five_thousand_old_tickets_is_reminded_about_last_year(self) -> None:
        """Ticket n was opened n hours into 2026 and answered an hour later; nobody has written since."""
        old, new = small(), small(attrs.evolve(LADDER, in_force_from=NEW_YEAR))
        reminded = list[datetime | None]()
        for number in range(5_000):
            at = utc(2026, 1, 1) + number * HOUR
            ticket = handle(None, opened(at, f"T-{number}"), old).unwrap().ticket
            ticket = handle(ticket, write(at + HOUR), old).unwrap().ticket
            assert not evaluate(NEW_YEAR + DAY, ticket, new)
            reminded.append(next_due(ticket, new))
        assert set(reminded) == {None}

    def test_an_old_ticket_is_reminded_again_once_the_support_writes(self) -> None:
        new = small(attrs.evolve(LADDER, in_force_from=NEW_YEAR))
        ticket = simulate([opened(), write(NOON + HOUR), write(NEW_YEAR, "m2")], small(), NEW_YEAR).ticket
        assert ticket is not None
        after = advance(NEW_YEAR + 9 * DAY, ticket, new)
        assert mails(after) == [(NEW_YEAR + 2 * DAY, "nudge")]
        assert (after.state, after.changed_at) == ("closed", NEW_YEAR + 4 * DAY)


ANSWER = Policy("answer", sla.first_response(), (Target(Elapsed(hours=8)),), warn_at=(), calendar=None)
SENIOR = attrs.evolve(senior(), clocks=(ANSWER,))


def pasts(count: int) -> Iterator[list[Command]]:
    """Yield the pasts of Senior tickets of November, made of random commands."""
    random = Random(20261123)  # noqa: S311 -- no secrets are drawn
    for number in range(count):
        at = utc(2026, 11, 2, 12) + random.randrange(14 * 24) * HOUR
        past: list[Command] = [
            commands.Open(f"T-{number}", {"nature": "incident"}, Message("m0"), at=at, by=CUSTOMER),
            commands.Assign("ana", at=at, by=ANA),
        ]
        for place in range(1, random.randrange(2, 9)):
            at += random.choice((HOUR, 3 * HOUR, 9 * HOUR, DAY, 2 * DAY, 4 * DAY)) + 7 * MICRO
            past.append(SENIOR_COMMANDS[random.choice(("ask", "inform", "answer", "write", "hand over"))](at, place))
        yield past


def first_answer(past: list[Command], found: ImportedHistory) -> datetime | None:
    """Return when the support first wrote publicly, of the commands that were accepted."""
    refused = {each.index for each in found.refused}
    said = [each for index, each in enumerate(past) if index and index not in refused and each.by == ANA]
    return next((each.at for each in said if isinstance(each, commands.AddMessage | commands.Move)), None)


class TestASyntheticLog:
    def test_an_import_requests_no_mail_and_records_the_breaches(self) -> None:
        """300 tickets, for which the preset would request hundreds of mails and closings if it were in force.

        Each first answer was due after eight hours. What was later, or never, is recorded a microsecond after that.
        """
        going_live = utc(2026, 12, 15)
        would_be = requested = breaches = 0
        rules = attrs.evolve(SENIOR, in_force_from=going_live)
        for past in pasts(300):
            found = import_history(past, rules, going_live)
            assert found.rules is rules
            assert found.ticket is not None
            due_at = past[0].at + 8 * HOUR
            answer = first_answer(past, found)
            expected = [] if answer is not None and answer <= due_at else [due_at + MICRO]
            assert breaches_of(found.ticket) == expected
            by_written = [entry for entry in found.ticket.history if not is_reserved(rule_of(entry.cause))]
            assert not by_written
            requested += len(mails(found.ticket))
            breaches += len(expected)
            plain = simulate(past, SENIOR, going_live).ticket
            assert plain is not None
            would_be += len(mails(plain))
        assert requested == 0
        assert breaches > 50
        assert would_be > 200

    def test_it_goes_on_with_the_rules_of_the_answer(self) -> None:
        """Asked on Friday 11 December. The reminders come after two and four days, on Sunday and Tuesday."""
        asked = utc(2026, 12, 11, 15)
        past: list[Command] = [
            commands.Open("T-1", {"nature": "incident"}, Message("m0"), at=asked - HOUR, by=CUSTOMER),
            commands.Move("ask_for_information", Message("m1"), at=asked, by=ANA),
        ]
        found = import_history(past, senior(), utc(2026, 12, 14))
        assert found.ticket is not None
        assert mails(found.ticket) == []
        (first, *_) = mails(advance(utc(2026, 12, 20), found.ticket, found.rules))
        assert first == (utc(2026, 12, 15, 15), "request-reminder-2")


def rule_of(cause: object) -> str:
    """Return the id of the rule that made an entry; that of a reserved rule for a command."""
    return cause.key.rule if isinstance(cause, ByRule) else "sla."


def breaches_of(ticket: Ticket) -> list[datetime]:
    return [entry.at for entry in ticket.history for event in entry.events if isinstance(event, TargetBreached)]


class TestWrittenRules:
    def test_reactions_and_derived_moves_wait_for_the_instant(self) -> None:
        """The rules thank, and archive each ticket after a day. Only the message of the new year is thanked for."""
        rules = small(
            Automation("thanks", OnMessage("customer"), (SendMessage("thanks"),)),
            Automation("old", After(Elapsed(days=1), Created()), (Move("archive"),)),
        )
        late = commands.AddMessage(Message("m2"), at=NEW_YEAR, by=CUSTOMER)
        found = import_history([opened(), late], rules, NEW_YEAR)
        assert found.ticket is not None
        assert found.ticket.state == "open"
        assert mails(found.ticket) == [(NEW_YEAR, "thanks")]
        assert found.refused == ()

    def test_what_is_due_before_going_live_is_carried_out(self) -> None:
        """A warning after four hours and a breach after eight, both long after the only command."""
        policy = attrs.evolve(ANSWER, warn_at=(OfTarget(50),))
        found = import_history([opened()], attrs.evolve(small(), clocks=(policy,)), NEW_YEAR)
        assert found.ticket is not None
        recorded = [(entry.at, type(event)) for entry in found.ticket.history for event in entry.events][2:]
        assert recorded == [(NOON + 4 * HOUR, TargetWarned), (NOON + 8 * HOUR + MICRO, TargetBreached)]
        early = import_history([opened()], attrs.evolve(small(), clocks=(policy,)), NOON + 4 * HOUR)
        assert early.ticket is not None
        assert early.ticket.version == 1, "what is due when the rules come into force is due afterwards"

    def test_more_than_one_call_carries_out_is_no_obstacle(self) -> None:
        policy = attrs.evolve(ANSWER, warn_at=(OfTarget(50),))
        rules = attrs.evolve(small(), clocks=(policy,), occurrences_per_call=1)
        found = import_history([opened(), write(NOON + DAY)], rules, NEW_YEAR)
        assert found.refused == ()
        assert found.ticket is not None
        assert found.ticket.version == 4

    @pytest.mark.parametrize(("named", "kept"), [(None, NEW_YEAR), (NOON, NEW_YEAR), (NEW_YEAR + DAY, NEW_YEAR + DAY)])
    def test_the_rules_are_in_force_from_then_on_or_later(self, named: datetime | None, kept: datetime) -> None:
        rules = small(LADDER, in_force_from=named)
        assert import_history([], rules, NEW_YEAR).rules == attrs.evolve(rules, in_force_from=kept)


class TestRefusals:
    def test_refused_commands_have_their_place(self) -> None:
        lacks = commands.Move("finish", at=NOON + HOUR, by=ANA)
        found = import_history([opened(), lacks, write(NOON + DAY), opened(NOON + DAY)], small(), NEW_YEAR)
        assert [(each.index, each.command.at) for each in found.refused] == [(1, NOON + HOUR), (3, NOON + DAY)]
        assert [reason.kind for reason in found.refused[0].reasons] == ["missing_fields"]
        assert str(found.refused[0]) == f"commands[1]: {found.refused[0].reasons[0]}"
        assert found.ticket is not None
        assert found.ticket.version == 2

    def test_without_an_opening_there_is_no_ticket(self) -> None:
        found = import_history([write(NOON)], small(), NEW_YEAR)
        assert (found.ticket, found.created) == (None, ())
        assert [each.index for each in found.refused] == [0]

    def test_a_late_command_takes_effect_later_than_it_says(self) -> None:
        late: list[Command] = [opened(), write(NOON + DAY), write(NOON + HOUR, "m2")]
        found = import_history(late, small(), NEW_YEAR)
        assert found.refused == ()
        assert found.ticket is not None
        last = found.ticket.history.last
        assert (last.at, last.occurred_at) == (NOON + DAY, NOON + HOUR)

    def test_a_command_out_of_order_is_refused_if_strict(self) -> None:
        """The fourth command is after the third, but before the second: it would be moved, too."""
        late = (write(NOON + HOUR, "m2"), write(NOON + 2 * HOUR, "m3"))
        past: list[Command] = [opened(), write(NOON + DAY), *late, write(NOON + DAY, "m4")]
        found = import_history(past, small(), NEW_YEAR, strict=True)
        assert [each.index for each in found.refused] == [2, 3]
        assert str(found.refused[0]) == (
            "commands[2]: the command is at 2026-11-23T13:00:00+00:00, and one in front of it at "
            "2026-11-24T12:00:00+00:00; give the commands in the order of their instants"
        )
        assert found.refused[0].reasons[0].kind == "bad_value"
        assert found.ticket is not None
        assert [entry.occurred_at for entry in found.ticket.history] == [None] * 3

    def test_a_refused_command_counts_for_the_order(self) -> None:
        refused = commands.Move("no_such", at=NOON + DAY, by=ANA)
        found = import_history([opened(), refused, write(NOON + HOUR)], small(), NEW_YEAR, strict=True)
        assert [each.index for each in found.refused] == [1, 2]

    def test_a_follow_up_is_among_the_created_tickets(self) -> None:
        rules = senior()
        past: list[Command] = [
            commands.Open("T-1", {"nature": "incident"}, Message("m0"), at=NOON, by=CUSTOMER),
            commands.Move("record_close_request", at=NOON, by=ANA),
        ]
        closing = attrs.evolve(rules, workflow=_with_hand_made_closings(rules))
        past += [
            commands.Move("close", at=NOON + HOUR, by=BOSS),
            commands.FollowUp("T-2", message=Message("m1"), at=NOON + DAY, by=CUSTOMER),
        ]
        found = import_history(past, closing, NEW_YEAR)
        assert found.refused == ()
        assert [each.id for each in found.created] == ["T-2"]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"going_live": "2027"}, "going_live is '2027', not a datetime; give an aware datetime"),
            ({"rules": 5}, "rules 5 is not a Rules; give a Rules"),
            ({"commands": 5}, "commands is 5; give an iterable of"),
            ({"commands": [5]}, r"commands\[0\]"),
            ({"strict": "yes"}, "strict"),
        ],
    )
    def test_wrong_types_are_refused_by_name(self, given: dict[str, Any], message: str) -> None:
        arguments = {"commands": [], "rules": small(), "going_live": NEW_YEAR, **given}
        with pytest.raises(BadValueError, match=message):
            import_history(**arguments)

    def test_a_naive_instant_is_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="going_live"):
            import_history([], small(), NEW_YEAR.replace(tzinfo=None))


def _with_hand_made_closings(rules: Rules) -> Workflow:
    rows = rules.workflow.transitions
    by_hand = tuple(attrs.evolve(row, may={"administrator"}) if row.name == "close" else row for row in rows)
    return attrs.evolve(rules.workflow, transitions=by_hand)
