"""What the 10DLC handlers share: finding things, and building links."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call
from aiovonage.sandbox.handlers.ten_dlc.state import Brand, Campaign
from aiovonage.sandbox.pages import link
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import Json

ROOT = "/v1/10dlc"
SPEC = "ten-dlc.v1.yaml"


def find_brand(call: Call) -> Brand:
    """The brand that the path names.

    Raises:
        ProblemResponse: 404 if it does not exist or is deleted.
    """
    brand = call.state.ten_dlc.brands.get(call.values["brand_id"])
    if brand is None or brand.deleted:
        raise not_found(call.values["brand_id"])
    return brand


def find_campaign(call: Call) -> Campaign:
    """The campaign that the path names.

    Raises:
        ProblemResponse: 404 if it does not exist, or its brand does not.
    """
    find_brand(call)
    campaign = call.state.ten_dlc.campaigns.get(call.values["campaign_id"])
    if campaign is None or campaign.brand_id != call.values["brand_id"]:
        raise not_found(call.values["campaign_id"])
    return campaign


def link_to(path: str) -> Json:
    """A link to a path below `/v1/10dlc`."""
    return link(f"{ROOT}{path}")
