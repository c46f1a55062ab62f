"""What became of a request whose answer was lost is found out before anything is sent again, or claimed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage import Throttle, Vonage
from aiovonage.bulk import BulkRun, Journal, LinkOutcome, RunStopped
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers, problem
from tests.virtual_time import in_virtual_time

ENGAGEMENT = "C1DEB879"


pytestmark = pytest.mark.usefixtures("no_backoff", "soon")


def client(answer: Any, **options: Any) -> Vonage:
    """A client of a function."""
    return Vonage(api_key="key", api_secret="s3cr3t", transport=httpx.MockTransport(answer), **options)


async def outcomes_of(run: BulkRun) -> dict[str, LinkOutcome]:
    """The outcome of each number."""
    return {outcome.number: outcome async for outcome in run}


@pytest.mark.parametrize("status", [400, 403, 410, 422])
@in_virtual_time
async def test_a_number_that_get_refuses_keeps_no_journal_from_being_finished(status: int, tmp_path: Path) -> None:
    odd, linked = numbers(10)[3], set[str]()

    async def api(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01)
        number = json.loads(request.content)["number"] if request.method == "POST" else request.url.path.split("/")[-1]
        if number == odd:
            return problem(status, "10dlc#invalid-number-data", "There were some issues with the submitted data")
        if request.method == "POST":
            linked.add(number)
        if number in linked:
            return httpx.Response(202, json={"number": number, "status": "APPROVED"})
        return problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist, or you do not have access")

    async with client(api) as vonage:
        first = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "links.db", concurrency=1)
        async for _ in first:
            first.stop()
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "links.db"))
    everything = {o.number: str(o.status) for o in Journal(tmp_path / "links.db")}
    assert everything.pop(odd) == "rejected"
    assert everything == dict.fromkeys(set(numbers(10)) - {odd}, "linked")
    assert odd in found


@pytest.mark.parametrize("job", ["add_numbers", "remove_numbers"])
@pytest.mark.parametrize("status", [400, 404, 409, 422])
@in_virtual_time
async def test_a_refused_batch_after_an_outage_ends_the_wait_of_the_others(job: str, status: int) -> None:
    sent = 0

    def api(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        if sent <= 12:
            raise httpx.ConnectError("refused")
        return problem(status, "#no", "No")

    async with client(api) as vonage:
        run = getattr(vonage.bulk, job)(ENGAGEMENT, numbers(40), batch_size=10)
        async with asyncio.timeout(30):
            found = await outcomes_of(run)
    assert {str(o.status) for o in found.values()} == {"rejected"}


@pytest.mark.parametrize(
    "write", [str, lambda n: f"+{n}", int, lambda n: f"+{n[0]} {n[1:4]} {n[4:]}", lambda n: {"number": n}]
)
@pytest.mark.parametrize("job", ["add_numbers", "remove_numbers"])
async def test_a_list_may_write_numbers_in_any_form(job: str, write: Any) -> None:
    held = set() if job == "add_numbers" else set(numbers(12))
    posts = Counter[str]()
    lost = 1

    def api(request: httpx.Request) -> httpx.Response:
        nonlocal lost
        if request.method == "GET":
            items = [write(number) for number in sorted(held)]
            page = {"page": 1, "total_pages": 1, "total_items": len(items), "_embedded": {"numbers": items}}
            return httpx.Response(200, json=page)
        sent = json.loads(request.content)["numbers"]
        posts.update(sent)
        if lost:
            lost -= 1
            if job == "add_numbers":  # carried out; the removal is not
                held.update(sent)
            raise httpx.ReadTimeout("lost")
        held.symmetric_difference_update(sent)
        return httpx.Response(200, json={"numbers": sent})

    async with client(api) as vonage:
        found = await outcomes_of(getattr(vonage.bulk, job)(ENGAGEMENT, numbers(10)))
    assert {str(o.status) for o in found.values()} == {"added" if job == "add_numbers" else "removed"}
    assert held == (set(numbers(10)) if job == "add_numbers" else set(numbers(12)[10:]))
    assert set(posts.values()) == ({1} if job == "add_numbers" else {2})


async def test_an_item_that_is_not_a_number_is_never_taken_for_a_number_that_is_gone() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            page = {"page": 1, "total_pages": 1, "total_items": 1, "_embedded": {"numbers": [{"id": "N-1"}]}}
            return httpx.Response(200, json=page)
        raise httpx.ReadTimeout("lost, and not carried out")

    async with client(api) as vonage:
        vonage._session.budget.reserve = vonage._session.budget.saved = 100.0
        found = await outcomes_of(vonage.bulk.remove_numbers(ENGAGEMENT, numbers(3)))
    assert {str(o.status) for o in found.values()} == {"failed"}
    assert all(o.retryable and o.problem is not None for o in found.values())


@pytest.mark.parametrize("status", [400, 404, 405])
@pytest.mark.parametrize("size", [1, 20])
async def test_a_list_that_is_refused_is_not_the_refusal_of_the_batch(status: int, size: int) -> None:
    added = set[str]()
    posts = 0

    def api(request: httpx.Request) -> httpx.Response:
        nonlocal posts
        if request.method == "GET":
            return problem(status, "#no", "Not here")
        posts += 1
        added.update(json.loads(request.content)["numbers"])
        raise httpx.ReadTimeout("lost")

    async with client(api) as vonage:
        found = await outcomes_of(vonage.bulk.add_numbers(ENGAGEMENT, numbers(size), batch_size=size))
    assert {str(o.status) for o in found.values()} == {"failed"}  # what became of them is not known
    assert added == set(numbers(size))
    assert posts == 1


async def test_a_page_size_that_the_server_refuses_is_left_to_the_server() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            if "page_size" in request.url.params:
                return problem(400, "#bad-request", "page_size is too large")
            page = {"page": 1, "total_pages": 1, "total_items": 5, "_embedded": {"numbers": numbers(5)}}
            return httpx.Response(200, json=page)
        return httpx.Response(207, json={"message": "some were added"})

    async with client(api) as vonage:
        found = await outcomes_of(vonage.bulk.add_numbers(ENGAGEMENT, numbers(5)))
    assert {str(o.status) for o in found.values()} == {"added"}


async def test_batches_whose_answers_were_lost_share_one_list() -> None:
    held: dict[str, None] = dict.fromkeys(str(13055550000 + index) for index in range(2000))
    lists = posts = 0

    async def api(request: httpx.Request) -> httpx.Response:
        nonlocal lists, posts
        await asyncio.sleep(0.005)
        if request.method == "GET":
            lists += 1
            page, items = int(request.url.params["page"]), list(held)
            body: dict[str, Any] = {"page": page, "total_pages": -(-len(items) // 100), "total_items": len(items)}
            body["_embedded"] = {"numbers": items[100 * page - 100 : 100 * page]}
            return httpx.Response(200, json=body)
        posts += 1
        held.update(dict.fromkeys(json.loads(request.content)["numbers"]))
        raise httpx.ReadTimeout("lost")

    async with client(api) as vonage:
        vonage._session.budget.reserve = vonage._session.budget.saved = 100.0
        found = await outcomes_of(vonage.bulk.add_numbers(ENGAGEMENT, numbers(200), batch_size=20, concurrency=10))
    assert {str(o.status) for o in found.values()} == {"added"}
    assert posts == 10
    assert lists <= 3 * 22  # ten lists would be 220 pages


async def test_a_list_that_changes_while_it_is_read_proves_no_removal() -> None:
    """Another process removes entries in front of the page that is read, so that others move to pages read before."""
    held = dict.fromkeys(numbers(300))
    others = iter(numbers(300)[:60])
    lost = 1

    async def api(request: httpx.Request) -> httpx.Response:
        nonlocal lost
        if request.method == "GET":
            page, items = int(request.url.params["page"]), list(held)
            body: dict[str, Any] = {"page": page, "total_pages": -(-len(items) // 100), "total_items": len(items)}
            body["_embedded"] = {"numbers": items[100 * page - 100 : 100 * page]}
            for number in [number for number, _ in zip(others, range(20), strict=False)]:
                held.pop(number, None)
            return httpx.Response(200, json=body)
        sent = json.loads(request.content)["numbers"]
        if lost:
            lost -= 1
            raise httpx.ReadTimeout("lost, and not carried out")
        for number in sent:
            held.pop(number, None)
        return httpx.Response(200, json={"numbers": sent})

    async with client(api) as vonage:
        run = vonage.bulk.remove_numbers(ENGAGEMENT, numbers(300)[90:130], concurrency=1)
        async for outcome in run:
            assert str(outcome.status) == "removed"
            assert outcome.number not in held
    assert not set(numbers(300)[90:130]) & set(held)


async def test_a_delete_that_may_have_been_carried_out_is_not_sent_again_without_asking(tmp_path: Path) -> None:
    linked, log = set(numbers(10)), list[str]()
    hang = True

    async def api(request: httpx.Request) -> httpx.Response:
        number = request.url.path.rsplit("/")[-1]
        log.append(request.method)
        if request.method == "GET" and number == "numbers":
            items = [{"number": held, "status": "APPROVED"} for held in sorted(linked)]
            page = {"page": 1, "total_pages": 1, "total_items": len(items), "_embedded": {"numbers": items}}
            return httpx.Response(200, json=page)
        if number not in linked:
            return problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist")
        if request.method == "GET":
            return httpx.Response(200, json={"number": number, "status": "APPROVED"})
        linked.discard(number)
        if hang:
            await asyncio.sleep(30)
        return httpx.Response(204)

    async with client(api) as vonage:
        run = asyncio.ensure_future(
            vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "u.db")._to_the_end()
        )
        while linked:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        hang = False
        log.clear()
        found = await outcomes_of(vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "u.db"))
    assert {str(o.status) for o in found.values()} == {"unlinked"}
    assert "DELETE" not in log


@in_virtual_time
async def test_a_link_that_shows_late_is_neither_sent_twice_nor_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.05, 0.2, 0.6, 1.2))
    shown_at: dict[str, float] = {}
    posts = Counter[str]()

    def api(request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        number = json.loads(request.content)["number"] if request.method == "POST" else request.url.path.split("/")[-1]
        if request.method == "POST":
            posts[number] += 1
            shown_at.setdefault(number, now + 0.5)
            raise httpx.ReadTimeout("lost")
        if now > shown_at.get(number, now):
            return httpx.Response(200, json={"number": number, "status": "PENDING"})
        return problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist, or you do not have access")

    async with client(api) as vonage:
        vonage._session.budget.reserve = vonage._session.budget.saved = 100.0
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(30)))
    assert {str(o.status) for o in found.values()} == {"accepted"}
    assert set(posts.values()) == {1}


@pytest.mark.parametrize("concurrency", [1, 2])
@pytest.mark.parametrize("job", ["link_numbers", "unlink_numbers", "add_numbers", "remove_numbers"])
@in_virtual_time
async def test_while_nobody_is_answered_no_number_fails(
    job: str, concurrency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiovonage.bulk._reconcile.breaker.SILENCE", 0.5)
    working = True

    def api(request: httpx.Request) -> httpx.Response:
        if not working:
            return httpx.Response(503)
        if request.method == "DELETE":
            return httpx.Response(204)
        return httpx.Response(202, json={"brand_id": "B", "number": "14155550000", "status": "APPROVED", "numbers": []})

    async with client(api) as vonage:
        target = (BRAND, CAMPAIGN) if "link" in job else (ENGAGEMENT,)
        for _ in range(40):  # the retry budget is full
            await vonage.ten_dlc.get_brand("B")
        working = False
        run = getattr(vonage.bulk, job)(*target, numbers(50), concurrency=concurrency)
        with pytest.raises(RunStopped, match="does not answer"):
            await run
    assert run.summary.counts == {}
    assert run.summary.pending == 50


@in_virtual_time
async def test_jobs_wait_as_long_as_a_server_in_maintenance_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.bulk._reconcile.breaker.SILENCE", 0.3)
    began = asyncio.get_running_loop().time()

    def api(request: httpx.Request) -> httpx.Response:
        if asyncio.get_running_loop().time() - began < 1.0:
            return httpx.Response(503, headers={"Retry-After": "1"})
        if request.method == "GET":
            number = request.url.path.split("/")[-1]
            return problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist, or you do not have access")
        return httpx.Response(202, json={"number": "1", "status": "APPROVED"})

    async with client(api, max_retries=0) as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3))
    assert (summary.ok, summary.total) == (True, 3)


@in_virtual_time
async def test_a_throttle_that_may_not_wait_makes_no_run_spin() -> None:
    sent = 0

    def api(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        if sent == 3:
            return httpx.Response(429, headers={"Retry-After": "1"}, json={"title": "Too many requests"})
        return httpx.Response(
            202, json={"number": json.loads(request.content)["number"], "status": "APPROVED"} if request.content else {}
        )

    async with client(api, throttle=Throttle(max_wait=0)) as vonage:
        async with asyncio.timeout(60):
            summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(20), concurrency=4)
    assert (summary.ok, summary.total) == (True, 20)


async def test_a_transport_that_cancels_a_request_costs_no_number_its_outcome() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and json.loads(request.content)["number"] == numbers(4)[3]:
            raise asyncio.CancelledError
        return httpx.Response(202, json={"number": "1", "status": "APPROVED"})

    async with client(api) as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(8), concurrency=2)
    assert (summary.ok, summary.total, summary.stopped) == (True, 8, None)


async def test_a_number_of_an_earlier_pass_that_left_the_input_is_settled_too(tmp_path: Path) -> None:
    campaign = Campaign()
    journal = tmp_path / "links.db"

    async def slowly(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.002)
        return campaign._answer(request)

    async with client(slowly) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(100), journal=journal, concurrency=1)
        async for _ in run:
            run.stop()
        assert run.summary.pending > 50
        others = [str(13055550000 + index) for index in range(5)]
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, others, journal=journal)
    assert summary.ok
    assert summary.total > 50
    assert set(campaign.posts.values()) == {1}
