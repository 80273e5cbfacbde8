"""What-if: the same seeds under several scenarios, and the paired differences.

Each seed is run under every scenario. Arrivals, work and answers are drawn from the same streams, so most of the chance
cancels out in the differences (common random numbers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import check_argument
from ticketflow.simulation.desk import Progress, check_function
from ticketflow.simulation.intervals import Interval, check_confidence, interval
from ticketflow.simulation.outcomes import Measures
from ticketflow.simulation.randomness import Seed, check_seed
from ticketflow.simulation.running import Scenario, run


class Answer(Protocol):
    """What an executor returns: the result comes later."""

    def result(self) -> Any:  # noqa: ANN401 -- of whatever was submitted
        """Wait for the result and return it."""


class Executor(Protocol):
    """Something that calls functions elsewhere: an executor of `concurrent.futures`, or a client of Dask."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Answer:  # noqa: ANN401 -- of any function
        """Call a function elsewhere."""


@attrs.frozen
class PairedDifference:
    """A measure under one scenario minus the same measure under another one, seed by seed.

    Attributes:
        scenario: The name of the scenario.
        base: The name of the scenario that it is compared with.
        measure: The name of the measure, as in `Measures.row`.
        of: The difference for each seed; None where one of the two has no value.
        interval: The mean of the differences with its confidence interval; None without any.
    """

    scenario: str
    base: str
    measure: str
    of: tuple[float | None, ...]
    interval: Interval | None

    def __str__(self) -> str:
        return f"{self.measure}, {self.scenario} - {self.base}: {self.interval or 'no value'}"


@attrs.frozen
class WhatIf:
    """Several scenarios under the same seeds.

    Attributes:
        seeds: The seeds.
        measures: For each scenario, the measures of each seed, in the order of the seeds.
        confidence: The confidence of the intervals.
    """

    seeds: tuple[Seed, ...]
    measures: FrozenMap[str, tuple[Measures, ...]]
    confidence: float = 0.95

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the measures, as in `Measures.row`. Clocks of any scenario are included."""
        rows = (row for several in self.measures.values() for row in several)
        return tuple(dict.fromkeys(name for each in rows for name in each.row))

    def values(self, scenario: str, measure: str) -> tuple[float | None, ...]:
        """Return a measure under a scenario for each seed. None where it has no value.

        Raises:
            BadValueError: There is no such scenario or measure.
        """
        if scenario not in self.measures:
            raise BadValueError(f"scenario {scenario!r:.200} does not exist", f"there are: {', '.join(self.measures)}")
        if measure not in self.names:
            raise BadValueError(f"measure {measure!r:.200} does not exist", f"there are: {', '.join(self.names)}")
        return tuple(each.row.get(measure) for each in self.measures[scenario])

    def mean(self, scenario: str, measure: str) -> Interval | None:
        """Return the mean of a measure under a scenario with its confidence interval; None without any value.

        Raises:
            BadValueError: There is no such scenario or measure.
        """
        found = [value for value in self.values(scenario, measure) if value is not None]
        return interval(found, self.confidence) if found else None

    def difference(self, measure: str, scenario: str, base: str | None = None) -> PairedDifference:
        """Return the paired difference of a measure between two scenarios.

        Args:
            measure: The name of the measure.
            scenario: The name of the scenario.
            base: The name of the scenario that it is compared with; None for the first one.

        Raises:
            BadValueError: There is no such scenario or measure.
        """
        against = next(iter(self.measures)) if base is None else base
        pairs = zip(self.values(scenario, measure), self.values(against, measure), strict=True)
        of = tuple(None if one is None or other is None else one - other for one, other in pairs)
        known = [each for each in of if each is not None]
        found = interval(known, self.confidence) if known else None
        return PairedDifference(scenario, against, measure, of, found)

    @property
    def differences(self) -> tuple[PairedDifference, ...]:
        """Every measure of every other scenario, compared with the first one."""
        _, *others = self.measures
        return tuple(self.difference(name, each) for each in others for name in self.names)


def what_if(  # noqa: PLR0913 -- the first four say what is run, the others how
    scenarios: Mapping[str, Scenario],
    start: datetime,
    until: datetime,
    seeds: Iterable[Seed] = range(10),
    *,
    warm_up: timedelta = ZERO,
    confidence: float = 0.95,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> WhatIf:
    """Run several scenarios under the same seeds, and compare them.

    Args:
        scenarios: The scenarios by their names. The others are compared with the first one.
        start: The instant at which each run begins; aware.
        until: The instant at which each run ends; aware.
        seeds: The seeds. Ten give useful intervals; more make them narrower.
        warm_up: The time at the start of each run whose tickets are not measured.
        confidence: The confidence of the intervals, from 0.5 to 0.9999.
        executor: What runs elsewhere and in parallel: an executor of `concurrent.futures`, or a client of Dask. The
            results are the same. None: here, one run after another.
        progress: A function that is called after each run with the number of runs that are done, and of all.

    Raises:
        NaiveDatetimeError: An instant has no time zone.
        BadValueError: An argument has the wrong type, *scenarios* or *seeds* is empty, a seed is given twice,
            or *until* is before *start*.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from ticketflow.simulation import Arrivals
    >>> monday = datetime(2026, 11, 23, tzinfo=UTC)
    >>> quiet, busy = (Scenario(servicenow(), [Arrivals(per_hour=rate)]) for rate in (2, 3))
    >>> found = what_if({"quiet": quiet, "busy": busy}, monday, monday + timedelta(days=7), seeds=[1, 2, 3])
    >>> difference = found.difference("tickets", "busy")  # 168 on average
    >>> 100 < difference.interval.mean < 240, difference.interval.is_clear
    (True, True)
    """
    if not isinstance(scenarios, Mapping) or not scenarios:
        raise BadValueError(f"scenarios is {scenarios!r:.200}", "give a mapping from names to scenarios")
    for name, scenario in scenarios.items():
        check_argument(scenario, Scenario, f"scenarios[{name!r}]")
    begin, end, sure = to_utc(start, "start"), to_utc(until, "until"), check_confidence(confidence)
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        raise BadValueError(f"seeds is {seeds!r:.200}", "give several, for example range(10)")
    chosen = tuple(map(check_seed, seeds))
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise BadValueError(f"executor is {executor!r:.200}", "give one with a method submit, or None")
    if progress is not None:
        check_function(progress, "progress")
    if not chosen:
        raise BadValueError("seeds is empty", "give at least one")
    twice = next((seed for seed, times in Counter(chosen).items() if times > 1), None)
    if twice is not None:
        raise BadValueError(f"seed {twice!r:.200} is given twice", "give each once; a second run tells nothing new")
    jobs = [(scenario, begin, end, seed, warm_up) for scenario in scenarios.values() for seed in chosen]
    answers = [_Here(job) for job in jobs] if executor is None else [executor.submit(measured, *job) for job in jobs]
    found: list[Measures] = []
    for answer in answers:
        found.append(answer.result())
        if progress is not None:
            progress(len(found), len(jobs))
    size = len(chosen)
    several = {name: tuple(found[at * size : (at + 1) * size]) for at, name in enumerate(scenarios)}
    return WhatIf(chosen, FrozenMap(several), sure)


@attrs.frozen
class _Here:
    """A run that happens when its result is asked for."""

    job: tuple[Scenario, datetime, datetime, Seed, timedelta]

    def result(self) -> Measures:
        return measured(*self.job)


def measured(scenario: Scenario, start: datetime, until: datetime, seed: Seed, warm_up: timedelta = ZERO) -> Measures:
    """Return the measures of one run. Executors call it, so it is a function of a module."""
    return run(scenario, start, until, seed, warm_up=warm_up, keep_tickets=False).measures
