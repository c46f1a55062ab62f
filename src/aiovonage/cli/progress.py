"""How a run goes on: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from aiovonage.bulk import Status, Summary
from aiovonage.bulk.outcome import OK

LINE_EVERY = 2.0
"""Seconds between the lines of a run that has no terminal."""


class Display(Protocol):
    """Shows how a run stands."""

    def update(self, summary: Summary, note: str = "") -> None:
        """The run stands so."""
        ...

    def close(self) -> None:
        """The run has ended."""
        ...


def display(console: Console, total: int | None, done: str, *, quiet: bool) -> Display:
    """The display that goes with the console.

    Args:
        console: Where it is shown.
        total: How many numbers there are, where that is known.
        done: What a number that is where it should be is called.
        quiet: Show nothing.
    """
    if quiet:
        return Silent()
    return Bar(console, total, done) if console.is_terminal else Lines(console, total, done)


def good(summary: Summary) -> int:
    """How many numbers are where they should be."""
    return sum(count for status, count in summary.counts.items() if status in OK)


def bad(summary: Summary) -> int:
    """How many numbers are not, repeated ones aside."""
    return summary.done - good(summary) - summary.counts.get(Status.DUPLICATE, 0)


class Silent:
    """Shows nothing."""

    def update(self, summary: Summary, note: str = "") -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Bar:
    """A live bar with the rate, the time left and the counts."""

    def __init__(self, console: Console, total: int | None, done: str) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("[cyan]{task.fields[rate]:>6,.0f}/s"),
            TimeRemainingColumn(),
            TextColumn(f"[green]{{task.fields[good]:,}} {done}"),
            TextColumn("[red]{task.fields[bad]:,} failed"),
            TextColumn("[yellow]{task.fields[note]}"),
            console=console,
            speed_estimate_period=10.0,
        )
        self._task = self._progress.add_task("", total=total, rate=0.0, good=0, bad=0, note="")
        self._progress.start()

    def update(self, summary: Summary, note: str = "") -> None:
        """The run stands so."""
        self._progress.update(
            self._task, completed=summary.done, rate=summary.rate, good=good(summary), bad=bad(summary), note=note
        )

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()


class Lines:
    """A line every now and then."""

    def __init__(self, console: Console, total: int | None, done: str) -> None:
        self._console = console
        self._total = total
        self._word = done
        self._last = time.monotonic()

    def update(self, summary: Summary, note: str = "") -> None:
        """A line, when the last one is long enough ago."""
        now = time.monotonic()
        if now - self._last < LINE_EVERY:
            return
        self._last = now
        share = f"{summary.done:,} of {self._total:,}" if self._total else f"{summary.done:,}"
        left = (self._total - summary.done) / summary.rate if self._total and summary.rate else None
        eta = f", {left:.0f} s left" if left is not None else ""
        more = f" ({note})" if note else ""
        self._console.print(
            f"{share}: {good(summary):,} {self._word}, {bad(summary):,} failed, {summary.rate:,.0f}/s{eta}{more}",
            highlight=False,
        )

    def close(self) -> None:
        """Nothing more."""
