"""A history: all lives of one call, in one world, and what the oracle says of it."""

from __future__ import annotations

import gc
import logging
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import attrs

from aiovonage.bulk import Journal, RunStopped
from aiovonage.core.errors import VonageError
from tests.simulation import disk
from tests.simulation.claims import Claims
from tests.simulation.clock import Clock
from tests.simulation.inputs import part_of
from tests.simulation.life import Attempt, Life, live
from tests.simulation.loop import VirtualLoop, no_threads
from tests.simulation.mutants import Client, Honest
from tests.simulation.network import Exchange, Network
from tests.simulation.plan import Plan, Weather, draw
from tests.simulation.repeats import repeats
from tests.simulation.sandbox import SandboxServer
from tests.simulation.server import Server, ThinServer
from tests.simulation.world import World

CALM = Weather(latency=(0.01, 0.1))
"""The weather of the last lives: a run that can't be finished in it can't be finished at all."""

CALM_AFTER = 6
"""Lives with faults, at most."""

MOST_LIVES = 25
"""Lives in all. In calm weather the first should be enough, unless `max_refusals` ends it at each number."""


MOST_REQUESTS = 60
"""Requests of a life beyond those about its numbers: probes of a server that is out, and the campaign.

Lists are not counted, since one may have many pages, nor 429, since those ask when to come back.
"""

MOST_PER_NUMBER = 25
"""... and for each of its numbers: eight attempts, each with a look before it, and some looks for what shows late.

A few numbers that the carriers have not decided may be asked about one by one, twenty times and then once an hour.
"""

SLOWEST = 120.0
"""Seconds for a life in calm weather that does not follow what was accepted. Most take a few, or wait for what shows
late.
"""


@attrs.frozen
class Fault:
    """Something that must not be.

    Attributes:
        kind: In words that are the same for all of its kind.
        details: Of this one.
    """

    kind: str
    details: str


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
        self.faults: dict[Fault, None] = {}
        self._directory = directory
        self._client = client()
        self._dice = random.Random(f"play {seed}")
        self._clock = Clock()
        self.world = World(self.plan.rules, random.Random(f"world {seed}"))
        self._claims = Claims(self.plan, self.world, self.log, only_taken)
        self._told: Counter[tuple[str, str]] = Counter()
        self._known: dict[str, str] = {}
        self._written: Counter[tuple[str, str]] = Counter()
        self._dead: list[VirtualLoop] = []
        self._retries = False

    def play(self) -> Verdict:
        """Play it to its end."""
        random.seed(self.plan.seed)
        with self._clock.installed(), no_threads(), _undisturbed():
            server = self._server()
            journal = self._place(0)
            journal.parent.mkdir()
            for number in range(MOST_LIVES):
                if not self._live(number, journal, server) and not self._once_more():
                    break
                journal = self._after(number, journal)
            else:
                self._fault("the run does not come to an end", f"after {MOST_LIVES} lives")
            self._dead.clear()
        for text, reason in repeats(self.log, self.world):
            self._fault(reason, text)
        return Verdict(self.plan, list(self.faults), self.lives, self.log)

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
            retry=plan.retry if self._retries else (),
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
        self._judge(life, journal, is_calm=is_calm, is_whole=is_whole)
        if is_whole or life.end == "hung":
            return False
        self._clock.now += stop.gap if stop is not None else self._dice.choice([1.0, 60.0, 3600.0])
        self.world.advance(self._clock.now)
        return True

    def _once_more(self) -> bool:
        """Whether some numbers are to be taken up again, now that all is done."""
        if self._retries or not self.plan.retry or self.lives[-1].end == "hung":
            return False
        self._retries = True
        return True

    def _after(self, number: int, journal: Path) -> Path:
        """Where the next life finds the journal."""
        life = self.lives[number]
        if life.files is None:
            return journal
        there = self._place(number + 1)
        disk.write(there.parent, life.files)
        return there

    def _judge(self, life: Life, journal: Path, *, is_calm: bool, is_whole: bool) -> None:
        for exchange in self.log:
            exchange.ended = min(exchange.ended, self._clock.now)
        self._count(len(self.lives) - 1)
        if life.end == "hung":
            self._fault("the run hangs", str(life.error))
        if life.left:
            self._fault("something goes on after the end", life.left[0])
        if life.lost and life.end not in {"crashed", "hung"}:
            self._fault("an error that nobody has taken", life.lost[0])
        if life.error is not None and not isinstance(life.error, VonageError) and life.end != "hung":
            self._fault(f"an error that is not ours: {type(life.error).__name__}", str(life.error))
        refused = isinstance(life.error, RunStopped) and "refused alike" in str(life.error)  # as `max_refusals` says
        if is_calm and life.end == "raised" and not refused:
            self._fault(f"the run can't be finished: {type(life.error).__name__}", str(life.error))
        if is_calm:
            self._judge_calm(life)
        for told in life.told:
            self._claim(told.outcome.number, str(told.outcome.status), told.at)
            self._told[told.outcome.number, str(told.outcome.status)] += 1
        self._judge_journal(life, journal, is_whole=is_whole)

    def _judge_calm(self, life: Life) -> None:
        """In calm weather nothing fails, and nothing takes long."""
        for told in life.told:
            if told.outcome.status == "failed" and told.outcome.number not in self.plan.rules.odd:
                self._fault("failed in calm weather", told.outcome.number)
        if not self._follows() and life.ended - life.began > SLOWEST:
            self._fault("it takes long in calm weather", f"{life.ended - life.began:.0f} s")

    def _count(self, number: int) -> None:
        """How many requests a life has sent."""
        sent = sum(e.life == number and e.kind != "list" and e.told != 429 for e in self.log)
        polls = 20 + self.plan.patience / 3600.0 if self._follows() else 0
        most = MOST_REQUESTS + (MOST_PER_NUMBER + polls) * len(self.plan.numbers)
        if sent > most:
            self._fault("too many requests", f"{sent} in life {number}, of {most:.0f} at most")

    def _claim(self, number: str, status: str, at: float) -> None:
        if fault := self._claims.fault(number, status, at):
            self._fault(fault, f"{number} at {at:.3f}")

    def _judge_journal(self, life: Life, journal: Path, *, is_whole: bool) -> None:
        files = life.files if life.files is not None else disk.read(journal.parent)
        written = self._read(files, journal.name)
        if written is None:
            return
        known: dict[str, str] = {}
        for (number, status), times in written.items():
            if status == "duplicate":
                continue
            if number in known or (times > 1 and status != "invalid"):
                self._fault("the journal has two outcomes of a number", f"{number}: {status}")
            known[number] = status
            is_open = status == "accepted" and self._follows()  # it claims nothing yet
            if number not in self._known and (number, status) not in self._told and not is_open:
                self._claim(number, status, life.ended)  # recorded, but the run had no time to report it
        for number, status in self._known.items():
            may_change = status == "accepted" or (self._retries and status in self.plan.retry)
            if known.get(number) != status and not may_change:
                self._fault(f"a final outcome has changed: {status} to {known.get(number)}", number)
        self._known = known
        if life.end == "finished":
            told = Counter((told.outcome.number, str(told.outcome.status)) for told in life.told)
            for (number, status), times in (written - self._written - told).items():
                self._fault(f"recorded, but not reported: {status}", f"{number}: {times} times")
        self._written = written
        for (number, status), times in self._told.items():
            again = self._follows() if status == "accepted" else self._retries and status in self.plan.retry
            if times > written[number, status] and not again:
                kind = "reported more often than it is in the journal"
                self._fault(f"{kind}: {status}", f"{number}: {times} times, {written[number, status]} in the journal")
        if is_whole:
            self._complete(written, life)

    def _follows(self) -> bool:
        """Whether accepted numbers are followed."""
        job = self.plan.job
        return job in {"unlink", "sync"} or (job in {"link", "rows"} and self.plan.until == "approved")

    def _complete(self, written: Counter[tuple[str, str]], life: Life) -> None:
        if life.pending:
            self._fault("the run has ended, and calls numbers pending", str(life.pending))
        counts = Counter[str]()
        for (_, status), times in written.items():
            counts[status] += times
        if counts != Counter(life.counts):
            self._fault("the summary and the journal do not agree", f"{life.counts}, but {dict(counts)}")
        expected = Counter(self.plan.entries)
        found: Counter[str] = Counter()
        for (number, _), times in written.items():
            found[number] += times
        if missing := expected - found:
            self._fault("a number without an outcome", str(dict(missing)))
        extra = found - expected
        if (
            self.plan.job == "sync" and self.plan.removes
        ):  # what is not in the input is unlinked, and has an outcome too
            extra = Counter({number: times for number, times in extra.items() if number in expected})
        if extra:
            self._fault("an outcome too many", str(dict(extra)))

    def _read(self, files: disk.Files, name: str) -> Counter[tuple[str, str]] | None:
        """What the journal says; None where there is none yet."""
        if not files.get(name):
            return None
        copy = self._directory / "read"
        disk.write(copy, files)
        try:
            return Counter((outcome.number, str(outcome.status)) for outcome in Journal(copy / name))
        except VonageError as error:
            if self.lives[-1].end != "crashed":
                self._fault("the journal can't be read", str(error))
            return None
        finally:
            for path in copy.iterdir():
                path.unlink()
            copy.rmdir()

    def _fault(self, kind: str, details: str) -> None:
        self.faults[Fault(kind, details)] = None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Nothing is logged, and what is left of crashed clients is taken away without a word."""
    logging.disable()
    try:
        with patch.object(sys, "unraisablehook", lambda _: None):
            yield
            gc.collect()
    finally:
        logging.disable(logging.NOTSET)
