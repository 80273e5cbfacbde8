"""Embudo: a CRM whose tickets go through the stages of funnels and end as won or lost.

Source: the article "¿Cómo abrir y cerrar un ticket?" of a CRM's help center (Spanish), read 2026-11-21. Rows C1 to C10;
docs/presets/embudo.md lists the choices where the source leaves something open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
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
from ticketflow.presets.fields import priority
from ticketflow.presets.options import members, refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, On, OnEnter, OnLeave, Timer, Trigger
from ticketflow.tickets.actors import OUTSIDERS, SUPPORT
from ticketflow.tickets.anchors import Anchor, Entered, LastMessage, Latest
from ticketflow.tickets.facts import OUTCOME
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
    "idle": _labels("idle time", "tiempo"),
    "periodic": _labels("periodically", "Periódicamente"),
    "won_stage": _labels("won stage", "Etapa Ganada"),
    "lost_stage": _labels("lost stage", "Etapa Perdida"),
    "stage_type": _labels("change stage type", "Cambiar tipo de etapa"),
    "closing_funnel": _labels("closing funnel", "Embudo donde se cerrará"),
}
"""The source's words for outcomes, ways to resolve a ticket, and elements of its screens (C2, C3, C4, C6, C9)."""


@attrs.frozen
class Stage:
    """A stage of a funnel.

    Attributes:
        name: The name within the funnel. The state is called ``<funnel>.<stage>``.
        labels: The displayed names, by language.
        outcome: The type of the stage: a ticket that enters is won or lost at once (C6). None means no type.
        closes: Whether a ticket that enters is also archived. Only a stage with a type can close. The return stage is
            the entry of the funnel.

    Raises:
        BadValueError: the stage closes but has no type.
    """

    name: str
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    outcome: Outcome | None = None
    closes: bool = False

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if self.closes and self.outcome is None:
            raise BadValueError(f"stage {self.name!r} closes but has no type", "set its outcome to won or lost")


@attrs.frozen
class Funnel:
    """A funnel: an ordered list of stages.

    Attributes:
        name: The name.
        stages: The stages, in order.
        labels: The displayed names, by language.
        channels: The channels whose messages open tickets in this funnel.
        entry: The name of the stage in which tickets start (C1). It must not have a type. None is the first stage.

    Raises:
        BadValueError: the entry has a type, so its tickets would be won or lost as they are opened.
    """

    name: str
    stages: tuple[Stage, ...]
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)
    channels: tuple[str, ...] = ()
    entry: str | None = None

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        entry = self.entry or next((stage.name for stage in self.stages), None)
        typed = next((stage for stage in self.stages if stage.name == entry and stage.outcome), None)
        if typed is not None:
            what = f"tickets of funnel {self.name!r} start in {typed.name!r} and would be {typed.outcome} at once"
            raise BadValueError(what, "name an entry without a type")


@attrs.frozen
class Resolution:
    """A rule that marks the tickets of a stage as won or lost, and can archive them (C3, C4).

    Attributes:
        stage: The stage, as ``<funnel>.<stage>``.
        when: ``entering`` or ``leaving`` the stage, a span without activity in it, or a recurrence such as Mondays at
            9:00.
        outcome: The outcome: ``won`` or ``lost``.
        return_stage: The stage in which the customer's next ticket starts. If given, the ticket is archived; None only
            marks it.
        id: The id of its rule, not that of another. By default it is made of *when*, the stage and the outcome.
        rank: The rank of its rule: among simultaneous rules, smaller ranks act first.
    """

    stage: str
    when: Literal["entering", "leaving"] | Span | Recurrence
    outcome: Outcome
    return_stage: str | None = None
    id: str | None = None
    rank: int = 0

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
"""The examples of the source: entering *finished* wins; two days without activity in *information* lose."""


def embudo(
    funnels: Iterable[Funnel] = (SALES, SCHEDULING),
    resolutions: Iterable[Resolution] = RESOLUTIONS,
    calendar: BusinessCalendar | None = None,
    *,
    activity: Anchor = Latest(Entered(), LastMessage("anyone")),  # noqa: B008 -- frozen
) -> Rules:
    """Return the rule set of Embudo: tickets move through funnels, are won or lost, and are archived.

    Args:
        funnels: The funnels. A ticket whose channel feeds no funnel starts at the entry of the first one.
        resolutions: The rules that mark tickets as won or lost, besides the types of stages.
        calendar: The desk's hours. None is Monday to Friday 9 to 18 in Chile, except public holidays.
        activity: The anchor of spans without activity: by default the later of entering the stage and the last public
            message by a person (C3).

    Raises:
        BadValueError: an option has the wrong type.
        DefinitionError: a funnel, stage or return stage does not exist (C8).

    Source: rows C1 to C10.

    >>> embudo().workflow.stages("scheduling")
    ('scheduling.information', 'scheduling.scheduled', 'scheduling.finished')
    """
    refuse_wrong_options(embudo, locals())
    built, resolving = members(funnels, Funnel, "funnels"), members(resolutions, Resolution, "resolutions")
    states = tuple(_states(built))
    names = {state.name: state for state in states}
    if any(each.stage == _ARCHIVED for each in resolving):  # exists as a state, so `Rules` would accept it
        raise DefinitionError((unknown_name("resolutions", "stage", _ARCHIVED, names),))
    return Rules(
        name="embudo",
        workflow=_workflow(built, states),
        calendars=calendar or office("CL", "America/Santiago"),
        automations=(*_resolution_rules(resolving, names, activity), *_closing_stages(built)),
    )


def _resolution_rules(
    resolutions: tuple[Resolution, ...], stages: Mapping[str, State], activity: Anchor
) -> Iterator[Rule]:
    """Yield the rules of resolutions.

    Ids that were given stay as they are; `Rules` refuses equal ones. Of the others, a second rule of the same way,
    stage and outcome gets the suffix ``-2``.
    """
    taken = {each.id for each in resolutions if each.id is not None}
    for resolution in resolutions:
        rule = _rule(resolution, stages, activity)
        if resolution.id is None:
            ids = chain((rule.id,), (f"{rule.id}-{number}" for number in count(2)))
            rule = attrs.evolve(rule, id=next(each for each in ids if each not in taken))
            taken.add(rule.id)
        yield rule


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
    every = dict.fromkeys((*beginnings, *names))
    openings = (
        *(Opening(name, OUTSIDERS | {"robot"}, takes=("priority",)) for name in beginnings),
        *(Opening(name, SUPPORT, takes=("priority",), must_be_named=True) for name in every),
    )
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
            priority(),
        ),
        openings=openings,
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
    """Return the state in which a funnel's tickets start.

    Without stages it is empty, which `Rules` refuses.
    """
    if funnel.entry is None and not funnel.stages:
        return ""
    return f"{funnel.name}.{funnel.entry or funnel.stages[0].name}"


def _moving_to(stage: State) -> Labels:
    english, spanish = stage.labels.get("en", stage.name), stage.labels.get("es", stage.name)
    return _labels(f"move to {english}", f"Mover a {spanish}")


def _resolution_labels(way: str, resolution: Resolution, stages: Mapping[str, State]) -> Labels:
    """Return the labels of a resolution: its way, stage and outcome, in the words of the source."""
    stage = stages.get(resolution.stage)
    labels = stage.labels if stage else FrozenMap[str, str]()  # `Rules` refuses a stage that does not exist
    english, spanish = labels.get("en", resolution.stage), labels.get("es", resolution.stage)
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
    labels = _resolution_labels(way, resolution, stages)
    rule_id = f"{way}-{name}" if resolution.id is None else resolution.id
    return Automation(rule_id, when, then, given=given, rank=resolution.rank, labels=labels)


def _resolving(outcome: Outcome, return_stage: str | None) -> tuple[actions.Action, ...]:
    resolve = actions.Resolve(outcome)
    return (resolve,) if return_stage is None else (resolve, *_closing(return_stage))


def _closing(return_stage: str) -> tuple[actions.Action, ...]:
    return (actions.SetField(RETURN_STAGE, return_stage), actions.Move("close"))


def _closing_stages(funnels: tuple[Funnel, ...]) -> Iterator[Rule]:
    """Yield for each stage that closes a rule that archives the tickets which enter it."""
    for funnel in funnels:
        for stage in funnel.stages:
            if stage.closes:
                name = f"{funnel.name}.{stage.name}"
                kind = WORDS[f"{stage.outcome}_stage"]
                labels = _labels(f"closing ({kind['en']})", f"cierre de ticket ({kind['es']})")
                yield Automation(
                    f"close-{name}",
                    OnEnter(StateIs(name)),
                    _closing(_entry(funnel)),
                    given=FieldIs(OUTCOME, stage.outcome),
                    rank=1,
                    labels=labels,
                )
