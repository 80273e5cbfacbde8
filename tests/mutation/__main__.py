"""Change the library at one place at a time, and count which parts of the suite notice.

    python -m tests.mutation --sample 600 --seed 1 --minutes 60   # a seeded sample
    python -m tests.mutation --changed HEAD~1 --minutes 2         # only lines that differ from a commit
    python -m tests.mutation --full --minutes 600                 # every change; the same command goes on
    python -m tests.mutation --sample 600 --seed 1 --laws         # what survived so far, against the laws

A session is a SQLite file below `.mutants/` in the format of cosmic-ray; its `cr-report` and `cr-html` read it. A
session that was interrupted goes on with the same command, as long as the sources are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

import attrs
import cosmic_ray.plugins
from cosmic_ray.commands.init import _all_work_items as all_work_items
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

from tests.mutation import candidates, equivalents, judge

ROOT = Path(__file__).parents[2]
PACKAGES = ("calendars", "tickets", "workflow", "sla", "rules", "engine", "service")
SESSIONS = ROOT / ".mutants"
COPIED = ("src", "tests", "examples", "docs", "schemas", "benchmarks")


def modules() -> list[Path]:
    """Return the modules that carry meaning, from the root of the repository."""
    found = (path for each in PACKAGES for path in (ROOT / "src" / "ticketflow" / each).glob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def digest_of_sources() -> str:
    """Return a digest of the modules; a session belongs to one."""
    return hashlib.sha256(b"".join((ROOT / each).read_bytes() for each in modules())).hexdigest()[:12]


def worth_a_run(items: Iterable[WorkItem]) -> list[WorkItem]:
    """Return the items that are worth a run, in an order that depends on the sources only."""
    specs = ((item, item.mutations[0]) for item in items)
    kept = (
        (item, spec)
        for item, spec in specs
        if candidates.reason_to_leave_out(ROOT / spec.module_path, spec.operator_name, (spec.start_pos, spec.end_pos))
        is None
    )
    return [item for item, _ in sorted(kept, key=lambda pair: _order(pair[1]))]


def _order(spec: MutationSpec) -> tuple[str, tuple[int, int], str, int]:
    return str(spec.module_path), spec.start_pos, spec.operator_name, spec.occurrence


def open_session(path: Path, choice: argparse.Namespace) -> WorkDB:
    """Open the session at *path*; choose its changes if it is new."""
    if path.exists():
        return WorkDB(path, WorkDB.Mode.open)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    database = WorkDB(new, WorkDB.Mode.create)
    chosen = worth_a_run(all_work_items(modules(), {}))  # the public function writes them all into a session
    print(f"{len(chosen)} changes are worth a run")
    if choice.changed:
        lines = candidates.changed_lines(_diff(choice.changed))
        chosen = [each for each in chosen if _is_on(each.mutations[0], lines)]
        print(f"{len(chosen)} of them are on lines that differ from {choice.changed}")
    if not choice.full:
        chosen = random.Random(choice.seed).sample(chosen, min(choice.sample, len(chosen)))  # noqa: S311 -- a sample
    database.add_work_items(chosen)
    database.close()
    new.rename(path)
    return WorkDB(path, WorkDB.Mode.open)


def _diff(base: str) -> str:
    command = ["git", "diff", "--unified=0", base, "--", *map(str, modules())]  # deleted lines leave nothing to change
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _is_on(spec: MutationSpec, lines: Mapping[str, Collection[int]]) -> bool:
    return spec.start_pos[0] in lines.get(spec.module_path.as_posix(), ())


def make_copy(number: int) -> Path:
    """Make a fresh copy of the tree in which worker *number* changes files."""
    tree = SESSIONS / f"worker-{number}"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for each in COPIED:
        shutil.copytree(ROOT / each, tree / each, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite"))
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*.py"), *ROOT.glob("*.toml"), ROOT / "Makefile", ROOT / "LICENSE"):
        shutil.copy2(path, tree)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "src", "tests"], cwd=tree, check=True)
    return tree


def changed_source(spec: MutationSpec) -> tuple[str, str]:
    """Return the source of the module of *spec* as it is, and as it is changed."""
    source = (ROOT / spec.module_path).read_text(encoding="utf-8")
    operator = cosmic_ray.plugins.get_operator(spec.operator_name)(**spec.operator_args)
    changed = mutate_code(source, operator, spec.occurrence)
    if changed is None:
        raise ValueError(f"{spec} changes nothing; delete the session")
    return source, changed


def judged(item: WorkItem, tree: Path, stages: Sequence[judge.Stage], until: float) -> WorkResult:
    """Judge one change in the copy at *tree*, and undo it."""
    spec = item.mutations[0]
    source, changed = changed_source(spec)
    try:
        compile(changed, spec.module_path, "exec")
    except SyntaxError as error:
        return WorkResult(WorkerOutcome.NORMAL, json.dumps({"by": str(error)}), TestOutcome.INCOMPETENT, "")
    path = tree / spec.module_path
    path.write_text(changed, encoding="utf-8")
    try:
        verdict = judge.judge(spec.module_path, tree, stages, until)
    finally:
        path.write_text(source, encoding="utf-8")
    outcome = TestOutcome.KILLED if verdict.stage else TestOutcome.SURVIVED
    return WorkResult(WorkerOutcome.NORMAL, json.dumps(attrs.asdict(verdict)), outcome, _shown(spec))


def _shown(spec: MutationSpec) -> str:
    source, changed = changed_source(spec)
    return equivalents.difference(source, changed)


Work = tuple[WorkItem, tuple[judge.Stage, ...]]


def work_to_do(database: WorkDB, choice: argparse.Namespace) -> list[Work]:
    """Return the changes to judge, each with the stages that it has not been through, in the order of the sample."""
    results = dict(database.results)
    found: list[Work] = []
    for item in database.work_items:
        result = results.get(item.job_id)
        verdict = json.loads(result.output) if result else {"stage": None, "reached": None}
        invalid = result is not None and result.test_outcome == TestOutcome.INCOMPETENT
        again = choice.again and verdict.get("stage") != "cases"
        if invalid or (verdict["stage"] and not again):
            continue
        stages: tuple[judge.Stage, ...] = ("cases", "tests")
        if verdict["reached"] and not again:
            stages = ("laws",) if choice.laws and verdict["reached"] == "tests" else ()
            stages = ("tests", *stages) if verdict["reached"] == "cases" else stages
        stages = tuple(each for each in stages if each == "cases" or not choice.only_cases)
        if stages:
            found.append((item, stages))
    return found


def run(database: WorkDB, todo: Sequence[Work], choice: argparse.Namespace) -> None:
    """Judge changes with as many workers as asked for, until they are done or the time is up."""
    until = time.monotonic() + choice.minutes * 60
    known = {job for job, _ in database.results}
    free: SimpleQueue[Path] = SimpleQueue()
    for number in range(min(choice.workers, len(todo))):
        tree = make_copy(number)
        free.put(tree)
        if number == 0:  # CI has just run the tests, so its minutes go to the changes
            stages = {stage for _, each in todo for stage in each if stage == "cases" or not choice.changed}
            failing = judge.judge(modules()[0], tree, sorted(stages), until)
            if failing.stage:
                sys.exit(f"{failing.stage} fail without any change: {failing.by}")

    def work(item: WorkItem, stages: Sequence[judge.Stage]) -> tuple[WorkItem, WorkResult | None]:
        if time.monotonic() >= until:
            return item, None
        tree = free.get()
        try:
            return item, judged(item, tree, stages, until)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(choice.workers) as pool:
        for done in as_completed([pool.submit(work, *each) for each in todo]):
            item, result = done.result()
            if result is None or result.output is None:
                continue
            verdict = json.loads(result.output)
            adds_nothing = verdict.get("reached") == "cases" and not verdict["stage"] and item.job_id in known
            if verdict["by"] != judge.TIME_IS_UP and not adds_nothing:
                database.set_result(item.job_id, result)
            spec = item.mutations[0]
            place = f"{spec.module_path}:{spec.start_pos[0]}"
            print(f"{verdict.get('stage') or '-':6} {place} {spec.operator_name} {verdict['by']}", flush=True)


def report(database: WorkDB) -> int:
    """Print the figures of a session; return the number of survivors that no list explains."""
    known = equivalents.read()
    by: Counter[str] = Counter()
    untellable = 0
    of_profiles = 0
    unexplained = 0
    for item, result in sorted(database.completed_work_items, key=lambda pair: _order(pair[0].mutations[0])):
        spec = item.mutations[0]
        if result.test_outcome == TestOutcome.INCOMPETENT:
            by["invalid"] += 1
            continue
        verdict = json.loads(result.output)
        entry = known.get((spec.module_path.as_posix(), result.diff or ""))
        survived = "nothing" if verdict["reached"] != "cases" else "unfinished"
        stage = verdict["stage"] or ("equivalent" if entry and entry.kind == "equivalent" else survived)
        by[stage] += 1
        of_profiles += stage == "cases" and verdict["by"].startswith(("reject/", "profiles/"))
        span = (spec.start_pos, spec.end_pos)
        python = candidates.is_python_only(ROOT / spec.module_path, span) or bool(entry and entry.kind == "python")
        untellable += python and stage not in {"cases", "equivalent"}
        unexplained += stage == "nothing"
        if stage in {"laws", "nothing", "unfinished"} or (stage == "tests" and not python):
            place = f"{spec.module_path}:{spec.start_pos[0]} {spec.operator_name}"
            print(f"\n{place} noticed by {stage} {verdict['by']}\n{result.diff}")
    meaning = by.total() - by["equivalent"] - by["invalid"]
    told = by["cases"] + by["tests"]
    print(f"\n{by.total()} of {database.num_work_items} changes were judged: {by['invalid']} are not valid Python,")
    print(f"{by['equivalent']} are equivalent, {meaning} remain.")
    print(f"(a) cases: {_share(by['cases'], meaning)}; {of_profiles} of them by no required case")
    print(f"    of those that a case can tell: {_share(by['cases'], meaning - untellable)}")
    print(f"(b) cases or traced tests: {_share(told, meaning - by['unfinished'])}")
    print(f"(c) laws alone: {by['laws']}; nothing: {by['nothing']}; not yet through (b): {by['unfinished']}")
    return unexplained


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none of none"


def main() -> int:
    """Run or continue a session, and report it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, default=600, help="how many changes are drawn")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the sample")
    parser.add_argument("--changed", metavar="COMMIT", help="only lines that differ from this commit")
    parser.add_argument("--full", action="store_true", help="every change")
    parser.add_argument("--laws", action="store_true", help="judge what survived so far by the laws, too")
    parser.add_argument("--again", action="store_true", help="judge what no case noticed once more, after new tests")
    parser.add_argument("--only-cases", action="store_true", help="run the required cases and nothing else")
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so long")
    parser.add_argument("--workers", type=int, default=2, help="how many processes")
    choice = parser.parse_args()
    SESSIONS.mkdir(exist_ok=True)
    kind = "full" if choice.full else f"{choice.sample}-{choice.seed}"
    if choice.changed:
        kind = f"changed-{hashlib.sha256(_diff(choice.changed).encode()).hexdigest()[:8]}-{kind}"
    database = open_session(SESSIONS / f"{kind}-{digest_of_sources()}.sqlite", choice)
    if not choice.report:
        run(database, work_to_do(database, choice), choice)
    return 1 if report(database) else 0


if __name__ == "__main__":
    sys.exit(main())
