"""Play histories: `python -m tests.simulation [--histories N] [--seed N] [--first N]`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.simulation.history import History, Verdict
from tests.simulation.mutants import Client, Honest


def play(seed: int, *, only_taken: bool = False, client: Callable[[], Client] = Honest) -> Verdict:
    """Play a history in a directory of its own."""
    shared_memory = Path("/dev/shm")  # a disk has nothing to add but time
    with tempfile.TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else None) as directory:
        return History(seed, Path(directory), only_taken=only_taken, client=client).play()


def _some(arguments: tuple[range, bool]) -> list[tuple[int, list[str]]]:
    seeds, only_taken = arguments
    gc.freeze()
    return [(seed, sorted({f.kind for f in play(seed, only_taken=only_taken).faults})) for seed in seeds]


def play_many(
    seeds: range, *, only_taken: bool = False, processes: int | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Play histories in several processes: the kinds of faults of each seed."""
    parts = [(seeds[at : at + 25], only_taken) for at in range(0, len(seeds), 25)]
    with ProcessPoolExecutor() as pool:
        for part in pool.map(_some, parts):
            yield from part


def main() -> int:
    """Play, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one, and show it")
    parser.add_argument("--only-taken", action="store_true", help="read `linked` as: the API took the number")
    options = parser.parse_args()
    if options.seed is not None:
        return _show(play(options.seed, only_taken=options.only_taken))
    began = time.monotonic()
    seeds_of: defaultdict[str, list[int]] = defaultdict(list)
    wrong: Counter[bool] = Counter()
    seeds = range(options.first, options.first + options.histories)
    for seed, kinds in play_many(seeds, only_taken=options.only_taken):
        wrong[bool(kinds)] += 1
        for kind in kinds:
            seeds_of[kind].append(seed)
    for kind, found in sorted(seeds_of.items(), key=lambda item: -len(item[1])):
        print(f"{len(found):6} {kind}  (seeds {', '.join(map(str, found[:5]))})")
    print(f"{wrong.total()} histories, {wrong[True]} with faults, {time.monotonic() - began:.0f} s")
    return 1 if wrong[True] else 0


def _show(verdict: Verdict) -> int:
    print(verdict.plan)
    for number, life in enumerate(verdict.lives):
        print(f"-- life {number}: {life.end} {life.began:.3f} to {life.ended:.3f} {life.error or ''}")
        for exchange in verdict.log:
            if exchange.life == number:
                print(
                    f"   {exchange.sent:10.3f} {exchange.kind:7} {','.join(exchange.numbers):14} "
                    f"fault={exchange.fault or '-'} done={exchange.carried_out:.3f} api={exchange.status} "
                    f"told={exchange.told} at {exchange.ended:.3f}"
                )
        for told in life.told:
            print(f"   {told.at:10.3f} told {told.outcome.number} {told.outcome.status} {told.outcome.problem or ''}")
    for fault in verdict.faults:
        print(f"FAULT {fault.kind}: {fault.details}")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of texts have the same order in each replay
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
