"""What can be wrong with a workflow as written: names, ways in and out, rows that never get their turn.

Everything is found together, each problem with its place. What can happen along the way (reachability, tickets that
rot) is another question.

Source: docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ticketflow.errors import Problem, unknown_name
from ticketflow.tickets import anchors
from ticketflow.tickets.actors import ROLES
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.facts import OUTCOME
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Listing, Pipeline, State, Transition, Workflow

RETURN_STAGE = "return_stage"
"""The field that says, on closing, where the customer's next ticket begins."""

_RESERVED = ("message", "resolution")


def workflow_problems(workflow: Workflow, place: str, by_rules: Collection[str] = ()) -> Iterator[Problem]:
    """Yield everything wrong with the table.

    Args:
        workflow: The table.
        place: What messages call it.
        by_rules: The transitions that rules take.
    """
    if not workflow.states:
        yield Problem(f"{place}.states", "there are none", "give at least the state a ticket begins in")
        return
    yield from _duplicates(workflow, place)
    yield from _of_transitions(workflow, place)
    yield from _shadowed(workflow, place)
    yield from _of_permissions(workflow, place)
    yield from _of_openings(workflow, place)
    yield from _of_pipelines(workflow, place)
    yield from _of_fields(workflow, place)
    yield from _of_lists(workflow, place)
    yield from _dead_ends(workflow, place, by_rules)


def condition_problems(
    workflow: Workflow, place: str, condition: conditions.Condition, *, of_rules: bool = False
) -> Iterator[Problem]:
    """Yield a problem for each state, category or field that *condition* names and *workflow* has not.

    Args:
        workflow: The table.
        place: What messages call the condition.
        condition: The condition.
        of_rules: Whether rules ask it, who alone can ask about clocks.
    """
    states, fields = _named(workflow.states), _named(workflow.fields)
    for part in conditions.parts(condition):
        if (
            isinstance(part, conditions.StateIs | conditions.CategoryIs | conditions.FieldIs | conditions.AssignedTo)
            and not part.asks_for
        ):
            yield Problem(place, f"{type(part).__name__} asks for nothing", "name at least one")
        match part:
            case conditions.StateIs(states=asked):
                yield from (unknown_name(place, "state", name, states) for name in asked if name not in states)
            case conditions.FieldIs(field=name, values=values):
                field = workflow.field(name)
                if field is None:
                    yield unknown_name(place, "field", name, fields)
                    continue
                wrong = (value for value in values if not field.takes(value))
                yield from (Problem(place, f"field {name!r} never is {value!r}", field.allowed) for value in wrong)
            case conditions.ClockIs(clock=clock) if not of_rules:
                yield Problem(place, f"it asks about the clock {clock}", "only rules can: let one set a field")
            case conditions.Happened(anchor=anchor):
                yield from anchor_problems(place, anchor, workflow)
            case conditions.Reopened(times=times) if times < 1:
                yield Problem(place, f"reopened {times} times", "give at least 1")
            case _:
                pass


def anchor_problems(place: str, anchor: anchors.Anchor, workflow: Workflow) -> Iterator[Problem]:
    """Yield a problem for each state or outside event that *anchor* names and *workflow* has not."""
    states = _named(workflow.states)
    if not anchors.simple_parts(anchor):
        yield Problem(place, "it names no moment", "give at least one")
    for part in anchors.simple_parts(anchor):
        match part:
            case anchors.Entered(state=str(state)) | anchors.Left(state=state) if state not in states:
                yield unknown_name(place, "state", state, states)
            case anchors.Outside(event=event) if event not in workflow.outside_events:
                yield unknown_name(place, "outside event", event, workflow.outside_events)
            case anchors.Resumed():
                yield Problem(place, "the end of a hold is no moment of a ticket", "say on_resume='restart' instead")
            case _:
                pass


def _named(members: Iterable[State | Field | Pipeline | Listing]) -> list[str]:
    return [member.name for member in members]


def _duplicates(workflow: Workflow, place: str) -> Iterator[Problem]:
    kinds: tuple[tuple[str, tuple[State | Field | Pipeline | Listing, ...]], ...] = (
        ("states", workflow.states),
        ("fields", workflow.fields),
        ("pipelines", workflow.pipelines),
        ("lists", workflow.lists),
    )
    for kind, members in kinds:
        for index, name in _repeated(_named(members)):
            yield Problem(f"{place}.{kind}[{index}]", f"another one is named {name!r}", "name each once")
    for role in sorted(workflow.groups & ROLES):
        yield Problem(f"{place}.groups", f"group {role!r} bears the name of a role", "name it otherwise")


def _repeated(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def _of_transitions(workflow: Workflow, place: str) -> Iterator[Problem]:
    states = _named(workflow.states)
    for index, row in enumerate(workflow.transitions):
        where = f"{place}.transitions[{index}] {row.name!r}"
        if not row.sources:
            yield Problem(f"{where}.sources", "there are none", "say from which states it leads")
        for name in (*sorted(row.sources), row.target):
            if name not in states:
                yield unknown_name(where, "state", name, states)
        yield from _unknown_needs(workflow, f"{where}.needs", row.needs, _RESERVED)
        yield from _unknown_needs(workflow, f"{where}.takes", row.takes, ())
        yield from _unknown_people(workflow, f"{where}.may", row.may)
        yield from condition_problems(workflow, f"{where}.given", row.given)
    if workflow.reopen is not None and workflow.reopen not in workflow.verbs:
        yield unknown_name(f"{place}.reopen", "transition", workflow.reopen, workflow.verbs)


def _shadowed(workflow: Workflow, place: str) -> Iterator[Problem]:
    """Yield a problem for each row that never gets its turn, because an earlier one of its name always goes first."""
    for index, row in enumerate(workflow.transitions):
        for earlier in workflow.transitions[:index]:
            shared = row.sources & earlier.sources
            if earlier.name == row.name and shared and earlier.given in (conditions.ALWAYS, row.given):
                where = f"{place}.transitions[{index}] {row.name!r}"
                what = f"an earlier row of that name always goes first from {', '.join(sorted(shared))}"
                yield Problem(where, what, "name it otherwise, or give the earlier one a condition of its own")
                break


def _unknown_needs(workflow: Workflow, where: str, needs: Iterable[str], also: tuple[str, ...]) -> Iterator[Problem]:
    known = [*also, *_named(workflow.fields)]
    yield from (unknown_name(where, "field", name, known) for name in needs if name not in known)


def _unknown_people(workflow: Workflow, place: str, people: frozenset[str]) -> Iterator[Problem]:
    known = ROLES | workflow.groups
    yield from (unknown_name(place, "role or group", name, known) for name in sorted(people - known))


def _of_permissions(workflow: Workflow, place: str) -> Iterator[Problem]:
    commands = (*NAMES.values(), "bulk")
    for command, permission in workflow.permissions.items():
        where = f"{place}.permissions[{command!r}]"
        if command == "move":
            yield Problem(where, "transitions say themselves who may take them", "leave it out")
        elif command not in commands:
            yield unknown_name(where, "command", command, commands)
        if command == "open" and permission.given != conditions.ALWAYS:
            yield Problem(f"{where}.given", "there is no ticket yet to ask", "leave it out")
        yield from _unknown_people(workflow, f"{where}.may", permission.may)
        yield from condition_problems(workflow, f"{where}.given", permission.given)


def _of_openings(workflow: Workflow, place: str) -> Iterator[Problem]:
    states = _named(workflow.states)
    for index, opening in enumerate(workflow.ways_in):
        where = f"{place}.openings[{index}]" if workflow.openings else f"{place}.states[0]"
        state = workflow.state(opening.target)
        if state is None:
            yield unknown_name(where, "state", opening.target, states)
        elif state.category == "closed":
            yield Problem(where, "tickets would begin closed", "let them begin in another state")
        elif not state.is_enabled:
            yield Problem(where, f"tickets would begin in {state.name!r}, which is not enabled", "enable it")
        earlier = [each for each in workflow.ways_in[:index] if each.target == opening.target]
        if any(opening.may <= each.may for each in earlier):
            yield Problem(where, "an earlier one always goes first", "leave it out, or make it for other people")
        yield from _unknown_people(workflow, f"{where}.may", opening.may)
        yield from _unknown_needs(workflow, f"{where}.needs", opening.needs, ("message",))
        yield from _unknown_needs(workflow, f"{where}.takes", opening.takes, ())


def _of_pipelines(workflow: Workflow, place: str) -> Iterator[Problem]:
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
            yield Problem(f"{where}.entry", f"no ticket can begin in {pipeline.entry!r}", "give it an opening")
        for channel in sorted(pipeline.channels):
            if channel in feeding:
                what = f"channel {channel!r} feeds {feeding[channel]!r} too"
                yield Problem(where, what, "let each channel feed one pipeline")
            feeding[channel] = pipeline.name


def _of_fields(workflow: Workflow, place: str) -> Iterator[Problem]:
    for index, field in enumerate(workflow.fields):
        where = f"{place}.fields[{index}] {field.name!r}"
        if field.name in _RESERVED:
            yield Problem(where, "transitions ask for something else by that name", "name it otherwise")
        if field.filled_from and (field.kind not in ("any", "text") or field.choices):
            yield Problem(where, "a mail fills texts as they come", "make its kind 'text', without choices")
        if field.choices and field.kind in ("moment", "future"):
            yield Problem(where, "moments are no choices", "leave the choices out")
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
            yield unknown_name(f"{place}.fields {RETURN_STAGE!r}", "stage that tickets begin in", str(name), beginnings)


def _of_lists(workflow: Workflow, place: str) -> Iterator[Problem]:
    for listing in workflow.lists:
        yield from condition_problems(workflow, f"{place}.lists {listing.name!r}", listing.shows)


def _dead_ends(workflow: Workflow, place: str, by_rules: Collection[str]) -> Iterator[Problem]:
    for index, state in enumerate(workflow.states):
        leaving = [row for row in workflow.transitions_from(state.name) if _leaves(workflow, state, row, by_rules)]
        if state.category != "closed" and state.is_enabled and not leaving:
            where = f"{place}.states[{index}] {state.name!r}"
            yield Problem(where, "nobody can leave it", "add a transition from it, or make its category 'closed'")
        if state.category == "closed" and (rows := workflow.transitions_from(state.name)):
            where = f"{place}.transitions {rows[0].name!r}"
            yield Problem(where, f"it leaves {state.name!r}, which is closed for good", "make that state 'resolved'")


def _leaves(workflow: Workflow, state: State, row: Transition, by_rules: Collection[str]) -> bool:
    """Return whether a row can lead a ticket out of *state*: somebody takes it, to another state that is enabled."""
    target = workflow.state(row.target)
    is_way = target is not None and target.is_enabled and target.name != state.name
    return is_way and row.given != conditions.NEVER and (not row.is_system_only or row.name in by_rules)
