"""Interim."""

from __future__ import annotations


class RateController:
    def __init__(self, rate: float | None = None) -> None:
        self.rate = rate
        self.closed_until = 0.0
        self._next = 0.0

    def try_send(self, now: float) -> bool:
        if now < self.next_send(now):
            return False
        if self.rate:
            self._next = max(self._next, now - 0.02) + 1 / self.rate
        return True

    def next_send(self, now: float) -> float:
        return max(self.closed_until, self._next)

    def give_back(self) -> None: ...
    def on_accepted(self, sent_at: float, now: float) -> None: ...
    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        self.closed_until = max(self.closed_until, now + (retry_after or 1.0))
