"""The requests of one account to one host, in the order of their arrival: one pause and one pace for all tasks."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiovonage._core.observability.events import ThrottleEvent
from aiovonage._core.throttle.operation_quota import OperationQuotas
from aiovonage._core.throttle.snapshot import ThrottleSnapshot
from aiovonage._core.throttle.waiting import Controller, WaitingLines

if TYPE_CHECKING:
    from aiovonage._core.throttle.shared.link import StoreLink

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

NEWS = 0.2
"""The relative change of the found rate from which it is logged again."""


class RequestQueue:
    """The requests of one account to one host.

    Args:
        host: The host, with its scheme.
        controller: Decides when requests may leave.
        max_wait: Seconds that a request waits at most; None for as long as it takes.
        account: The account.
        operation: The operation, if the queue is for one with its own quota.
        branch: Creates the queue of such an operation; None for no such queues.
        link: Keeps the controller in touch with other processes, if they share it.
    """

    def __init__(
        self,
        host: str,
        controller: Controller,
        max_wait: float | None,
        *,
        account: str = "",
        operation: str | None = None,
        branch: Callable[[str], RequestQueue] | None = None,
        link: StoreLink | None = None,
    ) -> None:
        self._host = host
        self._controller = controller
        self._max_wait = math.inf if max_wait is None else max_wait
        self._account = account
        self._operation = operation
        self._branch = branch
        self._link = link
        # Several event loops, each in its own thread, may use one throttle.
        self.lock: threading.RLock = threading.RLock()
        self._lines = WaitingLines(controller, self.lock, self._max_wait, link)
        self._throttled = 0
        self._quotas = OperationQuotas()
        self._note_accepted = self._quotas.on_accepted
        self._apart: dict[str, RequestQueue] = {}
        self._logged_rate = controller.found_rate
        self.used_at: float = monotonic()
        _QUEUES.add(self)
        if link is not None:
            link.attach(self)

    # A request's way -------------------------------------------------------------------------------------------------

    def try_acquire(self, operation: str = "") -> float:
        """Take a slot without waiting.

        Returns:
            The moment at which the request leaves (`time.monotonic`), or 0 if it has to wait.
        """
        if (self._apart and operation in self._apart) or (self._lines.occupied and self._lines.anybody_here):
            return 0.0
        self.used_at = now = monotonic()
        lock = self.lock
        lock.acquire()  # not "with", which would take twice as long for each request
        try:
            passed = self._controller.try_send(now)
        finally:
            lock.release()
        if self._link is not None:
            self._link.poke(now)
        return now if passed else 0.0

    async def acquire(self, operation: str = "") -> float:
        """Wait for a slot.

        Returns:
            The moment at which the request leaves (`time.monotonic`).

        Raises:
            ThrottleTimeout: if it would take longer than the throttle's `max_wait`.
            ConfigurationError: if the store that processes share can't be used.
        """
        own = self._apart.get(operation)
        deadline = monotonic() + self._max_wait
        if own is None:
            return await self._wait(operation, deadline)
        # The operation's own quota first: a request that waits for it holds up no other request.
        own.try_acquire() or await own._wait(operation, deadline)
        try:
            return self._try_here() or await self._wait(operation, deadline)
        except BaseException:
            own._give_slot_back()
            raise

    def accepted(self, sent_at: float, operation: str = "") -> None:
        """Note that a request sent at that moment got a response other than a 429."""
        now = monotonic()
        lock = self.lock
        lock.acquire()
        try:
            self._controller.on_accepted(sent_at, now)
        finally:
            lock.release()
        if self._lines.occupied and self._controller.pace is None and self._link is None:
            self._lines.let_through_everywhere()  # the answer has opened the initial window
        self._note_accepted(operation)
        if self._apart and operation in self._apart:
            self._apart[operation].accepted(sent_at)
        if self._link is not None:
            self._link.poke(now)

    def throttled(self, sent_at: float, retry_after: float | None, operation: str = "") -> ThrottleEvent | None:
        """Note that a request sent at that moment got a 429. No other request leaves until the pause ends.

        Returns:
            The pause that begins; None if it had already begun.
        """
        if operation in self._apart:
            return self._apart[operation].throttled(sent_at, retry_after)
        now = monotonic()
        with self.lock:
            was_paused = self._controller.paused_until > now
            self._controller.on_throttled(sent_at, now, retry_after)
            self._throttled += 1
            pause = self._controller.paused_until - now
        self._after_change(now)
        if was_paused:
            return None
        event = ThrottleEvent(host=self._host, closed_for=pause, waiting=self._lines.count, operation=self._operation)
        logger.info(
            "%s answered 429%s: no request for %.1f seconds; %d wait",
            event.host,
            f" to {self._operation}" if self._operation else "",
            event.closed_for,
            event.waiting,
        )
        if self._branch is not None and operation and self._quotas.on_pause(operation):
            own = self._set_apart(operation)
            return own.throttled(sent_at, retry_after)
        return event

    async def _wait(self, operation: str, deadline: float) -> float:
        self.used_at = now = monotonic()
        return await self._lines.wait(operation, now, deadline)

    def _try_here(self) -> float:
        if self._lines.anybody_here:
            return 0.0
        now = monotonic()
        with self.lock:
            return now if self._controller.try_send(now) else 0.0

    def _give_slot_back(self) -> None:
        with self.lock:
            self._controller.give_back()
        self._lines.let_through()

    # Operations with a quota of their own ----------------------------------------------------------------------------

    def see_apart(self, operations: frozenset[str]) -> None:
        """Note operations that another process found to have their own quota."""
        for operation in operations - self._apart.keys():
            self._set_apart(operation)

    def _set_apart(self, operation: str) -> RequestQueue:
        assert self._branch is not None
        now = monotonic()
        own = self._apart.get(operation)
        if own is None:
            own = self._apart[operation] = self._branch(operation)
            with self.lock:
                self._controller.set_apart(operation, now)
            logger.info(
                "%s: the 429s are about %s alone, which has a quota of its own; the other operations no longer wait",
                self._host,
                operation,
            )
            self._after_change(now)
        return own

    # Other processes, and the store ----------------------------------------------------------------------------------

    def _after_change(self, now: float) -> None:
        """Act on a change of the pause or the pace."""
        self.look_again()
        if self._link is not None:
            self._link.poke(now)

    def look_again(self) -> None:
        """Let tasks pass whose turn has come, in all event loops, and log what any process has learnt."""
        self._log_found_rate()
        self._lines.let_through_everywhere()

    def _log_found_rate(self) -> None:
        rate, logged = self._controller.found_rate, self._logged_rate
        if rate is None or (logged is not None and abs(rate / logged - 1) < NEWS):
            return
        self._logged_rate = rate
        logger.info(
            "%s%s permits about %.3g requests a second%s",
            self._host,
            f" for {self._operation}" if self._operation else "",
            rate,
            "" if logged is None else f", not {logged:.3g} as before",
        )

    def refuse_all(self, error: Exception) -> None:
        """Raise this error in all waiting tasks of the running event loop."""
        self._lines.refuse_all(error)

    @property
    def waiting_here(self) -> int:
        """How many tasks of the running event loop wait."""
        return self._lines.count_here

    # Inspection ------------------------------------------------------------------------------------------------------

    def is_idle_since(self, moment: float) -> bool:
        """Whether the queue was not used since that moment and nobody waits in it."""
        return self.used_at < moment and not self._lines.count

    @property
    def knows_nothing(self) -> bool:
        """Whether there has been no 429, so that a new queue would be just as good."""
        return not self._throttled

    def snapshots(self) -> list[ThrottleSnapshot]:
        """The state of the queue, and of the queues of operations with their own quota."""
        return [self.snapshot(), *(queue.snapshot() for queue in self._apart.values())]

    def snapshot(self) -> ThrottleSnapshot:
        """The state of the queue."""
        now = monotonic()
        return ThrottleSnapshot(
            account=self._account,
            host=self._host,
            operation=self._operation,
            phase=self._controller.phase_name,
            rate=self._controller.pace,
            found_rate=self._controller.found_rate,
            closed_for=max(0.0, self._controller.paused_until - now),
            waiting=self._lines.count,
            throttled=self._throttled,
        )

    async def rest(self) -> None:
        """Release everything in the running event loop until the next request."""
        if self._link is not None and not self.waiting_here:
            await self._link.rest()
        for queue in self._apart.values():
            await queue.rest()

    def after_fork(self) -> None:
        """Reset the queue in a forked child process: another thread of the parent may have held the lock."""
        self.lock = self._lines.lock = threading.RLock()
        if self._link is not None:
            self._link.after_fork()


_QUEUES: WeakSet[RequestQueue] = WeakSet()


def _after_fork() -> None:
    for queue in list(_QUEUES):
        queue.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
