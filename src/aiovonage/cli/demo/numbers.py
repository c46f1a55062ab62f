"""Writes a file of numbers like those that customers export from Excel."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

FIRST_NUMBER = 2025550000


def write_customer_file(path: Path, count: int, brand_id: str, campaigns: Sequence[str], *, seed: int = 0) -> int:
    """Write a semicolon CSV with a title, a header in line 3, several campaigns, ten-digit numbers and a total.

    Every 250th row repeats a number, and three rows are not numbers.

    Args:
        path: The file.
        count: The number of different numbers.
        brand_id: The brand of the campaigns.
        campaigns: The campaigns, which the rows take in turn.
        seed: The seed of the spellings.

    Returns:
        The number of rows with numbers.
    """
    rows = list(_rows(count, brand_id, campaigns, random.Random(seed)))
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # as Excel's "CSV UTF-8"
        table = csv.writer(file, delimiter=";")
        table.writerow(["Numbers for SMS campaigns", "", "", "", ""])
        table.writerow(["", "", "", "", ""])
        table.writerow(["Customer", "Phone Number", "Brand ID", "Campaign ID", "Note"])
        table.writerows(rows)
        table.writerow(["Total", len(rows), "", "", ""])
    return len(rows)


def _rows(count: int, brand_id: str, campaigns: Sequence[str], drawing: random.Random) -> Iterator[list[object]]:
    junk = {count // 7: "12025550104 / 0105", count // 3: "1.20256E+10", count // 2: "see below"}
    for index in range(count):
        national = FIRST_NUMBER + index
        campaign = campaigns[index % len(campaigns)]
        if index in junk:
            yield [f"Branch {index:04}", junk[index], brand_id, campaign, "check"]
        written = _written(national, drawing)
        yield [f"Branch {index:04}", written, brand_id, campaign, "Zoë; front desk" if index % 50 == 0 else ""]
        if index % 250 == 249:
            yield [f"Branch {index:04}", f"+1 {national}", brand_id, campaign, "again"]


def _written(national: int, drawing: random.Random) -> str:
    """The number in one of the forms in which people and programs write it."""
    digits = str(national)
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    ways = (
        digits,
        digits,
        f"1{digits}",
        f"+1{digits}",
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"1{digits}.0",
    )
    return drawing.choice(ways)
