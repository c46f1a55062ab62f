"""Does the throttle do over a real socket what the simulation says? The client against the sandbox, on one machine.

The sandbox runs in a process of its own and answers after 20 to 200 ms; tasks read one brand again and again. What is
measured begins some seconds after the first 429, when the rate should be known.

    python benchmarks/real_socket_throttle.py                 # R = 170, 90 seconds
    python benchmarks/real_socket_throttle.py --rate 30 --seconds 60
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection

from throttle_simulation import LATENCY, Client, Server, measure, ours, simulate, tasks_for

from aiovonage import RateLimited, Vonage
from aiovonage.sandbox import Faults, Sandbox

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


async def run(url: str, key: str, secret: str, tasks: int, seconds: float) -> tuple[int, int]:
    """How many requests were accepted and refused in so many seconds after the settling."""
    accepted: list[float] = []
    refused: list[float] = []
    first_429 = asyncio.Event()

    async def work(vonage: Vonage) -> None:
        while True:
            try:
                await vonage.ten_dlc.get_brand(BRAND)
                accepted.append(time.monotonic())
            except RateLimited:
                refused.append(time.monotonic())
                first_429.set()

    # Without retries, each 429 is seen here; the throttle holds the next request back all the same.
    async with Vonage(api_key=key, api_secret=secret, base_url=url, max_retries=0) as vonage:
        running = [asyncio.create_task(work(vonage)) for _ in range(tasks)]
        await first_429.wait()
        await asyncio.sleep(SETTLING)
        start = time.monotonic()
        await asyncio.sleep(seconds)
        end = time.monotonic()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return sum(start <= at < end for at in accepted), sum(start <= at < end for at in refused)


def main() -> None:
    """Print both results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=170.0, help="requests a second that the sandbox permits")
    parser.add_argument("--burst", type=float, help="how many at once (default: those of a second)")
    parser.add_argument("--seconds", type=float, default=90.0, help="how long to measure")
    options = parser.parse_args()
    rate, burst, seconds = options.rate, options.burst or options.rate, options.seconds
    ours_end, sandbox_end = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(rate, burst, sandbox_end))
    process.start()
    try:
        url, key, secret = ours_end.recv()
        accepted, refused = asyncio.run(run(url, key, secret, tasks_for(rate), seconds))
    finally:
        ours_end.send("end")
        process.join(10)
    client = Client(ours(1), tasks_for(rate))
    simulate(Server([(0.0, rate, burst)], RETRY_AFTER), [client], SETTLING + seconds + 1, seed=1)
    print(f"R {rate:g}, B {burst:g}, wait {RETRY_AFTER}, {seconds:g} s from {SETTLING:g} s after the first 429")
    print(f"real socket  used {accepted / (rate * seconds):6.1%}  refused {refused / max(1, accepted + refused):6.2%}")
    result = measure([client], rate, SETTLING, SETTLING + seconds)
    print(f"simulation   used {result.used:6.1%}  refused {result.refused:6.2%}")


if __name__ == "__main__":
    main()
