"""Codes in the tables of a store."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from aiovonage.bulk._journal.file import CODES
from aiovonage.bulk._outcome import Status

PENDING = 0
"""A number that no worker has taken."""

SENT = -1
"""A number that a worker has taken, and that may have been sent."""

FOLLOWING = -2
"""A number that the API has accepted, and that the job follows until the carriers have decided."""

# Outcomes have the same codes as in journals. They are greater than 0.

_STATUSES = {code: status for status, code in CODES.items()}


def code_of(status: Status) -> int:
    """The code of an outcome's status."""
    return CODES[status]


def status_of(code: int) -> Status:
    """The status of a code that is greater than 0."""
    return _STATUSES[code]


class Kind(IntEnum):
    """What a unit of work does."""

    SEND = 0
    """Sends a chunk of numbers."""
    FOLLOW = 1
    """Checks the accepted numbers of one target again."""
    LIST = 2
    """Reads the campaign's list, for a synchronisation."""
    PLAN = 3
    """Finds out which numbers a synchronisation removes."""


class State(StrEnum):
    """The state of a job."""

    RUNNING = "running"
    """Workers take its numbers, as soon as there are workers."""
    PAUSED = "paused"
    """No worker takes it until it is resumed. If it paused itself, `reason` says why."""
    CANCELLED = "cancelled"
    """No worker takes it any more. Numbers that were not sent stay pending."""
    DONE = "done"
    """Each of its numbers has an outcome."""
