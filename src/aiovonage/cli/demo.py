"""The demo: the sandbox in a process of its own, a CSV of numbers, and a run over a real socket."""

from __future__ import annotations

import contextlib
import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from aiovonage.cli import event_loop
from aiovonage.cli.exits import Exit
from aiovonage.cli.follow import Output, follow
from aiovonage.cli.numbers_file import NumbersFile
from aiovonage.client import Vonage
from aiovonage.core.errors import ConfigurationError

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
"""What the sandbox holds from the start."""

FIRST_NUMBER = 12025550000


def run_demo(console: Console, *, count: int, rate: float, faults: float, folder: Path) -> Exit:
    """Make the CSV, start the sandbox, and link the numbers.

    Args:
        console: Where people read.
        count: How many numbers.
        rate: Requests a second that the sandbox admits.
        faults: The share of requests that go wrong.
        folder: Where the CSV, the journal and the report are put.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers, journal, report = folder / "numbers.csv", folder / "links.db", folder / "report.csv"
    for old in (journal, Path(f"{journal}-wal"), Path(f"{journal}-shm")):
        old.unlink(missing_ok=True)
    _write_numbers(numbers, count)
    with _sandbox(rate, faults) as settings:
        console.print(
            f"sandbox   {settings['VONAGE_BASE_URL']}, {rate:g} requests/s, {faults:.0%} faults", highlight=False
        )
        console.print(f"numbers   {numbers} ({count:,} lines)", highlight=False)
        console.print(f"campaign  {CAMPAIGN} of brand {BRAND}\n", highlight=False)

        async def main() -> Exit:
            async with Vonage(
                api_key=settings["VONAGE_API_KEY"],
                api_secret=settings["VONAGE_API_SECRET"],
                base_url=settings["VONAGE_BASE_URL"],
                trust_env=False,  # no proxy leads to this machine
            ) as vonage:
                run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, NumbersFile(str(numbers)), journal=journal)
                return await follow(
                    run, vonage.throttle, Output(console=console, total=count, report=report, journal=journal)
                )

        code = event_loop.run(main())
    console.print(f"\nreport    {report}\njournal   {journal}", highlight=False)
    return code


def _write_numbers(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "label"])
        rows.writerows([f"+{FIRST_NUMBER + index}", f"line {index}"] for index in range(count))


@contextlib.contextmanager
def _sandbox(rate: float, faults: float) -> Iterator[dict[str, str]]:
    """The sandbox in a process of its own; gives the settings that it prints."""
    shares = {"--error-rate": faults / 4, "--dropped": faults / 4, "--lost": faults / 2}
    options = [text for name, share in shares.items() for text in (name, f"{share}")]
    command = [sys.executable, "-m", "aiovonage.cli", "sandbox", "--port", "0", "--rate", f"{rate}", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        words = [word for _ in range(2) for word in process.stdout.readline().split()[1:]]
        if len(words) != 3:
            raise ConfigurationError(
                "the sandbox did not start; its extra is needed: pip install 'aiovonage[cli,sandbox]'"
            )
        yield dict(word.split("=", 1) for word in words)
    finally:
        process.terminate()
        process.wait(timeout=10)
