"""The connections to one origin: those that are idle, and the calls that wait for one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from aiovonage._core.http.keep_alive import KEEPALIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiovonage._core.http.connection import Connection
    from aiovonage._core.http.protocol import Request


class OriginConnections:
    """The connections to one origin in one event loop, and the calls that wait for one.

    Args:
        make: Makes a connection.
        limit: The most connections.
    """

    def __init__(self, make: Callable[[], Connection], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._count = 0  # in use or idle
        # Idle connections, and when they expire. Taking the last one used keeps few of them warm and lets the rest
        # expire.
        self._idle: list[tuple[Connection, float]] = []
        # First come, first served. A waiter gets an idle connection, or None for the right to open one.
        self._waiters: OrderedDict[asyncio.Future[Connection | None], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def take(self) -> Connection | None:
        """An idle connection that is still open, or a new one; None if all are in use."""
        if self._idle:
            now = self._loop.time()
            while self._idle:
                connection, until = self._idle.pop()
                if now < until and connection.is_open():
                    return connection
                connection.close()
                self._count -= 1
        if self._count < self._limit:
            self._count += 1
            return self._make()
        return None

    async def wait(self, request: Request) -> Connection:
        """Wait in line for a connection."""
        waiter: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiters[waiter] = None
        request.stage = "queued"
        try:
            connection = await waiter
            request.stage = "sent"  # which a request may refuse: see `aiovonage.jobs`
        except BaseException:
            if waiter.done() and not waiter.cancelled():  # it was served at the moment of its cancellation
                self.release(waiter.result())
            else:
                self._waiters.pop(waiter, None)
            raise
        if connection is not None and connection.is_open():
            return connection
        if connection is not None:
            connection.close()
        return self._make()

    def release(self, connection: Connection | None, lifetime: float | None = None) -> None:
        """Return a connection, or pass it on to the first call that waits.

        Args:
            connection: The connection; None if it is closed.
            lifetime: Seconds for which it may be kept, if the server announced it.
        """
        while self._waiters:
            waiter, _ = self._waiters.popitem(last=False)
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is None or not connection.is_open():
            if connection is not None:
                connection.close()
            self._count -= 1
            return
        until = self._loop.time() + (KEEPALIVE if lifetime is None else lifetime)
        self._idle.append((connection, until))
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._close_expired)
        elif lifetime is not None and until < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(until, self._close_expired)

    def exchange_closed(self) -> Connection:
        """A replacement for a connection that turned out to be closed."""
        self._count -= 1
        connection = self.take()
        assert connection is not None, "one less than the limit is in use"
        return connection

    def give_up(self) -> bool:
        """Return the right to a connection for which no file descriptor was left.

        Returns:
            Whether there are other connections to wait for.
        """
        if self._count == 1:
            self.release(None)
            return False
        self._count -= 1  # wake nobody, since they would find no file descriptor either
        return True

    def close_idle(self) -> None:
        """Close the idle connections."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        idle, self._idle = self._idle, []
        self._count -= len(idle)
        for connection, _ in idle:
            connection.close()

    def abandon(self, *, forked: bool) -> None:
        """Close the idle connections without the event loop."""
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.abandon(forked=forked)

    def _close_expired(self) -> None:
        self._timer = None
        now, idle, self._idle = self._loop.time(), self._idle, []
        for connection, until in idle:
            if now < until and connection.is_open():
                self._idle.append((connection, until))
            else:
                connection.close()
                self._count -= 1
        if self._idle:
            self._timer = self._loop.call_at(min(until for _, until in self._idle), self._close_expired)
