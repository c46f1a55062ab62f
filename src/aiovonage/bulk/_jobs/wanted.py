"""The outcomes that count as success for each job."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final, Literal

from aiovonage.bulk._outcome import Status

Until = Literal["accepted", "approved"]

_LINKED = frozenset({Status.LINKED, Status.ALREADY_LINKED})
_WANTED: Final = {
    "link": _LINKED,
    "unlink": frozenset({Status.UNLINKED, Status.NOT_LINKED}),
    "check": frozenset({Status.LINKED}),
    "sync": _LINKED | {Status.UNLINKED},
    "add": frozenset({Status.ADDED}),
    "remove": frozenset({Status.REMOVED}),
}


def wanted(job: str, until: str) -> AbstractSet[Status]:
    """Return the statuses that count as success for a job.

    Args:
        job: The name of the job, such as `link_numbers`.
        until: `approved` if the carriers must have decided; `accepted` if it is enough that the API accepted the
            request.
    """
    verb = job.partition("_")[0]
    found = _WANTED.get(verb, frozenset(Status))
    return found | {Status.ACCEPTED} if until == "accepted" and verb in {"link", "sync"} else found
