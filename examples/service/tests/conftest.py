"""A PostgreSQL server for all tests of a process, and an empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text
from support import Receiver
from ticketflow_service import jobs, postgres
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.storage import SqlStore

MEMORY = next((path for path in (Path("/dev/shm"),) if path.is_dir()), None)  # noqa: S108 -- tests own it
"""A folder in memory. No test cuts the power, so nothing needs to be on a disk."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, so that no process is left with them at the end."""
    items.sort(key=lambda each: "test_kills" not in each.nodeid)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    with postgres.running({"fsync": "off", "max_connections": "60"}, parent=MEMORY) as found:
        engine = open_engine(found.url)
        migrate(engine)
        engine.dispose()
        yield found


@pytest.fixture
def postgres_url(server: postgres.Server) -> str:
    engine = open_engine(server.url)
    with engine.begin() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        connection.execute(text(f"TRUNCATE {', '.join(each for each in names if each != 'alembic_version')} CASCADE"))
    engine.dispose()
    return server.url


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield f"sqlite:///{folder}/desk.db"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    found = open_engine(url)
    migrate(found)
    yield found
    found.dispose()


@pytest.fixture
def store(engine: Engine) -> SqlStore:
    return SqlStore(engine, jobs.queue if engine.dialect.name == "postgresql" else None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as found:
        yield found
