"""Reads the numbers of a run, lazily, in small batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from itertools import islice
from typing import TypeAlias

Numbers: TypeAlias = Iterable[object] | AsyncIterable[object]


async def batches(numbers: Numbers, size: int) -> AsyncIterator[list[object]]:
    """The numbers in batches of up to `size`.

    An async iterable may be slow, so a batch of it is what has come so far: the first number is waited for, and those
    that are there at once go with it.
    """
    if isinstance(numbers, AsyncIterable):
        async for batch in _async_batches(numbers, size):
            yield batch
        return
    iterator = iter(numbers)
    while batch := list(islice(iterator, size)):
        yield batch
        await asyncio.sleep(0)  # a generator that never waits must not hold the loop


async def _async_batches(numbers: AsyncIterable[object], size: int) -> AsyncIterator[list[object]]:
    iterator = aiter(numbers)
    following: asyncio.Future[object] | None = None
    try:
        while True:
            batch: list[object] = []
            while len(batch) < size:
                following = following or asyncio.ensure_future(anext(iterator))
                if batch and not following.done():
                    await asyncio.sleep(0)
                    if not following.done():
                        break
                try:
                    batch.append(await following)
                except StopAsyncIteration:
                    if batch:
                        yield batch
                    return
                following = None
            yield batch
    finally:
        if following is not None and not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
