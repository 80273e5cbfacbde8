"""Bearer tokens: who may use the API, and as whom.

A token is a name and a secret of 256 random bits. The database has a digest of the secret, so a stolen copy of it opens
nothing; a secret that long needs no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import cast

from sqlalchemy import Engine, delete, insert, select

import ticketflow as tf
from ticketflow.errors import BadValueError
from ticketflow_service.schema import tokens

_FORM = re.compile(r"([0-9a-f]{16})\.([A-Za-z0-9_-]{43})", re.ASCII)


def issue_token(engine: Engine, actor: tf.Actor) -> str:
    """Return a new token of an actor. It cannot be shown again.

    Raises:
        BadValueError: The actor is the system, which acts for rules only.
    """
    if actor.role == "system":
        raise BadValueError("the system cannot have a token", "give another role")
    name, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = {
        "name": name,
        "digest": _digest(secret),
        "role": actor.role,
        "actor": actor.id,
        "groups": " ".join(sorted(actor.groups)),
    }
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(tokens).values(row))
    return f"{name}.{secret}"


def actor_of(engine: Engine, token: str) -> tf.Actor | None:
    """Return the actor of a token; None if it is not valid. The time it takes tells nothing about the secret."""
    form = _FORM.fullmatch(token)
    if form is None:
        return None
    with engine.connect() as connection:
        found = connection.execute(select(tokens).where(tokens.c.name == form[1])).first()
    if found is None or not hmac.compare_digest(_digest(form[2]), found.digest):
        return None
    return tf.Actor(cast("tf.Role", found.role), found.actor, found.groups.split())


def revoke_token(engine: Engine, name: str) -> bool:
    """Make the token with a name, the part before the dot, invalid; return whether there was one."""
    with engine.execution_options(writes=True).begin() as connection:
        return connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount == 1


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
