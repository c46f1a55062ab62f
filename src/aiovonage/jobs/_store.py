"""What jobs need from a store. Two stores implement it: SQLite for one machine, Postgres for many.

The store is what makes outcomes exact. A worker holds a lease on a unit of work, with a fencing token that grows with
each takeover, and each statement that writes for the unit checks both. So a worker that wakes up after its lease has
ended, or that writes the same thing twice, writes nothing. (M. Kleppmann, "How to do distributed locking", 2016,
explains why such tokens are needed.) Only the store's clock counts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import attrs

from aiovonage.bulk._targets import Target
from aiovonage.jobs._states import Kind, State

if TYPE_CHECKING:
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.jobs._plans import Plan


@attrs.frozen(kw_only=True)
class StoredJob:
    """A job in the store; times in unix seconds."""

    id: int
    key: str | None
    account: str
    origin: str | None
    plan: str
    state: State
    reason: str | None
    phase: int
    total: int
    created_at: float
    finished_at: float | None


class Unit(NamedTuple):
    """A piece of work that one worker does under a lease."""

    job: int
    number: int
    kind: Kind
    first: int
    last: int
    target: int
    wait: float
    failures: int
    token: int

    @property
    def name(self) -> tuple[int, int]:
        """What identifies it: the job, and its number within the job."""
        return self.job, self.number


class Row(NamedTuple):
    """A number that has no outcome yet."""

    position: int
    number: int
    target: int
    status: int


class Result(NamedTuple):
    """The outcome of a number. `position` is 0 for a followed number, which is identified by its target instead."""

    position: int
    number: int
    target: int
    status: int
    word: str | None
    problem: str | None
    reason: str
    accepted: bool
    """Whether the API has just accepted it."""


class FollowedRow(NamedTuple):
    """A followed number, how many seconds ago it was accepted, and the last status that the carriers gave it."""

    number: int
    age: float
    word: str | None


class OutcomeRow(NamedTuple):
    """A number that has an outcome. `given` is its text in the input, if that differs from the number."""

    position: int
    number: int | None
    given: str | None
    target: int
    status: int
    word: str | None
    problem: str | None


class Tally(NamedTuple):
    """How many numbers of a job have a given status for a given reason."""

    status: int
    reason: str
    numbers: int


class WorkerRow(NamedTuple):
    """A worker that was active recently, `seen` seconds ago."""

    name: str
    seen: float
    units: int
    outcomes: int
    paused: float
    error: str | None


@attrs.frozen(kw_only=True)
class Ask:
    """Which work a worker takes."""

    worker: str
    account: str
    origin: str
    job: int | None
    lease: float
    limit: int
    unit: tuple[int, int] | None = None
    """Take only this unit."""
    rescue: bool = False
    """Take only what dead or frozen workers have left behind."""


@attrs.frozen(kw_only=True)
class Pulse:
    """What a worker reports about itself each time it renews its leases."""

    worker: str
    account: str
    lease: float
    outcomes: int
    paused: float
    error: str | None


class Store(Protocol):
    """See the module. All methods raise `JobsError`, or `StoreUnavailable` if trying again can help."""

    name: str
    """Its location, without the password."""

    async def close(self) -> None: ...

    async def migrate(self) -> None:
        """Create the tables, or upgrade them to this version's schema."""
        ...

    # For users.

    async def submit(
        self, plan: Plan, account: str, numbers: Numbers, *, key: str | None, chunk: int, connection: Any = None
    ) -> tuple[StoredJob, bool]:
        """Store a job with its numbers in one transaction; return the job and whether it is new."""
        ...

    async def jobs(self, account: str | None, limit: int) -> list[StoredJob]:
        """Jobs, newest first."""
        ...

    async def find(self, job: int | str) -> list[StoredJob]:
        """The job with an id, or the jobs with a key."""
        ...

    async def set_state(self, job: int, state: State, *, among: Sequence[State], reason: str | None = None) -> bool:
        """Change the state if it is one of `among`; return whether it was."""
        ...

    async def tallies(self, job: int) -> list[Tally]:
        """How many numbers have each status, summed over the units."""
        ...

    async def workers(self, job: int) -> list[WorkerRow]:
        """Workers of the job's account that were active recently."""
        ...

    async def next_due(self, job: int) -> float | None:
        """Seconds until work is due; None if there is none, or no worker may do it now."""
        ...

    async def targets(self, job: int) -> dict[int, Target]:
        """Where the job's numbers go."""
        ...

    def outcomes(self, job: int) -> AsyncIterator[OutcomeRow]:
        """All outcomes, in the order of the input."""
        ...

    # For workers.

    async def take(self, ask: Ask) -> list[Unit]:
        """Take a lease on work that is due."""
        ...

    async def bind(self, job: int, origin: str) -> bool:
        """Bind the job to a server; False if it is already bound to another."""
        ...

    async def renew(self, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
        """Renew leases; return the job's state for each unit that is still held."""
        ...

    async def release(
        self, unit: Unit, *, done: bool, due: float | None, wait: float, failures: int, error: str | None
    ) -> bool:
        """Release a lease.

        Args:
            unit: The unit.
            done: Whether nothing is left to do in it.
            due: Seconds until the rest is due; None to leave it asleep until `advance` wakes it.
            wait: The unit's interval between checks, from now on.
            failures: How many times in a row it has failed.
            error: Why it failed the last time.
        """
        ...

    async def advance(self, account: str, while_sending: float) -> None:
        """Move jobs whose phase is over to the next one, and wake the units that check accepted numbers.

        Args:
            account: The account whose jobs to advance; other jobs may advance too.
            while_sending: Seconds until the first check while numbers are still being sent.
        """
        ...

    async def open_rows(self, unit: Unit) -> list[Row]:
        """The numbers of a chunk that have no outcome and are not followed."""
        ...

    async def mark_sent(self, unit: Unit, positions: Sequence[int]) -> bool:
        """Record that numbers may be sent from now on; False if the lease has ended."""
        ...

    async def record(self, unit: Unit, results: Sequence[Result]) -> bool:
        """Record outcomes; False if the lease has ended."""
        ...

    async def followed_count(self, unit: Unit) -> int:
        """How many numbers of the unit's target are followed."""
        ...

    async def followed_among(self, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]: ...

    async def followed_after(self, unit: Unit, number: int, limit: int) -> list[FollowedRow]: ...

    async def accepted_first(self, unit: Unit) -> float | None:
        """Seconds since the API accepted the number that has been followed longest."""
        ...

    async def begin_list(self, unit: Unit) -> bool:
        """Forget the stored list of the campaign; False if the lease has ended."""
        ...

    async def keep_listed(self, unit: Unit, words: Mapping[int, str | None]) -> bool:
        """Store a page of the list; False if the lease has ended."""
        ...

    async def listed(self, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
        """Return those of the given numbers that are in the list."""
        ...

    async def plan_removals(self, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
        """Add the numbers of the list that are not in the input to the job, except those with a status in `leaving`,
        and end the unit; False if the lease has ended.
        """
        ...
