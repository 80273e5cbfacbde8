"""Texts by language: labels, templates and hints.

A language is a BCP 47 tag (RFC 5646) in its canonical case: ``es``, ``pt-BR``, ``zh-Hant-TW``. The library accepts
every well-formed tag; whether a registry knows its parts is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import is_readable, is_text

Language = str
"""A BCP 47 tag of a language, such as ``en`` or ``pt-BR``."""

ENGLISH: Language = "en"
"""The last language of every fallback chain."""

Labels = FrozenMap[Language, str]
"""Displayed names, by language."""

LONGEST_TAG = 35
"""The most characters of a language tag; RFC 5646, 4.4.1 asks implementations to accept this many."""

TAG_PATTERN = (
    r"([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
    r"(-[A-Za-z]{4})?"
    r"(-([A-Za-z]{2}|[0-9]{3}))?"
    r"(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(-[0-9A-WYZa-wyz](-[A-Za-z0-9]{2,8})+)*"
    r"(-[Xx](-[A-Za-z0-9]{1,8})+)?"
)
"""Language, script, region, variants, extensions and private use; the grandfathered tags of RFC 5646 are left out."""

_TAG = re.compile(TAG_PATTERN, re.ASCII)
_LONGEST_LABEL = 500
_LONGEST_TEMPLATE = 20_000


def check_language(value: Language) -> Language:
    """Return a language tag in its canonical case.

    Raises:
        BadValueError: *value* is not a well-formed BCP 47 tag of at most 35 ASCII characters.

    >>> check_language("PT-br"), check_language("zh-hant-tw")
    ('pt-BR', 'zh-Hant-TW')
    """
    if not is_text(value):
        raise _no_tag(value)
    return _canonical(value)


@lru_cache(maxsize=256)
def _canonical(value: str) -> str:
    if len(value) > LONGEST_TAG or not _TAG.fullmatch(value):
        raise _no_tag(value)
    first, *others = value.lower().split("-")
    subtags, is_plain = [first], True
    for subtag in others:
        is_plain = is_plain and len(subtag) > 1  # behind a single letter or digit, everything is in lower case
        cased = {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag)
        subtags.append(cased if is_plain else subtag)
    return "-".join(subtags)


def _no_tag(value: object) -> BadValueError:
    return BadValueError(f"language {value!a:.80}", "give a BCP 47 tag, such as 'en', 'es' or 'pt-BR'")


def fallbacks(language: Language, fallback: Language | None = None) -> tuple[Language, ...]:
    """Return the languages to look for, best first: the tag, its shorter forms, those of *fallback*, then English.

    Args:
        language: The wanted language.
        fallback: The language to take before English.

    Raises:
        BadValueError: One of them is not a well-formed tag.

    Source: RFC 4647, 3.4.

    >>> fallbacks("pt-BR", "es-CL")
    ('pt-BR', 'pt', 'es-CL', 'es', 'en')
    """
    wanted = (language,) if fallback is None else (language, fallback)
    chain = (tag for each in wanted for tag in _shortened(check_language(each)))
    return tuple(dict.fromkeys((*chain, ENGLISH)))


@lru_cache(maxsize=256)
def _shortened(tag: Language) -> tuple[Language, ...]:
    """Return a tag and its shorter forms, without those that end in a single letter or digit."""
    parts = tag.split("-")
    return tuple("-".join(parts[:end]) for end in range(len(parts), 0, -1) if len(parts[end - 1]) > 1)


def best_text(texts: Mapping[Language, str], language: Language, fallback: Language | None = None) -> str | None:
    """Return the text in the first of `fallbacks` that has one; None if no language has one.

    An empty text counts as missing.

    Raises:
        BadValueError: *language* or *fallback* is not a well-formed tag.

    >>> best_text({"pt": "Fechado", "en": "closed"}, "pt-BR")
    'Fechado'
    """
    found = (texts.get(each) for each in fallbacks(language, fallback))
    return next((text for text in found if text), None)


def freeze_labels(value: Mapping[Language, str]) -> Labels:
    """Return texts of one line each as a frozen map, with languages in their canonical case.

    Raises:
        BadValueError: *value* is not a mapping of language tags to plain texts of one line, or names a language twice.
    """
    return _frozen(value, _LONGEST_LABEL, "")


def freeze_paragraphs(value: Mapping[Language, str]) -> Labels:
    """Return texts, which may have several lines, as a frozen map, with languages in their canonical case.

    Raises:
        BadValueError: *value* is not a mapping of language tags to plain texts, or names a language twice.
    """
    return _frozen(value, _LONGEST_TEMPLATE, "\n\t")


def _frozen(value: Mapping[Language, str], longest: int, allowed: str) -> Labels:
    """Return *value* frozen; of the control characters, its texts may have only those in *allowed*."""
    if not isinstance(value, Mapping) or not all(is_text(text) for text in value.values()):
        raise BadValueError(f"texts {value!r:.200}", "give a mapping of languages to texts")
    dropped = dict.fromkeys(map(ord, allowed))
    texts: dict[Language, str] = {}
    for given, text in value.items():
        language = check_language(given)
        if language in texts:
            raise BadValueError(f"language {given!r} occurs twice", f"give one text for {language!r}")
        if len(text) > longest:
            what = f"the text in {language!r} has {len(text)} characters: {text!a:.80}"
            raise BadValueError(what, f"give at most {longest}")
        if not is_readable(text.translate(dropped)):
            what = "lines of plain text" if allowed else "plain text in one line"
            raise BadValueError(f"the text {text!a:.80}", f"give {what}, at most {longest} characters")
        texts[language] = text
    return FrozenMap(texts)
