"""Asks the API about a campaign and its numbers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

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
    from aiovonage.bulk._targets import Target


@attrs.frozen
class Held:
    """The campaign holds the number.

    Attributes:
        word: The carriers' word.
    """

    word: str | None


@attrs.frozen
class Refused:
    """The API does not say: it refuses the question.

    Attributes:
        problem: Why.
    """

    problem: Problem


class Campaigns:
    """The campaigns that a run works on. Each question is asked once: the run decides when it is asked again.

    Args:
        session: The client's session.
        single: Whether the run is for one campaign, so that what is wrong with it ends the run.
    """

    def __init__(self, session: Session, *, single: bool) -> None:
        self.single = single
        once = attrs.evolve(session, max_retries=0)
        self.api: TenDlc = TenDlc(once)
        self.raw: RawTenDlc = RawTenDlc(once)
        self.pages: dict[str, int] = {}
        """How many pages the list of a campaign had when it was read last."""
        self._states: dict[tuple[str, str], Problem | None] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def number(self, target: Target, number: int) -> Held | Refused | None:
        """What the API says of a number of a campaign; None where the campaign does not hold it.

        Raises:
            NotFound: when there is no such campaign, and the run is for it alone.
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
        """The list of a campaign's numbers."""

        async def fetch(page: int, size: int | None) -> Page[Any]:
            found: Page[Any] = await self.api.list_numbers(
                target.brand_id, target.campaign_id, page=page, page_size=size
            )
            if found.total_pages is not None:
                self.pages[target.campaign_id] = found.total_pages
            return found

        return Listing(fetch, persist)

    async def ready(self, target: Target, *, again: bool = False) -> Problem | None:
        """What keeps numbers from being linked to a campaign; None where nothing is known to.

        It is asked once for each campaign, before the first number is sent. Only an answer that says so counts: when
        the campaign can't be read, the first number will show what is wrong.

        Args:
            target: The campaign.
            again: Whether to ask again.

        Raises:
            RunStopped: when the campaign is not active, and the run is for it alone.
            Unauthorized, Forbidden, NotFound: the same.
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
        """What a refusal says of one number.

        Raises:
            APIError: when it is about the account or the campaign, and would be the same for every other number.
            RunStopped: when the campaign is not active any more.
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

    def looks_together(self, campaign_id: str, count: int) -> bool:
        """Whether one list costs less than so many single questions."""
        return count >= max(MANY, 1 + self.pages.get(campaign_id, UNKNOWN_PAGES))


MANY = 8
"""Numbers from which a list is thought of at all."""

UNKNOWN_PAGES = 50
"""Pages that the list of a campaign is taken to have before it was read."""
