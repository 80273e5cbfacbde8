"""Measure the load that the service bears on PostgreSQL, as ratios within one run: ``make bench-service``.

The server keeps its defaults: every commit waits for the disk. Commands and claims are the best of several rounds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from unittest import mock

import attrs
from sqlalchemy import Connection, insert, make_url, text, update
from ticketflow_service import jobs, postgres, sample, schema, storage
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.storage import SqlStore

import ticketflow as tf
from ticketflow import commands, documents, presets
from ticketflow.service import Transaction

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATE = START + timedelta(days=30)
RULES = presets.senior()
ROUNDS = 3
TICKETS, DUE, ROWS, CLAIMED, BATCH = 200, 2_000, 1_000_000, 10_000, 50

processes = multiprocessing.get_context("forkserver")
Script = list[tuple[str, commands.Command]]


@attrs.define
class Databases:
    """Databases on a server.

    Attributes:
        server: The server.
        made: The number of those that were made.
    """

    server: postgres.Server
    made: int = 0

    @contextmanager
    def new(self, template: str | None = None) -> Iterator[SqlStore]:
        """Yield a store on a new database: a copy of another one, or one with tables and rules only."""
        self.made += 1
        name = f"bench_{self.made}"
        admin = open_engine(self.server.url)
        with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}"))
        admin.dispose()
        engine = open_engine(make_url(self.server.url).set(database=name).render_as_string())
        store = SqlStore(engine, jobs.queue)
        if template is None:
            migrate(engine)
            store.put_in_force(RULES)
        yield store
        engine.dispose()


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def give_all(store: SqlStore, script: Script) -> list[Transaction]:
    """Give the commands of a script, and return what was stored."""
    made, desk, commit = list[Transaction](), Desk(store), store.commit

    def keep(transaction: Transaction) -> None:
        made.append(transaction)
        commit(transaction)

    with mock.patch.object(store, "commit", keep):
        for ticket, command in script:
            desk.give(command, ticket)
    return made


def insert_bare(store: SqlStore, made: list[Callable[[Connection], object]]) -> None:
    """Store the same rows in as many transactions, without looking at them."""
    for statements in made:
        with store.engine.begin() as connection:
            statements(connection)


def statements(transaction: Transaction) -> Callable[[Connection], object]:
    """Return a function that stores the rows of a transaction."""
    rows = [(write, storage.ticket_row(write), storage.entry_rows(write)) for write in transaction.writes]
    outbox = [storage.outbox_row(item) for item in transaction.outbox]

    def store(connection: Connection) -> None:
        for write, row, entries in rows:
            if write.row.version == len(entries):
                connection.execute(insert(schema.tickets), {**row, "id": write.ticket.id})
            else:
                connection.execute(update(schema.tickets).where(schema.tickets.c.id == write.ticket.id).values(row))
            if entries:
                connection.execute(insert(schema.entries), entries)
        if outbox:
            connection.execute(insert(schema.outbox), outbox)

    return store


def compute_all(script: Script) -> None:
    """Do what the library does for the commands of a script: load, decide, and write documents, without a database."""
    kept = dict[str, tuple[str, str]]()
    for name, command in script:
        ticket = documents.read_snapshot(*kept[name]) if name in kept else None
        for write in tf.transact(ticket, command, RULES).writes:
            row = storage.ticket_row(write)
            storage.entry_rows(write)
            kept[write.ticket.id] = row["snapshot"], row["digest"]


def measure_commands(databases: Databases) -> None:
    """Compare commands with bare inserts of the same rows, and with the library's part of them."""
    script = sample.script(range(TICKETS), START, timedelta(minutes=5))
    served, bare, library = list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        with databases.new() as store:
            made = list[Transaction]()
            served.append(seconds(lambda: made.extend(give_all(store, script))))  # noqa: B023 -- called at once
        rows = [statements(each) for each in made]
        with databases.new() as store:
            bare.append(seconds(lambda: insert_bare(store, rows)))  # noqa: B023 -- likewise
        library.append(seconds(lambda: compute_all(script)))
    command, rows_only, computing = (min(each) / len(script) * 1e3 for each in (served, bare, library))
    print(f"{len(script)} commands, one sender")
    print(f"  a command                        {command:6.2f} ms  {1e3 / command:6.0f}/s")
    print(f"  bare inserts of the same rows    {rows_only:6.2f} ms  {1e3 / rows_only:6.0f}/s")
    print(f"  the library's share of a command {computing:6.2f} ms")
    print(f"  command / bare inserts           {command / rows_only:6.2f}")
    print(f"  library / bare inserts           {computing / rows_only:6.2f}")
    print(f"  library / all else               {computing / (command - computing):6.2f}")


def wake_all(url: str, ready: Barrier) -> None:
    """Wake what is due until nothing is."""
    engine = open_engine(url)
    desk = Desk(SqlStore(engine, jobs.queue))
    desk.store.rules_in_force()
    ready.wait()
    while desk.wake(LATE, BATCH):
        pass


def measure_workers(databases: Databases) -> None:
    """Compare one, two and four workers that wake the same tickets."""
    script = sample.script(range(0, 4 * DUE, 4), START, timedelta())
    with databases.new() as store, store.engine.begin() as connection:
        fill(connection, script)
        template = store.engine.url.database
    rates = dict[int, float]()
    for workers in (1, 2, 4):
        with databases.new(template) as store:
            url, ready = store.engine.url.render_as_string(), processes.Barrier(workers + 1)
            running = [processes.Process(target=wake_all, args=(url, ready)) for _ in range(workers)]
            for each in running:
                each.start()
            ready.wait()
            begun = time.perf_counter()
            for each in running:
                each.join()
            rates[workers] = DUE / (time.perf_counter() - begun)
            if store.counts(LATE).due:
                raise RuntimeError("tickets are still due")
    print(f"{DUE} due tickets, three occurrences each")
    for workers, rate in rates.items():
        print(f"  {workers} worker(s)  {rate:6.0f} tickets/s  {rate / rates[1]:5.2f} times one")


def fill(connection: Connection, script: Script) -> None:
    """Store what the commands of a script lead to, in one go."""
    kept, entries = dict[str, tf.Ticket](), list[dict[str, object]]()
    rows = dict[str, dict[str, object]]()
    for name, command in script:
        for write in tf.transact(kept.get(name), command, RULES).writes:
            kept[write.ticket.id] = write.ticket
            rows[write.ticket.id] = {**storage.ticket_row(write), "id": write.ticket.id}
            entries += storage.entry_rows(write)
    connection.execute(insert(schema.tickets), list(rows.values()))
    connection.execute(insert(schema.entries), entries)


def measure_claims(databases: Databases) -> None:
    """Measure how long it takes to claim what is due among many tickets."""
    with databases.new() as store:
        with store.engine.begin() as connection:
            connection.execute(text(MANY), {"rows": ROWS, "digest": RULES.digest, "start": START})
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE tickets"))
        now = START + timedelta(seconds=CLAIMED - 1)
        whole, batches = list[float](), list[float]()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            with store.claim_due(now, CLAIMED) as ids:
                whole.append(time.perf_counter() - begun)
                if len(ids) != CLAIMED:
                    raise RuntimeError(f"{len(ids)} tickets were claimed")
            begun = time.perf_counter()
            with store.claim_due(now, BATCH):
                batches.append(time.perf_counter() - begun)
    print(f"{CLAIMED} due among {ROWS}")
    print(f"  claim all of them  {min(whole) * 1e3:7.1f} ms")
    print(f"  claim the first {BATCH} {min(batches) * 1e3:7.1f} ms")


MANY = """
INSERT INTO tickets (id, version, state, category, active_at, next_due, rules, digest, snapshot)
SELECT 'C-' || number, 1, 'open', 'open', :start, CAST(:start AS timestamptz) + number * interval '1 second',
    :digest, '', ''
FROM generate_series(0, :rows - 1) AS number ORDER BY md5(CAST(number AS text))
"""


def main() -> None:
    """Measure everything on a server of its own."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server stops with it
    with postgres.running({"max_wal_size": "4GB"}) as server:
        databases = Databases(server)
        engine = open_engine(server.url)
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
        engine.dispose()
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, PostgreSQL {version}"
        )
        for measure in (measure_commands, measure_workers, measure_claims):
            measure(databases)


if __name__ == "__main__":
    main()
