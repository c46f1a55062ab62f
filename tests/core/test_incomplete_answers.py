"""An answer that lacks something is read, unless it does not say which thing it is about."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from aiovonage import DecodeError, Vonage, decode, encode
from aiovonage._core.codec.codec import Codec
from aiovonage.api import channel_manager
from aiovonage.api.applications import Application
from aiovonage.api.channel_manager import (
    AgentEmail,
    AgentPhone,
    AgentVisualDesign,
    AgentWebsite,
    RcsAgent,
    RcsAgentPage,
    SlackSubscription,
    Subscription,
    Waba,
    WebhookSubscription,
)
from aiovonage.api.messaging_engagement import Engagement, Identity
from aiovonage.api.ten_dlc import Brand, BrandPage, Campaign, CampaignNumber, LinkNumber, VettingClass
from aiovonage.api.users import User, UserSummary

DESIGN: dict[str, Any] = {
    "brand_color": "#8860CD",
    "email": {"address": "help@example.com", "label": "Help"},
    "phone": {"number": "+12025550101"},
    "tagline": "We answer",
    "website": [{"address": "https://example.com"}],
}


@pytest.mark.parametrize(
    ("model", "json", "member"),
    [
        (Waba, {"waba_id": "1"}, "currency"),
        (RcsAgentPage, {"_embedded": {"agents": []}}, "_links"),
        (RcsAgent, {"id": "a"}, "basic_info"),
        (AgentVisualDesign, {"tagline": "t"}, "phone"),
        (channel_manager.TestDevice, {"id": "t", "phone": "+1"}, "created_at"),
        (SlackSubscription, {"id": "s", "type": "slack"}, "slack"),
    ],
)
def test_what_only_the_document_marks_as_required_reads_as_none(
    model: Any, json: dict[str, Any], member: str, caplog: pytest.LogCaptureFixture
) -> None:
    codec = Codec()
    for _ in range(3):
        read = codec.decode(model, json)
    assert getattr(read, member.lstrip("_")) is None
    assert codec.encode(read) == json
    told = [r for r in caplog.records if f"{model.__name__}.{member} is missing" in r.getMessage()]
    assert [record.levelno for record in told] == [logging.WARNING]
    assert getattr(codec.decode(model, json | {member: None}), member.lstrip("_")) is None
    with pytest.raises(DecodeError, match="the required member"):
        Codec(strict=True).decode(model, json)


@pytest.mark.parametrize(
    ("model", "whole"),
    [
        (Brand, {"brand_id": "B"}),
        (Campaign, {"brand_id": "B", "campaign_id": "C"}),
        (CampaignNumber, {"number": "1"}),
        (VettingClass, {"id": "v"}),
        (Identity, {"identity_id": "I"}),
        (Engagement, {"identity_id": "I", "engagement_id": "E"}),
        (Application, {"id": "a"}),
        (User, {"id": "u"}),
        (UserSummary, {"id": "u"}),
        (WebhookSubscription, {"id": "w", "type": "webhook"}),
        (RcsAgent, {"id": "a"}),
    ],
)
def test_what_identifies_a_thing_is_there(model: Any, whole: dict[str, Any]) -> None:
    decode(model, whole)
    for member in whole.keys() - {"type"}:
        for lacking in ({k: v for k, v in whole.items() if k != member}, whole | {member: None}):
            with pytest.raises(DecodeError, match=member):
                decode(model, lacking)


def test_the_error_says_where_the_identity_is_missing() -> None:
    with pytest.raises(DecodeError, match="brand_id is missing") as raised:
        decode(BrandPage, {"_embedded": {"brands": [{"brand_id": "B1"}, {"display_name": "x"}]}})
    assert raised.value.path == "/_embedded/brands/1"


def test_a_request_that_lacks_something_is_not_read() -> None:
    with pytest.raises(DecodeError, match="number is missing"):
        decode(LinkNumber, {"country": "US"})


@pytest.mark.parametrize(
    "json",
    [
        DESIGN,
        DESIGN
        | {
            "email": [{"address": "a@example.com"}, {"address": "b@example.com"}],
            "phone": [{"number": "+12025550101"}],
            "website": [{"url": "https://example.com", "label": "Home"}],
        },
        DESIGN | {"website": {"address": "https://example.com"}, "phone": []},
    ],
)
def test_a_visual_design_is_read_in_either_form_and_written_as_it_was(json: dict[str, Any]) -> None:
    assert encode(Codec(strict=True).decode(AgentVisualDesign, json)) == json


def test_a_visual_design_can_be_sent_in_either_form() -> None:
    document = AgentVisualDesign(
        brand_color="#8860CD",
        email=AgentEmail(address="help@example.com", label="Help"),
        phone=AgentPhone(number="+12025550101"),
        tagline="We answer",
        website=[AgentWebsite(address="https://example.com")],
    )
    assert encode(document) == DESIGN
    lists = AgentVisualDesign(
        brand_color="#8860CD",
        email=[AgentEmail(address="help@example.com")],
        phone=[AgentPhone(number="+12025550101")],
        tagline="We answer",
        website=[AgentWebsite(url="https://example.com")],
    )
    assert encode(lists)["email"] == [{"address": "help@example.com"}]
    assert encode(lists)["website"] == [{"url": "https://example.com"}]


def test_a_subscription_of_a_kind_that_is_not_known_is_read() -> None:
    read = decode(Subscription, {"id": "m", "type": "email", "created_at": "2026-01-02T03:04:05Z"})
    assert isinstance(read, WebhookSubscription)
    assert encode(read)["type"] == "email"


async def test_an_answer_of_something_else_is_not_taken_for_a_brand() -> None:
    def gateway(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"message": "welcome"})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(gateway)) as vonage:
        with pytest.raises(DecodeError, match="brand_id is missing"):
            await vonage.ten_dlc.get_brand("B1")
