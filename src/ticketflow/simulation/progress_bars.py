"""A progress bar on a terminal, by tqdm (the extra ``progress``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ticketflow.errors import MissingExtraError
from ticketflow.simulation.desk import Progress


@contextmanager
def progress_bar(label: str = "", file: TextIO | None = None) -> Iterator[Progress]:
    """Show a progress bar while a long run lasts; the context is the function for *progress*.

    Args:
        label: The text before the bar.
        file: Where to write it. None: standard error, and only if it is a terminal.

    Raises:
        MissingExtraError: The extra `progress` is not installed.
    """
    try:
        from tqdm import tqdm  # noqa: PLC0415 -- optional
    except ImportError:
        raise MissingExtraError("progress bars", "tqdm", "progress") from None
    with tqdm(desc=label, file=file, disable=None if file is None else False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
