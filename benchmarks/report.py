"""Tables of what was measured, on the terminal and as Markdown."""

from __future__ import annotations

import attrs
from rich.console import Console
from rich.table import Table


@attrs.frozen
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        figure: The figure itself, with its unit.
        ratio: The figure beside that of a peer, or beside a bound.
        aim: What we aim at.
        met: Whether the aim is met; None where there is none.
    """

    what: str
    figure: str
    ratio: str = ""
    aim: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """Whether the aim is met, in a word."""
        return {None: "", True: "met", False: "NOT met"}[self.met]


HEADINGS = ("", "figure", "ratio", "aim", "")


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in HEADINGS:
        table.add_column(heading)
    for row in rows:
        table.add_row(row.what, row.figure, row.ratio, row.aim, row.verdict)
    Console(width=140).print(table, "")


def markdown(title: str, rows: list[Row]) -> str:
    """The same table as Markdown."""
    lines = [f"## {title}", "", "| | figure | ratio | aim | |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.ratio} | {row.aim} | {row.verdict} |" for row in rows]
    return "\n".join([*lines, ""])
