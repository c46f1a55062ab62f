"""What the throttle believes of the server, after all 429s so far."""

from __future__ import annotations

import math

import attrs

from aiovonage._core.throttle.estimator import Evidence, common_burst, relative_error
from aiovonage._core.throttle.tuning import TUNING


@attrs.frozen
class Measurement:
    """What a 429 said of the rate.

    Attributes:
        rate: Requests a second, not above a given rate.
        seconds: The length of the window that gave it.
        repeats: Whether it repeats the measurement before, as well as can be expected of such a window.
    """

    rate: float
    seconds: float
    repeats: bool


@attrs.define
class ServerModel:
    """The token bucket that the server is taken for.

    Attributes:
        given_rate: The rate that was given, in requests a second; infinite if there is none. No pace exceeds it.
        rate: The rate that was found, or given and not corrected since; 0 while unknown.
        burst: Requests that the server accepts at once after a pause; None while unknown.
        burst_confirmed: Whether two 429s agreed on the burst.
        estimate_suspect: Whether the burst was once so large that slow start was repeated.
        pause: Seconds that the last 429 asked to wait.
        previous: What the 429 before said, if the next one can be compared with it.
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
    def permits_sharing(self) -> bool:
        """Whether clients can share by turns, each of which costs a pause."""
        stored = (self.burst or 0.0) >= TUNING.least_stored * self.rate * self.pause
        return stored and not self.has_long_pauses

    def pause_for(self, retry_after: float | None, *, in_vain: bool) -> float:
        """Note how long a 429 asks to wait; values that make no sense count as none.

        Args:
            retry_after: Seconds; None if it does not say.
            in_vain: Whether nothing was accepted since the 429 before. A pause that nobody asked for then doubles.
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
        """The burst by this 429 and the one before; the one believed so far where they can't be compared."""
        if self.previous is not None:
            burst = common_burst(self.previous, evidence, strict=self.burst is not None)
            if burst is not None:
                least = TUNING.least_burst * (self.burst or 0.0) if self.burst_confirmed else 0.0
                most = math.inf
                if self.is_small and self.burst_confirmed:
                    # Two 429s that latency has caused at one pace may agree on any burst.
                    factor, more = TUNING.small_growth
                    most = factor * (self.burst or 0.0) + more
                self.burst_confirmed = True
                return min(max(burst, least), most)
            if self.burst is None:
                return self.previous.most_accepted
        return self.burst or 0.0

    def learn(self, evidence: Evidence, burst: float, planned: float, *, varied: bool = False) -> Measurement:
        """Take over what a 429 says.

        Args:
            evidence: What was accepted before it.
            burst: The burst to explain it with.
            planned: The rate that the pace was planned by; 0 for none.
            varied: Whether the pace was varied on purpose, so that a rate far from `planned` is no surprise.
        """
        # A small bucket is emptied by requests that latency has bunched, which short windows would take for the rate.
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
        return Measurement(rate, seconds, repeats)
