"""FastAPI: the service submits jobs and shows how they stand; `aiovonage worker` processes carry them out."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from aiovonage.jobs import Jobs, JobsError, LinkNumbers

app = FastAPI()
jobs = Jobs(os.environ["JOBS"])  # jobs.db, or postgresql://...


class Order(BaseModel):
    brand_id: str
    campaign_id: str
    numbers: list[str]


@app.put("/jobs/{key}", status_code=202)
async def submit(key: str, order: Order) -> dict[str, int]:
    try:
        job = await jobs.submit(LinkNumbers(order.brand_id, order.campaign_id), order.numbers, key=key)
    except JobsError as error:  # the key is that of a job that does something else
        raise HTTPException(409, str(error)) from error
    return {"id": job.id, "total": job.total}


@app.get("/jobs/{key}/progress")
async def progress(key: str) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:  # one each second, until the job is over
        async for status in jobs.watch(key):
            yield json.dumps({"state": status.state, "pending": status.pending, "counts": dict(status.counts)}) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")
