"""Celery: a task works on a job while something is due, and comes again later: `celery -A celery_app worker`.

A task that runs twice, or again after its worker died, does no harm: leases decide who may write and send.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from celery import Celery

from aiovonage import Vonage
from aiovonage.jobs import Jobs, JobStatus, LinkNumbers

app = Celery("links", broker=os.environ["CELERY_BROKER_URL"])
app.conf.task_acks_late = True  # so that another worker gets the task of one that died
jobs = Jobs(os.environ["JOBS"])  # jobs.db, or postgresql://...


async def submit(brand_id: str, campaign_id: str, numbers: list[str], *, key: str) -> int:
    """Store a job, and start it; gives its id. Called twice with one key, it is one job."""
    job = await jobs.submit(LinkNumbers(brand_id, campaign_id, until="approved"), numbers, key=key)
    await asyncio.to_thread(work.delay, job.id)
    return job.id


@app.task(bind=True, max_retries=None)  # type: ignore[untyped-decorator]
def work(self: Any, job_id: int) -> str:
    """Do what is due now."""
    status = asyncio.run(_work(job_id))
    if status.state == "running":
        raise self.retry(countdown=max(1.0, status.next_due or 0.0))
    return str(status)


async def _work(job_id: int) -> JobStatus:
    async with Vonage() as vonage:
        return await jobs.work(vonage, job_id, wait=False)
