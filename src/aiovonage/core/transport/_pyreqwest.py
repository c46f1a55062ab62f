"""The transport `fast` (extra `fast`): pyreqwest, whose HTTP is Rust's reqwest."""

from __future__ import annotations

import types
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from aiovonage.core.errors import ConfigurationError, ConnectionFailed, ResponseTooLarge, TimedOut, TransportError
from aiovonage.core.transport._bodies import decompressed
from aiovonage.core.transport._protocol import Request, Response

try:
    from pyreqwest.client import Client, ClientBuilder
    from pyreqwest.exceptions import (
        BuilderError,
        ConnectError,
        PyreqwestError,
        RequestTimeoutError,
    )
except ModuleNotFoundError as error:
    raise ConfigurationError("transport='fast' needs pyreqwest: pip install 'aiovonage[fast]'") from error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator, Iterator, Mapping

T = TypeVar("T")

KEEPALIVE = timedelta(seconds=30)
"""How long an idle connection is used again."""


class PyreqwestTransport:
    """Sends requests over reqwest's own pool, which is not bounded.

    Args:
        max_response_bytes: The largest body that is read, in bytes.
    """

    keeps_timeouts = True
    """Rust's timer costs nothing beside one of the event loop."""

    def __init__(self, max_response_bytes: int) -> None:
        self._max_response_bytes = max_response_bytes
        # No redirects, cookies or decoding: what goes out and comes in is what the session says and sees.
        self._client: Client | None = (
            ClientBuilder()
            .follow_redirects(False)
            .gzip(False)
            .brotli(False)
            .zstd(False)
            .deflate(False)
            .error_for_status(False)
            .pool_idle_timeout(KEEPALIVE)
            .build()
        )

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        if self._client is None:
            raise ConnectionFailed("could not connect: the client is closed", sent=False)
        headers = [(name.decode(), value.decode()) for name, value in request.headers]
        if not request.body and request.method in {"POST", "PUT", "PATCH"}:
            headers.append(("Content-Length", "0"))
        try:
            builder = self._client.request(request.method, request.url).headers(headers)
            if request.body:
                builder = builder.body_bytes(request.body)
            if request.timeout is not None:
                builder = builder.timeout(timedelta(seconds=request.timeout))
            exchange = builder.build_streamed()
            answer = await _cancellable(exchange.__aenter__())
            body = b""
            try:
                body = bytes(await _cancellable(answer.body_reader.read(self._max_response_bytes + 1)) or b"")
            finally:
                if (
                    not 0 < len(body) <= self._max_response_bytes
                ):  # else it was read to its end, and there is nothing to close
                    await _cancellable(exchange.__aexit__(None, None, None))
        except PyreqwestError as failure:
            raise _as_transport_error(failure) from None  # its details quote the URL, which may hold credentials
        if answer.status < 200:
            raise ConnectionFailed(f"the server answers {answer.status} and nothing after it")
        if len(body) > self._max_response_bytes:
            raise ResponseTooLarge(f"the answer has more than {self._max_response_bytes} bytes")
        response = Response(answer.status, _headers(answer.headers), body)
        response.body = decompressed(response.body, response.header("content-encoding"), self._max_response_bytes)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None  # its idle connections close when nothing refers to it
        if client is not None:
            await client.close()


@types.coroutine
def _cancellable(awaitable: Awaitable[T]) -> Generator[Any, None, T]:
    """What pyreqwest does, ended by a cancellation: its own coroutines at times take one and go on waiting for ever."""
    inner = awaitable.__await__()
    while True:
        try:
            waits_for = inner.send(None)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        try:
            yield waits_for
        except BaseException:
            inner.close()
            raise


def _headers(found: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    try:
        return [(name.encode(), value.encode()) for name, value in found.items()]
    except ValueError:
        return list(_readable(found))


def _readable(headers: Mapping[str, str]) -> Iterator[tuple[bytes, bytes]]:
    """The headers, without those that pyreqwest cannot give because they are no ASCII."""
    items = iter(headers.items())
    while True:
        try:
            name, value = next(items)
        except StopIteration:
            return
        except ValueError:
            continue
        yield name.encode(), value.encode()


def _as_transport_error(failure: PyreqwestError) -> TransportError:
    kind = type(failure).__name__
    if isinstance(failure, RequestTimeoutError):  # also a ConnectTimeoutError: it is given for answers that do not come
        return TimedOut("no complete answer within the time given")
    if isinstance(failure, BuilderError) or _never_connected(failure):
        return ConnectionFailed(f"could not connect ({kind})", sent=False)
    return ConnectionFailed(f"the connection failed ({kind})")


def _never_connected(failure: PyreqwestError) -> bool:
    """Whether a ConnectError is of connecting: pyreqwest raises it too when a connection breaks before the answer."""
    causes = (getattr(failure, "details", None) or {}).get("causes", [])
    return isinstance(failure, ConnectError) and any(cause["message"] == "client error (Connect)" for cause in causes)
