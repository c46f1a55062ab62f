"""Where the time of a link goes: a profile of `link_numbers`, added up by package."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
from collections import Counter
from pathlib import Path

from benchmarks.linking import ours
from benchmarks.report import Row
from benchmarks.server import answering

_PACKAGES = {
    "aiovonage/bulk": "our bulk job",
    "aiovonage/_core/http": "our transport, and the C that it calls",
    "aiovonage/_core/throttle": "our throttle",
    "aiovonage/_core/codec": "our codec",
    "aiovonage": "the rest of our request path",
    "httpcore": "httpcore",
    "h11": "h11",
    "anyio": "anyio",
    "asyncio": "asyncio",
    "cattrs": "cattrs",
}
_BUILTINS = {
    "'poll' of 'select.epoll'": "waiting for the network",
    "'select' of 'select": "waiting for the network",
    "of '_socket.socket'": "system calls on sockets",
    "orjson": "orjson",
    "msgspec": "msgspec",
}


def _package(file: str, function: str) -> str:
    if file == "~":
        return next((name for part, name in _BUILTINS.items() if part in function), "other built-in functions")
    if file.startswith("<"):
        return "generated readers, writers and constructors"
    path = Path(file).as_posix()
    return next((name for part, name in _PACKAGES.items() if f"/{part}/" in path), "the rest of the standard library")


def run(numbers: int, transport: str) -> list[Row]:
    """Profile. The profiler makes Python look dearer than it is, beside what is in C."""
    profiler = cProfile.Profile()
    with answering() as url:
        asyncio.run(ours(url, 1000, 64, transport=transport))
        profiler.enable()
        asyncio.run(ours(url, numbers, 64, transport=transport))
        profiler.disable()
    seconds: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        seconds[_package(file, function)] += own
    total = sum(seconds.values())
    return [
        Row(name, f"{own / numbers * 1e6:.1f} µs", f"{own / total:.0%}")
        for name, own in seconds.most_common()
        if own > total / 200
    ]
