"""What users query and change."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from aiovonage.bulk._journal.file import transaction
from aiovonage.bulk._targets import Target
from aiovonage.jobs._sqlite.file import now, rows
from aiovonage.jobs._states import State
from aiovonage.jobs._store import OutcomeRow, StoredJob, Tally, WorkerRow

JOB = "SELECT id, key, account, origin, plan, state, reason, phase, total, created_at, finished_at FROM job"

SEEN_LATELY = 60.0
"""Seconds for which a worker is shown after its last renewal."""


def job_of(row: Sequence[Any]) -> StoredJob:
    """Build a job from a row of `JOB`."""
    names = ["id", "key", "account", "origin", "plan", "state", "reason", "phase", "total", "created_at", "finished_at"]
    members = dict(zip(names, row, strict=True))
    return StoredJob(**{**members, "state": State(members["state"])})


def jobs(database: sqlite3.Connection, account: str | None, limit: int) -> list[StoredJob]:
    found = rows(database, f"{JOB} WHERE ?1 IS NULL OR account = ?1 ORDER BY id DESC LIMIT ?2", account, limit)
    return [job_of(row) for row in found]


def find(database: sqlite3.Connection, job: int | str) -> list[StoredJob]:
    column = "id" if isinstance(job, int) else "key"
    return [job_of(row) for row in rows(database, f"{JOB} WHERE {column} = ?", job)]


def set_state(database: sqlite3.Connection, job: int, state: State, among: Sequence[State], reason: str | None) -> bool:
    with transaction(database):
        changed = database.execute(
            "UPDATE job SET state = ?, reason = ?, finished_at = CASE WHEN ? = 'cancelled' THEN ? END "
            "WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
            (state, reason, state, now(), job, json.dumps(list(among))),
        ).rowcount
        if changed and state is State.RUNNING:  # retry failed units at once
            database.execute(
                "UPDATE unit SET due = 0, failures = 0 WHERE job = ? AND NOT done AND failures > 0", (job,)
            )
    return changed > 0


def tallies(database: sqlite3.Connection, job: int) -> list[Tally]:
    query = "SELECT status, reason, sum(count) FROM tally WHERE job = ? GROUP BY status, reason"
    return [Tally(*row) for row in rows(database, query, job)]


def workers(database: sqlite3.Connection, job: int) -> list[WorkerRow]:
    found = rows(
        database,
        "SELECT name, ?1 - seen, (SELECT count(*) FROM unit WHERE unit.job = job.id AND NOT done AND worker = name AND "
        "lease_until > ?1), outcomes, paused, error FROM worker JOIN job USING (account) "
        "WHERE job.id = ?2 AND seen > ?1 - ?3 ORDER BY name",
        now(), job, SEEN_LATELY,
    )  # fmt: skip
    return [WorkerRow(*row) for row in found]


def next_due(database: sqlite3.Connection, job: int) -> float | None:
    found = rows(
        database,
        "SELECT min(max(due, lease_until)) FROM unit JOIN job ON job.id = job WHERE job = ? AND NOT done "
        "AND unit.phase <= job.phase AND state = 'running'",
        job,
    )[0][0]
    return None if found is None else max(0.0, found - now())


def targets(database: sqlite3.Connection, job: int) -> dict[int, Target]:
    found = rows(database, "SELECT id, brand, campaign, country, compliance, action FROM target WHERE job = ?", job)
    return {id_: Target(brand, campaign, country, tuple(json.loads(compliance)), action)
            for id_, brand, campaign, country, compliance, action in found}  # fmt: skip


def outcomes(database: sqlite3.Connection, job: int, after: int, limit: int) -> list[OutcomeRow]:
    found = rows(
        database,
        "SELECT position, number, given, target, status, word, problem FROM number "
        "WHERE job = ? AND position > ? AND status > 0 ORDER BY position LIMIT ?",
        job, after, limit,
    )  # fmt: skip
    return [OutcomeRow(*row) for row in found]
