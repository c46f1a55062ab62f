"""The oracle of a fleet: looks into the store after each use of it, and at all requests."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import NamedTuple

from aiovonage.errors import VonageError
from aiovonage.jobs import JobOutcome, JobStatus
from aiovonage.jobs._states import FOLLOWING, Kind, status_of
from tests.simulation.clock import Clock
from tests.simulation.fleet.plan import FleetPlan
from tests.simulation.fleet.process import Process
from tests.simulation.fleet.repeats import fleet_repeats
from tests.simulation.network import Exchange
from tests.simulation.oracle import Oracle
from tests.simulation.world import World

TAKEOVER = 2.0
"""Seconds after the end of a lease in which another worker must have taken the work over."""


JUST = 0.2
"""Seconds that it takes from the store's lease to the first step of the work."""


class _Number(NamedTuple):
    number: str
    target: int
    status: int


class _Unit(NamedTuple):
    kind: int
    first: int
    last: int
    target: int
    token: int
    worker: str
    lease_until: float
    due: float | None
    done: bool
    waits: bool


class FleetOracle:
    """Judges a history.

    Args:
        plan: The history.
        world: What is true.
        log: All requests.
        clock: The time.
        path: The store.

    Attributes:
        takeovers: Seconds from the end of each lease that was not given back to the next one.
    """

    def __init__(self, plan: FleetPlan, world: World, log: Sequence[Exchange], clock: Clock, path: Path) -> None:
        self.oracle = Oracle(plan.plan, world, log, path.parent, several=True)
        self.takeovers: list[float] = []
        self._plan = plan
        self._world = world
        self._log = log
        self._clock = clock
        self._store = sqlite3.connect(path, isolation_level=None)
        self._numbers: dict[int, _Number] = {}
        self._units: dict[int, _Unit] = {}
        self._taken_at: dict[int, float] = {}
        self._version: int | None = None
        self._look()

    def close(self) -> None:
        """Look no more."""
        self._store.close()

    def used(self, process: Process, able: Sequence[Process], *, may_be_late: bool) -> None:
        """A worker has used the store.

        Args:
            process: The worker.
            able: All workers.
            may_be_late: Whether the store was not there for everybody lately.
        """
        numbers, units = self._numbers, self._units
        if not self._look():
            return
        for position, new in self._numbers.items():
            old = numbers.get(position)
            if old is not None and old.status != new.status:
                self._changed(process, position, old, new)
        for number, unit in self._units.items():
            before = units.get(number)
            if before is not None and unit.token != before.token:
                self._taken_at[number] = self._clock.now
                self._taken(process, before, unit, able, may_be_late=may_be_late)
        self._count()

    def sends(self, process: Process, exchange: Exchange) -> None:
        """A worker sends a request."""
        if exchange.kind not in {"link", "unlink"}:
            return
        self._look()
        if not any(self._holds(process, position) for position in self._positions(exchange.numbers[0])):
            self.fault("sent without a lease", f"{exchange.numbers[0]} by {process.name}")

    def ended(self, process: Process, *, may_be_late: bool) -> None:
        """A worker has ended by itself."""
        if process.error is not None and not isinstance(process.error, VonageError):
            self.fault(f"an error that is not ours: {type(process.error).__name__}", str(process.error))
        if process.left:
            self.fault("something goes on after the end", process.left[0])
        if process.lost:
            self.fault("an error that nobody has taken", process.lost[0])
        self._look()
        held = [
            unit
            for number, unit in self._units.items()
            if unit.worker == process.name and unit.lease_until > self._now and not self._just_taken(number)
        ]
        if held and not may_be_late:
            self.fault("a worker has ended, and keeps its lease", f"{process.name}: {held[0]}")

    def judge(self, status: JobStatus, outcomes: Sequence[JobOutcome]) -> None:
        """Judge the job when it is done."""
        plan = self._plan.plan
        if status.state != "done" or status.pending or status.following:
            self.fault("the job does not end", str(status))
            return
        found = [outcome.given for outcome in outcomes]
        entries = list(plan.entries)
        if found[: len(entries)] != entries:
            self.fault("the outcomes are not those of the input, in its order", f"{found}, not {entries}")
        if found[len(entries) :] and not (plan.job == "sync" and plan.removes):
            self.fault("an outcome too many", str(found[len(entries) :]))
        if Counter(str(outcome.status) for outcome in outcomes) != Counter(dict(status.counts)):
            self.fault("the status and the outcomes do not agree", f"{status.counts}")
        for outcome in outcomes:
            if str(outcome.status) not in {"invalid", "duplicate"}:
                self.oracle.judge_details(outcome)
        for number, reason in fleet_repeats(self._log, self._world):
            self.fault(reason, number)

    def fault(self, kind: str, details: str) -> None:
        """Note a fault."""
        self.oracle.fault(kind, details)

    @property
    def _now(self) -> float:
        return self._clock.time()

    def _look(self) -> bool:
        """Read the store, if it has changed."""
        version = self._store.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return False
        self._version = version
        self._numbers = {
            position: _Number(str(number), target, status)
            for position, number, target, status in self._store.execute(
                "SELECT position, coalesce(number, given), target, status FROM number"
            )
        }
        self._units = {
            row[0]: _Unit(*row[1:])
            for row in self._store.execute(
                "SELECT number, kind, first, last, target, token, coalesce(worker, ''), lease_until, due, done, "
                "state <> 'running' OR unit.phase > job.phase FROM unit JOIN job ON job.id = job"
            )
        }
        return True

    def _just_taken(self, number: int) -> bool:
        """Whether a unit has been taken only now: who is cancelled before it knows that cannot give it back."""
        return self._clock.now - self._taken_at.get(number, -inf) < JUST

    def _positions(self, number: str) -> list[int]:
        return [position for position, found in self._numbers.items() if found.number == number]

    def _holds(self, process: Process, position: int, *, following: bool = False) -> bool:
        target = self._numbers[position].target
        for unit in self._units.values():
            if unit.worker != process.name or unit.lease_until <= self._now:
                continue
            if unit.kind == Kind.SEND and unit.first <= position <= unit.last and not following:
                return True
            if unit.kind == Kind.FOLLOW and unit.target == target:
                return True
        return False

    def _changed(self, process: Process, position: int, old: _Number, new: _Number) -> None:
        if old.status > 0:
            words = f"{status_of(old.status)} to {status_of(new.status) if new.status > 0 else new.status}"
            self.fault(f"an outcome has changed: {words}", new.number)
        if not self._holds(process, position, following=old.status == FOLLOWING):
            self.fault("written without a lease", f"{new.number} by {process.name}")
        if new.status > 0:
            self.oracle.claim(new.number, str(status_of(new.status)), self._clock.now)

    def _taken(
        self, process: Process, before: _Unit, unit: _Unit, able: Sequence[Process], *, may_be_late: bool
    ) -> None:
        if before.lease_until > self._now and before.worker != process.name:
            self.fault("taken from a worker that had a lease", f"{before.worker}, by {process.name}")
        if before.lease_until <= 0.0 or before.due is None or before.waits:
            return
        due = max(before.lease_until, before.due)
        late = self._now - due
        self.takeovers.append(late)
        since = due - self._now + self._clock.now
        if late > TAKEOVER and not (self._plan.by_engine or may_be_late) and any(p.able_since <= since for p in able):
            self.fault("taken over late", f"{late:.2f} s after the lease of {before.worker}")

    def _count(self) -> None:
        """The sums that `status` shows are those of the numbers."""
        written = Counter(number.status for number in self._numbers.values())
        summed = Counter(
            dict(self._store.execute("SELECT status, sum(count) FROM tally GROUP BY status HAVING sum(count) <> 0"))
        )
        counted = Counter({status: n for status, n in written.items() if status > 0 or status == FOLLOWING})
        if summed != counted:
            self.fault("the tallies are not those of the numbers", f"{dict(summed)}, not {dict(counted)}")
