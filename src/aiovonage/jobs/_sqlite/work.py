"""What workers take and write. Each function runs one transaction, which checks the lease and its token."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiovonage.bulk._journal.file import transaction
from aiovonage.bulk._targets import Target
from aiovonage.jobs._sqlite.file import now, rows
from aiovonage.jobs._states import FOLLOWING, PENDING, SENT, Kind, State
from aiovonage.jobs._store import Ask, FollowedRow, Pulse, Result, Row, Unit
from aiovonage.jobs._units import REMOVING

_UNIT = "job, number, kind, first, last, target, wait, failures, token"


class _LeaseEnded(Exception):
    """Rolls a transaction back."""


@contextmanager
def _fenced(database: sqlite3.Connection, unit: Unit) -> Iterator[None]:
    """Open a transaction in which the lease is held until the end.

    Raises:
        _LeaseEnded: if it is not held.
    """
    with transaction(database):
        held = database.execute(
            "SELECT 1 FROM unit WHERE job = ? AND number = ? AND token = ? AND lease_until > ? AND NOT done",
            (unit.job, unit.number, unit.token, now()),
        ).fetchone()
        if held is None:
            raise _LeaseEnded
        yield


def take(database: sqlite3.Connection, ask: Ask) -> list[Unit]:
    moment = now()
    condition, arguments = "", []
    if ask.job is not None:
        condition, arguments = " AND job.id = ?", [ask.job]
    if ask.unit is not None:
        condition, arguments = " AND unit.job = ? AND unit.number = ?", list(ask.unit)
    if ask.rescue:
        condition += " AND lease_until > 0"
    query = (
        "SELECT unit.job, unit.number FROM job JOIN unit ON unit.job = job.id WHERE state = 'running' AND account = ? "
        "AND (origin IS NULL OR origin = ?) AND NOT done AND unit.phase <= job.phase AND due <= ? AND lease_until <= ?"
        f"{condition} ORDER BY lease_until > 0 DESC, kind DESC, unit.job, unit.number LIMIT ?"
    )
    wanted = (ask.account, ask.origin, moment, moment, *arguments, ask.limit)
    if not rows(database, query, *wanted):  # reading waits for no lock
        return []
    with transaction(database):
        return [
            _unit(row)
            for name in rows(database, query, *wanted)
            for row in rows(
                database,
                "UPDATE unit SET token = token + 1, worker = ?, lease_until = ? WHERE job = ? AND number = ? "
                f"RETURNING {_UNIT}",
                ask.worker, now() + ask.lease, *name,
            )
        ]  # fmt: skip


def _unit(row: Sequence[object]) -> Unit:
    unit = Unit(*row)  # type: ignore[arg-type]
    return unit._replace(kind=Kind(unit.kind))


def bind(database: sqlite3.Connection, job: int, origin: str) -> bool:
    with transaction(database):
        database.execute("UPDATE job SET origin = ? WHERE id = ? AND origin IS NULL", (origin, job))
        return bool(rows(database, "SELECT 1 FROM job WHERE id = ? AND origin = ?", job, origin))


def renew(database: sqlite3.Connection, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
    states: dict[tuple[int, int], State] = {}
    with transaction(database):
        moment = now()
        for unit in units:
            found = rows(
                database,
                "UPDATE unit SET lease_until = ? WHERE job = ? AND number = ? AND token = ? AND lease_until > ? "
                "AND NOT done RETURNING (SELECT state FROM job WHERE id = unit.job)",
                moment + pulse.lease, unit.job, unit.number, unit.token, moment,
            )  # fmt: skip
            if found:
                states[unit.name] = State(found[0][0])
        database.execute(
            "INSERT INTO worker VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, "
            "outcomes = excluded.outcomes, paused = excluded.paused, error = excluded.error",
            (pulse.worker, pulse.account, moment, pulse.outcomes, pulse.paused, pulse.error),
        )
        database.execute("DELETE FROM worker WHERE seen < ?", (moment - 86_400.0,))
    return states


def release(
    database: sqlite3.Connection,
    unit: Unit,
    done: bool,
    due: float | None,
    wait: float,
    failures: int,
    error: str | None,
) -> bool:
    try:
        with _fenced(database, unit):
            database.execute(
                "UPDATE unit SET lease_until = 0, done = ?, due = ?, wait = ?, failures = ?, error = ? "
                "WHERE job = ? AND number = ?",
                (done, None if due is None else now() + due, wait, failures, error, *unit.name),
            )
    except _LeaseEnded:
        return False
    return True


_SENDS_LEFT = "EXISTS (SELECT 1 FROM unit WHERE unit.job = job.id AND NOT done AND kind <> 1{more})"
_FOLLOWED = "EXISTS (SELECT 1 FROM number WHERE number.job = unit.job AND number.target = unit.target AND status = -2)"

_NEXT = "(CASE WHEN (SELECT sent_at FROM job WHERE id = unit.job) IS NULL THEN ?1 ELSE first_look END)"


def advance(database: sqlite3.Connection, while_sending: float) -> None:
    left_in_phase = _SENDS_LEFT.format(more=" AND unit.phase <= job.phase")
    left = _SENDS_LEFT.format(more="")
    running = "SELECT id FROM job WHERE state = 'running' AND "
    phase_over = f"{running} NOT {left_in_phase} AND {left}"
    all_sent = f"{running} sent_at IS NULL AND NOT {left}"
    asleep = (
        "SELECT unit.job, unit.number FROM unit JOIN job ON job.id = unit.job WHERE state = 'running' AND NOT done AND "
        f"kind = 1 AND due IS NULL AND (first_look > 0 OR sent_at IS NOT NULL) AND {_FOLLOWED}"
    )
    over = (
        "SELECT unit.job, unit.number FROM unit JOIN job ON job.id = unit.job WHERE state = 'running' AND NOT done AND "
        f"kind = 1 AND sent_at IS NOT NULL AND lease_until <= {now()} AND NOT {_FOLLOWED}"
    )
    done = f"{running} sent_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unit WHERE unit.job = job.id AND NOT done)"
    if not any(rows(database, f"{query} LIMIT 1") for query in (phase_over, all_sent, asleep, over, done)):
        return
    with transaction(database):
        moment = now()
        database.execute(f"UPDATE job SET phase = phase + 1 WHERE id IN ({phase_over})")
        for (job,) in rows(database, all_sent):
            database.execute("UPDATE job SET sent_at = ? WHERE id = ?", (moment, job))
            database.execute(
                "UPDATE unit SET due = ? + first_look, wait = first_look WHERE job = ? AND kind = 1 AND NOT done",
                (moment, job),
            )
        for name in rows(database, asleep):
            database.execute(
                f"UPDATE unit SET wait = {_NEXT}, due = ?2 + {_NEXT} WHERE job = ?3 AND number = ?4",
                (while_sending, moment, *name),
            )
        for name in rows(database, over):
            database.execute("UPDATE unit SET done = 1 WHERE job = ? AND number = ?", name)
        database.execute(
            f"UPDATE job SET state = 'done', reason = NULL, finished_at = ? WHERE id IN ({done})", (moment,)
        )


def open_rows(database: sqlite3.Connection, unit: Unit) -> list[Row]:
    found = rows(
        database,
        "SELECT position, number, target, status FROM number WHERE job = ? AND position BETWEEN ? AND ? "
        "AND status IN (?, ?) ORDER BY position",
        unit.job, unit.first, unit.last, PENDING, SENT,
    )  # fmt: skip
    return [Row(*row) for row in found]


def mark_sent(database: sqlite3.Connection, unit: Unit, positions: Sequence[int]) -> bool:
    try:
        with _fenced(database, unit):
            database.execute(
                "UPDATE number SET status = ? WHERE job = ? AND position IN (SELECT value FROM json_each(?)) "
                "AND status = ?",
                (SENT, unit.job, json.dumps(list(positions)), PENDING),
            )
    except _LeaseEnded:
        return False
    return True


def record(database: sqlite3.Connection, unit: Unit, results: Sequence[Result]) -> bool:
    following = unit.kind is Kind.FOLLOW
    condition = "target = ? AND number = ? AND status = -2" if following else "position = ? AND status IN (0, -1)"
    tally: dict[tuple[int, str], int] = {}
    try:
        with _fenced(database, unit):
            moment = now()
            for result in results:
                key = (result.target, result.number) if following else (result.position,)
                changed = database.execute(
                    "UPDATE number SET status = ?, word = coalesce(?, word), problem = ?, since = coalesce(since, ?) "
                    f"WHERE job = ? AND {condition}",
                    (result.status, result.word, result.problem, moment if result.accepted else None, unit.job, *key),
                ).rowcount
                counted = [((result.status, result.reason), changed)]
                if following:
                    counted.append(((FOLLOWING, ""), -changed))
                for name, count in counted:
                    tally[name] = tally.get(name, 0) + count
            database.executemany(
                "INSERT INTO tally VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                [(*unit.name, status, reason, count) for (status, reason), count in tally.items() if count],
            )
    except _LeaseEnded:
        return False
    return True


def followed_count(database: sqlite3.Connection, unit: Unit) -> int:
    query = "SELECT count(*) FROM number WHERE job = ? AND target = ? AND status = -2"
    return int(rows(database, query, unit.job, unit.target)[0][0])


def followed_among(database: sqlite3.Connection, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]:
    wanted = json.dumps(list(numbers))
    return _followed(database, unit, "number IN (SELECT value FROM json_each(?))", wanted)


def followed_after(database: sqlite3.Connection, unit: Unit, number: int, limit: int) -> list[FollowedRow]:
    return _followed(database, unit, "number > ? ORDER BY number LIMIT ?", number, limit)


def _followed(database: sqlite3.Connection, unit: Unit, condition: str, *arguments: object) -> list[FollowedRow]:
    query = "SELECT number, ? - since, word FROM number WHERE job = ? AND target = ? AND status = -2 AND "
    return [FollowedRow(*row) for row in rows(database, query + condition, now(), *(unit.job, unit.target), *arguments)]


def accepted_first(database: sqlite3.Connection, unit: Unit) -> float | None:
    query = "SELECT ? - min(since) FROM number WHERE job = ? AND target = ? AND status = -2"
    found = rows(database, query, now(), unit.job, unit.target)[0][0]
    return None if found is None else float(found)


def begin_list(database: sqlite3.Connection, unit: Unit) -> bool:
    try:
        with _fenced(database, unit):
            database.execute("DELETE FROM listed WHERE job = ?", (unit.job,))
    except _LeaseEnded:
        return False
    return True


def keep_listed(database: sqlite3.Connection, unit: Unit, words: Mapping[int, str | None]) -> bool:
    try:
        with _fenced(database, unit):
            database.executemany(
                "INSERT OR REPLACE INTO listed VALUES (?, ?, ?)",
                [(unit.job, number, word) for number, word in words.items()],
            )
    except _LeaseEnded:
        return False
    return True


def listed(database: sqlite3.Connection, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
    query = "SELECT number, word FROM listed WHERE job = ? AND number IN (SELECT value FROM json_each(?))"
    return dict(rows(database, query, job, json.dumps(list(numbers))))


def plan_removals(database: sqlite3.Connection, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
    job = unit.job
    try:
        with _fenced(database, unit):
            id_ = 1 + int(rows(database, "SELECT max(id) FROM target WHERE job = ?", job)[0][0])
            total = int(rows(database, "SELECT total FROM job WHERE id = ?", job)[0][0])
            values = (job, id_, target.brand_id, target.campaign_id, "", "[]", target.action)
            database.execute("INSERT INTO target VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            added = database.execute(
                "INSERT INTO number (job, position, number, target, status) "
                "SELECT ?1, ?2 + row_number() OVER (ORDER BY number), number, ?3, 0 FROM listed WHERE job = ?1 "
                "AND upper(coalesce(word, '')) NOT IN (SELECT value FROM json_each(?4)) AND number NOT IN "
                "(SELECT number FROM number WHERE job = ?1 AND number IS NOT NULL)",
                (job, total, id_, json.dumps(list(leaving))),
            ).rowcount
            database.execute("UPDATE job SET total = total + ? WHERE id = ?", (added, job))
            following = 1 + int(rows(database, "SELECT max(number) FROM unit WHERE job = ?", job)[0][0])
            units = [
                (job, following + n, Kind.SEND, REMOVING, first, min(first + chunk - 1, total + added), 0, 0.0)
                for n, first in enumerate(range(total + 1, total + added + 1, chunk))
            ]
            if units:
                units.append((job, following + len(units), Kind.FOLLOW, 0, 0, 0, id_, None))  # type: ignore[arg-type]
            database.executemany(
                "INSERT INTO unit (job, number, kind, phase, first, last, target, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                units,
            )
            database.execute("UPDATE unit SET done = 1, lease_until = 0 WHERE job = ? AND number = ?", unit.name)
    except _LeaseEnded:
        return False
    return True
