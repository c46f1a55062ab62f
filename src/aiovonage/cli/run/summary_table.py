"""Shows the summary of a run as a table or JSON."""

from __future__ import annotations

import json

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aiovonage.bulk import Status, Summary
from aiovonage.bulk._outcome import DISPLAY


def print_json(summary: Summary, reading: str) -> None:
    """Print the summary as one line of JSON on standard output.

    Args:
        summary: The summary.
        reading: How the input was read.
    """
    fields: dict[str, object] = {
        **summary.counts,
        "pending": summary.pending,
        "total": summary.total,
        "stopped": summary.stopped,
    }
    fields |= {"following": summary.following, "elapsed": round(summary.elapsed, 3), "rate": round(summary.rate, 1)}
    if reading:
        fields["input"] = reading
    print(json.dumps(fields))


def print_table(console: Console, summary: Summary) -> None:
    """Print a line for each status."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for name, count in summary.counts.items():
        status = Status(name)
        colour = "yellow" if status == Status.DUPLICATE else "green" if status in summary.wanted else "red"
        table.add_row(f"{count:,}", f"[{colour}]{name.replace('_', ' ')}", escape(DISPLAY[status]))
    if summary.pending:
        table.add_row(f"{summary.pending:,}", "[yellow]pending", "without an outcome yet")
    numbers = "number" if summary.total == 1 else "numbers"
    rate = f" ({summary.rate:,.0f}/s)" if summary.finished and summary.elapsed >= 1 else ""
    table.add_row(f"[bold]{summary.total:,}", f"[bold]{numbers} in {summary.elapsed:.1f} s{rate}")
    console.print(table)
