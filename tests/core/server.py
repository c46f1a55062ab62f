"""A server on a real socket, whose answers are bytes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import attrs

from aiovonage import Vonage


@attrs.define(eq=False)
class Peer:
    """A connection, and the request that came over it last.

    Attributes:
        writer: Where the answer goes.
        number: Which connection it is, from 1.
        head: The request line and headers.
        body: The body.
    """

    writer: asyncio.StreamWriter
    number: int
    head: bytes = b""
    body: bytes = b""

    async def send(self, *parts: bytes) -> None:
        """Write, part by part."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    def drop(self) -> None:
        """End the connection without a farewell."""
        self.writer.transport.abort()


Handler = Callable[[Peer], Awaitable[None]]


@attrs.define
class Server:
    """What a server knows.

    Attributes:
        url: Its origin.
        handler: Answers each request.
        connections: How many connections were made.
        peers: The connections that stand.
        requests: Request line, headers and body of each request.
    """

    transport: ClassVar[str] = "httpx"
    """By what its clients ask it, unless they say."""

    handler: Handler
    url: str = ""
    connections: int = 0
    peers: list[Peer] = attrs.field(factory=list)
    requests: list[bytes] = attrs.field(factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        self.connections += 1
        peer = Peer(writer, self.connections)
        self.peers.append(peer)
        try:
            while True:
                peer.head = await reader.readuntil(b"\r\n\r\n")
                peer.body = await reader.readexactly(content_length(peer.head))
                self.requests.append(peer.head + peer.body)
                await self.handler(peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.peers.remove(peer)
            writer.close()

    def client(self, **settings: Any) -> Vonage:
        """A client that asks it over sockets."""
        return Vonage(base_url=self.url, **{"api_key": "k", "api_secret": "s", "transport": self.transport} | settings)


def content_length(head: bytes) -> int:
    """The length of the body that a head announces."""
    lines = head.lower().split(b"\r\n")
    return next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)


def http(body: bytes = b'{"brand_id":"B1"}', *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer in bytes.

    Args:
        body: The body.
        headers: Header lines beside the length.
        status: Status and phrase.
        length: The announced length, if not the body's.
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def ok(peer: Peer) -> None:
    """Answer with an empty object."""
    await peer.send(http())


@asynccontextmanager
async def serve(handler: Handler = ok, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server for the time of the context."""
    server = Server(handler)
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=tls, limit=2**20)
    host, port = listener.sockets[0].getsockname()
    server.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        listener.close()
        for peer in list(server.peers):
            peer.drop()
        with contextlib.suppress(asyncio.CancelledError):
            await listener.wait_closed()
        async with asyncio.timeout(5):
            while server.peers:  # noqa: ASYNC110 - until the last connection is served
                await asyncio.sleep(0.001)
