"""A ticket's life as text: what happened, what became due, when, by which rule and why, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from ticketflow.commands import NAMES
from ticketflow.events import (
    Assigned,
    ByBound,
    ByCommand,
    ByRule,
    Dropped,
    Entry,
    Event,
    EventReason,
    FieldChanged,
    FieldHeld,
    FieldReleased,
    MessageAdded,
    MessageRequested,
    Opened,
    OutsideEventRecorded,
    Rated,
    RulesHalted,
    StateChanged,
    Superseded,
    TimeReason,
    Why,
)
from ticketflow.rules import Rules
from ticketflow.simulation import Life, Refusal
from ticketflow.ticket import Ticket


def spoken_instant(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the wall of *zone* shows it, to the second, or to the microsecond where that differs.

    >>> from datetime import UTC
    >>> spoken_instant(datetime(2026, 11, 19, 18, tzinfo=UTC), ZoneInfo("America/Sao_Paulo"))
    'Thu 2026-11-19 15:00:00 -0300'
    """
    try:
        local = at.astimezone(zone)
    except OverflowError:  # the first and last hours of all years have no wall everywhere
        local = at
    clock = local.time().isoformat("microseconds" if local.microsecond else "seconds")
    return f"{local:%a} {local.date().isoformat()} {clock} {local:%z}"


def spoken_event(event: Event) -> str:
    """Return what happened, in a few words.

    >>> spoken_event(Assigned(None, "ana"))
    'assigned to ana'
    """
    match event:
        case Opened(state=state, fields=fields, follows=follows):
            given = "".join(f", {name} {value!r}" for name, value in fields.items())
            return f"opened in {state}{given}{f', going on from {follows}' if follows else ''}"
        case MessageAdded(message=message):
            kind = "message" if message.public else "internal note"
            return f"{'automatic ' if message.automatic else ''}{kind} {message.id}"
        case Assigned(after=after):
            return f"assigned to {after}" if after else "assigned to nobody"
        case StateChanged(before=before, after=after):
            return f"{before} -> {after}"
        case FieldChanged(field=field, before=before, after=after):
            return f"{field} set to {after!r}" if before == after else f"{field} {before!r} -> {after!r}"
        case FieldHeld(field=field, after=after):
            return f"{field} held at {after!r}"
        case FieldReleased(field=field, after=after):
            return f"{field} back to {after!r}"
        case Rated(score=score):
            return f"rated {score}"
        case OutsideEventRecorded(event=name):
            return f"outside event {name}"
        case MessageRequested(template=template, to=to):
            return f"{template} asked to be sent to the {to}"
        case Superseded():
            return "gave way to the last rung"
        case Dropped(why=why):
            return f"dropped ({why})"
        case RulesHalted(rules=rules):
            return f"rules halted until the next outside event: {', '.join(rules)}"
        case _:
            assert_never(event)


_INDENT = " " * 32


def spoken_why(why: Why, zone: ZoneInfo) -> str:
    """Return why something was due, with its anchor on the wall of *zone*."""
    match why:
        case TimeReason(anchor=anchor, since=since, span=span):
            return f"{span} after {anchor} on {spoken_instant(since, zone)}"
        case EventReason(trigger=trigger):
            return trigger
        case _:
            assert_never(why)


def _entry_lines(entry: Entry, zone: ZoneInfo) -> str:
    what = "; ".join(spoken_event(event) for event in entry.events) or "nothing changed"
    head = f"  {spoken_instant(entry.at, zone)}  "
    match entry.cause:
        case ByCommand():
            return f"{head}{entry.actor.role} {entry.actor.id}: {what}"
        case ByRule(key=key, due_at=due_at, reason=reason):
            late = "" if due_at == entry.at else f"; it was due on {spoken_instant(due_at, zone)}"
            return f"{head}{what}\n{_INDENT}by rule {key.rule}: {spoken_why(reason, zone)}{late}"
        case ByBound(bound=bound):
            return f"{head}{what}\n{_INDENT}by the bound {bound}"
        case _:
            assert_never(entry.cause)


def _refusal_lines(refusal: Refusal, zone: ZoneInfo) -> str:
    command = refusal.command
    reasons = "".join(f"\n{_INDENT}{reason}" for reason in refusal.refused.reasons)
    said = f"{command.by.role} {command.by.id}: {NAMES[type(command)]} was refused"
    return f"  {spoken_instant(command.at, zone)}  {said}{reasons}"


def timeline(life: Life, rules: Rules, zone: ZoneInfo) -> Iterator[str]:
    """Yield the lines of a ticket's life: each entry or refusal at its instant, and the end.

    Args:
        life: The life.
        rules: What it was lived under; gives the label of the state it ended in.
        zone: Whose wall to show instants on.
    """
    lines = [(entry.at, _entry_lines(entry, zone)) for entry in life.ticket.history] if life.ticket else []
    lines += [(refusal.command.at, _refusal_lines(refusal, zone)) for refusal in life.refusals]
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    yield _ending(life, life.ticket, rules, zone) if life.ticket else "  it was never opened"


def _ending(life: Life, ticket: Ticket, rules: Rules, zone: ZoneInfo) -> str:
    state = rules.workflow.state(ticket.state)
    label = state.labels.get("en", ticket.state) if state else ticket.state
    if ticket.category == "closed":
        return f"  ended: {label} at {spoken_instant(ticket.marks['entered'].at, zone)}"
    unknown = f"; not known from {spoken_instant(life.unknown_from, zone)} on" if life.unknown_from else ""
    if life.next_due:
        return f"  so far: {label}; something is due next at {spoken_instant(life.next_due, zone)}{unknown}"
    return f"  so far: {label}; nothing more is due by itself{unknown}"
