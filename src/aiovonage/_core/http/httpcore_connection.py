"""A connection of the default transport: httpcore's HTTP/1.1 connection, which respx can mock, on our own streams."""

from __future__ import annotations

import httpcore

from aiovonage._core.http import httpcore_internals as internals
from aiovonage._core.http.bodies import ACCEPT_ENCODING, read_bounded
from aiovonage._core.http.connecting import broken
from aiovonage._core.http.failures import FAILURES, as_transport_error
from aiovonage._core.http.origin import Origin
from aiovonage._core.http.protocol import Request, Response
from aiovonage._core.http.streams import AsyncioBackend


class HTTPCoreConnection:
    """A connection to an origin; see `Connection`.

    Args:
        origin: The origin.
        max_response_bytes: The largest body, in bytes.
        connect_timeout: The most seconds that connecting may take.
    """

    def __init__(self, origin: Origin, max_response_bytes: int, connect_timeout: float | None) -> None:
        self._origin = origin
        self._max_response_bytes = max_response_bytes
        self._scheme = origin.scheme.encode()
        self._host = origin.host.encode()
        self._port = origin.port
        self._target_prefix = origin.target_prefix
        self._headers = [(b"Host", origin.host_header), ACCEPT_ENCODING, *origin.proxy_headers]
        self._network = AsyncioBackend(origin, connect_timeout)
        self._inner = httpcore.AsyncHTTPConnection(
            httpcore.Origin(self._scheme, self._host, self._port),
            ssl_context=origin.tls,
            network_backend=self._network,
        )
        internals.remove_locks(self._inner)

    def is_open(self) -> bool:
        """Whether it can carry a request, as far as the event loop knows."""
        inner, stream = self._inner, self._network.stream
        return not (
            inner.is_closed() or not internals.may_be_reused(inner) or (stream is not None and stream.has_ended())
        )

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        self._network.request = request
        if self._network.stream is not None:
            self._network.stream.was_idle = True
        try:
            response = await self._inner.handle_async_request(self._request(request))
            body = await read_bounded(response.aiter_stream(), self._max_response_bytes)
            await response.aclose()
        except FAILURES as failure:
            self.close()
            cause = failure.__cause__
            if isinstance(cause, OSError):  # the socket's own error says more than httpcore's
                raise broken(self._origin, cause) from None
            # `from None`: httpcore quotes what it received, which may quote the request.
            raise as_transport_error(failure, self._origin.name) from None
        except BaseException:
            self.close()
            raise
        finally:
            self._network.request = None
        internals.remove_locks(self._inner)
        return Response(response.status, response.headers, body)

    def close(self) -> None:
        """Close it at once."""
        if self._network.stream is not None:
            self._network.stream.close()

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        if self._network.stream is not None:
            self._network.stream.abandon(forked=forked)

    def _request(self, request: Request) -> httpcore.Request:
        """Convert a request. Headers are set afterwards, because the constructor checks and copies each pair."""
        target = f"{self._target_prefix}{request.target}".encode("ascii")
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        headers = [*self._headers, *request.headers]
        if request.content_length is not None:
            headers.append((b"Content-Length", str(request.content_length).encode()))
        made = httpcore.Request(request.method, url, content=request.body)
        made.headers = headers
        return made
