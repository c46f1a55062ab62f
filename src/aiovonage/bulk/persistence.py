"""Tries until the server has answered, within reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from aiovonage.core.errors import (
    APIError,
    DecodeError,
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
)

if TYPE_CHECKING:
    from aiovonage.bulk.breaker import Breaker
    from aiovonage.core.raw import RawResponse

T = TypeVar("T")

ATTEMPTS = 8
"""How often a number is tried while the server answers others."""


async def until_answered(
    attempt: Callable[[bool], Awaitable[T]],
    look: Callable[[], Awaitable[T | None]],
    breaker: Breaker,
    *,
    maybe_sent: bool,
) -> T | TransportError | ServerError | DecodeError:
    """Try until there is an answer of the API.

    Args:
        attempt: Is told whether the request may have been carried out before, so that it looks before it sends again.
        look: Says what is known of a request that may have been carried out, without sending it again; None where it
            was not.
        breaker: Says when a request that failed may be sent again.
        maybe_sent: Whether an earlier run may have sent it.

    Returns:
        What the attempt gives, or the last failure when there were too many.

    Raises:
        RunStopped: when the server is out, answers nothing but 429, or is not the API.
        APIError: what the attempt does not handle.
    """
    failures = 0
    while True:
        try:
            result = await attempt(maybe_sent)
        except (TransportError, ServerError, DecodeError) as failure:
            maybe_sent = maybe_sent or getattr(failure, "sent", True)
            failures += 1
            breaker.failed(failure)
            if failures >= ATTEMPTS and not breaker.in_doubt:
                return (await _last_look(look) if maybe_sent else None) or failure
            await breaker.before_retry(failures - 1, failure)
        except RateLimited as refusal:
            breaker.refused(refusal)  # it was not processed, and the throttle makes the next one wait
        else:
            breaker.answered()
            return result


async def _last_look(look: Callable[[], Awaitable[T | None]]) -> T | None:
    try:
        return await look()
    except (TransportError, ServerError, DecodeError, RateLimited):
        return None


def is_of_the_api(answer: APIError | DecodeError | RawResponse[Any]) -> bool:
    """Whether an answer is a JSON object, as the API's are, and not the page of somebody in between."""
    return answer.body.lstrip().startswith(b"{")


def stops_the_run(refusal: APIError, *targets: str) -> bool:
    """Whether every other number would be refused too.

    The credentials are wrong, the account may not do this, or a 404 says that what the run is for does not exist.
    """
    if isinstance(refusal, Unauthorized | Forbidden):
        return True
    detail = refusal.problem.detail or ""
    return isinstance(refusal, NotFound) and any(f"'{target}'" in detail for target in targets)
