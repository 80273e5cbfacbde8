"""Catalogs: the sentences of a language, and the choice of the best catalog that has a sentence.

A sentence is a template. ``{state}`` is replaced by a part of that name. ``{count|day|days}`` is replaced by one of its
forms: for a number, the form that `Catalog.plural` chooses; for a text, the form of its noun in `Catalog.nouns` or
`Catalog.endings`, so that an adjective agrees with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import attrs

from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, Language, best_text, check_language, fallbacks
from ticketflow.kernel.names import is_readable, is_text, readable
from ticketflow.text import catalog_en, catalog_es, catalog_pt

_PART = re.compile(r"\{(\w+)((?:\|[^{}|]*)*)\}")
_LONGEST_SENTENCE = 500
_SHIPPED = (catalog_en.SENTENCES, catalog_es.SENTENCES, catalog_pt.SENTENCES)
PARTS: Mapping[str, frozenset[str]] = {
    key: frozenset(part for sentences in _SHIPPED for part, _ in _PART.findall(sentences[key]))
    for key in catalog_en.SENTENCES
}
"""The parts that each sentence can use, by its key."""


def one_or_more(count: int) -> int:
    """Return the number of the form for *count*: 0 for one, 1 for every other number.

    >>> one_or_more(1), one_or_more(0)
    (0, 1)
    """
    return 0 if count == 1 else 1


def _sentences(value: Mapping[str, str]) -> FrozenMap[str, str]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"sentences {value!r:.200}", "give a mapping of keys to sentences")
    for key, sentence in value.items():
        if key not in PARTS:
            problem = unknown_name("", "sentence", str(key), PARTS)
            raise BadValueError(problem.what, problem.fix)
        if not is_text(sentence) or len(sentence) > _LONGEST_SENTENCE or not is_readable(sentence):
            fix = f"give plain text in one line, at most {_LONGEST_SENTENCE} characters"
            raise BadValueError(f"sentence {key!r} is {sentence!a:.80}", fix)
        for part, _ in _PART.findall(sentence):
            if part not in PARTS[key]:
                problem = unknown_name("", f"part of sentence {key!r}", part, PARTS[key])
                raise BadValueError(problem.what, problem.fix)
    return FrozenMap(value)


def _forms(value: Mapping[str, int]) -> FrozenMap[str, int]:
    if not isinstance(value, Mapping) or not all(is_text(noun) and _is_form(form) for noun, form in value.items()):
        raise BadValueError(f"nouns {value!r:.200}", "give a mapping of nouns to the number of their form, from 0")
    return FrozenMap({noun.casefold(): form for noun, form in value.items()})


def _endings(value: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    try:
        pairs = tuple((ending, form) for ending, form in value)
    except (TypeError, ValueError):
        pairs = (("", -1),)
    if not all(is_text(ending) and _is_form(form) for ending, form in pairs):
        raise BadValueError(f"endings {value!r:.200}", "give pairs of an ending and the number of its form, from 0")
    return pairs


def _is_form(form: object) -> bool:
    return type(form) is int and form >= 0


@attrs.frozen
class Catalog:
    """The sentences of one language.

    Attributes:
        language: The language, as a BCP 47 tag.
        sentences: The sentences by key; `ticketflow.text.catalog_en` lists all keys. Missing ones fall back.
        plural: A function that returns the number of the form for a count, from 0.
        nouns: The form that adjectives take beside a noun, from 0; nouns in lower case.
        endings: The same by the ending of a noun; the first one that fits counts. A noun without a form has form 0.

    Raises:
        BadValueError: The language is not a well-formed tag, a key or a part of a sentence does not exist, or a
            sentence is not plain text.

    >>> catalog = Catalog("it", {"unit.day": "{count} {count|giorno|giorni}"})
    >>> catalog.render("unit.day", {"count": 2})
    '2 giorni'
    """

    language: Language = attrs.field(converter=check_language)
    sentences: FrozenMap[str, str] = attrs.field(converter=_sentences, repr=False)
    plural: Callable[[int], int] = attrs.field(default=one_or_more, repr=False)
    nouns: FrozenMap[str, int] = attrs.field(factory=FrozenMap, converter=_forms, repr=False)
    endings: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_endings, repr=False)

    def render(self, key: str, parts: Mapping[str, str | int]) -> str:
        """Return a sentence of this catalog with its parts filled in."""

        def filled(match: re.Match[str]) -> str:
            part, forms = parts[match[1]], match[2].split("|")[1:]
            return forms[min(self.form(part), len(forms) - 1)] if forms else str(part)

        return _PART.sub(filled, self.sentences[key])

    def form(self, part: str | int) -> int:
        """Return the number of the form for a number or a noun, from 0. The first word of a text is the noun."""
        if isinstance(part, int):
            return self.plural(part)
        noun = part.casefold().partition(" ")[0]
        by_ending = (form for ending, form in self.endings if noun.endswith(ending))
        return self.nouns[noun] if noun in self.nouns else next(by_ending, 0)


SHIPPED: Mapping[Language, Catalog] = {
    "en": Catalog("en", catalog_en.SENTENCES),
    "es": Catalog("es", catalog_es.SENTENCES, nouns=catalog_es.NOUNS, endings=catalog_es.ENDINGS),
    "pt": Catalog("pt", catalog_pt.SENTENCES, nouns=catalog_pt.NOUNS, endings=catalog_pt.ENDINGS),
}
"""The catalogs of the package, by language."""


def has_catalog(language: Language) -> bool:
    """Return True if the package has sentences in a language, or in a shorter form of its tag.

    Raises:
        BadValueError: *language* is not a well-formed tag.

    >>> has_catalog("pt-BR"), has_catalog("it")
    (True, False)
    """
    return check_language(language).partition("-")[0] in SHIPPED


def freeze_catalogs(value: Iterable[Catalog]) -> tuple[Catalog, ...]:
    """Return catalogs as a tuple.

    Raises:
        BadValueError: *value* is not an iterable of catalogs.
    """
    given = tuple(value) if isinstance(value, Iterable) else (None,)
    if not all(isinstance(each, Catalog) for each in given):
        raise BadValueError(f"catalogs {value!r:.200}", "give a tuple of Catalogs")
    return given


@attrs.frozen
class Sentences:
    """The sentences and labels of one language, with what they fall back to.

    A sentence or label is looked for in the language, in the shorter forms of its tag, in the fallback, and in English.

    Attributes:
        language: The language, as a BCP 47 tag.
        fallback: The language to take before English.
        catalogs: The caller's own catalogs; in their languages, they come before those of the package.

    Raises:
        BadValueError: A language is not a well-formed tag, or *catalogs* has something else than catalogs.

    >>> Sentences("pt-BR").say("event.rated", score=5)
    'avaliado com 5'
    """

    language: Language = attrs.field(default="en", converter=check_language)
    fallback: Language | None = attrs.field(default=None, converter=attrs.converters.optional(check_language))
    catalogs: tuple[Catalog, ...] = attrs.field(default=(), converter=freeze_catalogs)
    _chain: tuple[Catalog, ...] = attrs.field(init=False, repr=False, eq=False)

    @_chain.default
    def _found(self) -> tuple[Catalog, ...]:
        languages = fallbacks(self.language, self.fallback)
        known = (*self.catalogs, *SHIPPED.values())
        return tuple(each for language in languages for each in known if each.language == language)

    def say(self, key: str, **parts: str | int) -> str:
        """Return a sentence with its parts filled in; control characters in them are escaped."""
        catalog = next(each for each in self._chain if key in each.sentences)
        return readable(catalog.render(key, parts))

    def say_or(self, key: str, otherwise: str) -> str:
        """Return a sentence without parts, or *otherwise* if no catalog can have it."""
        return self.say(key) if key in PARTS else readable(otherwise)

    def label(self, labels: Labels, name: str) -> str:
        """Return the label of something, or its name if it has no label in any of the languages."""
        return best_text(labels, self.language, self.fallback) or name
