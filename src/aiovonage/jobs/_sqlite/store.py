"""The store in an SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiovonage.errors import ConfigurationError
from aiovonage.jobs._sqlite import jobs, work
from aiovonage.jobs._sqlite.file import File
from aiovonage.jobs._sqlite.submit import submit
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
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._plans import Plan

PAGE = 2000


class SqliteStore:
    """Implements `Store`. Its file is created on first use.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.name: str = str(path)
        self._file = File(path)

    async def close(self) -> None:
        await self._file.close()

    async def migrate(self) -> None:
        await self._file.call(lambda _: None)

    async def submit(
        self, plan: Plan, account: str, numbers: Numbers, *, key: str | None, chunk: int, connection: Any = None
    ) -> tuple[StoredJob, bool]:
        if connection is not None:
            raise ConfigurationError(
                "connection= is for jobs on Postgres; a job in an SQLite file is its own transaction"
            )
        return await submit(self._file, plan, account, numbers, key=key, chunk=chunk)

    async def jobs(self, account: str | None, limit: int) -> list[StoredJob]:
        return await self._file.call(lambda database: jobs.jobs(database, account, limit))

    async def find(self, job: int | str) -> list[StoredJob]:
        return await self._file.call(lambda database: jobs.find(database, job))

    async def set_state(self, job: int, state: State, *, among: Sequence[State], reason: str | None = None) -> bool:
        return await self._file.call(lambda database: jobs.set_state(database, job, state, among, reason))

    async def tallies(self, job: int) -> list[Tally]:
        return await self._file.call(lambda database: jobs.tallies(database, job))

    async def workers(self, job: int) -> list[WorkerRow]:
        return await self._file.call(lambda database: jobs.workers(database, job))

    async def next_due(self, job: int) -> float | None:
        return await self._file.call(lambda database: jobs.next_due(database, job))

    async def targets(self, job: int) -> dict[int, Target]:
        return await self._file.call(lambda database: jobs.targets(database, job))

    async def outcomes(self, job: int) -> AsyncIterator[OutcomeRow]:
        after = 0
        while page := await self._file.call(lambda database, after=after: jobs.outcomes(database, job, after, PAGE)):  # type: ignore[misc]
            after = page[-1].position
            for row in page:
                yield row

    async def take(self, ask: Ask) -> list[Unit]:
        return await self._file.call(lambda database: work.take(database, ask))

    async def bind(self, job: int, origin: str) -> bool:
        return await self._file.call(lambda database: work.bind(database, job, origin))

    async def renew(self, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
        return await self._file.call(lambda database: work.renew(database, units, pulse))

    async def release(
        self, unit: Unit, *, done: bool, due: float | None, wait: float, failures: int, error: str | None
    ) -> bool:
        return await self._file.call(lambda database: work.release(database, unit, done, due, wait, failures, error))

    async def advance(self, account: str, while_sending: float) -> None:
        await self._file.call(lambda database: work.advance(database, while_sending))

    async def open_rows(self, unit: Unit) -> list[Row]:
        return await self._file.call(lambda database: work.open_rows(database, unit))

    async def mark_sent(self, unit: Unit, positions: Sequence[int]) -> bool:
        return await self._file.call(lambda database: work.mark_sent(database, unit, positions))

    async def record(self, unit: Unit, results: Sequence[Result]) -> bool:
        return await self._file.call(lambda database: work.record(database, unit, results))

    async def followed_count(self, unit: Unit) -> int:
        return await self._file.call(lambda database: work.followed_count(database, unit))

    async def followed_among(self, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]:
        return await self._file.call(lambda database: work.followed_among(database, unit, numbers))

    async def followed_after(self, unit: Unit, number: int, limit: int) -> list[FollowedRow]:
        return await self._file.call(lambda database: work.followed_after(database, unit, number, limit))

    async def accepted_first(self, unit: Unit) -> float | None:
        return await self._file.call(lambda database: work.accepted_first(database, unit))

    async def begin_list(self, unit: Unit) -> bool:
        return await self._file.call(lambda database: work.begin_list(database, unit))

    async def keep_listed(self, unit: Unit, words: Mapping[int, str | None]) -> bool:
        return await self._file.call(lambda database: work.keep_listed(database, unit, words))

    async def listed(self, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
        return await self._file.call(lambda database: work.listed(database, job, numbers))

    async def plan_removals(self, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
        return await self._file.call(lambda database: work.plan_removals(database, unit, target, leaving, chunk))
