"""The sandbox's only source of time, so that a simulation can supply its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SIMULATED_START = datetime(2026, 1, 1, tzinfo=UTC)
"""The date at second 0 of a simulated clock."""


class Clock:
    """The time in seconds, and in the APIs' date formats.

    Args:
        seconds: A monotonic clock. With any other than `time.monotonic`, dates follow that clock instead of the
            machine's, so that a simulation repeats exactly.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._simulated = seconds is not time.monotonic

    def now(self) -> datetime:
        """The date and time, in UTC."""
        return SIMULATED_START + timedelta(seconds=self.seconds()) if self._simulated else datetime.now(UTC)

    def text(self) -> str:
        """Now, as `2020-01-02 05:12:14`, in UTC."""
        return self.now().strftime("%Y-%m-%d %H:%M:%S")

    def rfc3339(self) -> str:
        """Now, as `2020-01-02T05:12:14Z`."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
