"""Runs a sandbox for a test, and a client of it, whatever event loop the test uses.

Without a socket, the client passes its requests to the ASGI application (`httpx.ASGITransport`). A connection that the
sandbox cuts raises `ConnectionFailed` there, too. With a socket, server and connections run in the event loop of a
thread, so that they outlive the test's loop and can be closed after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from aiovonage._client import Vonage
from aiovonage._core.http.options import ConnectionOptions
from aiovonage._core.http.protocol import Request, Response, Transport
from aiovonage._core.http.resolve import resolve_transport
from aiovonage._settings import MAX_RESPONSE_BYTES
from aiovonage.sandbox import Sandbox
from aiovonage.testing._settings import Settings

IN_PROCESS = "http://sandbox.localhost"
"""The origin of a sandbox without a socket. Nothing listens there."""


class ListeningSandbox(Sandbox):
    """A sandbox on a socket, served in the event loop of a thread.

    Attributes:
        portal: Runs functions in that loop.
    """

    portal: BlockingPortal


@contextmanager
def run_sandbox(settings: Settings) -> Iterator[Sandbox]:
    """A running sandbox."""
    if not settings.socket:
        yield Sandbox(**settings.arguments)
        return
    with start_blocking_portal("asyncio") as portal:
        sandbox = ListeningSandbox(**settings.arguments)
        sandbox.portal = portal
        with portal.wrap_async_context_manager(sandbox):
            yield sandbox


@contextmanager
def run_client(sandbox: Sandbox, options: Mapping[str, Any]) -> Iterator[Vonage]:
    """A client of a sandbox."""
    settings: dict[str, Any] = {
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "application_id": sandbox.application_id,
        "private_key": sandbox.private_key,
        "signature_secret": sandbox.signature_secret,
        "signature_method": "sha256",
    }
    if isinstance(sandbox, ListeningSandbox):
        with _connections(sandbox.portal) as transport:
            yield Vonage(**{**settings, "base_url": sandbox.url, "transport": transport, **options})
    else:
        in_process = httpx.ASGITransport(sandbox.app)
        yield Vonage(**{**settings, "base_url": IN_PROCESS, "transport": in_process, **options})


@contextmanager
def _connections(portal: BlockingPortal) -> Iterator[Transport]:
    """A transport whose connections belong to the event loop of a thread."""
    direct = ConnectionOptions(trust_env=False)  # the sandbox is on this machine
    inner, _ = resolve_transport("httpx", max_response_bytes=MAX_RESPONSE_BYTES, options=direct)
    try:
        yield _OtherLoop(portal, inner)
    finally:
        portal.call(inner.aclose)


class _OtherLoop:
    """A transport that sends requests in the event loop of a portal."""

    def __init__(self, portal: BlockingPortal, inner: Transport) -> None:
        self._portal = portal
        self._inner = inner

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response. A cancellation is passed on to the other loop."""
        return await asyncio.wrap_future(self._portal.start_task_soon(self._inner.send, request))

    async def aclose(self) -> None:
        """Do nothing: `_connections` closes the transport."""
