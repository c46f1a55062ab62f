"""The rules that the documents and the support articles state hold in the sandbox too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jwt
import pytest

from aiovonage.sandbox.specs import documented
from tests.sandbox.asking import BRAND, CAMPAIGN, ENGAGED, NUMBER, Asked, asked, code

AGENTS = "/v1/channel-manager/rcs/agents"
ANALYTICS = "/v1/channel-manager/whatsapp/wabas/345688589250625"


@pytest.mark.parametrize("status", ["PENDING_REVIEW", "CARRIERS_REVIEW", "SUSPENDED", "TERMINATED", "EXPIRED"])
async def test_numbers_are_linked_only_to_a_campaign_that_is_active(status: str) -> None:
    async with asked() as api:
        campaign = api.sandbox.state.campaigns[CAMPAIGN]
        await api.link("12025550102")
        campaign.status = status
        assert not campaign.active
        for number in (NUMBER, "12025550102"):  # never number-already-linked
            answer = await api.link(number)
            assert (answer.status_code, code(answer)) == (409, "campaign-not-active")
        assert status in answer.json()["detail"]
        path = f"/v1/10dlc/brands/{BRAND}/campaigns/{CAMPAIGN}"
        assert (await api.client.get(path)).json()["status"] == status
        await api.client.patch(path, json={"label": "x", "status": "ACTIVE"})  # an update cannot activate it
        assert code(await api.link()) == "campaign-not-active"
        campaign.active = True
        assert (await api.link()).status_code == 202
        assert (await api.state())["posts"] == {NUMBER: 3, "12025550102": 2}


async def test_the_first_number_decides_for_ever_whether_a_campaign_is_for_hipaa() -> None:
    async with asked() as api:
        assert (await api.link(compliance=["HIPAA"])).json()["compliance"] == ["HIPAA"]
        assert (await api.get()).json()["compliance"] == ["HIPAA"]
        assert code(await api.link("12025550102")) == "compliance-mismatch"
        await api.unlink()
        assert code(await api.link(compliance=[])) == "compliance-mismatch"
        assert (await api.link(compliance=["HIPAA"])).status_code == 202
    async with asked() as api:
        await api.link()
        assert code(await api.link("12025550102", compliance=["HIPAA"])) == "compliance-mismatch"


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"country": "USA"}, ["country"]),
        ({"country": "us"}, ["country"]),
        ({"number": "+1 202 555 0101"}, ["number"]),
        ({"number": "+12025550101"}, ["number"]),
        ({"number": "１２０２５５５０１０１"}, ["number"]),
        ({"country": "", "number": "call me"}, ["country", "number"]),
    ],
)
async def test_numbers_and_countries_in_another_form_are_refused(members: dict[str, str], fields: list[str]) -> None:
    async with asked() as api:
        answer = await api.link(**members)
        assert (answer.status_code, code(answer)) == (422, "invalid-number-data")
        assert [wrong["field"] for wrong in answer.json()["invalid_parameters"]] == fields
        assert api.sandbox.state.numbers == {}


async def test_the_api_refuses_the_numbers_that_a_test_names() -> None:
    async with asked() as api:
        state = api.sandbox.state
        state.refuse("12025550102", 422, operations=["ten_dlc.get_number"])
        state.refuse("12025550103", 403)
        assert (await api.link("12025550102")).status_code == 202
        answer = await api.get("12025550102")
        assert (answer.status_code, code(answer)) == (422, "invalid-number-data")
        for answer in (await api.link("12025550103"), await api.get("12025550103"), await api.unlink("12025550103")):
            assert (answer.status_code, code(answer)) == (403, "unprovisioned")
        assert (await api.link()).status_code == 202
        with pytest.raises(ValueError, match="status must be that of an error"):
            state.refuse(NUMBER, 200)
        with pytest.raises(ValueError, match=r"Did you mean 'ten_dlc\.get_number'"):
            state.refuse(NUMBER, 422, operations=["ten_dlc.get_numbers"])


async def test_each_error_has_an_id_of_its_own_and_a_seed_repeats_them() -> None:
    async def ids() -> list[str]:
        async with asked(rate=3, burst=3) as api:
            answers = [await api.get() for _ in range(5)]  # three are not found, two are throttled
            assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
            return [answer.json()["instance"] for answer in answers]

    first = await ids()
    assert len(set(first)) == 5
    assert all(len(instance) == 32 for instance in first)
    assert first == await ids()


async def test_a_batch_without_a_number_that_succeeds_is_an_error_with_an_id() -> None:
    async with asked() as api:
        answer = await api.client.post(ENGAGED, json={"numbers": ["call me", "1"]})
        assert (answer.status_code, code(answer)) == (400, "all-numbers-refused")
        assert len(answer.json()["instance"]) == 32
        assert [error["number"] for error in answer.json()["errors"]] == ["call me", "1"]


async def test_the_rate_follows_the_clock_of_the_sandbox() -> None:
    async with asked(rate=2, burst=2) as api:
        assert [(await api.get()).status_code for _ in range(3)] == [404, 404, 429]
        api.clock.at += 0.5
        assert [(await api.get()).status_code for _ in range(2)] == [404, 429]


async def test_dates_follow_a_clock_that_a_test_sets() -> None:
    async with asked() as api:
        api.clock.at = 86_400.0
        path = f"/v1/10dlc/brands/{BRAND}"
        assert (await api.client.patch(path, json={"display_name": "x"})).json()[
            "last_updated"
        ] == "2026-01-02 00:00:00"


async def test_brands_are_held_against_the_formats_of_the_document() -> None:
    brand = {
        "account_id": "abcd1234",
        "entity_type": "SOLE_PROPRIETOR",
        "first_name": "John",
        "last_name": "Smith",
        "display_name": "Smith",
        "company_name": "Smith",
        "ein": "20-1111111",
        "phone": "+15556660001",
        "street": "23 Main Street",
        "city": "Holmdel",
        "state": "NJ",
        "postal_code": "07733",
        "country": "US",
        "email": "john@example.com",
    }
    async with asked() as api:

        async def wrong(**members: str) -> list[str]:
            answer = await api.client.post("/v1/10dlc/brands", json={**brand, **members})
            return [entry["field"] for entry in answer.json().get("invalid_parameters", [])]

        assert await wrong() == []
        assert await wrong(phone="555-0101") == ["phone"]
        assert await wrong(state="New Jersey") == ["state"]
        assert await wrong(state="Ontario", country="CA") == []
        assert await wrong(country="Canada") == ["country"]


def agent(**members: str) -> dict[str, Any]:
    example = documented("rcs.create_agent", 201)
    body = {name: example[name] for name in ("application_settings", "visual_design", "representative")}
    basic_info = {**example["basic_info"], "display_name": "Mine", "sender_id": "Mine", **members}
    return {**body, "carrier_requirements": example["carrier_requirements"], "basic_info": basic_info}


async def test_agents_have_names_and_sender_ids_of_their_own() -> None:
    async with asked() as api:
        made = await api.client.post(AGENTS, json=agent())
        assert made.status_code == 201
        for taken in ({"display_name": "Other"}, {"sender_id": "Other"}):
            answer = await api.client.post(AGENTS, json=agent(**taken))
            assert (answer.status_code, code(answer)) == (409, "conflict")
        other = await api.client.post(AGENTS, json=agent(display_name="Other", sender_id="Other"))
        assert other.status_code == 201
        path = f"{AGENTS}/{other.json()['id']}"
        taken_name = agent(sender_id="Other")["basic_info"]
        assert (await api.client.patch(path, json={"basic_info": taken_name})).status_code == 409
        moved = agent(display_name="Other", sender_id="Third")
        assert "cannot be changed" in (await api.client.put(path, json=moved)).json()["detail"]
        renamed = agent(display_name="Fourth", sender_id="Other")
        assert (await api.client.put(path, json=renamed)).json()["basic_info"]["display_name"] == "Fourth"


async def test_a_test_device_has_a_telephone_number() -> None:
    async with asked() as api:
        path = f"{AGENTS}/{documented('rcs.get_agent')['id']}/test-devices"
        answer = await api.client.post(path, json={"phone": "call me"})
        assert [wrong["field"] for wrong in answer.json()["invalid_parameters"]] == ["phone"]
        for phone in ("+14155552671", "14155552671"):
            assert (await api.client.post(path, json={"phone": phone})).status_code == 202


async def test_users_have_names_of_their_own() -> None:
    async with asked() as api:
        sandbox = api.sandbox
        claims = {"application_id": sandbox.application_id, "iat": 0, "exp": 2**33, "jti": "x"}
        token = jwt.encode(claims, sandbox.private_key, "RS256")
        headers = {"Authorization": f"Bearer {token}"}
        as_user: dict[str, Any] = {"headers": headers, "auth": None}
        made = await api.client.post("/v1/users", json={"name": "me"}, **as_user)
        assert made.status_code == 201
        again = await api.client.post("/v1/users", json={"name": "me"}, **as_user)
        assert (again.status_code, again.json()["code"]) == (409, "user:error:duplicate-name")
        other = await api.client.post("/v1/users", json={"name": "you"}, **as_user)
        path = f"/v1/users/{other.json()['id']}"
        assert (await api.client.patch(path, json={"name": "me"}, **as_user)).status_code == 409
        assert (await api.client.patch(path, json={"name": "you"}, **as_user)).status_code == 200


async def figures(api: Asked, kind: str, **values: str) -> list[dict[str, Any]]:
    """All figures of a range, page by page."""
    found: list[dict[str, Any]] = []
    query = dict(values)
    while True:
        page = (await api.client.get(f"{ANALYTICS}/{kind}-analytics", params=query)).json()
        found += page["_embedded"][f"{kind}_analytics"]
        if "paging" in page and "next" in page["paging"]:
            query["after"] = page["paging"]["cursors"]["after"]
        elif "next" in page.get("_links", {}):
            query["cursor"] = page["_links"]["next"]["href"].rpartition("cursor=")[2]
        else:
            return found


@pytest.mark.parametrize(
    ("granularity", "count", "first", "last"),
    [
        ("DAILY", 31, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("MONTHLY", 1, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("HALF_HOUR", 31 * 48, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
    ],
)
async def test_figures_follow_the_range(granularity: str, count: int, first: str, last: str) -> None:
    async with asked() as api:
        asked_for = {"start": "2026-10-01", "end": "2026-10-31", "granularity": granularity}
        found = await figures(api, "pricing", **asked_for)
        assert (len(found), found[0]["start"], found[-1]["end"]) == (count, first, last)
        assert all(before["end"] == after["start"] for before, after in pairwise(found))


async def test_figures_of_messages_are_in_unix_time_and_of_the_example_without_a_range() -> None:
    async with asked() as api:
        found = await figures(api, "messaging", start="2026-10-01", end="2026-10-02")
        assert [point["start"] for point in found] == ["1790812800", "1790899200"]
        assert [point["start"][:10] for point in await figures(api, "pricing")] == [
            f"2024-11-{day}" for day in range(11, 16)
        ]
        assert await figures(api, "pricing", start="2026-10-02", end="2026-10-01") == []


async def test_figures_of_templates_are_of_ninety_days_at_most() -> None:
    async with asked() as api:
        path = f"{ANALYTICS}/template-analytics"
        within = {"start": "2026-01-01", "end": "2026-04-01"}
        assert len(await figures(api, "template", page_size="50", **within)) == 91
        answer = await api.client.get(path, params={"start": "2026-01-01", "end": "2026-04-02"})
        assert answer.status_code == 422
        assert [wrong["field"] for wrong in answer.json()["invalid_parameters"]] == ["end"]


@pytest.mark.parametrize("granularity", ["DAILY", "MONTHLY", "HALF_HOUR"])
async def test_ranges_at_the_ends_of_the_calendar_are_answered(granularity: str) -> None:
    async with asked() as api:
        for given in ({"start": "0001-01-01"}, {"end": "0001-01-01"}, {"start": "9999-12-31"}, {"end": "9999-12-31"}):
            params = {**given, "granularity": granularity}
            assert (await api.client.get(f"{ANALYTICS}/pricing-analytics", params=params)).status_code == 200
        early = await api.client.get(f"{ANALYTICS}/pricing-analytics", params={"start": "0234-07-03"})
        assert early.json()["_embedded"]["pricing_analytics"][0]["start"] == "0234-07-03T00:00:00Z"
        params = {"start": "9999-12-31", "after": "c47", "granularity": "HALF_HOUR"}
        assert (await api.client.get(f"{ANALYTICS}/pricing-analytics", params=params)).status_code == 200
