"""The same ticket at six desks; docs/clocks-compared.md shows this table.

Ours is worked by hand beside each situation. The office is open on weekdays from 9 to 18 and reads Greenwich, unless
said otherwise, and time is working time. Monday is 23 November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.public_desks import DESKS, Answer, Happening, Hours, Story
from ticketflow import (
    Actor,
    BusinessCalendar,
    Field,
    FieldIs,
    Message,
    Rules,
    State,
    Transition,
    Workflow,
    WorkingTime,
    advance,
    commands,
    handle,
)
from ticketflow.sla.measures import first_response, next_reply, resolution
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.sla.reading import read
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.commands import Command
from ticketflow.workflow.definition import Opening

PAGE = Path(__file__).parent.parent.parent / "docs" / "clocks-compared.md"
MADRID = ZoneInfo("Europe/Madrid")
MEASURES = {"resolution": resolution(), "first reply": first_response(), "reply": next_reply()}
NONE = "\N{EN DASH}"
HOUR = timedelta(hours=1)
MOVES = {"pending": "wait", "open": "go_on", "resolved": "finish"}
STATES: Mapping[str, Literal["running", "paused", "late", "met", "none"]] = {
    "not_started": "none",
    "running": "running",
    "paused": "running",
    "frozen": "paused",
    "breached": "late",
    "met": "met",
}


def workflow(asks: str) -> Workflow:
    """Return a workflow whose pending state freezes only the resolution clock."""
    frozen = {"clock"} if asks == "resolution" else set[str]()
    return Workflow(
        (State("open"), State("pending", "pending", freezes=frozen), State("resolved", "resolved")),
        (
            Transition("wait", ("open",), "pending", may=("agent",)),
            Transition("go_on", ("pending", "resolved"), "open", may=("agent",)),
            Transition("finish", ("open", "pending"), "resolved", may=("agent",)),
        ),
        (Field("priority", ("low", "high")), Field("until", kind="moment")),
        openings=(Opening("open", PEOPLE, takes=("priority", "until")),),
    )


def rules(story: Story, hours: Hours) -> Rules:
    """Return our rules for a story, with these hours."""
    shift = f"{hours.opens:%H:%M}-{hours.closes:%H:%M}"
    week = tuple(shift if day in hours.days else "" for day in range(7))
    calendar = BusinessCalendar(hours.zone.key, week, holidays=dict.fromkeys(hours.shut, "holiday"))
    targets = (
        (Deadline("until"),)
        if story.by_hand
        else tuple(Target(WorkingTime(hours=n // HOUR), FieldIs("priority", name)) for name, n in story.targets.items())
    )
    policy = Policy("clock", MEASURES[story.asks], targets)
    return Rules("desk", workflow(story.asks), calendar, clocks=(policy,))


def command(story: Story, number: int) -> Command:
    """Return the command for one happening of a story."""
    at, kind, value = story.happenings[number]
    by, message = Actor("third_party" if kind == "third party" else "customer", "bruno"), Message(f"m{number}")
    if kind in ("agent", "status", "priority"):
        by = Actor("agent", "ana")
    if number == 0:
        fields = {"priority": "low"} | ({"until": story.by_hand} if story.by_hand else {})
        return commands.Open("T-1", fields=fields, message=message, at=at, by=by)
    if kind == "status":
        return commands.Move(MOVES[value], at=at, by=by)
    if kind == "priority":
        return commands.SetFields({"priority": value}, at=at, by=by)
    return commands.AddMessage(message, at=at, by=by)


def ours(story: Story) -> Answer:
    """Return what ticketflow shows."""
    hours, ticket = story.hours, None
    for number, (at, kind, value) in enumerate(story.happenings):
        if kind == "holiday":
            assert ticket
            ticket, hours = advance(at, ticket, rules(story, hours)), hours.without(value)
        else:
            ticket = handle(ticket, command(story, number), rules(story, hours)).unwrap().ticket
    assert ticket
    now = rules(story, hours)
    reading = read(story.look, advance(story.look, ticket, now), now.clock("clock"))
    return Answer(STATES[reading.state], reading.missed or reading.due_at)


def shown(answer: Answer | None, zone: ZoneInfo) -> str:
    """Return an answer as the page writes it."""
    if answer is None:
        return NONE
    state, due = answer
    if due is None:
        return {"paused": "paused", "met": "met", "none": "nothing due"}[state]
    wall = due.astimezone(zone)
    when = f"{wall:%a} {wall.day} {wall:%H:%M:%S}".removesuffix(":00")
    words = {"running": "due", "late": "late since", "met": "met, due", "paused": "paused, due", "done": "done, due"}
    return f"{words[state]} {when}"


@attrs.frozen
class Situation:
    """A story with its text on the page and the answers of the six desks."""

    name: str
    told: str
    story: Story
    answers: tuple[str, str, str, str, str, str]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def wrote(when: datetime) -> Happening:
    return Happening(when, "customer")


def answered(when: datetime) -> Happening:
    return Happening(when, "agent")


def to(status: str, when: datetime) -> Happening:
    return Happening(when, "status", status)


def raised(priority: str, when: datetime) -> Happening:
    return Happening(when, "priority", priority)


NIGHT_DESK = Hours(MADRID, frozenset({5, 6}), time(0), time(12))
EIGHT, FOUR, TWO, ONE = ({"low": hours * HOUR} for hours in (8, 4, 2, 1))
SITUATIONS = (
    Situation(
        "Pause across a weekend",
        "Opened Friday 20 at 10:00 with 8 hours; pending from 16:00 until Monday 10:00; seen then.",
        # 6 h are used on Friday at 16:00, 2 h are left on Monday at 10:00.
        Story(
            targets=EIGHT,
            happenings=(wrote(at(20, 10)), to("pending", at(20, 16)), to("open", at(23, 10))),
            look=at(23, 10),
        ),
        (*("due Mon 23 12:00",) * 5, "due Mon 23 12:00:01"),
    ),
    Situation(
        "Pause into the night",
        "Opened Monday at 16:00 with 4 hours; pending from 17:30 until 22:00; seen then.",
        # 1.5 h are used at 17:30; the pause holds half an open hour; 2.5 h are left on Tuesday at 9:00.
        Story(
            targets=FOUR,
            happenings=(wrote(at(23, 16)), to("pending", at(23, 17, 30)), to("open", at(23, 22))),
            look=at(23, 22),
        ),
        ("due Tue 24 11:30",) * 6,
    ),
    Situation(
        "Frozen at the due instant",
        "Opened Monday at 9:00 with 4 hours; pending at 13:00; an agent writes at 14:00; seen at 14:30.",
        # All 4 h are used at 13:00, when it freezes: nothing is missed until it runs again.
        Story(
            targets=FOUR,
            happenings=(wrote(at(23, 9)), to("pending", at(23, 13)), answered(at(23, 14))),
            look=at(23, 14, 30),
        ),
        ("paused", "late since Mon 23 13:00", "paused", "paused, due Mon 23 13:00", "paused", "paused"),
    ),
    Situation(
        "Frozen at the due instant, and back",
        "The same, open again at 15:00; seen at 16:00.",
        # It runs again at 15:00 with nothing left: due at that instant, missed right after it.
        Story(
            targets=FOUR,
            happenings=(wrote(at(23, 9)), to("pending", at(23, 13)), answered(at(23, 14)), to("open", at(23, 15))),
            look=at(23, 16),
        ),
        (
            "late since Mon 23 15:00",
            "late since Mon 23 15:00",
            "late since Mon 23 15:00",
            "late since Mon 23 15:00",
            NONE,
            "late since Mon 23 15:00:01",
        ),
    ),
    Situation(
        "Used up exactly at closing",
        "Opened Monday at 10:00 with 8 hours; resolved on Tuesday at 8:00.",
        # 10:00 + 8 h is 18:00, and closing is when they have passed.
        Story(targets=EIGHT, happenings=(wrote(at(23, 10)), to("resolved", at(24, 8))), look=at(24, 8)),
        (
            "late since Mon 23 18:00",
            "late since Mon 23 18:00",
            "met",
            "met, due Tue 24 09:00",
            NONE,
            "done, due Tue 24 09:00",
        ),
    ),
    Situation(
        "Priority raised after a pause",
        "Opened Monday at 9:00 with 8 hours; pending from 10:00 until 12:00; at 13:00 raised to 4 hours; "
        "seen at 14:00.",
        # 1 h used before the pause and 1 h after it: at 13:00, 2 of 4 h are left.
        Story(
            targets={"low": 8 * HOUR, "high": 4 * HOUR},
            happenings=(
                wrote(at(23, 9)),
                to("pending", at(23, 10)),
                to("open", at(23, 12)),
                raised("high", at(23, 13)),
            ),
            look=at(23, 14),
        ),
        (
            "due Mon 23 15:00",
            "due Mon 23 15:00",
            "due Mon 23 15:00",
            "late since Mon 23 13:00",
            NONE,
            "due Mon 23 15:00:01",
        ),
    ),
    Situation(
        "Priority raised after breach",
        "Opened Monday at 9:00 with 4 hours; at 15:00 raised to 2 hours; seen at 16:00.",
        # 4 h were used up at 13:00, and that miss stands; 2 h would have been 11:00.
        Story(
            targets={"low": 4 * HOUR, "high": 2 * HOUR},
            happenings=(wrote(at(23, 9)), raised("high", at(23, 15))),
            look=at(23, 16),
        ),
        (
            "late since Mon 23 13:00",
            "late since Mon 23 11:00",
            "late since Mon 23 11:00",
            "late since Mon 23 11:00",
            NONE,
            "late since Mon 23 11:00",
        ),
    ),
    Situation(
        "Priority lowered after breach",
        "Opened Monday at 9:00 with 4 hours; at 15:00 lowered to 8 hours; seen at 16:00.",
        # 4 h were used up at 13:00, and that miss stands; 8 h would be 17:00.
        Story(
            targets={"low": 4 * HOUR, "high": 8 * HOUR},
            happenings=(wrote(at(23, 9)), raised("high", at(23, 15))),
            look=at(23, 16),
        ),
        (
            "late since Mon 23 13:00",
            "due Mon 23 17:00",
            "due Mon 23 17:00",
            "due Mon 23 17:00",
            NONE,
            "due Mon 23 17:00",
        ),
    ),
    Situation(
        "Reopened after resolve",
        "Opened Monday at 9:00 with 8 hours; resolved at 12:00; reopened on Wednesday at 10:00; seen then.",
        # 3 h are used on Monday at 12:00, 5 h are left on Wednesday at 10:00.
        Story(
            targets=EIGHT,
            happenings=(wrote(at(23, 9)), to("resolved", at(23, 12)), to("open", at(25, 10))),
            look=at(25, 10),
        ),
        (
            "due Wed 25 15:00",
            "due Wed 25 15:00",
            "nothing due",
            "due Wed 25 15:00",
            "due Wed 25 15:00",
            "late since Mon 23 17:00",
        ),
    ),
    Situation(
        "Reopened and resolved again",
        "The same, resolved again on Wednesday at 16:00.",
        # It was due at 15:00.
        Story(
            targets=EIGHT,
            happenings=(
                wrote(at(23, 9)),
                to("resolved", at(23, 12)),
                to("open", at(25, 10)),
                to("resolved", at(25, 16)),
            ),
            look=at(25, 16),
        ),
        (
            "late since Wed 25 15:00",
            "late since Wed 25 15:00",
            "met",
            "late since Wed 25 15:00",
            "late since Wed 25 15:00",
            "done, due Mon 23 17:00",
        ),
    ),
    Situation(
        "DST weekend",
        "Saturdays and Sundays 0:00 to 12:00 in Madrid; opened on Sunday 25 October 2026 at 1:00 with 4 hours; "
        "seen at 2:00, before the clocks go back at 3:00.",
        # 1:00 CEST is 23:00 UTC; 4 h later it is 3:00 UTC, which reads 4:00 CET.
        Story(
            hours=NIGHT_DESK,
            targets=FOUR,
            happenings=(wrote(datetime(2026, 10, 24, 23, tzinfo=UTC)),),
            look=datetime(2026, 10, 25, tzinfo=UTC),
        ),
        (
            "due Sun 25 04:00",
            "due Sun 25 05:00",
            "due Sun 25 04:00",
            "due Sun 25 05:00",
            "due Sun 25 04:00",
            "due Sun 25 04:00",
        ),
    ),
    Situation(
        "Calendar edited",
        "Opened Monday at 14:00 with 8 hours; at 17:00 Tuesday is declared a holiday, and nothing happens to the "
        "ticket; seen on Tuesday at 15:00.",
        # 4 h on Monday, none on Tuesday, 4 h on Wednesday from 9:00.
        Story(
            targets=EIGHT,
            happenings=(wrote(at(23, 14)), Happening(at(23, 17), "holiday", "2026-11-24")),
            look=at(24, 15),
        ),
        (
            "due Wed 25 13:00",
            "late since Tue 24 13:00",
            "due Wed 25 13:00",
            "late since Tue 24 13:00",
            "late since Tue 24 13:00",
            "late since Tue 24 13:00",
        ),
    ),
    Situation(
        "Deadline set by hand",
        "Opened Monday at 9:00, due by hand at 17:00; pending from 10:00 until 12:00; seen then.",
        # Nothing moves it.
        Story(
            targets=EIGHT,
            by_hand=at(23, 17),
            happenings=(wrote(at(23, 9)), to("pending", at(23, 10)), to("open", at(23, 12))),
            look=at(23, 12),
        ),
        ("due Mon 23 17:00", NONE, NONE, "due Tue 24 10:00", NONE, "due Mon 23 17:00"),
    ),
    Situation(
        "First reply when an agent opened the ticket",
        "An agent opens it with a message on Monday at 9:00, with 1 hour; seen at 9:15.",
        # The message that opens it is the answer: from the first instant nothing is owed, and the clock never starts.
        Story(asks="first reply", targets=ONE, happenings=(answered(at(23, 9)),), look=at(23, 9, 15)),
        ("nothing due", "due Mon 23 10:00", "met", NONE, NONE, "nothing due"),
    ),
    Situation(
        "Parked without a word",
        "Opened Monday at 9:00, first reply within 1 hour; pending at 9:30 without a message; seen at 11:00.",
        # Nobody has written to the customer: 9:00 + 1 h.
        Story(
            asks="first reply",
            targets=ONE,
            happenings=(wrote(at(23, 9)), to("pending", at(23, 9, 30))),
            look=at(23, 11),
        ),
        (
            "late since Mon 23 10:00",
            "met, due Mon 23 10:00",
            "paused",
            NONE,
            "late since Mon 23 10:00",
            "late since Mon 23 10:00",
        ),
    ),
    Situation(
        "Customer writes twice before an answer",
        "Opened Monday at 9:00, answered at 10:00; the customer writes at 11:00 and at 12:30, next reply within "
        "2 hours; seen at 12:45.",
        # 11:00 + 2 h.
        Story(
            asks="reply",
            targets=TWO,
            happenings=(wrote(at(23, 9)), answered(at(23, 10)), wrote(at(23, 11)), wrote(at(23, 12, 30))),
            look=at(23, 12, 45),
        ),
        ("due Mon 23 13:00", NONE, "due Mon 23 13:00", NONE, "due Mon 23 13:00", "due Mon 23 13:00"),
    ),
    Situation(
        "Third party writes after the answer",
        "Opened Monday at 9:00, answered at 10:00; somebody in copy writes at 11:00; seen at 11:30.",
        # No message of the customer's is unanswered: the clock has not started.
        Story(
            asks="reply",
            targets=TWO,
            happenings=(wrote(at(23, 9)), answered(at(23, 10)), Happening(at(23, 11), "third party")),
            look=at(23, 11, 30),
        ),
        ("nothing due", NONE, "due Mon 23 13:00", NONE, "due Mon 23 13:00", "nothing due"),
    ),
    Situation(
        "Third party writes while the customer waits",
        "Opened Monday at 9:00, answered at 10:00; the customer writes at 11:00, somebody in copy at 11:30; seen "
        "at 12:00.",
        # 11:00 + 2 h; whoever is neither the customer nor the support answers nothing.
        Story(
            asks="reply",
            targets=TWO,
            happenings=(
                wrote(at(23, 9)),
                answered(at(23, 10)),
                wrote(at(23, 11)),
                Happening(at(23, 11, 30), "third party"),
            ),
            look=at(23, 12),
        ),
        ("due Mon 23 13:00", NONE, "due Mon 23 13:00", NONE, "due Mon 23 13:00", "nothing due"),
    ),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_what_each_desk_answers(situation: Situation) -> None:
    """The models of the five desks are tested too, so that they change only on purpose."""
    story = situation.story
    told = (ours(story), *(desk(story) for desk in DESKS.values()))
    assert tuple(shown(answer, story.hours.zone) for answer in told) == situation.answers


def test_the_page_shows_this_table() -> None:
    """The page has the table, and a paragraph with the story and a clause for each situation."""
    page = PAGE.read_text(encoding="utf-8")
    names = ("", "situation", "ticketflow", *DESKS)
    rows = [names, ("---",) * len(names)]
    rows += [(str(number), each.name, *each.answers) for number, each in enumerate(SITUATIONS, 1)]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    assert table in page, f"docs/clocks-compared.md: make this its table\n\n{table}"
    paragraphs = re.findall(r"^\d+\. (.+\n(?: .+\n)*)", page, re.MULTILINE)
    for situation, paragraph in zip(SITUATIONS, paragraphs, strict=True):
        told = " ".join(paragraph.split())
        assert told.startswith(f"**{situation.name}.** {situation.told} ")
        assert re.search(r"\([14]\.\d+[^)]*\)", told), situation.name
