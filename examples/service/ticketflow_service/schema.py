"""The tables. The migrations create them; a test compares both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An instant in UTC to the microsecond; on SQLite a text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the column."""
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 -- by dialect
        """Return what the database stores."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 -- by dialect
        """Return the instant."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


Name = Text().with_variant(Text(collation="C"), "postgresql")
"""An id or a name. PostgreSQL sorts it as Python does, whatever the language of the database."""

Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER column

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("ticket", Name, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("document", Text, nullable=False),
    comment="The histories. Rows are only added. The primary key is the optimistic lock.",
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Name, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Name, nullable=False),
    Column("category", Name, nullable=False),
    Column("requester", Name),
    Column("assignee", Name),
    Column("next_due", Instant),
    Column("unknown_from", Instant),
    Column("rules", Name, nullable=False),
    Column("active_at", Instant, nullable=False),
    Column("follows", Name),
    Column("digest", Name, nullable=False),
    Column("snapshot", Text, nullable=False),
    Index("tickets_by_next_due", "next_due", "id"),
    Index("tickets_by_rules", "rules", "id"),
    Index("tickets_by_requester", "requester", "active_at", "id"),
    Index("tickets_by_follows", "follows", "id"),
    comment="The facts of each ticket as it stands, to find it by, and its snapshot.",
)

rules = Table(
    "rules",
    metadata,
    Column("digest", Name, primary_key=True),
    Column("document", Text, nullable=False),
    Column("in_force", Integer),
    comment="Every rule set that was in force. The one with the greatest number is in force now.",
)

outbox = Table(
    "outbox",
    metadata,
    Column("position", Number, primary_key=True),
    Column("key", Name, nullable=False, unique=True),
    Column("ticket", Name, nullable=False, index=True),
    Column("sequence", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("withheld", Name),
    Column("sent_at", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("postponed_until", Instant),
    Column("error", Text),
    comment="Which events of entries are sent, each under the key by which its receiver knows it.",
)
Index(
    "outbox_to_send",
    outbox.c.position,
    sqlite_where=(waiting := outbox.c.sent_at.is_(None) & outbox.c.withheld.is_(None)),
    postgresql_where=waiting,
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("ticket", Name, primary_key=True),
    Column("error", Text, nullable=False),
    comment="Tickets that failed. They are not woken until somebody puts them back or a command changes them.",
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", Name, primary_key=True),
    Column("digest", Name, nullable=False),
    Column("role", Name, nullable=False),
    Column("actor", Name, nullable=False),
    Column("groups", Text, nullable=False),
    comment="Who may use the API. A token is its name and a secret; only the digest of the secret is here.",
)

requests = Table(
    "requests",
    metadata,
    Column("event_id", Name, primary_key=True),
    Column("digest", Name, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("status", Integer),
    Column("answer", Text),
    comment="The requests of the last day that had an idempotency key, with their answers.",
)

messages = Table(
    "messages",
    metadata,
    Column("id", Name, primary_key=True),
    Column("subject", Text),
    Column("text", Text),
    comment="The texts of messages. Histories have their ids only.",
)

mails = Table(
    "mails",
    metadata,
    Column("id", Name, primary_key=True),
    Column("digest", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("envelope_from", Text),
    Column("raw", LargeBinary, nullable=False),
    Column("sender", Name),
    Column("ticket", Name),
    Column("command", Text),
    Column("route", Name),
    Column("taken_in_at", Instant),
    Column("error", Text),
    Index("mails_by_sender", "sender", "at"),
    Index("mails_by_ticket", "ticket", "at"),
    comment="Every mail as it came, and where it belongs. One with an error is kept aside.",
)
