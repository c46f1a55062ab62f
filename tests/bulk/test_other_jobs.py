"""Unlinking, and batches that succeed in part, against the sandbox in-process."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import httpx
import pytest

from aiovonage import BadRequest, ConfigurationError, NotFound, Vonage
from aiovonage.api.messaging_engagement import AddNumbers
from aiovonage.bulk import BulkRun, Journal
from aiovonage.sandbox import Faults, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, numbers
from tests.virtual_time import in_virtual_time

ENGAGEMENT = "C1DEB879"


def client(sandbox: Sandbox) -> Vonage:
    """A client of a sandbox that has no socket."""
    return Vonage(
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        base_url="http://127.0.0.1",
        transport=httpx.ASGITransport(sandbox.app),
        max_retries=8,
    )


pytestmark = pytest.mark.usefixtures("no_backoff", "soon")


async def statuses(run: BulkRun) -> dict[str, str]:
    """The status of each number; fails on a number that is reported twice."""
    found: dict[str, str] = {}
    async for outcome in run:
        assert outcome.number not in found
        found[outcome.number] = str(outcome.status)
    return found


async def test_numbers_are_unlinked() -> None:
    sandbox = Sandbox()
    for number in numbers(30):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        found = await statuses(vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(40)))
    assert Counter(found.values()) == {"unlinked": 30, "not_linked": 10}
    assert not sandbox.state.numbers


@in_virtual_time
async def test_lost_answers_do_not_make_an_unlinked_number_look_unlinked_before() -> None:
    sandbox = Sandbox(faults=Faults(lost_responses=0.3, error_rate=0.1, seed=5))
    for number in numbers(200):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        found = await statuses(vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(200), concurrency=8))
    assert Counter(found.values()) == {"unlinked": 200}
    assert not sandbox.state.numbers


async def test_an_unknown_campaign_stops_unlinking() -> None:
    async with client(Sandbox()) as vonage:
        with pytest.raises(NotFound, match="COTHER1"):
            await vonage.bulk.unlink_numbers(BRAND, "COTHER1", numbers(10))


async def test_numbers_are_added_and_removed_in_batches() -> None:
    sandbox = Sandbox()
    async with client(sandbox) as vonage:
        run = vonage.bulk.add_numbers(ENGAGEMENT, [*numbers(1050), "x", *numbers(1)], batch_size=100)
        summary = await run
        assert (summary.added, summary.invalid, summary.duplicate, summary.total) == (1050, 1, 1, 1052)
        assert set(sandbox.state.engagements[ENGAGEMENT].numbers) == set(numbers(1050))
        assert 11 <= sandbox.app.statuses[200] <= 14
        removed = await vonage.bulk.remove_numbers(ENGAGEMENT, numbers(1000), batch_size=300)
    assert removed.removed == 1000
    assert set(sandbox.state.engagements[ENGAGEMENT].numbers) == set(numbers(1050)[1000:])


async def test_a_207_gives_each_number_its_own_outcome() -> None:
    sandbox = Sandbox()
    sandbox.state.engaged.update(dict.fromkeys(numbers(20)[::2], "COTHER1"))
    async with client(sandbox) as vonage:
        outcomes = {o.number: o async for o in vonage.bulk.add_numbers(ENGAGEMENT, numbers(20))}
    assert [str(outcomes[n].status) for n in numbers(20)] == ["conflict", "added"] * 10
    problem = outcomes[numbers(1)[0]].problem
    assert problem is not None
    assert problem.detail is not None
    assert "another engagement" in problem.detail
    assert sandbox.app.statuses[207] == 1


async def test_a_400_for_every_number_is_no_error() -> None:
    sandbox = Sandbox(faults=Faults(partial_failures=1.0))
    async with client(sandbox) as vonage:
        result = await vonage.engagements.add_numbers(ENGAGEMENT, AddNumbers(numbers=numbers(3)))
        assert (result.status, len(result.failed), result.ok) == (400, 3, False)
        found = await statuses(vonage.bulk.add_numbers(ENGAGEMENT, numbers(5)))
    assert set(found.values()) == {"rejected"}


async def test_a_malformed_request_is_a_bad_request() -> None:
    refused = [{"field": "numbers", "description": "Field 'numbers' is required"}]
    body = {"title": "There were some issues", "invalid_parameters": refused}
    transport = httpx.MockTransport(lambda _: httpx.Response(400, json=body))
    async with Vonage(api_key="k", api_secret="s", transport=transport) as vonage:
        with pytest.raises(BadRequest) as raised:
            await vonage.engagements.add_numbers(ENGAGEMENT, AddNumbers(numbers=numbers(2)))
    assert raised.value.problem.invalid_parameters == refused


async def test_unmentioned_numbers_are_settled_by_listing() -> None:
    held = set(numbers(10)[:4])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(207, json={"message": "some were added"})
        page = {"page": 1, "total_pages": 1, "_embedded": {"numbers": sorted(held)}}
        return httpx.Response(200, json=page)

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        result = await vonage.engagements.add_numbers(ENGAGEMENT, AddNumbers(numbers=numbers(10)))
        assert result.unknown == numbers(10)
        outcomes = {o.number: o async for o in vonage.bulk.add_numbers(ENGAGEMENT, numbers(10))}
    assert {n for n, o in outcomes.items() if o.ok} == held
    assert all(o.problem is not None for o in outcomes.values() if not o.ok)


async def test_a_batch_that_one_number_spoils_is_halved() -> None:
    spoiler, added = numbers(64)[37], set()

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)["numbers"]
        if spoiler in sent:
            return httpx.Response(400, json={"title": "Bad Request", "detail": "malformed"})
        added.update(sent)
        return httpx.Response(200, json={"numbers": sent})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        found = await statuses(vonage.bulk.add_numbers(ENGAGEMENT, numbers(64)))
    assert found.pop(spoiler) == "rejected"
    assert set(found.values()) == {"added"}
    assert added == set(found)


async def test_a_batch_is_not_sent_twice_because_the_list_cannot_be_reached() -> None:
    posts = lists = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal posts, lists
        if request.method == "POST":
            posts += 1
            return httpx.Response(207, json={"message": "some were added"})
        lists += 1
        if lists < 3:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"page": 1, "total_pages": 1, "_embedded": {"numbers": numbers(10)}})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer), max_retries=0) as vonage:
        found = await statuses(vonage.bulk.add_numbers(ENGAGEMENT, numbers(10)))
    assert set(found.values()) == {"added"}
    assert posts == 1


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_an_answer_without_a_body_is_settled_by_listing(action: str) -> None:
    held = set() if action == "add" else set(numbers(20))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            page = {"page": 1, "total_pages": 1, "_embedded": {"numbers": sorted(held)}}
            return httpx.Response(200, json=page)
        held.symmetric_difference_update(json.loads(request.content)["numbers"])
        return httpx.Response(204)

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        found = await statuses(getattr(vonage.bulk, f"{action}_numbers")(ENGAGEMENT, numbers(10)))
    assert set(found.values()) == {"added" if action == "add" else "removed"}
    assert held == (set(numbers(10)) if action == "add" else set(numbers(20)[10:]))


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_faults_leave_no_number_without_its_outcome(action: str, tmp_path: Path) -> None:
    faults = Faults(error_rate=0.1, dropped_connections=0.05, lost_responses=0.1, seed=3)
    sandbox = Sandbox(faults=faults)
    given, journal = numbers(2000), tmp_path / "run.db"
    if action == "remove":
        sandbox.state.engagements[ENGAGEMENT].numbers = dict.fromkeys(given)
    async with client(sandbox) as vonage:
        job = getattr(vonage.bulk, f"{action}_numbers")
        reported = 0
        async for _ in job(ENGAGEMENT, given, batch_size=40, journal=journal):
            reported += 1
            if reported == 700:
                break
        found = await statuses(job(ENGAGEMENT, given, batch_size=40, journal=journal))
    assert Counter(o.status for o in Journal(journal)) == {"added" if action == "add" else "removed": 2000}
    assert set(sandbox.state.engagements[ENGAGEMENT].numbers) == (set(given) if action == "add" else set())
    assert reported + len(found) <= 2000


async def test_an_unknown_engagement_stops_the_run() -> None:
    async with client(Sandbox()) as vonage:
        with pytest.raises(NotFound, match="CNONE11"):
            await vonage.bulk.add_numbers("CNONE11", numbers(10))
        with pytest.raises(ConfigurationError):
            vonage.bulk.add_numbers(ENGAGEMENT, [], batch_size=0)


async def test_a_list_that_moves_while_it_is_read_makes_no_number_look_removed() -> None:
    """Of two batches one fails and is settled by the list, while the other's numbers go and all that follow move up."""
    held = dict.fromkeys(numbers(1200))
    failing = set(numbers(600)[500:])
    refused = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal refused
        if request.method == "GET":
            page = int(request.url.params.get("page", "1"))
            body = {"page": page, "total_pages": 3, "_embedded": {"numbers": list(held)[500 * page - 500 : 500 * page]}}
            await asyncio.sleep(0.05)
            return httpx.Response(200, json=body)
        sent = json.loads(request.content)["numbers"]
        if failing & set(sent) and refused < 1:
            refused += 1
            return httpx.Response(500)
        await asyncio.sleep(0.02)
        for number in sent:
            del held[number]
        return httpx.Response(200, json={"numbers": sent})

    given = [*numbers(600)[500:], *numbers(100)]
    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        found = await statuses(vonage.bulk.remove_numbers(ENGAGEMENT, given, batch_size=100, concurrency=2))
    assert set(found.values()) == {"removed"}
    assert not set(given) & set(held)
