"""Signed webhooks are taken from Vonage alone."""

from __future__ import annotations

import hashlib
import time
import warnings
from typing import Any

import jwt
import pytest

from aiovonage import ConfigurationError, VonageError
from aiovonage.webhooks import InvalidSignature, verify

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


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verify(token(), BODY + b" ", SECRET)


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(ConfigurationError):
        verify(token(), BODY, "")
