"""A waiter gives the thing when it is in the wanted state, and says so when it cannot get there."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import httpx
import pytest

from aiovonage import InvalidValue, NotFound, ServerError, Throttle, VonageError, WaiterFailed, WaiterTimedOut
from aiovonage.api.ten_dlc import Campaign, CampaignNumber, Vetting
from codegen.spec import load_all
from tests.core.answers import Answer, Answers
from tests.virtual_time import in_virtual_time

SOON = {"timeout": 30.0, "every": 0.001}
DOWN = Answer(503, b"")


def campaign(status: str | None) -> Answer:
    return Answer(200, {"brand_id": "B", "campaign_id": "C", "status": status})


async def active(answers: Answers, **options: Any) -> Campaign:
    async with answers.client(max_retries=0) as vonage:
        return await vonage.ten_dlc.wait_until_campaign_active("B", "C", **SOON | options)


async def test_it_asks_until_the_state_is_there_and_gives_the_thing() -> None:
    answers = Answers(campaign("PENDING_REVIEW"), campaign(None), campaign("a new word"), campaign("ACTIVE"))
    got = await active(answers)
    assert (got.campaign_id, got.status) == ("C", "ACTIVE")
    assert [r.url.path for r in answers.requests] == ["/v1/10dlc/brands/B/campaigns/C"] * 4


@pytest.mark.parametrize("word", ["REJECTED", "Updates required", "pending-cancellation", "Terminated"])
async def test_a_state_that_does_not_lead_there_ends_it(word: str) -> None:
    answers = Answers(campaign("PENDING"), campaign(word))
    with pytest.raises(WaiterFailed, match=f"status is {word}, which does not lead to ACTIVE") as raised:
        await active(answers)
    assert raised.value.waiter == "ten_dlc.wait_until_campaign_active"
    assert raised.value.state == word
    assert raised.value.answer.campaign_id == "C"
    assert not isinstance(raised.value, WaiterTimedOut)
    assert len(answers.requests) == 2
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.state) == (str(raised.value), word)


async def test_it_ends_after_its_time() -> None:
    with pytest.raises(WaiterTimedOut, match=r"status is still PENDING after 0\.05 seconds") as raised:
        await active(Answers(campaign("PENDING")), timeout=0.05)
    assert isinstance(raised.value, VonageError | TimeoutError)
    assert raised.value.state == "PENDING"
    assert raised.value.answer.status == "PENDING"


@in_virtual_time
async def test_a_failure_that_passes_is_waited_out_and_one_that_lasts_is_not() -> None:
    broken = httpx.ConnectError("refused")
    limited = Answer(429, {"retry_after": 0})
    answers = Answers(DOWN, broken, limited, DOWN, campaign("PENDING"), DOWN, DOWN, DOWN, DOWN, campaign("ACTIVE"))
    assert (await active(answers)).status == "ACTIVE"
    lasting = Answers(campaign("PENDING"), DOWN)
    with pytest.raises(ServerError):
        await active(lasting)
    assert len(lasting.requests) == 6
    with pytest.raises(VonageError, match="422"):
        await active(Answers(campaign("PENDING"), Answer(422, {})))


async def test_what_was_just_made_need_not_be_visible_yet_but_what_has_gone_is_gone() -> None:
    number = {"number": "12025550101", "status": "PENDING"}
    approved = Answer(200, number | {"status": "LINKED"})
    answers = Answers(Answer(404, {}), Answer(404, {}), Answer(200, number), approved)
    async with answers.client() as vonage:
        got = await vonage.ten_dlc.wait_until_number_approved("B", "C", "12025550101", **SOON)
        assert isinstance(got, CampaignNumber)
        assert got.status == "LINKED"
    gone = Answers(Answer(200, number), Answer(404, {}))
    async with gone.client() as vonage:
        with pytest.raises(NotFound):
            await vonage.ten_dlc.wait_until_number_approved("B", "C", "12025550101", **SOON)
    with pytest.raises(NotFound):  # a campaign is visible at once
        await active(Answers(Answer(404, {})))


async def test_one_of_a_list_is_found_by_its_id() -> None:
    other = {"vetting_id": "V2", "vetting_status": "ACTIVE"}
    answers = Answers(
        Answer(200, [other]),
        Answer(200, [other, {"vetting_id": "V1", "vetting_status": "PENDING"}]),
        Answer(200, [other, {"vetting_id": "V1", "vetting_status": "ACTIVE"}]),
    )
    async with answers.client() as vonage:
        got = await vonage.ten_dlc.wait_until_vetting_complete("B", "V1", **SOON)
    assert isinstance(got, Vetting)
    assert (got.vetting_id, got.vetting_status) == ("V1", "ACTIVE")
    vanished = Answers(Answer(200, [{"vetting_id": "V1", "vetting_status": "PENDING"}]), Answer(200, [other]))
    async with vanished.client() as vonage:
        with pytest.raises(WaiterFailed, match="nothing whose vetting_id is 'V1'"):
            await vonage.ten_dlc.wait_until_vetting_complete("B", "V1", **SOON)


async def test_brands_and_agents() -> None:
    brand = Answers(
        Answer(200, {"brand_id": "B", "status": "PENDING"}), Answer(200, {"brand_id": "B", "status": "VERIFIED"})
    )
    async with brand.client() as vonage:
        assert (await vonage.ten_dlc.wait_until_brand_verified("B", **SOON)).status == "VERIFIED"
    agent = Answers(Answer(200, {"id": "A", "state": "VERIFIED"}), Answer(200, {"id": "A", "state": "LAUNCHED"}))
    async with agent.client() as vonage:
        assert (await vonage.rcs.wait_until_agent_launched("A", **SOON)).state == "LAUNCHED"
    agent = Answers(Answer(200, {"id": "A", "state": "REJECTED"}))
    async with agent.client() as vonage:
        with pytest.raises(WaiterFailed, match="LAUNCHED"):
            await vonage.rcs.wait_until_agent_launched("A", **SOON)


async def test_requests_go_through_the_throttle() -> None:
    answers = Answers(*[campaign("PENDING")] * 4, campaign("ACTIVE"))
    began = asyncio.get_running_loop().time()
    async with answers.client(throttle=Throttle(rate=20)) as vonage:
        await vonage.ten_dlc.wait_until_campaign_active("B", "C", **SOON)
    assert asyncio.get_running_loop().time() - began > 3 / 20


async def test_a_view_of_raw_responses_gives_the_thing_too() -> None:
    async with Answers(campaign("ACTIVE")).client() as vonage:
        got = await vonage.with_raw_response.ten_dlc.wait_until_campaign_active("B", "C")
    assert isinstance(got, Campaign)


@pytest.mark.parametrize("every", [0, -1, float("nan")])
async def test_it_does_not_ask_without_a_pause(every: float) -> None:
    answers = Answers(campaign("PENDING"))
    with pytest.raises(InvalidValue, match="every must be more than 0"):
        await active(answers, every=every)
    assert not answers.requests


async def test_cancelling_it_cancels_it() -> None:
    task = asyncio.ensure_future(active(Answers(campaign("PENDING")), timeout=None, every=60))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_each_waiter_of_the_specs_has_a_method() -> None:
    from aiovonage.api import Namespaces

    view = Namespaces()
    view._session = None  # type: ignore[assignment]
    found = {
        (operation["tags"][0], name)
        for spec in load_all()
        for _, _, operation in spec.operations()
        for name in operation.get("x-waiter", {})
    }
    assert {name for _, name in found} == {
        "wait_until_brand_verified",
        "wait_until_vetting_complete",
        "wait_until_campaign_active",
        "wait_until_number_approved",
        "wait_until_agent_launched",
    }
    for namespace, name in found:
        assert asyncio.iscoroutinefunction(getattr(getattr(view, namespace), name))
