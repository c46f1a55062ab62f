"""A bulk run: it takes numbers and yields one outcome for each."""

from __future__ import annotations

import time
import weakref
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, NoReturn

from aiovonage.bulk._outcome import DISPLAY, LinkOutcome, Status
from aiovonage.bulk._pipeline import Pipeline
from aiovonage.bulk._summary import Summary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
    from collections.abc import Set as AbstractSet
    from types import TracebackType
    from typing import Self

    from aiovonage.bulk._input.intake import Numbers


class BulkRun:
    """A bulk run over numbers. It reads and sends nothing until you iterate or await it.

        async for outcome in run:
            print(outcome.number, outcome.status)
        print(run.summary)

    Iterating yields one `LinkOutcome` per number, in order of completion. Each outcome is in the journal before it is
    yielded, and is yielded only once, by this run or a later one with the same journal. Outcomes that were in the
    journal when the iteration ended early are not yielded again: `Journal(path)` has them all.

    `await run` runs to the end and returns the `Summary`. Breaking out of the iteration, or cancelling it, stops the
    run; with a journal, the same call continues where it stopped. `async with run:` ends the run at the end of the
    block, even if something still holds the iterator.

    Each of these errors stops the run at once, and numbers without an outcome are pending.

    Raises:
        JournalError: if the journal cannot be used.
        Unauthorized: if the credentials are wrong.
        Forbidden: if the account is not allowed to do this.
        NotFound: if the brand, campaign or engagement does not exist.
        RunStopped: if the server is down or keeps responding with 429, a gateway responds instead of the API, the API
            refuses everything for the same reason, or the campaign is not active.
    """

    __module__ = "aiovonage.bulk"

    def __init__(
        self,
        pipeline: Pipeline,
        numbers: Numbers,
        *,
        name: str,
        wanted: AbstractSet[Status],
        on_progress: Callable[[Summary], None] | None,
    ) -> None:
        self._pipeline = pipeline
        self._name = name
        self._wanted = wanted
        self._size = len(numbers) if isinstance(numbers, Sized) else None
        self._on_progress = on_progress
        self._finished = 0
        self._began: float | None = None
        self._ended: float | None = None
        self._stopped: str | None = None
        # A weak reference, so that a `break` out of the iteration, which drops the iterator, ends the run.
        self._iteration: weakref.ref[AsyncGenerator[LinkOutcome, None]] | None = None

    @property
    def summary(self) -> Summary:
        """The counts so far."""
        counts = self._pipeline.counts
        pending = self._pipeline.taken
        if self._size is not None and not self._pipeline.exhausted:
            pending = max(pending, self._size - sum(counts.values()))
        now = self._ended if self._ended is not None else time.monotonic()
        return Summary(
            counts={str(status): counts[status] for status in DISPLAY if counts.get(status)},
            pending=pending,
            following=self._pipeline.following,
            elapsed=now - self._began if self._began is not None else 0.0,
            finished=self._finished,
            stopped=self._stopped,
            wanted=self._wanted,
        )

    def stop(self) -> None:
        """Stop reading numbers, finish the requests in progress, and end the iteration."""
        self._stopped = self._stopped or "stopped by the caller"
        self._pipeline.stop()

    async def aclose(self) -> None:
        """End the run immediately. Numbers without an outcome are pending."""
        iteration = self._iteration() if self._iteration is not None else None
        if iteration is not None:
            await iteration.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __await__(self) -> Generator[Any, None, Summary]:
        return self._to_the_end().__await__()

    async def _to_the_end(self) -> Summary:
        if self._ended is None:
            async for _ in self:
                pass
        return self.summary

    def __aiter__(self) -> AsyncIterator[LinkOutcome]:
        if self._iteration is not None:
            raise RuntimeError("a run can be iterated once; make the same call again to resume it from its journal")
        iteration = self._outcomes()
        self._iteration = weakref.ref(iteration)
        return iteration

    def __iter__(self) -> NoReturn:
        raise TypeError("a run is asynchronous: use `async for outcome in run`, or `await run`")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}: {self.summary}>"

    async def _outcomes(self) -> AsyncGenerator[LinkOutcome, None]:
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
