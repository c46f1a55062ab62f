"""The seam between the session and the network."""

from aiovonage.core.transport._protocol import Request, Response, Transport
from aiovonage.core.transport._resolve import resolve_transport

__all__ = ["Request", "Response", "Transport", "resolve_transport"]
