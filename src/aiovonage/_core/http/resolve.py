"""Turns the argument `transport=` into a `Transport`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiovonage._core.http.closed import CLOSED
from aiovonage._core.http.options import ConnectionOptions
from aiovonage._core.number_settings import check_count
from aiovonage.errors import ConfigurationError, ConnectionFailed

if TYPE_CHECKING:
    import httpx

    from aiovonage._core.http.connection import MakeConnection
    from aiovonage._core.http.protocol import Request, Response, Transport


class DeferredTransport:
    """One of our own transports, imported with the first request. httpx takes longer to import than this package.

    Args:
        name: `httpx` or `fast`.
        max_response_bytes: The largest body, in bytes.
        options: How connections are made.
    """

    def __init__(self, name: str, max_response_bytes: int, options: ConnectionOptions) -> None:
        self._name = name
        self._max_response_bytes = max_response_bytes
        self._options = options
        self._inner: Transport | None = None
        self._closed = False
        self.is_ready: bool = False
        """Whether it is loaded and open. Until then, `load` must be called before `send`."""

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        return await self.load().send(request)

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        self.is_ready = False
        if self._inner is not None:
            await self._inner.aclose()

    def load(self, operation: str = "") -> Transport:
        """Import the transport. The session does it before the timeout of an attempt starts, since it can take 0.2
        seconds.

        Args:
            operation: The operation of the first request, for errors.

        Raises:
            ConnectionFailed: if no file descriptor is left.
            ConfigurationError: if the client is closed.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        if self._inner is None:
            self._inner = self._loaded(operation)
            self.send = self._inner.send  # type: ignore[method-assign] # saves a call per request once it is loaded
            self.is_ready = True
        return self._inner

    def _loaded(self, operation: str) -> Transport:
        make: MakeConnection
        try:
            from aiovonage._core.http import preload
            from aiovonage._core.http.pool import ConnectionPool

            preload.load_what_calls_need()
            if self._name == "fast":
                from aiovonage._core.http.httptools_connection import HTTPToolsConnection

                make = HTTPToolsConnection
            else:
                from aiovonage._core.http.httpcore_connection import HTTPCoreConnection

                make = HTTPCoreConnection
                preload.load_what_httpcore_needs()
        except OSError as error:
            words = f"could not load the transport: {error.strerror}"
            raise ConnectionFailed(words, sent=False, operation=operation) from None
        return ConnectionPool(make, self._max_response_bytes, self._options)


def resolve_transport(
    given: str | Transport | httpx.AsyncBaseTransport | httpx.AsyncClient | None,
    *,
    max_response_bytes: int,
    options: ConnectionOptions | None = None,
) -> tuple[Transport, bool]:
    """The transport, and whether the client made it. A transport that the user passes stays open when the client
    closes.

    Args:
        given: `"httpx"` (or None), `"fast"`, an `httpx.AsyncBaseTransport`, an `httpx.AsyncClient`, or a `Transport`.
        max_response_bytes: The largest body, in bytes.
        options: How our own transports make connections.

    Raises:
        ConfigurationError: if it is anything else, or an option would have no effect.
    """
    check_count("max_response_bytes", max_response_bytes, least=1)
    options = options if options is not None else ConnectionOptions()
    if given == "fast":
        from aiovonage._core.http import httptools_connection  # raises if the extra is not installed

        del httptools_connection
    if given is None or given in ("httpx", "fast"):
        return DeferredTransport(given or "httpx", max_response_bytes, options), True
    import httpx

    from aiovonage._core.http.given import GivenTransport
    from aiovonage._core.http.httpx_adapter import HTTPXTransport

    if isinstance(given, httpx.AsyncBaseTransport | httpx.AsyncClient):
        options.refuse_for_given_transport()
        return GivenTransport(HTTPXTransport(given, max_response_bytes, options.connect_timeout)), False
    if hasattr(given, "send") and hasattr(given, "aclose") and not isinstance(given, type):
        options.refuse_for_given_transport()
        return GivenTransport(cast("Transport", given)), False
    raise ConfigurationError(f"transport: {given!r} is neither a name ('httpx', 'fast') nor a transport")
