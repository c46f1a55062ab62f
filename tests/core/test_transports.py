"""Whatever is given as `transport=`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from aiovonage import ConfigurationError, ConnectionFailed, NotFound, TimedOut, TransportError, Vonage
from aiovonage._core.http.protocol import Request, Response
from tests.core.answers import Answer, Answers
from tests.core.server import serve

BRAND = b'{"brand_id": "B1"}'


class Own:
    """A user's own transport: two methods, no base class."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.closed = False

    async def send(self, request: Request) -> Response:
        """Give the next answer."""
        self.requests.append(request)
        return self.answers.pop(0)

    async def aclose(self) -> None:
        """Remember it."""
        self.closed = True


class Closing(httpx.MockTransport):
    """Knows whether it was closed."""

    closed = False

    async def aclose(self) -> None:
        """Remember it."""
        self.closed = True


async def test_a_transport_of_ones_own() -> None:
    own = Own(Response(200, [(b"Content-Type", b"application/json")], BRAND), Response(404, [], b""))
    async with Vonage(api_key="k", api_secret="s3cr3t", transport=own) as vonage:
        assert (await vonage.ten_dlc.get_brand("B 1")).brand_id == "B1"
        with pytest.raises(NotFound):
            await vonage.opt_ins.manage(msisdn="1")
    first, second = own.requests
    assert (first.method, first.origin, first.target) == ("GET", "https://api-eu.vonage.com", "/v1/10dlc/brands/B%201")
    assert first.url == "https://api-eu.vonage.com/v1/10dlc/brands/B%201"
    assert "s3cr3t" in second.url
    assert "s3cr3t" not in repr(second)
    assert not own.closed, "what was given stays its owner's to close"


async def test_a_transport_of_httpx_stays_open() -> None:
    closing = Closing(Answers(Answer(200, BRAND)))
    async with Vonage(api_key="k", api_secret="s", transport=closing) as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
    assert not closing.closed


async def test_a_client_of_httpx_sends_what_we_say_and_stays_open() -> None:
    answers = Answers(Answer(302, b"", {"Location": "https://evil.example/"}), Answer(200, BRAND))
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(answers), auth=("other", "user"), follow_redirects=True
    ) as client:
        async with Vonage(api_key="k", api_secret="s", transport=client) as vonage:
            with pytest.raises(Exception, match="302"):
                await vonage.ten_dlc.get_brand("B1")
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
        assert not client.is_closed
    assert {request.headers["authorization"] for request in answers.requests} == {"Basic azpz"}
    assert {request.url.host for request in answers.requests} == {"api-eu.vonage.com"}


async def test_a_client_of_httpx_does_not_log_credentials(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = Answers(Answer(200, {"opt-in-list": []}))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answers)) as client:
        for credentials in ({"api_secret": "s3cr3t"}, {"signature_secret": "s3cr3t"}):
            async with Vonage(api_key="k", transport=client, **credentials) as vonage:  # type: ignore[arg-type]
                await vonage.opt_ins.manage(msisdn="1")
        await client.get("https://example.com/?harmless=1")
    assert "opt-in/manage" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert answers.requests[1].url.params["sig"] not in caplog.text
    assert "harmless=1" in caplog.text, "other requests of the process are logged as ever"


async def test_a_client_of_httpx_over_sockets() -> None:
    async with serve() as server, httpx.AsyncClient() as client, server.client(transport=client) as vonage:
        for _ in range(3):
            await vonage.ten_dlc.revet_brand("B1")
    assert server.connections == 1
    assert b"content-length: 0" in server.requests[0].lower()


@respx.mock
async def test_respx_stands_in_for_the_network() -> None:
    route = respx.get("https://api-eu.vonage.com/v1/10dlc/brands/B1").mock(httpx.Response(200, content=BRAND))
    broken = respx.get("https://api-eu.vonage.com/v1/10dlc/brands/B2").mock(side_effect=httpx.ConnectError("no"))
    async with Vonage(api_key="k", api_secret="s", max_retries=1) as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
        with pytest.raises(ConnectionFailed):
            await vonage.ten_dlc.get_brand("B2")
    assert route.calls[0].request.headers["authorization"] == "Basic azpz"
    assert broken.call_count == 2


async def test_an_asgi_app_can_be_the_transport() -> None:
    async def app(scope: Any, _: Any, send: Callable[[Any], Any]) -> None:
        assert scope["path"] == "/v1/10dlc/brands/B1"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": BRAND})

    async with Vonage(api_key="k", api_secret="s", transport=httpx.ASGITransport(app)) as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


@pytest.mark.parametrize("given", ["slow", "", 5, object(), httpx.Client])
def test_what_is_no_transport_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="transport"):
        Vonage(transport=given)


@pytest.mark.parametrize(
    ("failure", "expected", "sent"),
    [
        (httpx.ReadTimeout("x"), TimedOut, True),
        (httpx.ConnectTimeout("x"), TimedOut, False),
        (httpx.ConnectError("x"), ConnectionFailed, False),
        (httpx.ProxyError("x"), ConnectionFailed, False),
        (httpx.ReadError(""), ConnectionFailed, True),
        (httpx.DecodingError("x"), ConnectionFailed, True),
        (ConnectionResetError(104, "reset"), ConnectionFailed, True),
    ],
    ids=repr,
)
async def test_failures_of_httpx_are_ours(failure: Exception, expected: type[TransportError], sent: bool) -> None:
    async with Answers(failure).client(max_retries=0) as vonage:
        with pytest.raises(expected) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.sent is sent
    assert str(raised.value)
