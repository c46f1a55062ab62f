"""A transport that the user has given, while the client is open."""

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
    """Sends through a transport that stays its owner's to close.

    Args:
        inner: The transport.
    """

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self._closed = False

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ConfigurationError(CLOSED)
        task = asyncio.current_task()
        cancelling = task.cancelling() if task is not None else 0
        try:
            return await self.inner.send(request)
        except asyncio.CancelledError:
            if task is None or task.cancelling() > cancelling:
                raise
            # A task inside the transport was cancelled, and not the call. Who awaits the call would take it for the
            # end of his own task.
            host = urlsplit(request.origin).netloc
            raise ConnectionFailed(f"the transport has cancelled the request to {host}") from None
        except FAILURES as failure:
            # What a transport of others quotes is not known.
            raise as_transport_error(failure, urlsplit(request.origin).netloc) from None

    async def aclose(self) -> None:
        """Send nothing more. The transport itself stays open."""
        self._closed = True
