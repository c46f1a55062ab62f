"""Lists that show changes after a delay, like a replica with replication lag."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class Lagging(Generic[V]):
    """The numbers of a campaign or an engagement, in order: the current ones, and those that reads show.

    Args:
        lag: Seconds until reads show a change.
        seconds: The clock.

    Attributes:
        numbers: The current numbers, each with its value.
    """

    def __init__(self, lag: float, seconds: Callable[[], float]) -> None:
        self.numbers: dict[str, V] = {}
        self._seconds = seconds
        self._lag = lag
        self._visible: dict[str, V] = {} if lag else self.numbers
        self._changes: deque[tuple[float, str, V | None, bool]] = deque()

    def add(self, number: str, value: V, *, visible: bool = False) -> None:
        """Add a number. If `visible`, reads show it at once."""
        self.numbers[number] = value
        if not self._lag:
            return
        if visible:
            self._changes = deque(change for change in self._changes if change[1] != number)
            self._visible[number] = value
        else:
            self._changes.append((self._seconds() + self._lag, number, value, True))

    def remove(self, number: str, *, at: float | None = None) -> None:
        """Remove a number if it is there. `at` is the time of the removal, if that lies in the past."""
        if number not in self.numbers:
            return
        del self.numbers[number]
        if self._lag:
            gone = self._seconds() if at is None else at
            self._changes.append((gone + self._lag, number, None, False))

    def replace(self, numbers: Mapping[str, V]) -> None:
        """Replace all numbers, to prepare a test: reads show them at once."""
        self.numbers = dict(numbers)
        self._visible = dict(numbers) if self._lag else self.numbers
        self._changes.clear()

    def clear(self) -> None:
        """Remove all numbers."""
        for number in list(self.numbers):
            self.remove(number)

    def visible(self) -> dict[str, V]:
        """The numbers that reads show now."""
        changes = self._changes
        if changes:
            now = self._seconds()
            while changes and changes[0][0] <= now:
                _, number, value, added = changes.popleft()
                self._visible.pop(number, None)
                if added:
                    self._visible[number] = value  # type: ignore[assignment]  # what is added has a value
        return self._visible
