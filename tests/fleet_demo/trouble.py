"""What befalls the workers, and how long their work waits for others."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

import attrs
import psycopg

_HELD = "SELECT job, number, token FROM aiovonage_unit WHERE NOT done AND worker = %s AND lease_until > now()"
_TOKENS = "SELECT job, number, token FROM aiovonage_unit WHERE worker IS NOT NULL"


@attrs.define
class Takeover:
    """The chunks of a worker that does not go on with them.

    Attributes:
        worker: Its name.
        chunks: How many it had.
        seconds: How long each waited for another worker.
    """

    worker: str
    chunks: int = 0
    seconds: list[float] = attrs.field(factory=list)

    def __str__(self) -> str:
        longest = f", the last after {max(self.seconds):.1f} s" if self.seconds else ""
        return f"{self.chunks} chunks of {self.worker}: {len(self.seconds)} taken over{longest}"


class Trouble:
    """Kills and freezes workers.

    Args:
        dsn: The database of the jobs.
        workers: Their processes, by name.
    """

    def __init__(self, dsn: str, workers: dict[str, asyncio.subprocess.Process]) -> None:
        self._dsn = dsn
        self._workers = workers
        self.takeovers: list[Takeover] = []

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        takeover = Takeover(name)
        self.takeovers.append(takeover)
        held = await self._held(name)
        self._workers[name].send_signal(signal.SIGKILL)
        await self._watch(takeover, held, time.monotonic())

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after some seconds."""
        takeover = Takeover(name)
        self.takeovers.append(takeover)
        held = await self._held(name)
        self._workers[name].send_signal(signal.SIGSTOP)
        watching = asyncio.create_task(self._watch(takeover, held, time.monotonic()))
        await asyncio.sleep(seconds)
        if self._workers[name].returncode is None:
            self._workers[name].send_signal(signal.SIGCONT)
        await watching

    async def _held(self, name: str) -> dict[tuple[int, int], int]:
        return await self._tokens(_HELD, name)

    async def _watch(self, takeover: Takeover, held: dict[tuple[int, int], int], since: float) -> None:
        takeover.chunks = len(held)
        give_up_at = since + 60.0
        while held and time.monotonic() < give_up_at:
            await asyncio.sleep(0.05)
            found = await self._tokens(_TOKENS)
            for name in [name for name, token in held.items() if found.get(name, token) != token]:
                del held[name]
                takeover.seconds.append(time.monotonic() - since)

    async def _tokens(self, query: str, *arguments: Any) -> dict[tuple[int, int], int]:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            cursor = await connection.execute(query, arguments)
            return {(job, number): token for job, number, token in await cursor.fetchall()}
