"""Stops a run whose server is out, instead of asking it for hours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiovonage.bulk.errors import RunStopped
from aiovonage.core.retry import backoff

if TYPE_CHECKING:
    from aiovonage.core.retry import RetryBudget

PROBES = 8
"""How many single requests are tried, further and further apart, before an outage ends a run (about half a minute)."""


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

    def answered(self) -> None:
        """A request was answered, by whatever but a server error."""
        self._failed_probes = 0
        if self._prober is not None:
            self._end_probe()

    def failed(self) -> None:
        """A request of the current task was not answered, or by a server error."""
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
