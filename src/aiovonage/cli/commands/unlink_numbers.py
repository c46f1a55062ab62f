"""`aiovonage unlink-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY
from aiovonage.bulk.identity import campaign_run
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import errors_are_lines
from aiovonage.cli.job import Plan, run_job
from aiovonage.cli.job_options import JobOptions, job_options


@click.command("unlink-numbers", short_help="Unlink numbers from a 10DLC campaign.")
@click.option("--brand", "brand_id", required=True, help="The brand of the campaign.")
@click.option("--campaign", "campaign_id", required=True, help="The campaign.")
@job_options(concurrency=CONCURRENCY)
@client_options
@errors_are_lines
def unlink_numbers(brand_id: str, campaign_id: str, *, job: JobOptions, client: ClientOptions) -> None:
    """Unlink the numbers of FILE (CSV or JSON Lines; - for standard input) from a 10DLC campaign.

    A number that was not linked is as good as unlinked. The API secret is taken from VONAGE_API_SECRET.
    """
    plan = Plan(
        operation="ten_dlc.unlink_number",
        path=(brand_id, campaign_id),
        run=campaign_run("unlink_numbers", brand_id, campaign_id),
        done="unlinked",
        start=lambda bulk, numbers, **how: bulk.unlink_numbers(brand_id, campaign_id, numbers, **how),
    )
    run_job(plan, job, client)
