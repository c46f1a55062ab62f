"""What an import costs, each in a fresh interpreter."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial

from benchmarks.contest import contest
from benchmarks.report import Row

CLIENT = "from aiovonage import Vonage\nvonage = Vonage(api_key='k', api_secret='s')"
PROGRAMS = {
    "import httpx": ("", "import httpx"),
    "import aiovonage": ("", "import aiovonage"),
    "from aiovonage import Vonage": ("", "from aiovonage import Vonage"),
    "Vonage()": ("from aiovonage import Vonage", CLIENT.splitlines()[1]),
    "vonage.ten_dlc, first use": (CLIENT, "vonage.ten_dlc"),
    "vonage.redact, first use": (CLIENT, "vonage.redact"),
}


async def _seconds(before: str, measured: str) -> float:
    program = f"{before}\nimport time\nbegan = time.perf_counter()\n{measured}\nprint(time.perf_counter() - began)"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


async def _measured(rounds: int) -> list[Row]:
    figures = await contest({name: partial(_seconds, *parts) for name, parts in PROGRAMS.items()}, rounds)
    rows = []
    for name in PROGRAMS:
        seconds = figures.median(name)
        row = Row(name, f"{seconds * 1e3:.1f} ms")
        if "aiovonage" in name:
            cost = 1 / figures.ratio(name, "import httpx")
            row = Row(name, row.figure, f"{cost:.2f} of import httpx", "1.3", cost <= 1.3)
        elif name == "Vonage()":
            row = Row(name, row.figure, "", "5 ms", seconds <= 0.005)
        rows.append(row)
    return rows


def run(rounds: int) -> list[Row]:
    """Measure."""
    return asyncio.run(_measured(rounds))
