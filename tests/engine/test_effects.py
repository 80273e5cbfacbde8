"""What rules can do and ask for: each action by hand, and each question about what happened before."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, ROBOT, Desk, mails, utc
from tests.support.small_rule_set import small
from ticketflow import (
    After,
    All,
    Automation,
    Created,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    Happened,
    HasLink,
    IsUnanswered,
    LastMessage,
    Latest,
    Left,
    Not,
    OnEnter,
    OnLeave,
    OnLink,
    OnMessage,
    OnOutside,
    OnRate,
    Outside,
    RatingIs,
    Reopened,
    Rules,
    Snoozing,
    State,
    StateIs,
    Transition,
    Workflow,
    WorkingTime,
    advance,
    commands,
    evaluate,
    events,
    explain,
    follow_ups,
    handle,
    records,
    replay,
    report,
)
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import (
    Action,
    AddNote,
    Assign,
    Emit,
    FollowUp,
    HoldField,
    LookUp,
    Move,
    Rate,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
)
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import AtSnoozeEnd
from ticketflow.text.sentences import Wording
from ticketflow.tickets.anchors import AssignedLast, Resumed
from ticketflow.tickets.events import (
    Assigned,
    ByRule,
    Dropped,
    Emitted,
    FieldChanged,
    FieldHeld,
    FollowUpRequested,
    MessageAdded,
    MessageRequested,
    Rated,
)
from ticketflow.tickets.messages import Message
from ticketflow.workflow.conditions import Condition, holds

NINE = utc(2026, 11, 23, 9)
HOUR = Elapsed(hours=1).amount
OUTCOMES = Workflow(
    states=(State("open"), State("done", "resolved"), State("closed", "closed")),
    transitions=(
        Transition("finish", ("open",), "done", may=("agent",)),
        Transition("again", ("done",), "open", may=("agent", "customer")),
        Transition("close", ("open", "done"), "closed", may=("agent",)),
    ),
    fields=(
        Field("outcome", ("won", "lost")),
        Field("method", ("answered", "silence")),
        Field("level", (1, 2)),
        Field("vip", kind="truth"),
    ),
    outside_events={"paid"},
)


IS_OPEN = StateIs("open")
SET_TWICE = "one step changes field 'level' twice; keep one of the actions; all actions of a step take effect at once"


def desk(*rules: Rule) -> Desk:
    made = Desk(Rules("outcomes", OUTCOMES, small().calendars, rules))
    made.open(NINE)
    return made


def after_an_hour(*then: Action, given: Condition = IS_OPEN, name: str = "act") -> Automation:
    return Automation(name, After(Elapsed(hours=1), Created()), then, given)


def done(made: Desk) -> list[object]:
    """Return what rules did, as events."""
    return [event for entry in made.ticket.history if isinstance(entry.cause, ByRule) for event in entry.events]


class TestActions:
    """3.1: the ones that no scenario of a desk shows."""

    def test_resolving_by_a_method(self) -> None:
        made = desk(after_an_hour(Resolve("lost", "silence"), Move("close")))
        made.advance(NINE + HOUR)
        fields = made.ticket.fields
        assert (made.ticket.state, fields["outcome"], fields["method"]) == ("closed", "lost", "silence")

    def test_the_second_of_two_resolutions_is_dropped_with_its_method(self) -> None:
        first, second = after_an_hour(Resolve("won"), name="a"), after_an_hour(Resolve("lost", "silence"), name="b")
        made = desk(second, first)
        made.advance(NINE + HOUR)
        assert (made.ticket.outcome, made.ticket.fields.get("method")) == ("won", None)
        assert done(made)[1:] == [Dropped("resolve as lost by silence: it ended already, as 'won'")]

    def test_rating_in_the_customers_place_once(self) -> None:
        made = desk(after_an_hour(Rate(5), name="a"), after_an_hour(Rate(1), name="b"))
        made.advance(NINE + HOUR)
        assert made.ticket.rating == 5
        assert done(made) == [Rated(5), Dropped("rate 1: it is rated already, 5")]

    def test_a_note_of_an_empty_field_is_not_added(self) -> None:
        made = desk(after_an_hour(AddNote("method")))
        made.advance(NINE + HOUR)
        assert (done(made), made.ticket.version) == ([], 2)  # opened, and the step that changed nothing
        filled = desk(after_an_hour(AddNote("method")))
        filled.give(commands.SetFields({"method": "answered"}, at=NINE, by=ANA))
        filled.advance(NINE + HOUR)
        assert done(filled) == [MessageAdded(Message("T-1.note.2", public=False))]

    @pytest.mark.parametrize(
        ("name", "note"),
        [
            ("2026/00123", "2026%2F00123.note.1"),
            ("a@b:c#d", "a@b:c#d.note.1"),
            ("x" * 249, "x" * 249 + ".note.1"),
            ("x" * 250, blake2b(b"x" * 250, digest_size=10).hexdigest() + ".note.1"),
            ("/" * 256, blake2b(b"%2F" * 256, digest_size=10).hexdigest() + ".note.1"),
        ],
    )
    def test_the_id_of_a_note_contains_the_escaped_id_of_the_ticket(self, name: str, note: str) -> None:
        assert events.note_id(name, 1) == note
        assert Message(note).id == note

    def test_escalating_is_a_step_of_several(self) -> None:
        """To raise its level, give it to somebody, tag it and tell them: what an escalation is, as one entry."""
        then = (SetField("level", 2), SetField("vip", value=True), Assign("team-2"), SendMessage("urgent", "owner"))
        made = desk(after_an_hour(*then))
        made.advance(NINE + HOUR)
        assert (made.ticket.fields, made.ticket.assignee) == ({"level": 2, "vip": True}, "team-2")
        assert mails(made.ticket) == [(NINE + HOUR, "urgent")]
        assert made.ticket.version == 2

    def test_what_is_so_already_is_not_set_or_assigned_again(self) -> None:
        """A timer that changes nothing is behind the ticket all the same; a reaction leaves no trace."""
        steps = (SetField("level", 1), Assign("ana"))
        made = desk(after_an_hour(*steps), Automation("react", OnMessage("customer"), steps))
        made.give(commands.SetFields({"level": 1}, at=NINE, by=ANA))
        made.assign(NINE)
        assigned = made.ticket.marks["assigned"]
        made.write(NINE, CUSTOMER)
        assert done(made) == [FieldChanged("level", None, 1), Assigned(None, "ana")], "on opening, by its message"
        made.advance(NINE + HOUR)
        assert len(made.ticket.history.last.events) == 0
        assert made.ticket.marks["assigned"] == assigned
        assert not evaluate(NINE + 2 * HOUR, made.ticket, made.rules)

    def test_a_hold_is_laid_once(self) -> None:
        """What is held at a value already is not held anew; another value is another hold."""
        made = desk(
            Automation("again", OnMessage("customer"), (HoldField("level", 2),)),
            Automation("other", OnMessage("agent"), (HoldField("level", 1),)),
        )
        made.write(NINE + HOUR, CUSTOMER)
        made.write(NINE + 2 * HOUR, ANA)
        assert done(made) == [FieldHeld("level", None, 2), FieldHeld("level", None, 1)]


class TestWaking:
    """5.1."""

    @pytest.mark.parametrize(("is_enabled", "state"), [(True, "again"), (False, "done")])
    def test_nothing_wakes_into_a_state_that_is_not_enabled(self, is_enabled: bool, state: str) -> None:
        flow = Workflow(
            states=(
                State("open"),
                State("done", "resolved"),
                State("again", is_enabled=is_enabled),
                State("closed", "closed"),
            ),
            transitions=(
                Transition("finish", ("open",), "done", may=("agent",)),
                Transition("back", ("done",), "again", may=("agent",)),
                Transition("end", ("open", "done", "again"), "closed", may=("agent",)),
            ),
            reopen="back",
        )
        made = Desk(Rules("sleepy", flow, small().calendars, (), Snoozing()))
        made.open(NINE)
        made.move(NINE, "finish")
        made.give(commands.Snooze(until=NINE + HOUR, at=NINE, by=ANA))
        made.advance(NINE + HOUR)
        assert (made.ticket.state, made.ticket.snooze) == (state, None)


class TestFollowUps:
    """A rule asks for a follow-up; whoever stores tickets opens it."""

    def closing(self) -> tuple[Desk, datetime]:
        return desk(after_an_hour(Move("close"), FollowUp())), NINE + HOUR

    def test_it_is_opened_by_the_command_that_the_plan_gives(self) -> None:
        made, at = self.closing()
        plan = evaluate(at, made.ticket, made.rules)
        (command,) = follow_ups(plan, ROBOT)
        assert (command.at, command.by, command.event_id) == (at, ROBOT, plan.due[0].key.digest)
        made.advance(at)
        child = handle(made.ticket, command, made.rules).unwrap().created
        assert child is not None
        assert (child.id, child.follows, child.state) == (command.new_ticket, "T-1", "open")
        assert follow_ups(evaluate(at, desk(*made.rules.automations).ticket, made.rules), ROBOT) == (command,)

    def test_of_a_ticket_that_is_not_closed_there_is_none(self) -> None:
        made = desk(after_an_hour(FollowUp(), name="a"), after_an_hour(FollowUp(), Move("finish"), name="b"))
        made.advance(NINE + HOUR)
        assert done(made) == [
            Dropped("open a follow-up: the ticket is not closed"),
            Dropped("open a follow-up: the ticket is not closed"),
        ]

    def test_of_a_closed_one_a_reaction_can_ask(self) -> None:
        made = desk(Automation("go-on", OnEnter(StateIs("closed")), (FollowUp(),)))
        made.move(NINE + HOUR, "close")
        assert done(made) == [FollowUpRequested()]

    def test_it_is_told_in_both_languages(self) -> None:
        made, at = self.closing()
        made.advance(at)
        spoken = [Wording(made.rules, at.tzinfo, language).entry(made.ticket.history.last) for language in ("en", "es")]  # type: ignore[arg-type]
        assert [lines[-2].split("; ")[1] for lines in spoken] == [
            "a follow-up is to be opened",
            "se solicita abrir un ticket de seguimiento",
        ]


class TestEmits:
    """3.1: a rule emits an event for other systems."""

    def emitted(self, *then: Action, **fields: Value) -> list[object]:
        made = desk(after_an_hour(*then))
        if fields:
            made.give(commands.SetFields(fields, at=NINE, by=ANA))
        made.advance(NINE + HOUR)
        return done(made)

    def test_it_records_the_name_and_the_values_of_its_fields(self) -> None:
        assert self.emitted(Emit("late")) == [Emitted("late")]
        assert self.emitted(Emit("late", ("vip", "level")), vip=True) == [
            Emitted("late", FrozenMap({"vip": True, "level": None}))
        ]

    @pytest.mark.parametrize(
        ("beside", "value"),
        [(SetField("level", 2), 2), (HoldField("level", 2), 2), (LookUp("level", ("vip",), {True: 2}), 2)],
    )
    def test_the_values_are_those_after_the_step(self, beside: Action, value: Value) -> None:
        """A receiver wants to know what the ticket is now; the order of the actions does not matter."""
        event = Emitted("ranked", FrozenMap({"level": value}))
        assert self.emitted(Emit("ranked", ("level",)), beside, level=1, vip=True)[0] == event
        assert self.emitted(beside, Emit("ranked", ("level",)), level=1, vip=True)[1] == event

    def test_a_released_field_has_the_value_that_was_kept(self) -> None:
        made = desk(
            after_an_hour(HoldField("level", 2), name="hold"),
            Automation(
                "release", After(Elapsed(hours=2), Created()), (ReleaseField("level"), Emit("free", ("level",)))
            ),
        )
        made.give(commands.SetFields({"level": 1}, at=NINE, by=ANA))
        made.advance(NINE + 2 * HOUR)
        assert done(made)[-1] == Emitted("free", FrozenMap({"level": 1}))

    def test_the_outcome_of_the_new_state_counts(self) -> None:
        states = (State("open"), State("done", "resolved", outcome="won"), State("closed", "closed"))
        made = Desk(
            Rules(
                "outcomes",
                attrs.evolve(OUTCOMES, states=states),
                small().calendars,
                (after_an_hour(Emit("won", ("outcome",)), Move("finish")),),
            )
        )
        made.open(NINE)
        made.advance(NINE + HOUR)
        assert done(made)[0] == Emitted("won", FrozenMap({"outcome": "won"}))

    def test_it_changes_nothing(self) -> None:
        """Neither the facts nor an anchor, and it does not count against the bound for changes."""
        made = desk(after_an_hour(Emit("late", ("level",))))
        before = made.ticket
        made.advance(NINE + HOUR)
        after = made.ticket
        assert (after.trails, after.marks, after.unattended) == (before.trails, before.marks, 0)
        assert [record.kind for record in records(after)][-1] == "emitted"

    def test_a_closed_ticket_can_emit(self) -> None:
        made = desk(Automation("archive", OnEnter(StateIs("closed")), (Emit("archived", ("level",)),)))
        made.move(NINE, "close")
        assert done(made) == [Emitted("archived", FrozenMap({"level": None}))]
        assert replay(made.ticket.history) == made.ticket

    def test_a_step_that_is_impossible_emits_nothing(self) -> None:
        assert self.emitted(Emit("again"), Move("again")) == [Dropped("move by again: it does not lead from 'open'")]

    def test_it_is_told_in_three_languages(self) -> None:
        event, then = Emitted("ranked", FrozenMap({"level": 2})), Emit("ranked", ("level", "vip"))
        rules = desk().rules
        words = [Wording(rules, language=language) for language in ("en", "es", "pt")]
        assert [each.event(event) for each in words] == [
            "event ranked emitted, level 2",
            "evento ranked emitido, level: 2",
            "evento ranked emitido, level: 2",
        ]
        assert [each.action(then) for each in words] == [
            "emit ranked with level and vip",
            "emitir el evento ranked con level y vip",
            "emitir o evento ranked com level e vip",
        ]
        assert [each.action(Emit("ranked")) for each in words] == [
            "emit ranked",
            "emitir el evento ranked",
            "emitir o evento ranked",
        ]
        assert [str(then), str(Emit("ranked"))] == ["emit ranked with level and vip", "emit ranked"]


class TestTables:
    """3.1: a field looked up in a table."""

    TABLE = LookUp("level", ("vip", "method"), {(True, "answered"): 1, (True, None): 2, (False, None): None})

    def looked_up(self, then: Action = TABLE, **fields: Value) -> Desk:
        made = desk(after_an_hour(then))
        if fields:
            made.give(commands.SetFields(fields, at=NINE, by=ANA))
        made.advance(NINE + HOUR)
        return made

    def test_the_row_of_the_inputs_decides(self) -> None:
        assert done(self.looked_up(vip=True, method="answered")) == [FieldChanged("level", None, 1)]
        assert done(self.looked_up(vip=True)) == [FieldChanged("level", None, 2)]
        assert done(self.looked_up(vip=False, level=2)) == [FieldChanged("level", 2, None)]

    def test_without_a_row_the_field_stays(self) -> None:
        assert done(self.looked_up(vip=False, method="answered", level=2)) == []
        assert done(self.looked_up(level=1)) == []

    def test_a_number_is_no_truth_value(self) -> None:
        assert done(self.looked_up(LookUp("vip", ("level",), {1: True}), level=1)) == [FieldChanged("vip", None, True)]
        assert self.TABLE.found({"vip": 1}) == ()

    def test_the_guard_of_a_move_beside_it_reads_what_it_sets(self) -> None:
        """As with `SetField` (3.1): the row is for level 2."""
        workflow = attrs.evolve(
            OUTCOMES,
            transitions=(*OUTCOMES.transitions, Transition("sort", ("open",), "done", given=FieldIs("level", 2))),
        )
        rule = after_an_hour(LookUp("level", ("vip",), {None: 2}), Move("sort"))
        made = Desk(Rules("sorted", workflow, small().calendars, (rule,)))
        made.open(NINE)
        made.advance(NINE + HOUR)
        assert (made.ticket.state, made.ticket.fields["level"]) == ("done", 2)

    def test_it_is_told_in_both_languages(self) -> None:
        rules = desk(after_an_hour(self.TABLE)).rules
        told = [Wording(rules, language=language).action(self.TABLE) for language in ("en", "es")]
        assert told == ["look level up by vip and method", "fijar level según la tabla de vip y method"]
        assert str(self.TABLE) == "look level up by vip and method"

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ("high", "rows is 'high'; give a mapping, or a tuple of rows"),
            (("high",), "a row of the table is 'high'; give a tuple of values"),
        ],
    )
    def test_what_is_no_table_is_refused(self, rows: object, said: str) -> None:
        with pytest.raises(BadValueError) as caught:
            LookUp("level", ("vip",), rows)
        assert str(caught.value) == said

    def test_a_limit_is_a_number_or_an_instant(self) -> None:
        with pytest.raises(BadValueError) as caught:
            FieldIs("level", at_least=True)
        assert str(caught.value) == "a limit is True; give a whole number or an instant"


class TestSurveys:
    """2.2: a closed ticket takes a rating where its state says so, and nothing else."""

    SURVEYED = attrs.evolve(
        OUTCOMES,
        states=tuple(attrs.evolve(each, survey_open=each.category == "closed") for each in OUTCOMES.states),
        after_closing="follow_up",
    )

    def closed(self, *rules: Rule, workflow: Workflow = SURVEYED) -> Desk:
        made = Desk(Rules("surveyed", workflow, small().calendars, rules))
        made.open(NINE)
        made.move(NINE + HOUR, "close")
        return made

    def rate(self, made: Desk, score: int = 2, hours: int = 2, comment: str | None = None) -> None:
        made.give(commands.Rate(score, comment, at=NINE + hours * HOUR, by=CUSTOMER))

    def test_a_closed_ticket_takes_a_rating_and_stays_closed(self) -> None:
        made = self.closed()
        self.rate(made, 4, comment="m7")
        assert (made.ticket.rating, made.ticket.state) == (4, "closed")
        assert made.ticket.history.last.events == (Rated(4, "m7"),)
        assert replay(made.ticket.history) == made.ticket

    def test_a_rating_after_the_closing_moves_no_anchor(self) -> None:
        made = self.closed()
        before = made.ticket.marks
        self.rate(made)
        assert made.ticket.marks == before

    def test_a_rating_before_the_closing_is_activity(self) -> None:
        workflow = attrs.evolve(
            OUTCOMES, states=tuple(attrs.evolve(each, survey_open=True) for each in OUTCOMES.states)
        )
        made = Desk(Rules("surveyed", workflow, small().calendars))
        made.open(NINE)
        self.rate(made)
        assert made.ticket.marks["activity.command"].at == NINE + 2 * HOUR

    def test_it_takes_nothing_else(self) -> None:
        made = self.closed()
        for command in (
            commands.AddMessage(Message("m9"), at=NINE + 2 * HOUR, by=CUSTOMER),
            commands.SetFields({"level": 1}, at=NINE + 2 * HOUR, by=ANA),
            commands.Link("T-2", at=NINE + 2 * HOUR, by=ANA),
        ):
            assert handle(made.ticket, command, made.rules).kinds == {"closed_for_good"}  # type: ignore[union-attr]

    def test_where_the_survey_is_not_open_the_ticket_is_closed_for_good(self) -> None:
        made = self.closed(workflow=OUTCOMES)
        decision = handle(made.ticket, commands.Rate(2, at=NINE + 2 * HOUR, by=CUSTOMER), made.rules)
        assert decision.kinds == {"closed_for_good"}  # type: ignore[union-attr]

    def test_rules_that_react_send_and_follow_up(self) -> None:
        """A low rating: an apology, and a follow-up; the field stays as it is."""
        made = self.closed(
            Automation("sorry", OnRate(), (SendMessage("sorry"), FollowUp()), given=RatingIs(at_most=2)),
            Automation("thanks", OnRate(), (SendMessage("thanks"),), given=RatingIs(at_least=4)),
            Automation("worry", OnRate(), (SetField("level", 1),)),
        )
        self.rate(made, 2)
        self.rate(made, 3, hours=3)
        assert done(made) == [
            MessageRequested("sorry", "customer", "bruno"),
            FollowUpRequested(),
            Dropped("set level to 1: the ticket is closed for good"),
            Dropped("set level to 1: the ticket is closed for good"),
        ]
        assert made.ticket.fields.get("level") is None

    def test_the_same_score_again_is_another_rating(self) -> None:
        made = self.closed(Automation("sorry", OnRate(), (SendMessage("sorry"),)))
        self.rate(made, 2)
        self.rate(made, 2, hours=3)
        assert mails(made.ticket) == [(NINE + 2 * HOUR, "sorry"), (NINE + 3 * HOUR, "sorry")]

    def test_the_time_in_states_ends_with_the_closing(self) -> None:
        made = self.closed()
        before = report(NINE + 9 * HOUR, made.ticket, made.rules)
        self.rate(made)
        assert report(NINE + 9 * HOUR, made.ticket, made.rules).time_in == before.time_in

    @pytest.mark.parametrize(
        ("condition", "english", "spanish"),
        [
            (RatingIs(), "the ticket is rated", "el ticket está valorado"),
            (RatingIs(at_most=2), "the rating is 2 or less", "la valoración es 2 o menos"),
            (RatingIs(at_least=4), "the rating is 4 or more", "la valoración es 4 o más"),
            (RatingIs(2, 4), "the rating is 2 to 4", "la valoración está entre 2 y 4"),
        ],
    )
    def test_ratings_are_told(self, condition: Condition, english: str, spanish: str) -> None:
        rules = desk(after_an_hour(Rate(3), given=condition)).rules
        told = [Wording(rules, language=language) for language in ("en", "es")]
        assert [str(condition), *(each.condition(condition) for each in told)] == [english, english, spanish]
        assert [each.trigger(OnRate()) for each in told] == [str(OnRate()), "se valoró el ticket"]
        assert [each.event(Rated(2, "m7")) for each in told] == [
            "rated 2, with comment m7",
            "valorado con 2, con el comentario m7",
        ]


class TestLinks:
    """2.6: links have kinds, for which rules and conditions can ask."""

    def link(self, made: Desk, other: str, kind: str, hours: int) -> None:
        made.give(commands.Link(other, kind, at=NINE + hours * HOUR, by=ANA))

    def test_a_rule_reacts_to_a_kind_of_link(self) -> None:
        made = desk(Automation("merged", OnLink("merged_from"), (SendMessage("merged"),)))
        self.link(made, "T-2", "related", 1)
        self.link(made, "T-2", "merged_from", 2)
        self.link(made, "T-2", "merged_from", 3)
        assert mails(made.ticket) == [(NINE + 2 * HOUR, "merged")], "the same link again changes nothing"
        assert made.ticket.history.last.events == ()

    def test_conditions_count_links(self) -> None:
        made = desk(Automation("family", OnEnter(HasLink("child", at_least=2)), (SendMessage("family"),)))
        for hours, other in enumerate(("T-2", "T-2", "T-3", "T-4"), 1):
            self.link(made, other, "child", hours)
        assert mails(made.ticket) == [(NINE + 3 * HOUR, "family")]
        assert [holds(HasLink(kind), made.ticket.facts) for kind in ("child", "related")] == [True, False]

    def test_the_parent_is_resolved_with_its_last_child(self) -> None:
        all_paid = Happened(Outside("paid"), at_least=3)
        made = desk(Automation("all", OnEnter(all_paid), (Move("finish"),)))
        for hours in (1, 2):
            made.give(commands.RecordEvent("paid", at=NINE + hours * HOUR, by=ANA))
        assert made.ticket.state == "open"
        made.give(commands.RecordEvent("paid", at=NINE + 3 * HOUR, by=ANA))
        assert made.ticket.state == "done"

    @pytest.mark.parametrize(
        ("condition", "english", "spanish"),
        [
            (HasLink("child"), "it has a link child", "tiene un enlace child"),
            (HasLink("child", 2), "it has 2 or more links child", "tiene 2 o más enlaces child"),
        ],
    )
    def test_links_are_told(self, condition: Condition, english: str, spanish: str) -> None:
        rules = desk(after_an_hour(Rate(3), given=condition)).rules
        told = [Wording(rules, language=language) for language in ("en", "es")]
        assert [str(condition), *(each.condition(condition) for each in told)] == [english, english, spanish]
        trigger = OnLink("child")
        assert [each.trigger(trigger) for each in told] == [str(trigger), "se enlazó como child"]


class TestWhatHappenedBefore:
    """3.1: conditions on the facts of the history."""

    def test_a_moment_that_has_been_stays_one(self) -> None:
        """Nobody has answered for a day: no reminder once somebody has, however long ago."""
        unanswered = Not(Happened(LastMessage("agent")))
        rule = Automation(
            "slow", After(Elapsed(days=1), LastMessage("customer")), (SendMessage("slow", "agent"),), unanswered
        )
        made = desk(rule)
        made.write(NINE + 5 * HOUR, CUSTOMER)
        silent = advance(NINE + 100 * HOUR, made.ticket, made.rules)
        assert mails(silent) == [(NINE + 29 * HOUR, "slow")]
        made.write(NINE + 28 * HOUR, ANA)
        made.write(NINE + 30 * HOUR, CUSTOMER)
        made.advance(NINE + 100 * HOUR)
        assert mails(made.ticket) == []

    def test_its_episode_begins_the_first_time(self) -> None:
        """Two hours after the opening, once anybody was assigned: armed at the first assignment and not the second."""
        rule = Automation("a", After(Elapsed(hours=2), Created()), (SendMessage("x"),), Happened(AssignedLast()))
        made = desk(rule)
        made.assign(NINE + 3 * HOUR)
        made.advance(NINE + 3 * HOUR)
        made.assign(NINE + 4 * HOUR, "bea")
        made.advance(NINE + 9 * HOUR)
        assert mails(made.ticket) == [(NINE + 3 * HOUR, "x")]

    def test_of_several_moments_any_will_do(self) -> None:
        rule = Automation("a", OnEnter(Happened(Latest(Left("done"), Entered("closed")))), (SendMessage("x"),))
        made = desk(rule)
        made.move(NINE + HOUR, "finish")
        assert mails(made.ticket) == []
        made.move(NINE + 2 * HOUR, "again")
        made.move(NINE + 3 * HOUR, "close")
        assert mails(made.ticket) == [(NINE + 2 * HOUR, "x")]

    def test_whether_an_answer_is_awaited(self) -> None:
        """Two working hours from the customer's first unanswered message; another one does not move it."""
        rule = Automation(
            "late", After(WorkingTime(hours=2), Created()), (SendMessage("late", "agent"),), IsUnanswered()
        )
        again = Automation("turn", OnLeave(IsUnanswered()), (SendMessage("turn"),))
        made = desk(rule, again)
        made.write(NINE + HOUR, CUSTOMER)
        answered = Desk(made.rules)
        answered.open(NINE)
        answered.write(NINE + HOUR, ROBOT)
        answered.write(NINE + HOUR, ANA, public=False)
        answered.write(NINE + 2 * HOUR, ANA)
        made.advance(NINE + 9 * HOUR)
        answered.advance(NINE + 9 * HOUR)
        assert mails(made.ticket) == [(NINE + 2 * HOUR, "late")]
        assert mails(answered.ticket) == [(NINE + 2 * HOUR, "turn")], "robots and notes do not write"

    def test_how_often_it_was_reopened(self) -> None:
        made = desk(Automation("again", OnEnter(Reopened(2)), (Assign("boss"),)))
        for hour in range(1, 6, 2):
            made.move(NINE + hour * HOUR, "finish")
            made.move(NINE + (hour + 1) * HOUR, "again")
        assert [entry.at for entry in made.ticket.history if isinstance(entry.cause, ByRule)] == [NINE + 4 * HOUR]
        assert made.ticket.facts["reopenings"] == 3

    def test_how_often_somebody_wrote_and_something_happened(self) -> None:
        """The opening message is the first. Robots and notes are not counted, and a rule acts once."""
        wrote = Automation("wrote", OnEnter(Happened(LastMessage("anyone"), at_least=3)), (SendMessage("wrote"),))
        paid = Automation("paid", OnEnter(Happened(Outside("paid"), at_least=2)), (SendMessage("paid"),))
        made = desk(wrote, paid)
        made.write(NINE + HOUR, CUSTOMER)
        made.write(NINE + 2 * HOUR, ROBOT)
        made.write(NINE + 3 * HOUR, ANA, public=False)
        made.write(NINE + 4 * HOUR, ANA)
        for hour in (5, 6, 7):
            made.give(commands.RecordEvent("paid", at=NINE + hour * HOUR, by=ANA))
        made.write(NINE + 8 * HOUR, CUSTOMER)
        made.write(NINE + 9 * HOUR, CUSTOMER)
        assert mails(made.ticket) == [(NINE + 4 * HOUR, "wrote"), (NINE + 6 * HOUR, "paid")]

    @pytest.mark.parametrize(
        ("condition", "english", "spanish"),
        [
            (
                Happened(LastMessage("customer"), at_least=3),
                "the customer wrote 3 or more times",
                "escribió el cliente 3 o más veces",
            ),
            (
                Happened(LastMessage("anyone"), at_least=2),
                "someone wrote 2 or more times",
                "alguien escribió 2 o más veces",
            ),
            (
                Happened(Outside("paid"), at_least=2),
                "the event paid has happened 2 or more times",
                "ya ocurrió el evento paid 2 o más veces",
            ),
            (FieldIs("level", at_least=2), "level is 2 or more", "level es 2 o más"),
            (FieldIs("level", at_most=2), "level is 2 or less", "level es 2 o menos"),
            (FieldIs("level", at_least=1, at_most=2), "level is 1 to 2", "level está entre 1 y 2"),
        ],
    )
    def test_counts_and_ranges_are_told_in_both_languages(
        self, condition: Condition, english: str, spanish: str
    ) -> None:
        rules = desk(after_an_hour(Rate(3), given=condition)).rules
        assert str(condition) == english
        told = [Wording(rules, language=language).condition(condition) for language in ("en", "es")]
        assert told == [english, spanish]

    def test_ranges_of_instants_are_told_in_local_time(self) -> None:
        wording = Wording(desk(after_an_hour(Rate(3))).rules, language="en")
        since, until = FieldIs("day", at_least=NINE), FieldIs("day", at_most=NINE)
        assert (str(since), str(until)) == (
            "day is 2026-11-23 09:00:00+00:00 or later",
            "day is 2026-11-23 09:00:00+00:00 or earlier",
        )
        assert wording.condition(since) == f"day is {wording.instant(NINE)} or later"
        assert wording.condition(until) == f"day is {wording.instant(NINE)} or earlier"

    def test_they_are_told_in_both_languages(self) -> None:
        asked = All(Happened(LastMessage("agent")), IsUnanswered(), Reopened(2))
        made = desk(
            after_an_hour(Rate(3), given=asked), after_an_hour(FollowUp(), Resolve("won", "answered"), name="b")
        )
        english, spanish = (Wording(made.rules, NINE.tzinfo, language) for language in ("en", "es"))  # type: ignore[arg-type]
        assert english.condition(asked) == (
            "(the last message by the support has happened) and (the customer waits for an answer) "
            "and (reopened 2 or more times)"
        )
        assert spanish.condition(asked) == (
            "(ya ocurrió el último mensaje del soporte) y (el cliente espera respuesta) y (reabierto 2 veces o más)"
        )
        told = [spanish.action(action) for rule in made.rules.automations for action in rule.then]  # type: ignore[union-attr]
        assert told == ["valorar con 3", "abrir un ticket de seguimiento", "resolver como won por answered"]
        (first, _) = explain(NINE, made.ticket, made.rules)
        assert first.verdict == "not_applicable"


class TestOrderOfReactions:
    """3.2, 3.10."""

    def test_a_reaction_to_a_reaction_takes_its_place_by_rank_and_id(self) -> None:
        """*b* sets off *a*, which then goes before *c*, though *c* has waited longer."""
        made = desk(
            Automation("b", OnMessage("customer"), (SetField("vip", value=True),)),
            Automation("c", OnMessage("customer"), (SendMessage("c"),)),
            Automation("a", OnOutside("paid"), (SendMessage("never"),)),
            Automation("a2", OnEnter(Not(StateIs("open"))), (SendMessage("a2"),)),
        )
        assert [entry.cause.key.rule for entry in made.ticket.history if isinstance(entry.cause, ByRule)] == ["b", "c"]
        chained = desk(
            Automation("b", OnMessage("customer"), (Move("finish"),)),
            Automation("c", OnMessage("customer"), (SendMessage("c"),)),
            Automation("a", OnEnter(StateIs("done")), (SendMessage("a"),)),
            Automation("d", OnEnter(StateIs("done")), (SendMessage("d"),), rank=1),
        )
        assert [entry.cause.key.rule for entry in chained.ticket.history if isinstance(entry.cause, ByRule)] == [
            "b",
            "a",
            "c",
            "d",
        ]

    @pytest.mark.parametrize("turned", [False, True])
    def test_what_one_step_both_resets_and_ends_is_ended(self, turned: bool) -> None:
        """3.4: a step holds at once, in whatever order its actions are written."""
        then: tuple[Action, ...] = (Move("finish"), Assign("ana"))
        waiting = Automation("wait", After(Elapsed(hours=1), Entered()), (SendMessage("x"),), ended_by=AssignedLast())
        made = desk(after_an_hour(*(then[::-1] if turned else then)), waiting)
        made.advance(NINE + 9 * HOUR)
        assert mails(made.ticket) == []


class TestProblems:
    """6.2."""

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            (after_an_hour(Resolve("won", "silense")), "no method 'silense'; did you mean 'silence'?"),
            (after_an_hour(Rate(6)), "the score is 6; give a whole number from 1 to 5"),
            (
                after_an_hour(Rate(1), Rate(2)),
                "one step changes the rating twice; keep one of the actions; all actions of a step take effect at once",
            ),
            (after_an_hour(Rate(1), given=Happened(Entered("don"))), "no state 'don'; did you mean 'done'?"),
            (after_an_hour(Rate(1), given=Reopened(0)), "times is 0; give at least 1"),
            (after_an_hour(Rate(1), given=Happened(Outside("paid"), 0)), "at_least is 0; give at least 1"),
            (
                after_an_hour(Rate(1), given=Happened(AssignedLast(), 2)),
                "at_least is 2, but the last assignment is not counted; give a message or an outside event",
            ),
            (
                after_an_hour(Rate(1), given=FieldIs("level", 1, at_least=2)),
                "the condition on 'level' has values and a range; give one of the two",
            ),
            (
                after_an_hour(Rate(1), given=FieldIs("level", at_least=2, at_most=1)),
                "the range 2 to 1 is empty; give the smaller limit first",
            ),
            (
                after_an_hour(Rate(1), given=FieldIs("level", at_least=NINE)),
                "field 'level' cannot be compared with 2026-11-23 09:00:00+00:00; there are: 1, 2",
            ),
            (
                after_an_hour(Rate(1), given=FieldIs("vip", at_most=3)),
                "field 'vip' cannot be compared with 3; there are: True and False",
            ),
            (after_an_hour(Rate(1), given=HasLink("child", 0)), "at_least is 0; give at least 1"),
            (
                Automation("x", OnLink("Child"), (Rate(1),)),
                (
                    "the kind of link 'Child' is not a name; "
                    "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"
                ),
            ),
            (
                after_an_hour(Rate(1), given=RatingIs(3, 2)),
                "no rating is 3 to 2; give scores from 1 to 5, the lower one first",
            ),
            (
                after_an_hour(Rate(1), given=FieldIs("rating", 1, 2)),
                "field 'rating' does not exist; use RatingIs(…) for the answer to the survey, or define the field",
            ),
            (after_an_hour(Rate(1), given=FieldIs("vip")), "FieldIs has no values; give at least one"),
            (
                after_an_hour(LookUp("level", ("vip",), {True: 3})),
                "field 'level' cannot have 3; there are: 1, 2",
            ),
            (
                after_an_hour(LookUp("level", ("vip",), {3: 1})),
                "field 'vip' cannot have 3; there are: True and False",
            ),
            (
                after_an_hour(LookUp("level", ("vpi",), {True: 1})),
                "no field 'vpi'; did you mean 'vip'?",
            ),
            (after_an_hour(LookUp("level", (), ((1,),))), "the table has no inputs; give at least one field"),
            (
                after_an_hour(LookUp("level", ("vip", "vip"), {(True, True): 1})),
                "the table has an input twice; give each input once",
            ),
            (after_an_hour(LookUp("level", ("vip",), ())), "the table has no rows; give at least one"),
            (
                after_an_hour(LookUp("level", ("vip",), ((True, 1, 2),))),
                "the row (True, 1, 2) has 3 values; give 2: vip, level",
            ),
            (
                after_an_hour(LookUp("level", ("vip",), ((True, 1), (True, 2)))),
                "the row (True, 2) has the inputs of an earlier one; leave one of them out",
            ),
            (
                after_an_hour(LookUp("level", ("vip",), {True: 1}), SetField("level", 2)),
                SET_TWICE,
            ),
            (
                after_an_hour(Emit("Late!")),
                (
                    "event 'Late!' is not a name; "
                    "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"
                ),
            ),
            (after_an_hour(Emit("late", ("levle",))), "no field 'levle'; did you mean 'level'?"),
            (
                after_an_hour(Emit("late", ("level", "level"))),
                "event 'late' has a field twice; give each field once",
            ),
            (
                after_an_hour(Emit("late"), Emit("late", ("level",))),
                "one step emits 'late' twice; keep one of the actions, with all fields",
            ),
            (
                Automation("x", After(Elapsed(hours=1), Resumed()), (Rate(1),)),
                "Resumed cannot be used in a rule; give on_resume='restart' instead",
            ),
            (
                Automation("x", AtSnoozeEnd(), (Rate(1),)),
                "AtSnoozeEnd is reserved for an implied rule; use OnWake()",
            ),
            (
                Automation("x", OnMessage("agent"), (Rate(1),), on_mask="hold"),
                "a rule with a trigger cannot be held; give 'drop', or leave it out",
            ),
        ],
    )
    def test_what_cannot_be_meant_is_found(self, rule: Rule, said: str) -> None:
        with pytest.raises(DefinitionError) as caught:
            desk(rule)
        assert [str(problem).split(": ", 1)[1] for problem in caught.value.problems] == [said]
