"""The ledger of a unit of work. It lets `aiovonage.bulk` run a chunk of a job just as it runs a journal."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import attrs

from aiovonage.bulk._journal.writer import Claim, Claimed, Followed
from aiovonage.bulk._outcome import LinkOutcome, Status
from aiovonage.jobs._errors import LeaseLost, StoreUnavailable
from aiovonage.jobs._states import FOLLOWING, SENT, Kind, code_of
from aiovonage.jobs._store import Result, Row

if TYPE_CHECKING:
    from aiovonage._problem import Problem
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._lease import Lease
    from aiovonage.jobs._store import FollowedRow, Store

T = TypeVar("T")

BETWEEN_TRIES = 0.5
"""Seconds until a store that did not respond is tried again."""

LONGEST_REASON = 80


class UnitLedger:
    """The state of a unit's numbers, in the store. If the store is down, writes are retried until the lease ends.

    Args:
        store: The store.
        lease: The lease on the unit.
        rows: The numbers of a chunk that have no outcome.
        targets: Where the numbers of the job go.

    Attributes:
        outcomes: How many numbers were decided.
    """

    lasts: bool = True

    def __init__(self, store: Store, lease: Lease, rows: Sequence[Row], targets: Mapping[int, Target]) -> None:
        self.outcomes: int = 0
        self._store = store
        self._lease = lease
        self._unit = lease.unit
        self._targets = targets
        self._ids = {target: id_ for id_, target in targets.items()}
        self._positions = {(row.number, row.target): row.position for row in rows}
        self._words: dict[int, str | None] | None = None

    async def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def close(self) -> None:
        """Do nothing: the worker releases the lease."""

    async def counts(self) -> tuple[dict[str, int], int]:
        """Count what is followed. Nothing else about a unit is needed, since the store sums up the job."""
        return {str(Status.ACCEPTED): sum((await self.followed()).values())}, 0

    async def claim(self, rows: Sequence[tuple[object, Target]]) -> list[Claimed]:
        """Record that numbers are about to be sent. The API is asked first about those that a dead worker had taken.

        Raises:
            LeaseLost: if the lease has ended.
        """
        taken = [(row, target) for row, target in rows if isinstance(row, Row)]
        if fresh := [row.position for row, _ in taken if row.status != SENT]:
            await self._fenced(lambda: self._store.mark_sent(self._unit, fresh))
        return [
            Claimed(Claim.RECONCILE if row.status == SENT else Claim.SEND, row.number, target) for row, target in taken
        ]

    async def leftovers(self, after: Claimed | None, limit: int) -> list[Claimed]:
        return []

    async def record(self, results: Sequence[tuple[LinkOutcome, Target]], *, told: bool, now: float) -> None:
        """Record outcomes, or that numbers are followed from now on.

        Raises:
            LeaseLost: if the lease has ended. Another worker then finds out what became of the numbers.
        """
        written = [self._result(outcome, target, told=told) for outcome, target in results]
        await self._fenced(lambda: self._store.record(self._unit, written))
        self.outcomes += len(written) if told else 0

    def _result(self, outcome: LinkOutcome, target: Target, *, told: bool) -> Result:
        number, target_id = int(outcome.number), self._ids[target]
        following = self._unit.kind is Kind.FOLLOW
        return Result(
            position=0 if following else self._positions[number, target_id],
            number=number,
            target=target_id,
            status=code_of(outcome.status) if told else FOLLOWING,
            word=outcome.carrier_status,
            problem=None if outcome.problem is None else json.dumps(attrs.asdict(outcome.problem)),
            reason=reason_of(outcome.problem),
            accepted=outcome.status is Status.ACCEPTED and not following,
        )

    # Following numbers.

    async def followed(self) -> dict[Target, int]:
        if self._unit.kind is not Kind.FOLLOW:
            return {}
        count = await self._asked(lambda: self._store.followed_count(self._unit))
        return {self._targets[self._unit.target]: count} if count else {}

    async def followed_among(self, target: Target, numbers: Iterable[int]) -> list[Followed]:
        wanted = list(numbers)
        return _followed(await self._asked(lambda: self._store.followed_among(self._unit, wanted)))

    async def followed_after(self, target: Target, number: int, limit: int) -> list[Followed]:
        return _followed(await self._asked(lambda: self._store.followed_after(self._unit, number, limit)))

    async def accepted_first(self) -> float | None:
        age = await self._asked(lambda: self._store.accepted_first(self._unit))
        return None if age is None else time.time() - age

    # The list of the campaign to synchronise. One unit reads it, and all others use it.

    async def begin_snapshot(self) -> None:
        if self._unit.kind is Kind.LIST:
            await self._fenced(lambda: self._store.begin_list(self._unit))

    async def keep_listed(self, campaign_id: str, words: Mapping[int, str | None]) -> None:
        await self._fenced(lambda: self._store.keep_listed(self._unit, words))

    async def listed(self, campaign_id: str, numbers: Iterable[int]) -> dict[int, str | None]:
        if self._words is None:
            mine = [number for number, _ in self._positions]
            self._words = await self._asked(lambda: self._store.listed(self._unit.job, mine))
        return {number: self._words[number] for number in numbers if number in self._words}

    async def unwanted(self, campaign_id: str, after: int, limit: int) -> list[tuple[int, str | None]]:
        raise AssertionError("the store plans removals")

    async def forget_removals_of_wanted(self) -> int:
        raise AssertionError("the store plans removals")

    async def removals_begun(self, target: Target, limit: int) -> list[int]:
        raise AssertionError("the store plans removals")

    async def _fenced(self, write: Callable[[], Awaitable[bool]]) -> None:
        if not await self._asked(write):
            self._lease.lost = True
            self._lease.check()

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await while_leased(self._lease, ask)


async def while_leased(lease: Lease, ask: Callable[[], Awaitable[T]]) -> T:
    """Retry while the store does not respond and the lease lasts.

    Raises:
        LeaseLost: if the lease ends in the meantime.
        JobsError: if the store can't be used.
    """
    while True:
        try:
            return await ask()
        except StoreUnavailable as failure:
            if not lease.left:
                lease.lost = True
                raise LeaseLost(f"the lease has ended while the database was away: {failure}") from failure
        await asyncio.sleep(min(BETWEEN_TRIES, 0.1 * lease.seconds))


def reason_of(problem: Problem | None) -> str:
    """The key that errors are counted under: the code of the problem, or its title."""
    if problem is None:
        return ""
    return (problem.code or problem.title or problem.detail or "")[:LONGEST_REASON]


def _followed(rows: Sequence[FollowedRow]) -> list[Followed]:
    now = time.time()
    return [Followed(row.number, now - row.age, row.word, False) for row in rows]
