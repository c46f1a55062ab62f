"""Holds requests back: one gate and one rate for all tasks of an account.

When a request is answered 429, every task waits before its next one. Tasks pass in the order of their arrival, spread
out at the rate that the `RateController` has found or was given.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from typing import Protocol

import attrs

from aiovonage.core.errors import ConfigurationError, RateLimited
from aiovonage.core.events import ThrottleEvent
from aiovonage.core.problem import Problem
from aiovonage.core.rate_controller import RateController

logger: logging.Logger = logging.getLogger("aiovonage.throttle")


@attrs.frozen(kw_only=True)
class ThrottleSnapshot:
    """How an account stands with a host.

    Attributes:
        host: The host, with its scheme.
        rate: Requests a second that are let through; None while no limit is known.
        closed_for: Seconds until the gate opens; 0 while it is open.
        waiting: How many tasks wait.
        throttled: How many requests were answered 429 so far.
    """

    host: str
    rate: float | None
    closed_for: float
    waiting: int
    throttled: int


class Throttle:
    """One throttle for all requests of a client, or of several that are given the same one.

    It keeps a lane for each account and host (and for operations whose documents state a limit, one with that limit).

    Args:
        rate: Requests a second that each lane lets through. Without it, a documented limit is kept to, and otherwise
            the rate is found: nothing is held back until the first 429.
        max_wait: Seconds that a request waits at most before it is sent; then it raises `RateLimited`. Default: as long
            as it takes.
        shared_in: A directory; all processes of this machine that name it share the rate and the gate, and take turns.
            It holds a small file for each lane, which outlives them: a process that starts knows what is known. Not on
            Windows, and not on a file system that several machines mount.

    Raises:
        ConfigurationError: for a bad argument, as a directory that can't be written to.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        max_wait: float | None = None,
        shared_in: str | os.PathLike[str] | None = None,
    ) -> None:
        if rate is not None and not rate > 0:
            raise ConfigurationError("rate must be a positive number of requests a second, or None")
        if max_wait is not None and not max_wait >= 0:
            raise ConfigurationError("max_wait must be a number of seconds, or None")
        if shared_in is not None and not os.access(shared_in, os.W_OK | os.X_OK):
            raise ConfigurationError(f"shared_in: {os.fspath(shared_in)} is no directory that can be written to")
        self.rate = rate
        self.max_wait = max_wait
        self.shared_in = shared_in
        self._lanes: dict[tuple[str, str, float | None], Lane] = {}

    def lane(self, account: str, host: str, documented_rate: float | None) -> Lane:
        """The lane of an account's requests to a host."""
        key = (account, host, documented_rate)
        lane = self._lanes.get(key)
        if lane is None:
            rate = self.rate if self.rate is not None else documented_rate
            lane = self._lanes[key] = Lane(host, self._controller(key, rate), self.max_wait)
        return lane

    def _controller(self, lane: tuple[object, ...], rate: float | None) -> Controller:
        if self.shared_in is None:
            return RateController(rate)
        from aiovonage.core.shared_rate import SharedRateController

        return SharedRateController.in_directory(self.shared_in, lane, rate)

    def snapshot(self) -> list[ThrottleSnapshot]:
        """How each lane stands."""
        return [lane.snapshot() for lane in self._lanes.values()]


class Controller(Protocol):
    """Says when the next request may leave; see `RateController`."""

    @property
    def rate(self) -> float | None:
        """Requests a second that are let through now; None while nothing is held back."""

    @property
    def closed_until(self) -> float:
        """The moment at which the gate opens, or opened last."""

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave: now or later."""

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now, if there is one."""

    def give_back(self) -> None:
        """A request that had its place does not leave."""

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request was answered, and not by a 429."""

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request was answered 429."""


class Lane:
    """The requests of one account to one host, in the order of their arrival."""

    def __init__(self, host: str, controller: Controller, max_wait: float | None) -> None:
        self._host = host
        self._controller = controller
        self._max_wait = max_wait
        self._waiters: deque[asyncio.Future[float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._throttled = 0

    def try_acquire(self) -> float:
        """Pass without waiting.

        Returns:
            The moment at which the request leaves (`time.monotonic`), or 0 when it has to wait.
        """
        if self._waiters:
            return 0.0
        now = time.monotonic()
        return now if self._controller.try_send(now) else 0.0

    async def acquire(self) -> float:
        """Wait for a place.

        Returns:
            The moment at which the request leaves (`time.monotonic`).

        Raises:
            RateLimited: when it would take longer than the throttle's `max_wait`.
        """
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        self._let_through()
        try:
            async with asyncio.timeout(self._max_wait):
                return await future
        except TimeoutError:
            self._give_back(future)
            wait = max(0.0, self._controller.next_send(time.monotonic()) - time.monotonic())
            title = f"Held back by the throttle for {self._max_wait} seconds, and not sent"
            raise RateLimited(429, problem=Problem(title=title), retry_after=wait) from None
        except BaseException:
            self._give_back(future)
            raise

    def accepted(self, sent_at: float) -> None:
        """A request that left at that moment was answered, and not by a 429."""
        self._controller.on_accepted(sent_at, time.monotonic())

    def throttled(self, sent_at: float, retry_after: float | None) -> ThrottleEvent | None:
        """A request that left at that moment was answered 429: nobody passes until the time is over.

        Returns:
            The closing of the gate; None where it was closed already.
        """
        now = time.monotonic()
        was_closed = self._controller.closed_until > now
        self._controller.on_throttled(sent_at, now, retry_after)
        self._throttled += 1
        if was_closed:
            return None
        event = ThrottleEvent(
            host=self._host, closed_for=self._controller.closed_until - now, waiting=len(self._waiters)
        )
        logger.info(
            "%s answered 429: no request for %.1f seconds; %d wait", event.host, event.closed_for, event.waiting
        )
        return event

    def snapshot(self) -> ThrottleSnapshot:
        """How the lane stands."""
        return ThrottleSnapshot(
            host=self._host,
            rate=self._controller.rate,
            closed_for=max(0.0, self._controller.closed_until - time.monotonic()),
            waiting=len(self._waiters),
            throttled=self._throttled,
        )

    def _let_through(self) -> None:
        """Let those pass whose time has come, and wake up for the next one."""
        now = time.monotonic()
        while self._waiters:
            if self._waiters[0].done():
                self._waiters.popleft()
            elif self._controller.try_send(now):
                self._waiters.popleft().set_result(now)
            else:
                break
        if self._waiters and self._timer is None:
            delay = max(0.0, self._controller.next_send(now) - now)
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake)
        elif self._timer is not None and not self._waiters:
            self._timer.cancel()  # it would never fire in the event loop of a later `asyncio.run`
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        self._let_through()

    def _give_back(self, future: asyncio.Future[float]) -> None:
        """A waiter has gone: its place is another's."""
        if future.done() and not future.cancelled():
            self._controller.give_back()
        elif future in self._waiters:
            self._waiters.remove(future)
        self._let_through()
