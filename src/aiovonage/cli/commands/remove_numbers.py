"""`aiovonage remove-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import BATCH_CONCURRENCY, BATCH_SIZE
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import errors_are_lines
from aiovonage.cli.job import Plan, run_job
from aiovonage.cli.job_options import JobOptions, job_options


@click.command("remove-numbers", short_help="Remove numbers from an engagement.")
@click.option("--engagement", "engagement_id", required=True, help="The engagement.")
@click.option(
    "--batch-size", type=click.IntRange(1), default=BATCH_SIZE, show_default=True, help="Numbers in a request, at most."
)
@job_options(concurrency=BATCH_CONCURRENCY)
@client_options
@errors_are_lines
def remove_numbers(engagement_id: str, batch_size: int, *, job: JobOptions, client: ClientOptions) -> None:
    """Remove the numbers of FILE (CSV or JSON Lines; - for standard input) from a messaging engagement.

    They go in batches, of which each number has an outcome of its own. The API secret is taken from VONAGE_API_SECRET.
    """
    plan = Plan(
        operation="engagements.remove_numbers",
        path=(engagement_id,),
        run={"job": "remove_numbers", "engagement": engagement_id},
        done="removed",
        batch_size=batch_size,
        start=lambda bulk, numbers, **how: bulk.remove_numbers(engagement_id, numbers, batch_size=batch_size, **how),
    )
    run_job(plan, job, client)
