"""A worker: a process with a loop of its own, which lives until it has done its work or is killed."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

from aiovonage import Vonage
from aiovonage._core.http.protocol import Request, Response
from aiovonage.jobs import Jobs, JobStatus, RunningWorker
from aiovonage.jobs._states import State
from aiovonage.jobs._worker import Worker
from tests.simulation.clock import Clock
from tests.simulation.fleet.plan import FleetPlan, Trouble
from tests.simulation.loop import OVERSHOOT, VirtualLoop
from tests.simulation.network import Exchange, Network
from tests.simulation.sandbox import API_KEY, API_SECRET

CONNECTING = (0.0, 0.05)
"""Seconds until a request is sent, at least and at most."""

AFTERWARDS = 5.0
"""Seconds in which what is left of a worker must have ended."""

LONGEST_BREAK = 3600.0
"""Seconds after which an engine starts the task again, at most."""


class ProcessLoop(VirtualLoop):
    """A loop that does not let time pass: whoever gives it its turns does."""

    def select(self, timeout: float | None) -> list[object]:
        return []

    @property
    def is_ready(self) -> bool:
        """Whether there is something to run."""
        return bool(self._ready)  # type: ignore[attr-defined]

    def wakes_at(self) -> float:
        """The moment of its next timer, by its own clock."""
        scheduled = self._scheduled  # type: ignore[attr-defined]
        return float(scheduled[0]._when) + OVERSHOOT if scheduled else inf

    def turn(self) -> None:
        """Run what is ready."""
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)  # type: ignore[attr-defined]
        self._thread_id = threading.get_ident()
        asyncio._set_running_loop(self)
        try:
            self._run_once()  # type: ignore[attr-defined]
        finally:
            asyncio._set_running_loop(None)
            self._thread_id = None  # type: ignore[assignment]
            sys.set_asyncgen_hooks(*hooks)


class ProcessNetwork(Network):
    """A network that takes a moment to connect. As real transports do, it says when it is about to send."""

    on_sent: Callable[[Exchange], None]
    """Called with each request when it is sent."""

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(self._dice.uniform(*CONNECTING))
        request.stage = "sent"
        return await super().send(request)

    def _begin(self, request: Request) -> Exchange:
        exchange = super()._begin(request)
        self.on_sent(exchange)
        return exchange


class Process:
    """A worker.

    Args:
        number: Which process of the history it is.
        slot: Whose place it takes.
        plan: The history.
        job: The job.
        path: The store.
        network: What it sends over.
        clock: The time.
        dice: For how long its threads take.

    Attributes:
        name: What it is called in the store.
        loop: Its loop.
        end: How it has ended; None while it lives.
        status: What `work` gave.
        error: What it raised.
        frozen_until: Until when it does nothing.
        able_since: Since when it does its work; infinite while it is frozen or stopping.
        trouble: What befalls it next.
        struck: Whether that is due.
        left: What goes on though its work has ended.
    """

    def __init__(
        self,
        number: int,
        slot: int,
        plan: FleetPlan,
        job: int,
        path: Path,
        network: ProcessNetwork,
        clock: Clock,
        dice: random.Random,
    ) -> None:
        self.number = number
        self.slot = slot
        self.name: str = f"worker {slot}, process {number}"
        self.end: str | None = None
        self.status: JobStatus | None = None
        self.error: BaseException | None = None
        self.frozen_until: float = 0.0
        self.able_since: float = clock.now
        self.trouble: Trouble | None = None
        self.struck: bool = False
        self.left: list[str] = []
        self.network = network
        self.loop = ProcessLoop(clock, dice)
        self.lost: list[str] = []
        self.loop.set_exception_handler(lambda _, context: self.lost.append(str(context)))
        network.on_send = self._sent
        self._plan = plan
        self._job = job
        self._path = path
        self._clock = clock
        self._worker: Worker | None = None
        self._stopping = False
        self._counted: dict[str, float] = {"requests": 0.0, "calls": 0.0}
        self._kept: list[asyncio.Task[Any]] = []
        self._task: asyncio.Task[None] = self.loop.create_task(self._main())

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.end is None

    def wakes_at(self) -> float:
        """When it goes on, in seconds since the history began."""
        wakes_at = self._clock.now if self.loop.is_ready else self.loop.wakes_at() - self._clock.booted
        return max(wakes_at, self.frozen_until)

    def turn(self) -> None:
        """Let it do what is ready."""
        self.loop.turn()
        if self.alive and self._task.done():
            self.able_since = inf
            self.end = "cancelled" if self._task.cancelled() else "ended"
            self.loop.close()

    def awaits(self, trouble: Trouble) -> None:
        """This befalls it next."""
        self.trouble = trouble
        self._counted = {"requests": 0.0, "calls": 0.0}

    def called(self) -> None:
        """It has used the store."""
        self._count("calls")

    def kill(self) -> None:
        """SIGKILL."""
        self._kept = sorted(asyncio.all_tasks(self.loop), key=hash)  # their `finally` blocks must not run
        self.loop.bury()
        self.end, self.able_since = "killed", inf

    def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after some seconds."""
        self.frozen_until = self._clock.now + seconds
        self.able_since = self.frozen_until

    def stop(self) -> None:
        """What a worker does on SIGTERM."""
        self.able_since, self._stopping = inf, True
        if self._worker is not None:
            self._worker.stop()

    def cancel(self) -> None:
        """Cancel the task that works."""
        self.able_since = inf
        self._task.cancel()

    def forget(self) -> None:
        """Let go of what a killed process had under way."""
        self._kept.clear()
        del self._task

    def _sent(self) -> None:
        self._count("requests")

    def _count(self, what: str) -> None:
        self._counted[what] += 1.0
        if self.trouble is not None and self.trouble.when == what and self._counted[what] == self.trouble.at:
            self.struck = True

    def _started(self, worker: RunningWorker) -> None:
        assert isinstance(worker, Worker)
        self._worker = worker
        if self._stopping:
            worker.stop()

    async def _main(self) -> None:
        plan = self._plan.plan
        vonage = Vonage(
            api_key=API_KEY,
            api_secret=API_SECRET,
            base_url="http://sandbox.localhost",
            transport=self.network,
            timeout=plan.timeout,
        )
        try:
            await self._work(vonage)
        except Exception as error:
            self.error = error.with_traceback(None)
        await vonage.aclose()
        await asyncio.sleep(AFTERWARDS)
        here = asyncio.current_task()
        self.left = sorted(str(task.get_coro()) for task in asyncio.all_tasks() if task is not here)

    async def _work(self, vonage: Vonage) -> None:
        jobs = Jobs(self._path)
        while True:
            self.status = await jobs.work(
                vonage,
                self._job,
                concurrency=self._plan.plan.concurrency,
                lease=self._plan.lease,
                wait=not self._plan.by_engine,
                name=self.name,
                on_start=self._started,
            )
            assert self.status is not None
            if not self._plan.by_engine or self._stopping or self.status.state is not State.RUNNING:
                return
            due = 1.0 if self.status.next_due is None else max(self.status.next_due, 0.05)
            await asyncio.sleep(min(due, LONGEST_BREAK))
