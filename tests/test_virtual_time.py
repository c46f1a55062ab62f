"""In virtual time a test waits for nothing, and what never comes is not waited for."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.simulation.loop import Hung
from tests.virtual_time import in_virtual_time


def test_a_wait_passes_at_once_and_by_all_clocks() -> None:
    moments: list[float] = []

    @in_virtual_time
    async def wait() -> None:
        began = time.monotonic(), time.time(), asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        ended = time.monotonic(), time.time(), asyncio.get_running_loop().time()
        moments.extend(after - before for before, after in zip(began, ended, strict=True))

    began = time.monotonic()
    wait()
    assert moments == pytest.approx([3600] * 3)
    assert time.monotonic() - began < 600


def test_what_never_comes_fails_the_test_at_once_and_is_named() -> None:
    @in_virtual_time
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Hung, match=r"1 in test_what_never_comes.*wait"):
        wait()


def test_a_test_that_fails_in_virtual_time_fails() -> None:
    @in_virtual_time
    async def fail() -> None:
        await asyncio.sleep(1)
        raise LookupError

    with pytest.raises(LookupError):
        fail()
