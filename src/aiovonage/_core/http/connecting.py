"""Errors of connections, while they are made and later."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING

from aiovonage.errors import ConnectionFailed, TimedOut

if TYPE_CHECKING:
    from aiovonage._core.http.origin import Origin

_REMEDY = (
    "Give the certificate of the authority that signed it, in PEM form, as verify= or SSL_CERT_FILE"
    " (of a proxy that opens TLS, your network's administrator has it)"
)


class ClosedWhileIdle(ConnectionFailed):
    """The server closed the idle connection. Nothing was sent, so the request takes another connection."""

    def __init__(self) -> None:
        super().__init__("the server closed the connection while it was idle", sent=False)


class TooManyOpenFiles(ConnectionFailed):
    """The process or the machine has no file descriptor left for a connection."""


def connecting_failed(origin: Origin, error: Exception) -> ConnectionFailed:
    """Turn an error of asyncio into ours."""
    where = origin.name if origin.proxy is None else f"{origin.name} through the proxy {origin.proxy.name}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            f"the certificate of {where} is not trusted: {error.verify_message} (trusted are: {origin.trust})."
            f" {_REMEDY}",
            sent=False,
            permanent=True,
        )
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return TooManyOpenFiles(
            f"could not connect to {where}: too many open files. Raise the limit (ulimit -n), or lower max_connections",
            sent=False,
        )
    return ConnectionFailed(f"could not connect to {where}: {_words(error)}", sent=False)


def connecting_took_too_long(origin: Origin, seconds: float) -> TimedOut:
    """The error for a connection that took longer than `connect_timeout`."""
    return TimedOut(f"could not connect to {origin.name} within {seconds:g} seconds (connect_timeout)", sent=False)


def broken(origin: Origin, error: Exception) -> ConnectionFailed:
    """The error for a connection that broke after it was made, so the request may have been sent."""
    if "CERTIFICATE_REQUIRED" in str(getattr(error, "reason", "")):
        # In TLS 1.3 the server reports this after the handshake, and before it reads a request (RFC 8446, 4.4.2).
        return ConnectionFailed(
            f"{origin.name} requires a client certificate: give it as cert=", sent=False, permanent=True
        )
    return ConnectionFailed(f"the connection to {origin.name} broke: {_words(error)}")


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name cannot be resolved ({error.strerror})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error})"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # asyncio's own text does not say why
    return str(error) or "the server closed the connection at once"
