"""A list that is read page by page while others change it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class PagedList:
    """Lets many change a list, or one read it.

    When an entry goes, all that follow move up, and some from the next page to one that was read already: the reader
    would take them for gone. A list that only grows needs no such care: what moves down is met twice.

    Args:
        shrinks: Whether entries go.
    """

    def __init__(self, *, shrinks: bool) -> None:
        self._shrinks = shrinks
        self._turn = asyncio.Lock()
        self._changes = 0
        self._unchanging = asyncio.Event()
        self._unchanging.set()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Change it, beside others who do; waits for those who read it."""
        if not self._shrinks:
            yield
            return
        async with self._turn:
            self._changes += 1
            self._unchanging.clear()
        try:
            yield
        finally:
            self._changes -= 1
            if not self._changes:
                self._unchanging.set()

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Read it, while nobody changes it; waits for those who do."""
        if not self._shrinks:
            yield
            return
        async with self._turn:
            await self._unchanging.wait()
            yield
