"""Estimates the server's token bucket from its 429s. Pure arithmetic: no clock, no throttle state.

A bucket is filled with R tokens a second and stores B at most, so it accepts at most B + R*w requests in any w seconds.
At a 429 it is empty. So one of the windows that end there holds exactly that many, and the window since the previous
429, which left the bucket empty too, holds no more than R*w. One 429 yields an R for each B. Two 429s whose windows
differ in length yield both.
"""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.tuning import TUNING

Window = tuple[float, int]
"""A length in seconds, and how many requests were accepted in it."""

LEAST_RATIO = 1.5
"""Windows must differ in length by this factor to tell rate and burst apart."""
STEPS = 24
"""Steps to search for the burst, and to bisect the interval that contains it: down to 2**-24 of the largest."""


@attrs.frozen
class Evidence:
    """What was accepted before a 429.

    Attributes:
        windows: Windows that end at the 429.
        since_empty: The window since the previous 429; None if there was none.
    """

    windows: list[Window]
    since_empty: Window | None

    def rate(self, burst: float, shortest: float = 0.0) -> tuple[float, float]:
        """The rate that explains the 429 if the bucket stores `burst`, and the length of the window that shows it.

        Args:
            burst: Requests.
            shortest: Seconds; shorter windows are ignored, except the longest one.
        """
        best, seconds = 0.0, TUNING.shortest_window
        if self.since_empty:
            seconds = self.since_empty[0]
            best = self.since_empty[1] / seconds
        for number, (length, accepted) in enumerate(self.windows):
            if number and length < shortest:
                break
            rate = (accepted - burst) / length
            if rate > best:
                best, seconds = rate, length
        return best, seconds

    def burst(self, rate: float) -> float:
        """The burst that explains the 429 if the bucket is filled at `rate`."""
        return max((accepted - rate * length for length, accepted in self.windows), default=0.0)

    def tokens_left(self, rate: float, burst: float) -> float:
        """How many tokens such a bucket would have left at the 429; 0 or less if it explains the 429."""
        left = min(burst + rate * length - accepted for length, accepted in self.windows)
        if self.since_empty:
            left = min(left, rate * self.since_empty[0] - self.since_empty[1])
        return left

    @property
    def most_accepted(self) -> float:
        """The largest number of requests accepted in one window: no burst is larger."""
        return float(max(accepted for _, accepted in self.windows))


def common_burst(first: Evidence, second: Evidence, *, strict: bool) -> float | None:
    """The burst for which two 429s yield the same rate; None if there is none.

    If there are several, it is the largest: with a small burst, any two 429s at the same pace agree.

    Args:
        first: The earlier 429.
        second: The later 429.
        strict: Also return None if the windows are too similar to tell rate and burst apart.
    """

    def difference(burst: float) -> float:
        return first.rate(burst)[0] - second.rate(burst)[0]

    high = first.most_accepted
    step = high / STEPS
    low = high - step
    while low > 0 and difference(low) <= 0:
        low -= step
    if low <= 0:
        return None
    high = low + step
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(middle) > 0 else (low, middle)
    if strict:
        (_, one), (_, other) = first.rate(low), second.rate(low)
        # A window that began with an empty bucket says nothing about its size.
        if {one, other} & {seconds for seconds, _ in filter(None, (first.since_empty, second.since_empty))}:
            return None
        if max(one, other) < LEAST_RATIO * min(one, other):
            return None
    return low


def relative_error(rate: float, seconds: float, *, latency: float = TUNING.latency, requests: float = 1.0) -> float:
    """The relative error that an estimate may have.

    Args:
        rate: The estimate, in requests a second.
        seconds: The length of the window that it comes from.
        latency: Seconds by which the ends of the window are uncertain.
        requests: By how many requests the count may be off.
    """
    return (latency + requests / rate) / seconds


@attrs.define
class AcceptedLog:
    """The number of accepted requests over time, in bounded memory: fine for recent moments, coarse for early ones.

    Attributes:
        start: The moment at which the count begins.
        empty: Whether the bucket was empty then.
        count: Requests accepted since then.
        entries: Moments, with the count at each.
    """

    start: float
    empty: bool = attrs.field(kw_only=True)
    count: int = attrs.field(default=0, kw_only=True)
    entries: list[tuple[float, int]] = attrs.field(kw_only=True)

    @entries.default
    def _first_entry(self) -> list[tuple[float, int]]:
        return [(self.start, 0)]

    def note(self, now: float) -> None:
        """Record the count at this moment."""
        self.entries.append((now, self.count))
        if len(self.entries) > TUNING.log_size:
            # The first two are the 429 and the end of the pause: they bound what the pause can have stored.
            del self.entries[2 : TUNING.log_size // 2 : 2]

    def evidence(self, now: float, shortest: float = TUNING.shortest_window) -> Evidence:
        """The evidence of a 429 at this moment."""
        windows = [(now - at, self.count - count) for at, count in self.entries if at < now]
        whole = windows[0] if windows else (0.01, self.count)
        parts = windows[1:] if self.empty and len(windows) > 1 else windows
        long = [window for window in parts if window[0] >= shortest]
        return Evidence(long or parts[:1] or [whole], whole if self.empty else None)
