"""Work on many files: one after the other in this process, or spread over a Dask cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from distributed import Client, LocalCluster, as_completed

from ticketflow_fleet.histories import SCHEMA
from ticketflow_fleet.work import work

Progress = Callable[[int, int], None]
"""It gets the number of files that are done, and of all."""


_AT = SCHEMA.get_field_index("at")


def local_cluster(workers: int) -> LocalCluster:
    """Return a cluster of so many processes on this machine. Its ports are free ones."""
    return LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")


def last_instant(paths: Sequence[Path]) -> datetime:
    """Return the last instant of some files. Only their statistics are read."""
    files = (pq.ParquetFile(path).metadata for path in paths)
    groups = (file.row_group(number) for file in files for number in range(file.num_row_groups))
    latest: datetime = max(group.column(_AT).statistics.max for group in groups)
    return latest


def run(
    paths: Sequence[Path],
    rules: Path,
    folder: Path,
    *,
    until: datetime | None = None,
    client: Client | None = None,
    progress: Progress | None = None,
) -> Counter[str]:
    """Try a rule set on the histories of some files, and return the totals.

    The outcomes are in *folder*: a file for each of *paths*. They are the same with and without a client.

    Args:
        paths: The files; the workers read them by the same paths.
        rules: The path of the rule set's document.
        folder: The folder for the outcomes; the workers write there.
        until: The instant at which all histories end; None for the last instant in the files.
        client: The client of a Dask cluster; None works in this process.
        progress: A function to call after each file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = (until or last_instant(paths)).isoformat()
    one = partial(work, rules=str(rules), until=end, folder=str(folder))
    names = [str(path) for path in paths]
    if client is None:
        results: Iterable[Counter[str]] = map(one, names)
    else:
        # Dask gives the files of a worker that died to another one.
        futures = client.map(one, names, pure=False)
        results = (future.result() for future in as_completed(futures))
    found = Counter[str]()
    for done, result in enumerate(results, 1):
        found += result
        if progress:
            progress(done, len(names))
    return found
