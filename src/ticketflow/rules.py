"""Everything automatic, and the whole definition of a desk.

Everything automatic is one shape: *when*, *given*, *then*. When an event happens (`OnEnter`, `OnLeave`, `OnMessage`,
`OnOutside`) or a span has passed since an anchor (`After`); given a condition over the ticket; then actions. A `Ladder`
is the same shape with several rungs that are one episode.

Source: docs/semantics.md 3.1 to 3.5, 6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Literal, assert_never

import attrs

from ticketflow.actions import (
    Action,
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    HoldField,
    Move,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
    Wake,
)
from ticketflow.anchors import AUTHORS, Anchor, Author, Entered, LastMessage, Left, Outside, named
from ticketflow.calendars import Calendar
from ticketflow.checks import problems_of
from ticketflow.commands import NAMES
from ticketflow.conditions import ALWAYS, AnyOf, CategoryIs, Condition, IsHidden, IsSnoozed, Not, StateIs, reads
from ticketflow.errors import BadValueError, DefinitionError, Problem, unknown_name
from ticketflow.snooze import Snoozing
from ticketflow.spans import BusinessDays, CalendarSpan, Elapsed, Recurrence, Span, WorkingTime
from ticketflow.ticket import OUTCOME
from ticketflow.values import ROLES, FrozenMap, check_name, is_name, names
from ticketflow.workflow import Workflow
from ticketflow.workflow_problems import condition_problems, workflow_problems

_COMMANDS = frozenset(NAMES.values())
_ADDRESSEES = ROLES | {"owner"}
_SMALLEST = timedelta(seconds=1)
_CEILINGS = {
    "remembered_events": 10_000,
    "steps_at_one_instant": 1_000,
    "unattended_changes": 10_000,
    "occurrences_per_call": 100_000,
}


@attrs.frozen
class OnEnter:
    """An event made this condition true: on entering a state, on being assigned, ….

    Attributes:
        condition: False before the event, true after it.
    """

    condition: Condition

    def __str__(self) -> str:
        return f"now {self.condition}"


@attrs.frozen
class OnLeave:
    """An event made this condition false.

    Attributes:
        condition: True before the event, false after it.
    """

    condition: Condition

    def __str__(self) -> str:
        return f"no longer {self.condition}"


@attrs.frozen
class OnMessage:
    """A person wrote a public message; a machine's is no message in this sense.

    Attributes:
        by: ``customer``, ``third_party``, ``agent`` for the support, or ``anyone``.
    """

    by: Author

    def __str__(self) -> str:
        return f"{AUTHORS[self.by]} wrote"


@attrs.frozen
class OnOutside:
    """An outside event of this name was recorded."""

    event: str

    def __str__(self) -> str:
        return f"{self.event} happened"


@attrs.frozen(init=False)
class OnCommand:
    """A person or a robot gave one of these commands, and it changed something; a machine's mail is none of theirs.

    Attributes:
        commands: Their names, as permissions call them: ``add_message``, ``set_fields``, ….
        by: The roles that count; none: any.
    """

    commands: frozenset[str]
    by: frozenset[str]

    def __init__(self, *commands: str, by: Iterable[str] = ()) -> None:
        """Take the commands' names, and the roles that count."""
        self.__attrs_init__(names(commands, "commands"), names(by, "by"))

    def __str__(self) -> str:
        who = " or ".join(sorted(self.by)) or "somebody"
        return f"{who} gave {' or '.join(sorted(self.commands))}"


@attrs.frozen
class OnChange:
    """A field came to have another value.

    Attributes:
        field: Which.
    """

    field: str

    def __str__(self) -> str:
        return f"{self.field} changed"


@attrs.frozen
class OnWake:
    """The moment of a snooze has come, whether the ticket slept until then or had been woken before."""

    def __str__(self) -> str:
        return "the snooze ended"


Trigger = OnEnter | OnLeave | OnMessage | OnOutside | OnCommand | OnChange | OnWake


@attrs.frozen
class After:
    """A span has passed since an anchor; then perhaps again and again.

    Attributes:
        span: What is to pass.
        since: The named moment it is counted from.
        every: What is to pass between one occurrence and the next, always counted from the anchor; None: there is one.
        at_most: How many occurrences an episode has; None: as many as come.
    """

    span: Span
    since: Anchor
    every: Span | None = None
    at_most: int | None = None


@attrs.frozen
class On:
    """A recurrence comes round."""

    recurrence: Recurrence

    def __str__(self) -> str:
        return str(self.recurrence)


@attrs.frozen
class AtOpening:
    """One of the rule set's calendars opens."""

    calendar: str = "default"

    def __str__(self) -> str:
        return f"the opening of {self.calendar}"


@attrs.frozen
class AtClosing:
    """One of the rule set's calendars closes."""

    calendar: str = "default"

    def __str__(self) -> str:
        return f"the closing of {self.calendar}"


@attrs.frozen
class AtField:
    """The moment comes that a field of the ticket names."""

    field: str

    def __str__(self) -> str:
        return f"the moment of {self.field}"


@attrs.frozen
class AtSnoozeEnd:
    """The moment of the ticket's snooze comes."""

    def __str__(self) -> str:
        return "the moment of the snooze"


Occasion = On | AtOpening | AtClosing
Moment = AtField | AtSnoozeEnd
Timer = After | Occasion | Moment


@attrs.frozen
class During:
    """Whether the event that set a rule off fell inside a calendar's hours.

    Attributes:
        calendar: The rule set's calendar.
        is_open: Whether it must have been open then, or shut.
    """

    calendar: str = "default"
    is_open: bool = True


@attrs.frozen(kw_only=True)
class Terms:
    """What rules of every kind can say besides.

    Attributes:
        calendar: The rule set's calendar on which working time and business days count, and whose wall is read.
        rank: Smaller goes first among simultaneous ones.
        generation: A higher one fires anew on purpose.
        is_enabled: Whether it does anything.
        group: What states and snoozes that mask it call it, together with others.
        on_mask: What becomes of an occurrence while it is masked or its gate is shut: held until then, or dropped.
            None: held, but dropped for what comes round anyway (recurrences, openings and closings).
        on_resume: Whether the anchor stays when a mask ends, or the end of the mask is the anchor.
        gate: The rule set's calendar that must be open for it to act.
    """

    calendar: str = "default"
    rank: int = 0
    generation: int = 1
    is_enabled: bool = True
    group: str | None = None
    on_mask: Literal["hold", "drop"] | None = None
    on_resume: Literal["keep", "restart"] = "keep"
    gate: str | None = None


def _rule_id(value: str) -> str:
    return check_name(value, "rule id")


@attrs.frozen
class Automation(Terms):
    """When something happens or a moment comes, given a condition, then act.

    Attributes:
        id: Its name, of which keys are made.
        when: An event, `After` a span, or what else comes in time.
        then: What to do, in order, as one entry.
        given: What must hold: for events, right after the event; for time, from the arming on.
        ended_by: A moment whose coming ends the episode of a rule that waits for time.
        during: For events: inside or outside which hours they must have happened.
    """

    id: str = attrs.field(converter=_rule_id)
    when: Trigger | Timer
    then: tuple[Action, ...]
    given: Condition = ALWAYS
    ended_by: Anchor | None = None
    during: During | None = None


@attrs.frozen(init=False)
class Rung:
    """One step of a ladder.

    Attributes:
        after: What is to pass since the ladder's anchor.
        then: What to do, in order, as one entry.
    """

    after: Span
    then: tuple[Action, ...]

    def __init__(self, after: Span, *then: Action) -> None:
        """Take the span and the actions."""
        self.__attrs_init__(after, then)


@attrs.frozen
class Ladder(Terms):
    """Reminders and a last, terminal step as one object and one episode.

    No rung comes before its predecessor; a reminder that coincides with the last rung gives way to it.

    Attributes:
        id: Its name, of which keys are made.
        since: The named moment that all rungs count from.
        given: What must hold from the arming on.
        rungs: The steps, first to last.
        ended_by: The moment whose coming ends the episode: by default an answer, a customer's public message.
        min_notice: What lies at least between the last reminder, if a mask or a gate moved it, and the last rung; None:
            what lay between the two by themselves.
    """

    id: str = attrs.field(converter=_rule_id)
    since: Anchor
    given: Condition
    rungs: tuple[Rung, ...]
    ended_by: Anchor | None = LastMessage("customer")  # noqa: RUF009 -- frozen
    min_notice: Elapsed | None = None


Rule = Automation | Ladder


@attrs.frozen
class Rungs:
    """What a rule does after spans since an anchor: an automation that acts once is a ladder of one rung."""

    since: Anchor
    rungs: tuple[Rung, ...]


@attrs.frozen
class Repeats:
    """What a rule does again and again, counted from an anchor."""

    since: Anchor
    after: After
    every: Span
    then: tuple[Action, ...]


@attrs.frozen
class ComesRound:
    """What a rule does whenever something comes round."""

    occasion: Occasion
    then: tuple[Action, ...]


@attrs.frozen
class Awaits:
    """What a rule does at the moment that a fact of the ticket names."""

    moment: Moment
    then: tuple[Action, ...]


Timetable = Rungs | Repeats | ComesRound | Awaits


@attrs.frozen
class Reaction:
    """A rule that waits for an event.

    Attributes:
        rule: The rule.
        trigger: What it waits for.
        watches: The facts of which one must change for it to happen on a ticket that is there already; None: it waits
            for something else than facts.
    """

    rule: Automation
    trigger: Trigger
    watches: frozenset[str] | None


def _watched(trigger: Trigger) -> frozenset[str] | None:
    return reads(trigger.condition) if isinstance(trigger, OnEnter | OnLeave) else None


def timetable(rule: Rule) -> Timetable | None:
    """Return what a rule that waits for time waits for, and does; None for one that waits for an event.

    >>> timetable(Automation("tell", OnMessage("agent"), (SendMessage("hello"),))) is None
    True
    """
    if isinstance(rule, Ladder):
        return Rungs(rule.since, rule.rungs)
    match rule.when:
        case After(span=span, since=since, every=None):
            return Rungs(since, (Rung(span, *rule.then),))
        case After(since=since, every=every) as after:
            return Repeats(since, after, every or after.span, rule.then)
        case On() | AtOpening() | AtClosing() as occasion:
            return ComesRound(occasion, rule.then)
        case AtField() | AtSnoozeEnd() as moment:
            return Awaits(moment, rule.then)
        case _:
            return None


def awaited(times: Timetable) -> str:
    """Return what a rule counts from or waits for, in words."""
    match times:
        case Rungs(since=since) | Repeats(since=since):
            return str(since)
        case ComesRound(occasion=occasion):
            return str(occasion)
        case Awaits(moment=moment):
            return str(moment)
        case _:
            assert_never(times)


def steps_of(rule: Rule) -> tuple[tuple[Action, ...], ...]:
    """Return what *rule* may do, step by step."""
    match rule:
        case Ladder(rungs=rungs):
            return tuple(rung.then for rung in rungs)
        case Automation(then=then):
            return (then,)
        case _:
            assert_never(rule)


def _calendars(value: Calendar | Mapping[str, Calendar]) -> FrozenMap[str, Calendar]:
    if isinstance(value, Calendar):
        return FrozenMap({"default": value})
    if not isinstance(value, Mapping):
        raise BadValueError(f"calendars {value!r}", "give a calendar, or a mapping of names to calendars")
    return FrozenMap(value)


@attrs.frozen
class Rules:
    """The whole definition of a desk: workflow, calendars and everything automatic.

    Attributes:
        name: What messages call it.
        workflow: States, transitions, fields and permissions.
        calendars: Calendars by name; a single one is named ``default``.
        automations: Everything automatic; the order in which it is listed means nothing.
        snoozing: How tickets are snoozed; None if they can't be.
        remembered_events: How many of the last deliveries are known again by their event ids.
        steps_at_one_instant: How many automatic entries one instant may see before the rules in a circle rest.
        unattended_changes: How many automatic entries may change a ticket without an outside event before the rules
            in a circle rest.
        occurrences_per_call: How many automatic entries one call makes before it says that there is more.

    Raises:
        DefinitionError: something is wrong as written; all problems together, each with its place.

    >>> from ticketflow.workflow import State, Transition
    >>> from ticketflow import BusinessCalendar
    >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
    >>> states, finish = (State("open"), State("done", "closed")), Transition("finish", ["opne"], "done", may={"agent"})
    >>> try:
    ...     Rules("support", Workflow(states, (finish,)), office)
    ... except DefinitionError as error:
    ...     print(error.problems[0])
    rules 'support', workflow.transitions[0] 'finish': no state 'opne'; did you mean 'open'?
    """

    name: str
    workflow: Workflow
    calendars: FrozenMap[str, Calendar] = attrs.field(converter=_calendars)
    automations: tuple[Rule, ...] = ()
    snoozing: Snoozing | None = None
    remembered_events: int = 1000
    steps_at_one_instant: int = 64
    unattended_changes: int = 100
    occurrences_per_call: int = 1000

    def __attrs_post_init__(self) -> None:
        place = f"rules {self.name!r}"
        problems = tuple(problems_of(self, place))  # of other types than they should be: no name can be looked up
        problems = problems or (*problems_of(self, place, choices=True), *_problems(self, place))
        if problems:
            raise DefinitionError(problems)
        in_order = tuple(sorted(self.automations, key=lambda rule: rule.id))
        object.__setattr__(self, "automations", in_order)  # listing order means nothing, to equality and digests too

    @cached_property
    def own(self) -> tuple[Automation, ...]:
        """The rules that follow from how the desk snoozes; nobody writes them."""
        if self.snoozing is None:
            return ()
        return (_WAKING, _CLEARING) if self.snoozing.on_message == "clear" else (_WAKING,)

    @cached_property
    def timers(self) -> tuple[tuple[Rule, Timetable], ...]:
        """The rules that wait for time, with their timetables."""
        enabled = (rule for rule in (*self.automations, *self.own) if rule.is_enabled)
        return tuple((rule, times) for rule in enabled if (times := timetable(rule)))

    @cached_property
    def _masks(self) -> Mapping[str, Condition]:
        groups = {rule.group for rule in self.automations if rule.group is not None}
        return {group: _mask(group, self) for group in groups}

    def mask(self, rule: Rule) -> Condition | None:
        """Return when *rule* is masked, by the ticket's state or because it sleeps; None for never."""
        return None if rule.group is None else self._masks[rule.group]

    @cached_property
    def reactions(self) -> tuple[Reaction, ...]:
        """The rules that wait for events, smaller rank first, then by id."""
        rules = (*self.automations, *self.own)
        found = [rule for rule in rules if isinstance(rule, Automation) and rule.is_enabled]
        waiting = [Reaction(rule, rule.when, _watched(rule.when)) for rule in found if isinstance(rule.when, Trigger)]
        return tuple(sorted(waiting, key=lambda reaction: (reaction.rule.rank, reaction.rule.id)))

    @cached_property
    def known_until(self) -> timedelta:
        """Until when, since the epoch, all calendars know the public holidays they need."""
        return min((calendar.limits[1] for calendar in self.calendars.values()), default=timedelta.max)

    @cached_property
    def digest(self) -> str:
        """A short name of exactly this definition, the same in every process; automatic entries record it."""
        return blake2b(_canonical(self).encode(), digest_size=10).hexdigest()


def _mask(group: str, rules: Rules) -> Condition:
    masking = tuple(state.name for state in rules.workflow.states if group in state.masks)
    sleeps = rules.snoozing is not None and group in rules.snoozing.masks
    by_state = (StateIs(*masking),) if masking else ()
    return AnyOf(*by_state, *((IsHidden(),) if sleeps else ()))


def drops_masked(rule: Rule) -> bool:
    """Return whether what falls into a mask or a shut gate is dropped, and not held."""
    if rule.on_mask is not None:
        return rule.on_mask == "drop"
    return isinstance(rule, Automation) and isinstance(rule.when, Occasion)


_WAKING = Automation("snooze.wake", AtSnoozeEnd(), (Wake(),), given=Not(CategoryIs("closed")), rank=-1_000_000)
"""How a snooze ends at its moment; on a closed ticket, nothing happens (5.1)."""

_CLEARING = Automation("snooze.clear", OnMessage("customer"), (CancelSnooze(),), given=IsSnoozed(), rank=1_000_000)
"""How a message clears a snooze: after every rule has seen that it came while the snooze was armed (5.1)."""


def _canonical(value: object) -> str:
    """Return a text that is equal for equal definitions, in whatever order their sets and maps were written."""
    kind = type(value)
    if attrs.has(kind):
        shown = (field for field in attrs.fields(kind) if field.eq)
        inner = ",".join(f"{field.name}={_canonical(getattr(value, field.name))}" for field in shown)
        return f"{kind.__name__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_canonical(k)}:{_canonical(v)}" for k, v in value.items())) + "}"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(_canonical(each) for each in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(_canonical(each) for each in value) + ")"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _problems(rules: Rules, place: str) -> Iterator[Problem]:
    yield from workflow_problems(rules.workflow, f"{place}, workflow", _moves(rules))
    yield from _bound_problems(place, rules)
    yield from _snoozing_problems(place, rules)
    yield from _mask_problems(place, rules)
    seen: set[str] = set()
    for index, rule in enumerate(rules.automations):
        where = f"{place}, automations[{index}] {rule.id!r}"
        if rule.id in (_CLEARING.id, _WAKING.id):
            yield Problem(where, f"{rule.id!r} is the library's own name", "name it otherwise")
        if rule.id in seen:
            yield Problem(where, f"another rule is named {rule.id!r}", "name each once: keys are made of it")
        seen.add(rule.id)
        yield from _calendar_problems(where, rule, rules)
        yield from condition_problems(rules.workflow, f"{where}.given", rule.given)
        yield from _timing_problems(where, rule, rules.workflow)
        if rule.generation < 1:
            yield Problem(f"{where}.generation", f"it is {rule.generation}", "count generations from 1")
        for then in steps_of(rule):
            yield from _action_problems(where, then, rules.workflow)


def _moves(rules: Rules) -> frozenset[str]:
    """Return the transitions that rules take."""
    taken = (action for rule in rules.automations for then in steps_of(rule) for action in then)
    return frozenset(action.transition for action in taken if isinstance(action, Move))


def _bound_problems(place: str, rules: Rules) -> Iterator[Problem]:
    for name, ceiling in _CEILINGS.items():
        value = getattr(rules, name)
        if type(value) is not int or not 1 <= value <= ceiling:
            yield Problem(f"{place}.{name}", f"it is {value!r}", f"give a whole number from 1 to {ceiling}")


def _calendar_problems(where: str, rule: Rule, rules: Rules) -> Iterator[Problem]:
    named = {"calendar": rule.calendar, "gate": rule.gate}
    if isinstance(rule, Automation):
        named["during"] = rule.during.calendar if rule.during else None
        named["when"] = rule.when.calendar if isinstance(rule.when, AtOpening | AtClosing) else None
    for part, name in named.items():
        if name is not None and name not in rules.calendars:
            yield unknown_name(f"{where}.{part}", "calendar", name, rules.calendars)


def _timing_problems(where: str, rule: Rule, workflow: Workflow) -> Iterator[Problem]:
    times = timetable(rule)
    if isinstance(times, Rungs):
        yield from _rung_problems(where, times, workflow)
    if isinstance(times, Repeats):
        yield from _repeat_problems(where, times, workflow)
    if isinstance(rule, Automation):
        yield from _trigger_problems(f"{where}.when", rule.when, workflow)
        if rule.during and times:
            yield Problem(f"{where}.during", "it waits for no event", "use a gate to hold it until a calendar opens")
    if rule.ended_by is not None:
        yield from _anchor_problems(f"{where}.ended_by", rule.ended_by, workflow)


def _rung_problems(where: str, times: Rungs, workflow: Workflow) -> Iterator[Problem]:
    yield from _anchor_problems(f"{where}.since", times.since, workflow)
    if not times.rungs:
        yield Problem(f"{where}.rungs", "there are none", "give at least one rung")
    for index, rung in enumerate(times.rungs):
        yield from _span_problems(f"{where}.rungs[{index}]", rung.after)


def _span_problems(place: str, span: Span) -> Iterator[Problem]:
    is_short = isinstance(span, Elapsed | WorkingTime) and span.amount < _SMALLEST
    if span == CalendarSpan() or is_short:
        yield Problem(place, f"a span of {span}", "give a second or more, or wait for an event instead")


def _repeat_problems(where: str, times: Repeats, workflow: Workflow) -> Iterator[Problem]:
    yield from _anchor_problems(f"{where}.since", times.since, workflow)
    yield from _span_problems(f"{where}.when.span", times.after.span)
    yield from _span_problems(f"{where}.when.every", times.every)
    if times.every == BusinessDays(0):
        yield Problem(f"{where}.when.every", "a period of no days", "give at least one")
    if type(times.every) is not type(times.after.span):
        yield Problem(f"{where}.when.every", "it is of another kind than the span", "give both as spans of one kind")
    if times.after.at_most is not None and times.after.at_most < 1:
        yield Problem(f"{where}.when.at_most", f"it is {times.after.at_most}", "give at least 1, or leave it out")


def _trigger_problems(where: str, when: Trigger | Timer, workflow: Workflow) -> Iterator[Problem]:
    match when:
        case OnEnter(condition=condition) | OnLeave(condition=condition):
            yield from condition_problems(workflow, where, condition)
        case OnOutside(event=event) if event not in workflow.outside_events:
            yield unknown_name(where, "outside event", event, workflow.outside_events)
        case OnChange(field=field) | AtField(field=field) if workflow.field(field) is None:
            yield unknown_name(where, "field", field, workflow.fields_by_name)
        case AtField(field=field) if workflow.fields_by_name[field].kind not in ("moment", "future"):
            yield Problem(where, f"field {field!r} holds no moments", "make its kind 'moment' or 'future'")
        case OnCommand(commands=commands, by=by):
            if not commands:
                yield Problem(where, "it waits for no command", "name at least one")
            yield from (unknown_name(where, "command", name, NAMES.values()) for name in sorted(commands - _COMMANDS))
            yield from (unknown_name(where, "role", name, ROLES) for name in sorted(by - ROLES))
        case _:
            pass


def _snoozing_problems(place: str, rules: Rules) -> Iterator[Problem]:
    snoozing = rules.snoozing
    if snoozing and snoozing.calendar not in rules.calendars:
        yield unknown_name(f"{place}.snoozing.calendar", "calendar", snoozing.calendar, rules.calendars)


def _mask_problems(place: str, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each group that a state holds back and no rule is in."""
    groups = {rule.group for rule in rules.automations if rule.group is not None}
    for index, state in enumerate(rules.workflow.states):
        where = f"{place}, workflow.states[{index}] {state.name!r}.masks"
        yield from (unknown_name(where, "group of rules", name, groups) for name in sorted(state.masks - groups))


def _anchor_problems(where: str, anchor: Anchor, workflow: Workflow) -> Iterator[Problem]:
    states = [state.name for state in workflow.states]
    if not named(anchor):
        yield Problem(where, "it names no moment", "give at least one")
    for part in named(anchor):
        match part:
            case Entered(state=str(state)) | Left(state=state) if state not in states:
                yield unknown_name(where, "state", state, states)
            case Outside(event=event) if event not in workflow.outside_events:
                yield unknown_name(where, "outside event", event, workflow.outside_events)
            case _:
                pass


def _touches(action: Action) -> str | None:
    """Return what of the ticket an action changes, in words."""
    match action:
        case Move():
            return "the state"
        case SetField(field=name) | HoldField(field=name) | ReleaseField(field=name):
            return f"field {name!r}"
        case Resolve():
            return f"field {OUTCOME!r}"
        case CancelSnooze():
            return "the snooze"
        case Assign() | AssignTo():
            return "the assignee"
        case Wake():
            return "the state"
        case SendMessage() | AddNote():
            return None
        case _:
            assert_never(action)


def _action_problems(where: str, actions: tuple[Action, ...], workflow: Workflow) -> Iterator[Problem]:
    transitions = workflow.verbs
    fields = {field.name: field for field in workflow.fields}
    if not actions:
        yield Problem(f"{where}.then", "there are no actions", "say what is to be done")
    touched = [_touches(action) for action in actions]
    for name in sorted({name for name in touched if name and touched.count(name) > 1}):
        yield Problem(
            f"{where}.then", f"one step touches {name} twice", "its actions hold all at once; keep one of them"
        )
    for action in actions:
        match action:
            case Move(transition=name) if name not in transitions:
                yield unknown_name(f"{where}.then", "transition", name, transitions)
            case SetField(field=name) | HoldField(field=name) | ReleaseField(field=name) | AddNote(field=name) if (
                name not in fields
            ):
                yield unknown_name(f"{where}.then", "field", name, fields)
            case Resolve(outcome=outcome) if OUTCOME not in fields or not fields[OUTCOME].takes(outcome):
                known = fields[OUTCOME].choices if OUTCOME in fields else ()
                yield unknown_name(f"{where}.then", "outcome", outcome, map(str, known))
            case SetField(field=name, value=value) | HoldField(field=name, value=value) if not fields[name].takes(
                value
            ):
                yield Problem(f"{where}.then", f"field {name!r} cannot have {value!r}", fields[name].allowed)
            case SendMessage(to=to) if to not in _ADDRESSEES:
                yield unknown_name(f"{where}.then", "role", to, _ADDRESSEES)
            case SendMessage(template=template) if not is_name(template):
                fix = "name it with lower-case ASCII letters, digits, '_', '.' or '-'"
                yield Problem(f"{where}.then", f"no template can be called {template!r}", fix)
            case _:
                pass
