"""Lists every WhatsApp sender of the account with its quality and limit, as a table or a CSV file.

python examples/whatsapp_inventory.py --csv senders.csv
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aiovonage import Vonage, VonageError
from aiovonage.api.channel_manager import Waba, WabaNumber

FIELDS = ["account", "account name", "account status", "number", "verified name", "quality", "limit"]


def row_of(waba: Waba, number: WabaNumber) -> list[str]:
    """One row: a sender."""
    quality = number.quality_score.score if number.quality_score else None
    cells = [waba.waba_id, waba.name, waba.status, number.phone_number, number.verified_name, quality]
    return [str(cell or "") for cell in [*cells, number.messaging_limit_tier]]


async def inventory(vonage: Vonage, *, at_once: int = 16) -> list[list[str]]:
    """A row for each sender, by account."""
    wabas = await vonage.whatsapp.list_wabas(page_size=100).prefetch(4).collect()  # all pages, four ahead
    slots = asyncio.Semaphore(at_once)

    async def numbers_of(waba: Waba) -> list[WabaNumber]:
        async with slots:
            return await vonage.whatsapp.list_waba_numbers(waba.waba_id, page_size=100).collect()

    lists = await asyncio.gather(*map(numbers_of, wabas))
    return [row_of(waba, number) for waba, numbers in zip(wabas, lists, strict=True) for number in numbers]


async def run(*, sandbox: bool) -> list[list[str]]:
    """The inventory of the account."""
    async with sandbox_settings() if sandbox else nullcontext(), Vonage() as vonage:
        return await inventory(vonage)


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
    """Parse the command line and show the rows."""
    parser = argparse.ArgumentParser(description="List every WhatsApp sender of the account.")
    parser.add_argument("--csv", type=Path, help="a file to write; without it, a table is shown")
    parser.add_argument("--sandbox", action="store_true", help="use a sandbox, not the account of the environment")
    options = parser.parse_args()
    try:
        rows = asyncio.run(run(sandbox=options.sandbox))
    except VonageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([FIELDS, *rows])
    else:
        table = Table(*FIELDS)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    print(f"{len(rows)} senders", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
