"""Features of one desk work on another without affecting the rest.

Instants are worked out by hand, as the docstrings show.

In November 2026 Santiago and São Paulo both read UTC-3. Mon 23 to Fri 27 are working days in both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, ROBOT, Desk, happenings, mails, sp
from ticketflow import (
    After,
    Automation,
    Elapsed,
    IsHidden,
    IsSnoozed,
    Ladder,
    LastMessage,
    Policy,
    Rules,
    Snoozing,
    StateIs,
    Target,
    WorkingTime,
    commands,
    evaluate,
    explain,
    next_due,
    read,
    sla,
)
from ticketflow.errors import DefinitionError
from ticketflow.presets.embudo import Funnel, Stage, embudo
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Resolve, SendMessage
from ticketflow.tickets.events import StateChanged, Superseded, Woke
from ticketflow.workflow.conditions import NEVER, Condition

MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


def names(desk: Desk, kind: type[object]) -> list[datetime]:
    """Return when events of a kind happened."""
    return [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, kind)]


class TestSnoozeOnSenior:
    """Senior's ladder counts 2 and 4 days of 24 hours and 6 business days from the support's last message.

    Asked on Mon 23 November at 10:00, that is Wed 25, Fri 27, and Tue 1 December (24, 25, 26, 27, 30, 1), all at 10:00.
    """

    ASKED, FIRST, SECOND, CLOSES = sp(2026, 11, 23, 10), sp(2026, 11, 25, 10), sp(2026, 11, 27, 10), sp(2026, 12, 1, 10)
    WAKES = sp(2026, 11, 26, 9)

    LOUD = attrs.evolve(senior(), snoozing=Snoozing())
    QUIET = attrs.evolve(
        LOUD,
        automations=tuple(
            attrs.evolve(rule, group="idle") if isinstance(rule, Ladder) else rule for rule in LOUD.automations
        ),
    )

    def asleep(self, rules: Rules, until: datetime = WAKES) -> Desk:
        """Return a ticket whose customer was asked on Monday at 10:00, and that Ana snoozed an hour later."""
        desk = Desk(rules)
        desk.open(self.ASKED - HOUR)
        desk.assign(self.ASKED - HOUR)
        desk.move(self.ASKED, "ask_for_information")
        desk.give(commands.Snooze(until, at=self.ASKED + HOUR, by=ANA))
        return desk

    def test_a_ladder_in_no_group_continues_while_hidden(self) -> None:
        desk = self.asleep(self.LOUD)
        desk.advance(self.WAKES - MICRO)
        assert desk.ticket.is_hidden
        assert mails(desk.ticket) == [(self.FIRST, "request-reminder-1")]
        desk.advance(self.CLOSES)
        assert mails(desk.ticket) == [(self.FIRST, "request-reminder-1"), (self.SECOND, "request-reminder-2")]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", self.CLOSES)

    def test_the_end_of_the_snooze_moves_no_anchor(self) -> None:
        desk = self.asleep(self.LOUD)
        desk.advance(self.WAKES)
        assert not desk.ticket.is_hidden
        assert desk.ticket.state == "waiting_for_customer"
        assert next_due(desk.ticket, self.LOUD) == self.SECOND

    def test_a_ticket_that_closes_while_hidden_stays_closed(self) -> None:
        desk = self.asleep(self.LOUD, until=self.CLOSES + DAY)
        desk.advance(self.CLOSES + 30 * DAY)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", self.CLOSES)
        assert names(desk, Woke) == []

    def test_at_one_instant_the_snooze_ends_before_the_closing(self) -> None:
        desk = self.asleep(self.LOUD, until=self.CLOSES)
        desk.advance(self.CLOSES)
        assert names(desk, Woke) == [self.CLOSES]
        assert desk.ticket.state == "closed"

    def test_a_reminder_in_the_masked_group_waits_for_the_end_of_the_snooze(self) -> None:
        """Wed's mail is sent on Thu at 9:00. Nothing else was held: Fri's mail and the closing keep their instants."""
        desk = self.asleep(self.QUIET)
        assert not evaluate(self.WAKES - MICRO, desk.ticket, self.QUIET)
        desk.advance(self.CLOSES)
        assert mails(desk.ticket) == [(self.WAKES, "request-reminder-1"), (self.SECOND, "request-reminder-2")]
        assert desk.ticket.changed_at == self.CLOSES

    def test_only_the_last_held_mail_is_sent_and_the_closing_keeps_its_distance(self) -> None:
        """Asleep until Mon 30 at 9:00, both mails are held. From Fri 10:00 to Tue 10:00 the last two rungs lie 4 days
        apart, so the closing comes no sooner than 4 days after the moved mail: on Fri 4 December at 9:00.
        """
        woken = sp(2026, 11, 30, 9)
        desk = self.asleep(self.QUIET, until=woken)
        assert not evaluate(woken - MICRO, desk.ticket, self.QUIET)
        desk.advance(woken)
        assert names(desk, Superseded) == [woken]
        assert mails(desk.ticket) == [(woken, "request-reminder-2")]
        assert not evaluate(woken + 4 * DAY - MICRO, desk.ticket, self.QUIET)
        desk.advance(woken + 4 * DAY)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", woken + 4 * DAY)

    def test_a_reminder_due_at_the_end_of_the_snooze_is_not_held(self) -> None:
        desk = self.asleep(self.QUIET, until=self.FIRST)
        desk.advance(self.SECOND)
        assert mails(desk.ticket) == [(self.FIRST, "request-reminder-1"), (self.SECOND, "request-reminder-2")]
        assert names(desk, Superseded) == []

    @pytest.mark.parametrize("rules", [LOUD, QUIET])
    def test_an_answer_shows_the_ticket_and_keeps_the_snooze(self, rules: Rules) -> None:
        """The answer ends the ladder, and the ticket goes back to analysis. On Thu there is only a note."""
        desk = self.asleep(rules)
        desk.write(self.FIRST - MICRO, CUSTOMER)
        assert (desk.ticket.state, desk.ticket.is_hidden) == ("in_analysis", False)
        assert desk.ticket.snooze is not None
        assert next_due(desk.ticket, rules) == self.WAKES
        desk.advance(self.CLOSES)
        assert mails(desk.ticket) == []
        assert names(desk, Woke) == [self.WAKES]
        assert desk.ticket.state == "in_analysis"

    def test_asked_again_before_the_moment_nothing_is_held(self) -> None:
        """Asked anew on Tue 24 at 12:00: mails on Thu 26 and Sat 28 at 12:00. The snooze no longer hides the ticket."""
        desk = self.asleep(self.QUIET)
        desk.write(sp(2026, 11, 24, 11), CUSTOMER)
        desk.move(sp(2026, 11, 24, 12), "ask_for_information")
        desk.advance(sp(2026, 11, 28, 12))
        assert names(desk, Woke) == [self.WAKES]
        assert mails(desk.ticket) == [
            (sp(2026, 11, 26, 12), "request-reminder-1"),
            (sp(2026, 11, 28, 12), "request-reminder-2"),
        ]

    def test_a_machine_does_not_show_a_hidden_ticket(self) -> None:
        desk = self.asleep(self.QUIET)
        desk.write(self.ASKED + 2 * HOUR, CUSTOMER, automatic=True)
        desk.write(self.ASKED + 2 * HOUR, ROBOT)
        assert desk.ticket.is_hidden
        assert desk.ticket.state == "waiting_for_customer"

    def test_a_desk_without_snoozing_refuses(self) -> None:
        desk = Desk(senior())
        desk.open(self.ASKED)
        assert desk.refused(commands.Snooze(self.WAKES, at=self.ASKED, by=ANA)).ticket == desk.ticket
        assert (desk.ticket.snooze, desk.ticket.is_hidden) == (None, False)


class TestInProgressInAFunnel:
    """Two days without a message lose a lead: it wrote on Mon 23 November at 10:00, so on Wed 25 at 10:00."""

    FUNNEL = embudo([Funnel("clinic", (Stage("asks"), Stage("in_progress"), Stage("booked")))], ())
    LOSE = Automation(
        "lose",
        After(Elapsed(days=2), LastMessage("anyone")),
        (Resolve("lost"),),
        given=StateIs("clinic.asks", "clinic.in_progress"),
        group="idle",
    )
    WORKFLOW = attrs.evolve(
        FUNNEL.workflow,
        states=tuple(
            attrs.evolve(state, masks={"idle"}) if state.name == "clinic.in_progress" else state
            for state in FUNNEL.workflow.states
        ),
    )
    RULES = attrs.evolve(FUNNEL, workflow=WORKFLOW, automations=(LOSE,))
    WROTE, LOST = sp(2026, 11, 23, 10), sp(2026, 11, 25, 10)

    def lead(self, rules: Rules = RULES) -> Desk:
        desk = Desk(rules)
        desk.open(self.WROTE)
        return desk

    def busy(self, at: datetime = WROTE + HOUR, rules: Rules = RULES) -> Desk:
        desk = self.lead(rules)
        self.to(desk, at, "in_progress")
        return desk

    def to(self, desk: Desk, at: datetime, stage: str) -> None:
        desk.give(commands.Move(f"to.clinic.{stage}", at=at, by=ANA))

    def lost_at(self, desk: Desk, until: datetime) -> datetime | None:
        desk.advance(until)
        outcome = desk.ticket.trails.get("field.outcome")
        return outcome.mark.at if outcome else None

    def test_without_the_mask_the_lead_is_lost_after_two_days(self) -> None:
        assert not evaluate(self.LOST - MICRO, self.lead().ticket, self.RULES)
        assert self.lost_at(self.lead(), self.LOST) == self.LOST

    def test_in_progress_holds_it_for_as_long_as_it_lasts(self) -> None:
        desk = self.busy()
        assert next_due(desk.ticket, self.RULES) is None
        assert self.lost_at(desk, self.LOST + 365 * DAY) is None
        (why,) = explain(self.LOST, desk.ticket, self.RULES)
        assert (why.verdict, str(why.mask)) == ("held", "(the state is clinic.in_progress)")

    def test_going_back_releases_it_at_once(self) -> None:
        desk = self.busy()
        self.to(desk, self.LOST + 5 * DAY, "asks")
        assert self.lost_at(desk, self.LOST + 5 * DAY) == self.LOST + 5 * DAY

    @pytest.mark.parametrize("early", [MICRO, 0 * HOUR])
    def test_back_in_time_it_is_lost_at_its_own_moment(self, early: timedelta) -> None:
        desk = self.busy()
        self.to(desk, self.LOST - early, "asks")
        assert self.lost_at(desk, self.LOST) == self.LOST

    def test_put_in_progress_at_the_due_instant_it_is_kept_and_a_microsecond_later_it_is_not(self) -> None:
        assert self.lost_at(self.busy(self.LOST), self.LOST + DAY) is None
        late = self.busy(self.LOST + MICRO)
        assert self.lost_at(late, self.LOST + DAY) == self.LOST

    def test_a_message_in_progress_counts(self) -> None:
        """On Tue at 15:00: lost on Thu 26 at 15:00, though it went back on Wed at 12:00."""
        desk = self.busy()
        desk.write(sp(2026, 11, 24, 15), CUSTOMER)
        assert desk.ticket.state == "clinic.in_progress"
        self.to(desk, sp(2026, 11, 25, 12), "asks")
        assert self.lost_at(desk, sp(2026, 12, 1)) == sp(2026, 11, 26, 15)

    def test_going_on_to_another_stage_ends_it(self) -> None:
        desk = self.busy()
        self.to(desk, self.LOST + DAY, "booked")
        assert self.lost_at(desk, self.LOST + 30 * DAY) is None

    def test_the_stage_is_one_of_the_funnel_and_closes_like_the_others(self) -> None:
        desk = self.busy()
        assert self.RULES.workflow.listed(desk.ticket.facts) == ("clinic",)
        desk.give(commands.Move("close", fields={"return_stage": "clinic.asks"}, at=self.LOST, by=ANA))
        assert desk.ticket.state == "archived"

    def test_a_clock_is_not_held(self) -> None:
        """Working time from Mon 10:00: two days of nine hours and one hour are over on Wed at 11:00."""
        promise = Policy("solving", sla.resolution(), (Target(WorkingTime(hours=19)),))
        rules = attrs.evolve(self.RULES, clocks=(promise,))
        told = read(self.LOST, self.busy(rules=rules).ticket, rules.clock("solving"))
        assert (told.state, told.due_at) == ("running", self.LOST + HOUR)

    def test_a_mask_of_a_group_that_no_rule_is_in_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="idle"):
            attrs.evolve(self.FUNNEL, workflow=self.WORKFLOW)


class TestAFrozenClockOnPosponer:
    """Eight working hours from Mon 23 November at 9:00, in Chile from 9 to 18: they are over that day at 17:00.

    Snoozed at 11:00 until Wed 25 at 9:00: two hours are counted, and six remain.
    """

    OPENED, SLEPT, WAKES = sp(2026, 11, 23, 9), sp(2026, 11, 23, 11), sp(2026, 11, 25, 9)
    LATE = sp(2026, 11, 23, 17)
    IDLE = Automation("idle", After(Elapsed(days=1), LastMessage("anyone")), (SendMessage("idle"),), group="idle")

    def rules(self, frozen: Condition = NEVER, *, masks: bool = False) -> Rules:
        """Return Posponer with a clock and a rule for 24 hours without a message; a snooze may freeze and mask them."""
        given = posponer(snoozing=Snoozing(masks={"idle"} if masks else ()))
        promise = Policy("solving", sla.resolution(frozen=frozen), (Target(WorkingTime(hours=8)),))
        return attrs.evolve(given, clocks=(promise,), automations=(*given.automations, self.IDLE))

    def asleep(self, rules: Rules) -> Desk:
        desk = Desk(rules)
        desk.open(self.OPENED)
        desk.assign(self.OPENED)
        desk.give(commands.Snooze(self.WAKES, at=self.SLEPT, by=ANA))
        return desk

    def test_hidden_the_clock_is_frozen_from_that_instant(self) -> None:
        rules = self.rules(IsHidden())
        desk = self.asleep(rules)
        for at in (self.SLEPT, self.WAKES - MICRO):
            told = read(at, desk.ticket, rules.clock("solving"))
            assert (told.state, told.elapsed, told.remaining, told.due_at) == ("frozen", 2 * HOUR, 6 * HOUR, None)

    def test_after_the_snooze_the_clock_runs_on(self) -> None:
        """Wed at 9:00 and six hours more is 15:00."""
        rules = self.rules(IsHidden())
        desk = self.asleep(rules)
        desk.advance(self.WAKES)
        told = read(self.WAKES, desk.ticket, rules.clock("solving"))
        assert (told.state, told.due_at) == ("running", sp(2026, 11, 25, 15))
        desk.advance(sp(2026, 11, 25, 15))
        assert not desk.ticket.breaches
        desk.advance(sp(2026, 11, 25, 15) + MICRO)
        (breach,) = desk.ticket.breaches
        assert breach.due_at == sp(2026, 11, 25, 15)

    def test_a_message_restarts_the_clock_although_the_snooze_stays_armed(self) -> None:
        """Tue at 10:00 and six hours more is 16:00."""
        rules = self.rules(IsHidden())
        desk = self.asleep(rules)
        desk.write(sp(2026, 11, 24, 10), CUSTOMER)
        assert desk.ticket.snooze is not None
        told = read(sp(2026, 11, 24, 10), desk.ticket, rules.clock("solving"))
        assert (told.state, told.due_at) == ("running", sp(2026, 11, 24, 16))

    def test_a_clock_can_be_frozen_while_the_snooze_is_armed(self) -> None:
        """Then the message does not restart it, but the cancel on Tue at 12:00 does: six hours later is 18:00."""
        rules = self.rules(IsSnoozed())
        desk = self.asleep(rules)
        desk.write(sp(2026, 11, 24, 10), CUSTOMER)
        assert read(sp(2026, 11, 24, 11), desk.ticket, rules.clock("solving")).state == "frozen"
        desk.give(commands.CancelSnooze(at=sp(2026, 11, 24, 12), by=ANA))
        told = read(sp(2026, 11, 24, 12), desk.ticket, rules.clock("solving"))
        assert (told.state, told.due_at) == ("running", sp(2026, 11, 24, 18))

    @pytest.mark.parametrize("masks", [False, True])
    @pytest.mark.parametrize("freezes", [False, True])
    def test_freezes_and_masks_are_independent(self, freezes: bool, masks: bool) -> None:
        """Silent since Mon 9:00: reminded on Tue at 9:00 or, if the snooze masks it, at its end."""
        rules = self.rules(IsHidden() if freezes else NEVER, masks=masks)
        desk = self.asleep(rules)
        desk.advance(sp(2026, 11, 25, 16))
        told = [at for at, name in mails(desk.ticket) if name == "idle"]
        (breach,) = desk.ticket.breaches
        assert told == [self.WAKES if masks else sp(2026, 11, 24, 9)]
        assert breach.due_at == (sp(2026, 11, 25, 15) if freezes else self.LATE)

    def test_resolved_while_hidden_the_clock_is_met(self) -> None:
        rules = self.rules(IsHidden())
        desk = self.asleep(rules)
        desk.give(commands.Move("resolve", at=sp(2026, 11, 24, 12), by=ANA))
        told = read(sp(2026, 11, 24, 13), desk.ticket, rules.clock("solving"))
        assert (told.state, told.elapsed) == ("met", 2 * HOUR)

    def test_a_snooze_changes_no_state(self) -> None:
        desk = self.asleep(self.rules(IsHidden()))
        desk.advance(self.WAKES)
        assert names(desk, StateChanged) == []
        assert str(ZoneInfo(desk.rules.calendars["default"].zone)) == "America/Santiago"
