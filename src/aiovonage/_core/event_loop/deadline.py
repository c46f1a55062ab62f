"""Timeouts that share one timer among all calls with the same timeout.

`asyncio.timeout` schedules and cancels a timer for each call, which was a fifth of the cost of a request over the
transport `fast`. Calls with the same timeout expire in the order in which they began, so a single timer for the oldest
of them is enough, and it never has to be cancelled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiovonage._core.event_loop.loop_local import LoopLocal

if TYPE_CHECKING:
    from types import TracebackType

SHARED_TIMES = 8
"""The most timeouts that share timers. A caller may pass the rest of its own deadline, which is different for each
call; the queues of such timeouts would fill the memory.
"""


class Deadlines:
    """The deadlines of a client, in any number of event loops."""

    def __init__(self) -> None:
        self._queues: LoopLocal[dict[float, _Queue]] = LoopLocal(dict)

    def after(self, seconds: float) -> Deadline:
        """A context that is cancelled after so many seconds, and then raises `TimeoutError`, like `asyncio.timeout`."""
        queues = self._queues.get()
        queue = queues.get(seconds)
        if queue is None:
            queue = _Queue(seconds, asyncio.get_running_loop(), queues if len(queues) < SHARED_TIMES else None)
        return Deadline(queue)


class Deadline:
    """The deadline of one call."""

    __slots__ = ("_cancelling", "_queue", "_task", "due", "expired")

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self.due: float = 0.0
        self.expired: bool = False

    def __enter__(self) -> None:
        queue = self._queue
        task = asyncio.current_task(queue.loop)
        assert task is not None, "a call is made in a task"
        self._task = task
        self._cancelling = task.cancelling()
        self.due = queue.loop.time() + queue.seconds
        queue.waiting[self] = None
        if queue.timer is None:
            queue.set_timer(self.due)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.expired:
            queue = self._queue
            queue.waiting.pop(self, None)
            if not queue.shared:
                queue.cancel_timer()
        # If somebody else cancelled the task too, their CancelledError must pass, as in asyncio.timeout.
        elif self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """Cancel the task, because its time is over."""
        self.expired = True
        self._task.cancel()


class _Queue:
    """The deadlines of calls with the same timeout, the earliest first.

    Args:
        seconds: The timeout.
        loop: The event loop.
        queues: The queues by timeout, in which this one is registered while its timer is set; None for a single call.
    """

    def __init__(self, seconds: float, loop: asyncio.AbstractEventLoop, queues: dict[float, _Queue] | None) -> None:
        self.seconds = seconds
        self.loop = loop
        self.waiting: dict[Deadline, None] = {}
        self.timer: asyncio.TimerHandle | None = None
        self.shared: bool = queues is not None
        self._queues = queues
        if queues is not None:
            queues[seconds] = self

    def set_timer(self, due: float) -> None:
        self.timer = self.loop.call_at(due, self._expire)
        if self._queues is not None:
            self._queues[self.seconds] = self

    def cancel_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _expire(self) -> None:
        self.timer = None
        while self.waiting:
            first = next(iter(self.waiting))
            if first.due > self.loop.time():
                self.timer = self.loop.call_at(first.due, self._expire)
                return
            del self.waiting[first]
            first.expire()
        if self._queues is not None:
            self._queues.pop(self.seconds, None)
