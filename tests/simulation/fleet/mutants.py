"""Workers that are broken on purpose. An oracle that misses one of them would miss the same fault in the real ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import attrs

from aiovonage.bulk._journal.file import transaction
from aiovonage.bulk._journal.writer import Claim, Claimed
from aiovonage.jobs._lease import Lease
from aiovonage.jobs._ledger import UnitLedger
from aiovonage.jobs._sqlite import work
from aiovonage.jobs._store import Ask, Unit

Broken = Callable[[], AbstractContextManager[object]]


@contextmanager
def without_fencing() -> Iterator[None]:
    """Neither what is written nor what is sent asks whether the lease is still held."""

    @contextmanager
    def unfenced(database: sqlite3.Connection, unit: Unit) -> Iterator[None]:
        with transaction(database):
            yield

    with patch.object(work, "_fenced", unfenced), sending_after_its_lease():
        yield


@contextmanager
def sending_after_its_lease() -> Iterator[None]:
    """A worker that was frozen sends what it was about to send."""
    with patch.object(Lease, "check", lambda self: None):
        yield


@contextmanager
def sending_without_asking() -> Iterator[None]:
    """What a dead worker may have sent is sent again."""
    claim = UnitLedger.claim

    async def hasty(self: UnitLedger, rows: Sequence[Any]) -> list[Claimed]:
        return [attrs.evolve(one, claim=Claim.SEND) for one in await claim(self, rows)]

    with patch.object(UnitLedger, "claim", hasty):
        yield


@contextmanager
def sending_before_writing() -> Iterator[None]:
    """What is sent is not written down first."""
    with patch.object(work, "mark_sent", lambda *_: True):
        yield


@contextmanager
def taking_what_others_hold() -> Iterator[None]:
    """A worker takes a chunk though another one has a lease on it."""
    take = work.take

    def greedy(database: sqlite3.Connection, ask: Ask) -> list[Unit]:
        database.execute("UPDATE unit SET lease_until = 0 WHERE NOT done")
        return take(database, ask)

    with patch.object(work, "take", greedy):
        yield


@contextmanager
def leaving_what_is_orphaned() -> Iterator[None]:
    """Nobody takes over from dead workers."""
    take = work.take

    def timid(database: sqlite3.Connection, ask: Ask) -> list[Unit]:
        orphans = database.execute("SELECT job, number, lease_until FROM unit WHERE lease_until > 0").fetchall()
        for job, number, _ in orphans:
            database.execute("UPDATE unit SET lease_until = 9e9 WHERE job = ? AND number = ?", (job, number))
        taken = take(database, ask)
        for job, number, lease_until in orphans:
            values = (lease_until, job, number)
            database.execute("UPDATE unit SET lease_until = ? WHERE job = ? AND number = ?", values)
        return taken

    with patch.object(work, "take", timid):
        yield


@contextmanager
def forgetting_an_outcome() -> Iterator[None]:
    """A worker calls a chunk done before its last outcome is written."""
    record = work.record

    def forgetful(database: sqlite3.Connection, unit: Unit, results: Sequence[Any]) -> bool:
        return record(database, unit, results[1:])

    with patch.object(work, "record", forgetful):
        yield


MUTANTS: tuple[Broken, ...] = (
    without_fencing,
    sending_after_its_lease,
    sending_without_asking,
    sending_before_writing,
    taking_what_others_hold,
    leaving_what_is_orphaned,
    forgetting_an_outcome,
)
