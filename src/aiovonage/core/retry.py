"""Whether and when a failed request is sent again."""

from __future__ import annotations

import random

import attrs

from aiovonage.core.errors import APIError, RateLimited, ResponseTooLarge, ServerError, TransportError

MAX_RETRIES = 4
BACKOFF_BASE = 0.25
"""Seconds before the first retry, at most; doubled for each one more."""

BACKOFF_CAP = 8.0
"""Seconds before any retry, at most."""


@attrs.define
class RetryBudget:
    """Keeps a client's retries to a share of its successes, so that an outage is not answered with a flood.

    An answered request earns a share of a retry, every retry spends one. While nothing is answered, only what is saved
    can be spent.

    Attributes:
        share: Retries earned by an answered request.
        reserve: Retries that may be saved up.
        saved: Retries that may be made now. The first call may use all of its own.
    """

    share: float = 0.5
    reserve: float = 20.0
    saved: float = float(MAX_RETRIES)

    def earn(self) -> None:
        """A request was answered."""
        if self.saved < self.reserve:
            self.saved += self.share

    def spend(self) -> bool:
        """Whether one more retry may be made."""
        if self.saved < 1.0:
            return False
        self.saved -= 1.0
        return True


def may_repeat(failure: APIError | TransportError, *, idempotent: bool) -> bool:
    """Whether a request that failed like this may be sent again.

    One that cannot have been processed (no connection, 429) may always be; an idempotent one also after a broken
    connection, a 408 or a 5xx.
    """
    if isinstance(failure, RateLimited):
        return True
    if isinstance(failure, ResponseTooLarge):  # it would be again
        return False
    if isinstance(failure, TransportError):
        return (idempotent or not failure.sent) and not failure.permanent
    return idempotent and (isinstance(failure, ServerError) or failure.status == 408)


def backoff(attempt: int, retry_after: float | None = None) -> float:
    """Seconds to wait before retry number `attempt` (from 0): capped, exponential, with full jitter, and what the
    server asks for.
    """
    delay = random.uniform(0.0, min(BACKOFF_CAP, BACKOFF_BASE * 2.0**attempt))
    return delay if retry_after is None else max(delay, retry_after)
