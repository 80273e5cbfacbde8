"""Time the calendar against a baseline and its peers, side by side in one run.

    make bench

All candidates take turns in several rounds, so that a busy machine slows them equally. A time is that of the best
round; a ratio is to the baseline in the same round, the median with the spread over rounds.
"""

from __future__ import annotations

import platform
import sys
import timeit
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import peers
from baseline import Baseline

from ticketflow import BusinessCalendar
from ticketflow.calendars.country_holidays import public_holidays

ZONE = ZoneInfo("America/Santiago")
HOLIDAYS = public_holidays("CL")
START = datetime(2020, 3, 4, 10, 30, tzinfo=ZONE)
SPANS = {"1 day": 1, "30 days": 30, "1 year": 365, "20 years": 7305}
HOURS = (8, 480, 10_000)
ROUNDS = 9
BUDGET = 0.02


def office() -> BusinessCalendar:
    """Return our calendar, not asked anything yet."""
    return BusinessCalendar(ZONE.key, "mon-fri 09:00-12:00 13:00-18:00", public_holidays=HOLIDAYS)


def timed(candidates: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Return seconds a call for each candidate and round."""
    numbers = {}
    for name, call in candidates.items():
        once = min(timeit.repeat(call, number=1, repeat=3))
        numbers[name] = max(1, min(20_000, int(BUDGET / max(once, 1e-9))))
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, call in candidates.items():
            seconds[name].append(timeit.timeit(call, number=numbers[name]) / numbers[name])
    return seconds


def answers(name: str, call: Callable[[], Any]) -> bool:
    """Return whether a candidate answers at all, and print it if not."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 -- whatever a peer raises
        print(f"\n{name} does not answer: {type(error).__name__}: {error}")
        return False
    return True


def told(question: str, candidates: dict[str, Callable[[], Any]], expected: object) -> float:
    """Print a table of one question, and return our ratio to the baseline."""
    candidates = {name: call for name, call in candidates.items() if answers(name, call)}
    seconds = timed(candidates)
    base = seconds["baseline"]
    print(f"\n{question}")
    for name, values in seconds.items():
        ratios = [value / other for value, other in zip(values, base, strict=True)]
        answer = candidates[name]()
        note = "" if name == "baseline" or answer == expected else f"  it answers {answer}"
        shown = (
            f"{min(values) * 1e6:12.2f} us  {median(ratios):9.2f} x baseline ({min(ratios):.2f} to {max(ratios):.2f})"
        )
        print(f"  {name:20}{shown}{note}")
    return median(value / other for value, other in zip(seconds["ticketflow"], base, strict=True))


def installed() -> dict[str, peers.Questions]:
    """Return the peers that are installed."""
    found = {}
    days = sorted(day for day in HOLIDAYS.names if peers.YEARS[0] <= day.year <= peers.YEARS[1])
    for make in peers.ALL:
        try:
            found[make.__name__] = make(ZONE, days)
        except ImportError:
            print(f"not installed: {make.__name__}")
    return found


def main() -> int:
    """Print all tables, and return 1 if a promised ratio is not kept."""
    print(f"Python {platform.python_version()}, {platform.machine()}; {ROUNDS} rounds, all candidates taking turns")
    ours, baseline, others = office(), Baseline(ZONE, HOLIDAYS.names, date(2000, 1, 1), date(2045, 1, 1)), installed()
    kept: dict[str, tuple[float, float]] = {}
    for name, days in SPANS.items():
        end = START + timedelta(days=days)
        calls = {"ticketflow": lambda: ours.between(START, end), "baseline": lambda: baseline.between(START, end)}  # noqa: B023 -- used at once
        calls |= {peer: _bound(ask["between"], START, end) for peer, ask in others.items() if "between" in ask}
        kept[f"between, {name}"] = told(f"between, {name}", calls, baseline.between(START, end)), 2.0
    both = timed({name: _bound(ours.between, START, START + timedelta(days=SPANS[name])) for name in SPANS})
    pairs = zip(both["20 years"], both["30 days"], strict=True)
    kept["between, 20 years to 30 days"] = median(long / short for long, short in pairs), 1.2
    for hours in HOURS:
        amount = timedelta(hours=hours)
        calls = {"ticketflow": _bound(ours.add, START, amount), "baseline": _bound(baseline.add, START, amount)}
        calls |= {peer: _bound(ask["add"], START, amount) for peer, ask in others.items() if "add" in ask}
        limit = 2.5 if hours == HOURS[-1] else 2.0
        kept[f"add, {hours} h"] = told(f"add, {hours} h", calls, baseline.add(START, amount)), limit
    calls = {"ticketflow": _bound(ours.is_open, START), "baseline": _bound(baseline.is_open, START)}
    calls |= {peer: _bound(ask["is_open"], START) for peer, ask in others.items() if "is_open" in ask}
    kept["is_open"] = told("is_open", calls, expected=True), 2.0
    evening = START.replace(hour=20)
    calls = {"ticketflow": _bound(ours.next_open, evening), "baseline": _bound(baseline.is_open, evening)}
    kept["next_open"] = told("next_open in the evening, to the baseline's is_open", calls, ours.next_open(evening)), 2.0
    calls = {"ticketflow": _bound(ours.add_business_days, START, 6), "baseline": _bound(baseline.is_open, START)}
    calls |= {peer: _bound(ask["business_days"], START, 6) for peer, ask in others.items() if "business_days" in ask}
    told("6 business days (no baseline of its own: to the baseline's is_open)", calls, ours.add_business_days(START, 6))
    if "numpy" in others:
        both = timed({"ours": calls["ticketflow"], "numpy": calls["numpy"]})
        ratio = median(one / other for one, other in zip(both["ours"], both["numpy"], strict=True))
        kept["6 business days to numpy's"] = ratio, 1.0
    kept["cold year"] = cold(), 1.5
    kept |= memory()
    kept |= far()
    return verdict(kept)


def _bound(call: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
    return lambda: call(*arguments)


def cold() -> float:
    """Print what building a calendar year costs, and return our ratio to the baseline's own build of it."""
    start, end = datetime(2024, 1, 1, tzinfo=ZONE), datetime(2025, 1, 1, tzinfo=ZONE)
    fresh = [office() for _ in range(ROUNDS)]
    ratios = []
    for calendar in fresh:
        ours = timeit.timeit(lambda: calendar.between(start, end), number=1)  # noqa: B023 -- used at once
        baseline = timeit.timeit(lambda: Baseline(ZONE, HOLIDAYS.names, date(2024, 1, 1), date(2025, 1, 1)), number=1)
        ratios.append(ours / baseline)
    print(f"\ncold, a first question about all of 2024: {median(ratios):.2f} x the baseline's own build of that year")
    print(f"  ({min(ratios):.2f} to {max(ratios):.2f})")
    return median(ratios)


def memory() -> dict[str, tuple[float, float]]:
    """Print and return what a built year holds, and how many days are built for a question about one or two."""
    calendar = office()
    tracemalloc.start()
    calendar.between(datetime(2001, 1, 1, tzinfo=ZONE), datetime(2021, 1, 1, tzinfo=ZONE))
    held = tracemalloc.get_traced_memory()[0] / 20 / 1024
    tracemalloc.stop()
    print(f"\nmemory: {held:.0f} KiB for each of twenty years")
    far = office()
    for year in (1990, 2050):
        far.is_open(datetime(year, 6, 1, tzinfo=ZONE))
    built = sum((index.until - index.since for index in far._indexes), timedelta())
    print(f"asked about a day of 1990 and one of 2050, it holds {built.days} days")
    first = office()
    first.between(START, START + timedelta(days=1))
    once = sum((index.until - index.since for index in first._indexes), timedelta())
    return {
        "KiB a built year": (held, 96),
        "days built by a first one-day question": (once.days, 366),
        "days built for 1990 and 2050": (built.days, 2 * 366),
    }


def far() -> dict[str, tuple[float, float]]:
    """Print and return what first questions about far instants take and leave behind."""
    questions: dict[str, Callable[[BusinessCalendar], object]] = {
        "between, 9,000 years": lambda asked: asked.between(_year(900), _year(9900)),
        "add, a million hours": lambda asked: asked.add(START, timedelta(hours=1_000_000)),
        "a million business days": lambda asked: asked.add_business_days(START, 1_000_000),
    }
    kept: dict[str, tuple[float, float]] = {}
    print()
    for name, question in questions.items():
        calendar = BusinessCalendar(ZONE.key, "mon-fri 09:00-12:00 13:00-18:00")
        first = timeit.timeit(lambda: question(calendar), number=1)  # noqa: B023 -- used at once
        again = min(timeit.repeat(lambda: question(calendar), number=10, repeat=5)) / 10  # noqa: B023 -- likewise
        calendar = BusinessCalendar(ZONE.key, "mon-fri 09:00-12:00 13:00-18:00")
        tracemalloc.start()
        question(calendar)
        held = tracemalloc.get_traced_memory()[0] / 1024
        tracemalloc.stop()
        print(f"{name}: {first * 1e3:.0f} ms, again {again * 1e3:.2f} ms; {held:,.0f} KiB kept")
        kept[f"ms, {name}"] = first * 1e3, 1000
        kept[f"KiB kept, {name}"] = held, 1024
    return kept


def _year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=ZONE)


def verdict(kept: dict[str, tuple[float, float]]) -> int:
    """Print each promise, and return 1 if one is not kept."""
    print("\npromises")
    for name, (ratio, limit) in kept.items():
        print(f"  {name:40}{ratio:7.2f}  at most {limit}  {'kept' if ratio <= limit else 'NOT KEPT'}")
    return int(any(ratio > limit for ratio, limit in kept.values()))


if __name__ == "__main__":
    sys.exit(main())
