"""Inputs of every kind: one task reads them, slow ones hold nothing up, and what fails loses nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from pathlib import Path

import anyio
import pytest

from aiovonage import ConfigurationError
from aiovonage.bulk import Journal, RunStopped
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers


async def test_a_generator_may_keep_context_variables_and_cancel_scopes() -> None:
    variable: ContextVar[int] = ContextVar("variable")

    async def scoped() -> AsyncIterator[str]:
        token = variable.set(1)
        with anyio.CancelScope():
            async with asyncio.timeout(30):
                for number in numbers(50):
                    await asyncio.sleep(0)
                    yield number
        variable.reset(token)

    async with Campaign().client() as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, scoped())
    assert (summary.ok, summary.total) == (True, 50)


async def test_a_slow_iterable_does_not_hold_the_event_loop() -> None:
    longest = 0.0

    def slow() -> Iterator[str]:
        for number in numbers(150):
            time.sleep(0.005)
            yield number

    async def heart() -> None:
        nonlocal longest
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.perf_counter() - last), time.perf_counter()

    async with Campaign().client() as vonage:
        beating = asyncio.create_task(heart())
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, slow())
        beating.cancel()
    assert (summary.ok, summary.total) == (True, 150)
    assert longest < 0.4  # of 0.75 s in all


async def test_an_input_that_is_cancelled_ends_the_run() -> None:
    async def cancelled() -> AsyncIterator[str]:
        yield numbers(1)[0]
        task = asyncio.ensure_future(asyncio.sleep(30))
        asyncio.get_running_loop().call_later(0.05, task.cancel)
        await task
        yield numbers(2)[1]

    async with Campaign().client() as vonage:
        async with asyncio.timeout(20):
            with pytest.raises(RunStopped, match="input was cancelled"):
                await vonage.bulk.link_numbers(BRAND, CAMPAIGN, cancelled())


async def test_what_was_read_before_the_input_failed_is_in_the_journal(tmp_path: Path) -> None:
    async def fails() -> AsyncIterator[str]:
        for number in numbers(5):
            yield number
        raise OSError("the database is gone")

    campaign = Campaign()
    async with campaign.client() as vonage:
        with pytest.raises(OSError, match="database is gone"):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, fails(), journal=tmp_path / "links.db")
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, [], journal=tmp_path / "links.db")
    assert (summary.ok, summary.total) == (True, 5)
    assert {o.number for o in Journal(tmp_path / "links.db")} == set(numbers(5))


async def test_stop_ends_a_run_whose_input_gives_nothing() -> None:
    async def waits() -> AsyncIterator[str]:
        for number in numbers(3):
            yield number
        await asyncio.Event().wait()

    async with Campaign().client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, waits())
        found = 0
        async with asyncio.timeout(20):
            async for _ in run:
                found += 1
                if found == 3:
                    run.stop()
    assert run.summary.done == 3
    assert run.summary.stopped == "stopped by the caller"


async def test_async_with_ends_a_run_that_somebody_still_iterates() -> None:
    campaign = Campaign()
    async with campaign.client() as vonage:
        async with vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), concurrency=2) as run:
            outcomes = aiter(run)
            await anext(outcomes)
        sent = sum(campaign.posts.values())
        await asyncio.sleep(0.05)
        assert sum(campaign.posts.values()) == sent < 5000
        del outcomes


async def test_a_run_can_be_awaited_twice_and_tells_how_it_is_used() -> None:
    async with Campaign().client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3))
        with pytest.raises(TypeError, match="async for"):
            iter(run)
        assert await run == await run
        assert "3 linked" in repr(run)
        with pytest.raises(ConfigurationError, match="iterable"):
            vonage.bulk.link_numbers(BRAND, CAMPAIGN, None)  # type: ignore[arg-type]
