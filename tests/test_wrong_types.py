"""Whatever is given to a definition or a function of the library: a wrong type is refused there, in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Any, get_args

import attrs
import pytest

from tests.support.complete_rule_set import COMMANDS, EVERYTHING
from tests.support.desk import ANA, CUSTOMER, utc
from ticketflow import (
    After,
    Agenda,
    All,
    AnyOf,
    Arrival,
    AssignedTo,
    Automation,
    CategoryIs,
    Created,
    Elapsed,
    Field,
    FieldIs,
    Hint,
    Ladder,
    Latest,
    Listing,
    Mail,
    Measure,
    Message,
    Not,
    On,
    OnCommand,
    OnEnter,
    OnMessage,
    Opening,
    Permission,
    Pipeline,
    Policy,
    RequesterIs,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Template,
    TicketflowError,
    Transition,
    Within,
    Workflow,
    WorkingTime,
    actions,
    advance,
    apply,
    available,
    command_for,
    commands,
    decide,
    decide_all,
    deliveries,
    diff,
    evaluate,
    evaluate_all,
    evolve,
    explain,
    follow_ups,
    handle,
    handle_all,
    matching,
    next_due,
    percentile,
    preview_migration,
    read,
    read_all,
    read_icalendar,
    records,
    replay,
    report,
    report_all,
    route,
    sla,
    trace,
    write_icalendar,
)
from ticketflow.analysis.check import check
from ticketflow.calendars.combined import difference, excluding, intersection, union
from ticketflow.calendars.hours import Shift, Yearly
from ticketflow.engine.handling import advance_before
from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import problems_of
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Action
from ticketflow.rules.triggers import Timer, Trigger
from ticketflow.service.intake import OpenNew
from ticketflow.service.simulation import simulate
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import Anchor
from ticketflow.workflow.conditions import Condition

WRONG: tuple[object, ...] = (None, 5, -1, 1.5, True, "x", "", [None], [[]], (None,), {}, {3: 4}, {None}, object(), b"x")
"""What nobody means: a value is refused for it, or, where it happens to be right, has the types that it should."""

VARIADIC: Mapping[type, Callable[[Any], tuple[tuple[object, ...], dict[str, object]]]] = {
    StateIs: lambda each: (each.states, {}),
    CategoryIs: lambda each: (each.categories, {}),
    FieldIs: lambda each: ((each.field, *each.values), {}),
    RequesterIs: lambda each: (each.requesters, {}),
    AssignedTo: lambda each: (each.assignees, {}),
    All: lambda each: ((*each.of, StateIs("new")), {}),
    AnyOf: lambda each: (each.of, {}),
    Latest: lambda each: (each.anchors, {}),
    OnCommand: lambda each: (tuple(each.commands), {"by": each.by}),
    Rung: lambda each: ((each.after, *each.then), {}),
    Elapsed: lambda each: ((each.amount,), {"days": 1, "hours": 1, "minutes": 1}),
    WorkingTime: lambda each: ((each.amount,), {"hours": 1, "minutes": 1}),
}
"""Classes that are built in another shape than their attributes: the arguments that build a value again."""


def parts_of(value: object) -> Iterator[object]:
    """Yield every attrs value in a definition, and itself."""
    if isinstance(value, Mapping):
        value = (*value.keys(), *value.values())
    if isinstance(value, tuple):
        for each in value:
            yield from parts_of(each)
    kind: Any = type(value)
    if attrs.has(kind):
        yield value
        for field in attrs.fields(kind):
            if field.init:
                yield from parts_of(getattr(value, field.name))


SAMPLES: Mapping[type, object] = {
    type(part): part
    for whole in (
        EVERYTHING,
        COMMANDS,
        Mail("m1", subject="s"),
        Arrival(Message("m1"), CUSTOMER),
        Within(Elapsed(hours=1)),
        actions.RecordWarning("solving"),
        actions.RecordBreach("solving"),
        After(Elapsed(hours=1), Created()),
    )
    for part in parts_of(whole)
}
"""One value of each class of definitions and commands."""


def arguments(value: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """Return the arguments that build *value* again."""
    kind: Any = type(value)
    if kind in VARIADIC:
        return VARIADIC[kind](value)
    return (), {field.alias: getattr(value, field.name) for field in attrs.fields(kind) if field.init}


def with_one_wrong(
    given: tuple[object, ...], named: Mapping[str, object]
) -> Iterator[tuple[str, tuple[object, ...], dict[str, object]]]:
    """Yield the arguments of a call with each one, in turn, replaced by each wrong value."""
    for wrong in WRONG:
        for index in range(len(given)):
            yield f"argument {index} {wrong!r}", (*given[:index], wrong, *given[index + 1 :]), dict(named)
        for name in named:
            yield f"{name}={wrong!r}", given, {**named, name: wrong}


def named_in(kind: object) -> Iterator[type]:
    """Yield the attrs classes of a union."""
    for each in get_args(kind):
        yield from named_in(each) if get_args(each) else (each,)


class TestDefinitions:
    @pytest.mark.parametrize("kind", SAMPLES, ids=attrgetter("__name__"))
    def test_a_wrong_type_is_refused_when_the_value_is_built(self, kind: type) -> None:
        given, named = arguments(SAMPLES[kind])
        assert kind(*given, **named)
        for shown, wrong_given, wrong_named in with_one_wrong(given, named):
            try:
                made = kind(*wrong_given, **wrong_named)
            except TicketflowError:
                continue
            except Exception as error:
                raise AssertionError(f"{kind.__name__}, {shown}") from error
            assert list(problems_of(made, kind.__name__)) == [], shown
            hash(made)

    @pytest.mark.parametrize("kinds", [Condition, Anchor, Action, Trigger, Timer])
    def test_there_is_a_sample_of_every_class(self, kinds: object) -> None:
        missing = {kind.__name__ for kind in named_in(kinds)} - {kind.__name__ for kind in SAMPLES}
        assert missing <= {"Resumed", "AtSnoozeEnd"}, "the library's own, and without attributes"

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (
                lambda: Target(timedelta(hours=8)),  # type: ignore[arg-type]
                (
                    "Target.time is datetime.timedelta(seconds=28800); give Elapsed, WorkingTime or "
                    "BusinessDays, for example BusinessDays(1)"
                ),
            ),
            (
                lambda: Policy("p", sla.resolution(), targets=Target(Elapsed(hours=8))),  # type: ignore[arg-type]
                (
                    "Policy.targets is Target(time=Elapsed(amount=datetime.timedelta(seconds=28800)), "
                    "given=All(of=()), calendar=None, extra=None, started=None); give a tuple of Target or Deadline"
                ),
            ),
            (
                lambda: Workflow((State("open"), "done")),  # type: ignore[arg-type]
                "Workflow.states[1] is 'done'; give a State",
            ),
            (
                lambda: Workflow("open"),  # type: ignore[arg-type]
                "Workflow.states is 'open'; give a tuple of State",
            ),
            (
                lambda: Workflow((State("open"),), permissions={3: Permission({"agent"})}),  # type: ignore[dict-item]
                "Workflow.permissions has the key 3; give a text as the key",
            ),
            (
                lambda: Transition("go", ["open"], "done", needs="message"),  # type: ignore[arg-type]
                "Transition.needs is 'message'; give a tuple of texts",
            ),
            (
                lambda: All("x"),  # type: ignore[arg-type]
                "All.of[0] is 'x'; give a condition, for example StateIs('open')",
            ),
            (
                lambda: Not(None),  # type: ignore[arg-type]
                "Not.condition is None; give a condition, for example StateIs('open')",
            ),
            (
                lambda: After(5, Created()),  # type: ignore[arg-type]
                (
                    "After.span is 5; give a span, for example Elapsed(days=2), or a span of a clock, "
                    "for example OfTarget(50)"
                ),
            ),
            (
                lambda: After(Elapsed(days=1), "created"),  # type: ignore[arg-type]
                "After.since is 'created'; give an anchor, for example Created()",
            ),
            (
                lambda: Rung("2 days"),  # type: ignore[arg-type]
                (
                    "Rung.after is '2 days'; give a span, for example Elapsed(days=2), or a span of a clock, "
                    "for example OfTarget(50)"
                ),
            ),
            (
                lambda: Rung(Elapsed(days=2), "close"),  # type: ignore[arg-type]
                "Rung.then[0] is 'close'; give an action, for example SendMessage('reminder')",
            ),
            (
                lambda: StateIs(3),  # type: ignore[arg-type]
                "StateIs.states[0] is 3; give a text",
            ),
            (
                lambda: OnMessage("boss"),  # type: ignore[arg-type]
                "OnMessage.by is 'boss'; give one of customer, third_party, agent, anyone",
            ),
            (
                lambda: On("friday"),  # type: ignore[arg-type]
                "On.recurrence is 'friday'; give a recurrence, for example EveryWeek('monday', '09:00')",
            ),
            (
                lambda: Automation("a", "now", ()),  # type: ignore[arg-type]
                (
                    "Automation.when is 'now'; give a trigger, for example OnMessage('customer'), or a timer, "
                    "for example After(Elapsed(days=2), Created())"
                ),
            ),
            (
                lambda: Automation("a", OnMessage("agent"), (), rank=1.5),  # type: ignore[arg-type]
                "Automation.rank is 1.5; give a whole number",
            ),
            (
                lambda: Ladder("a", Created(), StateIs("open"), (), is_enabled=1),  # type: ignore[arg-type]
                "Ladder.is_enabled is 1; give True or False",
            ),
            (
                lambda: Measure(runs="open"),  # type: ignore[arg-type]
                "Measure.runs is 'open'; give a condition, for example StateIs('open')",
            ),
            (
                lambda: Message("m1", public="yes"),  # type: ignore[arg-type]
                "Message.public is 'yes'; give True or False",
            ),
            (
                lambda: Within(timedelta(hours=1)),  # type: ignore[arg-type]
                "Within.grace is datetime.timedelta(seconds=3600); give an Elapsed",
            ),
        ],
    )
    def test_the_message_names_the_attribute_the_value_and_what_to_give(
        self, make: Callable[[], object], message: str
    ) -> None:
        with pytest.raises(BadValueError) as caught:
            make()
        assert str(caught.value) == message

    def test_lists_and_other_ordered_iterables_become_tuples(self) -> None:
        listed: Any = [State("open"), State("done", "closed")]
        rows: Any = (each for each in [Transition("finish", ["open"], "done", may=["agent"])])
        workflow = Workflow(listed, rows)
        assert workflow.states == tuple(listed)
        assert [row.name for row in workflow.transitions] == ["finish"]
        needs: Any = ["message"]
        assert Transition("go", ["open"], "done", needs=needs).needs == ("message",)
        targets: Any = [Target(Elapsed(hours=8))]
        assert Policy("p", sla.resolution(), targets) == Policy("p", sla.resolution(), tuple(targets))
        then: Any = [actions.Move("finish")]
        told: Any = [Automation("end", OnEnter(StateIs("open")), then)]
        assert Rules("small", workflow, EVERYTHING.calendars, told).automations == tuple(told)
        unordered: Any = {State("open")}
        with pytest.raises(BadValueError, match=r"^Workflow\.states is \{State\("):
            Workflow(unordered)

    def test_every_definition_that_the_package_offers_is_tried(self) -> None:
        offered = (Field, Hint, Listing, Opening, Permission, Pipeline, Snoozing, Template, Rules, Shift, Yearly)
        assert set(offered) <= set(SAMPLES)


NOON = utc(2026, 11, 23, 12)
SENIOR = senior()
OPENED = handle(None, commands.Open("T-1", at=NOON, by=CUSTOMER, message=Message("m1")), SENIOR).unwrap().ticket
ASSIGN = commands.Assign("ana", at=NOON, by=ANA)
CLOCK = EVERYTHING.clock("solving")
OF_EVERYTHING = (
    handle(None, commands.Open("T-1", at=NOON, by=ANA, fields={"level": 2}, state="busy"), EVERYTHING).unwrap().ticket
)
PLAN = evaluate(NOON + timedelta(days=60), OPENED, SENIOR)
ARRIVAL = Arrival(Message("m2"), CUSTOMER)
OFFICE = EVERYTHING.calendars["default"]

VERBS: tuple[tuple[Callable[..., object], dict[str, object]], ...] = (
    (decide, {"ticket": OPENED, "command": ASSIGN, "rules": SENIOR}),
    (decide_all, {"tickets": [OPENED], "command": ASSIGN, "rules": SENIOR}),
    (handle, {"ticket": OPENED, "command": ASSIGN, "rules": SENIOR}),
    (handle, {"ticket": None, "command": commands.Open("T-2", at=NOON, by=CUSTOMER), "rules": SENIOR}),
    (handle_all, {"tickets": [OPENED], "command": ASSIGN, "rules": SENIOR}),
    (evaluate, {"now": NOON, "ticket": OPENED, "rules": SENIOR}),
    (evaluate_all, {"now": NOON, "tickets": [OPENED], "rules": SENIOR}),
    (apply, {"ticket": OPENED, "plan": PLAN}),
    (advance, {"now": NOON, "ticket": OPENED, "rules": SENIOR}),
    (advance_before, {"at": NOON, "ticket": OPENED, "rules": SENIOR}),
    (next_due, {"ticket": OPENED, "rules": SENIOR}),
    (available, {"ticket": OPENED, "actor": ANA, "rules": SENIOR}),
    (available, {"ticket": None, "actor": ANA, "rules": SENIOR}),
    (explain, {"now": NOON, "ticket": OPENED, "rules": SENIOR}),
    (simulate, {"commands": [ASSIGN], "rules": SENIOR, "until": NOON, "ticket": OPENED}),
    (read, {"now": NOON, "ticket": OF_EVERYTHING, "clock": CLOCK}),
    (read_all, {"now": NOON, "ticket": OF_EVERYTHING, "clock": CLOCK}),
    (trace, {"now": NOON, "ticket": OF_EVERYTHING, "clock": CLOCK}),
    (route, {"arrival": ARRIVAL, "tickets": [OPENED], "rules": SENIOR, "now": NOON}),
    (command_for, {"route": OpenNew(), "arrival": ARRIVAL, "at": NOON, "new_ticket": "T-2"}),
    (deliveries, {"plan": PLAN, "now": NOON, "modes": {"a": "all"}, "default": "all"}),
    (follow_ups, {"plan": PLAN, "by": ANA}),
    (report, {"now": NOON, "ticket": OPENED, "rules": SENIOR, "calendar": "default"}),
    (report_all, {"now": NOON, "tickets": [OPENED], "rules": SENIOR, "calendar": "default"}),
    (percentile, {"durations": [timedelta(1)], "percent": 50, "method": "linear"}),
    (preview_migration, {"ticket": OPENED, "old": SENIOR, "new": SENIOR, "now": NOON}),
    (diff, {"old": SENIOR, "new": SENIOR}),
    (check, {"rules": SENIOR, "budget": 0, "known_until": 2030}),
    (matching, {"condition": StateIs("new"), "tickets": [OPENED]}),
    (lambda ticket, kind, field: records(ticket, kind, field=field), {"ticket": OPENED, "kind": "note", "field": None}),
    (replay, {"entries": OPENED.history}),
    (evolve, {"ticket": OPENED, "entry": OPENED.history.last}),
    (SENIOR.clock, {"name": "solving"}),
    (Agenda, {"entries": [("T-1", NOON)]}),
    (Agenda().put, {"ticket": "T-1", "at": NOON}),
    (Agenda().due, {"now": NOON}),
    (Actor, {"role": "agent", "id": "ana", "groups": ()}),
    (OFFICE.is_open, {"at": NOON}),
    (OFFICE.next_open, {"at": NOON}),
    (OFFICE.next_close, {"at": NOON}),
    (OFFICE.add, {"start": NOON, "amount": timedelta(hours=1)}),
    (OFFICE.between, {"start": NOON, "end": NOON}),
    (OFFICE.after, {"start": NOON, "span": Elapsed(hours=1)}),
    (OFFICE.add_business_days, {"start": NOON, "days": 1}),
    (OFFICE.trace, {"start": NOON, "end": NOON}),
    (union, {"left": OFFICE, "right": OFFICE}),
    (intersection, {"left": OFFICE, "right": OFFICE}),
    (difference, {"left": OFFICE, "right": OFFICE}),
    (
        excluding,
        {"calendar": OFFICE, "stretch": (NOON, NOON + timedelta(1))},
    ),
    (read_icalendar, {"source": "BEGIN:VCALENDAR\nEND:VCALENDAR", "zone": "UTC"}),
    (write_icalendar, {"calendar": OFFICE, "first": NOON.date(), "last": NOON.date()}),
)


def consumed(answer: object) -> None:
    """Take everything from an iterator; its errors come as it is read."""
    if isinstance(answer, Iterator):
        list(answer)


@pytest.mark.parametrize(("verb", "named"), VERBS, ids=[getattr(verb, "__name__", "verb") for verb, _ in VERBS])
def test_every_function_refuses_wrong_arguments_with_an_error_of_the_library(
    verb: Callable[..., object], named: dict[str, object]
) -> None:
    for shown, _, wrong in with_one_wrong((), named):
        try:
            consumed(verb(*wrong.values()))
        except TicketflowError:
            continue
        except Exception as error:
            raise AssertionError(shown) from error
