"""Language tags and texts by language."""

from __future__ import annotations

import pytest

from ticketflow.errors import BadValueError
from ticketflow.kernel.labels import best_text, check_language, fallbacks, freeze_labels, freeze_paragraphs


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("en", "en"),
        ("ES", "es"),
        ("pt-br", "pt-BR"),
        ("PT-BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("SL-ROZAJ-BISKE", "sl-rozaj-biske"),
        ("de-ch-1996", "de-CH-1996"),
        ("zh-YUE-HK", "zh-yue-HK"),
        ("en-US-U-CA-BUDDHIST", "en-US-u-ca-buddhist"),
        ("en-X-AB-Shop", "en-x-ab-shop"),
        ("hsb", "hsb"),
    ],
)
def test_a_tag_is_kept_in_its_canonical_case(tag: str, canonical: str) -> None:
    assert check_language(tag) == canonical
    assert check_language(canonical) == canonical


@pytest.mark.parametrize(
    "value",
    [
        *("", "e", "en_US", "en-", "-en", "en--US", "en US", "en\n", "123", "en-u", "en-x", "ñe", "\u0435n"),
        *("en-USAA-US-DE", "pt-BR-PT", "a" * 9, "en-abcde-" + "x" * 30, None, 5, b"en", ("en",)),
    ],
)
def test_a_malformed_tag_is_refused(value: str) -> None:
    with pytest.raises(BadValueError, match=r"^language .*; give a BCP 47 tag, such as 'en', 'es' or 'pt-BR'$"):
        check_language(value)
    for texts in ({value: "x"}, {"en": "x", value: "y"}) if isinstance(value, str) else ():
        with pytest.raises(BadValueError, match="give a BCP 47 tag"):
            freeze_labels(texts)


def test_a_tag_has_at_most_35_characters() -> None:
    longest = "en-" + "-".join(["abcdefgh"] * 3) + "-abcd5"
    assert (len(longest), check_language(longest)) == (35, longest)
    with pytest.raises(BadValueError):
        check_language(longest + "6")


@pytest.mark.parametrize(
    ("language", "fallback", "chain"),
    [
        ("en", None, ("en",)),
        ("en-GB", None, ("en-GB", "en")),
        ("it", None, ("it", "en")),
        ("pt-br", None, ("pt-BR", "pt", "en")),
        ("pt-BR", "es-CL", ("pt-BR", "pt", "es-CL", "es", "en")),
        ("es-CL", "es", ("es-CL", "es", "en")),
        ("en", "es", ("en", "es")),
        ("zh-Hant-TW", "en", ("zh-Hant-TW", "zh-Hant", "zh", "en")),
        ("en-US-u-ca-buddhist", None, ("en-US-u-ca-buddhist", "en-US-u-ca", "en-US", "en")),
    ],
)
def test_what_is_missing_falls_back(language: str, fallback: str | None, chain: tuple[str, ...]) -> None:
    assert fallbacks(language, fallback) == chain


def test_the_best_text_is_the_first_that_exists() -> None:
    texts = freeze_labels({"en": "closed", "es": "cerrado", "pt": ""})
    assert best_text(texts, "es-CL") == "cerrado"
    assert best_text(texts, "pt-BR") == "closed", "an empty text counts as missing"
    assert best_text(texts, "pt-BR", "es") == "cerrado"
    assert best_text({"es": "cerrado"}, "de") is None


def test_texts_of_one_language_are_given_once() -> None:
    with pytest.raises(BadValueError, match=r"^language 'PT-br' occurs twice; give one text for 'pt-BR'$"):
        freeze_labels({"pt-BR": "fechado", "PT-br": "fechado"})
    assert dict(freeze_paragraphs({"pt-br": "a\nb"})) == {"pt-BR": "a\nb"}
