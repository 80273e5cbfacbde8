"""Draw the pictures of docs/pictures.md as SVG files beside this file: ``python docs/pictures/draw.py``."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ticketflow as tf
from ticketflow import commands, presets, simulation
from ticketflow.simulation import Scenario

HERE = Path(__file__).parent
ANA, BRUNO = tf.Actor("agent", "ana"), tf.Actor("customer", "bruno")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = presets.senior(targets=(tf.Target(tf.WorkingTime(hours=16)),))


def ticket() -> Axes:
    """Draw two weeks of a ticket whose customer never answers."""
    tuesday = datetime(2026, 11, 17, 19, tzinfo=UTC)
    story = (
        commands.Open("T-1", message=tf.Message("m1"), fields={"nature": "request"}, at=tuesday, by=BRUNO),
        commands.Assign("ana", at=tuesday + 17 * HOUR, by=ANA),
        commands.AddMessage(tf.Message("n1", public=False), at=tuesday + 19 * HOUR, by=ANA),
        commands.Move("ask_for_information", message=tf.Message("m2"), at=tuesday + 47 * HOUR, by=ANA),
    )
    return tf.plot.plot_ticket(simulated(*story), RULES)


def year() -> Axes:
    """Draw a year of a ticket with a question a week."""
    at = datetime(2025, 11, 3, 13, tzinfo=UTC)
    story: list[tf.commands.Command] = [
        commands.Open("T-2", message=tf.Message("m"), fields={"nature": "incident"}, at=at, by=BRUNO),
        commands.Assign("ana", at=at + DAY, by=ANA),
    ]
    at += 2 * DAY
    for number in range(56):
        story.append(commands.Move("ask_for_information", message=tf.Message(f"q{number}"), at=at, by=ANA))
        at += (3 + number % 3) * DAY + 3 * HOUR
        story.append(commands.AddMessage(tf.Message(f"a{number}"), at=at, by=BRUNO))
        at += (1 + number % 4) * DAY + 2 * HOUR
    return tf.plot.plot_ticket(simulated(*story, until=at), RULES)


def calendar() -> Axes:
    """Draw a year of a calendar with holidays, half days and summer hours."""
    office = tf.BusinessCalendar(
        "Europe/Madrid",
        "mon-fri 09:00-18:00",
        holidays={"01-01": "New Year", "01-06": "Epiphany", "easter-2": "Good Friday", "12-25": "Christmas"},
        half_days={"12-24": "14:00", "12-31": "14:00"},
        overrides={date(2026, 11, 28): "10:00-14:00"},
        periods=(tf.Period("08-01", "08-31", "mon-fri 08:00-15:00"),),
    )
    return tf.plot.plot_calendar(office, 2026)


def quarter() -> list[tf.Ticket]:
    """Return the tickets of three months; every third one waits for an answer in between."""
    tickets = []
    for number in range(120):
        at = datetime(2026, 8, 3, 11, tzinfo=UTC) + number * 17 * HOUR
        story: list[tf.commands.Command] = [
            commands.Open(f"T-{number}", message=tf.Message("m"), at=at, by=BRUNO),
            commands.Assign("ana", at=at + (1 + number * 5 % 11) * HOUR, by=ANA),
        ]
        at += (12 + number * 7 % 13 + number * number % 37) * HOUR
        if number % 3 == 0:
            story.append(commands.Move("ask_for_information", message=tf.Message("q"), at=at, by=ANA))
            story.append(commands.AddMessage(tf.Message("a"), at=at + (5 + number % 29) * HOUR, by=BRUNO))
            at += (8 + number % 50) * HOUR
        story.append(commands.Move("inform_solution", message=tf.Message("s"), at=at, by=ANA))
        tickets.append(simulated(*story))
    return tickets


def reports() -> Axes:
    """Draw the reports of three months."""
    now, tickets = datetime(2026, 11, 16, tzinfo=UTC), quarter()
    found, _ = tf.report_all(now, tickets, RULES)
    readings = [each for one in tickets for each in tf.read_all(now, one, RULES.clock("resolution"))]
    return tf.plot.plot_reports(found, readings, rules=RULES)[0]


def workflow() -> Axes:
    """Draw the moves of three months."""
    return tf.plot.plot_workflow(RULES, tf.count_moves(quarter()))


def comparison() -> Axes:
    """Draw what a second agent, or closing sooner, would change in two weeks."""
    office = tf.BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")

    def desk(agents: int = 1, days: int = 6) -> Scenario:
        rules = presets.senior(
            office, close_after=tf.BusinessDays(days), targets=(tf.Target(tf.WorkingTime(hours=16)),)
        )
        queue, asked = tf.StateIs("new", "in_analysis"), tf.StateIs("waiting_for_customer")
        behaviors = (
            simulation.Arrivals(per_hour=0.3),
            simulation.Agents(agents, office, queue, simulation.LogNormal(0.8 * HOUR, 0.5), then=support),
            simulation.Customers(asked, simulation.LogNormal(30 * HOUR), answers=0.5),
        )
        return Scenario(rules, behaviors)

    monday = datetime(2026, 3, 2, tzinfo=UTC)
    scenarios = {"today": desk(), "a second agent": desk(agents=2), "closing after 3 days": desk(days=3)}
    found = simulation.what_if(scenarios, monday, monday + 21 * DAY, seeds=range(4), warm_up=4 * DAY)
    names = ("backlog", "closed_by_rule", "reminders", "breached.resolution", "first_answer.mean_hours")
    return tf.plot.plot_comparison(found, (*names, "resolution.mean_hours"))


def support(turn: simulation.Turn) -> None:
    """Ask for information, or send the solution."""
    turn.move("ask_for_information" if turn.chance(0.3) else "inform_solution", message=True)


def simulated(*story: tf.commands.Command, until: datetime | None = None) -> tf.Ticket:
    """Return the ticket after some commands and what was due after them."""
    found = tf.simulate(story, RULES, until).ticket
    assert found is not None
    return found


PICTURES: Mapping[str, Callable[[], Axes]] = {
    "ticket": ticket,
    "year": year,
    "calendar": calendar,
    "reports": reports,
    "workflow": workflow,
    "comparison": comparison,
}


def drawn(name: str) -> str:
    """Return a picture as SVG."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ticketflow"}):
        figure = PICTURES[name]().figure
        assert isinstance(figure, Figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


if __name__ == "__main__":
    for each in PICTURES:
        (HERE / f"{each}.svg").write_text(drawn(each), encoding="utf-8")
