"""Stories of each preset that together take every transition, and see every rule, rung and outcome of a clock.

November 2026: Mon 23 to Fri 27 are working days everywhere.
"""

from __future__ import annotations

from ticketflow import CalendarSpan, Elapsed, EveryWeek
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import Settings, stale
from ticketflow.testing import Desk
from ticketflow.testing.fixtures import DeskFactory

MONDAY = "2026-11-23 10:00"
READY = {"title": "printer", "description": "it is on fire", "category": "office", "primary_contact": "bruno"}


def check(desk: Desk) -> None:
    coverage = desk.coverage()
    assert coverage.is_complete, str(coverage)


def test_adereso(desk_of: DeskFactory) -> None:
    desk = desk_of(adereso(in_progress=True, review=EveryWeek("monday", "09:00")), MONDAY)
    desk.customer.opens("printer")
    desk.agent("ana").writes("which one?")
    desk.passes(days=3)
    assert desk.sent == ["wake-customer-1", "wake-customer-2"]
    assert desk.state == "closed"
    desk.at("2026-11-26 20:00")
    late = desk.ticket("T-2")
    late.customer.opens("mouse")
    assert late.sent == ["out-of-hours-answer"]
    late.agent("ana").assigns("ana")
    late.agent("ana").moves("start_progress")
    desk.at("2026-11-30 09:00")
    assert late.sent == ["out-of-hours-answer", "review-in-progress"]
    late.agent("ana").moves("back_to_open")
    check(desk)


def test_posponer(desk_of: DeskFactory) -> None:
    desk = desk_of(posponer(), MONDAY)
    ana = desk.agent("ana")
    desk.customer.opens("printer")
    ana.moves("resolve")
    desk.customer.writes("no")
    assert desk.state == "open"
    ana.snoozes("tomorrow")
    desk.customer.writes("well?")
    assert desk.value.assignee == "ana"
    desk.passes(days=1)
    assert desk.sent == ["chatbot-answer", "chatbot-answer", "scheduled-reopening", "snooze-ended"]
    ana.moves("close")
    check(desk)


def test_embudo(desk_of: DeskFactory) -> None:
    desk = desk_of(embudo(), MONDAY)
    desk.customer.opens("a lamp")
    for stage in ("sales.offer", "sales.won", "sales.lost", "sales.contact", "scheduling.information"):
        desk.agent.moves(f"to.{stage}")
    desk.agent.moves("to.scheduling.scheduled")
    done, idle = desk.ticket("T-2"), desk.ticket("T-3")
    for each in (done, idle):
        each.customer.opens("a visit", state="scheduling.information")
    done.agent.moves("to.scheduling.finished")
    desk.passes(days=2)
    assert [each.value.outcome for each in (done, idle)] == ["won", "lost"]
    check(desk)


def test_senior(desk_of: DeskFactory) -> None:
    desk = desk_of(senior(), MONDAY)
    asked, told, others = desk, desk.ticket("T-2"), desk.ticket("T-3")
    for each in (asked, told, others):
        each.customer.opens("error 7", nature="incident")
    asked.agent("ana").assigns("ana")
    asked.agent("ana").moves("ask_for_information", "which version?")
    told.agent.moves("ask_for_information", "which version?")
    told.customer.writes("the last one")
    told.agent.moves("hand_over_temporary_file", "try this")
    told.system.records("version_released")
    others.agent.moves("involve_other_areas")
    others.agent.moves("resume_analysis")
    others.agent.moves("inform_solution", "update it")
    others.customer.moves("record_close_request")
    desk.passes(weeks=2)
    assert asked.sent == ["request-reminder-1", "request-reminder-2"]
    assert told.sent == ["solution-reminder-1", "solution-reminder-2", "solution-reminder-3"]
    assert [each.state for each in (asked, told, others)] == ["closed"] * 3
    check(desk)


def test_enate(desk_of: DeskFactory) -> None:
    desk = desk_of(enate(), MONDAY)
    work(desk)
    desk.agent.moves("resolve")
    assert desk.state == "closed"
    check(desk)


def test_enate_with_a_feedback_window(desk_of: DeskFactory) -> None:
    rules = enate(close_unanswered_after=CalendarSpan(days=3), feedback_window=Elapsed(days=2))
    desk = desk_of(rules, MONDAY)
    work(desk)
    silent = desk.ticket("T-4")
    silent.customer.opens("mouse")
    silent.agent.moves("start_work")
    silent.agent.moves("wait", wait_kind="information")
    desk.agent.moves("resolve")
    desk.customer.writes("no")
    assert desk.state == "to_do"
    desk.passes(days=3)
    assert silent.state == "closed"
    check(desk)


def work(desk: Desk) -> None:
    """Take every way of working on a ticket, and resolve two others."""
    ana = desk.agent("ana")
    ana.opens(requester="bruno")
    ana.moves("submit", fields=READY)
    ana.notes("I look at it")
    assert (desk.state, desk.value.assignee) == ("in_progress", "ana")
    ana.assigns("bea")
    desk.robot.moves("robot_start_work")
    desk.robot.declines("no idea")
    ana.moves("start_work")
    ana.moves("wait", wait_kind="information")
    desk.customer.writes("the left one")
    ana.moves("start_work")
    ana.moves("wait", wait_kind="information")
    desk.third_party.writes("in stock")
    ana.moves("start_work")
    ana.moves("wait", wait_kind="until", wait_until=desk.time("2026-11-24 10:00"))
    desk.passes(days=1)
    ana.moves("start_work")
    ana.moves("wait", wait_kind="until", wait_until=desk.time("2026-11-26 10:00"))
    ana.sets(wait_until=None)
    assert desk.state == "to_do"
    ana.moves("start_work")
    draft, declined = desk.ticket("T-2"), desk.ticket("T-3")
    draft.agent.opens(requester="bruno")
    draft.agent.moves("resolve", fields=READY)
    declined.customer.opens("mouse")
    declined.robot.moves("robot_start_work")
    declined.robot.declines("no idea")
    declined.agent.moves("resolve")


def test_servicenow(desk_of: DeskFactory) -> None:
    desk = desk_of(servicenow(), MONDAY)
    desk.customer.opens("printer")
    waits = ("awaiting_user_info", "awaiting_vendor", "awaiting_problem", "awaiting_evidence")
    for state in ("active", *waits, "new", "resolved"):
        desk.agent.moves(f"to_{state}")
    desk.passes(days=5)
    assert desk.state == "closed"
    check(desk)


def test_stale(desk_of: DeskFactory) -> None:
    labelled = Settings(close_label="closed as stale")
    desk = desk_of(stale(labelled, labelled), MONDAY)
    for ticket, pull_request in (("T-1", False), ("T-2", True)):
        each = desk.ticket(ticket)
        each.customer.opens("crash", pull_request=pull_request)
        desk.passes(days=60)
        each.customer.writes("it still crashes")
        assert each.state == "open"
        desk.passes(days=67)
        assert each.state == "closed"
        each.customer.reopens()
        each.agent.sets(fields={"label.closed-as-stale": True})
    check(desk)
