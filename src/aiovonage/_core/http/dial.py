"""Opens connections on asyncio: happy eyeballs, TLS, and a proxy if there is one."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

from aiovonage._core.http.connecting import connecting_failed, connecting_took_too_long
from aiovonage._core.http.tunnel import tunnel

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from aiovonage._core.http.origin import Origin
    from aiovonage._core.http.protocol import Request

P = TypeVar("P", bound=asyncio.BaseProtocol)

HAPPY_EYEBALLS = 0.25
"""Seconds before the next address of a host is tried in parallel (RFC 8305, section 5)."""


async def dial(
    protocol: Callable[[], P], origin: Origin, request: Request | None, seconds: float | None
) -> tuple[asyncio.Transport, P]:
    """Open a connection to an origin, with TLS if the origin has it.

    Args:
        protocol: Makes the protocol of the connection.
        origin: The origin.
        request: The request that waits for the connection. Its `stage` is updated.
        seconds: The most seconds that it may take; None for no limit but the request's own.

    Raises:
        ConnectionFailed: if it cannot be opened, or the certificate is not trusted.
        TimedOut: if it takes longer.
    """
    if request is not None:
        request.stage = "connecting"
    try:
        async with asyncio.timeout(seconds):
            connection = await _dial(protocol, origin)
    except TimeoutError:
        assert seconds is not None
        raise connecting_took_too_long(origin, seconds) from None
    if request is not None:
        try:
            request.stage = "sent"
        except BaseException:  # it may be too late for it: see `aiovonage.jobs`
            connection[0].abort()
            raise
    return connection


async def _dial(protocol: Callable[[], P], origin: Origin) -> tuple[asyncio.Transport, P]:
    proxy = origin.proxy
    try:
        if proxy is None:
            return await _open(protocol, origin.host, origin.port, origin.tls)
        if origin.tls is None:  # the proxy forwards each request
            return await _open(protocol, proxy.host, proxy.port, proxy.tls)
        return await tunnel(protocol, lambda p: _open(p, proxy.host, proxy.port, proxy.tls), origin, proxy)
    except (OSError, ValueError, OverflowError) as error:  # a name that cannot be encoded is a ValueError
        raise connecting_failed(origin, error) from None


async def _open(
    protocol: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None
) -> tuple[asyncio.Transport, P]:
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {}
    # uvloop has no such option. A literal address needs no race, and asyncio leaks the winner's socket if the task is
    # cancelled at the very moment in which the race is won.
    if isinstance(loop, asyncio.BaseEventLoop) and not _is_address(host):
        options["happy_eyeballs_delay"] = HAPPY_EYEBALLS
    return await loop.create_connection(protocol, host, port, ssl=tls, **options)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
