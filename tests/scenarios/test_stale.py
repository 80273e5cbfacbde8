"""actions/stale as a preset: idle issues and pull requests. Instants are worked out by hand.

All is in UTC and in days of 24 hours. January 2026 has 31 days, February 28, March 31: what was last touched on Thu 1
January at 10:00 is marked 60 days later, on Mon 2 March at 10:00 (30 days to 31 January, 28 to 28 February, 2 more),
and closed 7 days after that, on Mon 9 March at 10:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, mails, utc
from ticketflow import Actor, Elapsed, Message, Rules, commands, evaluate, explain, handle, next_due
from ticketflow.errors import BadValueError, DefinitionError, NaiveDatetimeError
from ticketflow.kernel.field_values import Value
from ticketflow.presets.stale import Settings, label_field, stale
from ticketflow.service.reports import report
from ticketflow.service.simulation import simulate
from ticketflow.text.sentences import Wording
from ticketflow.text.timeline import timeline
from ticketflow.tickets.actors import SYSTEM

RULES = stale(labels=("bug", "help wanted"))
MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
OPENED = utc(2026, 1, 1, 10)
MARKED = utc(2026, 3, 2, 10)
CLOSED = utc(2026, 3, 9, 10)
CARLA = Actor("customer", "carla")
VENDOR = Actor("third_party", "vendor")


def issue(rules: Rules = RULES, **fields: Value) -> Desk:
    """An issue, opened by its author on Thu 1 January 2026 at 10:00."""
    desk = Desk(rules)
    desk.open(OPENED, CUSTOMER, **fields)
    return desk


def labelled(*labels: str, rules: Rules) -> Desk:
    """An issue that got these labels as it was opened."""
    desk = Desk(rules)
    desk.open(OPENED, by=ANA, **{label_field(label): True for label in labels})
    return desk


def marked(rules: Rules = RULES, **fields: Value) -> Desk:
    """An issue that was marked on Mon 2 March at 10:00."""
    desk = issue(rules, **fields)
    desk.advance(MARKED)
    assert desk.ticket.state == "stale"
    return desk


def of_issues(settings: Settings) -> Rules:
    return stale(settings)


def set_label(desk: Desk, at: datetime, label: str, by: Actor = ANA, *, to: bool = True) -> None:
    desk.give(commands.SetFields({label_field(label): to}, at=at, by=by))


def set_milestone(desk: Desk, at: datetime, milestone: str | None) -> None:
    desk.give(commands.SetFields({"milestone": milestone}, at=at, by=ANA))


def field(desk: Desk, name: str) -> Value:
    return desk.ticket.fields.get(name)


def changes(desk: Desk, until: datetime) -> list[tuple[datetime, str]]:
    """Return the states that the ticket entered by *until*, with their instants."""
    desk.advance(until)
    return [(change.mark.at, str(change.value)) for change in desk.ticket.trails["state"]][1:]


def is_left_alone(desk: Desk) -> bool:
    """Return True if no rule acts on the ticket."""
    return next_due(desk.ticket, desk.rules) is None


class TestMark:
    """days-before-stale: 60."""

    @pytest.mark.parametrize("blank", ["", " ", "\u0301"])
    def test_a_blank_label_is_refused(self, blank: str) -> None:
        for make in (lambda: Settings(only_labels={"bug", blank}), lambda: stale(labels={blank})):
            with pytest.raises(BadValueError, match=r"a label of \['.*'\] is blank; leave it out"):
                make()
        with pytest.raises(BadValueError, match=r"label '.*' is blank; leave it out"):
            label_field(blank)
        with pytest.raises(BadValueError, match=r"label '.*' is blank; leave it out"):
            stale(Settings(close_label=blank))

    def test_it_is_marked_sixty_days_after_it_was_opened_and_no_sooner(self) -> None:
        desk = issue()
        assert not evaluate(MARKED - MICRO, desk.ticket, RULES)
        (due,) = evaluate(MARKED, desk.ticket, RULES)
        assert (due.rule, due.due_at) == ("issue.mark", MARKED)

    def test_zero_days_mark_at_the_next_look(self) -> None:
        desk = issue(of_issues(Settings(mark_after=Elapsed(), close_after=None)))
        assert changes(desk, MARKED) == [(OPENED + timedelta(seconds=1), "stale")]

    def test_the_mark_comes_with_a_message(self) -> None:
        assert mails(marked().ticket) == [(MARKED, "issue-is-stale")]

    @pytest.mark.parametrize("by", [CUSTOMER, CARLA, VENDOR, ANA, BOSS])
    def test_a_comment_by_anyone_postpones_the_mark(self, by: Actor) -> None:
        desk = issue()
        desk.write(OPENED + 10 * DAY, by)
        assert next_due(desk.ticket, RULES) == MARKED + 10 * DAY

    def test_a_comment_at_the_due_instant_comes_first(self) -> None:
        desk = issue()
        desk.write(MARKED, CUSTOMER)
        assert desk.ticket.state == "open"
        assert next_due(desk.ticket, RULES) == MARKED + 60 * DAY

    def test_a_comment_a_microsecond_later_takes_the_mark_away(self) -> None:
        desk = issue()
        desk.write(MARKED + MICRO, CUSTOMER)
        assert changes(desk, MARKED + MICRO) == [(MARKED, "stale"), (MARKED + MICRO, "open")]

    def test_a_label_an_assignee_and_a_push_are_updates(self) -> None:
        for given in (
            commands.SetFields({label_field("bug"): True}, at=OPENED + 3 * DAY, by=ANA),
            commands.SetFields({"milestone": "v2"}, at=OPENED + 3 * DAY, by=ANA),
            commands.Assign("ana", at=OPENED + 3 * DAY, by=ANA),
            commands.RecordEvent("pushed", at=OPENED + 3 * DAY, by=CARLA),
            commands.RecordEvent("edited", at=OPENED + 3 * DAY, by=CUSTOMER),
        ):
            desk = issue()
            desk.give(given)
            assert next_due(desk.ticket, RULES) == MARKED + 3 * DAY, given

    def test_what_changes_nothing_is_no_update(self) -> None:
        desk = issue()
        desk.assign(OPENED + DAY)
        desk.assign(OPENED + 5 * DAY)
        assert next_due(desk.ticket, RULES) == MARKED + DAY

    def test_machines_are_not_activity(self) -> None:
        desk = issue()
        desk.write(OPENED + 10 * DAY, ROBOT)
        desk.write(OPENED + 11 * DAY, CUSTOMER, automatic=True)
        desk.give(commands.RecordEvent("pushed", at=OPENED + 12 * DAY, by=ROBOT))
        assert next_due(desk.ticket, RULES) == MARKED

    def test_a_ticket_opened_by_a_robot_counts_from_its_creation(self) -> None:
        desk = Desk(RULES)
        desk.open(OPENED, by=ROBOT, pull_request=True)
        (due,) = evaluate(MARKED, desk.ticket, RULES)
        assert (due.rule, due.due_at) == ("pull-request.mark", MARKED)

    def test_none_marks_nothing_automatically(self) -> None:
        assert is_left_alone(issue(of_issues(Settings(mark_after=None))))

    def test_people_can_mark_and_it_closes_a_week_later(self) -> None:
        desk = issue(of_issues(Settings(mark_after=None)))
        desk.give(commands.Move("mark", at=OPENED + DAY, by=ANA))
        assert mails(desk.ticket) == []
        assert next_due(desk.ticket, desk.rules) == OPENED + 8 * DAY

    def test_the_author_cannot_mark(self) -> None:
        refusal = issue().refused(commands.Move("mark", at=OPENED + DAY, by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}

    def test_the_message_of_the_mark_can_be_switched_off(self) -> None:
        assert mails(marked(of_issues(Settings(announces_mark=False))).ticket) == []


class TestClose:
    """days-before-close: 7, counted from the mark."""

    def test_it_is_closed_a_week_after_the_mark_and_no_sooner(self) -> None:
        desk = marked()
        assert not evaluate(CLOSED - MICRO, desk.ticket, RULES)
        assert changes(desk, CLOSED) == [(MARKED, "stale"), (CLOSED, "closed")]
        assert mails(desk.ticket) == [(MARKED, "issue-is-stale"), (CLOSED, "issue-was-closed")]

    def test_evaluated_late_it_is_closed_at_its_instant(self) -> None:
        assert changes(issue(), utc(2027, 1, 1)) == [(MARKED, "stale"), (CLOSED, "closed")]

    def test_none_leaves_it_marked(self) -> None:
        assert is_left_alone(marked(of_issues(Settings(close_after=None))))

    @pytest.mark.parametrize("reason", ["completed", "not_planned"])
    def test_the_closing_records_its_reason(self, reason: Literal["completed", "not_planned"]) -> None:
        desk = issue(of_issues(Settings(close_reason=reason)))
        desk.advance(CLOSED - MICRO)
        assert field(desk, "close_reason") is None
        desk.advance(CLOSED)
        assert field(desk, "close_reason") == reason

    def test_the_reason_and_the_message_can_be_switched_off(self) -> None:
        desk = issue(of_issues(Settings(close_reason=None, announces_close=False)))
        desk.advance(CLOSED)
        assert field(desk, "close_reason") is None
        assert mails(desk.ticket) == [(MARKED, "issue-is-stale")]

    def test_the_author_may_close_it_sooner_and_says_why(self) -> None:
        desk = marked()
        desk.give(commands.Move("close", fields={"close_reason": "completed"}, at=MARKED + DAY, by=CUSTOMER))
        assert field(desk, "close_reason") == "completed"
        assert is_left_alone(desk)

    def test_an_unknown_reason_is_refused(self) -> None:
        wish = commands.Move("close", fields={"close_reason": "boring"}, at=MARKED + DAY, by=ANA)
        assert marked().refused(wish).kinds == {"bad_value"}

    def test_reopening_restarts_the_sixty_days(self) -> None:
        desk = issue()
        desk.advance(CLOSED)
        desk.give(commands.Reopen(at=CLOSED + DAY, by=ANA))
        assert desk.ticket.state == "open"
        assert next_due(desk.ticket, RULES) == CLOSED + 61 * DAY

    def test_a_comment_on_a_closed_one_changes_nothing(self) -> None:
        desk = issue()
        desk.advance(CLOSED)
        desk.write(CLOSED + DAY, CUSTOMER)
        assert desk.ticket.state == "closed"
        assert is_left_alone(desk)

    def test_the_closing_label_comes_and_goes(self) -> None:
        desk = issue(of_issues(Settings(close_label="auto closed")))
        desk.advance(CLOSED)
        assert field(desk, "label.auto-closed") is True
        desk.give(commands.Reopen(at=CLOSED + DAY, by=ANA))
        assert field(desk, "label.auto-closed") is None

    def test_the_closing_label_is_taken_off_an_open_ticket(self) -> None:
        desk = issue(of_issues(Settings(close_label="auto closed")))
        set_label(desk, OPENED + DAY, "auto closed")
        assert field(desk, "label.auto-closed") is None
        assert desk.ticket.changed_at == OPENED + DAY
        assert next_due(desk.ticket, desk.rules) == MARKED + DAY

    def test_the_closing_label_stays_on_a_locked_ticket(self) -> None:
        """The action skips locked issues before it looks at the label."""
        desk = issue(of_issues(Settings(close_label="auto closed")))
        desk.give(commands.SetFields({"locked": True}, at=OPENED + DAY, by=ANA))
        set_label(desk, OPENED + DAY, "auto closed")
        assert field(desk, "label.auto-closed") is True

    def test_zero_days_close_at_the_next_look(self) -> None:
        """A second is the smallest span: marked after 60 days as ever, and closed a second later."""
        desk = issue(of_issues(Settings(close_after=Elapsed())))
        second = timedelta(seconds=1)
        assert changes(desk, MARKED + second) == [(MARKED, "stale"), (MARKED + second, "closed")]

    def test_in_reports_it_is_resolved(self) -> None:
        desk = issue()
        desk.advance(CLOSED)
        found = report(CLOSED, desk.ticket, RULES)
        assert not found.is_open
        assert found.first_resolution is not None
        assert found.first_resolution.elapsed == 67 * DAY


class TestUnmark:
    """remove-stale-when-updated."""

    def test_an_update_removes_the_mark_and_restarts_the_sixty_days(self) -> None:
        desk = marked()
        desk.write(CLOSED - MICRO, CUSTOMER)
        assert desk.ticket.state == "open"
        assert next_due(desk.ticket, RULES) == CLOSED - MICRO + 60 * DAY

    def test_an_update_at_the_instant_of_the_closing_comes_first(self) -> None:
        desk = marked()
        desk.write(CLOSED, CUSTOMER)
        assert changes(desk, CLOSED + DAY) == [(MARKED, "stale"), (CLOSED, "open")]

    def test_a_microsecond_later_it_is_closed(self) -> None:
        desk = marked()
        desk.write(CLOSED + MICRO, CUSTOMER)
        assert desk.ticket.state == "closed"

    def test_other_updates_remove_the_mark_too(self) -> None:
        for given in (
            commands.SetFields({label_field("bug"): True}, at=MARKED + DAY, by=ANA),
            commands.Assign("ana", at=MARKED + DAY, by=ANA),
            commands.RecordEvent("pushed", at=MARKED + DAY, by=CARLA),
        ):
            desk = marked()
            desk.give(given)
            assert desk.ticket.state == "open", given

    def test_machines_do_not_remove_the_mark(self) -> None:
        desk = marked()
        desk.write(MARKED + DAY, ROBOT)
        desk.write(MARKED + DAY, CUSTOMER, automatic=True)
        desk.give(commands.RecordEvent("pushed", at=MARKED + DAY, by=ROBOT))
        assert changes(desk, CLOSED) == [(MARKED, "stale"), (CLOSED, "closed")]

    def test_unmarking_by_hand_restarts_the_sixty_days(self) -> None:
        desk = marked()
        desk.give(commands.Move("unmark", at=MARKED + DAY, by=ANA))
        assert next_due(desk.ticket, RULES) == MARKED + 61 * DAY

    def test_switched_off_an_update_postpones_the_closing(self) -> None:
        desk = marked(of_issues(Settings(unmarks=False)))
        desk.write(MARKED + 3 * DAY, CUSTOMER)
        assert desk.ticket.state == "stale"
        assert not evaluate(CLOSED + 3 * DAY - MICRO, desk.ticket, desk.rules)
        assert changes(desk, CLOSED + 3 * DAY)[-1] == (CLOSED + 3 * DAY, "closed")

    def test_labels_come_and_go_with_the_mark(self) -> None:
        swap = Settings(
            remove_when_marked={"ready"}, add_when_unmarked={"alive", "both"}, remove_when_unmarked={"asks", "Both"}
        )
        desk = labelled("ready", "asks", rules=of_issues(swap))
        desk.advance(MARKED)
        assert [field(desk, f"label.{name}") for name in ("ready", "asks", "alive")] == [None, True, None]
        desk.write(MARKED + DAY, CUSTOMER)
        assert [field(desk, f"label.{name}") for name in ("ready", "asks", "alive", "both")] == [
            None,
            None,
            True,
            True,  # the source takes labels off first and then puts labels on
        ]
        assert next_due(desk.ticket, desk.rules) == MARKED + 61 * DAY


class TestOwnOutput:
    """actions/stale#506, #825 and #842: what the action does itself is no update."""

    def test_the_message_and_the_labels_of_the_mark_move_no_anchor(self) -> None:
        desk = labelled("ready", rules=of_issues(Settings(remove_when_marked={"ready"})))
        desk.advance(MARKED)
        assert desk.ticket.marks["activity.command"].at == desk.ticket.marks["message.anyone"].at == OPENED
        assert changes(desk, utc(2027, 1, 1)) == [(MARKED, "stale"), (CLOSED, "closed")]

    def test_the_robots_own_comment_does_not_unmark(self) -> None:
        """The adapter records the sent message as the robot's comment a moment later."""
        desk = marked()
        desk.write(MARKED + timedelta(seconds=2), ROBOT)
        desk.write(MARKED + timedelta(seconds=3), Actor("agent", "actions-user"), automatic=True)
        assert changes(desk, CLOSED) == [(MARKED, "stale"), (CLOSED, "closed")]

    def test_evaluated_every_night_it_does_the_same(self) -> None:
        nightly, never = issue(), issue()
        for night in range(100):
            nightly.advance(utc(2026, 1, 1, 1, 30) + night * DAY)
        never.advance(utc(2026, 4, 10, 1, 30))
        assert nightly.ticket == never.ticket
        assert nightly.ticket.state == "closed"

    def test_a_command_that_changes_nothing_does_not_unmark(self) -> None:
        desk = issue()
        desk.assign(OPENED)
        desk.advance(MARKED)
        desk.assign(MARKED + DAY)
        assert desk.ticket.state == "stale"


class TestWarnedFirst:
    """actions/stale#76: the first run closed tickets that it should have marked."""

    def test_a_ticket_idle_for_a_year_is_marked_and_has_its_week(self) -> None:
        """A robot removes the exemption on Thu 7 January 2027 at 10:00, 371 days after the last update."""
        rules, lifted = of_issues(Settings(exempt_labels={"keep"})), utc(2027, 1, 7, 10)
        desk = labelled("keep", rules=rules)
        set_label(desk, lifted, "keep", ROBOT, to=False)
        desk.advance(lifted)
        assert desk.ticket.state == "stale"
        assert not evaluate(lifted + 7 * DAY - MICRO, desk.ticket, rules)
        assert changes(desk, lifted + 7 * DAY) == [(lifted, "stale"), (lifted + 7 * DAY, "closed")]

    def test_adopted_after_four_months_it_is_marked_then_and_has_its_week(self) -> None:
        """The rules start to apply on Fri 1 May at noon, 120 days and two hours after the issue was opened."""
        desk, adopted = issue(), utc(2026, 5, 1, 12)
        desk.rules = stale(Settings(mark_after=None, close_after=None))
        desk.give(commands.RecordEvent("adopted", at=adopted, by=SYSTEM))
        desk.rules = RULES
        assert not evaluate(adopted - MICRO, desk.ticket, RULES)
        assert [(due.rule, due.entry.at) for due in evaluate(adopted, desk.ticket, RULES)] == [("issue.mark", adopted)]
        assert changes(desk, adopted + 7 * DAY - MICRO) == [(adopted, "stale")]
        assert changes(desk, adopted + 7 * DAY) == [(adopted, "stale"), (adopted + 7 * DAY, "closed")]

    def test_without_the_event_it_was_marked_long_ago(self) -> None:
        """A ticket's state depends only on its history, which has no event in May."""
        plan = evaluate(utc(2026, 5, 1, 12), issue().ticket, RULES)
        assert [(due.rule, due.entry.at) for due in plan] == [("issue.mark", MARKED), ("issue.close", CLOSED)]


class TestExemptLabels:
    """exempt-issue-labels."""

    RULES = of_issues(Settings(exempt_labels={"pinned", "security"}))

    def test_any_of_them_exempts(self) -> None:
        assert is_left_alone(labelled("security", rules=self.RULES))
        assert is_left_alone(labelled("pinned", "security", rules=self.RULES))

    def test_others_do_not(self) -> None:
        assert next_due(labelled(rules=self.RULES).ticket, self.RULES) == MARKED

    def test_case_is_ignored(self) -> None:
        rules = of_issues(Settings(exempt_labels={"Work In Progress"}))
        assert is_left_alone(labelled("work in progress", rules=rules))

    def test_added_at_the_due_instant_it_exempts_and_a_microsecond_later_it_does_not(self) -> None:
        in_time, late = labelled(rules=self.RULES), labelled(rules=self.RULES)
        set_label(in_time, MARKED, "pinned")
        set_label(late, MARKED + MICRO, "pinned")
        assert (in_time.ticket.state, late.ticket.state) == ("open", "stale")

    def test_an_exempt_stale_ticket_stays_stale_and_is_not_closed(self) -> None:
        desk = labelled(rules=self.RULES)
        desk.advance(MARKED)
        set_label(desk, MARKED + DAY, "pinned")
        assert changes(desk, utc(2027, 1, 1)) == [(MARKED, "stale")]

    def test_removing_the_exemption_is_an_update(self) -> None:
        desk = labelled("pinned", rules=self.RULES)
        set_label(desk, OPENED + 100 * DAY, "pinned", to=False)
        assert next_due(desk.ticket, self.RULES) == OPENED + 160 * DAY


class TestOnlyLabels:
    """only-labels: all of them; any-of-labels: one of them."""

    def test_all_of_them_are_needed(self) -> None:
        rules = of_issues(Settings(only_labels={"answered", "needs-rebase"}))
        assert next_due(labelled("answered", "needs-rebase", rules=rules).ticket, rules) == MARKED
        assert is_left_alone(labelled("answered", rules=rules))
        assert is_left_alone(labelled(rules=rules))

    def test_any_of_them_is_enough(self) -> None:
        rules = of_issues(Settings(any_of_labels={"needs-info", "needs-demo"}))
        assert next_due(labelled("needs-demo", rules=rules).ticket, rules) == MARKED
        assert is_left_alone(labelled(rules=rules))

    def test_both_conditions_can_be_combined(self) -> None:
        rules = of_issues(Settings(only_labels={"bug"}, any_of_labels={"needs-info", "needs-demo"}))
        assert next_due(labelled("bug", "needs-info", rules=rules).ticket, rules) == MARKED
        assert is_left_alone(labelled("bug", rules=rules))
        assert is_left_alone(labelled("needs-info", rules=rules))

    def test_adding_a_label_restarts_the_count(self) -> None:
        rules = of_issues(Settings(any_of_labels={"needs-info"}))
        desk = labelled(rules=rules)
        set_label(desk, OPENED + 90 * DAY, "needs-info")
        assert not evaluate(OPENED + 150 * DAY - MICRO, desk.ticket, rules)
        assert next_due(desk.ticket, rules) == OPENED + 150 * DAY

    def test_removing_the_label_before_the_due_instant_prevents_the_mark(self) -> None:
        rules = of_issues(Settings(any_of_labels={"needs-info"}))
        desk = labelled("needs-info", rules=rules)
        set_label(desk, MARKED - MICRO, "needs-info", to=False)
        assert is_left_alone(desk)


class TestMilestones:
    """exempt-milestones and exempt-all-milestones."""

    NAMED = of_issues(Settings(exempt_milestones={"future", "v2"}))
    ALL = of_issues(Settings(exempt_all_milestones=True))

    def test_a_named_one_exempts_and_another_does_not(self) -> None:
        named, other = issue(self.NAMED), issue(self.NAMED)
        set_milestone(named, OPENED, "v2")
        set_milestone(other, OPENED, "v1")
        assert is_left_alone(named)
        assert next_due(other.ticket, self.NAMED) == MARKED

    def test_all_of_them_exempt(self) -> None:
        desk = issue(self.ALL)
        assert next_due(desk.ticket, self.ALL) == MARKED
        set_milestone(desk, OPENED, "v1")
        assert is_left_alone(desk)

    def test_removing_the_milestone_restarts_the_count(self) -> None:
        desk = issue(self.ALL)
        set_milestone(desk, OPENED, "v1")
        set_milestone(desk, OPENED + 40 * DAY, None)
        assert next_due(desk.ticket, self.ALL) == MARKED + 40 * DAY

    def test_an_exemption_at_the_due_instant_counts(self) -> None:
        desk = issue(self.ALL)
        set_milestone(desk, MARKED, "v1")
        assert desk.ticket.state == "open"
        late = issue(self.ALL)
        set_milestone(late, MARKED + MICRO, "v1")
        assert late.ticket.state == "stale"


class TestAssignees:
    """exempt-assignees, exempt-all-assignees and include-only-assigned."""

    NAMED = of_issues(Settings(exempt_assignees={"marco", "polo"}))
    ALL = of_issues(Settings(exempt_all_assignees=True))
    ONLY = of_issues(Settings(only_assigned=True))

    def test_a_named_one_exempts_and_another_does_not(self) -> None:
        named, other = issue(self.NAMED), issue(self.NAMED)
        named.assign(OPENED, "polo")
        other.assign(OPENED, "ana")
        assert is_left_alone(named)
        assert next_due(other.ticket, self.NAMED) == MARKED

    def test_all_of_them_exempt(self) -> None:
        desk = issue(self.ALL)
        assert next_due(desk.ticket, self.ALL) == MARKED
        desk.assign(OPENED, "ana")
        assert is_left_alone(desk)

    def test_only_assigned_tickets_are_handled(self) -> None:
        desk = issue(self.ONLY)
        assert is_left_alone(desk)
        desk.assign(OPENED + DAY, "ana")
        assert next_due(desk.ticket, self.ONLY) == MARKED + DAY

    def test_an_exemption_at_the_due_instant_counts(self) -> None:
        in_time, late = issue(self.NAMED), issue(self.NAMED)
        in_time.assign(MARKED, "marco")
        late.assign(MARKED + MICRO, "marco")
        assert (in_time.ticket.state, late.ticket.state) == ("open", "stale")

    def test_giving_back_restarts_the_count(self) -> None:
        desk = issue(self.ALL)
        desk.assign(OPENED, "ana")
        desk.give(commands.GiveBack(at=OPENED + 20 * DAY, by=ANA))
        assert next_due(desk.ticket, self.ALL) == MARKED + 20 * DAY


class TestKinds:
    """Issues and pull requests have separate settings."""

    RULES = stale(
        Settings(mark_after=Elapsed(days=30), close_after=Elapsed(days=5)),
        Settings(mark_after=Elapsed(days=45), close_after=None, exempt_labels={"wip"}, exempt_drafts=True),
    )

    def test_each_kind_has_its_own_settings(self) -> None:
        assert changes(issue(self.RULES), utc(2027, 1, 1)) == [
            (utc(2026, 1, 31, 10), "stale"),
            (utc(2026, 2, 5, 10), "closed"),
        ]
        pull_request = issue(self.RULES, pull_request=True)
        assert changes(pull_request, utc(2027, 1, 1)) == [(utc(2026, 2, 15, 10), "stale")]
        assert mails(pull_request.ticket) == [(utc(2026, 2, 15, 10), "pull-request-is-stale")]

    def test_a_label_that_exempts_one_does_not_exempt_the_other(self) -> None:
        for is_pull_request in (False, True):
            desk = Desk(self.RULES)
            desk.open(OPENED, by=ANA, pull_request=is_pull_request, **{label_field("wip"): True})
            assert is_left_alone(desk) is is_pull_request

    def test_drafts_are_left_alone_until_they_are_ready(self) -> None:
        desk = issue(self.RULES, pull_request=True, draft=True)
        assert is_left_alone(desk)
        desk.give(commands.SetFields({"draft": False}, at=OPENED + 100 * DAY, by=ANA))
        assert next_due(desk.ticket, self.RULES) == OPENED + 145 * DAY

    def test_types_can_be_chosen(self) -> None:
        rules = of_issues(Settings(only_types={"bug", "question"}))
        assert next_due(issue(rules, type="bug").ticket, rules) == MARKED
        assert is_left_alone(issue(rules, type="feature"))
        assert is_left_alone(issue(rules))
        assert next_due(issue(rules, pull_request=True).ticket, rules) == MARKED

    def test_a_locked_ticket_is_left_alone(self) -> None:
        desk = marked()
        desk.give(commands.SetFields({"locked": True}, at=MARKED + DAY, by=ANA))
        assert desk.ticket.state == "stale"
        assert is_left_alone(desk)


class TestStart:
    """start-date: older tickets are left alone."""

    RULES = stale(start=OPENED)

    def test_created_then_or_later_it_is_marked_and_a_microsecond_before_it_is_not(self) -> None:
        for late, is_marked in ((-MICRO, False), (0 * DAY, True), (MICRO, True)):
            desk = Desk(self.RULES)
            desk.open(OPENED + late)
            assert (next_due(desk.ticket, self.RULES) == MARKED + late) is is_marked
            assert is_left_alone(desk) is not is_marked

    def test_updates_do_not_change_that(self) -> None:
        desk = Desk(self.RULES)
        desk.open(OPENED - DAY)
        desk.write(OPENED + 30 * DAY, CUSTOMER)
        assert is_left_alone(desk)

    def test_people_can_mark_it_but_nothing_closes_it(self) -> None:
        desk = Desk(self.RULES)
        desk.open(OPENED - DAY)
        desk.give(commands.Move("mark", at=OPENED, by=ANA))
        assert is_left_alone(desk)

    def test_a_naive_one_is_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError):
            stale(start=datetime(2026, 1, 1))  # noqa: DTZ001 -- that is the point


class TestIgnoredUpdates:
    """ignore-updates: the days count from the creation."""

    RULES = of_issues(Settings(ignores_updates=True))

    def test_a_comment_does_not_postpone_the_mark(self) -> None:
        desk = issue(self.RULES)
        desk.write(MARKED - MICRO, CUSTOMER)
        assert not evaluate(MARKED - MICRO, desk.ticket, self.RULES)
        assert next_due(desk.ticket, self.RULES) == MARKED

    def test_a_marked_ticket_stays_marked_and_a_comment_postpones_the_closing(self) -> None:
        desk = marked(self.RULES)
        desk.write(MARKED + 3 * DAY, CUSTOMER)
        assert changes(desk, utc(2027, 1, 1)) == [(MARKED, "stale"), (CLOSED + 3 * DAY, "closed")]

    def test_reopened_it_is_marked_at_once(self) -> None:
        desk = issue(self.RULES)
        desk.advance(CLOSED)
        again = CLOSED + DAY
        desk.give(commands.Reopen(at=again, by=ANA))
        assert changes(desk, again)[-2:] == [(again, "open"), (again, "stale")]


class TestLabels:
    """A label is a field with the value true."""

    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("Stale", "label.stale"),
            ("good first issue", "label.good-first-issue"),
            ("v1.2", "label.v1.2"),
            ("type: bug", "label.type_3a-bug"),
            ("C++", "label.c_2b_2b"),
            ("naïve", "label.naive"),
            ("À côté", "label.a-cote"),
            ("Straße Ł", "label.strasse-l"),
            ("a-b", "label.a_2db"),
        ],
    )
    def test_its_field(self, label: str, name: str) -> None:
        assert label_field(label) == name

    @pytest.mark.parametrize("label", ["x" * 59, "+" * 20])
    def test_a_label_without_a_field_name_is_refused(self, label: str) -> None:
        with pytest.raises(BadValueError, match="field of the label"):
            stale(labels=(label,))

    def test_the_longest(self) -> None:
        assert label_field("x" * 58) == "label." + "x" * 58

    def test_only_maintainers_label(self) -> None:
        wish = commands.SetFields({label_field("bug"): True}, at=OPENED + DAY, by=CUSTOMER)
        assert issue().refused(wish).kinds == {"not_allowed"}

    def test_an_unknown_label_is_refused_with_the_known_ones(self) -> None:
        refusal = issue().refused(commands.SetFields({"label.bgu": True}, at=OPENED + DAY, by=ANA))
        assert refusal.kinds == {"not_found"}
        assert "label.bug" in refusal.reasons[0].help

    def test_one_text_is_not_a_set_of_labels(self) -> None:
        with pytest.raises(BadValueError):
            Settings(exempt_labels="bug")


class TestTexts:
    """Labels, texts and explanations exist in both languages."""

    EVERYTHING = Settings(close_label="auto", exempt_labels={"pinned"}, any_of_labels={"bug"})

    def test_every_rule_and_text_has_both_languages(self) -> None:
        rules = stale(self.EVERYTHING, self.EVERYTHING, start=OPENED)
        assert all(set(rule.labels) == {"en", "es"} for rule in rules.automations)
        assert all(set(template.texts) == set(template.labels) == {"en", "es"} for template in rules.templates)
        assert all(set(state.labels) == {"en", "es"} for state in rules.workflow.states)

    def test_every_requested_message_has_a_text(self) -> None:
        asked = set()
        for is_pull_request in (False, True):
            desk = issue(pull_request=is_pull_request)
            desk.advance(CLOSED)
            asked |= {name for _, name in mails(desk.ticket)}
        assert asked == {template.name for template in RULES.templates}

    def test_a_history_in_spanish(self) -> None:
        opened = commands.Open("T-1", message=Message("m1"), at=OPENED, by=CUSTOMER)
        told = "\n".join(timeline(simulate((opened,), RULES, CLOSED), RULES, ZoneInfo("UTC"), "es"))
        assert "inactivo" in told
        assert "cerrado" in told

    def test_why_it_is_left_alone(self) -> None:
        rules = of_issues(Settings(exempt_labels={"pinned"}))
        desk = labelled("pinned", rules=rules)
        (found,) = [each for each in explain(MARKED, desk.ticket, rules) if each.rule == "issue.mark"]
        assert found.verdict == "not_applicable"
        assert [str(check.condition) for check in found.checks if not check.holds] == ["not (label.pinned is True)"]
        assert "no se aplica" in Wording(rules, ZoneInfo("UTC"), "es").explanation(found)


class TestDefinition:
    """A wrong definition is refused when it is built."""

    def test_a_mark_after_less_than_a_second_is_refused(self) -> None:
        with pytest.raises(DefinitionError):
            stale(Settings(mark_after=Elapsed(MICRO)))

    def test_values_of_wrong_types_are_refused(self) -> None:
        with pytest.raises(BadValueError):
            Settings(mark_after=60)  # type: ignore[arg-type]  # that is the point

    def test_it_is_one_value(self) -> None:
        assert stale() == stale(Settings(), Settings())
        assert stale().digest == stale().digest
        assert stale(Settings(unmarks=False)) != stale()

    def test_a_repeated_delivery_unmarks_once(self) -> None:
        desk = marked()
        said = commands.AddMessage(Message("c1"), at=MARKED + HOUR, by=CUSTOMER, event_id="e1")
        desk.give(said)
        again = handle(desk.ticket, attrs.evolve(said, at=MARKED + DAY), RULES).unwrap()
        assert again.ticket == desk.ticket
