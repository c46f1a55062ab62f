"""How long an idle connection is kept."""

from __future__ import annotations

KEEPALIVE = 4.0
"""Seconds after which an idle connection is closed. Node, uvicorn and Apache close theirs after 5. A request that
crosses the server's close on the way is lost.
"""

MAX_KEEPALIVE = 60.0
"""The most seconds for which an idle connection is kept when the server announces a longer time."""


def lifetime_of(keep_alive: bytes) -> float | None:
    """Seconds after which to close an idle connection, before the server does: `Keep-Alive: timeout=5, max=100`."""
    for parameter in keep_alive.lower().split(b","):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"timeout" and value.strip().isdigit():
            seconds = float(value)
            return min(max(seconds - 1.0, seconds / 2), MAX_KEEPALIVE)
    return None
