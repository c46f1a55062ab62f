"""Campaigns of a brand."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.handlers.ten_dlc.common import ROOT, find_brand, find_campaign, link_to
from aiovonage.sandbox.handlers.ten_dlc.state import BRAND, CAMPAIGN, EXPIRED, Campaign
from aiovonage.sandbox.pages import matches
from aiovonage.sandbox.problems import problem
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State

READ_ONLY = frozenset({"brand_id", "campaign_id", "status", "created_date", "_links"})
"""Members of a campaign that an update cannot change."""


def seed(state: State) -> None:
    """Add the campaign of the documents' examples."""
    _add_campaign(state, BRAND, CAMPAIGN, {"usecase": "ACCOUNT_NOTIFICATION", "description": "The sandbox's campaign"})


@handles("ten_dlc.list_campaigns")
def list_campaigns(call: Call) -> Response:
    campaigns = [call.state.ten_dlc.campaigns[name].data for name in find_brand(call).campaigns]
    found = [data for data in campaigns if matches(data, call.values.get("filter"))]
    path = f"{ROOT}/brands/{call.values['brand_id']}/campaigns"
    body = call.page(found, path=path, name="campaigns")
    body["_links"]["brand"] = link_to(f"/brands/{call.values['brand_id']}")
    return Response(200, body)


@handles("ten_dlc.create_campaign")
def create_campaign(call: Call) -> Response:
    brand = find_brand(call)
    if call.body["usecase"] not in brand.qualified:
        raise problem(
            409,
            "/10dlc#brand-not-qualified",
            "This brand has not been qualified for the given use case",
            "A campaign use case must be checked before a campaign can be created. "
            "Please verify the brand use case before submitting this campaign.",
        )
    campaign = _add_campaign(call.state, call.values["brand_id"], call.state.new_id("C", 7), call.body)
    return Response(201, campaign.data)


@handles("ten_dlc.get_campaign")
def get_campaign(call: Call) -> Response:
    return Response(200, find_campaign(call).data)


@handles("ten_dlc.update_campaign")
def update_campaign(call: Call) -> Response:
    campaign = find_campaign(call)
    changed = {name: value for name, value in (call.body or {}).items() if name not in READ_ONLY}
    campaign.data |= {**changed, "last_updated": call.state.clock.text()}
    return Response(200, campaign.data)


@handles("ten_dlc.stop_campaign")
def stop_campaign(call: Call) -> Response:
    campaign = find_campaign(call)
    campaign.status = EXPIRED
    for number in list(campaign.numbers):
        del call.state.ten_dlc.numbers[number]
    campaign.members.clear()
    return Response(204)


@handles("ten_dlc.import_partner_campaign")
def import_partner_campaign(call: Call) -> Response:
    return Response(
        201,
        {
            "brand_id": BRAND,
            "campaign_id": call.body["campaign_id"],
            "sharing_status": "PENDING",
            "downstream_cnp_id": call.state.new_id("S", 6),
            "upstream_cnp_id": call.state.new_id("S", 6),
        },
    )


def _add_campaign(state: State, brand_id: str, campaign_id: str, data: Json) -> Campaign:
    campaign, root = state.add_campaign(campaign_id, brand_id, data), f"/brands/{brand_id}/campaigns/{campaign_id}"
    links = {"self": link_to(root), "brand": link_to(f"/brands/{brand_id}"), "numbers": link_to(f"{root}/numbers")}
    campaign.data["_links"] = links
    return campaign
