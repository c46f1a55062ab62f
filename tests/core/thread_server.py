"""A server in a thread of its own: it outlives the event loops of a test, and answers when they do nothing."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.core.server import Handler, Server, ok, serve


@contextmanager
def serve_in_thread(handler: Handler = ok, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for the time of the context."""
    ready: list[Server] = []
    begun, end = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        async with serve(handler, tls=tls) as server:
            ready.append(server)
            loops.append(asyncio.get_running_loop())
            begun.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert begun.wait(10)
    try:
        yield ready[0]
    finally:
        loops[0].call_soon_threadsafe(end.set)
        thread.join(10)
