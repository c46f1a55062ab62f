"""Throttles requests: one pause and one rate for all tasks of an account.

When a request gets a 429, every task waits before its next request. Tasks pass in the order of their arrival, spaced at
the rate that was found or given.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from functools import partial

from aiovonage._core.hidden_url import HiddenUrl
from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.queue import RequestQueue
from aiovonage._core.throttle.snapshot import ThrottleSnapshot
from aiovonage.errors import ConfigurationError

__all__ = ["RequestQueue", "Throttle", "ThrottleSnapshot"]

FORGET_IDLE = 60.0
"""Seconds after which an unused queue without a 429 is dropped."""
FORGET_LEARNT = 3600.0
"""The same for a queue that has had 429s."""
MOST_IDLE = 32
"""How many idle queues without a 429 are kept. Beyond that, the least recently used ones are dropped."""


class Throttle:
    """The throttle for all requests of one client, or of several clients that share it.

    It keeps a queue for each account and host, and a separate one for each operation with a documented limit. If the
    429s of a host turn out to be about a single operation, that operation gets its own queue as well.

    Args:
        rate: Requests per second that each queue lets through. By default, a documented limit applies; if there is
            none, the throttle finds the rate. Until the first 429, 32 requests leave at once, and more with each
            answer.
        max_wait: Seconds that a request waits at most before it is sent. A request that would have to wait longer
            raises `ThrottleTimeout`, immediately if that is certain. If given, nothing is held back until the first
            429. Default: wait as long as it takes.
        shared_in: Where processes share the rate and the pauses, and take turns: a directory (for the processes of one
            machine; it gets a small file, `throttle.db`). What is known stays there for an hour after the last use:
            a process that starts knows it.

    Raises:
        ConfigurationError: for a bad argument, such as a directory that can't be written to.
    """

    __module__ = "aiovonage"

    def __init__(
        self,
        rate: float | None = None,
        *,
        max_wait: float | None = None,
        shared_in: str | os.PathLike[str] | None = None,
    ) -> None:
        if rate is not None and not (_is_number(rate) and 0 < rate < math.inf):
            raise ConfigurationError(f"rate must be a positive number of requests a second, or None; it is {rate!r}")
        if max_wait is not None and not (_is_number(max_wait) and max_wait >= 0):
            raise ConfigurationError(f"max_wait must be a number of seconds, or None; it is {max_wait!r}")
        if isinstance(shared_in, str):
            shared_in = HiddenUrl(shared_in) if "://" in shared_in else shared_in
        # 40 and 40.0 are the same rate.
        self.rate: float | None = None if rate is None else float(rate)
        self.max_wait = max_wait
        self.shared_in = shared_in
        self._queues: dict[tuple[str, str, float | None], RequestQueue] = {}
        self._store = None
        if shared_in is not None:
            from aiovonage._core.throttle.stores.open_store import open_store

            self._store = open_store(shared_in)

    def queue(self, account: str, host: str, documented_rate: float | None) -> RequestQueue:
        """The queue of an account's requests to a host."""
        key = (account, host, documented_rate)
        queue = self._queues.get(key)
        if queue is None:
            self._drop_idle()
            rate = self.rate if self.rate is not None else documented_rate
            queue = self._queues[key] = self._make(key, rate, None)
        return queue

    def _make(self, key: tuple[str, str, float | None], rate: float | None, operation: str | None) -> RequestQueue:
        account, host, _ = key
        branch = partial(self._make, key, None) if operation is None else None
        if self._store is None:
            alone = RateController.for_rate(rate)
            if self.max_wait is not None:
                alone.window = None  # a request that must not wait for long does not wait for answers to others
            return RequestQueue(host, alone, self.max_wait, account=account, operation=operation, branch=branch)
        from aiovonage._core.throttle.shared.controller import SharedRateController
        from aiovonage._core.throttle.shared.link import StoreLink
        from aiovonage._core.throttle.shared.record import FORMAT

        # The name reveals nothing. Versions of this library that learn in different ways use different names.
        name = hashlib.sha256(repr((*key, operation, FORMAT)).encode()).hexdigest()[:32]
        controller = SharedRateController(name, rate, store=self._store.name)
        return RequestQueue(
            host,
            controller,
            self.max_wait,
            account=account,
            operation=operation,
            branch=branch,
            link=StoreLink(self._store, controller),
        )

    def _drop_idle(self) -> None:
        """Drop unused queues, because a service may use many accounts."""
        now = time.monotonic()
        queues = list(self._queues.items())
        fresh = [(queue.used_at, key) for key, queue in queues if queue.knows_nothing and queue.is_idle_since(now)]
        excess = {key for _, key in sorted(fresh)[: max(0, len(fresh) - MOST_IDLE)]}
        for key, queue in queues:
            oldest = now - (FORGET_IDLE if queue.knows_nothing else FORGET_LEARNT)
            if key in excess or queue.is_idle_since(oldest):
                self._queues.pop(key, None)

    async def _rest(self) -> None:
        """Close what belongs to the running event loop when its client is closed. Other loops may continue."""
        if self._store is not None:
            for queue in list(self._queues.values()):
                await queue.rest()
            await self._store.close()

    def snapshot(self) -> list[ThrottleSnapshot]:
        """Return the state of each queue."""
        return [snapshot for queue in list(self._queues.values()) for snapshot in queue.snapshots()]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
