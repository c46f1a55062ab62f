"""The clock of a history is the clock of the thread that plays it, and of no other."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from tests.simulation.clock import EPOCH, Clock

FAR = 1e9
"""Seconds since the start of the machine that no machine has: thirty years."""


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.booted = FAR
    return clock


def test_time_passes_when_the_history_says_so(clock: Clock) -> None:
    with clock.installed():
        began = time.monotonic()
        time.sleep(60)
        assert (began, time.monotonic(), time.time()) == (FAR, FAR + 60, EPOCH + 60)
    assert time.monotonic() < FAR


def test_other_threads_keep_their_time(clock: Clock) -> None:
    with ThreadPoolExecutor(1) as other, clock.installed():
        assert other.submit(time.monotonic).result(10) < FAR
        assert other.submit(time.monotonic_ns).result(10) < FAR * 1e9
        assert other.submit(time.sleep, 0).result(10) is None
        assert clock.now == 0


def test_an_event_loop_of_another_thread_wakes_by_its_own_time(clock: Clock) -> None:
    """A server in a thread, as the tests of the documentation have it, once slept through the end of the tests."""

    async def nap() -> None:
        for _ in range(3):
            await asyncio.sleep(0.02)

    napping = Thread(target=lambda: asyncio.run(nap()), daemon=True)
    with clock.installed():
        napping.start()
        time.sleep(3600)
    napping.join(30)
    assert not napping.is_alive()
