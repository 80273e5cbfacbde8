"""A ticket's life as text: what happened, what became due, when, by which rule and why, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from ticketflow.kernel.labels import Language
from ticketflow.kernel.names import readable
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import Life, Refusal
from ticketflow.text.wording import Wording
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

_INDENT = " " * 32
_TEXTS: Mapping[str, Mapping[Language, str]] = {
    "refused": {"en": "{name} was refused", "es": "{name} fue rechazado"},
    "never": {"en": "it was never opened", "es": "nunca se abrió"},
    "ended": {"en": "ended: {state} at {at}", "es": "terminó: {state} el {at}"},
    "due": {"en": "so far: {state}; something is due next at {at}", "es": "hasta aquí: {state}; lo próximo, el {at}"},
    "idle": {"en": "so far: {state}; nothing more is due by itself", "es": "hasta aquí: {state}; nada más ocurre solo"},
    "unknown": {"en": "; not known from {at} on", "es": "; no se sabe a partir del {at}"},
}


def timeline(life: Life, rules: Rules, zone: ZoneInfo, language: Language = "en") -> Iterator[str]:
    """Yield the lines of a ticket's life: each entry or refusal at its instant, and the end.

    Args:
        life: The life.
        rules: What it was lived under; gives labels.
        zone: Whose wall to show instants on.
        language: ``en`` or ``es``; what is said of refusals is English.
    """
    words = Wording(rules, zone, language)
    lines = [(entry.at, _entry_lines(entry, words)) for entry in life.ticket.history] if life.ticket else []
    lines += [(refusal.command.at, _refusal_lines(refusal, words)) for refusal in life.refusals]
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    yield "  " + (_ending(life, life.ticket, words) if life.ticket else _TEXTS["never"][language])


def _entry_lines(entry: events.Entry, words: Wording) -> str:
    what, why = words.entry(entry)
    return f"  {words.instant(entry.at)}  {what}" + (f"\n{_INDENT}{why}" if why else "")


def _refusal_lines(refusal: Refusal, words: Wording) -> str:
    command = refusal.command
    reasons = "".join(f"\n{_INDENT}{readable(str(reason))}" for reason in refusal.refused.reasons)
    said = _TEXTS["refused"][words.language].format(name=commands.NAMES[type(command)])
    return f"  {words.instant(command.at)}  {command.by.role} {command.by.id}: {said}{reasons}"


def _ending(life: Life, ticket: Ticket, words: Wording) -> str:
    texts, state = {name: text[words.language] for name, text in _TEXTS.items()}, words.state(ticket.state)
    if ticket.category == "closed":
        return texts["ended"].format(state=state, at=words.instant(ticket.marks["entered"].at))
    unknown = texts["unknown"].format(at=words.instant(life.unknown_from)) if life.unknown_from else ""
    if life.next_due:
        return texts["due"].format(state=state, at=words.instant(life.next_due)) + unknown
    return texts["idle"].format(state=state) + unknown
