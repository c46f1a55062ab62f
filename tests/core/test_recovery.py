"""Bursts of failures: a restart of the server costs no call, and an outage is not answered with a flood."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from aiovonage import ConfigurationError, ConnectionFailed, NotFound, RequestEvent, ServerError, Vonage, VonageError
from aiovonage._core.retry.policy import MAX_RETRIES, NOT_SENT_COST, RetryBudget
from aiovonage.api.ten_dlc import LinkNumber
from tests.core.answers import Answer, Answers
from tests.virtual_time import in_virtual_time

OK = Answer(200, {"brand_id": "B1", "number": "15550001111"})
BODY = LinkNumber(country="US", number="15550001111")


class Restarting:
    """A server that fails for its first requests, as while it restarts, and is well from then on."""

    def __init__(self, failures: int, failure: Exception | Answer) -> None:
        self.failures = failures
        self.failure = failure
        self.requests = 0

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        number = self.requests
        await asyncio.sleep(0)
        if number > self.failures:
            return OK.response()
        if isinstance(self.failure, Exception):
            raise self.failure
        return self.failure.response()

    def client(self, **settings: Any) -> Vonage:
        """A client of it."""
        return Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(self), **settings)


@pytest.mark.parametrize(
    "failure",
    [httpx.ReadError("reset"), httpx.ConnectError("refused"), Answer(503, b"")],
    ids=["reset", "refused", "503"],
)
@pytest.mark.parametrize("calls", [5, 64, 300])
@in_virtual_time
async def test_a_restart_of_the_server_fails_no_call_of_a_new_client(failure: Any, calls: int) -> None:
    server = Restarting(calls, failure)
    async with server.client() as vonage:
        await asyncio.gather(*(vonage.ten_dlc.get_brand(f"B{n}") for n in range(calls)))
    assert server.requests == 2 * calls


@in_virtual_time
async def test_posts_that_were_not_sent_survive_a_restart() -> None:
    server = Restarting(64 + 2, httpx.ConnectError("refused"))  # the first two that try again are refused too
    async with server.client() as vonage:
        await asyncio.gather(*(vonage.ten_dlc.link_number("B", "C", BODY) for _ in range(64)))
    assert server.requests == 64 + 2 + 64


@pytest.mark.parametrize("failure", [httpx.ReadError("x"), httpx.ConnectError("x"), Answer(503, b"")], ids=repr)
@pytest.mark.parametrize("at_once", [1, 64])
@in_virtual_time
async def test_an_outage_stays_below_twelve_requests_for_ten_calls(failure: Any, at_once: int) -> None:
    server = Restarting(10**9, failure)
    calls = 256
    async with server.client() as vonage:
        for _ in range(calls // at_once):
            tasks = [vonage.ten_dlc.get_brand("B") for _ in range(at_once)]
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(result, VonageError) for result in results)
            assert all("not sent again" in result.__notes__[0] for result in results if hasattr(result, "__notes__"))
    assert server.requests < 1.2 * calls


async def test_whoever_is_cancelled_leaves_the_others_their_turn() -> None:
    async with Answers(OK).client() as vonage:
        recovery = vonage._session.recovery
        failure = ConnectionFailed("reset")
        first = await recovery.admit(failure, 0, 4)
        second = asyncio.create_task(recovery.admit(failure, 0, 4))
        third = asyncio.create_task(recovery.admit(failure, 0, 4))
        await asyncio.sleep(0)
        assert not second.done()
        second.cancel()
        first.end(answered=False)
        assert (await third).failures == 1, "the one that failed stood in for it"


async def test_a_call_that_waits_goes_on_when_any_request_is_answered() -> None:
    answers = Answers(OK)
    async with answers.client() as vonage:
        recovery = vonage._session.recovery
        probe = await recovery.admit(ConnectionFailed("reset"), 0, 4)
        waiting = asyncio.create_task(recovery.admit(ConnectionFailed("reset"), 0, 4))
        await asyncio.sleep(0)
        assert not waiting.done()
        await vonage.ten_dlc.get_brand("B1")  # a first attempt, while the probe still hangs
        (await waiting).end(answered=True)
        probe.end(answered=True)


async def test_the_next_event_loop_does_not_wait_for_the_one_before() -> None:
    def forsaken() -> None:
        asyncio.run(vonage._session.recovery.admit(ConnectionFailed("x"), 0, 4))

    answers = Answers(httpx.ReadError("x"), OK)
    vonage = answers.client()
    await asyncio.to_thread(forsaken)
    await vonage.ten_dlc.get_brand("B1")
    assert len(answers.requests) == 2


def test_retries_come_back_with_time_up_to_what_a_new_client_has(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("aiovonage._core.retry.policy.time", SimpleNamespace(monotonic=lambda: now))
    budget = RetryBudget(saved=0.0)
    assert not budget.spend()
    now += 5
    assert budget.spend()
    assert not budget.spend()
    now += 86_400
    assert [budget.spend() for _ in range(MAX_RETRIES + 1)] == [True] * MAX_RETRIES + [False]


def test_what_was_not_sent_costs_less() -> None:
    budget = RetryBudget(saved=1.0, refill=0.0)
    assert [budget.spend(NOT_SENT_COST) for _ in range(5)] == [True] * 4 + [False]


def test_what_is_given_back_never_lowers_a_budget() -> None:
    budget = RetryBudget(saved=30.0, reserve=20.0)
    budget.give_back(1.0)
    assert budget.saved == 30.0


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that retries wait, which pass at once."""
    seconds: list[float] = []
    sleep = asyncio.sleep

    async def at_once(delay: float) -> None:
        if delay:
            seconds.append(delay)
        await sleep(0)

    monkeypatch.setattr("aiovonage._core.session.asyncio.sleep", at_once)
    return seconds


@pytest.mark.parametrize("asked", ["61", "86400"])
async def test_a_server_that_asks_for_long_is_not_waited_for(asked: str, waits: list[float]) -> None:
    answers = Answers(Answer(503, b"", {"Retry-After": asked}), OK)
    async with answers.client() as vonage:
        with pytest.raises(ServerError) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.retry_after == float(asked)
    assert (len(answers.requests), waits) == (1, [])


@pytest.mark.parametrize(
    ("settings", "waited"), [({}, [60]), ({"max_retry_after": 90}, [90]), ({"max_retry_after": 0}, [])]
)
async def test_a_server_is_waited_for_as_long_as_max_retry_after(
    settings: Any, waited: list[float], waits: list[float]
) -> None:
    asked = str(waited[0] if waited else 1)
    answers = Answers(Answer(503, b"", {"Retry-After": asked}), OK)
    async with answers.client(**settings) as vonage:
        if waited:
            await vonage.ten_dlc.get_brand("B1")
        else:
            with pytest.raises(ServerError):
                await vonage.ten_dlc.get_brand("B1")
    assert [round(seconds) for seconds in waits] == waited


@pytest.mark.parametrize("value", [-1, float("nan")])
def test_max_retry_after_is_a_number_of_seconds(value: float) -> None:
    with pytest.raises(ConfigurationError, match="max_retry_after"):
        Vonage(max_retry_after=value)


async def test_a_wait_is_logged_without_what_the_answer_says(
    caplog: pytest.LogCaptureFixture, waits: list[float]
) -> None:
    caplog.set_level(logging.INFO, "aiovonage")
    answer = Answer(503, {"title": "12025550101 is secret"}, {"Retry-After": "7"})
    async with Answers(answer, httpx.ReadError("x"), OK).client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    first, second = (record.message for record in caplog.records)
    assert first.startswith("ten_dlc.get_brand was answered 503; it is sent again in 7.")
    assert first.endswith("s (attempt 2)")
    assert second.startswith("ten_dlc.get_brand failed (ConnectionFailed); it is sent again in 0.00 s (attempt 3)")
    assert "12025550101" not in caplog.text


@in_virtual_time
async def test_an_attempt_is_one_that_was_sent() -> None:
    seen: list[RequestEvent] = []
    server = Restarting(66, httpx.ConnectError("refused"))
    async with server.client(on_request=seen.append) as vonage:
        await asyncio.gather(*(vonage.ten_dlc.get_brand(f"B{n}") for n in range(64)))
    attempts = Counter(event.attempt for event in seen)
    assert attempts.total() == server.requests == 64 + 2 + 64
    assert attempts[1] == 64
    assert attempts[2] == 64, "each was sent for the second time, whatever had failed in its place meanwhile"


async def test_a_delete_that_was_carried_out_before_says_so() -> None:
    answers = Answers(httpx.ReadError("reset"), Answer(404, {"title": "Not Found"}))
    async with answers.client() as vonage:
        with pytest.raises(NotFound) as raised:
            await vonage.ten_dlc.delete_brand("B1")
    assert raised.value.__notes__ == ["An earlier attempt, whose response was lost, may have deleted it."]


async def test_a_delete_of_what_was_not_there_has_no_note() -> None:
    async with Answers(httpx.ConnectError("refused"), Answer(404, {"title": "Not Found"})).client() as vonage:
        with pytest.raises(NotFound) as raised:
            await vonage.ten_dlc.delete_brand("B1")
    assert not hasattr(raised.value, "__notes__")
