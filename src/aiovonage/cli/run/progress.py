"""Shows the progress of a run: a live bar for each phase on a terminal, otherwise plain lines."""

from __future__ import annotations

import time
from typing import Protocol

import attrs
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from aiovonage.bulk import Status, Summary

LINE_EVERY = 2.0
"""Seconds between lines if there is no terminal."""

ESTIMATE_AFTER = 2.0
"""Seconds of work before the remaining time is estimated."""

_COLOURS = {Status.DUPLICATE: "yellow", Status.INVALID: "yellow", Status.ACCEPTED: "cyan"}


@attrs.frozen(kw_only=True)
class State:
    """The state of a run.

    Attributes:
        summary: The summary of the run.
        decided: How many numbers the carriers have decided on in this run.
        note: What the run is waiting for; empty for nothing.
    """

    summary: Summary
    decided: int = 0
    note: str = ""


class Display(Protocol):
    """A progress display."""

    def update(self, state: State) -> None:
        """Show a new state."""
        ...

    def close(self) -> None:
        """End the display."""
        ...


def display(console: Console, total: int | None, *, quiet: bool) -> Display:
    """The display for a console.

    Args:
        console: The console.
        total: The number of numbers; None if it is not known.
        quiet: Show nothing.
    """
    if quiet:
        return Silent()
    return Bars(console, total) if console.is_terminal else Lines(console, total)


def sent(summary: Summary) -> int:
    """How many numbers have completed the first phase: they have an outcome, or wait for the carriers."""
    return summary.done + summary.following


def counts(summary: Summary, *, colours: bool = False) -> str:
    """The counts by status, as text."""
    parts: list[str] = []
    for name, count in summary.counts.items():
        status = Status(name)
        words = f"{count:,} {name.replace('_', ' ')}"
        if status == Status.ACCEPTED and summary.following == count:
            words = f"{count:,} waiting for the carriers"
        colour = _COLOURS.get(status, "green" if status in summary.wanted else "red")
        parts.append(f"[{colour}]{words}[/]" if colours else words)
    return ", ".join(parts)


class Estimate:
    """Estimates the rate and the remaining time of this run. Numbers of earlier runs do not count."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._first: tuple[float, int] | None = None
        self.rate: float = 0.0

    def left(self, summary: Summary, now: float) -> float | None:
        """Seconds until all numbers are sent; None if it cannot be estimated yet."""
        done = sent(summary)
        if self._first is None:
            if not summary.finished and not summary.following:
                return None
            self._first = (now, done)  # including those in the journal
        began, before = self._first
        if now - began < ESTIMATE_AFTER or done <= before:
            return None
        self.rate = (done - before) / (now - began)
        return max(0.0, (self._total - done) / self.rate) if self._total is not None else None


class Silent:
    """Shows nothing."""

    def update(self, state: State) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Bars:
    """A live bar for each phase: sending, and the decisions of the carriers."""

    def __init__(self, console: Console, total: int | None) -> None:
        self._total = total
        self._estimate = Estimate(total)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[done]}"),
            TextColumn("{task.fields[words]}"),
            console=console,
        )
        self._sending: TaskID = self._progress.add_task("sending", total=total, done="", words="")
        self._carriers: TaskID | None = None
        self._progress.start()

    def update(self, state: State) -> None:
        """Show a new state."""
        summary = state.summary
        left = self._estimate.left(summary, time.monotonic())
        words = [counts(summary, colours=True)]
        if self._estimate.rate:
            words.append(f"[cyan]{self._estimate.rate:,.0f}/s[/]")
        if left is not None and left >= 0.5:
            words.append(f"{_duration(left)} left")
        if state.note:
            words.append(f"[yellow]{state.note}[/]")
        done = sent(summary)
        share = f"{done:,}/{self._total:,}" if self._total is not None else f"{done:,}"
        self._progress.update(self._sending, completed=done, done=share, words="  ".join(filter(None, words)))
        self._update_carriers(state)

    def close(self) -> None:
        """Stop, and leave the bars on the screen."""
        self._progress.stop()

    def _update_carriers(self, state: State) -> None:
        following = state.summary.following
        if self._carriers is None:
            if not following:
                return
            self._carriers = self._progress.add_task("carriers", total=None, done="", words="")
        total = state.decided + following
        self._progress.update(
            self._carriers,
            total=total,
            completed=state.decided,
            done=f"{state.decided:,}/{total:,}",
            words="decided by the carriers",
        )


class Lines:
    """Prints a line from time to time."""

    def __init__(self, console: Console, total: int | None) -> None:
        self._console = console
        self._total = total
        self._estimate = Estimate(total)
        self._last = time.monotonic()

    def update(self, state: State) -> None:
        """Print a line, unless the last one is recent."""
        now = time.monotonic()
        summary = state.summary
        left = self._estimate.left(summary, now)
        if now - self._last < LINE_EVERY:
            return
        self._last = now
        done = sent(summary)
        share = f"{done:,} of {self._total:,}" if self._total is not None else f"{done:,}"
        parts = [counts(summary)] if summary.counts else []
        if summary.following:
            parts.append(f"{state.decided:,} of {state.decided + summary.following:,} decided by the carriers")
        if self._estimate.rate:
            parts.append(f"{self._estimate.rate:,.0f}/s")
        if left is not None and left >= 0.5:
            parts.append(f"{_duration(left)} left")
        more = f" ({state.note})" if state.note else ""
        self._console.print(
            f"{share}: {', '.join(parts) or 'nothing yet'}{more}", highlight=False, markup=False, soft_wrap=True
        )

    def close(self) -> None:
        """Do nothing."""


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
