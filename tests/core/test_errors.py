"""Answers that say no: their class, what they carry, and what they say."""

from __future__ import annotations

import copy
import pickle
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import (
    APIError,
    BadRequest,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    DecodeError,
    FailedItem,
    Forbidden,
    InvalidValue,
    NotFound,
    PaginationError,
    PartialFailure,
    PartialResult,
    Problem,
    RateLimited,
    ServerError,
    ThrottleTimeout,
    TimedOut,
    Unauthorized,
    UnprocessableContent,
    VonageError,
)
from aiovonage._core.retry.retry_after import from_header, from_number, http_date, retry_after
from tests.core.answers import Answer, Answers

CLASSES = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: APIError,
    409: Conflict,
    415: APIError,
    418: APIError,
    422: UnprocessableContent,
    429: RateLimited,
    499: APIError,
    500: ServerError,
    503: ServerError,
    599: ServerError,
    302: APIError,
}


async def raised(answer: Answer, **settings: Any) -> APIError:
    """The error of a call that is answered so."""
    async with Answers(answer).client(max_retries=0, **settings) as vonage:
        with pytest.raises(APIError) as error:
            await vonage.ten_dlc.get_brand("B1")
    return error.value


@pytest.mark.parametrize(("status", "expected"), CLASSES.items())
@pytest.mark.parametrize("body", [{"title": "No"}, b"", b"<html><h1>No</h1></html>", b'{"title": "N', b"[1]", b"null"])
async def test_the_class_is_by_status_whatever_the_body(status: int, expected: type[APIError], body: Any) -> None:
    answer = Answer(status, body)
    error = await raised(answer)
    assert type(error) is expected
    assert error.status == status
    assert error.body == answer.response().content
    assert error.problem.title == ("No" if isinstance(body, dict) else None)
    assert str(error).startswith(str(status))
    assert "ten_dlc.get_brand" in str(error)


async def test_all_that_a_problem_says_is_kept() -> None:
    body = {
        "type": "https://developer.vonage.com/api-errors/10dlc#brand-not-qualified",
        "title": "Brand not qualified",
        "detail": "The brand is not qualified for the use case.",
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
        "invalid_parameters": [
            {"field": "usecase", "code": 501, "description": "not for this brand"},
            {"name": "page", "reason": "must be positive"},
        ],
        "mno": {"name": "T-Mobile"},
    }
    error = await raised(Answer(409, body, {"X-Thing": "a"}))
    assert isinstance(error, Conflict)
    assert error.code == "brand-not-qualified"
    assert error.problem.type == body["type"]
    assert error.problem.detail == body["detail"]
    assert error.problem.instance == error.request_id == body["instance"]
    first, second = error.problem.invalid_parameters
    assert (first.field, first.description, first.code) == ("usecase", "not for this brand", 501)
    assert (second.field, second.description, second.code) == ("page", "must be positive", None)
    assert error.problem.extra == {"mno": {"name": "T-Mobile"}}
    assert error.headers["x-thing"] == "a"
    assert str(error) == (
        "409 brand-not-qualified: The brand is not qualified for the use case."
        " (usecase: not for this brand; page: must be positive)"
        " [ten_dlc.get_brand, request bf0ca0bf927b3b52e3cb03217e1a1ddf]"
    )


async def test_the_request_id_of_the_headers_is_preferred() -> None:
    error = await raised(Answer(404, {"instance": "from-body"}, {"X-Request-Id": "from-header"}))
    assert error.request_id == "from-header"
    assert "request from-header" in str(error)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "x#brand-conflict", "title": "An error occurred"}, "409 brand-conflict: An error occurred"),
        ({"type": "x#brand-conflict", "detail": "It is taken."}, "409 brand-conflict: It is taken."),
        ({"type": "x#brand-conflict", "title": "Brand Conflict", "detail": "Taken."}, "409 brand-conflict: Taken."),
        ({"type": "about:blank", "title": "Conflict"}, "409 Conflict"),
        ({"error_title": "Taken"}, "409 Taken"),
        ({"error-code": "4", "error-code-label": "taken"}, "409 Conflict: taken"),
        ({"error": {"message": "It is taken"}}, "409 Conflict: It is taken"),
        ({"error": {"code": 4, "detail": {"text": 1}, "errors": [{"reason": "taken"}]}}, "409 Conflict: taken"),
        ({"error": "invalid_grant", "error_description": "It is taken"}, "409 Conflict: invalid_grant: It is taken"),
        ({"error": "It is taken"}, "409 Conflict: It is taken"),
        ({"errors": ["It is taken", "and more"]}, "409 Conflict: It is taken"),
        ({"message": "no Route matched"}, "409 Conflict: no Route matched"),
        ({"fault": {"faultstring": "Policy"}}, "409 Conflict: Policy"),
        ([{"message": "It is taken"}], "409 Conflict: It is taken"),
        ("It is taken", "409 Conflict: It is taken"),
        (b"It is\r\n taken\n", "409 Conflict: It is taken"),
        (b"\xff\xfe\x00", "409 Conflict"),
        (b"a\x00b", "409 Conflict"),
        (b'{"cut": ', "409 Conflict"),
        (b"<html><body>Taken</body>", "409 Conflict; the response is a page, so a proxy or gateway may have sent it"),
        ({"error": {"error": {"error": {"error": {"error": {"message": "deep"}}}}}}, "409 Conflict"),
        ({"title": "x" * 1000}, f"409 {'x' * 300}..."),
        (b"y" * 10_000, f"409 Conflict: {'y' * 300}..."),
        ({"detail": "a\nb\tc"}, "409 Conflict: a b c"),
    ],
)
async def test_the_message_has_the_text_of_any_body(body: Any, expected: str) -> None:
    assert str(await raised(Answer(409, body))) == f"{expected} [ten_dlc.get_brand]"


async def test_a_message_does_not_grow_with_the_answer() -> None:
    refused = [{"field": "f" * 5000, "description": "d" * 5000} for _ in range(500)]
    error = await raised(Answer(422, {"title": "t" * 5000, "detail": "d" * 5000, "invalid_parameters": refused}))
    assert len(str(error)) < 5000
    assert "; and 495 more)" in str(error)
    assert len(error.problem.invalid_parameters) == 500


@pytest.mark.parametrize(
    ("body", "text"),
    [({"message": "no Route matched"}, "no Route matched"), (b"Bad Gateway", "Bad Gateway"), (b"<html>", None)],
)
async def test_the_text_of_an_error_is_its_detail(body: Any, text: str | None) -> None:
    error = await raised(Answer(502, body))
    assert error.problem.detail == text
    assert not error.is_problem


@pytest.mark.parametrize(
    ("status", "word"), [(302, "redirects are not followed"), (407, "the proxy wants credentials")]
)
async def test_what_somebody_in_between_says_has_a_hint(status: int, word: str) -> None:
    assert word in str(await raised(Answer(status, b"")))


@pytest.mark.parametrize(
    ("ahead", "expected"), [(-125, "125 seconds behind"), (125, "125 seconds ahead of"), (-20, None), (20, None)]
)
async def test_a_401_hints_at_a_wrong_clock(ahead: int, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr("aiovonage._core.retry.hints.time", SimpleNamespace(time=lambda: now.timestamp() + ahead))
    for status in (401, 403):
        error = await raised(Answer(status, {"title": "Unauthorized"}, {"Date": format_datetime(now, usegmt=True)}))
        if expected is None or status == 403:
            assert "clock" not in str(error)
        else:
            assert expected in str(error)
            assert error.hint in str(error)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"title": "Not Found"}, True),
        (404, {"type": "https://x.example/errors#not-found"}, True),
        (401, {"error_title": "Unauthorized"}, True),  # as the Redact API's document prints it
        (409, {"title": ""}, True),
        (503, {"title": "Down", "detail": "for now"}, True),
        (404, {"message": "no Route matched with those values"}, False),
        (403, {"error": {"title": "Blocked"}}, False),
        (404, {"title": 5, "type": None}, False),
        (404, [{"title": "Not Found"}], False),
        (404, b"<html><title>Not Found</title></html>", False),
        (502, b"Bad Gateway", False),
        (404, b"", False),
        (302, {"title": "Found"}, False),
        (307, {"type": "#moved", "title": "Moved"}, False),
        (407, {"title": "Proxy Authentication Required"}, False),
        (408, {"title": "Request Timeout"}, False),
        (425, {"title": "Too Early"}, False),
    ],
)
async def test_an_answer_of_the_api_is_told_from_one_of_somebody_in_between(
    status: int, body: Any, expected: bool
) -> None:
    assert (await raised(Answer(status, body))).is_problem is expected


def test_what_the_throttle_held_back_is_not_called_an_answer() -> None:
    error = ThrottleTimeout(6.94, 0.1, operation="ten_dlc.get_brand")
    assert isinstance(error, RateLimited)
    assert str(error) == (
        "ten_dlc.get_brand was not sent: the throttle would hold it for 6.9 s, longer than max_wait=0.1 s"
    )
    assert (error.sent, error.is_problem, error.retry_after, error.max_wait) == (False, False, 6.94, 0.1)


async def test_an_error_without_a_body_says_what_its_status_means() -> None:
    assert str(await raised(Answer(503, b""))) == "503 Service Unavailable [ten_dlc.get_brand]"
    assert str(await raised(Answer(599, b""))) == "599 unknown status [ten_dlc.get_brand]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"errors": [{"field": "a", "description": "b"}]}, [{"field": "a", "description": "b"}]),
        ({"errors": ["text", {"field": "a"}]}, [{"field": "a"}]),
        ({"invalid_parameters": [], "errors": [{"field": "a"}]}, []),
        ({"invalid_parameters": "all of them"}, []),
        ({"invalid_parameters": [None, 3]}, []),
        ({"title": 5, "type": None, "detail": ["x"]}, []),
    ],
)
async def test_odd_problems_are_read_and_lose_nothing(body: dict[str, Any], expected: list[Any]) -> None:
    error = await raised(Answer(422, body))
    assert error.problem.invalid_parameters == expected
    kept = error.problem.extra | {"invalid_parameters": body.get("invalid_parameters")}
    assert all(kept.get(name) == value for name, value in body.items())
    assert "None" not in str(error)


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("https://x.example/errors#throttled", "throttled"),
        ("#not-found", "not-found"),
        ("unauthorized", "unauthorized"),
        ("https://x.example/errors", None),
        ("https://x.example/errors#", None),
        ("", None),
        (None, None),
    ],
)
def test_the_code_is_the_fragment_of_the_type(type_: str | None, code: str | None) -> None:
    assert Problem(type=type_).code == code
    assert APIError(400, problem=Problem(type=type_)).code == code


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda j: st.dictionaries(st.text(), j)))
def test_any_json_is_a_problem_that_can_be_told(body: Any) -> None:
    assert str(APIError(400, problem=Problem.from_json(body), retry_after=retry_after(None, body)))


def test_retry_after_in_seconds() -> None:
    assert from_header("7") == 7
    assert from_header(" 2.5 ") == 2.5
    assert from_header("0") == 0


def test_retry_after_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr("aiovonage._core.retry.retry_after.time", SimpleNamespace(time=now.timestamp))
    assert from_header(format_datetime(now + timedelta(seconds=90), usegmt=True)) == 90
    assert from_header(format_datetime(now - timedelta(days=1), usegmt=True)) == 0
    assert from_header("Fri, 31 Dec 9999 23:59:59 GMT") == 3600


def test_a_date_is_held_against_the_clock_of_the_server() -> None:
    date = "Fri, 02 Jan 2026 03:04:05 GMT"  # ours is months ahead of it
    assert from_header("Fri, 02 Jan 2026 03:04:35 GMT", date=date) == 30
    assert from_header("Fri, 02 Jan 2026 03:04:00 GMT", date=date) == 0
    assert retry_after("Fri, 02 Jan 2026 03:04:35 GMT", {}, date=date) == 30


async def test_an_error_holds_retry_after_against_the_date_of_its_answer() -> None:
    headers = {"Retry-After": "Fri, 02 Jan 2026 03:04:35 GMT", "Date": "Fri, 02 Jan 2026 03:04:05 GMT"}
    assert (await raised(Answer(503, b"", headers))).retry_after == 30


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_every_form_of_a_date_is_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        date = "Sun, 06 Nov 1994 08:49:37 GMT"
        for form in (date, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):  # RFC 9110, 5.6.7
            assert http_date(form) == 784111777
            assert from_header("Sun Nov  6 08:49:47 1994", date=form) == 10
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("asked", "said"), [("604800", 604_800), ("604801", 3600), ("99999999999", 3600)])
async def test_an_error_carries_what_the_answer_asks_for_unless_it_is_absurd(asked: str, said: float) -> None:
    assert (await raised(Answer(503, b"", {"Retry-After": asked}))).retry_after == said


async def test_a_429_closes_the_gate_for_an_hour_at_most() -> None:
    async with Answers(Answer(429, b"", {"Retry-After": "86400"})).client(max_retries=0) as vonage:
        with pytest.raises(RateLimited) as error:
            await vonage.ten_dlc.get_brand("B1")
        (snapshot,) = vonage.throttle.snapshot()
    assert error.value.retry_after == 86_400
    assert 3590 < snapshot.closed_for <= 3600


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "inf", "-inf", "1e999", "Fri, 99 Foo 2026", "\x00", None])
def test_an_absurd_retry_after_counts_as_none(value: str | None) -> None:
    assert from_header(value) is None


@pytest.mark.parametrize("value", [True, None, [], {}, "x", -1, float("nan"), float("inf")])
def test_an_absurd_retry_after_in_the_body_counts_as_none(value: Any) -> None:
    assert retry_after(None, {"retry_after": value}) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_no_answer_makes_the_client_wait_for_ever(value: Any) -> None:
    for seconds in (from_number(value), from_header(str(value)), retry_after(str(value), {"retry_after": value})):
        assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Retry-After": "3"}, {}, 3),
        ({}, {"retry_after": 4}, 4),
        ({}, {"retry_after": "4"}, 4),
        ({"Retry-After": "3"}, {"retry_after": 4}, 4),
        ({"Retry-After": "5"}, {"retry_after": 4}, 5),
        ({"Retry-After": "junk"}, {"retry_after": 4}, 4),
        ({"Retry-After": "3"}, b"<html>", 3),
        ({}, {}, None),
    ],
)
async def test_the_longer_wait_of_header_and_body_is_told(headers: dict[str, str], body: Any, expected: Any) -> None:
    error = await raised(Answer(429, body, headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == expected


@pytest.mark.parametrize(
    "error",
    [
        NotFound(404, problem=Problem(title="Gone"), request_id="r", headers={"a": "b"}, body=b"x", operation="a.b"),
        InvalidValue("Model", "member", "'value'", "must be good"),
        ConnectionFailed("refused", sent=False),
        DecodeError("bad", path="/a", body=b"{", status=200),
        PartialFailure(PartialResult(status=207, succeeded=["1"], failed=[FailedItem("2", Problem())], unknown=[])),
        ConfigurationError("missing"),
        PaginationError("for ever"),
        ThrottleTimeout(6.9, 0.1, operation="ten_dlc.get_brand"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_copied_and_sent_to_another_process(error: VonageError) -> None:
    error.add_note("a note")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_one_class_catches_all() -> None:
    for class_ in (ConfigurationError, InvalidValue, TimedOut, ConnectionFailed, DecodeError, APIError, PartialFailure):
        assert issubclass(class_, VonageError)
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(InvalidValue, ValueError)


async def test_an_answer_of_the_wrong_shape_says_where() -> None:
    body = {"_embedded": {"brands": [{"brand_id": "B1"}, 5]}}
    async with Answers(Answer(200, body)).client() as vonage:
        with pytest.raises(DecodeError) as error:
            await vonage.ten_dlc.list_brands()
    assert error.value.path == "/_embedded/brands/1"
    assert error.value.status == 200
    assert error.value.body == Answer(200, body).response().content
    assert "ten_dlc.list_brands" in error.value.__notes__[0]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"brand_id": "B'])
async def test_a_success_without_its_json_is_a_decode_error(body: bytes) -> None:
    async with Answers(Answer(200, body)).client() as vonage:
        with pytest.raises(DecodeError) as error:
            await vonage.ten_dlc.get_brand("B1")
    assert error.value.body == body
