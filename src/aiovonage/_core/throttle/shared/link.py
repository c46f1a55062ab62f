"""Keeps a `SharedRateController` in touch with its store: starts an exchange when one is due, one at a time."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from threading import RLock
from typing import Protocol

import attrs

from aiovonage._core.event_loop.loop_local import Home, LoopLocal, current_home
from aiovonage._core.throttle.shared.controller import PATIENCE, SharedRateController
from aiovonage._core.throttle.stores.rate_store import RateStore, StoreUnavailable
from aiovonage.errors import ConfigurationError

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

TIMEOUT = 1.0
"""Seconds until an exchange times out. Processes that share the rate keep to their shares for longer than that."""


class Waiting(Protocol):
    """The queue that the link serves."""

    lock: RLock
    """Held while the controller is used."""

    @property
    def waiting_here(self) -> int:
        """How many tasks of the running event loop wait."""

    def look_again(self) -> None:
        """Let tasks pass whose turn has come."""

    def see_apart(self, operations: frozenset[str]) -> None:
        """Note operations that were found to have their own quota."""

    def refuse_all(self, error: Exception) -> None:
        """Raise this error in all waiting tasks of the running event loop."""


@attrs.define(eq=False)
class Timer:
    """An event loop's timer for its next exchange."""

    handle: asyncio.TimerHandle | None = None
    at: float = math.inf


class StoreLink:
    """Connects a queue's controller with the store.

    Args:
        store: Where the processes keep what they share.
        controller: The controller.
    """

    grace: float = PATIENCE
    """Seconds that an exchange may take on top of a request's longest wait."""

    def __init__(self, store: RateStore, controller: SharedRateController) -> None:
        self._store = store
        self._controller = controller
        self._queue: Waiting | None = None
        self._timers: LoopLocal[Timer] = LoopLocal(Timer)
        self._running: tuple[Home, asyncio.Task[None]] | None = None

    def attach(self, queue: Waiting) -> None:
        """Serve this queue."""
        self._queue = queue

    def poke(self, now: float) -> None:
        """Start an exchange if one is due, or a timer for the next. Call this whenever something has changed."""
        queue = self._queue
        assert queue is not None
        with queue.lock:
            if self._running is not None:
                if not self._running[0].is_gone:
                    return
                self._running = None
                self._controller.abandoned()
            due = self._controller.exchange_at(now, queue.waiting_here)
            if due is None:
                return
            if due > now:
                self._set_timer(due, now)
                return
            home = current_home()
            self._running = home, home.loop.create_task(self._exchange(queue))

    def _set_timer(self, due: float, now: float) -> None:
        timer = self._timers.get()
        if timer.handle is not None:
            if timer.at <= due:
                return
            timer.handle.cancel()
        timer.at = due
        timer.handle = asyncio.get_running_loop().call_later(due - now, self._on_timer, timer)

    def _on_timer(self, timer: Timer) -> None:
        timer.handle, timer.at = None, math.inf
        self.poke(time.monotonic())

    async def _exchange(self, queue: Waiting) -> None:
        controller = self._controller
        with queue.lock:
            ask = controller.ask(time.monotonic(), queue.waiting_here)
        fatal: ConfigurationError | None = None
        try:
            try:
                async with asyncio.timeout(TIMEOUT):
                    answer = await self._store.exchange(ask)
            except TimeoutError:
                self._failed(queue, f"no answer within {TIMEOUT:g} s")
            except StoreUnavailable as error:
                self._failed(queue, str(error))
            except ConfigurationError as error:
                self._failed(queue, str(error).removeprefix("shared_in: "))
                # Once the store has worked, this is not a reason to stop: the credentials may just be being rotated.
                fatal = None if controller.has_reached_store else error
            except Exception as error:
                # An unexpected error must not make every request wait for ever.
                logger.exception("the shared throttle met an unexpected error; please report it")
                self._failed(queue, type(error).__name__)
            else:
                with queue.lock:
                    controller.answered(answer, time.monotonic())
        except BaseException:
            controller.abandoned()
            raise
        finally:
            self._running = None
        if fatal is not None:
            queue.refuse_all(fatal)
        queue.see_apart(controller.apart)
        queue.look_again()
        self.poke(time.monotonic())

    def _failed(self, queue: Waiting, reason: str) -> None:
        with queue.lock:
            self._controller.failed(time.monotonic(), reason)

    async def rest(self) -> None:
        """End this event loop's exchange and timer, until something happens again."""
        timer = self._timers.get()
        if timer.handle is not None:
            timer.handle.cancel()
        timer.handle, timer.at = None, math.inf
        running = self._running
        if running is not None and running[0] == current_home():
            running[1].cancel()
            await asyncio.wait([running[1]])

    def after_fork(self) -> None:
        """Reset the link in a forked child process."""
        self._running = None
        self._controller.after_fork()
