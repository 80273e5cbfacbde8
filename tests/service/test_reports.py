"""Reports, percentiles, previews of other rules, and the texts about clocks. Each figure is worked out by hand."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, Desk, utc
from ticketflow import (
    Actor,
    After,
    AfterDue,
    Automation,
    BeforeDue,
    Breached,
    BusinessCalendar,
    ClockIs,
    Elapsed,
    Field,
    Missed,
    OfTarget,
    Policy,
    Rules,
    Started,
    State,
    Target,
    Transition,
    Workflow,
    WorkingTime,
    advance,
    commands,
    explain,
    percentile,
    preview_migration,
    read,
    read_all,
    report,
    report_all,
    trace,
)
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.rules.actions import RecordBreach, RecordWarning, SendMessage
from ticketflow.service.migration import ClockChange
from ticketflow.service.reports import Kept, Spent
from ticketflow.sla.measures import next_reply, resolution
from ticketflow.text.sentences import Wording

EVA = Actor("agent", "eva")
TEN, HOUR, DAY = utc(2026, 11, 23, 10), timedelta(hours=1), timedelta(days=1)
MICRO = timedelta(microseconds=1)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={utc(2026, 11, 25).date(): "Feast"})
WORKFLOW = Workflow(
    states=(
        State("open", labels={"es": "Abierto"}),
        State("waiting", "pending", freezes={"solving"}, labels={"es": "En espera"}),
        State("solved", "resolved"),
        State("closed", "closed"),
    ),
    transitions=(
        Transition("ask", ("open",), "waiting", may=("agent",)),
        Transition("back", ("waiting", "solved"), "open", may=("agent", "customer")),
        Transition("solve", ("open", "waiting"), "solved", may=("agent",)),
        Transition("close", ("solved",), "closed", may=("agent",)),
    ),
    fields=(Field("level", ("low", "high")), Field("by", kind="moment")),
)
EIGHT = Target(WorkingTime(hours=8))
SOLVING = Policy("solving", resolution(), (EIGHT,))


def rules(*clocks: Policy) -> Rules:
    """Return the rule set with these clocks; the state *waiting* freezes the clock *solving*, if it is one of them."""
    names = {policy.name for policy in clocks}
    states = tuple(attrs.evolve(state, freezes=state.freezes & names) for state in WORKFLOW.states)
    return Rules("promises", attrs.evolve(WORKFLOW, states=states), OFFICE, clocks=clocks)


def come_and_gone() -> Desk:
    """Opened on Mon 10:00, answered at 11, waiting 12 to Tue 10, solved at 11, back on Thu 9, solved at 10.

    Closed on Thursday at 12. Wednesday is a holiday.
    """
    made = Desk(rules(SOLVING, Policy("reply", next_reply(), (Target(WorkingTime(hours=1)),))))
    made.open(TEN)
    made.write(TEN + HOUR, ANA)
    made.move(TEN + 2 * HOUR, "ask")
    made.move(TEN + DAY, "back", CUSTOMER)
    made.move(TEN + DAY + HOUR, "solve")
    made.move(TEN + 3 * DAY - HOUR, "back", CUSTOMER)
    made.move(TEN + 3 * DAY, "solve")
    made.move(TEN + 3 * DAY + 2 * HOUR, "close")
    return made


class TestReports:
    """F2."""

    def test_f2_how_long_everything_took(self) -> None:
        made = come_and_gone()
        told = report(TEN + 30 * DAY, made.ticket, made.rules)
        assert (told.ticket, told.customer, told.state, told.is_open) == ("T-1", "bruno", "closed", False)
        assert told.first_answer == Spent(HOUR, HOUR)
        # Mon 10 to 18 and Tue 9 to 11; then Tue 11 to 18, not Wed, and Thu 9 to 10
        assert told.first_resolution == Spent(DAY + HOUR, 10 * HOUR)
        assert told.last_resolution == Spent(3 * DAY, 18 * HOUR)
        assert told.reopenings == 1

    def test_f2_time_in_each_state(self) -> None:
        """Open 10 to 12, Tue 10 to 11, Thu 9 to 10; waiting 12 to Tue 10; solved Tue 11 to Thu 9 and Thu 10 to 12."""
        made = come_and_gone()
        assert report(TEN + 30 * DAY, made.ticket, made.rules).time_in == {
            "open": Spent(4 * HOUR, 4 * HOUR),
            "waiting": Spent(22 * HOUR, 7 * HOUR),
            "solved": Spent(48 * HOUR, 9 * HOUR),
        }

    def test_f2_targets_met_and_missed(self) -> None:
        """Solving: 3 + 1 open hours, in time. Replies: Tue 10 to 11 and Thu 9 to 10, both in time."""
        made = come_and_gone()
        assert report(TEN + 30 * DAY, made.ticket, made.rules).clocks == {"solving": Kept(met=1), "reply": Kept(met=2)}

    def test_f2_a_ticket_under_way(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN, by=ANA)
        told = report(TEN + 2 * HOUR, made.ticket, made.rules)
        assert (told.is_open, told.customer, told.first_resolution) == (True, None, None)
        assert told.first_answer == Spent(0 * HOUR, 0 * HOUR)
        assert told.time_in == {"open": Spent(2 * HOUR, 2 * HOUR)}
        assert told.clocks == {"solving": Kept(under_way=1)}

    def test_f2_a_row_for_a_table(self) -> None:
        made = come_and_gone()
        row = report(TEN + 30 * DAY, made.ticket, made.rules).row
        assert row["ticket"] == "T-1"
        assert row["time_in.waiting.working"] == 7 * HOUR
        assert (row["first_answer.elapsed"], row["reply.met"], row["follows"]) == (HOUR, 2, None)
        made = Desk(rules())
        made.open(TEN)
        assert report(TEN, made.ticket, made.rules).row["last_resolution.elapsed"] is None

    def test_the_rows_of_all_tickets_have_the_same_columns(self) -> None:
        """One was in three states, the other in one; a third is in a state that the rules no longer have."""
        made, new = come_and_gone(), Desk(come_and_gone().rules)
        new.open(TEN)
        rows = [each.row for each in report_all(TEN + DAY, [made.ticket, new.ticket], made.rules)[0]]
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        assert list(rows[0]) == list(rows[1])
        assert len(text.getvalue().splitlines()) == 3
        renamed = State("pending", "pending", freezes={"solving"})
        states = tuple(renamed if state.name == "waiting" else state for state in made.rules.workflow.states)
        transitions = tuple(
            attrs.evolve(
                each,
                sources=tuple("pending" if name == "waiting" else name for name in each.sources),
                target="pending" if each.target == "waiting" else each.target,
            )
            for each in WORKFLOW.transitions
        )
        workflow = attrs.evolve(made.rules.workflow, states=states, transitions=transitions)
        row = report(TEN + 30 * DAY, made.ticket, attrs.evolve(made.rules, workflow=workflow)).row
        assert row["time_in_other_states.elapsed"] == 22 * HOUR
        assert "time_in.waiting.elapsed" not in row
        assert row["time_in.pending.elapsed"] == 0 * HOUR

    def test_who_resolved_it_and_when_it_was_closed(self) -> None:
        made = Desk(rules())
        made.open(TEN)
        made.move(TEN + HOUR, "solve", ANA)
        made.move(TEN + 2 * HOUR, "back", CUSTOMER)
        early = report(TEN + 2 * HOUR, made.ticket, made.rules)
        assert (early.first_resolver, early.last_resolver, early.closed_at) == ("ana", "ana", None)
        made.move(TEN + 3 * HOUR, "solve", EVA)
        made.move(TEN + 5 * HOUR, "close", EVA)
        told = report(TEN + DAY, made.ticket, made.rules)
        assert (told.first_resolver, told.last_resolver, told.closed_at) == ("ana", "eva", TEN + 5 * HOUR)

    def test_a_final_state_counts_until_the_closing_unless_asked_otherwise(self) -> None:
        """Solved Thu 10 to 12 before the closing; two days later, closed for 2 d more."""
        made = come_and_gone()
        closed_at = TEN + 3 * DAY + 2 * HOUR
        assert "closed" not in report(closed_at + 2 * DAY, made.ticket, made.rules).time_in
        told = report(closed_at + 2 * DAY, made.ticket, made.rules, after_closing=True)
        # of Thu 12 to Sat 12, Thu 12 to 18 and Fri 9 to 18 are open
        assert told.time_in["closed"] == Spent(2 * DAY, 15 * HOUR)

    def test_a_report_of_an_earlier_instant_is_of_the_ticket_as_it_stood(self) -> None:
        """Mon 12 to Tue 10 it waits; at Tue 09:00 it was answered and never resolved."""
        made = come_and_gone()
        told = report(TEN + 23 * HOUR, made.ticket, made.rules)
        assert (told.state, told.first_answer, told.first_resolution) == ("waiting", Spent(HOUR, HOUR), None)
        assert told.time_in == {"open": Spent(2 * HOUR, 2 * HOUR), "waiting": Spent(21 * HOUR, 6 * HOUR)}
        with pytest.raises(BadValueError, match=r"'T-1' was opened at 2026-11-23T10:00:00\+00:00; give \*until\*"):
            report(TEN - MICRO, made.ticket, made.rules)

    def test_before_the_opening_there_is_nothing_to_explain_or_compare(self) -> None:
        made = come_and_gone()
        assert explain(TEN - MICRO, made.ticket, made.rules) == ()
        assert preview_migration(made.ticket, made.rules, rules(), TEN - MICRO) == ()

    def test_a_window_counts_what_comes_after_its_start(self) -> None:
        """From Wed 10: solved until Thu 9, open until 10, solved until 12. The reply of Tue 11 stopped before."""
        made = come_and_gone()
        told = report(TEN + 30 * DAY, made.ticket, made.rules, since=TEN + 2 * DAY)
        assert told.time_in == {"open": Spent(HOUR, HOUR), "solved": Spent(25 * HOUR, 2 * HOUR)}
        assert told.clocks == {"solving": Kept(met=1), "reply": Kept(met=1)}
        assert (told.reopenings, told.first_answer) == (1, Spent(HOUR, HOUR))
        assert report(TEN + 30 * DAY, made.ticket, made.rules, since=TEN + 3 * DAY - HOUR).reopenings == 0
        with pytest.raises(BadValueError, match=r"\*until\* is before \*since\*"):
            report(TEN, made.ticket, made.rules, since=TEN + DAY)

    def test_a_window_leaves_out_tickets_that_did_not_exist_in_it(self) -> None:
        made, late = come_and_gone(), Desk(rules(SOLVING, Policy("reply", next_reply())))
        late.give(commands.Open("T-2", message=late.message(), at=TEN + DAY, by=CUSTOMER))
        both, closed_at = [made.ticket, late.ticket], TEN + 3 * DAY + 2 * HOUR

        def names(until: datetime, since: datetime | None = None) -> list[str]:
            return [each.ticket for each in report_all(until, both, made.rules, since=since)[0]]

        assert names(TEN + DAY - MICRO) == ["T-1"]
        assert names(TEN + DAY) == ["T-1", "T-2"]
        assert names(TEN + 30 * DAY, closed_at - MICRO) == ["T-1", "T-2"]
        assert names(TEN + 30 * DAY, closed_at) == ["T-2"]

    def test_f2_the_summary_counts_the_tickets_of_each_customer(self) -> None:
        tickets = []
        for name, by in (("T-1", CUSTOMER), ("T-2", CUSTOMER), ("T-3", Actor("customer", "dora")), ("T-4", BOSS)):
            made = Desk(rules(SOLVING))
            made.give(commands.Open(name, message=made.message(), at=TEN, by=by))
            tickets.append(made.ticket)
        made = come_and_gone()
        late = advance(TEN + 9 * DAY, tickets[0], rules(SOLVING))
        reports, summary = report_all(TEN + 9 * DAY, [late, *tickets[1:3]], rules(SOLVING))
        assert [each.ticket for each in reports] == ["T-1", "T-2", "T-3"]
        assert (summary.tickets, summary.open, summary.reopened) == (3, 3, 0)
        assert summary.cycles == {"bruno": 2, "dora": 1}
        assert summary.clocks == {"solving": Kept(breached=3)}, "only one of them is recorded"
        assert report_all(TEN + 30 * DAY, [made.ticket, tickets[3]], made.rules)[1].reopened == 1

    def test_a_cycle_without_a_target_is_neither_met_nor_missed(self) -> None:
        made = Desk(rules(Policy("solving", resolution())))
        made.open(TEN)
        made.move(TEN + HOUR, "solve")
        assert report(TEN + DAY, made.ticket, made.rules).clocks == {"solving": Kept(measured=1)}

    def test_every_function_refuses_arguments_of_a_wrong_type(self) -> None:
        made = come_and_gone()
        ticket, desk, clock = made.ticket, made.rules, made.rules.clock("solving")
        wrong: Any = 5
        calls = (
            lambda: report(TEN, wrong, desk),
            lambda: report(TEN, ticket, wrong),
            lambda: report(TEN, ticket, desk, calendar=wrong),
            lambda: report_all(TEN, [], wrong),
            lambda: report_all(TEN, [], desk, calendar="offcie"),
            lambda: preview_migration(wrong, desk, desk),
            lambda: preview_migration(ticket, desk, wrong),
            lambda: read(TEN, ticket, wrong),
            lambda: read(TEN, wrong, clock),
            lambda: read_all(TEN, ticket, wrong),
            lambda: trace(TEN, ticket, wrong),
            lambda: desk.clock(wrong),
            lambda: percentile(wrong and [1, 2], 50),
        )
        for call in calls:
            with pytest.raises(BadValueError):
                call()
        with pytest.raises(NaiveDatetimeError):
            report_all(TEN.replace(tzinfo=None), [], desk)

    def test_unknown_calendars_and_naive_instants_are_refused(self) -> None:
        made = come_and_gone()
        with pytest.raises(BadValueError, match="calendar 'offcie' does not exist; there are: default"):
            report(TEN, made.ticket, made.rules, calendar="offcie")
        with pytest.raises(NaiveDatetimeError):
            report(TEN.replace(tzinfo=None), made.ticket, made.rules)


class TestPercentiles:
    DURATIONS = tuple(timedelta(hours=each) for each in (15, 20, 35, 40, 50))

    @pytest.mark.parametrize(("percent", "hours"), [(1, 15), (20, 15), (30, 20), (40, 20), (50, 35), (100, 50)])
    def test_nearest_rank(self, percent: int, hours: int) -> None:
        """Of five values, the 30th and the 40th percentile are the second one, and the 50th is the third one."""
        assert percentile(self.DURATIONS[::-1], percent) == timedelta(hours=hours)

    @pytest.mark.parametrize(("percent", "hours"), [(25, 20), (40, 29), (50, 35), (100, 50)])
    def test_linear(self, percent: int, hours: int) -> None:
        """Five values have four gaps. 40 % is 1.6 gaps up: 20 + 0.6 * 15 = 29."""
        assert percentile(self.DURATIONS, percent, "linear") == timedelta(hours=hours)

    @pytest.mark.parametrize("percent", [0, 101, 50.0, True])
    def test_percentiles_outside_1_to_100_are_refused(self, percent: int) -> None:
        with pytest.raises(BadValueError, match=f"percent is {percent}; give a whole number from 1 to 100"):
            percentile(self.DURATIONS, percent)

    def test_no_durations_and_unknown_methods_are_refused(self) -> None:
        with pytest.raises(BadValueError, match="durations is empty; give at least one duration"):
            percentile((), 50)
        with pytest.raises(BadValueError, match="method 'median' does not exist; there are: nearest_rank, linear"):
            percentile(self.DURATIONS, 50, "median")  # type: ignore[arg-type]


class TestMigrationPreview:
    """4.6."""

    def test_a_stricter_target_would_breach(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        made.write(TEN + 3 * HOUR, ANA)
        strict = rules(attrs.evolve(SOLVING, targets=(Target(WorkingTime(hours=2)),)))
        (change,) = preview_migration(made.ticket, made.rules, strict)
        assert change == ClockChange("solving", TEN + 8 * HOUR, TEN + 2 * HOUR, would_breach=True, would_unbreach=False)

    @pytest.mark.parametrize(("late", "would_breach"), [(timedelta(0), False), (MICRO, True)])
    def test_breaches_count_until_now(self, late: timedelta, would_breach: bool) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        strict = rules(attrs.evolve(SOLVING, targets=(Target(WorkingTime(hours=2)),)))
        (change,) = preview_migration(made.ticket, made.rules, strict, TEN + 2 * HOUR + late)
        assert change.would_breach is would_breach

    def test_a_laxer_target_would_unbreach_and_the_record_stays(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        made.advance(TEN + DAY)
        lax = rules(attrs.evolve(SOLVING, targets=(Target(WorkingTime(hours=12)),)))
        (change,) = preview_migration(made.ticket, made.rules, lax, TEN + DAY)
        # eight hours end at Mon 18; twelve, on Tue 13
        assert change == ClockChange(
            "solving", TEN + 8 * HOUR, TEN + DAY + 3 * HOUR, would_breach=False, would_unbreach=True
        )
        assert read(TEN + DAY, made.ticket, lax.clock("solving")).breached_at == TEN + 8 * HOUR + MICRO

    def test_a_breach_of_an_earlier_cycle_does_not_count(self) -> None:
        """The first cycle, 10 to 13, missed two hours. At 15:30, the cycle from 14 would have missed one hour."""
        anew = Policy("solving", resolution("anew"), (Target(WorkingTime(hours=2)),))
        made = Desk(rules(anew))
        made.open(TEN)
        made.move(TEN + 3 * HOUR, "solve")
        made.move(TEN + 4 * HOUR, "back", CUSTOMER)
        made.write(TEN + 5.5 * HOUR, ANA)
        assert preview_migration(made.ticket, made.rules, made.rules) == ()
        (change,) = preview_migration(
            made.ticket, made.rules, rules(attrs.evolve(anew, targets=(Target(WorkingTime(hours=1)),)))
        )
        assert (change.would_breach, change.would_unbreach) == (True, False)

    def test_a_state_that_would_freeze(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        made.move(TEN + HOUR, "ask")
        states = tuple(attrs.evolve(state, freezes=()) for state in WORKFLOW.states)
        thawed = attrs.evolve(made.rules, workflow=attrs.evolve(WORKFLOW, states=states))
        (change,) = preview_migration(made.ticket, made.rules, thawed)
        assert (change.old_due, change.new_due) == (None, TEN + 8 * HOUR)

    def test_a_clock_that_is_added_or_removed(self) -> None:
        made = Desk(rules())
        made.open(TEN)
        (change,) = preview_migration(made.ticket, made.rules, rules(SOLVING))
        assert (change.old_due, change.new_due, change.would_breach) == (None, TEN + 8 * HOUR, False)
        (change,) = preview_migration(made.ticket, rules(SOLVING), rules())
        assert (change.old_due, change.new_due) == (TEN + 8 * HOUR, None)
        replies = rules(Policy("reply", next_reply(), (EIGHT,)))
        assert preview_migration(made.ticket, replies, replies) == (), "it never started"

    def test_entries_say_under_which_rules_they_were_decided(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        made.advance(TEN + DAY)
        assert [entry.cause.rules for entry in made.ticket.history] == [made.rules.digest] * 2
        assert [breach.rules for breach in made.ticket.breaches] == [made.rules.digest]


class TestWords:
    """The texts about clocks, in both languages."""

    def test_each_part_of_a_trace_has_a_text(self) -> None:
        """Counted on Monday 10 to 12, frozen to 18; frozen on Tuesday's hours; Wednesday is a holiday."""
        made = Desk(rules(SOLVING))
        made.open(TEN)
        made.move(TEN + 2 * HOUR, "ask")
        parts = trace(utc(2026, 11, 26, 10), made.ticket, made.rules.clock("solving"))
        english, spanish = (Wording(made.rules, ZoneInfo("UTC"), language) for language in ("en", "es"))
        said = [english.part(part).replace(" 2026-", " ").replace(":00 +0000", "") for part in parts]
        assert said == [
            "Mon 11-23 10:00 to Mon 11-23 12:00: 2 hours, counted",
            "Mon 11-23 12:00 to Mon 11-23 18:00: 6 hours, frozen (waiting)",
            "Mon 11-23 18:00 to Tue 11-24 09:00: 15 hours, closed (weekly hours)",
            "Tue 11-24 09:00 to Tue 11-24 18:00: 9 hours, frozen (waiting)",
            "Tue 11-24 18:00 to Wed 11-25 09:00: 15 hours, closed (weekly hours)",
            "Wed 11-25 09:00 to Wed 11-25 18:00: 9 hours, closed (Feast)",
            "Wed 11-25 18:00 to Thu 11-26 09:00: 15 hours, closed (weekly hours)",
            "Thu 11-26 09:00 to Thu 11-26 10:00: 1 hour, frozen (waiting)",
        ]
        assert spanish.part(parts[1]).endswith("6 horas, tiempo congelado (En espera)")
        assert " a " in spanish.part(parts[5])

    def test_a_reading_has_a_text(self) -> None:
        made = Desk(rules(SOLVING))
        made.open(TEN)
        english, spanish = (Wording(made.rules, ZoneInfo("UTC"), language) for language in ("en", "es"))
        told = read(TEN + 2 * HOUR, made.ticket, made.rules.clock("solving"))
        assert english.reading(told) == (
            "solving: running; 2 hours counted, 0 minutes frozen, 0 minutes closed; "
            "due on Mon 2026-11-23 18:00:00 +0000"
        )
        missed = attrs.evolve(told, state="breached", missed=TEN + HOUR)
        assert english.reading(missed).endswith("0 minutes closed; it was due on Mon 2026-11-23 11:00:00 +0000")
        assert spanish.reading(attrs.evolve(told, due_at=None, state="frozen")).startswith(
            "solving: congelado por la política; tiempo contado: 2 horas, congelado: 0 minutos, "
        )

    def test_warnings_and_breaches_have_texts(self) -> None:
        warning = attrs.evolve(SOLVING, warn_at=(OfTarget(50),))
        made = Desk(rules(warning))
        made.open(TEN)
        made.advance(TEN + DAY)
        english, spanish = (Wording(made.rules, ZoneInfo("UTC"), language) for language in ("en", "es"))
        warned, breached = [*made.ticket.history][1:]
        since = "Mon 2026-11-23 10:00:00 +0000"
        assert english.entry(warned)[0] == "the target of solving is about to be missed"
        assert (english.entry(warned)[1] or "").endswith(
            f"50 % of the target after the start of the clock solving on {since}"
        )
        assert spanish.entry(breached)[0] == "se incumplió la meta de solving: vencía el lun 2026-11-23 18:00:00 +0000"
        because = [(spanish.entry(entry)[1] or "").split(": ")[1].split(" tras ")[0] for entry in (warned, breached)]
        assert because == ["50 % de la meta", "el incumplimiento de la meta"]

    def test_conditions_spans_anchors_and_actions_of_clocks_have_texts(self) -> None:
        made = Desk(rules(SOLVING))
        english, spanish = (Wording(made.rules, ZoneInfo("UTC"), language) for language in ("en", "es"))
        asked = [ClockIs("solving", fact) for fact in ("running", "frozen", "warned", "breached", "met")]
        assert [spanish.condition(each) for each in asked] == [
            "el reloj solving está en marcha",
            "el reloj solving está congelado",
            "la meta de solving está por vencer",
            "la meta de solving se incumplió",
            "la meta de solving se cumplió",
        ]
        assert english.condition(asked[0]) == "the clock solving is running"
        spans = (OfTarget(80), BeforeDue(WorkingTime(hours=1)), AfterDue(Elapsed(hours=2)), Missed())
        assert [english.span(each) for each in spans] == [
            "80 % of the target",
            "1 hour of working time before the target is missed",
            "2 hours after the target was due",
            "missing the target",
        ]
        assert [spanish.span(each) for each in spans] == [
            "80 % de la meta",
            "1 hora de tiempo laboral antes de que venza la meta",
            "2 horas después de vencer la meta",
            "el incumplimiento de la meta",
        ]
        anchors = (Started("solving"), Breached("solving"))
        assert [english.anchor(each) for each in anchors] == ["the start of the clock solving", "the breach of solving"]
        assert [spanish.anchor(each) for each in anchors] == [
            "el inicio del reloj solving",
            "el incumplimiento de solving",
        ]
        doings = (RecordWarning("solving"), RecordBreach("solving"))
        assert [english.action(each) for each in doings] == ["warn of solving", "record the breach of solving"]
        assert [spanish.action(each) for each in doings] == [
            "avisar de solving",
            "registrar el incumplimiento de solving",
        ]

    def test_a_rule_that_waits_for_a_frozen_clock_has_a_text(self) -> None:
        half = Automation("half", After(OfTarget(50), Started("solving")), (SendMessage("half", "owner"),))
        made = Desk(attrs.evolve(rules(SOLVING), automations=(half,)))
        made.open(TEN)
        made.move(TEN + HOUR, "ask")
        (found, _) = explain(TEN + 2 * HOUR, made.ticket, made.rules)
        words = [Wording(made.rules, ZoneInfo("UTC"), language).explanation(found) for language in ("en", "es")]
        assert words == ["half: its clock is frozen", "half: su reloj está detenido"]

    @pytest.mark.parametrize("percent", [0, 1001, 50.0])
    def test_shares_of_a_target_outside_1_to_1000_percent_are_refused(self, percent: int) -> None:
        with pytest.raises(BadValueError, match="from 1 to 1,000"):
            OfTarget(percent)
