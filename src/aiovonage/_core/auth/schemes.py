"""Authentication schemes, which add credentials to requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from typing import TYPE_CHECKING, Any

from aiovonage._core.auth.credentials import Credentials, SignatureMethod, ignored_variables
from aiovonage._core.auth.private_key import why_unusable
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiovonage._core.operation import Operation

__all__ = ["Authenticator", "Credentials", "SignatureMethod", "signature"]

JWT_MARGIN = 60
"""Seconds before its expiry at which a token is replaced."""

JWT_BACKDATE = 30
"""Seconds by which `iat` is set back, since a server whose clock is behind refuses a token from the future."""

_NEEDS = {
    "jwt": ("application_id", "private_key"),
    "basic": ("api_key", "api_secret"),
    "apiKeySecret": ("api_key", "api_secret"),
    "signature": ("api_key", "signature_secret"),
}


class Authenticator:
    """Chooses the strongest scheme that the credentials allow, and applies it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._schemes: dict[tuple[str, ...], str] = {}
        self._basic: tuple[bytes, bytes] | None = None
        self._token: tuple[bytes, bytes] | None = None
        self._token_issued = 0
        self._token_replaced = 0.0

    @property
    def account(self) -> str:
        """The account whose rate limit the requests count towards."""
        return self._credentials.api_key or self._credentials.application_id or ""

    def scheme(self, operation: Operation[Any]) -> str:
        """The scheme for an operation.

        Raises:
            ConfigurationError: if the credentials allow none; the message names what is missing.
        """
        found = self._schemes.get(operation.security)
        if found is None:
            found = self._schemes[operation.security] = self._strongest(operation) if operation.security else ""
        return found

    def _strongest(self, operation: Operation[Any]) -> str:
        missing = []
        for scheme in operation.security:
            lacking = [name for name in _NEEDS[scheme] if not getattr(self._credentials, name)]
            if not lacking:
                return scheme
            missing.append(lacking)
        words = ", or ".join(" and ".join(lacking) for lacking in missing)
        ignored = ignored_variables(sorted({name for lacking in missing for name in lacking}))
        why = f" ({', '.join(ignored)} not read, because another credential was given)" if ignored else ""
        raise ConfigurationError(f"{operation.id} needs credentials: {words} missing{why}")

    def headers(self, scheme: str) -> Iterable[tuple[bytes, bytes]]:
        """The headers that a scheme adds to a request."""
        if scheme == "basic":
            return (self._basic or self._basic_header(),)
        if scheme == "jwt":
            return (self._bearer_header(),)
        return ()

    def query(self, scheme: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The query with the parameters that a scheme adds."""
        if scheme == "basic" or scheme == "jwt":  # noqa: PLR1714 - most requests, and a set takes longer
            return pairs
        credentials = self._credentials
        if scheme == "apiKeySecret":
            return [*pairs, ("api_key", credentials.api_key or ""), ("api_secret", credentials.api_secret or "")]
        if scheme == "signature":
            pairs = [*pairs, ("api_key", credentials.api_key or ""), ("timestamp", str(int(time.time())))]
            sig = signature(pairs, credentials.signature_secret or "", credentials.signature_method or "sha256")
            return [*pairs, ("sig", sig)]
        return pairs

    def _basic_header(self) -> tuple[bytes, bytes]:
        if self._basic is None:
            pair = f"{self._credentials.api_key}:{self._credentials.api_secret}".encode()
            self._basic = (b"Authorization", b"Basic " + base64.b64encode(pair))
        return self._basic

    def _bearer_header(self) -> tuple[bytes, bytes]:
        now = time.time()
        # The first comparison is for a clock that was set back: the server would refuse a token from the future.
        if self._token is None or not self._token_issued <= now < self._token_replaced:
            ttl = self._credentials.jwt_ttl
            issued = int(now) - min(JWT_BACKDATE, ttl // 4)
            self._token = (b"Authorization", b"Bearer " + self._new_token(issued).encode("ascii"))
            self._token_issued = issued
            left = issued + ttl - int(now)
            self._token_replaced = int(now) + left - min(JWT_MARGIN, left / 2)
        return self._token

    def _new_token(self, issued: int) -> str:
        import jwt  # slow to import, and only some operations need it

        credentials = self._credentials
        claims: dict[str, object] = {
            "application_id": credentials.application_id,
            "iat": issued,
            "exp": issued + credentials.jwt_ttl,
            "jti": str(uuid.uuid4()),
        }
        if credentials.jwt_acl is not None:
            claims["acl"] = credentials.jwt_acl
        if credentials.jwt_sub is not None:
            claims["sub"] = credentials.jwt_sub
        try:
            return jwt.encode(claims, str(credentials.private_key), algorithm="RS256")
        except (
            ValueError,
            TypeError,
            AttributeError,
            jwt.PyJWTError,
        ) as error:  # a public key has no sign()
            reason = why_unusable(str(credentials.private_key), type(error).__name__)
        # Raised outside the handler, so that the error has no context whose frames hold the key.
        raise ConfigurationError(f"private_key is not an RSA private key that can sign tokens: {reason}")


def signature(pairs: Iterable[tuple[str, str]], secret: str, method: SignatureMethod) -> str:
    """The `sig` of a signed request, in lower-case hex.

    It covers all parameters but `sig`, sorted by name, each as `&name=value` with `&` and `=` in values replaced by
    `_`, as in Vonage's own SDKs. The document only says "a hash of the parameters in alphabetical order".
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
