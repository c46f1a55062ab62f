"""What a process has met and the other processes do not know yet."""

from __future__ import annotations

import math

import attrs

from aiovonage._core.throttle.shared.record import SharedState


@attrs.frozen
class Throttled:
    """A 429.

    Attributes:
        sent_at: When the request left, by the store's clock.
        now: When the answer came, by the store's clock.
        retry_after: Seconds that it asks to wait; None if it does not say.
    """

    sent_at: float
    now: float
    retry_after: float | None

    def apply_to(self, state: SharedState, total: int) -> SharedState:
        """Have the state learn from it; `total` requests have been accepted so far, of all processes."""
        learner = state.learner
        state.count(total)
        # A request that left during a pause is of a process that did not know of it yet: its 429 says the same.
        sent_at = -math.inf if self.sent_at < learner.paused_until else self.sent_at
        learner.on_throttled(sent_at, self.now, self.retry_after)
        return attrs.evolve(state, base=total)


@attrs.frozen
class SetApart:
    """An operation turned out to have a quota of its own: the 429s so far were about that.

    Attributes:
        operation: The operation.
    """

    operation: str

    def apply_to(self, state: SharedState, total: int) -> SharedState:
        """Have the state forget what was learnt."""
        if self.operation in state.apart:
            return state
        state.learner.start_over()
        return attrs.evolve(state, base=total, apart=state.apart | {self.operation})


News = Throttled | SetApart
