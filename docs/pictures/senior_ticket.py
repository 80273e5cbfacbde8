"""Draw one ticket under the preset `senior` as an SVG: ``python docs/pictures/senior_ticket.py > FILE``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape

import ticketflow as tf
from ticketflow import commands, events, presets

WIDTH, HEIGHT, LEFT, TOP = 960, 250, 20, 64
FIRST, LAST = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
BAND = {"new": "#dfe7ef", "in_analysis": "#8fb8de", "waiting_for_customer": "#f2c57c", "closed": "#b9c4b4"}
CALM = "#5b6672"


def history() -> tf.Ticket:
    """Return a ticket whose customer never answers: two reminders, then it is closed."""
    ana, bruno, rules = tf.Actor("agent", "ana"), tf.Actor("customer", "bruno"), presets.senior()
    story = (
        commands.Open("T-1", message=tf.Message("m1"), fields={"nature": "request"}, at=at(17, 19), by=bruno),
        commands.Assign("ana", at=at(18, 12), by=ana),
        commands.Move("ask_for_information", message=tf.Message("m2"), at=at(19, 18), by=ana),
    )
    ticket = tf.simulate(story, rules).ticket
    assert ticket is not None
    return ticket


def at(day: int, hour: int) -> datetime:
    """Return an hour of a day in November."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def x(moment: datetime) -> float:
    """Return where an instant is drawn."""
    return round(LEFT + (WIDTH - 2 * LEFT) * ((moment - FIRST) / (LAST - FIRST)), 1)


def text(left: float, top: float, words: str, *, size: int = 13, color: str = "#20262c", anchor: str = "start") -> str:
    """Return an SVG text."""
    return f'<text x="{left}" y="{top}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{escape(words)}</text>'


def rectangle(left: float, top: float, width: float, height: float, color: str) -> str:
    """Return an SVG rectangle."""
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{color}"/>'


def days() -> Iterator[str]:
    """Yield the days: a name for each, and a grey column for weekends."""
    day = FIRST
    while day < LAST:
        if day.weekday() >= 5:  # noqa: PLR2004 -- Saturday
            width = round(x(day + timedelta(days=1)) - x(day), 1)
            yield rectangle(x(day), TOP - 20, width, HEIGHT - TOP - 10, "#f1f2f4")
        yield text(
            (x(day) + x(day + timedelta(days=1))) / 2,
            TOP - 26,
            f"{day:%a} {day.day}",
            size=12,
            color=CALM,
            anchor="middle",
        )
        day += timedelta(days=1)


def states(ticket: tf.Ticket) -> Iterator[str]:
    """Yield the band of states."""
    changes = [(FIRST, "")] + [
        (entry.at, event.state if isinstance(event, events.Opened) else event.after)
        for entry in ticket.history
        for event in entry.events
        if isinstance(event, events.Opened | events.StateChanged)
    ]
    for (begun, state), ended in zip(changes, [change[0] for change in changes[1:]] + [LAST], strict=True):
        if state and x(ended) > x(begun):
            yield rectangle(x(begun), TOP, round(x(ended) - x(begun), 1), 44, BAND[state])
            yield text(x(begun) + 6, TOP + 27, state.replace("_", " "))


def marks(ticket: tf.Ticket) -> Iterator[str]:
    """Yield what happened, each with a line down to its words."""
    words = {
        "m1": (0, "customer writes"),
        "m2": (1, "agent asks for information"),
        "request-reminder-1": (0, "first reminder"),
        "request-reminder-2": (1, "second reminder"),
    }
    found = [
        (entry.at, *words[event.message.id if isinstance(event, events.MessageAdded) else event.template])
        for entry in ticket.history
        for event in entry.events
        if isinstance(event, events.MessageAdded | events.MessageRequested)
    ]
    for moment, row, said in [*found, (ticket.changed_at, 0, "closed after 6 business days")]:
        bottom = TOP + 84 + 34 * row
        is_late = x(moment) > WIDTH * 0.75
        yield f'<line x1="{x(moment)}" y1="{TOP + 44}" x2="{x(moment)}" y2="{bottom - 12}" stroke="{CALM}"/>'
        yield f'<circle cx="{x(moment)}" cy="{TOP + 44}" r="5" fill="#20262c"/>'
        yield text(x(moment), bottom, said, anchor="end" if is_late else "start")


def picture() -> str:
    """Return the whole picture."""
    ticket = history()
    title = "A ticket under the preset senior: nobody answers, so two reminders go out and it closes"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" '
        f'role="img" aria-label="{title}">'
    )
    whole = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    note = text(
        LEFT,
        HEIGHT - 14,
        "Weekends do not count: the sixth business day after Thursday 19 is Monday 30.",
        size=12,
        color=CALM,
    )
    return "\n".join([head, whole, *days(), *states(ticket), *marks(ticket), note, "</svg>"]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(picture())
