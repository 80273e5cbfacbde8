"""The figures of tickets as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ticketflow.service.reports import Kept, Report, Spent, Summary, percentile
from ticketflow.text.sentences import Wording

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def report_lines(until: datetime, reports: Sequence[Report], summary: Summary, words: Wording) -> Iterator[str]:
    """Yield the figures of tickets: their number, times until answers and resolutions, times in states, and clocks.

    Times are elapsed times. States in which no ticket was are left out.
    """
    say = words.sentences.say
    at = words.instant(until)
    yield say("report.tickets", tickets=summary.tickets, at=at, open=summary.open, reopened=summary.reopened)
    for name in ("first_answer", "first_resolution"):
        spent = [each for each in (getattr(report, name) for report in reports) if each is not None]
        yield f"  {_times(say(f'report.{name}'), spent, words)}"
    for state in dict.fromkeys(name for each in reports for name in each.states):
        spent = [each.time_in[state] for each in reports if state in each.time_in]
        if spent:
            yield f"  {_times(say('report.time_in', state=words.state(state)), spent, words)}"
    for clock, kept in summary.clocks.items():
        yield f"  {_kept(clock, kept, words)}"


def _times(what: str, several: Sequence[Spent], words: Wording) -> str:
    elapsed = [each.elapsed for each in several]
    if not elapsed:
        return words.sentences.say("report.none", what=what)
    median, most = (_span(percentile(elapsed, percent), words) for percent in (50, 90))
    return words.sentences.say("report.times", what=what, tickets=len(elapsed), median=median, most=most)


def _kept(clock: str, kept: Kept, words: Wording) -> str:
    return words.sentences.say(
        "report.clock",
        clock=clock,
        met=kept.met,
        breached=kept.breached,
        under_way=kept.under_way,
        void=kept.void,
        measured=kept.measured,
    )


def _span(amount: timedelta, words: Wording) -> str:
    """Return a duration in its two largest units, rounded down to minutes."""
    counts = (("day", amount // _DAY), ("hour", amount % _DAY // _HOUR), ("minute", amount % _HOUR // _MINUTE))
    first = next((place for place, (_, count) in enumerate(counts) if count), len(counts) - 1)
    shown = [pair for pair in counts[first : first + 2] if pair[1]] or counts[-1:]
    return " ".join(words.sentences.say(f"unit.{unit}", count=count) for unit, count in shown)
