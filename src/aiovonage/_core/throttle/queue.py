"""The requests of one account to one host, in the order of their arrival: one gate and one rate for all tasks."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

import attrs

from aiovonage._core.event_loop.loop_local import LoopLocal, current_home
from aiovonage._core.observability.events import ThrottleEvent
from aiovonage._core.throttle.controller import Phase
from aiovonage._core.throttle.operation_quota import OperationQuotas
from aiovonage.errors import ThrottleTimeout

if TYPE_CHECKING:
    from aiovonage._core.throttle.store_link import StoreLink

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

SOONEST = 0.001
"""Seconds: who is told to come again is not told to do so at once."""


@attrs.frozen(kw_only=True)
class ThrottleSnapshot:
    """How an account stands with a host.

    Attributes:
        account: The account or application; empty where requests carry no credentials.
        host: The host, with its scheme.
        operation: The operation, where this is about a quota of its own; None for all others of the host.
        phase: What the controller is doing: "free" until the first 429, then "ramp", "cruise", "share" or "chance".
        rate: Requests a second that are let through; None while no limit is known.
        closed_for: Seconds until the gate opens; 0 while it is open.
        waiting: How many tasks wait.
        throttled: How many requests were answered 429 so far.
    """

    __module__ = "aiovonage"

    account: str = ""
    host: str
    operation: str | None = None
    phase: Phase = "free"
    rate: float | None
    closed_for: float
    waiting: int
    throttled: int


class Controller(Protocol):
    """Says when the next request may leave; see `RateController`."""

    @property
    def rate(self) -> float | None:
        """Requests a second that are let through now; None while nothing is held back."""

    @property
    def phase(self) -> Phase:
        """What the controller is doing."""

    @property
    def least_interval(self) -> float:
        """Seconds between two requests that no pace undercuts; 0 if no rate was given."""

    @property
    def closed_until(self) -> float:
        """The moment at which the gate opens, or opened last."""

    def next_send(self, now: float) -> float:
        """The earliest moment at which it is worth asking for a place: now or later."""

    def earliest(self, now: float) -> float:
        """The moment before which the next request surely does not leave: now or later."""

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now, if there is one."""

    def give_back(self) -> None:
        """A request that had its place does not leave."""

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request was answered, and not by a 429."""

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request was answered 429."""

    def set_apart(self, operation: str, now: float) -> None:
        """The 429s so far were about a quota of that operation: forget them."""


@attrs.define(eq=False)
class Waiter:
    """A task that waits for a place.

    Attributes:
        future: Gets the moment at which its request leaves.
        deadline: The moment until which it waits.
        operation: What it wants to send.
    """

    future: asyncio.Future[float]
    deadline: float
    operation: str


@attrs.define(eq=False)
class Line:
    """Those who wait in one event loop, and the timer that wakes them."""

    waiters: deque[Waiter] = attrs.Factory(deque)
    timer: asyncio.TimerHandle | None = None
    timer_at: float = math.inf


class RequestQueue:
    """The requests of one account to one host.

    Args:
        host: The host, with its scheme.
        controller: Says when requests may leave.
        max_wait: Seconds that a request waits at most; None for as long as it takes.
        account: The account.
        operation: The operation, if the lane is for one with a quota of its own.
        branch: Makes the lane of such an operation. None if there is to be none.
        link: Keeps the controller in touch with other processes, if it is one that they share.
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
        self._lines: LoopLocal[Line] = LoopLocal(Line)
        self._throttled = 0
        self._quotas = OperationQuotas()
        self._apart: dict[str, RequestQueue] = {}
        self.used_at: float = time.monotonic()
        # Several event loops, each in its thread, may use one throttle.
        self.lock: threading.RLock = threading.RLock()
        _LANES.add(self)
        if link is not None:
            link.attach(self)

    # A request's way -------------------------------------------------------------------------------------------------

    def try_acquire(self, operation: str = "") -> float:
        """Pass without waiting.

        Returns:
            The moment at which the request leaves (`time.monotonic`), or 0 when it has to wait.
        """
        if operation in self._apart or self._lines.get().waiters:
            return 0.0
        self.used_at = now = time.monotonic()
        with self.lock:
            passed = self._controller.try_send(now)
        if self._link is not None:
            self._link.poke(now)
        return now if passed else 0.0

    async def acquire(self, operation: str = "") -> float:
        """Wait for a place.

        Returns:
            The moment at which the request leaves (`time.monotonic`).

        Raises:
            ThrottleTimeout: when it would take longer than the throttle's `max_wait`.
            ConfigurationError: when the store that processes share can't be used.
        """
        own = self._apart.get(operation)
        deadline = time.monotonic() + self._max_wait
        if own is None:
            return await self._wait(operation, deadline)
        # The operation's own quota first: who waits for that holds nobody else back.
        own.try_acquire() or await own._wait(operation, deadline)
        try:
            return self._try_here() or await self._wait(operation, deadline)
        except BaseException:
            own._give_place_back()
            raise

    def accepted(self, sent_at: float, operation: str = "") -> None:
        """A request that left at that moment was answered, and not by a 429."""
        now = time.monotonic()
        with self.lock:
            self._controller.on_accepted(sent_at, now)
            self._quotas.on_accepted(operation)
        if operation in self._apart:
            self._apart[operation].accepted(sent_at)
        if self._link is not None:
            self._link.poke(now)

    def throttled(self, sent_at: float, retry_after: float | None, operation: str = "") -> ThrottleEvent | None:
        """A request that left at that moment was answered 429: nobody passes until the time is over.

        Returns:
            The closing of the gate; None where it was closed already.
        """
        if operation in self._apart:
            return self._apart[operation].throttled(sent_at, retry_after)
        now = time.monotonic()
        with self.lock:
            was_closed = self._controller.closed_until > now
            self._controller.on_throttled(sent_at, now, retry_after)
            self._throttled += 1
            closed_for = self._controller.closed_until - now
        self._after_change(now)
        if was_closed:
            return None
        event = ThrottleEvent(
            host=self._host, closed_for=closed_for, waiting=self._waiting(), operation=self._operation
        )
        logger.info(
            "%s answered 429%s: no request for %.1f seconds; %d wait",
            event.host,
            f" to {self._operation}" if self._operation else "",
            event.closed_for,
            event.waiting,
        )
        if self._branch is not None and operation and self._quotas.on_closing(operation):
            own = self._set_apart(operation)
            return own.throttled(sent_at, retry_after)
        return event

    # Operations with a quota of their own ----------------------------------------------------------------------------

    def see_apart(self, operations: frozenset[str]) -> None:
        """Operations turned out to have a quota of their own, in another process."""
        for operation in operations - self._apart.keys():
            self._set_apart(operation)

    def _set_apart(self, operation: str) -> RequestQueue:
        assert self._branch is not None
        now = time.monotonic()
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

    # Those who wait --------------------------------------------------------------------------------------------------

    def _try_here(self) -> float:
        if self._lines.get().waiters:
            return 0.0
        now = time.monotonic()
        with self.lock:
            return now if self._controller.try_send(now) else 0.0

    async def _wait(self, operation: str, deadline: float) -> float:
        self.used_at = now = time.monotonic()
        line = self._lines.get()
        if line.waiters:
            # Those ahead each take a place, and no pace is faster than a given rate.
            with self.lock:
                earliest = self._controller.earliest(now) + len(line.waiters) * self._controller.least_interval
            if earliest > deadline:
                raise self._refusal(operation, earliest - now)
        waiter = Waiter(asyncio.get_running_loop().create_future(), deadline, operation)
        line.waiters.append(waiter)
        self._let_through(line)
        if self._link is not None:
            self._link.poke(now)
        try:
            return await waiter.future
        except BaseException:
            self._withdraw(line, waiter)
            raise

    def _refusal(self, operation: str, seconds: float) -> ThrottleTimeout:
        return ThrottleTimeout(max(SOONEST, seconds), self._max_wait, operation=operation)

    def _let_through(self, line: Line) -> None:
        """Let those pass whose time has come, refuse those whose time can't come, and wake up for the next one."""
        now = time.monotonic()
        while line.waiters:
            head = line.waiters[0]
            if head.future.done():
                line.waiters.popleft()
                continue
            with self.lock:
                passed = self._controller.try_send(now)
                wait = 0.0 if passed else self._hopeless(head, now)
            if passed:
                head.future.set_result(now)
            elif wait:
                head.future.set_exception(self._refusal(head.operation, wait))
            else:
                break
            line.waiters.popleft()
        self._set_timer(line, now)

    def _hopeless(self, waiter: Waiter, now: float) -> float:
        """Seconds that a waiter would have to wait, if that is surely too long; else 0."""
        if math.isinf(waiter.deadline):
            return 0.0
        earliest = self._controller.earliest(now)
        if earliest > waiter.deadline:
            return earliest - now
        # How long it takes to hear from the store does not count.
        if now >= waiter.deadline + (self._link.grace if self._link is not None else 0.0):
            return max(SOONEST, self._controller.next_send(now) - now)
        return 0.0

    def _set_timer(self, line: Line, now: float) -> None:
        if not line.waiters:
            if line.timer is not None:
                line.timer.cancel()
            line.timer, line.timer_at = None, math.inf
            return
        with self.lock:
            at = max(now, self._controller.next_send(now))
        if line.timer is not None:
            if line.timer_at <= at:
                return  # it looks then, and sets the next one
            line.timer.cancel()
        line.timer_at = at
        line.timer = asyncio.get_running_loop().call_later(at - now, self._wake, line)

    def _wake(self, line: Line) -> None:
        line.timer, line.timer_at = None, math.inf
        self._look(line)

    def _look(self, line: Line) -> None:
        self._let_through(line)
        if self._link is not None:
            self._link.poke(time.monotonic())

    def _withdraw(self, line: Line, waiter: Waiter) -> None:
        """A waiter has gone: its place is another's."""
        future = waiter.future
        if future.done() and not future.cancelled() and future.exception() is None:
            with self.lock:
                self._controller.give_back()
        elif waiter in line.waiters:
            line.waiters.remove(waiter)
        if not future.get_loop().is_closed():  # a task that was never cancelled may be collected later
            self._let_through(line)

    def _give_place_back(self) -> None:
        with self.lock:
            self._controller.give_back()
        self._let_through(self._lines.get())

    def _after_change(self, now: float) -> None:
        """The gate, or the others' places, have changed."""
        self.look_again()
        if self._link is not None:
            self._link.poke(now)

    def look_again(self) -> None:
        """Have those who wait look whether they may pass, in all event loops."""
        here = current_home()
        for home, line in self._lines.items():
            if not line.waiters:
                continue
            if home == here:
                self._let_through(line)
            else:
                # Its loop may have been closed just now.
                try:
                    home.loop.call_soon_threadsafe(self._look, line)
                except RuntimeError:
                    continue

    def refuse_all(self, error: Exception) -> None:
        """Those who wait here get this error."""
        line = self._lines.get()
        while line.waiters:
            waiter = line.waiters.popleft()
            if not waiter.future.done():
                waiter.future.set_exception(error)
        self._set_timer(line, time.monotonic())

    # Looking at it from outside --------------------------------------------------------------------------------------

    @property
    def waiting_here(self) -> int:
        """How many tasks of the running event loop wait."""
        return len(self._lines.get().waiters)

    def _waiting(self) -> int:
        return sum(len(line.waiters) for _, line in self._lines.items())

    def is_idle_since(self, moment: float) -> bool:
        """Whether nobody has used it since that moment, or waits."""
        return self.used_at < moment and not self._waiting()

    @property
    def knows_nothing(self) -> bool:
        """Whether there was no 429, so that a new lane is as good as this one."""
        return not self._throttled

    def snapshots(self) -> list[ThrottleSnapshot]:
        """How the lane stands, and those of operations with a quota of their own."""
        return [self.snapshot(), *(lane.snapshot() for lane in self._apart.values())]

    def snapshot(self) -> ThrottleSnapshot:
        """How the lane stands."""
        now = time.monotonic()
        return ThrottleSnapshot(
            account=self._account,
            host=self._host,
            operation=self._operation,
            phase=self._controller.phase,
            rate=self._controller.rate,
            closed_for=max(0.0, self._controller.closed_until - now),
            waiting=self._waiting(),
            throttled=self._throttled,
        )

    async def rest(self) -> None:
        """Leave the running event loop alone until the next request."""
        if self._link is not None and not self.waiting_here:
            await self._link.rest()
        for lane in self._apart.values():
            await lane.rest()

    def after_fork(self) -> None:
        """Become the lane of a child process: another thread of the parent may have held the lock."""
        self.lock = threading.RLock()
        if self._link is not None:
            self._link.after_fork()


_LANES: WeakSet[RequestQueue] = WeakSet()


def _after_fork() -> None:
    for lane in list(_LANES):
        lane.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
