"""Events in one process that the other processes do not know of yet."""

from __future__ import annotations

import math

import attrs

from aiovonage._core.throttle.shared.record import SharedState


@attrs.frozen
class Throttled:
    """A 429.

    Attributes:
        sent_at: When the request left, by the store's clock.
        now: When the response came, by the store's clock.
        retry_after: Seconds to wait according to the response; None if it does not say.
    """

    sent_at: float
    now: float
    retry_after: float | None

    def apply_to(self, state: SharedState, total: int) -> SharedState:
        """Let the state learn from it. All processes together have had `total` requests accepted so far."""
        learner = state.learner
        state.count(total)
        # A request that left during a pause came from a process that did not know of it yet: its 429 adds nothing.
        sent_at = -math.inf if self.sent_at < learner.paused_until else self.sent_at
        learner.on_throttled(sent_at, self.now, self.retry_after)
        return attrs.evolve(state, base=total)


@attrs.frozen
class SetApart:
    """An operation was found to have its own quota, which the 429s so far were about.

    Attributes:
        operation: The operation.
    """

    operation: str

    def apply_to(self, state: SharedState, total: int) -> SharedState:
        """Let the state forget what was learnt."""
        if self.operation in state.apart:
            return state
        state.learner.start_over()
        return attrs.evolve(state, base=total, apart=state.apart | {self.operation})


News = Throttled | SetApart
