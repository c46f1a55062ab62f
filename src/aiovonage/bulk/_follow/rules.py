"""Decides the outcome of an accepted number each time it is checked."""

from __future__ import annotations

from typing import Protocol

import attrs

from aiovonage._problem import Problem
from aiovonage.bulk._outcome import OK, LinkOutcome, Status
from aiovonage.bulk._reconcile.carrier_status import Standing, standing
from aiovonage.bulk._targets import Target

CARRIERS_REFUSE = Problem(title="The carriers have rejected the number")
NOT_THERE = Problem(title="The API accepted the number, but the campaign does not hold it")
NOT_GONE = Problem(title="The API accepted the request, but the campaign still holds the number")


class FollowRule(Protocol):
    """Turns the state of a followed number into an outcome.

    Attributes:
        first: Seconds from the last request to the first check.
        patience: Seconds to follow a number after the API accepted it.
        silence_decides: Whether a number is decided if the list does not contain it.
    """

    @property
    def first(self) -> float: ...

    @property
    def patience(self) -> float: ...

    @property
    def silence_decides(self) -> bool: ...

    def seen(self, number: int, word: str | None, target: Target) -> LinkOutcome | None:
        """Return the outcome of a number that the campaign holds; None while it is undecided."""
        ...

    def absent(self, number: int, target: Target) -> LinkOutcome:
        """Return the outcome of a number that the campaign does not hold."""
        ...

    def undecided(self, number: int, word: str | None, target: Target) -> LinkOutcome:
        """Return the outcome of a number that is still undecided when the patience expires."""
        ...


def outcome_at(
    target: Target, number: int, status: Status, problem: Problem | None = None, word: str | None = None
) -> LinkOutcome:
    """Build an outcome that names its target."""
    return LinkOutcome(
        str(number),
        status,
        problem,
        carrier_status=word,
        brand_id=target.brand_id or None,
        campaign_id=target.campaign_id or None,
        ok=status in OK,  # same as the default, but without the cost of calling it
    )


@attrs.frozen
class UntilApproved:
    """Follows a link until the carriers have decided."""

    patience: float
    first: float = 8.0
    silence_decides: bool = False

    def seen(self, number: int, word: str | None, target: Target) -> LinkOutcome | None:
        match standing(word):
            case Standing.APPROVED:
                return outcome_at(target, number, Status.LINKED, None, word)
            case Standing.REJECTED:
                return outcome_at(target, number, Status.REJECTED, CARRIERS_REFUSE, word)
            case Standing.GONE:
                return outcome_at(target, number, Status.NOT_LINKED, NOT_THERE, word)
        return None

    def absent(self, number: int, target: Target) -> LinkOutcome:
        return outcome_at(target, number, Status.NOT_LINKED, NOT_THERE)

    def undecided(self, number: int, word: str | None, target: Target) -> LinkOutcome:
        return outcome_at(target, number, Status.ACCEPTED, None, word)


@attrs.frozen
class UntilGone:
    """Follows an unlinked number until the campaign no longer holds it."""

    patience: float
    undecided_is: Status = Status.ACCEPTED
    first: float = 0.0
    silence_decides: bool = True

    def seen(self, number: int, word: str | None, target: Target) -> LinkOutcome | None:
        return self.absent(number, target) if standing(word) is Standing.GONE else None

    def absent(self, number: int, target: Target) -> LinkOutcome:
        return outcome_at(target, number, Status.UNLINKED)

    def undecided(self, number: int, word: str | None, target: Target) -> LinkOutcome:
        return outcome_at(target, number, self.undecided_is, NOT_GONE, word)
