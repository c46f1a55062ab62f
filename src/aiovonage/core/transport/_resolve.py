"""From what a user gives as `transport=` to a `Transport`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aiovonage.core.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from aiovonage.core.transport._protocol import Transport


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
    import httpx

    from aiovonage.core.transport._connections import ConnectionTransport
    from aiovonage.core.transport._httpx import HTTPXTransport

    if given is None or given == "httpx":
        return ConnectionTransport(max_response_bytes), True
    if given == "fast":
        from aiovonage.core.transport._pyreqwest import PyreqwestTransport

        return PyreqwestTransport(max_response_bytes), True
    if isinstance(given, httpx.AsyncBaseTransport | httpx.AsyncClient):
        return HTTPXTransport(given, max_response_bytes), False
    if hasattr(given, "send") and hasattr(given, "aclose"):
        return cast("Transport", given), False
    raise ConfigurationError(f"transport: {given!r} is neither a name ('httpx', 'fast') nor a transport")
