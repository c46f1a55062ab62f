"""Leases and their tokens: who has lost a lease can neither write nor send."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from aiovonage import ConfigurationError, Vonage
from aiovonage._core.http.protocol import Request, Response
from aiovonage.jobs import Job, Jobs, JobStatus, LeaseLost, LinkNumbers, State
from aiovonage.jobs._lease import Lease, LeasedTransport
from aiovonage.jobs._states import FOLLOWING, Kind
from aiovonage.jobs._store import Ask, Pulse, Result, Store, Unit
from aiovonage.sandbox import Faults, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers

LEASE = 0.6


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[Store]:
    async with Jobs(dsn)._opened() as opened:
        yield opened


@pytest.fixture
def jobs(dsn: str) -> Jobs:
    return Jobs(dsn, account="key")


def ask(worker: str, *, limit: int = 10, lease: float = LEASE, rescue: bool = False) -> Ask:
    return Ask(worker=worker, account="key", origin="https://a", job=None, lease=lease, limit=limit, rescue=rescue)


def pulse(worker: str, lease: float = LEASE) -> Pulse:
    return Pulse(worker=worker, account="key", lease=lease, outcomes=0, paused=0.0, error=None)


def result(position: int, status: int = 1) -> Result:
    return Result(position, 14155550000 + position - 1, 1, status, None, None, "", False)


async def test_a_chunk_has_one_worker_at_a_time(jobs: Jobs, store: Store) -> None:
    await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(20), chunk_size=10)
    first = await store.take(ask("one", limit=1))
    second = await store.take(ask("two"))
    assert [unit.name for unit in (*first, *second)] == [(1, 1), (1, 2)]
    assert await store.take(ask("three")) == []


async def test_who_took_over_writes_and_who_lost_the_lease_does_not(jobs: Jobs, store: Store) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(3))
    (old,) = await store.take(ask("frozen"))
    assert await store.mark_sent(old, [1])
    await asyncio.sleep(LEASE + 0.1)
    (new,) = await store.take(ask("other", rescue=True))
    assert new.token == old.token + 1
    assert not await store.mark_sent(old, [2])
    assert not await store.record(old, [result(1)])
    assert not await store.release(old, done=True, due=0.0, wait=0.0, failures=0, error=None)
    assert await store.renew([old], pulse("frozen")) == {}
    assert [row.status for row in await store.open_rows(new)] == [-1, 0, 0]
    assert await store.record(new, [result(1)])
    assert (await jobs.status(job)).counts == {"linked": 1}


async def test_nobody_writes_after_a_lease_has_ended_even_if_nobody_took_over(jobs: Jobs, store: Store) -> None:
    await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(3))
    (unit,) = await store.take(ask("one"))
    await asyncio.sleep(LEASE + 0.1)
    assert not await store.record(unit, [result(1)])
    assert await store.renew([unit], pulse("one")) == {}


async def test_what_is_written_twice_counts_once(jobs: Jobs, store: Store) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(3))
    (unit,) = await store.take(ask("one", lease=60.0))
    assert await store.record(unit, [result(1), result(2, 3)])
    assert await store.record(unit, [result(1, 4), result(2)])  # as when the answer to a commit was lost
    status = await jobs.status(job)
    assert (status.counts, status.pending) == ({"linked": 1, "conflict": 1}, 1)


@pytest.mark.usefixtures("quick")
async def test_a_look_decides_only_on_what_is_followed(jobs: Jobs, store: Store) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(2))
    (unit,) = await store.take(ask("one", lease=60.0))
    assert await store.record(unit, [result(1, FOLLOWING)._replace(accepted=True), result(2, 4)])
    assert await store.release(unit, done=True, due=0.0, wait=0.0, failures=0, error=None)
    await store.advance("key", 30.0)
    for _ in range(200):
        if looks := await store.take(ask("one", lease=60.0)):
            break
        await asyncio.sleep(0.1)
    (look,) = looks
    assert look.kind is Kind.FOLLOW
    assert await store.followed_count(look) == 1
    assert await store.record(look, [result(1)._replace(position=0), result(2)._replace(position=0)])
    assert (await jobs.status(job)).counts == {"linked": 1, "rejected": 1}


async def test_a_renewed_lease_lasts_and_tells_how_the_job_stands(jobs: Jobs, store: Store) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(3))
    (unit,) = await store.take(ask("one"))
    for _ in range(4):
        await asyncio.sleep(LEASE / 3)
        assert await store.renew([unit], pulse("one")) == {unit.name: State.RUNNING}
    await jobs.pause(job)
    assert await store.renew([unit], pulse("one")) == {unit.name: State.PAUSED}


def unit_of(token: int = 1) -> Unit:
    return Unit(1, 1, Kind.SEND, 1, 10, 0, 0.0, 0, token)


@pytest.mark.parametrize("clock", [0, 1])
def test_a_holder_that_was_frozen_knows_that_its_lease_has_ended(monkeypatch: pytest.MonkeyPatch, clock: int) -> None:
    lease = Lease(unit_of(), 10.0)
    lease.check()
    steady, wall = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    later = [steady, wall]
    later[clock] += 9.5
    monkeypatch.setattr("aiovonage.jobs._lease._clocks", lambda: tuple(later))
    with pytest.raises(LeaseLost, match="chunk 1 of job 1"):
        lease.check()


class Slow:
    """A transport whose connection takes some time, as ours: it tells when it sends."""

    def __init__(self) -> None:
        self.sent: list[Request] = []

    async def send(self, request: Request) -> Response:
        request.stage = "connecting"
        await asyncio.sleep(0.3)
        request.stage = "sent"
        self.sent.append(request)
        return Response(200, [], b"{}")

    async def aclose(self) -> None: ...


async def test_a_request_whose_connection_came_too_late_is_not_sent() -> None:
    inner, lease = Slow(), Lease(unit_of(), 0.2)
    original = Request("POST", "https://a", "/", [])
    with pytest.raises(LeaseLost):
        await LeasedTransport(inner, lease).send(original)
    assert inner.sent == []
    assert original.stage == "connecting"
    await LeasedTransport(inner, lease).send(Request("GET", "https://a", "/", []))  # asking is always allowed
    assert len(inner.sent) == 1


async def test_a_connection_whose_request_is_refused_is_not_lost_to_the_pool(transport: str) -> None:
    async with Sandbox(faults=Faults(latency=0.4)) as sandbox:
        client = Vonage(
            api_key=sandbox.api_key,
            api_secret=sandbox.api_secret,
            base_url=sandbox.url,
            transport=transport,
            max_connections=1,
        )
        async with client as vonage:
            first = asyncio.create_task(vonage.ten_dlc.get_campaign(BRAND, CAMPAIGN))
            await asyncio.sleep(0.1)
            leased = LeasedTransport(vonage._session.transport, Lease(unit_of(), 0.2))
            with pytest.raises(LeaseLost):  # it has the connection only when the first is done
                await leased.send(Request("POST", sandbox.url, "/nothing", []))
            await first
            await asyncio.wait_for(vonage.ten_dlc.get_campaign(BRAND, CAMPAIGN), 10)


@pytest.mark.usefixtures("quick")
async def test_what_a_dead_worker_may_have_sent_is_asked_about_and_not_sent_again(jobs: Jobs, store: Store) -> None:
    campaign = Campaign()
    campaign.linked |= set(numbers(10)[:4])  # its requests arrived; nobody heard the answers
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(10))
    dead = Ask(worker="dead", account="key", origin=_origin(campaign), job=None, lease=1.0, limit=1)
    (unit,) = await store.take(dead)
    assert await store.mark_sent(unit, [1, 2, 3, 4, 5, 6])
    async with campaign.client() as vonage:
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"linked": 10}
    assert set(campaign.posts) == set(numbers(10)[4:])
    assert set(campaign.posts.values()) == {1}


def _origin(campaign: Campaign) -> str:
    from aiovonage.jobs._jobs import worker_of

    none: Store = None  # type: ignore[assignment]
    return worker_of(campaign.client(), none, none, concurrency=1, lease=1.0, name=None).origin


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
async def test_a_full_worker_still_takes_over_from_a_dead_one(jobs: Jobs, store: Store) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(40), chunk_size=10)
    dead = Ask(worker="dead", account="key", origin=_origin(Campaign()), job=None, lease=1.5, limit=1)
    await store.take(dead)
    async with never_answered() as vonage:
        working = asyncio.create_task(jobs.work(vonage, job, concurrency=1, name="full"))
        await _until(jobs, job, lambda status: _chunks(status, "full") == 1)
        await _until(jobs, job, lambda status: _chunks(status, "full") == 2)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def never_answered() -> Vonage:
    """A client whose server says nothing."""

    async def hold(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    return Vonage(api_key="key", api_secret="s3cr3t", transport=httpx.MockTransport(hold), timeout=None)


def _chunks(status: JobStatus, name: str) -> int:
    return sum(worker.chunks for worker in status.workers if worker.name == name)


@pytest.mark.usefixtures("quick")
async def test_a_cancelled_worker_gives_its_leases_back(jobs: Jobs) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(100))
    async with never_answered() as vonage:
        working = asyncio.create_task(jobs.work(vonage, job, lease=3600.0, name="cancelled"))
        await _until(jobs, job, lambda status: _chunks(status, "cancelled") == 1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    async with Campaign().client() as other:  # which waits for no lease
        status = await asyncio.wait_for(jobs.work(other, job), 60)
    assert status is not None
    assert status.counts == {"linked": 100}


async def _until(jobs: Jobs, job: Job, holds: Callable[[JobStatus], bool]) -> None:
    async with asyncio.timeout(30):
        async for status in jobs.watch(job, interval=0.05):
            if holds(status):
                return


async def test_a_lease_must_be_long_enough_to_be_renewed(jobs: Jobs) -> None:
    async with Campaign().client() as vonage:
        with pytest.raises(ConfigurationError, match="lease must be at least"):
            await jobs.work(vonage, lease=0.1)
