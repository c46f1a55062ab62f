"""A job and its status."""

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
    """A submitted job. Two jobs are equal if they have the same id.

    Attributes:
        id: Its number in the store.
        key: The key that it was submitted with, if any.
        account: The API key of the account that it belongs to.
        target: What it does.
        total: How many entries its input had, including the removals of a synchronisation.
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
    """The outcome of one entry of a job's input.

    Attributes:
        position: Its place in the input, from 1. The removals of a synchronisation come after the input.
        given: Its text in the input.
    """

    position: int = attrs.field(kw_only=True, default=0)
    given: str = attrs.field(kw_only=True, default="")


@attrs.frozen(kw_only=True)
class WorkerStatus:
    """A worker that was active within the last minute.

    Attributes:
        name: Its name: host and process.
        seen: Seconds since it last renewed its leases.
        chunks: How many chunks of this job it holds.
        outcomes: How many numbers it has decided, across all jobs.
        rate: Numbers decided per second. Only `Jobs.watch` sets it.
        paused: Seconds for which a 429 still holds it back.
        error: The last error that kept it from working, if any.
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
    """The status of a job. Each outcome status is also an attribute: `status.linked`.

    Attributes:
        job: The job.
        state: `running`, `paused`, `cancelled` or `done`.
        reason: Why the job paused itself: Vonage refuses every number for the same reason, or the campaign is not
            active. Fix the cause and call `Jobs.resume`.
        counts: How many numbers have each status. Numbers that are still followed count as `accepted`.
        pending: How many numbers have no outcome and are not followed.
        following: How many accepted numbers are checked again until the carriers have decided.
        problems: How many numbers are not ok, by reason.
        workers: The workers of the account that were active within the last minute.
        next_due: Seconds until there is work to do; None if there is none. 0 while numbers wait to be sent.
        rate: Outcomes per second. Only `Jobs.watch` sets it.
        finished_at: When it was done or cancelled.
        wanted: The statuses that count as success for this job.
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
        """How many numbers the job has."""
        return self.job.total

    @property
    def done(self) -> int:
        """How many numbers have an outcome."""
        return sum(self.counts.values()) - self.following

    @property
    def is_over(self) -> bool:
        """Whether the job is done or cancelled, so that nothing more happens."""
        return self.state in {State.DONE, State.CANCELLED}

    @property
    def ok(self) -> bool:
        """Whether every number ended as wanted. Duplicates do not count."""
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
    """A started worker, as passed to the `on_start` of `Jobs.work`.

    Attributes:
        name: Its name in `JobStatus.workers`.
        account: The account whose jobs it takes.
        outcomes: How many numbers it has decided.
        on_beat: Called every few seconds, after each renewal of its leases.
    """

    name: str
    account: str
    outcomes: int
    on_beat: Callable[[], None] | None

    @property
    def chunks(self) -> int:
        """How many units of work are in progress."""
        ...

    def stop(self) -> None:
        """Take no more work, finish the requests in flight, and release the leases."""
        ...


def job_from(stored: StoredJob) -> Job:
    """Build a `Job` from its row in the store."""
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
    """Build a `JobStatus` from what the store knows."""
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
