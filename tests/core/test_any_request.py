"""Calls of endpoints that the specs do not know, and what is sent with every request."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from aiovonage import (
    ConfigurationError,
    InvalidValue,
    NotFound,
    RateLimited,
    RequestEvent,
    ServerError,
    Throttle,
    Vonage,
)
from aiovonage._version import __version__
from aiovonage.api.ten_dlc import LinkNumber
from tests.core.answers import Answer, Answers

OK = Answer(200, {"value": 12.5})
THING = Answer(200, {"brand_id": "B1", "id": "1", "engagement_id": "1", "identity_id": "1"})


async def test_an_endpoint_that_no_spec_knows_is_called_like_all_others() -> None:
    answers = Answers(Answer(503, b""), OK)
    seen: list[RequestEvent] = []
    async with answers.client(on_request=seen.append) as vonage:
        answer = await vonage.request(
            "get",
            "/v1/things/{thing_id}/parts",
            path_params={"thing_id": "a/b c"},
            query={"page": 2, "tag": ["x", "y"], "deep": True, "none": None},
            headers={"X-Mine": "1", "Accept": "text/csv"},
        )
    request = answers.requests[-1]
    assert (answer.parsed, answer.status, answer.body) == ({"value": 12.5}, 200, b'{"value": 12.5}')
    assert str(request.url) == ("https://api.nexmo.com/v1/things/a%2Fb%20c/parts?page=2&tag=x&tag=y&deep=true")
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["x-mine"] == "1"
    assert request.headers.get_list("accept") == ["text/csv"]
    assert [(event.operation, event.path, event.attempt) for event in seen] == [
        ("request", "/v1/things/{thing_id}/parts", 1),
        ("request", "/v1/things/{thing_id}/parts", 2),
    ]


@pytest.mark.parametrize("body", [{"json": {"a": [1, None]}}, {"json": LinkNumber(country="US", number="12025550101")}])
async def test_a_body_is_a_model_or_any_json(body: dict[str, Any]) -> None:
    answers = Answers(Answer(201, {"id": 1}))
    async with answers.client() as vonage:
        assert (await vonage.request("POST", "/v1/things", **body)).status == 201
    (request,) = answers.requests
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == (
        {"a": [1, None]} if isinstance(body["json"], dict) else {"country": "US", "number": "12025550101"}
    )


async def test_a_body_may_be_bytes_of_any_type() -> None:
    answers = Answers(OK)
    async with answers.client() as vonage:
        await vonage.request("POST", "/upload", body=b"a,b", headers={"content-type": "text/csv"})
        with pytest.raises(ConfigurationError, match="not both"):
            await vonage.request("POST", "/upload", body=b"a,b", json={})
        with pytest.raises(InvalidValue, match=r"request\.body must be bytes \(json= takes .*\), not str"):
            await vonage.request("POST", "/upload", body="a,b")  # type: ignore[arg-type]
    (request,) = answers.requests
    assert request.content == b"a,b"
    assert request.headers.get_list("content-type") == ["text/csv"]


@pytest.mark.parametrize(("body", "parsed"), [(b"", None), (b"plain", None), (b"[1]", [1]), (b"null", None)])
async def test_an_answer_that_is_not_json_has_its_bytes(body: bytes, parsed: Any) -> None:
    async with Answers(Answer(200, body)).client() as vonage:
        answer = await vonage.request("DELETE", "/v1/things/1")
    assert (answer.parsed, answer.body) == (parsed, body)


@pytest.mark.parametrize(("method", "requests"), [("GET", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)])
async def test_what_is_not_idempotent_is_not_sent_again(method: str, requests: int) -> None:
    answers = Answers(Answer(500, b""), OK)
    async with answers.client() as vonage:
        if requests == 2:
            await vonage.request(method, "/v1/things")
        else:
            with pytest.raises(ServerError, match=r"\[request\]"):
                await vonage.request(method, "/v1/things")
    assert len(answers.requests) == requests


@pytest.mark.parametrize(
    ("auth", "expected"), [(None, "Bearer"), ("basic", "Basic"), ("jwt", "Bearer"), ("query", ""), ("signature", "")]
)
async def test_the_way_of_authentication_can_be_chosen(auth: Any, expected: str, private_key: str) -> None:
    answers = Answers(OK)
    settings = {"application_id": "app", "private_key": private_key, "signature_secret": "x"}
    async with answers.client(api_key="k", api_secret="s", **settings) as vonage:
        await vonage.request("GET", "/account/get-balance", host="https://rest.nexmo.com", auth=auth, query={"a": "b"})
    (request,) = answers.requests
    assert request.url.host == "rest.nexmo.com"
    assert request.headers.get("authorization", "").partition(" ")[0] == expected
    assert ("api_secret" in request.url.params) is (auth == "query")
    assert ("sig" in request.url.params) is (auth == "signature")
    assert request.url.params["a"] == "b"


async def test_a_missing_credential_is_named() -> None:
    async with Answers().client(api_key="k") as vonage:
        with pytest.raises(ConfigurationError, match="request needs credentials: api_secret missing"):
            await vonage.request("GET", "/x", auth="basic")


async def test_errors_are_those_of_all_other_calls() -> None:
    async with Answers(Answer(404, {"title": "Not Found"})).client() as vonage:
        with pytest.raises(NotFound):
            await vonage.request("GET", "/v1/things/1")


async def test_the_throttle_holds_it_too() -> None:
    throttle = Throttle(max_wait=0.01)
    async with Answers(Answer(429, {"retry_after": 60})).client(throttle=throttle) as vonage:
        with pytest.raises(RateLimited):
            await vonage.request("GET", "/v1/things/1")
        assert [snapshot.host for snapshot in throttle.snapshot()] == ["https://api.nexmo.com"]


async def test_base_url_comes_before_a_host() -> None:
    """So that a program that names hosts can be tried against the sandbox."""
    answers = Answers(OK)
    async with answers.client(base_url="http://127.0.0.1:8080") as vonage:
        await vonage.request("GET", "/v1/things", host="https://rest.nexmo.com")
    assert str(answers.requests[0].url) == "http://127.0.0.1:8080/v1/things"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("FETCH", "/x"), "request.method must be one of DELETE, GET, PATCH, POST, PUT, not 'FETCH'"),
        ((None, "/x"), "request.method must be one of"),
        (("GET", "https://api.nexmo.com/x"), "request.path must begin with one / (name another host with host=)"),
        (("GET", "//evil.example/x"), "request.path must begin with one /"),
        (("GET", "x"), "request.path must begin with one /"),
        (("GET", "/x?a=b"), "request.path must have no ? or # (give the query with query=)"),
        (("GET", "/\udc80"), "request.path must be text that can be sent"),
        (("GET", "/{a}"), "request.path_params must be a, not empty"),
    ],
)
async def test_what_cannot_be_sent_is_refused(arguments: Any, message: str) -> None:
    answers = Answers()
    async with answers.client() as vonage:
        with pytest.raises(InvalidValue) as raised:
            await vonage.request(*arguments)
    assert str(raised.value).startswith(message)
    assert not answers.requests


@pytest.mark.parametrize("value", ["", ".", "..", None, ["a"]])
async def test_no_parameter_changes_the_path(value: Any) -> None:
    async with Answers().client() as vonage:
        with pytest.raises(InvalidValue, match="must be a non-empty id"):
            await vonage.request("GET", "/v1/{a}/b", path_params={"a": value})


async def test_unknown_path_parameters_and_schemes_are_refused() -> None:
    async with Answers().client() as vonage:
        with pytest.raises(InvalidValue, match="path_params must be empty"):
            await vonage.request("GET", "/v1/a", path_params={"b": 1})
        with pytest.raises(InvalidValue, match=r"request\.auth must be one of basic, jwt, query, signature, or None"):
            await vonage.request("GET", "/v1/a", auth="digest")  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="host is plain http"):
            await vonage.request("GET", "/v1/a", host="http://api.nexmo.com")
        with pytest.raises(ConfigurationError, match="Authorization cannot be given"):
            await vonage.request("GET", "/v1/a", headers={"Authorization": "x"})


async def test_headers_and_the_user_agent_are_sent_with_every_request() -> None:
    answers = Answers(THING)
    async with answers.client(headers={"X-Gateway-Key": "s3cr3t"}, user_agent="shop/1.0 (eu)") as vonage:
        await vonage.ten_dlc.get_brand("B1")
        await vonage.with_options(timeout=5).ten_dlc.get_brand("B1")
        await vonage.with_raw_response.ten_dlc.get_brand("B1")
        await vonage.request("GET", "/x", headers={"X-Other": "1"})
        assert "s3cr3t" not in repr(vonage._session)
    for request in answers.requests:
        assert request.headers["x-gateway-key"] == "s3cr3t"
        assert request.headers["user-agent"] == f"shop/1.0 (eu) aiovonage/{__version__}"
        assert request.headers.get_list("accept") == ["application/json"]
    assert [request.headers.get("x-other") for request in answers.requests] == [None, None, None, "1"]


async def test_without_a_user_agent_the_package_is_named() -> None:
    answers = Answers(THING)
    async with answers.client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert answers.requests[0].headers["user-agent"] == f"aiovonage/{__version__}"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Key": "s3cr3t\r\nX-Evil: 1"},
        {"X-Key": "s3cr3t\n"},
        {"X-Key": "s3cr3t\0"},
        {"X-Key": "s3cr3t\u20ac"},
        {"X-Key": b"s3cr3t"},
        {"X Key": "s3cr3t"},
        {"": "s3cr3t"},
        {"Host": "s3cr3t"},
        {"content-length": "s3cr3t"},
        {"User-Agent": "s3cr3t"},
        {5: "s3cr3t"},
    ],
    ids=repr,
)
def test_a_header_that_would_break_requests_is_refused_without_its_value(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match="headers: ") as raised:
        Vonage(headers=headers)
    assert "s3cr3t" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("user_agent", ["a\r\nX: b", "caf\u00e9", 5])
def test_a_user_agent_that_would_break_requests_is_refused(user_agent: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_agent must be printable ASCII"):
        Vonage(user_agent=user_agent)


async def test_a_namespace_may_have_a_host_of_its_own() -> None:
    answers = Answers(THING)
    hosts = {"applications": "https://api-eu.nexmo.com", "ten_dlc": "http://127.0.0.1:81/"}
    async with answers.client(hosts=hosts) as vonage:
        await vonage.applications.get_application("a")
        await vonage.ten_dlc.get_brand("B1")
        await vonage.engagements.get_engagement("e")
        own = str(answers.requests[-1].url)
    assert [str(request.url.copy_with(path="/")) for request in answers.requests[:2]] == [
        "https://api-eu.nexmo.com/",
        "http://127.0.0.1:81/",
    ]
    assert "nexmo.com" in own
    answers = Answers(THING)
    async with answers.client(hosts=hosts, base_url="http://127.0.0.1:80") as vonage:
        await vonage.applications.get_application("a")
        await vonage.engagements.get_engagement("e")
    assert [request.url.host for request in answers.requests] == ["api-eu.nexmo.com", "127.0.0.1"]


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        ({"applicatoins": "https://x.example"}, "hosts: applicatoins is not a namespace; they are applications,"),
        ({"bulk": "https://x.example"}, "hosts: bulk is not a namespace"),
        ({"users": "http://x.example"}, r"hosts\['users'\] is plain http"),
        ({"users": "x.example"}, r"hosts\['users'\] must be http\(s\)://host"),
        ({"users": "https://x.example/v1"}, r"hosts\['users'\] must have no path"),
    ],
)
def test_hosts_are_checked(hosts: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Vonage(hosts=hosts)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://localhost:abc",
        "http://[::1",
        "https://exa mple.com",
        "https://" + "a" * 70 + ".com",
        "https://",
        "\thttps://x.example",
        5,
    ],
)
def test_an_origin_that_cannot_be_is_refused_when_the_client_is_made(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be http"):
        Vonage(base_url=url)


async def test_a_name_outside_of_ascii_is_sent_in_ascii() -> None:
    answers = Answers(THING)
    async with answers.client(base_url="https://ex\u00e4mple.com:8443/") as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert answers.requests[0].url.raw_host == b"xn--exmple-cua.com"
    assert answers.requests[0].url.port == 8443
