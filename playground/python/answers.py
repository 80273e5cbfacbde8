"""Answers of the playground: JSON in, JSON out.

The page sends each request to `answer` in a web worker. A request is an object; its key ``ask`` names one of
`ANSWERS`. Instants are integers: milliseconds since 1970 in UTC. Nothing is kept between requests except caches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs

import ticketflow as tf
from ticketflow import analysis, documents, text
from ticketflow.documents.locations import located
from ticketflow.documents.parsing import Document, Format, parse
from ticketflow.documents.reading import read_document
from ticketflow.engine.lookahead import unknown_from
from ticketflow.errors import DocumentError, TicketflowError
from ticketflow.rules.ruleset import all_automations, implied_automations
from ticketflow.service.simulation import Refusal, give
from ticketflow.sla.trace import trace
from ticketflow.text.sentences import usual_zone
from ticketflow.tickets import events
from ticketflow.tickets.actors import Role
from ticketflow.tickets.facts import STATE

Json = Any
"""Plain data of a request or an answer."""

MOST_COMMANDS = 200
"""The number of commands of a ticket."""
MOST_STEPS = 300
"""The number of due instants that are carried out for a ticket."""
MOST_ENTRIES = 500
"""The length of a history after which nothing more is carried out."""
_STEPS_AHEAD, _MOST_SHOWN, _MOST_BANDS = 12, 150, 400
_TICKET, _MARGIN = "T-1", 0.05
_FIRST = (2026, 11, 23, 10)
"""Tickets are opened on this Monday at ten, local time."""
_IDS: Mapping[Role, str] = {
    "customer": "bruno",
    "agent": "ana",
    "administrator": "alba",
    "robot": "r1",
    "third_party": "tomas",
}
"""The roles that a user can act as, and the id of the actor in each."""


def answer(request: str) -> str:
    """Return the answer to a request.

    An answer with the key ``error`` says in words why there is no other.
    """
    asked = json.loads(request)
    try:
        answered = ANSWERS[asked["ask"]](asked)
    except TicketflowError as error:
        answered = {"error": str(error)}
    except OverflowError:
        answered = {"error": "the time lies outside the years 1 to 9999; go back"}
    except RecursionError:
        answered = {"error": "the rule set is nested too deeply for a browser; make it flatter"}
    return json.dumps(answered)


# -- Instants


def _instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _local(at: datetime, words: tf.Wording) -> str:
    """Return an instant in local time to the second, cut off: a breach is recorded a microsecond after its deadline."""
    return words.instant(at.replace(microsecond=0))


def _milliseconds(at: datetime) -> int:
    """Return the first whole millisecond at or after an instant."""
    return -((datetime(1970, 1, 1, tzinfo=UTC) - at) // timedelta(milliseconds=1))


# -- Rule sets


@attrs.frozen
class _Source:
    """A rule set and its document.

    Attributes:
        rules: The rule set.
        document: The document, for the lines of its parts.
        zone: The time zone of what is shown.
    """

    rules: tf.Rules
    document: Document
    zone: ZoneInfo

    def line(self, *path: str) -> int | None:
        """Return the line of a part."""
        return located(path, self.document)[1]

    def rule_line(self, rule: str) -> int | None:
        """Return the line of a rule; of its clock, if the clock implies the rule."""
        if any(each.id == rule for each in self.rules.automations):
            return self.line("automations", rule)
        return next((self.line("clocks", each.name) for each in self.rules.clocks if f".{each.name}." in rule), None)

    def wording(self, asked: Json) -> tf.Wording:
        """Return the sentences in the language of a request."""
        return tf.Wording(self.rules, self.zone, asked.get("language", "en"))


@lru_cache(maxsize=4)
def _source(document: str) -> _Source:
    written: Format = "json" if document.lstrip().startswith("{") else "toml"
    parsed = parse(document, "", written)
    rules = cast("tf.Rules", read_document("rules", parsed))
    return _Source(rules, parsed, usual_zone(rules))


def _read(asked: Json) -> Json:
    """Answer whether a document is a rule set, with its problems or what the page needs of it."""
    try:
        source = _source(asked["document"])
    except DocumentError as error:
        return {"problems": [_problem(each) for each in error.problems]}
    rules, words = source.rules, source.wording(asked)
    return {
        "problems": [],
        "name": rules.name,
        "zone": str(source.zone),
        "diagram": text.graphviz(rules.workflow, words.language),
        "states": [{"name": each.name, "category": each.category} for each in rules.workflow.states],
        "actors": [_actor_data(actor, words) for actor in _actors(rules)],
        "names": {
            "states": [each.name for each in rules.workflow.states],
            "transitions": list(rules.workflow.verbs),
            "fields": [each.name for each in rules.workflow.fields],
            "calendars": list(rules.calendars),
            "clocks": [each.name for each in rules.clocks],
            "templates": [each.name for each in rules.templates],
            "events": sorted(rules.workflow.outside_events),
        },
    }


def _problem(problem: tf.errors.Problem) -> Json:
    place = problem.place.rpartition(", ")[2].removeprefix(":")
    return {"line": problem.line, "place": place, "what": problem.what, "fix": problem.fix, "code": problem.code}


# -- The check


def _check(asked: Json) -> Json:
    """Answer with the findings about a rule set, each with its line and the history that shows it."""
    source = _source(asked["document"])
    found = analysis.check(source.rules, asked["budget"])
    return {"findings": [_finding(each, source, asked) for each in found]}


def _finding(finding: tf.Finding, source: _Source, asked: Json) -> Json:
    history: Json = None
    if witness := finding.witness:
        simulation = tf.simulate(witness.commands, source.rules, witness.until)
        lines = tf.timeline(simulation, source.rules, source.zone, asked.get("language", "en"))
        history = {
            "lines": [line.strip() for text in lines for line in text.splitlines()],
            "commands": [documents.plain(command) for command in witness.commands],
            "until": _milliseconds(witness.until),
        }
    return {
        "code": finding.code,
        "severity": finding.severity,
        "place": finding.place,
        "line": source.line(*finding.path),
        "what": finding.what,
        "fix": finding.fix,
        "why": finding.why,
        "searched": finding.searched,
        "history": history,
    }


# -- The ticket


def _actors(rules: tf.Rules) -> Iterator[tf.Actor]:
    """Yield an actor for each role, and an agent for each group."""
    yield from (tf.Actor(role, name) for role, name in _IDS.items())
    yield from (tf.Actor("agent", group, groups={group}) for group in sorted(rules.workflow.groups))


def _actor_data(actor: tf.Actor, words: tf.Wording) -> Json:
    role = words.sentences.say_or(f"role.{actor.role}", actor.role)
    label = f"{role} of {actor.id}" if actor.groups else f"{role} {actor.id}"
    return {"role": actor.role, "id": actor.id, "groups": sorted(actor.groups), "label": label}


def _actor(data: Json) -> tf.Actor:
    return tf.Actor(data["role"], data["id"], groups=tuple(data["groups"]))


@attrs.frozen
class _History:
    """A ticket after its commands, and everything that falls due afterwards if nobody acts.

    Attributes:
        ticket: The ticket at the end; None if it was never opened.
        refusals: The commands that were refused.
        is_cut: Whether more is due than was carried out.
    """

    ticket: tf.Ticket | None
    refusals: tuple[Refusal, ...]
    is_cut: bool


@lru_cache(maxsize=4)
def _commands(commands: str) -> tuple[tf.commands.Command, ...]:
    """Read the commands of a ticket, as they are in the address."""
    data = json.loads(commands)
    if not isinstance(data, list) or len(data) > MOST_COMMANDS:
        raise tf.errors.BadValueError("the ticket has too many commands", f"give a list of at most {MOST_COMMANDS}")
    return tuple(documents.read("command", each) for each in data)


@lru_cache(maxsize=4)
def _history(document: str, commands: str, now: int) -> _History:
    """Carry out the commands, and what is due until *now* and some steps after it."""
    rules, ticket, refusals, until = _source(document).rules, cast("tf.Ticket | None", None), [], _instant(now)
    for command in _commands(commands):
        ticket, decision = give(ticket, command, rules)
        if isinstance(decision, tf.Refused):
            refusals.append(Refusal(command, decision))
    ahead = steps = 0
    due = tf.next_due(ticket, rules) if ticket else None
    while ticket and due and (due <= until or ahead < _STEPS_AHEAD):
        if steps == MOST_STEPS or len(ticket.history) >= MOST_ENTRIES:
            return _History(ticket, tuple(refusals), is_cut=True)
        ticket = tf.apply(ticket, tf.evaluate(due, ticket, rules)).unwrap().ticket
        steps, ahead = steps + 1, ahead + (due > until)
        due = tf.next_due(ticket, rules)
    return _History(ticket, tuple(refusals), is_cut=False)


def _start(asked: Json) -> Json:
    """Answer with the commands that open a ticket, by the first role that may: a customer, or else the support."""
    source = _source(asked["document"])
    at = datetime(*_FIRST, tzinfo=source.zone)
    now = _milliseconds(at.astimezone(UTC))
    for actor in _actors(source.rules):
        option = next(each for each in tf.available(None, actor, source.rules) if each.command == "open")
        values = {field["name"]: field["value"] for field in _inputs(option, None, source)}
        command = _command({"command": "open", "values": values, "transition": None}, actor, at, source, "m1")
        if isinstance(tf.handle(None, command, source.rules), tf.Accepted):
            return {"commands": [documents.plain(command)], "now": now}
    return {"commands": [], "now": now}


def _act(asked: Json) -> Json:
    """Answer with the commands after one more, or with the reasons for which it is refused.

    The command is given at ``now``. Later commands are dropped.
    """
    source, at = _source(asked["document"]), _instant(asked["now"])
    earlier = [each for each in _commands(json.dumps(asked["commands"])) if each.at <= at]
    before = json.dumps([documents.plain(each) for each in earlier])
    found = _history(asked["document"], before, asked["now"]).ticket
    ticket = found.as_of(at) if found else None
    command = _command(asked["option"], _actor(asked["actor"]), at, source, f"m{len(earlier) + 1}")
    decision = tf.handle(ticket, command, source.rules)
    words = source.wording(asked)
    if isinstance(decision, tf.Refused):
        return {"refused": [words.reason(each) for each in decision.reasons]}
    hints = [each.text(words.language, source.zone) for each in decision.hints]
    if decision.created:
        hints.append(f"It opened ticket {decision.created.id}, which is not shown here.")
    return {"commands": [documents.plain(each) for each in (*earlier, command)], "hints": hints}


def _command(option: Json, actor: tf.Actor, at: datetime, source: _Source, message: str) -> tf.commands.Command:
    """Return the command for an option and the values that a user gave."""
    name, values = option["command"], dict(option["values"])
    data: dict[str, Json] = {
        "format": "command/1",
        "do": name,
        "at": at.astimezone(UTC).isoformat(),
        "by": {"role": actor.role, "id": actor.id, "groups": sorted(actor.groups)},
    }
    if name == "open":
        data["ticket"] = _TICKET
    if name == "move":
        data["transition"] = option["transition"]
    if values.pop("message", False):
        is_note, is_automatic = values.pop("internal note", False), values.pop("automatic", False)
        data["message"] = {"id": message, "public": not is_note, "automatic": is_automatic}
        data["message"]["resolves"] = values.pop("resolves", False)
    fields = {key.removeprefix("field "): value for key, value in values.items() if key.startswith("field ")}
    given = {key: _value(fields[key], source.rules.workflow.field(key), source) for key in fields if fields[key] != ""}
    if given or name == "set_fields":
        data["fields"] = given
    data.update({key: value for key, value in values.items() if value != "" and not key.startswith("field ")})
    if name == "assign":
        data.setdefault("assignee", None)
    if name == "set_requester":
        data.setdefault("requester", None)
    return documents.read("command", data)


def _value(given: str, field: tf.Field | None, source: _Source) -> Json:
    """Return the value of a field in a document, from what a form has."""
    if field is not None and field.choices:
        chosen = next((each for each in field.choices if str(each) == given), given)
        return {"instant": chosen.isoformat()} if isinstance(chosen, datetime) else chosen
    match field.kind if field else "any":
        case "number":
            return int(given) if given.removeprefix("-").isdecimal() else given
        case "truth":
            return given == "True"
        case "moment" | "future":
            try:
                local = datetime.fromisoformat(given)
            except ValueError:
                return given
            return {"instant": local.replace(tzinfo=local.tzinfo or source.zone).isoformat()}
        case _:
            return given


# -- What a user can do


def _inputs(option: tf.Option, ticket: tf.Ticket | None, source: _Source) -> Iterator[Json]:
    """Yield what a form asks for before the command is given, each with a value that is likely right."""
    workflow = source.rules.workflow
    needs_message = {"message", "resolution"} & set(option.needs)
    if needs_message or option.command in ("open", "add_message", "follow_up"):
        yield _input("message", "hidden", True)
    if "resolution" in option.needs:
        yield _input("resolves", "hidden", True)
    if "requester" in option.needs and workflow.field("requester") is None:
        yield _input("requester", "text", _IDS["customer"], is_required=True)
    if "state" in option.needs:
        targets = [way.target for way in workflow.ways_in]
        yield _input("state", "choice", targets[0], targets, is_required=True)
    for field in workflow.fields:
        if field.name in option.needs:
            yield _field_input(field, is_required=True)
        elif option.command == "set_fields" or field.name in _taken(option, ticket, source):
            yield _field_input(field, is_required=False)
    yield from _own_inputs(option.command, source)


def _own_inputs(command: str, source: _Source) -> Iterator[Json]:
    """Yield what a form asks for because of the command itself."""
    workflow, snoozing = source.rules.workflow, source.rules.snoozing
    match command:
        case "add_message":
            yield _input("internal note", "check", False)
            yield _input("automatic", "check", False)
            yield _input("resolves", "check", False)
        case "assign":
            yield _input("assignee", "text", _IDS["agent"])
        case "decline":
            yield _input("why", "text", "I cannot do this", is_required=True)
        case "set_requester":
            yield _input("requester", "text", _IDS["customer"])
        case "rate":
            yield _input("score", "number", 5, is_required=True)
        case "record_event":
            names = sorted(workflow.outside_events)
            yield _input("event", "choice", names[0] if names else "", names, is_required=True)
        case "snooze":
            names = [each.name for each in snoozing.choices] if snoozing else []
            yield _input("choice", "choice", names[0] if names else "", names, is_required=True)
        case "link":
            yield _input("other", "text", "T-2", is_required=True)
            yield _input("kind", "text", "related", is_required=True)
        case "follow_up":
            yield _input("new_ticket", "text", "T-2", is_required=True)
        case "review_classification":
            field = workflow.field("classification")
            names = [str(each) for each in field.choices] if field else []
            yield _input("classification", "choice", names[0] if names else "", names, is_required=True)
        case _:
            pass


def _taken(option: tf.Option, ticket: tf.Ticket | None, source: _Source) -> tuple[str, ...]:
    """Return the names of the fields that may come with an option without being needed."""
    workflow = source.rules.workflow
    if option.transition is not None and ticket is not None:
        return tuple(name for row in workflow.rows(option.transition, ticket.state) for name in row.takes)
    if option.command == "open" and ticket is None:
        return tuple(name for way in workflow.ways_in if way.target == option.target for name in way.takes)
    return ()


def _input(name: str, kind: str, value: Json, choices: list[str] | None = None, *, is_required: bool = False) -> Json:
    kind = "text" if kind == "choice" and not choices else kind
    return {"name": name, "kind": kind, "value": value, "choices": choices or [], "required": is_required}


def _field_input(field: tf.Field, *, is_required: bool) -> Json:
    kinds = {"number": "number", "truth": "choice", "moment": "instant", "future": "instant"}
    choices = [str(each) for each in field.choices] or (["True", "False"] if field.kind == "truth" else [])
    kind = "choice" if choices else kinds.get(field.kind, "text")
    examples = {"choice": choices[0] if choices else "", "number": 1, "instant": "2026-12-01T10:00", "text": "x"}
    name = f"field {field.name}"
    return _input(name, kind, examples[kind] if is_required else "", choices, is_required=is_required)


def _options(ticket: tf.Ticket | None, actor: tf.Actor, source: _Source, words: tf.Wording) -> Iterator[Json]:
    for option in tf.available(ticket, actor, source.rules):
        row = next((each for each in source.rules.workflow.transitions if each.name == option.transition), None)
        command = words.sentences.say(f"command.{option.command}")
        label = words.sentences.label(row.labels, row.name) if row else command
        yield {
            "command": option.command,
            "transition": option.transition,
            "label": label.replace("_", " "),
            "target": words.state(option.target) if option.target else None,
            "reasons": [words.reason(each) for each in option.reasons],
            "inputs": list(_inputs(option, ticket, source)) if option.is_open else [],
        }


# -- What a user sees


def _ticket(asked: Json) -> Json:
    """Answer with the ticket at an instant: its state, history, options, explanations, clocks and picture."""
    source, now = _source(asked["document"]), _instant(asked["now"])
    words, rules = source.wording(asked), source.rules
    history = _history(asked["document"], json.dumps(asked["commands"]), asked["now"])
    whole = history.ticket
    then = whole.as_of(now) if whole else None
    entries = list(whole.history) if whole else []
    due = next((each.at for each in entries if each.at > now and each.is_automatic), None)
    begin, end = _range(entries, now)
    refusals = [words.refusal(each) for each in history.refusals]
    return {
        "now": asked["now"],
        "local": _local(now, words),
        "start": _milliseconds(begin),
        "end": _milliseconds(end),
        "nextDue": _milliseconds(due) if due else None,
        "nextDueLocal": _local(due, words) if due else None,
        "state": _state(then, words) if then else None,
        "isCut": history.is_cut,
        "unknownFrom": words.instant(unknown) if then and (unknown := unknown_from(then, rules)) else None,
        "refusals": [{"what": what, "why": list(why)} for what, why in refusals],
        "history": [_entry(each, words) for each in entries[-_MOST_SHOWN:]],
        "options": list(_options(then, _actor(asked["actor"]), source, words)),
        "explanations": [_explanation(each, source, words) for each in tf.explain(now, then, rules)] if then else [],
        "clocks": [words.reading(tf.read(now, then, rules.clock(each.name))) for each in rules.clocks] if then else [],
        "lanes": list(_lanes(whole, end, source, words)) if whole else [],
    }


def _range(entries: list[events.Entry], now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the time that is shown: a day at least, and a little more than the history."""
    begin = min(entries[0].at, now) if entries else now
    last = max(entries[-1].at, now) if entries else now
    return begin, last + max((last - begin) * _MARGIN, timedelta(days=1) - (last - begin), timedelta(hours=1))


def _state(ticket: tf.Ticket, words: tf.Wording) -> Json:
    fields = [f"{words.field(name)}: {words.value(value)}" for name, value in ticket.fields.items()]
    return {
        "name": ticket.state,
        "label": words.state(ticket.state),
        "category": ticket.category,
        "hidden": ticket.is_hidden,
        "assignee": ticket.assignee,
        "fields": fields,
    }


def _entry(entry: events.Entry, words: tf.Wording) -> Json:
    what, why = words.entry(entry)
    local = _local(entry.at, words)
    return {"at": _milliseconds(entry.at), "local": local, "what": what, "why": why, "automatic": entry.is_automatic}


def _explanation(explained: tf.Explanation, source: _Source, words: tf.Wording) -> Json:
    checks = [{"what": words.condition(each.condition), "holds": each.holds} for each in explained.checks]
    return {
        "rule": explained.rule,
        "verdict": explained.verdict,
        "text": words.explanation(explained).removeprefix(f"{explained.rule}: "),
        "checks": [each for each in checks if each["what"]],
        "line": source.rule_line(explained.rule),
    }


# -- The picture


def _lanes(ticket: tf.Ticket, end: datetime, source: _Source, words: tf.Wording) -> Iterator[Json]:
    """Yield the rows of the picture: the states, the messages, the rules that fired, the clocks."""
    rules = source.rules
    yield {"label": words.sentences.say("picture.state"), "bands": list(_states(ticket, end, words)), "marks": []}
    marks = [each for entry in ticket.history for each in _messages(entry, words)]
    yield {"label": words.sentences.say("picture.messages"), "bands": [], "marks": marks[:_MOST_SHOWN]}
    implied = {each.id for each in implied_automations(rules)}
    for rule in all_automations(rules):
        fired = [_fired(entry, words) for entry in ticket.history if _rule_of(entry) == rule.id]
        if fired and rule.id not in implied:
            label = words.sentences.label(rule.labels, rule.id)
            yield {"label": label, "bands": [], "marks": fired[:_MOST_SHOWN]}
    for policy in rules.clocks:
        clock = rules.clock(policy.name)
        bands = [
            _band(part.start, part.end, part.kind, words.part(part)) for part in trace(end, ticket, clock)[:_MOST_BANDS]
        ]
        reading = tf.read(end, ticket, clock)
        due = reading.missed or (reading.due_at if reading.done_at is None else None)
        kind = "breach" if reading.missed else "due"
        marks = [_mark(due, kind, words.reading(reading))] if due and due <= end else []
        yield {"label": words.sentences.say("picture.clock", clock=policy.name), "bands": bands, "marks": marks}


def _states(ticket: tf.Ticket, end: datetime, words: tf.Wording) -> Iterator[Json]:
    changes = [(str(change.value), change.mark.at) for change in ticket.trails[STATE]]
    categories = {state.name: state.category for state in words.rules.workflow.states}
    for (state, start), stop in zip(changes, [*(at for _, at in changes[1:]), end], strict=True):
        if start < stop:
            yield _band(start, stop, categories.get(state, "open"), words.state(state))


def _messages(entry: events.Entry, words: tf.Wording) -> Iterator[Json]:
    for event in entry.events:
        if isinstance(event, events.MessageAdded):
            kind = entry.actor.role if event.message.public else "note"
            yield _mark(entry.at, kind, words.entry(entry)[0])
        elif isinstance(event, events.MessageRequested):
            yield _mark(entry.at, "sent", words.event(event))


def _rule_of(entry: events.Entry) -> str | None:
    return entry.cause.key.rule if isinstance(entry.cause, events.ByRule) else None


def _fired(entry: events.Entry, words: tf.Wording) -> Json:
    is_void = any(isinstance(event, events.Dropped | events.Superseded) for event in entry.events)
    return _mark(entry.at, "dropped" if is_void else "fired", words.entry(entry)[0])


def _band(start: datetime, end: datetime, kind: str, title: str) -> Json:
    return {"start": _milliseconds(start), "end": _milliseconds(end), "kind": kind, "title": title}


def _mark(at: datetime, kind: str, title: str) -> Json:
    return {"at": _milliseconds(at), "kind": kind, "title": title}


ANSWERS: Mapping[str, Callable[[Json], Json]] = {
    "read": _read,
    "check": _check,
    "start": _start,
    "act": _act,
    "ticket": _ticket,
}
"""The kinds of requests."""
