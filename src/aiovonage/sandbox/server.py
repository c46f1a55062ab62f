"""The sandbox on a loopback socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

import uvicorn

from aiovonage.sandbox.app import SandboxApp
from aiovonage.sandbox.authentication import Account, key_pair
from aiovonage.sandbox.behaviour import Behaviour, NumberFormat
from aiovonage.sandbox.carriers import Carriers
from aiovonage.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from aiovonage.sandbox.state import State


class Sandbox:
    """A stateful stand-in for Vonage's APIs.

        async with Sandbox(rate=30) as sandbox:
            async with Vonage(api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url) as vonage:
                ...

    A new sandbox holds the brand `BLQKOPK` with the campaign `C1DEB879`. `GET /_sandbox/state` shows its contents.

    Args:
        rate: Requests per second above which it responds with 429. Default: no limit.
        burst: Requests that it admits at once. Default: one second's worth.
        retry_after: The `Retry-After` of a 429, in seconds; None for none.
        faults: The faults that it injects. Default: none.
        carriers: How the carriers decide on links. Default: they approve each at once.
        visible_after: Seconds until GETs and lists show that a number was linked or unlinked. Writes see it at once.
        number_format: How lists write numbers: `"plain"` for 12025550101, `"plus"` for +12025550101, `"spaces"` for
            1 202 555 0101, `"int"` for a JSON number, or `"object"` for `{"number": "12025550101"}` where a list
            has bare numbers.
        max_page_size: The largest page, in items. A larger `page_size` is capped. Default: the limit of each list.
        page_size_error: Respond to a larger `page_size` with a 400 instead.
        host: The address that it listens on.
        port: The port; 0 for any free one.
        api_key: The API key that it accepts.
        api_secret: The API secret that it accepts. Default: a random one.
        clock: A monotonic clock, in seconds. Default: that of the machine.

    Raises:
        ValueError: if a setting is invalid; the message names it.
    """

    __module__ = "aiovonage.sandbox"

    def __init__(
        self,
        *,
        rate: float | None = None,
        burst: float | None = None,
        retry_after: int | None = 1,
        faults: Faults | None = None,
        carriers: Carriers | None = None,
        visible_after: float = 0.0,
        number_format: NumberFormat = "plain",
        max_page_size: int | None = None,
        page_size_error: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "abcd1234",
        api_secret: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        account = Account(api_key=api_key, api_secret=api_secret) if api_secret else Account(api_key=api_key)
        behaviour = Behaviour(
            carriers=carriers or Carriers(),
            visible_after=visible_after,
            number_format=number_format,
            max_page_size=max_page_size,
            page_size_error=page_size_error,
        )
        self.app: SandboxApp = SandboxApp(
            account,
            faults or Faults(),
            rate=rate,
            burst=burst,
            retry_after=retry_after,
            behaviour=behaviour,
            clock=clock,
        )
        self._account = account
        self._host, self._port = host, port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # Tuned for many small requests: httptools parses in C, and there is no access log.
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
        await asyncio.sleep(0)  # let the connections notice before their requests continue
        self.app.wake()
        await self._serving
        self._server = self._serving = None

    def fail_next(self, operation: str, fault: str | int, *, retry_after: int | None = None, times: int = 1) -> None:
        """Make the next calls of an operation fail. Other operations and later calls are not affected.

            sandbox.fail_next("ten_dlc.link_number", "lost")
            sandbox.fail_next("ten_dlc.link_number", 429, retry_after=7)

        Args:
            operation: The operation, as `aiovonage operations` lists it.
            fault: `"lost"` carries the request out and cuts the connection before the response. The others do not carry
                it out: `"dropped"` cuts the connection, a number is the HTTP status of an error from the API, and a
                word of `Faults.intermediary_kinds` is a response from an intermediary.
            retry_after: The `Retry-After` of the error, in seconds. Default: none.
            times: The number of calls that fail.

        Raises:
            ValueError: if the operation or the fault is unknown; the message suggests the nearest one.
        """
        self.app.fail_next(operation, fault, retry_after=retry_after, times=times)

    @property
    def statuses(self) -> Counter[int]:
        """The number of responses by HTTP status, including lost ones."""
        return self.app.statuses

    @property
    def injected(self) -> Counter[str]:
        """The number of injected faults by kind: `errors`, `dropped_connections`, `lost_responses`, ..."""
        return self.app.injected

    @property
    def url(self) -> str:
        """Its origin, for `base_url`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def state(self) -> State:
        """What it holds. Tests may change it."""
        return self.app.state

    @property
    def api_key(self) -> str:
        """The API key that it accepts."""
        return self._account.api_key

    @property
    def api_secret(self) -> str:
        """The API secret that it accepts."""
        return self._account.api_secret

    @property
    def application_id(self) -> str:
        """The application whose tokens it accepts."""
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
    # asyncio turns off Nagle's algorithm only if the protocol is given explicitly. With it on, each response waits 40
    # ms for the delayed ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(4096)
    return listener


class _Server(uvicorn.Server):
    """A server that leaves signals to the program that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
