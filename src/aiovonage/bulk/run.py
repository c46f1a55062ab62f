"""A run: numbers in, one outcome per number out."""

from __future__ import annotations

import time
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from aiovonage.bulk.outcome import LinkOutcome, Status, Summary
from aiovonage.bulk.pipeline import Pipeline
from aiovonage.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from pathlib import Path

    from aiovonage.bulk.intake import Numbers
    from aiovonage.bulk.job import Job
    from aiovonage.core.retry import RetryBudget


class BulkRun:
    """A run over numbers. Nothing is read or sent before it is iterated or awaited.

        async for outcome in run:
            print(outcome.number, outcome.status)
        print(run.summary)

    Iterating gives one `LinkOutcome` per number, in order of completion; each is in the journal before it is given.
    `await run` goes to the end and gives the `Summary`. Breaking out of the iteration, or cancelling it, stops the run;
    with a journal the same call goes on where it stopped.

    Raises:
        JournalError: when the journal cannot be used.
        Unauthorized: the credentials are wrong. As with each of these, the run has stopped at once, and what has no
            outcome is pending.
        Forbidden: the account may not do this.
        NotFound: what the run is for does not exist.
        RunStopped: the server is out, answers nothing but 429 for long, or gives answers that are not the API's.
    """

    def __init__(
        self,
        job: Job,
        numbers: Numbers,
        *,
        concurrency: int,
        journal: str | Path | None,
        on_progress: Callable[[Summary], None] | None,
        budget: RetryBudget,
    ) -> None:
        if concurrency < 1:
            raise ConfigurationError("concurrency must be at least 1")
        if isinstance(numbers, str | bytes):
            raise ConfigurationError("numbers must be an iterable of numbers, not one text")
        self._pipeline = Pipeline(job, numbers, concurrency=concurrency, journal=journal, budget=budget)
        self._size = len(numbers) if isinstance(numbers, Sized) else None
        self._on_progress = on_progress
        self._finished = 0
        self._began: float | None = None
        self._ended: float | None = None
        self._stopped: str | None = None

    @property
    def summary(self) -> Summary:
        """How the run stands."""
        counts = self._pipeline.counts
        pending = self._pipeline.taken
        if self._size is not None and not self._pipeline.exhausted:
            pending = max(pending, self._size - sum(counts.values()))
        now = self._ended if self._ended is not None else time.monotonic()
        return Summary(
            counts={str(status): counts[status] for status in Status if counts.get(status)},
            pending=pending,
            elapsed=now - self._began if self._began is not None else 0.0,
            finished=self._finished,
            stopped=self._stopped,
        )

    def stop(self) -> None:
        """Read no more numbers, let those finish that are under way, and end the iteration."""
        self._stopped = self._stopped or "stopped by the caller"
        self._pipeline.stop()

    def __await__(self) -> Generator[Any, None, Summary]:
        return self._to_the_end().__await__()

    async def _to_the_end(self) -> Summary:
        async for _ in self:
            pass
        return self.summary

    async def __aiter__(self) -> AsyncIterator[LinkOutcome]:
        if self._began is not None:
            raise RuntimeError("a run can be iterated once; make the same call again to resume it from its journal")
        self._began = time.monotonic()
        try:
            async for group in self._pipeline.outcomes():
                self._finished += len(group)
                if self._on_progress is not None:
                    self._on_progress(self.summary)
                for outcome in group:
                    yield outcome
        except Exception as error:
            self._stopped = f"{type(error).__name__}: {error}"
            raise
        finally:
            await self._pipeline.close()
            self._ended = time.monotonic()
