"""The connection to Postgres is used by one at a time, and by the next one when a statement is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from aiovonage._core.hidden_url import HiddenUrl
from aiovonage.jobs import Jobs
from aiovonage.jobs._postgres.connection import Line


@pytest.mark.parametrize("times", [1, 2])
async def test_a_statement_that_is_cancelled_does_not_end_the_next_one(postgres_dsn: str, times: int) -> None:
    await Jobs(postgres_dsn).migrate()
    line = Line(HiddenUrl(postgres_dsn))
    try:
        for _ in range(20):
            # It is cancelled below: 60 s only make sure that it is still under way then.
            first = asyncio.create_task(line.rows("SELECT pg_sleep(60)"))
            await asyncio.sleep(0.01)
            others = [asyncio.create_task(line.rows("SELECT %s::int, 'x'", [number])) for number in range(3)]
            await asyncio.sleep(0)
            for _ in range(times):
                first.cancel()
                await asyncio.sleep(0.001)
            with suppress(asyncio.CancelledError):
                await first
            async with asyncio.timeout(10):
                assert [await other for other in others] == [[(number, "x")] for number in range(3)]
    finally:
        await line.close()
