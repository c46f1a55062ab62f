"""A sandbox for a test, and a client of it, for tests of any event loop or of none.

In-process, the client hands its requests to the sandbox's application (`httpx.ASGITransport`): a connection that the
sandbox cuts is a `ConnectionFailed` there too. On a socket, server and connections live in the loop of a thread, so
that they outlast the loop of the test and are closed without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from aiovonage._client import MAX_RESPONSE_BYTES, Vonage
from aiovonage._core.http.options import ConnectionOptions
from aiovonage._core.http.protocol import Request, Response, Transport
from aiovonage._core.http.resolve import resolve_transport
from aiovonage.sandbox import Sandbox
from aiovonage.testing._settings import Settings

IN_PROCESS = "http://sandbox.localhost"
"""The origin of a sandbox without a socket: nothing listens there."""


class ListeningSandbox(Sandbox):
    """A sandbox on a socket, served in the loop of a thread.

    Attributes:
        portal: Runs what is to run in that loop.
    """

    portal: BlockingPortal


@contextmanager
def run_sandbox(settings: Settings) -> Iterator[Sandbox]:
    """A sandbox, ready to be asked."""
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
    """A transport whose connections live in the loop of a thread."""
    direct = ConnectionOptions(trust_env=False)  # no proxy leads to this machine
    inner, _ = resolve_transport("httpx", max_response_bytes=MAX_RESPONSE_BYTES, options=direct)
    try:
        yield _OtherLoop(portal, inner)
    finally:
        portal.call(inner.aclose)


class _OtherLoop:
    """A transport that sends in another loop than it is called in."""

    def __init__(self, portal: BlockingPortal, inner: Transport) -> None:
        self._portal = portal
        self._inner = inner

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end; cancelled, it is cancelled there too."""
        return await asyncio.wrap_future(self._portal.start_task_soon(self._inner.send, request))

    async def aclose(self) -> None:
        """Nothing: whoever has made the transport closes it."""
