"""From what a user gives as `transport=` to a `Transport`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiovonage.core.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from aiovonage.core.transport._protocol import Request, Response, Transport


class DeferredTransport:
    """The default transport, imported when the first request is sent: httpx takes longer to import than all of ours.

    Args:
        max_response_bytes: The largest body that is read, in bytes.
    """

    def __init__(self, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        self._inner: Transport | None = None

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        if self._inner is None:
            from aiovonage.core.transport._httpcore import HTTPCoreConnection
            from aiovonage.core.transport._pool import ConnectionPool

            self._inner = ConnectionPool(HTTPCoreConnection, self._max_response_bytes)
            self.send = self._inner.send  # type: ignore[method-assign] # from now on without a detour
        return await self._inner.send(request)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._inner is not None:
            await self._inner.aclose()


def resolve_transport(
    given: str | Transport | httpx.AsyncBaseTransport | httpx.AsyncClient | None, *, max_response_bytes: int
) -> tuple[Transport, bool]:
    """The transport, and whether the client owns it and closes it.

    Args:
        given: `"httpx"` (or None), `"fast"`, an `httpx.AsyncBaseTransport`, an `httpx.AsyncClient`, or a `Transport`.
        max_response_bytes: The largest body that is read, in bytes.

    Raises:
        ConfigurationError: for anything else.
    """
    if given is None or given == "httpx":
        return DeferredTransport(max_response_bytes), True
    if given == "fast":
        from aiovonage.core.transport._httptools import HTTPToolsConnection
        from aiovonage.core.transport._pool import ConnectionPool

        return ConnectionPool(HTTPToolsConnection, max_response_bytes), True
    import httpx

    from aiovonage.core.transport._httpx import HTTPXTransport

    if isinstance(given, httpx.AsyncBaseTransport | httpx.AsyncClient):
        return HTTPXTransport(given, max_response_bytes), False
    if hasattr(given, "send") and hasattr(given, "aclose"):
        return cast("Transport", given), False
    raise ConfigurationError(f"transport: {given!r} is neither a name ('httpx', 'fast') nor a transport")
