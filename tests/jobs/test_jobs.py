"""What users of jobs rely on, in both stores."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest

from aiovonage import ConfigurationError, InvalidValue, Unauthorized, Vonage
from aiovonage.bulk import Link
from aiovonage.jobs import Job, Jobs, JobsError, JobStatus, LinkNumbers, State, SyncNumbers, UnlinkNumbers
from aiovonage.sandbox import Carriers, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers, problem

pytestmark = pytest.mark.usefixtures("quick")

LINK = LinkNumbers(BRAND, CAMPAIGN)


@pytest.fixture
def jobs(dsn: str) -> Jobs:
    return Jobs(dsn, account="key")


def of_sandbox(sandbox: Sandbox) -> Vonage:
    return Vonage(api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url)


async def statuses(jobs: Jobs, job: Job) -> dict[str, int]:
    return dict(Counter([str(outcome.status) async for outcome in jobs.outcomes(job)]))


async def test_every_entry_of_the_input_gets_one_outcome_in_its_order(jobs: Jobs) -> None:
    given = ["(415) 555-0000", "nonsense", 14155550001, "1 415 555 0000", "+14155550002"]
    job = await jobs.submit(LINK, given)
    async with Campaign(word="PENDING").client() as vonage:
        status = await jobs.work(vonage, job)
    assert status is not None
    assert (status.state, status.total, status.pending) == (State.DONE, 5, 0)
    assert status.counts == {"accepted": 3, "invalid": 1, "duplicate": 1}
    assert status.problems == {"not a phone number": 1}
    assert not status.ok
    assert [(outcome.position, outcome.given) async for outcome in jobs.outcomes(job)] == [
        (place, str(text)) for place, text in enumerate(given, 1)
    ]
    found = [(outcome.number, str(outcome.status), outcome.ok) async for outcome in jobs.outcomes(job)]
    assert found == [
        ("14155550000", "accepted", True),
        ("nonsense", "invalid", False),
        ("14155550001", "accepted", True),
        ("14155550000", "duplicate", False),
        ("14155550002", "accepted", True),
    ]


async def test_a_job_is_submitted_once_for_each_key(jobs: Jobs) -> None:
    job = await jobs.submit(LINK, numbers(3), key="import-7")

    def never() -> Iterator[str]:
        raise AssertionError("the input of a job that is there is not read")
        yield ""

    assert await jobs.submit(LINK, never(), key="import-7") == job
    assert (await jobs.status("import-7")).job == job
    assert await jobs.list() == [job]
    other = await jobs.submit(attrs.evolve(LINK, account="another"), numbers(2), key="import-7")
    assert other != job  # the key is the account's


async def test_submissions_with_one_key_at_once_make_one_job(jobs: Jobs) -> None:
    found = await asyncio.gather(*(jobs.submit(LINK, numbers(300), key="same") for _ in range(4)))
    assert len(set(found)) == 1
    assert (await jobs.status("same")).total == 300


async def test_a_key_with_another_target_is_refused_naming_both(jobs: Jobs) -> None:
    await jobs.submit(LINK, numbers(1), key="k")
    with pytest.raises(JobsError, match="'k'") as refused:
        await jobs.submit(LinkNumbers(BRAND, "COTHER"), numbers(1), key="k")
    assert CAMPAIGN in str(refused.value)
    assert "COTHER" in str(refused.value)
    with pytest.raises(JobsError, match="until is 'accepted' there and 'approved' here"):
        await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(1), key="k")


async def test_an_input_that_fails_leaves_nothing_behind(jobs: Jobs) -> None:
    def broken() -> Iterator[str]:
        yield from numbers(5000)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await jobs.submit(LINK, broken(), key="k")
    assert await jobs.list() == []
    assert (await jobs.submit(LINK, numbers(2), key="k")).total == 2


async def test_an_asynchronous_input_is_read_lazily(jobs: Jobs) -> None:
    async def arriving() -> AsyncIterator[str]:
        for number in numbers(30):
            await asyncio.sleep(0)
            yield number

    assert (await jobs.submit(LINK, arriving())).total == 30


async def test_rows_go_to_their_own_campaigns(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key")
    sandbox.state.add_campaign("COTHER", brand_id=BRAND)
    rows = [
        Link("14155550000", BRAND, CAMPAIGN),
        Link("14155550001", BRAND, "CNONE"),
        Link("14155550002", BRAND, "COTHER"),
    ]
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(LinkNumbers(), rows)
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"accepted": 2, "rejected": 1}  # that of the campaign that is not there; the others go on
    assert [outcome.campaign_id async for outcome in jobs.outcomes(job)] == [CAMPAIGN, "CNONE", "COTHER"]
    with pytest.raises(ConfigurationError, match="must be a Link"):
        await jobs.submit(LinkNumbers(), numbers(1))


async def test_accepted_numbers_are_followed_until_the_carriers_have_decided(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key", carriers=Carriers(delay=0.5, reject=0.5))
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(60), chunk_size=20)
        early = await jobs.work(vonage, job, wait=False)
        assert early is not None
        status = await jobs.work(vonage, job)
        assert status is not None
    assert status.state == State.DONE
    assert status.linked + status.rejected == 60
    assert status.linked > 0 < status.rejected
    assert status.following == 0
    assert await statuses(jobs, job) == status.counts


async def test_a_worker_that_need_not_wait_returns_while_numbers_are_followed(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key", carriers=Carriers(delay=3600.0))
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(30))
        status = await jobs.work(vonage, job, wait=False)
        assert status is not None
        assert (status.state, status.following, status.accepted) == (State.RUNNING, 30, 30)
        assert status.next_due is not None
        assert status.next_due > 0
        assert await statuses(jobs, job) == {}  # nothing is claimed before the carriers have decided


async def test_what_the_carriers_have_not_decided_in_time_is_accepted_and_not_ok(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key", carriers=Carriers(delay=3600.0))
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved", patience=0.5), numbers(30))
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"accepted": 30}
    assert status.following == 0
    assert not status.ok


async def test_unlinked_numbers_are_followed_until_they_are_gone(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key")
    for number in numbers(20):
        sandbox.state.link(number, CAMPAIGN)
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(UnlinkNumbers(BRAND, CAMPAIGN), numbers(25))
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"unlinked": 20, "not_linked": 5}
    assert status.ok


async def test_a_synchronisation_links_what_is_missing_and_removes_what_is_not_wanted(jobs: Jobs) -> None:
    sandbox = Sandbox(api_key="key")
    there = numbers(40)
    for number in there:
        sandbox.state.link(number, CAMPAIGN)
    async with sandbox, of_sandbox(sandbox) as vonage:
        job = await jobs.submit(SyncNumbers(BRAND, CAMPAIGN, remove=True), numbers(60)[10:], chunk_size=7)
        status = await jobs.work(vonage, job)
        held = {str(item.number).lstrip("+") async for item in vonage.ten_dlc.list_numbers(BRAND, CAMPAIGN)}
    assert status is not None
    assert (status.accepted, status.already_linked, status.unlinked) == (20, 30, 10)
    assert held == set(numbers(60)[10:])
    assert status.total == 60


async def test_a_synchronisation_that_would_remove_too_much_is_refused_at_once(jobs: Jobs) -> None:
    with pytest.raises(ConfigurationError, match="1 of 3 entries"):
        await jobs.submit(SyncNumbers(BRAND, CAMPAIGN, remove=True), [*numbers(2), "nonsense"])
    with pytest.raises(ConfigurationError, match="holds no number"):
        await jobs.submit(SyncNumbers(BRAND, CAMPAIGN, remove=True), [])
    assert await jobs.list() == []


async def test_an_empty_job_is_done(jobs: Jobs) -> None:
    async with Campaign().client() as vonage:
        status = await jobs.work(vonage, await jobs.submit(LINK, []))
    assert status is not None
    assert (status.state, status.total, status.ok) == (State.DONE, 0, True)


async def test_two_workers_share_a_job_and_send_each_number_once(jobs: Jobs) -> None:
    campaign = Campaign()
    job = await jobs.submit(LINK, numbers(400), chunk_size=20)
    async with campaign.client() as one, campaign.client() as two:
        await asyncio.gather(jobs.work(one, job, concurrency=4), jobs.work(two, job, concurrency=4))
    status = await jobs.status(job)
    assert status.counts == {"linked": 400}
    assert set(campaign.posts.values()) == {1}
    assert len(status.workers) == 2
    assert sum(worker.outcomes for worker in status.workers) == 400


async def test_pause_and_resume_act_on_workers_under_way(jobs: Jobs) -> None:
    campaign = Campaign()
    job = await jobs.submit(LINK, numbers(3000), chunk_size=50)
    async with campaign.client() as vonage:
        working = asyncio.create_task(jobs.work(vonage, drain=True, concurrency=2))
        await _begun(jobs, job)
        assert await jobs.pause(job)
        assert not await jobs.pause(job)
        await _quiet(jobs, job)
        status = await jobs.status(job)
        assert (status.state, status.reason) == (State.PAUSED, None)
        assert status.pending > 0
        sent = campaign.posts.total()
        await asyncio.sleep(0.3)
        assert campaign.posts.total() == sent
        assert await jobs.resume(job)
        if working.done():  # a worker that drains had nothing left
            working = asyncio.create_task(jobs.work(vonage, drain=True))
        await working
    assert (await jobs.status(job)).counts == {"linked": 3000}
    assert set(campaign.posts.values()) == {1}


async def test_a_cancelled_job_leaves_the_rest_pending_for_ever(jobs: Jobs) -> None:
    campaign = Campaign()
    job = await jobs.submit(LINK, numbers(3000), chunk_size=50)
    async with campaign.client() as vonage:
        working = asyncio.create_task(jobs.work(vonage, job, concurrency=2))
        await _begun(jobs, job)
        assert await jobs.cancel(job)
        status = await working
        assert isinstance(status, JobStatus)
        assert status.state == State.CANCELLED
        assert status.is_over
        assert not await jobs.cancel(job)
        assert not await jobs.resume(job)
        await jobs.work(vonage, drain=True)
    after = await jobs.status(job)
    assert after.pending == status.pending > 0


async def _begun(jobs: Jobs, job: Job) -> None:
    """Wait until some numbers have outcomes."""
    async for status in jobs.watch(job, interval=0.02):
        if status.done >= 20:
            return


async def _quiet(jobs: Jobs, job: Job) -> None:
    """Wait until no worker has a chunk."""
    for _ in range(200):
        if not any(worker.chunks for worker in (await jobs.status(job)).workers):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("workers go on with a job that is paused")


async def test_a_job_that_is_refused_everything_alike_pauses_itself_and_says_so(jobs: Jobs) -> None:
    refusal = problem(422, "10dlc#brand-not-qualified", "Brand Not Qualified")
    campaign = Campaign(before=lambda method, _: refusal if method == "POST" else None)
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, max_refusals=10), numbers(200))
    async with campaign.client() as vonage:
        status = await jobs.work(vonage, job, concurrency=1)
    assert status is not None
    assert status.state == State.PAUSED
    assert status.reason is not None
    assert "10 numbers in a row were refused for the same reason" in status.reason
    assert status.pending > 150
    assert status.problems == {"brand-not-qualified": status.rejected}


async def test_a_worker_of_another_account_is_refused_and_leaves_the_job_alone(jobs: Jobs) -> None:
    job = await jobs.submit(attrs.evolve(LINK, account="another"), numbers(5))
    async with Campaign().client() as vonage:
        with pytest.raises(ConfigurationError, match="belongs to the account another") as refused:
            await jobs.work(vonage, job)
        assert "key" in str(refused.value)
        await jobs.work(vonage, drain=True)
    assert (await jobs.status(job)).pending == 5


async def test_a_job_goes_on_at_the_server_where_it_was_begun_only(jobs: Jobs) -> None:
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN, until="approved"), numbers(5))
    async with Campaign(word="PENDING").client() as vonage:
        await jobs.work(vonage, job, wait=False)
    async with Campaign().client(base_url="http://localhost:1") as vonage:
        with pytest.raises(ConfigurationError, match="begun at https://"):
            await jobs.work(vonage, job)


async def test_wrong_credentials_end_the_worker_and_not_the_job(jobs: Jobs) -> None:
    refusal = problem(401, "#unauthorized", "Unauthorized")
    job = await jobs.submit(LINK, numbers(5))
    async with Campaign(before=lambda *_: refusal).client() as vonage:
        with pytest.raises(Unauthorized):
            await jobs.work(vonage, job)
    assert (await jobs.status(job)).state == State.RUNNING
    async with Campaign().client() as vonage:
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"linked": 5}


@pytest.mark.usefixtures("no_backoff")
async def test_an_outage_is_waited_for(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.jobs._worker.TRY_AGAIN", (0.1,))
    down = 60

    def outage(method: str, _: int) -> Any:
        nonlocal down
        down -= 1
        return problem(503, "#unavailable", "Unavailable") if down > 0 else None

    job = await jobs.submit(LINK, numbers(20))
    async with Campaign(before=outage).client() as vonage:
        status = await jobs.work(vonage, job, concurrency=4)
    assert status is not None
    assert (status.state, status.linked) == (State.DONE, 20)


async def test_watch_ends_with_the_job(jobs: Jobs) -> None:
    job = await jobs.submit(LINK, numbers(200), chunk_size=20)
    async with Campaign().client() as vonage:
        working = asyncio.create_task(jobs.work(vonage, job))
        seen = [status async for status in jobs.watch(job, interval=0.05)]
        await working
    assert seen[-1].state == State.DONE
    assert seen[-1].rate is not None
    assert [status.done for status in seen] == sorted(status.done for status in seen)


async def test_what_cannot_be_is_said_before_anything_is_stored(jobs: Jobs) -> None:
    with pytest.raises(ConfigurationError, match="numbers must be an iterable"):
        await jobs.submit(LINK, "14155550000")
    with pytest.raises(ConfigurationError, match="chunk_size"):
        await jobs.submit(LINK, numbers(1), chunk_size=0)
    with pytest.raises(ConfigurationError, match="key must be a text"):
        await jobs.submit(LINK, numbers(1), key=" ")
    with pytest.raises(InvalidValue, match="campaign_id"):
        LinkNumbers(BRAND)
    with pytest.raises(InvalidValue, match="until"):
        LinkNumbers(BRAND, CAMPAIGN, until="done")  # type: ignore[arg-type]
    with pytest.raises(JobsError, match="no job with the id 77"):
        await jobs.status(77)
    with pytest.raises(JobsError, match="no job with the key or id 'nothing'"):
        await jobs.pause("nothing")


async def test_a_job_names_its_account(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VONAGE_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="VONAGE_API_KEY"):
        await Jobs(dsn).submit(LINK, numbers(1))
    monkeypatch.setenv("VONAGE_API_KEY", "from-the-environment")
    assert (await Jobs(dsn).submit(LINK, numbers(1))).account == "from-the-environment"
