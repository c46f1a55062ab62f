"""Limits what is in flight before the first 429, and learns from the responses around that 429.

Nothing is known of the server then. If all tasks sent at once, a server that permits five requests would refuse the
rest. So the first requests are a window, which grows with each answer as TCP's congestion window does in slow start
(RFC 5681). It soon exceeds what the tasks can send.

At the first 429 the bucket is empty, and stays so while the requests that are in flight arrive. So the server accepts
them at its rate: the drain. This is a rough measurement of the rate, which costs nothing.
"""

from __future__ import annotations

import math
from collections import deque

import attrs

from aiovonage._core.throttle.estimator import Evidence
from aiovonage._core.throttle.tuning import TUNING

REMEMBERED = 4096
"""Responses from which the burst is measured. If there are more, only the last ones are remembered."""
IN_FLIGHT = 512
"""Responses that are remembered then: those of requests that can be in flight at once."""


@attrs.frozen
class Drain:
    """Requests that the server accepted while its bucket was empty.

    Attributes:
        accepted: How many were accepted.
        seconds: The time in which they arrived.
        before: What was accepted before that, as evidence of the burst; empty if not all is remembered.
    """

    accepted: int
    seconds: float
    before: Evidence

    @property
    def rate(self) -> float | None:
        """Requests per second; None if there were too few for an estimate."""
        return (self.accepted - TUNING.drained_slack) / self.seconds if self.accepted >= TUNING.least_drained else None

    @property
    def most(self) -> float:
        """An upper bound on the rate, in requests per second."""
        return (self.accepted + 1) / self.seconds if self.seconds > 0 else math.inf


@attrs.define(eq=False)
class InitialWindow:
    """The window of a client that has had no 429 yet.

    Attributes:
        is_wide: Whether it has grown beyond what tasks can have in flight, so that it need not be asked any more.
    """

    is_wide: bool = False
    _room: float = TUNING.initial_window
    _progress_at: float = -math.inf
    _responses: deque[tuple[float, bool]] = attrs.Factory(deque)

    def is_full(self, now: float) -> bool:
        """Whether the next request has to wait for an answer to an earlier one."""
        return self._room <= 0 and now < self.opens_at

    @property
    def opens_at(self) -> float:
        """When requests that are still unanswered count as lost (RFC 6298), so that the next ones may leave."""
        return self._progress_at + TUNING.answer_timeout

    def on_sent(self, now: float) -> None:
        """Note that a request leaves."""
        if self._room <= 0:
            self._room = TUNING.initial_window
        self._room -= 1
        self._progress_at = now

    def on_answer(self, sent_at: float, now: float, *, accepted: bool) -> None:
        """Note an answer."""
        responses = self._responses
        # The server may have decided at any moment in between.
        responses.append(((sent_at + now) / 2, accepted))
        if not self.is_wide:
            self._room += TUNING.window_growth
            self._progress_at = now
            if len(responses) == REMEMBERED:
                self._responses = deque(responses, maxlen=IN_FLIGHT)
                self.is_wide = True

    def give_back(self) -> None:
        """Note that the last request is not sent after all."""
        self._room += 1

    def drain(self) -> Drain | None:
        """What was accepted between the first and the last refused request, in the order of their arrival.

        Returns:
            None if nothing is known of a refused request.
        """
        responses = sorted(self._responses)
        refused = [at for at, accepted in responses if not accepted]
        if not refused:
            return None
        first, last = refused[0], refused[-1]
        before = [at for at, accepted in responses if accepted and at < first]
        if self._responses.maxlen is not None:
            before = []
        step = 1 + len(before) // TUNING.log_size
        windows = [(first - before[number], len(before) - number) for number in range(0, len(before), step)]
        return Drain(
            accepted=sum(accepted for at, accepted in responses if first < at <= last),
            seconds=last - first,
            before=Evidence(windows, None),
        )
