"""The public names of the library, read from its source by griffe."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, cast

import griffe

ROOT = Path(__file__).resolve().parent.parent.parent
Member: TypeAlias = griffe.Class | griffe.Function | griffe.Attribute | griffe.TypeAlias | griffe.Module


class PublicNames:
    """The public names of the library, each with the definition that it stands for.

    Attributes:
        members: The definition of each name under its shortest public path.
        modules: The public modules and packages among them.
    """

    def __init__(self, source: Path = ROOT / "src") -> None:
        """Read the source."""
        options = {"returns_multiple_items": False, "returns_named_value": False, "warnings": False}
        self.package = griffe.load(
            "ticketflow",
            search_paths=[source],
            try_relative_path=False,
            resolve_aliases=True,
            docstring_parser="google",
            docstring_options=cast("griffe.GoogleOptions", options),
        )
        found: dict[str, list[str]] = {}
        for path, member in self._members("ticketflow", cast("griffe.Module", self.package)):
            found.setdefault(member.path, []).append(path)
        shortest = {path: min(names, key=lambda name: (name.count("."), name)) for path, names in found.items()}
        self.members = {name: self.definition(path) for path, name in shortest.items()}
        self.modules = {name for name, member in self.members.items() if member.is_module}
        self._public = shortest | {name: shortest[path] for path, names in found.items() for name in names}

    def definition(self, path: str) -> Member:
        """Return the definition with a path in the source, such as ``ticketflow.engine.plans.Plan``."""
        found = self.package if path == "ticketflow" else self.package[path.removeprefix("ticketflow.")]
        return final(found)

    def public(self, path: str) -> str | None:
        """Return the shortest public path of a definition or of another public path, or None if it is private."""
        return self._public.get(path)

    @cached_property
    def by_last_name(self) -> dict[str, list[str]]:
        """The public paths that end with each name."""
        found: dict[str, list[str]] = {}
        for name in self.members:
            found.setdefault(name.rpartition(".")[2], []).append(name)
        return found

    def _members(self, path: str, module: griffe.Module) -> Iterator[tuple[str, Member]]:
        for name, member in module.members.items():
            if not _is_public(name, member, module):
                continue
            found = final(member)
            if isinstance(found, griffe.Module) and name in found.members and module.path != "ticketflow":
                # At run time the function hides the module that defines it: `presets.senior`.
                yield f"{path}.{name}", final(found.members[name])
                if module.name == "presets":
                    yield from (each for each in self._members(f"{path}.{name}", found) if each[1].name != name)
            elif isinstance(found, griffe.Module):
                yield f"{path}.{name}", found
                yield from self._members(f"{path}.{name}", found)
            else:
                yield f"{path}.{name}", found


def final(member: griffe.Object | griffe.Alias) -> Member:
    """Return the definition that an import leads to."""
    return cast("Member", member.final_target if isinstance(member, griffe.Alias) else member)


def _is_public(name: str, member: griffe.Object | griffe.Alias, module: griffe.Module) -> bool:
    if name.startswith("_"):
        return False
    if module.exports is not None:
        return name in {str(each).strip("'\"") for each in module.exports}
    return not member.is_alias and not member.is_module
