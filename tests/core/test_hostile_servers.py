"""Servers that are broken or hostile: an error of ours comes out in time, and no other call is harmed.

Each answer is put together by chance, and goes over a raw socket, in pieces. After it a sound call must get its own
answer: no connection is used again that is out of step.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from aiovonage import APIError, DecodeError, NotFound, TransportError, Vonage, VonageError
from aiovonage.api.ten_dlc import LinkNumber
from tests.core.server import Peer, Server, http, serve

EXAMPLES = int(os.environ.get("HOSTILE_ANSWERS", "60"))
LIMIT, TIMEOUT = 200_000, 0.15
SECRET = b"s3cr3t-of-the-account"

BODIES = st.sampled_from(
    [
        b"",
        b"{}",
        b'{"brand_id": "B1"}',
        b'{"brand_id": "B1"',
        b"<html><h1>502 Bad Gateway</h1></html>",
        b"[]",
        b"null",
        b'"text"',
        b"3",
        b'{"brand_id": {"a": []}, "_links": 7, "_embedded": []}',
        b'{"_embedded": {"brands": {"a": 1}}, "page": "x", "total_pages": -1}',
        '{"brand_id": "\u00e9"}'.encode("utf-16"),
        b'{"brand_id": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"a":' * 30_000,
        b"x" * (LIMIT + 1),
        b'{"title": "No", "detail": 7, "invalid_parameters": {"a": [[]]}}',
    ]
)
STATUSES = st.sampled_from(
    [
        "200 OK",
        "200",
        "201 Created",
        "202 Accepted",
        "204 No Content",
        "205 Reset Content",
        "206 Partial Content",
        "207 Multi-Status",
        "299 Odd",
        "300 Choices",
        "301 Moved",
        "302 Found",
        "304 Not Modified",
        "307 Temporary",
        "308 Permanent",
        "400 Bad",
        "404 None",
        "409 No",
        "418 Teapot",
        "429 Slow",
        "500 Oops",
        "502 Bad Gateway",
        "503 Down",
        "599 X",
        "600 X",
        "799 What",
        "999 Z",
        "000 Zero",
        "20 OK",
        "abc OK",
        "-1 OK",
        "101 Switching Protocols",
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            b"Content-Type: text/html; charset=utf-16",
            b"Content-Type: application/json; charset=nonsense",
            b"Content-Encoding: gzip",
            b"Content-Encoding: br",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Connection: close",
            b"Connection: upgrade\r\nUpgrade: h2c",
            b"Retry-After: -1",
            b"Retry-After: \xff\xfe",
            b"X-Request-Id: \x80\xe9",
            b"Set-Cookie: a=b",
            b"X-Empty:",
            b"X-Folded: a\r\n b",
            b"No colon",
            b": no name",
            b"Bad name: x",
            b"X-Nul: a\x00b",
            b"X-Long: " + b"y" * 70_000,
            b"\r\n".join(b"X-%d: y" % index for index in range(300)),
        ]
    ),
    max_size=2,
)
LENGTHS = st.sampled_from([*["right"] * 7, "short", "long", "none", "twice", "negative", "huge", "words"])
BEFORE = st.sampled_from(
    [
        *[b""] * 12,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: <http://127.0.0.1:1/>\r\n\r\n" * 3,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 ",
    ]
)
AFTER = st.sampled_from([b"", b"", b"", http(b'{"brand_id": "of nobody"}'), b"0\r\n\r\n", b"garbage"])
ENDINGS = st.sampled_from(["stay", "stay", "close", "abort", "drip", "endless headers", "endless body", "stall"])
CALLS = st.sampled_from(["get_brand", "list_brands", "link_number", "delete_brand", "query"])


class Hostile(NamedTuple):
    """An answer that may be broken."""

    raw: bytes
    ending: str
    cuts: list[int]


@st.composite
def answers(draw: st.DrawFn) -> Hostile:
    """Answers of every kind of wrongness."""
    body = draw(BODIES)
    lengths = {
        "right": [b"Content-Length: %d" % len(body)],
        "short": [b"Content-Length: %d" % max(0, len(body) - 3)],
        "long": [b"Content-Length: %d" % (len(body) + 5)],
        "none": [],
        "twice": [b"Content-Length: %d" % len(body), b"Content-Length: %d" % (len(body) + 1)],
        "negative": [b"Content-Length: -5"],
        "huge": [b"Content-Length: 99999999999999999999999999"],
        "words": [b"Content-Length: many"],
    }[draw(LENGTHS)]
    lines = [b"HTTP/1.1 " + draw(STATUSES).encode(), *lengths, *draw(HEADERS), b"Location: http://127.0.0.1:1/"]
    raw = draw(BEFORE) + b"\r\n".join(lines) + b"\r\n\r\n" + body + draw(AFTER)
    cut = draw(st.integers(0, min(len(raw), 300))) if draw(st.integers(0, 4)) == 0 else len(raw)
    return Hostile(raw[:cut], draw(ENDINGS), draw(st.lists(st.integers(0, 400), max_size=3)))


async def send(peer: Peer, hostile: Hostile) -> None:
    """Send an answer in pieces, and end as it says."""
    edges = [0, *sorted(hostile.cuts), len(hostile.raw)]
    for start, end in pairwise(edges):
        await peer.send(hostile.raw[start:end])
        await asyncio.sleep(0)
    endless = {"drip": b" ", "endless headers": b"X-More: y\r\n", "endless body": b"z" * 65_536}
    if hostile.ending in endless:
        while True:
            await peer.send(endless[hostile.ending])
            await asyncio.sleep(0.002 if hostile.ending == "drip" else 0)
    elif hostile.ending == "stall":
        while not peer.writer.is_closing():  # noqa: ASYNC110 - streams tell nobody
            await asyncio.sleep(0.005)
    elif hostile.ending == "close":
        peer.writer.close()
    elif hostile.ending == "abort":
        peer.drop()


async def ask(vonage: Vonage, call: str) -> Any:
    """A call of each kind: one thing, a list, a POST, no body, XML."""
    match call:
        case "list_brands":
            return await vonage.ten_dlc.list_brands().collect(limit=50)
        case "link_number":
            return await vonage.ten_dlc.link_number("B1", "C1", LinkNumber(country="US", number="15550001111"))
        case "query":
            return await vonage.opt_ins.query(format="xml").collect(limit=50)
        case _:
            return await getattr(vonage.ten_dlc, call)("B1")


class Bench:
    """What a hostile server answers, and what has come out of it."""

    def __init__(self, transport: str) -> None:
        self.runner = asyncio.Runner()
        self.transport = transport
        self.hostile = Hostile(b"", "close", [])
        self.seen: Counter[str] = Counter()

    async def answer(self, peer: Peer) -> None:
        """The sound call gets a sound answer, the other one the hostile one."""
        if b"/brands/sound" in peer.head:
            await peer.send(http(b'{"brand_id": "sound"}'))
        else:
            await send(peer, self.hostile)

    async def examine(self, server: Server, vonage: Vonage, call: str) -> str:
        """Make a call, then a sound one."""
        try:
            async with asyncio.timeout(8 * TIMEOUT + 5):  # all the pages of a list have time; a call that hangs has not
                await ask(vonage, call)
            outcome = "an answer"
        except VonageError as error:
            assert SECRET.decode() not in f"{error!r} {error} {error.__notes__ if hasattr(error, '__notes__') else ''}"
            outcome = type(error).__name__
        # The connection may break that stood idle, or its server still be busy with the answer before.
        patient = vonage.with_options(max_retries=4, timeout=2.0)
        sound = await patient.ten_dlc.get_brand("sound")
        assert sound.brand_id == "sound"
        return outcome


@pytest.fixture
def bench(transport: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(
        "aiovonage._core.throttle.throttle.RequestQueue.throttled", lambda *_: None
    )  # the sound call need not wait
    made = Bench(transport)
    with made.runner:
        yield made


def test_hostile_answers_give_errors_of_ours_in_time(bench: Bench) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(hostile=answers(), call=CALLS)
    def fuzz(hostile: Hostile, call: str) -> None:
        async def once() -> str:
            options = {"timeout": TIMEOUT, "max_retries": 0, "max_response_bytes": LIMIT, "api_secret": SECRET.decode()}
            async with (
                serve(bench.answer) as server,
                server.client(transport=bench.transport, **options) as vonage,
            ):
                return await bench.examine(server, vonage, call)

        bench.hostile = hostile
        outcome = bench.runner.run(once())
        bench.seen[outcome] += 1
        event(f"{call}: {outcome}")

    fuzz()
    print(f"{bench.transport}: {sum(bench.seen.values())} hostile answers: {dict(bench.seen)}")  # noqa: T201
    assert sum(bench.seen.values()) >= EXAMPLES
    assert {"ConnectionFailed", "TimedOut"} <= bench.seen.keys()


@pytest.mark.parametrize("body", [b"[" * 10_000_000, b'{"brand_id":' * 850_000], ids=["arrays", "objects"])
async def test_ten_megabytes_of_nesting(body: bytes, transport: str) -> None:
    async def deep(peer: Peer) -> None:
        await peer.send(http(body, status="404 Not Found" if b"/gone" in peer.head else "200 OK"))

    async with serve(deep) as server, server.client(transport=transport, max_retries=0) as vonage:
        with pytest.raises(DecodeError):
            await vonage.ten_dlc.get_brand("B1")
        with pytest.raises(NotFound):
            await vonage.ten_dlc.get_brand("gone")
        assert server.connections == 1


@pytest.mark.parametrize("status", ["101 Switching Protocols", "199 What"])
async def test_an_interim_status_is_no_success(status: str, transport: str) -> None:
    async def switch(peer: Peer) -> None:
        await peer.send(f"HTTP/1.1 {status}\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n".encode())
        await asyncio.sleep(0.02)
        peer.writer.close()

    async with serve(switch) as server, server.client(transport=transport, max_retries=0) as vonage:
        for _ in range(2):
            with pytest.raises(TransportError):
                await vonage.ten_dlc.delete_brand("B1")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
async def test_credentials_do_not_follow_a_redirect(status: str, transport: str) -> None:
    async def away(peer: Peer) -> None:
        await peer.send(http(b"", f"Location: {decoy.url}/v1/10dlc/brands/B1", status=status))

    async with serve() as decoy, serve(away) as server:
        for credentials in ({}, {"signature_secret": "x" * 32}):
            async with server.client(transport=transport, **credentials) as vonage:
                for call in ("get_brand", "delete_brand", "link_number", "query"):
                    with pytest.raises(APIError, match=status[:3]):
                        await ask(vonage, call)
    assert decoy.connections == 0
    assert len(server.requests) == 8


@pytest.mark.parametrize("scheme", ["http", "https", "file", ""])
async def test_credentials_do_not_follow_a_link_to_another_host(scheme: str, transport: str, private_key: str) -> None:
    async def page(peer: Peer) -> None:
        host = decoy.url.partition("//")[2]
        query = f"page=2&page_size=1&cursor=c{len(server.requests)}"
        link = {"href": f"{scheme}{':' if scheme else ''}//{host}/v1/10dlc/brands?{query}"}
        number = str(len(server.requests))
        embedded = {name: [{"id": number, "brand_id": number}] for name in ("brands", "users")}
        links = {"next": link} if len(server.requests) < 3 else {}
        await peer.send(http(orjson.dumps({"page_size": 1, "_embedded": embedded, "_links": links})))

    async with serve() as decoy, serve(page) as server:
        for call in ("ten_dlc.list_brands", "users.list_users"):
            server.requests.clear()
            namespace, method = call.split(".")
            async with server.client(transport=transport, application_id="a", private_key=private_key) as vonage:
                await getattr(getattr(vonage, namespace), method)().collect()
            assert len(server.requests) == 3
    assert decoy.connections == 0
