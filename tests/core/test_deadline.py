"""Deadlines that share a timer, beside what `asyncio.timeout` does."""

from __future__ import annotations

import asyncio
import time

import pytest

from aiovonage._core.event_loop.deadline import Deadlines


async def test_what_is_in_time_goes_on() -> None:
    deadlines = Deadlines()
    for _ in range(3):
        with deadlines.after(0.05):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)  # the timer of the first has nothing left to end


async def test_each_call_has_its_own_time() -> None:
    deadlines, ended = Deadlines(), list[tuple[int, float]]()

    async def call(number: int, begin: float, lasts: float, seconds: float) -> None:
        await asyncio.sleep(begin)
        began = time.monotonic()
        try:
            with deadlines.after(seconds):
                await asyncio.sleep(lasts)
        except TimeoutError:
            ended.append((number, time.monotonic() - began))

    await asyncio.gather(
        call(0, 0.0, 9, 0.2),
        call(1, 0.1, 9, 0.2),
        call(2, 0.05, 0.01, 0.2),
        call(3, 0.0, 9, 0.05),
        call(4, 0.2, 9, 0.2),
    )
    assert [number for number, _ in ended] == [3, 0, 1, 4]
    assert all(seconds >= (0.05 if number == 3 else 0.2) - 0.01 for number, seconds in ended)


async def test_a_call_after_a_long_pause_is_ended_too() -> None:
    deadlines = Deadlines()
    for _ in range(2):
        with pytest.raises(TimeoutError), deadlines.after(0.01):
            await asyncio.sleep(9)
        await asyncio.sleep(0.03)


async def test_who_cancels_a_call_is_not_told_that_it_was_the_time() -> None:
    deadlines = Deadlines()

    async def call() -> None:
        with deadlines.after(0.05):
            await asyncio.sleep(9)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_and_the_end_of_the_time_together_are_a_cancellation() -> None:
    deadlines = Deadlines()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(9)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            raise

    async def call() -> None:
        with deadlines.after(0.05):
            await stubborn()

    task = asyncio.create_task(call())
    await asyncio.sleep(0.06)  # its time has ended, and it tidies up
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_deadline_within_another_ends_alone() -> None:
    deadlines = Deadlines()
    async with asyncio.timeout(5):
        with deadlines.after(4):
            with pytest.raises(TimeoutError), deadlines.after(0.01):
                await asyncio.sleep(9)
            await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_an_outer_timeout_is_told_from_ours() -> None:
    deadlines = Deadlines()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01) as outer:
            with deadlines.after(9):
                await asyncio.sleep(5)
    assert outer.expired()


async def test_what_fails_in_time_fails_as_it_does() -> None:
    deadlines = Deadlines()
    with pytest.raises(KeyError), deadlines.after(0.05):
        raise KeyError
    await asyncio.sleep(0.1)


def test_deadlines_hold_in_the_next_loop() -> None:
    deadlines = Deadlines()

    async def late() -> None:
        with deadlines.after(0.02):
            await asyncio.sleep(9)

    async def abandoned() -> None:
        asyncio.get_running_loop().create_task(late())
        await asyncio.sleep(0)

    asyncio.run(abandoned())
    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(late())


async def test_many_calls_set_few_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, deadlines, timers = asyncio.get_running_loop(), Deadlines(), 0
    call_at = loop.call_at

    def counting(*arguments: object, **more: object) -> object:
        nonlocal timers
        timers += 1
        return call_at(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "call_at", counting)

    async def call() -> None:
        with deadlines.after(30):
            await asyncio.sleep(0)

    await asyncio.gather(*[call() for _ in range(1000)])
    assert timers == 1
