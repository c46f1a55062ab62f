"""The credentials of a client, from its arguments or the environment."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import attrs

from aiovonage._core.auth.private_key import private_key_text
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

logger: logging.Logger = logging.getLogger("aiovonage")

SignatureMethod = Literal["md5hash", "md5", "sha1", "sha256", "sha512"]

JWT_TTL = 900
"""The default lifetime of a token, in seconds (15 minutes). Vonage allows 24 hours."""

JWT_TTL_MAX = 86_400

_SECRETS = ("api_key", "api_secret", "application_id", "private_key", "signature_secret")


@attrs.frozen(kw_only=True)
class Credentials:
    """Credentials. The repr does not show secrets.

    Attributes:
        api_key: The account's API key.
        api_secret: The account's API secret.
        application_id: The application that tokens are made for.
        private_key: The application's private key; PEM text after `loaded`.
        signature_secret: The account's signature secret.
        signature_method: How requests are signed.
        jwt_ttl: The lifetime of a token, in seconds.
        jwt_acl: The paths that a token is valid for, as Vonage's `acl` claim.
        jwt_sub: The user that a token stands for.
    """

    api_key: str | None = None
    api_secret: str | None = attrs.field(default=None, repr=False)
    application_id: str | None = None
    private_key: str | bytes | Path | None = attrs.field(default=None, repr=False)
    signature_secret: str | None = attrs.field(default=None, repr=False)
    signature_method: SignatureMethod | None = None
    jwt_ttl: int = JWT_TTL
    jwt_acl: object = None
    jwt_sub: str | None = None


def loaded(given: Credentials) -> Credentials:
    """Check the given credentials, or those of the environment if none is given.

    If any credential is given, even an empty one, none is read from the environment. Otherwise a key of one account
    could be combined with a secret of another. An empty value counts as missing.

    Raises:
        ConfigurationError: if a value is malformed; the message names it.
    """
    if all(getattr(given, name) is None for name in _SECRETS):
        given = _of_the_environment(given)
    checked = attrs.evolve(
        given,
        api_key=_text("api_key", given.api_key),
        api_secret=_text("api_secret", given.api_secret),
        application_id=_text("application_id", given.application_id),
        private_key=private_key_text(given.private_key),
        signature_secret=_text("signature_secret", given.signature_secret),
        signature_method=given.signature_method or "sha256",
    )
    if checked.api_key is not None and ":" in checked.api_key:
        raise ConfigurationError("api_key must not contain a colon")
    if checked.signature_method not in get_args(SignatureMethod):
        raise ConfigurationError(f"signature_method must be one of {', '.join(get_args(SignatureMethod))}")
    if not isinstance(checked.jwt_ttl, int) or not 1 <= checked.jwt_ttl <= JWT_TTL_MAX:
        raise ConfigurationError(f"jwt_ttl must be from 1 to {JWT_TTL_MAX} seconds")
    return checked


def ignored_variables(names: list[str]) -> list[str]:
    """The environment variables for these credentials that are set but were not read."""
    return [variable for variable in (f"VONAGE_{name.upper()}" for name in names) if os.environ.get(variable)]


def _of_the_environment(given: Credentials) -> Credentials:
    # os.environ is never a local variable, since a traceback with locals would show everything in it.
    found: Credentials = attrs.evolve(
        given,
        api_key=os.environ.get("VONAGE_API_KEY"),
        api_secret=os.environ.get("VONAGE_API_SECRET"),
        application_id=os.environ.get("VONAGE_APPLICATION_ID"),
        private_key=os.environ.get("VONAGE_PRIVATE_KEY"),
        signature_secret=os.environ.get("VONAGE_SIGNATURE_SECRET"),
        signature_method=given.signature_method
        or cast("SignatureMethod", (os.environ.get("VONAGE_SIGNATURE_METHOD") or "").strip() or None),
    )
    return found


def _text(name: str, value: Any) -> str | None:
    """A credential without the white space that files and editors leave around it; None if it is empty."""
    kind = type(value).__name__
    problem = ""
    if value is None:
        return None
    if not isinstance(value, str):
        problem = f"must be text, not {kind}"
    elif not value.isprintable() and not value.strip().isprintable():
        problem = "contains characters that cannot be printed, such as a line end"
    if problem:
        del value
        raise ConfigurationError(f"{name} {problem}")
    stripped: str = value.strip()
    if len(stripped) != len(value):
        logger.warning("%s has white space around it, which is ignored", name)
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        logger.warning("%s is in quotation marks, which are sent as part of it. Remove them if they are not", name)
    return stripped or None
