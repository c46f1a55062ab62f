"""The sandbox's clock: one source of time for everything that it does, so that a simulation can supply its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SIMULATED_START = datetime(2026, 1, 1, tzinfo=UTC)
"""The date at second 0 of a clock that is not the machine's."""


class Clock:
    """Tells the time in seconds, and as the APIs write dates.

    Args:
        seconds: A clock that never goes back. Dates are those of the machine only with the machine's own clock; with
            any other clock they follow that clock, so that a simulation repeats exactly.
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
