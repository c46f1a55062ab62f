"""Procrastinate inside your own app: your database holds the jobs too, and one transaction submits both.

PYTHONPATH=. procrastinate --app=procrastinate_app.app worker
"""

from __future__ import annotations

import os

import psycopg
from procrastinate import App, PsycopgConnector

from aiovonage import Vonage
from aiovonage.jobs import Jobs, LinkNumbers

DATABASE = os.environ["DATABASE_URL"]

app = App(connector=PsycopgConnector(conninfo=DATABASE))
jobs = Jobs(DATABASE)


@app.task
async def work(job_id: int) -> None:
    """Do what is due now, and come again when there is more to do. A task that runs twice does no harm."""
    async with Vonage() as vonage:
        status = await jobs.work(vonage, job_id, wait=False)
    if status.state == "running":
        seconds = max(1, round(status.next_due or 0))
        await work.configure(schedule_in={"seconds": seconds}).defer_async(job_id=job_id)


async def order(customer: str, brand_id: str, campaign_id: str, numbers: list[str]) -> int:
    """What your app does when a customer orders: its own row and the job are stored together, or not at all."""
    target = LinkNumbers(brand_id, campaign_id, until="approved")
    async with await psycopg.AsyncConnection.connect(DATABASE) as connection:
        job = await jobs.submit(target, numbers, key=f"order-{customer}", connection=connection)
        await connection.execute("INSERT INTO orders (customer, job) VALUES (%s, %s)", (customer, job.id))
    await work.configure(lock=f"job-{job.id}").defer_async(job_id=job.id)
    return job.id
