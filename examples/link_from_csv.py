"""Links the numbers of a CSV file to a 10DLC campaign, and reports what became of each.

    python examples/link_from_csv.py numbers.csv --brand BLQKOPK --campaign C1DEB879 --report report.csv

Stop it with Ctrl-C, or kill it: the same command goes on where it stopped. The exit code is 0 when every number is
where it should be, 1 when some are not, 3 when the run has stopped before its end.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import signal
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path

from aiovonage import Vonage, VonageError
from aiovonage.bulk import Journal, JournalError, Summary


def show(summary: Summary) -> None:
    """Show the progress of the run on one line."""
    print(f"\r{summary}\033[K", end="", file=sys.stderr, flush=True)


def write_report(path: Path, journal: Path) -> None:
    """Write every outcome in the journal, including those of earlier runs."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "status", "problem"])
        for outcome in Journal(journal):
            rows.writerow([outcome.number, outcome.status, outcome.problem.detail if outcome.problem else ""])


async def link(numbers: Iterable[str], options: argparse.Namespace) -> int:
    """Link the numbers and return the exit code."""
    async with sandbox_settings() if options.sandbox else nullcontext(), Vonage() as vonage:
        run = vonage.bulk.link_numbers(
            options.brand, options.campaign, numbers, journal=options.journal, on_progress=show
        )
        with suppress(NotImplementedError):  # Windows, where Ctrl-C ends the program at once
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, run.stop)
        try:
            summary = await run
        except JournalError as error:
            print(f"error: {error}", file=sys.stderr)
            return 3
        except VonageError as error:
            print(f"\nstopped: {error}", file=sys.stderr)
            summary = run.summary
    await asyncio.to_thread(write_report, options.report, options.journal)
    print(f"\r{summary}\033[K", file=sys.stderr)
    if summary.stopped:
        return 3
    return 0 if summary.ok else 1


@asynccontextmanager
async def sandbox_settings() -> AsyncGenerator[None]:
    """For `--sandbox`: start a sandbox, and point the environment to it."""
    from aiovonage.sandbox import Sandbox

    async with Sandbox() as sandbox:
        os.environ |= {
            "VONAGE_BASE_URL": sandbox.url,
            "VONAGE_API_KEY": sandbox.api_key,
            "VONAGE_API_SECRET": sandbox.api_secret,
        }
        yield


def main() -> int:
    """Parse the command line and read the CSV."""
    parser = argparse.ArgumentParser(description="Link the numbers of a CSV file to a 10DLC campaign.")
    parser.add_argument("csv", type=Path, help="a CSV file with a header")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--campaign", required=True)
    parser.add_argument("--column", default="number", help="the column of the numbers (default: number)")
    parser.add_argument("--report", type=Path, default=Path("report.csv"), help="default: report.csv")
    parser.add_argument("--journal", type=Path, default=Path("links.db"), help="default: links.db")
    parser.add_argument("--sandbox", action="store_true", help="use a sandbox, not the account of the environment")
    options = parser.parse_args()
    with options.csv.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if options.column not in (rows.fieldnames or []):
            parser.error(f"{options.csv} has no column {options.column!r}")
        return asyncio.run(link((row[options.column] or "" for row in rows), options))


if __name__ == "__main__":
    sys.exit(main())
