"""Runs the examples as a user does: each in a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from aiovonage.sandbox import Sandbox
from codegen.spec import ROOT

EXAMPLES = ROOT / "examples"

LOOKS_SOON = """
import runpy, sys
from aiovonage.bulk import _work
_work.CHECK_AFTER = (0.0, 0.05, 0.2)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs an example that asks the API after an instant what became of a request, not after ten seconds."""


@attrs.frozen
class Finished:
    """How a program ended."""

    code: int
    out: str
    err: str


@attrs.define
class Server:
    """A program that serves."""

    process: asyncio.subprocess.Process
    url: str
    printed: str


def settings(sandbox: Sandbox) -> dict[str, str]:
    """The environment that points to a sandbox."""
    return {
        "VONAGE_BASE_URL": sandbox.url,
        "VONAGE_API_KEY": sandbox.api_key,
        "VONAGE_API_SECRET": sandbox.api_secret,
    }


async def start(
    name: str, *arguments: object, env: dict[str, str], folder: Path, soon: bool = False
) -> asyncio.subprocess.Process:
    """Start an example; with `soon`, one that does not wait before it asks what became of a request."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VONAGE_")} | env
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *(["-c", LOOKS_SOON] if soon else []),
        EXAMPLES / name,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        cwd=folder,
    )


async def run(
    name: str, *arguments: object, env: dict[str, str] | None = None, folder: Path, soon: bool = False
) -> Finished:
    """Run an example to its end; see `start`."""
    process = await start(name, *arguments, env=env or {}, folder=folder, soon=soon)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err, err.decode()
    return Finished(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def serve(
    name: str, *arguments: object, env: dict[str, str] | None = None, folder: Path, soon: bool = False
) -> AsyncIterator[Server]:
    """An example that serves, on a free port; see `start`. It is killed at the end, unless it has ended."""
    process = await start(name, "--port", "0", *arguments, env=env or {}, folder=folder, soon=soon)
    try:
        assert process.stderr is not None
        printed = ""
        async with asyncio.timeout(30):
            while not (found := re.search(r"running on (http://\S+)", printed)):
                line = (await process.stderr.readline()).decode()
                assert line, printed
                printed += line
        yield Server(process, found[1], printed)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
