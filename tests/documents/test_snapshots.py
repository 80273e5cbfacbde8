"""Snapshots load without replaying, and are refused if they are not those of the history."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.golden_documents import FOLDER
from tests.support.random_lives import World, law, lived, picks, seeded, worlds
from tests.tickets.test_unloaded import FIRST, OFFICE, RULES, SECOND, THIRD
from ticketflow import (
    Message,
    Policy,
    Rules,
    Target,
    Ticket,
    WorkingTime,
    commands,
    documents,
    evaluate,
    handle,
    replay,
    sla,
)
from ticketflow.documents.snapshots import FORMAT
from ticketflow.errors import BadValueError, DocumentError, HistoryError, TicketflowError
from ticketflow.kernel.persistent_list import DeferredList
from ticketflow.presets.posponer import posponer
from ticketflow.testing.random_rules import Pick
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.ticket import ArmedSnooze


def loaded(ticket: Ticket) -> Ticket:
    """Return a ticket as it is loaded from its snapshot."""
    return documents.read_snapshot(documents.write_snapshot(ticket), documents.history_digest(ticket.history))


def changed(ticket: Ticket, **state: object) -> str:
    """Return a snapshot with another first line."""
    first, _, lines = documents.write_snapshot(ticket).partition("\n")
    return f"{json.dumps(json.loads(first) | state)}\n{lines}"


def eventful() -> tuple[Ticket, Rules]:
    """Return a ticket on which rules acted, with its rules."""
    lives = ((lived(seeded(number)), seeded(number).rules) for number in range(200))
    return next((ticket, rules) for ticket, rules in lives if ticket.fired and ticket.version > 4)


TICKET, ITS_RULES = eventful()
DIGEST = documents.history_digest(TICKET.history)


def refusal(source: Any, digest: str = DIGEST) -> tuple[str, str]:  # noqa: ANN401 -- any source
    with pytest.raises(DocumentError) as caught:
        documents.read_snapshot(source, digest)
    (problem,) = caught.value.problems
    assert problem.place == "snapshot"
    assert problem.fix
    return problem.code, problem.what


class TestSnapshots:
    @law(25, worlds(), deferred=0.9, fired=0.3)
    def test_the_ticket_is_that_of_its_history(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        back = loaded(ticket)
        if isinstance(back.history, DeferredList):
            yield "deferred"
        assert (evaluate(world.end, back, world.rules), hash(back)) == (
            evaluate(world.end, ticket, world.rules),
            hash(ticket),
        )
        assert documents.write_snapshot(back) == documents.write_snapshot(ticket)
        assert back == ticket == replay(back.history)
        assert documents.write_snapshot(back) == documents.write_snapshot(ticket)
        assert documents.write(back) == documents.write(ticket)
        if ticket.fired:
            yield "fired"

    def test_the_first_entries_are_read_when_they_are_asked_for(self) -> None:
        back = loaded(TICKET)
        assert isinstance(back.history, DeferredList)
        assert not hasattr(back.history, "_found")
        assert (back.version, back.changed_at, back.history[-1]) == (
            TICKET.version,
            TICKET.changed_at,
            TICKET.history[-1],
        )
        assert not hasattr(back.history, "_found")
        assert back.history.first == TICKET.history.first
        assert back.history.before is back.history.before

    def test_storing_a_loaded_ticket_reads_none_of_its_first_entries(self) -> None:
        back = loaded(TICKET)
        command = commands.AddMessage(Message("m99"), at=TICKET.changed_at, by=ANA)
        after = handle(back, command, ITS_RULES).unwrap().ticket
        documents.history_digest(after.history)
        documents.write_snapshot(after)
        assert isinstance(back.history, DeferredList)
        assert not hasattr(back.history, "_found")

    def test_a_loaded_ticket_goes_on_like_any_other(self) -> None:
        at = TICKET.changed_at
        command = commands.AddMessage(Message("m99"), at=at, by=ANA, event_id="d99")
        expected = handle(TICKET, command, ITS_RULES).unwrap()
        got = handle(loaded(TICKET), command, ITS_RULES).unwrap()
        assert got == expected
        assert documents.write_snapshot(got.ticket) == documents.write_snapshot(expected.ticket)
        assert documents.history_digest(got.ticket.history) == documents.history_digest(expected.ticket.history)

    def test_a_ticket_of_one_entry(self) -> None:
        opened = replay([TICKET.history.first])
        assert loaded(opened) == opened
        assert documents.write_snapshot(loaded(opened)) == documents.write_snapshot(opened)

    def test_follow_ups_name_what_they_go_on_from(self) -> None:
        for ticket in (SECOND, THIRD):
            back = loaded(ticket)
            assert back == ticket
            assert len(documents.write_snapshot(ticket)) < 3_000
            with pytest.raises(HistoryError, match="the history was not loaded"):
                list(back.earlier or ())

    def test_it_can_be_copied_and_pickled(self) -> None:
        back = loaded(TICKET)
        assert copy.deepcopy(back) is back
        assert pickle.loads(pickle.dumps(back)) == TICKET  # noqa: S301 -- our own

    def test_bytes_are_read(self) -> None:
        text = documents.write_snapshot(TICKET)
        assert documents.read_snapshot(text.encode(), DIGEST) == TICKET

    def test_clocks_that_missed_their_targets_are_kept(self) -> None:
        policy = Policy("fix", sla.resolution(), (Target(WorkingTime(hours=1)),))
        rules = Rules("tiny", RULES.workflow, OFFICE, clocks=(policy,))
        opened = handle(None, commands.Open("T-7", at=utc(2026, 11, 23, 9), by=ANA), rules).unwrap().ticket
        late = handle(opened, commands.Link("T-8", at=utc(2026, 11, 25, 9), by=ANA), rules).unwrap().ticket
        assert late.breaches
        assert late.links
        assert loaded(late) == late

    def test_a_pending_snooze_is_kept(self) -> None:
        rules, at = posponer(), utc(2026, 11, 23, 9)
        opened = handle(None, commands.Open("T-1", message=Message("m1"), at=at, by=CUSTOMER), rules).unwrap().ticket
        until = utc(2026, 11, 25, 9)
        asleep = handle(opened, commands.Snooze(until=until, why="waits", at=at, by=ANA), rules).unwrap().ticket
        assert asleep.snooze == ArmedSnooze(until, "ana", "waits")
        assert loaded(asleep) == asleep

    def test_what_is_no_ticket_is_refused(self) -> None:
        with pytest.raises(BadValueError, match="ticket 5 is not a Ticket"):
            documents.write_snapshot(5)  # type: ignore[arg-type]

    @pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 200])
    def test_delivery_ids_come_back_in_blocks(self, count: int) -> None:
        names = [f"d{number}" for number in range(count)]
        added = DeliveryIds()
        for name in names:
            added = added.added(name)
        assert DeliveryIds.of(names) == added
        assert [*added] == names


class TestRefusals:
    def test_another_version_of_the_history_is_stale(self) -> None:
        before = replay([*TICKET.history][:-1])
        assert refusal(documents.write_snapshot(before))[0] == "stale"
        assert refusal(documents.write_snapshot(FIRST))[0] == "stale"

    @pytest.mark.parametrize("given", ["snapshot/0", "snapshot/2", "ticket/1", None, 5, ["snapshot/1"]])
    def test_another_format_is_refused(self, given: object) -> None:
        code, what = refusal(changed(TICKET, format=given))
        assert (code, what) == ("wrong_format", f"its format is {given!a}, and this release reads {FORMAT!r}")

    @pytest.mark.parametrize(
        "source", ["", "x", "[]", "5", "{}", '{"format": 5}', b"\xff", None, 5, "[" * 100_000, "1" * 5000]
    )
    def test_what_is_not_a_snapshot_is_refused(self, source: object) -> None:
        assert refusal(source) == ("wrong_format", "it is not a snapshot")

    @pytest.mark.parametrize(
        "state",
        [
            {"id": "no id"},
            {"id": None},
            {"version": 1},
            {"version": "2"},
            {"marks": []},
            {"marks": [["2026-11-23T10:00:00"], [0], ["0"], [0, 0]]},
            {"marks": [["2026-11-23T10:00:00Z"], ["0"], ["0"], [0, 0]]},
            {"trails": {}},
            {"trails": {"state": ["open", 0], "category": ["lost", 0]}},
            {"trails": {"state": [5, 0], "category": ["open", 0]}},
            {"trails": {"state": [], "category": ["open", 0]}},
            {"trails": {"state": ["open"], "category": ["open", 0]}},
            {"trails": {"state": ["open", 10**6], "category": ["open", 0]}},
            {"trails": {"state": ["open", 0], "category": ["open", 0], "field.a": [1.5, 0]}},
            {"trails": {"state": ["open", 0], "category": ["open", 0], "field.a": [2**63, 0]}},
            {"trails": {"state": ["open", 0], "category": ["open", 0], "field.a": ["\ud800", 0]}},
            {"anchors": {"created": "0"}},
            {"anchors": {"created": 0}},
            {"trails": {"state": ["open", 0], "category": ["open", 0], "times.outside.a": [1, 0, None, 0]}},
            {"held": {"a": []}},
            {"fired": {"a#1": []}},
            {"fired": {"a#1": [[0, 0, 0, "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", 1]]}},
            {"halted": [5]},
            {"outside": "9"},
            {"unattended": True},
            {"delivery_ids": [5]},
            {"snooze": {"until": 5}},
            {"snoozer": 5},
            {"links": [["T-1"]]},
            {"links": [["T-1", 5]]},
            {"breaches": [["fix", "0", None, "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", ""]]},
            {"first_answer": [0]},
            {"first_resolution": [0, {"role": "boss", "id": "a"}]},
            {"follows": 5},
            {"earlier": {"ticket": "T-1", "version": 0, "digest": "0" * 20}},
            {"earlier": {"ticket": "T-1", "version": 1, "digest": "0" * 20, "x": 1}},
            {"earlier": {"ticket": "T-1", "version": 1}},
            {"before": "0" * 20},
        ],
    )
    def test_a_damaged_snapshot_is_refused(self, state: dict[str, object]) -> None:
        assert refusal(changed(TICKET, **state)) == ("bad_value", "it is damaged")

    def test_entries_that_are_not_those_of_the_history_are_refused(self) -> None:
        text = documents.write_snapshot(TICKET)
        first, *entries = text.split("\n")
        assert refusal("\n".join((first, *entries[:-1])))[0] == "bad_value"
        assert (
            refusal("\n".join((first, *entries[:-1], entries[-1].replace('"sequence"', '"sequense"'))))[0]
            == "bad_value"
        )
        for lie in (entries[1], "{}", "x", entries[0].replace("2026", "2027")):
            back = documents.read_snapshot("\n".join((first, lie, *entries[1:])), DIGEST)
            with pytest.raises(HistoryError, match="the entries of the snapshot are not those of its history"):
                list(back.history)

    @law(150, picks, refused=0.5)
    def test_bad_snapshots_give_errors_of_ours(self, pick: Pick) -> Iterator[str]:
        text = documents.write_snapshot(TICKET)
        place = pick(range(len(text)))
        wrong = pick(
            (text[:place], text[:place] + pick('0x"[]{}:,\n') + text[place + 1 :], text[:place] + text[place + 1 :])
        )
        try:
            back = documents.read_snapshot(wrong, DIGEST)
            documents.write(back)
        except TicketflowError:
            yield "refused"


class TestGolden:
    def test_another_form_needs_another_format(self) -> None:
        """Whoever changes the form changes the format, and adds a file of the new one."""
        name = FORMAT.replace("/", "-")
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        ticket = documents.read_snapshot(text, json.loads(text.partition("\n")[0])["digest"])
        assert replay(ticket.history) == ticket
        assert documents.write_snapshot(ticket) == text
