"""Documents at their limits, and definitions that are refused; canonical forms are written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    Json,
    after,
    elapsed,
    on,
)

SYSTEM: Json = {"role": "system", "id": "ticketflow"}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _recurrences()
    yield from _defaults()
    yield from _definitions()
    yield from _lengths()
    yield from _tickets()


def _canonical(plain: Json) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


WORKFLOW: Json = {
    "states": [{"name": "open"}, {"name": "done", "category": "closed"}],
    "transitions": [{"name": "end", "sources": ["open"], "target": "done", "may": ["agent"]}],
}


def _desk(workflow: Json = {}, /, **more: Any) -> Json:
    return {
        "format": "rules/1",
        "name": "desk",
        "workflow": {**WORKFLOW, **workflow},
        "calendars": {"default": {"zone": "UTC", "week": "mon 09:00-18:00"}},
        **more,
    }


def _read(name: str, clauses: str, source: str, given: Json, canonical: Json | None = None) -> Json:
    return {
        "id": name,
        "clauses": clauses.split(),
        "source": source,
        "read": json.dumps(given),
        "canonical": _canonical(given if canonical is None else canonical),
    }


def _reject(name: str, clauses: str, source: str, given: Json, *problems: tuple[str, str]) -> Json:
    return {
        "id": name,
        "clauses": clauses.split(),
        "source": source,
        "reject": json.dumps(given),
        "problems": [{"code": code, "pointer": pointer} for code, pointer in problems],
    }


def _weekly(weekday: str, at: object) -> Json:
    return _desk(automations=[on("weekly", {"on": {"every_week": {"weekday": weekday, "at": at}}})])


_WEEKDAYS = (
    ("one-name", "monday", "monday", "one day has its full name"),
    ("one-short-name", "mon", "monday", "one day has its full name"),
    ("two-days", "mon,wed", "mon,wed", "two days are named one by one"),
    ("two-neighbors", "mon-tue", "mon,tue", "two days make no range"),
    ("three-days", "mon,tue,wed", "mon-wed", "three days in a row are a range"),
    ("a-range-over-the-weekend", "sat-mon", "mon,sat,sun", "Saturday, Sunday, Monday, from Monday on"),
    ("range-and-day", "fri,mon-wed", "mon-wed,fri", "from Monday on"),
    ("every-day", "mon-sun", "mon-sun", "all seven"),
    ("a-day-twice", "mon,monday,wed", "mon,wed", "a day counts once"),
    ("range-of-one", "wed-wed", "wednesday", "one day has its full name"),
)


def _recurrences() -> Iterator[Json]:
    for name, given, days, why in _WEEKDAYS:
        yield _read(f"weekdays-as-{name}", "3.1 6.1", why, _weekly(given, "09:00"), _weekly(days, "09:00"))
    for name, at, canonical, why in (
        ("midnight", "00:00", "00:00", "00:00 is a time of day"),
        ("last-minute", "23:59", "23:59", "59 minutes are possible"),
        ("one-in-a-list", ["09:00"], "09:00", "one time is no list"),
        ("several", ["14:00", "08:00"], ["08:00", "14:00"], "several are in order"),
        ("twice", ["09:00", "09:00"], "09:00", "a time counts once"),
    ):
        yield _read(f"time-of-day-{name}", "3.1 6.1", why, _weekly("monday", at), _weekly("monday", canonical))
    pointer = "/automations/0/when/on/every_week"
    for name, weekday, at, why, key in (
        ("of-24-hours", "monday", "24:00", "before 24:00", ""),
        ("of-60-minutes", "monday", "09:60", "an hour has 60 minutes", "/at"),
        ("on-an-unknown-day", "mon,someday", "09:00", "there is no such day", ""),
        ("on-a-range-of-three", "mon-wed-fri", "09:00", "a range has two ends", ""),
        ("on-no-day", "", "09:00", "no day", "/weekday"),
        ("at-no-time", "monday", [], "no time", ""),
    ):
        yield _reject(f"recurrence-{name}", "3.1 6.2", why, _weekly(weekday, at), ("bad_value", pointer + key))


def _defaults() -> Iterator[Json]:
    bounds = {
        "remembered_events": 1000,
        "steps_at_one_instant": 64,
        "unattended_changes": 100,
        "occurrences_per_call": 1000,
    }
    yield _read("default-bounds-are-left-out", "3.14 6.1", "the defaults of 3.14", _desk(**bounds), _desk())
    others = {name: number + 1 for name, number in bounds.items() if name != "steps_at_one_instant"}
    yield _read("other-bounds-are-kept", "3.14 6.1", "one more than the defaults", _desk(**others))
    most = {
        "remembered_events": 10_000,
        "steps_at_one_instant": 1_000,
        "unattended_changes": 10_000,
        "occurrences_per_call": 100_000,
    }
    yield _read("bounds-at-their-most", "3.14", "the table of 3.14", _desk(**most))
    for name, number in most.items():
        yield _reject(
            f"bound-over-its-most-{name.replace('_', '-')}",
            "3.14 6.2",
            f"at most {number}",
            _desk(**{name: number + 1}),
            ("bad_value", f"/{name}"),
        )
    yield {
        "id": "plan-of-nothing",
        "kind": "plan",
        "clauses": ["3.11", "6.1"],
        "source": "an empty plan is of no ticket and of version 0: all defaults",
        "read": json.dumps({"format": "plan/1", "version": 0, "due": [], "has_more": False}),
        "canonical": '{"format":"plan/1"}',
    }


def _nested(unions: int) -> Json:
    """Return a calendar that is a union with a union, and so on."""
    calendar: Json = {"zone": "UTC", "week": "mon 09:00-18:00"}
    for _ in range(unions):
        calendar = {"how": "union", "left": calendar, "right": {"zone": "UTC", "week": "tue 09:00-18:00"}}
    return calendar


def _definitions() -> Iterator[Json]:
    yield _read("name-of-200-characters", "6.3", "at most 200", _desk(name="n" * 200))
    yield _reject("name-of-201-characters", "6.3", "at most 200", _desk(name="n" * 201), ("bad_value", "/name"))
    for date, is_date in (("02-29", True), ("12-31", True), ("02-30", False), ("13-01", False)):
        calendars = {"default": {"zone": "UTC", "week": "mon 09:00-18:00", "holidays": {date: "x"}}}
        if is_date:
            yield _read(f"yearly-date-{date}", "1.3", "some year has this date", _desk(calendars=calendars))
        else:
            pointer = f"/calendars/default/holidays/{date}"
            yield _reject(
                f"yearly-date-{date}", "1.3 6.2", "no year has it", _desk(calendars=calendars), ("bad_value", pointer)
            )
    for name, hours, why in (
        ("of-60-minutes", "mon 09:60-18:00", "an hour has 60 minutes"),
        ("after-24-hours", "mon 09:00-24:01", "a day has 24 hours"),
    ):
        calendars = {"default": {"zone": "UTC", "week": hours}}
        yield _reject(
            f"shift-{name}", "1.3 6.2", why, _desk(calendars=calendars), ("bad_value", "/calendars/default/week")
        )
    last_minute = {"default": {"zone": "UTC", "week": "mon 00:00-23:59"}}
    yield _read("shift-to-the-last-minute", "1.3", "59 minutes are possible", _desk(calendars=last_minute))
    yield _read("calendars-24-deep", "6.2", "24 are allowed", _desk(calendars={"default": _nested(24)}))
    yield _reject(
        "calendars-25-deep",
        "6.2",
        "24 are allowed",
        _desk(calendars={"default": _nested(25)}),
        ("bad_value", "/calendars/default"),
    )
    tell = after("tell", elapsed(hours=1))
    for name in ("snooze.wake", "snooze.clear", "sla.solving.breach", "sla.anything"):
        yield _reject(
            f"reserved-id-{name.replace('.', '-')}",
            "6.2",
            "ids of implied rules are reserved, and so is their beginning",
            _desk(automations=[{**tell, "id": name}]),
            ("bad_value", "/automations/0"),
        )
    months = _desk(automations=[after("tell", {"calendar_span": {"months": 1200}})])
    too_many = _desk(automations=[after("tell", {"calendar_span": {"months": 1201}})])
    yield _read(
        "span-of-a-hundred-years",
        "6.3",
        "1,200 months are a hundred years",
        months,
        _desk(automations=[after("tell", {"calendar_span": {"months": 1200}})]),
    )
    yield _reject(
        "span-over-a-hundred-years",
        "6.3",
        "1,201 months are more",
        too_many,
        ("bad_value", "/automations/0/when/after/span"),
    )
    ends = _desk(automations=[{**tell, "ended_by": {"entered": {"state": "nowhere"}}}])
    yield _reject(
        "end-by-an-unknown-state",
        "6.2",
        "no state has this name",
        ends,
        ("unknown_name", "/automations/0/ended_by"),
    )
    yield _reject(
        "snooze-choice-over-a-hundred-years",
        "6.2 6.3",
        "no span is over a hundred years",
        _desk(snoozing={"choices": [{"later_today": {"after": {"days": 36_526}}}]}),
        ("bad_value", "/snoozing/choices/0/later_today/after"),
    )
    stage = _desk(
        {
            "fields": [{"name": "return_stage", "choices": ["open", "done"]}],
            "openings": [{"target": "open", "may": ["customer"]}],
        }
    )
    yield _reject(
        "return-stage-without-an-opening",
        "2.3 6.2",
        "nobody can open a ticket in done",
        stage,
        ("unknown_name", "/workflow/fields"),
    )

    scores = _desk({"lists": [{"name": "threes", "shows": {"rating_is": {"at_least": 3, "at_most": 3}}}]})
    yield _read("rating-of-exactly-three", "3.1", "the lower score and the higher one can be equal", scores)
    crossed = _desk(automations=[{**tell, "given": {"rating_is": {"at_least": 4, "at_most": 3}}}])
    yield _reject("ratings-the-wrong-way-round", "3.1 6.2", "4 to 3", crossed, ("bad_value", "/automations/0/given"))
    fields = [{"name": name, "kind": "number"} for name in ("a", "b", "c")]

    def table(*rows: list[int]) -> Json:
        look_up = {"look_up": {"field": "c", "inputs": ["a", "b"], "rows": [*rows]}}
        return _desk({"fields": fields}, automations=[{**tell, "then": [look_up]}])

    yield _read(
        "table-with-one-equal-input", "3.1", "1 and 2 are other inputs than 1 and 1", table([1, 1, 5], [1, 2, 5])
    )
    for name, rows, why in (
        ("with-the-same-inputs-twice", ([1, 1, 5], [1, 1, 6]), "which of the two is meant?"),
        ("with-a-row-that-is-too-long", ([1, 1, 5, 6],), "two inputs and a value"),
        ("with-a-row-that-is-too-short", ([1, 5],), "two inputs and a value"),
        ("without-rows", (), "there are no rows"),
    ):
        place = "/automations/0/then"
        yield _reject(f"table-{name}", "3.1 6.2", why, table(*rows), ("bad_value", place))
    measure: Json = {"runs": {"all": []}}
    target: Json = {"time": {"elapsed": {"hours": 1}}}
    clock: Json = {"name": "solving", "measure": measure, "targets": [target]}
    yield _read("clock-name-of-40-characters", "6.3", "40 are allowed", _desk(clocks=[{**clock, "name": "c" * 40}]))
    yield _reject(
        "clock-name-of-41-characters",
        "6.3 6.2",
        "40 are allowed",
        _desk(clocks=[{**clock, "name": "c" * 41}]),
        ("bad_value", "/clocks/0"),
    )
    in_days = {"before_due": {"business_days": {"days": 1}}}
    yield _reject(
        "warning-in-business-days-without-a-calendar",
        "4.7 6.2",
        "there is no calendar to count them on",
        _desk(clocks=[{**clock, "calendar": None, "warn_at": [in_days]}]),
        ("bad_value", "/clocks/0/calendar"),
    )
    yield _read(
        "warning-in-business-days",
        "4.7",
        "on the calendar of the clock",
        _desk(clocks=[{**clock, "warn_at": [in_days]}]),
    )
    for name, span in (
        ("elapsed-time", {"before_due": {"elapsed": {"minutes": 1}}}),
        ("working-time", {"before_due": {"working_time": {"minutes": 1}}}),
        ("a-part", {"of_target": 50}),
    ):
        yield _read(
            f"warning-without-a-calendar-in-{name}",
            "4.7",
            "only business days need a calendar",
            _desk(clocks=[{**clock, "calendar": None, "warn_at": [span]}]),
        )
    second = {**clock, "targets": [{"time": {"elapsed": {"seconds": 1}}}]}
    yield _read("target-of-a-second", "6.2", "a second is the least", _desk(clocks=[second]))
    yield _reject(
        "multiple-of-less-than-a-second",
        "4.2 6.2",
        "half of a second is less than a second",
        _desk(clocks=[{**second, "multipliers": [{"percent": 50}]}]),
        ("bad_value", "/clocks/0/multipliers/0/percent"),
    )


def _lengths() -> Iterator[Json]:
    """Lists at the lengths that docs/reliability.md allows, and one longer."""

    def states(number: int) -> Json:
        more = [{"name": f"s{index}", "category": "closed"} for index in range(number - 2)]
        return _desk({"states": [*WORKFLOW["states"], *more]})

    def pipelines(number: int) -> Json:
        stages = [{"name": f"s{index}", "pipeline": f"p{index}"} for index in range(number)]
        names = [each["name"] for each in stages]
        return _desk(
            {
                "states": [*WORKFLOW["states"], *stages],
                "transitions": [
                    {"name": "end", "sources": sorted([*names, "open"]), "target": "done", "may": ["agent"]}
                ],
                "openings": [{"target": name, "may": ["agent"]} for name in names],
                "pipelines": [{"name": f"p{index}", "entry": f"s{index}"} for index in range(number)],
            }
        )

    def countries(number: int) -> Json:
        office: Json = {"zone": "UTC", "week": "mon 09:00-18:00"}
        years = {"names": {"2026-12-25": "x"}, "first_year": 2026, "last_year": 2026}
        codes = [f"X{chr(ord('A') + index)}" for index in range(number)]
        own = {f"c{code.lower()}": {**office, "public_holidays": {"country": code, **years}} for code in codes}
        return _desk(calendars={"default": office, **own})

    for name, made, most, pointer in (
        ("states", states, 200, "/workflow/states"),
        ("pipelines", pipelines, 100, "/workflow/pipelines"),
        ("countries", countries, 20, "/calendars"),
    ):
        yield _read(f"{most}-{name}", "6.3", f"at most {most}", made(most))
        yield _reject(f"{most + 1}-{name}", "6.3 6.2", f"at most {most}", made(most + 1), ("too_many", pointer))
    rule: Json = {"when": "on_wake", "then": ["cancel_snooze"]}
    yield _read(
        "1000-rules",
        "6.3",
        "at most 1,000",
        _desk(automations=[{"id": f"r{index:03}", **rule} for index in range(1000)]),
    )
    yield _reject(
        "1001-rules",
        "6.3 6.2",
        "at most 1,000",
        _desk(automations=[{"id": f"r{index}", **rule} for index in range(1001)]),
        ("too_many", "/automations"),
    )
    hours = [(f"2026-{1 + day // 28:02}-{1 + day % 28:02}", hour) for day in range(48) for hour in range(22)]
    stretches = [[f"{day}T{hour:02}:00:00Z", f"{day}T{hour:02}:30:00Z"] for day, hour in hours[:1001]]
    office = {"zone": "UTC", "week": "mon 09:00-18:00"}
    yield _read(
        "1001-fixed-intervals",
        "6.3",
        "10,000 fixed intervals are allowed, though other lists end at 1,000",
        _desk(calendars={"default": {"how": "difference", "left": office, "right": {"stretches": stretches}}}),
    )


def _tickets() -> Iterator[Json]:
    """A follow-up names the history of the closed ticket; version 1 had it nested in the opening."""

    def entry(number: int, at: str, by: Json, command: str, *events: Json) -> Json:
        cause = {"by_command": {"command": command}}
        return {"sequence": number, "id": str(number), "at": at, "actor": by, "cause": cause, "events": [*events]}

    opening: Json = {"ticket": "T-1", "state": "open", "category": "open"}
    earlier = [
        entry(0, "2026-11-23T10:00:00Z", BRUNO, "open", {"opened": opening}),
        entry(
            1,
            "2026-11-23T11:00:00Z",
            ANA,
            "move",
            {"state_changed": {"before": "open", "after": "closed", "category": "closed", "transition": "close"}},
        ),
    ]
    follow_up = {**opening, "ticket": "T-2", "follows": "T-1", "earlier": [earlier]}
    document = {
        "format": "ticket/1",
        "entries": [entry(0, "2026-11-24T10:00:00Z", BRUNO, "follow_up", {"opened": follow_up})],
    }

    def named(version: int = 2, ticket: str = "T-1", form: int = 2) -> Json:
        """Return the document of a follow-up that names the history behind it."""
        digest = ""
        for each in earlier:
            digest = blake2b(f"{digest}{_canonical(each)}".encode(), digest_size=10).hexdigest()
        name = {"ticket": ticket, "version": version, "digest": digest}
        opened = {"opened": {**follow_up, "earlier": name}}
        first = {"v": form, **entry(0, "2026-11-24T10:00:00Z", BRUNO, "follow_up", opened)}
        return {"format": "ticket/1", "entries": [first]}

    for name, read in (("names", named()), ("had-nested", document)):
        yield {
            "id": f"follow-up-that-{name}-the-history-behind-it",
            "kind": "ticket",
            "clauses": ["2.2", "6.1"],
            "source": "the id, the version, and a digest of the digest before and the canonical text of the last entry",
            "read": json.dumps(read),
            "canonical": _canonical(named()),
        }
    for name, wrong, code, pointer, why in (
        ("of-no-entries", named(version=0), "bad_value", "/events/0/opened/earlier", "it has one entry at least"),
        ("of-another-ticket", named(ticket="T-9"), "bad_value", "", "the closed ticket is the one that it follows"),
        ("of-a-later-form", named(form=3), "wrong_format", "/v", "there are versions 1 and 2"),
    ):
        yield {
            "id": f"follow-up-with-a-history-{name}",
            "kind": "ticket",
            "clauses": ["2.2", "6.2"],
            "source": why,
            "reject": json.dumps(wrong),
            "problems": [{"code": code, "pointer": f"/entries/0{pointer}"}],
        }
    still_open = {**follow_up, "earlier": [earlier[:1]]}
    yield {
        "id": "follow-up-of-an-open-ticket",
        "kind": "ticket",
        "clauses": ["2.2", "6.2"],
        "source": "the history behind it must end closed",
        "reject": json.dumps(
            {**document, "entries": [entry(0, "2026-11-24T10:00:00Z", BRUNO, "follow_up", {"opened": still_open})]}
        ),
        "problems": [{"code": "bad_value", "pointer": "/entries/0"}],
    }

    def acted(arming: str = "0", armed: int = 0, ticket: str = "T-1", actor: Json = SYSTEM, id: str = "") -> Json:
        """Return the document of a ticket on which a rule acted, by default as a rule does."""
        key = {"ticket": ticket, "rule": "tell", "generation": 1, "arming": arming, "occurrence": 0}
        digest = blake2b(f"{ticket}/tell/1/{arming}/0".encode(), digest_size=10).hexdigest()
        since = {"anchor": "created", "since": "2026-11-23T10:00:00Z", "span": {"elapsed": {"hours": 1}}}
        by_rule = {"key": key, "armed": armed, "due_at": "2026-11-23T11:00:00Z", "reason": {"time": since}}
        first = entry(0, "2026-11-23T10:00:00Z", BRUNO, "open", {"opened": opening})
        second = {
            "sequence": 1,
            "id": id or digest,
            "at": "2026-11-23T11:00:00Z",
            "actor": actor,
            "cause": {"by_rule": {**by_rule, "rules": "0" * 20}},
            "events": [{"message_requested": {"template": "tell", "to": "customer", "recipient": "bruno"}}],
        }
        return {"format": "ticket/1", "entries": [first, second]}

    yield {
        "id": "history-with-an-entry-of-a-rule",
        "kind": "ticket",
        "clauses": ["2.2", "3.12", "6.1"],
        "source": "the id is the digest of the key T-1/tell/1/0/0",
        "read": json.dumps(acted()),
        "canonical": _canonical(acted()),
    }
    for name, document, why in (
        ("armed-by-an-unknown-entry", acted(arming="7"), "no outside entry 7 comes before it"),
        ("armed-by-itself", acted(armed=1), "its arming entry is an earlier one"),
        ("armed-by-another-entry-than-its-key-says", acted(arming="1", armed=0), "the first entry has the id 0"),
        ("of-another-ticket", acted(ticket="T-2"), "the key is of this ticket"),
        ("with-an-id-that-is-not-its-keys", acted(id="0123456789abcdef0123"), "the id follows from the key"),
        ("by-a-person", acted(actor=ANA), "the actor is the system"),
    ):
        yield {
            "id": f"entry-of-a-rule-{name}",
            "kind": "ticket",
            "clauses": ["2.2", "6.2"],
            "source": why,
            "reject": json.dumps(document),
            "problems": [{"code": "bad_value", "pointer": "/entries/1"}],
        }
