"""The journal of a run: an SQLite file that says which numbers were taken, and what became of them.

A number is written down before it is sent, and its outcome before it is reported. So after a crash a number either has
its outcome, and is neither sent nor reported again; or it was taken and has none, and is settled by asking the API; or
it was never sent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any

import attrs

from aiovonage.bulk.errors import JournalError
from aiovonage.bulk.number_text import shown_text
from aiovonage.bulk.numbers import parse_number
from aiovonage.bulk.outcome import LinkOutcome, Status
from aiovonage.core.problem import InvalidParameter, Problem

FORMAT = "1"
"""Of the tables below."""

_TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (
    number INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    reported INTEGER NOT NULL
);
CREATE TABLE invalid (
    given TEXT PRIMARY KEY,
    status INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    reported INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE problems (number INTEGER PRIMARY KEY, problem TEXT NOT NULL);
"""
# status: 0 is taken and not finished. pass: the pass over the input that saw the entry last. repeats: how often that
# pass has seen it
# again. reported: how many repeats were reported, by all passes. Most are 0 or 1, which SQLite stores in no bytes.

TAKEN = 0

_CODES = {status: code for code, status in enumerate(Status, start=1)}
_STATUSES = {code: status for status, code in _CODES.items()}


class Claim(IntEnum):
    """What is to be done with an entry of the input."""

    SEND = 0
    """It is new."""
    SETTLE = 1
    """An earlier run has taken it and may have sent it."""
    REPORT = 2
    """Its outcome is known now: it is invalid, or repeated."""
    SKIP = 3
    """An earlier run has reported it."""


@attrs.define
class Claimed:
    """An entry of the input, and what is to be done with it."""

    claim: Claim
    number: int | None
    given: str


class Journal:
    """The outcomes of a run that was journaled.

        for outcome in Journal("links.db"):
            print(outcome.number, outcome.status)

    Args:
        path: The file.

    Raises:
        JournalError: when it is no journal.
    """

    def __init__(self, path: str | Path) -> None:
        self.path: Path = Path(path)
        if not self.path.exists():
            raise JournalError(f"{self.path}: there is no such journal")
        with _errors(self.path), closing(sqlite3.connect(self.path, timeout=1.0)) as database:
            self.run: dict[str, str] = _run_of(database, self.path)[0]

    def __iter__(self) -> Iterator[LinkOutcome]:
        """All outcomes: of valid numbers by number, then of repeated ones, then of what is no number."""
        with _errors(self.path), closing(sqlite3.connect(self.path, timeout=1.0)) as database:
            rows = database.execute(
                "SELECT number, status, problem FROM numbers LEFT JOIN problems USING (number) "
                "WHERE status > 0 ORDER BY number"
            )
            for number, code, problem in rows:
                yield LinkOutcome(str(number), _STATUSES[code], _problem(problem))
            for number, reported in database.execute(
                "SELECT number, reported FROM numbers WHERE reported > 0 ORDER BY number"
            ):
                yield from [LinkOutcome(str(number), Status.DUPLICATE)] * reported
            for given, reported in database.execute("SELECT given, reported FROM invalid ORDER BY given"):
                yield from [LinkOutcome(given, Status.INVALID)] * (1 + reported)


@attrs.define
class _Row:
    """An entry of the input in the tables."""

    status: int
    pass_: int
    repeats: int = 0
    reported: int = 0


@attrs.frozen
class _Table:
    """The table of valid numbers, or that of what is none."""

    name: str
    key: str
    first_status: int

    def rows(self, database: sqlite3.Connection, keys: set[Any]) -> dict[Any, _Row]:
        """The rows of some keys."""
        found = database.execute(
            f"SELECT {self.key}, status, pass, repeats, reported FROM {self.name} "
            f"WHERE {self.key} IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {row[0]: _Row(*row[1:]) for row in found}

    def claim(self, rows: dict[Any, _Row], key: Any, number: int) -> Claim:
        """What is to be done with an entry that pass `number` meets; its row says so from then on."""
        row = rows.get(key)
        if row is None:
            rows[key] = _Row(self.first_status, number)
            return Claim.REPORT if self.first_status else Claim.SEND
        if row.pass_ != number:
            row.pass_, row.repeats = number, 0
            return Claim.SKIP if row.status else Claim.SETTLE
        row.repeats += 1
        if row.repeats <= row.reported:
            return Claim.SKIP
        row.reported = row.repeats
        return Claim.REPORT

    def store(self, database: sqlite3.Connection, rows: dict[Any, _Row]) -> None:
        """Write rows."""
        alike: dict[tuple[int, ...], list[Any]] = {}
        for key, row in rows.items():
            alike.setdefault((row.status, row.pass_, row.repeats, row.reported), []).append(key)
        for values, keys in alike.items():
            database.execute(
                f"INSERT OR REPLACE INTO {self.name} SELECT value, ?, ?, ?, ? FROM json_each(?)",
                (*values, json.dumps(keys)),
            )


class JournalWriter:
    """The journal of a run that is under way. Its methods are called from one thread at a time.

    Each statement does many rows, as JSON arrays: SQLite lets go of the interpreter's lock for each, and a thread that
    asks for it thousands of times a second holds the event loop up.

    Args:
        path: The file; None for a temporary one, which is gone with the run.
        run: What the run is: the job and its target.

    Attributes:
        lasts: Whether it outlives the run, so that outcomes must be recorded.

    Raises:
        JournalError: for a file that cannot be used, naming both runs where it is of another.
    """

    def __init__(self, path: str | Path | None, run: dict[str, str]) -> None:
        self._path = Path(path) if path is not None else None
        self._country = run.get("country", "US") if "campaign" in run else None
        self.lasts: bool = path is not None
        with _errors(self._path):
            self._database = _open(self._path)
            try:
                self._pass = self._begin(run)
            except BaseException:
                self._database.close()
                raise

    def _begin(self, run: dict[str, str]) -> int:
        with _transaction(self._database) as database:
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _TABLES.split(";"):
                    database.execute(statement)
                entries = {**run, "format": FORMAT, "pass": "0"}
                database.executemany("INSERT INTO run VALUES (?, ?)", entries.items())
            found, passes = _run_of(database, self._path)
            if found != run:
                raise JournalError(
                    f"{self._path} is the journal of another run: of {_words(found)}, not of {_words(run)}"
                )
            database.execute("UPDATE run SET value = ? WHERE name = 'pass'", (str(passes + 1),))
        return passes + 1

    def claim(self, entries: Sequence[object]) -> list[Claimed]:
        """Take entries of the input, in one transaction. What is to be sent is written down when this returns."""
        parsed = [parse_number(entry, self._country) for entry in entries]
        numbers = [number if isinstance(number, int) else None for number in parsed]
        given = [shown_text(entry) for entry in entries]
        valid = {number for number in numbers if number is not None}
        invalid = {_storable(text) for text, number in zip(given, numbers, strict=True) if number is None}
        claimed: list[Claimed] = []
        with _errors(self._path), _transaction(self._database) as database:
            known = _NUMBERS.rows(database, valid)
            refused = _INVALID.rows(database, invalid) if invalid else {}
            for text, number in zip(given, numbers, strict=True):
                if number is None:
                    claim = _INVALID.claim(refused, _storable(text), self._pass)
                else:
                    claim = _NUMBERS.claim(known, number, self._pass)
                claimed.append(Claimed(claim, number, text))
            _NUMBERS.store(database, known)
            _INVALID.store(database, refused)
        return claimed

    def record(self, outcomes: Sequence[LinkOutcome]) -> None:
        """Write outcomes of numbers down, in one transaction. They may be reported when this returns."""
        problems = [(int(o.number), json.dumps(attrs.asdict(o.problem))) for o in outcomes if o.problem is not None]
        with _errors(self._path), _transaction(self._database) as database:
            alike: dict[int, list[int]] = {}
            for outcome in outcomes:
                alike.setdefault(_CODES[outcome.status], []).append(int(outcome.number))
            for code, numbers in alike.items():
                database.execute(
                    "UPDATE numbers SET status = ? WHERE number IN (SELECT value FROM json_each(?))",
                    (code, json.dumps(numbers)),
                )
            if problems:
                database.executemany("INSERT OR REPLACE INTO problems VALUES (?, ?)", problems)

    def counts(self) -> tuple[dict[str, int], int]:
        """How many entries have which outcome, by all passes; and how many numbers were taken and have none."""
        with _errors(self._path):
            rows = self._database.execute(
                "SELECT status, count(*), sum(reported) FROM numbers GROUP BY status"
            ).fetchall()
            invalid = self._database.execute("SELECT coalesce(sum(1 + reported), 0) FROM invalid").fetchone()[0]
        counts = {str(_STATUSES[code]): count for code, count, _ in rows if code != TAKEN}
        repeats = sum(reported for _, _, reported in rows)
        counts |= {str(status): n for status, n in ((Status.DUPLICATE, repeats), (Status.INVALID, invalid)) if n}
        return counts, sum(count for code, count, _ in rows if code == TAKEN)

    def close(self) -> None:
        """Close the file."""
        with _errors(self._path):
            self._database.close()


_NUMBERS = _Table("numbers", "number", TAKEN)
_INVALID = _Table("invalid", "given", _CODES[Status.INVALID])


def _storable(given: str) -> str:
    """What was given, without what SQLite's text cannot hold: lone surrogates and NUL."""
    return given.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _open(path: Path | None) -> sqlite3.Connection:
    """Open the file; without a path a temporary one, which SQLite spills to disk as it grows, and deletes."""
    name = str(path) if path is not None else ""
    if path is not None:
        _refuse_lone_log(path)
    database = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=1.0)
    with ExitStack() as on_error:
        on_error.callback(database.close)
        if path is None:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
        else:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")  # of two runs on one file the second is refused
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            _refuse_damage(database, path)
        on_error.pop_all()
    return database


def _refuse_lone_log(path: Path) -> None:
    """SQLite throws a log away whose file is empty or gone, and the run would begin anew."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size and not (path.exists() and path.stat().st_size):
        raise JournalError(f"{path} is damaged: it is empty, and there is something in {log.name}")


def _refuse_damage(database: sqlite3.Connection, path: Path) -> None:
    damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise JournalError(f"{path} is damaged: {damage}")


def _run_of(database: sqlite3.Connection, path: Path | None) -> tuple[dict[str, str], int]:
    """What run a journal is of, and how many passes it has seen."""
    try:
        run = dict(database.execute("SELECT name, value FROM run").fetchall())
        passes = int(run.pop("pass"))
        found = run.pop("format")
    except (sqlite3.OperationalError, KeyError, ValueError):
        raise JournalError(f"{path} is an SQLite database, but no journal") from None
    if found != FORMAT:
        raise JournalError(f"{path} is a journal of format {found}; this version of aiovonage knows format {FORMAT}")
    return run, passes


def _words(run: dict[str, str]) -> str:
    target = ", ".join(f"{name} {value}" for name, value in sorted(run.items()) if name != "job")
    return f"{run.get('job')} ({target})"


def _problem(text: str | None) -> Problem | None:
    if text is None:
        return None
    members = json.loads(text)
    members["invalid_parameters"] = [InvalidParameter(item) for item in members["invalid_parameters"]]
    return Problem(**members)


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    database.execute("BEGIN IMMEDIATE")
    with database:  # commits, or rolls back
        yield database


@contextmanager
def _errors(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        words = {
            "database is locked": "it is in use by another run",
            "file is not a database": "it is no SQLite database",
        }
        raise JournalError(
            f"the journal {path or '(temporary)'} cannot be used: {words.get(str(error), error)}"
        ) from error
