"""Presets have labels and message texts in both languages, and their pages show them (F4)."""

from __future__ import annotations

import inspect
import re
import string
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from tests.support.desk import mails, sp
from ticketflow import Actor, CalendarSpan, Elapsed, Message, Rules, advance, commands, handle
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.errors import BadValueError
from ticketflow.kernel.labels import Labels
from ticketflow.presets.adereso import WORDS as ADERESO_WORDS
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import SALES, SCHEDULING, Funnel, Resolution, Stage, embudo
from ticketflow.presets.embudo import WORDS as EMBUDO_WORDS
from ticketflow.presets.enate import WORDS as ENATE_WORDS
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import WORDS as POSPONER_WORDS
from ticketflow.presets.posponer import posponer
from ticketflow.presets.registry import preset, preset_names
from ticketflow.presets.senior import WORDS as SENIOR_WORDS
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import Settings, stale
from ticketflow.rules.actions import SendMessage
from ticketflow.rules.automations import action_steps
from ticketflow.workflow.snooze import Snoozing

PAGES = Path(__file__).parent.parent.parent / "docs" / "presets"
BOTH = {"en", "es"}
PLACEHOLDERS = {"ticket", "at"}
CLOSING_STAGE = Funnel("loans", (Stage("asked"), Stage("granted", outcome="won", closes=True)))
EVERY_WAY = (
    Resolution("sales.offer", "entering", "won"),
    Resolution("sales.offer", "leaving", "lost", return_stage="sales.contact"),
    Resolution("sales.contact", Elapsed(days=2), "lost"),
    Resolution("sales.contact", EveryWeek("monday", "09:00"), "lost"),
)
DESKS = {
    "adereso": adereso(),
    "adereso, all": adereso(in_progress=True, closes_out_of_hours=True),
    "adereso, no close": adereso(close_after=None),
    "adereso, four reminders": adereso(wake_after=tuple(Elapsed(hours=hours) for hours in range(1, 5))),
    "adereso, nothing": adereso(wake_after=(), close_after=None, answers_out_of_hours=False, review=None),
    "posponer": posponer(),
    "posponer, clear": posponer(snoozing=Snoozing(on_message="clear")),
    "posponer, stay_hidden": posponer(snoozing=Snoozing(on_message="stay_hidden")),
    "embudo": embudo(),
    "embudo, every way": embudo(resolutions=EVERY_WAY),
    "senior": senior(),
    "senior, no reminders": senior(waiting_reminders=(), validation_reminders=()),
    "enate": enate(),
    "enate, all": enate(
        add_wait_time=False,
        close_unanswered_after=CalendarSpan(days=3),
        needs_resolution=True,
        feedback_window=Elapsed(days=2),
    ),
    "enate, by hand": enate(feedback_window=Elapsed(days=2), reopens_by_itself=False),
    "servicenow": servicenow(),
    "stale": stale(),
    "stale, all": stale(Settings(exempt_labels={"pinned"}), Settings(close_after=None), labels=("bug",)),
}
every_desk = pytest.mark.parametrize("rules", DESKS.values(), ids=DESKS)


def labelled(rules: Rules) -> Iterator[tuple[str, Labels]]:
    """Yield every labelled part of a rule set with its labels."""
    workflow = rules.workflow
    for state in workflow.states:
        yield f"state {state.name}", state.labels
    for transition in workflow.transitions:
        yield f"transition {transition.name}", transition.labels
    for field in workflow.fields:
        yield f"field {field.name}", field.labels
    for listing in workflow.lists:
        yield f"list {listing.name}", listing.labels
    for pipeline in workflow.pipelines:
        yield f"pipeline {pipeline.name}", pipeline.labels
    for rule in rules.automations:
        yield f"rule {rule.id}", rule.labels
    for template in rules.templates:
        yield f"template {template.name}", template.labels
    for choice in rules.snoozing.choices if rules.snoozing else ():
        yield f"choice {choice.name}", choice.labels


def sent(rules: Rules) -> set[str]:
    """Return the names of the templates that the rules request."""
    actions = (action for rule in rules.automations for step in action_steps(rule) for action in step)
    return {action.template for action in actions if isinstance(action, SendMessage)}


@every_desk
def test_f4_everything_has_a_label_in_both_languages(rules: Rules) -> None:
    for what, labels in labelled(rules):
        assert set(labels) == BOTH, what
        assert all(text.strip() for text in labels.values()), what


@every_desk
def test_f4_no_two_rules_share_a_label(rules: Rules) -> None:
    for language in ("en", "es"):
        called = [rule.labels[language] for rule in rules.automations]
        assert len(set(called)) == len(called)


@every_desk
def test_f4_every_requested_message_has_a_text_and_every_text_is_used(rules: Rules) -> None:
    assert {template.name for template in rules.templates} == sent(rules)


@every_desk
def test_f4_texts_are_in_both_languages_and_use_only_known_placeholders(rules: Rules) -> None:
    for template in rules.templates:
        assert set(template.texts) == BOTH, template.name
        assert template.text("en") != template.text("es"), template.name
        asked = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in template.texts.values()]
        assert asked[0] == asked[1] <= PLACEHOLDERS, template.name
        assert "ticket" in asked[0], template.name


@every_desk
def test_f4_hints_are_in_both_languages(rules: Rules) -> None:
    hints = [row.hint for row in rules.workflow.transitions if row.hint]
    assert all(set(hint.texts) == BOTH for hint in hints)
    assert all(set(state.to_enable) == BOTH for state in rules.workflow.states if not state.is_enabled)


@pytest.mark.parametrize("words", [ADERESO_WORDS, POSPONER_WORDS, EMBUDO_WORDS, SENIOR_WORDS, ENATE_WORDS])
def test_f4_the_words_beside_the_rules_are_in_both_languages(words: Mapping[str, Labels]) -> None:
    assert words
    assert all(set(labels) == BOTH for labels in words.values())


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (DESKS["embudo"], EMBUDO_WORDS),
        (DESKS["senior"], SENIOR_WORDS),
        (DESKS["enate"], ENATE_WORDS),
    ],
)
def test_f4_choices_events_and_groups_have_words_too(rules: Rules, words: Mapping[str, Labels]) -> None:
    """The labels of a field's choices are among the words or among the states."""
    choices = {choice for field in rules.workflow.fields for choice in field.choices}
    named = {*choices, *rules.workflow.outside_events, *rules.workflow.groups}
    assert named
    assert named <= {*words, *rules.workflow.states_by_name}


def test_f4_own_funnels_without_labels_are_called_by_their_names() -> None:
    rules = embudo((CLOSING_STAGE,), (Resolution("loans.asked", "leaving", "lost"),))
    labels = {rule.id: rule.labels for rule in rules.automations}
    assert labels["leaving-loans.asked-lost"] == {
        "en": "on leaving (loans.asked): lost",
        "es": "Cuando un contacto salga de una etapa (loans.asked): Perdido",
    }
    assert labels["close-loans.granted"] == {"en": "closing (won stage)", "es": "cierre de ticket (Etapa Ganada)"}
    moves = {row.name: row.labels["es"] for row in rules.workflow.transitions}
    assert moves["to.loans.granted"] == "Mover a loans.granted"


def test_f4_the_sender_fills_in_a_text() -> None:
    """The sender looks up the requested template by its name."""
    rules = senior()
    ana, bruno = Actor("agent", "ana"), Actor("customer", "bruno")
    opened = commands.Open("S-7", message=Message("m1"), at=sp(2026, 11, 18, 9), by=bruno)
    ticket = handle(None, opened, rules).unwrap().ticket
    asked = commands.Move("ask_for_information", Message("m2"), at=sp(2026, 11, 19, 15), by=ana)
    ticket = advance(sp(2026, 11, 21, 15), handle(ticket, asked, rules).unwrap().ticket, rules)
    ((_, name),) = mails(ticket)
    text = next(each for each in rules.templates if each.name == name)
    assert "S-7" in text.text("es", {"ticket": ticket.id})
    assert "S-7" in text.text("en", {"ticket": ticket.id})


@pytest.mark.parametrize(
    ("preset", "option", "value"),
    [
        (adereso, "calendar", "CL"),
        (adereso, "in_progress", None),
        (adereso, "may_edit", None),
        (adereso, "may_bulk", None),
        (adereso, "close_after", 3),
        (adereso, "wake_after", None),
        (adereso, "wake_after", [Elapsed(days=1)]),
        (adereso, "wake_after", (1, 2)),
        (adereso, "inactive_since", None),
        (adereso, "review", "monday"),
        (adereso, "review_to", None),
        (adereso, "targets", None),
        (posponer, "calendar", 0),
        (posponer, "snoozing", None),
        (embudo, "funnels", None),
        (embudo, "funnels", 3),
        (embudo, "funnels", (SALES, SCHEDULING, "loans")),
        (embudo, "resolutions", None),
        (embudo, "resolutions", (None,)),
        (embudo, "activity", "message"),
        (senior, "waiting_reminders", None),
        (senior, "validation_reminders", 3),
        (senior, "close_after", None),
        (senior, "targets", None),
        (senior, "targets", (None,)),
        (enate, "categories", None),
        (enate, "categories", (3,)),
        (enate, "add_wait_time", None),
        (enate, "close_unanswered_after", 3),
        (enate, "needs_resolution", "yes"),
        (enate, "feedback_window", 5),
        (enate, "reopens_by_itself", None),
        (enate, "targets", None),
    ],
)
def test_an_option_of_a_wrong_type_is_refused(preset: Callable[..., Rules], option: str, value: object) -> None:
    with pytest.raises(BadValueError, match=option) as error:
        preset(**{option: value})
    assert error.value.fix


def test_the_refusal_names_the_option_and_the_place_in_it() -> None:
    with pytest.raises(BadValueError, match=r"^adereso\.wake_after is None; give a tuple of Elapsed$"):
        adereso(wake_after=None)  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match=r"^senior\.waiting_reminders\[1\] is 4; give a span, for example "):
        senior(waiting_reminders=(Elapsed(days=2), 4))  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match=r"^funnels: 'loans'; list only values of type Funnel$"):
        embudo((SALES, SCHEDULING, "loans"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "desks", "words"),
    [
        ("adereso", ("adereso, all",), ADERESO_WORDS),
        ("posponer", ("posponer",), POSPONER_WORDS),
        ("embudo", ("embudo",), EMBUDO_WORDS),
        ("senior", ("senior",), SENIOR_WORDS),
        ("enate", ("enate, all", "enate"), ENATE_WORDS),
    ],
)
def test_f4_the_page_of_a_desk_shows_its_rules_messages_and_words(
    name: str, desks: tuple[str, ...], words: Mapping[str, Labels]
) -> None:
    """The page has exactly these rows, with the texts of the code."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    shown = page.partition("## Rules and messages in both languages\n")[2].partition("\n## ")[0]
    called = {rule.id: rule.labels for desk in desks for rule in DESKS[desk].automations}
    said = {template.name: template.texts for desk in desks for template in DESKS[desk].templates}
    expected = [row for table in (called, said, words) for row in table.items()]
    assert sorted(line for line in shown.splitlines() if line.startswith("| `")) == sorted(
        f"| `{what}` | {labels['en']} | {labels['es']} |" for what, labels in expected
    )


def listed_in(page: str, head: str) -> list[str]:
    """Return the names in the first column of the table whose first head is *head*."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    table = text.partition(f"| {head} | type | default | what it does |\n")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)` ", table, re.MULTILINE)


@pytest.mark.parametrize("name", preset_names())
def test_the_page_of_a_preset_lists_its_options(name: str) -> None:
    assert listed_in(name, "option") == list(inspect.signature(preset(name)).parameters)


@pytest.mark.parametrize(("name", "kind"), [("posponer", Snoozing), ("stale", Settings)])
def test_the_page_of_a_preset_lists_the_fields_of_its_settings(name: str, kind: type[attrs.AttrsInstance]) -> None:
    assert listed_in(name, f"field of `{kind.__name__}`") == [field.name for field in attrs.fields(kind)]
