"""Stops a run whose server is out, instead of asking it for hours."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiovonage.bulk.errors import RunStopped
from aiovonage.core.errors import DecodeError
from aiovonage.core.retry import backoff

if TYPE_CHECKING:
    from aiovonage.core.errors import RateLimited
    from aiovonage.core.retry import RetryBudget

PROBES = 8
"""How many single requests are tried, further and further apart, before an outage ends a run (about half a minute)."""

UNREADABLE = 16
"""How many answers in a row may be no answers of the API, as of a proxy that wants somebody to log in."""

PATIENCE = 600.0
"""Seconds for which every answer may be a 429, beyond what the 429s ask to wait."""


class Breaker:
    """A circuit breaker over the client's retry budget.

    While requests are answered, the budget pays for retries. When it is spent, one task at a time probes the server,
    and all others wait for what comes of it.
    """

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget
        self._prober: asyncio.Task[Any] | None = None
        self._failed_probes = 0
        self._probed = asyncio.Event()
        self._unreadable = 0
        self._refused_since: float | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether it is open that the server answers anything at all."""
        return self._failed_probes > 0

    def answered(self) -> None:
        """A request was answered, by whatever but a server error."""
        self._failed_probes = 0
        self._unreadable = 0
        self._refused_since = None
        if self._prober is not None:
            self._end_probe()

    def refused(self, refusal: RateLimited) -> None:
        """A request was answered 429.

        Raises:
            RunStopped: when nothing else has been answered for long.
        """
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        elif now - self._refused_since > PATIENCE + (refusal.retry_after or 0.0):
            raise RunStopped(f"the server answers nothing but 429: {refusal}") from refusal

    def failed(self, failure: Exception) -> None:
        """A request of the current task was not answered, or by a server error, or by what is no answer of the API.

        Raises:
            RunStopped: when too many answers in a row were no answers of the API.
        """
        if isinstance(failure, DecodeError):
            self._unreadable += 1
            if self._unreadable >= UNREADABLE:
                raise RunStopped(f"the server's answers are not the API's: {failure}") from failure
        if self._prober is asyncio.current_task():
            self._failed_probes += 1
            self._end_probe()

    async def before_retry(self, attempt: int, failure: Exception) -> None:
        """Wait until a request that failed may be sent again.

        Args:
            attempt: How often it was sent before, from 0.
            failure: What it has failed of.

        Raises:
            RunStopped: when the server has not answered any of the probes.
        """
        await asyncio.sleep(backoff(attempt))
        while not self._budget.spend():
            if self._failed_probes >= PROBES:
                raise RunStopped(f"the server does not answer: {failure}") from failure
            if self._prober is None:
                self._prober = asyncio.current_task()
                await asyncio.sleep(backoff(self._failed_probes))
                return
            await self._probed.wait()

    def _end_probe(self) -> None:
        self._prober = None
        self._probed.set()
        self._probed = asyncio.Event()
