"""Run a harness program, and ask it one request at a time."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Self

from ticketflow.conformance.harness import MOST_BYTES_OF_ANSWER, HarnessError
from ticketflow.errors import BadValueError

_MOST_TIMEOUTS = 3
_CHUNK = 65_536


class HarnessProcess:
    """A program that answers requests, started again after it failed.

    It is not asked again after failures in a row have taken three times the timeout. So a program that hangs costs
    three timeouts, not one for each case.

    Args:
        command: The program and its arguments.
        timeout: The seconds within which it must answer a request.
    """

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command, self._timeout = command, timeout
        self._running: _Running | None = None
        self._lost = 0.0

    def __enter__(self) -> Self:
        self._running = self._started()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.end()

    def ask(self, line: str) -> str:
        """Return the line with which the program answers a line.

        Raises:
            HarnessError: The program ended, took too long, wrote too much, or failed too often before.
            BadValueError: The program cannot be started.
        """
        if self._lost >= _MOST_TIMEOUTS * self._timeout:
            raise HarnessError("not asked: the program failed too often before")
        begun = monotonic()
        if self._running is None:
            self._running = self._started()
        try:
            answer = self._running.ask(line, self._timeout)
        except HarnessError:
            self._running.end()
            self._running = None
            self._lost += monotonic() - begun
            raise
        self._lost = 0.0
        return answer

    def _started(self) -> _Running:
        try:
            return _Running(self._command)
        except OSError as error:
            what = f"the program {self._command[0]!r} cannot be started: {error.strerror}"
            raise BadValueError(what, "give the command of a harness program") from None


class _Running:
    """One process, with a thread that writes its input and a thread that reads its output.

    Neither a program that does not read nor one that does not write can block the caller.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- the user names the program, and no shell runs it
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=os.name == "posix"
        )
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._output: queue.Queue[bytes] = queue.Queue(maxsize=2 * MOST_BYTES_OF_ANSWER // _CHUNK)
        self._read = b""
        self._is_ended = False
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._write_all, self._read_all)]
        for thread in self._threads:
            thread.start()

    def ask(self, line: str, timeout: float) -> str:
        if self._read or not self._output.empty():  # an empty chunk means that the output ended
            has_more = self._read or self._output.get()
            said = "wrote more than one line for a request" if has_more else f"ended{self._status()} before it answered"
            raise HarnessError(f"the program {said}")
        self._input.put(line.encode() + b"\n")
        end = monotonic() + timeout
        while b"\n" not in self._read:
            if len(self._read) > MOST_BYTES_OF_ANSWER:
                raise HarnessError(f"the answer is longer than {MOST_BYTES_OF_ANSWER} bytes")
            try:
                chunk = self._output.get(timeout=max(end - monotonic(), 0))
            except queue.Empty:
                raise HarnessError(f"the program did not answer within {timeout:g} seconds") from None
            if not chunk:
                raise HarnessError(f"the program ended{self._status()} before it answered")
            self._read += chunk
        answer, _, self._read = self._read.partition(b"\n")
        return answer.decode("utf-8", "replace")

    def _status(self) -> str:
        try:
            return f" with status {self._process.wait(1)}"
        except subprocess.TimeoutExpired:  # it closed its output and goes on
            return ""

    def end(self) -> None:
        """Close the input, and kill the program if it does not end then. Kill also what it left running."""
        self._is_ended = True
        self._input.put(None)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        if os.name == "posix":
            with suppress(ProcessLookupError):  # nothing is left
                os.killpg(self._process.pid, signal.SIGKILL)
        else:  # pragma: no cover -- only on Windows
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def _write_all(self) -> None:
        stream = self._process.stdin
        assert stream is not None  # noqa: S101 -- it is a pipe
        with suppress(OSError), stream:  # a program that closed its input gives no answer; `ask` finds that out
            while (line := self._input.get()) is not None:
                stream.write(line)
                stream.flush()

    def _read_all(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 -- it is a pipe
        with stream:
            chunk = b"-"
            while chunk:
                chunk = os.read(stream.fileno(), _CHUNK)
                self._put(chunk)

    def _put(self, chunk: bytes) -> None:
        """Put a chunk on the queue when there is room, unless nobody reads the queue any longer."""
        while not self._is_ended:
            with suppress(queue.Full):
                self._output.put(chunk, timeout=0.1)
                return
