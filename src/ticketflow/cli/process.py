"""Run the command line as a process: streams that are closed, full or not UTF-8 give no traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from ticketflow.cli.arguments import complain
from ticketflow.cli.exit_codes import BROKEN, CUT_OFF
from ticketflow.cli.main import main


def run() -> int:
    """Run the command line with the arguments of the process, and return its exit code."""
    has_output = sys.stdout is not None
    sys.stdout, sys.stderr = _open(sys.stdout), _open(sys.stderr)
    if not has_output:
        complain("standard output is closed; redirect it to /dev/null to discard it")
        return BROKEN
    try:
        status = _status()
        sys.stdout.flush()
    except BrokenPipeError:
        status = CUT_OFF
        _discard(sys.stdout)
    except OSError as error:  # files that cannot be read are reported where they are read
        status = BROKEN
        _discard(sys.stdout)
        complain(f"the output cannot be written: {error.strerror}")
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    return status


def _open(stream: TextIO | None) -> TextIO:
    """Return a stream that escapes what its encoding lacks; one that discards everything if it is closed."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    assert isinstance(stream, TextIOWrapper)  # noqa: S101 -- the streams of a process are
    stream.reconfigure(errors="backslashreplace")
    return stream


def _status() -> int:
    try:
        return main()
    except SystemExit as end:  # argparse has printed the help, the version or what is wrong
        return int(end.code or 0)


def _discard(stream: TextIO) -> None:
    """Discard what a stream holds and gets, so that the interpreter does not fail to write it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    with contextlib.suppress(OSError):
        stream.flush()
