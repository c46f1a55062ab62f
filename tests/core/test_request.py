"""The request on the wire, and the reading of answers that say yes. Each operation's own is in tests/test_wire.py."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import NULL, DecodeError, InvalidValue, Page, RawResponse, Vonage, __version__
from aiovonage._core.codec.constraints import Constrained
from aiovonage._core.operation import Operation, Parameter
from aiovonage.api.ten_dlc import Brand, FilterCondition, UpdateBrand
from tests.core.answers import Answer, Answers, an_operation

THING = an_operation(path=("/things/", "/parts/", ""), path_parameters=(Parameter(name="thing", wire="thing"),) * 2)


async def call(answers: Answers, operation: Operation[Any], **arguments: Any) -> Any:
    """Call an operation that no namespace has."""
    async with answers.client() as vonage:
        return await vonage._session.call(operation, **arguments)


async def test_a_request_has_these_headers_and_no_others() -> None:
    answers = Answers()
    async with answers.client(api_key="key", api_secret="sé:cret") as vonage:
        await vonage.ten_dlc.update_brand("B1", UpdateBrand(city="Zürich"))
    (request,) = answers.requests
    assert (request.method, str(request.url)) == ("PATCH", "https://api-eu.vonage.com/v1/10dlc/brands/B1")
    assert dict(request.headers) == {
        "host": "api-eu.vonage.com",
        "user-agent": f"aiovonage/{__version__}",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "authorization": "Basic a2V5OnPDqTpjcmV0",
        "content-type": "application/json",
        "content-length": str(len(request.content)),
    }
    assert request.content == '{"city":"Zürich"}'.encode()


async def test_a_post_without_a_body_says_so() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        await vonage.ten_dlc.revet_brand("B1")
    (request,) = answers.requests
    assert request.method == "POST"
    assert request.headers["content-length"] == "0"
    assert "content-type" not in request.headers


async def test_a_get_has_no_length() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert not {"content-length", "transfer-encoding", "content-type"} & answers.requests[0].headers.keys()


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("../x", "..%2Fx"),
        ("é", "%C3%A9"),
        ("a?b#c", "a%3Fb%23c"),
        ("%2e%2e", "%252e%252e"),
        ("a b+c", "a%20b%2Bc"),
        (";=&@:", "%3B%3D%26%40%3A"),
        ("\r\nX: y", "%0D%0AX%3A%20y"),
        ("...", "..."),
        (5, "5"),
    ],
)
async def test_a_path_parameter_is_one_segment(value: Any, segment: str) -> None:
    answers = Answers()
    await call(answers, THING, path=(value, "x"))
    assert answers.requests[0].url.raw_path.decode() == f"/things/{segment}/parts/x"


@pytest.mark.parametrize("value", ["", ".", "..", None, 1.5, [], {}, object()])
async def test_what_is_no_segment_is_refused_before_anything_is_sent(value: Any) -> None:
    answers = Answers()
    with pytest.raises(InvalidValue, match="thing"):
        await call(answers, THING, path=("a", value))
    assert not answers.requests


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_through_or_is_refused(text: str) -> None:
    try:
        path = THING.url_path((text, "x"))
    except InvalidValue:
        assert text in {"", ".", ".."}
        return
    assert path.isascii()
    assert path.split("/") == ["", "things", path.split("/")[2], "parts", "x"]
    assert unquote(path.split("/")[2]) == text


async def test_query_parameters_by_their_names_on_the_wire() -> None:
    operation = an_operation(
        query=(
            Parameter(name="page_size", wire="page-size", check=Constrained(int, minimum=1)),
            Parameter(name="since", wire="since"),
            Parameter(name="tags", wire="tag"),
            Parameter(name="ids", wire="ids", explode=False),
            Parameter(name="exact", wire="exact"),
            Parameter(name="left_out", wire="left_out"),
            Parameter(name="where", wire="where", json=True),
        )
    )
    query = {
        "since": date(2026, 1, 2),
        "tags": ["a&b", "ü"],
        "ids": (1, 2),
        "exact": False,
        "left_out": None,
        "page_size": 5,
        "where": [Brand(brand_id="B1")],
    }
    answers = Answers()
    await call(answers, operation, query=query)
    assert answers.requests[0].url.params.multi_items() == [
        ("page-size", "5"),
        ("since", "2026-01-02"),
        ("tag", "a&b"),
        ("tag", "ü"),
        ("ids", "1,2"),
        ("exact", "false"),
        ("where", '[{"brand_id":"B1"}]'),
    ]
    with pytest.raises(InvalidValue, match=r"things.get_thing.page_size must be at least 1, not 0"):
        await call(answers, operation, query={"page_size": 0})
    assert len(answers.requests) == 1


async def test_a_moment_in_the_query_keeps_its_zone() -> None:
    answers = Answers()
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    await call(answers, an_operation(query=(Parameter(name="at", wire="at"),)), query={"at": moment})
    assert answers.requests[0].url.params["at"] == "2026-01-02T03:04:00+00:00"


async def test_a_filter_is_sent_as_json() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        await vonage.ten_dlc.list_brands(filter=[[FilterCondition(field="city", type="equal", value="Köln & Bonn")]])
        await vonage.ten_dlc.list_brands(filter='[["as it stands"]]')
    typed, text = (request.url.params["filter"] for request in answers.requests)
    assert json.loads(typed) == [[{"field": "city", "type": "equal", "value": "Köln & Bonn"}]]
    assert text == '[["as it stands"]]'


async def test_null_is_sent_as_null_and_extra_beside_the_known_members() -> None:
    answers = Answers()
    await call(answers, an_operation(method="POST"), body=UpdateBrand(city="x", extra={"new": NULL, "other": 1}))
    assert json.loads(answers.requests[0].content) == {"city": "x", "new": None, "other": 1}


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"])
async def test_base_url_takes_every_host(base_url: str) -> None:
    answers = Answers(Answer(200, {"brand_id": "B1"}), Answer(200, {"msisdn": "1"}))
    async with answers.client(base_url=base_url) as vonage:
        await vonage.ten_dlc.get_brand("B1")
        await vonage.opt_ins.manage(msisdn="1")
    assert {request.url.netloc for request in answers.requests} == {b"127.0.0.1:8080"}
    assert answers.requests[0].headers["host"] == "127.0.0.1:8080"
    assert [request.url.path for request in answers.requests] == [
        "/v1/10dlc/brands/B1",
        "/sc/us/alert/opt-in/manage/json",
    ]


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299])
async def test_an_undocumented_success_is_read_like_the_documented_one(status: int) -> None:
    async with Answers(Answer(status, {"brand_id": "B1"})).client() as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b""), (200, b"{}")])
async def test_an_operation_without_an_answer_gives_none(status: int, body: bytes) -> None:
    async with Answers(Answer(status, body)).client() as vonage:
        await vonage.ten_dlc.delete_brand("B1")
        assert await vonage.with_raw_response.ten_dlc.delete_brand("B1")


async def test_a_204_in_place_of_an_answer_gives_none() -> None:
    async with Answers(Answer(204, b"")).client() as vonage:
        assert await vonage.ten_dlc.get_brand("B1") is None


async def test_redirects_are_not_followed() -> None:
    answers = Answers(Answer(302, b"", {"Location": "https://evil.example/"}))
    async with answers.client(max_retries=0) as vonage:
        with pytest.raises(Exception, match="302 Found"):
            await vonage.ten_dlc.get_brand("B1")
    assert len(answers.requests) == 1


async def test_strict_refuses_an_odd_scalar() -> None:
    answers = Answers(Answer(200, {"brand_id": 5}))
    async with answers.client() as lenient, answers.client(strict=True) as strict:
        assert (await lenient.ten_dlc.get_brand("B1")).brand_id == 5  # type: ignore[comparison-overlap]
        with pytest.raises(DecodeError, match="str is expected, not int at /brand_id"):
            await strict.ten_dlc.get_brand("B1")


async def test_a_raw_answer_has_status_headers_and_body() -> None:
    answer = Answer(202, {"brand_id": "B1"}, {"X-Request-Id": "r1"})
    async with Answers(answer).client() as vonage:
        raw = await vonage.with_raw_response.ten_dlc.get_brand("B1")
        parsed = await vonage.ten_dlc.get_brand("B1")
    assert isinstance(raw, RawResponse)
    assert raw.parsed == parsed == Brand(brand_id="B1")
    assert (raw.status, raw.headers["x-request-id"], raw.body) == (202, "r1", answer.response().content)


async def test_a_raw_list_gives_its_first_page() -> None:
    answers = Answers(Answer(200, {"page": 2, "total_pages": 3, "_embedded": {"brands": [{"brand_id": "B1"}]}}))
    async with answers.client() as vonage:
        raw = await vonage.with_raw_response.ten_dlc.list_brands(page=2)
    assert isinstance(raw.parsed, Page)
    assert [brand.brand_id for brand in raw.parsed] == ["B1"]
    assert raw.parsed.next == {"page": 3}
    assert raw.status == 200
    assert len(answers.requests) == 1


async def test_headers_of_the_same_name_are_joined() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=[("X-A", "1"), ("x-a", "2")], json={"brand_id": "B1"})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        raw = await vonage.with_raw_response.ten_dlc.get_brand("B1")
    assert raw.headers["x-a"] == "1, 2"
