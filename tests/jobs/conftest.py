"""Stores of jobs: one suite for both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from aiovonage.jobs._worker import Worker

_databases = count()


@pytest.fixture
def postgres_dsn(postgres_url: str) -> Iterator[str]:
    """A database of its own, without tables."""
    import psycopg

    name = f"jobs_{time.time_ns()}_{next(_databases)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
async def dsn(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that is ready."""
    from aiovonage.jobs import Jobs

    if request.param == "sqlite":
        return str(tmp_path / "jobs.db")
    found: str = request.getfixturevalue("postgres_dsn")
    await Jobs(found).migrate()
    return found


@pytest.fixture
def quick(quick_follow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that look for work often, and the first look at what was accepted soon."""
    monkeypatch.setattr("aiovonage.jobs._worker.POLL", 0.05)
    monkeypatch.setattr("aiovonage.jobs._worker.BEAT", 0.1)
    # A look that was planned before the last number was sent was now and then still half a minute away.
    defaults = Worker.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "while_sending", 0.3)
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.0, 0.05, 0.1))
