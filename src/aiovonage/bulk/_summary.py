"""How a run stands."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import attrs

from aiovonage.bulk._outcome import OK, Status

_STATUSES = frozenset(str(status) for status in Status)


@attrs.frozen(kw_only=True)
class Summary:
    """How many numbers of a run have which outcome, including earlier runs with the same journal.

    Each status is an attribute: `summary.linked`.

    Attributes:
        counts: The entries of the input by status. Numbers that the run still follows are `accepted` here.
        pending: How many numbers have no outcome: read and not finished or, if the input has a length, not read
            yet.
        following: How many accepted numbers the run follows until the carriers have decided.
        elapsed: Seconds since the start of this run.
        finished: How many outcomes this run has reported.
        stopped: Why the run stopped early; None if it did not.
        wanted: The statuses that are ok.
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
        """All entries of the input."""
        return sum(self.counts.values()) + self.pending

    @property
    def done(self) -> int:
        """The entries that have an outcome."""
        return sum(self.counts.values()) - self.following

    @property
    def ok(self) -> bool:
        """Whether every number of the input is where it should be (repeated ones aside)."""
        return self.pending == self.following == 0 and not any(
            count for status, count in self.counts.items() if status not in self.wanted and status != Status.DUPLICATE
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
        total = f"{self.total:,} number{'' if self.total == 1 else 's'}"
        parts = [f"{count:,} {status.replace('_', ' ')}" for status, count in self.counts.items() if count]
        if self.pending:
            parts.append(f"{self.pending:,} pending")
        return f"{total}: {', '.join(parts)}" if parts else total
