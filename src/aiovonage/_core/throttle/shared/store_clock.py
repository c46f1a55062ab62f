"""The offset between the store's clock and this process's."""

from __future__ import annotations

import math

import attrs

CLOCK_STEP = 1.0
"""A jump of this many seconds means that the store's clock was set, or that it is another store."""
DRIFT = 1e-4
"""Seconds per second by which a clock may run slow."""


@attrs.define
class StoreClock:
    """The store's clock, as estimated from the store's responses.

    Attributes:
        offset: Seconds to add to a moment of this process to get the store's.
        is_known: Whether the store has responded.
    """

    offset: float = 0.0
    is_known: bool = False
    _measured_at: float = -math.inf

    def is_another(self, store_now: float, now: float, duration: float) -> bool:
        """Whether a response comes from another clock, on which moments of the old one mean nothing.

        Args:
            store_now: The moment of the response, by the store's clock.
            now: The moment at which it came.
            duration: Seconds from the request to the response.
        """
        return self.is_known and abs(store_now - now - self.offset) > CLOCK_STEP + duration

    def follow(self, store_now: float, now: float, *, anew: bool) -> None:
        """Update the offset from a response, with an error smaller than the round trip time.

        The smallest possible offset is used, so that requests leave late rather than early.
        """
        # A clock may run slow: use the highest of the lower bounds, and lower it with time.
        aged = -math.inf if anew or not self.is_known else self.offset - DRIFT * (now - self._measured_at)
        self.offset = max(store_now - now, aged)
        self._measured_at = now
        self.is_known = True
