"""The store in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiovonage.jobs._postgres import jobs, work
from aiovonage.jobs._postgres.connection import Line, check_version, postgres_errors
from aiovonage.jobs._postgres.migrate import migrate
from aiovonage.jobs._postgres.submit import in_transaction, submit
from aiovonage.jobs._states import State
from aiovonage.jobs._store import (
    Ask,
    FollowedRow,
    OutcomeRow,
    Pulse,
    Result,
    Row,
    StoredJob,
    Tally,
    Unit,
    WorkerRow,
)

if TYPE_CHECKING:
    from aiovonage._core.hidden_url import HiddenUrl
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._plans import Plan


class PostgresStore:
    """Implements `Store`.

    Args:
        url: `postgresql://...`, as libpq reads it.

    Raises:
        JobsError: if psycopg is not installed, or the URL is not valid.
    """

    def __init__(self, url: HiddenUrl) -> None:
        self._line = Line(url)
        self.name: str = self._line.name

    async def close(self) -> None:
        await self._line.close()

    async def migrate(self) -> None:
        async with self._line.connected(migrated=False) as connection:
            await migrate(connection, self.name)

    async def submit(
        self, plan: Plan, account: str, numbers: Numbers, *, key: str | None, chunk: int, connection: Any = None
    ) -> tuple[StoredJob, bool]:
        if connection is not None:
            with postgres_errors(self.name):
                async with in_transaction(connection, given=True):
                    await check_version(connection, self.name)
                    return await submit(connection, plan, account, numbers, key=key, chunk=chunk)
        async with self._line.connected() as own, in_transaction(own, given=False):
            return await submit(own, plan, account, numbers, key=key, chunk=chunk)

    async def jobs(self, account: str | None, limit: int) -> list[StoredJob]:
        return await jobs.jobs(self._line, account, limit)

    async def find(self, job: int | str) -> list[StoredJob]:
        return await jobs.find(self._line, job)

    async def set_state(self, job: int, state: State, *, among: Sequence[State], reason: str | None = None) -> bool:
        return await jobs.set_state(self._line, job, state, among, reason)

    async def tallies(self, job: int) -> list[Tally]:
        return await jobs.tallies(self._line, job)

    async def workers(self, job: int) -> list[WorkerRow]:
        return await jobs.workers(self._line, job)

    async def next_due(self, job: int) -> float | None:
        return await jobs.next_due(self._line, job)

    async def targets(self, job: int) -> dict[int, Target]:
        return await jobs.targets(self._line, job)

    def outcomes(self, job: int) -> AsyncIterator[OutcomeRow]:
        return jobs.outcomes(self._line, job)

    async def take(self, ask: Ask) -> list[Unit]:
        return await work.take(self._line, ask)

    async def bind(self, job: int, origin: str) -> bool:
        return await work.bind(self._line, job, origin)

    async def renew(self, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
        return await work.renew(self._line, units, pulse)

    async def release(
        self, unit: Unit, *, done: bool, due: float | None, wait: float, failures: int, error: str | None
    ) -> bool:
        return await work.release(self._line, unit, done, due, wait, failures, error)

    async def advance(self, account: str, while_sending: float) -> None:
        await work.advance(self._line, account, while_sending)

    async def open_rows(self, unit: Unit) -> list[Row]:
        return await work.open_rows(self._line, unit)

    async def mark_sent(self, unit: Unit, positions: Sequence[int]) -> bool:
        return await work.mark_sent(self._line, unit, positions)

    async def record(self, unit: Unit, results: Sequence[Result]) -> bool:
        return await work.record(self._line, unit, results)

    async def followed_count(self, unit: Unit) -> int:
        return await work.followed_count(self._line, unit)

    async def followed_among(self, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]:
        return await work.followed_among(self._line, unit, numbers)

    async def followed_after(self, unit: Unit, number: int, limit: int) -> list[FollowedRow]:
        return await work.followed_after(self._line, unit, number, limit)

    async def accepted_first(self, unit: Unit) -> float | None:
        return await work.accepted_first(self._line, unit)

    async def begin_list(self, unit: Unit) -> bool:
        return await work.begin_list(self._line, unit)

    async def keep_listed(self, unit: Unit, words: Mapping[int, str | None]) -> bool:
        return await work.keep_listed(self._line, unit, words)

    async def listed(self, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
        return await work.listed(self._line, job, numbers)

    async def plan_removals(self, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
        return await work.plan_removals(self._line, unit, target, leaving, chunk)
