"""`aiovonage link-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.run.campaign_options import Campaign, campaign_options, campaign_plan
from aiovonage.cli.run.job import run_job
from aiovonage.cli.run.job_options import JobOptions, job_options
from aiovonage.cli.run.link_options import LinkOptions, link_options


@click.command("link-numbers", short_help="Link numbers to 10DLC campaigns.")
@campaign_options(required=False)
@link_options
@job_options(concurrency=CONCURRENCY)
@client_options
@report_errors
def link_numbers(*, campaign: Campaign, link: LinkOptions, job: JobOptions, client: ClientOptions) -> None:
    """Link the numbers of FILE (CSV, Excel or JSON; - for standard input) to a 10DLC campaign.

    If FILE has the columns brand_id and campaign_id, each row is linked to its own campaign. The API secret comes from
    VONAGE_API_SECRET.
    """
    plan = campaign_plan(
        "link",
        campaign,
        "ten_dlc.link_number",
        "linked",
        compliance=link.compliance,
        more=link.arguments,
        follows=link.follows,
    )
    run_job(plan, job, client)
