"""Time `import ticketflow`, against a script that creates the same attrs classes.

Each figure is a whole process, the median of many interleaved runs. Promise (docs/performance.md): importing costs at
most 1.5 times the baseline, the interpreter and the import of attrs included in both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import attrs

import ticketflow  # noqa: F401 -- its modules are looked at

RUNS = 21
# Bytecode is cached, as it is for users, even if this process does not write it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MOST = 1.5


def eager_classes() -> list[Any]:
    """Return every attrs class that `import ticketflow` creates, in the order of their modules."""
    modules = [module for name, module in sys.modules.items() if name.startswith("ticketflow")]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and attrs.has(each) and each.__module__ == module.__name__
    ]


def definition(kind: Any, number: int) -> str:  # noqa: ANN401 -- an attrs class
    """Return the source of a class with the same attributes, defaults, converters and options."""
    lines = [f'    """{(kind.__doc__ or "").splitlines()[0]}"""'.replace("\\", "")]
    for field in sorted(attrs.fields(kind), key=lambda each: each.default is not attrs.NOTHING or each.kw_only):
        options = [f"init={field.init}", f"kw_only={field.kw_only}", f"repr={bool(field.repr)}", f"eq={bool(field.eq)}"]
        options += ["default=None"] * (field.default is not attrs.NOTHING)
        options += ["converter=same"] * (field.converter is not None)
        lines.append(f"    {field.name}: object = attrs.field({', '.join(options)})")
    slots = "__slots__" in vars(kind)
    base = "(Exception)" if issubclass(kind, Exception) else ""
    return "\n".join([f"@attrs.frozen(slots={slots})", f"class C{number}{base}:", *lines])


def baseline_script() -> str:
    """Return a script that imports attrs and creates the same classes."""
    classes = [definition(kind, number) for number, kind in enumerate(eager_classes())]
    return "\n\n".join(["import attrs", "def same(value): return value", *classes]) + "\n"


def seconds(*command: str) -> float:
    """Return the seconds that a process takes."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, env=ENVIRONMENT)
    return time.perf_counter() - begun


def main() -> int:
    """Print the figures, and return 1 if the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "baseline.py"
        script.write_text(baseline_script(), encoding="utf-8")
        # As a module, so that its bytecode is cached as that of a package is.
        (Path(folder) / "run.py").write_text("import baseline\n", encoding="utf-8")
        commands = {
            "bare interpreter": (sys.executable, "-c", "pass"),
            "import attrs": (sys.executable, "-c", "import attrs"),
            "baseline: the same attrs classes": (sys.executable, str(Path(folder) / "run.py")),
            "import ticketflow": (sys.executable, "-c", "import ticketflow"),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                times[name].append(seconds(*command))
    print(f"import ({len(eager_classes())} attrs classes; whole processes, median of {RUNS}, lowest to highest)")
    for name, found in times.items():
        print(f"  {name:32} {median(found) * 1e3:6.0f} ms  ({min(found) * 1e3:.0f} to {max(found) * 1e3:.0f})")
    ratio = median(times["import ticketflow"]) / median(times["baseline: the same attrs classes"])
    is_kept = ratio <= MOST
    print(f"  ratio to the baseline: {ratio:.2f} (at most {MOST}) {'kept' if is_kept else 'BROKEN'}")
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
