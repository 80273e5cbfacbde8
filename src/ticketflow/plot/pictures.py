"""The pictures: each checks its arguments and loads matplotlib when it is called, so importing them needs no extra."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.zones import load_zone
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.labels import Language
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.service.reports import Report
from ticketflow.simulation.comparison import WhatIf
from ticketflow.sla.reading import Reading
from ticketflow.text.catalog import Catalog, Sentences
from ticketflow.text.sentences import Wording, usual_zone
from ticketflow.tickets.ticket import Ticket

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIRST_YEAR, _LAST_YEAR = 1, 9998
_CHARTS = 3


def plot_ticket(  # noqa: PLR0913 -- as `timeline`
    ticket: Ticket,
    rules: Rules,
    ax: Axes | None = None,
    *,
    until: datetime | None = None,
    zone: ZoneInfo | None = None,
    language: Language = "en",
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> Axes:
    """Draw a ticket over time: its states, its messages, the rules that fired, and its clocks.

    A clock's row shows when time counted, when the clock was frozen or stopped, and the closed hours; marks are its
    warnings, due instants and missed targets. Marks that are too near to each other are one mark with their number, and
    parts that are too narrow are left out; the legend says so.

    Args:
        ticket: The ticket.
        rules: The rule set of the ticket.
        ax: The axes to draw on; None for a new figure.
        until: The end of the picture; aware. Carry out what is due by then first (`advance`). None: the next due
            instant, or shortly after the last entry if nothing is due soon.
        zone: The time zone of the axis; by default that of the rule set's first calendar.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences and labels that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        MissingExtraError: The extra `plot` is not installed.
        NaiveDatetimeError: *until* has no time zone.
        BadValueError: An argument has another type, a language is not a well-formed tag, or *until* is before the
            opening.
        UnknownHolidaysError: A clock reaches into years whose public holidays are not known.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, 12, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> ax = plot_ticket(handle(None, opened, servicenow()).ticket, servicenow())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['state', 'messages', 'clock resolution']
    """
    from ticketflow.plot.ticket_lanes import draw_ticket  # noqa: PLC0415 -- needs an extra
    from ticketflow.plot.words import Words  # noqa: PLC0415 -- likewise

    check_arguments(ticket, rules)
    check_argument(zone, ZoneInfo | None, "zone")
    _check_axes(ax)
    words = Words(Wording(rules, zone or usual_zone(rules), language, fallback, catalogs))
    return draw_ticket(ticket, rules, None if until is None else to_utc(until, "until"), words, ax)


def plot_calendar(
    calendar: Calendar,
    year: int,
    ax: Axes | None = None,
    *,
    language: Language = "en",
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> Axes:
    """Draw a year of a calendar: the open hours of each date, why they are not the weekly ones, and the holidays.

    Args:
        calendar: The calendar.
        year: The year, from 1 to 9998.
        ax: The axes to draw on; None for a new figure.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        MissingExtraError: The extra `plot` is not installed.
        BadValueError: An argument has another type or is out of range.
        UnknownHolidaysError: The public holidays of the year are not known.
        OutOfRangeError: A part of the year lies outside the years 1 to 9999.
    """
    from ticketflow.plot.calendar_year import draw_calendar  # noqa: PLC0415 -- needs an extra

    check_argument(calendar, Calendar, "calendar")
    check_argument(year, int, "year")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadValueError(f"year is {year}", f"give a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    _check_axes(ax)
    return draw_calendar(calendar, year, Sentences(language, fallback, catalogs), ax)


def plot_workflow(
    rules: Rules,
    counts: Mapping[tuple[str, str], int] | None = None,
    ax: Axes | None = None,
    *,
    language: Language = "en",
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> Axes:
    """Draw a workflow: states as boxes, and an arrow for each move that a transition allows.

    Without counts, the arrows have the names of the transitions; where there are many arrows, numbers that a list
    below explains. With counts, each arrow has the number of its moves. Moves that were never taken are pale, and moves
    that the workflow does not have are red and dashed: an older version of the rules made them.

    Args:
        rules: The rule set.
        counts: The number of moves from one state to another, as `count_moves` returns it. Openings are moves from an
            empty text.
        ax: The axes to draw on; None for a new figure.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences and labels that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        MissingExtraError: The extra `plot` is not installed.
        BadValueError: An argument has another type, or a language is not a well-formed tag.
    """
    from ticketflow.plot.workflow_drawing import draw_workflow  # noqa: PLC0415 -- needs an extra

    check_rules(rules)
    if counts is not None and not _is_counts(counts):
        raise BadValueError(f"counts is {counts!r:.200}", "give the result of count_moves, or None")
    _check_axes(ax)
    return draw_workflow(rules, counts, Sentences(language, fallback, catalogs), ax)


def _is_counts(counts: object) -> bool:
    return isinstance(counts, Mapping) and all(
        isinstance(move, tuple)
        and len(move) == 2  # noqa: PLR2004 -- the state before and the state after
        and all(isinstance(state, str) for state in move)
        and move[1]
        and type(count) is int
        and count >= 0
        for move, count in counts.items()
    )


def plot_reports(  # noqa: PLR0913 -- as `timeline`
    reports: Iterable[Report],
    readings: Iterable[Reading] = (),
    ax: Sequence[Axes] | None = None,
    *,
    clock: str | None = None,
    rules: Rules | None = None,
    zone: ZoneInfo | None = None,
    language: Language = "en",
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> tuple[Axes, ...]:
    """Draw three charts: a clock's times against its target, missed targets by week, and the time in each state.

    A report counts the cycles of clocks and does not have their times, so the first two charts are drawn from readings.

    Args:
        reports: The reports, as `report_all` returns them.
        readings: The readings of all cycles, as `read_all` returns them for each ticket and clock.
        ax: Three axes to draw on; None for a new figure.
        clock: The clock of the first chart; None for that of the first reading.
        rules: The rule set, for the labels of states; None shows their names.
        zone: The time zone in which weeks begin; by default that of the rule set's first calendar, or UTC.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences and labels that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Returns:
        The three axes.

    Raises:
        MissingExtraError: The extra `plot` is not installed.
        BadValueError: An argument has another type, or a language is not a well-formed tag.
    """
    from ticketflow.plot.canvas import fresh_row  # noqa: PLC0415 -- needs an extra
    from ticketflow.plot.report_charts import draw_reports  # noqa: PLC0415 -- likewise

    given, cycles = tuple(items_of(reports, Report, "reports")), tuple(items_of(readings, Reading, "readings"))
    check_argument(clock, str | None, "clock")
    check_argument(rules, Rules | None, "rules")
    check_argument(zone, ZoneInfo | None, "zone")
    if ax is not None and (not isinstance(ax, Iterable) or len(tuple(ax)) != _CHARTS):
        raise BadValueError(f"ax is {ax!r:.200}", f"give {_CHARTS} axes, or None")
    axes = fresh_row(_CHARTS) if ax is None else tuple(ax)
    for each in axes:
        _check_axes(each)
    sentences = Sentences(language, fallback, catalogs)
    labels = {state.name: sentences.label(state.labels, state.name) for state in rules.workflow.states} if rules else {}
    local = zone or (usual_zone(rules) if rules else load_zone("UTC"))
    draw_reports(given, cycles, clock, labels, local, sentences, axes)
    return axes


def plot_comparison(
    what_if: WhatIf,
    measures: Iterable[str] | None = None,
    ax: Axes | None = None,
    *,
    language: Language = "en",
    fallback: Language | None = None,
    catalogs: Iterable[Catalog] = (),
) -> Axes:
    """Draw the paired differences between the first scenario and the others, each with its confidence interval.

    Differences are in percent of the first scenario's mean, so that all measures fit one axis; the figures at the right
    are in the measures' own units. A mark is hollow if its interval contains 0. A measure whose mean is 0 has figures
    only.

    Args:
        what_if: The result of `ticketflow.simulation.what_if`, with two or more scenarios.
        measures: The names of the measures, as in `WhatIf.names`; None for all.
        ax: The axes to draw on; None for a new figure.
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English for sentences that are missing.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        MissingExtraError: The extra `plot` is not installed.
        BadValueError: An argument has another type, there is one scenario only, or a measure does not exist.
    """
    from ticketflow.plot.comparison_chart import draw_comparison  # noqa: PLC0415 -- needs an extra

    check_argument(what_if, WhatIf, "what_if")
    if len(what_if.measures) == 1:
        raise BadValueError("what_if has one scenario", "give it two or more, so that they can be compared")
    chosen = what_if.names if measures is None else tuple(items_of(measures, str, "measures"))
    _check_axes(ax)
    return draw_comparison(what_if, chosen, Sentences(language, fallback, catalogs), ax)


def _check_axes(ax: object) -> None:
    from ticketflow.plot.canvas import Axes  # noqa: PLC0415 -- needs an extra

    check_argument(ax, Axes | None, "ax")
