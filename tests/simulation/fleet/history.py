"""A history of several workers, and what the oracle says of it."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import attrs

from aiovonage.errors import VonageError
from aiovonage.jobs import JobOutcome, Jobs, LinkNumbers, SyncNumbers, UnlinkNumbers
from tests.simulation.clock import Clock
from tests.simulation.fleet.oracle import FleetOracle
from tests.simulation.fleet.plan import FleetPlan, Trouble, draw_fleet
from tests.simulation.fleet.process import Process, ProcessNetwork
from tests.simulation.fleet.weather import StoreWeather
from tests.simulation.history import CALM, undisturbed
from tests.simulation.inputs import input_of
from tests.simulation.loop import SPINNING, VirtualLoop, no_threads
from tests.simulation.network import Exchange
from tests.simulation.oracle import Fault
from tests.simulation.plan import BRAND, CAMPAIGN
from tests.simulation.sandbox import API_KEY, SandboxServer
from tests.simulation.server import Server, ThinServer
from tests.simulation.small import small_bounds
from tests.simulation.world import World

T = TypeVar("T")

CALM_AFTER = 200.0
"""Seconds after which nothing goes wrong any more."""

MOST_PROCESSES = 150
"""Processes of a history: some are started again because `max_refusals` pauses the job at each number."""

LONGEST, LONGEST_POLLED = 3 * 86_400.0, 900.0
"""Seconds in calm weather, beside the patience with the carriers, after which a history is endless. The second is for
workers that look for work each second.
"""

MOST_TURNS = 200_000
"""Turns of the loops after which a history is endless, too."""

MOST_FAULTS = 10
"""Faults after which no more are looked for."""

RESTARTED = 1.0
"""Seconds after which a supervisor starts a worker again that has ended with an error, or because of a pause."""


@attrs.define
class FleetVerdict:
    """What the oracle says.

    Attributes:
        plan: The history.
        faults: What was wrong.
        log: All requests.
        outcomes: Of the job.
        seen: How often what befell the workers.
        takeovers: Seconds from the end of each lease that was not given back to the next one.
        told: When what befell the workers.
    """

    plan: FleetPlan
    faults: list[Fault]
    log: list[Exchange]
    outcomes: list[JobOutcome]
    seen: Counter[str]
    takeovers: list[float]
    told: list[tuple[float, str]]


class Endless(Exception):
    """Nothing is left to do, or it goes on and on, and the job has not ended."""


class FleetHistory:
    """A history.

    Args:
        seed: What it is drawn from.
        directory: An empty one, for the store.
        broken: Breaks the workers, for its time.
    """

    def __init__(
        self, seed: int, directory: Path, *, broken: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> None:
        self.plan: FleetPlan = draw_fleet(seed)
        self.log: list[Exchange] = []
        self.seen: Counter[str] = Counter()
        self._broken = broken
        self._path = directory / "jobs.db"
        self._dice = random.Random(f"play fleet {seed}")
        self._clock = Clock()
        self.world = World(self.plan.plan.rules, random.Random(f"world {seed}"))
        self._weather = StoreWeather(self.plan, self._clock, random.Random(f"store {seed}"), self)
        self._processes: list[Process] = []
        self._dead: list[Process] = []
        self._troubles: list[list[Trouble]] = [list(troubles) for troubles in self.plan.troubles]
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._started = 0
        self._serial = 0
        self._turn_of: Process | None = None
        self._is_over = False
        self._told: list[tuple[float, str]] = []

    def play(self) -> FleetVerdict:
        """Play it to its end."""
        random.seed(self.plan.seed)
        small = small_bounds() if self.plan.plan.is_small else nullcontext()
        outcomes: list[JobOutcome] = []
        with self._clock.installed(), no_threads(), undisturbed(), small, self._weather.installed():
            self._server = self._make_server()
            self._jobs = Jobs(self._path, account=API_KEY)
            self._job = self._by_user(self._submit())
            self._oracle = FleetOracle(self.plan, self.world, self.log, self._clock, self._path)
            try:
                with self._broken():
                    self._play()
            except Endless as error:
                self._oracle.fault("the job does not end", str(error))
            else:
                outcomes = self._by_user(self._outcomes())
                self._oracle.judge(self._by_user(self._jobs.status(self._job)), outcomes)
            self._oracle.close()
            self._forget()
        faults = list(self._oracle.oracle.faults)
        return FleetVerdict(self.plan, faults, self.log, outcomes, self.seen, self._oracle.takeovers, self._told)

    def _forget(self) -> None:
        """Drop all that is left of killed processes, while nobody hears of it."""
        for process in self._processes:
            process.kill()
        for process in (*self._processes, *self._dead):
            process.forget()
        for left in (self._processes, self._dead, self._agenda):
            left.clear()

    # The job.

    async def _submit(self) -> int:
        plan = self.plan.plan
        options: dict[str, Any] = {"patience": plan.patience, "max_refusals": plan.max_refusals}
        target: LinkNumbers | UnlinkNumbers | SyncNumbers
        if plan.job == "unlink":
            target = UnlinkNumbers(BRAND, CAMPAIGN, max_refusals=plan.max_refusals)
        elif plan.job == "sync":
            target = SyncNumbers(BRAND, CAMPAIGN, remove=plan.removes, until=plan.until, **options)  # type: ignore[arg-type]
        else:
            campaign = (BRAND, CAMPAIGN) if plan.job == "link" else ()
            target = LinkNumbers(*campaign, until=plan.until, **options)  # type: ignore[arg-type]
        numbers = input_of(plan, plan.entries, self._dice)
        return (await self._jobs.submit(target, numbers, key="one", chunk_size=self.plan.chunk)).id

    async def _outcomes(self) -> list[JobOutcome]:
        return [outcome async for outcome in self._jobs.outcomes(self._job)]

    def _by_user(self, coroutine: Coroutine[Any, Any, T] | Awaitable[T]) -> T:
        """What somebody does in a process that nothing befalls."""
        self._weather.is_worker = False
        loop = VirtualLoop(self._clock, self._dice)
        asyncio.set_event_loop(None)
        try:
            return loop.run_until_complete(coroutine)
        finally:
            loop.close()

    # The course of things.

    def _play(self) -> None:
        for slot in range(len(self.plan.troubles)):
            self._start(slot)
        for at, seconds in self.plan.orders:
            self._at(at, lambda seconds=seconds: self._pause(seconds))  # type: ignore[misc]
        self._at(CALM_AFTER, self._calm)
        longest = LONGEST if self.plan.by_engine else LONGEST_POLLED
        ends_at = CALM_AFTER + self.plan.plan.patience + longest
        turns = all_turns = 0
        while self._processes or not self._is_over:
            all_turns += 1
            if len(self._oracle.oracle.faults) >= MOST_FAULTS:
                raise Endless("too much is wrong")
            if self._clock.now > ends_at or all_turns > MOST_TURNS:
                raise Endless(f"{self._clock.now:.0f} seconds have gone by")
            process = min(self._processes, key=lambda one: (one.wakes_at(), one.number), default=None)
            wakes_at = inf if process is None else process.wakes_at()
            if self._agenda and self._agenda[0][0] <= wakes_at:
                at, _, action = heapq.heappop(self._agenda)
                self._pass(at)
                action()
                continue
            if process is None or wakes_at == inf:
                raise Endless("nothing is ready or scheduled")
            turns = 0 if wakes_at > self._clock.now else turns + 1
            if turns > SPINNING:
                raise Endless(f"{SPINNING} turns without any time passing")
            self._pass(wakes_at)
            self._take_turn(process)

    def _pass(self, moment: float) -> None:
        self._clock.now = max(self._clock.now, moment)
        self.world.advance(self._clock.now)

    def _tell(self, words: str) -> None:
        self._told.append((self._clock.now, words))

    def _at(self, moment: float, action: Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self._agenda, (moment, self._serial, action))

    def _take_turn(self, process: Process) -> None:
        self._turn_of, self._weather.is_worker = process, True
        process.turn()
        self._turn_of, self._weather.is_worker = None, False
        if process.struck and process.alive:
            self._befall(process)
        if process.end is not None and process in self._processes:
            self._ended(process)

    def called(self) -> None:
        """The worker whose turn it is has used the store."""
        process = self._turn_of
        assert process is not None
        self._oracle.used(process, self._processes, may_be_late=self._was_away())
        process.called()

    def _was_away(self) -> bool:
        return self._weather.was_away(self._clock.now - self.plan.lease - 40.0)

    # Processes.

    def _start(self, slot: int) -> None:
        if self._is_over:
            return
        number = self._started
        self._started += 1
        if number > MOST_PROCESSES:
            raise Endless(f"{MOST_PROCESSES} processes have been started")
        weather = CALM if self._weather.calm else self.plan.plan.weather
        network = ProcessNetwork(self._server, self.world, self._clock, weather, self._dice, number, self.log)
        process = Process(number, slot, self.plan, self._job, self._path, network, self._clock, self._dice)
        network.on_sent = lambda exchange: self._oracle.sends(process, exchange)
        self._processes.append(process)
        self._tell(f"{process.name} begins")
        self._next_trouble(process)

    def _next_trouble(self, process: Process) -> None:
        process.trouble, process.struck = None, False
        if self._weather.calm or not self._troubles[process.slot]:
            return
        trouble = self._troubles[process.slot].pop(0)
        process.awaits(trouble)
        if trouble.when == "seconds":
            begins = max(self._clock.now, process.frozen_until)
            self._at(begins + trouble.at, lambda: self._is_due(process, trouble))

    def _is_due(self, process: Process, trouble: Trouble) -> None:
        if process.alive and process.trouble is trouble:
            self._befall(process)

    def _befall(self, process: Process) -> None:
        trouble = process.trouble
        assert trouble is not None
        self.seen[{"kill": "kills", "freeze": "freezes", "stop": "stops", "cancel": "cancellations"}[trouble.kind]] += 1
        process.trouble, process.struck = None, False
        self._tell(f"{process.name}: {trouble}")
        if trouble.kind == "freeze":
            process.freeze(trouble.seconds)
            self._next_trouble(process)
        elif trouble.kind == "kill":
            process.kill()
            for exchange in self.log:
                if exchange.life == process.number:
                    exchange.ended = min(exchange.ended, self._clock.now)
            self._dead.append(process)
            self._processes.remove(process)
            self._at(self._clock.now + trouble.seconds, lambda: self._start(process.slot))
        elif trouble.kind == "stop":
            process.stop()
        else:
            process.cancel()

    def _ended(self, process: Process) -> None:
        self._processes.remove(process)
        self._tell(f"{process.name} has {process.end}: {process.status or ''} {process.error or ''}")
        self._oracle.ended(process, may_be_late=self._was_away() or process.frozen_until > 0.0)
        if process.error is not None and self._weather.calm and not isinstance(process.error, VonageError):
            raise Endless(f"{type(process.error).__name__}: {process.error}")
        if process.status is not None and process.status.is_over:
            self._is_over = True
            return
        if process.status is not None and process.status.state == "paused":
            self._at(self._clock.now + RESTARTED / 2, self._resume)
        self._at(self._clock.now + RESTARTED, lambda: self._start(process.slot))

    # What the user does.

    def _pause(self, seconds: float) -> None:
        if self._by_user(self._jobs.pause(self._job)):
            self.seen["pauses"] += 1
            self._tell("the user pauses the job")
            self._at(self._clock.now + seconds, self._resume)

    def _resume(self) -> None:
        self._by_user(self._jobs.resume(self._job))

    def _calm(self) -> None:
        self._weather.calm = True
        self._server.calm()
        for process in self._processes:
            process.network._weather = CALM
            process.trouble = None

    def _make_server(self) -> Server:
        server: Server
        if self.plan.plan.sandbox:
            server = SandboxServer(self.plan.plan, self.world)
        else:
            server = ThinServer(self.plan.plan, self.world, random.Random(f"server {self.plan.seed}"))
        for at, number in self.plan.plan.others:
            self.world.at(at, lambda number=number: server.touch(number))  # type: ignore[misc]
        return server
