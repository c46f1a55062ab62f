"""Checks credentials against the schemes that an operation accepts."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qsl

import attrs
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from aiovonage._core.auth.schemes import SignatureMethod, signature
from aiovonage.sandbox.problems import unauthorized


@attrs.frozen(kw_only=True, repr=False)
class Account:
    """The credentials that the sandbox accepts.

    Attributes:
        api_key: The API key.
        api_secret: The API secret.
        application_id: The id of the first application.
        signature_secret: The secret of signed requests and webhooks.
    """

    api_key: str = "abcd1234"
    api_secret: str = attrs.field(factory=lambda: secrets.token_hex(8))
    application_id: str = "78d335fa-323d-0114-9c3d-d6f0d48968cf"
    signature_secret: str = attrs.field(factory=lambda: secrets.token_hex(16))


@cache
def key_pair() -> tuple[str, str]:
    """The private and the public key of the first application, as PEM. Making them is slow, so a process does it
    once.
    """
    return new_key_pair()


def new_key_pair() -> tuple[str, str]:
    """A private and a public RSA key, as PEM."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), public.decode()


class Authentication:
    """Checks the credentials of requests.

    Args:
        account: The credentials.
        public_key: Returns the public key of an application, given its id; None if there is no such application.
    """

    def __init__(self, account: Account, public_key: Callable[[str], str | None]) -> None:
        self._account = account
        self._public_key = public_key
        self._basic = base64.b64encode(f"{account.api_key}:{account.api_secret}".encode())
        self._checks = {
            "basic": self._is_basic,
            "jwt": self._is_token,
            "apiKeySecret": self._is_key_and_secret,
            "signature": self._is_signed,
        }

    def check(self, schemes: tuple[str, ...], authorization: bytes, query: str) -> None:
        """Check a request.

        Raises:
            ProblemResponse: 401 if it satisfies none of the schemes.
        """
        if not any(self._checks[scheme](authorization, query) for scheme in schemes):
            raise unauthorized()

    def _is_basic(self, authorization: bytes, _: str) -> bool:
        kind, given = _scheme_and_value(authorization)
        if kind != b"basic":
            return False
        if hmac.compare_digest(given, self._basic):
            return True
        try:
            pair = base64.b64decode(given, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(pair, f"{self._account.api_key}:{self._account.api_secret}".encode())

    def _is_token(self, authorization: bytes, _: str) -> bool:
        kind, token = _scheme_and_value(authorization)
        if kind != b"bearer":
            return False
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            key = self._public_key(str(claims.get("application_id")))
            if key is None:
                return False
            jwt.decode(token, key, algorithms=["RS256"], options={"require": ["iat", "exp", "jti"]})
        except jwt.PyJWTError:
            return False
        return True

    def _is_key_and_secret(self, _: bytes, query: str) -> bool:
        given = dict(parse_qsl(query))
        key, secret = given.get("api_key", ""), given.get("api_secret", "")
        return key == self._account.api_key and hmac.compare_digest(secret.encode(), self._account.api_secret.encode())

    def _is_signed(self, _: bytes, query: str) -> bool:
        pairs = parse_qsl(query)
        given = dict(pairs)
        if given.get("api_key") != self._account.api_key or "timestamp" not in given or "sig" not in given:
            return False
        methods: tuple[SignatureMethod, ...] = ("md5hash", "md5", "sha1", "sha256", "sha512")
        return any(
            hmac.compare_digest(signature(pairs, self._account.signature_secret, method), given["sig"].lower())
            for method in methods
        )


def _scheme_and_value(authorization: bytes) -> tuple[bytes, bytes]:
    scheme, _, value = authorization.partition(b" ")
    return scheme.lower(), value.strip()
