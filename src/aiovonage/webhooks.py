"""Verifies signed webhooks: that Vonage sent them, recently, and that nobody changed them.

The signature follows Vonage's public SDKs, since the documents do not describe it.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any, get_args
from urllib.parse import parse_qsl

from aiovonage._core.auth.credentials import SignatureMethod
from aiovonage._core.auth.schemes import signature
from aiovonage.errors import ConfigurationError, VonageError

MAX_AGE = 300.0
"""The default age in seconds after which a webhook is rejected. Stripe and Slack use five minutes, too."""

LEEWAY = 30.0
"""Seconds by which the clocks of sender and receiver may differ."""

_BLOCK = 64
"""The block size of SHA-256, in bytes."""


class InvalidSignature(VonageError):
    """A webhook that cannot be trusted. Do not act on it, and respond with 401."""


def verify(
    token: str | None,
    body: bytes | str | None,
    secret: str | Iterable[str | None],
    *,
    max_age: float | None = MAX_AGE,
    leeway: float = LEEWAY,
) -> dict[str, Any]:
    """Verify a signed webhook.

        claims = verify(request.headers.get("Authorization"), await request.body(), signature_secret)

    The token is a JWT, signed with the account's signature secret (HS256). Its claim `payload_hash` is the SHA-256 of
    the body. It has no expiry, so `max_age` limits how long a recorded webhook can be replayed. Store the claim `jti`
    if you must handle each webhook only once.

    A webhook that is sent by GET has no body, and its token may have no `payload_hash`. Its query is not signed.

    Args:
        token: The `Authorization` header, with or without `Bearer`.
        body: The body, exactly as received; None or empty for none.
        secret: The account's signature secret, or several of them, as during a rotation or for several accounts. One of
            them must have signed the token.
        max_age: The most seconds since the token was issued; None for no limit.
        leeway: Seconds by which the clocks may differ.

    Returns:
        The claims: `api_key`, `application_id`, `iat`, `jti`, `payload_hash` and any others.

    Raises:
        InvalidSignature: if the token, its time or the hash of the body is wrong, missing or malformed.
        ConfigurationError: if there is no secret, or `max_age` or `leeway` is not a number of seconds.
    """
    keys = _keys(secret)
    del secret
    _check_seconds(max_age, leeway)
    if not keys:
        raise ConfigurationError("secret: a webhook cannot be verified without the account's signature secret")
    claims, problem = _verified(token, body, keys, max_age, leeway)
    del keys, token  # a traceback with locals would show them
    if claims is None:
        raise InvalidSignature(problem)
    return claims


def verify_sig(
    parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | str | bytes,
    secret: str | Iterable[str | None],
    *,
    method: SignatureMethod = "md5hash",
    max_age: float | None = MAX_AGE,
    leeway: float = LEEWAY,
) -> dict[str, str]:
    """Verify a webhook of the SMS API, which has a signature in the parameter `sig`.

        parameters = verify_sig(request.query_params, signature_secret)

    `sig` covers all other parameters. One of them, `timestamp`, is when the webhook was sent. For the webhooks of newer
    APIs, use `verify`.

    Args:
        parameters: The parameters: a mapping, pairs, or the query or form as received.
        secret: The account's signature secret, or several; see `verify`.
        method: The signature method in the account's settings: md5hash, md5, sha1, sha256 or sha512.
        max_age: The most seconds since the webhook was sent; None for no limit, with which `timestamp` may be missing.
        leeway: Seconds by which the clocks may differ.

    Returns:
        The parameters.

    Raises:
        InvalidSignature: if `sig` or the time is wrong, missing or malformed.
        ConfigurationError: if there is no secret, the method is unknown, or `max_age` or `leeway` is not a number of
            seconds.
    """
    keys = _keys(secret)
    del secret
    _check_seconds(max_age, leeway)
    if not keys:
        raise ConfigurationError("secret: a webhook cannot be verified without the account's signature secret")
    if method not in get_args(SignatureMethod):
        raise ConfigurationError(f"method must be one of {', '.join(get_args(SignatureMethod))}")
    pairs = _pairs(parameters)
    if pairs is None:
        problem = "the parameters are not pairs of text, each name once"
    else:
        problem = _wrong_sig(pairs, keys, method) or _wrong_timestamp(pairs, max_age, leeway)
    del keys
    if pairs is None or problem:
        raise InvalidSignature(problem)
    return pairs


def _keys(secret: object) -> list[str]:
    """The secrets, each as given and without the white space that files leave around it."""
    if isinstance(secret, bytes):
        secret = secret.decode("utf-8", "surrogateescape")
    given = [secret] if isinstance(secret, str) else list(secret) if isinstance(secret, Iterable) else []
    texts = [text for text in given if isinstance(text, str)]
    return list(dict.fromkeys(form for text in texts for form in (text, text.strip()) if form.strip()))


def _check_seconds(max_age: object, leeway: object) -> None:
    for name, value in (("max_age", 0 if max_age is None else max_age), ("leeway", leeway)):
        if not isinstance(value, int | float) or not value >= 0:
            raise ConfigurationError(f"{name} must be a number of seconds, 0 or more")


def _verified(
    token: object, body: object, keys: list[str], max_age: float | None, leeway: float
) -> tuple[dict[str, Any] | None, str]:
    """The claims and an empty string; or None and what is wrong."""
    if token is None or (isinstance(token, str) and token.strip().lower() in {"", "bearer"}):
        return None, "there is no token: the Authorization header is missing or empty"
    if not isinstance(token, str):
        return None, f"the token must be text, not {type(token).__name__}"
    content = _content(body)
    if content is None:
        return None, f"the body must be the received bytes, not {type(body).__name__}: verify before you parse it"
    scheme, _, rest = token.strip().partition(" ")
    claims, problem = _claims(rest.strip() if scheme.lower() == "bearer" else token.strip(), keys, leeway)
    if claims is None:
        return None, problem
    problem = _too_old(claims.get("iat"), max_age, leeway)
    if problem:
        return None, problem
    said = claims.get("payload_hash")
    if said is None:
        return (claims, "") if not content else (None, "the token has no payload_hash, so the body is not signed")
    found = hashlib.sha256(content).hexdigest()
    if not isinstance(said, str) or not hmac.compare_digest(said.lower().encode("utf-8", "replace"), found.encode()):
        return None, "the body is not the one that was signed"
    return claims, ""


def _content(body: object) -> bytes | None:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else None


def _claims(encoded: str, keys: list[str], leeway: float) -> tuple[dict[str, Any] | None, str]:
    import jwt  # slow to import

    problem = ""
    for key in keys:
        # HMAC pads a key with zeros, so a padded key is the same key (RFC 2104, section 2). PyJWT warns of short keys,
        # which the receiver did not choose, and a warning cannot be silenced for one thread only.
        padded = key.encode("utf-8", "surrogatepass").ljust(_BLOCK, b"\0")
        try:
            claims: object = jwt.decode(
                encoded,
                padded,
                algorithms=["HS256"],
                leeway=leeway,
                options={"require": ["iat"], "verify_aud": False, "verify_sub": False, "verify_jti": False},
            )
        except jwt.InvalidSignatureError:
            problem = "the token is not signed with this secret" + (" or any of the others" if len(keys) > 1 else "")
        except Exception as error:  # the sender may send anything, such as an array with 3,000 levels
            words = str(error) if isinstance(error, jwt.PyJWTError) else type(error).__name__
            return None, f"the token is not valid: {words[:200]}"
        else:
            return (claims, "") if isinstance(claims, dict) else (None, "the token has no claims")
    return None, problem


def _too_old(made_at: object, max_age: float | None, leeway: float) -> str:
    """What is wrong with the time at which a webhook was sent (Unix time); empty if nothing is."""
    if isinstance(made_at, bool) or not isinstance(made_at, int | float):
        return "the webhook does not say when it was sent"
    try:
        age = time.time() - made_at
    except OverflowError:
        age = -math.inf
    if not age >= -leeway:
        return "the webhook is from the future: compare the clocks"
    if max_age is not None and age > max_age:
        return f"the webhook is {age:.0f} seconds old, more than max_age={max_age:g}: it may be a copy of an old one"
    return ""


def _pairs(parameters: object) -> dict[str, str] | None:
    """The parameters as text; None if they are not pairs, or a name occurs twice."""
    try:
        if isinstance(parameters, bytes | bytearray):
            parameters = bytes(parameters).decode()
        if isinstance(parameters, str):
            parameters = parse_qsl(parameters.removeprefix("?"), keep_blank_values=True, strict_parsing=True)
        items = list(parameters.items()) if isinstance(parameters, Mapping) else list(parameters)  # type: ignore[call-overload]
        pairs = {name: value if isinstance(value, str) else str(value) for name, value in items}
    except (TypeError, ValueError):
        return None
    plain = all(isinstance(name, str) and type(value) in {str, int} for name, value in items)
    return pairs if plain and len(pairs) == len(items) else None


def _wrong_sig(pairs: dict[str, str], keys: list[str], method: SignatureMethod) -> str:
    said = pairs.get("sig", "").lower().encode("utf-8", "replace")
    if not said:
        return "the parameter sig is missing"
    try:
        good = [hmac.compare_digest(signature(pairs.items(), key, method).encode(), said) for key in keys]
    except UnicodeEncodeError:
        return "the parameters are not text"
    return "" if any(good) else f"sig does not match the parameters, by {method} and this secret"


def _wrong_timestamp(pairs: dict[str, str], max_age: float | None, leeway: float) -> str:
    said = pairs.get("timestamp")
    if said is None and max_age is None:
        return ""
    made_at = int(said) if said is not None and said.isascii() and said.isdecimal() and len(said) < 20 else None
    return _too_old(made_at, max_age, leeway)
