"""Frozen rule sets: the dates of public holidays stand in the document, and no release of their source changes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import attrs
import pytest

from tests.support.desk import utc
from tests.support.small_rule_set import WEEKDAYS
from ticketflow import BusinessCalendar, FixedIntervals, PublicHolidays, Rules, diff, documents, freeze, public_holidays
from ticketflow.calendars import country_holidays
from ticketflow.calendars.business import HolidaySource
from ticketflow.calendars.combined import CombinedCalendar, union
from ticketflow.errors import BadValueError, DocumentError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.adereso import adereso
from ticketflow.presets.servicenow import servicenow

CHILE = BusinessCalendar("America/Santiago", "mon-fri 09:00-18:00", public_holidays=public_holidays("CL"))
RULES = adereso(CHILE)
LOADED = country_holidays._load  # noqa: SLF001 -- the door to the package


@contextmanager
def another_release(monkeypatch: pytest.MonkeyPatch, **changes: object) -> Iterator[None]:
    """Have a release of the package in which all names are others, and some attributes too."""

    def load(source: HolidaySource) -> PublicHolidays:
        found = LOADED(source)
        names = FrozenMap({day: f"{name}, newly" for day, name in found.names.items()})
        given: dict[str, Any] = {"names": names, **changes}
        return attrs.evolve(found, **given).from_source(source)

    with monkeypatch.context() as patched:
        patched.setattr(country_holidays, "_load", load)
        yield


def test_a_document_names_the_country_and_a_frozen_one_the_dates() -> None:
    named, listed = (documents.write_toml(RULES, frozen=frozen) for frozen in (False, True))
    assert 'public_holidays = { country = "CL" }\n' in named
    assert "2026-12-25" not in named
    assert '2026-12-25 = "Christmas Day"' in listed
    assert documents.read("rules", listed, written="toml") == freeze(RULES)
    assert documents.write(RULES, frozen=True) == documents.write(freeze(RULES))


def test_a_frozen_document_means_the_same_under_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The release has another holiday: whoever did not freeze has it, whoever did does not."""
    text, named = documents.write(RULES, frozen=True), documents.write(RULES)
    more = FrozenMap({**CHILE.public_holidays.names, date(2026, 11, 23): "a new one"})  # type: ignore[union-attr]
    with another_release(monkeypatch, names=more):
        frozen, other = documents.read("rules", text), documents.read("rules", named)
        assert documents.write(frozen) == text
        assert documents.write(other) == named
        assert frozen.digest == RULES.digest != other.digest
        assert frozen.calendars["default"].is_open(utc(2026, 11, 23, 15))
        assert not other.calendars["default"].is_open(utc(2026, 11, 23, 15))


def test_names_are_no_part_of_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_release(monkeypatch):
        other = adereso(attrs.evolve(CHILE, public_holidays=public_holidays("CL")))
    assert other != RULES
    assert other.digest == RULES.digest
    assert {each.changes_meaning for each in diff(RULES, other)} == {False}


def test_a_name_counts_where_it_excludes() -> None:
    """The digest has what is left, so two ways to say it have one."""
    days = {date(2026, 12, 8): "a", date(2026, 12, 25): "b"}
    office = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays=days)
    by_name = attrs.evolve(office, excluded_holidays=["a"])
    rest = attrs.evolve(office, holidays={date(2026, 12, 25): "any"})
    digests = [Rules("x", WORKFLOW, calendar).digest for calendar in (office, by_name, rest)]
    assert digests[0] != digests[1] == digests[2]


WORKFLOW = servicenow().workflow


def test_freezing_changes_no_digest_and_is_done_once() -> None:
    frozen = freeze(RULES)
    assert frozen.digest == RULES.digest
    assert frozen != RULES
    assert freeze(frozen) == frozen
    assert diff(RULES, frozen) == ()
    assert documents.digest(frozen) != documents.digest(RULES)


def test_parts_of_combined_calendars_are_frozen_once() -> None:
    night, fixed = attrs.evolve(CHILE, week="mon-sun 22:00-06:00"), FixedIntervals([(utc(2026, 1, 1), utc(2026, 1, 2))])
    rules = Rules("x", WORKFLOW, {"default": union(CHILE, night, CHILE, fixed), "plain": WEEKDAYS})
    frozen = freeze(rules).calendars
    assert frozen["plain"] is WEEKDAYS
    text = documents.write(freeze(rules))
    assert '"country":"CL"' in text
    assert '"public_holidays":{"country":"CL"}' not in text
    assert isinstance(frozen["default"], CombinedCalendar)
    assert frozen["default"].right is fixed


def test_holidays_of_dates_of_ones_own_are_written_whole() -> None:
    """Even if they are those that the library knows: they were not asked of it."""
    known = public_holidays("CL")
    own = PublicHolidays("CL", known.names, known.first_year, known.last_year)
    assert own != known
    assert own == known.frozen()
    changed = attrs.evolve(known, last_year=2030)
    assert documents.read("rules", documents.write(adereso(attrs.evolve(CHILE, public_holidays=changed)))).calendars[
        "default"
    ] == attrs.evolve(CHILE, public_holidays=changed)


def test_holidays_of_an_older_release_are_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """They came with a copy of the rules, for example by pickle, and their country means others now."""
    with another_release(monkeypatch, last_year=2050):
        assert '"last_year":2100' in documents.write(RULES)


def test_only_rule_sets_are_frozen() -> None:
    with pytest.raises(BadValueError, match="rules"):
        documents.write(utc(2026, 1, 1), frozen=True)
    with pytest.raises(BadValueError, match="rules"):
        freeze("x")  # type: ignore[arg-type]


class TestCategories:
    def test_a_category_adds_its_holidays(self) -> None:
        """15 August is a holiday in Bavaria where most people are Catholics."""
        catholic = public_holidays("DE", "BY", categories=["catholic", "public"], language="de")
        assert catholic.names[date(2026, 8, 15)] == "Mariä Himmelfahrt"
        assert catholic.names[date(2026, 12, 25)] == "Erster Weihnachtstag"
        assert date(2026, 8, 15) not in public_holidays("DE", "BY").names
        assert catholic.source == HolidaySource("DE", "BY", ("catholic", "public"), "de")

    def test_the_default_is_public_holidays_in_english(self) -> None:
        assert public_holidays("DE", categories=("public",)) == public_holidays("DE")
        assert public_holidays("DE").names[date(2026, 12, 25)] == "Christmas Day"
        assert public_holidays("NZ").source == HolidaySource("NZ")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"categories": ["catolic"]}, "public holidays of DE: no category 'catolic'; did you mean 'catholic'?"),
            ({"categories": "public"}, "categories 'public' are not a tuple of texts"),
            ({"language": "fr"}, "public holidays of DE: no language 'fr'; there are: de, en_US, th, uk"),
            ({"language": 5}, "no language '5'"),
        ],
    )
    def test_unknown_ones_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(BadValueError) as caught:
            public_holidays("DE", **options)
        assert message in str(caught.value) or message.replace("public holidays of DE: ", "") in str(caught.value)

    def test_documents_name_them(self) -> None:
        calendar = attrs.evolve(
            CHILE, public_holidays=public_holidays("DE", "BY", categories=["catholic"], language="de")
        )
        text = documents.write(adereso(calendar))
        source = '{"categories":["catholic"],"country":"DE","language":"de","subdivision":"BY"}'
        assert f'"public_holidays":{source}' in text
        assert documents.read("rules", text).calendars["default"] == calendar
        for wrong, told in (('"catholic"', '"x"'), ('"de"', '"fr"'), ('["catholic"]', "5"), ('["catholic"]', "[5]")):
            with pytest.raises(DocumentError):
                documents.read("rules", text.replace(wrong, told))
