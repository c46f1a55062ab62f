"""Journals that are damaged, and disks that are full."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from aiovonage._problem import Problem
from aiovonage.bulk import Journal, JournalError, LinkOutcome, Status
from aiovonage.bulk._journal import file
from aiovonage.bulk._journal.writer import Claim, JournalWriter
from aiovonage.bulk._targets import Target
from tests.bulk.campaign import BRAND, CAMPAIGN, Campaign, numbers
from tests.rounds import rounds
from tests.virtual_time import in_virtual_time

RUN = {
    "job": "link_numbers",
    "brand": BRAND,
    "campaign": CAMPAIGN,
    "country": "US",
    "origin": "https://api-eu.vonage.com",
    "account": "key",
}
TARGET = Target(BRAND, CAMPAIGN, "US")
COUNT, DONE = 2400, 1600
STATUSES = (Status.LINKED, Status.REJECTED, Status.ALREADY_LINKED, Status.CONFLICT, Status.FAILED)
TRUTH = {number: STATUSES[int(number) % 5] for number in numbers(COUNT)}
TORN = settings(max_examples=int(os.environ.get("TORN_JOURNALS", rounds(60))), suppress_health_check=list(HealthCheck))


def outcome(number: str) -> LinkOutcome:
    """The one outcome that a number can have."""
    status = TRUTH[number]
    problem = None if status == Status.LINKED else Problem(title=str(status), detail=number)
    return LinkOutcome(number, status, problem, brand_id=BRAND, campaign_id=CAMPAIGN)


def claim(writer: JournalWriter, given: list[str]) -> list[Claim]:
    """Take numbers."""
    return [claimed.claim for claimed in writer.claim([(number, TARGET) for number in given])]


def record(writer: JournalWriter, given: list[str]) -> None:
    """Write the outcomes of numbers down."""
    writer.record([(outcome(number), TARGET) for number in given], told=True, now=1.0)


class Files(NamedTuple):
    """What a killed run has left: the database and its log of what is not in it yet."""

    database: bytes
    wal: bytes


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    """What runs left that were killed before, shortly after and long after SQLite had moved its log into the file."""
    found = []
    for checkpoint in (None, 20, 39):
        path = tmp_path_factory.mktemp("journals") / "run.db"
        writer = JournalWriter(path, RUN)
        for batch in range(40):
            claim(writer, numbers(COUNT)[60 * batch : 60 * batch + 60])
            record(writer, numbers(DONE)[40 * batch : 40 * batch + 40])
            if batch == checkpoint:
                writer._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        found.append(Files(path.read_bytes(), path.with_name("run.db-wal").read_bytes()))
        writer.close()
    assert found[0].wal
    return found


@TORN
@given(which=st.integers(0, 2), database=st.floats(0, 1), wal=st.floats(0, 1), whole=st.sampled_from(["", "db", "wal"]))
@example(which=0, database=1.0, wal=1.0, whole="")
@example(which=1, database=0.0, wal=1.0, whole="")
@example(which=2, database=1.0, wal=0.0, whole="")
def test_a_torn_journal_is_resumed_or_refused_and_never_lies(
    left: list[Files],
    tmp_path_factory: pytest.TempPathFactory,
    which: int,
    database: float,
    wal: float,
    whole: str,
) -> None:
    files = left[which]
    path = tmp_path_factory.mktemp("torn") / "run.db"
    kept = files.database if whole == "db" else files.database[: round(database * len(files.database))]
    log = files.wal if whole == "wal" else files.wal[: round(wal * len(files.wal))]
    path.write_bytes(kept)
    path.with_name("run.db-wal").write_bytes(log)
    try:
        try:
            writer = JournalWriter(path, RUN)
        except JournalError as refusal:
            assert "run.db" in str(refusal)
            event("refused")
            return
        assert kept or not log, "the run would begin anew, as if it had never been"
        try:
            claims = dict(zip(numbers(COUNT), claim(writer, numbers(COUNT)), strict=True))
            skipped = {number for number, found in claims.items() if found is Claim.SKIP}
            assert skipped <= set(numbers(DONE))
            record(writer, [number for number, found in claims.items() if found is not Claim.SKIP])
        except JournalError:
            event("refused later")
            return
        finally:
            writer.close()
        event("resumed with nothing" if not skipped else "resumed")
        found = list(Journal(path))
        assert Counter(o.number for o in found) == Counter(numbers(COUNT))
        assert all(o == outcome(o.number) for o in found)
    finally:
        shutil.rmtree(path.parent)


@pytest.mark.parametrize("pages", [3, 9, 30])
@in_virtual_time
async def test_a_full_disk_stops_the_run_and_loses_nothing(
    pages: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = file.open_file

    def small(path: Path) -> sqlite3.Connection:
        database = opened(path)
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    campaign, path, given_ = Campaign(), tmp_path / "links.db", numbers(2000)
    campaign.refused = set(given_[::10])  # problems take room
    reported: list[LinkOutcome] = []
    async with campaign.client() as vonage:
        monkeypatch.setattr(file, "open_file", small)
        run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, given_, journal=path)
        with pytest.raises(JournalError, match=r"links\.db.*full"):
            async for found in run:
                reported.append(found)  # noqa: PERF401 - those before the error count
        monkeypatch.setattr(file, "open_file", opened)
        if path.stat().st_size:
            written = {o.number: o for o in Journal(path)} if pages > 3 else {}
            assert {o.number for o in reported} <= set(written)
            assert all(written[o.number] == o for o in reported)
        assert campaign.linked <= set(given_)
        reported += [o async for o in vonage.bulk.link_numbers(BRAND, CAMPAIGN, given_, journal=path)]
    assert Counter(o.number for o in reported).most_common(1)[0][1] == 1
    assert {o.number: str(o.status) for o in Journal(path)} == {
        number: "rejected" if number in campaign.refused else "linked" for number in given_
    }
    assert {count for number, count in campaign.posts.items() if number not in campaign.refused} == {1}
