"""Lists of values grow: a value that the spec does not know is sent, with a warning that may tell of a typing error."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from aiovonage import InvalidValue, UnknownValueWarning, Vonage, encode
from aiovonage.api.applications import VoiceToSet
from aiovonage.api.channel_manager import AgentBasicInfo, CreateSlackSubscription, SlackHook
from aiovonage.api.messaging_engagement import CreateIdentity
from aiovonage.api.redact import RedactTransaction
from aiovonage.api.ten_dlc import (
    CreateCampaign,
    CreateOtherBrand,
    CreatePrivateCompanyBrand,
    CreatePublicCompanyBrand,
    FilterCondition,
    RequestVetting,
    UseCase,
)
from aiovonage.api.users import WebsocketChannel

BRAND: dict[str, Any] = {
    "account_id": "abcd1234",
    "display_name": "Vonage",
    "company_name": "Vonage",
    "ein": "20-1111111",
    "phone": "15556660001",
    "street": "23 Main Street",
    "city": "Holmdel",
    "state": "NJ",
    "postal_code": "07733",
    "country": "US",
    "email": "devrel@vonage.com",
}
CAMPAIGN: dict[str, Any] = {
    "account_id": "abcd1234",
    "description": "User notifications",
    "subscriber_opt_in": True,
    "subscriber_opt_out": True,
    "subscriber_help": True,
}


@pytest.mark.parametrize(
    ("make", "owner", "member", "nearest"),
    [
        (lambda: CreateCampaign(usecase="MARKETTING", **CAMPAIGN), "CreateCampaign", "usecase", "MARKETING"),
        (
            lambda: CreateCampaign(usecase="MIXED", vertical="GAMBLIN", **CAMPAIGN),
            "CreateCampaign",
            "vertical",
            "GAMBLING",
        ),
        (lambda: RequestVetting(evp_id="AEGIS", vetting_class="x"), "RequestVetting", "evp_id", "Aegis"),
        (
            lambda: CreatePublicCompanyBrand(
                vertical="TECHNOLOGY", stock_exchange="NASDAK", stock_symbol="VG", **BRAND
            ),
            "CreatePublicCompanyBrand",
            "stock_exchange",
            "NASDAQ",
        ),
        (
            lambda: CreateOtherBrand(entity_type="NONPROFIT", **BRAND),
            "CreateOtherBrand",
            "entity_type",
            "NON_PROFIT",
        ),
        (lambda: CreateIdentity(brand_relationship="KEY"), "CreateIdentity", "brand_relationship", "KEY_ACCOUNT"),
        (lambda: VoiceToSet(region="eu-north"), "VoiceToSet", "region", "na-east"),
        (
            lambda: AgentBasicInfo(
                brand_id="b",
                display_name="d",
                sender_id="s",
                hosting_region="AFRICA",
                agent_purpose="OTP",
                billing_category="SINGLE_MESSAGE",
            ),
            "AgentBasicInfo",
            "hosting_region",
            "NORTH_AMERICA",
        ),
        (
            lambda: WebsocketChannel(content_type="audio/l16;rate=24000"),
            "WebsocketChannel",
            "content_type",
            "audio/l16;rate=8000",
        ),
        (
            lambda: RedactTransaction(id="i", product="email"),
            "RedactTransaction",
            "product",
            "messages",
        ),
        (lambda: FilterCondition(field="f", type="notequals", value=1), "FilterCondition", "type", "notequal"),
    ],
)
def test_a_body_takes_a_value_that_the_spec_does_not_know(
    make: Callable[[], Any], owner: str, member: str, nearest: str
) -> None:
    with pytest.warns(UnknownValueWarning) as caught:
        model = make()
    (warning,) = [w.message for w in caught]
    assert isinstance(warning, UnknownValueWarning)
    assert (warning.owner, warning.member, warning.value) == (owner, member, getattr(model, member))
    if owner not in {"VoiceToSet", "AgentBasicInfo", "RedactTransaction"}:  # nothing is really near to those
        assert str(warning.nearest) == nearest
    assert warning.value in encode(model).values()
    assert repr(str(warning.value)) in str(warning)


def test_the_warning_is_of_the_line_that_the_user_wrote() -> None:
    with pytest.warns(UnknownValueWarning) as caught:
        RequestVetting(evp_id="AEGIS", vetting_class="x")
    assert caught[0].filename == __file__


def test_a_known_value_is_no_reason_to_warn() -> None:
    for usecase in [*UseCase, "2FA", "SOLE_PROPRIETOR", "K12_EDUCATION"]:
        assert CreateCampaign(usecase=usecase, vertical="LEGAL", **CAMPAIGN).usecase == usecase


def test_an_assignment_warns_too() -> None:
    campaign = CreateCampaign(usecase="MIXED", **CAMPAIGN)
    with pytest.warns(UnknownValueWarning, match="'MIXED'"):
        campaign.usecase = "MIXT"
    assert encode(campaign)["usecase"] == "MIXT"


@pytest.mark.parametrize("value", [5, True, "", None, ["MIXED"]])
def test_what_cannot_be_a_newer_value_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValue, match="usecase must be one of"):
        CreateCampaign(usecase=value, **CAMPAIGN)


def test_a_bound_holds_for_newer_values_as_well() -> None:
    with pytest.raises(InvalidValue, match="at most 50 characters"):
        CreateCampaign(usecase="X" * 51, **CAMPAIGN)


def test_the_constant_that_tells_models_apart_is_closed() -> None:
    with pytest.raises(InvalidValue, match="type must be slack"):
        CreateSlackSubscription(type="webhook", slack=SlackHook(url="https://hooks.slack.com/x"))  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="entity_type must be PRIVATE_PROFIT"):
        CreatePrivateCompanyBrand(entity_type="NON_PROFIT", vertical="TECHNOLOGY", **BRAND)  # type: ignore[arg-type]


def test_but_not_where_newer_kinds_are_known_to_come() -> None:
    with pytest.warns(UnknownValueWarning):
        brand = CreatePrivateCompanyBrand(entity_type="GOVERNMENT", vertical="TECHNOLOGY", **BRAND)  # type: ignore[arg-type]
    assert encode(brand)["entity_type"] == "GOVERNMENT"


@pytest.mark.parametrize(
    ("call", "member", "sent"),
    [
        (lambda v: v.ten_dlc.check_use_case("B1", "M2M_NEW"), "usecase", "/v1/10dlc/brands/B1/usecases/M2M_NEW"),
        (lambda v: v.rcs.list_agents(state="PAUSED"), "state", "state=PAUSED"),
        (lambda v: v.users.list_users(order="random"), "order", "order=random"),
        (
            lambda v: v.whatsapp.get_pricing_analytics("1", dimensions=["TIER", "WEEK"]),
            "dimensions",
            'dimensions=["TIER","WEEK"]',
        ),
    ],
)
async def test_paths_and_queries_take_unknown_values(
    call: Callable[[Vonage], Any], member: str, sent: str, private_key: str
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    account: dict[str, Any] = {"api_key": "k", "api_secret": "s", "application_id": "a", "private_key": private_key}
    async with Vonage(transport=httpx.MockTransport(answer), **account) as vonage:
        with pytest.warns(UnknownValueWarning) as caught:
            await call(vonage)
    (warning,) = [w.message for w in caught]
    assert isinstance(warning, UnknownValueWarning)
    assert warning.member == member
    url = seen[0].url
    assert sent in url.path or dict(pair.split("=") for pair in [sent]).items() <= dict(url.params).items()


def test_the_warning_can_be_made_an_error_of_ones_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnknownValueWarning)
        with pytest.raises(UnknownValueWarning):
            RequestVetting(evp_id="AEGIS", vetting_class="x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownValueWarning)
        assert json.loads(json.dumps(encode(RequestVetting(evp_id="AEGIS", vetting_class="x"))))["evp_id"] == "AEGIS"
