"""Conditions and actions of Zendesk's business rules in the terms of the library.

Source: https://developer.zendesk.com/documentation/ticketing/reference-guides/conditions-reference/ and
https://developer.zendesk.com/documentation/ticketing/reference-guides/actions-reference/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from ticketflow.importers.naming import Names, labels_of, name_of
from ticketflow.importers.parts import Part
from ticketflow.presets.stale import label_field
from ticketflow.rules import actions
from ticketflow.tickets.anchors import LastMessage
from ticketflow.tickets.messages import Template
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import Condition
from ticketflow.workflow.definition import Field
from ticketflow.workflow.ticket_calendar import CalendarOf

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
"""The statuses in their order."""
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "incident", "problem", "task")

_BY_ID: Mapping[str, str] = {
    "group_id": "group",
    "organization_id": "organization",
    "brand_id": "brand",
    "ticket_form_id": "form",
    "via_id": "via",
    "locale_id": "locale",
}
"""The fields that hold the id of something in Zendesk."""
_CUSTOM = re.compile(r"(?:custom|ticket)_fields_([0-9]{1,20})", re.ASCII)
_MOST_FIELDS = 500
_EQUAL = ("is", "includes")
_DIFFERENT = ("is_not", "not_includes")


class NotKnownError(Exception):
    """A condition or an action says something that rules cannot say. It never leaves the importer."""


@attrs.define
class Desk:
    """What the rules of a desk share.

    Attributes:
        schedules: The value of the field ``schedule`` for the id of each schedule; None for the default one.
        fields: The fields that conditions and actions use, by name.
        templates: The texts of notifications.
        groups: The names of the groups that get notifications.
        names: The names of templates and of events for other systems.
    """

    schedules: dict[str, str | None] = attrs.field(factory=dict)
    fields: dict[str, Field] = attrs.field(factory=dict)
    templates: list[Template] = attrs.field(factory=list)
    groups: set[str] = attrs.field(factory=set)
    names: Names = attrs.field(factory=Names)

    def field(self, name: str) -> str:
        """Return the name of a field that holds a text, and remember it."""
        return self._kept(Field(name, kind="text", labels={"en": name}))

    def priority(self) -> str:
        """Return the name of the field of the priority, and remember it."""
        return self._kept(Field("priority", PRIORITIES, kind="text", labels={"en": "priority"}))

    def type(self) -> str:
        """Return the name of the field of the type, and remember it."""
        return self._kept(Field("type", TYPES, kind="text", labels={"en": "type"}))

    def tag(self, tag: str) -> str:
        """Return the name of the field that is true if a ticket has a tag, and remember it."""
        name = f"tag.{label_field(tag).removeprefix('label.')}"
        return self._kept(Field(name, kind="truth", labels=labels_of(tag)))

    def schedule(self) -> str:
        """Return the name of the field of the schedule, and remember it."""
        choices = tuple(value for value in self.schedules.values() if value is not None)
        return self._kept(Field("schedule", choices, kind="text", labels={"en": "schedule"}))

    def calendar(self) -> str | CalendarOf:
        """Return the calendar of a ticket: that of its schedule."""
        others = {value: value for value in self.schedules.values() if value is not None}
        return CalendarOf(self.schedule(), others) if others else "default"

    def _kept(self, field: Field) -> str:
        if len(self.fields) >= _MOST_FIELDS and field.name not in self.fields:
            raise NotKnownError(f"a rule set has at most {_MOST_FIELDS} fields")
        return self.fields.setdefault(field.name, field).name


def words_of(value: Part) -> list[str]:
    """Return the texts of a value: of a list each, of nothing none."""
    found = [each.word() for each in value.parts()] if value.is_list() else [value.word()]
    return [word for word in found if word is not None]


def read_conditions(part: Part, desk: Desk) -> Condition:
    """Return the conditions ``all`` and ``any`` of a part as one.

    Raises:
        NotKnownError: One of them says something that rules cannot say.
    """
    every = [read_condition(each, desk) for each in part.at("all").parts()]
    return joined(every, [read_condition(each, desk) for each in part.at("any").parts()])


def joined(every: Sequence[Condition], some: Sequence[Condition]) -> Condition:
    """Return the condition that all of *every* and, if there are any, one of *some* hold."""
    if some:
        every = [*every, some[0] if len(some) == 1 else conditions.AnyOf(*some)]
    return every[0] if len(every) == 1 else conditions.All(*every)


def read_condition(part: Part, desk: Desk) -> Condition:
    """Return one condition.

    Raises:
        NotKnownError: It says something that rules cannot say.
    """
    field, operator = part.at("field").text() or "", part.at("operator").text() or ""
    return condition_of(field, operator, words_of(part.at("value")), desk)


def condition_of(field: str, operator: str, words: list[str], desk: Desk) -> Condition:
    """Return the condition of a field, an operator and its values.

    Raises:
        NotKnownError: It says something that rules cannot say.
    """
    said = f"the condition '{field} {operator} {' '.join(words)}'"
    if field == "current_tags" and operator in (*_EQUAL, *_DIFFERENT):
        tags = [tag for word in words for tag in word.split()]
        if not tags:
            raise NotKnownError(f"{said} names no tag")
        has = [conditions.FieldIs(desk.tag(tag), True) for tag in tags]
        return _negated(operator, has[0] if len(has) == 1 else conditions.AnyOf(*has))
    if operator in ("greater_than", "less_than"):
        return _compared(field, operator, words, desk, said)
    if operator in ("present", "not_present"):
        lacks = conditions.FieldIs(desk.field(_custom(field, said)), None)
        return lacks if operator == "not_present" else conditions.Not(lacks)
    if operator not in (*_EQUAL, *_DIFFERENT):
        raise NotKnownError(f"{said} is not known")
    return _negated(operator, _equal(field, words, desk, said))


def _negated(operator: str, condition: Condition) -> Condition:
    return conditions.Not(condition) if operator in _DIFFERENT else condition


def _equal(field: str, words: list[str], desk: Desk, said: str) -> Condition:
    values: list[str | None] = [word for word in words if word] or [None]
    if field == "status" and set(words) <= set(STATUSES) and words:
        return conditions.StateIs(*words)
    if field == "ticket_is_public" and words in (["public"], ["private"]):
        has_public = conditions.Happened(LastMessage("anyone"))
        return has_public if words == ["public"] else conditions.Not(has_public)
    if field == "assignee_id" and not {"current_user", "requester_id"} & set(words):
        ids = [word for word in words if word]
        return conditions.AssignedTo(*ids) if ids else conditions.Not(conditions.IsAssigned())
    if field == "requester_id" and words and all(map(str.isdigit, words)):
        return conditions.RequesterIs(*words)
    name, found = field_and_values(field, values, desk, said)
    return conditions.FieldIs(name, *found)


def field_and_values(field: str, values: Sequence[str | None], desk: Desk, said: str) -> tuple[str, list[str | None]]:
    """Return the name of the field in which the library keeps a field of Zendesk, and the values."""
    if field == "priority" and set(values) <= {*PRIORITIES, None}:
        return desk.priority(), list(values)
    if field == "type" and set(values) <= {*TYPES, None}:
        return desk.type(), list(values)
    if field in ("schedule_id", "set_schedule") and set(values) <= desk.schedules.keys():
        return desk.schedule(), [desk.schedules[str(value)] for value in values]
    if field in _BY_ID:
        return desk.field(_BY_ID[field]), list(values)
    return desk.field(_custom(field, said)), list(values)


def _custom(field: str, said: str) -> str:
    match = _CUSTOM.fullmatch(field)
    if match is None:
        raise NotKnownError(f"{said} is not known")
    return f"custom.{match[1]}"


def _compared(field: str, operator: str, words: list[str], desk: Desk, said: str) -> Condition:
    order = {"status": STATUSES, "priority": PRIORITIES}.get(field, ())
    [word] = words if len(words) == 1 else [""]
    if word in order:
        place = order.index(word)
        found = order[place + 1 :] if operator == "greater_than" else order[:place]
        if field == "status":
            return conditions.StateIs(*found) if found else conditions.NEVER
        lacks = (None,) if operator == "less_than" else ()  # without a priority, a ticket has less than each
        return conditions.FieldIs(desk.priority(), *lacks, *found) if lacks or found else conditions.NEVER
    counted: Callable[[int], Condition] | None = _COUNTS.get(field)
    if counted is None or not word.isdigit() or len(word) > _LONGEST_COUNT:
        raise NotKnownError(f"{said} is not known")
    at_least = int(word) + (operator == "greater_than")
    found_more = counted(at_least) if at_least else conditions.ALWAYS
    return found_more if operator == "greater_than" else conditions.Not(found_more)


_LONGEST_COUNT = 6
_COUNTS: Mapping[str, Callable[[int], Condition]] = {
    "reopens": conditions.Reopened,
    "replies": lambda times: conditions.Happened(LastMessage("agent"), times),
}

# -- actions ----------------------------------------------------------------------------------------------------------

_RECIPIENTS: Mapping[str, str] = {
    "requester_id": "customer",
    "requester_and_ccs": "customer",
    "assignee_id": "owner",
    "all_agents": "agent",
}
_PLACEHOLDER = re.compile(r"\{\{.{0,200}?\}\}", re.DOTALL)


def read_action(part: Part, desk: Desk, title: str) -> tuple[tuple[actions.Action, ...], str]:
    """Return the actions for one action of Zendesk, and what they lose; empty if nothing.

    Args:
        part: The action.
        desk: What the rules of the desk share.
        title: The title of the rule, from which names of texts are made.

    Raises:
        NotKnownError: It says something that rules cannot say.
    """
    field, value = part.at("field").text() or "", part.at("value")
    if field in ("notification_user", "notification_group", "notification_sms_user", "notification_sms_group"):
        return _notification(field, value, desk, title)
    if field in ("notification_webhook", "notification_target"):
        first = words_of(value)[:1] or ["x"]
        return (actions.Emit(f"{field.partition('_')[2]}.{name_of(first[0]) or 'x'}"),), "its body is not carried over"
    words = words_of(value)
    said = f"the action '{field} {' '.join(words)}'"
    if field in ("current_tags", "set_tags", "remove_tags"):
        is_set = field != "remove_tags"
        tags = [tag for word in words for tag in word.split()]
        lost = "the other tags of the ticket stay" if field == "set_tags" else ""
        return tuple(actions.SetField(desk.tag(tag), is_set) for tag in tags), lost
    [word] = words if len(words) == 1 else [""]
    if field == "status":
        if word not in STATUSES[1:]:
            raise NotKnownError(f"{said} is not known")
        return (actions.Move(f"to_{word}"),), ""
    if field == "assignee_id" and word != "requester_id":
        return (actions.AssignTo("actor") if word == "current_user" else actions.Assign(word or None),), ""
    name, found = field_and_values(field, [word or None], desk, said)
    return tuple(actions.SetField(name, new) for new in found), ""


def _notification(field: str, value: Part, desk: Desk, title: str) -> tuple[tuple[actions.Action, ...], str]:
    words = words_of(value)
    recipient, subject, body = [*words, "", "", ""][:3]
    if field.endswith("_user") and recipient in _RECIPIENTS:
        to = _RECIPIENTS[recipient]
    elif field.endswith("_user") and recipient.isdigit():
        to = actions.person(recipient)
    elif field.endswith("_group") and recipient.isdigit():
        to = f"group-{recipient}"
        desk.groups.add(to)
    else:
        raise NotKnownError(f"the recipient {recipient!r} is not known")
    text = "\n\n".join(filter(None, (subject, body))).replace("{{ticket.id}}", "{ticket}")
    text = "".join(sign for sign in text if sign in "\n\t" or sign.isprintable())[:_LONGEST_TEXT]
    name = desk.names.name(title, "message")
    desk.templates.append(Template(name, {"en": text or title}, labels_of(subject)))
    lost = ["the CCs do not get it"] if recipient == "requester_and_ccs" else []
    lost += ["the sender must fill in the placeholders of Zendesk"] if _PLACEHOLDER.search(text) else []
    lost += ["it is a message, not an SMS"] if "_sms_" in field else []
    return (actions.SendMessage(name, to),), "; ".join(lost)


_LONGEST_TEXT = 20_000
