"""`python -m benchmarks [SECTION ...]`: prints tables of ratios; with `--write FILE` as Markdown too."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.report import Row, markdown, show

PEERS = (
    "httpx",
    "httpcore",
    "h11",
    "aiohttp",
    "httptools",
    "uvloop",
    "pydantic",
    "msgspec",
    "orjson",
    "attrs",
    "cattrs",
)


def _linking(quick: bool) -> list[Row]:
    from benchmarks import linking

    return linking.run(3000 if quick else 20_000, 1 if quick else 5)


def _calls(quick: bool) -> list[Row]:
    from benchmarks import calls

    return calls.run(500 if quick else 3000, 1 if quick else 7)


def _decoding(quick: bool) -> list[Row]:
    from benchmarks import decoding

    return decoding.run(50 if quick else 500, 1 if quick else 7)


def _following(quick: bool) -> list[Row]:
    from benchmarks import following

    return following.run(5000 if quick else 100_000)


def _importing(quick: bool) -> list[Row]:
    from benchmarks import importing

    return importing.run(1 if quick else 15)


def _memory(quick: bool) -> list[Row]:
    from benchmarks import memory

    return memory.run(50_000 if quick else 1_000_000)


def _profile(transport: str) -> Callable[[bool], list[Row]]:
    def run(quick: bool) -> list[Row]:
        from benchmarks import profile

        return profile.run(2000 if quick else 10_000, transport)

    return run


SECTIONS: dict[str, tuple[str, Callable[[bool], list[Row]]]] = {
    "linking": ("Links a second against a server that only answers", _linking),
    "calls": ("One call beside the bare transport", _calls),
    "decoding": ("Decoding and encoding pages of lists", _decoding),
    "following": ("Following numbers until they are approved", _following),
    "importing": ("Imports and construction", _importing),
    "memory": ("Long runs", _memory),
    "profile": ("Where the time of a link goes, default transport (cProfile)", _profile("httpx")),
    "profile-fast": ("Where the time of a link goes, transport fast (cProfile)", _profile("fast")),
}


def main() -> None:
    """Run the sections that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"any of {', '.join(SECTIONS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, measures little")
    parser.add_argument("--write", type=Path, help="write the tables to this file too, as Markdown")
    parser.add_argument("--machine", default=f"{platform.system()}, {platform.machine()}", help="the machine, in words")
    options = parser.parse_args()
    if unknown := set(options.sections) - SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    written = []
    for name in options.sections or SECTIONS:
        title, run = SECTIONS[name]
        rows = run(options.quick)
        show(title, rows)
        written.append(markdown(title, rows))
    if options.write:
        peers = ", ".join(f"{peer} {version(peer)}" for peer in PEERS)
        command = " ".join(["python -m benchmarks", *options.sections, *["--quick"] * options.quick])
        head = [
            "# Results",
            "",
            f"`{command}` on {datetime.now(UTC):%Y-%m-%d}. {options.machine}. Python {platform.python_version()}.",
            f"{peers}.",
            "",
        ]
        options.write.write_text("\n".join([*head, *written]), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
