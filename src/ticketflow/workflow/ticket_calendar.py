"""The calendar of a ticket: a table from the values of a field to calendars.

Source: docs/semantics.md 1.12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import attrs

from ticketflow.errors import BadValueError, Problem, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.facts import Facts
from ticketflow.workflow.definition import Workflow


def _table(value: Mapping[str, str]) -> FrozenMap[str, str]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"calendars is {value!r:.200}", "give a mapping from values of the field to calendars")
    return FrozenMap(value)


@attrs.frozen
class CalendarOf:
    """The calendar of a ticket: the one that a table has for the value of a field.

    Attributes:
        field: The name of the field.
        calendars: The names of the calendars, by value of the field.
        otherwise: The name of the calendar if the field is unset, or its value is not in the table.

    >>> print(CalendarOf("site", {"santiago": "chile"}))
    the calendar of site (santiago: chile; otherwise default)
    """

    field: str
    calendars: FrozenMap[str, str] = attrs.field(converter=_table)
    otherwise: str = "default"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        rows = ", ".join(f"{value}: {name}" for value, name in sorted(self.calendars.items()))
        return f"the calendar of {self.field} ({rows}; otherwise {self.otherwise})"


def calendar_in_force(calendar: str | CalendarOf, facts: Facts) -> str:
    """Return the name of the calendar for a ticket with these facts.

    >>> site = CalendarOf("site", {"santiago": "chile"})
    >>> [calendar_in_force(site, Facts(FrozenMap(), {"field.site": value})) for value in ("santiago", "lima", None)]
    ['chile', 'default', 'default']
    """
    if isinstance(calendar, str):
        return calendar
    value = facts[f"field.{calendar.field}"]
    return calendar.calendars.get(value, calendar.otherwise) if isinstance(value, str) else calendar.otherwise


def calendars_named(*calendars: str | CalendarOf | None) -> tuple[str, ...]:
    """Return the names of all calendars that can be in force.

    >>> calendars_named("night", CalendarOf("site", {"santiago": "chile"}), None)
    ('night', 'chile', 'default')
    """
    found: list[str] = []
    for each in calendars:
        if isinstance(each, CalendarOf):
            found += (*each.calendars.values(), each.otherwise)
        elif each is not None:
            found.append(each)
    return tuple(dict.fromkeys(found))


def fields_named(*calendars: str | CalendarOf | None) -> tuple[str, ...]:
    """Return the names of the fields that decide which calendars are in force."""
    return tuple(dict.fromkeys(each.field for each in calendars if isinstance(each, CalendarOf)))


def calendar_problems(
    place: str, calendar: str | CalendarOf | None, calendars: Collection[str], workflow: Workflow
) -> Iterator[Problem]:
    """Yield every problem of a calendar that is named at *place*.

    Args:
        place: The place in messages.
        calendar: The name, or the table of names; None for no calendar.
        calendars: The names of the rule set's calendars.
        workflow: The workflow, which has the fields.
    """
    for name in calendars_named(calendar):
        if name not in calendars:
            yield unknown_name(place, "calendar", name, calendars)
    if not isinstance(calendar, CalendarOf):
        return
    field = workflow.field(calendar.field)
    if field is None:
        yield unknown_name(place, "field", calendar.field, workflow.fields_by_name)
    elif field.choices:
        known = [value for value in field.choices if isinstance(value, str)]
        for value in calendar.calendars:
            if value not in known:
                yield unknown_name(place, f"value of {calendar.field}", value, known)
    else:
        for value in calendar.calendars:
            if not field.takes(value):
                yield Problem(place, f"field {field.name!r} cannot have {value!r:.80}", field.allowed)
    if not calendar.calendars:
        yield Problem(place, "the table has no rows", "give at least one, or the name of a calendar")
