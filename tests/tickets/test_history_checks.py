"""Histories that lie: every one is refused, with the entry and the fix."""

from __future__ import annotations

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
    Actor,
    After,
    Automation,
    Elapsed,
    Entered,
    Message,
    OnMessage,
    StateIs,
    commands,
    documents,
    handle,
    replay,
)
from ticketflow.errors import DocumentError, HistoryError
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.tickets.events import (
    Assigned,
    ByBound,
    ByCommand,
    ByRule,
    Entry,
    Key,
    MessageRequested,
    Opened,
    Rated,
    RulesHalted,
    StateChanged,
)

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
RULES = small(
    Automation("nudge", After(Elapsed(hours=1), Entered()), (SendMessage("nudge"),), StateIs("open")),
    Automation("archive", After(Elapsed(hours=5), Entered()), (Move("archive"),)),
    Automation("thank", OnMessage("customer"), (SendMessage("thank"),)),
)


@cache
def history() -> tuple[Entry, ...]:
    """Return a history: opened and thanked, nudged after an hour, two deliveries, closed by a rule after five hours."""
    desk = Desk(RULES)
    desk.open(NINE)
    desk.give(commands.Assign("ana", at=NINE + 2 * HOUR, by=ANA, event_id="d-1"))
    desk.give(commands.Assign("bea", at=NINE + 3 * HOUR, by=ANA, event_id="d-2"))
    desk.advance(NINE + 9 * HOUR)
    return tuple(desk.ticket.history)


OPENING, THANKS, NUDGE, FIRST, SECOND, CLOSING = range(6)


def test_the_example_is_a_history() -> None:
    kinds = [type(entry.cause).__name__ for entry in history()]
    assert kinds == ["ByCommand", "ByRule", "ByRule", "ByCommand", "ByCommand", "ByRule"]
    assert replay(history()).category == "closed"


def changed(place: int, **changes: Any) -> list[Entry]:  # noqa: ANN401 -- attributes of entries
    """Return the history with one entry changed."""
    entries = list(history())
    entries[place] = attrs.evolve(entries[place], **changes)
    return entries


def caused(place: int, **changes: Any) -> list[Entry]:  # noqa: ANN401 -- attributes of causes
    """Return the history with the cause of one entry changed, and with the id that follows from it."""
    cause = attrs.evolve(history()[place].cause, **changes)
    return changed(place, cause=cause, **({"id": cause.key.digest} if isinstance(cause, ByRule) else {}))


def keyed(place: int, **changes: Any) -> list[Entry]:  # noqa: ANN401 -- attributes of keys
    cause = history()[place].cause
    assert isinstance(cause, ByRule)
    return caused(place, key=attrs.evolve(cause.key, **changes))


def followed_by(*more: Entry) -> list[Entry]:
    """Return the history with more entries after the closing."""
    return [*history(), *(attrs.evolve(entry, sequence=6 + place) for place, entry in enumerate(more))]


def halted(name: str = "bound.6", by: Actor | None = None) -> Entry:
    actor = by or history()[CLOSING].actor
    at = history()[CLOSING].at
    return Entry(6, name, at, actor, ByBound("steps_at_one_instant", "r"), (RulesHalted(("nudge",)),))


def by_rule(*events: Any) -> Entry:  # noqa: ANN401 -- events
    """Return an entry of a rule that the closing set off."""
    closing = history()[CLOSING]
    key = Key("T-1", "late", 1, closing.id, 0)
    assert isinstance(closing.cause, ByRule)
    cause = attrs.evolve(closing.cause, key=key, armed=CLOSING)
    return Entry(6, key.digest, closing.at, closing.actor, cause, events)


def opened(**changes: Any) -> list[Entry]:  # noqa: ANN401 -- attributes of openings
    """Return the history with its opening changed."""
    (opening, *others) = history()[OPENING].events
    return changed(OPENING, events=(attrs.evolve(opening, **changes), *others))


def behind(entries: tuple[Entry, ...] | list[Entry], follows: str | None = "T-0") -> list[Entry]:
    """Return the history as that of a follow-up of another ticket, which is *entries*."""
    return opened(follows=follows, earlier=PersistentList.of(*entries))


@cache
def other_ticket() -> tuple[Entry, ...]:
    """Return the history of T-0, which was closed before T-1 was opened."""
    at = NINE - 9 * HOUR
    ticket = handle(None, commands.Open("T-0", at=at, by=CUSTOMER), small()).unwrap().ticket
    closing = StateChanged("open", "closed", "closed", "archive")
    return (*ticket.history, Entry(1, "1", at + HOUR, ANA, ByCommand("move"), (closing,)))


LIES: tuple[tuple[str, Callable[[], list[Entry]], int, str], ...] = (
    ("no entries", list, 0, "the history is empty"),
    ("a gap", lambda: [*history()[:2], *history()[3:]], 2, "entry 3 stands in the place of entry 2"),
    ("a forged sequence", lambda: changed(FIRST, sequence=7), 3, "entry 7 stands in the place of entry 3"),
    ("an earlier instant", lambda: changed(FIRST, at=NINE), 3, "its instant 2026-11-23T09:00:00+00:00 precedes"),
    ("a repeated id", lambda: changed(SECOND, id="1"), 4, "an earlier entry has the same id '1'"),
    (
        "one key twice",
        lambda: [*history()[:2], *(attrs.evolve(history()[1], sequence=place) for place in (2,)), *history()[3:]],
        2,
        "an earlier entry has the same id",
    ),
    ("an id that does not count", lambda: changed(FIRST, id="7"), 3, "its id is '7', and '1' follows from its cause"),
    ("an id that is not its key's", lambda: changed(NUDGE, id="x" * 20), 2, f"its id is '{'x' * 20}', and "),
    ("another key under the id", lambda: changed(NUDGE, cause=history()[THANKS].cause), 2, "follows from its cause"),
    ("a bound's id", lambda: followed_by(halted("bound.5")), 6, "its id is 'bound.5', and 'bound.6' follows"),
    ("a key of another ticket", lambda: keyed(NUDGE, ticket="T-2"), 2, "its key is of ticket 'T-2'"),
    ("armed by no entry", lambda: keyed(NUDGE, arming="99"), 2, "its key says that entry '99' armed it"),
    ("armed by a later entry", lambda: caused(NUDGE, armed=4), 2, "its key says that entry '0' armed it"),
    ("armed by itself", lambda: caused(THANKS, armed=1), 1, "its key says that entry '0' armed it, and its cause that"),
    (
        "one delivery twice",
        lambda: caused(SECOND, event_id="d-1"),
        4,
        "its delivery id 'd-1' is that of the delivery before it",
    ),
    (
        "a rule in the name of a person",
        lambda: changed(NUDGE, actor=ANA),
        2,
        "an automatic entry has the actor agent 'ana'",
    ),
    (
        "an automatic entry by another system",
        lambda: followed_by(halted(by=Actor("system", "x"))),
        6,
        "an automatic entry has the actor system 'x'",
    ),
    ("no opening", lambda: changed(OPENING, events=()), 0, "the first entry is not an opening"),
    (
        "something before the opening",
        lambda: changed(OPENING, events=history()[OPENING].events[::-1]),
        0,
        "the first entry is not an opening",
    ),
    (
        "two openings at once",
        lambda: changed(OPENING, events=history()[OPENING].events * 2),
        0,
        "the first entry opens a ticket twice",
    ),
    ("an opening by a rule", lambda: changed(OPENING, cause=halted().cause), 0, "no command opens the ticket"),
    (
        "a second opening",
        lambda: changed(FIRST, events=history()[OPENING].events),
        3,
        "a later entry opens the ticket again",
    ),
    (
        "a command after the closing",
        lambda: followed_by(attrs.evolve(history()[SECOND], id="3", at=history()[CLOSING].at)),
        6,
        "the ticket was closed before it",
    ),
    (
        "a rating after the closing with something else",
        lambda: followed_by(
            attrs.evolve(history()[SECOND], id="3", at=history()[CLOSING].at, events=(Rated(2), Assigned(None, "ana")))
        ),
        6,
        "the ticket was closed before it",
    ),
    (
        "a change after the closing",
        lambda: followed_by(by_rule(StateChanged("closed", "open", "open", "go_on"))),
        6,
        "the ticket was closed before it",
    ),
    (
        "a state that the ticket is not in",
        lambda: changed(CLOSING, events=(StateChanged("pending", "closed", "closed", "archive"),)),
        5,
        "it leaves the state 'pending', and the ticket is in 'open'",
    ),
    (
        "a state without a name",
        lambda: changed(CLOSING, events=(StateChanged("open", "No State", "closed", "archive"),)),
        5,
        "no ticket can be in the state 'No State' of the category 'closed'",
    ),
    ("an unknown category", lambda: opened(category="lost"), 0, "no ticket can be in the state 'open' of the category"),
    ("a missing ticket", lambda: opened(follows="T-0"), 0, "ticket 'T-1' follows up 'T-0', whose history is missing"),
    (
        "a history of nothing that it follows",
        lambda: behind(other_ticket(), None),
        0,
        "ticket 'T-1' follows up None, and the history behind it is of 'T-0'",
    ),
    (
        "a history of another ticket",
        lambda: behind(other_ticket(), "T-7"),
        0,
        "ticket 'T-1' follows up 'T-7', and the history behind it is of 'T-0'",
    ),
    (
        "a follow-up of itself",
        lambda: opened(ticket="T-0", follows="T-0", earlier=PersistentList.of(*other_ticket())),
        0,
        "ticket 'T-0' follows up 'T-0', and the history behind it is of 'T-0'",
    ),
    (
        "a follow-up of an open ticket",
        lambda: behind(other_ticket()[:1]),
        0,
        "ticket 'T-1' follows up 'T-0', which is not closed",
    ),
    (
        "a follow-up before the closing",
        lambda: behind([other_ticket()[0], attrs.evolve(other_ticket()[1], at=NINE + HOUR)]),
        0,
        "ticket 'T-1' follows up 'T-0', whose last entry is later",
    ),
    (
        "a lie far behind",
        lambda: behind([other_ticket()[0], attrs.evolve(other_ticket()[1], id="0")]),
        0,
        "the history of 'T-0' behind it, entry 1: an earlier entry has the same id '0'",
    ),
)


def in_first_form(entry: Entry) -> dict[str, Any]:
    """Return an entry as version 1 writes it: with the histories behind a follow-up, nearest first."""
    data: dict[str, Any] = documents.plain(entry)
    del data["format"]
    for event, plain in zip(entry.events, data["events"], strict=True):
        if isinstance(event, Opened) and event.earlier is not None:
            del data["v"]
            plain["opened"]["earlier"] = [[in_first_form(each) for each in event.earlier]]
    return data


@pytest.mark.parametrize(("make", "place", "what"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
class TestLies:
    """2.2: a history that breaks a rule is refused, by the fold and by the reader."""

    def test_replay_refuses_it_with_the_place(self, make: Callable[[], list[Entry]], place: int, what: str) -> None:
        with pytest.raises(HistoryError, match=re.escape(what)) as caught:
            replay(make())
        assert caught.value.sequence == place
        assert caught.value.fix

    def test_the_reader_refuses_it(self, make: Callable[[], list[Entry]], place: int, what: str) -> None:
        if "category" in what:  # a document of another shape
            what = ""
        entries = [in_first_form(entry) for entry in make()]
        with pytest.raises(DocumentError) as caught:
            documents.read("ticket", {"format": "ticket/1", "entries": entries})
        (problem,) = caught.value.problems
        assert what in problem.what
        assert (problem.pointer or "").startswith(f"/entries/{place}" if entries else "/entries")


class TestTruths:
    def test_what_changes_nothing_may_follow_a_closing(self) -> None:
        late = by_rule(MessageRequested("late", "customer"))
        bound = attrs.evolve(halted("bound.7"), at=late.at)
        assert replay(followed_by(late, bound)).category == "closed"

    def test_a_follow_up_of_a_closed_ticket_is_a_history(self) -> None:
        ticket = replay(behind(other_ticket()))
        assert (ticket.follows, len(ticket.earlier or ())) == ("T-0", 2)

    def test_a_delivery_may_come_again_after_another_one(self) -> None:
        """3.12: how many delivery ids are remembered is a matter of the rules; one is the least."""
        desk = Desk(small(remembered_events=1))
        desk.open(NINE)
        for number, event_id in enumerate(("d-1", "d-2", "d-1")):
            said = Message(f"x{number}")
            desk.give(commands.AddMessage(said, at=NINE + HOUR, by=CUSTOMER, event_id=event_id))
        assert replay(desk.ticket.history) == desk.ticket
