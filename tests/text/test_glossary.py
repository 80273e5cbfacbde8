"""The glossary says what the catalogs say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ticketflow.text import catalog_en, catalog_es, catalog_pt

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "glossary.md").read_text(encoding="utf-8")
WORDS, OTHERS = PAGE.split("\n## Other terms\n")
ROW = re.compile(r"^\| (?!English|---)([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
CATALOGS = tuple(catalog.SENTENCES for catalog in (catalog_en, catalog_es, catalog_pt))


def words(sentence: str) -> str:
    """Return a sentence without its placeholders, but with the forms of its words."""
    return re.sub(r"\{\w+(?=\||\})|\}", " ", sentence).replace("|", " ").lower()


def sentences_with(english: str, spanish: str, portuguese: str) -> list[str]:
    """Return the keys whose sentences have the terms. The English term can stand in the key instead."""
    found = []
    for key, (in_english, in_spanish, in_portuguese) in (
        (key, tuple(words(catalog[key]) for catalog in CATALOGS)) for key in CATALOGS[0]
    ):
        is_named = english in in_english or english in re.sub(r"[._]", " ", key)
        if is_named and spanish in in_spanish and portuguese in in_portuguese:
            found.append(key)
    return found


def test_both_tables_have_rows() -> None:
    assert len(ROW.findall(WORDS)) > 40
    assert len(ROW.findall(OTHERS)) > 20
    assert len(ROW.findall(PAGE)) == PAGE.count("\n| ") - 2 * PAGE.count("\n| English |")


@pytest.mark.parametrize(("english", "spanish", "portuguese", "meaning"), ROW.findall(WORDS))
def test_the_words_of_the_catalogs_are_those_of_one_sentence(
    english: str, spanish: str, portuguese: str, meaning: str
) -> None:
    assert meaning.endswith(".")
    assert sentences_with(english, spanish, portuguese)


@pytest.mark.parametrize("english", [row[0] for row in ROW.findall(OTHERS)])
def test_the_other_terms_stand_in_no_sentence(english: str) -> None:
    for key, sentence in CATALOGS[0].items():
        assert not re.search(rf"\b{english}\b", words(sentence)), key


def test_terms_of_the_semantics_mean_the_same_in_both_glossaries() -> None:
    contract = (DOCS / "semantics.md").read_text(encoding="utf-8").split("\n## Glossary\n")[1].split("\n## ")[0]
    meanings = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", contract, re.MULTILINE))
    here = {english: meaning for english, _, _, meaning in ROW.findall(PAGE)}
    shared = meanings.keys() & here.keys() - {"term", "---"}
    assert len(shared) > 20
    assert {term: here[term] for term in shared} == {term: meanings[term] for term in shared}
