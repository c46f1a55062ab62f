"""A connection of the default transport: one of httpcore, which respx can mock, around our HTTP/1.1 connection."""

from __future__ import annotations

from typing import cast

import h11
import httpcore

from aiovonage._core.http.bodies import ACCEPT_ENCODING, read_bounded
from aiovonage._core.http.connecting import broken
from aiovonage._core.http.failures import FAILURES, as_transport_error
from aiovonage._core.http.h11_connection import H11Connection, WholeBody
from aiovonage._core.http.httpcore_internals import connection_around
from aiovonage._core.http.origin import Origin
from aiovonage._core.http.protocol import Headers, Request, Response


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
        self._fixed_headers = [(b"Host", origin.host_header), ACCEPT_ENCODING, *origin.proxy_headers]
        self._last_headers: tuple[Headers, int | None, Headers] | None = None
        self._inner = H11Connection(origin, max_response_bytes, connect_timeout)
        self._outer = connection_around(httpcore.Origin(self._scheme, self._host, self._port), self._inner)

    def is_open(self) -> bool:
        """Whether it can carry a request, as far as the event loop knows."""
        return self._inner.is_open()

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        self._inner.sending = request
        try:
            response = await self._outer.handle_async_request(self._request(request))
            if isinstance(response.stream, WholeBody):
                body = response.stream.content
            else:  # mocked by respx
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
            self._inner.sending = None
        return Response(response.status, response.headers, body)

    def close(self) -> None:
        """Close it at once."""
        self._inner.close()

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        self._inner.abandon(forked=forked)

    def _request(self, request: Request) -> httpcore.Request:
        """Convert a request. Headers are set afterwards, because the constructor checks and copies each pair."""
        target = f"{self._target_prefix}{request.target}".encode("ascii")
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        made = httpcore.Request(request.method, url, content=request.body)
        made.headers = self._headers(request)
        return made

    def _headers(self, request: Request) -> Headers:
        """The headers in h11's own form. To check them is most of h11's work on a request, and those of a bulk run are
        the same for every number, so the last ones are kept.
        """
        length = request.content_length
        if self._last_headers is not None:
            given, length_then, headers = self._last_headers
            if length == length_then and given == request.headers:
                return headers
        pairs = [*self._fixed_headers, *request.headers]
        if length is not None:
            pairs.append((b"Content-Length", str(length).encode()))
        try:
            headers = cast("Headers", h11.Request(method=b"GET", target=b"/", headers=pairs).headers)
        except h11.LocalProtocolError:
            del pairs
        else:
            self._last_headers = list(request.headers), length, headers
            return headers
        raise httpcore.LocalProtocolError
