"""Zendesk: published samples as they are, then what each of its words becomes, then hostile sources."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ticketflow as tf
from tests.importers.laws import check_hostile, check_result, mutants, untold
from ticketflow import actions, conditions, sla, triggers
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read_zendesk
from ticketflow.importers.rails_zones import RAILS_ZONES
from ticketflow.tickets.anchors import Entered, LastMessage

Json = dict[str, Any]

# Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/schedules/, read 2026-11-29.
NORTH_AMERICA: Json = {
    "schedules": [
        {
            "id": 1,
            "intervals": [{"end_time": 2460, "start_time": 1980}, {"end_time": 3900, "start_time": 3420}],
            "name": "North America",
            "time_zone": "Pacific Time (US & Canada)",
        }
    ]
}

# Source: https://github.com/nukosuke/go-zendesk/blob/cfe7c2f/fixture/GET/sla_policies.json, the first policy.
INCIDENTS: Json = {
    "sla_policies": [
        {
            "id": 36000643450,
            "title": "Incidents",
            "description": "For urgent incidents, we will respond to tickets in 10 minutes",
            "position": 3,
            "filter": {"all": [{"field": "type", "operator": "is", "value": "incident"}], "any": []},
            "policy_metrics": [
                {"priority": priority, "metric": metric, "target": target, "business_hours": False}
                for priority, metric, target in (
                    ("normal", "first_reply_time", 30),
                    ("urgent", "first_reply_time", 10),
                    ("low", "requester_wait_time", 180),
                    ("normal", "requester_wait_time", 160),
                    ("high", "requester_wait_time", 140),
                    ("urgent", "requester_wait_time", 120),
                )
            ],
        }
    ],
    "count": 1,
    "next_page": None,
}

# Source: https://github.com/nukosuke/go-zendesk/blob/cfe7c2f/fixture/GET/automations.json, without the third one.
AUTOMATIONS: Json = {
    "automations": [
        {
            "url": "https://example.zendesk.com/api/v2/automations/360017421099.json",
            "id": 360017421099,
            "title": "Close ticket 4 days after status is set to solved",
            "active": True,
            "updated_at": "2019-09-17T21:22:20Z",
            "created_at": "2019-09-17T21:22:20Z",
            "actions": [{"field": "status", "value": "closed"}],
            "conditions": {
                "all": [
                    {"field": "status", "operator": "is", "value": "solved"},
                    {"field": "SOLVED", "operator": "greater_than", "value": "96"},
                ],
                "any": [],
            },
            "position": 0,
            "raw_title": "Close ticket 4 days after status is set to solved",
        },
        {
            "url": "https://example.zendesk.com/api/v2/automations/360017421119.json",
            "id": 360017421119,
            "title": "Pending notification 24 hours",
            "active": False,
            "updated_at": "2019-09-17T21:22:20Z",
            "created_at": "2019-09-17T21:22:20Z",
            "actions": [
                {
                    "field": "notification_user",
                    "value": [
                        "requester_and_ccs",
                        "[{{ticket.account}}] Pending request: {{ticket.title}}",
                        "This is an email to remind you that your request (#{{ticket.id}}) is pending. {{ticket.url}}",
                    ],
                }
            ],
            "conditions": {
                "all": [
                    {"field": "PENDING", "operator": "is", "value": "24"},
                    {"field": "ticket_is_public", "operator": "is", "value": "public"},
                ],
                "any": [],
            },
            "position": 9998,
            "raw_title": "Pending notification 24 hours",
        },
    ],
    "next_page": None,
    "previous_page": None,
    "count": 3,
}

# Source: https://github.com/nukosuke/go-zendesk/blob/cfe7c2f/fixture/GET/triggers.json, three of the eight.
TRIGGERS: Json = {
    "triggers": [
        {
            "url": "https://example.zendesk.com/api/v2/triggers/360056295714.json",
            "id": 360056295714,
            "title": "Notify requester of received request",
            "active": True,
            "actions": [
                {
                    "field": "notification_user",
                    "value": ["requester_id", "[Request received]", "Your request ({{ticket.id}}) has been received."],
                }
            ],
            "conditions": {
                "all": [
                    {"field": "update_type", "operator": "is", "value": "Create"},
                    {"field": "status", "operator": "is_not", "value": "solved"},
                    {"field": "ticket_is_public", "operator": "is", "value": "public"},
                ],
                "any": [],
            },
            "description": None,
            "position": 0,
        },
        {
            "title": "Notify requester of comment update",
            "active": True,
            "actions": [
                {"field": "notification_user", "value": ["requester_id", "[{{ticket.account}}] Re:", "Updated."]}
            ],
            "conditions": {
                "all": [
                    {"field": "update_type", "operator": "is", "value": "Change"},
                    {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
                    {"field": "requester_id", "operator": "is_not", "value": "current_user"},
                ],
                "any": [],
            },
            "position": 1,
        },
        {
            "title": "Notify assignee of comment update",
            "active": True,
            "actions": [{"field": "notification_user", "value": ["assignee_id", "Re:", "Updated."]}],
            "conditions": {
                "all": [
                    {"field": "comment_is_public", "operator": "is", "value": "not_relevant"},
                    {"field": "assignee_id", "operator": "not_changed", "value": None},
                ],
                "any": [],
            },
            "position": 4,
        },
    ]
}


def rule(found: Imported, name: str) -> tf.Automation:
    [each] = [each for each in found.rules.automations if each.id == name]
    assert isinstance(each, tf.Automation)
    return each


class TestPublishedSamples:
    def test_a_schedule(self) -> None:
        """1980 is Monday at 9 and 2460 Monday at 17, in minutes since Sunday; 3420 and 3900 are Tuesday's."""
        found = read_zendesk(NORTH_AMERICA)
        assert found.rules.calendars["default"] == tf.BusinessCalendar("America/Los_Angeles", "mon-tue 09:00-17:00")
        what, zone = "schedule 'North America' (1)", "America/Los_Angeles"
        assert [str(item) for item in found.items] == [
            "carried: schedule 'North America' (1) (source 1#/schedules/0): calendars.default",
            f"carried: time zone 'Pacific Time (US & Canada)' of {what} (source 1#/schedules/0/time_zone): {zone}",
        ]
        check_result(found)

    def test_an_sla_policy(self) -> None:
        """Reply within 10 minutes for urgent incidents; the requester waits at most two hours, without pending."""
        found = read_zendesk(INCIDENTS)
        first, wait = found.rules.clocks
        incident = conditions.FieldIs("type", "incident")
        assert (first.name, first.measure) == ("first-reply", sla.first_response())
        assert first.targets == tuple(
            tf.Target(tf.Elapsed(minutes=minutes), given=tf.All(incident, tf.FieldIs("priority", priority)))
            for priority, minutes in (("normal", 30), ("urgent", 10))
        )
        assert (wait.name, wait.measure) == ("requester-wait", sla.requester_wait(conditions.StateIs("pending")))
        assert [str(target.time) for target in wait.targets if isinstance(target, tf.Target)] == [
            "3 hours",
            "2 hours 40 minutes",
            "2 hours 20 minutes",
            "2 hours",
        ]
        check_result(found)

    def test_automations(self) -> None:
        found = read_zendesk(AUTOMATIONS)
        close = rule(found, "close-ticket-4-days-after-status-is-set")
        assert close.when == tf.After(tf.Elapsed(hours=96), tf.Entered("solved"))
        assert (close.given, close.then) == (tf.StateIs("solved"), (actions.Move("to_closed"),))
        remind = rule(found, "pending-notification-24-hours")
        assert remind.when == tf.After(tf.Elapsed(hours=24), tf.Entered("pending"))
        assert remind.given == tf.All(tf.StateIs("pending"), tf.Happened(LastMessage("anyone")))
        assert not remind.is_enabled
        [template] = found.rules.templates
        assert "your request (#{ticket}) is pending" in template.texts["en"]
        item = next(item for item in found.items if item.pointer == "/automations/1")
        assert item.outcome == "changed"
        assert item.why.split("; ") == [
            "automations.pending-notification-24-hours",
            "it acts once, at that moment",
            "Zendesk looks once an hour, and acts again while the conditions hold",
            "the CCs do not get it",
            "the sender must fill in the placeholders of Zendesk",
        ]
        check_result(found)

    def test_triggers(self) -> None:
        found = read_zendesk(TRIGGERS)
        received = rule(found, "notify-requester-of-received-request")
        assert received.when == tf.OnCommand("open")
        assert received.given == tf.All(tf.Not(tf.StateIs("solved")), tf.Happened(LastMessage("anyone")))
        assert received.then == (actions.SendMessage("notify-requester-of-received-request", "customer"),)
        assert rule(found, "notify-requester-of-comment-update").when == tf.OnMessage("agent")
        assert [(item.what, item.why) for item in found.of("left_out") if item.pointer == "/triggers/2"] == [
            (
                "trigger 'Notify assignee of comment update'",
                "the condition 'comment_is_public is not_relevant' is not known",
            )
        ]
        check_result(found)

    @pytest.mark.parametrize("source", [NORTH_AMERICA, INCIDENTS, AUTOMATIONS, TRIGGERS])
    def test_nothing_is_lost_silently(self, source: Json) -> None:
        assert untold("zendesk", source) == []

    def test_they_work_together(self) -> None:
        """A solved ticket closes after four days, before the built-in 28 days; a reply of the customer opens it."""
        rules = read_zendesk(NORTH_AMERICA, INCIDENTS, AUTOMATIONS, TRIGGERS).rules
        ana, at = tf.Actor("agent", "ana"), datetime(2026, 11, 23, 18, tzinfo=UTC)
        opened = tf.commands.Open(
            "T-1",
            message=tf.Message("m1"),
            fields={"type": "incident", "priority": "urgent"},
            at=at,
            by=tf.Actor("customer", "bruno"),
        )
        ticket = tf.handle(None, opened, rules).unwrap().ticket
        assert tf.read(at, ticket, rules.clock("first-reply")).due_at == at + timedelta(minutes=10)
        at += timedelta(minutes=5)
        ticket = tf.handle(ticket, tf.commands.Assign("ana", at=at, by=ana), rules).unwrap().ticket
        assert ticket.state == "open"
        at += timedelta(minutes=5)
        ticket = tf.handle(ticket, tf.commands.Move("to_solved", at=at, by=ana), rules).unwrap().ticket
        plan = tf.evaluate(at + timedelta(days=30), ticket, rules)
        assert [(due.due_at - at, str(due.actions[0])) for due in plan.due if due.rule.startswith("close")] == [
            (timedelta(days=4), "move by to_closed")
        ]


def schedules(*, others: Json | None = None, **changes: object) -> Json:
    first = {"id": 1, "name": "Office", "time_zone": "Madrid", "intervals": [{"start_time": 1980, "end_time": 2460}]}
    return {"schedules": [first | changes, *([others] if others else [])]}


NIGHT = {"id": 2, "name": "Night", "time_zone": "UTC", "intervals": [{"start_time": 0, "end_time": 10080}]}


class TestSchedules:
    def test_an_older_interval_spans_days(self) -> None:
        """The older documentation has an interval from Monday at 9 to Tuesday at 17, and Sunday is the first day."""
        found = read_zendesk(
            schedules(intervals=[{"start_time": 1980, "end_time": 3900}, {"start_time": 0, "end_time": 60}])
        )
        assert found.rules.calendars["default"] == tf.BusinessCalendar(
            "Europe/Madrid", "mon 09:00-24:00; tue 00:00-17:00; sun 00:00-01:00"
        )

    def test_holidays_are_closed_from_their_first_to_their_last_date(self) -> None:
        """The holiday is the example of https://developer.zendesk.com/api-reference/ticketing/ticket-management/schedules/."""
        days = [
            {"id": 1, "name": "New Year's Day 2016", "start_date": "2016-01-01", "end_date": "2016-01-01"},
            {"name": "Break", "start_date": "2016-12-30", "end_date": "2017-01-02"},
            {"name": "Wrong", "start_date": "soon", "end_date": "2017-01-02"},
            {"name": "Long", "start_date": "2016-01-01", "end_date": "2026-01-02"},
            {"name": "Open", "start_date": "2017-12-25"},
        ]
        nested, apart = read_zendesk(schedules(holidays=days)), read_zendesk(schedules(), {"holidays": days})
        named = read_zendesk(schedules(others=NIGHT), {"holidays": days, "schedule_id": 1})
        for found in (nested, apart, named):
            calendar = found.rules.calendars["default"]
            assert isinstance(calendar, tf.BusinessCalendar)
            assert dict(calendar.holidays) == {
                date(2016, 1, 1): "New Year's Day 2016",
                date(2016, 12, 30): "Break",
                date(2016, 12, 31): "Break",
                date(2017, 1, 1): "Break",
                date(2017, 1, 2): "Break",
                date(2017, 12, 25): "Open",
            }
        assert [(item.what, item.why) for item in nested.of("left_out") if "holiday" in item.what] == [
            ("holiday 'Wrong'", "its dates are not known; write them as 2026-12-25"),
            ("holiday 'Long'", "it is from 2016-01-01 to 2026-01-02; give at most a year"),
        ]

    def test_holidays_of_an_unknown_schedule_are_left_out(self) -> None:
        found = read_zendesk(schedules(others=NIGHT), {"holidays": [{"name": "x", "start_date": "2016-01-01"}]})
        why = "it is not known of which schedule they are; add the key schedule_id to the source"
        assert [item.why for item in found.items if item.what == "holidays"] == [why]

    def test_a_field_chooses_among_several_schedules(self) -> None:
        policy = {
            "title": "All",
            "filter": {},
            "policy_metrics": [{"priority": "low", "metric": "agent_work_time", "target": 60, "business_hours": True}],
        }
        move = {
            "title": "At night",
            "conditions": {"all": [{"field": "set_schedule", "operator": "is", "value": "1"}]},
            "actions": [{"field": "set_schedule", "value": 2}],
        }
        found = read_zendesk(schedules(others=NIGHT), {"sla_policy": policy}, {"trigger": move})
        assert found.rules.clocks[0].calendar == tf.CalendarOf("schedule", {"night": "night"})
        assert found.rules.calendars["night"] == tf.BusinessCalendar("Etc/UTC", "mon-sun 00:00-24:00")
        assert found.rules.clocks[0].targets == (
            tf.Target(tf.WorkingTime(hours=1), tf.All(tf.FieldIs("priority", "low"))),
        )
        at_night = rule(found, "at-night")
        assert (at_night.given, at_night.then) == (
            tf.FieldIs("schedule", None),
            (actions.SetField("schedule", "night"),),
        )

    @pytest.mark.parametrize("interval", [{}, {"start_time": 5, "end_time": 5}, {"start_time": 1, "end_time": 10081}])
    def test_an_interval_that_is_none_is_left_out(self, interval: Json) -> None:
        found = read_zendesk(schedules(intervals=[{"start_time": 0, "end_time": 60}, interval]))
        assert [item.why for item in found.of("left_out")] == ["these are not two minutes of a week"]

    def test_a_schedule_that_never_opens_is_left_out(self) -> None:
        found = read_zendesk(schedules(intervals=[], id=None))
        [item] = found.of("left_out")
        assert item.pointer == "/schedules/0"
        assert item.why.startswith("the library refuses it: calendar of Europe/Madrid: the calendar never opens")
        assert found.rules.calendars["default"] == tf.BusinessCalendar("UTC", "mon-sun 00:00-24:00")

    def test_an_unknown_zone_is_told(self) -> None:
        found = read_zendesk(schedules(time_zone="Nowhere"), schedules(time_zone=5))
        assert [(item.outcome, item.why) for item in found.items if "zone" in item.what] == [
            ("changed", "no such time zone is known; it is UTC here, so correct it"),
            ("left_out", "it is 5, not a text"),
        ]

    def test_the_names_of_rails_are_known(self) -> None:
        """https://github.com/rails/rails/blob/main/activesupport/lib/active_support/values/time_zone.rb has 151."""
        from ticketflow.calendars.zones import zone_names  # noqa: PLC0415 -- only here

        assert len(RAILS_ZONES) == 153
        assert set(RAILS_ZONES.values()) <= zone_names()
        assert RAILS_ZONES["Eastern Time (US & Canada)"] == "America/New_York"


def policy(title: str, position: int, *metrics: tuple[str, str, int], where: Json | None = None) -> Json:
    return {
        "title": title,
        "position": position,
        "filter": {"all": [where] if where else []},
        "policy_metrics": [{"metric": name, "priority": level, "target": target} for name, level, target in metrics],
    }


class TestPolicies:
    @pytest.mark.parametrize(
        ("metric", "name"),
        [
            ("next_reply_time", "next-reply"),
            ("periodic_update_time", "periodic-update"),
            ("pausable_update_time", "pausable-update"),
            ("agent_work_time", "agent-work"),
            ("total_resolution_time", "total-resolution"),
        ],
    )
    def test_each_metric_is_a_clock(self, metric: str, name: str) -> None:
        found = read_zendesk({"sla_policies": [policy("A", 1, (metric, "high", 90))]})
        [clock] = found.rules.clocks
        assert clock.name == name
        assert clock.targets == (tf.Target(tf.Elapsed(minutes=90), tf.All(tf.FieldIs("priority", "high"))),)
        check_result(found)

    def test_updates_count_from_public_replies_and_one_of_the_metrics_pauses(self) -> None:
        """Both metrics measure the time between public comments of agents; the pausable one pauses in Pending."""
        rules = read_zendesk(
            {"sla_policies": [policy("A", 1, ("periodic_update_time", "low", 60), ("pausable_update_time", "low", 60))]}
        ).rules
        ana, at = tf.Actor("agent", "ana"), datetime(2026, 11, 23, 10, tzinfo=UTC)
        hour = timedelta(hours=1)
        opened = tf.commands.Open(
            "T-1", message=tf.Message("m1"), fields={"priority": "low"}, at=at, by=tf.Actor("customer", "bruno")
        )
        ticket = tf.handle(None, opened, rules).unwrap().ticket
        clocks = rules.clock("periodic-update"), rules.clock("pausable-update")
        assert [tf.read(at + hour, ticket, clock).state for clock in clocks] == ["not_started"] * 2
        reply = tf.commands.AddMessage(tf.Message("m2"), at=at + hour, by=ana)
        ticket = tf.handle(ticket, reply, rules).unwrap().ticket
        ticket = tf.handle(ticket, tf.commands.Move("to_pending", at=at + hour, by=ana), rules).unwrap().ticket
        assert [tf.read(at + 3 * hour, ticket, clock).elapsed for clock in clocks] == [2 * hour, 0 * hour]

    def test_a_ticket_has_the_first_policy_whose_filter_holds(self) -> None:
        """An earlier policy hides later ones even for a metric of which it has no target."""
        vip = {"field": "current_tags", "operator": "includes", "value": "vip"}
        found = read_zendesk(
            {
                "sla_policies": [
                    policy("All", 2, ("agent_work_time", "low", 60), ("next_reply_time", "low", 60)),
                    policy("VIP", 1, ("agent_work_time", "low", 30), where=vip),
                ]
            }
        )
        next_reply, work = found.rules.clocks
        low, is_vip = tf.FieldIs("priority", "low"), tf.FieldIs("tag.vip", True)
        assert [(row.time, row.given) for row in work.targets if isinstance(row, tf.Target)] == [
            (tf.Elapsed(minutes=30), tf.All(is_vip, low)),
            (tf.Elapsed(minutes=60), tf.All(low)),
        ]
        assert [row.given for row in next_reply.targets] == [tf.All(tf.Not(is_vip), low)]

    def test_what_no_clock_measures_is_left_out(self) -> None:
        found = read_zendesk(
            {
                "sla_policies": [
                    policy(
                        "A",
                        1,
                        ("ownership_time", "low", 5),
                        ("agent_work_time", "none", 5),
                        ("agent_work_time", "low", 0),
                    ),
                    policy("B", 2, ("agent_work_time", "low", 10**15)),
                    policy("C", 3, where={"field": "satisfaction_score", "operator": "is", "value": "good"}),
                    policy("D", 4)
                    | {"metric_settings": {"first_reply_time": {"fulfill_on_agent_internal_note": True}}},
                    policy("E", 5)
                    | {
                        "policy_metrics": [
                            {"metric": "agent_work_time", "priority": "low", "target": 2, "target_in_seconds": 90}
                        ]
                    },
                ]
            }
        )
        assert [(item.what, item.why.partition(":")[0]) for item in found.of("left_out")] == [
            ("target ownership_time low of 'A'", "no clock measures it"),
            ("target agent_work_time none of 'A'", "no clock measures it"),
            ("target agent_work_time low of 'A'", "the library refuses it"),
            ("target agent_work_time low of 'B'", "the library refuses it"),
            ("SLA policy 'C' at position 3", "its filter cannot be a condition"),
            ("metric settings", "measures have fixed starts and ends"),
        ]
        assert [row.time for row in found.rules.clocks[0].targets if isinstance(row, tf.Target)] == [
            tf.Elapsed(timedelta(seconds=90))
        ]


def condition(field: str, operator: str, value: object) -> conditions.Condition | str:
    """Return what a condition of a trigger becomes, or why not."""
    part = {
        "title": "x",
        "conditions": {"all": [{"field": field, "operator": operator, "value": value}]},
        "actions": [{"field": "priority", "value": "low"}],
    }
    found = read_zendesk({"trigger": part})
    named = [each.given for each in found.rules.automations if each.id == "x-2"] or [
        each.given for each in found.rules.automations if each.id == "x"
    ]
    return named[0] if named else next(item.why for item in found.items if item.pointer == "/trigger")


class TestConditions:
    @pytest.mark.parametrize(
        ("field", "operator", "value", "expected"),
        [
            ("status", "is", "open", tf.StateIs("open")),
            ("status", "is_not", "open", tf.Not(tf.StateIs("open"))),
            ("status", "includes", ["open", "hold"], tf.StateIs("open", "hold")),
            ("status", "less_than", "pending", tf.StateIs("new", "open")),
            ("status", "greater_than", "solved", tf.StateIs("closed")),
            ("status", "less_than", "new", conditions.NEVER),
            ("priority", "is", "", tf.FieldIs("priority", None)),
            ("priority", "greater_than", "normal", tf.FieldIs("priority", "high", "urgent")),
            ("priority", "less_than", "normal", tf.FieldIs("priority", None, "low")),
            ("priority", "greater_than", "urgent", conditions.NEVER),
            ("type", "is_not", "task", tf.Not(tf.FieldIs("type", "task"))),
            ("group_id", "is", 20455932, tf.FieldIs("group", "20455932")),
            ("custom_fields_360", "is", "true", tf.FieldIs("custom.360", "true")),
            ("custom_fields_360", "present", None, tf.Not(tf.FieldIs("custom.360", None))),
            ("ticket_fields_360", "not_present", None, tf.FieldIs("custom.360", None)),
            ("assignee_id", "is", "", tf.Not(tf.IsAssigned())),
            ("assignee_id", "is", "5", tf.AssignedTo("5")),
            ("requester_id", "is", "5", tf.RequesterIs("5")),
            ("current_tags", "includes", "a b", tf.AnyOf(tf.FieldIs("tag.a", True), tf.FieldIs("tag.b", True))),
            ("current_tags", "not_includes", "a", tf.Not(tf.FieldIs("tag.a", True))),
            ("ticket_is_public", "is", "private", tf.Not(tf.Happened(LastMessage("anyone")))),
            ("reopens", "greater_than", "1", tf.Reopened(2)),
            ("replies", "less_than", "3", tf.Not(tf.Happened(LastMessage("agent"), 3))),
            ("reopens", "less_than", "0", tf.Not(tf.All())),
            ("current_tags", "is", "", "the condition 'current_tags is ' names no tag"),
            ("status", "is", "12345", "the condition 'status is 12345' is not known"),
            ("priority", "is", "p1", "the condition 'priority is p1' is not known"),
            ("type", "is", "p1", "the condition 'type is p1' is not known"),
            ("via_id", "less_than", "4", "the condition 'via_id less_than 4' is not known"),
            ("reopens", "greater_than", "x", "the condition 'reopens greater_than x' is not known"),
            ("subject", "present", "", "the condition 'subject present ' is not known"),
            ("subject_includes_word", "includes", "a", "the condition 'subject_includes_word includes a' is not known"),
            ("status", "not_changed", "", "the condition 'status not_changed ' is not known"),
            ("assignee_id", "is", "current_user", "the condition 'assignee_id is current_user' is not known"),
            ("set_schedule", "is", "7", "the condition 'set_schedule is 7' is not known"),
        ],
    )
    def test_each_is_what_it_says(
        self, field: str, operator: str, value: object, expected: conditions.Condition | str
    ) -> None:
        assert condition(field, operator, value) == expected

    def test_any_of_several(self) -> None:
        part = {
            "title": "x",
            "actions": [{"field": "priority", "value": "low"}],
            "conditions": {
                "all": [{"field": "type", "operator": "is", "value": "task"}],
                "any": [{"field": "status", "operator": "is", "value": state} for state in ("open", "hold")],
            },
        }
        given = rule(read_zendesk({"trigger": part}), "x").given
        assert given == tf.All(tf.FieldIs("type", "task"), tf.AnyOf(tf.StateIs("open"), tf.StateIs("hold")))
        part["conditions"] = {"any": [{"field": "status", "operator": "is", "value": "open"}]}
        assert rule(read_zendesk({"trigger": part}), "x").given == tf.StateIs("open")


def action(field: str, value: object) -> tuple[object, ...] | str:
    """Return what an action of a trigger becomes, or why not."""
    part = {"title": "x", "conditions": {"all": []}, "actions": [{"field": field, "value": value}]}
    found = read_zendesk({"triggers": [part]})
    named = [each.then for each in found.rules.automations if isinstance(each, tf.Automation) and each.id == "x"]
    why = next(item.why for item in found.items if item.pointer == "/triggers/0")
    return (*named[0], why.partition("; it reacts to what people do, not to what rules do; ")[2]) if named else why


class TestActions:
    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            ("status", "solved", (actions.Move("to_solved"), "")),
            ("priority", "high", (actions.SetField("priority", "high"), "")),
            ("type", "", (actions.SetField("type", None), "")),
            ("group_id", "5", (actions.SetField("group", "5"), "")),
            ("custom_fields_360", "blue", (actions.SetField("custom.360", "blue"), "")),
            ("assignee_id", "5", (actions.Assign("5"), "")),
            ("assignee_id", "", (actions.Assign(None), "")),
            ("assignee_id", "current_user", (actions.AssignTo("actor"), "")),
            ("current_tags", "a b", (actions.SetField("tag.a", True), actions.SetField("tag.b", True), "")),
            ("set_tags", "a", (actions.SetField("tag.a", True), "the other tags of the ticket stay")),
            ("remove_tags", "a", (actions.SetField("tag.a", False), "")),
            ("notification_user", ["assignee_id", "S", "T"], (actions.SendMessage("x", "owner"), "")),
            ("notification_user", ["5", "S", "T"], (actions.SendMessage("x", "person:5"), "")),
            ("notification_group", ["5", "S", "T"], (actions.SendMessage("x", "group-5"), "")),
            (
                "notification_sms_user",
                ["all_agents", "T"],
                (actions.SendMessage("x", "agent"), "it is a message, not an SMS"),
            ),
            ("notification_webhook", ["01GX", "{}"], (actions.Emit("webhook.x01gx"), "its body is not carried over")),
            ("notification_target", [], (actions.Emit("target.x"), "its body is not carried over")),
            ("status", "new", "none of its actions is known"),
            ("satisfaction_score", "offered", "none of its actions is known"),
            ("notification_group", ["group_id", "S", "T"], "none of its actions is known"),
            ("notification_user", ["current_user", "S", "T"], "none of its actions is known"),
            ("assignee_id", "requester_id", "none of its actions is known"),
            ("current_tags", "", "none of its actions is known"),
        ],
    )
    def test_each_is_what_it_says(self, field: str, value: object, expected: tuple[object, ...] | str) -> None:
        assert action(field, value) == expected

    def test_an_unknown_action_is_left_out_alone(self) -> None:
        part = {
            "title": "x",
            "conditions": {},
            "actions": [{"field": "cc", "value": "5"}, {"field": "priority", "value": "low"}],
        }
        found = read_zendesk({"trigger": part})
        assert [(item.pointer, item.outcome, item.why) for item in found.items] == [
            (
                "/trigger",
                "changed",
                "automations.x; it reacts to what people do, not to what rules do; without its action cc",
            ),
            ("/trigger/actions/0", "left_out", "the action 'cc 5' is not known"),
        ]


def event(*every: tuple[str, str, object]) -> tuple[object, list[str]]:
    part = {
        "title": "x",
        "conditions": {
            "all": [{"field": field, "operator": operator, "value": value} for field, operator, value in every]
        },
        "actions": [{"field": "group_id", "value": "5"}],
    }
    found = read_zendesk({"trigger": part})
    named = [each.when for each in found.rules.automations if isinstance(each, tf.Automation) and each.id == "x"]
    why = next(item.why for item in found.items if item.pointer == "/trigger")
    return (named[0], why.split("; ")[1:]) if named else (None, [why])


CREATE, CHANGE = ("update_type", "is", "Create"), ("update_type", "is", "Change")
COMMENT = ("comment_is_public", "is", "true")


class TestEvents:
    @pytest.mark.parametrize(
        ("every", "expected", "lost"),
        [
            ([CREATE], tf.OnCommand("open"), []),
            ([CREATE, ("role", "is", "end_user")], tf.OnCommand("open", by=("customer",)), []),
            ([COMMENT], tf.OnMessage("anyone"), []),
            ([COMMENT, ("role", "is", "end_user")], tf.OnMessage("customer"), []),
            (
                [COMMENT, CHANGE, ("role", "is_not", "end_user")],
                tf.OnMessage("agent"),
                ["the message that opens a ticket counts, too"],
            ),
            ([("status", "value", "solved")], tf.OnEnter(tf.StateIs("solved")), []),
            ([("status", "value_previous", "solved")], tf.OnLeave(tf.StateIs("solved")), []),
            (
                [("status", "value_previous", "solved"), ("assignee_id", "is_not", "current_user")],
                tf.OnLeave(tf.StateIs("solved")),
                ["it acts when the assignee is the one who acts, too"],
            ),
            (
                [COMMENT, ("assignee_id", "is_not", "requester_id")],
                tf.OnMessage("anyone"),
                ["it acts when the assignee is the requester, too"],
            ),
            ([("priority", "changed", None)], tf.OnChange("priority"), []),
            (
                [("status", "changed", None)],
                tf.OnCommand("move", "reopen"),
                ["it reacts to moves by people, not by rules"],
            ),
            (
                [("assignee_id", "changed", None)],
                tf.OnCommand("assign", "give_back"),
                ["it reacts to assignments by people, not by rules"],
            ),
        ],
    )
    def test_each_is_what_it_says(
        self, every: list[tuple[str, str, object]], expected: object, lost: list[str]
    ) -> None:
        assert event(*every) == (expected, lost)

    @pytest.mark.parametrize(
        ("every", "why"),
        [
            ([CREATE, COMMENT], "it waits for several events at once; a rule reacts to one"),
            (
                [("priority", "changed", None), ("role", "is", "agent")],
                "a rule that reacts to a change does not ask who made it",
            ),
            ([("ticket_is_public", "changed", None)], "a change of 'ticket_is_public' is not known"),
            ([("requester_id", "changed", None)], "a change of 'requester_id' is not known"),
        ],
    )
    def test_some_are_not_known(self, every: list[tuple[str, str, object]], why: str) -> None:
        assert event(*every) == (None, [why])

    def test_a_trigger_without_an_event_reacts_to_every_update(self) -> None:
        when, lost = event(CHANGE, ("role", "is", "agent"))
        assert isinstance(when, triggers.OnCommand)
        assert {"add_message", "move"} <= when.commands
        assert "open" not in when.commands
        assert lost == ["it reacts to what people do, not to what rules do"]
        when, _ = event()
        assert isinstance(when, triggers.OnCommand)
        assert "open" in when.commands


def waits(*every: tuple[str, str, object]) -> object:
    part = {
        "title": "x",
        "conditions": {
            "all": [{"field": field, "operator": operator, "value": value} for field, operator, value in every]
        },
        "actions": [{"field": "priority", "value": "high"}],
    }
    found = read_zendesk({"automation": part})
    named = [each.when for each in found.rules.automations if isinstance(each, tf.Automation) and each.id == "x"]
    return named[0] if named else next(item.why for item in found.items if item.pointer == "/automation")


class TestAutomations:
    @pytest.mark.parametrize(
        ("every", "expected"),
        [
            ([("NEW", "is", "2")], tf.After(tf.Elapsed(hours=2), tf.Created())),
            ([("HOLD", "greater_than_business_hours", 8)], tf.After(tf.WorkingTime(hours=8), Entered("hold"))),
            ([("OPEN", "is", "0")], tf.After(tf.Elapsed(timedelta(seconds=1)), Entered("open"))),
            ([("assigned_at", "is_business_hours", "1")], tf.After(tf.WorkingTime(hours=1), tf.AssignedLast())),
            (
                [("requester_updated_at", "greater_than", "5"), ("requester_updated_at", "less_than", "6")],
                tf.After(tf.Elapsed(hours=5), LastMessage("customer")),
            ),
            ([("PENDING", "less_than", "5")], "it has 0 conditions on the least hours since something, not one"),
            (
                [("OPEN", "is", "5"), ("NEW", "is", "9")],
                "it has 2 conditions on the least hours since something, not one",
            ),
            ([("CLOSED", "is", "5")], "no rule counts the hours of 'CLOSED'"),
            ([("until_due_date", "is", "5")], "no rule counts the hours of 'until_due_date'"),
            ([("OPEN", "is", "soon")], "the hours of 'OPEN' are not known"),
            ([("OPEN", "is_not", "5")], "the hours of 'OPEN' are not known"),
            ([("OPEN", "is", "5"), ("subject", "is", "5")], "the condition 'subject is 5' is not known"),
        ],
    )
    def test_hours_since(self, every: list[tuple[str, str, object]], expected: object) -> None:
        assert waits(*every) == expected

    def test_business_hours_are_those_of_the_schedule_of_the_ticket(self) -> None:
        part = {
            "title": "x",
            "actions": [{"field": "priority", "value": "high"}],
            "conditions": {"all": [{"field": "OPEN", "operator": "is_business_hours", "value": 5}]},
        }
        assert rule(read_zendesk({"automation": part}), "x").calendar == "default"
        found = read_zendesk(schedules(others=NIGHT), {"automation": part})
        assert rule(found, "x").calendar == tf.CalendarOf("schedule", {"night": "night"})

    def test_an_upper_limit_is_told(self) -> None:
        part = {
            "title": "x",
            "actions": [{"field": "priority", "value": "high"}],
            "conditions": {
                "all": [
                    {"field": "OPEN", "operator": "greater_than", "value": 5},
                    {"field": "OPEN", "operator": "less_than", "value": 6},
                ]
            },
        }
        [item] = read_zendesk({"automation": part}).of("left_out")
        assert (item.pointer, item.what, item.why) == (
            "/automation/conditions/all/1",
            "condition OPEN less_than",
            "the rule acts once, so it needs no upper limit",
        )


def test_further_pages_and_wrong_sources_are_told() -> None:
    found = read_zendesk({"triggers": [], "next_page": "https://example.zendesk.com/x", "meta": {"has_more": True}})
    assert [(item.pointer, item.why) for item in found.items] == [
        ("/next_page", "it is not in this source; give it as another one"),
        ("/meta", "Zendesk keeps it for itself"),
    ]
    with pytest.raises(
        DocumentError, match="source 1: it has nothing of Zendesk; give a response with one of: schedules,"
    ):
        read_zendesk({"tickets": []})
    with pytest.raises(DocumentError, match="it has nothing of Zendesk"):
        read_zendesk("[1]")
    assert read_zendesk({"triggers": []}).added[0].startswith("the statuses of Zendesk")


class TestLimits:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ({"schedules": [{}] * 101}, "there are 101 schedules; give at most 100"),
            ({"sla_policies": [{}] * 251}, "there are 251 SLA policies; give at most 250"),
            ({"triggers": [{}] * 900, "automation": {}}, "there are 901 automations and triggers; give at most 900"),
        ],
    )
    def test_more_than_a_rule_set_can_have_is_refused_at_once(self, source: Json, message: str) -> None:
        with pytest.raises(DocumentError, match=message):
            read_zendesk(source)

    def test_more_holidays_than_a_calendar_can_have_are_left_out(self) -> None:
        years = [
            {"name": "x", "start_date": f"{year}-01-01", "end_date": f"{year}-12-31"} for year in range(2000, 2028)
        ]
        [item] = read_zendesk(schedules(holidays=years)).of("left_out")
        assert (item.pointer, item.why) == ("/schedules/0/holidays/27", "a calendar has at most 10000 of them")

    def test_more_tags_than_a_rule_set_can_have_fields_are_left_out(self) -> None:
        tags = " ".join(f"t{number}" for number in range(501))
        part = {"title": "x", "conditions": {}, "actions": [{"field": "current_tags", "value": tags}]}
        assert [item.why for item in read_zendesk({"trigger": part}).of("left_out")] == ["none of its actions is known"]


KEYS = [
    "schedules",
    "holidays",
    "sla_policies",
    "automations",
    "triggers",
    "trigger",
    "id",
    "name",
    "title",
    "intervals",
]
KEYS += [
    "start_time",
    "end_time",
    "time_zone",
    "start_date",
    "filter",
    "all",
    "any",
    "field",
    "operator",
    "value",
    "actions",
]
KEYS += ["conditions", "policy_metrics", "metric", "priority", "target", "business_hours", "position", "active"]
WORDS = [
    "status",
    "solved",
    "is",
    "greater_than",
    "SOLVED",
    "priority",
    "urgent",
    "first_reply_time",
    "current_tags",
    "notification_user",
]
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*KEYS, *WORDS]) | st.text(max_size=5)
)


@pytest.mark.parametrize("source", [NORTH_AMERICA, INCIDENTS, AUTOMATIONS, TRIGGERS])
def test_published_samples_with_a_wrong_value_get_a_result_or_an_error_of_the_library(source: Json) -> None:
    for number, mutant in enumerate(mutants(source, [[], -1, "x"])):
        if number % 11 == 0:
            check_hostile("zendesk", mutant)


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.recursive(
            VALUES,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
            max_leaves=25,
        ),
        max_size=4,
    )
)
def test_hostile_sources_get_a_result_or_an_error_of_the_library(data: Json) -> None:
    check_hostile("zendesk", data)
