"""A connection of the default transport: httpcore's, which respx can mock, with HTTP/1.1 of our own in it."""

from __future__ import annotations

from typing import cast

import h11
import httpcore

from aiovonage._core.http.bodies import ACCEPT_ENCODING, read_bounded
from aiovonage._core.http.connecting import broken
from aiovonage._core.http.failures import FAILURES, as_transport_error
from aiovonage._core.http.h11_connection import H11Connection, WholeBody
from aiovonage._core.http.httpcore_internals import put_inside
from aiovonage._core.http.origin import Origin
from aiovonage._core.http.protocol import Headers, Request, Response


class HTTPCoreConnection:
    """A connection to an origin; see `Connection`.

    Args:
        origin: Where it leads.
        max_response_bytes: The largest body that is read, in bytes.
        connect_timeout: Seconds for making it.
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
        self._outer = put_inside(httpcore.Origin(self._scheme, self._host, self._port), self._inner)

    def is_open(self) -> bool:
        """Whether it stands, for all that the event loop knows."""
        return self._inner.is_open()

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        self._inner.sending = request
        try:
            answer = await self._outer.handle_async_request(self._request(request))
            if isinstance(answer.stream, WholeBody):
                body = answer.stream.content
            else:  # respx has answered
                body = await read_bounded(answer.aiter_stream(), self._max_response_bytes)
                await answer.aclose()
        except FAILURES as failure:
            self.close()
            cause = failure.__cause__
            if isinstance(cause, OSError):  # of the socket, and in no words of httpcore's
                raise broken(self._origin, cause) from None
            # It quotes what came, which may quote the request.
            raise as_transport_error(failure, self._origin.name) from None
        except BaseException:
            self.close()
            raise
        finally:
            self._inner.sending = None
        return Response(answer.status, answer.headers, body)

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        self._inner.abandon(forked=forked)

    def _request(self, request: Request) -> httpcore.Request:
        """Our request as httpcore's."""
        target = f"{self._target_prefix}{request.target}".encode("ascii")
        url = httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        made = httpcore.Request(request.method, url, content=request.body)
        made.headers = self._headers(request)  # given to the constructor, they would be checked and copied pair by pair
        return made

    def _headers(self, request: Request) -> Headers:
        """The headers as h11 checks and keeps them, which it takes longer over than over all else of a request. Those
        of a job are the same for each number.
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
