"""State that belongs to one event loop of one process.

Connections, timers, futures and queues work only in the loop that made them, but a client may be used in several: one
`asyncio.run` after the other, loops in several threads, a forked process. So each loop has its own value. No lock is
needed, because a loop runs one task at a time. To refuse a second loop was considered and rejected: it would first have
to find out whether the other loop still runs, which takes as much code.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Home(NamedTuple):
    """The event loop and the process that state belongs to.

    Attributes:
        loop: The event loop.
        pid: The process.
    """

    loop: asyncio.AbstractEventLoop
    pid: int

    @property
    def is_gone(self) -> bool:
        """Whether the loop is closed, or belongs to the parent of this process."""
        return self.pid != _process.id or self.loop.is_closed()


def current_home() -> Home:
    """The running event loop, in this process.

    Raises:
        RuntimeError: if no event loop is running.
    """
    return Home(asyncio.get_running_loop(), _process.id)


class _Process:
    """This process. To ask the system each time costs three calls of it for a request."""

    def __init__(self) -> None:
        self.id = os.getpid()
        if hasattr(os, "register_at_fork"):  # there are no forks on Windows
            os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self.id = os.getpid()


_process = _Process()
_NONE = (None, 0, None)


class LoopLocal(Generic[T]):
    """A value for each event loop, made on first use.

    Args:
        make: Makes the value of a loop.
        abandon: Called with the value and the home of a loop that is gone, when the value of another one is made. It
            must neither await anything nor use that loop: a parent's loop shares its selector with a forked child.
    """

    def __init__(self, make: Callable[[], T], abandon: Callable[[T, Home], None] | None = None) -> None:
        self._make = make
        self._abandon = abandon
        # Only changed by single dict operations, which are atomic. A lock could be held by another thread during a
        # fork, and would then stay locked in the child.
        self._values: dict[Home, T] = {}
        self._last: tuple[asyncio.AbstractEventLoop | None, int, Any] = _NONE

    def get(self) -> T:
        """The value of the running event loop."""
        loop, pid, last = self._last
        if loop is asyncio.get_running_loop() and pid == _process.id:
            value: T = last
            return value
        home = current_home()
        found = self._values.get(home)
        if found is None:
            self.drop_those_gone()
            found = self._values[home] = self._make()
        self._last = (*home, found)
        return found

    def drop_those_gone(self) -> None:
        """Remove the values of loops that are gone, so that a client does not grow with each loop that uses it."""
        self._last = _NONE
        for home in list(self._values):
            if home.is_gone:
                value = self._values.pop(home, None)
                if value is not None and self._abandon is not None:
                    self._abandon(value, home)

    def items(self) -> list[tuple[Home, T]]:
        """The values of all loops that are not gone."""
        self.drop_those_gone()
        return list(self._values.items())
