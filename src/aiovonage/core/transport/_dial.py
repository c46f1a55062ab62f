"""Opens connections straight on asyncio, to all addresses of a host in turn."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

P = TypeVar("P", bound=asyncio.Protocol)

HAPPY_EYEBALLS = 0.25
"""Seconds before the next address of a host is tried beside the first (RFC 8305)."""


async def dial(
    protocol: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None = None
) -> tuple[asyncio.Transport, P]:
    """A connection to a host.

    Raises:
        OSError: when it does not come about; also when the certificate is not trusted.
    """
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {}
    # uvloop's is none, and does not know the option. An address has no other beside it; and asyncio loses the
    # socket of a race that is cancelled as it is won.
    if isinstance(loop, asyncio.BaseEventLoop) and not _is_address(host):
        options["happy_eyeballs_delay"] = HAPPY_EYEBALLS
    return await loop.create_connection(protocol, host, port, ssl=tls, **options)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
