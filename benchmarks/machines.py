"""The peers from PyPI that run state machines, each with the same table; one that is not installed is left out.

Each takes one transition, with a guard, an action on entering the new state, and a record of who, when, from and to:
the cheapest there is, a tuple in a list. Where a peer has several ways, it gets the quickest of those tried. To take
the same step again it is put back by setting an attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

STATES = ("new", "analysis", "waiting", "joint", "solution", "validation", "asked", "closed")


class Row(NamedTuple):
    name: str
    sources: tuple[str, ...]
    target: str


ROWS = (
    Row("take", ("new",), "analysis"),
    Row("wait", ("analysis",), "waiting"),
    Row("answer", ("waiting",), "analysis"),
    Row("share", ("analysis",), "joint"),
    Row("part", ("joint",), "analysis"),
    Row("solve", ("analysis", "joint"), "solution"),
    Row("test", ("solution",), "validation"),
    Row("reject", ("validation",), "analysis"),
    Row("ask", ("validation",), "asked"),
    Row("doubt", ("asked",), "analysis"),
    Row("confirm", ("asked",), "closed"),
    Row("withdraw", ("new", "waiting"), "closed"),
)
STEP = ROWS[1]
"""The transition that is measured, and the only one with a guard."""
HERE, THERE = STEP.sources[0], STEP.target
FIELD, NEEDED = "priority", "high"
"""The guard: this field reads that."""
SET, VALUE = "turn", "theirs"
"""The action on entering the new state: this field gets that."""


class Case(NamedTuple):
    """Who takes the step and when, the fields of the ticket, and the records that are kept."""

    who: str
    at: datetime
    fields: dict[str, object]
    records: list[tuple[str, datetime, str, str]]


def _each() -> Iterator[tuple[Row, str]]:
    return ((row, source) for row in ROWS for source in row.sources)


def transitions(case: Case) -> Callable[[], object]:
    """Callbacks by name, on a model that the machine gives a method for each transition."""
    from transitions import Machine  # noqa: PLC0415 -- optional

    class Ticket:
        def is_guarded(self, _: Any) -> bool:  # noqa: ANN401 -- its way
            return case.fields[FIELD] == NEEDED

        def on_enter_waiting(self, _: Any) -> None:  # noqa: ANN401 -- likewise
            case.fields[SET] = VALUE

        def keep(self, event: Any) -> None:  # noqa: ANN401 -- likewise
            taken = event.transition
            case.records.append((event.kwargs["who"], event.kwargs["at"], taken.source, taken.dest))

    table = [
        {"trigger": row.name, "source": source, "dest": row.target, "conditions": "is_guarded" if row is STEP else None}
        for row, source in _each()
    ]
    ticket: Any = Ticket()
    Machine(ticket, list(STATES), HERE, table, send_event=True, auto_transitions=False, after_state_change="keep")

    def step() -> None:
        ticket.state = HERE
        ticket.wait(who=case.who, at=case.at)

    return step


def python_statemachine(case: Case) -> Callable[[], object]:
    """States and transitions as attributes of a class; callbacks get the arguments that they name."""
    from statemachine import State, StateMachine  # noqa: PLC0415 -- optional

    states = {name: State(initial=name == STATES[0], final=name == "closed") for name in STATES}
    table: dict[str, Any] = {}
    for row, source in _each():
        leads = states[source].to(states[row.target], cond="is_guarded" if row is STEP else None)
        table[row.name] = table[row.name] | leads if row.name in table else leads

    def is_guarded(_: object) -> bool:
        return case.fields[FIELD] == NEEDED

    def on_enter_waiting(_: object) -> None:
        case.fields[SET] = VALUE

    def after_transition(_: object, who: str, at: datetime, source: Any, target: Any) -> None:  # noqa: ANN401 -- its way
        case.records.append((who, at, source.id, target.id))

    class Model:
        state = HERE

    called = {each.__name__: each for each in (is_guarded, on_enter_waiting, after_transition)}
    model = Model()
    machine = type(StateMachine)("Machine", (StateMachine,), {**states, **table, **called})(model, start_value=HERE)

    def step() -> None:
        model.state = HERE
        machine.wait(who=case.who, at=case.at)

    return step


def sismic(case: Case) -> Callable[[], object]:
    """A statechart whose guards and actions are texts; it answers what it did in a step."""
    from sismic.interpreter import Interpreter  # noqa: PLC0415 -- optional
    from sismic.model import BasicState, CompoundState, Statechart, Transition  # noqa: PLC0415 -- likewise

    chart = Statechart("tickets")
    chart.add_state(CompoundState("ticket", initial=HERE), None)
    for name in STATES:
        chart.add_state(BasicState(name, on_entry=f"fields[{SET!r}] = {VALUE!r}" if name == THERE else None), "ticket")
    for row, source in _each():
        guard = f"fields[{FIELD!r}] == {NEEDED!r}" if row is STEP else None
        chart.add_transition(Transition(source, row.target, event=row.name, guard=guard))
    machine = Interpreter(chart, initial_context={"fields": case.fields}, ignore_contract=True)
    machine.execute()

    def step() -> None:
        machine._configuration = {"ticket", HERE}
        done = machine.queue(STEP.name, who=case.who, at=case.at).execute_once()
        for taken in done.transitions:
            case.records.append((done.event.who, done.event.at, taken.source, taken.target))

    return step


def viewflow_fsm(case: Case) -> Callable[[], object]:
    """Each method of a class is a transition; the method also does the action on entering."""
    from django.conf import settings  # noqa: PLC0415 -- optional

    if not settings.configured:
        settings.configure()
    from viewflow.fsm import State  # noqa: PLC0415 -- optional; it cannot be imported before

    state = State(STATES, default=STATES[0])

    def method(row: Row) -> Callable[..., None]:
        def leads(_: object, **_said: object) -> None:
            pass

        def enters(_: object, **_said: object) -> None:
            case.fields[SET] = VALUE

        made = enters if row is STEP else leads
        made.__name__ = row.name
        return made

    def is_guarded(_: object) -> bool:
        return case.fields[FIELD] == NEEDED

    def keep(_: object, _method: object, source: str, target: str, *, who: str, at: datetime) -> None:
        case.records.append((who, at, source, target))

    def read(ticket: Any) -> str:  # noqa: ANN401 -- made below
        found: str = ticket.kept
        return found

    def write(ticket: Any, value: str) -> None:  # noqa: ANN401 -- likewise
        ticket.kept = value

    state.on_success()(keep)
    state.getter()(read)
    state.setter()(write)
    table = {
        row.name: state.transition(list(row.sources), row.target, conditions=[is_guarded] if row is STEP else [])(
            method(row)
        )
        for row in ROWS
    }
    ticket: Any = type("Ticket", (), {"state": state, **table})()

    def step() -> None:
        ticket.kept = HERE
        ticket.wait(who=case.who, at=case.at)

    return step


ALL: dict[str, Callable[[Case], Callable[[], object]]] = {
    "transitions": transitions,
    "python-statemachine": python_statemachine,
    "sismic": sismic,
    "viewflow.fsm": viewflow_fsm,
}
