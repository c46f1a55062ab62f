"""How far the store's clock is from this process's."""

from __future__ import annotations

import math

import attrs

CLOCK_STEP = 1.0
"""Seconds by which the store's clock seems to have been set, or the store to be another one."""
DRIFT = 1e-4
"""Seconds by which a clock may run slow in a second."""


@attrs.define
class StoreClock:
    """The store's clock, as far as its answers tell.

    Attributes:
        offset: Seconds to add to a moment of this process to get the store's.
        is_known: Whether the store has answered.
    """

    offset: float = 0.0
    is_known: bool = False
    _measured_at: float = -math.inf

    def is_another(self, store_now: float, now: float, duration: float) -> bool:
        """Whether an answer is of another clock, so that moments of the old one mean nothing by it.

        Args:
            store_now: The moment of the answer, by the store's clock.
            now: The moment at which it came.
            duration: Seconds from asking to the answer.
        """
        return self.is_known and abs(store_now - now - self.offset) > CLOCK_STEP + duration

    def follow(self, store_now: float, now: float, *, anew: bool) -> None:
        """Learn from an answer, with an error below the round trip's time.

        The least that the offset can be is taken: so a request is late rather than early.
        """
        # A clock may run slow: believe the highest of the lower bounds, but less so with time.
        aged = -math.inf if anew or not self.is_known else self.offset - DRIFT * (now - self._measured_at)
        self.offset = max(store_now - now, aged)
        self._measured_at = now
        self.is_known = True
