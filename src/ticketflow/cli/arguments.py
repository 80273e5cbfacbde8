"""The arguments of each command of ``python -m ticketflow``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from ticketflow import __version__
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.steps import MOST_STEPS
from ticketflow.calendars.zones import load_zone
from ticketflow.cli.console import Console, print_messages
from ticketflow.cli.exit_codes import MEANINGS, MISUSED
from ticketflow.cli.pictures import FORMATS
from ticketflow.documents.kinds import KINDS
from ticketflow.documents.scalars import parse_instant
from ticketflow.errors import BadValueError
from ticketflow.importers.registry import system, system_names
from ticketflow.presets.registry import preset_names
from ticketflow.text.catalog import SHIPPED, has_catalog

T = TypeVar("T")
Run = Callable[[argparse.Namespace], int]

_RULES = f"a preset ({', '.join(preset_names())}), a file in TOML or JSON, - for standard input, or MODULE:NAME"


def read_arguments(arguments: Sequence[str] | None, commands: Mapping[str, Run]) -> argparse.Namespace:
    """Return the options that arguments give. Their attribute ``run`` is the function of the command.

    Args:
        arguments: The arguments; None for those of the process.
        commands: The function of each command, by its name.

    Raises:
        SystemExit: The help or the version was printed, or the arguments are not valid.
    """
    parser = _Parser(prog="python -m ticketflow", description="Simulate and check the rules of support tickets.")
    parser.add_argument("--version", action="version", version=f"ticketflow {__version__}")
    added = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for name, (text, parents, add) in _COMMANDS.items():
        one = added.add_parser(name, parents=[make() for make in (_common, *parents)], help=text)
        add(one)
        one.set_defaults(run=commands[name])
    return parser.parse_args(arguments, argparse.Namespace(color="auto", traceback=False, json=False))


def complain(text: str) -> None:
    """Print a message on standard error."""
    print_messages(Console.of(sys.stderr).wrapped(f"ticketflow: {text}"))


class _Parser(argparse.ArgumentParser):
    """A parser whose help ends with the exit codes, and whose messages fit the terminal."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 -- those of its class
        codes = "\n".join(f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items())
        settings |= {"epilog": f"exit codes:\n{codes}", "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        print_messages(self.format_usage().splitlines())
        complain(message)
        self.exit(MISUSED)

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401 -- as in its class
        """Print the help or the version. Unlike the method of the class, it does not hide a full disk."""
        print(message, end="", file=file)


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return *read* as the type of an argument: bad values are wrong use."""

    def checked(value: str) -> T:
        try:
            return read(value)
        except BadValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


def _language(value: str) -> str:
    """Return the language of an option, if the package has sentences in it."""
    if not has_catalog(value):
        raise BadValueError(f"language {value!r} has no catalog", f"there are: {', '.join(SHIPPED)}")
    return value


# -- Arguments that several commands have


def _common() -> _Parser:
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        help="whether to use color; by default auto: on a terminal, unless NO_COLOR is set or TERM is dumb",
    )
    parser.add_argument("--traceback", action="store_true", help="print the Python traceback of an error, too")
    return parser


def _json() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _rule_sets() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument(
        "--format",
        choices=("toml", "json"),
        help="the format of rule sets whose names do not end in .toml or .json; by default guessed from their text",
    )
    return parser


def _tickets() -> _Parser:
    parser = _Parser(add_help=False)
    parser.add_argument("file", metavar="FILE", help="JSON Lines with one command per line, or - for standard input")
    parser.add_argument("--rules", required=True, help=_RULES)
    parser.add_argument(
        "--language",
        type=_argument(_language),
        default="en",
        help="the language of the text and the picture, such as es or pt-BR; by default en",
    )
    parser.add_argument(
        "--zone",
        type=_argument(load_zone),
        help="the time zone of the text and the picture; by default, that of the first calendar",
    )
    _add_picture(parser, "also draw a picture")
    return parser


def _add_picture(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--picture", metavar="OUT", help=f"{what}: a file in {', '.join(FORMATS)}; needs the extra plot"
    )


def _add_instant(parser: argparse.ArgumentParser, name: str, what: str) -> None:
    parser.add_argument(name, type=_argument(parse_instant), metavar="INSTANT", help=what)


# -- Those of one command


def _simulate(parser: argparse.ArgumentParser) -> None:
    _add_instant(parser, "--until", "the last instant, in RFC 3339; by default, until nothing more is due")


def _report(parser: argparse.ArgumentParser) -> None:
    _add_instant(parser, "--until", "the instant of the report, in RFC 3339; by default, that of the last command")
    _add_instant(parser, "--since", "the start of a window, in RFC 3339; by default, the opening of each ticket")
    parser.add_argument(
        "--calendar", default="default", metavar="NAME", help="the calendar of working time; by default, default"
    )


def _what_if(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="scenarios, as MODULE:NAME; or with --rules, a file of commands, or - for standard input",
    )
    parser.add_argument(
        "--rules", nargs="+", metavar="RULES", help=f"today's rule set and the others; each is {_RULES}"
    )
    _add_instant(parser, "--start", "the first instant of the scenarios, in RFC 3339")
    _add_instant(
        parser, "--until", "the last instant, in RFC 3339; for a file, by default a year after the last command"
    )
    parser.add_argument(
        "--seeds", type=int, default=10, metavar="N", help="how often each scenario is run; by default 10"
    )
    parser.add_argument(
        "--warm-up",
        type=float,
        default=0,
        metavar="DAYS",
        help="the days at the start whose tickets are not measured; by default 0",
    )
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="how many processes run the scenarios; by default 1"
    )
    parser.add_argument(
        "--language", type=_argument(_language), default="en", help="the language of the picture; by default en"
    )
    _add_picture(parser, "also draw the differences of scenarios")


def _conformance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON with cases, - for standard input, or a directory of such files"
    )
    parser.add_argument("--harness", metavar="COMMAND", help="a program that answers the cases; by default, this one")
    parser.add_argument(
        "--timeout",
        type=float,
        default=10,
        metavar="SECONDS",
        help="the time for each answer of the program; by default 10",
    )


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rules", metavar="RULES", help=_RULES)
    parser.add_argument(
        "--budget",
        type=int,
        default=BUDGET,
        metavar="N",
        help=f"how many configurations to search; by default {BUDGET}, 0 for none",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=MOST_STEPS,
        metavar="N",
        help=f"the budget of steps of the whole check; by default {MOST_STEPS}",
    )
    parser.add_argument("--silent", action="store_true", help="also print what happens in each state if nobody acts")


def _diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help=_RULES)
    parser.add_argument("new", metavar="NEW", help="the new rule set, in the same forms")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.description = "\n".join(f"{name}: {system(name).files}" for name in system_names())
    parser.add_argument(
        "system", choices=system_names(), metavar="SYSTEM", help=f"the system: {', '.join(system_names())}"
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="an export of the system in JSON or YAML, or - for standard input"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="RULES",
        help="write the rule set to this file, as JSON if it ends in .json, else as TOML; by default print it",
    )


def _schema(parser: argparse.ArgumentParser) -> None:
    kinds = (*KINDS, "conformance")
    parser.add_argument("kind", choices=kinds, metavar="KIND", help=f"the kind of document: {', '.join(kinds)}")


_Command = tuple[str, tuple[Callable[[], _Parser], ...], Callable[[argparse.ArgumentParser], None]]

_COMMANDS: Mapping[str, _Command] = {
    "simulate": (
        "run the commands of a file and print a timeline for each ticket",
        (_rule_sets, _tickets, _json),
        _simulate,
    ),
    "report": ("run the commands of a file and print figures of the tickets", (_rule_sets, _tickets, _json), _report),
    "what-if": (
        "compare scenarios under the same seeds, or the tickets of a file under several rule sets",
        (_rule_sets, _json),
        _what_if,
    ),
    "conformance": ("run conformance cases and print those that fail", (), _conformance),
    "check": ("check a rule set", (_rule_sets, _json), _check),
    "diff": ("compare two rule sets", (_rule_sets, _json), _diff),
    "import": (
        "import the rules of another system, print what was carried over, and check them",
        (_json,),
        _import,
    ),
    "schema": ("print the JSON Schema of a kind of document", (), _schema),
}
"""What each command does, the arguments that it shares with others, and the function that adds its own."""
