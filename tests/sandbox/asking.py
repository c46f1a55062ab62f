"""Asks a sandbox with plain httpx, on a clock that a test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from aiovonage.sandbox import Sandbox

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
NUMBERS = f"/v1/10dlc/brands/{BRAND}/campaigns/{CAMPAIGN}/numbers"
ENGAGED = f"/v1/messaging-engagement/engagements/{CAMPAIGN}/numbers"
NUMBER = "12025550101"


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Asked:
    """A sandbox, and what is asked of it."""

    def __init__(self, sandbox: Sandbox, clock: SetClock, client: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.client = client

    async def link(self, number: str = NUMBER, campaign: str = CAMPAIGN, **members: Any) -> httpx.Response:
        path = NUMBERS.replace(CAMPAIGN, campaign)
        return await self.client.post(path, json={"country": "US", "number": number, **members})

    async def get(self, number: str = NUMBER, campaign: str = CAMPAIGN) -> httpx.Response:
        return await self.client.get(f"{NUMBERS.replace(CAMPAIGN, campaign)}/{number}")

    async def unlink(self, number: str = NUMBER) -> httpx.Response:
        return await self.client.delete(f"{NUMBERS}/{number}")

    async def listed(self, campaign: str = CAMPAIGN) -> dict[str, str]:
        """The statuses of the numbers of a campaign, as its list shows them."""
        page = (await self.client.get(NUMBERS.replace(CAMPAIGN, campaign), params={"page_size": 500})).json()
        return {item["number"]: item["status"] for item in page["_embedded"]["numbers"]}

    async def state(self) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.client.get("/_sandbox/state?numbers=1")).json()
        return shown


@asynccontextmanager
async def asked(**settings: Any) -> AsyncIterator[Asked]:
    """A sandbox with a clock that stands still, in-process."""
    clock = SetClock()
    sandbox = Sandbox(clock=clock, **settings)
    auth = (sandbox.api_key, sandbox.api_secret)
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.localhost", auth=auth) as client:
        yield Asked(sandbox, clock, client)


def code(answer: httpx.Response) -> str:
    """The code of an error: the end of its type."""
    return str(answer.json()["type"]).rpartition("#")[2]
