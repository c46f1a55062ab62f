"""What an `Operation[T]` gives, to type checkers: calls, raw calls, pagers and waiters. This is never run."""

from __future__ import annotations

from typing import assert_type

from aiovonage import Page, Pager, PartialResult, RawResponse
from aiovonage._core.operation import Operation
from aiovonage._core.session import Session
from aiovonage._core.waiter import wait_until
from aiovonage.api.messaging_engagement.operations import ADD_NUMBERS
from aiovonage.api.ten_dlc import Brand, Campaign, Vetting
from aiovonage.api.ten_dlc.operations import (
    DELETE_BRAND,
    GET_BRAND,
    LIST_BRANDS,
    WAIT_UNTIL_CAMPAIGN_ACTIVE,
    WAIT_UNTIL_VETTING_COMPLETE,
)


async def calls(session: Session) -> None:
    assert_type(GET_BRAND, Operation[Brand])
    assert_type(await session.call(GET_BRAND, path=("B",)), Brand)
    assert_type(await session.call(LIST_BRANDS), Page[Brand])
    assert_type(await session.call(ADD_NUMBERS, path=("E",)), PartialResult)
    assert_type(await session.call_raw(GET_BRAND, path=("B",)), RawResponse[Brand])
    assert_type(await session.call_raw(DELETE_BRAND, path=("B",)), RawResponse[None])
    assert_type(await session.call_raw(LIST_BRANDS), RawResponse[Page[Brand]])
    assert_type(session.paginate(LIST_BRANDS), Pager[Brand])
    session.paginate(GET_BRAND)  # type: ignore[arg-type]


async def waiters(session: Session) -> None:
    campaign = await wait_until(session, WAIT_UNTIL_CAMPAIGN_ACTIVE, ("B", "C"), timeout=None, every=1)
    assert_type(campaign, Campaign)
    vetting = await wait_until(session, WAIT_UNTIL_VETTING_COMPLETE, ("B",), item="V", timeout=None, every=1)
    assert_type(vetting, Vetting)
