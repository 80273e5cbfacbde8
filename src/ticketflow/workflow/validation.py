"""Validate a workflow as written: unknown names, openings, dead ends, rows that are never taken, and the like.

All problems are listed together, each with its place. What can happen to tickets (states that cannot be reached,
tickets that get stuck) is checked by `ticketflow.check`.

Source: docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ticketflow.errors import Problem, unknown_name
from ticketflow.kernel.names import is_name
from ticketflow.tickets import anchors
from ticketflow.tickets.actors import ROLES
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.facts import OUTCOME, RATING, SCORES
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import VALUE_TYPES, Field, Listing, Pipeline, State, Transition, Workflow

RETURN_STAGE = "return_stage"
"""The field that names the state in which the customer's next ticket opens."""

PERSONAL_RECIPIENTS = frozenset({"owner", "requester"})
"""The recipients of messages that are neither a role, a group nor a named person."""

_RESERVED = ("message", "resolution")
_REQUESTER = "requester"
"""What a need can name beside them. A field may have this name, and then the need is that field."""


def workflow_problems(workflow: Workflow, place: str, by_rules: Collection[str] = ()) -> Iterator[Problem]:
    """Yield every problem of a workflow.

    Args:
        workflow: The workflow.
        place: The place of the workflow in messages.
        by_rules: The names of the transitions that rules take.
    """
    if not workflow.states:
        yield Problem(f"{place}.states", "the workflow has no states", "give at least the one in which tickets open")
        return
    yield from _name_problems(workflow, place)
    yield from _transition_problems(workflow, place)
    yield from _shadowed_rows(workflow, place)
    yield from _follow_up_problems(workflow, place)
    yield from _permission_problems(workflow, place)
    yield from _opening_problems(workflow, place)
    yield from _pipeline_problems(workflow, place)
    yield from _field_problems(workflow, place)
    for listing in workflow.lists:
        yield from condition_problems(workflow, f"{place}.lists {listing.name!r}", listing.shows)
    yield from _dead_ends(workflow, place, by_rules)


def condition_problems(
    workflow: Workflow, place: str, condition: conditions.Condition, *, of_rules: bool = False
) -> Iterator[Problem]:
    """Yield every problem of a condition: unknown names, impossible values, and parts that name nothing.

    Args:
        workflow: The workflow.
        place: The place of the condition in messages.
        condition: The condition.
        of_rules: Whether it is the condition of a rule. Only rules can ask about clocks.
    """
    states, fields = _named(workflow.states), _named(workflow.fields)
    for part in conditions.parts(condition):
        if (
            isinstance(
                part,
                conditions.StateIs
                | conditions.CategoryIs
                | conditions.FieldIs
                | conditions.AssignedTo
                | conditions.RequesterIs,
            )
            and not part.asks_for
        ):
            yield Problem(place, f"{type(part).__name__} has no values", "give at least one")
        match part:
            case conditions.StateIs(states=asked):
                yield from (unknown_name(place, "state", name, states) for name in asked if name not in states)
            case conditions.FieldIs(field=name, values=values):
                field = workflow.field(name)
                if field is None and name == RATING:
                    fix = "use RatingIs(…) for the answer to the survey, or define the field"
                    yield Problem(place, "field 'rating' does not exist", fix)
                    continue
                if field is None:
                    yield unknown_name(place, "field", name, fields)
                    continue
                wrong = (value for value in values if not field.takes(value))
                yield from (Problem(place, f"field {name!r} cannot be {value!r}", field.allowed) for value in wrong)
                yield from _range_problems(place, part, field)
            case conditions.ClockIs(clock=clock) if not of_rules:
                fix = "only rules can ask about clocks; let a rule set a field, and ask for that"
                yield Problem(place, f"the condition asks about the clock {clock!r}", fix)
            case conditions.Happened(anchor=anchor):
                yield from anchor_problems(place, anchor, workflow)
                yield from _count_problems(place, part)
            case conditions.HasLink(kind=kind, at_least=times):
                yield from link_problems(place, kind)
                if times < 1:
                    yield Problem(place, f"at_least is {times}", "give at least 1")
            case conditions.RatingIs(at_least=least, at_most=most) if not SCORES[0] <= least <= most <= SCORES[-1]:
                yield Problem(place, f"no rating is {least} to {most}", "give scores from 1 to 5, the lower one first")
            case conditions.Reopened(times=times) if times < 1:
                yield Problem(place, f"times is {times}", "give at least 1")
            case _:
                pass


def link_problems(place: str, kind: str) -> Iterator[Problem]:
    """Yield a problem if no link can be of that kind."""
    if not is_name(kind):
        yield Problem(
            place,
            f"the kind of link {kind!a:.80} is not a name",
            "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters",
        )


def _range_problems(place: str, asked: conditions.FieldIs, field: Field) -> Iterator[Problem]:
    """Yield every problem of the range of a condition on a field."""
    if asked.values and asked.limits:
        yield Problem(place, f"the condition on {field.name!r} has values and a range", "give one of the two")
    kinds = {type(choice) for choice in field.choices} or VALUE_TYPES[field.kind]
    wrong = [limit for limit in asked.limits if type(limit) not in kinds]
    yield from (
        Problem(place, f"field {field.name!r} cannot be compared with {limit}", field.allowed) for limit in wrong
    )
    if wrong:
        return
    if asked.at_least is not None and asked.at_most is not None and not conditions.is_within(asked, asked.at_least):
        yield Problem(place, f"the range {asked.at_least} to {asked.at_most} is empty", "give the smaller limit first")


def _count_problems(place: str, asked: conditions.Happened) -> Iterator[Problem]:
    if asked.at_least < 1:
        yield Problem(place, f"at_least is {asked.at_least}", "give at least 1")
    elif asked.at_least > 1 and not isinstance(asked.anchor, anchors.LastMessage | anchors.Outside):
        what = f"at_least is {asked.at_least}, but {asked.anchor} is not counted"
        yield Problem(place, what, "give a message or an outside event")


def anchor_problems(place: str, anchor: anchors.Anchor, workflow: Workflow) -> Iterator[Problem]:
    """Yield every problem of an anchor: unknown states and outside events, and the like."""
    states = _named(workflow.states)
    if not anchors.simple_parts(anchor):
        yield Problem(place, "Latest has no anchors", "give at least one")
    for part in anchors.simple_parts(anchor):
        match part:
            case anchors.Entered(state=str(state)) | anchors.Left(state=state) if state not in states:
                yield unknown_name(place, "state", state, states)
            case anchors.Outside(event=event) if event not in workflow.outside_events:
                yield unknown_name(place, "outside event", event, workflow.outside_events)
            case anchors.Resumed():
                yield Problem(place, "Resumed cannot be used in a rule", "give on_resume='restart' instead")
            case _:
                pass


def _named(members: Iterable[State | Field | Pipeline | Listing]) -> list[str]:
    return [member.name for member in members]


def _name_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    kinds: tuple[tuple[str, tuple[State | Field | Pipeline | Listing, ...]], ...] = (
        ("states", workflow.states),
        ("fields", workflow.fields),
        ("pipelines", workflow.pipelines),
        ("lists", workflow.lists),
    )
    for kind, members in kinds:
        for index, name in _repeated(_named(members)):
            what, fix = f"another one is named {name!r}", f"give each of the {kind} its own name"
            yield Problem(f"{place}.{kind}[{index}]", what, fix)
    for role in sorted(workflow.groups & ROLES):
        yield Problem(f"{place}.groups", f"group {role!r} has the name of a role", "use another name")
    for name in sorted(workflow.groups & PERSONAL_RECIPIENTS):
        yield Problem(f"{place}.groups", f"group {name!r} has the name of a recipient", "use another name")


def _repeated(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def _transition_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    states = _named(workflow.states)
    for index, row in enumerate(workflow.transitions):
        where = f"{place}.transitions[{index}] {row.name!r}"
        if not row.sources:
            what, fix = "the transition has no sources", "give the states from which it leads"
            yield Problem(f"{where}.sources", what, fix)
        for name in (*sorted(row.sources), row.target):
            if name not in states:
                yield unknown_name(where, "state", name, states)
        yield from _unknown_needs(workflow, f"{where}.needs", row.needs, (*_RESERVED, _REQUESTER))
        yield from _unknown_needs(workflow, f"{where}.takes", row.takes, ())
        yield from _unknown_people(workflow, f"{where}.may", row.may)
        yield from condition_problems(workflow, f"{where}.given", row.given)
    if workflow.reopen is not None and workflow.reopen not in workflow.verbs:
        yield unknown_name(f"{place}.reopen", "transition", workflow.reopen, workflow.verbs)


def _shadowed_rows(workflow: Workflow, place: str) -> Iterator[Problem]:
    """Yield a problem for each row that is never taken, because an earlier one of its name always goes first."""
    for index, row in enumerate(workflow.transitions):
        for earlier in workflow.transitions[:index]:
            shared = row.sources & earlier.sources
            if earlier.name == row.name and shared and earlier.given in (conditions.ALWAYS, row.given):
                where = f"{place}.transitions[{index}] {row.name!r}"
                what = f"an earlier row of that name always goes first from {', '.join(sorted(shared))}"
                yield Problem(where, what, "use another name, or give the earlier row another guard")
                break


def _follow_up_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    """Yield every problem of the fields that follow-ups copy."""
    for index, row in enumerate(workflow.transitions):
        if not row.follow_up_fields:
            continue
        where = f"{place}.transitions[{index}] {row.name!r}.follow_up_fields"
        target = workflow.state(row.target)
        if target is not None and target.category != "closed":
            what = f"only closed tickets are followed up, and {target.name!r} is not closed"
            yield Problem(where, what, "name the fields on the transition that closes the ticket")
        yield from _unknown_needs(workflow, where, row.follow_up_fields, ())
        for opening in workflow.follow_up_ways if workflow.openings else ():
            lacking = [name for name in row.follow_up_fields if name not in (*opening.needs, *opening.takes)]
            if lacking:
                what = f"the opening into {opening.target!r} does not take: {', '.join(lacking)}"
                yield Problem(where, what, "add them to its takes, or do not copy them")
    for index, row in enumerate(workflow.transitions):
        for earlier in workflow.transitions[:index]:
            is_same_way = (earlier.name, earlier.target) == (row.name, row.target) and earlier.sources & row.sources
            if is_same_way and set(earlier.follow_up_fields) != set(row.follow_up_fields):
                where = f"{place}.transitions[{index}] {row.name!r}.follow_up_fields"
                what = f"an earlier row of that name leads to {row.target!r}, too, and copies other fields"
                yield Problem(where, what, "name the same fields on both")
                break


def _unknown_needs(workflow: Workflow, where: str, needs: Iterable[str], also: tuple[str, ...]) -> Iterator[Problem]:
    known = [*also, *_named(workflow.fields)]
    yield from (unknown_name(where, "field", name, known) for name in needs if name not in known)


def _unknown_people(workflow: Workflow, place: str, people: frozenset[str]) -> Iterator[Problem]:
    known = ROLES | workflow.groups
    yield from (unknown_name(place, "role or group", name, known) for name in sorted(people - known))


def _permission_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    commands = (*NAMES.values(), "bulk")
    for command, permission in workflow.permissions.items():
        where = f"{place}.permissions[{command!r}]"
        if command == "move":
            yield Problem(
                where, "transitions have their own permissions", "leave it out, and use the may of each transition"
            )
        elif command not in commands:
            yield unknown_name(where, "command", command, commands)
        if command == "open" and permission.given != conditions.ALWAYS:
            yield Problem(f"{where}.given", "a condition needs a ticket, and open has none yet", "leave it out")
        yield from _unknown_people(workflow, f"{where}.may", permission.may)
        yield from condition_problems(workflow, f"{where}.given", permission.given)


def _opening_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    states = _named(workflow.states)
    for index, opening in enumerate(workflow.ways_in):
        where = f"{place}.openings[{index}]" if workflow.openings else f"{place}.states[0]"
        state = workflow.state(opening.target)
        if state is None:
            yield unknown_name(where, "state", opening.target, states)
        elif state.category == "closed":
            yield Problem(where, f"state {state.name!r} is closed", "let tickets open in another state")
        elif not state.is_enabled:
            yield Problem(where, f"state {state.name!r} is not enabled", "enable it, or use another state")
        earlier = [each for each in workflow.ways_in[:index] if each.target == opening.target]
        if any(opening.may <= each.may for each in earlier):
            what = "an earlier opening into the same state always goes first"
            yield Problem(where, what, "leave it out, or give it to other roles or groups")
        yield from _unknown_people(workflow, f"{where}.may", opening.may)
        yield from _unknown_needs(workflow, f"{where}.needs", opening.needs, ("message", _REQUESTER))
        yield from _unknown_needs(workflow, f"{where}.takes", opening.takes, ())


def _pipeline_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    pipelines = _named(workflow.pipelines)
    for index, state in enumerate(workflow.states):
        if state.pipeline is not None and state.pipeline not in pipelines:
            yield unknown_name(f"{place}.states[{index}] {state.name!r}", "pipeline", state.pipeline, pipelines)
    feeding: dict[str, str] = {}
    beginnings = [opening.target for opening in workflow.ways_in]
    for index, pipeline in enumerate(workflow.pipelines):
        where = f"{place}.pipelines[{index}] {pipeline.name!r}"
        stages = workflow.stages(pipeline.name)
        if pipeline.entry not in stages:
            yield unknown_name(f"{where}.entry", "stage", pipeline.entry, stages)
        elif pipeline.entry not in beginnings:
            yield Problem(f"{where}.entry", f"stage {pipeline.entry!r} has no opening", "add an opening into it")
        for channel in sorted(pipeline.channels):
            if channel in feeding:
                what = f"channel {channel!r} also feeds pipeline {feeding[channel]!r}"
                yield Problem(where, what, "let each channel feed one pipeline")
            feeding[channel] = pipeline.name


def _field_problems(workflow: Workflow, place: str) -> Iterator[Problem]:
    for index, field in enumerate(workflow.fields):
        where = f"{place}.fields[{index}] {field.name!r}"
        if field.name in _RESERVED:
            what = f"the name {field.name!r} has another meaning in the needs of transitions"
            yield Problem(where, what, "use another name")
        if field.filled_from and (field.kind not in ("any", "text") or field.choices):
            what = "a field that mails fill must allow all texts"
            yield Problem(where, what, "make its kind 'text', without choices")
        if field.choices and field.kind in ("moment", "future"):
            yield Problem(where, "a field of instants cannot have choices", "leave them out")
        yield from condition_problems(workflow, f"{where}.filled_when", field.filled_when)
    yield from _unknown_stages(workflow, place)
    outcome = workflow.field(OUTCOME)
    for index, state in enumerate(workflow.states):
        if state.outcome is not None and (outcome is None or not outcome.takes(state.outcome)):
            known = outcome.choices if outcome else ()
            yield unknown_name(
                f"{place}.states[{index}] {state.name!r}", "outcome", state.outcome, [str(each) for each in known]
            )


def _unknown_stages(workflow: Workflow, place: str) -> Iterator[Problem]:
    field = workflow.field(RETURN_STAGE)
    beginnings = [opening.target for opening in workflow.ways_in]
    for name in field.choices if field else ():
        if name not in beginnings:
            yield unknown_name(f"{place}.fields {RETURN_STAGE!r}", "state with an opening", str(name), beginnings)


def _dead_ends(workflow: Workflow, place: str, by_rules: Collection[str]) -> Iterator[Problem]:
    for index, state in enumerate(workflow.states):
        leaving = [row for row in workflow.transitions_from(state.name) if _leaves(workflow, state, row, by_rules)]
        if state.category != "closed" and state.is_enabled and not leaving:
            where = f"{place}.states[{index}] {state.name!r}"
            yield Problem(where, "tickets cannot leave it", "add a transition from it, or make its category 'closed'")
        if state.category == "closed" and (rows := workflow.transitions_from(state.name)):
            where = f"{place}.transitions {rows[0].name!r}"
            what = f"the transition leads from {state.name!r}, which is closed"
            yield Problem(where, what, "leave that source out, or make the category of the state 'resolved'")


def _leaves(workflow: Workflow, state: State, row: Transition, by_rules: Collection[str]) -> bool:
    """Return whether a row can be taken and leads from *state* to another, enabled state."""
    target = workflow.state(row.target)
    is_way = target is not None and target.is_enabled and target.name != state.name
    return is_way and row.given != conditions.NEVER and (not row.is_system_only or row.name in by_rules)
