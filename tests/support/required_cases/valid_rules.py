"""Definitions that just keep a rule of "Valid rule sets", and definitions that just break one; sizes at their limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from tests.support.required_cases.writing import BRUNO, Json, after, elapsed, on, send

OFFICE: Json = {"zone": "UTC", "week": "mon 09:00-18:00"}
STATES: list[Json] = [{"name": "open"}, {"name": "busy"}, {"name": "done", "category": "closed"}]
END: Json = {"name": "end", "sources": ["busy", "open"], "target": "done", "may": ["agent"]}
START: Json = {"name": "start", "sources": ["open"], "target": "busy", "may": ["agent"]}
BACK: Json = {"name": "back", "sources": ["busy"], "target": "open", "may": ["agent"]}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _names()
    yield from _rows()
    yield from _conditions()
    yield from _rules()
    yield from _recurrences()
    yield from _clocks()
    yield from _calendars()
    yield from _sizes()
    yield from _histories()
    yield from _plans()


def _desk(workflow: Json = {}, /, **more: Any) -> Json:
    return {
        "format": "rules/1",
        "name": "desk",
        "workflow": {"states": STATES, "transitions": [START, END], **workflow},
        "calendars": {"default": OFFICE},
        **more,
    }


def _read(name: str, clauses: str, source: str, given: Json, kind: str = "rules") -> Json:
    """Return a case of a document that is read; it is written in its canonical form already, but for white space."""
    return {
        "id": name,
        "kind": kind,
        "clauses": clauses.split(),
        "source": source,
        "read": json.dumps(given),
        "canonical": json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    }


def _reject(name: str, clauses: str, source: str, given: Json, *problems: tuple[str, str], kind: str = "rules") -> Json:
    return {
        "id": name,
        "kind": kind,
        "clauses": clauses.split(),
        "source": source,
        "reject": json.dumps(given),
        "problems": [{"code": code, "pointer": pointer} for code, pointer in problems],
    }


def _names() -> Iterator[Json]:
    shown: Json = {"shows": "is_assigned"}
    for kind, members in (
        ("states", [*STATES, {"name": "busy"}]),
        ("fields", [{"name": "size"}, {"name": "level"}, {"name": "size", "kind": "number"}]),
        ("lists", [{"name": "mine", **shown}, {"name": "all", **shown}, {"name": "mine", "shows": "is_hidden"}]),
    ):
        place = f"/workflow/{kind}/{len(members) - 1}"
        yield _reject(
            f"two-{kind}-of-one-name", "6.2", "names are unique", _desk({kind: members}), ("bad_value", place)
        )
    stages = [{"name": "open", "pipeline": "sales"}, {"name": "busy", "pipeline": "sales"}, STATES[2]]
    pipelines = [{"name": "sales", "entry": "open"}, {"name": "sales", "entry": "busy"}]
    openings = [{"target": "busy", "may": ["agent"]}, {"target": "open", "may": ["agent"]}]
    yield _reject(
        "two-pipelines-of-one-name",
        "6.2 2.3",
        "names are unique",
        _desk({"states": stages, "pipelines": pipelines, "openings": openings}),
        ("bad_value", "/workflow/pipelines/1"),
    )
    yield _reject(
        "group-of-the-name-of-a-role",
        "6.2",
        "agents would be meant, or the members of the group?",
        _desk({"groups": ["agent"]}),
        ("bad_value", "/workflow/groups"),
    )


def _rows() -> Iterator[Json]:
    assigned: Json = {"given": "is_assigned"}
    end_of_busy, end_of_open = ({**END, "sources": [name]} for name in ("busy", "open"))
    for name, rows, why in (
        ("apart", [START, end_of_busy, end_of_open], "they share no source"),
        (
            "apart-with-one-condition",
            [START, {**end_of_busy, **assigned}, {**end_of_open, **assigned}, BACK],
            "they share no source",
        ),
        ("after-a-narrower-one", [START, {**END, **assigned}, END], "the first has a condition"),
        ("with-other-names", [START, END, {**END, "name": "finish"}], "they are two commands"),
    ):
        yield _read(f"rows-{name}", "2.4 6.2", why, _desk({"transitions": rows}))
    for name, rows, why in (
        ("after-a-row-without-a-condition", [START, END, {**end_of_open, **assigned}], "the first is always taken"),
        (
            "after-a-row-with-its-condition",
            [START, {**END, **assigned}, {**end_of_busy, **assigned}, END],
            "equal ones",
        ),
    ):
        yield _reject(
            f"row-{name}", "2.4 6.2", why, _desk({"transitions": rows}), ("bad_value", "/workflow/transitions/2")
        )
    fields = [{"name": "level"}, {"name": "size"}]
    copying = [
        START,
        {**end_of_busy, "follow_up_fields": ["level"]},
        {**end_of_open, "follow_up_fields": ["level", "size"]},
    ]
    yield _read(
        "rows-apart-that-copy-other-fields",
        "2.2 6.2",
        "they lead to one state, but share no source",
        _desk({"fields": fields, "transitions": copying}),
    )
    sharing = [START, {**END, **assigned, "follow_up_fields": ["level"]}, {**END, "follow_up_fields": ["size"]}]
    yield _reject(
        "rows-from-one-state-that-copy-other-fields",
        "2.2 6.2",
        "both lead from busy and open to done",
        _desk({"fields": fields, "transitions": sharing}),
        ("bad_value", "/workflow/transitions/2/follow_up_fields"),
    )
    for ways in (1, 2):
        out = [
            {"name": f"out{number}", "sources": ["done"], "target": "open", "may": ["agent"]} for number in range(ways)
        ]
        yield _reject(
            f"closed-state-with-{ways}-ways-out",
            "2.3 6.2",
            "a closed ticket stays closed",
            _desk({"transitions": [START, END, *out]}),
            ("bad_value", "/workflow/transitions"),
        )


def _nested(levels: int, condition: Any) -> Any:
    for _ in range(levels):
        condition = {"not": condition}
    return condition


def _conditions() -> Iterator[Json]:
    tell = after("tell", elapsed(hours=1))

    def given(condition: Any) -> Json:
        return _desk(automations=[{**tell, "given": condition}])

    yield _reject(
        "condition-of-an-unknown-field",
        "3.1 6.2",
        "no field has this name",
        given({"field_is": {"field": "size", "values": [1]}}),
        ("unknown_name", "/automations/0/given"),
    )
    yield _reject(
        "condition-of-a-field-for-the-rating",
        "3.1 6.2",
        "the rating is no field",
        given({"field_is": {"field": "rating", "values": [1]}}),
        ("bad_value", "/automations/0/given"),
    )
    yield _read("condition-12-deep", "6.2", "12 are allowed", given(_nested(12, "is_assigned")))
    yield _reject(
        "condition-13-deep",
        "6.2",
        "12 are allowed",
        given(_nested(13, "is_assigned")),
        ("bad_value", "/automations/0"),
    )
    allowed = _nested(12, "is_assigned")
    both = {"all": [_nested(11, "is_assigned"), _nested(11, "is_hidden")]}
    yield _read("two-conditions-12-deep", "6.2", "the parts of one condition are as deep as the deepest", given(both))
    yield _read(
        "list-with-a-condition-12-deep",
        "6.2",
        "12 are allowed",
        _desk({"lists": [{"name": "mine", "shows": allowed}]}),
    )
    yield _reject(
        "list-with-a-condition-13-deep",
        "6.2",
        "12 are allowed",
        _desk({"lists": [{"name": "mine", "shows": {"not": allowed}}]}),
        ("bad_value", "/workflow/lists"),
    )


def _rules() -> Iterator[Json]:
    for name in ("steps_at_one_instant", "unattended_changes", "occurrences_per_call", "remembered_events"):
        words = name.replace("_", "-")
        yield _read(f"least-{words}", "3.14", "1 is possible", _desk(**{name: 1}))
        for number, which in ((0, "no"), (-1, "negative")):
            yield _reject(
                f"{which}-{words}", "3.14 6.2", "at least 1", _desk(**{name: number}), ("bad_value", f"/{name}")
            )
    fields = [{"name": "size", "kind": "number"}, {"name": "level"}]
    set_size, hold_size = ({kind: {"field": "size", "value": 1}} for kind in ("set_field", "hold_field"))
    for name, then in (
        ("field", [set_size, {"set_field": {"field": "size", "value": 2}}]),
        ("held-field", [set_size, hold_size]),
        ("state", [{"move": "start"}, {"move": "end"}]),
        ("assignee", [{"assign": "ana"}, {"assign_to": "actor"}]),
        ("rating", [{"rate": 1}, {"rate": 2}]),
        ("snooze", ["cancel_snooze", "cancel_snooze"]),
    ):
        rule = on("twice", {"on_message": "customer"}, then=then)
        yield _reject(
            f"step-that-changes-a-{name}-twice",
            "3.1 6.2",
            "a step touches each part of the ticket once",
            _desk({"fields": fields}, automations=[rule]),
            ("bad_value", "/automations/0/then"),
        )
    thrice = [
        set_size,
        {"assign": "ana"},
        {"move": "start"},
        {"set_field": {"field": "level", "value": "x"}},
        send("x"),
    ]
    yield _read(
        "step-that-changes-several-parts",
        "3.1",
        "two fields, the assignee and the state",
        _desk({"fields": fields}, automations=[on("parts", {"on_message": "customer"}, then=thrice)]),
    )
    for number, is_allowed in ((1, True), (1_000_000_000, True), (0, False), (1_000_000_001, False)):
        rule = after("often", elapsed(hours=1), every=elapsed(hours=1), at_most=number)
        yield (
            _read(f"at-most-{number}-times", "3.1", "1 to a billion", _desk(automations=[rule]))
            if is_allowed
            else _reject(
                f"at-most-{number}-times",
                "3.1 6.2",
                "1 to a billion",
                _desk(automations=[rule]),
                ("bad_value", "/automations/0/when/after/at_most"),
            )
        )


def _recurrences() -> Iterator[Json]:
    """Yield the first and the last number of each part of a recurrence, and those beside them."""
    monthly, nth = {"day": 1}, {"nth": 1, "weekday": "friday"}
    for tag, part, key, taken, refused, why in (
        ("every_year", {"month": 1, "day": 1}, "month", (1, 12), (0, 13, -1), "a year has twelve months"),
        ("every_year", {"month": 1, "day": 1}, "day", (1, 31), (0, 32, -1), "January has 31 days"),
        ("every_month", monthly, "day", (1, 31), (0, 32, -1), "a month has up to 31 days"),
        ("every_month_on", nth, "nth", (1, 4, -1), (0, 5, -2), "the 1st to 4th, or the last, which is -1"),
    ):
        words = f"{tag}-{key}".replace("_", "-")
        for number in (*taken, *refused):
            recurrence = {tag: {**part, key: number, "at": "09:00"}}
            desk = _desk(automations=[on("tell", {"on": recurrence})])
            name = f"{words}-{'minus-' * (number < 0)}{abs(number)}"
            if number in taken:
                yield _read(f"recurrence-{name}", "3.1", why, desk)
            else:
                place = f"/automations/0/when/on/{tag}"
                yield _reject(f"recurrence-{name}", "3.1 6.2", why, desk, ("bad_value", place))


def _clocks() -> Iterator[Json]:
    vip, gold = ({"field_is": {"field": name, "values": [True]}} for name in ("vip", "gold"))
    fields = [{"name": "vip", "kind": "truth"}, {"name": "gold", "kind": "truth"}]
    clock: Json = {"name": "solving", "measure": {"runs": {"all": []}}, "targets": [{"time": elapsed(hours=1)}]}

    def multiplied(*multipliers: Json) -> Json:
        return _desk({"fields": fields}, clocks=[{**clock, "multipliers": [*multipliers]}])

    for_vip, for_gold, for_all = {"percent": 50, "given": vip}, {"percent": 75, "given": gold}, {"percent": 200}
    yield _read("multipliers-with-conditions", "4.2", "each can apply", multiplied(for_vip, for_gold))
    yield _read("multipliers-with-a-last-one", "4.2", "the last one applies to the rest", multiplied(for_vip, for_all))
    yield _read("three-multipliers", "4.2", "the last one applies to the rest", multiplied(for_vip, for_gold, for_all))
    for name, multipliers, place in (
        ("second", (for_all, for_vip), 1),
        ("third", (for_vip, for_all, for_gold), 2),
    ):
        yield _reject(
            f"{name}-multiplier-after-one-without-a-condition",
            "4.2 6.2",
            "it never applies",
            multiplied(*multipliers),
            ("bad_value", f"/clocks/0/multipliers/{place}"),
        )


def _calendars() -> Iterator[Json]:
    def by_field(field: Json, *values: str) -> Json:
        table = {"field": field["name"], "calendars": dict.fromkeys(values, "night")}
        night: Json = {"zone": "UTC", "week": "mon 18:00-22:00"}
        return _desk(
            {"fields": [field]},
            calendars={"default": OFFICE, "night": night},
            automations=[{**after("tell", elapsed(hours=1)), "calendar": table}],
        )

    free, chosen = {"name": "site", "kind": "text"}, {"name": "site", "choices": ["dubai", "lima"]}
    yield _read("table-of-calendars-by-a-text", "1.12", "any text is a value of the field", by_field(free, "dubai"))
    yield _read("table-of-calendars-by-a-choice", "1.12", "dubai is a choice", by_field(chosen, "dubai"))
    yield _read(
        "table-of-calendars-by-any-value",
        "1.12",
        "a field of any kind holds texts",
        by_field({"name": "site"}, "dubai"),
    )
    for name, field, codes, why in (
        ("a-number", {"name": "site", "kind": "number"}, ["bad_value"], "no number is a text"),
        ("two-instants", {"name": "site", "kind": "moment"}, ["bad_value", "bad_value"], "no instant is a text"),
        ("an-unknown-choice", {"name": "site", "choices": ["lima"]}, ["unknown_name"], "dubai is no choice"),
    ):
        values = ("cairo", "dubai")[2 - len(codes) :]
        yield _reject(
            f"table-of-calendars-by-{name}",
            "1.12 6.2",
            why,
            by_field(field, *values),
            *((code, "/automations/0/calendar") for code in codes),
        )


def _sizes() -> Iterator[Json]:
    """Lists and objects at the lengths that docs/reliability.md allows, and one longer."""

    def calendars(number: int) -> Json:
        more = {f"c{index}": OFFICE for index in range(number - 1)}
        return _desk(calendars={"default": OFFICE, **more})

    def dates(number: int) -> Json:
        rules = {f"easter+{index}": "x" for index in range(1, number + 1)}
        return _desk(calendars={"default": {**OFFICE, "holidays": rules}})

    def periods(number: int) -> Json:
        days = [f"2026-{1 + index // 28:02}-{1 + index % 28:02}" for index in range(number)]
        return _desk(
            calendars={"default": {**OFFICE, "periods": [{"first": day, "last": day, "week": ""} for day in days]}}
        )

    def part(key: str, each: Callable[[int], Any]) -> Callable[[int], Json]:
        return lambda number: _desk({key: [each(index) for index in range(number)]})

    def choices(number: int) -> Json:
        return _desk(
            snoozing={"choices": [{"in_days": {"name": f"c{index}", "days": 1 + index}} for index in range(number)]}
        )

    def named(number: int) -> Json:
        return _desk({"fields": [{"name": "size", "choices": list(range(number))}]})

    def templates(number: int) -> Json:
        return _desk(templates=[{"name": f"t{index:03}", "texts": {"en": "x"}} for index in range(number)])

    for name, made, most, code, pointer in (
        ("calendars", calendars, 100, "too_many", "/calendars"),
        ("fields", part("fields", lambda index: {"name": f"f{index:03}"}), 500, "too_many", "/workflow/fields"),
        ("groups", part("groups", lambda index: f"g{index:03}"), 200, "too_many", "/workflow/groups"),
        (
            "outside-events",
            part("outside_events", lambda index: f"e{index:03}"),
            500,
            "too_many",
            "/workflow/outside_events",
        ),
        (
            "lists",
            part("lists", lambda index: {"name": f"l{index:03}", "shows": "is_hidden"}),
            200,
            "too_many",
            "/workflow/lists",
        ),
        ("templates", templates, 1000, "too_many", "/templates"),
        ("snooze-choices", choices, 50, "too_many", "/snoozing/choices"),
        ("choices-of-a-field", named, 1000, "too_many", "/workflow/fields/0/choices"),
        ("rules-for-dates", dates, 200, "bad_value", "/calendars/default"),
        ("periods", periods, 100, "bad_value", "/calendars/default"),
    ):
        yield _read(f"most-{name}", "6.3", f"at most {most}", made(most))
        yield _reject(f"too-many-{name}", "6.3 6.2", f"at most {most}", made(most + 1), (code, pointer))
    days = {f"{2000 + index // 28:04}-01-{1 + index % 28:02}": "x" for index in range(1001)}
    yield _read(
        "more-than-a-thousand-holidays",
        "6.3",
        "10,000 dates are allowed, though lists end at 1,000",
        _desk(calendars={"default": {**OFFICE, "holidays": days}}),
    )


def _entry(number: int, at: str, by: Json, command: str, *events: Json) -> Json:
    cause = {"by_command": {"command": command}}
    return {"sequence": number, "id": str(number), "at": at, "actor": by, "cause": cause, "events": [*events]}


def _opened(ticket: str = "T-1", state: str = "open", category: str = "open", **more: Any) -> Json:
    return {"opened": {"ticket": ticket, "state": state, "category": category, **more}}


def _moved(after: str, category: str) -> Json:
    return {"state_changed": {"before": "open", "after": after, "category": category, "transition": "go"}}


TEN, ELEVEN = "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"


def _histories() -> Iterator[Json]:
    def ticket(*entries: Json) -> Json:
        return {"format": "ticket/1", "entries": [*entries]}

    first = _entry(0, TEN, BRUNO, "open", _opened())
    for name, entries, problem, why in (
        (
            "opened-in-a-state-without-a-name",
            (_entry(0, TEN, BRUNO, "open", _opened(state="Open!")),),
            ("bad_value", "/entries/0"),
            "names of states begin with a small letter",
        ),
        (
            "moved-to-a-state-without-a-name",
            (first, _entry(1, ELEVEN, BRUNO, "move", _moved("in work", "open"))),
            ("bad_value", "/entries/1"),
            "names have no blanks",
        ),
        (
            "opened-in-an-unknown-category",
            (_entry(0, TEN, BRUNO, "open", _opened(category="new")),),
            ("unknown_name", "/entries/0/events/0/opened/category"),
            "there are four categories",
        ),
        (
            "moved-to-an-unknown-category",
            (first, _entry(1, ELEVEN, BRUNO, "move", _moved("busy", "done"))),
            ("unknown_name", "/entries/1/events/0/state_changed/category"),
            "there are four categories",
        ),
    ):
        yield _reject(f"ticket-{name}", "2.2 2.3 6.2", why, ticket(*entries), problem, kind="ticket")
    yield {
        **_read("history-with-instants-of-other-zones", "1.9 6.1", "they are written in UTC", ticket(first), "ticket"),
        "read": json.dumps(ticket({**first, "at": "2026-11-23T07:00:00-03:00"})),
    }
    closed = _entry(1, ELEVEN, BRUNO, "move", _moved("done", "closed"))

    def following(*earlier: Json, at: str = "2026-11-24T10:00:00Z", of: str = "T-1") -> Json:
        return ticket(_entry(0, at, BRUNO, "follow_up", _opened("T-2", follows=of, earlier=[[*earlier]])))

    for name, document, why in (
        ("with-a-gap", following(first, {**closed, "sequence": 2, "id": "2"}), "an entry is missing"),
        ("that-does-not-begin", following({**closed, "sequence": 0, "id": "0"}), "nothing opened that ticket"),
        ("of-another-ticket", following(first, closed, of="T-9"), "it is the history of T-1"),
        ("that-ends-later", following(first, closed, at="2026-11-23T10:30:00Z"), "it was closed at eleven"),
        (
            "from-a-state-that-it-is-not-in",
            following(
                first,
                {
                    **closed,
                    "events": [{"state_changed": {**_moved("done", "closed")["state_changed"], "before": "busy"}}],
                },
            ),
            "that ticket is open",
        ),
    ):
        yield _reject(f"history-behind-{name}", "2.2 6.2", why, document, ("bad_value", "/entries/0"), kind="ticket")


def _plans() -> Iterator[Json]:
    key: Json = {"ticket": "T-1", "rule": "tell", "generation": 1, "arming": "0", "occurrence": 0}
    reason: Json = {"time": {"anchor": "created", "since": TEN, "span": elapsed(hours=1)}}
    entry: Json = {
        "sequence": 1,
        "id": blake2b(b"T-1/tell/1/0/0", digest_size=10).hexdigest(),
        "at": ELEVEN,
        "actor": {"role": "system", "id": "ticketflow"},
        "cause": {"by_rule": {"key": key, "armed": 0, "due_at": ELEVEN, "reason": reason, "rules": "0" * 20}},
        "events": [{"message_requested": {"template": "tell", "to": "customer", "recipient": "bruno"}}],
    }
    due: Json = {
        "rule": "tell",
        "actions": [send("tell")],
        "reason": reason,
        "due_at": ELEVEN,
        "key": key,
        "entry": entry,
    }

    def plan(**more: Any) -> Json:
        made = {"format": "plan/1", "due": [due], "entries": [entry], "ticket": "T-1", "version": 1, **more}
        return {name: held for name, held in made.items() if held is not None}

    yield _read("plan-of-one-entry", "3.11 6.1", "the rule tells the customer at eleven", plan(), "plan")
    other_key = {**key, "occurrence": 1}
    for name, document, pointer, why in (
        ("of-no-ticket", plan(ticket=None), "", "whose entries are they?"),
        ("of-no-version", plan(version=None), "", "before the first entry there is no ticket"),
        ("without-its-due-item", plan(due=[]), "", "an entry of a rule has a due item"),
        ("without-its-entry", plan(entries=[]), "", "a due item has an entry"),
        ("with-another-rule", plan(due=[{**due, "rule": "say"}]), "", "the entry is of the rule tell"),
        ("with-another-instant", plan(due=[{**due, "due_at": TEN}]), "", "the entry says eleven"),
        ("with-another-key", plan(due=[{**due, "key": other_key}]), "", "the entry has the occurrence 0"),
        ("of-a-later-version", plan(version=2), "/entries/0", "the entry after version 2 has the sequence 2"),
        ("of-another-ticket", plan(ticket="T-2"), "/entries/0", "the key of the entry is of T-1"),
    ):
        yield _reject(f"plan-{name}", "3.11 6.2", why, document, ("bad_value", pointer), kind="plan")
