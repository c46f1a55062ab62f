"""`aiovonage link-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY
from aiovonage.bulk.identity import campaign_run
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import errors_are_lines
from aiovonage.cli.job import Plan, run_job
from aiovonage.cli.job_options import JobOptions, job_options


@click.command("link-numbers", short_help="Link numbers to a 10DLC campaign.")
@click.option("--brand", "brand_id", required=True, help="The brand of the campaign.")
@click.option("--campaign", "campaign_id", required=True, help="The campaign.")
@click.option("--country", default="US", show_default=True, help="The country of the numbers, as two letters.")
@job_options(concurrency=CONCURRENCY)
@client_options
@errors_are_lines
def link_numbers(brand_id: str, campaign_id: str, country: str, *, job: JobOptions, client: ClientOptions) -> None:
    """Link the numbers of FILE (CSV or JSON Lines; - for standard input) to a 10DLC campaign.

    The API secret is taken from VONAGE_API_SECRET.
    """
    plan = Plan(
        operation="ten_dlc.link_number",
        path=(brand_id, campaign_id),
        run=campaign_run("link_numbers", brand_id, campaign_id, country=country),
        done="linked",
        start=lambda bulk, numbers, **how: bulk.link_numbers(brand_id, campaign_id, numbers, country=country, **how),
    )
    run_job(plan, job, client)
