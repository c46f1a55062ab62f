"""A storm: workers on one store, killed and frozen, while the database restarts; then everything is compared.

python -m tests.jobs.storm --numbers 20000 --kills 40 --freezes 20 --restarts 3 [--store sqlite] [--without-fence]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import attrs

from aiovonage.jobs import Job, Jobs, JobStatus, LinkNumbers, StoreUnavailable
from aiovonage.sandbox import Sandbox
from tests import services

T = TypeVar("T")

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"


@attrs.frozen(kw_only=True)
class Weather:
    """How bad it gets.

    Attributes:
        numbers: How many numbers there are.
        workers: How many workers.
        kills: How often one is killed (and another begins).
        freezes: How often one is stopped for longer than its lease, and goes on then.
        restarts: How often the database restarts.
        lease: Seconds that a lease lasts.
        seed: What is random in it.
        fenced: Whether statements check the lease.
        engine: Whether Procrastinate hands out the chunks.
    """

    numbers: int = 1500
    workers: int = 3
    kills: int = 3
    freezes: int = 2
    restarts: int = 1
    lease: float = 2.0
    seed: int = 1
    fenced: bool = True
    engine: bool = False


@attrs.define(kw_only=True)
class Account:
    """What came of it."""

    status: JobStatus
    killed: int = 0
    frozen: int = 0
    restarted: int = 0
    seconds: float = 0.0
    processed: Counter[str] = attrs.field(factory=Counter, repr=False)
    reported: Counter[str] = attrs.field(factory=Counter, repr=False)
    outcomes: Counter[str] = attrs.field(factory=Counter, repr=False)
    wrong: int = 0
    takeovers: list[float] = attrs.field(factory=list)

    @property
    def sent_twice(self) -> int:
        """Numbers of which the server has processed more than one request."""
        return sum(count > 1 for count in self.processed.values())

    @property
    def reported_twice(self) -> int:
        """Numbers whose outcome was written more than once."""
        return sum(count > 1 for count in self.reported.values())

    def __str__(self) -> str:
        times = sorted(self.takeovers) or [0.0]
        middle, most = times[len(times) // 2], times[int(len(times) * 0.95)]
        return (
            f"{self.status}; {self.killed} kills, {self.frozen} freezes, {self.restarted} restarts in "
            f"{self.seconds:.0f} s; reported twice: {self.reported_twice}, sent twice: {self.sent_twice}, "
            f"outcomes that differ from the world: {self.wrong}; {len(self.takeovers)} takeovers: half within "
            f"{middle:.1f} s, 95 % within {most:.1f} s, all within {times[-1]:.1f} s"
        )


class Observed:
    """An application that counts, for each number, the requests to link it that were processed."""

    def __init__(self, app: Any, processed: Counter[str]) -> None:
        self._app = app
        self._processed = processed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        read = [{"type": "http.request", "body": body}]

        async def again() -> Any:
            return read.pop() if read else await receive()

        async def noted(event: Any) -> None:
            if event["type"] == "http.response.start" and event["status"] in {202, 409}:
                self._processed[str(json.loads(body)["number"])] += 1
            await send(event)

        await self._app(scope, again, noted)


class Fleet:
    """The workers."""

    def __init__(self, arguments: list[str], weather: Weather) -> None:
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.account_of_faults: Counter[str] = Counter()
        self._arguments = arguments
        self._weather = weather
        self._count = 0

    async def start(self) -> None:
        """Another worker."""
        self._count += 1
        name = f"worker-{self._count}"
        dsn, url, secret = self._arguments
        command = [sys.executable, "-m", "tests.jobs.storm_worker", dsn, url, secret, str(self._weather.lease), name]
        if not self._weather.fenced:
            command.append("--without-fence")
        if self._weather.engine:
            command.append("--procrastinate")
        self.processes[name] = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)

    def alive(self) -> list[str]:
        """Names of workers that are running."""
        return [name for name, process in self.processes.items() if process.returncode is None]

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a worker."""
        with suppress(ProcessLookupError):
            self.processes[name].send_signal(number)

    async def close(self) -> None:
        """End all of them."""
        for name in self.alive():
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGKILL)
        await asyncio.gather(*(process.wait() for process in self.processes.values()))


async def storm(dsn: str, weather: Weather, *, restart: Callable[[], None] | None = None) -> Account:
    """Let it happen."""
    dice = random.Random(weather.seed)
    jobs = Jobs(dsn, account="abcd1234")
    await jobs.migrate()
    _audit(dsn)
    processed: Counter[str] = Counter()
    given = [f"+1415{5550000 + index:07d}" for index in range(weather.numbers)]
    sandbox = Sandbox()
    sandbox.app = Observed(sandbox.app, processed)  # type: ignore[assignment]
    began = time.monotonic()
    async with sandbox:
        job = await jobs.submit(LinkNumbers(BRAND, CAMPAIGN), given, chunk_size=50)
        fleet = Fleet([dsn, sandbox.url, sandbox.api_secret], weather)
        watch = Takeovers(dsn)
        watching = asyncio.create_task(watch.run())
        account = Account(status=await jobs.status(job), processed=processed)
        try:
            for _ in range(weather.workers):
                await fleet.start()
            await _storm(fleet, weather, dice, jobs, job, watch, account, restart)
            while not (await jobs.status(job)).is_over:
                await asyncio.sleep(0.2)
                while len(fleet.alive()) < weather.workers and not (await jobs.status(job)).is_over:
                    await fleet.start()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await fleet.close()
        account.seconds = time.monotonic() - began
        account.status = await jobs.status(job)
        account.takeovers = watch.times
        linked = set(sandbox.state.numbers)
    async for outcome in jobs.outcomes(job):
        account.outcomes[outcome.number] += 1
        account.wrong += outcome.status not in {"accepted", "linked"} or outcome.number not in linked
    account.reported = _audited(dsn)
    return account


async def _storm(
    fleet: Fleet,
    weather: Weather,
    dice: random.Random,
    jobs: Jobs,
    job: Job,
    watch: Takeovers,
    account: Account,
    restart: Callable[[], None] | None,
) -> None:
    events = ["kill"] * weather.kills + ["freeze"] * weather.freezes + ["restart"] * weather.restarts
    dice.shuffle(events)
    frozen: list[asyncio.Task[None]] = []
    await _begun(jobs, job)
    for event in events:
        await asyncio.sleep(dice.uniform(0.3, 1.0) * weather.lease)
        if (await patiently(lambda: jobs.status(job))).is_over:
            break
        awake = [name for name in fleet.alive() if name not in {task.get_name() for task in frozen if not task.done()}]
        if event == "restart":
            if restart is not None:
                watch.disturbed = True
                await asyncio.to_thread(restart)
                account.restarted += 1
            continue
        if not awake:
            continue
        name = dice.choice(awake)
        await watch.of(name)
        if event == "kill":
            fleet.signal(name, signal.SIGKILL)
            account.killed += 1
            await fleet.start()
        else:
            fleet.signal(name, signal.SIGSTOP)
            account.frozen += 1
            pause = weather.lease + dice.uniform(0.5, 2.0)
            frozen.append(asyncio.create_task(_thaw(fleet, name, pause), name=name))
    await asyncio.gather(*frozen)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until the database is there again."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await ask()
            except StoreUnavailable:
                await asyncio.sleep(0.5)


async def _begun(jobs: Jobs, job: Job) -> None:
    async for status in jobs.watch(job, interval=0.1):
        if status.done:
            return


async def _thaw(fleet: Fleet, name: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    fleet.signal(name, signal.SIGCONT)


class Takeovers:
    """Measures how long the chunks of a worker that was killed or frozen wait for another."""

    def __init__(self, dsn: str) -> None:
        self.times: list[float] = []
        self.disturbed = False
        self._dsn = dsn
        self._waiting: dict[tuple[int, int], tuple[int, float]] = {}

    async def of(self, worker: str) -> None:
        """The worker is killed or frozen now."""
        with suppress(Exception):
            for job, unit, token in await self._units("worker = %s AND lease_until > now()", worker):
                self._waiting[job, unit] = token, time.monotonic()

    async def run(self) -> None:
        """Watch."""
        if not self._dsn.startswith("postgres"):
            return
        while True:
            await asyncio.sleep(0.05)
            if self.disturbed:  # while the database was away nobody could take over
                self._waiting.clear()
                self.disturbed = False
            if not self._waiting:
                continue
            with suppress(Exception):
                tokens = {(job, unit): token for job, unit, token in await self._units("true")}
                now = time.monotonic()
                for name, (token, since) in list(self._waiting.items()):
                    if tokens.get(name, token) != token:
                        self.times.append(now - since)
                        del self._waiting[name]

    async def _units(self, condition: str, *arguments: object) -> list[Any]:
        if not self._dsn.startswith("postgres"):
            return []
        import psycopg

        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            cursor = await connection.execute(
                f"SELECT job, number, token FROM aiovonage_unit WHERE NOT done AND {condition}",
                arguments,
            )
            return await cursor.fetchall()


def _audit(dsn: str) -> None:
    """Let the database itself note each outcome that is written."""
    if not dsn.startswith("postgres"):
        import sqlite3

        with sqlite3.connect(dsn) as database:
            database.execute("CREATE TABLE IF NOT EXISTS audit (number INTEGER)")
            database.execute(
                "CREATE TRIGGER IF NOT EXISTS noted AFTER UPDATE OF status ON number WHEN NEW.status > 0 "
                "BEGIN INSERT INTO audit VALUES (NEW.number); END"
            )
        return
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS audit (number bigint);"
            "CREATE OR REPLACE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO audit VALUES (NEW.number); RETURN NULL; END';"
            "CREATE OR REPLACE TRIGGER noted AFTER UPDATE OF status ON aiovonage_number FOR EACH ROW "
            "WHEN (NEW.status > 0) EXECUTE FUNCTION noted()"
        )


def _audited(dsn: str) -> Counter[str]:
    if not dsn.startswith("postgres"):
        import sqlite3

        with sqlite3.connect(dsn) as database:
            return Counter(str(row[0]) for row in database.execute("SELECT number FROM audit"))
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        return Counter(str(row[0]) for row in connection.execute("SELECT number FROM audit"))


async def _main() -> None:
    parser = argparse.ArgumentParser()
    for field in attrs.fields(Weather):
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    parser.add_argument("--store", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--without-fence", action="store_true")
    parser.add_argument("--pgbouncer", action="store_true", help="Let the workers reach Postgres through PgBouncer.")
    parser.add_argument("--procrastinate", action="store_true", help="Let Procrastinate hand out the chunks.")
    given = vars(parser.parse_args())
    store, fenced, pooled = given.pop("store"), not given.pop("without_fence"), given.pop("pgbouncer")
    engine = given.pop("procrastinate")
    weather = Weather(**given, fenced=fenced, engine=engine)
    with ExitStack() as stack:
        if store == "sqlite":
            folder = stack.enter_context(TemporaryDirectory())
            account = await storm(str(Path(folder, "jobs.db")), weather)
        else:
            server = stack.enter_context(services.restartable_postgres())
            dsn = stack.enter_context(services.pgbouncer(server)) if pooled else server.url
            account = await storm(dsn, weather, restart=server.restart)
    sys.stdout.write(f"{account}\n")


if __name__ == "__main__":
    asyncio.run(_main())
