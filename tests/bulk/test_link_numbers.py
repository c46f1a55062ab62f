"""Linking numbers: an outcome for each, whatever the server does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from aiovonage import ConfigurationError, Forbidden, NotFound, Unauthorized
from aiovonage.bulk import BulkRun, Journal, JournalError, LinkOutcome, RunStopped, Summary
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers, problem
from tests.rounds import rounds
from tests.virtual_time import in_virtual_time


async def outcomes_of(run: BulkRun) -> dict[str, str]:
    """The status of each number; fails on a number that is reported twice."""
    found: dict[str, str] = {}
    async for outcome in run:
        assert outcome.number not in found
        found[outcome.number] = outcome.status
    return found


pytestmark = pytest.mark.usefixtures("no_backoff", "soon")


async def test_every_number_is_linked_once() -> None:
    campaign = Campaign()
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1500))
        found = await outcomes_of(run)
    assert found == dict.fromkeys(numbers(1500), "linked")
    assert campaign.posts == Counter(numbers(1500))
    assert (run.summary.ok, run.summary.total) == (True, 1500)


async def test_awaiting_a_run_gives_its_summary() -> None:
    async with Campaign().client() as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10))
    assert isinstance(summary, Summary)
    assert (summary.ok, summary.total) == (True, 10)


async def test_input_may_be_lazy_and_asynchronous() -> None:
    async def slowly() -> AsyncIterator[int]:
        for number in numbers(20):
            await asyncio.sleep(0)
            yield int(number)

    async with Campaign().client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, slowly()))
    assert found == dict.fromkeys(numbers(20), "linked")


async def test_first_outcomes_come_before_a_slow_input_ends() -> None:
    more = asyncio.Event()

    async def stalls() -> AsyncIterator[str]:
        yield "14155550000"
        await more.wait()
        yield "14155550001"

    async with Campaign().client() as vonage:
        async for outcome in vonage.bulk.link_numbers(BRAND, CAMPAIGN, stalls()):
            assert outcome.ok
            more.set()


@in_virtual_time
async def test_input_is_not_read_far_ahead_of_a_slow_consumer() -> None:
    read = 0

    def counted() -> Iterator[int]:
        nonlocal read
        for index in range(100_000):
            read = index + 1
            yield 14155550000 + index

    async with Campaign().client() as vonage:
        async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, counted(), concurrency=8):
            await asyncio.sleep(0.05)
            break
        await asyncio.sleep(0.05)
    assert read < 10_000


async def test_numbers_are_normalised_and_bad_ones_reported() -> None:
    campaign = Campaign()
    given = [
        "+1 (415) 555-0110",
        "0014155550111",
        "14155550112",
        "+1.415.555.0110",
        "hello",
        "",
        "123",
        "1" * 16,
        "hello",
    ]
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, given)
        found = [(outcome.number, str(outcome.status), outcome.ok) async for outcome in run]
    assert Counter(found) == Counter(
        [
            ("14155550110", "linked", True),
            ("14155550111", "linked", True),
            ("14155550112", "linked", True),
            ("14155550110", "duplicate", False),
            ("hello", "invalid", False),
            ("hello", "invalid", False),
            ("", "invalid", False),
            ("123", "invalid", False),
            ("1" * 16, "invalid", False),
        ]
    )
    assert run.summary.total == len(given)
    assert sum(campaign.posts.values()) == 3


async def test_conflicts_are_told_apart() -> None:
    campaign = Campaign()
    campaign.linked.add("14155550000")
    campaign.elsewhere.add("14155550001")
    campaign.refused.add("14155550002")
    async with campaign.client() as vonage:
        found = {o.number: o async for o in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(4))}
    assert {number: str(o.status) for number, o in found.items()} == {
        "14155550000": "already_linked",
        "14155550001": "conflict",
        "14155550002": "rejected",
        "14155550003": "linked",
    }
    conflict = found["14155550001"].problem
    assert conflict is not None
    assert conflict.code == "number-already-linked"


@pytest.mark.parametrize(
    "error", [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
async def test_a_lost_answer_is_settled_before_it_is_sent_again(error: Exception) -> None:
    campaign = Campaign(after=lambda method, count: error if method == "POST" and count == 1 else None)
    async with campaign.client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(40)))
    assert found == dict.fromkeys(numbers(40), "linked")
    assert campaign.posts == Counter(numbers(40))


async def test_a_request_that_was_not_done_is_sent_again() -> None:
    def fault(method: str, count: int) -> Exception | httpx.Response | None:
        if method != "POST" or count > 2:
            return None
        return httpx.ReadError("reset") if count == 1 else httpx.Response(502, text="<html>bad gateway</html>")

    campaign = Campaign(before=fault)
    async with campaign.client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(40)))
    assert found == dict.fromkeys(numbers(40), "linked")
    assert campaign.linked == set(numbers(40))


async def test_a_number_that_the_server_always_fails_on_is_reported() -> None:
    def fault(method: str, _: int) -> httpx.Response | None:
        return httpx.Response(500) if method == "POST" and failing else None

    failing = True
    campaign = Campaign(before=fault)
    good = Campaign()

    def answer(request: httpx.Request) -> httpx.Response:
        bad = request.url.path.endswith("14155550000") or b"14155550000" in request.content
        return campaign._answer(request) if bad else good._answer(request)

    async with campaign.client(transport=httpx.MockTransport(answer)) as vonage:
        found = {o.number: o async for o in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(200), concurrency=4)}
    assert found["14155550000"].status == "failed"
    assert found["14155550000"].problem is not None
    assert sum(o.ok for o in found.values()) == 199


@pytest.mark.parametrize(("status", "expected"), [(401, Unauthorized), (403, Forbidden)])
@in_virtual_time
async def test_wrong_credentials_stop_the_run_at_once(status: int, expected: type[Exception], tmp_path: Path) -> None:
    count = rounds(5000)
    campaign = Campaign(before=lambda *_: problem(status, "#unauthorized", "Invalid credentials supplied"))
    journal = tmp_path / "links.db"
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(count), journal=journal, concurrency=16)
        with pytest.raises(expected):
            await run
    assert sum(campaign.requests.values()) <= 16
    assert run.summary.pending == run.summary.total == count
    assert run.summary.stopped is not None
    working = Campaign()
    async with working.client() as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(count), journal=journal)
    assert (summary.ok, summary.total) == (True, count)
    assert working.posts == Counter(numbers(count))


async def test_an_unknown_brand_stops_the_run() -> None:
    detail = f"ID '{BRAND}' does not exist, or you do not have access"
    campaign = Campaign(before=lambda *_: problem(404, "#not-found", "Not Found", detail))
    async with campaign.client() as vonage:
        with pytest.raises(NotFound, match=BRAND):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1000), concurrency=4)
    assert sum(campaign.requests.values()) <= 4


async def test_an_unknown_number_is_rejected() -> None:
    detail = "ID '14155550000' does not exist, or you do not have access"
    campaign = Campaign(before=lambda *_: problem(404, "#not-found", "Not Found", detail))
    async with campaign.client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1)))
    assert found == {"14155550000": "rejected"}


@in_virtual_time
async def test_an_outage_ends_the_run_without_a_flood() -> None:
    campaign = Campaign(before=lambda *_: httpx.ConnectError("refused"))
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1000))
        with pytest.raises(RunStopped, match="does not answer"):
            await run
    assert sum(campaign.requests.values()) <= 1200
    assert run.summary.pending == 1000


async def test_missing_credentials_are_found_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VONAGE_API_SECRET", raising=False)
    campaign = Campaign()
    async with campaign.client(api_secret=None) as vonage:
        with pytest.raises(ConfigurationError, match="api_secret"):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3))
    assert not campaign.requests


async def test_breaking_out_leaves_no_task_behind() -> None:
    async with Campaign().client() as vonage:
        before = asyncio.all_tasks()
        async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000)):
            break
        async with asyncio.timeout(10):
            while asyncio.all_tasks() != before:  # noqa: ASYNC110 - a generator is closed by the loop, which tells nobody
                await asyncio.sleep(0.01)


@in_virtual_time
async def test_stop_finishes_what_is_under_way(tmp_path: Path) -> None:
    campaign = Campaign()
    journal = tmp_path / "links.db"
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), journal=journal)
        found = set()
        async for outcome in run:
            found.add(outcome.number)
            run.stop()
        assert found == campaign.linked
        assert 0 < len(found) < 5000
        assert run.summary.total == 5000
        rest = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), journal=journal))
    assert found.isdisjoint(rest)
    assert len(found) + len(rest) == 5000
    assert campaign.posts == Counter(numbers(5000))


async def test_stop_ends_a_run_whose_input_waits_for_room() -> None:
    let_go = asyncio.Event()

    class Held(httpx.MockTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await let_go.wait()
            return await super().handle_async_request(request)

    async with Campaign().client(transport=Held(Campaign()._answer)) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), concurrency=4)
        ending = asyncio.ensure_future(run._to_the_end())
        await asyncio.sleep(0.2)
        run.stop()
        let_go.set()
        summary = await asyncio.wait_for(ending, 5)
    assert summary.done == 4
    assert summary.pending == 4996


async def test_a_run_goes_on_from_its_journal(tmp_path: Path) -> None:
    campaign = Campaign()
    given = [*numbers(3000), "nonsense", *numbers(10)]
    journal = tmp_path / "links.db"
    reported: list[LinkOutcome] = []
    async with campaign.client() as vonage:
        while True:
            run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, given, journal=journal)
            async for outcome in run:
                reported.append(outcome)
                if len(reported) % 700 == 0:
                    break
            else:
                break
            await asyncio.sleep(0.05)  # what is under way is cancelled
    assert run.summary.total == len(given)
    assert (run.summary.linked, run.summary.duplicate, run.summary.invalid) == (3000, 10, 1)
    assert campaign.posts == Counter(numbers(3000))
    times = Counter((o.number, o.status) for o in reported)
    assert set(times.values()) == {1}
    assert Counter(o.status for o in Journal(journal)) == Counter(run.summary.counts)


async def test_numbers_in_flight_at_a_crash_are_settled_not_sent_again(tmp_path: Path) -> None:
    campaign = Campaign()
    journal = tmp_path / "links.db"
    async with campaign.client() as vonage:
        async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2000), journal=journal, concurrency=500):
            break
        await asyncio.sleep(0.05)
        done = len(campaign.linked)
        assert done > 1
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2000), journal=journal)
    assert (summary.ok, summary.total) == (True, 2000)
    assert campaign.posts == Counter(numbers(2000))


async def test_a_journal_of_another_run_is_refused_naming_both(tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    async with Campaign().client() as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=journal)
        with pytest.raises(JournalError) as refused:
            await vonage.bulk.link_numbers(BRAND, "COTHER1", numbers(3), journal=journal)
    assert CAMPAIGN in str(refused.value)
    assert "COTHER1" in str(refused.value)
    assert len(list(Journal(journal))) == 3


@pytest.mark.parametrize("content", [b"this is no database, it is a text\n" * 100, b"\x00" * 4096])
async def test_a_file_that_is_no_journal_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    journal.write_bytes(content)
    campaign = Campaign()
    async with campaign.client() as vonage:
        with pytest.raises(JournalError, match=r"links\.db"):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=journal)
    assert journal.read_bytes() == content
    assert not campaign.requests


async def test_two_runs_cannot_share_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    async with Campaign().client() as vonage:
        async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), journal=journal, concurrency=2):
            with pytest.raises(JournalError, match="in use"):
                await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=journal)
            break


async def test_progress_is_told() -> None:
    told: list[Summary] = []
    async with Campaign().client() as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(300), on_progress=told.append)
    assert told[-1].done == told[-1].total == 300
    assert [summary.done for summary in told] == sorted(summary.done for summary in told)


@pytest.mark.parametrize(("given", "options"), [("14155550110", {}), ([], {"concurrency": 0})])
async def test_misuse_is_told_at_once(given: object, options: dict[str, int]) -> None:
    async with Campaign().client() as vonage:
        with pytest.raises(ConfigurationError):
            vonage.bulk.link_numbers(BRAND, CAMPAIGN, given, **options)  # type: ignore[arg-type]
