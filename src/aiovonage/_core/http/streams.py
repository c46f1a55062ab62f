"""The bytes of a connection, directly on asyncio. anyio's checkpoints, as in httpcore's own streams, cost more than the
I/O.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import httpcore

from aiovonage._core.http.connecting import ClosedWhileIdle
from aiovonage._core.http.dial import dial
from aiovonage._core.http.receive_buffer import receive_buffer
from aiovonage._core.http.sockets import close_without_loop, socket_poll

if TYPE_CHECKING:
    from aiovonage._core.http.origin import Origin
    from aiovonage._core.http.protocol import Request

HIGH_WATER = 256 * 1024
"""Received bytes that are buffered before reading is paused."""


class _Protocol(asyncio.BufferedProtocol):
    """Buffers what is received, and notes the end of the connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self._received = receive_buffer()
        self.ended = False
        self.failure: Exception | None = None
        self.reader: asyncio.Future[None] | None = None
        self.writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's class does not derive from it

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        self.buffer += self._received[:nbytes]
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


class SocketStream:
    """A connection. It has no timeouts, because the session cancels what takes too long."""

    def __init__(self, protocol: _Protocol, transport: asyncio.Transport) -> None:
        self._protocol = protocol
        self._transport = transport
        self._has_news = socket_poll(transport)
        self._was_used = False

    @classmethod
    async def open(cls, origin: Origin, request: Request | None, connect_timeout: float | None) -> SocketStream:
        """Connect to an origin, through its proxy if it has one, with TLS if its scheme is https."""
        transport, protocol = await dial(_Protocol, origin, request, connect_timeout)
        return cls(protocol, transport)

    async def write(self, message: bytes) -> None:
        """Send a request, and wait while the write buffer is full.

        Raises:
            ClosedWhileIdle: if the connection has carried another request, and its socket says that it has ended.
        """
        if self._was_used and (self.has_ended() or self._has_news()):  # the last chance to notice
            del message  # it holds credentials, and tools show the variables of a traceback
            raise ClosedWhileIdle
        self._was_used = True
        self._transport.write(message)
        if self._protocol.writer is not None:
            await self._protocol.writer

    async def read(self) -> bytes:
        """Wait for data and return it; empty at the end of the connection."""
        protocol = self._protocol
        if not protocol.buffer and not protocol.ended:
            protocol.reader = asyncio.get_running_loop().create_future()
            await protocol.reader
        if protocol.buffer:
            data = bytes(protocol.buffer)
            protocol.buffer.clear()
            if len(data) > HIGH_WATER:
                self._transport.resume_reading()
            return data
        if protocol.failure is not None:
            raise httpcore.ReadError(_words(protocol.failure)) from protocol.failure
        return b""

    def has_ended(self) -> bool:
        """Whether it can no longer be used, as far as the event loop knows."""
        return self._protocol.ended or bool(self._protocol.buffer) or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def abandon(self, *, forked: bool) -> None:
        """Close the socket without the event loop; see `close_without_loop`."""
        close_without_loop(self._transport, forked=forked)


def _words(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
