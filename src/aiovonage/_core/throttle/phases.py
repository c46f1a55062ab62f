"""The phases of the throttle: a class for each, with its state, its pace over time and its reaction to a 429.

    Free ------429--+
                    +--> SlowStart --429--> Cruise <-> FairShare    either of them <-> Random429s
    GivenRate -429--+

If the responses around the first 429 have measured the rate, slow start ends with the pause of that 429.

Slow start is TCP's (RFC 5681), the course of `Cruise` is CUBIC's (RFC 9438), and clients that share increase their pace
slowly and decrease it by a factor (Chiu and Jain, 1989). A pace that is not fully used does not rise, just like an
application-limited window (RFC 9002, 7.8): `advance` counts only the time in which all slots were taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar, Literal

import attrs

from aiovonage._core.throttle.drain import Drain
from aiovonage._core.throttle.estimator import AcceptedLog, Evidence, relative_error
from aiovonage._core.throttle.server_model import Measurement, ServerModel
from aiovonage._core.throttle.tuning import TUNING

PhaseName = Literal["free", "slow_start", "cruise", "share", "random_429s"]


@attrs.frozen
class Refusal:
    """The first 429 of a pause.

    Attributes:
        log: What was accepted since the previous 429.
        now: The moment of the 429.
        pace: Requests per second that were let through; None if nothing was held back.
        uniform: Returns random numbers from 0 up to 1.
    """

    log: AcceptedLog
    now: float
    pace: float | None
    uniform: Callable[[], float]


@attrs.define
class Free:
    """Until the first 429, the pace is not limited. Only the initial window may hold requests back."""

    name: ClassVar[PhaseName] = "free"
    planned: float = 0.0
    """Requests per second that the pace is based on; 0 for none. All phases have it."""

    @property
    def suspects_random_429s(self) -> bool:
        """Whether 429s in close succession may be random."""
        return False

    def advance(self, seconds: float, server: ServerModel) -> float | None:
        """The pace after `seconds` more in which all slots were taken; None to hold nothing back."""
        return None

    def on_429(self, refusal: Refusal, server: ServerModel) -> Phase:
        """The phase after the first 429 of a pause."""
        # One 429 only yields a burst for each rate: it takes a second one to determine both.
        pace = TUNING.first_pace
        if not server.has_long_pauses:  # if they are long, the second 429 must measure well: the next comes late
            pace = max(pace, float(refusal.log.count))
        return SlowStart(self.planned, pace, (refusal.log, refusal.now))

    def on_repeated_429(self, log: AcceptedLog, now: float) -> None:
        """Note another 429 of the same pause; `log` is what was accepted since the previous one."""

    def rested(self, server: ServerModel) -> Phase:
        """The phase after some time in which nobody sent."""
        return self


@attrs.define
class GivenRate(Free):
    """A rate was given, and no 429 has contradicted it yet."""

    name: ClassVar[PhaseName] = "cruise"

    @property
    def suspects_random_429s(self) -> bool:
        return True

    def advance(self, seconds: float, server: ServerModel) -> float | None:
        return self.planned


@attrs.define
class SlowStart:
    """The pace rises exponentially until the second 429. Together, the two 429s yield rate and burst.

    Attributes:
        pace: Requests a second.
        burst: What was accepted until the first 429, and the moment of the last 429 of its pause.
        informed: Whether the first 429 has measured the rate roughly.
        tries: How often a 429 came too soon to measure anything.
        elapsed: Seconds in which all slots were taken since the last pause.
    """

    name: ClassVar[PhaseName] = "slow_start"
    planned: float
    pace: float = TUNING.first_pace
    burst: tuple[AcceptedLog, float] | None = None
    informed: bool = False
    tries: int = 0
    elapsed: float = 0.0

    @property
    def suspects_random_429s(self) -> bool:
        return False

    def start_from(self, drain: Drain | None, server: ServerModel) -> Phase:
        """Go on with what the drain around the first 429 says of the rate."""
        if drain is None or server.has_long_pauses:
            return self  # where pauses are long, the second 429 must measure well, so the pace rises from below
        tells_burst = drain.error <= TUNING.drain_errors[1] or drain.accepted >= TUNING.least_accepted
        if drain.before.windows and tells_burst:
            server.previous, self.burst = drain.before, None
            if drain.error <= TUNING.drain_errors[0]:
                return Cruise.after_drain(drain, server)
        if drain.error <= TUNING.drain_errors[1]:
            self.pace, self.informed = drain.rate / (1 + TUNING.drain_margin * drain.error), True
        else:
            self.pace = min(max(self.pace, float(drain.accepted), drain.low), drain.high)
        self.pace = max(TUNING.first_pace, self.pace)
        return self

    def advance(self, seconds: float, server: ServerModel) -> float:
        self.elapsed += seconds
        (least, most), requests, stretch = TUNING.doubling, TUNING.doubling_requests, 1.0
        if server.has_long_pauses:
            (least, most), requests = TUNING.long_doubling, TUNING.long_doubling_requests
            stretch = TUNING.long_stretch
        elif self.informed:
            least = most = TUNING.drained_doubling
        self.pace *= 2 ** (seconds / (stretch * min(most, max(least, requests / self.pace))))
        return self.pace

    def on_429(self, refusal: Refusal, server: ServerModel) -> Phase:
        if self.informed and self.elapsed < TUNING.least_slow_start and self.tries < TUNING.slow_start_tries:
            # The drain has promised too much, and counts over so short a time tell rate and burst badly apart.
            pace = max(TUNING.first_pace, TUNING.drained_too_fast * self.pace)
            return attrs.evolve(self, pace=pace, tries=self.tries + 1, elapsed=0.0)
        # If pauses are long, the pace has risen slowly, and short windows would only add noise.
        shortest = TUNING.shortest_window if server.has_long_pauses else TUNING.first_window
        evidence = refusal.log.evidence(refusal.now, shortest)
        if self.burst is not None:
            log, paused_at = self.burst
            # The initial window grows fast, so that only short windows begin with a full bucket and hold the burst.
            server.previous = log.evidence(paused_at, TUNING.burst_window)
        burst = server.measure_burst(evidence)
        server.previous = evidence
        too_large = burst > TUNING.largest_burst * evidence.rate(burst)[0]
        if server.has_long_pauses and too_large and not server.estimate_suspect:
            # The other client makes room when it gets this 429 as well: a second slow start finds that room.
            server.estimate_suspect, server.burst = True, burst
            return SlowStart(self.planned)
        found = server.learn(evidence, burst, self.planned)
        if not server.has_long_pauses:
            server.burst_confirmed = False  # counts over so short a time are too inexact
        course = Cruise.along(found, server, int(found.repeats), fresh=True)
        if not server.has_long_pauses:
            unsure = 1 + TUNING.burst_error * burst
            error = relative_error(found.rate, found.seconds, requests=unsure)
            course.hold = max(course.hold, server.hold_for(error))
            course.margin = min(course.margin, TUNING.first_margin)
        course.alone = False
        return course

    def on_repeated_429(self, log: AcceptedLog, now: float) -> None:
        # Most responses to the first burst come after its first 429.
        if self.burst is not None:
            first, _ = self.burst
            first.count += log.count
            if log.count and self.pace > TUNING.first_pace:
                self.pace = max(self.pace, float(first.count))
            self.burst = first, now

    def rested(self, server: ServerModel) -> Phase:
        return self


@attrs.define
class Cruise:
    """The pace stays just under the estimate, then rises with the cube of time. The 429 that ends this phase measures
    the rate over its whole length. If the rate has doubled, the cubic rise discovers it.

    Attributes:
        planned: The pace at the plateau of the curve: CUBIC's W_max.
        hold: Seconds until the pace reaches the plateau: CUBIC's K.
        margin: The fraction by which the pace begins below the plateau.
        cautious: The rate, less its possible error.
        fresh: Whether the estimate is too rough for a 429 to be unexpected.
        backoff_started_at: Seconds of the course from which on the pace recovers, after an unexpected 429.
        alone: Whether clients that share have been looked for, in `FairShare`.
        stumbled: Whether uneven latency has probably emptied a small bucket soon after the last pause.
        drained: Whether it is the drain around the first 429 that has measured the rate.
        elapsed: Seconds of the course in which all slots were taken.
    """

    name: ClassVar[PhaseName] = "cruise"
    planned: float
    hold: float
    margin: float
    cautious: float
    fresh: bool
    backoff_started_at: float | None = None
    alone: bool = True
    stumbled: bool = False
    drained: bool = False
    elapsed: float = 0.0

    @classmethod
    def after_drain(cls, drain: Drain, server: ServerModel) -> Cruise:
        """The course after the first 429, if the drain around it has measured the rate."""
        rate, error = drain.rate, drain.error
        server.rate, server.burst = rate, drain.before.burst(rate)
        margin = TUNING.margin[0] + TUNING.drain_margin * error
        return cls(rate, server.hold_for(error), margin, rate / (1 + error), fresh=True, alone=False, drained=True)

    @classmethod
    def along(cls, found: Measurement, server: ServerModel, repeat_count: int, *, fresh: bool) -> Cruise:
        """The course after a measurement that agrees with `repeat_count` previous ones."""
        unsure = 1 + (0.0 if server.burst_confirmed else TUNING.rough_burst) * (server.burst or 0.0)
        error = TUNING.least_error + relative_error(found.rate, found.seconds, requests=unsure)
        least, most = TUNING.margin
        latency = TUNING.latency + TUNING.margin_pause * server.pause
        margin = least + min(most, relative_error(found.rate, found.seconds, latency=latency))
        # A 429 costs a pause. So the next one is due after enough pauses to keep that cost at a percent or two, or
        # sooner while the estimate is rough.
        pause = max(server.pause, 0.1)
        shortest, longest = TUNING.hold_pauses
        shortest = TUNING.long_hold_pauses if server.has_long_pauses else shortest
        hold = min(longest * pause, TUNING.hold_windows * found.seconds * 2**repeat_count)
        cautious = found.rate * (1 - min(TUNING.most_error, error))
        return cls(found.rate, max(shortest * pause, hold), margin, cautious, fresh)

    @property
    def suspects_random_429s(self) -> bool:
        return True

    def advance(self, seconds: float, server: ServerModel) -> float:
        self.elapsed += seconds
        x = self.elapsed / self.hold
        pace = self.planned * (1 - self.margin * (1 - x**3) if x < 1 else 1 + (x - 1) ** 3)
        if self.backoff_started_at is not None:
            recovered = max(0.0, self.elapsed - self.backoff_started_at) / TUNING.backoff_recovery
            pace *= min(1.0, TUNING.backoff + recovered)
        return pace

    def on_429(self, refusal: Refusal, server: ServerModel) -> Phase:
        if self.drained:
            # The second 429, the first that measures over a longer time: as after slow start.
            return SlowStart(
                self.planned, informed=True, pace=refusal.pace or self.planned, elapsed=self.elapsed
            ).on_429(refusal, server)
        if server.is_small and self.elapsed < TUNING.small_window and not self.stumbled:
            return attrs.evolve(self, elapsed=0.0, stumbled=True)
        evidence = refusal.log.evidence(refusal.now)
        unexplained = self._is_unexplained(evidence, server)
        backed_off = self.backoff_started_at is not None and self.elapsed < TUNING.fresh
        # Uneven latency can empty a small bucket at any time.
        early = self.elapsed < TUNING.early * self.hold
        unexpected_429 = not (backed_off or server.is_small) and (unexplained or early)
        burst = (server.burst or 0.0) if unexpected_429 else server.measure_burst(evidence)
        server.previous = None if unexpected_429 else evidence
        found = server.learn(evidence, burst, self.planned)
        # A second 429 so soon indicates another client, and there may have been one from the start.
        if (backed_off or not self.alone) and server.permits_sharing:
            return FairShare.turn(refusal, evidence)
        fresh = found.rate > TUNING.same_rate[1] * self.planned
        course = Cruise.along(found, server, int(found.repeats), fresh=fresh)
        if unexpected_429:
            # If the rate has halved, half the pace leads to the 429 that measures it. If another client has come, half
            # the pace leaves it room to measure its share.
            stretch = 1 + min(TUNING.backoff_stretch, server.pause / TUNING.backoff_pause)
            course.backoff_started_at = TUNING.backoff_length * stretch if unexplained else 0.0
        return course

    def on_repeated_429(self, log: AcceptedLog, now: float) -> None:
        self.elapsed = 0.0

    def resumed(self) -> Cruise:
        """The same course, restarted from the beginning."""
        return attrs.evolve(self, elapsed=0.0)

    def rested(self, server: ServerModel) -> Phase:
        # A new job must not get a 429 at once just because the last job left the pace that high.
        return attrs.evolve(self, elapsed=min(self.elapsed, TUNING.rested * self.hold))

    def _is_unexplained(self, evidence: Evidence, server: ServerModel) -> bool:
        """Whether the bucket should have had tokens left, by a cautious estimate."""
        # If pauses are long, this is the only chance to notice another client.
        if server.burst is None or (self.fresh and self.elapsed < TUNING.fresh and not server.has_long_pauses):
            return False
        of_stored, of_rate, requests = TUNING.unexplained
        stored = min(server.burst, self.planned * server.pause)
        most = of_stored * stored + of_rate * self.planned + requests
        return evidence.tokens_left(self.cautious, server.burst) > most


@attrs.define
class FairShare:
    """Another client may be using the account: the pace rises and is cut in turns. The faster of two clients is refused
    and cut more often, and rises by a smaller fraction, which makes their paces equal. A client that is alone keeps
    measuring the same rate although the cuts vary, and goes back to `Cruise`.

    Attributes:
        planned: The pace at which the turn began.
        pace: The pace now.
        cut_from: The pace at which the previous turn ended.
        repeat_count: How many measurements in a row agreed with the previous one.
    """

    name: ClassVar[PhaseName] = "share"
    planned: float
    pace: float
    cut_from: float
    repeat_count: int = 0

    @classmethod
    def turn(cls, refusal: Refusal, evidence: Evidence, repeat_count: int = 0) -> FairShare:
        """Begin the next turn. Cuts vary, so that measurements agree only if this client is alone."""
        cut_from = max(TUNING.slowest, min(refusal.pace or math.inf, evidence.rate(0.0)[0]))
        least, most = TUNING.cuts
        planned = cut_from * math.exp(-least - (most - least) * refusal.uniform())
        return cls(planned, max(planned, TUNING.first_pace), cut_from, repeat_count)

    @property
    def suspects_random_429s(self) -> bool:
        return not self.repeat_count  # measurements do not agree if 429s are random

    def advance(self, seconds: float, server: ServerModel) -> float:
        growth = min(TUNING.most_growth, TUNING.growth * self.pace**-TUNING.equalizing) / max(1.0, server.pause)
        if self.pace > self.cut_from:
            growth = max(growth, TUNING.overshoot)
        self.pace = min(self.pace * (1 + seconds * growth), server.given_rate)
        return self.pace

    def on_429(self, refusal: Refusal, server: ServerModel) -> Phase:
        evidence = refusal.log.evidence(refusal.now)
        burst = server.burst or 0.0
        # Only pauses fill the bucket here. If they do not fill it, it looks smaller than it is.
        server.previous = evidence if server.pause * server.rate >= TUNING.filled * burst else None
        found = server.learn(evidence, burst, self.planned, varied=True)
        repeat_count = self.repeat_count + 1 if found.repeats else 0
        exact, rough = TUNING.repetitions
        if repeat_count < (exact if found.tolerance < TUNING.exact else rough):
            return FairShare.turn(refusal, evidence, repeat_count)
        fresh = found.rate > TUNING.same_rate[1] * self.planned
        return Cruise.along(found, server, repeat_count, fresh=fresh)

    def on_repeated_429(self, log: AcceptedLog, now: float) -> None:
        pass

    def rested(self, server: ServerModel) -> Phase:
        # The next 429 leads back here.
        rate = min(server.rate, server.given_rate)
        return Cruise(rate, TUNING.first_hold, TUNING.first_margin, rate, fresh=True, alone=False)


@attrs.define
class Random429s:
    """429s follow each other closely at any pace, so the pace is not their cause; see `random_429s`.

    Attributes:
        before: The phase in which they began.
        pace: The pace to try.
    """

    name: ClassVar[PhaseName] = "random_429s"
    before: GivenRate | Cruise | FairShare
    pace: float

    @classmethod
    def instead_of(cls, phase: Phase, pace: float) -> Random429s:
        """Try a pace, and keep the phase in which random 429s were first suspected."""
        before = phase.before if isinstance(phase, Random429s) else phase
        assert isinstance(before, (GivenRate, Cruise, FairShare)), "the others suspect no random 429s"
        return cls(before, pace)

    @property
    def planned(self) -> float:
        return self.before.planned

    @property
    def suspects_random_429s(self) -> bool:
        return True

    def advance(self, seconds: float, server: ServerModel) -> float:
        return self.pace

    def resume(self) -> Phase:
        """Return to the previous phase: the 429s were from a limit after all."""
        if isinstance(self.before, Cruise):
            return self.before.resumed()
        if isinstance(self.before, FairShare):
            return attrs.evolve(self.before, pace=max(self.planned, TUNING.first_pace))
        return self.before

    def on_429(self, refusal: Refusal, server: ServerModel) -> Phase:
        # Random 429s have ceased: what was accepted since then yields the rate, as after a slow start.
        return SlowStart(self.planned).on_429(refusal, server)

    def on_repeated_429(self, log: AcceptedLog, now: float) -> None:
        pass

    def rested(self, server: ServerModel) -> Phase:
        return self


Phase = Free | GivenRate | SlowStart | Cruise | FairShare | Random429s
