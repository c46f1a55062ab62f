"""Tells 429s that come by chance from those of a rate limit.

A limit refuses a smaller share of the requests when they leave more slowly; chance refuses the same share at any pace.
So when 429s follow each other closely at whatever pace, a faster one is tried: if no greater share is refused and more
gets through, the pace had nothing to do with it, and the next faster one is tried.
"""

from __future__ import annotations

import attrs

FEW = 75
"""Requests accepted between two 429s: a limit that is known lets more through, chance of some percent does not.

Clients that share a small limit get no more either, and a trial disturbs them: so the limit is set low, and each trial
that fails puts off the next."""
MANY = 1200
"""The same, when 429s were by chance and have ceased."""
TRIAL = 5
"""429s that make a trial."""
ENOUGH = 20
"""429s from which their share is known well."""
FAILURES = 3
"""Trials in succession at a pace that did well before, after which chance is not the reason any more."""
FASTER = 4.0
"""From one trial to the next."""
FASTEST = 10_000.0
"""Requests a second: no hindrance to any client."""
UNLIKE = 2.5
"""Times the share that was refused before the trials: more means that it depends on the pace.

That share is known from few 429s, so half as much again happens by luck."""
MOST_REFUSED = 0.25
"""A server that refuses a greater share than this is not given a faster pace."""


@attrs.define
class Trial:
    """What came of a few closings at one pace.

    Attributes:
        closings: How often a 429 closed the gate.
        accepted: Requests accepted.
        refused: Requests answered 429.
        seconds: The time that it took.
    """

    closings: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def through(self) -> float:
        """Requests accepted a second."""
        return self.accepted / max(self.seconds, 1e-3)

    @property
    def share(self) -> float:
        """Requests refused for each that was accepted."""
        return self.refused / max(1, self.accepted)


@attrs.define(eq=False)
class RandomRefusals:
    """Watches what is accepted between 429s.

    Attributes:
        pace: Requests a second to send at while 429s come by chance, or while that is being tried; else None.
        proved: Whether a faster pace did well.
    """

    pace: float | None = None
    proved: bool = False
    _suspected_after: int = TRIAL
    _failed: int = 0
    # At the pace that did well last: what got through a second, and the share that was refused for each accepted.
    _good: float = 0.0
    _through: float = 0.0
    _least: float = 0.0
    _slow_share: float = 0.0
    _fast_share: float = 0.0
    _share_refused: int = 0
    _share_accepted: int = 0
    _trial: Trial = attrs.Factory(Trial)

    def on_refused(self) -> None:
        """A request was answered 429."""
        self._trial.refused += 1

    def on_closing(self, accepted: int, seconds: float, pace: float) -> None:
        """A 429 closed the gate.

        Args:
            accepted: Requests accepted since the last one that did.
            seconds: The time since then.
            pace: Requests a second that were let through.
        """
        if accepted >= (FEW if self.pace is None else MANY):
            self._forget()
            return
        trial = self._trial
        trial.closings += 1
        trial.accepted += accepted
        trial.seconds += seconds
        if self.pace is None and trial.closings >= self._suspected_after:
            self._suspect(trial, pace)
            self._trial = Trial()
        elif self.pace is not None and trial.closings >= TRIAL:
            self._judge(trial, self.pace)
            self._trial = Trial()

    def _suspect(self, trial: Trial, pace: float) -> None:
        if trial.refused <= MOST_REFUSED * (trial.refused + trial.accepted):
            self._good, self._through = pace, trial.through
            self._share_refused, self._share_accepted = trial.refused, trial.accepted
            self._least = trial.accepted / trial.closings * TRIAL
            self._slow_share = self._fast_share = trial.share
            self.pace = pace * FASTER

    def _judge(self, trial: Trial, pace: float) -> None:
        expected = self._share_refused / max(1, self._share_accepted) * trial.accepted
        # Stricter at first: a limit that is taken for chance costs more than the other way round.
        most = 1.6 * expected + 2 if self.proved else 1.4 * expected + 1.5
        least = (0.4 if self.proved else 0.5) * self._least
        self._fast_share += 0.2 * (trial.share - self._fast_share)
        if self._fast_share > UNLIKE * max(self._slow_share, expected / max(1, trial.accepted)) + 0.01:
            self._suspected_after *= 2  # over many trials, it does depend on the pace
            self._forget()
        elif trial.refused > most or trial.accepted < least or trial.through < 0.4 * self._through:
            self._step_back(pace)
        else:
            if self._share_refused < ENOUGH:
                # No more than it takes, or many small increases would pass for chance.
                self._share_refused += trial.refused
                self._share_accepted += trial.accepted
            self._through = trial.through if pace > self._good else 0.8 * self._through + 0.2 * trial.through
            self._good, self.proved = pace, True
            self._failed = 0
            self.pace = min(pace * FASTER, FASTEST)

    def _step_back(self, pace: float) -> None:
        """Go back to the pace before; from the first trial, to the limit, which is then suspected less soon."""
        self._failed = self._failed + 1 if pace == self._good else 0
        if not self.proved:
            self._suspected_after *= 2
            self._forget()
        elif self._failed >= FAILURES:
            self._forget()
        else:
            self.pace = self._good

    def _forget(self) -> None:
        self.pace = None
        self.proved = False
        self._failed = 0
        self._trial = Trial()
