"""Stores a job with its numbers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiovonage.bulk._journal.file import transaction
from aiovonage.bulk._outcome import Status
from aiovonage.jobs._sqlite.file import File, now
from aiovonage.jobs._sqlite.jobs import JOB, job_of
from aiovonage.jobs._states import Kind, State, code_of
from aiovonage.jobs._submission import Entry, Submission, refuse_another
from aiovonage.jobs._units import FIRST_SEND, units_of

if TYPE_CHECKING:
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.jobs._plans import Plan
    from aiovonage.jobs._store import StoredJob


async def submit(
    file: File, plan: Plan, account: str, numbers: Numbers, *, key: str | None, chunk: int
) -> tuple[StoredJob, bool]:
    """See `Store.submit`. The numbers go to a temporary table first, so that a slow input doesn't lock the file."""
    if (found := await file.call(lambda database: _of_key(database, account, key))) is not None:
        refuse_another(found, plan)
        return found, False
    submission = Submission(plan, numbers)
    await file.call(_begin)
    try:
        async for batch in submission.batches():
            await file.call(lambda database, batch=batch: _add(database, batch))  # type: ignore[misc]
        job, new = await file.call(lambda database: _commit(database, submission, plan, account, key, chunk))
    finally:
        await file.call(_end)
    if not new:
        refuse_another(job, plan)
    return job, new


def _of_key(database: sqlite3.Connection, account: str, key: str | None) -> StoredJob | None:
    row = database.execute(f"{JOB} WHERE account = ? AND key = ?", (account, key)).fetchone()
    return None if row is None else job_of(row)


def _begin(database: sqlite3.Connection) -> None:
    _end(database)
    database.execute(
        "CREATE TEMP TABLE incoming (position INTEGER PRIMARY KEY, number INTEGER, target INTEGER, status INTEGER, "
        "given TEXT, problem TEXT)"
    )


def _add(database: sqlite3.Connection, batch: Sequence[Entry]) -> None:
    database.execute("BEGIN")
    with database:
        database.executemany("INSERT INTO temp.incoming VALUES (?, ?, ?, ?, ?, ?)", batch)


def _end(database: sqlite3.Connection) -> None:
    database.execute("DROP TABLE IF EXISTS temp.incoming")


def _commit(
    database: sqlite3.Connection, submission: Submission, plan: Plan, account: str, key: str | None, chunk: int
) -> tuple[StoredJob, bool]:
    database.execute(
        "UPDATE temp.incoming SET status = ? WHERE position IN (SELECT position FROM (SELECT position, row_number() "
        "OVER (PARTITION BY target, number ORDER BY position) AS nth FROM temp.incoming WHERE number IS NOT NULL) "
        "WHERE nth > 1)",
        (code_of(Status.DUPLICATE),),
    )
    with transaction(database):
        if (found := _of_key(database, account, key)) is not None:
            return found, False
        job = database.execute(
            "INSERT INTO job (key, account, plan, state, total, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (key, account, plan.to_json(), State.RUNNING, submission.total, now()),
        ).lastrowid
        database.execute(
            "INSERT INTO number (job, position, number, target, status, given, problem) "
            "SELECT ?, position, number, target, status, given, problem FROM temp.incoming ORDER BY position",
            (job,),
        )
        for target, id_ in submission.targets.items():
            database.execute(
                "INSERT INTO target VALUES (?, ?, ?, ?, ?, ?, ?)",
                (job, id_, target.brand_id, target.campaign_id, target.country,
                 json.dumps(list(target.compliance)), target.action),
            )  # fmt: skip
        units = units_of(plan, total=submission.total, targets=submission.targets.values(), chunk=chunk)
        database.executemany(
            f"INSERT INTO unit (job, number, kind, phase, first, last, target, first_look, due) "
            f"VALUES ({job}, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*unit, None if unit.kind is Kind.FOLLOW else 0.0) for unit in units),
        )
        database.execute(
            "INSERT INTO tally SELECT job, ? + (position - 1) / ?, status, "
            "coalesce(json_extract(problem, '$.title'), ''), count(*) FROM number WHERE job = ? AND status > 0 "
            "GROUP BY 2, 3, 4",
            (FIRST_SEND, chunk, job),
        )
        row = database.execute(f"{JOB} WHERE id = ?", (job,)).fetchone()
    return job_of(row), True
