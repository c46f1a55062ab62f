"""The tasks of a run: one takes numbers from the input, many work on them, and the iteration itself journals and
reports.

    input -> claim (journal) -> work -> done -> record (journal) -> outcomes

Every stage is bounded, so that memory does not grow with the input, and a slow consumer slows the run down. The journal
has a thread of its own; while it commits, the next outcomes gather (group commit).
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from aiovonage.bulk.breaker import Breaker
from aiovonage.bulk.intake import batches
from aiovonage.bulk.journal import Claim, JournalWriter
from aiovonage.bulk.outcome import LinkOutcome, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aiovonage.bulk.intake import Numbers
    from aiovonage.bulk.job import Job
    from aiovonage.bulk.journal import Claimed
    from aiovonage.core.retry import RetryBudget

T = TypeVar("T")

INTAKE = 512
"""How many numbers are taken from the input at a time, at most."""

COMMIT_EVERY = 0.02
"""Seconds between two commits of outcomes, at least."""

BACKLOG = 2048
"""How many finished numbers may wait for the consumer before the workers do."""


class Pipeline:
    """One run under way.

    Attributes:
        counts: The outcomes by status, with those of earlier runs on the same journal.
        taken: How many numbers were taken from the input and have no outcome.
        read: How many entries of the input were read.
        exhausted: Whether the input was read to its end.
    """

    def __init__(
        self, job: Job, numbers: Numbers, *, concurrency: int, journal: str | Path | None, budget: RetryBudget
    ) -> None:
        self.counts: dict[str, int] = {}
        self.taken: int = 0
        self.read: int = 0
        self.exhausted: bool = False
        self._job = job
        self._numbers = numbers
        self._concurrency = concurrency
        self._journal_path = journal
        self._journal: JournalWriter | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aiovonage-journal")
        self._breaker = Breaker(budget)
        self._work: asyncio.Queue[Claimed | None] = asyncio.Queue(max(INTAKE, concurrency, job.batch))
        self._done: list[LinkOutcome] = []
        self._known: list[LinkOutcome] = []
        self._changed = asyncio.Event()
        self._next_commit = 0.0
        self._room = asyncio.Event()
        self._room.set()
        self._stopping = False
        self._failure: BaseException | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Read no more, and let those finish that are under way."""
        self._stopping = True

    async def outcomes(self) -> AsyncIterator[list[LinkOutcome]]:
        """The outcomes in groups; each group is in the journal when it is given."""
        await self._on_thread(self._open_journal)
        assert self._journal is not None
        self.counts, self.taken = await self._on_thread(self._journal.counts)
        workers = [asyncio.create_task(self._worker()) for _ in range(self._concurrency)]
        self._tasks = [asyncio.create_task(self._intake()), *workers]
        for task in self._tasks:
            task.add_done_callback(self._task_done)
        while True:
            if self._done or self._known:
                group = await self._recorded()
                self._room.set()
                yield group
            elif self._failure is not None:
                raise self._failure
            elif self._is_over():
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """Leave no task, thread or open file behind. What is under way stays taken, to be settled when the run is
        resumed.
        """
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            # The thread does one thing after the other, and this last, even if the run is cancelled here once more.
            closing = self._thread.submit(self._close_journal)
            self._thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closing))

    def _open_journal(self) -> None:
        # Kept here by the thread itself: when the run is cancelled meanwhile, there is nobody to take it.
        self._journal = JournalWriter(self._journal_path, self._job.run)

    def _close_journal(self) -> None:
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    async def _recorded(self) -> list[LinkOutcome]:
        assert self._journal is not None
        if self._done and self._journal.lasts:
            await self._gathered()
        done, self._done = self._done, []
        known, self._known = self._known, []
        if done and self._journal.lasts:
            await self._on_thread(self._journal.record, done)
        self.taken -= len(done)
        group = done + known
        for outcome in group:
            self.counts[outcome.status] = self.counts.get(outcome.status, 0) + 1
        return group

    async def _gathered(self) -> None:
        """Let outcomes gather since the last commit: each costs a write to the disk, and two changes of threads."""
        now = time.monotonic()
        if now < self._next_commit and not self._is_over():
            await asyncio.sleep(self._next_commit - now)
        self._next_commit = time.monotonic() + COMMIT_EVERY

    async def _intake(self) -> None:
        """Take numbers from the input, and hand on what is to be done."""
        assert self._journal is not None
        async for batch in batches(self._numbers, INTAKE):
            if self._stopping:
                break
            claimed = await self._on_thread(self._journal.claim, batch)
            self.read += len(batch)
            self.taken += sum(entry.claim is Claim.SEND for entry in claimed)
            for entry in claimed:
                if entry.claim is Claim.REPORT:
                    await self._report(entry)
                elif entry.claim is not Claim.SKIP and not self._stopping:
                    await self._work.put(entry)
        else:
            self.exhausted = True
        for _ in range(self._concurrency):
            await self._work.put(None)

    async def _report(self, entry: Claimed) -> None:
        await self._room.wait()
        repeated = entry.number is not None
        self._known.append(
            LinkOutcome(str(entry.number), Status.DUPLICATE) if repeated else LinkOutcome(entry.given, Status.INVALID)
        )
        self._told()

    async def _worker(self) -> None:
        while (batch := await self._next_batch()) is not None:
            outcomes = await self._job.process(batch, self._breaker)
            self._done += outcomes  # the list may have been handed on meanwhile
            self._told()
            if not self._room.is_set():
                await self._room.wait()

    async def _next_batch(self) -> list[Claimed] | None:
        while (entry := await self._work.get()) is not None and self._stopping:
            pass  # the queue is emptied, so that the intake comes to its end
        if entry is None:
            return None
        batch = [entry]
        while len(batch) < self._job.batch and not self._work.empty():
            following = self._work.get_nowait()
            if following is None:
                self._work.put_nowait(None)
                break
            batch.append(following)
        return batch

    def _told(self) -> None:
        """There is something to report."""
        self._changed.set()
        if len(self._done) + len(self._known) >= BACKLOG:
            self._room.clear()

    def _is_over(self) -> bool:
        return all(task.done() for task in self._tasks)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and self._failure is None:
            self._failure = task.exception()
            for other in self._tasks:
                other.cancel()
        self._changed.set()

    async def _on_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
