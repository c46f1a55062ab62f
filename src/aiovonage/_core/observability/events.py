"""The events that hooks receive. They contain no credentials, bodies or ids."""

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
        attempt: The number of the attempt, from 1.
    """

    __module__ = "aiovonage"

    operation: str
    method: str
    origin: str
    path: str
    attempt: int


@attrs.frozen(kw_only=True)
class ResponseEvent:
    """An attempt of a request is over, with or without a response.

    Attributes:
        request: The request.
        status: The HTTP status; None if there was no response.
        error: Why there was none: a `TransportError`, or the cancellation of the call.
        elapsed: Seconds from sending to the end of the response.
        request_id: The response's `X-Request-Id`, for Vonage's support.
    """

    __module__ = "aiovonage"

    request: RequestEvent
    status: int | None = None
    error: BaseException | None = None
    elapsed: float
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class ThrottleEvent:
    """A 429 has paused the requests to a host.

    Attributes:
        host: The host, with its scheme.
        closed_for: Seconds until requests continue.
        waiting: The number of waiting tasks.
        operation: The operation, if only this one has a rate limit of its own and is paused; None if all are.
    """

    __module__ = "aiovonage"

    host: str
    closed_for: float
    waiting: int
    operation: str | None = None
