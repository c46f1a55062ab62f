"""`Transport`, and the `Request` and `Response` that it exchanges with the session."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import attrs

Headers = list[tuple[bytes, bytes]]

Stage: TypeAlias = Literal["queued", "connecting", "sent"]


@attrs.define(slots=True, repr=False)
class Request:
    """An encoded request.

    Attributes:
        method: The HTTP method.
        origin: Scheme, host and port: `https://api-eu.vonage.com`.
        target: Path and query, percent-encoded.
        headers: Names and values, without Host and Content-Length.
        body: The body; empty for none.
        stage: How far it has got, for the error after a timeout: `queued` while it waits for a connection, `connecting`
            while a connection is made, `sent` as soon as the server may have received it. A transport that does not
            report this leaves it at `sent`.
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
        """The URL. It may contain credentials."""
        return self.origin + self.target

    @property
    def content_length(self) -> int | None:
        """The value of Content-Length; None for a method without a body (RFC 9110, 8.6)."""
        return len(self.body) if self.body or self.method in {"POST", "PUT", "PATCH"} else None

    def __repr__(self) -> str:
        path, query, _ = self.target.partition("?")
        return f"Request({self.method} {self.origin}{path}{'?...' if query else ''})"


@attrs.define(slots=True)
class Response:
    """A response with its whole body.

    Attributes:
        status: The HTTP status.
        headers: Names and values as received.
        body: The body, decompressed.
    """

    __module__ = "aiovonage.transport"

    status: int
    headers: Headers
    body: bytes = attrs.field(repr=False)

    def header(self, name: str) -> str | None:
        """The first value of a header. The name is in lower case."""
        wanted = name.encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip()
        return None

    def header_map(self) -> dict[str, str]:
        """All headers with names in lower case. Values of the same name are joined by commas."""
        headers: dict[str, str] = {}
        for key, value in self.headers:
            name, text = key.decode("latin-1").lower(), value.decode("latin-1")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        return headers


class Transport(Protocol):
    """Sends requests and reads responses.

    A transport raises `ConnectionFailed` (with `sent=False` if the request cannot have reached the server), `TimedOut`
    and `ResponseTooLarge`. It follows no redirects and keeps no cookies. The session cancels a call that takes too
    long, and the transport then closes the connection. It can set `Request.stage` to report that such a request was not
    sent yet.
    """

    __module__: str = "aiovonage.transport"

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
