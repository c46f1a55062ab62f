"""Reads the rows of a pipe in a thread for the event loop, because a blocked read cannot be cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.files.understanding import Row

AHEAD = 2048
"""The most rows that the thread reads ahead."""


async def rows_as_they_come(file: NumbersFile) -> AsyncIterator[Row]:
    """The rows of a file, each as soon as it arrives.

    Raises:
        FileError: if the file cannot be read, after the rows before the error.
    """
    reader = _Reader(file, asyncio.get_running_loop())
    reader.start()
    try:
        while True:
            await reader.there.wait()
            while reader.rows:
                yield reader.rows.popleft()
                if len(reader.rows) < AHEAD // 2:
                    reader.room.set()
            if reader.ended and not reader.rows:
                if reader.failure is not None:
                    raise reader.failure
                return
            reader.there.clear()
            if reader.rows or reader.ended:
                reader.there.set()
    finally:
        reader.stopped = True
        reader.room.set()


class _Reader(threading.Thread):
    """Reads rows. It is a daemon thread, so that the command can exit while it waits for a silent pipe."""

    def __init__(self, file: NumbersFile, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="aiovonage-rows", daemon=True)
        self.rows: deque[Row] = deque()
        self.there = asyncio.Event()
        self.room = threading.Event()
        self.room.set()
        self.ended = False
        self.stopped = False
        self.failure: BaseException | None = None
        self._file = file
        self._loop = loop

    def run(self) -> None:
        """Read all rows."""
        try:
            for row in self._file:
                self.rows.append(row)
                if not self.there.is_set():
                    self._wake()
                if len(self.rows) >= AHEAD:
                    self.room.clear()
                    if len(self.rows) >= AHEAD:
                        self.room.wait()
                if self.stopped:
                    return
        except BaseException as error:
            self.failure = error
        finally:
            self.ended = True
            self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop was closed at this moment
                self._loop.call_soon_threadsafe(self.there.set)
