"""Hands out the slots of one process: says when the next request may leave.

This is the generic cell rate algorithm (GCRA, ITU-T I.371): `_next` is the theoretical arrival time of the next
request, which may leave up to `catch_up` later without moving it. The interval between two slots is the learner's.
"""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.learner import RateLearner
from aiovonage._core.throttle.tuning import TUNING

_CATCH_UP = TUNING.catch_up


@attrs.define(eq=False)
class RateController(RateLearner):
    """Learns the rate, and hands out slots.

    Per request: `try_send`, or `next_send` to learn how long to wait; then `on_accepted` or `on_throttled`. A request
    that has a slot and does not leave gives it back with `give_back`. A given rate is never exceeded, except that 0.05
    seconds' worth may catch up.
    """

    # Never before the end of a pause.
    _next: float = attrs.field(default=0.0, kw_only=True)
    _saturated: bool = attrs.field(default=True, kw_only=True)

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave: now or later."""
        return max(now, self._next)

    def earliest(self, now: float) -> float:
        """The moment before which the next request surely does not leave: here, that at which it does."""
        return max(now, self._next)

    def try_send(self, now: float) -> bool:
        """Take a slot for a request that leaves now.

        Returns:
            Whether there is one. If not, ask again at `next_send`.
        """
        due = self._next
        if now < due:
            return False
        if self.interval:
            if now - due > _CATCH_UP:
                # Nobody was waiting: a slot that is not used must not be saved up.
                self._saturated = False
                due = now - _CATCH_UP
            self._next = due + self.interval
        if now >= self.tick_at:
            self.tick(now, saturated=self._saturated)
            self._saturated = True
        return True

    def give_back(self) -> None:
        """A request that has a slot does not leave."""
        self._next = max(self._next - self.interval, self.paused_until)

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request that left at `sent_at` was answered at `now`, and not by a 429."""
        log = self.log
        if log is None:
            self.accept(1, now)
        else:
            log.count += 1

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request that left at `sent_at` was answered 429 at `now`: pause, and learn."""
        super().on_throttled(sent_at, now, retry_after)
        self._next = max(self._next, self.paused_until)

    def set_apart(self, operation: str, now: float) -> None:
        """The 429s so far were about a quota of that operation alone, whose requests now go elsewhere: forget them."""
        self.start_over()
