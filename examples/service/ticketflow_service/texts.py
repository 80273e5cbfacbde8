"""The texts of messages. The histories of tickets have only their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, delete, select

import ticketflow as tf
from ticketflow_service.databases import insert_into
from ticketflow_service.schema import messages


def keep_text(engine: Engine, message: tf.Message) -> None:
    """Keep the text of a message, before the command that names it. Once more changes nothing."""
    if not isinstance(message, tf.Mail):
        return
    row = {"id": message.id, "subject": _storable(message.subject), "text": _storable(message.text)}
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert_into(engine, messages).values(row).on_conflict_do_nothing())


def forget_text(engine: Engine, message: str) -> None:
    """Remove the text of a message whose command was refused."""
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(messages).where(messages.c.id == message))


def texts_of(engine: Engine, ids: Sequence[str]) -> Mapping[str, tuple[str | None, str | None]]:
    """Return the subject and the text of each message that is kept, by its id."""
    with engine.connect() as connection:
        found = connection.execute(select(messages).where(messages.c.id.in_(ids))).all()
    return {each.id: (each.subject, each.text) for each in found}


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL has no zero bytes
