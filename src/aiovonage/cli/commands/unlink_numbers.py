"""`aiovonage unlink-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY, UNLINK_PATIENCE
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.run.campaign_options import Campaign, campaign_options, campaign_plan
from aiovonage.cli.run.job import run_job
from aiovonage.cli.run.job_options import JobOptions, job_options


@click.command("unlink-numbers", short_help="Unlink numbers from 10DLC campaigns.")
@campaign_options(required=False)
@click.option(
    "--patience",
    type=click.FloatRange(0),
    default=UNLINK_PATIENCE,
    show_default=True,
    help="Seconds to wait until the campaign no longer holds a number.",
)
@job_options(concurrency=CONCURRENCY)
@client_options
@report_errors
def unlink_numbers(*, campaign: Campaign, patience: float, job: JobOptions, client: ClientOptions) -> None:
    """Unlink the numbers of FILE (CSV, Excel or JSON; - for standard input) from a 10DLC campaign.

    If FILE has the columns brand_id and campaign_id, each row is unlinked from its own campaign. The API secret comes
    from VONAGE_API_SECRET.
    """
    plan = campaign_plan("unlink", campaign, "ten_dlc.unlink_number", "unlinked", more={"patience": patience})
    run_job(plan, job, client)
