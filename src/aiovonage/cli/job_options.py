"""The options of every job over numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

Command = Callable[..., Any]


@attrs.frozen(kw_only=True)
class JobOptions:
    """How a job is run, and what it shows.

    Attributes:
        file: The numbers; `-` for standard input.
        journal: The file that makes the run resumable.
        report: The file that gets every outcome.
        column: The column or member that holds the numbers.
        concurrency: How many requests are under way at once.
        rate: Requests a second; None to find it.
        shared_in: Where runs share a throttle: a directory of this machine, or the URL of a Postgres or a Redis.
        dry_run: Say what would be sent, and send nothing.
        quiet: Show nothing but errors.
        as_json: Print the summary as JSON.
    """

    file: str
    journal: Path | None
    report: Path | None
    column: str | None
    concurrency: int
    rate: float | None
    shared_in: str | None
    dry_run: bool
    quiet: bool
    as_json: bool


def job_options(*, concurrency: int) -> Callable[[Command], Command]:
    """Add FILE and the options to a command, which gets them as `job`.

    Args:
        concurrency: How many requests are under way at once, unless told otherwise.
    """
    path = click.Path(dir_okay=False, path_type=Path)
    options = [
        click.argument("file"),
        click.option("--journal", type=path, help="A file that makes the run resumable."),
        click.option("--report", type=path, help="Every outcome, as .csv or .jsonl."),
        click.option("--column", help="The column (or JSON member) that holds the numbers."),
        click.option(
            "--concurrency", type=click.IntRange(1), default=concurrency, show_default=True, help="Requests at once."
        ),
        click.option(
            "--rate", type=click.FloatRange(0, min_open=True), help="Requests a second. Default: found by itself."
        ),
        click.option(
            "--shared-in",
            metavar="PLACE",
            help="A directory of this machine, postgresql://... or redis://...: runs that name it share the rate, and "
            "learn of each other's 429s.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Say what would be sent, and send nothing. It needs no credentials, leaves journal and report as they "
            "are, and exits with 1 when some numbers are invalid.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="Show nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    ]

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def collected(*args: Any, **given: Any) -> Any:
            names = [field.name for field in attrs.fields(JobOptions)]
            job = JobOptions(**{name: given.pop(name) for name in names})
            return command(*args, job=job, **given)

        for option in reversed(options):
            collected = option(collected)
        return collected

    return add
