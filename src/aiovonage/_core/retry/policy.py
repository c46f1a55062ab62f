"""Whether and when a failed request is sent again."""

from __future__ import annotations

import math
import random
import time

import attrs

from aiovonage.errors import APIError, RateLimited, ResponseTooLarge, ServerError, TransportError

MAX_RETRIES = 4
BACKOFF_BASE = 0.25
"""The most seconds before the first retry. Each further retry doubles it."""

BACKOFF_CAP = 8.0
"""The most seconds before any retry, unless the server asks for more."""

MAX_RETRY_AFTER = 60.0
"""Seconds. When a 5xx asks a single call to wait for longer, the call raises the error. openai-python and Stripe also
stop at 60.
"""

JOB_LONGEST_WAIT = 300.0
"""Seconds. When a 5xx asks a job to wait for longer, such as for a maintenance of hours, the job asks again after this
time: it has nobody to hand the error to.
"""

NOT_SENT_COST = 0.25
"""Retries that a retry costs when the request certainly was not sent, because the server had no work with it."""


@attrs.define(eq=False)
class RetryBudget:
    """A token bucket for the retries of a client, so that an outage does not cause a flood of retries.

    A request that gets a response earns a share of a retry, and every retry spends one. A few come back with time, up
    to the number of a new client, so that a client which rarely gets a response can retry at all. The retry mode
    "standard" of botocore, retry throttling in gRPC and the retry budget of Finagle are such buckets.

    Attributes:
        share: Retries that a response earns.
        reserve: The capacity, in retries.
        saved: Retries available now. The first call has all of its own.
        refill: Retries that come back each second. With 0.2, a client that makes one call a second stays below 1.2
            requests per call.
    """

    share: float = 0.5
    reserve: float = 20.0
    saved: float = float(MAX_RETRIES)
    refill: float = 0.2
    _refilled_at: float = attrs.field(init=False)

    @_refilled_at.default
    def _now(self) -> float:
        return time.monotonic()

    def earn(self) -> None:
        """Add the share of a response."""
        if self.saved < self.reserve:
            self.saved += self.share

    def spend(self, cost: float = 1.0) -> bool:
        """Take a retry from the budget; False if there is not enough."""
        now = time.monotonic()
        if self.saved < MAX_RETRIES:
            self.saved = min(self.saved + (now - self._refilled_at) * self.refill, float(MAX_RETRIES))
        self._refilled_at = now
        if self.saved < cost:
            return False
        self.saved -= cost
        return True

    def give_back(self, cost: float) -> None:
        """Refund a retry that got a response."""
        self.saved = max(self.saved, min(self.saved + cost, self.reserve))


def cost_of(failure: APIError | TransportError) -> float:
    """The cost of a retry after this failure."""
    return NOT_SENT_COST if isinstance(failure, TransportError) and not failure.sent else 1.0


def may_repeat(
    failure: APIError | TransportError, *, idempotent: bool, max_retry_after: float = MAX_RETRY_AFTER
) -> bool:
    """Whether a failed request may be sent again.

    A request that cannot have been processed (no connection, 429) may always be sent again. An idempotent one may also
    be sent again after a broken connection, a 408 or a 5xx, unless the response asks to wait for more than
    `max_retry_after` seconds.
    """
    if isinstance(failure, RateLimited):
        return True
    if isinstance(failure, ResponseTooLarge) or getattr(failure, "permanent", False):  # it would fail again
        return False
    if isinstance(failure, TransportError):
        return idempotent or not failure.sent
    if (failure.retry_after or 0.0) > max_retry_after:
        return False
    return idempotent and (isinstance(failure, ServerError) or failure.status == 408)


def wait_before_retry(attempt: int, failure: Exception | None, *, longest: float = math.inf) -> float:
    """Seconds to wait before a retry. Single calls and jobs both use it.

    The wait grows exponentially up to a cap and has full jitter, which spreads the retries of many clients best
    (Brooker, "Exponential Backoff And Jitter", AWS 2015). It is never shorter than the `Retry-After` of the failure.

    Args:
        attempt: The number of retries before this one.
        failure: The error of the last attempt; None where it is not known.
        longest: The most seconds of a `Retry-After` that are heeded. A call sets no limit here, because `may_repeat`
            has already refused what exceeds its `max_retry_after`.
    """
    delay = random.uniform(0.0, min(BACKOFF_CAP, BACKOFF_BASE * 2.0**attempt))
    return max(delay, min(getattr(failure, "retry_after", None) or 0.0, longest))
