"""Credentials, and the schemes that put them on a request."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from aiovonage.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiovonage.core.operation import Operation

SignatureMethod = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]

JWT_TTL = 900
"""Seconds for which a token is good, unless told otherwise (15 minutes; Vonage admits 24 hours)."""

JWT_TTL_MAX = 86_400
JWT_MARGIN = 60
"""Seconds before its end at which a token is replaced."""

_NEEDS = {
    "jwt": ("application_id", "private_key"),
    "basic": ("api_key", "api_secret"),
    "apiKeySecret": ("api_key", "api_secret"),
    "signature": ("api_key", "signature_secret"),
}


@attrs.frozen(kw_only=True)
class Credentials:
    """What the account has. Its secrets are not in its repr.

    Attributes:
        api_key: The account's API key.
        api_secret: The account's API secret.
        application_id: The application whose tokens are made.
        private_key: The application's private key, as PEM text.
        signature_secret: The account's signature secret.
        signature_method: How requests are signed.
        jwt_ttl: Seconds for which a token is good.
        jwt_acl: The paths that a token is good for, as Vonage's `acl` claim.
        jwt_sub: The user that a token speaks for.
    """

    api_key: str | None = None
    api_secret: str | None = attrs.field(default=None, repr=False)
    application_id: str | None = None
    private_key: str | None = attrs.field(default=None, repr=False)
    signature_secret: str | None = attrs.field(default=None, repr=False)
    signature_method: SignatureMethod = "sha256"
    jwt_ttl: int = JWT_TTL
    jwt_acl: object = None
    jwt_sub: str | None = None


def private_key_text(given: str | Path | None) -> str | None:
    """The private key as PEM text, from text or from a path.

    Raises:
        ConfigurationError: when it is neither.
    """
    if given is None or (isinstance(given, str) and given.lstrip().startswith("-----BEGIN")):
        return given
    try:
        return Path(given).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = (
            getattr(error, "strerror", None) or type(error).__name__
        )  # the text may be a damaged key: it is not quoted
        raise ConfigurationError(
            f"private_key is neither PEM text nor the path of a readable file ({reason})"
        ) from None


class Authenticator:
    """Chooses the strongest scheme that the credentials permit, and applies it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._basic: tuple[bytes, bytes] | None = None
        self._token: tuple[bytes, bytes] | None = None
        self._token_ends = 0.0

    @property
    def account(self) -> str:
        """Whose rate limit the requests count towards."""
        return self._credentials.api_key or self._credentials.application_id or ""

    def scheme(self, operation: Operation) -> str:
        """The scheme for an operation.

        Raises:
            ConfigurationError: when the credentials permit none, naming the operation and what is missing.
        """
        if not operation.security:
            return ""
        missing = []
        for scheme in operation.security:
            lacking = [name for name in _NEEDS[scheme] if not getattr(self._credentials, name)]
            if not lacking:
                return scheme
            missing.append(" and ".join(lacking))
        raise ConfigurationError(f"{operation.id} needs credentials: {', or '.join(missing)} missing")

    def headers(self, scheme: str) -> Iterable[tuple[bytes, bytes]]:
        """The headers that a scheme adds to a request."""
        if scheme == "basic":
            return (self._basic_header(),)
        if scheme == "jwt":
            return (self._bearer_header(),)
        return ()

    def query(self, scheme: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The query with what a scheme adds to it."""
        credentials = self._credentials
        if scheme == "apiKeySecret":
            return [*pairs, ("api_key", credentials.api_key or ""), ("api_secret", credentials.api_secret or "")]
        if scheme == "signature":
            pairs = [*pairs, ("api_key", credentials.api_key or ""), ("timestamp", str(int(time.time())))]
            sig = signature(pairs, credentials.signature_secret or "", credentials.signature_method)
            return [*pairs, ("sig", sig)]
        return pairs

    def _basic_header(self) -> tuple[bytes, bytes]:
        if self._basic is None:
            pair = f"{self._credentials.api_key}:{self._credentials.api_secret}".encode()
            self._basic = (b"Authorization", b"Basic " + base64.b64encode(pair))
        return self._basic

    def _bearer_header(self) -> tuple[bytes, bytes]:
        now = time.time()
        if self._token is None or now >= self._token_ends - min(JWT_MARGIN, self._credentials.jwt_ttl / 2):
            self._token = (b"Authorization", b"Bearer " + self._new_token(int(now)).encode("ascii"))
            self._token_ends = int(now) + self._credentials.jwt_ttl
        return self._token

    def _new_token(self, now: int) -> str:
        import jwt  # slow to import, and only some operations need it

        credentials = self._credentials
        claims: dict[str, object] = {
            "application_id": credentials.application_id,
            "iat": now,
            "exp": now + credentials.jwt_ttl,
            "jti": str(uuid.uuid4()),
        }
        if credentials.jwt_acl is not None:
            claims["acl"] = credentials.jwt_acl
        if credentials.jwt_sub is not None:
            claims["sub"] = credentials.jwt_sub
        try:
            return jwt.encode(claims, credentials.private_key or "", algorithm="RS256")
        except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:  # a public key has no way to sign
            raise ConfigurationError(
                f"private_key is no RSA private key in PEM form ({type(error).__name__})"
            ) from None


def signature(pairs: Iterable[tuple[str, str]], secret: str, method: SignatureMethod) -> str:
    """The `sig` of a signed request, in lower-case hex.

    Over all parameters but `sig`, sorted by name, each as `&name=value` with `&` and `=` in values replaced by `_`. The
    public facts of Vonage's SDKs say so; the document names only "a hash of the parameters in alphabetical order".
    """
    parts = [
        f"&{name}={value.replace('&', '_').replace('=', '_')}"
        for name, value in sorted(pairs, key=lambda pair: pair[0])
        if name != "sig"
    ]
    text = "".join(parts)
    if method == "md5hash":
        return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text.encode(), method).hexdigest()


def validated(credentials: Credentials) -> Credentials:
    """The credentials, when they are well formed.

    Raises:
        ConfigurationError: naming what is not.
    """
    if credentials.api_key is not None and ":" in credentials.api_key:
        raise ConfigurationError("api_key must not contain a colon")
    if credentials.signature_method not in {"md5hash", "md5", "sha1", "sha256", "sha512"}:
        raise ConfigurationError("signature_method must be one of md5hash, md5, sha1, sha256, sha512")
    if not 1 <= credentials.jwt_ttl <= JWT_TTL_MAX:
        raise ConfigurationError(f"jwt_ttl must be from 1 to {JWT_TTL_MAX} seconds")
    return credentials
