"""What a journal is of, who may use it, and journals that an older version has left."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aiovonage.bulk import Journal, JournalError, Status
from aiovonage.bulk._journal.file import CODES
from aiovonage.bulk._outcome import DISPLAY
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers

FORMAT_1 = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (number INTEGER PRIMARY KEY, status INTEGER NOT NULL, pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL, reported INTEGER NOT NULL);
CREATE TABLE invalid (given TEXT PRIMARY KEY, status INTEGER NOT NULL, pass INTEGER NOT NULL,
    repeats INTEGER NOT NULL, reported INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE problems (number INTEGER PRIMARY KEY, problem TEXT NOT NULL);
"""
PROBLEM = '{"type": null, "title": "Bad", "detail": null, "instance": null, "invalid_parameters": [], "extra": {}}'


def format_1(path: Path) -> None:
    """A journal as version 0.1 has left it: three linked, one rejected, one failed, two taken, one invalid."""
    database = sqlite3.connect(path)
    database.executescript(FORMAT_1)
    run = {"job": "link_numbers", "brand": BRAND, "campaign": CAMPAIGN, "country": "US", "format": "1", "pass": "1"}
    database.executemany("INSERT INTO run VALUES (?, ?)", run.items())
    for number, status in zip(numbers(7), (1, 1, 2, 4, 7, 0, 0), strict=True):
        database.execute("INSERT INTO numbers VALUES (?, ?, 1, 0, 0)", (int(number), status))
    database.execute("INSERT INTO problems VALUES (?, ?)", (int(numbers(4)[3]), PROBLEM))
    database.execute("INSERT INTO invalid VALUES ('hello', 5, 1, 0, 0)")
    database.commit()
    database.close()


def modes_in(folder: Path) -> dict[str, int]:
    """The permissions of each file."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def copy_all(folder: Path, pattern: str, to: Path) -> None:
    """Copy files as they are."""
    for file in folder.glob(pattern):
        shutil.copy(file, to / file.name)


def test_a_journal_of_format_1_is_read_for_what_it_claimed(tmp_path: Path) -> None:
    format_1(tmp_path / "links.db")
    found = {o.number: o for o in Journal(tmp_path / "links.db")}
    # Its `linked` said that the API had taken the number, whatever the carriers decided.
    expected = ["accepted", "accepted", "accepted", "rejected", "failed"]
    assert [str(found[number].status) for number in numbers(5)] == expected
    assert found[numbers(4)[3]].problem is not None
    assert str(found["hello"].status) == "invalid"
    assert found[numbers(1)[0]].campaign_id == CAMPAIGN


@pytest.mark.usefixtures("soon")
async def test_a_journal_of_format_1_goes_on(tmp_path: Path) -> None:
    format_1(tmp_path / "links.db")
    campaign = Campaign()
    campaign.linked.update(numbers(6))
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, [*numbers(9), "hello"], journal=tmp_path / "links.db")
        found = {o.number: str(o.status) async for o in run}
    assert found == dict.fromkeys(numbers(9)[5:], "linked")
    assert set(campaign.posts) == set(numbers(9)[6:])
    assert run.summary.total == 10
    assert Journal(tmp_path / "links.db").run["account"] == "key"


async def test_a_journal_of_format_1_of_another_campaign_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    format_1(tmp_path / "links.db")
    async with Campaign().client() as vonage:
        with pytest.raises(JournalError, match="COTHER1"):
            await vonage.bulk.link_numbers(BRAND, "COTHER1", numbers(3), journal=tmp_path / "links.db")
    assert len(list(Journal(tmp_path / "links.db"))) == 6


@pytest.mark.parametrize("other", [{"base_url": "http://127.0.0.1:8080"}, {"api_key": "another"}])
async def test_a_journal_of_another_server_or_account_is_refused_naming_both(
    other: dict[str, str], tmp_path: Path
) -> None:
    journal = tmp_path / "links.db"
    trial, production = Campaign(), Campaign()
    async with trial.client(**other) as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5), journal=journal)
    async with production.client() as vonage:
        with pytest.raises(JournalError) as refused:
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5), journal=journal)
        for word in (*other.values(), "https://api-eu.vonage.com", "key"):
            assert word in str(refused.value)
        assert not production.requests


async def test_the_country_of_a_journal_is_compared_without_regard_to_case(tmp_path: Path) -> None:
    async with Campaign().client() as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=tmp_path / "links.db", country="us")
        summary = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(4), journal=tmp_path / "links.db")
    assert (summary.ok, summary.total) == (True, 4)


@pytest.mark.parametrize("path", ["", ":memory:", "file:links.db?mode=memory", "."])
async def test_what_is_not_the_path_of_a_file_is_not_a_journal(path: str) -> None:
    async with Campaign().client() as vonage:
        with pytest.raises(JournalError, match="file"):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=path)
        with pytest.raises(JournalError):
            Journal(path)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    campaign = Campaign()
    async with campaign.client() as vonage:
        with pytest.raises(JournalError, match="no-such-folder"):
            await vonage.bulk.link_numbers(
                BRAND, CAMPAIGN, numbers(3), journal=tmp_path / "no-such-folder" / "links.db"
            )
        with pytest.raises(JournalError, match="folder"):
            await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=tmp_path)
    assert not campaign.requests


def test_every_status_has_a_code_of_its_own_and_a_place_in_tables() -> None:
    assert set(CODES) == set(Status)
    assert len(set(CODES.values())) == len(CODES)
    assert sorted(DISPLAY) == sorted(Status)


async def test_a_status_of_a_newer_version_is_a_journal_error(tmp_path: Path) -> None:
    async with Campaign().client() as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(3), journal=tmp_path / "links.db")
    database = sqlite3.connect(tmp_path / "links.db")
    database.execute("UPDATE numbers SET status = 99")
    database.commit()
    database.close()
    with pytest.raises(JournalError, match="newer version"):
        list(Journal(tmp_path / "links.db"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_a_journal_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        async with Campaign().client() as vonage:
            async for _ in vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(100), journal=tmp_path / "links.db"):
                modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    assert "links.db" in modes
    assert set(modes.values()) == {0o600}


READ = "import sys; from aiovonage.bulk import Journal; print(sum(1 for _ in Journal(sys.argv[1])))"


async def test_a_journal_can_be_read_and_copied_while_its_run_is_under_way(tmp_path: Path) -> None:
    """A copy drops SQLite's locks, which are the process's; then another process reads, and the run is killed."""
    campaign, journal = Campaign(), tmp_path / "links.db"
    told: list[str] = []
    async with campaign.client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2000), journal=journal, concurrency=8)
        async for outcome in run:
            told.append(outcome.number)
            if len(told) == 300:
                shutil.copy(journal, tmp_path / "backup.db")
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", READ, str(journal), stdout=subprocess.PIPE
                )
                assert int((await process.communicate())[0]) >= 300
                other = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5), journal=journal)
                with pytest.raises(JournalError, match="in use by another run"):
                    await other
            if len(told) == 900:
                break
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        copy_all(tmp_path, "links.db*", crashed)
        again = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(2000), journal=crashed / "links.db")
        rest = [o.number async for o in again]
    assert not set(told) & set(rest)
    assert (again.summary.ok, again.summary.total) == (True, 2000)
    assert set(campaign.posts.values()) == {1}


@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_journal_that_is_deleted_or_replaced_ends_the_run(how: str, tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    async with Campaign().client() as vonage:
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(5000), journal=journal, concurrency=4)
        with pytest.raises(JournalError, match="deleted or replaced"):
            async for _ in run:
                if journal.exists() and run.summary.done > 100:
                    journal.rename(tmp_path / "moved.db")
                    if how == "replaced":
                        shutil.copy(tmp_path / "moved.db", journal)
    assert run.summary.pending > 0


async def test_outcomes_of_some_numbers_are_found_in_a_journal(tmp_path: Path) -> None:
    campaign = Campaign()
    campaign.refused.add(numbers(2)[1])
    async with campaign.client() as vonage:
        await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(50), journal=tmp_path / "links.db")
    journal = Journal(tmp_path / "links.db")
    found = journal.outcomes_of([int(number) for number in [*numbers(2), "13055550000"]])
    assert {number: str(o.status) for number, o in found.items()} == {
        int(numbers(1)[0]): "linked",
        int(numbers(2)[1]): "rejected",
    }
    assert journal.outcomes_of([int(numbers(1)[0])], BRAND, "COTHER1") == {}


@pytest.mark.usefixtures("soon")
async def test_refused_numbers_are_taken_up_again_if_that_is_asked(tmp_path: Path) -> None:
    campaign = Campaign()
    campaign.refused.update(numbers(10)[:4])
    async with campaign.client() as vonage:
        first = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "links.db")
        assert first.rejected == 4
        same = await vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "links.db")
        assert (same.rejected, same.finished) == (4, 0)
        campaign.refused.clear()
        again = vonage.bulk.link_numbers(
            BRAND, CAMPAIGN, numbers(10), journal=tmp_path / "links.db", retry=["rejected"]
        )
        assert {o.number async for o in again} == set(numbers(4))
    assert Counter(str(o.status) for o in Journal(tmp_path / "links.db")) == {"linked": 10}
