"""The carrier statuses of 10DLC, and what they mean.

The API document lists UNKNOWN, APPROVED, REJECTED and PENDING. Public clients of the live API also handle LINKED,
LINKING, UNLINKING and UNLINKED. Any other status counts as undecided, and is reported unchanged.
"""

from __future__ import annotations

from enum import Enum


class Standing(Enum):
    """The meaning of a carrier status."""

    APPROVED = "approved"
    UNDECIDED = "undecided"
    REJECTED = "rejected"
    LEAVING = "leaving"
    GONE = "gone"


_STANDINGS = {
    "APPROVED": Standing.APPROVED,
    "LINKED": Standing.APPROVED,
    "REJECTED": Standing.REJECTED,
    "PENDING": Standing.UNDECIDED,
    "UNKNOWN": Standing.UNDECIDED,
    "LINKING": Standing.UNDECIDED,
    "UNLINKING": Standing.LEAVING,
    "UNLINKED": Standing.GONE,
}


def standing(word: str | None) -> Standing:
    """Return the meaning of a carrier status. An unknown or missing one is undecided."""
    found = _STANDINGS.get(word or "")
    return _STANDINGS.get(str(word).upper(), Standing.UNDECIDED) if found is None else found


_NOT_ACTIVE = frozenset(
    {
        "CANCELED",
        "CANCELLED",
        "CARRIERS_REVIEW",
        "DELETED",
        "EXPIRED",
        "INACTIVE",
        "PENDING_CANCELLATION",
        "PENDING_REVIEW",
        "REJECTED",
        "SUSPENDED",
        "TERMINATED",
        "UPDATES_REQUIRED",
    }
)
"""Campaign statuses with which numbers cannot be linked (Vonage's support article 7144196019868)."""


def is_not_active(state: str | None) -> bool:
    """Whether a campaign's status is known to prevent linking; False for an unknown status."""
    return state is not None and "_".join(state.upper().replace("-", " ").split()) in _NOT_ACTIVE


LEAVING_WORDS = frozenset(word for word, found in _STANDINGS.items() if found in {Standing.LEAVING, Standing.GONE})
"""The carrier statuses of a number that has left the campaign or is leaving it."""
