"""taskiq: once a minute, and whenever a job is submitted, a task does whatever is due.

taskiq worker taskiq_app:broker        # any number of them
taskiq scheduler taskiq_app:scheduler  # one
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import Annotated

from taskiq import AsyncBroker, InMemoryBroker, TaskiqDepends, TaskiqScheduler
from taskiq.schedule_sources import LabelScheduleSource

from aiovonage import Vonage
from aiovonage.jobs import Jobs, LinkNumbers

broker: AsyncBroker = InMemoryBroker()  # yours instead, such as RedisStreamBroker of taskiq-redis
scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])
jobs = Jobs(os.environ["JOBS"])  # jobs.db, or postgresql://...


async def client() -> AsyncGenerator[Vonage]:
    """A client for a task."""
    async with Vonage() as vonage:
        yield vonage


@broker.task(schedule=[{"cron": "* * * * *"}])
async def work(vonage: Annotated[Vonage, TaskiqDepends(client)]) -> None:
    """Do what is due now, in all jobs of the account. Tasks that overlap share the work."""
    await jobs.work(vonage, wait=False)


async def submit(brand_id: str, campaign_id: str, numbers: list[str], *, key: str) -> int:
    """Store a job, and start it; gives its id. Called twice with one key, it is one job."""
    job = await jobs.submit(LinkNumbers(brand_id, campaign_id, until="approved"), numbers, key=key)
    await work.kiq()  # type: ignore[call-overload]
    return job.id
