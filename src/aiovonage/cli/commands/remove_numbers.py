"""`aiovonage remove-numbers`."""

from __future__ import annotations

import click

from aiovonage.cli.client_options import ClientOptions
from aiovonage.cli.run.engagement_job import engagement_options, run_engagement_job
from aiovonage.cli.run.job_options import JobOptions


@click.command("remove-numbers", short_help="Remove numbers from an engagement.")
@engagement_options
def remove_numbers(
    engagement_id: str, batch_size: int, country: str | None, *, job: JobOptions, client: ClientOptions
) -> None:
    """Remove the numbers of FILE (CSV, Excel or JSON; - for standard input) from a messaging engagement.

    They are sent in batches, and each number has its own outcome. The API secret comes from VONAGE_API_SECRET.
    """
    run_engagement_job("remove_numbers", "removed", engagement_id, batch_size, country, job, client)
