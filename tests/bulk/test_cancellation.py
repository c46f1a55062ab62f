"""Runs that end before their end: nothing is left behind, and the journal takes the run up again."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from aiovonage import Vonage
from aiovonage.bulk import BulkRun, Journal
from aiovonage.sandbox import Faults, Sandbox
from codegen.spec import ROOT
from tests.bulk.campaign import BRAND, CAMPAIGN, numbers
from tests.rounds import rounds

COUNT = 250
pytestmark = pytest.mark.usefixtures("soon")
ENDINGS = ["cancel", "cancel twice", "break", "break, closing", "raise", "timeout"]


async def settled(condition: Any) -> None:
    """Until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - sockets and threads tell nobody
            await asyncio.sleep(0.001)


def open_files() -> Counter[str]:
    """What this process has open, but for what has no name on this system."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return Counter()
    found = []
    for entry in folder.iterdir():
        try:
            found.append(str(entry.readlink()))
        except OSError:  # the listing itself
            continue
    return Counter(name for name in found if "run.db" in name)


def journal_threads() -> list[str]:
    """The threads of journals."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("aiovonage-journal")]


async def turns(count: int) -> None:
    """Let the event loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


async def end(run: BulkRun, ending: str, dice: random.Random) -> list[str]:
    """Begin a run, and end it in some way at a random moment; gives what it has reported."""
    reported: list[str] = []
    enough = dice.randrange(1, COUNT // 2)

    async def plainly() -> None:
        async for outcome in run:
            reported.append(outcome.number)
            if len(reported) == enough and ending in {"break", "raise"}:
                if ending == "raise":
                    raise LookupError("of the consumer")
                break

    if ending == "break, closing":
        async with aclosing(aiter(run)) as outcomes:  # type: ignore[type-var]
            async for outcome in outcomes:
                reported.append(outcome.number)
                if len(reported) == enough:
                    break
    elif ending == "timeout":
        try:
            async with asyncio.timeout(dice.random() * 0.3):
                await plainly()
        except TimeoutError:
            pass
    elif ending.startswith("cancel"):
        task = asyncio.create_task(plainly())
        await turns(dice.randrange(300))
        task.cancel()
        if ending == "cancel twice":
            await turns(dice.randrange(6))
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    else:
        await asyncio.gather(plainly(), return_exceptions=True)
    return reported


def client(sandbox: Sandbox, transport: str) -> Vonage:
    """A client of a sandbox."""
    return Vonage(
        api_key=sandbox.api_key, api_secret=sandbox.api_secret, base_url=sandbox.url, transport=transport, max_retries=8
    )


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fail on what the event loop is told that nobody handles."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    try:
        yield
        gc.collect()
    finally:
        loop.set_exception_handler(None)
    assert told == []


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_run_that_is_ended_leaves_nothing_behind(ending: str, transport: str, tmp_path: Path) -> None:
    dice = random.Random(f"{ending} {transport}")
    async with Sandbox() as sandbox:
        server = sandbox._server
        assert server is not None
        at_rest = len(asyncio.all_tasks())
        for round_ in range(rounds(3)):
            sandbox.app.reset()
            journal, reported = tmp_path / f"{round_}" / "run.db", []
            journal.parent.mkdir()
            with nothing_left():
                async with client(sandbox, transport) as vonage:
                    for _ in range(3):
                        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(COUNT), journal=journal)
                        reported += await end(run, ending, dice)
                        del run
                        # What the server still answers is its own: the client has no task, thread or file of the run.
                        await settled(lambda: not journal_threads())
                        await settled(lambda: not open_files())
                    summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(COUNT), journal=journal)
                await settled(lambda: not server.server_state.connections)
                await settled(lambda: len(asyncio.all_tasks()) <= at_rest)
            assert (summary.ok, summary.total) == (True, COUNT)
            assert max(Counter(reported).values(), default=1) == 1
            assert {o.number for o in Journal(journal) if o.status in {"accepted", "linked"}} == set(numbers(COUNT))
            assert set(sandbox.state.posts) == set(numbers(COUNT))


async def test_an_input_is_closed_when_its_run_is_ended(transport: str) -> None:
    closed = 0

    async def endless() -> AsyncIterator[int]:
        nonlocal closed
        try:
            for number in range(14155550000, 14165550000):
                yield number
                await asyncio.sleep(0)
        finally:
            closed += 1

    async with Sandbox() as sandbox, client(sandbox, transport) as vonage:
        for _ in range(3):
            async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, endless()):
                break
        await settled(lambda: gc.collect() >= 0 and closed == 3)


@pytest.mark.parametrize("job", ["unlink_numbers", "add_numbers", "remove_numbers"])
async def test_other_jobs_go_on_after_they_were_cancelled(job: str, transport: str, tmp_path: Path) -> None:
    journal, dice = tmp_path / "run.db", random.Random(job)
    async with Sandbox(faults=Faults(error_rate=0.1, lost_responses=0.1, seed=2)) as sandbox:
        engaged = sandbox.state.engagements[CAMPAIGN].numbers
        for number in numbers(COUNT):
            if job == "unlink_numbers":
                sandbox.state.link(number, CAMPAIGN)
            elif job == "remove_numbers":
                engaged[number] = None
        reported: list[str] = []
        with nothing_left():
            async with client(sandbox, transport) as vonage:
                target = (BRAND, CAMPAIGN) if job == "unlink_numbers" else (CAMPAIGN,)
                options = {} if job == "unlink_numbers" else {"batch_size": 7}
                for _ in range(4):
                    run = getattr(vonage.bulk, job)(*target, numbers(COUNT), journal=journal, **options)
                    reported += await end(run, "cancel", dice)
                await getattr(vonage.bulk, job)(*target, numbers(COUNT), journal=journal, **options)
        done = {"unlink_numbers": "unlinked", "add_numbers": "added", "remove_numbers": "removed"}[job]
        assert {o.number: str(o.status) for o in Journal(journal)} == dict.fromkeys(numbers(COUNT), done)
        assert max(Counter(reported).values(), default=1) == 1
        assert not sandbox.state.numbers
        assert len(engaged) == (COUNT if job == "add_numbers" else 0)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
async def test_ctrl_c_leaves_a_journal_that_goes_on(transport: str, tmp_path: Path) -> None:
    journal, dice, lines = tmp_path / "run.db", random.Random(5), list[bytes]()
    command = [sys.executable, "-X", "dev", "-m", "tests.bulk.linker", "link_numbers", str(journal), "800", transport]
    async with Sandbox(faults=Faults(latency=(0.0, 0.01))) as sandbox:
        settings = {"BASE_URL": sandbox.url, "API_KEY": sandbox.api_key, "API_SECRET": sandbox.api_secret}
        environment = {**os.environ, **{f"VONAGE_{name}": value for name, value in settings.items()}}
        for round_ in range(4):
            run = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT
            )
            assert run.stdout is not None
            assert run.stderr is not None
            if round_ < 3:
                lines += [await run.stdout.readline() for _ in range(dice.randrange(1, 200))]
                run.send_signal(signal.SIGINT)
            said, errors = await run.communicate()
            lines += [line for line in said.splitlines(keepends=True) if line.endswith(b"\n")]
            if round_ < 3:
                assert run.returncode == -signal.SIGINT, errors
                assert errors.rstrip().endswith(b"KeyboardInterrupt"), errors
            else:
                assert run.returncode == 0, errors
            for word in (b"Warning", b"never", b"destroyed", b"Exception ignored"):
                assert word not in errors, errors
        assert set(sandbox.state.posts.values()) == {1}
        assert len(sandbox.state.numbers) == 800
    told = Counter(line.split()[0] for line in lines if not line.startswith(b"summary"))
    assert set(told.values()) == {1}
    assert {str(o.status) for o in Journal(journal)} <= {"accepted", "linked"}
