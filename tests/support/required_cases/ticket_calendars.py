"""Rules, clocks and snoozes that take their calendar from a field of the ticket; worked out by hand.

Dubai is open from 05:00 to 14:00 UTC, Santiago from 12:00 to 21:00, the default from 09:00 to 18:00. Tickets are opened
on Monday at 10:00.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.required_cases.writing import (
    WEEKEND,
    Json,
    acts,
    after,
    case,
    do,
    elapsed,
    look,
    on,
    opened,
    rules,
    say,
    working,
    z,
)

CALENDARS = {
    "dubai": {"zone": "UTC", "week": "mon-fri 05:00-14:00"},
    "chile": {"zone": "UTC", "week": "mon-fri 12:00-21:00"},
    "weekend": WEEKEND,
}
SITE = {"field": "site", "calendars": {"dubai": "dubai", "santiago": "chile"}}
FIELDS = [{"name": "site", "choices": ["dubai", "santiago", "lima"]}]
OPENINGS = [{"target": "open", "may": ["customer"], "takes": ["site"]}]


def desk(*automations: Json, **more: Any) -> Json:
    """Return a rule set with three offices."""
    workflow = {"fields": FIELDS, "openings": OPENINGS}
    return rules(*automations, workflow=workflow, calendars=CALENDARS, **more)


def at_site(site: str | None, at: str) -> Json:
    """Return a step that changes the site."""
    return do("set_fields", at, fields={"site": site})


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _rules()
    yield from _clocks()
    yield from _snoozes()


def _rules() -> Iterator[Json]:
    said = desk(after("said", working(hours=2), calendar=SITE))
    for site, due, why in (
        ("dubai", "mon 12:00", "Dubai is open at 10:00"),
        ("santiago", "mon 14:00", "Santiago opens at 12:00"),
        ("lima", "mon 12:00", "Lima is not in the table, and the default is open at 10:00"),
    ):
        yield case(
            f"a-rule-counts-on-the-calendar-of-{site}",
            "1.12",
            why,
            said,
            opened(fields={"site": site}),
            look("mon 10:00", next_due=z(due)),
        )
    yield case(
        "an-unset-field-means-the-default",
        "1.12",
        "the default is open from 09:00 on",
        said,
        opened(),
        look("mon 10:00", next_due=z("mon 12:00")),
    )
    yield case(
        "another-site-counts-the-span-anew",
        "1.12",
        "two hours from 10:00 on the hours of Santiago end at 14:00; the hour in Dubai does not count",
        said,
        opened(fields={"site": "dubai"}),
        at_site("santiago", "mon 11:00"),
        look("mon 20:00", automatic=acts(("mon 14:00", "said", "said", "mon 14:00"))),
    )
    yield case(
        "another-site-makes-a-rule-past",
        "1.12",
        "in Dubai it was due at 12:00; the ticket came there at 13:00",
        said,
        opened(fields={"site": "santiago"}),
        at_site("dubai", "mon 13:00"),
        look("mon 13:00", automatic=acts(("mon 13:00", "said", "said", "mon 12:00"))),
    )
    yield case(
        "gate-of-the-site",
        "1.12",
        "due at 11:00; Santiago opens at 12:00",
        desk(after("said", elapsed(hours=1), gate=SITE)),
        opened(fields={"site": "santiago"}),
        look("mon 12:00", automatic=acts(("mon 12:00", "said", "said", "mon 11:00"))),
    )
    yield case(
        "another-site-opens-the-gate",
        "1.12",
        "due at 11:00, held by Santiago; Dubai is open when the ticket comes there",
        desk(after("said", elapsed(hours=1), gate=SITE)),
        opened(fields={"site": "santiago"}),
        at_site("dubai", "mon 11:30"),
        look("mon 11:30", automatic=acts(("mon 11:30", "said", "said", "mon 11:00"))),
    )
    yield case(
        "reaction-during-the-hours-of-the-site",
        "1.12",
        "Santiago is closed at 11:00 and open at 12:00",
        desk(on("heard", {"on_message": "customer"}, during={"calendar": SITE})),
        opened(message=None, fields={"site": "santiago"}),
        say("mon 11:00"),
        say("mon 12:00"),
        look("mon 12:00", automatic=acts(("mon 12:00", "heard"))),
    )
    yield case(
        "opening-of-the-site",
        "1.12",
        "Santiago opens at 12:00",
        desk(on("opens", {"at_opening": SITE})),
        opened(fields={"site": "santiago"}),
        look("mon 12:00", automatic=acts(("mon 12:00", "opens", "opens", "mon 12:00"))),
    )


def _clocks() -> Iterator[Json]:
    solve = {
        "name": "solve",
        "measure": "resolution",
        "targets": [{"time": {"working_time": {"hours": 4}}}],
        "calendar": SITE,
    }
    yield case(
        "a-clock-counts-each-stretch-on-the-calendar-then-in-force",
        "1.12",
        "two hours in Dubai until 12:00, and two in Santiago, which opens then",
        desk(clocks=[solve]),
        opened(fields={"site": "dubai"}),
        look("mon 10:00", clocks={"solve": {"due_at": z("mon 14:00")}}),
        at_site("santiago", "mon 12:00"),
        look("mon 13:00", clocks={"solve": {"elapsed": {"hours": 3}, "due_at": z("mon 14:00")}}),
    )
    yield case(
        "a-clock-waits-for-the-opening-of-another-site",
        "1.12",
        "one hour in Dubai; Santiago opens at 12:00, and three hours are left",
        desk(clocks=[solve]),
        opened(fields={"site": "dubai"}),
        at_site("santiago", "mon 11:00"),
        look("mon 11:30", clocks={"solve": {"state": "paused", "due_at": z("mon 15:00")}}),
    )


def _snoozes() -> Iterator[Json]:
    yield case(
        "a-snooze-keeps-the-moment-of-its-site",
        "1.12",
        "Tue has no weekend hours, Sat has; the first snooze stays when the site changes, the next one is of the default",
        desk(snoozing={"calendar": {"field": "site", "calendars": {"santiago": "weekend"}}, "business_days": True}),
        opened(fields={"site": "santiago"}),
        do("snooze", "mon 10:00", choice="tomorrow"),
        at_site("dubai", "mon 11:00"),
        look("mon 11:00", snoozed_until=z("sat 09:00")),
        do("snooze", "mon 12:00", choice="tomorrow"),
        look("mon 12:00", snoozed_until=z("tue 09:00")),
    )
