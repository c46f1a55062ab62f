"""The list of a campaign's numbers at one moment, kept on disk for the length of a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from aiovonage.bulk._reconcile.answers import NO_REFUSAL, of_the_api
from aiovonage.errors import APIError, DecodeError

if TYPE_CHECKING:
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._reconcile.campaign import Campaigns
    from aiovonage.bulk._targets import Target

CHUNK = 512


class Snapshot:
    """Lists of campaigns, in the temporary tables of the journal, so that memory does not grow with them."""

    def __init__(self, campaigns: Campaigns, desk: Desk) -> None:
        self._campaigns = campaigns
        self._desk = desk
        self._read: dict[str, bool] = {}
        self._begun = False

    def was_read(self, target: Target) -> bool:
        """Whether the list of a campaign was read, or tried to."""
        return target.campaign_id in self._read

    def is_conclusive(self, target: Target) -> bool:
        """Whether what is not on the list was not in the campaign when it was read."""
        return self._read.get(target.campaign_id, False)

    async def look_at_first_page(self, target: Target) -> None:
        """Learn how many pages the list has."""
        try:
            await self._desk.retry(lambda: of_the_api(self._first_page(target)))
        except NO_REFUSAL:
            raise
        except (APIError, DecodeError):
            self._read[target.campaign_id] = False

    async def _first_page(self, target: Target) -> None:
        listing = self._campaigns.listing(target, self._desk.retry)
        await listing.fetch(1, 100)

    async def read(self, target: Target, *, lists: int = 1) -> None:
        """Read the list of a campaign, and keep it. A list that the API refuses, or that cannot be understood, is not
        conclusive.

        Args:
            target: The campaign.
            lists: How often a list of several pages is read; a number counts as missing that none of them holds.
        """
        await self._begin()
        self._read[target.campaign_id] = False
        for _ in range(lists):
            listing = self._campaigns.listing(target, self._desk.retry)
            try:
                async for words in listing.words():
                    await self._desk.ledger.keep_listed(target.campaign_id, words)
            except NO_REFUSAL:
                raise
            except (APIError, DecodeError):
                return
            if not listing.still:
                return
            if listing.is_one_moment:
                break
        self._read[target.campaign_id] = True

    async def words(self, target: Target, numbers: Sequence[int]) -> dict[int, str | None]:
        """Those of some numbers that the list holds, with the carriers' words."""
        await self._begin()
        return await self._desk.ledger.listed(target.campaign_id, numbers)

    async def unwanted(self, target: Target) -> AsyncIterator[list[tuple[int, str | None]]]:
        """The numbers of the list that do not stand in the input."""
        after = 0
        while chunk := await self._desk.ledger.unwanted(target.campaign_id, after, CHUNK):
            after = chunk[-1][0]
            yield chunk

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            await self._desk.ledger.begin_snapshot()
