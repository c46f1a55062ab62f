"""Numbers a second: one process with a journal, and 1, 2 and 4 workers on one store.

The API answers after 20 ms, in the process itself, so that no server is measured. Run it with
`python -m benchmarks.jobs [--numbers 20000]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from aiovonage import Throttle, Vonage
from aiovonage.jobs import Jobs, LinkNumbers
from aiovonage.transport import Request, Response
from tests import services

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
LATENCY = 0.02


class Answering:
    """An API that accepts every number."""

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(LATENCY)
        headers = [(b"Content-Type", b"application/json")]
        if request.method == "GET":
            return Response(200, headers, b'{"campaign_id": "C1DEB879", "status": "ACTIVE"}')
        number = json.loads(request.body)["number"]
        return Response(202, headers, json.dumps({"number": number, "country": "US", "status": "PENDING"}).encode())

    async def aclose(self) -> None: ...


def client() -> Vonage:
    """A client of it."""
    return Vonage(api_key="key", api_secret="s3cr3t", transport=Answering(), throttle=Throttle(rate=100_000))


def numbers(count: int) -> list[str]:
    """Numbers, all different."""
    return [str(14155550000 + index) for index in range(count)]


async def one_run(count: int, journal: Path) -> float:
    """Seconds of a bulk run with a journal."""
    async with client() as vonage:
        began = time.perf_counter()
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(count), journal=journal)
        return time.perf_counter() - began


async def fleet(dsn: str, count: int, workers: int) -> tuple[float, float]:
    """Seconds of a submission, and of the work on it from the first outcome to the last."""
    jobs = Jobs(dsn, account="key")
    await jobs.migrate()
    began = time.perf_counter()
    job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), numbers(count))
    submitted = time.perf_counter() - began
    await jobs.pause(job)
    command = [sys.executable, "-m", "benchmarks.jobs", "--work", dsn]
    processes = [await asyncio.create_subprocess_exec(*command) for _ in range(workers)]
    async for status in jobs.watch(job, interval=0.1):
        if sum(worker.seen < 5.0 for worker in status.workers) >= workers:  # all are up before the work begins
            break
    await jobs.resume(job)
    began = time.perf_counter()
    async for status in jobs.watch(job, interval=0.2):
        if status.is_over:
            break
    seconds = time.perf_counter() - began
    for process in processes:
        process.terminate()
    await asyncio.gather(*(process.wait() for process in processes))
    return submitted, seconds


async def work(dsn: str) -> None:
    """A worker, until it is terminated."""
    async with client() as vonage:
        await Jobs(dsn).work(vonage)


async def main(count: int) -> None:
    """Measure everything, and print it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(services.postgres())
        seconds = await one_run(count, folder / "journal.db")
        print(f"one process with a journal: {count / seconds:,.0f} numbers/s")
        for name in ("SQLite", "Postgres"):
            for workers in (1, 2, 4):
                dsn = str(folder / f"jobs-{workers}.db") if name == "SQLite" else url
                submitted, seconds = await fleet(dsn, count, workers)
                print(
                    f"{name}, {workers} workers: {count / seconds:,.0f} numbers/s (submitted at "
                    f"{count / submitted:,.0f}/s)"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--numbers", type=int, default=20_000)
    parser.add_argument("--work")
    given = parser.parse_args()
    asyncio.run(work(given.work) if given.work else main(given.numbers))
