"""Try a rule set on stored histories.

python -m ticketflow_fleet sample FOLDER [--tickets N]
python -m ticketflow_fleet try RULES FOLDER OUT [--workers N | --scheduler ADDRESS | --here]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from distributed import Client, LocalCluster

from ticketflow import documents
from ticketflow.presets.senior import senior
from ticketflow_fleet.histories import write_histories
from ticketflow_fleet.run import local_cluster, run
from ticketflow_fleet.sample import sample_tickets


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, or 1 if a history cannot be read."""
    parser = argparse.ArgumentParser(prog="ticketflow_fleet", description="Try a rule set on stored histories.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    sample = verbs.add_parser("sample", help="write histories, and the rules that made them")
    sample.add_argument("folder", type=Path)
    sample.add_argument("--tickets", type=int, default=2000)
    trying = verbs.add_parser("try", help="give the commands of stored histories to a rule set")
    trying.add_argument("rules", type=Path)
    trying.add_argument("folder", type=Path)
    trying.add_argument("out", type=Path)
    where = trying.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, default=2, help="processes of a cluster on this machine")
    where.add_argument("--scheduler", help="the address of a Dask scheduler, such as tcp://10.0.0.1:8786")
    where.add_argument("--here", action="store_true", help="work in this process")
    options = parser.parse_args(arguments)
    if options.verb == "sample":
        rules = senior()
        paths = write_histories(sample_tickets(options.tickets, rules), options.folder, per_file=100)
        (options.folder / "rules.json").write_text(documents.write(rules), encoding="utf-8")
        print(f"{options.tickets} tickets in {len(paths)} files, and rules.json, in {options.folder}")
        return 0
    paths = sorted(options.folder.glob("entries-*.parquet"))
    if not paths:
        parser.error(f"{options.folder} has no entries-*.parquet; write some with `sample`")
    with _cluster(options) as address, Client(address) if address else nullcontext() as client:
        found = run(paths, options.rules, options.out, client=client, progress=_progress)
    print(*_table(found), sep="\n")
    return 1 if found["errors"] else 0


def _cluster(options: argparse.Namespace) -> LocalCluster | nullcontext[str | None]:
    if options.here or options.scheduler:
        return nullcontext(options.scheduler)
    return local_cluster(options.workers)


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} files", end="\n" if done == total else "", file=sys.stderr)


def _table(found: Counter[str]) -> list[str]:
    """Return the totals as lines: what is stored beside what the rules that were tried make of it."""
    kinds = ("tickets", "closed", "entries", "messages", "breaches", "refused")
    rows = [f"{kind:10} {found[f'stored {kind}']:>10} {found[f'tried {kind}']:>10}" for kind in kinds]
    errors = [f"{found['errors']} histories cannot be read; the column `error` says why"] if found["errors"] else []
    return [f"{'':10} {'stored':>10} {'tried':>10}", *rows, *errors]


if __name__ == "__main__":
    sys.exit(main())
