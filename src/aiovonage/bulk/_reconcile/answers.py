"""Distinguishes responses of the API from those of intermediaries: a gateway, a proxy, a captive portal."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import TypeVar

from aiovonage.bulk._errors import NotTheAPI
from aiovonage.errors import (
    APIError,
    DecodeError,
    PaginationError,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
)

T = TypeVar("T")

TRANSIENT = (TransportError, ServerError, DecodeError, PaginationError)
"""Errors that say nothing about a number: there was no response, or none that can be trusted."""

NO_REFUSAL = (Unauthorized, RateLimited, ServerError, NotTheAPI)
"""Errors that do not mean that the API refuses this request."""

_OF_INTERMEDIARIES = frozenset({407, 408, 425})
"""Status codes that proxies and gateways send, and that these APIs do not document (RFC 9110, RFC 8470)."""


def is_the_apis(refusal: APIError) -> bool:
    """Whether an error comes from the API: a Problem with a `type` or a `title` (RFC 9457), as documented."""
    if refusal.status < 400 or refusal.status in _OF_INTERMEDIARIES:
        return False
    try:
        body = json.loads(refusal.body)
    except ValueError:
        return False
    return isinstance(body, dict) and any(isinstance(body.get(member), str) for member in ("type", "title"))


def is_an_object(body: bytes) -> bool:
    """Whether a body is a JSON object, like all bodies of the API."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


async def of_the_api(answer: Awaitable[T]) -> T:
    """Await a response and verify that it comes from the API.

    Raises:
        NotTheAPI: if it is a redirect, an HTML page, or an error that is not a Problem.
        APIError: if it is an error of the API, or any 401, 429 or 5xx, whoever sent it.
        DecodeError: if it is a JSON object, but not of the documented shape.
        TransportError: if there is no response.
    """
    try:
        return await answer
    except (APIError, DecodeError) as error:
        refuse_others(error)
        raise


def refuse_others(error: APIError | DecodeError) -> None:
    """Raise `NotTheAPI` for an error that does not come from the API; see `of_the_api`."""
    if isinstance(error, DecodeError):
        if not is_an_object(error.body):
            raise NotTheAPI(str(error), body=error.body, status=error.status) from error
    elif error.status < 500 and error.status not in {401, 429} and not is_the_apis(error):
        raise NotTheAPI(
            f"{error.status} from {error.operation or 'the server'} is not an error as the API sends it",
            body=error.body,
            status=error.status,
        ) from error


def names(refusal: APIError, *ids: str) -> bool:
    """Whether a 404 is about one of these ids. It quotes the id, as in `ID 'ABC123' ...`."""
    detail = refusal.problem.detail or ""
    return refusal.status == 404 and any(f"'{name}'" in detail for name in ids)
