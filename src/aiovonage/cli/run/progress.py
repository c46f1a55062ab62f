"""How a run goes on: a live bar for each phase on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import Protocol

import attrs
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from aiovonage.bulk import Status, Summary

LINE_EVERY = 2.0
"""Seconds between the lines of a run that has no terminal."""

ESTIMATE_AFTER = 2.0
"""Seconds of work before there is an estimate of the time left."""

_COLOURS = {Status.DUPLICATE: "yellow", Status.INVALID: "yellow", Status.ACCEPTED: "cyan"}


@attrs.frozen(kw_only=True)
class State:
    """How a run stands.

    Attributes:
        summary: The summary of the run.
        decided: How many numbers the carriers have decided on in this run.
        note: What holds the run up, if anything.
    """

    summary: Summary
    decided: int = 0
    note: str = ""


class Display(Protocol):
    """Shows how a run stands."""

    def update(self, state: State) -> None:
        """The run stands so."""
        ...

    def close(self) -> None:
        """The run has ended."""
        ...


def display(console: Console, total: int | None, *, quiet: bool) -> Display:
    """The display that goes with the console.

    Args:
        console: Where it is shown.
        total: How many numbers there are, where that is known.
        quiet: Show nothing.
    """
    if quiet:
        return Silent()
    return Bars(console, total) if console.is_terminal else Lines(console, total)


def sent(summary: Summary) -> int:
    """How many numbers have left the first phase: they have an outcome, or the carriers have them."""
    return summary.done + summary.following


def counts(summary: Summary, *, colours: bool = False) -> str:
    """How many numbers have which status, in words."""
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
    """How fast this run is, and how long it will take. What earlier runs have done says nothing about that."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._first: tuple[float, int] | None = None
        self.rate: float = 0.0

    def left(self, summary: Summary, now: float) -> float | None:
        """Seconds left until all numbers are sent; None where there is nothing to tell it from yet."""
        done = sent(summary)
        if self._first is None:
            if not summary.finished and not summary.following:
                return None
            self._first = (now, done)  # with what the journal had
        began, before = self._first
        if now - began < ESTIMATE_AFTER or done <= before:
            return None
        self.rate = (done - before) / (now - began)
        return max(0.0, (self._total - done) / self.rate) if self._total is not None else None


class Silent:
    """Shows nothing."""

    def update(self, state: State) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Bars:
    """A live bar for each phase: what is sent, and what the carriers have decided."""

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
        """The run stands so."""
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
        """Leave the bars as they stand."""
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
    """A line every now and then."""

    def __init__(self, console: Console, total: int | None) -> None:
        self._console = console
        self._total = total
        self._estimate = Estimate(total)
        self._last = time.monotonic()

    def update(self, state: State) -> None:
        """A line, when the last one is long enough ago."""
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
        """Nothing more."""


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
