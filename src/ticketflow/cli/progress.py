"""Progress bars on the terminal of a command."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec

from ticketflow.simulation.desk import Progress
from ticketflow.simulation.progress_bars import progress_bar


def shown_progress(label: str, *, beside_output: bool = False) -> AbstractContextManager[Progress | None]:
    """Return a context that shows a progress bar on standard error.

    There is none if standard error is not a terminal, or if the extra `progress` is not installed.

    Args:
        label: The text before the bar.
        beside_output: Whether the command prints results meanwhile. Then there is no bar if they go to a terminal.
    """
    is_free = not (beside_output and sys.stdout.isatty())
    return progress_bar(label) if is_free and sys.stderr.isatty() and find_spec("tqdm") else nullcontext()
