"""The default transport: a free list of httpcore connections.

httpcore's own pool walks all its connections and requests at every step, which is quadratic in the concurrency:
measured on one nginx, `httpx.AsyncClient` gives 373 requests a second with 64 tasks and 222 with 256. Here a request
takes a connection from the end of a list and puts it back.
"""

from __future__ import annotations

import contextlib
import time
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

from aiovonage.core.transport import _httpcore_internals as internals
from aiovonage.core.transport._bodies import decompressed, read_bounded
from aiovonage.core.transport._failures import FAILURES, as_transport_error
from aiovonage.core.transport._network import AsyncioBackend
from aiovonage.core.transport._protocol import Request, Response

if TYPE_CHECKING:
    import ssl

KEEPALIVE = 30.0
"""Seconds after which an idle connection is not used again."""

_BACKEND = AsyncioBackend()


class ConnectionTransport:
    """Sends requests over keep-alive connections, as many as there are requests at a time.

    Args:
        max_response_bytes: The largest body that is read, in bytes.
    """

    def __init__(self, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._origins: dict[str, _Origin] = {}
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        origin = self._origins.get(request.origin) or self._origin(request.origin)
        connection = await origin.take()
        try:
            answer = await connection.handle_async_request(origin.request(request))
            body = await read_bounded(answer.aiter_stream(), self._max_response_bytes)
            await answer.aclose()
        except FAILURES as failure:
            await _close(connection)
            raise as_transport_error(failure) from None  # it quotes what came, which may quote the request
        except BaseException:
            await _close(connection)
            raise
        if self._closed or connection.is_closed() or internals.has_excess(connection):
            await _close(connection)
        else:
            internals.take_locks_off(connection)
            origin.free.append((connection, time.monotonic()))
        response = Response(answer.status, answer.headers, body)
        response.body = decompressed(body, response.header("content-encoding"), self._max_response_bytes)
        return response

    async def aclose(self) -> None:
        """Close all idle connections, and the others when their answer is read."""
        self._closed = True
        for origin in self._origins.values():
            while origin.free:
                await _close(origin.free.pop()[0])

    def _origin(self, url: str) -> _Origin:
        origin = self._origins[url] = _Origin(url, self)
        return origin

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """The trust store, read when the first TLS connection is made."""
        return httpx.create_ssl_context()


class _Origin:
    """A host and its idle connections, the last used at the end: few connections stay warm, and the rest expire."""

    def __init__(self, url: str, transport: ConnectionTransport) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme.encode("ascii")
        self._host = (parts.hostname or "").encode("idna")
        self._port = parts.port
        self._host_header = (b"Host", parts.netloc.encode("idna"))
        self._transport = transport
        self.free: list[tuple[httpcore.AsyncHTTPConnection, float]] = []

    def request(self, request: Request) -> httpcore.Request:
        """Our request as httpcore's."""
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=request.target.encode("ascii"))
        headers = [self._host_header, *request.headers]
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            headers.append((b"Content-Length", str(len(request.body)).encode()))
        return httpcore.Request(request.method, url, headers=headers, content=request.body)

    async def take(self) -> httpcore.AsyncHTTPConnection:
        """An idle connection that still stands, or a new one."""
        while self.free:
            connection, since = self.free.pop()
            if time.monotonic() - since < KEEPALIVE and not connection.has_expired():
                return connection
            await _close(connection)
        secure = self._scheme == b"https"
        connection = httpcore.AsyncHTTPConnection(
            httpcore.Origin(self._scheme, self._host, self._port or (443 if secure else 80)),
            ssl_context=self._transport.ssl_context if secure else None,
            network_backend=_BACKEND,
        )
        internals.take_locks_off(connection)
        return connection


async def _close(connection: httpcore.AsyncHTTPConnection) -> None:
    with anyio.CancelScope(shield=True):
        with contextlib.suppress(*FAILURES):  # it is broken already
            await connection.aclose()
