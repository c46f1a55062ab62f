"""The transports of our own: keep-alive connections, kept apart by event loop and origin.

httpcore's own pool walks all its connections and requests at every step, which is quadratic in the concurrency:
measured on one nginx, `httpx.AsyncClient` gives 373 requests a second with 64 tasks and 222 with 256. Here a request
takes a connection from the end of a list and puts it back.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aiovonage._core.event_loop.loop_local import Home, LoopLocal
from aiovonage._core.http.bodies import decompressed
from aiovonage._core.http.closed import CLOSED
from aiovonage._core.http.connecting import ClosedWhileIdle, TooManyOpenFiles
from aiovonage._core.http.options import ConnectionOptions
from aiovonage._core.http.protocol import Request, Response
from aiovonage._core.http.routes import Ways
from aiovonage._core.http.sockets import leave_behind
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from aiovonage._core.http.origin import Origin

KEEPALIVE = 4.0
"""Seconds after which an idle connection is closed. Node, uvicorn and Apache close theirs after 5, and a request that
crosses their farewell on the way is lost.
"""

MAX_KEEPALIVE = 60.0
"""Seconds after which an idle connection is closed when the server says that it waits longer."""


class Connection(Protocol):
    """A connection for one request at a time. It connects when the first is sent."""

    def is_open(self) -> bool:
        """Whether it stands, for all that the event loop knows."""
        ...

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the answer to its end. When it raises, the connection is closed.

        Raises:
            ClosedWhileIdle: when the socket says so just before the request is written.
            TooManyOpenFiles: when there is no file descriptor for it.
        """
        ...

    def close(self) -> None:
        """Close it."""
        ...

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop, which is closed, or was the parent's before a fork."""
        ...


MakeConnection = Callable[["Origin", int, "float | None"], Connection]


class ConnectionPool:
    """Sends requests over keep-alive connections. One pool serves any number of event loops, each with connections of
    its own.

    Args:
        make: Makes a connection to an origin, given the largest body that it reads, in bytes, and the seconds that
            connecting may take.
        max_response_bytes: The largest body that is read, in bytes.
        options: What the user has set.
    """

    def __init__(self, make: MakeConnection, max_response_bytes: int, options: ConnectionOptions | None = None) -> None:
        self._make = make
        self._max_response_bytes = max_response_bytes
        self._options = options if options is not None else ConnectionOptions()
        self._ways = Ways(self._options)
        self._loops: LoopLocal[_LoopConnections] = LoopLocal(_LoopConnections, _LoopConnections.abandon)
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ConfigurationError(CLOSED)
        origins = self._loops.get().origins
        connections = origins.get(request.origin)
        if connections is None:
            connections = await self._connections_to(request.origin)
        connection = connections.take() or await connections.wait(request)
        while True:
            try:
                response = await connection.exchange(request)
                break
            except ClosedWhileIdle:
                connection = connections.exchange_closed()
            except TooManyOpenFiles:
                if not connections.give_up():
                    raise
                connection = await connections.wait(request)
            except BaseException:
                connections.release(None)
                raise
        encoding, lifetime = _about(response)
        if self._closed:
            connection.close()
        connections.release(connection, lifetime)
        if encoding is not None:
            response.body = decompressed(response.body, encoding, self._max_response_bytes, response.status)
        return response

    async def aclose(self) -> None:
        """Close all idle connections, and the others when their answer is read. Then nothing more is sent.

        It may be called in any event loop. Connections of loops that are closed are closed without them.
        """
        self._closed = True
        here = asyncio.get_running_loop()
        for home, loop in self._loops.items():
            if home.loop is here or not home.loop.is_running():
                loop.close()
                continue
            try:
                home.loop.call_soon_threadsafe(loop.close)
            except RuntimeError:  # closed in this moment
                loop.abandon(home)

    async def _connections_to(self, url: str) -> _OriginConnections:
        loop = self._loops.get()
        make = partial(self._make, self._ways.origin(url), self._max_response_bytes, self._options.connect_timeout)
        loop.origins[url] = _OriginConnections(make, self._options.max_connections)
        await loop.close_when_the_loop_ends()
        return loop.origins[url]


class _LoopConnections:
    """The connections of one event loop."""

    def __init__(self) -> None:
        self.origins: dict[str, _OriginConnections] = {}
        self._guard: AsyncGenerator[None] | None = None

    async def close_when_the_loop_ends(self) -> None:
        """Close the idle connections when the event loop ends, and when a client that nobody closes is freed.

        `asyncio.run` ends the asynchronous generators of its loop before it closes it. Connections that are still open
        then are warned of, and uvloop never ends if warnings are errors.
        """
        if self._guard is None:
            self._guard = _guard(self.origins)
            await anext(self._guard)

    def close(self) -> None:
        """Close those that nobody uses."""
        _close_idle(self.origins)

    def abandon(self, home: Home) -> None:
        """Close those that nobody uses, of a loop that is gone."""
        forked = home.pid != os.getpid()
        for connections in self.origins.values():
            connections.abandon(forked=forked)
        if forked:
            leave_behind(self._guard)


async def _guard(origins: dict[str, _OriginConnections]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        _close_idle(origins)


def _close_idle(origins: dict[str, _OriginConnections]) -> None:
    for connections in origins.values():
        connections.close_idle()


class _OriginConnections:
    """The connections to one origin in one event loop, and who waits for one.

    Args:
        make: Makes a connection.
        limit: How many there may be.
    """

    def __init__(self, make: Callable[[], Connection], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._count = 0  # in use or idle
        # Connections that nobody uses, and until when they are kept. The last used is at the end: few stay warm, the
        # rest expire.
        self._idle: list[tuple[Connection, float]] = []
        # The first come at the front. A waiter is given the place of a connection: that connection, or None.
        self._waiters: OrderedDict[asyncio.Future[Connection | None], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def take(self) -> Connection | None:
        """An idle connection that still stands, or a new one; None when all are in use."""
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
        """A connection, when those who came before have one. The request is told that it waits."""
        waiter: asyncio.Future[Connection | None] = self._loop.create_future()
        self._waiters[waiter] = None
        request.stage = "queued"
        try:
            connection = await waiter
            request.stage = "sent"
        except BaseException:
            if waiter.done() and not waiter.cancelled():  # it got a place in the moment in which it was cancelled
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
        """Give a place back.

        Args:
            connection: The connection; None when it is closed.
            lifetime: Seconds for which the server keeps it, when it says so.
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
        """Another connection, in the place of one that was found closed."""
        self._count -= 1
        connection = self.take()
        assert connection is not None, "there is a place for a new one"
        return connection

    def give_up(self) -> bool:
        """Give back a place for which there was no file descriptor.

        Returns:
            Whether there are other connections, one of which can be waited for.
        """
        if self._count == 1:
            self.release(None)
            return False
        self._count -= 1  # and nobody is woken: he would find no file descriptor either
        return True

    def close_idle(self) -> None:
        """Close those that nobody uses."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        idle, self._idle = self._idle, []
        self._count -= len(idle)
        for connection, _ in idle:
            connection.close()

    def abandon(self, *, forked: bool) -> None:
        """Close those that nobody uses, without the event loop."""
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


def _about(response: Response) -> tuple[str | None, float | None]:
    """How the body is encoded, and for how many seconds an idle connection is kept."""
    encoding: str | None = None
    lifetime: float | None = None
    for name, value in response.headers:
        size = len(name)  # most names are neither, and comparing a number costs less
        if size == 16 and name.lower() == b"content-encoding":
            more = value.decode("latin-1")
            encoding = more if encoding is None else f"{encoding}, {more}"
        elif size == 10 and name.lower() == b"keep-alive":
            lifetime = _lifetime(value)
    return encoding, lifetime


def _lifetime(keep_alive: bytes) -> float | None:
    """Seconds until we close an idle connection, before the server does: `Keep-Alive: timeout=5, max=100`."""
    for parameter in keep_alive.lower().split(b","):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"timeout" and value.strip().isdigit():
            seconds = float(value)
            return min(max(seconds - 1.0, seconds / 2), MAX_KEEPALIVE)
    return None
