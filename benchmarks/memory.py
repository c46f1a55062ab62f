"""Memory and time of long runs, each in a process of its own, through a transport in memory."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiovonage import Vonage
from aiovonage._core.http.protocol import Request, Response
from benchmarks.linking import ACCOUNT
from benchmarks.report import Row
from benchmarks.server import NUMBER


class _Accepting:
    """Accepts every number."""

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(0)
        return Response(202, [(b"Content-Type", b"application/json")], NUMBER)

    async def aclose(self) -> None:
        pass


async def _link(numbers: int, journal: Path | None) -> dict[str, float]:
    async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], transport=_Accepting()) as vonage:
        given = (12022000000 + index * 7 for index in range(numbers))
        began = time.perf_counter()
        run = vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", given, journal=journal)
        linked = 0
        async for outcome in run:
            linked += outcome.ok
        seconds = time.perf_counter() - began
    assert linked == numbers
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"MiB": peak, "seconds": seconds}


def _in_a_process(numbers: int, *, journal: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = [str(Path(folder) / "links.db")] if journal else []
        command = [sys.executable, "-m", "benchmarks.memory", str(numbers), *path]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found: dict[str, Any] = json.loads(done.stdout)
        found["bytes"] = sum(file.stat().st_size for file in Path(folder).iterdir())
    return found


def run(numbers: int) -> list[Row]:
    """Measure `numbers` beside a hundredth of them, without a journal and with one."""
    rows = []
    few = numbers // 100
    for journal, words in ((False, "no journal"), (True, "journal")):
        small, large = _in_a_process(few, journal=journal), _in_a_process(numbers, journal=journal)
        more = large["MiB"] - small["MiB"]
        cost = (large["seconds"] / numbers) / (small["seconds"] / few)
        rows += [
            Row(f"{few:,} numbers, {words}", f"{small['MiB']:.0f} MiB, {small['seconds'] / few * 1e6:.0f} µs a number"),
            Row(
                f"{numbers:,} numbers, {words}",
                f"{large['MiB']:.0f} MiB, {large['seconds'] / numbers * 1e6:.0f} µs a number",
                f"{more:+.0f} MiB, {cost:.2f} of the time a number",
                "+40 MiB, 1.2",
                more <= 40 and cost <= 1.2,
            ),
        ]
        if journal:
            size = large["bytes"] / numbers
            rows.append(Row("the journal's file", f"{size:.0f} bytes a number", "", "120 bytes", size <= 120))
    return rows


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_link(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))))
