"""Limits what is in flight before the first 429, and learns from the responses around that 429.

Nothing is known of the server then. If all tasks sent at once, a server that permits five requests would refuse the
rest. So the first requests are a window, which grows with each answer as TCP's congestion window does in slow start
(RFC 5681). It soon exceeds what the tasks can send.

At the first 429 the bucket is empty, and stays so while the requests that are in flight arrive. So the server accepts
them at its rate, which measures it for nothing: see `drain`.
"""

from __future__ import annotations

import math
from collections import deque

import attrs

from aiovonage._core.throttle.drain import Drain, Response
from aiovonage._core.throttle.tuning import TUNING

REMEMBERED = 4096
"""Responses from which the burst is measured. If there are more, only the last ones are remembered."""
IN_FLIGHT = 512
"""Responses that are remembered then: those of requests that can be in flight at once."""


@attrs.define(eq=False)
class InitialWindow:
    """The window of a client that has had no 429 yet.

    Attributes:
        is_wide: Whether it has grown beyond what tasks can have in flight, so that it need not be asked any more.
    """

    is_wide: bool = False
    _room: float = TUNING.initial_window
    _progress_at: float = -math.inf
    _responses: deque[Response] = attrs.Factory(deque)

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
        responses.append((sent_at, now, accepted))
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
        """What the responses around the first 429 tell of the server; None if nothing."""
        responses = self._responses
        return Drain.measured_by(responses, all_known=responses.maxlen is None)
