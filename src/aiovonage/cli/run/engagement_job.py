"""The options and the run of the commands that add numbers to an engagement or remove them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from aiovonage.bulk import BATCH_CONCURRENCY, BATCH_SIZE
from aiovonage.bulk._targets import Target
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.run.job import run_job
from aiovonage.cli.run.job_options import JobOptions, job_options
from aiovonage.cli.run.plan import Plan

Command = Callable[..., Any]


def _country(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    if value.strip().upper() not in SUPPORTED_REGIONS:
        raise click.BadParameter(f"{value!r} is not a country. Give two letters, such as US")
    return value.strip().upper()


def engagement_options(command: Command) -> Command:
    """Add --engagement and all options of a job in batches to a command."""
    command = job_options(concurrency=BATCH_CONCURRENCY)(client_options(report_errors(command)))
    size = click.IntRange(1)
    for option in (
        click.option(
            "--country",
            callback=_country,
            help="The country of national numbers, as two letters. Default: only international numbers.",
        ),
        click.option(
            "--batch-size", type=size, default=BATCH_SIZE, show_default=True, help="The most numbers per request."
        ),
        click.option("--engagement", "engagement_id", required=True, help="The engagement."),
    ):
        command = option(command)
    return command


def run_engagement_job(
    name: str,
    done: str,
    engagement_id: str,
    batch_size: int,
    country: str | None,
    job: JobOptions,
    client: ClientOptions,
) -> None:
    """Run the job of this name (`add_numbers`), or its dry run, and exit.

    Raises:
        VonageError: if the run cannot start, or stopped because of an error.
    """

    def start(bulk: Any, entries: Any, **how: Any) -> Any:
        return getattr(bulk, name)(engagement_id, entries, country=country, batch_size=batch_size, **how)

    plan = Plan(
        operation=f"engagements.{name}",
        path=(engagement_id,),
        run={"job": name, "engagement": engagement_id},
        done=done,
        target=Target(country=country or ""),
        start=start,
        batch_size=batch_size,
    )
    run_job(plan, job, client)
