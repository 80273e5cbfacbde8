"""Freshdesk and Freshservice: published samples as they are, then what each of their words becomes, then hostile sources."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ticketflow as tf
from tests.importers.laws import check_hostile, check_result, mutants, untold
from ticketflow import sla
from ticketflow.calendars.hours import parse_week
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read_freshdesk, read_freshservice

Json = dict[str, Any]


def _hours(**ends: str) -> Json:
    return {day: {"start_time": "08:00:00 am", "end_time": end} for day, end in ends.items()}


# Source: https://developers.freshdesk.com/api/#business-hours, as
# https://www.withone.ai/knowledge/freshdesk/conn_mod_def%3A%3AGJ2hZQ5lrcY%3A%3AXDcxSycyQhaF03OM5uRU1Q quotes it, read 2026-11-29.
HOURS: list[Json] = [
    {
        "id": 35000006727,
        "name": "Default",
        "description": "Default Business Calendar",
        "time_zone": "Eastern Time (US & Canada)",
        "is_default": True,
        "business_hours": _hours(
            monday="11:59:59 pm",
            tuesday="11:59:59 pm",
            wednesday="05:00:00 pm",
            thursday="05:00:00 pm",
            friday="08:00:00 pm",
        ),
        "created_at": "2017-09-21T14:00:50Z",
        "updated_at": "2018-11-30T14:13:11Z",
    },
    {
        "id": 35000009127,
        "name": "Default",
        "description": "Americas Business Calendar",
        "time_zone": "Eastern Time (US & Canada)",
        "is_default": False,
        "business_hours": _hours(
            monday="08:00:00 pm",
            tuesday="08:00:00 pm",
            wednesday="05:00:00 pm",
            thursday="05:00:00 pm",
            friday="08:00:00 pm",
        ),
        "created_at": "2017-09-21T14:00:50Z",
        "updated_at": "2018-11-30T14:13:11Z",
    },
]

# Source: https://developers.freshdesk.com/api/#sla-policies, as
# https://withone.ai/knowledge/freshdesk/conn_mod_def%3A%3AGJ2hr0nTpq8%3A%3A9CqibzgpRUar-f4Iw27MFg quotes it, read 2026-11-29.
POLICIES: list[Json] = [
    {
        "id": 43000088326,
        "name": "Service Agent SLA Policy",
        "description": "Service Agent SLA Policy",
        "active": True,
        "is_default": False,
        "position": 2,
        "sla_target": {
            f"priority_{number}": {
                "respond_within": 1200 if number == 4 else 900,
                "resolve_within": 900,
                "business_hours": True,
                "escalation_enabled": False,
            }
            for number in (4, 3, 2, 1)
        },
        "applicable_to": {
            "company_ids": [43000596607],
            "group_ids": [43000190415, 43000190413],
            "sources": [2, 5],
            "ticket_types": ["Incident", "Feature Request"],
            "product_ids": [43000003741],
        },
        "escalation": {
            "response": {"escalation_time": 14400, "agent_ids": [43007075231, 43025266048]},
            "resolution": {
                "level_1": {"escalation_time": 3600, "agent_ids": [43007075231, 43025266165]},
                "level_2": {"escalation_time": 14400, "agent_ids": [43025266048]},
                "level_3": {"escalation_time": 259200, "agent_ids": [43025266165]},
                "level_4": {"escalation_time": 604800, "agent_ids": [43007075231, 43025236599]},
            },
        },
    }
]

# Source: the examples of https://www.powershellgallery.com/packages/FreshservicePS/0.1.4, Get-FreshServiceSLAPolicy and
# Get-FreshServiceBusinessHour. They do not show the hours; those here are ours.
SERVICE_HOURS: Json = {
    "business_hours": [
        {
            "id": 21000011791,
            "created_at": "8/29/2022 2:17:01 PM",
            "name": "Default",
            "description": "Default Business Calendar",
            "is_default": True,
            "time_zone": "Eastern Time (US & Canada)",
            "service_desk_hours": {
                day: {"beginning_of_workday": "8:00 am", "end_of_workday": "5:00 pm"}
                for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
            },
            "list_of_holidays": [
                {"holiday_date": "--01-16", "holiday_name": "Birthday of Martin Luther King Jr"},
                {"holiday_date": "--02-20", "holiday_name": "Washington's Birthday"},
                {"holiday_date": "--05-28", "holiday_name": "Memorial Day"},
                {"holiday_date": "--07-04", "holiday_name": "Independence Day"},
            ],
        }
    ]
}
SERVICE_POLICIES: Json = {
    "sla_policies": [
        {
            "id": 21000057781,
            "name": "Default SLA Policy",
            "position": 1,
            "is_default": True,
            "active": True,
            "deleted": False,
            "description": "default policy",
            "sla_targets": [
                {
                    "priority": priority,
                    "escalation_enabled": True,
                    "respond_within": respond,
                    "resolve_within": resolve,
                    "business_hours": True,
                }
                for priority, respond, resolve in (
                    (4, 3600, 14400),
                    (3, 14400, 43200),
                    (2, 28800, 86400),
                    (1, 86400, 259200),
                )
            ],
            "applicable_to": None,
            "escalation": None,
            "created_at": "8/29/2022 2:17:01 PM",
        }
    ]
}


class TestPublishedSamples:
    def test_business_hours(self) -> None:
        found = read_freshdesk(HOURS)
        assert found.rules.calendars == {
            "default": tf.BusinessCalendar(
                "America/New_York", "mon-tue 08:00-24:00; wed-thu 08:00-17:00; fri 08:00-20:00"
            ),
            "default-2": tf.BusinessCalendar(
                "America/New_York", "mon-tue 08:00-20:00; wed-thu 08:00-17:00; fri 08:00-20:00"
            ),
        }
        assert [(item.what, item.why) for item in found.of("changed")] == [
            ("hours of monday", "they end at 24:00, a second later"),
            ("hours of tuesday", "they end at 24:00, a second later"),
            (
                "business hours 'Default'",
                "calendars.default-2, for tickets whose field business_hours is 'default-2'; in the desk, the group decides",
            ),
        ]
        check_result(found)

    def test_an_sla_policy(self) -> None:
        """Urgent is priority 4; seconds; escalations are switched off for each priority."""
        found = read_freshdesk(POLICIES)
        response, solution = found.rules.clocks
        applies = (
            tf.FieldIs("company", "43000596607"),
            tf.FieldIs("group", "43000190415", "43000190413"),
            tf.FieldIs("source", "2", "5"),
            tf.FieldIs("type", "Incident", "Feature Request"),
            tf.FieldIs("product", "43000003741"),
        )
        assert (response.name, response.measure) == ("first-response", sla.first_response("opening"))
        assert response.targets == tuple(
            tf.Target(tf.WorkingTime(minutes=minutes), tf.All(*applies, tf.FieldIs("priority", priority)))
            for priority, minutes in (("urgent", 20), ("high", 15), ("medium", 15), ("low", 15))
        )
        assert (solution.name, solution.measure) == ("resolution", sla.resolution())
        assert {target.time for target in solution.targets if isinstance(target, tf.Target)} == {
            tf.WorkingTime(minutes=15)
        }
        assert {state.name for state in found.rules.workflow.states if state.freezes} == {
            "pending",
            "waiting_on_customer",
        }
        assert found.rules.workflow.states_by_name["pending"].freezes == {"first-response", "resolution"}
        assert [item.what for item in found.of("left_out") if item.what.startswith("escalation")] == [
            "escalation of response of 'Service Agent SLA Policy'",
            *(f"escalation of resolution level_{n} of 'Service Agent SLA Policy'" for n in (1, 2, 3, 4)),
        ]
        check_result(found)

    def test_freshservice(self) -> None:
        found = read_freshservice(SERVICE_HOURS, SERVICE_POLICIES)
        assert found.rules.calendars["default"] == tf.BusinessCalendar(
            "America/New_York",
            "mon-fri 08:00-17:00",
            holidays={
                "01-16": "Birthday of Martin Luther King Jr",
                "02-20": "Washington's Birthday",
                "05-28": "Memorial Day",
                "07-04": "Independence Day",
            },
        )
        response, solution = found.rules.clocks
        assert [row.time for row in response.targets if isinstance(row, tf.Target)] == [
            tf.WorkingTime(hours=hours) for hours in (1, 4, 8, 24)
        ]
        assert [row.time for row in solution.targets if isinstance(row, tf.Target)] == [
            tf.WorkingTime(hours=hours) for hours in (4, 12, 24, 72)
        ]
        assert solution.targets[0].given == tf.All(tf.FieldIs("priority", "urgent"))
        assert [state.name for state in found.rules.workflow.states] == ["open", "pending", "resolved", "closed"]
        check_result(found)

    @pytest.mark.parametrize("source", [HOURS, POLICIES])
    def test_nothing_of_freshdesk_is_lost_silently(self, source: list[Json]) -> None:
        assert untold("freshdesk", source) == []

    def test_nothing_of_freshservice_is_lost_silently(self) -> None:
        assert untold("freshservice", SERVICE_HOURS) == []
        assert untold("freshservice", SERVICE_POLICIES) == []


def hours(title: str = "Office", **changes: object) -> Json:
    return {"name": title, "time_zone": "UTC", "business_hours": _hours(monday="5:00 pm")} | changes


def policy(title: str = "All", **changes: Any) -> Json:
    target = {"respond_within": 3600, "resolve_within": 7200, "business_hours": False, "escalation_enabled": True}
    return {"name": title, "position": 1, "sla_target": {"priority_4": target}} | changes


# Source: the field status in a page of Freshdesk with its field editor, stored in a public repository: the choices have
# ``status_id`` and ``name``; https://developers.freshdesk.com/api/#ticket-fields calls them ``id`` and ``value``.
STATUS: Json = {
    "field_type": "default_status",
    "id": 1000044231,
    "name": "status",
    "label": "Status",
    "choices": [
        {"status_id": number, "name": name, "customer_display_name": shown, "stop_sla_timer": is_off, "deleted": False}
        for number, name, shown, is_off in (
            (2, "Open", "Being Processed", False),
            (3, "Pending", "Awaiting your Reply", True),
            (4, "Resolved", "This ticket has been Resolved", True),
            (5, "Closed", "This ticket has been Closed", True),
            (6, "Waiting on Customer", "Awaiting your Reply", True),
            (7, "Waiting on Third Party", "Being Processed", False),
        )
    ],
}


class TestStatuses:
    def test_timers_that_are_off_freeze_the_clocks(self) -> None:
        found = read_freshdesk([STATUS, {"name": "priority", "choices": []}], [policy()])
        assert [(state.name, state.category, bool(state.freezes)) for state in found.rules.workflow.states] == [
            ("open", "open", False),
            ("pending", "pending", True),
            ("resolved", "resolved", False),
            ("closed", "closed", False),
            ("waiting_on_customer", "pending", True),
            ("waiting_on_third_party", "open", False),
        ]
        assert untold("freshdesk", [STATUS]) == []
        check_result(found)

    def test_custom_statuses_are_states_and_deleted_ones_are_not(self) -> None:
        """The names are those of the API: id and value."""
        custom = [
            {"id": 9, "value": "In Review", "label_for_customers": "x", "stop_sla_timer": False, "position": 7},
            {"id": 10, "value": "Old", "deleted": True},
            {"id": 11, "value": "", "stop_sla_timer": True},
        ]
        choices = [{"id": each["status_id"], "value": each["name"]} for each in STATUS["choices"][:4]]
        found = read_freshservice(
            {"ticket_field": {"type": "default_status", "choices": [*reversed(choices), *custom]}}
        )
        states = found.rules.workflow.states
        assert [(state.name, state.category) for state in states] == [
            ("open", "open"),
            ("closed", "closed"),
            ("resolved", "resolved"),
            ("pending", "pending"),
            ("in_review", "open"),
            ("status", "pending"),
        ]
        assert "it is deleted" in [item.why for item in found.of("left_out")]

    @pytest.mark.parametrize("choices", [STATUS["choices"][:3], [*STATUS["choices"], STATUS["choices"][0]]])
    def test_a_list_that_lacks_a_status_is_left_out(self, choices: list[Json]) -> None:
        found = read_freshservice({"name": "status", "choices": choices})
        assert [item.what for item in found.items] == ["statuses"]
        assert [state.name for state in found.rules.workflow.states] == ["open", "pending", "resolved", "closed"]

    def test_more_than_a_workflow_can_have_are_refused(self) -> None:
        with pytest.raises(DocumentError, match="there are 201 statuses; give at most 200"):
            read_freshdesk({"name": "status", "choices": [{}] * 201})


class TestHours:
    @pytest.mark.parametrize(
        ("opens", "closes", "week"),
        [
            ("8:00 am", "5:30 PM", "08:00-17:30"),
            ("09:00", "17:00:00", "09:00-17:00"),
            ("12:00 am", "12:00 pm", "00:00-12:00"),
            ("10:00 pm", "06:00 am", "22:00-06:00"),
            ("12:00 am", "12:00 am", "00:00-24:00"),
        ],
    )
    def test_times_of_day(self, opens: str, closes: str, week: str) -> None:
        found = read_freshdesk([hours(business_hours={"friday": {"start_time": opens, "end_time": closes}})])
        calendar = found.rules.calendars["default"]
        assert isinstance(calendar, tf.BusinessCalendar)
        assert calendar.week == parse_week(f"fri {week}")

    @pytest.mark.parametrize(
        ("day", "opens"),
        [("monday", "25:00"), ("monday", "13:00 pm"), ("monday", "8 am"), ("mon", "08:60"), ("today", "8:00")],
    )
    def test_hours_that_are_none_are_left_out(self, day: str, opens: str) -> None:
        week = {day: {"start_time": opens, "end_time": "5:00 pm"}} | _hours(friday="5:00 pm")
        [item] = read_freshdesk([hours(business_hours=week)]).of("left_out")
        assert (item.what, item.why) == (f"hours of {day}", "they are not times of a weekday, such as 08:00 am")

    def test_holidays(self) -> None:
        days = [("2026-12-25", "Christmas"), ("--13-01", "x"), ("soon", "y")]
        listed = [{"holiday_date": day, "holiday_name": title} for day, title in days]
        found = read_freshservice({"business_hours": [hours(list_of_holidays=listed)]})
        calendar = found.rules.calendars["default"]
        assert isinstance(calendar, tf.BusinessCalendar)
        assert dict(calendar.holidays) == {date(2026, 12, 25): "Christmas"}
        assert [item.what for item in found.of("left_out")] == ["holiday 'x'", "holiday 'y'"]

    def test_the_default_is_the_one_that_says_so_else_the_first(self) -> None:
        other = hours("Night", time_zone="Tokyo", is_default=True)
        found = read_freshdesk([hours("Office"), other, hours("Never", business_hours=None)], [policy()])
        assert found.rules.calendars["default"] == tf.BusinessCalendar("Asia/Tokyo", "mon 08:00-17:00")
        assert set(found.rules.calendars) == {"default", "office"}
        assert found.rules.clocks[0].calendar == tf.CalendarOf("business_hours", {"office": "office"})
        assert [item.why.partition(":")[0] for item in found.of("left_out")] == ["the library refuses it"]
        assert set(read_freshdesk(hours("A")).rules.calendars) == {"default"}
        assert set(read_freshdesk([hours("A"), hours("B")]).rules.calendars) == {"default", "b"}


class TestPolicies:
    def test_the_first_policy_that_applies_counts_and_the_default_one_last(self) -> None:
        vip = policy("VIP", position=2, applicable_to={"requester_ids": [5], "group_ids": []})
        nobody = policy("Off", active=False), policy("Gone", deleted=True), policy("Cats", applicable_to={"cats": [1]})
        found = read_freshdesk([policy("Rest", is_default=True), vip, *nobody])
        urgent, requester = tf.FieldIs("priority", "urgent"), tf.RequesterIs("5")
        assert [row.given for row in found.rules.clocks[0].targets] == [
            tf.All(requester, urgent),
            tf.All(urgent),
        ]
        assert [(item.what, item.why) for item in found.of("left_out")] == [
            ("SLA policy 'Off' at position 1", "it is switched off"),
            ("SLA policy 'Gone' at position 1", "it is switched off"),
            ("SLA policy 'Cats' at position 1", "no condition says 'cats'"),
        ]

    def test_an_earlier_policy_hides_later_ones_where_it_has_no_target(self) -> None:
        only_resolution = policy(
            "VIP", applicable_to={"group_ids": [5]}, sla_target={"priority_4": {"resolve_within": 60}}
        )
        found = read_freshdesk([only_resolution, policy("Rest", position=2)])
        group, urgent = tf.FieldIs("group", "5"), tf.FieldIs("priority", "urgent")
        first, solution = found.rules.clocks
        assert [row.given for row in first.targets] == [tf.All(tf.Not(tf.All(group)), urgent)]
        assert [row.given for row in solution.targets] == [tf.All(group, urgent), tf.All(urgent)]

    def test_targets_that_are_none_are_left_out(self) -> None:
        found = read_freshdesk(
            policy(
                sla_target={
                    "priority_9": {"respond_within": 60},
                    "priority_1": {"respond_within": 0, "next_respond_within": 60},
                    "priority_2": {"business_hours": True},
                }
            )
        )
        assert [clock.name for clock in found.rules.clocks] == ["next-response"]
        assert found.rules.clocks[0].measure == sla.next_reply()
        assert [(item.what, item.why) for item in found.of("left_out")] == [
            ("targets of priority 9 of 'All'", "there are the priorities 1 to 4"),
            (
                "respond_within of low tickets of 'All'",
                "the library refuses it: 0 seconds are not a target; give seconds, at most ten years",
            ),
            ("targets of medium tickets of 'All'", "no clock measures them"),
        ]


def escalated(key: str, escalation: Json | None, **changes: Any) -> Imported:
    return read_freshdesk(policy(escalation={key: escalation}, **changes))


class TestEscalations:
    @pytest.mark.parametrize(
        ("key", "seconds", "span", "clock"),
        [
            ("response", 0, tf.Missed(), "first-response"),
            ("resolution", 3600, tf.AfterDue(tf.Elapsed(hours=1)), "resolution"),
            ("reminder_resolution", -1800, tf.BeforeDue(tf.Elapsed(minutes=30)), "resolution"),
        ],
    )
    def test_each_is_a_rule_that_counts_from_the_clock(self, key: str, seconds: int, span: object, clock: str) -> None:
        found = escalated(key, {"escalation_time": seconds, "agent_ids": [7, 8]})
        [rule] = [each for each in found.rules.automations if each.id.startswith("escalation")]
        assert isinstance(rule, tf.Automation)
        assert rule.when == tf.After(span, tf.Started(clock))  # type: ignore[arg-type]
        assert rule.given == tf.All(tf.FieldIs("priority", "urgent"))
        assert [str(action) for action in rule.then] == [f"send escalation-of-{clock} to {who}" for who in "78"]
        check_result(found)

    def test_priorities_in_business_hours_have_a_rule_of_their_own(self) -> None:
        target = {"resolve_within": 7200, "business_hours": True}
        both = {"priority_1": target, "priority_2": target, "priority_4": target | {"business_hours": False}}
        levels = {"level_1": {"escalation_time": 60, "agent_ids": [7]}, "level_2": {"escalation_time": None}}
        found = escalated("resolution", levels, sla_target=both)
        rules = [
            each for each in found.rules.automations if isinstance(each, tf.Automation) and "escalation" in each.id
        ]
        assert {each.when: each.given for each in rules} == {
            tf.After(tf.AfterDue(tf.WorkingTime(minutes=1)), tf.Started("resolution")): tf.All(
                tf.FieldIs("priority", "low", "medium")
            ),
            tf.After(tf.AfterDue(tf.Elapsed(minutes=1)), tf.Started("resolution")): tf.All(
                tf.FieldIs("priority", "urgent")
            ),
        }
        assert [item.why for item in found.of("left_out")] == ["it has no time or no people"]

    def test_an_agent_that_is_no_person_is_left_out(self) -> None:
        found = escalated("response", {"escalation_time": 0, "agent_ids": [7, -1]})
        assert [(item.pointer, item.what) for item in found.of("left_out")] == [
            ("/escalation/response/agent_ids/1", "agent -1")
        ]

    def test_other_escalations_are_told(self) -> None:
        found = escalated("next_response", {"escalation_time": 0, "agent_ids": [7]})
        assert [item.why for item in found.of("left_out")] == [
            "escalations are switched off for every priority with such a target"
        ]
        assert [item.why for item in escalated("cats", {"escalation_time": 0}).of("left_out")] == ["it is not read"]
        assert escalated("response", None).of("left_out") == ()

    def test_nothing_is_sent_after_the_ticket_is_resolved(self) -> None:
        """The boss gets a message an hour after the target of two hours; not for a ticket that was resolved late."""
        rules = escalated("resolution", {"level_1": {"escalation_time": 3600, "agent_ids": [7]}}).rules
        at, ana = datetime(2026, 11, 23, 10, tzinfo=UTC), tf.Actor("agent", "ana")
        opened = tf.commands.Open("T-1", message=tf.Message("m1"), fields={"priority": "urgent"}, at=at, by=ana)
        ticket = tf.handle(None, opened, rules).unwrap().ticket
        late = tf.evaluate(at + timedelta(days=1), ticket, rules).due
        assert [due.due_at - at for due in late if due.rule.startswith("escalation")] == [timedelta(hours=3)]
        resolve = tf.commands.Move("to_resolved", at=at + timedelta(minutes=150), by=ana)
        ticket = tf.handle(ticket, resolve, rules).unwrap().ticket
        late = tf.evaluate(at + timedelta(days=1), ticket, rules).due
        assert not [due for due in late if due.rule.startswith("escalation")]


def test_wrong_sources_are_told() -> None:
    message = (
        "source 1: it has no business hours and no SLA policies; give a response with business hours or SLA policies"
    )
    sources: tuple[Any, ...] = ({"tickets": []}, [], "[1]", "5")
    for source in sources:
        with pytest.raises(DocumentError, match=message):
            read_freshdesk(source)
    assert read_freshservice({"sla_policy": policy(sla_target=None)}).rules.clocks == ()


def test_more_than_a_rule_set_can_have_is_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="there are 251 SLA policies; give at most 250"):
        read_freshdesk([{"sla_target": {}}] * 251)


KEYS = [
    "business_hours",
    "sla_policies",
    "sla_target",
    "sla_targets",
    "service_desk_hours",
    "time_zone",
    "name",
    "position",
]
KEYS += [
    "monday",
    "start_time",
    "end_time",
    "beginning_of_workday",
    "end_of_workday",
    "list_of_holidays",
    "holiday_date",
]
KEYS += ["priority", "priority_1", "respond_within", "resolve_within", "applicable_to", "group_ids", "escalation"]
KEYS += ["response", "resolution", "level_1", "escalation_time", "agent_ids", "is_default", "active"]
KEYS += ["choices", "status", "stop_sla_timer"]
WORDS = ["8:00 am", "5:00 pm", "11:59:59 pm", "--12-25", "2026-12-25", "UTC"]
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*KEYS, *WORDS]) | st.text(max_size=5)
)
DATA = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


@pytest.mark.parametrize("source", [HOURS, POLICIES, SERVICE_HOURS, SERVICE_POLICIES])
def test_published_samples_with_a_wrong_value_get_a_result_or_an_error_of_the_library(source: Any) -> None:
    for number, mutant in enumerate(mutants(source, [[], -1, "x"])):
        if number % 11 == 0:
            check_hostile("freshservice", mutant)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(KEYS), DATA, max_size=4) | st.lists(DATA, max_size=2))
def test_hostile_sources_get_a_result_or_an_error_of_the_library(data: object) -> None:
    check_hostile("freshdesk", data)
    check_hostile("freshservice", data)
