"""Plans from elsewhere: what a plan cannot say, and whether certain rules would have made it."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, utc
from tests.support.small_rule_set import small
from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    Elapsed,
    Plan,
    PublicHolidays,
    Rules,
    Ticket,
    WorkingTime,
    apply,
    commands,
    documents,
    evaluate,
    handle,
    verify,
)
from ticketflow.engine.decisions import Accepted
from ticketflow.errors import BadValueError, DocumentError, HistoryError, TicketflowError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.tickets.anchors import Entered
from ticketflow.tickets.events import ByCommand, ByRule, Key, Opened, StateChanged

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
RULES = small(
    Automation("first", After(Elapsed(hours=1), Entered()), (SendMessage("first"),)),
    Automation("second", After(Elapsed(hours=2), Entered()), (Move("wait"),)),
)


@cache
def opened() -> Ticket:
    desk = Desk(RULES)
    desk.open(NINE)
    return desk.ticket


@cache
def plan() -> Plan:
    return evaluate(NINE + 2 * HOUR, opened(), RULES)


def entry(place: int, **changes: Any) -> Plan:  # noqa: ANN401 -- attributes of entries
    """Return the plan with one of its two entries changed, and its due item with it."""
    entries = list(plan().entries)
    entries[place] = attrs.evolve(entries[place], **changes)
    dues = []
    for due, each in zip(plan().due, entries, strict=True):
        key = each.cause.key if isinstance(each.cause, ByRule) else due.key
        dues.append(attrs.evolve(due, entry=each, rule=key.rule, key=key))
    return attrs.evolve(plan(), entries=tuple(entries), due=tuple(dues))


def key(place: int, **changes: Any) -> Plan:  # noqa: ANN401 -- attributes of keys
    cause = plan().entries[place].cause
    assert isinstance(cause, ByRule)
    changed = attrs.evolve(cause.key, **changes)
    return entry(place, cause=attrs.evolve(cause, key=changed), id=changed.digest)


def due(**changes: Any) -> Plan:  # noqa: ANN401 -- attributes of due items
    """Return the plan with its first due item changed."""
    first, second = plan().due
    return attrs.evolve(plan(), due=(attrs.evolve(first, **changes), second))


def without_due(changed: Plan, place: int) -> Plan:
    return attrs.evolve(changed, due=changed.due[:place] + changed.due[place + 1 :])


COMMAND = ByCommand("assign")
LIES: tuple[tuple[str, Callable[[], Plan], type[TicketflowError], str], ...] = (
    ("a forged sequence", lambda: entry(0, sequence=5), HistoryError, "entry 5 stands in the place of entry 1"),
    ("a repeated id", lambda: entry(1, id=plan().entries[0].id), HistoryError, "an earlier entry has the same id"),
    ("an instant before the one before", lambda: entry(1, at=NINE), HistoryError, "its instant 2026-11-23T09:00"),
    (
        "a second opening",
        lambda: entry(0, events=(Opened("T-1", "open", "open"),)),
        HistoryError,
        "opens the ticket again",
    ),
    ("an entry by a person", lambda: entry(0, actor=ANA), HistoryError, "an automatic entry has the actor agent 'ana'"),
    ("an id that is not its key's", lambda: entry(0, id="x"), HistoryError, "its id is 'x', and"),
    ("a key of another ticket", lambda: key(0, ticket="T-2"), HistoryError, "its key is of ticket 'T-2'"),
    ("the entry of a command", lambda: without_due(entry(0, cause=COMMAND), 0), HistoryError, "the entry of a command"),
    (
        "an unknown category",
        lambda: entry(1, events=(StateChanged("open", "pending", "lost", "wait"),)),  # type: ignore[arg-type]
        HistoryError,
        "no ticket can be in the state 'pending'",
    ),
    (
        "an entry after a closing",
        lambda: attrs.evolve(plan(), entries=closing_first(), due=dues_of(closing_first())),
        HistoryError,
        "the ticket was closed before it",
    ),
    (
        "a due item without an entry",
        lambda: attrs.evolve(plan(), entries=()),
        BadValueError,
        "2 due items and 0 entries",
    ),
    ("an entry without a due item", lambda: without_due(plan(), 0), BadValueError, "1 due items and 2 entries"),
    ("a due item of another rule", lambda: due(rule="x"), BadValueError, "due[0] of the plan says something else"),
    (
        "a due item at another instant",
        lambda: due(due_at=NINE),
        BadValueError,
        "due[0] of the plan says something else",
    ),
    (
        "a due item with another key",
        lambda: due(key=Key("T-1", "first", 1, "0", 1)),
        BadValueError,
        "due[0] of the plan says something else",
    ),
    ("no ticket", lambda: attrs.evolve(plan(), ticket=None), BadValueError, "names no version of a ticket"),
    ("no version", lambda: attrs.evolve(plan(), version=0), BadValueError, "names no version of a ticket"),
)


def closing_first() -> tuple[Any, ...]:
    first, second = plan().entries
    closes = attrs.evolve(first, events=(StateChanged("open", "closed", "closed", "archive"),))
    return (closes, second)


def dues_of(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(attrs.evolve(each, entry=made) for each, made in zip(plan().due, entries, strict=True))


@pytest.mark.parametrize(("make", "error", "what"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
class TestLies:
    """3.11: a plan that came from elsewhere is checked before it is applied."""

    def test_apply_refuses_it(self, make: Callable[[], Plan], error: type[TicketflowError], what: str) -> None:
        with pytest.raises(error, match=re.escape(what)) as caught:
            apply(opened(), make())
        assert str(caught.value).endswith(caught.value.fix)  # type: ignore[attr-defined]

    def test_the_reader_refuses_it(self, make: Callable[[], Plan], error: type[TicketflowError], what: str) -> None:
        del error
        with pytest.raises(DocumentError) as caught:
            documents.read("plan", documents.write(make()))
        problems = caught.value.problems
        assert what in problems[0].what or {problem.code for problem in problems} == {"unknown_name"}

    def test_no_rules_made_it(self, make: Callable[[], Plan], error: type[TicketflowError], what: str) -> None:
        del error, what
        assert not verify(make(), opened(), RULES)


def test_parts_of_wrong_types_are_refused() -> None:
    part: Any = 5
    wrong = attrs.evolve(plan(), entries=(part,))
    with pytest.raises(BadValueError, match=r"plan\.entries\[0\] is 5; give an Entry"):
        apply(opened(), wrong)


class TestLiesAboutTheTicket:
    """What only the ticket shows: the reader takes these plans, `apply` does not."""

    @pytest.mark.parametrize(
        ("make", "what"),
        [
            (lambda: entry(0, at=NINE - HOUR), "its instant 2026-11-23T08:00:00+00:00 precedes"),
            (lambda: key(0, arming="9"), "its key says that entry '9' armed it, and its cause that entry 0 did"),
            (
                lambda: entry(1, events=(StateChanged("done", "pending", "pending", "wait"),)),
                "it leaves the state 'done', and the ticket is in 'open'",
            ),
        ],
    )
    def test_apply_refuses_it(self, make: Callable[[], Plan], what: str) -> None:
        read = documents.read("plan", documents.write(make()))
        with pytest.raises(HistoryError, match=re.escape(what)):
            apply(opened(), read)

    def test_what_fired_before_is_refused(self) -> None:
        desk = Desk(RULES)
        desk.open(NINE)
        desk.advance(NINE + HOUR)
        fired = desk.ticket.history.last
        desk.write(NINE + HOUR, CUSTOMER)
        again = attrs.evolve(fired, sequence=3, at=NINE + 2 * HOUR)
        forged = attrs.evolve(plan(), version=3, entries=(again,), due=(attrs.evolve(plan().due[0], entry=again),))
        with pytest.raises(HistoryError, match="entry 3: an earlier entry has the same id"):
            apply(desk.ticket, forged)

    def test_a_closed_ticket_is_not_moved(self) -> None:
        desk = Desk(small())
        desk.open(NINE)
        closing = small(Automation("close", After(Elapsed(hours=1), Entered()), (Move("archive"),)))
        desk.rules = closing
        desk.advance(NINE + HOUR)
        moved = attrs.evolve(plan(), version=2, entries=after_closing(), due=dues_of(after_closing()))
        with pytest.raises(HistoryError, match="entry 3: the ticket was closed before it"):
            apply(desk.ticket, moved)


def after_closing() -> tuple[Any, ...]:
    return tuple(attrs.evolve(each, sequence=each.sequence + 1) for each in plan().entries)


class TestTruths:
    def test_a_stored_plan_is_applied_as_it_was(self) -> None:
        for stored in (documents.read("plan", documents.write(plan())), pickle.loads(pickle.dumps(plan()))):  # noqa: S301
            assert apply(opened(), stored) == apply(opened(), plan())
            assert verify(stored, opened(), RULES)

    def test_a_stored_ticket_takes_the_plan(self) -> None:
        ticket = documents.read("ticket", documents.write(opened()))
        decision = apply(ticket, plan())
        assert isinstance(decision, Accepted)
        assert decision.ticket == apply(opened(), plan()).ticket

    def test_stale_and_foreign_plans_are_still_refusals(self) -> None:
        """A plan that is well-formed gets a refusal, whatever became of its ticket."""
        stored = documents.read("plan", documents.write(plan()))
        raced = handle(opened(), commands.Assign("ana", at=NINE, by=ANA), RULES).unwrap().ticket
        other = handle(None, commands.Open("T-2", at=NINE, by=CUSTOMER), RULES).unwrap().ticket
        assert apply(raced, stored).kinds == {"stale"}  # type: ignore[union-attr]
        assert apply(other, stored).kinds == {"not_found"}  # type: ignore[union-attr]

    def test_the_empty_plan_comes_of_all_rules(self) -> None:
        assert verify(documents.read("plan", documents.write(Plan())), opened(), RULES)


class TestVerify:
    def test_other_actions_are_not_those_of_the_rules(self) -> None:
        forged = due(actions=(SendMessage("second"),))
        assert apply(opened(), forged).ticket == apply(opened(), plan()).ticket
        assert not verify(forged, opened(), RULES)

    def test_a_plan_of_other_rules_is_not_theirs(self) -> None:
        assert not verify(plan(), opened(), small(*RULES.automations[:1]))
        assert not verify(plan(), opened(), attrs.evolve(RULES, remembered_events=7))

    def test_a_plan_of_another_version_was_not_made_from_this_one(self) -> None:
        applied = apply(opened(), plan()).unwrap().ticket
        assert not verify(plan(), applied, RULES)

    def test_a_plan_that_was_cut_short_says_so(self) -> None:
        rules = attrs.evolve(RULES, occurrences_per_call=1)
        early, late = (evaluate(NINE + hours * HOUR, opened(), rules) for hours in (1, 2))
        assert (early.has_more, late.has_more) == (False, True)
        assert early.entries == late.entries
        assert verify(early, opened(), rules)
        assert verify(late, opened(), rules)
        alone = small(*RULES.automations[:1], occurrences_per_call=1)
        last = evaluate(NINE + HOUR, opened(), alone)  # and nothing comes after it
        assert not verify(attrs.evolve(last, has_more=True), opened(), alone)

    def test_a_plan_says_from_when_on_holidays_are_not_known(self) -> None:
        calendar = BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("XX", FrozenMap(), 2020, 2026))
        rule = Automation("late", After(WorkingTime(hours=900), Entered()), (SendMessage("late"),))
        rules = Rules("known", RULES.workflow, calendar, (*RULES.automations, rule))
        desk = Desk(rules)
        desk.open(NINE)
        late = evaluate(utc(2027, 2, 1), desk.ticket, rules)
        assert late.unknown_from == utc(2027, 1, 1)
        assert verify(late, desk.ticket, rules)
        assert verify(attrs.evolve(late, unknown_from=None), desk.ticket, rules)
        assert not verify(attrs.evolve(late, unknown_from=utc(2027, 1, 2)), desk.ticket, rules)
        desk.advance(utc(2026, 12, 1))
        later = evaluate(utc(2027, 2, 1), desk.ticket, rules)
        assert (later.entries, later.unknown_from) == ((), utc(2027, 1, 1))
        assert verify(later, desk.ticket, rules)
