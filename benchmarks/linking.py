"""Links a second, from numbers to typed outcomes, beside plain clients that post the same requests."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import aiohttp
import httpx

from aiovonage import Vonage
from benchmarks.contest import Contestant, Figures, contest
from benchmarks.report import Row
from benchmarks.server import answering

PATH = "/v1/10dlc/brands/BLQKOPK/campaigns/C1DEB879/numbers"
ACCOUNT = ("abcd1234", "secret")


async def ours(url: str, numbers: int, tasks: int, *, transport: str = "httpx", journal: bool = False) -> float:
    """`bulk.link_numbers`, complete: normalised numbers, duplicates found, throttle on, typed outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "links.db" if journal else None
        async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], base_url=url, transport=transport) as vonage:
            given = (14155550000 + index for index in range(numbers))
            began = time.perf_counter()
            summary = await vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", given, concurrency=tasks, journal=path)
            seconds = time.perf_counter() - began
    assert (summary.ok, summary.total) == (True, numbers), summary
    return seconds / numbers


async def _posts(post: Callable[[dict[str, str]], Awaitable[object]], numbers: int, tasks: int) -> float:
    bodies: Iterator[dict[str, str]] = (
        {"country": "US", "number": str(14155550000 + index)} for index in range(numbers)
    )

    async def work() -> None:
        for body in bodies:
            await post(body)

    began = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(tasks)])
    return (time.perf_counter() - began) / numbers


async def plain_httpx(url: str, numbers: int, tasks: int) -> float:
    """`httpx.AsyncClient`: JSON in and out, no models, no throttle."""
    limits = httpx.Limits(max_connections=tasks, max_keepalive_connections=tasks)
    async with httpx.AsyncClient(base_url=url, limits=limits, auth=ACCOUNT) as client:

        async def post(body: dict[str, str]) -> object:
            return (await client.post(PATH, json=body)).json()

        return await _posts(post, numbers, tasks)


async def plain_aiohttp(url: str, numbers: int, tasks: int) -> float:
    """`aiohttp.ClientSession`: JSON in and out, no models, no throttle."""
    connector = aiohttp.TCPConnector(limit=tasks)
    headers = {"Authorization": aiohttp.encode_basic_auth(*ACCOUNT)}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def post(body: dict[str, str]) -> object:
            async with session.post(url + PATH, json=body) as response:
                return await response.json()

        return await _posts(post, numbers, tasks)


def _rate(figures: Figures, name: str) -> str:
    return f"{1 / figures.median(name):,.0f}/s"


async def measured(numbers: int, rounds: int, *, fast_only: bool = False) -> Figures:
    """All contestants; on another event loop only those that the extra `fast` is compared with."""
    with answering() as url:
        contestants: dict[str, Contestant] = {
            "aiohttp": partial(plain_aiohttp, url, numbers, 64),
            "fast 64": partial(ours, url, numbers, 64, transport="fast"),
        }
        if not fast_only:
            contestants |= {
                "fast 64, journal": partial(ours, url, numbers, 64, transport="fast", journal=True),
                "httpx": partial(plain_httpx, url, max(200, numbers // 30), 64),
                "16": partial(ours, url, numbers, 16),
                "64": partial(ours, url, numbers, 64),
                "64, journal": partial(ours, url, numbers, 64, journal=True),
                "256": partial(ours, url, numbers, 256),
                "1024": partial(ours, url, numbers, 1024),
            }
        return await contest(contestants, rounds)


def rows(figures: Figures, on_uvloop: Figures | None) -> list[Row]:
    """The table."""
    found = [Row("httpx.AsyncClient, 64 tasks", _rate(figures, "httpx"))]
    for tasks in ("16", "64", "256", "1024"):
        ratio = figures.ratio(tasks, "httpx")
        aim = "8x httpx.AsyncClient" if tasks == "64" else ""
        met = ratio >= 8 if aim else None
        found.append(Row(f"default, {tasks} tasks", _rate(figures, tasks), f"{ratio:.1f}x httpx.AsyncClient", aim, met))
    cost = 1 / figures.ratio("1024", "16")
    found.append(Row("default, 1024 tasks: cost of a link", "", f"{cost:.2f} of 16 tasks", "1.2", cost <= 1.2))
    for name, of in (("64, journal", "default"), ("fast 64, journal", "fast")):
        slower = 1 / figures.ratio(name, name.removesuffix(", journal")) - 1
        found.append(
            Row(f"{of}, 64 tasks, journal", _rate(figures, name), f"{slower:+.0%}", "15 % slower", slower <= 0.15)
        )
    for loop, of in (("asyncio", figures), ("uvloop", on_uvloop)):
        if of is None:
            continue
        ratio = of.ratio("fast 64", "aiohttp")
        found += [
            Row(f"aiohttp, 64 tasks, {loop}", _rate(of, "aiohttp")),
            Row(
                f"fast, 64 tasks, {loop}",
                _rate(of, "fast 64"),
                f"{ratio:.2f}x aiohttp ({of.spread('fast 64', 'aiohttp')})",
                "1.5x",
                ratio >= 1.5,
            ),
        ]
    return found


def run(numbers: int, rounds: int) -> list[Row]:
    """Measure on asyncio's own loop, and what is compared with aiohttp on uvloop too."""
    figures = asyncio.run(measured(numbers, rounds))
    try:
        import uvloop
    except ModuleNotFoundError:
        return rows(figures, None)
    return rows(figures, uvloop.run(measured(numbers, rounds, fast_only=True)))
