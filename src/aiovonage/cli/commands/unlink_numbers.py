"""`aiovonage unlink-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY, UNLINK_PATIENCE
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import errors_are_lines
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
    help="Seconds for which a number is followed until the campaign does not hold it any more.",
)
@job_options(concurrency=CONCURRENCY)
@client_options
@errors_are_lines
def unlink_numbers(*, campaign: Campaign, patience: float, job: JobOptions, client: ClientOptions) -> None:
    """Unlink the numbers of FILE (CSV, Excel or JSON; - for standard input) from a 10DLC campaign.

    With the columns brand_id and campaign_id, each row of FILE is unlinked from its own campaign. The API secret is
    taken from VONAGE_API_SECRET.
    """
    plan = campaign_plan("unlink", campaign, "ten_dlc.unlink_number", "unlinked", more={"patience": patience})
    run_job(plan, job, client)
