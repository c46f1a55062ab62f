"""A connection of the transport `fast` (extra `fast`): an asyncio protocol whose responses httptools parses in C.

There is no stream, lock or task between the socket and the response. `benchmarks/RESULTS.md` compares it with aiohttp.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from aiovonage._core.http.bodies import ACCEPT_ENCODING
from aiovonage._core.http.connecting import ClosedWhileIdle, broken
from aiovonage._core.http.dial import dial
from aiovonage._core.http.protocol import Headers, Request, Response
from aiovonage._core.http.receive_buffer import receive_buffer
from aiovonage._core.http.sockets import close_without_loop, socket_poll
from aiovonage.errors import ConfigurationError, ConnectionFailed, ResponseTooLarge, TransportError

try:
    from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
except ModuleNotFoundError as error:
    raise ConfigurationError("transport='fast' needs httptools: pip install 'aiovonage[fast]'") from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiovonage._core.http.origin import Origin

MAX_HEAD = 100 * 1024
"""The largest response header, in bytes, as in httpcore."""
MAX_FRAMING = 6
"""The most bytes on the wire per byte of a body, which is what chunks of one byte take."""

LENIENCIES = {
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_data_after_close": True,
}
"""Violations of HTTP that are accepted, as h11 does. To reject such a response would leave the outcome of its request
unknown. Where a response has both a length and chunks, the chunks count (RFC 9112, section 6.3).
"""


class HTTPToolsConnection(asyncio.BufferedProtocol):
    """A connection to an origin; see `Connection`. The session cancels what takes too long.

    Args:
        origin: The origin.
        max_response_bytes: The largest body, in bytes.
        connect_timeout: The most seconds that connecting may take.
    """

    def __init__(self, origin: Origin, max_response_bytes: int, connect_timeout: float | None) -> None:
        self._origin = origin
        self._max_response_bytes = max_response_bytes
        self._connect_timeout = connect_timeout
        self._target_prefix = origin.target_prefix
        fixed = [(b"Host", origin.host_header), ACCEPT_ENCODING, *origin.proxy_headers]
        self._fixed_lines = b"".join(b"\r\n%b: %b" % header for header in fixed) + b"\r\n\r\n"
        self._last_headers: Headers = []
        self._last_lines: bytes | None = b""
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**LENIENCIES)
        self._transport: asyncio.Transport | None = None
        self._buffer = receive_buffer()
        self._has_news: Callable[[], object] | None = None
        self._ended = False
        # A failure is handed over as a value, too: asyncio would report an exception in a future as never retrieved if
        # the waiting task was cancelled in the meantime.
        self._waiter: asyncio.Future[Response | TransportError] | None = None
        self._headers: Headers = []
        self._in_body = False
        self._body: list[bytes] = []
        self._size = self._received = 0

    def is_open(self) -> bool:
        """Whether it can carry a request, as far as the event loop knows."""
        return not self._ended

    async def exchange(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        if self._transport is None:
            await self._connect(request)
        assert self._transport is not None
        self._received = 0
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            self._write(self._transport, self._message(request))
            outcome = await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None
        if isinstance(outcome, Response):
            return outcome
        raise outcome

    def close(self) -> None:
        """Close it at once."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()
        else:
            self._parser = None

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        self._ended = True
        if self._transport is not None:
            close_without_loop(self._transport, forked=forked)

    def _write(self, transport: asyncio.Transport, message: bytes) -> None:
        # Delete the message before raising: it holds credentials, and some tools show the locals of a traceback.
        if self._has_news is None:
            self._has_news = socket_poll(transport)
        elif self._ended or transport.is_closing() or self._has_news():  # the last chance to notice
            del message
            raise ClosedWhileIdle
        transport.write(message)

    async def _connect(self, request: Request) -> None:
        try:
            await dial(lambda: self, self._origin, request, self._connect_timeout)
        except BaseException:
            self.close()
            raise
        if self._ended or self._transport is None:
            raise ConnectionFailed(
                f"could not connect to {self._origin.name}: the server closed the connection at once", sent=False
            )

    def _message(self, request: Request) -> bytes:
        line = f"{request.method} {self._target_prefix}{request.target} HTTP/1.1".encode("ascii")
        headers = self._header_lines(request.headers)
        if headers is not None and not (b"\r" in line or b"\n" in line):
            length = request.content_length
            if length is None:
                return b"".join((line, headers, self._fixed_lines, request.body))
            return b"%b%b\r\nContent-Length: %d%b%b" % (line, headers, length, self._fixed_lines, request.body)
        del line, headers
        raise ConnectionFailed("the request is not valid HTTP: a header contains a line break", sent=False)

    def _header_lines(self, headers: Headers) -> bytes | None:
        """The headers as lines, each after a line break; None if one of them contains another line break.

        Most requests of a client have the same headers, so the last ones are kept.
        """
        if headers != self._last_headers:
            lines = b"".join([b"\r\n%b: %b" % header for header in headers])
            valid = lines.count(b"\r") == lines.count(b"\n") == len(headers)
            self._last_headers, self._last_lines = list(headers), lines if valid else None
        return self._last_lines

    def _hand_over(self, outcome: Response | TransportError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(outcome)

    def _fail(self, failure: TransportError) -> None:
        self._hand_over(failure)
        self.close()

    # Callbacks of asyncio ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class does not derive from it

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts what it receives."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse a part of a response."""
        if self._waiter is None or self._parser is None:
            self.close()  # data without a request would be taken for the next response
            return
        self._received += nbytes
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except HttpParserUpgrade:
            self._fail(
                ConnectionFailed(f"the response from {self._origin.name} is not HTTP/1.1: it changes the protocol")
            )
        except HttpParserError as failure:
            self._fail(ConnectionFailed(f"the response from {self._origin.name} is not valid HTTP/1.1: {failure}"))
        if self._received > MAX_HEAD + MAX_FRAMING * self._size:
            words = f"the response from {self._origin.name} has more than {MAX_HEAD} bytes of headers"
            self._fail(ConnectionFailed(words))

    def eof_received(self) -> None:
        """Note that the server has stopped sending; asyncio then closes the connection."""
        self._ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request, or complete it if its response has neither length nor chunks and so ends here."""
        self._ended = True
        if exc is not None:
            self._hand_over(broken(self._origin, exc))
        elif self._in_body and not {b"content-length", b"transfer-encoding"} & {n.lower() for n, _ in self._headers}:
            self.on_message_complete()
        else:
            words = f"{self._origin.name} closed the connection before the response was complete"
            self._hand_over(ConnectionFailed(words))
        self._parser = None  # it refers to this connection, and only the garbage collector would free such a cycle

    # Callbacks of httptools -------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start a response, which may be an interim one (1xx)."""
        if self._waiter is None or self._waiter.done():
            self.close()  # a second response would be taken for that of the next request
        self._headers, self._body, self._size = [], [], 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. Trailers, which come after the body, are ignored."""
        if not self._in_body:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the body."""
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._size += len(body)
        if self._size > self._max_response_bytes:
            self._fail(ResponseTooLarge(f"the response has more than {self._max_response_bytes} bytes"))
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand over the response, unless it is an interim one."""
        self._in_body = False
        assert self._parser is not None
        status = self._parser.get_status_code()
        if status < 200:
            return
        if not self._parser.should_keep_alive():
            self.close()
        self._hand_over(Response(status, self._headers, b"".join(self._body)))
