"""The sandbox keeps what it is told, checks who asks, and fails when it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from aiovonage import Conflict, Forbidden, NotFound, Unauthorized, UnprocessableContent, Vonage
from aiovonage.api.applications import CreateApplication, UpdateApplication
from aiovonage.api.channel_manager import (
    AddAgentCarriers,
    AddAgentTestDevice,
    CreateRcsBrand,
    CreateSlackSubscription,
    SlackHook,
    UpdateNumberProfile,
    UpdateRcsBrand,
)
from aiovonage.api.messaging_engagement import CreateEngagement, CreateIdentity, UpdateIdentity
from aiovonage.api.redact import RedactTransaction
from aiovonage.api.ten_dlc import (
    CreateCampaign,
    CreateSoleProprietorBrand,
    FilterCondition,
    ImportVetting,
    LinkNumber,
    RequestVetting,
    UpdateBrand,
    UpdateCampaign,
)
from aiovonage.api.users import CreateUser, UpdateUser
from aiovonage.sandbox import Faults, Sandbox

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"


def client_of(sandbox: Sandbox, **settings: Any) -> Vonage:
    """A client of a sandbox that has no socket."""
    given = {
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "application_id": sandbox.application_id,
        "private_key": sandbox.private_key,
        "base_url": "http://127.0.0.1",
        "transport": httpx.ASGITransport(sandbox.app),
        "max_retries": 0,
    }
    return Vonage(**{**given, **settings})


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
async def vonage(sandbox: Sandbox) -> AsyncIterator[Vonage]:
    async with client_of(sandbox) as client:
        yield client


def a_brand(**members: str) -> CreateSoleProprietorBrand:
    given: dict[str, Any] = {
        "account_id": "abcd1234",
        "first_name": "John",
        "last_name": "Smith",
        "display_name": "Smith",
        "company_name": "Smith",
        "ein": "20-1111111",
        "phone": "15556660001",
        "street": "23 Main Street",
        "city": "Holmdel",
        "state": "NJ",
        "postal_code": "07733",
        "country": "US",
        "email": "john@example.com",
    }
    return CreateSoleProprietorBrand(**{**given, **members})


def a_campaign(usecase: str) -> CreateCampaign:
    return CreateCampaign(
        account_id="abcd1234",
        usecase=usecase,
        description="News",
        subscriber_opt_in=True,
        subscriber_opt_out=True,
        subscriber_help=True,
    )


async def test_from_a_brand_to_its_numbers(vonage: Vonage) -> None:
    dlc = vonage.ten_dlc
    brand = await dlc.create_brand(a_brand())
    assert brand.brand_id is not None
    assert (await dlc.get_brand(brand.brand_id)).display_name == "Smith"
    assert (await dlc.update_brand(brand.brand_id, UpdateBrand(display_name="Smiths"))).display_name == "Smiths"
    with pytest.raises(Conflict) as conflict:
        await dlc.create_campaign(brand.brand_id, a_campaign("MARKETING"))
    assert conflict.value.code == "brand-not-qualified"
    assert (await dlc.check_use_case(brand.brand_id, "MARKETING")).usecase == "MARKETING"
    campaign = await dlc.create_campaign(brand.brand_id, a_campaign("MARKETING"))
    assert campaign.campaign_id is not None
    path = brand.brand_id, campaign.campaign_id
    assert (await dlc.update_campaign(*path, UpdateCampaign(label="x"))).label == "x"
    body = LinkNumber(country="US", number="14155550110")
    assert (await dlc.link_number(*path, body)).status == "PENDING"
    with pytest.raises(Conflict) as conflict:
        await dlc.link_number(BRAND, CAMPAIGN, body)
    assert conflict.value.code == "number-already-linked"
    assert (await dlc.get_number(*path, "14155550110")).status == "APPROVED"
    assert [n.number async for n in dlc.list_numbers(*path)] == ["14155550110"]
    with pytest.raises(Conflict):
        await dlc.delete_brand(brand.brand_id)
    await dlc.unlink_number(*path, "14155550110")
    with pytest.raises(NotFound, match="14155550110"):
        await dlc.get_number(*path, "14155550110")
    await dlc.stop_campaign(*path)
    assert (await dlc.get_campaign(*path)).status == "EXPIRED"
    with pytest.raises(Conflict):
        await dlc.link_number(*path, body)
    await dlc.delete_brand(brand.brand_id)
    with pytest.raises(NotFound):
        await dlc.get_brand(brand.brand_id)


async def test_vettings(vonage: Vonage) -> None:
    dlc = vonage.ten_dlc
    assert len(await dlc.list_vetting_classes().collect()) == len(await dlc.list_vetting_providers().collect()) == 3
    await dlc.request_vetting(BRAND, RequestVetting(evp_id="Aegis", vetting_class="STANDARD"))
    imported = ImportVetting(evp_id="CV", vetting_id="v1")
    await dlc.import_vetting(BRAND, imported)
    with pytest.raises(Conflict) as conflict:
        await dlc.import_vetting(BRAND, imported)
    assert conflict.value.code == "vetting-conflict"
    assert [v.evp_id async for v in dlc.list_vettings(BRAND)] == ["Aegis", "CV"]
    assert (await dlc.revet_brand(BRAND)).brand_id == BRAND


async def test_lists_are_filtered(vonage: Vonage) -> None:
    for name, city in (("One", "Rome"), ("Two", "Rome"), ("Three", "Oslo")):
        await vonage.ten_dlc.create_brand(a_brand(display_name=name, city=city))

    async def names(*groups: list[FilterCondition]) -> list[str | None]:
        return [brand.display_name async for brand in vonage.ten_dlc.list_brands(filter=list(groups))]

    rome = FilterCondition(field="city", type="equal", value="Rome")
    not_one = FilterCondition(field="display_name", type="notequal", value="One")
    with_t = FilterCondition(field="display_name", type="regexp", value="^T")
    assert await names([rome]) == ["One", "Two"]
    assert await names([rome], [not_one]) == ["Two"]
    assert await names([rome, with_t]) == ["One", "Two", "Three"]


async def test_bad_requests_are_told_by_member(vonage: Vonage) -> None:
    body = LinkNumber(country="US", number="14155550110", extra={"number": 5})
    object.__setattr__(body, "number", None)
    with pytest.raises(UnprocessableContent) as refused:
        await vonage.ten_dlc.link_number(BRAND, CAMPAIGN, body)
    assert refused.value.code == "invalid-number-data"
    assert [p.field for p in refused.value.problem.invalid_parameters] == ["number"]


@pytest.mark.parametrize("settings", [{"api_secret": "wrong"}, {"api_key": "other"}])
async def test_wrong_credentials_are_refused(sandbox: Sandbox, settings: dict[str, str], private_key: str) -> None:
    async with client_of(sandbox, **settings, private_key=private_key) as vonage:
        with pytest.raises(Unauthorized):
            await vonage.ten_dlc.get_brand(BRAND)
        with pytest.raises(Unauthorized):
            await vonage.users.list_users()
        with pytest.raises(Unauthorized):
            await vonage.opt_ins.query()


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
async def test_signed_requests_are_taken(sandbox: Sandbox, method: Any) -> None:
    secret = sandbox.signature_secret
    async with client_of(sandbox, signature_secret=secret, signature_method=method, api_secret=None) as vonage:
        assert len(await vonage.opt_ins.query().collect()) == 3
    async with client_of(sandbox, signature_secret="wrong", signature_method=method, api_secret=None) as vonage:
        with pytest.raises(Unauthorized):
            await vonage.opt_ins.query()


async def test_tokens_of_a_new_application_are_taken(sandbox: Sandbox, vonage: Vonage) -> None:
    application = await vonage.applications.create_application(CreateApplication(name="Mine"))
    assert application.keys is not None
    assert application.id is not None
    assert application.keys.private_key is not None
    assert application.keys.private_key not in repr(application)
    own = {"application_id": application.id, "private_key": application.keys.private_key}
    async with client_of(sandbox, **own) as client:
        assert (await client.users.list_users()).items == []
        await vonage.applications.delete_application(application.id)
        with pytest.raises(Unauthorized):
            await client.users.list_users()


async def test_applications(vonage: Vonage) -> None:
    made = await vonage.applications.create_application(CreateApplication(name="One"))
    assert made.id is not None
    await vonage.applications.update_application(made.id, UpdateApplication(name="Two"))
    assert [a.name async for a in vonage.applications.list_applications()] == ["Two"]
    read = await vonage.applications.get_application(made.id)
    assert read.keys is not None
    assert read.keys.private_key is None
    await vonage.applications.delete_application(made.id)
    with pytest.raises(NotFound):
        await vonage.applications.get_application(made.id)


async def test_users(vonage: Vonage) -> None:
    user = await vonage.users.create_user(CreateUser(name="me"))
    assert user.id is not None
    assert user.id.startswith("USR-")
    await vonage.users.update_user(user.id, UpdateUser(display_name="I"))
    assert (await vonage.users.get_user(user.id)).display_name == "I"
    assert [u.name async for u in vonage.users.list_users(name="me")] == ["me"]
    await vonage.users.delete_user(user.id)
    assert (await vonage.users.list_users()).items == []


async def test_engagements(vonage: Vonage) -> None:
    identity = await vonage.engagements.create_identity(CreateIdentity(display_name="Smith"))
    assert identity.identity_id is not None
    await vonage.engagements.update_identity(identity.identity_id, UpdateIdentity(display_name="Smiths"))
    assert (await vonage.engagements.get_identity(identity.identity_id)).display_name == "Smiths"
    engagement = await vonage.engagements.create_engagement(CreateEngagement(identity_id=identity.identity_id))
    found = vonage.engagements.list_engagements(identity_id=identity.identity_id)
    assert [e.engagement_id async for e in found] == [engagement.engagement_id]


async def test_opt_ins_in_both_forms(vonage: Vonage) -> None:
    for form in ("json", "xml"):
        opted_out = await vonage.opt_ins.query(format=form).collect()
        entry = await vonage.opt_ins.manage(msisdn=str(opted_out[0].msisdn), format=form)
        assert entry.opt_in is True
    assert len(await vonage.opt_ins.query().collect()) == 1


async def test_whatsapp_and_rcs(vonage: Vonage) -> None:
    waba = (await vonage.whatsapp.list_wabas()).items[0]
    number = (await vonage.whatsapp.list_waba_numbers(waba.waba_id)).items[0]
    profile = await vonage.whatsapp.update_number_profile(number.phone_number, UpdateNumberProfile(about="Hello"))
    assert profile.about == "Hello"
    hook = CreateSlackSubscription(slack=SlackHook(url="https://hooks.slack.com/services/x"))
    made = await vonage.whatsapp.create_subscription(hook)
    await vonage.whatsapp.delete_subscription(str(made.id))
    with pytest.raises(NotFound):
        await vonage.whatsapp.delete_subscription(str(made.id))
    brand = await vonage.rcs.create_brand(CreateRcsBrand(display_name="Mine"))
    await vonage.rcs.update_brand(str(brand.id), UpdateRcsBrand(display_name="Ours"))
    assert "Ours" in [b.display_name async for b in vonage.rcs.list_brands()]
    await vonage.rcs.delete_brand(str(brand.id))
    agent = (await vonage.rcs.list_agents(state="DRAFT")).items[0]
    device = await vonage.rcs.add_agent_test_device(agent.id, AddAgentTestDevice(phone="+14155552671"))
    await vonage.rcs.remove_agent_test_device(agent.id, str(device.id))
    assert (await vonage.rcs.add_agent_carriers(agent.id, AddAgentCarriers(carriers=["verizon-us"]))).message
    assert (await vonage.rcs.list_agents(state="LAUNCHED")).items == []


async def test_redact(vonage: Vonage) -> None:
    await vonage.redact.redact_transaction(RedactTransaction(id="x", product="sms", type="outbound"))
    with pytest.raises(NotFound):
        await vonage.redact.redact_transaction(RedactTransaction(id="unknown", product="sms", type="outbound"))
    with pytest.raises(Forbidden):
        await vonage.redact.redact_transaction(RedactTransaction(id="too-early", product="sms", type="outbound"))


async def test_the_rate_limit() -> None:
    sandbox = Sandbox(rate=5, burst=10, retry_after=7)
    transport = httpx.ASGITransport(sandbox.app)
    auth = (sandbox.api_key, sandbox.api_secret)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=auth) as plain:
        answers = [await plain.get(f"/v1/10dlc/brands/{BRAND}") for _ in range(30)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 15 <= len(refused) <= 20
    assert refused[0].headers["retry-after"] == "7"
    assert refused[0].json()["retry_after"] == 7
    assert refused[0].json()["type"].endswith("#throttled")


async def test_a_429_is_waited_out_by_every_task() -> None:
    sandbox = Sandbox(rate=50, burst=5, retry_after=0)
    async with client_of(sandbox, max_retries=4) as vonage:
        await asyncio.gather(*(vonage.ten_dlc.get_brand(BRAND) for _ in range(8)))
    assert sandbox.app.statuses[200] == 8


async def test_lost_answers_are_done_and_dropped_requests_are_not() -> None:
    for faults, done in ((Faults(lost_responses=1.0), 1), (Faults(dropped_connections=1.0), 0)):
        sandbox = Sandbox(faults=faults)
        async with (
            sandbox,
            Vonage(
                api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url, max_retries=0
            ) as vonage,
        ):
            with pytest.raises(Exception, match=r"disconnect|reset|closed|connection"):
                await vonage.ten_dlc.link_number(BRAND, CAMPAIGN, LinkNumber(country="US", number="14155550110"))
        assert len(sandbox.state.numbers) == done


async def test_the_same_seed_gives_the_same_faults() -> None:
    async def results(seed: int) -> list[str]:
        async with client_of(Sandbox(faults=Faults(error_rate=0.3, lost_responses=0.2, seed=seed))) as vonage:
            found = []
            for _ in range(60):
                (result,) = await asyncio.gather(vonage.ten_dlc.get_brand(BRAND), return_exceptions=True)
                found.append(str(result) if isinstance(result, Exception) else "answered")
            return found

    assert await results(1) == await results(1)
    assert await results(1) != await results(2)


@pytest.mark.parametrize("wrong", [{"error_rate": 1.5}, {"lost_responses": -0.1}, {"latency": -1}, {"latency": (2, 1)}])
def test_faults_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Faults(**wrong)


async def test_it_shows_what_it_holds_and_forgets_it() -> None:
    async with Sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.url) as plain:
        sandbox.state.link("14155550110", CAMPAIGN)
        shown = (await plain.get("/_sandbox/state?numbers=1")).json()
        assert shown["linked"][CAMPAIGN] == ["14155550110"]
        assert (await plain.post("/_sandbox/reset")).json()["numbers"] == 0
        assert (await plain.get("/nowhere")).status_code == 404
        refused = await plain.delete("/v1/10dlc/brands")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")


async def test_it_stops_at_once_and_leaves_nothing_behind() -> None:
    sandbox = await Sandbox().__aenter__()
    async with Vonage(api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url) as vonage:
        await asyncio.gather(*(vonage.ten_dlc.get_brand(BRAND) for _ in range(50)))
        started = time.monotonic()
        await sandbox.__aexit__(None, None, None)
    assert time.monotonic() - started < 1.0
    await asyncio.sleep(0.01)
    assert len(asyncio.all_tasks()) == 1
