"""Verifies signed webhooks: that Vonage has sent them, and nobody has changed their body."""

from __future__ import annotations

import hashlib
import hmac
import warnings
from typing import Any

from aiovonage.core.errors import ConfigurationError, VonageError

LEEWAY = 30
"""Seconds by which the clocks of sender and receiver may differ."""


class InvalidSignature(VonageError):
    """A webhook that is not to be trusted: do not act on it, and answer 401."""


def verify(token: str, body: bytes | str, secret: str, *, leeway: float = LEEWAY) -> dict[str, Any]:
    """Verify a signed webhook.

        claims = verify(request.headers["Authorization"], await request.body(), signature_secret)

    The token is a JWT (HS256) over the account's signature secret; its claim `payload_hash` is the SHA-256 of the body.
    These are public facts of Vonage's SDKs; the documents do not speak of them.

    Args:
        token: The `Authorization` header, with or without `Bearer`.
        body: The body, exactly as it came.
        secret: The account's signature secret.
        leeway: Seconds by which the clocks may differ.

    Returns:
        The claims: `api_key`, `application_id`, `iat`, `jti`, `payload_hash` and what else there is.

    Raises:
        InvalidSignature: when the token, its time or the body's hash is wrong.
        ConfigurationError: when there is no secret.
    """
    if not secret:
        raise ConfigurationError("secret: a webhook cannot be verified without the account's signature secret")
    import jwt  # slow to import

    scheme, _, rest = token.strip().partition(" ")
    encoded = rest.strip() if scheme.lower() == "bearer" else token.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # PyJWT warns of short secrets: how long it is, is not the receiver's choice
            claims: dict[str, Any] = jwt.decode(
                encoded, secret, algorithms=["HS256"], leeway=leeway, options={"require": ["iat"], "verify_aud": False}
            )
    except jwt.PyJWTError as error:
        raise InvalidSignature(f"the token is not valid: {error}") from None
    content = body.encode() if isinstance(body, str) else body
    said = claims.get("payload_hash")
    found = hashlib.sha256(content).hexdigest()
    if not isinstance(said, str) or not hmac.compare_digest(said.lower().encode(), found.encode()):
        raise InvalidSignature("the body is not the one that was signed")
    return claims
