"""Where a report may be written: never over the input, the journal, or a file that is not a report of the same run."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

FORMS = {".csv", ".jsonl", ".ndjson", ".xlsx"}
"""How the name of a report may end. Any other name gets CSV."""


def refuse_to_overwrite(report: Path, *, file: str, journal: Path | None, force: bool, own: str | None) -> None:
    """Make sure that a report destroys nothing.

    Args:
        report: Where the report is to go.
        file: The input; `-` for standard input.
        journal: The journal of the run.
        force: Whether an existing file may be replaced. The input and the journal never are.
        own: The digest of the report that an earlier pass over the same journal has written.

    Raises:
        click.UsageError: for a path that cannot be used.
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
        return  # as an earlier pass left it: the new one has all of its rows, too
    raise click.UsageError(f"--report {report} exists already. Give it another name, or --force to replace it")


def is_special(path: Path) -> bool:
    """Whether a path is not a file on the disk, as /dev/stdout."""
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def digest(path: Path) -> str:
    """What tells a file from every other one."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one file, through links too, and also where there is none yet."""
    try:
        if one.exists() and other.exists() and os.path.samefile(one, other):  # noqa: PTH121
            return True
    except OSError:
        return False
    return one.resolve() == other.resolve()
