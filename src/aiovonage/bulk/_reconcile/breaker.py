"""Stops a run whose server is out, instead of asking it for hours."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiovonage._core.retry.policy import JOB_LONGEST_WAIT, wait_before_retry
from aiovonage.bulk._errors import NotTheAPI, RunStopped

if TYPE_CHECKING:
    from aiovonage._core.retry.policy import RetryBudget
    from aiovonage.errors import RateLimited

PROBES = 8
"""How many single requests are tried, further and further apart, before an outage ends a run (about half a minute)."""

SILENCE = 60.0
"""Seconds without an answer after which a run ends, however few requests have failed meanwhile."""

UNREADABLE = 16
"""How many answers in a row may come from somebody in between, as from a proxy that wants somebody to log in."""

PATIENCE = 600.0
"""Seconds for which every answer may be a 429, beyond what the 429s ask to wait."""

UNSENT_PAUSE = 0.5
"""Seconds before a number goes back to a throttle that refused to hold it, where the refusal names no time."""


class Breaker:
    """A circuit breaker over the client's retry budget.

    While requests are answered, the budget pays for retries. When it is spent, one task at a time probes the server,
    and all others wait for what comes of it.

    Attributes:
        answers: How many answers of the API there were: whoever fails while they come in fails alone.
    """

    def __init__(self, budget: RetryBudget) -> None:
        self.answers: int = 0
        self._budget = budget
        self._prober: asyncio.Task[Any] | None = None
        self._failed_probes = 0
        self._failures = 0
        self._failing_since = 0.0
        self._not_before = 0.0
        self._last: Exception | None = None
        self._probed = asyncio.Event()
        self._unreadable = 0
        self._refused_since: float | None = None

    def answered(self) -> None:
        """The API has answered, by whatever but a server error."""
        self.answers += 1
        self._failed_probes = self._failures = 0
        self._not_before = 0.0
        self._unreadable = 0
        self._refused_since = None
        if self._prober is not None:
            self._end_probe()

    async def refused(self, refusal: RateLimited) -> None:
        """A request was answered 429, or the throttle refused to hold it. The throttle makes the next one wait for
        the first; the second is waited for here.

        Raises:
            RunStopped: when nothing else has been answered for long.
        """
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        elif now - self._refused_since > PATIENCE + (refusal.retry_after or 0.0):
            raise RunStopped(f"the server answers nothing but 429: {refusal}") from refusal
        if not refusal.body:
            await asyncio.sleep(min(refusal.retry_after or UNSENT_PAUSE, JOB_LONGEST_WAIT))

    @property
    def in_doubt(self) -> bool:
        """Whether it is open that the server answers anything at all, or it has asked to be left alone."""
        return self._failed_probes > 0 or self._not_before > 0.0

    def leave(self) -> None:
        """The current task asks no more."""
        if self._prober is asyncio.current_task():
            self._end_probe()

    def failed(self, failure: Exception) -> None:
        """A request of the current task was not answered, or by a server error, or by somebody in between.

        Raises:
            RunStopped: when too many answers in a row were not the API's, or nothing was answered for long.
        """
        if isinstance(failure, NotTheAPI):
            self._unreadable += 1
            if self._unreadable >= UNREADABLE:
                raise RunStopped(
                    f"{self._unreadable} answers in a row are not the API's, as from a gateway or a login page: "
                    f"{failure}"
                ) from failure
        self._last = failure
        now = time.monotonic()
        asked = min(getattr(failure, "retry_after", None) or 0.0, JOB_LONGEST_WAIT)
        self._failing_since = max(self._failing_since if self._failures else now, now + asked if asked else 0.0)
        self._failures += 1
        if asked:
            self._not_before = max(self._not_before, now + asked)
        if self._failures > PROBES and now - self._failing_since > SILENCE:
            raise RunStopped(
                f"the server does not answer, for {now - self._failing_since:.0f} seconds by now: {failure}"
            )
        if self._prober is asyncio.current_task():
            self._failed_probes += 1
            self._end_probe()

    async def admitted(self) -> None:
        """Wait until a request may be sent: while it is open that the server answers at all, one task at a time asks.

        Raises:
            RunStopped: when the server has not answered any of the probes.
        """
        while (asked := self._not_before - time.monotonic()) > 0.0:  # noqa: ASYNC110 - it may be put off meanwhile
            await asyncio.sleep(asked)
        while self._failed_probes and self._prober is not asyncio.current_task():
            if self._failed_probes >= PROBES:
                raise _out(self._last)
            if self._prober is None:
                self._prober = asyncio.current_task()
                await asyncio.sleep(wait_before_retry(self._failed_probes, None))
                return
            await self._probed.wait()

    async def before_retry(self, attempt: int, failure: Exception) -> None:
        """Wait until a request may be sent again after one that failed.

        Args:
            attempt: How many requests of this task have failed in a row before, from 0.
            failure: What the last one has failed of.

        Raises:
            RunStopped: when the server has not answered any of the probes.
        """
        answers = self.answers
        await asyncio.sleep(wait_before_retry(attempt, failure, longest=JOB_LONGEST_WAIT))
        while self.answers == answers and not self._budget.spend():
            if self._failed_probes >= PROBES:
                raise _out(failure) from failure
            if self._prober is None:
                self._prober = asyncio.current_task()
                await asyncio.sleep(wait_before_retry(self._failed_probes, failure, longest=JOB_LONGEST_WAIT))
                return
            await self._probed.wait()

    def _end_probe(self) -> None:
        self._prober = None
        self._probed.set()
        self._probed = asyncio.Event()


def _out(failure: Exception | None) -> RunStopped:
    """The end of a run whose probes have all failed."""
    if isinstance(failure, NotTheAPI):
        return RunStopped(f"the answers are not the API's, as from a gateway or a login page: {failure}")
    return RunStopped(f"the server does not answer: {failure}")
