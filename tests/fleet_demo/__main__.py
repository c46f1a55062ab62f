"""`python -m tests.fleet_demo`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from tests.fleet_demo.run import Demo
from tests.services import NotInstalled, postgres


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet_demo", description=__doc__)
    parser.add_argument("--numbers", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=150.0, help="requests a second that the sandbox permits")
    parser.add_argument("--lease", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, default=Path("demo/fleet"), help="for the file, the logs and the report")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        with postgres() as dsn:
            demo = Demo(
                console,
                dsn=dsn,
                numbers=options.numbers,
                rate=options.rate,
                lease=options.lease,
                folder=options.folder,
            )
            return asyncio.run(demo.run())
    except NotInstalled as error:
        console.print(f"[red]{error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
