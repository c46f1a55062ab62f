"""Which credentials a client has: those that it was given, or those of the environment."""

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
"""Seconds for which a token is good, unless told otherwise (15 minutes; Vonage admits 24 hours)."""

JWT_TTL_MAX = 86_400

_SECRETS = ("api_key", "api_secret", "application_id", "private_key", "signature_secret")


@attrs.frozen(kw_only=True)
class Credentials:
    """What the account has. Its secrets are not in its repr.

    Attributes:
        api_key: The account's API key.
        api_secret: The account's API secret.
        application_id: The application whose tokens are made.
        private_key: The application's private key: PEM text, once it is `loaded`.
        signature_secret: The account's signature secret.
        signature_method: How requests are signed.
        jwt_ttl: Seconds for which a token is good.
        jwt_acl: The paths that a token is good for, as Vonage's `acl` claim.
        jwt_sub: The user that a token speaks for.
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
    """The credentials that were given or, where none was, those of the environment; checked, and ready for use.

    A credential that is given, be it empty, makes the environment's count for nothing: one of each would be a pair that
    nobody has. An empty value is no credential.

    Raises:
        ConfigurationError: naming what is malformed.
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
    """The environment's variables for these credentials that are set, and were not read since another was given."""
    return [variable for variable in (f"VONAGE_{name.upper()}" for name in names) if os.environ.get(variable)]


def _of_the_environment(given: Credentials) -> Credentials:
    # os.environ is never in a variable: a traceback with locals would show all that it holds.
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
    """A credential without the white space that secret files and editors leave around it; None where it is empty."""
    kind = type(value).__name__
    problem = ""
    if value is None:
        return None
    if not isinstance(value, str):
        problem = f"must be text, not {kind}"
    elif not value.isprintable() and not value.strip().isprintable():
        problem = "has characters in it that cannot be printed, such as a line end"
    if problem:
        del value
        raise ConfigurationError(f"{name} {problem}")
    stripped: str = value.strip()
    if len(stripped) != len(value):
        logger.warning("%s has white space around it, which is left out", name)
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        logger.warning("%s is in quotation marks, which are sent as part of it: leave them out if they are not", name)
    return stripped or None
