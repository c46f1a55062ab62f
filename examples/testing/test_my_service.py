"""How to test code that uses aiovonage: it comes with the fixtures `vonage` and `vonage_sandbox`.

    pip install 'aiovonage[cli,sandbox]' pytest pytest-asyncio
    pytest test_my_service.py

Each test has its own sandbox, in the same process and without a socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence

import pytest

from aiovonage import ConnectionFailed, NotFound, Vonage
from aiovonage.sandbox import Sandbox

pytestmark = pytest.mark.asyncio

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"  # a new sandbox has these


# The service. Yours is in its own module and takes the client as an argument.


async def brand_names(vonage: Vonage) -> list[str]:
    """The names of all brands."""
    return [brand.display_name or "" async for brand in vonage.ten_dlc.list_brands()]


async def campaign_exists(vonage: Vonage, brand_id: str, campaign_id: str) -> bool:
    """Whether the campaign exists."""
    try:
        await vonage.ten_dlc.get_campaign(brand_id, campaign_id)
    except NotFound:
        return False
    return True


async def onboard(vonage: Vonage, brand_id: str, campaign_id: str, numbers: Sequence[str]) -> list[str]:
    """Link numbers to a campaign and return those that could not be linked."""
    run = vonage.bulk.link_numbers(brand_id, campaign_id, numbers)
    return [outcome.number async for outcome in run if not outcome.ok]


# Its tests.


async def test_brands_have_names(vonage: Vonage) -> None:
    assert await brand_names(vonage) == ["Vonage"]


async def test_a_campaign_that_is_not_there(vonage: Vonage) -> None:
    assert await campaign_exists(vonage, BRAND, CAMPAIGN)
    assert not await campaign_exists(vonage, BRAND, "CNOSUCH")


async def test_numbers_are_linked(vonage: Vonage, vonage_sandbox: Sandbox) -> None:
    assert await onboard(vonage, BRAND, CAMPAIGN, ["+1 202 555 0101", "oops"]) == ["oops"]
    assert list(vonage_sandbox.state.campaigns[CAMPAIGN].numbers) == ["12025550101"]


@pytest.mark.vonage_sandbox(error_rate=0.05, lost_responses=0.05, seed=7)
async def test_no_number_is_lost_when_things_go_wrong(vonage: Vonage, vonage_sandbox: Sandbox) -> None:
    numbers = [str(12025550000 + index) for index in range(100)]
    assert await onboard(vonage, BRAND, CAMPAIGN, numbers) == []
    assert set(vonage_sandbox.state.numbers) == set(numbers)
    assert vonage_sandbox.injected  # some requests did fail


@pytest.mark.vonage_sandbox(dropped_connections=1.0)
async def test_an_outage_is_an_error(vonage: Vonage) -> None:
    with pytest.raises(ConnectionFailed):
        await brand_names(vonage.with_options(max_retries=0))


@pytest.mark.vonage_sandbox(socket=True)
async def test_another_process_can_ask_it(vonage_sandbox: Sandbox) -> None:
    environment = os.environ | {
        "VONAGE_BASE_URL": vonage_sandbox.url,
        "VONAGE_API_KEY": vonage_sandbox.api_key,
        "VONAGE_API_SECRET": vonage_sandbox.api_secret,
    }
    command = [sys.executable, "-m", "aiovonage.cli", "call", "ten_dlc.get_brand", f"brand_id={BRAND}"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert json.loads(printed)["display_name"] == "Vonage"
