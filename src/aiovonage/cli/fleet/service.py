"""A worker as a service: it shuts down cleanly when a supervisor asks it to, and reports that it is healthy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from aiovonage._core.throttle.throttle import Throttle
from aiovonage.cli.exits import Exit
from aiovonage.jobs import Jobs, State

if TYPE_CHECKING:
    from aiovonage.cli.client_options import ClientOptions
    from aiovonage.jobs import JobStatus, RunningWorker

logger: logging.Logger = logging.getLogger("aiovonage.worker")


@attrs.frozen
class Service:
    """A worker that runs until it is stopped, or until nothing is left to do.

    Attributes:
        dsn: The store of the jobs.
        job: The only job to work on; None for all.
        drain: Whether to end when nothing is left to do.
        concurrency: How many requests are in flight at once.
        rate: Requests per second; None to find the rate.
        shared_in: Where workers share a throttle.
        lease: Seconds that a lease lasts.
        engine: What hands out the chunks; None if the worker polls for them.
        name: The worker's name.
        health_file: The file that shows that the worker is healthy.
    """

    dsn: str = attrs.field(repr=False)
    job: str | None = attrs.field(kw_only=True)
    drain: bool = attrs.field(kw_only=True)
    concurrency: int = attrs.field(kw_only=True)
    rate: float | None = attrs.field(kw_only=True)
    shared_in: str | None = attrs.field(kw_only=True, repr=False)
    lease: float = attrs.field(kw_only=True)
    engine: Literal["procrastinate"] | None = attrs.field(kw_only=True)
    name: str | None = attrs.field(kw_only=True)
    health_file: Path | None = attrs.field(kw_only=True)

    async def run(self, client: ClientOptions) -> Exit:
        """Run the worker.

        Raises:
            VonageError: if something keeps the worker from working.
        """
        jobs = Jobs(self.dsn)
        throttle = Throttle(self.rate, shared_in=self.shared_in)
        told_to_end: list[bool] = []
        async with client.open(throttle) as vonage:
            with contextlib.ExitStack() as stack:

                def begin(worker: RunningWorker) -> None:
                    logger.info(
                        "worker %s works on the jobs of account %s in %s", worker.name, worker.account, jobs.name
                    )
                    stack.enter_context(_ended_by_signals(worker, told_to_end))
                    if self.health_file is not None:
                        worker.on_beat = lambda: self._show_health(worker)
                        self._show_health(worker)

                status = await jobs.work(
                    vonage,
                    self.job,
                    concurrency=self.concurrency,
                    lease=self.lease,
                    drain=self.drain,
                    engine=self.engine,
                    name=self.name,
                    on_start=begin,
                )
        logger.info("the worker has ended%s", f": {status}" if status is not None else "")
        if told_to_end or status is None:
            return Exit.OK
        return exit_of(status)

    def _show_health(self, worker: RunningWorker) -> None:
        assert self.health_file is not None
        state = {"time": time.time(), "worker": worker.name, "chunks": worker.chunks, "outcomes": worker.outcomes}
        beside = self.health_file.with_name(f"{self.health_file.name}.{os.getpid()}")
        beside.write_text(json.dumps(state) + "\n", "utf-8")
        beside.replace(self.health_file)  # readers never see a partial file


def exit_of(status: JobStatus) -> Exit:
    """The exit code for the status of a job."""
    if status.state in {State.PAUSED, State.CANCELLED}:
        return Exit.STOPPED
    return Exit.OK if status.ok or not status.is_over else Exit.SOME_FAILED


@contextlib.contextmanager
def _ended_by_signals(worker: RunningWorker, told: list[bool]) -> Iterator[None]:
    """Stop gracefully on the first SIGTERM or Ctrl-C, and at once on the second."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def end(name: str) -> None:
        if told and task is not None:
            task.cancel()
            return
        told.append(True)
        logger.info("%s: what is under way is finished, and the rest is left to other workers", name)
        worker.stop()

    signals = (signal.SIGINT, signal.SIGTERM)
    with contextlib.suppress(NotImplementedError):  # event loops on Windows have no signal handlers
        for number in signals:
            loop.add_signal_handler(number, end, number.name)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)
