"""Embudo: funnels, stages, and tickets that end as won or lost.

Source: the article "¿Cómo abrir y cerrar un ticket?" of a CRM's help centre (Spanish), read 2026-11-21. Rows C1 to C10;
docs/presets/embudo.md lists what the source leaves open and what was chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.recurrence import Recurrence
from ticketflow.calendars.spans import Elapsed, Span
from ticketflow.errors import BadValueError, DefinitionError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.presets.calendars import office
from ticketflow.presets.options import members, refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, On, OnEnter, OnLeave, Timer, Trigger
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.anchors import Anchor, Entered, LastMessage, Latest
from ticketflow.tickets.ticket import OUTCOME
from ticketflow.workflow.conditions import All, CategoryIs, FieldIs, Not, StateIs
from ticketflow.workflow.definition import Field, Listing, Opening, Pipeline, State, Transition, Workflow
from ticketflow.workflow.validation import RETURN_STAGE

_UNDECIDED = All(FieldIs(OUTCOME, None), Not(CategoryIs("closed")))
_ARCHIVED = "archived"

Outcome = Literal["won", "lost"]


def _labels(english: str, spanish: str) -> Labels:
    return freeze_labels({"en": english, "es": spanish})


WORDS: Mapping[str, Labels] = {
    "won": _labels("won", "Ganado"),
    "lost": _labels("lost", "Perdido"),
    "entering": _labels("on entering", "Cuando un contacto entre a una etapa"),
    "leaving": _labels("on leaving", "Cuando un contacto salga de una etapa"),
    "idle": _labels("time", "tiempo"),
    "periodic": _labels("periodically", "Periódicamente"),
    "won_stage": _labels("won stage", "Etapa Ganada"),
    "lost_stage": _labels("lost stage", "Etapa Perdida"),
    "stage_type": _labels("change type", "Cambiar tipo de etapa"),
    "closing_funnel": _labels("closing funnel", "Embudo donde se cerrará"),
}
"""What the source calls outcomes, ways to be resolved, and what a screen shows besides (C2, C3, C4, C6, C9)."""


@attrs.frozen
class Stage:
    """A stage of a funnel.

    Attributes:
        name: Its name within the funnel; the state is called ``<funnel>.<stage>``.
        labels: What people call it, by language.
        outcome: Its type, if it has one: a ticket that arrives is won or lost at once (C6).
        closes: For a stage with a type, whether such a ticket is archived too; it returns to where the funnel's tickets
            come in.
    """

    name: str
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    outcome: Outcome | None = None
    closes: bool = False

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if self.closes and self.outcome is None:
            raise BadValueError(f"stage {self.name!r} closes and has no type", "make its outcome won or lost")


@attrs.frozen
class Funnel:
    """A funnel: stages in their order.

    Attributes:
        name: Its name.
        stages: Its stages.
        labels: What people call it, by language.
        channels: The channels whose messages begin tickets in it.
        entry: The name of the stage that tickets come in by, which has no type; None for the first (C1).

    Raises:
        BadValueError: its tickets would be won or lost as they come in.
    """

    name: str
    stages: tuple[Stage, ...]
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    channels: tuple[str, ...] = ()
    entry: str | None = None

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        come_in_by = self.entry or next((stage.name for stage in self.stages), None)
        typed = next((stage for stage in self.stages if stage.name == come_in_by and stage.outcome), None)
        if typed is not None:
            what = f"tickets of funnel {self.name!r} come in by {typed.name!r} and would be {typed.outcome} at once"
            raise BadValueError(what, "name an entry that has no type")


@attrs.frozen
class Resolution:
    """When a ticket in a stage is marked as won or lost, and whether it is archived then (C3, C4).

    Attributes:
        stage: The stage, as ``<funnel>.<stage>``.
        when: ``entering`` or ``leaving`` it, a span without activity in it, or a recurrence such as Mondays at nine.
        outcome: Won or lost.
        return_stage: The stage in which the customer's next ticket begins, if this closes the ticket; None if not.
    """

    stage: str
    when: Literal["entering", "leaving"] | Span | Recurrence
    outcome: Outcome
    return_stage: str | None = None

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)


SALES = Funnel(
    "sales",
    (
        Stage("contact", _labels("contact", "Contacto")),
        Stage("offer", _labels("offer", "Propuesta")),
        Stage("won", _labels("won", "Ganado"), outcome="won"),
        Stage("lost", _labels("lost", "Perdido"), outcome="lost"),
    ),
    _labels("sales", "Ventas"),
    channels=("shop",),
)
SCHEDULING = Funnel(
    "scheduling",
    (
        Stage("information", _labels("scheduling information", "Información de agendamiento")),
        Stage("scheduled", _labels("scheduled", "Agendado")),
        Stage("finished", _labels("finished", "Finalizado")),
    ),
    _labels("scheduling", "Agendamiento"),
    channels=("clinic",),
)
RESOLUTIONS = (
    Resolution("scheduling.finished", "entering", "won", return_stage="scheduling.information"),
    Resolution("scheduling.information", Elapsed(days=2), "lost", return_stage="scheduling.information"),
)
"""The source's own examples: finishing wins, and two days without activity lose."""


def embudo(
    funnels: Iterable[Funnel] = (SALES, SCHEDULING),
    resolutions: Iterable[Resolution] = RESOLUTIONS,
    calendar: BusinessCalendar | None = None,
    *,
    activity: Anchor = Latest(Entered(), LastMessage("anyone")),  # noqa: B008 -- frozen
) -> Rules:
    """Return the rule set.

    Args:
        funnels: The funnels; where nothing else is said, tickets begin where those of the first one come in.
        resolutions: When tickets are marked as won or lost by themselves, stages with a type aside.
        calendar: The desk's hours; None for Monday to Friday 9 to 18 in Chile, with its holidays.
        activity: The moment that spans without activity count from: the latest of entering the stage and a person's
            public message (C3).

    Raises:
        BadValueError: an option is of another type.
        DefinitionError: a funnel, stage or return stage does not exist (C8).

    Source: rows C1 to C10.

    >>> embudo().workflow.stages("scheduling")
    ('scheduling.information', 'scheduling.scheduled', 'scheduling.finished')
    """
    refuse_wrong_options(embudo, locals())
    built, resolving = members(funnels, Funnel, "funnels"), members(resolutions, Resolution, "resolutions")
    states = tuple(_states(built))
    names = {state.name: state for state in states}
    if any(each.stage == _ARCHIVED for each in resolving):  # a state, but no stage: other names the rules will miss
        raise DefinitionError((unknown_name("resolutions", "stage", _ARCHIVED, names),))
    return Rules(
        name="embudo",
        workflow=_workflow(built, states),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=(*_named_apart(_rule(each, names, activity) for each in resolving), *_closing_stages(built)),
    )


def _named_apart(rules: Iterable[Automation]) -> Iterator[Rule]:
    """Yield the rules of resolutions; of several of one way, stage and outcome, such as Mondays, the later numbered."""
    seen: Counter[str] = Counter()
    for rule in rules:
        seen[rule.id] += 1
        yield rule if seen[rule.id] == 1 else attrs.evolve(rule, id=f"{rule.id}-{seen[rule.id]}")


def _states(funnels: tuple[Funnel, ...]) -> Iterator[State]:
    for funnel in funnels:
        for stage in funnel.stages:
            name = f"{funnel.name}.{stage.name}"
            yield State(name, labels=stage.labels, pipeline=funnel.name, outcome=stage.outcome)


def _workflow(funnels: tuple[Funnel, ...], stages: tuple[State, ...]) -> Workflow:
    names = tuple(stage.name for stage in stages)
    others = {name: [other for other in names if other != name] for name in names}
    moves = (
        Transition(f"to.{stage.name}", others[stage.name], stage.name, may=SUPPORT, labels=_moving_to(stage))
        for stage in stages
        if others[stage.name]
    )
    entries = [_entry(funnel) for funnel in funnels]
    plain = tuple(stage.name for stage in stages if stage.outcome is None)
    beginnings = dict.fromkeys((*(entry for entry in entries if entry in plain), *plain))
    chosen = tuple(Opening(name, SUPPORT) for name in names if name not in plain)
    return Workflow(
        states=(*stages, State(_ARCHIVED, "closed", labels={"en": "archived", "es": "archivado"})),
        transitions=(
            *moves,
            Transition(
                "close",
                names,
                _ARCHIVED,
                may=SUPPORT,
                needs=(RETURN_STAGE,),
                labels={"en": "close", "es": "cierre de ticket"},
            ),
        ),
        fields=(
            Field(OUTCOME, ("won", "lost"), labels={"en": "outcome", "es": "resolución"}),
            Field(RETURN_STAGE, plain, labels={"en": "return stage", "es": "Etapa de retorno"}),
        ),
        openings=(*(Opening(name, PEOPLE | {"robot"}) for name in beginnings), *chosen),
        pipelines=tuple(
            Pipeline(funnel.name, entry, funnel.labels, funnel.channels)
            for funnel, entry in zip(funnels, entries, strict=True)
        ),
        lists=tuple(
            Listing(
                funnel.name, StateIs(*(stage.name for stage in stages if stage.pipeline == funnel.name)), funnel.labels
            )
            for funnel in funnels
        ),
    )


def _entry(funnel: Funnel) -> str:
    """Return the stage that a funnel's tickets come in by; nothing for one without stages, which is found wrong."""
    if funnel.entry is None and not funnel.stages:
        return ""
    return f"{funnel.name}.{funnel.entry or funnel.stages[0].name}"


def _moving_to(stage: State) -> Labels:
    english, spanish = stage.labels.get("en", stage.name), stage.labels.get("es", stage.name)
    return _labels(f"move to {english}", f"Mover a {spanish}")


def _resolved_by(way: str, resolution: Resolution, stages: Mapping[str, State]) -> Labels:
    """Return what people call a resolution: its way, its stage and its outcome, in the words of the source."""
    stage = stages.get(resolution.stage)
    called = stage.labels if stage else FrozenMap[str, str]()  # a stage that is not there is found wrong later
    english, spanish = called.get("en", resolution.stage), called.get("es", resolution.stage)
    ways, outcomes = WORDS[way], WORDS[resolution.outcome]
    return _labels(f"{ways['en']} ({english}): {outcomes['en']}", f"{ways['es']} ({spanish}): {outcomes['es']}")


def _rule(resolution: Resolution, stages: Mapping[str, State], activity: Anchor) -> Automation:
    stage, then = StateIs(resolution.stage), _resolving(resolution.outcome, resolution.return_stage)
    name = f"{resolution.stage}-{resolution.outcome}"
    way, given = "idle", All(stage, _UNDECIDED)
    when: Trigger | Timer
    if isinstance(resolution.when, str):
        way, given = resolution.when, _UNDECIDED
        when = OnEnter(stage) if way == "entering" else OnLeave(stage)
    elif isinstance(resolution.when, Recurrence):
        way, when = "periodic", On(resolution.when)
    else:
        when = After(resolution.when, activity)
    labels = _resolved_by(way, resolution, stages)
    return Automation(f"{way}-{name}", when, then, given=given, labels=labels)


def _resolving(outcome: Outcome, return_stage: str | None) -> tuple[actions.Action, ...]:
    marking = actions.Resolve(outcome)
    return (marking,) if return_stage is None else (marking, *_closing(return_stage))


def _closing(return_stage: str) -> tuple[actions.Action, ...]:
    return (actions.SetField(RETURN_STAGE, return_stage), actions.Move("close"))


def _closing_stages(funnels: tuple[Funnel, ...]) -> Iterator[Rule]:
    """Yield a rule for each stage with a type that archives what arrives in it."""
    for funnel in funnels:
        for stage in funnel.stages:
            if stage.closes:
                name = f"{funnel.name}.{stage.name}"
                won_or_lost = FieldIs(OUTCOME, stage.outcome)
                closing = _closing(_entry(funnel))
                kind = WORDS[f"{stage.outcome}_stage"]
                labels = _labels(f"closing ({kind['en']})", f"cierre de ticket ({kind['es']})")
                yield Automation(
                    f"close-{name}", OnEnter(StateIs(name)), closing, given=won_or_lost, rank=1, labels=labels
                )
