"""Signed webhooks are taken from Vonage alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from aiovonage import ConfigurationError, VonageError
from aiovonage.webhooks import InvalidSignature, verify, verify_sig

SECRET = "a signature secret that is long enough for HS512, that is: sixty-four bytes"
BODY = b'{"to":"14155550110"}'


def token(secret: str = SECRET, algorithm: str = "HS256", body: bytes = BODY, **claims: Any) -> str:
    """A token as Vonage makes it."""
    payload = {
        "api_key": "abcd1234",
        "iat": int(time.time()),
        "jti": "1",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        **claims,
    }
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, secret, algorithm)


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "{}", " Bearer  {} "])
def test_a_signed_webhook_gives_its_claims(header: str) -> None:
    assert verify(header.format(token()), BODY, SECRET)["api_key"] == "abcd1234"
    assert verify(header.format(token()), BODY.decode(), SECRET)["jti"] == "1"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        token(secret=SECRET[::-1]),
        token(algorithm="HS512"),
        token(body=b"another body"),
        token(payload_hash=None),
        token(payload_hash=7),
        token(iat=None),
        token(iat=int(time.time()) + 3600),
        token(exp=int(time.time()) - 3600),
        jwt.encode({"iat": int(time.time()), "payload_hash": hashlib.sha256(BODY).hexdigest()}, None, "none"),  # type: ignore[arg-type]
    ],
)
def test_anything_else_is_refused(bad: str) -> None:
    with pytest.raises(InvalidSignature) as refused:
        verify(bad, BODY, SECRET)
    assert isinstance(refused.value, VonageError)
    assert SECRET not in str(refused.value)


def test_a_short_secret_is_taken_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signed = token(secret="short")
    assert verify(signed, BODY, "short")["jti"] == "1"
    assert not recwarn.list


MALFORMED: list[Any] = [
    None,
    b"Bearer x.y.z",
    {"Authorization": "x"},
    5,
    ["Bearer x.y.z"],
    "Bearer \udc80.a.b",
    "Bearer \0.\0.\0",
    "Bearer é.é.é",
    *(
        f"Bearer {base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.e30.eA"
        for header in (
            b"[" * 3000,
            b"[" * 3000 + b"]" * 3000,
            b'{"a":' * 3000,
            b'{"alg":' + b"9" * 5000 + b"}",
            b'{"alg":["HS256"]}',
            b'{"alg":{"HS256":1}}',
            b'{"alg":"HS256","b64":false}',
            b'{"alg":"HS256","crit":1}',
            b'{"alg":"HS256","kid":1}',
            b"[]",
            b"null",
            b'{"alg":"HS256\xff"}',
        )
    ),
    token().encode(),
    token(iat="yesterday"),
    token(iat=10**400),
    token(iat=True),
    token(exp=float("inf")),
    token(nbf=[1]),
    token(payload_hash=["x"]),
    token(payload_hash="\udc80"),
]


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda value: str(value)[:40].encode("ascii", "replace").decode())
def test_whatever_a_sender_makes_up_is_an_invalid_signature(malformed: Any) -> None:
    with pytest.raises(InvalidSignature):
        verify(malformed, BODY, SECRET, max_age=None)


@pytest.mark.parametrize("body", [{"to": "14155550110"}, ["x"], 5, object()])
def test_a_body_that_was_parsed_is_an_invalid_signature_that_says_so(body: Any) -> None:
    with pytest.raises(InvalidSignature, match="verify before you parse it"):
        verify(token(), body, SECRET)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_body_may_be_any_kind_of_bytes(kind: Any) -> None:
    assert verify(token(), kind(BODY), SECRET)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (lambda: None, "there is no token"),
        (lambda: "", "there is no token"),
        (lambda: "Bearer ", "there is no token"),
        (lambda: token(payload_hash=None), "the token has no payload_hash"),
        (lambda: token(secret=SECRET[::-1]), "not signed with this secret$"),
        (lambda: token(body=b"other"), "the body is not the one that was signed"),
        (lambda: token(iat=int(time.time()) - 1000), r"is 1\d\d\d seconds old, more than max_age=300"),
    ],
)
def test_the_message_says_what_is_wrong(header: Callable[[], str | None], message: str) -> None:
    with pytest.raises(InvalidSignature, match=message):
        verify(header(), BODY, SECRET)


@pytest.mark.parametrize(
    ("age", "max_age", "good"),
    [(290, 300, True), (310, 300, False), (365 * 86_400, None, True), (5, 0, False), (3000, 3600, True)],
)
def test_a_webhook_may_not_be_older_than_max_age(age: int, max_age: float | None, good: bool) -> None:
    old = token(iat=int(time.time()) - age)
    if good:
        assert verify(old, BODY, SECRET, max_age=max_age)
    else:
        with pytest.raises(InvalidSignature, match="seconds old"):
            verify(old, BODY, SECRET, max_age=max_age)


def test_a_webhook_of_a_year_ago_is_too_old_unless_told_otherwise() -> None:
    with pytest.raises(InvalidSignature, match="old"):
        verify(token(iat=int(time.time()) - 365 * 86_400), BODY, SECRET)
    with pytest.raises(InvalidSignature, match="old"):
        verify(token(iat=1.5), BODY, SECRET)


def test_the_sender_may_be_ahead_by_the_leeway() -> None:
    assert verify(token(iat=int(time.time()) + 20), BODY, SECRET)
    with pytest.raises(InvalidSignature):
        verify(token(iat=int(time.time()) + 20), BODY, SECRET, leeway=0)


@pytest.mark.parametrize("settings", [{"max_age": -1}, {"max_age": float("nan")}, {"leeway": -1}, {"max_age": "300"}])
def test_a_limit_that_is_not_a_number_of_seconds_is_a_configuration_error(settings: Any) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        verify(token(), BODY, SECRET, **settings)


@pytest.mark.parametrize(
    "secrets", [[SECRET], ["another secret", SECRET], (SECRET, "x"), {SECRET, "x"}, iter(["", None, SECRET])]
)
def test_one_of_several_secrets_has_signed(secrets: Any) -> None:
    assert verify(token(), BODY, secrets)["jti"] == "1"


def test_none_of_several_secrets_has_signed() -> None:
    with pytest.raises(InvalidSignature, match="this secret or any of the others"):
        verify(token(), BODY, ["one", "two"])


@pytest.mark.parametrize("secret", ["", " ", None, [], [""], [None], [b"x"], 5])
def test_no_secret_is_a_configuration_error(secret: Any) -> None:
    for call in (lambda: verify(token(), BODY, secret), lambda: verify_sig(sms(), secret)):
        with pytest.raises(ConfigurationError, match="secret"):
            call()


def test_white_space_that_a_secret_file_leaves_behind_does_no_harm() -> None:
    assert verify(token(), BODY, f"{SECRET}\n")
    assert verify_sig(sms(), f" {SECRET}\r\n", method="sha256", max_age=None)


@pytest.mark.parametrize("body", [b"", "", None])
def test_a_webhook_by_get_has_no_body_and_needs_no_hash(body: Any) -> None:
    assert verify(token(payload_hash=None), body, SECRET)["jti"] == "1"
    assert verify(token(body=b""), body, SECRET)["jti"] == "1"
    with pytest.raises(InvalidSignature, match="not the one that was signed"):
        verify(token(), body, SECRET)


def test_threads_leave_the_filters_of_warnings_alone() -> None:
    """With 32 bytes PyJWT does not warn, with fewer it would."""
    before = list(warnings.filters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signed = token(secret="short")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(lambda _: verify(signed, BODY, "short"), range(400)))
    finally:
        sys.setswitchinterval(interval)
    assert list(warnings.filters) == before


@pytest.mark.parametrize("secret", [SECRET, [SECRET, "another"]])
def test_a_refusal_leaves_no_secret_in_the_locals_of_a_traceback(secret: Any) -> None:
    for call in (lambda: verify(token(), BODY + b"x", secret), lambda: verify_sig({"sig": "x"}, secret)):
        with pytest.raises(InvalidSignature) as raised:
            call()
        shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        ours = [frame.locals for frame in shown.stack if frame.filename.endswith("aiovonage/webhooks.py")]
        assert any(ours)
        assert SECRET not in str(ours)
        assert raised.value.__context__ is None


def sms(method: str = "sha256", **changes: str) -> dict[str, str]:
    """A webhook of the SMS API."""
    pairs = {"msisdn": "1555", "text": "a&b=c", "empty": "", "timestamp": str(int(time.time())), **changes}
    text = "".join(f"&{name}={pairs[name].replace('&', '_').replace('=', '_')}" for name in sorted(pairs))
    if method == "md5hash":
        return {**pairs, "sig": hashlib.md5(f"{text}{SECRET}".encode()).hexdigest()}
    return {**pairs, "sig": hmac.new(SECRET.encode(), text.encode(), method).hexdigest().upper()}


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_webhook_that_is_signed_by_a_parameter(method: Any) -> None:
    signed = sms(method)
    for given in (signed, list(signed.items()), urlencode(signed), "?" + urlencode(signed), urlencode(signed).encode()):
        assert verify_sig(given, SECRET, method=method) == signed
    assert verify_sig(signed, ["another", SECRET], method=method) == signed
    with pytest.raises(InvalidSignature, match=f"by {method}"):
        verify_sig({**signed, "text": "changed"}, SECRET, method=method)
    with pytest.raises(InvalidSignature):
        verify_sig({**signed, "added": "x"}, SECRET, method=method)


def test_the_usual_method_is_md5hash() -> None:
    assert verify_sig(sms("md5hash"), SECRET)
    with pytest.raises(ConfigurationError, match="method"):
        verify_sig(sms(), SECRET, method="crc32")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        lambda pairs: {},
        lambda pairs: {**pairs, "sig": ""},
        lambda pairs: {**pairs, "sig": "é"},
        lambda pairs: {**pairs, "sig": "\udc80"},
        lambda pairs: {**pairs, "text": "\udc80"},
        lambda pairs: {**pairs, "text": ["a"]},
        lambda pairs: {**pairs, "text": None},
        lambda pairs: [*pairs.items(), (5, "x")],
        lambda pairs: [*pairs.items(), ("text", "again")],
        lambda pairs: [("a", "b", "c")],
        lambda pairs: 5,
        lambda pairs: None,
        lambda pairs: b"\xff\xfe",
        lambda pairs: "%%%",
        lambda pairs: "",
    ],
)
def test_parameters_that_a_sender_makes_up_are_an_invalid_signature(change: Any) -> None:
    with pytest.raises(InvalidSignature):
        verify_sig(change(sms()), SECRET, method="sha256")


@pytest.mark.parametrize(
    "timestamp",
    [str(int(time.time()) - 400), "2020-01-01", "", "9" * 4000, "-1", "²"],
    ids=["400 seconds ago", "a date", "none", "too long", "negative", "a digit that is not ASCII"],
)
def test_the_timestamp_of_the_parameters_is_checked(timestamp: str) -> None:
    signed = sms(timestamp=timestamp)
    with pytest.raises(InvalidSignature, match=r"old|does not say when"):
        verify_sig(signed, SECRET, method="sha256")


def test_without_max_age_a_timestamp_is_not_needed() -> None:
    signed = {name: value for name, value in sms().items() if name not in {"timestamp", "sig"}}
    text = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(signed.items()))
    signed["sig"] = hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()
    assert verify_sig(signed, SECRET, method="sha256", max_age=None)
    with pytest.raises(InvalidSignature, match="does not say when"):
        verify_sig(signed, SECRET, method="sha256")


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verify(token(), BODY + b" ", SECRET)


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(ConfigurationError):
        verify(token(), BODY, "")
