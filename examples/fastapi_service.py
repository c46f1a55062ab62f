"""A service that links numbers in the background and reports its progress.

    python examples/fastapi_service.py
    curl localhost:8000/links --json '{"brand_id": "BLQKOPK", "campaign_id": "C1DEB879", "numbers": ["+12025550101"]}'
    curl localhost:8000/links/<id>

A job is a file that says what to do, and the journal of its run. On SIGTERM the requests under way are finished; after
a stop, or a crash, each job goes on where it was. One process serves a folder of jobs.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field

from aiovonage import Vonage
from aiovonage.bulk import BulkRun

logger = logging.getLogger("uvicorn.error")


class Job(BaseModel):
    """The numbers to link, and their campaign."""

    brand_id: str
    campaign_id: str
    country: str = "US"
    numbers: list[str] = Field(min_length=1, max_length=100_000)


class Progress(BaseModel):
    """The progress of a job.

    Attributes:
        total: How many numbers the job has.
        pending: How many of them have no outcome yet.
        counts: How many numbers have which outcome.
        rate: Outcomes a second, since the service has started.
        stopped: Why the job does not go on; null while it runs, and at its end.
    """

    id: str
    total: int
    pending: int
    counts: dict[str, int]
    rate: float
    stopped: str | None


class Jobs:
    """The jobs of a folder, each in its own task. They share the client and its rate."""

    def __init__(self, vonage: Vonage, folder: Path, tasks: asyncio.TaskGroup) -> None:
        self._vonage = vonage
        self._folder = folder
        self._tasks = tasks
        self._runs: dict[str, BulkRun] = {}

    async def add(self, job: Job) -> str:
        """Accept a job: after this, a crash does not lose it."""
        job_id = uuid.uuid4().hex
        await asyncio.to_thread(self._write, job_id, job)
        self._start(job_id, job)
        return job_id

    def resume(self) -> None:
        """Resume all jobs of the folder. Finished ones send nothing: their journal has every outcome."""
        for path in self._folder.glob("*.json"):
            self._start(path.stem, Job.model_validate_json(path.read_bytes()))

    def stop(self) -> None:
        """Send no more numbers, and finish the open requests."""
        for run in self._runs.values():
            run.stop()

    def progress(self, job_id: str) -> Progress:
        """The progress of a job."""
        summary = self._runs[job_id].summary
        return Progress(
            id=job_id,
            total=summary.total,
            pending=summary.pending,
            counts=dict(summary.counts),
            rate=round(summary.rate, 1),
            stopped=summary.stopped,
        )

    def _start(self, job_id: str, job: Job) -> None:
        self._runs[job_id] = self._vonage.bulk.link_numbers(
            job.brand_id,
            job.campaign_id,
            job.numbers,
            country=job.country,
            journal=self._folder / f"{job_id}.db",
        )
        self._tasks.create_task(self._run(job_id))

    async def _run(self, job_id: str) -> None:
        try:
            logger.info("job %s: %s", job_id, await self._runs[job_id])
        except Exception:  # one failed job must not stop the others
            logger.exception("job %s has stopped", job_id)

    def _write(self, job_id: str, job: Job) -> None:
        draft = self._folder / f"{job_id}.draft"
        draft.write_text(job.model_dump_json(), "utf-8")
        draft.rename(self._folder / f"{job_id}.json")  # atomic: the file is complete once it has this name


def jobs_of(request: Request) -> Any:
    """The jobs of the service."""
    return request.app.state.jobs


def create_app(folder: Path, *, sandbox: bool = False) -> FastAPI:
    """The service over a folder of jobs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with (
            sandbox_settings() if sandbox else nullcontext(),
            Vonage() as vonage,
            asyncio.TaskGroup() as tasks,  # left before the client is closed, when every job has ended
        ):
            app.state.jobs = jobs = Jobs(vonage, folder, tasks)
            jobs.resume()
            yield
            jobs.stop()

    app = FastAPI(title="Links", lifespan=lifespan)

    @app.post("/links", status_code=202)
    async def create(job: Job, jobs: Annotated[Jobs, Depends(jobs_of)], response: Response) -> Progress:
        job_id = await jobs.add(job)
        response.headers["Location"] = f"/links/{job_id}"
        return jobs.progress(job_id)

    @app.get("/links/{job_id}")
    async def read(job_id: str, jobs: Annotated[Jobs, Depends(jobs_of)]) -> Progress:
        try:
            return jobs.progress(job_id)
        except KeyError:
            raise HTTPException(404, "there is no such job") from None

    return app


@asynccontextmanager
async def sandbox_settings() -> AsyncGenerator[None]:
    """For `--sandbox`: start a sandbox, and point the environment to it."""
    from aiovonage.sandbox import Sandbox

    async with Sandbox() as sandbox:
        os.environ |= {
            "VONAGE_BASE_URL": sandbox.url,
            "VONAGE_API_KEY": sandbox.api_key,
            "VONAGE_API_SECRET": sandbox.api_secret,
        }
        yield


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(description="A service that links numbers in the background.")
    parser.add_argument("--folder", type=Path, default=Path("jobs"), help="where the jobs are kept (default: jobs)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--sandbox", action="store_true", help="use a sandbox, not the account of the environment")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    uvicorn.run(create_app(options.folder, sandbox=options.sandbox), port=options.port)


if __name__ == "__main__":
    main()
