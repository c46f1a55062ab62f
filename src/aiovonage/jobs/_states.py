"""What the tables of a store hold in numbers."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from aiovonage.bulk._journal.file import CODES
from aiovonage.bulk._outcome import Status

PENDING = 0
"""A number that no worker has taken."""

SENT = -1
"""A number that a worker has taken, and that may have been sent."""

FOLLOWING = -2
"""A number that the API has accepted, and that is followed until the carriers have decided."""

# The codes of outcomes are those of journals, and more than 0.

_STATUSES = {code: status for status, code in CODES.items()}


def code_of(status: Status) -> int:
    """The code of an outcome's status."""
    return CODES[status]


def status_of(code: int) -> Status:
    """The status of a code that is more than 0."""
    return _STATUSES[code]


class Kind(IntEnum):
    """What a unit of work is."""

    SEND = 0
    """Sends a chunk of numbers."""
    FOLLOW = 1
    """Looks again at the accepted numbers of one target."""
    LIST = 2
    """Reads the campaign's list, for a synchronisation."""
    PLAN = 3
    """Finds out which numbers a synchronisation removes."""


class State(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    """Workers take its numbers, or will when there are some."""
    PAUSED = "paused"
    """Nobody works on it until it is resumed; `reason` says why, where it was not a person."""
    CANCELLED = "cancelled"
    """Nobody works on it any more. What was not sent stays pending."""
    DONE = "done"
    """Each of its numbers has an outcome."""
