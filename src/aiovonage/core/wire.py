"""Scalars whose form on the wire is not their type: dates, and booleans and integers written as strings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

UNREADABLE = object()
"""What a reader returns for a value that is not of its form."""


def read_datetime(value: Any) -> Any:
    """RFC 3339, or the same without a zone and with a blank (`2020-01-02 05:12:14`), which stays without a zone."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return UNREADABLE


def read_date(value: Any) -> Any:
    """`2020-01-02`."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return UNREADABLE


def read_bool(value: Any) -> Any:
    """`"true"` and `"false"`, or a boolean itself."""
    if value.__class__ is bool:
        return value
    return {"true": True, "false": False}.get(value, UNREADABLE) if isinstance(value, str) else UNREADABLE


def read_int(value: Any) -> Any:
    """`"3"`, or an integer itself."""
    if value.__class__ is int:
        return value
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii():
        try:
            return int(value)
        except ValueError:  # more digits than Python turns into a number
            return UNREADABLE
    return UNREADABLE


def write_datetime(value: datetime) -> str:
    """RFC 3339 with the shortest exact fraction, and `Z` for UTC."""
    if value.microsecond % 1000:
        text = value.isoformat(timespec="microseconds")
    else:
        text = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def write_local_datetime(value: datetime) -> str:
    """`2020-01-02 05:12:14`; a zone is turned to UTC and left out."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat(sep=" ")


def write_scalar(value: Any) -> str:
    """A boolean or integer as a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)
