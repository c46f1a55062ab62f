"""Which credentials are taken, and what is said of those that are missing. The rest is in tests/test_auth.py."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aiovonage import ConfigurationError, ConnectionFailed, Vonage, VonageError
from tests.core.answers import Answer, Answers, an_operation
from tests.core.server import Peer, Server, http, serve

BASIC = {"api_key": "k", "api_secret": "s3cr3t"}
SIGNED = {"api_key": "k", "signature_secret": "s1gn"}


def scheme_of(answers: Answers) -> str:
    """How the last request was authenticated."""
    request = answers.requests[-1]
    authorization = request.headers.get("authorization", "").partition(" ")[0]
    return authorization or ("sig" if "sig" in request.url.params else "api_secret")


@pytest.mark.parametrize(
    ("security", "given", "expected"),
    [
        (("jwt", "basic"), ["jwt", "basic"], "Bearer"),
        (("jwt", "basic"), ["basic"], "Basic"),
        (("jwt", "basic"), ["jwt"], "Bearer"),
        (("signature", "apiKeySecret"), ["basic", "signature"], "sig"),
        (("signature", "apiKeySecret"), ["basic"], "api_secret"),
        (("apiKeySecret",), ["basic", "signature", "jwt"], "api_secret"),
    ],
)
async def test_the_strongest_scheme_that_the_credentials_permit(
    security: tuple[str, ...], given: list[str], expected: str, private_key: str
) -> None:
    jwt = {"application_id": "app", "private_key": private_key}
    all_credentials = {"basic": BASIC, "signature": SIGNED, "jwt": jwt}
    settings: dict[str, Any] = {}
    for name in given:
        settings |= all_credentials[name]
    answers = Answers()
    async with answers.client(**settings) as vonage:
        await vonage._session.call(an_operation(security=security))
    assert scheme_of(answers) == expected


@pytest.mark.parametrize(
    ("security", "settings", "missing"),
    [
        (("basic",), {"api_key": "k"}, "api_secret missing"),
        (("basic",), {"application_id": "a"}, "api_key and api_secret missing"),
        (("jwt",), {"application_id": "a"}, "private_key missing"),
        (("jwt", "basic"), {"api_key": "k"}, "application_id and private_key, or api_secret missing"),
        (("signature",), BASIC, "signature_secret missing"),
    ],
)
async def test_a_missing_credential_is_named_before_anything_is_sent(
    security: tuple[str, ...], settings: dict[str, Any], missing: str
) -> None:
    answers = Answers()
    async with answers.client(**settings) as vonage:
        with pytest.raises(ConfigurationError, match=f"things.get_thing needs credentials: {missing}"):
            await vonage._session.call(an_operation(security=security))
    assert not answers.requests
    assert not vonage.throttle.snapshot()


def an_encrypted_key() -> bytes:
    """An RSA key that needs a passphrase."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )


def a_key_of_another_kind() -> bytes:
    """An elliptic one."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def a_public_key() -> bytes:
    """The wrong half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("make", [an_encrypted_key, a_key_of_another_kind, a_public_key])
async def test_a_key_of_the_wrong_kind_is_told_without_quoting_it(make: Any) -> None:
    pem = make().decode()
    answers = Answers()
    async with answers.client(application_id="app", private_key=pem) as vonage:
        with pytest.raises(ConfigurationError, match="private_key is no RSA private key") as raised:
            await vonage.users.get_user("USR-1")
    assert pem.splitlines()[1] not in "".join(traceback.format_exception(raised.value))
    assert not answers.requests


async def test_every_setting_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, private_key: str, tmp_path: Any
) -> None:
    key = tmp_path / "private.key"
    key.write_text(private_key)
    for name, value in {
        "API_KEY": "env-key",
        "API_SECRET": "env-secret",
        "APPLICATION_ID": "env-app",
        "PRIVATE_KEY": str(key),
        "SIGNATURE_SECRET": "env-sign",
        "SIGNATURE_METHOD": "sha512",
        "BASE_URL": "http://127.0.0.1:1234",
    }.items():
        monkeypatch.setenv(f"VONAGE_{name}", value)
    answers = Answers()
    async with answers.client(api_key="given") as vonage:
        for security in ("basic", "jwt", "signature"):
            await vonage._session.call(an_operation(security=(security,)))
    basic, jwt, signed = answers.requests
    assert basic.headers["authorization"] == "Basic Z2l2ZW46ZW52LXNlY3JldA=="
    assert jwt.headers["authorization"].startswith("Bearer ")
    assert len(signed.url.params["sig"]) == 128
    assert {request.url.netloc for request in answers.requests} == {b"127.0.0.1:1234"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api_key": "a:b"}, "api_key"),
        ({"signature_method": "crc32"}, "signature_method"),
        ({"jwt_ttl": 0}, "jwt_ttl"),
        ({"jwt_ttl": 86_401}, "jwt_ttl"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
    ],
)
def test_a_malformed_setting_is_told_at_once(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Vonage(**settings)


@pytest.mark.parametrize("failure", ["refused", "dropped", "babble", "unauthorized"])
async def test_no_credential_of_the_query_is_shown_when_the_network_fails(
    failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def fail(peer: Peer) -> None:
        match failure:
            case "dropped":
                peer.drop()
            case "babble":
                await peer.send(peer.head)  # what came in goes back
            case _:
                await peer.send(http(status="401 Unauthorized"))

    async with serve(fail) as server:
        url = server.url if failure != "refused" else "http://127.0.0.1:1"
        async with Server(fail, url=url).client(api_secret="s3cr3t", max_retries=1) as vonage:
            with pytest.raises(VonageError) as raised:
                await vonage.opt_ins.manage(msisdn="15550001111")
    if failure == "refused":
        assert isinstance(raised.value, ConnectionFailed)
    else:
        assert b"s3cr3t" in server.requests[0]
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + str(vars(raised.value))
    logged = [str(record.getMessage()) for record in caplog.records if record.name.startswith("aiovonage")]
    assert logged
    assert "s3cr3t" not in shown + "".join(logged)
    assert failure == "babble" or "s3cr3t" not in caplog.text


async def test_a_token_is_made_once_for_many_tasks(private_key: str) -> None:
    answers = Answers()
    async with answers.client(application_id="app", private_key=private_key) as vonage:
        await asyncio.gather(*[vonage.users.get_user("USR-1") for _ in range(20)])
    assert len({request.headers["authorization"] for request in answers.requests}) == 1


async def test_a_retry_is_signed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_000, 2_000))
    monkeypatch.setattr("aiovonage.core.auth.time.time", lambda: next(moments))
    answers = Answers(Answer(500, b""), Answer(200, {}))
    async with answers.client(**SIGNED) as vonage:
        await vonage._session.call(an_operation(security=("signature",)))
    first, second = (request.url.params for request in answers.requests)
    assert first["timestamp"] != second["timestamp"]
    assert first["sig"] != second["sig"]
