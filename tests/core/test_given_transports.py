"""What goes wrong in a transport that a user gives comes out as an error of ours, or as the answer that it holds."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import anyio
import httpcore
import httpx
import pytest

from aiovonage import (
    ConfigurationError,
    ConnectionFailed,
    NotFound,
    ServerError,
    TimedOut,
    TransportError,
    Vonage,
)
from aiovonage._core.http.protocol import Request, Response
from tests.core.answers import Answer, Answers
from tests.core.server import Peer, http, serve
from tests.core.test_transports import Closing, Own


class Failing:
    """A transport of a user's own that fails."""

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure
        self.calls = 0

    async def send(self, request: Request) -> Response:
        """Fail."""
        self.calls += 1
        raise self.failure

    async def aclose(self) -> None:
        """Nothing."""


FAILURES: list[tuple[Exception, type[TransportError], bool]] = [
    (OSError(113, "No route to host"), ConnectionFailed, True),
    (TimeoutError("slow"), TimedOut, True),
    (ssl.SSLError(1, "[SSL] broken"), ConnectionFailed, True),
    (httpx.ConnectError("refused"), ConnectionFailed, False),
    (httpx.PoolTimeout("pool"), TimedOut, False),
    (httpx.InvalidURL("bad"), ConnectionFailed, False),
    (httpx.StreamClosed(), ConnectionFailed, True),
    (httpcore.ReadError("reset"), ConnectionFailed, True),
    (httpcore.ConnectTimeout("slow"), TimedOut, False),
    (anyio.ClosedResourceError(), ConnectionFailed, True),
    (anyio.EndOfStream(), ConnectionFailed, True),
]


@pytest.mark.parametrize(("failure", "expected", "sent"), FAILURES, ids=repr)
async def test_failures_of_libraries_name_host_and_operation(
    failure: Exception, expected: type[TransportError], sent: bool
) -> None:
    for transport in (Failing(failure), httpx.MockTransport(_raising(failure))):
        async with Vonage(api_key="k", api_secret="s", transport=transport, max_retries=0) as vonage:
            with pytest.raises(expected) as raised:
                await vonage.ten_dlc.revet_brand("B1")
        assert raised.value.sent is sent
        assert "api-eu.vonage.com" in str(raised.value)
        assert ("may have been carried out" if sent else "was not sent") in str(raised.value)
        assert str(raised.value).endswith("[ten_dlc.revet_brand]")
        assert raised.value.operation == "ten_dlc.revet_brand"


def _raising(failure: Exception) -> Any:
    def handle(_: httpx.Request) -> httpx.Response:
        raise failure

    return handle


@pytest.mark.parametrize("failure", [AssertionError("a mock's"), KeyError("a mistake")], ids=repr)
async def test_mistakes_in_a_users_transport_come_out_as_they_are(failure: Exception) -> None:
    async with Vonage(api_key="k", api_secret="s", transport=Failing(failure)) as vonage:
        with pytest.raises(type(failure)):
            await vonage.ten_dlc.get_brand("B1")


async def test_a_transport_that_cancels_itself_does_not_cancel_the_call() -> None:
    failing = Failing(asyncio.CancelledError())
    async with Vonage(api_key="k", api_secret="s", transport=failing, max_retries=1) as vonage:
        with pytest.raises(ConnectionFailed, match="the transport has cancelled the request") as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert (raised.value.sent, failing.calls) == (True, 2)


async def test_a_call_that_is_cancelled_is_cancelled() -> None:
    class Sleeping(Own):
        async def send(self, request: Request) -> Response:
            await asyncio.sleep(9)
            raise AssertionError

    async with Vonage(api_key="k", api_secret="s", transport=Sleeping()) as vonage:
        task = asyncio.create_task(vonage.ten_dlc.get_brand("B1"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await vonage.ten_dlc.get_brand("B1")
        with anyio.move_on_after(0.01) as scope:
            await vonage.ten_dlc.get_brand("B1")
        assert scope.cancelled_caught


async def test_an_answer_that_a_hook_raises_for_is_an_answer() -> None:
    async def raise_for_status(response: httpx.Response) -> None:
        await response.aread()
        response.raise_for_status()

    answers = Answers(Answer(503), Answer(503), Answer(404, {"title": "There is no such brand"}))
    hooks = {"response": [raise_for_status]}
    async with httpx.AsyncClient(transport=httpx.MockTransport(answers), event_hooks=hooks) as client:
        vonage = Vonage(api_key="k", api_secret="s", transport=client, max_retries=1)
        with pytest.raises(ServerError):
            await vonage.ten_dlc.get_brand("B1")
        with pytest.raises(NotFound, match="There is no such brand"):
            await vonage.ten_dlc.get_brand("B1")
    assert len(answers.requests) == 3


async def test_a_closed_client_of_httpx_is_a_mistake_and_not_a_failure() -> None:
    client = httpx.AsyncClient()
    await client.aclose()
    async with Vonage(api_key="k", api_secret="s", transport=client) as vonage:
        with pytest.raises(ConfigurationError, match=r"httpx\.AsyncClient .* is closed"):
            await vonage.ten_dlc.get_brand("B1")


async def test_a_client_that_is_closed_sends_nothing_through_what_was_given() -> None:
    closing = Closing(Answers(Answer(200, {"brand_id": "B1"})))
    vonage = Vonage(api_key="k", api_secret="s", transport=closing)
    view = vonage.with_options(timeout=5)
    await view.aclose()
    await view.ten_dlc.get_brand("B1")
    await vonage.aclose()
    for closed in (vonage, view):
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await closed.ten_dlc.get_brand("B1")
    assert not closing.closed
    async with Vonage(api_key="k", api_secret="s", transport=closing) as other:
        await other.ten_dlc.get_brand("B1")


async def test_what_waits_in_the_pool_of_httpx_was_not_sent() -> None:
    go_on = asyncio.Event()

    async def late(peer: Peer) -> None:
        await go_on.wait()
        await peer.send(http())

    limits = httpx.Limits(max_connections=1)
    async with (
        serve(late) as server,
        httpx.AsyncClient(limits=limits) as client,
        server.client(transport=client, connect_timeout=0.1, max_retries=0) as vonage,
    ):
        first = asyncio.create_task(vonage.ten_dlc.revet_brand("B1"))
        await asyncio.sleep(0.02)
        calls = [vonage.ten_dlc.revet_brand("B2") for _ in range(5)]
        for failure in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(failure, TimedOut)
            assert not failure.sent
        go_on.set()
        await first
    assert len(server.requests) == 1


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}, {"max_retries": -3}])
def test_a_view_refuses_what_a_client_refuses(options: dict[str, Any]) -> None:
    vonage = Vonage(api_key="k", api_secret="s")
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        vonage.with_options(**options)
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        Vonage(**options)


@pytest.mark.parametrize(
    "options", [{"max_connections": 0}, {"connect_timeout": 0}, {"connect_timeout": float("nan")}], ids=repr
)
def test_limits_that_nothing_could_pass_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        Vonage(**options)
