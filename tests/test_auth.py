"""Credentials: what is sent for each scheme, and that none is ever shown."""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from aiovonage import ConfigurationError, Vonage, VonageError
from aiovonage._core.auth.schemes import signature

SECRETS = {"api_secret": "s3cr3t-of-the-account", "signature_secret": "s1gn-with-this-secret"}


class Recorder:
    """Keeps requests and answers each alike."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.requests: list[httpx.Request] = []
        self.status = status
        self.body = {"brand_id": "B1", "id": "1"} if body is None else body

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status == 0:
            raise httpx.ReadError(f"broken: {request.url} {request.headers}")
        return httpx.Response(self.status, json=self.body)

    def client(self, **settings: Any) -> Vonage:
        """A client whose requests are kept."""
        return Vonage(transport=httpx.MockTransport(self), **settings)


def claims_of(request: httpx.Request, private_key: str) -> dict[str, Any]:
    """The claims of a request's token, its signature checked."""
    key = load_pem_private_key(private_key.encode(), None).public_key()
    token = request.headers["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT"}
    return dict(jwt.decode(token, key, algorithms=["RS256"]))  # type: ignore[arg-type]


async def test_a_token_has_the_documented_claims_and_is_reused(private_key: str) -> None:
    recorder = Recorder()
    async with recorder.client(application_id="app", private_key=private_key) as vonage:
        await vonage.users.get_user("USR-1")
        await vonage.users.get_user("USR-2")
    first, second = recorder.requests
    assert first.headers["authorization"] == second.headers["authorization"]
    claims = claims_of(first, private_key)
    assert claims["application_id"] == "app"
    assert claims["exp"] - claims["iat"] == 900
    assert claims.keys() == {"application_id", "iat", "exp", "jti"}


async def test_a_token_is_renewed_before_it_ends(private_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, now = Recorder(), [2_000_000_000.0]
    monkeypatch.setattr("aiovonage._core.auth.schemes.time", SimpleNamespace(time=lambda: now[0]))
    async with recorder.client(application_id="app", private_key=private_key) as vonage:
        for passed in (0, 800, 45, 30):
            now[0] += passed
            await vonage.users.get_user("USR-1")
    tokens = [request.headers["authorization"] for request in recorder.requests]
    assert tokens[0] == tokens[1]
    assert tokens[2] != tokens[0]
    assert tokens[3] == tokens[2]


async def test_optional_claims_are_added(private_key: str) -> None:
    recorder = Recorder()
    acl: dict[str, Any] = {"paths": {"/*/users/**": {}}}
    settings = {"application_id": "app", "private_key": private_key, "jwt_acl": acl, "jwt_sub": "me", "jwt_ttl": 60}
    async with recorder.client(**settings) as vonage:
        await vonage.users.get_user("USR-1")
    claims = claims_of(recorder.requests[0], private_key)
    assert (claims["acl"], claims["sub"], claims["exp"] - claims["iat"]) == (acl, "me", 60)


async def test_the_private_key_may_be_a_path(private_key: str, tmp_path: Path) -> None:
    path = tmp_path / "private.key"
    path.write_text(private_key, "utf-8")
    for given in (path, str(path)):
        recorder = Recorder()
        async with recorder.client(application_id="app", private_key=given) as vonage:
            await vonage.users.get_user("USR-1")
        assert claims_of(recorder.requests[0], private_key)


@pytest.mark.parametrize("given", ["/no/such/file", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBK", "x" * 5000, "nul\0nul"])
def test_a_private_key_that_is_none_is_told_without_quoting_it(given: str) -> None:
    with pytest.raises(ConfigurationError, match="private_key") as raised:
        Vonage(application_id="app", private_key=given)
    assert given not in str(raised.value)


async def test_a_damaged_key_is_told_without_quoting_it() -> None:
    damaged = "-----BEGIN PRIVATE KEY-----\nAAAAsecretAAAA\n-----END PRIVATE KEY-----\n"
    async with Recorder().client(application_id="app", private_key=damaged) as vonage:
        with pytest.raises(ConfigurationError, match="private_key") as raised:
            await vonage.users.get_user("USR-1")
    assert "AAAAsecretAAAA" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
async def test_requests_are_signed(method: str) -> None:
    recorder = Recorder(body={"opt-in-list": []})
    settings = {"api_key": "abcd", "signature_secret": "my&secret", "signature_method": method}
    async with recorder.client(**settings) as vonage:
        await vonage.opt_ins.manage(msisdn="1555&666=7")
    pairs = dict(parse_qsl(recorder.requests[0].url.query.decode()))
    sig, timestamp = pairs.pop("sig"), pairs["timestamp"]
    text = f"&api_key=abcd&msisdn=1555_666_7&timestamp={timestamp}"
    if method == "md5hash":
        expected = hashlib.md5(f"{text}my&secret".encode()).hexdigest()
    else:
        expected = hmac.new(b"my&secret", text.encode(), method).hexdigest()
    assert sig == expected
    assert pairs.keys() == {"api_key", "msisdn", "timestamp"}


def test_the_order_of_parameters_does_not_matter_to_a_signature() -> None:
    pairs = [("b", "2"), ("a", "1"), ("sig", "ignored")]
    assert signature(pairs, "x", "sha256") == signature(pairs[::-1], "x", "sha256")


async def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VONAGE_API_KEY", "from-environment")
    monkeypatch.setenv("VONAGE_API_SECRET", "secret")
    recorder = Recorder()
    async with recorder.client() as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert recorder.requests[0].headers["authorization"] == "Basic ZnJvbS1lbnZpcm9ubWVudDpzZWNyZXQ="


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:80", "https://user:pw@example.com", "https://x.example/v1"],
)
def test_a_base_url_that_would_leak_or_break_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as raised:
        Vonage(base_url=url)
    assert "user:pw" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:9", "https://api.example.com/"]
)
def test_a_base_url_of_this_machine_or_of_tls_is_taken(url: str) -> None:
    Vonage(base_url=url)
    Vonage(base_url="http://example.com", allow_insecure_http=True)


@pytest.mark.parametrize("status", [200, 401, 429, 500, 0])
@pytest.mark.parametrize("call", ["basic", "jwt", "query", "signature"])
async def test_no_credential_is_ever_shown(
    call: str, status: int, private_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    recorder = Recorder(status, {"title": "x", "retry_after": 0})
    given: dict[str, Any] = {"api_key": "abcd1234", "max_retries": 1}
    if call != "signature":
        given["api_secret"] = SECRETS["api_secret"]
    if call == "signature":
        given["signature_secret"] = SECRETS["signature_secret"]
    given |= {"application_id": "app", "private_key": private_key}
    shown = io.StringIO()
    async with recorder.client(**given) as vonage:
        print(repr(vonage), repr(vonage._session), vars(vonage), file=shown)
        try:
            match call:
                case "basic":
                    await vonage.ten_dlc.get_brand("B1")
                case "jwt":
                    await vonage.users.get_user("USR-1")
                case _:
                    await vonage.opt_ins.manage(msisdn="15550001111")
        except VonageError as error:
            print(repr(error), str(error), vars(error), file=shown)
            traceback.print_exception(error, file=shown)
    request = recorder.requests[0]
    text = shown.getvalue() + caplog.text
    secrets = [*SECRETS.values(), "".join(private_key.splitlines()[1:3]), private_key.splitlines()[1]]
    authorization = request.headers.get("authorization", "").partition(" ")[2]
    sig = request.url.params.get("sig")
    for secret in filter(None, [*secrets, authorization, sig]):
        assert secret not in text
