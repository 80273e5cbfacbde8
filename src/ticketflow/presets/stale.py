"""Stale: idle issues and pull requests are marked after 60 days and closed 7 days later, as by GitHub's actions/stale.

Source: README.md, action.yml and the code of github.com/actions/stale, version 10 (commit 9461cb1 of 2026-06-30), read
2026-11-22. docs/presets/stale.md lists the options, the choices, and the differences from the action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from unicodedata import combining, normalize

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.spans import Elapsed
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.presets.options import members, refuse_wrong_options
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, During, OnChange, OnCommand, OnLeave
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.anchors import Created, Entered, LastActivity, LastMessage, Latest
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, AnyOf, AssignedTo, Condition, FieldIs, IsAssigned, Not, StateIs
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, State, Transition, Workflow

PUSHED, EDITED, ADOPTED = "pushed", "edited", "adopted"
"""The outside events.

``pushed`` (new commits) and ``edited`` (a changed title or text) are updates if a person caused them. The system
records ``adopted`` on an existing ticket when these rules start to apply to it. What was due earlier is then done at
that instant, so an old ticket is marked first and has its full time before it is closed.
"""

_UPDATE = Latest(Created(), LastMessage("anyone"), LastActivity("command"))
_UPDATES = OnCommand("add_message", "assign", "give_back", "set_fields", "link", "record_event", by=PEOPLE)
_IN_SCOPE = "created_in_scope"
_SINCE_START = "since_start"


def fold(name: str) -> str:
    """Return the name of a label, milestone or person without capitals and diacritics, by which the source compares.

    Give milestones and assignees to tickets in this spelling. Labels go by `label_field`.

    >>> fold("À côté"), fold("Straße")
    ('a cote', 'strasse')
    """
    letters = "".join(_LETTERS.get(letter, letter) for letter in name.strip().lower())
    return "".join(each for each in normalize("NFD", letters) if not combining(each))


_FOLDED = "ae oe ij ss th 'n s i k n o d d h l l t"
_LETTERS = dict(zip("æœĳßþŉſıĸŋøðđħŀłŧ", _FOLDED.split(), strict=True))
"""The Latin letters that are not a plain letter with a mark."""


def label_field(label: str) -> str:
    """Return the name of the field that is true if a ticket has a label.

    Capitals and diacritics are ignored, as in the source (`fold`). A blank becomes a hyphen. A character that field
    names do not allow, and a hyphen of the label itself, becomes an underscore and its hexadecimal code, so labels that
    differ otherwise have different fields.

    Raises:
        BadValueError: the label is blank, or longer than 58 characters in this spelling.

    >>> label_field("Help wanted"), label_field("type: bug")
    ('label.help-wanted', 'label.type_3a-bug')
    """
    folded = fold(label)
    if not folded.strip():
        raise BadValueError(f"label {label!a:.80} is blank", "leave it out")
    return check_name("label." + "".join(map(_spelled, folded)), "field of the label")


def _spelled(character: str) -> str:
    if character == " ":
        return "-"
    is_plain = character.isascii() and (character.isalnum() or character == ".")
    return character if is_plain else f"_{ord(character):02x}"


def _names(value: Iterable[str]) -> frozenset[str]:
    """Return the names of labels, milestones or people; unlike names of fields, they may contain any character."""
    return frozenset(members(value, str, "names"))


def _labels(value: Iterable[str]) -> frozenset[str]:
    """Return names of labels, none of them blank."""
    names = _names(value)
    if any(not fold(name).strip() for name in names):
        raise BadValueError(f"a label of {sorted(names)!a:.200} is blank", "leave it out")
    return names


def _folded(value: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold, _names(value)))


def _types(value: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in _names(value))


_NONE: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Settings:
    """The settings for issues or for pull requests.

    A ticket that is exempt, or that does not match the ``only`` settings, is neither marked nor unmarked nor closed.

    Attributes:
        mark_after: The elapsed time from the last update to the mark; None marks nothing automatically. Zero marks
            after a second, the smallest span of a rule.
        close_after: The elapsed time from the mark to the closing; None closes nothing automatically. Zero closes
            after a second.
        exempt_labels: Tickets with any of these labels are exempt.
        only_labels: Only tickets with all of these labels are handled.
        any_of_labels: Only tickets with at least one of these labels are handled; empty handles all.
        exempt_milestones: Tickets with one of these milestones are exempt; compared as `fold` spells them.
        exempt_all_milestones: Whether every ticket with a milestone is exempt.
        exempt_assignees: Tickets assigned to one of these people are exempt; compared as `fold` spells them.
        exempt_all_assignees: Whether every assigned ticket is exempt.
        only_assigned: Whether only assigned tickets are handled.
        only_types: Only issues of these types, in lower case, are handled; empty handles all. Pull requests ignore it.
        exempt_drafts: Whether drafts are exempt.
        unmarks: Whether an update removes the mark; if not, it postpones the closing.
        ignores_updates: Whether *mark_after* counts from the creation. Updates then do not remove the mark, but
            postpone the closing.
        announces_mark: Whether a message is sent with the mark.
        announces_close: Whether a message is sent with the closing.
        close_reason: The reason recorded at the closing; None records none.
        close_label: The label that a ticket has while it is closed as stale; None sets no label. It is removed from any
            other ticket.
        remove_when_marked: The labels removed when a rule marks the ticket.
        add_when_unmarked: The labels added when an update removes the mark.
        remove_when_unmarked: The labels removed when an update removes the mark.
    """

    mark_after: Elapsed | None = Elapsed(days=60)  # noqa: RUF009 -- frozen
    close_after: Elapsed | None = Elapsed(days=7)  # noqa: RUF009 -- frozen
    exempt_labels: frozenset[str] = attrs.field(default=_NONE, converter=_labels)
    only_labels: frozenset[str] = attrs.field(default=_NONE, converter=_labels)
    any_of_labels: frozenset[str] = attrs.field(default=_NONE, converter=_labels)
    exempt_milestones: frozenset[str] = attrs.field(default=_NONE, converter=_folded)
    exempt_all_milestones: bool = False
    exempt_assignees: frozenset[str] = attrs.field(default=_NONE, converter=_folded)
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
    remove_when_marked: frozenset[str] = attrs.field(default=_NONE, converter=_labels)
    add_when_unmarked: frozenset[str] = attrs.field(default=_NONE, converter=_labels)
    remove_when_unmarked: frozenset[str] = attrs.field(default=_NONE, converter=_labels)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)

    @property
    def labels(self) -> frozenset[str]:
        """All labels that these settings name."""
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
    """Return the rule set of actions/stale: idle tickets are marked as stale, and closed if they stay idle.

    Args:
        issues: The settings for issues.
        pull_requests: The settings for pull requests: tickets whose field ``pull_request`` is true.
        start: Tickets created before this aware instant are left alone. None handles tickets of any age.
        labels: Labels that tickets can have besides those that the settings name.

    Raises:
        BadValueError: an option has the wrong type, or a label has no field name (`label_field`).
        NaiveDatetimeError: *start* has no time zone.
        DefinitionError: an option is out of range, such as a mark after a microsecond.

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
        workflow=_workflow(issues.labels | pull_requests.labels | _labels(labels)),
        calendars=_calendars(start),
        automations=rules,
        templates=tuple(template for template in texts if template.name in sent),
    )


@attrs.frozen
class _Kind:
    """A kind of ticket: its prefix in rule ids, its condition, and its displayed names."""

    name: str
    condition: Condition
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
    """Yield a field for each label. Labels are not translated; labels that differ only in case share a field."""
    for name, label in {label_field(label): label for label in sorted(labels)}.items():
        yield Field(name, kind="truth", labels={"en": label, "es": label})


_STATES = (
    State("open", labels={"en": "open", "es": "abierto"}),
    State("stale", labels={"en": "stale", "es": "inactivo"}),
    State("closed", "resolved", labels={"en": "closed", "es": "cerrado"}),
)
_TRANSITIONS = (
    Transition("mark", ("open",), "stale", may=SUPPORT, labels={"en": "mark as stale", "es": "marcar como inactivo"}),
    Transition("unmark", ("stale",), "open", may=SUPPORT, labels={"en": "remove the mark", "es": "quitar la marca"}),
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
    Field(_IN_SCOPE, kind="truth", labels={"en": "created since the start", "es": "creado dentro del plazo"}),
)


def _calendars(start: datetime | None) -> dict[str, Calendar]:
    """Return a calendar that is always open and, with a start date, one that opens at that date and never closes."""
    always: dict[str, Calendar] = {"default": BusinessCalendar("UTC", "mon-sun 00:00-24:00")}
    if start is None:
        return always
    return {**always, _SINCE_START: FixedIntervals(((to_utc(start, "start"), datetime.max.replace(tzinfo=UTC)),))}


def _scope(start: datetime | None) -> Iterator[Automation]:
    """Yield the rule that records that a ticket was created since the start; conditions cannot compare instants."""
    if start is not None:
        yield Automation(
            "in-scope",
            OnCommand("open"),
            (actions.SetField(_IN_SCOPE, value=True),),
            during=During(_SINCE_START),
            labels={"en": "created since the start date", "es": "creado desde la fecha de inicio"},
        )


def _rules(kind: _Kind, settings: Settings, scoped: tuple[Condition, ...]) -> Iterator[Automation]:
    handled = All(kind.condition, *scoped, *_handled(kind, settings))
    yield from _marking(kind, settings, handled)
    yield from _unmarking(kind, settings, handled)
    yield from _closing(kind, settings, handled)


def _handled(kind: _Kind, settings: Settings) -> Iterator[Condition]:
    """Yield the conditions under which a ticket is handled; all others are neither marked nor unmarked nor closed."""
    yield Not(FieldIs("locked", True))
    yield from (_has(label) for label in sorted(settings.only_labels))
    yield from (Not(_has(label)) for label in sorted(settings.exempt_labels))
    if settings.any_of_labels:
        yield AnyOf(*(_has(label) for label in sorted(settings.any_of_labels)))
    if settings.only_types and kind is _ISSUE:  # in the source, only issues have types
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


def _marking(kind: _Kind, settings: Settings, handled: Condition) -> Iterator[Automation]:
    if settings.mark_after is None:
        return
    message = (actions.SendMessage(f"{kind.name}-is-stale", to="customer"),) if settings.announces_mark else ()
    yield Automation(
        f"{kind.name}.mark",
        After(_at_least_a_second(settings.mark_after), Created() if settings.ignores_updates else _UPDATE),
        (actions.Move("mark"), *_without(_fields_of(settings.remove_when_marked)), *message),
        given=All(StateIs("open"), handled),
        labels={"en": f"{kind.english}: mark as stale", "es": f"{kind.spanish}: marcar por inactividad"},
    )


def _unmarking(kind: _Kind, settings: Settings, handled: Condition) -> Iterator[Automation]:
    if not settings.unmarks or settings.ignores_updates:
        return
    added = _fields_of(settings.add_when_unmarked)
    removed = _fields_of(settings.remove_when_unmarked) - added
    yield Automation(
        f"{kind.name}.unmark",
        _UPDATES,
        (actions.Move("unmark"), *_without(removed), *_with(added)),
        given=All(StateIs("stale"), handled),
        labels={"en": f"{kind.english}: no longer stale", "es": f"{kind.spanish}: vuelve a estar activa"},
    )


def _closing(kind: _Kind, settings: Settings, handled: Condition) -> Iterator[Automation]:
    close_label = _fields_of({settings.close_label} if settings.close_label else ())
    if settings.close_after is not None:
        reason = (actions.SetField("close_reason", settings.close_reason),) if settings.close_reason else ()
        message = (actions.SendMessage(f"{kind.name}-was-closed", to="customer"),) if settings.announces_close else ()
        yield Automation(
            f"{kind.name}.close",
            After(_at_least_a_second(settings.close_after), Latest(Entered("stale"), _UPDATE)),
            (actions.Move("close"), *reason, *_with(close_label), *message),
            given=All(StateIs("stale"), handled),
            labels={"en": f"{kind.english}: close as stale", "es": f"{kind.spanish}: cerrar por inactividad"},
        )
    if settings.close_label:
        labels = {"en": f"{kind.english}: remove the close label", "es": f"{kind.spanish}: quitar la etiqueta"}
        take_off = _without(close_label)
        yield Automation(
            f"{kind.name}.take-off-close-label",
            OnLeave(StateIs("closed")),
            take_off,
            given=kind.condition,
            labels=labels,
        )
        yield Automation(
            f"{kind.name}.take-off-wrong-close-label",
            OnChange(*close_label),
            take_off,
            given=All(kind.condition, _has(settings.close_label), Not(StateIs("closed")), Not(FieldIs("locked", True))),
            labels=labels,
        )


def _at_least_a_second(span: Elapsed) -> Elapsed:
    return span if span.amount else Elapsed(timedelta(seconds=1))


def _fields_of(labels: Iterable[str]) -> frozenset[str]:
    """Return the fields of labels."""
    return frozenset(label_field(label) for label in labels)


def _with(fields: frozenset[str]) -> tuple[actions.Action, ...]:
    return tuple(actions.SetField(field, value=True) for field in sorted(fields))


def _without(fields: frozenset[str]) -> tuple[actions.Action, ...]:
    return tuple(actions.SetField(field, None) for field in sorted(fields))


def _templates(kind: _Kind) -> Iterator[Template]:
    """Yield the texts of the messages at the mark and at the closing."""
    yield Template(
        f"{kind.name}-is-stale",
        {
            "en": f"There has been no activity on the {kind.english} {{ticket}} for some time, so it was marked as "
            "stale. A comment or any other change removes the mark. Otherwise, it will be closed.",
            "es": f"No ha habido actividad en la {kind.spanish} {{ticket}} durante un tiempo y se ha marcado como "
            "inactiva. Un comentario o cualquier otro cambio quita la marca; de lo contrario, se cerrará.",
        },
        labels={"en": f"{kind.english} marked as stale", "es": f"{kind.spanish} marcada como inactiva"},
    )
    yield Template(
        f"{kind.name}-was-closed",
        {
            "en": f"There has been no activity on the {kind.english} {{ticket}} since it was marked as stale, so it "
            "was closed. It can be reopened.",
            "es": f"No ha habido actividad en la {kind.spanish} {{ticket}} desde que se marcó como inactiva, así que "
            "se ha cerrado. Puede reabrirse.",
        },
        labels={"en": f"{kind.english} closed as stale", "es": f"{kind.spanish} cerrada por inactividad"},
    )
