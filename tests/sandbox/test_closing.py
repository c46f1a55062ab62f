"""Closing a sandbox that is in the middle of requests is silent and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio
import httpx
from aiovonage.sandbox import Faults, Sandbox

async def main():
    async with Sandbox(faults=Faults(latency=30)) as sandbox, httpx.AsyncClient(base_url=sandbox.url) as plain:
        waiting = [asyncio.create_task(plain.get("/v1/10dlc/brands")) for _ in range(5)]
        await asyncio.sleep(0.3)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, httpx.TransportError) for result in results), results
    assert len(asyncio.all_tasks()) == 1, asyncio.all_tasks()

asyncio.run(main())
"""


def test_a_slow_sandbox_is_closed_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
