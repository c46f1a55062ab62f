"""What users query and change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from aiovonage.bulk._targets import Target
from aiovonage.jobs._states import State
from aiovonage.jobs._store import OutcomeRow, StoredJob, Tally, WorkerRow

if TYPE_CHECKING:
    from aiovonage.jobs._postgres.connection import Line

JOB = (
    "SELECT id, key, account, origin, plan, state, reason, phase, total, extract(epoch FROM created_at)::float8, "
    "extract(epoch FROM finished_at)::float8 FROM aiovonage_job"
)

SEEN_LATELY = 60.0
"""Seconds for which a worker is shown after its last renewal."""

PAGE = 5000


def job_of(row: Sequence[Any]) -> StoredJob:
    """Build a job from a row of `JOB`."""
    names = ("id", "key", "account", "origin", "plan", "state", "reason", "phase", "total", "created_at", "finished_at")
    members = dict(zip(names, row, strict=True))
    return StoredJob(**{**members, "state": State(members["state"])})


async def jobs(line: Line, account: str | None, limit: int) -> list[StoredJob]:
    query = f"{JOB} WHERE %(account)s::text IS NULL OR account = %(account)s ORDER BY id DESC LIMIT %(limit)s"
    return [job_of(row) for row in await line.rows(query, {"account": account, "limit": limit})]


async def find(line: Line, job: int | str) -> list[StoredJob]:
    column = "id" if isinstance(job, int) else "key"
    return [job_of(row) for row in await line.rows(f"{JOB} WHERE {column} = %s", (job,))]


async def set_state(line: Line, job: int, state: State, among: Sequence[State], reason: str | None) -> bool:
    changed = await line.rows(
        "UPDATE aiovonage_job SET state = %(state)s, reason = %(reason)s, "
        "finished_at = CASE WHEN %(state)s = 'cancelled' THEN clock_timestamp() END "
        "WHERE id = %(job)s AND state = ANY(%(among)s) RETURNING id",
        {"state": str(state), "reason": reason, "job": job, "among": [str(one) for one in among]},
    )
    if changed and state is State.RUNNING:  # retry failed units at once
        await line.rows(
            "UPDATE aiovonage_unit SET due = '-infinity', failures = 0 WHERE job = %s AND NOT done AND failures > 0",
            (job,),
        )
    return bool(changed)


async def tallies(line: Line, job: int) -> list[Tally]:
    query = "SELECT status, reason, sum(count)::bigint FROM aiovonage_tally WHERE job = %s GROUP BY status, reason"
    return [Tally(*row) for row in await line.rows(query, (job,))]


async def workers(line: Line, job: int) -> list[WorkerRow]:
    found = await line.rows(
        "SELECT w.name, extract(epoch FROM clock_timestamp() - seen)::float8, (SELECT count(*) FROM aiovonage_unit u "
        "WHERE u.job = j.id AND NOT done AND worker = w.name AND lease_until > clock_timestamp()), outcomes, paused, "
        "error FROM aiovonage_worker w JOIN aiovonage_job j USING (account) WHERE j.id = %s "
        "AND seen > clock_timestamp() - make_interval(secs => %s) ORDER BY w.name",
        (job, SEEN_LATELY),
    )
    return [WorkerRow(*row) for row in found]


async def next_due(line: Line, job: int) -> float | None:
    found = await line.rows(
        "SELECT extract(epoch FROM greatest(clock_timestamp(), min(greatest(due, lease_until))) - clock_timestamp())"
        "::float8, min(due) IS NOT NULL FROM aiovonage_unit u JOIN aiovonage_job j ON j.id = u.job "
        "WHERE u.job = %s AND NOT done AND due IS NOT NULL AND u.phase <= j.phase AND state = 'running'",
        (job,),
    )
    seconds, there = found[0]
    return max(0.0, float(seconds)) if there else None


async def targets(line: Line, job: int) -> dict[int, Target]:
    found = await line.rows(
        "SELECT id, brand, campaign, country, compliance, action FROM aiovonage_target WHERE job = %s", (job,)
    )
    return {
        id_: Target(brand, campaign, country, tuple(json.loads(compliance)), action)
        for id_, brand, campaign, country, compliance, action in found
    }


async def outcomes(line: Line, job: int) -> AsyncIterator[OutcomeRow]:
    after = 0
    while page := await line.rows(
        "SELECT position, number, given, target, status, word, problem FROM aiovonage_number "
        "WHERE job = %s AND position > %s AND status > 0 ORDER BY position LIMIT %s",
        (job, after, PAGE),
    ):
        after = page[-1][0]
        for row in page:
            yield OutcomeRow(*row)
