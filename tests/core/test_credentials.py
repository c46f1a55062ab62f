"""Which credentials are taken, and what is said of those that are missing. The rest is in tests/test_auth.py."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aiovonage import ConfigurationError, ConnectionFailed, Vonage, VonageError
from aiovonage._core.auth.credentials import Credentials, loaded
from aiovonage._core.auth.private_key import private_key_text
from aiovonage._core.auth.schemes import Authenticator
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
    token = {"application_id": "app", "private_key": private_key}
    all_credentials = {"basic": BASIC, "signature": SIGNED, "jwt": token}
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


def a_damaged_key() -> bytes:
    """One that was cut off in the middle."""
    return b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (an_encrypted_key, "it is encrypted; decrypt it first: openssl pkey"),
        (a_key_of_another_kind, "it is a key of another kind, such as an elliptic one"),
        (a_public_key, "it is a public key; give the private key"),
        (a_damaged_key, "it is damaged"),
    ],
)
async def test_a_key_of_the_wrong_kind_is_told_without_quoting_it(make: Any, reason: str) -> None:
    pem = make().decode()
    answers = Answers()
    async with answers.client(application_id="app", private_key=pem) as vonage:
        with pytest.raises(ConfigurationError, match="private_key is not an RSA private key") as raised:
            await vonage.users.get_user("USR-1")
    assert reason in str(raised.value)
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
    async with Vonage(transport=httpx.MockTransport(answers)) as vonage:
        for security in ("basic", "jwt", "signature"):
            await vonage._session.call(an_operation(security=(security,)))
    basic, bearer, signed = answers.requests
    assert basic.headers["authorization"] == "Basic ZW52LWtleTplbnYtc2VjcmV0"
    assert bearer.headers["authorization"].startswith("Bearer ")
    assert len(signed.url.params["sig"]) == 128
    assert {request.url.netloc for request in answers.requests} == {b"127.0.0.1:1234"}


CREDENTIALS = ["api_key", "api_secret", "application_id", "private_key", "signature_secret"]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, private_key: str) -> pytest.MonkeyPatch:
    """One that has every credential."""
    for name in CREDENTIALS:
        monkeypatch.setenv(f"VONAGE_{name.upper()}", private_key if name == "private_key" else f"env-{name}")
    monkeypatch.setenv("VONAGE_SIGNATURE_METHOD", "md5")
    return monkeypatch


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("empty", [False, True])
def test_a_credential_that_is_given_makes_the_environment_count_for_nothing(
    name: str, empty: bool, environment: pytest.MonkeyPatch, private_key: str
) -> None:
    given: Any = "" if empty else private_key if name == "private_key" else "given"
    settings: dict[str, Any] = {name: given}
    credentials = loaded(Credentials(**settings))
    assert credentials.signature_method == "sha256"
    for other in CREDENTIALS:
        assert getattr(credentials, other) == ((given or None) if other == name else None)


async def test_a_variable_that_is_not_read_is_named(environment: pytest.MonkeyPatch) -> None:
    async with Answers().client(api_key="given") as vonage:
        with pytest.raises(ConfigurationError) as raised:
            await vonage._session.call(an_operation(security=("basic",)))
    assert str(raised.value) == (
        "things.get_thing needs credentials: api_secret missing"
        " (VONAGE_API_SECRET not read, because another credential was given)"
    )


@pytest.mark.parametrize("value", ["", " ", "\n"])
async def test_an_empty_variable_counts_as_unset(value: str, environment: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_SECRET", "PRIVATE_KEY", "SIGNATURE_SECRET", "SIGNATURE_METHOD", "BASE_URL"):
        environment.setenv(f"VONAGE_{name}", value)
    vonage = Vonage()
    assert repr(vonage) == "Vonage(account='env-application_id')"
    assert vonage._session.base_url is None
    assert loaded(Credentials()).signature_method == "sha256"


def forms_of(pem: str) -> dict[str, Any]:
    """A key as people have it."""
    return {
        "as it is": pem,
        "bytes": pem.encode(),
        "bytes with a byte order mark": pem.encode("utf-8-sig"),
        "literal line ends": pem.replace("\n", "\\n"),
        "literal line ends of Windows": pem.replace("\n", "\\r\\n"),
        "literal line ends, in quotation marks": f'"{pem}"'.replace("\n", "\\n"),
        "in quotation marks": f'"{pem}"',
        "in single ones, twice": f"''{pem}''",
        "on one line": pem.replace("\n", " "),
        "without line ends": pem.replace("\n", ""),
        "carriage returns": pem.replace("\n", "\r\n"),
        "carriage returns alone": pem.replace("\n", "\r"),
        "white space around": f"\n\t {pem} \n\n",
        "indented": "".join(f"    {line}\n" for line in pem.splitlines()),
        "byte order mark": f"\ufeff{pem}",
        "base64": base64.b64encode(pem.encode()).decode(),
        "base64 on many lines": base64.encodebytes(pem.encode()).decode(),
        "words before and after": f"Bag Attributes\n    localKeyID: 01\n{pem}\nthe end\n",
    }


@pytest.mark.parametrize("form", forms_of(""))
@pytest.mark.parametrize("place", ["argument", "environment", "file"])
async def test_a_private_key_is_taken_in_every_form_that_people_have(
    form: str,
    place: str,
    private_key: str,
    rsa_key: rsa.RSAPrivateKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = forms_of(private_key)[form]
    settings: dict[str, Any] = {"application_id": "app", "private_key": given}
    if place == "file":
        settings["private_key"] = tmp_path / "private.key"
        settings["private_key"].write_bytes(given if isinstance(given, bytes) else given.encode())
    elif place == "environment":
        if isinstance(given, bytes):
            pytest.skip("the environment has text")
        monkeypatch.setenv("VONAGE_PRIVATE_KEY", given)
        monkeypatch.setenv("VONAGE_APPLICATION_ID", "app")
        settings = {}
    answers = Answers(Answer(200, {"id": "USR-1"}))
    async with Vonage(transport=httpx.MockTransport(answers), **settings) as vonage:
        await vonage.users.get_user("USR-1")
    token = answers.requests[0].headers["authorization"].removeprefix("Bearer ")
    assert jwt.decode(token, rsa_key.public_key(), algorithms=["RS256"])["application_id"] == "app"


@pytest.mark.parametrize("form", ["{}", "{}\n", '"{}"', " {} "])
async def test_a_path_may_begin_with_a_tilde_and_have_white_space_or_quotation_marks_around_it(
    form: str, private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my keys").mkdir()
    (tmp_path / "my keys" / "private.key").write_text(private_key, "utf-16")
    for path in ("~/my keys/private.key", str(tmp_path / "my keys" / "private.key")):
        assert private_key_text(form.format(path)) == private_key
    assert private_key_text(Path("~/my keys/private.key")) == private_key


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("./keys/private.key", "(No such file or directory: 'private.key' in 'keys')"),
        ("~nobody-at-all/private.key", "private_key is neither PEM text nor the path of a readable file"),
        ("/", "(Is a directory"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEv", "it was cut off"),
        ("MIIEv" + "Q" * 400, "has no lines -----BEGIN PRIVATE KEY-----"),
        (b"\xff\x00\x81", "bytes must be those of a PEM file"),
        (5, "must be PEM text or a path, not int"),
    ],
)
def test_the_message_says_what_is_wrong_with_a_private_key(given: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Vonage(application_id="app", private_key=given)
    assert message in str(raised.value)
    assert str(raised.value).startswith("private_key ")


def test_a_file_without_a_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no key here")
    with pytest.raises(ConfigurationError, match=r"names a file that holds no PEM key: 'notes\.txt' in"):
        Vonage(application_id="app", private_key=path)


async def test_white_space_around_a_credential_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    answers = Answers(Answer(200, {"brand_id": "B1"}))
    async with answers.client(api_key=" k\n", api_secret="s3cr3t\r\n") as vonage:
        await vonage.ten_dlc.get_brand("B1")
    assert answers.requests[0].headers["authorization"] == "Basic azpzM2NyM3Q="
    assert "api_secret has white space around it" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_quotation_marks_around_a_secret_are_sent_and_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded(Credentials(api_secret='"s3cr3t"')).api_secret == '"s3cr3t"'
    assert "api_secret is in quotation marks" in caplog.text
    assert "s3cr3t" not in caplog.text


SECRET = "T0PS3CR3T"


@pytest.mark.parametrize(
    "settings",
    [
        {"api_secret": SECRET.encode()},
        {"api_secret": f"{SECRET}\n{SECRET}"},
        {"api_secret": f"{SECRET}\udc80"},
        {"signature_secret": [SECRET]},
        {"private_key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}"},
        {"private_key": SECRET * 100},
        {"private_key": [SECRET]},
        {"api_secret": SECRET, "base_url": "http://example.com"},
        {"api_secret": SECRET, "jwt_ttl": 0},
        {"signature_secret": SECRET, "signature_method": "crc32"},
        {"api_secret": SECRET, "timeout": -1},
        {"api_secret": SECRET, "transport": "pigeon"},
    ],
)
@pytest.mark.parametrize("place", ["arguments", "environment"])
def test_a_malformed_setting_leaves_no_secret_in_the_locals_of_a_traceback(
    settings: dict[str, Any], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "environment":
        for name in settings.keys() & {"api_secret", "private_key", "signature_secret"}:
            value = settings[name]
            if isinstance(value, str):
                monkeypatch.setenv(f"VONAGE_{name.upper()}", value)
                settings = {key: value for key, value in settings.items() if key != name}
    with pytest.raises(ConfigurationError) as raised:
        Vonage(**settings)
    assert SECRET not in locals_of(raised.value)


async def test_a_key_that_cannot_sign_leaves_nothing_in_the_locals_of_a_traceback() -> None:
    body = base64.b64encode(SECRET.encode() * 20).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    async with Answers().client(application_id="app", private_key=pem) as vonage:
        with pytest.raises(ConfigurationError) as raised:
            await vonage.users.get_user("USR-1")
    assert body[:60] not in locals_of(raised.value)
    assert raised.value.__context__ is None


def locals_of(error: BaseException) -> str:
    """What a traceback shows that has the locals of our frames."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in shown.stack if "aiovonage" in frame.filename and "tests" not in frame.filename]
    assert frames
    return str([frame.locals for frame in frames])


@pytest.mark.parametrize("ttl", [1, 10, 60, 900, 86_400])
def test_a_token_is_older_than_it_is_and_lasts_no_longer_than_its_ttl(ttl: int, private_key: str) -> None:
    authenticator = Authenticator(Credentials(application_id="app", private_key=private_key, jwt_ttl=ttl))
    claims = token_of(authenticator)
    now = time.time()
    assert claims["exp"] - claims["iat"] == ttl
    assert claims["iat"] <= now
    assert claims["exp"] > now - 1
    if ttl >= 900:
        assert 25 < now - claims["iat"] < 60


@pytest.mark.parametrize("jump", [-7200, -600, 7200])
def test_a_token_does_not_outlive_a_clock_that_is_set_right(
    jump: int, private_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator = Authenticator(Credentials(application_id="app", private_key=private_key))
    now = time.time()
    monkeypatch.setattr("aiovonage._core.auth.schemes.time", SimpleNamespace(time=lambda: now))
    token_of(authenticator)
    now += jump
    claims = token_of(authenticator)
    assert claims["iat"] <= now < claims["exp"]


def token_of(authenticator: Authenticator) -> dict[str, Any]:
    """The claims of the token that it would send."""
    ((_, value),) = authenticator.headers("jwt")
    return dict(jwt.decode(value.split()[1], options={"verify_signature": False}))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api_key": "a:b"}, "api_key"),
        ({"signature_method": "crc32"}, "signature_method"),
        ({"jwt_ttl": 0}, "jwt_ttl"),
        ({"jwt_ttl": 86_401}, "jwt_ttl"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "30"}, "timeout must be a positive number of seconds, or None; it is '30'"),
        ({"timeout": float("nan")}, "timeout"),
        ({"connect_timeout": "10"}, "connect_timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": "4"}, "max_retries must be a whole number, 0 or more; it is '4'"),
        ({"max_retries": True}, "max_retries"),
        ({"max_retry_after": "60"}, "max_retry_after"),
        ({"max_retry_after": None}, "max_retry_after"),
        ({"max_connections": "100"}, "max_connections"),
        ({"max_connections": 0}, "max_connections"),
        ({"max_response_bytes": "1"}, "max_response_bytes"),
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
    monkeypatch.setattr("aiovonage._core.auth.schemes.time", SimpleNamespace(time=lambda: next(moments)))
    answers = Answers(Answer(500, b""), Answer(200, {}))
    async with answers.client(**SIGNED) as vonage:
        await vonage._session.call(an_operation(security=("signature",)))
    first, second = (request.url.params for request in answers.requests)
    assert first["timestamp"] != second["timestamp"]
    assert first["sig"] != second["sig"]
