"""A job over the numbers of an engagement, as a command: the same options and batches, whichever way they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from aiovonage.bulk import BATCH_CONCURRENCY, BATCH_SIZE
from aiovonage.bulk.identity import engagement_run
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import errors_are_lines
from aiovonage.cli.job import Plan, run_job
from aiovonage.cli.job_options import JobOptions, job_options

Command = Callable[..., Any]


def engagement_options(command: Command) -> Command:
    """Add the engagement and all options of a job in batches to a command."""
    command = job_options(concurrency=BATCH_CONCURRENCY)(client_options(errors_are_lines(command)))
    size = click.IntRange(1)
    batch = click.option(
        "--batch-size", type=size, default=BATCH_SIZE, show_default=True, help="Numbers in a request, at most."
    )
    return click.option("--engagement", "engagement_id", required=True, help="The engagement.")(batch(command))


def run_engagement_job(
    name: str, done: str, engagement_id: str, batch_size: int, job: JobOptions, client: ClientOptions
) -> None:
    """Run the job of this name (`add_numbers`), or say what it would do, and exit.

    Raises:
        VonageError: when the run cannot begin, or has stopped by itself.
    """
    plan = Plan(
        operation=f"engagements.{name}",
        path=(engagement_id,),
        run=engagement_run(name, engagement_id),
        done=done,
        batch_size=batch_size,
        start=lambda bulk, numbers, **how: getattr(bulk, name)(engagement_id, numbers, batch_size=batch_size, **how),
    )
    run_job(plan, job, client)
