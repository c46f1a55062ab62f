"""Network streams for httpcore, directly on asyncio. Its own go through anyio, whose checkpoints cost more than the
I/O.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httpcore

from aiovonage._core.http.connecting import ClosedWhileIdle
from aiovonage._core.http.dial import dial
from aiovonage._core.http.sockets import SocketPoll, close_without_loop

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from aiovonage._core.http.origin import Origin
    from aiovonage._core.http.protocol import Request

HIGH_WATER = 256 * 1024
"""Received bytes that are buffered before reading is paused."""

CORK = 64 * 1024
"""Bytes to send that are buffered before they are written even though no response is awaited yet."""


class _Protocol(asyncio.Protocol):
    """Buffers what is received, and notes the end of the connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self.reader: asyncio.Future[None] | None = None
        self.writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's class does not derive from it

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > HIGH_WATER and self.transport is not None:
            self.transport.pause_reading()
        self._wake(self.reader)

    def eof_received(self) -> None:
        self.ended = True
        self._wake(self.reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.failure = exc
        self._wake(self.reader)
        self._wake(self.writer)

    def pause_writing(self) -> None:
        self.writer = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        writer, self.writer = self.writer, None
        self._wake(writer)

    @staticmethod
    def _wake(waiter: asyncio.Future[None] | None) -> None:
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class AsyncioStream(httpcore.AsyncNetworkStream):
    """A connection. It ignores timeouts, because the session cancels what takes too long.

    Writes are buffered until the response is awaited. httpcore writes head and body separately, and each write would be
    a system call and a packet.

    Attributes:
        was_idle: Whether the next request is not the first one on this connection.
    """

    def __init__(self, protocol: _Protocol, transport: asyncio.Transport) -> None:
        self.was_idle = False
        self._protocol = protocol
        self._transport = transport
        self._poll = SocketPoll(transport)
        self._unsent = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Wait for data and return it; empty at the end of the connection."""
        protocol = self._protocol
        if self._unsent:
            await self._flush()
        if not protocol.buffer and not protocol.ended:
            protocol.reader = asyncio.get_running_loop().create_future()
            await protocol.reader
        if protocol.buffer:
            data = bytes(protocol.buffer[:max_bytes])
            del protocol.buffer[:max_bytes]
            if len(protocol.buffer) <= HIGH_WATER:
                self._transport.resume_reading()
            return data
        if protocol.failure is not None:
            raise httpcore.ReadError(_words(protocol.failure)) from protocol.failure
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        """Buffer data, and send it once there is enough."""
        if self._protocol.ended and self._protocol.failure is not None:
            raise httpcore.WriteError(_words(self._protocol.failure)) from self._protocol.failure
        self._unsent += buffer
        if len(self._unsent) >= CORK:
            await self._flush()

    async def _flush(self) -> None:
        if self.was_idle:
            self.was_idle = False
            if self._poll.is_readable():  # the last chance to notice
                raise ClosedWhileIdle
        self._transport.write(bytes(self._unsent))
        self._unsent.clear()
        if self._protocol.writer is not None:
            await self._protocol.writer

    async def aclose(self) -> None:
        """Close the connection at once."""
        self.close()

    def has_ended(self) -> bool:
        """Whether it can no longer be used, as far as the event loop knows."""
        return self._protocol.ended or bool(self._protocol.buffer) or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection at once."""
        self._unsent.clear()
        self._transport.abort()

    def abandon(self, *, forked: bool) -> None:
        """Close the socket without the event loop; see `close_without_loop`."""
        close_without_loop(self._transport, forked=forked)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """This connection: it is encrypted from the start."""
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks: `ssl_object`, and whether an idle connection `is_readable` (ended, or out of step)."""
        if info == "is_readable":
            return self.has_ended() or self._poll.is_readable()
        return self._transport.get_extra_info(info)


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens the stream of one connection.

    Args:
        origin: Where it leads.
        connect_timeout: Seconds for making it.

    Attributes:
        request: The request that is being sent.
        stream: The stream, when it is there.
    """

    def __init__(self, origin: Origin, connect_timeout: float | None) -> None:
        self._origin = origin
        self._connect_timeout = connect_timeout
        self.request: Request | None = None
        self.stream: AsyncioStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the origin, through its proxy, and encrypted if it is to be."""
        transport, protocol = await dial(_Protocol, self._origin, self.request, self._connect_timeout)
        self.stream = AsyncioStream(protocol, transport)
        return self.stream

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _words(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
