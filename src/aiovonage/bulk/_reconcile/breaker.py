"""Stops a run during an outage of the server, instead of retrying for hours."""

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
"""The number of single requests, at growing intervals, before an outage ends a run (about half a minute)."""

SILENCE = 60.0
"""Seconds without a response after which a run ends, even if few requests failed in the meantime."""

UNREADABLE = 16
"""Consecutive responses from intermediaries after which a run ends, such as from a proxy that requires a login."""

PATIENCE = 600.0
"""Seconds for which every response may be a 429, in addition to their `Retry-After`."""

UNSENT_PAUSE = 0.5
"""Seconds before a number returns to a throttle that refused to hold it, if the refusal does not state a wait."""


class Breaker:
    """A circuit breaker over the client's retry budget.

    While the server responds, the budget pays for retries. When it is spent, one task at a time probes the server, and
    all others wait for the result.

    Attributes:
        answers: The number of responses from the API. A task that fails while it grows is not in an outage.
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
        self._troubled = False  # whether the next response has anything to reset

    def answered(self) -> None:
        """Note a response of the API other than a server error."""
        self.answers += 1
        if self._troubled:
            self._troubled = False
            self._failed_probes = self._failures = 0
            self._not_before = 0.0
            self._unreadable = 0
            self._refused_since = None
        if self._prober is not None:
            self._end_probe()

    async def refused(self, refusal: RateLimited) -> None:
        """Handle a 429, or a throttle that refused to hold the request. After a 429, the throttle delays the next
        request; after a refusal by the throttle, this method waits.

        Raises:
            RunStopped: if there have been no other responses for too long.
        """
        self._troubled = True
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        elif now - self._refused_since > PATIENCE + (refusal.retry_after or 0.0):
            raise RunStopped(f"the server answers nothing but 429: {refusal}", passing=True) from refusal
        if not refusal.body:
            await asyncio.sleep(min(refusal.retry_after or UNSENT_PAUSE, JOB_LONGEST_WAIT))

    @property
    def in_doubt(self) -> bool:
        """Whether the server may be down, or has sent a `Retry-After`."""
        return self._failed_probes > 0 or self._not_before > 0.0

    def leave(self) -> None:
        """Note that the current task sends no more requests."""
        if self._prober is asyncio.current_task():
            self._end_probe()

    def failed(self, failure: Exception) -> None:
        """Note that a request of the current task got no response, a server error, or a response of an intermediary.

        Raises:
            RunStopped: if too many consecutive responses came from intermediaries, or there was none for too long.
        """
        self._troubled = True
        if failure is not self._last:  # tasks that share a request share its failure, which counts once
            self._count(failure)
        if self._prober is asyncio.current_task():
            self._failed_probes += 1
            self._end_probe()

    def _count(self, failure: Exception) -> None:
        if isinstance(failure, NotTheAPI):
            self._unreadable += 1
            if self._unreadable >= UNREADABLE:
                raise RunStopped(
                    f"{self._unreadable} answers in a row are not the API's, as from a gateway or a login page: "
                    f"{failure}",
                    passing=True,
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
                f"the server does not answer, for {now - self._failing_since:.0f} seconds by now: {failure}",
                passing=True,
            )

    async def admitted(self) -> None:
        """Wait until a request may be sent. While the server may be down, one task at a time probes it.

        Raises:
            RunStopped: if the server did not respond to any of the probes.
        """
        while (asked := self._not_before - time.monotonic()) > 0.0:  # noqa: ASYNC110 - it may be postponed meanwhile
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
        """Wait until a failed request may be sent again.

        Args:
            attempt: The number of consecutive failed requests of this task before this one, from 0.
            failure: The error of the last request.

        Raises:
            RunStopped: if the server did not respond to any of the probes.
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
    """The error after all probes have failed."""
    if isinstance(failure, NotTheAPI):
        return RunStopped(f"the answers are not the API's, as from a gateway or a login page: {failure}", passing=True)
    return RunStopped(f"the server does not answer: {failure}", passing=True)
