"""The time of a history."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import get_ident
from typing import Any
from unittest.mock import patch

from aiovonage._core.throttle import queue

EPOCH = 1_800_000_000.0
"""The moment at which a history begins, in Unix time."""


class Clock:
    """Seconds since a history began. They pass when somebody says so.

    Attributes:
        now: Seconds since the beginning.
        booted: What `time.monotonic` said at the beginning; each life of the client has its own, as after a reboot.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.booted = 1000.0

    def monotonic(self) -> float:
        """What `time.monotonic` gives."""
        return self.booted + self.now

    def time(self) -> float:
        """What `time.time` gives."""
        return EPOCH + self.now

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` does."""
        self.now += seconds

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the functions of `time`, for the code under test.

        Other threads keep their time: an event loop that began to sleep for a tenth of a second by this clock might
        wake a day later by the machine's.
        """
        player = get_ident()

        def replaced(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            real = getattr(time, name)
            return lambda *given: function(*given) if get_ident() == player else real(*given)

        with ExitStack() as stack:
            for name, function in (
                ("monotonic", self.monotonic),
                ("perf_counter", self.monotonic),
                ("time", self.time),
                ("monotonic_ns", lambda: int(self.monotonic() * 1e9)),
                ("perf_counter_ns", lambda: int(self.monotonic() * 1e9)),
                ("time_ns", lambda: int(self.time() * 1e9)),
                ("clock_gettime", lambda _: self.monotonic()),
                ("sleep", self.sleep),
            ):
                stack.enter_context(patch.object(time, name, replaced(name, function)))
            stack.enter_context(patch.object(queue, "monotonic", time.monotonic))  # it has the function by its name
            yield
