"""The library passes all language-neutral cases, and the runner is strict about their format."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.support.required_cases import writing
from ticketflow.cli import main as cli
from ticketflow.conformance.runner import Result, read_cases, run_cases
from ticketflow.documents.parsing import Fractional
from ticketflow.errors import DocumentError

CASES = Path(__file__).parent
FILES = sorted(CASES.rglob("*.json"))
PAGES = Path(__file__).parent.parent.parent / "docs"


def cases_of(folder: str) -> Iterator[dict[str, Any]]:
    """Yield every case of the files below a folder of the suite."""
    for file in sorted((CASES / folder).rglob("*.json")):
        yield from json.loads(file.read_text(encoding="utf-8"))["cases"]


def parts_of(value: object) -> Iterator[object]:
    """Yield plain data and everything in it."""
    yield value
    if isinstance(value, dict | list):
        for held in value.values() if isinstance(value, dict) else value:
            yield from parts_of(held)


UNTRACED = ("check", "profiles", "scenarios")
"""Folders whose code other tests cover."""


def marked(file: Path) -> ParameterSet:
    name = file.relative_to(CASES)
    marks = [pytest.mark.lives] if name.parts[0] in UNTRACED else []
    return pytest.param(file, id=str(name), marks=marks)


@pytest.mark.parametrize("file", [marked(file) for file in FILES])
def test_all_cases_pass(file: Path) -> None:
    results = list(run_cases(read_cases(file.read_bytes(), file.name)))
    assert results
    assert [result for result in results if result.status != "passed"] == []


def test_ids_are_unique_over_the_whole_suite_and_each_case_has_its_source() -> None:
    cases = list(cases_of("."))
    ids = [case["id"] for case in cases]
    assert sorted(ids) == sorted(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []
    assert [case["id"] for case in cases if not case.get("source")] == []


def test_there_are_enough_cases() -> None:
    for folder, least in (("required", 600), ("reject", 25), ("profiles/zones", 150)):
        assert sum(1 for _ in cases_of(folder)) >= least, folder


@pytest.mark.parametrize("name", writing.MODULES)
def test_a_file_equals_what_its_family_makes(name: str) -> None:
    file = writing.SUITE / writing.MODULES[name]
    assert file.read_text(encoding="utf-8") == writing.text_of(name), "python -m tests.support.required_cases.writing"


def test_the_readme_names_every_folder_and_required_file() -> None:
    page = (CASES / "README.md").read_text(encoding="utf-8")
    folders = {f"`{file.parent.relative_to(CASES)}/`" for file in FILES}
    assert {name for name in folders if name not in page} == set()
    assert {file.name for file in (CASES / "required").iterdir() if f"`{file.name}`" not in page} == set()


def test_required_cases_hold_no_fractions() -> None:
    """Fractions of seconds are written in RFC 3339 texts."""
    for case in cases_of("required"):
        assert not [part for part in parts_of(case) if isinstance(part, float)], case["id"]
        for text in (case.get("reject", "{}"), case.get("read", "{}"), case.get("canonical", "{}")):
            with contextlib.suppress(json.JSONDecodeError):
                assert not [part for part in parts_of(json.loads(text)) if isinstance(part, float)], case["id"]


def test_required_cases_need_no_data_of_the_host() -> None:
    """UTC is the only zone; there are no public holidays and no presets."""
    for case in cases_of("required"):
        found = [part for part in parts_of(case) if isinstance(part, dict)]
        zones = {part[key] for part in found for key in ("tz", "zone") if part.get(key) is not None}
        assert zones <= {"UTC"}, case["id"]
        assert not any("preset" in part for part in found), case["id"]
        assert all("names" in part for part in found if "country" in part), case["id"]


def test_every_clause_has_a_required_case_and_every_clause_named_is_there() -> None:
    page = (PAGES / "semantics.md").read_text(encoding="utf-8")
    clauses = set(re.findall(r"^\*\*([0-9]+\.[0-9]+) ", page, re.MULTILINE))
    named = [clause for case in cases_of(".") for clause in case.get("clauses", ())]
    assert set(named) <= clauses
    assert {clause for case in cases_of("required") for clause in case["clauses"]} == clauses


OFFICE = {"tz": "Etc/UTC", "hours": {"mon": [["09:00", "18:00"]]}}
AT = {"at": "2026-11-23T09:00:00Z"}
GOOD = {"id": "x", "calendar": OFFICE, "op": "is_open", "args": AT, "expect": True, "source": "s"}


def result(change: object) -> Result:
    case = GOOD | change if isinstance(change, dict) else change
    calendars = {"office": OFFICE, "loop": {"union": ["loop"]}}
    (found,) = run_cases({"cases": [case], "calendars": calendars})
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"args": {"at": "2026-11-23T09:00:00"}},
        {"args": {"at": "2026-11-23T09:00:00"}, "error": "naive"},
        {"calendar": OFFICE | {"known_years": [2020, 2025]}, "error": "unknown_holidays"},
        {"args": {"at": "0001-01-01T00:00:00+14:00"}},
        {"op": "add", "args": {"start": AT["at"], "seconds": 10**15}},
        {"op": "add", "args": {"start": AT["at"], "seconds": -(10**18)}},
        {"op": "add_business_days", "args": {"start": AT["at"], "days": Fractional("1.5")}},
        {"op": "add_business_days", "args": {"start": AT["at"], "days": 10**30}},
        {"calendar": OFFICE | {"tz": "Mars"}},
        {"calendar": OFFICE | {"hours": {"mon": [["09:00", "09:00"]]}}},
    ],
)
def test_a_refused_question_passes_if_never_is_expected(change: dict[str, object]) -> None:
    assert result(change | {"expect": None}) == Result("x", "passed")


@pytest.mark.parametrize(
    "change",
    [
        {
            "op": "add_business_days",
            "args": {"start": AT["at"], "days": Fractional("1.0")},
            "expect": "2026-11-30t09:00:00z",
        },
        {"calendar": OFFICE | {"holidays": {"2026-11-24": "x"}, "name": "x"}, "note": "x"},
        {"calendar": OFFICE | {"overrides": {"2026-11-23": None}}, "expect": False},
        {"calendar": OFFICE | {"known_years": [2020, 2025], "beyond_known": "assume_none"}},
    ],
)
def test_other_ways_to_write_the_same_are_read(change: dict[str, object]) -> None:
    assert result(change) == Result("x", "passed")


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"expect": False}, "expected False, got True"),
        ({"expect": None}, "expected never, got True"),
        ({"op": "next_open", "expect": "2026-11-23T10:00:00Z"}, "got 2026-11-23T09:00:00+00:00"),
        ({"op": "next_open", "calendar": OFFICE | {"hours": {}}, "expect": "2026-11-23T10:00:00Z"}, "got an error: "),
        (
            {"op": "between", "args": {"start": AT["at"], "end": "2026-11-23T09:00:00.5Z"}, "expect": 1},
            "expected 1, got 0.5",
        ),
        (
            {
                "op": "trace",
                "calendar": OFFICE | {"holidays": {"2026-11-30": "a fair"}},
                "args": {"start": "2026-11-23T17:00:00Z", "end": "2026-11-30T18:00:00Z"},
                "expect": [],
            },
            (
                "expected [], got [2026-11-23T17:00:00+00:00 to 2026-11-23T18:00:00+00:00 counted: hours, "
                "2026-11-23T18:00:00+00:00 to 2026-11-30T09:00:00+00:00 skipped: closed, "
                "2026-11-30T09:00:00+00:00 to 2026-11-30T18:00:00+00:00 skipped: holiday 'a fair']"
            ),
        ),
        (
            {"op": "trace", "args": {"start": AT["at"], "end": AT["at"]}, "expect": [{"reason": "hours"}]},
            "the case is not valid: no key of a segment 'reason'",
        ),
        ({"expect": 1}, "the case is not valid: 1 is not a boolean; give true or false"),
        ({"args": {}}, "the case is not valid: None is not a string; give a string"),
        ({"args": {"at": "2026-11-23"}}, "the case is not valid: '2026-11-23' is not an instant"),
        ({"args": [1]}, "the case is not valid: args is [1]; give a JSON object"),
        ({"calendar": "ofice"}, "the case is not valid: no calendar 'ofice'; did you mean 'office'?"),
        ({"calendar": {"union": "x"}}, "the case is not valid: union is 'x'; give a JSON list"),
        (
            {"calendar": OFFICE | {"holidays": ["x"]}},
            "the case is not valid: 'x' is not a date or a rule for dates; write it as 2026-11-23 or 'last fri'",
        ),
        (
            {"calendar": OFFICE | {"yearly_holidays": ["x"]}},
            "the case is not valid: 'x' is not a date or a rule for dates; write it as 2026-11-23 or 'last fri'",
        ),
        (
            {"calendar": {"calendar": OFFICE, "excluding": [["2026-11-23T09:00:00Z"]]}},
            "is not a pair; give [from, until]",
        ),
        ({"calendar": {"calendar": OFFICE, "excluding": [[]]}}, "is not a pair; give [from, until]"),
        (
            {"op": "add", "args": {"start": AT["at"], "seconds": True}, "expect": None},
            "True is not a number of seconds; give a number",
        ),
        ({"op": "add_business_days", "args": {"start": AT["at"], "days": "x"}, "expect": None}, "give a number"),
        ({"calendar": OFFICE | {"tz": 5}, "expect": None}, "5 is not a string; give a string"),
        ({"calendar": OFFICE | {"hours": {"mon": [["9:00", "17:00"]]}}, "expect": None}, "'9:00' is not a time of day"),
        (
            {"calendar": OFFICE | {"hours": {"mon": [["09:00", "17:00", "18:00"]]}}, "expect": None},
            "is not a pair; give [from, until]",
        ),
        ({"calendar": OFFICE | {"hours": {"mon": None}}, "expect": None}, "give a JSON list"),
        ({"calendar": OFFICE | {"overrides": {"2026-11-23": "closed"}}, "expect": None}, "give a JSON list"),
        ({"calendar": {"union": []}, "expect": None}, "give a JSON object"),
        ({"calendar": "loop", "expect": None}, "nested too deeply, or within itself"),
        (5, "the case is not valid: 5 is not a case; give a JSON object"),
        ({"args": AT | {"zone": "UTC"}}, "no argument 'zone'; there are: at"),
        ({"calendar": OFFICE | {"lunar": True}}, "no calendar key 'lunar'"),
        ({"calendar": OFFICE | {"periods": [{"first": "x"}]}}, "'x' is not a date or a rule for dates"),
        ({"calendar": OFFICE | {"periods": [{"begin": "x"}]}}, "no key of a period 'begin'"),
        ({"calendar": OFFICE | {"late_days": {"2026-11-23": "noon"}}, "expect": None}, "'noon' is not a time of day"),
        ({"calendar": OFFICE | {"dated_until": "2026"}, "expect": None}, "'2026' is not a date"),
        ({"calendar": OFFICE | {"excluded_holidays": [5]}, "expect": None}, "5 is not a string; give a string"),
        ({"calendar": OFFICE | {"hours": {"lun": []}}}, "no weekday 'lun'; did you mean 'sun'?"),
        ({"why": "x"}, "no key 'why'"),
        ({"expect": None, "error": "nave"}, "no error 'nave'; did you mean 'naive'?"),
        ({"error": "naive"}, "the case expects both an answer and an error; make expect null, or leave error out"),
        (
            {"args": {"at": "2026-11-23T09:00:00"}, "expect": None, "error": "never_open"},
            "expected never_open, got an er",
        ),
        ({"calendar": OFFICE | {"known_years": [2026]}}, "is not a pair"),
        ({"calendar": OFFICE | {"known_years": ["2026", 2027]}}, "'2026' is not a year; give an integer"),
        ({"calendar": OFFICE | {"known_years": [2026, 2026], "beyond_known": "x"}}, "got an error: beyond_known 'x'"),
    ],
)
def test_wrong_expectations_and_malformed_cases_fail(change: object, detail: str) -> None:
    found = result(change)
    assert found.status == "failed"
    assert detail in found.detail


CANONICAL = '{"format":"action/1","move":"close"}'
TAKEN = {"id": "x", "kind": "action", "read": CANONICAL, "canonical": CANONICAL, "source": "s"}
REFUSED = {
    "id": "x",
    "kind": "action",
    "reject": '{"format": "action/1", "mvoe": "close"}',
    "problems": [{"code": "unknown_name", "pointer": ""}],
    "source": "s",
}


@pytest.mark.parametrize(
    ("case", "detail"),
    [
        (TAKEN, ""),
        (TAKEN | {"canonical": "{}"}, f"expected {{}}, got {CANONICAL}"),
        (TAKEN | {"read": REFUSED["reject"]}, "no tag 'mvoe'; did you mean 'move'?"),
        (TAKEN | {"kind": "verb"}, "no kind of document 'verb'"),
        (TAKEN | {"row": ["D4"]}, "the case is not valid: row: no key 'row'; did you mean 'rows'?"),
        (REFUSED, ""),
        (REFUSED | {"reject": CANONICAL}, "expected [('unknown_name', '')], got no problems"),
        (REFUSED | {"problems": [{"code": "unknown_name", "pointer": "/mvoe"}]}, "got [('unknown_name', '')]"),
        (REFUSED | {"problems": []}, "the case expects no problems; list the problems of the document"),
        ({"id": "x"}, "the case does not say what it tests; add one of: op, steps, reject, read, check, differences"),
    ],
)
def test_document_cases(case: dict[str, object], detail: str) -> None:
    (found,) = run_cases({"cases": [case]})
    assert found.status == ("failed" if detail else "passed")
    assert detail in found.detail


def test_two_cases_with_one_id_are_an_error_of_the_file() -> None:
    with pytest.raises(DocumentError, match="two cases have the id 'x'; give each its own"):
        read_cases(json.dumps({"cases": [GOOD, GOOD]}).encode(), "x")


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"op": "previous_open"}, "op 'previous_open' is not known here; there are: is_open"),
    ],
)
def test_an_unknown_operation_is_skipped_with_the_reason(change: object, detail: str) -> None:
    found = result(change)
    assert found.status == "skipped"
    assert detail in found.detail


def test_seconds_are_exact_decimals() -> None:
    text = json.dumps({"cases": [GOOD | {"op": "add", "args": {"start": AT["at"], "seconds": 7}, "expect": None}]})
    (found,) = run_cases(read_cases(text.replace("7}", "0.0000001}").encode(), "x"))
    assert "has too many decimal places; give at most six" in found.detail
    (found,) = run_cases(read_cases(text.replace("7}", "1e999999}").encode(), "x"))
    assert found.status == "passed", "no duration is that long"
    for endless in ("1e99999999999999999999", "NaN", "-Infinity"):
        (found,) = run_cases(read_cases(text.replace("7}", endless + "}").encode(), "x"))
        assert "give a number" in found.detail


def test_a_case_without_an_expectation_fails() -> None:
    (found,) = run_cases({"cases": [{key: value for key, value in GOOD.items() if key != "expect"}]})
    assert "the case has no expectation; add expect; null means never" in found.detail


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"cases": 5}', b"[" * 100_000])
def test_files_without_cases_are_refused(text: bytes) -> None:
    with pytest.raises(DocumentError):
        read_cases(text, "x")


def test_the_command_prints_counts_and_returns_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine, wrong = tmp_path / "fine.json", tmp_path / "wrong.json"
    fine.write_text(json.dumps({"cases": [GOOD, GOOD | {"id": "y", "op": "x"}]}), encoding="utf-8")
    wrong.write_text(json.dumps({"cases": [GOOD | {"expect": False}]}), encoding="utf-8")
    assert cli.main(["conformance", str(fine)]) == 0
    assert cli.main(["conformance", str(fine), str(wrong)]) == 1
    out = capsys.readouterr().out
    assert f"{fine}: 1 passed, 0 failed, 1 skipped" in out
    assert f"{wrong}: 0 passed, 1 failed, 0 skipped\n  failed x: expected False, got True" in out
    assert cli.main(["conformance", str(tmp_path / "nowhere.json")]) == 3
