"""Build the wheel and the source distribution, install each into an empty environment, and use it there.

It runs with every Python from 3.11 to 3.14 that is found, and says which ones are not there.

    python tests/packaging/smoke.py

With pyenv, PYENV_VERSION=3.11.7:3.12.1:3.13.0 makes several of them found.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
USE = """
from datetime import UTC, datetime
import ticketflow as tf
from ticketflow.presets import senior
opened = tf.commands.Open("T-1", at=datetime(2026, 11, 23, 10, tzinfo=UTC), by=tf.Actor("customer", "bruno"))
ticket = tf.handle(None, opened, senior()).unwrap().ticket
assert tf.documents.read("ticket", tf.documents.write(ticket)) == ticket
print(tf.__version__, tf.__file__)
"""


def main() -> int:
    """Return 0 if both distributions can be built, have a valid description, and work; raise otherwise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--outdir", name, str(ROOT))
        built = sorted(path for path in folder.iterdir() if path.suffix in (".whl", ".gz"))
        assert len(built) == 2, built
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))
        for version in VERSIONS:
            python = shutil.which(f"python{version}")
            if python is None or subprocess.run((python, "--version"), check=False, capture_output=True).returncode:
                print(f"python{version} is not on this machine; it was not tried")
                continue
            for path in built:
                try_one(python, path, folder / f"{version}-{path.suffix[1:]}")
                print(f"python{version}: {path.name} works")
    return 0


def try_one(python: str, distribution: Path, folder: Path) -> None:
    """Install a distribution into an empty environment, and use it from a folder that has no sources."""
    run(python, "-m", "venv", str(folder))
    inside = str(folder / "bin" / "python")
    run(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(distribution))
    where = run(inside, "-c", USE, cwd=folder)
    assert str(folder) in where, where
    run(inside, "-m", "ticketflow", "--version", cwd=folder)


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command and return what it prints. Its errors are shown."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd).stdout


if __name__ == "__main__":
    sys.exit(main())
