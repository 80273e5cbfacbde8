"""Documents that are read and refused, and what differs between rule sets; canonical forms are written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.support.required_cases.writing import Json, after, elapsed, rules, send

AT = "2026-11-23T10:00:00Z"
ANA: Json = {"id": "ana", "role": "agent"}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _readable()
    yield from _rejected()
    yield from _differences()
    yield from _limits()


def _canonical(plain: Json) -> str:
    """Return JSON with sorted keys and without white space. Defaults are left out by hand."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _read(name: str, kind: str, source: str, given: Json, canonical: Json, clauses: str = "6.1") -> Json:
    head = {"format": f"{kind}/1"}
    return {
        "id": name,
        "kind": kind,
        "clauses": clauses.split(),
        "source": source,
        "read": json.dumps(head | given),
        "canonical": _canonical(head | canonical),
    }


def _command(**more: object) -> Json:
    return {"do": "assign", "assignee": "eva", "at": AT, "by": ANA, **more}


def _holidays(**more: object) -> Json:
    return {"country": "XX", "names": {"2026-12-25": "Christmas"}, "first_year": 2026, "last_year": 2026, **more}


def _desk(calendar: Json, **more: object) -> Json:
    workflow = {
        "states": [{"name": "open"}, {"name": "done", "category": "closed"}],
        "transitions": [{"name": "end", "sources": ["open"], "target": "done", "may": ["agent"]}],
    }
    return {
        "name": "desk",
        "workflow": workflow,
        "calendars": {"default": {"zone": "UTC", "week": "mon 09:00-18:00", **calendar}},
        **more,
    }


def _readable() -> Iterator[Json]:
    yield _read(
        "command-with-all-heads",
        "command",
        "the version, the delivery and the hints are kept",
        _command(event_id="e1", expected_version=3),
        _command(event_id="e1", expected_version=3),
    )
    yield _read(
        "command-without-defaults",
        "command",
        "an empty list of hints and null are defaults",
        _command(event_id=None, without_hints=[]),
        _command(),
    )
    for name, given in (
        ("offset", "2026-11-23T07:00:00-03:00"),
        ("fraction-of-zero", "2026-11-23T10:00:00.000Z"),
        ("lower-case", "2026-11-23t10:00:00z"),
    ):
        yield _read(
            f"instant-with-{name}",
            "command",
            "the same instant, written in UTC",
            _command(at=given),
            _command(),
            "6.1 1.9",
        )
    yield _read(
        "instant-with-microseconds",
        "command",
        "as many places as there are",
        _command(at="2026-11-23T10:00:00.250000Z"),
        _command(at="2026-11-23T10:00:00.250000Z"),
        "6.1 1.1",
    )
    for name, value in (("text", "high"), ("number", 5), ("truth", True), ("null", None), ("instant", {"instant": AT})):
        fields = {"do": "set_fields", "fields": {"level": value}, "at": AT, "by": ANA}
        yield _read(f"field-value-that-is-{name}", "command", "a value keeps its type", fields, fields)
    yield _read(
        "instant-of-a-field-in-utc",
        "command",
        "an instant in a field is an instant",
        {"do": "set_fields", "fields": {"call": {"instant": "2026-11-23T07:00:00-03:00"}}, "at": AT, "by": ANA},
        {"do": "set_fields", "fields": {"call": {"instant": AT}}, "at": AT, "by": ANA},
    )
    yield _read(
        "action-that-sets-a-number",
        "action",
        "a value keeps its type",
        {"set_field": {"field": "level", "value": 5}},
        {"set_field": {"field": "level", "value": 5}},
    )
    yield _read(
        "action-by-its-tag-alone", "action", "one attribute stands for the object", {"move": "close"}, {"move": "close"}
    )
    yield _read(
        "action-to-the-owner",
        "action",
        "not the default recipient",
        {"send_message": {"template": "a", "to": "owner"}},
        {"send_message": {"template": "a", "to": "owner"}},
    )
    holidays = _desk({"public_holidays": _holidays()})
    yield _read(
        "countrys-own-dates",
        "rules",
        "a country that no source knows lists its dates, and they are kept",
        holidays,
        holidays,
        "6.1 1.5",
    )
    summer = {"first": "06-01", "last": "08-31", "week": "mon-fri 08:00-15:00"}
    closed = {"first": "2026-08-10", "last": "2026-08-21", "week": ""}
    holidays = {"easter-2": "Good Friday", "07-04 observed sat-1 sun+1": "Independence Day"}
    written: Json = {
        "holidays": holidays,
        "half_days": {"2nd and 4th sat": "12:00", "easter": "12:00", "last business day of jan and dec": "12:30"},
        "late_days": {"business day after easter+1": "12:00"},
        "overrides": {"last sun of nov": "10:00-12:00"},
        "excluded_holidays": ["2026-11-24", "Good Friday"],
        "dated_until": "2027-12-31",
    }
    unsorted: Json = {
        "half_days": {"4th, 2nd sat": "12:00", "easter+0": "12:00", "last business day of dec, jan": "12:30"},
        "excluded_holidays": ["Good Friday", "2026-11-24", "Good Friday"],
        "periods": [closed, summer],
    }
    yield _read(
        "rules-for-dates-have-one-text",
        "rules",
        "numbers and months are sorted and joined by and, a distance of zero is left out, and sets and periods sorted",
        _desk(written | unsorted),
        _desk(written | {"periods": [summer, closed]}),
        "6.1 1.3",
    )
    several = _desk(
        {
            "holidays": {"2026-11-25": "a fair", "12-25": "Christmas"},
            "half_days": {"12-24": "12:00"},
            "overrides": {"2026-11-26": "10:00-12:00", "2026-11-27": ""},
        }
    )
    yield _read(
        "dates-of-one-year-and-of-every-year",
        "rules",
        "dates and dates of every year side by side",
        several,
        several,
        "6.1 1.3",
    )
    timed = _desk(
        {},
        automations=[
            {
                "id": "a",
                "when": {"after": {"span": {"elapsed": {"minutes": 90}}, "since": "created"}},
                "then": [send("x")],
            }
        ],
    )
    whole = _desk(
        {},
        automations=[
            {
                "id": "a",
                "when": {"after": {"span": {"elapsed": {"hours": 1, "minutes": 30}}, "since": "created"}},
                "then": [send("x")],
            }
        ],
    )
    yield _read(
        "ninety-minutes-are-an-hour-and-a-half",
        "rules",
        "units are carried: 90 minutes are 1 hour 30 minutes",
        timed,
        whole,
    )
    explicit = _desk(
        {},
        automations=[
            {
                "id": "a",
                "when": {"on_message": "customer"},
                "then": [send("x", "customer")],
                "rank": 0,
                "generation": 1,
                "is_enabled": True,
                "calendar": "default",
                "given": {"all": []},
            }
        ],
    )
    short = _desk({}, automations=[{"id": "a", "when": {"on_message": "customer"}, "then": [send("x")]}])
    yield _read(
        "defaults-of-a-rule-are-left-out",
        "rules",
        "rank 0, generation 1, enabled, on default, always, to the customer",
        explicit,
        short,
    )


def _reject(name: str, kind: str, source: str, text: object, *problems: tuple[str, str], clauses: str = "6.2") -> Json:
    given = text if isinstance(text, str) else json.dumps({"format": f"{kind}/1", **text})  # type: ignore[dict-item]
    expected = [{"code": code, "pointer": pointer} for code, pointer in problems]
    return {
        "id": name,
        "kind": kind,
        "clauses": clauses.split(),
        "source": source,
        "reject": given,
        "problems": expected,
    }


def _rejected() -> Iterator[Json]:
    fields = {"do": "set_fields", "at": AT, "by": ANA}
    yield _reject(
        "unknown-key-among-an-instants",
        "command",
        "the value of a field is an instant alone",
        {**fields, "fields": {"call": {"instant": AT, "zone": "UTC"}}},
        ("wrong_type", "/fields/call"),
    )
    yield _reject(
        "instant-of-a-field-without-offset",
        "command",
        "it names no instant",
        {**fields, "fields": {"call": {"instant": "2026-11-23T10:00:00"}}},
        ("bad_value", "/fields/call"),
        clauses="6.3 1.1",
    )
    yield _reject(
        "list-as-the-value-of-a-field",
        "command",
        "a value is no list",
        {**fields, "fields": {"level": ["high"]}},
        ("wrong_type", "/fields/level"),
    )
    for name, part, where in (
        ("rule-for-dates-that-is-none", {"half_days": {"last friday": "12:00"}}, "/half_days/last friday"),
        (
            "rule-for-business-days-of-another",
            {"holidays": {"business day after last business day": "x"}},
            "/holidays/business day after last business day",
        ),
        (
            "two-texts-of-one-rule",
            {"overrides": {"1st and 2nd mon": "", "1st, 2nd mon": ""}},
            "/overrides/1st, 2nd mon",
        ),
        (
            "observed-rule-without-days",
            {"holidays": {"07-04 observed sat": "x"}},
            "/holidays/07-04 observed sat",
        ),
        (
            "observed-rule-moved-by-seven-days",
            {"holidays": {"07-04 observed sat-7": "x"}},
            "/holidays/07-04 observed sat-7",
        ),
        (
            "observed-rule-of-no-date",
            {"holidays": {"someday observed sat-1": "x"}},
            "/holidays/someday observed sat-1",
        ),
        ("period-without-an-end", {"periods": [{"first": "06-01", "last": "last fri", "week": ""}]}, "/periods/0"),
        ("excluded-name-of-no-holiday", {"holidays": {"12-25": "x"}, "excluded_holidays": ["y"]}, ""),
        ("date-after-the-end-of-the-list", {"holidays": {"2027-12-25": "x"}, "dated_until": "2026-12-31"}, ""),
    ):
        yield _reject(
            name,
            "rules",
            "see 1.3 and 1.5",
            _desk(part),
            ("bad_value", f"/calendars/default{where}"),
            clauses="6.2 1.3",
        )
    yield _reject(
        "unknown-key-of-a-countrys-dates",
        "rules",
        "the country has names and two years, and no zone",
        _desk({"public_holidays": _holidays(zone="UTC")}),
        ("unknown_key", "/calendars/default/public_holidays/zone"),
    )
    yield _reject(
        "years-of-a-country-the-wrong-way-round",
        "rules",
        "2027 to 2026 is no range",
        _desk({"public_holidays": _holidays(first_year=2027)}),
        ("bad_value", "/calendars/default/public_holidays"),
    )
    yield _reject(
        "date-of-a-country-that-is-none",
        "rules",
        "November has 30 days",
        _desk({"public_holidays": _holidays(names={"2026-11-31": "x"})}),
        ("bad_value", "/calendars/default/public_holidays/names/2026-11-31"),
    )
    yield _reject(
        "role-that-is-none",
        "command",
        "there is no such role",
        _command(by={"id": "ana", "role": "boss"}),
        ("unknown_name", "/by/role"),
    )
    yield _reject(
        "unknown-command", "command", "there is no such command", _command(do="assing"), ("unknown_name", "/do")
    )
    yield _reject(
        "command-without-its-actor",
        "command",
        "every command has by",
        {"do": "assign", "assignee": "eva", "at": AT},
        ("missing_key", "/by"),
    )
    yield _reject(
        "two-problems-of-a-command",
        "command",
        "both problems are reported",
        _command(at="soon", by={"role": "agent"}),
        ("bad_value", "/at"),
        ("missing_key", "/by/id"),
    )
    yield _reject(
        "another-kind-of-document",
        "command",
        "an action is no command",
        '{"format": "action/1", "move": "close"}',
        ("wrong_format", "/format"),
        clauses="6.1",
    )
    yield _reject("no-document-at-all", "action", "a list has no format", "[]", ("wrong_type", ""), clauses="6.3")
    yield _reject(
        "action-with-two-tags",
        "action",
        "which of the two is meant?",
        {"move": "close", "assign": "ana"},
        ("wrong_type", ""),
        clauses="6.2",
    )


def _compare(name: str, source: str, old: Json, new: Json, *differences: Json) -> Json:
    return {"id": name, "clauses": ["3.16"], "source": source, "old": old, "new": new, "differences": [*differences]}


def _changed(kind: str, *path: str, means: bool = True) -> Json:
    return {"kind": kind, "path": [*path]} | ({} if means else {"changes_meaning": False})


def _differences() -> Iterator[Json]:
    tell = after("tell", elapsed(hours=1))
    states = [{"name": "open"}, {"name": "new"}, {"name": "closed", "category": "closed"}]
    moves = [
        {"name": "begin", "sources": ["new"], "target": "open", "may": ["agent"]},
        {"name": "close", "sources": ["open", "new"], "target": "closed", "may": ["agent"]},
    ]

    def desk(*openings: Json, order: tuple[int, ...] = (0, 1, 2)) -> Json:
        more = {"openings": [*openings]} if openings else {}
        return rules(workflow={"states": [states[index] for index in order], "transitions": moves, **more})

    by_customer, by_agent = ({"target": "new", "may": ["customer"]}, {"target": "open", "may": ["agent"]})
    yield _compare("same-rule-sets-do-not-differ", "equal values", rules(tell), rules(tell))
    yield _compare(
        "order-of-rules-is-no-difference",
        "listing order means nothing (3.10)",
        rules(tell, after("b", elapsed(hours=1))),
        rules(after("b", elapsed(hours=1)), tell),
    )
    yield _compare("rule-added", "one rule more", rules(), rules(tell), _changed("added", "automations", "tell"))
    yield _compare("rule-removed", "one rule less", rules(tell), rules(), _changed("removed", "automations", "tell"))
    office = {"zone": "UTC", "week": "mon-fri 09:00-18:00", "holidays": {"easter-2": "Good Friday"}}
    yield _compare(
        "name-of-a-holiday-changed",
        "names of holidays decide nothing (1.5)",
        rules(calendars={"default": office}),
        rules(calendars={"default": office | {"holidays": {"easter-2": "Friday"}}}),
        _changed("changed", "calendars", "default", "holidays") | {"changes_meaning": False},
    )
    period = {"first": "06-01", "last": "08-31", "week": "mon-fri 08:00-15:00"}
    yield _compare(
        "period-added",
        "summer hours",
        rules(calendars={"default": office}),
        rules(calendars={"default": office | {"periods": [period]}}),
        _changed("added", "calendars", "default", "periods", "06-01 to 08-31 mon-fri 08:00-15:00"),
    )
    yield _compare(
        "rank-changed",
        "the rank of a rule",
        rules(tell),
        rules({**tell, "rank": 5}),
        _changed("changed", "automations", "tell", "rank"),
    )
    yield _compare(
        "generation-changed",
        "the generation of a rule",
        rules(tell),
        rules({**tell, "generation": 2}),
        _changed("changed", "automations", "tell", "generation"),
    )
    yield _compare(
        "label-changed",
        "no ticket notices a label",
        rules(tell),
        rules({**tell, "labels": {"en": "Tell"}}),
        _changed("added", "automations", "tell", "labels", "en", means=False),
    )
    yield _compare(
        "opening-added-for-others",
        "customers begin in new; agents could begin nowhere, and now in open",
        desk(by_customer),
        desk(by_customer, by_agent),
        _changed("added", "workflow", "openings", "open"),
    )
    yield _compare(
        "opening-removed",
        "agents can begin no ticket any more",
        desk(by_customer, by_agent),
        desk(by_customer),
        _changed("removed", "workflow", "openings", "open"),
    )
    yield _compare(
        "opening-for-other-people",
        "the same way in, for the agent and not the customer: a role added, a role removed",
        desk(by_customer),
        desk({**by_customer, "may": ["agent"]}),
        _changed("added", "workflow", "openings", "new", "may", "agent"),
        _changed("removed", "workflow", "openings", "new", "may", "customer"),
    )
    yield _compare(
        "first-state-is-another",
        "without openings tickets begin in the first state; the order of the list itself means nothing",
        desk(),
        desk(order=(1, 0, 2)),
        _changed("changed", "workflow", "states"),
        _changed("changed", "workflow", "states", means=False),
    )
    yield _compare(
        "bound-changed",
        "another bound",
        rules(tell),
        rules(tell, steps_at_one_instant=5),
        _changed("changed", "steps_at_one_instant"),
    )


def _timer(span: Json, since: object = "created") -> Json:
    return _desk({}, automations=[{"id": "a", "when": {"after": {"span": span, "since": since}}, "then": [send("x")]}])


def _recurring(recurrence: Json) -> Json:
    when = {"on": recurrence}
    return _desk({}, automations=[{"id": "a", "when": when, "then": [send("x")]}])


def _yearly(month: int, day: int) -> Json:
    return _recurring({"every_year": {"month": month, "day": day, "at": "09:00"}})


def _asking(condition: Json) -> Json:
    rule = {"id": "a", "when": {"on_message": "customer"}, "then": [send("x")], "given": condition}
    return _desk({}, automations=[rule])


def _with_outcome(outcome: str, *fields: Json) -> Json:
    states = [{"name": "open"}, {"name": "done", "category": "closed", "outcome": outcome}]
    desk = _desk({})
    return {**desk, "workflow": {**desk["workflow"], "states": states} | ({"fields": [*fields]} if fields else {})}


def _limits() -> Iterator[Json]:
    """Yield the last value that is accepted, and the first that is refused."""
    spans: tuple[tuple[str, Json], ...] = (
        ("elapsed-time", {"elapsed": {"days": 36_525}}),
        ("business-days", {"business_days": {"days": 36_525}}),
        ("months", {"calendar_span": {"months": 1_200}}),
    )
    for name, span in spans:
        desk = _timer(span)
        yield _read(f"{name}-of-a-hundred-years", "rules", "no longer than a hundred years, of 36,525 days", desk, desk)
    for month, last in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1):
        yield _read(
            f"every-year-on-the-last-of-month-{month}",
            "rules",
            "the month has that day",
            _yearly(month, last),
            _yearly(month, last),
        )
        yield _reject(
            f"every-year-after-the-last-of-month-{month}",
            "rules",
            "no year has that date",
            _yearly(month, last + 1),
            ("bad_value", "/automations/0/when/on/every_year"),
        )
    yield _read(
        "condition-of-one-reopening", "rules", "one or more", _asking({"reopened": 1}), _asking({"reopened": 1})
    )
    yield _reject(
        "condition-of-no-reopening",
        "rules",
        "it would always hold",
        _asking({"reopened": 0}),
        ("bad_value", "/automations/0/given"),
    )
    outcome = {"name": "outcome", "choices": ["won", "lost"]}
    known = _with_outcome("won", outcome)
    yield _read("state-with-an-outcome", "rules", "the field outcome can be won", known, known)
    yield _reject(
        "state-with-an-unknown-outcome",
        "rules",
        "the field outcome can be won or lost",
        _with_outcome("left", outcome),
        ("unknown_name", "/workflow/states/1"),
    )
    yield _reject(
        "state-with-an-outcome-of-no-field",
        "rules",
        "the desk has no field outcome",
        _with_outcome("won"),
        ("unknown_name", "/workflow/states/1"),
    )
