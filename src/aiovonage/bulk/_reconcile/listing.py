"""Reads a list of numbers page by page, and determines whether a missing number proves anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs

from aiovonage._core.pagination import Page
from aiovonage.bulk._reconcile.answers import of_the_api
from aiovonage.errors import APIError, DecodeError, RateLimited, ServerError, Unauthorized

PAGE_SIZE = 100
"""Numbers per page. The API documents state no limit. A server with a lower limit says so in its response."""

_PUNCTUATION = str.maketrans("", "", " +-().\u00a0")

LISTS_OF_PAGES = 2
"""How many readings of a list of several pages must lack a number before it counts as missing. While a list is read,
one entry may be removed and another added. Then the totals agree, although an entry that moved to an earlier page was
not seen.
"""

Persist = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Repeats a request until the API responds; see `Pipeline`."""


def listed_number(item: object) -> int:
    """Return the number of a list item in any form: `+1...`, with spaces, as an integer, or in an object.

    Raises:
        DecodeError: if the item is not a number.
    """
    value = item.get("number", item.get("msisdn")) if isinstance(item, dict) else getattr(item, "number", item)
    if isinstance(value, int | str) and not isinstance(value, bool):
        text = str(value).translate(_PUNCTUATION)
        if text.isascii() and text.isdigit() and len(text) <= 20:
            return int(text)
    raise DecodeError(f"the list of numbers holds an item that is not a number: {str(item)[:60]!r}", body=b"{}")


def listed_word(item: object) -> str | None:
    """Return the carrier status of a list item."""
    word = item.get("status") if isinstance(item, dict) else getattr(item, "status", None)
    return None if word is None else str(word)


@attrs.define
class Listing:
    """A list that is read once, from its first page to its last.

    If an entry is removed while the list is read, all following entries move up, some of them to a page that was
    already read. So a missing number proves something only if the list was `still`: its total was the same on the first
    and the last page, and as many numbers were seen. Without totals, only a single page can be still.

    Attributes:
        fetch: Fetches a page, given its number and size.
        persist: Repeats a request until the API responds.
        pages: The number of pages read.
        total_pages: The number of pages according to the last one read; None if responses do not state it.
        total_items: The number of items according to the last page read; None if responses do not state it.
        seen: The number of different numbers on the pages.
        still: Whether it was read to its end and did not change in the meantime.
    """

    fetch: Callable[[int, int | None], Awaitable[Page[Any]]]
    persist: Persist
    pages: int = 0
    total_pages: int | None = None
    total_items: int | None = None
    seen: int = 0
    still: bool = False

    @property
    def is_one_moment(self) -> bool:
        """Whether it was a single page, so that a missing number was certainly not in it."""
        return self.still and self.pages == 1

    async def words(self) -> AsyncIterator[dict[int, str | None]]:
        """Yield the numbers of each page with their carrier status.

        Raises:
            APIError: if the API refuses the list.
            DecodeError: if an item is not a number.
        """
        number = 1
        size: int | None = PAGE_SIZE
        first_total: int | None = None
        before: dict[int, str | None] = {}
        while True:
            page, size = await self._page(number, size)
            words = {listed_number(item): listed_word(item) for item in page.items}
            self.pages += 1
            self.total_pages, self.total_items = page.total_pages, page.total_items
            if number == 1:
                first_total = page.total_items
            self.seen += len(words.keys() - before.keys())
            yield words
            last = number >= page.total_pages if page.total_pages is not None else not words or words == before
            if last:
                total = page.total_items
                known = total is not None and total == first_total == self.seen
                self.still = known or (total is None and number == 1)
                return
            before = words
            number += 1

    async def _page(self, number: int, size: int | None) -> tuple[Page[Any], int | None]:
        """Fetch a page. If the server refuses our page size, let it choose its own.

        Returns the page, and the page size for the next one.
        """
        try:
            return await self.persist(lambda: of_the_api(self.fetch(number, size))), size
        except (RateLimited, ServerError, Unauthorized):
            raise
        except APIError as refusal:
            if number > 1 or size is None or refusal.status not in {400, 422}:
                raise
            return await self.persist(lambda: of_the_api(self.fetch(number, None))), None
