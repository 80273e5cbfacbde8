"""The baseline: what the questions cost at the very least in Python. Plain bisect over a list made beforehand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Baseline:
    """Monday to Friday, 9 to 12 and 13 to 18; no DST inside hours, no limits, no errors, one fixed range of years."""

    def __init__(self, zone: ZoneInfo, holidays: Container[date], first: date, last: date) -> None:
        self.starts: list[timedelta] = []
        self.ends: list[timedelta] = []
        self.opened = [timedelta()]
        day = first
        while day < last:
            if day.weekday() < 5 and day not in holidays:  # noqa: PLR2004 -- Saturday
                for opens, closes in ((9, 12), (13, 18)):
                    start = datetime(day.year, day.month, day.day, opens, tzinfo=zone) - EPOCH
                    end = datetime(day.year, day.month, day.day, closes, tzinfo=zone) - EPOCH
                    self.starts.append(start)
                    self.ends.append(end)
                    self.opened.append(self.opened[-1] + (end - start))
            day += DAY

    def is_open(self, at: datetime) -> bool:
        moment = at - EPOCH
        index = bisect_right(self.starts, moment)
        return index > 0 and moment < self.ends[index - 1]

    def until(self, moment: timedelta) -> timedelta:
        index = bisect_right(self.starts, moment)
        if index == 0 or moment >= self.ends[index - 1]:
            return self.opened[index]
        return self.opened[index - 1] + (moment - self.starts[index - 1])

    def between(self, start: datetime, end: datetime) -> timedelta:
        return self.until(end - EPOCH) - self.until(start - EPOCH)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        needed = self.until(start - EPOCH) + amount
        index = bisect_left(self.opened, needed)
        return EPOCH + self.ends[index - 1] - (self.opened[index] - needed)
