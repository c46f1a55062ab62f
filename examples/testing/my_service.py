"""A service that is built on aiovonage: it gives the numbers of a new customer to a campaign."""

from __future__ import annotations

from collections.abc import Sequence

from aiovonage import NotFound, Vonage


async def brand_names(vonage: Vonage) -> list[str]:
    """The names of all brands."""
    return [brand.display_name or "" async for brand in vonage.ten_dlc.list_brands()]


async def campaign_exists(vonage: Vonage, brand_id: str, campaign_id: str) -> bool:
    """Whether there is such a campaign."""
    try:
        await vonage.ten_dlc.get_campaign(brand_id, campaign_id)
    except NotFound:
        return False
    return True


async def onboard(vonage: Vonage, brand_id: str, campaign_id: str, numbers: Sequence[str]) -> list[str]:
    """Link numbers to a campaign, and give those that could not be linked."""
    run = vonage.bulk.link_numbers(brand_id, campaign_id, numbers)
    return [outcome.number async for outcome in run if not outcome.ok]
