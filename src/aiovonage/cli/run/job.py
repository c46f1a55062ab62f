"""Runs a job over the rows of a file."""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from aiovonage._core.throttle.throttle import Throttle
from aiovonage.bulk import Journal, Link, Status
from aiovonage.cli import event_loop
from aiovonage.cli.client_options import ClientOptions
from aiovonage.cli.exits import Exit
from aiovonage.cli.files.addressing import Addressing
from aiovonage.cli.files.errors import shown_path
from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.report.ownership import own_report, remember_report
from aiovonage.cli.report.paths import digest, refuse_to_overwrite
from aiovonage.cli.report.report import Report
from aiovonage.cli.report.spool import Spool
from aiovonage.cli.run.dry_run import Forecast, forecast, request_line
from aiovonage.cli.run.dry_run_output import Framing, as_json, show
from aiovonage.cli.run.feed import ArrivingEntries, Feed
from aiovonage.cli.run.follow import Output, follow, sent_so_far
from aiovonage.cli.run.job_options import JobOptions
from aiovonage.cli.run.plan import Plan
from aiovonage.errors import ConfigurationError


def run_job(plan: Plan, job: JobOptions, client: ClientOptions) -> None:
    """Run the job, or its dry run, and exit.

    Raises:
        FileError: if FILE cannot be read.
        VonageError: if the run cannot start, or stopped because of an error.
    """
    country = plan.target.country or None if plan.target is not None else plan.country
    numbers = NumbersFile(job.file, job.reading, country=country)
    feed = Feed(numbers, Addressing(target=plan.target, country=plan.country, compliance=plan.compliance))
    if job.report is not None:
        own = own_report(job.journal)
        refuse_to_overwrite(job.report, file=job.file, journal=job.journal, force=job.force or job.dry_run, own=own)
    if job.journal is not None:
        _refuse_journal(job)
    sys.exit(_dry_run(plan, feed, job, client) if job.dry_run else _run(plan, feed, job, client))


def _dry_run(plan: Plan, feed: Feed, job: JobOptions, client: ClientOptions) -> Exit:
    request = request_line(plan, client.base_url)
    ask = job.against_api or plan.plan_of_api is not None
    keep = job.as_json or plan.plan_of_api is not None
    retry = frozenset(map(Status, job.retry))
    found = forecast(feed, plan, journal=job.journal, retry=retry, keep=keep, pend=ask)
    _say_how_it_was_read(feed, job)
    standing: Counter[str] | None = None
    try:
        if ask:
            standing = event_loop.run(_standing(plan, found, job, client))
    finally:  # show what is known without the API, even if it fails
        framing = Framing(
            request=request,
            batch_size=plan.batch_size,
            journal=job.journal,
            left_out=feed.file.left_out,
            reading=_reading(feed),
            standing=standing,
        )
        if job.as_json:
            click.echo(as_json(found, framing))
        elif not job.quiet:
            show(found, framing)
    return Exit.SOME_FAILED if found.invalid_count else Exit.OK


async def _standing(plan: Plan, found: Forecast, job: JobOptions, client: ClientOptions) -> Counter[str]:
    """The numbers by their status at the API. Nothing is changed."""
    standing: Counter[str] = Counter()
    async with client.open(Throttle(job.rate, shared_in=job.shared_in)) as vonage:
        if plan.plan_of_api is not None:
            entries = [*(number for number, _ in found.pending), *(given for _, given, _ in found.invalid)]
            async for outcome in plan.plan_of_api(vonage.bulk, entries, concurrency=job.concurrency):
                if outcome.status not in {Status.INVALID, Status.DUPLICATE}:
                    standing[outcome.planned or str(outcome.status)] += 1
        elif plan.path and plan.target is not None and not plan.target.campaign_id:
            pending = {str(number) for number, _ in found.pending}
            async for number in vonage.engagements.list_numbers(*plan.path):
                standing["in the engagement already"] += str(number).lstrip("+") in pending
            standing["not in the engagement"] = len(pending) - standing["in the engagement already"]
        else:
            rows = (
                Link(number, target.brand_id, target.campaign_id, target.country) for number, target in found.pending
            )
            async for outcome in vonage.bulk.check(rows):
                standing[str(outcome.status)] += 1
    return standing


def _run(plan: Plan, feed: Feed, job: JobOptions, client: ClientOptions) -> Exit:
    feed.check()  # finds a mistake in the last line before anything is sent
    with ExitStack() as stack:
        report = spool = None
        entries: Any = feed.entries(whole=plan.plan_of_api is not None)
        if isinstance(entries, ArrivingEntries):
            entries.on_understood = lambda: _say_how_it_was_read(feed, job)
        else:
            _say_how_it_was_read(feed, job)
        _warn(plan, job)
        journal = job.journal
        if job.report is not None:
            report = Report(job.report)
            stack.callback(report.discard)
            if journal is None:  # the report is written from a journal, so that memory stays flat
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="aiovonage-"))
                journal = Path(folder) / "run.db"
            if isinstance(entries, ArrivingEntries):
                spool = Spool()
                stack.callback(spool.close)
                entries.on_row = spool.add
        output = Output(
            console=Console(stderr=True),
            total=feed.file.rows,
            journal=job.journal,
            quiet=job.quiet,
            as_json=job.as_json,
            reading=lambda: _reading(feed),
            unaddressed=lambda: feed.unaddressed,
            input_failed=lambda: isinstance(entries, ArrivingEntries) and entries.failure is not None,
        )
        began = True
        try:
            code = event_loop.run(_main(plan, entries, job, client, journal, output))
        except ConfigurationError:  # nothing was sent, so there is nothing to report
            began = False
            raise
        else:
            if isinstance(entries, ArrivingEntries) and entries.failure is not None:
                raise entries.failure
            return code
        finally:
            if began and report is not None and journal is not None and journal.exists():
                rows = spool if spool is not None else feed.file
                report.write(rows, feed.addressing, feed.file.understanding, journal)
                if job.journal is not None and job.report is not None and job.report.is_file():
                    remember_report(job.journal, digest(job.report))


def _warn(plan: Plan, job: JobOptions) -> None:
    """Print warnings before anything is sent."""
    if plan.warning is not None:
        click.echo(f"warning: {plan.warning}", err=True)
    if plan.follows and job.journal is None:
        click.echo(
            "warning: the carriers may take hours. Without --journal, a run that ends early cannot be resumed",
            err=True,
        )


async def _main(
    plan: Plan, entries: Any, job: JobOptions, client: ClientOptions, journal: Path | None, output: Output
) -> Exit:
    throttle = Throttle(job.rate, shared_in=job.shared_in)
    async with client.open(throttle) as vonage:
        how: dict[str, Any] = {"concurrency": job.concurrency, "journal": journal, "retry": job.retry}
        if plan.changes:
            how["max_refusals"] = job.max_refusals or None
        with warnings.catch_warnings(action="ignore"):  # the command has already printed them
            run = plan.start(vonage.bulk, entries, **how)
        code = await follow(run, throttle, output)
        if isinstance(entries, ArrivingEntries) and entries.failure is not None:
            entries.failure.sent = sent_so_far(run.summary)
        return code


def _say_how_it_was_read(feed: Feed, job: JobOptions) -> None:
    """Print every guess in one line, so that a wrong one is noticed before it has consequences."""
    if not job.quiet and (job.dry_run or not job.as_json):
        click.echo(f"{shown_path(job.file)}: {_reading(feed)}", err=True)


def _reading(feed: Feed) -> str:
    """How the input was read, for messages."""
    found = feed.file.understanding
    words = str(found)
    if feed.addressing.target is None:
        words += ", each row to its own campaign"
    elif feed.addressing.target.campaign_id and found is not None and found.has_campaign:
        words += ", its column of campaigns is not used since --campaign is given"
    if feed.file.left_out:
        lines = ", ".join(f"{line:,}" for line in feed.file.left_out)
        words += f", without the total in line {lines}"
    return words


def _refuse_journal(job: JobOptions) -> None:
    """Refuse a journal that is a folder, or FILE itself, with a clearer message than that of a damaged journal."""
    assert job.journal is not None
    if job.journal.is_dir():
        raise click.UsageError(f"--journal {job.journal} is a folder. Give the name of a file in it")
    if job.file != "-" and job.journal.exists() and Path(job.file).exists() and job.journal.samefile(job.file):
        raise click.UsageError(f"--journal {job.journal} is FILE. Give the journal another name")
    if job.retry and job.journal.exists():
        Journal(job.journal)
