"""Catalogs: those of the package are complete, and a user's own are checked and fall back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from ticketflow import BusinessDays, Elapsed, Message, commands, handle, timeline
from ticketflow.calendars.trace import Segment
from ticketflow.calendars.trace import Why as ClosedWhy
from ticketflow.engine.decisions import Refused
from ticketflow.engine.refusals import Reason, RefusalCode
from ticketflow.errors import BadValueError
from ticketflow.presets.senior import senior
from ticketflow.service.explanations import Explanation, Verdict
from ticketflow.service.simulation import Refusal, Simulation, simulate
from ticketflow.sla.reading import ClockState, Reading
from ticketflow.sla.trace import Part, PartKind
from ticketflow.text import catalog_en, catalog_es, catalog_pt
from ticketflow.text.catalog import PARTS, SHIPPED, Catalog, Sentences, has_catalog
from ticketflow.text.diagrams import graphviz, mermaid
from ticketflow.text.sentences import Wording
from ticketflow.tickets import actors, anchors, events
from ticketflow.tickets.events import Event
from ticketflow.tickets.facts import Category
from ticketflow.workflow.conditions import CategoryIs, ClockFact, ClockIs

NINE = utc(2026, 11, 23, 12)
TEN = NINE + timedelta(hours=1)
SENIOR = senior()
LANGUAGES = tuple(SHIPPED)
ITALIAN = Catalog(
    "it",
    {
        "event.opened": "aperto in {state}",
        "event.field_held": "{field} {field|bloccato|bloccata|bloccati|bloccate} su {after}",
        "unit.day": "{count} {count|giorno|giorni}",
        "weekday.monday.short": "lun",
    },
    nouns={"Fase": 1},
    endings=(("zione", 1), ("zioni", 3)),
)


class TestShipped:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_catalog_has_every_sentence(self, language: str) -> None:
        assert SHIPPED[language].language == language
        assert set(SHIPPED[language].sentences) == set(catalog_en.SENTENCES)

    @pytest.mark.parametrize("sentences", [catalog_es.SENTENCES, catalog_pt.SENTENCES])
    def test_a_translation_drops_no_part(self, sentences: dict[str, str]) -> None:
        for key, english in catalog_en.SENTENCES.items():
            missing = set(re.findall(r"\{(\w+)", english)) - set(re.findall(r"\{(\w+)", sentences[key]))
            assert not missing, key

    @pytest.mark.parametrize("language", ["es", "pt"])
    def test_adjectives_have_no_more_forms_than_nouns(self, language: str) -> None:
        for key, sentence in SHIPPED[language].sentences.items():
            for part, forms in re.findall(r"\{(\w+)((?:\|[^{}|]*)+)\}", sentence):
                wanted = {"field": 4, "weekday": 2}.get(part, 2)
                assert forms.count("|") == wanted, key

    @pytest.mark.parametrize(
        ("language", "noun", "form"),
        [
            ("es", "calificación", 1),
            ("es", "Categoría de Ticket", 1),
            ("es", "Contacto primario", 0),
            ("es", "etiquetas", 3),
            ("es", "archivos", 2),
            ("es", "Problema", 0),
            ("es", "días de espera", 2),
            ("es", "prioridades", 3),
            ("es", "fase", 1),
            ("es", "Esperar hasta", 0),
            ("pt", "classificação", 1),
            ("pt", "Categoria", 1),
            ("pt", "classificações", 3),
            ("pt", "Título", 0),
            ("pt", "mensagem", 1),
            ("pt", "anexos", 2),
            ("pt", "prioridade", 1),
            ("pt", "Sistema", 0),
            ("pt", "segunda-feira", 1),
            ("en", "classification", 0),
        ],
    )
    def test_nouns_have_a_gender_and_a_number(self, language: str, noun: str, form: int) -> None:
        assert SHIPPED[language].form(noun) == form

    @pytest.mark.parametrize(
        ("label", "held"),
        [
            ("Calificación", "Calificación retenida en x"),
            ("Estado", "Estado retenido en x"),
            ("Etiquetas", "Etiquetas retenidas en x"),
            ("Motivos", "Motivos retenidos en x"),
        ],
    )
    def test_participles_agree_with_the_label_of_a_field(self, label: str, held: str) -> None:
        assert Sentences("es").say("event.field_held", field=label, after="x") == held

    def test_a_language_has_a_catalog_or_has_none(self) -> None:
        assert [has_catalog(each) for each in ("en", "es-CL", "pt", "PT-br", "it", "est")] == [True] * 4 + [False] * 2
        with pytest.raises(BadValueError):
            has_catalog("pt_BR")


class TestEveryKind:
    """Everything of a closed set has a sentence in every language that differs from the English one."""

    EVENTS: tuple[Event, ...] = (
        events.Opened("T-1", "new", "open", {"nature": "incident"}, "T-0"),  # type: ignore[arg-type]
        events.MessageAdded(Message("m")),
        events.Assigned(None, "ana"),
        events.RequesterChanged(None, "bruno"),
        events.RequesterChanged("bruno", None),
        events.FieldChanged("nature", None, True),
        events.FieldHeld("nature", None, "a"),
        events.FieldReleased("nature", "a", None),
        events.Rated(5),
        events.OutsideEventRecorded("released"),
        events.ResolutionMarked("m"),
        events.Declined("no"),
        events.Linked("T-2", "duplicate_of"),
        events.Snoozed(NINE, why="later"),
        events.SnoozeCancelled(NINE),
        events.Surfaced(),
        events.Woke(slept=True),
        events.MessageRequested("hello", "vip"),
        events.Emitted("ranked", {"nature": "incident"}),  # type: ignore[arg-type]
        events.FollowUpRequested(),
        events.TargetWarned("solving", 0, NINE),
        events.TargetBreached("solving", 0, None, NINE),
        events.Superseded(),
        events.Superseded(2),
        events.Dropped("why"),
        events.RulesHalted(("a", "b")),
    )

    def differ(self, render: Callable[[Wording], str]) -> None:
        said = [render(Wording(SENIOR, language=language)) for language in LANGUAGES]
        assert all(said)
        assert not [each for each in said if re.search(r"\{\w+", each)]
        assert said[0] not in said[1:], said

    @pytest.mark.parametrize("event", EVENTS)
    def test_events(self, event: Event) -> None:
        self.differ(lambda words: words.event(event))

    def test_those_are_all_events(self) -> None:
        bare = {events.StateChanged}  # an arrow between two labels, in every language
        assert {type(each) for each in self.EVENTS} == {*get_args(Event)} - bare

    @pytest.mark.parametrize("code", get_args(RefusalCode))
    def test_refusals(self, code: RefusalCode) -> None:
        reason = Reason(code, "what", "help", lacks=("nature", "message", "resolution", "x"))
        self.differ(lambda words: words.reason(reason))
        assert Wording(SENIOR).reason(reason) == "what; help"

    def test_what_is_missing_and_when_it_happens_are_translated(self) -> None:
        spanish = Wording(SENIOR, ZoneInfo("UTC"), "es")
        lacking = Reason("missing_fields", "what", "help", lacks=("nature", "message", "resolution", "x"))
        assert spanish.reason(lacking) == "falta indicar naturaleza, un mensaje, una resolución, x: what; help"
        later = Reason("not_allowed", "what", "help", NINE)
        assert spanish.reason(later) == (
            "no está permitido; ocurrirá por sí solo el lun 2026-11-23 12:00:00 +0000: what; help"
        )

    @pytest.mark.parametrize("verdict", get_args(Verdict))
    def test_verdicts(self, verdict: Verdict) -> None:
        self.differ(lambda words: words.explanation(Explanation("r", verdict)))

    @pytest.mark.parametrize("kind", get_args(ClockState))
    def test_readings(self, kind: ClockState) -> None:
        reading = Reading(**{**dict.fromkeys(Reading.__annotations__), "clock": "c", "state": kind})  # type: ignore[arg-type]
        for name in ("elapsed", "frozen", "closed"):
            object.__setattr__(reading, name, timedelta(hours=1))
        self.differ(lambda words: words.reading(reading))

    @pytest.mark.parametrize("kind", get_args(PartKind))
    def test_parts(self, kind: PartKind) -> None:
        for why in get_args(ClosedWhy):
            part = Part(NINE, TEN, kind, "new", Segment(NINE, TEN, counted=False, why=why))
            self.differ(partial(Wording.part, part=part))

    def test_enumerations(self) -> None:
        asked = [CategoryIs(each) for each in get_args(Category)] + [ClockIs("c", each) for each in get_args(ClockFact)]
        for condition in asked:
            self.differ(partial(Wording.condition, condition=condition))
        for author in get_args(anchors.Author):
            self.differ(partial(Wording.anchor, anchor=anchors.LastMessage(author)))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_names_of_roles_commands_and_weekdays(self, language: str) -> None:
        words = Wording(SENIOR, ZoneInfo("UTC"), language)
        assert {f"role.{role}" for role in actors.ROLES} <= PARTS.keys()
        assert {f"to.{role}" for role in (*actors.ROLES, "owner")} <= PARTS.keys()
        assert {f"command.{name}" for name in commands.NAMES.values()} <= PARTS.keys()
        days = [words.instant(NINE + timedelta(days=day))[:3] for day in range(7)]
        assert len(set(days)) == 7
        assert (date(2026, 11, 23).weekday(), days[0]) == (0, {"en": "Mon", "es": "lun", "pt": "seg"}[language])


class TestTimelines:
    @pytest.mark.parametrize(
        ("language", "refused"),
        [
            ("en", "customer bruno: move was refused"),
            ("es", "cliente bruno: se rechazó «cambiar de estado»"),
            ("pt", "cliente bruno: o comando “mudar de estado” foi recusado"),
        ],
    )
    def test_a_refused_command_is_told_in_every_language(self, language: str, refused: str) -> None:
        move = commands.Move("close", at=NINE, by=CUSTOMER)
        decision = handle(None, move, SENIOR)
        assert isinstance(decision, Refused)
        lines = list(timeline(Simulation(None, (Refusal(move, decision),)), SENIOR, language=language))
        assert refused in lines[0]
        assert str(decision.reasons[0]) in lines[0], "the details are in English"
        never = {"en": "it was never opened", "es": "nunca se abrió", "pt": "nunca foi aberto"}
        assert lines[-1] == f"  {never[language]}"

    def test_a_ticket_is_told_like_the_simulation_that_it_comes_from(self) -> None:
        given = (
            commands.Open("T-1", {"nature": "incident"}, Message("m1"), at=NINE, by=CUSTOMER),
            commands.Move("ask_for_information", Message("m2"), at=TEN, by=ANA),
        )
        life = simulate(given, SENIOR, until=TEN)
        assert life.ticket is not None
        told = list(timeline(life.ticket, SENIOR, language="pt"))
        assert told == list(timeline(life, SENIOR, language="pt"))
        assert told[
            -1
        ] == "  até aqui: Esperando respuesta del cliente; o próximo passo é em qua 2026-11-25 10:00:00 -0300".replace(
            "Esperando respuesta del cliente", "waiting for customer"
        )

    @pytest.mark.parametrize(("name", "given"), [("ticket", "T-1"), ("rules", None), ("zone", "UTC")])
    def test_other_types_are_refused(self, name: str, given: object) -> None:
        arguments = {"ticket": Simulation(None), "rules": SENIOR, "zone": None} | {name: given}
        with pytest.raises(BadValueError, match=f"^{name} is {given!r}; give "):
            timeline(**arguments)  # type: ignore[arg-type]

    @pytest.mark.parametrize("option", ["language", "fallback"])
    def test_a_malformed_tag_is_refused(self, option: str) -> None:
        with pytest.raises(BadValueError, match=r"^language 'en_US'; give a BCP 47 tag"):
            timeline(Simulation(None), SENIOR, **{option: "en_US"})  # type: ignore[arg-type]
        with pytest.raises(BadValueError, match=r"^language 'en_US'; give a BCP 47 tag"):
            mermaid(SENIOR.workflow, **{option: "en_US"})  # type: ignore[arg-type]

    def test_an_unknown_language_falls_back(self) -> None:
        assert list(timeline(Simulation(None), SENIOR, language="tlh")) == ["  it was never opened"]
        assert list(timeline(Simulation(None), SENIOR, language="tlh", fallback="pt-PT")) == ["  nunca foi aberto"]
        assert Wording(SENIOR, language="tlh").state("closed") == "closed"
        assert Wording(SENIOR, language="tlh", fallback="es").state("closed") == "Cerrado"

    def test_a_catalog_of_ones_own_is_used_from_end_to_end(self) -> None:
        opened = commands.Open("T-1", at=NINE, by=CUSTOMER)
        ticket = handle(None, opened, SENIOR).unwrap().ticket
        assert list(timeline(ticket, SENIOR, language="it-CH", fallback="es", catalogs=[ITALIAN])) == [
            "  lun 2026-11-23 09:00:00 -0300  cliente bruno: aperto in Nuevo",
            "  hasta aquí: Nuevo; nada más ocurrirá por sí solo",
        ]

    def test_a_catalog_of_a_shipped_language_replaces_single_sentences(self) -> None:
        mine = Catalog("es", {"timeline.never_opened": "jamás se abrió"})
        assert list(timeline(Simulation(None), SENIOR, language="es", catalogs=[mine])) == ["  jamás se abrió"]
        words = Wording(SENIOR, language="es", catalogs=(mine,))
        assert words.span(BusinessDays(2)) == "2 días hábiles"

    def test_diagrams_take_catalogs_too(self) -> None:
        mine = Catalog("it", {"diagram.by_itself": "{transition} (da sé)"})
        for drawn in (mermaid, graphviz):
            picture = drawn(SENIOR.workflow, "it", fallback="es", catalogs=[mine])
            assert "close (da sé)" in picture
            assert "Cerrado" in picture


class TestOwnCatalogs:
    def test_forms_are_chosen_by_number_and_by_noun(self) -> None:
        words = Sentences("it", catalogs=(ITALIAN,))
        assert [words.say("unit.day", count=count) for count in (0, 1, 2)] == ["0 giorni", "1 giorno", "2 giorni"]
        fields = ("classificazione", "classificazioni", "fase di attesa", "stato")
        assert [words.say("event.field_held", field=field, after="x").split()[-3] for field in fields] == [
            "bloccata",
            "bloccate",
            "bloccata",
            "bloccato",
        ]

    def test_the_last_form_stands_for_those_that_are_not_given(self) -> None:
        short = Catalog("es", {"event.field_set": "{field|o|a}"}, endings=catalog_es.ENDINGS)
        assert short.render("event.field_set", {"field": "etiquetas"}) == "a"

    def test_a_language_brings_its_own_plural(self) -> None:
        dual = Catalog("sl", {"unit.day": "{count} {count|dan|dneva|dni}"}, lambda count: min(count, 3) - 1)
        words = Wording(SENIOR, language="sl", catalogs=(dual,))
        assert [words.span(Elapsed(days=count)) for count in (1, 2, 5)] == ["1 dan", "2 dneva", "5 dni"]

    def test_parts_are_not_read_again(self) -> None:
        assert Sentences().say("event.declined", why="{why} {why|a|b}") == "declined: {why} {why|a|b}"

    def test_control_characters_in_parts_are_escaped(self) -> None:
        assert Sentences("es").say("event.declined", why="a\n\u202eb") == "rechazado: a\\n\\u202eb"

    @pytest.mark.parametrize(
        ("sentences", "message"),
        [
            ({"event.opend": "x"}, "did you mean 'event.opened'"),
            ({"event.rated": "{scroe}"}, "did you mean 'score'"),
            ({"event.rated": 5}, "sentence 'event.rated' is 5; give plain text in one line, at most 500 characters"),
            ({"event.rated": "a\nb"}, "give plain text in one line"),
            ({"event.rated": "x" * 501}, "give plain text in one line"),
            (None, "sentences None; give a mapping of keys to sentences"),
        ],
    )
    def test_wrong_sentences_are_refused(self, sentences: dict[str, str], message: str) -> None:
        with pytest.raises(BadValueError, match=re.escape(message)):
            Catalog("it", sentences)

    @pytest.mark.parametrize(
        ("grammar", "message"),
        [
            ({"nouns": ["a"]}, "give a mapping of nouns"),
            ({"nouns": {"a": -1}}, "give a mapping of nouns"),
            ({"nouns": {"a": True}}, "give a mapping of nouns"),
            ({"endings": (("a", "b"),)}, "give pairs of an ending"),
            ({"endings": 5}, "give pairs of an ending"),
            ({"endings": "abc"}, "give pairs of an ending"),
        ],
    )
    def test_wrong_grammar_is_refused(self, grammar: dict[str, object], message: str) -> None:
        with pytest.raises(BadValueError, match=message):
            Catalog("it", {}, **grammar)  # type: ignore[arg-type]

    def test_a_malformed_tag_is_refused(self) -> None:
        with pytest.raises(BadValueError, match=r"^language 'it_IT'; give a BCP 47 tag"):
            Catalog("it_IT", {})

    @pytest.mark.parametrize("catalogs", [ITALIAN, ["it"], 5])
    def test_other_things_than_catalogs_are_refused(self, catalogs: object) -> None:
        with pytest.raises(BadValueError, match="give a tuple of Catalogs"):
            Wording(SENIOR, catalogs=catalogs)  # type: ignore[arg-type]
