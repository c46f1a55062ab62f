"""Exactness while workers are killed and frozen and the database restarts.

Larger with the environment: STORM_NUMBERS, STORM_WORKERS, STORM_KILLS, STORM_FREEZES, STORM_RESTARTS, STORM_SEED.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import started
from tests.jobs.storm import Account, Weather, storm
from tests.services import pgbouncer, restartable_postgres


def weather() -> Weather:
    names = ("numbers", "workers", "kills", "freezes", "restarts", "seed")
    asked = {name: int(os.environ[key]) for name in names if (key := f"STORM_{name.upper()}") in os.environ}
    return Weather(**asked)  # type: ignore[arg-type]


def check(account: Account, asked: Weather) -> None:
    """Journal, world and input agree."""
    assert account.killed + account.frozen > 0, "the numbers were done before the storm began"
    assert account.status.pending == account.status.following == 0
    assert len(account.outcomes) == account.status.done == asked.numbers
    assert account.wrong == 0
    assert len(account.processed) == asked.numbers
    assert account.sent_twice == 0
    assert account.reported_twice == 0
    assert sum(account.reported.values()) == asked.numbers


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_storm_on_postgres_changes_no_outcome_and_sends_nothing_twice() -> None:
    asked = weather()
    with started(restartable_postgres) as server:
        check(await storm(server.url, asked, restart=server.restart), asked)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_storm_through_pgbouncer_changes_nothing_either() -> None:
    asked = weather()
    with started(restartable_postgres) as server, started(lambda: pgbouncer(server)) as dsn:
        check(await storm(dsn, asked, restart=server.restart), asked)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_storm_on_sqlite_changes_no_outcome_and_sends_nothing_twice(tmp_path: Path) -> None:
    asked = weather()
    check(await storm(str(tmp_path / "jobs.db"), asked), asked)
