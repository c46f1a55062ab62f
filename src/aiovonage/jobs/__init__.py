"""Jobs that live in a database, and that any number of workers carry out together.

jobs = Jobs("jobs.db")  # or "postgresql://..." for many machines
job = await jobs.submit(LinkNumbers("BLQKOPK", "C1DEB879"), numbers, key="import-7")

async with Vonage() as vonage:  # in as many processes as you like
    await jobs.work(vonage, job)

print(await jobs.status(job))
"""

from __future__ import annotations

from aiovonage.jobs._errors import JobsError, LeaseLost, StoreUnavailable
from aiovonage.jobs._job import Job, JobOutcome, JobStatus, RunningWorker, WorkerStatus
from aiovonage.jobs._jobs import Jobs
from aiovonage.jobs._plans import LinkNumbers, SyncNumbers, UnlinkNumbers
from aiovonage.jobs._states import State

__all__ = [
    "Job",
    "JobOutcome",
    "JobStatus",
    "Jobs",
    "JobsError",
    "LeaseLost",
    "LinkNumbers",
    "RunningWorker",
    "State",
    "StoreUnavailable",
    "SyncNumbers",
    "UnlinkNumbers",
    "WorkerStatus",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
