"""Zammad: published samples and results, then what each of its words becomes, then hostile sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ticketflow as tf
from tests.importers.laws import check_hostile, check_result, leaves, untold, without
from ticketflow import Actor, Message, Rules, Ticket, actions, commands, conditions, handle, triggers
from ticketflow import read as read_clock
from ticketflow.calendars.hours import parse_hours
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import BeforeDue, CalendarSpan, Elapsed, WorkingTime
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read, read_zammad
from ticketflow.rules.automations import Automation
from ticketflow.sla.policies import Target
from ticketflow.tickets.anchors import AssignedLast, Created, LastMessage, Latest, ResolvedLast, Started
from ticketflow.workflow.definition import Field

Json = dict[str, Any]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RECORD = {"updated_by_id": 3, "created_by_id": 3, "created_at": "2021-11-09T12:18:18.186Z", "updated_at": "2021-11-10T12:18:18.186Z"}  # fmt: skip


def week(hours: str, *closed: str) -> Json:
    """Return business hours that are the same on all days."""
    return {day: {"active": day not in closed, "timeframes": [hours.split("-")]} for day in DAYS}


# Source: https://docs.zammad.org/en/pre-release/api/calendar.html, read 2026-11-29.
CALENDAR: Json = {
    "id": 2,
    "name": "Test calendar",
    "timezone": "Europe/Berlin",
    "business_hours": {
        **week("09:00-17:00"),
        "sat": {"active": False, "timeframes": [["10:00", "14:00"]]},
        "sun": {"active": False, "timeframes": [["10:00", "14:00"]]},
    },
    "default": False,
    "ical_url": "",
    "public_holidays": {
        "2021-11-10": {"active": True, "summary": "Feast day 1"},
        "2021-11-11": {"active": True, "summary": "Feast day 2"},
    },
    "last_log": None,
    "last_sync": None,
    **RECORD,
}

# Source: https://docs.zammad.org/en/pre-release/api/sla.html (api/sla.rst, 69ced258), read 2026-11-29.
SLA: Json = {
    "id": 2,
    "calendar_id": 1,
    "name": "new sla",
    "first_response_time": 120,
    "response_time": None,
    "update_time": 120,
    "solution_time": 120,
    "condition": {"ticket.state_id": {"operator": "is", "value": "2"}},
    **RECORD,
}

# Source: https://github.com/zammad/zammad/blob/131223d8/db/seeds/triggers.rb: the conditions, with shorter texts.
_MAIL = {
    "article.type_id": {"operator": "is", "value": [1, 5, 11]},
    "article.sender_id": {"operator": "is", "value": 2},
}
SEEDS: list[Json] = [
    {
        "name": "auto reply (on new tickets)",
        "condition": {
            "ticket.action": {"operator": "is", "value": "create"},
            "ticket.state_id": {"operator": "is not", "value": 4},
            **_MAIL,
        },
        "perform": {
            "notification.email": {
                "body": "<div>Your request <b>(#{config.ticket_hook}#{ticket.number})</b> has been received.</div>",
                "recipient": "article_last_sender",
                "subject": "Thanks for your inquiry (#{ticket.title})",
            }
        },
        "active": True,
        "created_by_id": 1,
        "updated_by_id": 1,
    },
    {
        "name": "auto reply (on follow up of tickets)",
        "condition": {"ticket.action": {"operator": "is", "value": "update"}, **_MAIL},
        "perform": {
            "notification.email": {
                "body": "Your follow up has been received.",
                "recipient": "article_last_sender",
                "subject": "Thanks for your follow up",
            }
        },
        "active": False,
    },
    {
        "name": "customer notification (on owner change)",
        "condition": {
            "ticket.owner_id": {
                "operator": "has changed",
                "pre_condition": "current_user.id",
                "value": "",
                "value_completion": "",
            }
        },
        "perform": {
            "notification.email": {
                "body": "It changed.",
                "recipient": "ticket_customer",
                "subject": "Owner has changed",
            }
        },
        "active": False,
    },
]

# Source: https://github.com/zammad/zammad-documentation/blob/6e05999c/api/trigger.rst, the trigger 13, with a shorter text.
NOTE_13: Json = {
    "id": 13,
    "name": "Notify customer on public note",
    "condition": {
        "operator": "AND",
        "conditions": [
            {"name": "ticket.action", "operator": "is", "value": "update"},
            {"name": "article.type_id", "operator": "is", "value": 10},
            {"name": "article.internal", "operator": "is", "value": False},
        ],
    },
    "perform": {
        "notification.email": {
            "recipient": "ticket_customer",
            "subject": "Update on your ticket (#{ticket.title})",
            "body": "<div>There has been a follow-up.</div><br/><div>Your #{config.product_name} Team</div>",
        }
    },
    "disable_notification": False,
    "localization": None,
    "timezone": None,
    "note": "Notifies the customer by email whenever an agent adds a public note.",
    "activator": "action",
    "execution_condition_mode": "selective",
    "active": False,
    **RECORD,
}

# Source: https://github.com/zammad/zammad/blob/develop/spec/factories/job.rb, read 2026-11-29.
JOB: Json = {
    "name": "Test job",
    "timeplan": {"days": {"Mon": True}, "hours": {"0": True}, "minutes": {"0": True}},
    "object": "Ticket",
    "condition": {"ticket.state_id": {"operator": "is not", "value": 4}},
    "perform": {"ticket.state_id": {"value": 4}},
    "disable_notification": True,
    "active": True,
}

CUSTOMER, ANA = Actor("customer", "bruno"), Actor("agent", "ana")


def utc(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


def opened(rules: Rules, at: datetime, **fields: Any) -> Ticket:
    command = commands.Open("T-1", message=Message("m1"), fields=fields, at=at, by=CUSTOMER)
    return handle(None, command, rules).unwrap().ticket


def due(rules: Rules, ticket: Ticket, clock: str, at: datetime) -> datetime | None:
    return read_clock(at, ticket, rules.clock(clock)).due_at


def desk(hours: Json, minutes: tuple[int, int, int], **more: Any) -> Rules:
    """Return the rules of a desk in Berlin with these hours and times until the first response, update and solution."""
    first, update, solution = minutes
    calendar = {"id": 1, "name": "EU 1", "timezone": "Europe/Berlin", "business_hours": hours, "default": True, **more}
    sla = {
        "name": "test sla 1",
        "condition": more.pop("condition", {}),
        "first_response_time": first,
        "update_time": update,
        "solution_time": solution,
        "calendar_id": 1,
    }
    calendar.pop("condition", None)
    return read("zammad", [calendar], [sla]).rules


def rule(found: Imported, name: str) -> Automation:
    [each] = [each for each in found.rules.automations if each.id == name]
    assert isinstance(each, Automation)
    return each


def told(found: Imported, pointer: str) -> list[str]:
    return [f"{item.outcome}: {item.why}" for item in found.items if item.pointer == pointer]


class TestPublishedSamples:
    def test_a_calendar(self) -> None:
        assert read("zammad", CALENDAR).rules.calendars["default"] == tf.BusinessCalendar(
            "Europe/Berlin",
            "mon-fri 09:00-17:00",
            holidays={"2021-11-10": "Feast day 1", "2021-11-11": "Feast day 2"},
        )

    def test_an_sla(self) -> None:
        """It names the calendar 1, which the sample does not have."""
        found = read("zammad", [{**CALENDAR, "id": 1}], [SLA])
        row = Target(WorkingTime(hours=2), tf.StateIs("open"), "default")
        assert {clock.name: clock.targets for clock in found.rules.clocks} == {
            "first-response": (row,),
            "update": (row,),
            "solution": (row,),
        }
        assert told(read("zammad", CALENDAR, SLA), "/calendar_id") == [
            "changed: the sources have no such calendar; that named default counts"
        ]

    def test_the_triggers_of_a_new_installation(self) -> None:
        found = read("zammad", SEEDS)
        reply = rule(found, "auto-reply-on-new-tickets")
        assert reply == Automation(
            "auto-reply-on-new-tickets",
            when=triggers.OnCommand("open", by=["customer"]),
            given=tf.Not(tf.StateIs("closed")),
            then=(actions.SendMessage("auto-reply-on-new-tickets", "customer"),),
            labels={"en": "auto reply (on new tickets)"},
        )
        [text] = [each.texts["en"] for each in found.rules.templates if each.name == reply.id]
        assert text == (
            "Thanks for your inquiry (#{ticket.title})\n\n"
            "Your request (#{config.ticket_hook}{ticket}) has been received.\n"
        )
        follow_up = rule(found, "auto-reply-on-follow-up-of-tickets")
        assert (follow_up.when, follow_up.given, follow_up.is_enabled) == (
            triggers.OnCommand("add_message", by=["customer"]),
            conditions.ALWAYS,
            False,
        )
        owner = rule(found, "customer-notification-on-owner-change")
        assert (owner.when, owner.is_enabled) == (triggers.OnCommand("assign", "give_back"), False)

    def test_a_trigger_in_the_newer_form(self) -> None:
        found = read("zammad", NOTE_13)
        note = rule(found, "notify-customer-on-public-note")
        assert (note.when, note.is_enabled) == (triggers.OnMessage("anyone"), False)
        assert told(found, "") == [
            (
                "changed: automations.notify-customer-on-public-note; messages of every channel count; "
                "the message that opens a ticket counts, too; the text has no HTML; "
                "the sender must fill in the variables of Zammad"
            )
        ]

    def test_a_scheduler(self) -> None:
        job = rule(read("zammad", JOB), "test-job")
        assert (job.when, job.given, job.then) == (
            triggers.On(EveryWeek("mon", "00:00")),
            tf.Not(tf.StateIs("closed")),
            (actions.Move("to_closed"),),
        )

    def test_the_states_of_a_new_installation(self) -> None:
        """Source: https://github.com/zammad/zammad/blob/5df98684/db/seeds/ticket_states.rb."""
        found = read("zammad", SLA).rules.workflow
        still = frozenset({"first-response", "update", "solution"})
        assert [(state.name, state.category, state.freezes) for state in found.states] == [
            ("new", "open", frozenset()),
            ("open", "open", frozenset()),
            ("pending_reminder", "pending", still),
            ("closed", "resolved", frozenset()),
            ("merged", "closed", frozenset()),
            ("pending_close", "pending", still),
        ]

    def test_nothing_is_lost_silently(self) -> None:
        sources = ([CALENDAR], [SLA], [*SEEDS, NOTE_13], [JOB])
        found = read("zammad", *sources)
        check_result(found)
        assert untold("zammad", *sources) == []
        assert read_zammad(*sources) == found


class TestPublishedResults:
    """Source: https://github.com/zammad/zammad/blob/0d1d8651/test/unit/ticket_sla_test.rb."""

    @pytest.mark.parametrize(
        ("hours", "minutes", "more", "at", "expected"),
        [
            # 'ticket sla': EU 1 with the first and the second plan, then EU 2 with priorities
            ("09:00-17:00", (60, 180, 240), {}, "2013-03-21 09:30", "2013-03-21 10:30 12:30 13:30"),
            ("09:00-17:00", (120, 180, 240), {}, "2013-03-21 09:30", "2013-03-21 11:30 12:30 13:30"),
            (
                "08:00-18:00",
                (60, 120, 180),
                {"condition": {"ticket.priority_id": {"operator": "is", "value": ["1", "2", "3"]}}},
                "2013-03-21 09:30",
                "2013-03-21 10:30 11:30 12:30",
            ),
            # 'ticket sla + timezone + holiday'
            ("08:00-17:00", (120, 180, 240), {}, "2013-10-21 05:30", "2013-10-21 08:00 09:00 10:00"),
            (
                "08:00-17:00",
                (120, 180, 240),
                {
                    "public_holidays": {
                        "2015-09-22": {"active": True, "summary": "test 1"},
                        "2015-09-23": {"active": False, "summary": "test 2"},
                        "2015-09-24": {"removed": False, "summary": "test 3"},
                    }
                },
                "2015-09-21 14:30",
                "2015-09-23 07:30 08:30 09:30",
            ),
        ],
    )
    def test_escalations_of_a_new_ticket(
        self, hours: str, minutes: tuple[int, int, int], more: Json, at: str, expected: str
    ) -> None:
        rules = desk(week(hours, *(("sat", "sun") if hours != "08:00-17:00" else ())), minutes, **more)
        opening = utc(*at.split())
        ticket = opened(rules, opening)
        day, *times = expected.split()
        for clock, time in zip(("first-response", "update", "solution"), times, strict=True):
            assert due(rules, ticket, clock, opening) == utc(day, time)

    def test_each_answer_begins_the_time_until_the_next_update(self) -> None:
        """'ticket sla', verify 5: a contact by the agent at 11:00 moves the update to 13:00."""
        rules = desk(week("08:00-18:00", "sat", "sun"), (60, 120, 180))
        ticket = opened(rules, utc("2013-03-21", "09:30"))
        at = utc("2013-03-21", "11:00")
        ticket = handle(ticket, commands.AddMessage(Message("m2"), at=at, by=ANA), rules).unwrap().ticket
        assert due(rules, ticket, "update", at) == utc("2013-03-21", "13:00")
        assert due(rules, ticket, "solution", at) == utc("2013-03-21", "12:30")

    @pytest.mark.parametrize(
        ("moves", "expected"),
        [
            # 'ticket escalation suspend': pending for 15 minutes, then closed for 30
            (("09:30 pending_reminder", "09:45 open", "10:00 closed", "10:30 open"), "11:45"),
            # the second ticket: pending from 10 to 15
            (("10:00 pending_reminder", "15:00 open"), "16:00"),
        ],
    )
    def test_clocks_stand_still_in_states_that_ignore_the_escalation(
        self, moves: tuple[str, ...], expected: str
    ) -> None:
        rules = desk(week("09:00-18:00"), (120, 180, 250))
        day, ticket = "2013-06-04", opened(rules, utc("2013-06-04", "09:00"))
        for each in moves:
            time, _, state = each.partition(" ")
            at = utc(day, time)
            ticket = handle(ticket, commands.Move(f"to_{state}", at=at, by=ANA), rules).unwrap().ticket
        assert due(rules, ticket, "first-response", utc(day, "15:30")) == utc(day, expected)


class TestCalendars:
    @pytest.mark.parametrize(
        ("frames", "expected"),
        [
            ([["08:00", "12:00"], ["13:00", "17:00"]], "08:00-12:00 13:00-17:00"),
            ([["00:00", "23:59"]], "00:00-24:00"),  # Calendar#business_hours_to_hash: 23:59 means midnight
            ([["00:00", "24:00"]], "00:00-24:00"),
            ([["08:00", "12:00"], ["13:00"], ["14:00", "14:00"], 5], "08:00-12:00"),
        ],
    )
    def test_time_frames(self, frames: list[Any], expected: str) -> None:
        hours = {"mon": {"active": True, "timeframes": frames}}
        source = {"id": 1, "name": "x", "timezone": "UTC", "business_hours": hours, "default": True}
        calendar = read("zammad", source).rules.calendars["default"]
        assert isinstance(calendar, tf.BusinessCalendar)
        assert calendar.week[0] == parse_hours(expected)
        assert untold("zammad", source) == []

    def test_a_day_without_frames_is_closed(self) -> None:
        hours = {"mon": {"active": True, "timeframes": []}, "tue": {"active": True, "timeframes": [["09:00", "10:00"]]}}
        source = {"name": "x", "timezone": "UTC", "business_hours": hours, "ical_url": "https://example.org/h.ics"}
        found = read("zammad", source)
        assert found.rules.calendars["default"] == tf.BusinessCalendar("UTC", "tue 09:00-10:00")
        assert told(found, "/ical_url") == [
            "left_out: the feed is not read; the holidays that Zammad took from it are in the record"
        ]
        assert untold("zammad", source) == []

    def test_holidays_of_a_feed_that_were_removed_do_not_count(self) -> None:
        """Source: `Calendar#public_holidays_to_array` (app/models/calendar.rb, 041bf51b)."""
        holidays = {
            "2026-12-24": {"active": True, "summary": "Christmas Eve", "feed": "5b3c1a"},
            "2026-12-25": {"active": True, "removed": True, "summary": "a"},
            "2026-12-26": {"active": True, "removed": False, "summary": ""},
            "2026-12-27": {"active": False, "summary": "b"},
            "2026-12-28": 5,
        }
        source = {**CALENDAR, "public_holidays": holidays}
        calendar = read("zammad", source).rules.calendars["default"]
        assert isinstance(calendar, tf.BusinessCalendar)
        assert [*calendar.holidays.values()] == ["Christmas Eve", "holiday"]
        assert untold("zammad", source) == []

    def test_the_default_one_is_named_so_and_an_sla_names_its_own(self) -> None:
        other = {**CALENDAR, "id": 7, "name": "EU", "default": True}
        found = read("zammad", [CALENDAR, other], [{**SLA, "calendar_id": 2}])
        assert [*found.rules.calendars] == ["default", "test-calendar"]
        assert {row.calendar for clock in found.rules.clocks for row in clock.targets if isinstance(row, Target)} == {
            "test-calendar"
        }
        assert told(read("zammad", CALENDAR), "/default") == [
            "changed: no calendar is the default one, and the first stands for it"
        ]

    def test_one_that_the_library_refuses_is_left_out(self) -> None:
        source = {**CALENDAR, "timezone": "Mars"}
        found = read("zammad", source)
        assert told(found, "")[0].startswith("left_out: the library refuses it: ")
        assert untold("zammad", source) == []


class TestSlas:
    def test_a_ticket_has_the_first_whose_condition_holds(self) -> None:
        """Source: `Sla.for_ticket` (app/models/sla.rb, 041c0d61): by name; one without condition comes last."""
        slas: list[Json] = [
            {"name": "d", "first_response_time": 40, "solution_time": 400, "condition": {}},
            {"name": "c", "first_response_time": 30, "condition": {"ticket.priority_id": {"operator": "is", "value": 3}}},
            {"name": "b", "solution_time": "200", "condition": {"ticket.group_id": {"operator": "is", "value": 1}}},
            {"name": "a", "first_response_time": 10, "solution_time": 100, "condition": None},
            {"name": "e", "first_response_time": "", "solution_time": 0, "condition": {"ticket.state_id": {"operator": "is", "value": 1}}},
        ]  # fmt: skip
        found = read("zammad", slas, {"groups": [{"id": 1, "name": "Users", "active": True}]})
        group, high, new = tf.FieldIs("group", "Users"), tf.FieldIs("priority", "3 high"), tf.StateIs("new")
        assert {clock.name: clock.targets for clock in found.rules.clocks} == {
            "first-response": (
                Target(WorkingTime(minutes=30), tf.All(high, tf.Not(group))),
                Target(WorkingTime(minutes=40), tf.All(tf.Not(group), tf.Not(new))),
            ),
            "solution": (
                Target(WorkingTime(minutes=200), group),
                Target(WorkingTime(minutes=400), tf.All(tf.Not(high), tf.Not(new))),
            ),
        }
        assert told(found, "/3") == ["left_out: a later SLA without a condition goes before it"]
        assert told(found, "/4") == ["carried: no targets for its tickets"]
        assert told(found, "/4/solution_time") == ["left_out: it is not 1 to 525600 minutes"]
        assert untold("zammad", slas) == []
        check_result(found)

    def test_the_time_until_each_response_counts_while_the_customer_waits(self) -> None:
        """Source: lib/escalation.rb: it counts from the last contact by the customer; an answer ends it."""
        rules = read("zammad", {"name": "x", "response_time": 60, "first_response_time": None}).rules
        assert [clock.name for clock in rules.clocks] == ["response"]
        opening = utc("2026-11-23", "09:00")
        ticket = opened(rules, opening)
        assert due(rules, ticket, "response", opening) == utc("2026-11-23", "10:00")
        for identity, at, by in (
            ("m2", utc("2026-11-23", "09:30"), ANA),
            ("m3", utc("2026-11-23", "11:00"), CUSTOMER),
        ):
            ticket = handle(ticket, commands.AddMessage(Message(identity), at=at, by=by), rules).unwrap().ticket
        assert due(rules, ticket, "response", utc("2026-11-23", "11:00")) == utc("2026-11-23", "12:00")

    def test_a_condition_that_is_not_known_leaves_the_sla_out(self) -> None:
        source = {**SLA, "condition": {"organization.name": {"operator": "contains", "value": "x"}}}
        assert told(read("zammad", source), "") == [
            "left_out: the condition 'organization.name contains x' is not known"
        ]


STATES: list[Json] = [
    {"id": 1, "name": "Neu", "state_type_id": 1, "default_create": False, "active": True, "note": None},
    {"id": 2, "name": "In Arbeit", "state_type_id": 2, "default_follow_up": True, "next_state_id": 1, "note": "x"},
    {"id": 3, "name": "Eingang", "state_type_id": "1", "default_create": True, "ignore_escalation": True},
    {"id": 4, "name": "Erledigt", "state_type_id": 5},
    {"id": 5, "name": "Wartet", "state_type_id": 4, "next_state_id": 4},
    {"id": 6, "name": "Alt", "state_type_id": 2, "active": False},
    {"id": 7, "name": "?", "state_type_id": 9},
]


class TestRecords:
    def test_states(self) -> None:
        found = read("zammad", {"ticket_states": STATES}, SLA)
        workflow = found.rules.workflow
        assert [(each.name, each.category, bool(each.freezes)) for each in workflow.states] == [
            ("eingang", "open", True),
            ("neu", "open", False),
            ("in_arbeit", "open", False),
            ("erledigt", "resolved", False),
            ("wartet", "pending", False),
        ]
        answer, after = rule(found, "customer-answers"), rule(found, "after-wartet")
        assert (answer.given, answer.then) == (
            tf.StateIs("neu", "erledigt", "wartet"),
            (actions.Move("to_in_arbeit"),),
        )
        assert (after.when, after.given, after.then) == (
            triggers.AtField("pending_until"),
            tf.StateIs("wartet"),
            (actions.Move("to_erledigt"),),
        )
        assert told(found, "/ticket_states/5") == ["left_out: it is not active"]
        assert told(found, "/ticket_states/6") == ["left_out: it has no id, no name or no type from 1 to 7"]
        assert untold("zammad", {"ticket_states": STATES}) == []
        check_result(found)

    @pytest.mark.parametrize("place", [2, 3])
    def test_without_enough_states_those_of_a_new_installation_are_taken(self, place: int) -> None:
        source = {"ticket_states": [STATES[place]]}
        found = read("zammad", source)
        assert len(found.rules.workflow.states) == 6
        assert told(found, "/ticket_states/0") == [
            "left_out: without an open state and another one, those of a new installation are taken"
        ]

    def test_nothing_to_move_on_an_answer(self) -> None:
        found = read("zammad", {"ticket_states": [STATES[1], STATES[2]]})
        assert [each.name for each in found.rules.workflow.states] == ["eingang", "in_arbeit"]
        assert found.rules.automations == ()
        check_result(found)

    def test_priorities(self) -> None:
        """A ticket without a value has the usual priority of Zammad."""
        source = {
            "ticket_priorities": [
                {"id": 1, "name": "niedrig", "default_create": False, "ui_icon": "low-priority", "note": None},
                {"id": 2, "name": "normal", "default_create": True},
                {"id": 3, "name": "normal"},
                {"id": 4, "name": "alt", "active": False},
            ]
        }
        sla = {**SLA, "condition": {"ticket.priority_id": {"operator": "is", "value": ["2", "1"]}}}
        found = read("zammad", source, sla)
        assert found.rules.workflow.fields[0] == Field(
            "priority", ("niedrig", "normal"), kind="text", labels={"en": "priority"}
        )
        [row] = found.rules.clocks[0].targets
        assert row.given == tf.FieldIs("priority", "normal", "niedrig", None)
        assert told(found, "/ticket_priorities/2") == ["left_out: it has no id or no name of its own"]
        assert untold("zammad", source, sla) == []


def condition(name: str, operator: str, value: object, **more: Any) -> conditions.Condition | str:
    """Return what a condition of an SLA becomes, or why not."""
    source = {**SLA, "condition": {name: {"operator": operator, "value": value, **more}}}
    found = read("zammad", source, {"groups": [{"id": 1, "name": "Users"}]})
    assert untold("zammad", source) == []
    check_hostile("zammad", source)
    return found.rules.clocks[0].targets[0].given if found.rules.clocks else told(found, "")[0].split(": ", 1)[1]


class TestConditions:
    @pytest.mark.parametrize(
        ("name", "operator", "value", "more", "expected"),
        [
            ("ticket.state_id", "is", [1, 2], {}, tf.StateIs("new", "open")),
            ("ticket.state_id", "is not", "4", {}, tf.Not(tf.StateIs("closed"))),
            ("ticket.priority_id", "is", "3", {}, tf.FieldIs("priority", "3 high")),
            ("ticket.priority_id", "is", ["2"], {}, tf.FieldIs("priority", "2 normal", None)),
            ("ticket.group_id", "is", ["1", "9"], {}, tf.FieldIs("group", "Users", "9")),
            ("ticket.organization_id", "is", "7", {}, tf.FieldIs("organization", "7")),
            ("ticket.organization_id", "is", "", {"pre_condition": "not_set"}, tf.FieldIs("organization", None)),
            ("ticket.organization_id", "is not", "7", {"pre_condition": "specific"}, tf.Not(tf.FieldIs("organization", "7"))),
            ("ticket.category", "is", ["a", "b"], {}, tf.FieldIs("category", "a", "b")),
            ("ticket.owner_id", "is", "", {"pre_condition": "not_set"}, tf.Not(tf.IsAssigned())),
            ("ticket.owner_id", "is", ["5"], {"pre_condition": "specific"}, tf.AssignedTo("5")),
            ("ticket.owner_id", "is", "1", {}, tf.Not(tf.IsAssigned())),
            ("ticket.customer_id", "is", "5", {}, tf.RequesterIs("5")),
            ("ticket.tags", "contains all", "a, b", {}, tf.All(tf.FieldIs("tag.a", True), tf.FieldIs("tag.b", True))),
            ("ticket.tags", "contains one", "a, b", {}, tf.AnyOf(tf.FieldIs("tag.a", True), tf.FieldIs("tag.b", True))),
            ("ticket.tags", "contains one not", "a", {}, tf.Not(tf.FieldIs("tag.a", True))),
            ("ticket.tags", "contains all not", "a", {}, tf.Not(tf.FieldIs("tag.a", True))),
            ("ticket.tags", "contains all", "", {}, "the condition 'ticket.tags contains all ' is not known"),
            ("ticket.tags", "is", "a", {}, "the condition 'ticket.tags is a' is not known"),
            ("ticket.title", "contains", "x", {}, "the condition 'ticket.title contains x' is not known"),
            ("ticket.category", "starts with", "x", {}, "the condition 'ticket.category starts with x' is not known"),
            ("ticket.state_id", "is", "99", {}, "the condition 'ticket.state_id is 99' names an id that is not in the export"),
            ("ticket.state_id", "is", [], {}, "the condition 'ticket.state_id is ' names an id that is not in the export"),
            ("ticket.category", "is", [], {}, "the condition 'ticket.category is ' has no value"),
            ("ticket.customer_id", "is", [], {}, "the condition 'ticket.customer_id is ' has no value"),
            ("ticket.customer_id", "is", "", {"pre_condition": "not_set"}, "the condition 'ticket.customer_id is ' is not known"),
            ("ticket.日本", "is", "x", {}, "the condition 'ticket.日本 is x' is not known"),
            (
                "ticket.owner_id",
                "is",
                "",
                {"pre_condition": "current_user.id"},
                "the condition 'ticket.owner_id is ' asks for the user who looks",
            ),
        ],
    )  # fmt: skip
    def test_each_is_what_it_says(
        self, name: str, operator: str, value: object, more: Json, expected: conditions.Condition | str
    ) -> None:
        assert condition(name, operator, value, **more) == expected

    def test_nested_ones(self) -> None:
        """Source: app/models/ticket/selector/sql.rb (0a95b233): AND, OR and NOT, nested."""

        def state(number: int) -> Json:
            return {"name": "ticket.state_id", "operator": "is", "value": number}

        source = {
            **SLA,
            "condition": {
                "operator": "AND",
                "conditions": [
                    state(1),
                    {
                        "operator": "OR",
                        "conditions": [
                            state(2),
                            {"operator": "AND", "conditions": [state(3), state(4)]},
                            {"operator": "NOT", "conditions": [state(7)]},
                        ],
                    },
                ],
            },
        }
        found = read("zammad", source)
        names = [tf.StateIs(name) for name in ("new", "open", "pending_reminder", "closed", "pending_close")]
        expected = tf.All(names[0], tf.AnyOf(names[1], tf.All(names[2], names[3]), tf.Not(names[4])))
        assert found.rules.clocks[0].targets[0].given == expected
        assert untold("zammad", source) == []
        source["condition"] = {"operator": "OR", "conditions": [state(1), state(2)]}
        either = read("zammad", source).rules.clocks[0].targets[0].given
        assert either == tf.AnyOf(tf.StateIs("new"), tf.StateIs("open"))


def trigger(*every: Json, perform: Json | None = None, **more: Any) -> Json:
    return {
        "name": "x",
        "condition": {"operator": "AND", "conditions": [*every]},
        "perform": {"ticket.priority_id": {"value": 3}} if perform is None else perform,
        "activator": "action",
        **more,
    }


def leaf(name: str, operator: str = "is", value: object = "") -> Json:
    return {"name": name, "operator": operator, "value": value}


CREATE, UPDATE = leaf("ticket.action", value="create"), leaf("ticket.action", value="update")


def action(key: str, **value: Any) -> tuple[object, ...] | str:
    """Return what an action of a trigger becomes, or why not."""
    source = trigger(CREATE, perform={key: value})
    found = read("zammad", source)
    check_result(found)
    assert untold("zammad", source) == []
    rules = [each for each in found.rules.automations if each.id == "x"]
    notes = told(found, "")[0].partition("; ")[2]
    if not rules:
        return told(found, "")[0].split(": ", 1)[1]
    assert isinstance(rules[0], Automation)
    return (*rules[0].then, *([notes] if notes else []))


class TestActions:
    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("ticket.state_id", {"value": "4"}, (actions.Move("to_closed"),)),
            ("ticket.priority_id", {"value": 1}, (actions.SetField("priority", "1 low"),)),
            ("ticket.group_id", {"value": "5"}, (actions.SetField("group", "5"),)),
            ("ticket.category", {"value": ""}, (actions.SetField("category", None),)),
            ("ticket.owner_id", {"value": 5, "pre_condition": "specific"}, (actions.Assign("5"),)),
            ("ticket.owner_id", {"value": "", "pre_condition": "not_set"}, (actions.Assign(None),)),
            ("ticket.owner_id", {"value": "", "pre_condition": "current_user.id"}, (actions.AssignTo("actor"),)),
            ("ticket.tags", {"operator": "add", "value": "a, b"}, (actions.SetField("tag.a", True), actions.SetField("tag.b", True))),
            ("ticket.tags", {"operator": "remove", "value": "a"}, (actions.SetField("tag.a", False),)),
            ("notification.email", {"recipient": ["ticket_owner", "userid_5"], "subject": "S", "body": "T"}, (actions.SendMessage("x", "owner"), actions.SendMessage("x", "person:5"))),
            ("notification.email", {"recipient": "ticket_agents", "body": "<p>a</p><b>b</b>&lt;"}, (actions.SendMessage("x", "agent"), "the text has no HTML")),
            ("notification.sms", {"recipient": "ticket_customer", "body": "T"}, (actions.SendMessage("x", "customer"), "it is a message, not an SMS")),
            ("notification.email", {"recipient": "ticket_customer"}, (actions.SendMessage("x", "customer"),)),
            ("notification.webhook", {"webhook_id": 3}, (actions.Emit("webhook.x3"),)),
            ("notification.webhook", {}, (actions.Emit("webhook.x"),)),
        ],
    )  # fmt: skip
    def test_each_is_what_it_says(self, key: str, value: Json, expected: tuple[object, ...]) -> None:
        assert action(key, **value) == expected

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("ticket.action", {"value": "delete"}),
            ("ticket.customer_id", {"value": 5}),
            ("ticket.pending_time", {"value": "2026-12-01"}),
            ("ticket.title", {"value": "x"}),
            ("ticket.state_id", {"value": 77}),
            ("ticket.priority_id", {}),
            ("article.note", {"subject": "s", "body": "b"}),
            ("notification.email", {"recipient": "everybody"}),
            ("notification.email", {}),
            ("x", {}),
        ],
    )
    def test_others_are_left_out(self, key: str, value: Json) -> None:
        assert action(key, **value) == "none of its actions is known"

    def test_a_move_is_a_step_of_its_own(self) -> None:
        """It is impossible in the state that it leads to, and the other actions must not be lost with it."""
        known = {"ticket.state_id": {"value": 4}, "ticket.priority_id": {"value": 3}, "article.note": {"body": "x"}}
        source = trigger(UPDATE, perform=known, execution_condition_mode="always")
        found = read("zammad", source)
        assert [rule(found, each).then for each in ("x", "x.2")] == [
            (actions.SetField("priority", "3 high"),),
            (actions.Move("to_closed"),),
        ]
        assert told(found, "") == [
            "changed: automations.x; it reacts to what people do, not to what rules do; without its action article.note"
        ]
        assert untold("zammad", source) == []

    def test_a_text_in_the_wrong_form_leaves_its_action_out(self) -> None:
        source = trigger(CREATE, perform={"ticket.tags": {"value": "a" * 500}, "ticket.priority_id": {"value": 3}})
        check_hostile("zammad", source)


def event(*every: Json, **more: Any) -> object:
    """Return to what a trigger reacts, with its notes, or why it does not."""
    source = trigger(*every, **more)
    calendar = {**CALENDAR, "default": True}
    found = read("zammad", {"calendars": [calendar]}, source, SLA)
    assert untold("zammad", {"calendars": [calendar]}, source, SLA) == []
    check_result(found)
    [said] = [each for each in found.items if each.source == "source 2" and not each.pointer]
    rules = [each for each in found.rules.automations if each.id.split(".")[0] == "x" and isinstance(each, Automation)]
    return [each.when for each in rules] if rules else said.why


class TestEvents:
    @pytest.mark.parametrize(
        ("every", "expected"),
        [
            ([CREATE], triggers.OnCommand("open")),
            ([leaf("article.action", value="create"), leaf("article.sender_id", value=1)], triggers.OnCommand("open", by=["agent", "administrator"])),
            ([CREATE, leaf("article.sender_id", value="2")], triggers.OnCommand("open", by=["customer"])),
            ([UPDATE, leaf("article.sender_id", value=1)], triggers.OnMessage("agent")),
            ([leaf("article.sender_id", value=2)], triggers.OnMessage("customer")),
            ([leaf("article.internal", value="false")], triggers.OnMessage("anyone")),
            ([leaf("ticket.state_id", "has changed")], triggers.OnCommand("move", "reopen")),
            ([leaf("ticket.owner_id", "has changed")], triggers.OnCommand("assign", "give_back")),
            ([leaf("ticket.group_id", "has changed")], triggers.OnChange("group")),
        ],
    )  # fmt: skip
    def test_actions(self, every: list[Json], expected: object) -> None:
        assert event(*every) == [expected]

    def test_without_an_event_changes_of_its_attributes_and_messages_count(self) -> None:
        """Source: manage/trigger/how-do-they-work.rst (0262c2cf), "Selective": its example is a priority."""
        low = leaf("ticket.priority_id", value=1)
        for every in ([low], [low, UPDATE]):
            assert event(*every) == [
                triggers.OnEnter(tf.FieldIs("priority", "1 low")),
                triggers.OnCommand("add_message"),
            ]

    @pytest.mark.parametrize(("every", "opens"), [([], True), ([UPDATE], False)])
    def test_always_means_any_command_on_a_ticket(self, every: list[Json], *, opens: bool) -> None:
        """Source: the same, "Always"."""
        found = event(*every, leaf("ticket.state_id", value=1), execution_condition_mode="always")
        assert isinstance(found, list)
        [when] = found
        assert isinstance(when, triggers.OnCommand)
        assert "move" in when.commands
        assert ("open" in when.commands) is opens

    @pytest.mark.parametrize(
        ("every", "more", "expected"),
        [
            ([leaf("ticket.pending_time", "has reached")], {"activator": "time"}, [triggers.AtField("pending_until")]),
            (
                [leaf("ticket.escalation_at", "has reached")],
                {"activator": "time"},
                [triggers.OnEnter(tf.ClockIs(clock, "breached")) for clock in ("first-response", "update", "solution")],
            ),
            (
                [leaf("ticket.escalation_at", "has reached warning")],
                {"activator": "time"},
                [
                    triggers.After(BeforeDue(Elapsed(minutes=15)), Started(clock))
                    for clock in ("first-response", "update", "solution")
                ],
            ),
            ([leaf("ticket.close_at", "has reached")], {}, "it waits for a time that rules do not know"),
            ([leaf("ticket.state_id", value=4)], {"activator": "time"}, "it waits for a time that rules do not know"),
            ([UPDATE], {}, "it does not say to which event it reacts"),
            (
                [leaf("ticket.state_id", "has changed"), leaf("ticket.group_id", "has changed")],
                {},
                "it waits for several changes at once; a rule reacts to one",
            ),
            ([CREATE, leaf("article.body", "contains", "x")], {}, "the condition 'article.body contains x' is not known"),
            ([leaf("execution_time.calendar_id", "is in working time", 9)], {}, "the calendar '9' is not in the export"),
        ],
    )  # fmt: skip
    def test_times_and_what_is_not_known(self, every: list[Json], more: Json, expected: object) -> None:
        assert event(*every, **more) == expected

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [
            ("is in working time", triggers.During("default")),
            ("is not in working time", triggers.During("default.closed")),
        ],
    )
    def test_the_hours_of_the_event(self, operator: str, expected: triggers.During) -> None:
        source = trigger(CREATE, leaf("execution_time.calendar_id", operator, 2))
        found = read("zammad", CALENDAR, source)
        assert rule(found, "x").during == expected
        check_result(found)
        assert untold("zammad", CALENDAR, source) == []

    def test_an_escalation_without_a_clock(self) -> None:
        source = trigger(leaf("ticket.escalation_at", "has reached"), activator="time")
        assert told(read("zammad", source), "") == ["left_out: it waits for a time that rules do not know"]


def job(*every: Json, **more: Any) -> Json:
    return {**JOB, "name": "x", "condition": {"operator": "AND", "conditions": [*every]}, **more}


def wait(name: str, value: object = 3, span: str = "day") -> Json:
    return {"name": f"ticket.{name}", "operator": "before (relative)", "value": value, "range": span}


_DAYS_3 = Elapsed(days=3)


class TestSchedulers:
    @pytest.mark.parametrize(
        ("wait", "expected"),
        [
            (wait("created_at"), triggers.After(_DAYS_3, Created())),
            (wait("last_contact_at"), triggers.After(_DAYS_3, Latest(LastMessage("customer"), LastMessage("agent")))),
            (wait("last_contact_customer_at", "2", "week"), triggers.After(Elapsed(days=14), LastMessage("customer"))),
            (wait("last_contact_agent_at", 90, "minute"), triggers.After(Elapsed(minutes=90), LastMessage("agent"))),
            (wait("last_owner_update_at", 5, "hour"), triggers.After(Elapsed(hours=5), AssignedLast())),
            (wait("close_at", 2, "month"), triggers.After(CalendarSpan(months=2), ResolvedLast())),
            (wait("close_at", 1, "year"), triggers.After(CalendarSpan(months=12), ResolvedLast())),
            (wait("created_at", 0), triggers.After(Elapsed(timedelta(seconds=1)), Created())),
            (wait("pending_time", 0, "minute"), triggers.AtField("pending_until")),
            (wait("pending_time", 3), "no rule counts from 'pending_time'"),
            (wait("escalation_at"), "no rule counts from 'escalation_at'"),
            (wait("created_at", -1), "the time -1 'day' is not known"),
            (wait("created_at", 3, "decade"), "the time 3 'decade' is not known"),
        ],
    )
    def test_it_acts_once_the_time_is_over(self, wait: Json, expected: object) -> None:
        source = job(wait, leaf("ticket.state_id", value=2))
        found = read("zammad", source)
        check_result(found)
        assert untold("zammad", source) == []
        if isinstance(expected, str):
            assert told(found, "") == [f"left_out: {expected}"]
            return
        assert (rule(found, "x").when, rule(found, "x").given) == (expected, tf.StateIs("open"))
        assert told(found, "") == [
            "changed: automations.x; it acts once, at that moment, not at the times of the scheduler"
        ]

    def test_the_last_update_is_a_message_or_a_command(self) -> None:
        found = rule(read("zammad", job(wait("updated_at"))), "x").when
        assert isinstance(found, triggers.After)
        assert isinstance(found.since, Latest)

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"object": "User"}, "it is not about tickets"),
            ({"timeplan": {"days": {"Mon": False}, "hours": {}, "minutes": {}}}, "its timeplan has no day, hour or minute"),
            ({"timeplan": {}}, "its timeplan has no day, hour or minute"),
            ({"perform": {}}, "none of its actions is known"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_a_rule(self, more: Json, expected: str) -> None:
        assert told(read("zammad", job(**more)), "") == [f"left_out: {expected}"]

    def test_two_waits(self) -> None:
        found = read("zammad", job(wait("created_at"), wait("updated_at")))
        assert told(found, "") == ["left_out: it waits for several times; a rule waits for one"]

    def test_the_times_of_a_week(self) -> None:
        plan = {
            "days": {"Mon": True, "Tue": "false", "Fri": "true"},
            "hours": {"8": True, "17": True, "9": False},
            "minutes": {"0": True, "30": True},
        }
        source = job(timeplan=plan)
        found = read("zammad", source)
        assert rule(found, "x").when == triggers.On(EveryWeek("mon,fri", "08:00", "08:30", "17:00", "17:30"))
        assert untold("zammad", source) == []

    def test_a_block_is_a_condition(self) -> None:
        block = {"operator": "OR", "conditions": [leaf("ticket.state_id", value=1), leaf("ticket.state_id", value=2)]}
        found = rule(read("zammad", job(block)), "x")
        assert found.given == tf.AnyOf(tf.StateIs("new"), tf.StateIs("open"))

    def test_a_ticket_is_closed_when_the_customer_is_silent(self) -> None:
        source = job(wait("last_contact_agent_at"), leaf("ticket.state_id", value=3))
        rules = read("zammad", source).rules
        opening = utc("2026-11-23", "09:00")
        ticket = opened(rules, opening)
        ticket = (
            handle(ticket, commands.AddMessage(Message("m2"), at=opening + timedelta(hours=1), by=ANA), rules)
            .unwrap()
            .ticket
        )
        ticket = (
            handle(ticket, commands.Move("to_pending_reminder", at=opening + timedelta(hours=2), by=ANA), rules)
            .unwrap()
            .ticket
        )
        assert tf.next_due(ticket, rules) == opening + timedelta(days=3, hours=1)  # fmt: skip


class TestHostileSources:
    @pytest.mark.parametrize("source", ["5", [], {}, {"x": 1}, [5, []], {"calendars": [5]}, {"slas": 5}])
    def test_nothing_of_zammad(self, source: object) -> None:
        with pytest.raises(DocumentError, match="nothing in it is of Zammad"):
            read("zammad", source)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "source",
        [
            {"business_hours": 5, "timezone": [], "public_holidays": []},
            {"business_hours": {"mon": 5, "tue": {"active": True, "timeframes": [[["x"], {}]]}}, "timezone": "UTC"},
            {**CALENDAR, "public_holidays": {"x": {"active": True}, "2026-13-01": {"active": True}}},
            {"solution_time": [], "condition": 5},
            {"solution_time": 10**14, "condition": {"operator": 5, "conditions": {}}},
            {"ticket_states": [{"id": [], "name": "\u202e", "state_type_id": {}}]},
            {"jobs": [{"name": "\n" * 900, "timeplan": 5, "condition": [], "perform": {"ticket.tags": []}}]},
            {"triggers": [trigger(leaf("ticket.x" * 400), perform={"notification.email": 5})]},
            {"groups": [{"id": 1, "name": None}, {"name": "x" * 900}]},
            [CALENDAR, 5, {"x": 1}],
            {"slas": [{**SLA, "condition": {"ticket.category": {"operator": "is", "value": ["x" * 9000]}}}]},
        ],
    )
    def test_strange_values_give_a_result_or_an_error_of_the_library(self, source: object) -> None:
        check_hostile("zammad", source)

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_anything_in_place_of_a_value(self, data: st.DataObject) -> None:
        whole: Json = {"calendars": [CALENDAR], "slas": [SLA], "triggers": [*SEEDS, NOTE_13], "jobs": [JOB, job(wait("created_at"))], "ticket_states": STATES}  # fmt: skip
        path = data.draw(st.sampled_from([*leaves(whole)]))
        value = data.draw(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.text(), max_size=2)
        )
        check_hostile("zammad", replaced(whole, path, value))
        check_hostile("zammad", without(whole, path))


def replaced(data: Any, path: tuple[Any, ...], value: object) -> Any:
    """Return plain data with another value at *path*."""
    if not path:
        return value
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    found = {key: replaced(held, path[1:], value) if key == path[0] else held for key, held in pairs}
    return found if isinstance(data, dict) else [*found.values()]


def test_what_no_source_says_is_told() -> None:
    assert read("zammad", SLA).added[0].startswith("the states and priorities of a new Zammad")


def test_too_many_records_are_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="there are 251 slas"):
        read("zammad", {"slas": [SLA] * 251})
