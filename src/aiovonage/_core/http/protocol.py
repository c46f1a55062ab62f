"""What the session hands to a transport, and what it gets back: bytes in and out."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import attrs

Headers = list[tuple[bytes, bytes]]

Stage: TypeAlias = Literal["queued", "connecting", "sent"]


@attrs.define(slots=True, repr=False)
class Request:
    """A request, ready to send.

    Attributes:
        method: The HTTP method.
        origin: Scheme, host and port: `https://api-eu.vonage.com`.
        target: Path and query, percent-encoded.
        headers: Names and values, but for Host and Content-Length.
        body: The body; empty where there is none.
        stage: How far it has come, for the error that is raised when its time is over: `queued` while it waits for a
            connection, `connecting` while that is made, `sent` from the moment in which the server may have it. A
            transport that does not tell leaves it at `sent`.
    """

    __module__ = "aiovonage.transport"

    method: str
    origin: str
    target: str
    headers: Headers
    body: bytes = b""
    stage: Stage = attrs.field(default="sent", eq=False, kw_only=True)

    @property
    def url(self) -> str:
        """The whole URL. It may hold credentials."""
        return self.origin + self.target

    @property
    def content_length(self) -> int | None:
        """The value of the header Content-Length; None where there is no body, nor could be one."""
        return len(self.body) if self.body or self.method in {"POST", "PUT", "PATCH"} else None

    def __repr__(self) -> str:
        path, query, _ = self.target.partition("?")
        return f"Request({self.method} {self.origin}{path}{'?...' if query else ''})"


@attrs.define(slots=True)
class Response:
    """An answer, read to its end.

    Attributes:
        status: The HTTP status.
        headers: Names and values as they came.
        body: The body, with its content encoding undone.
    """

    __module__ = "aiovonage.transport"

    status: int
    headers: Headers
    body: bytes = attrs.field(repr=False)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        wanted = name.encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip()
        return None

    def header_map(self) -> dict[str, str]:
        """All headers, names in lower case; values of the same name joined by commas."""
        headers: dict[str, str] = {}
        for key, value in self.headers:
            name, text = key.decode("latin-1").lower(), value.decode("latin-1")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        return headers


class Transport(Protocol):
    """Sends a request and reads the answer.

    A transport maps its failures to `ConnectionFailed` (with `sent=False` where the request cannot have reached the
    server), `TimedOut` and `ResponseTooLarge`. It follows no redirects and keeps no cookies. The session cancels a call
    that takes too long, and the transport closes the connection of a cancelled call. By `Request.stage` it can tell
    that such a request was not sent yet.
    """

    __module__: str = "aiovonage.transport"

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
