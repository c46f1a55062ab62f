"""`aiovonage sync-numbers`."""

from __future__ import annotations

import click

from aiovonage.bulk import CONCURRENCY
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.run.campaign_options import Campaign, campaign_options, campaign_plan
from aiovonage.cli.run.job import run_job
from aiovonage.cli.run.job_options import JobOptions, job_options
from aiovonage.cli.run.link_options import LinkOptions, link_options


@click.command("sync-numbers", short_help="Make a 10DLC campaign hold the numbers of a file.")
@campaign_options(required=True)
@click.option("--remove", is_flag=True, help="Unlink the numbers of the campaign that are not in FILE.")
@link_options
@job_options(concurrency=CONCURRENCY)
@client_options
@report_errors
def sync_numbers(
    *, campaign: Campaign, remove: bool, link: LinkOptions, job: JobOptions, client: ClientOptions
) -> None:
    """Link the numbers of FILE (CSV, Excel or JSON; - for standard input) that a 10DLC campaign does not hold yet.

    With --remove, the numbers of the campaign that are not in FILE are unlinked, too. --dry-run asks the API, and shows
    what would be linked and unlinked.
    """
    if job.dry_run and job.journal is not None:
        raise click.UsageError("--dry-run compares FILE with the current state of the campaign. Leave --journal out")
    plan = campaign_plan(
        "sync",
        campaign,
        "ten_dlc.link_number",
        "linked",
        compliance=link.compliance,
        more={**link.arguments, "remove": remove},
        follows=link.follows,
        plan_of_api=True,
    )
    run_job(plan, job, client)
