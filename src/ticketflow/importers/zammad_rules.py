"""Conditions, actions, schedulers and triggers of Zammad as rules.

Source: ``app/models/ticket/selector/sql.rb`` (0a95b233), ``app/models/job.rb`` (01abe56e) and ``db/seeds/triggers.rb``
(5df98684) of https://github.com/zammad/zammad, ``api/trigger.rst`` (6e05999c) of
https://github.com/zammad/zammad-documentation, and ``manage/trigger/how-do-they-work.rst`` (0262c2cf) of
https://github.com/zammad/zammad-admin-documentation, read 2026-11-29.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from html import unescape
from typing import NamedTuple

import attrs

from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import BeforeDue, CalendarSpan, Elapsed
from ticketflow.errors import TicketflowError
from ticketflow.importers.naming import Names, labels_of, name_of
from ticketflow.importers.parts import Part
from ticketflow.presets.stale import label_field
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation
from ticketflow.tickets.anchors import (
    Anchor,
    AssignedLast,
    Created,
    LastActivity,
    LastMessage,
    Latest,
    ResolvedLast,
    Started,
)
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.messages import Template
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import Condition
from ticketflow.workflow.definition import Field

PENDING = "pending_until"
"""The field of the moment until which a ticket is pending."""


class NotKnownError(Exception):
    """A condition or an action says something that rules cannot say. It never leaves the importer."""


@attrs.define
class Desk:
    """What the rules of a desk share.

    Attributes:
        states: The names of states, by id.
        priorities: The values of the field ``priority``, by id.
        groups: The names of groups, by id.
        calendars: The names of calendars, by id.
        clocks: The names of the clocks.
        fields: The fields that conditions and actions use, by name.
        closed: The calendars for which a rule asks when they are closed.
        templates: The texts of messages.
        names: The names of templates.
        calendar_names: The names of calendars that are taken.
        usual_priority: The value of the field ``priority`` that a ticket without one has in Zammad.
    """

    states: dict[str, str] = attrs.field(factory=dict)
    priorities: dict[str, str] = attrs.field(factory=dict)
    groups: dict[str, str] = attrs.field(factory=dict)
    calendars: dict[str, str] = attrs.field(factory=dict)
    clocks: tuple[str, ...] = ()
    fields: dict[str, Field] = attrs.field(factory=dict)
    closed: set[str] = attrs.field(factory=set)
    templates: list[Template] = attrs.field(factory=list)
    names: Names = attrs.field(factory=Names)
    calendar_names: Names = attrs.field(factory=lambda: Names(longest=50, taken={"default"}))
    usual_priority: str = ""

    def field(self, name: str, *choices: str) -> str:
        """Return the name of a field that holds a text, and remember it."""
        return self.fields.setdefault(name, Field(name, choices, kind="text", labels=labels_of(name))).name

    def tag(self, tag: str) -> str:
        """Return the name of the field that is true if a ticket has a tag, and remember it."""
        name = f"tag.{label_field(tag).removeprefix('label.')}"
        return self.fields.setdefault(name, Field(name, kind="truth", labels=labels_of(tag))).name


class _Leaf(NamedTuple):
    """One condition: the attribute, and the part with its operator and value."""

    name: str
    part: Part

    @property
    def operator(self) -> str:
        """The operator."""
        return self.part.at("operator").text() or ""

    @property
    def words(self) -> list[str]:
        """The values as texts."""
        value = self.part.at("value")
        found = [each.word() for each in value.parts()] if value.is_list() else [value.word()]
        return [word for word in found if word is not None]


_JOINED = "how the conditions are joined"


def _leaves(part: Part) -> tuple[list[_Leaf], list[Part]]:
    """Return the conditions of a selector that must all hold, and its nested blocks."""
    if not part.has("conditions"):
        return [_Leaf(name, each) for name, each in (part.pairs() if part else ())], []
    if (part.at("operator").text() or "AND") != "AND":
        return [], [part]
    part.at("operator").carried("operator", _JOINED)
    leaves, blocks = [], []
    for each in part.at("conditions").parts():
        if each.has("conditions"):
            blocks.append(each)
        else:
            leaves.append(_Leaf(each.at("name").text() or "", each))
    return leaves, blocks


def read_selector(part: Part, desk: Desk) -> Condition:
    """Return the condition of a selector, as SLAs have it.

    Raises:
        NotKnownError: It says something that rules cannot say.
    """
    leaves, blocks = _leaves(part)
    return _joined([*(_condition(each, desk) for each in leaves), *(_block(each, desk) for each in blocks)])


def _joined(every: Sequence[Condition]) -> Condition:
    return every[0] if len(every) == 1 else conditions.All(*every)


def _block(part: Part, desk: Desk) -> Condition:
    inner = [
        _block(each, desk) if each.has("conditions") else _condition(_Leaf(each.at("name").text() or "", each), desk)
        for each in part.at("conditions").parts()
    ]
    operator = part.at("operator").text() or "AND"
    part.at("operator").carried("operator", _JOINED)
    if operator == "OR":
        return conditions.AnyOf(*inner)
    return conditions.Not(_joined(inner)) if operator == "NOT" else _joined(inner)


def _condition(leaf: _Leaf, desk: Desk) -> Condition:
    said = f"the condition '{leaf.name} {leaf.operator} {' '.join(leaf.words)}'"
    table, _, attribute = leaf.name.partition(".")
    if table != "ticket" or attribute in _NO_FACTS:
        raise NotKnownError(f"{said} is not known")
    if attribute == "tags":
        return _tags(leaf, desk, said)
    if leaf.operator not in ("is", "is not"):
        raise NotKnownError(f"{said} is not known")
    found = _equal(attribute, leaf, desk, said)
    return conditions.Not(found) if leaf.operator == "is not" else found


_NO_FACTS = frozenset(
    {
        *("title", "number", "note", "article_count", "create_article_type_id", "create_article_sender_id", "action"),
        *("created_by_id", "updated_by_id", "mention_user_ids", "out_of_office_replacement_id", "time_unit"),
    }
)
"""The attributes of tickets of which rules know nothing."""


def _tags(leaf: _Leaf, desk: Desk, said: str) -> Condition:
    tags = [tag.strip() for word in leaf.words for tag in word.split(",") if tag.strip()]
    has = [conditions.FieldIs(desk.tag(tag), True) for tag in tags]
    if not has or leaf.operator not in _TAGS:
        raise NotKnownError(f"{said} is not known")
    needs_all, is_not = _TAGS[leaf.operator]
    found = _joined(has) if needs_all or len(has) == 1 else conditions.AnyOf(*has)
    return conditions.Not(found) if is_not else found


_TAGS = {
    "contains all": (True, False),
    "contains one": (False, False),
    "contains all not": (True, True),
    "contains one not": (False, True),
}


def _equal(attribute: str, leaf: _Leaf, desk: Desk, said: str) -> Condition:
    words, before = leaf.words, _before(leaf)
    if before.startswith("current_user"):
        raise NotKnownError(f"{said} asks for the user who looks")
    if attribute == "state_id":
        return conditions.StateIs(*_known(words, desk.states, said))
    if attribute == "owner_id":
        ids = [word for word in words if word not in ("", "1")]  # the user 1 is nobody
        return (
            conditions.Not(conditions.IsAssigned()) if before == "not_set" or not ids else conditions.AssignedTo(*ids)
        )
    if attribute == "customer_id" and words and before != "not_set":
        return conditions.RequesterIs(*words)
    name, values = _field(attribute, [None] if before == "not_set" else words, desk, said)
    if attribute == "priority_id" and desk.usual_priority in values:
        values.append(None)
    return conditions.FieldIs(name, *dict.fromkeys(values))


def _before(leaf: _Leaf) -> str:
    """Return what a condition or action says instead of a value: ``not_set``, or the current user."""
    part = leaf.part.at("pre_condition")
    found = part.text() or ""
    part.carried("pre_condition", "who or what is meant")
    if found not in ("", "specific"):
        leaf.part.at("value").left_out("value", f"{found} has no value")
    return found


def _known(words: Sequence[str], names: Mapping[str, str], said: str) -> list[str]:
    if not words or not set(words) <= names.keys():
        raise NotKnownError(f"{said} names an id that is not in the export")
    return [names[word] for word in words]


def _field(attribute: str, words: Sequence[str | None], desk: Desk, said: str) -> tuple[str, list[str | None]]:
    """Return the name of the field in which the library keeps an attribute, and the values."""
    values: list[str | None] = [word or None for word in words]
    if not values:
        raise NotKnownError(f"{said} has no value")
    if attribute == "priority_id":
        found = [None if word is None else _known([word], desk.priorities, said)[0] for word in values]
        return desk.field("priority", *desk.priorities.values()), [*found]
    if attribute == "group_id":
        return desk.field("group"), [None if word is None else desk.groups.get(word, word) for word in values]
    name = name_of(attribute.removesuffix("_id"), "_")
    if not name or name in (PENDING, "priority", "group", "state", "owner", "customer"):
        raise NotKnownError(f"{said} is not known")
    return desk.field(name), values


# -- actions ----------------------------------------------------------------------------------------------------------

_RECIPIENTS: Mapping[str, str] = {
    "article_last_sender": "customer",
    "ticket_customer": "customer",
    "ticket_owner": "owner",
    "ticket_agents": "agent",
}
_PLACEHOLDER = re.compile(r"#\{[^{}]{0,200}\}")
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"(?i)<br ?/?>|</(?:div|p|li)>")
_LONGEST_TEXT = 20_000


class _Steps(NamedTuple):
    """The actions of a rule: a move is a step on its own, because it is impossible in the state that it leads to."""

    others: list[actions.Action]
    moves: list[actions.Action]
    lost: list[str]


def _read_actions(part: Part, desk: Desk, title: str) -> _Steps:
    found = _Steps([], [], [])
    for key, each in part.at("perform").pairs():
        try:
            then, loss = _action(key, each, desk, title)
        except (NotKnownError, TicketflowError) as error:
            each.left_out(f"action {key}", str(error))
            found.lost.append(f"without its action {key}")
            continue
        (found.moves if key == "ticket.state_id" else found.others).extend(then)
        found.lost.extend(filter(None, [loss]))
    if not found.others and not found.moves:
        raise NotKnownError("none of its actions is known")
    return found


def _action(key: str, part: Part, desk: Desk, title: str) -> tuple[list[actions.Action], str]:
    leaf = _Leaf(key, part)
    said, attribute = f"the action {key!r}", key.removeprefix("ticket.")
    if key in ("notification.email", "notification.sms"):
        return _message(part, desk, title, is_sms=key.endswith("sms"))
    if key == "notification.webhook":
        return [actions.Emit(f"webhook.{name_of(part.at('webhook_id').word() or '') or 'x'}")], ""
    if not key.startswith("ticket.") or attribute in _NO_FACTS or attribute in (PENDING, "pending_time", "customer_id"):
        raise NotKnownError(f"{said} is not known")
    if attribute == "tags":
        tags = [tag.strip() for word in leaf.words for tag in word.split(",") if tag.strip()]
        part.at("operator").carried("operator", "whether the tags are added or removed")
        return [actions.SetField(desk.tag(tag), leaf.operator != "remove") for tag in dict.fromkeys(tags)], ""
    before = _before(leaf)
    if attribute == "state_id":
        return [actions.Move(f"to_{state}") for state in _known(leaf.words, desk.states, said)[:1]], ""
    if attribute == "owner_id":
        if before == "current_user.id":
            return [actions.AssignTo("actor")], ""
        owner = next((word for word in leaf.words if word not in ("", "1")), None)
        return [actions.Assign(None if before == "not_set" else owner)], ""
    name, [value, *_] = _field(attribute, leaf.words, desk, said)
    return [actions.SetField(name, value)], ""


def _message(part: Part, desk: Desk, title: str, *, is_sms: bool) -> tuple[list[actions.Action], str]:
    recipients = _Leaf("", part).part.at("recipient")
    names = [each.word() for each in recipients.parts()] if recipients.is_list() else [recipients.word()]
    to = [_recipient(name or "") for name in names]
    subject, body = part.at("subject").text() or "", part.at("body").text() or ""
    written = "\n\n".join(filter(None, (subject, body))).replace("#{ticket.number}", "{ticket}")
    plain = unescape(_MARKUP.sub("", _BREAK.sub("\n", written)))
    text = "".join(sign for sign in plain if sign in "\n\t" or sign.isprintable())[:_LONGEST_TEXT]
    name = desk.names.name(title, "message")
    desk.templates.append(Template(name, {"en": text or title}, labels_of(subject)))
    lost = ["the text has no HTML"] if plain != written else []
    lost += ["the sender must fill in the variables of Zammad"] if _PLACEHOLDER.search(text) else []
    lost += ["it is a message, not an SMS"] if is_sms else []
    return [actions.SendMessage(name, each) for each in dict.fromkeys(to)], "; ".join(lost)


def _recipient(name: str) -> str:
    if name in _RECIPIENTS:
        return _RECIPIENTS[name]
    if name.startswith("userid_") and name.removeprefix("userid_").isdigit():
        return actions.person(name.removeprefix("userid_"))
    raise NotKnownError(f"the recipient {name!r} is not known")


# -- rules ------------------------------------------------------------------------------------------------------------

Found = Iterator[tuple[Automation, Part]]
_OWN = ("id", "created_at", "updated_at", "created_by_id", "updated_by_id", "last_run_at", "next_run_at", "running")
_OF_ZAMMAD = ("processed", "matching", "pid", "error_message", "status")


class _Reaction(NamedTuple):
    """To what a rule reacts: its triggers or timers, condition and hours, and how that differs from Zammad."""

    whens: Sequence[triggers.Trigger | triggers.Timer]
    given: Condition
    notes: Sequence[str]
    during: triggers.During | None = None


def _read(parts: Sequence[Part], desk: Desk, ids: Names, what: str, reaction_of: Callable[[Part], _Reaction]) -> Found:
    for part in parts:
        title = _begin(part)
        try:
            reaction = reaction_of(part)
            steps = _read_actions(part, desk, title)
            rules = [*_rules(part, ids, title, reaction, steps)]
        except (NotKnownError, TicketflowError) as error:
            part.left_out(f"{what} {title!r}", str(error))
            continue
        notes = [*reaction.notes, *steps.lost]
        say = part.changed if notes else part.carried
        say(f"{what} {title!r}", "; ".join([f"automations.{rules[0].id}", *notes]))
        part.at("active").carried("active", "whether the rule is enabled")
        yield from ((rule, part) for rule in rules)


def _rules(part: Part, ids: Names, title: str, reaction: _Reaction, steps: _Steps) -> Iterator[Automation]:
    name = ids.name(title, "rule")
    halves = [each for each in (steps.others, steps.moves) if each]
    for place, when in enumerate(reaction.whens):
        for number, then in enumerate(halves):
            ending = f"{f'.{place + 1}' if place else ''}{f'.{number + 1}' if number else ''}"
            yield Automation(
                f"{name}{ending}",
                when=when,
                given=reaction.given,
                then=tuple(then),
                during=reaction.during,
                is_enabled=part.at("active").truth() is not False,
                labels=labels_of(title),
            )


def _begin(part: Part) -> str:
    part.skipped(*_OWN, *_OF_ZAMMAD, why="Zammad keeps it for itself")
    part.skipped("note", why="rules have no notes")
    part.skipped("disable_notification", "localization", "timezone", why="it is about Zammad's own notifications")
    return part.at("name").text() or "without a name"


def read_jobs(parts: Sequence[Part], desk: Desk, ids: Names) -> Found:
    """Yield the rules for schedulers, each with its part. Those that cannot be rules are left out."""
    return _read(parts, desk, ids, "scheduler", lambda part: _time(part, desk))


def read_triggers(parts: Sequence[Part], desk: Desk, ids: Names) -> Found:
    """Yield the rules for triggers, each with its part. Those that cannot be rules are left out."""
    return _read(parts, desk, ids, "trigger", lambda part: _event(part, desk))


_SINCE: Mapping[str, Anchor] = {
    "created_at": Created(),
    "updated_at": Latest(Created(), LastMessage("anyone"), LastActivity("command")),
    "last_contact_at": Latest(LastMessage("customer"), LastMessage("agent")),
    "last_contact_customer_at": LastMessage("customer"),
    "last_contact_agent_at": LastMessage("agent"),
    "last_owner_update_at": AssignedLast(),
    "close_at": ResolvedLast(),
}
"""The anchor of each time of a ticket."""


def _time(part: Part, desk: Desk) -> _Reaction:
    """Return when a scheduler acts.

    Raises:
        NotKnownError: No rule can act then.
    """
    if (part.at("object").text() or "Ticket") != "Ticket":
        raise NotKnownError("it is not about tickets")
    leaves, blocks = _leaves(part.at("condition"))
    waits = [each for each in leaves if each.operator == "before (relative)"]
    every = [_condition(each, desk) for each in leaves if each not in waits]
    every += [_block(each, desk) for each in blocks]
    if len(waits) > 1:
        raise NotKnownError("it waits for several times; a rule waits for one")
    if not waits:
        part.at("timeplan").carried("timeplan", "the times of the rule")
        return _Reaction([triggers.On(_plan(part.at("timeplan")))], _joined(every), [_IN_ZONE])
    attribute = waits[0].name.removeprefix("ticket.")
    span = _span(waits[0].part)
    part.at("timeplan").left_out("timeplan", "it acts once, at its moment")
    notes = ["it acts once, at that moment, not at the times of the scheduler"]
    if attribute == "pending_time" and span == Elapsed(_SECOND):
        return _Reaction([triggers.AtField(PENDING)], _joined(every), notes)
    if attribute not in _SINCE:
        raise NotKnownError(f"no rule counts from {attribute!r}")
    return _Reaction([triggers.After(span, _SINCE[attribute])], _joined(every), notes)


_IN_ZONE = "in the zone of the calendar default, not of Zammad's setting timezone_default"


def _span(part: Part) -> Elapsed | CalendarSpan:
    value, unit = part.at("value").number(), part.at("range").text() or ""
    if value is None or not 0 <= value <= _MOST or unit not in {*_UNITS, "month", "year"}:
        raise NotKnownError(f"the time {value} {unit!r} is not known")
    if not value:
        return Elapsed(_SECOND)  # no rule acts at the moment from which it counts
    if unit in _UNITS:
        return Elapsed(value * _UNITS[unit])
    return CalendarSpan(months=value * (12 if unit == "year" else 1))


_SECOND = timedelta(seconds=1)
"""The shortest span of a rule."""
_MOST = 100_000
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def _plan(part: Part) -> EveryWeek:
    """Return the times of a scheduler; they are in the zone of the default calendar."""
    days = [day.lower() for day in _DAYS if part.at("days").at(day).truth()]
    hours, minutes = (
        [number for number in range(most) if part.at(key).at(str(number)).truth()]
        for key, most in (("hours", 24), ("minutes", 60))
    )
    if not (days and hours and minutes):
        raise NotKnownError("its timeplan has no day, hour or minute")
    return EveryWeek(",".join(days), *(f"{hour:02}:{minute:02}" for hour in hours for minute in minutes))


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_UPDATES = tuple(name for name in NAMES.values() if name not in ("open", "follow_up", "decline"))
_SENDERS = {"1": "agent", "2": "customer"}
_WARNING = BeforeDue(Elapsed(minutes=15))


@attrs.define
class _Event:
    """What the conditions of a trigger say about its event."""

    action: str = ""
    author: str = ""
    is_message: bool = False
    changed: list[_Leaf] = attrs.field(factory=list)
    reached: list[_Leaf] = attrs.field(factory=list)
    during: triggers.During | None = None
    notes: list[str] = attrs.field(factory=list)

    @property
    def is_narrow(self) -> bool:
        """Whether the conditions say to which event the trigger reacts, apart from updates of any kind."""
        return bool(self.changed) or self.is_message or self.action == "create"

    def takes(self, leaf: _Leaf, desk: Desk) -> bool:
        """Keep what a condition says about the event, and return whether it does."""
        words, operator = leaf.words, leaf.operator
        if leaf.name in ("ticket.action", "article.action") and operator == "is" and words in (["create"], ["update"]):
            self.action = words[0]
        elif leaf.name == "article.sender_id" and operator == "is" and len(words) == 1 and words[0] in _SENDERS:
            self.author, self.is_message = _SENDERS[words[0]], True
        elif leaf.name == "article.internal" and operator == "is" and words == ["false"]:
            self.is_message = True
        elif leaf.name == "article.type_id":
            self.is_message = True
            self.notes.append("messages of every channel count")
            leaf.part.left_out("the condition article.type_id", "messages of every channel count")
        elif operator == "has changed":
            self.changed.append(leaf)
            leaf.part.skipped("value", "pre_condition", "value_completion", why="a change of any kind counts")
        elif operator in ("has reached", "has reached warning"):
            self.reached.append(leaf)
            leaf.part.skipped("value", why="the ticket has the time")
        elif leaf.name == "execution_time.calendar_id" and operator in _WORKING and len(words) == 1:
            self.during = triggers.During(_hours(words[0], desk, is_open=_WORKING[operator]))
        else:
            return False
        return True


_WORKING = {"is in working time": True, "is not in working time": False}


def _hours(identity: str, desk: Desk, *, is_open: bool) -> str:
    name = desk.calendars.get(identity)
    if name is None:
        raise NotKnownError(f"the calendar {identity!r} is not in the export")
    if is_open:
        return name
    desk.closed.add(name)
    return f"{name}.closed"


def _event(part: Part, desk: Desk) -> _Reaction:
    """Return the event to which a trigger reacts.

    Raises:
        NotKnownError: No rule can react to it.
    """
    part.at("activator").carried("activator", "the event of the rule")
    leaves, blocks = _leaves(part.at("condition"))
    event = _Event()
    rest = [each for each in leaves if not event.takes(each, desk)]
    every = [*(_condition(each, desk) for each in rest), *(_block(each, desk) for each in blocks)]
    if part.at("activator").text() == "time" or event.reached:
        if len(event.reached) != 1 or event.changed or event.is_message:
            raise NotKnownError("it waits for a time that rules do not know")
        return _Reaction(_reached(event.reached[0], desk), _joined(every), event.notes, event.during)
    if len(event.changed) > 1:
        raise NotKnownError("it waits for several changes at once; a rule reacts to one")
    given = _joined(every)
    mode = part.at("execution_condition_mode")
    is_always = mode.text() == "always"
    mode.carried("execution_condition_mode", "the events of the rule")
    whens = [_reaction(event, desk)] if event.is_narrow else _wide_reaction(event, given, is_always=is_always)
    return _Reaction(whens, given, event.notes, event.during)


def _reached(leaf: _Leaf, desk: Desk) -> list[triggers.Trigger | triggers.Timer]:
    if leaf.name == "ticket.pending_time" and leaf.operator == "has reached":
        return [triggers.AtField(PENDING)]
    if leaf.name != "ticket.escalation_at" or not desk.clocks:
        raise NotKnownError("it waits for a time that rules do not know")
    if leaf.operator == "has reached":
        return [triggers.OnEnter(conditions.ClockIs(clock, "breached")) for clock in desk.clocks]
    return [triggers.After(_WARNING, Started(clock)) for clock in desk.clocks]


def _reaction(event: _Event, desk: Desk) -> triggers.Trigger:
    if event.changed:
        attribute = event.changed[0].name.removeprefix("ticket.")
        if attribute == "owner_id":
            event.notes.append("it reacts to assignments by people, not by rules")
            return triggers.OnCommand("assign", "give_back")
        if attribute == "state_id":
            event.notes.append("it reacts to moves by people, not by rules")
            return triggers.OnCommand("move", "reopen")
        name, _ = _field(attribute, [None], desk, f"a change of {attribute!r}")
        return triggers.OnChange(name)
    by = {"customer": ("customer",), "agent": ("agent", "administrator")}.get(event.author, ())
    if event.action == "create":
        return triggers.OnCommand("open", by=by)
    if event.action == "update" and event.author == "customer":
        return triggers.OnCommand("add_message", by=by)
    if event.action == "update":
        event.notes.append("the message that opens a ticket counts, too")
    return triggers.OnMessage("customer" if event.author == "customer" else "agent" if event.author else "anyone")


def _wide_reaction(event: _Event, given: Condition, *, is_always: bool) -> list[triggers.Trigger]:
    """Return to what a trigger reacts that does not say so: see "Selective" and "Always" in Zammad's documentation."""
    if is_always:
        event.notes.append("it reacts to what people do, not to what rules do")
        return [triggers.OnCommand(*_UPDATES, *(() if event.action else ("open",)))]
    if given == conditions.ALWAYS:
        raise NotKnownError("it does not say to which event it reacts")
    event.notes.append("it reacts when its conditions become true, and to each message while they hold")
    return [triggers.OnEnter(given), triggers.OnCommand("add_message")]
