"""One throttle for several processes of a machine."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from asyncio import gather
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import ConfigurationError, RateLimited, Throttle, Vonage
from aiovonage.core import state_file
from aiovonage.core.shared_rate import FORGET_AFTER, SharedRateController
from aiovonage.sandbox import Sandbox
from benchmarks.throttle_simulation import Client, Server, band, measure, run_pair, simulate
from codegen.spec import ROOT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "throttle"


def send(controller: SharedRateController, now: float) -> float:
    """Send one request, as soon as that is permitted, and have it accepted; when it left."""
    while not controller.try_send(now):
        now = controller.next_send(now)
    controller.on_accepted(now, now)
    return now


def refuse(controller: SharedRateController, now: float, retry_after: float = 2.0) -> None:
    """Send one request at this moment, and have it answered 429."""
    assert controller.try_send(now)
    controller.on_throttled(now, now, retry_after)


# In simulated minutes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "retry_after", "later"), [(5.0, 1.0, 0.0), (30.0, 2.0, 60.0), (30.0, 30.0, 60.0), (170.0, 1.0, 60.0)]
)
def test_two_clients_have_equal_parts_of_all_that_is_permitted(rate: float, retry_after: float, later: float) -> None:
    ratio, both = run_pair(rate, retry_after, later, seed=1, shared=True)
    assert ratio >= 0.95
    assert both.used >= band(retry_after)
    assert both.refused <= 0.01


def test_what_one_client_does_not_want_is_the_others(path: Path) -> None:
    busy, idle = Client(SharedRateController(path)), Client(SharedRateController(path), tasks=1)
    simulate(Server([(0.0, 100.0, 100.0)], 1.0), [busy, idle], 360.0, seed=1)
    # One task at a time, of 110 ms on average.
    assert measure([idle], 100.0, 60.0, 360.0).used >= 0.06
    assert measure([busy, idle], 100.0, 60.0, 360.0).used >= 0.97


# The gate and the pace -----------------------------------------------------------------------------------------------


def test_a_429_of_one_stops_the_other(path: Path) -> None:
    one, other = SharedRateController(path), SharedRateController(path)
    send(other, 9.0)
    refuse(one, 10.0, retry_after=30.0)
    assert not other.try_send(10.0)
    assert other.next_send(10.0) == other.closed_until == 40.0
    assert other.try_send(40.0)


def test_they_take_turns(path: Path) -> None:
    one, other = SharedRateController(path, 10.0), SharedRateController(path, 10.0)
    left: dict[SharedRateController, list[float]] = {one: [], other: []}
    for step in range(1001):
        for controller in (one, other):
            if controller.try_send(100 + step / 100):
                left[controller].append(step / 100)
    assert len(left[one]) + len(left[other]) == pytest.approx(100, abs=2)
    assert len(left[one]) == pytest.approx(len(left[other]), abs=1)


def test_a_process_that_starts_knows_what_is_known(path: Path) -> None:
    client = Client(SharedRateController(path))
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [client], 120.0, seed=1)
    started = SharedRateController(path)
    send(started, 121.0)
    assert started.rate == pytest.approx(30, rel=0.1)


def test_what_was_known_long_ago_is_forgotten(path: Path) -> None:
    refuse(SharedRateController(path), 10.0)
    started = SharedRateController(path)
    send(started, 13.0 + FORGET_AFTER)
    assert started.rate is None


def test_what_was_known_before_the_machine_was_started_is_forgotten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(SharedRateController(path), 10.0, retry_after=1000.0)
    monkeypatch.setattr(state_file, "_booted_at", lambda: 1.0)
    started = SharedRateController(path)
    assert started.try_send(11.0)


def test_a_place_that_is_given_back_is_the_next_ones(path: Path) -> None:
    controller = SharedRateController(path, 10.0)
    assert controller.try_send(10.0)
    controller.give_back()
    assert controller.try_send(10.0)
    assert not controller.try_send(10.0)


# What can go wrong with a file ---------------------------------------------------------------------------------------


@given(st.integers(0, 5000), st.binary(max_size=40))
def test_a_file_that_was_damaged_stops_nobody(tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("damaged") / "throttle"
    client = Client(SharedRateController(path))
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [client], 20.0, seed=1)
    data = bytearray(path.read_bytes())
    data[at : at + len(junk)] = junk
    path.write_bytes(data[: max(0, at)] if not junk else data)
    one, other = SharedRateController(path), SharedRateController(path)
    for _ in range(3):
        send(one, 30.0)
        send(other, 30.0)
    one.on_throttled(1e6, 1e6, 1.0)
    assert one.closed_until >= 1e6 + 1


def test_a_process_that_holds_the_lock_for_ever_stops_nobody(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_file, "RESPITE", 0.0)
    controller = SharedRateController(path, 1000.0)
    send(controller, 10.0)
    with path.open() as held, caplog.at_level(logging.WARNING, "aiovonage.throttle"):
        fcntl.flock(held, fcntl.LOCK_EX)
        for second in range(11, 14):
            send(controller, float(second))
        refuse(controller, 20.0, retry_after=30.0)
    assert [record.message for record in caplog.records] == [
        "the file of the shared throttle can't be used, going on without it: another process holds its lock"
    ]
    assert not controller.try_send(21.0)
    assert not SharedRateController(path, 1000.0).try_send(22.0)


def test_a_full_disk_stops_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = SharedRateController(path)
    send(controller, 9.0)
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full_disk)
        refuse(controller, 10.0)
        assert not controller.try_send(11.0)
        send(controller, 12.0)
        refuse(controller, 13.0)
    assert not controller.try_send(14.0)
    other = SharedRateController(path)
    assert not other.try_send(14.0)
    send(other, 15.0)


def full_disk(*_: object) -> int:
    """As `os.pwrite` then does."""
    raise OSError(28, "No space left on device")


def test_a_child_of_a_fork_takes_its_turn_too(path: Path) -> None:
    controller = SharedRateController(path, 10.0)
    send(controller, 10.0)
    child = os.fork()
    if not child:
        with suppress(BaseException):
            send(controller, 10.0)
        os._exit(0)
    os.waitpid(child, 0)
    with path.open() as held:
        # The lock was the child's own: it is free again, and the child's place is taken.
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert send(controller, 10.0) >= 10.1


def test_a_directory_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="shared_in"):
        Throttle(shared_in=tmp_path / "nowhere")


def test_the_files_are_the_users_alone_and_do_not_name_the_account(tmp_path: Path) -> None:
    Throttle(shared_in=tmp_path).lane("account-1", "https://example.com", None)
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "account" not in file.name


# Two processes -------------------------------------------------------------------------------------------------------

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
        sys.stdin.readline()
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
        async with client(sandbox, Throttle(shared_in=tmp_path, max_wait=0)) as other:
            with pytest.raises(RateLimited, match="not sent"):
                await other.ten_dlc.list_brands()


def client(sandbox: Sandbox, throttle: Throttle) -> Vonage:
    """A client of the sandbox that does not try again."""
    return Vonage(
        base_url=sandbox.url,
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        throttle=throttle,
        max_retries=0,
    )
