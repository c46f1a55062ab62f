"""Retries, waiting and errors: what a caller sees of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from aiovonage import (
    APIError,
    ConfigurationError,
    ConnectionFailed,
    DecodeError,
    NotFound,
    RateLimited,
    ServerError,
    Throttle,
    TimedOut,
    Vonage,
    decode,
)
from aiovonage._core.codec.xml import xml_to_json
from aiovonage.api.short_code_opt_in import OptInList
from aiovonage.api.ten_dlc import Brand, EntityType, LinkNumber
from tests.virtual_time import in_virtual_time

Answer = httpx.Response | Exception
BODY = LinkNumber(country="US", number="14155550110")


class Script:
    """Answers in turn; the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.count = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        answer = self.answers[min(self.count, len(self.answers) - 1)]
        self.count += 1
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def client(self, **settings: Any) -> Vonage:
        """A client of it."""
        return Vonage(**{"api_key": "k", "api_secret": "s", "transport": httpx.MockTransport(self), **settings})


def reply(status: int = 200, json: Any = None, **headers: str) -> httpx.Response:
    """An answer; unless told otherwise with what identifies a thing."""
    identified = {"brand_id": "B1", "number": "12025550101", "id": "1"}
    return httpx.Response(status, json=identified if json is None else json, headers=headers)


pytestmark = pytest.mark.usefixtures("no_backoff")

REPEATED_GET = [reply(500), reply(502), reply(503), reply(408), httpx.ReadError("x"), httpx.ConnectError("x")]
REPEATED_POST = [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), reply(429, {"retry_after": 0})]
FINAL_POST = [reply(500), reply(503), reply(408), httpx.ReadError("x"), httpx.ReadTimeout("x")]


@pytest.mark.parametrize("failure", REPEATED_GET, ids=repr)
async def test_an_idempotent_request_is_sent_again(failure: Answer) -> None:
    script = Script(failure, failure, reply(200, {"brand_id": "B1"}))
    async with script.client() as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
    assert script.count == 3


@pytest.mark.parametrize("failure", REPEATED_POST, ids=repr)
async def test_a_post_is_sent_again_when_it_cannot_have_been_processed(failure: Answer) -> None:
    script = Script(failure, reply(202, {"number": "1"}))
    async with script.client() as vonage:
        await vonage.ten_dlc.link_number("B", "C", BODY)
    assert script.count == 2


@pytest.mark.parametrize("failure", FINAL_POST, ids=repr)
async def test_a_post_that_may_have_been_processed_is_not_sent_again(failure: Answer) -> None:
    script = Script(failure, reply(202))
    async with script.client() as vonage:
        with pytest.raises((APIError, ConnectionFailed, TimedOut)):
            await vonage.ten_dlc.link_number("B", "C", BODY)
    assert script.count == 1


async def test_a_get_that_changes_something_is_not_sent_again() -> None:
    script = Script(reply(500))
    async with script.client() as vonage:
        with pytest.raises(ServerError):
            await vonage.opt_ins.manage(msisdn="15550001111")
    assert script.count == 1


async def test_a_post_that_only_reads_is_sent_again() -> None:
    from aiovonage.api.channel_manager import CheckDeviceCapabilities

    body = CheckDeviceCapabilities(msisdn="+447900000000", country="GB")
    script = Script(reply(500), reply(200, {"rcs_supported": True}))
    async with script.client() as vonage:
        assert (await vonage.rcs.check_device_capabilities("agent", body)).rcs_supported is True


async def test_max_retries_and_options() -> None:
    script = Script(reply(500))
    async with script.client(max_retries=2) as vonage:
        for client, expected in ((vonage, 3), (vonage.with_options(max_retries=0), 1)):
            script.count = 0
            with pytest.raises(ServerError):
                await client.ten_dlc.get_brand("B1")
            assert script.count == expected
        assert vonage.with_options(timeout=1).throttle is vonage.throttle
        with pytest.raises(ConfigurationError):
            Vonage(max_retries=-1)


@in_virtual_time
async def test_an_outage_is_not_answered_with_a_flood() -> None:
    script = Script(httpx.ConnectError("refused"))
    async with script.client() as vonage:
        results = await asyncio.gather(*(vonage.ten_dlc.get_brand(f"B{i}") for i in range(100)), return_exceptions=True)
    assert {type(result) for result in results} == {ConnectionFailed}
    assert script.count <= 120
    assert any("not sent again" in note for r in results for note in getattr(r, "__notes__", []))


@in_virtual_time
async def test_one_429_stops_every_task() -> None:
    closed_until, early = 0.0, 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal closed_until, early
        now = time.monotonic()
        if closed_until == 0.0:
            closed_until = now + 0.3
            return reply(429, {"retry_after": 0.3})
        early += now < closed_until - 0.01
        return reply(200, {"brand_id": "B"})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        first = asyncio.create_task(vonage.ten_dlc.get_brand("B0"))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(vonage.ten_dlc.get_brand(f"B{i}")) for i in range(3)]
        await asyncio.sleep(0)
        (snapshot,) = vonage.throttle.snapshot()
        await asyncio.gather(first, *others)
    assert early == 0
    assert snapshot.closed_for > 0
    assert snapshot.waiting == 4
    assert snapshot.throttled == 1


async def test_waiting_can_be_bounded() -> None:
    script = Script(reply(429, {"retry_after": 30}))
    async with script.client(throttle=Throttle(max_wait=0.05)) as vonage:
        with pytest.raises(RateLimited) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert script.count == 1
    assert raised.value.retry_after is not None
    assert 28 < raised.value.retry_after <= 30


async def test_a_given_rate_is_kept_in_order_of_arrival() -> None:
    order: list[str] = []
    moments: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        order.append(request.url.path.rpartition("/")[2])
        moments.append(time.monotonic())
        return reply(200)

    throttle = Throttle(rate=100)
    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer), throttle=throttle) as vonage:
        tasks = [asyncio.create_task(vonage.ten_dlc.get_brand(f"B{i:02}")) for i in range(30)]
        await asyncio.sleep(0)
        tasks[20].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    assert order == sorted(order)
    assert len(order) == 29
    assert isinstance(done[20], asyncio.CancelledError)
    assert moments[-1] - moments[0] >= 0.2


@in_virtual_time
async def test_two_clients_may_share_a_throttle() -> None:
    throttle = Throttle()
    script = Script(reply(429, {"retry_after": 0.2}), reply(200))
    async with script.client(throttle=throttle) as one, script.client(throttle=throttle) as two:
        started = time.monotonic()
        await asyncio.gather(one.ten_dlc.get_brand("B1"), _later(two.ten_dlc.get_brand, "B2"))
        assert time.monotonic() - started >= 0.2


async def _later(call: Callable[[str], Any], argument: str) -> None:
    await asyncio.sleep(0.05)
    await call(argument)


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ("7", None, 7.0),
        (None, 30, 30.0),
        ("5", 9, 9.0),
        ("-5", None, None),
        ("soon", None, None),
        ("99999999999", None, 3600.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None, 0.0),
        (None, "12", 12.0),
        (None, -1, None),
        (None, True, None),
        ("nan", {"x": 1}, None),
    ],
)
async def test_retry_after_is_read_wherever_it_stands(header: str | None, body: Any, expected: float | None) -> None:
    headers = {"Retry-After": header} if header is not None else {}
    script = Script(reply(429, {"retry_after": body} if body is not None else {}, **headers))
    async with script.client(max_retries=0) as vonage:
        with pytest.raises(RateLimited) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.retry_after == expected


async def test_retry_after_may_be_a_date() -> None:
    script = Script(reply(429, {}, **{"Retry-After": formatdate(time.time() + 60, usegmt=True)}))
    async with script.client(max_retries=0) as vonage:
        with pytest.raises(RateLimited) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.retry_after == pytest.approx(60, abs=3)


@pytest.mark.parametrize("body", [b"", b"<html>gone</html>", b'{"title": "Not', b"[]", b'"x"', b'{"title": 7}'])
async def test_an_error_without_a_problem_has_its_class_and_body(body: bytes) -> None:
    script = Script(httpx.Response(404, content=body, headers={"X-Request-Id": "r-1"}))
    async with script.client() as vonage:
        with pytest.raises(NotFound, match="404") as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.body == body
    assert raised.value.request_id == "r-1"
    assert raised.value.code is None


async def test_answers_live_with_change(caplog: pytest.LogCaptureFixture) -> None:
    body = {
        "brand_id": 7,
        "entity_type": "NEW_KIND",
        "created_date": "soon",
        "campaign_count": "many",
        "traffic_enabled": True,
        "_links": {"self": {"href": "x"}, "new": {"href": "y"}},
    }
    async with Script(reply(200, body)).client() as vonage:
        brand = await vonage.ten_dlc.get_brand("B1")
        await vonage.ten_dlc.get_brand("B1")
    kept: Any = (brand.brand_id, brand.entity_type, brand.created_date, brand.campaign_count, brand.extra)
    assert kept == (7, "NEW_KIND", "soon", "many", {"traffic_enabled": True})
    assert Counter(record.getMessage().split()[0].partition(".")[2] for record in caplog.records) == {
        "brand_id": 1,
        "created_date": 1,
        "campaign_count": 1,
    }
    async with Script(reply(200, body)).client(strict=True) as vonage:
        with pytest.raises(DecodeError) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.path in {"/brand_id", "/campaign_count", "/created_date"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"brand_id": "B1", "_links": []}, "/_links"),
        ({"brand_id": "B1", "_links": {"self": "x"}}, "/_links/self"),
        ([], ""),
        ("text", ""),
    ],
)
async def test_a_body_of_the_wrong_shape_says_where(body: Any, path: str) -> None:
    async with Script(reply(200, body)).client() as vonage:
        with pytest.raises(DecodeError) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.path == path
    assert raised.value.body == httpx.Response(200, json=body).content


def test_a_required_member_that_is_missing_is_an_error() -> None:
    with pytest.raises(DecodeError, match="number"):
        decode(LinkNumber, {"country": "US"})
    assert decode(Brand, {"brand_id": "B1", "entity_type": "NON_PROFIT"}).entity_type is EntityType.NON_PROFIT


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opt-in-list opt-in-count="&b;"/>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><opt-in-list>&f;</opt-in-list>',
        '<!DOCTYPE opt-in-list SYSTEM "http://127.0.0.1:1/x.dtd"><opt-in-list/>',
        "<opt-in-list",
        "",
    ],
)
def test_hostile_xml_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        xml_to_json(OptInList, text.encode())


async def test_xml_and_json_give_the_same_models() -> None:
    entry = {"msisdn": "15550001111", "opt-in": "false", "opt-out": "true", "opt-out-date": "2014-07-22 12:41:48"}
    attributes = " ".join(f'{name}="{value}"' for name, value in entry.items())
    xml = f'<?xml version="1.0"?><opt-in-list opt-in-count="1"><opt-in {attributes}/></opt-in-list>'
    found = []
    for body in (httpx.Response(200, text=xml), reply(200, {"opt-in-count": "1", "opt-in-list": [entry]})):
        async with Script(body).client() as vonage:
            found.append(await vonage.opt_ins.query(format="xml" if body.content[:1] == b"<" else "json"))
    assert found[0].items == found[1].items
    (item,) = found[0].items
    assert (item.opt_in, item.opt_out) == (False, True)
    assert found[0].envelope.opt_in_count == 1


async def test_the_gate_is_told_of_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Script(reply(429, {"retry_after": 0.01}), reply(200)).client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert "429" in caplog.text
    assert "https://api-eu.vonage.com" in caplog.text
