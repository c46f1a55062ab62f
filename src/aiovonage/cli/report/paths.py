"""Checks the path of a report: it never overwrites the input, the journal, or a file other than its own last report."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

FORMS = {".csv", ".jsonl", ".ndjson", ".xlsx"}
"""The suffixes of reports. Any other name means CSV."""


def refuse_to_overwrite(report: Path, *, file: str, journal: Path | None, force: bool, own: str | None) -> None:
    """Make sure that a report does not destroy anything.

    Args:
        report: The path of the report.
        file: The input; `-` for standard input.
        journal: The journal of the run.
        force: Whether an existing file may be replaced, except the input and the journal.
        own: The digest of the report that was last written from the same journal.

    Raises:
        click.UsageError: if the path cannot be used.
    """
    others = {"FILE, which would be lost": Path(file)} if file != "-" else {}
    if journal is not None:
        others |= {f"the journal{suffix}": Path(f"{journal}{suffix}") for suffix in ("", "-wal", "-shm", "-lock")}
    for what, other in others.items():
        if _same(report, other):
            raise click.UsageError(f"--report {report} is {what}. Give the report another name")
    if report.is_dir():
        raise click.UsageError(f"--report {report} is a folder. Give the name of a file in it")
    if not report.exists() or is_special(report) or force:
        return
    if own is not None and digest(report) == own:
        return  # the last report of this journal: the new one contains all of its rows
    raise click.UsageError(f"--report {report} exists already. Give it another name, or --force to replace it")


def is_special(path: Path) -> bool:
    """Whether a path is not a regular file, such as /dev/stdout."""
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are the same file, also through links, and even if it does not exist yet."""
    try:
        if one.exists() and other.exists() and os.path.samefile(one, other):  # noqa: PTH121
            return True
    except OSError:
        return False
    return one.resolve() == other.resolve()
