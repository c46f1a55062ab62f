"""What one awaited call adds to the same request through the bare transport."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from aiovonage import Vonage
from aiovonage._core.http.protocol import Request
from aiovonage._core.http.resolve import resolve_transport
from benchmarks.contest import contest
from benchmarks.linking import ACCOUNT, PATH
from benchmarks.report import Row
from benchmarks.server import answering

TARGET = f"{PATH}/14155550110"
HEADERS = [
    (b"User-Agent", b"aiovonage/0"),
    (b"Accept", b"application/json"),
    (b"Authorization", b"Basic YWJjZDEyMzQ6c2VjcmV0"),
]


async def call(url: str, transport: str, count: int) -> float:
    """`ten_dlc.get_number`, one after the other."""
    async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], base_url=url, transport=transport) as vonage:
        began = time.perf_counter()
        for _ in range(count):
            await vonage.ten_dlc.get_number("BLQKOPK", "C1DEB879", "14155550110")
        return (time.perf_counter() - began) / count


async def bare(url: str, transport: str, count: int) -> float:
    """The same request through the transport: bytes in and out."""
    opened, _ = resolve_transport(transport, max_response_bytes=1 << 24)
    began = time.perf_counter()
    for _ in range(count):
        await opened.send(Request("GET", url, TARGET, HEADERS))
    seconds = (time.perf_counter() - began) / count
    await opened.aclose()
    return seconds


async def _measured(count: int, rounds: int) -> list[Row]:
    rows: list[Row] = []
    with answering() as url:
        for transport in ("httpx", "fast"):
            contestants = {"bare": partial(bare, url, transport, count), "call": partial(call, url, transport, count)}
            figures = await contest(contestants, rounds)
            added = 1 / figures.ratio("call", "bare") - 1
            rows += [
                Row(f"transport {transport}, one request", f"{figures.median('bare') * 1e6:.0f} µs"),
                Row(
                    f"ten_dlc.get_number over {transport}",
                    f"{figures.median('call') * 1e6:.0f} µs",
                    f"{added:+.0%}",
                    "60 % more",
                    added <= 0.6,
                ),
            ]
    return rows


def run(count: int, rounds: int) -> list[Row]:
    """Measure."""
    return asyncio.run(_measured(count, rounds))
