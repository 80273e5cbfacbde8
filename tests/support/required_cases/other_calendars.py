"""Rules, ladders, gates, snoozes, clocks and reports on calendars other than the default; worked out by hand.

The night shift is open from 22:00 to 06:00 on the nights after Monday to Friday, the weekend on Saturday and Sunday from
10:00 to 14:00. Tickets are opened on Monday at 10:00.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ALWAYS,
    CLOSE,
    NIGHT,
    WEEKEND,
    Json,
    acts,
    after,
    business,
    case,
    do,
    elapsed,
    ladder,
    look,
    move,
    on,
    opened,
    rules,
    rung,
    say,
    send,
    working,
    z,
)

CALENDARS = {"night": NIGHT, "weekend": WEEKEND, "always": ALWAYS}


def desk(*automations: Json, **more: object) -> Json:
    """Return a rule set with the other calendars."""
    return rules(*automations, calendars=CALENDARS, **more)  # type: ignore[arg-type]


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _spans()
    yield from _gates()
    yield from _moments()
    yield from _snoozes()
    yield from _clocks()


def _spans() -> Iterator[Json]:
    yield case(
        "working-time-of-three-calendars",
        "1.6 1.4",
        "two hours from Mon 10:00: by day Mon 12:00, by night Mon 22:00 + 2 h = Tue 00:00, at the weekend Sat 10:00 + 2 h = "
        "Sat 12:00",
        desk(
            after("day", working(hours=2)),
            after("night", working(hours=2), calendar="night"),
            after("weekend", working(hours=2), calendar="weekend"),
        ),
        opened(),
        look("mon 10:00", next_due=z("mon 12:00")),
        look("sun 00:00", automatic=acts(("mon 12:00", "day"), ("tue 00:00", "night"), ("sat 12:00", "weekend"))),
    )
    yield case(
        "business-days-of-three-calendars",
        "1.6 1.7",
        "one day from Mon 10:00: by day Tue 10:00; by night the anchor moves to Mon 22:00, a day later is Tue 22:00; at the "
        "weekend it moves to Sat 10:00, a day later is Sun 10:00",
        desk(
            after("day", business(1)),
            after("night", business(1), calendar="night"),
            after("weekend", business(1), calendar="weekend"),
        ),
        opened(),
        look("sun 10:00", automatic=acts(("tue 10:00", "day"), ("tue 22:00", "night"), ("sun 10:00", "weekend"))),
    )
    yield case(
        "ladder-counts-on-its-calendar",
        "1.6 3.5",
        "one and nine hours of the night shift: Mon 23:00; eight hours until Tue 06:00, and Tue 23:00",
        desk(ladder("stairs", rung(working(hours=1), send("one")), rung(working(hours=9), CLOSE), calendar="night")),
        opened(),
        look("tue 22:59:59", state="open"),
        look("tue 23:00", state="closed", automatic=[*acts(("mon 23:00", "stairs", "one")), {"at": z("tue 23:00")}]),
    )
    yield case(
        "ladder-of-business-days-counts-on-its-calendar",
        "1.7 3.5",
        "opened before the weekend's Sat 10:00: a day later is Sun 10:00, two days later Sat 10:00 of the next",
        desk(
            ladder("stairs", rung(business(1), send("one")), rung(business(2), CLOSE), calendar="weekend"),
        ),
        opened(),
        look("sat2 10:00", state="closed", automatic=[*acts(("sun 10:00", "stairs", "one")), {"at": z("sat2 10:00")}]),
    )
    yield case(
        "repetition-counts-on-its-calendar",
        "1.6 3.4",
        "every four hours of the night shift: Mon 22:00 + 4 h = Tue 02:00, eight = Tue 06:00 at closing, twelve = Wed 02:00",
        desk(after("again", working(hours=4), every=working(hours=4), at_most=3, calendar="night")),
        opened(),
        look("thu 00:00", automatic=acts(("tue 02:00", "again"), ("tue 06:00", "again"), ("wed 02:00", "again"))),
    )
    yield case(
        "repetition-of-business-days-counts-on-its-calendar",
        "1.7 3.4",
        "from Sat 10:00: Sun, then Sat and Sun of the next weekend, at the same time",
        desk(after("again", business(1), every=business(1), at_most=3, calendar="weekend")),
        opened(),
        look("sun2 10:00", automatic=acts(("sun 10:00", "again"), ("sat2 10:00", "again"), ("sun2 10:00", "again"))),
    )
    yield case(
        "elapsed-time-needs-no-calendar",
        "1.6",
        "26 hours from Mon 10:00 are Tue 12:00 on any calendar",
        desk(after("weekend", elapsed(hours=26), calendar="weekend"), after("day", elapsed(hours=26))),
        opened(),
        look("tue 12:00", automatic=acts(("tue 12:00", "day"), ("tue 12:00", "weekend"))),
    )
    yield case(
        "default-of-several-calendars",
        "1.6",
        "a rule that names no calendar counts on default, also if there are other calendars",
        rules(after("plain", working(hours=1)), calendars={"always": ALWAYS, "a-first": NIGHT}),
        opened("mon 20:00"),
        look("tue 10:00", automatic=acts(("tue 10:00", "plain"))),
    )
    yield case(
        "calendar-of-calendars-counts",
        "1.3 1.6",
        "the weekend hours and the night: from Sat 05:00 one hour of Friday's shift, then Sat 10:00 + 2 h = Sat 12:00",
        rules(
            after("both", working(hours=3), calendar="both"),
            calendars={"both": {"how": "union", "left": NIGHT, "right": WEEKEND}},
        ),
        opened("sat 05:00"),
        look("sat 12:00", automatic=acts(("sat 12:00", "both"))),
    )


def _gates() -> Iterator[Json]:
    yield case(
        "gates-of-three-calendars",
        "3.6",
        "an hour after Mon 10:00: open by day at once, by night at Mon 22:00, at the weekend on Sat 10:00",
        desk(
            after("day", elapsed(hours=1), gate="default"),
            after("night", elapsed(hours=1), gate="night"),
            after("weekend", elapsed(hours=1), gate="weekend"),
        ),
        opened(),
        look(
            "sat 10:00",
            automatic=acts(
                ("mon 11:00", "day", "day", "mon 11:00"),
                ("mon 22:00", "night", "night", "mon 11:00"),
                ("sat 10:00", "weekend", "weekend", "mon 11:00"),
            ),
        ),
    )
    yield case(
        "gate-and-span-on-different-calendars",
        "3.6 1.6",
        "two hours of the night shift end Tue 00:00; the office opens at Tue 09:00",
        desk(after("both", working(hours=2), calendar="night", gate="default")),
        opened(),
        look("mon 10:00", next_due=z("tue 09:00")),
        look("tue 09:00", automatic=acts(("tue 09:00", "both", "both", "tue 00:00"))),
    )
    yield case(
        "gate-of-a-reaction-on-another-calendar",
        "3.2 3.6",
        "Mon 11:00 is outside the night shift: dropped; Mon 23:00 is inside",
        desk(on("react", {"on_message": "customer"}, gate="night")),
        opened(message=None),
        say("mon 11:00"),
        say("mon 23:00"),
        look("mon 23:00", automatic=acts(("mon 11:00", "react", "<dropped>"), ("mon 23:00", "react"))),
    )
    yield case(
        "reaction-during-another-calendar",
        "3.2",
        "during the night shift only: Mon 11:00 no, Mon 23:00 yes; outside it the other way round",
        desk(
            on("inside", {"on_message": "customer"}, during={"calendar": "night"}),
            on("outside", {"on_message": "customer"}, during={"calendar": "night", "is_open": False}),
        ),
        opened(message=None),
        say("mon 11:00"),
        say("mon 23:00"),
        look("mon 23:00", automatic=acts(("mon 11:00", "outside"), ("mon 23:00", "inside"))),
    )
    yield case(
        "notice-waits-for-a-gate-on-another-calendar",
        "3.7 3.6",
        "the reminder of Mon 11:00 waits for Mon 22:00; nine hours of notice end Tue 07:00, and the gate opens Tue 22:00",
        desk(
            ladder("stairs", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=10), CLOSE), gate="night"),
        ),
        opened(),
        look("tue 21:59:59", state="open"),
        look(
            "tue 22:00",
            automatic=[*acts(("mon 22:00", "stairs", "one")), {"at": z("tue 22:00"), "due_at": z("mon 20:00")}],
        ),
    )
    yield case(
        "explanation-of-a-gate-on-another-calendar",
        "3.15 3.6",
        "due by itself at Mon 11:00, in effect when the weekend opens",
        desk(after("weekend", elapsed(hours=1), gate="weekend")),
        opened(),
        look("tue 00:00", explain={"weekend": {"verdict": "waiting", "at": z("sat 10:00"), "due_at": z("mon 11:00")}}),
    )


def _moments() -> Iterator[Json]:
    yield case(
        "openings-and-closings-of-another-calendar",
        "3.1 3.4",
        "the night shift opens at 22:00 and closes at 06:00 of the next day",
        desk(on("opens", {"at_opening": "night"}), on("closes", {"at_closing": "night"})),
        opened(),
        look(
            "wed 05:59:59",
            automatic=acts(("mon 22:00", "opens"), ("tue 06:00", "closes"), ("tue 22:00", "opens")),
            next_due=z("mon 22:00"),
        ),
    )
    yield case(
        "opening-on-one-calendar-with-a-gate-on-another",
        "3.6",
        "an opening drops what a gate would move: the office is shut at Mon 22:00",
        desk(on("opens", {"at_opening": "night"}, gate="default")),
        opened(),
        look("tue 12:00", automatic=acts(("mon 22:00", "opens", "<dropped>"))),
    )
    yield case(
        "opening-within-the-gate-of-another-calendar",
        "3.6",
        "the office opens at Tue 09:00, and a calendar that is always open is no obstacle",
        desk(on("opens", {"at_opening": "default"}, gate="always")),
        opened(),
        look("tue 12:00", automatic=acts(("tue 09:00", "opens"))),
    )


def _snoozes() -> Iterator[Json]:
    yield case(
        "snooze-moves-to-a-business-day-of-its-calendar",
        "5.1",
        "Tue has no weekend hours; Sat is the next date that has some, at the same 09:00",
        desk(snoozing={"calendar": "weekend", "business_days": True}),
        opened(),
        do("snooze", "mon 10:00", choice="tomorrow"),
        look("mon 10:00", snoozed_until=z("sat 09:00")),
    )
    yield case(
        "snooze-stays-on-a-business-day-of-its-calendar",
        "5.1",
        "Sat is a date of the weekend calendar, and none of the office",
        desk(snoozing={"calendar": "weekend", "business_days": True}),
        opened("fri 10:00"),
        do("snooze", "fri 10:00", choice="tomorrow"),
        look("fri 10:00", snoozed_until=z("sat 09:00")),
    )
    yield case(
        "snooze-to-a-business-day-of-the-default",
        "5.1",
        "the same on the office calendar: Sat and Sun have no hours, Mon has",
        desk(snoozing={"business_days": True}),
        opened("fri 10:00"),
        do("snooze", "fri 10:00", choice="tomorrow"),
        look("fri 10:00", snoozed_until=z("mon2 09:00")),
    )
    yield case(
        "snooze-to-a-date-on-which-a-night-shift-starts",
        "5.1 1.7",
        "Friday 22:00 begins a shift, so Friday is a business date of the night shift; the same 09:00, open or not",
        desk(snoozing={"calendar": "night", "business_days": True}),
        opened("thu 10:00"),
        do("snooze", "thu 10:00", choice="tomorrow"),
        look("thu 10:00", snoozed_until=z("fri 09:00")),
    )


def _clocks() -> Iterator[Json]:
    resolution = {"runs": {"not": {"category_is": ["resolved", "closed"]}}}
    policy = {"name": "solving", "measure": resolution, "targets": [{"time": working(hours=4)}]}
    yield case(
        "clock-counts-on-its-calendar",
        "4.2",
        "by night: four hours from Mon 22:00 end Tue 02:00; at Tue 01:00 three are used",
        desk(clocks=[policy | {"calendar": "night"}]),
        opened(),
        look(
            "tue 01:00",
            clocks={
                "solving": {
                    "state": "running",
                    "elapsed": {"hours": 3},
                    "due_at": z("tue 02:00"),
                    "closed": {"hours": 12},
                }
            },
        ),
        look("mon 12:00", clocks={"solving": {"state": "paused", "elapsed": {"seconds": 0}, "due_at": z("tue 02:00")}}),
    )
    yield case(
        "target-counts-on-its-own-calendar",
        "4.2",
        "the target names the weekend, the policy the night: Sat 10:00 + 4 h = Sat 14:00",
        desk(clocks=[policy | {"calendar": "night", "targets": [{"time": working(hours=4), "calendar": "weekend"}]}]),
        opened(),
        look("sat 12:00", clocks={"solving": {"elapsed": {"hours": 2}, "due_at": z("sat 14:00")}}),
    )
    yield case(
        "policy-without-a-calendar-counts-day-and-night",
        "4.2",
        "four elapsed hours from Mon 10:00 are Mon 14:00",
        desk(clocks=[policy | {"calendar": None, "targets": [{"time": elapsed(hours=4)}]}]),
        opened(),
        look("mon 13:00", clocks={"solving": {"elapsed": {"hours": 3}, "due_at": z("mon 14:00"), "state": "running"}}),
    )
    yield case(
        "extra-time-outside-the-hours-of-its-calendar",
        "4.4",
        "Mon 10:00 is outside the night shift: four hours and one more, Mon 22:00 + 5 h = Tue 03:00",
        desk(
            clocks=[policy | {"calendar": "night", "targets": [{"time": working(hours=4), "extra": working(hours=1)}]}]
        ),
        opened(),
        look("mon 10:00", clocks={"solving": {"due_at": z("tue 03:00"), "target": {"hours": 5}}}),
    )
    yield case(
        "no-extra-time-inside-the-hours-of-its-calendar",
        "4.4",
        "Mon 23:00 is inside the night shift: four hours, Tue 03:00",
        desk(
            clocks=[policy | {"calendar": "night", "targets": [{"time": working(hours=4), "extra": working(hours=1)}]}]
        ),
        opened("mon 23:00"),
        look("mon 23:00", clocks={"solving": {"due_at": z("tue 03:00"), "target": {"hours": 4}}}),
    )
    yield case(
        "warning-counts-on-the-calendar-of-its-clock",
        "4.7",
        "half of four hours by night: Mon 22:00 + 2 h = Tue 00:00; the miss is a microsecond after Tue 02:00",
        desk(
            on("half", {"after": {"span": {"of_target": 50}, "since": {"started": "solving"}}}),
            clocks=[policy | {"calendar": "night"}],
        ),
        opened(),
        look(
            "tue 03:00",
            automatic=[
                {"rule": "half", "at": z("tue 00:00")},
                {"rule": "sla.solving.breach", "at": "2026-11-24T02:00:00.000001Z"},
            ],
        ),
    )
    yield case(
        "report-of-working-time-on-another-calendar",
        "4.2",
        "solved on Tue 01:00: 15 hours have passed, of which 8 on Monday by day and 3 by night",
        desk(),
        opened(),
        move("solve", "tue 01:00"),
        {
            "reports": {"T-1": {"first_resolution": {"elapsed": {"hours": 15}, "working": {"hours": 8}}}},
            "at": z("tue 02:00"),
        },
        {
            "reports": {"T-1": {"first_resolution": {"elapsed": {"hours": 15}, "working": {"hours": 3}}}},
            "at": z("tue 02:00"),
            "calendar": "night",
        },
    )
