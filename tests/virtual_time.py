"""Tests that wait for nothing: what they sleep passes at once.

A backoff, an outage that is waited out or a rate that is kept to costs a test seconds, in which nothing happens. In
virtual time the clock jumps to the next timer when no task is ready, so that the same waits are waited in full, and
exactly. It is for tests whose requests end in a function: no socket, thread or program can be waited for in it.

Backoffs are random as well, from the same seed each time: a test that meets many faults passes always or never.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec

from tests.simulation.clock import Clock
from tests.simulation.loop import VirtualLoop, no_threads

P = ParamSpec("P")

LONGEST = 24 * 3600.0
"""Seconds after which a test hangs."""


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in an event loop whose time passes at once.

    A test that waits for what never comes fails at once, and says where each task waits.
    """

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        clock = Clock()
        with clock.installed(), no_threads(), _seeded():
            loop = VirtualLoop(clock, random.Random(0))
            loop.ends_at = LONGEST
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(test(*args, **kwargs))

    return run


@contextmanager
def _seeded() -> Iterator[None]:
    before = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(before)
