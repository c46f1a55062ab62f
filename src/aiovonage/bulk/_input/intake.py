"""Reads the input of a run, lazily, in one task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import TypeAlias

from aiovonage.bulk._errors import RunStopped

Numbers: TypeAlias = Iterable[object] | AsyncIterable[object]

SLICE = 0.005
"""Seconds for which a synchronous iterable may block the event loop before other tasks run."""


class Intake:
    """Reads numbers a little ahead, and passes them on in batches.

    A single task iterates the whole input, so that context variables, timeouts and cancel scopes of a generator work as
    in a plain `async for`. Entries that were read before the input failed are passed on before the error.

    Args:
        numbers: The input.
        size: The most entries that are read ahead, which is also the largest batch.
    """

    def __init__(self, numbers: Numbers, size: int) -> None:
        self._numbers = numbers
        self._size = size
        self._batch: list[object] = []
        self._there = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def batch(self) -> list[object] | None:
        """Wait for entries and return those read since the last call; None at the end of the input.

        Raises:
            RunStopped: if the input was cancelled.
            Exception: if the input raises it.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._read())
            self._task.add_done_callback(lambda _: self._there.set())
        await self._there.wait()
        if not self._stopped and not self._batch and not self._task.cancelled():
            self._task.result()
        batch, self._batch = self._batch, []
        if not self._task.done():
            self._there.clear()
        self._room.set()
        return None if self._stopped else batch or None

    def stop(self) -> None:
        """Stop reading, even if the input blocks forever."""
        self._stopped = True
        self._there.set()
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Stop, and wait for the task to end."""
        self.stop()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            if isinstance(self._numbers, AsyncIterable):
                await self._read_async(aiter(self._numbers))
            else:
                await self._read_sync(self._numbers)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise RunStopped("the input was cancelled: a task that it waits for has ended") from error

    async def _read_sync(self, numbers: Iterable[object]) -> None:
        until = time.perf_counter() + SLICE
        for entry in numbers:
            self._batch.append(entry)
            if len(self._batch) >= self._size or time.perf_counter() > until:
                await self._pass_on()
                until = time.perf_counter() + SLICE

    async def _read_async(self, numbers: AsyncIterator[object]) -> None:
        try:
            async for entry in numbers:
                self._batch.append(entry)
                self._there.set()
                if len(self._batch) >= self._size:
                    await self._pass_on()
        finally:
            close = getattr(numbers, "aclose", None)
            if close is not None:
                await close()

    async def _pass_on(self) -> None:
        self._room.clear()
        self._there.set()
        if len(self._batch) < self._size:
            await asyncio.sleep(0)
        else:
            await self._room.wait()
