"""Timelines: the history of a ticket as lines of text, with the reason for each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import next_due
from ticketflow.kernel.labels import Language
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import Simulation
from ticketflow.text.catalog import Catalog
from ticketflow.text.sentences import Wording, usual_zone
from ticketflow.tickets.ticket import Ticket

_INDENT = " " * 32


def timeline(
    ticket: Ticket | Simulation,
    rules: Rules,
    zone: ZoneInfo | None = None,
    language: Language = "en",
    *,
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> Iterator[str]:
    r"""Return the lines of a timeline: each entry of the history at its instant, and what comes next.

    Args:
        ticket: A ticket; or the result of a simulation, whose refused commands are shown as well.
        rules: The rule set of the ticket.
        zone: The time zone in whose local time instants are shown; by default that of the rule set's first calendar.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences and labels that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        BadValueError: An argument has another type, or a language is not a well-formed tag.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, 12, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> print(*timeline(handle(None, opened, servicenow()).ticket, servicenow(), language="pt"), sep="\n")
      qui 2026-11-19 12:00:00 +0000  agente ada: aberto em New
      até aqui: New; nada mais acontecerá por si só
    """
    check_argument(ticket, Ticket | Simulation, "ticket")
    check_argument(rules, Rules, "rules")
    check_argument(zone, ZoneInfo | None, "zone")
    words = Wording(rules, zone or usual_zone(rules), language, fallback, catalogs)
    life = (
        ticket
        if isinstance(ticket, Simulation)
        else Simulation(ticket, (), (), next_due(ticket, rules), unknown_from(ticket, rules))
    )
    return _lines(life, words)


def _lines(life: Simulation, words: Wording) -> Iterator[str]:
    lines = []
    for entry in life.ticket.history if life.ticket else ():
        what, why = words.entry(entry)
        lines.append((entry.at, _line(words.instant(entry.at), what, (why,) if why else ())))
    for refusal in life.refusals:
        what, reasons = words.refusal(refusal)
        lines.append((refusal.command.at, _line(words.instant(refusal.command.at), what, reasons)))
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    yield f"  {_ending(life, life.ticket, words)}"


def _line(at: str, what: str, reasons: Iterable[str]) -> str:
    return "\n".join((f"  {at}  {what}", *(f"{_INDENT}{reason}" for reason in reasons)))


def _ending(life: Simulation, ticket: Ticket | None, words: Wording) -> str:
    say = words.sentences.say
    if ticket is None:
        return say("timeline.never_opened")
    state = words.state(ticket.state)
    if ticket.category == "closed":
        return say("timeline.closed", state=state, at=words.instant(ticket.marks["entered"].at))
    if life.next_due:
        text = say("timeline.due", state=state, at=words.instant(life.next_due))
    else:
        text = say("timeline.idle", state=state)
    return say("timeline.unknown", text=text, at=words.instant(life.unknown_from)) if life.unknown_from else text
