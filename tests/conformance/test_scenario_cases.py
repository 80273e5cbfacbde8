"""Scenario cases: a difference is reported with its step, and a case that tests nothing is not valid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA as ANALYST
from tests.support.desk import Desk, utc
from tests.support.faulty_lives import PLANTED_LIVES
from ticketflow import Elapsed, commands
from ticketflow.analysis.explore import races as ties
from ticketflow.analysis.explore.findings import searched_findings
from ticketflow.analysis.explore.search import explore
from ticketflow.analysis.findings import Witness
from ticketflow.analysis.lint.run import exact_findings
from ticketflow.calendars.recurrence import EveryMonth, EveryWeek
from ticketflow.conformance import scenario_cases
from ticketflow.conformance.cases import PresetRules
from ticketflow.conformance.runner import read_cases, run_cases
from ticketflow.conformance.scenario_format import AdvanceStep, ApplyStep, PlanStep, RulesStep, Step, described
from ticketflow.documents.locations import located
from ticketflow.documents.options import build
from ticketflow.documents.parsing import parse
from ticketflow.documents.problems import DataError
from ticketflow.errors import BadValueError, DocumentError
from ticketflow.presets.embudo import Funnel, Resolution, Stage, embudo
from ticketflow.presets.posponer import posponer
from ticketflow.presets.registry import preset
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import CancelSnooze, HoldField, SendMessage
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import OnCommand
from ticketflow.workflow.definition import Field, FieldKind

ANA = {"role": "agent", "id": "ana"}
BRUNO = {"role": "customer", "id": "bruno"}
NOON = utc(2026, 11, 23, 12)
NINE, TEN, ELEVEN = (f"2026-11-23T{hour}:00:00Z" for hour in ("09", "10", "11"))
OPENED = {"command": {"do": "open", "ticket": "T-1", "message": {"id": "m1"}, "at": NINE, "by": BRUNO}}
ASK = {"do": "move", "transition": "ask_for_information", "message": {"id": "m2"}, "at": TEN, "by": ANA}
CLOSE = {"do": "move", "transition": "close", "at": TEN, "by": ANA}
ANSWER = {"do": "add_message", "message": {"id": "m3"}, "at": "2026-11-25T11:00:00Z", "by": BRUNO}
ASSIGN = {"do": "assign", "assignee": "ana", "at": TEN, "by": ANA}


def case(*steps: object, **more: object) -> dict[str, object]:
    return {"id": "x", "source": "by hand", "rules": {"preset": "senior"}, "steps": [*steps], **more}


def look(at: str = TEN, **expect: object) -> dict[str, object]:
    return {"at": at, "expect": expect}


def detail(given: dict[str, object]) -> str:
    (result,) = run_cases({"cases": [given]})
    return result.detail


FINE: dict[str, Any] = {
    "a plan is kept, and applied twice": case(
        OPENED,
        {"command": ASK},
        {"plan": "p", "at": "2026-12-01T13:00:00Z"},
        {"apply": "p"},
        {"apply": "p", "is_repeated": True},
        look("2026-12-01T13:00:00Z", state="closed"),
    ),
    "a plan that the answer raced": case(
        OPENED,
        {"command": ASK},
        {"plan": "p", "at": "2026-12-01T10:00:00Z"},
        {"command": {"do": "add_message", "message": {"id": "m3"}, "at": ELEVEN, "by": BRUNO}},
        {"apply": "p", "refused": ["stale"]},
    ),
    "carried out, with other rules, tried with others": case(
        OPENED,
        {"advance": TEN},
        {"rules": {"preset": "senior", "options": {"close_after": {"business_days": {"days": 3}}}}},
        {"migrate": {"preset": "senior"}, "at": TEN, "changes": []},
        look(state="new", lists=[]),
    ),
    "a delivery comes twice": case(
        {"command": {**OPENED["command"], "event_id": "e1"}},
        {"command": {**ASSIGN, "event_id": "e2"}},
        {"command": {**ASSIGN, "event_id": "e2"}, "is_repeated": True},
    ),
    "what somebody can do": case(
        {"available": {"open_commands": ["open"], "commands": {"open": {"is_open": True}}}, "at": NINE, "by": BRUNO}
        | {"is_new": True},
        OPENED,
        {"available": {"moves": {"close": {"refused": ["no_such_transition", "not_allowed"]}}}, "at": TEN, "by": ANA},
        {"available": {"open_moves": ["record_close_request"]}, "at": TEN, "by": BRUNO},
    ),
    "what is sent": case(
        OPENED,
        {"command": ASK},
        {
            "deliveries": {"sends": [{"template": "request-reminder-1", "to": "customer"}], "withholds": []},
            "at": "2026-11-25T10:00:00Z",
        },
        {
            "deliveries": {"withholds": [{"template": "request-reminder-1", "why": "late"}]},
            "at": "2026-11-25T10:00:00Z",
            "sent_at": "2026-11-25T11:00:00.000001Z",
            "default_grace": {"hours": 1},
        },
        {
            "deliveries": {"sends": [{"template": "request-reminder-1"}]},
            "at": "2026-11-25T10:00:00Z",
            "sent_at": "2026-11-25T11:00:00Z",
            "graces": {"close-unanswered-request": {"hours": 1}},
            "modes": {"validation-on-release": "all"},
        },
    ),
    "what is sent after a command": case(
        OPENED,
        {"command": ASK},
        {
            "command": ANSWER,
            "deliveries": {"sends": [], "withholds": [{"template": "request-reminder-1", "why": "episode_ended"}]},
        },
        {"at": ANSWER["at"], "expect": {"records": {"message": [{"by": "bruno"}, {"by": "ana"}, {"by": "bruno"}]}}},
    ),
    "an agenda and reports": case(
        OPENED,
        {"command": ASK},
        {"agenda": [{"ticket": "T-1", "at": "2026-11-25T10:00:00Z"}], "due": ["T-1"], "at": "2026-11-25T10:00:00Z"},
        {"agenda": [{"ticket": "T-1", "at": "2026-11-25T10:00:00Z"}], "at": TEN, "tickets": ["T-1"]},
        {"reports": {"T-1": {"state": "waiting_for_customer", "reopenings": 0}}, "at": TEN},
    ),
    "more of a ticket": case(
        OPENED,
        look(
            has_more=False,
            unknown_from=None,
            cycles={"resolution": [{"state": "paused", "elapsed": {"seconds": 0}}]},
            labels={"states": {"new": {"en": "new", "es": "Nuevo"}}},
        ),
    ),
    "some are refused": case(
        OPENED,
        {"bulk": ASSIGN, "tickets": ["T-1"]},
        {"bulk": CLOSE, "tickets": ["T-1"], "refused": {"T-1": ["no_such_transition", "not_allowed"]}},
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_a_case_with_true_expectations_passes(name: str) -> None:
    assert detail(FINE[name]) == ""


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "otherwise": (
        case(OPENED, look(state="closed")),
        'step 1 (expectation at 2026-11-23T10:00:00+00:00): state: expected "closed"',
    ),
    "no steps": (case(), "steps: the case has no steps; give commands and expectations"),
    "nothing expected": (case(OPENED, look()), "the expectation is empty; say what is expected"),
    "nothing expected of a clock": (
        case(OPENED, look(clocks={"resolution": {}})),
        "the expectation is empty; say what is expected",
    ),
    "nothing expected of what is due": (case(OPENED, look(due=[{}])), "the expectation is empty; say what is expected"),
    "a look back": (
        case(OPENED, {"command": ASSIGN}, look(NINE, state="new")),
        "steps[2]: the expectation is about an instant before the last command; put it before that command",
    ),
    "a look at a ticket before its opening": (
        case(OPENED, {**look("2026-11-23T08:59:59Z", state="new"), "as_of": True}),
        "steps[1]: the expectation is about an instant before the opening; give a later *at*",
    ),
    "no ticket yet": (
        case(look(state="new")),
        "steps[0]: no earlier step is about a ticket; open a ticket, or name one",
    ),
    "no such ticket": (case(OPENED, {**look(state="new"), "ticket": "T-2"}), "no ticket 'T-2'; did you mean 'T-1'?"),
    "opened twice": (case(OPENED, OPENED), "steps[1]: ticket 'T-1' exists already; open another one, and name none"),
    "a field that is none": (case(OPENED, look(fields={"natrue": None})), "no field 'natrue'; did you mean 'nature'?"),
    "a rule that is none": (case(OPENED, look(explain={"x": {"verdict": "due"}})), "no rule 'x'"),
    "a clock that is none": (case(OPENED, look(clocks={"x": {"state": "met"}})), "no clock 'x'"),
    "a text that is none": (case(OPENED, look(texts={"x": {"en": "x"}})), "no text 'x'"),
    "another text": (
        case(OPENED, look(texts={"request-reminder-1": {"en": "x"}})),
        "texts.request-reminder-1: expected",
    ),
    "a plan that is none": (case(OPENED, {"apply": "p"}), "steps[1]: no plan 'p'"),
    "reasons of what is accepted": (
        case(OPENED, {"command": ASSIGN, "reasons": [{"lacks": []}]}),
        "an accepted command has no reasons; give the codes of the refusal under refused",
    ),
    "hints of what is refused": (
        case(OPENED, {"command": CLOSE, "refused": ["not_allowed"], "hints": []}),
        "a refused command has no hints and is not repeated; leave them out",
    ),
    "a refusal that does not come": (
        case(OPENED, {"command": ASSIGN, "refused": ["stale"]}),
        'refused: expected ["stale"], got []',
    ),
    "a refusal that comes": (case(OPENED, {"command": CLOSE}), "refused: expected [], got ["),
    "more reasons than there are": (
        case(OPENED, {"command": CLOSE, "refused": ["no_such_transition"], "reasons": [{"lacks": []}] * 9}),
        "reasons: expected 9",
    ),
    "other hints": (case(OPENED, {"command": ASSIGN, "hints": ["x"]}), 'hints: expected ["x"], got []'),
    "other data of hints": (case(OPENED, {"command": ASSIGN, "hint_data": {"x": {"at": 1}}}), "hint_data.x: expected"),
    "one ticket twice": (
        case(OPENED, {"bulk": ASSIGN, "tickets": ["T-1", "T-1"]}),
        "the step names a ticket twice: T-1, T-1; name each once",
    ),
    "no tickets": (case(OPENED, {"bulk": ASSIGN, "tickets": []}), "the step names no tickets; name at least one"),
    "a refusal of another": (
        case(OPENED, {"bulk": ASSIGN, "tickets": ["T-1"], "refused": {"T-2": ["stale"]}}),
        "no ticket of this step 'T-2'",
    ),
    "a bulk that is refused": (case(OPENED, {"bulk": CLOSE, "tickets": ["T-1"]}), "T-1: refused: expected []"),
    "elsewhere": (
        case(OPENED, {"arrives": {"message": {"id": "m2"}, "by": BRUNO}, "at": TEN, "to": {"open_new": None}}),
        'a message arrives at 2026-11-23T10:00:00+00:00): to: expected {"open_new": null}, got {"append": "T-1"}',
    ),
    "another sum": (
        case(OPENED, {"summary": {"tickets": 2}, "at": TEN}),
        "step 1 (summary at 2026-11-23T10:00:00+00:00): summary.tickets: expected 2, got 1",
    ),
    "another plan": (
        case(OPENED, {"plan": "p", "at": TEN}, {"apply": "p", "is_repeated": True}),
        "step 2 (apply plan 'p'): is_repeated: expected true, got false",
    ),
    "a plan that is true": (
        case(OPENED, {"plan": "p", "at": TEN}, {"verify": "p", "is_true": False}),
        "step 2 (verify plan 'p'): is_true: expected false, got true",
    ),
    "other changes": (
        case(OPENED, {"migrate": {"preset": "senior"}, "at": TEN, "changes": [{"clock": "x"}]}),
        "step 1 (preview of a migration at 2026-11-23T10:00:00+00:00): changes: expected 1, got 0",
    ),
    "another choice": (
        case(OPENED, {"available": {"moves": {"close": {"is_open": True}}}, "at": TEN, "by": ANA}),
        "step 1 (what 'ana' can do at 2026-11-23T10:00:00+00:00): moves.close.is_open: expected true, got false",
    ),
    "a move that is none": (
        case(OPENED, {"available": {"moves": {"clsoe": {"is_open": True}}}, "at": TEN, "by": ANA}),
        "steps[1]: no move 'clsoe'; did you mean 'close'?",
    ),
    "other choices": (
        case(OPENED, {"available": {"open_moves": []}, "at": TEN, "by": BRUNO}),
        'open_moves: expected [], got ["record_close_request"]',
    ),
    "no choice": (case(OPENED, {"available": {}, "at": TEN, "by": BRUNO}), "the expectation is empty"),
    "other deliveries": (
        case(OPENED, {"deliveries": {"sends": [{"template": "x"}]}, "at": TEN}),
        "step 1 (deliveries at 2026-11-23T10:00:00+00:00): sends: expected 1, got 0: []",
    ),
    "other deliveries of a command": (
        case(OPENED, {"command": ASK, "deliveries": {"sends": [{"template": "x"}]}}),
        "step 1 (deliveries of Move at 2026-11-23T10:00:00+00:00): sends: expected 1, got 0: []",
    ),
    "deliveries of a refused command": (
        case(OPENED, {"command": CLOSE, "deliveries": {"sends": []}}),
        'Move at 2026-11-23T10:00:00+00:00): refused: expected [], got ["no_such_transition", "not_allowed"] (',
    ),
    "deliveries of nothing": (
        case(OPENED, {"deliveries": {"sends": []}}),
        "steps[1]: the messages are not those of one plan or command; give either at or command",
    ),
    "deliveries of a plan and a command": (
        case(OPENED, {"command": ASK, "deliveries": {"sends": []}, "at": TEN}),
        "steps[1]: the messages are not those of one plan or command; give either at or command",
    ),
    "a mode of no rule": (
        case(OPENED, {"deliveries": {"sends": []}, "at": TEN, "modes": {"x": "all"}}),
        "steps[1]: no rule 'x'",
    ),
    "other follow-ups": (
        case(OPENED, {"follow_ups": ["X"], "at": TEN, "by": ANA}),
        'step 1 (follow-ups at 2026-11-23T10:00:00+00:00): follow_ups: expected ["X"], got []',
    ),
    "another agenda": (
        case(OPENED, {"agenda": [], "due": ["T-1"], "at": TEN}),
        'step 1 (agenda at 2026-11-23T10:00:00+00:00): due: expected ["T-1"], got []',
    ),
    "another report": (
        case(OPENED, {"reports": {"T-1": {"state": "closed"}}, "at": TEN}),
        'step 1 (reports at 2026-11-23T10:00:00+00:00): reports.T-1.state: expected "closed", got "new"',
    ),
    "an empty report": (case(OPENED, {"reports": {"T-1": {}}, "at": TEN}), "the expectation is empty"),
    "a label that is none": (case(OPENED, look(labels={"states": {"x": {}}})), "the expectation is empty"),
    "a label of nothing": (
        case(OPENED, look(labels={"choices": {"x": {"en": "x"}}})),
        "no name among choices 'x'",
    ),
    "another label": (case(OPENED, look(labels={"states": {"new": {"en": "x"}}})), "labels.states.new: expected"),
    "other verdicts": (case(OPENED, look(verdicts={"x": "due"})), "verdicts: expected"),
    "other differences": (
        {"old": {"preset": "senior"}, "new": {"preset": "posponer"}, "differences": [], "id": "x", "source": "x"},
        "expected [], got [",
    ),
    "other messages": (
        case(OPENED, look(records={"message": []})),
        '"message": {"id": "m1", "public": true, "automatic": false, "resolves": false}',
    ),
    "two steps in one": (
        case(OPENED, {"command": ASSIGN, **look(state="new")}),
        "the object has command and expect; give one of them",
    ),
    "a preset that is none": (
        case(OPENED, rules={"preset": "snior"}),
        "rules.preset: no preset 'snior'; did you mean 'senior'?",
    ),
    "an option that is none": (
        case(OPENED, rules={"preset": "senior", "options": {"close": 1}}),
        "rules.options.close: no key 'close'",
    ),
    "an option that cannot be": (
        case(OPENED, rules={"preset": "senior", "options": {"waiting_reminders": [{"elapsed": {"seconds": 0}}]}}),
        "rules.options: rules 'senior', automations",
    ),
    "an option of another type": (
        case(OPENED, rules={"preset": "adereso", "options": {"may_edit": []}}),
        "rules.options: may_edit is empty; name at least one role or group",
    ),
    "many mistakes": (case(*[{"command": {"do": "x"}}] * 9), "; and 4 more"),
    "other rules that are none": (case(OPENED, {"rules": {"preset": "x"}}), "steps[1].rules.preset: no preset 'x'"),
    "a fault that is none": (
        {"check": {"preset": "senior"}, "finds": ["never_true"], "budget": 0, "id": "x", "source": "x"},
        "expected never_true, got no findings",
    ),
    "a preset that is otherwise wrong": (
        {
            "reject": '{"preset": "senior", "options": {"x": 1}}',
            "kind": "preset",
            "problems": [{"code": "x", "pointer": ""}],
            "id": "x",
            "source": "x",
        },
        "got [('unknown_key', '/options/x')]",
    ),
    "a preset that is fine": (
        {
            "reject": '{"preset": "senior"}',
            "kind": "preset",
            "problems": [{"code": "x", "pointer": ""}],
            "id": "x",
            "source": "x",
        },
        "expected [('x', '')], got no problems",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_false_or_empty_expectation_fails_the_case(name: str) -> None:
    given, expected = WRONG[name]
    assert expected in detail(given)


def test_a_check_case_fails_on_an_unexpected_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    clash = {
        "funnels": [{"name": "a", "stages": [{"name": "b"}, {"name": "c"}]}],
        "resolutions": [
            {"stage": "a.b", "when": {"elapsed": {"days": 2}}, "outcome": outcome} for outcome in ("won", "lost")
        ],
    }
    given = {"check": {"preset": "embudo", "options": clash}, "finds": [], "id": "x", "source": "x", "budget": 50}
    assert "expected no findings, got warning opposite_outcomes" in detail(given)
    monkeypatch.setattr(Witness, "replays", lambda *_: False)
    assert "the engine does not replay the witnesses of: " in detail(given)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (AdvanceStep(advance=NOON), "advance at 2026-11-23T12:00:00+00:00"),
        (PlanStep(plan="p", at=NOON), "make plan 'p'"),
        (ApplyStep(apply="p"), "apply plan 'p'"),
        (RulesStep(rules=PresetRules(preset="senior")), "change the rules"),
    ],
)
def test_messages_describe_steps(step: Step, expected: str) -> None:
    assert described(step) == expected


def test_every_step_compares_tickets_with_their_replayed_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario_cases, "replay", lambda _: None)
    assert "ticket T-1 differs from its replayed history" in detail(case(OPENED))


def test_a_difference_names_the_entry_and_the_attribute() -> None:
    steps = (OPENED, {"command": ASSIGN})
    assert detail(case(*steps, look(automatic=[{"rule": "analysis-on-assignment"}]))) == ""
    assert "automatic[0].rule: expected" in detail(case(*steps, look(automatic=[{"rule": "x"}])))
    assert "records.assigned[0].by: expected" in detail(case(*steps, look(records={"assigned": [{"by": "eva"}]})))
    assert detail(case(*steps, look(first_answer_by=None, first_resolution_by=None, earlier=0, follows=None))) == ""
    message = look(records={"message": [{"message": {"public": False}}]})
    assert "records.message[0].message.public: expected false, got true" in detail(case(*steps, message))


@pytest.mark.parametrize(
    ("text", "told"),
    [(b'{"casez": [], "cases": []}', "no key 'casez'; did you mean 'cases'?"), (b'{"notes": "", "cases": []}', "")],
)
def test_a_misspelled_key_of_a_file_is_an_error_and_other_keys_are_remarks(text: bytes, told: str) -> None:
    if not told:
        assert read_cases(text, "x")
        return
    with pytest.raises(DocumentError, match="did you mean"):
        read_cases(text, "x")


@pytest.mark.parametrize("make", [lambda: preset("x"), lambda: build("x", {})])
def test_unknown_presets_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises((BadValueError, DataError)):
        make()


# -- what else these pages hold on to


MONDAYS, TUESDAYS, FIRSTS = EveryWeek("monday", "09:00"), EveryWeek("tuesday", "09:00"), EveryMonth(1, "09:00")
ELSEWHERE = EveryWeek("monday", "09:00", zone="Asia/Tokyo")
TWO_STAGES = (Funnel("a", (Stage("b"), Stage("c"))),)


@pytest.mark.parametrize(
    ("one", "other", "can_meet"),
    [
        (MONDAYS, TUESDAYS, False),
        (MONDAYS, FIRSTS, True),
        (MONDAYS, attrs.evolve(FIRSTS, at="10:00"), False),
        (MONDAYS, attrs.evolve(TUESDAYS, zone="Asia/Tokyo"), True),
        (MONDAYS, ELSEWHERE, True),
        (MONDAYS, Elapsed(days=2), True),
        (Elapsed(days=3), Elapsed(days=2), False),
    ],
)
def test_opposite_outcomes_that_come_round(one: EveryWeek, other: EveryWeek, can_meet: bool) -> None:
    rules = embudo(TWO_STAGES, (Resolution("a.b", one, "won"), Resolution("a.b", other, "lost")))
    found = {finding.code for finding in exact_findings(rules)}
    assert ("opposite_outcomes" in found) is can_meet


def test_two_resolutions_of_one_kind_are_named_apart() -> None:
    rules = embudo(TWO_STAGES, (Resolution("a.b", MONDAYS, "won"), Resolution("a.b", TUESDAYS, "won")))
    assert [rule.id for rule in rules.automations] == ["periodic-a.b-won", "periodic-a.b-won-2"]


def test_a_rule_that_listens_to_fields_is_heard_whatever_is_set() -> None:
    listens = Automation("x", OnCommand("set_fields"), (SendMessage("seen", "owner"),))
    rules = attrs.evolve(senior(), automations=(listens,))
    assert any(step.entries and "x" in map(scenario_rule, step.entries) for step in explore(rules, 30).steps)


def scenario_rule(entry: object) -> str | None:
    return getattr(getattr(getattr(entry, "cause", None), "key", None), "rule", None)


def test_a_witness_that_is_refused_replays_nothing() -> None:
    witness = Witness((), explore(senior(), 1).nodes[0].ticket.changed_at + timedelta(days=1), (), "new")
    assert not witness.replays(senior())


def test_a_missing_part_has_the_place_of_the_part_around_it() -> None:
    document = parse('{"automations": [{"id": "a"}]}', "x")
    assert located(("automations", "b", "given"), document) == ("/automations", 1)


def test_a_rule_that_cancels_a_snooze_wakes_what_sleeps() -> None:
    """5.1: without its snooze, a ticket that stayed hidden would never come back."""
    cancel = Automation("cancel", OnCommand("assign"), (CancelSnooze(),))
    rules = attrs.evolve(posponer(), automations=(cancel,))
    desk = Desk(rules)
    desk.open(NOON)
    desk.give(commands.Assign("ana", at=NOON, by=ANALYST))
    assert desk.ticket.snooze is None, "there was none: nothing happens"
    desk.give(commands.Snooze(NOON + timedelta(days=3), at=NOON + timedelta(hours=1), by=ANALYST))
    desk.give(commands.Assign("eva", at=NOON + timedelta(hours=2), by=ANALYST))
    assert (desk.ticket.snooze, desk.ticket.is_hidden) == (None, False)
    desk.give(commands.Snooze(NOON + timedelta(days=3), at=NOON + timedelta(hours=3), by=ANALYST))
    desk.give(commands.Reopen(at=NOON + timedelta(hours=4), by=ANALYST))
    desk.give(commands.Assign("ana", at=NOON + timedelta(hours=5), by=ANALYST))
    assert (desk.ticket.snooze, desk.ticket.is_hidden) == (None, False), "awake already"


@pytest.mark.parametrize("kind", ["truth", "moment"])
def test_whatever_the_fields_are(kind: FieldKind) -> None:
    listens = Automation("x", OnCommand("set_fields"), (SendMessage("seen", "owner"),))
    fields = (Field("held", choices=("only",)), Field("other", kind=kind))
    workflow = attrs.evolve(posponer().workflow, fields=fields, openings=())
    rules = attrs.evolve(posponer(), workflow=workflow, automations=(listens,))
    assert any(step.entries and "x" in map(scenario_rule, step.entries) for step in explore(rules, 30).steps)


def test_a_field_that_a_rule_holds_is_not_set() -> None:
    listens = Automation("x", OnCommand("set_fields"), (SendMessage("seen", "owner"),))
    holds = Automation("y", OnCommand("open"), (HoldField("held", "only"),))
    workflow = attrs.evolve(posponer().workflow, fields=(Field("held", choices=("only",)),), openings=())
    rules = attrs.evolve(posponer(), workflow=workflow, automations=(holds, listens))
    assert not any("x" in map(scenario_rule, step.entries) for step in explore(rules, 30).steps)


def test_the_search_for_races_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = next(fault for fault, _, code in PLANTED_LIVES.values() if code == "order_sensitive")
    assert any(finding.code == "order_sensitive" for finding in searched_findings(fault(), 200))
    monkeypatch.setattr(ties, "_MOST_TRIES", 0)
    assert not any(finding.code == "order_sensitive" for finding in searched_findings(fault(), 200))
