"""A job over the numbers of a file, as a command."""

from __future__ import annotations

import sys
from collections.abc import Callable

import attrs
import click
from rich.console import Console

from aiovonage.bulk import BulkRun
from aiovonage.cli import event_loop
from aiovonage.cli.client_options import ClientOptions
from aiovonage.cli.dry_run import dry_run
from aiovonage.cli.exits import Exit
from aiovonage.cli.follow import Output, follow
from aiovonage.cli.job_options import JobOptions
from aiovonage.cli.numbers_file import NumbersFile
from aiovonage.core.throttle import Throttle


@attrs.frozen(kw_only=True)
class Plan:
    """What a command does.

    Attributes:
        operation: What is sent, as `ten_dlc.link_number`.
        path: The first of its path parameters. Where it has one more, that is the number.
        run: What the journal says of the run.
        done: The status of a number that was done.
        start: Makes the run, given `vonage.bulk`, the numbers, and concurrency and journal by name.
        batch_size: How many numbers a request holds at most.
    """

    operation: str
    path: tuple[str, ...]
    run: dict[str, str]
    done: str
    start: Callable[..., BulkRun]
    batch_size: int = 1


def run_job(plan: Plan, job: JobOptions, client: ClientOptions) -> None:
    """Run the job, or say what it would do, and exit.

    Raises:
        VonageError: when the run cannot begin, or has stopped by itself.
    """
    numbers = NumbersFile(job.file, job.column)
    if job.dry_run:
        sys.exit(dry_run(plan, numbers, job, client.base_url))
    output = Output(
        console=Console(stderr=True),
        total=numbers.count(),
        report=job.report,
        journal=job.journal,
        quiet=job.quiet,
        as_json=job.as_json,
        done=plan.done,
    )
    if job.report is not None:
        try:
            job.report.open("a").close()  # better now than when an hour's work is to be written
        except OSError as error:
            raise click.UsageError(f"{job.report} cannot be written: {error.strerror}") from None

    async def main() -> Exit:
        throttle = Throttle(job.rate, shared_in=job.shared_in)
        async with client.open(throttle) as vonage:
            run = plan.start(vonage.bulk, numbers, concurrency=job.concurrency, journal=job.journal)
            return await follow(run, throttle, output)

    sys.exit(event_loop.run(main()))
