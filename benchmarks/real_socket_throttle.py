"""Does the throttle do over a real socket what the simulation says? The client against the sandbox, on one machine.

The sandbox runs in a process of its own and answers after 20 to 200 ms; tasks read one brand again and again. What is
measured begins some seconds after the first 429, when the rate should be known.

    python -m benchmarks.real_socket_throttle                 # R = 170, 90 seconds
    python -m benchmarks.real_socket_throttle --rate 30 --seconds 60
    python -m benchmarks.real_socket_throttle --processes 3   # that share a throttle
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory

from aiovonage import RateLimited, Throttle, Vonage
from aiovonage.sandbox import Faults, Sandbox
from tests.throttle_simulation.simulation import LATENCY, Client, Server, measure, ours, simulate, tasks_for

RETRY_AFTER = 1
SETTLING = 20.0
"""Seconds after the first 429 that are not measured."""
BRAND = "BLQKOPK"
"""What the sandbox holds from the start."""


def serve(rate: float, burst: float, pipe: Connection) -> None:
    """Run the sandbox; says where it is, and ends when the other end says so."""

    async def main() -> None:
        faults = Faults(latency=LATENCY)
        async with Sandbox(rate=rate, burst=burst, retry_after=RETRY_AFTER, faults=faults) as sandbox:
            pipe.send((sandbox.url, sandbox.api_key, sandbox.api_secret))
            await asyncio.to_thread(pipe.recv)

    asyncio.run(main())


@dataclass(frozen=True)
class Log:
    """What a client met, by moments of `time.monotonic`, which is the same clock in all processes.

    Attributes:
        settled: When the rate should be known.
        accepted: The requests that were accepted.
        refused: Those that were answered 429.
    """

    settled: float
    accepted: list[float]
    refused: list[float]


async def load(account: tuple[str, str, str], throttle: Throttle, tasks: int, seconds: float) -> Log:
    """Send as much as is permitted, for so many seconds after the settling."""
    accepted: list[float] = []
    refused: list[float] = []

    async def work(vonage: Vonage) -> None:
        while True:
            try:
                await vonage.ten_dlc.get_brand(BRAND)
                accepted.append(time.monotonic())
            except RateLimited:
                refused.append(time.monotonic())

    url, key, secret = account
    # Without retries, each 429 is seen here; the throttle holds the next request back all the same.
    async with Vonage(api_key=key, api_secret=secret, base_url=url, max_retries=0, throttle=throttle) as vonage:
        running = [asyncio.create_task(work(vonage)) for _ in range(tasks)]
        while not any(lane.rate for lane in throttle.snapshot()):  # noqa: ASYNC110 - no event says it in every process
            await asyncio.sleep(0.1)
        settled = time.monotonic() + SETTLING
        await asyncio.sleep(SETTLING + seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return Log(settled, accepted, refused)


def run_client(account: tuple[str, str, str], directory: str | None, tasks: int, seconds: float) -> Log:
    """A client in a process of its own."""
    return asyncio.run(load(account, Throttle(shared_in=directory), tasks, seconds))


def main() -> None:
    """Print both results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=170.0, help="requests a second that the sandbox permits")
    parser.add_argument("--burst", type=float, help="how many at once (default: those of a second)")
    parser.add_argument("--seconds", type=float, default=90.0, help="how long to measure")
    parser.add_argument("--processes", type=int, default=1, help="clients that share a directory (default: 1)")
    options = parser.parse_args()
    rate, burst, seconds = options.rate, options.burst or options.rate, options.seconds
    spawn = multiprocessing.get_context("spawn")
    ours_end, sandbox_end = multiprocessing.Pipe()
    process = spawn.Process(target=serve, args=(rate, burst, sandbox_end))
    process.start()
    try:
        account = ours_end.recv()
        with TemporaryDirectory() as directory, spawn.Pool(options.processes) as pool:
            client = (account, directory if options.processes > 1 else None, tasks_for(rate), seconds)
            logs = pool.starmap(run_client, [client] * options.processes)
    finally:
        ours_end.send("end")
        process.join(10)
    start, end = max(log.settled for log in logs), min(log.settled for log in logs) + seconds
    parts = [sum(start <= at < end for at in log.accepted) for log in logs]
    accepted, refused = sum(parts), sum(start <= at < end for log in logs for at in log.refused)
    print(f"R {rate:g}, B {burst:g}, wait {RETRY_AFTER}, {seconds:g} s from {SETTLING:g} s after the first 429")
    used = accepted / (rate * (end - start))
    print(f"real socket  used {used:6.1%}  refused {refused / max(1, accepted + refused):6.2%}")
    if len(parts) > 1:
        print(f"of it, each of the {len(parts)} processes: " + ", ".join(f"{part / accepted:.1%}" for part in parts))
        return
    alone = Client(ours(1), tasks_for(rate))
    simulate(Server([(0.0, rate, burst)], RETRY_AFTER), [alone], SETTLING + seconds + 1, seed=1)
    result = measure([alone], rate, SETTLING, SETTLING + seconds)
    print(f"simulation   used {result.used:6.1%}  refused {result.refused:6.2%}")


if __name__ == "__main__":
    main()
