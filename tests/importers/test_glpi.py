"""GLPI: published calendars and agreements, and the due dates that GLPI's own tests publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.importers.laws import check_hostile, check_result, untold
from ticketflow import (
    Actor,
    BusinessDays,
    Rules,
    Target,
    Ticket,
    WorkingTime,
    advance,
    commands,
    handle,
)
from ticketflow import (
    read as read_clock,
)
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.sla.policies import StartedBetween, StartedWhile
from ticketflow.workflow.conditions import All, AssignedTo, FieldIs, IsAssigned, Not, RequesterIs, StateIs

# https://github.com/glpi-project/glpi/blob/0041a2e0b7624e723d3488ec51988c3203ead0f8/install/empty_data.php, and the
# holidays of https://github.com/glpi-project/glpi/blob/1114b467fb8600cf2c81d7ae75ec0ed013136ff0/tests/functional/CalendarTest.php
DEFAULT: dict[str, Any] = {
    "glpi_configs": [{"id": 9, "context": "core", "name": "timezone", "value": "Europe/Paris"}],
    "glpi_calendars": [
        {
            "id": 1,
            "name": "Default",
            "entities_id": 0,
            "is_recursive": 1,
            "comment": "Default calendar",
            "cache_duration": "[0,43200,43200,43200,43200,43200,0]",
        }
    ],
    "glpi_calendarsegments": [
        {"id": day, "calendars_id": 1, "entities_id": 0, "is_recursive": 0, "day": day, "begin": "08:00:00", "end": "20:00:00"}
        for day in range(1, 6)
    ],
    "glpi_holidays": [
        {"id": 1, "name": "1st of may", "begin_date": "2019-05-01", "end_date": "2019-05-01", "is_perpetual": 1},
        {"id": 2, "name": "Summer vacations", "begin_date": "2019-07-08", "end_date": "2019-09-01", "is_perpetual": 0},
    ],
    "glpi_calendars_holidays": [{"id": 1, "calendars_id": 1, "holidays_id": 1}, {"id": 2, "calendars_id": 1, "holidays_id": 2}],
}  # fmt: skip

# https://github.com/glpi-project/glpi/blob/13f65026207200e0b5147206430131ad0bfe189d/tests/functional/SLMTest.php,
# testLifecyle: four days to own and to resolve, with a level a day before
LIFECYCLE: dict[str, Any] = {
    "Calendar": [{"id": 2, "name": "test calendar"}],
    "CalendarSegment": [
        {"id": day, "calendars_id": 2, "day": day, "begin": "08:00:00", "end": "20:00:00"} for day in range(1, 6)
    ],
    "SLM": [{"id": 1, "name": "testLifecyle", "comment": "unique", "calendars_id": 2}],
    "SLA": [
        {"id": 1, "slms_id": 1, "name": "SLA TTO", "type": 1, "number_time": 4, "definition_time": "day"},
        {"id": 2, "slms_id": 1, "name": "SLA TTR", "type": 0, "number_time": 4, "definition_time": "day"},
    ],
    "OLA": [
        {"id": 1, "slms_id": 1, "name": "OLA TTO", "type": 1, "number_time": 4, "definition_time": "day"},
        {"id": 2, "slms_id": 1, "name": "OLA TTR", "type": 0, "number_time": 4, "definition_time": "day"},
    ],
    "SlaLevel": [
        {"id": 1, "slas_id": 1, "name": "testLifecyle", "execution_time": -86400, "is_active": 1, "match": "AND"},
        {"id": 2, "slas_id": 2, "name": "testLifecyle", "execution_time": -86400, "is_active": 1, "match": "AND"},
    ],
    "OlaLevel": [{"id": 1, "olas_id": 1, "name": "testLifecyle", "execution_time": -86400, "is_active": 1, "match": "AND"}],
    "SlaLevelCriteria": [{"id": 1, "slalevels_id": 1, "criteria": "status", "condition": 1, "pattern": 1}],
    "OlaLevelCriteria": [{"id": 1, "olalevels_id": 1, "criteria": "status", "condition": 1, "pattern": 1}],
    "SlaLevelAction": [{"id": 1, "slalevels_id": 1, "action_type": "assign", "field": "status", "value": 4}],
    "OlaLevelAction": [{"id": 1, "olalevels_id": 1, "action_type": "assign", "field": "status", "value": 4}],
}  # fmt: skip

ANA = Actor("agent", "ana")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def office(**agreement: Any) -> dict[str, Any]:
    """Return the calendar of SLMTest::testComputation, with one SLA."""
    segments = [
        {"id": day, "calendars_id": 1, "day": day, "begin": "10:30:00" if day == 1 else "08:30:00", "end": "19:00:00"}
        for day in range(1, 6)
    ]
    return {
        "Config": [{"name": "timezone", "value": "UTC"}],
        "Calendar": [{"id": 1, "name": "office"}],
        "CalendarSegment": segments,
        "SLM": [{"id": 1, "name": "slm", "calendars_id": 1, "use_ticket_calendar": 0}],
        "SLA": [{"id": 7, "slms_id": 1, "name": "gold", "type": 0, "definition_time": "day", **agreement}],
    }


def leveled(seconds: int, **agreement: Any) -> dict[str, Any]:
    """Return the same with an escalation level that recalls."""
    return {
        **office(**agreement),
        "SlaLevel": [
            {"id": 1, "slas_id": 7, "name": "Level", "execution_time": seconds, "is_active": 1, "match": "OR"}
        ],
        "SlaLevelAction": [{"id": 1, "slalevels_id": 1, "action_type": "send", "field": "recall", "value": 1}],
    }


def history(rules: Rules, begin: str, pauses: list[tuple[str, str]], field: str = "sla_ttr") -> Ticket:
    """Return a ticket that had this agreement and these pauses."""
    opening = commands.Open("T-1", fields={field: "gold"}, at=at(begin), by=ANA)
    ticket = handle(None, opening, rules).unwrap().ticket
    for since, until in pauses:
        for moment, target in ((since, "to_waiting"), (until, "to_assigned")):
            ticket = advance(at(moment), ticket, rules)
            ticket = handle(ticket, commands.Move(target, at=at(moment), by=ANA), rules).unwrap().ticket
    return ticket


def emitted(rules: Rules, ticket: Ticket) -> list[datetime]:
    later = advance(at("2034-12-01"), ticket, rules)
    return [entry.at for entry in later.history if any(type(event).__name__ == "Emitted" for event in entry.events)]


MINUTE, HOUR, DAY = 60, 3600, 86400
MANY = [
    ("2034-06-09 08:47:42", "2034-06-09 10:05:54"),
    ("2034-06-09 10:09:13", "2034-06-09 10:34:38"),
    ("2034-06-09 10:43:41", "2034-06-09 11:29:17"),
]
ACROSS = [("2034-06-05 11:00:00", "2034-06-07 09:30:00"), ("2034-06-07 10:00:00", "2034-06-08 09:00:00")]
WEEKEND = [("2034-06-07 11:00:00", "2034-06-13 11:00:00"), ("2034-06-14 07:00:00", "2034-06-14 18:00:00")]


class TestPublishedResults:
    @pytest.mark.parametrize(
        ("number", "unit", "at_closing", "begin", "pauses", "due", "seconds", "level"),
        [
            (30, "minute", 0, "2034-06-09 08:46:12", [], "2034-06-09 09:16:12", -10 * MINUTE, "2034-06-09 09:06:12"),
            (30, "minute", 0, "2034-06-09 08:46:12", MANY, "2034-06-09 11:45:25", -5 * MINUTE, "2034-06-09 11:40:25"),
            (4, "hour", 0, "2034-06-09 08:46:12", [], "2034-06-09 12:46:12", HOUR, "2034-06-09 13:46:12"),
            (4, "hour", 0, "2034-06-09 08:46:12", [("2034-06-09 09:15:27", "2034-06-09 11:23:49")], "2034-06-09 14:54:34", 10 * HOUR, "2034-06-12 16:24:34"),
            (4, "hour", 0, "2034-06-05 10:00:00", ACROSS, "2034-06-08 12:00:00", 3 * DAY, "2034-06-13 12:00:00"),
            (5, "day", 0, "2034-06-09 08:46:12", [], "2034-06-16 08:46:12", -8 * HOUR, "2034-06-15 11:16:12"),
            (5, "day", 1, "2034-06-09 08:46:12", [], "2034-06-16 19:00:00", -2 * DAY, "2034-06-14 19:00:00"),
            (5, "day", 0, "2034-06-07 10:00:00", WEEKEND, "2034-06-21 09:00:00", 15 * DAY, "2034-07-12 09:00:00"),
            (5, "day", 1, "2034-06-07 10:00:00", WEEKEND, "2034-06-21 18:00:00", 2 * HOUR, "2034-06-22 09:30:00"),
        ],
    )  # fmt: skip
    def test_due_dates_and_levels_are_those_of_glpis_tests(
        self, number: int, unit: str, at_closing: int, begin: str, pauses: Any, due: str, seconds: int, level: str
    ) -> None:
        """SLMTest::laProvider, the time to resolve. Days after the due date are counted from the breach, a microsecond later."""
        rules = read(
            "glpi", leveled(seconds, number_time=number, definition_time=unit, end_of_working_day=at_closing)
        ).rules
        ticket = history(rules, begin, pauses)
        assert read_clock(ticket.changed_at, ticket, rules.clock("sla-ttr")).due_at == at(due)
        late = timedelta(microseconds=1) if seconds >= DAY else timedelta()
        assert emitted(rules, ticket) == [at(level) + late]

    @pytest.mark.parametrize(
        ("number", "unit", "at_closing", "due"),
        [(30, "minute", 0, "2034-06-09 09:16:12"), (5, "day", 1, "2034-06-14 19:00:00")],
    )
    def test_the_time_to_own_does_not_stand_still(self, number: int, unit: str, at_closing: int, due: str) -> None:
        begin, pauses = ("2034-06-09 08:46:12", MANY) if unit == "minute" else ("2034-06-07 10:00:00", WEEKEND)
        agreement = {"type": 1, "number_time": number, "definition_time": unit, "end_of_working_day": at_closing}
        rules = read("glpi", office(**agreement)).rules
        ticket = history(rules, begin, pauses, "sla_tto")
        found = read_clock(at(begin), ticket, rules.clock("sla-tto"))
        assert found.due_at == at(due)

    @pytest.mark.parametrize(
        ("at_closing", "end", "due"),
        [(0, "20:00:00", "2018-11-28 10:00"), (1, "20:00:00", "2018-11-28 20:00"), (0, "24:00:00", "2018-11-28 10:00"), (1, "24:00:00", "2018-11-29 00:00")],
    )  # fmt: skip
    def test_seven_days_are_those_of_the_tests_of_calendars(self, at_closing: int, end: str, due: str) -> None:
        """CalendarTest::testComputeEndDateProvider, the first two cases on both calendars."""
        source = office(number_time=7, end_of_working_day=at_closing)
        for segment in source["CalendarSegment"]:
            segment |= {"begin": "08:00:00" if end == "20:00:00" else "00:00:00", "end": end}
        rules = read("glpi", source).rules
        ticket = history(rules, "2018-11-19 10:00:00", [])
        assert read_clock(ticket.changed_at, ticket, rules.clock("sla-ttr")).due_at == at(due)

    def test_without_a_calendar_a_month_is_thirty_days(self) -> None:
        """SLMTest::testComputationByMonth: the opening and as many times 2,592,000 seconds."""
        source = {"SLA": [{"id": 1, "name": "gold", "type": 0, "number_time": 2, "definition_time": "month"}]}
        rules = read("glpi", source).rules
        ticket = history(rules, "2026-01-31 10:00:00", [])
        assert read_clock(ticket.changed_at, ticket, rules.clock("sla-ttr")).due_at == at("2026-04-01 10:00:00")

    @pytest.mark.parametrize(
        ("begin", "at_closing", "due"),
        [
            ("2026-11-21 15:00:00", 0, "2026-11-24 10:30:00"),
            ("2026-11-21 15:00:00", 1, "2026-11-24 19:00:00"),
            ("2026-11-20 22:00:00", 0, "2026-11-23 19:00:00"),
            ("2026-11-20 06:00:00", 0, "2026-11-23 06:00:00"),
        ],
    )
    def test_days_from_a_closed_date_and_from_outside_hours(self, begin: str, at_closing: int, due: str) -> None:
        """Calendar::computeEndDate by hand: Saturday moves to Monday, 22:00 becomes the last closing, 6:00 stays."""
        rules = read("glpi", office(number_time=1, end_of_working_day=at_closing)).rules
        ticket = history(rules, begin, [])
        assert read_clock(ticket.changed_at, ticket, rules.clock("sla-ttr")).due_at == at(due)


class TestPublishedRows:
    def test_the_calendar_of_a_new_installation(self) -> None:
        imported = read("glpi", DEFAULT)
        check_result(imported)
        assert untold("glpi", DEFAULT) == []
        calendar = imported.rules.calendars["default"]
        assert calendar.zone == "Europe/Paris"
        closed = ["2019-05-01", "2027-05-01", "2019-07-12", "2019-07-08", "2019-09-01", "2019-06-01"]
        opened = ["2019-05-02", "2019-07-01", "2020-07-06", "2019-09-02"]
        assert not any(calendar.hours_on(at(day).date()) for day in closed)  # type: ignore[attr-defined]
        assert all(calendar.hours_on(at(day).date()) for day in opened)  # type: ignore[attr-defined]

    def test_agreements_with_levels(self) -> None:
        imported = read("glpi", LIFECYCLE)
        check_result(imported)
        assert untold("glpi", LIFECYCLE) == []
        rules = imported.rules
        assert [(clock.name, clock.kind, clock.calendar) for clock in rules.clocks] == [
            ("sla-tto", "sla", "default"),
            ("sla-ttr", "sla", "default"),
            ("ola-tto", "ola", "default"),
            ("ola-ttr", "ola", "default"),
        ]
        chosen = FieldIs("sla_ttr", "SLA TTR")
        shut = StartedWhile("default.days", is_open=False)
        assert rules.clock("sla-ttr").policy.targets == (
            Target(BusinessDays(4, shut="as_it_is"), chosen, "default", started=shut),
            Target(BusinessDays(4, at="closing"), chosen, "default", started=StartedBetween("20:00", "24:00")),
            Target(BusinessDays(4, anchor="as_it_is", shut="as_it_is"), chosen, "default"),
        )
        level = next(rule for rule in rules.automations if rule.id == "sla-tto-testlifecyle")
        assert isinstance(level, Automation)
        assert level.then == (actions.Move("to_waiting"),)
        assert level.given == All(FieldIs("sla_tto", "SLA TTO"), Not(StateIs("new")))
        left_out = {item.what: item.why for item in imported.of("left_out") if "SlaLevel/1" in item.pointer}
        assert left_out == {"testLifecyle": "the library has none of its actions"}


def told(imported: Imported, pointer: str) -> list[str]:
    return [f"{item.outcome}: {item.why}" for item in imported.items if item.pointer == pointer]


class TestRows:
    @pytest.mark.parametrize(
        ("item", "row", "expected"),
        [
            ("CalendarSegment", {"id": 9, "calendars_id": 1, "day": 9, "begin": "08:00:00", "end": "09:00:00"}, "left_out: it is not on one weekday from 0 to 6"),
            ("CalendarSegment", {"id": 9, "calendars_id": 1, "day": 6, "begin": "22:00:00", "end": "06:00:00"}, "left_out: it is not on one weekday from 0 to 6"),
            ("CalendarSegment", {"id": 9, "calendars_id": 1, "day": 6, "begin": "8"}, "left_out: the library refuses it: '8' is not a time of day; write HH:MM or HH:MM:SS, from 00:00 to 24:00"),
            ("CalendarSegment", {"id": 9, "calendars_id": 8, "day": 6}, "left_out: nothing that was carried over refers to it"),
            ("Calendar", {"id": 8, "name": "empty"}, "left_out: it has no segments; GLPI then counts day and night"),
            ("Calendar_Holiday", {"id": 9, "calendars_id": 1, "holidays_id": 77}, "left_out: the export has no such close time"),
            ("Holiday", {"id": 9, "name": "x"}, "left_out: nothing that was carried over refers to it"),
            ("Config", {"name": "language", "value": "en"}, "left_out: only the setting timezone is read"),
            ("Config", {"name": "timezone", "value": "Mars"}, None),
            ("SLA", {"id": 8, "name": "x", "type": 0, "number_time": 1, "definition_time": "year"}, "left_out: it has no time in minutes, hours, days or months"),
            ("SLA", {"id": 8, "name": "x", "type": 0, "number_time": -1, "definition_time": "day"}, "left_out: it has no time in minutes, hours, days or months"),
            ("SLA", {"id": 8, "name": "x", "type": 2, "number_time": 1, "definition_time": "day"}, "left_out: nothing that was carried over refers to it"),
            ("SLA", "row", "left_out: it is not an object"),
            ("SlaLevel", {"id": 8, "slas_id": 9, "name": "x"}, "left_out: nothing that was carried over refers to it"),
        ],
    )  # fmt: skip
    def test_rows_that_are_left_out(self, item: str, row: Any, expected: str | None) -> None:
        source = office(number_time=1)
        source[item] = [*([] if item == "Config" else source.get(item, [])), row]
        imported = read("glpi", source)
        [found] = told(imported, f"/{item}/{len(source[item]) - 1}")
        assert found == expected if expected else found.startswith("left_out: the library refuses it: ")
        assert untold("glpi", source) == []

    @pytest.mark.parametrize(
        ("holiday", "why"),
        [
            ({"begin_date": "2026-12-24", "end_date": "2027-01-02", "is_perpetual": 1}, "GLPI compares month and day, so a close time of every year never runs over New Year"),
            ({"begin_date": "", "end_date": "2027-01-02"}, "it has no first and last date"),
            ({"begin_date": "2026-01-02", "end_date": "2026-01-01"}, "it has no dates, or more than 400"),
            ({"begin_date": "2020-01-01", "end_date": "2026-01-01"}, "it has no dates, or more than 400"),
        ],
    )  # fmt: skip
    def test_close_times_without_dates(self, holiday: dict[str, Any], why: str) -> None:
        source = {
            **office(number_time=1),
            "Holiday": [{"id": 5, "name": "x", **holiday}],
            "Calendar_Holiday": [{"calendars_id": 1, "holidays_id": 5}],
        }
        assert told(read("glpi", source), "/Holiday/0") == [f"left_out: {why}"]

    def test_a_level_without_a_calendar_counts_day_and_night(self) -> None:
        source = leveled(-2 * DAY, number_time=3)
        source["SLM"][0]["calendars_id"] = 0
        for seconds, level in (
            (-2 * DAY, "2026-11-22 10:00"),
            (2 * DAY, "2026-11-26 10:00"),
            (0, "2026-11-24 10:00:00.000001"),
        ):
            source["SlaLevel"][0]["execution_time"] = seconds
            rules = read("glpi", source).rules
            assert emitted(rules, history(rules, "2026-11-21 10:00", [])) == [at(level)]

    def test_the_calendar_of_the_ticket_is_a_field(self) -> None:
        source = leveled(-HOUR, number_time=2, definition_time="hour")
        source["SLM"][0] |= {"calendars_id": 0, "use_ticket_calendar": 1}
        imported = read("glpi", source)
        check_hostile("glpi", source)
        chosen, field = FieldIs("sla_ttr", "gold"), "calendar"
        targets = imported.rules.clock("sla-ttr").policy.targets
        assert targets[0] == Target(WorkingTime(hours=2), All(chosen, FieldIs(field, "default")), "default")
        assert [rule.id for rule in imported.rules.automations if "level" in rule.id] == [
            "sla-ttr-level",
            "sla-ttr-level.2",
        ]
        source["Calendar"] = []
        assert len(read("glpi", source).rules.clock("sla-ttr").policy.targets) == 1

    def test_agreements_can_have_calendars_of_their_own(self) -> None:
        source = office(number_time=2, definition_time="hour", calendars_id=0)
        imported = read("glpi", source)
        assert imported.rules.clock("sla-ttr").policy.calendar is None
        assert told(imported, "/SLM/0/calendars_id") == ["left_out: the other one of SLM and agreement has it"]

    def test_agreements_of_one_name_are_told_apart(self) -> None:
        source = office(number_time=2)
        source["SLA"] = [*source["SLA"], {**source["SLA"][0], "id": 8}]
        [field] = [each for each in read("glpi", source).rules.workflow.fields if each.name == "sla_ttr"]
        assert field.choices == ("gold", "gold (8)")

    def test_an_ola_counts_from_when_the_ticket_gets_it(self) -> None:
        source = office(number_time=2, definition_time="hour")
        source["OLA"] = source.pop("SLA")
        rules = read("glpi", source).rules
        ticket = handle(None, commands.Open("T-1", at=at("2026-11-24 10:00"), by=ANA), rules).unwrap().ticket
        given = commands.SetFields({"ola_ttr": "gold"}, at=at("2026-11-24 12:00"), by=ANA)
        ticket = handle(ticket, given, rules).unwrap().ticket
        assert read_clock(at("2026-11-24 12:00"), ticket, rules.clock("ola-ttr")).due_at == at("2026-11-24 14:00")


class TestLevels:
    @pytest.mark.parametrize(
        ("criterion", "expected"),
        [
            (("status", 0, "4"), StateIs("waiting")),
            (("status", 1, 9), None),
            (("priority", 0, 5), FieldIs("priority", 5)),
            (("priority", 0, "high"), None),
            (("itilcategories_id", 9, 0), FieldIs("itilcategories_id", None)),
            (("_groups_id_assign", 0, 3), FieldIs("groups_id_assign", "3")),
            (("_users_id_assign", 8, 0), Not(Not(IsAssigned()))),
            (("_users_id_assign", 0, 2), AssignedTo("2")),
            (("_users_id_requester", 0, 2), RequesterIs("2")),
            (("_users_id_requester", 9, 2), None),
            (("name", 2, "printer"), None),
            (("content", 0, "x"), None),
            (("status", 0, None), None),
        ],
    )  # fmt: skip
    def test_criteria(self, criterion: tuple[str, int, Any], expected: Any) -> None:
        key, operator, pattern = criterion
        source = leveled(-HOUR, number_time=2)
        source["SlaLevelCriteria"] = [{"slalevels_id": 1, "criteria": key, "condition": operator, "pattern": pattern}]
        imported = read("glpi", source)
        check_hostile("glpi", source)
        found = [rule.given for rule in imported.rules.automations if rule.id == "sla-ttr-level"]
        assert found == ([All(FieldIs("sla_ttr", "gold"), expected)] if expected else [])
        if not expected:
            why = "it has a criterion that the library has not; without it, the level would act too often"
            assert told(imported, "/SlaLevel/0") == told(imported, "/SlaLevelCriteria/0") == [f"left_out: {why}"]

    def test_criteria_are_joined(self) -> None:
        source = leveled(-HOUR, number_time=2)
        rows = [{"slalevels_id": 1, "criteria": "priority", "condition": 0, "pattern": each} for each in (5, 6)]
        source["SlaLevelCriteria"] = rows
        for match in ("AND", "OR"):
            source["SlaLevel"][0]["match"] = match
            [rule] = [each for each in read("glpi", source).rules.automations if each.id == "sla-ttr-level"]
            assert str(rule.given).count(" or ") == (match == "OR")

    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            (("assign", "status", "5"), actions.Move("to_solved")),
            (("assign", "status", "9"), None),
            (("append", "_users_id_assign", 2), actions.Assign("2")),
            (("append", "_groups_id_assign", 3), actions.SetField("groups_id_assign", "3")),
            (("assign", "priority", "6"), actions.SetField("priority", 6)),
            (("assign", "priority", "x"), None),
            (("assign", "slas_id_ttr", 7), actions.SetField("sla_ttr", "gold")),
            (("assign", "slas_id_ttr", 8), None),
            (("send", "recall_ola", 1), actions.Emit("recall_ola")),
            (("assign", "name", "x"), None),
            (("assign", "priority", None), None),
            (("compute", "priority", 1), None),
        ],
    )  # fmt: skip
    def test_actions(self, action: tuple[str, str, Any], expected: Any) -> None:
        kind, field, value = action
        source = leveled(-HOUR, number_time=2)
        row = {"slalevels_id": 1, "action_type": kind, "field": field, "value": value}
        source["SlaLevelAction"] = [*source["SlaLevelAction"], row, row]
        imported = read("glpi", source)
        check_hostile("glpi", source)
        levels = [rule for rule in imported.rules.automations if rule.id.startswith("sla-ttr-level")]
        found = [each for rule in levels if isinstance(rule, Automation) for each in rule.then]
        assert found == [actions.Emit("recall"), *([expected] if expected else [])]
        again = "another action of the level does so" if expected else "the library has no such action"
        assert told(imported, "/SlaLevelAction/2") == [f"left_out: {again}"]

    def test_a_level_that_is_not_active_is_switched_off(self) -> None:
        source = leveled(10 * DAY, number_time=2)
        source["SlaLevel"][0]["is_active"] = 0
        assert [rule.is_enabled for rule in read("glpi", source).rules.automations if "level" in rule.id] == [False]
        source["SlaLevel"][0]["execution_time"] = 10**12
        why = "it has no time of execution that the library has"
        assert told(read("glpi", source), "/SlaLevel/0") == [f"left_out: {why}"]


class TestHostileFiles:
    def test_something_else_is_refused(self) -> None:
        with pytest.raises(DocumentError, match="nothing in it is of GLPI; give an object with the rows of item types"):
            read("glpi", {"Ticket": []})

    @pytest.mark.parametrize(
        "source",
        [
            {"SLA": {}},
            {"SLA": [{"id": [], "name": {}, "type": 0, "number_time": "1", "definition_time": "day"}]},
            {"SLA": [{"id": 1, "name": "\u202e\n" * 90, "type": 0, "number_time": 10**6, "definition_time": "month"}]},
            office(number_time=10**6),
            office(number_time=0),
            office(number_time=0, end_of_working_day=1),
            {**office(number_time=1), "Calendar": [{"id": 1, "name": "日本"}, {"id": 1, "name": "日本"}]},
            leveled(-(10**9), number_time=1),
            leveled(10**9, number_time=1),
        ],
    )
    def test_hostile_files_give_a_result_or_an_error_of_the_library(self, source: Any) -> None:
        check_hostile("glpi", source)


def test_too_many_records_are_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="there are 101 rows of Calendar"):
        read("glpi", {"Calendar": [{"id": n} for n in range(101)]})
