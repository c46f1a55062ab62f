"""What is sent again, how often, and what is not."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from aiovonage import (
    APIError,
    NotFound,
    RateLimited,
    ResponseTooLarge,
    ServerError,
    TimedOut,
    TransportError,
    Vonage,
    VonageError,
)
from aiovonage._core.http.protocol import Request, Response
from aiovonage._core.retry.policy import BACKOFF_CAP, RetryBudget, wait_before_retry
from aiovonage.api.ten_dlc import LinkNumber
from tests.core.answers import Answer, Answers

OK = Answer()
LIMITED = Answer(429, {"retry_after": 0})


async def get(answers: Answers, **settings: Any) -> Any:
    """An idempotent call."""
    async with answers.client(**settings) as vonage:
        return await vonage.ten_dlc.get_brand("B1")


async def post(answers: Answers, **settings: Any) -> Any:
    """A call that must not be carried out twice."""
    async with answers.client(**settings) as vonage:
        return await vonage.ten_dlc.link_number("B1", "C1", LinkNumber(country="US", number="15550001111"))


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_get_is_sent_again_after_a_failure_of_the_server(status: int) -> None:
    answers = Answers(Answer(status, b""), Answer(status, b""), OK)
    await get(answers)
    assert len(answers.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 415, 422])
async def test_a_refusal_is_not_questioned(status: int) -> None:
    answers = Answers(Answer(status, b""), OK)
    with pytest.raises(APIError):
        await get(answers)
    assert len(answers.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_post_is_not_sent_again_when_it_may_have_been_carried_out(status: int) -> None:
    answers = Answers(Answer(status, b""), OK)
    with pytest.raises(APIError) as raised:
        await post(answers)
    assert raised.value.status == status
    assert len(answers.requests) == 1


BROKEN = [
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("gone"),
    httpx.ReadTimeout("slow"),
]
NOT_CONNECTED = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]


@pytest.mark.parametrize("failure", [*BROKEN, *NOT_CONNECTED], ids=repr)
async def test_a_get_is_sent_again_after_any_failure_of_the_connection(failure: Exception) -> None:
    answers = Answers(failure, OK)
    await get(answers)
    assert len(answers.requests) == 2


@pytest.mark.parametrize("failure", BROKEN, ids=repr)
async def test_a_post_is_not_sent_again_when_its_answer_was_lost(failure: Exception) -> None:
    answers = Answers(failure, OK)
    with pytest.raises(TransportError) as raised:
        await post(answers)
    assert raised.value.sent
    assert len(answers.requests) == 1


@pytest.mark.parametrize("failure", NOT_CONNECTED, ids=repr)
async def test_a_post_is_sent_again_when_there_was_no_connection(failure: Exception) -> None:
    answers = Answers(failure, OK)
    await post(answers)
    assert len(answers.requests) == 2


@pytest.mark.parametrize("call", [get, post])
async def test_a_429_is_sent_again_by_every_method(call: Any) -> None:
    answers = Answers(LIMITED, OK)
    await call(answers)
    assert len(answers.requests) == 2
    assert answers.requests[0].content == answers.requests[1].content


async def test_a_429_that_does_not_end_is_raised() -> None:
    answers = Answers(LIMITED)
    with pytest.raises(RateLimited):
        await get(answers, max_retries=1)
    assert len(answers.requests) == 2


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_max_retries(retries: int) -> None:
    answers = Answers(Answer(500, b""))
    with pytest.raises(ServerError):
        await get(answers, max_retries=retries)
    assert len(answers.requests) == retries + 1


async def test_no_retries_at_all() -> None:
    for answer in (LIMITED, httpx.ConnectError("refused"), Answer(500, b"")):
        answers = Answers(answer, OK)
        with pytest.raises(VonageError):
            await get(answers, max_retries=0)
        assert len(answers.requests) == 1


async def test_the_last_failure_is_raised() -> None:
    answers = Answers(Answer(500, b""), httpx.ReadError("reset"), Answer(404, b""))
    with pytest.raises(NotFound):
        await get(answers)


async def test_an_answer_that_is_too_large_is_not_asked_for_again() -> None:
    answers = Answers(Answer(200, b"x" * 100))
    with pytest.raises(ResponseTooLarge, match="50 bytes"):
        await get(answers, max_response_bytes=50)
    assert len(answers.requests) == 1


async def test_an_outage_is_not_answered_with_a_flood() -> None:
    answers = Answers(Answer(503, b""))
    async with answers.client(max_retries=10) as vonage:
        calls = [vonage.ten_dlc.get_brand(f"B{number}") for number in range(100)]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, ServerError) for result in results)
    assert len(answers.requests) <= 120
    assert "too large a share" in str(getattr(results[-1], "__notes__", ""))


async def test_a_client_whose_requests_mostly_succeed_keeps_its_retries() -> None:
    answers = Answers(*[OK, OK, Answer(503, b"")] * 100)
    async with answers.client() as vonage:
        for number in range(100):
            await vonage.ten_dlc.get_brand(f"B{number}")


async def test_views_share_the_budget() -> None:
    answers = Answers(Answer(503, b""))
    async with answers.client(max_retries=10) as vonage:
        for _ in range(20):
            with pytest.raises(ServerError):
                await vonage.with_options(timeout=5).ten_dlc.get_brand("B1")
    assert len(answers.requests) <= 24


def test_a_budget_saves_no_more_than_its_reserve() -> None:
    budget = RetryBudget(share=1.0, reserve=3.0, saved=0.0)
    assert not budget.spend()
    for _ in range(10):
        budget.earn()
    assert [budget.spend() for _ in range(4)] == [True, True, True, False]


def test_the_wait_before_a_retry_is_capped_and_heeds_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage._core.retry.policy.BACKOFF_BASE", 0.25)
    asks = ServerError(503, retry_after=11.0)
    for attempt in (0, 1, 5, 50):
        assert 0 <= wait_before_retry(attempt, ServerError(503)) <= BACKOFF_CAP
        assert wait_before_retry(attempt, asks) == 11.0
        assert wait_before_retry(attempt, asks, longest=9.0) == 9.0
    assert len({wait_before_retry(3, None) for _ in range(20)}) > 1


class Slow:
    """A transport that never answers, and knows what became of its calls."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.calls = self.cancelled = 0

    async def send(self, request: Request) -> Response:
        """Wait for ever."""
        self.calls += 1
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Response(200, [], b'{"brand_id":"B1"}')

    async def aclose(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("failure", "call", "expected"),
    [
        (httpx.ConnectError("refused"), post, "the request was not sent [ten_dlc.link_number]"),
        (httpx.ReadError("reset"), get, "the request may have been carried out [ten_dlc.get_brand]"),
        (
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
            post,
            "Server disconnected without sending a response; the request may have been carried out, so it is not sent "
            "again: check before you send it yourself [ten_dlc.link_number]",
        ),
    ],
    ids=["refused", "reset", "disconnected"],
)
async def test_a_transport_error_says_what_became_of_which_request(
    failure: Exception, call: Any, expected: str
) -> None:
    with pytest.raises(TransportError) as raised:
        await call(Answers(failure), max_retries=0)
    assert str(raised.value).endswith(expected)
    assert raised.value.operation in expected


async def test_a_call_that_takes_too_long_is_timed_out() -> None:
    slow = Slow()
    async with Vonage(api_key="k", api_secret="s", transport=slow, timeout=0.01, max_retries=2) as vonage:
        with pytest.raises(TimedOut, match=r"within 0\.01 seconds") as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.sent
    assert (slow.calls, slow.cancelled) == (3, 3)


async def test_a_post_that_takes_too_long_is_not_sent_again() -> None:
    slow = Slow()
    async with Vonage(api_key="k", api_secret="s", transport=slow, timeout=0.01) as vonage:
        with pytest.raises(TimedOut):
            await vonage.ten_dlc.revet_brand("B1")
    assert slow.calls == 1


async def test_a_cancelled_call_is_cancelled_and_not_sent_again() -> None:
    slow = Slow()
    async with Vonage(api_key="k", api_secret="s", transport=slow, timeout=None) as vonage:
        task = asyncio.create_task(vonage.ten_dlc.get_brand("B1"))
        await slow.started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (slow.calls, slow.cancelled) == (1, 1)


async def test_a_timeout_of_the_caller_stays_the_callers() -> None:
    async with Vonage(api_key="k", api_secret="s", transport=Slow()) as vonage:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await vonage.ten_dlc.get_brand("B1")


async def test_a_view_has_other_options_and_shares_transport_and_throttle() -> None:
    answers = Answers(Answer(500, b""))
    async with answers.client(max_retries=1) as vonage:
        view = vonage.with_options(max_retries=3)
        with pytest.raises(ServerError):
            await view.ten_dlc.get_brand("B1")
        assert len(answers.requests) == 4
        assert view.throttle is vonage.throttle
        with pytest.raises(ServerError):
            await vonage.with_options(timeout=1).ten_dlc.get_brand("B1")
        assert len(answers.requests) == 6, "what is not named stays"


async def test_a_view_need_not_be_closed_and_closes_nothing() -> None:
    closed = []

    class Closing(Slow):
        async def aclose(self) -> None:
            closed.append(self)

    async with Vonage(api_key="k", api_secret="s", transport=Closing()) as vonage, vonage.with_options(timeout=1):
        pass
    assert not closed


async def test_a_timeout_of_none_is_no_timeout_of_the_view() -> None:
    slow = Slow()
    async with Vonage(api_key="k", api_secret="s", transport=slow, timeout=0.01, max_retries=0) as vonage:
        task = asyncio.create_task(vonage.with_options(timeout=None).ten_dlc.get_brand("B1"))
        with pytest.raises(TimedOut):
            await vonage.ten_dlc.get_brand("B1")
        assert not task.done()
        task.cancel()
