"""An event loop whose time is a `Clock`'s. Nothing waits in it, and no thread runs beside it.

When no callback is ready, the clock jumps to the next timer. When there is no timer either, the history hangs, which is
an error at once. What would run on a thread runs where it is called; its result comes some milliseconds later, so that
other tasks get their turn meanwhile as they would.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from tests.simulation.clock import Clock

SPINNING = 20_000
"""Turns of the loop without any time passing that are taken for an endless loop."""

THREAD = (0.0002, 0.02)
"""Seconds until the result of a function on a thread is there, at least and at most."""

OVERSHOOT = 1e-6
"""Seconds by which timers are late, so that rounding does not make one early."""


class Hung(BaseException):
    """Nothing is ready, nothing is scheduled, and the run has not ended; or it turns in circles."""


class Crashed(BaseException):
    """The process is gone. It goes through no code of the client: the loop itself stops."""


class VirtualLoop(asyncio.BaseEventLoop):
    """The loop.

    Args:
        clock: Its time.
        dice: For how long threads take.

    Attributes:
        crash_at: The moment at which the process is gone.
        crash_now: Set when it is to be gone before the next turn.
        ends_at: The moment after which the history is endless.
        around: Called around each function on a thread; it is given a function that runs it.
    """

    def __init__(self, clock: Clock, dice: random.Random) -> None:
        super().__init__()
        self._clock = clock
        self._dice = dice
        self._selector = self  # where `_run_once` waits for sockets, of which there are none
        self._clock_resolution = 0.0  # no timer is early
        self._turns = 0
        self._serial = 0
        self._thread_free_at: dict[int, float] = {}
        self.crash_at: float = float("inf")
        self.crash_now: bool = False
        self.ends_at: float = float("inf")
        self.around: Callable[[Callable[[], None]], None] = lambda run: run()
        self.set_task_factory(self._new_task)

    def select(self, timeout: float | None) -> list[object]:
        """Let time pass until the next timer."""
        if self.crash_now or self._clock.now >= self.crash_at:
            raise Crashed
        if self._clock.now >= self.ends_at:
            raise Hung(f"the run goes on and on; tasks: {self._waiting()}")
        if timeout is None:
            raise Hung(f"nothing is ready or scheduled, but the run has not ended; waiting: {self._waiting()}")
        if timeout <= 0 and self._ready:  # type: ignore[attr-defined]
            self._turns += 1
            if self._turns > SPINNING:
                raise Hung(f"{SPINNING} turns of the loop without any time passing; tasks: {self._waiting()}")
            return []
        self._turns = 0
        if self._clock.now + timeout >= self.crash_at:
            self._clock.now = self.crash_at
            raise Crashed
        self._clock.now += timeout + OVERSHOOT
        return []

    def time(self) -> float:
        """The clock's monotonic time."""
        return self._clock.monotonic()

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run a function at once, and give its result later; those of one executor in their order."""
        self._check_closed()  # type: ignore[attr-defined]
        future = self.create_future()
        result: list[Any] = []

        def run() -> None:
            try:
                result.append(func(*args))
            except Exception as error:
                result.append(error)
                future.add_done_callback(lambda done: done.cancelled() or done.exception())

        self.around(run)

        def deliver() -> None:
            if future.done():  # cancelled meanwhile
                return
            if isinstance(result[0], Exception):
                future.set_exception(result[0])
            else:
                future.set_result(result[0])

        began = max(self.time(), self._thread_free_at.get(id(executor), 0.0))
        ends = self._thread_free_at[id(executor)] = began + self._dice.uniform(*THREAD)
        self.call_at(ends, deliver)
        return future

    def create_future(self) -> asyncio.Future[Any]:
        """A future whose place in a set is the same in each replay."""
        self._serial += 1
        return _Future(self._serial, loop=self)

    def _waiting(self) -> str:
        """Where the tasks are, for whoever reads of a hang."""
        frames = [task.get_stack(limit=1) for task in sorted(asyncio.all_tasks(self), key=hash)]
        places = Counter(f"{f[-1].f_code.co_qualname}:{f[-1].f_lineno}" for f in frames if f)
        return ", ".join(f"{times} in {place}" for place, times in places.items())

    def bury(self) -> None:
        """End without running any more of the tasks."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._ready.clear()  # type: ignore[attr-defined]
        self._scheduled.clear()  # type: ignore[attr-defined]
        self.close()

    def _new_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        self._serial += 1
        return _Task(self._serial, coroutine, loop=loop, **options)

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """There is no other thread that the loop would have to be woken from."""


class _Future(asyncio.Future[Any]):
    def __init__(self, serial: int, **options: Any) -> None:
        super().__init__(**options)
        self._serial = serial

    def __hash__(self) -> int:
        return self._serial


class _Task(asyncio.Task[Any]):
    def __init__(self, serial: int, coroutine: Any, **options: Any) -> None:
        self._serial = serial
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._serial


@contextmanager
def no_threads() -> Iterator[None]:
    """What is given to a pool of threads directly runs at once, too."""

    def submit(_: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future

    with patch.object(ThreadPoolExecutor, "submit", submit):
        yield
