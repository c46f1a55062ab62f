"""What a process may send while the store can't be used: its share of the rate.

The rate is divided by the number of recently active processes. A process keeps to its share for a while after the store
is back, until the others have noticed as well.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

RETRY = (0.2, 0.4)
"""The shortest and the longest wait before a failed exchange is retried, in seconds."""
REJOIN = 2.5
"""Seconds for which a process keeps to its share after the store is back. The others notice it within that time."""
UNKNOWN_MEMBERS = 8
"""How many processes to assume if the store has never responded, or only just for the first time."""
MEMBERS_KNOWN = 3.0
"""Seconds after the first response until processes that were started together have all been counted."""
SLACK = 0.03
"""Seconds by which a slot of a process's own share may be early, because timers are inexact."""


class OwnShare:
    """The slots of a process that continues without the store.

    Args:
        store: What to call the store in messages.
        uniform: Returns random numbers from 0 up to 1.
    """

    def __init__(self, store: str, uniform: Callable[[], float]) -> None:
        self._store = store
        self._uniform = uniform
        self.is_lost = False
        """Whether the store can't be used."""
        self.retry_at: float = -math.inf
        """When to try the store again."""
        self.members = UNKNOWN_MEMBERS
        """How many processes were active recently."""
        self.next: float = 0.0
        """The moment of this process's next slot."""
        self._first_answer_at: float = -math.inf
        self._last_answer_at: float = -math.inf
        self._rejoined_at: float = -math.inf
        self._logged = False

    @property
    def sharers(self) -> int:
        """The number to divide the rate by, which allows for a process that has joined in the meantime."""
        just_started = self._last_answer_at < self._first_answer_at + MEMBERS_KNOWN
        return max(UNKNOWN_MEMBERS if just_started else 2, self.members)

    def binds(self, now: float) -> bool:
        """Whether to keep to the share although the store responds, because others may still be on their own."""
        return now < self._rejoined_at + REJOIN

    def take(self, now: float, interval: float, ahead: float) -> None:
        """Use a slot for a request that leaves now.

        Args:
            now: The moment.
            interval: Seconds between two slots of all processes.
            ahead: Seconds for which slots are reserved.
        """
        share = interval * self.sharers
        # A process may also take what the others leave unused, so its own turn does not move far ahead.
        self.next = min(max(self.next, now) + share, now + ahead + share)

    def lose(self, now: float) -> bool:
        """Note that the store does not respond; return whether it did until now."""
        if self.is_lost:
            return False
        self.is_lost = True
        self.retry_at = max(self.retry_at, now)
        return True

    def on_failure(self, now: float, reason: str, pace: float | None) -> None:
        """Note that an exchange failed while all processes together had this pace."""
        if not self._logged:
            self._logged = True
            logger.warning(
                "the shared throttle in %s can't be used: %s. Until it can, this process goes on %s",
                self._store,
                reason,
                f"at 1/{self.sharers} of the rate, {pace / self.sharers:.3g} requests a second" if pace else "alone",
            )
        least, most = RETRY
        self.retry_at = now + least + (most - least) * self._uniform()

    def on_answer(self, now: float, members: int) -> bool:
        """Note that the store has responded; return whether it could not be used before."""
        if math.isinf(self._first_answer_at):
            self._first_answer_at = now
        self._last_answer_at = now
        self.members = max(1, members)
        if self._logged:
            self._logged = False
            logger.info("the shared throttle in %s can be used again", self._store)
        if not self.is_lost:
            return False
        self.is_lost = False
        self._rejoined_at = now
        return True

    def after_fork(self) -> None:
        """Reset in a forked child process."""
        self._last_answer_at = -math.inf
