"""The contract of a store, on both databases, and what is more in this one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect, update
from ticketflow_service import jobs, schema
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.storage import SqlStore

from ticketflow.testing import InjectedFailure, StoreContract


class Contract(StoreContract[SqlStore]):
    """The tests of every store. Each has a database of its own."""

    @pytest.fixture(autouse=True)
    @abstractmethod
    def database(self) -> Iterator[None]:
        """Make a database at ``self.engine``."""

    engine: Engine

    def open(self, url: str) -> Iterator[None]:
        self.engine = open_engine(url)
        migrate(self.engine)
        yield
        self.engine.dispose()

    def new_store(self) -> SqlStore:
        return SqlStore(self.engine)

    def reopen(self, store: SqlStore) -> SqlStore:
        return SqlStore(store.engine, store.queue)

    @contextmanager
    def failing(self, store: SqlStore, step: int) -> Iterator[None]:
        numbers, queue = count(), store.queue

        def reach() -> None:
            if next(numbers) == step:
                raise InjectedFailure

        def before(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                reach()

        def queue_or_fail(connection: Connection, keys: Sequence[str]) -> None:
            reach()
            jobs.queue(connection, keys)

        event.listen(store.engine, "before_cursor_execute", before)
        store.queue = queue_or_fail if queue else None
        try:
            yield
        finally:
            event.remove(store.engine, "before_cursor_execute", before)
            store.queue = queue

    def damage_snapshot(self, store: SqlStore, ticket: str, text: str) -> None:
        with store.engine.begin() as connection:
            connection.execute(update(schema.tickets).where(schema.tickets.c.id == ticket).values(snapshot=text))


class TestOnSqlite(Contract):
    @pytest.fixture(autouse=True)
    def database(self, sqlite_url: str) -> Iterator[None]:
        yield from self.open(sqlite_url)


class TestOnPostgres(Contract):
    @pytest.fixture(autouse=True)
    def database(self, postgres_url: str) -> Iterator[None]:
        yield from self.open(postgres_url)

    def new_store(self) -> SqlStore:
        return SqlStore(self.engine, jobs.queue)


def test_the_migrations_make_the_tables_that_the_code_expects(engine: Engine) -> None:
    def is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "table" or not (name or "").startswith("procrastinate")

    options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata) == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    migrate(engine)
    assert inspect(engine).get_table_names() == before
