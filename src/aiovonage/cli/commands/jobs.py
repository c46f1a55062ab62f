"""`aiovonage jobs`."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import attrs
import click
from rich.console import Console

from aiovonage.cli import event_loop
from aiovonage.cli.exits import Exit, report_errors
from aiovonage.cli.files.options import ReadingOptions
from aiovonage.cli.fleet import display
from aiovonage.cli.fleet.report import write_report
from aiovonage.cli.fleet.service import exit_of
from aiovonage.cli.fleet.submission import Action, Rows
from aiovonage.cli.run.campaign_options import Campaign, campaign_options
from aiovonage.cli.run.job_options import READING
from aiovonage.jobs import Jobs

Command = Callable[..., Any]
Main = Callable[..., Coroutine[Any, Any, Exit]]

as_json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("jobs", short_help="Submit jobs for workers, watch them, and change them.")
def jobs() -> None:
    """Jobs that any number of workers carry out (`aiovonage worker`).

    DSN is where they are kept: an SQLite file, for the processes of one machine, or postgresql://... (extra `jobs`).
    Keep a password out of the command with PGPASSWORD or ~/.pgpass. JOB is the id of a job, or its key.
    """


def _command(name: str, help_: str) -> Callable[[Main], click.Command]:
    """A command of the group, whose coroutine is given `Jobs` first."""

    def add(main: Main) -> click.Command:
        @functools.wraps(main)
        def run(dsn: str, **given: Any) -> None:
            sys.exit(event_loop.run(main(Jobs(dsn), **given)))

        guarded = report_errors(run)
        return jobs.command(name, short_help=help_)(click.argument("dsn")(guarded))

    return add


@_command("migrate", "Make the tables in Postgres, or upgrade them.")
async def migrate(store: Jobs) -> Exit:
    """Make the tables at DSN, or bring them to the form of this version. An SQLite file needs no such step."""
    await store.migrate()
    click.echo(f"{store.name} is ready for jobs", err=True)
    return Exit.OK


def _action_options(command: Command) -> Command:
    @functools.wraps(command)
    def collected(*args: Any, **given: Any) -> Any:
        action = Action(**{field.name: given.pop(field.name) for field in attrs.fields(Action)})
        reading = ReadingOptions(**{field.name: given.pop(field.name) for field in attrs.fields(ReadingOptions)})
        return command(*args, action=action, reading=reading, **given)

    options = [
        click.option(
            "--action",
            "verb",
            type=click.Choice(["link", "unlink", "sync"]),
            default="link",
            show_default=True,
            help="What is done with the numbers.",
        ),
        click.option(
            "--until",
            type=click.Choice(["accepted", "approved"]),
            help="accepted (the default): done when the API has taken a number. approved: follow it until the carriers "
            "have decided.",
        ),
        click.option("--patience", type=click.FloatRange(0), help="Seconds for which numbers are followed."),
        click.option(
            "--hipaa", is_flag=True, help="Link as HIPAA. The first number decides for its campaign, for ever."
        ),
        click.option("--remove", is_flag=True, help="With sync, unlink what does not stand in FILE."),
        click.option(
            "--max-refusals",
            type=click.IntRange(0),
            default=100,
            show_default=True,
            help="Pause the job after so many refusals in a row that are alike; 0 for no limit.",
        ),
        click.option(
            "--account", envvar="VONAGE_API_KEY", help="The API key of the account that it is for [VONAGE_API_KEY]."
        ),
        *READING,
    ]
    found: Command = collected
    for option in reversed(options):
        found = option(found)
    return found


@jobs.command("submit", short_help="Submit the numbers of a file as a job.")
@click.argument("dsn")
@click.argument("file")
@campaign_options(required=False)
@_action_options
@click.option("--key", help="A name of your own: the same key gives the same job.")
@click.option(
    "--chunk-size", type=click.IntRange(1, 100_000), default=500, show_default=True, help="Numbers at a time."
)
@as_json_option
@report_errors
def submit(
    *,
    dsn: str,
    file: str,
    campaign: Campaign,
    action: Action,
    reading: ReadingOptions,
    key: str | None,
    chunk_size: int,
    as_json: bool,
) -> None:
    """Submit the numbers of FILE (CSV, Excel or JSON; - for standard input) as a job, and print its id.

    Without --brand and --campaign, the columns brand_id and campaign_id say where each number goes. All of FILE is
    stored, or nothing.
    """
    plan = action.plan(campaign)
    rows = Rows(file, reading, plan)
    rows.check()

    async def main() -> Exit:
        job = await Jobs(dsn, account=action.account).submit(plan, rows, key=key, chunk_size=chunk_size)
        click.echo(json.dumps(display.job_members(job)) if as_json else job.id)
        click.echo(f"{rows.words}\n{job}: {job.total:,} numbers", err=True)
        return Exit.OK

    sys.exit(event_loop.run(main()))


@_command("list", "List the jobs.")
@click.option("--account", help="Those of this account only.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest ones.")
@as_json_option
async def list_(store: Jobs, *, account: str | None, limit: int, as_json: bool) -> Exit:
    """List the jobs at DSN, the newest first."""
    found = [(job, await store.status(job)) for job in await store.list(account=account, limit=limit)]
    if as_json:
        for _, status in found:
            click.echo(json.dumps(display.members(status)))
    else:
        Console().print(display.jobs_table(found))
    return Exit.OK


@_command("status", "Show how a job stands.")
@click.argument("job")
@as_json_option
async def status(store: Jobs, *, job: str, as_json: bool) -> Exit:
    """Show how JOB stands: its numbers, what went wrong and why, and its workers.

    Exit codes: 0 it is under way, or done and all is well; 1 it is done and some numbers failed; 3 it is paused or
    cancelled.
    """
    found = await store.status(job)
    if as_json:
        click.echo(json.dumps(display.members(found)))
    else:
        Console().print(display.status_view(found))
    return exit_of(found)


@_command("watch", "Watch a job until it is over.")
@click.argument("job")
@click.option("--interval", type=click.FloatRange(0.1), default=1.0, show_default=True, help="Seconds between looks.")
@as_json_option
async def watch(store: Jobs, *, job: str, interval: float, as_json: bool) -> Exit:
    """Show how JOB goes on until it is over: progress and rate, all workers, what holds them up, and errors by reason.

    Exit codes: 0 all is well, 1 some numbers failed, 3 it was cancelled.
    """
    console = Console()
    shown = None if as_json else display.Watch(console)
    last = None
    try:
        async for last in store.watch(job, interval=interval):
            if shown is not None:
                shown.show(last)
            else:
                click.echo(json.dumps(display.members(last)))
    finally:
        if shown is not None:
            shown.close()
    assert last is not None
    if shown is not None:
        console.print(display.status_view(last))
    return exit_of(last)


async def _change(store: Jobs, job: str, method: str, done: str) -> Exit:
    changed = await getattr(store, method)(job)
    state = (await store.status(job)).state
    click.echo(done if changed else f"nothing was changed: the job is {state}", err=True)
    return Exit.OK if changed else Exit.USAGE


@_command("pause", "Let no worker take more numbers of a job.")
@click.argument("job")
async def pause(store: Jobs, *, job: str) -> Exit:
    """Let no worker take more numbers of JOB; what is under way is finished within seconds."""
    return await _change(store, job, "pause", "paused")


@_command("resume", "Go on with a job that is paused.")
@click.argument("job")
async def resume(store: Jobs, *, job: str) -> Exit:
    """Go on with JOB, which is paused."""
    return await _change(store, job, "resume", "running")


@_command("cancel", "End a job.")
@click.argument("job")
async def cancel(store: Jobs, *, job: str) -> Exit:
    """End JOB; what is under way is finished within seconds, and the rest stays pending for ever."""
    return await _change(store, job, "cancel", "cancelled")


@_command("report", "Write the outcomes of a job to a file.")
@click.argument("job")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Let FILE be replaced.")
async def report(store: Jobs, *, job: str, file: Path, force: bool) -> Exit:
    """Write what became of each number of JOB to FILE (.csv, .jsonl or .xlsx), in the order of its input.

    What has no outcome yet is not in it. Exit codes are those of `status`.
    """
    if file.exists() and not force:  # noqa: ASYNC240 - nothing else runs
        raise click.UsageError(f"{file} exists already. Give it another name, or --force to replace it")
    count = await write_report(store, job, file)
    found = await store.status(job)
    left = f"; {found.pending + found.following:,} have no outcome yet" if found.pending + found.following else ""
    click.echo(f"{file}: {count:,} outcomes{left}", err=True)
    return exit_of(found)
