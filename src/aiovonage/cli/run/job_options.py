"""The options of every job over numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

from aiovonage.cli.files.options import ReadingOptions

Command = Callable[..., Any]

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "\\t": "\t"}


def _delimiter(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    value = _DELIMITERS.get(value.lower(), value)
    if len(value) != 1 or value.isalnum() or value in '"\r\n':
        raise click.BadParameter("give one character, or comma, semicolon, tab or pipe")
    return value


def _retry(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    statuses = tuple(text.strip().lower().replace("-", "_") for text in (value or "").split(",") if text.strip())
    known = {"failed", "rejected", "conflict", "not_linked"}
    if unknown := sorted(set(statuses) - known):
        raise click.BadParameter(f"{', '.join(unknown)}: the statuses are {', '.join(sorted(known))}")
    return statuses


@attrs.frozen(kw_only=True)
class JobOptions:
    """How a job is run, and what it shows.

    Attributes:
        file: The numbers; `-` for standard input.
        reading: How the file is to be read.
        journal: The file that makes the run resumable.
        report: The file that gets a row for each row of the input.
        force: Whether the report may replace a file.
        retry: The statuses whose numbers are taken up again.
        max_refusals: How many refusals in a row that are alike end the run; 0 for no limit.
        concurrency: How many requests are under way at once.
        rate: Requests a second; None to find it.
        shared_in: Where runs share a throttle: a directory of this machine, or the URL of a Postgres or a Redis.
        dry_run: Say what would be sent, and send nothing.
        against_api: With `dry_run`, ask the API how the numbers stand.
        quiet: Show nothing but errors.
        as_json: Print the summary as JSON.
    """

    file: str
    reading: ReadingOptions
    journal: Path | None
    report: Path | None
    force: bool
    retry: tuple[str, ...]
    max_refusals: int
    concurrency: int
    rate: float | None
    shared_in: str | None
    dry_run: bool
    against_api: bool
    quiet: bool
    as_json: bool


READING = [
    click.option("--column", help="The column (or JSON member) of the numbers, by its name or its place from 1."),
    click.option(
        "--delimiter", callback=_delimiter, help="Between fields: comma, semicolon, tab, pipe or a character."
    ),
    click.option("--encoding", help="Of the text, as cp1252 (Excel on Windows) or utf-16-le."),
    click.option("--header-line", type=click.IntRange(0), help="The line of the header; 0 for a file without."),
    click.option("--sheet", help="The sheet of a workbook."),
]


def job_options(*, concurrency: int) -> Callable[[Command], Command]:
    """Add FILE and the options to a command, which gets them as `job`.

    Args:
        concurrency: How many requests are under way at once, unless told otherwise.
    """
    path = click.Path(path_type=Path)
    options = [
        click.argument("file"),
        click.option("--journal", type=path, help="A file that makes the run resumable."),
        click.option(
            "--report", type=path, help="A row for each row of FILE, with what became of it: .csv, .jsonl or .xlsx."
        ),
        click.option("--force", is_flag=True, help="Let --report replace a file."),
        click.option(
            "--retry",
            callback=_retry,
            metavar="STATUS,...",
            help="With a journal, take up again what was failed, rejected, conflict or not_linked.",
        ),
        *READING,
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
            "--max-refusals",
            type=click.IntRange(0),
            default=100,
            show_default=True,
            help="Stop after so many refusals in a row that are alike; 0 for no limit.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Say what would be sent, and send nothing. It needs no credentials, leaves journal and report as they "
            "are, and exits with 1 when some numbers are invalid.",
        ),
        click.option(
            "--against-api", is_flag=True, help="With --dry-run, ask the API how the numbers stand. Only reads."
        ),
        click.option("--quiet", "-q", is_flag=True, help="Show nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    ]

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def collected(*args: Any, **given: Any) -> Any:
            reading = ReadingOptions(**{field.name: given.pop(field.name) for field in attrs.fields(ReadingOptions)})
            names = [field.name for field in attrs.fields(JobOptions) if field.name != "reading"]
            job = JobOptions(reading=reading, **{name: given.pop(name) for name in names})
            if job.retry and job.journal is None:
                raise click.UsageError("--retry needs --journal: what failed before stands in it")
            if job.against_api and not job.dry_run:
                raise click.UsageError("--against-api goes with --dry-run")
            return command(*args, job=job, **given)

        for option in reversed(options):
            collected = option(collected)
        return collected

    return add
