"""State that belongs to one event loop of one process.

Connections, timers, futures and queues work only in the loop that made them. One client may see several loops: one
`asyncio.run` after the other, a loop in each of several threads, a forked child with its own. So each loop has
a value of its own, and no lock is needed, because a loop runs one thing at a time. That is less code than refusing a
second loop: whoever refuses it must first find out whether the other one still runs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Home(NamedTuple):
    """Where state belongs to.

    Attributes:
        loop: The event loop.
        pid: The process.
    """

    loop: asyncio.AbstractEventLoop
    pid: int

    @property
    def is_gone(self) -> bool:
        """Whether nothing can happen there any more: the loop is closed, or it was the parent's before a fork."""
        return self.pid != _process.id or self.loop.is_closed()


def current_home() -> Home:
    """The running event loop, in this process.

    Raises:
        RuntimeError: when no event loop runs.
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


class LoopLocal(Generic[T]):
    """A value for each event loop, made when it is first asked for there.

    Args:
        make: Makes the value of a loop.
        abandon: Called with the value and the home of a loop that is gone, when a value for another one is made. It
            must not await anything, nor touch that loop: the parent's loop shares its selector with a forked child.
    """

    def __init__(self, make: Callable[[], T], abandon: Callable[[T, Home], None] | None = None) -> None:
        self._make = make
        self._abandon = abandon
        # Changed by single operations of dict only, which are atomic: a lock could be held by another thread at a
        # fork, and would then never be free in the child.
        self._values: dict[Home, T] = {}
        self._last: tuple[Home, T] | None = None

    def get(self) -> T:
        """The value of the running event loop."""
        last = self._last
        if last is not None:
            (loop, pid), value = last
            if loop is asyncio.get_running_loop() and pid == _process.id:
                return value
        home = current_home()
        found = self._values.get(home)
        if found is None:
            self.drop_those_gone()
            found = self._values[home] = self._make()
        self._last = (home, found)
        return found

    def drop_those_gone(self) -> None:
        """Forget the values of loops that are gone, so that a client does not grow with each loop it has seen."""
        self._last = None
        for home in list(self._values):
            if home.is_gone:
                value = self._values.pop(home, None)
                if value is not None and self._abandon is not None:
                    self._abandon(value, home)

    def items(self) -> list[tuple[Home, T]]:
        """The values of all loops that are not gone."""
        self.drop_those_gone()
        return list(self._values.items())
