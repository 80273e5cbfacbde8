"""Time commands and stored tickets against code written by hand, side by side in one run.

    make bench

The code by hand makes the same values without a check of a type, a name, a key or a limit. `rounds` says how the
candidates take turns.
"""

from __future__ import annotations

import gc
import json
import pickle
import platform
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from rounds import ROUNDS, Call, Candidate, Promise, Seconds, ratios, timed, told, verdict

from ticketflow import (
    Actor,
    Automation,
    BusinessCalendar,
    Elapsed,
    Field,
    Message,
    Rules,
    State,
    Ticket,
    Transition,
    Workflow,
    actions,
    advance,
    commands,
    documents,
    events,
    handle,
)
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.triggers import After
from ticketflow.tickets.anchors import Entered
from ticketflow.tickets.fold import evolve
from ticketflow.workflow.conditions import StateIs

ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno@example.com")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
THERE = datetime(2026, 1, 5, 6, tzinfo=ZoneInfo("America/Sao_Paulo"))
SUPPORT = ("agent", "administrator")


def desk() -> Rules:
    """Return the rules of the ticket that is stored."""
    states = (State("open"), State("waiting", "pending"), State("solved", "closed"))
    rows = (
        Transition("wait", ("open",), "waiting", may=SUPPORT),
        Transition("solve", ("open", "waiting"), "solved", may=SUPPORT),
    )
    nagging = Automation(
        "nagging", After(Elapsed(days=1), Entered()), (actions.SendMessage("still-there"),), given=StateIs("waiting")
    )
    fields = (Field("priority"), Field("area"))
    return Rules("stored", Workflow(states, rows, fields), BusinessCalendar("UTC", "mon-fri 09:00-18:00"), (nagging,))


def stored(rules: Rules) -> Ticket:
    """Return a ticket of ten entries: messages, a note, fields, an assignment, moves, a link, and one of a rule."""
    life: list[Callable[[datetime], commands.Command]] = [
        lambda at: commands.Open("T-2026-00123", message=Message("<m1@example.com>"), at=at, by=BRUNO),
        lambda at: commands.Assign("ana", at=at, by=ANA, event_id="delivery-1"),
        lambda at: commands.SetFields({"priority": "high", "area": "invoices"}, at=at, by=ANA),
        lambda at: commands.AddMessage(Message("<m2@example.com>"), at=at, by=ANA, event_id="delivery-2"),
        lambda at: commands.AddMessage(Message("<n1@example.com>", public=False), at=at, by=ANA),
        lambda at: commands.Move("wait", at=at, by=ANA),
    ]
    ticket: Ticket | None = None
    for number, make in enumerate(life):
        ticket = handle(ticket, make(START + timedelta(minutes=7 * number)), rules).unwrap().ticket
    later = START + timedelta(days=2)
    assert ticket is not None  # noqa: S101 -- for the type checker
    ticket = advance(later, ticket, rules)
    rest: list[Callable[[datetime], commands.Command]] = [
        lambda at: commands.AddMessage(Message("<m3@example.com>"), at=at, by=BRUNO, event_id="delivery-3"),
        lambda at: commands.Link("T-2026-00007", at=at, by=ANA),
        lambda at: commands.Move("solve", fields={"area": "banks"}, at=at, by=ANA),
    ]
    for number, make in enumerate(rest):
        ticket = handle(ticket, make(later + timedelta(minutes=7 * number)), rules).unwrap().ticket
    if len(ticket.history) != 10:  # noqa: PLR2004 -- what is measured
        raise SystemExit(f"the ticket has {len(ticket.history)} entries")
    return ticket


# -- by hand ----------------------------------------------------------------------------------------------------------

_IS_ID = re.compile(r"[!-~]{1,256}", re.ASCII).fullmatch


def twin(kind: type) -> Any:  # noqa: ANN401 -- a class
    """Return a frozen class with the same attributes and defaults, without converters and checks."""
    fields = {
        field.name: attrs.field(default=field.default, kw_only=field.kw_only)
        for field in attrs.fields(kind)
        if field.init
    }
    return attrs.make_class(kind.__name__, fields, frozen=True, slots=True)


MOVE, ADD_MESSAGE, MESSAGE, ACTOR = map(twin, (commands.Move, commands.AddMessage, Message, Actor))


def checked_id(value: str) -> str:
    """Return an id, checked by hand."""
    if not _IS_ID(value):
        raise ValueError(value)
    return value


def move_by_hand() -> object:
    """Return a move as a plain object."""
    return MOVE("wait", at=THERE.astimezone(UTC), by=ANA, event_id=checked_id("delivery-7"))


def message_by_hand() -> object:
    """Return a message of a customer as plain objects."""
    return ADD_MESSAGE(
        MESSAGE(checked_id("<m9@example.com>")),
        at=THERE.astimezone(UTC),
        by=ACTOR("customer", checked_id("bruno@example.com")),
        event_id=checked_id("delivery-9"),
    )


def move() -> object:
    """Return the same move as a command."""
    return commands.Move("wait", at=THERE, by=ANA, event_id="delivery-7")


def message() -> object:
    """Return the same message as a command."""
    return commands.AddMessage(
        Message("<m9@example.com>"), at=THERE, by=Actor("customer", "bruno@example.com"), event_id="delivery-9"
    )


def _message(data: Mapping[str, Any]) -> Message:
    return Message(data["id"], data.get("public", True), data.get("automatic", False), data.get("resolves", False))


EVENTS: Mapping[str, Callable[[Any], events.Event]] = {
    "opened": lambda data: events.Opened(
        data["ticket"], data["state"], data["category"], frozen(data.get("fields", {}))
    ),
    "message_added": lambda data: events.MessageAdded(_message(data)),
    "assigned": lambda data: events.Assigned(data["before"], data["after"]),
    "field_changed": lambda data: events.FieldChanged(data["field"], data["before"], data["after"]),
    "state_changed": lambda data: events.StateChanged(
        data["before"], data["after"], data["category"], data["transition"]
    ),
    "message_requested": lambda data: events.MessageRequested(data["template"], data["to"], data.get("recipient")),
    "linked": lambda data: events.Linked(data["ticket"], data["kind"]),
}


def frozen(data: dict[str, Any]) -> Any:  # noqa: ANN401 -- a frozen map
    """Return an object as the map that tickets have."""
    return FROZEN(data)


FROZEN: Any = type(events.Opened("T", "open", "open").fields)


def cause_by_hand(data: Mapping[str, Any]) -> events.Cause:
    """Return the cause of an entry."""
    ((tag, cause),) = data.items()
    if tag == "by_command":
        return events.ByCommand(cause["command"], cause.get("event_id"), cause.get("rules"))
    key, why = cause["key"], cause["reason"]["time"]
    return events.ByRule(
        events.Key(key["ticket"], key["rule"], key["generation"], key["arming"], key["occurrence"]),
        datetime.fromisoformat(cause["due_at"]),
        events.TimeReason(Entered(), datetime.fromisoformat(why["since"]), Elapsed(**why["span"]["elapsed"])),
        cause["armed"],
        cause["rules"],
    )


def read_by_hand(text: str) -> Ticket | None:
    """Return the ticket of a text that nobody checks."""
    ticket: Ticket | None = None
    for data in json.loads(text)["entries"]:
        entry = events.Entry(
            data["sequence"],
            data["id"],
            datetime.fromisoformat(data["at"]),
            Actor(data["actor"]["role"], data["actor"]["id"]),
            cause_by_hand(data["cause"]),
            tuple(EVENTS[tag](inner) for each in data["events"] for tag, inner in each.items()),
        )
        ticket = evolve(ticket, entry)
    return ticket


# -- the candidates ---------------------------------------------------------------------------------------------------


def candidates() -> dict[str, Candidate]:
    """Return what is timed, after checking that each does what it is measured for."""
    ticket = stored(desk())
    text = documents.write(ticket)
    data = json.loads(text)
    digest = documents.history_digest(ticket.history)
    if documents.read_snapshot(documents.write_snapshot(ticket), digest) != ticket:
        raise SystemExit("the snapshot is not read as it was written")
    if read_by_hand(text) != ticket or documents.read("ticket", text) != ticket:
        raise SystemExit("the ticket is not read as it was written")
    return {
        "a move by hand": move_by_hand,
        "a move": move,
        "a message by hand": message_by_hand,
        "a message": message,
        "from text by hand": _bound(read_by_hand, text),
        "from text": _bound(documents.read, "ticket", text),
        "from parsed data": _bound(documents.read, "ticket", data),
        "to text by hand": _bound(json.dumps, data),
        "to text": _bound(documents.write, ticket),
        "by pickle": _bound(pickle.loads, pickle.dumps(ticket)),
        "from a snapshot": _bound(documents.read_snapshot, documents.write_snapshot(ticket), digest),
        "to a snapshot": _bound(documents.write_snapshot, ticket),
    }


COUNT = 1_000


def bytes_of(make: Callable[[], object]) -> int:
    """Return the bytes that a value keeps."""
    make()  # what is kept once for all
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    found = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return found


def bytes_to_plain() -> float:
    """Return how much more an entry of a history takes than plain objects with its attributes."""
    plain: dict[type, Any] = {
        kind: twin(kind) for kind in (events.Entry, events.ByCommand, events.MessageAdded, Message)
    }
    same: dict[type, Any] = {kind: kind for kind in plain}

    def entry(number: int, of: Mapping[type, Any]) -> Any:  # noqa: ANN401 -- an entry, or a plain one
        happened = (of[events.MessageAdded](of[Message](f"message-{number}")),)
        cause = of[events.ByCommand]("add_message", f"delivery-{number}")
        return of[events.Entry](number, str(number), START + timedelta(minutes=number), ANA, cause, happened)

    history = bytes_of(lambda: PersistentList.of(*(entry(number, same) for number in range(COUNT))))
    return history / bytes_of(lambda: [entry(number, plain) for number in range(COUNT)])


def _bound(call: Callable[..., Any], *arguments: object) -> Call:
    return lambda: call(*arguments)


def promises(seconds: Seconds) -> Iterator[Promise]:
    """Yield the promises of this run."""
    for name in ("a move", "a message", "from text", "to text"):
        yield Promise(f"{name} to one by hand", ratios(seconds, name, f"{name} by hand"), 2.5)
    yield Promise("bytes of an entry to plain ones", [bytes_to_plain()], 2.0)
    yield Promise("from a snapshot to pickle", ratios(seconds, "from a snapshot", "by pickle"), 1.2)


def main() -> int:
    """Print all times and promises, and return 1 if one is not kept."""
    print(f"Python {platform.python_version()}, {platform.machine()}; {ROUNDS} rounds, all candidates taking turns")
    seconds = timed(candidates())
    print("\ncommands, and a ticket of ten entries")
    told(seconds, "from text by hand")
    return verdict(promises(seconds))


if __name__ == "__main__":
    sys.exit(main())
