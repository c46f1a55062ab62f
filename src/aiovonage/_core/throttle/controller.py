"""Finds out how many requests a second a server permits, from what it accepts and what it answers 429.

The server is taken for a token bucket: R tokens a second, at most B stored; neither is known. Then in any window of w
seconds at most B + R*w requests are accepted. At a 429 the bucket is empty, so one of the windows that end there holds
exactly that many, and since the 429 before it, which left the bucket empty as well, not more than R*w. One 429 so gives
R for each B; two whose windows differ in length give both.

The controller is a pure state machine without a clock, a timer or a lock: times are passed in, in seconds of any
monotonic clock. It goes through these phases:

- free: no 429 yet, nothing is held back.
- ramp: after the first 429, the pace rises from a small part of the first burst until the second 429. Both together
  give R and B.
- cruise: the pace stays just under the estimate for a time that depends on what a 429 costs (`retry_after`), then rises
  with the cube of time. The 429 that ends it measures R over the whole stretch; if R has doubled, the cube finds out.
- cruise after a surprise (a 429 while tokens should have been left): half the pace for a while. If R has halved, that
  leads to the second 429, which measures it; if another client has come, it finds room to measure half of R.
- share: another client may have been there from the start, and a 429 soon after a surprise speaks for one that came. So
  after either, the pace rises and is cut in short turns. The faster of two clients is refused, and cut, more often, but
  rises by a smaller proportion: that makes their paces equal. It ends when the estimates repeat although the cuts vary,
  which for a lone client is soon. It is left out where the bucket stores too little of what a pause leaves unused:
  there, each turn is dear.
- chance: 429s follow each other closely at any pace, so they have nothing to do with it; see `random_refusals`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Literal

import attrs

from aiovonage._core.throttle.random_429s import RandomRefusals

CATCH_UP = 0.05
"""Seconds by which a request may leave late without losing its place: timers are not exact."""
TICK = 0.25
"""Seconds between two changes of the pace, and between two entries of the log."""
LOG_SIZE = 96
"""Entries of the log; when it is full, every second one of the older half goes."""
SHORTEST_WINDOW = 1.0
"""Seconds: within shorter windows, latency blurs the counts."""
LATENCY = 0.05
"""Seconds by which latency moves what is counted across the ends of a window."""
FIRST_PACE = 1.0
"""Requests a second at the start of a ramp, at least."""
FIRST_ROOT = 0.3
"""A ramp begins at so many times the square root of what was accepted before the first 429, a burst.

The root brings two clients that ramp together closer to each other: they keep the ratio in which they begin."""
SLOWEST = 0.2
"""Requests a second: no estimate goes below, so that a server that refused everything for a while is found again."""
LONGEST_WAIT = 3600.0
"""Seconds: no `retry_after` is believed beyond."""
LONG_PAUSE = 5.0
"""Seconds: where a 429 asks for more, trials are too dear."""
LARGEST_BURST = 20.0
"""Seconds of the limit that a bucket is believed to store: a ramp that says more has met another client."""
LEAST_STORED = 0.4
"""Part of what a pause leaves unused that the bucket must store for clients to share: each turn loses the rest."""
GROWTH = 0.025
"""Proportion by which the pace rises a second while clients share, if pace and burst are `COMMON`.

It goes with the root of what clients have in common, divided by the pace: the slower one rises by the greater part."""
MOST_GROWTH = 0.03
"""The same, at most: of the few requests of a short turn, too great a part is refused."""
COMMON = 60.0
"""Requests. What clients have in common is the root of this times the burst. The burst alone would suit each limit
better, but each client estimates it for itself, and where the estimates differ, the parts would."""
OVERSHOOT = 0.6
"""Proportion by which the pace rises a second above the one at which the turn before ended.

It ends this one: more turns make the paces more equal, and a bucket that runs dry fast often refuses both clients."""
CUTS = (0.2, 0.3)
"""The power of e by which the pace is cut at the end of a turn, at least and at most."""
ALIKE = 0.04
"""Proportion by which an estimate may differ from the one before and still repeats it, at most."""
REPETITIONS = 4
"""Estimates in succession that each repeat the one before: then there is no other client."""

Phase = Literal["free", "ramp", "cruise", "share", "chance"]


@attrs.frozen
class RateSnapshot:
    """What the controller knows.

    Attributes:
        phase: What it is doing; see the module.
        pace: Requests a second that are let through now; None while nothing is held back.
        rate: Requests a second that the server permits, as estimated or given; None while unknown.
        burst: Requests that the server accepts at once after a pause, as estimated; None while unknown.
        closed_until: The moment at which the gate opens, or opened last.
    """

    phase: Phase
    pace: float | None
    rate: float | None
    burst: float | None
    closed_until: float


@attrs.frozen
class Evidence:
    """What was accepted before a 429.

    Attributes:
        windows: Seconds and requests accepted in them, for windows that end at the 429.
        since_empty: The same for the window since the 429 before; None if there was none.
    """

    windows: list[tuple[float, int]]
    since_empty: tuple[float, int] | None

    def rate(self, burst: float) -> tuple[float, float]:
        """The rate that explains the 429 if the bucket holds `burst`, and the seconds of the window that says so."""
        best, seconds = 0.0, SHORTEST_WINDOW
        if self.since_empty:
            seconds = self.since_empty[0]
            best = self.since_empty[1] / seconds
        for length, accepted in self.windows:
            rate = (accepted - burst) / length
            if rate > best:
                best, seconds = rate, length
        return best, seconds

    def tokens_left(self, rate: float, burst: float) -> float:
        """How many tokens would have been left at the 429 in a bucket of that rate and burst; 0 if all is explained."""
        left = min(burst + rate * length - accepted for length, accepted in self.windows)
        if self.since_empty:
            left = min(left, rate * self.since_empty[0] - self.since_empty[1])
        return left


def common_burst(first: Evidence, second: Evidence, *, strict: bool) -> float | None:
    """The burst with which two 429s give the same rate; the greatest, since with a small one any two at one pace agree.

    Args:
        strict: Give none if the windows are too alike to tell.
    """

    def differ(burst: float) -> float:
        return first.rate(burst)[0] - second.rate(burst)[0]

    high = float(max(accepted for _, accepted in first.windows))
    step = high / 24
    low = high - step
    while low > 0 and differ(low) <= 0:
        low -= step
    if low <= 0:
        return None
    high = low + step
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if differ(middle) > 0 else (low, middle)
    if strict:
        (_, one), (_, other) = first.rate(low), second.rate(low)
        # A window that began with an empty bucket says nothing about its size.
        if {one, other} & {seconds for seconds, _ in filter(None, (first.since_empty, second.since_empty))}:
            return None
        if max(one, other) < 1.5 * min(one, other):
            return None
    return low


def blur(limit: float, seconds: float, *, latency: float = LATENCY, requests: float = 1.0) -> float:
    """The proportion by which an estimate that was measured over so many seconds may be off.

    Args:
        limit: The estimate, in requests a second.
        seconds: The length of the window.
        latency: Seconds by which its ends are uncertain.
        requests: How many the count may be off.
    """
    return (latency + requests / limit) / seconds


@attrs.define
class AcceptedLog:
    """How many requests had been accepted by when, within bounded memory: fine for late moments, coarse for early.

    Attributes:
        start: The moment at which the count begins.
        empty: Whether the bucket was empty then.
        count: Requests accepted since.
    """

    start: float
    empty: bool = attrs.field(kw_only=True)
    count: int = attrs.field(default=0, kw_only=True)
    entries: list[tuple[float, int]] = attrs.field(kw_only=True)

    @entries.default
    def _first_entry(self) -> list[tuple[float, int]]:
        return [(self.start, 0)]

    def note(self, now: float) -> None:
        """Remember the count of this moment."""
        self.entries.append((now, self.count))
        if len(self.entries) > LOG_SIZE:
            # The first two are the 429 and the reopening: they bound what the pause can have stored.
            del self.entries[2 : LOG_SIZE // 2 : 2]

    def evidence(self, now: float) -> Evidence:
        """What a 429 at this moment says."""
        windows = [(now - at, self.count - count) for at, count in self.entries if at < now]
        whole = windows[0] if windows else (0.01, self.count)
        parts = windows[1:] if self.empty and len(windows) > 1 else windows
        long = [window for window in parts if window[0] >= SHORTEST_WINDOW]
        return Evidence(long or parts[:1] or [whole], whole if self.empty else None)


@attrs.define(eq=False)
class RateController:
    """Says when the next request may leave.

    Per request: `try_send`, or `next_send` to learn how long to wait; then `on_accepted` or `on_throttled`. A request
    that got its place and does not leave gives it back with `give_back`.

    Args:
        rate: Requests a second that the server permits, if known. They are never exceeded, but for 0.05 seconds' worth
            to catch up; if the server refuses nevertheless, the rate is sought below.
        chance: Gives numbers from 0 up to 1; it varies the cuts while clients share.
    """

    rate: float | None = None
    """Requests a second that are let through now; None while nothing is held back."""
    _chance: Callable[[], float] = random.random
    closed_until: float = 0.0
    """The moment at which the gate opens, or opened last."""
    _ceiling: float = math.inf
    _phase: Phase = "free"
    # Pacing: when the next place is, and how far apart they are.
    _next: float = 0.0
    _interval: float = 0.0
    _tick_at: float = 0.0
    _ticked_at: float = 0.0
    _wanted: bool = True
    # What happened since the last 429, and what the one before it said.
    _log: AcceptedLog | None = None
    _before: Evidence | None = None
    _first: tuple[AcceptedLog, float] | None = None
    _closed_at: float = -math.inf
    _chances: RandomRefusals = attrs.Factory(RandomRefusals)
    _before_chance: Phase = "cruise"
    _pause: float = 1.0
    # What is believed.
    _limit: float = 0.0
    _cautious: float = 0.0
    _burst: float | None = None
    _burst_fits: bool = False
    _fresh: bool = True
    _alike: int = 0
    _measured: float = 0.0
    _doubted: bool = False
    # The course of the pace: seconds of it that were made use of, seconds until it rises, and how it begins.
    _elapsed: float = 0.0
    _hold: float = math.inf
    _margin: float = 0.0
    _dip: float | None = None
    # The pace in a ramp and while clients share, and the one at which the last turn ended.
    _rising: float = FIRST_PACE
    _cut_from: float = 0.0

    def __attrs_post_init__(self) -> None:
        if self.rate and self._phase == "free":  # given, and not read back with all else
            self._phase, self._interval = "cruise", 1.0 / self.rate
            self._ceiling = self._limit = self._cautious = self._measured = self.rate

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave: now or later."""
        return max(now, self._next, self.closed_until)

    def earliest(self, now: float) -> float:
        """The moment before which the next request surely does not leave: here, that at which it does."""
        return self.next_send(now)

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now.

        Returns:
            Whether there is one. If not, ask again at `next_send`.
        """
        if now < self._next or now < self.closed_until:
            return False
        if self._interval:
            if now - self._next > CATCH_UP:
                # Nobody was waiting: what is not used must not be taken for permitted.
                self._wanted = False
                self._next = now - CATCH_UP
            self._next += self._interval
        if now >= self._tick_at:
            self._tick(now)
        return True

    def give_back(self) -> None:
        """A request that had its place does not leave."""
        self._next -= self._interval

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request that left at `sent_at` was answered at `now`, and not by a 429."""
        self.count_accepted(1, now)

    def count_accepted(self, count: int, now: float) -> None:
        """So many requests more have been accepted by `now`."""
        if self._log is None:
            # Answers lag behind requests; the count and its clock start together.
            self._log = AcceptedLog(now, empty=False)
        self._log.count += count

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request that left at `sent_at` was answered 429 at `now`: close the gate, and learn.

        Args:
            retry_after: Seconds that the answer asks to wait; None if it does not say. What is no sensible number
                counts as not said.
        """
        # Those under way when the gate closed are answered 429 as well, and say the same.
        again = sent_at <= self._closed_at
        log = self._log or AcceptedLog(now, empty=False)
        self._pause = self._seconds(retry_after, nothing_accepted=not log.count and not again)
        self._chances.on_refused()
        if not again:
            self._close(log, now)
        elif self._first:
            # At the very first burst, most answers come after the first 429.
            self._first[0].count += log.count
            self._first = (self._first[0], now)
        self.closed_until = max(self.closed_until, now + self._pause)
        self._next = max(self._next, self.closed_until)
        # The bucket is empty now: here the next count begins.
        self._log = AcceptedLog(now, empty=True)
        self._elapsed = 0.0
        self._tick_at = self._ticked_at = self.closed_until
        self._set_pace(0.0)

    def set_apart(self, operation: str, now: float) -> None:
        """The 429s so far were about a quota of that operation alone, whose requests now go elsewhere: forget them."""
        self.start_anew()

    def start_anew(self) -> None:
        """Forget what was learnt and open the gate."""
        rate = None if math.isinf(self._ceiling) else self._ceiling
        self.__init__(rate, self._chance)  # type: ignore[misc]

    # For those who keep the places and the count elsewhere, because several processes use them -----------------------

    def replace_chance(self, chance: Callable[[], float]) -> None:
        """Take random numbers from elsewhere."""
        self._chance = chance

    @property
    def phase(self) -> Phase:
        """What it is doing; see the module."""
        return self._phase

    @property
    def least_interval(self) -> float:
        """Seconds between two places that no pace undercuts; 0 if no rate was given."""
        return 1 / self._ceiling  # 0 for an infinite one

    @property
    def interval(self) -> float:
        """Seconds between two places; 0 while nothing is held back."""
        return self._interval

    @property
    def accepted(self) -> int | None:
        """Requests accepted since the last 429, or since the first one was accepted; None before."""
        return self._log.count if self._log else None

    @accepted.setter
    def accepted(self, count: int) -> None:
        if self._log:
            self._log.count = count

    @property
    def tick_at(self) -> float:
        """The moment of the next change of the pace."""
        return self._tick_at

    def tick(self, now: float, *, wanted: bool) -> None:
        """Change the pace, as far as it is time to.

        Args:
            wanted: Whether all places since the last time were taken.
        """
        self._wanted = wanted
        self._tick(now)

    def _close(self, log: AcceptedLog, now: float) -> None:
        """The first 429 of a closing: learn from it, unless 429s come by chance."""
        proved = self._chances.proved
        # By chance, estimates do not repeat.
        if self._phase not in {"free", "ramp"} and self._pause <= LONG_PAUSE and not self._alike:
            self._chances.on_closing(log.count, now - self._closed_at, self.rate or 0.0)
        self._closed_at = now
        if self._chances.pace is not None:
            if self._phase != "chance":
                self._before_chance = self._phase
            self._phase = "chance"
        elif self._phase == "chance" and not proved:
            self._phase = self._before_chance  # it was the limit after all, and is what it was
            self._rising = max(self._limit, FIRST_PACE)
        else:
            if self._phase == "chance":
                self._phase = "ramp"  # chance has ceased: what was accepted since tells the limit, as after a ramp
            self._learn(log, now)

    def snapshot(self) -> RateSnapshot:
        """What the controller knows."""
        return RateSnapshot(self._phase, self.rate, self._limit or None, self._burst, self.closed_until)

    def _seconds(self, retry_after: float | None, *, nothing_accepted: bool) -> float:
        """How long to close the gate."""
        if retry_after is not None and 0 <= retry_after < math.inf:
            return min(retry_after, LONGEST_WAIT)
        return min(2 * self._pause, 60.0) if nothing_accepted else 1.0

    # The course of the pace ------------------------------------------------------------------------------------------

    def _tick(self, now: float) -> None:
        if self._log is not None:
            self._log.note(now)
        seconds = now - self._ticked_at if self._wanted else 0.0
        self._wanted = True
        self._ticked_at = now
        self._tick_at = now + TICK
        self._set_pace(seconds)

    def _set_pace(self, seconds: float) -> None:
        """Go on by so many seconds."""
        self._elapsed += seconds
        if self._phase == "free":
            return
        if self._phase == "ramp":
            # Doubles within 1.5 to 2 seconds, slowly where few requests carry the count, more so where a pause is long.
            doubling = min(2.0, max(1.5, 10 / self._rising))
            if self._pause > LONG_PAUSE:
                doubling = 1.5 * min(3.0, max(1.5, 20 / self._rising))
            self._rising *= 2 ** (seconds / doubling)
            pace = self._rising
        elif self._phase == "chance":
            pace = self._chances.pace or self._limit
        elif self._phase == "share":
            self._rising = min(self._rising * (1 + seconds * self._growth()), self._ceiling)
            pace = self._rising
        else:
            pace = self._cruise_pace()
        # Never below the pace that a ramp begins with: what little was accepted before two early 429s proves nothing.
        self.rate = min(max(pace, FIRST_PACE), self._ceiling)
        self._interval = 1 / self.rate

    def _growth(self) -> float:
        """The proportion by which the pace rises a second while clients share."""
        common = math.sqrt(COMMON * max(1.0, self._burst or 0.0))
        growth = min(MOST_GROWTH, GROWTH * math.sqrt(common / self._rising)) / max(1.0, self._pause)
        return max(growth, OVERSHOOT) if self._rising > self._cut_from else growth

    def _cruise_pace(self) -> float:
        if math.isinf(self._hold):
            return self._limit
        x = self._elapsed / self._hold
        pace = self._limit * (1 - self._margin * (1 - x**3) if x < 1 else 1 + (x - 1) ** 3)
        if self._dip is not None:
            pace *= min(1.0, 0.5 + max(0.0, self._elapsed - self._dip) / 16)
        return pace

    # What a 429 says -------------------------------------------------------------------------------------------------

    def _learn(self, log: AcceptedLog, now: float) -> None:
        """The first 429 of a closing."""
        if self._burst is None and self._phase != "ramp":
            # One 429 gives a burst for each rate, no more.
            self._first = (log, now)
            self._start_ramp(log.count)
            return
        evidence = log.evidence(now)
        if self._first:
            self._before = self._first[0].evidence(self._first[1])
            self._first = None
        unexplained = self._is_unexplained(evidence)
        ramped = self._phase == "ramp"
        dipped = self._dip is not None and self._elapsed < 60
        surprise = self._phase == "cruise" and not dipped and (unexplained or self._elapsed < 0.5 * self._hold)
        burst = self._estimate_burst(evidence, surprise=surprise)
        # While clients share, only pauses fill the bucket: one that they do not fill looks smaller than it is.
        filled = self._phase != "share" or self._pause * self._measured >= 0.8 * burst
        self._before = evidence if filled and not surprise else None
        limit, seconds = evidence.rate(burst)
        if ramped and self._pause > LONG_PAUSE and burst > LARGEST_BURST * limit and not self._doubted:
            # The other client makes room when it meets this 429 as well: a second ramp finds it.
            self._doubted, self._burst = True, burst
            self._start_ramp(0)
            return
        # One 429 can mislead: it does no more than halve the estimate.
        self._burst, known, limit = burst, self._limit, max(limit, SLOWEST, self._limit / 2)
        self._note_repetition(limit, known, seconds)
        self._believe(min(limit, self._ceiling), seconds, known)
        if self._is_sharing(suspicious=ramped or dipped):
            self._yield_to_others(evidence)
        else:
            self._phase = "cruise"
            self._dip = None
            if surprise:
                self._dip = 20.0 * (1 + min(0.5, self._pause / 15)) if unexplained else 0.0

    def _start_ramp(self, accepted: int) -> None:
        self._phase = "ramp"
        # Where a pause is long, the second 429 must measure well: it is not improved on soon.
        self._rising = FIRST_PACE if self._pause > LONG_PAUSE else max(FIRST_PACE, FIRST_ROOT * math.sqrt(accepted))

    def _is_unexplained(self, evidence: Evidence) -> bool:
        """Whether tokens should have been left, by a cautious reckoning."""
        if self._phase != "cruise" or self._burst is None or self._is_fresh():
            return False
        stored = min(self._burst, self._limit * self._pause)
        return evidence.tokens_left(self._cautious, self._burst) > 0.4 * stored + 0.05 * self._limit + 1

    def _is_fresh(self) -> bool:
        """Whether the estimate is too rough to be surprised. Where a pause is long, a newcomer has no second chance."""
        return self._fresh and self._elapsed < 60 and self._pause <= LONG_PAUSE

    def _estimate_burst(self, evidence: Evidence, *, surprise: bool) -> float:
        """The burst from this 429 and the one before, where both can be taken for the same server's."""
        if self._before and not surprise and self._phase != "share":
            burst = common_burst(self._before, evidence, strict=self._burst is not None)
            if burst is not None:
                least = 0.7 * (self._burst or 0.0) if self._burst_fits else 0.0
                self._burst_fits = True
                return max(burst, least)
            if self._burst is None:
                return float(max(accepted for _, accepted in self._before.windows))
        return self._burst or 0.0

    def _believe(self, limit: float, seconds: float, known: float) -> None:
        """Take over an estimate that was measured over so many seconds, and plan the next course by it."""
        # While clients share, `known` is the pace with which the turn began.
        if known and not 0.8 < limit / known < 1.2 and self._phase != "share":
            self._burst_fits = False
        unsure = 1 + (0.0 if self._burst_fits else 0.4) * (self._burst or 0.0)
        self._cautious = limit * (1 - min(0.5, 0.005 + blur(limit, seconds, requests=unsure)))
        self._fresh = self._phase == "ramp" or limit > 1.2 * known
        self._margin = 0.005 + min(0.03, blur(limit, seconds, latency=LATENCY + 0.005 * self._pause))
        # A 429 costs a pause: so the next is due after as many pauses as keep its price at a percent or two, sooner
        # while the estimate is rough. Where a pause is long, the price is never worth it soon.
        pause = max(self._pause, 0.1)
        least = (5 if pause <= LONG_PAUSE else 20) * pause
        self._hold = max(least, min(65 * pause, 6 * seconds * 2**self._alike))
        self._limit = limit

    # Several clients on one account ----------------------------------------------------------------------------------

    def _note_repetition(self, limit: float, known: float, seconds: float) -> None:
        """Count how often an estimate was repeated, as well as can be expected of one over so many seconds."""
        alike = min(ALIKE, 0.005 + 2 * blur(limit, seconds))
        steady = known > 0 and abs(limit / self._measured - 1) < alike
        self._measured = limit
        self._alike = self._alike + 1 if steady else 0

    def _is_sharing(self, *, suspicious: bool) -> bool:
        """Whether to share, or to go on with it.

        Args:
            suspicious: Whether this 429 may mean another client.
        """
        if self._phase == "share" and self._alike < REPETITIONS:
            return True
        self._alike = 0
        # Sharing takes many 429s, which long pauses make too dear.
        return (
            suspicious
            and self._pause <= LONG_PAUSE
            and (self._burst or 0.0) >= LEAST_STORED * self._measured * self._pause
        )

    def _yield_to_others(self, evidence: Evidence) -> None:
        """End a turn: cut the pace, and not always alike, so that the estimates repeat only if nobody else is there."""
        self._phase = "share"
        self._cut_from = max(SLOWEST, min(self.rate or math.inf, evidence.rate(0.0)[0]))
        least, most = CUTS
        self._limit = self._cut_from * math.exp(-least - (most - least) * self._chance())
        self._rising = max(self._limit, FIRST_PACE)
        self._dip = None
