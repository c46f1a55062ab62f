"""Lets calls that have failed come back in turn, so that a restart of the server costs none of them.

A budget alone cannot tell 64 healthy calls whose connections were reset from 64 calls into an outage: one that pays for
the first floods the second. What tells them apart is the next answer. So while nothing is answered, one call at a time
is sent again, and the others wait for what comes of it. When it is answered it gets its cost back, and those that wait
follow in growing waves, as in TCP's slow start (RFC 5681). When it fails, it has failed for all who wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from aiovonage._core.retry.policy import cost_of

if TYPE_CHECKING:
    from aiovonage._core.retry.policy import RetryBudget
    from aiovonage.errors import APIError, TransportError


class Recovery:
    """The retries of a client that are under way, and the calls that wait for one."""

    def __init__(self, budget: RetryBudget) -> None:
        self.budget = budget
        self._line = _Line()

    def answered(self) -> None:
        """A request was answered, and by no failure of the server."""
        budget = self.budget
        if budget.saved < budget.reserve:
            budget.earn()
        line = self._line
        if (line.in_doubt or line.waiting) and line.loop is asyncio.get_running_loop():
            line.in_doubt = False
            line.wake(failed=False)

    async def admit(self, failure: APIError | TransportError, failures: int, max_retries: int) -> Retry:
        """Wait until a call that has failed may send its request again.

        Args:
            failure: How it has failed.
            failures: How often it has failed before.
            max_retries: How often its request may be sent again.

        Raises:
            APIError: `failure` itself, with a note that says why it was not sent again; or
            TransportError: the same.
        """
        loop = asyncio.get_running_loop()
        if self._line.loop is not loop:  # what waits in another loop has a line of its own
            self._line = _Line(loop)
        line = self._line
        line.in_doubt = True
        cost = cost_of(failure)
        failed_at = loop.time()
        while failures < max_retries:
            if (not line.in_doubt or not line.under_way) and self.budget.spend(cost):
                line.under_way += 1
                return Retry(self, line, cost, failures=failures, waited=loop.time() - failed_at)
            if not line.under_way:
                failure.add_note("It was not sent again: too large a share of this client's requests fail.")
                raise failure
            if await line.news():
                failures += 1
        failure.add_note("It was not sent again: others of this client's requests were, and failed as well.")
        raise failure


@attrs.define(eq=False)
class Retry:
    """A retry that was admitted. It must be ended, whatever comes of it.

    Attributes:
        failures: How often the call has failed, with the times that another call has failed in its place.
        waited: Seconds since the call has failed.
    """

    _recovery: Recovery
    _line: _Line
    _cost: float
    failures: int = attrs.field(kw_only=True)
    waited: float = attrs.field(kw_only=True)
    _ended: bool = attrs.field(default=False, init=False)

    def end(self, *, answered: bool) -> None:
        """Tell what came of it. Only the first time counts."""
        if self._ended:
            return
        self._ended = True
        line = self._line
        line.under_way -= 1
        if answered:
            self._recovery.budget.give_back(self._cost)
            line.in_doubt = False
            line.wake(failed=False)
        elif not line.under_way:
            line.wake(failed=True)


class _Line:
    """The calls of one event loop that wait for what comes of the retries that are under way."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop
        self.in_doubt = False  # whether nothing was answered since a request has failed
        self.under_way = 0
        self.waiting: list[asyncio.Future[bool]] = []

    async def news(self) -> bool:
        """Wait until a request is answered, or all retries have failed: whether the latter."""
        assert self.loop is not None
        future: asyncio.Future[bool] = self.loop.create_future()
        self.waiting.append(future)
        return await future

    def wake(self, *, failed: bool) -> None:
        """Tell those who wait."""
        waiting, self.waiting = self.waiting, []
        if self.loop is None or self.loop.is_closed():  # a call that was forsaken ends when it is collected
            return
        for future in waiting:
            if not future.done():
                future.set_result(failed)
