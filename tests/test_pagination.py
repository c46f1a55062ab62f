"""Lists of every style through one Pager."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from aiovonage import Page, PaginationError, Vonage
from aiovonage.sandbox import Sandbox
from tests.specs import cases


class Pages:
    """A list of brands behind a mock: page numbers, with or without totals and links."""

    def __init__(self, count: int, envelope: Callable[[int, list[dict[str, Any]], int], dict[str, Any]]) -> None:
        self.items = [{"brand_id": f"B{index}"} for index in range(count)]
        self.envelope = envelope
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(request.url.params))
        page, size = int(request.url.params.get("page", 1)), int(request.url.params.get("page_size", 10))
        items = self.items[(page - 1) * size : page * size]
        return httpx.Response(200, json=self.envelope(page, items, -(-len(self.items) // size)))

    def client(self) -> Vonage:
        """A client of it."""
        return Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(self))


def with_totals(page: int, items: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"page": page, "page_size": 10, "total_pages": total, "_embedded": {"brands": items}}


def with_links(page: int, items: list[dict[str, Any]], total: int) -> dict[str, Any]:
    links = {"next": {"href": f"https://elsewhere.example/?page={page + 1}"}} if page < total else {}
    return {"_embedded": {"brands": items}, "_links": links}


def bare(page: int, items: list[dict[str, Any]], _: int) -> dict[str, Any]:
    return {"page": page, "page_size": 10, "_embedded": {"brands": items}}


@pytest.mark.parametrize("envelope", [with_totals, with_links, bare])
@pytest.mark.parametrize("count", [0, 1, 10, 35])
async def test_all_items_are_found(envelope: Any, count: int) -> None:
    pages = Pages(count, envelope)
    async with pages.client() as vonage:
        found = [brand.brand_id async for brand in vonage.ten_dlc.list_brands()]
    assert found == [item["brand_id"] for item in pages.items]


async def test_awaiting_gives_the_first_page() -> None:
    pages = Pages(35, with_totals)
    async with pages.client() as vonage:
        page = await vonage.ten_dlc.list_brands(page=2)
    assert isinstance(page, Page)
    assert (page.page, page.total_pages, len(page)) == (2, 4, 10)
    assert next(iter(page)).brand_id == "B10"
    assert len(pages.asked) == 1


async def test_pages_and_collect() -> None:
    pages = Pages(35, with_totals)
    async with pages.client() as vonage:
        sizes = [len(page) async for page in vonage.ten_dlc.list_brands().pages()]
        pages.asked.clear()
        some = await vonage.ten_dlc.list_brands().collect(limit=15)
        none = await vonage.ten_dlc.list_brands().collect(limit=0)
    assert sizes == [10, 10, 10, 5]
    assert len(some) == 15
    assert len(pages.asked) == 2
    assert none == []


async def test_pages_are_read_ahead_in_order() -> None:
    pages, under_way, most = Pages(95, with_totals), 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (10 - int(request.url.params.get("page", 1))))
        under_way -= 1
        return pages(request)

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        found = [brand.brand_id async for brand in vonage.ten_dlc.list_brands().prefetch(4)]
        assert found == [f"B{index}" for index in range(95)]
        assert len(pages.asked) == 10
        assert most == 4
        before = asyncio.all_tasks()
        async for _ in vonage.ten_dlc.list_brands().prefetch(4):
            break
        async with asyncio.timeout(10):
            while asyncio.all_tasks() != before:  # noqa: ASYNC110 - nobody is told when a task is gone
                await asyncio.sleep(0.01)


async def test_a_total_that_is_too_high_does_no_harm() -> None:
    pages = Pages(25, lambda page, items, _: with_totals(page, items, 100))
    async with pages.client() as vonage:
        assert len(await vonage.ten_dlc.list_brands().collect()) == 25
        assert len(await vonage.ten_dlc.list_brands().prefetch(3).collect()) == 25


EXAMPLES = [
    (case, value)
    for case in cases()
    if "x-pagination" in case.operation and case.operation["x-pagination"]["style"] != "whole"
    for status, media, _, value in case.response_examples()
    if status == 200 and "json" in media
]


@pytest.mark.parametrize(("case", "value"), EXAMPLES, ids=lambda v: getattr(v, "id", ""))
async def test_an_answer_that_is_repeated_for_ever_ends(case: Any, value: Any, private_key: str) -> None:
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json=value)

    transport = httpx.MockTransport(answer)
    credentials = {"api_key": "k", "api_secret": "s", "application_id": "a", "private_key": private_key}
    async with Vonage(**credentials, signature_secret="x", transport=transport) as vonage:  # type: ignore[arg-type]
        pager = getattr(getattr(vonage, case.namespace), case.id.partition(".")[2])(*case.positional())
        try:
            await pager.collect()
        except PaginationError as error:
            assert case.id in str(error)
    assert asked <= 3


async def test_zero_based_pages() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("page"))
        first = int(request.url.params.get("page", 0)) * 2
        entries = [{"msisdn": str(n), "opt-in": "false", "opt-out": "true"} for n in range(5)[first : first + 2]]
        return httpx.Response(200, json={"opt-in-count": str(len(entries)), "opt-in-list": entries})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        found = [entry async for entry in vonage.opt_ins.query(page_size=2)]
    assert [entry.msisdn for entry in found] == ["0", "1", "2", "3", "4"]
    assert found[0].opt_out is True
    assert asked == [None, "1", "2"]


async def test_a_cursor_is_taken_from_the_link_and_nothing_else(private_key: str) -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        cursor = request.url.params.get("cursor")
        page = ["", "a+/=1", "b"].index(cursor or "")
        body: dict[str, Any] = {"page_size": 1, "_embedded": {"users": [{"id": f"USR-{page}"}]}, "_links": {}}
        if page < 2:
            following = ["a%2B%2F%3D1", "b"][page]
            href = f"https://evil.example/steal?page_size=1&admin=true&cursor={following}"
            body["_links"]["next"] = {"href": href}
        return httpx.Response(200, json=body)

    transport = httpx.MockTransport(answer)
    async with Vonage(application_id="app", private_key=private_key, transport=transport) as vonage:
        found = [user.id async for user in vonage.users.list_users(order="desc", page_size=1)]
    assert found == ["USR-0", "USR-1", "USR-2"]
    assert {url.host for url in asked} == {"api.nexmo.com"}
    assert [url.params.get("cursor") for url in asked] == [None, "a+/=1", "b"]
    assert all("admin" not in url.params and url.params["order"] == "desc" for url in asked)


async def test_every_list_of_the_sandbox_can_be_read_to_its_end() -> None:
    sandbox = Sandbox()
    settings = {
        "api_key": sandbox.api_key,
        "api_secret": sandbox.api_secret,
        "application_id": sandbox.application_id,
        "private_key": sandbox.private_key,
    }
    transport = httpx.ASGITransport(sandbox.app)
    async with Vonage(**settings, base_url="http://127.0.0.1", transport=transport) as vonage:  # type: ignore[arg-type]
        (waba, *_) = await vonage.whatsapp.list_wabas().collect()
        assert len(await vonage.whatsapp.list_wabas(page_size=2).collect()) == 3
        assert len(await vonage.whatsapp.list_waba_numbers(waba.waba_id).collect()) == 2
        assert len(await vonage.whatsapp.get_template_analytics(waba.waba_id, page_size=2).collect()) == 5
        assert len(await vonage.whatsapp.get_messaging_analytics(waba.waba_id).collect()) == 5
        assert len(await vonage.whatsapp.get_pricing_analytics(waba.waba_id).collect()) == 5
        assert len(await vonage.whatsapp.list_subscriptions().collect()) == 2
        assert [b.display_name async for b in vonage.rcs.list_brands()] == ["My RCS Brand"]
        assert [c.carrier async for c in vonage.rcs.list_carriers()] == ["Verizon"]
        for _ in range(25):
            await vonage.users.create_user(_new_user())
        users = await vonage.users.list_users(page_size=10).collect()
        assert len({user.id for user in users}) == 25
        links = (await vonage.users.list_users()).envelope.links
        assert urlsplit(links.next.href).netloc == "api-us-3.vonage.com"
        assert parse_qs(urlsplit(links.next.href).query)["cursor"]


def _new_user() -> Any:
    from aiovonage.api.users import CreateUser

    return CreateUser(display_name="A user")
