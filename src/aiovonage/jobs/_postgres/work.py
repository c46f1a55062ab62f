"""What workers take and write. Each function runs one statement, which checks the lease and its token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aiovonage.jobs._states import Kind, State
from aiovonage.jobs._store import Ask, FollowedRow, Pulse, Result, Row, Unit
from aiovonage.jobs._units import REMOVING

if TYPE_CHECKING:
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._postgres.connection import Line

_FENCE = (
    "WITH fence AS MATERIALIZED (SELECT job, number FROM aiovonage_unit WHERE job = %(job)s AND number = %(unit)s "
    "AND token = %(token)s AND NOT done AND lease_until > clock_timestamp() FOR UPDATE)"
)
"""Locks the unit for the duration of the statement if the lease has not ended. A worker that takes the unit over waits
for the lock, and a statement that waited for such a worker finds another token.
"""


def _fenced(unit: Unit) -> dict[str, object]:
    return {"job": unit.job, "unit": unit.number, "token": unit.token}


async def take(line: Line, ask: Ask) -> list[Unit]:
    condition = ""
    if ask.job is not None:
        condition = "AND j.id = %(only_job)s"
    if ask.unit is not None:
        condition = "AND u.job = %(unit_job)s AND u.number = %(unit_number)s"
    if ask.rescue:
        condition += " AND u.lease_until > '-infinity'"
    found = await line.rows(
        "WITH due AS (SELECT u.job, u.number FROM aiovonage_job j JOIN aiovonage_unit u ON u.job = j.id "
        "WHERE j.state = 'running' AND j.account = %(account)s AND (j.origin IS NULL OR j.origin = %(origin)s) "
        "AND NOT u.done AND u.phase <= j.phase AND u.due <= clock_timestamp() AND u.lease_until <= clock_timestamp() "
        f"{condition} ORDER BY u.lease_until > '-infinity' DESC, u.kind DESC, u.job, u.number LIMIT %(limit)s "
        "FOR UPDATE OF u SKIP LOCKED) "
        "UPDATE aiovonage_unit u SET token = token + 1, worker = %(worker)s, "
        "lease_until = clock_timestamp() + make_interval(secs => %(lease)s) FROM due "
        "WHERE u.job = due.job AND u.number = due.number "
        "RETURNING u.job, u.number, kind, first, last, target, wait, failures, token",
        {
            "account": ask.account,
            "origin": ask.origin,
            "worker": ask.worker,
            "lease": ask.lease,
            "limit": ask.limit,
            "only_job": ask.job,
            "unit_job": ask.unit[0] if ask.unit else None,
            "unit_number": ask.unit[1] if ask.unit else None,
        },
    )
    return [Unit(*row)._replace(kind=Kind(row[2])) for row in found]


async def bind(line: Line, job: int, origin: str) -> bool:
    values = {"job": job, "origin": origin}
    await line.rows("UPDATE aiovonage_job SET origin = %(origin)s WHERE id = %(job)s AND origin IS NULL", values)
    query = "SELECT count(*) FROM aiovonage_job WHERE id = %(job)s AND origin = %(origin)s"
    return await line.yes(query, values)


async def renew(line: Line, units: Sequence[Unit], pulse: Pulse) -> dict[tuple[int, int], State]:
    found = await line.rows(
        "WITH beat AS (INSERT INTO aiovonage_worker VALUES (%(worker)s, %(account)s, clock_timestamp(), %(outcomes)s, "
        "%(paused)s, %(error)s) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, outcomes = excluded.outcomes, "
        "paused = excluded.paused, error = excluded.error), "
        "dead AS (DELETE FROM aiovonage_worker WHERE seen < clock_timestamp() - interval '1 day' "
        "AND name <> %(worker)s) "
        "UPDATE aiovonage_unit u SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s) "
        "FROM unnest(%(jobs)s::bigint[], %(numbers)s::int[], %(tokens)s::bigint[]) AS h(job, number, token), "
        "aiovonage_job j WHERE u.job = h.job AND u.number = h.number AND u.token = h.token AND NOT u.done "
        "AND u.lease_until > clock_timestamp() AND j.id = u.job RETURNING u.job, u.number, j.state",
        {
            "worker": pulse.worker,
            "account": pulse.account,
            "outcomes": pulse.outcomes,
            "paused": pulse.paused,
            "error": pulse.error,
            "lease": pulse.lease,
            "jobs": [unit.job for unit in units],
            "numbers": [unit.number for unit in units],
            "tokens": [unit.token for unit in units],
        },
    )
    return {(job, number): State(state) for job, number, state in found}


async def release(
    line: Line, unit: Unit, done: bool, due: float | None, wait: float, failures: int, error: str | None
) -> bool:
    return bool(
        await line.rows(
            "UPDATE aiovonage_unit SET lease_until = '-infinity', done = %(done)s, "
            "due = clock_timestamp() + make_interval(secs => %(due)s::float8), wait = %(wait)s, "
            "failures = %(failures)s, error = %(error)s WHERE job = %(job)s AND number = %(unit)s "
            "AND token = %(token)s AND NOT done AND lease_until > clock_timestamp() RETURNING 1",
            {**_fenced(unit), "done": done, "due": due, "wait": wait, "failures": failures, "error": error},
        )
    )


_LEFT = "EXISTS (SELECT 1 FROM aiovonage_unit u WHERE u.job = j.id AND NOT u.done AND u.kind <> 1{more})"
_LEFT_IN_PHASE = _LEFT.format(more=" AND u.phase <= j.phase")
_LEFT_AT_ALL = _LEFT.format(more="")
_FOLLOWED = "EXISTS (SELECT 1 FROM aiovonage_number n WHERE n.job = u.job AND n.target = u.target AND n.followed)"
_RUNNING = "j.account = %(account)s AND j.state = 'running'"
"""Restricted to the worker's account: each worker polls every second, and there may be a thousand accounts."""
_OPEN_LOOKS = f"u.kind = 1 AND NOT u.done AND u.job = j.id AND {_RUNNING}"

_PHASE_IS_OVER = f"{_RUNNING} AND NOT {_LEFT_IN_PHASE} AND {_LEFT_AT_ALL}"
_ALL_SENT = f"{_RUNNING} AND j.sent_at IS NULL AND NOT {_LEFT_AT_ALL}"
_ASLEEP = f"{_OPEN_LOOKS} AND u.due IS NULL AND (u.first_look > 0 OR j.sent_at IS NOT NULL) AND {_FOLLOWED}"
_NOTHING_FOLLOWED = (
    f"{_OPEN_LOOKS} AND j.sent_at IS NOT NULL AND u.lease_until <= clock_timestamp() AND NOT {_FOLLOWED}"
)
_IS_DONE = (
    f"{_RUNNING} AND j.sent_at IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM aiovonage_unit u WHERE u.job = j.id AND NOT u.done)"
)
_ANYTHING = (
    f"SELECT EXISTS (SELECT 1 FROM aiovonage_job j WHERE ({_PHASE_IS_OVER}) OR ({_ALL_SENT}) OR ({_IS_DONE})) "
    f"OR EXISTS (SELECT 1 FROM aiovonage_unit u, aiovonage_job j WHERE ({_ASLEEP}) OR ({_NOTHING_FOLLOWED}))"
)
_EARLY = "(CASE WHEN j.sent_at IS NULL THEN %(early)s::float8 ELSE u.first_look END)"


async def advance(line: Line, account: str, while_sending: float) -> None:
    # Each statement is idempotent, so any number of workers may run them at once.
    values = {"account": account, "early": while_sending}
    if not await line.yes(_ANYTHING, values):
        return
    await line.rows(f"UPDATE aiovonage_job j SET phase = phase + 1 WHERE {_PHASE_IS_OVER}", values)
    await line.rows(
        f"WITH sent AS (UPDATE aiovonage_job j SET sent_at = clock_timestamp() WHERE {_ALL_SENT} RETURNING id) "
        "UPDATE aiovonage_unit u SET due = clock_timestamp() + make_interval(secs => u.first_look), "
        "wait = u.first_look FROM sent WHERE u.job = sent.id AND u.kind = 1 AND NOT u.done",
        values,
    )
    await line.rows(
        f"UPDATE aiovonage_unit u SET wait = {_EARLY}, due = clock_timestamp() + make_interval(secs => {_EARLY}) "
        f"FROM aiovonage_job j WHERE {_ASLEEP}",
        values,
    )
    await line.rows(f"UPDATE aiovonage_unit u SET done = true FROM aiovonage_job j WHERE {_NOTHING_FOLLOWED}", values)
    await line.rows(
        f"UPDATE aiovonage_job j SET state = 'done', reason = NULL, finished_at = clock_timestamp() WHERE {_IS_DONE}",
        values,
    )


async def open_rows(line: Line, unit: Unit) -> list[Row]:
    found = await line.rows(
        "SELECT position, number, target, status FROM aiovonage_number WHERE job = %s AND position BETWEEN %s AND %s "
        "AND status IN (0, -1) ORDER BY position",
        (unit.job, unit.first, unit.last),
    )
    return [Row(*row) for row in found]


async def mark_sent(line: Line, unit: Unit, positions: Sequence[int]) -> bool:
    return await line.yes(
        f"{_FENCE}, sent AS (UPDATE aiovonage_number n SET status = -1 FROM fence WHERE n.job = %(job)s "
        "AND n.position = ANY(%(positions)s::bigint[]) AND n.status = 0) SELECT count(*) FROM fence",
        {**_fenced(unit), "positions": list(positions)},
    )


_UNDECIDED = "n.status IN (0, -1)"
"""An outcome that is written twice, as when the response to a commit was lost, counts once."""


async def record(line: Line, unit: Unit, results: Sequence[Result]) -> bool:
    following = unit.kind is Kind.FOLLOW
    # The arrays are repeated here so that the plan is an index scan with constants, whatever the statistics say.
    which = (
        "n.target = %(target)s AND n.number = ANY(%(numbers)s::bigint[]) AND n.number = new.number AND n.followed"
        if following
        else f"n.position = ANY(%(positions)s::bigint[]) AND n.position = new.position AND {_UNDECIDED}"
    )
    fewer = " UNION ALL SELECT -2, '', -count(*) FROM changed HAVING count(*) > 0" if following else ""
    return await line.yes(
        f"{_FENCE}, new AS (SELECT * FROM unnest(%(positions)s::bigint[], %(numbers)s::bigint[], %(targets)s::int[], "
        "%(statuses)s::smallint[], %(words)s::text[], %(problems)s::text[], %(reasons)s::text[], "
        "%(accepted)s::boolean[]) AS n(position, number, target, status, word, problem, reason, accepted)), "
        "changed AS (UPDATE aiovonage_number n SET status = new.status, "
        "followed = CASE WHEN new.status = -2 THEN true END, word = coalesce(new.word, n.word), "
        "problem = new.problem, since = coalesce(n.since, CASE WHEN new.accepted THEN clock_timestamp() END) "
        f"FROM new, fence WHERE n.job = %(job)s AND {which} RETURNING new.status, new.reason), "
        "tallied AS (INSERT INTO aiovonage_tally SELECT fence.job, fence.number, c.status, c.reason, c.count "
        "FROM fence, (SELECT status, reason, count(*) AS count FROM changed GROUP BY status, reason"
        f"{fewer}) c ON CONFLICT (job, unit, status, reason) "
        "DO UPDATE SET count = aiovonage_tally.count + excluded.count) SELECT count(*) FROM fence",
        {
            **_fenced(unit),
            "target": unit.target,
            "positions": [result.position for result in results],
            "numbers": [result.number for result in results],
            "targets": [result.target for result in results],
            "statuses": [result.status for result in results],
            "words": [result.word for result in results],
            "problems": [result.problem for result in results],
            "reasons": [result.reason for result in results],
            "accepted": [result.accepted for result in results],
        },
    )


_FOLLOWED_HERE = "FROM aiovonage_number WHERE job = %(job)s AND target = %(target)s AND followed"


async def followed_count(line: Line, unit: Unit) -> int:
    found = await line.rows(f"SELECT count(*) {_FOLLOWED_HERE}", {"job": unit.job, "target": unit.target})
    return int(found[0][0])


async def followed_among(line: Line, unit: Unit, numbers: Iterable[int]) -> list[FollowedRow]:
    return await _followed(line, unit, "AND number = ANY(%(numbers)s::bigint[])", numbers=list(numbers))


async def followed_after(line: Line, unit: Unit, number: int, limit: int) -> list[FollowedRow]:
    return await _followed(
        line, unit, "AND number > %(number)s ORDER BY number LIMIT %(limit)s", number=number, limit=limit
    )


async def _followed(line: Line, unit: Unit, condition: str, **arguments: object) -> list[FollowedRow]:
    found = await line.rows(
        f"SELECT number, extract(epoch FROM clock_timestamp() - since)::float8, word {_FOLLOWED_HERE} {condition}",
        {"job": unit.job, "target": unit.target, **arguments},
    )
    return [FollowedRow(*row) for row in found]


async def accepted_first(line: Line, unit: Unit) -> float | None:
    found = await line.rows(
        f"SELECT extract(epoch FROM clock_timestamp() - min(since))::float8 {_FOLLOWED_HERE}",
        {"job": unit.job, "target": unit.target},
    )
    return None if found[0][0] is None else float(found[0][0])


async def begin_list(line: Line, unit: Unit) -> bool:
    return await line.yes(
        f"{_FENCE}, gone AS (DELETE FROM aiovonage_listed l USING fence WHERE l.job = fence.job) "
        "SELECT count(*) FROM fence",
        _fenced(unit),
    )


async def keep_listed(line: Line, unit: Unit, words: Mapping[int, str | None]) -> bool:
    return await line.yes(
        f"{_FENCE}, kept AS (INSERT INTO aiovonage_listed SELECT fence.job, l.number, l.word "
        "FROM fence, unnest(%(numbers)s::bigint[], %(words)s::text[]) AS l(number, word) "
        "ON CONFLICT (job, number) DO UPDATE SET word = excluded.word) SELECT count(*) FROM fence",
        {**_fenced(unit), "numbers": list(words), "words": list(words.values())},
    )


async def listed(line: Line, job: int, numbers: Iterable[int]) -> dict[int, str | None]:
    query = "SELECT number, word FROM aiovonage_listed WHERE job = %s AND number = ANY(%s::bigint[])"
    return dict(await line.rows(query, (job, list(numbers))))


async def plan_removals(line: Line, unit: Unit, target: Target, leaving: Sequence[str], chunk: int) -> bool:
    return await line.yes(
        f"{_FENCE}, job AS (SELECT j.id, j.total, (SELECT max(id) + 1 FROM aiovonage_target WHERE job = j.id) "
        "AS target, (SELECT max(number) FROM aiovonage_unit WHERE job = j.id) AS units "
        "FROM aiovonage_job j JOIN fence ON fence.job = j.id), "
        # EXCEPT sorts or hashes, whatever the statistics say about a new job.
        "unwanted AS (SELECT number, row_number() OVER (ORDER BY number) AS nth FROM (SELECT number "
        "FROM aiovonage_listed WHERE job = %(job)s AND upper(coalesce(word, '')) <> ALL(%(leaving)s) EXCEPT "
        "SELECT number FROM aiovonage_number WHERE job = %(job)s) l), "
        "removed AS (INSERT INTO aiovonage_number (job, position, number, target, status) "
        "SELECT job.id, job.total + nth, unwanted.number, job.target, 0 FROM unwanted, job), "
        "size AS (SELECT count(*) AS added FROM unwanted), "
        "place AS (INSERT INTO aiovonage_target SELECT id, target, %(brand)s, %(campaign)s, '', '[]', %(action)s "
        "FROM job), "
        "grown AS (UPDATE aiovonage_job j SET total = j.total + added FROM job, size WHERE j.id = job.id), "
        "sends AS (INSERT INTO aiovonage_unit (job, number, kind, phase, first, last, due) "
        "SELECT id, units + 1 + n, 0, %(phase)s, total + 1 + n * %(chunk)s, "
        "least(total + (n + 1) * %(chunk)s, total + added), '-infinity' "
        "FROM job, size, generate_series(0, (added - 1) / %(chunk)s) AS n WHERE added > 0), "
        "looks AS (INSERT INTO aiovonage_unit (job, number, kind, target) "
        "SELECT id, units + 2 + (added - 1) / %(chunk)s, 1, target FROM job, size WHERE added > 0), "
        "ended AS (UPDATE aiovonage_unit u SET done = true, lease_until = '-infinity' FROM fence "
        "WHERE u.job = fence.job AND u.number = fence.number) SELECT count(*) FROM fence",
        {
            **_fenced(unit),
            "leaving": list(leaving),
            "brand": target.brand_id,
            "campaign": target.campaign_id,
            "action": target.action,
            "phase": REMOVING,
            "chunk": chunk,
        },
    )
