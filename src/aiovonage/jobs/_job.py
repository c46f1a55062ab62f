"""A job, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import attrs

from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._outcome import LinkOutcome, Status
from aiovonage.jobs._plans import LinkNumbers, SyncNumbers, UnlinkNumbers, plan_from
from aiovonage.jobs._states import FOLLOWING, State, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiovonage.jobs._store import StoredJob, Tally, WorkerRow


@attrs.frozen(kw_only=True)
class Job:
    """A job that was submitted. Two are equal when they have the same id.

    Attributes:
        id: Its number in the store.
        key: The key that it was submitted with.
        account: The API key of the account that it belongs to.
        target: What it does.
        total: How many entries its input had, with the removals of a synchronisation.
        created_at: When it was submitted.
    """

    id: int
    key: str | None = attrs.field(default=None, eq=False)
    account: str = attrs.field(eq=False)
    target: LinkNumbers | UnlinkNumbers | SyncNumbers = attrs.field(eq=False)
    total: int = attrs.field(eq=False)
    created_at: datetime = attrs.field(eq=False)

    def __str__(self) -> str:
        key = f" ({self.key})" if self.key is not None else ""
        return f"job {self.id}{key}: {self.target}"


@attrs.frozen
class JobOutcome(LinkOutcome):
    """What became of one entry of a job's input.

    Attributes:
        position: Its place in the input, from 1. The removals of a synchronisation stand behind it.
        given: Its text in the input.
    """

    position: int = attrs.field(kw_only=True, default=0)
    given: str = attrs.field(kw_only=True, default="")


@attrs.frozen(kw_only=True)
class WorkerStatus:
    """A worker that was seen within the last minute.

    Attributes:
        name: Its name: host and process.
        seen: How many seconds ago it renewed its leases.
        chunks: How many chunks of this job it has.
        outcomes: How many numbers it has decided, of all jobs.
        rate: How many it decides a second. Only `Jobs.watch` knows.
        paused: Seconds for which a 429 holds it back.
        error: What has kept it from its work last.
    """

    name: str
    seen: float
    chunks: int
    outcomes: int
    rate: float | None = None
    paused: float = 0.0
    error: str | None = None


@attrs.frozen(kw_only=True)
class JobStatus:
    """How a job stands. Each status is an attribute: `status.linked`.

    Attributes:
        job: The job.
        state: `running`, `paused`, `cancelled` or `done`.
        reason: Why it is paused, where it has paused itself: Vonage refuses everything alike, or the campaign is not
            active. Remove the cause and call `Jobs.resume`.
        counts: How many numbers have which status. Those that are followed are `accepted` here.
        pending: How many have no outcome and are not followed.
        following: How many of the accepted ones are looked at again, until the carriers have decided.
        problems: How many numbers are not ok, by the reason.
        workers: The workers of the account that were seen within the last minute.
        next_due: Seconds until there is something to do; None where there is nothing. 0 while numbers wait to be sent.
        rate: Outcomes a second. Only `Jobs.watch` knows.
        finished_at: When it was done or cancelled.
        wanted: The statuses of a number that is where the job should bring it.
    """

    job: Job
    state: State
    reason: str | None
    counts: Mapping[str, int]
    pending: int
    following: int
    problems: Mapping[str, int]
    workers: Sequence[WorkerStatus]
    next_due: float | None
    rate: float | None = None
    finished_at: datetime | None = None
    wanted: AbstractSet[Status] = attrs.field(repr=False)

    @property
    def total(self) -> int:
        """All numbers."""
        return self.job.total

    @property
    def done(self) -> int:
        """The numbers that have an outcome."""
        return sum(self.counts.values()) - self.following

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens: it is done or cancelled."""
        return self.state in {State.DONE, State.CANCELLED}

    @property
    def ok(self) -> bool:
        """Whether every number is where it should be (repeated ones aside)."""
        return self.pending == self.following == 0 and not any(
            count for status, count in self.counts.items() if status not in self.wanted and status != Status.DUPLICATE
        )

    def __getattr__(self, name: str) -> int:
        if name in _STATUSES:
            return self.counts.get(name, 0)
        raise AttributeError(name)

    def __str__(self) -> str:
        parts = [f"{count:,} {status.replace('_', ' ')}" for status, count in self.counts.items() if count]
        if self.pending:
            parts.append(f"{self.pending:,} pending")
        return f"{self.state}: {', '.join(parts) or 'no numbers'}"


_STATUSES = frozenset(str(status) for status in Status)


class RunningWorker(Protocol):
    """A worker that has begun, as `Jobs.work(on_start=...)` is given it.

    Attributes:
        name: What it is called in `JobStatus.workers`.
        account: The account whose jobs it takes.
        outcomes: How many numbers it has decided.
        on_beat: Called every few seconds, each time its leases were renewed.
    """

    name: str
    account: str
    outcomes: int
    on_beat: Callable[[], None] | None

    @property
    def chunks(self) -> int:
        """How many units of work are under way."""
        ...

    def stop(self) -> None:
        """Take no more work, let those requests finish that are under way, and give the leases back."""
        ...


def job_from(stored: StoredJob) -> Job:
    """A job of the store."""
    return Job(
        id=stored.id,
        key=stored.key,
        account=stored.account,
        target=plan_from(stored.plan, stored.account),
        total=stored.total,
        created_at=datetime.fromtimestamp(stored.created_at, UTC),
    )


def status_from(
    stored: StoredJob, tallies: Sequence[Tally], workers: Sequence[WorkerRow], next_due: float | None
) -> JobStatus:
    """How a job of the store stands."""
    job = job_from(stored)
    good = wanted(job.target.verb, job.target.until)
    counts = dict.fromkeys(Status, 0)
    problems: dict[str, int] = {}
    following = 0
    for tally in tallies:
        if tally.status == FOLLOWING:
            following += tally.numbers
            counts[Status.ACCEPTED] += tally.numbers
            continue
        status = status_of(tally.status)
        counts[status] += tally.numbers
        if tally.numbers and status not in good and status is not Status.DUPLICATE:
            reason = tally.reason or str(status)
            problems[reason] = problems.get(reason, 0) + tally.numbers
    return JobStatus(
        job=job,
        state=stored.state,
        reason=stored.reason,
        counts={str(status): count for status, count in counts.items() if count},
        pending=stored.total - sum(counts.values()),
        following=following,
        problems=dict(sorted(problems.items(), key=lambda item: -item[1])),
        workers=tuple(
            WorkerStatus(
                name=row.name,
                seen=row.seen,
                chunks=row.units,
                outcomes=row.outcomes,
                paused=row.paused,
                error=row.error,
            )
            for row in workers
        ),
        next_due=next_due,
        finished_at=None if stored.finished_at is None else datetime.fromtimestamp(stored.finished_at, UTC),
        wanted=good,
    )
