"""The error for an attempt that took too long."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiovonage._core.http.protocol import Request
from aiovonage.errors import TimedOut


def timed_out(request: Request, seconds: float) -> TimedOut:
    """The error for an attempt that exceeded its timeout. `Request.stage` tells whether it was sent."""
    host = urlsplit(request.origin).netloc
    within = f"within {seconds:g} seconds (timeout)"
    if request.stage == "queued":
        return TimedOut(
            f"no connection to {host} was free {within}: make fewer calls at once, or raise max_connections",
            sent=False,
        )
    if request.stage == "connecting":
        return TimedOut(f"could not connect to {host} {within}", sent=False)
    return TimedOut(f"no complete response from {host} {within}")
