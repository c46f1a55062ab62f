"""A pool of keep-alive connections, separate for each event loop and origin. Both of our transports use it.

httpcore's own pool walks all of its connections and requests at every step, so its work is quadratic in the number of
tasks; `benchmarks/RESULTS.md` shows the effect on `httpx.AsyncClient`. Here a request takes a connection from the end
of a list and puts it back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING

from aiovonage._core.event_loop.loop_local import Home, LoopLocal
from aiovonage._core.http.bodies import decompressed
from aiovonage._core.http.closed import CLOSED
from aiovonage._core.http.connecting import ClosedWhileIdle, TooManyOpenFiles
from aiovonage._core.http.keep_alive import lifetime_of
from aiovonage._core.http.options import ConnectionOptions
from aiovonage._core.http.origin_connections import OriginConnections
from aiovonage._core.http.protocol import Request, Response
from aiovonage._core.http.routes import Routes
from aiovonage._core.http.sockets import leave_behind
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from aiovonage._core.http.connection import MakeConnection


class ConnectionPool:
    """Sends requests over keep-alive connections. One pool serves any number of event loops, each with its own
    connections.

    Args:
        make: Makes a connection.
        max_response_bytes: The largest body, in bytes.
        options: The settings of connections.
    """

    def __init__(self, make: MakeConnection, max_response_bytes: int, options: ConnectionOptions | None = None) -> None:
        self._make = make
        self._max_response_bytes = max_response_bytes
        self._options = options if options is not None else ConnectionOptions()
        self._routes = Routes(self._options)
        self._loops: LoopLocal[_LoopConnections] = LoopLocal(_LoopConnections, _LoopConnections.abandon)
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response."""
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
        """Close idle connections now, and the others after their response. Further requests are refused.

        It can be called in any event loop. Connections of a closed loop are closed without that loop.
        """
        self._closed = True
        here = asyncio.get_running_loop()
        for home, loop in self._loops.items():
            if home.loop is here or not home.loop.is_running():
                loop.close()
                continue
            try:
                home.loop.call_soon_threadsafe(loop.close)
            except RuntimeError:  # it was closed at this moment
                loop.abandon(home)

    async def _connections_to(self, url: str) -> OriginConnections:
        loop = self._loops.get()
        make = partial(self._make, self._routes.origin(url), self._max_response_bytes, self._options.connect_timeout)
        loop.origins[url] = OriginConnections(make, self._options.max_connections)
        await loop.close_when_the_loop_ends()
        return loop.origins[url]


class _LoopConnections:
    """The connections of one event loop."""

    def __init__(self) -> None:
        self.origins: dict[str, OriginConnections] = {}
        self._guard: AsyncGenerator[None] | None = None

    async def close_when_the_loop_ends(self) -> None:
        """Close the idle connections when the event loop ends, or when a client is freed without being closed.

        `asyncio.run` finalizes the asynchronous generators of its loop before it closes the loop. A connection that is
        still open then causes a warning, and uvloop hangs if warnings are errors.
        """
        if self._guard is None:
            self._guard = _guard(self.origins)
            await anext(self._guard)

    def close(self) -> None:
        """Close the idle connections."""
        _close_idle(self.origins)

    def abandon(self, home: Home) -> None:
        """Close the idle connections of a loop that is gone."""
        forked = home.pid != os.getpid()
        for connections in self.origins.values():
            connections.abandon(forked=forked)
        if forked:
            leave_behind(self._guard)


async def _guard(origins: dict[str, OriginConnections]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        _close_idle(origins)


def _close_idle(origins: dict[str, OriginConnections]) -> None:
    for connections in origins.values():
        connections.close_idle()


def _about(response: Response) -> tuple[str | None, float | None]:
    """The content encoding of the body, and the seconds for which the connection may be kept."""
    encoding: str | None = None
    lifetime: float | None = None
    for name, value in response.headers:
        size = len(name)  # most names are neither, and comparing lengths is cheap
        if size == 16 and name.lower() == b"content-encoding":
            more = value.decode("latin-1")
            encoding = more if encoding is None else f"{encoding}, {more}"
        elif size == 10 and name.lower() == b"keep-alive":
            lifetime = lifetime_of(value)
    return encoding, lifetime
