"""GitHub's stale issues: published files, every setting, and instants that the tests of the action publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.importers.laws import check_hostile, check_result, untold
from ticketflow import Actor, Elapsed, Message, Rules, Ticket, advance, commands, handle, next_due
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read
from ticketflow.presets.stale import Settings, stale
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import After

# https://github.com/facebook/react/blob/0ff0fb7f9637141e4736f36d5431d8b59cae14cd/.github/stale.yml; texts are shortened
REACT = """
daysUntilStale: 90
daysUntilClose: 7
exemptLabels:
  - "Partner"
  - "React Core Team"
  - "Resolution: Backlog"
  - "Type: Bug"
  - "Type: Discussion"
  - "Type: Needs Investigation"
  - "Type: Regression"
staleLabel: "Resolution: Stale"
issues:
  markComment: >
    This issue has been automatically marked as stale.
  closeComment: >
    Closing this issue after a prolonged period of inactivity.
pulls:
  markComment: >
    This pull request has been automatically marked as stale.
  closeComment: >
    Closing this pull request after a prolonged period of inactivity.
"""

# https://github.com/home-assistant/core/blob/177421ffc5d9c04b258adc755a151afddcd5c805/.github/stale.yml
HOME_ASSISTANT_APP = """
daysUntilStale: 90
daysUntilClose: 7
onlyLabels: []
exemptLabels:
  - under investigation
  - Help wanted
exemptProjects: true
exemptMilestones: true
exemptAssignees: false
staleLabel: stale
markComment: >
  There hasn't been any activity on this issue recently. 👍
limitPerRun: 30
only: issues
pulls:
  daysUntilStale: 30
  markComment: >
    There hasn't been any activity on this pull request recently.
"""

# https://github.com/home-assistant/core/blob/03e1450092e086fcde8311cd0835597f965f2748/.github/workflows/stale.yml
HOME_ASSISTANT = """
name: Stale
on:
  schedule:
    - cron: "0 * * * *"
  workflow_dispatch:
permissions: {}
concurrency:
  group: ${{ github.workflow }}
jobs:
  stale:
    name: Mark stale issues and PRs
    if: github.repository_owner == 'home-assistant'
    runs-on: ubuntu-latest
    permissions:
      issues: write
      pull-requests: write
    steps:
      - name: 60 days stale PRs policy
        uses: actions/stale@997185467fa4f803885201cee163a9f38240193d # v10.1.1
        with:
          repo-token: ${{ secrets.GITHUB_TOKEN }}
          days-before-stale: 60
          days-before-close: 7
          days-before-issue-stale: -1
          days-before-issue-close: -1
          operations-per-run: 150
          remove-stale-when-updated: true
          stale-pr-label: "stale"
          exempt-pr-labels: "no-stale"
          stale-pr-message: >
            There hasn't been any activity on this pull request recently.
      - name: Generate app token
        id: token
        uses: tibdex/github-app-token@3beb63f4bd073e61482598c45c71c1019b59b73a
        with:
          app_id: ${{ secrets.ISSUE_TRIAGE_APP_ID }}
          private_key: ${{ secrets.ISSUE_TRIAGE_APP_PEM }}
      - name: 90 days stale issues
        uses: actions/stale@997185467fa4f803885201cee163a9f38240193d # v10.1.1
        with:
          repo-token: ${{ steps.token.outputs.token }}
          days-before-stale: 90
          days-before-close: 7
          days-before-pr-stale: -1
          days-before-pr-close: -1
          operations-per-run: 250
          remove-stale-when-updated: true
          stale-issue-label: "stale"
          exempt-issue-labels: "no-stale,help-wanted,needs-more-information"
          stale-issue-message: >
            There hasn't been any activity on this issue recently.
      - name: Needs more information stale issues policy
        uses: actions/stale@997185467fa4f803885201cee163a9f38240193d # v10.1.1
        with:
          repo-token: ${{ steps.token.outputs.token }}
          only-labels: "needs-more-information"
          days-before-stale: 14
          days-before-close: 7
          days-before-pr-stale: -1
          days-before-pr-close: -1
          operations-per-run: 250
          remove-stale-when-updated: true
          stale-issue-label: "stale"
          exempt-issue-labels: "no-stale,help-wanted"
          stale-issue-message: >
            There hasn't been any activity on this issue recently.
"""

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
AUTHOR, MAINTAINER = Actor("customer", "bruno"), Actor("agent", "ana")


def spans(rules: Rules) -> dict[str, timedelta]:
    """Return the spans of all timers by the ids of their rules."""
    found = {}
    for rule in rules.automations:
        if isinstance(rule, Automation) and isinstance(rule.when, After):
            assert isinstance(rule.when.span, Elapsed)
            found[rule.id] = rule.when.span.amount
    return found


def opened(rules: Rules, at: datetime = START, **fields: Any) -> Ticket:
    opening = commands.Open("GH-1", message=Message("m1"), fields=fields, at=at, by=AUTHOR)
    return handle(None, opening, rules).unwrap().ticket


def text_of(rules: Rules, name: str) -> str:
    return next(template for template in rules.templates if template.name == name).texts["en"]


def whys(imported: Imported, outcome: str) -> dict[str, str]:
    return {item.pointer: item.why for item in imported.items if item.outcome == outcome}


class TestPublishedFiles:
    def test_the_file_of_react(self) -> None:
        imported = read("stale", REACT)
        check_result(imported)
        assert spans(imported.rules) == {
            "issue.mark": 90 * DAY,
            "issue.close": 7 * DAY,
            "pull-request.mark": 90 * DAY,
            "pull-request.close": 7 * DAY,
        }
        assert imported.rules.workflow.states[1].labels["en"] == "Resolution: Stale"
        assert text_of(imported.rules, "issue-is-stale") == "This issue has been automatically marked as stale.\n"
        assert imported.counts == {"carried": 14}
        exempt = opened(imported.rules)
        label = commands.SetFields({"label.type_3a-bug": True}, at=START, by=MAINTAINER)
        assert next_due(handle(exempt, label, imported.rules).unwrap().ticket, imported.rules) is None
        assert next_due(exempt, imported.rules) == START + 90 * DAY

    def test_the_older_file_of_home_assistant(self) -> None:
        imported = read("stale", HOME_ASSISTANT_APP)
        check_result(imported)
        assert spans(imported.rules) == {"issue.mark": 90 * DAY, "issue.close": 7 * DAY}
        assert whys(imported, "left_out") == {
            "/exemptProjects": "tickets have no projects; give such tickets an exempt label",
            "/limitPerRun": "rules make no calls to GitHub",
            "/pulls": "the file handles only issues",
        }

    def test_the_workflow_of_home_assistant_has_three_steps(self) -> None:
        imported = read("stale", HOME_ASSISTANT)
        check_result(imported)
        assert spans(imported.rules) == {
            "step-1.pull-request.mark": 60 * DAY,
            "step-1.pull-request.close": 7 * DAY,
            "step-2.issue.mark": 90 * DAY,
            "step-2.issue.close": 7 * DAY,
            "step-3.issue.mark": 14 * DAY,
            "step-3.issue.close": 7 * DAY,
        }
        assert imported.rules.workflow.states[1].labels["en"] == "stale"
        plain = opened(imported.rules)
        assert next_due(plain, imported.rules) == START + 90 * DAY
        label = commands.SetFields({"label.needs_2dmore_2dinformation": True}, at=START, by=MAINTAINER)
        assert next_due(handle(plain, label, imported.rules).unwrap().ticket, imported.rules) == START + 14 * DAY
        assert next_due(opened(imported.rules, pull_request=True), imported.rules) == START + 60 * DAY
        left_out = whys(imported, "left_out")
        assert left_out["/jobs/stale/steps/1"] == "it is another step"
        assert left_out["/on"] == "it says when and how GitHub runs the workflow; rules act at their own instants"

    @pytest.mark.parametrize("source", [REACT, HOME_ASSISTANT_APP])
    def test_every_value_is_told(self, source: str) -> None:
        from ticketflow.importers.sources import plain_data  # noqa: PLC0415 -- only here

        assert untold("stale", plain_data(source, "x")) == []


class TestPublishedResults:
    """The tests of the action, https://github.com/actions/stale/blob/9461cb1/__tests__/main.spec.ts."""

    @pytest.mark.parametrize(("days", "is_stale"), [(3, False), (2, True), (1, True)])
    def test_an_issue_opened_since_two_days(self, days: int, is_stale: bool) -> None:
        rules = read("stale", {"days-before-stale": 10, "days-before-issue-stale": days}).rules
        assert (advance(START + 2 * DAY, opened(rules), rules).state == "stale") is is_stale

    @pytest.mark.parametrize(
        ("start", "is_closed"),
        [
            ("2020-01-01", False),
            ("Fri, 03 Jan 2020 00:00:00 GMT", False),
            ("2020-01-01T00:00:00+02:00", True),
            ("Tue, 31 Dec 2019 00:00:00 -0000", True),
        ],
    )
    def test_a_start_date_leaves_older_issues_alone(self, start: str, is_closed: bool) -> None:
        rules = read("stale", {"days-before-stale": 1, "days-before-close": 0, "start-date": start}).rules
        ticket = opened(rules, datetime(2019, 12, 31, 23, tzinfo=UTC))
        assert (advance(datetime(2020, 2, 1, tzinfo=UTC), ticket, rules).state == "closed") is is_closed

    def test_minus_one_never_marks(self) -> None:
        rules = read("stale", {"days-before-stale": -1}).rules
        assert next_due(opened(rules), rules) is None


class TestApp:
    def test_an_empty_file_has_the_defaults_of_the_app(self) -> None:
        imported = read("stale", "")
        assert imported.items == ()
        assert spans(imported.rules) == {
            "issue.mark": 60 * DAY,
            "issue.close": 7 * DAY,
            "pull-request.mark": 60 * DAY,
            "pull-request.close": 7 * DAY,
        }
        assert {template.name for template in imported.rules.templates} == {
            "issue-is-stale",
            "pull-request-is-stale",
        }
        assert {"label.pinned", "label.security"} <= set(imported.rules.workflow.fields_by_name)

    def test_it_closes_what_has_the_mark_even_if_it_is_exempt(self) -> None:
        rules = read("stale", {"exemptAssignees": True}).rules
        assigned = handle(opened(rules), commands.Assign("ana", at=START, by=MAINTAINER), rules).unwrap().ticket
        marked = handle(assigned, commands.Move("mark", at=START + DAY, by=MAINTAINER), rules).unwrap().ticket
        assert advance(START + 8 * DAY, marked, rules).state == "closed"

    @pytest.mark.parametrize(
        ("data", "pointer", "outcome", "why"),
        [
            ({"daysUntilClose": False}, "/daysUntilClose", "carried", "issues are not closed; pull requests are not closed"),
            ({"daysUntilClose": True}, "/daysUntilClose", "left_out", "the library refuses it: '' is not a number of days; give one, such as 60"),
            ({"onlyLabels": "foo"}, "/onlyLabels", "carried", "which issues are marked; which pull requests are marked"),
            ({"onlyLabels": None}, "/onlyLabels", "carried", "it is empty, so the default counts"),
            ({"exemptProjects": False}, "/exemptProjects", "carried", "projects exempt nothing"),
            ({"exemptMilestones": "nope"}, "/exemptMilestones", "left_out", "it is 'nope', not true or false"),
            ({"markComment": False}, "/markComment", "carried", "there is no message issue-is-stale; there is no message pull-request-is-stale"),
            ({"markComment": True}, "/markComment", "left_out", "it is True, not a text"),
            ({"unmarkComment": "yo"}, "/unmarkComment", "carried", "the template issue-is-active; the template pull-request-is-active"),
            ({"only": "donuts"}, "/only", "left_out", "it is neither issues nor pulls"),
            ({"only": "pulls"}, "/only", "carried", "only pulls are handled"),
            ({"_extends": ".github"}, "/_extends", "left_out", "it names a file of another repository; import that file"),
            ({"perform": False}, "/perform", "changed", "the rules always act; `evaluate` shows what they would do"),
            ({"daysUntilStale": 1, "issues": {"daysUntilStale": 2}, "pulls": {"daysUntilStale": 3}}, "/daysUntilStale", "left_out", "issues and pull requests have values of their own"),
            ({"issues": {"lol": "nope"}}, "/issues", "left_out", "it is not read"),
            ({"exemptLabels": [" "]}, "/exemptLabels/0", "left_out", "the library refuses it: label ' ' is blank; leave it out"),
        ],
    )  # fmt: skip
    def test_settings(self, data: Any, pointer: str, outcome: str, why: str) -> None:
        imported = read("stale", data)
        check_hostile("stale", data)
        assert whys(imported, outcome)[pointer] == why
        assert untold("stale", data) == []

    def test_a_message_says_that_the_mark_is_removed(self) -> None:
        rules = read("stale", {"unmarkComment": "not stale"}).rules
        [unmark] = [rule for rule in rules.automations if rule.id == "issue.unmark"]
        assert isinstance(unmark, Automation)
        assert unmark.then[-1] == actions.SendMessage("issue-is-active")
        assert text_of(rules, "issue-is-active") == "not stale"

    def test_fractions_of_days(self) -> None:
        rules = read("stale", '{"daysUntilStale": 0.5, "daysUntilClose": 0}').rules
        assert spans(rules) == {"issue.mark": DAY / 2, "pull-request.mark": DAY / 2}


class TestAction:
    def test_all_inputs_give_the_settings_of_the_preset(self) -> None:
        inputs = {
            "days-before-issue-stale": "30",
            "days-before-pr-stale": "0.5",
            "days-before-stale": "99",
            "days-before-close": "2.9",
            "stale-issue-message": "issue is stale",
            "stale-pr-message": "",
            "close-issue-message": "issue was closed",
            "close-issue-reason": "completed",
            "close-issue-label": "closed by bot",
            "close-pr-label": "auto",
            "exempt-issue-labels": "pinned, never ,",
            "exempt-pr-labels": "wip",
            "only-labels": "a",
            "only-pr-labels": "b",
            "any-of-labels": "c",
            "any-of-issue-labels": "d",
            "exempt-milestones": "1.0",
            "exempt-pr-milestones": "2.0",
            "exempt-all-milestones": "true",
            "exempt-all-pr-milestones": "false",
            "exempt-assignees": "ana",
            "exempt-all-issue-assignees": True,
            "exempt-draft-pr": True,
            "include-only-assigned": "true",
            "only-issue-types": "Bug,Task",
            "remove-stale-when-updated": False,
            "remove-pr-stale-when-updated": "true",
            "ignore-updates": "false",
            "ignore-pr-updates": "true",
            "labels-to-remove-when-stale": "e",
            "labels-to-add-when-unstale": "f",
            "labels-to-remove-when-unstale": "g",
        }
        imported = read("stale", inputs)
        check_hostile("stale", inputs)
        assert untold("stale", inputs) == []
        both = {
            "close_after": Elapsed(days=2),
            "announces_close": False,
            "announces_mark": False,
            "any_of_labels": {"c"},
            "exempt_assignees": {"ana"},
            "exempt_drafts": True,
            "only_assigned": True,
            "only_types": {"bug", "task"},
            "remove_when_marked": {"e"},
            "add_when_unmarked": {"f"},
            "remove_when_unmarked": {"g"},
        }
        issue = {
            "mark_after": Elapsed(days=30),
            "announces_mark": True,
            "announces_close": True,
            "close_reason": "completed",
            "close_label": "closed by bot",
            "exempt_labels": {"pinned", "never"},
            "only_labels": {"a"},
            "any_of_labels": {"d"},
            "exempt_milestones": {"1.0"},
            "exempt_all_milestones": True,
            "exempt_all_assignees": True,
            "unmarks": False,
        }
        pull_request = {
            "mark_after": Elapsed(hours=12),
            "close_reason": None,
            "close_label": "auto",
            "exempt_labels": {"wip"},
            "only_labels": {"b"},
            "exempt_milestones": {"2.0"},
            "ignores_updates": True,
        }
        expected = stale(Settings(**{**both, **issue}), Settings(**{**both, **pull_request}))  # type: ignore[arg-type]
        assert imported.rules.automations == expected.automations
        assert imported.rules.workflow.fields == expected.workflow.fields
        assert imported.rules.workflow.states[1].labels["en"] == "Stale"

    @pytest.mark.parametrize(
        ("data", "outcome", "why"),
        [
            ({"days-before-stale": "soon"}, "left_out", "the library refuses it: 'soon' is not a number of days; give one, such as 60"),
            ({"days-before-stale": []}, "left_out", "it is not a text"),
            ({"close-issue-reason": "bored"}, "left_out", "the action does not know it, either"),
            ({"start-date": "soon"}, "left_out", "the library refuses it: 'soon' is not a date; give one in ISO 8601 or RFC 2822"),
            ({"start-date": "2026-01-01"}, "carried", "tickets created before it are left alone"),
            ({"exempt-issue-labels": "x" * 60}, "left_out", None),
            ({"close-pr-label": "x" * 60}, "left_out", None),
            ({"stale-issue-message": "\u202e"}, "left_out", None),
            ({"stale-issue-label": ""}, "carried", "it is empty, so the default counts"),
            ({"debug-only": True}, "changed", "the rules always act; `evaluate` shows what they would do"),
            ({"days-before-close": "${{ vars.DAYS }}"}, "left_out", "GitHub computes ${{ vars.DAYS }}"),
            ({"days-before-close": "${{ env.DAYS }}"}, "left_out", "GitHub computes ${{ env.DAYS }}"),
            ({"days-before-pr-stale": -1, "days-before-pr-close": -1, "stale-pr-label": "old"}, "left_out", "the step neither marks nor closes pull requests"),
        ],
    )  # fmt: skip
    def test_inputs(self, data: Any, outcome: str, why: str | None) -> None:
        imported = read("stale", data)
        check_hostile("stale", data)
        [*_, item] = [item for item in imported.items if item.outcome == outcome]
        assert why is None or item.why == why
        assert untold("stale", data) == []

    def test_an_empty_reason_records_none(self) -> None:
        rules = read("stale", {"close-issue-reason": ""}).rules
        assert not any(isinstance(action, actions.SetField) for rule in rules.automations for action in rule.then)  # type: ignore[union-attr]

    def test_variables_of_the_workflow_are_filled_in(self) -> None:
        steps = [
            {"run": "echo"},
            "nothing",
            {"uses": "actions/stale@v9", "env": {"C": "3"}, "with": {"days-before-stale": "${{ env.A }}${{env.C}}"}},
        ]
        source = {"env": {"A": 1, "B": 2}, "jobs": {"x": {"env": {"A": 4}, "steps": steps}}}
        imported = read("stale", source)
        assert spans(imported.rules)["issue.mark"] == 43 * DAY
        assert whys(imported, "left_out")["/env"] == "it is not read"

    def test_several_files_give_one_rule_set(self) -> None:
        imported = read("stale", {"days-before-stale": 5, "start-date": "2026-01-01"}, {"daysUntilStale": 50})
        assert {"in-scope", "step-1.issue.mark", "step-2.issue.mark"} <= {
            rule.id for rule in imported.rules.automations
        }


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ({"jobs": {"x": {"steps": [{"uses": "actions/checkout@v4"}]}}}, "no step uses actions/stale; give the workflow that has it"),
            ({"x": 1}, "nothing in it is of probot/stale or actions/stale; give a .github/stale.yml, or a workflow with a step that uses actions/stale"),
            ([], "nothing in it is of probot/stale or actions/stale"),
            ("a: [", "the text is not valid YAML"),
        ],
    )  # fmt: skip
    def test_files_of_something_else_are_refused(self, source: Any, message: str) -> None:
        with pytest.raises(DocumentError, match=message.replace("(", r"\(")):
            read("stale", source)

    @pytest.mark.parametrize(
        "source",
        [
            {"jobs": 5},
            {"jobs": {"x": {"steps": {"uses": 1}}}},
            {"jobs": {"x": {"steps": [{"uses": "actions/stale@v9", "with": []}]}}},
            {"jobs": {"x": {"steps": [{"uses": "actions/stale@v9", "with": 5}], "env": []}}},
            {"daysUntilStale": "9" * 400, "exemptLabels": {}, "issues": [], "only": 5},
            {"days-before-stale": "9999999", "exempt-milestones": "\u202e", "exempt-issue-labels": "," * 5000},
            {"exempt-issue-labels": ",".join(map(str, range(5000)))},
            {"staleLabel": "\n", "markComment": "{ticket}" * 9000},
            {"start-date": "0001-01-01T00:00:00+23:59"},
        ],
    )
    def test_hostile_files_give_a_result_or_an_error_of_the_library(self, source: Any) -> None:
        check_hostile("stale", source)
