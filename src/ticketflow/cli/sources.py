"""Read what the command line names: files, standard input, rule sets, and scenarios."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from ticketflow.documents.locations import located
from ticketflow.documents.parsing import MOST_BYTES, Document, Format, parse
from ticketflow.documents.reading import read_document
from ticketflow.documents.writing import write, write_toml
from ticketflow.errors import DefinitionError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.kernel.names import readable
from ticketflow.presets.registry import preset, preset_names
from ticketflow.rules.ruleset import Rules
from ticketflow.simulation.running import Scenario

STDIN = "-"
"""The name that stands for standard input."""
_FORMATS: Mapping[str, Format] = {".toml": "toml", ".json": "json"}
_LONGEST_MESSAGE = 200


@attrs.frozen
class Source:
    """A rule set, and the document that it was read from; None for one from Python."""

    rules: Rules
    document: Document | None = None

    def place(self, path: tuple[str, ...]) -> tuple[str, int | None] | None:
        """Return the JSON pointer and the line of a part of the rule set."""
        return None if self.document is None else located(path, self.document)


def shown_name(name: str) -> str:
    """Return the name of a file for messages."""
    return "<stdin>" if name == STDIN else readable(name)


def unreadable(name: str, what: str, fix: str, code: str = "not_readable") -> DocumentError:
    """Return the error of a file or a rule set that cannot be read."""
    return DocumentError((Problem(shown_name(name), what, fix, code),))


def contents(name: str, most: int) -> bytes:
    """Return the bytes of a file or of standard input, but at most one more than *most*.

    The caller refuses a file with that many.

    Raises:
        DocumentError: The file cannot be read.
    """
    try:
        if name != STDIN:
            with Path(name).open("rb") as file:
                return file.read(most + 1)
        if sys.stdin is not None:
            return sys.stdin.buffer.read(most + 1)
    except OSError as error:
        raise unreadable(name, f"the file cannot be read: {error.strerror}", "give another file") from error
    raise unreadable(name, "standard input is closed", "give a file")


def read_source(name: str, written: Format | None = None) -> Source:
    """Return the rule set of a preset, a file, standard input or ``MODULE:NAME``.

    Args:
        name: The name. A file has a known suffix, in any case, or a directory in its name.
        written: The format of a file without a known suffix; None to guess it from the text.

    Raises:
        DocumentError: There is no such rule set, or it has problems.
    """
    suffix = Path(name).suffix.lower()
    if name != STDIN and suffix not in _FORMATS and os.sep not in name:
        return Source(_from_module(name) if ":" in name else _from_preset(name))
    text = contents(name, MOST_BYTES)
    document = parse(text, shown_name(name), _FORMATS.get(suffix) or written or _guessed(text))
    return Source(cast("Rules", read_document("rules", document)), document)


def write_rules(name: str, rules: Rules) -> None:
    """Write a rule set to a file: as JSON if its name ends in ``.json``, else as TOML.

    Raises:
        OSError: The file cannot be written.
    """
    is_json = _FORMATS.get(Path(name).suffix.lower()) == "json"
    Path(name).write_text(f"{write(rules)}\n" if is_json else write_toml(rules), encoding="utf-8")


def _guessed(text: bytes) -> Format:
    """Return the format of a text: a JSON object begins with a brace, and no TOML text does."""
    return "json" if text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else "toml"


def _from_preset(name: str) -> Rules:
    if name not in preset_names():
        problem = unknown_name(shown_name(name), "preset", name, preset_names())
        otherwise = " Otherwise" if problem.fix.endswith("?") else "; otherwise"
        fix = f"{problem.fix}{otherwise} give FILE.toml, FILE.json, - or MODULE:NAME"
        raise DocumentError((attrs.evolve(problem, fix=fix),))
    return preset(name)()


def _from_module(name: str) -> Rules:
    """Return the rule set that a module has under a name."""
    found = _imported(name, "rule set")
    if not isinstance(found, Rules):
        fix = "name an instance of ticketflow.Rules, or a function that returns one"
        raise unreadable(name, "it is not a rule set", fix, "wrong_type")
    return found


def read_scenarios(name: str) -> Mapping[str, Scenario]:
    """Return the scenarios that a module has under a name, ``MODULE:NAME``.

    Raises:
        DocumentError: There are no such scenarios, or fewer than two.
    """
    found: Mapping[str, Scenario] = _imported(name, "scenarios")
    is_mapping = isinstance(found, Mapping) and all(isinstance(each, str) for each in found)
    if not is_mapping or not all(isinstance(each, Scenario) for each in found.values()):
        fix = "name a mapping from names to ticketflow.simulation.Scenario, or a function that returns one"
        raise unreadable(name, "it has no scenarios", fix, "wrong_type")
    if len(found) < _LEAST_SCENARIOS:
        raise unreadable(name, f"it has {len(found)} scenarios", "give two or more to compare", "bad_value")
    return found


_LEAST_SCENARIOS = 2


def _imported(name: str, what: str) -> Any:  # noqa: ANN401 -- whatever it is
    """Return what a module has under a name, or what it returns if it is a function without arguments.

    What the module prints goes to standard error.

    Args:
        name: The name, ``MODULE:NAME``.
        what: The words for it in messages.
    """
    module, _, attribute = name.partition(":")
    fix = f"give the module that has the {what}, and the name there"
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found = getattr(importlib.import_module(module), attribute)
            return found() if callable(found) else found
    except KeyboardInterrupt:
        raise
    except DefinitionError as error:
        raise DocumentError(error.problems) from error
    except TicketflowError as error:
        raise unreadable(name, f"the {what} cannot be built: {error}", "correct it", "bad_value") from error
    except SystemExit as error:
        raise unreadable(name, "the module exits the process", fix, "not_importable") from error
    except BaseException as error:
        text = readable(f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE])
        raise unreadable(name, f"the name cannot be imported: {text}", fix, "not_importable") from error
