"""Procrastinate hands out the chunks: nothing else is different."""

from __future__ import annotations

import asyncio

import pytest

from aiovonage import ConfigurationError
from aiovonage.jobs import Jobs, LinkNumbers, State
from aiovonage.jobs._store import Ask
from aiovonage.sandbox import Carriers, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers
from tests.jobs.test_jobs import of_sandbox
from tests.jobs.test_leases import _origin

SCHEDULED = (
    "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'aiovonage.chunk' AND status = 'todo' "
    "AND scheduled_at > now()"
)

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
async def jobs(postgres_dsn: str) -> Jobs:
    pytest.importorskip("procrastinate")
    jobs = Jobs(postgres_dsn, account="key")
    await jobs.migrate()
    return jobs


async def test_chunks_are_tasks_and_each_number_is_sent_once(jobs: Jobs, postgres_dsn: str) -> None:
    campaign = Campaign()
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(200), chunk_size=10)
    async with campaign.client() as one, campaign.client() as two:
        await asyncio.gather(
            *(jobs.work(vonage, engine="procrastinate", drain=True, concurrency=8) for vonage in (one, two))
        )
    status = await jobs.status(job)
    assert (status.state, status.counts) == (State.DONE, {"linked": 200})
    assert set(campaign.posts.values()) == {1}
    assert await _count(postgres_dsn, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0


@pytest.mark.slow
async def test_the_next_look_is_a_scheduled_task(jobs: Jobs, postgres_dsn: str) -> None:
    sandbox = Sandbox(api_key="key", carriers=Carriers(delay=3600.0))
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(20))
    async with sandbox, of_sandbox(sandbox) as vonage:
        working = asyncio.create_task(jobs.work(vonage, engine="procrastinate"))
        async with asyncio.timeout(60):
            async for status in jobs.watch(job, interval=0.1):
                if status.following == 20 and (status.next_due or 0.0) > 2.0:
                    break
            async for _ in jobs.watch(job, interval=0.1):
                if await _count(postgres_dsn, SCHEDULED):
                    break
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@pytest.mark.slow
async def test_what_a_dead_worker_has_left_is_picked_up(jobs: Jobs) -> None:
    campaign = Campaign()
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(30), chunk_size=10)
    async with jobs._opened() as store:
        dead = Ask(worker="dead", account="key", origin=_origin(campaign), job=None, lease=1.0, limit=2)
        for unit in await store.take(dead):
            assert await store.mark_sent(unit, [unit.first, unit.first + 1])
    async with campaign.client() as vonage:
        await asyncio.wait_for(jobs.work(vonage, engine="procrastinate", drain=True), 60)
    assert (await jobs.status(job)).counts == {"linked": 30}
    assert set(campaign.posts.values()) == {1}


async def test_an_engine_works_on_all_jobs_in_postgres_only(jobs: Jobs, tmp_path: object) -> None:
    async with Campaign().client() as vonage:
        with pytest.raises(ConfigurationError, match="leave job out"):
            await jobs.work(vonage, 1, engine="procrastinate")
        with pytest.raises(ConfigurationError, match="needs jobs on Postgres"):
            await Jobs(f"{tmp_path}/jobs.db").work(vonage, engine="procrastinate")
        with pytest.raises(ConfigurationError, match="engine must be"):
            await jobs.work(vonage, engine="celery")  # type: ignore[call-overload]


async def _count(dsn: str, query: str) -> int:
    import psycopg

    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute(query)
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.slow
async def test_work_goes_on_when_procrastinate_does_not(jobs: Jobs, postgres_dsn: str) -> None:
    import psycopg

    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(30), chunk_size=10)
    async with await psycopg.AsyncConnection.connect(postgres_dsn, autocommit=True) as connection:
        await connection.execute("DROP TABLE procrastinate_jobs CASCADE")
    async with Campaign().client() as vonage:
        await asyncio.wait_for(jobs.work(vonage, engine="procrastinate", drain=True), 60)
    assert (await jobs.status(job)).counts == {"linked": 30}
