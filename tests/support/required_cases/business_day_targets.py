"""Targets in business days, and targets chosen by when the cycle began. The office is open Mon to Fri from 9 to 18."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.targets import RESOLUTION, part, policy
from tests.support.required_cases.writing import (
    ANA,
    Json,
    acts,
    business,
    case,
    do,
    elapsed,
    instant,
    look,
    move,
    opened,
    rules,
    working,
    z,
)

PRIORITY: Json = {
    "fields": [{"name": "level", "choices": ["high", "low"]}],
    "permissions": {"set_fields": {"may": ["agent"]}},
}


def due(at: str, **more: object) -> Json:
    """Return the reading of a clock that is due at an instant."""
    return {"solving": {"due_at": z(at), **more}}


def pause(start: str, end: str) -> tuple[Json, Json]:
    """Return two steps: the ticket waits for the customer, which freezes the clock, and goes on."""
    return move("ask", start), move("resume", end)


def breach(at: str) -> tuple[str, str, str]:
    return at, "sla.solving.breach", "<target_breached>"


def high(time: Json, **more: object) -> Json:
    return {"time": time, "given": {"field_is": {"field": "level", "values": ["high"]}}, **more}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _due_instants()
    yield from _freezes()
    yield from _stops_while_frozen()
    yield from _parts()
    yield from _other_rows()
    yield from _starts()


def _due_instants() -> Iterator[Json]:
    for name, time, start, end, source in (
        ("plain", business(1), "mon 10:00", "tue 10:00", "the same time on Tuesday"),
        ("closing", business(1, at="closing"), "mon 10:00", "tue 18:00", "the closing of Tuesday"),
        ("opening", business(2, at="opening"), "mon 10:00", "wed 09:00", "the opening of the second day, Wednesday"),
        ("saturday-closing", business(1, at="closing"), "sat 12:00", "mon2 18:00", "Monday is the first business day"),
        ("saturday-plain", business(1), "sat 12:00", "tue2 09:00", "Saturday moves to Mon 09:00, and one is Tuesday"),
        ("same-day", business(0, at="16:00"), "mon 10:00", "mon 16:00", "16:00 of the day itself"),
        ("same-day-late", business(0, at="16:00"), "mon 17:00", "tue 16:00", "16:00 is past, so that of Tuesday"),
        ("friday", business(1, at="16:00"), "fri 10:00", "mon2 16:00", "the business day after Friday is Monday"),
    ):
        yield case(
            f"target-{name}",
            "4.8",
            f"{source}; missed a microsecond later",
            rules(clocks=[policy(time)]),
            opened(start),
            look(start, clocks=due(end)),
            look("fri2 12:00", automatic=acts(breach(f"{end}:00.000001"))),
        )
    yield case(
        "target-met-at-its-instant",
        "4.8",
        "solved at Tue 18:00, its due instant, at which it is met",
        rules(clocks=[policy(business(1, at="closing"))]),
        opened(),
        move("solve", "tue 18:00"),
        look("wed 12:00", clocks={"solving": {"state": "met"}}, automatic=[]),
    )


def _freezes() -> Iterator[Json]:
    yield case(
        "five-days-with-two-holds",
        "4.8",
        "the fifth day after Monday is the next Monday, 18:00; two holds of 1 h 40 min move it by 3 h 20 min of open time",
        rules(clocks=[policy(business(5, at="closing"))]),
        opened(),
        *pause("tue 11:00", "tue 12:40"),
        look("tue 13:00", clocks=due("tue2 10:40")),
        *pause("thu 15:00", "thu 16:40"),
        look("thu 17:00", clocks=due("tue2 12:20", frozen={"hours": 3, "minutes": 20})),
    )
    for name, start, end, at in (
        ("an-hour", "mon 12:00", "mon 13:00", "tue 17:00"),
        ("a-night", "mon 17:00", "tue 10:00", "tue 18:00"),
        ("only-the-night", "mon 18:00", "tue 09:00", "tue 16:00"),
        ("three-hours", "mon 12:00", "mon 15:00", "wed 10:00"),
    ):
        yield case(
            f"next-day-by-four-after-{name}",
            "4.8",
            f"Tue 16:00, moved by the open time from {start} to {end}",
            rules(clocks=[policy(business(1, at="16:00"))]),
            opened(),
            *pause(start, end),
            look("tue 11:00", clocks=due(at)),
        )
    yield case(
        "frozen-with-nothing-left",
        "4.8 4.3",
        "frozen at Tue 18:00, the due instant: nothing is left and nothing is missed; Wed 9 to 10 moves it to Wed 10:00",
        rules(clocks=[policy(business(1, at="closing"))]),
        opened(),
        move("ask", "tue 18:00"),
        look("wed 09:30", clocks={"solving": {"state": "frozen", "due_at": None, "remaining": {"hours": 0}}}),
        move("resume", "wed 10:00"),
        look("wed 10:00", clocks=due("wed 10:00", state="running")),
        look("thu 12:00", automatic=acts(breach("wed 10:00:00.000001"))),
    )


def _stops_while_frozen() -> Iterator[Json]:
    yield case(
        "counted-again-after-a-stop-while-frozen",
        "4.5 4.3 4.8",
        "frozen at Tue 18:00, the due instant, and solved at 20:00: met, and nothing is missed while the clock is stopped; "
        "the time from then on counts, and no open time was frozen, so Tue 18:00 is missed at the restart on Thu 12:00",
        rules(clocks=[policy(business(1, at="closing"), measure={**RESOLUTION, "again": "count"})]),
        opened(),
        move("ask", "tue 18:00"),
        move("solve", "tue 20:00"),
        look("thu 11:00", clocks={"solving": {"state": "met", "due_at": None, "missed": None}}, automatic=[]),
        move("resume", "thu 12:00"),
        look(
            "thu 12:00",
            clocks={"solving": {"state": "breached", "missed": z("tue 18:00"), "breached_at": z("thu 12:00")}},
            automatic=acts(("thu 12:00", "sla.solving.breach", "<target_breached>", "thu 12:00")),
        ),
    )


def _parts() -> Iterator[Json]:
    for name, span, steps, done, missed, source in (
        (
            "half",
            {"of_target": 50},
            (),
            "mon 14:30",
            "tue 10:00",
            "Mon 10:00 to Tue 10:00 has 9 h open; half is 4 h 30 min",
        ),
        ("whole", {"of_target": 100}, (), "tue 10:00", "tue 10:00", "the due instant"),
        (
            "one-and-a-half",
            {"of_target": 150},
            (),
            "tue 14:30",
            "tue 10:00",
            "4 h 30 min of open time after the due instant",
        ),
        (
            "one-and-a-half-with-a-late-hold",
            {"of_target": 150},
            pause("tue 11:00", "tue 12:00"),
            "tue 15:30",
            "tue 10:00",
            "4 h 30 min after the due instant, one hour of them on hold",
        ),
        (
            "half-with-a-hold",
            {"of_target": 50},
            pause("mon 11:00", "mon 13:00"),
            "mon 16:30",
            "tue 12:00",
            "two hours later than 14:30",
        ),
        (
            "two-hours-before",
            {"before_due": working(hours=2)},
            (),
            "mon 17:00",
            "tue 10:00",
            "7 of 9 hours are counted at Mon 17:00",
        ),
        (
            "two-hours-after",
            {"after_due": working(hours=2)},
            (),
            "tue 12:00",
            "tue 10:00",
            "two open hours after Tue 10:00",
        ),
        (
            "a-day-before",
            {"before_due": business(1)},
            (),
            "mon 10:00",
            "tue 10:00",
            "one business day before Tue 10:00",
        ),
    ):
        yield case(
            f"part-{name}",
            "4.8 4.7",
            source,
            rules(part(span), clocks=[policy(business(1))]),
            opened(),
            *steps,
            look("fri 12:00", automatic=[*_between(breach(f"{missed}:00.000001"), done)]),
        )
    yield case(
        "part-of-an-empty-length",
        "4.8",
        "no business day from Mon 10:00 is that instant: half of nothing is at the start",
        rules(part({"of_target": 50}), clocks=[policy(business(0))]),
        opened(),
        look("tue 12:00", automatic=acts(("mon 10:00", "part"), breach("mon 10:00:00.000001"))),
    )
    yield case(
        "elapsed-and-remaining",
        "4.8 4.2",
        "9 h in all; at Mon 14:00 with one hour on hold 3 h are counted and 6 h remain",
        rules(clocks=[policy(business(1))]),
        opened(),
        *pause("mon 11:00", "mon 12:00"),
        look(
            "mon 14:00",
            clocks=due(
                "tue 11:00", target={"hours": 9}, elapsed={"hours": 3}, remaining={"hours": 6}, frozen={"hours": 1}
            ),
        ),
    )


def _between(missed: tuple[str, str, str], done: str) -> Iterator[Json]:
    """Yield the part and the breach in their order; a hold before the due instant moves the breach, too."""
    yield from acts(*sorted([(done, "part"), missed], key=lambda each: instant(each[0])))


def _other_rows() -> Iterator[Json]:
    both = {"name": "solving", "measure": policy(business(1))["measure"], "calendar": "default"}
    yield case(
        "read-on-its-own-calendar-from-the-start",
        "4.8 4.4",
        "while high, days and nights count; from Tue 10:00 on the office's hours since Mon 10:00: 8 h and 3 h",
        rules(clocks=[{**both, "targets": [high(elapsed(days=3)), {"time": business(2)}]}], workflow=PRIORITY),
        opened(by=ANA, fields={"level": "high"}),
        look("mon 20:00", clocks={"solving": {"elapsed": {"hours": 10}}}),
        do("set_fields", "tue 10:00", ANA, fields={"level": "low"}),
        look("tue 12:00", clocks=due("wed 10:00", elapsed={"hours": 11}, closed={"hours": 15})),
    )
    yield case(
        "a-stricter-row-that-is-past",
        "4.8 4.4",
        "one day from Mon 10:00 was due Tue 10:00; it comes into force at Tue 12:00, and is missed then",
        rules(clocks=[{**both, "targets": [high(business(1)), {"time": business(5)}]}], workflow=PRIORITY),
        opened(by=ANA, fields={"level": "low"}),
        do("set_fields", "tue 12:00", ANA, fields={"level": "high"}),
        look(
            "tue 12:00",
            clocks={"solving": {"state": "breached", "missed": z("tue 10:00"), "breached_at": z("tue 12:00")}},
        ),
    )


def _starts() -> Iterator[Json]:
    by_four = [
        {"time": business(1, at="16:00"), "started": {"between": {"since": "00:00", "until": "10:00"}}},
        {"time": business(2, at="16:00"), "started": {"between": {"since": "10:00", "until": "24:00"}}},
    ]
    desk = {"name": "solving", "measure": policy(business(1))["measure"], "calendar": "default", "targets": by_four}
    for start, end in (
        ("mon 09:00", "tue 16:00"),
        ("mon 09:59", "tue 16:00"),
        ("mon 10:00", "wed 16:00"),
        ("mon 11:00", "wed 16:00"),
    ):
        yield case(
            f"raised-{start.replace(' ', '-').replace(':', '')}",
            "4.2 4.8",
            "before 10:00 the next business day by 16:00, from then on the one after",
            rules(clocks=[desk]),
            opened(start),
            look(start, clocks=due(end)),
        )
    yield case(
        "the-start-of-the-cycle-decides",
        "4.2 4.5",
        "the cycle that begins anew on Tue 11:00 is due Thu 16:00, whenever the ticket was opened",
        rules(clocks=[{**desk, "measure": {**desk["measure"], "again": "anew"}}]),
        opened("mon 09:30"),
        move("solve", "mon 12:00"),
        move("resume", "tue 11:00"),
        look("tue 11:00", clocks=due("thu 16:00")),
    )
    night = [
        {"time": elapsed(hours=2), "started": {"between": {"since": "22:00", "until": "06:00"}}},
        {"time": elapsed(hours=1)},
    ]
    for start, hours in (("mon 22:00", 2), ("mon 05:59", 2), ("mon 06:00", 1), ("mon 21:59", 1), ("mon 00:00", 2)):
        yield case(
            f"overnight-{start[4:].replace(':', '')}",
            "4.2",
            f"22:00 to 06:00 is half-open and runs over midnight: {hours} h",
            rules(clocks=[{**desk, "targets": night}]),
            opened(start),
            look(start, clocks={"solving": {"target": {"hours": hours}}}),
        )
    day = [{"time": elapsed(hours=1), "started": {"while": "default"}}, {"time": elapsed(hours=2)}]
    shut = [
        {"time": elapsed(hours=2), "started": {"while": {"calendar": "default", "is_open": False}}},
        {"time": elapsed(hours=1)},
    ]
    for name, rows in (("open", day), ("closed", shut)):
        for start, hours in (("mon 09:00", 1), ("mon 17:59", 1), ("mon 18:00", 2), ("sat 12:00", 2)):
            yield case(
                f"while-{name}-{start.replace(' ', '-').replace(':', '')}",
                "4.2",
                "one hour if the office was open at the start of the cycle, else two; a closing is closed",
                rules(clocks=[{**desk, "targets": rows}]),
                opened(start),
                look(start, clocks={"solving": {"target": {"hours": hours}}}),
            )
