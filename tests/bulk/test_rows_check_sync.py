"""Rows that name their campaigns, how numbers stand, and bringing a campaign to hold what the input holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage import ConfigurationError, InvalidValue, Vonage
from aiovonage.bulk import BulkRun, Journal, JournalError, Link, LinkOutcome, RunStopped
from aiovonage.sandbox import Carriers, Sandbox
from tests.bulk.campaign import BRAND, CAMPAIGN, numbers

SECOND = "CSECOND"


def client(sandbox: Sandbox) -> Vonage:
    """A client of a sandbox that has no socket."""
    return Vonage(
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        base_url="http://127.0.0.1",
        transport=httpx.ASGITransport(sandbox.app),
    )


@pytest.fixture
def sandbox(soon: None) -> Sandbox:
    """A sandbox with two campaigns."""
    sandbox = Sandbox(carriers=Carriers(delay=0.0))
    sandbox.state.add_campaign(SECOND)
    return sandbox


async def outcomes_of(run: BulkRun) -> list[LinkOutcome]:
    """The outcomes."""
    return [outcome async for outcome in run]


async def test_rows_link_to_the_campaigns_that_they_name(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [Link(number, BRAND, CAMPAIGN if index % 2 else SECOND) for index, number in enumerate(numbers(40))]
    async with client(sandbox) as vonage:
        found = await outcomes_of(vonage.bulk.link(rows, journal=tmp_path / "links.db"))
    assert {(o.number, o.campaign_id) for o in found} == {(row.number, row.campaign_id) for row in rows}
    assert set(sandbox.state.campaigns[CAMPAIGN].numbers) == set(numbers(40)[1::2])
    assert {(o.number, o.campaign_id) for o in Journal(tmp_path / "links.db")} == {
        (o.number, o.campaign_id) for o in found
    }


async def test_the_same_number_for_two_campaigns_is_a_conflict_and_not_a_duplicate(sandbox: Sandbox) -> None:
    rows = [Link(numbers(1)[0], BRAND, campaign) for campaign in (CAMPAIGN, SECOND, CAMPAIGN)]
    async with client(sandbox) as vonage:
        found = await outcomes_of(vonage.bulk.link(rows, concurrency=1))
    assert Counter(str(o.status) for o in found) == {"accepted": 1, "conflict": 1, "duplicate": 1}


async def test_what_is_wrong_with_one_campaign_does_not_stop_the_others(sandbox: Sandbox) -> None:
    sandbox.state.campaigns[SECOND].status = "SUSPENDED"
    rows = [Link(number, BRAND, (CAMPAIGN, SECOND, "CNONE")[index % 3]) for index, number in enumerate(numbers(30))]
    async with client(sandbox) as vonage:
        found = await outcomes_of(vonage.bulk.link(rows))
    by_campaign = {
        campaign: {str(o.status) for o in found if o.campaign_id == campaign}
        for campaign in (CAMPAIGN, SECOND, "CNONE")
    }
    assert by_campaign == {CAMPAIGN: {"accepted"}, SECOND: {"rejected"}, "CNONE": {"rejected"}}
    suspended = next(o for o in found if o.campaign_id == SECOND)
    assert suspended.retryable
    assert suspended.problem is not None
    assert "SUSPENDED" in str(suspended.problem.detail)
    assert not set(sandbox.state.posts) & {o.number for o in found if o.campaign_id == SECOND}


@pytest.mark.parametrize(
    ("brand", "campaign", "name"),
    [(BRAND, "", "campaign_id"), (BRAND, None, "campaign_id"), (" ", CAMPAIGN, "brand_id")],
)
def test_a_row_without_a_campaign_is_refused_by_name(brand: Any, campaign: Any, name: str) -> None:
    with pytest.raises(InvalidValue, match=name):
        Link("12025550101", brand, campaign)


@pytest.mark.parametrize("country", ["DE", "usa", "", None])
def test_a_row_of_another_country_is_refused(country: Any) -> None:
    with pytest.raises(ConfigurationError, match="country"):
        Link("12025550101", BRAND, CAMPAIGN, country)
    assert Link("12025550101", BRAND, CAMPAIGN, "us").country == "US"


async def test_what_is_not_a_row_is_refused(sandbox: Sandbox) -> None:
    async with client(sandbox) as vonage:
        with pytest.raises(ConfigurationError, match="must be a Link, not str"):
            await vonage.bulk.link(["12025550101"])  # type: ignore[list-item]
    assert not sandbox.state.posts


async def test_rows_are_unlinked_and_checked(sandbox: Sandbox) -> None:
    rows = [Link(number, BRAND, CAMPAIGN if index % 2 else SECOND) for index, number in enumerate(numbers(20))]
    for row in rows:
        sandbox.state.link(str(row.number), row.campaign_id)
    async with client(sandbox) as vonage:
        assert (await vonage.bulk.check(rows)).linked == 20
        assert (await vonage.bulk.unlink(rows[:8])).unlinked == 8
        checked = await vonage.bulk.check(rows)
    assert (checked.linked, checked.not_linked) == (12, 8)
    assert not checked.ok


async def test_check_reports_how_numbers_stand_and_changes_nothing(sandbox: Sandbox) -> None:
    words = ("APPROVED", "PENDING", "REJECTED", "LINKED", "UNLINKING")
    for number, word in zip(numbers(5), words, strict=True):
        sandbox.state.link(number, CAMPAIGN).status = word
    async with client(sandbox) as vonage:
        found = {o.number: o for o in await outcomes_of(vonage.bulk.check_numbers(BRAND, CAMPAIGN, [*numbers(6), "x"]))}
    expected = ["linked", "accepted", "rejected", "linked", "accepted", "not_linked"]
    assert [str(found[number].status) for number in numbers(6)] == expected
    assert [found[number].carrier_status for number in numbers(6)] == [*words, None]
    assert [found[number].ok for number in numbers(6)] == [True, False, False, True, False, False]
    assert str(found["x"].status) == "invalid"
    assert not sandbox.state.posts


@pytest.mark.parametrize(("held", "asked", "most"), [(1000, 3, 8), (1000, 1000, 40), (5, 500, 8)])
async def test_check_costs_about_as_few_requests_as_can_be(sandbox: Sandbox, held: int, asked: int, most: int) -> None:
    for number in numbers(held):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        summary = await vonage.bulk.check_numbers(BRAND, CAMPAIGN, numbers(asked))
    assert (summary.linked, summary.not_linked) == (min(held, asked), max(0, asked - held))
    assert sum(sandbox.statuses.values()) <= most


async def test_sync_links_what_is_missing_and_nothing_else(sandbox: Sandbox) -> None:
    for number in numbers(30):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        summary = await vonage.bulk.sync_numbers(BRAND, CAMPAIGN, numbers(50)[10:])
    assert (summary.already_linked, summary.accepted, summary.total) == (20, 20, 40)
    assert set(sandbox.state.posts) == set(numbers(50)[30:])
    assert set(sandbox.state.campaigns[CAMPAIGN].numbers) == set(numbers(50))


async def test_sync_removes_what_is_not_wanted_if_it_is_told_to(sandbox: Sandbox, tmp_path: Path) -> None:
    for number in numbers(30):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        run = vonage.bulk.sync_numbers(BRAND, CAMPAIGN, numbers(50)[10:], remove=True, journal=tmp_path / "sync.db")
        found = {o.number: str(o.status) for o in await outcomes_of(run)}
    assert set(sandbox.state.campaigns[CAMPAIGN].numbers) == set(numbers(50)[10:])
    assert {found[number] for number in numbers(10)} == {"unlinked"}
    assert run.summary.unlinked == 10
    assert {o.number: str(o.status) for o in Journal(tmp_path / "sync.db")} == found


async def test_the_dry_run_of_a_sync_is_its_plan(sandbox: Sandbox) -> None:
    for number in numbers(30):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        run = vonage.bulk.sync_numbers(BRAND, CAMPAIGN, numbers(50)[10:], remove=True, dry_run=True)
        planned = {o.number: o.planned for o in await outcomes_of(run)}
    assert Counter(planned.values()) == {"link": 20, "unlink": 10, None: 20}
    assert {number for number, plan in planned.items() if plan == "unlink"} == set(numbers(10))
    assert not sandbox.state.posts
    assert set(sandbox.state.campaigns[CAMPAIGN].numbers) == set(numbers(30))


@pytest.mark.parametrize("given", [["12025550101", "not a number"], []])
async def test_nothing_is_removed_when_the_input_may_be_wrong(given: list[str], sandbox: Sandbox) -> None:
    for number in numbers(30):
        sandbox.state.link(number, CAMPAIGN)
    async with client(sandbox) as vonage:
        with pytest.raises(RunStopped, match="Nothing is removed"):
            await vonage.bulk.sync_numbers(BRAND, CAMPAIGN, given, remove=True)
    assert set(numbers(30)) <= set(sandbox.state.campaigns[CAMPAIGN].numbers)


async def test_a_dry_run_writes_no_journal(sandbox: Sandbox, tmp_path: Path) -> None:
    async with client(sandbox) as vonage:
        with pytest.raises(ConfigurationError, match="dry run writes no journal"):
            vonage.bulk.sync_numbers(BRAND, CAMPAIGN, [], dry_run=True, journal=tmp_path / "sync.db")


async def test_a_sync_with_removal_does_not_go_on_from_one_without(sandbox: Sandbox, tmp_path: Path) -> None:
    async with client(sandbox) as vonage:
        await vonage.bulk.sync_numbers(BRAND, CAMPAIGN, numbers(3), journal=tmp_path / "sync.db")
        with pytest.raises(JournalError, match="another run"):
            await vonage.bulk.sync_numbers(BRAND, CAMPAIGN, numbers(3), journal=tmp_path / "sync.db", remove=True)
