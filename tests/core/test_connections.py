"""Both transports of our own over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import ssl
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aiovonage import (
    ConfigurationError,
    ConnectionFailed,
    DecodeError,
    NotFound,
    ResponseTooLarge,
    TimedOut,
    TransportError,
    Vonage,
)
from aiovonage._core.http.httpcore_connection import HTTPCoreConnection
from aiovonage._core.http.httptools_connection import HTTPToolsConnection
from aiovonage._core.http.pool import ConnectionPool
from aiovonage._core.http.protocol import Request
from aiovonage.api.ten_dlc import Brand
from tests.core.ports import unused_port
from tests.core.server import Peer, Server, http, ok, serve

pytestmark = pytest.mark.usefixtures("transport")

BRAND = b'{"brand_id": "B1"}'


async def settled(condition: Any) -> None:
    """Until a condition holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - sockets tell nobody
            await asyncio.sleep(0.001)


async def test_the_bytes_of_a_request() -> None:
    async with serve() as server, server.client() as vonage:
        await vonage.ten_dlc.revet_brand("B 1")
    (request,) = server.requests
    assert request.startswith(b"POST /v1/10dlc/brands/B%201/revet HTTP/1.1\r\n")
    assert f"host: {server.url.removeprefix('http://')}\r\n".encode() in request.lower()
    assert b"content-length: 0\r\n" in request.lower()
    assert b"\r\naccept-encoding: gzip, deflate\r\n" in request.lower()


async def test_a_connection_is_used_again() -> None:
    async with serve() as server, server.client() as vonage:
        for _ in range(20):
            await vonage.ten_dlc.get_brand("B1")
            await vonage.ten_dlc.revet_brand("B1")
    assert (server.connections, len(server.requests)) == (1, 40)


@pytest.mark.parametrize(
    ("options", "limit"),
    [({}, 100), ({"max_connections": 7}, 7), pytest.param({"max_connections": 150}, 150, marks=pytest.mark.slow)],
)
async def test_as_many_connections_as_requests_at_a_time_but_not_more_than_the_limit(
    options: dict[str, int], limit: int
) -> None:
    together, arrived, most = asyncio.Event(), 0, 0

    async def answer(peer: Peer) -> None:
        nonlocal arrived, most
        arrived += 1
        most = max(most, len(server.peers))
        if arrived == limit:
            together.set()
        await together.wait()
        await peer.send(http(BRAND))

    async with serve(answer) as server, server.client(**options) as vonage:
        for _ in range(2):
            brands = await asyncio.gather(*[vonage.ten_dlc.get_brand(f"B{number}") for number in range(200)])
            assert all(brand == Brand(brand_id="B1") for brand in brands)
    assert (server.connections, most, len(server.requests)) == (limit, limit, 400)


async def test_every_answer_goes_to_its_own_request() -> None:
    async def echo(peer: Peer) -> None:
        brand = peer.head.split()[1].rpartition(b"/")[2]
        await asyncio.sleep(0.001 * (int(brand) % 3))
        await peer.send(http(b'{"brand_id": "%s"}' % brand))

    async with serve(echo) as server, server.client() as vonage:
        brands = await asyncio.gather(*[vonage.ten_dlc.get_brand(str(number)) for number in range(300)])
    assert [brand.brand_id for brand in brands] == [str(number) for number in range(300)]


async def test_a_connection_that_the_server_closed_while_idle_is_no_failure() -> None:
    async with serve() as server, server.client(max_retries=0) as vonage:
        await vonage.ten_dlc.revet_brand("B1")
        server.peers[0].drop()
        await settled(lambda: not server.peers)
        await asyncio.sleep(0.01)  # the farewell travels
        await vonage.ten_dlc.revet_brand("B1")
    assert server.connections == 2


async def test_a_server_that_closes_after_each_answer_is_no_failure() -> None:
    async def answer_and_close(peer: Peer) -> None:
        await peer.send(http(BRAND, "Connection: close"))
        peer.writer.close()

    async with serve(answer_and_close) as server, server.client(max_retries=0) as vonage:
        for _ in range(3):
            await vonage.ten_dlc.revet_brand("B1")
    assert server.connections == 3


async def test_a_connection_is_not_used_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage._core.http.origin_connections.KEEPALIVE", 0.0)
    async with serve() as server, server.client() as vonage:
        for _ in range(2):
            await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 2


async def cut(peer: Peer) -> None:
    """Announce more than is sent, and end the connection."""
    await peer.send(http(b'{"brand', length=100))
    await asyncio.sleep(0.005)
    peer.writer.close()


async def hang_up(peer: Peer) -> None:
    """End the connection without an answer."""
    peer.drop()


async def babble(peer: Peer) -> None:
    """Answer with what is no HTTP."""
    await peer.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def cut_chunks(peer: Peer) -> None:
    """Begin a chunk, and end the connection."""
    await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc")
    peer.writer.close()


@pytest.mark.parametrize("handler", [cut, hang_up, babble, cut_chunks])
async def test_an_answer_that_breaks_off_may_have_been_carried_out(handler: Any) -> None:
    async with serve(handler) as server, server.client() as vonage:
        with pytest.raises(ConnectionFailed) as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert raised.value.sent
    assert len(server.requests) == 1


async def test_a_get_survives_an_answer_that_breaks_off() -> None:
    async def cut_first(peer: Peer) -> None:
        await (cut(peer) if peer.number == 1 else ok(peer))

    async with serve(cut_first) as server, server.client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 2


async def test_a_refused_connection_has_sent_nothing() -> None:
    server = Server(ok, url=f"http://127.0.0.1:{unused_port()}")
    async with server.client(max_retries=0) as vonage:
        with pytest.raises(ConnectionFailed, match="could not connect") as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent


async def test_a_host_that_has_no_address_has_been_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", no_address)
    server = Server(ok, url="https://no-such-host.invalid")
    async with server.client(max_retries=0) as vonage:
        with pytest.raises(ConnectionFailed) as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent


async def test_the_connection_of_a_cancelled_call_is_not_used_again() -> None:
    asked = asyncio.Event()

    async def late(peer: Peer) -> None:
        if b"slow" in peer.head:
            asked.set()
            await asyncio.sleep(0.02)
            await peer.send(http(b'{"brand_id": "of the cancelled call"}'))
        else:
            await peer.send(http(BRAND))

    async with serve(late) as server, server.client() as vonage:
        task = asyncio.create_task(vonage.ten_dlc.get_brand("slow"))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
        assert server.connections == 2
        await settled(lambda: len(server.peers) == 1)


async def test_cancelled_calls_end_and_harm_no_other() -> None:
    dice = random.Random(1)

    async def late(peer: Peer) -> None:
        await asyncio.sleep(dice.random() * 0.01)
        await peer.send(http(peer.head.split()[1].rpartition(b"/")[2].join([b'{"brand_id": "', b'"}'])))

    async def ask(vonage: Vonage, brand: str) -> None:
        while True:
            assert (await vonage.ten_dlc.get_brand(brand)).brand_id == brand

    async with serve(late) as server, server.client() as vonage:
        for _ in range(10):
            tasks = [asyncio.create_task(ask(vonage, f"B{number}")) for number in range(64)]
            await asyncio.sleep(dice.random() * 0.05)
            for task in tasks:
                task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=5)
            for task in pending:
                task.cancel()  # a second one gets through
            assert not pending
            assert all(task.cancelled() for task in tasks)
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


async def test_the_timeout_covers_a_body_that_drips() -> None:
    async def drip(peer: Peer) -> None:
        await peer.send(http(b"", length=10_000))
        while True:
            await peer.send(b" ")
            await asyncio.sleep(0.005)

    async with serve(drip) as server, server.client(timeout=0.05, max_retries=0) as vonage:
        with pytest.raises(TimedOut):
            await vonage.ten_dlc.get_brand("B1")
        await settled(lambda: not server.peers)


@pytest.mark.parametrize("announced", [True, False])
async def test_an_answer_that_is_too_large_is_not_read_to_its_end(announced: bool) -> None:
    async def flood(peer: Peer) -> None:
        await peer.send(http(b"", length=10**12) if announced else b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.send(b"x" * 65_536)

    async with serve(flood) as server, server.client(max_response_bytes=100_000) as vonage:
        with pytest.raises(ResponseTooLarge, match="100000 bytes"):
            await vonage.ten_dlc.get_brand("B1")
        await settled(lambda: not server.peers)


@pytest.mark.parametrize(
    ("begin", "endless"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Filler: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Filler: ", b"y"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: y\r\n"),
    ],
    ids=["headers", "a header", "interim answers", "trailers"],
)
async def test_a_head_without_an_end_is_not_read_for_ever(begin: bytes, endless: bytes) -> None:
    async def flood(peer: Peer) -> None:
        await peer.send(begin)
        while True:
            await peer.send(endless * 1_000)

    async with serve(flood) as server, server.client(timeout=1, max_retries=0) as vonage:
        with pytest.raises(TransportError):
            await vonage.ten_dlc.get_brand("B1")
        await settled(lambda: not server.peers)


async def test_a_header_with_a_line_break_is_not_sent(transport: str) -> None:
    async with serve() as server:
        kind = HTTPToolsConnection if transport == "fast" else HTTPCoreConnection
        pool = ConnectionPool(kind, max_response_bytes=1_000)
        for value in (b"a\r\nX: y", b"a\nb", b"a\rb"):
            with pytest.raises(ConnectionFailed) as raised:
                await pool.send(Request("GET", server.url, "/", [(b"Authorization", value)]))
            assert not raised.value.sent
            assert "X: y" not in str(raised.value)
        await pool.aclose()
    assert not server.requests


async def test_a_large_answer_is_read_whole() -> None:
    large = b'{"brand_id": "%s"}' % (b"x" * 3_000_000)

    async def answer(peer: Peer) -> None:
        await peer.send(http(large))

    async with serve(answer) as server, server.client() as vonage:
        assert len((await vonage.ten_dlc.get_brand("B1")).brand_id or "") == 3_000_000


async def test_a_large_request_is_sent_whole() -> None:
    from aiovonage.api.ten_dlc import UpdateBrand

    async with serve() as server, server.client() as vonage:
        await vonage.ten_dlc.update_brand("B1", UpdateBrand(company_name="x" * 3_000_000))
    assert server.requests[0].count(b"x") >= 3_000_000


ENCODED = [
    ("gzip", gzip.compress(BRAND, mtime=0)),
    ("GZIP", gzip.compress(BRAND, mtime=0)),
    ("x-gzip", gzip.compress(BRAND, mtime=0)),
    ("deflate", zlib.compress(BRAND)),
    ("deflate", zlib.compress(BRAND, wbits=-15)),
    ("identity", BRAND),
    ("gzip", gzip.compress(BRAND[:7], mtime=0) + gzip.compress(BRAND[7:], mtime=0)),
    ("gzip", gzip.compress(BRAND, mtime=0) + b"\0" * 100),
    ("gzip, identity", gzip.compress(BRAND, mtime=0)),
    ("deflate, gzip", gzip.compress(zlib.compress(BRAND), mtime=0)),
    ("utf-8", BRAND),
    ("aws-chunked", BRAND),
]


@pytest.mark.parametrize(("encoding", "body"), ENCODED)
async def test_content_encodings_are_undone(encoding: str, body: bytes) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(body, f"Content-Encoding: {encoding}"))

    async with serve(answer) as server, server.client() as vonage:
        raw = await vonage.with_raw_response.ten_dlc.get_brand("B1")
    assert raw.body == BRAND


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip", BRAND, "not gzip"),
        ("gzip", gzip.compress(BRAND, mtime=0)[:-9], "too early"),
    ],
)
async def test_what_cannot_be_undone_is_a_failed_connection(encoding: str, body: bytes, message: str) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(body, f"Content-Encoding: {encoding}"))

    async with serve(answer) as server, server.client(max_retries=0) as vonage:
        with pytest.raises(ConnectionFailed, match=message):
            await vonage.ten_dlc.get_brand("B1")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
async def test_an_encoding_that_was_not_asked_for_is_named_and_not_asked_for_again(encoding: str) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(b"\x0b\x08\x80", f"Content-Encoding: {encoding}"))

    async with serve(answer) as server, server.client() as vonage:
        with pytest.raises(DecodeError, match=encoding.rpartition(" ")[2]) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert (raised.value.status, raised.value.body) == (200, b"\x0b\x08\x80")
    assert len(server.requests) == 1


async def test_a_gzip_bomb_does_not_go_off() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)

    async def answer(peer: Peer) -> None:
        await peer.send(http(bomb, "Content-Encoding: gzip"))

    async with serve(answer) as server, server.client(max_response_bytes=1_000_000) as vonage:
        with pytest.raises(ResponseTooLarge):
            await vonage.ten_dlc.get_brand("B1")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS = {
    "chunked": (CHUNKED, b'5\r\n{"bra\r\n', b'd;x=y\r\nnd_id": "B1"}\r\n0\r\nTrailer: x\r\n\r\n'),
    "byte by byte": tuple(bytes([byte]) for byte in http(BRAND)),
    "until the end": (b"HTTP/1.1 200 OK\r\n\r\n" + BRAND,),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 18\r\n\r\n" + BRAND,),
    "after 100 and 103": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", http(BRAND)),
    "without a phrase": (http(BRAND, status="200 "),),
}


@pytest.mark.parametrize("parts", ANSWERS.values(), ids=ANSWERS)
async def test_answers_of_every_form(parts: tuple[bytes, ...]) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(*parts)
        if b"ength" not in parts[0] and b"chunked" not in parts[0] and len(parts) == 1:
            peer.writer.close()

    async with serve(answer) as server, server.client(max_retries=0) as vonage:
        for _ in range(2):
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


async def test_a_204_has_no_body_even_if_a_length_is_announced() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")

    async with serve(answer) as server, server.client(max_retries=0) as vonage:
        for _ in range(2):
            await vonage.ten_dlc.delete_brand("B1")
    assert server.connections == 1


async def test_a_body_after_a_204_harms_no_later_call() -> None:
    async def answer(peer: Peer) -> None:
        if peer.head.startswith(b"DELETE"):
            await peer.send(b'HTTP/1.1 204 No Content\r\n\r\n{"brand_id": "odd"}')
        else:
            await peer.send(http(BRAND))

    async with serve(answer) as server, server.client() as vonage:
        for _ in range(3):
            await vonage.ten_dlc.delete_brand("B1")
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"


async def test_what_follows_an_answer_is_not_taken_for_the_next_one() -> None:
    async def answer(peer: Peer) -> None:
        brand = peer.head.split()[1].rpartition(b"/")[2]
        await peer.send(http(b'{"brand_id": "%s"}' % brand) + http(b'{"brand_id": "of nobody"}'))

    async with serve(answer) as server, server.client(max_retries=0) as vonage:
        for brand in ("B1", "B2", "B3"):
            assert (await vonage.ten_dlc.get_brand(brand)).brand_id == brand


async def test_redirects_are_not_followed() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(b"", "Location: /elsewhere", status="307 Temporary Redirect"))

    async with serve(answer) as server, server.client() as vonage:
        with pytest.raises(Exception, match="307"):
            await vonage.ten_dlc.get_brand("B1")
    assert len(server.requests) == 1


async def test_an_error_answer_leaves_the_connection_in_use() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(b'{"title": "None"}', status="404 Not Found"))

    async with serve(answer) as server, server.client() as vonage:
        for _ in range(3):
            with pytest.raises(NotFound):
                await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 1


async def test_a_body_of_the_wrong_shape_leaves_the_connection_in_use() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(http(b"[]"))

    async with serve(answer) as server, server.client() as vonage:
        for _ in range(3):
            with pytest.raises(DecodeError):
                await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 1


async def test_closing_ends_idle_connections() -> None:
    async with serve() as server:
        async with server.client() as vonage:
            await asyncio.gather(*[vonage.ten_dlc.get_brand("B1") for _ in range(10)])
            assert server.peers
        await settled(lambda: not server.peers)


async def test_a_closed_client_sends_nothing_more() -> None:
    async with serve() as server:
        async with server.client(max_retries=0) as vonage:
            await vonage.ten_dlc.get_brand("B1")
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await vonage.ten_dlc.revet_brand("B1")
        await vonage.aclose()
    assert len(server.requests) == 1


async def test_a_client_that_is_closed_before_its_first_call_sends_nothing() -> None:
    async with serve() as server:
        vonage = server.client()
        await vonage.aclose()
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await vonage.ten_dlc.get_brand("B1")
    assert server.connections == 0


async def test_a_call_under_way_outlives_the_closing() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(peer: Peer) -> None:
        asked.set()
        await go_on.wait()
        await peer.send(http(BRAND))

    async with serve(late) as server:
        async with server.client() as vonage:
            task = asyncio.create_task(vonage.ten_dlc.get_brand("B1"))
            await asked.wait()
        go_on.set()
        assert (await task).brand_id == "B1"
        await settled(lambda: not server.peers)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def tls_of(certificate: Path) -> ssl.SSLContext:
    """What the server needs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def test_tls_with_a_trusted_certificate(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def answer(peer: Peer) -> None:
        await peer.send(http(b'{"brand_id": "%s"}' % (b"x" * 500_000)))

    async with serve(answer, tls=tls_of(certificate)) as server, server.client() as vonage:
        for _ in range(3):
            assert len((await vonage.ten_dlc.get_brand("B1")).brand_id or "") == 500_000
    assert server.connections == 1


async def test_tls_with_an_unknown_certificate_sends_nothing(certificate: Path) -> None:
    async with serve(tls=tls_of(certificate)) as server, server.client(max_retries=0) as vonage:
        with pytest.raises(ConnectionFailed, match=r"(?i)certificate") as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent
    assert not server.requests


async def test_tls_with_a_server_that_speaks_none_sends_nothing() -> None:
    async def greet(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with listener:
        server = Server(ok, url=f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
        async with server.client(max_retries=0) as vonage:
            with pytest.raises(TransportError) as raised:
                await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent
