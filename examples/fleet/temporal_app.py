"""Temporal: a workflow that lasts as long as the carriers take, and an activity that does what is due."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from aiovonage import Vonage
    from aiovonage.jobs import Jobs

HEARTBEAT = timedelta(seconds=30)


@activity.defn
async def work(job_id: int) -> float | None:
    """Do what is due now; gives the seconds until there is more to do, or None at the end of the job."""
    async with Vonage() as vonage:
        working = asyncio.create_task(Jobs(os.environ["JOBS"]).work(vonage, job_id, wait=False))
        while not (await asyncio.wait([working], timeout=5))[0]:
            activity.heartbeat()  # without it, Temporal starts the activity again elsewhere
        status = await working
    return max(1.0, status.next_due or 0.0) if status.state == "running" else None


@workflow.defn
class CarryOut:
    @workflow.run
    async def run(self, job_id: int) -> None:
        while (seconds := await self._work(job_id)) is not None:
            await workflow.sleep(seconds)

    async def _work(self, job_id: int) -> float | None:
        day = timedelta(days=1)
        return await workflow.execute_activity(work, job_id, heartbeat_timeout=HEARTBEAT, start_to_close_timeout=day)
