"""The SQLite file of a store: its tables, its errors and its thread."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiovonage.bulk._journal.file import transaction
from aiovonage.jobs._errors import JobsError, StoreUnavailable

T = TypeVar("T")

VERSION = 1
"""The version of the tables, in `PRAGMA user_version`."""

APPLICATION = 0x61764A31
"""In `PRAGMA application_id`, so that no other database is mistaken for a job store."""

BUSY = 10.0
"""Seconds to wait for another process's transaction before the store counts as unavailable."""

TABLES = """
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT,
    account TEXT NOT NULL,
    origin TEXT,
    plan TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    phase INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL,
    created_at REAL NOT NULL,
    sent_at REAL,
    finished_at REAL,
    UNIQUE (account, key)
);
CREATE TABLE target (
    job INTEGER NOT NULL,
    id INTEGER NOT NULL,
    brand TEXT NOT NULL,
    campaign TEXT NOT NULL,
    country TEXT NOT NULL,
    compliance TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (job, id)
) WITHOUT ROWID;
CREATE TABLE unit (
    job INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    phase INTEGER NOT NULL DEFAULT 0,
    first INTEGER NOT NULL DEFAULT 0,
    last INTEGER NOT NULL DEFAULT 0,
    target INTEGER NOT NULL DEFAULT 0,
    token INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until REAL NOT NULL DEFAULT 0,
    due REAL,
    wait REAL NOT NULL DEFAULT 0,
    first_look REAL NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
CREATE INDEX unit_open ON unit (job, phase, due) WHERE NOT done;
CREATE TABLE number (
    job INTEGER NOT NULL,
    position INTEGER NOT NULL,
    number INTEGER,
    target INTEGER NOT NULL,
    status INTEGER NOT NULL,
    given TEXT,
    since REAL,
    word TEXT,
    problem TEXT,
    PRIMARY KEY (job, position)
) WITHOUT ROWID;
CREATE INDEX number_followed ON number (job, target, number) WHERE status = -2;
CREATE TABLE tally (
    job INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (job, unit, status, reason)
) WITHOUT ROWID;
CREATE TABLE listed (job INTEGER NOT NULL, number INTEGER NOT NULL, word TEXT, PRIMARY KEY (job, number)) WITHOUT ROWID;
CREATE TABLE worker (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    seen REAL NOT NULL,
    outcomes INTEGER NOT NULL,
    paused REAL NOT NULL,
    error TEXT
) WITHOUT ROWID;
"""
# status: see `_states`. phase: a unit waits until the job has reached its phase. due: when the unit is due, in unix
# seconds; NULL while it waits to be woken. wait: seconds from the last check to the next. first_look: seconds from the
# last number sent to the first check; if it is 0, checking while numbers are still being sent is useless.
# tally: how many numbers have each status, per unit that wrote them, so that no two workers write the same row.


class File:
    """A database that is used in its own thread.

    Args:
        path: The file. It is created, with its tables, on first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aiovonage-jobs")

    async def call(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Call a function with the database in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._call, function)

    async def close(self) -> None:
        """Close the database, after all earlier calls."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)
        await asyncio.shield(closing)

    def _call(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with sqlite_errors(self.path):
            if self._database is None:
                self._database = _open(self.path)
            return function(self._database)

    def _close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()


def _open(path: Path) -> sqlite3.Connection:
    if not path.parent.is_dir():
        raise JobsError(f"{path} cannot be made: {path.parent} is not a folder. Make it, or name another file")
    if path.is_dir():
        raise JobsError(f"{path} cannot be used for jobs: it is a folder. Name a file")
    if not path.exists():
        try:  # readable by its owner only: it holds phone numbers
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise JobsError(f"{path} cannot be made: {error.strerror}") from error
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY)
    try:
        if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            _make_tables(database, path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")  # otherwise a number could be sent again after a power failure
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection, path: Path) -> None:
    with transaction(database):
        found = database.execute("PRAGMA user_version").fetchone()[0]
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise JobsError(f"{path} is an SQLite database of something else; name another file for the jobs")
            if found > VERSION:
                raise JobsError(
                    f"{path} was made by a newer aiovonage (tables of version {found}; this one knows {VERSION}). "
                    "Upgrade aiovonage"
                )
        if found == VERSION:
            return
        for statement in TABLES.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into `JobsError`."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise StoreUnavailable(
                f"{path} is in use by another program for more than {BUSY:.0f} seconds, perhaps by a process that was "
                "frozen while it wrote"
            ) from error
        words = {
            "file is not a database": f"{path} cannot be used for jobs: it is not an SQLite database",
            "database or disk is full": f"the disk of {path} is full: make room and start again; nothing is lost",
            "attempt to write a readonly database": f"{path} cannot be written: this user lacks the permission",
            "unable to open database file": f"{path} cannot be opened: this user lacks the permission, or it is gone",
        }
        raise JobsError(words.get(text, f"{path} cannot be used for jobs: {text}")) from error


def now() -> float:
    """The clock of the store, which is the machine's."""
    return time.time()


def rows(database: sqlite3.Connection, sql: str, *arguments: Any) -> list[Any]:
    """All rows of a query."""
    return database.execute(sql, arguments).fetchall()
