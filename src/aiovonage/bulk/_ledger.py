"""Storage for the state of a run's numbers, and its implementation by the journal of a run.

A number is recorded before it is sent, and its outcome before it is reported. The journal of a run uses its own file;
a chunk of a job (`aiovonage.jobs`) uses a database that workers share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from aiovonage.bulk._journal.writer import Claimed, Followed, JournalWriter
from aiovonage.bulk._outcome import LinkOutcome
from aiovonage.bulk._targets import Target

T = TypeVar("T")


class Ledger(Protocol):
    """The storage that a run needs for its numbers. `JournalWriter` documents the methods.

    Attributes:
        lasts: Whether it outlives the run, so that outcomes must be recorded.
    """

    lasts: bool

    async def open(self) -> None:
        """Open the storage. Called once, before any other method."""
        ...

    async def close(self) -> None:
        """Close the storage. Called however the run ends."""
        ...

    async def counts(self) -> tuple[dict[str, int], int]: ...

    async def claim(self, rows: Sequence[tuple[object, Target]]) -> list[Claimed]: ...

    async def leftovers(self, after: Claimed | None, limit: int) -> list[Claimed]: ...

    async def record(self, results: Sequence[tuple[LinkOutcome, Target]], *, told: bool, now: float) -> None: ...

    async def followed(self) -> dict[Target, int]: ...

    async def followed_among(self, target: Target, numbers: Iterable[int]) -> list[Followed]: ...

    async def followed_after(self, target: Target, number: int, limit: int) -> list[Followed]: ...

    async def accepted_first(self) -> float | None: ...

    async def begin_snapshot(self) -> None: ...

    async def keep_listed(self, campaign_id: str, words: Mapping[int, str | None]) -> None: ...

    async def listed(self, campaign_id: str, numbers: Iterable[int]) -> dict[int, str | None]: ...

    async def unwanted(self, campaign_id: str, after: int, limit: int) -> list[tuple[int, str | None]]: ...

    async def forget_removals_of_wanted(self) -> int: ...

    async def removals_begun(self, target: Target, limit: int) -> list[int]: ...


class JournalLedger:
    """The journal of a run, in its own thread. While it commits, the next outcomes accumulate (group commit).

    Args:
        open_journal: Opens the journal. Called in that thread.
        lasts: Whether the journal outlives the run.
    """

    def __init__(self, open_journal: Callable[[], JournalWriter], *, lasts: bool) -> None:
        self.lasts: bool = lasts
        self._open_journal = open_journal
        self._journal: JournalWriter
        self._opened: JournalWriter | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aiovonage-journal")

    async def open(self) -> None:
        await self._call(self._open)

    async def close(self) -> None:
        # The thread runs its calls in order, and this one last, even if the run is cancelled again here.
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)
        await asyncio.shield(closing)

    def _open(self) -> None:
        # The thread stores it here itself: if the run is cancelled meanwhile, nobody receives the return value.
        self._opened = self._journal = self._open_journal()

    def _close(self) -> None:
        journal, self._opened = self._opened, None
        if journal is not None:
            journal.close()

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def counts(self) -> tuple[dict[str, int], int]:
        return await self._call(self._journal.counts)

    async def claim(self, rows: Sequence[tuple[object, Target]]) -> list[Claimed]:
        return await self._call(self._journal.claim, rows)

    async def leftovers(self, after: Claimed | None, limit: int) -> list[Claimed]:
        return await self._call(self._journal.leftovers, after, limit)

    async def record(self, results: Sequence[tuple[LinkOutcome, Target]], *, told: bool, now: float) -> None:
        await self._call(_record, self._journal, results, told, now)

    async def followed(self) -> dict[Target, int]:
        return await self._call(self._journal.followed)

    async def followed_among(self, target: Target, numbers: Iterable[int]) -> list[Followed]:
        return await self._call(self._journal.followed_among, target, numbers)

    async def followed_after(self, target: Target, number: int, limit: int) -> list[Followed]:
        return await self._call(self._journal.followed_after, target, number, limit)

    async def accepted_first(self) -> float | None:
        return await self._call(self._journal.accepted_first)

    async def begin_snapshot(self) -> None:
        await self._call(self._journal.begin_snapshot)

    async def keep_listed(self, campaign_id: str, words: Mapping[int, str | None]) -> None:
        await self._call(self._journal.keep_listed, campaign_id, words)

    async def listed(self, campaign_id: str, numbers: Iterable[int]) -> dict[int, str | None]:
        return await self._call(self._journal.listed, campaign_id, numbers)

    async def unwanted(self, campaign_id: str, after: int, limit: int) -> list[tuple[int, str | None]]:
        return await self._call(self._journal.unwanted, campaign_id, after, limit)

    async def forget_removals_of_wanted(self) -> int:
        return await self._call(self._journal.forget_removals_of_wanted)

    async def removals_begun(self, target: Target, limit: int) -> list[int]:
        return await self._call(self._journal.removals_begun, target, limit)


def _record(journal: JournalWriter, results: Sequence[tuple[LinkOutcome, Target]], told: bool, now: float) -> None:
    journal.record(results, told=told, now=now)
