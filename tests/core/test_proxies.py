"""Requests through a proxy, with both transports of our own."""

from __future__ import annotations

import ssl
import traceback
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from httpx._client import BaseClient

from aiovonage import ConfigurationError, ConnectionFailed, TimedOut, Vonage
from aiovonage._core.http.proxies import environment_proxy
from tests.core.proxy_server import proxy
from tests.core.server import Peer, Server, http, ok, serve

pytestmark = pytest.mark.usefixtures("transport")

SECRET = "s3cr3t-of-the-proxy"


class Authority:
    """An authority, its file, and the certificate of a server on this machine."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.path = str(folder / "ca.pem")
        self.authority.cert_pem.write_to_path(self.path)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(self.server)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def test_the_proxy_of_the_environment_forwards_plain_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve() as server, proxy() as through:
        monkeypatch.setenv("HTTP_PROXY", through.url)
        async with server.client() as vonage:
            for _ in range(2):
                await vonage.ten_dlc.get_brand("B1")
                await vonage.ten_dlc.revet_brand("B1")
    assert through.asked[:2] == [
        f"GET {server.url}/v1/10dlc/brands/B1 HTTP/1.1",
        f"POST {server.url}/v1/10dlc/brands/B1/revet HTTP/1.1",
    ]
    assert f"\r\nhost: {server.url.removeprefix('http://')}\r\n".encode() in server.requests[0].lower()
    assert len(server.requests) == 4


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_the_proxy_of_the_environment_opens_tunnels(
    variable: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(tls=authority.server) as server, proxy() as through:
        monkeypatch.setenv(variable, through.url.removeprefix("http://"))  # a scheme is not needed
        async with server.client(verify=authority.path) as vonage:
            for _ in range(3):
                await vonage.ten_dlc.get_brand("B1")
        assert through.asked == [f"CONNECT {server.url.removeprefix('https://')} HTTP/1.1"]
        assert b"authorization" not in through.heads[0].lower(), "the proxy is told nothing that is not for it"
        assert (len(server.requests), server.connections) == (3, 1)


async def test_a_proxy_that_is_given_comes_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    async with serve() as server, proxy() as through:
        async with server.client(proxy=through.url) as vonage:
            await vonage.ten_dlc.get_brand("B1")
        assert len(through.asked) == 1


async def test_without_trust_env_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with serve() as server, server.client(trust_env=False) as vonage:
        await vonage.ten_dlc.get_brand("B1")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_user_and_password(scheme: str, authority: Authority) -> None:
    tls = authority.server if scheme == "https" else None
    async with serve(tls=tls) as server, proxy(user=f"me@home:{SECRET}/é") as through:
        url = through.url.replace("//", f"//me%40home:{SECRET}%2F%C3%A9@")
        async with server.client(proxy=url, verify=authority.path) as vonage:
            await vonage.ten_dlc.get_brand("B1")
            assert SECRET not in repr(vonage.__dict__) + repr(vonage._session.transport)
    assert len(server.requests) == 1
    if tls:
        assert b"proxy-authorization" not in server.requests[0].lower()


async def test_a_proxy_of_https(authority: Authority) -> None:
    async with serve(tls=authority.server) as server, proxy(tls=authority.server) as through:
        async with server.client(proxy=through.url, verify=authority.path) as vonage:
            for _ in range(2):
                await vonage.ten_dlc.get_brand("B1")
        assert len(through.asked) == 1


async def test_a_proxy_that_does_not_know_us_is_not_asked_again(authority: Authority) -> None:
    async with serve(tls=authority.server) as server, proxy(user="me:other") as through:
        url = through.url.replace("//", f"//me:{SECRET}@")
        async with server.client(proxy=url, verify=authority.path) as vonage:
            with pytest.raises(ConnectionFailed, match=r"407 Proxy Authentication Required\. Give") as raised:
                await vonage.ten_dlc.revet_brand("B1")
    assert (raised.value.sent, len(through.asked)) == (False, 1)
    assert through.url.removeprefix("http://") in str(raised.value)
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    for frame in shown.stack:
        if "aiovonage" in frame.filename and "/tests/" not in frame.filename:
            for name, value in (frame.locals or {}).items():
                assert SECRET not in value, (frame.name, name)
                assert b64encode(f"me:{SECRET}".encode()).decode() not in value, (frame.name, name)


REFUSALS = {
    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!": "403 Forbidden",
    b"HTTP/1.0 503 \r\n\r\n": "503",
    b"SSH-2.0-OpenSSH\r\n\r\n": "not HTTP",
    b"": "closed the connection",
}


@pytest.mark.parametrize(("refusal", "message"), REFUSALS.items(), ids=REFUSALS.values())
async def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(
    refusal: bytes, message: str, authority: Authority
) -> None:
    async with (
        serve(tls=authority.server) as server,
        proxy(refusal=refusal) as through,
        server.client(proxy=through.url, verify=authority.path, max_retries=1) as vonage,
    ):
        with pytest.raises(ConnectionFailed, match=message) as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent
    assert through.url.removeprefix("http://") in str(raised.value)
    assert len(through.asked) == 2
    assert not server.requests


async def test_a_certificate_behind_a_tunnel_is_checked(authority: Authority) -> None:
    async with (
        serve(tls=authority.server) as server,
        proxy() as through,
        server.client(proxy=through.url) as vonage,
    ):
        with pytest.raises(ConnectionFailed, match=r"certificate .* is not trusted") as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert (raised.value.sent, raised.value.permanent, len(through.asked)) == (False, True, 1)
    assert f"through the proxy {through.url.removeprefix('http://')}" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("socks5://127.0.0.1:1080", r"httpx\[socks\]"),
        ("ftp://127.0.0.1", "http://"),
        (f"me:{SECRET}@host:80:80", "URL of a proxy"),
        ("http://", "URL of a proxy"),
        ("http://host:99999", "URL of a proxy"),
    ],
)
async def test_what_is_no_proxy_is_named_and_not_quoted(
    url: str, message: str, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        Vonage(proxy=url)
    assert SECRET not in str(raised.value)
    if "://" in url:
        monkeypatch.setenv("ALL_PROXY", url)
        async with Server(ok, url="http://127.0.0.1:1").client() as vonage:
            with pytest.raises(ConfigurationError, match=f"ALL_PROXY .*{message}"):
                await vonage.ten_dlc.get_brand("B1")


@pytest.mark.parametrize("option", [{"proxy": "http://p:1"}, {"verify": False}, {"max_connections": 5}])
def test_options_that_a_given_transport_would_ignore_are_refused(option: Any) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with pytest.raises(ConfigurationError, match=f"{next(iter(option))} .*transport that you give"):
        Vonage(transport=transport, **option)


NO_PROXY = [
    "",
    "*",
    "example.com",
    ".example.com",
    "api.example.com",
    "ample.com",
    "EXAMPLE.com",
    "https://example.com",
    "http://example.com",
    "https://api.example.com",
    "all://example.com",
    "localhost",
    "localhost, example.com",
    "127.0.0.1",
    "127.0.0.1,*",
    "::1",
    "other.org",
    ",,",
]
TARGETS = [
    "https://example.com",
    "https://api.example.com",
    "http://api.example.com",
    "https://example.com:8443",
    "https://myexample.com",
    "http://localhost:8080",
    "https://sub.localhost",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
]


@pytest.mark.parametrize("no_proxy", NO_PROXY)
def test_no_proxy_means_what_it_means_to_httpx(no_proxy: str, monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    if transport == "fast":
        pytest.skip("the same for both")
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    proxies: dict[str, Any] = BaseClient()._get_proxy_map(None, True)
    from httpx._utils import URLPattern

    patterns = sorted((URLPattern(key), value) for key, value in proxies.items())
    for target in TARGETS:
        url = httpx.URL(target)
        expected = next((value for pattern, value in patterns if pattern.matches(url)), None)
        found = environment_proxy(url.scheme, url.host, url.port or {"https": 443, "http": 80}[url.scheme])
        assert (found and found[0]) == (expected and str(expected.url)), target


@pytest.mark.parametrize(
    ("no_proxy", "direct"), [("example.com:443", True), ("example.com:8443", False), ("example.com:x", False)]
)
def test_a_port_in_no_proxy_counts_when_the_url_leaves_it_out(
    no_proxy: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To httpx it does not."""
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (environment_proxy("https", "api.example.com", 443) is None) == direct


async def test_a_request_that_is_too_slow_to_connect_to_its_proxy_was_not_sent(authority: Authority) -> None:
    async def mute(peer: Peer) -> None:
        await peer.send(http(b"{}")[:5])

    async with (
        serve(mute) as silent,
        serve(tls=authority.server) as server,
        server.client(proxy=silent.url, connect_timeout=0.1, max_retries=0) as vonage,
    ):
        with pytest.raises(TimedOut, match=r"within 0\.1 seconds \(connect_timeout\)") as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent
