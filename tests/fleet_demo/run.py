"""The servers, the job and the workers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
from rich.console import Console

from aiovonage.cli.demo.numbers import write_customer_file
from aiovonage.jobs import Jobs, JobStatus
from aiovonage.sandbox import Carriers, Faults, Sandbox
from tests.fleet_demo.account import account_of
from tests.fleet_demo.trouble import Trouble

BRAND, CAMPAIGNS = "BLQKOPK", ("C1DEB879", "CQ7M2XA", "CZB4K9T")
WORKERS = ("worker-1", "worker-2", "worker-3")

KILLED_AT, FROZEN_AT = 0.2, 0.5
"""Which share of the numbers is decided when worker-1 is killed, and when worker-2 is frozen."""

BEYOND_THE_LEASE = 6.0
"""Seconds for which worker-2 stays frozen after its lease has ended."""

EVERY = 2.0
"""Seconds between two lines of progress."""


@attrs.define
class Demo:
    """The demo.

    Attributes:
        console: Where it is shown.
        dsn: A Postgres without tables.
        numbers: How many different numbers the file has.
        rate: Requests a second that the sandbox permits.
        lease: Seconds that a lease lasts.
        folder: For the file, the logs and the report.
    """

    console: Console
    dsn: str = attrs.field(kw_only=True)
    numbers: int = attrs.field(kw_only=True)
    rate: float = attrs.field(kw_only=True)
    lease: float = attrs.field(kw_only=True)
    folder: Path = attrs.field(kw_only=True)
    _began: float = attrs.field(factory=time.monotonic)

    async def run(self) -> int:
        """Run it; gives the exit code."""
        jobs = Jobs(self.dsn)
        await jobs.migrate()
        file, report = self.folder / "customers.csv", self.folder / "report.csv"
        write_customer_file(file, self.numbers, BRAND, CAMPAIGNS)
        async with self._sandbox() as sandbox:
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith("VONAGE_")},
                "VONAGE_BASE_URL": sandbox.url,
                "VONAGE_API_KEY": sandbox.api_key,
                "VONAGE_API_SECRET": sandbox.api_secret,
            }
            submit = [
                "jobs",
                "submit",
                self.dsn,
                str(file),
                "--until",
                "approved",
                "--key",
                "demo",
                "--chunk-size",
                "200",
            ]
            await self._cli(*submit, environment=environment)
            self.console.print(f"file       {file}: each row to its own campaign, numbers as people write them")
            self.console.print(f"sandbox    {sandbox.url}: {self.rate:g} requests/s; faults, gateways, slow carriers")
            self.console.print(f"job        {(await jobs.status('demo')).job}\n")
            async with self._workers(environment) as workers:
                trouble = Trouble(self.dsn, workers)
                await self._watch(jobs, trouble)
                ended = await self._end(workers)
            outcomes = [outcome async for outcome in jobs.outcomes("demo")]
            account = account_of(file, outcomes, sandbox)
        report.unlink(missing_ok=True)
        await self._cli("jobs", "report", self.dsn, "demo", str(report), environment=environment, expected=(0, 1))
        self.console.print()
        self.console.print(account.table())
        self.console.print()
        for takeover in trouble.takeovers:
            self.console.print(f"{takeover} (lease {self.lease:g} s)")
        self.console.print(f"workers    {ended}")
        self.console.print(f"report     {report}\nlogs       {self.folder}/worker-*.log")
        words = "file, journal and sandbox agree" if account.agrees else "[bold red]they do not agree[/]"
        self.console.print(f"\n{words}, after {time.monotonic() - self._began:.0f} s")
        return 0 if account.agrees else 1

    @asynccontextmanager
    async def _sandbox(self) -> AsyncIterator[Sandbox]:
        faults = Faults(error_rate=0.01, lost_responses=0.01, dropped_connections=0.005, intermediary=0.01)
        carriers = Carriers(delay=(0.5, 4.0), reject=0.05, words="live")
        async with Sandbox(rate=self.rate, faults=faults, carriers=carriers, visible_after=1.0) as sandbox:
            for campaign in CAMPAIGNS[1:]:
                sandbox.state.add_campaign(campaign)
            yield sandbox

    @asynccontextmanager
    async def _workers(self, environment: dict[str, str]) -> AsyncIterator[dict[str, asyncio.subprocess.Process]]:
        """Three workers, which share one rate in the same database."""
        options = [
            "--rate",
            f"{0.95 * self.rate:g}",
            "--shared-in",
            self.dsn,
            "--lease",
            f"{self.lease:g}",
            "--log",
            "json",
        ]
        workers: dict[str, asyncio.subprocess.Process] = {}
        for name in WORKERS:
            with (self.folder / f"{name}.log").open("wb") as log:
                workers[name] = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "aiovonage.cli", "worker", self.dsn, "--name", name, *options),
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
        try:
            yield workers
        finally:
            for process in workers.values():
                if process.returncode is None:
                    process.kill()
            await asyncio.gather(*(process.wait() for process in workers.values()))

    async def _watch(self, jobs: Jobs, trouble: Trouble) -> None:
        """Show how the job goes on until it is over, and let the trouble happen."""
        happening: list[asyncio.Task[None]] = []
        shown_at = 0.0
        async for status in jobs.watch("demo", interval=0.5):
            share = (status.done + status.following) / status.total
            if not happening and share >= KILLED_AT:
                self._tell("[bold red]kill -KILL worker-1[/]")
                happening.append(asyncio.create_task(trouble.kill("worker-1")))
            if len(happening) == 1 and share >= FROZEN_AT:
                seconds = self.lease + BEYOND_THE_LEASE
                self._tell(f"[bold blue]kill -STOP worker-2[/], and -CONT in {seconds:g} s")
                happening.append(asyncio.create_task(trouble.freeze("worker-2", seconds)))
            if time.monotonic() - shown_at >= EVERY or status.is_over:
                shown_at = time.monotonic()
                self._show(status)
        await asyncio.gather(*happening)

    async def _end(self, workers: dict[str, asyncio.subprocess.Process]) -> str:
        """SIGTERM, as a supervisor does; gives how each has ended."""
        for process in workers.values():
            if process.returncode is None:
                process.terminate()
        codes = await asyncio.gather(*(asyncio.wait_for(process.wait(), 30.0) for process in workers.values()))
        return ", ".join(
            f"{name} {'killed' if code == -9 else f'exit {code}'}" for name, code in zip(workers, codes, strict=True)
        )

    def _show(self, status: JobStatus) -> None:
        workers = "  ".join(
            f"{worker.name} {worker.outcomes:,}{' silent' if worker.seen > self.lease else ''}"
            for worker in status.workers
        )
        rate = f"{status.rate:4,.0f}/s" if status.rate else "      "
        self._tell(f"{status.done:5,} decided, {status.following:5,} with the carriers, {rate}   [dim]{workers}[/]")

    def _tell(self, words: str) -> None:
        self.console.print(f"{time.monotonic() - self._began:5.1f} s  {words}")

    async def _cli(self, *arguments: str, environment: dict[str, str], expected: tuple[int, ...] = (0,)) -> None:
        command = [sys.executable, "-m", "aiovonage.cli", *arguments]
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode not in expected:
            raise RuntimeError(f"{' '.join(command[2:])} ended with {process.returncode}: {(out + err).decode()}")
