"""Rows B1 to B8: conversations that are snoozed. Instants are worked out by hand, as the docstrings show.

Santiago reads UTC-3 in summer time and UTC-4 otherwise. In 2026 the hour from Sat 4 April 23:00 comes twice (until
04:00Z on Sunday), and the hour from Sun 6 September 0:00 never (04:00Z reads 1:00). November 2026: Mon 23 to Fri 27,
Mon 30. Tue 8 and Fri 25 December are holidays.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings, mails, utc
from ticketflow import (
    Accepted,
    Actor,
    After,
    Automation,
    BusinessCalendar,
    Elapsed,
    LastMessage,
    Latest,
    Message,
    Refused,
    Rules,
    StateIs,
    Ticket,
    commands,
    evaluate,
    handle,
    next_due,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.engine.decisions import available
from ticketflow.engine.handling import handle_all
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.posponer import posponer
from ticketflow.rules.actions import Move
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.intake import Append, Arrival, OpenNew, Reopen, SetAside, Surface, route
from ticketflow.service.reports import report
from ticketflow.text.sentences import Wording
from ticketflow.tickets.anchors import LastActivity
from ticketflow.tickets.anchors import Woke as Waking
from ticketflow.tickets.events import (
    Assigned,
    ByRule,
    MessageRequested,
    SnoozeCancelled,
    Snoozed,
    StateChanged,
    Surfaced,
    Woke,
)
from ticketflow.tickets.records import records
from ticketflow.tickets.ticket import ArmedSnooze
from ticketflow.workflow.conditions import AnyOf, IsHidden, IsSnoozed, matching
from ticketflow.workflow.snooze import InDays, LaterToday, NextWeek, Snoozing

SANTIAGO = ZoneInfo("America/Santiago")
RULES = posponer()
WORKDAYS = posponer(snoozing=Snoozing(business_days=True))
CLEARING = posponer(snoozing=Snoozing(on_message="clear"))
HIDING = posponer(snoozing=Snoozing(on_message="stay_hidden"))
MICRO = timedelta(microseconds=1)
BEA = Actor("agent", "bea")
VENDOR = Actor("third_party", "vendor")


def cl(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    """Return an instant in Santiago's local time; of a repeated hour, the first."""
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=SANTIAGO)


MONDAY = cl(2026, 11, 23, 9)
SLEPT = cl(2026, 11, 23, 10)
LATER = cl(2026, 11, 24, 11)
LATEST = cl(2026, 11, 25, 12)
WAKES = cl(2026, 11, 30, 9)
OTHER = cl(2026, 12, 4, 9)


def opened(rules: Rules = RULES, owner: str | None = "ana", at: datetime = MONDAY) -> Desk:
    """Return a ticket that its customer opened, assigned to *owner* if given."""
    desk = Desk(rules)
    desk.open(at)
    if owner:
        desk.assign(at, owner)
    return desk


def asleep(rules: Rules = RULES, owner: str | None = "ana", by: Actor = ANA) -> Desk:
    """A ticket that was snoozed on Mon 23 Nov 2026 at 10:00 until Mon 30 Nov 9:00."""
    desk = opened(rules, owner)
    desk.give(snooze(by=by))
    assert desk.ticket.is_hidden
    return desk


def awake(rules: Rules = RULES, owner: str | None = "ana") -> Desk:
    """A ticket that was reopened by hand on Tue 24 Nov at 11:00, long before its snooze's moment."""
    desk = asleep(rules, owner)
    desk.give(reopen())
    return desk


def move(desk: Desk, at: datetime, transition: str) -> Accepted:
    """Take a transition without a message."""
    return desk.give(commands.Move(transition, at=at, by=ANA))


def snooze(until: datetime = WAKES, at: datetime = SLEPT, by: Actor = ANA) -> commands.Snooze:
    return commands.Snooze(until, at=at, by=by)


def reopen(at: datetime = LATER, by: Actor = ANA) -> commands.Reopen:
    return commands.Reopen(at=at, by=by)


def cancel(at: datetime = LATEST, by: Actor = ANA) -> commands.CancelSnooze:
    return commands.CancelSnooze(at=at, by=by)


def chosen(choice: str, at: datetime, rules: Rules = RULES) -> datetime:
    """Return the moment until which a ticket opened just before *at* sleeps."""
    desk = opened(rules, at=at - timedelta(minutes=1))
    desk.give(commands.Snooze(choice=choice, at=at, by=ANA))
    assert desk.ticket.snooze is not None
    return desk.ticket.snooze.until


def armed_until(desk: Desk) -> datetime | None:
    return desk.ticket.snooze.until if desk.ticket.snooze else None


def listed(desk: Desk) -> tuple[str, ...]:
    return desk.rules.workflow.listed(desk.ticket.facts)


def arrives(desk: Desk, at: datetime = LATER, by: Actor = CUSTOMER, *, automatic: bool = False) -> Accepted:
    """Give a message and return the decision."""
    return desk.give(commands.AddMessage(desk.message(automatic=automatic), at=at, by=by))


def requested(decision: Accepted) -> list[tuple[str, str]]:
    """Return the names and recipients of the messages that rules requested because of a command."""
    events = (event for entry in decision.entries for event in entry.events)
    return [(event.template, event.to) for event in events if isinstance(event, MessageRequested)]


def kinds_of(decision: Accepted) -> list[type[object]]:
    return [type(event) for entry in decision.entries for event in entry.events]


def help_of(refusal: Refused) -> str:
    return "; ".join(reason.help for reason in refusal.reasons)


NOTICE = [("scheduled-reopening", "owner")]

# nothing done for three days closes a ticket: no rule of the preset, but of a desk that has one
IDLE = Automation(
    "idle",
    After(Elapsed(days=3), Latest(LastMessage("anyone"), LastActivity("command"), Waking())),
    (Move("close"),),
    given=StateIs("open"),
    group="idle",
)
IDLING = attrs.evolve(RULES, automations=(*RULES.automations, IDLE))


def wakings(desk: Desk) -> list[tuple[datetime, bool]]:
    """Return when a snooze's moment came, and whether the ticket was hidden until then."""
    return [(entry.at, event.slept) for entry, event in happenings(desk.ticket) if isinstance(event, Woke)]


def changes(desk: Desk) -> list[tuple[datetime, str]]:
    """Return when the ticket came into which state."""
    return [(entry.at, event.after) for entry, event in happenings(desk.ticket) if isinstance(event, StateChanged)]


def why(desk: Desk, rule: str, now: datetime) -> Explanation:
    """Return the explanation of *rule*."""
    return next(each for each in explain(now, desk.ticket, desk.rules) if each.rule == rule)


def told(desk: Desk) -> list[tuple[datetime, str]]:
    """Return the messages that rules requested since the snooze, without the chatbot's answer at the opening."""
    return [(at, what) for at, what in mails(desk.ticket) if at >= SLEPT]


TOLD = [(WAKES, "snooze-ended")]


class TestB1:
    def test_b1_the_choices_of_the_source_by_name(self) -> None:
        snoozing = RULES.snoozing
        assert snoozing is not None
        assert {choice.name: (choice.labels["en"], choice.labels["es"]) for choice in snoozing.choices} == {
            "later_today": ("later today", "Más tarde hoy"),
            "tomorrow": ("tomorrow", "Mañana"),
            "in_2_days": ("in 2 days", "En 2 días"),
            "in_3_days": ("in 3 days", "En 3 días"),
            "next_week": ("next week", "La Próxima Semana"),
        }

    @pytest.mark.parametrize(
        ("choice", "until"),
        [
            ("later_today", utc(2026, 11, 23, 16)),  # three hours on: 13:00
            ("tomorrow", utc(2026, 11, 24, 12)),  # Tue 9:00
            ("in_2_days", utc(2026, 11, 25, 12)),  # Wed 9:00
            ("in_3_days", utc(2026, 11, 26, 12)),  # Thu 9:00
            ("next_week", utc(2026, 11, 30, 12)),  # Mon 9:00
        ],
    )
    def test_b1_in_summer_time(self, choice: str, until: datetime) -> None:
        """Chosen on Mon 23 Nov 2026 10:00, at UTC-3."""
        assert chosen(choice, cl(2026, 11, 23, 10)) == until

    @pytest.mark.parametrize(
        ("choice", "until"),
        [
            ("later_today", utc(2026, 7, 6, 17)),
            ("tomorrow", utc(2026, 7, 7, 13)),
            ("in_2_days", utc(2026, 7, 8, 13)),
            ("in_3_days", utc(2026, 7, 9, 13)),
            ("next_week", utc(2026, 7, 13, 13)),
        ],
    )
    def test_b1_in_winter(self, choice: str, until: datetime) -> None:
        """Chosen on Mon 6 July 2026 10:00, at UTC-4: the same local times are an hour later in UTC."""
        assert chosen(choice, cl(2026, 7, 6, 10)) == until

    @pytest.mark.parametrize(
        ("at", "until"),
        [
            (cl(2026, 11, 23, 0, 30), utc(2026, 11, 23, 6, 30)),  # early: 3:30 of that day
            (cl(2026, 11, 23, 15) - MICRO, utc(2026, 11, 23, 21) - MICRO),
            (cl(2026, 11, 23, 15), utc(2026, 11, 23, 21)),  # 18:00 is the latest that is still meant
            (cl(2026, 11, 23, 15) + MICRO, utc(2026, 11, 24, 12)),  # a microsecond more: Tue 9:00
            (cl(2026, 11, 23, 20), utc(2026, 11, 24, 12)),  # 23:00 is the same day, but the evening
            (cl(2026, 11, 23, 23, 30), utc(2026, 11, 24, 12)),  # 2:30 is another day: Tue 9:00 and not Wed
        ],
    )
    def test_b1_later_today_in_the_evening_is_tomorrow_morning(self, at: datetime, until: datetime) -> None:
        assert chosen("later_today", at) == until

    def test_b1_days_count_from_today_in_local_time(self) -> None:
        """Mon 23 Nov 23:59:59.999999 is Tue 02:59:59.999999Z: today is Monday, and a microsecond later Tuesday."""
        midnight = cl(2026, 11, 24)
        assert chosen("tomorrow", midnight - MICRO) == utc(2026, 11, 24, 12)
        assert chosen("tomorrow", midnight) == utc(2026, 11, 25, 12)
        assert chosen("in_3_days", midnight - MICRO) == utc(2026, 11, 26, 12)
        assert chosen("in_3_days", midnight) == utc(2026, 11, 27, 12)

    def test_b1_tomorrow_may_be_nine_hours_and_a_microsecond_away(self) -> None:
        at = cl(2026, 11, 24) - MICRO
        assert chosen("tomorrow", at) - at == timedelta(hours=9) + MICRO

    @pytest.mark.parametrize(
        ("at", "until"),
        [
            (cl(2026, 11, 23) - MICRO, utc(2026, 11, 23, 12)),  # Sunday's last microsecond: the Monday that begins
            (cl(2026, 11, 23), utc(2026, 11, 30, 12)),  # Monday's first: a week on
            (cl(2026, 11, 27, 17), utc(2026, 11, 30, 12)),  # Friday: Monday
            (cl(2026, 11, 29, 17), utc(2026, 11, 30, 12)),  # Sunday: Monday, tomorrow
        ],
    )
    def test_b1_next_week_is_the_monday_of_the_week_after(self, at: datetime, until: datetime) -> None:
        assert chosen("next_week", at) == until

    def test_b1_days_are_calendar_days_unless_told_otherwise(self) -> None:
        """Fri 27 Nov: tomorrow and in 2 days are the weekend. Mon 7 Dec: tomorrow is a holiday."""
        friday = cl(2026, 11, 27, 10)
        assert chosen("tomorrow", friday) == utc(2026, 11, 28, 12)
        assert chosen("in_2_days", friday) == utc(2026, 11, 29, 12)
        assert chosen("tomorrow", cl(2026, 12, 7, 10)) == utc(2026, 12, 8, 12)

    @pytest.mark.parametrize(
        ("choice", "at", "until"),
        [
            ("tomorrow", cl(2026, 12, 7, 10), utc(2026, 12, 9, 12)),  # Tue 8 is a holiday: Wed 9
            ("in_2_days", cl(2026, 12, 7, 10), utc(2026, 12, 9, 12)),  # Wed 9 as it is
            ("in_3_days", cl(2026, 12, 5, 10), utc(2026, 12, 9, 12)),  # from Sat 5: Tue 8, so Wed 9
            ("tomorrow", cl(2026, 12, 4, 10), utc(2026, 12, 7, 12)),  # Sat 5: Mon 7
            ("in_3_days", cl(2026, 12, 4, 10), utc(2026, 12, 7, 12)),  # Mon 7 as it is
            ("tomorrow", cl(2026, 12, 24, 10), utc(2026, 12, 28, 12)),  # Fri 25 and the weekend: Mon 28
            ("later_today", cl(2026, 12, 7, 16), utc(2026, 12, 9, 12)),  # evening: Tue 8 9:00, so Wed 9
            ("later_today", cl(2026, 12, 8, 10), utc(2026, 12, 9, 16)),  # 13:00 on the holiday: 13:00 on Wed 9
            ("next_week", cl(2026, 12, 4, 10), utc(2026, 12, 7, 12)),
        ],
    )
    def test_b1_a_choice_on_a_day_off_moves_to_the_next_business_day(
        self, choice: str, at: datetime, until: datetime
    ) -> None:
        assert chosen(choice, at, WORKDAYS) == until

    def test_b1_next_week_on_a_holiday_moves_to_the_next_business_day(self) -> None:
        """From Fri 4 Dec next week's Tuesday is the 8th, a holiday: Wed 9."""
        rules = posponer(snoozing=Snoozing((NextWeek(weekday=1),), business_days=True))
        assert chosen("next_week", cl(2026, 12, 4, 10), rules) == utc(2026, 12, 9, 12)

    def test_b1_business_days_of_unknown_holidays_are_refused(self) -> None:
        """The holidays of 2026 are known and no others: Fri 1 Jan 2027 may be one, and an exact moment helps."""
        known = PublicHolidays("CL", FrozenMap({}), 2026, 2026)
        office = BusinessCalendar("America/Santiago", "mon-fri 09:00-18:00", public_holidays=known)
        desk = opened(posponer(office, snoozing=Snoozing(business_days=True)))
        new_years_eve = cl(2026, 12, 31, 10)
        refusal = desk.refused(commands.Snooze(choice="tomorrow", at=new_years_eve, by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert "exact moment" in help_of(refusal)
        desk.give(snooze(cl(2027, 1, 1, 9), new_years_eve))

    @pytest.mark.parametrize(
        ("choice", "at", "until"),
        [
            ("tomorrow", cl(2026, 9, 4, 10), utc(2026, 9, 5, 13)),  # Sat 9:00 still at UTC-4
            ("in_2_days", cl(2026, 9, 4, 10), utc(2026, 9, 6, 12)),  # Sun 9:00 at UTC-3
            ("tomorrow", cl(2026, 9, 5, 10), utc(2026, 9, 6, 12)),  # 22 hours away
            ("next_week", cl(2026, 9, 5, 10), utc(2026, 9, 7, 12)),
            ("later_today", cl(2026, 9, 5, 22, 30), utc(2026, 9, 6, 12)),  # 2:30 is Sunday: Sun 9:00
            ("in_2_days", cl(2026, 4, 2, 10), utc(2026, 4, 4, 12)),  # Sat 9:00 still at UTC-3
            ("tomorrow", cl(2026, 4, 4, 10), utc(2026, 4, 5, 13)),  # Sun 9:00 at UTC-4: 24 hours away
            ("next_week", cl(2026, 4, 4, 10), utc(2026, 4, 6, 13)),
        ],
    )
    def test_b1_choices_keep_their_local_time_across_clock_changes(
        self, choice: str, at: datetime, until: datetime
    ) -> None:
        assert chosen(choice, at) == until

    @pytest.mark.parametrize("time", ["00:00", "00:30"])
    def test_b1_a_skipped_local_time_is_the_instant_of_the_change(self, time: str) -> None:
        """Sun 6 Sep 2026 has no 0:00 and no 0:30; at 04:00Z the local time is 1:00."""
        rules = posponer(snoozing=Snoozing((InDays("tomorrow", 1, at=time),)))
        assert chosen("tomorrow", cl(2026, 9, 5, 10), rules) == utc(2026, 9, 6, 4)

    def test_b1_of_a_repeated_local_time_the_first_counts(self) -> None:
        """Sat 4 Apr 2026 23:30 is 02:30Z, and 03:30Z again."""
        rules = posponer(snoozing=Snoozing((InDays("tomorrow", 1, at="23:30"),)))
        assert chosen("tomorrow", cl(2026, 4, 3, 10), rules) == utc(2026, 4, 5, 2, 30)

    @pytest.mark.parametrize(
        ("at", "until"),
        [
            (utc(2026, 4, 5, 1, 30), utc(2026, 4, 5, 2, 30)),  # 22:30, and an hour on the first 23:30
            (utc(2026, 4, 5, 2, 30), utc(2026, 4, 5, 3, 30)),  # the first 23:30, and an hour on the second
            (utc(2026, 4, 5, 2, 15), utc(2026, 4, 5, 3, 15)),
        ],
    )
    def test_b1_later_today_is_elapsed_time_in_a_repeated_hour(self, at: datetime, until: datetime) -> None:
        rules = posponer(snoozing=Snoozing((LaterToday(after=Elapsed(hours=1), latest="23:59"),)))
        assert chosen("later_today", at, rules) == until

    def test_b1_the_zone_can_be_another_than_the_calendars(self) -> None:
        """Mon 23 Nov 22:00 in Santiago is Tue 01:00Z; in Greenwich tomorrow is Wednesday."""
        evening = cl(2026, 11, 23, 22)
        assert chosen("tomorrow", evening) == utc(2026, 11, 24, 12)
        assert chosen("tomorrow", evening, posponer(snoozing=Snoozing(zone="UTC"))) == utc(2026, 11, 25, 9)

    def test_b1_the_zone_is_that_of_the_calendar(self) -> None:
        """Lima reads UTC-5 all year: Mon 23 Nov 23:30 there is Tue 1:30 in Santiago; tomorrow is Tue 9:00 in Lima."""
        rules = posponer(BusinessCalendar("America/Lima", "mon-fri 09:00-18:00"))
        assert chosen("tomorrow", cl(2026, 11, 24, 1, 30), rules) == utc(2026, 11, 24, 14)

    def test_b1_hours_weekday_and_evening_are_settings(self) -> None:
        choices = (
            LaterToday(after=Elapsed(hours=2), latest="20:00", otherwise="08:00"),
            InDays("tomorrow", 1, at="07:45"),
            NextWeek(weekday=2, at="10:15"),
        )
        rules = posponer(snoozing=Snoozing(choices))
        assert chosen("later_today", cl(2026, 11, 23, 18), rules) == utc(2026, 11, 23, 23)  # 20:00
        assert chosen("later_today", cl(2026, 11, 23, 18) + MICRO, rules) == utc(2026, 11, 24, 11)  # Tue 8:00
        assert chosen("tomorrow", cl(2026, 11, 23, 18), rules) == utc(2026, 11, 24, 10, 45)
        assert chosen("next_week", cl(2026, 11, 23, 18), rules) == utc(2026, 12, 2, 13, 15)  # Wed 2 Dec

    def test_b1_later_today_can_be_a_local_time_of_this_date(self) -> None:
        """17:00 in Santiago is 20:00Z; at 17:00 and later today, the choice is refused and nothing changes."""
        rules = posponer(snoozing=Snoozing((InDays("later_today", 0, at="17:00"),)))
        assert chosen("later_today", cl(2026, 11, 23, 9), rules) == utc(2026, 11, 23, 20)
        assert chosen("later_today", cl(2026, 11, 23, 17) - MICRO, rules) == utc(2026, 11, 23, 20)
        ticket = opened(rules=rules).ticket
        for at in (cl(2026, 11, 23, 17), cl(2026, 11, 23, 23)):
            refused = handle(ticket, commands.Snooze(choice="later_today", at=at, by=ANA), rules)
            assert isinstance(refused, Refused)
            assert [(reason.kind, reason.what) for reason in refused.reasons] == [
                ("bad_value", "the moment 2026-11-23T20:00:00+00:00 is not in the future")
            ]
            assert refused.ticket is ticket

    def test_b1_settings_that_make_no_sense_are_refused(self) -> None:
        with pytest.raises(BadValueError):
            InDays("never", -1)
        with pytest.raises(BadValueError):
            NextWeek(weekday=7)
        with pytest.raises(BadValueError, match="two choices have the same name; give each choice its own name"):
            Snoozing((InDays("tomorrow", 1), InDays("tomorrow", 2)))
        with pytest.raises(BadValueError, match="Mars"):
            Snoozing(zone="Mars/Olympus")

    @pytest.mark.parametrize("until", [cl(2026, 12, 24, 18, 30), utc(2026, 12, 24, 21, 30)])
    def test_b1_an_exact_moment_in_any_zone(self, until: datetime) -> None:
        desk = opened()
        desk.give(snooze(until))
        assert armed_until(desk) == utc(2026, 12, 24, 21, 30)

    def test_b1_an_exact_moment_is_taken_to_the_microsecond_and_at_any_hour(self) -> None:
        """A Sunday night is not a business day, but an exact moment is never moved."""
        desk = opened(WORKDAYS)
        desk.give(snooze(cl(2026, 11, 29, 3, 15, 7, 9)))
        assert armed_until(desk) == utc(2026, 11, 29, 6, 15, 7, 9)

    @pytest.mark.parametrize("until", [cl(2020, 1, 1), SLEPT - MICRO, SLEPT])
    def test_b1_a_moment_that_does_not_lie_ahead_is_refused(self, until: datetime) -> None:
        refusal = opened().refused(snooze(until))
        assert refusal.kinds == {"bad_value"}
        assert help_of(refusal) == "give a later one"

    def test_b1_a_microsecond_ahead_is_taken(self) -> None:
        desk = opened()
        desk.give(snooze(SLEPT + MICRO))
        assert (desk.ticket.is_hidden, armed_until(desk)) == (True, SLEPT + MICRO)

    def test_b1_now_is_when_the_command_takes_effect(self) -> None:
        """Claimed for 9:30 after what happened at 10:00, it takes effect at 10:00, so 10:00 does not lie ahead."""
        desk = opened()
        desk.write(SLEPT, ANA)
        late = cl(2026, 11, 23, 9, 30)
        assert desk.refused(snooze(SLEPT, late)).kinds == {"bad_value"}
        desk.give(snooze(SLEPT + MICRO, late))

    def test_b1_a_choice_that_is_not_offered_is_refused_with_those_that_are(self) -> None:
        refusal = opened().refused(commands.Snooze(choice="in_4_days", at=SLEPT, by=ANA))
        assert refusal.kinds == {"not_found"}
        for name in ("later_today", "tomorrow", "in_2_days", "in_3_days", "next_week"):
            assert name in help_of(refusal)

    def test_b1_a_choice_or_a_moment_and_not_both(self) -> None:
        with pytest.raises(BadValueError, match="give one of the two"):
            commands.Snooze(at=SLEPT, by=ANA)
        with pytest.raises(BadValueError, match="give one of the two"):
            commands.Snooze(WAKES, "tomorrow", at=SLEPT, by=ANA)

    def test_b1_a_moment_without_a_zone_is_refused_by_name(self) -> None:
        naive = datetime(2026, 11, 30, 9)  # noqa: DTZ001 -- that is the point
        with pytest.raises(NaiveDatetimeError, match="until"):
            commands.Snooze(naive, at=SLEPT, by=ANA)

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT])
    def test_b1_snoozing_is_the_supports(self, by: Actor) -> None:
        refusal = opened().refused(snooze(by=by))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)


class TestB2:
    def test_b2_it_leaves_the_inbox_and_is_listed_with_the_resolved_marked_snoozed(self) -> None:
        desk = opened()
        assert listed(desk) == ("inbox",)
        desk.give(snooze())
        assert listed(desk) == ("resolved", "snoozed")
        assert desk.ticket.snooze == ArmedSnooze(WAKES, "ana", None)

    def test_b2_the_lists_have_the_sources_names(self) -> None:
        assert {listing.name: listing.labels["es"] for listing in RULES.workflow.lists} == {
            "inbox": "chats abiertos",
            "resolved": "resueltos",
            "snoozed": "pospuesto",
        }

    def test_b2_a_hidden_ticket_does_not_count_as_resolved(self) -> None:
        ticket = asleep().ticket
        assert (ticket.state, ticket.category) == ("open", "open")
        assert (ticket.first_resolution, "resolved" in ticket.marks) == (None, False)

    def test_b2_a_hidden_ticket_is_open_in_reports(self) -> None:
        """Opened Mon 23 Nov 9:00 and asleep from 10:00, it is open all along; resolved on Tue 1 Dec 9:00, after it."""
        desk = asleep()
        before = report(WAKES - MICRO, desk.ticket, RULES)
        assert (before.is_open, before.first_resolution, before.reopenings) == (True, None, 0)
        desk.advance(WAKES)
        after = report(WAKES, desk.ticket, RULES)
        assert (after.is_open, after.first_resolution, after.reopenings) == (True, None, 0), "it never was resolved"
        assert set(after.time_in) == {"open"}
        move(desk, cl(2026, 12, 1, 9), "resolve")
        told = report(cl(2026, 12, 1, 9), desk.ticket, RULES).first_resolution
        assert told is not None
        assert told.elapsed == timedelta(days=8)

    def test_b2_resolved_tickets_without_a_snooze_are_not_marked(self) -> None:
        desk = opened()
        move(desk, SLEPT, "resolve")
        assert listed(desk) == ("resolved",)

    def test_b2_a_filter_finds_snoozed_tickets_hidden_or_not(self) -> None:
        tickets = [opened().ticket, asleep().ticket, awake().ticket]
        assert list(matching(IsSnoozed(), tickets)) == tickets[1:]

    def test_b2_a_closed_one_is_in_no_list(self) -> None:
        desk = asleep()
        move(desk, LATER, "close")
        assert listed(desk) == ()

    def test_b2_the_reason_of_a_snooze_is_kept(self) -> None:
        desk = opened()
        desk.give(commands.Snooze(WAKES, why="the part arrives on Monday", at=SLEPT, by=BEA))
        assert desk.ticket.snooze == ArmedSnooze(WAKES, "bea", "the part arrives on Monday")

    def test_b2_nothing_else_about_it_changes(self) -> None:
        desk = opened()
        decision = desk.give(snooze())
        assert kinds_of(decision) == [Snoozed]
        assert desk.ticket.assignee == "ana"

    def test_b2_next_due_is_the_moment_and_nothing_happens_before_it(self) -> None:
        """Mon 30 Nov 9:00 at UTC-3 is 12:00Z."""
        desk = asleep()
        assert next_due(desk.ticket, RULES) == WAKES == utc(2026, 11, 30, 12)
        assert not evaluate(WAKES - MICRO, desk.ticket, RULES)
        assert evaluate(WAKES, desk.ticket, RULES)
        desk.advance(WAKES - MICRO)
        assert (desk.ticket.is_hidden, listed(desk), told(desk)) == (True, ("resolved", "snoozed"), [])

    def test_b2_at_its_moment_it_is_back_in_the_inbox_and_the_owner_is_told(self) -> None:
        desk = asleep()
        desk.advance(WAKES)
        assert (desk.ticket.state, desk.ticket.is_hidden, desk.ticket.snooze) == ("open", False, None)
        assert listed(desk) == ("inbox",)
        assert wakings(desk) == [(WAKES, True)]
        assert told(desk) == TOLD
        assert desk.ticket.changed_at == WAKES
        assert desk.ticket.history.last.events == (MessageRequested("snooze-ended", "owner"),)
        assert desk.ticket.history.last.actor.role == "system"

    def test_b2_the_moment_comes_once(self) -> None:
        desk = asleep()
        desk.advance(WAKES)
        assert next_due(desk.ticket, RULES) is None
        desk.advance(cl(2027, 11, 30))
        assert told(desk) == TOLD

    @pytest.mark.parametrize("late", [MICRO, timedelta(days=400)])
    def test_b2_evaluated_late_it_was_shown_at_its_moment(self, late: timedelta) -> None:
        desk = asleep()
        desk.advance(WAKES + late)
        assert desk.ticket.changed_at == WAKES

    def test_b2_the_snooze_is_not_a_resolution_afterwards_either(self) -> None:
        desk = asleep()
        desk.advance(WAKES)
        assert (desk.ticket.first_resolution, "resolved" in desk.ticket.marks, changes(desk)) == (None, False, [])

    @pytest.mark.parametrize("slept", [cl(2026, 11, 28, 3, 15), cl(2026, 12, 8, 9)])
    def test_b2_the_moment_comes_outside_office_hours_too(self, slept: datetime) -> None:
        """A Saturday night, and a holiday."""
        desk = opened()
        desk.give(snooze(slept))
        desk.advance(slept)
        assert wakings(desk) == [(slept, True)]

    def test_b2_a_choice_ends_at_its_moment(self) -> None:
        """From Sat 5 Sep 2026 10:00 tomorrow is Sun 9:00 at UTC-3, 12:00Z."""
        desk = opened(at=cl(2026, 9, 5, 9))
        desk.give(commands.Snooze(choice="tomorrow", at=cl(2026, 9, 5, 10), by=ANA))
        assert next_due(desk.ticket, RULES) == utc(2026, 9, 6, 12)
        desk.advance(utc(2026, 9, 6, 12))
        assert wakings(desk) == [(utc(2026, 9, 6, 12), True)]

    def test_b2_explained_before_and_after(self) -> None:
        """The implied rule ends the snooze; before a snooze it waits for nothing."""
        desk = opened()
        assert why(desk, "snooze.wake", SLEPT).verdict == "awaits_event"
        desk.give(snooze())
        found = why(desk, "snooze.wake", LATER)
        assert (found.verdict, found.at) == ("waiting", WAKES)
        assert why(desk, "snooze.wake", WAKES).verdict == "due"
        desk.advance(WAKES)
        after = why(desk, "tell-of-the-moment", WAKES)
        assert (after.verdict, after.at) == ("fired", WAKES)

    def test_b2_explained_after_the_snooze_has_ended(self) -> None:
        desk = asleep()
        desk.advance(WAKES)
        found = why(desk, "snooze.wake", WAKES)
        assert (found.verdict, found.at) == ("fired", WAKES)


class TestB3:
    def still_armed(self, desk: Desk) -> None:
        assert (desk.ticket.state, desk.ticket.is_hidden) == ("open", False)
        assert listed(desk) == ("inbox", "snoozed")
        assert armed_until(desk) == WAKES

    def test_b3_reopened_by_hand_it_is_open_and_the_snooze_stays_armed(self) -> None:
        desk = asleep()
        decision = desk.give(reopen())
        self.still_armed(desk)
        assert requested(decision) == NOTICE

    def test_b3_reopened_by_a_customers_message_too(self) -> None:
        desk = asleep()
        decision = arrives(desk)
        self.still_armed(desk)
        assert requested(decision) == NOTICE

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_b3_a_resolved_one_alike(self, *, by_hand: bool) -> None:
        desk = opened()
        move(desk, cl(2026, 11, 23, 9, 30), "resolve")
        desk.give(snooze())
        decision = desk.give(reopen()) if by_hand else arrives(desk)
        self.still_armed(desk)
        assert requested(decision) == NOTICE

    def test_b3_the_transition_reopen_by_name_is_reopening_too(self) -> None:
        desk = opened()
        move(desk, cl(2026, 11, 23, 9, 30), "resolve")
        desk.give(snooze())
        decision = move(desk, LATER, "reopen")
        self.still_armed(desk)
        assert requested(decision) == NOTICE

    def test_b3_the_notice_is_in_the_history_and_by_the_system(self) -> None:
        desk = asleep()
        desk.give(reopen())
        (notice,) = [each for each in records(desk.ticket, "message_requested") if each.entry.at == LATER]
        assert notice.event == MessageRequested("scheduled-reopening", "owner")
        assert notice.entry.actor.role == "system"

    def test_b3_the_owner_is_told_once_and_not_at_every_message(self) -> None:
        desk = asleep()
        arrives(desk)
        assert requested(arrives(desk, LATEST)) == []
        self.still_armed(desk)

    def test_b3_the_owner_is_told_again_after_another_snooze(self) -> None:
        desk = awake()
        desk.give(snooze(OTHER, LATEST))
        assert requested(arrives(desk, LATEST + MICRO)) == NOTICE

    def test_b3_whoever_reopens_gets_a_hint_of_the_scheduled_reopening(self) -> None:
        hints = {hint.name: hint for hint in asleep().give(reopen()).hints}
        hint = hints["scheduled_reopening"]
        assert hint.data["at"] == WAKES
        assert set(hint.texts) == {"en", "es"}
        assert "{at}" in hint.texts["en"]
        assert "{at}" in hint.texts["es"]
        assert "{at}" not in hint.text("en") + hint.text("es")

    def test_b3_this_hint_can_be_left_out_alone(self) -> None:
        command = commands.Reopen(at=LATER, by=ANA, without_hints={"scheduled_reopening"})
        assert [hint.name for hint in asleep().give(command).hints] == ["interrupts_flow"]

    @pytest.mark.parametrize("by", [ANA, BOSS, VENDOR, ROBOT])
    def test_b3_only_a_customers_message_does_it(self, by: Actor) -> None:
        desk = asleep()
        assert requested(arrives(desk, by=by)) == []
        assert (desk.ticket.is_hidden, armed_until(desk)) == (True, WAKES)

    @pytest.mark.parametrize("state", ["open", "resolved"])
    def test_b3_automatic_mail_does_not_show_a_hidden_ticket(self, state: str) -> None:
        """Two automatic answers could otherwise answer each other in a loop."""
        desk = opened(owner=None)
        if state == "resolved":
            move(desk, cl(2026, 11, 23, 9, 30), "resolve")
        desk.give(snooze())
        decision = arrives(desk, automatic=True)
        assert requested(decision) == []
        assert (desk.ticket.state, desk.ticket.is_hidden, desk.ticket.assignee) == (state, True, None)
        assert armed_until(desk) == WAKES

    def test_b3_customers_do_not_reopen_by_hand(self) -> None:
        refusal = asleep().refused(reopen(by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    def test_b3_a_visible_open_ticket_cannot_be_reopened(self) -> None:
        refusal = awake().refused(reopen(LATEST))
        assert refusal.kinds == {"already_there"}
        assert help_of(refusal)

    def test_b3_a_closed_ticket_cannot_be_reopened(self) -> None:
        desk = asleep()
        move(desk, LATER, "close")
        refusal = desk.refused(reopen(LATEST))
        assert "closed_for_good" in refusal.kinds
        assert "follow-up" in help_of(refusal)

    def test_b3_with_clear_a_message_cancels_the_snooze(self) -> None:
        desk = asleep(CLEARING)
        decision = arrives(desk)
        assert kinds_of(decision).count(SnoozeCancelled) == 1
        assert (desk.ticket.is_hidden, desk.ticket.snooze) == (False, None)
        assert listed(desk) == ("inbox",)
        assert requested(decision) == []  # there is no scheduled reopening to tell of

    def test_b3_with_clear_reopening_by_hand_keeps_the_snooze(self) -> None:
        desk = asleep(CLEARING)
        desk.give(reopen())
        self.still_armed(desk)

    def test_b3_with_clear_automatic_mail_cancels_nothing(self) -> None:
        desk = asleep(CLEARING)
        arrives(desk, automatic=True)
        assert (desk.ticket.is_hidden, armed_until(desk)) == (True, WAKES)

    def test_b3_with_stay_hidden_a_message_changes_nothing(self) -> None:
        desk = asleep(HIDING)
        decision = arrives(desk)
        assert requested(decision) == []
        assert Surfaced not in kinds_of(decision)
        assert (desk.ticket.is_hidden, armed_until(desk)) == (True, WAKES)
        assert listed(desk) == ("resolved", "snoozed")

    def test_b3_with_stay_hidden_it_is_reopened_by_hand(self) -> None:
        desk = asleep(HIDING)
        arrives(desk)
        desk.give(reopen(LATEST))
        self.still_armed(desk)

    def test_b3_where_a_message_belongs(self) -> None:
        """F1: it shows the hidden ticket; automatic mail is only appended, or set aside if it is closed."""
        mail, machine = Arrival(Message("m9"), CUSTOMER), Arrival(Message("m9", automatic=True), CUSTOMER)
        ticket = asleep().ticket
        assert route(mail, [ticket], RULES, LATER) == Surface("T-1")
        assert route(machine, [ticket], RULES, LATER) == Append("T-1")
        assert route(mail, [asleep(HIDING).ticket], HIDING, LATER) == Append("T-1")
        assert route(mail, [awake().ticket], RULES, LATEST) == Append("T-1")
        desk = awake()
        move(desk, LATEST, "resolve")
        assert route(mail, [desk.ticket], RULES, LATEST) == Reopen("T-1")
        move(desk, LATEST, "close")
        assert route(mail, [desk.ticket], RULES, LATEST) == OpenNew()
        named = Arrival(Message("m9", automatic=True), CUSTOMER, reply_to="T-1")
        assert route(named, [desk.ticket], RULES, LATEST) == SetAside("T-1")

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_b3_at_the_moment_there_are_a_note_and_a_reminder_and_no_reopening(self, *, by_hand: bool) -> None:
        desk = asleep()
        if by_hand:
            desk.give(reopen())
        else:
            arrives(desk)
        assert next_due(desk.ticket, RULES) == WAKES
        desk.advance(WAKES - MICRO)
        self.still_armed(desk)
        assert told(desk) == [(LATER, "scheduled-reopening")]
        desk.advance(WAKES)
        assert wakings(desk) == [(WAKES, False)]
        assert changes(desk) == []
        assert told(desk) == [(LATER, "scheduled-reopening"), *TOLD]
        assert (desk.ticket.state, desk.ticket.snooze, listed(desk)) == ("open", None, ("inbox",))

    def test_b3_shown_at_the_instant_of_the_moment_it_is_a_note(self) -> None:
        """Commands at an instant come before its timers."""
        desk = asleep()
        desk.give(reopen(WAKES))
        self.still_armed(desk)
        desk.advance(WAKES)
        assert wakings(desk) == [(WAKES, False)]
        assert [what for _, what in told(desk)] == ["scheduled-reopening", "snooze-ended"]

    def test_b3_a_microsecond_later_it_is_visible_already(self) -> None:
        refusal = asleep().refused(reopen(WAKES + MICRO))
        assert refusal.kinds == {"already_there"}

    def test_b3_with_stay_hidden_it_is_reopened_at_its_moment(self) -> None:
        desk = asleep(HIDING)
        arrives(desk)
        desk.advance(WAKES)
        assert (wakings(desk), told(desk)) == ([(WAKES, True)], TOLD)

    def test_b3_with_clear_the_moment_never_comes(self) -> None:
        desk = asleep(CLEARING)
        arrives(desk)
        assert next_due(desk.ticket, CLEARING) is None
        desk.advance(WAKES)
        assert wakings(desk) == []


class TestB4:
    @pytest.mark.parametrize("at", [LATEST, WAKES])
    def test_b4_a_cancelled_moment_never_comes(self, at: datetime) -> None:
        """Also if it was cancelled at that very instant."""
        desk = awake()
        desk.give(cancel(at))
        assert next_due(desk.ticket, RULES) is None
        desk.advance(cl(2026, 12, 31))
        assert (wakings(desk), desk.ticket.changed_at) == ([], at)

    def test_b4_after_the_moment_there_is_nothing_to_cancel(self) -> None:
        assert awake().refused(cancel(WAKES + MICRO)).kinds == {"guard"}

    def test_b4_cancelling_while_hidden_is_refused_with_advice(self) -> None:
        refusal = asleep().refused(cancel())
        assert refusal.kinds == {"guard"}
        assert "reopen" in help_of(refusal)

    def test_b4_reopen_then_cancel_and_it_stays_open(self) -> None:
        desk = awake()
        desk.give(cancel())
        assert (desk.ticket.state, desk.ticket.is_hidden, desk.ticket.snooze) == ("open", False, None)
        assert listed(desk) == ("inbox",)

    def test_b4_cancelling_at_the_instant_of_reopening(self) -> None:
        desk = awake()
        desk.give(cancel(LATER))
        assert desk.ticket.snooze is None

    def test_b4_after_a_customers_message_too(self) -> None:
        desk = asleep()
        arrives(desk)
        desk.give(cancel())
        assert (desk.ticket.state, desk.ticket.snooze) == ("open", None)

    def test_b4_the_history_says_that_the_snooze_was_cancelled(self) -> None:
        desk = awake()
        desk.give(cancel(by=BEA))
        (record,) = records(desk.ticket, "snooze_cancelled")
        assert record.event == SnoozeCancelled(WAKES)
        assert (record.entry.at, record.entry.actor) == (LATEST, BEA)
        assert Wording(RULES, SANTIAGO, "es").event(record.event) == "El aplazamiento fue cancelado"
        assert Wording(RULES, SANTIAGO, "en").event(record.event) == "the snooze was cancelled"

    def test_b4_nothing_but_an_explicit_cancel_disarms_it(self) -> None:
        desk = awake()
        desk.write(LATEST, ANA)
        desk.write(LATEST, CUSTOMER)
        desk.assign(LATEST, "bea")
        desk.give(commands.GiveBack(at=LATEST, by=BEA))
        move(desk, LATEST, "resolve")
        desk.give(reopen(LATEST))
        assert armed_until(desk) == WAKES
        assert list(records(desk.ticket, "snooze_cancelled")) == []

    def test_b4_the_snooze_of_a_resolved_ticket_can_be_cancelled(self) -> None:
        desk = awake()
        move(desk, LATEST, "resolve")
        desk.give(cancel())
        assert (desk.ticket.state, desk.ticket.snooze, listed(desk)) == ("resolved", None, ("resolved",))

    def test_b4_with_no_snooze_there_is_nothing_to_cancel(self) -> None:
        for desk in (opened(), awake()):
            if desk.ticket.snooze:
                desk.give(cancel())
            refusal = desk.refused(cancel())
            assert refusal.kinds == {"guard"}
            assert help_of(refusal)

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT])
    def test_b4_only_the_support_cancels(self, by: Actor) -> None:
        assert awake().refused(cancel(by=by)).kinds == {"not_allowed"}

    def test_b4_a_refusal_gives_both_reasons_when_hidden_and_not_allowed(self) -> None:
        assert asleep().refused(cancel(by=CUSTOMER)).kinds == {"guard", "not_allowed"}

    def test_b4_the_snooze_of_a_closed_ticket_cannot_be_cancelled(self) -> None:
        desk = awake()
        move(desk, LATER, "close")
        assert "closed_for_good" in desk.refused(cancel()).kinds

    def test_b4_available_commands_show_reopen_then_cancel(self) -> None:
        def is_open(ticket: Ticket, name: str) -> bool:
            return next(each.is_open for each in available(ticket, ANA, RULES) if each.command == name)

        assert [is_open(asleep().ticket, name) for name in ("reopen", "cancel_snooze")] == [True, False]
        assert [is_open(awake().ticket, name) for name in ("reopen", "cancel_snooze")] == [False, True]


class TestB5:
    def test_b5_without_a_snooze_the_chatbot_answers(self) -> None:
        desk = opened(owner=None)
        assert requested(arrives(desk)) == [("chatbot-answer", "customer")]
        assert desk.ticket.assignee is None

    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_b5_the_next_message_goes_to_whoever_snoozed_and_the_chatbot_is_silent(self, by: Actor) -> None:
        desk = asleep(owner=None, by=by)
        decision = arrives(desk)
        assert (desk.ticket.assignee, listed(desk)) == (by.id, ("inbox", "snoozed"))
        assert requested(decision) == NOTICE

    def test_b5_the_ticket_is_assigned_before_the_owner_is_told(self) -> None:
        kinds = kinds_of(arrives(asleep(owner=None)))
        assert kinds.index(Assigned) < kinds.index(MessageRequested)

    def test_b5_the_history_names_the_rule_of_the_assignment(self) -> None:
        desk = asleep(owner=None)
        arrives(desk)
        (record,) = records(desk.ticket, "assigned")
        assert record.event == Assigned(None, "ana")
        assert (record.entry.at, record.entry.actor.role) == (LATER, "system")
        assert isinstance(record.entry.cause, ByRule)
        assert record.entry.cause.key.rule == "to-whoever-snoozed"

    def test_b5_the_message_goes_to_the_owner_if_there_is_one(self) -> None:
        desk = asleep(owner="bea", by=ANA)
        decision = arrives(desk)
        assert desk.ticket.assignee == "bea"
        assert Assigned not in kinds_of(decision)
        assert requested(decision) == NOTICE

    def test_b5_with_snoozer_it_goes_to_whoever_snoozed_although_there_is_an_owner(self) -> None:
        """Ana snoozed Bea's ticket: a message at the last instant goes to Ana, one later stays with Bea."""
        rules = posponer(answers_go_to="snoozer")
        for at, owner in ((WAKES, "ana"), (WAKES + MICRO, "bea")):
            desk = asleep(rules, owner="bea", by=ANA)
            arrives(desk, at)
            assert desk.ticket.assignee == owner

    def test_b5_every_message_and_not_only_the_next(self) -> None:
        desk = asleep(owner=None)
        arrives(desk)
        desk.give(commands.GiveBack(at=LATER, by=ANA))
        decision = arrives(desk, LATEST)
        assert desk.ticket.assignee == "ana"
        assert requested(decision) == []

    def test_b5_also_if_the_ticket_is_visible_and_armed(self) -> None:
        desk = awake(owner=None)
        decision = arrives(desk, LATEST)
        assert (desk.ticket.assignee, requested(decision)) == ("ana", [])

    def test_b5_it_goes_to_whoever_snoozed_last(self) -> None:
        desk = asleep(owner=None, by=ANA)
        desk.give(snooze(OTHER, LATER, BEA))
        arrives(desk, LATEST)
        assert desk.ticket.assignee == "bea"

    def test_b5_also_if_the_ticket_is_resolved(self) -> None:
        desk = opened(owner=None)
        move(desk, cl(2026, 11, 23, 9, 30), "resolve")
        desk.give(snooze())
        decision = arrives(desk)
        assert (desk.ticket.state, desk.ticket.assignee, requested(decision)) == ("open", "ana", NOTICE)

    def test_b5_after_a_cancel_the_chatbot_is_back(self) -> None:
        desk = awake(owner=None)
        desk.give(cancel())
        decision = arrives(desk, LATEST)
        assert (desk.ticket.assignee, requested(decision)) == (None, [("chatbot-answer", "customer")])

    def test_b5_automatic_mail_assigns_nobody(self) -> None:
        desk = awake(owner=None)
        decision = arrives(desk, LATEST, automatic=True)
        assert (desk.ticket.assignee, requested(decision)) == (None, [])

    def test_b5_with_stay_hidden_it_goes_to_whoever_snoozed_too(self) -> None:
        desk = asleep(HIDING, owner=None)
        decision = arrives(desk)
        assert (desk.ticket.assignee, requested(decision)) == ("ana", [])

    def test_b5_with_clear_the_clearing_message_still_goes_to_whoever_snoozed(self) -> None:
        desk = asleep(CLEARING, owner=None)
        decision = arrives(desk)
        assert ("chatbot-answer", "customer") not in requested(decision)
        assert desk.ticket.assignee == "ana"

    def test_b5_after_the_moment_the_chatbot_is_back(self) -> None:
        still = asleep(owner=None)
        arrives(still, WAKES)
        assert still.ticket.assignee == "ana"
        over = asleep(owner=None)
        arrives(over, WAKES + MICRO)
        assert over.ticket.assignee is None
        assert told(over) == [*TOLD, (WAKES + MICRO, "chatbot-answer")]


class TestB6:
    def test_b6_the_moment_of_an_open_ticket_is_a_note_only(self) -> None:
        desk = awake()
        desk.assign(LATEST, "bea")
        before = desk.ticket.facts
        desk.advance(WAKES)
        assert wakings(desk) == [(WAKES, False)]
        same = ("state", "category", "assignee", "hidden")
        assert [desk.ticket.facts[name] for name in same] == [before[name] for name in same]
        assert "woke" not in desk.ticket.marks

    @pytest.mark.parametrize("is_awake", [True, False])
    @pytest.mark.parametrize("at", [LATEST, WAKES])
    def test_b6_the_moment_of_a_closed_ticket_does_nothing(self, at: datetime, *, is_awake: bool) -> None:
        desk = awake() if is_awake else asleep()
        move(desk, at, "close")
        assert next_due(desk.ticket, RULES) is None
        before, version = told(desk), desk.ticket.version
        desk.advance(cl(2027, 6, 1))
        assert (desk.ticket.state, desk.ticket.version, told(desk)) == ("closed", version, before)

    @pytest.mark.parametrize("moment", [OTHER, cl(2026, 11, 25, 9)], ids=["later", "earlier"])
    def test_b6_a_replaced_moment_never_comes(self, moment: datetime) -> None:
        desk = asleep()
        desk.give(snooze(moment, LATER))
        assert next_due(desk.ticket, RULES) == moment
        desk.advance(moment - MICRO)
        assert wakings(desk) == []
        desk.advance(cl(2027, 6, 1))
        assert wakings(desk) == [(moment, True)]
        assert told(desk) == [(moment, "snooze-ended")]

    def test_b6_replaced_at_the_instant_of_the_moment(self) -> None:
        desk = asleep()
        desk.give(snooze(OTHER, WAKES))
        desk.advance(OTHER)
        assert wakings(desk) == [(OTHER, True)]

    def test_b6_a_ticket_snoozed_again_after_its_moment_is_shown_again(self) -> None:
        desk = asleep()
        desk.give(snooze(OTHER, WAKES + MICRO))
        assert desk.ticket.history.last.events == (Snoozed(OTHER),), "there was none left to replace"
        desk.advance(OTHER)
        assert wakings(desk) == [(WAKES, True), (OTHER, True)]

    def test_b6_the_same_moment_can_be_set_again(self) -> None:
        desk = awake()
        desk.give(snooze(WAKES, LATEST))
        desk.advance(WAKES)
        assert wakings(desk) == [(WAKES, True)]

    def test_b6_idle_rules_do_not_count_hidden_time(self) -> None:
        """Three days after Mon 23 Nov 10:00 it is hidden; three days after the end on Mon 30 9:00: Thu 3 Dec 9:00."""
        desk = asleep(IDLING)
        assert next_due(desk.ticket, IDLING) == WAKES
        desk.advance(WAKES)
        assert desk.ticket.state == "open"
        assert next_due(desk.ticket, IDLING) == cl(2026, 12, 3, 9)
        desk.advance(cl(2026, 12, 3, 9))
        assert changes(desk) == [(cl(2026, 12, 3, 9), "closed")]

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_b6_reopened_early_they_count_from_there_and_the_moment_moves_nothing(self, *, by_hand: bool) -> None:
        """Awake on Fri 27 Nov 11:00: Mon 30 Nov 11:00, though the snooze's moment is at 9:00 of that day."""
        desk, friday = asleep(IDLING), cl(2026, 11, 27, 11)
        if by_hand:
            desk.give(reopen(friday))
        else:
            arrives(desk, friday)
        desk.advance(cl(2026, 12, 31))
        assert wakings(desk) == [(WAKES, False)]
        assert changes(desk) == [(cl(2026, 11, 30, 11), "closed")]

    def test_b6_an_armed_snooze_of_a_visible_ticket_masks_nothing(self) -> None:
        """Awake on Tue 24 Nov 11:00, with the snooze armed until Mon 30: closed on Fri 27 11:00."""
        desk = awake(IDLING)
        assert next_due(desk.ticket, IDLING) == cl(2026, 11, 27, 11)
        desk.advance(cl(2026, 12, 31))
        assert changes(desk) == [(cl(2026, 11, 27, 11), "closed")]
        assert wakings(desk) == []

    def test_b6_an_idle_rule_explained_before_while_held_and_after(self) -> None:
        """Assigned on Mon 23 Nov 9:00 and, after the chatbot's answer of that instant, a microsecond."""
        desk = opened(IDLING)
        before = why(desk, "idle", cl(2026, 11, 23, 9, 30))
        assert (before.verdict, before.at) == ("waiting", cl(2026, 11, 26, 9) + MICRO)
        desk.give(snooze())
        held = why(desk, "idle", cl(2026, 11, 29))
        assert (held.verdict, held.mask) == ("held", AnyOf(IsHidden()))
        desk.advance(WAKES)
        after = why(desk, "idle", WAKES)
        assert (after.verdict, after.at, after.mask) == ("waiting", cl(2026, 12, 3, 9), None)

    def test_b6_snoozing_again_replaces_the_moment_and_that_is_recorded(self) -> None:
        desk = asleep()
        desk.give(snooze(OTHER, LATER, BEA))
        assert desk.ticket.snooze == ArmedSnooze(OTHER, "bea", None)
        first, second = records(desk.ticket, "snoozed")
        assert (first.event, first.entry.actor) == (Snoozed(WAKES), ANA)
        assert (second.event, second.entry.at, second.entry.actor) == (Snoozed(OTHER, WAKES), LATER, BEA)

    def test_b6_snoozing_again_to_an_earlier_moment(self) -> None:
        desk = asleep()
        desk.give(snooze(LATER + MICRO, LATER))
        assert (desk.ticket.is_hidden, armed_until(desk)) == (True, LATER + MICRO)

    def test_b6_snoozing_again_by_a_choice(self) -> None:
        """From Tue 24 Nov 11:00 in 3 days is Fri 27 9:00, 12:00Z."""
        desk = asleep()
        desk.give(commands.Snooze(choice="in_3_days", at=LATER, by=ANA))
        assert desk.ticket.history.last.events == (Snoozed(utc(2026, 11, 27, 12), WAKES),)

    def test_b6_a_visible_ticket_can_be_snoozed_again(self) -> None:
        desk = awake()
        desk.give(snooze(OTHER, LATEST))
        assert (desk.ticket.is_hidden, armed_until(desk), listed(desk)) == (True, OTHER, ("resolved", "snoozed"))
        assert desk.ticket.history.last.events == (Snoozed(OTHER, WAKES),)

    def test_b6_after_a_cancel_it_replaces_nothing(self) -> None:
        desk = awake()
        desk.give(cancel())
        desk.give(snooze(OTHER, LATEST))
        assert desk.ticket.history.last.events == (Snoozed(OTHER),)

    def test_b6_a_refused_snooze_keeps_the_first(self) -> None:
        desk = asleep()
        assert desk.refused(snooze(LATER, LATER)).kinds == {"bad_value"}
        assert armed_until(desk) == WAKES

    def test_b6_a_closed_ticket_cannot_be_snoozed(self) -> None:
        desk = opened()
        move(desk, cl(2026, 11, 23, 9, 30), "close")
        refusal = desk.refused(snooze())
        assert refusal.kinds == {"closed_for_good"}
        assert "follow-up" in help_of(refusal)

    def test_b6_a_refusal_gives_both_reasons_when_closed_and_past(self) -> None:
        desk = opened()
        move(desk, cl(2026, 11, 23, 9, 30), "close")
        assert desk.refused(snooze(MONDAY)).kinds == {"closed_for_good", "bad_value"}

    def test_b6_in_bulk_the_closed_ticket_is_refused_and_the_others_are_snoozed(self) -> None:
        """F3: one result per ticket, whatever the others give."""
        shut = opened()
        move(shut, cl(2026, 11, 23, 9, 30), "close")
        tickets = [opened().ticket, shut.ticket, asleep().ticket]
        results = handle_all(tickets, snooze(OTHER, LATER), RULES)
        assert [isinstance(result, Accepted) for result in results] == [True, False, True]
        refusal = results[1]
        assert isinstance(refusal, Refused)
        assert refusal.kinds == {"closed_for_good"}
        assert refusal.ticket is shut.ticket
        moments = [result.ticket.snooze.until for result in results if result.ticket and result.ticket.snooze]
        assert moments == [OTHER, OTHER]

    def test_b6_in_bulk_not_by_customers(self) -> None:
        tickets = [opened().ticket, asleep().ticket]
        results = handle_all(tickets, snooze(OTHER, LATER, CUSTOMER), RULES)
        assert len(results) == 2
        for result in results:
            assert isinstance(result, Refused)
            assert "not_allowed" in result.kinds


class TestB7:
    def test_b7_a_resolved_ticket_may_be_snoozed(self) -> None:
        desk = opened()
        move(desk, cl(2026, 11, 23, 9, 30), "resolve")
        desk.give(snooze())
        assert (desk.ticket.state, armed_until(desk), listed(desk)) == ("resolved", WAKES, ("resolved", "snoozed"))

    def test_b7_resolved_again_the_snooze_stays_armed(self) -> None:
        desk = awake()
        move(desk, LATEST, "resolve")
        assert (desk.ticket.state, armed_until(desk), listed(desk)) == ("resolved", WAKES, ("resolved", "snoozed"))

    def test_b7_resolved_while_hidden_the_snooze_stays_armed(self) -> None:
        desk = asleep()
        move(desk, LATER, "resolve")
        assert (desk.ticket.state, armed_until(desk)) == ("resolved", WAKES)

    def test_b7_reopened_once_more_the_snooze_is_still_armed(self) -> None:
        desk = awake()
        move(desk, LATEST, "resolve")
        decision = desk.give(reopen(LATEST + MICRO))
        assert (desk.ticket.state, armed_until(desk), listed(desk)) == ("open", WAKES, ("inbox", "snoozed"))
        assert StateChanged in kinds_of(decision)

    def test_b7_a_closed_ticket_stays_closed(self) -> None:
        desk = awake()
        move(desk, LATEST, "close")
        assert listed(desk) == ()

    def test_b7_resolved_again_it_is_reopened_at_its_moment_all_the_same(self) -> None:
        """Reopened Tue 24 Nov 11:00, resolved Wed 25 12:00, reopened by itself Mon 30 9:00."""
        desk = awake()
        move(desk, LATEST, "resolve")
        assert next_due(desk.ticket, RULES) == WAKES
        desk.advance(WAKES - MICRO)
        assert desk.ticket.state == "resolved"
        desk.advance(WAKES)
        assert changes(desk) == [(LATEST, "resolved"), (WAKES, "open")]
        assert (desk.ticket.snooze, listed(desk)) == (None, ("inbox",))
        assert told(desk) == [(LATER, "scheduled-reopening"), *TOLD]
        first = desk.ticket.first_resolution
        assert first is not None
        assert (first.mark.at, first.by) == (LATEST, ANA), "what was resolved by hand stays so on record"

    @pytest.mark.parametrize("resolved_at", [cl(2026, 11, 23, 9, 30), LATER], ids=["before the snooze", "asleep"])
    def test_b7_resolved_and_hidden_it_is_reopened_at_its_moment(self, resolved_at: datetime) -> None:
        desk = opened()
        if resolved_at > SLEPT:
            desk.give(snooze())
        move(desk, resolved_at, "resolve")
        if resolved_at < SLEPT:
            desk.give(snooze())
        desk.advance(WAKES)
        assert wakings(desk) == [(WAKES, True)]
        assert changes(desk) == [(resolved_at, "resolved"), (WAKES, "open")]
        assert (listed(desk), told(desk)) == (("inbox",), TOLD)

    def test_b7_resolved_at_the_instant_of_the_moment_it_is_reopened_at_once(self) -> None:
        desk = awake()
        move(desk, WAKES, "resolve")
        desk.advance(WAKES)
        assert changes(desk) == [(WAKES, "resolved"), (WAKES, "open")]

    def test_b7_resolved_a_microsecond_after_it_stays_so(self) -> None:
        desk = awake()
        move(desk, WAKES + MICRO, "resolve")
        desk.advance(cl(2027, 6, 1))
        assert (desk.ticket.state, next_due(desk.ticket, RULES)) == ("resolved", None)

    def test_b7_resolved_and_cancelled_it_stays_so(self) -> None:
        desk = awake()
        move(desk, LATEST, "resolve")
        desk.give(cancel())
        desk.advance(cl(2027, 6, 1))
        assert desk.ticket.state == "resolved"


class TestB8:
    def test_b8_reopening_by_hand_while_armed_hints_at_it(self) -> None:
        hints = {hint.name: hint for hint in asleep().give(reopen()).hints}
        assert set(hints) == {"scheduled_reopening", "interrupts_flow"}
        assert hints["interrupts_flow"].data["at"] == WAKES

    def test_b8_in_both_languages(self) -> None:
        (hint,) = [each for each in asleep().give(reopen()).hints if each.name == "interrupts_flow"]
        assert set(hint.texts) == {"en", "es"}
        assert "natural flow" in hint.text("en")
        assert "flujo natural" in hint.text("es")

    def test_b8_also_for_a_resolved_ticket_hidden_or_not(self) -> None:
        asleep_and_resolved = opened()
        move(asleep_and_resolved, cl(2026, 11, 23, 9, 30), "resolve")
        asleep_and_resolved.give(snooze())
        resolved_again = awake()
        move(resolved_again, LATEST, "resolve")
        for desk in (asleep_and_resolved, resolved_again):
            names = {hint.name for hint in desk.give(reopen(LATEST)).hints}
            assert names == {"scheduled_reopening", "interrupts_flow"}

    def test_b8_by_the_transitions_name_too(self) -> None:
        desk = awake()
        move(desk, LATEST, "resolve")
        names = {hint.name for hint in move(desk, LATEST, "reopen").hints}
        assert names == {"scheduled_reopening", "interrupts_flow"}

    def test_b8_the_hints_name_the_current_moment(self) -> None:
        desk = asleep()
        desk.give(snooze(OTHER, LATER))
        assert [hint.data["at"] for hint in desk.give(reopen(LATEST)).hints] == [OTHER, OTHER]

    def test_b8_without_hints_leaves_them_out_and_changes_nothing_else(self) -> None:
        loud, quiet = asleep(), asleep()
        loud.give(reopen())
        names = {"scheduled_reopening", "interrupts_flow"}
        decision = quiet.give(commands.Reopen(at=LATER, by=ANA, without_hints=names))
        assert decision.hints == ()
        assert quiet.ticket == loud.ticket

    def test_b8_without_one_of_them_the_other_stays(self) -> None:
        command = commands.Reopen(at=LATER, by=ANA, without_hints={"interrupts_flow"})
        assert [hint.name for hint in asleep().give(command).hints] == ["scheduled_reopening"]

    def test_b8_without_a_snooze_there_is_no_hint(self) -> None:
        desk = opened()
        move(desk, SLEPT, "resolve")
        assert desk.give(reopen()).hints == ()

    def test_b8_after_a_cancel_there_is_no_hint(self) -> None:
        desk = awake()
        desk.give(cancel())
        move(desk, LATEST, "resolve")
        assert desk.give(reopen(LATEST)).hints == ()

    def test_b8_a_customers_message_gets_no_hint(self) -> None:
        assert arrives(asleep()).hints == ()
