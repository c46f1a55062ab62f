"""Hands out the slots of one process: decides when the next request may leave.

This is the generic cell rate algorithm (GCRA, ITU-T I.371): `_next` is the theoretical arrival time of the next
request, which may leave up to `catch_up` later without moving it. The learner sets the interval between two slots.
"""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.initial_window import InitialWindow
from aiovonage._core.throttle.learner import RateLearner
from aiovonage._core.throttle.tuning import TUNING

_CATCH_UP = TUNING.catch_up


@attrs.define(eq=False)
class RateController(RateLearner):
    """Learns the rate, and hands out slots.

    For each request, call `try_send`, or `next_send` to find out how long to wait; then `on_accepted` or
    `on_throttled`. If a request has a slot but is not sent, return the slot with `give_back`. A given rate is never
    exceeded, except that 0.05 seconds' worth of requests may catch up.
    """

    # Never earlier than the end of a pause.
    _next: float = attrs.field(default=0.0, kw_only=True)
    _saturated: bool = attrs.field(default=True, kw_only=True)
    window: InitialWindow | None = attrs.field(factory=InitialWindow, kw_only=True)
    """The window before the first 429; None to hold nothing back then."""

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave: now or later."""
        if self.pace is None and self.window is not None and self.window.is_full(now):
            return self.window.opens_at
        return max(now, self._next)

    def earliest(self, now: float) -> float:
        """A lower bound on when the next request leaves; here, exactly when it leaves."""
        return max(now, self._next)

    def try_send(self, now: float) -> bool:
        """Take a slot for a request that leaves now.

        Returns:
            Whether there is one. If not, try again at `next_send`.
        """
        due = self._next
        if now < due:
            return False
        if self.interval:
            if now - due > _CATCH_UP:
                # Nobody was waiting: unused slots must not accumulate.
                self._saturated = False
                due = now - _CATCH_UP
            self._next = due + self.interval
            if self.window is not None:
                # The first pause is over, or a rate was given: go on with what is known.
                drain, self.window = self.window.drain(), None
                self.start_from(drain, now)
        elif self.window is not None and not self.window.is_wide:
            if self.window.is_full(now):
                return False
            self.window.on_sent(now)
        if now >= self.tick_at:
            self.tick(now, saturated=self._saturated)
            self._saturated = True
        return True

    def give_back(self) -> None:
        """Return the slot of a request that is not sent after all."""
        self._next = max(self._next - self.interval, self.paused_until)
        if self.window is not None:
            self.window.give_back()

    def on_accepted(self, sent_at: float, now: float) -> None:
        """Note that a request sent at `sent_at` got a response other than a 429 at `now`."""
        if self.window is not None:
            self.window.on_answer(sent_at, now, accepted=True)
        log = self.log
        if log is None:
            self.accept(1, now)
        else:
            log.count += 1

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """Pause, and learn from the 429 that a request sent at `sent_at` got at `now`."""
        if self.window is not None:
            self.window.on_answer(sent_at, now, accepted=False)
        super().on_throttled(sent_at, now, retry_after)
        self._next = max(self._next, self.paused_until)

    def set_apart(self, operation: str, now: float) -> None:
        """Forget the 429s so far: they were about that operation's own quota, and its requests now go elsewhere."""
        self.start_over()
        self.window = None  # much is in flight
