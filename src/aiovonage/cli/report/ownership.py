"""The digest of the last report, kept in the journal: the same command may replace that file, and no other one."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from aiovonage.bulk import JournalError
from aiovonage.bulk._journal.file import entries_of, locked, open_file, open_to_read, sqlite_errors, transaction

_NAME = "report"


def own_report(journal: Path | None) -> str | None:
    """The digest of the report that was written last from a journal; None where none was."""
    if journal is None or not journal.exists():
        return None
    with suppress(JournalError), sqlite_errors(journal), closing(open_to_read(journal)) as database:
        return entries_of(database, journal).get(_NAME)
    return None


def remember_report(journal: Path, digest: str) -> None:
    """Keep the digest of a report in the journal that it was written from."""
    with (
        suppress(JournalError),
        locked(journal),
        sqlite_errors(journal),
        closing(open_file(journal)) as database,
        transaction(database),
    ):
        database.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (_NAME, digest))
