"""Writes the report of a run from the rows of its input and its journal."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import click

from aiovonage.bulk import Journal, Status
from aiovonage.bulk._journal.writer import Claim, Claimed, JournalWriter
from aiovonage.bulk._targets import Target
from aiovonage.cli.files.addressing import Addressing
from aiovonage.cli.files.understanding import Row, Understanding
from aiovonage.cli.report.columns import Columns
from aiovonage.cli.report.paths import is_special
from aiovonage.cli.report.writers import Writer, writer_of

CHUNK = 512


class Report:
    """A report that is written to a temporary file, and moved to its path once it is complete.

    Args:
        path: The path. Its suffix is the format: .csv, .jsonl or .xlsx.

    Raises:
        click.UsageError: if it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._suffix = path.suffix.lower()
        self._special = is_special(path)
        self._temporary = self._path
        if self._special:
            return
        try:
            # mkstemp makes it readable only by its owner: it contains phone numbers.
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".tmp", dir=self._path.parent)
        except OSError as error:
            raise click.UsageError(f"--report {path} cannot be written: {error.strerror or error}") from None
        os.close(handle)
        self._temporary = Path(name)

    def write(
        self, rows: Iterable[Row], addressing: Addressing, found: Understanding | None, journal: Path | None
    ) -> None:
        """Write the report, and move it to its path.

        Args:
            rows: The rows of the input.
            addressing: Their targets.
            found: How the input is understood.
            journal: The journal of the run; None if nothing was recorded.
        """
        target = addressing.target
        columns = Columns(found, campaign=target is None or bool(target.campaign_id))
        writer = writer_of(self._temporary, self._suffix, columns.names)
        with closing(writer):
            seen = JournalWriter(None, {"job": "report"})
            with closing(seen):
                recorded = Journal(journal) if journal is not None and journal.exists() else None
                rows = iter(rows)
                while chunk := list(islice(rows, CHUNK)):
                    for said in _chunk(chunk, addressing, seen, recorded, columns):
                        writer.write(said)
                if recorded is not None and recorded.run.get("job") == "sync_numbers":
                    _write_removed(writer, columns, recorded, seen, addressing)
        if not self._special:
            self._temporary.replace(self._path)

    def discard(self) -> None:
        """Delete the temporary file, unless it has been moved."""
        if not self._special:
            with suppress(OSError):
                self._temporary.unlink()


def _chunk(
    chunk: list[Row], addressing: Addressing, seen: JournalWriter, recorded: Journal | None, columns: Columns
) -> Iterator[dict[str, Any]]:
    targets = [addressing.of(row) for row in chunk]
    addressed = [(row, target) for row, target in zip(chunk, targets, strict=True) if isinstance(target, Target)]
    claims = iter(seen.claim([(row.given, target) for row, target in addressed]))
    met: list[tuple[Row, Target | str, Claimed | None]] = [
        (row, target, next(claims) if isinstance(target, Target) else None)
        for row, target in zip(chunk, targets, strict=True)
    ]
    by_target: dict[Target, list[int]] = {}
    for _, target, claimed in met:
        if claimed is not None and claimed.number is not None and isinstance(target, Target):
            by_target.setdefault(target, []).append(claimed.number)
    outcomes = {
        target: recorded.outcomes_of(numbers, target.brand_id or None, target.campaign_id or None)
        for target, numbers in by_target.items()
        if recorded is not None
    }
    for row, target, claimed in met:
        if isinstance(target, str) or claimed is None:
            yield columns.row(row, None, None, str(Status.INVALID), str(target))
        elif claimed.number is None:
            yield columns.row(row, None, target, str(Status.INVALID), claimed.reason or "")
        elif claimed.claim is Claim.REPORT:
            yield columns.row(row, claimed.number, target, str(Status.DUPLICATE), "is in an earlier line")
        elif outcome := outcomes.get(target, {}).get(claimed.number):
            yield columns.outcome(row, claimed.number, target, outcome)
        # A number without an outcome is pending, and has no row: the run was stopped before it was finished.


def _write_removed(
    writer: Writer, columns: Columns, recorded: Journal, seen: JournalWriter, addressing: Addressing
) -> None:
    """Add the numbers that `sync-numbers --remove` unlinked, which are not in the input."""
    target = addressing.target
    assert target is not None
    outcomes = (outcome for outcome in recorded if outcome.status not in {Status.INVALID, Status.DUPLICATE})
    while chunk := list(islice(outcomes, CHUNK)):
        claims = seen.claim([(outcome.number, target) for outcome in chunk])
        for outcome, claimed in zip(chunk, claims, strict=True):
            if claimed.claim is Claim.SEND and claimed.number is not None:
                row = Row(0, "")
                writer.write(columns.outcome(row, claimed.number, target, outcome) | {"line": None, "given": None})
