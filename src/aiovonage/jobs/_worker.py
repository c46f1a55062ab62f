"""A worker: it takes work that is due, does it under leases, and always leaves it so that another can continue."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import attrs

from aiovonage.bulk._errors import RunStopped
from aiovonage.bulk._follow.follower import LONGEST_INTERVAL, WHILE_SENDING
from aiovonage.bulk._reconcile.answers import TRANSIENT
from aiovonage.errors import ConfigurationError, Unauthorized, VonageError
from aiovonage.jobs._errors import JobsError, LeaseLost, StoreUnavailable
from aiovonage.jobs._lease import Lease, asked_at
from aiovonage.jobs._plans import plan_from
from aiovonage.jobs._states import Kind, State
from aiovonage.jobs._store import Ask, Pulse, Unit
from aiovonage.jobs._unit_run import UnitRun

if TYPE_CHECKING:
    from aiovonage._core.session import Session
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._plans import Plan
    from aiovonage.jobs._store import Store

T = TypeVar("T")

POLL = 1.0
"""Seconds between two polls for due work. A dead worker's work is taken over within its lease plus this time."""

BEAT = 2.0
"""Seconds between two renewals of leases, at most. Workers notice a pause or a cancellation within this time."""

TRY_AGAIN = (5.0, 15.0, 60.0, 300.0)
"""Seconds until work that failed at the server is tried again, by the number of consecutive failures."""

MOST_RESCUED = 8
"""A worker that takes over from dead ones holds at most this many times its usual number of chunks."""

RELEASING = 2.0
"""Seconds for which a cancelled worker tries to release its leases, so that others need not wait until they end."""

OWN_FAULTS = (Unauthorized, ConfigurationError)
"""Errors of this worker rather than of the job: another worker may have better credentials."""

logger: logging.Logger = logging.getLogger("aiovonage.jobs")


@attrs.define(eq=False)
class _Running:
    """A unit in progress."""

    lease: Lease
    run: UnitRun
    task: asyncio.Task[None]
    paused: bool = False


@attrs.define(kw_only=True, eq=False)
class Worker:
    """Works on the jobs of one account.

    Attributes:
        name: What the worker is called in the store.
        work_store: The store that the units use.
        lease_store: The store that leases are renewed in, over a separate connection.
        session: The client's session.
        account: The account that the client has credentials for.
        origin: The server that the client talks to.
        job: The only job to work on; None for all jobs of the account.
        concurrency: How many requests are in flight at once.
        units: How many chunks are worked on at once.
        chunk: How many numbers a chunk of removals has.
        lease: Seconds that a lease lasts from its last renewal.
        while_sending: Seconds until the first check of accepted numbers, while others are still being sent.
        on_beat: Called after each renewal.
        outcomes: How many numbers it has decided.
    """

    name: str
    work_store: Store
    lease_store: Store
    session: Session
    account: str
    origin: str
    job: int | None
    concurrency: int
    units: int
    chunk: int
    lease: float
    while_sending: float = WHILE_SENDING
    on_beat: Callable[[], None] | None = None
    outcomes: int = 0
    error: str | None = None
    _running: dict[tuple[int, int], _Running] = attrs.field(factory=dict)
    _plans: dict[int, tuple[Plan, dict[int, Target]]] = attrs.field(factory=dict)
    _pages: dict[int, dict[str, int]] = attrs.field(factory=dict)
    _changed: asyncio.Event = attrs.field(factory=asyncio.Event)
    _stopping: bool = False
    _failure: BaseException | None = None

    @property
    def chunks(self) -> int:
        """How many units of work are in progress."""
        return len(self._running)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in progress."""
        return not self._running

    @property
    def is_full(self) -> bool:
        """Whether it has as many chunks as it can work on at once, or is stopping."""
        return self._stopping or len(self._running) >= self.units

    @property
    def has_ended(self) -> bool:
        """Whether it was stopped and nothing is in progress, or it can't go on."""
        return self._failure is not None or (self._stopping and not self._running)

    def raise_failure(self) -> None:
        """Raise the error that keeps it from working, if there is one."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Take no more work, finish the requests in flight, and release the leases."""
        self._stopping = True
        for running in self._running.values():
            running.run.stop()
        self._changed.set()

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Renew leases for the duration of a block. When it ends, nothing is in progress any more."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._stopping = True
            left = list(self._running.values())
            for running in left:
                running.task.cancel()
            await asyncio.gather(*(running.task for running in left), return_exceptions=True)
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._leave([running.run for running in left if not running.lease.lost])

    async def _leave(self, runs: list[UnitRun]) -> None:
        """Release units that were cancelled, and report how much was done. Whoever continues them asks the API about
        the numbers that may have been sent.
        """
        with contextlib.suppress(TimeoutError, JobsError):
            async with asyncio.timeout(RELEASING):
                await self._renew()
                for run in runs:
                    unit = run.lease.unit
                    await self.work_store.release(
                        unit, done=False, due=0.0, wait=unit.wait, failures=unit.failures, error=None
                    )

    async def until_stopped(self, is_over: Callable[[], Awaitable[bool]]) -> None:
        """Do what is due until stopped.

        Args:
            is_over: Called when nothing is due; returns whether to end.

        Raises:
            JobsError: if the store can't be used.
            Unauthorized: if the client's credentials are wrong.
        """
        async with self.at_work():
            while True:
                self.raise_failure()
                if self._stopping and not self._running:
                    return
                self._changed.clear()
                taken = 0
                if not self._stopping:
                    taken = await self._patiently(self.take_what_is_due)
                if not taken and not self._running and not self._stopping and await self._patiently(is_over):
                    return
                if taken and len(self._running) < self.units:
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._changed.wait()

    async def take_what_is_due(self) -> int:
        """Start as many due units as there is room for; return how many. There is always room for the units of a dead
        worker: they must not wait until other chunks are done.
        """
        await self.work_store.advance(self.account, self.while_sending)
        free = self.units - len(self._running)
        if free <= 0:
            return await self._take_over()
        taken = await self._take(free)
        return len([task for unit, moment in taken if (task := await self._begin(unit, moment))])

    async def take_due(self) -> bool:
        """Start work that is due; return whether there was any."""
        return not self._stopping and await self.take_what_is_due() > 0

    async def _take_over(self) -> int:
        free = MOST_RESCUED * self.units - len(self._running)
        taken = await self._take(free, rescue=True) if free > 0 else []
        return len([task for unit, moment in taken if (task := await self._begin(unit, moment))])

    async def rescue(self) -> None:
        """Take over what dead workers left behind. For engines that hand out units; call it only within `at_work`."""
        if not self._stopping:
            with contextlib.suppress(StoreUnavailable):
                await self._take_over()

    async def do(self, unit: tuple[int, int]) -> None:
        """Do one unit if it is due and not taken. For engines that hand out units; call it only within `at_work`."""
        for taken, moment in await self._take(1, unit):
            if (task := await self._begin(taken, moment)) is not None:
                await asyncio.wait([task])

    async def _take(
        self, limit: int, unit: tuple[int, int] | None = None, *, rescue: bool = False
    ) -> list[tuple[Unit, tuple[float, float]]]:
        moment = asked_at()
        ask = Ask(
            worker=self.name,
            account=self.account,
            origin=self.origin,
            job=self.job,
            lease=self.lease,
            limit=limit,
            unit=unit,
            rescue=rescue,
        )
        return [(taken, moment) for taken in await self.work_store.take(ask)]

    async def _begin(self, unit: Unit, moment: tuple[float, float]) -> asyncio.Task[None] | None:
        store = self.work_store
        if not await store.bind(unit.job, self.origin):
            return None
        if unit.job not in self._plans or self._plans[unit.job][0].verb == "sync":  # a sync gets another target later
            (job,) = await store.find(unit.job)
            self._plans[unit.job] = plan_from(job.plan, job.account), await store.targets(unit.job)
        plan, targets = self._plans[unit.job]
        lease = Lease(unit, self.lease)
        lease.renewed(moment)
        run = UnitRun(
            store=store,
            lease=lease,
            plan=plan,
            targets=targets,
            session=self.session,
            pages=self._pages.setdefault(unit.job, {}),
            concurrency=max(1, self.concurrency // self.units),
            chunk=self.chunk,
        )
        task = asyncio.create_task(self._do(run))
        self._running[unit.name] = _Running(lease, run, task)
        return task

    async def _do(self, run: UnitRun) -> None:
        unit = run.lease.unit
        try:
            error = await self._run(run)
            self.outcomes += run.decided
            run.decided = 0
            if not run.lease.lost:
                await self._give_back(run, error)
        except LeaseLost as lost:
            logger.warning("%s", lost)
        except Exception as failure:
            self._failure = self._failure or failure
        finally:
            self._running.pop(unit.name, None)
            self._changed.set()

    async def _run(self, run: UnitRun) -> VonageError | None:
        """Do a unit; return the error that keeps the rest of it from being done, if any."""
        try:
            await run.run()
        except (LeaseLost, JobsError):
            raise
        except asyncio.CancelledError:
            if run.lease.lost:  # the renewal noticed it, and cancelled this
                unit = run.lease.unit
                raise LeaseLost(f"the lease on chunk {unit.number} of job {unit.job} has ended") from None
            raise
        except VonageError as error:
            return error
        return None

    async def _give_back(self, run: UnitRun, error: VonageError | None) -> None:
        """Release the lease, and set when the rest is due."""
        unit, lease = run.lease.unit, run.lease
        if unit.kind is Kind.PLAN and error is None:
            return  # planning has ended it
        done, wait, failures = False, unit.wait, 0
        due: float | None = 0.0
        words: str | None = None
        if error is not None:
            words = f"{type(error).__name__}: {error}"
            self.error = words
            logger.warning("chunk %d of job %d: %s", unit.number, unit.job, words)
            failures = unit.failures + 1
            passing = isinstance(error, TRANSIENT) or getattr(error, "passing", False)
            due = TRY_AGAIN[min(failures, len(TRY_AGAIN)) - 1] if passing else 0.0
            if not passing and not isinstance(error, OWN_FAULTS):
                await self._patiently(lambda: self._pause(unit.job, error), lease)
        elif unit.kind is Kind.FOLLOW:
            due, wait = await self._patiently(lambda: self._next_look(run), lease)
        else:
            done = not run.stopped
        await self._patiently(
            lambda: self.work_store.release(unit, done=done, due=due, wait=wait, failures=failures, error=words),
            lease,
        )
        if isinstance(error, OWN_FAULTS):
            raise error

    async def _next_look(self, run: UnitRun) -> tuple[float | None, float]:
        """Seconds until followed numbers are checked next (None: until woken), and the interval from then on."""
        unit = run.lease.unit
        age = await self.work_store.accepted_first(unit)
        if age is None:
            return None, unit.wait
        if run.stopped:
            return 0.0, unit.wait
        wait = min(max(2.0 * unit.wait, 1.0), LONGEST_INTERVAL)
        return min(wait, max(0.0, run.patience() - age)), wait

    async def _pause(self, job: int, error: VonageError) -> bool:
        """Pause the whole job: every chunk of it would fail for the same reason."""
        reason = str(error) if isinstance(error, RunStopped) else f"{type(error).__name__}: {error}"
        logger.error("job %d is paused: %s", job, reason)
        return await self.work_store.set_state(job, State.PAUSED, among=[State.RUNNING], reason=reason)

    # Leases.

    async def _beat(self) -> None:
        try:
            while True:
                await self._renew()  # at once, so that `status` shows a worker from its first chunk on
                if self.on_beat is not None:
                    self.on_beat()
                await asyncio.sleep(min(BEAT, self.lease / 4.0))
        except Exception as failure:  # no work may continue without renewals
            self._failure = self._failure or failure
            self._changed.set()
            raise

    async def _renew(self) -> None:
        held = [running for running in self._running.values() if not running.task.done()]
        moment = asked_at()
        paused = max((lane.closed_for for lane in self.session.throttle.snapshot()), default=0.0)
        outcomes = self.outcomes + sum(running.run.decided for running in held)
        pulse = Pulse(
            worker=self.name,
            account=self.account,
            lease=self.lease,
            outcomes=outcomes,
            paused=paused,
            error=self.error,
        )
        try:
            states = await self.lease_store.renew([running.lease.unit for running in held], pulse)
        except StoreUnavailable as failure:
            logger.warning("the leases cannot be renewed at the moment: %s", failure)
            for running in held:
                if not running.lease.left:
                    self._lose(running)
            return
        for running in held:
            state = states.get(running.lease.unit.name)
            if state is None:
                if not running.task.done():
                    self._lose(running)
                continue
            running.lease.renewed(moment)
            if state is not State.RUNNING:
                running.run.stop()

    def _lose(self, running: _Running) -> None:
        running.lease.lost = True
        running.task.cancel()

    async def _patiently(self, ask: Callable[[], Awaitable[T]], lease: Lease | None = None) -> T:
        """Retry until the store responds, or for as long as a lease lasts."""
        while True:
            try:
                return await ask()
            except StoreUnavailable as failure:
                if lease is not None and not lease.left:
                    raise LeaseLost(f"the lease has ended while the database was away: {failure}") from failure
                if self._failure is not None or (self._stopping and lease is None):
                    raise
                logger.warning("waiting for the database: %s", failure)
            await asyncio.sleep(POLL)
