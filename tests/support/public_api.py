"""The public API as lines of text, read from the source by griffe: ``python -m tests.support.public_api [SRC]``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

SOURCE = Path(__file__).parent.parent.parent / "src"


def public_lines(source: Path = SOURCE) -> list[str]:
    """Return a sorted line for each public name: functions with signatures, classes with bases and public members.

    Public is what ``ticketflow.__all__`` lists, and every public member of the modules and packages listed there.
    """
    package = griffe.load("ticketflow", search_paths=[source], try_relative_path=False, resolve_aliases=True)
    exported = [str(name).strip("'\"") for name in package.exports or ()]
    lines: set[str] = set()
    for name in exported:
        if not name.startswith("__"):
            lines.update(_lines(f"ticketflow.{name}", package[name]))
    return sorted(lines)


def _lines(path: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    found = member.final_target if isinstance(member, griffe.Alias) else member
    if isinstance(found, griffe.Module):
        yield path
        for name, inner in found.members.items():
            if _is_public(name, inner, found):
                yield from _lines(f"{path}.{name}", inner)
    elif isinstance(found, griffe.Class):
        bases = ", ".join(str(base) for base in found.bases)
        yield f"{path}({bases})" if bases else path
        for name, inner in found.members.items():
            if not name.startswith("_") or name == "__init__":
                yield from _lines(f"{path}.{name}", inner)
    elif isinstance(found, griffe.Function):
        yield f"{path}({', '.join(_parameters(found))}) -> {_plain(found.returns)}"
    elif isinstance(found, griffe.Attribute):
        default = "" if found.value is None else " = …"
        yield f"{path}: {_plain(found.annotation)}{default}" if found.annotation else path


def _parameters(function: griffe.Function) -> Iterator[str]:
    stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}
    is_star_due = True
    for each in function.parameters:
        if each.name == "self" or each.kind is None:
            continue
        star = stars.get(each.kind, "")
        if each.kind is griffe.ParameterKind.keyword_only and is_star_due:
            yield "*"
        is_star_due = is_star_due and each.kind is not griffe.ParameterKind.keyword_only and not star
        default = f" = {each.default}" if each.default is not None and not star else ""
        yield f"{star}{each.name}: {_plain(each.annotation)}{default}"


def _plain(annotation: object) -> str:
    """Return an annotation without the modules of its names, which may change."""
    return re.sub(r"\b[a-z_]+\.(?=[A-Z])", "", str(annotation))


def _is_public(name: str, member: griffe.Object | griffe.Alias, module: griffe.Module) -> bool:
    if name.startswith("_"):
        return False
    if module.exports is not None:
        return name in {str(each).strip("'\"") for each in module.exports}
    return not member.is_alias and not member.is_module


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in public_lines(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE)))
