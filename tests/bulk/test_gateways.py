"""Answers of somebody in between say nothing about a number: they decide none, and many of them end the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage import Vonage
from aiovonage.bulk import BulkRun, Journal, RunStopped
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers
from tests.virtual_time import in_virtual_time

ENGAGEMENT = "C1DEB879"
JOBS = ["link_numbers", "unlink_numbers", "add_numbers", "remove_numbers", "check_numbers", "sync_numbers"]
HTML = "<html><body>Please log in</body></html>"
ANSWERS: dict[str, Any] = {
    "302": (302, {"headers": {"Location": "https://login.example"}}),
    "307": (307, {"headers": {"Location": "https://login.example"}, "html": HTML}),
    "400 page": (400, {"html": HTML}),
    "403 page": (403, {"html": HTML}),
    "403 json": (403, {"json": {"message": "Forbidden"}}),
    "404 page": (404, {"html": HTML}),
    "404 json": (404, {"json": {"message": "no Route matched with those values"}}),
    "405 page": (405, {"html": HTML}),
    "407 problem": (407, {"json": {"title": "Proxy Authentication Required"}}),
    "408": (408, {"json": {"title": "Request Timeout"}}),
    "409 page": (409, {"html": HTML}),
    "421": (421, {"text": "Misdirected Request"}),
    "425": (425, {"json": {"title": "Too Early"}}),
    "451 page": (451, {"html": HTML}),
    "200 page": (200, {"html": HTML}),
}

pytestmark = pytest.mark.usefixtures("soon", "no_backoff")


def run_of(vonage: Vonage, job: str, **options: Any) -> BulkRun:
    """A run of any job."""
    target = (ENGAGEMENT,) if job in {"add_numbers", "remove_numbers"} else (BRAND, CAMPAIGN)
    run: BulkRun = getattr(vonage.bulk, job)(*target, numbers(200), concurrency=4, **options)
    return run


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("job", JOBS)
@in_virtual_time
async def test_what_is_not_the_apis_answer_decides_no_number_and_ends_the_run(
    job: str, answer: str, tmp_path: Path
) -> None:
    status, content = ANSWERS[answer]
    sent = 0

    def gateway(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        return httpx.Response(status, **content)

    async with Campaign().client(transport=httpx.MockTransport(gateway)) as vonage:
        run = run_of(vonage, job, journal=tmp_path / "run.db")
        with pytest.raises(RunStopped, match="not the API"):
            await run
    assert run.summary.pending == run.summary.total == 200
    assert list(Journal(tmp_path / "run.db")) == []
    assert sent <= 40


@pytest.mark.parametrize("answer", [name for name in ANSWERS if name != "200 page"])
@in_virtual_time
async def test_one_such_answer_is_settled_by_asking(answer: str) -> None:
    status, content = ANSWERS[answer]
    given = Counter[str]()

    def fault(method: str, count: int) -> httpx.Response | None:
        given[method] += 1
        return httpx.Response(status, **content) if method != "GET" and count == 1 else None

    campaign = Campaign(before=fault)
    async with campaign.client() as vonage:
        found = {
            o.number: str(o.status) async for o in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(8), concurrency=1)
        }
    assert found == dict.fromkeys(numbers(8), "linked")
    assert campaign.posts == Counter(numbers(8))


@pytest.mark.parametrize("answer", ["404 page", "404 json", "302"])
async def test_a_gateways_404_is_not_taken_for_a_number_that_is_gone(answer: str) -> None:
    """DELETE fails again and again, and the look is answered by a gateway."""
    status, content = ANSWERS[answer]

    def api(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(500, json={"title": "Internal Error"})
        return httpx.Response(status, **content)

    async with Campaign().client(transport=httpx.MockTransport(api)) as vonage:
        run = vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(30), concurrency=2)
        with pytest.raises(RunStopped):
            await run
    assert run.summary.counts == {}
