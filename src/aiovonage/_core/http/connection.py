"""The protocol of a connection, which the pool uses and the transports implement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aiovonage._core.http.origin import Origin
    from aiovonage._core.http.protocol import Request, Response


class Connection(Protocol):
    """A connection for one request at a time. It connects with the first request."""

    def is_open(self) -> bool:
        """Whether it can carry a request, as far as the event loop knows."""
        ...

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the whole response. When it raises, the connection is closed.

        Raises:
            ClosedWhileIdle: if the socket shows just before the request is written that the server closed it.
            TooManyOpenFiles: if there is no file descriptor for it.
        """
        ...

    def close(self) -> None:
        """Close it at once."""
        ...

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop, which is closed, or belongs to the parent of a forked process."""
        ...


MakeConnection = Callable[["Origin", int, "float | None"], Connection]
"""Makes a connection, given the origin, the largest body in bytes, and the most seconds that connecting may take."""
