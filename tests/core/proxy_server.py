"""An HTTP proxy that forwards, opens tunnels, and wants to know who asks."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import attrs


@attrs.define
class ProxyServer:
    """What a proxy has seen.

    Attributes:
        url: Its URL, without user and password.
        user: `user:password` that it demands.
        refusal: What it answers to each `CONNECT`, if it refuses.
        asked: The request lines that it got.
        heads: All that it got before a body or a tunnel.
        writers: The connections from clients that stand.
    """

    url: str = ""
    user: str | None = None
    refusal: bytes | None = None
    asked: list[str] = attrs.field(factory=list)
    heads: list[bytes] = attrs.field(factory=list)
    writers: list[asyncio.StreamWriter] = attrs.field(factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._serve(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.remove(writer)
            writer.close()

    async def _serve(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = head.partition(b"\r\n")[0].decode()
        self.asked.append(line)
        self.heads.append(head)
        method, target, _ = line.split(" ")
        if self.user is not None and b"Basic " + b64encode(self.user.encode()) not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif method == "CONNECT" and self.refusal is not None:
            writer.write(self.refusal)
            writer.write_eof()
        elif method == "CONNECT":
            host, _, port = target.rpartition(":")
            ahead, behind = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
            await asyncio.gather(_pipe(reader, behind), _pipe(ahead, writer))
        else:
            parts = urlsplit(target)
            ahead, behind = await asyncio.open_connection(parts.hostname, parts.port)
            behind.write(head.replace(target.encode(), parts.path.encode()))
            behind.write(await reader.readexactly(_length(head)))
            answer = await ahead.readuntil(b"\r\n\r\n")
            writer.write(answer + await ahead.readexactly(_length(answer)))
            behind.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


@asynccontextmanager
async def proxy(*, tls: ssl.SSLContext | None = None, **settings: object) -> AsyncIterator[ProxyServer]:
    """A proxy for the time of the context."""
    server = ProxyServer(**settings)  # type: ignore[arg-type]
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=tls)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for writer in server.writers:
            writer.transport.abort()
        async with asyncio.timeout(5):
            while server.writers:  # noqa: ASYNC110 - until the last connection is served
                await asyncio.sleep(0.001)
