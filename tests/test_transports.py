"""Requests over real sockets and through every kind of transport."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import respx

from aiovonage import (
    ConfigurationError,
    ConnectionFailed,
    DecodeError,
    ResponseTooLarge,
    TimedOut,
    TransportError,
    Vonage,
    VonageError,
)
from aiovonage._core.http.protocol import Request, Response
from aiovonage.sandbox import Sandbox

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
BRAND = b'{"brand_id":"B1"}'


class Server:
    """A raw HTTP server: what it answers is up to the test."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head)
                await self.handler(head, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[Server, str]]:
    """A server and its URL."""
    server = Server(handler)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    try:
        yield server, f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()


def answer(body: bytes = BRAND, status: str = "200 OK", headers: str = "") -> Handler:
    """Always the same answer."""

    async def handler(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return handler


def raw(text: bytes, *, close: bool = False) -> Handler:
    """These very bytes."""

    async def handler(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        if close:
            writer.close()

    return handler


def client(url: str, **settings: Any) -> Vonage:
    return Vonage(**{"api_key": "k", "api_secret": "s", "base_url": url, "max_retries": 0, **settings})


async def test_connections_are_kept_and_used_again(transport: str) -> None:
    async with serving(answer()) as (server, url), client(url, transport=transport) as vonage:
        for _ in range(5):
            assert (await vonage.ten_dlc.get_brand("a/b c")).brand_id == "B1"
        await asyncio.gather(*(vonage.ten_dlc.get_brand("B1") for _ in range(200)))
    assert server.requests[0].startswith(b"GET /v1/10dlc/brands/a%2Fb%20c HTTP/1.1\r\n")
    assert server.connections <= 200


async def test_one_connection_serves_one_task() -> None:
    async with serving(answer()) as (server, url), client(url) as vonage:
        for _ in range(20):
            await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 1
    assert b"host: 127.0.0.1:" in server.requests[0].lower()


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    async def once(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + BRAND)
        await writer.drain()
        writer.close()

    async with serving(once) as (server, url), client(url) as vonage:
        for _ in range(3):
            await vonage.ten_dlc.get_brand("B1")
            await asyncio.sleep(0.02)
    assert server.connections == 3


async def test_a_refused_connection_was_not_sent(transport: str) -> None:
    async with client("http://127.0.0.1:1", transport=transport) as vonage:
        with pytest.raises(ConnectionFailed) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.sent is False


BROKEN = {
    "no answer": raw(b"", close=True),
    "cut in the head": raw(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
    "cut in the body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", close=True),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.0\r\n\r\n", close=True),
    "cut in a chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True),
    "HTML with 200": answer(b"<html>login</html>", headers="Content-Type: text/html\r\n"),
    "no body with 200": answer(b""),
    "wrong shape": answer(b"[1, 2]"),
    "deep nesting": answer(b"[" * 1_000_000),
    "wrong charset": answer(b'{"brand_id": "\xff\xfe"}'),
    "redirect": answer(b"", "302 Found", "Location: http://127.0.0.1:1/steal\r\n"),
    "unknown status": answer(b"?", "799 What"),
    "encoded by nothing known": answer(b"\x00", headers="Content-Encoding: zstd\r\n"),
    "not the encoding it says": answer(b"{}", headers="Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("seconds", [30, 0.2])
async def test_a_request_that_is_not_answered_counts_as_sent(transport: str, seconds: float) -> None:
    async def cut(head: bytes, writer: asyncio.StreamWriter) -> None:
        if seconds < 1:
            await asyncio.sleep(1)
        writer.close()

    async with (
        serving(cut) as (server, url),
        Vonage(base_url=url, api_key="k", api_secret="s", transport=transport, timeout=seconds) as vonage,
    ):
        with pytest.raises(TransportError) as caught:
            await vonage.ten_dlc.revet_brand("B1")  # a POST: it is not sent again, as it may have been carried out
    assert caught.value.sent
    assert isinstance(caught.value, TimedOut) == (seconds < 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_server_gives_an_error_of_ours(name: str, transport: str) -> None:
    async with serving(BROKEN[name]) as (server, url), client(url, transport=transport, timeout=5.0) as vonage:
        with pytest.raises(VonageError) as raised:
            await vonage.ten_dlc.get_brand("B1")
    if isinstance(raised.value, DecodeError):
        assert raised.value.status == 200
    assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_body_is_read(encoding: str) -> None:
    body = gzip.compress(BRAND) if encoding == "gzip" else zlib.compress(BRAND)
    async with serving(answer(body, headers=f"Content-Encoding: {encoding}\r\n")) as (_, url), client(url) as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


async def test_bodies_are_bounded() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    for handler in (answer(b"x" * 20_000), answer(bomb, headers="Content-Encoding: gzip\r\n")):
        async with serving(handler) as (_, url), client(url, max_response_bytes=10_000) as vonage:
            with pytest.raises(ResponseTooLarge):
                await vonage.ten_dlc.get_brand("B1")


async def test_the_timeout_is_for_the_whole_call() -> None:
    async def drip(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await asyncio.sleep(0.05)

    async with serving(drip) as (_, url), client(url, timeout=0.2) as vonage:
        with pytest.raises(TimedOut, match=r"0\.2 seconds"):
            await vonage.ten_dlc.get_brand("B1")


async def test_a_cancelled_call_leaves_no_half_read_connection() -> None:
    first = True

    async def slow_once(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n")
        await writer.drain()
        if first:
            first = False
            await asyncio.sleep(0.2)
        writer.write(BRAND)

    async with serving(slow_once) as (server, url), client(url) as vonage:
        call = asyncio.create_task(vonage.ten_dlc.get_brand("B1"))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
    assert server.connections == 2


async def test_interim_answers_are_passed_over() -> None:
    text = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + BRAND
    async with serving(raw(text)) as (_, url), client(url) as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


async def test_a_post_without_a_body_says_so() -> None:
    async with serving(answer()) as (server, url), client(url) as vonage:
        await vonage.ten_dlc.revet_brand("B1")
    assert b"content-length: 0\r\n" in server.requests[0].lower()


class Own:
    """A transport of a user's own."""

    def __init__(self) -> None:
        self.sent: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.sent.append(request)
        return Response(200, [(b"X-Request-Id", b"r1")], BRAND)

    async def aclose(self) -> None:
        raise AssertionError("a transport that was given is its owner's to close")


async def test_any_transport_can_be_given() -> None:
    own = Own()
    httpx_client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=BRAND)))
    for transport in (own, httpx_client, httpx.MockTransport(lambda _: httpx.Response(200, content=BRAND))):
        async with Vonage(api_key="k", api_secret="s", transport=transport) as vonage:
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
    assert not httpx_client.is_closed
    await httpx_client.aclose()
    assert "api_secret" not in repr(own.sent[0])
    with pytest.raises(ConfigurationError, match="transport"):
        Vonage(transport="carrier pigeon")


@respx.mock
async def test_respx_mocks_the_default_transport() -> None:
    route = respx.get("https://api-eu.vonage.com/v1/10dlc/brands/B1").respond(200, content=BRAND)
    async with Vonage(api_key="k", api_secret="s") as vonage:
        raw_answer = await vonage.with_raw_response.ten_dlc.get_brand("B1")
    assert route.called
    assert (raw_answer.parsed.brand_id, raw_answer.status, raw_answer.body) == ("B1", 200, BRAND)


async def test_numbers_are_linked_over_a_real_socket(transport: str) -> None:
    async with Sandbox() as sandbox:
        settings = {"api_key": sandbox.api_key, "api_secret": sandbox.api_secret, "base_url": sandbox.url}
        async with Vonage(**settings, transport=transport) as vonage:  # type: ignore[arg-type]
            summary = await vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", range(12025550000, 12025550300))
        assert summary.ok
        assert summary.total == len(sandbox.state.numbers) == 300
        assert set(sandbox.state.posts.values()) == {1}
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) == 1
