"""A program that links numbers, to be killed: prints a line per outcome and, at its end, the summary."""

from __future__ import annotations

import asyncio
import sys

from aiovonage import Vonage
from tests.bulk.campaign import BRAND, CAMPAIGN, numbers


async def main(journal: str, count: int) -> None:
    """Link; the client's settings come from the environment."""
    async with Vonage(timeout=5.0) as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(count), journal=journal)
        async for outcome in run:
            sys.stdout.write(f"{outcome.number} {outcome.status}\n")
            sys.stdout.flush()
        sys.stdout.write(f"summary {run.summary}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
