"""The options of every command that runs a job over numbers."""

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
    """How a job is run, and what is shown.

    Attributes:
        file: The numbers; `-` for standard input.
        reading: How the file is to be read.
        journal: The file that makes the run resumable.
        report: The file that gets a row for each row of the input.
        force: Whether the report may replace an existing file.
        retry: The statuses whose numbers are sent again.
        max_refusals: The number of identical refusals in a row that end the run; 0 for no limit.
        concurrency: The number of concurrent requests.
        rate: Requests a second; None to find the rate.
        shared_in: Where runs share a throttle: a directory on this machine, or the URL of a Postgres or a Redis.
        dry_run: Show what would be sent, and send nothing.
        against_api: With `dry_run`, ask the API for the status of the numbers.
        quiet: Show only errors.
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


READING: list[Callable[..., Any]] = [
    click.option("--column", help="The column (or JSON member) of the numbers, by name or by position from 1."),
    click.option(
        "--delimiter", callback=_delimiter, help="Between fields: comma, semicolon, tab, pipe or a character."
    ),
    click.option("--encoding", help="The encoding, such as cp1252 (Excel on Windows) or utf-16-le."),
    click.option("--header-line", type=click.IntRange(0), help="The line of the header; 0 for no header."),
    click.option("--sheet", help="The sheet of a workbook."),
]


def job_options(*, concurrency: int) -> Callable[[Command], Command]:
    """Add FILE and the options to a command, which receives them as `job`.

    Args:
        concurrency: The default number of concurrent requests.
    """
    path = click.Path(path_type=Path)
    options = [
        click.argument("file"),
        click.option("--journal", type=path, help="A file that makes the run resumable."),
        click.option(
            "--report",
            type=path,
            help="A report with the outcome of each row of FILE: .csv, .jsonl or .xlsx.",
        ),
        click.option("--force", is_flag=True, help="Let --report replace an existing file."),
        click.option(
            "--retry",
            callback=_retry,
            metavar="STATUS,...",
            help="With a journal, try numbers again that were failed, rejected, conflict or not_linked.",
        ),
        *READING,
        click.option(
            "--concurrency", type=click.IntRange(1), default=concurrency, show_default=True, help="Concurrent requests."
        ),
        click.option(
            "--rate", type=click.FloatRange(0, min_open=True), help="Requests a second. Default: found automatically."
        ),
        click.option(
            "--shared-in",
            metavar="PLACE",
            help="A directory on this machine, postgresql://... or redis://...: runs that name it share the rate, "
            "and what they learn about it.",
        ),
        click.option(
            "--max-refusals",
            type=click.IntRange(0),
            default=100,
            show_default=True,
            help="Stop after so many identical refusals in a row; 0 for no limit.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Show what would be sent, and send nothing. Needs no credentials, does not change journal and report, "
            "and exits with 1 if some numbers are invalid.",
        ),
        click.option(
            "--against-api", is_flag=True, help="With --dry-run, ask the API for the status of the numbers. Only reads."
        ),
        click.option("--quiet", "-q", is_flag=True, help="Show only errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    ]

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def collected(*args: Any, **given: Any) -> Any:
            reading = ReadingOptions(**{field.name: given.pop(field.name) for field in attrs.fields(ReadingOptions)})
            names = [field.name for field in attrs.fields(JobOptions) if field.name != "reading"]
            job = JobOptions(reading=reading, **{name: given.pop(name) for name in names})
            if job.retry and job.journal is None:
                raise click.UsageError("--retry needs --journal, which records what failed before")
            if job.against_api and not job.dry_run:
                raise click.UsageError("--against-api goes with --dry-run")
            return command(*args, job=job, **given)

        for option in reversed(options):
            collected = option(collected)
        return collected

    return add
