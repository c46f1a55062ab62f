"""The seam between the session and the network."""

from aiovonage.core.transport._options import CONNECT_TIMEOUT, MAX_CONNECTIONS, ConnectionOptions
from aiovonage.core.transport._protocol import Request, Response, Transport
from aiovonage.core.transport._resolve import DeferredTransport, resolve_transport

__all__ = [
    "CONNECT_TIMEOUT",
    "MAX_CONNECTIONS",
    "ConnectionOptions",
    "DeferredTransport",
    "Request",
    "Response",
    "Transport",
    "resolve_transport",
]
