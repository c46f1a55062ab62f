"""A snapshot of a campaign's numbers, stored on disk for the duration of a run."""

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
    """Lists of campaigns, stored in temporary tables of the journal so that memory does not grow with them."""

    def __init__(self, campaigns: Campaigns, desk: Desk) -> None:
        self._campaigns = campaigns
        self._desk = desk
        self._read: dict[str, bool] = {}
        self._begun = False

    def was_read(self, target: Target) -> bool:
        """Whether the list of a campaign was read, or an attempt to read it failed."""
        return target.campaign_id in self._read

    def is_conclusive(self, target: Target) -> bool:
        """Whether numbers that are not listed were certainly not in the campaign when the list was read."""
        return self._read.get(target.campaign_id, False)

    async def look_at_first_page(self, target: Target) -> None:
        """Fetch the first page to find out how many pages the list has."""
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
        """Read and store the list of a campaign. A list that the API refuses, or that cannot be decoded, is not
        conclusive.

        Args:
            target: The campaign.
            lists: How many times to read a list of several pages; a number is missing if no reading contains it.
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
        """Return those of `numbers` that are listed, with their carrier status."""
        await self._begin()
        return await self._desk.ledger.listed(target.campaign_id, numbers)

    async def unwanted(self, target: Target) -> AsyncIterator[list[tuple[int, str | None]]]:
        """Yield the listed numbers that are not in the input."""
        after = 0
        while chunk := await self._desk.ledger.unwanted(target.campaign_id, after, CHUNK):
            after = chunk[-1][0]
            yield chunk

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            await self._desk.ledger.begin_snapshot()
