"""Do processes that share a given rate keep to it together, use it, and get equal parts? Real processes, real stores.

    python benchmarks/shared_rate.py                                    # 3, 8 and 20 processes, all stores
    python benchmarks/shared_rate.py --store directory --processes 8 --rate 500
    python benchmarks/shared_rate.py --store directory --outage 3       # another process keeps the lock for 3 seconds

Each process runs eight tasks that take places without end and send nothing. All times are of `time.monotonic`, which is
the same in all processes of a machine. The peak is the most that left in any second, at any moment; what was used
counts from a second after the start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aiovonage import Throttle
from aiovonage._core.throttle.stores.directory import FILE

TASKS = 8
SETTLE = 1.5
"""Seconds between the start of the last process and the measurement, for each to have counted the others."""


async def take(place: str, rate: float, seconds: float) -> None:
    """Take places for some seconds; run in a process of its own."""
    throttle = Throttle(rate, shared_in=place)
    lane = throttle.queue("account", "https://host", None)
    await lane.acquire()
    print("ready", flush=True)
    start = float(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.sleep(start - time.monotonic())
    sent: list[float] = []
    longest = 0.0

    async def work() -> None:
        while True:
            sent_at = lane.try_acquire() or await lane.acquire()
            sent.append(sent_at)
            lane.accepted(sent_at)
            await asyncio.sleep(0)

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before - 0.01)

    tasks = [asyncio.create_task(work()) for _ in range(TASKS)] + [asyncio.create_task(beat())]
    cpu = time.process_time()
    await asyncio.sleep(start + seconds - time.monotonic())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await throttle._rest()
    print(json.dumps({"sent": sent, "longest": longest, "cpu": time.process_time() - cpu}), flush=True)


@dataclass(frozen=True)
class Result:
    """What came of it.

    Attributes:
        used: The share of the rate that was used.
        peak: The most that left in any second, by the rate.
        parts: The smallest and the largest part of a process, by the mean.
        longest: Seconds for which an event loop stood still at most; on a busy machine, mostly for want of a processor.
        cpu: Seconds of processor time a second, of all processes together.
        warnings: Lines in the logs.
    """

    used: float
    peak: float
    parts: tuple[float, float]
    longest: float
    cpu: float
    warnings: int


def peak(moments: list[float]) -> int:
    """The most in any second."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def run(place: str, count: int, rate: float, seconds: float, outage: float) -> Result:
    """Some processes, for some seconds."""
    command = [sys.executable, __file__, "--take", place, "--rate", str(rate), "--seconds", str(seconds)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes: list[subprocess.Popen[str]] = [subprocess.Popen(command, **pipes) for _ in range(count)]  # type: ignore[call-overload]
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit(process.communicate()[1])
    start = time.monotonic() + SETTLE
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{start}\n")
        process.stdin.flush()
    if outage:
        time.sleep(SETTLE + seconds / 4)
        with closing(sqlite3.connect(Path(place, FILE), isolation_level=None, timeout=10)) as held:
            held.execute("BEGIN IMMEDIATE")
            time.sleep(outage)
    outputs = [process.communicate() for process in processes]
    logs = [json.loads(out.splitlines()[-1]) for out, _ in outputs]
    counted = [sum(start + 1 <= at < start + seconds for at in log["sent"]) for log in logs]
    mean = max(1.0, sum(counted) / count)
    return Result(
        used=sum(counted) / (seconds - 1) / rate,
        peak=peak(sorted(at for log in logs for at in log["sent"])) / rate,
        parts=(min(counted) / mean, max(counted) / mean),
        longest=max(log["longest"] for log in logs),
        cpu=sum(log["cpu"] for log in logs) / seconds,
        warnings=sum(len(errors.splitlines()) for _, errors in outputs),
    )


@contextmanager
def store(kind: str) -> Iterator[str]:
    """A new store of a kind."""
    if kind == "directory":
        with TemporaryDirectory() as directory:
            yield directory
        return
    from tests import services

    with {"postgres": services.postgres, "valkey": services.valkey}[kind]() as url:
        yield url


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=["directory", "postgres", "valkey"], action="append")
    parser.add_argument("--processes", type=int, action="append")
    parser.add_argument("--rate", type=float, action="append")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--outage", type=float, default=0.0, help="seconds; only for the directory")
    parser.add_argument("--take", help=argparse.SUPPRESS)
    options = parser.parse_args()
    rates = options.rate or [40.0, 500.0]
    if options.take:
        asyncio.run(take(options.take, rates[0], options.seconds))
        return
    print("| store | processes | rate | used | peak second | parts | loop stood still | CPU | log lines | load |")
    print("| --- " * 10 + "|")
    for kind in options.store or ["directory", "postgres", "valkey"]:
        for rate in rates:
            for count in options.processes or [3, 8, 20]:
                with store(kind) as place:
                    result = run(place, count, rate, options.seconds, options.outage)
                low, high = result.parts
                print(
                    f"| {kind} | {count} | {rate:g} | {result.used:.1%} | {result.peak:.3f} | {low:.2f} to {high:.2f} "
                    f"| {result.longest:.2f} s | {result.cpu:.2f} | {result.warnings} | {os.getloadavg()[0]:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
