"""Jobs in Postgres: what a number costs there, and how fast workers are beside one process with a SQLite journal.

    python -m benchmarks.fleet                      # all parts
    python -m benchmarks.fleet load --rows 1000000  # submits a job: rows a second, bytes, WAL
    python -m benchmarks.fleet poll                 # what looking for work costs, with 1,000 accounts
    python -m benchmarks.fleet work --numbers 20000 # 1, 2 and 4 workers, and one process with a journal, in one run

Postgres is that of the tests; it runs without fsync, so a disk adds its time to each commit. The server only answers,
in a process of its own. A figure of several processes says little on a machine with fewer cores than processes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

import attrs
import psycopg

from aiovonage import Vonage
from aiovonage.jobs import Jobs, LinkNumbers
from aiovonage.jobs._postgres.store import PostgresStore
from aiovonage.jobs._store import Ask, Pulse
from benchmarks.server import answering
from tests.services import postgres

ACCOUNT = ("abcd1234", "secret")
TARGET = LinkNumbers("BLQKOPK", "C1DEB879")
TABLES = ("number", "unit", "tally", "target", "job")
CONCURRENCY = 64
WORKERS = (1, 2, 4)
CHUNKS = 20
"""Chunks of a job of 10,000 numbers."""

_SIZES = (
    "SELECT pg_table_size(c.oid), pg_indexes_size(c.oid), n_tup_upd, n_tup_hot_upd, n_dead_tup "
    "FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.relname = %s"
)


def numbers_from(first: int, count: int) -> Iterator[str]:
    """Valid numbers, each once."""
    yield from (f"+{number}" for number in range(first, first + count))


class Database:
    """What a database says of itself.

    Args:
        dsn: The database.
    """

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._wal_before = self._wal()

    def wal(self) -> int:
        """Bytes of WAL since the last call."""
        now = self._wal()
        written, self._wal_before = now - self._wal_before, now
        return written

    def sizes(self, rows: int) -> None:
        """Print the sizes of all tables."""
        self._connection.execute("SELECT pg_stat_force_next_flush()")
        for table in TABLES:
            found = self._connection.execute(_SIZES, [f"aiovonage_{table}"]).fetchone()
            assert found is not None
            size, indexes, updates, hot, dead = found
            share = f", {hot / updates:4.0%} of {updates:,} updates HOT, {dead:,} dead rows" if updates else ""
            print(f"    {table:8}{size / rows:8.1f} + {indexes / rows:6.1f} (indexes) bytes for each number{share}")

    def run(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement)

    def _wal(self) -> int:
        found = self._connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        assert found is not None
        return int(found[0])


async def load(dsn: str, rows: int) -> None:
    """Submit one large job."""
    jobs = Jobs(dsn, account=ACCOUNT[0])
    await jobs.migrate()
    database = Database(dsn)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    job = await jobs.submit(TARGET, numbers_from(14155000000, rows))
    seconds = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"submitted {rows:,} numbers in {seconds:.1f} s: {rows / seconds:,.0f}/s, memory + {grown / 1024:.0f} MiB")
    print(f"    WAL {database.wal() / rows:.0f} bytes for each number")
    database.run("VACUUM ANALYZE")
    database.sizes(rows)
    looks = []
    for _ in range(20):
        began = time.perf_counter()
        await jobs.status(job)
        looks.append(time.perf_counter() - began)
    print(f"    status in {1000 * median(looks):.1f} ms, of which a part is the connection")


class Backend:
    """The process of Postgres that serves a store.

    Args:
        store: The store.
    """

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def show(self, words: str, ask: Callable[[], Awaitable[object]], times: int = 200) -> None:
        """Print what a call costs: milliseconds in the median, and of them those of Postgres's own CPU time."""
        ((pid,),) = await self._store._line.rows("SELECT pg_backend_pid()")
        waits: list[float] = []
        before = _cpu_seconds(pid)
        for _ in range(times):
            began = time.perf_counter()
            await ask()
            waits.append(time.perf_counter() - began)
        cpu = (_cpu_seconds(pid) - before) / times
        print(f"    {1000 * median(waits):6.2f} ms, {1000 * cpu:5.2f} ms CPU of Postgres {words}")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def poll(dsn: str, accounts: int) -> None:
    """What each worker asks the database each second, with as many chunks as ten million numbers have."""
    await Jobs(dsn).migrate()
    for index in range(accounts):
        jobs = Jobs(dsn, account=f"account-{index}")
        await jobs.submit(TARGET, numbers_from(14155000000, CHUNKS), chunk_size=1)
    Database(dsn).run("VACUUM ANALYZE")
    store = PostgresStore(dsn)
    ask = Ask(worker="w", account="account-7", origin="https://host", job=None, lease=60.0, limit=4)
    held = await store.take(ask)
    pulse = Pulse(worker="w", account="account-7", lease=60.0, outcomes=0, paused=0.0, error=None)
    print(f"{accounts:,} accounts with a job of {CHUNKS} chunks each, and a connection that is open:")
    backend = Backend(store)
    await backend.show("for the shortest question", lambda: store.find(1))
    await backend.show("to see whether a job goes on", lambda: store.advance(ask.account, 30.0))
    await backend.show("to find that nothing is due", lambda: store.take(attrs.evolve(ask, rescue=True)))
    await backend.show(f"to renew the leases on {len(held)} chunks", lambda: store.renew(held, pulse))
    await backend.show("for the sums of a job", lambda: store.tallies(1))
    await store.close()


async def one_process(url: str, numbers: int) -> float:
    """Numbers a second of `bulk.link_numbers` with a journal."""
    with tempfile.TemporaryDirectory() as folder:
        async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], base_url=url) as vonage:
            given = numbers_from(14155000000, numbers)
            began = time.perf_counter()
            journal = Path(folder) / "links.db"
            summary = await vonage.bulk.link_numbers(
                "BLQKOPK", "C1DEB879", given, concurrency=CONCURRENCY, journal=journal
            )
            seconds = time.perf_counter() - began
    assert summary.accepted == numbers, summary
    return numbers / seconds


async def worker(dsn: str, url: str, name: str) -> None:
    """A worker, in a process of its own: it begins when it is told to, and works until nothing is left."""
    async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], base_url=url) as vonage:
        await Jobs(dsn).list(limit=1)  # so that its modules are loaded
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await Jobs(dsn).work(vonage, drain=True, concurrency=CONCURRENCY, name=name)


async def workers(dsn: str, url: str, numbers: int, count: int, first: int) -> float:
    """Numbers a second of so many workers."""
    jobs = Jobs(dsn, account=ACCOUNT[0])
    job = await jobs.submit(TARGET, numbers_from(first, numbers))
    processes = []
    for index in range(count):
        command = (
            sys.executable,
            "-m",
            "benchmarks.fleet",
            "worker",
            "--dsn",
            dsn,
            "--url",
            url,
            "--name",
            f"w{index}",
        )
        pipe = asyncio.subprocess.PIPE
        processes.append(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await process.stdin.drain()
    async for _ in jobs.watch(job, interval=0.05):
        assert not all(process.returncode for process in processes), "the workers have failed"
    seconds = time.perf_counter() - began
    await asyncio.gather(*(process.wait() for process in processes))
    status = await jobs.status(job)
    assert status.accepted == numbers, status
    return numbers / seconds


async def work(dsn: str, numbers: int, rounds: int) -> None:
    """All contestants, in each round."""
    await Jobs(dsn).migrate()
    database = Database(dsn)
    found: dict[str, list[float]] = {}
    first = 14155000000
    with answering() as url:
        for _ in range(rounds):
            found.setdefault("one process with a SQLite journal", []).append(await one_process(url, numbers))
            for count in WORKERS:
                database.wal()
                first += numbers
                name = f"{count} worker{'s' * (count > 1)} on Postgres"
                found.setdefault(name, []).append(await workers(dsn, url, numbers, count, first))
                found.setdefault(f"WAL {count}", []).append(database.wal() / numbers)
    base = found["one process with a SQLite journal"]
    print(
        f"{numbers:,} numbers, {CONCURRENCY} requests at once for each worker, {os.cpu_count()} cores, {rounds} rounds"
    )
    for name, rates in found.items():
        if not name.startswith("WAL"):
            ratio = median(rate / beside for rate, beside in zip(rates, base, strict=True))
            print(f"    {name:36}{median(rates):8,.0f} numbers/s   {ratio:.2f}")
    wal = median(value for count in WORKERS for value in found[f"WAL {count}"])
    print(f"    WAL {wal:,.0f} bytes for each number, submission and work")
    database.sizes(numbers * len(WORKERS) * rounds)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["load", "poll", "work", "worker"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--numbers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dsn", default="", help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "worker":
        asyncio.run(worker(options.dsn, options.url, options.name))
        return
    if options.part in {None, "load"}:
        with postgres() as dsn:
            asyncio.run(load(dsn, options.rows))
    if options.part in {None, "poll"}:
        with postgres() as dsn:
            asyncio.run(poll(dsn, options.accounts))
    if options.part in {None, "work"}:
        with postgres() as dsn:
            asyncio.run(work(dsn, options.numbers, options.rounds))


if __name__ == "__main__":
    main()
