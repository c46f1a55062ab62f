"""Tasks that wait for a slot, in the order of their arrival.

Futures and timers belong to one event loop, so each loop has its own line. All lines draw on the same slots.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import attrs

from aiovonage._core.event_loop.loop_local import Home, LoopLocal, current_home
from aiovonage._core.throttle.phases import PhaseName
from aiovonage.errors import ThrottleTimeout

if TYPE_CHECKING:
    from aiovonage._core.throttle.shared.link import StoreLink

SOONEST = 0.001
"""The smallest `retry_after` of a refusal, in seconds. With 0, a task would retry in a busy loop."""


class Controller(Protocol):
    """Decides when the next request may leave; see `RateController`. All moments are those of `time.monotonic`."""

    @property
    def phase_name(self) -> PhaseName:
        """The name of the phase that the throttle is in."""

    @property
    def pace(self) -> float | None:
        """Requests per second that may leave now; None while nothing is held back."""

    @property
    def found_rate(self) -> float | None:
        """Requests per second that the server permits, as found or given; None while unknown."""

    @property
    def least_interval(self) -> float:
        """The shortest interval between two slots at any pace, in seconds; 0 if no rate was given."""

    @property
    def paused_until(self) -> float:
        """The moment at which the last pause ends."""

    def next_send(self, now: float) -> float:
        """The earliest moment at which trying to get a slot is worthwhile: now or later."""

    def earliest(self, now: float) -> float:
        """A lower bound on when the next request leaves: now or later."""

    def try_send(self, now: float) -> bool:
        """Take a slot for a request that leaves now, if there is one."""

    def give_back(self) -> None:
        """Return the slot of a request that is not sent after all."""

    def on_accepted(self, sent_at: float, now: float) -> None:
        """Note that a request got a response other than a 429."""

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """Note that a request got a 429."""

    def set_apart(self, operation: str, now: float) -> None:
        """Forget the 429s so far: they were about that operation's own quota."""


@attrs.define(eq=False)
class Waiter:
    """A task that waits for a slot.

    Attributes:
        future: Resolves to the moment at which its request leaves.
        deadline: The moment until which it waits.
        operation: The operation that it wants to call.
    """

    future: asyncio.Future[float]
    deadline: float
    operation: str


@attrs.define(eq=False)
class Line:
    """The tasks of one event loop that wait, and the timer that wakes them."""

    waiters: deque[Waiter] = attrs.Factory(deque)
    timer: asyncio.TimerHandle | None = None
    timer_at: float = math.inf


class WaitingLines:
    """All tasks that wait for the slots of one controller.

    Args:
        controller: Hands out the slots.
        lock: Held while the controller is used.
        max_wait: Seconds that a request waits at most; infinite for as long as it takes.
        link: Keeps the controller in touch with other processes, if they share it.
    """

    def __init__(self, controller: Controller, lock: threading.RLock, max_wait: float, link: StoreLink | None) -> None:
        self.controller = controller
        self.lock = lock
        self._max_wait = max_wait
        self._link = link
        self.occupied: set[Line] = set()
        """Lines with waiting tasks. Finding the line of the running loop would cost each request a system call."""
        self._lines: LoopLocal[Line] = LoopLocal(Line, self._abandon)

    def _abandon(self, line: Line, home: Home) -> None:
        self.occupied.discard(line)

    @property
    def anybody_here(self) -> bool:
        """Whether a task of the running event loop waits."""
        return bool(self.occupied and self._lines.get().waiters)

    @property
    def count_here(self) -> int:
        """How many tasks of the running event loop wait."""
        return len(self._lines.get().waiters)

    @property
    def count(self) -> int:
        """How many tasks wait, in all event loops."""
        return sum(len(line.waiters) for _, line in self._lines.items())

    async def wait(self, operation: str, now: float, deadline: float) -> float:
        """Wait for a slot.

        Returns:
            The moment at which the request leaves.

        Raises:
            ThrottleTimeout: as soon as it is certain that no slot will be free before the deadline.
        """
        line = self._lines.get()
        if line.waiters:
            # Each task ahead takes a slot, and no pace is faster than a given rate.
            with self.lock:
                earliest = self.controller.earliest(now) + len(line.waiters) * self.controller.least_interval
            if earliest > deadline:
                raise self._refusal(operation, earliest - now)
        waiter = Waiter(asyncio.get_running_loop().create_future(), deadline, operation)
        line.waiters.append(waiter)
        self.occupied.add(line)
        self._let_through(line)
        self._poke(now)
        try:
            return await waiter.future
        except BaseException:
            self._withdraw(line, waiter)
            raise

    def let_through(self) -> None:
        """Let tasks of the running event loop pass whose turn has come."""
        self._let_through(self._lines.get())

    def let_through_everywhere(self) -> None:
        """Let tasks pass whose turn has come, in all event loops, after a change of the pause or the pace."""
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
        """Raise this error in all waiting tasks of the running event loop."""
        line = self._lines.get()
        while line.waiters:
            waiter = line.waiters.popleft()
            if not waiter.future.done():
                waiter.future.set_exception(error)
        self._set_timer(line, time.monotonic())

    def _refusal(self, operation: str, seconds: float) -> ThrottleTimeout:
        return ThrottleTimeout(max(SOONEST, seconds), self._max_wait, operation=operation)

    def _let_through(self, line: Line) -> None:
        """Let tasks pass whose turn has come, refuse those whose turn can't come in time, and set the next timer."""
        now = time.monotonic()
        while line.waiters:
            head = line.waiters[0]
            if head.future.done():
                line.waiters.popleft()
                continue
            with self.lock:
                passed = self.controller.try_send(now)
                too_long = 0.0 if passed else self._too_long(head, now)
            if passed:
                head.future.set_result(now)
            elif too_long:
                head.future.set_exception(self._refusal(head.operation, too_long))
            else:
                break
            line.waiters.popleft()
        self._set_timer(line, now)

    def _too_long(self, waiter: Waiter, now: float) -> float:
        """Seconds that a waiter would have to wait, if that is certainly too long; otherwise 0."""
        if math.isinf(waiter.deadline):
            return 0.0
        earliest = self.controller.earliest(now)
        if earliest > max(now, waiter.deadline):
            return earliest - now
        # The time that the store takes to respond does not count.
        if now >= waiter.deadline + (self._link.grace if self._link is not None else 0.0):
            return max(SOONEST, self.controller.next_send(now) - now)
        return 0.0

    def _set_timer(self, line: Line, now: float) -> None:
        if not line.waiters:
            self.occupied.discard(line)
            if line.timer is not None:
                line.timer.cancel()
            line.timer, line.timer_at = None, math.inf
            return
        with self.lock:
            at = max(now, self.controller.next_send(now))
        if line.timer is not None:
            if line.timer_at <= at:
                return  # it checks then, and sets the next timer
            line.timer.cancel()
        line.timer_at = at
        line.timer = asyncio.get_running_loop().call_later(at - now, self._wake, line)

    def _wake(self, line: Line) -> None:
        line.timer, line.timer_at = None, math.inf
        self._look(line)

    def _look(self, line: Line) -> None:
        self._let_through(line)
        self._poke(time.monotonic())

    def _poke(self, now: float) -> None:
        if self._link is not None:
            self._link.poke(now)

    def _withdraw(self, line: Line, waiter: Waiter) -> None:
        """Remove a cancelled waiter: its slot goes to another."""
        future = waiter.future
        if future.done() and not future.cancelled() and future.exception() is None:
            with self.lock:
                self.controller.give_back()
        elif waiter in line.waiters:
            line.waiters.remove(waiter)
        if not future.get_loop().is_closed():  # a task that was never cancelled may be collected later
            self._let_through(line)
