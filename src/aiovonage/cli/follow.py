"""Runs a job with a display, a report, and Ctrl-C that lets finish what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
from rich.console import Console
from rich.table import Table

from aiovonage.bulk import BulkRun, Journal, Status, Summary
from aiovonage.bulk.outcome import OK
from aiovonage.cli.exits import Exit
from aiovonage.cli.progress import display
from aiovonage.cli.report import Report
from aiovonage.core.errors import VonageError
from aiovonage.core.throttle import Throttle


@attrs.frozen(kw_only=True)
class Output:
    """What a command shows.

    Attributes:
        console: Where people read.
        total: How many numbers there are, where that is known.
        report: The file that gets every outcome.
        journal: The journal of the run.
        quiet: Show nothing but errors.
        as_json: Print the summary as JSON on standard output.
        done: The status of a number that was done, as the display calls it.
    """

    console: Console
    total: int | None = None
    report: Path | None = None
    journal: Path | None = None
    quiet: bool = False
    as_json: bool = False
    done: str = "linked"


async def follow(run: BulkRun, throttle: Throttle, output: Output) -> Exit:
    """Iterate a run to its end.

    Returns:
        The exit code: whether all numbers are where they should be, some failed, or the run was stopped.

    Raises:
        VonageError: when the run stops by itself. The summary has been shown then.
    """
    shown = display(output.console, output.total, output.done, quiet=output.quiet or output.as_json)
    report = Report(output.report) if output.report is not None and output.journal is None else None
    ticker = asyncio.create_task(_tick(run, throttle, shown.update))
    with _interrupts(run, output):
        try:
            async for outcome in run:
                if report is not None:
                    report.write(outcome)
        finally:
            ticker.cancel()
            shown.update(run.summary)
            shown.close()
            _finish_report(output, report)
            _show(_whole(run.summary, output.total), output)
    if run.summary.stopped:
        _say_how_to_go_on(output)
        return Exit.STOPPED
    return Exit.OK if run.summary.ok else Exit.SOME_FAILED


def _whole(summary: Summary, total: int | None) -> Summary:
    """The summary with what was not read yet as pending: a run that stops early has not read the file to its end."""
    if summary.stopped is None or total is None:
        return summary
    return attrs.evolve(summary, pending=max(summary.pending, total - summary.done))


async def _tick(run: BulkRun, throttle: Throttle, update: Callable[[Summary, str], None]) -> None:
    while True:
        closed = max((lane.closed_for for lane in throttle.snapshot()), default=0.0)
        update(run.summary, f"rate limited, {closed:.0f} s" if closed >= 0.5 else "")
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def _interrupts(run: BulkRun, output: Output) -> Iterator[None]:
    """The first Ctrl-C lets finish what is under way, the second one stops at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def interrupt() -> None:
        if not output.quiet:
            output.console.print("[yellow]Stopping: what is under way is finished. Ctrl-C again to stop at once.")
        run.stop()
        loop.remove_signal_handler(signal.SIGINT)
        if task is not None:
            loop.add_signal_handler(signal.SIGINT, task.cancel)

    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers of loops
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


def _finish_report(output: Output, report: Report | None) -> None:
    """With a journal, the report is written from it, so that it holds the outcomes of earlier runs too."""
    if report is None and output.report is not None and output.journal is not None and output.journal.exists():
        with contextlib.suppress(VonageError):  # the journal's own error is what the user is told
            outcomes = Journal(output.journal)
            report = Report(output.report)
            report.write_all(outcomes)
    if report is not None:
        report.close()


def _show(summary: Summary, output: Output) -> None:
    if output.as_json:
        fields = {**summary.counts, "pending": summary.pending, "total": summary.total, "stopped": summary.stopped}
        print(json.dumps({**fields, "elapsed": round(summary.elapsed, 3), "rate": round(summary.rate, 1)}))
        return
    if output.quiet:
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    for status, count in summary.counts.items():
        colour = "green" if status in OK else "yellow" if status == Status.DUPLICATE else "red"
        table.add_row(f"{count:,}", f"[{colour}]{status.replace('_', ' ')}")
    if summary.pending:
        table.add_row(f"{summary.pending:,}", "[yellow]pending")
    table.add_row(f"[bold]{summary.total:,}", f"[bold]numbers in {summary.elapsed:.1f} s ({summary.rate:,.0f}/s)")
    output.console.print(table)


def _say_how_to_go_on(output: Output) -> None:
    if output.quiet or output.as_json:
        return
    if output.journal is not None:
        output.console.print(f"Stopped. The same command goes on where it stopped: its journal is {output.journal}")
    else:
        output.console.print(
            "Stopped. Without --journal the next run starts from the beginning (and finds what is done)."
        )
