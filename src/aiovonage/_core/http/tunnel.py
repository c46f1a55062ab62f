"""A tunnel through an HTTP proxy to an `https` origin (`CONNECT`, RFC 9110, section 9.3.6)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, TypeVar

from aiovonage.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiovonage._core.http.origin import Origin, Proxy

P = TypeVar("P", bound=asyncio.BaseProtocol)

MAX_HEAD = 64 * 1024
"""The largest response of a proxy, in bytes."""

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")


class _ProxyResponse(asyncio.Protocol):
    """Reads the header of the proxy's response."""

    def __init__(self) -> None:
        self.head = bytearray()
        self.read: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.head += data
        if b"\r\n\r\n" in self.head or len(self.head) > MAX_HEAD:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.read.done():
            self.read.set_result(None)


async def tunnel(
    protocol: Callable[[], P],
    open_proxy: Callable[[Callable[[], _ProxyResponse]], Awaitable[tuple[asyncio.Transport, _ProxyResponse]]],
    origin: Origin,
    proxy: Proxy,
) -> tuple[asyncio.Transport, P]:
    """Open a TLS connection to an origin through a proxy.

    Args:
        protocol: Makes the protocol of the connection.
        open_proxy: Opens a connection to the proxy.
        origin: The origin.
        proxy: The proxy.

    Raises:
        OSError: if a connection breaks, or the certificate is not trusted.
        ConnectionFailed: if the proxy refuses.
    """
    transport, response = await open_proxy(_ProxyResponse)
    try:
        transport.write(_connect(origin, proxy))
        await response.read
        _check(bytes(response.head), origin, proxy)
        inner = protocol()
        assert origin.tls is not None
        encrypted: Any = await asyncio.get_running_loop().start_tls(
            transport, inner, origin.tls, server_hostname=origin.host
        )
    except BaseException:
        transport.abort()
        raise
    if encrypted is None:  # asyncio returns None if the connection was lost in the handshake
        raise ConnectionResetError
    inner.connection_made(encrypted)
    return encrypted, inner


def _connect(origin: Origin, proxy: Proxy) -> bytes:
    lines = [b"CONNECT %s HTTP/1.1" % origin.name.encode(), b"Host: %s" % origin.name.encode()]
    if proxy.authorization is not None:
        lines.append(b"Proxy-Authorization: " + proxy.authorization)
    return b"\r\n".join([*lines, b"", b""])


def _check(head: bytes, origin: Origin, proxy: Proxy) -> None:
    """Check that the proxy opened the tunnel.

    Raises:
        ConnectionFailed: if it did not.
    """
    line = _STATUS_LINE.match(head)
    refused = f"the proxy {proxy.name} does not connect to {origin.name}"
    if line is None or b"\r\n\r\n" not in head:
        words = "its response is not HTTP" if head else "it closed the connection"
        raise ConnectionFailed(f"{refused}: {words}", sent=False)
    status, phrase = int(line[1]), (line[2] or b"").decode("latin-1").strip()
    if status == 407:
        raise ConnectionFailed(
            f"{refused}: {status} {phrase}. Give its user and password: http://user:password@{proxy.name}",
            sent=False,
            permanent=True,
        )
    if not 200 <= status < 300:
        raise ConnectionFailed(f"{refused}: {status} {phrase}", sent=False)
    if not head.endswith(b"\r\n\r\n"):  # in a TLS tunnel, the client speaks first
        raise ConnectionFailed(f"{refused}: it sent data after its response", sent=False)
