"""Erasure puts pseudonyms in the place of people, and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, utc
from tests.support.random_lives import World, law, lived, worlds
from tests.support.small_rule_set import SUPPORT, WEEKDAYS
from tests.tickets.test_unloaded import FIRST, SECOND, THIRD, closed, stored
from ticketflow import (
    Actor,
    AssignedTo,
    Automation,
    Created,
    Elapsed,
    Field,
    Ladder,
    Message,
    OnEnter,
    OnMessage,
    Policy,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    commands,
    documents,
    evaluate,
    handle,
    next_due,
    person,
    read_all,
    sla,
)
from ticketflow.documents import erase, erase_stored
from ticketflow.documents.histories import opening_of
from ticketflow.errors import BadValueError, HistoryError
from ticketflow.service import Transaction, transact
from ticketflow.testing import MemoryStore
from ticketflow.tickets import events
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import Entry, Event
from ticketflow.tickets.fold import replay

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
PEOPLE = {"ana": "p-1", "bruno": "p-2", "carla": "p-3", "boss": "p-4", "bot": "p-5"}
WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")),
    (Transition("close", ("open",), "closed", may=SUPPORT),),
    fields=(Field("topic"),),
)
RULES = Rules(
    "desk",
    WORKFLOW,
    WEEKDAYS,
    (
        Automation(
            "greet",
            OnMessage("customer"),
            (actions.SendMessage("hello"), actions.SendMessage("also", person("bruno")), actions.Emit("new")),
        ),
        Automation("told", OnEnter(AssignedTo("bruno")), (actions.SendMessage("yours", "owner"),)),
        Ladder("remind", Created(), StateIs("open"), (Rung(Elapsed(hours=9), actions.SendMessage("again")),)),
    ),
    snoozing=Snoozing(),
)


def given(*life: Command, rules: Rules = RULES) -> Ticket:
    """Return the ticket of some commands, each of which is accepted."""
    ticket: Ticket | None = None
    for command in life:
        decision = handle(ticket, command, rules).unwrap()
        ticket = decision.created or decision.ticket
    assert ticket is not None
    return ticket


OTHERWISE = "only whole words in the same case are replaced, in texts and as ids"
OPENING = commands.Open("T-1", message=Message("m1"), at=NINE, by=CUSTOMER)


def one(ticket: Ticket, names: Mapping[str, str]) -> Ticket:
    """Return the one erased ticket."""
    (erased,) = erase([ticket], names).tickets
    return erased


def texts(ticket: Ticket) -> str:
    """Return everything that is written of a ticket."""
    return f"{documents.write(ticket)}\n{documents.write_snapshot(ticket)}"


def words(text: str) -> set[str]:
    """Return the texts and keys of JSON lines."""
    found = set[str]()

    def collect(data: object) -> None:
        if isinstance(data, dict):
            for key, held in data.items():
                found.add(key)
                collect(held)
        elif isinstance(data, list):
            for each in data:
                collect(each)
        elif isinstance(data, str):
            found.add(data)

    for line in text.split("\n"):
        collect(json.loads(line))
    return found


def renamed(command: Command, names: Mapping[str, str]) -> Command:
    """Return the same command by and about people with other ids."""
    text = documents.write(command)
    for name, pseudonym in names.items():
        text = text.replace(f'"{name}"', f'"{pseudonym}"')
    return documents.read("command", text)


class TestLaws:
    @law(25, worlds(), requester=0.1, snoozed=0.1, fired=0.5)
    def test_the_erased_ticket_is_the_ticket_of_people_with_other_ids(self, world: World) -> Iterator[str]:
        policy = Policy("fix", sla.resolution(), (Target(WorkingTime(hours=1)),))
        rules = attrs.evolve(world.rules, clocks=(policy,))
        world = attrs.evolve(world, rules=rules)
        names = {name: each for name, each in PEOPLE.items() if name not in words(documents.write(rules))}
        ticket = lived(world)
        erased = one(ticket, names)
        others = attrs.evolve(world, life=tuple(renamed(command, names) for command in world.life))
        assert erased == lived(others)

        assert replay(erased.history) == erased
        assert (erased.version, erased.state, erased.id) == (ticket.version, ticket.state, ticket.id)
        assert [_kept(entry) for entry in erased.history] == [_kept(entry) for entry in ticket.history]
        clock = rules.clock("fix")
        assert read_all(world.end, erased, clock) == read_all(world.end, ticket, clock)
        assert next_due(erased, rules) == next_due(ticket, rules)
        assert [due.key for due in evaluate(world.end, erased, rules)] == [
            due.key for due in evaluate(world.end, ticket, rules)
        ]
        assert not words(texts(erased)) & names.keys()
        assert erase([erased], names) == erase([ticket], names)
        for event in (event for entry in ticket.history for event in entry.events):
            yield type(event).__name__.lower().replace("requesterchanged", "requester")
        if ticket.fired:
            yield "fired"


def _kept(entry: Entry) -> tuple[object, ...]:
    key = entry.cause.key if isinstance(entry.cause, events.ByRule) else None
    return entry.sequence, entry.id, entry.at, entry.actor.role, key, [type(event) for event in entry.events]


class TestPeople:
    def test_everybody_who_does_something_or_is_named(self) -> None:
        ticket = given(
            OPENING,
            commands.Assign("bruno", at=NINE, by=BOSS),
            commands.SetRequester("carla", at=NINE, by=ANA),
            commands.AddMessage(Message("m2"), at=NINE, by=ANA),
            commands.Snooze(until=NINE + HOUR, why="ana asks bruno", at=NINE, by=ANA),
        )
        erased = one(ticket, PEOPLE)
        assert (ticket.requester, ticket.assignee, ticket.snoozer) == ("carla", "bruno", "ana")
        assert (erased.requester, erased.assignee, erased.snoozer) == ("p-3", "p-2", "p-1")
        assert (ticket.first_answer is not None, erased.first_answer and erased.first_answer.by.id) == (True, "p-1")
        assert erased.snooze is not None
        assert (erased.snooze.by, erased.snooze.why) == ("p-1", "p-1 asks p-2")
        happened = [event for entry in erased.history for event in entry.events]
        requests = [event for event in happened if isinstance(event, events.MessageRequested)]
        assert [(each.to, each.recipient) for each in requests] == [
            ("customer", "p-2"),
            ("person:p-2", "p-2"),
            ("owner", "p-2"),
        ]
        assert not words(texts(erased)) & {*PEOPLE, "person:bruno"}

    def test_roles_and_groups_stay(self) -> None:
        vip = Actor("customer", "bruno", groups={"vip"})
        rules = attrs.evolve(RULES, workflow=attrs.evolve(WORKFLOW, groups={"vip"}))
        ticket = given(attrs.evolve(OPENING, by=vip), rules=rules)
        assert one(ticket, PEOPLE).history.first.actor == Actor("customer", "p-2", groups={"vip"})

    def test_the_system_keeps_its_name(self) -> None:
        ticket = given(OPENING)
        erasure = erase([ticket], {"ticketflow": "p-9"})
        assert erasure.tickets == (ticket,)
        (text,) = erasure.remains
        assert text == f"ticket 'T-1', entry 1, actor.id: 'ticketflow' has 'ticketflow' in it; {OTHERWISE}"

    def test_an_id_that_contains_another_is_another_person(self) -> None:
        ticket = given(attrs.evolve(OPENING, by=Actor("customer", "bruno@example.com")))
        erasure = erase([ticket], {"bruno": "p-2"})
        assert erasure.tickets[0].requester == "bruno@example.com"
        assert len(erasure.remains) == 2  # the actor, and the recipient
        assert one(ticket, {"bruno": "p-2", "bruno@example.com": "p-3"}).requester == "p-3"

    def test_every_kind_of_event_is_known(self) -> None:
        """Each event that can have a text or an id in it comes out without the name."""
        made: tuple[Event, ...] = (
            events.Opened("T-1", "open", "open", cast("Any", {"topic": "bruno"}), requester="bruno"),
            events.FieldChanged("topic", "bruno", "bruno's"),
            events.FieldHeld("topic", "bruno", None),
            events.FieldReleased("topic", 1, "bruno"),
            events.Assigned("bruno", None),
            events.RequesterChanged("bruno", None),
            events.Declined("ask bruno"),
            events.Dropped("bruno is away"),
            events.Snoozed(NINE, why="bruno"),
            events.Snoozed(NINE),
            events.MessageRequested("t", "person:bruno", "bruno"),
            events.MessageRequested("t", "agent"),
            events.Emitted("e", cast("Any", {"topic": "bruno"})),
        )
        first = Entry(0, "0", NINE, CUSTOMER, events.ByCommand("open"), made[:1])
        rest = Entry(1, "1", NINE, CUSTOMER, events.ByCommand("set_fields"), made[1:])
        (erased,) = erase([replay([first, rest])], {"bruno": "p-2"}).tickets
        assert [event for entry in erased.history for event in entry.events] == [
            events.Opened("T-1", "open", "open", cast("Any", {"topic": "p-2"}), requester="p-2"),
            events.FieldChanged("topic", "p-2", "p-2's"),
            events.FieldHeld("topic", "p-2", None),
            events.FieldReleased("topic", 1, "p-2"),
            events.Assigned("p-2", None),
            events.RequesterChanged("p-2", None),
            events.Declined("ask p-2"),
            events.Dropped("p-2 is away"),
            events.Snoozed(NINE, why="p-2"),
            events.Snoozed(NINE),
            events.MessageRequested("t", "person:p-2", "p-2"),
            events.MessageRequested("t", "agent"),
            events.Emitted("e", cast("Any", {"topic": "p-2"})),
        ]


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("bruno", "p-2"),
            ("call bruno, then ana.", "call p-2, then p-1."),
            ("bruno_silva bruno-silva bruno's", "p-2_silva p-2-silva p-2's"),
            ("brunos 1bruno brunö çbruno", "brunos 1bruno brunö çbruno"),
            ("bruno@example.com", "p-6"),
            ("mail bruno@example.com or bruno@example.org", "mail p-6 or p-2@example.org"),
            ("João da Silva, joão da silva", "p-7, joão da silva"),
            ("(c) (c)", "p-8 p-8"),
            ("a-x p-9", "p-9 p-9"),
        ],
    )
    def test_whole_words_are_replaced(self, text: str, expected: str) -> None:
        names = {**PEOPLE, "bruno@example.com": "p-6", "João da Silva": "p-7", "(c)": "p-8", "a": "p.", "p.-x": "p-9"}
        ticket = given(OPENING, commands.SetFields({"topic": text}, at=NINE, by=ANA))
        erased = one(ticket, names)
        assert erased.fields["topic"] == expected
        assert one(erased, names) == erased

    def test_numbers_and_truth_values_stay(self) -> None:
        for value in (12, True, None):
            life = [commands.SetFields({"topic": each}, at=NINE, by=ANA) for each in ("x", value)]
            ticket = given(OPENING, *life)
            assert one(ticket, {"12": "p-1", "True": "p-2", "2026": "p-3"}) == ticket

    def test_a_text_that_becomes_too_long_is_cut(self) -> None:
        """A document with a longer text could not be read again."""
        long = "bruno " * 10_922 + "bru"
        ticket = given(OPENING, commands.SetFields({"topic": long}, at=NINE, by=ANA))
        erased = one(ticket, {"bruno": "p" * 256, "pppp": "x"})
        found = cast("str", erased.fields["topic"])
        assert 65_536 - 520 < len(found) <= 65_536
        assert documents.read("ticket", documents.write(erased)) == erased
        assert one(erased, {"bruno": "p" * 256}) == erased

    def test_what_differs_by_case_is_said(self) -> None:
        ticket = given(OPENING, commands.SetFields({"topic": "Bruno called"}, at=NINE, by=ANA))
        (text,) = erase([ticket], {"bruno": "p-2"}).remains
        where = f"ticket 'T-1', entry {ticket.version - 1}, events[0].field_changed.after"
        assert text == f"{where}: 'Bruno called' has 'Bruno' in it; {OTHERWISE}"

    def test_reasons_in_words_are_replaced(self) -> None:
        ticket = given(OPENING, commands.Assign("bruno", at=NINE, by=ANA))
        told = [entry.cause.reason for entry in ticket.history if isinstance(entry.cause, events.ByRule)][-1]
        assert "bruno" in str(told)
        erased = one(ticket, PEOPLE)
        again = [entry.cause.reason for entry in erased.history if isinstance(entry.cause, events.ByRule)][-1]
        assert str(again) == str(told).replace("bruno", "p-2")

    def test_occasions_in_words_are_replaced(self) -> None:
        """No occasion of today has a name in it; an old history can."""
        [opening] = given(attrs.evolve(OPENING, message=None)).history
        key = events.Key("T-1", "on-day", 1, "0", 0)
        reason = events.OccasionReason("the day of bruno", NINE)
        caused = events.ByRule(key, NINE, reason, 0, RULES.digest)
        system = Actor("system", "ticketflow")
        ticket = replay([opening, Entry(1, key.digest, NINE, system, caused, (events.Emitted("e"),))])
        cause = cast("events.ByRule", one(ticket, PEOPLE).history.last.cause)
        assert cause == attrs.evolve(caused, reason=events.OccasionReason("the day of p-2", NINE))

    def test_spans_stay(self) -> None:
        ticket = given(OPENING, commands.AddMessage(Message("m2"), at=NINE + 10 * HOUR, by=CUSTOMER))
        reasons = [type(entry.cause.reason) for entry in ticket.history if isinstance(entry.cause, events.ByRule)]
        assert events.TimeReason in reasons
        assert one(ticket, {"opening": "p-1"}) == ticket


class TestFollowUps:
    @pytest.mark.parametrize("form", [lambda ticket: ticket, stored], ids=["loaded", "stored"])
    def test_a_follow_up_names_the_erased_history(self, form: Any) -> None:  # noqa: ANN401 -- a function of a ticket
        first, second, third = map(form, (FIRST, SECOND, THIRD))
        for order in ((first, second, third), (third, second, first), (second, third, first)):
            erased = {ticket.id: ticket for ticket in erase(order, PEOPLE).tickets}
            assert [*erased] == [ticket.id for ticket in order]
            loaded = erased["T-1"].with_earlier(erased["T-0"])
            assert erased["T-2"].with_earlier(loaded).earlier == loaded.history
            for ticket in erased.values():
                assert not words(texts(ticket)) & PEOPLE.keys()
                assert stored(ticket) == ticket
                assert replay(ticket.history) == ticket
        assert erase(erase([first, second, third], PEOPLE).tickets, PEOPLE) == erase([first, second, third], PEOPLE)

    def test_stored_and_loaded_follow_ups_are_erased_alike(self) -> None:
        loaded = erase([FIRST, SECOND, THIRD], PEOPLE).tickets
        assert erase(map(stored, (FIRST, SECOND, THIRD)), PEOPLE).tickets == loaded
        assert [*map(documents.write, loaded)] == [
            documents.write(ticket) for ticket in erase(map(stored, (FIRST, SECOND, THIRD)), PEOPLE).tickets
        ]

    def test_a_ticket_that_grew_after_it_was_followed_up(self) -> None:
        rated = handle(FIRST, commands.Rate(5, at=NINE + HOUR, by=CUSTOMER), _with_survey()).unwrap().ticket
        assert rated.version == FIRST.version + 1
        erased, follow_up = erase([stored(rated), stored(SECOND)], PEOPLE).tickets
        assert follow_up.with_earlier(erased).earlier == one(FIRST, PEOPLE).history

    def test_the_name_of_a_ticket_that_is_not_given_stays(self) -> None:
        assert one(stored(SECOND), PEOPLE).earlier == stored(SECOND).earlier
        assert one(SECOND, PEOPLE).earlier == one(FIRST, PEOPLE).history

    def test_a_history_that_is_not_the_named_one_is_refused(self) -> None:
        other = replay([attrs.evolve(FIRST.history.first, at=NINE - HOUR), *FIRST.history[1:]])
        shorter = replay(FIRST.history[:1])
        for wrong in (other, shorter):
            what = "history of ticket 'T-1', entry 0: it does not go on from version 2 of ticket 'T-0'; "
            with pytest.raises(HistoryError, match=f"^{what}give the ticket that it names, with the entries that"):
                erase([wrong, stored(SECOND)], PEOPLE)

    def test_tickets_that_follow_up_each_other_are_refused(self) -> None:
        text = documents.write(stored(SECOND))
        second = documents.read("ticket", text)
        circle = documents.read("ticket", text.replace("T-1", "T-x").replace("T-0", "T-1").replace("T-x", "T-0"))
        assert (second.follows, circle.follows) == (circle.id, second.id)
        with pytest.raises(HistoryError, match="it follows up itself; give histories that were not changed"):
            erase([second, circle], PEOPLE)

    def test_a_long_chain(self) -> None:
        last = FIRST
        for number in range(300):
            last = closed(last, f"F-{number}")
        at: Any = one(last, PEOPLE)
        for _ in range(300):
            assert at.history.first.actor.id == "p-2"
            at = attrs.evolve(at, history=at.earlier, earlier=opening_of(at.earlier).earlier)
        assert at.history == one(FIRST, PEOPLE).history


def _with_survey() -> Rules:
    workflow = attrs.evolve(WORKFLOW, states=(State("open"), State("closed", "closed", survey_open=True)))
    return attrs.evolve(RULES, workflow=workflow)


class TestRemains:
    def test_ids_by_which_something_is_found_stay(self) -> None:
        rules = _with_survey()
        ticket = given(
            commands.Open("bruno-1", message=Message("<bruno.1@x>"), event_id="mail/bruno", at=NINE, by=CUSTOMER),
            commands.Link("bruno-2", at=NINE, by=ANA),
            commands.Move("close", at=NINE, by=ANA),
            commands.Rate(5, comment="c.bruno", at=NINE + HOUR, by=CUSTOMER),
            rules=rules,
        )
        erasure = erase([ticket], PEOPLE)
        last = ticket.version - 1
        expected = [
            (0, "cause.by_command.event_id", "mail/bruno", "repeated deliveries are recognized by it"),
            (0, "events[0].opened.ticket", "bruno-1", "tickets are found by it"),
            (0, "events[1].message_added.id", "<bruno.1@x>", "messages are found by it"),
            (last - 2, "events[0].linked.ticket", "bruno-2", "tickets are found by it"),
            (last, "events[0].rated.comment", "c.bruno", "comments are found by it"),
        ]
        assert [*erasure.remains] == [
            f"ticket 'bruno-1', entry {entry}, {place}: {text!r} has 'bruno' in it; {why}"
            for entry, place, text, why in expected
        ]
        assert [*erasure.tickets[0].delivery_ids] == ["mail/bruno"]

    def test_rule_sets_do_not_change(self) -> None:
        remains = erase([], PEOPLE, [RULES, attrs.evolve(RULES, automations=())]).remains
        places = ("automations[0].then[1].send_message.to", "automations[2].when.on_enter.assigned_to[0]")
        found = ("person:bruno", "bruno")
        assert remains == tuple(
            f"rule set 'desk' {RULES.digest}, {place}: {text!r} has 'bruno' in it; rule sets do not change"
            for place, text in zip(places, found, strict=True)
        )

    def test_nothing_remains_of_who_is_not_there(self) -> None:
        ticket = given(OPENING)
        assert erase([ticket], {"zoe": "p-1"}, [RULES]) == erase([ticket], {})
        assert erase([ticket], {}).tickets == (ticket,)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("bruno", "names 'bruno' is not a mapping; give a pseudonym for each id or name"),
        ({"": "p-1"}, "names {'': 'p-1'} is not a mapping; give a pseudonym for each id or name"),
        ({1: "p-1"}, "names {1: 'p-1'} is not a mapping; give a pseudonym for each id or name"),
        (
            {"bruno": "p 1"},
            "pseudonym of 'bruno' 'p 1' is not a valid id; use printable ASCII without blanks, 1 to 256",
        ),
        (
            {"bruno": "ex-bruno"},
            "the pseudonym 'ex-bruno' of 'bruno' has a name in it; give one that says nothing of the",
        ),
        ({"ana": "bruno", "bruno": "p"}, "the pseudonym 'bruno' of 'ana' has a name in it; give one that says nothing"),
    ],
)
def test_bad_names_are_refused(names: Any, message: str) -> None:  # noqa: ANN401 -- any value
    with pytest.raises(BadValueError) as caught:
        erase([given(OPENING)], names)
    assert str(caught.value).startswith(message)


def test_bad_tickets_are_refused() -> None:
    ticket = given(OPENING)
    with pytest.raises(BadValueError, match=r"^ticket 'T-1' is given twice; give each ticket once$"):
        erase([ticket, ticket], PEOPLE)
    with pytest.raises(BadValueError, match="tickets"):
        erase(ticket, PEOPLE)  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match="rules"):
        erase([], PEOPLE, [1])  # type: ignore[list-item]


class _Busy(MemoryStore):
    """A store in which a command is faster than the first erasure."""

    was_changed = False

    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        if not self.was_changed:
            self.was_changed = True
            give(self, "T-0", commands.AddMessage(Message("m9"), at=NINE + HOUR, by=CUSTOMER))
        super().replace(before, after)


def give(store: MemoryStore, ticket: str, command: Command, rules: Rules = RULES) -> Transaction:
    found = transact(store.load(ticket), command, rules)
    store.commit(found)
    return found


class TestStored:
    def test_everything_that_a_store_has_is_erased(self) -> None:
        store = _Busy()
        store.keep_rules(RULES)
        give(store, "T-0", attrs.evolve(OPENING, ticket="T-0"))
        give(store, "T-1", OPENING)
        give(store, "T-2", attrs.evolve(OPENING, ticket="T-2", by=Actor("customer", "zoe")))
        give(store, "T-1", commands.Move("close", at=NINE, by=BOSS))
        for before, after in (("T-1", "T-3"), ("T-3", "T-4")):
            follow_up = commands.FollowUp(after, requester="zoe", at=NINE, by=Actor("agent", "eva"))
            give(store, before, follow_up)
            give(store, after, commands.Move("close", at=NINE, by=Actor("agent", "eva")))
        store.set_aside("T-2", "no mail for bruno")
        item = store.to_send(NINE, 9)[-1]
        store.postpone(item.key, None, "Bruno is unknown")
        names = ("T-2", "T-3", "T-4")
        rows = [*map(store.row, names)]
        give(store, "T-5", commands.Open("T-5", message=Message("m1"), at=NINE, by=ANA))
        give(store, "T-5", commands.SetFields({"topic": "brunoes, not BRUNO"}, at=NINE, by=ANA))
        untouched = store.load("T-5")

        remains = erase_stored(store, {"bruno": "p-2", "boss": "p-4"})
        assert [text.partition(",")[0].partition(":")[0] for text in remains] == [
            "ticket 'T-5'",
            *[f"rule set 'desk' {RULES.digest}"] * 2,
            "the error of ticket 'T-2' has 'bruno' in it; set it anew",
            f"the error of item '{item.key}' has 'Bruno' in it; set it anew",
        ]
        assert store.mentioning("boss") == []
        assert (store.requested_by("bruno", 9), store.requested_by("p-2", 9)) == ([], ["T-0", "T-1"])
        first, second, third = (_loaded(store, name) for name in ("T-1", "T-3", "T-4"))
        assert first.requester == "p-2"
        assert store.was_changed
        assert {entry.actor.id for entry in _loaded(store, "T-0").history} == {"p-2", "ticketflow"}
        assert third.with_earlier(second.with_earlier(first)).follows == "T-3"
        assert (store.load("T-5"), *map(store.row, names)) == (untouched, *rows)
        assert {each.recipient for each in store.to_send(NINE, 99)} >= {"p-2"}
        assert erase_stored(store, {"bruno": "p-2", "boss": "p-4"}) == remains

    def test_a_rule_set_that_is_not_kept_is_not_looked_through(self) -> None:
        store = MemoryStore()
        give(store, "T-1", OPENING)
        assert erase_stored(store, {"bruno": "p-2"}) == ()
        assert _loaded(store, "T-1").requester == "p-2"


def _loaded(store: MemoryStore, name: str) -> Ticket:
    found = store.load(name)
    assert found is not None
    return found
