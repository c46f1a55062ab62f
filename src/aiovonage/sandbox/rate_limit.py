"""The account's rate limit: a token bucket."""

from __future__ import annotations

from collections.abc import Callable


class TokenBucket:
    """Admits `rate` requests a second, and up to `burst` at once. A refused request takes no token.

    Args:
        rate: Tokens added per second.
        burst: The capacity, in tokens.
        seconds: The clock.
    """

    def __init__(self, rate: float, burst: float, seconds: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._seconds = seconds
        self._tokens = burst
        self._at = seconds()

    def admits(self) -> bool:
        """Take a token, if there is one."""
        now = self._seconds()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
