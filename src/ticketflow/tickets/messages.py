"""Messages, as a ticket keeps them, and the texts of templates and hints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

import attrs

from ticketflow.kernel.field_values import Value, freeze_fields
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, Language, best_text, freeze_labels, freeze_paragraphs
from ticketflow.kernel.names import check_id, check_name, readable
from ticketflow.kernel.type_checks import refuse_wrong_types

_LONGEST_MESSAGE_ID = 256  # mails have long ones, and those of notes are made of the ticket's


def _message_id(value: str) -> str:
    return check_id(value, "message id", _LONGEST_MESSAGE_ID)


@attrs.frozen
class Message:
    """What a ticket keeps of a message: its id and facts, never its body.

    Attributes:
        id: The message, in whatever store holds it; ASCII.
        public: Whether the customer can see it; an internal note is not public.
        automatic: Whether a machine sent it (an auto-submitted mail); such a message is nobody's activity.
        resolves: Whether it is offered as the resolution: the mail or note that says how the ticket was solved.
    """

    id: str = attrs.field(converter=_message_id)
    public: bool = True
    automatic: bool = False
    resolves: bool = False

    __attrs_post_init__ = refuse_wrong_types

    @property
    def facts(self) -> Message:
        """What a ticket keeps of it."""
        return self


@attrs.frozen
class Mail(Message):
    """A message on its way in, with what it says, so that fields of a draft can be filled from it.

    Attributes:
        subject: Its subject line, if it has one.
        text: Its body, as plain text.
    """

    subject: str | None = None
    text: str | None = None

    @property
    def facts(self) -> Message:
        """What a ticket keeps of it: neither subject nor text."""
        return Message(self.id, self.public, self.automatic, self.resolves)


def _hint_name(value: str) -> str:
    return check_name(value, "hint")


@attrs.frozen
class Hint:
    """Something a screen may tell its user beside the outcome: data, never a reason to do otherwise.

    Attributes:
        name: What preferences call it, to leave it out.
        texts: What it says, by language; ``{at}`` and the like stand for *data*.
        data: What it is about.
    """

    name: str = attrs.field(converter=_hint_name)
    texts: Labels = attrs.field(converter=freeze_labels)
    data: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)

    __attrs_post_init__ = refuse_wrong_types

    def text(self, language: Language, zone: tzinfo = UTC, *, fallback: Language | None = None) -> str:
        """Return what it says in *language*, else in *fallback*, else in English.

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
    """Return *text* with what *data* says for each ``{name}``; other braces stay, for no text is a program.

    What is put in is not read again. What would make it longer than a million characters is not put in.
    """
    room = _LONGEST_FILLED

    def put_in(match: re.Match[str]) -> str:
        nonlocal room
        shown = _spoken(data[match[1]], zone) if match[1] in data and room > 0 else match[0]
        room -= len(shown)
        return shown if room > 0 else ""

    return _BRACES.sub(put_in, text)


def _spoken(value: Value, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        try:
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M %z}"
        except OverflowError:  # no wall there reads such a year
            return f"{value:%Y-%m-%d %H:%M %z}"
    return "\n".join(map(readable, str(value).split("\n")))


def _template_name(value: str) -> str:
    return check_name(value, "template")


@attrs.frozen
class Template:
    """The ready-made text of a message that rules ask for; whoever sends it may use another.

    Attributes:
        name: What the rules call it.
        texts: What it says, by language; ``{ticket}`` and the like stand for what the sender knows.
        labels: What people call it, by language.
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
        """Return what it says in *language*, else in *fallback*, else in English.

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
