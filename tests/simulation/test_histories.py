"""What the simulation guarantees of the bulk jobs, and that it would notice if it were not so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import pytest

from codegen.spec import ROOT
from tests.rounds import IN_CI
from tests.simulation.__main__ import play
from tests.simulation.mutants import MUTANTS, Client, Honest

HISTORIES = int(os.environ.get("HISTORIES", "1000" if IN_CI else "300"))
FIRST = int(os.environ.get("SEED", "1"))

MOST_FOR_A_MUTANT = 200
"""Histories in which a mutant must be caught."""

FIRST_TRIED = {"Hasty": 7, "Optimist": 2, "Repeater": 3, "Gullible": 6}
"""Histories that have caught a mutant; the first has caught the others. All are played if these do so no more."""


@pytest.mark.slow
def test_every_outcome_of_random_histories_is_true() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--histories", str(HISTORIES), "--first", str(FIRST)]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr


# the last two: a list of two pages changes while it is read, and its total does not; a list that does not change
@pytest.mark.parametrize("seed", [*range(1, 11), 61206, 61610])
def test_every_outcome_of_a_history_is_true(seed: int) -> None:
    assert play(seed).faults == []


@pytest.mark.slow
def test_a_seed_gives_the_same_history_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "7"]
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) for _ in range(2))
    assert "life 0" in first.stdout
    assert first.stdout == second.stdout


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_broken_client_is_caught(mutant: Callable[[], Client]) -> None:
    seeds = range(1, MOST_FOR_A_MUTANT + 1)
    for seed in sorted(seeds, key=lambda seed: seed != FIRST_TRIED.get(mutant.__name__)):
        if _faults(seed, mutant) - _faults(seed, Honest):
            return
    pytest.fail("none of the histories has shown that it is broken")


@cache
def _faults(seed: int, client: Callable[[], Client]) -> frozenset[str]:
    return frozenset(fault.kind for fault in play(seed, client=client).faults)
