"""Every example of the documents: answers through the method of their operation, bodies through their model."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from aiovonage import APIError, PartialResult, Vonage, decode, encode
from aiovonage.errors import error_class
from tests.specs import Case, cases

CASES = cases()
REQUESTS = [(case, name, value) for case in CASES for name, value in case.request_examples()]
RESPONSES = [(case, *example) for case in CASES for example in case.response_examples()]
SUCCESSES = [r for r in RESPONSES if r[1] < 300]
ERRORS = [r for r in RESPONSES if r[1] >= 400]


def name_of(value: object) -> str | None:
    return (
        value.id
        if isinstance(value, Case)
        else str(value)
        if isinstance(value, str | int) and len(str(value)) < 60
        else ""
    )


def without_nulls(value: Any) -> Any:
    """The JSON value without members that are null: what `None` says."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


class Answering:
    """A transport that gives one answer, and keeps the request."""

    def __init__(self, status: int, body: Any, media: str = "application/json") -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        self.response = httpx.Response(status, headers={"content-type": media}, content=content)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.response

    def client(self, private_key: str) -> Vonage:
        """A client with every credential."""
        return Vonage(
            api_key="key",
            api_secret="s3cr3t",
            application_id="app",
            private_key=private_key,
            signature_secret="sh",
            transport=httpx.MockTransport(self),
            max_retries=0,
        )


async def call(vonage: Vonage, case: Case, body: Any = None, **keywords: Any) -> Any:
    """Call the method of an operation with values that it admits."""
    namespace = getattr(vonage, case.namespace)
    arguments = case.positional()
    if case.body_type is not None:
        example = body if body is not None else next((value for _, value in case.request_examples()), {})
        arguments.append(decode(case.body_type, example))
    return await getattr(namespace, case.id.partition(".")[2])(*arguments, **case.required_keywords(), **keywords)


@pytest.mark.parametrize(("case", "name", "value"), REQUESTS, ids=name_of)
async def test_a_request_example_is_sent_as_it_stands(case: Case, name: str, value: Any, private_key: str) -> None:
    success = next(int(status) for status in case.operation["responses"] if str(status).startswith("2"))
    answering = Answering(success, next((v for s, _, _, v in case.response_examples() if s == success), {}))
    async with answering.client(private_key) as vonage:
        await call(vonage, case, value)
    (request,) = answering.requests
    assert request.method == case.method.upper()
    assert json.loads(request.content) == value


@pytest.mark.parametrize(("case", "status", "media", "name", "value"), SUCCESSES, ids=name_of)
async def test_an_answer_example_reads_typed_and_encodes_back(
    case: Case, status: int, media: str, name: str, value: Any, private_key: str
) -> None:
    keywords = {"format": "xml"} if "xml" in media else {}
    async with Answering(status, value, media).client(private_key) as vonage:
        result = await call(vonage, case, **keywords)
    assert not isinstance(result, dict)
    if isinstance(value, str):  # XML gives the same models as JSON
        assert encode(result)
    elif isinstance(result, PartialResult):
        assert result.body == value
    else:
        assert encode(result) == without_nulls(value)


@pytest.mark.parametrize(("case", "status", "media", "name", "value"), ERRORS, ids=name_of)
async def test_an_error_example_raises_its_class_with_every_member(
    case: Case, status: int, media: str, name: str, value: Any, private_key: str
) -> None:
    async with Answering(status, value, media).client(private_key) as vonage:
        try:
            result = await call(vonage, case)
        except APIError as raised:
            error = raised
        else:
            assert isinstance(result, PartialResult)
            assert result.status == status
            assert result.body == value
            return
    assert type(error) is error_class(status)
    problem = error.problem
    said = {key: getattr(problem, key) for key in ("type", "title", "detail", "instance") if key in value}
    if "invalid_parameters" in value:
        said["invalid_parameters"] = problem.invalid_parameters
    if "errors" in value:
        assert problem.invalid_parameters == value["errors"]
    assert {**said, **problem.extra} == value
    assert error.retry_after == value.get("retry_after")
    assert error.operation == case.id
    assert json.loads(error.body) == value


def test_there_are_examples() -> None:
    assert len(REQUESTS) >= 10
    assert len(SUCCESSES) >= 20
    assert len(ERRORS) >= 75
