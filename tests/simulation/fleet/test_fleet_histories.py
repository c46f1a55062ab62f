"""What the simulation guarantees of several workers on one store, and that it would notice if it were not so."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

import pytest

from codegen.spec import ROOT
from tests.simulation.__main__ import play_fleet
from tests.simulation.fleet.mutants import MUTANTS, Broken

FLEETS = int(os.environ.get("FLEETS", "40"))
FIRST = int(os.environ.get("SEED", "1"))

MOST_FOR_A_MUTANT = 100
"""Histories in which a mutant must be caught."""

FIRST_TRIED = {
    "without_fencing": 17,
    "sending_after_its_lease": 94,
    "sending_without_asking": 8,
    "sending_before_writing": 8,
}
"""Short histories that have caught a mutant. The others are played only if these do so no more."""


@pytest.mark.slow
def test_jobs_are_exact_though_workers_are_killed_and_frozen() -> None:
    numbers = ["--histories", "0", "--fleets", str(FLEETS), "--first", str(FIRST)]
    command = [sys.executable, "-m", "tests.simulation", *numbers]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_job_is_exact_though_workers_are_killed_and_frozen(seed: int) -> None:
    assert play_fleet(seed).faults == []


@pytest.mark.slow
def test_a_seed_gives_the_same_history_of_workers_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--fleet", "--seed", "4"]
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) for _ in range(2))
    assert "worker 0, process 0 begins" in first.stdout, first.stderr
    assert first.stdout == second.stdout


@pytest.mark.parametrize("broken", MUTANTS, ids=lambda broken: broken.__name__)
def test_a_broken_worker_is_caught(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    # One fault is enough, and a history of the real workers takes some thousand turns.
    monkeypatch.setattr("tests.simulation.fleet.history.MOST_FAULTS", 1)
    monkeypatch.setattr("tests.simulation.fleet.history.MOST_TURNS", 20_000)
    seeds = range(1, MOST_FOR_A_MUTANT + 1)
    for seed in sorted(seeds, key=lambda seed: seed != FIRST_TRIED.get(broken.__name__)):
        if (found := _faults(seed, broken)) and found - _faults(seed, None):
            return
    pytest.fail("none of the histories has shown that it is broken")


@cache
def _faults(seed: int, broken: Broken | None) -> frozenset[str]:
    verdict = play_fleet(seed) if broken is None else play_fleet(seed, broken)
    return frozenset(fault.kind for fault in verdict.faults)
