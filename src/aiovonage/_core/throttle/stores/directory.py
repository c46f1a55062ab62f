"""A store for the processes of one machine: a SQLite file in a directory.

SQLite calls block: usually for about 0.1 ms, but longer if the disk stalls or a process is stopped while it holds the
lock. So they run in a thread. Nothing is synced to disk, because the shared data is of no use after the machine has
stopped.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from aiovonage._core.throttle.stores.ledger import FORGET_AFTER, SEEN_LATELY, Answer, Ask, Ledger, Schedule
from aiovonage._core.throttle.stores.rate_store import StoreUnavailable
from aiovonage.errors import ConfigurationError

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

FILE = "throttle.db"
APPLICATION = 0x61766F6E
"""Marks SQLite files as this store's ("avon")."""
FORMAT = 2
"""The format of the tables. A file of another format is replaced."""
PATIENCE = 0.4
"""Seconds to wait for the lock, which is held for 0.1 ms unless its holder has been stopped."""

_TABLES = """
CREATE TABLE queue (
    queue TEXT PRIMARY KEY, token INTEGER NOT NULL,
    number REAL, moment REAL, interval REAL, paused_until REAL, void REAL,
    issued REAL, saturated INTEGER NOT NULL, accepted INTEGER NOT NULL, members INTEGER NOT NULL, used_at REAL
) WITHOUT ROWID;
CREATE TABLE state (queue TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE member (
    queue TEXT NOT NULL, member TEXT NOT NULL, seen REAL NOT NULL, PRIMARY KEY (queue, member)
) WITHOUT ROWID;
CREATE TABLE boot (boot TEXT NOT NULL);
"""


class DirectoryStore:
    """A SQLite file in a directory.

    Its clock is `time.monotonic`, which is the same in all processes of a machine and is not set like the time of day.

    Args:
        directory: The directory. It must exist.

    Raises:
        ConfigurationError: if the file can't be opened for writing.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.name: str = os.fspath(directory)
        if not Path(directory).is_dir():
            raise ConfigurationError(f"shared_in: {self.name} is not a directory; create it first")
        self._path = Path(directory, FILE)
        self._connection: sqlite3.Connection | None = None
        self._closing: weakref.finalize[..., Any] | None = None
        self._inode: tuple[int, int] | None = None
        self._pid = os.getpid()
        self._busy = threading.Lock()
        try:
            self._create()
        except OSError as error:
            raise ConfigurationError(
                f"shared_in: {self._path} can't be opened for writing: {error.strerror}; check its permissions"
            ) from error

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out an exchange in a thread."""
        if self._pid != os.getpid():
            self._after_fork()
        try:
            return await asyncio.to_thread(self.exchange_now, ask)
        except RuntimeError as error:  # the event loop is about to be closed, and starts no more threads
            raise asyncio.CancelledError from error

    async def close(self) -> None:
        """Do nothing: nothing belongs to an event loop."""

    def exchange_now(self, ask: Ask) -> Answer:
        """Carry out an exchange in this thread.

        Raises:
            StoreUnavailable: if the file can't be used at the moment.
            ConfigurationError: if it belongs to another program.
        """
        if not self._busy.acquire(timeout=PATIENCE):  # an exchange that was given up still waits for the disk
            raise StoreUnavailable("the disk does not answer")
        try:
            return self._try(ask)
        except (sqlite3.Error, OSError, UnicodeError) as error:
            raise StoreUnavailable(str(error)) from error
        finally:
            self._busy.release()

    def _try(self, ask: Ask) -> Answer:
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                if self._connection is None or not self._is_same_file():
                    self._open()
                return self._exchange(ask)
            except sqlite3.OperationalError as error:
                if time.monotonic() > give_up_at or "locked" not in str(error):
                    self._close()
                    raise
                # Not sqlite3's own timeout: its waits grow to 100 ms, and the last to come may well go first.
                time.sleep(random.uniform(0.0005, 0.002))
            except (sqlite3.DatabaseError, UnicodeError) as error:  # it quotes damaged text in its messages, too
                self._close()
                if time.monotonic() > give_up_at:
                    raise
                logger.warning("shared_in: %s is replaced by a new file: %s", self._path, error)
                self._remove()

    def _exchange(self, ask: Ask) -> Answer:
        connection = self._connection
        assert connection is not None
        connection.execute("BEGIN IMMEDIATE")
        try:
            now = time.monotonic()
            row = connection.execute("SELECT * FROM queue WHERE queue = ?", (ask.queue,)).fetchone()
            if row is None:
                _remove_those_forgotten(connection, now)
            ledger = _ledger(row)
            if ledger.token != ask.known:
                row = connection.execute("SELECT state FROM state WHERE queue = ?", (ask.queue,)).fetchone()
                ledger.state = str(row[0]) if row else ""
            if ask.present:
                ledger.members = self._count_members(connection, ask, now)
            token = ledger.token
            answer = ledger.exchange(ask, now)
            if ledger.token != token:
                connection.execute("REPLACE INTO state VALUES (?, ?)", (ask.queue, ledger.state))
            connection.execute(
                "REPLACE INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    ask.queue, ledger.token, *attrs.astuple(ledger.schedule), ledger.issued,
                    ledger.saturated, ledger.accepted, ledger.members, ledger.used_at,
                ),
            )  # fmt: skip
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return answer

    def _count_members(self, connection: sqlite3.Connection, ask: Ask, now: float) -> int:
        connection.execute("REPLACE INTO member VALUES (?, ?, ?)", (ask.queue, ask.member, now))
        connection.execute("DELETE FROM member WHERE seen NOT BETWEEN ? AND ?", (now - SEEN_LATELY, now))
        (count,) = connection.execute("SELECT count(*) FROM member WHERE queue = ?", (ask.queue,)).fetchone()
        return int(count)

    # The file --------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._close()
        self._create()
        inode = self._on_disk()
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.text_factory = _lenient_text
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._inode = connection, inode
        # Not __del__: in a garbage cycle, the connection may be finalized first, and warn that it was not closed.
        self._closing = weakref.finalize(self, _close_at_the_end, connection, os.getpid())

    def _create(self) -> None:
        # SQLite would follow the umask; this file is for its user alone. Whoever can write it can stop the requests.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(self._path, flags, 0o600))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Create the tables, and delete data from before the machine was started."""
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            ((version,), (application,), (tables,)) = (
                connection.execute(query).fetchone()
                for query in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_schema")
            )
            if application not in {APPLICATION, 0} or (tables and not application):
                raise ConfigurationError(f"shared_in: {self._path} belongs to another program; name another directory")
            if version not in {FORMAT, 0}:
                raise sqlite3.DatabaseError("it is of another version of aiovonage")
            if version == 0:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            row = connection.execute("SELECT boot FROM boot").fetchone()
            if row is None or not _is_this_boot(str(row[0])):
                for table in ("queue", "state", "member", "boot"):
                    connection.execute(f"DELETE FROM {table}")
                connection.execute("INSERT INTO boot VALUES (?)", (_boot(),))

    def _on_disk(self) -> tuple[int, int] | None:
        with suppress(FileNotFoundError):
            stat = self._path.stat()
            return stat.st_dev, stat.st_ino
        return None

    def _is_same_file(self) -> bool:
        """Whether the open file is still the one that other processes find under its name."""
        return self._inode == self._on_disk()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _close(self) -> None:
        self._connection = None
        if self._closing is not None:
            self._closing()

    def _after_fork(self) -> None:
        # SQLite's connections do not survive a fork, and closing the parent's here could take its locks away.
        if self._closing is not None:
            self._closing.detach()
        _INHERITED.append(self._connection)
        self._connection, self._closing, self._pid, self._busy = None, None, os.getpid(), threading.Lock()


_INHERITED: list[object] = []
"""Connections of a parent process: kept, so that they are never closed."""


def _close_at_the_end(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():
        with suppress(sqlite3.Error):
            connection.close()


def _ledger(row: tuple[Any, ...] | None) -> Ledger:
    """The ledger in a row, without its state; a new one if there is none or it is invalid."""
    try:
        _, token, *times, issued, saturated, accepted, members, used_at = row or ()
        return Ledger(
            token=int(token),
            schedule=Schedule(*map(float, times)),
            issued=float(issued),
            saturated=bool(saturated),
            accepted=int(accepted),
            members=int(members),
            used_at=float(used_at),
        )
    except (TypeError, ValueError, OverflowError):
        return Ledger()


def _remove_those_forgotten(connection: sqlite3.Connection, now: float) -> None:
    """Remove queues that expired long ago. This is done whenever a queue is added."""
    connection.execute("DELETE FROM queue WHERE used_at < ?", (now - 2 * FORGET_AFTER,))
    connection.execute("DELETE FROM state WHERE queue NOT IN (SELECT queue FROM queue)")


def _lenient_text(data: bytes) -> str:
    """Decode text leniently: damaged text must not make every exchange fail. It is rejected when it is parsed."""
    return data.decode(errors="replace")


def _boot() -> str:
    """Identifies this boot of the machine: moments of different boots can't be compared."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{time.time() - time.monotonic():.0f}"


def _is_this_boot(boot: str) -> bool:
    if boot == _boot():
        return True
    with suppress(ValueError):
        return abs(float(boot) - float(_boot())) < 60.0  # the machine's clock may be set in between
    return False
