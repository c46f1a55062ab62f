"""Admits the retries of a client in turn, so that no call fails because the server restarts.

A budget alone cannot tell 64 healthy calls whose connections were reset from 64 calls into an outage: a budget that
pays for the former floods the latter. The next response tells them apart. So while there is none, one call at a time is
sent again, and the others wait for its result. If it gets a response, its cost is refunded, and the waiting calls
follow in growing waves, as in TCP's slow start (RFC 5681). If it fails, that counts as a failure of every waiting call.
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
    """The retries in progress of a client, and the calls that wait for one."""

    def __init__(self, budget: RetryBudget) -> None:
        self.budget = budget
        self._line = _Line()

    def answered(self) -> None:
        """Note a response that is not a failure of the server."""
        budget = self.budget
        if budget.saved < budget.reserve:
            budget.earn()
        line = self._line
        if (line.in_doubt or line.waiting) and line.loop is asyncio.get_running_loop():
            line.in_doubt = False
            line.wake(failed=False)

    async def admit(self, failure: APIError | TransportError, failures: int, max_retries: int) -> Retry:
        """Wait until a failed call may send its request again.

        Args:
            failure: Its error.
            failures: How often it failed before.
            max_retries: How often its request may be sent again.

        Raises:
            APIError: `failure` itself, with a note that says why it was not sent again.
            TransportError: likewise.
        """
        loop = asyncio.get_running_loop()
        if self._line.loop is not loop:  # each event loop has its own line
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
    """An admitted retry. `end` must be called, whatever its result.

    Attributes:
        failures: How often the call failed, including the failures of others that it waited for.
        waited: Seconds since the call failed.
    """

    _recovery: Recovery
    _line: _Line
    _cost: float
    failures: int = attrs.field(kw_only=True)
    waited: float = attrs.field(kw_only=True)
    _ended: bool = attrs.field(default=False, init=False)

    def end(self, *, answered: bool) -> None:
        """Report its result. Only the first call counts."""
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
    """The calls of one event loop that wait for the result of the retries in progress."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop
        self.in_doubt = False  # whether there was no response since a request failed
        self.under_way = 0
        self.waiting: list[asyncio.Future[bool]] = []

    async def news(self) -> bool:
        """Wait until a request gets a response (False), or all retries in progress have failed (True)."""
        assert self.loop is not None
        future: asyncio.Future[bool] = self.loop.create_future()
        self.waiting.append(future)
        return await future

    def wake(self, *, failed: bool) -> None:
        """Wake all waiting calls."""
        waiting, self.waiting = self.waiting, []
        if self.loop is None or self.loop.is_closed():  # the waiting calls end when they are garbage collected
            return
        for future in waiting:
            if not future.done():
                future.set_result(failed)
