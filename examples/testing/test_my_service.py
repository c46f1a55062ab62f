"""How to test it: the fixtures `vonage` and `vonage_sandbox` come with aiovonage (pip install 'aiovonage[sandbox]')."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from my_service import brand_names, campaign_exists, onboard

from aiovonage import ConnectionFailed, Vonage
from aiovonage.sandbox import Sandbox

pytestmark = pytest.mark.asyncio

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"  # what a sandbox holds from the start


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
    assert vonage_sandbox.app.injected  # some things did go wrong


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
    code = "import asyncio, my_service, aiovonage; print(asyncio.run(my_service.brand_names(aiovonage.Vonage())))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=environment, cwd=Path(__file__).parent, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert printed.decode().split() == ["['Vonage']"]
