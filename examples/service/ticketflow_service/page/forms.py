"""Forms for what an actor can do, and the command documents of what they send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

import attrs

import ticketflow as tf
from ticketflow_service.http.backend import Asked
from ticketflow_service.page.session import Visit

Kind = Literal["line", "text", "check", "choice", "moment"]

INPUTS: Mapping[str, tuple[tuple[str, Kind, bool], ...]] = {
    "add_message": (("message", "text", True), ("internal", "check", False)),
    "assign": (("assignee", "line", False),),
    "decline": (("why", "line", True),),
    "follow_up": (("message", "text", False),),
    "link": (("other", "line", True),),
    "rate": (("score", "choice", True),),
    "record_event": (("event", "choice", True),),
    "reopen": (("message", "text", False),),
    "review_classification": (("classification", "line", True),),
    "set_requester": (("requester", "line", False),),
    "snooze": (("choice", "choice", False), ("until", "moment", False), ("why", "line", False)),
}
"""The inputs of each command: the name, the kind, and whether it must be filled."""

KEY_BYTES = 16
"""The number of random bytes of a form's key."""

DONE = frozenset({*INPUTS, "cancel_snooze", "give_back", "new", "set_fields"})
"""What a page can say was done, besides moves."""

RARE = frozenset({"link", "record_event", "review_classification", "set_fields", "set_requester"})
"""Commands that are seldom given."""


@attrs.frozen
class Input:
    """An input of a form.

    Attributes:
        name: Its name in what the form sends.
        kind: How it looks.
        label: What people read.
        needed: Whether it must be filled.
        options: The values of a choice, each with its label.
        value: What is in it.
    """

    name: str
    kind: Kind
    label: str
    needed: bool = False
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""


@attrs.frozen
class ActionForm:
    """A form that gives one command.

    Attributes:
        does: The name of the command; for a move, and the transition.
        label: What the button says.
        inputs: Its inputs.
        note: Where the ticket will be.
    """

    does: str
    label: str
    inputs: tuple[Input, ...] = ()
    note: str = ""

    @property
    def is_rare(self) -> bool:
        """Whether people seldom need it."""
        return self.does in RARE


@attrs.frozen
class Desk:
    """Makes the forms of a ticket for a visitor, and reads them.

    Attributes:
        visit: The visitor.
        rules: The rules in force.
        wording: Words for what the rules say.
    """

    visit: Visit
    rules: tf.Rules
    wording: tf.Wording = attrs.field(init=False)

    @wording.default
    def _wording(self) -> tf.Wording:
        return tf.Wording(self.rules, language=self.visit.language)

    def forms(self, asked: Asked) -> list[ActionForm]:
        """Return a form for everything that the visitor can do to a ticket now."""
        options = tf.available(asked.ticket, self.visit.actor, self.rules)
        found = [self._form(each, asked.ticket) for each in options if each.is_open and each.command != "open"]
        return sorted(found, key=lambda form: (form.does != "add_message", not form.does.startswith("move:")))

    def missing(self, form: ActionForm, given: Mapping[str, str]) -> list[str]:
        """Return what a form needs and what was sent lacks, in the visitor's words."""
        words = self.visit.words
        found = [each.label for each in form.inputs if each.needed and not given.get(each.name)]
        if form.does == "snooze" and not (given.get("choice") or given.get("until")):
            found.append(words["choice"])
        return [words["missing"].format(label=each) for each in found]

    def error(self, pointer: str, what: str, fix: str) -> str:
        """Return an error of a command document with the label of its input. The details are in English."""
        name = pointer.rpartition("/")[2]
        label = self.visit.words.get(name) or self.wording.field(name) or self.visit.words["form"]
        return self.visit.words["wrong"].format(label=label, what=f"{what}; {fix}" if fix else what)

    def done(self, does: str) -> str | None:
        """Return the label of a command that was given; None if there is no such command."""
        do, _, transition = does.partition(":")
        if do == "move":
            return self._of_transition(transition)
        return self.visit.words[do] if do in DONE else None

    def forbidden(self, asked: Asked) -> list[tuple[str, list[str]]]:
        """Return what is a thing to do here and is not possible now, with every reason."""
        hidden = {"no_such_transition", "not_found", "already_there"}
        hidden |= {"not_allowed"} if self.visit.is_outsider else set()
        return [
            (self._label(each), [self.wording.reason(reason) for reason in each.reasons])
            for each in tf.available(asked.ticket, self.visit.actor, self.rules)
            if each.reasons and each.command != "open" and not hidden & {reason.kind for reason in each.reasons}
        ]

    def opening(self) -> ActionForm | None:
        """Return the form for a new ticket; None if the visitor cannot open any."""
        options = tf.available(None, self.visit.actor, self.rules)
        option = next((each for each in options if each.command == "open" and each.is_open), None)
        if option is None:
            return None
        words = self.visit.words
        inputs = [Input("subject", "line", words["subject"], needed=True)]
        inputs.append(Input("message", "text", words["message"], needed=True))
        is_outsider = self.visit.is_outsider
        if not is_outsider:
            inputs.append(self._input("requester", "line", needed=False))
        way_in = self.rules.workflow.way_in(self.visit.actor, None)
        if way_in and way_in.must_be_named:
            ways = (each.target for each in self.rules.workflow.ways_in if self.visit.actor.is_any_of(each.may))
            states = tuple((each, self.wording.state(each)) for each in dict.fromkeys(ways))
            inputs.append(Input("state", "choice", words["state"], needed=True, options=states))
        needs = option.needs
        chosen = [
            each for each in self.rules.workflow.fields if each.name in needs or (each.choices and not is_outsider)
        ]
        return ActionForm("open", words["send"], (*inputs, *self._of_fields(chosen, needs, None)))

    def body(self, given: Mapping[str, str], ticket: tf.Ticket | None) -> dict[str, object]:
        """Return the command document of what a form sent to a ticket, without what the service adds."""
        do, _, transition = given.get("do", "").partition(":")
        body: dict[str, object] = {"do": do}
        if do == "move":
            body["transition"] = transition
        for name in ("assignee", "requester", "why", "other", "event", "classification", "choice", "state"):
            if given.get(name):
                body[name] = given[name]
        if do in ("assign", "set_requester"):
            body.setdefault({"assign": "assignee", "set_requester": "requester"}[do], None)
        if given.get("score"):
            body["score"] = number_of(given["score"])
        if given.get("until"):
            body["until"] = self._instant(given["until"])
            body.pop("choice", None)
        if given.get("message") or given.get("subject"):
            message = {name: given[name] for name in ("subject",) if given.get(name)}
            body["message"] = message | {"text": given.get("message", ""), "public": "internal" not in given}
        fields = dict(self._fields(given, ticket))
        if fields or do == "set_fields":
            body["fields"] = fields
        if given.get("version") and do != "add_message":
            body["expected_version"] = number_of(given["version"])
        return body

    def _form(self, option: tf.Option, ticket: tf.Ticket) -> ActionForm:
        words, does = self.visit.words, option.command
        if does != "move":
            fields = self.rules.workflow.fields if does == "set_fields" else ()
            rows = (each for each in INPUTS.get(does, ()) if not (self.visit.is_outsider and each[0] == "internal"))
            usual = (self._input(*each) for each in rows)
            return ActionForm(does, words[does], (*usual, *self._of_fields(fields, (), ticket)))
        needed = "message" in option.needs or "resolution" in option.needs
        needed_fields = (each for each in self.rules.workflow.fields if each.name in option.needs)
        text = Input("message", "text", words["message"], needed)
        note = f"→ {self.wording.state(option.target)}" if option.target else ""
        inputs = (*((text,) if needed else ()), *self._of_fields(needed_fields, option.needs, ticket))
        return ActionForm(f"move:{option.transition}", self._label(option), inputs, note)

    def _label(self, option: tf.Option) -> str:
        if option.command != "move":
            return self.visit.words[option.command]
        return self._of_transition(option.transition) or ""

    def _of_transition(self, name: str | None) -> str | None:
        rows = (each for each in self.rules.workflow.transitions if each.name == name)
        label = next((self._of(each.labels, each.name) for each in rows), None)
        return label and label[:1].upper() + label[1:]

    def _of(self, labels: Mapping[str, str], name: str) -> str:
        return labels.get(self.visit.language) or labels.get("en") or name.replace("_", " ")

    def _input(self, name: str, kind: Kind, needed: bool) -> Input:
        words, options = self.visit.words, list[tuple[str, str]]()
        if name == "choice" and self.rules.snoozing:
            options = [(each.name, self._of(each.labels, each.name)) for each in self.rules.snoozing.choices]
        if name == "score":
            options = [(str(each), str(each)) for each in range(1, 6)]
        if name == "event":
            options = [(each, each.replace("_", " ")) for each in sorted(self.rules.workflow.outside_events)]
        value = self.visit.actor.id if name == "assignee" else ""
        label = words.get(f"{name}_input", words[name]).format(zone=self.wording.zone)
        return Input(name, kind, label, needed, tuple(options), value)

    def _of_fields(self, fields: Iterable[tf.Field], needs: Iterable[str], ticket: tf.Ticket | None) -> Iterator[Input]:
        for field in fields:
            kind: Kind = "moment" if field.kind in ("moment", "future") else "choice" if field.choices else "line"
            options: tuple[tuple[str, str], ...] = tuple(
                (str(each), self.wording.value(each)) for each in field.choices
            )
            if field.kind == "truth":
                kind, options = "choice", tuple((str(each), self.wording.value(each)) for each in (True, False))
            label = self.wording.field(field.name)
            label = f"{label[:1].upper()}{label[1:]}" + (f" ({self.wording.zone})" if kind == "moment" else "")
            value = self._written(ticket, field.name)
            yield Input(f"field.{field.name}", kind, label, field.name in needs, options, value)

    def _fields(self, given: Mapping[str, str], ticket: tf.Ticket | None) -> Iterator[tuple[str, object]]:
        for field in self.rules.workflow.fields:
            text = given.get(f"field.{field.name}")
            is_change = given.get("do") == "set_fields"
            if text is None or (is_change and text == self._written(ticket, field.name)):
                continue
            if not text:
                if is_change:
                    yield field.name, None
            elif field.kind in ("moment", "future"):
                yield field.name, {"instant": self._instant(text)}
            else:
                known = {
                    str(each): each for each in (*field.choices, *((True, False) if field.kind == "truth" else ()))
                }
                yield field.name, known.get(text, number_of(text) if field.kind == "number" else text)

    def _instant(self, text: str) -> str:
        """Return what a person wrote as a local time as an instant; what is no time, as it is."""
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self.wording.zone).isoformat()
        except ValueError:
            return text

    def _written(self, ticket: tf.Ticket | None, field: str) -> str:
        """Return the value of a field as an input has it."""
        value = ticket.fields.get(field) if ticket else None
        if isinstance(value, datetime):
            return value.astimezone(self.wording.zone).strftime("%Y-%m-%dT%H:%M")
        return "" if value is None else str(value)


def number_of(text: str) -> int | str:
    """Return the number that a text says; what is no number, or far too large, as it is."""
    return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else text


def choices_of(field: tf.Field) -> tuple[object, ...]:
    """Return the values from which one is chosen; none if any value of the kind can be given."""
    return (True, False) if field.kind == "truth" else field.choices
