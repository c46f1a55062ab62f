"""Hands out work through Procrastinate: a chunk is a task, the next check of followed numbers is a scheduled task, and
a periodic task finds what dead workers left behind.

Correctness does not depend on Procrastinate. The periodic task defers a lost task again, a task that runs twice finds
its chunk taken, and each write still checks the lease and its token. LISTEN/NOTIFY is not used, since it does not work
with PgBouncer's transaction pooling.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiovonage.jobs._errors import JobsError, StoreUnavailable
from aiovonage.jobs._postgres.connection import Line, first_line

if TYPE_CHECKING:
    from aiovonage._core.hidden_url import HiddenUrl
    from aiovonage.jobs._worker import Worker

SWEEP = "* * * * * */2"
"""When the periodic task runs: every two seconds (the sixth cron field is seconds)."""

SCHEDULED = 64
"""How many tasks are deferred at a time, at most. The rest are deferred later."""

STALLED = 60
"""Seconds after which the task of a dead worker is removed. Its chunk was taken over long before."""

PATIENCE = 5
"""Polls without a task after which a worker asks the store itself whether something is due."""

logger: logging.Logger = logging.getLogger("aiovonage.jobs")

_UPCOMING = """
SELECT u.job, u.number, u.token, extract(epoch FROM u.due - clock_timestamp())::float8,
    extract(epoch FROM u.due)::float8
FROM aiovonage_job j JOIN aiovonage_unit u ON u.job = j.id
WHERE j.state = 'running' AND j.account = %s AND (j.origin IS NULL OR j.origin = %s) AND NOT u.done
    AND u.phase <= j.phase AND u.due IS NOT NULL AND u.lease_until <= clock_timestamp()
ORDER BY u.lease_until > '-infinity' DESC, u.due > clock_timestamp(), u.kind DESC, u.job, u.number LIMIT %s
"""


class Engine:
    """Procrastinate, for one worker.

    Args:
        url: The database.
        worker: Does the work.
        poll: Seconds between two polls for tasks.

    Raises:
        JobsError: if Procrastinate is not installed.
    """

    def __init__(self, url: HiddenUrl, worker: Worker, *, poll: float) -> None:
        try:
            from procrastinate import App, PsycopgConnector
        except ImportError:
            raise JobsError("engine='procrastinate' needs the extra jobs: pip install 'aiovonage[jobs]'") from None
        self._line = Line(url)
        self._worker = worker
        self._poll = poll
        whose = hashlib.sha256(f"{worker.account} {worker.origin}".encode()).hexdigest()[:16]
        self._queue = f"aiovonage-{whose}"  # a NOTIFY channel is named after it, so at most 63 bytes
        connector = PsycopgConnector(conninfo=url, min_size=1, max_size=4, kwargs={"prepare_threshold": None})
        self._app = App(connector=connector)

        @self._app.task(name="aiovonage.chunk", queue=self._queue)
        async def chunk(job: int, number: int) -> None:
            if not worker.is_full:
                await worker.do((job, number))
                await self._defer()

        @self._app.periodic(cron=SWEEP, periodic_id=self._queue)
        @self._app.task(name="aiovonage.sweep", queue=self._queue, queueing_lock=f"{self._queue} sweep")
        async def sweep(timestamp: int) -> None:
            await self._defer()
            await self._remove_stalled()

        self._chunk: Any = chunk

    async def run(self, is_over: Callable[[], Awaitable[bool]]) -> None:
        """Work until stopped.

        Args:
            is_over: Called when nothing is in progress; returns whether to end.

        Raises:
            JobsError: if the store can't be used.
            Unauthorized: if the client's credentials are wrong.
        """
        worker = self._worker
        try:
            async with worker.at_work():
                tasks = asyncio.create_task(self._take_tasks())
                try:
                    idle = 0
                    while not worker.has_ended and not (worker.is_idle and await self._ask(is_over)):
                        await asyncio.sleep(self._poll)
                        await worker.rescue()  # a full queue must not delay what a dead worker left behind
                        idle = idle + 1 if worker.is_idle else 0
                        if idle >= PATIENCE and await self._ask(worker.take_due):
                            logger.warning("Procrastinate hands out nothing, though chunks are due: taking them")
                finally:
                    tasks.cancel()
                    await asyncio.gather(tasks, return_exceptions=True)
                worker.raise_failure()
        finally:
            await self._line.close()

    async def _take_tasks(self) -> None:
        while True:
            try:
                async with self._app.open_async():
                    await self._ask(self._defer)
                    await self._app.run_worker_async(
                        queues=[self._queue],
                        name=self._worker.name,
                        concurrency=self._worker.units + 1,
                        fetch_job_polling_interval=self._poll,
                        listen_notify=False,
                        install_signal_handlers=False,
                        delete_jobs="always",
                    )
            except Exception as failure:  # the connection was lost, or the database is restarting
                logger.warning("Procrastinate waits for the database: %s", _reason(failure))
            await asyncio.sleep(self._poll)

    async def _defer(self) -> bool:
        """Defer tasks for what is due, and scheduled tasks for what will be due."""
        from procrastinate.exceptions import AlreadyEnqueued

        await self._worker.work_store.advance(self._worker.account, self._worker.while_sending)
        found = await self._line.rows(_UPCOMING, (self._worker.account, self._worker.origin, SCHEDULED))
        for job, number, token, seconds, due in found:
            # The due time is part of the lock: if the chunk becomes due earlier, it gets another task.
            options: dict[str, Any] = {"queueing_lock": f"{job}:{number}:{token}:{due:.0f}"}
            if seconds > 0:
                options["schedule_in"] = {"seconds": int(seconds) + 1}
            try:
                await self._chunk.configure(**options).defer_async(job=job, number=number)
            except AlreadyEnqueued:
                continue
        return True

    async def _remove_stalled(self) -> None:
        from procrastinate.jobs import Status

        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=self._queue, seconds_since_heartbeat=STALLED):
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)

    async def _ask(self, ask: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await ask()
        except StoreUnavailable as failure:
            logger.warning("waiting for the database: %s", failure)
            return False


def _reason(failure: Exception) -> str:
    """The reason for a failure: Procrastinate's own message only says that there was an error."""
    return first_line(failure.__cause__ if isinstance(failure.__cause__, Exception) else failure)
