"""The time, as the APIs write it."""

from __future__ import annotations

from datetime import UTC, datetime


def now_text() -> str:
    """Now, as `2020-01-02 05:12:14`, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def now_rfc3339() -> str:
    """Now, as `2020-01-02T05:12:14Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
