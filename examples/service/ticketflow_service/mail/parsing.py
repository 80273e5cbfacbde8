"""Read a mail that anybody may have written. What cannot be read is left out; nothing is believed.

The parser of the standard library is used with its old policy, because the newer one raises errors on broken headers.
"""

from __future__ import annotations

import codecs
import re
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from hashlib import blake2b
from html.parser import HTMLParser

import attrs

from ticketflow.errors import BadValueError

MOST_BYTES = 10 * 2**20
"""The greatest size of a mail."""

MOST_LINES, MOST_PARTS, MOST_NESTED = 300_000, 5_000, 50
"""A mail with more lines, parts, or multiparts and mails in it takes the parser too long."""

MOST_PARAMETERS = 100_000
"""The number of bytes in the headers of all parts that have parameters. The parser takes quadratic time for them."""

LONGEST_HEADER = 10_000
"""The number of characters of a header that are read."""

LONGEST_TEXT = 100_000
MOST_NAMED = 50
"""The number of attachments and references that are read."""

_PARAMETERS = re.compile(rb"^content-(?:type|disposition):[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_CONTAINER = re.compile(rb"^content-type:\s*(multipart|message)/", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_LONGEST_ID = 256
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,256})>")
_SLOW = {"idna", "punycode"}
"""Encodings whose decoders take quadratic time; no mail has them."""


@attrs.frozen
class ReadMail:
    """What a mail says of itself.

    Attributes:
        sender: The address in ``From``, in lower case.
        subject: The subject, in one line.
        text: The text, and the names of the attachments.
        references: The ids of the messages that it answers, the nearest first.
        automatic: Whether a machine sent it.
    """

    sender: str
    subject: str
    text: str
    references: tuple[str, ...]
    automatic: bool


def name_of(raw: bytes) -> tuple[str, str]:
    """Return the id of a mail and a digest of what its sender wrote.

    The id is that of ``Message-ID``. A mail without a usable one is named by its digest.
    """
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers = message_from_bytes(head[: MOST_LINES * 10], policy=policy.compat32)
    written = "\n".join(str(headers.get(each)) for each in ("From", "Date", "Message-ID", "Subject"))
    digest = blake2b(written.encode(errors="replace") + body, digest_size=16).hexdigest()
    found = _MESSAGE_ID.fullmatch(str(headers.get("Message-ID", "")).strip())
    return found[1] if found else digest, digest


def read_mail(raw: bytes, envelope_from: str | None) -> ReadMail:
    """Read a mail.

    Args:
        raw: The mail.
        envelope_from: The sender that SMTP names; None if it is not known, and empty for a bounce.

    Raises:
        BadValueError: It has no sender, or too many lines or parts.
    """
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # the parser takes all three as the end of a line
    if (
        raw.count(b"\n") > MOST_LINES
        or raw.count(b"\n--") > MOST_PARTS
        or len(_CONTAINER.findall(raw)) > MOST_NESTED
        or sum(map(len, _PARAMETERS.findall(raw))) > MOST_PARAMETERS
    ):
        raise BadValueError("the mail has too many lines or parts", "read it by hand")
    mail = message_from_bytes(raw, policy=policy.compat32)
    sender = parseaddr(str(mail.get("From", ""))[:LONGEST_HEADER])[1].lower()
    if not _ADDRESS.fullmatch(sender) or len(sender) > _LONGEST_ID:
        raise BadValueError(f"the mail has no usable sender: {sender!a:.100}", "read it by hand")
    answered = [_header(mail, "References"), _header(mail, "In-Reply-To")]
    if mail.get_content_type() == "multipart/report":  # a bounce has the mail that it returns as a part
        answered += [_header(part, "Message-ID") for part in mail.walk() if part is not mail]
    references = _MESSAGE_ID.findall(" ".join(answered))
    return ReadMail(
        sender,
        _line(_header(mail, "Subject"))[:500],
        _text(mail),
        tuple(dict.fromkeys(reversed(references)))[:MOST_NAMED],
        _is_automatic(mail) or (envelope_from is not None and envelope_from in ("", "<>")),
    )


def _is_automatic(mail: Message) -> bool:
    """Return whether a machine sent a mail: RFC 3834, and the signs that older machines give."""
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = _header(mail, "Precedence").strip().lower()
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or mail.get_content_type() == "multipart/report"
        or _header(mail, "Return-Path").strip() == "<>"
        or any(each in mail for each in ("List-Id", "X-Autoreply", "X-Autorespond"))
    )


def _header(mail: Message, name: str) -> str:
    """Return the text of a header; empty if it is missing."""
    value = str(mail.get(name, ""))[-LONGEST_HEADER:]  # of References, the last are the nearest
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):  # a broken encoding, or one that does not exist
        return value


def _line(text: str) -> str:
    """Return a text in one line, without characters that are not displayed."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _text(mail: Message) -> str:
    """Return the first plain text, or else the first text in HTML without its tags, and the names of attachments."""
    texts, names = {"text/plain": "", "text/html": ""}, []
    for part in mail.walk():
        name, kind = _file_name(part), part.get_content_type()
        if part.is_multipart():
            continue
        if name or part.get_content_disposition() == "attachment":
            names.append(f"[attachment: {name or 'without a name'}, {kind}]")
        elif not texts.get(kind, "other"):
            texts[kind] = _decoded(part)
    text = texts["text/plain"] or _without_tags(texts["text/html"])
    return "\n".join((text[:LONGEST_TEXT].strip(), *names[:MOST_NAMED]))


def _file_name(part: Message) -> str:
    try:
        return _line(part.get_filename(""))[:200]
    except (LookupError, ValueError):
        return "unreadable name"


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content, charset = payload if isinstance(payload, bytes) else b"", part.get_content_charset("utf-8")
    try:
        known = codecs.lookup(charset).name
        text = content.decode("latin-1" if known in _SLOW else known, "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode()  # some encodings have halves of characters


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts, self._silent = list[str](), 0

    def handle_starttag(self, tag: str, _: object) -> None:
        self._silent += tag in ("script", "style")
        self.texts += ["\n"] if tag in ("br", "div", "li", "p", "tr") else []

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        self.texts += [] if self._silent else [data]


def _without_tags(html: str) -> str:
    stripper = _Stripper()
    stripper.feed(html[:LONGEST_TEXT])
    return re.sub(r"\s*\n\s*", "\n", "".join(stripper.texts))
