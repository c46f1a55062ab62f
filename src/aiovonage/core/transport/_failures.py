"""The errors of httpx and httpcore as ours."""

from __future__ import annotations

import re

import httpcore
import httpx

from aiovonage.core.errors import ConnectionFailed, TimedOut, TransportError

FAILURES = (
    httpx.TransportError,
    httpx.DecodingError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)
"""What a transport of httpx, or respx in its place, can raise."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.LocalProtocolError,
    httpcore.UnsupportedProtocol,
)


def as_transport_error(failure: BaseException) -> TransportError:
    """Our error for one of `FAILURES`. It does not quote the request, which may hold credentials."""
    if isinstance(failure, httpx.LocalProtocolError | httpcore.LocalProtocolError):
        # Its words quote the header that HTTP does not admit.
        return ConnectionFailed("could not be sent: the request is no HTTP", sent=False)
    words = re.sub(r"\?\S+", "?...", str(failure)) or type(failure).__name__  # a URL's query may be quoted
    sent = not isinstance(failure, _NOT_SENT)
    if isinstance(failure, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError):
        return TimedOut(f"timed out: {words}", sent=sent)
    return ConnectionFailed(words if sent else f"could not connect: {words}", sent=sent)
