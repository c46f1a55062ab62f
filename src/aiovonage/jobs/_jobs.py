"""Submit jobs to a store, watch them and work on them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import attrs

from aiovonage._core.hidden_url import HiddenUrl
from aiovonage.bulk import CONCURRENCY
from aiovonage.bulk._journal.file import problem_from
from aiovonage.errors import ConfigurationError
from aiovonage.jobs._errors import JobsError, StoreUnavailable
from aiovonage.jobs._job import Job, JobOutcome, JobStatus, RunningWorker, WorkerStatus, job_from, status_from
from aiovonage.jobs._plans import LinkNumbers, SyncNumbers, UnlinkNumbers
from aiovonage.jobs._states import State, status_of
from aiovonage.jobs._worker import POLL, Worker

if TYPE_CHECKING:
    import psycopg

    from aiovonage._client import Vonage
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.jobs._postgres.engine import Engine
    from aiovonage.jobs._store import Store, StoredJob

T = TypeVar("T")

CHUNK = 500
"""The default number of numbers in a chunk, which a worker takes as a whole."""

LEASE = 15.0
"""The default lease in seconds: a worker that does not renew it for that long loses its chunks to others."""

SHORTEST_LEASE = 1.0

UNITS = 4
"""Chunks that a worker works on at once: while one waits for its last responses, others send."""

TRIES = 5
"""How many times to try a store that does not respond. Workers do not give up: they wait for it."""


class Jobs:
    """A job store that workers share.

        jobs = Jobs("jobs.db")
        job = await jobs.submit(LinkNumbers("BLQKOPK", "C1DEB879"), numbers, key="import-7")

    An instance holds no connection, so it need not be closed, and it works in any event loop.

    Args:
        store: The path of an SQLite file, for the processes of one machine, or `postgresql://...` for many machines
            (with the extra `jobs`). The file is created on first use; a database needs `migrate` once.
        account: The API key of the account to submit jobs for, if their target names none. Default: the environment
            variable `VONAGE_API_KEY`.

    Raises:
        ConfigurationError: if `store` is neither a path nor a supported URL, or a package it needs is not installed.
    """

    def __init__(self, store: str | os.PathLike[str], *, account: str | None = None) -> None:
        self.name: str = ""
        try:
            self._where = _where(store)
        finally:
            del store  # a traceback with locals would show its password
        self._account = account
        self.name = self._open_now().name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    async def migrate(self) -> None:
        """Create the tables, or upgrade them to this version's schema. SQLite does not need this step.

        Raises:
            JobsError: if the role lacks the privileges, or the database can't be reached.
        """
        async with self._opened() as store:
            await store.migrate()

    async def submit(
        self,
        target: LinkNumbers | UnlinkNumbers | SyncNumbers,
        numbers: Numbers,
        *,
        key: str | None = None,
        chunk_size: int = CHUNK,
        connection: psycopg.AsyncConnection[Any] | None = None,
    ) -> Job:
        """Store a job with its numbers in one transaction: all of them, or nothing.

        Args:
            target: What to do with the numbers.
            numbers: Any iterable or async iterable of numbers, or of `Link` rows if the target names no campaign. It is
                read lazily.
            key: An idempotency key. If the account already has a job with this key, that job is returned and `numbers`
                is not read.
            chunk_size: How many numbers a worker takes at a time.
            connection: Your own connection, on Postgres: the job exists once you commit your transaction.

        Returns:
            The job. Workers can take it from now on.

        Raises:
            JobsError: if a job with the same key does something else (the message names both), or if the store can't be
                used.
            ConfigurationError: if an argument is invalid.
        """
        if isinstance(numbers, str | bytes) or not (hasattr(numbers, "__iter__") or hasattr(numbers, "__aiter__")):
            raise ConfigurationError(f"numbers must be an iterable of numbers, not {type(numbers).__name__}")
        if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or not 1 <= chunk_size <= 100_000:
            raise ConfigurationError(f"chunk_size must be a number from 1 to 100,000, not {chunk_size!r}")
        if key is not None and (not isinstance(key, str) or not key.strip()):
            raise ConfigurationError(f"key must be a text, or None, not {key!r}")
        account = target.account or self._account or os.environ.get("VONAGE_API_KEY", "").strip()
        if not account:
            raise ConfigurationError(
                "a job names the account that it belongs to: give Jobs(..., account=API_KEY), or set VONAGE_API_KEY"
            )
        async with self._opened() as store:
            stored, _ = await store.submit(target, account, numbers, key=key, chunk=chunk_size, connection=connection)
        return job_from(stored)

    async def list(self, *, account: str | None = None, limit: int = 100) -> list[Job]:
        """List jobs, newest first.

        Args:
            account: Return only the jobs of this account. Default: of all accounts.
            limit: How many jobs to return at most.
        """
        async with self._opened() as store:
            return [job_from(stored) for stored in await _retried(lambda: store.jobs(account, limit))]

    async def status(self, job: Job | int | str) -> JobStatus:
        """Return the status of a job. This reads a few rows for each chunk, however many numbers there are.

        Args:
            job: The job, its id, or its key.

        Raises:
            JobsError: if there is no such job.
        """
        async with self._opened() as store:
            return await _retried(lambda: _status(store, job))

    async def watch(self, job: Job | int | str, *, interval: float = 1.0) -> AsyncIterator[JobStatus]:
        """Yield the status of a job repeatedly until it is over, with the current rates.

            async for status in jobs.watch(job):
                print(status, status.rate)

        Args:
            job: The job, its id, or its key.
            interval: Seconds between two statuses.

        Raises:
            JobsError: if there is no such job.
        """
        before: tuple[float, JobStatus] | None = None
        async with self._opened() as store:
            while True:
                status = await _retried(lambda: _status(store, job))
                now = time.monotonic()
                yield status if before is None else _with_rates(status, before[1], now - before[0])
                if status.is_over:
                    return
                before = now, status
                await asyncio.sleep(interval)

    async def pause(self, job: Job | int | str) -> bool:
        """Pause a job: within seconds, no worker takes more of its numbers. Requests in flight still finish.

        Returns:
            Whether the job was running.
        """
        return await self._set(job, State.PAUSED, [State.RUNNING])

    async def resume(self, job: Job | int | str) -> bool:
        """Resume a paused job.

        Returns:
            Whether the job was paused.
        """
        return await self._set(job, State.RUNNING, [State.PAUSED])

    async def cancel(self, job: Job | int | str) -> bool:
        """Cancel a job within seconds. Requests in flight still finish; the other numbers stay pending for good.

        Returns:
            Whether the job was still running or paused.
        """
        return await self._set(job, State.CANCELLED, [State.RUNNING, State.PAUSED])

    async def outcomes(self, job: Job | int | str) -> AsyncIterator[JobOutcome]:
        """Yield the outcomes of a job so far, in the order of its input.

            async for outcome in jobs.outcomes(job):
                print(outcome.number, outcome.status)

        Args:
            job: The job, its id, or its key.

        Raises:
            JobsError: if there is no such job.
        """
        async with self._opened() as store:
            stored = await _retried(lambda: _found(store, job))
            targets = await store.targets(stored.id)
            wanted = status_from(stored, [], [], None).wanted
            async for row in store.outcomes(stored.id):
                target = targets[row.target]
                number = row.given if row.number is None else str(row.number)
                outcome = JobOutcome(
                    number or "",
                    status_of(row.status),
                    problem_from(row.problem),
                    carrier_status=row.word,
                    brand_id=target.brand_id,
                    campaign_id=target.campaign_id,
                    ok=status_of(row.status) in wanted,
                    position=row.position,
                    given=row.given or number or "",
                )
                yield outcome

    @overload
    async def work(
        self,
        vonage: Vonage,
        job: Job | int | str,
        *,
        concurrency: int = ...,
        lease: float = ...,
        drain: bool = ...,
        wait: bool = ...,
        name: str | None = ...,
        on_start: Callable[[RunningWorker], None] | None = ...,
    ) -> JobStatus: ...
    @overload
    async def work(
        self,
        vonage: Vonage,
        job: None = None,
        *,
        concurrency: int = ...,
        lease: float = ...,
        drain: bool = ...,
        wait: bool = ...,
        engine: Literal["procrastinate"] | None = ...,
        name: str | None = ...,
        on_start: Callable[[RunningWorker], None] | None = ...,
    ) -> None: ...
    @overload
    async def work(
        self,
        vonage: Vonage,
        job: Job | int | str | None = None,
        *,
        concurrency: int = ...,
        lease: float = ...,
        drain: bool = ...,
        wait: bool = ...,
        engine: Literal["procrastinate"] | None = ...,
        name: str | None = ...,
        on_start: Callable[[RunningWorker], None] | None = ...,
    ) -> JobStatus | None: ...
    async def work(
        self,
        vonage: Vonage,
        job: Job | int | str | None = None,
        *,
        concurrency: int = CONCURRENCY,
        lease: float = LEASE,
        drain: bool = False,
        wait: bool = True,
        engine: Literal["procrastinate"] | None = None,
        name: str | None = None,
        on_start: Callable[[RunningWorker], None] | None = None,
    ) -> JobStatus | None:
        """Work on jobs, alongside any number of other workers.

        A worker takes only jobs of the client's account. If it is killed, or frozen for longer than its lease, other
        workers take over its chunks. They ask the API about everything it may have sent before they send anything
        again. While the database is down, a worker waits for it.

        Args:
            vonage: The client whose credentials and throttle are used.
            job: Work on this job until it is over or paused. Default: work on all jobs of the account until cancelled.
            concurrency: How many requests are in flight at once.
            lease: Seconds without a renewal after which another worker takes over this worker's chunks.
            drain: Return when no job of the account has anything left to do.
            wait: Wait for work that is due later, such as the next check of what the carriers have decided. If False,
                return when nothing is due now; `JobStatus.next_due` says when to call `work` again.
            engine: `procrastinate`: let Procrastinate hand out the chunks, on Postgres, so that its tools show them. By
                default workers poll for due chunks, which needs fewer writes and is just as exact.
            name: The worker's name in `JobStatus.workers`. Default: its host and process.
            on_start: Called with the worker. Call `stop()` on it to finish the requests in flight, release the leases
                and let `work` return.

        Returns:
            The status of the job, if one was given.

        Raises:
            JobsError: if the store can't be used.
            ConfigurationError: if the client has no credentials for the account of the job.
            Unauthorized: if its credentials are wrong.
        """
        if concurrency < 1:
            raise ConfigurationError("concurrency must be at least 1")
        if engine not in {None, "procrastinate"}:
            raise ConfigurationError(f"engine must be 'procrastinate' or None, not {engine!r}")
        if engine is not None and job is not None:
            raise ConfigurationError("engine='procrastinate' works on all jobs of the account: leave job out")
        if not lease >= SHORTEST_LEASE:
            raise ConfigurationError(f"lease must be at least {SHORTEST_LEASE:g} seconds, not {lease!r}")
        async with self._opened() as work_store, self._opened() as lease_store:
            worker = worker_of(vonage, work_store, lease_store, concurrency=concurrency, lease=lease, name=name)
            if job is not None:
                stored = await _retried(lambda: _found(work_store, job))
                _refuse_other_account(stored, worker)
                worker.job = stored.id
            if on_start is not None:
                on_start(worker)

            async def is_over() -> bool:
                if worker.job is not None:
                    status = await _status(work_store, worker.job)
                    return status.state is not State.RUNNING or not (wait or _is_due(status))
                return (drain or not wait) and await _nothing_left(work_store, worker, wait=wait)

            if engine is None:
                await worker.until_stopped(is_over)
            else:
                await self._engine(worker).run(is_over)
            return None if worker.job is None else await _retried(lambda: _status(work_store, worker.job or 0))

    def _engine(self, worker: Worker) -> Engine:
        from aiovonage.jobs._postgres.engine import Engine

        if isinstance(self._where, Path):
            raise ConfigurationError("engine='procrastinate' needs jobs on Postgres; leave engine out for a file")
        return Engine(self._where, worker, poll=POLL)

    async def _set(self, job: Job | int | str, state: State, among: Sequence[State]) -> bool:
        async with self._opened() as store:
            stored = await _retried(lambda: _found(store, job))
            return await _retried(lambda: store.set_state(stored.id, state, among=among))

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Store]:
        store = self._open_now()
        try:
            yield store
        finally:
            await store.close()

    def _open_now(self) -> Store:
        if isinstance(self._where, Path):
            from aiovonage.jobs._sqlite.store import SqliteStore

            return SqliteStore(self._where)
        from aiovonage.jobs._postgres.store import PostgresStore

        return PostgresStore(self._where)


def worker_of(
    vonage: Vonage, work_store: Store, lease_store: Store, *, concurrency: int, lease: float, name: str | None
) -> Worker:
    """A worker for the jobs of the client's account."""
    from aiovonage.api.ten_dlc.operations import LINK_NUMBER

    session = vonage._session
    if not session.authenticator.account:
        raise ConfigurationError("the client has no credentials: give it api_key and api_secret, or set VONAGE_API_KEY")
    return Worker(
        name=name or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:4]}",
        work_store=work_store,
        lease_store=lease_store,
        session=session,
        account=session.authenticator.account,
        origin=session.base_url or session.hosts.get("ten_dlc") or LINK_NUMBER.host,
        job=None,
        concurrency=concurrency,
        units=min(UNITS, concurrency),
        chunk=CHUNK,
        lease=lease,
    )


def _where(store: str | os.PathLike[str]) -> Path | HiddenUrl:
    text = os.fspath(store)
    del store
    if not isinstance(text, str) or not text.strip():
        raise JobsError("the store of jobs must be the path of an SQLite file or postgresql://..., not empty")
    scheme, found, _ = text.partition("://")
    if found and scheme in {"postgresql", "postgres"}:
        return HiddenUrl(text)
    if found and scheme != "sqlite":
        del text, _
        raise JobsError(f"jobs are kept in an SQLite file or at postgresql://..., not at {scheme}://")
    if text.startswith(":"):
        raise JobsError(f"{text!r} is not the path of a file: a job must outlive the process")
    return Path(text.removeprefix("sqlite:///"))


async def _retried(ask: Callable[[], Awaitable[T]]) -> T:
    """Try again if the store does not respond, for example while it restarts."""
    for attempt in range(TRIES):
        try:
            return await ask()
        except StoreUnavailable:
            if attempt + 1 == TRIES:
                raise
            await asyncio.sleep(0.2 * 2.0**attempt)
    raise AssertionError


async def _found(store: Store, job: Job | int | str) -> StoredJob:
    name = job.id if isinstance(job, Job) else job
    found = await store.find(name)
    if not found and isinstance(name, str) and name.isascii() and name.isdigit():
        found = await store.find(int(name))
    if not found:
        what = f"the id {name}" if isinstance(name, int) else f"the key or id {name!r}"
        raise JobsError(f"{store.name} has no job with {what}")
    if len(found) > 1:
        ids = ", ".join(f"{one.id} (account {one.account})" for one in found)
        raise JobsError(f"several accounts have a job with the key {name!r}: name one of the ids {ids}")
    return found[0]


async def _status(store: Store, job: Job | int | str) -> JobStatus:
    stored = await _found(store, job)
    return status_from(
        stored, await store.tallies(stored.id), await store.workers(stored.id), await store.next_due(stored.id)
    )


def _with_rates(status: JobStatus, before: JobStatus, seconds: float) -> JobStatus:
    seconds = max(seconds, 1e-3)
    known = {worker.name: worker.outcomes for worker in before.workers}

    def rated(worker: WorkerStatus) -> WorkerStatus:
        return attrs.evolve(worker, rate=max(0, worker.outcomes - known.get(worker.name, 0)) / seconds)

    return attrs.evolve(
        status, rate=(status.done - before.done) / seconds, workers=tuple(rated(worker) for worker in status.workers)
    )


def _is_due(status: JobStatus) -> bool:
    return status.next_due is not None and status.next_due <= 0.0


async def _nothing_left(store: Store, worker: Worker, *, wait: bool) -> bool:
    for stored in await store.jobs(worker.account, 10_000):
        if stored.state is not State.RUNNING or stored.origin not in {None, worker.origin}:
            continue
        due = await store.next_due(stored.id)
        if wait or (due is not None and due <= 0.0):
            return False
    return True


def _refuse_other_account(stored: StoredJob, worker: Worker) -> None:
    if stored.account != worker.account:
        raise ConfigurationError(
            f"job {stored.id} belongs to the account {stored.account}, and this client has credentials of "
            f"{worker.account}: give it those of {stored.account}"
        )
    if stored.origin not in {None, worker.origin}:
        raise ConfigurationError(
            f"job {stored.id} was begun at {stored.origin}, and this client talks to {worker.origin}: a job goes on at "
            "the same server only"
        )
