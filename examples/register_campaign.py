"""Registers a brand, has it vetted, creates a campaign, and links numbers to it.

    python examples/register_campaign.py +12025550101 +12025550102

If it fails on the way, `--brand` and `--campaign` go on from what there is already.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext

from aiovonage import APIError, BadRequest, Conflict, UnprocessableContent, Vonage, VonageError
from aiovonage.api.ten_dlc import (
    Campaign,
    CreateCampaign,
    CreatePrivateCompanyBrand,
    RequestVetting,
    UseCase,
    Vertical,
    VettingProviderId,
)


def new_brand(account_id: str) -> CreatePrivateCompanyBrand:
    """The company that sends the messages. A value that is too long raises `InvalidValue` here, before it is sent."""
    return CreatePrivateCompanyBrand(
        account_id=account_id,
        display_name="Example Deliveries",
        company_name="Example Deliveries LLC",
        ein="12-3456789",
        phone="12025550100",
        street="1 Example Street",
        city="Washington",
        state="DC",
        postal_code="20001",
        country="US",
        email="compliance@example.com",
        vertical=Vertical.RETAIL,
        website="https://example.com",
    )


def new_campaign(account_id: str) -> CreateCampaign:
    """What the messages are, and how people opt in and out."""
    return CreateCampaign(
        account_id=account_id,
        usecase=UseCase.DELIVERY_NOTIFICATION,
        description="Tells customers when their parcel arrives.",
        subscriber_opt_in=True,
        subscriber_opt_out=True,
        subscriber_help=True,
        message_flow="Customers tick a box at the checkout of example.com.",
        sample_one="Your parcel arrives today between 2 and 4 pm. Reply STOP to opt out.",
    )


async def create_campaign(vonage: Vonage, brand_id: str, campaign: CreateCampaign) -> Campaign:
    """Create a campaign. If the API says that the use case was not checked for the brand, check it and try again."""
    try:
        return await vonage.ten_dlc.create_campaign(brand_id, campaign)
    except Conflict as conflict:
        if conflict.code != "brand-not-qualified":
            raise
    check = await vonage.ten_dlc.check_use_case(brand_id, campaign.usecase)
    print(f"{check.usecase} costs {check.annual_fee} a year")
    return await vonage.ten_dlc.create_campaign(brand_id, campaign)


async def register(options: argparse.Namespace) -> int:
    """Do all steps and return the exit code."""
    brand_id, campaign_id = options.brand, options.campaign
    async with sandbox_settings() if options.sandbox else nullcontext(), Vonage() as vonage:
        account_id = os.environ.get("VONAGE_API_KEY", "")
        try:
            if brand_id is None:
                brand = await vonage.ten_dlc.create_brand(new_brand(account_id))
                brand_id = str(brand.brand_id)
                print(f"brand {brand_id}: {brand.status}")
                # The result takes up to two days and raises the brand's limits. This script does not wait for it.
                vetting = await vonage.ten_dlc.request_vetting(
                    brand_id, RequestVetting(evp_id=VettingProviderId.AEGIS, vetting_class="STANDARD")
                )
                print(f"vetting {vetting.vetting_id}: {vetting.vetting_status}")
            if campaign_id is None:
                campaign = await create_campaign(vonage, brand_id, new_campaign(account_id))
                campaign_id = str(campaign.campaign_id)
                print(f"campaign {campaign_id}: {campaign.status}")
        except (BadRequest, UnprocessableContent) as refusal:
            print(f"refused: {refusal.problem.title}: {refusal.problem.detail}", file=sys.stderr)
            for parameter in refusal.problem.invalid_parameters:
                print(f"  {parameter.field}: {parameter.description}", file=sys.stderr)
            return 1
        run = vonage.bulk.link_numbers(brand_id, campaign_id, options.numbers)
        async for outcome in run:
            if not outcome.ok:
                print(f"{outcome.number}: {outcome.status} {outcome.problem.detail if outcome.problem else ''}")
        print(run.summary)
        return 0 if run.summary.ok else 1


@asynccontextmanager
async def sandbox_settings() -> AsyncGenerator[None]:
    """For `--sandbox`: start a sandbox, and point the environment to it."""
    from aiovonage.sandbox import Sandbox

    async with Sandbox() as sandbox:
        os.environ |= {
            "VONAGE_BASE_URL": sandbox.url,
            "VONAGE_API_KEY": sandbox.api_key,
            "VONAGE_API_SECRET": sandbox.api_secret,
        }
        yield


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Register a brand and a campaign, and link numbers to it.")
    parser.add_argument("numbers", nargs="+", help="the numbers to link")
    parser.add_argument("--brand", help="a brand that there is already")
    parser.add_argument("--campaign", help="a campaign of that brand that there is already")
    parser.add_argument("--sandbox", action="store_true", help="use a sandbox, not the account of the environment")
    options = parser.parse_args()
    if options.campaign and not options.brand:
        parser.error("--campaign needs --brand")
    try:
        return asyncio.run(register(options))
    except APIError as error:
        print(f"error: {error} (quote request {error.request_id} to the support)", file=sys.stderr)
    except VonageError as error:
        print(f"error: {error}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
