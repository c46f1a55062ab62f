"""The wait that a response asks for, in its `Retry-After` header or in `retry_after` of its body."""

from __future__ import annotations

import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 3600.0
"""The most seconds for which a 429 pauses the requests, whatever it asks for."""

LONGEST_CREDIBLE = 7 * 86_400.0
"""Seconds. A response that asks for more is taken for a mistake, and read as `LONGEST_WAIT`."""


def http_date(value: str | None) -> float | None:
    """The Unix time of an HTTP date in any of the three formats of RFC 9110, 5.6.7; None if it is malformed."""
    try:
        moment = parsedate_to_datetime(value or "")
        if moment.tzinfo is None:  # asctime has no zone; HTTP dates are in UTC
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def from_header(value: str | None, *, date: str | None = None, most: float = LONGEST_WAIT) -> float | None:
    """Seconds, from a number of seconds or an HTTP date; None if it is neither.

    Args:
        value: The header.
        date: The `Date` header, which a date is compared with, since the server's clock may differ from ours.
        most: The most seconds to believe; for more, `LONGEST_WAIT` is returned.
    """
    if value is None:
        return None
    seconds = from_number(value, most=most)
    if seconds is not None:
        return seconds
    until = http_date(value)
    if until is None:
        return None
    now = http_date(date)
    return from_number(until - (time.time() if now is None else now), past=True, most=most)


def from_number(value: Any, *, past: bool = False, most: float = LONGEST_WAIT) -> float | None:
    """Seconds, from a number or its text; None if it is not a number, or is negative. With `past`, negative is 0."""
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
    return seconds if seconds <= most else LONGEST_WAIT


def retry_after(
    header: str | None, body: object, *, date: str | None = None, most: float = LONGEST_WAIT
) -> float | None:
    """Seconds that a response asks to wait: the longer one of header and body.

    Args:
        header: Its `Retry-After`.
        body: Its decoded body.
        date: Its `Date`.
        most: The most seconds to believe; for more, `LONGEST_WAIT` is returned.
    """
    in_body = from_number(body.get("retry_after"), most=most) if isinstance(body, dict) else None
    said = [seconds for seconds in (from_header(header, date=date, most=most), in_body) if seconds is not None]
    return max(said, default=None)
