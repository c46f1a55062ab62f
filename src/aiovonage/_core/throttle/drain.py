"""Measures the rate by the drain: the responses around the first 429, when the bucket was empty.

A server whose bucket is empty accepts a request as soon as there is a token. So what it has accepted by the moment t is
the whole part of a line, `start + rate * t`. Each response bounds this line: at an accepted request it has reached that
request's number, at a refused one it has not reached the next number. A rate fits if a line of that slope keeps to all
bounds. If accepted and refused requests alternate for long enough, few rates do.

When the server decided is not known exactly: it was at some moment between the request and its response. If that moment
is always the same part of the latency, or at the same distance from either end, then the right guess yields a line that
fits, and wrong ones hardly do.

The arithmetic takes 2 to 25 ms, once, while the first pause lasts or just after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import attrs

from aiovonage._core.throttle.estimator import Evidence
from aiovonage._core.throttle.tuning import TUNING

Response = tuple[float, float, bool]
"""When the request left and when its response came, in seconds, and whether it was accepted."""
Decision = tuple[float, bool]
"""When the server decided, and whether it refused: of several decisions at one moment, the accepted come first."""

GUESSES = 9
"""Parts of the latency that are tried first: 0, 1/8, and so on up to 1."""
HALVINGS = 3
"""Then the parts around the best one are tried, each time at half the distance."""
SEARCHED = 4.0
"""The rate is searched from the crude rate by this factor, up and down."""
STEPS = 16
"""Steps of that search: down to a thousandth."""
GOLDEN = (math.sqrt(5) - 1) / 2


@attrs.frozen
class Drain:
    """What the responses around the first 429 tell.

    Attributes:
        low: The lowest rate that fits, in requests per second.
        high: The highest.
        accepted: How many of the requests were accepted.
        before: What was accepted before, as evidence of the burst; empty if not all is remembered.
    """

    low: float
    high: float
    accepted: int
    before: Evidence

    @property
    def rate(self) -> float:
        """The rate in the middle."""
        return math.sqrt(self.low * self.high)

    @property
    def error(self) -> float:
        """The relative error that this rate may have."""
        return math.sqrt(self.high / self.low) - 1 if self.low else math.inf

    @classmethod
    def measured_by(cls, responses: Sequence[Response], *, all_known: bool) -> Drain | None:
        """Measure by the responses to all requests that were in flight around the 429, or more.

        Args:
            responses: The responses.
            all_known: Whether these are all responses so far.

        Returns:
            None if no rate fits.
        """
        accepted = sum(was_accepted for _, _, was_accepted in responses)
        if len(responses) - accepted < TUNING.least_refused:
            return None
        fits = {guess: Fit.of(responses, guess) for guess in (number / (GUESSES - 1) for number in range(GUESSES))}
        distance = 1 / (GUESSES - 1)
        for _ in range(HALVINGS):
            distance /= 2
            best = min(fits, key=lambda guess: fits[guess].misfit)
            for guess in (best - distance, best + distance):
                if 0 < guess < 1:
                    fits[guess] = Fit.of(responses, guess)
        fit = min(fits.values(), key=lambda fit: fit.misfit)
        fewer = min(len(fit.bounds.at_least), len(fit.bounds.below))
        if fit.misfit > TUNING.most_misfit * fewer:
            return None
        requests, factor = TUNING.more_misfit
        most = requests + factor * fit.misfit
        good = [fit for fit in fits.values() if fit.misfit <= most]
        low, high = 0.0, math.inf
        if all(fit.bounds.seconds >= TUNING.shortest_drain for fit in good):
            low = min(fit.farthest(1 / SEARCHED, most) for fit in good) / (1 + TUNING.least_error)
            high = max(fit.farthest(SEARCHED, most) for fit in good) * (1 + TUNING.least_error)
        return cls(low, high, accepted, fit.bounds.evidence if all_known else Evidence([], None))


@attrs.frozen
class Bounds:
    """Bounds on the line that counts what the server has accepted since the first refused request.

    Attributes:
        at_least: Moments, and what the line has reached by then: one for each accepted request.
        below: Moments, and what it has not reached yet: one for each refused request.
        before: How long before the first refused request each request was accepted, in seconds: the first one first.
    """

    at_least: list[tuple[float, int]]
    below: list[tuple[float, int]]
    before: list[float]

    @classmethod
    def of(cls, decisions: list[Decision]) -> Bounds:
        """The bounds between the first refused request and the last."""
        refused = [at for at, was_refused in decisions if was_refused]
        first, last = refused[0], refused[-1]
        at_least, below = [(0.0, 0)], []  # no bucket holds less than nothing
        for at, was_refused in decisions:
            if first <= at <= last:
                if was_refused:
                    below.append((at - first, len(at_least)))
                elif at > first:
                    at_least.append((at - first, len(at_least)))
        return cls(at_least, below, [first - at for at, was_refused in decisions if at <= first and not was_refused])

    @property
    def evidence(self) -> Evidence:
        """What was accepted before the first refused request, as evidence of the burst."""
        before = self.before
        step = 1 + len(before) // TUNING.log_size
        # A window of no length would say nothing.
        return Evidence([(max(before[n], 0.001), len(before) - n) for n in range(0, len(before), step)], None)

    @property
    def seconds(self) -> float:
        """The time from the first refused request to the last."""
        return self.below[-1][0]

    def misfit(self, rate: float) -> float:
        """By how many requests the best line of this slope exceeds its bounds, in total."""
        lows = [count - rate * at for at, count in self.at_least]
        highs = [count - rate * at for at, count in self.below]
        # With this start, as many bounds push the line upwards as downwards.
        start = sorted(lows + highs)[len(lows) - 1]
        return sum(low - start for low in lows if low > start) + sum(start - high for high in highs if high < start)


@attrs.frozen
class Fit:
    """The rate that fits best if the server decides after a certain part of the latency.

    Attributes:
        bounds: What the responses say then.
        rate: The rate.
        misfit: By how many requests it exceeds the bounds.
    """

    bounds: Bounds
    rate: float
    misfit: float

    @classmethod
    def of(cls, responses: Sequence[Response], decided_at: float) -> Fit:
        """The best rate, if the server decides after the part `decided_at` of the latency: from 0 to 1."""
        bounds = Bounds.of(sorted((sent + decided_at * (now - sent), not ok) for sent, now, ok in responses))
        if bounds.seconds <= 0:
            return cls(bounds, 0.0, 0.0)
        crude = len(bounds.at_least) / bounds.seconds

        def misfit(log_rate: float) -> float:
            return bounds.misfit(math.exp(log_rate))

        log_rate = _minimum(misfit, math.log(crude / SEARCHED), math.log(crude * SEARCHED))
        rate = math.exp(log_rate)
        return cls(bounds, rate, bounds.misfit(rate))

    def farthest(self, factor: float, most: float) -> float:
        """The rate that is farthest from the best one, by `factor` at most, with a misfit of no more than `most`."""
        near, far = 0.0, 1.0
        if self.bounds.misfit(self.rate * factor) <= most:
            return self.rate * factor
        for _ in range(STEPS // 2):
            middle = (near + far) / 2
            if self.bounds.misfit(self.rate * factor**middle) <= most:
                near = middle
            else:
                far = middle
        return float(self.rate * factor**near)


def _minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one minimum has it: a golden-section search."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    of_left, of_right = function(left), function(right)
    for _ in range(STEPS):
        if of_left <= of_right:
            high, right, of_right = right, left, of_left
            left = high - GOLDEN * (high - low)
            of_left = function(left)
        else:
            low, left, of_left = left, right, of_right
            right = low + GOLDEN * (high - low)
            of_right = function(right)
    return (low + high) / 2
