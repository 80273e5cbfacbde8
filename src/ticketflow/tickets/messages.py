"""Messages of tickets, and the texts of templates and hints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

import attrs

from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.field_values import Value, freeze_fields
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, Language, best_text, freeze_labels, freeze_paragraphs
from ticketflow.kernel.names import check_id, check_name, readable
from ticketflow.kernel.type_checks import refuse_wrong_types


def _message_id(value: str) -> str:
    return check_id(value, "message id")


@fast_init
@attrs.frozen
class Message:
    """A message or internal note. A ticket keeps its id and properties, never its body.

    Attributes:
        id: The message's id in the store that holds it; ASCII.
        public: Whether the customer can see it; an internal note is not public.
        automatic: Whether a machine sent it, as an auto-submitted mail. It does not count as activity of a person.
        resolves: Whether it is offered as the resolution: the mail or note that says how the ticket was solved.
    """

    id: str = attrs.field(converter=_message_id)
    public: bool = True
    automatic: bool = False
    resolves: bool = False

    __attrs_post_init__ = refuse_wrong_types

    @property
    def facts(self) -> Message:
        """The message as a ticket keeps it."""
        return self


@fast_init
@attrs.frozen
class Mail(Message):
    """A message with its content. A command can fill fields from it.

    Attributes:
        subject: The subject line; None if it has none.
        text: The body as plain text; None if it has none.
    """

    subject: str | None = None
    text: str | None = None

    @property
    def facts(self) -> Message:
        """The message as a ticket keeps it, without subject and text."""
        return Message(self.id, self.public, self.automatic, self.resolves)


def _hint_name(value: str) -> str:
    return check_name(value, "hint")


@attrs.frozen
class Hint:
    """A hint that a screen can show beside a decision. It does not affect the decision.

    Attributes:
        name: The hint's name, by which a command can leave it out.
        texts: The text in each language; ``{at}`` and the like are replaced by *data*.
        data: The values for the text.
    """

    name: str = attrs.field(converter=_hint_name)
    texts: Labels = attrs.field(converter=freeze_labels)
    data: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)

    __attrs_post_init__ = refuse_wrong_types

    def text(self, language: Language, zone: tzinfo = UTC, *, fallback: Language | None = None) -> str:
        """Return the text in *language*, else in *fallback*, else in English.

        Args:
            language: The reader's language, as a BCP 47 tag; ``pt`` serves for ``pt-BR``.
            zone: The reader's time zone; instants are shown in its local time.
            fallback: The language to take before English.

        Raises:
            BadValueError: *language* or *fallback* is not a well-formed tag.

        >>> Hint("opened", {"en": "opened as {reference}"}, {"reference": "T-1"}).text("es")
        'opened as T-1'
        """
        return _filled(best_text(self.texts, language, fallback) or self.name, self.data, zone)


_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST_FILLED = 1_000_000


def _filled(text: str, data: Mapping[str, Value], zone: tzinfo) -> str:
    """Return *text* with each ``{name}`` replaced by its value in *data*; other braces stay.

    Values are not scanned for braces. A value that would make the text longer than a million characters is left out.
    """
    room = _LONGEST_FILLED

    def replacement(match: re.Match[str]) -> str:
        nonlocal room
        shown = _as_text(data[match[1]], zone) if match[1] in data and room > 0 else match[0]
        room -= len(shown)
        return shown if room > 0 else ""

    return _BRACES.sub(replacement, text)


def _as_text(value: Value, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        try:
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M %z}"
        except OverflowError:  # the local year is beyond 1 to 9999
            return f"{value:%Y-%m-%d %H:%M %z}"
    return "\n".join(map(readable, str(value).split("\n")))


def _template_name(value: str) -> str:
    return check_name(value, "template")


@attrs.frozen
class Template:
    """A ready-made text for messages that rules request. The sender may use another text.

    Attributes:
        name: The template's name in rules.
        texts: The text in each language; ``{ticket}`` and the like are replaced by the sender's data.
        labels: The template's label in each language.
    """

    name: str = attrs.field(converter=_template_name)
    texts: Labels = attrs.field(converter=freeze_paragraphs)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types

    def text(
        self,
        language: Language,
        data: Mapping[str, Value] | None = None,
        zone: tzinfo = UTC,
        *,
        fallback: Language | None = None,
    ) -> str:
        """Return the text in *language*, else in *fallback*, else in English.

        Args:
            language: The reader's language, as a BCP 47 tag; ``pt`` serves for ``pt-BR``.
            data: The value of each ``{name}``; names without a value are left as they are.
            zone: The reader's time zone; instants are shown in its local time.
            fallback: The language to take before English.

        Raises:
            BadValueError: *language* or *fallback* is not a well-formed tag.

        Source: row F4.

        >>> Template("closing", {"en": "{ticket} closes on {at}."}).text("es", {"ticket": "T-1"})
        'T-1 closes on {at}.'
        """
        return _filled(best_text(self.texts, language, fallback) or self.name, data or {}, zone)
