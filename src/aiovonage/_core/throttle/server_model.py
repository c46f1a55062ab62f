"""The throttle's model of the server, based on all 429s so far."""

from __future__ import annotations

import math

import attrs

from aiovonage._core.throttle.estimator import Evidence, common_burst, relative_error
from aiovonage._core.throttle.tuning import TUNING


@attrs.frozen
class Measurement:
    """A measurement of the rate by a 429.

    Attributes:
        rate: Requests per second, not above a given rate.
        seconds: The length of the window that it comes from.
        repeats: Whether it agrees with the previous measurement, as well as such a window allows.
        tolerance: The relative difference up to which it does.
    """

    rate: float
    seconds: float
    repeats: bool
    tolerance: float


@attrs.define
class ServerModel:
    """The token bucket that models the server.

    Attributes:
        given_rate: The given rate in requests per second; infinite if there is none. No pace exceeds it.
        rate: The rate that was found, or given and not corrected since; 0 while unknown.
        burst: Requests that the server accepts at once after a pause; None while unknown.
        burst_confirmed: Whether two 429s agreed on the burst.
        estimate_suspect: Whether the burst was once so large that slow start was repeated.
        pause: Seconds that the last 429 asked to wait.
        previous: The evidence of the previous 429, if the next one can be compared with it.
    """

    given_rate: float = math.inf
    rate: float = attrs.field(kw_only=True)
    burst: float | None = attrs.field(default=None, kw_only=True)
    burst_confirmed: bool = attrs.field(default=False, kw_only=True)
    estimate_suspect: bool = attrs.field(default=False, kw_only=True)
    pause: float = attrs.field(default=TUNING.default_wait, kw_only=True)
    previous: Evidence | None = attrs.field(default=None, kw_only=True)

    @rate.default
    def _given(self) -> float:
        return 0.0 if math.isinf(self.given_rate) else self.given_rate

    @property
    def has_long_pauses(self) -> bool:
        """Whether a 429 is too expensive for experiments."""
        return self.pause > TUNING.long_pause

    @property
    def cost_of_pause(self) -> float:
        """Seconds of the rate that a pause loses: what the bucket stores meanwhile is spent afterwards."""
        stored = (self.burst or 0.0) / self.rate if self.rate else 0.0
        return max(0.0, self.pause - stored) + 2 * TUNING.latency

    def hold_for(self, error: float) -> float:
        """Seconds until a rate with this relative error has cost as much as the pause of another 429."""
        return min(TUNING.first_hold, self.cost_of_pause / (TUNING.least_error + error))

    @property
    def permits_sharing(self) -> bool:
        """Whether clients can share the rate in turns, each of which costs a pause."""
        stored = (self.burst or 0.0) >= TUNING.least_stored * self.rate * self.pause
        return stored and not self.has_long_pauses

    def pause_for(self, retry_after: float | None, *, in_vain: bool) -> float:
        """Record how long a 429 asks to wait, and return the pause. Values that make no sense are ignored.

        Args:
            retry_after: Seconds; None if it does not say.
            in_vain: Whether nothing was accepted since the previous 429. If so, a pause of default length doubles.
        """
        if retry_after is not None and 0 <= retry_after < math.inf:
            self.pause = min(retry_after, TUNING.longest_wait)
        else:
            self.pause = min(2 * self.pause, TUNING.longest_default_wait) if in_vain else TUNING.default_wait
        return self.pause

    @property
    def is_small(self) -> bool:
        """Whether the bucket stores so little that uneven latency alone can empty it."""
        least, seconds = TUNING.small_burst
        small = self.burst is not None and self.burst <= least + seconds * self.rate
        return small and not self.has_long_pauses

    def measure_burst(self, evidence: Evidence) -> float:
        """Estimate the burst from this 429 and the previous one; the current estimate if they can't be compared."""
        if self.previous is not None:
            burst = common_burst(self.previous, evidence, strict=self.burst is not None)
            if burst is not None:
                least = TUNING.least_burst * (self.burst or 0.0) if self.burst_confirmed else 0.0
                most = math.inf
                if self.is_small:
                    # Two 429s at the same pace that were caused by latency may agree on any burst.
                    factor, more = TUNING.small_growth
                    most = factor * (self.burst or 0.0) + more
                self.burst_confirmed = True
                return min(max(burst, least), most)
            if self.burst is None:
                return self.previous.most_accepted
        return self.burst or 0.0

    def learn(self, evidence: Evidence, burst: float, planned: float, *, varied: bool = False) -> Measurement:
        """Update the model from a 429.

        Args:
            evidence: What was accepted before it.
            burst: The burst to explain it with.
            planned: The rate that the pace was based on; 0 for none.
            varied: Whether the pace was varied on purpose, so that a rate far from `planned` is expected.
        """
        # Requests that latency has bunched empty a small bucket, and short windows would mistake them for the rate.
        shortest = TUNING.small_window if self.is_small and planned else 0.0
        rate, seconds = evidence.rate(burst, shortest)
        # One 429 can mislead: it does no more than halve the estimate.
        rate = max(rate, TUNING.slowest, planned * TUNING.most_change)
        least, most = TUNING.repeated
        tolerance = min(most, least + 2 * relative_error(rate, seconds))
        repeats = planned > 0 and abs(rate / self.rate - 1) < tolerance
        self.rate, self.burst = rate, burst
        rate = min(rate, self.given_rate)
        least, most = TUNING.same_rate
        if planned and not varied and not least < rate / planned < most:
            self.burst_confirmed = False
        return Measurement(rate, seconds, repeats, tolerance)
