"""Requests with an idempotency key: a repeated one gets the answer of the first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Engine, delete, select, update

from ticketflow_service.databases import insert_into
from ticketflow_service.http.problems import Problem
from ticketflow_service.schema import requests

KEPT = timedelta(days=1)
"""The time for which answers are kept. Later the event id in the history still recognizes an accepted command."""


def digest_of(ticket: str | None, body: dict[str, object]) -> str:
    """Return a digest of a request."""
    return blake2b(json.dumps([ticket, body], sort_keys=True).encode(), digest_size=16).hexdigest()


def first_answer(engine: Engine, event_id: str, digest: str) -> tuple[int, str] | None:
    """Return the status and the body of the answer that the request had before; None if it had none.

    Raises:
        Problem: The key belongs to another request.
    """
    now = datetime.now(UTC)
    row = {"event_id": event_id, "digest": digest, "at": now}
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(requests).where(requests.c.at < now - KEPT))
        connection.execute(insert_into(engine, requests).values(row).on_conflict_do_nothing())
        found = connection.execute(select(requests).where(requests.c.event_id == event_id)).one()
    if found.digest != digest:
        detail = "the idempotency key belongs to another request; use a new key for each request"
        raise Problem(422, "the key was used", detail, kind="key-was-used")
    return None if found.answer is None else (found.status, found.answer)


def keep_answer(engine: Engine, event_id: str, status: int, answer: str) -> None:
    """Keep the answer to a request."""
    with engine.execution_options(writes=True).begin() as connection:
        mine = requests.c.event_id == event_id
        connection.execute(update(requests).where(mine).values(status=status, answer=answer))
