"""Spends the tokens that a pause has stored right after the pause.

While all requests pause, the bucket fills: at the end of the pause it holds its burst, or the pause's worth of the rate
if that is less. Requests that only keep to the rate never use these tokens, so each 429 costs a whole pause. Instead,
some requests may leave faster for half a second, so a 429 costs less if the bucket is large.

A bucket may hold less than estimated: the estimate of its burst is wrong, or another client has emptied it. Then a 429
comes right after the pause. It says nothing about the rate, only how much was stored.
"""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.server_model import ServerModel
from aiovonage._core.throttle.tuning import TUNING


@attrs.define
class Credit:
    """How many requests may exceed the pace after a pause, or after a rest.

    Attributes:
        trust: The part of the expected stored tokens that is spent. It shrinks when they were not there.
        boost: Requests per second beyond the pace, for a short time.
        since: The moment from which on it is spent.
        before: Requests accepted since the last 429 before that moment.
        is_spent: Whether a boost followed the last pause or rest.
        proved_at: The rate at which the bucket really had the tokens that were spent last time; 0 if it had not.
    """

    trust: float = TUNING.first_credit
    boost: float = 0.0
    since: float = 0.0
    before: int = 0
    is_spent: bool = False
    proved_at: float = 0.0

    def grant(self, server: ServerModel, seconds: float, since: float, before: int = 0) -> None:
        """Spend what the bucket stores in so many seconds without requests.

        Args:
            server: The model of the server.
            seconds: How long no request leaves.
            since: When requests leave again.
            before: Requests accepted since the last 429.
        """
        stored = self.trust * min(server.burst or 0.0, server.rate * seconds)
        # Uneven latency needs some tokens. If pauses are long, what they store is too little to matter.
        spare = 0.0 if server.has_long_pauses else stored - 2 * TUNING.latency * server.rate - 1
        self.boost = max(0.0, spare) / TUNING.credit_time
        self.is_spent = self.boost > 0
        self.since, self.before = since, before

    def withhold(self) -> None:
        """Spend nothing after the pause that begins."""
        self.boost, self.is_spent = 0.0, False

    def expire(self, now: float) -> None:
        """End the boost once its time is over."""
        if now >= self.since + TUNING.credit_time:
            self.boost = 0.0

    def has_failed(self, server: ServerModel, accepted: int, now: float) -> bool:
        """Whether a 429 came so soon that the bucket must store less than estimated.

        If the bucket stored that much before, the 429 indicates another client or a changed rate.

        Args:
            server: The model; its burst is corrected to what was there.
            accepted: Requests accepted since the previous 429.
            now: The moment of the 429.
        """
        if not self.is_spent:
            return False
        seconds = now - self.since
        if seconds >= TUNING.credit_early:
            self.trust = min(self.trust + TUNING.credit_regained, TUNING.credit)
            self.proved_at = server.rate
            return False
        self.trust *= TUNING.credit_lost
        least, most = TUNING.same_rate
        proved_at, self.proved_at = self.proved_at, 0.0
        # If the rate has changed since then, the burst may have changed as well.
        if least * proved_at < server.rate < most * proved_at:
            return False
        server.burst = min(server.burst or 0.0, max(1.0, accepted - self.before - server.rate * seconds))
        return True
