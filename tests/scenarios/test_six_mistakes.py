"""Six mistakes of help desks, reproduced as their users reported them; docs/mistakes.md has the links.

Each test reproduces a reported situation with our rules. Where it makes sense, it also computes in a few lines what the
mistaken approach answers; the two answers must differ. Instants and sums are worked out by hand. Details that a thread
does not state, such as most dates, are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, CUSTOMER, ROBOT, SAO_PAULO, Desk, happenings, mails, sp, utc
from ticketflow import (
    After,
    All,
    Arrival,
    AtField,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Left,
    Message,
    OnMessage,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Ticket,
    Transition,
    Woke,
    Workflow,
    WorkingTime,
    apply,
    command_for,
    commands,
    evaluate,
    handle,
    next_due,
    replay,
    route,
)
from ticketflow.errors import NaiveDatetimeError
from ticketflow.presets.adereso import adereso
from ticketflow.presets.enate import enate
from ticketflow.rules.actions import Move, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.service.intake import FollowUp
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Policy
from ticketflow.sla.reading import read
from ticketflow.tickets.anchors import Anchor, ResolvedLast
from ticketflow.tickets.events import ByRule, Entry, MessageRequested, TimeReason
from ticketflow.tickets.events import Woke as WokeUp

SUPPORT = ("agent", "administrator")
WORKFLOW = Workflow(
    states=(
        State("open"),
        State("pending", "pending"),
        State("solved", "resolved"),
        State("closed", "closed"),
    ),
    transitions=(
        Transition("wait", ("open",), "pending", may=SUPPORT),
        Transition("resume", ("pending",), "open", may=SUPPORT),
        Transition("solve", ("open", "pending"), "solved", may=SUPPORT),
        Transition("reopen", ("solved",), "open", may=SUPPORT),
        Transition("close", ("open", "pending", "solved"), "closed", may=SUPPORT),
    ),
    fields=(Field("urgency"), Field("reason"), Field("pending_till", kind="moment")),
    after_closing="follow_up",
)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def ruled(*rules: Rule, calendar: BusinessCalendar = OFFICE, snoozing: Snoozing | None = None) -> Rules:
    return Rules("six", WORKFLOW, calendar, rules, snoozing)


def opened(at: datetime, rules: Rules) -> Desk:
    """A ticket that its customer opened."""
    desk = Desk(rules)
    desk.open(at)
    return desk


def move(desk: Desk, at: datetime, transition: str) -> None:
    """Take a transition without a message."""
    desk.give(commands.Move(transition, at=at, by=ANA))


def put(desk: Desk, at: datetime, **fields: str | datetime) -> None:
    desk.give(commands.SetFields(fields, at=at, by=ANA))


def acts(ticket: Ticket) -> list[Entry]:
    """Return the entries that rules caused."""
    return [entry for entry in ticket.history if isinstance(entry.cause, ByRule)]


def elapsed(start: datetime, end: datetime) -> timedelta:
    return end - start


def spent(
    ticket: Ticket, until: datetime, measure: Callable[[datetime, datetime], timedelta] = elapsed
) -> dict[object, timedelta]:
    """Return how long the ticket was in each state, added up from when each began."""
    changes = list(ticket.trails["state"])
    ends = [*(change.mark.at for change in changes[1:]), until]
    total: dict[object, timedelta] = {}
    for change, end in zip(changes, ends, strict=True):
        total[change.value] = total.get(change.value, timedelta()) + measure(change.mark.at, end)
    return total


class TestACounterWhereHistoryWasNeeded:
    """A counter that is reset loses its parts; here, a ticket is computed from its history.

    glpi-project/glpi#6902, #15605: a change of urgency changed the SLA, and the time on hold no longer counted.
    glpi-project/glpi#23359: the time between a solution and its reopening is shown as time on hold.
    frappe/helpdesk#3465: a reply to a closed ticket reopens it and changes the figures of its resolution.
    osTicket/osTicket#1684: the support answered, the customer was silent, and the ticket became overdue.
    """

    @pytest.mark.parametrize("changed", [utc(2020, 2, 4, 11), utc(2020, 2, 4, 12, 30)], ids=["on-hold", "thereafter"])
    def test_a_change_of_urgency_keeps_the_time_on_hold(self, changed: datetime) -> None:
        """Opened at 9, on hold from 10 to 12: two hours, and with a target of four it is late at 9 + 4 + 2 = 15."""
        desk = opened(utc(2020, 2, 4, 9), ruled())
        move(desk, utc(2020, 2, 4, 10), "wait")
        if changed < utc(2020, 2, 4, 12):
            put(desk, changed, urgency="very high")
        move(desk, utc(2020, 2, 4, 12), "resume")
        if changed > utc(2020, 2, 4, 12):
            put(desk, changed, urgency="very high")
        on_hold = spent(replay(desk.ticket.history), until=utc(2020, 2, 4, 13))["pending"]
        assert on_hold == 2 * HOUR

        counters = {"normal": 2 * HOUR, "very high": 0 * HOUR}  # one counter per SLA; the hold began under the first
        target = utc(2020, 2, 4, 9) + 4 * HOUR
        urgency = str(desk.ticket.fields["urgency"])
        assert (target + on_hold, target + counters[urgency]) == (utc(2020, 2, 4, 15), utc(2020, 2, 4, 13))

    def test_time_solved_does_not_count_as_time_on_hold(self) -> None:
        """Open 9-10, on hold 10-11, open 11-12, solved from 12 to 12 of the next day, open for an hour more."""
        desk = opened(utc(2026, 3, 2, 9), ruled())
        move(desk, utc(2026, 3, 2, 10), "wait")
        move(desk, utc(2026, 3, 2, 11), "resume")
        move(desk, utc(2026, 3, 2, 12), "solve")
        move(desk, utc(2026, 3, 3, 12), "reopen")
        found = spent(desk.ticket, until=utc(2026, 3, 3, 13))
        assert found == {"open": 3 * HOUR, "pending": HOUR, "solved": DAY}

        one_counter_for_both = found["pending"] + found["solved"]
        assert one_counter_for_both == 25 * HOUR != found["pending"]

    CLOSING = (
        Automation("reopen", OnMessage("customer"), (Move("reopen"),), given=StateIs("solved")),
        Automation("close", After(Elapsed(days=2), ResolvedLast()), (Move("close"),), given=StateIs("solved")),
    )

    def test_a_late_reply_does_not_change_the_resolution(self) -> None:
        """Solved after six hours, closed two days later; a reply on the eleventh opens another ticket."""
        rules = ruled(*self.CLOSING)
        desk = opened(utc(2026, 6, 1, 9), rules)
        move(desk, utc(2026, 6, 1, 15), "solve")
        reply = Arrival(Message("late"), CUSTOMER, reply_to="T-1")
        assert route(reply, [desk.ticket], rules, utc(2026, 6, 11, 9)) == FollowUp("T-1")
        command = command_for(FollowUp("T-1"), reply, utc(2026, 6, 11, 9), "T-2")
        assert command is not None
        decision = desk.give(command)
        assert decision.created is not None
        assert decision.created.follows == "T-1"
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", utc(2026, 6, 3, 15))
        first = desk.ticket.first_resolution
        assert first is not None
        assert first.mark.at - utc(2026, 6, 1, 9) == 6 * HOUR

        # A desk with one date of resolution reopens it by the reply, and keeps only the later date.
        overwritten = max(first.mark.at, utc(2026, 6, 11, 10))
        assert overwritten - utc(2026, 6, 1, 9) == 10 * DAY + HOUR

    def test_the_first_resolution_is_kept_and_the_closing_counts_from_the_last(self) -> None:
        """Reopened by a reply within the two days: the first stays on 1 June, the closing moves to 4 June."""
        desk = opened(utc(2026, 6, 1, 9), ruled(*self.CLOSING))
        move(desk, utc(2026, 6, 1, 15), "solve")
        desk.write(utc(2026, 6, 2, 9), CUSTOMER)
        assert desk.ticket.state == "open"
        move(desk, utc(2026, 6, 2, 10), "solve")
        first = desk.ticket.first_resolution
        assert first is not None
        assert first.mark.at == utc(2026, 6, 1, 15)
        assert next_due(desk.ticket, desk.rules) == utc(2026, 6, 4, 10)

    def test_a_ticket_whose_customer_was_answered_is_not_overdue(self) -> None:
        """Answered at 11, so nothing is overdue. The customer writes on Monday at 9: due on Tuesday at 9."""
        when = After(Elapsed(days=1), LastMessage("customer"))
        overdue = Automation("overdue", when, (SendMessage("overdue", "owner"),), ended_by=LastMessage("agent"))
        desk = opened(utc(2015, 1, 16, 9), ruled(overdue))
        assert next_due(desk.ticket, desk.rules) == utc(2015, 1, 17, 9)
        desk.write(utc(2015, 1, 16, 11), ANA)
        assert next_due(desk.ticket, desk.rules) is None

        grace_from_the_opening = utc(2015, 1, 16, 9) + DAY  # one date per ticket, whoever wrote since
        desk.advance(grace_from_the_opening)
        assert mails(desk.ticket) == []

        desk.write(utc(2015, 1, 19, 9), CUSTOMER)
        assert next_due(desk.ticket, desk.rules) == utc(2015, 1, 20, 9)


class TestASpanWithoutAnAnchor:
    """A span without an explicit anchor is counted from an arbitrary moment.

    chatwoot/chatwoot#10241: a snoozed conversation came back and was resolved some three hours later, as idle.
    glpi-project/glpi#23039: a reminder every two days, asked for today, was counted from an earlier follow-up and sent
    by the next run.
    freescout-help-desk/freescout#3584, #5378: a customer who confirmed the appointment thereby cancelled the snooze set
    for it.
    """

    def test_a_span_without_an_anchor_is_refused(self) -> None:
        with pytest.raises(TypeError, match="since"):
            After(Elapsed(days=5))  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="since"):
            Ladder("idle", given=StateIs("open"), rungs=(Rung(Elapsed(days=5), Move("solve")),))  # type: ignore[call-arg]

    ASKED, WAKES = utc(2024, 10, 7, 9), utc(2024, 10, 14, 9)

    def snoozed(self, idle_since: Anchor) -> Desk:
        """A ticket answered on Mon 7 Oct 2024 and snoozed for a week; after five idle days it is resolved."""
        idle = Automation("idle", After(Elapsed(days=5), idle_since), (Move("solve"),), group="idle")
        desk = opened(self.ASKED, ruled(idle, snoozing=Snoozing()))
        desk.write(self.ASKED, ANA)
        desk.give(commands.Snooze(self.WAKES, at=self.ASKED, by=ANA))
        return desk

    def test_idle_days_count_from_the_end_of_the_snooze(self) -> None:
        """Shown again on the 14th; five days later is the 19th."""
        desk = self.snoozed(Latest(LastMessage("anyone"), Woke()))
        desk.advance(utc(2024, 11, 1))
        assert desk.ticket.state == "solved"
        last = desk.ticket.history.last
        assert last.at == utc(2024, 10, 19, 9)
        assert isinstance(last.cause, ByRule)
        assert last.cause.reason == TimeReason(Woke(), self.WAKES, Elapsed(days=5))

    def test_counting_from_the_last_message_resolves_a_ticket_as_it_wakes(self) -> None:
        """Five days after the last message end on the 12th, while it is hidden: resolved as soon as it wakes."""
        idle_at = self.ASKED + 5 * DAY
        as_reported = max(idle_at, self.WAKES)
        desk = self.snoozed(LastMessage("anyone"))
        desk.advance(utc(2024, 11, 1))
        last = desk.ticket.history.last
        assert last.at == as_reported == utc(2024, 10, 14, 9)
        assert isinstance(last.cause, ByRule)
        assert last.cause.reason == TimeReason(LastMessage("anyone"), self.ASKED, Elapsed(days=5))

    def test_a_reminder_is_counted_from_the_follow_up_that_asked_for_it(self) -> None:
        """Follow-ups eleven days ago, five days ago and today, 6 February; today's asks for reminders: the 8th."""
        when = After(Elapsed(days=2), LastMessage("agent"), every=Elapsed(days=2))
        given = All(StateIs("pending"), FieldIs("reason", "customer"))
        desk = opened(utc(2026, 1, 26, 9), ruled(Automation("remind", when, (SendMessage("reminder"),), given=given)))
        move(desk, utc(2026, 1, 26, 9), "wait")
        follow_ups = {utc(2026, 1, 26, 10): "vendor", utc(2026, 2, 1, 10): "parts", utc(2026, 2, 6, 10): "customer"}
        for at, reason in follow_ups.items():
            desk.write(at, ANA)
            put(desk, at, reason=reason)
        *earlier, today = follow_ups
        assert next_due(desk.ticket, desk.rules) == today + 2 * DAY == utc(2026, 2, 8, 10)

        # Counted from either of the earlier ones it is overdue already, so that the next run sends it.
        assert [before + 2 * DAY < today for before in earlier] == [True, True]
        assert not evaluate(today, desk.ticket, desk.rules)

    APPOINTMENT = utc(2023, 12, 15, 9)

    @pytest.mark.parametrize(("on_message", "woken"), [("keep", [APPOINTMENT]), ("clear", [])])
    def test_a_customers_message_cancels_a_snooze_only_if_the_desk_says_so(
        self, on_message: Literal["keep", "clear"], woken: list[datetime]
    ) -> None:
        """Either way the message is seen; whether the snooze until the fifteenth remains is a setting of the desk."""
        desk = opened(utc(2023, 12, 6, 9), ruled(snoozing=Snoozing(on_message=on_message)))
        desk.give(commands.Snooze(self.APPOINTMENT, at=utc(2023, 12, 6, 10), by=ANA))
        desk.write(utc(2023, 12, 6, 11), CUSTOMER)
        assert not desk.ticket.is_hidden
        desk.advance(utc(2024, 1, 1))
        assert [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, WokeUp)] == woken


class TestAMaskAndAFreezeInOneFlag:
    """Holding a rule and stopping a clock are different; a state that is only *paused* means just one of them.

    zammad/zammad#5051: a ticket that was set back to open continued to send the daily reminder of its wait.
    glpi-project/glpi#24481: a ticket's OLA was violated while the ticket was pending.
    chatwoot/chatwoot#10241: a rule was held while a conversation was snoozed, but its time ran on.
    """

    def test_a_reminder_of_a_wait_ends_with_the_wait(self) -> None:
        """Waiting until the 13th at 8, set back to open on the 12th; the field keeps its date."""
        till = utc(2024, 2, 13, 8)
        remind = Automation("remind", AtField("pending_till"), (SendMessage("reminder", "owner"),), StateIs("pending"))
        desk = opened(utc(2024, 2, 9, 9), ruled(remind))
        put(desk, utc(2024, 2, 9, 10), pending_till=till)
        move(desk, utc(2024, 2, 9, 10), "wait")
        assert next_due(desk.ticket, desk.rules) == till
        move(desk, utc(2024, 2, 12, 9), "resume")
        desk.advance(utc(2024, 2, 17))
        assert mails(desk.ticket) == []

        held = desk.ticket.fields["pending_till"]
        assert held == till
        days = (utc(2024, 2, day, 8) for day in range(12, 17))
        assert [day.day for day in days if day >= till] == [13, 14, 15, 16], "asked of the date alone, it reminds daily"

    @pytest.mark.parametrize(
        ("masks", "freezes", "given_at"),
        [
            ((), (), 12),
            ((), ("resolution",), 12),  # a freeze holds no rule back
            (("nudges",), (), 13),
            (("nudges",), ("resolution",), 13),
        ],
    )
    def test_masks_and_freezes_are_separate(
        self, masks: tuple[str, ...], freezes: tuple[str, ...], given_at: int
    ) -> None:
        """Two hours after the answer of 10 are 12; busy from 11 to 13. A mask holds until 13, and its clock runs on.

        At 20 the clock has counted eight hours since 10, the office being shut from 18, or six with two frozen.
        """
        desk = self.busy(masks, freezes, on_resume="keep")
        (act,) = acts(desk.ticket)
        assert isinstance(act.cause, ByRule)
        assert (act.at, act.cause.due_at) == (utc(2026, 11, 23, given_at), utc(2026, 11, 23, 12))

        # One flag has two answers: nothing is paused, 12; or rule and clock both are, and two hours are added, 14.
        one_flag = [utc(2026, 11, 23, 12), utc(2026, 11, 23, 12) + 2 * HOUR]
        assert (act.at in one_flag) == (not masks), "a mask alone cannot be said with it"
        told = read(utc(2026, 11, 23, 20), desk.ticket, desk.rules.clock("resolution"))
        assert (told.elapsed, told.frozen) == ((6 * HOUR, 2 * HOUR) if freezes else (8 * HOUR, 0 * HOUR))

    def test_a_rule_says_whether_its_time_restarts_after_a_mask(self) -> None:
        """Restarted at 13, two hours are over at 15; kept, they were over at 12."""
        kept, restarted = (self.busy(("nudges",), (), on_resume) for on_resume in ("keep", "restart"))
        assert [act.at for act in acts(kept.ticket)] == [utc(2026, 11, 23, 13)]
        assert [act.at for act in acts(restarted.ticket)] == [utc(2026, 11, 23, 15)]

    def test_adereso_holds_rules_and_enate_stops_a_clock(self) -> None:
        """Adereso's state holds rules and stops no clock, Enate's stops the clock and holds no rule."""
        in_progress = adereso(in_progress=True).workflow.states_by_name["in_progress"]
        tickets = enate(feedback_window=Elapsed(days=5), add_wait_time=True)
        waiting = tickets.workflow.states_by_name["waiting_for_information"]
        assert (bool(in_progress.masks), bool(in_progress.freezes)) == (True, False)
        assert (bool(waiting.masks), bool(waiting.freezes)) == (False, True)
        one_flag = [bool(state.masks | state.freezes) for state in (in_progress, waiting)]
        assert one_flag == [True, True], "paused, both of them"

    @staticmethod
    def busy(masks: Iterable[str], freezes: Iterable[str], on_resume: Literal["keep", "restart"]) -> Desk:
        """A ticket answered on Mon 23 Nov 2026 at 10 and busy from 11 to 13, looked at in the evening."""
        nudge = Automation(
            "nudge",
            After(Elapsed(hours=2), LastMessage("agent")),
            (SendMessage("nudge"),),
            group="nudges",
            on_resume=on_resume,
        )
        workflow = Workflow(
            (State("open"), State("busy", masks=frozenset(masks), freezes=frozenset(freezes))),
            (Transition("start", ("open",), "busy", may=SUPPORT), Transition("stop", ("busy",), "open", may=SUPPORT)),
        )
        clocks = (Policy("resolution", resolution()),)
        desk = opened(utc(2026, 11, 23, 10), Rules("two-tables", workflow, OFFICE, (nudge,), clocks=clocks))
        desk.write(utc(2026, 11, 23, 10), ANA)
        move(desk, utc(2026, 11, 23, 11), "start")
        move(desk, utc(2026, 11, 23, 13), "stop")
        desk.advance(utc(2026, 11, 23, 20))
        return desk


class TestJobTimeInsteadOfDueTime:
    """A periodic job dates its actions by its own runs, and counts later spans from there.

    zammad/zammad#3197: a state change at *pending till* came at least fifteen minutes late.
    zammad/zammad#2231, #5257: reminders came minutes or hours late, with a different delay each time.
    zammad/zammad#4348: a second reminder on one day was dropped, because one of its kind had been sent that day.
    """

    SET, TILL = utc(2020, 9, 15, 22), utc(2020, 9, 15, 22, 15)
    JOBS = (timedelta(minutes=1), timedelta(minutes=20), timedelta(hours=4), timedelta(days=7))

    @staticmethod
    def runs(start: datetime, period: timedelta) -> Iterator[datetime]:
        """Yield the runs of a job in the week from *start*."""
        return (start + number * period for number in range(1, 7 * DAY // period + 1))

    def test_events_have_their_due_instant_whenever_the_job_runs(self) -> None:
        """Due at 22:15; a rule that counts an hour from then is due at 23:15, however often the job runs."""
        desk = opened(
            self.SET,
            ruled(
                Automation("wake", AtField("pending_till"), (Move("resume"),), given=StateIs("pending")),
                Automation("nudge", After(Elapsed(hours=1), Left("pending")), (SendMessage("nudge", "owner"),)),
            ),
        )
        put(desk, self.SET, pending_till=self.TILL)
        move(desk, self.SET, "wait")
        lives = [self.asked(desk, period) for period in self.JOBS]
        assert [entry.at for entry in acts(lives[0])] == [self.TILL, self.TILL + HOUR]
        assert all(life == lives[0] for life in lives)

        swept = [self.swept(period) for period in self.JOBS]
        assert swept == [
            (utc(2020, 9, 15, 22, 15), utc(2020, 9, 15, 23, 15)),
            (utc(2020, 9, 15, 22, 20), utc(2020, 9, 15, 23, 20)),
            (utc(2020, 9, 16, 2), utc(2020, 9, 16, 6)),
            (utc(2020, 9, 22, 22), None),  # not within this week
        ]

    def asked(self, desk: Desk, period: timedelta) -> Ticket:
        ticket = desk.ticket
        for now in self.runs(self.SET, period):
            ticket = apply(ticket, evaluate(now, ticket, desk.rules)).unwrap().ticket
        return ticket

    def swept(self, period: timedelta) -> tuple[datetime | None, datetime | None]:
        """Return the instants of the state change and the reminder if both are dated by the job's runs."""
        changed = next((now for now in self.runs(self.SET, period) if now >= self.TILL), None)
        nudged = (now for now in self.runs(self.SET, period) if changed and now >= changed + HOUR)
        return changed, next(nudged, None)

    def test_two_reminders_on_one_day_are_both_sent(self) -> None:
        """At 10 and, postponed, at 15; neither is repeated at night."""
        morning, afternoon = utc(2022, 11, 9, 10), utc(2022, 11, 9, 15)
        remind = Automation("remind", AtField("pending_till"), (SendMessage("reminder", "owner"),), StateIs("pending"))
        desk = opened(utc(2022, 11, 9, 9), ruled(remind))
        put(desk, utc(2022, 11, 9, 9), pending_till=morning)
        move(desk, utc(2022, 11, 9, 9), "wait")
        put(desk, utc(2022, 11, 9, 11), pending_till=afternoon)
        desk.advance(utc(2022, 11, 12))
        assert [at for at, _ in mails(desk.ticket)] == [morning, afternoon]
        assert len({act.cause.key for act in acts(desk.ticket) if isinstance(act.cause, ByRule)}) == 2

        sent = dict[tuple[str, date], datetime]()  # what is known by its kind and its day is sent once a day
        for at in (morning, afternoon):
            sent.setdefault(("reminder", at.date()), at)
        assert list(sent.values()) == [morning]


class TestAZoneOrAUnitMixedUp:
    """A local time without a zone is not an instant, and a day is not a number of hours.

    glpi-project/glpi#6527: with two days until closing, a ticket solved on a Friday evening closed on the Sunday.
    chatwoot/chatwoot PR 13392: with *only during business hours* on, deadlines counted all hours.
    frappe/helpdesk#3419: times of one zone were compared with a database's clock in another, and wrong tickets closed.
    zammad/zammad#4432: reminders of escalations came at midnight and at weekends, with hours Monday to Friday 9 to 17.
    glpi-project/glpi#10594: with a target in days, a pause over a weekend gave back too much time.
    """

    def test_two_business_days_from_friday_evening_are_tuesday_evening(self) -> None:
        friday = utc(2019, 10, 18, 17, 30)
        when = After(BusinessDays(2), ResolvedLast())
        desk = opened(utc(2019, 10, 18, 9), ruled(Automation("close", when, (Move("close"),), given=StateIs("solved"))))
        move(desk, friday, "solve")
        assert next_due(desk.ticket, desk.rules) == utc(2019, 10, 22, 17, 30)  # Monday and Tuesday

        assert friday + 2 * DAY == utc(2019, 10, 20, 17, 30), "forty-eight hours end on Sunday"

    def test_an_hour_of_work_on_friday_evening_ends_on_monday_morning(self) -> None:
        """Friday 16:30 to 17:00, and Monday 9:00 to 9:30."""
        office, friday = BusinessCalendar("UTC", "mon-fri 09:00-17:00"), utc(2026, 1, 30, 16, 30)
        worked = opened(friday, ruled(self.late(WorkingTime(hours=1)), calendar=office))
        assert next_due(worked.ticket, worked.rules) == utc(2026, 2, 2, 9, 30)

        by_the_clock = opened(friday, ruled(self.late(Elapsed(hours=1)), calendar=office))
        assert next_due(by_the_clock.ticket, by_the_clock.rules) == utc(2026, 1, 30, 17, 30)

    @staticmethod
    def late(span: Elapsed | WorkingTime, gate: str | None = None) -> Automation:
        return Automation("late", After(span, LastMessage("customer")), (SendMessage("late", "owner"),), gate=gate)

    def test_three_days_end_at_the_same_instant_in_every_zone(self) -> None:
        """Answered on Monday at 10 in São Paulo, which is 13 in Greenwich; three days end on Thursday at 10, there."""
        monday, thursday = sp(2026, 6, 1, 10), sp(2026, 6, 4, 10)
        close = Automation("close", After(Elapsed(days=3), LastMessage("agent")), (Move("close"),))
        desk = opened(monday, ruled(close))
        desk.write(monday, ANA)
        assert next_due(desk.ticket, desk.rules) == thursday == utc(2026, 6, 4, 13)

        # Without zones, ten o'clock is reached three hours too early, when a clock in Greenwich reads it.
        stored, early = monday.replace(tzinfo=None), sp(2026, 6, 4, 7)
        database = early.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        assert database >= stored + 3 * DAY
        assert not evaluate(early, desk.ticket, desk.rules)

    def test_a_time_without_a_zone_is_refused(self) -> None:
        desk, naive = opened(sp(2026, 6, 1, 10), ruled()), datetime(2026, 6, 4, 10)  # noqa: DTZ001 -- that is the point
        with pytest.raises(NaiveDatetimeError):
            evaluate(naive, desk.ticket, desk.rules)
        with pytest.raises(NaiveDatetimeError):
            commands.AddMessage(Message("m"), at=naive, by=ANA)
        assert not evaluate(naive.replace(tzinfo=SAO_PAULO), desk.ticket, desk.rules)

    def test_a_reminder_due_at_midnight_waits_for_monday_morning(self) -> None:
        """Ten hours from Friday 14:00 are midnight; the office opens on Monday at nine."""
        berlin = ZoneInfo("Europe/Berlin")
        friday, midnight = datetime(2022, 12, 16, 14, tzinfo=berlin), datetime(2022, 12, 17, tzinfo=berlin)
        office = BusinessCalendar("Europe/Berlin", "mon-fri 09:00-17:00")
        desk = opened(friday, ruled(self.late(Elapsed(hours=10), gate="default"), calendar=office))
        desk.advance(datetime(2022, 12, 20, tzinfo=berlin))
        (act,) = acts(desk.ticket)
        assert isinstance(act.cause, ByRule)
        assert (act.cause.due_at, act.at) == (midnight, datetime(2022, 12, 19, 9, tzinfo=berlin))
        assert office.is_open(act.at)
        assert not office.is_open(midnight)

    def test_a_pause_over_a_weekend_counts_only_open_hours(self) -> None:
        """On hold from Friday 17 to Monday 10: an hour on Friday, an hour on Monday."""
        desk = opened(utc(2022, 2, 11, 9), ruled())
        move(desk, utc(2022, 2, 11, 17), "wait")
        move(desk, utc(2022, 2, 14, 10), "resume")
        assert spent(desk.ticket, utc(2022, 2, 14, 10), OFFICE.between)["pending"] == 2 * HOUR

        by_the_clock = spent(desk.ticket, utc(2022, 2, 14, 10))["pending"]
        assert by_the_clock == 65 * HOUR  # two days and seventeen hours, which is more than a week of work


class TestTheRobotsOwnOutputReadAsInput:
    """A desk that takes its own output for activity answers itself.

    actions/stale#506, #825, #842: the bot's own label and comment counted as activity and removed its mark.
    glpi-project/glpi#13635: the automatic follow-up of a wait ended the wait, so no second one came.
    freescout-help-desk/freescout#3670, chatwoot/chatwoot#5131, zammad/zammad#1131, odoo/odoo#66329: an automatic answer
    was answered by a machine, and so on, until something else stopped it.
    """

    def test_a_bots_own_output_is_not_activity(self) -> None:
        """Silent since 13 April: marked after 60 days, on 12 June, and closed a week later, on the 19th."""
        silent = utc(2021, 4, 13, 9)
        told = (SetField("reason", "stale"), SendMessage("stale"))  # the bot's label, and its comment
        rungs = (Rung(Elapsed(days=60), *told), Rung(Elapsed(days=67), Move("close")))
        stale = Ladder("stale", LastMessage("anyone"), StateIs("open"), rungs, ended_by=None)
        desk = opened(silent, ruled(stale))
        desk.advance(utc(2021, 6, 12, 9))
        assert mails(desk.ticket) == [(utc(2021, 6, 12, 9), "stale")]
        desk.write(utc(2021, 6, 12, 9, 1), ROBOT)  # the sent message is stored as the robot's
        desk.advance(utc(2022, 4, 13))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", utc(2021, 6, 19, 9))

        # Sixty nights to the label and one more until it reads its own output: six rounds in 366 nights.
        assert self.as_a_bot_that_reads_its_own_output(silent, nights=366) == ["stale", "not stale"] * 6

    @staticmethod
    def as_a_bot_that_reads_its_own_output(silent: datetime, nights: int) -> list[str]:
        """Return what a nightly bot does that counts every change of the ticket as activity."""
        touched, labelled, did = silent, None, list[str]()
        for now in (silent + number * DAY for number in range(1, nights + 1)):
            if labelled and touched > labelled:
                labelled, touched = None, now
                did.append("not stale")
            elif labelled and now - labelled >= 7 * DAY:
                return [*did, "closed"]
            elif not labelled and now - touched >= 60 * DAY:
                labelled, touched = now, now + MINUTE  # the label, and then the comment
                did.append("stale")
        return did

    def test_a_reminder_does_not_end_its_own_wait(self) -> None:
        """Three reminders, each stored as the robot's message. A person's message would have ended the wait."""
        back = Automation("back", OnMessage("anyone"), (Move("resume"),), given=StateIs("pending"))
        when = After(Elapsed(days=1), Entered("pending"), every=Elapsed(days=1), at_most=3)
        remind = Automation("remind", when, (SendMessage("reminder"),), given=StateIs("pending"))
        desk = opened(utc(2023, 1, 9, 9), ruled(back, remind))
        move(desk, utc(2023, 1, 9, 10), "wait")
        for day in (10, 11, 12):
            desk.advance(utc(2023, 1, day, 10))
            desk.write(utc(2023, 1, day, 10, 1), ROBOT)
        reminders = [utc(2023, 1, day, 10) for day in (10, 11, 12)]
        assert [at for at, _ in mails(desk.ticket)] == reminders
        assert desk.ticket.state == "pending"

        # If every new message ended the wait, the first reminder would be the last.
        ended = reminders[0] + MINUTE
        assert [at for at in reminders if at < ended] == reminders[:1]

        desk.write(utc(2023, 1, 13, 9), CUSTOMER)
        assert desk.ticket.state == "open"

    @pytest.mark.parametrize(("first_by_machine", "acknowledged"), [(True, 0), (False, 1)])
    def test_two_machines_do_not_answer_each_other(self, first_by_machine: bool, acknowledged: int) -> None:
        """A person's mail is acknowledged once; mail by machines is not acknowledged."""
        rules = ruled(Automation("received", OnMessage("customer"), (SendMessage("received"),)))
        ticket: Ticket | None = None

        def acknowledges(mail: Message) -> bool:
            nonlocal ticket
            arrival, at = Arrival(mail, CUSTOMER), utc(2024, 1, 8, 9)
            command = command_for(route(arrival, [ticket] if ticket else [], rules, at), arrival, at, "T-1")
            assert command is not None
            decision = handle(ticket, command, rules).unwrap()
            ticket = decision.ticket
            return any(isinstance(event, MessageRequested) for entry in decision.entries for event in entry.events)

        first = Message("first", automatic=first_by_machine)
        assert self.talk(first, acknowledges) == acknowledged
        assert self.talk(first, lambda _: True) == 11, "without an end; the count in the thread stopped at eleven"

    @staticmethod
    def talk(first: Message, acknowledges: Callable[[Message], bool]) -> int:
        """Return how many acknowledgements are sent if a machine answers each; the count stops at eleven."""
        mail: Message | None = first
        sent = 0
        while mail and sent < 11:
            mail = Message(f"answer-{sent}", automatic=True) if acknowledges(mail) else None
            sent += mail is not None
        return sent
