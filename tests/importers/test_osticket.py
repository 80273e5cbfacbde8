"""osTicket: its published schedules and plans, and the due dates that its project publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.importers.laws import check_hostile, check_result, untold
from ticketflow import Actor, BusinessCalendar, Elapsed, Message, Rules, Target, Ticket, WorkingTime, commands, handle
from ticketflow import read as read_clock
from ticketflow.calendars.date_rules import NthWeekday
from ticketflow.calendars.hours import Yearly
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read
from ticketflow.importers.sources import plain_data
from ticketflow.workflow.conditions import All, CategoryIs, FieldIs, Not

# https://github.com/osTicket/osTicket/blob/4689926b2d3d25754f0ddcf8d4e181a2817f6d56/include/i18n/en_US/sla.yaml
SLA = """
- id: 1
  flags: 3
  grace_period: 18
  name: Default SLA
  notes: |
"""

# https://github.com/osTicket/osTicket/blob/4689926b2d3d25754f0ddcf8d4e181a2817f6d56/include/i18n/en_US/schedule.yaml
WEEK = "".join(
    f"""
      - name: {name}
        repeats: weekly #notrans
        starts_on: 2019-01-{6 + day:02}
        starts_at: 08:00:00
        ends_on: 2019-01-{6 + day:02}
        ends_at: 17:00:00
        day: {day}"""
    for day, name in enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], 1)
)
HOLIDAYS = "".join(
    f"""
      - name: {name}
        repeats: yearly #notrans
        starts_on: 2019-{on}
        starts_at: 00:00:00
        ends_on: 2019-{on}
        ends_at: 23:59:59
        {when}"""
    for name, on, when in [
        ("New Year's Day", "01-01", "day: 1\n        month: 1"),
        ("MLK Day", "01-21", "day: 1\n        week: 3\n        month: 1"),
        ("Memorial Day", "05-27", "day: 1\n        week: -1\n        month: 5"),
        ("Independence Day (4th of July)", "07-04", "day: 4\n        month: 7"),
        ("Labor Day", "09-02", "day: 1\n        week: 1\n        month: 9"),
        ("Indigenous Peoples' Day (Whodat Columbus)", "10-14", "day: 1\n        week: 2\n        month: 10"),
        ("Veterans Day", "11-11", "day: 11\n        month: 11"),
        ("Thanksgiving Day", "11-28", "day: 4\n        week: 4\n        month: 11"),
        ("Christmas Day", "11-25", "day: 25\n        month: 12"),
    ]
)
SCHEDULES = f"""
- id: 1
  flags: 0x01
  name: Monday - Friday 8am - 5pm with U.S. Holidays
  configuration:
    holidays: [4]
  entries:{WEEK}
- id: 2
  flags: 0x01
  name: 24/7
  entries:
      - name: Daily
        repeats: daily #notrans
        starts_on: 2019-01-01
        starts_at: 00:00:00
        ends_on: 2019-01-01
        ends_at: 23:59:59
- id: 3
  flags: 0x01
  name: 24/5
  entries:
      - name: Weekdays
        repeats: weekdays #notrans
        starts_on: 2019-01-01
        starts_at: 00:00:00
        ends_on: 2019-01-01
        ends_at: 23:59:59
- id: 4
  flags: 0
  name: U.S. Holidays
  entries:{HOLIDAYS}
"""
CONFIG = {"core": {"default_timezone": "America/New_York", "default_schedule_id": 1, "default_sla_id": 1}}

NEW_YORK = ZoneInfo("America/New_York")
CUSTOMER, ANA = Actor("customer", "bruno"), Actor("agent", "ana")


def entry(name: str, repeats: str, hours: str = "09:00:00-18:00:00", **more: Any) -> dict[str, Any]:
    opens, _, closes = hours.partition("-")
    return {"name": name, "repeats": repeats, "starts_on": "2026-11-23", "starts_at": opens, "ends_at": closes, **more}


def desk(*entries: dict[str, Any], holidays: tuple[dict[str, Any], ...] = (), **plan: Any) -> dict[str, Any]:
    """Return a schedule of business hours with holidays, and a plan of eight hours."""
    schedules = [
        {
            "id": 1,
            "flags": 1,
            "name": "Office",
            "timezone": "UTC",
            "configuration": {"holidays": [2]},
            "entries": [*entries],
        },
        {"id": 2, "flags": 0, "name": "Holidays", "entries": [*holidays]},
    ]
    return {"schedules": schedules, "slas": [{"id": 1, "flags": 1, "name": "Plan", "grace_period": 8, **plan}]}


def opened(rules: Rules, at: datetime, **fields: Any) -> Ticket:
    return (
        handle(None, commands.Open("T-1", message=Message("m1"), fields=fields, at=at, by=CUSTOMER), rules)
        .unwrap()
        .ticket
    )


def due(rules: Rules, at: datetime, **fields: Any) -> datetime | None:
    return read_clock(at, opened(rules, at, **fields), rules.clock("sla")).due_at


def told(imported: Imported, pointer: str) -> list[str]:
    return [f"{item.outcome}: {item.why}" for item in imported.items if item.pointer == pointer]


def calendar_of(imported: Imported) -> BusinessCalendar:
    found = imported.rules.calendars["default"]
    assert isinstance(found, BusinessCalendar)
    return found


class TestPublishedFiles:
    def test_the_schedules_of_a_new_installation(self) -> None:
        imported = read("osticket", SCHEDULES, SLA, CONFIG)
        check_result(imported)
        calendar = calendar_of(imported)
        assert calendar == BusinessCalendar(
            "America/New_York",
            "mon-fri 08:00-17:00",
            holidays={
                Yearly(1, 1): "New Year's Day",
                NthWeekday(3, "mon", 1): "MLK Day",
                NthWeekday(-1, "mon", 5): "Memorial Day",
                Yearly(7, 4): "Independence Day (4th of July)",
                NthWeekday(1, "mon", 9): "Labor Day",
                NthWeekday(2, "mon", 10): "Indigenous Peoples' Day (Whodat Columbus)",
                Yearly(11, 11): "Veterans Day",
                NthWeekday(4, "thu", 11): "Thanksgiving Day",
                Yearly(12, 25): "Christmas Day",
            },
        )
        assert imported.rules.calendars["x24-7"] == BusinessCalendar("America/New_York", "mon-sun 00:00-24:00")
        assert imported.rules.calendars["x24-5"] == BusinessCalendar("America/New_York", "mon-fri 00:00-24:00")
        assert imported.rules.clock("sla").policy.targets[1] == Target(WorkingTime(hours=18), All(), "default")
        why = "active; a miss sends an alert; osTicket does not carry out the escalation of priorities, either"
        assert told(imported, "/0/flags") == ["carried: business hours", f"changed: {why}"]

    def test_every_value_is_told(self) -> None:
        assert untold("osticket", plain_data(SLA, "x"), plain_data(SCHEDULES, "x")) == []

    def test_without_a_zone_it_is_said_that_utc_is_taken(self) -> None:
        [said] = told(read("osticket", SCHEDULES), "/0")
        assert said == "changed: calendars.default, in UTC: the schedule has no zone; osTicket takes that of the system"


class TestPublishedResults:
    def test_the_default_plan_takes_two_business_days(self) -> None:
        """https://github.com/osTicket/osTicket/pull/5509: 18 hours on 8am to 5pm are overdue in two business days."""
        rules = read("osticket", SCHEDULES, SLA, CONFIG).rules
        assert due(rules, datetime(2026, 6, 1, 8, tzinfo=NEW_YORK)) == datetime(2026, 6, 2, 17, tzinfo=NEW_YORK)

    def test_four_hours_on_friday_at_five_are_due_on_monday_at_eleven(self) -> None:
        """https://github.com/osTicket/osTicket/pull/4807: 8:00 to 18:00 on weekdays."""
        rules = read("osticket", desk(entry("Weekdays", "weekdays", "08:00:00-18:00:00"), grace_period=4)).rules
        friday, monday = (datetime(2026, 11, day, hour, tzinfo=ZoneInfo("UTC")) for day, hour in ((20, 17), (23, 11)))
        assert due(rules, friday) == monday

    def test_thanksgiving_is_skipped(self) -> None:
        """BusinessHours::addWorkingHours by hand: two hours on Wednesday, nine on Friday, seven on Monday."""
        rules = read("osticket", SCHEDULES, SLA, CONFIG).rules
        assert due(rules, datetime(2026, 11, 25, 15, tzinfo=NEW_YORK)) == datetime(2026, 11, 30, 15, tzinfo=NEW_YORK)

    def test_a_lunch_break_can_be_a_holiday(self) -> None:
        """https://github.com/osTicket/osTicket/issues/6847 has 9 to 18 with a break from 13 to 14, and wrong due dates."""
        lunch = entry("Lunch", "weekdays", "13:00:00-14:00:00")
        imported = read("osticket", desk(entry("Weekdays", "weekdays"), holidays=(lunch,)))
        assert calendar_of(imported) == BusinessCalendar("UTC", "mon-fri 09:00-13:00 14:00-18:00")
        monday = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("UTC"))
        assert due(imported.rules, monday) == monday.replace(day=24, hour=12)

    def test_a_schedule_can_have_tuesdays_only(self) -> None:
        """https://github.com/osTicket/osTicket/issues/6739 has a schedule for which osTicket finds no business days."""
        tuesday = entry("Tuesday", "weekly", "08:00:00-17:00:00", day=2)
        rules = read("osticket", desk(tuesday, grace_period=10)).rules
        utc = ZoneInfo("UTC")
        assert due(rules, datetime(2026, 11, 24, 8, tzinfo=utc)) == datetime(2026, 12, 1, 9, tzinfo=utc)

    def test_a_reopened_ticket_has_its_whole_time_again(self) -> None:
        """Ticket::getSLADueDate counts from the last reopening."""
        rules = read("osticket", desk(entry("Weekdays", "weekdays"))).rules
        utc = ZoneInfo("UTC")
        ticket = opened(rules, datetime(2026, 11, 23, 9, tzinfo=utc))
        solve = commands.Move("to_resolved", at=datetime(2026, 11, 23, 10, tzinfo=utc), by=ANA)
        ticket = handle(ticket, solve, rules).unwrap().ticket
        answer = commands.AddMessage(Message("m2"), at=datetime(2026, 11, 24, 11, tzinfo=utc), by=CUSTOMER)
        ticket = handle(ticket, answer, rules).unwrap().ticket
        found = read_clock(answer.at, ticket, rules.clock("sla"))
        assert (ticket.state, found.due_at) == ("open", datetime(2026, 11, 25, 10, tzinfo=utc))

    def test_a_due_date_by_hand_goes_before_the_plan(self) -> None:
        rules = read("osticket", desk(entry("Weekdays", "weekdays"))).rules
        by_hand, monday = (datetime(2026, 11, day, 9, tzinfo=ZoneInfo("UTC")) for day in (27, 23))
        assert due(rules, monday, due_date=by_hand) == by_hand


class TestEntries:
    @pytest.mark.parametrize(
        ("added", "expected", "said"),
        [
            (entry("Sat", "weekly", "10:00:00-12:00:00", day=6), {"week": "mon-fri 09:00-18:00; sat 10:00-12:00"}, "carried: the hours of Office"),
            (entry("Weekend", "weekends", "10:00:00-12:00:00"), {"week": "mon-fri 09:00-18:00; sat-sun 10:00-12:00"}, "carried: the hours of Office"),
            (entry("All", "daily", "10:00:00-12:00:00"), {"week": "mon-fri 09:00-18:00; sat-sun 10:00-12:00"}, "changed: the hours of Office, but on days without an earlier entry only"),
            (entry("Mon", "weekly", "10:00:00-12:00:00", day=1), {}, "left_out: osTicket takes one entry a day, and another one comes first"),
            (entry("Fair", "never", "10:00:00-12:00:00", starts_on="2026-11-28"), {"overrides": {"2026-11-28": "10:00-12:00"}}, "carried: the hours of Office"),
            (entry("Fair", "never", "10:00:00-12:00:00", starts_on="2026-11-27"), {}, "left_out: osTicket takes one entry a day, and another one comes first"),
            (entry("1st Sat", "monthly", "10:00:00-12:00:00", week=1, day=6), {"overrides": {"1st sat": "10:00-12:00"}}, "carried: the hours of Office"),
            (entry("The 1st", "monthly", "10:00:00-12:00:00", day=1), {}, "left_out: osTicket takes one entry a day, and another one comes first"),
            (entry("x", "weekly", day=8), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "weekly"), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "hourly"), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "never", starts_on="soon"), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "never", starts_on="2026-02-30"), {}, None),
            (entry("x", "yearly", day=1, month=13), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "yearly", day=31, month=2), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "yearly", day=1, week=7, month=2), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "weekly", "12:00:00-10:00:00", day=6), {}, "left_out: its dates or hours are not valid"),
            (entry("x", "weekly", "9-10:00:00", day=6), {}, "left_out: the library refuses it: '9' is not a time of day; write HH:MM or HH:MM:SS, from 00:00 to 24:00"),
        ],
    )  # fmt: skip
    def test_hours(self, added: dict[str, Any], expected: dict[str, Any], said: str | None) -> None:
        source = desk(entry("Weekdays", "weekdays"), added)
        imported = read("osticket", source)
        assert calendar_of(imported) == BusinessCalendar("UTC", **{"week": "mon-fri 09:00-18:00", **expected})
        [found] = told(imported, "/schedules/0/entries/1")
        assert found == said if said else found.startswith("left_out: the library refuses it: ")
        assert untold("osticket", source) == []

    @pytest.mark.parametrize(
        ("holiday", "expected", "said"),
        [
            (entry("Fri", "weekly", "00:00:00-23:59:59", day=5), {"week": "mon-thu 09:00-18:00"}, "carried: taken from the weekly hours"),
            (entry("Eve", "yearly", "12:00:00-23:59:59", day=24, month=12), {"half_days": {"12-24": "12:00"}}, "carried: a holiday"),
            (entry("Ash", "yearly", "00:00:00-12:00:00", day=1, month=3), {"late_days": {"03-01": "12:00"}}, "carried: a holiday"),
            (entry("Fair", "never", "12:00:00-13:00:00", starts_on="2026-11-27"), {"overrides": {"2026-11-27": "09:00-12:00 13:00-18:00"}}, "carried: a holiday"),
            (entry("1st Mon", "monthly", "12:00:00-13:00:00", week=1, day=1), {"overrides": {"1st mon": "09:00-12:00 13:00-18:00"}}, "carried: a holiday"),
            (entry("Fair", "yearly", "12:00:00-13:00:00", day=1, month=3), {}, "left_out: it closes a part within the day on dates whose weekdays differ"),
            (entry("The 31st", "monthly", "00:00:00-23:59:59", day=31), {"holidays": {f"{month:02}-31": "The 31st" for month in (1, 3, 5, 7, 8, 10, 12)}}, "carried: a holiday"),
            (entry("Day", "never", "00:00:00-23:59:59", stops_on="2027-01-01"), {"holidays": {"2026-11-23": "Day"}}, "carried: a holiday"),
        ],
    )  # fmt: skip
    def test_holidays(self, holiday: dict[str, Any], expected: dict[str, Any], said: str) -> None:
        source = desk(entry("Weekdays", "weekdays"), holidays=(holiday,))
        imported = read("osticket", source)
        assert calendar_of(imported) == BusinessCalendar("UTC", **{"week": "mon-fri 09:00-18:00", **expected})
        assert told(imported, "/schedules/1/entries/0") == [said]
        assert untold("osticket", source) == []

    def test_the_first_of_two_entries_has_a_date(self) -> None:
        fair = entry("Fair", "never", "10:00:00-12:00:00", starts_on="2026-11-28")
        imported = read("osticket", desk(entry("Weekdays", "weekdays"), fair, {**fair, "ends_at": "16:00:00"}))
        assert told(imported, "/schedules/0/entries/2") == [
            "left_out: osTicket takes one entry a day, and another one comes first"
        ]

    def test_rows_of_tables_are_joined(self) -> None:
        source = desk()
        source["entries"] = [{**entry("Weekdays", "weekdays"), "schedule_id": 1}, 5]
        source["config"] = {"default_sla_id": 1}
        imported = read("osticket", source)
        assert calendar_of(imported) == BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        assert told(imported, "/entries/1") == ["left_out: it is not an object"]

    def test_lists_of_records_are_told_apart_by_their_keys(self) -> None:
        source = [
            {**entry("Weekdays", "weekdays"), "schedule_id": 1},
            {"id": 1, "flags": 1, "name": "Office", "entries": [7]},
            {"id": 9},
        ]
        imported = read("osticket", source)
        assert calendar_of(imported) == BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        assert told(imported, "/2") == ["left_out: it is neither a schedule, an entry nor an SLA plan"]

    def test_what_nothing_refers_to_is_said(self) -> None:
        source = desk(entry("Weekdays", "weekdays"), holidays=(entry("Day", "never", "00:00:00-23:59:59"),))
        source["schedules"][0]["configuration"]["holidays"] = [3]
        source["schedules"][1]["timezone"] = "UTC"
        imported = read("osticket", source)
        assert told(imported, "/schedules/0/configuration/holidays/0") == [
            "left_out: the files have no such schedule of holidays"
        ]
        assert told(imported, "/schedules/1") == ["left_out: no schedule of business hours has these holidays"]


class TestPlans:
    @pytest.mark.parametrize(
        ("plan", "pointer", "said"),
        [
            ({"flags": 0}, "", "left_out: it is not active, so tickets with it have no due date"),
            ({"grace_period": "soon"}, "", "left_out: it has no grace period from 1 to 8760 hours"),
            ({"grace_period": 9000}, "", "left_out: it has no grace period from 1 to 8760 hours"),
            ({"schedule_id": 7}, "/schedule_id", "left_out: the files have no such schedule of business hours"),
            ({"schedule_id": 0}, "/schedule_id", "carried: the calendar of the plan; 0 is the default schedule"),
            ({"flags": 5}, "/flags", "carried: active; a miss sends no alert"),
            ({"flags": 9}, "/flags", "changed: active; a miss sends an alert; a plan that changes with the department: let an adapter set the field sla"),
        ],
    )  # fmt: skip
    def test_plans(self, plan: dict[str, Any], pointer: str, said: str) -> None:
        source = desk(entry("Weekdays", "weekdays"), **plan)
        imported = read("osticket", source)
        check_hostile("osticket", source)
        assert told(imported, f"/slas/0{pointer}") == [said]
        assert untold("osticket", source) == []

    def test_a_ticket_names_its_plan_and_the_default_comes_last(self) -> None:
        source = desk(entry("Weekdays", "weekdays"), name="A")
        source["slas"] += [
            {"id": 2, "flags": 5, "name": "B", "grace_period": 2},
            {"id": 3, "flags": 1, "name": "B", "grace_period": 3},
        ]
        rules = read("osticket", source, {"core": {"default_sla_id": 2}}).rules
        assert rules.clock("sla").policy.targets[1:] == (
            Target(WorkingTime(hours=8), FieldIs("sla", "A"), "default"),
            Target(WorkingTime(hours=3), FieldIs("sla", "B (3)"), "default"),
            Target(WorkingTime(hours=2), All(), "default"),
        )
        is_open = Not(CategoryIs("resolved", "closed"))
        [alert] = [rule for rule in rules.automations if rule.id == "overdue"]
        assert alert.given == All(is_open, FieldIs("sla", "A", "B (3)"))
        source["slas"][1]["flags"], source["slas"][2]["flags"] = 1, 5
        [alert] = [rule for rule in read("osticket", source).rules.automations if rule.id == "overdue"]
        assert alert.given == All(is_open, Not(FieldIs("sla", "B (3)")))

    def test_plans_without_schedules_count_day_and_night(self) -> None:
        rules = read("osticket", SLA).rules
        assert rules.clock("sla").policy.targets[1] == Target(Elapsed(hours=18), All())


class TestHostileFiles:
    @pytest.mark.parametrize("source", ["x: 1", [], {"core": {}, "x": 1}, [5, []], "5"])
    def test_something_else(self, source: Any) -> None:
        if isinstance(source, dict):
            check_hostile("osticket", source)
            return
        with pytest.raises(DocumentError, match="nothing in it is of osTicket"):
            read("osticket", source)

    @pytest.mark.parametrize(
        "source",
        [
            {"schedules": 5, "slas": [{}]},
            {"schedules": [{"id": [], "flags": "0xfffffffff", "entries": {}, "configuration": 5}]},
            desk(entry("\u202e", "never", "00:00:00-23:59:59")),
            desk(entry("x" * 900, "daily"), holidays=(entry("x" * 900, "daily", "00:00:00-23:59:59"),)),
            desk(entry("x", "weekdays"), holidays=tuple(entry(str(n), "monthly", "00:00:00-23:59:59", day=n) for n in range(40))),
            desk(entry("x", "weekdays"), name="\n" * 900),
        ],
    )  # fmt: skip
    def test_hostile_files_give_a_result_or_an_error_of_the_library(self, source: Any) -> None:
        check_hostile("osticket", source)


def test_too_many_records_are_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="there are 201 schedules"):
        read("osticket", {"schedules": [{"id": n, "entries": []} for n in range(201)]})
