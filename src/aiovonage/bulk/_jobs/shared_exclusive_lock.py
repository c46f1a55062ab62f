"""A lock for a list that is read page by page while other tasks change it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class SharedExclusiveLock:
    """Lets either several tasks change a list or one task read it.

    When an entry is removed, all later entries move up, and some of them move from the next page to a page that was
    already read: the reader would take them for missing.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._changes = 0
        self._unchanging = asyncio.Event()
        self._unchanging.set()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Hold the lock to change the list, together with other changes; wait for readers."""
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
        """Hold the lock to read the list while no task changes it; wait for changes in progress."""
        async with self._turn:
            await self._unchanging.wait()
            yield
