"""The transports of our own: keep-alive connections on a free list.

httpcore's own pool walks all its connections and requests at every step, which is quadratic in the concurrency:
measured on one nginx, `httpx.AsyncClient` gives 373 requests a second with 64 tasks and 222 with 256. Here a request
takes a connection from the end of a list and puts it back.
"""

from __future__ import annotations

import time
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import attrs

from aiovonage.core.errors import ConnectionFailed
from aiovonage.core.transport._bodies import decompressed
from aiovonage.core.transport._protocol import Request, Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

KEEPALIVE = 30.0
"""Seconds after which an idle connection is not used again."""


@attrs.frozen
class Origin:
    """Where requests go.

    Attributes:
        scheme: `http` or `https`.
        host: Name or address.
        port: The port.
        host_header: The value of the header `Host`.
        tls: How to encrypt, and whom to trust; None for `http`.
    """

    scheme: str
    host: str
    port: int
    host_header: bytes
    tls: ssl.SSLContext | None


class Connection(Protocol):
    """A connection for one request at a time. It connects when the first is sent."""

    def is_usable(self) -> bool:
        """Whether it still stands, and nothing has come on it that was not asked for."""
        ...

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the answer to its end. When it raises, the connection is closed."""
        ...

    async def aclose(self) -> None:
        """Close it."""
        ...


class ConnectionPool:
    """Sends requests over keep-alive connections, as many as there are requests at a time.

    Args:
        connection: Makes a connection to an origin, which reads bodies of at most so many bytes.
        max_response_bytes: The largest body that is read, in bytes.
    """

    def __init__(self, connection: Callable[[Origin, int], Connection], max_response_bytes: int) -> None:
        self._connection = connection
        self._max_response_bytes = max_response_bytes
        self._origins: dict[str, Origin] = {}
        # The last used at the end: few connections stay warm, and the rest expire.
        self._free: defaultdict[str, list[tuple[Connection, float]]] = defaultdict(list)
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ConnectionFailed("could not connect: the client is closed", sent=False)
        connection = await self._take(request.origin)
        response = await connection.exchange(request)
        if self._closed:
            await connection.aclose()
        else:
            self._free[request.origin].append((connection, time.monotonic()))
        response.body = decompressed(response.body, response.header("content-encoding"), self._max_response_bytes)
        return response

    async def aclose(self) -> None:
        """Close all idle connections, and the others when their answer is read. Then nothing more is sent."""
        self._closed = True
        for free in self._free.values():
            while free:
                await free.pop()[0].aclose()

    async def _take(self, url: str) -> Connection:
        """An idle connection that still stands, or a new one."""
        free = self._free[url]
        while free:
            connection, since = free.pop()
            if time.monotonic() - since < KEEPALIVE and connection.is_usable():
                return connection
            await connection.aclose()
        origin = self._origins.get(url)
        if origin is None:
            origin = self._origins[url] = self._origin(url)
        return self._connection(origin, self._max_response_bytes)

    def _origin(self, url: str) -> Origin:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        return Origin(
            parts.scheme,
            (parts.hostname or "").encode("idna").decode(),
            parts.port or (443 if secure else 80),
            parts.netloc.encode("idna"),
            self._tls if secure else None,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The trust store, read when the first TLS connection is made."""
        import httpx  # takes long to import

        context = httpx.create_ssl_context()
        context.set_alpn_protocols(["http/1.1"])
        return context
