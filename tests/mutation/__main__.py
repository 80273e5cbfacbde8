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
Listed = Mapping[tuple[str, str], equivalents.Entry]
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


def judged(item: WorkItem, tree: Path, stage: judge.Stage, until: float) -> WorkResult:
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
        verdict = judge.judge(spec.module_path, tree, stage, until)
    finally:
        path.write_text(source, encoding="utf-8")
    outcome = TestOutcome.KILLED if verdict.stage else TestOutcome.SURVIVED
    return WorkResult(WorkerOutcome.NORMAL, json.dumps(attrs.asdict(verdict)), outcome, _shown(spec))


def _shown(spec: MutationSpec) -> str:
    source, changed = changed_source(spec)
    return equivalents.difference(source, changed)


def next_stage(result: WorkResult | None) -> judge.Stage | None:
    """Return the stage that a change with this result comes to next; None if it is noticed or invalid."""
    if result is None:
        return judge.STAGES[0]
    if result.test_outcome != TestOutcome.SURVIVED:
        return None
    return next(iter(judge.STAGES[judge.STAGES.index(json.loads(result.output)["reached"]) + 1 :]), None)


def to_judge(database: WorkDB, stage: judge.Stage) -> list[WorkItem]:
    """Return the changes that come to *stage* next, in the order of the sample, but for those that mean the same."""
    known, results = equivalents.read(), dict(database.results)
    return [
        each
        for each in database.work_items
        if next_stage(results.get(each.job_id)) == stage
        and _listed_as(known, each, results.get(each.job_id)) != "equivalent"
    ]


def to_judge_again(database: WorkDB, stage: judge.Stage) -> list[WorkItem]:
    """Return the changes that went through *stage* unnoticed, though new cases or tests of it could notice them.

    The cases are not asked again about what no case can tell, and the tests not about what something noticed.
    """
    known, results = equivalents.read(), dict(database.results)

    def can_be_noticed(item: WorkItem, result: WorkResult) -> bool:
        verdict, kind = json.loads(result.output), _listed_as(known, item, result)
        if stage == "cases":
            return verdict["stage"] != stage and kind is None and not _is_python_only(item.mutations[0])
        is_through = verdict["reached"] in judge.STAGES[judge.STAGES.index(stage) :]
        return verdict["stage"] is None and is_through and kind != "equivalent"

    return [
        each
        for each in database.work_items
        if (result := results.get(each.job_id))
        and result.test_outcome != TestOutcome.INCOMPETENT
        and can_be_noticed(each, result)
    ]


def _listed_as(known: Listed, item: WorkItem, result: WorkResult | None) -> str | None:
    """Return the kind under which a change is listed; None if it is not."""
    entry = known.get((item.mutations[0].module_path.as_posix(), (result and result.diff) or ""))
    return entry.kind if entry else None


def _is_python_only(spec: MutationSpec) -> bool:
    return candidates.is_python_only(ROOT / spec.module_path, (spec.start_pos, spec.end_pos))


def run(database: WorkDB, choice: argparse.Namespace) -> None:
    """Take all changes through one stage after the other, until they are done or the time is up."""
    until = time.monotonic() + choice.minutes * 60
    stages = judge.STAGES[:1] if choice.only_cases else judge.STAGES if choice.laws else judge.STAGES[:-1]
    trees = [make_copy(number) for number in range(choice.workers)]
    repeated: tuple[judge.Stage, ...] = ("cases", "own") if choice.again else ()
    for again in repeated:
        run_stage(database, to_judge_again(database, again), again, trees, until, keep=True)
    for stage in stages:
        todo = to_judge(database, stage)
        if not todo or time.monotonic() >= until:
            continue
        # CI has just run the tests, so its minutes go to the changes
        if stage == "cases" or not choice.changed:
            failing = judge.judge(modules()[0], trees[0], stage, until)
            if failing.stage:
                sys.exit(f"{stage}: {failing.by} fails without any change")
        run_stage(database, todo, stage, trees, until)


def run_stage(
    database: WorkDB,
    todo: Sequence[WorkItem],
    stage: judge.Stage,
    trees: Sequence[Path],
    until: float,
    *,
    keep: bool = False,
) -> None:
    """Judge changes by one stage, with a worker for each tree; *keep* the earlier result of those that survive it."""
    free: SimpleQueue[Path] = SimpleQueue()
    for each in trees:
        free.put(each)

    def work(item: WorkItem) -> tuple[WorkItem, WorkResult | None]:
        if time.monotonic() >= until:
            return item, None
        tree = free.get()
        try:
            return item, judged(item, tree, stage, until)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        for done in as_completed([pool.submit(work, each) for each in todo]):
            item, result = done.result()
            if result is None or result.output is None:
                continue
            verdict = json.loads(result.output)
            if verdict["by"] == judge.TIME_IS_UP:
                continue
            if not (keep and result.test_outcome == TestOutcome.SURVIVED):
                database.set_result(item.job_id, result)
            spec = item.mutations[0]
            noticed = f"{stage} {verdict['by']}" if verdict.get("stage") else f"not by {stage}"
            print(f"{spec.module_path}:{spec.start_pos[0]} {spec.operator_name}: {noticed}", flush=True)


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
        kind = _listed_as(known, item, result)
        survived = "nothing" if verdict["reached"] in {"rest", "laws"} else "unfinished"
        noticed = "tests" if verdict["stage"] in judge.TESTS else verdict["stage"]
        stage = noticed or ("equivalent" if kind == "equivalent" else survived)
        by[stage] += 1
        of_profiles += stage == "cases" and verdict["by"].startswith(("reject/", "profiles/"))
        python = kind == "python" or _is_python_only(spec)
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
    parser.add_argument(
        "--again", action="store_true", help="judge what was not noticed once more, after new cases or tests"
    )
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
        run(database, choice)
    return 1 if report(database) else 0


if __name__ == "__main__":
    sys.exit(main())
