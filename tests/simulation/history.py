"""A history: all lives of one call, in one world, and what the oracle says of it."""

from __future__ import annotations

import gc
import logging
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

import attrs

from tests.simulation import disk
from tests.simulation.attempt import Attempt
from tests.simulation.clock import Clock
from tests.simulation.inputs import part_of
from tests.simulation.life import Life, live
from tests.simulation.loop import VirtualLoop, no_threads
from tests.simulation.mutants import Client, Honest
from tests.simulation.network import Exchange, Network
from tests.simulation.oracle import Fault, Oracle
from tests.simulation.plan import Plan, Weather, draw
from tests.simulation.sandbox import SandboxServer
from tests.simulation.server import Server, ThinServer
from tests.simulation.small import small_bounds
from tests.simulation.world import World

CALM = Weather(latency=(0.01, 0.1))
"""The weather of the last lives: a run that can't be finished in it can't be finished at all."""

CALM_AFTER = 6
"""Lives with faults, at most."""

MOST_LIVES = 25
"""Lives in all. In calm weather the first should be enough, unless `max_refusals` ends it at each number."""


@attrs.define
class Verdict:
    """What the oracle says.

    Attributes:
        plan: The history.
        faults: What was wrong.
        lives: How the lives ended.
        log: All requests.
    """

    plan: Plan
    faults: list[Fault]
    lives: list[Life]
    log: list[Exchange]


class History:
    """A history.

    Args:
        seed: What it is drawn from.
        directory: An empty one, for the journal.
        only_taken: Whether `linked` is read as no more than that the API took the number.
        client: Makes what stands between the run and the rest: nothing, or a mutant.
    """

    def __init__(
        self, seed: int, directory: Path, *, only_taken: bool = False, client: Callable[[], Client] = Honest
    ) -> None:
        self.plan: Plan = draw(seed)
        self.log: list[Exchange] = []
        self.lives: list[Life] = []
        self._directory = directory
        self._client = client()
        self._dice = random.Random(f"play {seed}")
        self._clock = Clock()
        self.world = World(self.plan.rules, random.Random(f"world {seed}"))
        self._oracle = Oracle(self.plan, self.world, self.log, directory, only_taken=only_taken)
        self._dead: list[VirtualLoop] = []

    def play(self) -> Verdict:
        """Play it to its end."""
        random.seed(self.plan.seed)
        small = small_bounds() if self.plan.is_small else nullcontext()
        with self._clock.installed(), no_threads(), undisturbed(), small:
            server = self._server()
            journal = self._place(0)
            journal.parent.mkdir()
            for number in range(MOST_LIVES):
                if not self._live(number, journal, server) and not self._once_more():
                    break
                journal = self._after(number, journal)
            else:
                self._oracle.fault("the run does not come to an end", f"after {MOST_LIVES} lives")
            self._dead.clear()
        self._oracle.judge_requests()
        return Verdict(self.plan, list(self._oracle.faults), self.lives, self.log)

    def _server(self) -> Server:
        server: Server
        if self.plan.sandbox:
            server = SandboxServer(self.plan, self.world)
        else:
            server = ThinServer(self.plan, self.world, random.Random(f"server {self.plan.seed}"))
        for at, number in self.plan.others:
            self.world.at(at, lambda number=number: server.touch(number))  # type: ignore[misc]
        return server

    def _place(self, number: int) -> Path:
        return self._directory / f"life-{number}" / "run.db"

    def _live(self, number: int, journal: Path, server: Server) -> bool:
        """One life. Whether there must be another."""
        plan = self.plan
        is_calm = number >= max(CALM_AFTER, len(plan.stops) + 1)
        stop = plan.stops[number] if number < len(plan.stops) else None
        if is_calm:
            server.calm()
        weather = CALM if is_calm else plan.weather
        self._clock.booted = self._dice.uniform(10.0, 100_000.0)
        network = Network(server, self.world, self._clock, weather, self._dice, number, self.log)
        entries = plan.entries if stop is None else part_of(plan, self._dice)
        attempt = Attempt(
            plan=plan,
            stop=stop,
            entries=entries,
            retry=plan.retry if self._oracle.retries else (),
            journal=journal,
            network=network,
            clock=self._clock,
            dice=self._dice,
            client=self._client,
        )
        life, loop = live(attempt)
        self.lives.append(life)
        self._dead.append(loop)
        self.world.advance(self._clock.now)
        is_whole = life.end == "finished" and Counter(entries) == Counter(plan.entries)
        files = life.files if life.files is not None else disk.read(journal.parent)
        self._oracle.judge(life, files, journal.name, is_calm=is_calm, is_whole=is_whole)
        if is_whole or life.end == "hung":
            return False
        self._clock.now += stop.gap if stop is not None else self._dice.choice([1.0, 60.0, 3600.0])
        self.world.advance(self._clock.now)
        return True

    def _once_more(self) -> bool:
        """Whether some numbers are to be taken up again, now that all is done."""
        if self._oracle.retries or not self.plan.retry or self.lives[-1].end == "hung":
            return False
        self._oracle.retries = True
        return True

    def _after(self, number: int, journal: Path) -> Path:
        """Where the next life finds the journal."""
        life = self.lives[number]
        if life.files is None:
            return journal
        there = self._place(number + 1)
        disk.write(there.parent, life.files)
        return there


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing is logged, and what is left of crashed clients is taken away without a word."""
    logging.disable()
    try:
        with patch.object(sys, "unraisablehook", lambda _: None):
            yield
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of coroutines that had not begun
                gc.collect()
    finally:
        logging.disable(logging.NOTSET)
