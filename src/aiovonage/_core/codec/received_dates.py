"""Dates that remember the text that they were received as.

`2024-01-02T03:04:05.1Z` and `2024-01-02T03:04:05.100000123+00:00` are sent back as they came: a server may compare the
texts, and Python has no nanoseconds. They are dates like any other: equal to those of the same moment, and what is
computed from them has no text.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any


class ReceivedDatetime(datetime):
    """A date and time with the text that it was received as; see `received_datetime`."""

    __slots__ = ("text",)

    text: str
    """It is not there on what is computed from another, as by `replace`."""

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return received_datetime, (_plain(self), getattr(self, "text", ""))

    def __repr__(self) -> str:
        return repr(_plain(self))


class ReceivedDate(date):
    """A date with the text that it was received as; see `received_date`."""

    __slots__ = ("text",)

    text: str
    """It is not there on what is computed from another, as by `replace`."""

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return received_date, (date(self.year, self.month, self.day), getattr(self, "text", ""))

    def __repr__(self) -> str:
        return repr(date(self.year, self.month, self.day))


def received_datetime(moment: datetime, text: str) -> ReceivedDatetime:
    """The moment, with the text that it was received as."""
    made = ReceivedDatetime(
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
        moment.tzinfo,
        fold=moment.fold,
    )
    made.text = text
    return made


def received_date(day: date, text: str) -> ReceivedDate:
    """The day, with the text that it was received as."""
    made = ReceivedDate(day.year, day.month, day.day)
    made.text = text
    return made


def _plain(value: datetime) -> datetime:
    return datetime(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        value.tzinfo,
        fold=value.fold,
    )
