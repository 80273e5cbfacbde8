"""Short forms for writing cases, and the files that are made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SUITE = Path(__file__).parents[2] / "conformance" / "required"
MODULES = {
    "calendar_sums": "time_sums.json",
    "months_and_recurrences": "recurrences.json",
    "other_calendars": "other_calendars.json",
    "ticket_calendars": "ticket_calendars.json",
    "bounds": "bounds.json",
    "endings": "endings.json",
    "equal_instants": "equal_instants.json",
    "notice_and_lateness": "notice.json",
    "memory": "memory.json",
    "targets": "targets.json",
    "refusals": "refusals.json",
    "answers": "answers.json",
    "counts_and_tables": "counts_and_tables.json",
    "links": "links.json",
    "surveys": "surveys.json",
    "definitions": "definitions.json",
    "holidays": "unknown_holidays.json",
    "effects": "effects.json",
    "emits": "emits.json",
    "follow_ups": "follow_ups.json",
    "requesters": "requester.json",
    "business_day_targets": "business_day_targets.json",
    "edges": "edges.json",
    "snooze_spans": "snooze_spans.json",
    "stored_plans": "stored_plans.json",
    "traces": "traces.json",
    "details": "details.json",
    "document_forms": "document_forms.json",
    "finer_points": "finer_points.json",
    "valid_rules": "valid_rules.json",
    "local_times": "../profiles/zones/local_times.json",
    "going_live": "going_live.json",
    "further_points": "further_points.json",
    "office_dates": "office_dates.json",
    "office_dates_in_zones": "../profiles/zones/office_dates.json",
}
"""The file that each module of this package makes. One is a profile: it needs zones."""

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def instant(text: str) -> datetime:
    """Return an instant in UTC: an ISO text, or a time in the week of Monday 23 November 2026.

    ``mon2 10:00`` is Monday of the week after, ``fri0`` Friday of the week before.
    """
    day, _, time = text.partition(" ")
    if day[:3] not in DAYS:
        return datetime.fromisoformat(text).astimezone(UTC)
    week = int(day[3:] or 1) - 1
    parts = datetime.strptime(time, "%H:%M:%S.%f" if "." in time else "%H:%M:%S" if time.count(":") > 1 else "%H:%M")  # noqa: DTZ007 -- a time of day
    offset = timedelta(hours=parts.hour, minutes=parts.minute, seconds=parts.second, microseconds=parts.microsecond)
    return MONDAY + timedelta(weeks=week, days=DAYS.index(day[:3])) + offset


def z(text: str | datetime) -> str:
    """Return an instant as cases write it."""
    at = instant(text) if isinstance(text, str) else text
    return at.isoformat().replace("+00:00", "Z")


# -- people -----------------------------------------------------------------------------------------------------------

ANA: Json = {"role": "agent", "id": "ana"}
EVA: Json = {"role": "agent", "id": "eva"}
BRUNO: Json = {"role": "customer", "id": "bruno"}
CARLA: Json = {"role": "customer", "id": "carla"}
ROBOT: Json = {"role": "robot", "id": "bot"}
THIRD: Json = {"role": "third_party", "id": "lab"}
ADMIN: Json = {"role": "administrator", "id": "ada"}


# -- rule sets --------------------------------------------------------------------------------------------------------

OFFICE: Json = {"zone": "UTC", "week": "mon-fri 09:00-18:00"}
ALWAYS: Json = {"zone": "UTC", "week": "mon-sun 00:00-24:00"}
NIGHT: Json = {"zone": "UTC", "week": "mon-fri 22:00-06:00"}
WEEKEND: Json = {"zone": "UTC", "week": "sat-sun 10:00-14:00"}
STATES: list[Json] = [
    {"name": "open"},
    {"name": "waiting", "category": "pending"},
    {"name": "busy"},
    {"name": "solved", "category": "resolved"},
    {"name": "closed", "category": "closed"},
]
TRANSITIONS: list[Json] = [
    {"name": "ask", "sources": ["open"], "target": "waiting", "may": ["agent"]},
    {"name": "start", "sources": ["open"], "target": "busy", "may": ["agent"]},
    {"name": "solve", "sources": ["open", "waiting"], "target": "solved", "may": ["agent"]},
    {"name": "resume", "sources": ["waiting", "busy", "solved"], "target": "open", "may": ["agent"]},
    {"name": "close", "sources": ["open", "waiting", "busy", "solved"], "target": "closed", "may": ["agent"]},
]


def rules(
    *automations: Json, workflow: Mapping[str, Any] = {}, calendars: Mapping[str, Json] = {}, **more: Any
) -> Json:
    """Return a rule set with five states and these rules. The state busy masks all groups; *calendars* are added."""
    groups = sorted({each["group"] for each in automations if "group" in each})
    states = [each | {"masks": groups} if each["name"] == "busy" and groups else each for each in STATES]
    document: Json = {
        "name": "desk",
        "workflow": {"states": states, "transitions": TRANSITIONS, **workflow},
        "calendars": {"default": OFFICE, **calendars},
    }
    if automations:
        document["automations"] = [*automations]
    return {"document": {**document, **more}}


def send(template: str, to: str | None = None) -> Json:
    """Return an action that sends a message."""
    return {"send_message": {"template": template} | ({"to": to} if to else {})}


def after(name: str, span: Json, since: Any = "created", *, every: Json | None = None, **more: Any) -> Json:
    """Return a rule that sends a message of its own name after a span."""
    at_most = {"at_most": more.pop("at_most")} if "at_most" in more else {}
    when = {"span": span, "since": since} | ({"every": every} if every else {}) | at_most
    return {"id": name, "when": {"after": when}, "then": [send(name)], **more}


def on(name: str, when: Any, **more: Any) -> Json:
    """Return a rule that sends a message of its own name when a trigger happens."""
    return {"id": name, "when": when, "then": [send(name)], **more}


def rung(span: Json, *then: Json) -> Json:
    """Return a rung."""
    return {"after": span, "then": [*then]}


def ladder(name: str, *rungs: Json, since: Any = "created", **more: Any) -> Json:
    """Return a ladder that nothing ends."""
    return {"id": name, "since": since, "given": {"all": []}, "rungs": [*rungs], "ended_by": None, **more}


def elapsed(**units: int) -> Json:
    """Return an elapsed span."""
    return {"elapsed": units}


def working(**units: int) -> Json:
    """Return working time."""
    return {"working_time": units}


def business(days: int, **more: str) -> Json:
    """Return business days."""
    return {"business_days": {"days": days, **more}}


CLOSE: Json = {"move": "close"}


# -- steps ------------------------------------------------------------------------------------------------------------


def do(
    name: str, at: str, by: Json = ANA, *, refused: Iterable[str] = (), step: Mapping[str, Any] = {}, **more: Any
) -> Json:
    """Return a step that gives a command."""
    command = {"do": name, **more, "at": z(at), "by": by}
    return {"command": command} | ({"refused": [*refused]} if refused else {}) | dict(step)


def opened(
    at: str = "mon 10:00", ticket: str = "T-1", by: Json = BRUNO, message: str | None = "m0", **more: Any
) -> Json:
    """Return a step in which a ticket is opened, by a customer with a message unless said otherwise."""
    said = {"message": {"id": message}} if message else {}
    return do("open", at, by, ticket=ticket, **said, **more)


def move(transition: str, at: str, by: Json = ANA, **more: Any) -> Json:
    """Return a step that moves a ticket."""
    return do("move", at, by, transition=transition, **more)


def say(
    at: str,
    by: Json = BRUNO,
    id: str | None = None,
    *,
    refused: Iterable[str] = (),
    step: Mapping[str, Any] = {},
    **message: Any,
) -> Json:
    """Return a step that adds a message; its id is made of the instant."""
    name = id or f"m-{instant(at):%d%H%M}"
    return do("add_message", at, by, refused=refused, step=step, message={"id": name, **message})


def look(at: str, ticket: str | None = None, **expect: Any) -> Json:
    """Return a step that expects something."""
    return {"at": z(at), "expect": expect} | ({"ticket": ticket} if ticket else {})


def acts(*entries: tuple[str, ...]) -> list[Json]:
    """Return automatic entries of (instant, rule) with, optionally, a template or kind and the own due instant.

    Without a third part, the rule sent the message of its own name. A third part in angle brackets is the kind of the
    only event; ``<>`` is an entry without events.
    """
    found = []
    for at, rule, *rest in entries:
        what = rest[0] if rest else rule
        entry: Json = {"rule": rule, "at": z(at)}
        entry |= {"kinds": [what[1:-1]] if what != "<>" else []} if what.startswith("<") else {"sent": [what]}
        found.append(entry | ({"due_at": z(rest[1])} if len(rest) > 1 else {}))
    return found


def case(id: str, clauses: str, source: str, desk: Json, *steps: Json) -> Json:
    """Return a scenario case; *clauses* are separated by spaces."""
    return {"id": id, "clauses": clauses.split(), "source": source, "rules": desk, "steps": [*steps]}


# -- files ------------------------------------------------------------------------------------------------------------


def text_of(name: str) -> str:
    """Return the text of the file that a module makes."""
    module = import_module(f"tests.support.required_cases.{name}")
    head: Json = getattr(module, "HEAD", {})
    lines = [f' "{key}": {json.dumps(value)},\n' for key, value in head.items()]
    return "{\n" + "".join(lines) + ' "cases": [\n' + ",\n".join(_shown(each) for each in module.cases()) + "\n ]\n}\n"


def _shown(case: Json) -> str:
    parts = []
    for key, value in case.items():
        if key == "steps":
            steps = ",\n".join(f"    {json.dumps(step, ensure_ascii=False)}" for step in value)
            parts.append(f'   "steps": [\n{steps}\n   ]')
        else:
            parts.append(f"   {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "  {\n" + ",\n".join(parts) + "\n  }"


def main() -> None:
    """Write all files."""
    for name, file in MODULES.items():
        (SUITE / file).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
