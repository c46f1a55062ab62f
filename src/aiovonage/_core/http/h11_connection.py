"""An HTTP/1.1 connection: h11 parses and checks, this sends and receives the bytes.

It implements httpcore's interface and replaces its `AsyncHTTP11Connection`, which puts a context manager, a generator
or a lock around each step: together they cost more than h11. It also hides the bytes that were received beyond the
response. They would be taken for the response to the next request (request smuggling, RFC 9112, section 11.2), so
a connection that has received any is not used again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import h11
import httpcore

from aiovonage._core.http.streams import SocketStream
from aiovonage.errors import ResponseTooLarge

if TYPE_CHECKING:
    from aiovonage._core.http.origin import Origin
    from aiovonage._core.http.protocol import Request

MAX_HEAD = 100 * 1024
"""Bytes of headers that are read, as many as httpcore reads."""


class WholeBody:
    """A body that was read to its end, as a stream of httpcore.

    Attributes:
        content: The body.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content

    async def aclose(self) -> None:
        """There is nothing to close."""


class H11Connection(httpcore.AsyncConnectionInterface):
    """A connection for one request at a time. It connects when the first one is sent.

    Args:
        origin: The origin.
        max_response_bytes: The largest body, in bytes.
        connect_timeout: The most seconds that connecting may take.

    Attributes:
        sending: Our form of the request that is being sent.
    """

    def __init__(self, origin: Origin, max_response_bytes: int, connect_timeout: float | None) -> None:
        self.sending: Request | None = None
        self._origin = origin
        self._max_response_bytes = max_response_bytes
        self._connect_timeout = connect_timeout
        self._stream: SocketStream | None = None
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._is_closed = False

    def is_open(self) -> bool:
        """Whether it can carry a request, as far as the event loop knows."""
        if self._is_closed or self._state.trailing_data[0]:
            return False
        return self._stream is None or not self._stream.has_ended()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the whole response.

        Raises:
            httpcore.LocalProtocolError: for a request that is not valid HTTP. Nothing was sent.
            httpcore.RemoteProtocolError: for a response that is not valid HTTP/1.1.
            httpcore.ReadError: when the connection breaks.
            ResponseTooLarge: when the body has more than `max_response_bytes`.
        """
        if self._stream is None:
            self._stream = await SocketStream.open(self._origin, self.sending, self._connect_timeout)
        await self._stream.write(self._message(request))
        head, body = await self._receive(self._stream)
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
        else:
            self.close()
        response = httpcore.Response(head.status_code, content=WholeBody(body))
        response.headers = head.headers.raw_items()  # the constructor would check each pair once more
        return response

    def info(self) -> str:
        """What the `repr` of httpcore's connection says of the one in it."""
        return f"HTTP/1.1 to {self._origin.name}, {'open' if self.is_open() else 'closed'}"

    async def aclose(self) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close it at once."""
        self._is_closed = True
        if self._stream is not None:
            self._stream.close()

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        self._is_closed = True
        if self._stream is not None:
            self._stream.abandon(forked=forked)

    def _message(self, request: httpcore.Request) -> bytes:
        """Head and body together. Sent separately, each would be a system call and a packet."""
        send = self._state.send
        body = b"" if self.sending is None else self.sending.body
        try:
            head = send(h11.Request(method=request.method, target=request.url.target, headers=request.headers))
            message = head + (send(h11.Data(data=body)) or b"") if body else head
            return message + (send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError:
            del body
        # Raised here, so that the error has no context whose frames hold the request, and so credentials.
        raise httpcore.LocalProtocolError

    async def _receive(self, stream: SocketStream) -> tuple[h11.Response, bytes]:
        """Head and body of the response. Informational ones (1xx) are skipped."""
        head: h11.Response | None = None
        chunks: list[bytes] = []
        size = 0
        event: object = h11.NEED_DATA  # nothing was received yet
        while True:
            if event is h11.NEED_DATA:
                data = await stream.read()
                if not data and self._state.their_state is h11.SEND_RESPONSE:
                    raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
                self._state.receive_data(data)
            elif type(event) is h11.Response:
                head = event
            elif type(event) is h11.Data:
                size += len(event.data)
                if size > self._max_response_bytes:
                    raise ResponseTooLarge(f"the response has more than {self._max_response_bytes} bytes")
                chunks.append(bytes(event.data))
            elif type(event) is h11.EndOfMessage and head is not None:
                return head, chunks[0] if len(chunks) == 1 else b"".join(chunks)
            elif type(event) is not h11.InformationalResponse:
                raise httpcore.RemoteProtocolError("it changes the protocol")
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from None
