"""The queue of a run: numbers to send, and numbers to check at a later time."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from typing import TYPE_CHECKING

from aiovonage.bulk._work import Entry, Work

if TYPE_CHECKING:
    from aiovonage.bulk._targets import Target

MOST_DEFERRED = 4096
"""Sending pauses once this many numbers wait for a check: numbers that cannot be reconciled must not pile up."""


class Backlog:
    """A queue with two lanes. Due checks come before numbers to send.

    Args:
        size: How many numbers may wait to be sent.
        batch: The most numbers that are sent together.
        together: Whether a given count of due numbers of one target is checked with one list.
    """

    def __init__(self, *, size: int, batch: int, together: Callable[[Target, int], bool]) -> None:
        self._size = size
        self._batch = batch
        self._together = together
        self._fresh: deque[Entry] = deque()
        self._groups: deque[list[Entry]] = deque()
        self._deferred: list[tuple[float, int, Entry]] = []
        self._due: dict[Target, deque[Entry]] = {}
        self._alone: deque[Entry] = deque()
        self._order = count()
        self._in_hand = 0
        self._closed = False
        self._dropped = False
        self._full = False
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._timer: asyncio.Handle | None = None
        self._rings_at = 0.0

    async def put(self, entry: Entry) -> None:
        """Add a number to send; wait while the queue is full."""
        while not self.try_put(entry):
            self._full = True
            self._room.clear()
            await self._room.wait()

    def try_put(self, entry: Entry) -> bool:
        """Add a number to send if the queue has room; return whether it had."""
        if len(self._fresh) >= self._size:
            return False
        if not self._dropped:
            self._fresh.append(entry)
            if self._waiters:
                self._wake()
        return True

    async def reconcile(self, entry: Entry) -> None:
        """Add a number that must be checked before it is sent; wait while too many checks are pending."""
        while self._to_look_at() >= MOST_DEFERRED and not self._dropped:
            self._room.clear()
            await self._room.wait()
        self.check([entry])

    def again(self, group: list[Entry]) -> None:
        """Send a group of numbers together, ahead of new numbers."""
        if not self._dropped:
            self._groups.append(group)
            self._wake()

    def check(self, entries: Iterable[Entry]) -> None:
        """Schedule the next check of each number."""
        for entry in entries:
            self.defer(entry, entry.next_look())

    def defer(self, entry: Entry, when: float) -> None:
        """Schedule a check of a number at `when`, in the event loop's time."""
        if not self._dropped:
            heapq.heappush(self._deferred, (when, next(self._order), entry))
            self._set_timer(when)

    async def take(self, idle: Callable[[], None]) -> Work | None:
        """Wait for the next work; None when the queue is finished. Call `done` after processing it.

        Args:
            idle: Called before waiting because no work is available.
        """
        while True:
            if (work := self.next()) is not None:
                return work
            if self._is_over():
                self._wake_all()
                return None
            idle()
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._wake()
                raise

    def done(self) -> None:
        """Mark taken work as done, once all follow-up work has been added."""
        self._in_hand -= 1
        if self._closed and self._is_over():
            self._wake_all()

    def close(self) -> None:
        """Declare the end of the input."""
        self._closed = True
        if self._is_over():
            self._wake_all()

    def drop(self) -> None:
        """Discard all work that has not started, including scheduled checks."""
        self._dropped = True
        self._fresh.clear()
        self._groups.clear()
        self._deferred.clear()
        self._due.clear()
        self._alone.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._room.set()
        self.close()

    def next(self) -> Work | None:
        """Return work that can be done now, or None."""
        work = self._next_look() if self._deferred or self._due or self._alone else None
        if work is None and len(self._deferred) < MOST_DEFERRED:
            if self._groups:
                work = Work(self._groups.popleft(), check=False)
            elif self._fresh:
                work = self._next_send()
        if work is not None:
            self._in_hand += 1
        return work

    def _next_look(self) -> Work | None:
        self._collect_due()
        if self._alone:
            return Work([self._alone.popleft()], check=True)
        for target, due in self._due.items():
            if self._together(target, len(due)):
                del self._due[target]
                return Work(list(due), check=True)
            entry = due.popleft()
            if not due:
                del self._due[target]
            return Work([entry], check=True)
        return None

    def _next_send(self) -> Work:
        first = self._fresh.popleft()
        entries = [first]
        if self._batch > 1:
            while len(entries) < self._batch and self._fresh and self._fresh[0].target == first.target:
                entries.append(self._fresh.popleft())
        if self._full and len(self._fresh) < self._size:
            self._full = False
            self._room.set()
        return Work(entries, check=False)

    def _collect_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._deferred and self._deferred[0][0] <= now:
            _, _, entry = heapq.heappop(self._deferred)
            if entry.alone:
                self._alone.append(entry)
            else:
                self._due.setdefault(entry.target, deque()).append(entry)
        if len(self._deferred) < MOST_DEFERRED:
            self._room.set()

    def _is_over(self) -> bool:
        return self._closed and not (self._in_hand or self._fresh or self._groups or self._to_look_at())

    def _to_look_at(self) -> int:
        return len(self._deferred) + len(self._alone) + sum(map(len, self._due.values()))

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _wake_all(self) -> None:
        while self._waiters:
            self._wake()

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            if self._rings_at <= when:
                return
            self._timer.cancel()
        self._rings_at = when  # uvloop returns a handle without a time if it is already due
        self._timer = asyncio.get_running_loop().call_at(when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        later = [when for when, _, _ in self._deferred if when > now]
        if later:
            self._set_timer(min(later))
        self._wake_all()
