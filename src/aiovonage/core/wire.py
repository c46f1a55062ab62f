"""Scalars whose form on the wire is not their type: dates, and booleans and integers written as strings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def read_bool(value: Any) -> bool:
    """`"true"` and `"false"`, or a boolean itself.

    Raises:
        ValueError: for anything else, or TypeError.
    """
    if value.__class__ is bool:
        return bool(value)
    if value in {"true", "false"}:
        return bool(value == "true")
    raise ValueError("neither true nor false")


def read_int(value: Any) -> int:
    """`"3"`, or an integer itself.

    Raises:
        ValueError: for anything else, or for more digits than Python turns into a number.
    """
    if value.__class__ is int:
        return int(value)
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    raise ValueError("no integer")


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
