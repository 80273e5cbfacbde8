"""Engines for SQLite and PostgreSQL, and the migrations that bring a database up to date."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_WAITS_MS = 30_000
"""The time for which a writer of SQLite waits for another one."""

RESTART = 0.1
"""The seconds that a restart of PostgreSQL takes at least. A connection that was idle longer is tried before use."""


class NotReadyError(LookupError):
    """Something is missing, such as the tables or a rule set. The message says what to do."""


def open_engine(url: str) -> Engine:
    """Return an engine for a database by its URL, ``sqlite:///desk.db`` or ``postgresql://…``.

    Raises:
        NotReadyError: The URL is not one of these.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise NotReadyError(f"{url!r} is not a URL; give sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    kind = parsed.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise NotReadyError(f"there is no store on {kind}; give sqlite:///FILE or postgresql://USER@HOST/NAME")
    if kind == "postgresql":
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True)
        event.listen(engine, "checkin", _note_the_time)
        event.listen(engine, "checkout", lambda *found: _try(engine, *found))
        return engine
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_the_time(_: object, entry: ConnectionPoolEntry) -> None:
    entry.info["idle_since"] = time.monotonic()


def _try(engine: Engine, connection: Any, entry: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401 -- the driver's
    """Replace a connection that the server closed meanwhile. A busy connection is not tried: it costs a round trip."""
    if time.monotonic() - entry.info.get("idle_since", time.monotonic()) > RESTART:
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def reason(error: BaseException) -> str:
    """Return what went wrong in one line, without the statement."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _set_up_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 -- the driver's
    connection.isolation_level = None  # `_begin_sqlite` begins transactions, and savepoints work
    connection.execute("PRAGMA journal_mode = wal")  # readers do not wait for the writer
    connection.execute("PRAGMA synchronous = full")  # a commit survives a power failure
    connection.execute("PRAGMA secure_delete = on")  # what is erased is not left in free pages
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_WAITS_MS}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes must not begin as a reader: another writer could come between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: Engine) -> None:
    """Create the tables, or bring those of an older release up to date."""
    config = _config()
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('ticketflow_service'))")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_tables(engine: Engine) -> None:
    """Check that the tables are those of this release.

    Raises:
        NotReadyError: They are not.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != ScriptDirectory.from_config(_config()).get_current_head():
        what = "has no tables" if found is None else f"has the tables of another release ({found})"
        raise NotReadyError(f"the database {what}; run the command 'migrate'")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def insert_into(engine: Engine, table: Table) -> Any:  # noqa: ANN401 -- two classes with the same methods
    """Return an INSERT that can say what happens if the row is there already: `on_conflict_do_nothing` and others."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)
