"""One throttle for several processes of a machine: real ones, and a real file."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from asyncio import gather
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from aiovonage import RateLimited, Throttle, ThrottleTimeout, Vonage
from aiovonage._core.throttle.stores.directory import FILE
from aiovonage.sandbox import Sandbox
from codegen.spec import ROOT
from tests.core.fleet import peak

# Processes that take slots -------------------------------------------------------------------------------------------

TAKER = """
import asyncio, json, sys
from aiovonage import Throttle

async def main(place, rate, seconds):
    async def work():
        while True:
            sent_at = queue.try_acquire() or await queue.acquire()
            sent.append(sent_at)
            queue.accepted(sent_at)
            await asyncio.sleep(0)

    queue, sent = Throttle(float(rate), shared_in=place).queue("account", "https://host", None), []
    await queue.acquire()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    tasks = [asyncio.create_task(work()) for _ in range(8)]
    await asyncio.wait(tasks, timeout=float(seconds))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(sent), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class Taken(NamedTuple):
    """What some processes have sent, each its moments, by one clock; and what they have logged."""

    moments: list[list[float]]
    errors: str


async def take(place: str, rates: list[str], seconds: float) -> Taken:
    """Processes that want as many slots as they can get."""
    processes = [
        await create_subprocess_exec(
            sys.executable, "-c", TAKER, place, rate, str(seconds), stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=ROOT
        )
        for rate in rates
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await gather(*(process.communicate(b"go\n") for process in processes))
    return Taken([json.loads(out) for out, _ in outputs], "".join(errors.decode() for _, errors in outputs))


@pytest.mark.parametrize("count", [3, pytest.param(8, marks=pytest.mark.slow)])
async def test_processes_keep_to_a_given_rate_together_and_get_equal_parts(tmp_path: Path, count: int) -> None:
    taken = await take(str(tmp_path), ["100"] * count, 4.0)
    together = sorted(sum(taken.moments, []))  # noqa: RUF017
    assert peak(together) <= 1.2 * 100
    assert len(together) >= 0.8 * 400
    assert min(map(len, taken.moments)) >= 0.6 * len(together) / count


async def test_40_and_40_0_are_one_rate(tmp_path: Path) -> None:
    taken = await take(str(tmp_path), ["40", "40.0"], 3.0)
    assert sum(map(len, taken.moments)) <= 1.2 * 120
    assert not taken.errors


@pytest.mark.parametrize("rates", [(40, 40.0), (40.0, 40)])
async def test_rates_are_numbers_and_not_words(rates: tuple[float, float], tmp_path: Path) -> None:
    one, other = (Throttle(rate, shared_in=tmp_path) for rate in rates)
    await one.queue("a", "h", None).acquire()
    await other.queue("a", "h", None).acquire()
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        assert file.execute("SELECT count(*) FROM queue").fetchone() == (1,)


async def test_different_rates_in_one_directory_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for rate in (40, 60):
        queue = Throttle(rate, shared_in=tmp_path).queue("a", "h", None)
        await queue.acquire()
    assert queue.snapshot().rate == 60
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        f"processes that share a throttle in {tmp_path} were given different rates, 60 here and 40 elsewhere; the "
        "process that started last decides: 60. Give all of them the same rate"
    )


async def test_the_event_loop_goes_on_while_another_process_keeps_the_lock(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Throttle(200, shared_in=tmp_path).queue("a", "h", None)
    await queue.acquire()
    done = asyncio.Event()
    sent = 0

    async def work() -> None:
        nonlocal sent
        while not done.is_set():
            queue.accepted(queue.try_acquire() or await queue.acquire())
            sent += 1

    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None, timeout=5)) as held:
        held.execute("BEGIN IMMEDIATE")
        tasks = [asyncio.create_task(work()) for _ in range(4)]
        longest, end = 0.0, time.monotonic() + 2.5
        while (now := time.monotonic()) < end:
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - now)
        held.execute("ROLLBACK")
    done.set()
    await gather(*tasks)
    assert longest < 1.0  # as a rule some milliseconds; SQLite's own waiting would stop the loop for all of the time
    assert 0 < sent < 0.7 * 2.5 * 200
    told = [record.getMessage() for record in caplog.records if "can't be used" in record.getMessage()]
    assert len(told) == 1
    assert "database is locked. Until it can, this process goes on at 1/" in told[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
async def test_a_child_of_a_fork_takes_its_turn_too(tmp_path: Path) -> None:
    queue = Throttle(10, shared_in=tmp_path).queue("a", "h", None)
    await queue.acquire()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        with suppress(BaseException):
            asyncio._set_running_loop(None)
            os.write(write, str(asyncio.run(queue.acquire())).encode())
        os._exit(0)
    os.close(write)
    others = [await queue.acquire() for _ in range(2)]
    theirs = float(await asyncio.to_thread(os.read, read, 100))
    os.close(read)
    await asyncio.to_thread(os.waitpid, child, 0)
    # Three slots, no two of them at one moment.
    moments = sorted([*others, theirs])
    assert moments[2] - moments[0] >= 0.1


# Clients -------------------------------------------------------------------------------------------------------------

WORKER = """
import asyncio, sys
from aiovonage import Throttle, Vonage

async def main(base_url, api_key, api_secret, directory, seconds):
    async def work():
        while True:
            await vonage.ten_dlc.list_brands()
            done.append(1)

    done = []
    async with Vonage(base_url=base_url, api_key=api_key, api_secret=api_secret,
                      throttle=Throttle(60, shared_in=directory)) as vonage:
        await vonage.ten_dlc.list_brands()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        tasks = [asyncio.create_task(work()) for _ in range(32)]
        await asyncio.wait(tasks, timeout=float(seconds))
        for task in tasks:
            task.cancel()
        print(len(done), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def start_worker(sandbox: Sandbox, directory: Path) -> Process:
    """A process that has sent one request, and is ready for more."""
    arguments = [sandbox.url, sandbox.api_key, sandbox.api_secret, str(directory), "4"]
    process = await create_subprocess_exec(sys.executable, "-c", WORKER, *arguments, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.slow
async def test_two_processes_share_what_a_real_server_permits(tmp_path: Path) -> None:
    async with Sandbox(rate=60) as sandbox:
        workers = [await start_worker(sandbox, tmp_path) for _ in range(2)]
        answers = await gather(*(worker.communicate(b"go\n") for worker in workers))
    low, high = sorted(int(out) for out, _ in answers)
    assert low >= 0.8 * high
    assert low + high >= 120


async def test_a_client_is_held_back_by_what_another_has_met(tmp_path: Path) -> None:
    async with Sandbox(rate=5) as sandbox:
        async with client(sandbox, Throttle(shared_in=tmp_path)) as one:
            with pytest.raises(RateLimited):
                for _ in range(20):
                    await one.ten_dlc.list_brands()
            await asyncio.sleep(0.1)
        async with client(sandbox, Throttle(shared_in=tmp_path, max_wait=0)) as other:
            with pytest.raises(ThrottleTimeout, match=r"ten_dlc\.list_brands was not sent"):
                await other.ten_dlc.list_brands()


async def test_max_wait_leaves_time_to_ask_the_store(tmp_path: Path) -> None:
    for _ in range(2):
        queue = Throttle(shared_in=tmp_path, max_wait=0).queue("a", "h", None)
        assert await queue.acquire()


def client(sandbox: Sandbox, throttle: Throttle) -> Vonage:
    """A client of the sandbox that does not try again."""
    return Vonage(
        base_url=sandbox.url,
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        throttle=throttle,
        max_retries=0,
    )
