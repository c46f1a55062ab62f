"""Finds out how many requests per second a server permits, from the requests it accepts and those it refuses with 429.

A pure state machine without a clock, a timer or a lock: moments are passed in, in seconds of any monotonic clock. It
models the server as a token bucket (`server_model`), is always in one phase (`phases`), and sets the pace at which
requests may leave. It does not hand out slots: `controller` does for one process, and a store for several.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Self

import attrs

from aiovonage._core.throttle.credit import Credit
from aiovonage._core.throttle.drain import Drain
from aiovonage._core.throttle.estimator import AcceptedLog
from aiovonage._core.throttle.phases import (
    Cruise,
    Free,
    GivenRate,
    Phase,
    PhaseName,
    Random429s,
    Refusal,
    SlowStart,
)
from aiovonage._core.throttle.random_429s import RandomDetector
from aiovonage._core.throttle.server_model import ServerModel
from aiovonage._core.throttle.tuning import TUNING


@attrs.define(eq=False)
class RateLearner:
    """Learns the rate, and sets the pace at which requests may leave. Create one with `for_rate`.

    Attributes:
        server: The model of the server.
        phase: The phase that the throttle is in.
        pace: Requests per second that may leave now; None while nothing is held back.
        interval: Seconds between two slots; 0 while nothing is held back.
        paused_until: The moment at which the last pause ends.
        tick_at: The moment of the next change of the pace.
        log: Requests accepted since the last 429, or since the first accepted request; None before that.
    """

    server: ServerModel = attrs.Factory(ServerModel)
    phase: Phase = attrs.Factory(Free)
    pace: float | None = None
    interval: float = 0.0
    paused_until: float = 0.0
    tick_at: float = 0.0
    log: AcceptedLog | None = None
    _ticked_at: float = 0.0
    _paused_at: float = -math.inf
    _credit: Credit = attrs.Factory(Credit)
    _detector: RandomDetector = attrs.Factory(RandomDetector)
    _uniform: Callable[[], float] = attrs.field(default=random.random, kw_only=True)

    @classmethod
    def for_rate(cls, rate: float | None, uniform: Callable[[], float] = random.random) -> Self:
        """Create a learner that has learnt nothing yet.

        Args:
            rate: Requests per second that the server permits, if known. If it refuses them, the learner finds a lower
                rate.
            uniform: Returns random numbers from 0 up to 1, which vary the cuts while clients share.
        """
        if rate is None:
            return cls(uniform=uniform)
        return cls(ServerModel(rate), GivenRate(rate), rate, 1 / rate, uniform=uniform)

    def start_over(self) -> None:
        """Forget everything learnt, and end the pause."""
        rate = self.server.given_rate
        new = self.for_rate(None if math.isinf(rate) else rate, self._uniform)
        for field in attrs.fields(type(self)):
            setattr(self, field.name, getattr(new, field.name))

    def use_random(self, uniform: Callable[[], float]) -> None:
        """Use another source of random numbers."""
        self._uniform = uniform

    @property
    def phase_name(self) -> PhaseName:
        """The name of the phase that the throttle is in."""
        return self.phase.name

    @property
    def found_rate(self) -> float | None:
        """Requests per second that the server permits, as found or given; None while unknown."""
        return self.server.rate or None

    @property
    def least_interval(self) -> float:
        """The shortest interval between two slots at any pace, in seconds; 0 if no rate was given."""
        return 1 / self.server.given_rate  # 0 for an infinite one

    def accept(self, count: int, now: float) -> None:
        """Note that `count` more requests have been accepted by `now`."""
        if self.log is None:
            # Responses lag behind requests; the count and its clock start together.
            self.log = AcceptedLog(now, empty=False)
        self.log.count += count

    def tick(self, now: float, *, saturated: bool) -> None:
        """Update the pace. Call this once `tick_at` has passed and requests leave.

        Args:
            now: The moment.
            saturated: Whether all slots since the last call were taken. If not, the requests are application-limited
                and say nothing about a faster pace.
        """
        if self.log is not None:
            self.log.note(now)
        seconds = now - self._ticked_at
        self._ticked_at = now
        self.tick_at = now + TUNING.tick
        self._credit.expire(now)
        if seconds >= TUNING.rest:
            self._end_rest(seconds, now)
        self._advance(seconds if saturated else 0.0)

    def _end_rest(self, seconds: float, now: float) -> None:
        """Go on after a time in which nobody sent: the bucket has filled."""
        self.phase = self.phase.rested(self.server)
        if isinstance(self.phase, Cruise) and self.phase.backoff_started_at is None and now >= self.paused_until:
            self._credit.grant(self.server, seconds, now, self.log.count if self.log else 0)

    def start_from(self, drain: Drain | None, now: float) -> None:
        """Use what the responses around the first 429 tell, once its pause is over."""
        if isinstance(self.phase, SlowStart):
            self.phase = self.phase.start_from(drain, self.server)
            if isinstance(self.phase, Cruise):
                self._credit.grant(self.server, self.server.pause, now)
            self._advance(0.0)

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """Pause, and learn from the 429 that a request sent at `sent_at` got at `now`.

        Args:
            sent_at: When the request left.
            now: When the response came.
            retry_after: Seconds to wait according to the response; None if it does not say. Values that make no sense
                count as None.
        """
        # Requests that were in flight when the pause began get a 429 as well, which adds no information.
        repeated = sent_at <= self._paused_at
        log = self.log or AcceptedLog(now, empty=False)
        pause = self.server.pause_for(retry_after, in_vain=not log.count and not repeated)
        self._detector.on_refused()
        if repeated:
            self.phase.on_repeated_429(log, now)
        else:
            self.phase = self._next_phase(log, now)
            # After an unexpected 429, and while clients share, the tokens may belong to another client.
            if isinstance(self.phase, Cruise) and self.phase.backoff_started_at is None:
                self._credit.grant(self.server, pause, max(self.paused_until, now + pause))
            else:
                self._credit.withhold()
        self.paused_until = max(self.paused_until, now + pause)
        # The bucket is empty now, so the next count begins here.
        self.log = AcceptedLog(now, empty=True)
        self.tick_at = self._ticked_at = self.paused_until
        self._advance(0.0)

    def _next_phase(self, log: AcceptedLog, now: float) -> Phase:
        """The phase after the first 429 of a pause."""
        phase, detector = self.phase, self._detector
        paused_at, self._paused_at = self._paused_at, now
        if isinstance(phase, Cruise) and self._credit.has_failed(self.server, log.count, now):
            return phase.resumed()
        proved = detector.proved
        if phase.suspects_random_429s and not self.server.has_long_pauses:
            detector.on_pause(log.count, now - paused_at, self.pace or 0.0)
        if detector.pace is not None:
            return Random429s.instead_of(phase, detector.pace)
        if isinstance(phase, Random429s) and not proved:
            return phase.resume()
        return phase.on_429(Refusal(log, now, self.pace, self._uniform), self.server)

    def _advance(self, seconds: float) -> None:
        pace = self.phase.advance(seconds, self.server)
        if pace is not None:
            # Never below the pace that slow start begins with: too little was accepted before two early 429s to prove
            # anything.
            self.pace = min(max(pace, TUNING.first_pace) + self._credit.boost, self.server.given_rate)
            self.interval = 1 / self.pace
