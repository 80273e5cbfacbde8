"""Engines for SQLite and PostgreSQL, and the migrations that bring a database up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_WAITS_MS = 30_000
"""The time for which a writer of SQLite waits for another one."""


def open_engine(url: str, **options: Any) -> Engine:  # noqa: ANN401 -- those of create_engine
    """Return an engine for a database by its URL, ``sqlite:///desk.db`` or ``postgresql://…``.

    After a restart of the server, the first statement of each process fails with an `OperationalError`. Connections are
    not tried before use, because that costs a round trip for each command. Workers try again; senders have to, too.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, **options)
    engine = create_engine(parsed, **options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 -- the driver's
    connection.isolation_level = None  # `_begin_sqlite` begins transactions, and savepoints work
    connection.execute("PRAGMA journal_mode = wal")  # readers do not wait for the writer
    connection.execute("PRAGMA synchronous = full")  # a commit survives a power failure
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_WAITS_MS}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes must not begin as a reader: another writer could come between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: Engine) -> None:
    """Create the tables, or bring those of an older release up to date."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('ticketflow_service'))")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
