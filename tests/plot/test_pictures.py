"""Pictures: what the artists on the axes say. Each span and each count is worked out by hand."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, utc
from ticketflow import (
    Actor,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Catalog,
    Elapsed,
    Entered,
    Field,
    FrozenMap,
    Ladder,
    Message,
    OfTarget,
    OnMessage,
    Opening,
    Period,
    Policy,
    Reading,
    Report,
    Rules,
    Rung,
    State,
    StateIs,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    commands,
    count_moves,
    read_all,
    report_all,
    simulate,
    trace,
)
from ticketflow.errors import BadValueError, MissingExtraError, NaiveDatetimeError
from ticketflow.plot import plot_calendar, plot_comparison, plot_reports, plot_ticket, plot_workflow
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.simulation import Measures, WhatIf
from ticketflow.sla import next_reply, resolution

MONDAY = utc(2026, 11, 23, 10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIMES = (WorkingTime(hours=8), Elapsed(hours=8))
WORKFLOW = Workflow(
    states=(
        State("open", labels={"es": "Abierto"}),
        State("waiting", "pending"),
        State("closed", "closed"),
    ),
    transitions=(
        Transition("ask", ["open"], "waiting", may=["agent"]),
        Transition("resume", ["waiting"], "open", may=["agent"]),
        Transition("close", ["open", "waiting"], "closed", may=["agent"]),
    ),
)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
CLOCK = Policy(
    "resolution", resolution(frozen=StateIs("waiting")), (Target(WorkingTime(hours=8)),), warn_at=(OfTarget(50),)
)
NO_ANSWER = Ladder(
    "no-answer",
    Entered("waiting"),
    StateIs("waiting"),
    (Rung(Elapsed(hours=20), actions.SendMessage("hello")), Rung(BusinessDays(30), actions.Move("close"))),
    labels={"en": "no answer", "es": "sin respuesta"},
)
RULES = Rules("desk", WORKFLOW, OFFICE, (NO_ANSWER,), clocks=(CLOCK,))
STORY = (
    commands.Open("T-1", message=Message("m1"), at=MONDAY, by=CUSTOMER),
    commands.Move("ask", message=Message("m2"), at=MONDAY + 2 * HOUR, by=ANA),
    commands.AddMessage(Message("m3", public=False), at=MONDAY + 3 * HOUR, by=ANA),
    commands.Move("resume", at=MONDAY + 24 * HOUR, by=ANA),
    commands.Move("close", at=MONDAY + 31 * HOUR, by=ANA),
)


def ticket_of(*story: commands.Open | object, rules: Rules = RULES, until: datetime | None = None) -> Ticket:
    found = simulate(story, rules, until).ticket  # type: ignore[arg-type]
    assert found is not None
    return found


def saved(ax: Axes) -> str:
    """Draw the figure, so that warnings of layout and fonts come up, and return it as SVG."""
    file = io.StringIO()
    assert isinstance(ax.figure, Figure)
    ax.figure.savefig(file, format="svg")
    return file.getvalue()


def rows(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def bands(ax: Axes, row: str) -> list[tuple[str, float, float]]:
    """Return the bands of a row: their words, and their start and end in hours since Monday at ten."""
    place = rows(ax).index(row)
    return [
        (str(each.get_label())[1:], hours(each.get_x()), hours(each.get_x() + each.get_width()))
        for each in ax.patches
        if isinstance(each, Rectangle) and each.get_y() + each.get_height() / 2 == pytest.approx(place)
    ]


def hours(days: float) -> float:
    return round((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days) - MONDAY) / HOUR, 3)


def marks(ax: Axes, row: str) -> list[tuple[str, list[float]]]:
    """Return the marks of a row: their words, and their hours since Monday at ten."""
    place = rows(ax).index(row)
    return [
        (str(line.get_label())[1:], [hours(float(x)) for x in line.get_xdata()])
        for line in ax.lines
        if abs(float(line.get_ydata()[0]) - place) < 0.5
    ]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    return [text.get_text() for text in found.get_texts()] if found else []


class TestTicket:
    def test_a_ticket_made_by_hand_has_these_bands_and_marks(self) -> None:
        ax = plot_ticket(ticket_of(*STORY), RULES)
        assert rows(ax) == ["state", "messages", "sent by rules", "no answer", "clock resolution"]
        assert bands(ax, "state") == [
            ("open", 0, 2),
            ("waiting", 2, 24),
            ("open", 24, 31),
            ("closed", 31, 32.24),
        ]
        assert bands(ax, "clock resolution") == [
            ("counted", 0, 2),
            ("frozen", 2, 8),
            ("closed hours", 8, 23),
            ("frozen", 23, 24),
            ("counted", 24, 31),
        ]
        assert marks(ax, "messages") == [("customer", [0]), ("agent", [2]), ("internal note: agent", [3])]
        assert marks(ax, "sent by rules") == [("sent by rules", [22])]
        assert marks(ax, "no answer") == [("rule fired", [22])]
        assert marks(ax, "clock resolution") == [("warning", [26]), ("target missed", [30])]
        assert {"counted", "frozen", "closed hours", "target missed", "customer"} <= set(legend(ax))
        assert "Mon 2026-11-23 10:00 to Tue 2026-11-24 18:14" in ax.get_title(loc="left")
        saved(ax)

    def test_a_state_whose_name_does_not_fit_is_in_the_legend(self) -> None:
        ax = plot_ticket(ticket_of(*STORY), RULES)
        assert {"open", "waiting"} <= set(texts(ax))
        assert "closed" in legend(ax)
        assert "open" not in legend(ax)

    def test_what_is_due_soon_is_drawn(self) -> None:
        ticket = ticket_of(*STORY[:3], until=MONDAY + 12 * HOUR)
        ax = plot_ticket(ticket, RULES, until=MONDAY + 22 * HOUR)
        assert marks(ax, "no answer") == [("due next", [22])]
        assert bands(ax, "state")[-1] == ("waiting", 2, 22)

    def test_the_end_is_the_next_due_instant_if_it_does_not_squeeze_the_history(self) -> None:
        started = ticket_of(STORY[0], until=MONDAY)
        ax = plot_ticket(started, RULES)  # nothing but the opening: until the warning after half of eight hours
        assert bands(ax, "state") == [("open", 0, 4)]
        assert texts(ax)[-1] == "target due: Mon 2026-11-23 18:00 →"
        later = plot_ticket(ticket_of(*STORY[:3], until=MONDAY + 3 * HOUR), RULES)
        assert bands(later, "state")[-1] == ("waiting", 2, 3.12)
        assert "due next: Tue 2026-11-24 08:00 →" in texts(later)

    def test_a_due_target_is_a_mark(self) -> None:
        note = attrs.evolve(STORY[2], at=MONDAY + 5 * HOUR)
        ax = plot_ticket(ticket_of(STORY[0], note, until=MONDAY + 5 * HOUR), RULES)
        assert marks(ax, "clock resolution") == [("warning", [4]), ("target due", [8])]
        assert bands(ax, "clock resolution") == [("counted", 0, 8)]

    def test_a_picture_in_which_all_is_written_has_no_legend(self) -> None:
        rules = attrs.evolve(RULES, clocks=(), automations=())
        ax = plot_ticket(ticket_of(commands.Open("T-1", at=MONDAY, by=ANA), rules=rules), rules)
        assert legend(ax) == []

    def test_the_ticket_as_it_stood_at_an_earlier_instant_is_drawn(self) -> None:
        ax = plot_ticket(ticket_of(*STORY), RULES, until=MONDAY + 3 * HOUR)
        assert bands(ax, "state") == [("open", 0, 2), ("waiting", 2, 3)]

    def test_an_hour_has_times_at_its_ticks_and_the_date_at_the_first(self) -> None:
        story = (
            STORY[0],
            *(attrs.evolve(STORY[2], message=Message(f"n{n}"), at=MONDAY + n * HOUR / 6) for n in range(7)),
        )
        ax = plot_ticket(ticket_of(*story, until=MONDAY + HOUR), RULES)
        saved(ax)
        labels = [label.get_text() for label in ax.get_xticklabels()]
        assert labels[0] == "10:00\nMon 11-23"
        assert labels[1] == "10:10"

    def test_a_week_has_days_at_its_ticks(self) -> None:
        ax = plot_ticket(ticket_of(*STORY[:4], attrs.evolve(STORY[4], at=MONDAY + 7 * DAY)), RULES)
        saved(ax)
        assert [label.get_text() for label in ax.get_xticklabels()][:2] == ["Tue\n11-24", "Wed\n11-25"]

    @pytest.mark.parametrize(("days", "weeks"), [(40, 1), (100, 2)])
    def test_weeks_begin_on_mondays(self, days: int, weeks: int) -> None:
        ax = plot_ticket(ticket_of(*STORY[:4], attrs.evolve(STORY[4], at=MONDAY + days * DAY)), RULES)
        ticks = [date(1970, 1, 1) + timedelta(days=int(tick)) for tick in ax.get_xticks()]
        assert all(day.weekday() == 0 for day in ticks)
        assert {later - day for day, later in pairwise(ticks)} == {7 * weeks * DAY}
        assert all(label.get_text().startswith("Mon\n") for label in ax.get_xticklabels())

    def test_long_names_of_rules_have_two_lines(self) -> None:
        long = attrs.evolve(NO_ANSWER, labels={"en": "close the tickets of customers who do not answer, and much more"})
        rules = RULES.replacing("no-answer", long)
        ax = plot_ticket(ticket_of(*STORY[:2], rules=rules), rules)
        assert "close the tickets of\ncustomers who do not answer…" in rows(ax)

    def test_states_of_no_length_are_left_out(self) -> None:
        back = attrs.evolve(STORY[3], at=STORY[1].at)
        ax = plot_ticket(ticket_of(*STORY[:2], back, STORY[4]), RULES)
        assert bands(ax, "state") == [("open", 0, 31), ("closed", 31, 32.24)]

    def test_a_year_is_thinned_and_says_so(self) -> None:
        story: list[object] = [commands.Open("T-" + "x" * 90, at=MONDAY, by=CUSTOMER)]
        at = MONDAY
        for number in range(180):
            at += DAY
            story.append(commands.Move("ask" if number % 2 == 0 else "resume", at=at, by=ANA))
            at += DAY
            story.append(commands.AddMessage(Message(f"m{number}"), at=at, by=CUSTOMER))
        ticket = ticket_of(*story, until=at)
        ax = plot_ticket(ticket, RULES)
        saved(ax)
        assert len(bands(ax, "clock resolution")) <= 200
        counted = [text for text in texts(ax) if text.isdigit()]
        assert sum(map(int, counted)) >= 170
        found = ax.get_legend()
        assert found is not None
        assert found.get_title().get_text() == "Parts shorter than 1 day are left out."
        assert [label.get_text() for label in ax.get_xticklabels()][:2] == ["2027-01", "2027-03"]
        assert "…" in ax.get_title(loc="left")

    def test_the_axis_ends_with_the_last_year(self) -> None:
        saved(plot_ticket(ticket_of(*STORY), RULES, until=datetime(9999, 12, 31, tzinfo=UTC)))

    def test_seconds_are_written_where_they_matter(self) -> None:
        story = (STORY[0], attrs.evolve(STORY[2], at=MONDAY + timedelta(seconds=40)))
        ax = plot_ticket(ticket_of(*story, until=MONDAY + timedelta(seconds=40)), RULES)
        saved(ax)
        assert "10:00:10" in [label.get_text() for label in ax.get_xticklabels()]

    def test_a_desk_without_clocks_has_no_rows_for_them(self) -> None:
        rules = attrs.evolve(RULES, clocks=(), automations=())
        ax = plot_ticket(ticket_of(*STORY, rules=rules), rules)
        assert rows(ax) == ["state", "messages"]
        saved(ax)

    def test_a_ticket_at_one_instant_is_an_hour_long(self) -> None:
        rules = attrs.evolve(RULES, clocks=(), automations=())
        ax = plot_ticket(ticket_of(STORY[0], rules=rules), rules)
        assert bands(ax, "state") == [("open", 0, 1)]

    def test_a_ticket_at_the_end_of_all_years_is_drawn(self) -> None:
        rules = attrs.evolve(RULES, clocks=(), automations=())
        last = datetime(9999, 12, 30, tzinfo=UTC)
        story = (attrs.evolve(STORY[0], at=last), attrs.evolve(STORY[1], at=last + DAY))
        saved(plot_ticket(ticket_of(*story, rules=rules), rules))

    def test_each_cycle_of_a_clock_has_its_bands(self) -> None:
        replies = Policy("reply", next_reply(), (Target(Elapsed(hours=4)),))
        rules = attrs.evolve(RULES, clocks=(replies,), automations=())
        writes = [(CUSTOMER, 0), (ANA, 1), (CUSTOMER, 2), (ANA, 3), (CUSTOMER, 5), (ANA, 10), (CUSTOMER, 12)]
        story = [commands.Open("T-1", at=MONDAY, by=CUSTOMER)] + [
            commands.AddMessage(Message(f"m{hour}"), at=MONDAY + hour * HOUR, by=by) for by, hour in writes
        ]
        ax = plot_ticket(ticket_of(*story, rules=rules, until=MONDAY + 12 * HOUR), rules, until=MONDAY + 13 * HOUR)
        assert bands(ax, "clock reply") == [("counted", 2, 3), ("counted", 5, 10), ("counted", 12, 13)]
        assert marks(ax, "clock reply") == [("target due", [6]), ("target missed", [9])]
        assert "target due: Tue 2026-11-24 02:00 →" in texts(ax)

    @pytest.mark.parametrize(
        "time", [BusinessDays(1), BusinessDays(1, at="closing"), WorkingTime(hours=8), Elapsed(hours=8)]
    )
    def test_the_bands_of_a_clock_are_the_parts_of_its_trace(self, time: BusinessDays | WorkingTime | Elapsed) -> None:
        measure = resolution(frozen=StateIs("waiting"), again="continue")
        rules = attrs.evolve(RULES, clocks=(Policy("resolution", measure, (Target(time),)),), automations=())
        ticket = ticket_of(*STORY, rules=rules)
        parts = [
            (part.kind.replace("closed", "closed hours"), (part.start - MONDAY) / HOUR, (part.end - MONDAY) / HOUR)
            for part in trace(ticket.changed_at, ticket, rules.clock("resolution"))
        ]
        assert bands(plot_ticket(ticket, rules), "clock resolution") == parts

    def test_a_clock_with_too_many_parts_ends_in_one_for_the_rest(self) -> None:
        ticket = ticket_of(STORY[0], until=MONDAY)
        ax = plot_ticket(ticket, RULES, until=MONDAY + 30 * 365 * DAY)
        assert bands(ax, "clock resolution")[-1][0] == "more, not listed"

    def test_a_clock_that_never_started_has_an_empty_row(self) -> None:
        replies = Policy("reply", next_reply(), (Target(Elapsed(hours=4)),))
        rules = attrs.evolve(RULES, clocks=(replies,), automations=())
        ax = plot_ticket(ticket_of(*STORY, rules=rules), rules)
        assert bands(ax, "clock reply") == []

    def test_messages_are_told_apart_by_who_wrote_them(self) -> None:
        authors = [CUSTOMER, Actor("third_party", "tom"), ANA, BOSS, ROBOT]
        story = [attrs.evolve(STORY[0], fields={"cause": "fire"})] + [
            commands.AddMessage(Message(f"x{number}"), at=MONDAY + (1 + number) * HOUR, by=by)
            for number, by in enumerate(authors)
        ]
        noting = Automation("noting", when=OnMessage("customer"), then=(actions.AddNote("cause"),))
        workflow = attrs.evolve(
            WORKFLOW, fields=(Field("cause"),), openings=(Opening("open", {"customer"}, takes=("cause",)),)
        )
        rules = attrs.evolve(RULES, workflow=workflow, clocks=(), automations=(noting,))
        ax = plot_ticket(ticket_of(*story, rules=rules), rules)
        words = [word for word, _ in marks(ax, "messages")]
        assert words == ["customer", "internal note: system", "third party", "agent", "administrator", "robot"]

    def test_further_rules_share_a_row(self) -> None:
        rules = attrs.evolve(
            RULES,
            clocks=(),
            automations=tuple(
                Automation(f"note-{number}", when=OnMessage("customer"), then=(actions.SendMessage(f"n{number}"),))
                for number in range(10)
            ),
        )
        ax = plot_ticket(ticket_of(STORY[0], rules=rules), rules)
        assert rows(ax)[3:] == [*(f"note-{number}" for number in range(7)), "3 other rules"]
        assert "3" in texts(ax)

    def test_dropped_occurrences_are_hollow(self) -> None:
        resume = Automation("resume", when=OnMessage("customer"), then=(actions.Move("resume"),))
        rules = attrs.evolve(RULES, clocks=(), automations=(resume,))
        ax = plot_ticket(ticket_of(STORY[0], rules=rules), rules)
        assert marks(ax, "resume") == [("dropped or superseded", [0])]

    def test_states_that_the_rules_no_longer_have_are_drawn(self) -> None:
        ax = plot_ticket(ticket_of(*STORY), adereso())
        assert [words for words, _, _ in bands(ax, "state")] == ["open", "waiting", "open", "closed"]

    @pytest.mark.parametrize(
        ("language", "state", "row", "clock"),
        [("es", "Abierto", "sin respuesta", "reloj resolution"), ("pt", "open", "no answer", "relógio resolution")],
    )
    def test_words_come_from_the_catalogs(self, language: str, state: str, row: str, clock: str) -> None:
        ax = plot_ticket(ticket_of(*STORY), RULES, language=language)
        assert bands(ax, "estado")[0][0] == state
        assert row in rows(ax)
        assert clock in rows(ax)

    def test_catalogs_fallbacks_and_zones_are_the_callers(self) -> None:
        catalog = Catalog("it", {"picture.messages": "messaggi"})
        zone = ZoneInfo("Europe/Rome")
        ax = plot_ticket(ticket_of(*STORY), RULES, zone=zone, language="it", fallback="es", catalogs=[catalog])
        assert rows(ax)[:2] == ["estado", "messaggi"]
        assert "11:00 a mar 2026-11-24" in ax.get_title(loc="left")

    def test_labels_are_no_formulas(self) -> None:
        workflow = attrs.evolve(WORKFLOW, states=(State("open", labels={"en": "$a_b$"}), *WORKFLOW.states[1:]))
        rules = attrs.evolve(RULES, workflow=workflow)
        ax = plot_ticket(ticket_of(*STORY, rules=rules), rules)
        assert r"\$a_b\$" in texts(ax)
        assert "$a_b$" in saved(ax)

    def test_it_draws_on_given_axes(self) -> None:
        figure = Figure()
        _, mine = figure.subplots(2)
        assert plot_ticket(ticket_of(*STORY), RULES, mine) is mine
        part = Figure().subfigures()
        assert isinstance(part, SubFigure)
        assert plot_ticket(ticket_of(*STORY), RULES, part.add_subplot()).figure is part

    def test_the_pointer_shows_an_instant(self) -> None:
        ax = plot_ticket(ticket_of(*STORY), RULES)
        low, _ = ax.get_xlim()
        assert ax.xaxis.get_major_formatter()(low + 1).startswith("2026-11-24 0")

    def test_wrong_arguments_are_refused(self) -> None:
        ticket = ticket_of(*STORY)
        with pytest.raises(BadValueError, match="was opened at 2026-11-23T10:00:00"):
            plot_ticket(ticket, RULES, until=MONDAY - HOUR)
        with pytest.raises(NaiveDatetimeError):
            plot_ticket(ticket, RULES, until=datetime(2026, 11, 24))  # noqa: DTZ001 -- the point
        with pytest.raises(BadValueError):
            plot_ticket(ticket, RULES, "ax")  # type: ignore[arg-type]
        with pytest.raises(BadValueError):
            plot_ticket("T-1", RULES)  # type: ignore[arg-type]


class TestCalendar:
    CALENDAR = BusinessCalendar(
        "Europe/Madrid",
        "mon-fri 09:00-18:00",
        holidays={"12-25": "Christmas", "01-01": "New Year"},
        half_days={"12-24": "12:00"},
        late_days={"2026-02-18": "12:00"},
        overrides={"2026-11-28": "09:00-21:30"},
        periods=[Period("2026-08-03", "2026-08-07", "mon-fri 08:00-15:00")],
    )

    def cells(self, ax: Axes) -> dict[date, tuple[str, str | None]]:
        """Return the reason of each date, and the hours that are written on it."""
        written = {text.get_position(): text.get_text() for text in ax.texts}
        found = {}
        for each in ax.patches:
            day, _, why = str(each.get_label())[1:].partition(": ")
            place = (date.fromisoformat(day).day, date.fromisoformat(day).month - 1)
            found[date.fromisoformat(day)] = (why, written.get(place))
        return found

    def test_each_date_has_its_hours_and_their_reason(self) -> None:
        ax = plot_calendar(self.CALENDAR, 2026)
        cells = self.cells(ax)
        assert len(cells) == 365
        assert cells[date(2026, 11, 23)] == ("hours", "9")
        assert cells[date(2026, 11, 22)] == ("closed", None)
        assert cells[date(2026, 12, 25)] == ("holiday", None)
        assert cells[date(2026, 12, 24)] == ("half_day", "3")
        assert cells[date(2026, 2, 18)] == ("late_day", "6")
        assert cells[date(2026, 11, 28)] == ("override", "12.5")
        assert cells[date(2026, 8, 4)] == ("period", "7")
        assert {"1 New Year", "25 Christmas"} <= set(texts(ax))
        usual, special = ["weekly hours", "closed"], ["hours of that date", "holiday", "half-day", "begins late"]
        assert legend(ax) == [*usual, *special, "hours of that period"]
        saved(ax)

    def test_days_when_clocks_change_have_their_true_hours(self) -> None:
        night = BusinessCalendar("Europe/Madrid", "sat-sun 00:00-24:00")
        cells = self.cells(plot_calendar(night, 2026))
        assert cells[date(2026, 3, 29)] == ("hours", "23")
        assert cells[date(2026, 10, 25)] == ("hours", "25")

    def test_its_words_come_from_the_catalogs(self) -> None:
        ax = plot_calendar(OFFICE, 2024, Figure().add_subplot(), language="es")
        assert ax.get_title(loc="left") == "horas abiertas de cada fecha, 2024, UTC"
        assert legend(ax) == ["horario semanal", "fuera de horario"]
        assert len(self.cells(ax)) == 366

    @pytest.mark.parametrize(("calendar", "year"), [(OFFICE, 0), (OFFICE, 9999), (OFFICE, "2026"), ("UTC", 2026)])
    def test_wrong_arguments_are_refused(self, calendar: object, year: object) -> None:
        with pytest.raises(BadValueError):
            plot_calendar(calendar, year)  # type: ignore[arg-type]


def boxes(ax: Axes) -> dict[str, tuple[float, float]]:
    """Return the centers of the boxes of a workflow."""
    return {
        str(each.get_label())[1:]: (each.get_x() + each.get_width() / 2, each.get_y() + each.get_height() / 2)
        for each in ax.patches
        if isinstance(each, FancyBboxPatch)
    }


def arrows(ax: Axes) -> list[str]:
    return [str(each.get_label())[1:] for each in ax.patches if isinstance(each, FancyArrowPatch)]


class TestWorkflow:
    def test_arrows_have_the_names_of_their_transitions(self) -> None:
        ax = plot_workflow(RULES)
        assert {" -> open", "open -> waiting", "waiting -> open", "open -> closed"} <= set(arrows(ax))
        assert {"ask", "resume", "close"} <= set(texts(ax))
        assert legend(ax) == ["open", "pending", "closed"]
        saved(ax)

    def test_states_stand_in_the_order_of_their_categories(self) -> None:
        places = boxes(plot_workflow(senior()))
        columns = [
            places[name][0] for name in ("new", "in analysis", "waiting for customer", "customer validation", "closed")
        ]
        assert all(left < right for left, right in pairwise(columns))

    def test_stages_of_a_pipeline_stand_in_its_order(self) -> None:
        places = boxes(plot_workflow(embudo()))
        assert places["contact"][0] < places["offer"][0] < places["won"][0]

    def test_many_arrows_have_numbers_that_a_list_explains(self) -> None:
        ax = plot_workflow(senior(), language="es")
        assert "1" in texts(ax)
        found = ax.get_legend()
        assert found is not None
        assert found.get_title().get_text().startswith("1 Iniciar la atención   2 Solicitar más información")

    def test_transitions_with_one_name_have_one_number(self) -> None:
        """The preset has three rows of the transition to resolve, and two of the one to wait."""
        ax = plot_workflow(enate())
        found = ax.get_legend()
        assert found is not None
        listed = found.get_title().get_text().replace("\n", "   ").split("   ")
        assert [each.partition(" ")[0] for each in listed] == [str(number) for number in range(1, len(listed) + 1)]
        assert len({each.partition(" ")[2] for each in listed}) == len(listed)
        assert "11, 11" not in texts(ax)

    def test_counts_are_written_and_widen_the_arrows(self) -> None:
        ax = plot_workflow(RULES, count_moves([ticket_of(*STORY)]))
        assert sorted(text for text in texts(ax) if text.isdigit()) == ["1", "1", "1", "1"]
        widths = {
            str(each.get_label())[1:]: each.get_linewidth() for each in ax.patches if isinstance(each, FancyArrowPatch)
        }
        assert widths["open -> waiting"] > 1 > widths["waiting -> closed"]
        assert legend(ax)[-2:] == ["moves", "allowed, never taken"]

    def test_moves_that_the_workflow_does_not_have_are_dashed(self) -> None:
        ax = plot_workflow(RULES, {("closed", "open"): 1_200, ("open", "archive"): 1, ("open", "open"): 2})
        foreign = {
            str(each.get_label())[1:]
            for each in ax.patches
            if isinstance(each, FancyArrowPatch) and each.get_linestyle() == "--"
        }
        assert foreign == {"closed -> open", "open -> archive", "open -> open"}
        assert "1,200" in texts(ax)
        assert "archive" in boxes(ax)
        assert legend(ax)[-1] == "not in the workflow"
        saved(ax)

    def test_no_label_covers_a_box(self) -> None:
        ax = plot_workflow(senior())
        places = boxes(ax)
        for text in ax.texts[: -len(places)]:
            x, y = text.get_position()
            assert not any(abs(x - at) < 0.85 and abs(y - up) < 0.31 for at, up in places.values()), text

    @pytest.mark.parametrize("rules", [enate(), servicenow(), posponer()])
    def test_each_allowed_move_has_an_arrow(self, rules: Rules) -> None:
        allowed = {(source, row.target) for row in rules.workflow.transitions for source in row.sources}
        drawn = [each for each in arrows(plot_workflow(rules)) if not each.startswith(" ->")]
        assert sorted(drawn) == sorted(f"{source} -> {target}" for source, target in allowed)

    def test_the_order_in_a_column_avoids_crossings(self) -> None:
        pending, resolved = (
            (State("p", "pending"), State("q", "pending")),
            (State("r", "resolved"), State("s", "resolved")),
        )
        moves = ("new", "p"), ("new", "q"), ("p", "s"), ("q", "r"), ("r", "end"), ("s", "end")
        workflow = Workflow(
            (State("new"), *pending, *resolved, State("end", "closed")),
            tuple(Transition(f"{source}-{target}", [source], target, may=["agent"]) for source, target in moves),
        )
        places = boxes(plot_workflow(Rules("crossing", workflow, OFFICE)))
        assert (places["p"][1] > places["q"][1]) == (places["s"][1] > places["r"][1])

    def test_it_draws_on_given_axes(self) -> None:
        mine = Figure().add_subplot()
        assert plot_workflow(adereso(), ax=mine) is mine

    @pytest.mark.parametrize(
        "counts", [{"open": 1}, {("open",): 1}, {("open", 1): 1}, {("open", "open"): -1}, {("open", ""): 1}, [1]]
    )
    def test_wrong_counts_are_refused(self, counts: object) -> None:
        with pytest.raises(BadValueError, match="give the result of count_moves"):
            plot_workflow(RULES, counts)  # type: ignore[arg-type]


def heights(ax: Axes) -> dict[str, list[float]]:
    """Return the heights of the bars of each part of a stack, 0 left out."""
    return {
        str(several.get_label())[1:]: [bar.get_height() for bar in several if bar.get_height()]
        for several in ax.containers
    }


class TestReports:
    def data(self, rules: Rules = RULES) -> tuple[tuple[Report, ...], list[Reading]]:
        """Return the reports and readings of three tickets: 9 counted hours, missed; 1 hour, met; under way."""
        now = MONDAY + 14 * DAY
        slow = ticket_of(*STORY, rules=rules)
        quick = ticket_of(
            attrs.evolve(STORY[0], ticket="T-2", at=MONDAY + 7 * DAY),
            commands.Move("close", at=MONDAY + 7 * DAY + HOUR, by=ANA),
            rules=rules,
        )
        waiting = ticket_of(
            attrs.evolve(STORY[0], ticket="T-3", at=now - 3 * HOUR),
            attrs.evolve(STORY[1], at=now - 2 * HOUR),
            rules=rules,
            until=now,
        )
        tickets = (slow, quick, waiting)
        clocks = [rules.clock(policy.name) for policy in rules.clocks]
        readings = [each for clock in clocks for ticket in tickets for each in read_all(now, ticket, clock)]
        return report_all(now, tickets, rules)[0], readings

    def test_cycles_stand_against_their_target(self) -> None:
        times, weeks, states = plot_reports(*self.data())
        assert heights(times) == {"met": [1], "missed": [1], "under way": [1]}
        assert times.get_title(loc="left") == "resolution: counted time of each cycle, in hours"
        (target,) = times.lines
        assert list(target.get_xdata()) == [8, 8]
        assert "target 8" in texts(times)
        assert heights(weeks) == {"resolution": [1]}
        assert [label.get_text() for label in weeks.get_xticklabels()] == ["2026-11-23", "2026-11-30", "2026-12-07"]
        assert rows(states) == ["open", "waiting"]
        assert texts(states) == ["3 tickets", "2 tickets"]
        saved(times)

    def test_the_mean_time_in_a_state_is_that_of_its_tickets(self) -> None:
        _, _, states = plot_reports(*self.data())
        elapsed, working = ([bar.get_width() for bar in several] for several in states.containers)
        assert elapsed == pytest.approx([(9 + 1 + 1) / 3, (22 + 2) / 2])  # open, waiting, in hours
        assert working == pytest.approx([(9 + 1 + 0) / 3, (7 + 1) / 2])

    def test_times_with_several_targets_are_in_percent_of_them(self) -> None:
        reports, readings = self.data()
        halved = [attrs.evolve(readings[0], target=6 * HOUR), *readings[1:], attrs.evolve(readings[0], target=None)]
        times, _, _ = plot_reports(reports, halved)
        title = times.get_title(loc="left").replace("\n", " ")
        assert title == "resolution: counted time of each cycle, in % of its target"
        assert sum(map(sum, heights(times).values())) == 3
        (target,) = times.lines
        assert list(target.get_xdata()) == [100, 100]

    def test_times_far_beyond_the_others_share_the_last_bar(self) -> None:
        reports, readings = self.data()
        quick = [attrs.evolve(readings[1], elapsed=HOUR)] * 30
        times, _, _ = plot_reports(reports, [*quick, attrs.evolve(readings[0], elapsed=900 * HOUR)])
        assert times.get_xlim()[1] == pytest.approx(24.0)  # three times the target of 8 hours
        assert "23 or more →" in texts(times)

    def test_clocks_without_a_target_are_measured(self) -> None:
        rules = attrs.evolve(RULES, clocks=(Policy("resolution", resolution()),))
        times, _, _ = plot_reports(*self.data(rules))
        assert set(heights(times)) == {"stopped, no target", "under way"}
        assert not times.lines

    def test_missed_targets_of_several_clocks_are_stacked(self) -> None:
        second = Policy("quick", resolution(), (Target(Elapsed(minutes=30)),))
        rules = attrs.evolve(RULES, clocks=(CLOCK, second))
        reports, readings = self.data(rules)
        times, weeks, _ = plot_reports(reports, readings, clock="quick")
        assert times.get_title(loc="left").startswith("quick:")
        assert heights(weeks) == {"resolution": [1], "quick": [1, 1, 1]}
        assert legend(weeks) == ["resolution", "quick"]

    def test_states_have_their_labels_and_words_their_language(self) -> None:
        reports, readings = self.data()
        times, weeks, states = plot_reports(reports, readings, rules=RULES, language="es")
        assert rows(states) == ["Abierto", "waiting"]
        assert weeks.get_title(loc="left") == "metas incumplidas por semana"
        assert times.get_ylabel() == "ciclos"

    def test_nothing_is_said_to_be_nothing(self) -> None:
        axes = plot_reports(())
        assert [texts(ax) for ax in axes] == [["no data"]] * 3
        assert axes[0].get_title(loc="left") == "counted time of each cycle, in minutes"
        saved(axes[0])

    def test_it_draws_on_given_axes(self) -> None:
        mine = Figure().subplots(1, 3)
        assert plot_reports(*self.data(), mine, zone=ZoneInfo("Asia/Tokyo")) == tuple(mine)

    def test_wrong_arguments_are_refused(self) -> None:
        for ax in (Figure().add_subplot(), [1, 2, 3], [Figure().add_subplot()]):
            with pytest.raises(BadValueError):
                plot_reports((), (), ax)  # type: ignore[arg-type]
        with pytest.raises(BadValueError):
            plot_reports([1])  # type: ignore[list-item]


def measured(tickets: int, closed: int, missed: float | None) -> Measures:
    return Measures(tickets, 0, closed, 0, 0, 0, FrozenMap({"resolution": missed}), None, None)


class TestComparison:
    """Three seeds. Tickets differ by 10 each; closed by -2, 0 and 2; there are no reminders, and no answers."""

    BASE = (measured(100, 50, None), measured(110, 60, None), measured(90, 40, None))
    OTHER = (measured(110, 48, 0.5), measured(120, 60, 0.5), measured(100, 42, 0.5))
    FOUND = WhatIf((1, 2, 3), FrozenMap({"today": BASE, "$more": OTHER}))

    def points(self, ax: Axes) -> dict[str, tuple[float, str]]:
        """Return the place of each mark in percent, and the color of its face."""
        found = [line for line in ax.lines if line.get_linestyle() == "None"]
        names = [str(line.get_label()).partition(": ")[2] for line in found]
        places = [(round(float(line.get_xdata()[0]), 3), str(line.get_markerfacecolor())) for line in found]
        return dict(zip(names, places, strict=True))

    def test_differences_are_in_percent_of_the_first_scenario(self) -> None:
        ax = plot_comparison(self.FOUND, ["tickets", "closed", "reminders", "breached.resolution"])
        assert rows(ax) == ["tickets", "closed", "reminders", "missed targets, resolution"]
        assert self.points(ax) == {"tickets": (10, "#0072B2"), "closed": (0, "white")}
        assert texts(ax) == ["10 (10 to 10)", "0 (-4.968 to 4.968)", "0 (0 to 0)", "-"]  # t with 2 degrees: 4.303
        assert legend(ax) == [r"\$more"]
        assert ax.get_title(loc="left") == "differences to today: 3 seeds, 95 % confidence"
        saved(ax)

    def test_a_single_seed_has_no_interval_and_no_clear_direction(self) -> None:
        found = WhatIf((1,), FrozenMap({"today": self.BASE[:1], "more": (measured(900, 50, None),)}))
        ax = plot_comparison(found, ["tickets"], Figure().add_subplot(), language="es")
        assert self.points(ax) == {"tickets": (200, "white")}  # 800 percent, drawn at the edge
        assert texts(ax) == ["800"]
        assert ax.get_title(loc="left") == "diferencias con today: 1 semilla, confianza del 95 %"

    def test_all_measures_are_drawn_by_default(self) -> None:
        assert len(rows(plot_comparison(self.FOUND))) == len(self.FOUND.names)

    def test_measures_and_intervals_are_in_the_language(self) -> None:
        ax = plot_comparison(self.FOUND, ["tickets", "breached.resolution", "first_answer.p90_hours"], language="es")
        assert rows(ax) == ["tickets", "metas incumplidas,\nresolution", "primera respuesta, 90 % (h)"]
        assert texts(ax)[0] == "10 (10 a 10)"

    def test_each_of_many_scenarios_has_a_look_and_a_name(self) -> None:
        names = [f"{number} agents who work longer than today" for number in range(1, 9)]
        ax = plot_comparison(WhatIf((1, 2, 3), FrozenMap(dict.fromkeys(("today", *names), self.BASE))), ["tickets"])
        assert legend(ax) == names
        looks = {(line.get_marker(), line.get_markeredgecolor()) for line in ax.lines if line.get_linestyle() == "None"}
        assert len(looks) == len(names)

    def test_wrong_arguments_are_refused(self) -> None:
        with pytest.raises(BadValueError, match="what_if has one scenario; give it two or more"):
            plot_comparison(WhatIf((1,), FrozenMap({"today": self.BASE[:1]})))
        with pytest.raises(BadValueError, match="measure 'speed' does not exist"):
            plot_comparison(self.FOUND, ["speed"])
        with pytest.raises(BadValueError):
            plot_comparison({})  # type: ignore[arg-type]


@pytest.fixture
def _without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib.axes", None)
        for name in [name for name in sys.modules if name.startswith("ticketflow.plot.")]:
            if not name.endswith(".pictures"):
                patch.delitem(sys.modules, name)
        yield


@pytest.mark.usefixtures("_without_matplotlib")
def test_without_the_extra_each_picture_says_how_to_install_it() -> None:
    for draw in (
        lambda: plot_ticket(ticket_of(*STORY), RULES),
        lambda: plot_calendar(OFFICE, 2026),
        lambda: plot_workflow(RULES),
        lambda: plot_reports(()),
        lambda: plot_comparison(TestComparison.FOUND),
    ):
        with pytest.raises(MissingExtraError) as raised:
            draw()
        fix = "pictures need the package matplotlib; install it with pip install 'ticketflow[plot]'"
        assert str(raised.value) == fix
