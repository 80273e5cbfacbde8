"""Stale: what nobody has touched for sixty days is marked, and closed a week later, as GitHub's actions/stale does it.

Source: README.md, action.yml and the code of github.com/actions/stale, version 10 (commit 9461cb1 of 2026-06-30), read
2026-11-22. docs/presets/stale.md lists its options, what was chosen, and what is done otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.spans import Elapsed
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.presets.options import members, refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, During, OnCommand, OnLeave
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.anchors import Created, Entered, LastActivity, LastMessage, Latest
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, AnyOf, AssignedTo, Condition, FieldIs, IsAssigned, Not, StateIs
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, State, Transition, Workflow

PUSHED, EDITED, ADOPTED = "pushed", "edited", "adopted"
"""Outside events. By a person, the first two are updates: commits came, or the title or the text was changed.

The third is recorded by the system as a ticket comes under these rules: what they would have done before is done then,
so that what was idle for a year is marked first and has its week.
"""

_UPDATE = Latest(Created(), LastMessage("anyone"), LastActivity("command"))
_UPDATES = OnCommand("add_message", "assign", "give_back", "set_fields", "link", "record_event", by=PEOPLE)
_IN_SCOPE = "created_in_scope"
_SINCE_START = "since_start"


def label_field(label: str) -> str:
    """Return the field that says whether an issue has a label: true if it does.

    Capitals mean nothing, as they do to the source. A blank is written as a hyphen; what no field can be called (a
    colon, a stroke, an accent, a hyphen of the label's own) as an underscore with its number, so that no two share one.

    Raises:
        BadValueError: so written, the label is longer than 58 characters.

    >>> label_field("Help wanted"), label_field("type: bug")
    ('label.help-wanted', 'label.type_3a-bug')
    """
    return check_name("label." + "".join(map(_written, label.strip().lower())), "field of the label")


def _written(sign: str) -> str:
    if sign == " ":
        return "-"
    is_plain = sign.isascii() and (sign.isalnum() or sign == ".")
    return sign if is_plain else f"_{ord(sign):02x}"


def _names(value: Iterable[str]) -> frozenset[str]:
    """Return labels, milestones and people as their desk calls them, in whatever letters."""
    return frozenset(members(value, str, "names"))


def _types(value: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in _names(value))


_NONE: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Settings:
    """What is done about issues, or about pull requests.

    Attributes:
        mark_after: How long after the last update it is marked as stale; None: only people mark it.
        close_after: How long it is stale before it is closed; None: it is not.
        exempt_labels: With any of these labels it is left alone.
        only_labels: Without all of these labels it is left alone.
        any_of_labels: If there are some, without any of them it is left alone.
        exempt_milestones: With one of these milestones it is left alone.
        exempt_all_milestones: With whatever milestone it is left alone.
        exempt_assignees: Assigned to one of these it is left alone.
        exempt_all_assignees: Assigned to whomever it is left alone.
        only_assigned: Assigned to nobody it is left alone.
        only_types: Of issues, if there are some: without one of these types it is left alone; in lower case.
        exempt_drafts: As a draft it is left alone.
        unmarks: Whether an update takes the mark away; if not, it puts the closing off.
        ignores_updates: Whether it is marked so long after its creation, whatever was done since; updates take no mark
            away then, but put the closing off.
        announces_mark: Whether a message goes with the mark.
        announces_close: Whether a message goes with the closing.
        close_reason: The reason given for the closing; None: none is.
        close_label: The label that it bears while it is closed for being stale.
        remove_when_marked: Labels that go when it is marked by itself.
        add_when_unmarked: Labels that come when an update takes the mark away.
        remove_when_unmarked: Labels that go then.
    """

    mark_after: Elapsed | None = Elapsed(days=60)  # noqa: RUF009 -- frozen
    close_after: Elapsed | None = Elapsed(days=7)  # noqa: RUF009 -- frozen
    exempt_labels: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    only_labels: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    any_of_labels: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    exempt_milestones: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    exempt_all_milestones: bool = False
    exempt_assignees: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    exempt_all_assignees: bool = False
    only_assigned: bool = False
    only_types: frozenset[str] = attrs.field(default=_NONE, converter=_types)
    exempt_drafts: bool = False
    unmarks: bool = True
    ignores_updates: bool = False
    announces_mark: bool = True
    announces_close: bool = True
    close_reason: Literal["completed", "not_planned"] | None = "not_planned"
    close_label: str | None = None
    remove_when_marked: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    add_when_unmarked: frozenset[str] = attrs.field(default=_NONE, converter=_names)
    remove_when_unmarked: frozenset[str] = attrs.field(default=_NONE, converter=_names)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)

    @property
    def labels(self) -> frozenset[str]:
        """All the labels that they name."""
        closing = {self.close_label} if self.close_label is not None else set()
        moved = self.remove_when_marked | self.add_when_unmarked | self.remove_when_unmarked
        return self.exempt_labels | self.only_labels | self.any_of_labels | moved | closing


def stale(
    issues: Settings = Settings(),
    pull_requests: Settings = Settings(),
    *,
    start: datetime | None = None,
    labels: Iterable[str] = (),
) -> Rules:
    """Return the rule set.

    Args:
        issues: What is done about issues.
        pull_requests: What is done about pull requests: tickets whose field ``pull_request`` is true.
        start: What was created before is left alone; aware. None: nothing is for that.
        labels: Labels that tickets can have besides those that the settings name.

    Raises:
        BadValueError: an option is of another type, or a label cannot be the name of a field (`label_field`).
        NaiveDatetimeError: *start* has no time zone.
        DefinitionError: an option makes no sense, such as a mark after less than a second.

    Source: the inputs of actions/stale.

    >>> [rule.id for rule in stale(pull_requests=Settings(close_after=None)).automations]
    ['issue.close', 'issue.mark', 'issue.unmark', 'pull-request.mark', 'pull-request.unmark']
    """
    refuse_wrong_options(stale, locals())
    scoped = () if start is None else (FieldIs(_IN_SCOPE, True),)
    rules = (*_scope(start), *_rules(_ISSUE, issues, scoped), *_rules(_PULL_REQUEST, pull_requests, scoped))
    sent = {action.template for rule in rules for action in rule.then if isinstance(action, actions.SendMessage)}
    texts = (*_templates(_ISSUE), *_templates(_PULL_REQUEST))
    return Rules(
        name="stale",
        workflow=_workflow(issues.labels | pull_requests.labels | _names(labels)),
        calendars=_calendars(start),
        automations=rules,
        templates=tuple(template for template in texts if template.name in sent),
    )


@attrs.frozen
class _Kind:
    """What is marked and closed: how rules call it, which tickets are such, and what people call one."""

    name: str
    is_one: Condition
    english: str
    spanish: str


_ISSUE = _Kind("issue", Not(FieldIs("pull_request", True)), "issue", "incidencia")
_PULL_REQUEST = _Kind("pull-request", FieldIs("pull_request", True), "pull request", "pull request")


def _workflow(labels: frozenset[str]) -> Workflow:
    return Workflow(
        states=_STATES,
        transitions=_TRANSITIONS,
        fields=(*_FIELDS, *_label_fields(labels)),
        permissions={
            "record_event": Permission(PEOPLE | {"robot", "system"}),
            "set_fields": Permission(SUPPORT | {"robot"}),
        },
        outside_events={PUSHED, EDITED, ADOPTED},
        openings=(Opening("open", PEOPLE | {"robot"}, takes=("pull_request", "draft", "type")),),
        lists=(Listing("stale", StateIs("stale"), labels={"en": "stale", "es": "inactivos"}),),
        reopen="reopen",
    )


def _label_fields(labels: frozenset[str]) -> Iterator[Field]:
    """Yield a field for each label; labels are not translated. Two that come to the same field are one."""
    for name, label in {label_field(label): label for label in sorted(labels)}.items():
        yield Field(name, kind="truth", labels={"en": label, "es": label})


_STATES = (
    State("open", labels={"en": "open", "es": "abierto"}),
    State("stale", labels={"en": "stale", "es": "inactivo"}),
    State("closed", "resolved", labels={"en": "closed", "es": "cerrado"}),
)
_TRANSITIONS = (
    Transition("mark", ("open",), "stale", may=SUPPORT, labels={"en": "mark as stale", "es": "marcar como inactivo"}),
    Transition("unmark", ("stale",), "open", may=SUPPORT, labels={"en": "take the mark away", "es": "quitar la marca"}),
    Transition(
        "close",
        ("open", "stale"),
        "closed",
        may=(*SUPPORT, "customer"),
        takes=("close_reason",),
        labels={"en": "close", "es": "cerrar"},
    ),
    Transition("reopen", ("closed",), "open", may=(*SUPPORT, "customer"), labels={"en": "reopen", "es": "reabrir"}),
)
_FIELDS = (
    Field("pull_request", kind="truth", labels={"en": "pull request", "es": "pull request"}),
    Field("draft", kind="truth", labels={"en": "draft", "es": "borrador"}),
    Field("locked", kind="truth", labels={"en": "locked", "es": "bloqueado"}),
    Field("type", kind="text", labels={"en": "type", "es": "tipo"}),
    Field("milestone", kind="text", labels={"en": "milestone", "es": "hito"}),
    Field("close_reason", ("completed", "not_planned"), labels={"en": "close reason", "es": "motivo de cierre"}),
    Field(_IN_SCOPE, kind="truth", labels={"en": "created in scope", "es": "creado dentro del plazo"}),
)


def _calendars(start: datetime | None) -> dict[str, Calendar]:
    """Return hours that never end, and, for the date of the start, hours that begin then."""
    always: dict[str, Calendar] = {"default": BusinessCalendar("UTC", "mon-sun 00:00-24:00")}
    if start is None:
        return always
    return {**always, _SINCE_START: FixedIntervals(((to_utc(start, "start"), datetime.max.replace(tzinfo=UTC)),))}


def _scope(start: datetime | None) -> Iterator[Automation]:
    """Yield the rule that remembers of a ticket that it was created from the start on; no condition reads instants."""
    if start is not None:
        yield Automation(
            "in-scope",
            OnCommand("open"),
            (actions.SetField(_IN_SCOPE, value=True),),
            during=During(_SINCE_START),
            labels={"en": "created since the start date", "es": "creado desde la fecha de inicio"},
        )


def _rules(kind: _Kind, settings: Settings, scoped: tuple[Condition, ...]) -> Iterator[Automation]:
    considered = All(kind.is_one, *scoped, *_considered(kind, settings))
    yield from _marking(kind, settings, considered)
    yield from _unmarking(kind, settings, considered)
    yield from _closing(kind, settings, considered)


def _considered(kind: _Kind, settings: Settings) -> Iterator[Condition]:
    """Yield what must hold lest a ticket be left alone: neither marked nor unmarked nor closed."""
    yield Not(FieldIs("locked", True))
    yield from (_has(label) for label in sorted(settings.only_labels))
    yield from (Not(_has(label)) for label in sorted(settings.exempt_labels))
    if settings.any_of_labels:
        yield AnyOf(*(_has(label) for label in sorted(settings.any_of_labels)))
    if settings.only_types and kind is _ISSUE:  # the source asks issues alone for their type
        yield FieldIs("type", *sorted(settings.only_types))
    if settings.exempt_drafts:
        yield Not(FieldIs("draft", True))
    if settings.exempt_all_milestones:
        yield FieldIs("milestone", None)
    elif settings.exempt_milestones:
        yield Not(FieldIs("milestone", *sorted(settings.exempt_milestones)))
    yield from _assigned(settings)


def _has(label: str) -> Condition:
    return FieldIs(label_field(label), True)


def _assigned(settings: Settings) -> Iterator[Condition]:
    if settings.only_assigned:
        yield IsAssigned()
    if settings.exempt_all_assignees:
        yield Not(IsAssigned())
    elif settings.exempt_assignees:
        yield Not(AssignedTo(*sorted(settings.exempt_assignees)))


def _marking(kind: _Kind, settings: Settings, considered: Condition) -> Iterator[Automation]:
    if settings.mark_after is None:
        return
    said = (actions.SendMessage(f"{kind.name}-is-stale", to="customer"),) if settings.announces_mark else ()
    yield Automation(
        f"{kind.name}.mark",
        After(settings.mark_after, Created() if settings.ignores_updates else _UPDATE),
        (actions.Move("mark"), *_without(_fields_of(settings.remove_when_marked)), *said),
        given=All(StateIs("open"), considered),
        labels={"en": f"{kind.english}: mark as stale", "es": f"{kind.spanish}: marcar por inactividad"},
    )


def _unmarking(kind: _Kind, settings: Settings, considered: Condition) -> Iterator[Automation]:
    if not settings.unmarks or settings.ignores_updates:
        return
    came = _fields_of(settings.add_when_unmarked)
    gone = _fields_of(settings.remove_when_unmarked) - came
    yield Automation(
        f"{kind.name}.unmark",
        _UPDATES,
        (actions.Move("unmark"), *_without(gone), *_with(came)),
        given=All(StateIs("stale"), considered),
        labels={"en": f"{kind.english}: no longer stale", "es": f"{kind.spanish}: vuelve a estar activa"},
    )


def _closing(kind: _Kind, settings: Settings, considered: Condition) -> Iterator[Automation]:
    worn = _fields_of({settings.close_label} if settings.close_label else ())
    if settings.close_after is not None:
        reason = (actions.SetField("close_reason", settings.close_reason),) if settings.close_reason else ()
        said = (actions.SendMessage(f"{kind.name}-was-closed", to="customer"),) if settings.announces_close else ()
        yield Automation(
            f"{kind.name}.close",
            After(settings.close_after, Latest(Entered("stale"), _UPDATE)),
            (actions.Move("close"), *reason, *_with(worn), *said),
            given=All(StateIs("stale"), considered),
            labels={"en": f"{kind.english}: close as stale", "es": f"{kind.spanish}: cerrar por inactividad"},
        )
    if worn:
        yield Automation(
            f"{kind.name}.take-off-close-label",
            OnLeave(StateIs("closed")),
            _without(worn),
            given=kind.is_one,
            labels={"en": f"{kind.english}: take the close label off", "es": f"{kind.spanish}: quitar la etiqueta"},
        )


def _fields_of(labels: Iterable[str]) -> frozenset[str]:
    """Return the fields of some labels."""
    return frozenset(label_field(label) for label in labels)


def _with(fields: frozenset[str]) -> tuple[actions.Action, ...]:
    return tuple(actions.SetField(field, value=True) for field in sorted(fields))


def _without(fields: frozenset[str]) -> tuple[actions.Action, ...]:
    return tuple(actions.SetField(field, None) for field in sorted(fields))


def _templates(kind: _Kind) -> Iterator[Template]:
    """Yield the texts that go with the mark and with the closing."""
    yield Template(
        f"{kind.name}-is-stale",
        {
            "en": f"Nothing has happened on the {kind.english} {{ticket}} for some time, so it was marked as stale. A "
            "comment or any other change takes the mark away; without one it will be closed.",
            "es": "No ha habido actividad en {ticket} durante un tiempo y se ha marcado como inactiva. Un "
            "comentario o cualquier otro cambio quita la marca; de lo contrario, se cerrará.",
        },
        labels={"en": f"{kind.english} marked as stale", "es": f"{kind.spanish} marcada como inactiva"},
    )
    yield Template(
        f"{kind.name}-was-closed",
        {
            "en": f"Nothing has happened on the {kind.english} {{ticket}} since it was marked as stale, so it was "
            "closed. It can be reopened.",
            "es": "No ha habido actividad en {ticket} desde que se marcó como inactiva, así que se ha "
            "cerrado. Puede reabrirse.",
        },
        labels={"en": f"{kind.english} closed as stale", "es": f"{kind.spanish} cerrada por inactividad"},
    )
