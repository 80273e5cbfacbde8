"""Choose which changes of a cosmic-ray session are worth a run.

A change is left out if it can't change a meaning, or if another change of the same place stands for it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import attrs

OPERATORS = frozenset(
    {
        "AddNot",
        "ExceptionReplacer",
        "NumberReplacer",
        "ReplaceAndWithOr",
        "ReplaceBinaryOperator_Add_Sub",
        "ReplaceBinaryOperator_BitAnd_BitOr",
        "ReplaceBinaryOperator_BitOr_BitAnd",
        "ReplaceBinaryOperator_Div_Mul",
        "ReplaceBinaryOperator_FloorDiv_Mul",
        "ReplaceBinaryOperator_Mod_FloorDiv",
        "ReplaceBinaryOperator_Mul_FloorDiv",
        "ReplaceBinaryOperator_Sub_Add",
        "ReplaceBreakWithContinue",
        "ReplaceComparisonOperator_Eq_NotEq",
        "ReplaceComparisonOperator_GtE_Gt",
        "ReplaceComparisonOperator_GtE_Lt",
        "ReplaceComparisonOperator_Gt_GtE",
        "ReplaceComparisonOperator_Gt_LtE",
        "ReplaceComparisonOperator_IsNot_Is",
        "ReplaceComparisonOperator_Is_IsNot",
        "ReplaceComparisonOperator_LtE_Gt",
        "ReplaceComparisonOperator_LtE_Lt",
        "ReplaceComparisonOperator_Lt_GtE",
        "ReplaceComparisonOperator_Lt_LtE",
        "ReplaceComparisonOperator_NotEq_Eq",
        "ReplaceContinueWithBreak",
        "ReplaceFalseWithTrue",
        "ReplaceOrWithAnd",
        "ReplaceTrueWithFalse",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_Delete_USub",
        "ZeroIterationForLoop",
    }
)
"""The operators that are used, without `core/`. Each comparison is made stricter or laxer, and negated; each operation
is replaced by its inverse. Other replacements nearly always raise a `TypeError`, and count for nothing."""

_PYTHON_ONLY = frozenset({"__repr__", "__str__", "__hash__", "__setstate__", "__getstate__"})

_Span = tuple[tuple[int, int], tuple[int, int]]


@attrs.frozen
class Place:
    """A kind of syntax in a module, and where it stands.

    Attributes:
        start: The line, from 1, and the column, from 0.
        end: Likewise, exclusive.
        kind: Its kind.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    kind: str

    def covers(self, start: tuple[int, int], end: tuple[int, int]) -> bool:
        """Return whether the span lies within this place."""
        return self.start <= start and end <= self.end


REASONS = {
    "annotation": "an annotation is read by type checkers, and by nothing at run time that a case could see",
    "decorator": "a decorator is applied at import; without it the module does not work at all",
    "TYPE_CHECKING": "the block never runs",
    "assertion": "an assertion is for type checkers; it never fails",
    "union of types": "types can't be combined in another way; the module or the line does not work at all",
    "text": "texts and tuples can't be subtracted; the line does not work at all",
}
"""Why places of some kinds are left out."""


def places(source: str) -> tuple[Place, ...]:
    """Return the places of *source* that are left out, and those that only Python can tell (kind ``python``)."""
    return tuple(_places(ast.parse(source)))


def _places(tree: ast.Module) -> Iterator[Place]:
    for node in ast.walk(tree):
        yield from _annotations(node)
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield from (_place(each, "decorator") for each in node.decorator_list)
                if isinstance(node, ast.FunctionDef) and node.name in _PYTHON_ONLY:
                    yield _place(node, "python")
                if isinstance(node, ast.ClassDef):
                    fields = (each for each in node.body if isinstance(each, ast.AnnAssign))
                    yield from (_place(each, "python") for each in fields if isinstance(each.value, ast.Call))
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield _place(node, "TYPE_CHECKING")
            case ast.Assert():
                yield _place(node, "assertion")
            case ast.Raise():
                yield _place(node, "python")
            case ast.BinOp(op=ast.BitOr()) if _is_type(node.left) or _is_type(node.right):
                yield _place(node, "union of types")
            case ast.BinOp(op=ast.Add()) if _is_text(node.left) or _is_text(node.right):
                yield _place(node, "text")
            case _:
                pass


def _is_type(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return (name[:1].isupper() and not name.isupper()) or name in {"str", "int", "bool", "float", "tuple"}


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _annotations(node: ast.AST) -> Iterator[Place]:
    match node:
        case ast.arg(annotation=ast.expr() as note) | ast.AnnAssign(annotation=note):
            yield _place(note, "annotation")
        case ast.FunctionDef(returns=ast.expr() as note):
            yield _place(note, "annotation")
        case ast.Call(func=ast.Name(id="cast"), args=[note, *_]):
            yield _place(note, "annotation")
        case _:
            pass


def _place(node: ast.expr | ast.stmt, kind: str) -> Place:
    return Place((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0), kind)


@cache
def _places_of(path: Path) -> tuple[Place, ...]:
    return places(path.read_text(encoding="utf-8"))


def reason_to_leave_out(path: Path, operator: str, span: _Span) -> str | None:
    """Return why the change of *span* in the module at *path* is left out; None if it is worth a run."""
    if operator.removeprefix("core/") not in OPERATORS:
        return "another replacement at the same place stands for it"
    found = (REASONS[each.kind] for each in _places_of(path) if each.kind in REASONS and each.covers(*span))
    return next(found, None)


_NOT_IN_CASES = frozenset(
    {
        *("closures.py", "icalendar_files.py", "icalendar_format.py", "icalendar_reading.py", "icalendar_writing.py"),
        *("repetitions.py", "freezing.py", "rule_changes.py", "simulation.py", "transactions.py"),
        *("past_commands.py", "storage.py", "tables.py"),
    }
)
"""Modules of functions that the format of cases does not have: iCalendar files, and what serves adapters and stores."""


def is_python_only(path: Path, span: _Span) -> bool:
    """Return whether no language-neutral case can tell the change.

    It is in a refusal of Python values, in a text, or in a module whose functions no case calls.
    """
    return path.name in _NOT_IN_CASES or any(each.kind == "python" and each.covers(*span) for each in _places_of(path))


def changed_lines(diff: str) -> dict[str, Collection[int]]:
    """Return the lines that ``git diff --unified=0`` adds or changes, by file.

    >>> changed_lines("+++ b/src/a.py\\n@@ -1 +1,2 @@\\n@@ -7,2 +8,0 @@\\n@@ -9 +9 @@\\n")
    {'src/a.py': {1, 2, 9}}
    """
    found: dict[str, set[int]] = {}
    lines: set[int] = set()
    for line in diff.splitlines():
        if line.startswith("+++ b/"):
            lines = found.setdefault(line.removeprefix("+++ b/"), set())
        elif line.startswith("@@ "):
            start, _, count = line.split(" ")[2].removeprefix("+").partition(",")
            lines.update(range(int(start), int(start) + int(count or 1)))
    return dict(found)
