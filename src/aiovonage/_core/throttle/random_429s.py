"""Tells random 429s from those of a rate limit.

A limit refuses a smaller share of the requests when they leave more slowly; a server that refuses at random refuses the
same share at any pace. So when 429s follow each other closely at any pace, a faster pace is tried. If the refused share
does not grow and more requests get through, the pace is not the cause, and the next faster pace is tried.
"""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.tuning import TUNING


@attrs.define
class Trial:
    """The result of a few pauses at one pace.

    Attributes:
        pauses: How often a 429 paused the requests.
        accepted: Requests accepted.
        refused: Requests refused with 429.
        seconds: How long it took.
    """

    pauses: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def through(self) -> float:
        """Requests accepted per second."""
        return self.accepted / max(self.seconds, 1e-3)

    @property
    def share(self) -> float:
        """Requests refused for each one accepted."""
        return self.refused / max(1, self.accepted)


@attrs.define(eq=False)
class RandomDetector:
    """Watches how much is accepted between 429s.

    Attributes:
        pace: Requests per second to try while 429s are, or may be, random; None otherwise.
        proved: Whether a faster pace did well.
    """

    pace: float | None = None
    proved: bool = False
    _suspected_after: int = TUNING.trial
    _failed: int = 0
    # The pace that did well last, what was accepted a second at it, and the share that was refused: before the trials,
    # on average of the last ones, and the counts that the first is known from.
    _good_pace: float = 0.0
    _good_through: float = 0.0
    _least_accepted: float = 0.0
    _slow_share: float = 0.0
    _fast_share: float = 0.0
    _share_refused: int = 0
    _share_accepted: int = 0
    _trial: Trial = attrs.Factory(Trial)

    def on_refused(self) -> None:
        """Note that a request was refused with 429."""
        self._trial.refused += 1

    def on_pause(self, accepted: int, seconds: float, pace: float) -> None:
        """Note the first 429 of a pause.

        Args:
            accepted: Requests accepted since the previous pause.
            seconds: Seconds since then.
            pace: Requests a second that were let through.
        """
        if accepted >= (TUNING.few_accepted if self.pace is None else TUNING.many_accepted):
            self._forget()
            return
        trial = self._trial
        trial.pauses += 1
        trial.accepted += accepted
        trial.seconds += seconds
        if self.pace is None and trial.pauses >= self._suspected_after:
            self._suspect(trial, pace)
            self._trial = Trial()
        elif self.pace is not None and trial.pauses >= TUNING.trial:
            self._judge(trial, self.pace)
            self._trial = Trial()

    def _suspect(self, trial: Trial, pace: float) -> None:
        if trial.refused <= TUNING.most_refused * (trial.refused + trial.accepted):
            self._good_pace, self._good_through = pace, trial.through
            self._share_refused, self._share_accepted = trial.refused, trial.accepted
            self._least_accepted = trial.accepted / trial.pauses * TUNING.trial
            self._slow_share = self._fast_share = trial.share
            self.pace = pace * TUNING.faster

    def _judge(self, trial: Trial, pace: float) -> None:
        expected = self._share_refused / max(1, self._share_accepted) * trial.accepted
        # Stricter at first: mistaking a limit for chance costs more than mistaking chance for a limit.
        factor, more = TUNING.most_refused_again if self.proved else TUNING.most_refused_first
        most = factor * expected + more
        least = (TUNING.least_accepted_again if self.proved else TUNING.least_accepted_first) * self._least_accepted
        self._fast_share += TUNING.average * (trial.share - self._fast_share)
        known_share = max(self._slow_share, expected / max(1, trial.accepted))
        enough = trial.accepted >= least and trial.through >= TUNING.least_through * self._good_through
        if self._fast_share > TUNING.unlike * known_share + TUNING.unlike_slack:
            self._suspected_after *= 2  # over many trials, the share does depend on the pace
            self._forget()
        elif trial.refused > most or not enough:
            self._step_back(pace)
        else:
            if self._share_refused < TUNING.known_refusals:
                # Tolerate no more than necessary, or many small increases would pass as random.
                self._share_refused += trial.refused
                self._share_accepted += trial.accepted
            weight = 1.0 if pace > self._good_pace else TUNING.average
            self._good_through = (1 - weight) * self._good_through + weight * trial.through
            self._good_pace, self.proved = pace, True
            self._failed = 0
            self.pace = min(pace * TUNING.faster, TUNING.fastest)

    def _step_back(self, pace: float) -> None:
        """Go back to the previous pace; after the first trial, to the limit, and suspect chance later next time."""
        self._failed = self._failed + 1 if pace == self._good_pace else 0
        if not self.proved:
            self._suspected_after *= 2
            self._forget()
        elif self._failed >= TUNING.failed_trials:
            self._forget()
        else:
            self.pace = self._good_pace

    def _forget(self) -> None:
        self.pace = None
        self.proved = False
        self._failed = 0
        self._trial = Trial()
