"""Servers that are out: a run ends with a clear error, floods nobody, and says nothing that it does not know."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage.bulk import BulkRun, RunStopped
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers, problem
from tests.virtual_time import in_virtual_time

ENGAGEMENT = "C1DEB879"
JOBS = ["link_numbers", "unlink_numbers", "add_numbers", "remove_numbers"]
OUTAGES: dict[str, Any] = {
    "refused": httpx.ConnectError("refused"),
    "cut": httpx.ReadError("reset"),
    "slow": httpx.ReadTimeout("slow"),
    "503": httpx.Response(503, text="<html>down for maintenance</html>"),
}


def run_of(vonage: Any, job: str, count: int, **options: Any) -> BulkRun:
    """A run of any job."""
    target = (BRAND, CAMPAIGN) if "link" in job else (ENGAGEMENT,)
    if "link" not in job:
        options["batch_size"] = 1
    return getattr(vonage.bulk, job)(*target, numbers(count), **options)  # type: ignore[no-any-return]


pytestmark = pytest.mark.usefixtures("no_backoff", "soon")


@pytest.mark.parametrize("concurrency", [1, 3, 64])
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("job", JOBS)
@in_virtual_time
async def test_an_outage_ends_a_run_without_a_flood_or_an_outcome(job: str, outage: str, concurrency: int) -> None:
    sent = 0

    def out(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        fault = OUTAGES[outage]
        if isinstance(fault, Exception):
            raise fault
        return httpx.Response(fault.status_code, content=fault.content)

    async with Campaign().client(transport=httpx.MockTransport(out)) as vonage:
        run = run_of(vonage, job, 500, concurrency=concurrency)
        outcomes: list[object] = []
        with pytest.raises(RunStopped, match="does not answer"):
            outcomes += [outcome async for outcome in run]
    assert outcomes == []
    assert run.summary.pending == run.summary.total == 500
    assert run.summary.stopped is not None
    assert sent <= concurrency + 20


@pytest.mark.parametrize("job", JOBS)
@in_virtual_time
async def test_an_outage_in_the_middle_leaves_what_is_open_pending(job: str, tmp_path: Path) -> None:
    sent, works = 0, 300

    def out(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        if sent > works:
            raise httpx.ReadError("reset")
        return httpx.Response(204) if request.method == "DELETE" else httpx.Response(200, json={"number": "1"})

    async with Campaign().client(transport=httpx.MockTransport(out)) as vonage:
        run = run_of(vonage, job, 1000, concurrency=16, journal=tmp_path / "run.db")
        outcomes = []
        with pytest.raises(RunStopped):
            async for outcome in run:
                outcomes.append(outcome)  # noqa: PERF401 - those before the error count
    assert Counter(outcome.ok for outcome in outcomes)[False] <= (0 if "link" in job else 300)
    assert run.summary.pending + run.summary.following == 1000 - len(outcomes)
    assert sent <= works + 64


@in_virtual_time
async def test_calls_during_an_outage_are_hardly_sent_again() -> None:
    sent, works = 0, True

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        return httpx.Response(200, json={"brand_id": "B"}) if works else httpx.Response(503)

    async with Campaign().client(transport=httpx.MockTransport(answer)) as vonage:
        for index in range(100):
            await vonage.ten_dlc.get_brand(f"B{index}")
        works, sent = False, 0
        for index in range(100):
            with pytest.raises(Exception, match="503"):
                await vonage.ten_dlc.get_brand(f"B{index}")
        assert sent <= 120
        together = [vonage.ten_dlc.get_brand(f"B{index}") for index in range(100)]
        await asyncio.gather(*together, return_exceptions=True)
    assert sent <= 220


@in_virtual_time
async def test_a_server_that_answers_nothing_but_429_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.bulk._reconcile.breaker.PATIENCE", 0.0)
    monkeypatch.setattr("aiovonage._core.throttle.throttle.RequestQueue.throttled", lambda *_: None)
    campaign = Campaign(before=lambda *_: httpx.Response(429, json={"retry_after": 0}))
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(20), concurrency=2)
        async with asyncio.timeout(20):
            with pytest.raises(RunStopped, match="429"):
                await run
    assert run.summary.pending == 20


@pytest.mark.parametrize("job", JOBS)
@in_virtual_time
async def test_pages_that_are_not_the_apis_are_no_success(job: str) -> None:
    """As of a proxy that wants somebody to log in."""
    sent = 0

    def portal(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        return httpx.Response(200, html="<html>Log in to the hotel's network</html>")

    async with Campaign().client(transport=httpx.MockTransport(portal)) as vonage:
        run = run_of(vonage, job, 300, concurrency=8)
        with pytest.raises(RunStopped, match="not the API"):
            await run
    assert run.summary.pending == run.summary.total == 300
    assert sent <= 60


@in_virtual_time
async def test_a_single_page_that_is_not_the_apis_is_a_lost_answer() -> None:
    def odd(method: str, count: int) -> httpx.Response | None:
        return httpx.Response(200, html="<html>Please wait</html>") if count == 1 else None

    before, after = Campaign(before=odd), Campaign(after=odd)
    for campaign in (before, after):
        async with campaign.client() as vonage:
            found = [o async for o in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5), concurrency=1)]
        assert {str(o.status) for o in found} == {"linked"}
        assert campaign.linked == set(numbers(5))
        assert campaign.posts == Counter(numbers(5))


@in_virtual_time
async def test_a_new_shape_of_the_apis_answer_is_believed() -> None:
    campaign = Campaign(after=lambda *_: httpx.Response(202, json={"_links": "of a shape that is not known"}))
    async with campaign.client() as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5))
    assert summary.accepted == 5
    assert sum(campaign.requests.values()) == 6  # the campaign itself was looked at, and each number sent once


@pytest.mark.parametrize("job", ["link_numbers", "unlink_numbers"])
@in_virtual_time
async def test_what_the_last_attempt_did_is_not_reported_as_failed(job: str) -> None:
    """The server fails seven times, and carries the eighth out without an answer."""
    number, held = numbers(1)[0], set() if job == "link_numbers" else set(numbers(1))
    missing = problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist, or you do not have access")
    changes = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal changes
        if request.method != "GET":
            changes += 1
            if changes < 8:
                return httpx.Response(500)
            held.symmetric_difference_update({number})
            raise httpx.ReadError("reset")
        return httpx.Response(200, json={"number": number, "status": "LINKED"}) if number in held else missing

    async with Campaign().client(transport=httpx.MockTransport(answer)) as vonage:
        vonage._session.budget.reserve = vonage._session.budget.saved = 100.0
        (outcome,) = [outcome async for outcome in run_of(vonage, job, 1)]
    assert str(outcome.status) == job.removesuffix("_numbers") + "ed"
    assert changes == 8


@pytest.mark.parametrize("job", ["add_numbers", "remove_numbers"])
@in_virtual_time
async def test_what_the_last_batch_did_is_not_reported_as_failed(job: str) -> None:
    held = set() if job == "add_numbers" else set(numbers(10))
    changes = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal changes
        if request.method == "GET":
            page = {"page": 1, "total_pages": 1, "_embedded": {"numbers": sorted(held)}}
            return httpx.Response(200, json=page)
        changes += 1
        if changes < 8:
            return httpx.Response(500)
        held.symmetric_difference_update(numbers(10)[:6])
        raise httpx.ReadError("reset")

    async with Campaign().client(transport=httpx.MockTransport(answer)) as vonage:
        vonage._session.budget.reserve = vonage._session.budget.saved = 100.0
        run = getattr(vonage.bulk, job)(ENGAGEMENT, numbers(10))
        found = {outcome.number: str(outcome.status) async for outcome in run}
    done = "added" if job == "add_numbers" else "removed"
    assert [found[number] for number in numbers(10)] == [done] * 6 + ["failed"] * 4
