"""What a transport is: bytes in and bytes out.

Pass your own as `Vonage(transport=...)`, or wrap one of ours, which `resolve_transport` gives.
"""

from __future__ import annotations

from aiovonage._core.http.protocol import Request, Response, Transport
from aiovonage._core.http.resolve import resolve_transport

__all__ = ["Request", "Response", "Transport", "resolve_transport"]
