"""Lists whose readers see changes only after a while, as with a replica that lags behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class Lagging(Generic[V]):
    """The numbers of a campaign or an engagement, in order: as they are, and as readers see them.

    Args:
        lag: Seconds until readers see a change.
        seconds: The clock.

    Attributes:
        numbers: What is known of each number that is there.
    """

    def __init__(self, lag: float, seconds: Callable[[], float]) -> None:
        self.numbers: dict[str, V] = {}
        self._seconds = seconds
        self._lag = lag
        self._seen: dict[str, V] = {} if lag else self.numbers
        self._changes: deque[tuple[float, str, V | None, bool]] = deque()

    def add(self, number: str, value: V, *, seen: bool = False) -> None:
        """Add a number; with `seen`, readers see it at once."""
        self.numbers[number] = value
        if not self._lag:
            return
        if seen:
            self._changes = deque(change for change in self._changes if change[1] != number)
            self._seen[number] = value
        else:
            self._changes.append((self._seconds() + self._lag, number, value, True))

    def remove(self, number: str, *, at: float | None = None) -> None:
        """Remove a number, if it is there; `at` is when it was gone, if that was before now."""
        if number not in self.numbers:
            return
        del self.numbers[number]
        if self._lag:
            gone = self._seconds() if at is None else at
            self._changes.append((gone + self._lag, number, None, False))

    def replace(self, numbers: Mapping[str, V]) -> None:
        """Hold other numbers, to prepare a test: readers see them at once."""
        self.numbers = dict(numbers)
        self._seen = dict(numbers) if self._lag else self.numbers
        self._changes.clear()

    def clear(self) -> None:
        """Remove all numbers."""
        for number in list(self.numbers):
            self.remove(number)

    def seen(self) -> dict[str, V]:
        """The numbers that readers see."""
        changes = self._changes
        if changes:
            now = self._seconds()
            while changes and changes[0][0] <= now:
                _, number, value, there = changes.popleft()
                self._seen.pop(number, None)
                if there:
                    self._seen[number] = value  # type: ignore[assignment]  # what is there has a value
        return self._seen
