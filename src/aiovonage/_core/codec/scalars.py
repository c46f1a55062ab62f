"""Scalars whose form on the wire is not their type: dates, and booleans and integers written as strings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from aiovonage._core.codec.received_dates import ReceivedDate, ReceivedDatetime, received_date, received_datetime


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
        number = int(value)
        if str(number) == value:  # "007" may be more than a number
            return number
    raise ValueError("no integer")


USUAL = {"date-time": "--T::Z", "date-time-local": "-- ::"}
"""Every third character from the fifth on of the usual forms, which are sent back as they came:
`2024-01-02T03:04:05Z` and `2024-01-02 03:04:05`.
"""


def keep_datetime(moment: datetime, text: str) -> datetime:
    """A date and time as it was received: one that would be sent in another form keeps its own."""
    return moment if write_datetime(moment) == text else received_datetime(moment, text)


def keep_local_datetime(moment: datetime, text: str) -> datetime:
    """The same, where dates and times have no zone: one that has a zone nonetheless keeps it."""
    return moment if write_local_datetime(moment) == text else received_datetime(moment, text)


def read_date(value: Any) -> date:
    """A date as it was received.

    Raises:
        ValueError: for what is not one, or TypeError.
    """
    day = date.fromisoformat(value)
    return day if day.isoformat() == value else received_date(day, value)


def write_date(value: date) -> str:
    """`2020-01-02`, or as it was received."""
    text = getattr(value, "text", "") if isinstance(value, ReceivedDate) else ""
    return text or date.isoformat(value)


def write_datetime(value: datetime) -> str:
    """RFC 3339 with the shortest exact fraction, and `Z` for UTC; or as it was received."""
    if value.__class__ is datetime and not value.microsecond:  # as most are
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, ReceivedDatetime) and (received := getattr(value, "text", "")):
        return str(received)
    if value.microsecond % 1000:
        text = value.isoformat(timespec="microseconds")
    else:
        text = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def write_local_datetime(value: datetime) -> str:
    """`2020-01-02 05:12:14`; a zone is turned to UTC and left out. Or as it was received."""
    if isinstance(value, ReceivedDatetime) and (received := getattr(value, "text", "")):
        return str(received)
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat(sep=" ")


def write_scalar(value: Any) -> str:
    """A boolean or integer as a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)
