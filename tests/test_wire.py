"""Each operation sends exactly the documented request."""

from __future__ import annotations

import inspect
import json
import typing
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from aiovonage import ConfigurationError, InvalidValue, Vonage, decode
from aiovonage.api.ten_dlc import FilterCondition
from codegen.names import member_name
from tests.specs import Case, cases

CASES = cases()
ODD = ["a/b", "../../v2/other", "é ü", "a?b#c", "100%", "%2F", "+447900000000", "x;y:z@"]
CREDENTIALS = {
    "basic": {"api_key": "key", "api_secret": "s3cr3t"},
    "jwt": {"application_id": "app", "private_key": "<pem>"},
    "apiKeySecret": {"api_key": "key", "api_secret": "s3cr3t"},
    "signature": {"api_key": "key", "signature_secret": "sign"},
}


class Recorder:
    """Keeps requests, and answers each with 404."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(404, json={"type": "https://x#not-found"})

    def client(self, credentials: dict[str, str], private_key: str) -> Vonage:
        """A client with some credentials."""
        given = {name: private_key if value == "<pem>" else value for name, value in credentials.items()}
        return Vonage(transport=httpx.MockTransport(self), **given)  # type: ignore[arg-type]


def body_of(case: Case) -> list[Any]:
    """The body of the method, from the first example; none where it takes none."""
    if case.body_type is None:
        return []
    return [decode(case.body_type, case.described.example or {})]


def method_of(vonage: Vonage, case: Case) -> Any:
    """The method of an operation."""
    return getattr(getattr(vonage, case.described.namespace), case.described.name)


async def send(vonage: Vonage, case: Case, path: list[Any], **keywords: Any) -> None:
    """Call the method; the recorder's 404 is expected."""
    with pytest.raises(Exception, match="404"):
        await method_of(vonage, case)(*path, *body_of(case), **keywords)


def scheme_of(case: Case) -> str:
    return str(next(iter(case.operation["security"][0])))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_the_request_is_the_documented_one(case: Case, private_key: str) -> None:
    recorder = Recorder()
    keywords: dict[str, Any] = {}
    expected_query: dict[str, list[str]] = {}
    for parameter in case.parameters:
        if parameter["in"] != "query":
            continue
        if "content" in parameter:
            value, texts = a_json_value(case, parameter["content"]["application/json"]["schema"])
        else:
            value, texts = a_value(case, case.spec.resolve(parameter["schema"]))
        keywords[member_name(parameter["name"])] = value
        expected_query[parameter["name"]] = texts
    async with recorder.client(CREDENTIALS[scheme_of(case)], private_key) as vonage:
        await send(vonage, case, case.positional(), **keywords)
    (request,) = recorder.requests
    path = case.path
    for parameter in case.parameters:
        if parameter["in"] == "path":
            schema = case.spec.resolve(parameter["schema"])
            value = schema.get("default") if parameter.get("x-keyword") else case.value(parameter)
            path = path.replace(f"{{{parameter['name']}}}", str(value))
    assert request.method == case.method.upper()
    assert f"{request.url.scheme}://{request.url.host}" == case.spec.data["servers"][0]["url"]
    assert request.url.raw_path.decode().partition("?")[0] == path
    sent_query = parse_qs(request.url.query.decode())
    for name in ("api_key", "api_secret", "timestamp", "sig"):
        sent_query.pop(name, None)
    assert sent_query == expected_query
    assert "json" in request.headers["accept"]
    assert request.headers["user-agent"].startswith("aiovonage/")
    if request.content:
        assert request.headers["content-type"] == "application/json"


def a_json_value(case: Case, schema: dict[str, Any]) -> tuple[Any, list[str]]:
    """A list that a query parameter admits, and its text: one JSON array."""
    item = case.spec.resolve(case.spec.resolve(schema)["items"])
    if item.get("type") == "array":
        value: Any = [[FilterCondition(field="status", type="equal", value="ACTIVE")]]
        return value, ['[[{"field":"status","type":"equal","value":"ACTIVE"}]]']
    if item["type"] == ["string", "integer"]:
        return ["458951126288937", 17, "0x"], ['[458951126288937,17,"0x"]']
    values = item.get("enum", ["a b&c"])
    return values, [json.dumps(values, separators=(",", ":"))]


def a_value(case: Case, schema: dict[str, Any]) -> tuple[Any, list[str]]:
    """A value that a query parameter admits, and its texts on the wire."""
    if "enum" in schema:
        return schema["enum"][0], [str(schema["enum"][0])]
    if schema.get("type") == "array":
        item = a_value(case, case.spec.resolve(schema["items"]))
        other = "b" if isinstance(item[0], str) and "enum" not in case.spec.resolve(schema["items"]) else item[0]
        return [item[0], other], [*item[1], str(other)]
    if schema.get("type") == "integer":
        return schema.get("minimum", 1), [str(schema.get("minimum", 1))]
    return ("2026-01-02", ["2026-01-02"]) if schema.get("format") == "date" else ("a b&c", ["a b&c"])


@pytest.mark.parametrize("case", [case for case in CASES if "{" in case.path], ids=lambda case: case.id)
async def test_no_id_can_change_the_path(case: Case, private_key: str) -> None:
    recorder = Recorder()
    keywords = case.required_keywords()
    in_path = [p for p in case.parameters if p["in"] == "path" and not p.get("x-keyword")]
    free = [p for p in in_path if not {"enum", "pattern"} & case.spec.resolve(p["schema"]).keys()]
    if not free:
        pytest.skip("its path parameters have few values")
    async with recorder.client(CREDENTIALS[scheme_of(case)], private_key) as vonage:
        for odd in ODD:
            await send(vonage, case, [odd if p in free else case.value(p) for p in in_path], **keywords)
            url = recorder.requests[-1].url
            assert url.raw_path.decode().partition("?")[0].count("/") == case.path.count("/"), odd
            assert httpx.QueryParams(url.query).get("b") is None, odd
    assert len(recorder.requests) >= len(ODD)


@pytest.mark.parametrize("bad", ["", ".", "..", None, 1.5])
async def test_what_is_no_id_is_refused_before_anything_is_sent(bad: Any, private_key: str) -> None:
    recorder = Recorder()
    async with recorder.client(CREDENTIALS["basic"], private_key) as vonage:
        with pytest.raises(InvalidValue, match="brand_id"):
            await vonage.ten_dlc.get_brand(bad)
    assert not recorder.requests


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_each_scheme_is_taken_and_no_other(case: Case, private_key: str) -> None:
    taken = [next(iter(alternative)) for alternative in case.operation["security"]]
    for scheme, credentials in CREDENTIALS.items():
        recorder = Recorder()
        permitted = [s for s in taken if set(CREDENTIALS[s]) <= set(credentials)]
        async with recorder.client(credentials, private_key) as vonage:
            if not permitted:
                call = method_of(vonage, case)
                with pytest.raises(ConfigurationError, match=case.id):
                    await call(*case.positional(), *body_of(case), **case.required_keywords())
                assert not recorder.requests
                continue
            await send(vonage, case, case.positional(), **case.required_keywords())
        request = recorder.requests[0]
        authorization = request.headers.get("authorization", "").partition(" ")[0]
        query = set(parse_qs(request.url.query.decode()))
        assert (scheme, authorization) in {
            ("basic", "Basic"),
            ("apiKeySecret", "Basic" if "basic" in taken else ""),
            ("basic", "" if "apiKeySecret" in taken else "Basic"),
            ("jwt", "Bearer"),
            ("signature", ""),
        }
        if permitted[0] == "apiKeySecret":
            assert {"api_key", "api_secret"} <= query
        if permitted[0] == "signature":
            assert {"api_key", "timestamp", "sig"} <= query
            assert "api_secret" not in query


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_signatures_follow_the_rules(case: Case, private_key: str) -> None:
    method = method_of(Recorder().client({}, private_key), case)
    parameters = inspect.signature(method).parameters
    positional = [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    keywords = {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    in_path = [member_name(p["name"]) for p in case.parameters if p["in"] == "path" and not p.get("x-keyword")]
    assert positional == in_path + (["body"] if "requestBody" in case.operation else [])
    assert keywords == {member_name(p["name"]) for p in case.parameters if p["in"] == "query" or p.get("x-keyword")}
    assert method.__doc__


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_table_says_of_each_parameter_what_the_method_takes(case: Case, private_key: str) -> None:
    method = method_of(Recorder().client({}, private_key), case)
    hints, signature = typing.get_type_hints(method), inspect.signature(method).parameters
    given = {p["name"]: p for p in case.parameters}
    assert [p.wire for p in case.described.parameters] == [p["name"] for p in case.parameters]
    for parameter in case.described.parameters:
        taken = signature[parameter.name]
        assert hints[parameter.name] == (parameter.type | None if taken.default is None else parameter.type)
        assert parameter.required == (taken.default is taken.empty)
        schema = case.spec.resolve(given[parameter.wire].get("schema", {}))
        assert parameter.default == schema.get("default")
        assert parameter.example == given[parameter.wire].get("example")
        assert " ".join(given[parameter.wire]["description"].split()).rstrip(".") in parameter.help


async def test_a_list_in_the_query_can_be_written_by_hand(private_key: str) -> None:
    recorder = Recorder()
    async with recorder.client(CREDENTIALS["basic"], private_key) as vonage:
        with pytest.raises(Exception, match="404"):
            await vonage.whatsapp.get_template_analytics("1", template_ids="[1,2]", metric_types="[SENT,READ]")
    query = parse_qs(recorder.requests[0].url.query.decode())
    assert query == {"template_ids": ["[1,2]"], "metric_types": ["[SENT,READ]"]}
