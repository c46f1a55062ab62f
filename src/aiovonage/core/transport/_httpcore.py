"""A connection of the default transport: httpcore's, which respx knows how to mock, on streams of our own."""

from __future__ import annotations

import contextlib

import anyio
import httpcore

from aiovonage.core.transport import _httpcore_internals as internals
from aiovonage.core.transport._bodies import read_bounded
from aiovonage.core.transport._failures import FAILURES, as_transport_error
from aiovonage.core.transport._network import AsyncioBackend
from aiovonage.core.transport._pool import Origin
from aiovonage.core.transport._protocol import Request, Response

_BACKEND = AsyncioBackend()


class HTTPCoreConnection:
    """A connection to an origin; see `Connection`.

    Args:
        origin: Where it leads.
        max_response_bytes: The largest body that is read, in bytes.
    """

    def __init__(self, origin: Origin, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._scheme = origin.scheme.encode()
        self._host = origin.host.encode()
        self._port = origin.port
        self._host_header = (b"Host", origin.host_header)
        self._inner = httpcore.AsyncHTTPConnection(
            httpcore.Origin(self._scheme, self._host, self._port), ssl_context=origin.tls, network_backend=_BACKEND
        )
        internals.take_locks_off(self._inner)

    def is_usable(self) -> bool:
        """Whether it still stands, and nothing has come on it that was not asked for."""
        inner = self._inner
        return not (inner.is_closed() or internals.has_excess(inner) or inner.has_expired())

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        try:
            answer = await self._inner.handle_async_request(self._request(request))
            body = await read_bounded(answer.aiter_stream(), self._max_response_bytes)
            await answer.aclose()
        except FAILURES as failure:
            await self.aclose()
            raise as_transport_error(failure) from None  # it quotes what came, which may quote the request
        except BaseException:
            await self.aclose()
            raise
        internals.take_locks_off(self._inner)
        return Response(answer.status, answer.headers, body)

    async def aclose(self) -> None:
        """Close it."""
        with anyio.CancelScope(shield=True):
            with contextlib.suppress(*FAILURES):  # it is broken already
                await self._inner.aclose()

    def _request(self, request: Request) -> httpcore.Request:
        """Our request as httpcore's."""
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=request.target.encode("ascii"))
        headers = [self._host_header, *request.headers]
        if request.content_length is not None:
            headers.append((b"Content-Length", str(request.content_length).encode()))
        made = httpcore.Request(request.method, url, content=request.body)
        made.headers = headers  # given to the constructor, they would be checked and copied pair by pair
        return made
