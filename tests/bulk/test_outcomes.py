"""An outcome is a claim about the world: what the carriers have decided, where a number is, and who refuses it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage import ConfigurationError, NotFound, Vonage
from aiovonage._problem import Problem
from aiovonage.bulk import BulkRun, Journal, LinkOutcome, RunStopped, Status
from aiovonage.sandbox import Carriers, Faults, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers, problem
from tests.virtual_time import in_virtual_time

pytestmark = pytest.mark.usefixtures("soon", "quick_follow")


def client(sandbox: Sandbox, **options: Any) -> Vonage:
    """A client of a sandbox that has no socket."""
    return Vonage(
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        base_url="http://127.0.0.1",
        transport=httpx.ASGITransport(sandbox.app),
        **options,
    )


async def outcomes_of(run: BulkRun) -> dict[str, LinkOutcome]:
    """The outcome of each number; fails on a number that is reported twice."""
    found: dict[str, LinkOutcome] = {}
    async for outcome in run:
        assert outcome.number not in found
        found[outcome.number] = outcome
    return found


@pytest.mark.parametrize(
    ("word", "status", "ok"),
    [
        ("APPROVED", "linked", True),
        ("LINKED", "linked", True),
        ("PENDING", "accepted", True),
        ("UNKNOWN", "accepted", True),
        ("LINKING", "accepted", True),
        ("ON_HOLD", "accepted", True),  # a word that nobody knows is undecided, and shown as it is
        ("REJECTED", "rejected", False),
    ],
)
async def test_the_carriers_word_decides_what_a_link_is(word: str, status: str, ok: bool) -> None:
    async with Campaign(word=word).client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1)))
    (outcome,) = found.values()
    assert (outcome.status, outcome.carrier_status, outcome.ok) == (status, word, ok)
    assert (outcome.brand_id, outcome.campaign_id) == (BRAND, CAMPAIGN)


@pytest.mark.parametrize(
    ("word", "status"), [("LINKED", "already_linked"), ("PENDING", "accepted"), ("REJECTED", "rejected")]
)
async def test_a_number_that_was_there_before_is_what_the_carriers_say(word: str, status: str) -> None:
    campaign = Campaign(word=word)
    campaign.linked.update(numbers(1))
    async with campaign.client() as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1)))
    assert [outcome.status for outcome in found.values()] == [status]


async def test_a_run_until_approved_reports_what_the_carriers_have_decided() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=(0.1, 0.8), reject=0.2, seed=4), visible_after=0.2)
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(300), until="approved", patience=60)
        found = await outcomes_of(run)
    decided = {number: linked.status for number, linked in sandbox.state.numbers.items()}
    assert {number: o.carrier_status for number, o in found.items()} == decided
    assert {str(o.status) for o in found.values()} == {"linked", "rejected"}
    assert all(o.ok == (o.status == "linked") for o in found.values())
    assert run.summary.linked + run.summary.rejected == run.summary.total == 300
    assert run.summary.following == run.summary.accepted == 0
    assert not run.summary.ok


async def test_following_costs_few_requests() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=(0.1, 1.0)), visible_after=0.2)
    async with client(sandbox) as vonage:
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2000), until="approved", patience=60)
    assert summary.linked == 2000
    assert sum(sandbox.statuses.values()) < 1.2 * 2000


async def test_what_the_carriers_never_decide_is_accepted_and_not_ok() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.0, never=1.0))
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5), until="approved", patience=0.3)
        found = await outcomes_of(run)
    assert {(str(o.status), o.carrier_status, o.ok) for o in found.values()} == {("accepted", "PENDING", False)}
    assert not run.summary.ok
    assert run.summary.following == 0


@in_virtual_time
async def test_a_number_that_left_the_campaign_again_is_not_called_accepted() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.0, never=1.0))
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), until="approved", patience=1)
        following = asyncio.ensure_future(outcomes_of(run))
        while run.summary.following < 3:  # noqa: ASYNC110 - the run tells nobody
            await asyncio.sleep(0.01)
        await vonage.ten_dlc.unlink_number(BRAND, CAMPAIGN, numbers(1)[0])
        found = await following
    assert [str(found[number].status) for number in numbers(3)] == ["not_linked", "accepted", "accepted"]


async def test_following_goes_on_days_later_from_the_journal(tmp_path: Path) -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.6))
    journal = tmp_path / "links.db"
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(50), journal=journal, until="approved")
        task = asyncio.ensure_future(outcomes_of(run))
        while run.summary.following < 50:  # noqa: ASYNC110 - the run tells nobody
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.7)
        again = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(50), journal=journal, until="approved")
        found = await outcomes_of(again)
    assert {str(o.status) for o in found.values()} == {"linked"}
    assert set(sandbox.state.posts.values()) == {1}
    assert Counter(str(o.status) for o in Journal(journal)) == {"linked": 50}


async def test_a_run_that_was_content_with_accepted_can_be_followed_later(tmp_path: Path) -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.0))
    journal = tmp_path / "links.db"
    async with client(sandbox) as vonage:
        first = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(20), journal=journal)
        assert first.accepted == 20
        assert first.ok
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(20), journal=journal, until="approved")
        found = await outcomes_of(run)
    assert {str(o.status) for o in found.values()} == {"linked"}
    assert run.summary.linked == 20
    assert set(sandbox.state.posts.values()) == {1}


async def test_unlinking_that_takes_time_is_reported_when_the_number_is_gone() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.0, unlink_delay=(0.2, 0.6)))
    for number in numbers(40):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        async for outcome in vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(45)):
            assert outcome.number not in sandbox.state.numbers, outcome
    assert not sandbox.state.numbers


async def test_unlinking_that_does_not_end_is_not_called_unlinked() -> None:
    sandbox = Sandbox(carriers=Carriers(delay=0.0, unlink_delay=60.0))
    sandbox.state.link(numbers(1)[0], CAMPAIGN)
    async with client(sandbox) as vonage:
        run = vonage.bulk.unlink_numbers(BRAND, CAMPAIGN, numbers(1), patience=0.2)
        (outcome,) = (await outcomes_of(run)).values()
    assert (str(outcome.status), outcome.carrier_status, outcome.ok) == ("accepted", "UNLINKING", False)


async def test_an_inactive_campaign_is_reported_before_anything_is_sent(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.state.campaigns[CAMPAIGN].status = "SUSPENDED"
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(50), journal=tmp_path / "links.db")
        with pytest.raises(RunStopped, match="SUSPENDED"):
            await run
        assert not sandbox.state.posts
        assert run.summary.pending == 50
        sandbox.state.campaigns[CAMPAIGN].status = "ACTIVE"
        again = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(50), journal=tmp_path / "links.db")
    assert again.accepted + again.linked == 50


async def test_a_campaign_that_becomes_inactive_stops_the_run_and_decides_no_number() -> None:
    campaign = Campaign(before=lambda method, _: refusal if method == "POST" else None)
    refusal = problem(409, "10dlc#campaign-not-active", "The campaign is not active")
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(30), concurrency=4)
        with pytest.raises(RunStopped, match="not active"):
            await run
    assert run.summary.pending == 30


async def test_the_same_refusal_again_and_again_ends_the_run(tmp_path: Path) -> None:
    campaign = Campaign()
    campaign.refused.update(numbers(1000)[300:])
    journal = tmp_path / "links.db"
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1000), journal=journal, max_refusals=50, concurrency=4)
        with pytest.raises(RunStopped, match="50 numbers in a row were refused for the same reason"):
            await run
        assert 50 <= run.summary.rejected < 60
        assert run.summary.pending == 700 - run.summary.rejected
        campaign.refused.clear()
        again = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1000), journal=journal, retry={"rejected"})
        assert (await again).ok
    assert Counter(str(o.status) for o in Journal(journal)) == {"linked": 1000}


async def test_refusals_that_are_not_in_a_row_end_nothing() -> None:
    campaign = Campaign()
    campaign.refused.update(numbers(400)[::2])
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(400), max_refusals=20, concurrency=1)
        assert (await run).rejected == 200


async def test_a_403_for_one_number_is_an_outcome_of_that_number() -> None:
    campaign = Campaign()
    inner = campaign._answer

    def answer(request: httpx.Request) -> httpx.Response:
        if b"14155550003" in request.content or request.url.path.endswith("14155550003"):
            return problem(403, "#unprovisioned", "Forbidden")
        if request.url.path.endswith(CAMPAIGN):
            return httpx.Response(200, json={"brand_id": BRAND, "campaign_id": CAMPAIGN, "status": "ACTIVE"})
        return inner(request)

    async with campaign.client(transport=httpx.MockTransport(answer)) as vonage:
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10)))
    assert str(found.pop("14155550003").status) == "rejected"
    assert {str(o.status) for o in found.values()} == {"linked"}


async def test_a_conflict_is_looked_at_twice_before_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has linked the number to our campaign a moment ago, and it does not show yet."""
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.0, 0.1, 0.2, 0.5))
    sandbox = Sandbox(visible_after=0.3)
    async with client(sandbox) as vonage:
        await vonage.ten_dlc.link_number(BRAND, CAMPAIGN, _body(numbers(1)[0]))
        sandbox.state.add_campaign("COTHER1")
        sandbox.state.link(numbers(2)[1], "COTHER1")
        found = await outcomes_of(vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2)))
    assert [str(found[number].status) for number in numbers(2)] == ["already_linked", "conflict"]


def _body(number: str) -> Any:
    from aiovonage.api.ten_dlc import LinkNumber

    return LinkNumber(country="US", number=number)


async def test_hipaa_is_sent_and_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    sandbox = Sandbox()
    async with client(sandbox) as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2), compliance=["HIPAA"])
        listed = await vonage.ten_dlc.list_numbers(BRAND, CAMPAIGN).collect()
    assert [number.compliance for number in listed] == [["HIPAA"], ["HIPAA"]]
    assert "the first number that is linked decides for the whole campaign" in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (Status.FAILED, None, True),
        (Status.REJECTED, "campaign-not-active", True),
        (Status.REJECTED, "invalid-number-data", False),
        (Status.CONFLICT, "number-already-linked", False),
        (Status.INVALID, None, False),
        (Status.LINKED, None, False),
    ],
)
def test_an_outcome_says_whether_trying_again_may_help(status: Status, code: str | None, expected: bool) -> None:
    assert LinkOutcome("12025550101", status, Problem(type=f"#{code}")).retryable is expected


@pytest.mark.parametrize(
    "options",
    [
        {"patience": -1},
        {"patience": float("nan")},
        {"patience": "60"},
        {"until": "linked"},
        {"retry": {"linked"}},
        {"retry": "everything"},
        {"max_refusals": 0},
        {"country": "DE"},
        {"country": ""},
        {"compliance": "HIPAA"},
    ],
)
async def test_arguments_that_cannot_be_are_told_at_once(options: dict[str, Any]) -> None:
    async with Campaign().client() as vonage:
        with pytest.raises(
            ConfigurationError if "compliance" not in options else ValueError, match=next(iter(options))
        ):
            vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1), **options)


async def test_a_long_patience_without_a_journal_is_warned_about() -> None:
    async with Campaign().client() as vonage:
        with pytest.warns(UserWarning, match="has no journal"):
            vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(1), until="approved")


async def test_an_unknown_brand_ends_the_run_before_a_number_is_sent() -> None:
    sandbox = Sandbox()
    async with client(sandbox) as vonage:
        with pytest.raises(NotFound, match="BNONE"):
            await vonage.bulk.link_numbers("BNONE", CAMPAIGN, numbers(10))
    assert not sandbox.state.posts


async def test_lost_responses_and_late_links_are_told_apart_from_conflicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.05, 0.3, 0.6, 1.0))
    faults = Faults(lost_responses=0.1, error_rate=0.05, intermediary=0.05, seed=6)
    sandbox = Sandbox(faults=faults, carriers=Carriers(delay=(0.1, 0.4), reject=0.1, words="live"), visible_after=0.4)
    async with client(sandbox) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(300), until="approved", patience=60, concurrency=16)
        found = await outcomes_of(run)
    for number, outcome in found.items():
        expected = "linked" if sandbox.state.numbers[number].status == "LINKED" else "rejected"
        assert str(outcome.status) == expected, outcome
    assert set(sandbox.state.posts.values()) == {1}
