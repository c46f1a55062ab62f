"""What hooks are told. No event holds credentials, bodies, or ids."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class RequestEvent:
    """A request is about to be sent.

    Attributes:
        operation: Namespace and method: `ten_dlc.link_number`.
        method: The HTTP method.
        origin: Scheme, host and port: `https://api-eu.vonage.com`.
        path: The path's template: `/v1/10dlc/brands/{brand_id}`.
        attempt: Which attempt it is, from 1.
    """

    __module__ = "aiovonage"

    operation: str
    method: str
    origin: str
    path: str
    attempt: int


@attrs.frozen(kw_only=True)
class ResponseEvent:
    """A request was answered, or was not.

    Attributes:
        request: The request.
        status: The HTTP status; None where there was no answer.
        error: Why there was none: a `TransportError`, or the cancellation of the call.
        elapsed: Seconds from sending to the end of the answer.
        request_id: The answer's `X-Request-Id`, for Vonage's support.
    """

    __module__ = "aiovonage"

    request: RequestEvent
    status: int | None = None
    error: BaseException | None = None
    elapsed: float
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class ThrottleEvent:
    """A 429 has closed the gate: nobody sends to this host until it opens.

    Attributes:
        host: The host, with its scheme.
        closed_for: Seconds until it opens.
        waiting: How many tasks wait.
        operation: The operation, where the 429 was about a quota of its own: the others go on. None for all of them.
    """

    __module__ = "aiovonage"

    host: str
    closed_for: float
    waiting: int
    operation: str | None = None
