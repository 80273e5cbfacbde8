"""Build the playground into a folder of static files: ``python playground/build_page.py [FOLDER]``.

It needs npm and, the first time, the registries of npm and PyPI. The wheel of this checkout is built; its dependencies
are those installed beside this interpreter, so that the page runs the versions that the tests run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path

from ticketflow import documents, importers, presets

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "build" / "playground"
_PAGE = ("index.html", "style.css", "icon.svg")
_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json")
_DEPENDENCIES = ("attrs", "holidays", "python-dateutil", "six", "tomli-w", "tzdata")
_IMPORTED = {
    "zendesk": ("schedules.json", "sla_policies.json", "automations.json"),
    "freshdesk": ("business_hours.json", "sla_policies.json"),
    "zammad": ("calendars.json", "slas.json", "jobs.json"),
    "glpi": ("tables.json",),
    "osticket": ("sla.yaml", "schedule.yaml", "config.json"),
    "stale": ("react.yml",),
}
"""The files of ``samples`` that are imported, by the system. samples/SOURCES.md says where they come from."""
_LEFT_OUT = (".pyi", ".po", ".pot", ".typed", ".so")


def build(target: Path = TARGET) -> None:
    """Build the page.

    Raises:
        SystemExit: npm is missing, or a step fails.
    """
    install()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in _PAGE:
        shutil.copy(HERE / name, target)
    (target / "pyodide").mkdir()
    for name in _PYODIDE:
        shutil.copy(HERE / "node_modules" / "pyodide" / name, target / "pyodide")
    (target / "samples.json").write_text(json.dumps(samples()), "utf-8")
    _bundle(target, "main.ts", "python.worker.ts", "graph.worker.ts")
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder) / "library.zip"
        _collect(collected)
        standard = "python_stdlib.zip"
        given = HERE / "node_modules" / "pyodide" / standard
        pairs = (collected, target / "library.zip", given, target / "pyodide" / standard)
        _run("node", "compile.mjs", *map(str, pairs))
    files = sorted(str(each.relative_to(target)) for each in target.rglob("*") if each.is_file())
    version = hashlib.sha256(b"".join((target / name).read_bytes() for name in files)).hexdigest()[:12]
    listed = json.dumps(["./", *files])
    _bundle(target, "offline.ts", f"--define:FILES={listed}", f'--define:VERSION="{version}"')


def install() -> None:
    """Install the packages of the lockfile, unless they are there.

    Raises:
        SystemExit: npm is missing, or fails.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        sys.exit("the playground needs npm and node 20 or newer; install Node.js, then try again")
    kept, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not kept.exists() or kept.stat().st_mtime < lock.stat().st_mtime:
        _run(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")


def samples() -> list[dict[str, str]]:
    """Return the rule sets to start from: examples, imported exports of other systems, and the presets."""
    examples = ((file.stem, file.read_text("utf-8")) for file in sorted((HERE / "samples").glob("*.toml")))
    imported = ((name, _imported(name, *files)) for name, files in _IMPORTED.items())
    ready = ((name, documents.write_toml(presets.preset(name)())) for name in presets.preset_names())
    return [
        *({"id": name, "title": name, "group": "Examples", "document": text} for name, text in examples),
        *(
            {"id": f"from {name}", "title": importers.system(name).title, "group": "Imported", "document": text}
            for name, text in imported
        ),
        *({"id": f"preset {name}", "title": name, "group": "Presets", "document": text} for name, text in ready),
    ]


def _imported(system: str, *files: str) -> str:
    """Return the document of an export, after comments that say what changed and what was left out."""
    texts = [(HERE / "samples" / system / file).read_text("utf-8") for file in files]
    found = importers.read(system, *texts, names=files)
    notes = Counter((item.outcome, item.what, item.why) for item in found.items if item.outcome != "carried")
    losses = "What is not as it was:" if notes else "Everything was carried over."
    lines = [f"Imported from {importers.system(system).title}. {losses}"]
    for outcome in ("changed", "left_out"):
        for (kind, what, why), times in notes.items():
            if kind == outcome:
                lines.append(f"- {kind.replace('_', ' ')}: {what}{f' ({times} times)' if times > 1 else ''}: {why}")
    return "".join(f"# {' '.join(line.split())}\n" for line in lines) + "\n" + found.text


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=HERE, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _bundle(target: Path, *arguments: str) -> None:
    entries = [f"src/{each}" if each.endswith(".ts") else each for each in arguments]
    look = ("--bundle", "--format=esm", "--target=es2022", "--minify", "--log-level=warning", "--legal-comments=none")
    _run(str(HERE / "node_modules" / ".bin" / "esbuild"), *entries, f"--outdir={target}", *look)


def _collect(archive: Path) -> None:
    """Write the sources that the page runs into an archive: the wheel, its dependencies, and ``answers.py``."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        made = ("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
        _run(sys.executable, "-m", *made, str(HERE.parent))
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as built:
            for name in built.namelist():
                if name.startswith("ticketflow/"):
                    packed.writestr(name, built.read(name))
        for dependency in _DEPENDENCIES:
            for file in distribution(dependency).files or ():
                if ".." not in file.parts and "__pycache__" not in file.parts and file.suffix not in _LEFT_OUT:
                    packed.write(file.locate(), str(file))
        packed.write(HERE / "python" / "answers.py", "answers.py")


if __name__ == "__main__":
    build(*map(Path, sys.argv[1:2]))
