"""A list that is read page by page while others change it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class SharedExclusiveLock:
    """Lets many change a list, or one read it.

    When an entry goes, all that follow move up, and some from the next page to one that was read already: the reader
    would take them for gone.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._changes = 0
        self._unchanging = asyncio.Event()
        self._unchanging.set()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Change it, beside others who do; waits for those who read it."""
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
        async with self._turn:
            await self._unchanging.wait()
            yield
