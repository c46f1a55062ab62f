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
    # In this trial.
    _closings: int = 0
    _accepted: int = 0
    _refused: int = 0
    _seconds: float = 0.0

    def on_refused(self) -> None:
        """A request was answered 429."""
        self._refused += 1

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
        self._closings += 1
        self._accepted += accepted
        self._seconds += seconds
        if self.pace is None and self._closings >= self._suspected_after:
            self._suspect(pace)
        elif self.pace is not None and self._closings >= TRIAL:
            self._judge(self.pace)

    def _suspect(self, pace: float) -> None:
        if self._refused <= MOST_REFUSED * (self._refused + self._accepted):
            self._good, self._through = pace, self._accepted / max(self._seconds, 1e-3)
            self._share_refused, self._share_accepted = self._refused, self._accepted
            self._least = self._accepted / self._closings * TRIAL
            self._slow_share = self._fast_share = self._refused / max(1, self._accepted)
            self.pace = pace * FASTER
        self._start_trial()

    def _judge(self, pace: float) -> None:
        expected = self._share_refused / max(1, self._share_accepted) * self._accepted
        through = self._accepted / max(self._seconds, 1e-3)
        # Stricter at first: a limit that is taken for chance costs more than the other way round.
        most = 1.6 * expected + 2 if self.proved else 1.4 * expected + 1.5
        least = (0.4 if self.proved else 0.5) * self._least
        self._fast_share += 0.2 * (self._refused / max(1, self._accepted) - self._fast_share)
        if self._fast_share > UNLIKE * max(self._slow_share, expected / max(1, self._accepted)) + 0.01:
            self._suspected_after *= 2  # over many trials, it does depend on the pace
            self._forget()
        elif self._refused > most or self._accepted < least or through < 0.4 * self._through:
            self._step_back(pace)
        else:
            if self._share_refused < ENOUGH:
                # No more than it takes, or many small increases would pass for chance.
                self._share_refused += self._refused
                self._share_accepted += self._accepted
            self._through = through if pace > self._good else 0.8 * self._through + 0.2 * through
            self._good, self.proved = pace, True
            self._failed = 0
            self.pace = min(pace * FASTER, FASTEST)
        self._start_trial()

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
        self._start_trial()

    def _start_trial(self) -> None:
        self._closings, self._accepted, self._refused, self._seconds = 0, 0, 0, 0.0
