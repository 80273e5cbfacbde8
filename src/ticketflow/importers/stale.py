"""GitHub's stale issues: the app probot/stale and the action actions/stale.

The rule set is that of the preset `ticketflow.presets.stale`, with the settings of the files. Sources:

- ``.github/stale.yml`` of the app. The keys are those of https://github.com/probot/stale, ``lib/schema.js``; what they
  do is in ``lib/stale.js`` and ``index.js`` (commit 28b78d1, read 2026-11-29).
- A workflow with steps that use ``actions/stale``, or the inputs alone. The inputs are those of ``action.yml`` of
  https://github.com/actions/stale; how they are read is in ``src/main.ts`` (commit 9461cb1, read 2026-11-29).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fractions import Fraction
from typing import Any, Literal, TypeVar

import attrs

from ticketflow.calendars.spans import Elapsed
from ticketflow.documents.paths import Path
from ticketflow.errors import BadValueError
from ticketflow.importers.desks import tried
from ticketflow.importers.items import Imported
from ticketflow.importers.parts import Part
from ticketflow.importers.sources import Source
from ticketflow.importers.systems import System, read_with
from ticketflow.presets.stale import Settings, label_field, stale
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets.messages import Template
from ticketflow.workflow.conditions import All, Condition, FieldIs, Not, StateIs

T = TypeVar("T")
Kind = Literal["issue", "pull-request"]

KINDS: Mapping[Kind, str] = {"issue": "issues", "pull-request": "pull requests"}
_OF_KIND: Mapping[Kind, Condition] = {
    "issue": Not(FieldIs("pull_request", True)),
    "pull-request": FieldIs("pull_request", True),
}
_NOT_LOCKED = Not(FieldIs("locked", True))


@attrs.define
class _Config:
    """The settings of one file or step.

    Attributes:
        settings: The settings of each kind, by their names in `Settings`.
        texts: The texts of messages, by template.
        marks: What the system calls the state *stale*.
        start: The start date.
        sweeps_all: Whether all marked tickets are closed and unmarked, as the app does, and not only those that are
            handled.
    """

    settings: dict[Kind, dict[str, Any]] = attrs.field(factory=lambda: {kind: {} for kind in KINDS})
    texts: dict[str, str] = attrs.field(factory=dict)
    marks: list[str] = attrs.field(factory=list)
    start: datetime | None = None
    sweeps_all: bool = False

    def allows(self, kind: Kind, **settings: Any) -> None:  # noqa: ANN401 -- values of `Settings`
        """Add settings of a kind."""
        self.settings[kind] |= settings


@attrs.define
class _Notes:
    """What is said of settings that are carried; each is said once, although it can count for both kinds."""

    whys: dict[Path, tuple[Part, str, list[str]]] = attrs.field(factory=dict)

    def add(self, part: Part, what: str, why: str) -> None:
        """Add where a setting is in the rule set."""
        self.whys.setdefault(part.path, (part, what, []))[2].append(why)

    def tell(self) -> None:
        """Add the items."""
        for part, what, whys in self.whys.values():
            part.carried(what, "; ".join(dict.fromkeys(whys)))


def _convert(parts: Sequence[Part]) -> Rules:
    configs: list[_Config] = []
    for part in parts:
        if part.has("jobs"):
            configs += _workflow(part)
        elif any(key in _INPUTS for key, _ in part.pairs()) if part.is_object() else False:
            configs.append(_Action(part, {}).read())
        elif part.data is None or (part.is_object() and any(key in _APP_KEYS for key, _ in part.pairs())):
            configs.append(_App(part).read())
        else:
            raise part.refused(
                "nothing in it is of probot/stale or actions/stale",
                "give a .github/stale.yml, or a workflow with a step that uses actions/stale",
            )
    return _combined(configs)


# -- the rule set ------------------------------------------------------------------------------------------------------


def _combined(configs: Sequence[_Config]) -> Rules:
    """Return one rule set of all settings. The ids of rules and templates name their step if there are several."""
    several = len(configs) > 1
    built = [_built(each, f"step-{place}." if several else "") for place, each in enumerate(configs, 1)]
    first = built[0]
    fields = {field.name: field for each in built for field in each.workflow.fields}
    calendars = {name: calendar for each in built for name, calendar in each.calendars.items()}
    return attrs.evolve(
        first,
        workflow=attrs.evolve(
            first.workflow,
            fields=tuple(fields.values()),
            states=tuple(_named(state, configs) for state in first.workflow.states),
        ),
        calendars=calendars,
        automations=tuple({rule.id: rule for each in built for rule in each.automations}.values()),
        templates=tuple(template for each in built for template in each.templates),
    )


def _named(state: Any, configs: Sequence[_Config]) -> Any:  # noqa: ANN401 -- a state
    marks = " / ".join(dict.fromkeys(mark for config in configs for mark in config.marks))
    if state.name != "stale" or not marks:
        return state
    return attrs.evolve(state, labels=dict.fromkeys(state.labels, marks))


def _built(config: _Config, prefix: str) -> Rules:
    settings = {kind: Settings(**config.settings[kind]) for kind in KINDS}
    rules = stale(settings["issue"], settings["pull-request"], start=config.start)
    names = {template.name: f"{prefix}{template.name}" for template in rules.templates}
    unmarked = [f"{kind}-is-active" for kind in KINDS if f"{kind}-is-active" in config.texts]
    names |= {name: f"{prefix}{name}" for name in unmarked}
    handled = [kind for kind in KINDS if prefix == "" or _acts(settings[kind])]
    automations = [
        _renamed(_swept(_spoken(rule, unmarked), config), prefix, names)
        for rule in rules.automations
        if rule.id == "in-scope" or any(rule.id.startswith(f"{kind}.") for kind in handled)
    ]
    sent = {action.template for rule in automations for action in rule.then if isinstance(action, actions.SendMessage)}
    templates = [_worded(template, config.texts, names) for template in (*rules.templates, *map(_own_text, unmarked))]
    return attrs.evolve(
        rules,
        automations=tuple(automations),
        templates=tuple(template for template in templates if template.name in sent),
    )


def _acts(settings: Settings) -> bool:
    return settings.mark_after is not None or settings.close_after is not None


def _spoken(rule: Any, unmarked: Sequence[str]) -> Any:  # noqa: ANN401 -- an automation
    """Return a rule with the message at unmarking, if it is that rule and there is one."""
    kind, _, step = rule.id.partition(".")
    name = f"{kind}-is-active"
    if step != "unmark" or name not in unmarked:
        return rule
    return attrs.evolve(rule, then=(*rule.then, actions.SendMessage(name)))


def _own_text(name: str) -> Template:
    return Template(name, {"en": name})


def _swept(rule: Any, config: _Config) -> Any:  # noqa: ANN401 -- an automation
    """Return a rule of the app: it closes and unmarks whatever has the mark, exempt or not."""
    kind, _, step = rule.id.partition(".")
    if not config.sweeps_all or step not in ("close", "unmark"):
        return rule
    unlocked = (_NOT_LOCKED,) if step == "close" else ()
    return attrs.evolve(rule, given=All(StateIs("stale"), _OF_KIND[kind], *unlocked))


def _renamed(rule: Any, prefix: str, names: Mapping[str, str]) -> Automation:  # noqa: ANN401 -- an automation
    then = tuple(
        attrs.evolve(action, template=names[action.template]) if isinstance(action, actions.SendMessage) else action
        for action in rule.then
    )
    found: Automation = attrs.evolve(rule, id=rule.id if rule.id == "in-scope" else f"{prefix}{rule.id}", then=then)
    return found


def _worded(template: Template, texts: Mapping[str, str], names: Mapping[str, str]) -> Template:
    """Return a template with the text of the source, if there is one; it is not translated."""
    own = texts.get(template.name)
    held = template.texts if own is None else {"en": own}
    return attrs.evolve(template, name=names[template.name], texts=held)


# -- values ------------------------------------------------------------------------------------------------------------

_DAYS = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,12})?", re.ASCII)
_EXPRESSION = re.compile(r"\$\{\{([^{}]*)\}\}")
_MICROSECONDS_A_DAY = 86_400 * 10**6


def _span(text: str, *, is_whole: bool) -> Elapsed | None:
    """Return a number of days as a span; None for a negative one, which means never.

    Raises:
        BadValueError: *text* is not a number of days.
    """
    if not _DAYS.fullmatch(text.strip()):
        raise BadValueError(f"{text!a:.80} is not a number of days", "give one, such as 60")
    days = Fraction(text.strip())
    if days < 0:
        return None
    microseconds = int(int(days) * _MICROSECONDS_A_DAY if is_whole else days * _MICROSECONDS_A_DAY)
    return Elapsed(timedelta(microseconds=microseconds))


def _instant(text: str) -> datetime:
    """Return the instant that a text in ISO 8601 or RFC 2822 names; in UTC if it has no zone.

    Raises:
        BadValueError: It names none.
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise BadValueError(f"{text!a:.80} is not a date", "give one in ISO 8601 or RFC 2822")


# -- the app -----------------------------------------------------------------------------------------------------------

_MARK_COMMENT = (
    "Is this still relevant? If so, what is blocking it? Is there anything you can do to help move it forward?\n\n"
    "This issue has been automatically marked as stale because it has not had recent activity. It will be closed if no "
    "further activity occurs."
)
"""The comment that the app writes if the file has none."""

_APP_KEYS = frozenset(
    {
        *("daysUntilStale", "daysUntilClose", "onlyLabels", "exemptLabels", "exemptProjects"),
        *("exemptMilestones", "exemptAssignees", "staleLabel", "markComment", "unmarkComment"),
        *("closeComment", "limitPerRun", "perform", "only", "issues", "pulls", "_extends"),
    }
)
_SECTIONS: Mapping[Kind, str] = {"issue": "issues", "pull-request": "pulls"}


@attrs.frozen
class _App:
    """Reads the file of the app."""

    part: Part
    config: _Config = attrs.field(factory=lambda: _Config(sweeps_all=True))
    notes: _Notes = attrs.field(factory=_Notes)

    def read(self) -> _Config:
        """Return the settings of the file."""
        part = self.part
        only = part.at("only").text()
        if only is not None and only not in _SECTIONS.values():
            part.at("only").left_out("only", "it is neither issues nor pulls")
            only = None
        elif only is not None:
            self.notes.add(part.at("only"), "only", f"only {only} are handled")
        part.at("limitPerRun").left_out("limitPerRun", _NO_CALLS)
        part.at("_extends").left_out("_extends", "it names a file of another repository; import that file")
        part.at("perform").changed("perform", _ALWAYS_ACTS)
        for kind, section in _SECTIONS.items():
            if only is None or only == section:
                self._kind(kind)
            else:
                self.config.allows(kind, mark_after=None, close_after=None)
                part.at(section).left_out(section, f"the file handles only {only}")
        self.notes.tell()
        _tell_the_rest(part, _APP_KEYS - {"issues", "pulls"})
        return self.config

    def _at(self, kind: Kind, key: str) -> Part:
        own = self.part.at(_SECTIONS[kind])
        return own.at(key) if own.has(key) else self.part.at(key)

    def _kind(self, kind: Kind) -> None:
        self.config.allows(
            kind,
            close_reason=None,
            mark_after=self._days(kind, "daysUntilStale", Elapsed(days=60), "marked"),
            close_after=self._days(kind, "daysUntilClose", Elapsed(days=7), "closed"),
            only_labels=self._labels(kind, "onlyLabels", ()),
            exempt_labels=self._labels(kind, "exemptLabels", ("pinned", "security")),
            exempt_all_milestones=self._truth(kind, "exemptMilestones"),
            exempt_all_assignees=self._truth(kind, "exemptAssignees"),
            announces_mark=self._text(kind, "markComment", "is-stale", _MARK_COMMENT),
            announces_close=self._text(kind, "closeComment", "was-closed"),
        )
        self._text(kind, "unmarkComment", "is-active")
        projects = self._at(kind, "exemptProjects")
        if projects.truth():
            projects.left_out("exemptProjects", "tickets have no projects; give such tickets an exempt label")
        else:
            self.notes.add(projects, "exemptProjects", "projects exempt nothing")
        mark = self._at(kind, "staleLabel")
        self.config.marks.append(mark.text() or "wontfix")
        self.notes.add(mark, "staleLabel", _STALE_LABEL)

    def _days(self, kind: Kind, key: str, otherwise: Elapsed, step: str) -> Elapsed | None:
        part = self._at(kind, key)
        if part.data is False or (step == "closed" and _written(part) == "0"):
            self.notes.add(part, key, f"{KINDS[kind]} are not {step}")
            return None
        found = _tried(part, key, lambda: _span(_written(part), is_whole=False)) if part else None
        if not found:
            return otherwise
        self.notes.add(part, key, f"when {KINDS[kind]} are {step}")
        return found[0]

    def _labels(self, kind: Kind, key: str, otherwise: Sequence[str]) -> frozenset[str]:
        part = self._at(kind, key)
        if not part.exists:
            return frozenset(otherwise)
        labels: set[str] = set()
        for each in [part] if isinstance(part.data, str) else part.parts():
            name = each.word()
            if name is not None and _tried(each, f"the label {name}", lambda name=name: label_field(name)):  # type: ignore[misc]
                labels.add(name)
                self.notes.add(each, f"the label {name}", f"which {KINDS[kind]} are marked")
        return frozenset(labels)

    def _truth(self, kind: Kind, key: str) -> bool:
        part = self._at(kind, key)
        found = part.truth()
        if found is not None:
            self.notes.add(part, key, f"which {KINDS[kind]} are marked")
        return found or False

    def _text(self, kind: Kind, key: str, step: str, otherwise: str | None = None) -> bool:
        """Keep the text of a message, and return whether there is one."""
        part, name = self._at(kind, key), f"{kind}-{step}"
        if part.data is False:
            self.notes.add(part, key, f"there is no message {name}")
            return False
        text = part.text() if part else otherwise
        if not text or not _tried(part, key, lambda: Template(name, {"en": text})):
            return False
        self.config.texts[name] = text
        self.notes.add(part, key, f"the template {name}")
        return True


def _tried(part: Part, what: str, make: Callable[[], T]) -> tuple[T] | None:
    """Return what *make* returns, in a tuple; None, and an item, if the library refuses the value."""
    return tried(part, what, lambda: (make(),)) if part.exists else (make(),)


def _written(part: Part) -> str:
    return "" if isinstance(part.data, bool | dict | list) else str(part.data)


def _tell_the_rest(part: Part, known: frozenset[str]) -> None:
    """Say of settings that count for nothing why they do not."""
    said = {path for path, _ in part.ledger.items}
    for key, each in part.pairs():
        if key not in known or any(path[: len(each.path)] == each.path for path in said):
            continue
        if each.data in ("", None) or each.data in ([], {}):
            each.carried(key, "it is empty, so the default counts")
        else:
            each.left_out(key, "issues and pull requests have values of their own")


# -- the action --------------------------------------------------------------------------------------------------------

_INPUTS = frozenset(
    {
        *("repo-token", "stale-issue-message", "stale-pr-message", "close-issue-message"),
        *("close-pr-message", "days-before-stale", "days-before-issue-stale", "days-before-pr-stale"),
        *("days-before-close", "days-before-issue-close", "days-before-pr-close", "stale-issue-label"),
        *("close-issue-label", "exempt-issue-labels", "close-issue-reason", "stale-pr-label"),
        *("close-pr-label", "exempt-pr-labels", "exempt-milestones", "exempt-issue-milestones"),
        *("exempt-pr-milestones", "exempt-all-milestones", "exempt-all-issue-milestones"),
        *("exempt-all-pr-milestones", "only-labels", "any-of-labels", "any-of-issue-labels"),
        *("any-of-pr-labels", "only-issue-labels", "only-pr-labels", "operations-per-run"),
        *("remove-stale-when-updated", "remove-issue-stale-when-updated", "remove-pr-stale-when-updated"),
        *("debug-only", "ascending", "sort-by", "delete-branch", "start-date", "exempt-assignees"),
        *("exempt-issue-assignees", "exempt-pr-assignees", "exempt-all-assignees"),
        *("exempt-all-issue-assignees", "exempt-all-pr-assignees", "exempt-draft-pr", "enable-statistics"),
        *("labels-to-add-when-unstale", "labels-to-remove-when-stale", "labels-to-remove-when-unstale"),
        *("ignore-updates", "ignore-issue-updates", "ignore-pr-updates", "include-only-assigned"),
        *("only-issue-types"),
    }
)
_NO_CALLS = "rules make no calls to GitHub"
_ALWAYS_ACTS = "the rules always act; `evaluate` shows what they would do"
_STALE_LABEL = "the label of the state stale"
_NOT_NEEDED: Mapping[str, str] = {
    "repo-token": _NO_CALLS,
    "operations-per-run": _NO_CALLS,
    "ascending": "rules act on each ticket at its own instant",
    "sort-by": "rules act on each ticket at its own instant",
    "enable-statistics": "`report` has figures",
    "delete-branch": "a ticket has no branch; delete it in your adapter",
}
_IN_INPUTS: Mapping[Kind, str] = {"issue": "issue", "pull-request": "pr"}
_LABEL_LISTS = (
    ("", "exempt-{}-labels", "exempt_labels"),
    ("only-labels", "only-{}-labels", "only_labels"),
    ("any-of-labels", "any-of-{}-labels", "any_of_labels"),
    ("labels-to-remove-when-stale", "", "remove_when_marked"),
    ("labels-to-add-when-unstale", "", "add_when_unmarked"),
    ("labels-to-remove-when-unstale", "", "remove_when_unmarked"),
)
_NAME_LISTS = (
    ("exempt-milestones", "exempt-{}-milestones", "exempt_milestones"),
    ("exempt-assignees", "exempt-{}-assignees", "exempt_assignees"),
    ("only-issue-types", "", "only_types"),
)
_TRUTHS = (
    ("exempt-all-milestones", "exempt-all-{}-milestones", "exempt_all_milestones"),
    ("exempt-all-assignees", "exempt-all-{}-assignees", "exempt_all_assignees"),
    ("exempt-draft-pr", "", "exempt_drafts"),
    ("include-only-assigned", "", "only_assigned"),
    ("ignore-updates", "ignore-{}-updates", "ignores_updates"),
)


def _workflow(part: Part) -> Iterator[_Config]:
    found = False
    for key, each in part.pairs():
        if key not in ("jobs", "env"):
            each.left_out(key, "it says when and how GitHub runs the workflow; rules act at their own instants")
    for name, job in part.at("jobs").pairs():
        for key, each in job.pairs():
            if key not in ("steps", "env"):
                each.left_out(f"{key} of the job {name}", "it says how GitHub runs the job")
        for step in job.at("steps").parts():
            uses = (step.at("uses").text() or "") if step.is_object() else ""
            if uses.partition("@")[0].lower() != "actions/stale":
                step.left_out(
                    (step.at("name").text() if step.is_object() else "") or uses or "a step", "it is another step"
                )
                continue
            found = True
            for key, each in step.pairs():
                if key not in ("uses", "with", "env"):
                    each.left_out(f"{key} of the step", "it says how GitHub runs or shows the step")
            step.at("uses").carried(uses, "the rules of the preset stale, which follow version 10 of the action")
            scopes = (part.at("env"), job.at("env"), step.at("env"))
            yield _Action(step.at("with"), {key: each for scope in scopes for key, each in scope.pairs()}).read()
    if not found:
        raise part.at("jobs").refused("no step uses actions/stale", "give the workflow that has it")


@attrs.frozen
class _Action:
    """Reads the inputs of a step. Values are texts, as for GitHub; an empty one is a missing one."""

    part: Part
    variables: Mapping[str, Part]
    config: _Config = attrs.field(factory=_Config)
    notes: _Notes = attrs.field(factory=_Notes)

    def read(self) -> _Config:
        """Return the settings of the step."""
        for key, why in _NOT_NEEDED.items():
            self.part.at(key).left_out(key, why)
        self.part.at("debug-only").changed("debug-only", _ALWAYS_ACTS)
        if start := self._value("start-date"):
            found = _tried(self.part.at("start-date"), "start-date", lambda: _instant(start))
            if found:
                self.config.start = found[0]
                self._note("start-date", "tickets created before it are left alone")
        for kind, own in _IN_INPUTS.items():
            self._kind(kind, own)
        self.notes.tell()
        _tell_the_rest(self.part, _INPUTS)
        return self.config

    def _kind(self, kind: Kind, own: str) -> None:
        config, what = self.config, KINDS[kind]
        config.allows(
            kind,
            mark_after=self._days(kind, own, "stale", Elapsed(days=60), "marked"),
            close_after=self._days(kind, own, "close", Elapsed(days=7), "closed"),
            announces_mark=self._text(kind, own, "stale", "is-stale"),
            announces_close=self._text(kind, own, "close", "was-closed"),
            close_reason=self._reason() if kind == "issue" else None,
        )
        for base, special, name in (*_LABEL_LISTS, *_NAME_LISTS):
            key, value = self._chosen(base, special.format(own))
            names = [each.strip() for each in value.split(",") if each.strip()]
            makes_fields = (base, special, name) in _LABEL_LISTS
            if names and _tried(self.part.at(key), key, lambda: [label_field(each) for each in names if makes_fields]):  # noqa: B023 -- called at once
                config.allows(kind, **{name: frozenset(names)})
                self._note(key, f"{what} and their labels" if "when" in name else f"which {what} are handled")
        for base, special, name in _TRUTHS:
            key, value = self._chosen(base, special.format(own))
            config.allows(kind, **{name: value == "true"})
            self._note(key, f"which {what} are handled, and when")
        key, value = self._chosen("remove-stale-when-updated", f"remove-{own}-stale-when-updated")
        config.allows(kind, unmarks=value != "false")
        self._note(key, f"when {what} are unmarked")
        label = self._value(f"close-{own}-label")
        if label and _tried(self.part.at(f"close-{own}-label"), f"close-{own}-label", lambda: label_field(label)):
            config.allows(kind, close_label=label)
            self._note(f"close-{own}-label", f"the label of {what} while they are closed")
        if _acts(Settings(**config.settings[kind])):
            config.marks.append(self._value(f"stale-{own}-label") or "Stale")
            self._note(f"stale-{own}-label", _STALE_LABEL)
        else:
            self.part.at(f"stale-{own}-label").left_out(
                f"stale-{own}-label", f"the step neither marks nor closes {what}"
            )

    def _value(self, key: str) -> str:
        """Return the value of an input with variables filled in; empty if there is none or GitHub computes it."""
        part = self.part.at(key)
        if isinstance(part.data, dict | list):
            part.left_out(key, "it is not a text")
        written = str(part.data).lower() if isinstance(part.data, bool) else _written(part) if part else ""
        for match in _EXPRESSION.finditer(written):
            inner = match[1].strip()
            variable = self.variables.get(inner.removeprefix("env.")) if inner.startswith("env.") else None
            value = None if variable is None else variable.word()
            if value is None:
                part.left_out(key, f"GitHub computes {match[0]}")
                return ""
            written = written.replace(match[0], value)
        return written.strip()

    def _chosen(self, base: str, own: str) -> tuple[str, str]:
        """Return the name of the input that counts for a kind, and its value; *own* goes before *base*."""
        return next(((key, self._value(key)) for key in (own, base) if key and self._value(key)), ("", ""))

    def _note(self, key: str, why: str) -> None:
        if self._value(key):
            self.notes.add(self.part.at(key), key, why)

    def _days(self, kind: Kind, own: str, word: str, otherwise: Elapsed, step: str) -> Elapsed | None:
        key, value = self._chosen(f"days-before-{word}", f"days-before-{own}-{word}")
        if not value:
            return otherwise
        found = _tried(self.part.at(key), key, lambda: _span(value, is_whole=word == "close"))
        if not found:
            return otherwise
        self._note(key, f"when {KINDS[kind]} are {step}" if found[0] else f"{KINDS[kind]} are not {step}")
        return found[0]

    def _text(self, kind: Kind, own: str, word: str, step: str) -> bool:
        """Keep the text of a message, and return whether there is one."""
        key, name = f"{word}-{own}-message", f"{kind}-{step}"
        text = self._value(key)
        if not text or not _tried(self.part.at(key), key, lambda: Template(name, {"en": text})):
            return False
        self.config.texts[name] = text
        self._note(key, f"the template {name}")
        return True

    def _reason(self) -> str | None:
        part = self.part.at("close-issue-reason")
        reason = self._value("close-issue-reason")
        if part.exists and reason not in ("", "completed", "not_planned"):
            part.left_out("close-issue-reason", "the action does not know it, either")
        self._note("close-issue-reason", "the reason recorded when issues are closed")
        if part.data == "":
            return None
        return reason if reason in ("completed", "not_planned") else "not_planned"


STALE = System(
    "stale",
    "GitHub stale issues",
    _convert,
    "a .github/stale.yml of probot/stale, or a workflow with a step that uses actions/stale",
    ("the states, transitions and fields of the preset stale, and its defaults for what a file does not set",),
)


def read_stale(*sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import the files of GitHub's stale bots: probot/stale and actions/stale.

    Args:
        sources: ``.github/stale.yml``, or workflows with a step that uses ``actions/stale``.
        names: The names of the sources in messages and items.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of the stale bots.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    return read_with(STALE, *sources, names=names)
