"""HTTP/1.1 over one connection: h11 says what goes over the wire and what came, this moves the bytes.

It is a connection in httpcore's sense, and takes the place of httpcore's own (`AsyncHTTP11Connection`). That one puts
a context manager, a generator or a lock around each step, which cost more than h11's parsing; and it does not show
whether more came than the answer, which would be taken for the answer to the next request.
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
    """A connection for one request at a time. It connects when the first is sent.

    Args:
        origin: Where it leads.
        max_response_bytes: The largest body that is read, in bytes.
        connect_timeout: Seconds for making it.

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
        """Whether it can be used again, for all that the event loop knows."""
        if self._is_closed or self._state.trailing_data[0]:
            return False
        return self._stream is None or not self._stream.has_ended()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the answer to its end.

        Raises:
            httpcore.LocalProtocolError: for a request that HTTP does not admit. Nothing was sent.
            httpcore.RemoteProtocolError: for an answer that is not HTTP/1.1.
            httpcore.ReadError: when the connection breaks.
            ResponseTooLarge: when the body has more than `max_response_bytes`.
        """
        if self._stream is None:
            self._stream = await SocketStream.open(self._origin, self.sending, self._connect_timeout)
        await self._stream.write(self._message(request))
        head, body = await self._answer(self._stream)
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
        else:
            self.close()
        response = httpcore.Response(head.status_code, content=WholeBody(body))
        response.headers = head.headers.raw_items()  # given to the constructor, they would be checked once more
        return response

    def info(self) -> str:
        """What the `repr` of httpcore's connection says of the one in it."""
        return f"HTTP/1.1 to {self._origin.name}, {'open' if self.is_open() else 'closed'}"

    async def aclose(self) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """The same, at once."""
        self._is_closed = True
        if self._stream is not None:
            self._stream.close()

    def abandon(self, *, forked: bool) -> None:
        """Close it without its event loop."""
        self._is_closed = True
        if self._stream is not None:
            self._stream.abandon(forked=forked)

    def _message(self, request: httpcore.Request) -> bytes:
        """Head and body in one: apart, each would be a system call and a packet."""
        send = self._state.send
        body = b"" if self.sending is None else self.sending.body
        try:
            head = send(h11.Request(method=request.method, target=request.url.target, headers=request.headers))
            message = head + (send(h11.Data(data=body)) or b"") if body else head
            return message + (send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError:
            del body
        # Raised here, so that the error has no context whose frames hold the request.
        raise httpcore.LocalProtocolError

    async def _answer(self, stream: SocketStream) -> tuple[h11.Response, bytes]:
        """Head and body of the answer. Those that announce another (1xx) are passed over."""
        head: h11.Response | None = None
        chunks: list[bytes] = []
        size = 0
        event: object = h11.NEED_DATA  # nothing has come yet
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
                    raise ResponseTooLarge(f"the answer has more than {self._max_response_bytes} bytes")
                chunks.append(bytes(event.data))
            elif type(event) is h11.EndOfMessage and head is not None:
                return head, chunks[0] if len(chunks) == 1 else b"".join(chunks)
            elif type(event) is not h11.InformationalResponse:
                raise httpcore.RemoteProtocolError("it changes the protocol")
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from None
