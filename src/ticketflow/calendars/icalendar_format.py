"""Components, properties and values of iCalendar texts, from the icalendar package. No other module imports it.

Of the packages for this format, ics.py reads no repetitions, and recurring-ical-events expands them with dateutil,
which can take hours for a rule that never applies. icalendar leaves repetitions to its caller. Only its lines and
values are used here: its parser keeps the time zones of one text for the next, and in those that it writes, summer time
begins an hour late.

Source: RFC 5545.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import attrs

from ticketflow.errors import DocumentError, MissingExtraError, Problem

try:
    from icalendar.parser import Contentline, Contentlines, Parameters
    from icalendar.prop import vDate, vDatetime, vDuration, vUTCOffset
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
except ImportError:
    raise MissingExtraError("iCalendar files", "icalendar", "ics") from None

MOST_CHARACTERS = 4_194_304
"""The size limit of a text."""
MOST_LINES = 262_144
"""The number of lines that a text may have; folded ones count as one."""
_DEEPEST = 32
_PLACE = "iCalendar text"
_DATE = re.compile(r"[0-9]{8}", re.ASCII)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z?", re.ASCII)
_DURATION = re.compile(
    r"\+?P([0-9]{1,6}W|(?:[0-9]{1,6}D)?)(T(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}S)?)?", re.ASCII
)
_OFFSET = re.compile(r"[+-](?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?", re.ASCII)


@attrs.frozen
class Property:
    """A line of a component.

    Attributes:
        name: The name, in capitals.
        value: The value, unescaped.
        parameters: The parameters, by names in capitals.
    """

    name: str
    value: str
    parameters: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Component:
    """A component, such as an event, with its lines and parts.

    Attributes:
        name: The name, in capitals, such as ``VEVENT``.
        properties: The lines.
        parts: The components inside it.
        unreadable: The lines that are not properties.
    """

    name: str
    properties: list[Property] = attrs.field(factory=list)
    parts: list[Component] = attrs.field(factory=list)
    unreadable: list[str] = attrs.field(factory=list)

    def all(self, *names: str) -> Iterator[Property]:
        """Yield the properties with one of these names."""
        return (each for each in self.properties if each.name in names)

    def first(self, name: str) -> Property | None:
        """Return the first property with a name; None if there is none."""
        return next(self.all(name), None)

    def text(self, name: str) -> str:
        """Return the value of a property in capitals; empty if there is none."""
        found = self.first(name)
        return found.value.strip().upper() if found else ""


def text_of(source: str | bytes) -> str:
    """Return the text of a file.

    Raises:
        DocumentError: *source* is too long, or is neither a text nor UTF-8.
    """
    if not isinstance(source, str | bytes):
        raise error(f"it is of type {type(source).__name__}", "give the text of the file, or its bytes")
    if len(source) > MOST_CHARACTERS:
        raise error("it is too long", f"give at most {MOST_CHARACTERS:,} characters", "too_many")
    try:
        text = source.decode() if isinstance(source, bytes) else source.encode().decode()
    except UnicodeError:
        raise error("it is not UTF-8", "save the file as UTF-8") from None
    return text.removeprefix("\ufeff")


def error(what: str, fix: str, code: str = "bad_value") -> DocumentError:
    """Return the error for a text that cannot be read."""
    return DocumentError((Problem(_PLACE, what, fix, code),))


def parse(text: str) -> list[Component]:
    """Return the calendars of a text.

    Raises:
        DocumentError: the text has a component that does not end, too many lines, or no calendar.
    """
    top = Component("")
    opened = [top]
    lines: Contentlines = Contentlines.from_ical(text)
    if len(lines) > MOST_LINES:
        raise error("it has too many lines", f"give at most {MOST_LINES:,}", "too_many")
    for line in lines:
        if not line.strip():
            continue
        found = _property(line)
        if found is None:
            opened[-1].unreadable.append(line[:80])
        elif found.name == "BEGIN":
            part = Component(found.value.strip().upper()[:80])
            opened[-1].parts.append(part)
            opened.append(part)
        elif found.name == "END":
            ended = found.value.strip().upper()[:80]
            if opened[-1] is top or opened[-1].name != ended:
                raise error(f"END:{ended!a} ends nothing that is open", "end each component after its last line")
            opened.pop()
        else:
            opened[-1].properties.append(found)
        if len(opened) > _DEEPEST:
            raise error(f"components are nested more than {_DEEPEST} deep", "nest them less", "too_deep")
    if opened[-1] is not top:
        raise error(f"BEGIN:{opened[-1].name!a} has no end", "give the whole file")
    if not top.parts or top.properties or top.unreadable or any(each.name != "VCALENDAR" for each in top.parts):
        raise error("it is not a calendar", "give a text from BEGIN:VCALENDAR to END:VCALENDAR")
    return top.parts


def _property(line: str) -> Property | None:
    try:
        name, parameters, value = Contentline(line).parts()
    except ValueError:
        return None
    given = {key.upper(): each if isinstance(each, str) else ",".join(each) for key, each in parameters.items()}
    return Property(name.upper(), value, given)


def write_component(calendar: Component) -> str:
    """Return the text of a component. Long lines are folded."""
    text: bytes = Contentlines(_lines(calendar)).to_ical()
    return text.decode()


def _lines(component: Component) -> Iterator[Contentline]:
    yield Contentline(f"BEGIN:{component.name}")
    for each in component.properties:
        yield Contentline.from_parts(each.name, Parameters(each.parameters), each.value)
    for part in component.parts:
        yield from _lines(part)
    yield Contentline(f"END:{component.name}")


# -- Values ------------------------------------------------------------------------------------------------------------


def moment_of(text: str) -> tuple[date | datetime, bool]:
    """Return a date, or a date and time without a zone, and whether it is in UTC.

    Raises:
        ValueError: *text* is neither.
    """
    if _DATE.fullmatch(text):
        return vDate.from_ical(text), False
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return vDatetime.from_ical(text.removesuffix("Z")), text.endswith("Z")


def duration(text: str) -> tuple[timedelta, timedelta]:
    """Return the days and weeks of a duration, and its hours, minutes and seconds.

    Raises:
        ValueError: *text* is not a duration, or is negative.
    """
    match = _DURATION.fullmatch(text)
    days, times = match.groups(default="") if match else ("", "")
    if not days and not times.removeprefix("T"):
        raise ValueError(text)
    return _span(days), _span(times)


def _span(text: str) -> timedelta:
    return vDuration.from_ical(f"P{text}") if text else timedelta()


def offset_of(text: str) -> timedelta:
    """Return an offset from UTC.

    Raises:
        ValueError: *text* is not an offset.
    """
    if not _OFFSET.fullmatch(text):
        raise ValueError(text)
    found: timedelta = vUTCOffset.from_ical(text)
    return found


def windows_zone(name: str) -> str | None:
    """Return the IANA name of a zone that Windows has; None for another name."""
    return WINDOWS_TO_OLSON.get(name)


def properties(pairs: Iterable[tuple[str, str]]) -> list[Property]:
    """Return properties without parameters."""
    return [Property(name, value) for name, value in pairs]
