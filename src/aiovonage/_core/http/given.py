"""A transport that the user passed to the client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiovonage._core.http.closed import CLOSED
from aiovonage._core.http.failures import FAILURES, as_transport_error
from aiovonage.errors import ConfigurationError, ConnectionFailed

if TYPE_CHECKING:
    from aiovonage._core.http.protocol import Request, Response, Transport


class GivenTransport:
    """Sends requests through a transport that the user owns, and never closes it.

    Args:
        inner: The user's transport.
    """

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        if self._closed:
            raise ConfigurationError(CLOSED)
        task = asyncio.current_task()
        cancelling = task.cancelling() if task is not None else 0
        try:
            return await self.inner.send(request)
        except asyncio.CancelledError:
            if task is None or task.cancelling() > cancelling:
                raise
            # The transport cancelled a task of its own. Passed on, this would look as if the caller's task was
            # cancelled.
            host = urlsplit(request.origin).netloc
            raise ConnectionFailed(f"the transport has cancelled the request to {host}") from None
        except FAILURES as failure:
            # `from None`, since the message of an unknown transport may quote credentials.
            raise as_transport_error(failure, urlsplit(request.origin).netloc) from None

    async def aclose(self) -> None:
        """Refuse further requests. The user's transport stays open."""
        self._closed = True
