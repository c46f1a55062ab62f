"""Stores a job with its numbers in one transaction, using COPY."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiovonage.bulk._outcome import Status
from aiovonage.errors import ConfigurationError
from aiovonage.jobs._postgres.jobs import JOB, job_of
from aiovonage.jobs._states import Kind, State, code_of
from aiovonage.jobs._submission import Submission, refuse_another
from aiovonage.jobs._units import FIRST_SEND, units_of

if TYPE_CHECKING:
    import psycopg

    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.jobs._plans import Plan
    from aiovonage.jobs._store import StoredJob


@asynccontextmanager
async def in_transaction(connection: psycopg.AsyncConnection[Any], *, given: bool) -> AsyncIterator[None]:
    """Open a transaction, nested in the caller's own if the connection is the caller's.

    Raises:
        ConfigurationError: if the connection is not an asynchronous psycopg connection.
    """
    import psycopg

    if given:
        if not isinstance(connection, psycopg.AsyncConnection):
            raise ConfigurationError(f"connection must be a psycopg.AsyncConnection, not {type(connection).__name__}")
        if not connection.autocommit:
            await connection.execute("SELECT 1")  # starts the caller's transaction, so that the next one is nested
    async with connection.transaction():
        yield


async def submit(
    connection: psycopg.AsyncConnection[Any],
    plan: Plan,
    account: str,
    numbers: Numbers,
    *,
    key: str | None,
    chunk: int,
) -> tuple[StoredJob, bool]:
    """See `Store.submit`. Call it within a transaction."""
    from psycopg.rows import tuple_row

    submission = Submission(plan, numbers)
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            "INSERT INTO aiovonage_job (key, account, plan, state) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (account, key) DO NOTHING RETURNING id",
            (key, account, plan.to_json(), str(State.RUNNING)),
        )
        made = await cursor.fetchone()
        if made is None:  # another submission has this key; if it was in progress, the INSERT waited for it
            await cursor.execute(f"{JOB} WHERE account = %s AND key = %s", (account, key))
            found = await cursor.fetchone()
            assert found is not None
            job = job_of(found)
            refuse_another(job, plan)
            return job, False
        id_ = int(made[0])
        async with cursor.copy(
            "COPY aiovonage_number (position, number, target, status, given, problem, job) FROM STDIN"
        ) as copy:
            async for batch in submission.batches():
                for entry in batch:
                    await copy.write_row((*entry, id_))
        # An array instead of a join: the statistics don't cover the new job yet, so the planner would expect one row of
        # it in a join (10,000 numbers took two minutes that way).
        await cursor.execute(
            "UPDATE aiovonage_number SET status = %s WHERE job = %s AND position = ANY(ARRAY(SELECT position FROM "
            "(SELECT position, row_number() OVER (PARTITION BY target, number ORDER BY position) AS nth "
            "FROM aiovonage_number WHERE job = %s AND number IS NOT NULL) d WHERE nth > 1))",
            (code_of(Status.DUPLICATE), id_, id_),
        )
        await cursor.execute(
            "INSERT INTO aiovonage_tally SELECT job, %s + (position - 1) / %s, status, "
            "coalesce(problem::json ->> 'title', ''), count(*) FROM aiovonage_number WHERE job = %s AND status > 0 "
            "GROUP BY 1, 2, 3, 4",
            (FIRST_SEND, chunk, id_),
        )
        async with cursor.copy(
            "COPY aiovonage_target (job, id, brand, campaign, country, compliance, action) FROM STDIN"
        ) as copy:
            for target, number in submission.targets.items():
                compliance = json.dumps(list(target.compliance))
                await copy.write_row(
                    (id_, number, target.brand_id, target.campaign_id, target.country, compliance, target.action)
                )
        async with cursor.copy(
            "COPY aiovonage_unit (number, kind, phase, first, last, target, first_look, job, due) FROM STDIN"
        ) as copy:
            for unit in units_of(plan, total=submission.total, targets=submission.targets.values(), chunk=chunk):
                due = None if unit.kind is Kind.FOLLOW else "-infinity"
                await copy.write_row((unit.number, int(unit.kind), *unit[2:], id_, due))
        await cursor.execute("UPDATE aiovonage_job SET total = %s WHERE id = %s", (submission.total, id_))
        await cursor.execute(f"{JOB} WHERE id = %s", (id_,))
        row = await cursor.fetchone()
        assert row is not None
    return job_of(row), True
