from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import candidates, equivalents

SOURCE = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 1

Number = int | Decimal


@decorated(most=2)
def first(value: int | None, most: int = 3) -> str | None:
    assert value == 4
    if value == 5 or flags | 6:
        raise ValueError(value + 7)
    return isinstance(value, int | Decimal) and "a" + name


@attrs.frozen
class Thing:
    shown: int = attrs.field(repr=False)
    size: int = 8

    def __repr__(self):
        return self.size + 9
"""


def span(text: str, width: int = 1) -> tuple[tuple[int, int], tuple[int, int]]:
    """The place of the first character of *text*."""
    line, column = next((n, line.index(text)) for n, line in enumerate(SOURCE.splitlines(), 1) if text in line)
    return (line, column), (line, column + width)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "operator", "kind"),
    [
        ("1", "NumberReplacer", "TYPE_CHECKING"),
        ("| Decimal", "ReplaceBinaryOperator_BitOr_BitAnd", "union of types"),
        ("2)", "NumberReplacer", "decorator"),
        ("| None, most", "ReplaceBinaryOperator_BitOr_BitAnd", "annotation"),
        ("| None:", "ReplaceBinaryOperator_BitOr_BitAnd", "annotation"),
        ("== 4", "ReplaceComparisonOperator_Eq_NotEq", "assertion"),
        ("| Decimal)", "ReplaceBinaryOperator_BitOr_BitAnd", "union of types"),
        ("+ name", "ReplaceBinaryOperator_Add_Sub", "text"),
    ],
)
def test_what_cannot_change_a_meaning_is_left_out(module: Path, text: str, operator: str, kind: str) -> None:
    assert candidates.reason_to_leave_out(module, f"core/{operator}", span(text)) == candidates.REASONS[kind]


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("3", "NumberReplacer"),
        ("== 5", "ReplaceComparisonOperator_Eq_NotEq"),
        ("or flags", "ReplaceOrWithAnd"),
        ("| 6", "ReplaceBinaryOperator_BitOr_BitAnd"),
        ("+ 7", "ReplaceBinaryOperator_Add_Sub"),
        ("8", "NumberReplacer"),
    ],
)
def test_what_can_is_worth_a_run(module: Path, text: str, operator: str) -> None:
    assert candidates.reason_to_leave_out(module, f"core/{operator}", span(text)) is None


def test_one_replacement_stands_for_others_of_its_place(module: Path) -> None:
    assert candidates.reason_to_leave_out(module, "core/ReplaceBinaryOperator_Add_Mul", span("+ 7")) is not None


def test_no_case_can_tell_refusals_of_python_values_and_texts(module: Path) -> None:
    assert [text for text in ("5", "+ 7", "False", "8", "9") if candidates.is_python_only(module, span(text))] == [
        "+ 7",
        "False",
        "9",
    ]


def test_a_listed_change_is_of_lines_that_are_there() -> None:
    root = Path(__file__).parents[2]
    for entry in equivalents.read().values():
        lines = {line.strip() for line in (root / entry.module).read_text(encoding="utf-8").splitlines()}
        taken = {line[2:] for line in entry.change.splitlines() if line.startswith("-")}
        assert taken, entry
        assert taken <= lines, entry
        assert len(entry.reason) > 20, entry
