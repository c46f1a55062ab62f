"""The slots that a process has reserved, and how many it will need."""

from __future__ import annotations

import math
from collections import deque

import attrs

from aiovonage._core.throttle.stores.ledger import CATCH_UP, Answer, Schedule

REMEMBER_DEMAND = 1.0
"""Seconds of recent requests from which the demand is predicted."""


@attrs.define(eq=False)
class ReservedSlots:
    """Numbers of slots, in the order of their moments. All moments are by the store's clock.

    Attributes:
        schedule: When the turn of each number is.
    """

    schedule: Schedule = attrs.Factory(Schedule)
    _numbers: deque[float] = attrs.Factory(deque)
    _taken: float | None = None
    _left_lately: int = 0
    _left_before: int = 0
    _reserved_at: float = -math.inf

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def first(self) -> float:
        """The moment of the first slot; there must be one."""
        return self.schedule.moment_of(self._numbers[0])

    @property
    def last(self) -> float:
        """The moment of the last slot; there must be one."""
        return self.schedule.moment_of(self._numbers[-1])

    def take(self) -> None:
        """Use the first slot."""
        self._taken = self._numbers.popleft()

    def take_none(self) -> None:
        """Note that a request leaves without a slot."""
        self._taken = None

    def count_leaving(self) -> None:
        """Count a request that leaves."""
        self._left_lately += 1

    def give_back(self) -> None:
        """Note that the last request is not sent after all: this process's next request takes its slot."""
        if self._taken is not None:
            self._numbers.appendleft(self._taken)
            self._taken = None

    def drop_late(self, now: float) -> None:
        """Drop slots whose moment has passed."""
        while self._numbers and self.first < now - CATCH_UP:
            self._numbers.popleft()

    def clear(self) -> None:
        """Drop all slots."""
        self._numbers.clear()

    def follow(self, answer: Answer) -> None:
        """Adopt the schedule of an answer. Call this before `add`."""
        if not answer.token or answer.schedule.number < self.schedule.number:
            # The store has lost its data and numbers slots from the start: what was reserved there is void.
            self.clear()
        self.schedule = answer.schedule

    def add(self, answer: Answer) -> None:
        """Add the slots that an answer reserves, and drop those that are void."""
        self._numbers.extend(answer.first + number for number in range(answer.count))
        while self._numbers and self._numbers[0] < self.schedule.void:
            self._numbers.popleft()

    def demand(self, now: float) -> int:
        """Predict how many requests will come during one turn, if they keep coming as before.

        Args:
            now: The moment, by the process's clock.
        """
        return max(self._left_lately, self._left_before) if now - self._reserved_at < REMEMBER_DEMAND else 0

    def wanted(self, now: float, waiting: int) -> int:
        """How many slots to reserve: for the waiting requests, and for twice as many as have left since the last call.

        Args:
            now: The moment, by the process's clock.
            waiting: How many requests wait.
        """
        demand = self.demand(now)
        self._left_before, self._left_lately, self._reserved_at = self._left_lately, 0, now
        return max(0, waiting + 2 * demand - len(self._numbers))
