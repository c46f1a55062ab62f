"""What became of each number, and of a run."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs

from aiovonage.core.errors import APIError, VonageError
from aiovonage.core.problem import Problem


class Status(StrEnum):
    """What became of a number."""

    LINKED = "linked"
    """The run has linked it."""
    ALREADY_LINKED = "already_linked"
    """It was linked to this campaign before."""
    CONFLICT = "conflict"
    """It is linked to another campaign."""
    REJECTED = "rejected"
    """The API refuses it; `problem` says why."""
    INVALID = "invalid"
    """It is no E.164 number, and was not sent."""
    DUPLICATE = "duplicate"
    """It stood in the input before; its first occurrence has an outcome of its own."""
    FAILED = "failed"
    """It could not be done: the server failed or did not answer, however often it was asked; `problem` says what was
    last seen.
    """
    UNLINKED = "unlinked"
    """The run has unlinked it from the campaign."""
    NOT_LINKED = "not_linked"
    """It was not linked to the campaign before."""
    ADDED = "added"
    """It is in the engagement."""
    REMOVED = "removed"
    """It is not in the engagement any more."""


_STATUSES = frozenset(str(status) for status in Status)

OK = frozenset({Status.LINKED, Status.ALREADY_LINKED, Status.UNLINKED, Status.NOT_LINKED, Status.ADDED, Status.REMOVED})
"""The statuses of a number that is where it should be."""


@attrs.frozen
class LinkOutcome:
    """What became of one number of the input.

    Attributes:
        number: The number in E.164 without the plus; what was given, where it is no such number.
        status: What became of it: a `Status`, which is a string.
        problem: What the API says is wrong, or what was last seen of a failing server.
    """

    number: str
    status: Status
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        """Whether the number is where it should be."""
        return self.status in OK


@attrs.frozen(kw_only=True)
class Summary:
    """How a run stands: how many numbers have which outcome. With a journal, those of earlier runs are counted too.

    Each status is an attribute: `summary.linked`.

    Attributes:
        counts: The number of outcomes by status.
        pending: How many numbers have no outcome: read and not finished, or, where the input has a length, not read
            yet.
        elapsed: Seconds since this run has started.
        finished: How many outcomes this run has reported itself.
        stopped: Why the run has stopped before its end; None where it has not.
    """

    counts: Mapping[str, int]
    pending: int = 0
    elapsed: float = 0.0
    finished: int = 0
    stopped: str | None = None

    @property
    def total(self) -> int:
        """All numbers."""
        return sum(self.counts.values()) + self.pending

    @property
    def done(self) -> int:
        """The numbers that have an outcome."""
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        """Whether every number of the input is where it should be (repeated ones aside)."""
        return self.pending == 0 and not any(
            count for status, count in self.counts.items() if status not in OK and status != Status.DUPLICATE
        )

    @property
    def rate(self) -> float:
        """Outcomes a second of this run."""
        return self.finished / self.elapsed if self.elapsed > 0 else 0.0

    def __getattr__(self, name: str) -> int:
        if name in _STATUSES:
            return self.counts.get(name, 0)
        raise AttributeError(name)

    def __str__(self) -> str:
        parts = [f"{self.total:,} numbers"]
        parts += [f"{count:,} {status.replace('_', ' ')}" for status, count in self.counts.items() if count]
        if self.pending:
            parts.append(f"{self.pending:,} pending")
        return f"{parts[0]}: {', '.join(parts[1:])}" if parts[1:] else parts[0]


def failure_outcome(number: str, failure: VonageError) -> LinkOutcome:
    """The outcome of a number that could not be done, with what was last seen."""
    if isinstance(failure, APIError):
        return LinkOutcome(number, Status.FAILED, failure.problem)
    return LinkOutcome(number, Status.FAILED, Problem(title=type(failure).__name__, detail=str(failure)))
