"""Play histories: `python -m tests.simulation [--histories N] [--fleets N] [--first N]`, or show one: `--seed N`.

With `--fleet`, `--seed` shows a history of several workers.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import attrs

from tests.simulation.fleet.history import FleetHistory, FleetVerdict
from tests.simulation.fleet.mutants import Broken
from tests.simulation.history import History, Verdict
from tests.simulation.mutants import Client, Honest

FLEETS = 20
"""Histories of one run for each of several workers, which takes as much longer."""


@attrs.frozen
class Result:
    """What came of a history.

    Attributes:
        seed: Its seed.
        faults: The kinds of its faults.
        seen: How often what happened in it.
    """

    seed: int
    faults: list[str]
    seen: Counter[str]


def play(seed: int, *, only_taken: bool = False, client: Callable[[], Client] = Honest) -> Verdict:
    """Play a history in a directory of its own."""
    with _directory() as directory:
        return History(seed, Path(directory), only_taken=only_taken, client=client).play()


def play_fleet(seed: int, broken: Broken = nullcontext) -> FleetVerdict:
    """Play a history of several workers in a directory of its own."""
    with _directory() as directory:
        return FleetHistory(seed, Path(directory), broken=broken).play()


def _directory() -> tempfile.TemporaryDirectory[str]:
    shared_memory = Path("/dev/shm")  # each commit is synced, and a disk has nothing to add but time
    return tempfile.TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else None)


def _fleet_result(seed: int) -> Result:
    verdict = play_fleet(seed)
    seen = Counter({f"fleets: {what}": times for what, times in verdict.seen.items()})
    seen["fleets: requests"] = len(verdict.log)
    seen["fleets: leases taken over"] = len(verdict.takeovers)
    seen.update(f"fleets: outcomes: {outcome.status}" for outcome in verdict.outcomes)
    return Result(seed, sorted({fault.kind for fault in verdict.faults}), seen)


def _result(seed: int, *, only_taken: bool) -> Result:
    verdict = play(seed, only_taken=only_taken)
    seen: Counter[str] = Counter({"requests": len(verdict.log), "lives": len(verdict.lives)})
    seen.update(f"lives that were {life.end}" for life in verdict.lives)
    seen.update("requests that went wrong" for exchange in verdict.log if exchange.fault is not None)
    seen.update(f"outcomes: {told.outcome.status}" for life in verdict.lives for told in life.told)
    return Result(seed, sorted({fault.kind for fault in verdict.faults}), seen)


def _some(arguments: tuple[range, bool]) -> list[Result]:
    seeds, only_taken = arguments
    gc.freeze()  # the modules need not be looked through after each history
    return [_result(seed, only_taken=only_taken) for seed in seeds]


def play_many(seeds: range, *, only_taken: bool = False) -> Iterator[Result]:
    """Play histories, in as many processes as there are cores."""
    parts = [(seeds[at : at + 25], only_taken) for at in range(0, len(seeds), 25)]
    with ProcessPoolExecutor() as pool:
        for part in pool.map(_some, parts):
            yield from part


def _some_fleets(seeds: range) -> list[Result]:
    gc.freeze()
    return [_fleet_result(seed) for seed in seeds]


def play_fleets(seeds: range) -> Iterator[Result]:
    """Play histories of several workers, in as many processes as there are cores."""
    with ProcessPoolExecutor() as pool:
        for part in pool.map(_some_fleets, [seeds[at : at + 5] for at in range(0, len(seeds), 5)]):
            yield from part


def main() -> int:
    """Play, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--fleets", type=int, help="histories of several workers (default: one for 20 others)")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one, and show all of it")
    parser.add_argument("--fleet", action="store_true", help="with --seed: play a history of several workers")
    parser.add_argument("--only-taken", action="store_true", help="read `linked` as: the API took the number")
    options = parser.parse_args()
    if options.seed is not None:
        if options.fleet:
            return _show_fleet(play_fleet(options.seed))
        return _show(play(options.seed, only_taken=options.only_taken))
    fleets = options.histories // FLEETS if options.fleets is None else options.fleets
    began, first = time.monotonic(), options.first
    runs = _Report("")
    runs.add(play_many(range(first, first + options.histories), only_taken=options.only_taken))
    of_fleets = _Report(" --fleet")
    of_fleets.add(play_fleets(range(first, first + fleets)))
    wrong = [*runs.show(), *of_fleets.show()]
    counts = f"{options.histories:,} histories of one run, {fleets:,} of several workers"
    print(f"{counts}: {len(wrong):,} wrong, in {time.monotonic() - began:.0f} s")
    if wrong:
        print(f"one of them in full: {sys.executable} -m tests.simulation{wrong[0]}")
    return 1 if wrong else 0


class _Report:
    """What came of histories of one kind.

    Args:
        option: What shows one of them.
    """

    def __init__(self, option: str) -> None:
        self._option = option
        self._seeds_of: defaultdict[str, list[int]] = defaultdict(list)
        self._wrong: list[int] = []
        self._seen: Counter[str] = Counter()

    def add(self, results: Iterable[Result]) -> None:
        """Take up results."""
        for result in results:
            self._seen += result.seen
            if result.faults:
                self._wrong.append(result.seed)
            for kind in result.faults:
                self._seeds_of[kind].append(result.seed)

    def show(self) -> list[str]:
        """Print it; gives the options that show each history that is wrong."""
        for name in sorted(self._seen):
            print(f"{self._seen[name]:8,} {name}")
        for kind, found in sorted(self._seeds_of.items(), key=lambda item: -len(item[1])):
            print(f"{len(found):8,} histories: {kind}  (seeds {', '.join(map(str, found[:5]))})")
        return [f"{self._option} --seed {seed}" for seed in self._wrong]


def _show_fleet(verdict: FleetVerdict) -> int:
    print(verdict.plan)
    for at, line in sorted([*verdict.told, *((e.sent, f"process {e.life}: {e}") for e in verdict.log)]):
        print(f"{at:12.3f} {line}")
    for outcome in verdict.outcomes:
        print(f"outcome {outcome.number} {outcome.status}")
    for fault in verdict.faults:
        print(f"WRONG {fault.kind}: {fault.details}")
    return 1 if verdict.faults else 0


def _show(verdict: Verdict) -> int:
    print(verdict.plan)
    for number, life in enumerate(verdict.lives):
        print(f"-- life {number}: {life.end}, {life.began:.3f} to {life.ended:.3f} {life.error or ''}")
        lines = [(exchange.sent, str(exchange)) for exchange in verdict.log if exchange.life == number]
        for told in life.told:
            outcome = told.outcome
            words = (outcome.number, outcome.status, outcome.carrier_status, outcome.problem)
            lines.append((told.at, " ".join(["reported", *(str(word) for word in words if word is not None)])))
        for at, line in sorted(lines, key=lambda pair: pair[0]):
            print(f"{at:12.3f} {line}")
    for fault in verdict.faults:
        print(f"WRONG {fault.kind}: {fault.details}")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of texts have the same order in each replay
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main())
