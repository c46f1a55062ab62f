"""Keeps the digest of the last report in the journal, so that the same command may replace that file, and no other."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from aiovonage.bulk import JournalError
from aiovonage.bulk._journal.file import entries_of, locked, open_file, open_to_read, sqlite_errors, transaction

_NAME = "report"


def own_report(journal: Path | None) -> str | None:
    """The digest of the report that was last written from a journal; None if there is none."""
    if journal is None or not journal.exists():
        return None
    with suppress(JournalError), sqlite_errors(journal), closing(open_to_read(journal)) as database:
        return entries_of(database, journal).get(_NAME)
    return None


def remember_report(journal: Path, digest: str) -> None:
    """Store the digest of a report in the journal that it was written from."""
    with (
        suppress(JournalError),
        locked(journal),
        sqlite_errors(journal),
        closing(open_file(journal)) as database,
        transaction(database),
    ):
        database.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (_NAME, digest))
