"""Any transport of httpx (also a mock, a proxy, a client) behind our seam."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx

from aiovonage.core.transport._bodies import read_bounded
from aiovonage.core.transport._failures import FAILURES, as_transport_error
from aiovonage.core.transport._protocol import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_CREDENTIALS = {"api_secret", "sig"}


def _hide_credentials(record: logging.LogRecord) -> bool:
    """`httpx.AsyncClient` logs the URL of every request at INFO."""
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
        inner: Where requests are sent. It stays its owner's to close.
        max_response_bytes: The largest body that is read, in bytes.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport | httpx.AsyncClient, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._handle: Callable[[httpx.Request], Awaitable[httpx.Response]]
        if isinstance(inner, httpx.AsyncClient):
            client = inner
            self._handle = lambda request: client.send(request, stream=True, auth=None, follow_redirects=False)
        else:
            self._handle = inner.handle_async_request

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        try:
            answer = await self._handle(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.body or None)
            )
            try:
                body = await read_bounded(answer.aiter_bytes(), self._max_response_bytes)
            finally:
                await answer.aclose()
        except FAILURES as failure:
            raise as_transport_error(failure) from None  # what a transport of others quotes is not known
        return Response(answer.status_code, answer.headers.raw, body)

    async def aclose(self) -> None:
        """Nothing: the inner transport belongs to whoever made it."""
