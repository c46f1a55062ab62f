"""How long an answer asks to wait: the `Retry-After` header, or `retry_after` in the body."""

from __future__ import annotations

import math
import time
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST = 3600.0
"""Seconds: no answer is believed that asks for more."""


def from_header(value: str | None) -> float | None:
    """Seconds, from seconds or an HTTP date; None where it is neither."""
    if value is None:
        return None
    seconds = from_number(value)
    if seconds is not None:
        return seconds
    try:
        return from_number(parsedate_to_datetime(value).timestamp() - time.time(), past=True)
    except (ValueError, TypeError, OverflowError):
        return None


def from_number(value: Any, *, past: bool = False) -> float | None:
    """Seconds, from a number or its text, within bounds; None for what is none or negative (0 for a moment that has
    passed).
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(seconds):
        return None
    if seconds < 0:
        return 0.0 if past else None
    return min(seconds, LONGEST)


def retry_after(header: str | None, body: object) -> float | None:
    """Seconds that an answer asks to wait; the longer, where header and body both say."""
    in_body = from_number(body.get("retry_after")) if isinstance(body, dict) else None
    said = [seconds for seconds in (from_header(header), in_body) if seconds is not None]
    return max(said, default=None)
