"""A user's file: it names all that is public, and is never run. mypy and pyright say whether the types are what a user
is told they are; `make check` asks both.

A line with `type: ignore` is a mistake that both must find: an ignore that is not needed is an error.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import httpx

import aiovonage
from aiovonage import (
    NULL,
    APIError,
    BadRequest,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    DecodeError,
    FailedItem,
    Forbidden,
    InvalidParameter,
    InvalidValue,
    Model,
    NotFound,
    Page,
    Pager,
    PaginationError,
    PartialFailure,
    PartialResult,
    Problem,
    RateLimited,
    RawResponse,
    RequestEvent,
    ResponseEvent,
    ResponseTooLarge,
    ServerError,
    Throttle,
    ThrottleEvent,
    ThrottleTimeout,
    TimedOut,
    TransportError,
    Unauthorized,
    UnprocessableContent,
    Vonage,
    VonageError,
    decode,
    encode,
)
from aiovonage.api.applications import Application, CreateApplication, UpdateApplication
from aiovonage.api.channel_manager import (
    AddAgentCarriers,
    AddAgentTestDevice,
    BatchCheckCapabilities,
    CarriersAccepted,
    CheckDeviceCapabilities,
    CreateRcsAgent,
    CreateRcsBrand,
    CreateSignUpUrl,
    CreateSubscription,
    DeviceCapabilities,
    GoogleDeviceCapabilities,
    MessagingAnalytics,
    NumberProfile,
    OptOut,
    PricingAnalytics,
    RcsAgent,
    RcsBrand,
    RcsCarrier,
    ReachableUsers,
    ReplaceRcsAgent,
    SignUpUrl,
    Subscription,
    TemplateAnalytics,
    TestDevice,
    UpdateNumberProfile,
    UpdateOptOut,
    UpdateRcsAgent,
    UpdateRcsBrand,
    Waba,
    WabaNumber,
)
from aiovonage.api.messaging_engagement import (
    AddNumbers,
    CreateEngagement,
    CreateIdentity,
    Engagement,
    Identity,
    RemoveNumbers,
    ReplaceEngagement,
    ReplaceIdentity,
    UpdateEngagement,
    UpdateIdentity,
)
from aiovonage.api.redact import RedactTransaction
from aiovonage.api.short_code_opt_in import OptIn
from aiovonage.api.ten_dlc import (
    Brand,
    BrandFeedback,
    Campaign,
    CampaignNumber,
    CreateBrand,
    CreateCampaign,
    EntityType,
    FilterCondition,
    FilterType,
    ImportPartnerCampaign,
    ImportVetting,
    LinkNumber,
    PartnerCampaign,
    RequestVetting,
    UpdateBrand,
    UpdateCampaign,
    UseCase,
    UseCaseCheck,
    Vetting,
    VettingClass,
    VettingProvider,
)
from aiovonage.api.users import CreateUser, UpdateUser, User, Users, UserSummary
from aiovonage.api.users.raw import RawUsers
from aiovonage.bulk import BulkRun, Journal, JournalError, Link, LinkOutcome, RunStopped, Status, Summary
from aiovonage.jobs import (
    Job,
    JobOutcome,
    Jobs,
    JobsError,
    JobStatus,
    LeaseLost,
    LinkNumbers,
    RunningWorker,
    State,
    StoreUnavailable,
    SyncNumbers,
    UnlinkNumbers,
    WorkerStatus,
)
from aiovonage.sandbox import Carriers, Faults, Sandbox
from aiovonage.webhooks import InvalidSignature, verify, verify_sig


def observed() -> Vonage:
    def before(event: RequestEvent) -> None:
        assert_type(event.attempt, int)

    def after(event: ResponseEvent) -> None:
        assert_type(event.request, RequestEvent)
        assert_type(event.status, int | None)

    def closed(event: ThrottleEvent) -> None:
        assert_type(event.closed_for, float)

    Vonage(on_request=after)  # type: ignore[arg-type]
    return Vonage(on_request=before, on_response=after, on_throttle=closed)


async def clients() -> None:
    async with Vonage() as vonage:
        assert_type(vonage, Vonage)
        assert_type(vonage.throttle, Throttle)
        assert_type(vonage.with_options(timeout=None, max_retries=0), Vonage)
    throttle = Throttle(rate=30, max_wait=60)
    Vonage(
        api_key="key",
        api_secret="secret",
        application_id="id",
        private_key=Path("private.key"),
        signature_secret="secret",
        signature_method="sha512",
        base_url="http://127.0.0.1:8080",
        hosts={"applications": "https://api-eu.nexmo.com"},
        headers={"X-Gateway-Key": "x"},
        user_agent="shop/1.0",
        timeout=5.5,
        connect_timeout=None,
        max_retries=2,
        max_retry_after=30,
        max_connections=20,
        throttle=throttle,
        transport="fast",
        proxy="http://user:password@127.0.0.1:3128",
        verify=ssl.create_default_context(),
        cert=(Path("cert.pem"), "key.pem", "password"),
        trust_env=False,
        strict=True,
    )
    Vonage(verify="ca.pem", cert=Path("both.pem"))
    Vonage(verify=False, cert="both.pem")
    Vonage(transport=httpx.MockTransport(lambda request: httpx.Response(204)))
    async with httpx.AsyncClient() as client:
        Vonage(transport=client)
    assert_type(throttle.snapshot(), list[aiovonage.ThrottleSnapshot])
    assert_type([snapshot.rate for snapshot in throttle.snapshot()], list[float | None])
    assert_type([snapshot.found_rate for snapshot in throttle.snapshot()], list[float | None])
    assert_type([snapshot.operation for snapshot in throttle.snapshot()], list[str | None])
    Throttle(shared_in=Path("/run/my-service"))
    Throttle(shared_in="postgresql://db/app")
    Throttle("40")  # type: ignore[arg-type]
    assert_type(aiovonage.__version__, str)
    Vonage(on_drift=lambda drift: assert_type(drift, aiovonage.Drift))
    Vonage(on_drift=5)  # type: ignore[arg-type]
    assert_type(aiovonage.UnknownValueWarning("m", "a", "x", "y").nearest, object)
    Vonage("key", "secret")  # type: ignore[call-arg]
    Vonage(signature_method="sha3")  # type: ignore[arg-type]
    Vonage(timeout="5")  # type: ignore[arg-type]


async def any_request(vonage: Vonage) -> None:
    answer = await vonage.request("GET", "/v1/{a}", path_params={"a": 1}, query={"b": [1]}, auth="jwt")
    assert_type(answer, RawResponse[Any])
    await vonage.request("POST", "/v1/a", json={"a": None}, headers={"X-A": "b"}, host="https://rest.nexmo.com")
    await vonage.request("POST", "/v1/a", body=b"a", auth="digest")  # type: ignore[arg-type]


async def lists(vonage: Vonage) -> None:
    pager = vonage.ten_dlc.list_brands(page_size=100)
    assert_type(pager, Pager[Brand])
    page = await pager
    assert_type(page, Page[Brand])
    assert_type(page.items, list[Brand])
    assert_type((page.page, page.total_pages, page.total_items), tuple[int | None, int | None, int | None])
    async for brand in pager.prefetch(4):
        assert_type(brand.brand_id, str)
        assert_type(brand.entity_type, EntityType | str | None)
    async for page in pager.pages():
        assert_type(len(page), int)
        assert_type([brand.display_name for brand in page], list[str | None])
    assert_type(page[0], Brand)
    assert_type(await pager.collect(limit=10), list[Brand])
    for _ in pager:  # type: ignore[attr-defined]
        pass
    len(pager)  # type: ignore[arg-type]
    pager[0]  # type: ignore[index]
    condition = FilterCondition(field="status", type=FilterType.EQUAL, value="ACTIVE")
    assert_type(vonage.ten_dlc.list_brands(filter=[[condition]]), Pager[Brand])
    vonage.ten_dlc.list_brands(1)  # type: ignore[call-arg]
    vonage.ten_dlc.list_brands(page="1")  # type: ignore[arg-type]


async def raw_responses(vonage: Vonage) -> None:
    raw = await vonage.with_raw_response.ten_dlc.get_brand("BLQKOPK")
    assert_type(raw, RawResponse[Brand])
    assert_type(raw.parsed, Brand)
    assert_type((raw.status, raw.headers, raw.body), tuple[int, Mapping[str, str], bytes])
    assert_type(await vonage.with_raw_response.ten_dlc.list_brands(), RawResponse[Page[Brand]])
    assert_type(await vonage.with_raw_response.users.delete_user("USR-1"), RawResponse[None])
    raw_engagements = vonage.with_raw_response.engagements
    assert_type(await raw_engagements.add_numbers("E", numbers=["12025550101"]), RawResponse[PartialResult])
    assert_type(await vonage.with_raw_response.ten_dlc.wait_until_brand_verified("B"), Brand)
    assert_type(await vonage.use(RawUsers).get_user("USR-1"), RawResponse[User])
    await vonage.with_raw_response.ten_dlc.get_brand(1)  # type: ignore[arg-type]


async def partial_successes(vonage: Vonage) -> None:
    result = await vonage.engagements.add_numbers("ID", AddNumbers(numbers=["12025550101"]))
    assert_type(result, PartialResult)
    assert_type((result.ok, result.status), tuple[bool, int])
    assert_type((result.succeeded, result.unknown), tuple[list[str], list[str]])
    assert_type(result.failed, list[FailedItem])
    assert_type([(item.item, item.problem) for item in result.failed], list[tuple[str, Problem]])
    try:
        result.raise_for_failures()
    except PartialFailure as failure:
        assert_type(failure.result, PartialResult)


def models() -> None:
    campaign = UpdateCampaign(sample_one="Reply STOP to opt out.", extra={"renewal_date": NULL})
    model: Model = campaign
    assert_type(model.extra, dict[str, Any])
    body: dict[str, Any] = encode(campaign)
    assert_type(decode(UpdateCampaign, body), UpdateCampaign)
    assert_type(decode(UpdateCampaign, body).sample_one, str | None)
    assert_type(LinkNumber(country="US", number="12025550101").number, str)
    LinkNumber(number="12025550101")  # type: ignore[call-arg]
    LinkNumber(country="US", number=12025550101)  # type: ignore[arg-type]


async def errors(vonage: Vonage) -> str | None:
    try:
        await vonage.ten_dlc.get_brand("BLQKOPK")
    except (BadRequest, Unauthorized, Forbidden, NotFound, Conflict, UnprocessableContent) as error:
        assert_type(error.status, int)
        assert_type(error.problem, Problem)
        assert_type(error.problem.invalid_parameters, list[InvalidParameter])
        assert_type([parameter.field for parameter in error.problem.invalid_parameters], list[str | None])
        assert_type((error.code, error.request_id), tuple[str | None, str | None])
        assert_type((error.headers, error.body, error.operation), tuple[Mapping[str, str], bytes, str])
        assert_type((error.is_problem, error.hint), tuple[bool, str])
        return error.code
    except ThrottleTimeout as error:
        assert_type((error.sent, error.max_wait), tuple[bool, float])
    except (RateLimited, ServerError) as error:
        assert_type(error.retry_after, float | None)
    except APIError as error:
        assert_type(error.status, int)
    except (ConnectionFailed, TimedOut, ResponseTooLarge) as error:
        assert_type(error.sent, bool)
        assert_type((error.permanent, error.operation), tuple[bool, str])
    except TransportError as error:
        assert_type(error.sent, bool)
    except DecodeError as error:
        assert_type((error.path, error.body, error.status), tuple[str, bytes, int | None])
    except InvalidValue as error:
        assert_type((error.model, error.member, error.bound), tuple[str, str, str])
    except (PaginationError, ConfigurationError, VonageError) as error:
        return str(error)
    return None


async def jobs(vonage: Vonage, numbers: AsyncIterator[str]) -> None:
    def show(summary: Summary) -> None:
        assert_type((summary.total, summary.done, summary.pending), tuple[int, int, int])

    run = vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", numbers, journal="links.db", on_progress=show)
    assert_type(run, BulkRun)
    try:
        async for outcome in run:
            assert_type(outcome, LinkOutcome)
            assert_type((outcome.number, outcome.ok), tuple[str, bool])
            assert_type(outcome.status, Status)
            assert_type(outcome.problem, Problem | None)
    except (RunStopped, JournalError):
        run.stop()
    summary = run.summary
    assert_type(summary, Summary)
    assert_type((summary.counts, summary.rate), tuple[Mapping[str, int], float])
    assert_type((summary.linked, summary.ok, summary.stopped), tuple[int, bool, str | None])
    assert_type(await vonage.bulk.unlink_numbers("B", "C", ["12025550101"], concurrency=8), Summary)
    assert_type(await vonage.bulk.add_numbers("E", {12025550101}, batch_size=50), Summary)
    assert_type(await vonage.bulk.remove_numbers("E", (str(n) for n in range(9)), journal=Path("x.db")), Summary)
    rows = [Link(12025550101, "BLQKOPK", "C1DEB879"), Link("2025550102", "B", "C", "CA", ("HIPAA",))]
    assert_type(await vonage.bulk.link(rows, until="approved", patience=60, retry={"failed"}), Summary)
    assert_type(await vonage.bulk.unlink(iter(rows), journal="x.db"), Summary)
    assert_type(await vonage.bulk.check(rows), Summary)
    assert_type(await vonage.bulk.check_numbers("BLQKOPK", "C1DEB879", ["12025550101"]), Summary)
    assert_type(await vonage.bulk.sync_numbers("BLQKOPK", "C1DEB879", [], remove=True, dry_run=True), Summary)
    assert_type([outcome.number for outcome in Journal("links.db")], list[str])
    vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", 12025550101)  # type: ignore[arg-type]


async def sandboxes() -> None:
    faults = Faults(latency=(0.01, 0.1), error_rate=0.1, dropped_connections=0.1, lost_responses=0.1, seed=7)
    carriers = Carriers(delay=(0.5, 4), reject=0.05, never=0, words="live", unlink_delay=2, seed=7)
    async with Sandbox(rate=30, retry_after=2, faults=faults, carriers=carriers, visible_after=3) as sandbox:
        sandbox.fail_next("ten_dlc.link_number", "lost")
        sandbox.fail_next("ten_dlc.link_number", 429, retry_after=7, times=2)
        assert_type((sandbox.statuses, sandbox.injected), tuple[Counter[int], Counter[str]])
        assert_type(sandbox, Sandbox)
        assert_type((sandbox.url, sandbox.api_key, sandbox.api_secret), tuple[str, str, str])
        assert_type((sandbox.application_id, sandbox.private_key), tuple[str, str])
        assert_type(sandbox.signature_secret, str)


def webhooks(authorization: str | None, body: bytes, query: dict[str, str]) -> None:
    try:
        assert_type(verify(authorization, body, "secret", leeway=5), dict[str, Any])
        assert_type(verify(authorization, None, ["new", None], max_age=None), dict[str, Any])
        assert_type(verify_sig(query, "secret", method="sha256", max_age=60), dict[str, str])
        verify_sig(query, "secret", method="sha3")  # type: ignore[arg-type]
    except InvalidSignature as error:
        assert_type(error.args, tuple[Any, ...])
    verify(authorization, {"to": "12025550101"}, "secret")  # type: ignore[arg-type]


async def a_brand_of_another_form(vonage: Vonage, body: Campaign) -> None:
    await vonage.ten_dlc.create_brand(body)  # type: ignore[call-overload]
    await vonage.ten_dlc.create_brand({"display_name": "Example"})  # type: ignore[call-overload]


async def another_namespace(vonage: Vonage) -> None:
    assert_type(vonage.use(Users), Users)


async def waiters(vonage: Vonage) -> None:
    try:
        assert_type(await vonage.ten_dlc.wait_until_brand_verified("B"), Brand)
        assert_type(await vonage.ten_dlc.wait_until_vetting_complete("B", "V", every=60), Vetting)
        assert_type(await vonage.ten_dlc.wait_until_campaign_active("B", "C", timeout=None), Campaign)
        assert_type(await vonage.ten_dlc.wait_until_number_approved("B", "C", "1", timeout=3600.0), CampaignNumber)
        assert_type(await vonage.rcs.wait_until_agent_launched("A"), RcsAgent)
        await vonage.ten_dlc.wait_until_campaign_active("B", "C", every="soon")  # type: ignore[arg-type]
    except aiovonage.WaiterTimedOut as error:
        assert_type((error.waiter, error.state), tuple[str, object])
    except aiovonage.WaiterFailed:
        raise


async def bodies_by_their_members(vonage: Vonage) -> None:
    link = vonage.ten_dlc.link_number
    assert_type(await link("BLQKOPK", "C1DEB879", country="US", number="12025550101"), CampaignNumber)
    assert_type(await link("BLQKOPK", campaign_id="C1", country="US", number="1", compliance=["HIPAA"]), CampaignNumber)
    await link("BLQKOPK", "C1DEB879", country="US")  # type: ignore[call-overload]
    await link("BLQKOPK", "C1DEB879", country="US", number=12025550101)  # type: ignore[call-overload]
    await link("BLQKOPK", "C1DEB879", country="US", nummer="1")  # type: ignore[call-overload]
    await link("BLQKOPK", "C1DEB879", LinkNumber(country="US", number="1"), country="US")  # type: ignore[call-overload]
    await vonage.ten_dlc.update_campaign("BLQKOPK", "C1DEB879", label="Parcels")
    await vonage.ten_dlc.check_use_case("BLQKOPK", "A_NEW_ONE")
    await vonage.ten_dlc.request_vetting("BLQKOPK", evp_id="AEGIS", vetting_class="STANDARD")
    raw = await vonage.with_raw_response.ten_dlc.link_number("B", "C", country="US", number="12025550101")
    assert_type(raw, RawResponse[CampaignNumber])
    application = await vonage.applications.create_application(name="Shop")
    assert_type(application.id, str)
    assert_type(await vonage.engagements.add_numbers("E", numbers=["12025550101"]), PartialResult)
    await asyncio.gather(vonage.ten_dlc.get_brand("A"), vonage.ten_dlc.get_brand("B"))


async def ten_dlc(
    vonage: Vonage,
    *,
    create_brand: CreateBrand,
    update_brand: UpdateBrand,
    request_vetting: RequestVetting,
    import_vetting: ImportVetting,
    create_campaign: CreateCampaign,
    update_campaign: UpdateCampaign,
    import_partner_campaign: ImportPartnerCampaign,
    link_number: LinkNumber,
) -> None:
    assert_type(vonage.ten_dlc.list_brands(), Pager[Brand])
    assert_type(await vonage.ten_dlc.create_brand(create_brand), Brand)
    assert_type(await vonage.ten_dlc.get_brand("ID"), Brand)
    assert_type(await vonage.ten_dlc.update_brand("ID", update_brand), Brand)
    await vonage.ten_dlc.delete_brand("ID")
    assert_type(await vonage.ten_dlc.get_brand_feedback("ID"), BrandFeedback)
    assert_type(await vonage.ten_dlc.check_use_case("ID", UseCase.MARKETING), UseCaseCheck)
    assert_type(vonage.ten_dlc.list_vettings("ID"), Pager[Vetting])
    assert_type(await vonage.ten_dlc.request_vetting("ID", request_vetting), Vetting)
    assert_type(await vonage.ten_dlc.import_vetting("ID", import_vetting), Vetting)
    assert_type(await vonage.ten_dlc.revet_brand("ID"), Brand)
    assert_type(vonage.ten_dlc.list_vetting_classes(), Pager[VettingClass])
    assert_type(vonage.ten_dlc.list_vetting_providers(), Pager[VettingProvider])
    assert_type(vonage.ten_dlc.list_campaigns("ID"), Pager[Campaign])
    assert_type(await vonage.ten_dlc.create_campaign("ID", create_campaign), Campaign)
    assert_type(await vonage.ten_dlc.get_campaign("ID", "ID"), Campaign)
    assert_type(await vonage.ten_dlc.update_campaign("ID", "ID", update_campaign), Campaign)
    await vonage.ten_dlc.stop_campaign("ID", "ID")
    assert_type(await vonage.ten_dlc.import_partner_campaign(import_partner_campaign), PartnerCampaign)
    assert_type(vonage.ten_dlc.list_numbers("ID", "ID"), Pager[CampaignNumber])
    assert_type(await vonage.ten_dlc.link_number("ID", "ID", link_number), CampaignNumber)
    assert_type(await vonage.ten_dlc.get_number("ID", "ID", "12025550101"), CampaignNumber)
    await vonage.ten_dlc.unlink_number("ID", "ID", "12025550101")


async def engagements(
    vonage: Vonage,
    *,
    create_identity: CreateIdentity,
    replace_identity: ReplaceIdentity,
    update_identity: UpdateIdentity,
    create_engagement: CreateEngagement,
    replace_engagement: ReplaceEngagement,
    update_engagement: UpdateEngagement,
    add_numbers: AddNumbers,
    remove_numbers: RemoveNumbers,
) -> None:
    assert_type(vonage.engagements.list_identities(), Pager[Identity])
    assert_type(await vonage.engagements.create_identity(create_identity), Identity)
    assert_type(await vonage.engagements.get_identity("ID"), Identity)
    assert_type(await vonage.engagements.replace_identity("ID", replace_identity), Identity)
    assert_type(await vonage.engagements.update_identity("ID", update_identity), Identity)
    assert_type(vonage.engagements.list_engagements(), Pager[Engagement])
    assert_type(await vonage.engagements.create_engagement(create_engagement), Engagement)
    assert_type(await vonage.engagements.get_engagement("ID"), Engagement)
    assert_type(await vonage.engagements.replace_engagement("ID", replace_engagement), Engagement)
    assert_type(await vonage.engagements.update_engagement("ID", update_engagement), Engagement)
    assert_type(vonage.engagements.list_numbers("ID"), Pager[str])
    assert_type(await vonage.engagements.add_numbers("ID", add_numbers), PartialResult)
    assert_type(await vonage.engagements.remove_numbers("ID", remove_numbers), PartialResult)


async def opt_ins(vonage: Vonage) -> None:
    assert_type(vonage.opt_ins.query(), Pager[OptIn])
    assert_type(await vonage.opt_ins.manage(msisdn="12025550101"), OptIn)


async def whatsapp(
    vonage: Vonage,
    *,
    update_number_profile: UpdateNumberProfile,
    create_sign_up_url: CreateSignUpUrl,
    create_subscription: CreateSubscription,
) -> None:
    assert_type(vonage.whatsapp.list_wabas(), Pager[Waba])
    assert_type(await vonage.whatsapp.get_waba("ID"), Waba)
    assert_type(vonage.whatsapp.list_waba_numbers("ID"), Pager[WabaNumber])
    assert_type(await vonage.whatsapp.get_waba_number("ID", "12025550101"), WabaNumber)
    assert_type(await vonage.whatsapp.get_number_profile("12025550101"), NumberProfile)
    assert_type(await vonage.whatsapp.update_number_profile("12025550101", update_number_profile), NumberProfile)
    assert_type(await vonage.whatsapp.create_sign_up_url(create_sign_up_url), SignUpUrl)
    assert_type(vonage.whatsapp.get_template_analytics("ID"), Pager[TemplateAnalytics])
    assert_type(vonage.whatsapp.get_messaging_analytics("ID"), Pager[MessagingAnalytics])
    assert_type(vonage.whatsapp.get_pricing_analytics("ID"), Pager[PricingAnalytics])
    assert_type(vonage.whatsapp.list_subscriptions(), Pager[Subscription])
    assert_type(await vonage.whatsapp.create_subscription(create_subscription), Subscription)
    await vonage.whatsapp.delete_subscription("ID")


async def rcs(
    vonage: Vonage,
    *,
    check_device_capabilities: CheckDeviceCapabilities,
    batch_check_capabilities: BatchCheckCapabilities,
    update_opt_out: UpdateOptOut,
    create_rcs_brand: CreateRcsBrand,
    update_rcs_brand: UpdateRcsBrand,
    create_rcs_agent: CreateRcsAgent,
    replace_rcs_agent: ReplaceRcsAgent,
    update_rcs_agent: UpdateRcsAgent,
    add_agent_carriers: AddAgentCarriers,
    add_agent_test_device: AddAgentTestDevice,
) -> None:
    assert_type(await vonage.rcs.get_device_capabilities("ID", "12025550101"), GoogleDeviceCapabilities)
    assert_type(await vonage.rcs.check_device_capabilities("ID", check_device_capabilities), DeviceCapabilities)
    assert_type(await vonage.rcs.batch_check_capabilities("ID", batch_check_capabilities), ReachableUsers)
    assert_type(await vonage.rcs.get_opt_out("ID"), OptOut)
    assert_type(await vonage.rcs.update_opt_out("ID", update_opt_out), OptOut)
    assert_type(vonage.rcs.list_brands(), Pager[RcsBrand])
    assert_type(await vonage.rcs.create_brand(create_rcs_brand), RcsBrand)
    assert_type(await vonage.rcs.update_brand("ID", update_rcs_brand), RcsBrand)
    await vonage.rcs.delete_brand("ID")
    assert_type(vonage.rcs.list_agents(), Pager[RcsAgent])
    assert_type(await vonage.rcs.create_agent(create_rcs_agent), RcsAgent)
    assert_type(await vonage.rcs.get_agent("ID"), RcsAgent)
    assert_type(await vonage.rcs.replace_agent("ID", replace_rcs_agent), RcsAgent)
    assert_type(await vonage.rcs.update_agent("ID", update_rcs_agent), RcsAgent)
    assert_type(vonage.rcs.list_carriers(), Pager[RcsCarrier])
    assert_type(await vonage.rcs.add_agent_carriers("ID", add_agent_carriers), CarriersAccepted)
    assert_type(await vonage.rcs.add_agent_test_device("ID", add_agent_test_device), TestDevice)
    await vonage.rcs.remove_agent_test_device("ID", "ID")


async def applications(
    vonage: Vonage, *, create_application: CreateApplication, update_application: UpdateApplication
) -> None:
    assert_type(vonage.applications.list_applications(), Pager[Application])
    assert_type(await vonage.applications.create_application(create_application), Application)
    assert_type(await vonage.applications.get_application("ID"), Application)
    assert_type(await vonage.applications.update_application("ID", update_application), Application)
    await vonage.applications.delete_application("ID")


async def users(vonage: Vonage, *, create_user: CreateUser, update_user: UpdateUser) -> None:
    assert_type(vonage.users.list_users(), Pager[UserSummary])
    assert_type(await vonage.users.create_user(create_user), User)
    assert_type(await vonage.users.get_user("ID"), User)
    assert_type(await vonage.users.update_user("ID", update_user), User)
    await vonage.users.delete_user("ID")


async def redact(vonage: Vonage, *, redact_transaction: RedactTransaction) -> None:
    await vonage.redact.redact_transaction(redact_transaction)


async def jobs_on_workers(vonage: Vonage, numbers: AsyncIterator[str], rows: list[Link]) -> None:
    jobs = Jobs("jobs.db", account="abcd1234")
    await jobs.migrate()
    target = LinkNumbers("BRAND", "CAMPAIGN", country="CA", until="approved", patience=60.0, compliance=("HIPAA",))
    job = await jobs.submit(target, numbers, key="import-7", chunk_size=100)
    assert_type(job, Job)
    assert_type(job.target, LinkNumbers | UnlinkNumbers | SyncNumbers)
    await jobs.submit(LinkNumbers(), rows)
    await jobs.submit(UnlinkNumbers("BRAND", "CAMPAIGN"), ["12025550101"])
    await jobs.submit(SyncNumbers("BRAND", "CAMPAIGN", remove=True), ["12025550101"])
    assert_type(await jobs.list(account="abcd1234", limit=5), list[Job])
    assert_type(await jobs.status("import-7"), JobStatus)
    async for status in jobs.watch(job.id, interval=2.0):
        assert_type(status, JobStatus)
        assert_type(status.state, State)
        assert_type(status.linked, int)
        assert_type(status.next_due, float | None)
        for worker in status.workers:
            assert_type(worker, WorkerStatus)
    assert_type(await jobs.pause(job), bool)
    assert_type(await jobs.resume(job), bool)
    assert_type(await jobs.cancel(job), bool)
    async for outcome in jobs.outcomes(job):
        assert_type(outcome, JobOutcome)
        assert_type(outcome.given, str)

    def begun(worker: RunningWorker) -> None:
        assert_type(worker.chunks, int)
        worker.stop()

    assert_type(await jobs.work(vonage, job, concurrency=8, lease=30.0, wait=False, on_start=begun), JobStatus)
    await jobs.work(vonage, drain=True, engine="procrastinate", name="worker-1")
    try:
        await jobs.status(7)
    except (StoreUnavailable, JobsError, LeaseLost) as error:
        assert_type(error, StoreUnavailable | JobsError | LeaseLost)
