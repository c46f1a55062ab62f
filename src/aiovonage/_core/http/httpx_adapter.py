"""Adapts a transport or a client of httpx to `Transport`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from aiovonage._core.http.bodies import ACCEPT_ENCODING, read_bounded
from aiovonage._core.http.failures import FAILURES, as_transport_error
from aiovonage._core.http.protocol import Request, Response
from aiovonage.errors import ConfigurationError, ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_CREDENTIALS = {"api_secret", "sig"}


def _hide_credentials(record: logging.LogRecord) -> bool:
    """Remove the query from the URL that `httpx.AsyncClient` logs for every request at INFO, if it has credentials."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            a.copy_with(query=b"...") if isinstance(a, httpx.URL) and _CREDENTIALS & a.params.keys() else a
            for a in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_hide_credentials)


class HTTPXTransport:
    """Sends requests through an `httpx.AsyncBaseTransport` or an `httpx.AsyncClient`.

    Args:
        inner: The transport or client. Its owner closes it.
        max_response_bytes: The largest body, in bytes.
        connect_timeout: The most seconds that httpx may take to connect, and to find a free connection.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport | httpx.AsyncClient,
        max_response_bytes: int,
        connect_timeout: float | None = None,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        # httpx's own timeouts for these two tell that a request was not sent. The session's deadline, which covers
        # reading and writing, cannot know that.
        self._extensions: dict[str, Any] = {
            "timeout": {"connect": connect_timeout, "pool": connect_timeout, "read": None, "write": None}
        }
        self._handle: Callable[[httpx.Request], Awaitable[httpx.Response]]
        self._client: httpx.AsyncClient | None = None
        if isinstance(inner, httpx.AsyncClient):
            client = self._client = inner
            self._handle = lambda request: client.send(request, stream=True, auth=None, follow_redirects=False)
        else:
            self._handle = inner.handle_async_request

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        if self._client is not None and self._client.is_closed:
            raise ConfigurationError("the httpx.AsyncClient that is given as transport= is closed")
        host = urlsplit(request.origin).netloc
        try:
            response = await self._handle(self._request(request))
            try:
                body = await read_bounded(response.aiter_bytes(), self._max_response_bytes)
            finally:
                await response.aclose()
        except httpx.HTTPStatusError as failure:
            return _response_in(failure)
        except FAILURES as failure:
            raise as_transport_error(failure, host) from None
        except RuntimeError as failure:
            if "loop" not in str(failure):
                raise
            raise ConnectionFailed(
                f"the connections to {host} belong to another event loop: httpx needs a client for each. Make one in"
                " each loop, or leave transport= out: the connections of aiovonage work in any loop"
            ) from None
        return Response(response.status_code, response.headers.raw, body)

    async def aclose(self) -> None:
        """Do nothing: the owner closes the inner transport."""

    def _request(self, request: Request) -> httpx.Request:
        return httpx.Request(
            request.method,
            request.url,
            headers=[*request.headers, ACCEPT_ENCODING],
            content=request.body or None,
            extensions=self._extensions,
        )


def _response_in(failure: httpx.HTTPStatusError) -> Response:
    """The response for which an event hook of the user's client raised, such as one that calls `raise_for_status`."""
    response = failure.response
    try:
        body = response.content
    except httpx.ResponseNotRead:  # the client closed it unread
        body = b""
    return Response(response.status_code, response.headers.raw, body)
