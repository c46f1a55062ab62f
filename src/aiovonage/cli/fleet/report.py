"""Writes the report of a job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aiovonage.cli.report.writers import writer_of

if TYPE_CHECKING:
    from aiovonage.jobs import Jobs

COLUMNS = ["entry", "given", "number", "brand_id", "campaign_id", "status", "carrier_status", "code", "reason"]


async def write_report(jobs: Jobs, job: str, path: Path) -> int:
    """Write a row for each outcome and return how many. The file appears only once it is complete."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    writer = writer_of(beside, path.suffix.lower(), COLUMNS)
    count = 0
    try:
        try:
            async for outcome in jobs.outcomes(job):
                problem = outcome.problem
                reason = ": ".join(text for text in (problem.title, problem.detail) if text) if problem else ""
                writer.write(
                    {
                        "entry": outcome.position,
                        "given": outcome.given,
                        "number": "" if outcome.status == "invalid" else outcome.number,
                        "brand_id": outcome.brand_id,
                        "campaign_id": outcome.campaign_id,
                        "status": str(outcome.status),
                        "carrier_status": outcome.carrier_status,
                        "code": problem.code if problem else None,
                        "reason": reason or None,
                    }
                )
                count += 1
        finally:
            writer.close()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count
