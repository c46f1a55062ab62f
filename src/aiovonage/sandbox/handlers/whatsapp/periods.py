"""The periods of analytics: half hours, days or months of the requested range."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

FIRST_DAY = date(2024, 11, 11)
"""The default first day, which is that of the documents' example."""

DAYS = 5
"""The default length of the range, in days."""

_HALF_HOURS = 48


@attrs.frozen
class Periods:
    """The periods from the first day to the last, inclusive.

    Attributes:
        first: The first day.
        last: The last day.
        granularity: HALF_HOUR, DAILY or MONTHLY.
    """

    first: date
    last: date
    granularity: str

    @classmethod
    def asked_for(cls, values: dict[str, Any]) -> Periods:
        """The periods that the parameters of a request ask for."""
        first, last = (date.fromisoformat(values[name]) if name in values else None for name in ("start", "end"))
        if first is None:
            first = FIRST_DAY if last is None else _moved(last, 1 - DAYS)
        return cls(first, last or _moved(first, DAYS - 1), values.get("granularity", "DAILY"))

    def __len__(self) -> int:
        if self.last < self.first:
            return 0
        if self.granularity == "MONTHLY":
            return _month(self.last) - _month(self.first) + 1
        days = (self.last - self.first).days + 1
        return days * _HALF_HOURS if self.granularity == "HALF_HOUR" else days

    def __getitem__(self, index: int) -> tuple[datetime, datetime]:
        """Start and end of a period, in UTC."""
        if self.granularity == "HALF_HOUR":
            days, half_hours = divmod(index, _HALF_HOURS)
            begin = _midnight(_moved(self.first, days)) + timedelta(minutes=30 * half_hours)
            is_last = half_hours == _HALF_HOURS - 1
            return begin, _midnight(_moved(begin.date(), 1)) if is_last else begin + timedelta(minutes=30)
        if self.granularity == "MONTHLY":
            month = _month(self.first) + index
            last = min(_moved(_first_of(month + 1), -1), self.last)
            return _midnight(max(_first_of(month), self.first)), _midnight(_moved(last, 1))
        day = _moved(self.first, index)
        return _midnight(day), _midnight(_moved(day, 1))


def _moved(day: date, days: int) -> date:
    """The day so many days later, clamped to what a date can be."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of(month: int) -> date:
    year, index = divmod(month, 12)
    return date.max if year > date.max.year else date(year, index + 1, 1)
