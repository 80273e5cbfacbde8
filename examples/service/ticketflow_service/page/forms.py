"""Forms for what an actor can do, and the command documents of what they send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

import attrs

import ticketflow as tf
from ticketflow_service.http.backend import Asked
from ticketflow_service.http.problems import OUTSIDERS
from ticketflow_service.page.session import Visit

Kind = Literal["line", "text", "check", "choice", "moment", "number"]

INPUTS: Mapping[str, tuple[tuple[str, Kind, bool], ...]] = {
    "add_message": (("message", "text", True), ("internal", "check", False)),
    "assign": (("assignee", "line", False),),
    "decline": (("why", "line", True),),
    "follow_up": (("message", "text", False),),
    "link": (("other", "line", True),),
    "rate": (("score", "number", True), ("comment", "text", False)),
    "record_event": (("event", "choice", True),),
    "reopen": (("message", "text", False),),
    "review_classification": (("classification", "line", True),),
    "set_requester": (("requester", "line", False),),
    "snooze": (("choice", "choice", False), ("until", "moment", False), ("why", "line", False)),
}
"""The inputs of each command: the name, the kind, and whether it must be filled."""

KEY_BYTES = 16
"""The number of random bytes of a form's key."""

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

    def forbidden(self, asked: Asked) -> list[tuple[str, list[str]]]:
        """Return what is a thing to do here and is not possible now, with every reason."""
        hidden = {"no_such_transition", "not_found", "already_there"}
        hidden |= {"not_allowed"} if self.visit.actor.role in OUTSIDERS else set()
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
        subject = Input("subject", "line", words["subject"], needed=True)
        text = Input("message", "text", words["message"], needed=True)
        is_outsider = self.visit.actor.role in OUTSIDERS
        whom = () if is_outsider else (Input("requester", "line", words["requester"]),)
        fields = [each for each in self.rules.workflow.fields if each.name in option.needs or each.choices]
        return ActionForm("open", words["send"], (subject, text, *whom, *self._of_fields(fields, option.needs, None)))

    def body(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return the command document of what a form sent, without what the service adds."""
        do, _, transition = given.get("do", "").partition(":")
        body: dict[str, object] = {"do": do}
        if do == "move":
            body["transition"] = transition
        for name in ("assignee", "requester", "comment", "why", "other", "event", "classification", "choice"):
            if given.get(name):
                body[name] = given[name]
        if do in ("assign", "set_requester"):
            body.setdefault({"assign": "assignee", "set_requester": "requester"}[do], None)
        if given.get("score", "").isdecimal():
            body["score"] = int(given["score"])
        if given.get("until"):
            body["until"] = self._instant(given["until"])
            body.pop("choice", None)
        if given.get("message") or given.get("subject"):
            message = {name: given[name] for name in ("subject",) if given.get(name)}
            body["message"] = message | {"text": given.get("message", ""), "public": "internal" not in given}
        fields = dict(self._fields(given))
        if fields or do == "set_fields":
            body["fields"] = fields
        version = given.get("version", "")
        return body | ({"expected_version": int(version)} if version.isdecimal() and do != "add_message" else {})

    def _form(self, option: tf.Option, ticket: tf.Ticket) -> ActionForm:
        words, does = self.visit.words, option.command
        if does != "move":
            fields = self.rules.workflow.fields if does == "set_fields" else ()
            is_outsider = self.visit.actor.role in OUTSIDERS
            rows = (each for each in INPUTS.get(does, ()) if not (is_outsider and each[0] == "internal"))
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
        rows = (each for each in self.rules.workflow.transitions if each.name == option.transition)
        label = self._of(next(rows).labels, str(option.transition))
        return label[:1].upper() + label[1:]

    def _of(self, labels: Mapping[str, str], name: str) -> str:
        return labels.get(self.visit.language) or labels.get("en") or name.replace("_", " ")

    def _input(self, name: str, kind: Kind, needed: bool) -> Input:
        words, options = self.visit.words, list[tuple[str, str]]()
        if name == "choice" and self.rules.snoozing:
            options = [(each.name, self._of(each.labels, each.name)) for each in self.rules.snoozing.choices]
        if name == "event":
            options = [(each, each.replace("_", " ")) for each in sorted(self.rules.workflow.outside_events)]
        value = self.visit.actor.id if name == "assignee" else ""
        return Input(name, kind, words[name], needed, tuple(options), value)

    def _of_fields(self, fields: Iterable[tf.Field], needs: Iterable[str], ticket: tf.Ticket | None) -> Iterator[Input]:
        for field in fields:
            kind: Kind = "moment" if field.kind in ("moment", "future") else "choice" if field.choices else "line"
            options: tuple[tuple[str, str], ...] = tuple(
                (str(each), self.wording.value(each)) for each in field.choices
            )
            if field.kind == "truth":
                kind, options = "choice", tuple((str(each), self.wording.value(each)) for each in (True, False))
            held = ticket.fields.get(field.name) if ticket else None
            value = "" if held is None else self._written(held)
            yield Input(
                f"field.{field.name}", kind, self.wording.field(field.name), field.name in needs, options, value
            )

    def _fields(self, given: Mapping[str, str]) -> Iterator[tuple[str, object]]:
        for field in self.rules.workflow.fields:
            text = given.get(f"field.{field.name}")
            if text is None:
                continue
            if not text:
                if given.get("do") == "set_fields":
                    yield field.name, None
            elif field.kind in ("moment", "future"):
                yield field.name, {"instant": self._instant(text)}
            else:
                known = {
                    str(each): each for each in (*field.choices, *((True, False) if field.kind == "truth" else ()))
                }
                is_number = field.kind == "number" and text.removeprefix("-").isdecimal()
                yield field.name, known.get(text, int(text) if is_number else text)

    def _instant(self, text: str) -> str:
        """Return what a person wrote as a local time as an instant; what is no time, as it is."""
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self.wording.zone).isoformat()
        except ValueError:
            return text

    def _written(self, value: object) -> str:
        if isinstance(value, datetime):
            return value.astimezone(self.wording.zone).strftime("%Y-%m-%dT%H:%M")
        return str(value)


def choices_of(field: tf.Field) -> tuple[object, ...]:
    """Return the values from which one is chosen; none if any value of the kind can be given."""
    return (True, False) if field.kind == "truth" else field.choices
