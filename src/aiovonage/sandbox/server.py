"""The sandbox on a loopback socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from aiovonage.sandbox.app import SandboxApp
from aiovonage.sandbox.authentication import Account, key_pair
from aiovonage.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from aiovonage.sandbox.state import State


class Sandbox:
    """A stateful stand-in of Vonage's APIs.

        async with Sandbox(rate=30) as sandbox:
            async with Vonage(api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url) as vonage:
                ...

    It holds brand `BLQKOPK` with campaign `C1DEB879` from the start. `GET /_sandbox/state` shows what it holds.

    Args:
        rate: Requests a second before it answers 429. Default: no limit.
        burst: Requests that may come at once before it answers 429. Default: those of a second.
        retry_after: Seconds that a 429 asks for; None for no word of it.
        faults: What goes wrong on purpose. Default: nothing.
        host: The address that it listens on.
        port: The port; 0 for any that is free.
        api_key: The API key that it takes.
        api_secret: The API secret that it takes. Default: a random one.
    """

    def __init__(
        self,
        *,
        rate: float | None = None,
        burst: float | None = None,
        retry_after: int | None = 1,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "abcd1234",
        api_secret: str | None = None,
    ) -> None:
        account = Account(api_key=api_key, api_secret=api_secret) if api_secret else Account(api_key=api_key)
        self.app: SandboxApp = SandboxApp(account, faults or Faults(), rate=rate, burst=burst, retry_after=retry_after)
        self._account = account
        self._host, self._port = host, port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # httptools parses in C; no access log and no default headers: this server is there to be asked a lot.
        config = uvicorn.Config(
            self.app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=4096,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        listener = _listener(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await self._serving
        self._server = self._serving = None

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def state(self) -> State:
        """What it holds. A test may change it."""
        return self.app.state

    @property
    def api_key(self) -> str:
        """The API key that it takes."""
        return self._account.api_key

    @property
    def api_secret(self) -> str:
        """The API secret that it takes."""
        return self._account.api_secret

    @property
    def application_id(self) -> str:
        """The application whose tokens it takes."""
        return self._account.application_id

    @property
    def private_key(self) -> str:
        """The private key of that application, as PEM."""
        return key_pair()[0]

    @property
    def signature_secret(self) -> str:
        """The secret of signed requests."""
        return self._account.signature_secret


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is given: without it each answer is 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(4096)
    return listener


class _Server(uvicorn.Server):
    """A server that leaves the signals to the program it is in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
