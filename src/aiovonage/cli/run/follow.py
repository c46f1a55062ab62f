"""Runs a job with a progress display. The first Ctrl-C stops it gracefully."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
from rich.console import Console

from aiovonage._core.throttle.throttle import Throttle
from aiovonage.bulk import BulkRun, JournalError, Status, Summary
from aiovonage.cli.exits import Exit
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.run.progress import State, display
from aiovonage.cli.run.summary_table import print_json, print_table
from aiovonage.errors import NotFound

STOPPING = "[yellow]Stopping: requests in progress are finished. Ctrl-C again to stop at once."


@attrs.frozen(kw_only=True)
class Output:
    """What a command shows.

    Attributes:
        console: The console for progress and summary.
        total: The number of numbers; None if it is not known.
        journal: The journal that the user named.
        quiet: Show only errors.
        as_json: Print the summary as JSON on standard output.
        reading: Returns how the input was read.
        unaddressed: Returns how many rows were not passed to the run so far.
        input_failed: Returns whether the input could not be read to its end.
    """

    console: Console
    total: int | None = None
    journal: Path | None = None
    quiet: bool = False
    as_json: bool = False
    reading: Callable[[], str] = lambda: ""
    unaddressed: Callable[[], int] = lambda: 0
    input_failed: Callable[[], bool] = lambda: False


async def follow(run: BulkRun, throttle: Throttle, output: Output) -> Exit:
    """Iterate a run to its end.

    Returns:
        The exit code: OK, some numbers failed, or the run was stopped.

    Raises:
        VonageError: if the run stops because of an error. The summary has been shown by then.
    """
    shown = display(output.console, output.total, quiet=output.quiet or output.as_json)
    decided = 0

    def update(note: str = "") -> None:
        shown.update(State(summary=_whole(run.summary, output), decided=decided, note=note))

    ticker = asyncio.create_task(_tick(throttle, update))
    failure: BaseException | None = None
    with _interrupts(run, output):
        try:
            async for outcome in run:
                decided += outcome.carrier_status is not None and outcome.status in {Status.LINKED, Status.REJECTED}
        except FileError as error:
            failure = error
            error.sent = sent_so_far(run.summary)
            raise
        except BaseException as error:
            failure = error
            raise
        finally:
            ticker.cancel()
            update()
            shown.close()
            summary = _whole(run.summary, output)
            nothing_done = isinstance(failure, JournalError | FileError) or output.input_failed()
            nothing_found = isinstance(failure, NotFound) and not _decided(summary) and not output.as_json
            if not nothing_found and (summary.finished or not nothing_done):
                _show(summary, output)
    if run.summary.stopped:
        _say_how_to_go_on(output)
        return Exit.STOPPED
    return Exit.OK if summary.ok else Exit.SOME_FAILED


def _decided(summary: Summary) -> int:
    """How many numbers the API has decided on."""
    unsent = summary.counts.get(Status.INVALID, 0) + summary.counts.get(Status.DUPLICATE, 0)
    return summary.done - unsent


def _whole(summary: Summary, output: Output) -> Summary:
    """The summary, with the rows that were not passed to the run as invalid, and those that were not read as
    pending.
    """
    if count := output.unaddressed():
        invalid = summary.counts.get(Status.INVALID, 0) + count
        summary = attrs.evolve(summary, counts={**summary.counts, str(Status.INVALID): invalid})
    if summary.stopped is None or output.total is None:
        return summary
    missing = output.total - summary.done - summary.following
    return attrs.evolve(summary, pending=max(summary.pending, missing))


def sent_so_far(summary: Summary) -> int:
    """How many numbers have been sent, or may have been."""
    unsent = summary.counts.get(Status.INVALID, 0) + summary.counts.get(Status.DUPLICATE, 0)
    return sum(summary.counts.values()) - unsent + summary.pending


async def _tick(throttle: Throttle, update: Callable[[str], None]) -> None:
    while True:
        closed = max((queue.closed_for for queue in throttle.snapshot()), default=0.0)
        update(f"rate limited, {closed:.0f} s" if closed >= 0.5 else "")
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def _interrupts(run: BulkRun, output: Output) -> Iterator[None]:
    """Handle signals: the first Ctrl-C or SIGTERM finishes the requests in progress, the second one stops at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt() -> None:
        if not output.quiet:
            output.console.print(STOPPING)
        run.stop()
        for name in signals:
            loop.remove_signal_handler(name)
            if task is not None:
                loop.add_signal_handler(name, task.cancel)

    with contextlib.suppress(NotImplementedError):  # not supported by event loops on Windows
        for name in signals:
            loop.add_signal_handler(name, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for name in signals:
                loop.remove_signal_handler(name)


def _show(summary: Summary, output: Output) -> None:
    if output.as_json:
        print_json(summary, output.reading())
    elif not output.quiet:
        print_table(output.console, summary)


def _say_how_to_go_on(output: Output) -> None:
    if output.quiet or output.as_json:
        return
    if output.journal is not None:
        output.console.print(f"Stopped. The same command goes on where it stopped: its journal is {output.journal}")
    else:
        output.console.print(
            "Stopped. Without --journal the next run starts from the beginning (and finds what is done)."
        )
