"""A store that cannot be used: each error says what is wrong and what to do, and shows no password."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from pathlib import Path
from typing import Any

import pytest

from aiovonage import ConfigurationError
from aiovonage.jobs import Jobs, JobsError, LinkNumbers, StoreUnavailable
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers
from tests.services import free_port

LINK = LinkNumbers(BRAND, CAMPAIGN, account="key")
SECRET = "pa55w0rd"


def shown(error: BaseException) -> str:
    """What may be logged of an error: its message, and the locals of the frames that are not this file's."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    return str(error) + "".join(str(frame.locals) for frame in frames if frame.filename != __file__)


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("", "empty"),
        (":memory:", "must outlive the process"),
        (f"mysql://user:{SECRET}@host/db", "not at mysql://"),
        (f"postgresql://user:{SECRET}@host/db?nonsense=1", "not a valid postgresql:// URL"),
    ],
)
def test_what_is_no_store_is_refused_at_once(store: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        Jobs(store)
    assert SECRET not in shown(refused.value)


def test_a_password_is_never_shown() -> None:
    jobs = Jobs(f"postgresql://user:{SECRET}@host:5432/db")
    assert SECRET not in repr(jobs)
    assert jobs.name == "postgresql://host:5432/db"


async def test_a_database_that_is_not_there_is_tried_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage.jobs._jobs.TRIES", 2)
    jobs = Jobs(f"postgresql://user:{SECRET}@127.0.0.1:{free_port()}/db")
    with pytest.raises(StoreUnavailable, match="cannot be reached") as refused:
        await jobs.list()
    assert SECRET not in shown(refused.value)


async def test_a_wrong_database_name_says_what_to_check(postgres_url: str) -> None:
    jobs = Jobs(postgres_url.rpartition("/")[0] + "/nothing")
    with pytest.raises(JobsError, match="Check the host, the database, the user and the password"):
        await jobs.list()


async def test_a_database_without_tables_names_the_command_that_makes_them(postgres_dsn: str) -> None:
    jobs = Jobs(postgres_dsn, account="key")
    for call in (jobs.list(), jobs.status(1), jobs.submit(LINK, numbers(1))):
        with pytest.raises(JobsError, match="aiovonage jobs migrate"):
            await call
    async with Campaign().client() as vonage:
        with pytest.raises(JobsError, match="aiovonage jobs migrate"):
            await asyncio.wait_for(jobs.work(vonage, drain=True), 20)


async def test_tables_of_a_newer_version_are_left_alone(postgres_dsn: str) -> None:
    jobs = Jobs(postgres_dsn)
    await jobs.migrate()
    _execute(postgres_dsn, "UPDATE aiovonage_jobs_schema SET version = 99")
    for call in (jobs.list(), jobs.migrate()):
        with pytest.raises(JobsError, match=r"newer aiovonage \(version 99.*Upgrade aiovonage"):
            await call


async def test_migrating_again_and_at_once_changes_nothing(postgres_dsn: str) -> None:
    jobs = Jobs(postgres_dsn)
    await asyncio.gather(*(jobs.migrate() for _ in range(3)))
    job = await jobs.submit(LINK, numbers(3))
    await jobs.migrate()
    assert (await jobs.status(job)).total == 3


async def test_missing_privileges_say_what_to_grant(postgres_dsn: str) -> None:
    await Jobs(postgres_dsn).migrate()
    _execute(postgres_dsn, "DROP ROLE IF EXISTS nobody_special", "CREATE ROLE nobody_special LOGIN")
    poor = Jobs(postgres_dsn.replace("postgres@", "nobody_special@"))
    with pytest.raises(JobsError, match="grant"):
        await poor.list()
    with pytest.raises(JobsError, match="grant"):
        await poor.submit(LINK, numbers(1))


async def test_a_job_is_part_of_the_callers_transaction(postgres_dsn: str) -> None:
    import psycopg

    jobs = Jobs(postgres_dsn)
    await jobs.migrate()
    async with await psycopg.AsyncConnection.connect(postgres_dsn) as connection:
        await connection.execute("CREATE TABLE mine (id int)")
        job = await jobs.submit(LINK, numbers(3), connection=connection)
        assert await jobs.list() == []
        await connection.rollback()
        assert await jobs.list() == []
        job = await jobs.submit(LINK, numbers(3), connection=connection)
        await connection.commit()
        assert await jobs.list() == [job]

        def broken() -> Any:
            yield from numbers(10)
            raise OSError("the disk is gone")

        await connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(OSError, match="the disk is gone"):
            await jobs.submit(LINK, broken(), connection=connection)
        await connection.commit()  # what the caller has done before is still good
        await connection.execute("SELECT * FROM mine")
    with pytest.raises(ConfigurationError, match="AsyncConnection"), psycopg.connect(postgres_dsn) as other:
        await jobs.submit(LINK, numbers(1), connection=other)  # type: ignore[arg-type]


async def test_statistics_of_other_jobs_do_not_make_a_job_slow(postgres_dsn: str) -> None:
    jobs = Jobs(postgres_dsn)
    await jobs.migrate()
    await jobs.submit(LINK, numbers(10_000))
    _execute(postgres_dsn, "ANALYZE")
    twice = [number for number in numbers(5_000) for _ in range(2)]
    job = await asyncio.wait_for(jobs.submit(LINK, twice), 60)  # a join planned for one row took two minutes
    assert (await jobs.status(job)).counts == {"duplicate": 5_000}


async def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mine (id INTEGER)")
    with pytest.raises(JobsError, match="an SQLite database of something else"):
        await Jobs(path).list()
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100)
    with pytest.raises(JobsError, match="not an SQLite database"):
        await Jobs(text).list()
    with pytest.raises(JobsError, match="is not a folder"):
        await Jobs(tmp_path / "missing" / "jobs.db").list()
    with pytest.raises(JobsError, match="it is a folder"):
        await Jobs(tmp_path).list()


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs.db")
    await jobs.list()
    with sqlite3.connect(tmp_path / "jobs.db") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(JobsError, match="Upgrade aiovonage"):
        await jobs.list()


async def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(tmp_path / "jobs.db", account="key")
    job = await jobs.submit(LINK, numbers(20))
    from aiovonage.jobs._sqlite import file

    original = file._open

    def small(path: Path) -> sqlite3.Connection:
        database = original(path)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(file, "_open", small)
    with pytest.raises(JobsError, match="make room"):
        await jobs.submit(LINK, numbers(20_000))
    monkeypatch.undo()
    assert await jobs.list() == [job]
    async with Campaign().client() as vonage:
        status = await jobs.work(vonage, job)
    assert status is not None
    assert status.counts == {"linked": 20}


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    asyncio.run(Jobs(tmp_path / "jobs.db").list())
    assert (tmp_path / "jobs.db").stat().st_mode & 0o077 == 0


def _execute(dsn: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
