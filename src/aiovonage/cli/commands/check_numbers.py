"""`aiovonage check-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import BATCH_CONCURRENCY
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.run.campaign_options import Campaign, campaign_options, campaign_plan
from aiovonage.cli.run.job import run_job
from aiovonage.cli.run.job_options import JobOptions, job_options


@click.command("check-numbers", short_help="Report the status of numbers in 10DLC campaigns.")
@campaign_options(required=False)
@job_options(concurrency=BATCH_CONCURRENCY)
@client_options
@report_errors
def check_numbers(*, campaign: Campaign, job: JobOptions, client: ClientOptions) -> None:
    """Report the status of the numbers of FILE (CSV, Excel or JSON; - for standard input) in a 10DLC campaign.

    Nothing is changed. A number is linked (the carriers approved it), accepted (they have not decided), rejected by
    them, or not linked. The exit code is 0 if all are linked.
    """
    plan = campaign_plan("check", campaign, "ten_dlc.get_number", "linked", changes=False)
    run_job(plan, job, client)
