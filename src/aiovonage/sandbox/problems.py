"""Error bodies as the documents print them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BASE = "https://developer.vonage.com/api-errors"
INSTANCE = "797a8f199c45014ab7b08bfe9cc1c12c"


class Refused(Exception):
    """A request that is answered with an error.

    Attributes:
        status: The HTTP status.
        body: The body.
        headers: Headers beside it.
    """

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers: dict[str, str] = headers or {}


def refused(status: int, kind: str, title: str, detail: str, **extra: Any) -> Refused:
    """An error with a problem; `kind` is the end of its type: `#not-found`, `/10dlc#brand-conflict`."""
    body = {"type": f"{BASE}{kind}", "title": title, "detail": detail, "instance": INSTANCE, **extra}
    return Refused(status, body)


def unauthorized() -> Refused:
    """Wrong or missing credentials."""
    return refused(401, "#unauthorized", "Invalid credentials supplied", "You did not provide correct credentials.")


def not_found(what: str) -> Refused:
    """Something that is not there."""
    return refused(404, "#not-found", "Not Found", f"ID '{what}' does not exist, or you do not have access")


def throttled(retry_after: int | None) -> Refused:
    """Too many requests. `retry_after` is in seconds."""
    detail = "Your account has reached it's API limit and has been throttled"
    extra = {} if retry_after is None else {"retry_after": retry_after}
    refusal = refused(429, "#throttled", "Too many requests", detail, **extra)
    if retry_after is not None:
        refusal.headers["Retry-After"] = str(retry_after)
    return refusal


def wrong_verb(method: str, allowed: Iterable[str]) -> Refused:
    """A method that the path does not have."""
    refusal = refused(405, "#wrong-verb", "Method Not Allowed", f"{method} is not supported here")
    refusal.headers["Allow"] = ", ".join(sorted(allowed))
    return refusal
