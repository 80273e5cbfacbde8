"""Time one change of a ticket against a baseline and the peers, side by side in one run.

    make bench

`rounds` says how they take turns.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, islice
from typing import Any, NamedTuple

import attrs
from machines import ALL, FIELD, HERE, NEEDED, ROWS, SET, STATES, STEP, THERE, VALUE, Case
from rounds import ROUNDS, Call, Candidate, Promise, Seconds, ratios, timed, told, verdict

from ticketflow import (
    Accepted,
    Actor,
    Automation,
    BusinessCalendar,
    Field,
    FieldIs,
    OnEnter,
    Refused,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    actions,
    commands,
    decide,
    handle,
)
from ticketflow.tickets.events import ByCommand, Entry, StateChanged
from ticketflow.tickets.facts import Category
from ticketflow.workflow.conditions import ALWAYS

SHORT, LONG = 10, 10_000
BUILT, BY_HAND = "building a command", "building one by hand"

SUPPORT = ("agent", "administrator")
ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = START + timedelta(days=365)
COUNTS_AS: dict[str, Category] = {"waiting": "pending", "asked": "resolved", "closed": "closed"}


def desk() -> Rules:
    """Return the table of the peers as rules: one guard, and one action on entering."""
    guard = FieldIs(FIELD, NEEDED)
    states = tuple(State(name, COUNTS_AS.get(name, "open")) for name in STATES)
    rows = (Transition(*row, may=SUPPORT, given=guard if row is STEP else ALWAYS) for row in ROWS)
    fields = (Field(FIELD, (NEEDED, "low")), Field(SET))
    on_entering = Automation("on-entering", OnEnter(StateIs(THERE)), (actions.SetField(SET, VALUE),))
    office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
    return Rules("benchmark", Workflow(states, tuple(rows), fields), office, (on_entering,))


def aged(entries: int, rules: Rules, priority: str = NEEDED, *, has_ids: bool = False) -> Ticket:
    """Return a ticket with a history of that many entries, in the state in which the step begins."""
    opening = commands.Open("T-1", fields={FIELD: priority}, at=START, by=ANA)
    ticket = decide(None, opening, rules).unwrap().ticket
    to_and_fro = cycle(("share", "part"))
    for name in ("take", *islice(to_and_fro, entries - 2)):
        known_by = f"delivery-{ticket.version}" if has_ids else None
        move = commands.Move(name, at=START + timedelta(minutes=ticket.version), by=ANA, event_id=known_by)
        ticket = decide(ticket, move, rules).unwrap().ticket
    if ticket.version != entries or ticket.state != HERE:
        raise SystemExit(f"the ticket has {ticket.version} entries and is in {ticket.state!r}")
    return ticket


BASELINE = """
def baseline(ticket, command):
    row = table[command.transition, ticket.trails]
    if ticket.held[row.field] != row.value:
        return None
    event = StateChanged({event})
    entry = Entry({entry})
    return Ticket({ticket})
"""


class Guarded(NamedTuple):
    """A row of the baseline's table."""

    name: str
    target: str
    category: Category
    field: str
    value: str


def baseline() -> Call:
    """Return the least code for a guarded, recorded change: a look-up, a record, and a frozen ticket.

    They have the fields of ours, without converters or defaults; so much is written as source that it follows them. Of
    a ticket's fields those change that must: the history (a pair of the newest entry and what was before), the state
    (bare, where ours has the trails of all facts), and the count of entries.
    """
    table = {
        (row.name, source): Guarded(row.name, row.target, COUNTS_AS.get(row.target, "open"), FIELD, NEEDED)
        for row in ROWS
        for source in row.sources
    }
    cause = _values(ByCommand, command="'move'", event_id="command.event_id")
    twins: dict[str, Any] = {kind.__name__: _twin(kind) for kind in (ByCommand, StateChanged, Entry, Ticket)}
    source = BASELINE.format(
        event=_values(
            StateChanged, before="ticket.trails", after="row.target", category="row.category", transition="row.name"
        ),
        entry=_values(
            Entry,
            sequence="ticket.outside",
            id="str(ticket.outside)",
            at="command.at",
            actor="command.by",
            cause=f"ByCommand({cause})",
            events="(event,)",
        ),
        ticket=_values(
            Ticket,
            history="(entry, ticket.history)",
            trails="row.target",
            outside="ticket.outside + 1",
            others="ticket.{}",
        ),
    )
    scope: dict[str, Any] = {**twins, "table": table}
    exec(source, scope)  # noqa: S102 -- its source stands above
    change, command = scope["baseline"], commands.Move(STEP.name, at=LATER, by=ANA)
    names = [field.name for field in attrs.fields(Ticket)]
    held: dict[str, object] = {"history": (None, None), "trails": HERE, "held": {FIELD: NEEDED}, "outside": SHORT}
    ticket = twins["Ticket"](*(held.get(name) for name in names))
    if change(ticket, command).trails != THERE:
        raise SystemExit("the baseline does not do its work")
    return lambda: change(ticket, command)


def _twin(kind: type) -> type:
    names = [field.name for field in attrs.fields(kind)]
    return attrs.make_class(kind.__name__, names, frozen=True, slots=True)


def _values(kind: type, others: str = "None", **given: str) -> str:
    names = [field.name for field in attrs.fields(kind)]
    if missing := given.keys() - set(names):
        raise SystemExit(f"{kind.__name__} has no {', '.join(sorted(missing))} now: correct the baseline")
    return ", ".join(given.get(name, others.format(name)) for name in names)


def ours(rules: Rules) -> dict[str, Call]:
    """Return our candidates, after checking that each does what it is measured for."""
    step = commands.Move(STEP.name, at=LATER, by=ANA)
    delivery = commands.Move(STEP.name, at=LATER, by=ANA, event_id="delivery")
    short, long = aged(SHORT, rules), aged(LONG, rules)
    short_ids, long_ids = aged(SHORT, rules, has_ids=True), aged(LONG, rules, has_ids=True)
    other = aged(SHORT, rules, "low")
    refused = commands.Move(STEP.name, at=LATER, by=BRUNO, expected_version=SHORT - 1)
    calls = {
        "decide": _bound(decide, short, step, rules),
        "decide, refused": _bound(decide, other, refused, rules),
        f"decide, {LONG:,} entries": _bound(decide, long, step, rules),
        "decide, a delivery": _bound(decide, short_ids, delivery, rules),
        f"decide, a delivery, {LONG:,}": _bound(decide, long_ids, delivery, rules),
        "handle": _bound(handle, short, step, rules),
    }
    for name, call in calls.items():
        match decision := call():
            case Refused(reasons=reasons):
                print(f"{name} for: {', '.join(reason.kind for reason in reasons)}")
                is_right = name == "decide, refused" and len(reasons) > 2  # noqa: PLR2004 -- several
            case Accepted(ticket=ticket, entries=entries):
                made = 2 if name == "handle" else 1
                is_right = name != "decide, refused" and ticket.state == THERE and len(entries) == made
            case _:
                is_right = False
        if not is_right:
            raise SystemExit(f"{name} does not do what it is measured for: {decision}")
    return calls


def _bound(call: Callable[..., Any], *arguments: object) -> Call:
    return lambda: call(*arguments)


def built() -> dict[str, Call]:
    """Return the building of a command, and that of a plain one: its instant in UTC, and its id checked by hand."""
    at = LATER.astimezone(timezone(timedelta(hours=-3)))
    plain, is_id = _twin(commands.Move), re.compile(r"[!-~]{1,200}", re.ASCII).fullmatch
    names = [field.name for field in attrs.fields(commands.Move)]
    held = {"without_hints": frozenset[str](), "fields": {}, "transition": STEP.name, "by": ANA}
    rest = [held.get(name) for name in names]
    places = names.index("at"), names.index("event_id")

    def by_hand() -> object:
        if is_id("delivery-1") is None:
            raise SystemExit("the id is not valid")
        values = rest.copy()
        values[places[0]], values[places[1]] = at.astimezone(UTC), "delivery-1"
        return plain(*values)

    return {BY_HAND: by_hand, BUILT: lambda: commands.Move(STEP.name, at=at, by=ANA, event_id="delivery-1")}


def others() -> Iterator[tuple[str, Call]]:
    """Yield the installed peers that check the guard, act on entering, and keep a record."""
    for name, make in ALL.items():
        case = Case(ANA.id, LATER, {FIELD: NEEDED}, [])
        try:
            step = make(case)
            step()
        except Exception as error:  # noqa: BLE001 -- whatever a peer raises
            print(f"absent: {name}: {type(error).__name__}: {error}")
            continue
        records, entered = list(case.records), case.fields.get(SET)
        case.fields[FIELD] = "low"
        with suppress(Exception):
            step()
        case.fields[FIELD] = NEEDED
        if records != [(ANA.id, LATER, HERE, THERE)] or entered != VALUE or len(case.records) > 1:
            print(f"absent: {name} does not do what is asked: {case.fields}, {case.records}")
            continue
        yield name, step


_LEAST = {"transitions": 0.4}
"""The least ratio of a peer to `handle`; 1 for others. transitions keeps no record and gives no reasons."""


def promises(seconds: Seconds, peers: list[str]) -> Iterator[Promise]:
    """Yield the promises of this run."""
    yield Promise("decide to the baseline", ratios(seconds, "decide", "baseline"), 3.0)
    yield Promise("a command to one by hand", ratios(seconds, BUILT, BY_HAND), 2.5)
    yield Promise("a refusal to a success", ratios(seconds, "decide, refused", "decide"), 1.5)
    yield Promise(f"{LONG:,} entries to {SHORT}", ratios(seconds, f"decide, {LONG:,} entries", "decide"), 1.3)
    for peer in peers:
        yield Promise(f"{peer} to handle", ratios(seconds, peer, "handle"), _LEAST.get(peer, 1.0), True)


def main() -> int:
    """Print all times and promises, and return 1 if one is not kept."""
    print(f"Python {platform.python_version()}, {platform.machine()}; {ROUNDS} rounds, all candidates taking turns")
    peers = dict(others())
    candidates: dict[str, Candidate] = {"baseline": baseline(), **ours(desk()), **built(), **peers}
    seconds = timed(candidates)
    print("\none change of a ticket, guarded and recorded; handle and the peers with an action on entering")
    told(seconds, "baseline")
    return verdict(promises(seconds, list(peers)))


if __name__ == "__main__":
    sys.exit(main())
