"""Entries of the API reference, as reStructuredText for Sphinx.

A page under docs/api/ lists names in a block that is marked ``api``. Each becomes an entry with its signature, its
docstring and its members. Types in signatures link to their entries; those that are not public have entries on a page
of their own.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator
from inspect import Parameter, signature
from pkgutil import resolve_name
from textwrap import indent

import griffe

from docs.website.public_names import Member, PublicNames, final

_KEYWORD_ONLY = griffe.ParameterKind.keyword_only
_LONGEST_VALUE = 60
_MOST_USERS = 5


class Reference:
    """Writes the entries of the API reference.

    Attributes:
        names: The public names.
        supporting: The private definitions that signatures name, by their paths.
        foreign: The names of other libraries in signatures, as they are shown.
        users: For each supporting definition, the entries whose signatures name it.
    """

    def __init__(self, names: PublicNames) -> None:
        """Start with no entries."""
        self.names = names
        self.supporting: dict[str, Member] = {}
        self.foreign: set[str] = set()
        self.users: dict[str, list[str]] = {}
        self._current = ""

    def entry(self, name: str) -> str:
        """Return the entry of a public name."""
        return "\n".join(self._entry(name, self.names.members[name]))

    def supporting_entries(self) -> str:
        """Return the entries of all private definitions that signatures name, those of these entries included."""
        written: dict[str, str] = {}
        while missing := self.supporting.keys() - written.keys():
            for path in sorted(missing):
                written[path] = "\n".join(self._entry(path, self.supporting[path], is_supporting=True))
        return "\n".join(written[path] for path in sorted(written, key=lambda path: path.rpartition(".")[2].lower()))

    def _entry(self, name: str, member: Member, *, is_supporting: bool = False) -> Iterator[str]:
        module, _, last = name.rpartition(".")
        self._current = name
        shown = last if is_supporting else name.removeprefix("ticketflow.")
        header = [f":module: {module if is_supporting else 'ticketflow'}"]
        if member.path != name:
            header.append(f":canonical: {member.path}")
        if isinstance(member, griffe.Module):
            yield f".. py:module:: {name}\n"
            yield f"``from ticketflow import {last}``\n"
            yield from self._text(member, member)
            return
        if isinstance(member, griffe.Class):
            kind = "exception" if self._is_exception(member) else "class"
            first, body = f"{shown}{self._class_parameters(member)}", self._class_body(member)
        elif isinstance(member, griffe.Function):
            kind, first, body = "function", f"{shown}{self._signature(member)}", self._function_body(member)
        else:
            kind, first, options = self._variable(shown, member)
            header = [each for each in header if not (options and each.startswith(":canonical:"))] + options
            body = self._text(member, member)
        yield f".. py:{kind}:: {first}"
        yield from (f"   {line}" for line in header)
        yield ""
        yield from _indented(body)
        if is_supporting:
            yield f"   Used by {', '.join(f':py:obj:`~{user}`' for user in self.users[name][:_MOST_USERS])}.\n"

    # -- Classes

    def _is_exception(self, member: griffe.Class) -> bool:
        return member.path.startswith("ticketflow.errors.") and member.name.endswith("Error")

    def _class_parameters(self, member: griffe.Class) -> str:
        """Return the parameters of a class. attrs decides their order; the source says how they are written."""
        own = member.members.get("__init__")
        if isinstance(own, griffe.Function):
            return self._signature(own)
        kind = resolve_name(f"{member.parent.path}:{member.name}") if member.parent else object
        if not hasattr(kind, "__attrs_attrs__") or not _is_built_by_users(member):
            return ""
        fields = self._fields(member)
        aliases = {each.alias: each.name for each in kind.__attrs_attrs__}
        shown: list[str] = []
        is_star_due = True
        for each in signature(kind).parameters.values():
            if each.kind is Parameter.KEYWORD_ONLY and is_star_due:
                shown.append("*")
                is_star_due = False
            field = fields[aliases[each.name]]
            default = "" if each.default is Parameter.empty else f" = {_default(field) or '...'}"
            shown.append(f"{each.name}: {self._type(self._taken(field))}{default}")
        return f"({', '.join(shown)})"

    def _fields(self, member: griffe.Class) -> dict[str, griffe.Attribute]:
        return {
            name: inner
            for each in (*reversed(member.mro()), member)
            for name, inner in each.members.items()
            if isinstance(inner, griffe.Attribute) and inner.annotation is not None
        }

    def _taken(self, field: griffe.Attribute) -> griffe.Expr | str | None:
        """Return the type that a field takes: that of its converter's parameter, if it has a converter."""
        converter = _option(field, "converter")
        if isinstance(converter, griffe.ExprName) and converter.canonical_path.startswith("ticketflow."):
            function = self.names.definition(converter.canonical_path)
            if isinstance(function, griffe.Function):
                taken: griffe.Expr | str | None = next(iter(function.parameters)).annotation
                return taken
        return field.annotation

    def _class_body(self, member: griffe.Class) -> Iterator[str]:
        bases = [base for base in member.bases if self._is_shown_base(base)]
        if bases:
            yield "Bases: " + ", ".join(self._role(str(getattr(base, "canonical_path", base))) for base in bases)
            yield ""
        yield from self._text(member, member)
        own = member.members.get("__init__")
        if isinstance(own, griffe.Function) and own.docstring:
            yield from self._sections(own, member, {"parameters", "raises"})
        texts = self._attribute_texts(member)
        for name, inner in self._shown_members(member):
            yield from self._member(name, inner, texts)

    def _is_shown_base(self, base: griffe.Expr | str) -> bool:
        path = str(getattr(base, "canonical_path", base))
        return self.names.public(path) is not None or path in {"Exception", "ValueError", "ImportError"}

    def _shown_members(self, member: griffe.Class) -> Iterator[tuple[str, Member]]:
        """Yield the public members of a class and of its private bases, attributes first.

        Readers of a class that they never build ask for its properties first: the state of a ticket.
        """
        found: dict[str, Member] = {}
        for each in (member, *member.mro()):
            if each is not member and self.names.public(each.path):
                continue  # it has an entry of its own
            for name, inner in each.members.items():
                if not name.startswith("_") and not inner.is_alias and not _is_left_out(final(inner)):
                    found.setdefault(name, final(inner))
        fields = {name: inner for name, inner in found.items() if inner.is_attribute and "property" not in inner.labels}
        properties = {name: inner for name, inner in found.items() if "property" in inner.labels}
        first, second = (fields, properties) if _is_built_by_users(member) else (properties, fields)
        yield from (first | second).items()
        yield from ((name, inner) for name, inner in found.items() if name not in first | second)

    def _attribute_texts(self, member: griffe.Class) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in (*reversed(member.mro()), member):
            for section in each.docstring.parsed if each.docstring else ():
                if section.kind is griffe.DocstringSectionKind.attributes:
                    found |= {item.name: self._inline(item.description, each) for item in section.value}
        return found

    def _member(self, name: str, member: Member, texts: dict[str, str]) -> Iterator[str]:
        if isinstance(member, griffe.Function):
            kind = "method"
            options = [f":{label}:" for label in ("classmethod", "staticmethod") if label in member.labels]
            first, body = f"{name}{self._signature(member)}", self._function_body(member)
        elif isinstance(member, griffe.Attribute):
            is_property = "property" in member.labels
            kind, first = ("property" if is_property else "attribute"), name
            options = [f":type: {self._type(member.annotation)}"] if member.annotation is not None else []
            default = _default(member)
            if default and default != "..." and not is_property:
                options.append(f":value: {default}")
            text = texts.get(name)
            body = iter([text, ""]) if text else self._text(member, member)
        else:
            return
        yield f".. py:{kind}:: {first}"
        yield "   :no-contents-entry:"
        yield from (f"   {line}" for line in options)
        yield ""
        yield from _indented(body)

    # -- Functions

    def _signature(self, member: griffe.Function) -> str:
        shown: list[str] = []
        is_star_due = True
        for each in member.parameters:
            if each.name in {"self", "cls"} and not shown and member.parent and member.parent.is_class:
                continue
            star = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(
                each.kind or _KEYWORD_ONLY, ""
            )
            if each.kind is _KEYWORD_ONLY and is_star_due:
                shown.append("*")
            is_star_due = is_star_due and each.kind is not _KEYWORD_ONLY and not star
            default = f" = {_shown_value(each.default)}" if each.default is not None and not star else ""
            shown.append(f"{star}{each.name}: {self._type(each.annotation)}{default}")
        returned = member.returns if member.name != "__init__" else None
        arrow = f" -> {self._type(returned)}" if returned is not None else ""
        return f"({', '.join(shown)}){arrow}"

    def _function_body(self, member: griffe.Function) -> Iterator[str]:
        yield from self._text(member, member)
        yield from self._sections(member, member, {"parameters", "returns", "yields", "raises"})
        overloads = member.overloads or []
        rows = [(_literal(each), each.returns) for each in overloads]
        if rows and all(value for value, _ in rows[:-1]):
            yield f"The type of the result depends on *{member.parameters[0].name}*:\n"
            yield ".. list-table::"
            yield "   :header-rows: 1\n"
            yield f"   * - *{member.parameters[0].name}*"
            yield "     - result"
            for value, returned in rows:
                if value:
                    yield f"   * - ``{value}``"
                    yield f"     - {self._linked_type(returned)}"
            yield ""

    # -- Variables

    def _variable(self, shown: str, member: Member) -> tuple[str, str, list[str]]:
        """Return the kind, the name and the options of a constant or a type."""
        if isinstance(member, griffe.Attribute):
            annotation = str(member.annotation or "")
            value = member.value
            if annotation.endswith("TypeAlias") or (not annotation and _is_type(value)):
                return "type", shown, [f":canonical: {self._type(value)}"]
            options = [f":type: {self._type(member.annotation)}"] if member.annotation is not None else []
            text = str(value)
            if value is not None and len(text) <= _LONGEST_VALUE and "\n" not in text:
                options.append(f":value: {text}")
            return "data", shown, options
        return "data", shown, []

    # -- Texts

    def _text(self, member: Member, place: Member) -> Iterator[str]:
        if member.docstring is None:
            return
        for section in member.docstring.parsed:
            if section.kind is griffe.DocstringSectionKind.text:
                yield self._inline(section.value, place)
                yield ""
            elif section.kind is griffe.DocstringSectionKind.examples:
                for _, text in section.value:
                    yield self._inline(text, place)
                    yield ""
            elif section.kind is griffe.DocstringSectionKind.admonition:
                title = section.title or section.value.kind.title()
                yield f"**{title}:** {self._inline(section.value.contents, place)}"
                yield ""

    def _sections(self, member: griffe.Function, place: Member, kinds: set[str]) -> Iterator[str]:
        lines: list[str] = []
        for section in member.docstring.parsed if member.docstring else ():
            kind = section.kind.value
            if kind not in kinds:
                continue
            if kind == "parameters":
                lines += [_field(f"param {each.name}", self._inline(each.description, place)) for each in section.value]
            elif kind == "raises":
                for each in section.value:
                    name = str(each.annotation)
                    path = self.resolve(name, place) or self._target(name)
                    lines.append(_field(f"raises {path}", self._inline(each.description, place)))
            else:
                text = " ".join(each.description for each in section.value)
                lines.append(_field("returns", self._inline(text, place)))
        if lines:
            yield from lines
            yield ""

    def _inline(self, text: str, place: Member) -> str:
        """Turn names in single back quotes into references, and names of pages into links; leave code as it is."""
        parts = re.split(r"((?:^[ ]*>>> .*\n?(?:^.*\S.*\n?)*)|``.+?``)", text, flags=re.MULTILINE)
        return "".join(part if number % 2 else self._linked(part, place) for number, part in enumerate(parts))

    def _linked(self, text: str, place: Member) -> str:
        text = re.sub(r"(?<![`:])`([^`<>]+)`(?!`)", lambda found: self._name(found[1], place), text)
        text = re.sub(r"^ *Source: rows? .*$|; rows? [A-Z]\d+(?= *\.$)", "", text, flags=re.MULTILINE)
        return re.sub(r"\bdocs/([\w/-]+)\.md\b", r":doc:`/\1`", text)

    def _name(self, name: str, place: Member) -> str:
        path = self.resolve(name, place)
        shown = path.removeprefix("ticketflow.") if path and name.startswith("ticketflow.") else name
        return f":py:obj:`{shown} <{path}>`" if path else f"``{name}``"

    def resolve(self, name: str, place: Member) -> str | None:
        """Return the public path of a name as it is written at a place of the source, or None."""
        plain = re.sub(r"\(.*\)$", "", name)
        first, _, rest = plain.partition(".")
        candidates = [plain, f"ticketflow.{plain}"]
        scope: griffe.Object | griffe.Alias | None = place
        while scope is not None:
            if first in scope.members:
                path = _path_of(scope.members[first])
                candidates.insert(0, f"{path}.{rest}" if rest else path)
                break
            scope = scope.parent
        candidates += self.names.by_last_name.get(plain, []) if plain[:1].isupper() else []
        return next((found for each in candidates if (found := self.known(each))), None)

    def known(self, path: str) -> str | None:
        """Return the public path of a definition, of a public name, or of a member of a public class; or None."""
        if path in self.names.members:
            return path
        if public := self.names.public(path):
            return public
        owner, _, last = path.rpartition(".")
        found = self.names.public(owner) or owner
        member = self.names.members.get(found)
        is_shown = isinstance(member, griffe.Class) and last in dict(self._shown_members(member))
        return f"{found}.{last}" if is_shown else None

    # -- Types

    def _type(self, written: griffe.Expr | str | None) -> str:
        """Return a type as Sphinx reads it: ``~`` before a path shows its last part only."""
        if written is None:
            return "None"
        if isinstance(written, str):
            return written
        if isinstance(written, griffe.ExprName | griffe.ExprAttribute):
            return self._named_type(written.canonical_path, str(written))
        if isinstance(written, griffe.ExprSubscript) and str(written.left).endswith("Literal"):
            self.foreign.add("typing.Literal")
            return re.sub(r"^(typing\.)?Literal", "~typing.Literal", str(written))
        return "".join(self._type(part) for part in written.iterate(flat=False))

    def _named_type(self, path: str, shown: str) -> str:
        if path.startswith("ticketflow.") and (shown.startswith("_") or self._is_type_variable(path)):
            self.foreign.add(shown)
            return shown
        target = self._target(path)
        if target.startswith("ticketflow."):
            return f"~{target}"
        name = target if "." in target else shown
        self.foreign.add(name)
        return f"~{name}" if "." in name else name

    def _is_type_variable(self, path: str) -> bool:
        found = self.names.definition(path)
        return (
            isinstance(found, griffe.Attribute)
            and isinstance(found.value, griffe.ExprCall)
            and str(found.value.function).endswith("TypeVar")
        )

    def _target(self, path: str) -> str:
        """Return what a reference to a definition leads to: its public path, or its own on the page of types."""
        if not path.startswith("ticketflow."):
            if hasattr(builtins, path):
                self.foreign.add(path)
            return path
        if path in self.names.members:
            return path
        if public := self.names.public(path):
            return public
        users = self.users.setdefault(path, [])
        if self._current not in users:
            users.append(self._current)
        self.supporting.setdefault(path, self.names.definition(path))
        return path

    def _linked_type(self, written: griffe.Expr | str | None) -> str:
        return self._role(self._type(written).removeprefix("~"))

    def _role(self, path: str) -> str:
        target = self._target(path)
        return f":py:obj:`~{target}`" if target.startswith("ticketflow.") else f"``{target}``"


def expand(page: str, reference: Reference, rest: dict[str, list[str]]) -> str:
    """Replace the blocks of names on a page by the entries of the names.

    Args:
        page: The text of the page, in Markdown.
        reference: What writes the entries.
        rest: The names that a pattern such as ``ticketflow.actions.*`` stands for.
    """

    def written(block: re.Match[str]) -> str:
        lines = block[1].split()
        if lines == ["types"]:
            entries = reference.supporting_entries()
        else:
            entries = "\n".join(reference.entry(name) for line in lines for name in rest.get(line, [line]))
        return f"``````{{eval-rst}}\n{entries}\n``````\n"

    return re.sub(r"^```api\n(.*?)^```\n", written, page, flags=re.DOTALL | re.MULTILINE)


def listed_names(pages: Iterable[str]) -> list[str]:
    """Return the names and patterns that the blocks of pages list."""
    found: list[str] = []
    for page in pages:
        for block in re.findall(r"^```api\n(.*?)^```\n", page, re.DOTALL | re.MULTILINE):
            found += block.split()
    return [name for name in found if name != "types"]


def names_of_patterns(listed: list[str], names: PublicNames) -> dict[str, list[str]]:
    """Return the names that each pattern stands for: those of its module that no page lists by themselves."""
    return {
        pattern: [
            name
            for name in names.members
            if name.rpartition(".")[0] == pattern.removesuffix(".*") and name not in listed
        ]
        for pattern in listed
        if pattern.endswith(".*")
    }


def _is_left_out(member: Member) -> bool:
    """Return True for attributes without a type and a text, such as methods of a dict that a read-only map refuses."""
    return isinstance(member, griffe.Attribute) and member.annotation is None and member.docstring is None


def _is_built_by_users(member: griffe.Class) -> bool:
    """Return whether an entry shows how to build a class. Tickets come from decisions and histories."""
    return member.path != "ticketflow.tickets.ticket.Ticket"


def _option(field: griffe.Attribute, name: str) -> griffe.Expr | str | None:
    """Return an argument of ``attrs.field``, or None."""
    if isinstance(field.value, griffe.ExprCall):
        for each in field.value.arguments:
            if isinstance(each, griffe.ExprKeyword) and each.name == name:
                return each.value
    return None


def _default(field: griffe.Attribute) -> str | None:
    """Return the default of an attribute of a class as text, or None if it has none."""
    value = field.value
    if isinstance(value, griffe.ExprCall) and str(value.function) in {"attrs.field", "field"}:
        default, factory = _option(field, "default"), _option(field, "factory")
        if factory is not None:
            return "..." if "lambda" in str(factory) else f"{factory}()"
        return None if default is None else _shown_value(default)
    return None if value is None else _shown_value(value)


def _shown_value(value: griffe.Expr | str) -> str:
    """Return a default as text; private names say nothing to a reader."""
    text = str(value)
    return "..." if re.search(r"(?<![\w.])_[A-Za-z]|lambda|Factory", text) else text


def _literal(overload: griffe.Function) -> str | None:
    """Return the one value that the first parameter of an overload takes, or None."""
    found = re.fullmatch(r"(?:typing\.)?Literal\[['\"](\w+)['\"]\]", str(overload.parameters[0].annotation))
    return found[1] if found else None


def _is_type(value: object) -> bool:
    return isinstance(value, griffe.ExprBinOp | griffe.ExprSubscript)


def _path_of(member: griffe.Object | griffe.Alias) -> str:
    """Return the path of a definition, also of one in another library, which is not read."""
    try:
        return final(member).path
    except griffe.AliasResolutionError:
        return member.path


def _field(name: str, text: str) -> str:
    return f":{name}: " + text.strip().replace("\n", "\n   ")


def _indented(body: Iterator[str]) -> Iterator[str]:
    for part in body:
        yield indent(part, "   ")
