"""What a failure means for a number, and for its run."""

from __future__ import annotations

from aiovonage.bulk.outcome import LinkOutcome, Status
from aiovonage.core.errors import APIError, Forbidden, NotFound, Unauthorized, VonageError
from aiovonage.core.problem import Problem


def stops_the_run(refusal: APIError) -> bool:
    """Whether every other number would be refused too: the credentials are wrong, or the account may not do this."""
    return isinstance(refusal, Unauthorized | Forbidden)


def is_about(refusal: APIError, *targets: str) -> bool:
    """Whether a 404 says that what the run is for does not exist, rather than a number."""
    return isinstance(refusal, NotFound) and any(f"'{target}'" in (refusal.problem.detail or "") for target in targets)


def failure_outcome(number: str, failure: VonageError) -> LinkOutcome:
    """The outcome of a number that could not be done, with what was last seen."""
    if isinstance(failure, APIError):
        return LinkOutcome(number, Status.FAILED, failure.problem)
    return LinkOutcome(number, Status.FAILED, Problem(title=type(failure).__name__, detail=str(failure)))
