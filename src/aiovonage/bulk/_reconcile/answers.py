"""Tells the API's answers from those of somebody in between: a gateway, a proxy, a captive portal."""

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
"""What says nothing about a number: there was no answer, or none that can be believed."""

NO_REFUSAL = (Unauthorized, RateLimited, ServerError, NotTheAPI)
"""What does not say that the API refuses this very question."""

_IN_BETWEEN = frozenset({407, 408, 425})
"""Statuses that no document of these APIs has, and that proxies and gateways send (RFC 9110, RFC 8470)."""


def is_the_apis(refusal: APIError) -> bool:
    """Whether an error is the API's own: a Problem, which has a `type` or a `title` (RFC 9457), as the documents show
    it for each error.
    """
    if refusal.status < 400 or refusal.status in _IN_BETWEEN:
        return False
    try:
        body = json.loads(refusal.body)
    except ValueError:
        return False
    return isinstance(body, dict) and any(isinstance(body.get(member), str) for member in ("type", "title"))


def is_an_object(body: bytes) -> bool:
    """Whether a body is a JSON object, as those of the API are."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


async def of_the_api(answer: Awaitable[T]) -> T:
    """An answer, if it is the API's.

    Raises:
        NotTheAPI: for a redirect, a page, or an error that is not a Problem.
        APIError: the API's own refusal; also any 401, 429 and 5xx, whoever sent it.
        DecodeError: for a JSON object of another shape than the documented one.
        TransportError: when there is no answer.
    """
    try:
        return await answer
    except (APIError, DecodeError) as error:
        refuse_others(error)
        raise


def refuse_others(error: APIError | DecodeError) -> None:
    """Raise `NotTheAPI` for an error that is not the API's; see `of_the_api`."""
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
    """Whether a 404 says that one of these things does not exist: it quotes the id, as in `ID 'ABC123' ...`."""
    detail = refusal.problem.detail or ""
    return refusal.status == 404 and any(f"'{name}'" in detail for name in ids)
