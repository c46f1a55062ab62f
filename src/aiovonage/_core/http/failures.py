"""Turns the errors of httpx, httpcore and anyio into ours."""

from __future__ import annotations

import re

import anyio
import httpcore
import httpx

from aiovonage.errors import ConnectionFailed, TimedOut, TransportError

FAILURES = (
    httpx.TransportError,
    httpx.DecodingError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.TooManyRedirects,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,
)
"""Everything that a transport of httpx, or respx in its place, can raise."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.LocalProtocolError,
    httpcore.UnsupportedProtocol,
)

_POOL_TIMEOUTS = (httpx.PoolTimeout, httpcore.PoolTimeout)


def as_transport_error(failure: BaseException, host: str) -> TransportError:
    """Turn one of `FAILURES` into ours. The error does not quote the request, which may hold credentials.

    Args:
        failure: The exception.
        host: The host of the request, for the message.
    """
    if isinstance(failure, httpx.LocalProtocolError | httpcore.LocalProtocolError):
        # Its message quotes the invalid header.
        return ConnectionFailed("the request is not valid HTTP: a header has a line break or the like", sent=False)
    words = re.sub(r"\?\S+", "?...", str(failure)) or type(failure).__name__  # it may quote a URL with its query
    sent = not isinstance(failure, _NOT_SENT)
    if isinstance(failure, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError):
        if isinstance(failure, _POOL_TIMEOUTS):
            return TimedOut(f"no connection of httpx to {host} was free in time: raise its max_connections", sent=sent)
        doing = "no complete response from" if sent else "could not connect to"
        return TimedOut(f"{doing} {host} in time: {words}", sent=sent)
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return ConnectionFailed(
            f"the certificate of {host} is not trusted: {words}. Give the certificate of the authority that signed it"
            " to httpx: verify=ssl.create_default_context(cafile=...)",
            sent=False,
            permanent=True,
        )
    if isinstance(failure, httpx.RemoteProtocolError | httpcore.RemoteProtocolError) and "disconnected" not in words:
        return ConnectionFailed(f"the response from {host} is not valid HTTP/1.1: {words}")
    doing = "the connection to {} broke" if sent else "could not connect to {}"
    return ConnectionFailed(f"{doing.format(host)}: {words}", sent=sent)
