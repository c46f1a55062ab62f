"""Requests the state of campaigns and their numbers from the API."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

import attrs

from aiovonage._problem import Problem
from aiovonage.api.ten_dlc.endpoints import TenDlc
from aiovonage.api.ten_dlc.raw import RawTenDlc
from aiovonage.bulk._errors import NotTheAPI, RunStopped
from aiovonage.bulk._reconcile.answers import NO_REFUSAL, names, of_the_api
from aiovonage.bulk._reconcile.carrier_status import is_not_active
from aiovonage.bulk._reconcile.listing import Listing, Persist
from aiovonage.errors import APIError, Forbidden, NotFound, Unauthorized

if TYPE_CHECKING:
    from aiovonage._core.pagination import Page
    from aiovonage._core.session import Session
    from aiovonage.api.ten_dlc.models import CampaignNumber
    from aiovonage.bulk._targets import Target


@attrs.frozen
class Held:
    """The campaign holds the number.

    Attributes:
        word: The carrier status.
    """

    word: str | None


@attrs.frozen
class Refused:
    """The API refuses to return the number.

    Attributes:
        problem: The reason.
    """

    problem: Problem


class Campaigns:
    """The campaigns of a run. Requests are not retried here, since the run decides about that.

    Args:
        session: The client's session.
        single: Whether the run is for one campaign, so that a problem with the campaign ends the run.
    """

    def __init__(self, session: Session, *, single: bool) -> None:
        self.single = single
        once = attrs.evolve(session, max_retries=0)
        self.api: TenDlc = TenDlc(once)
        self.raw: RawTenDlc = RawTenDlc(once)
        self.pages: dict[str, int] = {}
        """The number of pages of a campaign's list, when it was last read."""
        self._states: dict[tuple[str, str], Problem | None] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def number(self, target: Target, number: int) -> Held | Refused | None:
        """Request the state of a number; None if the campaign does not hold it.

        Raises:
            NotFound: if the campaign does not exist and is the only one of the run.
        """
        try:
            found = await of_the_api(self.api.get_number(target.brand_id, target.campaign_id, str(number)))
        except NotFound as missing:
            if not names(missing, target.brand_id, target.campaign_id):
                return None
            if self.single:
                raise
            return Refused(missing.problem)
        except NO_REFUSAL:
            raise
        except APIError as refusal:
            return Refused(refusal.problem)
        if found.number is None and found.status is None:
            raise NotTheAPI("the answer to get_number is not about a number", body=b"", status=200)
        return Held(None if found.status is None else str(found.status))

    def listing(self, target: Target, persist: Persist) -> Listing:
        """Return the list of a campaign's numbers."""

        async def fetch(page: int, size: int | None) -> Page[CampaignNumber]:
            found = await self.api.list_numbers(target.brand_id, target.campaign_id, page=page, page_size=size)
            if found.total_pages is not None:
                self.pages[target.campaign_id] = found.total_pages
            return found

        return Listing(fetch, persist)

    async def ready(self, target: Target, *, again: bool = False) -> Problem | None:
        """Return the reason why numbers cannot be linked to a campaign; None if no reason is known.

        The run reads each campaign once, before it sends the first number. A failure to read it does not count as a
        reason: the first number will show what is wrong.

        Args:
            target: The campaign.
            again: Whether to read it again.

        Raises:
            RunStopped: if the campaign is not active and is the only one of the run.
            Unauthorized: if the credentials are wrong.
            Forbidden, NotFound: if the API refuses to return the campaign, and it is the only one of the run.
        """
        key = target.brand_id, target.campaign_id
        if key in self._states and not again:
            return self._states[key]
        async with self._asking[key]:
            if key not in self._states or again:
                self._states[key] = await self._state(target)
        return self._states[key]

    async def _state(self, target: Target) -> Problem | None:
        try:
            campaign = await of_the_api(self.api.get_campaign(target.brand_id, target.campaign_id))
        except (Unauthorized, Forbidden, NotFound) as refusal:
            if isinstance(refusal, NotFound) and not names(refusal, target.brand_id):
                return None
            if self.single or isinstance(refusal, Unauthorized):
                raise
            return refusal.problem
        except Exception:
            return None
        if campaign.campaign_id != target.campaign_id or not is_not_active(campaign.status):
            return None
        words = f"campaign {target.campaign_id} of brand {target.brand_id} is {campaign.status}, and not active"
        if self.single:
            raise RunStopped(f"{words}: numbers can be linked to it only when it is active; the numbers are pending")
        return Problem(type="#campaign-not-active", title="The campaign is not active", detail=words)

    async def refused(self, target: Target, refusal: APIError) -> Problem:
        """Return the problem of a refused number.

        Raises:
            APIError: if the error is about the account or the campaign, and thus applies to all other numbers too.
            RunStopped: if the campaign is no longer active.
        """
        if names(refusal, target.brand_id, target.campaign_id) and self.single:
            raise refusal
        if isinstance(refusal, Forbidden):
            return await self.ready(target, again=True) or refusal.problem
        if "not-active" in (refusal.code or "") and self.single:
            raise RunStopped(
                f"the API says that campaign {target.campaign_id} of brand {target.brand_id} is not active "
                f"({refusal}); the numbers are pending"
            ) from refusal
        return refusal.problem

    def checks_together(self, campaign_id: str, count: int) -> bool:
        """Whether reading the list takes fewer requests than requesting each number."""
        return count >= max(MANY, 1 + self.pages.get(campaign_id, UNKNOWN_PAGES))


MANY = 8
"""The fewest numbers for which reading the list is considered."""

UNKNOWN_PAGES = 50
"""The assumed number of pages of a list that has not been read yet."""
