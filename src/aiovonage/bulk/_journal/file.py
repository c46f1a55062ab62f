"""The file of a journal: an SQLite database with its own lock file."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from aiovonage._problem import InvalidParameter, Problem
from aiovonage.bulk._errors import JournalError
from aiovonage.bulk._outcome import Status

FORMAT = "2"
"""The format version of the tables below."""

TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE targets (
    id INTEGER PRIMARY KEY,
    brand TEXT NOT NULL,
    campaign TEXT NOT NULL,
    country TEXT NOT NULL,
    compliance TEXT NOT NULL,
    action TEXT NOT NULL,
    UNIQUE (brand, campaign, country, compliance, action)
);
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE numbers (
    number INTEGER NOT NULL,
    target INTEGER NOT NULL,
    status INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL DEFAULT 0,
    reported INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    rested INTEGER NOT NULL DEFAULT 0,
    since REAL,
    word INTEGER,
    PRIMARY KEY (number, target)
) WITHOUT ROWID;
CREATE TABLE invalid (
    given TEXT NOT NULL,
    target INTEGER NOT NULL,
    status INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL DEFAULT 0,
    reported INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    PRIMARY KEY (given, target)
) WITHOUT ROWID;
CREATE TABLE problems (
    number INTEGER NOT NULL, target INTEGER NOT NULL, problem TEXT NOT NULL, PRIMARY KEY (number, target)
) WITHOUT ROWID;
"""
# status: 0 means taken and not finished. pass: the last pass over the input that saw the entry. repeats: how many times
# that pass saw it again. reported: how many repeats all passes have reported. told: whether the outcome was reported
# (that of an accepted number that is still followed was not). rested: the pass that no longer follows it. since: when
# the API accepted it, in Unix seconds. word: the carrier status. Most values are 0, 1 or NULL, which SQLite stores in
# no bytes.

CLOSING = 1.0
"""Seconds to wait for the lock: a run that was just interrupted may still be closing."""

TAKEN = 0

CODES = {
    Status.LINKED: 1,
    Status.ALREADY_LINKED: 2,
    Status.CONFLICT: 3,
    Status.REJECTED: 4,
    Status.INVALID: 5,
    Status.DUPLICATE: 6,
    Status.FAILED: 7,
    Status.UNLINKED: 8,
    Status.NOT_LINKED: 9,
    Status.ADDED: 10,
    Status.REMOVED: 11,
    Status.ACCEPTED: 12,
}
"""The status codes in the file. A code never changes its meaning, so that old journals stay readable."""

SINCE_FORMAT_1 = {1: CODES[Status.ACCEPTED], 2: CODES[Status.ACCEPTED]}
"""The meaning of two codes of format 1: its `linked` and `already_linked` meant that the API knew the number, whatever
the carriers had decided.
"""

_STATUSES = {code: status for status, code in CODES.items()}

NOT_IDENTITY = ("format", "pass", "until", "report")
"""Entries of the table `run` that are not part of the run's identity."""


def status_of(code: int, path: Path | None) -> Status:
    """Return the status for a code.

    Raises:
        JournalError: if the code is of a newer version.
    """
    try:
        return _STATUSES[code]
    except KeyError:
        raise JournalError(
            f"{path} has a status that this version of aiovonage does not know ({code}): it is of a newer version"
        ) from None


def path_of(path: str | Path) -> Path:
    """Return the path of a journal.

    Raises:
        JournalError: if it is not the name of a file, such as `:memory:`, which SQLite treats as a database.
    """
    text = str(path)
    if not text or text == ".":
        raise JournalError("the journal has no name: give the path of a file")
    if text.startswith(":") or text.lower().startswith("file:"):
        raise JournalError(f"{text!r} is not the path of a file: a journal must outlive the run")
    return Path(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a journal, a separate file next to it.

    SQLite's own locks are POSIX record locks: any `open` and `close` of the database file in this process, such as by a
    backup, drops them (https://www.sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        JournalError: if another run holds the lock, or the lock file cannot be created.
    """
    lock = FileLock(f"{path}-lock", timeout=CLOSING, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise JournalError(
            f"the journal {path} cannot be used: it is in use by another run; wait until that has ended"
        ) from None
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file for writing. A new file is readable by its owner only, since it holds phone numbers."""
    _refuse_lone_log(path)
    if not path.exists():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise JournalError(f"the journal {path} cannot be made: {error.strerror}") from error
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        _refuse_damage(database, path)
    except BaseException:
        database.close()
        raise
    return database


def open_temporary() -> sqlite3.Connection:
    """Open a temporary database, which SQLite spills to disk as it grows and deletes when it is closed."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    return database


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file for reading while a run may write it. A reader with write access would clean up when it closes, and
    delete the write-ahead log of a run whose locks were dropped.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)


def _refuse_lone_log(path: Path) -> None:
    """Refuse a write-ahead log whose database is empty or missing: SQLite would discard the log, and the run would
    start over.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size and not (path.exists() and path.stat().st_size):
        raise JournalError(f"{path} is damaged: it is empty, and there is something in {log.name}")


def _refuse_damage(database: sqlite3.Connection, path: Path) -> None:
    damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise JournalError(f"{path} is damaged: {damage}")


def entries_of(database: sqlite3.Connection, path: Path | None) -> dict[str, str]:
    """Read the table `run`: the identity of the run, the format, and the number of passes.

    Raises:
        JournalError: if the database is not a journal, or has another format.
    """
    try:
        entries = dict(database.execute("SELECT name, value FROM run").fetchall())
        int(entries["pass"])
        found = entries["format"]
    except (KeyError, ValueError):
        raise JournalError(f"{path} is an SQLite database, but not a journal") from None
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise JournalError(f"{path} is an SQLite database, but not a journal") from None
    if found not in {"1", FORMAT}:
        raise JournalError(f"{path} is a journal of format {found}; this version of aiovonage knows 1 and {FORMAT}")
    return entries


def identity_in(entries: Mapping[str, str]) -> dict[str, str]:
    """Return the identity of the run: the job, its target, the origin of the server and the account."""
    return {name: value for name, value in entries.items() if name not in NOT_IDENTITY}


def to_format_2(database: sqlite3.Connection, run: Mapping[str, str]) -> None:
    """Migrate the tables of format 1, which had one target and no account, to the current format.

    Args:
        database: The database, in a transaction.
        run: The identity of the run that resumes the journal.
    """
    for table in ("numbers", "invalid", "problems"):
        database.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    database.execute("DROP TABLE run")
    create_tables(database)
    old = " ".join(f"WHEN {before} THEN {after}" for before, after in SINCE_FORMAT_1.items())
    database.execute(
        "INSERT INTO numbers (number, target, status, pass, repeats, reported, told, since) "
        f"SELECT number, 1, CASE status {old} ELSE status END, pass, repeats, reported, status > 0, "
        f"CASE WHEN status IN ({', '.join(map(str, SINCE_FORMAT_1))}) THEN ? END FROM old_numbers",
        (time.time(),),
    )
    database.execute(
        "INSERT INTO invalid (given, target, status, pass, repeats, reported) "
        "SELECT given, 1, status, pass, repeats, reported FROM old_invalid"
    )
    database.execute("INSERT INTO problems SELECT number, 1, problem FROM old_problems")
    for table in ("numbers", "invalid", "problems"):
        database.execute(f"DROP TABLE old_{table}")
    database.execute(
        "INSERT INTO targets VALUES (1, ?, ?, ?, '[]', '')",
        (run.get("brand", ""), run.get("campaign", ""), run.get("country", "")),
    )


def create_tables(database: sqlite3.Connection) -> None:
    """Create the tables of a new journal."""
    for statement in TABLES.split(";"):
        database.execute(statement)


def problem_from(text: str | None) -> Problem | None:
    """Parse a stored problem."""
    if text is None:
        return None
    members = json.loads(text)
    members["invalid_parameters"] = [InvalidParameter(item) for item in members["invalid_parameters"]]
    return Problem(**members)


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block in a transaction: commit at its end, or roll back on an exception."""
    database.execute("BEGIN IMMEDIATE")
    with database:
        yield database


@contextmanager
def sqlite_errors(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into `JournalError`."""
    try:
        yield
    except sqlite3.Error as error:
        words = {
            "database is locked": "it is in use by another program",
            "file is not a database": "it is not an SQLite database",
        }
        raise JournalError(
            f"the journal {path or '(temporary)'} cannot be used: {words.get(str(error), error)}"
        ) from error
