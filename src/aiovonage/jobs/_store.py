"""What jobs need of a store. Two implement it: SQLite for one machine, Postgres for many.

Exactness is the store's: a worker has a lease on a unit of work, with a token that grows with each takeover, and each
statement that writes for the unit checks both. So a worker that wakes up after its lease has ended, or that does the
same twice, writes nothing. (M. Kleppmann, "How to do distributed locking", 2016, has the argument for such tokens.)
Only the store's clock counts.
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
    """Some work that one worker does under a lease."""

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
        """What it is called: the job, and its number in the job."""
        return self.job, self.number


class Row(NamedTuple):
    """A number that has no outcome yet."""

    position: int
    number: int
    target: int
    status: int


class Result(NamedTuple):
    """What became of a number. `position` is 0 where the number is known by its target, and followed."""

    position: int
    number: int
    target: int
    status: int
    word: str | None
    problem: str | None
    reason: str
    accepted: bool
    """Whether the API has accepted it just now."""


class FollowedRow(NamedTuple):
    """A number that is followed, how many seconds ago it was accepted, and the carriers' last word for it."""

    number: int
    age: float
    word: str | None


class OutcomeRow(NamedTuple):
    """A number that has an outcome. `given` is its text in the input, where that differs from the number."""

    position: int
    number: int | None
    given: str | None
    target: int
    status: int
    word: str | None
    problem: str | None


class Tally(NamedTuple):
    """So many numbers of a job have this status, for this reason."""

    status: int
    reason: str
    numbers: int


class WorkerRow(NamedTuple):
    """A worker that was seen lately. `seen` is in seconds ago."""

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
    """This unit only."""
    rescue: bool = False
    """Only what a worker has left behind that is dead, or was frozen."""


@attrs.frozen(kw_only=True)
class Pulse:
    """What a worker says of itself with each renewal of its leases."""

    worker: str
    account: str
    lease: float
    outcomes: int
    paused: float
    error: str | None


class Store(Protocol):
    """See the module. All methods raise `JobsError`, and `StoreUnavailable` where trying again can help."""

    name: str
    """Where it is, without its password."""

    async def close(self) -> None:
        """Close the connection."""
        ...

    async def migrate(self) -> None:
        """Make the tables, or bring them to today's form."""
        ...

    # What users do.

    async def submit(
        self, plan: Plan, account: str, numbers: Numbers, *, key: str | None, chunk: int, connection: Any = None
    ) -> tuple[StoredJob, bool]:
        """Store a job with its numbers in one transaction; gives it, and whether it is new."""
        ...

    async def jobs(self, account: str | None, limit: int) -> list[StoredJob]:
        """Jobs, the newest first."""
        ...

    async def find(self, job: int | str) -> list[StoredJob]:
        """The job of an id, or the jobs of a key."""
        ...

    async def set_state(self, job: int, state: State, *, among: Sequence[State], reason: str | None = None) -> bool:
        """Change the state, if it is one of these."""
        ...

    async def tallies(self, job: int) -> list[Tally]:
        """How many numbers have which status, summed over the units."""
        ...

    async def workers(self, job: int) -> list[WorkerRow]:
        """Workers of the job's account that were seen lately."""
        ...

    async def next_due(self, job: int) -> float | None:
        """Seconds until work is due; None where none is, or nobody may do it now."""
        ...

    async def targets(self, job: int) -> dict[int, Target]:
        """Where the job's numbers go."""
        ...

    def outcomes(self, job: int) -> AsyncIterator[OutcomeRow]:
        """All outcomes, by their place in the input."""
        ...

    # What workers do.

    async def take(self, ask: Ask) -> list[Unit]:
        """Take a lease on work that is due."""
        ...

    async def bind(self, job: int, origin: str) -> bool:
        """Remember which server the job goes to; False where it goes to another."""
        ...

    async def renew(self, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
        """Renew leases; gives the state of the job of each that is still held."""
        ...

    async def release(
        self, unit: Unit, *, done: bool, due: float | None, wait: float, failures: int, error: str | None
    ) -> bool:
        """Give a lease back.

        Args:
            unit: The unit.
            done: Whether nothing is left to do in it.
            due: Seconds until the rest is due; None for when it is waked.
            wait: The unit's interval between looks, from now on.
            failures: How often in a row it could not be done.
            error: Why, the last time.
        """
        ...

    async def advance(self, account: str, while_sending: float) -> None:
        """Let jobs go on whose phase is over, and wake the looks at what was accepted.

        Args:
            account: Jobs of this account; others may go on, too.
            while_sending: Seconds until the first look while numbers are still sent.
        """
        ...

    async def open_rows(self, unit: Unit) -> list[Row]:
        """The numbers of a chunk that have no outcome and are not followed."""
        ...

    async def mark_sent(self, unit: Unit, positions: Sequence[int]) -> bool:
        """Write down that numbers may be sent from now on; False where the lease has ended."""
        ...

    async def record(self, unit: Unit, results: Sequence[Result]) -> bool:
        """Write outcomes down; False where the lease has ended."""
        ...

    async def followed_count(self, unit: Unit) -> int:
        """How many numbers of the unit's target are followed."""
        ...

    async def followed_among(self, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]: ...

    async def followed_after(self, unit: Unit, number: int, limit: int) -> list[FollowedRow]: ...

    async def accepted_first(self, unit: Unit) -> float | None:
        """Seconds since the number was accepted that is followed longest."""
        ...

    async def begin_list(self, unit: Unit) -> bool:
        """Forget what was kept of the campaign's list; False where the lease has ended."""
        ...

    async def keep_listed(self, unit: Unit, words: Mapping[int, str | None]) -> bool:
        """Keep what a page of the list says; False where the lease has ended."""
        ...

    async def listed(self, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
        """Those of some numbers that the list holds."""
        ...

    async def plan_removals(self, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
        """Add the numbers of the list that do not stand in the input, but for those with such a word, to the job, and
        end the unit; False where the lease has ended.
        """
        ...
