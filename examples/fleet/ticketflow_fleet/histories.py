"""Store histories in Parquet files: a row for each entry, the entries of a ticket together and in order.

The rows of a ticket never lie in two files. So each file can be worked on by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ticketflow import Ticket, documents

SCHEMA = pa.schema(
    [
        ("ticket", pa.string()),
        ("sequence", pa.int32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("entry", pa.string()),  # as `documents.write` gives it
    ]
)


def write_histories(tickets: Iterable[Ticket], folder: Path, per_file: int = 1000) -> list[Path]:
    """Write histories to files of so many tickets each, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting, paths = iter(tickets), list[Path]()
    while some := list(islice(waiting, per_file)):
        rows = [
            {"ticket": ticket.id, "sequence": entry.sequence, "at": entry.at, "entry": documents.write(entry)}
            for ticket in some
            for entry in ticket.history
        ]
        paths.append(folder / f"entries-{len(paths):05}.parquet")
        write_rows(rows, SCHEMA, paths[-1])
    return paths


def write_rows(rows: list[dict[str, object]], schema: pa.Schema, path: Path) -> None:
    """Write a whole file, or nothing if the process is killed."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(pa.Table.from_pylist(rows, schema), unfinished)
    unfinished.replace(path)


def read_histories(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the id and the entries of each ticket of a file, as texts. Only a part of the file is in memory."""
    rows = (
        row
        for batch in pq.ParquetFile(path).iter_batches(10_000, columns=["ticket", "entry"])
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )
    for ticket, its_rows in groupby(rows, itemgetter(0)):
        yield ticket, [entry for _, entry in its_rows]
