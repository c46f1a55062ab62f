"""Error responses as the documents print them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiovonage.sandbox.specs import SpecOperation

BASE = "https://developer.vonage.com/api-errors"
INSTANCE = ""
"""A placeholder for the id of an error, which it gets when it is sent."""

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class ProblemResponse(Exception):
    """An error response. Handlers raise it.

    Attributes:
        status: The HTTP status.
        body: The body.
        headers: Additional headers.
    """

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers: dict[str, str] = headers or {}


def problem(status: int, kind: str, title: str, detail: str, **extra: Any) -> ProblemResponse:
    """An error response. `kind` is the end of its `type`, such as `#not-found` or `/10dlc#brand-conflict`."""
    body = {"type": f"{BASE}{kind}", "title": title, "detail": detail, "instance": INSTANCE, **extra}
    return ProblemResponse(status, body)


def documented_error(operation: SpecOperation, status: int, retry_after: int | None = None) -> ProblemResponse:
    """The error of an operation for a status: the documents' example, if there is one."""
    if status == 429:
        return throttled(retry_after)
    example = operation.example(status)
    if isinstance(example, dict) and "type" in example:
        response = ProblemResponse(status, {**example, "instance": INSTANCE})
    elif status == 403:
        response = problem(403, "#unprovisioned", "Forbidden", "Your account is not provisioned to use this product")
    else:
        title = _PHRASES.get(status, "Error")
        response = problem(status, f"#{title.lower().replace(' ', '-')}", title, "The sandbox was asked for this")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def unauthorized() -> ProblemResponse:
    """A 401, for wrong or missing credentials."""
    return problem(401, "#unauthorized", "Invalid credentials supplied", "You did not provide correct credentials.")


def not_found(what: str) -> ProblemResponse:
    """A 404 that quotes the id, as the API does."""
    return problem(404, "#not-found", "Not Found", f"ID '{what}' does not exist, or you do not have access")


def throttled(retry_after: int | None) -> ProblemResponse:
    """A 429. `retry_after` is in seconds."""
    detail = "Your account has reached it's API limit and has been throttled"
    extra = {} if retry_after is None else {"retry_after": retry_after}
    response = problem(429, "#throttled", "Too many requests", detail, **extra)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def wrong_verb(method: str, allowed: Iterable[str]) -> ProblemResponse:
    """A 405, which lists the allowed methods."""
    response = problem(405, "#wrong-verb", "Method Not Allowed", f"{method} is not supported here")
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
