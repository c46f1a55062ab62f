"""`aiovonage worker`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from aiovonage.bulk import CONCURRENCY
from aiovonage.cli import event_loop
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import report_errors
from aiovonage.cli.fleet.logs import log_to
from aiovonage.cli.fleet.service import Service


@click.command("worker", short_help="Work on jobs, beside any number of other workers.")
@click.argument("dsn")
@click.option("--job", metavar="JOB", help="Work on this job (its id or key) until it is over or paused.")
@click.option("--drain", is_flag=True, help="End when no job of the account has anything left to do.")
@click.option("--concurrency", type=click.IntRange(1), default=CONCURRENCY, show_default=True, help="Requests at once.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second. Default: found by itself.")
@click.option(
    "--shared-in",
    metavar="PLACE",
    help="A directory of this machine, postgresql://... or redis://...: workers that name it share the rate.",
)
@click.option(
    "--lease",
    type=click.FloatRange(1.0),
    default=15.0,
    show_default=True,
    help="Seconds after which others take over what this worker has, if it says nothing.",
)
@click.option(
    "--engine",
    type=click.Choice(["procrastinate"]),
    help="Let Procrastinate hand out the chunks, on Postgres, so that its tools show them.",
)
@click.option("--name", help="What it is called in `jobs status`. Default: host and process.")
@click.option(
    "--health-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that is written every few seconds while the worker is well: a supervisor looks at its time.",
)
@click.option("--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="The form of logs.")
@client_options
@report_errors
def worker(
    *,
    dsn: str,
    job: str | None,
    drain: bool,
    concurrency: int,
    rate: float | None,
    shared_in: str | None,
    lease: float,
    engine: Literal["procrastinate"] | None,
    name: str | None,
    health_file: Path | None,
    log: str,
    client: ClientOptions,
) -> None:
    """Work on the jobs of the account at DSN: an SQLite file, or postgresql://... (extra `jobs`).

    SIGTERM or Ctrl-C lets finish what is under way, gives the chunks back to other workers, and ends with 0; a second
    one ends at once. Keep a password out of the command with PGPASSWORD or ~/.pgpass.

    Exit codes: 0 it was told to end, or nothing is left; 1 some numbers of --job failed; 2 wrong usage, no tables, or
    credentials of another account; 3 Vonage or the database refuses, or --job is paused.
    """
    log_to(sys.stderr, log)
    service = Service(
        dsn,
        job=job,
        drain=drain,
        concurrency=concurrency,
        rate=rate,
        shared_in=shared_in,
        lease=lease,
        engine=engine,
        name=name,
        health_file=health_file,
    )
    sys.exit(event_loop.run(service.run(client)))
