"""Error bodies as the documents print them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiovonage.sandbox.specs import SpecOperation

BASE = "https://developer.vonage.com/api-errors"
INSTANCE = ""
"""Stands in an error's body until the error is sent: each has an id of its own."""

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


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


def failed(operation: SpecOperation, status: int, retry_after: int | None = None) -> Refused:
    """The error of an operation that has a status: as the documents print it, if they do."""
    if status == 429:
        return throttled(retry_after)
    example = operation.example(status)
    if isinstance(example, dict) and "type" in example:
        refusal = Refused(status, {**example, "instance": INSTANCE})
    elif status == 403:
        refusal = refused(403, "#unprovisioned", "Forbidden", "Your account is not provisioned to use this product")
    else:
        title = _PHRASES.get(status, "Error")
        refusal = refused(status, f"#{title.lower().replace(' ', '-')}", title, "The sandbox was told to answer this")
    if retry_after is not None:
        refusal.headers["Retry-After"] = str(retry_after)
    return refusal


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
