"""Paginated lists: `Page`, and `Pager` for all pagination styles of the APIs."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import attrs

from aiovonage.errors import InvalidValue, PaginationError

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping
    from typing import SupportsIndex

    from aiovonage._core.operation import Operation, Pagination

    Fetch: TypeAlias = Callable[[Mapping[str, Any]], Coroutine[Any, Any, "Page[T]"]]

EMPTY_PAGES = 100
"""The most consecutive pages without items. Without a limit, a list with a wrong total would be read forever."""


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: Its items.
        page: Its number; None if pages have no numbers.
        page_size: The number of items per page; None if the response does not say.
        total_pages: The number of pages; None if the response does not say.
        total_items: The number of items on all pages; None if the response does not say.
        envelope: The response itself: the model with the items, links and totals.
        next: The query parameters for the next page; None on the last page.
    """

    __module__ = "aiovonage"

    items: list[T]
    page: int | None = None
    page_size: int | None = None
    total_pages: int | None = None
    total_items: int | None = None
    envelope: Any = attrs.field(default=None, repr=False)
    next: Mapping[str, Any] | None = None

    @property
    def _json_source(self) -> Any:
        return self.envelope  # what `encode` encodes

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: SupportsIndex) -> T:
        return self.items[index]


class Pager(Generic[T]):
    """A paginated list. Nothing is sent before it is awaited or iterated.

    - `await pager` gives the first `Page`.
    - `async for item in pager` gives all items, and fetches pages as needed.
    - `async for page in pager.pages()` gives the pages.
    - `await pager.collect(limit=100)` gives a list of items.
    - `pager.prefetch(4)` reads four pages ahead, if pages have numbers.

    Do not delete items of a list while you read it: the following items would move up to pages that were already read.
    Collect the items first.

    Raises:
        PaginationError: if the server repeats a page or a cursor, or returns too many pages without items.
        InvalidValue: if the number or the size of a page is too small.
    """

    __module__ = "aiovonage"

    def __init__(self, operation: Operation[Any], query: Mapping[str, Any], fetch: Fetch[T], *, ahead: int = 0) -> None:
        if operation.pagination is None:
            raise TypeError(f"{operation.id} is not a list")
        _check_page(operation, operation.pagination, query)
        self._operation = operation
        self._pagination: Pagination = operation.pagination
        self._query = dict(query)
        self._fetch = fetch
        self._ahead = ahead

    def __repr__(self) -> str:
        return f"<Pager of {self._operation.id}>"

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._fetch(self._query).__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    if not TYPE_CHECKING:  # type checkers must still reject these

        def __iter__(self) -> Any:
            raise TypeError(_ASYNCHRONOUS)

        def __len__(self) -> int:
            raise TypeError(_ASYNCHRONOUS)

        def __getitem__(self, index: object) -> Any:
            raise TypeError(_ASYNCHRONOUS)

        def __bool__(self) -> bool:
            return True  # __len__ raises

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """All pages in order. A page in the middle may have no items."""
        page = last = await self._fetch(self._query)
        yield page
        empty = 0
        async with aclosing(self._following(page)) as following:
            async for page in following:
                if page.items and page.items == last.items and self._pagination.style == "page":
                    raise PaginationError(
                        f"{self._operation.id}: the server returned the same items for page {page.page} as for "
                        f"page {last.page}: the list would never end"
                    )
                empty = 0 if page.items else empty + 1
                if empty > EMPTY_PAGES and self._pagination.style == "page":
                    raise PaginationError(
                        f"{self._operation.id}: {empty} pages without items follow each other, up to page {page.page} "
                        f"of {page.total_pages or 'an unknown number'}: the list may never end"
                    )
                if page.items or page.next is not None:
                    yield page
                last = page if page.items else last

    def _following(self, page: Page[T]) -> AsyncGenerator[Page[T], None]:
        """The pages after the first."""
        numbered = self._pagination.style == "page" and page.page is not None and page.total_pages is not None
        return self._pages_ahead(page) if self._ahead and numbered else self._pages_in_turn(page)

    async def _pages_in_turn(self, page: Page[T]) -> AsyncGenerator[Page[T], None]:
        asked: set[object] = set()
        while page.next is not None:
            asked.update(page.next.values())
            page = await self._fetch({**self._query, **page.next})
            if page.next is not None and not asked.isdisjoint(page.next.values()):
                (again,) = page.next.values()
                raise PaginationError(
                    f"{self._operation.id}: the server names the {self._pagination.parameter} {again!r} as the next "
                    "one again: the list would never end"
                )
            yield page

    async def collect(self, limit: int | None = None) -> list[T]:
        """The items as a list.

        Args:
            limit: How many items at most; all, where it is None. No page is fetched that is not needed for them.
        """
        items: list[T] = []
        if limit is not None and not isinstance(limit, int):
            raise InvalidValue("Pager.collect", "limit", repr(limit), "must be an integer, or None")
        if limit is not None and limit <= 0:
            return items
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                items += page.items
                if limit is not None and len(items) >= limit:
                    return items[:limit]
        return items

    def prefetch(self, pages: int) -> Pager[T]:
        """The same list, read ahead: so many pages are fetched at once. It has no effect on lists that go on by
        cursors.

        Args:
            pages: How many pages are fetched beyond the one that is read; 0 for none.

        Raises:
            InvalidValue: for a number below 0.
        """
        if not isinstance(pages, int) or pages < 0:
            raise InvalidValue("Pager.prefetch", "pages", repr(pages), "must be an integer, 0 or more")
        return Pager(self._operation, self._query, self._fetch, ahead=pages)

    async def _pages_ahead(self, page: Page[T]) -> AsyncGenerator[Page[T], None]:
        """The pages after one that says how many there are, in order, while others are under way. Each page says it
        anew: the list may grow while it is read.
        """
        assert page.page is not None
        number = page.page + 1
        end = 0
        pending: deque[asyncio.Task[Page[T]]] = deque()
        try:
            while True:
                if page.total_pages is not None:
                    end = self._pagination.first + page.total_pages
                while number < end and len(pending) < self._ahead:
                    query = {**self._query, self._pagination.parameter: number}
                    pending.append(asyncio.create_task(self._fetch(query)))
                    number += 1
                if not pending:
                    return
                page = await pending.popleft()
                yield page
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


_ASYNCHRONOUS = "a Pager is asynchronous: use `async for item in pager`, or `items = await pager.collect()`"


def _check_page(operation: Operation[Any], pagination: Pagination, query: Mapping[str, Any]) -> None:
    """Refuse a number or a size of a page that is too small for any list."""
    least = {"page_size": 1} | ({pagination.parameter: pagination.first} if pagination.style == "page" else {})
    for name, bound in least.items():
        value = query.get(name)
        if isinstance(value, int) and value < bound:
            raise InvalidValue(operation.id, name, repr(value), f"must be at least {bound}")
