"""The summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import attrs

from aiovonage.bulk._outcome import OK, Status

_STATUSES = frozenset(str(status) for status in Status)


@attrs.frozen(kw_only=True)
class Summary:
    """How many numbers of a run have each status, including earlier runs with the same journal.

    Each status is an attribute: `summary.linked`.

    Attributes:
        counts: The number of input entries by status. Numbers that the run still follows are `accepted` here.
        pending: How many numbers have no outcome yet: those in progress and, if the input has a length, those not
            read yet.
        following: How many accepted numbers the run follows until the carriers have decided.
        elapsed: Seconds since the start of this run.
        finished: How many outcomes this run has reported.
        stopped: Why the run stopped early; None if it did not.
        wanted: The statuses that count as ok.
    """

    __module__ = "aiovonage.bulk"

    counts: Mapping[str, int]
    pending: int = 0
    following: int = 0
    elapsed: float = 0.0
    finished: int = 0
    stopped: str | None = None
    wanted: AbstractSet[Status] = attrs.field(default=OK, repr=False)

    @property
    def total(self) -> int:
        """The number of input entries."""
        return sum(self.counts.values()) + self.pending

    @property
    def done(self) -> int:
        """The number of entries that have an outcome."""
        return sum(self.counts.values()) - self.following

    @property
    def ok(self) -> bool:
        """Whether every number of the input has a wanted status. Duplicates do not count."""
        return self.pending == self.following == 0 and not any(
            count for status, count in self.counts.items() if status not in self.wanted and status != Status.DUPLICATE
        )

    @property
    def rate(self) -> float:
        """Outcomes per second in this run."""
        return self.finished / self.elapsed if self.elapsed > 0 else 0.0

    def __getattr__(self, name: str) -> int:
        if name in _STATUSES:
            return self.counts.get(name, 0)
        raise AttributeError(name)

    def __str__(self) -> str:
        total = f"{self.total:,} number{'' if self.total == 1 else 's'}"
        parts = [f"{count:,} {status.replace('_', ' ')}" for status, count in self.counts.items() if count]
        if self.pending:
            parts.append(f"{self.pending:,} pending")
        return f"{total}: {', '.join(parts)}" if parts else total
