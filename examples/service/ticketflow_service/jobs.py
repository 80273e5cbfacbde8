"""Jobs of procrastinate on PostgreSQL: any number of workers wake and send."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import JobManager
from psycopg_pool import PoolTimeout
from sqlalchemy import Connection, Engine, func, select, table
from sqlalchemy.exc import SQLAlchemyError

from ticketflow_service.databases import reason
from ticketflow_service.sending import SendingError
from ticketflow_service.worker import BATCH, Worker

log = logging.getLogger(__name__)

THREADS = 4
"""The number of jobs that a worker runs at a time."""

LONGEST_WAKING = 1.0
"""The seconds for which a job wakes tickets. Then others have their turn, and the next job goes on."""

_manager = JobManager(SyncPsycopgConnector())  # it has no connections; it is given those of the store


def queue(connection: Connection, keys: Sequence[str]) -> None:
    """Queue the sending of items in the transaction that stores them."""
    jobs = [Job(queue="send", task_name="send", lock=None, queueing_lock=key, task_kwargs={"key": key}) for key in keys]
    _manager.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)


class Retries(BaseRetryStrategy):
    """Tries an item again when the outbox says so, and a job that lost the database a second later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        """Return when to try again; None if the item is given up. Its job stays as a dead letter."""
        if not isinstance(exception, SendingError):
            return RetryDecision(retry_in={"seconds": 1})
        return RetryDecision(retry_at=exception.retry_at) if exception.retry_at else None


def make_app(engine: Engine, worker: Worker, heartbeat: float) -> App:
    """Return the procrastinate app of a worker.

    Args:
        engine: The database.
        worker: What the jobs do.
        heartbeat: The seconds between two signs of life of a worker. If it gives none for three times as long, others
            do its jobs again.
    """
    conninfo = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(
        connector=PsycopgConnector(conninfo=conninfo, max_size=THREADS + 2, timeout=5.0),
        worker_defaults={
            "concurrency": THREADS,
            "delete_jobs": DeleteJobCondition.SUCCESSFUL,
            "fetch_job_polling_interval": 1.0,
            "update_heartbeat_interval": heartbeat,
            "stalled_worker_timeout": 3 * heartbeat,
        },
    )

    @app.task(name="send", queue="send", retry=Retries())
    def send(key: str) -> None:
        worker.send(key)

    @app.task(name="wake", queue="wake", priority=1)
    def wake() -> None:
        end = time.monotonic() + LONGEST_WAKING
        with _forgiving():
            while worker.wake() >= BATCH and time.monotonic() < end:
                pass

    @app.periodic(cron="* * * * * */1")
    @app.task(name="look", queue="look", priority=2, queueing_lock="look")
    async def look(timestamp: int) -> None:  # noqa: ARG001 -- procrastinate gives it
        with _forgiving():
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=3 * heartbeat):
                await _take_over(app.job_manager, job)
            for number in range(await asyncio.to_thread(_lanes, engine, worker)):
                with suppress(AlreadyEnqueued):
                    lock = f"wake-{number}"
                    await wake.configure(lock=lock, queueing_lock=lock).defer_async()
            await asyncio.to_thread(worker.report)

    return app


@contextmanager
def _forgiving() -> Iterator[None]:
    """Log an error of the database. The next look does the same again."""
    try:
        yield
    except (SQLAlchemyError, ConnectorException) as error:
        log.warning("the database failed; the next look tries again: %s", reason(error.__cause__ or error))


async def _take_over(manager: JobManager, job: Job) -> None:
    """Queue the job of a worker that was killed again."""
    try:
        await manager.retry_job(job)
    except UniqueViolation:  # the same is queued already
        await manager.finish_job(job, Status.FAILED, delete_job=True)


def _lanes(engine: Engine, worker: Worker) -> int:
    """Return how many jobs wake tickets at a time: one for each worker if there is anything to wake."""
    if not worker.desk.has_work(worker.clock.now()):
        return 0
    with engine.connect() as connection:
        return connection.scalars(select(func.count()).select_from(table("procrastinate_workers"))).one()


def run(engine: Engine, worker: Worker, heartbeat: float) -> None:
    """Run a worker until SIGTERM or SIGINT, and finish its jobs. If the database goes away, wait for it."""
    asyncio.run(_run(engine, worker, heartbeat))


async def _run(engine: Engine, worker: Worker, heartbeat: float) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    while not stop.is_set():
        try:
            await _work(make_app(engine, worker, heartbeat), stop)
        except (ConnectorException, PoolTimeout, psycopg.OperationalError) as error:
            log.warning("the database does not answer: %s", reason(error.__cause__ or error))
        if not stop.is_set():  # procrastinate stops a worker that lost its connection
            log.warning("the worker starts again")
            await asyncio.sleep(1)


async def _work(app: App, stop: asyncio.Event) -> None:
    async with app.open_async():
        working = asyncio.create_task(app.run_worker_async(install_signal_handlers=False))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()  # it finishes its jobs first
        with suppress(asyncio.CancelledError):
            await working
