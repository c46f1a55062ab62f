"""Receiving and sending over ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def receive_body(receive: Receive) -> bytes:
    """The whole body of a request, or what came of it before the client closed the connection."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def send_bytes(
    send: Send, status: int, media_type: bytes, content: bytes, headers: dict[str, str] | None = None
) -> None:
    """Send a response. An empty `media_type` sends no `Content-Type`."""
    fields = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    if media_type:
        fields.append((b"content-type", media_type))
    if status != 204:
        fields.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})


async def lifespan(receive: Receive, send: Send) -> None:
    """Confirm the start and the end of the server, which need no work here."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
