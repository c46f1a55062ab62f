"""Tries until the server has answered, within reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from aiovonage.core.errors import APIError, Forbidden, NotFound, RateLimited, ServerError, TransportError, Unauthorized

if TYPE_CHECKING:
    from aiovonage.bulk.breaker import Breaker

T = TypeVar("T")

ATTEMPTS = 8
"""How often a number is tried while the server answers others."""


async def until_answered(
    attempt: Callable[[bool], Awaitable[T]], breaker: Breaker, *, maybe_sent: bool
) -> T | TransportError | ServerError:
    """Try until there is an answer.

    Args:
        attempt: Is told whether the request may have been carried out before, so that it looks before it sends again.
        breaker: Says when a request that failed may be sent again.
        maybe_sent: Whether an earlier run may have sent it.

    Returns:
        What the attempt gives, or the last failure when there were too many.

    Raises:
        RunStopped: when the server is out.
        APIError: what the attempt does not handle.
    """
    failures = 0
    while True:
        try:
            result = await attempt(maybe_sent)
        except (TransportError, ServerError) as failure:
            maybe_sent = maybe_sent or getattr(failure, "sent", True)
            failures += 1
            breaker.failed()
            if failures >= ATTEMPTS:
                return failure
            await breaker.before_retry(failures - 1, failure)
        except RateLimited:
            continue  # it was not processed, and the throttle makes the next one wait
        else:
            breaker.answered()
            return result


def stops_the_run(refusal: APIError, *targets: str) -> bool:
    """Whether every other number would be refused too.

    The credentials are wrong, the account may not do this, or a 404 says that what the run is for does not exist.
    """
    if isinstance(refusal, Unauthorized | Forbidden):
        return True
    detail = refusal.problem.detail or ""
    return isinstance(refusal, NotFound) and any(f"'{target}'" in detail for target in targets)
