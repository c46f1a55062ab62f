"""Pagers of every style, by operations that no spec has. The lists of the APIs are in tests/test_pagination.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import cycle
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import InvalidValue, NotFound, Page, Pager, PaginationError, Vonage
from aiovonage._core.codec.model import Model
from aiovonage._core.operation import Operation, Pagination, Parameter
from tests.core.answers import an_operation


@attrs.define(kw_only=True, repr=False)
class Links(Model):
    next: dict[str, Any] | None = None


@attrs.define(kw_only=True, repr=False)
class Cursors(Model):
    after: str | None = None


@attrs.define(kw_only=True, repr=False)
class Paging(Model):
    next: str | None = None
    cursors: Cursors | None = None


@attrs.define(kw_only=True, repr=False)
class Group(Model):
    things: list[int] | None = None


@attrs.define(kw_only=True, repr=False)
class Things(Model):
    page: int | None = None
    page_size: int | None = None
    total_pages: int | None = None
    total_items: int | None = None
    things: list[int] | None = None
    groups: list[Group] | None = None
    next_href: str | None = None
    links: Links | None = attrs.field(default=None, metadata={"wire": "_links"})
    paging: Paging | None = None


PARAMETERS = tuple(Parameter(name=name, wire=name.replace("_", "-")) for name in ("page", "page_size", "the_cursor"))
Shape = Callable[[httpx.Request], dict[str, Any]]


def a_list(style: Any, **pagination: Any) -> Operation[Any]:
    """A list of things of some style."""
    given: dict[str, Any] = {"style": style, "items": ("things",)}
    if style != "page":
        given["parameter"], given["wire"] = "the_cursor", "the-cursor"
    return an_operation(
        id="things.list",
        query=PARAMETERS,
        success={200: pagination.pop("type", Things)},
        pagination=Pagination(**given | pagination),
    )


BY_PAGE = a_list("page")
BY_LINK = a_list("cursor", next=("next_href",))
BY_CURSORS = a_list("paging-cursors", next=("paging", "next"), after=("paging", "cursors", "after"))


class Shop:
    """Answers with what a function makes of the request."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.asked: list[dict[str, str]] = []
        self.hosts: set[str] = set()
        self.vonage = Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Give a page, or 404 instead of a 500th."""
        self.asked.append(dict(request.url.params))
        self.hosts.add(request.url.host)
        return httpx.Response(200, json=self.shape(request)) if len(self.asked) < 500 else httpx.Response(404)

    def pager(self, operation: Operation[Any], **query: Any) -> Pager[int]:
        """The list."""
        pager: Pager[int] = self.vonage._session.paginate(operation, query=query)
        return pager


def number_of(request: httpx.Request, first: int = 1) -> int:
    return int(request.url.params.get("page", first))


def slices(count: int, size: int, *, first: int = 1, **members: Any) -> Shape:
    """Pages of `size` things from 0 to before `count`."""

    def shape(request: httpx.Request) -> dict[str, Any]:
        start = (number_of(request, first) - first) * size
        return {"things": list(range(count))[start : start + size], "page_size": size, **members}

    return shape


@given(st.integers(0, 40), st.integers(1, 7), st.integers(0, 1), st.booleans(), st.integers(0, 5))
def test_every_thing_is_found_once_and_in_order(count: int, size: int, first: int, totals: bool, ahead: int) -> None:
    pages = -(-count // size)
    shop = Shop(slices(count, size, first=first, **({"total_pages": pages} if totals else {})))
    pager = shop.pager(a_list("page", first=first)).prefetch(ahead)
    assert asyncio.run(pager.collect()) == list(range(count))
    assert len(shop.asked) <= pages + 1
    if totals:
        assert len(shop.asked) == max(pages, 1), "no page is asked for in vain"


async def test_nothing_is_sent_before_it_is_asked_for() -> None:
    shop = Shop(slices(5, 2))
    pager = shop.pager(BY_PAGE)
    assert not shop.asked
    assert [thing async for thing in pager] == [0, 1, 2, 3, 4]
    assert [thing async for thing in pager] == [0, 1, 2, 3, 4], "a pager can be read again"


async def test_pages_know_their_place() -> None:
    shop = Shop(lambda request: slices(5, 2, total_pages=3, total_items=5)(request) | {"page": number_of(request)})
    pages = [page async for page in shop.pager(BY_PAGE, page=2).pages()]
    assert [(page.page, page.total_pages, page.total_items, page.page_size) for page in pages] == [
        (2, 3, 5, 2),
        (3, 3, 5, 2),
    ]
    assert [page.next for page in pages] == [{"page": 3}, None]
    assert isinstance(pages[0].envelope, Things)
    assert list(pages[1]) == pages[1].items == [4]
    assert len(pages[1]) == 1


async def test_a_page_has_its_items_by_index() -> None:
    page = await Shop(slices(5, 2)).pager(BY_PAGE)
    assert (page[0], page[-1], list(page), len(page)) == (0, 1, [0, 1], 2)
    with pytest.raises(IndexError):
        page[2]


def test_a_pager_shows_what_it_lists() -> None:
    assert repr(Shop(slices(5, 2)).pager(BY_PAGE, page=2)) == "<Pager of things.list>"


async def test_the_query_is_kept_from_page_to_page() -> None:
    shop = Shop(slices(6, 2))
    await shop.pager(BY_PAGE, page_size=2).collect()
    assert shop.asked == [{"page-size": "2"}] + [{"page": str(n), "page-size": "2"} for n in (2, 3, 4)]


@pytest.mark.parametrize(("limit", "requests"), [(0, 0), (-1, 0), (1, 1), (2, 1), (3, 2), (100, 4), (None, 4)])
async def test_collect_asks_for_no_page_in_vain(limit: int | None, requests: int) -> None:
    shop = Shop(slices(7, 2, total_pages=4))
    assert await shop.pager(BY_PAGE).collect(limit) == list(range(7))[: limit if limit is None else max(limit, 0)]
    assert len(shop.asked) == requests


async def test_links_say_where_it_ends_when_there_are_no_totals() -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        links = {"next": {"href": "https://elsewhere.example/"}} if number_of(request) < 3 else {}
        return {"things": [number_of(request)], "_links": links}

    shop = Shop(shape)
    assert await shop.pager(BY_PAGE).collect() == [1, 2, 3]
    assert len(shop.asked) == 3


async def test_totals_are_believed_before_links() -> None:
    shop = Shop(slices(4, 2, total_pages=2, _links={"next": {"href": "/?page=2"}}))
    assert await shop.pager(BY_PAGE).collect() == [0, 1, 2, 3]
    assert len(shop.asked) == 2


@pytest.mark.parametrize("ahead", [0, 3])
@pytest.mark.parametrize(
    "page",
    [
        {"things": [1, 2], "total_pages": 10**9},
        {"things": [1, 2], "page": 1, "total_pages": 10**9},
        {"things": [1, 2], "page_size": 2},
        {"things": [1, 2]},
        {"things": [1, 2], "_links": {"next": {"href": "/?page=2"}}},
        {"things": [1, 2], "page": 1, "_links": {"next": {"href": "/?page=2"}}},
    ],
)
async def test_a_page_that_is_repeated_for_ever_is_an_error(page: dict[str, Any], ahead: int) -> None:
    shop = Shop(lambda _: page)
    with pytest.raises(PaginationError, match=r"things\.list"):
        await shop.pager(BY_PAGE).prefetch(ahead).collect()
    assert len(shop.asked) <= 5


@pytest.mark.parametrize("cursors", [["a"], ["a", "b"], ["a", "b", "c"]])
async def test_cursors_that_go_round_are_an_error(cursors: list[str]) -> None:
    for operation in (BY_LINK, BY_CURSORS):
        going = cycle(cursors)

        def shape(_: httpx.Request, going: Any = going) -> dict[str, Any]:
            cursor = next(going)
            paging = {"next": "x", "cursors": {"after": cursor}}
            return {"things": [1], "next_href": f"/?the-cursor={cursor}", "paging": paging}

        shop = Shop(shape)
        with pytest.raises(PaginationError):
            await shop.pager(operation).collect()
        assert len(shop.asked) == len(cursors) + 1


async def test_a_page_with_another_number_than_asked_for_is_an_error() -> None:
    shop = Shop(lambda _: {"things": [1], "page": 7, "total_pages": 9})
    with pytest.raises(PaginationError, match="page 7 when asked for page 2"):
        await shop.pager(BY_PAGE, page=2)


async def test_equal_things_on_different_pages_are_no_repetition() -> None:
    shop = Shop(lambda request: {"things": [5, number_of(request)], "total_pages": 3})
    assert await shop.pager(BY_PAGE).collect() == [5, 1, 5, 2, 5, 3]


CURSORS = ["", "a+/=1", "ü%2F", "d e&f"]


async def test_a_cursor_comes_back_as_it_was_and_only_it() -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        number = CURSORS.index(request.url.params.get("the-cursor", ""))
        following = CURSORS[number + 1 : number + 2]
        query = httpx.QueryParams({"admin": "1", "page-size": "9", "the-cursor": following[0]}) if following else ""
        return {"things": [number], "next_href": f"https://evil.example/steal?{query}"}

    shop = Shop(shape)
    assert await shop.pager(BY_LINK, page_size=1).collect() == [0, 1, 2, 3]
    assert shop.hosts == {"things.example"}
    assert [asked.get("the-cursor", "") for asked in shop.asked] == CURSORS
    assert all(asked.keys() <= {"the-cursor", "page-size"} and asked["page-size"] == "1" for asked in shop.asked)


@pytest.mark.parametrize("href", [None, "", "/", "/?page=2", "?the_cursor=by-its-python-name", 5, {"a": 1}])
async def test_a_link_without_a_cursor_is_the_end(href: Any) -> None:
    shop = Shop(lambda _: {"things": [1], "_links": {"next": {"href": href}}})
    operation = a_list("cursor", next=("links", "next", "href"))
    assert await shop.pager(operation).collect() == [1]
    assert len(shop.asked) == 1


async def test_cursors_beside_the_items() -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        number = int(request.url.params.get("the-cursor", "0"))
        paging: dict[str, Any] = {"cursors": {"before": "x", "after": str(number + 1)}}
        return {"things": [number], "paging": paging | ({"next": "https://evil.example/"} if number < 2 else {})}

    shop = Shop(shape)
    assert await shop.pager(BY_CURSORS).prefetch(4).collect() == [0, 1, 2]
    assert [asked.get("the-cursor") for asked in shop.asked] == [None, "1", "2"]
    assert shop.hosts == {"things.example"}


@pytest.mark.parametrize("paging", [None, {}, {"next": "x"}, {"cursors": {"after": "1"}}, {"next": "x", "cursors": {}}])
async def test_cursors_that_are_not_there_are_the_end(paging: Any) -> None:
    shop = Shop(lambda _: {"things": [1], "paging": paging})
    assert await shop.pager(BY_CURSORS).collect() == [1]
    assert len(shop.asked) == 1


async def test_a_cursor_may_be_a_number() -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        number = int(request.url.params.get("the-cursor", "0")) + 1
        return {"things": [number], "paging": {"next": "x" if number < 3 else None, "cursors": {"after": number}}}

    assert await Shop(shape).pager(BY_CURSORS).collect() == [1, 2, 3]


@pytest.mark.parametrize("cursor", [["5"], {"a": 1}, "", None])
async def test_what_is_no_cursor_is_the_end(cursor: Any) -> None:
    shop = Shop(lambda _: {"things": [1], "paging": {"next": "x", "cursors": {"after": cursor}}})
    assert await shop.pager(BY_CURSORS).collect() == [1]


async def test_whole_lists_and_paths_through_every_element() -> None:
    groups = [{"things": [1, 2]}, {}, {"things": []}, {"things": [3]}]
    shop = Shop(lambda _: {"things": [1, 2], "groups": groups})
    assert await shop.pager(a_list("whole")).collect() == [1, 2]
    assert await shop.pager(a_list("whole", items=("groups", "*", "things"))).collect() == [1, 2, 3]
    assert len(shop.asked) == 2
    bare = Shop(lambda _: groups)  # type: ignore[arg-type, return-value]
    operation = a_list("whole", items=("*", "things"), type=list[Group])
    assert await bare.pager(operation).collect() == [1, 2, 3]
    whole = await bare.pager(a_list("whole", items=(), type=list[Group]))
    assert [group.things for group in whole] == [[1, 2], None, [], [3]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [{}, {"things": None}, {"things": []}, {"things": [], "total_pages": 0}])
@pytest.mark.parametrize("operation", [BY_PAGE, BY_LINK, BY_CURSORS, a_list("whole")])
async def test_an_empty_list(operation: Operation[Any], body: dict[str, Any]) -> None:
    shop = Shop(lambda _: body)
    page = await shop.pager(operation)
    assert isinstance(page, Page)
    assert not list(page)
    assert await shop.pager(operation).prefetch(2).collect() == []
    assert [len(page) async for page in shop.pager(operation).pages()] == [0]
    assert len(shop.asked) == 3


@pytest.mark.parametrize("ahead", [0, 1, 2, 5])
@pytest.mark.parametrize(
    "sizes", [[2, 0, 2], [2, 0, 0, 0, 1], [0, 2], [0, 0, 3, 0, 1], [1, 0], [2, 2, 0, 0], [0], [0, 0, 0]]
)
@pytest.mark.parametrize("how", ["total_pages", "links"])
async def test_an_empty_page_does_not_end_a_list(sizes: list[int], ahead: int, how: str) -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        number = number_of(request)
        things = [number * 10 + n for n in range(sizes[number - 1])]
        links = {"next": {"href": "/"}} if number < len(sizes) else {}
        return {"things": things} | ({"total_pages": len(sizes)} if how == "total_pages" else {"_links": links})

    shop = Shop(shape)
    expected = [number * 10 + n for number, size in enumerate(sizes, 1) for n in range(size)]
    assert await shop.pager(BY_PAGE).prefetch(ahead).collect() == expected
    assert [thing async for thing in shop.pager(BY_PAGE).prefetch(ahead)] == expected
    assert len(shop.asked) == 2 * len(sizes)


@pytest.mark.parametrize("ahead", [0, 3])
async def test_pages_without_items_do_not_go_on_for_ever(ahead: int) -> None:
    shop = Shop(lambda request: {"things": [1, 2] if number_of(request) == 1 else [], "total_pages": 10**9})
    with pytest.raises(PaginationError, match=r"things\.list: 101 pages without items follow each other"):
        await shop.pager(BY_PAGE).prefetch(ahead).collect()
    assert len(shop.asked) < 110


@pytest.mark.parametrize("ahead", [0, 1, 2, 5])
async def test_what_is_added_while_a_list_is_read_is_found(ahead: int) -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        count = 3 + 2 * len(shop.asked)
        return slices(count, 2, total_pages=-(-count // 2))(request)

    shop = Shop(shape)
    found = []
    async for thing in shop.pager(BY_PAGE).prefetch(ahead):
        found.append(thing)
        if len(found) == 40:
            break
    assert found == list(range(40))


@pytest.mark.parametrize("ahead", [0, 1, 2, 5])
async def test_a_list_that_shrinks_while_it_is_read_ends(ahead: int) -> None:
    shop = Shop(lambda request: slices(5, 2, total_pages=10 if number_of(request) == 1 else 3)(request))
    assert await shop.pager(BY_PAGE).prefetch(ahead).collect() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("pages", [-1, 1.5, "2", None])
async def test_a_number_of_pages_that_cannot_be_is_refused(pages: Any) -> None:
    with pytest.raises(InvalidValue, match=r"Pager\.prefetch\.pages must be an integer, 0 or more, not"):
        Shop(slices(5, 2)).pager(BY_PAGE).prefetch(pages)


async def test_a_limit_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(InvalidValue, match="limit must be an integer"):
        await Shop(slices(5, 2)).pager(BY_PAGE).collect("5")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "query", "message"),
    [
        (BY_PAGE, {"page": 0}, "things.list.page must be at least 1, not 0"),
        (a_list("page", first=0), {"page": -1}, "things.list.page must be at least 0, not -1"),
        (BY_PAGE, {"page_size": 0}, "things.list.page_size must be at least 1, not 0"),
        (BY_LINK, {"page_size": -3}, "things.list.page_size must be at least 1, not -3"),
    ],
)
async def test_a_page_that_no_list_has_is_refused_before_anything_is_sent(
    operation: Operation[Any], query: dict[str, int], message: str
) -> None:
    shop = Shop(slices(5, 2))
    with pytest.raises(InvalidValue) as raised:
        shop.pager(operation, **query)
    assert str(raised.value) == message
    assert not shop.asked


async def test_a_pager_that_is_used_without_async_says_so() -> None:
    shop = Shop(slices(5, 2))
    pager: Any = shop.pager(BY_PAGE)
    uses: list[Callable[[], object]] = [
        lambda: list(pager),
        lambda: [thing for thing in pager],  # noqa: C416
        lambda: len(pager),
        lambda: pager[0],
        lambda: pager[:2],
    ]
    for use in uses:
        with pytest.raises(TypeError, match=r"a Pager is asynchronous: use `async for item in pager`"):
            use()
    assert bool(pager) is True
    assert not shop.asked


class SlowShop(Shop):
    """Answers when it is told to."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.open = asyncio.Event()
        self.under_way = 0
        self.vonage = Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(self.late))

    async def late(self, request: httpx.Request) -> httpx.Response:
        """Let the first page go, and hold the others."""
        self.under_way += 1
        if number_of(request) > 1:
            await self.open.wait()
        self.under_way -= 1
        return self.answer(request)


async def test_reading_ahead_has_so_many_requests_under_way() -> None:
    shop = SlowShop(slices(100, 2, total_pages=50))
    task = asyncio.create_task(shop.pager(BY_PAGE).prefetch(7).collect())
    for _ in range(50):
        await asyncio.sleep(0)
    assert shop.under_way == 7
    shop.open.set()
    assert await task == list(range(100))
    assert len(shop.asked) == 50


async def test_a_failure_while_reading_ahead_is_raised_in_its_place() -> None:
    def shape(request: httpx.Request) -> dict[str, Any]:
        return slices(100, 2, total_pages=50)(request)

    shop = Shop(shape)
    shop.asked += [{}] * 490
    found = []
    with pytest.raises(NotFound):
        async for thing in shop.pager(BY_PAGE).prefetch(4):
            found.append(thing)  # noqa: PERF401 - up to the failure
    assert found == list(range(len(found)))
    assert len(found) == 18
    assert len(asyncio.all_tasks()) == 1


async def test_a_cancelled_reader_leaves_no_task() -> None:
    shop = SlowShop(slices(100, 2, total_pages=50))
    task = asyncio.create_task(shop.pager(BY_PAGE).prefetch(5).collect())
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(asyncio.all_tasks()) == 1


async def test_collect_with_a_limit_leaves_no_task() -> None:
    shop = Shop(slices(100, 2, total_pages=50))
    assert await shop.pager(BY_PAGE).prefetch(5).collect(limit=3) == [0, 1, 2]
    assert len(asyncio.all_tasks()) == 1
    assert len(shop.asked) <= 7
