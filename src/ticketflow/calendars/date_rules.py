"""Rules for dates: closed forms that name dates in every year, and the texts that write them.

A rule is a date, a `Yearly` date, or one of the classes below. Rules are expanded one year at a time. Rules that name
business days need to know which dates are business days; a calendar decides that without such rules, so no rule depends
on itself.

Source: docs/semantics.md 1.3.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Literal, TypeVar, assert_never, get_args

import attrs

from ticketflow.calendars.hours import WEEKDAYS, Yearly
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LAST = -1
"""The number of the last weekday or business day of a month."""
REACH = 31
"""How many days from a date the business day before or after it is looked for."""
MOST_EASTER_DAYS = 250
"""The largest distance from Easter."""
_MOST_WEEKDAYS, _MOST_BUSINESS_DAYS, MOST_MOVED = 5, 31, 6

Church = Literal["western", "orthodox"]
IsBusinessDay = Callable[[date], bool]
T = TypeVar("T")


def _numbers(value: int | Iterable[int]) -> tuple[int, ...]:
    """Return one number or several as a sorted tuple; the last of a month comes last."""
    given = (value,) if isinstance(value, int) else value
    if not isinstance(given, list | tuple | set | frozenset) or not all(type(each) is int for each in given):
        raise BadValueError(f"{value!r} is neither a number nor a tuple of numbers", "give one number or several")
    return tuple(sorted(set(given), key=lambda each: (each == LAST, each)))


def _check_numbers(numbers: tuple[int, ...], most: int) -> None:
    if not numbers or not all(each == LAST or 1 <= each <= most for each in numbers):
        raise BadValueError(f"nth {numbers!r} is not valid", f"give numbers from 1 to {most}, or {LAST} for the last")


def _check_months(months: tuple[int, ...]) -> None:
    if not all(1 <= month <= len(MONTHS) for month in months):
        raise BadValueError(f"months {months!r} do not exist", "give numbers from 1 to 12, or none for every month")


def _check_weekday(weekday: object) -> None:
    if weekday not in WEEKDAYS:
        raise BadValueError(f"{weekday!r} is not a weekday", f"use one of {', '.join(WEEKDAYS)}")


@attrs.frozen
class NthWeekday:
    """The n-th or last occurrence of a weekday in a month.

    Attributes:
        nth: The number, 1 to 5, or -1 for the last; or several numbers. A month without a fifth one has none.
        weekday: The weekday: ``mon`` to ``sun``.
        months: The months, 1 to 12, as one number or several; none for every month.

    >>> str(NthWeekday((2, 4), "sat")), str(NthWeekday(4, "thu", 11))
    ('2nd and 4th sat', '4th thu of nov')
    """

    nth: tuple[int, ...] = attrs.field(converter=_numbers)
    weekday: str
    months: tuple[int, ...] = attrs.field(default=(), converter=_numbers)

    def __attrs_post_init__(self) -> None:
        _check_numbers(self.nth, _MOST_WEEKDAYS)
        _check_weekday(self.weekday)
        _check_months(self.months)

    def __str__(self) -> str:
        return f"{_ordinals(self.nth)} {self.weekday}{_of_months(self.months)}"


@attrs.frozen
class Easter:
    """A number of days before or after Easter Sunday. Ash Wednesday is ``Easter(-46)``.

    Attributes:
        days: The days after Easter, negative for days before, -250 to 250.
        church: The church whose Easter is meant: ``western`` or ``orthodox``.

    >>> str(Easter(-46)), str(Easter(1, "orthodox"))
    ('easter-46', 'orthodox easter+1')
    """

    days: int = 0
    church: Church = "western"

    def __attrs_post_init__(self) -> None:
        if type(self.days) is not int or abs(self.days) > MOST_EASTER_DAYS:
            fix = f"give a whole number from {-MOST_EASTER_DAYS} to {MOST_EASTER_DAYS}"
            raise BadValueError(f"{self.days!r} is not a number of days from Easter", fix)
        if self.church not in get_args(Church):
            raise BadValueError(f"church {self.church!r} does not exist", "use western or orthodox")

    def __str__(self) -> str:
        distance = f"{self.days:+}" if self.days else ""
        return f"{'orthodox ' if self.church == 'orthodox' else ''}easter{distance}"


def _movable(value: object) -> MovableRule:
    rule = date_rule(value)
    if isinstance(rule, (Observed, *BUSINESS_DAY_RULES)):
        fix = "move a date, a yearly date, an n-th weekday or a day from Easter"
        raise BadValueError(f"'{rule}' cannot be observed on another day", fix)
    return rule


def _moves(value: Mapping[str, int]) -> FrozenMap[str, int]:
    if not isinstance(value, Mapping) or not value:
        raise BadValueError(f"moves {value!r} name no weekday", "give a mapping such as {'sat': -1, 'sun': 1}")
    for weekday, days in value.items():
        _check_weekday(weekday)
        if type(days) is not int or not 1 <= abs(days) <= MOST_MOVED:
            fix = f"give a whole number from 1 to {MOST_MOVED}, or its negative"
            raise BadValueError(f"{weekday} moves by {days!r} days", fix)
    return FrozenMap(value)


@attrs.frozen
class Observed:
    """A rule whose dates move to another day if they fall on certain weekdays.

    Attributes:
        rule: The date, yearly date, n-th weekday or day from Easter that moves.
        moves: For a weekday, the days by which a date on it moves, -6 to 6.

    >>> str(Observed(Yearly(7, 4), {"sat": -1, "sun": 1}))
    '07-04 observed sat-1 sun+1'
    """

    rule: MovableRule = attrs.field(converter=_movable)
    moves: FrozenMap[str, int] = attrs.field(converter=_moves)

    def __str__(self) -> str:
        moved = (f"{weekday}{self.moves[weekday]:+}" for weekday in WEEKDAYS if weekday in self.moves)
        return f"{self.rule} observed {' '.join(moved)}"


@attrs.frozen
class NthBusinessDay:
    """The n-th or last business day of a month.

    Attributes:
        nth: The number, 1 to 31, or -1 for the last; or several numbers.
        months: The months, 1 to 12, as one number or several; none for every month.

    >>> str(NthBusinessDay(1)), str(NthBusinessDay(-1, 12))
    ('1st business day', 'last business day of dec')
    """

    nth: tuple[int, ...] = attrs.field(converter=_numbers)
    months: tuple[int, ...] = attrs.field(default=(), converter=_numbers)

    def __attrs_post_init__(self) -> None:
        _check_numbers(self.nth, _MOST_BUSINESS_DAYS)
        _check_months(self.months)

    def __str__(self) -> str:
        return f"{_ordinals(self.nth)} business day{_of_months(self.months)}"


def _without_business_days(value: object) -> PlainRule:
    rule = date_rule(value)
    if isinstance(rule, BUSINESS_DAY_RULES):
        what = f"'{rule}' names business days, so a rule that names business days cannot start from it"
        raise BadValueError(what, "start from a date, a yearly date, an n-th weekday or a day from Easter")
    return rule


@attrs.frozen
class BusinessDayBefore:
    """The last business day before each date of another rule, at most 31 days earlier.

    Attributes:
        rule: The other rule. It must not name business days.

    >>> str(BusinessDayBefore("12-25"))
    'business day before 12-25'
    """

    rule: PlainRule = attrs.field(converter=_without_business_days)

    def __str__(self) -> str:
        return f"business day before {self.rule}"


@attrs.frozen
class BusinessDayAfter:
    """The first business day after each date of another rule, at most 31 days later.

    Attributes:
        rule: The other rule. It must not name business days.

    >>> str(BusinessDayAfter("easter+1"))
    'business day after easter+1'
    """

    rule: PlainRule = attrs.field(converter=_without_business_days)

    def __str__(self) -> str:
        return f"business day after {self.rule}"


MovableRule = date | Yearly | NthWeekday | Easter
PlainRule = date | Yearly | NthWeekday | Easter | Observed
DateRule = date | Yearly | NthWeekday | Easter | Observed | NthBusinessDay | BusinessDayBefore | BusinessDayAfter
"""A date, or a rule that names one in every year."""
BUSINESS_DAY_RULES = (NthBusinessDay, BusinessDayBefore, BusinessDayAfter)
"""The rules that name business days."""
WRITTEN_RULES = (NthWeekday, Easter, Observed, *BUSINESS_DAY_RULES)
"""The rules that documents and digests write as their text. Dates and yearly dates have forms of their own."""


def date_rule(value: object) -> DateRule:
    """Return a rule that is given as such or as a text.

    Raises:
        BadValueError: *value* is neither a rule nor the text of one. A datetime is not a date.

    >>> date_rule("last fri")
    NthWeekday(nth=(-1,), weekday='fri', months=())
    """
    if isinstance(value, str):
        return parse_date_rule(value)
    if type(value) is date or isinstance(value, Yearly | NthWeekday | Easter | Observed | NthBusinessDay):
        return value
    if isinstance(value, BusinessDayBefore | BusinessDayAfter):
        return value
    raise BadValueError(f"{value!r} is not a date or a rule for dates", _FORMS)


# -- Texts -------------------------------------------------------------------------------------------------------------

_FORMS = (
    "write a date such as 2026-12-24, a date of every year such as 12-24, or a rule such as 'last fri', "
    "'4th thu of nov', 'easter-46', 'last business day' or 'business day before 12-25'"
)
_SEVERAL = r"(?:, | and )"
_NTH = r"(?:[0-9]{1,2}(?:st|nd|rd|th)|last)"
_MONTH = f"(?:{'|'.join(MONTHS)})"
_WEEKDAY = f"(?:{'|'.join(WEEKDAYS)})"
_NUMBERED = rf"({_NTH}(?:{_SEVERAL}{_NTH})*) (business day|{_WEEKDAY})(?: of ({_MONTH}(?:{_SEVERAL}{_MONTH})*))?"
_EASTER = r"(orthodox )?easter([+-][0-9]{1,3})?"
_DATED = r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})"
_MOVES = rf"{_WEEKDAY}[+-][1-6](?: {_WEEKDAY}[+-][1-6])*"
RULE_PATTERN = rf"(?:business day (?:before|after) )*(?:{_NUMBERED}|{_EASTER}|{_DATED})(?: observed {_MOVES})?"
"""The form of the texts of rules, as a regular expression for schemas."""
_LONGEST = 1_000
"""The longest text of a rule that is parsed. The texts of all rules are shorter."""


def parse_date_rule(text: str) -> DateRule:
    """Return the rule that a text writes.

    Raises:
        BadValueError: *text* has another form, or names a date that does not exist.

    >>> [str(parse_date_rule(text)) for text in ("2nd and 4th sat", "business day before 07-04 observed sat-1 sun+1")]
    ['2nd and 4th sat', 'business day before 07-04 observed sat-1 sun+1']
    """
    found = _parsed(text) if len(text) <= _LONGEST else None
    if found is None:
        raise BadValueError(f"{text!a:.60} is not a date or a rule for dates", _FORMS)
    return found


def _parsed(text: str) -> DateRule | None:
    for prefix, kind in (("business day before ", BusinessDayBefore), ("business day after ", BusinessDayAfter)):
        if text.startswith(prefix):
            inner = _parsed(text.removeprefix(prefix))
            return None if inner is None else kind(inner)
    whole, is_observed, moves = text.partition(" observed ")
    if is_observed:
        inner = _parsed(whole)
        if inner is None or not re.fullmatch(_MOVES, moves, re.ASCII):
            return None
        moved = {move[:3]: int(move[3:]) for move in moves.split(" ")}
        return Observed(inner, moved) if len(moved) == moves.count(" ") + 1 else None
    if match := re.fullmatch(_DATED, text, re.ASCII):
        return _dated(text, *match.groups())
    if match := re.fullmatch(_EASTER, text, re.ASCII):
        return Easter(int(match[2] or 0), "orthodox" if match[1] else "western")
    if match := re.fullmatch(_NUMBERED, text, re.ASCII):
        nth = [LAST if each == "last" else _number(each) for each in re.split(_SEVERAL, match[1])]
        months = [1 + MONTHS.index(each) for each in re.split(_SEVERAL, match[3])] if match[3] else []
        return NthBusinessDay(nth, months) if match[2] == "business day" else NthWeekday(nth, match[2], months)
    return None


def _dated(text: str, year: str | None, month: str, day: str) -> date | Yearly:
    if year is None:
        return Yearly(int(month), int(day))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValueError(f"the date {text} does not exist", "write it as 2026-12-24") from None


def _number(text: str) -> int:
    number = int(text[:-2])
    if _ordinal(number) != text:
        raise BadValueError(f"{text!r} is not a number in order", f"write {_ordinal(number)}")
    return number


def _ordinal(number: int) -> str:
    if number == LAST:
        return "last"
    ending = "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _ordinals(numbers: Iterable[int]) -> str:
    return _listed([_ordinal(number) for number in numbers])


def _of_months(months: tuple[int, ...]) -> str:
    return f" of {_listed([MONTHS[month - 1] for month in months])}" if months else ""


def _listed(words: list[str]) -> str:
    """Return words as a list in a sentence: ``a, b and c``."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


# -- Dates -------------------------------------------------------------------------------------------------------------


def dates_in(rule: DateRule, year: int, is_business_day: IsBusinessDay) -> Iterator[date]:
    """Yield the dates of a rule in a year, in no particular order.

    Args:
        rule: The rule.
        year: The year, 1 to 9999.
        is_business_day: A function that decides whether a date is a business day, for rules that name such days.

    Source: docs/semantics.md 1.3.

    >>> list(dates_in(Easter(-46), 2026, bool))
    [datetime.date(2026, 2, 18)]
    """
    match rule:
        case NthBusinessDay(nth=nth, months=months):
            for month in months or range(1, 13):
                open_days = [day for day in _days_of(year, month) if is_business_day(day)]
                yield from _numbered(open_days, nth)
        case BusinessDayBefore(rule=inner):
            yield from _in_year(_nearest(inner, year, -1, is_business_day), year)
        case BusinessDayAfter(rule=inner):
            yield from _in_year(_nearest(inner, year, +1, is_business_day), year)
        case _:
            yield from _in_year(_plain_dates(rule, year), year)


def _in_year(days: Iterable[date], year: int) -> Iterator[date]:
    """Yield each day of *year* once."""
    return (day for day in dict.fromkeys(days) if day.year == year)


def _around(year: int) -> Iterator[int]:
    """Yield the years whose dates can move into *year*."""
    return (near for near in range(year - 1, year + 2) if date.min.year <= near <= date.max.year)


def _plain_dates(rule: PlainRule, year: int) -> Iterator[date]:
    """Yield the dates of a rule that names no business days; some may lie in the year before or after."""
    match rule:
        case date():
            yield rule
        case Yearly():
            yield from filter(None, (rule.in_year(year),))
        case NthWeekday(nth=nth, weekday=weekday, months=months):
            for month in months or range(1, 13):
                days = [day for day in _days_of(year, month) if WEEKDAYS[day.weekday()] == weekday]
                yield from _numbered(days, nth)
        case Easter(days=days, church=church):
            yield from _moved((easter(near, church), days) for near in _around(year))
        case Observed(rule=inner, moves=moves):
            found = (day for near in _around(year) for day in _in_year(_plain_dates(inner, near), near))
            yield from _moved((day, moves.get(WEEKDAYS[day.weekday()], 0)) for day in found)
        case _:
            assert_never(rule)


def _moved(days: Iterable[tuple[date, int]]) -> Iterator[date]:
    """Yield dates moved by days; those outside the years 1 to 9999 fall away."""
    for day, by in days:
        if 1 <= day.toordinal() + by <= date.max.toordinal():
            yield day + timedelta(days=by)


def _days_of(year: int, month: int) -> Iterator[date]:
    return (date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1))


def _numbered(days: list[T], nth: Iterable[int]) -> Iterator[T]:
    """Yield the items with these numbers, of those that exist."""
    for number in nth:
        if days and number <= len(days):
            yield days[number if number == LAST else number - 1]


def _nearest(rule: PlainRule, year: int, step: int, is_business_day: IsBusinessDay) -> Iterator[date]:
    """Yield the nearest business day before or after each date of a rule in or near a year."""
    for near in _around(year):
        for day in _in_year(_plain_dates(rule, near), near):
            reach = _moved((day, step * far) for far in range(1, REACH + 1))
            found = next(filter(is_business_day, reach), None)
            if found is not None:
                yield found


def last_decided(rules: Iterable[DateRule], last: date, is_business_day: IsBusinessDay) -> date:
    """Return the last date of which it is known whether rules that name business days name it.

    Args:
        rules: The rules.
        last: The last date of which it is known whether it is a business day.
        is_business_day: A function that decides that.
    """
    final = next(filter(is_business_day, _moved((last, -step) for step in range(REACH))), None)
    if final is None:
        return last
    is_open_end = any(_is_undecided(rule, final, last) for rule in rules)
    return final - timedelta(days=1) if is_open_end and final > date.min else last


def _is_undecided(rule: DateRule, final: date, last: date) -> bool:
    """Return whether an unknown business day after *last* decides whether the rule names *final*."""
    if isinstance(rule, BusinessDayBefore):
        return _has_date(rule.rule, last, 2, (final - last).days + REACH)
    is_last = isinstance(rule, NthBusinessDay) and LAST in rule.nth and last.month in (rule.months or (last.month,))
    return is_last and final.month == last.month and last.day < monthrange(last.year, last.month)[1]


def first_decided(rules: Iterable[DateRule], first: date, is_business_day: IsBusinessDay) -> date:
    """Return the first date of which it is known whether rules that name business days name it.

    Args:
        rules: The rules.
        first: The first date of which it is known whether it is a business day, a first of January.
        is_business_day: A function that decides that.
    """
    initial = next(filter(is_business_day, _moved((first, step) for step in range(REACH))), None)
    if initial is None:
        return first
    after = (rule.rule for rule in rules if isinstance(rule, BusinessDayAfter))
    is_open_end = any(_has_date(rule, first, (initial - first).days - REACH, -2) for rule in after)
    return initial + timedelta(days=1) if is_open_end else first


def _has_date(rule: PlainRule, day: date, least: int, most: int) -> bool:
    """Return whether a rule names a date at least and at most so many days after another one."""
    return any(least <= (found - day).days <= most for year in _around(day.year) for found in _plain_dates(rule, year))


def is_about_easter(rule: DateRule) -> bool:
    """Return whether the dates of a rule depend on Easter."""
    return isinstance(rule, Easter) or any(is_about_easter(inner) for inner in inner_rules(rule))


def dates_near(rule: DateRule) -> Iterator[date]:
    """Yield the single dates that a rule starts from, and dates around them that it can move to."""
    if isinstance(rule, date):
        yield from _moved((rule, step * (REACH + MOST_MOVED)) for step in (-1, 0, 1))
    for inner in inner_rules(rule):
        yield from dates_near(inner)


def inner_rules(rule: DateRule) -> Iterator[DateRule]:
    """Yield the rule from which another one starts, if there is one."""
    if isinstance(rule, Observed | BusinessDayBefore | BusinessDayAfter):
        yield rule.rule


def easter(year: int, church: Church) -> date:
    """Return Easter Sunday of a year, in the Gregorian calendar.

    Source: Meeus, Astronomical Algorithms, chapter 8. tests/calendars/test_date_rules.py compares it with dateutil.

    >>> easter(2026, "western"), easter(2026, "orthodox")
    (datetime.date(2026, 4, 5), datetime.date(2026, 4, 12))
    """
    if church == "orthodox":
        moon = (19 * (year % 19) + 15) % 30
        sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
        # Days after 22 March in the Julian calendar, which is days behind the Gregorian one.
        behind = year // 100 - year // 400 - 2
        return date(year, 3, 22) + timedelta(days=moon + sunday + behind)
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * sunday) // 451
    return date(year, 3, 22) + timedelta(days=moon + sunday - 7 * late)
