"""Rows of a pipe in the event loop, read by a thread: a read that waits cannot be cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from aiovonage.cli.files.numbers_file import NumbersFile, Row

AHEAD = 2048
"""How many rows the thread reads ahead, at most."""


async def rows_as_they_come(file: NumbersFile) -> AsyncIterator[Row]:
    """The rows of a file, each as soon as it is there.

    Raises:
        FileError: for a file that cannot be read, after the rows before the place.
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
    """Reads rows. It is a daemon: where it waits for a pipe that stays silent, the command can end all the same."""

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
        """Read to the end."""
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
            with suppress(RuntimeError):  # the loop was closed this moment
                self._loop.call_soon_threadsafe(self.there.set)
