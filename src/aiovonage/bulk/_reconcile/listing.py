"""Reads a list of numbers page by page, and says what its silence is worth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs

from aiovonage._core.pagination import Page
from aiovonage.bulk._reconcile.answers import of_the_api
from aiovonage.errors import APIError, DecodeError, RateLimited, ServerError, Unauthorized

PAGE_SIZE = 100
"""Numbers on a page. The documents state no limit; a server that takes fewer says so in its answer."""

_PUNCTUATION = str.maketrans("", "", " +-().\u00a0")

LISTS_OF_PAGES = 2
"""Lists of several pages that must miss a number before that counts: while one is read, an entry may go and another
come, so that the totals agree and one that has moved to a page that was read already is missed.
"""

Persist = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Asks until there is an answer of the API; see `Pipeline`."""


def listed_number(item: object) -> int:
    """The number of an item of a list, however it is written: `+1...`, with blanks, as an integer, or in an object.

    Raises:
        DecodeError: for an item that is not a number: what it stands for is not known.
    """
    value = item.get("number", item.get("msisdn")) if isinstance(item, dict) else getattr(item, "number", item)
    if isinstance(value, int | str) and not isinstance(value, bool):
        text = str(value).translate(_PUNCTUATION)
        if text.isascii() and text.isdigit() and len(text) <= 20:
            return int(text)
    raise DecodeError(f"the list of numbers holds an item that is not a number: {str(item)[:60]!r}", body=b"{}")


def listed_word(item: object) -> str | None:
    """The carriers' word for an item of a list."""
    word = item.get("status") if isinstance(item, dict) else getattr(item, "status", None)
    return None if word is None else str(word)


@attrs.define
class Listing:
    """A list that is read once, from its first page to its last.

    When an entry goes while the list is read, all that follow move up, and some of them to a page that was read
    already. So what is not seen is not there only if the list was `still`: it held as many items on the last page as
    on the first, and so many were seen. Where the answers have no totals, that can be said of a single page only.

    Attributes:
        fetch: Fetches a page, given its number and size.
        persist: Asks until there is an answer of the API.
        pages: How many pages were read.
        total_pages: How many pages there are, by the last one read; None where the answers do not say.
        total_items: How many items there are; the same.
        seen: How many different numbers were on them.
        still: Whether it was read to its end and did not change meanwhile.
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
        """Whether it was read in one page, so that what is not on it was not there."""
        return self.still and self.pages == 1

    async def words(self) -> AsyncIterator[dict[int, str | None]]:
        """The numbers of each page, with the carriers' word for each.

        Raises:
            APIError: when the API refuses the list.
            DecodeError: for an item that is not a number.
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
        """A page, and the size to ask with from then on: a server that refuses ours chooses its own."""
        try:
            return await self.persist(lambda: of_the_api(self.fetch(number, size))), size
        except (RateLimited, ServerError, Unauthorized):
            raise
        except APIError as refusal:
            if number > 1 or size is None or refusal.status not in {400, 422}:
                raise
            return await self.persist(lambda: of_the_api(self.fetch(number, None))), None
