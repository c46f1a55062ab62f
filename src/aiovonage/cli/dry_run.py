"""What a job would send: the same reading of numbers and journal, without a request."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from aiovonage.bulk import JournalError
from aiovonage.bulk.journal import Claim, JournalWriter
from aiovonage.bulk.pipeline import INTAKE
from aiovonage.cli.catalogue import find
from aiovonage.cli.exits import Exit
from aiovonage.core.operation import check_parameter

if TYPE_CHECKING:
    from aiovonage.cli.job import Plan
    from aiovonage.cli.job_options import JobOptions
    from aiovonage.cli.numbers_file import NumbersFile

SHOWN = 10
"""How many invalid or repeated numbers are shown; --json gives all of them."""


@attrs.define
class Forecast:
    """What would become of the numbers.

    Attributes:
        numbers: How many entries the input has.
        send: How many numbers would be sent.
        settle: How many an earlier run may have sent, and would be looked up first.
        done: How many have an outcome in the journal.
        invalid: The entries that are no numbers.
        duplicate: The numbers that stand in the input before.
    """

    numbers: int = 0
    send: int = 0
    settle: int = 0
    done: int = 0
    invalid: list[str] = attrs.field(factory=list)
    duplicate: list[str] = attrs.field(factory=list)


def dry_run(plan: Plan, numbers: NumbersFile, job: JobOptions, base_url: str | None) -> Exit:
    """Say what a job would send. Nothing is sent, and no file is changed.

    Returns:
        The exit code: whether some numbers are invalid, which would fail.

    Raises:
        JournalError: when the journal cannot be used for the run.
        InvalidValue: when the request cannot be made, as of an empty id.
    """
    request = _request(plan, base_url)
    forecast = _forecast(plan, numbers, job.journal)
    pending = forecast.send + forecast.settle
    requests = -(-pending // plan.batch_size)
    if job.as_json:
        counts = attrs.asdict(forecast)
        counts |= {"request": request, "requests": requests, "batch_size": plan.batch_size, "dry_run": True}
        click.echo(json.dumps(counts))
    elif not job.quiet:
        _show(forecast, request, requests, plan.batch_size, job.journal)
    return Exit.SOME_FAILED if forecast.invalid else Exit.OK


def _request(plan: Plan, base_url: str | None) -> str:
    """Verb and URL, with `{number}` where the number stands."""
    operation = find(plan.operation).operation
    for parameter, value in zip(operation.path_parameters, plan.path, strict=False):
        check_parameter(operation.id, parameter, value)
    placeholder = "number"
    values = plan.path + (placeholder,) * (len(operation.path_parameters) - len(plan.path))
    path = operation.url_path(values)
    if len(values) > len(plan.path):
        path = f"{path.removesuffix(placeholder)}{{number}}"
    return f"{operation.method} {(base_url or operation.host).rstrip('/')}{path}"


def _forecast(plan: Plan, numbers: NumbersFile, journal: Path | None) -> Forecast:
    forecast = Forecast()
    entries = iter(numbers)
    with _copy_of(journal) as copy, closing(JournalWriter(copy, plan.run)) as writer:
        while batch := list(islice(entries, INTAKE)):
            for claimed in writer.claim(batch):
                forecast.numbers += 1
                if claimed.number is None:
                    forecast.invalid.append(claimed.given)
                elif claimed.claim is Claim.SEND:
                    forecast.send += 1
                elif claimed.claim is Claim.SETTLE:
                    forecast.settle += 1
                elif claimed.claim is Claim.SKIP:
                    forecast.done += 1
                else:
                    forecast.duplicate.append(str(claimed.number))
    return forecast


@contextmanager
def _copy_of(journal: Path | None) -> Iterator[Path | None]:
    """A copy of the journal, with what a run that was killed has left beside it; None where there is none yet."""
    if journal is None or not journal.exists():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="aiovonage-") as folder:
        copy = Path(folder) / journal.name
        for suffix in ("", "-wal"):
            source = Path(f"{journal}{suffix}")
            if source.exists():
                shutil.copyfile(source, f"{copy}{suffix}")
        try:
            yield copy
        except JournalError as error:
            raise JournalError(str(error).replace(str(copy), str(journal))) from None


def _show(forecast: Forecast, request: str, requests: int, batch_size: int, journal: Path | None) -> None:
    each = "one for each number" if batch_size == 1 else f"up to {batch_size} numbers each"
    click.echo(f"{request}")
    click.echo(f"{requests:>10,}  requests, {each}" if requests else f"{0:>10}  requests")
    click.echo(f"{forecast.send:>10,}  would be sent")
    if journal is not None:
        click.echo(f"{forecast.settle:>10,}  would be looked up first: an earlier run may have sent them")
        click.echo(f"{forecast.done:>10,}  done already, by the journal {journal}")
    for words, found in (("invalid", forecast.invalid), ("duplicate", forecast.duplicate)):
        shown = ", ".join(map(repr, found[:SHOWN]))
        more = f" and {len(found) - SHOWN:,} more (--json gives all)" if len(found) > SHOWN else ""
        click.echo(f"{len(found):>10,}  {words}{': ' if found else ''}{shown}{more}")
    click.echo(f"{forecast.numbers:>10,}  numbers. Nothing was sent.")
