"""Writes the journal of a run: which numbers were taken from the input, and their outcomes.

A number is recorded before it is sent, and its outcome before it is reported. So after a crash, there are three cases.
A number with an outcome is neither sent nor reported again. A number that was taken and has no outcome is reconciled
with the API. Any other number was never sent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from aiovonage.bulk._errors import JournalError
from aiovonage.bulk._input.numbers import parse_number
from aiovonage.bulk._journal import file
from aiovonage.bulk._journal.file import (
    CODES,
    FORMAT,
    TAKEN,
    create_tables,
    entries_of,
    identity_in,
    locked,
    open_temporary,
    path_of,
    sqlite_errors,
    status_of,
    to_format_2,
    transaction,
)
from aiovonage.bulk._outcome import LinkOutcome, Status
from aiovonage.bulk._targets import Target

ACCEPTED = CODES[Status.ACCEPTED]

NEW_IN_FORMAT_2 = ("origin", "account")
"""Parts of a run's identity that a journal of format 1 does not have."""


class Claim(IntEnum):
    """What to do with an entry of the input."""

    SEND = 0
    """It is new."""
    RECONCILE = 1
    """An earlier run has taken it and may have sent it."""
    REPORT = 2
    """Its outcome is already known: it is invalid or a duplicate."""
    SKIP = 3
    """An earlier run has reported it."""


@attrs.define
class Claimed:
    """An entry of the input, and what to do with it.

    Attributes:
        claim: What to do with it.
        number: The number; None if it is not valid.
        target: The target of the number.
        given: The text in the input, if it is not a valid number.
        reason: Why it is not a valid number.
    """

    claim: Claim
    number: int | None
    target: Target
    given: str = ""
    reason: str | None = None


class Followed(NamedTuple):
    """A number that the API accepted and that the carriers have not decided on yet."""

    number: int
    since: float
    word: str | None
    told: bool


@attrs.define
class _Row:
    """The stored state of an input entry."""

    status: int
    pass_: int
    repeats: int = 0
    reported: int = 0


@attrs.frozen
class _Table:
    """The table of valid numbers or the table of invalid entries."""

    name: str
    key: str
    first_status: int

    def rows(self, database: sqlite3.Connection, target: int, keys: Iterable[Any]) -> dict[Any, _Row]:
        """Read the rows of some keys."""
        found = database.execute(
            f"SELECT {self.key}, status, pass, repeats, reported FROM {self.name} "
            f"WHERE target = ? AND {self.key} IN (SELECT value FROM json_each(?))",
            (target, json.dumps(list(keys))),
        )
        return {row[0]: _Row(*row[1:]) for row in found}

    def claim(self, rows: dict[Any, _Row], key: Any, number: int) -> Claim:
        """Decide what to do with an entry that pass `number` reads, and update its row."""
        row = rows.get(key)
        if row is None:
            rows[key] = _Row(self.first_status, number)
            return Claim.REPORT if self.first_status else Claim.SEND
        if row.pass_ != number:
            row.pass_, row.repeats = number, 0
            return Claim.SKIP if row.status else Claim.RECONCILE
        row.repeats += 1
        if row.repeats <= row.reported:
            return Claim.SKIP
        row.reported = row.repeats
        return Claim.REPORT

    def store(self, database: sqlite3.Connection, target: int, rows: dict[Any, _Row]) -> None:
        alike: dict[tuple[int, ...], list[Any]] = {}
        for key, row in rows.items():
            alike.setdefault((row.status, row.pass_, row.repeats, row.reported), []).append(key)
        for values, keys in alike.items():
            self._store(database, target, values, keys)

    def store_new(self, database: sqlite3.Connection, target: int, keys: Sequence[Any], number: int) -> None:
        """Store keys that pass `number` reads first."""
        self._store(database, target, (self.first_status, number, 0, 0), keys)

    def _store(self, database: sqlite3.Connection, target: int, values: tuple[int, ...], keys: Sequence[Any]) -> None:
        database.execute(
            f"INSERT INTO {self.name} ({self.key}, target, status, pass, repeats, reported) "
            f"SELECT value, ?, ?, ?, ?, ? FROM json_each(?) WHERE true "
            f"ON CONFLICT ({self.key}, target) DO UPDATE SET "
            "pass = excluded.pass, repeats = excluded.repeats, reported = excluded.reported",
            (target, *values, json.dumps(keys)),
        )


class JournalWriter:
    """The open journal of a run. Its methods must be called from one thread at a time.

    Each statement handles many rows, as JSON arrays: SQLite releases the GIL for each statement, and a thread that
    reacquires it thousands of times a second delays the event loop.

    Args:
        path: The file; None for a temporary one, which is deleted at the end of the run.
        run: The identity of the run: the job and its target, the origin of the server, the account.
        until: How far the run follows accepted numbers.
        retry: The statuses whose numbers are reopened.

    Attributes:
        lasts: Whether it outlives the run, so that outcomes must be recorded.

    Raises:
        JournalError: if the file cannot be used. If it is the journal of another run, the error names both runs.
    """

    def __init__(
        self,
        path: str | Path | None,
        run: Mapping[str, str],
        *,
        until: str = "accepted",
        retry: Iterable[Status] = (),
    ) -> None:
        self._path = None if path is None else path_of(path)
        self.lasts: bool = path is not None
        self._targets: dict[Target, int] = {}
        self._words: dict[str, int] = {}
        self._files: dict[Path, tuple[int, int]] = {}
        with ExitStack() as opened, sqlite_errors(self._path):
            if self._path is None:
                self._database = open_temporary()
            else:
                if not self._path.parent.is_dir():
                    raise JournalError(f"the journal {self._path} cannot be made: {self._path.parent} is not a folder")
                if self._path.is_dir():
                    raise JournalError(f"the journal {self._path} cannot be used: it is a folder")
                opened.enter_context(locked(self._path))
                self._database = file.open_file(self._path)
            opened.callback(self._database.close)
            self._pass = self._begin(run, until, retry)
            self._remember_files()
            self._close = opened.pop_all()

    def _begin(self, run: Mapping[str, str], until: str, retry: Iterable[Status]) -> int:
        with transaction(self._database) as database:
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                create_tables(database)
                entries = {**run, "format": FORMAT, "pass": "0"}
                database.executemany("INSERT INTO run VALUES (?, ?)", entries.items())
            entries = entries_of(database, self._path)
            identity = identity_in(entries)
            if entries["format"] == "1":
                known = {name: value for name, value in run.items() if name not in NEW_IN_FORMAT_2}
                self._refuse_another(identity, known)
                to_format_2(database, run)
                entries = {**run, "format": FORMAT, "pass": entries["pass"]}
                database.executemany("INSERT INTO run VALUES (?, ?)", entries.items())
            else:
                self._refuse_another(identity, dict(run))
            number = int(entries["pass"]) + 1
            database.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", (("pass", str(number)), ("until", until)))
            for id_, *row in database.execute("SELECT id, brand, campaign, country, compliance, action FROM targets"):
                self._targets[Target(row[0], row[1], row[2], tuple(json.loads(row[3])), row[4])] = id_
            self._words = dict(database.execute("SELECT word, id FROM words").fetchall())
            codes = json.dumps([CODES[status] for status in retry])
            database.execute(
                "DELETE FROM problems WHERE (number, target) IN "
                "(SELECT number, target FROM numbers WHERE status IN (SELECT value FROM json_each(?)))",
                (codes,),
            )
            database.execute(
                "UPDATE numbers SET status = 0, told = 0, word = NULL, since = NULL "
                "WHERE status IN (SELECT value FROM json_each(?))",
                (codes,),
            )
        return number

    def _refuse_another(self, found: Mapping[str, str], run: Mapping[str, str]) -> None:
        if {**found, "country": found.get("country", "").upper()} != {**run, "country": run.get("country", "").upper()}:
            raise JournalError(f"{self._path} is the journal of another run: of {_words(found)}, not of {_words(run)}")

    def claim(self, rows: Sequence[tuple[object, Target]]) -> list[Claimed]:
        """Claim entries of the input, in one transaction. Numbers to send are recorded when this returns."""
        by_target: dict[Target, list[int]] = {}
        last: Target | None = None
        for index, (_, target) in enumerate(rows):
            if target is not last:  # most rows share the target of the previous row; hashing it takes longer
                last, indices = target, by_target.setdefault(target, [])
            indices.append(index)
        claimed: list[Claimed | None] = [None] * len(rows)
        with self._writing() as database:
            for target, indices in by_target.items():
                id_ = self._target_id(database, target)
                country = target.country or None
                parsed = [parse_number(rows[index][0], country) for index in indices]
                valid = [number for number in parsed if isinstance(number, int)]
                known = _NUMBERS.rows(database, id_, set(valid))
                if not known and len(set(valid)) == len(parsed):  # all are new, as nearly always
                    _NUMBERS.store_new(database, id_, valid, self._pass)
                    for index, number in zip(indices, valid, strict=True):
                        claimed[index] = Claimed(Claim.SEND, number, target)
                    continue
                reasons = {
                    index: reason for index, reason in zip(indices, parsed, strict=True) if isinstance(reason, str)
                }
                texts = {index: text_of(rows[index][0]) for index in reasons}
                refused = _INVALID.rows(database, id_, set(texts.values())) if texts else {}
                for index, found in zip(indices, parsed, strict=True):
                    if isinstance(found, str):
                        text = texts[index]
                        claim = _INVALID.claim(refused, text, self._pass)
                        claimed[index] = Claimed(claim, None, target, text, found)
                    else:
                        claimed[index] = Claimed(_NUMBERS.claim(known, found, self._pass), found, target)
                _NUMBERS.store(database, id_, known)
                _INVALID.store(database, id_, refused)
                if reasons:
                    database.executemany(
                        "UPDATE invalid SET reason = ? WHERE given = ? AND target = ?",
                        [(reason, texts[index], id_) for index, reason in reasons.items()],
                    )
        return [entry for entry in claimed if entry is not None]

    def record(self, results: Sequence[tuple[LinkOutcome, Target]], *, told: bool, now: float) -> None:
        """Record outcomes of numbers, in one transaction. They may be reported once this returns.

        Args:
            results: The outcomes with their targets.
            told: Whether the outcomes are reported now; otherwise the run follows their numbers.
            now: The time, in Unix seconds.
        """
        with self._writing() as database:
            alike: dict[tuple[int, Status, str | None], list[int]] = {}
            problems: list[tuple[int, int, str]] = []
            last: Target | None = None
            id_ = 0
            for outcome, target in results:
                if target is not last:  # hashing a target takes longer
                    last, id_ = target, self._target_id(database, target)
                number = int(outcome.number)
                alike.setdefault((id_, outcome.status, outcome.carrier_status), []).append(number)
                if outcome.problem is not None:
                    problems.append((number, id_, json.dumps(attrs.asdict(outcome.problem))))
            for (id_, status, carrier_status), numbers in alike.items():
                since = now if status == Status.ACCEPTED else None
                database.execute(
                    "UPDATE numbers SET status = ?, word = coalesce(?, word), since = coalesce(since, ?), "
                    "told = max(told, ?), rested = ? WHERE target = ? AND number IN (SELECT value FROM json_each(?))",
                    (
                        *(CODES[status], self._word_id(database, carrier_status), since),
                        *(int(told), self._pass if told else 0, id_, json.dumps(numbers)),
                    ),
                )
            if problems:
                database.executemany("INSERT OR REPLACE INTO problems VALUES (?, ?, ?)", problems)

    def counts(self) -> tuple[dict[str, int], int]:
        """Return the number of entries for each status in all passes, and the number of taken numbers without an
        outcome.
        """
        with sqlite_errors(self._path):
            rows = self._database.execute(
                "SELECT status, count(*), sum(reported) FROM numbers GROUP BY status"
            ).fetchall()
            invalid = self._database.execute("SELECT coalesce(sum(1 + reported), 0) FROM invalid").fetchone()[0]
        counts = {str(status_of(code, self._path)): count for code, count, _ in rows if code != TAKEN}
        repeats = sum(reported for _, _, reported in rows)
        counts |= {str(status): n for status, n in ((Status.DUPLICATE, repeats), (Status.INVALID, invalid)) if n}
        return counts, sum(count for code, count, _ in rows if code == TAKEN)

    def leftovers(self, after: Claimed | None, limit: int) -> list[Claimed]:
        """Return numbers that earlier passes took, that have no outcome, and that this pass has not read.

        Args:
            after: The last number of the previous call; None for the first call.
            limit: The most numbers to return.
        """
        number, id_ = (-1, -1) if after is None else (after.number, self._targets[after.target])
        with sqlite_errors(self._path):
            rows = self._database.execute(
                "SELECT number, target FROM numbers JOIN targets ON id = target WHERE status = 0 AND action = '' "
                "AND pass < ? AND (number, target) > (?, ?) ORDER BY number, target LIMIT ?",
                (self._pass, number, id_, limit),
            ).fetchall()
        targets = {id_: target for target, id_ in self._targets.items()}
        return [Claimed(Claim.RECONCILE, number, targets[id_]) for number, id_ in rows]

    def forget_removals_of_wanted(self) -> int:
        """Delete removals that earlier passes began, of numbers that are in this pass's input. Returns their number."""
        with self._writing() as database:
            return database.execute(
                "DELETE FROM numbers WHERE status = 0 AND pass < ?1 AND target IN (SELECT id FROM targets "
                "WHERE action = 'remove') AND number IN (SELECT number FROM numbers JOIN targets ON id = target "
                "WHERE action = '' AND pass = ?1)",
                (self._pass,),
            ).rowcount

    def removals_begun(self, target: Target, limit: int) -> list[int]:
        """Return numbers whose removal an earlier pass began, and that this pass has not claimed."""
        with sqlite_errors(self._path):
            rows = self._database.execute(
                "SELECT number FROM numbers WHERE status = 0 AND pass < ? AND target = ? LIMIT ?",
                (self._pass, self._targets.get(target, 0), limit),
            ).fetchall()
        return [row[0] for row in rows]

    def followed(self) -> dict[Target, int]:
        """Return how many accepted numbers of each target the carriers have not decided on."""
        targets = {id_: target for target, id_ in self._targets.items()}
        with sqlite_errors(self._path):
            rows = self._database.execute(
                "SELECT target, count(*) FROM numbers WHERE status = ? AND rested < ? GROUP BY target",
                (ACCEPTED, self._pass),
            ).fetchall()
        return {targets[id_]: count for id_, count in rows}

    def followed_among(self, target: Target, numbers: Iterable[int]) -> list[Followed]:
        """Return those of `numbers` that are followed."""
        return self._followed(target, "number IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),))

    def followed_after(self, target: Target, number: int, limit: int) -> list[Followed]:
        """Return followed numbers in order, starting after `number`."""
        return self._followed(target, "number > ? ORDER BY number LIMIT ?", (number, limit))

    def accepted_first(self) -> float | None:
        """Return when the API accepted the earliest followed number, in Unix seconds; None if none is followed."""
        with sqlite_errors(self._path):
            row = self._database.execute(
                "SELECT min(since) FROM numbers WHERE status = ? AND rested < ?", (ACCEPTED, self._pass)
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def _followed(self, target: Target, condition: str, arguments: tuple[object, ...]) -> list[Followed]:
        with sqlite_errors(self._path):
            rows = self._database.execute(
                "SELECT number, coalesce(since, 0), words.word, told FROM numbers "
                f"LEFT JOIN words ON words.id = numbers.word "
                f"WHERE target = ? AND status = ? AND rested < ? AND {condition}",
                (self._targets.get(target, 0), ACCEPTED, self._pass, *arguments),
            ).fetchall()
        return [Followed(number, since, word, bool(told)) for number, since, word, told in rows]

    def begin_snapshot(self) -> None:
        """Discard any stored list and start a new one."""
        with sqlite_errors(self._path):
            self._database.execute("DROP TABLE IF EXISTS temp.listed")
            self._database.execute(
                "CREATE TEMP TABLE listed (number INTEGER, campaign TEXT, word TEXT, PRIMARY KEY (campaign, number)) "
                "WITHOUT ROWID"
            )

    def keep_listed(self, campaign_id: str, words: Mapping[int, str | None]) -> None:
        """Store a page of a campaign's list."""
        with sqlite_errors(self._path):
            self._database.executemany(
                "INSERT OR REPLACE INTO temp.listed VALUES (?, ?, ?)",
                [(number, campaign_id, word) for number, word in words.items()],
            )

    def listed(self, campaign_id: str, numbers: Iterable[int]) -> dict[int, str | None]:
        """Return those of `numbers` that are in the stored list, with their carrier status."""
        with sqlite_errors(self._path):
            return dict(
                self._database.execute(
                    "SELECT number, word FROM temp.listed WHERE campaign = ? "
                    "AND number IN (SELECT value FROM json_each(?))",
                    (campaign_id, json.dumps(list(numbers))),
                ).fetchall()
            )

    def unwanted(self, campaign_id: str, after: int, limit: int) -> list[tuple[int, str | None]]:
        """Return numbers of the stored list that are not in this pass's input, in order, starting after `after`."""
        with sqlite_errors(self._path):
            return self._database.execute(
                "SELECT number, word FROM temp.listed WHERE campaign = ? AND number > ? AND NOT EXISTS ("
                "SELECT 1 FROM numbers JOIN targets ON id = target WHERE numbers.number = listed.number "
                "AND pass = ? AND targets.campaign = listed.campaign AND action = '') ORDER BY number LIMIT ?",
                (campaign_id, after, self._pass, limit),
            ).fetchall()

    def close(self) -> None:
        """Close the file and release its lock."""
        with sqlite_errors(self._path):
            if self.lasts:
                # A database in WAL mode gets two extra files next to it whenever it is read.
                with suppress(sqlite3.OperationalError):  # another process is reading it
                    self._database.execute("PRAGMA journal_mode = DELETE").fetchall()
            self._close.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with sqlite_errors(self._path):
            self.ensure_in_place()
            with transaction(self._database) as database:
                yield database

    def _target_id(self, database: sqlite3.Connection, target: Target) -> int:
        if (id_ := self._targets.get(target)) is None:
            values = (
                target.brand_id,
                target.campaign_id,
                target.country,
                json.dumps(list(target.compliance)),
                target.action,
            )
            id_ = database.execute(
                "INSERT INTO targets (brand, campaign, country, compliance, action) VALUES (?, ?, ?, ?, ?)", values
            ).lastrowid
            assert id_ is not None
            self._targets[target] = id_
        return id_

    def _word_id(self, database: sqlite3.Connection, word: str | None) -> int | None:
        if word is None:
            return None
        if (id_ := self._words.get(word)) is None:
            id_ = database.execute("INSERT INTO words (word) VALUES (?)", (word,)).lastrowid
            assert id_ is not None
            self._words[word] = id_
        return id_

    def _remember_files(self) -> None:
        if self._path is not None:
            for path in (self._path, Path(f"{self._path}-wal")):
                found = path.stat()
                self._files[path] = found.st_dev, found.st_ino

    def ensure_in_place(self) -> None:
        """Verify that the open file is still the one at its path.

        Raises:
            JournalError: if the file was deleted or replaced.
        """
        for path, expected in self._files.items():
            try:
                found = path.stat()
            except OSError:
                found = None
            if found is None or (found.st_dev, found.st_ino) != expected:
                raise JournalError(
                    f"{path} was deleted or replaced while the run was under way; what is written now would be lost. "
                    "Put it back if you can, and make the same call again"
                )


_NUMBERS = _Table("numbers", "number", TAKEN)
_INVALID = _Table("invalid", "given", CODES[Status.INVALID])


def text_of(given: object) -> str:
    """Return an input value as text, escaping what SQLite cannot store: lone surrogates and NUL."""
    if type(given) is str and given.isascii() and given.isalnum():  # the common case
        return given
    try:
        text = given.decode("utf-8", "backslashreplace") if isinstance(given, bytes) else str(given)
    except Exception as error:
        text = f"<{type(given).__name__}: {type(error).__name__}>"
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _words(run: Mapping[str, str]) -> str:
    target = ", ".join(f"{name} {value}" for name, value in sorted(run.items()) if name != "job")
    return f"{run.get('job')} ({target})"
